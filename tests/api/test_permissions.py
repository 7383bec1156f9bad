"""The permission matrix over HTTP, and that nothing is missing from it."""

import re
from itertools import product
from typing import NamedTuple

import pytest
from django.urls import URLPattern

from amara_api.kernel.rest.policies import Policy
from amara_api.urls import api as routes
from tests.api.conftest import unchanged, undone
from tests.api.permission_matrix import OUTSIDERS, POLICIES, ROWS, VIDEOS, Row, cells
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.factories import VideoFactory
from videos.models import Video

pytestmark = pytest.mark.django_db
MADE_UP = "ZZZZZZZZZZZZ"
BELOW_VIDEOS = [row for row in ROWS if len(row.letters) > 1]
# What a cache, a proxy or a program could tell two answers apart by.
HEADERS = ("Content-Type", "Content-Length", "Vary", "Allow", "WWW-Authenticate", "ETag", "Link")


class Place(NamedTuple):
    """What the paths of the rows name in braces."""

    video: str
    url: int
    record: int
    key: int

    def fill(self, path: str) -> str:
        return path.format(**self._asdict())

    @property
    def made_up(self) -> "Place":
        """Nothing that there is. The record's number is as long: pages print their address."""
        return self._replace(video=MADE_UP, record=int("9" * len(str(self.record))))


def address(world, name) -> Place:
    video = getattr(world, name)
    key = world.adder.api_keys.get()
    # What all who see the video may read of it.
    record = video.activity.filter(draft=False).latest("pk")
    return Place(video.video_id, world.second[name].pk, record.pk, key.pk)


def ask(world, row: Row, role: str, place: Place, **extra):
    return world.api[role].request(
        row.method, place.fill(row.path), body_of(row, place.video), **extra
    )


def body_of(row: Row, video_id: str):
    """The row's body, with the video where it names one."""
    return row.body and {k: video_id if v == "{video}" else v for k, v in row.body.items()}


def looks(response):
    """All that a caller can see of an answer."""
    return response.status_code, response.content, {h: response.get(h) for h in HEADERS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_matrix(world, row):
    wrong = []
    for name, letters in zip(VIDEOS, row.letters, strict=False):
        for role, expected in cells(letters, row.ok):
            with undone():
                status = ask(world, row, role, address(world, name)).status_code
            if status != expected:
                wrong.append(f"{name}, {role}: {status} instead of {expected}")
    assert not wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_a_refusal_changes_nothing(world, row):
    if row.method == "GET":
        return
    with unchanged():
        for name, letters in zip(VIDEOS, row.letters, strict=False):
            for role, expected in cells(letters, row.ok):
                if expected != row.ok:
                    ask(world, row, role, address(world, name))


@pytest.mark.parametrize(("policy", "letters"), POLICIES)
def test_the_video_policy_of_a_team_names_the_least_role(world, policy, letters):
    team = world.films
    team.video_policy = team.VideoPolicy[policy]
    team.save(update_fields=["video_policy"])
    path = f"videos/{world.team_video.video_id}/"
    questions = [
        ("PUT", path, {"title": "New"}, 200),
        ("PUT", path, {"team": None}, 200),
        ("POST", f"{path}urls/", {"url": "https://media.example.com/x.mp4"}, 201),
        ("PUT", f"{path}duration/", {"duration": 9}, 200),
        ("POST", "videos/", {"video_url": "https://media.example.com/y.mp4", "team": "films"}, 201),
        ("PUT", f"videos/{world.open_video.video_id}/", {"team": "films"}, 200),
    ]
    wrong = []
    for role, letter in zip(("contributor", "manager", "admin", "owner"), letters, strict=True):
        for method, target, body, ok in questions:
            with undone():
                # A video outside teams is taken into one by who added it.
                Video.objects.filter(pk=world.open_video.pk).update(user=world.people[role])
                status = world.api[role].request(method, target, body).status_code
            if status != (ok if letter == "+" else 403):
                wrong.append((role, method, target, body, status))
    assert not wrong


# --- nothing is missing --------------------------------------------------------------------------


def every_action() -> list[tuple[URLPattern, str, str]]:
    """(route, method, action) of the API's route map."""
    return [
        (route, method.upper(), action)
        for route in routes
        for method, action in route.callback.actions.items()
        if method != "head"
    ]


def test_every_route_and_method_has_a_row():
    mapped = {(route.name, method) for route, method, _ in every_action()}
    assert {(row.route, row.method) for row in [*ROWS, *TEAM_ROWS]} == mapped


def test_every_action_declares_a_policy():
    bare = [
        (route.name, action)
        for route, _, action in every_action()
        if not isinstance(route.callback.cls.policies.get(action), Policy)
    ]
    assert not bare


def test_what_declares_no_policy_is_refused_to_everybody(world, monkeypatch):
    from videos.api.videos import VideoViewSet

    policies = {name: may for name, may in VideoViewSet.policies.items() if name != "retrieve"}
    monkeypatch.setattr(VideoViewSet, "policies", policies)
    path = f"videos/{world.open_video.video_id}/"
    assert {world.api[role].get(path).status_code for role in world.api} == {401, 403}


# --- hidden equals unknown -----------------------------------------------------------------------


@pytest.mark.parametrize("row", BELOW_VIDEOS, ids=lambda row: f"{row.method} {row.route}")
def test_a_hidden_video_is_answered_as_a_made_up_one(world, row):
    place = address(world, "hidden_video")
    formats = ["application/json", "application/xml"]
    # The page is slow to make, and the same for every method.
    formats += ["text/html"] if row.method == "GET" else []
    wrong = []
    for role, accept in product(OUTSIDERS, formats):
        hidden = ask(world, row, role, place, HTTP_ACCEPT=accept)
        unknown = ask(world, row, role, place.made_up, HTTP_ACCEPT=accept)
        assert hidden.status_code in (401, 404)
        seen, other = looks(hidden), looks(unknown)
        if accept == "text/html":
            # The page prints its own address, and a token that is never the same.
            seen = (*_plain_page(seen, place), *seen[2:])
            other = (*_plain_page(other, place.made_up), *other[2:])
        if seen != other:
            wrong.append((role, accept, seen, other))
    assert not wrong


def _plain_page(seen, place):
    page = seen[1].replace(place.video.encode(), b"ID")
    page = page.replace(f"activity/{place.record}/".encode(), b"activity/ID/")
    page = page.replace(f">{place.record}</a>".encode(), b">ID</a>")
    return seen[0], re.sub(rb"\b[0-9A-Za-z]{64}\b", b"TOKEN", page)


@pytest.mark.parametrize("role", ["anonymous", "stranger"])
def test_no_method_body_or_parameter_tells_a_hidden_video_from_a_made_up_one(world, role):
    hidden = address(world, "hidden_video")
    paths = sorted({row.path for row in BELOW_VIDEOS})
    bodies = [("", "application/json"), ("{", "application/json"), ("x", "a/b")]
    requests = [
        (method, path, body, content_type)
        for path in paths
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE")
        for body, content_type in bodies
    ] + [
        ("GET", path + query, "", "application/json")
        for path in paths
        for query in (
            "?version_number=1",
            "?version_number=x",
            "?version_number=last",
            "?sub_format=nonsense",
            "?format=srt",
            "?format=yaml",
            "?usePartnerId=true",
            "?limit=0",
            "?offset=1",
            "?api-future=20160801",
        )
    ]
    wrong = []
    for method, path, body, content_type in requests:
        answers = [
            looks(
                world.api[role].request(
                    method,
                    place.fill(path),
                    body,
                    content_type=content_type,
                )
            )
            for place in (hidden, hidden.made_up)
        ]
        if answers[0] != answers[1]:
            wrong.append((method, path, body, answers))
    assert not wrong


@pytest.mark.parametrize("role", ["anonymous", "stranger", "staff", "superuser"])
def test_lists_and_filters_know_no_hidden_team_or_video(world, role):
    api, hidden = world.api[role], world.hidden_video
    url = hidden.urls.get(primary=True).url
    pairs = [
        ("team=hush", "team=no-such-team"),
        ("team=hush&project=null", "team=no-such-team&project=null"),
        ("team=hush&project=_root", "team=no-such-team&project=nothing"),
        ("team=hush&order_by=title", "team=no-such-team&order_by=title"),
        (f"video_url={url}", "video_url=https://media.example.com/none.mp4"),
        (f"team=films&video_url={url}", "team=films&video_url=https://media.example.com/none.mp4"),
    ]
    for hidden_query, unknown_query in pairs:
        first, second = api.get(f"videos/?{hidden_query}"), api.get(f"videos/?{unknown_query}")
        assert first.json()["objects"] == [], hidden_query
        assert looks(first) == looks(second), hidden_query
    for query in ("", "?project=_root", "?order_by=title", "?team=null", "?team=films", "?limit=1"):
        body = api.get(f"videos/{query}").json()
        assert hidden.video_id not in str(body), query
        expected = {"": 2, "?team=null": 1, "?team=films": 1}.get(query, 2)
        assert body["meta"]["total_count"] == expected, query


def test_members_find_the_hidden_video_in_every_list(world):
    api, hidden = world.api["contributor"], world.hidden_video
    url = hidden.urls.get(primary=True).url
    for query in ("team=hush", f"video_url={url}", f"team=hush&video_url={url}"):
        ids = [video["id"] for video in api.get(f"videos/?{query}").json()["objects"]]
        assert ids == [hidden.video_id], query


@pytest.mark.parametrize("role", ["stranger", "superuser"])
def test_writing_into_a_hidden_team_fails_as_into_a_made_up_one(world, role):
    for method, path in (("POST", "videos/"), ("PUT", f"videos/{world.open_video.video_id}/")):
        answers = []
        for slug in ("hush", "nope"):
            body = {"video_url": "https://media.example.com/z.mp4", "team": slug, "project": "p"}
            with unchanged():
                response = world.api[role].request(method, path, body)
            answers.append((response.status_code, response.json()))
        assert answers == [(400, {"team": [f"Unknown team: {s}"]}) for s in ("hush", "nope")]


def test_the_url_of_a_hidden_video_is_free_for_others(world):
    """Were it refused, anybody could ask which videos a hidden team has."""
    url = world.hidden_video.urls.get(primary=True).url
    assert world.api["stranger"].post("videos/", {"video_url": url}).status_code == 201
    path = f"videos/{world.team_video.video_id}/urls/"
    other = world.second["hidden_video"].url
    assert world.api["contributor"].post(path, {"url": other}).status_code == 201


def test_a_url_is_found_below_its_own_video_only(world):
    for name in ("hidden_video", "team_video"):
        path = f"videos/{world.open_video.video_id}/urls/{world.second[name].pk}/"
        for method in ("GET", "PUT", "DELETE"):
            assert world.api["owner"].request(method, path, {}).status_code == 404


def test_partner_ids_are_the_partners_own(world, api_for):
    """Another account's id of a video names nothing, also with the parameter."""
    video = VideoFactory(user=world.partner)
    path = f"videos/{video.video_id}/"
    answer = world.api["partner"].put(path, {"usePartnerId": True, "id": "own-1"})
    assert answer.status_code == 200
    assert answer.json()["id"] == video.video_id
    wanted = {"partner": 200, "stranger": 404, "anonymous": 404, "superuser": 404}
    for role, status in wanted.items():
        response = world.api[role].get("videos/own-1/?usePartnerId=true")
        assert response.status_code == status, role
    assert world.api["partner"].get("videos/own-1/").status_code == 404

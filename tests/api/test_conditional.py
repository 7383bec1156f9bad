"""Conditional requests: 304 for what the caller has, 412 for a write that was meant for another
state, and what caches are told."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amara_api.kernel import stamps
from amara_api.kernel.rest import memory
from tests.api.test_query_counts import ROUTES, world
from tests.conftest import Api
from tests.factories import SRT, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.headers import headers_of
from videos.services import add_url, update_video

__all__ = ["world"]

pytestmark = pytest.mark.django_db
READ = {name: path for name, (kind, path) in ROUTES.items() if kind != "page"}


def at(path, **parameters):
    more = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"{path}{'&' if '?' in path else '?'}{more}" if more else path


@pytest.mark.by_halves
@pytest.mark.parametrize("name", READ)
def test_every_resource_has_a_validator_in_every_format(world, name):
    path, tags = READ[name].format(**world.names), set()
    for output in ("json", "xml", "yaml"):
        first = world.api.get(at(path, format=output))
        tag = first["ETag"]
        again = world.api.get(at(path, format=output), headers={"If-None-Match": f'"x", W/{tag}'})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert (again["Vary"], again["Cache-Control"]) == (first["Vary"], first["Cache-Control"])
        assert "Content-Type" not in again
        head = world.api.request("HEAD", at(path, format=output))
        assert (head["ETag"], head.content) == (tag, b"")
        other = world.api.get(at(path, format=output), headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content)
        tags.add(tag)
    assert len(tags) == 3


def test_a_validator_changes_with_all_that_the_answer_shows(world, api_for):
    video, owner = world.video, world.cast.owner
    path = f"videos/{video.video_id}/"
    seen = [world.api.get(path)["ETag"]]

    def differs():
        response = world.api.get(path, headers={"If-None-Match": ", ".join(seen)})
        assert response.status_code == 200
        seen.append(response["ETag"])

    update_video(video, actor=owner, title="Another")
    differs()
    add_url(video, actor=owner, url="https://media.example.com/second.mp4")
    differs()
    add_subtitles(video, "fr")
    differs()
    for headers in ({"Host": "localhost"}, {"X-API-FUTURE": "20160801"}):
        other = world.api.get(path, headers=headers)
        assert other["ETag"] not in seen
    assert world.api.get(path, headers={"If-None-Match": seen[-1]}).status_code == 304
    # The name of a person in it, and who asks.
    members = "teams/guild/members/"
    before = world.api.get(members)["ETag"]
    world.cast.stranger.username = "stranger2"
    world.cast.stranger.save()
    assert world.api.get(members, headers={"If-None-Match": before}).status_code == 200


def test_nobody_learns_from_a_validator(world, api_for):
    hidden = world.cast.hidden_video
    path = f"videos/{hidden.video_id}/"
    tag = api_for(world.cast.owner).get(path)["ETag"]
    stranger = api_for(world.cast.adder)
    for known in (tag, "*"):
        for method in ("GET", "HEAD"):
            answer = stranger.request(method, path, headers={"If-None-Match": known})
            assert answer.status_code == 404
        answer = stranger.put(path, {"title": "x"}, headers={"If-Match": known})
        assert answer.status_code == 404


# --- remembered ----------------------------------------------------------------------------------


@pytest.fixture
def remembering(transactional_db, cast, api_for):
    memory.forget()
    yield VideoFactory(user=cast.adder), api_for(cast.adder)
    memory.forget()


@pytest.fixture
def undisturbed(monkeypatch):
    """Other workers of the suite write to other databases of the same PostgreSQL, whose stamps
    count them all."""
    same = stamps.Stamp("here", ())
    monkeypatch.setattr(stamps, "of_column", lambda value: same)
    now = stamps.now
    monkeypatch.setattr(stamps, "now", lambda: now() and same)


@pytest.mark.django_db(transaction=True)
def test_what_was_said_a_moment_ago_is_said_again_for_one_statement(remembering, undisturbed):
    video, api = remembering
    path = f"videos/{video.video_id}/"
    tag = api.get(path)["ETag"]
    first = api.get(path, headers={"If-None-Match": tag})
    with CaptureQueriesContext(connection) as queries:
        again = api.get(path, headers={"If-None-Match": tag})
    assert len(queries) <= 1
    assert again.status_code == first.status_code == 304
    assert headers_of(again) == headers_of(first)
    # Somebody else, another form, another host, another tag: nothing of that is remembered.
    for headers in (
        {"X-api-key": ""},
        {"X-API-FUTURE": "20160801"},
        {"Host": "localhost"},
        {"Accept": "application/xml"},
    ):
        other = api.get(path, headers={"If-None-Match": '"x"', **headers})
        assert other.status_code == 200
        # Unless what they get is the same.
        same = other["ETag"] == tag
        other = api.get(path, headers={"If-None-Match": tag, **headers})
        assert other.status_code == (304 if same else 200), headers


@pytest.mark.django_db(transaction=True)
def test_any_change_ends_what_is_remembered(remembering, cast):
    from users.keys import revoke_key

    video, api = remembering
    path = f"videos/{video.video_id}/"
    tag = api.get(path)["ETag"]

    def ask():
        return api.get(path, headers={"If-None-Match": tag}).status_code

    assert [ask(), ask()] == [304, 304]
    update_video(video, actor=cast.adder, title="Another")
    assert ask() == 200
    tag = api.get(path)["ETag"]
    assert [ask(), ask()] == [304, 304]
    assert api.get(path).json()["title"] == "Another"
    for key in cast.adder.api_keys.all():
        revoke_key(key, actor=None)
    assert ask() == api.get(path).status_code == 401


@pytest.mark.by_halves
@pytest.mark.parametrize("name", [name for name, path in READ.items() if "video_url" not in path])
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_remembered_is_the_answer(world, monkeypatch, undisturbed, name):
    """Of every resource and format, byte for byte and header for header, for one statement."""
    made = []
    keep = memory.Memory.keep
    monkeypatch.setattr(
        memory.Memory, "keep", lambda self, *args: made.append(args[1]) or keep(self, *args)
    )
    for output in ("json", "xml", "yaml"):
        memory.forget()
        path = at(READ[name].format(**world.names), format=output)
        world.api.get(path)
        first = world.api.get(path)
        made.clear()
        with CaptureQueriesContext(connection) as queries:
            again = world.api.get(path)
            head = world.api.request("HEAD", path)
        assert (made, len(queries) <= 2) == ([], True)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert headers_of(again) == headers_of(head) == headers_of(first)
        memory.forget()
        fresh = world.api.get(path)
        assert (fresh.content, headers_of(fresh)) == (first.content, headers_of(first))


def test_what_is_forgotten_includes_how_often_it_helped():
    """Else an answer is made anew, though it is known, for what earlier requests met."""
    for _ in range(50):
        memory._luck.note(held=False)
    assert not all(memory._luck.is_good() for _ in range(8))
    memory.forget()
    assert all(memory._luck.is_good() for _ in range(8))


@pytest.mark.django_db(transaction=True)
def test_what_is_remembered_does_not_outlive_a_key(remembering, cast, api_for):
    from users.keys import add_key

    video, _ = remembering
    with time_machine.travel("2026-11-28T12:00:00Z", tick=False) as clock:
        expires = timezone.now() + timedelta(seconds=30)
        key = add_key(cast.adder, actor=cast.adder, expires=expires)[1]
        api = Api(key)
        path = f"videos/{video.video_id}/"
        assert [api.get(path).status_code for _ in range(3)] == [200, 200, 200]
        clock.shift(29)
        assert api.get(path).status_code == 200
        clock.shift(2)
        assert api.get(path).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_sessions_and_what_asks_others_are_not_remembered(remembering, cast):
    video, api = remembering
    for headers, path in (
        ({"Cookie": "a=b"}, f"videos/{video.video_id}/"),
        ({}, "videos/?video_url=https://media.example.com/a.mp4"),
        ({}, "videos/?video%5Furl=https://media.example.com/a.mp4"),
        ({"Accept": "text/html"}, f"videos/{video.video_id}/"),
    ):
        memory.forget()
        for _ in range(2):
            assert api.get(path, headers=headers).status_code == 200
        assert not memory._kept._answers, path


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(memory, "_BYTES", 1000)
    kept = memory._Kept()
    stamp = stamps.Stamp(None, ())
    for number in range(9):
        kept.put(number, memory.Said("", stamp, None, 0, None, {}, b"x" * 300))
    kept.put(8, memory.Said("", stamp, None, 0, None, {}, b"x" * 100))
    assert [kept.get(number) is not None for number in range(9)] == [False] * 6 + [True] * 3
    assert kept._size == 700
    kept.put(9, memory.Said("", stamp, None, 0, None, {}, b"x" * 2000))
    assert (kept._size, kept.get(9)) == (0, None)


def test_where_others_write_all_the_time_it_is_seldom_asked():
    luck = memory._Luck()
    for _ in range(50):
        luck.note(False)
    assert sum(luck.is_good() for _ in range(80)) == 10
    for _ in range(8):
        luck.note(True)
    assert all(luck.is_good() for _ in range(80))


@pytest.mark.django_db(transaction=True)
def test_a_change_by_another_connection_ends_what_is_remembered(running):
    """In the server, whose threads have connections of their own."""
    from tests.server.web import Web

    web = Web(running.url, running.key)
    video = web("POST", "videos/", {"video_url": "https://media.example.com/remembered.mp4"}).json
    path = f"videos/{video['id']}/"
    for number in range(5):
        tag = web("GET", path).headers["ETag"]
        for _ in range(10):
            assert web("GET", path, If_None_Match=tag).status == 304
        assert web("PUT", path, {"title": f"Title {number}"}).status == 200
        for _ in range(10):
            assert web("GET", path, If_None_Match=tag).status == 200


# --- writes --------------------------------------------------------------------------------------


def test_a_write_that_names_another_state_is_refused(world, unchanged):
    path = f"videos/{world.video.video_id}/"
    tag = world.api.get(path)["ETag"]
    assert world.api.put(path, {"title": "One"}, headers={"If-Match": tag}).status_code == 200
    for method, body in (("PUT", {"title": "Two"}), ("PATCH", {"title": "Two"})):
        for stale in (tag, '"other"', f"W/{world.api.get(path)['ETag']}", "no tag"):
            with unchanged():
                refused = world.api.request(method, path, body, headers={"If-Match": stale})
            assert refused.status_code == 412, (method, stale)
            assert refused.json()["detail"]
    for good in ("*", '"x", {}', ""):
        good = good.format(world.api.get(path)["ETag"])
        done = world.api.put(path, {"title": "Three"}, headers={"If-Match": good})
        assert done.status_code == 200
    refused = world.api.put(path, {"title": "Four"}, headers={"If-None-Match": "*"})
    assert refused.status_code == 412
    # The validator of any format is of the same state.
    tag = world.api.get(path, headers={"Accept": "application/xml"})["ETag"]
    assert world.api.put(path, {"title": "Five"}, headers={"If-Match": tag}).status_code == 200


WRITES = {
    "video": {"title": "x"},
    "url": {"original": True},
    "subtitle language": {"soft_limit_cpl": 40},
    "team": {"description": "x"},
    "project": {"description": "x"},
    "task": {"priority": 3},
    "application": {"status": "Denied"},
    "callback": {"description": "x"},
    "request": {},
    "member": {"role": "manager"},
    "preferred languages": ["fr"],
    "me": {"first_name": "x"},
}


@pytest.mark.parametrize("name", WRITES)
def test_every_resource_that_is_written_knows_its_state(world, name, unchanged):
    if name in ("team", "callback"):
        world.guild.members.filter(user=world.cast.contributor).update(role=40)
    path = READ[name].format(**world.names)
    if name == "me":
        path = "users/contributor/"
    tag = world.api.get(path)["ETag"]
    with unchanged():
        refused = world.api.put(path, WRITES[name], headers={"If-Match": '"other"'})
    assert refused.status_code == 412
    done = world.api.put(path, WRITES[name], headers={"If-Match": tag})
    assert done.status_code == 200, done.content


def test_subtitles_are_posted_upon_what_was_read(world, unchanged):
    path = f"videos/{world.video.video_id}/languages/en/subtitles/"
    body = {"subtitles": SRT, "sub_format": "srt"}
    for read in (path, f"{path}?format=srt", f"{path}?format=vtt"):
        tag = world.api.get(read)["ETag"]
        assert world.api.post(path, body, headers={"If-Match": tag}).status_code == 201
        with unchanged():
            assert world.api.post(path, body, headers={"If-Match": tag}).status_code == 412
    fresh = path.replace("/en/", "/it/")
    assert world.api.post(fresh, body, headers={"If-Match": "*"}).status_code == 412
    assert world.api.post(fresh, body, headers={"If-None-Match": "*"}).status_code == 201
    assert world.api.post(fresh, body, headers={"If-None-Match": "*"}).status_code == 412


def test_a_condition_where_it_means_nothing_is_said(world, unchanged):
    body = {"video_url": "https://media.example.com/conditional.mp4"}
    with unchanged():
        assert world.api.post("videos/", body, headers={"If-Match": "*"}).status_code == 400


# --- caches --------------------------------------------------------------------------------------


def test_what_caches_are_told(world, anonymous, api_for):
    public = f"videos/{world.cast.open_video.video_id}/"
    for path, status in ((public, 200), ("videos/nothing00000/", 404), ("nowhere/", 404)):
        answer = anonymous.get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (status, "no-cache")
        for told in (world.api.get(path), anonymous.get(path, headers={"Cookie": "a=b"})):
            assert (told.status_code, told["Cache-Control"]) == (status, "private, no-cache")
        varied = {name.strip().lower() for name in answer["Vary"].split(",")}
        assert varied >= {
            *("accept", "cookie", "x-api-key", "x-apikey", "x-api-username", "x-api-future")
        }
    page = anonymous.get(public, headers={"Accept": "text/html"})
    assert page["Cache-Control"] == "private, no-cache"
    made = api_for(UserFactory(is_partner=True)).post("users/", {"username": "newcomer"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    for path in ("/", "/teams/", "/auth/login/", "/admin/login/", "/nowhere", "/healthz"):
        assert anonymous.get(path)["Cache-Control"].split(",")[0] in (
            *("private", "no-store", "max-age=0"),
        ), path


def test_hidden_and_unknown_have_the_same_headers(world, api_for):
    stranger = api_for(world.cast.stranger)
    hidden, unknown = (
        stranger.get(f"videos/{video_id}/", headers={"If-None-Match": '"x"'})
        for video_id in (world.cast.hidden_video.video_id, "nothing00000")
    )
    assert headers_of(hidden) == headers_of(unknown)


def test_pages_of_other_sites_may_use_the_headers(anonymous):
    asked = anonymous.request(
        "OPTIONS",
        "videos/",
        headers={
            "Origin": "https://example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "if-match, idempotency-key, if-none-match",
        },
    )
    allowed = asked["Access-Control-Allow-Headers"]
    assert {"if-match", "if-none-match", "idempotency-key"} <= set(allowed.split(", "))
    told = anonymous.get("videos/", headers={"Origin": "https://example.com"})
    exposed = set(told["Access-Control-Expose-Headers"].split(", "))
    assert {"etag", "idempotency-replayed"} <= exposed


def test_members_who_lose_their_place_lose_their_validators(world, api_for):
    person = UserFactory()
    member = TeamMemberFactory(team=world.guild, user=person)
    api, path = api_for(person), "teams/guild/members/"
    tag = api.get(path)["ETag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    member.delete()
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 404

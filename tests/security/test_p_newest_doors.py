"""What was added last, asked by somebody who means harm: frames and oEmbed, versions compared and
made of older ones, reports, conditions on actions, pages of work and requests, merging and single
versions in the admin, the coverage file.

Each odd value is answered below 500, what is refused changes no row, and what is hidden is answered
as what there is not. Who may what is in the matrices of `tests/api`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subtitles.models import SubtitleVersion
from teams.models import SubtitleRequest, Visibility
from teams.services import requests, tasks
from tests.admin.test_callbacks import staff
from tests.api.conftest import unchanged, undone
from tests.conftest import Api
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.photographs import photographed
from users import keys
from users.models import ApiKey
from users.services import update_user
from videos.models import Video

pytestmark = pytest.mark.django_db
UNKNOWN = "ZZZZZZZZZZZZ"
# Of a parameter of an address, or of a path where it fits.
ODD = ("-1", "1.0", "9" * 20, "9" * 3000, "\u00b9", "NaN", "1%00", "%ff", "'\"<script>")
# Of a member of a body.
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 2**31, 10**400, 1e308, "", "9" * 5000, "1e999999999"),
    *("\u0661\u0662", "a\0b", [[]], {"a": 1}, "x" * 100_000),
)


@pytest.fixture
def world() -> SimpleNamespace:
    return photographed("newest doors", _build)


def _build() -> SimpleNamespace:
    """A video of everybody's with drafts, one of a hidden team, and people with keys."""
    people = {name: UserFactory(username=name) for name in ("ana", "mallory", "gone", "reader")}
    hushes = TeamFactory(
        slug="hushes",
        name="Hushes",
        team_visibility=Visibility.PRIVATE,
        video_visibility=Visibility.PRIVATE,
    )
    films = TeamFactory(slug="films", name="Films", subtitle_policy=20, translate_policy=20)
    sea = TeamFactory(slug="sea", name="Sea", type="collaboration")
    for team in (hushes, films, sea):
        TeamMemberFactory(team=team, user=people["ana"], role_name="owner")
    TeamMemberFactory(team=sea, user=people["mallory"], role_name="contributor")
    hidden = VideoFactory(user=people["ana"], team=hushes, is_public=False, title="Hushed")
    shown = VideoFactory(
        user=people["ana"], team=films, title="Film", primary_audio_language_code="en"
    )
    free = VideoFactory(user=people["mallory"], title="Free", primary_audio_language_code="en")
    for video in (hidden, shown, free):
        add_subtitles(video, "en", action="publish")
        add_subtitles(video, "en", SRT.replace("Hello", "Secret"), action="publish")
    draft = SubtitleVersion.objects.get(language__video=shown, version_number=2)
    tasks.take_back(draft.language, [draft.pk], actor=people["ana"], hide=True)
    made = {name: keys.add_key(user, actor=user)[1] for name, user in people.items()}
    read = keys.add_key(people["ana"], actor=people["ana"], scope=ApiKey.Scope.READ)[1]
    update_user(people["gone"], actor=None, is_active=False)
    return SimpleNamespace(
        **people, keys={**made, "reading": read}, hidden=hidden, shown=shown, free=free, sea=sea
    )


def api(world: SimpleNamespace, who: str | None) -> Api:
    return Api(world.keys[who] if who else None)


def subtitles_of(video: Video | str, code: str = "en") -> str:
    name = video if isinstance(video, str) else video.video_id
    return f"/api/videos/{name}/languages/{code}/subtitles/"


READS = {
    "diff/": ("from", "to", "all"),
    "report/": ("version_number", "version"),
}


@pytest.mark.parametrize("what", READS)
def test_reading_with_odd_parameters(world: SimpleNamespace, what: str) -> None:
    path = f"{subtitles_of(world.shown)}{what}"
    for who in (None, "mallory"):
        for name in READS[what]:
            for value in ODD:
                answer = api(world, who).get(f"{path}?{name}={value}")
                assert answer.status_code < 500, (name, value)
                # Of the second version, a draft, nothing is told to strangers.
                assert b"Secret" not in answer.content, (name, value)
        for query in ("from=1&to=2", "from=2&to=1", "to=2", "version_number=2", "version=2"):
            if query.startswith(READS[what]):
                assert api(world, who).get(f"{path}?{query}").status_code == 404, query


WRITES: dict[str, dict[str, Any]] = {
    "restore/": {"version_number": 1},
    "transform/": {"operation": "shift", "by": 1000},
    "actions/": {"action": "publish"},
    "": {"from_language": "en"},
}
MEMBERS = {
    "restore/": ("version_number", "action"),
    "transform/": (
        *("operation", "by", "from_position", "from_rate", "to_rate", "anchors", "gap"),
        *("version_number", "action", "dry_run"),
    ),
    "actions/": ("action",),
    "": ("from_language", "translated_from", "action"),
}


def place_of(video: Video | str, what: str) -> str:
    """A translation begins in a language that is not there yet."""
    return f"{subtitles_of(video, 'en' if what else 'fr')}{what}"


@pytest.mark.parametrize("what", WRITES)
def test_writing_with_odd_members(world: SimpleNamespace, what: str) -> None:
    person, path = api(world, "mallory"), place_of(world.free, what)
    usual = WRITES[what]
    for name in MEMBERS[what]:
        for value in VALUES:
            bodies = [{**usual, name: value}]
            if name in ("from_rate", "to_rate"):
                bodies = [{"operation": "stretch", "from_rate": 24, "to_rate": 25, name: value}]
            elif name == "anchors":
                pairs = [[[1, value], [2, 3]], [[value, 1], [2, 3]], value]
                bodies = [{"operation": "stretch", "anchors": pair} for pair in pairs]
            elif name == "gap":
                bodies = [{"operation": "snap", "gap": value}]
            for body in bodies:
                with undone():
                    answer = person.post(path, body)
                    assert answer.status_code < 500, (body, answer.content)
    for body in (
        b"",
        b"[]",
        b"7",
        b'"x"',
        b"\0",
        b"\xff\xfe",
        b"{" * 5000,
        b'{"action": "\\ud800"}',
    ):
        with unchanged():
            answer = person.request("POST", path, body)
        assert 400 <= answer.status_code < 500, (body[:20], answer.content)
    with unchanged():
        answer = person.post(path, {**usual, "action": "x" * (12 << 20)})
    assert answer.status_code in (400, 413)


def test_moments_at_the_ends_of_what_can_be(world: SimpleNamespace) -> None:
    person, path = api(world, "mallory"), f"{subtitles_of(world.free)}transform/"
    most = 2**31 - 1
    for body in (
        {"operation": "shift", "by": most},
        {"operation": "shift", "by": -most},
        {"operation": "shift", "by": 1, "from_position": most},
        {"operation": "stretch", "from_rate": 1, "to_rate": 1000},
        {"operation": "stretch", "from_rate": "1000", "to_rate": "0.999"},
        {"operation": "stretch", "from_rate": "25." + "0" * 5000 + "1", "to_rate": 24},
        {"operation": "stretch", "anchors": [[0, most], [1, 0]]},
        {"operation": "stretch", "anchors": [[0, 0], [most, 1]]},
        {"operation": "stretch", "anchors": [[most, 0], [most - 1, most]]},
        {"operation": "snap", "gap": 10_000},
    ):
        for dry in (True, False):
            with undone():
                answer = person.post(path, {**body, "dry_run": dry})
                assert answer.status_code in (200, 201, 400), (body, answer.content)


@pytest.mark.parametrize("what", WRITES)
def test_who_may_not_write(world: SimpleNamespace, what: str) -> None:
    """With a key that reads, of an account that is shut out, into another team's video; and what
    is hidden is refused as what there is not."""
    for who, video, status in (
        ("reading", world.shown, 403),
        ("gone", world.free, 401),
        (None, world.free, 401),
        ("mallory", world.shown, 403),
        ("mallory", world.hidden, 404),
    ):
        with unchanged():
            answer = api(world, who).post(place_of(video, what), WRITES[what])
        assert answer.status_code == status, (who, answer.content)
    for body in (WRITES[what], {}, {"version_number": "x", "operation": "x"}):
        for headers in ({}, {"If-Match": "*"}, {"If-Match": '"x"'}, {"If-None-Match": "*"}):
            two = [
                api(world, "mallory").post(place_of(video, what), body, headers=headers)
                for video in (world.hidden, UNKNOWN)
            ]
            assert two[0].status_code == two[1].status_code == 404, (body, headers)
            assert two[0].content == two[1].content


def test_a_translation_is_begun_of_nothing_that_one_may_not_read(world: SimpleNamespace) -> None:
    """The timings of a draft are hidden as its words are."""
    SubtitleVersion.objects.filter(language__video=world.shown).update(is_public=False)
    TeamMemberFactory(team=world.shown.team, user=world.mallory, role_name="contributor")
    path = subtitles_of(world.free, "fr")
    for code in ("de", "xx-nothing", "fr"):
        answer = api(world, "mallory").post(path, {"from_language": code})
        assert answer.status_code == 400, code
        assert "Secret" not in answer.content.decode()
    for source in (
        {"language_code": "en", "version_number": 10**30},
        {"language_code": "\0", "version_number": 1},
        {"language_code": "en", "version_number": -1},
        {"language_code": ["en"], "version_number": {}},
        [1, 2],
    ):
        body = {"subtitles": SRT, "sub_format": "srt", "translated_from": source}
        with unchanged():
            assert api(world, "mallory").post(path, body).status_code == 400, source


@pytest.mark.parametrize("what", ["actions/", "restore/", "transform/"])
def test_odd_conditions(world: SimpleNamespace, what: str) -> None:
    person, path = api(world, "mallory"), place_of(world.free, what)
    tag = person.get(subtitles_of(world.free))["ETag"]
    for match in ("*", tag, '"x"', f"W/{tag}", "x", ",", '""', '"' * 4000, "é", f'"x", {tag}'):
        for name in ("If-Match", "If-None-Match"):
            with undone():
                answer = person.post(path, WRITES[what], headers={name: match})
                assert answer.status_code in (200, 201, 400, 412), (name, match, answer.content)
    for match in (tag, "*", '"x"'):
        with unchanged():
            answer = api(world, None).post(path, WRITES[what], headers={"If-Match": match})
        assert answer.status_code == 401


# --- frames --------------------------------------------------------------------------------------


def test_frames_with_odd_parameters(world: SimpleNamespace) -> None:
    browser = Client()
    browser.force_login(world.ana)
    for name in ("language", "subtitles", "transcript", "url", "team", "video_id"):
        for value in ODD:
            for path in (f"/embed/{world.shown.video_id}/", "/embed/"):
                answer = browser.get(f"{path}?{name}={value}")
                assert answer.status_code in (200, 400, 404, 414), (path, name, value)
                assert b"<script>" not in answer.content
                assert b"Secret" not in answer.content
    for value in ODD:
        path = f"/embed/{value}/".replace("\u0661", "%D9%A1")
        assert browser.get(path).status_code in (400, 404, 414), value


def test_frames_and_oembed_tell_nothing_hidden(world: SimpleNamespace) -> None:
    """Also to who may see it: others look at the frame."""
    browser = Client()
    browser.force_login(world.ana)
    address = world.hidden.urls.get().url
    nothing = "https://media.example.com/nothing.mp4"
    page = f"http://testserver/videos/{world.hidden.video_id}/"
    pairs = [
        (f"/embed/{world.hidden.video_id}/", f"/embed/{UNKNOWN}/"),
        (f"/embed/?video_id={world.hidden.video_id}", f"/embed/?video_id={UNKNOWN}"),
        (f"/embed/?url={address}", f"/embed/?url={nothing}"),
        (f"/embed/?url={address}&team=hushes", f"/embed/?url={address}&team=nothing"),
        (f"/oembed/?url={page}", f"/oembed/?url=http://testserver/videos/{UNKNOWN}/"),
        (
            f"/oembed/?url=http://testserver/embed/{world.hidden.video_id}/",
            f"/oembed/?url=http://testserver/embed/{UNKNOWN}/",
        ),
    ]
    for hidden, unknown in pairs:
        two = [browser.get(path) for path in (hidden, unknown)]
        assert [each.status_code for each in two] == [404, 404], hidden
        assert two[0].content == two[1].content, hidden


def test_oembed_with_odd_parameters(world: SimpleNamespace) -> None:
    browser = Client()
    good = f"http://testserver/videos/{world.shown.video_id}/"
    assert browser.get(f"/oembed/?url={good}").status_code == 200
    urls = [
        *ODD,
        "http://[",
        "http://[::1]/",
        "http://testserver/%00/",
        f"http://testserver/videos/{world.shown.video_id}%00/",
        "http://testserver\\@evil.example.com/",
        "http://evil.example.com/videos/x/",
        "javascript:alert(1)",
        "http://testserver/admin/",
        "http://testserver:99999999/videos/x/",
        "http://testserver/videos/" + "%25" * 900,
    ]
    for url in urls:
        for form in ("json", "xml"):
            answer = browser.get(f"/oembed/?url={url}&format={form}")
            assert answer.status_code in (400, 404, 414), url
    for name in ("maxwidth", "maxheight"):
        for value in ODD:
            answer = browser.get(f"/oembed/?url={good}&{name}={value}")
            assert answer.status_code in (200, 400, 414), (name, value)
            if answer.status_code == 200 and not value.startswith("%"):
                assert json.loads(answer.content)["width"] > 0


def test_what_people_write_is_text_in_a_frame(world: SimpleNamespace) -> None:
    odd = "</textarea><script>alert(1)</script>\u2028\ufffe"
    Video.objects.filter(pk=world.shown.pk).update(title=odd)
    browser = Client()
    page = browser.get(f"/embed/{world.shown.video_id}/").content.decode()
    assert "<script>alert" not in page
    told = browser.get(f"/oembed/?url=http://testserver/videos/{world.shown.video_id}/")
    assert "<script>" not in json.loads(told.content)["html"]
    xml = browser.get(
        f"/oembed/?url=http://testserver/videos/{world.shown.video_id}/&format=xml"
    ).content.decode()
    assert "<script>" not in xml
    assert "\ufffe" not in xml


# --- pages of work -------------------------------------------------------------------------------


def test_pages_of_work_with_odd_parameters(world: SimpleNamespace) -> None:
    browser = Client()
    browser.force_login(world.mallory)
    for path, names in {
        "/work/?": ("team", "language", "show", "page"),
        "/work/?show=sent&": ("team", "language", "page"),
        "/teams/sea/requests/?": ("state", "language", "page"),
        "/teams/sea/requests/?state=sent&": ("language", "page"),
        "/teams/sea/coverage.csv?": ("project", "language", "q", "order", "page", "after"),
        "/teams/sea/coverage/?": ("project", "language", "q", "order", "page", "after"),
    }.items():
        for value in ODD:
            answer = browser.get(path + "&".join(f"{name}={value}" for name in names))
            if answer.streaming:
                b"".join(answer.streaming_content)
            assert answer.status_code in (200, 400, 404, 414), (path, value)
    for path in ("/work/?", "/teams/sea/requests/?state=sent&"):
        # Alone, so that nothing else ends the request before.
        for value in ODD[:3]:
            assert browser.get(f"{path}page={value}").status_code in (200, 400, 404)


def test_work_by_the_name_of_a_hidden_team(world: SimpleNamespace) -> None:
    browser = Client()
    browser.force_login(world.mallory)
    two = [browser.get(f"/work/?team={slug}") for slug in ("hushes", "nothin")]
    pages = [each.content.decode().replace("hushes", "nothin") for each in two]
    pages = [re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]
    assert pages[0] == pages[1]
    for part in ("requests/?state=sent", "tasks/", "coverage.csv", "coverage/"):
        two = [browser.get(f"/teams/{slug}/{part}") for slug in ("hushes", "nothin")]
        assert [each.status_code for each in two] == [404, 404]


def test_requests_that_were_sent_name_no_team_that_is_hidden(world: SimpleNamespace) -> None:
    """To members of the team that sent them who are not in the one that has them."""
    hushes = world.hidden.team
    hushes.type = "collaboration"
    hushes.save()
    film = VideoFactory(user=world.ana, team=world.sea, title="Sent away")
    made = requests.add_request(film, actor=world.ana, language_code="fr", operator=True)
    SubtitleRequest.objects.filter(pk=made.pk).update(team=hushes)
    browser = Client()
    browser.force_login(world.mallory)
    for path in ("/teams/sea/requests/?state=sent", "/teams/sea/requests/", "/work/?show=sent"):
        page = browser.get(path).content.decode()
        assert "ushes" not in page, path


# --- a file for spreadsheets ---------------------------------------------------------------------


def test_no_cell_of_the_coverage_is_a_formula(world: SimpleNamespace) -> None:
    """Nor does one begin a line or a cell of its own."""
    odd = [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1"),
        *('"=1', "a\n=1", 'a",=1', "a;=1", "\uff1d1", "\ufeff=1", "|=1", "%0A=1", "'=1"),
    ]
    for number, title in enumerate(odd):
        VideoFactory(user=world.ana, team=world.sea, title=f"{title} {number}")
    browser = Client()
    browser.force_login(world.ana)
    answer = browser.get("/teams/sea/coverage.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[arg-type, misc]
    lines = list(csv.reader(io.StringIO(text)))
    assert len({len(line) for line in lines}) == 1
    titles = [line[1] for line in lines[1:]]
    assert sum(bool(title) for title in titles) == len(odd)
    for cell in (cell for line in lines for cell in line):
        # As programs see it that leave out what cannot be seen.
        bare = re.sub(r"^[\s\u00a0\u200b\ufeff]+", "", cell)
        assert not bare.startswith(("=", "+", "-", "@", "\uff1d")), repr(cell)


# --- the admin -----------------------------------------------------------------------------------


def test_actions_of_the_admin_with_odd_choices(world: SimpleNamespace) -> None:
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(root)
    versions = list(SubtitleVersion.objects.order_by("pk"))
    for address, action, good in (
        ("admin:videos_video_changelist", "merge", [world.free.pk, world.shown.pk]),
        ("admin:subtitles_subtitleversion_changelist", "publish", [versions[0].pk]),
        ("admin:subtitles_subtitleversion_changelist", "make_private", [versions[0].pk]),
    ):
        path = reverse(address)
        for odd in ("0", "-1", "x", "9" * 30, "1\0", "", "1' OR 1=1"):
            for chosen in ([odd], [*good, odd]):
                for more in (
                    {},
                    {"post": "yes"},
                    {"post": "yes", "stays": odd, "told_1": "x", f"now_{good[0]}": odd},
                ):
                    with undone():
                        before = Video.objects.count()
                        sent = {"action": action, "_selected_action": chosen, **more}
                        answer = browser.post(path, sent)
                        assert answer.status_code in (200, 302, 400), (action, sent)
                        assert Video.objects.count() == before
                        public = SubtitleVersion.objects.filter(is_public=True).count()
                        assert public == sum(each.is_public for each in versions), (action, sent)


def test_staff_without_the_permission_do_none_of_it(world: SimpleNamespace) -> None:
    version = SubtitleVersion.objects.earliest("pk")
    for client, address, action, chosen in (
        (
            staff("view_video"),
            "admin:videos_video_changelist",
            "merge",
            [world.free.pk, world.shown.pk],
        ),
        (
            staff("view_subtitleversion"),
            "admin:subtitles_subtitleversion_changelist",
            "publish",
            [version.pk],
        ),
        (
            staff("view_subtitleversion"),
            "admin:subtitles_subtitleversion_changelist",
            "make_private",
            [version.pk],
        ),
    ):
        sent = {
            "action": action,
            "_selected_action": chosen,
            "post": "yes",
            "stays": chosen[0],
            f"now_{chosen[0]}": "x",
        }
        videos, public = Video.objects.count(), SubtitleVersion.objects.filter(is_public=True)
        before = public.count()
        client.post(reverse(address), sent)
        assert (Video.objects.count(), public.count()) == (videos, before)

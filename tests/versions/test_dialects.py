"""Dialects over HTTP: who gets which, and that nothing outside the ladder knows a date."""

import json
import re
from pathlib import Path

import pytest
from django.test import override_settings

import amara_api
from tests.factories import VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
ROOT = Path(amara_api.__file__).parent.parent
PARTNERS, OLDEST, TODAY, NEWEST = 2, 20160801, 20161201, 20190619


@pytest.fixture
def video(ana):
    video = VideoFactory(user=ana, primary_audio_language_code="en")
    add_subtitles(video)
    return video


def spoken(body) -> int:
    """The dialect of a printed video, by what each change did to it."""
    if "original_language" not in body:
        return NEWEST
    if not body["resource_uri"].startswith("http"):
        return PARTNERS
    return OLDEST if "visible" in body["languages"][0] else TODAY


@pytest.mark.parametrize(
    ("header", "parameter", "dialect"),
    [
        (None, None, TODAY),
        ("20160801", None, OLDEST),
        ("20161130", None, OLDEST),
        ("19700101", None, OLDEST),
        ("00000000", None, OLDEST),
        ("20161201", None, TODAY),
        ("20190618", None, TODAY),
        ("20190619", None, NEWEST),
        ("99999999", None, NEWEST),
        (None, "20160801", OLDEST),
        (None, "20190619", NEWEST),
        # The header wins.
        ("20190619", "20160801", NEWEST),
        ("20160801", "20190619", OLDEST),
        # What is not eight digits is ignored.
        ("2019061", None, TODAY),
        ("201906190", None, TODAY),
        ("2019-6-19", None, TODAY),
        ("+2019061", None, TODAY),
        ("２０１９０６１９", None, TODAY),
        ("tomorrow", None, TODAY),
        (None, "2019061x", TODAY),
        (None, "", TODAY),
        # Ignored as if it had not been sent: the other is heard.
        ("soon", "20190619", NEWEST),
        ("", "20190619", NEWEST),
    ],
)
@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
def test_who_gets_which(anonymous, video, prefix, header, parameter, dialect):
    headers = {} if header is None else {"X-API-FUTURE": header.encode().decode("latin-1")}
    query = "" if parameter is None else f"?api-future={parameter}"
    response = anonymous.get(f"{prefix}videos/{video.video_id}/{query}", headers=headers)
    named = [t for t in (header, parameter) if t and re.fullmatch("[0-9]{8}", t)]
    expected = dialect if named or prefix == "/api/" else PARTNERS
    assert spoken(response.json()) == expected
    next_change = {PARTNERS: "20160801", OLDEST: "20161201"}
    assert response.get("X-API-DEPRECATED") == next_change.get(expected)


@pytest.mark.parametrize("date", [OLDEST, TODAY, NEWEST])
def test_the_setting_is_what_a_request_without_a_date_gets(anonymous, video, date):
    with override_settings(AMARA_API_DATE=date):
        assert spoken(anonymous.get(f"videos/{video.video_id}/").json()) == date
        # The older prefix speaks its own dialect whatever the operator says.
        older = anonymous.get(f"/api2/partners/videos/{video.video_id}/")
        assert spoken(older.json()) == PARTNERS


def test_the_clock_changes_nothing(anonymous, video):
    import time_machine

    for moment in ("2015-01-01", "2016-12-02", "2031-01-01"):
        with time_machine.travel(moment, tick=False):
            assert spoken(anonymous.get(f"videos/{video.video_id}/").json()) == TODAY


def test_only_resources_that_changed_are_marked(api, video):
    old = {"X-API-FUTURE": "20160801"}
    path = f"videos/{video.video_id}/"
    marked = {
        target: api.get(target, headers=old).get("X-API-DEPRECATED")
        for target in (
            "",
            "users/me/",
            path,
            f"{path}languages/",
            f"{path}languages/en/subtitles/notes/",
            f"{path}languages/en/subtitles/",
            f"{path}languages/en/subtitles/actions/",
            "videos/none/",
        )
    }
    assert marked == {
        "": None,
        "users/me/": None,
        path: "20161201",
        f"{path}languages/": "20161201",
        f"{path}languages/en/subtitles/notes/": "20161201",
        f"{path}languages/en/subtitles/": None,
        f"{path}languages/en/subtitles/actions/": None,
        "videos/none/": "20161201",
    }


def test_nested_resources_take_care_of_themselves_in_lists_and_every_format(api, video):
    old = {"X-API-FUTURE": "20160801"}
    for target in ("videos/", f"videos/{video.video_id}/languages/"):
        for format in ("json", "yaml", "xml", "api"):
            text = api.get(f"{target}?format={format}", headers=old).content.decode()
            assert ("visible" in text) == (target == "videos/"), (target, format)
            assert ("author_uri" in text) == (target != "videos/"), (target, format)


def every_link(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from every_link(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_link(item)
    elif isinstance(value, str) and value.startswith(("http://testserver/", "/api2/")):
        yield value.removeprefix("http://testserver")


@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
def test_links_stay_inside_the_prefix_and_lead_somewhere(api, video, prefix):
    """From the index on, every link of every answer is followed once."""
    from subtitles.services import add_note

    add_note(video, actor=video.user, language_code="en", body="Note")
    waiting, seen, wrong = [prefix], {prefix}, []
    while waiting:
        path = waiting.pop()
        response = api.get(path)
        if response.status_code == 405 and path.endswith("/users/"):
            continue
        if response.status_code != 200:
            wrong.append((path, response.status_code))
        for link in every_link(response.json()):
            # A page for people has one address, whatever the prefix.
            if link.startswith("/videos/") or link in seen or link.endswith("/message/"):
                continue
            seen.add(link)
            assert link.startswith(prefix), (path, link)
            waiting.append(link)
    assert not wrong
    assert len(seen) >= 10


def test_older_input_is_lifted_and_its_errors_named_as_it_knows_them(api, video):
    path = f"videos/{video.video_id}/"
    empty = json.dumps({"title": "", "team": "null", "description": "New"})
    old = api.put(path, empty)
    assert (old.status_code, old.json()["title"], old.json()["description"]) == (
        200,
        video.title,
        "New",
    )
    new = api.put(path, empty, headers={"X-API-FUTURE": str(NEWEST)})
    assert (new.status_code, new.json()) == (400, {"team": ["Unknown team: null"]})
    new = api.put(path, {"title": ""}, headers={"X-API-FUTURE": str(NEWEST)})
    assert (new.status_code, new.json()["title"]) == (200, "")


def test_newer_input_leaves_out_what_is_no_longer_heard(api, video):
    path = f"videos/{video.video_id}/urls/"
    new = {"X-API-FUTURE": str(NEWEST)}
    added = api.post(
        path, {"url": "https://media.example.com/2.mp4", "original": True}, headers=new
    )
    assert (added.status_code, added.json()["original"]) == (201, False)
    target = f"{path}{added.json()['id']}/"
    assert api.put(target, {"original": "no flag"}, headers=new).json()["original"] is False
    assert api.put(target, {"original": True}).json()["original"] is True
    assert api.put(target, {"original": False}, headers=new).json()["original"] is True


def test_only_the_ladder_knows_a_date_of_the_api():
    dates = re.compile(r"\b(20160801|20161201|20190619|v2)\b")
    allowed = {"amara_api/kernel/versions"}
    knowing = {
        str(path.relative_to(ROOT))
        for package in ("amara_api", "users", "videos", "subtitles", "teams", "activity")
        for path in (ROOT / package).rglob("*.py")
        if dates.search(path.read_text())
    }
    assert {str(Path(name).parent) for name in knowing} == allowed


def test_no_view_service_or_policy_asks_for_the_dialect():
    asking = {
        str(path.relative_to(ROOT))
        for package in ("users", "videos", "subtitles", "teams", "activity")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"request\.version\b|LADDER|api-future|X.API.FUTURE", path.read_text())
    }
    assert not asking

"""The form of /api2/partners/ is the operator's to date: programs of 2014 to 2019 read another."""

import subprocess
import sys

import pytest
import time_machine
from django.core.checks import run_checks
from django.test import override_settings

from amara_api.kernel.versions import CURRENT, NEWEST, OLDEST, PARTNERS, name_of, named
from tests import golden
from tests.conftest import ROOT
from tests.factories import TeamFactory, UserFactory, VideoFactory, add_subtitles
from tests.headers import headers_of
from tests.server.own import Installation

pytestmark = pytest.mark.django_db
SITE = "http://testserver/api2/partners"


@pytest.fixture
def harbour(db, monkeypatch, api_for):
    """A film with English subtitles, made at one moment, and somebody's requests."""
    golden.FixedIds(monkeypatch)
    golden.fix_numbers()
    with time_machine.travel(golden.CLOCK, tick=False):
        skipper = UserFactory(username="skipper")
        video = VideoFactory(
            user=skipper,
            team=TeamFactory(slug="boats"),
            video_url="https://media.example.com/harbour.mp4",
            title="The harbour wakes",
            description="At dawn",
            duration=62,
            primary_audio_language_code="en",
            metadata={"location": "Pier 4"},
        )
        add_subtitles(video)
        yield api_for(skipper)


# A film as programs of 2015 read it.
FILM = {
    "id": "V00000000001",
    "video_type": "H",
    "primary_audio_language_code": "en",
    "original_language": "en",
    "title": "The harbour wakes",
    "description": "At dawn",
    "duration": 62,
    "thumbnail": "",
    "created": "2016-03-05T07:08:09Z",
    "team": "boats",
    "project": None,
    "all_urls": ["https://media.example.com/harbour.mp4"],
    "metadata": {"location": "Pier 4"},
    "languages": [
        {
            "code": "en",
            "name": "English",
            "visible": True,
            "dir": "ltr",
            "subtitles_uri": f"{SITE}/videos/V00000000001/languages/en/subtitles/",
            "resource_uri": f"{SITE}/videos/V00000000001/languages/en/",
        }
    ],
    "activity_uri": f"{SITE}/videos/V00000000001/activity/",
    "urls_uri": f"{SITE}/videos/V00000000001/urls/",
    "subtitle_languages_uri": f"{SITE}/videos/V00000000001/languages/",
    "resource_uri": f"{SITE}/videos/V00000000001/",
}


@override_settings(AMARA_PARTNERS_DATE=OLDEST)
def test_a_film_in_the_form_of_2016(harbour):
    answer = harbour.get(f"{SITE}/videos/V00000000001/")
    assert answer.json() == FILM
    assert list(answer.json()) == list(FILM)
    assert answer["X-API-DEPRECATED"] == "20161201"


@override_settings(AMARA_PARTNERS_DATE=OLDEST)
def test_cues_are_in_milliseconds_and_dxfp_is_what_is_sent_unless_told(harbour):
    path = f"{SITE}/videos/V00000000001/languages/en/subtitles/"
    read = harbour.get(path).json()
    assert (read["sub_format"], read["created"]) == ("json", "2016-03-05T07:08:09Z")
    assert [(cue["start"], cue["end"]) for cue in read["subtitles"]] == [(1000, 2500), (3000, 4000)]
    assert harbour.post(path, {"subtitles": "no XML"}).status_code == 400


@pytest.mark.parametrize("date", [None, PARTNERS, OLDEST, CURRENT, NEWEST])
@pytest.mark.parametrize("asked", [None, OLDEST, NEWEST])
def test_the_setting_is_of_that_prefix_and_a_request_wins(harbour, date, asked):
    headers = {"X-API-FUTURE": str(asked)} if asked else {}
    today = harbour.get("videos/V00000000001/", headers=headers)
    with override_settings(**({"AMARA_PARTNERS_DATE": date} if date else {})):
        under = harbour.get(f"{SITE}/videos/V00000000001/", headers=headers)
        other = harbour.get("videos/V00000000001/", headers=headers)
        # What ended with the form of 2012 is there where that form is.
        listed = harbour.get(f"{SITE}/users/", headers=headers).status_code == 200
    assert (other.content, headers_of(other)) == (today.content, headers_of(today))
    spoken = asked or date or PARTNERS
    wanted = harbour.get("videos/V00000000001/", headers={"X-API-FUTURE": str(spoken)})
    text = wanted.content.replace(b"/api/", b"/api2/partners/")
    assert (under.content == text) == (spoken != PARTNERS)
    assert listed == (spoken == PARTNERS)


@pytest.mark.parametrize("written", ["v2", "20160801", "20161201", "20190619"])
def test_a_form_has_a_name(written):
    assert name_of(named(f" {written} ")) == written


@pytest.mark.parametrize("variable", ["AMARA_API_DATE", "AMARA_PARTNERS_DATE"])
@pytest.mark.parametrize("written", ["2016-08-01", "20170101", "v3", "2", "V2"])
def test_what_is_no_form_is_named_by_the_checks(written, variable, monkeypatch):
    monkeypatch.setenv(variable, written)
    with override_settings(**{variable: named(written)}):
        (found,) = [each for each in run_checks() if variable in each.msg]
    assert found.msg == f"{variable} is {written}, which is no dialect of the API."
    assert "20160801, 20161201, 20190619" in found.hint
    assert ("v2" in found.hint) == (variable == "AMARA_PARTNERS_DATE")


@pytest.mark.parametrize(
    ("variable", "written", "date"),
    [
        ("AMARA_PARTNERS_DATE", "20160801", OLDEST),
        ("AMARA_PARTNERS_DATE", " v2 ", PARTNERS),
        ("AMARA_PARTNERS_DATE", "", PARTNERS),
        ("AMARA_API_DATE", "20190619", NEWEST),
        ("AMARA_API_DATE", " ", CURRENT),
        ("AMARA_API_DATE", "2016", 0),
    ],
)
def test_the_variable_is_read_when_a_process_starts(variable, written, date):
    code = f"from amara_api import settings; print(settings.{variable})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={variable: written},
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{date}\n", done.stderr


@pytest.mark.parametrize("variable", ["AMARA_API_DATE", "AMARA_PARTNERS_DATE"])
def test_a_process_says_what_is_wrong_and_does_not_start(tmp_path, variable):
    own = Installation.at(tmp_path, None)
    wrong = own.manage("check", SECRET_KEY="x", **{variable: "2016"})
    assert f"{variable} is 2016, which is no dialect of the API." in wrong.err
    assert "Traceback" not in wrong.err

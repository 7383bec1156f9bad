"""Operators add and rename languages; every process knows of it without a restart."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from amara_api.kernel import languages
from subtitles.models import SubtitleNote
from teams.models import SubtitleRequest, Task, TeamLanguage
from tests.admin.test_writes import last, post, refusal
from tests.conftest import Api, Running
from tests.factories import TeamFactory, VideoFactory, add_subtitles
from videos.models import Language
from videos.queries import languages_of_operators as read_rows


@pytest.mark.usefixtures("languages_of_operators")
class TestAtWork:
    """With a database that keeps what is committed, as the rows are read outside transactions."""

    def test_an_added_language_can_be_used_at_once(
        self, browser: Client, root: Any, api: Api
    ) -> None:
        video = VideoFactory(user=root)
        path = f"videos/{video.video_id}/languages/"
        assert api.post(path, {"language_code": "abq"}).status_code == 400
        done = post(browser, "videos_language_add", code="ABQ", name="Abaza")
        assert done.status_code == 302
        record = last(root, ActivityType.LANGUAGE_CHANGED)
        assert (record.language_code, record.data["name"]) == ("abq", "Abaza")
        made = api.post(path, {"language_code": "abq-Cyrl"})
        assert (made.json()["language_code"], made.json()["name"]) == ("abq", "Abaza")
        assert api.get("languages/").json()["languages"]["abq"] == "Abaza"

    def test_names_listing_and_direction_change_at_once(self, browser: Client, api: Api) -> None:
        post(browser, "videos_language_add", code="x-ours", name="Ours", direction="rtl")
        assert languages.direction("x-ours") == "rtl"
        row = Language.objects.get()
        post(browser, "videos_language_change", row.pk, name="Theirs", listed=None, direction="ltr")
        assert (languages.name("x-ours"), languages.direction("x-ours")) == ("Theirs", "ltr")
        listed = api.get("languages/").json()["languages"]
        assert (len(listed), "x-ours" in listed) == (321, False)
        browser.post(reverse("admin:videos_language_delete", args=[row.pk]), {"post": "yes"})
        assert not languages.is_known("x-ours")

    def test_a_known_language_is_renamed_and_gets_its_name_back(self, browser: Client) -> None:
        post(browser, "videos_language_add", code="sot", name="Sesotho")
        assert languages.name("sot") == languages.listed()["sot"] == "Sesotho"
        row = Language.objects.get()
        browser.post(reverse("admin:videos_language_delete", args=[row.pk]), {"post": "yes"})
        assert languages.name("sot") == "Sotho"

    def test_other_processes_read_it(self) -> None:
        assert not languages.is_known("abq")
        Language.objects.create(code="abq", name="Abaza")
        languages.watch(read_rows)  # as a process that has not read yet
        assert languages.normalise("abq") == "abq"

    def test_a_known_code_costs_no_query(self, api: Api) -> None:
        languages.reread()
        with CaptureQueriesContext(connection) as asked:
            for code in ("en", "iw", "de-DE", "yue"):
                assert languages.normalise(code)
                assert languages.name(code)
        assert len(asked) == 0


@pytest.mark.django_db
class TestForms:
    @pytest.mark.parametrize(
        ("code", "why"),
        [
            ("iw", "iw is another spelling of he."),
            ("eng", "eng is another spelling of en."),
            ("sw", "sw is another spelling of swa."),
            ("e", "Not a language code"),
            ("1en", "Not a language code"),
            ("en--us", "Not a language code"),
            ("x-", "Not a language code"),
            ("en us", "Not a language code"),
            ("Ελ", "Not a language code"),
            ("../..", "Not a language code"),
            ("en-abcdefgh-abcdefgh", "at most 16"),
        ],
    )
    def test_codes_that_cannot_be_added(self, browser: Client, code: str, why: str) -> None:
        page = post(browser, "videos_language_add", code=code, name="Wrong")
        assert why in refusal(page)
        assert not Language.objects.exists()

    @pytest.mark.parametrize("code", ["abq", "de-DE", "x-ours", "en", "zh", "sr-Latn-ME", "gsw-FR"])
    def test_codes_that_can_be_added(self, browser: Client, code: str) -> None:
        assert post(browser, "videos_language_add", code=code, name="Right").status_code == 302
        assert Language.objects.get().code == code.lower()
        page = post(browser, "videos_language_add", code=code, name="Twice")
        assert "already exists" in refusal(page)

    def test_saving_nothing_records_nothing(self, browser: Client) -> None:
        row = Language.objects.create(code="abq", name="Abaza")
        assert post(browser, "videos_language_change", row.pk).status_code == 302
        assert not ActivityRecord.objects.exists()

    @pytest.mark.parametrize(
        "use",
        ["subtitles", "spoken", "team", "task", "request", "note"],
    )
    def test_a_code_in_use_stays(self, browser: Client, root: Any, use: str) -> None:
        row = Language.objects.create(code="abq", name="Abaza")
        languages.install([languages.Added("abq", "Abaza", True, None)])
        team = TeamFactory()
        video = VideoFactory(user=root, team=team)
        where = {
            "subtitles": lambda: add_subtitles(video, "abq"),
            "spoken": lambda: VideoFactory(primary_audio_language_code="abq"),
            "team": lambda: TeamLanguage.objects.create(team=team, language_code="abq", kind=1),
            "task": lambda: Task.objects.create(
                team=team, video=video, type=Task.Type.TRANSLATE, language_code="abq"
            ),
            "request": lambda: SubtitleRequest.objects.create(
                source_team=team, team=team, video=video, language_code="abq", subtitler=root
            ),
            "note": lambda: SubtitleNote.objects.create(
                video=video, language_code="abq", user=root, body="Hm"
            ),
        }
        where[use]()
        languages.install(())
        said = {
            "subtitles": "subtitles of 1 video",
            "spoken": "spoken in 1 video",
            "team": "in the list of 1 team",
            "task": "language of 1 task",
            "request": "language of 1 subtitle request",
            "note": "language of 1 note",
        }
        address = reverse("admin:videos_language_delete", args=[row.pk])
        page = browser.post(address, {"post": "yes"}, follow=True)
        assert f"The code abq is in use and stays: {said[use]}." in page.content.decode()
        assert Language.objects.exists()

    def test_another_name_goes_whatever_uses_the_code(self, browser: Client, root: Any) -> None:
        row = Language.objects.create(code="en", name="Anglish")
        add_subtitles(VideoFactory(user=root), "en")
        browser.post(reverse("admin:videos_language_delete", args=[row.pk]), {"post": "yes"})
        assert not Language.objects.exists()
        assert last(root, ActivityType.LANGUAGE_CHANGED).data["deleted"] is True

    def test_nothing_is_read_inside_a_transaction(self) -> None:
        assert read_rows() is None


@pytest.mark.django_db(transaction=True)
def test_a_database_without_the_table_is_no_error() -> None:
    table = Language._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO aside')
    try:
        assert read_rows() is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE aside RENAME TO "{table}"')
    assert read_rows() == []


def test_a_running_server_learns_of_a_language(running: Running) -> None:
    """Another process adds it; the one that serves was not told."""
    import json
    import time
    import urllib.request

    def listed() -> dict[str, str]:
        with urllib.request.urlopen(f"{running.url}/api/languages/", timeout=10) as answer:
            found: dict[str, str] = json.load(answer)["languages"]
            return found

    assert "x-running" not in listed()
    program = (
        "from users.models import User; from videos.services import add_language; "
        "add_language(actor=User.objects.earliest('pk'), code='x-running', name='Running')"
    )
    running.manage("shell", "-c", program)
    # Asked for by its code it is known at once; lists follow within seconds.
    body = json.dumps(
        {"video_url": "https://x.example.com/r.mp4", "primary_audio_language_code": "x-running"}
    )
    request = urllib.request.Request(
        f"{running.url}/api/videos/",
        data=body.encode(),
        headers={"X-api-key": running.key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["primary_audio_language_code"] == "x-running"
    until = time.monotonic() + 20
    found = listed()
    while "x-running" not in found and time.monotonic() < until:
        time.sleep(0.2)
        found = listed()
    # Of several processes that serve, another one may still be seconds behind.
    assert found["x-running"] == "Running"

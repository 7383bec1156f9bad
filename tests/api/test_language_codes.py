"""Codes in other spellings, wherever a request can say one."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subtitles.models import SubtitleLanguage, SubtitleNote
from teams.models import SubtitleRequest, Task
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)

pytestmark = pytest.mark.django_db

SPELLINGS = [("eng", "en"), ("de-DE", "de"), ("iw", "he"), ("in", "id"), ("sr-Cyrl", "sr")]
SPELLINGS += [("sw", "swa"), ("pt_BR", "pt-br"), ("zh-Hant-HK", "zh-hk"), ("YUE", "yue")]


@pytest.fixture
def video(ana):
    return VideoFactory(user=ana)


def listed(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(("typed", "stored"), SPELLINGS)
class TestSpellings:
    def test_in_the_body_of_a_language(self, api, video, typed, stored):
        made = api.post(f"videos/{video.video_id}/languages/", {"language_code": typed})
        assert (made.status_code, made.json()["language_code"]) == (201, stored)
        again = api.post(f"videos/{video.video_id}/languages/", {"language_code": stored})
        assert again.status_code == 400

    def test_of_the_language_spoken(self, api, video, typed, stored):
        path = f"videos/{video.video_id}/"
        changed = api.put(path, {"primary_audio_language_code": typed})
        assert changed.json()["primary_audio_language_code"] == stored
        for code in {typed, stored}:
            found = listed(api.get(f"videos/?primary_audio_language_code={code}"))
            assert [each["id"] for each in found["objects"]] == [video.video_id]

    def test_in_every_path_below_a_language(self, api, video, typed, stored):
        base = f"videos/{video.video_id}/languages/{typed}/"
        made = api.post(f"{base}subtitles/", {"sub_format": "srt", "subtitles": SRT})
        assert (made.status_code, made.json()["language"]["code"]) == (201, stored)
        assert listed(api.get(base))["language_code"] == stored
        assert listed(api.get(f"{base}subtitles/"))["version_number"] == 1
        assert api.get(f"{base}subtitles/?format=vtt").status_code == 200
        assert listed(api.get(f"{base}subtitles/actions/"))
        assert api.put(base, {"soft_limit_cpl": 40}).json()["soft_limit_cpl"] == 40
        assert api.post(f"{base}subtitles/notes/", {"body": "Hm"}).status_code == 201
        assert SubtitleNote.objects.get().language_code == stored
        assert len(listed(api.get(f"{base}subtitles/notes/"))["objects"]) == 1
        assert SubtitleLanguage.objects.get().language_code == stored

    def test_on_the_page_of_a_version(self, api, video, typed, stored):
        version = add_subtitles(video, stored)
        path = f"/videos/{video.video_id}/{typed}/{version.language_id}/{version.pk}/"
        assert api.get(path).status_code == 200

    def test_of_a_team(self, api, ana, video, typed, stored):
        team = TeamFactory(workflow_enabled=True)
        TeamMemberFactory(team=team, user=ana, role_name="owner")
        own = VideoFactory(user=ana, team=team, primary_audio_language_code=stored)
        path = f"teams/{team.slug}/languages/preferred/"
        assert api.put(path, [typed]).json() == [stored]
        task = {"video_id": own.video_id, "type": "Subtitle", "language": typed}
        made = api.post(f"teams/{team.slug}/tasks/", task)
        assert (made.status_code, made.json()["language"]) == (201, stored)
        SubtitleRequest.objects.create(
            source_team=team, team=team, video=own, language_code=stored, subtitler=ana
        )
        for code in {typed, stored}:
            for path in (
                f"teams/{team.slug}/tasks/?language={code}",
                f"teams/{team.slug}/subtitle-requests/?language={code}",
                f"teams/{team.slug}/subtitle-requests/?video_language={code}",
                f"teams/{team.slug}/activity/?video_language={code}&type=video-added",
            ):
                assert listed(api.get(path))["meta"]["total_count"] == 1, path
        assert listed(api.get(f"teams/{team.slug}/tasks/?language=tlh"))["objects"] == []

    def test_in_activity(self, api, video, typed, stored):
        add_subtitles(video, stored)
        for path in (f"videos/{video.video_id}/activity/", "activity/"):
            found = listed(api.get(f"{path}?language={typed}"))["objects"]
            assert {each["language"] for each in found} == {stored}


class TestOlderTracks:
    """A video that had subtitles under both codes before they were one."""

    @pytest.fixture
    def both(self, video):
        add_subtitles(video, "he", text=SRT.replace("Hello", "Newer"))
        add_subtitles(video, "iw", text=SRT.replace("Hello", "Older"))
        return f"videos/{video.video_id}/languages/"

    def test_each_is_where_it_was(self, api, both):
        codes = [each["language_code"] for each in listed(api.get(both))["objects"]]
        assert codes == ["he", "iw"]
        for code, word in (("he", b"Newer"), ("iw", b"Older"), ("heb", b"Newer")):
            assert word in api.get(f"{both}{code}/subtitles/?format=srt").content
        assert api.put(f"{both}iw/", {"soft_limit_cpl": 40}).json()["language_code"] == "iw"
        api.post(f"{both}iw/subtitles/notes/", {"body": "Older"})
        assert listed(api.get(f"{both}he/subtitles/notes/"))["objects"] == []
        assert len(listed(api.get(f"{both}iw/subtitles/notes/"))["objects"]) == 1

    def test_filters_find_what_is_stored_under_just_that_code(self, api, both, video):
        path = f"videos/{video.video_id}/activity/?type=version-added&language="
        assert {each["language"] for each in listed(api.get(path + "iw"))["objects"]} == {
            "he",
            "iw",
        }
        assert {each["language"] for each in listed(api.get(path + "he"))["objects"]} == {"he"}

    def test_only_aliases_cost_a_query(self, api, both, video):
        def cost(code):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                listed(api.get(f"{both}{code}/"))
            return len(asked)

        assert cost("he") == cost("HE") == cost("iw") - 1


# Everything that refuses a code: (method, path, body), and how the sentence begins.
REFUSALS = {
    "language": ("post", "videos/{video}/languages/", {"language_code": "es-US"}),
    "video": ("put", "videos/{video}/", {"primary_audio_language_code": "es-US"}),
    "new video": (
        "post",
        "videos/",
        {"video_url": "https://x.example.com/a.mp4", "primary_audio_language_code": "es-US"},
    ),
    "task": ("post", "teams/crew/tasks/", {"type": "Subtitle", "language": "es-US"}),
    "preferred": ("put", "teams/crew/languages/preferred/", ["es-US"]),
    "request": ("post", "teams/crew/subtitle-requests/", {"language": "es-US"}),
    "login": ("post", "editor-login/", {"language_code": "es-US"}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_refuses_a_code_names_the_nearest(api, ana, video, name):
    TeamMemberFactory(team=TeamFactory(slug="crew"), user=ana, role_name="owner")
    method, path, body = REFUSALS[name]
    answer = api.request(method.upper(), path.format(video=video.video_id), body)
    assert answer.status_code == 400
    said = json.dumps(answer.json())
    begins = "Invalid" if name == "preferred" else "Unknown"
    assert f"{begins} language code: es-US. Did you mean es, es-419, " in said


@pytest.mark.parametrize("code", ["es-US", "klingon", "%E2%84%AAo", "..%5C", "x" * 64, "a-" * 32])
def test_unknown_codes_in_paths_are_not_there(api, video, code):
    base = f"videos/{video.video_id}/languages/{code}/"
    for path in (base, f"{base}subtitles/", f"{base}subtitles/notes/"):
        assert api.get(path).status_code == 404


def test_the_list_of_languages_says_what_it_said(api):
    listed_now = listed(api.get("languages/"))["languages"]
    assert len(listed_now) == 321
    assert "yue" not in listed_now


def test_a_hidden_video_tells_nothing_by_its_languages(api_for, video):
    team = TeamFactory(is_visible=False)
    hidden = VideoFactory(user=UserFactory(), team=team)
    add_subtitles(hidden, "iw")
    answers = {
        api_for(UserFactory()).get(f"videos/{hidden.video_id}/languages/{code}/").content
        for code in ("iw", "he", "heb", "es-US")
    }
    assert len(answers) == 1
    assert Task.objects.count() == 0

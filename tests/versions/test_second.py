"""The second version of the API, below /api2/partners/: what it alone does."""

import pytest

from activity.models import ActivityRecord
from subtitles.models import SubtitleLanguage
from teams.models import Team
from tests.api.conftest import unchanged
from tests.factories import SRT, TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
SECOND = "/api2/partners/"


@pytest.fixture
def video(ana):
    video = VideoFactory(user=ana, primary_audio_language_code="en")
    add_subtitles(video)
    return video


@pytest.fixture
def english(video):
    return f"{SECOND}videos/{video.video_id}/languages/en/"


class TestCues:
    def test_are_in_seconds_and_numbered(self, api, english):
        body = api.get(f"{english}subtitles/").json()
        assert body["sub_format"] == "srt"
        assert [(c["id"], c["start"], c["end"], c["text"]) for c in body["subtitles"]] == [
            (1, 1, 2.5, "Hello"),
            (2, 3, 4, "World"),
        ]
        # Whole seconds are whole numbers, as they were printed.
        assert [type(cue["start"]) for cue in body["subtitles"]] == [int, int]

    @pytest.mark.parametrize("name", ["json", "yaml", "xml"])
    def test_are_so_in_every_data_format(self, api, english, name):
        text = api.get(f"{english}subtitles/?format={name}").content.decode()
        assert "2.5" in text
        assert "2500" not in text

    def test_come_back_as_they_went_out(self, api, english, video):
        printed = api.get(f"{english}subtitles/").json()["subtitles"]
        sent = {"subtitles": printed, "sub_format": "json"}
        answer = api.post(f"{english}subtitles/", sent)
        assert answer.status_code == 201, answer.content
        assert answer.json()["subtitles"] == printed
        today = api.get(f"videos/{video.video_id}/languages/en/subtitles/").json()
        assert [(cue["start"], cue["end"]) for cue in today["subtitles"]] == [
            (1000, 2500),
            (3000, 4000),
        ]

    def test_of_later_forms_are_taken_in_milliseconds(self, api, english):
        sent = {"subtitles": [{"start": 1000, "end": 2000, "text": "A"}], "sub_format": "json"}
        (cue,) = api.post(f"{english}subtitles/", sent).json()["subtitles"]
        assert (cue["start"], cue["end"]) == (1, 2)

    def test_are_srt_unless_told_otherwise(self, api, english):
        for extra in ({}, {"sub_format": ""}, {"sub_format": "rst"}):
            answer = api.post(f"{english}subtitles/", {"subtitles": SRT, **extra})
            assert (answer.status_code, answer.json()["sub_format"]) == (201, "srt")

    def test_are_downloaded_by_the_misprinted_name_too(self, api, english):
        misprinted, srt = (api.get(f"{english}subtitles/?format={f}") for f in ("rst", "srt"))
        assert misprinted.content == srt.content
        assert misprinted["Content-Type"] == srt["Content-Type"]


class TestLanguageByNumber:
    def test_is_the_language(self, api, video, english):
        number = SubtitleLanguage.objects.get(video=video).pk
        for below in ("", "subtitles/", "subtitles/actions/", "subtitles/notes/"):
            by_number = f"{SECOND}videos/{video.video_id}/languages/{number}/{below}"
            assert api.get(by_number).content == api.get(english + below).content, below
        answer = api.post(
            f"{SECOND}videos/{video.video_id}/languages/{number}/subtitles/", {"subtitles": SRT}
        )
        assert (answer.status_code, answer.json()["version_number"]) == (201, 2)

    def test_leads_where_the_address_says(self, api, english):
        address = api.get(english).json()["resource_uri"]
        assert address.startswith(f"{SECOND}videos/")
        assert api.get(address).json()["language_code"] == "en"

    def test_is_a_video_s_own(self, api, ana, video):
        other = VideoFactory(user=ana)
        number = SubtitleLanguage.objects.get(video=video).pk
        for wrong in (number + 1000, 10**30, 0):
            path = f"{SECOND}videos/{video.video_id}/languages/{wrong}/"
            assert api.get(path).status_code == 404
        assert api.get(f"{SECOND}videos/{other.video_id}/languages/{number}/").status_code == 404

    def test_is_no_address_of_later_forms(self, api, video):
        number = SubtitleLanguage.objects.get(video=video).pk
        path = f"videos/{video.video_id}/languages/{number}/"
        assert api.get(path).status_code == 404
        later = api.get(SECOND + path, headers={"X-API-FUTURE": "20160801"})
        assert later.status_code == 404


class TestEndedActions:
    def test_accounts_are_listed_by_name(self, api, cast):
        body = api.get(f"{SECOND}users/?limit=3").json()
        names = [user["username"] for user in body["objects"]]
        assert names == sorted(names)
        assert len(names) == 3
        assert body["meta"]["next"].startswith(f"http://testserver{SECOND}users/?")
        assert not {"email", "api_key"} & body["objects"][0].keys()

    def test_a_closed_account_is_in_no_list(self, api, cast):
        cast.adder.is_active = False
        cast.adder.save()
        body = api.get(f"{SECOND}users/?limit=100").json()
        assert "adder" not in {user["username"] for user in body["objects"]}

    def test_later_forms_do_not_have_them(self, cast, api_for):
        owner = api_for(cast.owner)
        for method, path in (("GET", "users/"), ("DELETE", "teams/films/")):
            for target, headers in (
                (path, {}),
                (path, {"X-API-FUTURE": "20160801"}),
                (SECOND + path, {"X-API-FUTURE": "20161201"}),
            ):
                answer = owner.request(method, target, headers=headers)
                assert answer.status_code == 405
                assert method not in answer["Allow"].split(", ")
                assert "HEAD" not in answer["Allow"] or path != "users/"
            assert method in owner.request("OPTIONS", SECOND + path)["Allow"]

    def test_a_team_that_has_videos_stays(self, cast, api_for):
        owner = api_for(cast.owner)
        with unchanged():
            answer = owner.delete(f"{SECOND}teams/films/")
        assert (answer.status_code, answer.json()) == (400, ["The team still has videos."])

    def test_a_team_goes_with_what_belongs_to_it_and_is_recorded(self, cast, api_for):
        team = TeamFactory(slug="empty")
        TeamMemberFactory(team=team, user=cast.owner, role_name="owner")
        assert api_for(cast.owner).delete(f"{SECOND}teams/empty/").status_code == 204
        assert not Team.objects.filter(slug="empty").exists()
        record = ActivityRecord.objects.latest("pk")
        assert (record.type, record.actor, record.data) == (
            "team-deleted",
            cast.owner,
            {"slug": "empty"},
        )

    def test_whose_application_is_deleted_may_apply_again(self, cast, api_for):
        from teams.services.applications import apply

        films = cast.films
        films.membership_policy = Team.MembershipPolicy.APPLICATION
        films.save()
        path = f"{SECOND}teams/films/applications/{apply(films, actor=cast.stranger).pk}/"
        admin = api_for(cast.admin)
        assert admin.delete(path).status_code == 204
        assert admin.get(path).status_code == 404
        assert admin.delete(path).status_code == 404
        assert apply(films, actor=cast.stranger).pk


def test_a_language_is_started_with_a_title(api, video):
    path = f"{SECOND}videos/{video.video_id}/languages/"
    words = {"title": "Der Hafen erwacht", "description": "Morgens"}
    made = api.post(path, {"language_code": "de", **words})
    assert made.status_code == 201
    assert words.items() <= made.json().items()
    # The first subtitles have it too, unless they say otherwise.
    answer = api.post(f"{path}de/subtitles/", {"subtitles": SRT})
    assert words.items() <= answer.json().items()
    answer = api.post(f"{path}de/subtitles/", {"subtitles": SRT, "title": "Der Hafen"})
    assert answer.json()["title"] == "Der Hafen"


def test_errors_have_the_names_of_the_form(cast, api_for):
    video = VideoFactory(user=cast.owner, team=cast.films)
    add_subtitles(video)
    body = {"video_id": video.video_id, "type": "Review", "language": "en", "version_no": 7}
    path = "teams/films/tasks/"
    answer = api_for(cast.admin).post(SECOND + path, body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"version_no": ["This is not the newest version."]},
    )
    today = {**body, "version_number": 7}
    answer = api_for(cast.admin).post(path, today)
    assert answer.json() == {"version_number": ["This is not the newest version."]}


def test_a_changed_version_says_so(api, english):
    for text in (SRT, SRT, SRT.replace("Hello", "Hi")):
        api.post(f"{english}subtitles/", {"subtitles": text})
    versions = api.get(english).json()["versions"]
    changes = {v["version_no"]: (v["text_change"], v["time_change"]) for v in versions}
    assert changes[3] == ("0.0", "0.0")
    assert changes[1] == changes[4] == ("1.0", "1.0")

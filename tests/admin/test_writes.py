"""What is changed in the admin goes through the services, and is on record with its actor."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from teams.models import Project, Team
from tests.factories import TeamFactory, VideoFactory, add_subtitles
from videos.models import Video, VideoUrl
from videos.services import add_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana: Any) -> Video:
    return VideoFactory(user=ana, title="Old", metadata={"location": "Reykjavik"})


def filled(client: Client, name: str, /, *args: Any, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Where a form of the admin goes, and what it holds as it came, with ``changes``."""
    address = reverse(f"admin:{name}", args=args)
    page = client.get(address)
    assert page.status_code == 200
    form = page.context["adminform"].form
    sets = [inline.formset for inline in page.context.get("inline_admin_formsets") or ()]
    fields = [field for part in (form, *(f for s in sets for f in s)) for field in part]
    fields += [field for s in sets for field in s.management_form]
    data = {
        f.html_name: f.value() for f in fields if f.value() is not None and f.value() is not False
    }
    # Where a default is made anew each time, the form carries what it showed.
    hidden = [f for f in fields if f.field.show_hidden_initial]
    data |= {f.html_initial_name: f.value() for f in hidden}
    return address, {k: v for k, v in {**data, **changes}.items() if v is not None}


def post(client: Client, name: str, /, *args: Any, **changes: Any) -> Any:
    return client.post(*filled(client, name, *args, **changes))


def last(root: Any, type: ActivityType) -> ActivityRecord:
    newest = ActivityRecord.objects.filter(type=type).latest("pk")
    assert newest.actor == root
    return newest


def refusal(page: Any) -> str:
    assert page.status_code == 200, page.headers
    errors = page.context["adminform"].form.errors
    return str(errors) + "".join(
        str(s.formset.errors) for s in page.context.get("inline_admin_formsets") or ()
    )


class TestVideos:
    def test_adds_one_by_its_url(self, browser: Client, root: Any) -> None:
        url = "https://media.example.com/new.mp4"
        done = post(browser, "videos_video_add", video_url=url, title="New", location="Oslo")
        assert done.status_code == 302
        video = Video.objects.get(title="New")
        assert video.user == root
        assert video.metadata == {"location": "Oslo"}
        assert [u.url for u in video.urls.all()] == [url]
        assert last(root, ActivityType.VIDEO_ADDED).video == video

    def test_says_why_a_url_cannot_be_added(self, browser: Client, video: Video) -> None:
        taken = video.urls.get().url
        page = post(browser, "videos_video_add", video_url=taken, title="Twice")
        assert "Video already exists" in refusal(page)
        assert page.context["adminform"].form["title"].value() == "Twice"
        page = post(browser, "videos_video_add", video_url="javascript:alert(1)")
        assert "Invalid URL" in refusal(page)
        assert Video.objects.count() == 1

    def test_changes_are_recorded_by_field(self, browser: Client, root: Any, video: Video) -> None:
        post(
            browser,
            "videos_video_change",
            video.pk,
            title="New",
            speaker_name="Ann",
            primary_audio_language_code="PT_br",
        )
        video.refresh_from_db()
        assert (video.title, video.primary_audio_language_code) == ("New", "pt-br")
        assert video.metadata == {"location": "Reykjavik", "speaker-name": "Ann"}
        fields = last(root, ActivityType.VIDEO_CHANGED).data["fields"]
        assert fields == ["metadata", "primary_audio_language_code", "title"]

    def test_saving_nothing_records_nothing(self, browser: Client, video: Video) -> None:
        before = ActivityRecord.objects.count()
        assert post(browser, "videos_video_change", video.pk).status_code == 302
        assert ActivityRecord.objects.count() == before

    def test_moves_into_a_hidden_team_with_its_urls(
        self, browser: Client, root: Any, video: Video
    ) -> None:
        team = TeamFactory(slug="hush", is_visible=False)
        post(browser, "videos_video_change", video.pk, team=team.pk)
        video.refresh_from_db()
        assert (video.team, video.project.slug, video.is_public) == (team, "_root", False)
        assert video.urls.get().scope == team.pk
        assert last(root, ActivityType.VIDEO_MOVED_TO_TEAM).video == video

    def test_says_which_url_keeps_it_from_moving(self, browser: Client, video: Video) -> None:
        team, url = TeamFactory(slug="films"), video.urls.get().url
        VideoFactory(team=team, video_url=url)
        page = post(browser, "videos_video_change", video.pk, team=team.pk, title="Moved")
        assert f"Video already exists for {url}" in refusal(page)
        video.refresh_from_db()
        assert (video.team, video.title, video.urls.get().scope) == (None, "Old", 0)

    def test_a_team_can_be_kept_from_what_is_public(self, browser: Client, video: Video) -> None:
        team, url = TeamFactory(slug="films"), video.urls.get().url
        sent = {"video_url": url, "title": "Copy", "team": team.pk}
        post(browser, "teams_team_change", team.pk, refuse_public_urls="on")
        page = post(browser, "videos_video_add", **sent)
        assert f"Video already exists for {url}" in refusal(page)
        post(browser, "teams_team_change", team.pk, refuse_public_urls=None)
        assert post(browser, "videos_video_add", **sent).status_code == 302
        assert Video.objects.get(team=team).urls.get().scope == team.pk

    def test_a_project_must_be_the_teams(self, browser: Client, video: Video) -> None:
        team, other = TeamFactory(slug="films"), TeamFactory(slug="other")
        page = post(
            browser,
            "videos_video_change",
            video.pk,
            team=team.pk,
            project=other.projects.get().pk,
        )
        assert "another team" in refusal(page)

    def test_an_unknown_language_is_refused(self, browser: Client, video: Video) -> None:
        page = post(browser, "videos_video_change", video.pk, primary_audio_language_code="xx-x")
        assert "No such language" in refusal(page)

    def test_deletes_on_record(self, browser: Client, root: Any, video: Video) -> None:
        add_subtitles(video)
        address = reverse("admin:videos_video_delete", args=[video.pk])
        assert b"subtitles in every language" in browser.get(address).content
        browser.post(address, {"post": "yes"})
        assert not Video.objects.exists()
        assert last(root, ActivityType.VIDEO_DELETED).data["title"] == "Old"

    def test_deletes_many_on_record(self, browser: Client, root: Any, video: Video) -> None:
        VideoFactory(user=root)
        chosen = {"_selected_action": [v.pk for v in Video.objects.all()], "post": "yes"}
        browser.post(
            reverse("admin:videos_video_changelist"), {"action": "delete_selected", **chosen}
        )
        assert not Video.objects.exists()
        assert ActivityRecord.objects.filter(type="video-deleted", actor=root).count() == 2


class TestUrls:
    def test_adds_changes_and_deletes_on_record(
        self, browser: Client, root: Any, video: Video
    ) -> None:
        first = video.urls.get()
        second = add_url(video, actor=root, url="https://media.example.com/second.mp4")
        add = {
            "urls-TOTAL_FORMS": 3,
            "urls-2-url": "https://media.example.com/third.mp4",
            "urls-2-primary": "on",
            "urls-1-original": "on",
        }
        assert post(browser, "videos_video_change", video.pk, **add).status_code == 302
        third = last(root, ActivityType.VIDEO_URL_EDITED).data["new_url"]
        assert third == "https://media.example.com/third.mp4"
        assert video.urls.get(primary=True).url == third
        second.refresh_from_db()
        assert second.original
        remove = {"urls-1-DELETE": "on"}
        assert post(browser, "videos_video_change", video.pk, **remove).status_code == 302
        assert not VideoUrl.objects.filter(pk=first.pk).exists()
        assert last(root, ActivityType.VIDEO_URL_DELETED).data["url"] == first.url

    def test_the_primary_one_stays(self, browser: Client, video: Video) -> None:
        page = post(browser, "videos_video_change", video.pk, **{"urls-0-DELETE": "on"})
        assert "Can&#x27;t delete the primary URL" in refusal(page)
        page = post(browser, "videos_video_change", video.pk, **{"urls-0-primary": None})
        assert video.urls.get().primary

    def test_a_taken_one_is_refused(self, browser: Client, video: Video, root: Any) -> None:
        taken = VideoFactory(user=root).urls.get().url
        add = {"urls-TOTAL_FORMS": 2, "urls-1-url": taken, "title": "Changed too"}
        page = post(browser, "videos_video_change", video.pk, **add)
        assert "Video already exists" in refusal(page)
        video.refresh_from_db()
        assert video.title == "Old"

    def test_an_address_never_changes(self, browser: Client, video: Video) -> None:
        url = video.urls.get().url
        post(browser, "videos_video_change", video.pk, **{"urls-0-url": "https://evil.example/x"})
        assert video.urls.get().url == url


class TestSubtitles:
    def test_starts_a_language(self, browser: Client, root: Any, video: Video) -> None:
        post(browser, "subtitles_subtitlelanguage_add", video=video.pk, language_code="FR")
        assert SubtitleLanguage.objects.get().language_code == "fr"
        assert last(root, ActivityType.LANGUAGE_CHANGED).language_code == "fr"

    def test_refuses_a_second_one_and_an_unknown_one(self, browser: Client, video: Video) -> None:
        add_subtitles(video, "fr")
        sent = {"video": video.pk, "language_code": "fr"}
        page = post(browser, "subtitles_subtitlelanguage_add", **sent)
        assert "already exists" in refusal(page)
        page = post(
            browser, "subtitles_subtitlelanguage_add", video=video.pk, language_code="klingon"
        )
        assert "No such language" in refusal(page)

    def test_changes_limits_on_record(self, browser: Client, root: Any, video: Video) -> None:
        language = add_subtitles(video, "fr").language
        name = "subtitles_subtitlelanguage_change"
        assert post(browser, name, language.pk, soft_limit_cpl=42).status_code == 302
        language.refresh_from_db()
        assert language.soft_limit_cpl == 42
        assert last(root, ActivityType.LANGUAGE_CHANGED).data["fields"] == ["soft_limit_cpl"]

    def test_deletes_versions_and_keeps_the_language(
        self, browser: Client, root: Any, video: Video
    ) -> None:
        language = add_subtitles(video, "fr").language
        address = reverse("admin:subtitles_subtitlelanguage_delete", args=[language.pk])
        assert b"The languages stay" in browser.get(address).content
        browser.post(address, {"post": "yes"})
        language.refresh_from_db()
        assert language.tip is None
        assert SubtitleVersion.objects.get().is_deleted
        assert last(root, ActivityType.SUBTITLES_DELETED).language_code == "fr"

    def test_versions_are_never_changed(self, browser: Client, video: Video) -> None:
        version = add_subtitles(video, "fr")
        change = reverse("admin:subtitles_subtitleversion_change", args=[version.pk])
        assert browser.get(change).status_code == 200
        assert browser.post(change, {"title": "x"}).status_code == 403
        add = reverse("admin:subtitles_subtitleversion_add")
        assert browser.post(add, {"post": "yes"}).status_code == 403
        version.refresh_from_db()
        assert version.title == ""

    def test_adds_a_note_on_record(self, browser: Client, root: Any, video: Video) -> None:
        post(
            browser,
            "subtitles_subtitlenote_add",
            video=video.pk,
            language_code="fr",
            body="Typo in cue 3",
        )
        assert SubtitleNote.objects.get().user == root
        assert last(root, ActivityType.COMMENT_ADDED).video == video


class TestTeams:
    def test_a_new_team_has_its_default_project(self, browser: Client) -> None:
        done = post(browser, "teams_team_add", name="Films", slug="films", video_policy=1)
        assert done.status_code == 302
        assert Project.objects.get().slug == "_root"

    def test_visibility_and_slug_stay(self, browser: Client) -> None:
        team = TeamFactory(slug="films")
        post(browser, "teams_team_change", team.pk, slug="other", is_visible=None, name="New")
        team.refresh_from_db()
        assert (team.name, team.slug, team.is_visible) == ("New", "films", True)

    def test_a_team_with_videos_stays(self, browser: Client, ana: Any) -> None:
        team = TeamFactory(slug="films", is_visible=False)
        VideoFactory(user=ana, team=team)
        delete = reverse("admin:teams_team_delete", args=[team.pk])
        assert browser.post(delete, {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [team.pk], "post": "yes"}
        assert browser.post(reverse("admin:teams_team_changelist"), chosen).status_code == 403
        assert Team.objects.exists()

    def test_the_default_project_stays(self, browser: Client) -> None:
        project = TeamFactory(slug="films").projects.get()
        delete = reverse("admin:teams_project_delete", args=[project.pk])
        assert browser.post(delete, {"post": "yes"}).status_code == 403


def test_the_record_cannot_be_touched(browser: Client, video: Video) -> None:
    one = ActivityRecord.objects.latest("pk")
    for page, args in (("add", []), ("change", [one.pk]), ("delete", [one.pk])):
        address = reverse(f"admin:activity_activityrecord_{page}", args=args)
        assert browser.post(address, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
    browser.post(reverse("admin:activity_activityrecord_changelist"), chosen)
    assert ActivityRecord.objects.filter(pk=one.pk).exists()

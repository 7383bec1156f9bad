"""Two videos that are one: all of one comes to the other, or the page says why not."""

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from activity import tallies
from activity.models import ActivityRecord, Callback, Notification
from amara_api.kernel.errors import Conflict, InvalidInput, NotThere
from amara_api.kernel.models import AdministrativeChange
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import track_of
from teams.models import SubtitleRequest, Task, Team
from teams.policies.requests import works_for
from teams.services import merging, requests, tasks
from teams.services import videos as team_videos
from tests.admin.soundness import sound
from tests.admin.test_callbacks import staff
from tests.admin.test_teams import said
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from users.models import User
from videos.models import Video, VideoFollower, VideoUrl
from videos.services import add_url

pytestmark = pytest.mark.django_db


class Page:
    """The page that says what merging does, and its button."""

    def __init__(self, client: Client, *chosen: Video) -> None:
        self.client = client
        self.address = reverse("admin:videos_video_changelist")
        self.sent = {"action": "merge", "_selected_action": [one.pk for one in chosen]}
        self.page = client.post(self.address, self.sent)
        self.text = html.unescape(self.page.content.decode())

    def press(self, stays: Video | None) -> Any:
        assert self.page.status_code == 200, self.page.headers
        body: dict[str, Any] = {**self.sent, "post": "yes"}
        hidden = re.findall(r'name="(told_\d+)" value="([^"]*)"', self.page.content.decode())
        for name, value in hidden:
            body.setdefault(name, []).append(html.unescape(value))
        if stays is not None:
            body["stays"] = stays.pk
        return self.client.post(self.address, body)


@pytest.fixture
def team(ana: User) -> Team:
    team = TeamFactory(slug="films", workflow_enabled=True, review_allowed=10)
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    return team


@pytest.fixture
def pair(ana: User) -> tuple[Video, Video]:
    """The one that stays has English; the other French from English that is gone, and German."""
    stays = VideoFactory(user=ana, title="Film", primary_audio_language_code="en")
    goes = VideoFactory(user=ana, title="Film, again", description="A film", duration=90)
    add_subtitles(stays, "en")
    source = add_subtitles(goes, "en")
    for _ in range(3):
        add_subtitles(goes, "fr", SRT.replace("Hello", "Bonjour"), action="publish")
    made = {"translated_from_code": "en", "translated_from_number": 1}
    add_subtitles(goes, "de", is_complete=True, **made)
    tasks.delete_subtitles(source.language, actor=ana)
    return stays, goes


def test_all_of_it_comes_to_the_one_that_stays(
    browser: Client, ana: User, root: User, pair: tuple[Video, Video]
) -> None:
    stays, goes = pair
    add_url(goes, actor=ana, url="https://media.example.com/other.mp4")
    urls = set(VideoUrl.objects.values_list("url", flat=True))
    tasks.add_note(goes, actor=ana, language_code="fr", body="Well done")
    VideoFollower.objects.create(video=goes, user=root)
    before = SubtitleVersion.objects.filter(language__video=goes, is_deleted=False)
    cues = {each: track_of(each) for each in before.values_list("pk", flat=True)}
    history = set(ActivityRecord.objects.filter(video=goes).values_list("pk", flat=True))
    page = Page(browser, stays, goes)
    for sentence in (
        "French moves, with 3 versions; everybody reads version 3. It is published there",
        "The url https://media.example.com/other.mp4 moves.",
        "The empty English of “Film, again”",
        "Its notes move: 1.",
        "it gets: description, duration.",
    ):
        assert sentence in page.text
    assert "is merged into Film" in said(page.press(stays))
    stays.refresh_from_db()
    assert not Video.objects.filter(pk=goes.pk).exists()
    assert (stays.title, stays.description, stays.duration) == ("Film", "A film", 90)
    assert set(stays.urls.values_list("url", flat=True)) == urls
    assert stays.urls.filter(primary=True).count() == 1
    kept = SubtitleVersion.objects.filter(pk__in=cues)
    assert set(kept.values_list("language__video", flat=True)) == {stays.pk}
    assert {each: track_of(each) for each in cues} == cues
    french = SubtitleLanguage.objects.get(video=stays, language_code="fr")
    assert french.public_tip is not None
    assert (french.public_tip.version_number, french.complete_number) == (3, 3)
    german = SubtitleVersion.objects.get(language__language_code="de")
    # English of the other video is gone; its number is another version's here.
    assert (german.translated_from_code, german.translated_from_number) == ("en", None)
    assert stays.notes.get().body == "Well done"
    assert set(stays.followers.values_list("user", flat=True)) >= {root.pk}
    records = ActivityRecord.objects.filter(video=stays)
    assert history <= set(records.values_list("pk", flat=True))
    gone = records.filter(pk__in=history, language_code="en")
    assert set(gone.values_list("version_number", flat=True)) == {None}
    assert records.get(type="video-merged").data["video_id"] == goes.video_id
    assert sound()
    for address in (reverse("video-page", args=[goes.video_id]), f"/api/videos/{goes.video_id}/"):
        assert browser.get(address).status_code == 404
    told = list(AdministrativeChange.objects.order_by("pk").values_list("what", "thing_key"))
    assert told == [("deleted", str(goes.pk)), ("changed", str(stays.pk))]
    change = AdministrativeChange.objects.latest("pk")
    assert change.message == f"Merged {goes.video_id} into it."
    assert (change.before["languages"], change.after["languages"]) == ([], ["de", "fr"])
    assert "other.mp4" in str(change.after["video urls"])
    # What comes after goes on as anywhere else.
    assert add_subtitles(stays, "fr").version_number == 4
    assert sound()


def test_work_goes_along(ana: User, team: Team) -> None:
    stays, goes = (VideoFactory(user=ana, team=team) for _ in range(2))
    add_subtitles(stays, "en")
    draft = add_subtitles(goes, "fr", action="complete")
    (review,) = Task.objects.filter(video=goes, language_code="fr", completed=None)
    make = {"actor": ana, "type": Task.Type.SUBTITLE, "operator": True}
    doubled = [
        tasks.add_task(team, video=stays, language_code="fr", **make),
        tasks.add_task(team, video=goes, language_code="en", **make),
        tasks.add_task(team, video=goes, language_code="", **make),
        tasks.add_task(team, video=goes, language_code="de", **make),
    ]
    tasks.add_task(team, video=stays, language_code="de", **make)
    free = tasks.add_task(team, video=goes, language_code="es", **make)
    held = tasks.update_task(doubled[0], actor=ana, assignee=ana, operator=True)
    assert "ana has the task “Subtitle” (French)" in " ".join(merging.plan(stays, goes).refused)
    with pytest.raises(InvalidInput):
        merging.merge(stays, goes, actor=ana)
    tasks.update_task(held, actor=ana, assignee=None, operator=True)
    merging.merge(stays, goes, actor=ana)
    assert not Task.objects.filter(pk__in=[each.pk for each in doubled], is_deleted=False).exists()
    for task in (review, free):
        task.refresh_from_db()
        assert (task.video_id, task.is_open) == (stays.pk, True)
    assert review.version_id == draft.pk
    team.refresh_from_db()
    assert team.video_count == 1
    # A draft stays one, and can be approved where it is now.
    made = ActivityRecord.objects.get(type="version-added", version_number=1, language_code="fr")
    assert (made.video_id, made.draft) == (stays.pk, True)
    tasks.update_task(review, actor=ana, complete=True, operator=True)
    made.refresh_from_db()
    assert not made.draft
    assert sound()


@pytest.mark.parametrize("codes", [("en", ""), ("", "en"), ("", "")])
def test_one_task_is_left_where_one_of_two_names_no_language(
    ana: User, team: Team, codes: tuple[str, str]
) -> None:
    """A task without a language is one in the spoken language."""
    pair = [VideoFactory(user=ana, team=team, primary_audio_language_code=code) for code in codes]
    for video, code in zip(pair, codes, strict=True):
        make = {"actor": ana, "type": Task.Type.SUBTITLE, "operator": True}
        tasks.add_task(team, video=video, language_code=code, **make)
    stays, goes = pair
    assert "The task “Subtitle”" in " ".join(merging.plan(stays, goes).told)
    merging.merge(stays, goes, actor=ana)
    assert Task.objects.filter(video=stays, completed=None, is_deleted=False).count() == 1
    assert sound()


def test_it_is_said_who_sees_more_then(ana: User) -> None:
    """Whoever works on a request sees the drafts of its video."""
    films, lab = TeamFactory(slug="films"), TeamFactory(slug="lab", type="collaboration")
    ben = UserFactory()
    TeamMemberFactory(team=films, user=ana, role_name="owner")
    TeamMemberFactory(team=lab, user=ben)
    stays, goes = (VideoFactory(user=ana, team=films, is_public=False) for _ in range(2))
    said = "The team lab, which works on a request of one of the two"
    assert said not in " ".join(merging.plan(stays, goes).told)
    SubtitleRequest.objects.create(
        source_team=films, team=lab, video=goes, language_code="fr", stage=10
    )
    assert said in " ".join(merging.plan(stays, goes).told)
    assert said in " ".join(merging.plan(goes, stays).told)
    assert not works_for(ben, stays.pk)
    merging.merge(stays, goes, actor=ana)
    assert works_for(ben, stays.pk)


def test_requests_go_along_unless_both_have_one(ana: User) -> None:
    team = TeamFactory(slug="films", type="collaboration")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    stays, goes = (VideoFactory(user=ana, team=team) for _ in range(2))
    ask = {"actor": ana, "operator": True}
    theirs = [requests.add_request(goes, language_code=code, **ask) for code in ("fr", "en")]
    own = requests.add_request(stays, language_code="en", **ask)
    with pytest.raises(InvalidInput, match="unfinished subtitle request for English"):
        merging.merge(stays, goes, actor=ana)
    requests.delete_request(theirs[1], actor=ana)
    merging.merge(stays, goes, actor=ana)
    left = SubtitleRequest.objects.order_by("pk").values_list("pk", "video")
    assert list(left) == [(theirs[0].pk, stays.pk), (own.pk, stays.pk)]
    assert sound()


def test_callbacks_hear_of_it(ana: User) -> None:
    team = TeamFactory(slug="films")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    stays, goes = (VideoFactory(user=ana, team=team) for _ in range(2))
    add_subtitles(goes, "fr", action="publish")
    Callback.objects.create(team=team, url="https://example.com/hear")
    merging.merge(stays, goes, actor=ana)
    told = [each.data for each in Notification.objects.order_by("number")]
    events = [(each["event"], each["amara_video_id"]) for each in told]
    assert events == [
        ("subtitles-published", stays.video_id),
        ("video-removed", goes.video_id),
    ]
    assert sound()


class TestRefused:
    def test_where_both_have_subtitles(
        self, browser: Client, pair: tuple[Video, Video], ana: User
    ) -> None:
        stays, goes = pair
        add_subtitles(goes, "en")
        page = Page(browser, stays, goes)
        assert "Both have subtitles in English." in page.text
        assert 'value="Merge them"' not in page.text
        assert "Both have subtitles in English." in said(page.press(stays))
        assert Video.objects.filter(pk=goes.pk).exists()
        assert not AdministrativeChange.objects.exists()

    def test_of_two_teams(self, browser: Client, pair: tuple[Video, Video], ana: User) -> None:
        stays, _ = pair
        other = VideoFactory(user=ana, team=TeamFactory(slug="films"))
        page = Page(browser, stays, other)
        assert "in no team, and the other is in the team films. Move one of them" in page.text

    def test_what_is_no_longer_so(
        self, browser: Client, pair: tuple[Video, Video], ana: User
    ) -> None:
        stays, goes = pair
        page = Page(browser, stays, goes)
        assert "Choose the video that stays." in page.press(None).content.decode()
        add_subtitles(goes, "fr")
        assert "Meanwhile one of the videos has changed." in said(page.press(stays))
        assert goes.subtitle_languages.exists()
        assert not AdministrativeChange.objects.exists()

    def test_one_or_three_or_without_permission(
        self, browser: Client, pair: tuple[Video, Video], ana: User
    ) -> None:
        address = reverse("admin:videos_video_changelist")
        for chosen in (pair[:1], (*pair, VideoFactory(user=ana))):
            sent = {"action": "merge", "_selected_action": [one.pk for one in chosen]}
            assert "exactly two" in said(browser.post(address, sent))
        helper = staff("view_video", "change_video")
        assert "What will happen" not in Page(helper, *pair).text


def test_a_count_of_the_stream_is_made_anew(
    ana: User, pair: tuple[Video, Video], monkeypatch: Any
) -> None:
    """Also of those who see all: nothing but the video is asked about."""
    monkeypatch.setattr(tallies, "LARGE", 1)
    stays, goes = pair
    stream = ActivityRecord.objects.filter(video=stays)
    assert tallies.count(stream).total == stream.count()
    merging.merge(stays, goes, actor=ana)
    assert tallies.count(stream).total == stream.count()


CHANGES = {
    "written": lambda world: add_subtitles(world.goes, "en"),
    "a draft is sent": lambda world: add_subtitles(world.goes, "fr"),
    "begun in the same language": lambda world: add_subtitles(world.stays, "fr"),
    "another url": lambda world: add_url(
        world.goes, actor=world.actor, url="https://media.example.com/new.mp4"
    ),
    "moved": lambda world: team_videos.update_video(
        world.goes, actor=world.actor, operator=True, team=world.team, project=None
    ),
    "gone": lambda world: team_videos.delete_video(world.goes, actor=world.actor),
    "merged the other way": lambda world: merging.merge(world.goes, world.stays, actor=world.actor),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_happens_before_the_locks_is_seen(
    ana: User, root: User, pair: tuple[Video, Video], monkeypatch: Any, name: str
) -> None:
    """Somebody else's change comes just where the first lock is taken: nothing is done then."""
    stays, goes = pair
    world = SimpleNamespace(stays=stays, goes=goes, actor=root, team=TeamFactory(slug="films"))
    agreed = merging.plan(stays, goes).told
    lock, waiting = QuerySet.select_for_update, [CHANGES[name]]

    def locks(rows: Any, *args: Any, **kwargs: Any) -> Any:
        if waiting:
            waiting.pop()(world)
        return lock(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", locks)
    with pytest.raises((Conflict, NotThere, InvalidInput)):
        merging.merge(stays, goes, actor=root, agreed=agreed)
    # The change was within the transaction, and went with it.
    assert not waiting
    assert not ActivityRecord.objects.filter(type="video-merged").exists()
    assert sound()

"""Single versions, published and made private: the page says what each changes, and it does."""

import html
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from activity import tallies
from activity.models import ActivityRecord, Callback, Notification
from amara_api.kernel.models import AdministrativeChange
from subtitles.models import SubtitleLanguage, SubtitleVersion
from teams.models import SubtitleRequest, Task, Team
from teams.services import publishing, requests, tasks
from tests.admin.soundness import sound
from tests.admin.test_asked import Page
from tests.admin.test_callbacks import staff
from tests.admin.test_teams import said
from tests.factories import SRT, TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles
from users.models import User
from videos.models import Video

pytestmark = pytest.mark.django_db
UNSYNCED = "1\n99:59:59,999 --> 99:59:59,999\nHello\n"


@pytest.fixture
def team(ana: User) -> Team:
    team = TeamFactory(slug="films")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    Callback.objects.create(team=team, url="https://example.com/hear")
    return team


@pytest.fixture
def film(ana: User, team: Team) -> Video:
    """With three public, complete versions, each of another title."""
    film = VideoFactory(user=ana, team=team, title="Film", primary_audio_language_code="en")
    for number in (1, 2, 3):
        add_subtitles(film, "en", action="publish", title=f"Title {number}")
    Notification.objects.all().delete()
    return film


def versions() -> list[SubtitleVersion]:
    found = SubtitleVersion.objects.select_related("language__video__team")
    return list(found.order_by("language", "version_number"))


def language() -> SubtitleLanguage:
    return SubtitleLanguage.objects.select_related("tip", "public_tip").get()


def read() -> int | None:
    tip = language().public_tip
    return tip.version_number if tip else None


def public() -> list[int]:
    return [each.version_number for each in versions() if each.is_public]


def heard() -> list[str]:
    return list(Notification.objects.order_by("number").values_list("event", flat=True))


def text(page: Page) -> str:
    return html.unescape(page.text)


def test_two_are_made_private_and_published_again(browser: Client, root: User, film: Video) -> None:
    page = Page(browser, "make_private", *versions()[1:])
    assert "Everybody still reads version 3." in text(page)
    assert (
        "Everybody reads version 1 again. The video is called “Title 1” then. "
        "Callbacks of the team hear subtitles-published." in text(page)
    )
    assert (public(), heard()) == ([1, 2, 3], [])
    done = page.press()
    assert "version 3 of en of" in said(done)
    film.refresh_from_db()
    assert (public(), read(), film.title, heard()) == (
        [1],
        1,
        "Title 1",
        ["subtitles-published"],
    )
    assert all(each.is_hidden for each in versions()[1:])
    drafts = ActivityRecord.objects.filter(type="version-added", draft=True)
    assert sorted(drafts.values_list("version_number", flat=True)) == [2, 3]
    changes = list(AdministrativeChange.objects.order_by("pk"))
    assert [(each.actor, each.message) for each in changes] == [("root", "Made private.")] * 2
    told = [(each.before["is_public"], each.after["is_public"]) for each in changes]
    assert told == [(True, False)] * 2
    assert changes[1].before["what everybody reads"] == 3
    assert changes[1].after["what everybody reads"] == 1
    assert sound()
    page = Page(browser, "publish", *versions()[1:])
    assert "Everybody reads it then, instead of version 1. The language is called" in text(page)
    assert "It can be read among the older versions. Everybody still reads version 3." in text(page)
    page.press()
    film.refresh_from_db()
    assert (public(), read(), film.title) == ([1, 2, 3], 3, "Title 3")
    assert heard() == ["subtitles-published"] * 2
    assert not any(each.is_hidden for each in versions())
    assert not ActivityRecord.objects.filter(type="version-added", draft=True).exists()
    assert sound()


def test_the_last_one_leaves_nothing_to_read(browser: Client, film: Video) -> None:
    page = Page(browser, "make_private", *versions())
    assert "Nobody reads anything in English then. Callbacks of the team hear" in text(page)
    page.press()
    assert (public(), read(), heard()) == (
        [],
        None,
        ["subtitle-unpublished"],
    )
    assert sound()


def test_what_cannot_be_is_said_before_and_after(browser: Client, ana: User, film: Video) -> None:
    tasks.take_back(language(), [versions()[1].pk], actor=ana)
    one, two, three = versions()
    for action, version, why in (
        ("publish", one, "It is public already."),
        ("publish", two, "It is deleted."),
        ("make_private", two, "It is deleted."),
    ):
        page = Page(browser, action, version)
        assert why in text(page)
        assert why in said(page.press())
    publishing.make_private(three, actor=ana)
    page = Page(browser, "make_private", three)
    assert "It is private already." in said(page.press())
    assert not AdministrativeChange.objects.exists()


def test_what_is_no_longer_so_is_left_alone(browser: Client, ana: User, film: Video) -> None:
    page = Page(browser, "make_private", versions()[2])
    add_subtitles(film, "en", action="publish")
    assert "Meanwhile this has changed: Everybody still reads version 4." in said(page.press())
    assert public() == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["task", "request"])
def test_nothing_gets_past_open_work(browser: Client, ana: User, kind: str) -> None:
    how = {"workflow_enabled": True} if kind == "task" else {"type": "collaboration"}
    team = TeamFactory(slug="reviewed", review_allowed=10, **how)
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    video = VideoFactory(user=ana, team=team)
    if kind == "request":
        asked = requests.add_request(video, actor=ana, language_code="en", operator=True)
        requests.update_request(asked, actor=ana, people={"subtitler": ana}, operator=True)
    draft = add_subtitles(video, "en", action="complete" if kind == "task" else "endorse")
    page = Page(browser, "publish", draft)
    assert "that publishes it." in text(page)
    assert "that publishes it." in said(page.press())
    assert not SubtitleVersion.objects.get(pk=draft.pk).is_public
    Task.objects.all().update(is_deleted=True)
    SubtitleRequest.objects.all().delete()
    Page(browser, "publish", draft).press()
    assert SubtitleVersion.objects.get(pk=draft.pk).is_public
    assert sound()


def test_outside_teams_what_has_no_times_is_not_called_complete(browser: Client, ana: User) -> None:
    version = add_subtitles(VideoFactory(user=ana), "en", UNSYNCED)
    publishing.make_private(version, actor=ana)
    page = Page(browser, "publish", version)
    assert "not all of its subtitles have times" in text(page)
    page.press()
    assert (public(), language().subtitles_complete) == ([1], False)
    assert sound()


def test_it_needs_the_permission(film: Video) -> None:
    client = staff("view_subtitleversion")
    for action in ("publish", "make_private"):
        assert "What will happen" not in Page(client, action, *versions()).text


def test_counts_of_streams_are_made_anew(ana: User, film: Video, monkeypatch: Any) -> None:
    """Strangers' streams tell less when a version is a draft again, and more when it is not."""
    monkeypatch.setattr(tallies, "LARGE", 1)
    stream = ActivityRecord.objects.filter(video=film, draft=False)
    for change in (publishing.make_private, publishing.publish):
        assert tallies.count(stream).total == stream.count()
        change(versions()[1], actor=ana)
        assert tallies.count(stream).total == stream.count()


@given(steps=st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 3), min_size=1)), max_size=5))
def test_whatever_is_chosen_becomes_what_was_said(steps: list[Any]) -> None:
    """The newest public version is what everybody reads, and the sentence named it."""
    from tests.factories import UserFactory

    ana = UserFactory()
    film = VideoFactory(user=ana)
    for _ in range(4):
        add_subtitles(film, "en", SRT)
    rows = SubtitleVersion.objects.filter(language__video=film)
    for publishes, chosen in steps:
        order = "-version_number" if publishes else "version_number"
        found = rows.select_related("language__video__team").order_by(order)
        some = [each for each in found if each.version_number - 1 in chosen]
        outlook = publishing.publish_outlook if publishes else publishing.private_outlook
        expected = outlook(some)
        for version in some:
            if not expected[version.pk].refused:
                change = publishing.publish if publishes else publishing.make_private
                change(version, actor=ana)
            stored = SubtitleVersion.objects.get(pk=version.pk)
            assert stored.is_public == publishes
            newest = rows.filter(is_public=True).order_by("-version_number").first()
            says = expected[version.pk].says
            if newest is None:
                assert "Nobody reads anything" in says or expected[version.pk].refused
            elif "version" in says and "instead" not in says:
                assert f"version {newest.version_number}" in says
        assert sound()

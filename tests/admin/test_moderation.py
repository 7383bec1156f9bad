"""An account that does harm: what it made is shown, taken away by choice, and on record."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from amara_api.kernel.models import AdministrativeChange
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from subtitles.services import add_note
from subtitles.soundness import findings
from teams.models import TeamMember
from teams.services import moderation
from teams.services.moderation import Choice
from tests.admin.test_asked import Page
from tests.admin.test_writes import post
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.html import queries
from users.messages import send_message
from users.models import MailKind, Message, User
from videos.models import Video

pytestmark = pytest.mark.django_db
SPAM = "1\n00:00:01,000 --> 00:00:02,000\nBuy now\n"


class World:
    """A film with good subtitles over which somebody wrote, and what else they made."""

    def __init__(self, ana: User, spam: int = 2) -> None:
        self.ana = ana
        self.spammer = UserFactory(username="spammer")
        self.film = VideoFactory(user=ana, title="Film", primary_audio_language_code="en")
        self.good = add_subtitles(self.film, "en", title="Film", is_complete=True).version_number
        for _ in range(spam):
            add_subtitles(self.film, "en", SPAM, actor=self.spammer, title="Buy now")
        self.team = TeamFactory(slug="films")
        TeamMemberFactory(team=self.team, user=self.spammer)
        self.own_team = TeamFactory(slug="own")
        TeamMemberFactory(team=self.own_team, user=self.spammer, role_name="owner")
        self.video = VideoFactory(user=self.spammer, title="Spam film")
        add_subtitles(self.video, "fr", SPAM)
        add_note(self.film, actor=self.spammer, language_code="en", body="Cheap watches")
        say = {"kind": MailKind.MESSAGE, "sender": self.spammer, "content": "Buy now"}
        send_message([ana], subject="Hello", **say)

    @property
    def page(self) -> str:
        return reverse("admin:users_user_moderate", args=[self.spammer.pk])

    def language(self) -> SubtitleLanguage:
        found = SubtitleLanguage.objects.select_related("tip", "public_tip")
        return found.get(video=self.film, language_code="en")


@pytest.fixture
def world(ana: Any) -> World:
    return World(ana)


def newest() -> AdministrativeChange:
    return AdministrativeChange.objects.latest("pk")


def words(page: Any) -> str:
    return " ".join(str(each) for each in page.context["messages"])


def test_everything_it_made_is_shown_with_counts(browser: Client, world: World) -> None:
    page = browser.get(world.page)
    made = {each["kind"].value: each["number"] for each in page.context["made"]}
    assert made == {"memberships": 2, "messages": 1, "notes": 1, "versions": 3, "videos": 1}
    html = page.content.decode()
    assert all(each in html for each in ("Spam film", "Cheap watches", "Hello"))
    few = queries(lambda: browser.get(world.page))
    for _ in range(5):
        add_subtitles(world.film, "en", SPAM, actor=world.spammer)
        VideoFactory(user=world.spammer)
    assert queries(lambda: browser.get(world.page)) == few
    assert made["versions"] + 5 == browser.get(world.page).context["made"][3]["number"]


def test_one_step_does_all_and_the_record_tells_it(browser: Client, world: World) -> None:
    page = browser.post(world.page, {"do": [choice.value for choice in Choice]})
    assert "closed the account, ended 1 memberships, deleted 1 messages" in words(page)
    assert "owner of own: Can't remove the last team owner" in words(page)
    world.spammer.refresh_from_db()
    assert not world.spammer.is_active
    assert list(TeamMember.objects.filter(user=world.spammer).values_list("team__slug")) == [
        ("own",)
    ]
    assert not Message.objects.exists()
    assert not SubtitleNote.objects.exists()
    assert list(Video.objects.all()) == [world.film]
    language = world.language()
    assert language.tip == language.public_tip
    assert language.tip is not None
    assert (language.tip.version_number, language.last_number) == (world.good, 3)
    assert (language.complete_number, language.subtitles_complete) == (world.good, True)
    world.film.refresh_from_db()
    assert world.film.title == "Film"
    assert list(findings()) == []
    change = newest()
    assert (change.actor, change.what, change.thing) == ("root", "done", "spammer")
    video_id = world.film.video_id
    assert change.after["versions"] == [f"{video_id} en 2", f"{video_id} en 3"]
    assert change.after["videos"] == [f"{world.video.video_id}: Spam film"]
    assert change.after["memberships"] == ["contributor of films"]
    assert "to ana: Hello" in change.after["messages"][0]
    assert "Cheap watches" in change.after["notes"][0]
    history = browser.get(reverse("admin:users_user_history", args=[world.spammer.pk]))
    assert f"{video_id} en 3" in history.content.decode()


def test_nothing_is_done_that_was_not_chosen(browser: Client, world: World) -> None:
    page = browser.post(world.page, {})
    assert page.context["form"].errors["do"] == ["Choose what is to be done."]
    before = AdministrativeChange.objects.count()
    assert browser.post(world.page, {"do": ["everything"]}).context["form"].errors
    assert AdministrativeChange.objects.count() == before
    browser.post(world.page, {"do": ["notes"]})
    world.spammer.refresh_from_db()
    assert world.spammer.is_active
    assert (SubtitleNote.objects.count(), Message.objects.count(), Video.objects.count()) == (
        0,
        1,
        2,
    )
    assert set(newest().after) == {"notes"}


def test_a_big_account_takes_several_presses_and_never_reads_its_own_in_between(
    ana: Any, root: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(moderation, "AT_ONCE", 3)
    world = World(ana, spam=7)
    seen = []
    for _ in range(9):
        step = moderation.moderate(world.spammer, actor=root, choices=["versions"])
        tip = world.language().public_tip
        assert tip is not None
        seen.append((len(step.did["versions"]), tip.version_number))
        if step.is_last:
            break
    # The oldest first: nothing is published anew before the last is gone.
    assert seen == [(3, 8), (3, 8), (2, 1)]
    published = ActivityRecord.objects.filter(type="subtitles-published", actor=root)
    assert [each.version_number for each in published] == [1]
    assert list(findings()) == []


@pytest.mark.parametrize("choice", [*Choice])
def test_a_choice_is_for_those_who_may_do_it(world: World, choice: Choice) -> None:
    def staff(*names: str) -> Client:
        user = UserFactory(is_staff=True)
        for name in ("users.view_user", *names):
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        client = Client()
        client.force_login(user)
        return client

    mine = moderation.PERMISSIONS[choice]
    others = set(moderation.PERMISSIONS.values()) - {mine}
    assert staff().get(world.page).status_code == 403
    allowed, refused = staff(mine), staff(*others)
    offered = allowed.get(world.page).context["form"].fields["do"].choices
    assert [value for value, _ in offered] == [choice.value]
    before = AdministrativeChange.objects.count()
    assert refused.post(world.page, {"do": [choice.value]}).context["form"].errors
    assert AdministrativeChange.objects.count() == before
    assert allowed.post(world.page, {"do": [choice.value]}).status_code == 200
    assert AdministrativeChange.objects.count() == before + 1


def test_not_for_strangers_staff_or_oneself(browser: Client, world: World, root: Any) -> None:
    outside = Client()
    outside.force_login(world.ana)
    assert outside.get(world.page).status_code == 302
    assert browser.get(reverse("admin:users_user_moderate", args=[root.pk])).status_code == 403
    assert browser.get(reverse("admin:users_user_moderate", args=[0])).status_code == 404
    User.objects.filter(pk=world.spammer.pk).update(is_staff=True)
    helper = UserFactory(is_staff=True)
    helper.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(helper)
    assert client.get(world.page).status_code == 403


def test_work_of_a_team_goes_on_with_the_draft_that_is_left(ana: Any, root: Any) -> None:
    team = TeamFactory(slug="films", workflow_enabled=True, review_allowed=10)
    video = VideoFactory(user=ana, team=team)
    spammer = UserFactory(username="spammer")
    for person in (ana, spammer):
        TeamMemberFactory(team=team, user=person)
    first = add_subtitles(video, "en", actor=spammer)
    moderation.moderate(spammer, actor=root, choices=["versions"])
    assert SubtitleVersion.objects.get(pk=first.pk).is_deleted
    assert not video.tasks.filter(is_deleted=False, version=first).exists()
    assert list(findings()) == []


class TestSingleThings:
    def version(self, world: World) -> SubtitleVersion:
        tip = world.language().tip
        assert tip is not None
        return tip

    def act(self, client: Client, action: str, version: SubtitleVersion) -> Any:
        address = reverse("admin:subtitles_subtitleversion_changelist")
        sent = {"action": action, "_selected_action": [version.pk], "post": "yes"}
        return client.post(address, sent)

    @pytest.mark.parametrize("action", ["make_private", "delete_selected"])
    def test_a_version_is_taken_from_what_is_read(
        self, browser: Client, world: World, action: str
    ) -> None:
        version = self.version(world)
        if action == "make_private":
            Page(browser, action, version).press()
        else:
            self.act(browser, action, version)
        language = world.language()
        assert language.public_tip is not None
        assert language.public_tip.version_number == version.version_number - 1
        version.refresh_from_db()
        hidden = action == "make_private"
        assert (version.is_deleted, version.is_public) == (not hidden, not hidden)
        made = ActivityRecord.objects.get(type="version-added", version_number=3)
        assert made.draft == hidden
        assert newest().kind == "subtitles.subtitleversion"
        assert list(findings()) == []

    def test_notes_and_messages_are_deleted(self, browser: Client, world: World) -> None:
        for name, thing in (
            ("subtitles_subtitlenote", SubtitleNote.objects.get()),
            ("users_message", Message.objects.get()),
        ):
            address = reverse(f"admin:{name}_delete", args=[thing.pk])
            assert browser.post(address, {"post": "yes"}).status_code == 302
            assert not type(thing)._default_manager.exists()
            assert newest().what == "deleted"


def test_the_record_names_who_is_gone(browser: Client, world: World) -> None:
    TeamMember.objects.filter(user=world.spammer).delete()
    name = world.spammer.username
    address = reverse("admin:users_user_delete", args=[world.spammer.pk])
    assert browser.post(address, {"post": "yes"}).status_code == 302
    listing = reverse("admin:activity_activityrecord_changelist")
    found = browser.get(listing, {"q": name})
    assert found.context["cl"].result_count >= 4
    assert f"{name} (account deleted)" in found.content.decode()
    one = ActivityRecord.objects.filter(actor_name=name).latest("pk")
    page = browser.get(reverse("admin:activity_activityrecord_change", args=[one.pk]))
    assert f"{name} (account deleted)" in page.content.decode()


def test_the_command_goes_on_until_nothing_is_left(
    world: World, root: Any, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setattr(moderation, "AT_ONCE", 1)
    call_command("moderate", "spammer", by="root", do=["versions", "notes"])
    assert not SubtitleVersion.objects.filter(author=world.spammer, is_deleted=False).exists()
    assert not SubtitleNote.objects.exists()
    change = newest()
    assert (change.actor, change.via) == ("root", "manage.py moderate")
    assert "took back 1 versions" in capsys.readouterr().out
    for name, by, said in (
        ("nobody", "root", "no account"),
        ("spammer", "ana", "Only staff"),
        ("root", "root", "their own"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("moderate", name, by=by, do=["close"])


def test_teams_that_would_lose_their_owner_hold_up_no_other(
    world: World, root: Any, monkeypatch: Any
) -> None:
    """There may be more of them than one step takes."""
    monkeypatch.setattr(moderation, "AT_ONCE", 1)
    mine = [world.own_team, TeamFactory()]
    TeamMemberFactory(team=mine[1], user=world.spammer, role_name="owner")
    TeamMemberFactory(team=TeamFactory(), user=world.spammer)
    call_command("moderate", "spammer", by="root", do=["memberships"])
    left = TeamMember.objects.filter(user=world.spammer).values_list("team", flat=True)
    assert set(left) == {team.pk for team in mine}


def test_a_closed_account_can_be_opened_again(browser: Client, world: World) -> None:
    browser.post(world.page, {"do": ["close"]})
    done = post(browser, "users_user_change", world.spammer.pk, is_active="on")
    assert done.status_code == 302
    world.spammer.refresh_from_db()
    assert world.spammer.is_active

"""Actions of the admin that say first what will happen: keys, and work that somebody has."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from amara_api.kernel.errors import Conflict, NotAllowed
from amara_api.kernel.models import AdministrativeChange
from teams.models import SubtitleRequest, Task, TeamMember
from teams.services import requests, tasks
from tests.admin.test_callbacks import staff
from tests.admin.test_teams import said
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from users import keys
from users.models import ApiKey, User

pytestmark = pytest.mark.django_db


class Page:
    """What an action says before it does anything, and its button."""

    def __init__(self, client: Client, action: str, *chosen: Any) -> None:
        self.client, opts = client, chosen[0]._meta
        self.address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        self.sent = {"action": action, "_selected_action": [one.pk for one in chosen]}
        self.page = client.post(self.address, self.sent)
        self.text = self.page.content.decode()

    def press(self, **fields: str) -> Any:
        """As a browser does: with every hidden field of the page."""
        assert self.page.status_code == 200, self.page.headers
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.text))
        return self.client.post(self.address, {**hidden, **self.sent, **fields})


def told_by_actions() -> list[tuple[str, str]]:
    return list(AdministrativeChange.objects.order_by("pk").values_list("actor", "message"))


@pytest.fixture
def bo() -> User:
    return UserFactory(username="bo")


@pytest.fixture(params=["task", "request"])
def work(request: Any, ana: User, bo: User) -> Any:
    """Something to do that ana has, and bo may do as well."""
    team = TeamFactory(slug="films", type="default")
    for person in (ana, bo):
        TeamMemberFactory(team=team, user=person)
    if request.param == "task":
        video = VideoFactory(user=ana, team=team)
        return tasks.add_task(
            team,
            actor=ana,
            video=video,
            type=Task.Type.SUBTITLE,
            language_code="en",
            assignee=ana,
            operator=True,
        )
    team.type = "collaboration"
    team.save()
    video = VideoFactory(user=ana, team=team)
    made = requests.add_request(video, actor=ana, language_code="en", operator=True)
    return requests.update_request(made, actor=ana, people={"subtitler": ana}, operator=True)


def holder(work: Any) -> User | None:
    found = type(work).objects.get(pk=work.pk)
    return found.subtitler if isinstance(found, SubtitleRequest) else found.assignee


class TestWork:
    def test_is_given_back_after_the_page(self, browser: Client, ana: User, work: Any) -> None:
        page = Page(browser, "give_back", work)
        assert "ana has it" in page.text
        assert holder(work) == ana
        assert "nobody has it now" in said(page.press())
        assert holder(work) is None
        assert told_by_actions() == [("root", "Given back.")]
        # Again there is nothing to take, and nothing goes on record.
        assert "Nobody has it." in said(Page(browser, "give_back", work).press())
        assert len(told_by_actions()) == 1

    def test_goes_to_who_is_named_if_they_may(
        self, browser: Client, ana: User, bo: User, work: Any
    ) -> None:
        UserFactory(username="stranger")
        page = Page(browser, "reassign", work)
        unknown = page.press(person="nobody-of-this-name")
        assert "There is no open account of this name" in unknown.content.decode()
        refused = said(page.press(person="stranger"))
        assert "member" in refused, refused
        assert (holder(work), told_by_actions()) == (ana, [])
        assert "bo has it now" in said(page.press(person="bo"))
        assert holder(work) == bo
        assert told_by_actions() == [("root", "Reassigned.")]

    def test_is_left_alone_if_it_is_not_as_the_page_said(
        self, browser: Client, bo: User, work: Any
    ) -> None:
        page = Page(browser, "give_back", work)
        assert "bo has it now" in said(Page(browser, "reassign", work).press(person="bo"))
        assert "Meanwhile this has changed" in said(page.press())
        assert holder(work) == bo

    def test_services_refuse_what_changed_meanwhile_and_who_may_not(
        self, ana: User, bo: User, work: Any
    ) -> None:
        """The page's own look comes before the locks; the service looks again."""
        service, more = (tasks, {}) if isinstance(work, Task) else (requests, {"stage": work.stage})
        with pytest.raises(Conflict, match="ana has this task|ana does this step"):
            service.hand_over(work, actor=bo, person=None, before=bo.pk, operator=True, **more)
        TeamMember.objects.filter(user=bo).delete()
        with pytest.raises(NotAllowed):
            service.hand_over(work, actor=bo, person=None, before=ana.pk, **more)
        assert holder(work) == ana


class TestKeys:
    def test_all_of_an_account_are_revoked(self, browser: Client, root: User, ana: User) -> None:
        ApiKey.objects.all().delete()
        held = [keys.issue_key(ana, actor=None) for _ in range(2)]
        other = keys.issue_key(UserFactory(username="other"), actor=None)
        page = Page(browser, "revoke_keys", ana)
        assert "API keys: 2" in page.text
        assert keys.owner_of(held[0]) == ana
        assert "2 keys revoked" in said(page.press())
        assert [keys.owner_of(key) for key in held] == [None, None]
        assert keys.owner_of(other) is not None
        ended = ActivityRecord.objects.filter(type=ActivityType.KEY_REVOKED)
        assert {each.actor for each in ended} == {root}
        assert told_by_actions() == [("root", "Revoked all API keys.")]

    def test_one_is_rotated_and_shown_once(self, browser: Client, ana: User, settings: Any) -> None:
        ApiKey.objects.all().delete()
        # The new one is the last that there may be.
        settings.AMARA_MAX_KEYS = 1
        old, secret = keys.add_key(ana, actor=None, label="nightly", scope=ApiKey.Scope.READ)
        page = Page(browser, "rotate", old)
        assert "nightly" in page.text
        assert keys.owner_of(secret) == ana
        shown = page.press()
        assert "no-store" in shown.headers["Cache-Control"]
        assert "messages" not in browser.cookies or secret not in str(browser.cookies)
        (new,) = re.findall(r"\b[0-9a-f]{40}\b", shown.content.decode())
        assert (keys.owner_of(secret), keys.owner_of(new)) == (None, ana)
        made = ApiKey.objects.get()
        assert (made.label, made.scope, made.expires) == ("nightly", ApiKey.Scope.READ, None)
        assert new not in said(shown)
        # Pressed twice: the key is gone, so nothing is made.
        assert "Choose at least one" in said(page.press())
        assert ApiKey.objects.get() == made

    def test_staff_end_none_of_other_staff(self, root: User, ana: User) -> None:
        ApiKey.objects.all().delete()
        secret = keys.issue_key(root, actor=None)
        client = staff("view_user", "change_user", "view_apikey", "delete_apikey")
        for action, thing in (("revoke_keys", root), ("rotate", ApiKey.objects.get())):
            refused = said(Page(client, action, thing).press())
            assert "Only the person and staff may change an account." in refused
            assert keys.owner_of(secret) == root
        assert told_by_actions() == []

    def test_without_the_permissions_nothing_is_offered(self, root: User) -> None:
        key = ApiKey.objects.filter(user=root).first() or keys.add_key(root, actor=None)[0]
        client = staff("view_user", "change_user", "view_apikey")
        for action, thing in (("revoke_keys", root), ("rotate", key)):
            page = Page(client, action, thing).page
            assert "Now</th>" not in page.content.decode()
        assert ApiKey.objects.filter(pk=key.pk).exists()

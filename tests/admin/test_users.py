"""Accounts in the admin: made and changed through the services; a key is shown once."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from tests.admin.test_writes import last, post, refusal
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory
from users import keys
from users.models import ApiKey, MailKind, User

pytestmark = pytest.mark.django_db
KEY = re.compile(r"\b[0-9a-f]{40}\b")


@pytest.fixture
def helper() -> Client:
    """Staff that may change accounts, and nothing more."""
    user = UserFactory(username="helper", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_user", "add_user", "change_user"])
    )
    client = Client()
    client.force_login(user)
    return client


def key_page(user: Any) -> str:
    return reverse("admin:users_user_key", args=[user.pk])


class TestAdding:
    def test_shows_the_key_once(self, browser: Client, root: Any) -> None:
        sent = {"username": "new", "email": "new@example.com", "password1": "p", "password2": "p"}
        page = post(browser, "users_user_add", **sent)
        assert "no-store" in page.headers["Cache-Control"]
        (key,) = set(KEY.findall(page.content.decode()))
        made = User.objects.get(username="new")
        assert keys.owner_of(key) == made
        assert made.check_password("p")
        assert made.created_by == root
        last(root, ActivityType.USER_CREATED)

    def test_an_account_may_have_no_password(self, browser: Client) -> None:
        post(browser, "users_user_add", username="robot")
        assert not User.objects.get(username="robot").has_usable_password()

    @pytest.mark.parametrize(
        ("sent", "reason"),
        [
            ({"username": "ANA"}, "already exists|not unique|violated"),
            ({"username": "id$abc"}, "Invalid Username"),
            ({"username": "me"}, "Invalid Username"),
            ({"username": "x", "password1": "a", "password2": "b"}, "match"),
            ({"username": "x", "password1": "a"}, "match"),
            ({"username": "x", "email": "nobody"}, "valid email"),
        ],
    )
    def test_says_what_is_wrong(
        self, browser: Client, ana: Any, sent: dict[str, str], reason: str
    ) -> None:
        page = post(browser, "users_user_add", **sent)
        assert re.search(reason, refusal(page))
        assert not KEY.search(page.content.decode())
        assert set(User.objects.values_list("username", flat=True)) == {"root", "ana"}


class TestChanging:
    def test_is_recorded_by_field(self, browser: Client, root: Any, ana: Any) -> None:
        User.objects.filter(pk=ana.pk).update(email_confirmed=True)
        sent = {"email": "new@example.com", "is_partner": "on"}
        assert post(browser, "users_user_change", ana.pk, **sent).status_code == 302
        ana.refresh_from_db()
        assert (ana.email, ana.is_partner, ana.email_confirmed) == ("new@example.com", True, False)
        assert last(root, ActivityType.USER_CHANGED).data["fields"] == ["email", "is_partner"]

    @pytest.mark.parametrize("switch", ["wants_mail", *(kind.switch for kind in MailKind)])
    def test_what_comes_by_mail_has_a_switch(
        self, browser: Client, root: Any, ana: Any, switch: str
    ) -> None:
        for sent, wanted in ((None, False), ("on", True)):
            assert post(browser, "users_user_change", ana.pk, **{switch: sent}).status_code == 302
            ana.refresh_from_db()
            assert getattr(ana, switch) is wanted
            assert last(root, ActivityType.USER_CHANGED).data["fields"] == [switch]

    def test_a_new_password_is_set_through_the_service(
        self, browser: Client, root: Any, ana: Any
    ) -> None:
        address = reverse("admin:auth_user_password_change", args=[ana.pk])
        page = browser.post(address, {"password1": "new", "password2": "new"})
        assert page.status_code == 302
        ana.refresh_from_db()
        assert ana.check_password("new")
        assert last(root, ActivityType.USER_CHANGED).data["fields"] == ["password"]

    def test_a_password_can_be_taken_away(self, browser: Client, ana: Any) -> None:
        ana.set_password("p")
        ana.save()
        sent = {"usable_password": "false", "unset-password": "1"}
        browser.post(reverse("admin:auth_user_password_change", args=[ana.pk]), sent)
        ana.refresh_from_db()
        assert not ana.has_usable_password()

    def test_an_inactive_account_is_shut_out(self, browser: Client, ana: Any) -> None:
        key = keys.issue_key(ana, actor=ana)
        post(browser, "users_user_change", ana.pk, is_active=None)
        assert Client(headers={"X-api-key": key}).get("/api/users/me/").status_code == 401

    def test_staff_give_no_powers(self, helper: Client, ana: Any) -> None:
        sent = {"is_staff": "on", "is_superuser": "on", "full_name": "Ana"}
        assert post(helper, "users_user_change", ana.pk, **sent).status_code == 302
        ana.refresh_from_db()
        assert (ana.full_name, ana.is_staff, ana.is_superuser) == ("Ana", False, False)

    def test_staff_take_over_no_staff(self, helper: Client, root: Any) -> None:
        change = reverse("admin:users_user_change", args=[root.pk])
        password = reverse("admin:auth_user_password_change", args=[root.pk])
        for address in (change, password, key_page(root)):
            assert helper.post(address, {"password1": "x", "password2": "x"}).status_code == 403
        assert not ApiKey.objects.filter(user=root).exists()

    def test_nobody_deletes_staff(self, browser: Client, root: Any, ana: Any) -> None:
        other = UserFactory(username="other", is_staff=True)
        for user, status in ((other, 403), (ana, 302)):
            delete = reverse("admin:users_user_delete", args=[user.pk])
            assert browser.post(delete, {"post": "yes"}).status_code == status
        assert set(User.objects.values_list("username", flat=True)) == {"root", "other"}

    def test_the_last_owner_of_a_team_stays(self, browser: Client, ana: Any) -> None:
        team = TeamFactory()
        TeamMemberFactory(team=team, user=ana, role_name="owner")
        delete = reverse("admin:users_user_delete", args=[ana.pk])
        page = browser.post(delete, {"post": "yes"}, follow=True)
        assert "last team owner" in page.content.decode()
        chosen = {"action": "delete_selected", "_selected_action": [ana.pk], "post": "yes"}
        browser.post(reverse("admin:users_user_changelist"), chosen)
        assert User.objects.filter(pk=ana.pk).exists()
        assert team.members.filter(user=ana).exists()

    def test_who_goes_leaves_their_teams_on_record(
        self, browser: Client, root: Any, ana: Any
    ) -> None:
        team, identifier = TeamFactory(), ana.identifier
        TeamMemberFactory(team=team, user=root, role_name="owner")
        TeamMemberFactory(team=team, user=ana)
        browser.post(reverse("admin:users_user_delete", args=[ana.pk]), {"post": "yes"})
        assert not User.objects.filter(pk=ana.pk).exists()
        left = ActivityRecord.objects.get(type=ActivityType.MEMBER_LEFT)
        assert (left.team, left.actor) == (team, None)
        assert last(root, ActivityType.USER_DELETED).data == {"user": identifier, "name": "ana"}


class TestKeys:
    def test_asks_before_it_makes_one(self, browser: Client, ana: Any) -> None:
        old = keys.issue_key(ana, actor=ana)
        page = browser.get(key_page(ana))
        assert b"go on working" in page.content
        assert ApiKey.objects.count() == 1
        assert keys.owner_of(old) == ana

    def test_shows_the_new_one_once(self, browser: Client, root: Any, ana: Any) -> None:
        old = keys.issue_key(ana, actor=ana)
        page = browser.post(key_page(ana))
        (key,) = set(KEY.findall(page.content.decode()))
        assert "no-store" in page.headers["Cache-Control"]
        assert keys.owner_of(key) == ana
        assert keys.owner_of(old) == ana
        last(root, ActivityType.KEY_ISSUED)
        for address in (
            key_page(ana),
            reverse("admin:users_user_change", args=[ana.pk]),
            reverse("admin:users_user_history", args=[ana.pk]),
            reverse("admin:users_apikey_change", args=[ApiKey.objects.latest("pk").pk]),
        ):
            assert key not in browser.get(address).content.decode()
        assert key not in str(list(ActivityRecord.objects.values()))

    def test_is_offered_on_the_account(self, browser: Client, ana: Any) -> None:
        page = browser.get(reverse("admin:users_user_change", args=[ana.pk]))
        assert key_page(ana) in page.content.decode()

    def test_needs_the_forms_token(self, root: Any, ana: Any) -> None:
        guarded = Client(enforce_csrf_checks=True)
        guarded.force_login(root)
        assert guarded.post(key_page(ana)).status_code == 403

    def test_needs_the_permission(self, ana: Any) -> None:
        viewer = UserFactory(username="viewer", is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename="view_user"))
        client = Client()
        client.force_login(viewer)
        assert client.get(key_page(ana)).status_code == 403
        assert client.post(key_page(ana)).status_code == 403

    def test_an_unknown_account_has_none(self, browser: Client) -> None:
        address = reverse("admin:users_user_key", args=[999_999])
        assert browser.post(address).status_code == 404

    def test_can_be_withdrawn(self, browser: Client, root: Any, ana: Any) -> None:
        key = keys.issue_key(ana, actor=ana)
        made = ApiKey.objects.get()
        delete = reverse("admin:users_apikey_delete", args=[made.pk])
        browser.post(delete, {"post": "yes"})
        assert keys.owner_of(key) is None
        assert last(root, ActivityType.KEY_REVOKED).data["key"] == made.pk

"""Callbacks in the admin: through the services, with their rules; secrets are shown once."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord, Callback, Notification
from activity.types import ActivityType
from teams.models import Team
from teams.services import callbacks
from tests.admin.test_teams import said
from tests.admin.test_writes import last, post, refusal
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/amara"
PASSWORD = "correct horse battery"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
CHANGED = ActivityType.CALLBACK_CHANGED


@pytest.fixture
def team() -> Team:
    """Its people are not in it: an operator needs no role."""
    return TeamFactory(slug="films")


@pytest.fixture
def callback(root: Any, team: Team) -> Callback:
    login = {"auth_user": "amara", "auth_password": PASSWORD}
    return callbacks.add_callback(team, actor=root, operator=True, url=URL, **login)


def staff(*codenames: str) -> Client:
    """Somebody with these permissions and no other."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    assert user.user_permissions.count() == len(codenames)
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, *chosen: Any) -> Any:
    model = chosen[0]._meta.model_name
    sent = {"action": action, "_selected_action": [one.pk for one in chosen], "post": "yes"}
    return client.post(reverse(f"admin:activity_{model}_changelist"), sent)


def listed(client: Client, model: str = "callback") -> str:
    page = client.get(reverse(f"admin:activity_{model}_changelist"))
    assert "no-store" in page.headers["Cache-Control"]
    return page.content.decode()


class TestAdding:
    def test_shows_the_secret_once(self, browser: Client, root: Any, team: Team) -> None:
        sent = {
            "team": team.pk,
            "url": URL,
            "events": '["video-added"]',
            "headers": '{"X-Route": "subtitles"}',
            "auth_user": "amara",
            "auth_password": PASSWORD,
        }
        shown = post(browser, "activity_callback_add", **sent)
        made = Callback.objects.get()
        assert (made.team, made.url, made.is_on) == (team, URL, True)
        assert (made.events, made.headers) == (["video-added"], {"X-Route": "subtitles"})
        assert (made.auth_user, made.auth_password) == ("amara", PASSWORD)
        assert last(root, CHANGED).data == {"callback": made.pk, "change": "added"}
        assert SECRET.findall(shown.content.decode()) == [made.secret]
        assert "no-store" in shown.headers["Cache-Control"]
        assert "messages" not in browser.cookies
        for page in (listed(browser), change_page(browser, made)):
            assert SECRET.findall(page) == []
            assert PASSWORD not in page

    @pytest.mark.parametrize(
        ("field", "sent", "sentence"),
        [
            ("url", "http://127.0.0.1/", "Private addresses cannot be asked."),
            ("url", "https://a:b@hooks.example.com/", "must not contain a user name"),
            ("url", "https://hooks.example.com:8443/", "Only the ports 80 and 443"),
            ("url", f"{URL}?{'x' * 1000}", "no more than 1000 bytes"),
            ("url", "nowhere", "Enter a valid URL."),
            ("headers", '{"X-A', "Enter a valid JSON."),
            ("headers", "X-A b", "This is none: X-A b"),
            ("headers", "Host: x", "This header cannot be set: Host"),
            ("headers", '["X-A"]', "Names and values, such as"),
            ("headers", '{"X-A": 1}', "Names and values, such as"),
            ("headers", '"X-A"', "Names and values, such as"),
            ("headers", '{"Host": "x"}', "This header cannot be set: Host"),
            ("headers", '{"X-A": "b\\r\\nHost: x"}', "Not the value of a header: that of X-A"),
            ("events", "video-added, subs-new", "Unknown event: subs-new"),
            ("events", '{"video-added": true}', "A list of names, such as"),
            ("events", "[1]", "A list of names, such as"),
            ("events", '["subs-new"]', "Unknown event: subs-new"),
            ("auth_user", "a:b", "A user name has no colon."),
            ("auth_password", "b", "A password needs a user name."),
        ],
    )
    def test_says_what_is_wrong(
        self, browser: Client, team: Team, field: str, sent: str, sentence: str
    ) -> None:
        before = ActivityRecord.objects.count()
        page = post(browser, "activity_callback_add", **{"team": team.pk, "url": URL, field: sent})
        assert sentence in refusal(page)
        assert not Callback.objects.exists()
        assert ActivityRecord.objects.count() == before
        assert SECRET.findall(listed(browser)) == []

    def test_says_what_is_taken_and_how_many_there_are(
        self, browser: Client, team: Team, callback: Callback
    ) -> None:
        page = post(browser, "activity_callback_add", team=team.pk, url=URL)
        assert "already exists" in refusal(page)
        more = [Callback(team=team, url=f"{URL}/{number}") for number in range(19)]
        Callback.objects.bulk_create(more)
        page = post(browser, "activity_callback_add", team=team.pk, url=f"{URL}/new")
        assert "A team has at most 20 callbacks." in refusal(page)

    def test_events_and_headers_are_written_as_words(
        self, browser: Client, callback: Callback
    ) -> None:
        words = {"events": "video-added\nvideo-removed test", "headers": "X-A: b: c\n\nX-D: e"}
        assert change(browser, callback, **words).status_code == 302
        callback.refresh_from_db()
        assert callback.events == ["video-added", "video-removed", "test"]
        assert callback.headers == {"X-A": "b: c", "X-D": "e"}
        shown = change_page(browser, callback)
        assert "video-added\nvideo-removed\ntest</textarea>" in shown
        assert "X-A: b: c\nX-D: e</textarea>" in shown

    def test_an_emptied_field_means_none(self, browser: Client, team: Team) -> None:
        sent = {"team": team.pk, "url": URL, "headers": "", "events": ""}
        shown = post(browser, "activity_callback_add", **sent)
        made = Callback.objects.get()
        assert SECRET.findall(shown.content.decode()) == [made.secret]
        assert (made.headers, made.events) == ({}, [])


def change_page(client: Client, callback: Callback) -> str:
    page = client.get(reverse("admin:activity_callback_change", args=[callback.pk]))
    assert page.status_code == 200
    return page.content.decode()


def change(client: Client, callback: Callback, **sent: Any) -> Any:
    """As browsers send the form: the field of the password is empty unless somebody fills it."""
    return post(client, "activity_callback_change", callback.pk, **{"auth_password": "", **sent})


class TestChanging:
    def test_what_is_changed_is_on_record(
        self, browser: Client, root: Any, callback: Callback
    ) -> None:
        sent = {"url": f"{URL}/2", "headers": '{"X-A": "b"}'}
        assert change(browser, callback, **sent).status_code == 302
        before = callback.secret
        callback.refresh_from_db()
        assert (callback.url, callback.headers) == (f"{URL}/2", {"X-A": "b"})
        # The password was meant for the old address.
        assert (callback.auth_password, callback.secret) == ("", before)
        data = last(root, CHANGED).data
        fields = ["auth_password", "auth_user", "headers", "url"]
        assert data == {"callback": callback.pk, "change": "changed", "fields": fields}

    def test_saving_nothing_records_nothing(self, browser: Client, callback: Callback) -> None:
        before = ActivityRecord.objects.count()
        assert change(browser, callback).status_code == 302
        assert ActivityRecord.objects.count() == before

    def test_the_password_is_kept_changed_and_goes_with_its_user(
        self, browser: Client, root: Any, callback: Callback
    ) -> None:
        for sent, kept in (
            ({"auth_user": "b"}, ("b", PASSWORD)),
            ({"auth_password": "new words"}, ("b", "new words")),
            ({"auth_user": ""}, ("", "")),
        ):
            assert change(browser, callback, **sent).status_code == 302
            callback.refresh_from_db()
            assert (callback.auth_user, callback.auth_password) == kept
            assert not {PASSWORD, "new words"} & set(change_page(browser, callback).split('"'))
        assert last(root, CHANGED).data["fields"] == ["auth_password", "auth_user"]
        assert PASSWORD not in str(list(root.logentry_set.values()))

    def test_a_refused_form_shows_no_password(self, browser: Client, callback: Callback) -> None:
        sent = {"auth_password": "new words", "headers": '{"Host": "x"}'}
        page = change(browser, callback, **sent)
        assert "This header cannot be set: Host" in refusal(page)
        assert "new words" not in page.content.decode()
        assert PASSWORD not in page.content.decode()
        callback.refresh_from_db()
        assert (callback.headers, callback.auth_password) == ({}, PASSWORD)

    def test_switching_off_drops_what_waits(
        self, browser: Client, root: Any, callback: Callback
    ) -> None:
        callbacks.send_test(callback, actor=root, operator=True)
        assert change(browser, callback, is_on=None).status_code == 302
        callback.refresh_from_db()
        assert not callback.is_on
        assert not Notification.objects.get().in_progress

    def test_the_team_stays(self, browser: Client, callback: Callback) -> None:
        other = TeamFactory()
        change(browser, callback, team=other.pk)
        callback.refresh_from_db()
        assert callback.team != other


class TestDeleting:
    @pytest.mark.parametrize("many", [False, True])
    def test_is_on_record_and_leaves_notifications(
        self, browser: Client, root: Any, callback: Callback, many: bool
    ) -> None:
        callbacks.send_test(callback, actor=root, operator=True)
        if many:
            act(browser, "delete_selected", callback)
        else:
            address = reverse("admin:activity_callback_delete", args=[callback.pk])
            assert browser.post(address, {"post": "yes"}).status_code == 302
        assert not Callback.objects.exists()
        assert last(root, CHANGED).data == {"callback": callback.pk, "change": "deleted"}
        left = Notification.objects.get()
        assert (left.callback, left.in_progress, left.url) == (None, False, URL)


class TestActions:
    def test_a_new_secret_is_shown_once(
        self, browser: Client, root: Any, callback: Callback
    ) -> None:
        before = callback.secret
        shown = act(browser, "new_secret", callback)
        callback.refresh_from_db()
        assert callback.old_secret == before != callback.secret
        assert SECRET.findall(shown.content.decode()) == [callback.secret]
        assert "messages" not in browser.cookies
        assert SECRET.findall(listed(browser)) == []
        assert last(root, CHANGED).data["change"] == "secret"

    def test_a_test_is_sent_where_it_can_be(
        self, browser: Client, team: Team, callback: Callback
    ) -> None:
        off = Callback.objects.create(team=team, url=f"{URL}/off", is_on=False)
        words = said(act(browser, "send_test", callback, off))
        assert "https://hooks.example.com/…: notification 1 is on its way." in words
        assert "https://hooks.example.com/…: This callback is switched off." in words
        sent = Notification.objects.get()
        assert (sent.event, sent.callback, sent.in_progress) == ("test", callback, True)

    def test_notifications_are_sent_once_more(
        self, browser: Client, root: Any, callback: Callback
    ) -> None:
        first, second = (callbacks.send_test(callback, actor=root, operator=True) for _ in range(2))
        Notification.objects.update(due=None, attempts=3)
        Notification.objects.filter(pk=second.pk).update(callback=None)
        words = said(act(browser, "send_again", first, second))
        assert "test 1 is on its way." in words
        assert "test 2: The callback that it was for has been deleted." in words
        waiting = Notification.objects.filter(Notification.WAITING)
        assert [(each.number, each.attempts) for each in waiting] == [(1, 0)]

    def test_are_for_those_alone_who_may_change_callbacks(
        self, root: Any, callback: Callback
    ) -> None:
        sent = callbacks.send_test(callback, actor=root, operator=True)
        Notification.objects.update(due=None)
        view = ("view_callback", "view_notification")
        looking, changing = staff(*view), staff(*view, "change_callback")
        before = ActivityRecord.objects.count()
        for action, chosen in (
            ("new_secret", callback),
            ("send_test", callback),
            ("send_again", sent),
            ("delete_selected", callback),
        ):
            assert action not in listed(looking, chosen._meta.model_name)
            act(looking, action, chosen)
            assert ActivityRecord.objects.count() == before
            assert Notification.objects.count() == 1
            assert not Notification.objects.filter(Notification.WAITING).exists()
            assert SECRET.findall(listed(looking)) == []
        assert PASSWORD not in change_page(looking, callback)
        act(changing, "send_again", sent)
        act(changing, "send_test", callback)
        assert Notification.objects.filter(Notification.WAITING).count() == 2
        shown = act(changing, "new_secret", callback)
        assert len(SECRET.findall(shown.content.decode())) == 1
        assert SECRET.findall(listed(changing)) == []


def test_a_number_is_searched_for(browser: Client, root: Any, callback: Callback) -> None:
    for _ in range(2):
        callbacks.send_test(callback, actor=root, operator=True)
    address = reverse("admin:activity_notification_changelist")
    assert browser.get(address, {"q": "2"}).context["cl"].result_count == 1
    assert browser.get(address, {"q": "9" * 30}).context["cl"].result_count == 0

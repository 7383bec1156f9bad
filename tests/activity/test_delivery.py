"""Sending events: signed, tried again, given up, and what is written down of it."""

import base64
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from activity.models import Callback, Notification
from activity.outbox import write
from teams.services import callbacks, delivery
from teams.services.delivery import attempt, claim, deliver_to, waiting_callbacks
from users.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def callback(cast, receiver):
    return Callback.objects.create(team=cast.films, url=receiver.url("ok"))


def tell(callback, count=1, **data):
    with transaction.atomic():
        made = [write(callback, "video-added", {"team": "films", **data}) for _ in range(count)]
    return made[-1]


def deliver():
    """Everything that is due now, as a worker does it."""
    for key in waiting_callbacks():
        deliver_to(key)


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True)


def verified(asked, secret):
    return Webhook(secret).verify(asked.body, asked.headers, json_parse=False)


# --- what is sent --------------------------------------------------------------------------------


def test_an_event_is_posted_signed(callback, receiver):
    notification = tell(callback, language_code="pt-br", note="Zoë")
    deliver()
    (asked,) = receiver.asked
    assert (asked.method, asked.path) == ("POST", "/ok")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["webhook-id"] == f"msg_{callback.team_id}_1"
    assert json.loads(asked.body) == notification.data
    verified(asked, callback.secret)
    notification.refresh_from_db()
    assert (notification.response_status, notification.error_message) == (200, "")
    assert not notification.in_progress
    assert notification.delivered is not None


def test_a_changed_body_an_old_one_and_another_secret_are_found_out(callback, receiver):
    tell(callback)
    deliver()
    (asked,) = receiver.asked
    changed = asked._replace(body=asked.body.replace(b"films", b"movie"))
    for wrong, secret in ((changed, callback.secret), (asked, "whsec_" + "A" * 44)):
        with pytest.raises(WebhookVerificationError):
            verified(wrong, secret)
    with later(301), pytest.raises(WebhookVerificationError):
        verified(asked, callback.secret)


def test_both_secrets_sign_while_they_overlap(cast, callback, receiver):
    old = callback.secret
    new = callbacks.rotate_secret(callback, actor=cast.owner).secret
    assert new != old
    tell(callback)
    deliver()
    for secret in (old, new):
        verified(receiver.asked[0], secret)
    with later(24 * 3600 + 1):
        tell(callback)
        deliver()
        verified(receiver.asked[1], new)
        with pytest.raises(WebhookVerificationError):
            verified(receiver.asked[1], old)


def test_headers_and_login_of_the_team_are_sent(cast, receiver):
    callback = callbacks.add_callback(
        cast.films,
        actor=cast.owner,
        url=receiver.url("ok"),
        headers={"X-Route": "subtitles", "Accept": "*/*"},
        auth_user="amara",
        auth_password="s:ecret",  # noqa: S106
    )
    tell(callback)
    deliver()
    headers = receiver.asked[0].headers
    assert (headers["x-route"], headers["accept"]) == ("subtitles", "*/*")
    assert headers["authorization"] == "Basic " + base64.b64encode(b"amara:s:ecret").decode()


def test_the_older_form_is_in_the_body_and_in_the_address(cast, receiver):
    callback = Callback.objects.create(
        team=cast.films, url=receiver.url("ok?x=1#here"), encoding="form"
    )
    notification = tell(callback, project=None, language_code="fr")
    deliver()
    (asked,) = receiver.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    sent = {k: "" if v is None else str(v) for k, v in notification.data.items()}
    assert dict(parse_qsl(asked.body.decode(), keep_blank_values=True)) == sent
    query = dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))
    assert query == {"x": "1", **sent}
    verified(asked, callback.secret)


# --- what comes of it ----------------------------------------------------------------------------

RESULTS = {
    # path: status, error, is it tried again; and in the older form
    "status/200": (200, "", False, False),
    "status/204": (204, "", False, False),
    "status/302": (302, "Response status: 302", True, False),
    "status/404": (404, "Response status: 404", True, True),
    "status/500": (500, "Response status: 500", True, True),
    "status/503": (503, "Response status: 503", True, True),
    "large/100000": (None, "Response too large", True, True),
    "drip_body": (None, "Request timeout", True, True),
}


@pytest.mark.parametrize("encoding", ["json", "form"])
@pytest.mark.parametrize("path", RESULTS)
def test_answers(cast, receiver, settings, path, encoding):
    settings.AMARA_CALLBACK_SECONDS = 0.3
    callback = Callback.objects.create(team=cast.films, url=receiver.url(path), encoding=encoding)
    notification = tell(callback)
    deliver()
    notification.refresh_from_db()
    status, error, *again = RESULTS[path]
    fails = again[encoding == "form"]
    assert notification.response_status == status
    assert notification.error_message == (error if fails else "")
    assert notification.in_progress == fails
    assert notification.attempts == 1


def test_nobody_there_is_a_connection_error(cast, receiver, settings):
    callback = Callback.objects.create(team=cast.films, url="http://127.0.0.1:9/")
    notification = tell(callback)
    deliver()
    notification.refresh_from_db()
    assert (notification.response_status, notification.error_message) == (None, "Connection error")


def test_a_private_address_is_not_asked(cast, receiver, callback, settings):
    """Also where one was set up while it was allowed, or a name has come to lead there."""
    notification = tell(callback)
    settings.AMARA_OUTBOUND_ALLOW = []
    deliver()
    notification.refresh_from_db()
    assert notification.error_message == "Address not allowed"
    assert receiver.asked == []


def test_it_is_tried_again_later_and_later_and_then_parked(callback, receiver, settings):
    receiver.answers["ok"] = (500, b"")
    notification = tell(callback)
    moment = timezone.now()
    for count, pause in enumerate([*settings.AMARA_CALLBACK_RETRIES, None], start=1):
        with time_machine.travel(moment, tick=False):
            deliver()
            assert len(receiver.asked) == count
            notification.refresh_from_db()
            if pause is None:
                break
            pause = timedelta(seconds=pause)
            assert moment + pause <= notification.due <= moment + pause * 1.25
        with time_machine.travel(notification.due - timedelta(seconds=1), tick=False):
            deliver()
            assert len(receiver.asked) == count
        moment = notification.due
    assert not notification.in_progress
    assert notification.delivered is None
    # The receiver answers, so it is not switched off for one event that it does not like.
    callback.refresh_from_db()
    assert callback.is_on
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1


def test_pauses_differ_so_that_events_do_not_come_back_together(callback, receiver):
    receiver.answers["ok"] = (500, b"")
    tell(callback, 10)
    deliver()
    assert len(receiver.asked) == 10
    assert len(set(Notification.objects.values_list("due", flat=True))) == 10


def test_one_that_is_away_is_not_asked_for_each_event(callback, receiver):
    receiver.answers["ok"] = (503, b"")
    tell(callback, 10)
    deliver()
    deliver()
    assert len(receiver.asked) == 1
    callback.refresh_from_db()
    assert callback.failures == 1
    receiver.answers.clear()
    with later(20):
        deliver()
    assert len(receiver.asked) == 11
    callback.refresh_from_db()
    assert (callback.failures, callback.quiet_until) == (0, None)
    assert Notification.objects.filter(delivered=None).count() == 0


def test_one_that_is_away_for_days_is_switched_off_and_the_admins_told(cast, callback, receiver):
    receiver.answers["ok"] = (503, b"")
    tell(callback, 3)
    for _ in range(200):
        due = Notification.objects.filter(Notification.WAITING).order_by("due").first()
        if due is None:
            break
        callback.refresh_from_db()
        moment = max(due.due, callback.quiet_until or due.due)
        with time_machine.travel(moment, tick=False):
            deliver()
    callback.refresh_from_db()
    assert not callback.is_on
    assert "for long" in callback.off_because
    told = Message.objects.filter(subject__contains="callback")
    assert {message.user.username for message in told} == {"owner", "admin"}
    assert len(receiver.asked) < 100


def test_gone_switches_it_off_and_tells_the_admins(cast, callback, receiver):
    receiver.answers["ok"] = (410, b"")
    first = tell(callback)
    tell(callback, 2)
    deliver()
    assert len(receiver.asked) == 1
    callback.refresh_from_db()
    assert not callback.is_on
    assert "410" in callback.off_because
    first.refresh_from_db()
    assert (first.response_status, first.error_message) == (410, "Response status: 410")
    waiting = Notification.objects.filter(Notification.WAITING)
    assert not waiting.exists()
    told = Message.objects.filter(subject__contains="callback")
    assert {message.user.username for message in told} == {"owner", "admin"}
    # On again, it hears of what happens from then on.
    callbacks.update_callback(callback, actor=cast.owner, is_on=True)
    receiver.answers.clear()
    tell(callback)
    deliver()
    assert len(receiver.asked) == 2
    callback.refresh_from_db()
    assert callback.off_because == ""


def test_a_corrected_address_gets_what_the_wrong_one_did_not(cast, callback, receiver):
    receiver.answers["ok"] = (404, b"")
    notification = tell(callback)
    deliver()
    callbacks.update_callback(callback, actor=cast.owner, url=receiver.url("status/200"))
    with later(3600):
        deliver()
    notification.refresh_from_db()
    assert notification.delivered is not None
    assert notification.url == receiver.url("status/200")


@pytest.mark.parametrize("status", [410, 503])
def test_what_the_wrong_address_answers_is_not_held_against_the_right_one(
    cast, callback, receiver, settings, status
):
    settings.AMARA_CALLBACK_RETRIES = []
    receiver.answers["ok"] = (status, b"")
    tell(callback)
    Callback.objects.update(failures=5)
    asked = claim(callback.pk)
    callbacks.update_callback(callback, actor=cast.owner, url=receiver.url("status/200"))
    attempt(asked)
    callback.refresh_from_db()
    assert (callback.is_on, callback.failures, callback.quiet_until) == (True, 0, None)


def test_sent_once_more_it_has_the_same_number_and_id(cast, callback, receiver):
    notification = tell(callback)
    deliver()
    callbacks.resend(notification, actor=cast.admin)
    notification.refresh_from_db()
    assert notification.in_progress
    deliver()
    first, second = receiver.asked
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_deleted_callback_leaves_its_notifications_to_be_read(cast, callback, receiver, api_for):
    tell(callback, 2)
    owner = api_for(cast.owner)
    assert owner.delete(f"teams/films/callbacks/{callback.pk}/").status_code == 204
    deliver()
    assert receiver.asked == []
    notifications = owner.get("teams/films/notifications/").json()["objects"]
    assert [each["in_progress"] for each in notifications] == [False, False]
    answer = owner.post("teams/films/notifications/1/resend/")
    assert (answer.status_code, answer.json()) == (
        400,
        ["The callback that it was for has been deleted."],
    )


# --- workers -------------------------------------------------------------------------------------


def test_what_one_has_claimed_no_other_sends_until_the_claim_ends(callback, receiver, settings):
    tell(callback)
    assert claim(callback.pk).number == 1
    # That worker is dead now.
    assert claim(callback.pk) is None
    deliver()
    assert receiver.asked == []
    with later(2 * settings.AMARA_CALLBACK_SECONDS + 1):
        deliver()
    assert len(receiver.asked) == 1


@pytest.mark.parametrize("status", [200, 410, 500, 503])
@pytest.mark.parametrize("thing", ["callback", "team"])
def test_a_callback_that_is_deleted_while_it_is_asked(
    cast, callback, receiver, thing, status, monkeypatch
):
    """What it answers is written down where there is something left to write it on."""
    # That was asked before it was deleted.
    monkeypatch.setattr(delivery, "may_be_sent", lambda *_: True)
    receiver.answers["ok"] = (status, b"")
    notification = tell(callback)
    asked = claim(callback.pk)
    if thing == "team":
        cast.films.delete()
    else:
        callbacks.delete_callback(callback, actor=cast.owner)
    attempt(asked)
    assert len(receiver.asked) == 1
    left = Notification.objects.filter(pk=notification.pk).first()
    assert left is None if thing == "team" else not left.in_progress
    assert not Message.objects.filter(subject__contains="callback").exists()


def test_a_receiver_that_answers_is_not_away(cast, callback, receiver, settings):
    """It was away now and then, and is not switched off for an event that it refuses."""
    settings.AMARA_CALLBACK_RETRIES = [1.0]
    for day, status in enumerate((503, 500, 503, 500, 503, 500), start=1):
        receiver.answers["ok"] = (status, b"")
        tell(callback)
        with later(day * 24 * 3600):
            deliver()
    callback.refresh_from_db()
    assert callback.is_on


@pytest.mark.skipif(not connection.features.has_select_for_update, reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_success_is_written_down_while_the_callback_is_switched_off(cast, callback, receiver):
    """The callback is locked before its notifications, by the worker as by everybody."""
    Callback.objects.update(failures=1)
    tell(callback)
    asked = claim(callback.pk)

    def work():
        try:
            attempt(asked)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Callback.objects.select_for_update(no_key=True).get(pk=callback.pk)
            worker = pool.submit(work)
            wait_for_a_lock()
            callback.notifications.update(due=None)
        worker.result(timeout=20)
    callback.refresh_from_db()
    assert callback.failures == 0


def wait_for_a_lock():
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    waiting += " AND datname = current_database()"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


# --- what operators are told ---------------------------------------------------------------------


def test_a_failure_says_what_failed(cast, receiver, settings, monkeypatch):
    """The API goes on saying what it always said."""
    nobody = socket.create_server(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.close()
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1", "no-such-name.invalid:80"]
    told = {
        "http://no-such-name.invalid/": ("Connection error", "The name was not found."),
        f"http://127.0.0.1:{port}/": ("Connection error", "The connection was refused"),
        receiver.url("ok").replace("http:", "https:"): ("Connection error", "TLS could not"),
        receiver.url("drip_body"): ("Request timeout", "Request timeout"),
        receiver.url("status/500"): ("Response status: 500", "It answered 500 Internal Server"),
    }
    for url, (said, failure) in told.items():
        # A busy machine takes more than a second for what does not time out.
        settings.AMARA_CALLBACK_SECONDS = 1 if said == "Request timeout" else 20
        notification = tell(Callback.objects.create(team=cast.films, url=url))
        deliver()
        notification.refresh_from_db()
        assert notification.error_message == said
        assert notification.failure.startswith(failure), url
        Notification.objects.update(due=None)


def test_an_answer_that_repeats_what_it_was_sent_tells_no_secret(callback):
    callback.auth_user, callback.auth_password = "amara", "correct horse"
    callback.headers = {"X-Key": "header-secret", "Authorization": "Bearer of-a-bearer"}
    url = "https://hooks.example.com/T0/path-secret?token=query-secret&b=of%20two"
    secrets = delivery._secrets_of(callback, url)
    pair = base64.b64encode(b"amara:correct horse").decode()
    told = ("correct horse", "header-secret", "path-secret", "of-a-bearer", "query-secret")
    for secret in (*told, "of two", callback.secret, pair):
        for before in range(180, 201):
            body = f"{'x' * before}/{secret}\x00\x1b[31m and {secret}".encode()
            shown = delivery._beginning(body, secrets)
            assert len(shown) <= delivery.SHOWN
            assert secret[:8] not in shown
            assert shown.isprintable()


def test_a_delivery_that_arrives_forgets_what_failed(cast, receiver):
    notification = tell(Callback.objects.create(team=cast.films, url=receiver.url("ok")))
    Notification.objects.update(failure="The name was not found.")
    deliver()
    notification.refresh_from_db()
    assert (notification.failure, notification.error_message) == ("", "")

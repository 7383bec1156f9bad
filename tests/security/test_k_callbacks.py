"""Callbacks: what a receiver is sent, what it can do with its answer, and who may read what.

`tests/security/README.md` says where the rest is shown.
"""

from __future__ import annotations

import json
import logging
from urllib.parse import urlencode

import orjson
import pytest
import yaml
from django.db import transaction

from activity.models import Callback, Notification
from activity.outbox import write
from activity.types import Event
from amara_api.kernel.outbound import Reply, origin_of
from teams.models import TeamMember
from teams.services import delivery
from teams.services.delivery import deliver_to
from tests.activity.conftest import receiver
from tests.activity.test_callbacks import HEADERS
from tests.api.conftest import unchanged
from tests.factories import TeamFactory, TeamMemberFactory
from tests.outbound.fakes import running

__all__ = ["receiver"]

pytestmark = pytest.mark.django_db

WITHHELD = Notification.WITHHELD["error_message"]
PATH = "teams/films/callbacks/"
URL = "https://hooks.example.com/a/s3cret?key=s3cret"
SECRETS = {"auth_user": "amara", "auth_password": "s3cret", "headers": {"X-Key": "s3cret"}}


@pytest.fixture
def callback(cast, api_for):
    made = api_for(cast.owner).post(PATH, {"url": URL, **SECRETS})
    return Callback.objects.get(pk=made.json()["id"])


def kept(callback):
    callback.refresh_from_db()
    return {name: getattr(callback, name) for name in SECRETS}


@pytest.mark.parametrize("url", ["https://evil.example/", "https://hooks.example.com/other"])
def test_another_url_forgets_the_credentials(cast, api_for, callback, url):
    changed = api_for(cast.owner).put(f"{PATH}{callback.pk}/", {"url": url})
    assert changed.status_code == 200
    assert (changed.json()["headers"], changed.json()["auth_user"]) == ({}, "")
    assert kept(callback) == {"auth_user": "", "auth_password": "", "headers": {}}


def test_credentials_given_with_the_url_are_kept(cast, api_for, callback):
    body = {"url": "https://new.example.com/", **SECRETS}
    assert api_for(cast.owner).put(f"{PATH}{callback.pk}/", body).status_code == 200
    assert kept(callback) == SECRETS


def test_the_same_url_forgets_nothing(cast, api_for, callback):
    assert api_for(cast.owner).put(f"{PATH}{callback.pk}/", {"url": URL}).status_code == 200
    assert kept(callback) == SECRETS


def test_members_see_the_origin_of_a_url(cast, api_for, callback):
    number = write(callback, Event.TEST, {"team": "films"}).number
    for path in ("teams/films/notifications/", f"teams/films/notifications/{number}/"):
        assert "s3cret" not in api_for(cast.contributor).get(path).content.decode()
        assert "s3cret" in api_for(cast.owner).get(path).content.decode()


# --- told when it is sent, by what holds then ----------------------------------------------------


@pytest.fixture
def sent(callback, monkeypatch):
    """`sent()`: delivers what waits; the events that were posted."""
    posted = []

    def fetch(method, url, **request):
        posted.append(orjson.loads(request["body"])["event"])
        return Reply(200, {}, b"")

    def deliver():
        monkeypatch.setattr(delivery, "fetch", fetch)
        delivery.deliver_to(callback.pk)
        return posted

    return deliver


def waiting(callback):
    found = callback.notifications.order_by("number").values_list("event", "due", "error_message")
    return [(event, due is not None, error) for event, due, error in found]


def test_of_who_was_put_out_meanwhile_nothing_is_told(cast, api_for, callback, sent):
    changed = {"full_name": "Somebody else"}
    path = "users/contributor/"
    assert api_for(cast.contributor).put(path, changed).status_code == 200
    member = "teams/films/members/contributor/"
    assert api_for(cast.owner).delete(member).status_code == 204
    assert sent() == [Event.MEMBER_REMOVED]
    assert waiting(callback)[0] == (Event.MEMBER_PROFILE_CHANGED, False, WITHHELD)


def test_of_who_is_still_there_it_is_told(cast, api_for, sent):
    changed = {"full_name": "Somebody else"}
    assert api_for(cast.contributor).put("users/contributor/", changed).status_code == 200
    assert sent() == [Event.MEMBER_PROFILE_CHANGED]


@pytest.mark.parametrize("hidden", [True, False])
def test_of_a_video_that_went_where_the_team_sees_nothing_only_that_it_left(
    cast, api_for, sent, hidden
):
    elsewhere = TeamFactory(slug="elsewhere", is_visible=not hidden)
    TeamMemberFactory(team=elsewhere, user=cast.superuser, role_name="owner")
    TeamMemberFactory(team=cast.films, user=cast.superuser, role_name="admin")
    at = f"videos/{cast.team_video.video_id}/"
    body = {"url": "https://media.example.com/other.mp4", "primary": True}
    mover = api_for(cast.superuser)
    assert mover.post(f"{at}urls/", body).status_code == 201
    assert mover.put(at, {"team": "elsewhere"}).status_code == 200
    TeamMember.objects.filter(team=cast.films, user=cast.superuser).delete()
    told = [] if hidden else [Event.VIDEO_MADE_PRIMARY]
    assert sent() == [*told, Event.VIDEO_REMOVED]


def test_a_team_that_nobody_runs_is_told_nothing(cast, callback, sent):
    write(callback, Event.TEST, {"team": "films"})
    TeamMember.objects.filter(team=cast.films).delete()
    assert sent() == []


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://me:pw@a.example:8443/x?y#z", "https://a.example:8443/"),
        ("http://[::1]/x", "http://[::1]/"),
        ("http://[bad", ""),
    ],
)
def test_an_origin_has_nothing_secret(url, origin):
    assert origin_of(url) == origin


# --- what is sent --------------------------------------------------------------------------------


def deliver(callback):
    with transaction.atomic():
        notification = write(callback, Event.TEST, {"team": "films"})
    deliver_to(callback.pk)
    notification.refresh_from_db()
    return notification


@pytest.fixture
def sending(cast, receiver):
    """A callback with secrets, of a receiver that is there."""
    return Callback.objects.create(team=cast.films, url=receiver.url("ok?key=s3cret"), **SECRETS)


@pytest.mark.parametrize("encoding", ["json", "form"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_told_by_a_redirect(cast, receiver, sending, encoding, status):
    """Who may change what a receiver answers may not have the events of teams sent elsewhere."""
    Callback.objects.update(encoding=encoding)
    sending.refresh_from_db()
    with running() as elsewhere:
        receiver.answers["ok"] = (status, b"", {"Location": elsewhere.url("ok")})
        deliver(sending)
        assert elsewhere.asked == []
    assert len(receiver.asked) == 1


def test_what_a_receiver_answers_is_told_to_nobody(cast, api_for, receiver, sending, caplog):
    """But for its status; nor are the secrets that it was sent in any answer or in the log."""
    caplog.set_level(logging.DEBUG)
    for status in (200, 400, 404, 500, 503):
        receiver.answers["ok"] = (status, b"an-0dd-answer", {"X_Odd": "an-0dd-answer"})
        Callback.objects.update(quiet_until=None)
        assert deliver(sending).response_status == status
    told = []
    for who in (cast.owner, cast.contributor, cast.stranger):
        for path in ("teams/films/notifications/", "teams/films/notifications/3/", PATH):
            told.append(api_for(who).get(path).content.decode())
    assert "an-0dd-answer" not in "".join(told)
    # The team's own url is its owners' to see.
    assert ["s3cret" in text for text in told[3:]] == [False] * 6
    logged = "\n".join(
        record.getMessage() for record in caplog.records if "urllib3" not in record.name
    )
    assert "s3cret" not in logged
    assert "an-0dd-answer" not in logged


FOUL = [
    {"X-A": "b\r\nX-Split: yes"},
    {"X-A": "b\nX-Split: yes"},
    {"X-A\r\nX-Split": "yes"},
    {"X-A": "é\u0100"},
]


@pytest.mark.parametrize("headers", FOUL, ids=str)
def test_headers_that_nobody_checked_split_no_request(receiver, sending, headers):
    """As an older version or a restored backup might hold them."""
    Callback.objects.update(headers=headers)
    sending.refresh_from_db()
    notification = deliver(sending)
    assert notification.response_status in (None, 200)
    assert not [asked for asked in receiver.asked if "x-split" in asked.headers]


def test_our_own_headers_are_ours(receiver, sending):
    ours = ("Webhook-Id", "WEBHOOK-TIMESTAMP", "webhook-signature", "Content-Type")
    Callback.objects.update(headers=dict.fromkeys(ours, "theirs"))
    sending.refresh_from_db()
    deliver(sending)
    (asked,) = receiver.asked
    assert "theirs" not in {asked.headers[name.lower()] for name in ours}


WRAPPINGS = {
    "yaml": ("application/yaml", lambda headers: yaml.safe_dump({"headers": headers})),
    "form": (
        "application/x-www-form-urlencoded",
        lambda headers: urlencode({"headers": json.dumps(headers)}),
    ),
    "xml": (
        "application/xml",
        lambda headers: f"<r><headers><![CDATA[{json.dumps(headers)}]]></headers></r>",
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_header_that_cannot_be_is_refused_in_every_wrapping(cast, api_for, callback, wrapping):
    content_type, wrap = WRAPPINGS[wrapping]
    owner, wrong = api_for(cast.owner), []
    with unchanged():
        for headers, _ in HEADERS:
            sent = wrap(headers)
            answer = owner.put(f"{PATH}{callback.pk}/", sent, content_type=content_type)
            if answer.status_code != 400:
                wrong.append((headers, answer.status_code, answer.content))
    assert not wrong

"""The addresses that a team's events are posted to, and what may be sent to them again."""

import re
from base64 import b64decode
from datetime import timedelta
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from activity.log import record
from activity.models import Callback, Notification
from activity.outbox import hold, write
from activity.types import ActivityType, Encoding, Event
from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.ids import new_secret
from amara_api.kernel.outbound import origin_of, refusal_of
from teams.models import Role, Team
from teams.policies import may_change_team
from teams.services.locks import lock_team, require
from teams.services.telling import tell
from users.models import MailKind, User

MAX_CALLBACKS = 20
MAX_URL = 1000  # bytes: it is in an index
MAX_HEADERS = 10
MAX_HEADER = 1000  # characters of a value
OVERLAP = timedelta(hours=24)  # in which the secret before still signs
SECRET_SIZE = range(24, 65)  # bytes: the Standard Webhooks specification

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_HEADER_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?")
# What HTTP and we ourselves say about a message is not the team's to say.
_OURS = {
    *("accept-encoding", "authorization", "connection", "content-encoding", "content-length"),
    *("content-type", "cookie", "expect", "host", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade", "user-agent"),
}
_OURS_PREFIXES = ("webhook-", "proxy-")


class CallbackFields(TypedDict, total=False):
    """Columns of `Callback` that a team may say."""

    url: str
    encoding: str
    events: list[str]
    headers: dict[str, str]
    auth_user: str
    auth_password: str
    secret: str
    is_on: bool


class _Told(TypedDict, total=False):
    """What the record of a change says beside which it was."""

    fields: list[str]
    number: int


@transaction.atomic
def add_callback(
    team: Team, *, actor: User, operator: bool = False, **fields: Unpack[CallbackFields]
) -> Callback:
    """Post the team's events to one more address.

    Raises `InvalidInput` by field. The callback that is returned holds its secret.
    """
    team = lock_team(team)
    if not operator:
        require(may_change_team(actor, team))
    if team.callbacks.count() >= MAX_CALLBACKS:
        raise InvalidInput([f"A team has at most {MAX_CALLBACKS} callbacks."])
    callback = Callback(team=team, **fields)
    _save(callback, force_insert=True)
    _record(callback, actor=actor, change="added")
    return callback


@transaction.atomic
def update_callback(
    callback: Callback, *, actor: User, operator: bool = False, **fields: Unpack[CallbackFields]
) -> Callback:
    """Change what is given. Switching it on forgets why it was off; off drops what still waits.

    With another url the credentials and headers go, unless they are given with it: whoever points
    it elsewhere would else read there what another admin has written.
    """
    callback = _locked(callback, actor=actor, operator=operator)
    was_on = callback.is_on
    if "secret" in fields:
        _change_secret(callback, fields["secret"])
    if "url" in fields and fields["url"] != callback.url:
        unsaid: CallbackFields = {"auth_user": "", "auth_password": "", "headers": {}}  # nosec B105 # none
        fields = {**unsaid, **fields}
    for name, value in fields.items():
        setattr(callback, name, value)
    if callback.is_on and (not was_on or "url" in fields):
        callback.off_because, callback.failures, callback.quiet_until = "", 0, None
    _save(callback)
    if was_on and not callback.is_on:
        _drop_waiting(callback)
    _record(callback, actor=actor, change="changed", fields=sorted(fields))
    return callback


@transaction.atomic
def delete_callback(callback: Callback, *, actor: User, operator: bool = False) -> None:
    """Its notifications stay to be read; those that wait are not sent."""
    callback = _locked(callback, actor=actor, operator=operator)
    _drop_waiting(callback)
    _record(callback, actor=actor, change="deleted")
    callback.delete()


@transaction.atomic
def rotate_secret(callback: Callback, *, actor: User, operator: bool = False) -> Callback:
    """A new secret of our making."""
    callback = _locked(callback, actor=actor, operator=operator)
    _change_secret(callback, new_secret())
    callback.save(update_fields=["secret", "old_secret", "old_secret_ends"])
    _record(callback, actor=actor, change="secret")
    return callback


@transaction.atomic
def send_test(callback: Callback, *, actor: User, operator: bool = False) -> Notification:
    """An event that tells of nothing, to see whether it arrives."""
    callback = _locked(callback, actor=actor, operator=operator)
    _require_on(callback)
    _record(callback, actor=actor, change="tested")
    return write(callback, Event.TEST, {"team": callback.team.slug})


@transaction.atomic
def resend(notification: Notification, *, actor: User, operator: bool = False) -> Notification:
    """Send it once more, under its number, whether it arrived or not."""
    team = lock_team(notification.team)
    if not operator:
        require(may_change_team(actor, team))
    found = Notification.objects.select_related("callback").get(pk=notification.pk)
    if found.callback is None:
        raise InvalidInput(["The callback that it was for has been deleted."])
    _require_on(found.callback)
    found.due, found.attempts = timezone.now(), 0
    found.save(update_fields=["due", "attempts"])
    found.callback.team = team
    _record(found.callback, actor=actor, change="sent again", number=found.number)
    return found


@transaction.atomic
def switch_off(callback: Callback, because: str) -> None:
    """The server gives an address up, and tells those who can do something about it.

    Nothing is done if that is off already, or is another by now.
    """
    url, callback = callback.url, _locked(callback, actor=None, operator=True)
    if not callback.is_on or callback.url != url:
        return
    callback.is_on, callback.off_because = False, because
    callback.save(update_fields=["is_on", "off_because"])
    _drop_waiting(callback)
    _record(callback, actor=None, change="switched off")
    team = callback.team
    tell(
        _admins(team),
        kind=MailKind.CALLBACK,
        actor=None,
        team=team,
        subject=f"A callback of the {team.name} team has been switched off",
        lines=[
            f"Events of the team {team.name} are no longer posted to {origin_of(callback.url)}. "
            f"{because}",
            "An admin can switch it on again. What was not sent is in the team's notifications, "
            "and can be sent once more from there.",
        ],
        at=reverse("team-page", args=[team.slug]),
    )


def _admins(team: Team) -> QuerySet[User]:
    leading = User.objects.filter(memberships__team=team, memberships__role__gte=Role.ADMIN)
    return leading.filter(is_active=True).order_by("pk")


def _locked(callback: Callback, *, actor: User | None, operator: bool = False) -> Callback:
    team = lock_team(callback.team)
    if not operator:
        assert actor is not None
        require(may_change_team(actor, team))
    found = Callback.objects.select_for_update(no_key=True).filter(pk=callback.pk).first()
    if found is None:
        raise NotThere
    found.team = team
    return found


def _change_secret(callback: Callback, secret: str) -> None:
    """For `OVERLAP` both sign, so that the receiver can change over in peace."""
    if secret != callback.secret:
        callback.old_secret, callback.old_secret_ends = callback.secret, timezone.now() + OVERLAP
        callback.secret = secret


def _require_on(callback: Callback) -> None:
    if not callback.is_on:
        raise InvalidInput(["This callback is switched off."])


def _drop_waiting(callback: Callback) -> None:
    # Whoever writes an event for it at this moment is done, or finds that it is off.
    hold(callback.team)
    callback.notifications.filter(Notification.WAITING).update(**Notification.DROPPED)


def _record(callback: Callback, *, actor: User | None, change: str, **data: Unpack[_Told]) -> None:
    """Which one by its number: urls may hold what is nobody else's business."""
    kind, team = ActivityType.CALLBACK_CHANGED, callback.team
    record(kind, actor=actor, team=team, callback=callback.pk, change=change, **data)


def _save(callback: Callback, *, force_insert: bool = False) -> None:
    if refusal := refusal_of(callback.url):
        raise InvalidInput.field("url", refusal)
    if len(callback.url.encode()) > MAX_URL:
        raise InvalidInput.field("url", f"Ensure the URL has no more than {MAX_URL} bytes.")
    _check_secret(callback.secret)
    known = Encoding(callback.encoding).events.values
    for event in callback.events:
        if event not in known:
            raise InvalidInput.field("events", f"Unknown event: {event[:50]}")
    _check_headers(callback.headers)
    if ":" in callback.auth_user:
        raise InvalidInput.field("auth_user", "A user name has no colon.")
    if callback.auth_password and not callback.auth_user:
        raise InvalidInput.field("auth_user", "A password needs a user name.")
    others = Callback.objects.filter(team=callback.team, url=callback.url).exclude(pk=callback.pk)
    taken = InvalidInput.field("url", "Another callback of the team has this url.")
    if others.exists():
        raise taken
    try:
        with transaction.atomic():
            callback.save(force_insert=force_insert)
    except IntegrityError as error:
        raise taken from error


def _check_secret(secret: str) -> None:
    try:
        size = len(b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith("whsec_") or size not in SECRET_SIZE:
        first, last = SECRET_SIZE[0], SECRET_SIZE[-1]
        sentence = f"A secret is whsec_ and the base64 of {first} to {last} bytes."
        raise InvalidInput.field("secret", sentence)


def _check_headers(headers: dict[str, str]) -> None:
    """Raises `InvalidInput` for what could not be sent, or would pretend to be ours."""
    if len(headers) > MAX_HEADERS:
        raise InvalidInput.field("headers", f"At most {MAX_HEADERS} headers.")
    seen: set[str] = set()
    for name, value in headers.items():
        key = name.lower()
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidInput.field("headers", f"Not the name of a header: {name[:50]!r}")
        if key in _OURS or key.startswith(_OURS_PREFIXES):
            raise InvalidInput.field("headers", f"This header cannot be set: {name}")
        if key in seen:
            raise InvalidInput.field("headers", f"This header is there twice: {name}")
        if len(value) > MAX_HEADER or not _HEADER_VALUE.fullmatch(value):
            raise InvalidInput.field("headers", f"Not the value of a header: that of {name}")
        seen.add(key)

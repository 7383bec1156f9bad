"""Sending what waits in the outbox. `manage.py deliver` calls this, in as many threads and
processes as there are.

At least once: a worker that dies between the answer and writing it down leaves its claim behind,
and when that ends another sends the same event again, under the same `webhook-id`.
"""

import logging
import random
import re
import time
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import responses
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urlencode, urlsplit

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from activity.models import Callback, Notification
from activity.types import Encoding
from amara_api.kernel import figures, hours
from amara_api.kernel.errors import NotThere
from amara_api.kernel.models import Figure
from amara_api.kernel.outbound import OutboundError, fetch
from teams.services.callbacks import switch_off
from teams.services.telling import may_be_sent

log = logging.getLogger(__name__)

MAX_ANSWER = 64 * 1024  # bytes; the status is kept, and of a failure what operators read of it
SHOWN = 200  # bytes of an answer
MAX_FAILURE = 400  # characters
TURN = 5.0  # seconds in which one address is sent to before others have their turn
LONGEST_QUIET = timedelta(hours=1)
JITTER = 0.25

GONE = 410
# Statuses that say "not now" of everything, not of this event.
_BUSY = frozenset({429, 502, 503, 504})


class Outcome(NamedTuple):
    """``status`` and ``error`` as notifications print them. ``quiet``: the receiver is away.
    ``failure`` is what operators read of it."""

    status: int | None
    error: str
    quiet: bool = False
    failure: str = ""


def waiting_callbacks() -> list[int]:
    """Keys of the addresses that something is to be sent to now."""
    now = timezone.now()
    ready = Callback.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=now), is_on=True)
    waiting = Notification.objects.filter(_free(now), callback=OuterRef("pk"))
    return list(ready.filter(Exists(waiting)).order_by("pk").values_list("pk", flat=True))


class Deliveries(NamedTuple):
    """How the outbox is doing. Counts end at `COUNTED`."""

    waiting: int
    failing: int
    overdue: timedelta
    """How long the oldest that could be sent has been due; zero where nothing is."""
    given_up: int
    """In the last day."""
    off: int
    """Callbacks that the server has given up."""

    @property
    def nobody_sends(self) -> bool:
        return self.overdue > LATE


COUNTED = 10_000
LATE = timedelta(minutes=2)  # what is due is sent within seconds, if anybody does


def state_of_deliveries() -> Deliveries:
    now = timezone.now()
    waiting = Notification.objects.filter(Notification.WAITING, callback__isnull=False)
    ready = waiting.filter(
        Q(callback__quiet_until=None) | Q(callback__quiet_until__lte=now - LATE),
        _free(now),
        callback__is_on=True,
    )
    oldest = ready.order_by("due").values_list("due", flat=True).first()
    lost = Notification.objects.filter(
        due=None, delivered=None, attempts__gt=0, created__gte=now - timedelta(days=1)
    )
    return Deliveries(
        waiting.order_by()[:COUNTED].count(),
        waiting.filter(attempts__gt=0).order_by()[:COUNTED].count(),
        now - oldest if oldest is not None else timedelta(),
        lost.order_by()[:COUNTED].count(),
        Callback.objects.filter(is_on=False).exclude(off_because="").order_by()[:COUNTED].count(),
    )


WAITING, FAILING = "outbox-waiting", "outbox-failing"


def note_state() -> None:
    """Keep what waits, and what of it fails, as this hour's: the last look of an hour counts."""
    state = state_of_deliveries()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours.keep(
        Figure(what=what, since=hour, value=value)
        for what, value in ((WAITING, state.waiting), (FAILING, state.failing))
    )


def deliver_to(callback: int) -> int:
    """Send what is due for one address, oldest first, for the time of a turn or until it is away.
    The number of attempts."""
    end = time.monotonic() + TURN
    attempts = 0
    while time.monotonic() < end:
        notification = claim(callback)
        if notification is None:
            break
        attempts += 1
        if attempt(notification).quiet:
            break
    return attempts


def claim(callback: int) -> Notification | None:
    """One notification that nobody else sends until the claim ends."""
    now = timezone.now()
    free = Notification.objects.filter(
        _free(now),
        Q(callback__quiet_until=None) | Q(callback__quiet_until__lte=now),
        callback=callback,
        callback__is_on=True,
    )
    # As many as workers may be asking at this moment.
    for key in free.order_by("due", "pk").values_list("pk", flat=True)[:20]:
        until = now + timedelta(seconds=2 * settings.AMARA_CALLBACK_SECONDS)
        still = Notification.objects.filter(_free(now), pk=key)
        if still.update(claimed_until=until):
            claimed = Notification.objects.select_related("callback__team")
            # None if it was deleted at this moment.
            return claimed.filter(pk=key, callback__isnull=False).first()
    return None


def _free(now: datetime) -> Q:
    return Q(due__lte=now) & (Q(claimed_until=None) | Q(claimed_until__lt=now))


def attempt(notification: Notification) -> Outcome:
    """Send what `claim` gave, and write down what came of it."""
    callback = notification.callback
    assert callback is not None
    if not may_be_sent(notification, callback.team):
        claimed = Notification.objects.filter(pk=notification.pk)
        claimed.update(**Notification.WITHHELD, claimed_until=None)
        return Outcome(None, str(Notification.WITHHELD["error_message"]))
    outcome = _send(notification, callback)
    figures.delivery("arrived" if not outcome.error else "away" if outcome.quiet else "refused")
    parked = _write_down(notification, callback, outcome)
    if parked:
        log.warning("Notification %s of %s is parked", notification.number, callback.team.slug)
    # It may have been deleted while it was asked.
    with suppress(NotThere):
        if outcome.status == GONE:
            switch_off(callback, "The receiver answered that it is gone for good (410).")
        elif parked and outcome.quiet and callback.failures > len(settings.AMARA_CALLBACK_RETRIES):
            switch_off(callback, f"It could not be reached for long ({outcome.error}).")
    return outcome


# --- one request ---------------------------------------------------------------------------------


def _send(notification: Notification, callback: Callback) -> Outcome:
    """Raises nothing: whatever goes wrong is the outcome."""
    older = callback.encoding == Encoding.FORM
    url, data = urldefrag(callback.url).url, notification.data
    if older:
        # The older documentation: form-encoded, and the same again in the query string.
        body = urlencode({k: "" if v is None else v for k, v in data.items()})
        url += ("&" if "?" in url else "?") + body
    else:
        body = orjson.dumps(data).decode()
    try:
        reply = fetch(
            "POST",
            url,
            body=body.encode(),
            headers={**callback.headers, **_own_headers(notification, callback, body, older)},
            auth=(callback.auth_user, callback.auth_password) if callback.auth_user else None,
            max_bytes=MAX_ANSWER,
            seconds=settings.AMARA_CALLBACK_SECONDS,
        )
    except OutboundError as error:
        return Outcome(None, str(error), quiet=True, failure=error.detail)
    taken = range(200, 400) if older else range(200, 300)
    if reply.status in taken:
        return Outcome(reply.status, "")
    said = f"Response status: {reply.status}"
    began = _beginning(reply.body, _secrets_of(callback, url))
    return Outcome(reply.status, said, reply.status in _BUSY, _failure(reply.status, began))


def _failure(status: int, began: str) -> str:
    said = f"It answered {status} {responses.get(status, '')}".strip()
    return f"{said}: {began}" if began else f"{said}, and nothing more."


def _beginning(body: bytes, secrets: Iterable[str]) -> str:
    """Of an answer the first `SHOWN` bytes as one line of text. Receivers repeat what they were
    sent, and the record of a failure is no place for that."""
    text = body[:SHOWN].decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, "…")
    # A secret that the cut has left half of.
    text = text[: -max((_overlap(text, secret) for secret in secrets), default=0) or None]
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _overlap(text: str, secret: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of ``secret``."""
    sizes = range(min(len(text), len(secret) - 1), 3, -1)
    return next((size for size in sizes if text.endswith(secret[:size])), 0)


_WORDS = re.compile(r"[\s/?&=:,;\"]+")


def _secrets_of(callback: Callback, url: str) -> list[str]:
    """What was sent, or stands in the address, and opens something; the longest first."""
    pair = f"{callback.auth_user}:{callback.auth_password}".encode()
    parts = urlsplit(url)
    # Whole, and in the parts that a receiver may name: `Bearer X`, `a=X&b=Y`, `/hooks/X`.
    values = [*callback.headers.values(), parts.path, parts.query]
    found = {
        *(callback.secret, callback.old_secret, callback.auth_password, b64encode(pair).decode()),
        *values,
        *(part for value in values for part in _WORDS.split(value)),
    }
    found |= {unquote(each) for each in found}
    return sorted((each for each in found if len(each) > 3), key=len, reverse=True)


def _own_headers(
    notification: Notification, callback: Callback, body: str, older: bool
) -> dict[str, str]:
    """What a receiver needs to know that it was us: the Standard Webhooks specification."""
    now = timezone.now()
    number = f"msg_{notification.team_id}_{notification.number}"
    secrets = [callback.secret]
    if callback.old_secret_ends is not None and callback.old_secret_ends > now:
        secrets.append(callback.old_secret)
    return {
        "Content-Type": "application/x-www-form-urlencoded" if older else "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(number, now, body) for secret in secrets
        ),
    }


# --- what came of it -----------------------------------------------------------------------------


@transaction.atomic
def _write_down(notification: Notification, callback: Callback, outcome: Outcome) -> bool:
    """Whether that was the last attempt, and in vain."""
    now = timezone.now()
    # First the callback, then the notification: whoever switches it off locks them in this order.
    # Unless it has another url by now, which that says nothing about.
    same = Callback.objects.filter(pk=callback.pk, url=callback.url)
    if outcome.quiet:
        same.update(failures=F("failures") + 1, quiet_until=now + _quiet_after(callback.failures))
    else:
        same.filter(failures__gt=0).update(failures=0, quiet_until=None)
    mine = Notification.objects.filter(pk=notification.pk)
    told = {
        "response_status": outcome.status,
        "error_message": outcome.error,
        "failure": outcome.failure[:MAX_FAILURE],
        "url": callback.url,
    }
    if not outcome.error:
        mine.update(**told, due=None, delivered=now, claimed_until=None, attempts=F("attempts") + 1)
        return False
    # Somebody else may have it by now, should this have taken longer than the claim.
    mine = mine.filter(claimed_until=notification.claimed_until, due__isnull=False)
    attempts = notification.attempts + 1
    again = None if outcome.status == GONE else _next_attempt(attempts, now)
    updated = mine.update(**told, due=again, claimed_until=None, attempts=attempts)
    return again is None and updated == 1


def _next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None when that was the last."""
    pauses = settings.AMARA_CALLBACK_RETRIES
    if attempts > len(pauses):
        return None
    # Many that failed together must not all come back together.
    spread = random.uniform(1, 1 + JITTER)  # noqa: S311  # nosec B311 # no secret
    return now + timedelta(seconds=pauses[attempts - 1] * spread)


def _quiet_after(failures: int) -> timedelta:
    """A receiver that is away is asked more and more seldom, whatever waits for it."""
    first = settings.AMARA_CALLBACK_RETRIES[0] if settings.AMARA_CALLBACK_RETRIES else 1.0
    return min(timedelta(seconds=first * 2 ** min(failures, 20)), LONGEST_QUIET)

"""Sending what waits in the outbox. `manage.py deliver` calls this, in as many threads and
processes as there are.

At least once: a worker that dies between the answer and writing it down leaves its claim behind,
and when that ends another sends the same event again, under the same `webhook-id`.
"""

import logging
import random
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urldefrag, urlencode

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from activity.models import Callback, Notification
from activity.types import Encoding
from amara_api.errors import NotThere
from amara_api.outbound import OutboundError, fetch
from teams.services.callbacks import switch_off

log = logging.getLogger(__name__)

MAX_ANSWER = 64 * 1024  # bytes; nothing but the status is kept
TURN = 5.0  # seconds in which one address is sent to before others have their turn
LONGEST_QUIET = timedelta(hours=1)
JITTER = 0.25

GONE = 410
# Statuses that say "not now" of everything, not of this event.
_BUSY = frozenset({429, 502, 503, 504})


class Outcome(NamedTuple):
    """``status`` and ``error`` as notifications print them. ``quiet``: the receiver is away."""

    status: int | None
    error: str
    quiet: bool = False


def waiting_callbacks() -> list[int]:
    """Keys of the addresses that something is to be sent to now."""
    now = timezone.now()
    ready = Callback.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=now), is_on=True)
    waiting = Notification.objects.filter(_free(now), callback=OuterRef("pk"))
    return list(ready.filter(Exists(waiting)).order_by("pk").values_list("pk", flat=True))


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
    outcome = _send(notification, callback)
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
        return Outcome(None, str(error), quiet=True)
    taken = range(200, 400) if older else range(200, 300)
    if reply.status in taken:
        return Outcome(reply.status, "")
    return Outcome(reply.status, f"Response status: {reply.status}", reply.status in _BUSY)


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
    told = {"response_status": outcome.status, "error_message": outcome.error, "url": callback.url}
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
    spread = random.uniform(1, 1 + JITTER)  # noqa: S311
    return now + timedelta(seconds=pauses[attempts - 1] * spread)


def _quiet_after(failures: int) -> timedelta:
    """A receiver that is away is asked more and more seldom, whatever waits for it."""
    first = settings.AMARA_CALLBACK_RETRIES[0] if settings.AMARA_CALLBACK_RETRIES else 1.0
    return min(timedelta(seconds=first * 2 ** min(failures, 20)), LONGEST_QUIET)

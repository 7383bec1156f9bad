"""What nobody needs any more, and would grow for years: dropped by age, a few rows at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from activity.models import Notification, Tally
from activity.tallies import KEPT as TALLIES_KEPT
from amara_api.kernel import hours, workers
from amara_api.kernel.models import Figure, GuardedCount, Replay, SlowFetch, Worker
from amara_api.kernel.replays import LIFETIME as ANSWERS_KEPT
from users.keys import LOGIN_LINK_LIFETIME
from users.models import BrowserSession, LoginToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model, QuerySet

# Rows of one transaction: nobody waits for long.
AT_ONCE = 500


class Stale(NamedTuple):
    """Rows of one kind that are of no use, with a name for people."""

    name: str
    rows: QuerySet[Model]


def stale() -> Iterator[Stale]:
    """Of each kind what has ended. Versions, messages and records are never among them."""
    now = timezone.now()
    yield Stale("sessions that have ended", BrowserSession.objects.filter(expire_date__lte=now))
    # Of the engine before that one.
    yield Stale("older sessions that have ended", Session.objects.filter(expire_date__lte=now))
    links = LoginToken.objects.filter(created__lt=now - LOGIN_LINK_LIFETIME)
    yield Stale("login links that have ended", links)
    answers = Replay.objects.filter(created__lte=now - ANSWERS_KEPT)
    yield Stale("answers kept for repeated requests", answers)
    yield Stale("counts of limits that have ended", GuardedCount.objects.filter(until__lte=now))
    tallies = Tally.objects.filter(made__lt=now - TALLIES_KEPT)
    yield Stale("counts of streams that are too old", tallies)
    yield Stale("figures by the hour", Figure.objects.filter(since__lt=now - hours.KEPT))
    slow = SlowFetch.objects.filter(created__lt=now - hours.FETCHES_KEPT)
    yield Stale("notes of slow fetches", slow)
    died = Worker.objects.filter(seen__lt=now - workers.KEPT)
    yield Stale("notes of workers that died", died)
    if days := settings.AMARA_KEEP_NOTIFICATIONS:
        # Those that wait to be sent are kept however old they are.
        done = Notification.objects.filter(due=None, created__lt=now - timedelta(days=days))
        yield Stale("notifications of callbacks that are done", done)


def drop(found: Stale) -> int:
    """Delete them, some in each transaction; how many."""
    number = 0
    while dropped := _drop_some(found.rows):
        number += dropped
    return number


@transaction.atomic
def _drop_some(rows: QuerySet[Model]) -> int:
    # What somebody else has in hand is left for the next time.
    some = rows.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)
    keys = list(some[:AT_ONCE])
    # Asked once more, should a session have been prolonged.
    return rows.filter(pk__in=keys).delete()[0] if keys else 0

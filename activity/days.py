"""How many versions came on each day, without counting the days of a month for every look.

The worker keeps the number of each day that is over (`keep`); what is left to count, from an index
by time, is today, and what nobody has kept yet.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from activity.models import ActivityRecord
from activity.models.records import ORIGINAL
from activity.types import ActivityType
from amara_api.kernel import hours
from amara_api.kernel.models import Figure

DAYS = 30
NAME = "versions"
# A change that began before midnight may be stored after it.
SETTLED = timedelta(hours=1)


class Day(NamedTuple):
    """How many versions came on a day, by UTC."""

    date: date
    versions: int


def versions() -> list[Day]:
    """The last `DAYS`, the oldest first."""
    dates = _dates()
    found = _kept(dates)
    found |= _counted(dates, found)
    return [Day(each, found[each]) for each in dates]


def keep() -> None:
    """Write down the days that are over and are not written down yet."""
    settled = (timezone.now() - SETTLED).date()
    dates = [each for each in _dates() if each < settled]
    kept = _kept(dates)
    hours.keep(
        Figure(what=NAME, since=_begins(each), value=number)
        for each, number in _counted(dates, kept).items()
    )


def _dates() -> list[date]:
    today = timezone.now().date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _kept(dates: list[date]) -> dict[date, int]:
    rows = Figure.objects.filter(what=NAME, since__gte=_begins(dates[0]), process="")
    return {since.date(): int(value) for since, value in rows.values_list("since", "value")}


def _counted(dates: list[date], kept: dict[date, int]) -> dict[date, int]:
    """Of the days that are not kept: one range of the index, from the first of them on."""
    missing = [each for each in dates if each not in kept]
    if not missing:
        return {}
    added = ActivityRecord.objects.filter(
        ORIGINAL,
        type=ActivityType.VERSION_ADDED,
        created__gte=_begins(missing[0]),
        created__lt=_begins(missing[-1] + timedelta(days=1)),
    )
    by_day = added.order_by().annotate(day=TruncDate("created")).values("day")
    found = dict(by_day.annotate(n=Count("pk")).values_list("day", "n"))
    return {each: found.get(each, 0) for each in missing}

"""How the server is doing, in numbers: for `manage.py doctor` and the first page of the admin."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from activity.models import ActivityRecord
from activity.models.records import ORIGINAL
from activity.types import ActivityType
from amara_api.kernel import figures
from teams.services.delivery import Deliveries, state_of_deliveries

if TYPE_CHECKING:
    from amara_api.kernel.figures import Answered

DAYS = 14
_KEPT = 60.0  # seconds: a month of records is not counted for every look


class Day(NamedTuple):
    """How many versions came on a day, by UTC."""

    date: date
    versions: int


class State(NamedTuple):
    """Sizes in bytes. ``answered`` is None where requests are not counted."""

    database: str
    database_bytes: int
    disk_free: int
    disk_total: int
    deliveries: Deliveries
    answered: Answered | None
    days: list[Day]

    def as_json(self) -> dict[str, object]:
        deliveries = self.deliveries._asdict()
        deliveries["overdue"] = self.deliveries.overdue.total_seconds()
        return {
            "database": {"kind": self.database, "bytes": self.database_bytes},
            "disk": {"free": self.disk_free, "total": self.disk_total},
            "deliveries": deliveries,
            "requests": self.answered and self.answered._asdict(),
            "versions": {str(day.date): day.versions for day in self.days},
        }


def now() -> State:
    """What can be told in a few statements, whatever the size of the tables."""
    folder = Path(settings.DATA_DIR)
    # Where there is none yet, or none is used, the disk is the one that it would lie on.
    disk = shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.is_dir()))
    return State(
        {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor),
        _database_bytes(),
        disk.free,
        disk.total,
        state_of_deliveries(),
        figures.answered(settings.DATA_DIR / figures.SHARED) if figures.are_kept() else None,
        _days(),
    )


def _database_bytes() -> int:
    if connection.vendor == "sqlite":
        path = Path(str(settings.DATABASES["default"]["NAME"]))
        return path.stat().st_size if path.is_file() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


_counted: dict[date, tuple[float, list[Day]]] = {}


def _days() -> list[Day]:
    """The last `DAYS`, the oldest first; from the record, which has an index by time."""
    today = timezone.now().date()
    kept = _counted.get(today)
    if kept is not None and kept[0] > monotonic():
        return kept[1]
    first = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first -= timedelta(days=DAYS - 1)
    added = ActivityRecord.objects.filter(
        ORIGINAL, type=ActivityType.VERSION_ADDED, created__gte=first
    )
    by_day = added.order_by().annotate(day=TruncDate("created")).values("day")
    found = dict(by_day.annotate(n=Count("pk")).values_list("day", "n"))
    dates = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    days = [Day(each, found.get(each, 0)) for each in dates]
    _counted.clear()
    _counted[today] = (monotonic() + _KEPT, days)
    return days


def forget() -> None:
    """What was counted, for tests."""
    _counted.clear()


def troubles(state: State) -> list[str]:
    """What an operator should look at, each with what helps."""
    deliveries, answered = state.deliveries, state.answered
    found = []
    if deliveries.nobody_sends:
        minutes = int(deliveries.overdue.total_seconds() // 60)
        found.append(
            f"Events for callbacks have been due for {minutes} minutes and nobody posts them. Run "
            "`manage.py deliver`, or `manage.py serve` with AMARA_DELIVER on."
        )
    if deliveries.failing:
        found.append(
            f"{deliveries.failing} events for callbacks wait and have failed before. See "
            f"{_NOTIFICATIONS}?state=failing for what failed; `manage.py deliver --once` tries "
            "what is due."
        )
    if deliveries.given_up:
        found.append(
            f"{deliveries.given_up} events of the last day never arrived. See "
            f"{_NOTIFICATIONS}?state=given-up, mend what failed, and send them once more there."
        )
    if deliveries.off:
        found.append(
            f"{deliveries.off} callbacks were switched off because they could not be reached. See "
            "/admin/activity/callback/?is_on__exact=0."
        )
    if answered is not None and answered.errors:
        found.append(
            f"{answered.errors} of {answered.requests} requests since the start were answered by "
            "an error of the server. The log says which: look for ERROR."
        )
    return found


_NOTIFICATIONS = "/admin/activity/notification/"

"""How the server is doing, in numbers: for `manage.py doctor` and the first page of the admin."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone

from activity import days
from amara_api.kernel import hours, replicas, workers
from amara_api.kernel.models import SlowFetch
from teams.services.delivery import FAILING, WAITING, Deliveries, state_of_deliveries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from activity.days import Day
    from amara_api.kernel.workers import Seen

HOURS = 48
DAY = 24  # hours that are looked at for what is wrong
FETCHES = 10  # slow ones that are told
ENOUGH_SPACE = 100 * 2**20
_KEPT = 60.0  # seconds: a day of records is not counted for every look
# Less than that is bad luck.
_MANY_SLOW, _OF_REQUESTS = 0.05, 200
_MANY_REFUSED = 10
# Since an answer was counted: the server runs.
_SERVING = timedelta(minutes=5)


class Hour(NamedTuple):
    """What happened from ``since`` on, over all processes. ``errors`` are answers of 500 and more,
    ``away`` those of them that were 503; ``waiting`` and ``failing`` deliveries, when the worker
    last looked in that hour."""

    since: datetime
    requests: int = 0
    errors: int = 0
    away: int = 0
    refused: int = 0
    limited: int = 0
    slow: int = 0
    seconds: float = 0.0
    waiting: int = 0
    failing: int = 0
    fetches: int = 0
    fetches_slow: int = 0
    fetches_timed_out: int = 0
    fetches_refused: int = 0


class Replica(NamedTuple):
    """``lag`` in seconds, None where it is not known; ``said`` why there is none."""

    alias: str
    lag: float | None
    said: str = ""


class State(NamedTuple):
    """Sizes in bytes. ``hours`` is None where requests are not counted. ``is_serving``: whether
    requests were answered in the last minutes, as far as is known."""

    database: str
    database_bytes: int
    replicas: list[Replica]
    disk_free: int
    disk_total: int
    deliveries: Deliveries
    workers: list[Seen]
    is_serving: bool
    hours: list[Hour] | None
    fetches: list[SlowFetch]
    days: list[Day]

    @property
    def last_day(self) -> Hour | None:
        """The last 24 hours in one."""
        return None if self.hours is None else _sum(self.hours[-DAY:])

    @property
    def worker(self) -> Seen | None:
        """One that lives, the one that has lived longest; else the one that died last."""
        living = [each for each in self.workers if each.is_alive]
        if living:
            return min(living, key=lambda each: each.started)
        return self.workers[0] if self.workers else None

    def as_json(self) -> dict[str, object]:
        deliveries = self.deliveries._asdict()
        deliveries["overdue"] = self.deliveries.overdue.total_seconds()
        return {
            "database": {
                "kind": self.database,
                "bytes": self.database_bytes,
                "replicas": [each._asdict() for each in self.replicas],
            },
            "disk": {"free": self.disk_free, "total": self.disk_total},
            "deliveries": deliveries,
            "workers": [
                {
                    **each._asdict(),
                    "started": each.started.isoformat(),
                    "seen": each.seen.isoformat(),
                    "stopped": each.stopped and each.stopped.isoformat(),
                }
                for each in self.workers
            ],
            "requests": None
            if self.hours is None
            else {
                each.since.isoformat(): {
                    name: value for name, value in each._asdict().items() if name != "since"
                }
                for each in self.hours
            },
            "slow_fetches": [
                {
                    "at": each.created.isoformat(),
                    "host": each.host,
                    "seconds": each.seconds,
                    "failed": each.failed,
                }
                for each in self.fetches
            ],
            "versions": {str(day.date): day.versions for day in self.days},
        }


def now() -> State:
    """What can be told in a few statements, whatever the size of the tables."""
    folder = Path(settings.DATA_DIR)
    # Where there is none yet, or none is used, the disk is the one that it would lie on.
    disk = shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.is_dir()))
    counted, seen = hours.are_kept(), workers.seen()
    return State(
        {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor),
        _database_bytes(),
        [_replica(alias) for alias in replicas.aliases()],
        disk.free,
        disk.total,
        state_of_deliveries(),
        seen,
        counted and _is_serving(seen),
        _hours() if counted else None,
        list(SlowFetch.objects.order_by("-created")[:FETCHES]),
        _days(),
    )


def _is_serving(seen: list[Seen]) -> bool:
    """Since the last worker stopped, too: `serve` ends its own when it has ended itself."""
    written = hours.written()
    if written is None or written < timezone.now() - _SERVING:
        return False
    return all(each.stopped is None or each.stopped < written for each in seen)


def _database_bytes() -> int:
    if connection.vendor == "sqlite":
        path = Path(str(settings.DATABASES["default"]["NAME"]))
        return path.stat().st_size if path.is_file() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _replica(alias: str) -> Replica:
    try:
        lag = replicas.lag(alias)
    except (DatabaseError, InterfaceError):
        return Replica(alias, None, "away")
    return Replica(alias, lag, "" if lag is not None else "no replica, or it has no log yet")


# Columns of `Hour` that are one name each.
_NAMES = {
    "limited": hours.LIMITED,
    "away": hours.AWAY,
    "refused": "4xx",
    "slow": hours.SLOW_ANSWERS,
    "waiting": WAITING,
    "failing": FAILING,
    "fetches": hours.FETCHES,
    "fetches_slow": hours.FETCHES_SLOW,
    "fetches_timed_out": hours.FETCHES_TIMED_OUT,
    "fetches_refused": hours.FETCHES_REFUSED,
}


def _hours() -> list[Hour]:
    """The last `HOURS`, the oldest first; the last of them is not over."""
    this = timezone.now().replace(minute=0, second=0, microsecond=0)
    dates = [this - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    names = {*hours.REQUESTS, hours.SECONDS, *_NAMES.values()}
    found = hours.by_hour(names, dates[0])

    def value(name: str, since: datetime) -> int:
        return int(found[name].get(since, 0))

    return [
        Hour(
            since,
            requests=sum(value(name, since) for name in hours.REQUESTS),
            errors=sum(value(name, since) for name in hours.ERRORS),
            seconds=round(found[hours.SECONDS].get(since, 0.0), 3),
            **{column: value(name, since) for column, name in _NAMES.items()},
        )
        for since in dates
    ]


def _sum(of: list[Hour]) -> Hour:
    """What happened in all of them; the deliveries as they were in the last."""
    summed = [sum(column) for column in zip(*(each[1:] for each in of), strict=True)]
    total = Hour(of[0].since, *summed)
    return total._replace(waiting=of[-1].waiting, failing=of[-1].failing)


_counted: dict[date, tuple[float, list[Day]]] = {}


def _days() -> list[Day]:
    today = timezone.now().date()
    kept = _counted.get(today)
    if kept is not None and kept[0] > monotonic():
        return kept[1]
    found = days.versions()
    _counted.clear()
    _counted[today] = (monotonic() + _KEPT, found)
    return found


def forget() -> None:
    """What was counted, for tests."""
    _counted.clear()


# --- what is wrong -------------------------------------------------------------------------------


def troubles(state: State, *, is_serving: bool | None = None) -> list[str]:
    """What an operator should look at, each with what helps. ``is_serving``: whoever answers a
    request knows."""
    serving = state.is_serving if is_serving is None else is_serving
    return [
        *_of_the_worker(state, serving=serving),
        *_of_deliveries(state.deliveries),
        *_of_requests(state.last_day),
    ]


def low_disk(free: int) -> Iterator[str]:
    if free < ENOUGH_SPACE:
        yield f"Only {free // 2**20} MiB are free where {settings.DATA_DIR} lies."


_HELPS = "Run `manage.py deliver`, or `manage.py serve` with AMARA_DELIVER on."


def _of_the_worker(state: State, *, serving: bool) -> Iterator[str]:
    """One that was told to stop is missed only while the server runs."""
    last = state.worker
    if last is None or last.stopped:
        if serving:
            yield (
                "No worker runs: events for callbacks, daily digests and the counts of lists wait. "
                f"{_HELPS}"
            )
    elif not last.is_alive:
        minutes = int((timezone.now() - last.seen).total_seconds() // 60)
        yield f"No worker was seen for {minutes} minutes; the last was {last.name}. {_HELPS}"


def _of_deliveries(deliveries: Deliveries) -> Iterator[str]:
    if deliveries.nobody_sends:
        minutes = int(deliveries.overdue.total_seconds() // 60)
        yield (
            f"Events for callbacks have been due for {minutes} minutes and nobody posts them. "
            f"{_HELPS}"
        )
    if deliveries.failing:
        yield (
            f"{deliveries.failing} events for callbacks wait and have failed before. See "
            f"{_NOTIFICATIONS}?state=failing for what failed; `manage.py deliver --once` tries "
            "what is due."
        )
    if deliveries.given_up:
        yield (
            f"{deliveries.given_up} events of the last day never arrived. See "
            f"{_NOTIFICATIONS}?state=given-up, mend what failed, and send them once more there."
        )
    if deliveries.off:
        yield (
            f"{deliveries.off} callbacks were switched off because they could not be reached. See "
            "/admin/activity/callback/?is_on__exact=0."
        )


_NOTIFICATIONS = "/admin/activity/notification/"


def _of_requests(last_day: Hour | None) -> Iterator[str]:
    if last_day is None:
        return
    if broken := last_day.errors - last_day.away:
        yield (
            f"{broken} of {last_day.requests} requests of the last {DAY} hours were answered by "
            "an error of the server. The log says which: look for ERROR."
        )
    if last_day.requests >= _OF_REQUESTS and last_day.slow > _MANY_SLOW * last_day.requests:
        yield (
            f"{last_day.slow} of {last_day.requests} answers of the last {DAY} hours took more "
            "than a second. AMARA_LOG_FORMAT=json, or /metrics, tells which; docs/performance.md, "
            "what helps."
        )
    if last_day.fetches_refused >= _MANY_REFUSED:
        yield (
            f"{last_day.fetches_refused} fetches of the last {DAY} hours found no place: "
            f"AMARA_FETCHES is {settings.AMARA_FETCHES} for each worker. Set it, and THREADS, "
            "higher, or see at the slow fetches whose server keeps them."
        )


# --- as people read it ---------------------------------------------------------------------------


class Fact(NamedTuple):
    """``link`` is where more is told, if anywhere."""

    name: str
    value: str
    link: str = ""


def facts(state: State) -> list[Fact]:
    """The numbers of now."""
    sent = reverse("admin:activity_notification_changelist")
    callbacks = reverse("admin:activity_callback_changelist")
    deliveries = state.deliveries
    return [
        Fact("Worker", _worker(state)),
        *_requests(state.last_day),
        Fact("Deliveries that wait", str(deliveries.waiting), f"{sent}?state=waiting"),
        Fact("… and have failed", str(deliveries.failing), f"{sent}?state=failing"),
        Fact("… given up in a day", str(deliveries.given_up), f"{sent}?state=given-up"),
        Fact("Callbacks given up", str(deliveries.off), f"{callbacks}?is_on__exact=0"),
        Fact("Database", f"{state.database}, {_size(state.database_bytes)}"),
        *(Fact(f"… its {each.alias}", _lag(each)) for each in state.replicas),
        Fact("Disk", f"{_size(state.disk_free)} of {_size(state.disk_total)} free"),
    ]


def _worker(state: State) -> str:
    last = state.worker
    if last is None:
        return "none was seen in the last day"
    if last.stopped:
        return f"none; {last.name} was told to stop at {_time(last.stopped)}"
    if not last.is_alive:
        return f"none; {last.name} was last seen at {_time(last.seen)}"
    number = sum(each.is_alive for each in state.workers)
    others = "" if number == 1 else f", the oldest of {number}"
    return (
        f"alive since {_time(last.started)}, last seen at {_time(last.seen)} ({last.name}){others}"
    )


def _requests(last_day: Hour | None) -> Iterator[Fact]:
    name = f"Requests in {DAY} hours"
    if last_day is None:
        yield Fact(name, "not counted: AMARA_FIGURES is off")
        return
    yield Fact(name, str(last_day.requests))
    told = f"{last_day.errors}, {last_day.away} of them 503 (busy, or without the database)"
    yield Fact("… errors of the server", told)
    yield Fact("… refused by limits (429)", str(last_day.limited))
    average = 1000 * last_day.seconds / last_day.requests if last_day.requests else 0
    slow = f"{last_day.slow}; {average:.0f} ms on average"
    yield Fact("… slower than a second", slow)
    yield Fact(
        f"Fetches in {DAY} hours",
        f"{last_day.fetches}: {last_day.fetches_slow} slow, {last_day.fetches_timed_out} timed "
        f"out, {last_day.fetches_refused} without a place",
    )


def _lag(replica: Replica) -> str:
    return replica.said if replica.lag is None else f"{replica.lag:.1f} s behind"


def _size(number: int) -> str:
    return filesizeformat(number)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"

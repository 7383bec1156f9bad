"""What is counted by the hour, over all processes, for the first page of the admin and `doctor`.

A request costs one addition in memory. A thread writes what a process has counted half a minute
after it counted something, in one statement of its own: what a process has in this hour so far, so
that a row which is written twice, or late, is right. A process that ends loses what it has not
written, half a minute at most. A database that is away costs nothing but the numbers, and those
only if it stays away until the process ends.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections import Counter, deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Lock, Timer
from time import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Max, Sum
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amara_api.kernel.models import Figure

EVERY = 30.0  # seconds between two times that a process writes
SLOW = 1.0  # seconds that an answer may take
SLOW_FETCH = 5.0  # seconds that somebody else's server may take
KEPT = timedelta(days=45)  # more than any page shows
FETCHES_KEPT = timedelta(days=7)

# The names of what is counted. An answer of 429 or 503 is not among those of its hundred.
ANSWERED = {1: "2xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
LIMITED, AWAY = "429", "503"
REQUESTS = ("2xx", "3xx", "4xx", LIMITED, "5xx", AWAY)
ERRORS = ("5xx", AWAY)
SECONDS, SLOW_ANSWERS = "seconds", "slow"
FETCHES, FETCHES_SLOW, FETCHES_TIMED_OUT, FETCHES_REFUSED = (
    "fetches",
    "fetches-slow",
    "fetches-timed-out",
    "fetches-refused",
)
WRITTEN = "written"  # not how often, but when a process wrote last: seconds since 1970
_HOUR = 3600
_MOST_HOURS = 48  # that are kept in memory while the database is away

_log = logging.getLogger(__name__)


class _Fetch(NamedTuple):
    """Of which a row will be written."""

    created: datetime
    host: str
    seconds: float
    failed: str


class _Counts:
    """Of this process, by the number of the hour since 1970."""

    def __init__(self) -> None:
        self.process = uuid.uuid4().hex
        self.lock = Lock()
        self.writing = Lock()
        self.hours: dict[int, Counter[str]] = {}
        self.fetches: deque[_Fetch] = deque(maxlen=20)
        self.timer: Timer | None = None
        self.told = False


_here = _Counts()


def _begin_anew() -> None:
    """A process that was forked is another one, whatever its parent counts."""
    global _here
    _here = _Counts()


os.register_at_fork(after_in_child=_begin_anew)


def are_kept() -> bool:
    return settings.AMARA_FIGURES


def request(status: int, seconds: float) -> None:
    """One answer."""
    what = ANSWERED.get(status // 100, "5xx")
    if status in (429, 503):
        what = str(status)
    with _here.lock:
        hour = _this_hour()
        hour[what] += 1
        hour[SECONDS] += seconds  # type: ignore[assignment]
        if seconds > SLOW:
            hour[SLOW_ANSWERS] += 1
    _write_soon()


def fetched(
    url: str, seconds: float, *, failed: str = "", timed_out: bool = False, refused: bool = False
) -> None:
    """One fetch for a caller that took so long; ``failed`` says why there is no answer.
    ``refused``: for want of a place, so that nobody was asked."""
    if not are_kept():
        return
    names = [FETCHES]
    if refused:
        names.append(FETCHES_REFUSED)
    elif timed_out:
        names.append(FETCHES_TIMED_OUT)
    elif seconds > SLOW_FETCH:
        names.append(FETCHES_SLOW)
    with _here.lock:
        _this_hour().update(names)
        if len(names) > 1:
            slow = _Fetch(timezone.now(), _host(url), round(seconds, 1), failed[:40])
            _here.fetches.append(slow)
    _write_soon()


def _host(url: str) -> str:
    with suppress(ValueError):
        host = urlsplit(url).hostname or ""
        return "".join(each for each in host if each.isprintable())[:255]
    return ""


def _this_hour() -> Counter[str]:
    number = int(time()) // _HOUR
    hour = _here.hours.get(number)
    if hour is None:
        hour = _here.hours[number] = Counter()
        if len(_here.hours) > _MOST_HOURS:
            del _here.hours[min(_here.hours)]
    return hour


def _write_soon() -> None:
    if _here.timer is not None:
        return
    with _here.lock:
        if _here.timer is not None:
            return
        _here.timer = timer = Timer(EVERY, _in_thread)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            # No thread is to be had now, or the process ends: the next request tries again.
            _here.timer = None


def _in_thread() -> None:
    _here.timer = None
    try:
        write()
    finally:
        connection.close()


def write() -> bool:
    """Write what this process has counted; whether it was written. Raises nothing."""
    # Not above: what writes the log counts too, and is read before there are models.
    from amara_api.kernel.models import Figure, SlowFetch

    here = _here
    with here.writing:
        with here.lock:
            this_hour = int(time()) // _HOUR
            counted = {number: Counter(hour) for number, hour in here.hours.items()}
            fetches = list(here.fetches)
        if counted:
            counted[max(counted)][WRITTEN] = int(time())
        try:
            keep(
                Figure(what=what, since=_moment(number), process=here.process, value=value)
                for number, hour in counted.items()
                for what, value in hour.items()
            )
            if fetches:
                SlowFetch.objects.bulk_create(SlowFetch(**each._asdict()) for each in fetches)
        except Exception as error:  # the numbers are worth nobody's trouble
            if not here.told:
                said = str(error).partition("\n")[0]
                _log.warning("Figures cannot be written, and are tried again: %s", said)
            here.told = True
            return False
        here.told = False
        with here.lock:
            written = {id(each) for each in fetches}
            left = [each for each in here.fetches if id(each) not in written]
            here.fetches = deque(left, maxlen=here.fetches.maxlen)
            for number in counted:
                if number < this_hour:
                    # It was over when it was read, so nothing was added since.
                    here.hours.pop(number, None)
    return True


def keep(figures: Iterable[Figure]) -> None:
    """Put these in the place of those of the same name, time and process."""
    from amara_api.kernel.models import Figure

    rows = list(figures)
    if rows:
        Figure.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["what", "since", "process"],
            update_fields=["value"],
        )


def by_hour(names: Iterable[str], first: datetime) -> dict[str, dict[datetime, float]]:
    """The sums over all processes, by name and hour, from ``first`` on."""
    from amara_api.kernel.models import Figure

    found: dict[str, dict[datetime, float]] = {name: {} for name in names}
    rows = Figure.objects.filter(what__in=list(found), since__gte=first)
    summed = rows.order_by().values_list("what", "since").annotate(sum=Sum("value"))
    for what, since, value in summed:
        found[what][since] = value
    return found


def written() -> datetime | None:
    """When a process that answers requests wrote last, if that is not hours ago."""
    from amara_api.kernel.models import Figure

    lately = Figure.objects.filter(what=WRITTEN, since__gte=timezone.now() - timedelta(hours=2))
    newest = lately.aggregate(newest=Max("value"))["newest"]
    return None if newest is None else datetime.fromtimestamp(newest, UTC)


def _moment(number: int) -> datetime:
    return datetime.fromtimestamp(number * _HOUR, UTC)


def forget() -> None:
    """What this process has counted, for tests."""
    if _here.timer is not None:
        _here.timer.cancel()
    _begin_anew()

"""What is guarded: wrong keys, logins, passwords, login links, mails, invitations, new accounts.

Counted in the database by one atomic statement, so that a hundred callers at once are a hundred,
in whatever process. A caller who is over a limit costs no further statement: the process remembers
until when. A count is taken before the thing is tried, and `give_back` takes it off again, so that
tries at the same moment cannot all pass.
"""

from __future__ import annotations

import hashlib
import random
import threading
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from amara_api.kernel import figures
from amara_api.kernel.errors import TooMany
from amara_api.kernel.models import GuardedCount

if TYPE_CHECKING:
    from datetime import datetime

    from amara_api.kernel.limits.rates import Rate

# Of so many new windows one clears away what has ended.
_CLEANING = 50
_REMEMBERED = 10_000
_full: dict[str, datetime] = {}
_lock = threading.Lock()

_TABLE = GuardedCount._meta.db_table
# Both databases know this form; the row is locked while it is counted.
_ADD = f"""
    INSERT INTO {_TABLE} (name, count, until) VALUES (%s, 1, %s)
    ON CONFLICT (name) DO UPDATE SET
        count = CASE WHEN {_TABLE}.until <= %s THEN 1 ELSE {_TABLE}.count + 1 END,
        until = CASE WHEN {_TABLE}.until <= %s THEN excluded.until ELSE {_TABLE}.until END
    RETURNING count, until
"""  # noqa: S608  # nosec B608 # a table of ours


def count(what: str, *whom: object, rate: Rate | None = None) -> None:
    """One more of ``what`` by ``whom``. Raises `TooMany` when that is over the limit.

    ``what`` names a limit of ``settings.AMARA_LIMITS``; ``rate`` stands in for it.
    """
    rate = settings.AMARA_LIMITS[what] if rate is None else rate
    if not rate:
        return
    name = _name(what, whom)
    now = timezone.now()
    if (until := _full.get(name)) and until > now:
        figures.limit_met(what)
        raise TooMany(_seconds(until - now))
    number, until = _add(name, now, rate)
    if number > rate.number:
        _remember(name, until)
        figures.limit_met(what)
        raise TooMany(_seconds(until - now))


def give_back(what: str, *whom: object) -> None:
    """It went well, so it is not to be held against anybody."""
    name = _name(what, whom)
    with _lock:
        _full.pop(name, None)
    GuardedCount.objects.filter(name=name, count__gt=0).update(count=F("count") - 1)


def number_of(what: str, *whom: object) -> int:
    """How many there were in the window that has not ended."""
    found = GuardedCount.objects.filter(name=_name(what, whom), until__gt=timezone.now())
    return found.values_list("count", flat=True).first() or 0


def forget() -> None:
    """What the process remembers, for tests."""
    with _lock:
        _full.clear()


def _name(what: str, whom: tuple[object, ...]) -> str:
    told = "\0".join([what, *(str(part) for part in whom)])
    return hashlib.sha256(told.encode()).hexdigest()


def _add(name: str, now: datetime, rate: Rate) -> tuple[int, datetime]:
    until = now + timedelta(seconds=rate.seconds)
    adapt = connection.ops.adapt_datetimefield_value
    times = [adapt(until), adapt(now), adapt(now)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [name, *times])
        number, ends = cursor.fetchone()
    if number == 1 and random.random() < 1 / _CLEANING:  # noqa: S311  # nosec B311 # no secret
        GuardedCount.objects.filter(until__lte=now).delete()
    return number, _aware(ends)


def _aware(value: datetime | str) -> datetime:
    """SQLite's driver hands out what it keeps, a text."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    assert moment is not None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _remember(name: str, until: datetime) -> None:
    with _lock:
        if len(_full) >= _REMEMBERED:
            _full.clear()
        _full[name] = until


def _seconds(left: timedelta) -> int:
    return max(1, ceil(left.total_seconds()))

"""Reads from replicas of the database: only of one that has all that has been stored.

Before a request reads, the primary says up to where its log is safe on disk, which is behind
everything that anybody has been told is saved. A replica that has replayed the log up to there
shows no less than the primary would. One that has not, or is away, is not asked: the primary is.
docs/adr/0031-replicas-that-show-no-less.md.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
    transaction,
)

if TYPE_CHECKING:
    from django.db.models import Model

T = TypeVar("T")
_log = logging.getLogger(__name__)
# How often one that is a little behind is looked at, and the seconds between.
_LOOKS, _PAUSE = 3, 0.001
# Seconds in which one is not asked that was behind even so, and one that was away.
_BEHIND, _AWAY = 0.25, 10.0
_POSITION = "SELECT p::text, pg_walfile_name(p) FROM pg_current_wal_flush_lsn() AS p"
_HAS = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
_LAG = (
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL "
    "WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
    "ELSE EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()) END"
)
# The newest that it is sure to follow; it may be on a newer one already.
_TIMELINE = (
    "SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) "
    "FROM pg_control_checkpoint() AS c, pg_control_recovery() AS r"
)


class Lost(Exception):
    """The replica could not finish what it was asked."""


class Position(NamedTuple):
    """A place in the primary's log. Each new primary begins another ``timeline``, and places of
    two of them cannot be compared."""

    place: str
    timeline: int


class _Here(threading.local):
    """What this thread reads from, and which timeline its connections are known to have reached."""

    alias: str | None = None

    def __init__(self) -> None:
        self.reached: dict[str, tuple[object, int]] = {}


_here = _Here()
_rests_until: dict[str, float] = {}


class Router:
    """Django's ``DATABASE_ROUTERS``. Every write goes to the primary, and so does all that is read
    in the same request after it, or inside a transaction."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        return current()

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        leave()
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == DEFAULT_DB_ALIAS


def current() -> str:
    """The alias of the database that this thread reads from now."""
    alias = _here.alias
    if alias is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return alias


def leave() -> None:
    """From here on this request reads from the primary: what it is about to write must follow from
    what is there."""
    _here.alias = None


def in_use() -> bool:
    return _here.alias is not None


def read(act: Callable[[], T]) -> T:
    """``act()``, with what it reads from a replica where one may be asked.

    If the replica fails amid that (``act`` raises `Lost`), it is done again from the primary. All
    is read in one transaction, so that a pooler or balancer leads to one server for all of it.
    """
    for alias, position in _candidates():
        try:
            with transaction.atomic(using=alias):
                if not _has(alias, position):
                    _rest(alias, _BEHIND)
                    continue
                _here.alias = alias
                return act()
        except (Lost, OperationalError, InterfaceError, InternalError) as error:
            _rest(alias, _AWAY)
            said = str(error.__cause__ or error).partition("\n")[0]
            _log.warning("%s does not answer, so the primary does: %s", alias, said)
        finally:
            _here.alias = None
    return act()


def aliases() -> list[str]:
    return [alias for alias in settings.DATABASES if alias != DEFAULT_DB_ALIAS]


def follows(alias: str) -> bool:
    """Whether this is a replica at all. Raises what the database does."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])


def lag(alias: str) -> float | None:
    """Seconds that the replica is behind in what it has received; None where it cannot tell, or is
    none. Raises what the database does."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_LAG)
        (seconds,) = cursor.fetchone()
    return None if seconds is None else float(seconds)


def forget() -> None:
    """Which replicas rest, for tests."""
    _rests_until.clear()


def _candidates() -> list[tuple[str, Position]]:
    if not settings.DATABASE_ROUTERS or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return []
    now = time.monotonic()
    rested = [alias for alias in aliases() if _rests_until.get(alias, 0.0) <= now]
    if not rested:
        return []
    try:
        position = _position()
    except (DatabaseError, InterfaceError):
        # Whoever makes the answer says so.
        return []
    random.shuffle(rested)
    return [(alias, position) for alias in rested]


def _position() -> Position:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_POSITION)
        place, file = cursor.fetchone()
    return Position(place, int(file[:8], 16))


def _has(alias: str, position: Position) -> bool:
    """Whether the replica shows all that the log has up to ``position``. Raises `Lost`."""
    try:
        return _shows(alias, position)
    except (DatabaseError, InterfaceError) as error:
        # Whatever it is: it may also be an account that may not ask this.
        raise Lost from error


def _shows(alias: str, position: Position) -> bool:
    with connections[alias].cursor() as cursor:
        for look in range(_LOOKS):
            if look:
                time.sleep(_PAUSE * look)
            cursor.execute(_HAS, [position.place])
            if cursor.fetchone()[0]:
                break
        else:
            return False
        link = connections[alias].connection
        known, timeline = _here.reached.get(alias, (None, 0))
        if known is link and timeline == position.timeline:
            return True
        cursor.execute(_TIMELINE)
        (timeline,) = cursor.fetchone()
    _here.reached[alias] = (link, timeline)
    return bool(timeline == position.timeline)


def _rest(alias: str, seconds: float) -> None:
    _rests_until[alias] = time.monotonic() + seconds

"""What says whether anything in the database has changed.

Two equal stamps mean that every statement between them saw the same data. Each is one statement
that reads no table, or a column of one that is needed anyway.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.signals import connection_created
from django.db.models import Func, TextField
from django.db.models.functions import Cast

from amara_api.kernel.cursors import rows_of

if TYPE_CHECKING:
    from django.db.models import Expression

# In a request's META: the stamp from before anything was read for it.
SEEN = "amara.stamp"
# Counts connections: another one may lead to another server, whose numbers mean something else.
_links = 0


class Stamp(NamedTuple):
    """``scope`` says within what ``state`` means anything: with these connections, or on one."""

    scope: object
    state: tuple[object, ...]


def _count_link(**about: object) -> None:
    global _links
    _links += 1


connection_created.connect(_count_link, dispatch_uid="stamps")


def scope() -> object:
    """Of the stamps of this thread now."""
    # Every look through `connection` finds it anew.
    here = connections[DEFAULT_DB_ALIAS]
    here.ensure_connection()
    # What SQLite tells means nothing to another connection.
    return _Same(here.connection) if here.vendor == "sqlite" else _links


def is_in_a_statement() -> bool:
    """Whether `column` is a stamp, on this database. Replicas have numbers of their own."""
    return _vendor() == "postgresql" and not settings.DATABASE_ROUTERS


@cache
def _vendor() -> str:
    return str(connection.vendor)


def column() -> Expression:
    """The stamp of the statement that it is in, for `of_column`."""
    return Cast(Func(function="pg_current_snapshot"), TextField())


def of_column(value: str) -> Stamp | None:
    return None if connection.in_atomic_block else Stamp(_links, (value,))


def now() -> Stamp | None:
    """None where it cannot be told: inside a transaction, whose own changes no stamp tells of."""
    link = connections[DEFAULT_DB_ALIAS]
    if link.in_atomic_block:
        return None
    here = scope()
    if link.vendor == "postgresql":
        # Which transactions are done, and which are under way: what a statement sees follows.
        [state] = rows_of(link, "SELECT pg_current_snapshot()::text")
        return Stamp(here, state)
    if link.vendor == "sqlite":
        [(others,)] = rows_of(link, "PRAGMA data_version")
        # The number tells of what other connections committed.
        return Stamp(here, (others, link.connection.total_changes))
    return None


class _Same:
    """Equal where it is the same connection; holds it, so that no later one has its place."""

    __slots__ = ("_link",)

    def __init__(self, link: object) -> None:
        self._link = link

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._link is self._link

    def __hash__(self) -> int:
        return id(self._link)

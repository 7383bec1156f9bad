"""Statements that PostgreSQL reads and plans once a connection, and then only runs.

For one that finds a few rows by their keys, planning takes longer than running it. It is prepared
under a name that is made of its text, so whatever has that name on any connection is the same.

Not inside a transaction, where an error could not be taken back, and not behind a pooler, which
gives each statement another connection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import utils

from amara_api.kernel.cursors import cursor_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from amara_api.kernel.cursors import QuickCursor
    from amara_api.kernel.shapes import Data

# What a name is answered that the connection does not have, that it has already, and whose plan is
# from before a column was changed.
_LOST, _THERE, _OUTDATED = "26000", "42P05", "0A000"
# Statements that a connection plans at most: a plan takes some tens of kilobytes there.
_MOST = 250


class _Link:
    """A connection of the driver: the names that it knows, and how it plans now."""

    def __init__(self, driver: object) -> None:
        self.driver = driver
        self.names = set[str]()
        self.mode = ""


_links: WeakKeyDictionary[BaseDatabaseWrapper, _Link] = WeakKeyDictionary()


class Planned:
    """One statement, as ``cursor.execute`` takes it.

    ``one_plan``: the same plan is good whatever is asked for, so PostgreSQL makes no other. Without
    it PostgreSQL plans for what is asked for, unless it thinks that this is in vain. ``constants``
    are the values that are always the same, by their places: the plan is made for these.
    """

    def __init__(
        self, sql: str, *, one_plan: bool, constants: Mapping[int, Data] | None = None
    ) -> None:
        self.sql = sql
        self._mode = "force_generic_plan" if one_plan else "auto"
        self._constants = dict(constants or {})
        told = repr((sql, sorted(self._constants.items())))
        self.name = f"amara_{hashlib.sha256(told.encode()).hexdigest()[:40]}"
        pieces = re.split(r"(%s|%%)", sql)
        places = [i for i, piece in enumerate(pieces) if piece == "%s"]
        self._asked = [n for n in range(len(places)) if n not in self._constants]
        for number, n in enumerate(self._asked, 1):
            pieces[places[n]] = f"${number}"
        self._prepare = f"PREPARE {self.name} AS {''.join(pieces)}"
        if not self._constants:
            self._prepare = self._prepare.replace("%%", "%")
        given = ", ".join(["%s"] * len(self._asked))
        self._execute = f"EXECUTE {self.name}({given})" if given else f"EXECUTE {self.name}"

    def rows(
        self, connection: BaseDatabaseWrapper, values: Sequence[Data]
    ) -> list[tuple[Data, ...]]:
        with cursor_of(connection) as cursor:
            self.run(connection, cursor, values)
            rows: list[tuple[Data, ...]] = cursor.fetchall()
            return rows

    def run(
        self,
        connection: BaseDatabaseWrapper,
        cursor: CursorWrapper | QuickCursor,
        values: Sequence[Data],
    ) -> None:
        if not may_plan(connection):
            cursor.execute(self.sql, values)
            return
        link = _link(connection)
        if self.name not in link.names and len(link.names) >= _MOST:
            cursor.execute(self.sql, values)
            return
        try:
            if self.name not in link.names:
                constants = [value for _, value in sorted(self._constants.items())]
                cursor.execute(self._prepare, constants or None)
                link.names.add(self.name)
            # Together, for each is a way to the server and back.
            mode = "" if link.mode == self._mode else f"SET plan_cache_mode = {self._mode}; "
            cursor.execute(mode + self._execute, [values[n] for n in self._asked])
            link.mode = self._mode
        except utils.Error as error:
            # The mode went with what failed.
            link.mode = ""
            code = getattr(error.__cause__, "pgcode", None)
            if code not in (_LOST, _THERE, _OUTDATED):
                raise
            if code == _OUTDATED:
                cursor.execute(f"DEALLOCATE {self.name}")
            # Whoever gave the name that is there already gave it to the same.
            (link.names.add if code == _THERE else link.names.discard)(self.name)
            cursor.execute(self.sql, values)


def may_plan(connection: BaseDatabaseWrapper) -> bool:
    # `poolers` turns such cursors off, for the same reason.
    pooled = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return connection.vendor == "postgresql" and not connection.in_atomic_block and not pooled


def _link(connection: BaseDatabaseWrapper) -> _Link:
    link = _links.get(connection)
    if link is None or link.driver is not connection.connection:
        link = _links[connection] = _Link(connection.connection)
    return link

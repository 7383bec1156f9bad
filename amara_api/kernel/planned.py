"""Statements that PostgreSQL reads and plans once a connection, and then only runs.

For one that finds a few rows by their keys, planning takes longer than running it. It is prepared
under a name that is made of its text, so whatever has that name on any connection is the same.

Not inside a transaction, where an error could not be taken back, and not behind a pooler, which
gives each statement another connection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import utils

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from amara_api.kernel.shapes import Data

# What a name is answered that the connection does not have, or has already; and a plan of before
# a column was changed.
_LOST = {"26000", "42P05", "0A000"}
# The connection of the driver, which may be another one by now, and the names that it knows.
_known: WeakKeyDictionary[BaseDatabaseWrapper, tuple[object, set[str]]] = WeakKeyDictionary()


class Planned:
    """One statement, as ``cursor.execute`` takes it."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.name = f"amara_{hashlib.sha256(sql.encode()).hexdigest()[:40]}"
        pieces = re.split(r"(%s|%%)", sql)
        count = 0
        for i, piece in enumerate(pieces):
            if piece == "%s":
                count += 1
                pieces[i] = f"${count}"
            elif piece == "%%":
                pieces[i] = "%"
        self._prepare = f"PREPARE {self.name} AS {''.join(pieces)}"
        given = ", ".join(["%s"] * count)
        self._execute = f"EXECUTE {self.name}({given})" if count else f"EXECUTE {self.name}"

    def run(
        self, connection: BaseDatabaseWrapper, cursor: CursorWrapper, values: Sequence[Data]
    ) -> None:
        if not may_plan(connection):
            cursor.execute(self.sql, values)
            return
        try:
            names = _names(connection)
            if self.name not in names:
                cursor.execute(self._prepare)
                names.add(self.name)
            cursor.execute(self._execute, values)
        except utils.Error as error:
            if getattr(error.__cause__, "pgcode", None) not in _LOST:
                raise
            _known.pop(connection, None)
            cursor.execute(self.sql, values)


def may_plan(connection: BaseDatabaseWrapper) -> bool:
    # `poolers` turns such cursors off, for the same reason.
    pooled = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return connection.vendor == "postgresql" and not connection.in_atomic_block and not pooled


def _names(connection: BaseDatabaseWrapper) -> set[str]:
    of, names = _known.get(connection, (None, set[str]()))
    if of is not connection.connection:
        names = set()
        _known[connection] = connection.connection, names
    return names

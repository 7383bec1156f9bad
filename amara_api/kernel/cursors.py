"""Cursors for statements that are asked all day.

Django's own costs more than thirty calls of functions a statement, which lists with four of them
feel. What it does for others is left to it: statements that are counted or logged, connections that
are to be tried first, or are not open yet.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from amara_api.kernel.shapes import Data


class QuickCursor:
    """The driver's, with errors as Django names them, and refused where Django would."""

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        with connection.wrap_database_errors:
            self._cursor: Data = connection.create_cursor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # As Django does: what went wrong has been told, or nothing did.
        with suppress(self._connection.Database.Error):  # type: ignore[attr-defined]
            self._cursor.close()

    def execute(self, sql: str, values: Sequence[Data] | None = None) -> None:
        connection = self._connection
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            self._cursor.execute(sql, values)

    def fetchall(self) -> list[tuple[Data, ...]]:
        # SQLite finds rows, and what is wrong with them, only now.
        with self._connection.wrap_database_errors:
            rows: list[tuple[Data, ...]] = self._cursor.fetchall()
            return rows


def cursor_of(connection: BaseDatabaseWrapper) -> CursorWrapper | QuickCursor:
    """The quick one, where Django's would do nothing more."""
    if (
        connection.connection is None
        or connection.execute_wrappers
        or connection.queries_logged
        or connection.health_check_enabled  # type: ignore[attr-defined]
    ):
        return connection.cursor()
    return QuickCursor(connection)


def rows_of(
    connection: BaseDatabaseWrapper, sql: str, values: Sequence[Data] | None = None
) -> list[tuple[Data, ...]]:
    """What one statement finds."""
    with cursor_of(connection) as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Data, ...]] = cursor.fetchall()
        return rows

"""SQL that reads a list together with its notes, in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import DateTimeField

from teams.long_lists.things import IDS, Question, Row, Thing, notes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

from teams.models import ListNote


def rows_of(
    sql: str, parameters: Sequence[Data] = (), *, using: str = DEFAULT_DB_ALIAS
) -> list[tuple[Data, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Data, ...]] = cursor.fetchall()
        return rows


def sql_of(found: QuerySet[Row, tuple[Data, ...]]) -> tuple[str, tuple[Data, ...]]:
    sql, parameters = found.order_by().query.sql_with_params()
    return str(sql), tuple(parameters)


def change_of(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for the sum of the notes that a question takes."""
    notes, given = sql_of(notes_of(thing, question).values_list("sign"))
    return f"SELECT COALESCE(SUM(sign), 0) FROM ({notes}) AS changes", given


def first_of(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for the lowest id of a row that came, or may have, by the notes that a question takes."""
    notes, given = sql_of(notes_of(thing, question).filter(sign=1).values_list("row_id"))
    return f"SELECT MIN(row_id) FROM ({notes}) AS come", given


def places(column: str, row: str) -> tuple[str, ...]:
    return (row,) if column == IDS else (column, row)


def null_of(column: str) -> str:
    """SQL for a null that has the type of a column."""
    if connection.vendor != "postgresql" or column == IDS:
        return "NULL"
    return f"CAST(NULL AS {'timestamptz' if is_moment(column) else 'integer'})"


def is_moment(column: str) -> bool:
    return isinstance(ListNote._meta.get_field(column), DateTimeField)

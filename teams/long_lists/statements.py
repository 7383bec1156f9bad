"""SQL that reads a list together with its notes, in one statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import DateTimeField

from amara_api.kernel import cursors
from amara_api.kernel.planned import Planned
from teams.long_lists.things import (
    IDS,
    Asked,
    Question,
    Row,
    Thing,
    filled,
    needs_own_plan,
    notes_of,
    parted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

from teams.models import ListNote

# Such numbers fit the smallest columns, and stand in no statement of a list.
_FIRST_MARK = 32_000
_FIRST_MOMENT = datetime(1, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def rows_of(
    sql: str, parameters: Sequence[Data] = (), *, using: str = DEFAULT_DB_ALIAS
) -> list[tuple[Data, ...]]:
    return cursors.rows_of(connections[using], sql, parameters)


def sql_of(found: QuerySet[Row, tuple[Data, ...]], *order: str) -> tuple[str, tuple[Data, ...]]:
    sql, parameters = found.order_by(*order).query.sql_with_params()
    return str(sql), tuple(parameters)


def change_of(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for the sum of the notes that a question takes."""
    notes, given = sql_of(notes_of(thing, question).values_list("sign"))
    return f"SELECT COALESCE(SUM(sign), 0) FROM ({notes}) AS changes", given


def first_of(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for the lowest id of a row that came, or may have, by the notes that a question takes."""
    notes, given = sql_of(notes_of(thing, question).filter(sign=1).values_list("row_id"))
    return f"SELECT MIN(row_id) FROM ({notes}) AS come", given


class Later(Enum):
    """A value of a statement that is given when it runs."""

    DIGEST = auto()
    COLUMN = auto()
    LIMIT = auto()
    OFFSET = auto()
    START_KEY = auto()
    START_ROW = auto()
    STOP_KEY = auto()
    STOP_ROW = auto()


# Puts one together for a question: the SQL, and its values or who gives them `Later`.
Compose: TypeAlias = "Callable[[Thing, Question], tuple[str, tuple[Data, ...]]]"


class Statement(NamedTuple):
    """``is_anew``: how it is run best depends on what is asked for, so it is planned each time."""

    planned: Planned
    values: tuple[Data, ...]
    is_anew: bool = False

    @classmethod
    def of(cls, compose: Compose, thing: Thing, question: Question) -> Statement:
        """What ``compose`` makes for a question. For those that differ by what they ask for alone
        it is made once: to put one together takes longer than to run it. Raises EmptyResultSet."""
        # Of two columns that either may say it, one plan for all asks neither's index: it would
        # have to be the best for a team with few rows, and so reads all that the team has. The
        # same goes for a part of an order.
        is_anew = needs_own_plan(question)
        found = parted(thing, question)
        if found is None:
            sql, values = compose(thing, question)
            return cls(Planned(sql, one_plan=False), values, is_anew)
        kind, asked = found
        types = tuple(type(value) for value in asked)
        planned, marks = _of_kind(compose, thing, kind, types)
        given = dict(zip(map(stored, _marks(types)), map(stored, asked), strict=True))
        return cls(planned, tuple(given.get(mark, mark) for mark in marks), is_anew)

    def rows(self, later: Mapping[Data, Data], *, using: str) -> list[tuple[Data, ...]]:
        values = [later.get(value, value) for value in self.values]
        if self.is_anew:
            return rows_of(self.planned.sql, values, using=using)
        return self.planned.rows(connections[using], values)


def _marks(types: tuple[type, ...]) -> list[Asked]:
    """Values that no question asks for, each another one."""
    marks: list[Asked] = []
    for number, each in enumerate(types):
        if each is str:
            marks.append(f"\ue000{number}\ue001")
        elif each is datetime:
            marks.append(_FIRST_MOMENT + timedelta(microseconds=number))
        else:
            marks.append(_FIRST_MARK + number)
    return marks


def stored(value: Asked) -> Data:
    """As a database is given it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


@lru_cache(maxsize=512)
def _of_kind(
    compose: Compose, thing: Thing, kind: str, types: tuple[type, ...]
) -> tuple[Planned, tuple[Data, ...]]:
    sql, values = compose(thing, filled(kind, _marks(types)))
    return Planned(sql, one_plan=False), values


def places(column: str, row: str) -> tuple[str, ...]:
    return (row,) if column == IDS else (column, row)


def null_of(column: str) -> str:
    """SQL for a null that has the type of a column."""
    if connection.vendor != "postgresql" or column == IDS:
        return "NULL"
    return f"CAST(NULL AS {'timestamptz' if is_moment(column) else 'integer'})"


def is_moment(column: str) -> bool:
    return isinstance(ListNote._meta.get_field(column), DateTimeField)

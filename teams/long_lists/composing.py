"""The statements that read a list: its length, what is kept of it, and the ids of a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from amara_api.kernel.nested import COUNT
from teams.long_lists.statements import (
    Compose,
    Later,
    change_of,
    first_of,
    null_of,
    places,
    sql_of,
)
from teams.long_lists.things import (
    IDS,
    LISTS,
    NOTES,
    Question,
    Row,
    Thing,
    everything_of,
    notes_of,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data
    from teams.long_lists.bounds import Part


def column_of(order: Sequence[str]) -> tuple[str, bool]:
    """The column that a list is in the order of, and whether backwards."""
    name = order[0].removeprefix("-")
    return (IDS if name in ("pk", IDS) else name), order[0].startswith("-")


def counted_anew(found: QuerySet[Row], order: tuple[str, ...]) -> tuple[str, tuple[Data, ...]]:
    """The length and the ids of a page of a list that cannot be kept."""
    rows, given = sql_of(found.values_list("pk"))
    page, given_page = _page_of(found, order)
    sql = f"SELECT (SELECT COUNT(*) FROM ({rows}) AS listed), {_list_of(page)}"
    return sql, (*given, *given_page)


@cache
def read_by(order: tuple[str, ...], column: str) -> Compose:
    """The length of a list, and the ids of a page unless it is kept and has ``column``: then bounds
    in the order of this column, and the changes since."""

    def compose(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
        number, given = _number(thing, question)
        everything = everything_of(thing, question)
        if not column and column_of(order) == (IDS, False):
            # A database that begins at the first id would look at all rows of other lists before.
            lowest = "CASE WHEN known.come < known.first THEN known.come ELSE known.first END"
            first = RawSQL(f"COALESCE({lowest}, 0)", ())  # noqa: S611 - ours
            everything = everything.filter(pk__gte=first)
        page, given_page = _page_of(everything, order)
        known, given_known = _known(thing, question)
        if not column:
            return (
                f"SELECT n, {number}, {_list_of(page)}, NULL FROM ({known}) AS known",
                (*given, *given_page, *given_known),
            )
        changes, given_changes = _changes_by(column, thing, question)
        # A branch of CASE that is not taken is not read.
        return (
            f"SELECT n, {number}, CASE WHEN n IS NULL THEN {_list_of(page)} END, "
            f"({_KEPT.format('bounds')} %s), {null_of(column)}, 0, 0 FROM ({known}) AS known "
            f"UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, {changes}",
            (*given, *given_page, Later.DIGEST, Later.COLUMN, *given_known, *given_changes),
        )

    return compose


_KEPT = f"SELECT {{}} FROM {LISTS} WHERE digest = %s AND ordering ="


def _known(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for what is kept of a list, and the lowest id that came since."""
    come, given = first_of(thing, question)
    n, first = (f"({_KEPT.format(name)} '') AS {name}" for name in ("n", "first"))
    return (
        f"SELECT n, first, CASE WHEN first IS NULL THEN NULL ELSE ({come}) END AS come "
        f"FROM (SELECT {n}, {first}) AS kept",
        (*given, Later.DIGEST, Later.DIGEST),
    )


def _number(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for two columns: the rows of a list, or how many more than are kept; and all notes."""
    rows, given = sql_of(everything_of(thing, question).values_list(COUNT))
    changes, given_notes = change_of(thing, question)
    return (
        f"CASE WHEN n IS NULL THEN ({rows}) ELSE ({changes}) END AS number, "
        f"CASE WHEN n IS NULL THEN 0 ELSE (SELECT COUNT(*) FROM {NOTES} WHERE thing = %s) END",
        (*given, *given_notes, thing.name),
    )


def _changes_by(column: str, thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for three columns of the notes, without its SELECT: key, id and sign."""
    changes, given = sql_of(
        notes_of(thing, question).values_list(*places(column, "row_id"), "sign")
    )
    key = null_of(column) if column == IDS else column
    return f"{key}, row_id, sign FROM ({changes}) AS changes", given


class Shape(NamedTuple):
    """What is the same in all parts of an order that one statement is good for."""

    column: str
    is_empty: bool
    begins: bool
    ends: bool

    @classmethod
    def of(cls, part: Part) -> Shape:
        return cls(part.column, part.is_empty, part.start is not None, part.stop is not None)


@cache
def page_by(order: tuple[str, ...], shape: Shape | None) -> Compose:
    """The ids of a page, counted off from the beginning or in a part of the order."""

    def compose(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
        found = everything_of(thing, question)
        for sql, values in _conditions(thing, shape) if shape else ():
            found = found.filter(RawSQL(sql, values, output_field=BooleanField()))  # noqa: S611 - ours
        return _page_of(found, order)

    return compose


def _conditions(thing: Thing, shape: Shape) -> list[tuple[str, tuple[Later, ...]]]:
    column, key = f"{thing.table}.{shape.column}", f"{thing.table}.id"
    start, stop = (Later.START_KEY, Later.START_ROW), (Later.STOP_KEY, Later.STOP_ROW)
    found = list[tuple[str, tuple[Later, ...]]]()
    if shape.column != IDS:
        found.append((f"{column} IS {'' if shape.is_empty else 'NOT '}NULL", ()))
    for is_there, sign, values in ((shape.begins, ">=", start), (shape.ends, "<", stop)):
        if is_there and (shape.column == IDS or shape.is_empty):
            found.append((f"{key} {sign} %s", values[1:]))
        elif is_there:
            # Both columns at once, so that an index can begin there.
            found.append((f"({column}, {key}) {sign} (%s, %s)", values))
    return found


def _page_of(found: QuerySet[Row], order: tuple[str, ...]) -> tuple[str, tuple[Data, ...]]:
    sql, given = sql_of(found.values_list("pk"), *order)
    return f"{sql} LIMIT %s OFFSET %s", (*given, Later.LIMIT, Later.OFFSET)


def _list_of(ids: str) -> str:
    """SQL for the ids that a statement finds, in one column."""
    if connection.vendor == "postgresql":
        return f"ARRAY({ids})"
    return f"(SELECT json_group_array(pk) FROM ({ids}))"

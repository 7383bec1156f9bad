"""A list as it is read: its length, and a place near the page that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Generic

from django.core.exceptions import EmptyResultSet

from amara_api.kernel import replicas
from amara_api.kernel.nested import COUNT
from teams.long_lists.bounds import Bounds, Near, key_of
from teams.long_lists.keeping import MANY, keep, quietly, tidy
from teams.long_lists.statements import (
    Compose,
    Statement,
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
    RANGES,
    THINGS,
    Question,
    Row,
    Thing,
    digest_of,
    everything_of,
    notes_of,
    question_of,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

# Rows: fewer are quickly counted, and a page among so many quickly found.
LARGE = 1_000


class Listed(Generic[Row]):
    """A list in one order, with its length."""

    def __init__(self, found: QuerySet[Row], order: Sequence[str]) -> None:
        self.found, self.order = found, tuple(order)
        self.thing = THINGS[found.model]
        self.question = question_of(found, self.thing)
        self.digest = digest_of(self.thing, self.question) if self.question is not None else ""
        self.is_kept = False
        # No row of it has a smaller id, if that is known.
        self.first: int | None = None
        self.total = self._count()

    @property
    def _has_range(self) -> bool:
        return any(f"__{name}" in str(self.question) for name in RANGES)

    @property
    def found_late(self) -> QuerySet[Row]:
        """The list, said so that a database begins at its first row: in the order of ids it would
        look at all rows of other lists before that."""
        if self.first is None or _column(self.order) != (IDS, False):
            return self.found
        return self.found.filter(pk__gte=self.first)

    @property
    def begins_late(self) -> bool:
        """Whether many rows that are not in the list may come before its first one."""
        return self.is_kept and self._has_range

    def _count(self) -> int:
        """All that must agree is one statement: what is kept, and the notes since."""
        if self.question is None:
            return self.found.count()
        try:
            statement = Statement.of(_counted, self.thing, self.question)
        except EmptyResultSet:
            return 0
        keys = (self.thing.name, self.digest, self.digest)
        [(n, number, come, notes, first)] = statement.rows(*keys, using=replicas.current())
        if n is None:
            total = int(str(number))
            # Who polls asks from another moment each time: kept for deep pages alone.
            if total > LARGE and not self._has_range:
                self._keep()
            return total
        self.is_kept = True
        if first is not None:
            self.first = min(int(str(each)) for each in (first, come) if each is not None)
        if int(str(notes)) > MANY:
            quietly(lambda: tidy(self.thing))
        return int(str(n)) + int(str(number))

    def near(self, limit: int, offset: int) -> Near | None:
        """A place at most some thousand rows before a page. None where none is kept."""
        if self.question is None or len(self.order) > 2 or self.total <= LARGE:
            return None
        if not self.is_kept and not self._keep():
            return None
        column, backwards = _column(self.order)
        if column != IDS and column not in self.thing.columns:
            return None
        bounds = self._bounds(column)
        if bounds is None and quietly(lambda: self._keep_bounds(column)):
            bounds = self._bounds(column)
        return bounds.near(limit, offset, backwards=backwards) if bounds else None

    def _keep(self) -> bool:
        self.is_kept = quietly(lambda: keep(self.thing, self.question or []))
        return self.is_kept

    def _keep_bounds(self, column: str) -> bool:
        return keep(self.thing, self.question or [], column, most=self.total)

    def _bounds(self, column: str) -> Bounds | None:
        statement = Statement.of(_bounds_by(column), self.thing, self.question or [])
        rows = statement.rows(self.digest, column, using=replicas.current())
        written = [str(bounds) for bounds, *_ in rows if bounds]
        if not written:
            return None
        found = Bounds.read(column, written[0])
        for bounds, value, row, sign in rows:
            if not bounds:
                found.add(key_of(value), int(str(row)), int(str(sign)))
        return found


def _counted(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """Then come the thing's name and, twice, the digest."""
    rows, given = sql_of(everything_of(thing, question).values_list(COUNT))
    changes, given_notes = change_of(thing, question)
    come, given_first = first_of(thing, question)
    # A branch of CASE that is not taken is not read.
    kept = f"SELECT {{}} FROM {LISTS} WHERE digest = %s AND ordering = ''"
    return (
        f"SELECT n, CASE WHEN n IS NULL THEN ({rows}) ELSE ({changes}) END, "
        f"CASE WHEN n IS NULL THEN NULL ELSE ({come}) END, "
        f"CASE WHEN n IS NULL THEN 0 ELSE (SELECT COUNT(*) FROM {NOTES} WHERE thing = %s) END, "
        "first "
        f"FROM (SELECT ({kept.format('n')}) AS n, ({kept.format('first')}) AS first) AS known",
        (*given, *given_notes, *given_first),
    )


@cache
def _bounds_by(column: str) -> Compose:
    """Then come the digest and the column."""

    def compose(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
        notes = notes_of(thing, question).values_list(*places(column, "row_id"), "sign")
        changes, given = sql_of(notes)
        key = "NULL" if column == IDS else column
        return (
            f"SELECT '' AS bounds, {key}, row_id, sign FROM ({changes}) AS changes UNION ALL "
            f"SELECT bounds, {null_of(column)}, 0, 0 FROM {LISTS} "
            "WHERE digest = %s AND ordering = %s",
            given,
        )

    return compose


def _column(order: Sequence[str]) -> tuple[str, bool]:
    name = order[0].removeprefix("-")
    return (IDS if name in ("pk", IDS) else name), order[0].startswith("-")

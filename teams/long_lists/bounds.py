"""Places in the order of a list, some thousand rows apart, from which a page is counted off."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, IntegerField, Q, Value

from teams.long_lists.statements import is_moment
from teams.long_lists.things import IDS

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from amara_api.kernel.shapes import Data


class Near(NamedTuple):
    """Where a page is read from: rows that are ``where``, of which ``skipped`` come before it. In
    the order of ids these are from the first of ``ids`` on, and before the second."""

    where: Q
    skipped: int
    ids: tuple[int, int] | None = None


# Pages behind the one that is wanted, in the part of an order that is read for it.
SPARE = 3
# No row has this id or a larger one.
NO_ID = 2**63 - 1


# A value of a column: moments as text that sorts, None where there is none.
Key: TypeAlias = "int | str | None"


def key_of(value: Data) -> Key:
    if isinstance(value, datetime):
        # Not strftime: years before 1000 would be too short to sort.
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, str):  # of SQLite
        return value if "." in value else f"{value}.000000"
    return None if value is None else int(str(value))


class _From(Func):  # type: ignore[explicit-any] # as its stub says
    """Whether a row stands at a place of an order or behind it (`>=`), or before it (`<`). Both
    columns at once, so that an index can begin there."""

    output_field = BooleanField()

    def __init__(self, column: str, sign: str, key: Data, row: int) -> None:
        self.sign = sign
        text = Value(key, output_field=DateTimeField() if is_moment(column) else IntegerField())
        super().__init__(F(column), F("pk"), text, Value(row))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: object, **__: object
    ) -> tuple[str, tuple[Data, ...]]:
        parts: list[str] = []
        parameters: tuple[Data, ...] = ()
        for expression in self.get_source_expressions():
            sql, given = compiler.compile(expression)
            parts.append(sql)
            parameters += tuple(given)
        return f"({parts[0]}, {parts[1]}) {self.sign} ({parts[2]}, {parts[3]})", parameters


class Zone:
    """A part of an order: the rows that have a value in its column, or those that have none. The
    first bound stands at the first row or before it, and moves when one comes that is before."""

    def __init__(self, bounds: list[tuple[int | str, int, int]]) -> None:
        self.places: list[tuple[int | str, int]] = [(key, row) for key, row, _ in bounds]
        self.numbers = [number for *_, number in bounds]

    def add(self, key: int | str, row: int, number: int) -> None:
        at = bisect_right(self.places, (key, row)) - 1
        if at < 0:
            at, self.places[0] = 0, (key, row)
        self.numbers[at] += number

    @property
    def total(self) -> int:
        return sum(self.numbers)

    def end(self, offset: int) -> int:
        """The first bound that ``offset`` rows or more are before; one more than the last where
        that is none."""
        counted = 0
        for at, rows in enumerate(self.numbers):
            if counted >= offset:
                return at
            counted += rows
        return len(self.numbers)

    def begin(self, offset: int) -> int:
        """The last bound that ``offset`` rows or more are at or behind; 0 where that is none."""
        counted = 0
        for at in reversed(range(len(self.numbers))):
            counted += self.numbers[at]
            if counted >= offset:
                return at
        return 0

    def before(self, offset: int) -> tuple[int, int]:
        """The last bound that at most ``offset`` rows are before, and how many there are."""
        at = ahead = counted = 0
        for number, rows in enumerate(self.numbers):
            if counted <= offset:
                at, ahead = number, counted
            counted += rows
        return at, ahead

    def behind(self, offset: int) -> tuple[int, int]:
        """The first bound that at most ``offset`` rows are at or behind, and how many there are.
        One more than the last where that is none."""
        at, ahead, counted = len(self.numbers), 0, 0
        for number in reversed(range(len(self.numbers))):
            counted += self.numbers[number]
            if counted <= offset:
                at, ahead = number, counted
        return at, ahead


class Bounds:
    """The places of a list in the order of one column."""

    def __init__(self, column: str, valued: Zone, empty: Zone) -> None:
        self.column, self.valued, self.empty = column, valued, empty

    @classmethod
    def of(cls, column: str, rows: Iterable[tuple[Key, int, int]]) -> Bounds:
        """``rows``: a key, an id and a number for each bound, in their order."""
        valued, empty = list[tuple["int | str", int, int]](), list[tuple["int | str", int, int]]()
        for key, row, number in rows:
            if key is None:
                empty.append((0, row, number))
            else:
                valued.append((key, row, number))
        first = ("" if column != IDS and is_moment(column) else 0, 0, 0)
        return cls(column, Zone(valued or [first]), Zone(empty or [(0, 0, 0)]))

    @classmethod
    def read(cls, column: str, text: str) -> Bounds:
        valued, empty = json.loads(text)
        return cls(column, Zone(valued), Zone(empty))

    def written(self) -> str:
        zones = (self.valued, self.empty)
        return json.dumps(
            [
                [(*place, number) for place, number in zip(zone.places, zone.numbers, strict=True)]
                for zone in zones
            ]
        )

    def add(self, key: Key, row: int, number: int) -> None:
        if self.column == IDS:
            self.valued.add(0, row, number)
        elif key is None:
            self.empty.add(0, row, number)
        else:
            self.valued.add(key, row, number)

    def near(self, limit: int, offset: int, *, backwards: bool) -> Near | None:
        zones = [self.valued, self.empty]
        if (connection.vendor == "postgresql") == backwards:
            # Where the database has nulls: behind everything, or before.
            zones.reverse()
        first, second = zones
        if offset >= first.total:
            near = self._in(second, limit, offset - first.total, backwards=backwards)
            return near._replace(skipped=first.total + near.skipped)
        if offset + limit <= first.total or not second.total:
            return self._in(first, limit, offset, backwards=backwards)
        return None  # a page of both

    def _in(self, zone: Zone, limit: int, offset: int, *, backwards: bool) -> Near:
        # Both ends, so that a database need not look at all the rows behind the page. Some more
        # than the page has: rows may go before it is read.
        enough = offset + SPARE * limit
        if backwards:
            stop, ahead = zone.behind(offset)
            start = zone.begin(enough)
        else:
            start, ahead = zone.before(offset)
            stop = zone.end(enough)
        where = Q() if self.column == IDS else Q(**{f"{self.column}__isnull": zone is self.empty})
        # What comes before the first bound now belongs to it.
        if start > 0 or not backwards:
            where &= self._side(zone, start, backwards=False)
        if stop < len(zone.places):
            where &= self._side(zone, stop, backwards=True)
        ids = None
        if self.column == IDS and not backwards:
            rows = [row for _, row in zone.places]
            ids = rows[start], rows[stop] if stop < len(rows) else NO_ID
        return Near(where, ahead, ids)

    def _side(self, zone: Zone, at: int, *, backwards: bool) -> Q:
        key, row = zone.places[at]
        if key == "":  # there was none
            return Q()
        if self.column == IDS or zone is self.empty:
            return Q(**{"pk__lt" if backwards else "pk__gte": row})
        value = f"{key}+00:00" if isinstance(key, str) else key
        return Q(_From(self.column, "<" if backwards else ">=", value, row))

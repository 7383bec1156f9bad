"""Places in the order of a list, some thousand rows apart, from which a page is counted off."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import orjson
from django.db import connection

from teams.long_lists.statements import is_moment
from teams.long_lists.things import IDS

if TYPE_CHECKING:
    from amara_api.kernel.shapes import Data

# Pages behind the one that is wanted, in the part of an order that is read for it.
SPARE = 3
# A value of a column: moments as text that sorts, None where there is none.
Key: TypeAlias = "int | str | None"


def key_of(value: Data) -> Key:
    if isinstance(value, datetime):
        # Not strftime: years before 1000 would be too short to sort.
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, str):  # of SQLite
        return value if "." in value else f"{value}.000000"
    return None if value is None else int(str(value))


# A key and an id.
Place: TypeAlias = "tuple[int | str, int]"


class Part(NamedTuple):
    """Rows of an order, from ``start`` on and before ``stop``, of which ``skipped`` come before a
    page. ``is_empty``: those without a value in the column of the order."""

    column: str
    is_empty: bool
    start: Place | None
    stop: Place | None
    skipped: int


class Zone:
    """A part of an order: the rows that have a value in its column, or those that have none. The
    first bound stands at the first row or before it, and moves when one comes that is before."""

    def __init__(self, bounds: list[tuple[int | str, int, int]]) -> None:
        self.places: list[Place] = [(key, row) for key, row, _ in bounds]
        self.numbers = [number for *_, number in bounds]

    def add(self, key: int | str, row: int, number: int) -> None:
        at = bisect_right(self.places, (key, row)) - 1
        if at < 0:
            at, self.places[0] = 0, (key, row)
        self.numbers[at] += number

    @property
    def total(self) -> int:
        return sum(self.numbers)

    def at(self, number: int) -> Place | None:
        """The place of a bound. None behind the last one, and where there was no row."""
        if number == len(self.places) or self.places[number][0] == "":
            return None
        return self.places[number]

    @cached_property
    def _ahead(self) -> list[int]:
        """How many rows come before each bound, and how many there are, when all are added."""
        return [0, *accumulate(self.numbers)]

    @cached_property
    def _behind(self) -> list[int]:
        """From the last bound backwards, the number of rows at or behind each; first comes none."""
        return [0, *accumulate(reversed(self.numbers))]

    def end(self, offset: int) -> int:
        """The first bound that ``offset`` rows or more are before; one more than the last where
        that is none."""
        return min(bisect_left(self._ahead, offset), len(self.numbers))

    def begin(self, offset: int) -> int:
        """The last bound that ``offset`` rows or more are at or behind; 0 where that is none."""
        at = bisect_left(self._behind, offset, lo=1)
        return max(len(self.numbers) - at, 0)

    def before(self, offset: int) -> tuple[int, int]:
        """The last bound that at most ``offset`` rows are before, and how many there are."""
        at = bisect_right(self._ahead, offset, hi=len(self.numbers)) - 1
        return at, self._ahead[at]

    def behind(self, offset: int) -> tuple[int, int]:
        """The first bound that at most ``offset`` rows are at or behind, and how many there are.
        One more than the last where that is none."""
        at = bisect_right(self._behind, offset) - 1
        return len(self.numbers) - at, self._behind[at]


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
        valued, empty = orjson.loads(text)
        return cls(column, Zone(valued), Zone(empty))

    def written(self) -> str:
        zones = (self.valued, self.empty)
        return orjson.dumps(
            [
                [(*place, number) for place, number in zip(zone.places, zone.numbers, strict=True)]
                for zone in zones
            ]
        ).decode()

    def add(self, key: Key, row: int, number: int) -> None:
        if self.column == IDS:
            self.valued.add(0, row, number)
        elif key is None:
            self.empty.add(0, row, number)
        else:
            self.valued.add(key, row, number)

    def near(self, limit: int, offset: int, *, backwards: bool) -> Part | None:
        """The part to read a page from. None for one that has rows with and without a value."""
        zones = [self.valued, self.empty]
        if (connection.vendor == "postgresql") == backwards:
            # Where the database has nulls: behind everything, or before.
            zones.reverse()
        first, second = zones
        if offset >= first.total:
            return self._in(second, limit, offset - first.total, backwards=backwards)
        if offset + limit <= first.total or not second.total:
            return self._in(first, limit, offset, backwards=backwards)
        return None

    def _in(self, zone: Zone, limit: int, offset: int, *, backwards: bool) -> Part:
        # Both ends, so that a database need not look at all the rows behind the page. Some more
        # than the page has: rows may go before it is read.
        enough = offset + SPARE * limit
        if backwards:
            stop, ahead = zone.behind(offset)
            start = zone.begin(enough)
        else:
            start, ahead = zone.before(offset)
            stop = zone.end(enough)
        # What comes before the first bound now belongs to it.
        begins = start > 0 or not backwards
        return Part(
            self.column,
            zone is self.empty,
            zone.at(start) if begins else None,
            zone.at(stop),
            offset - ahead,
        )

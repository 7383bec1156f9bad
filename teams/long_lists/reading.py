"""A list as it is read: its length, and the ids of a page of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Generic

import orjson
from django.core.exceptions import EmptyResultSet

from amara_api.kernel import replicas
from teams.long_lists.bounds import Bounds, Part, key_of
from teams.long_lists.composing import (
    Shape,
    column_of,
    counted_anew,
    page_by,
    read_by,
)
from teams.long_lists.keeping import MANY, keep, quietly, tidy
from teams.long_lists.statements import Later, Statement, rows_of, stored
from teams.long_lists.things import (
    IDS,
    RANGES,
    THINGS,
    Row,
    digest_of,
    question_of,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

# Rows: fewer are quickly counted, and a page among so many quickly found.
LARGE = 500
# From this offset on a page of a long list is read from a place near it, by a statement more.
DEEP = 200


class Listed(Generic[Row]):
    """A list in one order, with its length, and the ids of a page of it.

    The ids come first, and what is printed is looked up with them: joined before they are counted
    off, all the people and videos of a large team would be read for a deep page, and for a near one
    of few rows those of everybody else. To plan that many joins takes longer than to run them, and
    looked up by ids all lists have one plan.
    """

    def __init__(
        self, found: QuerySet[Row], order: Sequence[str], limit: int = 0, offset: int = 0
    ) -> None:
        self.found, self.order, self.limit, self.offset = found, tuple(order), limit, offset
        self.thing = THINGS[found.model]
        self.question = question_of(found, self.thing)
        self.digest = digest_of(self.thing, self.question) if self.question is not None else ""
        self.is_kept = False
        self._ids: list[int] | None = None
        self._bounds: Bounds | None = None
        try:
            self.total = self._read()
        except EmptyResultSet:
            self.total, self._ids = 0, []

    def ids(self) -> list[int]:
        """Of the page, in its order."""
        if self._ids is None:
            self._ids = self._counted_off() if self.offset < self.total else []
        return self._ids

    @cached_property
    def _has_range(self) -> bool:
        return any(f"__{name}" in str(self.question) for name in RANGES)

    @property
    def _is_deep(self) -> bool:
        return self.limit > 0 and self.offset >= DEEP

    @property
    def _bounded(self) -> str:
        """The column whose bounds are wanted. Of a list with a range the first page is far off,
        too: many rows that are not in it may come before."""
        column, _ = column_of(self.order)
        is_noted = len(self.order) <= 2 and (column == IDS or column in self.thing.columns)
        return column if is_noted and (self._is_deep or self._has_range) else ""

    def _read(self) -> int:
        """All that must agree is one statement: what is kept, and the notes since."""
        page = {Later.LIMIT: self.limit, Later.OFFSET: self.offset}
        if self.question is None:
            sql, given = counted_anew(self.found, self.order)
            values = [page.get(value, value) for value in given]
            [(total, ids)] = rows_of(sql, values, using=replicas.current())
            self._ids = _read_ids(ids)
            return int(str(total))
        column = self._bounded
        statement = Statement.of(read_by(self.order, column), self.thing, self.question)
        later = page | {Later.DIGEST: self.digest, Later.COLUMN: column}
        (n, number, notes, ids, bounds, *_), *changes = sorted(
            statement.rows(later, using=replicas.current()), key=lambda row: row[1] is None
        )
        if ids is not None:
            self._ids = _read_ids(ids)
        if n is None:
            total = int(str(number))
            # Who polls asks from another moment each time: kept for deep pages alone.
            if total > LARGE and (self._is_deep or not self._has_range) and self._keep():
                self._keep_bounds(total)
            return total
        self.is_kept = True
        if bounds:
            self._bounds = _with_changes(column, str(bounds), [each[5:] for each in changes])
        if int(str(notes)) > MANY:
            quietly(lambda: tidy(self.thing))
        return int(str(n)) + int(str(number))

    def _keep(self) -> bool:
        self.is_kept = quietly(lambda: keep(self.thing, self.question or []))
        return self.is_kept

    def _keep_bounds(self, most: int) -> bool:
        column = self._bounded
        return bool(column) and quietly(
            lambda: keep(self.thing, self.question or [], column, most=most)
        )

    def _counted_off(self) -> list[int]:
        """From a place near the page."""
        part = self._part()
        later: dict[Data, Data] = {Later.LIMIT: self.limit, Later.OFFSET: self.offset}
        if part is not None:
            later |= _ends_of(part) | {Later.OFFSET: part.skipped}
        compose = page_by(self.order, Shape.of(part) if part else None)
        # Where it begins and ends says which index is best.
        statement = Statement.of(compose, self.thing, self.question or [])._replace(is_anew=True)
        return [int(str(pk)) for (pk,) in statement.rows(later, using=replicas.current())]

    def _part(self) -> Part | None:
        if self._bounds is None and self.total > LARGE and self._keep_bounds(self.total):
            self.total = self._read()
        if self._bounds is None:
            return None
        _, backwards = column_of(self.order)
        return self._bounds.near(self.limit, self.offset, backwards=backwards)


def _with_changes(column: str, written: str, changes: list[tuple[Data, ...]]) -> Bounds:
    bounds = Bounds.read(column, written)
    for value, row, sign in changes:
        bounds.add(key_of(value), int(str(row)), int(str(sign)))
    return bounds


def _ends_of(part: Part) -> dict[Data, Data]:
    """The values of the places where a part begins and ends."""
    ends: dict[Data, Data] = {}
    for place, key, row in (
        (part.start, Later.START_KEY, Later.START_ROW),
        (part.stop, Later.STOP_KEY, Later.STOP_ROW),
    ):
        if place is not None:
            value, ends[row] = place
            is_moment = isinstance(value, str)
            ends[key] = stored(datetime.fromisoformat(f"{value}+00:00")) if is_moment else value
    return ends


def _read_ids(found: Data) -> list[int]:
    ids: list[int] = found if isinstance(found, list) else orjson.loads(str(found))
    return ids

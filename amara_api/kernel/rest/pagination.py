"""Pages by ``limit`` and ``offset``: ``{"meta": {...}, "objects": [...]}``.

The documentation of 2016, Paginated Responses. ``limit`` is 20 unless told and at most 100; a
value that is no number counts as not sent; past the end is an empty page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from rest_framework.request import Request

from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

Row = TypeVar("Row")
Thing = TypeVar("Thing", bound="Model")
# Of lists that have `next_page`: the place that it leads to.
AFTER = "after"
DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_MAX_OFFSET = 2**31 - 1


class Page:
    """The page that a request asks for."""

    def __init__(self, request: Request, default_limit: int = DEFAULT_LIMIT) -> None:
        self.request = request
        self.limit = min(_number(request, "limit", default_limit), MAX_LIMIT)
        self.offset = min(_number(request, "offset", 0), _MAX_OFFSET)

    def of(self, total: int, rows: Callable[[int, int], Sequence[object]]) -> dict[str, Data]:
        """The body. ``rows(limit, offset)`` is not asked for a page that must be empty."""
        empty = self.limit == 0 or self.offset >= total
        return self.body(total, [] if empty else list(rows(self.limit, self.offset)))

    def of_rows(
        self,
        rows: Callable[[int, int], Iterable[Row]],
        count: Callable[[], int],
        printed: Callable[[Sequence[Row]], Sequence[object]],
    ) -> dict[str, Data]:
        """The body. ``rows`` is asked for one more than the page: where there is none, the page
        says how many there are, and ``count`` is not called."""
        found = list(rows(self.limit + 1, self.offset)) if self.limit else []
        return self.body(self.total(found, count), list(printed(found[: self.limit])))

    def total(self, found: Sequence[object], count: Callable[[], int]) -> int:
        """How many there are, of which ``found`` were when one more than the page was asked for."""
        ends = 0 < len(found) <= self.limit or (self.limit > 0 and not found and not self.offset)
        return self.offset + len(found) if ends else count()

    def of_query(
        self,
        found: QuerySet[Thing, Row],
        printed: Callable[[Sequence[Row]], Sequence[object]],
    ) -> dict[str, Data]:
        """The body of a page of a query set, in its order."""
        return self.of_rows(lambda n, start: found[start : start + n], found.count, printed)

    def body(self, total: int, objects: list[object]) -> dict[str, Data]:
        before, after = self.offset - self.limit, self.offset + self.limit
        steps = self.limit > 0
        return {
            "meta": {
                "previous": self._url(max(before, 0)) if steps and self.offset > 0 else None,
                "next": self._url(after) if steps and after < total else None,
                "offset": self.offset,
                "limit": self.limit,
                "total_count": total,
            },
            "objects": objects,
        }

    def after(self, place: str) -> str:
        """The next page by a place in the list. The offset is only what it then says."""
        return f"{self._url(self.offset + self.limit)}&{urlencode({AFTER: place})}"

    @cached_property
    def _here(self) -> str:
        """The address of the list and of its first page."""
        request = self.request
        parameters = [
            (name, value)
            for name, values in request.GET.lists()
            if name not in ("limit", "offset", AFTER)
            for value in values
        ]
        parameters.append(("limit", str(self.limit)))
        here = f"{request.scheme}://{request.get_host()}{request.path}"
        return f"{here}?{urlencode(parameters)}"

    def _url(self, offset: int) -> str:
        return f"{self._here}&offset={offset}" if offset else self._here


def _number(request: Request, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text[:19]) if text.isascii() and text.isdigit() else default

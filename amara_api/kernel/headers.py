"""The headers of answers, as pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpResponseBase


def pairs(response: HttpResponseBase) -> Collection[tuple[str, str]]:
    """Names as they were given, and values. `response.items()` looks each name up again, by six
    functions; a test says that it gives the same."""
    told: dict[str, tuple[str, str]] = response.headers._store
    return told.values()

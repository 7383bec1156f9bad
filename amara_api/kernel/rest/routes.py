"""Finding the route of an address of the API among the few that it can be.

Django tries one route after the other, which for the last of sixty takes longer than the request's
query. These are kept by the words that they have in fixed places; the match is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

from amara_api.kernel.rest import converters

if TYPE_CHECKING:
    from django.urls import ResolverMatch

Route: TypeAlias = URLPattern | URLResolver
# The first part of an address and the third: `teams`, any name, `tasks`.
_Words: TypeAlias = tuple[str | None, str | None]


def below(prefix: str, routes: list[Route], *, namespace: str) -> Routes:
    """As ``path(prefix, include((routes, "api"), namespace))``."""
    return Routes(RoutePattern(prefix), routes, app_name="api", namespace=namespace)


class Routes(URLResolver):
    """Routes with an index."""

    def resolve(self, path: str) -> ResolverMatch:
        prefix = str(self.pattern)
        if path.startswith(prefix):
            first, _, rest = path[len(prefix) :].partition("/")
            third = rest.partition("/")[2].partition("/")[0]
            by_first = self._index.get(first, self._index[None])
            return by_first.get(third, by_first[None]).resolve(path)
        return super().resolve(path)

    @cached_property
    def _index(self) -> dict[str | None, dict[str | None, URLResolver]]:
        """By the first word and the third; None stands for all others."""
        words = [(route, _words(route)) for route in self.url_patterns]
        index: dict[str | None, dict[str | None, URLResolver]] = {}
        for first in {None, *(first for _, (first, _) in words)}:
            near = [(route, third) for route, (word, third) in words if word in (None, first)]
            thirds = {None, *(third for _, third in near)}
            index[first] = {
                third: self._of([route for route, word in near if word in (None, third)])
                for third in thirds
            }
        return index

    def _of(self, routes: Sequence[Route]) -> URLResolver:
        kwargs = self.default_kwargs
        return URLResolver(self.pattern, list(routes), kwargs, self.app_name, self.namespace)


def _words(route: Route) -> _Words:
    """The words that every address of ``route`` has in these places; None where any may stand."""
    pattern = route.pattern
    if not isinstance(pattern, RoutePattern):
        return None, None
    parts = str(pattern).split("/")
    # What is behind the last slash ends nothing: more may come.
    first = parts[0] if len(parts) > 1 and _is_word(parts[0]) else None
    if first is None or len(parts) < 4:
        return first, None
    # No converter of the API takes a slash; those of old addresses may.
    whole = all(isinstance(each, converters.VideoId) for each in pattern.converters.values())
    return first, parts[2] if whole and _is_word(parts[2]) else None


def _is_word(part: str) -> bool:
    return bool(part) and "<" not in part

"""The numbers at the top of the admin's first page, with plots that need no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join

from amara_api import state as server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.utils.safestring import SafeString

    from activity.days import Day
    from amara_api.kernel.shapes import Data
    from amara_api.state import Hour

register = template.Library()

_STEP, _HEIGHT, _FLOOR = 20, 85, 90  # of a bar and its gap, the highest bar, and where all stand
_WIDTH = 14
_SEEN = 3  # the least height of what is not nothing


class Bar(NamedTuple):
    """A rectangle of the plot, in its own units. ``kind`` names its colour: all, or wrong."""

    x: int
    y: int
    width: int
    height: int
    kind: str


class Plot(NamedTuple):
    """Bars over time. ``says`` is the same in words, and ``rows`` below ``head`` in numbers."""

    name: str
    title: str
    says: str
    legend: list[tuple[str, str]]
    bars: list[Bar]
    width: int
    most: int
    first: str
    last: str
    head: list[str]
    rows: list[tuple[str | int, ...]]


@register.simple_tag
def server_state() -> dict[str, Data]:
    now = server.now()
    plots = [_versions(now.days)]
    if now.hours is not None:
        plots = [_requests(now.hours), _deliveries(now.hours), *plots]
    return {
        "troubles": [*server.low_disk(now.disk_free), *server.troubles(now, is_serving=True)],
        "facts": server.facts(now),
        "plots": plots,
        "fetches": now.fetches,
    }


@register.filter
def with_code(said: str) -> SafeString:
    """What stands between backticks, as in the terminal, is code."""
    parts = enumerate(said.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts)
    )


def _requests(hours: list[Hour]) -> Plot:
    total, errors = sum(each.requests for each in hours), sum(each.errors for each in hours)
    most = max(hours, key=lambda each: each.requests)
    return _plot(
        "requests",
        "Requests and errors an hour",
        f"{total} requests in {len(hours)} hours, {errors} of them answered by an error of the "
        f"server; most in the hour from {_hour(most.since)}: {most.requests}.",
        [("all", "requests"), ("wrong", "errors of the server")],
        [(each.requests, each.errors) for each in hours],
        _ends(hours),
        ["Hour (UTC)", "Requests", "Errors", "4xx", "429", "Slow"],
        [
            (
                *(_hour(each.since), each.requests, each.errors),
                *(each.refused, each.limited, each.slow),
            )
            for each in hours
        ],
    )


def _deliveries(hours: list[Hour]) -> Plot:
    most = max(hours, key=lambda each: each.waiting)
    return _plot(
        "deliveries",
        "Deliveries that wait, by the hour",
        f"{hours[-1].waiting} waited when the worker last looked in this hour, and "
        f"{hours[-1].failing} of them had failed; most in the hour from {_hour(most.since)}: "
        f"{most.waiting}.",
        [("all", "waiting"), ("wrong", "of them, have failed before")],
        [(each.waiting, each.failing) for each in hours],
        _ends(hours),
        ["Hour (UTC)", "Waiting", "Failing"],
        [(_hour(each.since), each.waiting, each.failing) for each in hours],
    )


def _versions(days: list[Day]) -> Plot:
    most = max(days, key=lambda day: day.versions)
    total = sum(day.versions for day in days)
    return _plot(
        "versions",
        "Versions a day",
        f"{total} versions in {len(days)} days, {days[-1].versions} of them today; "
        f"most on {most.date}: {most.versions}.",
        [],
        [(day.versions, 0) for day in days],
        (str(days[0].date), "today"),
        ["Day (UTC)", "Versions"],
        [(str(day.date), day.versions) for day in days],
    )


def _hour(since: datetime) -> str:
    return f"{since:%m-%d %H:%M}"


def _ends(hours: list[Hour]) -> tuple[str, str]:
    return _hour(hours[0].since), "this hour"


def _plot(
    name: str,
    title: str,
    says: str,
    legend: list[tuple[str, str]],
    values: Sequence[tuple[int, int]],
    ends: tuple[str, str],
    head: list[str],
    rows: list[tuple[str | int, ...]],
) -> Plot:
    """``values`` are how many there are at a time, and how many of them are wrong."""
    most = max([all_ for all_, _ in values] + [1])
    bars = []
    for number, pair in enumerate(values):
        x = number * _STEP + (_STEP - _WIDTH) // 2
        for kind, value in zip(("all", "wrong"), pair, strict=True):
            height = max(_SEEN, round(_HEIGHT * min(value, most) / most)) if value else 0
            if height or kind == "all":
                bars.append(Bar(x, _FLOOR - height, _WIDTH, height, kind))
    width = _STEP * len(values)
    return Plot(
        name, title, says, legend, bars, width, max(all_ for all_, _ in values), *ends, head, rows
    )

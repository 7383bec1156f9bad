"""Counts and times of what the server does, as Prometheus reads them.

Nothing is counted, and the library is not loaded, unless a setting says who may read it. Labels are
names that the code has (routes, limits, outcomes), never what a caller sent, so that there are as
many series as there are names. Several processes share a folder, which `manage.py serve` makes
(``PROMETHEUS_MULTIPROC_DIR``); without one, each process counts for itself.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client import Counter, Histogram
    from prometheus_client.registry import CollectorRegistry

    from amara_api.kernel.shapes import Data

SHARED = "metrics"  # the folder's name in the data folder
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds: from an answer that is remembered to a file that is fetched from somebody else.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Kept(NamedTuple):
    requests: Counter
    seconds: Histogram
    limits: Counter
    remembered: Counter
    deliveries: Counter
    statements: Histogram


def are_kept() -> bool:
    return bool(settings.AMARA_METRICS_TOKEN or settings.AMARA_METRICS_FROM)


def begin(folder: Path) -> None:
    """Before the processes that share it are started: an empty folder for what they count."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    os.environ[FOLDER] = str(folder)


@cache
def _kept() -> _Kept:
    from prometheus_client import Counter, Histogram

    return _Kept(
        Counter("amara_requests", "Requests, by name of the route.", ["method", "route", "status"]),
        Histogram(
            "amara_request_seconds",
            "How long answers took, from the first byte that Django sees.",
            ["route"],
            buckets=_BUCKETS,
        ),
        Counter("amara_limits_met", "Requests that a limit refused.", ["limit"]),
        Counter(
            "amara_remembered_answers",
            "Whether an answer that could be remembered was (hit) or had to be made (miss).",
            ["result"],
        ),
        Counter("amara_deliveries", "Attempts to post events to callbacks.", ["outcome"]),
        Histogram("amara_database_seconds", "How long statements took.", buckets=_BUCKETS),
    )


def request(method: str, route: str, status: int, seconds: float) -> None:
    kept = _kept()
    kept.requests.labels(method if method in _METHODS else "other", route, status).inc()
    kept.seconds.labels(route).observe(seconds)


def limit_met(name: str) -> None:
    if are_kept():
        _kept().limits.labels(name).inc()


def remembered(*, hit: bool) -> None:
    if are_kept():
        _kept().remembered.labels("hit" if hit else "miss").inc()


def delivery(outcome: str) -> None:
    if are_kept():
        _kept().deliveries.labels(outcome).inc()


def statement(
    execute: Callable[[str, Data, bool, dict[str, Data]], Data],
    sql: str,
    params: Data,
    many: bool,
    context: dict[str, Data],
) -> Data:
    """A wrapper for `django.db.connection.execute_wrapper`."""
    began = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        _kept().statements.observe(perf_counter() - began)


def printed(now: Mapping[str, tuple[str, float]]) -> tuple[bytes, str]:
    """All of it in Prometheus' text format, and the media type of that.

    ``now`` is what is known at this moment: help and value, by name.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
    from prometheus_client.core import GaugeMetricFamily

    _kept()
    made = generate_latest(_shared() if os.environ.get(FOLDER) else REGISTRY)

    class Now:
        def collect(self) -> list[GaugeMetricFamily]:
            return [GaugeMetricFamily(name, said, value) for name, (said, value) in now.items()]

    from prometheus_client.registry import CollectorRegistry

    moment = CollectorRegistry(auto_describe=False)
    moment.register(Now())
    return made + generate_latest(moment), CONTENT_TYPE_LATEST


def _shared() -> CollectorRegistry:
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import CollectorRegistry

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry

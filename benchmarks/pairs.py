"""Two databases, or two things in one, asked the same questions in turn."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from benchmarks import servers

MOST = 1.5  # times as long, for a first page
OTHER = "other"  # the second database

Found = tuple[int, int]  # how many rows came, and how many there are


class Asked(Protocol):
    """Where a question goes: whatever else it knows, it knows its database."""

    @property
    def alias(self) -> str: ...


@dataclass
class Case:
    """One question to a small and a large site."""

    title: str
    ask: Callable[[Any], Found]
    sites: tuple[Asked, Asked]
    counts: Found | None = None
    must_hold: bool = True
    times: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    totals: Found = (0, 0)
    first: float = 0.0  # milliseconds that the large one took when nothing was known yet

    def run(self, which: int) -> None:
        site = self.sites[which]
        with using(site.alias):
            before = time.perf_counter()
            self.ask(site)
            self.times[which].append(time.perf_counter() - before)

    def check(self) -> None:
        """Nobody is fast by showing less; it also warms both up."""
        found = []
        for site in self.sites:
            with using(site.alias):
                before = time.perf_counter()
                self.ask(site)
                self.first = (time.perf_counter() - before) * 1000
                found.append(self.ask(site))
        (rows, total), (large_rows, large_total) = found
        if rows != large_rows:
            raise SystemExit(f"{self.title}: {rows} rows and {large_rows}")
        if self.counts and self.counts != (total, large_total):
            raise SystemExit(f"{self.title}: {total} and {large_total}, not {self.counts}")
        self.totals = total, large_total

    @property
    def medians(self) -> tuple[float, float]:
        small, large = self.times
        return statistics.median(small) * 1000, statistics.median(large) * 1000

    @property
    def ratio(self) -> float:
        small, large = self.medians
        return large / small

    @property
    def is_slow(self) -> bool:
        return self.must_hold and self.ratio > MOST


# --- databases -----------------------------------------------------------------------------------

_OPEN: dict[str, Any] = {}


@contextmanager
def databases(*, sqlite: bool = False) -> Iterator[None]:
    """The project with two empty databases, ``default`` and `OTHER`, dropped at the end."""
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        urls = [
            stack.enter_context(servers.sqlite() if sqlite else servers.database(url))
            for _ in range(2)
        ]
        os.environ["DATABASE_URL"] = urls[0]
        _connect(urls[1])
        yield
        for connection in _OPEN.values():
            connection.close()


def _connect(other_url: str) -> None:
    import django

    django.setup()
    import environ
    from django.conf import settings
    from django.db import connections
    from django.db.utils import load_backend

    settings.ALLOWED_HOSTS = ["*"]
    configured = connections.configure_settings({"default": environ.Env.db_url_config(other_url)})
    default = connections["default"]
    other = {**default.settings_dict, "NAME": configured["default"]["NAME"]}
    _OPEN["default"] = default
    _OPEN[OTHER] = load_backend(other["ENGINE"]).DatabaseWrapper(other, "default")


@contextmanager
def using(alias: str) -> Iterator[None]:
    """This database is the default one."""
    from django.db import connections

    connections["default"] = _OPEN[alias]
    yield


def vacuum() -> None:
    """Counting reads the index alone only where the table's pages are known to be all visible."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# --- asking --------------------------------------------------------------------------------------


def listing(client: Any, path: str) -> Found:
    body = json.loads(right(client.get(path), 200).content)
    return len(body["objects"]), body["meta"]["total_count"]


def page(client: Any, path: str) -> Found:
    right(client.get(path), 200)
    return 0, 0


def right(answer: Any, status: int) -> Any:
    if answer.status_code != status:
        raise SystemExit(f"{answer.request['PATH_INFO']}: {answer.status_code} {answer.content!r}")
    return answer


def measure(cases: list[Case], rounds: int) -> None:
    for n in range(rounds):
        print(f"\r{n + 1}/{rounds}\033[K", end="", file=sys.stderr)
        for case in cases:
            # Side by side, and in turn the other way round.
            for which in (0, 1) if n % 2 else (1, 0):
                case.run(which)
    print("\r\033[K", end="", file=sys.stderr)


# --- the table -----------------------------------------------------------------------------------


def report(cases: list[Case], database: str, rounds: int, *, totals: bool = False) -> None:
    """Print the medians; with ``totals`` also how many rows there are in both, and the first time
    of the large one."""
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {database}, median of {rounds}\n"
    )
    rows = " rows | large, at first, ms |" if totals else ""
    print(f"| request |{rows} small, ms | large, ms | large / small | |")
    print(f"|---|{'---:|---:|' if totals else ''}---:|---:|---:|---|")
    for case in cases:
        small, large = case.medians
        few, many = case.totals
        rows = f" {few:,} |" if few == many else f" {few:,} / {many:,} |"
        rows += f" {case.first:.0f} |"
        note = f"more than {MOST}" if case.is_slow else ""
        print(
            f"| {case.title} |{rows if totals else ''} {small:.2f} | {large:.2f} "
            f"| {case.ratio:.2f} | {note} |"
        )

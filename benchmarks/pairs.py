"""Two databases, or two things in one, asked the same questions in turn."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
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
            forget()
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
                forget()
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
def databases(*, sqlite: bool = False, count: int = 2) -> Iterator[None]:
    """The project with empty databases, ``default``, `OTHER` and those that `alias` names, dropped
    at the end."""
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        urls = [
            stack.enter_context(servers.sqlite() if sqlite else servers.database(url))
            for _ in range(count)
        ]
        os.environ["DATABASE_URL"] = urls[0]
        _connect(urls[1:])
        yield
        for connection in _OPEN.values():
            connection.close()


def alias(number: int) -> str:
    """Of the databases, counted from 0."""
    return ("default", OTHER)[number] if number < 2 else f"{OTHER} {number}"


def _connect(other_urls: list[str]) -> None:
    import django

    django.setup()
    import environ
    from django.conf import settings
    from django.db import connections
    from django.db.utils import load_backend

    settings.ALLOWED_HOSTS = ["*"]
    default = connections["default"]
    _OPEN["default"] = default
    for number, url in enumerate(other_urls, 1):
        configured = connections.configure_settings({"default": environ.Env.db_url_config(url)})
        other = {**default.settings_dict, "NAME": configured["default"]["NAME"]}
        _OPEN[alias(number)] = load_backend(other["ENGINE"]).DatabaseWrapper(other, "default")


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


def multiply(template: Any, count: int, *, batch: int = 0, **differing: str) -> int:
    """``count`` rows like ``template``, but for the fields or columns that are SQL of ``i``, from 1
    on; at most ``batch`` in a statement. They get the ids after the one that is returned."""
    from django.db import connection, transaction
    from django.db.models import Max

    model = type(template)
    columns, values, parameters = [], [], list[Any]()
    for each in model._meta.concrete_fields:
        if each.primary_key:
            continue
        columns.append(f'"{each.column}"')
        said = differing.get(each.name) or differing.get(each.column)
        values.append(said.replace("%", "%%") if said else "%s")
        if not said:
            value = getattr(template, each.attname)
            parameters.append(each.get_db_prep_save(value, connection))
    last = model._default_manager.aggregate(last=Max("pk"))["last"]
    for start in range(1, count + 1, batch or max(count, 1)):
        end = min(start + batch - 1, count) if batch else count
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE numbers(i) AS (SELECT {start} UNION ALL "
                f"SELECT i + 1 FROM numbers WHERE i < {end}) "
                f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
                f"SELECT {', '.join(values)} FROM numbers",
                parameters,
            )
    return last or 0


@contextmanager
def bare(model: Any) -> Iterator[None]:
    """A model's table without indexes and keys, which come back at the end: that is faster."""
    from django.db import connection

    table = model._meta.db_table
    if connection.vendor == "sqlite":
        found = f"SELECT name, sql FROM sqlite_master WHERE tbl_name = '{table}' AND type = 'index'"
        indexes = _all(f"{found} AND sql IS NOT NULL")
        _each(f'DROP INDEX "{name}"' for name, _ in indexes)
        yield
        _each(definition for _, definition in indexes)
        return
    keys = _all(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        f"WHERE conrelid = '{table}'::regclass AND contype IN ('f', 'u')"
    )
    _each(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for name, _ in keys)
    indexes = _all(
        "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index "
        f"WHERE indrelid = '{table}'::regclass AND NOT indisprimary"
    )
    _each(f"DROP INDEX {name}" for name, _ in indexes)
    yield
    _each(["SET maintenance_work_mem = '512MB'"])
    _each(definition for _, definition in indexes)
    _each(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for name, definition in keys)


def _all(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[Any] = cursor.fetchall()
        return rows


def _each(statements: Iterable[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# --- asking --------------------------------------------------------------------------------------


def listing(client: Any, path: str) -> Found:
    body = json.loads(right(client.get(path), 200).content)
    return len(body["objects"]), body["meta"]["total_count"]


def page(client: Any, path: str) -> Found:
    right(client.get(path), 200)
    return 0, 0


def forget() -> None:
    """Answers that the process would tell again without making them."""
    from amara_api.kernel.rest import memory

    memory.forget()


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

"""What one machine can show of several: more processes, a pooler, a replica, Redis, beside none.

Run it as ``python -m benchmarks.scale``. See README.md here.
"""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import contextlib
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import django

from benchmarks import load, plots, servers
from benchmarks.load import Measured, Work
from benchmarks.servers import ROOT, Server
from tests.server import pgbouncer, redis, replicated
from tests.server.web import select

ROUNDS = 3
CONNECTIONS = 6  # of all processes of a setup together
THREADS = 4
# Other addresses than a process remembers answers for: each answer is made.
PATHS = 6_000
BASE = "2 processes"


@dataclass
class Setup:
    """Servers that share a database, each of one process."""

    name: str
    data: Any
    servers: list[Server]
    databases: list[int]  # processes that are to be counted as the database's
    paths: dict[str, tuple[str, ...]]
    rounds: dict[str, list["Round"]] = field(default_factory=dict)

    def run(self, what: str, seconds: float) -> None:
        ports = [server.port for server in self.servers]
        each = CONNECTIONS // len(ports)
        headers = {"Host": "localhost", "X-api-key": self.data.key}
        body = self.data.post_json if what == "POST" else None
        works = [Work(port, self.paths[what], headers, body, each) for port in ports]
        before = self._cpu()
        with ThreadPoolExecutor(len(works)) as pool:
            found = list(pool.map(lambda work: load.measure(work, seconds), works))
        used = [after - earlier for after, earlier in zip(self._cpu(), before, strict=True)]
        self.rounds.setdefault(what, []).append(Round.of(found, *used))

    def _cpu(self) -> tuple[float, float]:
        """Seconds of the servers, and of the databases."""
        own = sum(server.cpu() for server in self.servers)
        return own, sum(servers.cpu_of(process) for process in self.databases)


@dataclass
class Round:
    """Milliseconds, but for the rate. Of several processes the middle p50 and the worst p99."""

    rate: float
    p50: float
    p99: float
    app_cpu: float
    database_cpu: float

    @classmethod
    def of(cls, found: list[Measured], app: float, database: float) -> "Round":
        count = max(sum(each.requests for each in found), 1)
        return cls(
            sum(each.rate for each in found),
            statistics.median(each.p50 for each in found),
            max(each.p99 for each in found),
            app / count * 1000,
            database / count * 1000,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure several processes and what is between.")
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of all rows ({ROUNDS})")
    parser.add_argument("--only", default="", help="setups with this in their name, and the base")
    parser.add_argument("--json", type=Path, help="a file for all numbers")
    parser.add_argument("--plot", type=Path, help="an SVG file: requests a second, as ratios")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        django.setup()
        setups = [
            setup
            for setup in _setups(stack, url, arguments.only)
            if arguments.only in setup.name or setup.name == BASE
        ]
        for n in range(arguments.rounds):
            for what in setups[0].paths:
                for setup in setups[:: -1 if n % 2 else 1]:
                    _say(f"{n + 1}/{arguments.rounds} {what}: {setup.name}")
                    setup.run(what, arguments.seconds)
        _say("")
    _report(setups, arguments.rounds)
    if arguments.json:
        arguments.json.write_text(json.dumps(_data(setups), indent=1))
    if arguments.plot:
        _plot(setups, arguments.plot)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


# --- what is compared ----------------------------------------------------------------------------


def _setups(stack: ExitStack, url: str, only: str) -> Iterator[Setup]:
    """All on one PostgreSQL, which has a replica; and SQLite. All run at once, and are loaded in
    turn: so they are compared on the same data and on as busy a machine."""
    primary = replica = None
    if replicated.binaries() is None:
        print("Without a replica: PostgreSQL's own programs are not here.", file=sys.stderr)
        database = stack.enter_context(servers.database(url))
    else:
        primary, replica = stack.enter_context(replicated.pair())
        database = primary.url
    environment = {**os.environ, "DATABASE_URL": database}
    _say("filling PostgreSQL")
    data = SimpleNamespace(**servers.filled(environment, ROOT))
    paths = _paths(data, select(environment, _SOME))
    main_process = [primary.process] if primary else []

    def setup(name: str, count: int, **settings: str) -> Iterator[Setup]:
        if only in name or name == BASE:
            running = [
                stack.enter_context(_served({**environment, **settings})) for _ in range(count)
            ]
            yield Setup(name, data, running, list(main_process), paths)

    yield from setup("1 process", 1)
    yield from setup(BASE, 2)
    yield from setup("3 processes", 3)
    if pgbouncer.PROGRAM is None:
        print(f"Without PgBouncer: {pgbouncer.MISSING}.", file=sys.stderr)
    else:
        through = stack.enter_context(pgbouncer.before(database, connections=20))
        yield from setup("2, PgBouncer", 2, DATABASE_URL=through)
    if replica is not None:
        main_process.append(replica.process)
        yield from setup("2, a replica", 2, AMARA_DATABASE_REPLICA_URLS=replica.url)
        main_process.pop()
    if redis.PROGRAM is None:
        print(f"Without Redis: {redis.MISSING}.", file=sys.stderr)
    else:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield from setup("2, Redis", 2, REDIS_URL=stack.enter_context(redis.running(folder)).url)
    if only in "2, SQLite":
        yield _on_sqlite(stack)


def _on_sqlite(stack: ExitStack) -> Setup:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (folder / "static").mkdir()
    environment = {**os.environ, "AMARA_DATA_DIR": str(folder)}
    environment.pop("DATABASE_URL", None)
    _say("filling SQLite")
    data = SimpleNamespace(**servers.filled(environment, ROOT))
    running = [stack.enter_context(_served(environment)) for _ in range(2)]
    return Setup("2, SQLite", data, running, [], _paths(data, select(environment, _SOME)))


@contextlib.contextmanager
def _served(environment: dict[str, str]) -> Iterator[Server]:
    size = ["--workers", "1", "--threads", str(THREADS), "--no-deliver"]
    with servers.server(["manage.py", "serve", "--port", "PORT", *size], environment) as server:
        yield server


_SOME = f"SELECT video_id FROM videos_video ORDER BY id LIMIT {PATHS}"


def _paths(data: Any, videos: list[tuple[Any, ...]]) -> dict[str, tuple[str, ...]]:
    from benchmarks.data import LONG_CODE, TEAMS, VIDEOS

    subtitles = f"/api/videos/{{}}/languages/{LONG_CODE}/subtitles/"
    deepest = VIDEOS // TEAMS - 20
    return {
        "listing": tuple(
            f"/api/videos/?team=team-{n % TEAMS}&limit=20&offset={n // TEAMS % deepest}"
            for n in range(PATHS)
        ),
        "video": tuple(f"/api/videos/{video}/" for (video,) in videos),
        "the same video": (f"/api/videos/{data.video_id}/",),
        "srt of 2,000 cues": (f"{subtitles.format(data.long_video_id)}?format=srt",),
        "POST": tuple(subtitles.format(video) for video in data.written_to),
    }


# --- the tables ----------------------------------------------------------------------------------


def _ratio(setup: Setup, base: Setup, what: str, number: str) -> float:
    """The median of the rounds' own."""
    rounds = zip(setup.rounds[what], base.rounds[what], strict=True)
    return statistics.median(
        getattr(each, number) / max(getattr(other, number), 1e-9) for each, other in rounds
    )


def _median(setup: Setup, what: str, number: str) -> float:
    return statistics.median(getattr(each, number) for each in setup.rounds[what])


def _data(setups: list[Setup]) -> dict[str, Any]:
    numbers = ("rate", "p50", "p99", "app_cpu", "database_cpu")
    [base] = [setup for setup in setups if setup.name == BASE]
    return {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "processors": os.cpu_count(),
        "rows": [
            {"setup": setup.name, "request": what}
            | {number: round(_median(setup, what, number), 3) for number in numbers}
            | {"rate_to_base": round(_ratio(setup, base, what, "rate"), 3)}
            for setup in setups
            for what in setup.rounds
        ],
    }


def _plot(setups: list[Setup], path: Path) -> None:
    [base] = [setup for setup in setups if setup.name == BASE]
    rows = []
    for what in base.rounds:
        for setup in setups:
            pairs = zip(setup.rounds[what], base.rounds[what], strict=True)
            ratios = sorted(each.rate / other.rate for each, other in pairs)
            bar = plots.Bar(
                f"{what}: {setup.name}", statistics.median(ratios), ratios[0], ratios[-1]
            )
            rows.append(bar)
    plots.bars(rows, path, f"Requests a second beside {BASE} on {os.cpu_count()} processors")


def _report(setups: list[Setup], rounds: int) -> None:
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {load.generator()}, processes of {THREADS} threads, "
        f"{CONNECTIONS} callers, median of {rounds} rounds, as ratios to {BASE}\n"
    )
    [base] = [setup for setup in setups if setup.name == BASE]
    print("| request | setup | requests/s | p50 | p99 | servers' CPU a request |")
    print("|---|---|---:|---:|---:|---:|")
    for what in base.rounds:
        for setup in setups:
            cells = [f"{_ratio(setup, base, what, each):.2f}" for each in ("rate", "p50", "p99")]
            cells.append(f"{_ratio(setup, base, what, 'app_cpu'):.2f}")
            print(f"| {what} | {setup.name} | {' | '.join(cells)} |")
    print(f"\nOf {BASE}, and worked out: the cores that a thousand requests a second keep busy.\n")
    print(
        "| request | requests/s | p50, ms | p99, ms | server, ms CPU | database, ms CPU | cores |"
    )
    print(f"|---|{'---:|' * 6}")
    for what in base.rounds:
        found = [_median(base, what, each) for each in ("rate", "p50", "p99")]
        app, database = (_median(base, what, each) for each in ("app_cpu", "database_cpu"))
        print(
            f"| {what} | {found[0]:,.0f} | {found[1]:.1f} | {found[2]:.1f} | {app:.2f} | "
            f"{database:.2f} | {app:.1f} + {database:.1f} |"
        )


if __name__ == "__main__":
    main()

"""The server beside a bare Django project that answers the same bytes. See README.md here.

Run it as ``python -m benchmarks.http``.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import os
import platform
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import load, results, servers
from benchmarks.races import LONG_CODE, Contestant, Race, against, loaded, races
from benchmarks.servers import Server

ROUNDS = 5
POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"


@dataclass
class Site:
    """One database, and what is raced on it."""

    database: str
    races: list[Race]


def main() -> None:
    arguments = _arguments()
    if arguments.read:
        measured = json.loads(arguments.read.read_text())
    else:
        measured = _measured(arguments)
        if arguments.json:
            arguments.json.write_text(json.dumps(measured, indent=1) + "\n")
    print(results.text(measured))
    if arguments.record:
        results.record(measured)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the server beside bare Django.")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--sqlite", action="store_true", help="on SQLite alone; else on both in turn")
    only.add_argument("--postgresql", action="store_true", help="on PostgreSQL alone")
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement (1)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of all rows ({ROUNDS})")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="beside this server of another commit instead of bare Django: a git worktree",
    )
    parser.add_argument("--only", default="", help="rows with this in their title")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument(
        "--record", action="store_true", help="write tables and plots into docs/performance.md"
    )
    parser.add_argument(
        "--read", type=Path, metavar="FILE", help="measure nothing: what --json wrote there"
    )
    arguments = parser.parse_args()
    if arguments.record and (arguments.against or arguments.only):
        parser.error("--record is for all rows, beside the yardstick")
    return arguments


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    names = [SQLITE] if arguments.sqlite else [POSTGRESQL]
    if not arguments.sqlite and not arguments.postgresql:
        names = [POSTGRESQL, SQLITE]
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        sites = [_site(stack, name, url, arguments) for name in names]
        if not any(site.races for site in sites):
            raise SystemExit(f"no row has {arguments.only!r} in its title")
        _race(sites, arguments.rounds, arguments.seconds)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "generator": load.generator(),
        "workers": servers.WORKERS,
        "threads": {
            site.database: servers.threads({"DATABASE_URL": site.database.lower()})
            for site in sites
        },
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        # With those of the benchmark itself, in the last quarter of an hour.
        "load": round(os.getloadavg()[2], 1),
        "rows": [_row(site.database, race) for site in sites for race in site.races],
    }


# --- what is started -----------------------------------------------------------------------------


def _site(stack: ExitStack, name: str, url: str, arguments: argparse.Namespace) -> Site:
    """A filled database with its servers, whose answers have been compared."""
    _say(f"{name}: filling a database")
    environment = _environment(stack, name, url)
    data = loaded(servers.filled(environment))
    servers.add_yardstick(environment)
    ours = stack.enter_context(servers.ours(environment))
    other = stack.enter_context(servers.yardstick(environment))
    data.etag = _etag(data, ours)
    found = races(data, ours, other)
    if arguments.against:
        # The yardstick answers nobody: a third would take turns from both.
        there = _environment(stack, name, url)
        earlier = loaded(servers.filled(there, arguments.against))
        before = stack.enter_context(servers.ours(there, arguments.against))
        earlier.etag = _etag(earlier, before)
        found = against(found, races(earlier, before, other))
    else:
        _keep_renditions(data, ours, other)
    found = [race for race in found if arguments.only in race.name]
    for race in found:
        _say(f"{name}: comparing {race.name}")
        _check(race)
        for contestant in race.contestants:
            load.warm(contestant.work(race.connections, "warm"))
    return Site(name, found)


def _environment(stack: ExitStack, name: str, url: str) -> dict[str, str]:
    """A database and a data folder of its own."""
    source = servers.sqlite() if name == SQLITE else servers.database(url)
    folder = stack.enter_context(TemporaryDirectory())
    (Path(folder) / "static").mkdir()
    address = stack.enter_context(source)
    return {**os.environ, "DATABASE_URL": address, "AMARA_DATA_DIR": folder}


def _srt(data: Any) -> str:
    return f"/api/videos/{data.long_video_id}/languages/{LONG_CODE}/subtitles/?format=srt"


def _etag(data: Any, server: Server) -> str:
    return str(_answer(server, _srt(data), {"X-api-key": data.key})[1]["ETag"])


def _keep_renditions(data: Any, ours: Server, other: Server) -> None:
    """Give the yardstick the answers that it hands out as they are."""
    path, _, query = _srt(data).partition("?")
    for format, asked in (("json", path), ("srt", f"{path}?{query}")):
        body, _ = _answer(ours, asked, {"X-api-key": data.key})
        _answer(other, f"{path.replace('/api/', '/keep/')}{format}/", {}, body)


def _check(race: Race) -> None:
    """Nobody wins by answering less. The yardstick answers byte for byte the same, the framework
    the same objects (its links start elsewhere, and its pages are counted otherwise)."""
    if not race.same:
        return
    first, *others = race.contestants
    # The first, which all ask for, and one that is only walked past.
    for which in (0, len(first.paths) // 2):
        expected = _said(first, which)
        if len(expected) < 500:
            raise SystemExit(f"{race.name}: there is nothing in it")
        for other in others:
            body = _said(other, min(which, len(other.paths) - 1))
            if other.name == "DRF":
                same = _objects(body.replace(b"/drf/", b"/api/")) == _objects(expected)
            elif race.same == "cues":
                same = _cues(body) == _cues(expected)
            else:
                same = body == expected
            if not same:
                _differ(race, other, body, expected)


def _differ(race: Race, other: Contestant, body: bytes, expected: bytes) -> None:
    pairs = enumerate(zip(body, expected, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(body), len(expected)))
    here = slice(max(at - 40, 0), at + 40)
    raise SystemExit(
        f"{race.name}: {other.name} has {body[here]!r} where ours has {expected[here]!r}"
    )


def _said(contestant: Contestant, which: int) -> bytes:
    headers = {"X-api-key": contestant.key, **contestant.headers}
    return _answer(contestant.server, contestant.paths[which], headers)[0]


def _objects(body: bytes) -> Any:
    value = json.loads(body)
    return value.get("objects", value)


def _cues(body: bytes) -> Any:
    """What answers for different videos have in common: a list of cues, or a whole file."""
    return json.loads(body)["subtitles"] if body.startswith(b"{") else body


def _answer(
    server: Server, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[bytes, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", body, {"Host": "localhost", **headers}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read(), response.headers


# --- measuring -----------------------------------------------------------------------------------


def _race(sites: list[Site], rounds: int, seconds: int) -> None:
    """In turn, so that whatever else the machine does falls on all alike."""
    began, done = time.monotonic(), 0
    # Rows may have a contestant in common, who runs once in each round.
    everybody = {
        id(contestant) for site in sites for race in site.races for contestant in race.contestants
    }
    for n in range(rounds):
        for race, database in _turns(sites):
            # Each goes first in every other round.
            for contestant in race.contestants[:: -1 if n % 2 else 1]:
                if len(contestant.rounds) > n:
                    continue
                taken = time.monotonic() - began
                left = taken / done * (rounds * len(everybody) - done) if done else 0
                _say(
                    f"round {n + 1}/{rounds}, {left / 60:.0f} min left: {database}, {race.name}, "
                    f"{contestant.name}"
                )
                contestant.run(race.connections, seconds)
                done += 1
    _say("")


def _turns(sites: list[Site]) -> list[tuple[Race, str]]:
    """The same row of each database beside that of the other."""
    longest = max(len(site.races) for site in sites)
    return [
        (site.races[n], site.database)
        for n in range(longest)
        for site in sites
        if n < len(site.races)
    ]


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def _row(database: str, race: Race) -> dict[str, Any]:
    return {
        "request": race.title,
        "kind": race.kind,
        "database": database,
        "connections": race.connections,
        "contestants": [
            {
                "name": contestant.name,
                "rates": [round(done.rate, 2) for done in contestant.rounds],
                "p50": [done.p50 for done in contestant.rounds],
                "p99": [done.p99 for done in contestant.rounds],
                "cpu_ms": [round(used, 3) for used in contestant.cpu],
                "target": target.on(database)
                if (target := race.targets.get(contestant.name))
                else None,
            }
            for contestant in race.contestants
        ],
    }


if __name__ == "__main__":
    main()

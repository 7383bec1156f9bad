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
import statistics
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from benchmarks import load, servers
from benchmarks.load import Measured, Work
from benchmarks.servers import Server

ROUNDS = 3


@dataclass
class Contestant:
    """One server's way to one answer."""

    name: str
    server: Server
    paths: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    rounds: list[Measured] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def work(self, key: str, connections: int) -> Work:
        # Links hold the host, so everybody is asked by the same name.
        headers = {"Host": "localhost", "X-api-key": key, **self.headers}
        return Work(self.server.port, self.paths, headers, self.body, connections)

    def run(self, key: str, connections: int, seconds: float) -> None:
        before = self.server.cpu()
        measured = load.measure(self.work(key, connections), seconds)
        self.rounds.append(measured)
        self.cpu.append((self.server.cpu() - before) / max(measured.requests, 1) * 1000)

    def again(self) -> "Contestant":
        return replace(self, rounds=[], cpu=[])

    @property
    def rate(self) -> float:
        return statistics.median(round.rate for round in self.rounds)

    @property
    def p50(self) -> float:
        return statistics.median(round.p50 for round in self.rounds)

    @property
    def p99(self) -> float:
        return statistics.median(round.p99 for round in self.rounds)

    @property
    def cpu_ms(self) -> float:
        return statistics.median(self.cpu)


@dataclass
class Race:
    """What is asked of all, the server first and then what it is measured against."""

    title: str
    contestants: list[Contestant]
    connections: int = 8
    target: float | None = None
    same_bytes: bool = True


def main() -> None:
    arguments = _arguments()
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        source = servers.sqlite() if arguments.sqlite else servers.database(url)
        os.environ["DATABASE_URL"] = stack.enter_context(source)
        data = _fill()
        ours = stack.enter_context(servers.ours(dict(os.environ)))
        other = stack.enter_context(servers.yardstick(dict(os.environ)))
        races = _races(data, ours, other)
        _keep_renditions(data, ours)
        races = [race for race in races if arguments.only in race.title]
        for race in races:
            _check(race, data.key)
        for n in range(ROUNDS):
            for race in races:
                for contestant in race.contestants:
                    print(f"\r{n + 1}/{ROUNDS} {race.title}: {contestant.name}\033[K", end="")
                    contestant.run(data.key, race.connections, arguments.seconds)
        print("\r\033[K", end="")
        _report(races, "SQLite" if arguments.sqlite else "PostgreSQL")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the server beside bare Django.")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite; else on PostgreSQL")
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--only", default="", help="rows with this in their title")
    return parser.parse_args()


def _fill() -> Any:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from benchmarks import data

    call_command("migrate", interactive=False, verbosity=0)
    servers.run("-m", "django", "migrate", "--run-syncdb", "--settings", servers.YARDSTICK)
    loaded = data.fill()
    connections.close_all()
    return loaded


def _races(data: Any, ours: Server, other: Server) -> list[Race]:
    from benchmarks.data import LONG_CODE

    def both(path: str, *, idiomatic: bool = True, **about: Any) -> list[Contestant]:
        found = [Contestant("ours", ours, (path,), **about), Contestant("bare", other, (path,))]
        if idiomatic:
            found.append(Contestant("DRF", other, (path.replace("/api/", "/drf/"),)))
        return found

    address = f"/api/videos/{{}}/languages/{LONG_CODE}/subtitles/"
    subtitles = address.format(data.long_video_id)
    # Eight writers would wait for each other at one video.
    posted = tuple(address.format(video_id) for video_id in data.written_to)
    posted_as_rows = tuple(path.replace("/api/", "/rows/") for path in posted)

    def download(path: str) -> list[Contestant]:
        memory = Contestant("memory", other, (path.replace("/api/", "/memory/"),))
        return [*both(path, idiomatic=False), memory]

    etag = _answer(ours, f"{subtitles}?format=srt", data.key)[1]["ETag"]
    unchanged = both(f"{subtitles}?format=srt", idiomatic=False)
    unchanged[0].headers = {"If-None-Match": etag}
    by_row = Contestant("rows", other, posted_as_rows, body=data.post_json)
    post_json = Contestant("ours", ours, posted, body=data.post_json)
    post_srt = Contestant("ours", ours, posted, body=data.post_srt)
    return [
        Race(
            "videos/?team=X&limit=20", both(f"/api/videos/?team={data.team}&limit=20"), target=0.8
        ),
        Race("videos/?limit=20", both("/api/videos/?limit=20"), target=0.8),
        Race("videos/ID/", both(f"/api/videos/{data.video_id}/"), target=0.85),
        Race("subtitles/, json", download(subtitles), target=0.75),
        Race("subtitles/?format=srt", download(f"{subtitles}?format=srt"), target=0.75),
        Race("the same, 304", unchanged, target=1.2, same_bytes=False),
        Race("POST json", [post_json, by_row], connections=4, target=3, same_bytes=False),
        Race("POST srt", [post_srt, by_row.again()], connections=4, target=3, same_bytes=False),
    ]


def _keep_renditions(data: Any, ours: Server) -> None:
    """Give the yardstick the answers that it hands out as they are."""
    from django.db import connections

    from benchmarks.data import LONG_CODE

    path = f"/api/videos/{data.long_video_id}/languages/{LONG_CODE}/subtitles/"
    with connections["default"].cursor() as cursor:
        for format in ("json", "srt"):
            query = "" if format == "json" else f"?format={format}"
            body, _ = _answer(ours, f"{path}{query}", data.key)
            cursor.execute(
                "INSERT INTO yardstick_rendition (video_id, language_code, format, body) "
                "VALUES (%s, %s, %s, %s)",
                [data.long_video_id, LONG_CODE, format, body.decode()],
            )
    connections.close_all()


def _check(race: Race, key: str) -> None:
    """Nobody wins by answering less. The yardstick answers byte for byte the same, the framework
    the same objects (its links start elsewhere, and its pages are counted otherwise)."""
    if not race.same_bytes:
        return
    first, *others = race.contestants
    expected = _answer(first.server, first.paths[0], key)[0]
    if len(expected) < 1000:
        raise SystemExit(f"{race.title}: there is nothing in it")
    for other in others:
        body = _answer(other.server, other.paths[0], key)[0]
        if other.name == "DRF":
            same = _objects(body.replace(b"/drf/", b"/api/")) == _objects(expected)
        else:
            same = body == expected
        if not same:
            at = next(n for n, (a, b) in enumerate(zip(body, expected, strict=False)) if a != b)
            here = slice(max(at - 40, 0), at + 40)
            raise SystemExit(
                f"{race.title}: {other.name} has {body[here]!r} where ours has {expected[here]!r}"
            )


def _objects(body: bytes) -> Any:
    value = json.loads(body)
    return value.get("objects", value)


def _answer(server: Server, path: str, key: str) -> tuple[bytes, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", headers={"Host": "localhost", "X-api-key": key}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read(), response.headers


def _report(races: list[Race], database: str) -> None:
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {database}, {load.generator()}, "
        f"{servers.WORKERS} workers of {servers.THREADS} threads, median of {ROUNDS} rounds\n"
    )
    titles = ["request", "who", "requests/s", "ours / it", "target", "p50 ms", "p99 ms"]
    print(f"| {' | '.join([*titles, 'app CPU ms', 'its CPU / ours'])} |")
    print(f"|---|---|{'---:|' * 7}")
    for race in races:
        ours = race.contestants[0]
        for contestant in race.contestants:
            # Rounds stand side by side: the machine was as busy for one as for the other.
            ratios = [a.rate / b.rate for a, b in zip(ours.rounds, contestant.rounds, strict=True)]
            is_ours, is_yardstick = contestant is ours, contestant is race.contestants[1]
            cells = [
                race.title if is_ours else "",
                contestant.name,
                f"{contestant.rate:,.0f}",
                "" if is_ours else f"{statistics.median(ratios):.2f}",
                f"{race.target:.2f}" if is_yardstick and race.target else "",
                f"{contestant.p50:.1f}",
                f"{contestant.p99:.1f}",
                f"{contestant.cpu_ms:.2f}",
                "" if is_ours else f"{contestant.cpu_ms / max(ours.cpu_ms, 0.001):.2f}",
            ]
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

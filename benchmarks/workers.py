"""How many workers and threads suit a database, what a worker weighs, and how soon it answers.

Run it as ``python -m benchmarks.workers``. See README.md here.
"""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import contextlib
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks import load, races, servers
from benchmarks.load import Work
from benchmarks.races import LONG_CODE
from benchmarks.servers import Server
from tests.server.web import Web, at_once

SIZES = ((1, 1), (2, 1), (2, 2), (2, 4), (4, 1))
ROUNDS = 3
CONNECTIONS = 8
# Bounds of a worker under load, and of a start.
MOST_MB, MOST_SECONDS = 150, 2.0
LONG = 50_000  # cues
UPLOAD = 2 * 2**20  # bytes


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure workers and threads.")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite; else on PostgreSQL")
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement (2)")
    parser.add_argument("--weight", action="store_true", help="only what a worker weighs")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        source = servers.sqlite() if arguments.sqlite else servers.database(url)
        os.environ["DATABASE_URL"] = stack.enter_context(source)
        data = races.loaded(servers.filled(dict(os.environ)))
        light = _weigh(data, arguments.seconds)
        if arguments.weight:
            return 0 if light else 1
        running: dict[tuple[int, int], Server] = {}
        starts = {}
        for workers, threads in SIZES:
            sized = ["--workers", str(workers), "--threads", str(threads), "--no-deliver"]
            command = ["manage.py", "serve", "--port", "PORT", *sized]
            began = time.monotonic()
            server = stack.enter_context(servers.server(command, dict(os.environ)))
            starts[workers, threads] = _first_answer(server) - began
            running[workers, threads] = server
        rates: dict[tuple[tuple[int, int], str], list[float]] = {}
        for _ in range(ROUNDS):
            for size, server in running.items():
                for name, work in _works(data, server).items():
                    rate = load.measure(work, arguments.seconds).rate
                    rates.setdefault((size, name), []).append(rate)
        _report(rates, {size: _weight(server) for size, server in running.items()}, starts)
    return 0 if light else 1


def _works(data: Any, server: Server) -> dict[str, Work]:
    headers = {"Host": "localhost", "X-api-key": data.key}
    subtitles = f"/api/videos/{data.long_video_id}/languages/{LONG_CODE}/subtitles/?format=srt"
    posted = tuple(f"/api/videos/{each}/languages/en/subtitles/" for each in data.written_to)

    def of(*paths: str, body: bytes | None = None) -> Work:
        return Work(server.port, paths, headers, body, CONNECTIONS)

    return {
        "listing": of(f"/api/videos/?team={data.team}&limit=20"),
        "video": of(f"/api/videos/{data.video_id}/"),
        "srt": of(subtitles),
        "POST": of(*posted, body=data.post_json),
    }


def _first_answer(server: Server) -> float:
    """The moment of it. A worker answers later than the port is there."""
    answer = Web(f"http://127.0.0.1:{server.port}")("GET", "/healthz", key=None)
    assert answer.status == 200, answer.body
    return time.monotonic()


# --- what a worker weighs ------------------------------------------------------------------------


def _weigh(data: Any, seconds: int) -> bool:
    """Load two workers with one thing after the other, and print what each weighs after it.
    Whether all that holds the bounds."""
    size = ["--workers", "2", "--threads", "4", "--no-deliver"]
    command = ["manage.py", "serve", "--port", "PORT", *size]
    environment = dict(os.environ)
    starts = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        with servers.server(command, environment) as server:
            starts.append(_first_answer(server) - began)
    light = True
    print("| after | MB of each worker | of it its own and its share |")
    print("|---|---:|---:|")
    with servers.server(command, environment) as server:
        _first_answer(server)
        for name, load_it in _loads(data, server, seconds).items():
            load_it()
            weights = _weights(server)
            rss, pss = (", ".join(f"{each[n]:.0f}" for each in weights) for n in (0, 1))
            print(f"| {name} | {rss} | {pss} |", flush=True)
            light &= max(each[0] for each in weights) < MOST_MB
    print(f"\nFrom the start to the first answer: {min(starts):.2f} to {max(starts):.2f} s.")
    for held, what in (
        (light, f"a worker below {MOST_MB} MB"),
        (min(starts) < MOST_SECONDS, f"a start below {MOST_SECONDS:.0f} s"),
    ):
        print(f"{what.capitalize()}: {'yes' if held else 'NO'}.")
    return light and min(starts) < MOST_SECONDS


def _loads(data: Any, server: Server, seconds: int) -> dict[str, Callable[[], object]]:
    web = Web(f"http://127.0.0.1:{server.port}", data.key)
    long = [
        f"videos/{video}/languages/{LONG_CODE}/subtitles/"
        for video in data.written_to[:CONNECTIONS]
    ]
    works = _works(data, server)
    posted = {"sub_format": "srt", "subtitles": _srt(LONG, "So"), "action": "publish"}
    upload = _srt(UPLOAD // 80, "The kettle is not hot, and all wait.")
    assert UPLOAD * 0.9 < len(upload) < UPLOAD

    def post_long(number: int) -> None:
        answer = web("POST", long[number], posted)
        assert answer.status == 201, answer.body

    def read_long(number: int) -> None:
        for format in ("json", "srt", "vtt", "dfxp"):
            assert web("GET", f"{long[number]}?sub_format={format}").status == 200

    def send_file(number: int) -> None:
        body = _FORM.format(upload).encode()
        answer = web("POST", long[number], body, Content_Type=_FORM_TYPE)
        assert answer.status == 201, answer.body

    return {
        "the first answer": lambda: None,
        **{name: partial(load.measure, work, seconds) for name, work in works.items()},
        f"POST of {LONG:,} cues, {CONNECTIONS} at once": lambda: at_once(CONNECTIONS, post_long),
        f"reading {LONG:,} cues in four formats": lambda: at_once(CONNECTIONS, read_long),
        "uploads of 2 MiB, SRT": lambda: at_once(CONNECTIONS, send_file),
        "all of it again": lambda: [
            load.measure(works["listing"], seconds),
            at_once(CONNECTIONS, post_long),
            at_once(CONNECTIONS, read_long),
            at_once(CONNECTIONS, send_file),
        ],
        "ten seconds": lambda: time.sleep(10),
    }


_FORM_TYPE = "multipart/form-data; boundary=frontier"
_FORM = (
    '--frontier\r\nContent-Disposition: form-data; name="sub_format"\r\n\r\nsrt\r\n'
    '--frontier\r\nContent-Disposition: form-data; name="subtitles"; filename="a.srt"\r\n\r\n'
    "{}\r\n--frontier--\r\n"
)


def _srt(cues: int, text: str) -> str:
    found = []
    for n in range(1, cues + 1):
        moment = f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}"
        found.append(f"{n}\n{moment},000 --> {moment},900\n{text}\n\n")
    return "".join(found)


def _weights(server: Server) -> list[tuple[float, float]]:
    """MB of each worker: what is resident, and its own with its share of what several have."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines = (process / "status").read_text().splitlines()
            if dict(line.split(":", 1) for line in lines)["PPid"].strip() != str(
                server.process.pid
            ):
                continue
            sums = dict(
                line.split(":", 1)
                for line in (process / "smaps_rollup").read_text().splitlines()[1:]
            )
            found.append(tuple(int(sums[name].split()[0]) / 1024 for name in ("Rss", "Pss")))
    # What multiprocessing keeps beside them is small.
    return sorted((each[0], each[1]) for each in found if each[0] > 20)


def _weight(server: Server) -> float:
    """MB of the heaviest of its workers."""
    return max(resident for resident, _ in _weights(server))


def _report(
    rates: dict[tuple[tuple[int, int], str], list[float]],
    weights: dict[tuple[int, int], float],
    starts: dict[tuple[int, int], float],
) -> None:
    names = list(dict.fromkeys(name for _, name in rates))
    first = SIZES[1]
    print(f"Requests a second, as ratios to {first[0]} workers of {first[1]} thread:\n")
    print(f"| workers x threads | {' | '.join(names)} | MB of a worker | s to the first answer |")
    print(f"|---|{'---:|' * (len(names) + 2)}")
    for size in SIZES:
        cells: list[Any] = []
        for name in names:
            pairs = zip(rates[size, name], rates[first, name], strict=True)
            cells.append(f"{statistics.median(a / b for a, b in pairs):.2f}")
        cells += [f"{weights[size]:.0f}", f"{starts[size]:.1f}"]
        print(f"| {size[0]} x {size[1]} | {' | '.join(cells)} |")
    print()
    for name in names:
        print(f"{name}: {statistics.median(rates[first, name]):,.0f}/s at {first[0]} x {first[1]}")


if __name__ == "__main__":
    sys.exit(main())

"""What one request takes of the processor, in one process and without a network, beside another
commit. See README.md here.

Run it as ``python -m benchmarks.inside``.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import servers

ROUNDS = 20
# As `serve` answers: the environment of a request as the server program gives it, through all of
# Django, to the headers and the body as they are handed back. A number in a parameter that nobody
# reads makes each address another one, so that nothing is told from memory.
_ASK = """
import pickle, sys, time
from io import BytesIO
from amara_api.wsgi import handler
from amara_api.kernel.intake import asgi

with open(sys.argv[1], "rb") as file:
    data = pickle.load(file)
offsets = range(0, 500, 20)
subtitles = f"/api/videos/{data['long_video_id']}/languages/en/subtitles/"
team = f"/api/teams/{data['team']}"

def rendered(n):
    # More of them than a process keeps files of.
    return f"/api/videos/{data['unkept'][n % len(data['unkept'])]}/languages/en/subtitles/"

CASES = {
    "languages/": lambda n: ("/api/languages/", ""),
    "no such address": lambda n: ("/api/nothing/here/", ""),
    "videos/?team=X": lambda n: (
        "/api/videos/",
        f"team={data['teams'][n % 20]}&limit=20&offset={offsets[n % 25]}&",
    ),
    "videos/": lambda n: ("/api/videos/", "limit=20&"),
    "videos/ID/": lambda n: (f"/api/videos/{data['video_ids'][n % 2000]}/", ""),
    "teams/X/tasks/": lambda n: (f"{team}/tasks/", f"limit=20&offset={offsets[n % 25]}&"),
    "teams/X/activity/": lambda n: (f"{team}/activity/", f"limit=20&offset={offsets[n % 25]}&"),
    "subtitles/ json": lambda n: (subtitles, ""),
    "subtitles/ srt": lambda n: (subtitles, "format=srt&"),
    "subtitles/ json, rendered": lambda n: (rendered(n), ""),
    "subtitles/ srt, rendered": lambda n: (rendered(n), "format=srt&"),
    "subtitles/ srt, 304": lambda n: (subtitles, "format=srt&"),
    "languages/, again": lambda n: ("/api/languages/", ""),
}
number, tags = 0, {}

def answer(case):
    global number
    number += 1
    path, query = CASES[case](number)
    if not case.endswith("again"):
        query += f"n={number}"
    key = data["member_key" if path.startswith(team) else "key"]
    headers = [(b"host", b"localhost"), (b"x-api-key", key.encode()), *tags.get(case, ())]
    environ = asgi.environment({
        "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000), "headers": headers,
    })
    environ["wsgi.input"] = BytesIO()
    response = handler.answer(environ)
    told = response.status_code, dict(asgi._headers(response)), response.content
    response.close()
    return told

for case in CASES:
    if case.endswith("304"):
        tags[case] = [(b"if-none-match", answer(case)[1][b"etag"])]
    status = answer(case)[0]
    assert status == (304 if case.endswith("304") else 404 if "no such" in case else 200), case
    for _ in range(20):
        answer(case)
print("\\t".join(CASES), flush=True)
for line in sys.stdin:
    case, times = line.rstrip().split("\\t")
    before = time.process_time()
    for _ in range(int(times)):
        answer(case)
    print((time.process_time() - before) / int(times) * 1000, flush=True)
"""


class Process:
    """Asks itself, in one checkout."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.cases = self._read().split("\t")
        self.least: dict[str, float] = {}

    def ask(self, case: str, times: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case}\t{times}\n")
        self._process.stdin.flush()
        self.least[case] = min(self.least.get(case, float("inf")), float(self._read()))

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a process ended")
        return line.rstrip("\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Processor time of single requests.")
    parser.add_argument("--sqlite", action="store_true", help="else PostgreSQL")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of all rows ({ROUNDS})")
    parser.add_argument("--times", type=int, default=150, help="requests in each (150)")
    parser.add_argument("--only", default="", help="rows with this in their name")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another commit")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(servers.surroundings())
        checkouts = [servers.ROOT, *([arguments.against] if arguments.against else [])]
        asked = [
            stack.enter_context(_process(stack, url, each, sqlite=arguments.sqlite))
            for each in checkouts
        ]
        cases = [case for case in asked[0].cases if arguments.only in case]
        for n in range(arguments.rounds):
            for case in cases:
                # Each goes first in every other round.
                for each in asked[:: -1 if n % 2 else 1]:
                    each.ask(case, arguments.times)
    _print(cases, asked)


@contextmanager
def _process(stack: ExitStack, url: str, checkout: Path, *, sqlite: bool) -> Iterator[Process]:
    source = servers.sqlite() if sqlite else servers.database(url)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    (Path(folder) / "static").mkdir()
    environment = {
        **os.environ,
        "DATABASE_URL": stack.enter_context(source),
        "AMARA_DATA_DIR": folder,
        # As one of the processes that `serve` starts.
        "SERVED_AT": "http://127.0.0.1:8000",
    }
    data: dict[str, Any] = servers.filled(environment, checkout)
    file = Path(folder) / "data"
    file.write_bytes(pickle.dumps(data))
    process = subprocess.Popen(
        [sys.executable, "-c", _ASK, str(file)],
        cwd=checkout,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Process(process)
    finally:
        process.terminate()
        process.wait()


def _print(cases: list[str], asked: list[Process]) -> None:
    """Milliseconds, the least of all rounds: a machine that does something else only adds."""
    ours, *others = asked
    print(f"| request | ms |{' before | ours / before |' if others else ''}")
    print(f"|---|---:|{'---:|---:|' if others else ''}")
    for case in cases:
        mine = ours.least[case]
        row = f"| {case} | {mine:.3f} |"
        for other in others:
            row += f" {other.least[case]:.3f} | {mine / other.least[case]:.2f} |"
        print(row)


if __name__ == "__main__":
    main()

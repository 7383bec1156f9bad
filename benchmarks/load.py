"""Loading a server: by `wrk` where it is installed, else by a small client of our own."""

import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

NUMBER = "n"  # the parameter
_THREADS = 2
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Work:
    """What to ask for: with a body it is posted as JSON.

    The paths are walked in turn from the one numbered ``start`` on. ``fresh``: each request gets
    this and its own number as a parameter that nobody reads: none is like one before.
    """

    port: int
    paths: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes | None = None
    connections: int = 8
    fresh: str = ""
    start: int = 0

    def path(self, n: int) -> str:
        path = self.paths[n % len(self.paths)]
        return (
            f"{path}{'&' if '?' in path else '?'}{NUMBER}={self.fresh}-{n}" if self.fresh else path
        )


@dataclass(frozen=True)
class Measured:
    """Requests a second, and the milliseconds that half and nearly all of them took."""

    rate: float
    p50: float
    p99: float
    requests: int


def measure(work: Work, seconds: float) -> Measured:
    # Writes are slow enough for a client in Python not to be what is measured.
    if work.body is None and shutil.which("wrk"):
        return _by_wrk(work, seconds)
    return _by_threads(work, seconds)


def warm(work: Work, seconds: float = 0.2) -> None:
    """Let all of a server's processes have done this before it is measured."""
    _by_threads(work, seconds)


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "the built-in client"


# Each thread of wrk has variables of its own.
_WALK = """
local threads, start, paths = %d, %d, {%s}
local count = 0
function setup(thread)
  thread:set("first", count)
  count = count + 1
end
function request()
  local n = start + first
  first = first + threads
  local path = paths[n %% #paths + 1]
  %s
  return wrk.format(nil, path)
end
"""
_NUMBERED = """
  path = path .. (path:find("?", 1, true) and "&" or "?") .. string.format("%s=%s-%%d", n)
"""


def _by_wrk(work: Work, seconds: float) -> Measured:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        paths = ", ".join(f'"{path}"' for path in work.paths)
        numbered = _NUMBERED % (NUMBER, work.fresh) if work.fresh else ""
        script.write(_WALK % (_THREADS, work.start, paths, numbered))
        script.flush()
        return _run_wrk(work, seconds, script.name)


def _run_wrk(work: Work, seconds: float, script: str) -> Measured:
    command = ["wrk", "--latency", f"-t{_THREADS}", f"-c{work.connections}", f"-d{seconds:.0f}s"]
    command += ["-s", script]
    for name, value in work.headers.items():
        command += ["-H", f"{name}: {value}"]
    command.append(f"http://127.0.0.1:{work.port}")
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{work.paths[0]}: not every request was answered\n{out}")
    latencies = {
        percent: float(number) * _UNITS[unit]
        for percent, number, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)\b", out)
    }
    total = re.search(r"(\d+) requests in", out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert total, out
    assert rate, out
    return Measured(float(rate[1]), latencies["50"], latencies["99"], int(total[1]))


# --- by a client of our own ----------------------------------------------------------------------


def _by_threads(work: Work, seconds: float) -> Measured:
    times: list[float] = []
    failures: list[str] = []
    start = time.perf_counter()

    def one_connection(path: Callable[[int], str]) -> None:
        done = 0
        with socket.create_connection(("127.0.0.1", work.port)) as connection:
            answers = connection.makefile("rb")
            while time.perf_counter() - start < seconds and not failures:
                request = _request(work, path(done))
                done += 1
                sent = time.perf_counter()
                connection.sendall(request)
                status, body = _read(answers)
                if status >= 400:
                    failures.append(f"{work.paths[0]}: {status} {body[:1000]!r}")
                times.append(time.perf_counter() - sent)

    threads = []
    for first in range(work.connections):

        def path(done: int, first: int = first) -> str:
            return work.path(work.start + first + done * work.connections)

        threads.append(threading.Thread(target=one_connection, args=(path,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    taken = time.perf_counter() - start
    times.sort()
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    return Measured(len(times) / taken, p50, p99, len(times))


def _request(work: Work, path: str) -> bytes:
    headers = dict(work.headers)
    if work.body is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(work.body))}
    lines = [f"{'GET' if work.body is None else 'POST'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + (work.body or b"")


def _read(answers: BinaryIO) -> tuple[int, bytes]:
    line = answers.readline()
    if not line.startswith(b"HTTP/1.1 "):
        return 599, line or b"the server ended the connection"
    status = int(line.split()[1])
    headers = dict(iter(lambda: _header(answers), ("", "")))
    if headers.get("transfer-encoding") != "chunked":
        return status, answers.read(int(headers.get("content-length", "0")))
    chunks = []
    while size := int(answers.readline(), 16):
        chunks.append(answers.read(size))
        answers.readline()
    answers.readline()
    return status, b"".join(chunks)


def _header(answers: BinaryIO) -> tuple[str, str]:
    name, _, value = answers.readline().decode("latin-1").partition(":")
    return name.strip().lower(), value.strip().lower()

"""Starting servers and databases for a measurement, and ending them."""

import os
import pickle
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
YARDSTICK = "benchmarks.yardstick.settings"
POSTGRES = "postgres://root@127.0.0.1:5432/"
_TICKS = os.sysconf("SC_CLK_TCK")


def threads(environment: dict[str, str]) -> int:
    """So many as `serve` picks for the database by itself."""
    return 2 if environment["DATABASE_URL"].startswith("sqlite") else 4


@contextmanager
def surroundings() -> Iterator[str]:
    """Settings and a data folder for a measurement; the PostgreSQL to use, where one is."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "amara_api.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
        # Far off, and yet counted: what counting costs is measured too.
        "AMARA_LIMIT_REQUESTS_BY_ACCOUNT": "100000000/minute",
        "AMARA_LIMIT_REQUESTS_BY_ADDRESS": "100000000/minute",
    }
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AMARA_DATA_DIR"] = folder
        (Path(folder) / "static").mkdir()
        # The tests may be pointed at a database in the same way; an empty value is none.
        yield os.environ.get("DATABASE_URL") or POSTGRES


@contextmanager
def database(url: str) -> Iterator[str]:
    """The url of an empty database beside the one that ``url`` names; it is dropped at the end."""
    parts = urlsplit(url)
    name = f"amara_bench_{secrets.token_hex(4)}"
    known = parts.path if parts.path.strip("/") else "/postgres"
    admin = psycopg2.connect(urlunsplit(parts._replace(path=known)))
    admin.autocommit = True
    try:
        with admin.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            with admin.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        admin.close()


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


class Server:
    """A running server and its workers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def cpu(self) -> float:
        return cpu_of(self.process.pid)


def cpu_of(process: int) -> float:
    """Seconds of processor that it has used so far, with its children also of those that have
    ended; 0 where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        return 0.0
    used = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(stat.parent.name) == process:
            used += sum(map(int, fields[11:15]))
        elif int(fields[1]) == process:
            used += sum(map(int, fields[11:13]))
    return used / _TICKS


@contextmanager
def server(
    command: list[str], environment: dict[str, str], checkout: Path = ROOT
) -> Iterator[Server]:
    """``command`` with ``PORT`` for its port, once it answers connections."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *(word.replace("PORT", str(port)) for word in command)],
            cwd=checkout,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(port, process)
            yield Server(process, port)
        except Exception:
            log.seek(0)
            print(log.read().decode(), file=sys.stderr)
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def run(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Python with these arguments; it must succeed."""
    said(*arguments, environment=environment)


def said(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """What Python with these arguments prints; it must succeed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def ours(environment: dict[str, str], checkout: Path = ROOT):  # type: ignore[no-untyped-def]
    size = ["--workers", str(WORKERS), "--threads", str(threads(environment))]
    return server(["manage.py", "serve", "--port", "PORT", *size], environment, checkout)


def filled(environment: dict[str, str], checkout: Path = ROOT) -> dict[str, Any]:
    """Migrate and fill the database of a checkout, by its own code; what its `data` says."""
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(
            [sys.executable, "-c", _FILL, file.name],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        loaded: dict[str, Any] = pickle.loads(Path(file.name).read_bytes())
        return loaded


_FILL = """
import dataclasses, pickle, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
from benchmarks import data
with open(sys.argv[1], "wb") as file:
    pickle.dump(dataclasses.asdict(data.fill()), file)
"""


def add_yardstick(environment: dict[str, str]) -> None:
    """The yardstick's own tables, beside those of the server."""
    run("-m", "django", "migrate", "--run-syncdb", "--settings", YARDSTICK, environment=environment)


def yardstick(environment: dict[str, str]):  # type: ignore[no-untyped-def]
    """The same server program, interface and threads around the yardstick."""
    return server(
        [
            *["-m", "granian", "--interface", "asginl", "--no-ws", "--port", "PORT"],
            *["--log-level", "warning", "--workers", str(WORKERS)],
            "benchmarks.yardstick.asgi:application",
        ],
        {**environment, "THREADS": str(threads(environment))},
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not start.")

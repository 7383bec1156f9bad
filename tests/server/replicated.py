"""A primary of PostgreSQL and a replica that follows it, both this command's own, and a server of
two processes that reads from the replica.

    python -m tests.server.replicated

Many callers write, and ask at once for what they wrote, by whichever process answers: none may see
less. Then the replica stops replaying for a while, is gone, and comes back; nobody is told but
whoever looks at the first page of the admin.
"""

import argparse
import contextlib
import itertools
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg2

from tests.places import free_port
from tests.server.own import Installation, environment_of
from tests.server.web import SRT, Web

_CODES = ("en", "fr", "de", "es", "nl", "it", "ja", "ru")
_QUICK = "-c fsync=off -c shared_buffers=32MB -c max_connections=60"


def binaries() -> Path | None:
    """Where PostgreSQL's own programs are; Debian keeps them off the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if places:
        return places[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _version(program: Path) -> float:
    return float(program.parent.parent.name)


@dataclass
class Node:
    """One server of PostgreSQL in a folder. It refuses to run as root."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def process(self) -> int:
        """The number of its main process."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
        log = str(self.folder.parent / f"{self.folder.name}.log")
        run("pg_ctl", "-D", str(self.folder), "-w", "-l", log, "-o", options + _QUICK, "start")

    def stop(self, how: str = "immediate") -> None:
        run("pg_ctl", "-D", str(self.folder), "-w", "-m", how, "stop")

    def ask(self, statement: str) -> object:
        link = psycopg2.connect(self.url)
        link.autocommit = True
        try:
            with link.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone() if cursor.description else None
        finally:
            link.close()


def run(program: str, *arguments: str) -> None:
    folder = binaries()
    assert folder is not None
    command = [str(folder / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def pair() -> Iterator[tuple[Node, Node]]:
    """A primary and its replica."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        primary = Node(folder / "primary", free_port())
        replica = Node(folder / "replica", free_port())
        run("initdb", "-D", str(primary.folder), "-A", "trust", "-U", "postgres", "--no-sync")
        with contextlib.ExitStack() as stack:
            primary.start()
            stack.callback(primary.stop)
            source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"]
            where = ["-D", str(replica.folder), "-R", "--no-sync", "-c", "fast"]
            run("pg_basebackup", *source, *where)
            replica.start()
            stack.callback(_stopped, replica)
            yield primary, replica


def _stopped(node: Node) -> None:
    with contextlib.suppress(AssertionError):
        node.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="of each of the three parts")
    arguments = parser.parse_args()
    if binaries() is None:
        sys.stdout.write("Left out: PostgreSQL's own programs are not installed here.\n")
        return 0
    with pair() as (primary, replica), tempfile.TemporaryDirectory() as scratch:
        installation = _made(primary, replica, Path(scratch) / "data")
        with installation.serving("--workers", "2", "--threads", "4", "--no-deliver") as served:
            web = served.web
            normal = _write_and_read(web, arguments.seconds)
            read = _reads(replica)
            assert read > 0, "the replica was never read"
            browser = _signed_in(web, installation.folder)
            assert _told(web, browser) == "0.0 s behind"
            # Connected and behind: it follows, and shows nothing new.
            replica.ask("SELECT pg_wal_replay_pause()")
            behind = _write_and_read(web, arguments.seconds)
            told = _told(web, browser)
            assert float(told.removesuffix(" s behind")) >= arguments.seconds / 2, told
            replica.ask("SELECT pg_wal_replay_resume()")
            replica.stop()
            assert _told(web, browser) == "away"
            away = _write_and_read(web, arguments.seconds)
            replica.start()
            deadline = time.monotonic() + 30
            _settle(replica)
            before = _reads(replica)
            while _reads(replica) <= before:
                assert time.monotonic() < deadline, "the replica is not read any more"
                _write_and_read(web, 0.5)
        log = served.log.read_text()
        assert "Traceback" not in log, log
    sys.stdout.write(
        f"Nobody saw less than they wrote: {normal} writes and reads with a replica that follows, "
        f"{behind} with one that lags, {away} without it.\n"
    )
    return 0


def _made(primary: Node, replica: Node, folder: Path) -> Installation:
    environment = environment_of(folder, primary.url)
    made = Installation(folder, primary.url, environment)
    done = made.manage("setup")
    assert done.code == 0, done.err
    environment["AMARA_DATABASE_REPLICA_URLS"] = replica.url
    return made


def _write_and_read(web: Web, seconds: float) -> int:
    """Each of eight callers changes something and looks at once, on a new connection each time, so
    that another process may answer."""
    end = time.monotonic() + seconds
    url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
    film = f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"

    def one(n: int) -> int:
        path = f"{film}/languages/{_CODES[n]}/subtitles/"
        for number in itertools.count(1):
            saved = web("POST", path, {"subtitles": SRT, "sub_format": "srt"})
            assert saved.status == 201, (saved.status, saved.body)
            for _ in range(3):
                web.close()
                seen = web("GET", path)
                assert seen.status == 200, (seen.status, seen.body)
                assert seen.json["version_number"] == saved.json["version_number"]
            if time.monotonic() > end:
                return number
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(one, range(8)))


def _signed_in(web: Web, folder: Path) -> urllib.request.OpenerDirector:
    """A superuser's browser, as far as it takes to read a page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{web.url}/admin/") as form:
        page, address = form.read().decode(), form.url
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None, page
    sent = {
        "csrfmiddlewaretoken": token[1],
        "username": "admin",
        "password": (folder / "admin.password").read_text().strip(),
        "next": "/admin/",
    }
    asked = urllib.request.Request(
        address, urlencode(sent).encode(), {"Referer": address, "Origin": web.url}
    )
    browser.open(asked).close()
    return browser


def _told(web: Web, browser: urllib.request.OpenerDirector) -> str:
    """What the first page of the admin says of the replica."""
    with browser.open(f"{web.url}/admin/") as answer:
        page = answer.read().decode()
    found = re.search(r"<th scope=.row.>… its \w+</th><td>([^<]*)</td>", page)
    assert found is not None, page
    return found[1]


def _reads(replica: Node) -> int:
    """Rows that were fetched there so far; its own counters lag by a second."""
    time.sleep(1.2)
    found = replica.ask("SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_user_tables")
    assert isinstance(found, tuple)
    return int(found[0] or 0)


def _settle(replica: Node) -> None:
    for _ in range(100):
        with contextlib.suppress(psycopg2.OperationalError):
            replica.ask("SELECT 1")
            return
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())

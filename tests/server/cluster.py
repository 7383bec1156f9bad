"""The configuration of `deploy/` on one machine, and a primary that is killed while people write.

    python -m tests.server.cluster --kills 5

Three nodes of PostgreSQL under Patroni with etcd, HAProxy and PgBouncer, two servers and a worker,
all on the loopback interface, in a folder that is removed. Eight writers go on while the primary is
killed again and again: by turns its whole node, and PostgreSQL alone. Then every acknowledged
version and its notification is there, none twice; after each kill writes were answered within half
a minute; and nobody saw anything but 503 with `Retry-After` meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg2
import yaml

from tests.places import ROOT, free_port
from tests.server import pgbouncer
from tests.server.own import Installation, environment_of
from tests.server.replicated import binaries
from tests.server.web import Web

PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
NEEDED = ("patroni", "etcd", "haproxy", "pgbouncer")
CODES = ("en", "fr", "de", "es", "nl", "it", "ja", "ru")
NODES = ("db1", "db2", "db3")
BACK = 30.0  # seconds in which writes are answered again
_CUE = "1\n00:00:01,000 --> 00:00:02,500\n{}\n"


def missing() -> list[str]:
    found = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
    return [*found, *([] if binaries() else ["postgresql"])]


class Programs:
    """What was started, to be ended by its number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, user: str | None = None, **places: Any) -> None:
        whose = user if os.geteuid() == 0 else None
        groups: dict[str, Any] = {"group": whose, "extra_groups": []} if whose else {}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=places.get("cwd", "/"),
                env=places.get("env") or {"PATH": PATH, "LANG": "C.UTF-8"},
                stdout=log,
                stderr=log,
                user=whose,
                **groups,
            )

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)

    def runs(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def end(self) -> None:
        for name in [*self._running]:
            self.kill(name, signal.SIGTERM)


class Cluster:
    """Nodes, and the way to the primary among them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, Programs(folder)
        self.sql = {name: free_port() for name in NODES}
        self.rest = {name: free_port() for name in NODES}
        self.etcd, self.peers = free_port(), free_port()
        self.primary, self.replicas, self.pooler = free_port(), free_port(), free_port()

    def url(self, port: int) -> str:
        return f"postgres://postgres@127.0.0.1:{port}/subtitles"

    def start(self) -> None:
        client, peer = _at(self.etcd), _at(self.peers)
        known: dict[str, Any] = _read("etcd.conf.yml")
        known |= {"data-dir": str(self.folder / "etcd"), "initial-cluster": f"db1={peer}"}
        known |= dict.fromkeys(("listen-client-urls", "advertise-client-urls"), client)
        known |= dict.fromkeys(("listen-peer-urls", "initial-advertise-peer-urls"), peer)
        self.programs.start(
            "etcd",
            "/usr/bin/etcd",
            "--config-file",
            self._write("etcd.yml", known),
            user="postgres",
        )
        _until(lambda: _told(client, "/health") is not None, "etcd")
        for name in NODES:
            self.join(name)
            # The first makes the database; the others copy it.
            _until(lambda name=name: self._is_running(name), f"Patroni on {name}", seconds=90)
        haproxy = (ROOT / "deploy/haproxy.cfg").read_text()
        for number, name in enumerate(NODES, 11):
            haproxy = haproxy.replace(
                f"10.0.0.{number}:5432 check port 8008",
                f"127.0.0.1:{self.sql[name]} check port {self.rest[name]}",
            )
        haproxy = haproxy.replace("127.0.0.1:5000", f"127.0.0.1:{self.primary}")
        haproxy = haproxy.replace("127.0.0.1:5001", f"127.0.0.1:{self.replicas}")
        assert "10.0.0." not in haproxy
        file = self.folder / "haproxy.cfg"
        file.write_text(haproxy)
        self.programs.start("haproxy", _found("haproxy"), "-db", "-f", str(file))
        place = f"host=127.0.0.1 port={self.primary} user=postgres"
        text = pgbouncer.configuration(self.folder, self.pooler, **{"*": place})
        file = self.folder / "pgbouncer.ini"
        file.write_text(text)
        self.programs.start("pooler", _found("pgbouncer"), "-q", str(file), user="postgres")
        _until(self._is_whole, "the cluster", seconds=90)
        admin = psycopg2.connect(self.url(self.primary).replace("/subtitles", "/postgres"))
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("CREATE DATABASE subtitles")
        admin.close()

    def join(self, name: str) -> None:
        known: dict[str, Any] = _read("patroni.yml")
        rest, sql = f"127.0.0.1:{self.rest[name]}", f"127.0.0.1:{self.sql[name]}"
        known["name"] = name
        known["restapi"] = {"listen": rest, "connect_address": rest}
        known["etcd3"] = {"hosts": f"127.0.0.1:{self.etcd}"}
        local = known["postgresql"]
        local |= {
            "listen": sql,
            "connect_address": sql,
            "data_dir": str(self.folder / name),
            "bin_dir": str(binaries()),
            "pgpass": str(self.folder / f"{name}.pgpass"),
            "parameters": {
                "unix_socket_directories": str(self.folder),
                "shared_buffers": "32MB",
                "fsync": "off",
            },
            "pg_hba": [
                "local all all trust",
                "host replication all 127.0.0.1/32 trust",
                "host all all 127.0.0.1/32 trust",
            ],
        }
        file = self._write(f"{name}.yml", known)
        self.programs.start(name, _found("patroni"), file, user="postgres")

    def kill_primary(self, *, node: bool) -> str:
        """The whole node, or PostgreSQL alone, without a moment to say goodbye."""
        [name] = [each["name"] for each in self._members() if each["role"] == "leader"]
        number = int((self.folder / name / "postmaster.pid").read_text().split()[0])
        if node:
            self.programs.kill(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        return str(name)

    def mend(self, name: str) -> None:
        """What was killed comes back as a replica."""
        if not self.programs.runs(name):
            self.join(name)
        _until(self._is_whole, "the cluster to be whole again", seconds=120)

    def _is_whole(self) -> bool:
        members = self._members()
        roles = sorted(each["role"] for each in members)
        states = {each["state"] for each in members}
        return roles == ["leader", "replica", "sync_standby"] and states <= {"running", "streaming"}

    def _is_running(self, name: str) -> bool:
        return any(
            each["name"] == name and each["state"] in ("running", "streaming")
            for each in self._members()
        )

    def _members(self) -> list[Any]:
        for port in self.rest.values():
            if (told := _told(_at(port), "/cluster")) is not None:
                return list(told["members"])
        return []

    def _write(self, name: str, known: dict[str, Any]) -> str:
        file = self.folder / name
        file.write_text(yaml.safe_dump(known))
        return str(file)


def _read(name: str) -> dict[str, Any]:
    known: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / name).read_text())
    return known


def _found(name: str) -> str:
    found = shutil.which(name, path=PATH)
    assert found
    return found


def _at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _told(url: str, path: str) -> Any:
    """What a program says of itself; None while it does not."""
    web = Web(url, timeout=2)
    with contextlib.suppress(OSError, HTTPException, ValueError):
        answer = web("GET", path)
        return answer.json if answer.status == 200 else None
    return None


def _until(true: Any, what: str, *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} took more than {seconds:.0f} seconds"
        time.sleep(0.2)


# --- those who write, and who is told ------------------------------------------------------------


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: Counter[int] = Counter()
        self.lock = threading.Lock()


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.taken[event["number"]] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


class Writers:
    """Each saves one version after another, and repeats what was not acknowledged under the same
    `Idempotency-Key`."""

    def __init__(self, webs: list[Web], film: str) -> None:
        self.webs, self.film = webs, film
        self.acknowledged: dict[str, list[int]] = {code: [] for code in CODES}
        self.moments: list[float] = []
        self.away, self.odd = 0, list[str]()
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._write, args=[code]) for code in CODES]
        for thread in self._threads:
            thread.start()

    def _write(self, code: str) -> None:
        path = f"{self.film}/languages/{code}/subtitles/"
        turn, number = CODES.index(code), 1
        while not self._stop.is_set():
            body = {"subtitles": _CUE.format(f"{code} {number}"), "sub_format": "srt"}
            body["action"] = "publish"
            while not self._once(self.webs[turn % 2], path, body, f"{code}-{number}"):
                # Whoever is told to come back asks the other server.
                turn += 1
                time.sleep(0.5)
            self._read(self.webs[(turn + 1) % 2], path, code, number)
            number += 1
            time.sleep(0.2)

    def _once(self, web: Web, path: str, body: dict[str, str], key: str) -> bool:
        answer = self._asked(web, "POST", path, body, Idempotency_Key=key)
        if answer is None or answer.status != 201:
            return False
        with self._lock:
            self.acknowledged[path.split("/")[-3]].append(answer.json["version_number"])
            self.moments.append(time.monotonic())
        return True

    def _read(self, web: Web, path: str, code: str, number: int) -> None:
        """By the other server, from whatever replica: no less than was written."""
        answer = self._asked(web, "GET", path)
        if answer is not None and answer.status == 200:
            if answer.json["version_number"] != number:
                self.odd.append(f"{code} {number}: read {answer.json['version_number']}")

    def _asked(self, web: Web, *request: Any, **headers: str) -> Any:
        try:
            answer = web(*request, **headers)
        except (OSError, HTTPException) as error:
            self.odd.append(f"{request[:2]}: {error!r}")
            return None
        if answer.status == 503 and int(answer.headers.get("Retry-After") or 0) > 0:
            self.away += 1
        elif answer.status not in (200, 201):
            self.odd.append(f"{request[:2]}: {answer.status} {answer.body[:200]!r}")
        return answer

    def back_after(self, moment: float) -> float:
        """Seconds until all had a write acknowledged that began after ``moment``."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            later = [each for each in self.moments if each > moment]
            # One that was under way may have been acknowledged before the primary was gone.
            if len(later) >= 2 * len(CODES):
                gaps = [moment, *sorted(later)]
                widest = max(range(1, len(gaps)), key=lambda n: gaps[n] - gaps[n - 1])
                return gaps[widest] - moment
            time.sleep(0.2)
        raise AssertionError(f"No writes 90 seconds after a kill; {self.odd[-3:]}")

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=120)


def _rows(url: str, statement: str) -> list[Any]:
    link = psycopg2.connect(url)
    try:
        with link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()
    finally:
        link.close()


def check(cluster: Cluster, writers: Writers, receiver: Receiver) -> int:
    url = cluster.url(cluster.primary)
    stored: dict[str, list[int]] = {code: [] for code in CODES}
    for code, number in _rows(
        url,
        "SELECT l.language_code, v.version_number FROM subtitles_subtitleversion v "
        "JOIN subtitles_subtitlelanguage l ON l.id = v.language_id ORDER BY 1, 2",
    ):
        stored[code].append(number)
    # In order, none missing, none twice: a writer goes on when it has been told.
    assert stored == writers.acknowledged
    total = sum(map(len, stored.values()))
    told = _rows(
        url,
        "SELECT number, data->>'language_code', data->>'amara_version' FROM activity_notification "
        "WHERE event = 'subtitles-published' ORDER BY number",
    )
    expected = {(code, str(number)) for code in CODES for number in stored[code]}
    assert len(told) == len(expected) == total
    assert {(code, version) for _, code, version in told} == expected
    numbers = {number for number, _, _ in told}
    _until(lambda: numbers <= set(receiver.taken), "deliveries", seconds=90)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="where the logs are kept")
    arguments = parser.parse_args()
    if lacking := missing():
        sys.stdout.write(f"Left out: {', '.join(lacking)} not installed here.\n")
        return 0
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)
        own = folder / "cluster"
        own.mkdir()
        if os.geteuid() == 0:
            shutil.chown(own, "postgres", "postgres")
        if arguments.keep:
            stack.callback(_keep, own, arguments.keep)
        cluster = Cluster(own)
        stack.callback(cluster.programs.end)
        stack.callback(_end_postgres, cluster)
        cluster.start()
        _say("The cluster is up.")
        total, away, spans = _killed(cluster, folder / "data", arguments.kills, stack)
    _say(
        f"{len(spans)} kills: {total} versions and notifications, none lost, none twice; {away} "
        f"answers were 503 with Retry-After, none anything else. Writes came back after "
        f"{', '.join(f'{span:.0f}' for span in spans)} seconds."
    )
    return 0


def _killed(
    cluster: Cluster, folder: Path, kills: int, stack: contextlib.ExitStack
) -> tuple[int, int, list[float]]:
    environment = environment_of(folder, cluster.url(cluster.primary))
    environment |= {"AMARA_OUTBOUND_ALLOW": "127.0.0.1", "AMARA_DELIVER": "off"}
    environment |= {"AMARA_CALLBACK_RETRIES": "1,1,1,1,1,1"}
    installation = Installation(folder, None, environment)
    done = installation.manage("setup")
    assert done.code == 0, done.err
    environment["DATABASE_URL"] = cluster.url(cluster.pooler)
    environment["AMARA_DATABASE_REPLICA_URLS"] = cluster.url(cluster.replicas)
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    stack.callback(receiver.shutdown)
    served = [
        stack.enter_context(installation.serving("--workers", "1", "--threads", "6"))
        for _ in range(2)
    ]
    cluster.programs.start(
        "deliver", sys.executable, "manage.py", "deliver", cwd=ROOT, env=environment
    )
    web = served[0].web
    web.made("teams/", name="Films", slug="films")
    web.made("teams/films/callbacks/", url=f"http://127.0.0.1:{receiver.server_address[1]}/")
    film = (
        f"videos/{web.made('videos/', video_url='https://a.example.com/a.mp4', team='films')['id']}"
    )
    # On a busy machine it is still beginning, and a worker does not begin without its database.
    begun_by = time.monotonic() + 60
    while not receiver.taken and time.monotonic() < begun_by:
        time.sleep(0.2)
    assert receiver.taken, "the worker has told nothing"
    writers = Writers([each.web for each in served], film)
    spans = []
    try:
        for number in range(kills):
            time.sleep(3)
            moment = time.monotonic()
            name = cluster.kill_primary(node=number % 2 == 0)
            spans.append(writers.back_after(moment))
            _say(f"Kill {number + 1}, {name}: writes are back after {spans[-1]:.1f} seconds.")
            cluster.mend(name)
        time.sleep(3)
    finally:
        writers.stop()
    assert not writers.odd, Counter(writers.odd).most_common(10)
    assert cluster.programs.runs("deliver"), "the worker has ended"
    total = check(cluster, writers, receiver)
    for each in served:
        log = each.log.read_text()
        assert "Traceback" not in log, log[-3000:]
    assert max(spans) < BACK, spans
    return total, writers.away, spans


def _end_postgres(cluster: Cluster) -> None:
    """What a killed Patroni has left running."""
    for name in NODES:
        file = cluster.folder / name / "postmaster.pid"
        if not cluster.programs.runs(name) and file.exists():
            with contextlib.suppress(ProcessLookupError, ValueError, IndexError):
                number = int(file.read_text().split()[0])
                command = Path(f"/proc/{number}/cmdline")
                if command.exists() and re.search(rb"postgres", command.read_bytes()):
                    os.kill(number, signal.SIGQUIT)


def _keep(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in [*source.glob("*.log"), *source.parent.glob("data/log-*")]:
        shutil.copy(log, target)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Nothing is lost: many writers, workers that are killed all the time, a receiver that fails.

At length, with as many events as one likes (a multiple of 8):

    EVENTS=1000 python -m pytest -n 0 tests/server/test_delivery.py --timeout 600
"""

import contextlib
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks.webhooks import Webhook

from tests.conftest import ROOT
from tests.server.web import at_once, select

TEAMS, WRITERS, EVENTS = 4, 8, int(os.environ.get("EVENTS", 320))
DEATHS = 4
SETTINGS = {
    "AMARA_OUTBOUND_ALLOW": "127.0.0.0/8",
    "AMARA_CALLBACK_SECONDS": "1",
    "AMARA_CALLBACK_RETRIES": ",".join(["0.1"] * 200),
    "AMARA_DELIVER": "off",
}


class Receiver(ThreadingHTTPServer):
    """Takes events, each checked by the library's own verifier; one in five goes wrong."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.secrets: dict[str, str] = {}
        self.taken: Counter = Counter()
        self.forged: list[str] = []
        self.failed = 0
        self.luck = random.Random(6)
        self.lock = threading.Lock()

    def address(self, slug):
        return f"http://127.0.0.1:{self.server_address[1]}/{slug}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the worker was killed while it sent this
        slug = self.path.strip("/")
        with self.server.lock:
            fate = self.server.luck.random()
            try:
                event = Webhook(self.server.secrets[slug]).verify(body, dict(self.headers))
            except Exception as error:  # whatever it is, the test must hear of it
                self.server.forged.append(repr(error))
                return
            if fate < 0.2:
                self.server.failed += 1
            if fate >= 0.15:
                # From here on it is taken; in one case in twenty that is not said.
                self.server.taken[slug, json.dumps(event, sort_keys=True)] += 1
        if fate < 0.05:
            return  # hangs up
        self.send_response(500 if fate < 0.18 else 503 if fate < 0.2 else 204)
        self.end_headers()

    def log_message(self, *args):
        return


@pytest.fixture
def receiver():
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Workers:
    """`manage.py deliver`, twice; `kill` ends one as a power cut does and starts another."""

    def __init__(self, installation):
        self.environment = {**installation.environment, **SETTINGS}
        self.log = (installation.folder / "deliver.log").open("ab")
        self.running = [self._start(), self._start()]
        self.killed = 0

    def _start(self):
        command = [sys.executable, "manage.py", "deliver"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log
        )

    def kill(self):
        victim = self.running.pop(0)
        assert victim.poll() is None
        victim.send_signal(signal.SIGKILL)
        victim.wait(timeout=20)
        self.killed += 1
        self.running.append(self._start())

    def stop(self):
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            assert process.wait(timeout=20) == 0
        self.log.close()


def test_every_committed_change_is_delivered_and_nothing_else(installation, receiver):
    with installation.serving(**SETTINGS) as served:
        web = served.web
        slugs = [f"team-{secrets.token_hex(4)}" for _ in range(TEAMS)]
        for slug in slugs:
            web.made("teams/", name=slug, slug=slug)
            made = web.made(f"teams/{slug}/callbacks/", url=receiver.address(slug))
            receiver.secrets[slug] = made["secret"]

        def write(writer):
            slug = slugs[writer % TEAMS]
            added = []
            for number in range(EVENTS // WRITERS):
                url = f"https://media.example.com/{writer}-{number}.mp4"
                added.append((slug, web.made("videos/", video_url=url, team=slug)["id"]))
                # What is refused is never told: the url is taken.
                refused = web("POST", "videos/", {"video_url": url, "team": slug})
                assert refused.status == 400
            return added

        workers, done = Workers(installation), threading.Event()

        def torment():
            while workers.killed < DEATHS or not done.is_set():
                time.sleep(random.uniform(0.8, 2.0))
                workers.kill()

        killer = threading.Thread(target=torment)
        killer.start()
        try:
            added = [pair for mine in at_once(WRITERS, write) for pair in mine]
        finally:
            done.set()
            killer.join()
        try:
            _wait_until_sent(installation)
        finally:
            with contextlib.suppress(AssertionError):
                workers.stop()

    assert receiver.forged == []
    assert receiver.failed > EVENTS / 10
    assert workers.killed >= DEATHS
    rows = select(
        installation.environment,
        "SELECT t.slug, n.number, n.delivered FROM activity_notification n "
        "JOIN teams_team t ON t.id = n.team_id ORDER BY n.number",
    )
    assert all(delivered for _, _, delivered in rows)
    for slug in slugs:
        numbers = [number for team, number, _ in rows if team == slug]
        assert numbers == list(range(1, EVENTS // TEAMS + 1))
        events = [json.loads(event) for team, event in receiver.taken if team == slug]
        assert sorted(event["number"] for event in events) == numbers
        videos = {event["amara_video_id"] for event in events}
        assert videos == {video for team, video in added if team == slug}
        assert {event["event"] for event in events} == {"video-added"}


def _wait_until_sent(installation):
    for _ in range(600):
        waiting = "SELECT COUNT(*) FROM activity_notification WHERE due IS NOT NULL"
        if select(installation.environment, waiting) == [(0,)]:
            return
        time.sleep(0.2)
    raise AssertionError("not everything was sent")


def test_a_slow_receiver_delays_no_other(installation, receiver):
    """Six that let time run out do not keep the seventh waiting."""
    settings = {**SETTINGS, "AMARA_CALLBACK_SECONDS": "20", "AMARA_DELIVER": "on"}
    with socket.socket() as deaf, installation.serving(**settings) as served:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(50)  # takes connections, and says nothing
        tests = {}
        for number in range(7):
            slug = f"team-{number}"
            served.web.made("teams/", name=slug, slug=slug)
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
            made = served.web.made(
                f"teams/{slug}/callbacks/", url=receiver.address(slug) if number == 6 else url
            )
            receiver.secrets[slug] = made["secret"]
            tests[slug] = f"teams/{slug}/callbacks/{made['id']}/test/"
        for path in [*tests.values(), *tests.values()]:
            assert served.web("POST", path).status == 202
        for number in (1, 2):
            assert _until(served.web, f"teams/team-6/notifications/{number}/")["response_status"]
        slow = [served.web("GET", f"teams/team-{n}/notifications/1/").json for n in range(6)]
        assert all(each["in_progress"] for each in slow)
        # Its worker would wait for them.
        served.kill()


def test_the_server_delivers_by_itself_and_takes_its_worker_along(installation, receiver):
    """`manage.py serve` alone is enough; a worker that dies is begun again; both end together."""
    settings = {**SETTINGS, "AMARA_DELIVER": "on"}
    with installation.serving(**settings) as served:
        web = served.web
        web.made("teams/", name="Films", slug="films")
        made = web.made("teams/films/callbacks/", url=receiver.address("films"))
        receiver.secrets["films"] = made["secret"]
        test = f"teams/films/callbacks/{made['id']}/test/"
        for _ in range(2):
            number = web("POST", test).json["number"]
            answer = _until(web, f"teams/films/notifications/{number}/")
            assert answer["response_status"] == 204
            (worker,) = _workers_of(served.process.pid)
            subprocess.run(["kill", "-9", str(worker)], check=True)
        left = _workers_until(served.process.pid)
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(timeout=20)
        for _ in range(100):
            if not _exists(left):
                break
            time.sleep(0.1)
        assert not _exists(left)


def _until(web, path):
    for _ in range(600):
        answer = web("GET", path).json
        if not answer["in_progress"]:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def _workers_of(pid):
    found = subprocess.run(
        ["pgrep", "-P", str(pid), "-f", "manage.py deliver"], capture_output=True, text=True
    )
    return [int(line) for line in found.stdout.split()]


def _workers_until(pid):
    for _ in range(100):
        if found := _workers_of(pid):
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no worker")


def _exists(pid):
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0

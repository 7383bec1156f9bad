"""The server is killed during writes of every kind, again and again: nothing that was answered is
lost, and nothing is half done.

    python -m tests.server.crashes --kills 120

uses SQLite, or the PostgreSQL server that DATABASE_URL names, in databases of its own. Each round
starts the server, lets several callers write, and kills its whole process group with -9 amid that.
Then all that was acknowledged is there, and `manage.py doctor --deep` finds nothing.
"""

import argparse
import contextlib
import os
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.server.own import Databases, Installation
from tests.server.web import SRT, Web, at_once

WRITERS = 4
ENOUGH = 40  # writes of a round, after which the end comes at any moment
# All of them come from one address with one key.
_LIMITS = {
    f"AMARA_LIMIT_{name}": "1000000/minute"
    for name in ("REQUESTS_BY_ACCOUNT", "REQUESTS_BY_ADDRESS", "ACCOUNTS", "PASSWORDS")
}


class World:
    """Two teams and a few videos, and what the server has acknowledged of them."""

    def __init__(self, web: Web) -> None:
        self.web, self.lock = web, threading.Lock()
        self.teams = [f"crash-{secrets.token_hex(4)}" for _ in range(2)]
        for slug in self.teams:
            web.made("teams/", name=slug, slug=slug)
        self.videos: list[str] = [self._video() for _ in range(3)]
        # Path -> the highest number of a version; path of a thing -> whether it is there.
        self.versions: Counter[str] = Counter()
        self.there: dict[str, bool] = {}
        self.wrote: Counter[str] = Counter()

    def _video(self) -> str:
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        body = {"video_url": url, "title": "Film", "primary_audio_language_code": "en"}
        return f"videos/{self.web.made('videos/', **body)['id']}/"

    def kinds(self) -> dict[str, Callable[[Web], None]]:
        return {
            "subtitles": self.subtitles,
            "video": self.video,
            "delete": self.delete,
            "move": self.move,
            "url": self.url,
            "task": self.task,
            "note": self.note,
            "team": self.team,
            "user": self.user,
        }

    def subtitles(self, web: Web) -> None:
        path = f"{random.choice(self.videos)}languages/{random.choice(['en', 'fr'])}/subtitles/"
        body = {"subtitles": SRT, "sub_format": "srt", "action": "publish"}
        answer = web("POST", path, body)
        if self._took(answer, 201, 400, 403, 409):
            with self.lock:
                self.versions[path] = max(self.versions[path], answer.json["version_number"])

    def video(self, web: Web) -> None:
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        team = random.choice([None, *self.teams])
        answer = web("POST", "videos/", {"video_url": url, **({"team": team} if team else {})})
        if self._took(answer, 201):
            self._keep(f"videos/{answer.json['id']}/", True)

    def delete(self, web: Web) -> None:
        with self.lock:
            gone = [path for path, there in self.there.items() if there and path[:6] == "videos"]
            if not gone:
                return
            path = random.choice(gone)
            # Whether it is there is not known before the answer.
            del self.there[path]
        # A primary url stays, and so does one whose video is just being moved.
        if self._took(web("DELETE", path), 204, 400, 404, 409):
            self._keep(path, False)

    def move(self, web: Web) -> None:
        team = random.choice([None, *self.teams])
        self._took(web("PUT", random.choice(self.videos), {"team": team}), 200, 409)

    def url(self, web: Web) -> None:
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        video = random.choice(self.videos)
        answer = web("POST", f"{video}urls/", {"url": url, "primary": random.random() < 0.5})
        if self._took(answer, 201, 409):
            self._keep(f"{video}urls/{answer.json['id']}/", True)

    def task(self, web: Web) -> None:
        video_id = random.choice(self.videos).split("/")[1]
        body = {"type": "Translate", "video_id": video_id, "language": random.choice(["de", "it"])}
        self._took(web("POST", f"teams/{random.choice(self.teams)}/tasks/", body), 201, 400, 409)

    def note(self, web: Web) -> None:
        path = f"{random.choice(self.videos)}languages/en/subtitles/notes/"
        self._took(web("POST", path, {"body": secrets.token_hex(4)}), 201, 409)

    def team(self, web: Web) -> None:
        name = f"team-{secrets.token_hex(6)}"
        if self._took(web("POST", "teams/", {"name": name, "slug": name}), 201):
            self._keep(f"teams/{name}/", True)

    def user(self, web: Web) -> None:
        answer = web("POST", "users/", {"username": f"u{secrets.token_hex(8)}"})
        if self._took(answer, 201):
            self._keep(f"users/{answer.json['username']}/", True)

    def _took(self, answer: Any, wanted: int, *refusals: int) -> bool:
        if answer.status == wanted:
            return True
        if answer.status not in (*refusals, 503):
            raise AssertionError(f"{answer.status}: {answer.body[:300]!r}")
        return False

    def _keep(self, path: str, there: bool) -> None:
        with self.lock:
            self.there[path] = there

    def check(self, web: Web) -> None:
        """Everything that was acknowledged is there."""
        for path, number in self.versions.items():
            answer = web("GET", f"{path}?version_number={number}")
            assert answer.status == 200, (path, number, answer.status)
        for path, there in self.there.items():
            status = web("GET", path).status
            assert status == (200 if there else 404), (path, there, status)


def crash(installation: Installation, world: World | None) -> World:
    """One round: serve, check what came before, write, and be killed."""
    with installation.serving(**_LIMITS) as served:
        if world is None:
            world = World(served.web)
        else:
            world.check(served.web)
        known = world
        written, stop = Counter[str](), threading.Event()

        def write(number: int) -> None:
            if number == 0:
                deadline = time.monotonic() + 20
                while sum(written.values()) < ENOUGH and time.monotonic() < deadline:
                    time.sleep(0.02)
                time.sleep(random.random() / 10)
                served.kill()
                stop.set()
                return
            web, kinds = Web(served.web.url, served.web.key), known.kinds()
            while not stop.is_set():
                name = random.choice(list(kinds))
                with contextlib.suppress(OSError, HTTPException):
                    kinds[name](web)
                    written[name] += 1

        at_once(WRITERS + 1, write)
        known.wrote.update(written)
    return world


def run(kills: int, installation: Installation) -> Counter[str]:
    """Raises AssertionError for the first thing that is lost or not sound."""
    world = None
    for number in range(kills):
        world = crash(installation, world)
        if number % 5 == 4 or number == kills - 1:
            done = installation.manage("doctor", "--deep")
            assert done.code == 0, (number, done.out, done.err)
    assert world is not None
    with installation.serving(**_LIMITS) as served:
        world.check(served.web)
    return world.wrote


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    kills = parser.parse_args().kills
    databases = Databases()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder, database = Path(scratch) / "data", databases.make()
            installation = Installation.at(folder, database)
            done = installation.manage("setup")
            assert done.code == 0, done.err
            wrote = run(kills, installation)
    finally:
        databases.clear()
    kind = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    sys.stdout.write(f"{kind}: {kills} kills, nothing lost; {dict(sorted(wrote.items()))}\n")


if __name__ == "__main__":
    main()

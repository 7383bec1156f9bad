"""The server is killed, and its database goes away: nothing is half done, and all comes back."""

import contextlib
import secrets
import sqlite3
import threading
import time
from http.client import HTTPException

import pytest
from django.db import utils
from rest_framework.test import APIRequestFactory

from amara_api.kernel import errors
from amara_api.kernel.rest.exceptions import to_response
from tests.server.web import SRT, at_once, select


def test_kill_9_during_posts_leaves_whole_versions_only(installation):
    key = None
    acknowledged = set()
    # `tests.server.crashes` kills it as often as one likes, and `.ci/run` has it do so.
    for round in range(4):
        with installation.serving() as served:
            web = served.web
            if key is None:
                url = "https://media.example.com/killed.mp4"
                film = f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
                key = web.key
            path = f"{film}/languages/en/subtitles/"
            stop = threading.Event()

            def write(n, web=web, path=path, stop=stop, served=served, round=round):
                # One of the callers is the end of the server, once the others are at it.
                if n == 0:
                    wanted = len(acknowledged) + 3
                    for _ in range(200):
                        if len(acknowledged) >= wanted:
                            break
                        time.sleep(0.05)
                    time.sleep(0.08 * round)
                    stop.set()
                    served.kill()
                    return
                body = {"subtitles": SRT, "sub_format": "srt", "action": "publish"}
                while not stop.is_set():
                    with contextlib.suppress(OSError, HTTPException):
                        answer = web("POST", path, body)
                        if answer.status == 201:
                            acknowledged.add(answer.json["version_number"])

            at_once(4, write)
        numbers = [
            number
            for (number,) in select(
                installation.environment,
                "SELECT version_number FROM subtitles_subtitleversion ORDER BY 1",
            )
        ]
        assert numbers == list(range(1, len(numbers) + 1))
        # What a caller was told is saved, is saved.
        assert acknowledged <= set(numbers)
        # Asked at once: PostgreSQL may still be finishing what the dead server had sent.
        [(versions, records)] = select(
            installation.environment,
            "SELECT (SELECT count(*) FROM subtitles_subtitleversion), (SELECT count(*) "
            "FROM activity_activityrecord WHERE type = 'version-added')",
        )
        assert versions == records
    assert len(acknowledged) >= 12
    done = installation.manage("doctor")
    assert (done.code, done.out) == (0, "Nothing is wrong.\n"), done


@contextlib.contextmanager
def database_away(installation, databases):
    """Nobody can reach the database, and who had a connection loses it."""
    if installation.database is None:
        # A writer that never ends, as a backup or a stray shell would be, beyond the timeout.
        file = installation.folder / "amara.sqlite3"
        link = sqlite3.connect(file, isolation_level=None)
        link.execute("BEGIN EXCLUSIVE")
        yield
        link.rollback()
        link.close()
        return
    name = installation.database.rpartition("/")[2]
    databases.run(
        f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    yield
    databases.run(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def test_without_its_database_it_says_so_and_recovers_by_itself(installation, databases):
    with installation.serving() as served:
        web = served.web
        url = f"https://media.example.com/{secrets.token_hex(4)}.mp4"
        film = f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
        body = {"subtitles": SRT, "sub_format": "srt"}
        calls = [
            ("POST", f"{film}/languages/en/subtitles/", body),
            ("PUT", film, {"title": "Other"}),
            ("POST", "users/", {"username": "later"}),
        ]
        # Readers of SQLite do not wait for writers, so only writes can fail there.
        if installation.database:
            calls += [("GET", film), ("GET", "videos/"), ("GET", "users/me/")]
        with database_away(installation, databases):
            answers = at_once(len(calls), lambda n: web(*calls[n]))
            for call, answer in zip(calls, answers, strict=True):
                assert answer.status == 503, (call, answer.status, answer.body)
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.media_type == "application/json"
                assert answer.json == {
                    "detail": "The database is not available. Try again in a moment."
                }
            if installation.database:
                health = web("GET", "/healthz")
                assert (health.status, health.media_type) == (503, "application/json")
            # What needs no database is served.
            assert web("GET", "languages/", key=None).status == 200
        # Each thread of the server may have to find out for itself that its connection is dead.
        deadline = time.monotonic() + 60
        while {web(*call).status for call in calls for _ in range(8)} - {200, 201, 400}:
            assert time.monotonic() < deadline
        assert web("GET", film).json["title"] == "Other"
        assert web("GET", "users/later/").status == 200
    log = served.log.read_text()
    assert "database unavailable" in log
    assert installation.manage("doctor").code == 0


FAULTS = [
    (utils.OperationalError("database is locked"), 503),
    (utils.OperationalError("server closed the connection unexpectedly"), 503),
    (utils.OperationalError("database or disk is full"), 503),
    (utils.OperationalError("attempt to write a readonly database"), 503),
    (utils.InternalError("cannot execute INSERT in a read-only transaction"), 503),
    (utils.InterfaceError("connection already closed"), 503),
    (utils.DatabaseError("database disk image is malformed"), 503),
    (utils.IntegrityError("violates foreign key constraint"), 409),
    (errors.Conflict(), 409),
    (errors.NotThere(), 404),
    (errors.NotAllowed(), 403),
    (errors.InvalidInput("no"), 400),
    # Our own defects: nothing is made up about them.
    (utils.ProgrammingError("no such column"), None),
    (utils.DataError("value too long"), None),
    (KeyError("x"), None),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=lambda value: str(value)[:40])
def test_each_fault_has_its_status(fault, status):
    request = APIRequestFactory().get("/api/videos/")
    answer = to_response(fault, {"request": request, "view": None})
    if status is None:
        assert answer is None
        return
    assert answer.status_code == status
    if isinstance(fault, utils.Error):
        assert str(fault) not in str(answer.data)
    assert (answer.get("Retry-After") is not None) == (status == 503)

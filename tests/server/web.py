"""Real HTTP, many callers at once, and a look into the database behind the server's back."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"


# Seconds after which a connection is not used again: servers end those that wait for long.
IDLE = 10


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()


class Web:
    """Requests with a key. Every thread has a connection of its own and keeps it."""

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 60) -> None:
        self.url, self.key, self.timeout = url, key, timeout
        self.place = urlsplit(url)
        self._own = threading.local()

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", **headers: str
    ) -> Answer:
        """`key=None` sends none. Header names take underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        chosen = self.key if key == "" else key
        if chosen:
            sent.setdefault("X-api-key", chosen)
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        path = path if path.startswith("/") else f"/api/{path}"
        connection = getattr(self._own, "connection", None)
        if connection is not None and time.monotonic() - self._own.since > IDLE:
            self.close()
            connection = None
        if connection is None:
            assert self.place.hostname
            connection = http.client.HTTPConnection(
                self.place.hostname, self.place.port, timeout=self.timeout
            )
            self._own.connection = connection
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        self._own.since = time.monotonic()
        return answer

    def close(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._own.connection = None

    def made(self, path: str, **fields: Any) -> Any:
        answer = self("POST", path, fields)
        assert answer.status == 201, (answer.status, answer.body)
        return answer.json

    def raw(self, *parts: bytes, half_close: bool = False) -> Answer:
        """The bytes as they are, on a connection of their own."""
        with socket.create_connection((self.place.hostname, self.place.port), timeout=30) as link:
            for part in parts:
                link.sendall(part)
            if half_close:
                link.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(link)
            response.begin()
            return Answer(response.status, response.headers, response.read())


def at_once(callers: int, call: Callable[[int], Any]) -> list[Any]:
    """What `call(0)` … `call(callers - 1)` return, all let go at the same moment."""
    start = threading.Barrier(callers)

    def one(number: int) -> Any:
        start.wait()
        return call(number)

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


def sorted_statuses(answers: Sequence[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


def select(environment: dict[str, str], sql: str) -> list[tuple[Any, ...]]:
    """Rows of a server's database, read past the server."""
    url = environment.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        import psycopg2

        link = psycopg2.connect(url)
        try:
            with link.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            link.close()
    import sqlite3

    file = f"{environment['AMARA_DATA_DIR']}/amara.sqlite3"
    link = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)
    try:
        return link.execute(sql).fetchall()
    finally:
        link.close()


def tables(environment: dict[str, str]) -> list[str]:
    if environment.get("DATABASE_URL", "").startswith("postgres"):
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    return [name for (name,) in select(environment, query)]


# The server's own worker notes here how the deliveries of earlier tests go on, and lists add up the
# rows of their counts at any time. It also notes that it lives.
_STABLE = {
    "kernel_figure": "0 * COUNT(*)",
    "kernel_worker": "0 * COUNT(*)",
    "activity_callback": "id, team_id, url",
    "activity_notification": "id",
    "teams_listnote": "0 * COUNT(*)",
    "videos_videocount": "DISTINCT 0",
}


def dump(environment: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for how deliveries are going and how counts are kept."""
    return {
        name: sorted(
            select(environment, f'SELECT {_STABLE.get(name, "*")} FROM "{name}"'), key=repr
        )
        for name in tables(environment)
    }

"""Between a server that speaks ASGI and Django, which runs in threads.

What a WSGI server may hide is told here: whether a body came to its end, and how a path was
written. A body that is slow in coming holds no thread, one that breaks off or is too large reaches
no view, and what waits is bounded, in memory and on the disk.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from contextlib import nullcontext
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import unquote_to_bytes

from django.conf import settings
from rest_framework.exceptions import APIException

from amara_api.kernel.headers import pairs
from amara_api.kernel.intake import limits
from amara_api.kernel.intake.body import BodyTooLarge, Busy, CutShort, TooSlow
from amara_api.kernel.intake.framing import REFUSED, Framing

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from amara_api.kernel.shapes import Data

    Django = Callable[[WSGIEnvironment], HttpResponseBase]

Message = MutableMapping[str, "Data"]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# Of those that queue: so many, so many seconds.
_QUEUE = 200
_PATIENCE = 10
# Bytes of a body.
_LARGE = 2**20
_FREE = nullcontext()

logger = logging.getLogger("amara_api.intake")

# The rest of every environment.
_ALWAYS: dict[str, object] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
_FAILED = (500, [(b"content-type", b"text/plain")], b"The server failed to answer.")


class Crowded(Busy):
    default_detail = "Too many people are doing this at the moment. Try again in a few seconds."
    wait = 3


class Front:
    """The ASGI application. ``django`` is called in one of so many ``threads``.

    A POST to one of the ``slow`` paths is hard work for whoever sends it. Of those one thread is
    always kept free, and who waits their turn holds none. Large bodies have half of the threads:
    what is made of one is many times its size, and small requests go on beside them.
    """

    def __init__(self, django: Django, threads: int, slow: Collection[str] = ()) -> None:
        self._django = django
        self._threads = threads
        self._started = False
        self._work: SimpleQueue[_Job] = SimpleQueue()
        self._room = _Room()
        self._slow = frozenset(slow)
        self._lane = asyncio.Semaphore(max(1, threads - 1))
        self._wide = asyncio.Semaphore(max(1, threads // 2))
        self._queued = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not self._started:
            # Not before: a server may fork after it has loaded its application.
            self._started = True
            for number in range(self._threads):
                name = f"request-{number}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()
        environ = environment(scope)
        held = _Held(self._room)
        slow = False
        try:
            environ["wsgi.input"] = await self._body(environ, receive, held)
            if environ["PATH_INFO"] in self._slow and environ["REQUEST_METHOD"] == "POST":
                slow = await self._turn(environ)
            async with self._wide if held.size > _LARGE else _FREE:
                loop = asyncio.get_running_loop()
                job = _Job(environ, loop, loop.create_future(), send)
                self._work.put(job)
                answer = await job.answer
        finally:
            held.let_go()
            if slow:
                self._lane.release()
        if answer is not None:
            status, headers, body = answer
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    # --- the body --------------------------------------------------------------------------------

    async def _body(self, environ: WSGIEnvironment, receive: Receive, held: _Held) -> IO[bytes]:
        """All of it; or nothing, and the environment says why."""
        try:
            framing = Framing.of(environ)
            if not framing.has_body:
                return BytesIO()
            if framing.refusal is not None and framing.unwanted:
                raise framing.refusal
            task = asyncio.ensure_future(_collected(receive, framing, held))
            await asyncio.wait({task}, timeout=settings.AMARA_BODY_SECONDS)
            if not task.done():
                task.cancel()
                raise TooSlow
            body, length = task.result()
        except APIException as error:
            environ[REFUSED] = error
            environ.pop("CONTENT_LENGTH", None)
            return BytesIO()
        environ["CONTENT_LENGTH"] = str(length)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return body

    async def _turn(self, environ: WSGIEnvironment) -> bool:
        """Whether it has come; the environment says if it does not."""
        self._queued += 1
        try:
            if self._queued <= _QUEUE:
                async with asyncio.timeout(_PATIENCE):
                    await self._lane.acquire()
                return True
        except TimeoutError:
            pass
        finally:
            self._queued -= 1
        environ[REFUSED] = Crowded()
        return False

    # --- the threads -----------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            job = self._work.get()
            try:
                job.run(self._django)
            except Exception:
                # Views do not get here: Django answers what they raise.
                logger.exception("a request could not be answered")
                job.settle(_FAILED)
            # What it holds goes now, and not with the next request.
            del job


class _Room:
    """For the bodies of all requests of a process."""

    def __init__(self) -> None:
        self.taken = 0


class _Held:
    """What one request holds of it."""

    def __init__(self, room: _Room) -> None:
        self._room = room
        self.size = 0  # bytes
        self._file: IO[bytes] | None = None

    def file(self) -> IO[bytes]:
        made = SpooledTemporaryFile(max_size=limits.MAX_IN_MEMORY)  # noqa: SIM115 - closed below
        self._file = cast("IO[bytes]", made)
        return self._file

    def take(self, size: int) -> None:
        if self._room.taken + size > limits.MAX_WAITING:
            raise Busy
        self.size += size
        self._room.taken += size

    def let_go(self) -> None:
        self._room.taken -= self.size
        self.size = 0
        if self._file is not None:
            self._file.close()


async def _collected(receive: Receive, framing: Framing, held: _Held) -> tuple[IO[bytes], int]:
    """The body and its length. One that is refused is read on for a while, and forgotten: a client
    that is still sending when the connection ends never sees the answer."""
    body, length, refusal = held.file(), 0, framing.refusal
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise CutShort
        piece: bytes = message.get("body") or b""
        length += len(piece)
        if length > framing.limit:
            refusal = refusal or BodyTooLarge()
        if refusal is None:
            held.take(len(piece))
            body.write(piece)
        elif length > limits.max_patience():
            raise refusal
        if not message.get("more_body"):
            break
    if refusal is not None:
        raise refusal
    if framing.length is not None and framing.length != length:
        raise CutShort
    body.seek(0)
    return body, length


# --- the request ---------------------------------------------------------------------------------

# Names of headers as an environment has them; an empty one is left out.
_NAMES: dict[bytes, str] = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
_MAX_NAMES = 1000


def environment(scope: Message) -> WSGIEnvironment:
    """What WSGI calls a request, without its body."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    environ: WSGIEnvironment = dict(_ALWAYS)
    environ["REQUEST_METHOD"] = scope["method"]
    environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
    environ["RAW_URI"] = path.decode("latin-1")
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["SERVER_PROTOCOL"] = f"HTTP/{scope['http_version']}"
    environ["wsgi.url_scheme"] = scope.get("scheme", "http")
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ["SERVER_NAME"], environ["SERVER_PORT"] = str(server[0]), str(server[1])
    environ["REMOTE_ADDR"] = client[0] if client else ""
    size = 0
    for sent, value in scope["headers"]:
        size += len(sent) + len(value)
        name = _NAMES.get(sent)
        if name is None:
            name = _name(sent)
        if not name:
            continue
        text = value.decode("latin-1")
        if name in environ:
            text = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{text}"
        environ[name] = text
    environ["amara.header_bytes"] = size
    return environ


def _name(sent: bytes) -> str:
    text = sent.decode("latin-1").lower()
    # X_API_KEY would become what X-API-KEY becomes, behind the back of a proxy that sets the one.
    name = "" if "_" in text else f"HTTP_{text.upper().replace('-', '_')}"
    if len(_NAMES) < _MAX_NAMES:
        _NAMES[sent] = name
    return name


# --- the answer ----------------------------------------------------------------------------------

Answer = tuple[int, Headers, bytes]


class _Job:
    """A request in a thread. ``answer`` is what to send, or None if the thread has sent it."""

    def __init__(
        self,
        environ: WSGIEnvironment,
        loop: asyncio.AbstractEventLoop,
        answer: asyncio.Future[Answer | None],
        send: Send,
    ) -> None:
        self.environ, self.loop, self.answer, self._send = environ, loop, answer, send

    def run(self, django: Django) -> None:
        response = django(self.environ)
        try:
            status, headers = response.status_code, _headers(response)
            if response.streaming:
                self._stream(status, headers, cast("Iterable[bytes]", response))
                self.settle(None)
            else:
                self.settle((status, headers, cast("HttpResponse", response).content))
        finally:
            response.close()

    def _stream(self, status: int, headers: Headers, pieces: Iterable[bytes]) -> None:
        """A piece at a time, so that what is long is never in memory as a whole."""
        self._say({"type": "http.response.start", "status": status, "headers": headers})
        for piece in pieces:
            if piece:
                self._say({"type": "http.response.body", "body": piece, "more_body": True})
        self._say({"type": "http.response.body", "body": b"", "more_body": False})

    def _say(self, message: Message) -> None:
        async def sending() -> None:
            await self._send(message)

        asyncio.run_coroutine_threadsafe(sending(), self.loop).result()

    def settle(self, answer: Answer | None) -> None:
        self.loop.call_soon_threadsafe(_settle, self.answer, answer)


def _headers(response: HttpResponseBase) -> Headers:
    sent = [(_sent(name), text.encode("latin-1")) for name, text in pairs(response)]
    for cookie in response.cookies.values():
        sent.append((b"set-cookie", cookie.output(header="").strip().encode("latin-1")))
    return sent


@lru_cache(maxsize=256)
def _sent(name: str) -> bytes:
    return name.lower().encode()


def _settle(future: asyncio.Future[Answer | None], answer: Answer | None) -> None:
    if not future.done():
        future.set_result(answer)

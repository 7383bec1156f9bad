"""Servers on this machine that answer as the worst of the internet does."""

import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """Answers by the first part of the path; `answers` adds to it, or stands in for it."""

    server: "Fake"
    protocol_version = "HTTP/1.1"

    def do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
        name, _, rest = self.path.lstrip("/").partition("?")[0].partition("/")
        with contextlib.suppress(OSError):
            answer = self.server.answers.get(name)
            if answer is not None:
                status, body, *headers = answer
                self.say(status, body, **(headers[0] if headers else {}))
            else:
                getattr(self, f"say_{name}", self.say_unknown)(rest)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do

    def say(self, status: int, body: bytes = b"", /, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def say_unknown(self, rest: str) -> None:
        self.say(404, b"There is nothing here.")

    def say_ok(self, rest: str) -> None:
        self.say(200, b"hello", Content_Type="text/plain", X_From="fake")

    def say_status(self, rest: str) -> None:
        self.say(int(rest), b"so it is")

    def say_to(self, rest: str) -> None:
        """/to/STATUS/URL redirects there; a path leads to the same server."""
        status, _, target = rest.partition("/")
        self.say(int(status), Location=target if ":" in target else f"/{target}")

    def say_loop(self, rest: str) -> None:
        self.say(302, Location="/loop/")

    def say_nowhere(self, rest: str) -> None:
        self.say(302)

    def say_large(self, rest: str) -> None:
        self.say(200, b"x" * int(rest))

    def say_endless(self, rest: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)

    def say_bomb(self, rest: str) -> None:
        self.say(200, gzip.compress(bytes(int(rest))), Content_Encoding="gzip")

    def say_zipped(self, rest: str) -> None:
        self.say(200, gzip.compress(b"hello"), Content_Encoding="gzip")

    def say_no_gzip(self, rest: str) -> None:
        self.say(200, b"not zipped at all", Content_Encoding="gzip")

    def say_short(self, rest: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"hello")
        self.close_connection = True

    # These never end by themselves: who waits for one of them waits until the test is stopped.

    def say_silence(self, rest: str) -> None:
        self.server.stopped.wait()

    def say_drip_headers(self, rest: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._drip(b"x")

    def say_drip_continue(self, rest: str) -> None:
        self._drip(b"HTTP/1.1 100 Continue\r\n\r\n")

    def say_drip_body(self, rest: str) -> None:
        """Without a length, so that a cut looks like an end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        self._drip(b"x")

    def say_drip_redirects(self, rest: str) -> None:
        self.server.stopped.wait(0.05)
        self.say(302, Location=f"/drip_redirects/{int(rest or 0) + 1}")

    def _drip(self, data: bytes) -> None:
        while not self.server.stopped.wait(0.05):
            self.wfile.write(data)
            self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        return


class Fake(ThreadingHTTPServer):
    """A running server. ``asked`` is what reached it, oldest first."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.answers: dict[str, tuple[Any, ...]] = {}
        self.stopped = threading.Event()
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str = "ok", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}/{path}"

    def handle_error(self, *args: Any) -> None:
        return


@contextlib.contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Fake]:
    fake = Fake(tls)
    threading.Thread(target=fake.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield fake
    finally:
        fake.stopped.set()
        fake.shutdown()
        fake.server_close()


def names(addresses: dict[str, list[str] | Callable[[], Any]]) -> Any:
    """A `socket.getaddrinfo` that knows these names, and otherwise literals alone."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        found = addresses.get(host)
        if callable(found):
            found = found()
        if found is None:
            kwargs["flags"] = socket.AI_NUMERICHOST
            return real(host, port, *args, **kwargs)
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                socket.IPPROTO_TCP,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in found
        ]

    return getaddrinfo

"""A loopback proxy that plays amara.org for programs with that host built in.

The programs need no change, only an environment:

    with AmaraProxy("http://127.0.0.1:8000", some_empty_folder) as proxy:
        subprocess.run(["yt-dlp", "https://amara.org/..."], env={**os.environ, **proxy.environment})

TLS ends here, as it does at the reverse proxy of a real installation, and the request goes on with
its Host and `X-Forwarded-*`. Every other host is refused, so no program gets out to the internet.
"""

import http.client
import ssl
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
"""Headers that speak of one connection, which a proxy does not pass on (RFC 9110, 7.6.1)."""


@dataclass(frozen=True)
class Exchange:
    """One request that reached the server, and the status of its answer."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int


class AmaraProxy:
    """A running proxy in front of the server at `upstream`; a context manager."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self.exchanges: list[Exchange] = []
        """What was passed on, oldest first."""
        self.refused: list[str] = []
        """What was not: the request targets of other hosts."""
        self.ca_file = folder / "ca.pem"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._server.upstream = urlsplit(upstream).netloc
        self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.tls.load_cert_chain(*make_certificates(folder))

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """Sends requests, curl and most other clients here and has them trust what they meet."""
        proxies = {"http_proxy": self.url, "https_proxy": self.url, "no_proxy": "127.0.0.1"}
        trust = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
        return {
            **proxies,
            **{name.upper(): value for name, value in proxies.items()},
            **{name: str(self.ca_file) for name in trust},
        }

    def __enter__(self) -> "AmaraProxy":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    proxy: AmaraProxy
    upstream: str
    tls: ssl.SSLContext


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    # Where a CONNECT led; "" before one.
    origin = ""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        if not _is_amara(host) or port != "443":
            self._refuse()
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError:
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.origin = f"https://{host}"
        # The requests of the tunnel come next, also when CONNECT itself was HTTP/1.0.
        self.close_connection = False

    def _forward(self) -> None:
        url = self.origin + self.path if self.path.startswith("/") else self.path
        parts = urlsplit(url)
        if not _is_amara(parts.hostname or ""):
            self._refuse()
            return
        body = self._read_body()
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        # Built by hand: a header the client left out, such as Content-Type, must stay out.
        target = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        upstream.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                upstream.putheader(name, value)
        if body or self.command in {"POST", "PUT", "PATCH"}:
            upstream.putheader("Content-Length", str(len(body)))
        upstream.putheader("X-Forwarded-Proto", parts.scheme)
        upstream.putheader("X-Forwarded-Host", parts.netloc)
        upstream.putheader("X-Forwarded-For", "127.0.0.1")
        try:
            upstream.endheaders(body or None)
            answer = upstream.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._answer(502, "text/plain", f"The server does not answer: {error}".encode())
            return
        finally:
            upstream.close()
        self.server.proxy.exchanges.append(
            Exchange(self.command, url, dict(self.headers), body, answer.status)
        )
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("Content-Length", answer.headers.get("Content-Length", "0"))
        elif answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _refuse(self) -> None:
        self.server.proxy.refused.append(self.path)
        self.close_connection = True
        self._answer(403, "text/plain", b"This proxy leads to amara.org only.")

    def _answer(self, status: int, content_type: str, content: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def finish(self) -> None:
        # The server closes the plain socket, which a TLS socket has taken the place of.
        try:
            super().finish()
        finally:
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Silence; `exchanges` and `refused` are the log."""


def _is_amara(host: str) -> bool:
    return host.lower() == "amara.org" or host.lower().endswith(".amara.org")


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """An authority in `folder`/ca.pem and a chain and key that it vouches for, for two days."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    (folder / "ca.cnf").write_text(
        "[req]\ndistinguished_name=name\nx509_extensions=ca\nprompt=no\n"
        "[name]\nCN=Authority of the client tests\n"
        "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        "subjectKeyIdentifier=hash\n"
    )
    (folder / "site.cnf").write_text(
        "subjectAltName=DNS:amara.org,DNS:*.amara.org\nextendedKeyUsage=serverAuth\n"
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    authority = ("-x509", "-config", "ca.cnf", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new_key, *authority)
    request = ("-subj", "/CN=amara.org", "-keyout", "site.key", "-out", "site.csr")
    openssl("req", *new_key, *request)
    signed_by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    terms = ("-days", "2", "-extfile", "site.cnf", "-out", "site.pem")
    openssl("x509", "-req", "-in", "site.csr", *signed_by, *terms)
    return folder / "site.pem", folder / "site.key"

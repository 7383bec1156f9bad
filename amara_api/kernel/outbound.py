"""The one client for HTTP that this server speaks to others.

People name the addresses, so nothing about them is trusted: not where they lead, how much they
answer, nor how long they take.
"""

import ipaddress
import re
import socket
import ssl
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from threading import Lock, Thread, Timer
from time import monotonic
from typing import NamedTuple, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.utils import requote_uri
from requests_hardened.client import HTTPSession
from requests_hardened.config import Config
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES, InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from amara_api.kernel import hours
from amara_api.kernel.errors import Busy
from amara_api.kernel.shapes import Data

UNREACHABLE = "Connection error"
TOO_SLOW = "Request timeout"
LOST = "Too many redirects"
TOO_LARGE = "Response too large"
FORBIDDEN = "Address not allowed"
NO_PLACE = "No place"  # of fetches; told to operators alone

MAX_URL_LENGTH = 2048
PORTS = {"http": 80, "https": 443}
_CHUNK = 16 * 1024
_USER_AGENT = "amara-api-server"
_REDIRECTS = {301, 302, 303, 307, 308}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
T = TypeVar("T")
# As requests takes them: whether, or with which file; a file, or one and its key.
Verify = bool | str
Certificate = str | tuple[str, str] | None


class OutboundError(Exception):
    """Why there is no reply: one of the five sentences above, and never a secret.

    ``detail`` is for operators and says more where more is known: which step failed. It holds no
    address of the network that the server stands in.
    """

    def __init__(self, said: str, detail: str = "") -> None:
        super().__init__(said)
        self.detail = detail or said


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """Found by name in any case."""
    body: bytes
    """Decompressed."""


class _Full(Busy):
    """It is not the caller who has too many."""


class _Places:
    """How many fetches run now that callers cause, and for whom."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by: Counter[int] = Counter()

    def take(self, account: int) -> None:
        with self._lock:
            if self._by.total() >= settings.AMARA_FETCHES:
                raise _Full("The server is fetching as much as it can.")
            if account and self._by[account] >= settings.AMARA_FETCHES_BY_ACCOUNT:
                raise Busy("The server is still fetching for you.")
            self._by[account] += 1

    def leave(self, account: int) -> None:
        with self._lock:
            self._by[account] -= 1
            if not self._by[account]:
                del self._by[account]


_places = _Places()
PROVIDERS = 0
"""Stands for no account: what providers say of videos, whoever adds them. Nobody waits for it."""


@contextmanager
def place_for(account: int, url: str = "") -> Iterator[None]:
    """A place among the fetches that callers cause, for one of ``url``. Raises `Busy` when all are
    taken. What is slow, or finds no place, is counted, and its host told to operators.

    Who waits for somebody else's server holds a thread that could answer others, so that there
    are fewer places than threads, and an account has only its share.
    """
    try:
        _places.take(account)
    except _Full:
        hours.fetched(url, 0.0, failed=NO_PLACE, refused=True)
        raise
    began, failed = monotonic(), ""
    try:
        yield
    except OutboundError as error:
        failed = str(error)
        raise
    finally:
        _places.leave(account)
        hours.fetched(url, monotonic() - began, failed=failed, timed_out=failed == TOO_SLOW)


def fetch(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    max_bytes: int,
    seconds: float,
    redirects: int = 0,
    auth: tuple[str, str] | None = None,
) -> Reply:
    """Ask ``url``; whatever status it answers is a reply. Raises `OutboundError`.

    ``max_bytes`` of the decompressed body and ``seconds`` for everything together are the most
    that is taken. Up to ``redirects`` are followed; with 0 a redirect is a reply like any other.
    Headers and ``auth`` stay with the host they were meant for.
    """
    request = _Request(method.upper(), url, body, dict(headers or {}), auth)
    ends = monotonic() + seconds
    for _ in range(redirects + 1):
        reply, target = _ask(request, max_bytes, ends, following=redirects > 0)
        if target is None:
            return reply
        request = request.redirected(reply.status, target)
    raise OutboundError(LOST)


def refusal_of(url: str) -> str | None:
    """Why ``url`` may not be asked, as far as one can tell without a look-up; None if it may."""
    # Before it is parsed: urlsplit() silently drops tabs and line ends.
    if not url.isprintable() or any(char in ' <>"\\' for char in url):
        return "Enter a valid URL."
    if len(url) > MAX_URL_LENGTH:
        return f"Ensure the URL has no more than {MAX_URL_LENGTH} characters."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "Enter a valid URL."
    if parts.scheme not in PORTS:
        return "Only http and https URLs can be asked."
    if "@" in parts.netloc:
        return "The URL must not contain a user name or password."
    host = _host(parts)
    if not host or not _NETLOC.fullmatch(parts.netloc):
        return "Enter a valid URL."
    return _refusal_of_place(host, PORTS[parts.scheme] if port is None else port)


def _refusal_of_place(host: str, port: int) -> str | None:
    allowance = Allowance.of(settings.AMARA_OUTBOUND_ALLOW)
    literal = _literal(host)
    if allowance.covers(host, port, literal):
        return None
    if _hides_address(host, literal):
        return "Private addresses cannot be asked."
    # Where a name leads is not known yet; it may be a network where any port is allowed.
    known = literal is not None or not allowance.networks
    if port not in PORTS.values() and (known or port == 0):
        return "Only the ports 80 and 443 can be asked."
    return None


# --- what may be asked ---------------------------------------------------------------------------

# Checked as a whole, because urlsplit() forgives what stands around an address in brackets.
_NETLOC = re.compile(r"(?:\[[0-9a-f:.]+\]|[^][:@]+)(?::[0-9]*)?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def _host(parts: SplitResult) -> str:
    """The host as resolvers understand it: full-width letters are letters, a last dot is none."""
    return unicodedata.normalize("NFKC", parts.hostname or "").lower().removesuffix(".")


def _literal(host: str) -> Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _hides_address(host: str, literal: Address | None) -> bool:
    """Whether a host is, without a look-up, no public address or name."""
    if literal is not None:
        return not is_public(literal)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    # Resolvers read `127.1`, `0x7f000001` and `017700000001` as addresses.
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, whatever form it hides in."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not getattr(address, "is_site_local", False)
        and not any(address in network for network in EXTRA_BLOCKED_NET_RANGES)
    )


@dataclass(frozen=True)
class Allowance:
    """What an operator lets be asked although it is private, and on any port."""

    places: frozenset[tuple[str, int]]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    nonsense: tuple[str, ...]
    """Entries that are neither, which allow nothing."""

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowance":
        """Read ``host:port``, addresses and networks such as ``10.0.0.0/8``."""
        places, networks, nonsense = set(), [], []
        for entry in (entry.strip() for entry in entries):
            host, _, port = entry.rpartition(":")
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                if _NETLOC.fullmatch(entry) and host and port.isdigit() and 0 < int(port) < 2**16:
                    places.add((host.strip("[]").lower(), int(port)))
                else:
                    nonsense.append(entry)
        return cls(frozenset(places), tuple(networks), tuple(nonsense))

    def covers(self, host: str, port: int, address: Address | None) -> bool:
        if (host, port) in self.places:
            return True
        return address is not None and any(address in network for network in self.networks)


# --- one request ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    body: bytes | None
    headers: dict[str, str]
    auth: tuple[str, str] | None

    def redirected(self, status: int, target: str) -> "_Request":
        """What to ask next, as browsers do it."""
        method, body, headers, auth = self.method, self.body, self.headers, self.auth
        if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
            method, body = "GET", None
        if not _is_same_place(self.url, target):
            headers, auth = {k: v for k, v in headers.items() if k.lower() in _HARMLESS}, None
        if body is None:
            headers = {k: v for k, v in headers.items() if not k.lower().startswith("content-")}
        return _Request(method, target, body, headers, auth)


_HARMLESS = {"accept", "content-type"}


def _is_same_place(url: str, target: str) -> bool:
    """Whether what was meant for the one may be told the other; https in place of http may."""
    before, after = _place(url), _place(target)
    return before == after or (before[1:] == after[1:] and after[0] == "https")


def _place(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, the usual port as None."""
    with suppress(ValueError):
        parts = urlsplit(url)
        port = None if parts.port == PORTS.get(parts.scheme) else parts.port
        return parts.scheme, _host(parts), port
    return "", "", None


def _ask(
    request: _Request, max_bytes: int, ends: float, *, following: bool
) -> tuple[Reply, str | None]:
    """One reply, and where it leads if it is a redirect to be followed."""
    if refusal_of(request.url):
        raise OutboundError(FORBIDDEN)
    detail = ""
    with _Watch(ends) as watch, _session(watch) as session:
        try:
            return _exchange(session, watch, request, max_bytes, following=following)
        except InvalidIPAddress:
            problem = FORBIDDEN
        except _TooLarge:
            problem = TOO_LARGE
        except (requests.Timeout, TimeoutError):
            problem = TOO_SLOW
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            problem = TOO_SLOW if watch.left <= 0 else UNREACHABLE
            detail = _detail(error) if problem == UNREACHABLE else ""
    # Out here, so that the error does not carry the one before it with its url and headers.
    raise OutboundError(problem, detail)


def _detail(error: BaseException) -> str:
    """Which step failed, from the innermost cause that says so."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "The name was not found."
        if isinstance(cause, ssl.SSLCertVerificationError):
            # OpenSSL's words: what is wrong with it, and for whom it is not.
            return f"The certificate was not accepted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "TLS could not be agreed on: perhaps it speaks plain HTTP there."
        for kind, said in _STEPS.items():
            if isinstance(cause, kind):
                return said
    return "The connection or the answer was not HTTP as it should be."


_STEPS: dict[type[BaseException], str] = {
    ConnectionRefusedError: "The connection was refused: nobody listens there.",
    ConnectionResetError: "The other side cut the connection.",
    BrokenPipeError: "The other side cut the connection.",
    RemoteDisconnected: "The other side ended the connection without an answer.",
    IncompleteRead: "The answer broke off.",
}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that libraries have wrapped into it."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting and len(seen) < 20:
        each = waiting.pop(0)
        if any(each is other for other in seen):
            continue
        seen.append(each)
        yield each
        inner = [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
        waiting += [other for other in inner if isinstance(other, BaseException)]


class _TooLarge(Exception):
    pass


def _session(watch: "_Watch") -> HTTPSession:
    session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(watch.left, watch.left),
            user_agent_override=_USER_AGENT,
        )
    )
    # No proxies, .netrc or certificates that happen to be in the environment.
    session.trust_env = False
    session.mount("http://", _Adapter(watch, "http"))
    session.mount("https://", _Adapter(watch, "https"))
    return session


def _exchange(
    session: HTTPSession, watch: "_Watch", request: _Request, max_bytes: int, *, following: bool
) -> tuple[Reply, str | None]:
    with session.request(
        request.method,
        request.url,
        data=request.body,
        headers=request.headers,
        auth=request.auth and tuple(part.encode() for part in request.auth),  # type: ignore[arg-type]
        timeout=watch.left,
        allow_redirects=False,
        stream=True,
    ) as response:
        status, location = response.status_code, session.get_redirect_target(response)
        if following and location and status in _REDIRECTS:
            target = requote_uri(urljoin(request.url, location))
            return Reply(status, response.headers, b""), target
        body = _body(response, max_bytes)
    # A connection that was cut looks like one that ended.
    if watch.left <= 0:
        raise TimeoutError
    return Reply(status, response.headers, body), None


def _body(response: requests.Response, max_bytes: int) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise _TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


# --- time ----------------------------------------------------------------------------------------


class _Watch(ExitStack):
    """Cuts connections when the time is up.

    The time limit of a socket begins anew with every byte, so a server that sends one now and
    then would hold us for as long as it likes.
    """

    def __init__(self, ends: float) -> None:
        super().__init__()
        self.ends = ends

    @property
    def left(self) -> float:
        """Seconds; never quite none, which to sockets would mean never to wait."""
        return max(self.ends - monotonic(), 0.0)

    def over(self, sock: socket.socket) -> socket.socket:
        # A handle of our own: TLS takes the first one's place.
        handle = sock.dup()
        self.callback(handle.close)
        timer = Timer(self.left, _cut, [handle])
        timer.daemon = True
        timer.start()
        self.callback(timer.cancel)
        return sock

    def wait_for(self, work: Callable[[], T]) -> T:
        """What ``work`` returns; `TimeoutError` when it takes too long, as name servers may, and
        a look-up cannot be interrupted."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        Thread(target=run, daemon=True).start()
        return future.result(timeout=self.left)


def _cut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


# --- addresses -----------------------------------------------------------------------------------


class _Plain(HTTPConnection):
    watch: _Watch

    def _new_conn(self) -> socket.socket:
        return self.watch.over(super()._new_conn())


class _Secure(HTTPSConnection):
    watch: _Watch

    def _new_conn(self) -> socket.socket:
        return self.watch.over(super()._new_conn())


class _Adapter(IPFilterAdapter):
    """Looks a host up once, checks the address and connects to that address and no other.

    The library does; here the operator's allowance, ports and time are added to it.
    """

    def __init__(self, watch: _Watch, scheme: str) -> None:
        super().__init__(is_https_proto=scheme == "https")
        self.watch = watch
        self.scheme = scheme

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Verify, cert: Certificate = None
    ) -> tuple[dict[str, Data], dict[str, Data]]:
        named, kwargs = HTTPAdapter.build_connection_pool_key_attributes(
            self, request, verify, cert
        )
        host = named["host"].lower().removesuffix(".")
        port = PORTS[self.scheme] if named["port"] is None else named["port"]
        pinned = super().build_connection_pool_key_attributes
        try:
            place, pool = self.watch.wait_for(lambda: pinned(request, verify, cert))
            address = ipaddress.ip_address(place["host"].strip("[]"))
        except InvalidIPAddress as refused:
            # The very address that was looked up.
            address = refused.args[0]
            pinned_host = f"[{address}]" if address.version == 6 else str(address)
            place, pool = {**named, "host": pinned_host}, kwargs
            if self.scheme == "https":
                pool |= {"assert_hostname": named["host"], "server_hostname": named["host"]}
        if Allowance.of(settings.AMARA_OUTBOUND_ALLOW).covers(host, port, address):
            return place, pool
        if not is_public(address) or port not in PORTS.values():
            raise InvalidIPAddress(address)
        return place, pool

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Verify,
        proxies: dict[str, str] | None = None,
        cert: Certificate = None,
    ) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        kind: type[_Plain] | type[_Secure] = _Secure if self.scheme == "https" else _Plain

        def connect(**options: Data) -> _Plain | _Secure:
            connection = kind(**options)
            connection.watch = self.watch
            return connection

        # It is only ever called.
        pool.ConnectionCls = connect  # type: ignore[assignment]
        return pool


def origin_of(url: str) -> str:
    """Where a url leads, for those who may not read what it holds: no name, path or query."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}/"

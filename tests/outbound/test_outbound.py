"""Where the server's own requests may go, how much they take and how long they last."""

import contextlib
import logging
import socket
import ssl
import threading
import time
import traceback
import tracemalloc
import zlib

import pytest
import requests.adapters
import urllib3.util.connection

from amara_api.kernel import outbound
from amara_api.kernel.outbound import OutboundError, fetch, refusal_of
from tests.clients.proxy import make_certificates
from tests.outbound.fakes import names, running

PUBLIC = "93.184.216.34"
SECRET = "s3cr3t"


@pytest.fixture
def fake(settings):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    with running() as server:
        yield server


@pytest.fixture
def no_sockets(monkeypatch):
    """Nothing is connected to; what somebody tried is in the list."""
    tried = []

    def create_connection(address, *args, **kwargs):
        tried.append(address)
        raise OSError("Nothing is connected to here.")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    return tried


def ask(url, method="GET", **options):
    return fetch(method, url, **{"max_bytes": 1000, "seconds": 10, **options})


def failure(url, **options):
    with pytest.raises(OutboundError) as caught:
        ask(url, **options)
    return str(caught.value)


# --- addresses -----------------------------------------------------------------------------------

PRIVATE_HOSTS = [
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0"),
    *("169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[fe80::1]"),
    *("[fc00::1]", "[fd00::1]", "[fec0::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    *("[2001:db8::1]", "[2001::1]", "[100::1]", "[3fff::1]", "[5f00::1]"),
]
DISGUISED = [
    *("2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.1"),
    *("127.0.0.1.", "１２７.0.0.1", "134744072", "010.8.8.8", "8.8.8.08"),
    *("localhost", "LOCALHOST", "localhost.", "a.localhost"),
]
HIDDEN = "Private addresses cannot be asked."
REFUSED = [
    *((f"http://{host}/", HIDDEN) for host in PRIVATE_HOSTS + DISGUISED),
    *((f"https://{host}/x", HIDDEN) for host in PRIVATE_HOSTS),
    *(
        (f"{start}example.com/", "Only http and https URLs can be asked.")
        for start in ("ftp://", "file://", "gopher://", "ws://", "//", "")
    ),
    ("file:///etc/passwd", "Only http and https URLs can be asked."),
    ("data:text/plain,x", "Only http and https URLs can be asked."),
    ("javascript:alert(1)", "Only http and https URLs can be asked."),
    *(
        (f"http://{user}@example.com/", "The URL must not contain a user name or password.")
        for user in ("me", "me:secret", ":", "", "example.org:80")
    ),
    *(
        (f"http://example.com:{port}/", "Only the ports 80 and 443 can be asked.")
        for port in (0, 1, 22, 81, 5432, 8080, 65535)
    ),
    (f"http://{PUBLIC}:8080/", "Only the ports 80 and 443 can be asked."),
    *(
        (url, "Enter a valid URL.")
        for url in (
            *(
                "http://",
                "http:///x",
                "http:example.com",
                "https://:80/",
                "http://?x",
                "http://[::1",
            ),
            *("http://example.com:65536/", "http://example.com:x/", "http://[example.com]/"),
            *("http://exa mple.com/", "http://example.com/\r\nX: y", "http://example.com/\x00"),
            *("http://example.com\\@127.0.0.1/", "\thttp://example.com/", "http://[fe80::1%eth0]/"),
            *("http://a:b:c/", "http://[::1]x/"),
        )
    ),
    (
        "http://example.com/" + "x" * 2030,
        "Ensure the URL has no more than 2048 characters.",
    ),
]
ALLOWED = [
    *("http://example.com", "HTTPS://EXAMPLE.COM/a?b=c#d", "http://example.com:80/"),
    *("https://example.com:443/", "http://example.com:443/", "https://example.com:80/"),
    *(f"http://{PUBLIC}/", "http://[2606:2800:220:1::1]/", "http://bücher.example/"),
    *("http://example.com/a@b", "http://intranet/", "http://localhost.example.com/"),
    *("http://1.example.com/", "http://example.com:/", "http://example.com/" + "x" * 2029),
]


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_what_may_not_be_asked_is_named_and_never_connected_to(
    url, reason, no_sockets, monkeypatch
):
    def never(*args, **kwargs):
        raise AssertionError("Somebody looked it up.")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    assert refusal_of(url) == reason
    assert failure(url) == "Address not allowed"
    assert no_sockets == []


@pytest.mark.parametrize("url", ALLOWED)
def test_what_may_be_asked(url):
    assert refusal_of(url) is None


RESOLVED = [host.strip("[]") for host in PRIVATE_HOSTS]


@pytest.mark.parametrize("address", RESOLVED)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_to_a_private_address(address, scheme, no_sockets, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", names({"innocent.example": [address]}))
    assert refusal_of(f"{scheme}://innocent.example/") is None
    assert failure(f"{scheme}://innocent.example/") == "Address not allowed"
    assert no_sockets == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_address_that_was_checked_is_the_one_connected_to(scheme, no_sockets, monkeypatch):
    """A name that leads elsewhere the second time it is looked up."""
    looked_up = []

    def rebinding():
        looked_up.append(1)
        return [PUBLIC] if len(looked_up) == 1 else ["127.0.0.1"]

    monkeypatch.setattr(socket, "getaddrinfo", names({"rebinding.example": rebinding}))
    assert failure(f"{scheme}://rebinding.example/") == "Connection error"
    assert len(looked_up) == 1
    assert no_sockets == [(PUBLIC, outbound.PORTS[scheme])]


def test_a_name_that_nobody_knows_and_one_that_takes_too_long(monkeypatch):
    def unknown():
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    over = threading.Event()

    def slow():
        over.wait()
        raise OSError

    hosts = {"unknown.example": unknown, "slow.example": slow}
    monkeypatch.setattr(socket, "getaddrinfo", names(hosts))
    assert failure("http://unknown.example/") == "Connection error"
    assert failure("http://slow.example/", seconds=0.1) == "Request timeout"
    over.set()


ALLOWANCES = [
    # The setting → urls that may be asked with it, and urls that may not.
    (["127.0.0.1/32"], ["http://127.0.0.1:{port}/ok"], ["http://127.0.0.2:{port}/ok"]),
    (["127.0.0.1"], ["http://127.0.0.1:{port}/ok", "http://inside.example:{port}/ok"], []),
    ([" 10.0.0.0/8", "127.0.0.0/8 "], ["http://127.0.0.1:{port}/ok"], ["http://[::1]:{port}/ok"]),
    (
        ["inside.example:{port}"],
        ["http://inside.example:{port}/ok", "http://INSIDE.example.:{port}/ok"],
        ["http://127.0.0.1:{port}/ok", "http://inside.example/", "http://other.example:{port}/ok"],
    ),
    (["127.0.0.1:{port}"], ["http://127.0.0.1:{port}/ok"], ["http://inside.example:{port}/ok"]),
    (["127.0.0.1:1"], [], ["http://127.0.0.1:{port}/ok"]),
    (["intranet", "127.0.0.1/33", "127.0.0.1/8", "127.0.0.1:0", "*"], [], ["http://127.0.0.1/"]),
    ([], [], ["http://127.0.0.1:{port}/ok", "http://inside.example:{port}/ok"]),
]


@pytest.mark.parametrize(("entries", "taken", "refused"), ALLOWANCES)
def test_an_operator_allows_private_addresses(fake, settings, monkeypatch, entries, taken, refused):
    hosts = dict.fromkeys(("inside.example", "inside.example.", "other.example"), ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names(hosts))
    settings.AMARA_OUTBOUND_ALLOW = [entry.format(port=fake.port) for entry in entries]
    for url in taken:
        assert refusal_of(url.format(port=fake.port)) is None
        assert ask(url.format(port=fake.port)).body == b"hello"
    for url in refused:
        assert failure(url.format(port=fake.port)) == "Address not allowed"


def test_an_allowed_network_opens_no_ports_elsewhere(no_sockets, settings, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", names({"public.example": [PUBLIC]}))
    settings.AMARA_OUTBOUND_ALLOW = ["10.0.0.0/8"]
    # Whether its address is in there, only a look-up tells.
    assert refusal_of("http://public.example:8080/") is None
    assert failure("http://public.example:8080/") == "Address not allowed"
    assert failure("http://public.example:0/") == "Address not allowed"
    assert failure("http://public.example:443/") == "Connection error"
    assert no_sockets == [(PUBLIC, 443)]


# --- what is sent and what comes back ------------------------------------------------------------


def test_a_request_and_its_reply(fake):
    sent = {"X-Mark": "1", "Content-Type": "text/plain"}
    reply = ask(fake.url("ok?a=b"), "POST", body=b"\x00body", headers=sent, auth=("mé", "pass"))
    assert (reply.status, reply.body, reply.headers["x-from"]) == (200, b"hello", "fake")
    method, path, headers, body = fake.asked[0]
    assert (method, path, body) == ("POST", "/ok?a=b", b"\x00body")
    assert headers["host"] == f"127.0.0.1:{fake.port}"
    assert headers["x-mark"] == "1"
    assert headers["authorization"] == "Basic bcOpOnBhc3M="
    assert headers["user-agent"] == "amara-api-server"


@pytest.mark.parametrize("status", [204, 304, 400, 404, 410, 500, 503])
def test_any_status_is_a_reply(fake, status):
    assert ask(fake.url(f"status/{status}")).status == status


def test_nothing_of_the_environment_counts(fake, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(fake.url()).status == 200
    assert "authorization" not in fake.asked[0].headers


def test_cookies_are_not_kept(fake):
    fake.answers["set"] = (302, b"", {"Location": "/ok", "Set_Cookie": "a=b"})
    ask(fake.url("set"), redirects=1)
    ask(fake.url())
    assert [asked.path for asked in fake.asked] == ["/set", "/ok", "/ok"]
    assert not [asked for asked in fake.asked if "cookie" in asked.headers]


# --- redirects -----------------------------------------------------------------------------------

TARGETS = [
    # Redirected to → what comes of it.
    ("http://127.0.0.2:{port}/ok", "Address not allowed"),
    ("http://localhost:{port}/ok", "Address not allowed"),
    ("http://inside.example/", "Address not allowed"),
    ("http://169.254.169.254/latest/meta-data/", "Address not allowed"),
    ("http://2130706433:{port}/ok", "Address not allowed"),
    ("//10.0.0.1/", "Address not allowed"),
    ("file:///etc/passwd", "Address not allowed"),
    ("http://me:secret@127.0.0.1:{port}/ok", "Address not allowed"),
    ("http://[::1", "Connection error"),
    ("/ok", b"hello"),
    ("/ok?a b=ü", b"hello"),
    ("../ok", b"hello"),
    ("//127.0.0.1:{port}/ok", b"hello"),
]


@pytest.mark.parametrize(("target", "expected"), TARGETS)
def test_every_stop_of_a_redirect_is_checked(fake, settings, monkeypatch, target, expected):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    monkeypatch.setattr(socket, "getaddrinfo", names({"inside.example": ["10.0.0.1"]}))
    location = target.format(port=fake.port)
    fake.answers["go"] = (302, b"", {"Location": location.encode().decode("latin-1")})
    if isinstance(expected, bytes):
        assert ask(fake.url("go"), redirects=1).body == expected
    else:
        assert failure(fake.url("go"), redirects=1) == expected
        assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("path", "redirects", "expected"),
    [
        ("to/302/ok", 0, 302),
        ("to/302/ok", 1, 200),
        ("to/302/to/302/ok", 1, "Too many redirects"),
        ("to/302/to/302/ok", 2, 200),
        ("loop/", 3, "Too many redirects"),
        ("nowhere/", 3, 302),
        ("to/304/ok", 3, 304),
        ("to/300/ok", 3, 300),
    ],
)
def test_redirects_are_counted(fake, path, redirects, expected):
    if isinstance(expected, int):
        assert ask(fake.url(path), redirects=redirects).status == expected
    else:
        assert failure(fake.url(path), redirects=redirects) == expected
        assert len(fake.asked) == redirects + 1


@pytest.mark.parametrize(
    ("status", "method", "kept"),
    [
        *((status, "POST", False) for status in (301, 302, 303)),
        *((status, "POST", True) for status in (307, 308)),
        *((status, "PUT", True) for status in (301, 302, 307, 308)),
        (303, "PUT", False),
    ],
)
def test_what_is_sent_on_follows_the_status(fake, status, method, kept):
    reply = ask(
        fake.url(f"to/{status}/ok"),
        method,
        body=b"body",
        headers={"Content-Type": "text/plain"},
        redirects=1,
    )
    assert reply.status == 200
    last = fake.asked[-1]
    assert (last.method, last.body) == ((method, b"body") if kept else ("GET", b""))
    assert ("content-type" in last.headers) is kept


@pytest.mark.parametrize("host", ["127.0.0.1", "other.example"])
def test_secrets_stay_with_the_host_they_were_meant_for(fake, monkeypatch, host):
    """Another port of the same machine is another place too."""
    hosts = {"one.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    monkeypatch.setattr(socket, "getaddrinfo", names(hosts))
    sent = {"X-Api-Key": SECRET, "Cookie": SECRET, "Accept": "text/plain"}
    here = fake.url("to/302/ok", "one.example")
    ask(here, headers=sent, auth=("me", SECRET), redirects=1)
    assert fake.asked[-1].headers["x-api-key"] == SECRET
    assert "authorization" in fake.asked[-1].headers
    with running() as elsewhere:
        target = elsewhere.url(f"to/302/{fake.url('ok', 'one.example')}", host)
        ask(
            fake.url(f"to/302/{target}", "one.example"),
            headers=sent,
            auth=("me", SECRET),
            redirects=2,
        )
        for asked in (elsewhere.asked[-1], fake.asked[-1]):
            assert asked.headers["accept"] == "text/plain"
            assert not {"x-api-key", "cookie", "authorization"} & set(asked.headers)


@pytest.mark.parametrize(
    ("url", "target", "same"),
    [
        ("http://a.example/x", "http://A.example:80/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:80/y", False),
        ("http://a.example/x", "http://b.a.example/x", False),
    ],
)
def test_what_counts_as_the_same_place(url, target, same):
    request = outbound._Request("GET", url, None, {"X-Key": SECRET}, ("me", SECRET))
    following = request.redirected(302, target)
    assert (bool(following.headers), bool(following.auth)) == (same, same)


# --- how much and how long -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("large/1000", b"x" * 1000),
        ("large/1001", "Response too large"),
        ("endless/", "Response too large"),
        ("bomb/1001", "Response too large"),
        ("bomb/1000", bytes(1000)),
        ("zipped/", b"hello"),
        ("no_gzip/", "Connection error"),
        ("short/", "Connection error"),
    ],
)
def test_the_size_is_that_of_what_comes_out(fake, path, expected):
    if isinstance(expected, bytes):
        assert ask(fake.url(path)).body == expected
    else:
        assert failure(fake.url(path)) == expected


def test_a_bomb_never_unfolds(fake):
    """200 MB in 200 kB, against a cap of 1 MB."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(bytes(10**6)) for _ in range(200)) + packer.flush()
    fake.answers["bomb"] = (200, packed, {"Content_Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert failure(fake.url("bomb"), max_bytes=10**6, seconds=60) == "Response too large"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * 10**6


@pytest.mark.parametrize(
    "path", ["silence/", "drip_headers/", "drip_continue/", "drip_body/", "drip_redirects/"]
)
def test_the_time_is_that_of_everything_together(fake, path, monkeypatch):
    """The server never ends, so that the request does shows that it was cut."""
    given = []

    class Timer(threading.Timer):
        def __init__(self, interval, *args):
            given.append(interval)
            super().__init__(interval, *args)

    monkeypatch.setattr(outbound, "Timer", Timer)
    assert failure(fake.url(path), seconds=0.5, redirects=9999) == "Request timeout"
    # To each connection what the ones before it have left.
    assert given[0] <= 0.5
    assert given == sorted(given, reverse=True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_port_that_takes_a_connection_and_says_nothing(settings, scheme):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/"
        assert failure(url, seconds=0.2) == "Request timeout"


def test_a_port_where_nobody_listens(settings):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") == "Connection error"


def test_nothing_is_left_behind(fake):
    """Neither threads nor sockets, whatever came of a request."""
    for path in ("ok", "endless/", "to/302/ok", "short/"):
        with contextlib.suppress(OutboundError):
            ask(fake.url(path))
    for _ in range(100):
        timers = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
        if not timers:
            break
        time.sleep(0.05)
    assert not timers


# --- TLS and secrets -----------------------------------------------------------------------------


def test_certificates_are_verified(settings, monkeypatch, tmp_path):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    hosts = {"amara.org": ["127.0.0.1"], "evil.example": ["127.0.0.1"]}
    monkeypatch.setattr(socket, "getaddrinfo", names(hosts))
    chain, key = make_certificates(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    with running(tls) as fake:
        # An authority that nobody has heard of.
        assert failure(fake.url(host="amara.org")) == "Connection error"
        bundle = str(tmp_path / "ca.pem")
        monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", bundle)
        assert ask(fake.url(host="amara.org")).body == b"hello"
        # A certificate for somebody else.
        assert failure(fake.url(host="evil.example")) == "Connection error"
        assert failure(fake.url()) == "Connection error"
        assert failure(fake.url("drip_body/", "amara.org"), seconds=1) == "Request timeout"
        assert len(fake.asked) == 2


@pytest.mark.parametrize(
    "path", ["endless/", "short/", "silence/", "loop/", "to/302/http://10.0.0.1/", "no_gzip/"]
)
def test_errors_and_the_log_keep_secrets(fake, caplog, path):
    caplog.set_level(logging.WARNING)
    with pytest.raises(OutboundError) as caught:
        ask(
            f"{fake.url(path)}?token={SECRET}",
            body=SECRET.encode(),
            headers={"X-Key": SECRET},
            auth=("me", SECRET),
            seconds=1,
            redirects=2,
        )
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    told = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    assert SECRET not in told

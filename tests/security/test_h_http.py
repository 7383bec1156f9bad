"""Requests at the edge of HTTP: bodies that break off, lie, drip or are too much, odd methods and
addresses, and what a refusal costs. Whatever is refused has changed nothing.

Where else it is shown:

| asked | shown by |
|---|---|
| an address without its final slash, for every method | `tests/api/test_negotiation.py::test_both_slashes_mean_the_same` |
| `Accept`: pictures, browsers, weights | `tests/api/test_negotiation.py::test_accept` |
| an unknown `?format=` | `tests/api/test_negotiation.py::test_an_unknown_format_is_404_but_on_subtitles` |
| unknown methods at every route of the API | `tests/api/test_negotiation.py::test_no_other_method` |
| methods that a header overrides | `tests/api/test_negotiation.py::test_methods_cannot_be_overridden` |
| a foreign host, forwarded headers of strangers | `tests/api/test_negotiation.py::test_an_unknown_host_is_refused`, `::test_forwarded_headers_of_strangers_change_no_link` |
| two thousand fields, ten thousand parts, boundaries, names of files | `tests/api/test_forms.py`, `tests/server/test_hostile.py::BODIES` |
| PATCH | `tests/api/test_permissions.py` |
| compressed bodies are never inflated | `tests/api/test_bodies.py::test_a_compressed_body_is_never_inflated` |
| too much of everything in the API | `tests/server/test_hostile.py::test_bodies_beyond_the_limit_get_413_however_they_come` |
"""  # noqa: E501

import asyncio
import json
import secrets
import socket
from urllib.parse import quote

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest
from django.db import OperationalError
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from rest_framework.exceptions import ParseError

from amara_api.kernel.intake import asgi, limits
from amara_api.kernel.intake.body import CutShort
from amara_api.kernel.intake.framing import REFUSED
from amara_api.kernel.intake.wsgi import Framed
from tests.api.conftest import unchanged
from tests.factories import UserFactory, VideoFactory
from tests.server.web import SRT, Web, dump
from tests.work import memory_of

MIB = 2**20
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
COOKIE = "csrftoken=" + "a" * 32


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


# --- forms of pages, before anybody is known -----------------------------------------------------

LAST = b"--b--\r\n"
MANY_ESCAPES = b"a=" + b"%41" * (MIB // 3 - 1)
# Each with its Content-Type, its body and the status of the answer.
FORMS = {
    "escapes": (FORM, MANY_ESCAPES, 403),
    "ten times the escapes": (FORM, MANY_ESCAPES * 10, 413),
    "escapes in a name": (FORM, b"%41" * (MIB // 3), 403),
    "broken escapes": (FORM, b"%" * MIB, 403),
    "fields": (FORM, b"a=&" * (MIB // 3), 400),
    "fields without a name": (FORM, b"&" * MIB, 400),
    "semicolons": (FORM, b"a=;" * (MIB // 3), 403),
    "blanks": (FORM, b"+" * MIB, 403),
    "equals": (FORM, b"=" * MIB, 403),
    "brackets": (FORM, b"a[b]" * (MIB // 4), 403),
    "bytes": (FORM, b"a=" + b"\xff" * (MIB // 2), 400),
    "NUL": (FORM, b"a=%00", 400),
    "unpacking charset": (f"{FORM}; charset=zlib_codec", b"a=b", 400),
    "utf-7": (f"{FORM}; charset=utf-7", b"a=b", 400),
    "parts": (PARTS, part("a", b"") * 20_000 + LAST, 400),
    "files": (PARTS, part("a", b"", '; filename="a"') * 15_000 + LAST, 400),
    "a field of the size of a file": (PARTS, part("a", b"x" * (MIB + 1)) + LAST, 400),
    "many fields in parts": (PARTS, part("a", b"x" * 4096) * 500 + LAST, 400),
    "headers of a part": (PARTS, part("a", b"", "; x=" + "y" * MIB) + LAST, 400),
    "parameters of a part": (PARTS, part("a", b"", "; x=y" * 500) + LAST, 400),
    "no end": (PARTS, part("a", b"x"), 400),
    "no boundary": ("multipart/form-data", part("a", b"x") + LAST, 400),
    "parts within parts": (
        PARTS,
        b"--b\r\nContent-Disposition: form-data; name=a\r\n"
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n" + LAST,
        400,
    ),
    "more than a file": (PARTS, part("a", b"x" * 4 * MIB, '; filename="a"') + LAST, 413),
    "json": ("application/json", b"[" * MIB, 403),
    "plain": ("text/plain", b"a=b\r\n" * (MIB // 5), 403),
    "unknown": ("x/y", b"x" * MIB, 403),
    "unknown and larger": ("x/y", b"x" * (MIB + 1), 413),
    "nothing said": ("", b"x" * MIB, 403),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_a_stranger_costs_little_before_it_is_refused(name):
    """Each with a cookie of its own making, so that the check against forgery reads the form."""
    kind, body, status = FORMS[name]
    client = Client(enforce_csrf_checks=True, headers={"Cookie": COOKIE})
    answers = []

    def post():
        answers.append(client.generic("POST", "/auth/login/", body, kind))

    with unchanged():
        assert memory_of(post) < 24 * MIB
    assert answers[0].status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        *("/admin/login/", "/admin/users/user/add/", "/account/", "/messages/", "/nowhere/", "/"),
        # Addresses below the API that no view of the API answers.
        *("/api/documentation/", "/api/1.0/documentation/", "/api2/partners/docs/"),
    ],
)
def test_no_form_reaches_djangos_own_reader(path, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("read by Django")

    for name in ("_load_post_and_files", "parse_file_upload"):
        monkeypatch.setattr(f"django.http.request.HttpRequest.{name}", fail)
    client = Client(enforce_csrf_checks=True, headers={"Cookie": COOKIE})
    for kind, body in ((FORM, b"a=b"), (PARTS, part("a", b"b") + LAST), ("text/plain", b"a")):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.generic(method, path, body, kind)
            assert answer.status_code in (403, 404, 405), (kind, method)


@pytest.mark.django_db
def test_people_go_on_using_forms(client, ana, settings):
    """The fields arrive as they were typed, urlencoded and in parts; and a file of subtitles."""
    ana.set_password("correct horse")
    ana.save()
    sent = {"username": "ana", "password": "correct horse"}
    for kind in (FORM, PARTS):
        body = (
            "&".join(f"{name}={quote(text)}" for name, text in sent.items()).encode()
            if kind == FORM
            else b"".join(part(name, text.encode()) for name, text in sent.items()) + LAST
        )
        answer = Client().generic("POST", "/auth/login/", body, kind)
        assert (answer.status_code, answer["Location"]) == (302, "/work/")
    file = part("file", b"x" * settings.AMARA_MAX_SUBTITLE_BYTES, '; filename="../a.srt"')
    body = part("title", "née".encode()) + file + LAST
    request = client.generic("POST", "/auth/login/", body, PARTS).wsgi_request
    assert request.POST.dict() == {"title": "née"}
    assert request.FILES["file"].name == "a.srt"
    assert request.FILES["file"].size == settings.AMARA_MAX_SUBTITLE_BYTES


@pytest.mark.django_db
def test_what_a_page_takes_is_a_setting(settings):
    settings.AMARA_MAX_FORM_BYTES = 2000
    for size, status in ((1990, 200), (2001, 413)):
        body = b"username=" + b"x" * (size - 9)
        assert Client().generic("POST", "/auth/login/", body, FORM).status_code == status


@pytest.mark.django_db
def test_a_refused_form_is_a_page_for_people_and_data_for_programs():
    for accept, kind in (("text/html", "text/html"), ("application/json", "application/json")):
        client = Client(headers={"Accept": accept})
        answer = client.generic("POST", "/auth/login/", b"&" * 2000, FORM)
        assert answer.status_code == 400
        assert answer["Content-Type"].startswith(kind)
        assert "too many fields" in answer.content.decode()


# --- addresses and headers -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/videos/", "/api/users/me/", "/", "/auth/login/", "/admin/"])
def test_query_strings_are_bounded(anonymous, path):
    many = "&".join("a" for _ in range(1001))
    for query, status in (("a=" + "%41" * 20_000, 414), (many, 400), ("a=" + "x" * 16_384, 414)):
        answer = anonymous.get(f"{path}?{query}")
        assert answer.status_code == status
        assert len(answer.content) < 3000


@pytest.mark.django_db
def test_refusals_have_the_format_that_was_asked_for(anonymous):
    for accept in ("application/json", "application/yaml", "application/xml"):
        query = "a=" + "x" * 20_000
        answer = anonymous.get(f"/api/videos/?{query}", headers={"Accept": accept})
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (414, accept)
        assert answer["Vary"]


PAGES = [
    "/",
    "/auth/login/",
    "/admin/",
    "/admin/login/",
    "/healthz",
    "/videos/x/",
    "/nowhere",
    "/api",
]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "FOO"])
def test_no_page_has_an_odd_method(method):
    for path in PAGES:
        assert Client().generic(method, path).status_code == 405, path


@pytest.mark.django_db
def test_an_escaped_slash_is_no_slash(api, ana):
    """Servers say in different ways how an address was written."""
    video = VideoFactory(user=ana)
    paths = [
        *(f"/api/videos%2F{video.video_id}/", f"/api/videos%2f{video.video_id}", "/api%2Fvideos/"),
        *("/auth%2Flogin/", f"/videos%2F{video.video_id}/", "/api/users%2Fme/"),
    ]
    for path in paths:
        for name in ("RAW_URI", "REQUEST_URI"):
            plain = path.replace("%2F", "/").replace("%2f", "/")
            assert api.get(plain, **{name: plain}).status_code == 200, plain
            answer = api.get(plain, **{name: f"{path}?limit=1"})
            assert answer.status_code == 404, path
    # An escape that is escaped is one that is written out: unknown as well.
    assert api.get(f"/api/videos%252F{video.video_id}/").status_code == 404


@pytest.mark.django_db
class TestHttps:
    """With AMARA_HTTPS no key is taken in the clear."""

    @pytest.fixture(autouse=True)
    def _on(self, settings):
        settings.AMARA_HTTPS = True

    def test_what_did_not_come_by_https_is_refused(self, api, anonymous):
        for path in ("/api/videos/", "/api/users/me/", "/", "/admin/login/"):
            for who in (api, anonymous):
                for headers in ({}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": ""}):
                    answer = who.get(path, headers=headers)
                    assert answer.status_code == 403, path
                    assert "Use https" in answer.content.decode()
        # The nearest proxy's word is the last one.
        assert api.get("/api/", headers={"X-Forwarded-Proto": "https, http"}).status_code == 403

    def test_what_did_is_answered(self, api, settings):
        assert api.get("videos/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        assert api.get("videos/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
        assert api.get("videos/", headers={"X-Forwarded-Proto": "http"}).status_code == 403

    def test_a_load_balancer_asks_from_beside(self, anonymous):
        assert anonymous.get("/healthz").status_code == 200


# --- without a database --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/videos/{}/", "/teams/", "/admin/login/", "/account/"])
def test_pages_without_their_database_say_so_in_one_place(path, monkeypatch, caplog):
    video = VideoFactory()
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    client.force_login(UserFactory(is_staff=True))

    def away(*args, **kwargs):
        raise OperationalError("could not connect to server\nTraceback")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)
    answer = client.get(path.format(video.video_id))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"].startswith("text/html")
    assert "database is not available" in answer.content.decode()
    assert len(answer.content) < 5000
    assert client.get(path.format(video.video_id), headers={"Accept": "*/*"}).json()["detail"]


# --- between the server and Django ---------------------------------------------------------------


class Below:
    """What Django would be called with."""

    def __init__(self, answer=None):
        self.seen = []
        self.answer = answer or (lambda environ: HttpResponse("fine"))

    def __call__(self, environ):
        self.seen.append((environ, environ["wsgi.input"].read()))
        return self.answer(environ)


def scope(headers=(), method="POST", version="1.1", path="/api/videos/"):
    return {
        "type": "http",
        "http_version": version,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": ("127.0.0.1", 80),
        "client": ("192.0.2.1", 4000),
    }


END = {"type": "http.request", "body": b"", "more_body": False}
CUT = {"type": "http.disconnect"}


def pieces(*bodies):
    return [{"type": "http.request", "body": body, "more_body": True} for body in bodies]


def ask(below, asked, sent, threads=1):
    """The messages that answer it. ``sent`` may be endless; None in it is silence."""
    answers = []
    sent = iter(sent)

    async def receive():
        message = next(sent)
        if message is None:
            await asyncio.Event().wait()
        return message

    async def send(message):
        answers.append(message)

    asyncio.run(asgi.Front(below, threads)(asked, receive, send))
    return answers


CHUNKED = [("transfer-encoding", "chunked")]
# Each with its headers, the version of HTTP, what is sent, and the refusal's status or the body.
FRAMINGS = {
    "length": (
        [("content-length", "10")],
        "1.1",
        [*pieces(b"hello", b"world"), END],
        b"helloworld",
    ),
    "chunked": (CHUNKED, "1.1", [*pieces(b"hello", b"world"), END], b"helloworld"),
    "trailers": (CHUNKED, "1.1", [*pieces(b"hello", b""), END], b"hello"),
    "upper case": ([("transfer-encoding", "Chunked ")], "1.1", [*pieces(b"a"), END], b"a"),
    "no body": ([], "1.1", [], b""),
    "length of nothing": ([("content-length", "0")], "1.1", [], b""),
    "two": ([], "2", [*pieces(b"hello"), END], b"hello"),
    "two, nothing": ([], "2", [END], b""),
    "three": ([], "3", [*pieces(b"hello"), END], b"hello"),
    "cut": ([("content-length", "10")], "1.1", [*pieces(b"hello"), CUT], 400),
    "chunks cut": (CHUNKED, "1.1", [*pieces(b"hello"), CUT], 400),
    "chunks cut at once": (CHUNKED, "1.1", [CUT], 400),
    "two cut": ([], "2", [*pieces(b"hello"), CUT], 400),
    "shorter": ([("content-length", "10")], "1.1", [*pieces(b"hello"), END], 400),
    "longer": ([("content-length", "3")], "1.1", [*pieces(b"hello"), END], 400),
    "both": ([*CHUNKED, ("content-length", "5")], "1.1", [*pieces(b"hello"), END], 400),
    "gzip, chunked": ([("transfer-encoding", "gzip, chunked")], "1.1", [*pieces(b"a"), END], 400),
    "chunked twice": (CHUNKED * 2, "1.1", [*pieces(b"a"), END], 400),
    "identity": ([("transfer-encoding", "identity")], "1.1", [*pieces(b"a"), END], 400),
    "empty": ([("transfer-encoding", "")], "1.1", [*pieces(b"a"), END], 400),
    "two lengths": ([("content-length", "1"), ("content-length", "2")], "1.1", [END], 400),
    "negative": ([("content-length", "-1")], "1.1", [END], 400),
    "with a sign": ([("content-length", "+1")], "1.1", [END], 400),
    "other digits": ([("content-length", "1_0")], "1.1", [END], 400),
    "far too long": ([("content-length", "9" * 30)], "1.1", [END], 400),
    "too large by its header": ([("content-length", str(11 * MIB))], "1.1", [END], 413),
    "never read": ([("content-length", str(99 * MIB))], "1.1", [], 413),
    "not asked for": (
        [("content-length", str(11 * MIB)), ("expect", "100-continue")],
        "1.1",
        [],
        413,
    ),
    "too large": (CHUNKED, "1.1", [*pieces(*[b"x" * MIB] * 11), END], 413),
    "endless": (CHUNKED, "1.1", iter(lambda: pieces(b"x" * MIB)[0], 0), 413),
    "silence": (CHUNKED, "1.1", [*pieces(b"hello"), None], 408),
    "silence from the beginning": ([("content-length", "10")], "1.1", [None], 408),
}


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_comes_whole_or_not_at_all(name, method, settings):
    headers, version, sent, expected = FRAMINGS[name]
    settings.AMARA_BODY_SECONDS = 0.02 if expected == 408 else 60
    below = Below()
    answers = ask(below, scope(headers, method, version), sent)
    assert answers[0]["status"] == 200
    [(environ, body)] = below.seen
    if isinstance(expected, bytes):
        assert REFUSED not in environ
        assert body == expected
        assert int(environ.get("CONTENT_LENGTH") or 0) == len(expected)
        assert "HTTP_TRANSFER_ENCODING" not in environ
    else:
        assert environ[REFUSED].status_code == expected
        assert body == b""
        assert "CONTENT_LENGTH" not in environ


def test_what_is_refused_before_django_is_answered_by_django(client):
    for error in (CutShort(), ParseError("no")):
        for path in ("/api/videos/", "/auth/login/"):
            answer = client.post(path, **{REFUSED: error})
            assert (answer.status_code, answer.json()) == (400, {"detail": str(error.detail)})


def test_the_limit_of_a_page_holds_on_the_way_in():
    for path, size, refused in (
        ("/auth/login/", MIB + 1, True),
        ("/auth/login/", MIB, False),
        ("/api/videos/", MIB + 1, False),
        ("/admin/login/", MIB + 1, True),
    ):
        below = Below()
        ask(below, scope(CHUNKED, path=path), [*pieces(b"x" * size), END])
        assert (REFUSED in below.seen[0][0]) is refused, path


def test_bodies_on_their_way_share_one_room(monkeypatch):
    """What one request held, the next may have; what does not fit waits elsewhere."""
    monkeypatch.setattr(limits, "MAX_WAITING", 3 * MIB)
    below = Below()
    front = asgi.Front(below, 1)
    arrived = []

    async def one(size, done):
        sent = iter([*pieces(b"x" * size)])

        async def receive():
            message = next(sent, None)
            if message is None:
                arrived.append(size)
                await done.wait()
                return END
            return message

        async def send(message):
            pass

        await front(scope(CHUNKED), receive, send)

    async def story():
        first_done, now = asyncio.Event(), asyncio.Event()
        now.set()
        first = asyncio.create_task(one(2 * MIB, first_done))
        while not arrived:
            await asyncio.sleep(0)
        await one(2 * MIB, now)
        first_done.set()
        await first
        await one(2 * MIB, now)

    asyncio.run(story())
    refused = [getattr(environ.get(REFUSED), "status_code", None) for environ, _ in below.seen]
    assert refused == [503, None, None]


def test_a_large_body_waits_on_the_disk():
    def send_it():
        ask(Below(lambda environ: HttpResponse()), scope(CHUNKED), stream())

    def stream():
        for _ in range(9):
            yield pieces(b"x" * MIB)[0]
        yield END

    below_reads = 9 * MIB  # the double reads it whole
    assert memory_of(send_it) < below_reads * 2 + 4 * MIB


def test_headers_with_underscores_are_dropped():
    """A proxy that sets X-Forwarded-Proto knows nothing of X_Forwarded_Proto."""
    below = Below()
    headers = [("x_api_key", "1"), ("X_Forwarded_Proto", "https"), ("x-api-username", "ana")]
    ask(below, scope(headers, "GET"), [])
    names = {name for name in below.seen[0][0] if name.startswith("HTTP_")}
    assert names == {"HTTP_X_API_USERNAME"}


def test_how_an_address_was_written_is_told():
    below = Below()
    ask(below, scope((), "GET", path="/api/n%C3%A9%2F%ff/"), [])
    environ = below.seen[0][0]
    assert environ["RAW_URI"] == "/api/n%C3%A9%2F%ff/"
    assert environ["PATH_INFO"].encode("latin-1") == b"/api/n\xc3\xa9/\xff/"


def test_answers_of_every_kind():
    def pages(environ):
        return StreamingHttpResponse([b"one", b"", b"two"])

    def cookies(environ):
        response = HttpResponse("x", headers={"X-A": "b"})
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    def failing(environ):
        raise ValueError("a defect")

    streamed = ask(Below(pages), scope((), "GET"), [])
    assert [message.get("body") for message in streamed] == [None, b"one", b"two", b""]
    [start, body] = ask(Below(cookies), scope((), "GET"), [])
    names = [name for name, _ in start["headers"]]
    assert (names.count(b"set-cookie"), body["body"]) == (2, b"x")
    assert ask(Below(failing), scope((), "GET"), [])[0]["status"] == 500
    assert ask(Below(), {"type": "lifespan"}, []) == []


# --- behind a server that speaks WSGI ------------------------------------------------------------


class Input:
    def __init__(self, *parts):
        self.parts = list(parts)

    def read(self, size=-1):
        part = self.parts.pop(0) if self.parts else b""
        if part is None:
            raise OSError("reset")
        if 0 <= size < len(part):
            self.parts.insert(0, part[size:])
        return part if size < 0 else part[:size]


WSGI = [
    ({"HTTP_TRANSFER_ENCODING": "chunked"}, (b"hello", b"world"), b"helloworld"),
    ({"HTTP_TRANSFER_ENCODING": "chunked"}, (b"hello", None), 400),
    ({"HTTP_TRANSFER_ENCODING": "gzip, chunked"}, (b"hello",), 400),
    ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "5"}, (b"hello",), 400),
    ({"HTTP_TRANSFER_ENCODING": "chunked", "SERVER_SOFTWARE": "Granian"}, (b"hello",), 411),
    ({"SERVER_PROTOCOL": "HTTP/2.0"}, (b"hello",), b"hello"),
    ({"CONTENT_LENGTH": "5"}, (b"hello",), b"hello"),
    ({"CONTENT_LENGTH": "-5"}, (b"hello",), 400),
    ({"CONTENT_LENGTH": str(11 * MIB)}, (b"hello",), 413),
    ({"HTTP_TRANSFER_ENCODING": "chunked"}, [b"x" * 2**16] * 170, 413),
    ({}, (), b""),
]


@pytest.mark.parametrize(("said", "sent", "expected"), WSGI)
def test_any_other_server_is_held_to_the_same(said, sent, expected):
    seen = []

    def below(environ, start_response):
        seen.append((environ, environ["wsgi.input"].read(2 * MIB)))
        return [b""]

    stream = Input(*sent)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/videos/", "wsgi.input": stream, **said}
    Framed(below)(environ, lambda *answer: None)
    [(environ, body)] = seen
    if isinstance(expected, bytes):
        assert (body, environ.get(REFUSED)) == (expected, None)
    else:
        assert (body, environ[REFUSED].status_code) == (b"", expected)
    # What was sent is read to its end, so that the refusal is seen.
    assert not stream.parts


# --- a running server ----------------------------------------------------------------------------


@pytest.fixture
def web(running):
    return Web(running.url, running.key)


@pytest.fixture
def film(web):
    url = f"https://media.example.com/{secrets.token_hex(6)}.mp4"
    return f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"


BODIES = {
    "form": (FORM, f"sub_format=srt&subtitles={quote(SRT)}".encode()),
    "yaml": ("application/yaml", f"sub_format: srt\nsubtitles: {json.dumps(SRT)}\n".encode()),
    "json": ("application/json", json.dumps({"sub_format": "srt", "subtitles": SRT}).encode()),
    "xml": (
        "application/xml",
        b"<r><sub_format>srt</sub_format><subtitles>"
        + SRT.replace(">", "&gt;").encode()
        + b"</subtitles></r>",
    ),
    "parts": (PARTS, part("sub_format", b"srt") + part("subtitles", SRT.encode()) + LAST),
}


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def head(web, path, kind, *headers):
    lines = [
        f"POST /api/{path} HTTP/1.1",
        f"Host: {web.place.netloc}",
        f"X-api-key: {web.key}",
        f"Content-Type: {kind}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("name", BODIES)
def test_chunks_that_break_off_store_nothing_and_whole_ones_do(running, web, film, name):
    kind, body = BODIES[name]
    path = f"{film}/languages/en/subtitles/"
    chunked = head(web, path, kind, "Transfer-Encoding: chunked")
    half = len(body) // 2
    cuts = {
        "after a chunk": (chunk(body[:half]),),
        "before the last": (chunk(body),),
        "within a chunk": (chunk(body)[:-9],),
        "within its size": (chunk(body[:half]), b"1"),
        "a size that is none": (chunk(body), b"zz\r\n"),
        "nothing": (),
    }
    before = dump(running.environment)
    for cut, sent in cuts.items():
        answer = web.raw(chunked, *sent, half_close=True)
        assert answer.status == 400, cut
        assert answer.json == {"detail": "The body could not be read to its end."}
    for coding in ("gzip, chunked", "gzip,chunked"):
        packed = head(web, path, kind, f"Transfer-Encoding: {coding}")
        answer = web.raw(packed + chunk(body) + b"0\r\n\r\n")
        assert (answer.status, list(answer.json)) == (400, ["detail"])
    with socket.create_connection((web.place.hostname, web.place.port)) as link:
        link.sendall(chunked + chunk(body))
    assert web("GET", film).status == 200
    assert dump(running.environment) == before
    for end in (b"0\r\n\r\n", b"0\r\nX-Digest: abc\r\n\r\n"):
        answer = web.raw(chunked, chunk(body[:half]), chunk(body[half:]) + end)
        assert answer.status == 201, (end, answer.body)
    assert web("GET", f"{film}/languages/en/subtitles/?format=srt").body.count(b"-->") == 2


class Two:
    """One request by HTTP/2, as a client that knows beforehand that the server speaks it."""

    def __init__(self, web, path, kind, *more):
        self.link = socket.create_connection((web.place.hostname, web.place.port), timeout=30)
        config = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False)
        self.talk = h2.connection.H2Connection(config)
        self.talk.initiate_connection()
        named = [(":method", "POST"), (":path", f"/api/{path}"), (":scheme", "http")]
        named += [(":authority", web.place.netloc), ("x-api-key", web.key), ("content-type", kind)]
        self.talk.send_headers(1, [*named, *more])

    def send(self, data, end=False):
        self.talk.send_data(1, data, end_stream=end)
        self.link.sendall(self.talk.data_to_send())

    def status(self):
        """None if the server ended the stream without an answer."""
        while data := self.link.recv(65536):
            for event in self.talk.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    self.link.close()
                    return int(dict(event.headers)[b":status"])
                if isinstance(event, h2.events.StreamReset):
                    self.link.close()
                    return None
            self.link.sendall(self.talk.data_to_send())
        return None


def test_http_2_needs_no_length_and_is_cut_in_its_own_ways(running, web, film):
    kind, body = BODIES["yaml"]
    path = f"{film}/languages/en/subtitles/"
    before = dump(running.environment)
    for way in ("reset", "gone", "longer", "shorter"):
        claimed = {"longer": len(body) - 5, "shorter": len(body) + 5}.get(way)
        more = [("content-length", str(claimed))] if claimed else []
        two = Two(web, path, kind, *more)
        two.send(body, end=bool(claimed))
        if way == "reset":
            two.talk.reset_stream(1, h2.errors.ErrorCodes.CANCEL)
            two.link.sendall(two.talk.data_to_send())
            two.link.close()
        elif way == "gone":
            two.link.close()
        else:
            assert two.status() in (None, 400)
    assert web("GET", film).status == 200
    assert dump(running.environment) == before
    for sent in ([body], [body[:40], body[40:]], [body, b""]):
        two = Two(web, path, kind)
        for number, data in enumerate(sent, 1):
            two.send(data, end=number == len(sent))
        assert two.status() == 201
    assert web("GET", f"{film}/languages/en/subtitles/?format=srt").body.count(b"-->") == 2


def test_an_escaped_slash_is_unknown_to_the_running_server(web, film):
    for path in (f"/api/{film.replace('/', '%2F')}/", f"/api/{film.replace('/', '%2f')}"):
        answer = web("GET", path)
        assert (answer.status, answer.json) == (404, {"detail": "Not found."})
    assert web("GET", f"/api/{film}/").status == 200


def test_odd_methods_of_the_running_server(web, film):
    for path in ("/", "/healthz", "/admin/login/", f"/api/{film}/", "/static/amara_api/pages.css"):
        for method in ("TRACE", "FOO"):
            assert web(method, path).status == 405, (method, path)


def test_an_expectation_is_met_or_refused_at_once(web, film):
    kind, body = BODIES["json"]
    path = f"{film}/languages/en/subtitles/"
    expecting = head(web, path, kind, f"Content-Length: {11 * MIB}", "Expect: 100-continue")
    assert web.raw(expecting).status == 413
    with socket.create_connection((web.place.hostname, web.place.port), timeout=30) as link:
        link.sendall(head(web, path, kind, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert link.recv(25).startswith(b"HTTP/1.1 100 Continue")
        link.sendall(body)
        assert b" 201 " in link.recv(100)


def test_slow_bodies_hold_no_thread(installation):
    """Many more of them than there are threads, and others are answered; then all are whole."""
    # None of them ends by the clock: that is asked above, under "silence".
    with installation.serving(
        "--workers", "1", "--threads", "2", AMARA_BODY_SECONDS="600"
    ) as served:
        web = served.web
        slow = head(web, "videos/", "application/json", "Content-Length: 2", "Connection: close")
        links = []
        for _ in range(60):
            link = socket.create_connection((web.place.hostname, web.place.port))
            link.sendall(slow + b"{")
            links.append(link)
        assert web("GET", "videos/").status == 200
        for link in links:
            link.sendall(b"}")
            answer = b"".join(iter(lambda link=link: link.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"video_url" in answer
            link.close()
        assert "Traceback" not in served.log.read_text()

"""Bodies, headers and lengths made to break a server, at every route that writes.

Each must be answered with a 4xx in JSON, and must leave every table as it was.
"""

import gzip
import http.client
import json
import secrets
import socket
import time
from urllib.parse import quote

import pytest

from tests.api.permission_matrix import WITHOUT_BODY
from tests.server.web import SRT, Web, dump

LIMIT, SUBTITLE_LIMIT = 10 * 2**20, 2 * 2**20
DEEP = "[" * 100_000
TYPES = {"JSON": "application/json", "XML": "application/xml", "YAML": "application/yaml"}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


def part(name, value, more=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


# What is sent, by family: (Content-Type, body).
BODIES = {
    "not a number": (TYPES["JSON"], '{"duration": NaN, "title": Infinity}'),
    "beyond a float": (TYPES["JSON"], '{"duration": 1e400}'),
    "five thousand digits": (TYPES["JSON"], f'{{"duration": {"9" * 5000}}}'),
    "deep JSON": (TYPES["JSON"], DEEP),
    "deep member": (TYPES["JSON"], f'{{"metadata": {"[" * 900}{"]" * 900}}}'),
    "half a pair": (TYPES["JSON"], r'{"title": "\ud800"}'),
    "NUL": (TYPES["JSON"], r'{"title": "a\u0000b"}'),
    "NUL below": (TYPES["JSON"], r'{"metadata": {"location": "a\u0000b"}}'),
    "list": (TYPES["JSON"], "[]"),
    "text": (TYPES["JSON"], '"text"'),
    "number": (TYPES["JSON"], "12"),
    "unfinished": (TYPES["JSON"], '{"title": '),
    "bytes": (TYPES["JSON"], b"\xff\xfe\xfd"),
    "utf-7": (TYPES["JSON"] + "; charset=utf-7", "{}"),
    "zlib": (TYPES["JSON"] + "; charset=zlib_codec", "{}"),
    "klingon": (TYPES["JSON"] + "; charset=klingon", "{}"),
    "extended klingon": (TYPES["JSON"] + "; charset*=klingon''x", "{}"),
    "extended NUL": (TYPES["JSON"] + "; charset*=utf-8''%00", "{}"),
    "python tag": (TYPES["YAML"], "!!python/object/apply:os.system ['true']"),
    "two documents": (TYPES["YAML"], "a: 1\n---\nb: 2\n"),
    "control": (TYPES["YAML"], "title: a\x01b"),
    "deep YAML": (TYPES["YAML"], "[" * 5000),
    "itself": (TYPES["YAML"], "&a [*a]"),
    "laughs": (TYPES["XML"], '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r>&b;</r>'),
    "file": (TYPES["XML"], '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'),
    "deep XML": (TYPES["XML"], "<a>" * 20_000),
    "odd XML": ("text/xml", "<?xml version='1.0' encoding='utf-7'?><r/>"),
    "picture": ("image/png", b"\x89PNG"),
    "plain": ("text/plain", '{"title": "x"}'),
    "nothing known": ("x", "{}"),
    "many fields": (FORM, "&".join(f"f{n}=1" for n in range(2000))),
    "form NUL": (FORM, "title=%00&username=%00&body=%00"),
    "no boundary": ("multipart/form-data", part("title", "x")),
    "long boundary": (f"multipart/form-data; boundary={'b' * 300}", part("title", "x")),
    "ten thousand parts": (MULTIPART, part("title", "x") * 10_000 + "--b--\r\n"),
    "part NUL": (MULTIPART, part("title\x00", "x", '; filename="../../x\x00"') + "--b--\r\n"),
}
# Bodies that can be read but say nothing that a route could do.
USELESS = {
    "wrong types": {
        name: {"a": [1.5, None, True]}
        for name in (
            *("video_url", "url", "username", "language_code", "subtitles", "action", "body"),
            *("title", "duration", "metadata", "primary", "email", "is_complete", "soft_limit_cpl"),
            *("name", "slug", "role", "user", "assignee"),
            *("video", "language", "team", "due", "subtitler", "state"),
            *("label", "scope", "expires"),
        )
    },
}
USELESS["lists"] = dict.fromkeys(USELESS["wrong types"], [["x"]])
for name, body in USELESS.items():
    BODIES[name] = (TYPES["JSON"], json.dumps(body))


@pytest.fixture(scope="module")
def routes(running):
    """Every writing route, on things that exist, with what it needs beyond the body."""
    web = Web(running.url, running.key)
    unique = secrets.token_hex(6)
    url = f"https://media.example.com/{unique}.mp4"
    film = f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
    other = web.made(f"{film}/urls/", url=f"{url}?other.mp4")["id"]
    web.made(f"{film}/languages/en/subtitles/", subtitles=SRT, sub_format="srt")
    user = web.made("users/", username=f"victim{unique}")
    slug = f"team-{unique}"
    application = {"membership_policy": "Application"}
    team = "teams/" + web.made("teams/", name=slug, slug=slug, **application)["slug"]
    web.made(f"{team}/members/", user=user["username"], role="contributor")
    web.made(f"{team}/projects/", name="Shorts", slug="shorts")
    theirs = web.made("videos/", video_url=f"{url}?theirs.mp4", team=slug)["id"]
    task = web.made(f"{team}/tasks/", video_id=theirs, type="Subtitle")["id"]
    crew = (
        "teams/"
        + web.made("teams/", name=f"{slug}-crew", slug=f"{slug}-crew", type="collaboration")["slug"]
    )
    asked = web.made("videos/", video_url=f"{url}?asked.mp4", team=f"{slug}-crew")["id"]
    job = web.made(f"{crew}/subtitle-requests/", video=asked, language="fr")["job_id"]
    callback = web.made(f"{team}/callbacks/", url="https://hooks.example.com/")["id"]
    return [
        ("POST", "videos/"),
        ("PUT", film),
        ("PATCH", film),
        ("PUT", f"{film}/duration/"),
        ("POST", f"{film}/urls/"),
        ("PUT", f"{film}/urls/{other}/"),
        ("POST", f"{film}/languages/"),
        ("PUT", f"{film}/languages/en/"),
        ("POST", f"{film}/languages/en/subtitles/"),
        ("POST", f"{film}/languages/fr/subtitles/"),
        ("POST", f"{film}/languages/en/subtitles/actions/"),
        ("POST", f"{film}/languages/en/subtitles/notes/"),
        ("POST", f"{film}/languages/en/subtitles/restore/"),
        ("POST", f"{film}/languages/en/subtitles/transform/"),
        ("POST", "users/"),
        ("PUT", f"users/{user['username']}/"),
        ("POST", "users/me/keys/"),
        ("POST", f"users/{running.username}/keys/"),
        ("POST", "editor-login/"),
        ("POST", "teams/"),
        ("PUT", f"{team}/"),
        ("POST", f"{team}/members/"),
        ("PUT", f"{team}/members/{user['username']}/"),
        ("POST", f"{team}/safe-members/?api-future=20160801"),
        ("PUT", f"{team}/safe-members/{user['username']}/?api-future=20160801"),
        ("POST", f"{team}/projects/"),
        ("PUT", f"{team}/projects/shorts/"),
        ("POST", f"{team}/tasks/"),
        ("PUT", f"{team}/tasks/{task}/"),
        ("POST", f"{crew}/subtitle-requests/"),
        ("PUT", f"{crew}/subtitle-requests/{job}/"),
        ("POST", "subtitle-requests/"),
        ("PUT", f"subtitle-requests/{job}/"),
        ("POST", f"{team}/callbacks/"),
        ("PUT", f"{team}/callbacks/{callback}/"),
        ("POST", "message/"),
    ]


def test_every_writing_route_is_tried(routes):
    from amara_api.urls import api

    writing = {
        (method.upper(), route.name)
        for route in api
        for method in getattr(route.callback, "actions", {})
        if method in ("post", "put")
    }
    # Two take a list, which for the others is nonsense; an application is made on a page.
    writing -= {("POST", name) for name in WITHOUT_BODY}
    writing -= {("PUT", f"team-{name}") for name in ("preferred", "blacklisted", "application")}
    assert len({method_path for method_path in routes if method_path[0] != "PATCH"}) >= len(writing)


def test_hostile_bodies_get_a_4xx_in_json_and_change_nothing(running, web, routes):
    before = dump(running.environment)
    for family, (content_type, body) in BODIES.items():
        for method, path in routes:
            answer = web(method, path, body, Content_Type=content_type)
            where = (family, method, path, answer.status, answer.body[:200])
            assert 400 <= answer.status < 500, where
            assert answer.media_type == "application/json", where
            assert answer.json is not None, where
            assert len(answer.body) < 4000, where
            assert b"Traceback" not in answer.body, where
            assert b"defusedxml" not in answer.body, where
            assert b"passwd" not in answer.body, where
    assert dump(running.environment) == before


HEADERS = {
    "gzip": ({"Content-Encoding": "gzip"}, gzip.compress(b'{"title": "x"}', mtime=0), {415}),
    "bomb": ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 2**22, mtime=0), {415}),
    "other host": ({"Host": "evil.example.com"}, b"{}", {400}),
    "odd host": ({"Host": "a b"}, b"{}", {400}),
    "other method": ({"X-HTTP-Method-Override": "DELETE"}, b"[]", {400, 404}),
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers_change_nothing(running, web, routes, name):
    headers, body, expected = HEADERS[name]
    before = dump(running.environment)
    for method, path in routes:
        answer = web(method, path, body, **{"Content-Type": TYPES["JSON"], **headers})
        assert answer.status in expected, (method, path, answer.status, answer.body)
        assert answer.media_type == "application/json"
    assert dump(running.environment) == before


def head(web, path, *headers, content_type="application/json"):
    return "\r\n".join(
        [
            f"POST /api/{path} HTTP/1.1",
            f"Host: {web.place.netloc}",
            f"X-api-key: {web.key}",
            f"Content-Type: {content_type}",
            *headers,
            "",
            "",
        ]
    ).encode()


def test_bodies_beyond_the_limit_get_413_however_they_come(running, web, film):
    path = f"{film}/languages/en/subtitles/"
    before = dump(running.environment)
    body = b'{"subtitles": "' + b"x" * LIMIT + b'"}'
    answers = {
        "length": web("POST", path, body, Content_Type=TYPES["JSON"]),
        "form": web("POST", path, b"subtitles=" + b"x" * LIMIT, Content_Type=FORM),
        "chunked": web.raw(
            head(web, path, "Transfer-Encoding: chunked", "Connection: close"),
            *[b"%x\r\n%s\r\n" % (2**20, b"x" * 2**20)] * 11,
            b"0\r\n\r\n",
        ),
        "subtitles": web(
            "POST", path, {"subtitles": "x" * (SUBTITLE_LIMIT + 1), "sub_format": "txt"}
        ),
        "cues": web(
            "POST",
            path,
            {
                "subtitles": [{"start": 1, "end": 2, "text": "x" * 1000}] * 2200,
                "sub_format": "json",
            },
        ),
        "file": web(
            "POST",
            path,
            part("sub_format", "srt")
            + part("subtitles", "x" * (SUBTITLE_LIMIT + 1), '; filename="a.srt"')
            + "--b--\r\n",
            Content_Type=MULTIPART,
        ),
    }
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 413)
    for answer in answers.values():
        assert answer.media_type == "application/json"
        assert "larg" in answer.json["detail"]
    assert dump(running.environment) == before
    # Just below the limit all is well.
    fits = web("POST", path, {"subtitles": "x" * (SUBTITLE_LIMIT - 2), "sub_format": "txt"})
    assert fits.status == 201, fits.body[:200]


def test_a_length_that_lies(running, web, film):
    path = f"{film}/languages/en/subtitles/"
    body = json.dumps({"subtitles": SRT, "sub_format": "srt"}).encode()
    before = dump(running.environment)
    close = "Connection: close"
    short = web.raw(head(web, path, f"Content-Length: {len(body) - 9}", close), body[:-9])
    assert short.status == 400
    for length in ("-5", "twelve", "1e3", "9" * 30):
        answer = web.raw(head(web, path, f"Content-Length: {length}", close))
        assert 400 <= answer.status < 500, length
    # More is promised than comes: the server waits, the client goes, nothing is saved.
    form = ("subtitles=" + quote(SRT) + "&sub_format=srt").encode()
    parts = (part("sub_format", "srt") + part("subtitles", SRT, '; filename="a.srt"')).encode()
    for content_type, cut in ((TYPES["JSON"], body), (FORM, form), (MULTIPART, parts)):
        sent = head(web, path, f"Content-Length: {len(cut) + 10}", content_type=content_type) + cut
        with socket.create_connection((web.place.hostname, web.place.port), timeout=30) as link:
            link.sendall(sent)
            link.shutdown(socket.SHUT_WR)
            # The server's end of the connection closes once it is done with the request.
            while link.recv(65536):
                pass
    assert web("GET", film).status == 200
    assert dump(running.environment) == before


def test_parts_that_break_off_in_chunks_are_refused(running, web, film):
    """No length is claimed, so only the missing boundary tells half an upload from a whole one."""
    path = f"{film}/languages/en/subtitles/"
    before = dump(running.environment)
    body = (part("sub_format", "srt") + part("subtitles", SRT, '; filename="a.srt"')).encode()
    chunked = head(web, path, "Transfer-Encoding: chunked", content_type=MULTIPART)
    for end in (b"", b"0\r\n\r\n"):
        with socket.create_connection((web.place.hostname, web.place.port), timeout=30) as link:
            link.sendall(chunked + b"%x\r\n%s\r\n" % (len(body), body) + end)
            link.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda link=link: link.recv(65536), b""))
        assert not answer.startswith(b"HTTP/1.1 2"), answer
        assert dump(running.environment) == before


def test_a_slow_body_is_read_to_its_end(web, film):
    body = json.dumps({"subtitles": SRT, "sub_format": "srt"}).encode()
    link_head = head(web, f"{film}/languages/en/subtitles/", f"Content-Length: {len(body)}")
    with socket.create_connection((web.place.hostname, web.place.port), timeout=30) as link:
        link.sendall(link_head)
        for byte in range(0, len(body), 10):
            link.sendall(body[byte : byte + 10])
            time.sleep(0.02)
        response = http.client.HTTPResponse(link)
        response.begin()
        assert response.status == 201
        assert b"Hello" in response.read()


@pytest.mark.parametrize("size", [10, 70_000, 600_000])
@pytest.mark.parametrize("key", ["", "f" * 40])
def test_a_refusal_is_seen_by_a_client_that_is_still_sending(web, size, key):
    """The connection stays usable, so the next request on it is answered too."""
    body = {"subtitles": "x" * size}
    answers = [
        web("POST", "videos/AAAAAAAAAAAA/languages/en/subtitles/", body, key=key) for _ in range(20)
    ]
    assert {answer.status for answer in answers} == {401 if key else 404}


CREDENTIALS = {
    "wrong": {"X-api-key": "f" * 40},
    "null": {"X-api-key": "null"},
    "None": {"X-api-key": "None"},
    "undefined": {"X-api-key": "undefined"},
    "upper case": {"X-api-key": "KEY-UPPER"},
    "longer": {"X-api-key": "KEY0"},
    "shorter": {"X-api-key": "KEY-SHORT"},
    "old name": {"X-apikey": "f" * 40},
    "two keys": {"X-api-key": "KEY", "X-apikey": "f" * 40},
    "name alone": {"X-api-username": "NAME"},
    "wrong name": {"X-api-key": "KEY", "X-api-username": "nobody"},
    "name in another case": {"X-api-key": "KEY", "X-api-username": "NAME-UPPER"},
    "disabled": {"X-api-key": "DISABLED"},
    "replaced": {"X-api-key": "OLD"},
    "long": {"X-api-key": "f" * 30_000},
}


def test_all_bad_credentials_get_one_answer(running, web):
    """Byte for byte, so that nothing is learnt: not which names exist, nor which are disabled."""
    unique = secrets.token_hex(6)
    disabled = web.made("users/", username=f"gone{unique}")
    disable = f"from users.models import User; User.objects.filter(username='gone{unique}')"
    running.manage("shell", "-c", f"{disable}.update(is_active=False)")
    old = web.made("users/", username=f"rekeyed{unique}")["api_key"]
    running.manage("create_api_user", f"rekeyed{unique}")
    known = {
        "KEY-UPPER": running.key.upper(),
        "KEY0": f"{running.key}0",
        "KEY-SHORT": running.key[:-1],
        "KEY": running.key,
        "NAME": running.username,
        "NAME-UPPER": running.username.upper(),
        "DISABLED": disabled["api_key"],
        "OLD": old,
    }
    assert known["KEY-UPPER"] != running.key
    seen: dict[object, list[str]] = {}
    for path in ("users/me/", "videos/", "languages/", "videos/unknown/", "no/such/path/"):
        for name, headers in CREDENTIALS.items():
            sent = {header: known.get(value, value) for header, value in headers.items()}
            answer = web("GET", path, key=None, **sent)
            if name == "long" and answer.status == 431:
                continue
            kept = {
                header.lower(): value
                for header, value in answer.headers.items()
                if header.lower() not in ("date", "allow", "x-request-id")
            }
            fingerprint = (answer.status, answer.body, tuple(sorted(kept.items())))
            seen.setdefault(fingerprint, []).append(f"{name} at {path}")
    assert len(seen) == 1, seen
    ((status, body, headers),) = seen
    assert status == 401
    assert json.loads(body) == {"detail": "Invalid API key"}
    assert ("www-authenticate", "X-api-key") in headers

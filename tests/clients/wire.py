"""Requests written to a socket byte for byte, and the facts that are told with them.

Client libraries tidy up exactly what matters here: a missing Content-Type, an absolute request
line, a parameter without a value.
"""

import http.client
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
BROWSER = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
UTC_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

VIDEOS = "/api/videos/"
DETAIL = "/api/videos/VIDEO/"
LANGUAGES = "/api/videos/VIDEO/languages/"
ENGLISH = "/api/videos/VIDEO/languages/en/"
SUBTITLES = "/api/videos/VIDEO/languages/en/subtitles/"
FRENCH = "/api/videos/VIDEO/languages/fr/subtitles/"
NEW_URL = "http://example.com/UNIQUE.mp4"
YOUTUBE_URL = "http://www.youtube.com/watch?v=YOUTUBE"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    names: dict[str, str] = field(default_factory=dict)
    """What the capitals of the fact stood for."""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def media_type(self):
        return self.headers.get_content_type()


@dataclass
class Fact:
    """A request and what its answer must be; capitals such as VIDEO stand for `names`."""

    who: str
    what: str
    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: str = ""
    key: bool = True
    """Whether the account's key goes along; a fact with a key of its own has it in `headers`."""
    status: int = 200
    holds: Callable[[Answer], object] = field(default=lambda answer: True)
    before: tuple[tuple[str, str, str], ...] = ()
    """Requests that must succeed first: (method, target, JSON body)."""

    @property
    def text(self):
        """Everything in which a name may stand."""
        return " ".join([self.target, *self.headers, self.body, *map(" ".join, self.before)])


def send(running, method, target, *headers, body=b"", key=True):
    """One request as it stands, `Host`, `Content-Length` and the key apart."""
    place = urlsplit(running.url)
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}", "Connection: close", *headers]
    if key:
        lines.append(f"X-api-key: {running.key}")
    if body or method in {"POST", "PUT"}:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())


def create(running, path, **fields):
    answer = send(running, "POST", path, JSON, body=json.dumps(fields))
    assert answer.status == 201, answer
    return answer.json


def fill(text, names):
    """The text with all names replaced, the longest first, and none inside what replaced one."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.sub("|".join(longest_first), lambda found: names[found[0]], text)


def form(**fields):
    return urlencode(fields)


def is_json_object(answer):
    return answer.media_type == "application/json" and isinstance(answer.json, dict)


def is_user(value):
    return {"username", "id", "uri"} <= value.keys()


def fits(value, shape):
    """Whether a decoder with fixed types takes it, as those of Go and Java do.

    `shape` has a type, a list with the shape of each item, or a dict of members. Absent and null
    leave a field as it is; another type, also a number for a text, is an error.
    """
    if value is None:
        return True
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            fits(value.get(name), inner) for name, inner in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if shape is TIME:
        return isinstance(value, str) and UTC_SECOND.fullmatch(value) is not None
    return type(value) is shape


TIME = "a time with its zone"

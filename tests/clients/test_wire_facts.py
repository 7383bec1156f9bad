"""What programs put on the wire and look for in the answer: one row a fact, named after them.

Requests are written to a socket byte for byte, since client libraries tidy up exactly what matters
here: a missing Content-Type, an absolute request line, a parameter without a value.
"""

import http.client
import json
import re
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
BROWSER = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
UTC_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    youtube: str = ""
    """YouTube's id of the video that was asked about."""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def media_type(self):
        return self.headers.get_content_type()


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


def form(**fields):
    return urlencode(fields)


def create(running, path, **fields):
    answer = send(running, "POST", path, JSON, body=json.dumps(fields))
    assert answer.status == 201, answer
    return answer.json


@pytest.fixture
def names(running):
    """What the rows call by name: a fresh video with two versions of English, and words for it."""
    unique = secrets.token_hex(8)
    youtube = secrets.token_urlsafe(8)
    video = create(running, "/api/videos/", video_url=f"https://youtu.be/{youtube}", title="First")
    path = f"/api/videos/{video['id']}"
    for _ in range(2):
        create(running, f"{path}/languages/en/subtitles/", subtitles=SRT, sub_format="srt")
    second = create(running, f"{path}/urls/", url=f"http://example.com/second-{unique}.mp4")
    return {
        "VIDEO": video["id"],
        "UNIQUE": unique,
        "YOUTUBE": youtube,
        "URL_ID": str(second["id"]),
        "USERNAME": running.username,
    }


@pytest.fixture(scope="module")
def team(running):
    """The slug of a team of the account's, with one video and a task for it."""
    slug = f"team-{secrets.token_hex(6)}"
    create(running, "/api/teams/", name=slug, slug=slug, type="default", is_visible=True)
    url = f"http://example.com/{slug}.mp4"
    video = create(running, "/api/videos/", video_url=url, team=slug)["id"]
    create(running, f"/api/teams/{slug}/tasks/", video_id=video, type="Subtitle", language="en")
    return slug


@dataclass
class Fact:
    """A request and what its answer must be; capitals such as VIDEO stand for the `names`."""

    who: str
    what: str
    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: str = ""
    key: bool = True
    status: int = 200
    holds: Callable[[Answer], object] = field(default=lambda answer: True)
    before: tuple[tuple[str, str, str], ...] = ()
    """Requests that must succeed first: (method, target, JSON body)."""


def fill(text, names):
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def is_json_object(answer):
    return answer.media_type == "application/json" and isinstance(answer.json, dict)


def is_user(value):
    return {"username", "id", "uri"} <= value.keys()


VIDEOS = "/api/videos/"
DETAIL = "/api/videos/VIDEO/"
LANGUAGES = "/api/videos/VIDEO/languages/"
ENGLISH = "/api/videos/VIDEO/languages/en/"
SUBTITLES = "/api/videos/VIDEO/languages/en/subtitles/"
FRENCH = "/api/videos/VIDEO/languages/fr/subtitles/"
NEW_URL = "http://example.com/UNIQUE.mp4"

# amara-java serialises all members of its Subtitles class, and one of its callers adds another.
AMARA_JAVA_MEMBERS = (
    *("action", "actions_uri", "description", "is_complete", "language", "metadata", "notes_uri"),
    *("resource_uri", "site_uri", "title", "version_number"),
)
AMARA_JAVA = json.dumps(
    dict.fromkeys(AMARA_JAVA_MEMBERS) | {"subtitles": SRT, "sub_format": "srt", "pomsMid": "WO_1"}
)

FORMS = [
    Fact(
        "amaraapi",
        "creates a video with a form",
        "POST",
        VIDEOS,
        (FORM,),
        form(video_url=NEW_URL, primary_audio_language_code="en"),
        status=201,
        holds=lambda a: a.json["primary_audio_language_code"] == "en",
    ),
    Fact(
        "nytimes",
        "marks a language with Python's True",
        "POST",
        LANGUAGES,
        (FORM,),
        form(language_code="de", is_primary_audio_language="True", subtitles_complete="False"),
        status=201,
        holds=lambda a: (
            a.json["is_primary_audio_language"] is True and a.json["subtitles_complete"] is False
        ),
    ),
    Fact(
        "c3subtitles",
        "completes a language with true as text",
        "PUT",
        ENGLISH,
        (FORM,),
        form(subtitles_complete="true"),
        holds=lambda a: a.json["subtitles_complete"] is True,
    ),
    Fact(
        "c3subtitles",
        "leaves a boolean out of a form to keep it",
        "PUT",
        ENGLISH,
        (FORM,),
        form(is_primary_audio_language="true"),
        before=(("PUT", ENGLISH, '{"subtitles_complete": true}'),),
        holds=lambda a: a.json["subtitles_complete"] is True,
    ),
    Fact(
        "nytimes",
        "posts subtitles with a form that also has a team and a url",
        "POST",
        SUBTITLES,
        (FORM,),
        form(subtitles=SRT, sub_format="srt", team="", video_url=NEW_URL, is_complete="true"),
        status=201,
        holds=lambda a: a.json["version_number"] == 3,
    ),
    Fact(
        "UNL MediaHub",
        "creates a video with JSON that no Content-Type announces",
        "POST",
        VIDEOS,
        body='{"video_url": "http://example.com/UNIQUE.mp4", "title": "Hub"}',
        status=201,
        holds=lambda a: a.json["title"] == "Hub",
    ),
]

WITHOUT_KEY = [
    Fact(
        "yt-dlp", "reads a video", "GET", f"{DETAIL}?format=json", key=False, holds=is_json_object
    ),
    Fact("sushi-chef", "lists languages", "GET", f"{LANGUAGES}?format=json", key=False),
    Fact("KA-Lite", "reads subtitles as a file", "GET", f"{SUBTITLES}?format=srt", key=False),
    Fact(
        "c3subtitles",
        "finds a video by its url",
        "GET",
        f"{VIDEOS}?video_url=http://www.youtube.com/watch?v=YOUTUBE",
        key=False,
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact("yt-dlp", "lists public videos", "GET", VIDEOS, key=False),
    Fact("anyone", "lists urls", "GET", "/api/videos/VIDEO/urls/", key=False),
]

KEYS = [
    Fact("today's clients", "send the key alone", "GET", "/api/users/me/"),
    Fact(
        "2016's clients",
        "send the name beside it",
        "GET",
        "/api/users/USERNAME/",
        ("X-api-username: USERNAME",),
        holds=lambda a: a.json["username"],
    ),
    Fact(
        "KA-Lite",
        "sends the old header at the old address",
        "GET",
        "/api2/partners/videos/VIDEO/",
        ("X-api-username: USERNAME", "X-apikey: SECRET"),
        key=False,
        holds=lambda a: a.json["all_urls"][0].endswith(a.youtube),
    ),
    Fact(
        "Mozilla's scripts",
        "send the old header without a name",
        "GET",
        "/api2/partners/teams/",
        ("X-apikey: SECRET",),
        key=False,
    ),
    Fact(
        "prx-amara",
        "creates videos at the old address",
        "POST",
        "/api2/partners/videos/",
        (JSON, "X-apikey: SECRET"),
        '{"video_url": "http://example.com/UNIQUE.mp4"}',
        key=False,
        status=201,
    ),
    Fact(
        "the change policy",
        "lets a client opt in to any future",
        "GET",
        DETAIL,
        ("X-API-FUTURE: 20990101",),
    ),
]

SHAPES = [
    Fact(
        "c3subtitles",
        "parses the time of a video as UTC seconds",
        "GET",
        DETAIL,
        holds=lambda a: UTC_SECOND.fullmatch(a.json["created"]),
    ),
    Fact(
        "c3subtitles",
        "parses the time of every version likewise",
        "GET",
        ENGLISH,
        holds=lambda a: all(UTC_SECOND.fullmatch(v["created"]) for v in a.json["versions"]),
    ),
    Fact(
        "nytimes",
        "reads a version's author as an object",
        "GET",
        ENGLISH,
        holds=lambda a: all(is_user(version["author"]) for version in a.json["versions"]),
    ),
    Fact(
        "corsair",
        "reads the subtitles' author as an object",
        "GET",
        SUBTITLES,
        holds=lambda a: is_user(a.json["author"]),
    ),
    Fact(
        "KSTools",
        "reads a note's user as an object",
        "POST",
        f"{SUBTITLES}notes/",
        (JSON,),
        '{"body": "Well done"}',
        status=201,
        holds=lambda a: is_user(a.json["user"]) and a.json["created"] == a.json["datetime"],
    ),
    Fact(
        "corsair",
        "reads an activity's user as an object",
        "GET",
        "/api/videos/VIDEO/activity/",
        holds=lambda a: all(is_user(item["user"]) for item in a.json["objects"]),
    ),
    Fact(
        "amara-php",
        "reads a member's user as an object",
        "GET",
        "/api/teams/TEAM/members/",
        holds=lambda a: all(is_user(item["user"]) for item in a.json["objects"]),
    ),
    Fact(
        "amara-java",
        "expects the subtitles back in the format it posted, as a string",
        "POST",
        SUBTITLES,
        (JSON,),
        AMARA_JAVA,
        status=201,
        holds=lambda a: a.json["sub_format"] == "srt" and "-->" in a.json["subtitles"],
    ),
    Fact(
        "sushi-chef",
        "strips YouTube's url of exactly this prefix",
        "GET",
        DETAIL,
        holds=lambda a: a.json["all_urls"][0] == f"http://www.youtube.com/watch?v={a.youtube}",
    ),
    Fact(
        "KSTools",
        "looks YouTube's videos up by https",
        "GET",
        f"{VIDEOS}?video_url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DYOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "Chrome extension",
        "looks them up by the short form",
        "GET",
        f"{VIDEOS}?video_url=https://youtu.be/YOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "c3subtitles",
        "splits SRT at CRLF",
        "GET",
        f"{SUBTITLES}?format=srt",
        holds=lambda a: len(a.body.strip().split(b"\r\n\r\n")) == 2,
    ),
    Fact(
        "amara-php",
        "takes the first version for the newest",
        "GET",
        ENGLISH,
        holds=lambda a: [version["version_no"] for version in a.json["versions"]] == [2, 1],
    ),
    Fact(
        "Pipedream",
        "calls its number by the longer name",
        "GET",
        ENGLISH,
        holds=lambda a: (
            a.json["versions"][0]["version_number"] == 2
            and a.json["versions"][0]["published"] is True
        ),
    ),
    Fact(
        "amara-php",
        "checks the shape of a video's id",
        "GET",
        DETAIL,
        holds=lambda a: re.fullmatch("[A-Za-z0-9]{12}", a.json["id"]),
    ),
    Fact(
        "corsair",
        "addresses a url by its integer id",
        "GET",
        "/api/videos/VIDEO/urls/URL_ID/",
        holds=lambda a: isinstance(a.json["id"], int) and "videoid" in a.json,
    ),
    Fact(
        "everyone",
        "reads cues in milliseconds, counted from one",
        "GET",
        SUBTITLES,
        holds=lambda a: (
            [(cue["position"], cue["start"], cue["end"]) for cue in a.json["subtitles"]]
            == [(1, 1000, 2500), (2, 3000, 4000)]
        ),
    ),
]

NEGOTIATION = [
    Fact(
        "yt-dlp",
        "asks for JSON by parameter while it accepts like a browser",
        "GET",
        f"{DETAIL}?format=json",
        (BROWSER,),
        key=False,
        holds=is_json_object,
    ),
    Fact(
        "yt-dlp",
        "asks for SRT the same way",
        "GET",
        f"{SUBTITLES}?format=srt",
        (BROWSER,),
        key=False,
        holds=lambda a: a.media_type == "text/srt" and b"-->" in a.body,
    ),
    Fact(
        "Chrome extension",
        "accepts anything",
        "GET",
        DETAIL,
        ("Accept: */*",),
        holds=is_json_object,
    ),
    Fact("plain sockets", "name no type", "GET", DETAIL, holds=is_json_object),
    Fact(
        "sushi-chef",
        "replaces format=json in the uris it got",
        "GET",
        f"{DETAIL}?format=json",
        holds=lambda a: a.json["languages"][0]["subtitles_uri"].endswith("/subtitles/?format=json"),
    ),
    Fact(
        "Chrome extension",
        "appends ?format=srt to the uris it got",
        "GET",
        DETAIL,
        holds=lambda a: a.json["languages"][0]["subtitles_uri"].endswith("/subtitles/"),
    ),
    Fact(
        "amara-php",
        "names format 0 when it means none",
        "GET",
        f"{SUBTITLES}?format=0",
        holds=is_json_object,
    ),
]

LENIENCY = [
    Fact(
        "amara-java",
        "posts null for every member it does not use",
        "POST",
        SUBTITLES,
        (JSON,),
        AMARA_JAVA,
        status=201,
        holds=lambda a: a.json["version_number"] == 3,
    ),
    Fact(
        "KSTools",
        "filters languages by parameters that do not exist",
        "GET",
        f"{LANGUAGES}?language_code=fr&subtitles_complete=False",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "KSTools",
        "adds limit to a next link that has one",
        "GET",
        f"{LANGUAGES}?limit=10&offset=0&limit=10",
        holds=lambda a: a.json["meta"]["limit"] == 10,
    ),
    Fact(
        "prx-amara",
        "puts the video's id into the body",
        "PUT",
        DETAIL,
        (JSON,),
        '{"video_id": "VIDEO", "title": "Second"}',
        holds=lambda a: a.json["title"] == "Second",
    ),
    Fact(
        "nytimes",
        "posts subtitles for a language that is not there yet",
        "POST",
        FRENCH,
        (JSON,),
        json.dumps({"subtitles": SRT, "sub_format": "srt"}),
        status=201,
        holds=lambda a: a.json["language"]["code"] == "fr" and a.json["version_number"] == 1,
    ),
    Fact(
        "amara-java",
        "asks for completed tasks without saying true",
        "GET",
        "/api/teams/TEAM/tasks/?completed&completed-after=1356998400",
        holds=lambda a: a.json["objects"] == [],
    ),
    Fact(
        "TED uploader",
        "asks for open tasks without saying true",
        "GET",
        "/api/teams/TEAM/tasks/?open",
        holds=lambda a: len(a.json["objects"]) == 1,
    ),
    Fact(
        "amara-java",
        "leaves out the last slash before a query",
        "GET",
        "/api/activity?team=TEAM",
        holds=is_json_object,
    ),
    Fact(
        "amara-java",
        "leaves out the last slash",
        "GET",
        f"{SUBTITLES}actions",
        holds=lambda a: isinstance(a.json, list),
    ),
    Fact(
        "amara-java",
        "leaves it out of writes as well",
        "POST",
        SUBTITLES.rstrip("/"),
        (JSON,),
        AMARA_JAVA,
        status=201,
    ),
    Fact(
        "amaranth",
        "sends an absolute request line",
        "GET",
        f"ORIGIN{VIDEOS}?video_url=http://www.youtube.com/watch?v=YOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "corsair",
        "leaves the dollar of a user's id as it is",
        "GET",
        "/api/users/id$USER_ID/",
        holds=lambda a: re.fullmatch("[A-Za-z0-9_-]{43}", a.json["id"]),
    ),
    Fact("strict url libraries", "escape it", "GET", "/api/users/id%24USER_ID/"),
]

STATUSES = [
    Fact(
        "amaranth",
        "counts on 201 for what it made",
        "POST",
        VIDEOS,
        (JSON,),
        '{"video_url": "http://example.com/UNIQUE.mp4"}',
        status=201,
    ),
    Fact(
        "amaranth",
        "looks for these words to learn that a video exists",
        "POST",
        VIDEOS,
        (JSON,),
        '{"video_url": "https://www.youtube.com/watch?v=YOUTUBE"}',
        status=400,
        holds=lambda a: b"Video already" in a.body,
    ),
    Fact("amaranth", "counts on 200 for a change", "PUT", DETAIL, (JSON,), '{"title": "Second"}'),
    Fact(
        "c3subtitles",
        "counts on 204 and nothing for a url it took away",
        "DELETE",
        "/api/videos/VIDEO/urls/URL_ID/",
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact(
        "KSTools",
        "counts on 204 for subtitles it took away",
        "DELETE",
        SUBTITLES,
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact(
        "everyone",
        "counts on 204 for a video they took away",
        "DELETE",
        DETAIL,
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact("amaraapi", "takes only 404 for no subtitles", "GET", FRENCH, status=404),
    Fact("amaraapi", "takes only 404 for no language", "GET", f"{LANGUAGES}fr/", status=404),
    Fact("amaraapi", "takes only 404 for no video", "GET", f"{VIDEOS}nonesuchabcd/", status=404),
    Fact(
        "amaraapi",
        "takes it even from an unknown language's subtitles",
        "GET",
        f"{LANGUAGES}qqq/subtitles/?sub_format=srt",
        status=404,
    ),
]

# How times are written, by whom, and twice: long past, and not yet.
TIMES = [
    (
        *("c3subtitles", "a Python datetime"),
        *("2001-02-03 04:05:06.000789+00:00", "2099-02-03 04:05:06.000789+00:00"),
    ),
    ("amara-handler", "a date", "2019-01-01", "2099-01-01"),
    (
        *("KA Deutsch", "ISO 8601 with a fraction"),
        *("2019-01-01T00:00:00.123456Z", "2099-01-01T00:00:00.123456Z"),
    ),
    ("amara-java", "unix seconds", "1356998400", "4070908800"),
]
# The lists that take them, and whether ours has anything in it; a filter that is ignored shows
# only where it has.
TIMED = [
    ("the legacy activity", "/api/activity/?team=TEAM&after=", True),
    ("a video's activity", "/api/videos/VIDEO/activity/?after=", True),
    ("tasks", "/api/teams/TEAM/tasks/?completed-after=", False),
    ("applications", "/api/teams/TEAM/applications/?after=", False),
]


def finds_something(answer):
    return answer.json["meta"]["total_count"] > 0


def finds_nothing(answer):
    return answer.json["meta"]["total_count"] == 0


TIME_FACTS = [
    Fact(
        who,
        f"filters {place} by {form_} in the {when}",
        "GET",
        target + quote_plus(value),
        holds=finds_something if has_items and when == "past" else finds_nothing,
    )
    for who, form_, past, future in TIMES
    for place, target, has_items in TIMED
    for when, value in (("past", past), ("future", future))
]

# Limits above the cap are somebody's habit, and no mistake.
PAGING = [
    Fact(
        "all pagers",
        f"ask for {limit}",
        "GET",
        f"{VIDEOS}?limit={limit}&offset=0",
        holds=lambda a: (
            all(type(a.json["meta"][name]) is int for name in ("limit", "offset", "total_count"))
            and a.json["meta"]["previous"] is None
        ),
    )
    for limit in (100, 200, 300)
]

FACTS = (
    *FORMS,
    *WITHOUT_KEY,
    *KEYS,
    *SHAPES,
    *NEGOTIATION,
    *LENIENCY,
    *STATUSES,
    *TIME_FACTS,
    *PAGING,
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.who} {fact.what}")
def test_fact(fact, running, names, request):
    names = {**names, "SECRET": running.key, "ORIGIN": running.url}
    if "TEAM" in fact.target:
        names["TEAM"] = request.getfixturevalue("team")
    if "USER_ID" in fact.target:
        names["USER_ID"] = send(running, "GET", "/api/users/me/").json["id"]
    for method, target, body in fact.before:
        assert send(running, method, fill(target, names), JSON, body=body).status < 300
    answer = send(
        running,
        fact.method,
        fill(fact.target, names),
        *(fill(header, names) for header in fact.headers),
        body=fill(fact.body, names),
        key=fact.key,
    )
    answer.youtube = names["YOUTUBE"]
    assert answer.status == fact.status, answer.body.decode()
    assert fact.holds(answer), answer.body.decode()


def test_amaranth_puts_back_every_attribute_it_got(running, names):
    path = fill(DETAIL, names)
    before = send(running, "GET", path).json
    answer = send(running, "PUT", path, JSON, body=json.dumps({**before, "title": "Second"}))
    assert answer.status == 200, answer.body
    assert answer.json == {**before, "title": "Second"}


def test_ka_deutsch_walks_back_to_the_first_page(running, names):
    path = fill(LANGUAGES, names)
    for code in ("de", "fr", "it"):
        create(running, path, language_code=code)
    met = []
    link = f"{running.url}{path}?limit=1&offset=3"
    while link is not None:
        assert link.startswith(f"{running.url}{path}?")
        page = send(running, "GET", link.removeprefix(running.url)).json
        met.append(page["objects"][0]["language_code"])
        link = page["meta"]["previous"]
    assert page["meta"]["offset"] == 0
    assert sorted(met) == ["de", "en", "fr", "it"]
    assert page["meta"]["next"].startswith(f"{running.url}{path}?")


def test_sushi_chef_follows_the_uri_that_it_rewrote(running, names):
    video = send(running, "GET", fill(f"{DETAIL}?format=json", names), key=False).json
    uri = video["languages"][0]["subtitles_uri"].replace("format=json", "format=vtt")
    answer = send(running, "GET", uri.removeprefix(running.url), key=False)
    assert answer.media_type == "text/vtt"
    assert answer.body.startswith(b"WEBVTT")


def test_amara_php_checks_the_shape_of_a_key(running):
    assert re.fullmatch("[0-9a-f]{40}", running.key)

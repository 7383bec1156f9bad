"""What a request may carry: the same data in every wrapping, and what is wrong, named."""

import json
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import time_machine
import yaml
from rest_framework import serializers

from amara_api.kernel.rest import fields
from amara_api.urls import api as routes
from subtitles import storage
from subtitles.api.changes import AnchorsField
from subtitles.api.subtitles import CompletenessField, CuesField, SourceField
from tests import golden
from tests.api.conftest import unchanged, undone
from tests.api.golden_cases import CASES, build
from tests.api.permission_matrix import ROWS
from tests.api.test_permissions import address, body_of
from tests.photographs import photographed

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "golden" / "20161201"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


# --- the same data in every wrapping -------------------------------------------------------------


def as_xml(data) -> str:
    def fill(element, value):
        if isinstance(value, dict):
            for key, item in value.items():
                fill(ElementTree.SubElement(element, key), item)
        elif isinstance(value, bool):
            element.text = "True" if value else "False"
        else:
            element.text = str(value)

    root = ElementTree.Element("root")
    fill(root, data)
    return ElementTree.tostring(root, encoding="unicode")


def flat(data) -> dict[str, str]:
    """For forms: what is no text becomes text, and a dictionary its JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in data.items()
    }


def as_multipart(data) -> str:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in flat(data).items()
    ]
    return "".join(parts) + "--b--\r\n"


WRAPPINGS = [
    ("", json.dumps),
    ("application/json", json.dumps),
    ("application/json; charset=utf-8", lambda data: json.dumps(data, ensure_ascii=False)),
    ("application/xml", as_xml),
    ("text/xml", as_xml),
    ("application/yaml", lambda data: yaml.safe_dump(data, allow_unicode=True)),
    ("application/x-yaml", lambda data: yaml.safe_dump(data, default_flow_style=True)),
    ("text/yaml", yaml.safe_dump),
    (FORM, lambda data: urlencode(flat(data))),
    (f"{FORM}; charset=UTF-8", lambda data: urlencode(flat(data))),
    (MULTIPART, as_multipart),
]


def is_plain(value) -> bool:
    return isinstance(value, str | int) or (
        isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    )


def wrappable() -> list:
    """The golden writes that succeed and whose bodies a form can carry."""
    found = []
    for case in CASES:
        kept = json.loads((FOLDER / f"{case.name}.json").read_text())
        fits = isinstance(case.body, dict) and all(map(is_plain, case.body.values()))
        if fits and case.body and case.method in ("POST", "PUT") and kept["status"] < 300:
            found.append(case)
    return found


@pytest.fixture
def fixed(db, monkeypatch, api_for):
    monkeypatch.setattr(storage, "renditions", storage.Renditions())
    ids = golden.FixedIds(monkeypatch)
    golden.fix_numbers()
    with time_machine.travel(golden.CLOCK, tick=False):
        made, counted = photographed("golden", lambda: (build(api_for), ids.made), frozen=True)
        ids.made.update(counted)
        made.fixed = ids
        yield made


@pytest.mark.by_halves
@pytest.mark.parametrize("case", wrappable(), ids=lambda case: case.name)
def test_the_same_data_in_every_wrapping_has_the_same_answer(fixed, case):
    kept = json.loads((FOLDER / f"{case.name}.json").read_text())
    for content_type, wrap in WRAPPINGS:
        made = dict(fixed.fixed.made)
        with undone():
            golden.fix_numbers()
            case.lead_up(fixed.api)
            response = fixed.api[case.who].request(
                case.method, case.path, wrap(case.body), content_type=content_type
            )
        fixed.fixed.made.update(made)
        answer = (response.status_code, response.json())
        assert answer == (kept["status"], kept["body"]), content_type


def test_enough_is_wrapped():
    assert len(wrappable()) >= 15


# --- broken wrappings ----------------------------------------------------------------------------

BROKEN = [
    ("application/json", b'{"title": "x"', 400),
    ("application/json", b"{'title': 'x'}", 400),
    ("application/json", b'{"title": NaN}', 400),
    ("application/json", b'{"duration": 1e400}', 400),
    ("application/json", b'{"duration": ' + b"9" * 5000 + b"}", 400),
    ("application/json", b'{"title": "\\ud800"}', 400),
    ("application/json", b'{"title": "a\\u0000b"}', 400),
    ("application/json", b'{"title": "\xff"}', 400),
    ("application/json", b"[" * 100_000, 400),
    ("application/json", b"[]", 400),
    ("application/json", b'"text"', 400),
    ("application/json", b"7", 400),
    ("application/json", b"null", 400),
    ("application/json; charset=klingon", b'{"title": "x"}', 400),
    ("", b"title=x", 400),
    ("application/xml", b"<root><title>x</root>", 400),
    ("application/xml", b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><root/>', 400),
    ("application/xml", b"text", 400),
    ("application/yaml", b"title: [x", 400),
    ("application/yaml", b"title: &a x\ndescription: *a", 400),
    ("application/yaml", b"title: !!python/object/apply:os.getcwd []", 400),
    ("application/yaml", b"--- a\n--- b\n", 400),
    ("application/yaml", b"- x", 400),
    (FORM, b"title=%00", 400),
    (FORM, b"&".join(b"a%d=1" % i for i in range(2000)), 400),
    ("multipart/form-data", b"--b\r\n", 400),
    ("text/plain", b"x", 415),
    ("image/png", b"x", 415),
    ("nonsense", b"x", 415),
]


@pytest.mark.parametrize(
    ("content_type", "body", "status"), BROKEN, ids=lambda value: repr(value)[:40]
)
@pytest.mark.parametrize("accept", ["application/json", "application/yaml", "application/xml"])
def test_a_broken_body_is_named_and_changes_nothing(world, content_type, body, status, accept):
    path = f"videos/{world.open_video.video_id}/"
    with unchanged():
        response = world.api["adder"].put(
            path, body, content_type=content_type, headers={"Accept": accept}
        )
    assert response.status_code == status, response.content[:200]
    assert response["Content-Type"].partition(";")[0] == accept
    text = response.content.decode()
    assert len(text) < 500
    assert not [
        word for word in ("Traceback", "File ", "passwd", "defused", "Error(") if word in text
    ]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_compressed_body_is_never_inflated(world, encoding):
    path = f"videos/{world.open_video.video_id}/"
    headers = {"Content-Encoding": encoding}
    with unchanged():
        assert world.api["adder"].put(path, {"title": "x"}, headers=headers).status_code == 415


def test_a_body_beyond_the_limit_is_413(world, settings):
    settings.AMARA_MAX_BODY_BYTES = 1000
    path = f"videos/{world.open_video.video_id}/"
    bodies = [
        ("application/json", json.dumps({"title": "x" * 1000})),
        (FORM, "title=" + "x" * 1000),
        (MULTIPART, as_multipart({"title": "x" * 1000})),
        ("application/xml", as_xml({"title": "x" * 1000})),
    ]
    for content_type, body in bodies:
        with unchanged():
            response = world.api["adder"].put(path, body, content_type=content_type)
        assert (response.status_code, list(response.json())) == (413, ["detail"]), content_type
    assert world.api["adder"].put(path, {"title": "x" * 500}).status_code == 200


@pytest.mark.parametrize("content_type", ["", "application/json", "application/yaml", FORM])
def test_no_body_is_an_empty_one(world, content_type):
    """So what is required is named, and a PUT that says nothing changes nothing."""
    response = world.api["adder"].post("videos/", b"", content_type=content_type)
    assert (response.status_code, response.json()) == (
        400,
        {"video_url": ["This field is required."]},
    )
    path = f"videos/{world.open_video.video_id}/"
    before = world.api["adder"].get(path).json()
    assert world.api["adder"].put(path, b"", content_type=content_type).json() == before


# --- wrong values --------------------------------------------------------------------------------

TEXT = [7, 1.5, True, [], ["x"], {}, {"a": "b"}]
# By the kind of field; a subclass comes before what it derives from.
WRONG = {
    CompletenessField: ["perhaps", 7, 1.5, [], {}],
    fields.FlagField: ["perhaps", 7, 1.5, [], {}],
    fields.SignedNumberField: ["soon", "1.5", 1.5, True, [], {}, 2**31, -(2**31), "9" * 30],
    fields.WholeNumberField: ["soon", "1.5", 1.5, True, [], {}, -1, "-1", 2**31, "9" * 30],
    fields.LanguageCodeField: ["klingon", "../", "e" * 300, "x" * 17, 7, True, [], {}],
    fields.MetadataField: [
        7,
        True,
        [],
        "x",
        "[]",
        {"speaker-name": 7},
        {"speaker-name": None},
        {"location": {"x": "y"}},
        {"location": "x" * 256},
        {"__proto__": "x"},
        {"<x>": "y"},
        {str(i): "x" for i in range(2000)},
    ],
    AnchorsField: ["soon", 7, True, [], {}, [[1, 2]], [[1, 2], [3]], [[1, 2], [3, -4]], "[[1"],
    SourceField: [7, True, [], {}, "en", "en/x", {"language_code": "en"}, {"version_number": 1}],
    CuesField: [7, True, {}, {"a": "b"}, "", "nonsense"],
    fields.TextField: TEXT,
    serializers.EmailField: ["nobody", "a@b@c", 7, True, [], {}, "x" * 300 + "@example.com"],
    serializers.URLField: ["nowhere", "javascript:alert(1)", 7, True, [], {}],
    serializers.ChoiceField: ["", "ALL", "write", 7, True, [], {}],
}


def writes() -> list:
    """(row, field name, field) for every field of every route that takes a body."""
    found = []
    for route in routes:
        for method, action in route.callback.actions.items():
            inputs = route.callback.cls.inputs.get(action)
            for row in ROWS if inputs else ():
                if (row.route, row.method) == (route.name, method.upper()):
                    found += [(row, name, field) for name, field in inputs().fields.items()]
    return found


@pytest.mark.by_halves
@pytest.mark.parametrize(
    ("row", "name", "field"),
    writes(),
    ids=lambda value: (
        f"{value.method} {value.route}" if hasattr(value, "route") else str(value)[:30]
    ),
)
def test_a_wrong_value_is_named_and_changes_nothing(world, row, name, field):
    values = next((WRONG[kind] for kind in WRONG if isinstance(field, kind)), None)
    assert values is not None, f"no wrong values for {type(field).__name__}"
    place = address(world, "open_video")
    path = place.fill(row.path)
    wrong = []
    with unchanged():
        for value in values:
            response = world.api["partner" if row.route == "users" else "adder"].request(
                row.method, path, {**body_of(row, place.video), name: value}
            )
            # An action is asked for by name before anything else, and so is a duration.
            answer = response.json()
            named = set(answer) == {name} if isinstance(answer, dict) else answer == "no action"
            if response.status_code != 400 or not named:
                wrong.append((value, response.status_code, answer))
    assert not wrong


@pytest.mark.parametrize(
    ("row", "name", "field"),
    [w for w in writes() if isinstance(w[2], serializers.CharField)],
    ids=lambda value: (
        f"{value.method} {value.route}" if hasattr(value, "route") else str(value)[:30]
    ),
)
def test_text_may_be_anything_but_unprintable_or_too_long(world, row, name, field):
    if isinstance(field, fields.LanguageCodeField | serializers.EmailField | serializers.URLField):
        return
    place = address(world, "open_video")
    path = place.fill(row.path)
    api = world.api["partner" if row.route == "users" else "adder"]
    with unchanged():
        response = api.request(row.method, path, {**body_of(row, place.video), name: "a\x00b"})
        assert response.status_code == 400, response.content
        if field.max_length:
            long = {**body_of(row, place.video), name: "x" * (field.max_length + 1)}
            response = api.request(row.method, path, long)
            assert response.status_code == 400
            assert response.json() == {
                name: [f"Ensure this field has no more than {field.max_length} characters."]
            }


def test_no_refusal_says_a_long_value_back(world):
    place = address(world, "open_video")
    refused = 0
    for row, name, _ in writes():
        api = world.api["partner" if row.route == "users" else "adder"]
        body = {**body_of(row, place.video), name: "ü" * 50_000}
        with undone():
            response = api.request(row.method, place.fill(row.path), body)
        if response.status_code == 400:
            refused += 1
            assert 10 < len(response.content) < 3_000, (row.route, name)
    assert refused > 50


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.body], ids=lambda row: f"{row.method} {row.route}"
)
def test_unknown_and_null_members_are_as_if_not_sent(world, row):
    """Null means something only for a team, a project, and what can be cleared."""
    from tests.api.conftest import undone

    meaningful = {"team", "project", "is_complete"}
    place = address(world, "open_video")
    path = place.fill(row.path)
    api = world.api[row.able]
    optional = {
        name: None
        for other, name, field in writes()
        if (other.route, other.method) == (row.route, row.method)
        and not field.required
        and name not in row.body
        and not name.startswith("soft_limit")
        and name not in meaningful
    }
    strange = {"unknown": {"deep": [1]}, "": 1, "__class__": "x", "Title": "x", "a b": None}
    answers = []
    for extra in ({}, optional, strange):
        with undone():
            response = api.request(row.method, path, {**extra, **body_of(row, place.video)})
        volatile = {"id", "created", "datetime", "api_key", "resource_uri", "site_uri", "url"}
        body = response.json()
        kept = (
            {k: v for k, v in body.items() if k not in volatile} if isinstance(body, dict) else body
        )
        answers.append((response.status_code, without_ids(kept)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == row.ok


def without_ids(value):
    """Video and user ids are made anew each time."""
    import re

    return re.sub(r"videos/\w{12}|id\$[\w-]{43}|T\d\d:\d\d:\d\dZ", "ID", json.dumps(value))


def test_the_last_of_a_repeated_member_counts(world):
    path = f"videos/{world.open_video.video_id}/"
    bodies = [
        ("application/json", '{"title": "first", "title": "last"}'),
        (FORM, "title=first&title=last"),
        (MULTIPART, as_multipart({"title": "first"})[:-7] + as_multipart({"title": "last"})),
    ]
    for content_type, body in bodies:
        response = world.api["adder"].put(path, body, content_type=content_type)
        assert (response.status_code, response.json()["title"]) == (200, "last"), content_type


@pytest.mark.parametrize("content_type", [FORM, MULTIPART])
def test_an_absent_flag_of_a_form_is_absent(world, content_type):
    """Browsers leave an empty box out; taking that for false lost people's settings."""
    wrap = as_multipart if content_type == MULTIPART else lambda data: urlencode(data)
    api, video = world.api["adder"], world.open_video.video_id
    path = f"videos/{video}/languages/en/"
    api.put(path, {"subtitles_complete": True, "is_primary_audio_language": True})
    response = api.put(path, wrap({"soft_limit_cpl": "40"}), content_type=content_type)
    body = response.json()
    assert (body["subtitles_complete"], body["is_original"], body["soft_limit_cpl"]) == (
        True,
        True,
        40,
    )
    url = f"videos/{video}/urls/{world.second['open_video'].pk}/"
    api.put(url, {"original": True})
    body = api.put(url, wrap({"primary": "true"}), content_type=content_type).json()
    assert (body["original"], body["primary"]) == (True, True)


FLAGS = [(v, True) for v in ("true", "True", "TRUE", "1", "t", "yes", "on", True, 1)]
FLAGS += [(v, False) for v in ("false", "False", "FALSE", "0", "f", "no", "off", False, 0)]


@pytest.mark.parametrize(("sent", "meant"), FLAGS)
def test_what_a_flag_may_say(world, sent, meant):
    path = f"videos/{world.open_video.video_id}/languages/en/"
    api = world.api["adder"]
    api.put(path, {"subtitles_complete": not meant})
    assert api.put(path, {"subtitles_complete": sent}).json()["subtitles_complete"] is meant


# --- what nobody may set -------------------------------------------------------------------------


def test_a_video_keeps_what_is_not_the_callers_to_say(world):
    path = f"videos/{world.open_video.video_id}/"
    before = world.api["adder"].get(path).json()
    sent = {
        "id": "AAAAAAAAAAAA",
        "video_id": "AAAAAAAAAAAA",
        "video_url": "https://media.example.com/other.mp4",
        "created": "2001-01-01T00:00:00Z",
        "resource_uri": "https://evil.example/",
        "all_urls": [],
        "user": "stranger",
        "is_public": False,
        "isPublic": False,
        "team_id": world.hush.pk,
        "partner": world.stranger.pk,
        "partner_video_id": "x",
        "num_videos": 9,
        "languages": [],
    }
    wrappings = [("application/json", json.dumps(sent)), ("application/yaml", yaml.safe_dump(sent))]
    wrappings += [(FORM, urlencode(flat(sent)))]
    for method in ("PUT", "PATCH"):
        for content_type, body in wrappings:
            response = world.api["adder"].request(method, path, body, content_type=content_type)
            assert (response.status_code, response.json()) == (200, before)
    world.open_video.refresh_from_db()
    assert (world.open_video.user, world.open_video.partner) == (world.adder, None)


def test_an_account_keeps_what_is_not_the_callers_to_say(world):
    flags = ("is_staff", "is_superuser", "is_partner", "is_active", "email_confirmed")
    had = {flag: getattr(world.adder, flag) for flag in flags}
    before = world.api["adder"].get("users/me/").json()
    sent = {
        "username": "other",
        "id": "x",
        "public_id": "x",
        **{flag: not value for flag, value in had.items()},
        "created_by": "owner",
        "api_key": "0" * 40,
        "num_videos": 9,
        "user_permissions": [1],
        "resource_uri": "https://evil.example/",
    }
    after = world.api["adder"].put("users/adder/", sent).json()
    assert after == {**before, "email": "adder@example.com"}
    world.adder.refresh_from_db()
    assert {flag: getattr(world.adder, flag) for flag in flags} == had
    # A partner may make partners; what else was sent counts for nothing.
    made = world.api["partner"].post("users/", {**sent, "username": "made"}).json()
    assert (made["username"], made["is_partner"], made["created_by"]) == ("made", True, "partner")
    made = world.api["staff"].post("users/", {**sent, "username": "made2"}).json()
    assert made["is_partner"] is False


def test_a_version_keeps_what_is_not_the_callers_to_say(world):
    path = f"videos/{world.open_video.video_id}/languages/en/subtitles/"
    sent = {
        "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nHi\n",
        "sub_format": "srt",
        "version_number": 70,
        "version_no": 70,
        "author": "owner",
        "created": "2001-01-01T00:00:00Z",
        "language_code": "fr",
        "is_public": False,
        "parent": 1,
    }
    body = world.api["stranger"].post(path, sent).json()
    assert (body["version_number"], body["author"]["username"]) == (2, "stranger")
    assert body["language"]["code"] == "en"
    assert not body["created"].startswith("2001")

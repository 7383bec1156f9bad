"""Absent, empty, blank and null: what each does to every field that may be left out.

The routes come from the map, the fields from the serializers, and what they have to do from the
table in docs/api/README.md. No field can be forgotten: one that the table does not name answers
400 when it is empty. Each is asked in every wrapping, and in every dialect that lifts its input.
"""

import json
import re
from contextlib import contextmanager
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import pytest
import yaml
from django.urls import resolve

from amara_api.kernel.versions import CURRENT, LADDER, NEWEST, OLDEST, PARTNERS, name_of
from amara_api.urls import api as routes
from tests import golden
from tests.api.conftest import undone
from tests.api.golden_cases import ASKED as REQUESTED
from tests.api.golden_cases import CASES, CREW, FOUNDED, JOB, WANTED, Case
from tests.api.test_bodies import FORM, MULTIPART, as_multipart, fixed, flat  # noqa: F401
from tests.docs.pages import ROOT

pytestmark = pytest.mark.django_db

# --- what the page says --------------------------------------------------------------------------

# The page's name for what a route writes.
CALLED = {
    "users": "accounts",
    "user": "accounts",
    "user-keys": "keys",
    "user-me-keys": "keys",
    "videos": "videos",
    "video": "videos",
    "subtitle-languages": "subtitle languages",
    "subtitle-language": "subtitle languages",
    "subtitles": "subtitles",
    "subtitle-restore": "restored and transformed subtitles",
    "subtitle-transform": "restored and transformed subtitles",
    "teams": "teams",
    "team": "teams",
    "team-projects": "projects",
    "team-project": "projects",
    "safe-members": "safe members",
    "team-tasks": "tasks",
    "team-task": "tasks",
    "subtitle-requests": "subtitle requests",
    "subtitle-request": "subtitle requests",
    "team-subtitle-requests": "subtitle requests",
    "team-subtitle-request": "subtitle requests",
    "team-callbacks": "callbacks",
    "team-callback": "callbacks",
}
# The page says of these that they have no such field.
PLAIN = {"video-urls", "video-url", "team-member", "safe-member", "messages", "editor-login"}


class Told(NamedTuple):
    nulls: frozenset[str] = frozenset()
    empties: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


def table() -> dict[str, Told]:
    page = (ROOT / "docs" / "api" / "README.md").read_text(encoding="utf-8")
    section = page.partition("### Empty, blank and null")[2].partition("\n### ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    # What is said of one form alone is asked below.
    # What is said of one form alone, after the semicolon, `expected` knows.
    return {
        row[0]: Told(*(frozenset(re.findall(r"`(\w+)`", c.partition(";")[0])) for c in row[1:]))
        for row in rows
        if len(row) == 4
    }


TABLE = table()
ORIGINAL = {("video-urls", "original"), ("video-url", "original")}
# The letters of a password are its own, blanks too.
LETTERS = {"password", "auth_password"}


def expected(route: str, field: str, value: str | None, dialect: int, is_new: bool) -> str:
    """`absent`, `emptied`, `null`, `taken` or `refused`."""
    told = TABLE[CALLED[route]] if route in CALLED else Told()
    if value is None:
        return "null" if field in told.nulls else "absent"
    if CALLED.get(route) == "videos" and dialect < NEWEST:
        return "absent"
    if (route, field) in ORIGINAL and dialect >= NEWEST:
        # On input it is ignored since.
        return "absent"
    if (route, field) == ("subtitles", "sub_format"):
        return "absent" if dialect == PARTNERS else "refused"
    if field in LETTERS and value:
        return "taken"
    if field in told.empties:
        # There is nothing yet to be emptied.
        return "absent" if is_new else "emptied"
    return "absent" if field in told.absent else "refused"


# --- what is asked -------------------------------------------------------------------------------

# Needed but for a `subtitles_url`, which another test tells of.
NEEDED = {("subtitles", "subtitles")}
# Golden writes that begin from more than the first of their route does.
PREFERRED = {("POST", "subtitles"): "subtitles-post-dfxp", ("PUT", "video-url"): "url-put-original"}
# An admin of the team may give and take every seat, which its golden writes do not need.
DUE = Case("due", "PUT", JOB, {"due": "2016-05-01"}, who="acme", after=REQUESTED)
OWN = {
    ("POST", "user-me-keys"): Case("key", "POST", "users/me/keys/", {"label": "Robot"}),
    ("POST", "user-keys"): Case("key", "POST", "users/ana/keys/", {"label": "Robot"}),
    ("PUT", "subtitle-request"): DUE,
    ("PUT", "team-subtitle-request"): DUE._replace(path=f"{CREW}/{JOB}"),
    ("POST", "team-subtitle-requests"): Case(
        "asked", "POST", f"{CREW}/subtitle-requests/", WANTED, who="acme", after=FOUNDED
    ),
}
# What a field cannot be without.
BESIDE = {"auth_password": {"auth_user": "full"}}
FULL = {
    "user": {
        "email": "full@example.com",
        "homepage": "https://example.com/",
        "first_name": "F",
        "last_name": "L",
        "full_name": "F L",
        "biography": "Full",
    },
    "video": {
        "title": "Full",
        "description": "Full",
        "thumbnail": "https://example.com/f.jpg",
        "primary_audio_language_code": "en",
        "metadata": {"location": "Full"},
    },
    "subtitle-language": {"soft_limit_lines": 2, "soft_limit_cpl": 40, "soft_limit_cps": 20},
    "team": {"description": "Full", "max_tasks_per_member": 3, "task_expiration": 4},
    "team-project": {"description": "Full", "guidelines": "Full"},
    "team-task": {"language": "fr", "assignee": "cyd"},
    "subtitle-request": {"subtitler": "cyd"},
    "team-subtitle-request": {"subtitler": "cyd"},
    "team-callback": {"auth_user": "full"},
}


def route_of(case: Case) -> str:
    return resolve(f"/api/{case.path.partition('?')[0]}").url_name or ""


def bases() -> dict[tuple[str, str], Case]:
    """By method and route: the first golden write that is not meant to fail."""
    found: dict[tuple[str, str], Case] = {}
    for case in CASES:
        kept = ROOT / "tests/api/golden" / str(CURRENT) / f"{case.name}.json"
        older = ROOT / "tests/api/golden" / str(OLDEST) / f"{case.name}.json"
        if not isinstance(case.body, dict) or not case.body or not kept.exists():
            continue
        told = json.loads((older if "safe-members" in case.path else kept).read_text())
        if told["status"] < 300:
            found.setdefault((case.method, route_of(case)), case)
    by_name = {case.name: case for case in CASES}
    found |= {key: by_name[name] for key, name in PREFERRED.items()}
    return found | OWN


class Asked(NamedTuple):
    method: str
    route: str
    field: str
    case: Case
    resource: str

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.field}"


def optional_fields() -> list[Asked]:
    known = bases()
    found = []
    for route in routes:
        for method, action in route.callback.actions.items():
            inputs = route.callback.cls.inputs.get(action)
            for name, field in inputs().fields.items() if inputs else ():
                if field.required or (route.name, name) in NEEDED:
                    continue
                # PATCH means the same as PUT.
                put = "PUT" if method == "patch" else method.upper()
                case = known.get((put, route.name))
                assert case is not None, f"no golden write for {method} {route.name}"
                found.append(Asked(method.upper(), route.name, name, case, inputs.resource))
    return found


ASKED = optional_fields()


def as_xml(data: Any) -> str:
    return f"<root>{''.join(_element(name, value) for name, value in data.items())}</root>"


def _element(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} nil="true"/>'
    if isinstance(value, dict):
        inside = "".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inside = "".join(_element("list-item", item) for item in value)
    else:
        inside = escape(str(value))
    return f"<{name}>{inside}</{name}>"


WRAPPINGS = {
    "json": ("application/json", json.dumps),
    "xml": ("application/xml", as_xml),
    "yaml": ("application/yaml", yaml.safe_dump),
    "form": (FORM, lambda data: urlencode(flat(data))),
    "parts": (MULTIPART, as_multipart),
}
EARLY = "Nothing is to be evaluated now."
NOTHING = object()
VALUES = {"absent": NOTHING, "empty": "", "blanks": " \t ", "null": None}
OLD_ROUTES = {"safe-members", "safe-member"}


def dialects_of(asked: Asked) -> list[int]:
    """Today's, and those whose input is another; what ended is asked in the oldest dated form."""
    if asked.route in OLD_ROUTES:
        return [PARTNERS, OLDEST]
    today = LADDER.edge(asked.resource, CURRENT)
    return [
        dialect
        for dialect in LADDER.dialects
        if dialect == CURRENT or LADDER.edge(asked.resource, dialect).ups != today.ups
    ]


@contextmanager
def ready(world, asked):
    """Inside, what is asked for is there and has something to lose."""
    case = asked.case
    with undone():
        golden.fix_numbers()
        case.lead_up(world.api)
        if asked.method != "POST" and (full := FULL.get(asked.route)):
            # What a later step of its own route fills would be recorded as its doing.
            done = world.api[case.who].put(f"/api/{case.path}", full)
            assert done.status_code == 200, done.content
        yield


def answer_to(world, asked, value, dialect, wrapping):
    """(status, body) of the field sent so, which is undone."""
    case, made = asked.case, dict(world.fixed.made)
    content_type, wrap = WRAPPINGS[wrapping]
    body = {name: item for name, item in case.body.items() if name != asked.field}
    body |= BESIDE.get(asked.field, {})
    if asked.route in OLD_ROUTES and "user" in body:
        body["username"] = body.pop("user")
    if value is not NOTHING:
        body[asked.field] = value
    path, headers = f"/api/{case.path}", {"X-API-FUTURE": str(dialect)}
    if dialect == PARTNERS:
        path, headers = f"/api2/partners/{case.path}", {}
    with undone():
        golden.fix_numbers()
        answer = world.api[case.who].request(
            asked.method, path, wrap(body), content_type=content_type, headers=headers
        )
    world.fixed.made.update(made)
    return answer.status_code, answer.json()


def holds(asked, meaning, answer, absent, dialect) -> bool:
    status, body = answer
    if meaning == "absent":
        return answer == absent
    if meaning == "refused":
        keys = LADDER.edge(asked.resource, dialect).error_keys
        return status == 400 and list(body) == [keys.get(asked.field, asked.field)]
    member = body.get(asked.field) if isinstance(body, dict) else None
    if meaning == "null":
        # No seat of an evaluator is there before the work is done, which is said of null too.
        early = asked.field == "evaluator" and body == {"evaluator": [EARLY]}
        return early or (status < 300 and member is None)
    # What is written only, such as a password, is in no answer.
    return status < 300 and (asked.field not in body or meaning == "taken" or not member)


# A wrapping is off before any field is looked at: one field of each route has all of them.
FIRST = {(asked.method, asked.route): asked for asked in reversed(ASKED)}


def wrappings_of(asked, value, dialect) -> list[str]:
    """PATCH reads as PUT does, and an older form is lifted after the wrapping is off."""
    if asked.method == "PATCH":
        return ["json"]
    first = FIRST[asked.method, asked.route] is asked and dialect == dialects_of(asked)[0]
    # A form has no null.
    if value is None:
        return ["json", "xml", "yaml"] if first else ["json"]
    return list(WRAPPINGS) if first else ["json", "form"]


@pytest.mark.by_halves
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_every_optional_field(fixed, asked):  # noqa: F811
    with ready(fixed, asked):
        wrong = wrongly_taken(fixed, asked)
    assert not wrong, wrong[:3]


def wrongly_taken(world, asked):
    wrong = []
    for dialect in dialects_of(asked):
        absent = answer_to(world, asked, NOTHING, dialect, "json")
        for name, value in VALUES.items():
            if value is NOTHING:
                meaning = "absent"
            else:
                meaning = expected(asked.route, asked.field, value, dialect, asked.method == "POST")
            for wrapping in wrappings_of(asked, value, dialect):
                if (name, wrapping) == ("absent", "json"):
                    continue
                answer = answer_to(world, asked, value, dialect, wrapping)
                if not holds(asked, meaning, answer, absent, dialect):
                    wrong.append((name_of(dialect), name, wrapping, meaning, answer))
    return wrong


def test_the_page_names_no_field_that_there_is_not():
    there: dict[str, set[str]] = {}
    for asked in ASKED:
        there.setdefault(CALLED.get(asked.route, ""), set()).add(asked.field)
    for called, told in TABLE.items():
        if called != "fields of" and not set(called) <= {"-"}:
            assert told.nulls | told.empties | told.absent <= there[called], called
    assert {asked.route for asked in ASKED} == CALLED.keys() | PLAIN


def test_enough_is_asked():
    methods = {asked.method for asked in ASKED}
    assert methods == {"POST", "PUT", "PATCH"}
    assert len(ASKED) >= 180
    asked_in = {
        name_of(d) for asked, d in product(ASKED, LADDER.dialects) if d in dialects_of(asked)
    }
    assert asked_in == {name_of(dialect) for dialect in LADDER.dialects}

"""The OpenAPI description: it is complete, generates in silence, and tells what is answered."""

import io
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from jsonschema import Draft4Validator, FormatChecker

from amara_api.schema import Generator
from amara_api.urls import api as routes
from tests.api.golden_cases import CASES
from tests.api.permission_matrix import WITHOUT_BODY

FOLDER = Path(__file__).parent / "golden" / "20161201"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_our_time(value):
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(value)))


@FORMATS.checks("uri")
def is_absolute(value):
    return urlsplit(str(value)).scheme in ("http", "https")


@cache
def schema():
    return Generator().get_schema(request=None, public=True)


@cache
def templates():
    """The paths, those without parameters first: `users/me/` is no user's name."""
    found = [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
        for path in schema()["paths"]
    ]
    return sorted(found, key=lambda pair: pair[1].count("{"))


def operation(method, path):
    path = path.partition("?")[0]
    template = next((t for pattern, t in templates() if pattern.fullmatch(path)), None)
    return schema()["paths"].get(template, {}).get(method.lower())


def strict(part, *, nullable=False):
    """OpenAPI 3.0 as JSON schema: no member that is not described, null only where it says so."""
    if isinstance(part, list):
        return [strict(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {key: strict(value) for key, value in part.items() if key != "nullable"}
    if "properties" in part and isinstance(part["properties"], dict):
        made.setdefault("additionalProperties", False)
    if part.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


def answers():
    """The golden answers of routes that exist, in today's dialect and JSON."""
    for case in CASES:
        kept = json.loads((FOLDER / f"{case.name}.json").read_text())
        if case.method != "OPTIONS" and operation(case.method, kept["request"]["path"]):
            yield case.name, case.method, kept


def test_it_generates_without_a_word(capsys):
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert out.getvalue()
    assert capsys.readouterr().err == ""


def test_every_route_and_method_is_described_and_nothing_else():
    expected = {
        (address_of(route), method)
        for route in routes
        for method, action in route.callback.actions.items()
        if method != "head" and action not in route.callback.cls.ended
    }
    described = {(path, method) for path, item in schema()["paths"].items() for method in item}
    assert described == expected


def address_of(route) -> str:
    """A route as the description names it."""
    return "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))


def test_every_operation_says_what_it_does_and_who_may():
    seen = set()
    bodyless = {address_of(route) for route in routes if route.name in WITHOUT_BODY}
    for path, item in schema()["paths"].items():
        for method, one in item.items():
            assert one["description"].endswith("."), (path, method)
            assert any("key" in scheme for scheme in one["security"]), (path, method)
            assert one["operationId"] not in seen
            seen.add(one["operationId"])
            if method in ("post", "put", "patch") and path not in bodyless:
                assert "application/json" in one["requestBody"]["content"], (path, method)


def test_an_operation_that_is_open_says_so():
    """An empty scheme means that no login is needed."""
    for route in routes:
        path = address_of(route)
        for method, action in route.callback.actions.items():
            if method == "head" or action in route.callback.cls.ended:
                continue
            security = schema()["paths"][path][method]["security"]
            assert ({} in security) == (not route.callback.cls.policies[action].login), path


@pytest.mark.parametrize(("name", "method", "kept"), list(answers()), ids=lambda v: str(v)[:30])
def test_every_golden_answer_is_what_is_described(name, method, kept):
    response = operation(method, kept["request"]["path"])["responses"].get(str(kept["status"]))
    if kept["status"] in (404, 406, 415):
        # What any address answers to a wrong name, Accept or Content-Type.
        return
    assert response, f"{kept['status']} is not described"
    content = response.get("content", {})
    type = kept["headers"].get("Content-Type", "").partition(";")[0]
    if kept["status"] >= 400:
        return
    if not kept["body"] and kept["status"] in (204, 304):
        assert not content
        return
    described = strict(content[type]["schema"])
    described["components"] = strict(dict(schema()["components"]))
    Draft4Validator(described, format_checker=FORMATS).validate(kept["body"])


def test_most_of_the_golden_answers_were_held_against_it():
    names = [name for name, _, kept in answers() if kept["status"] < 300]
    assert len(names) > 40


@pytest.mark.django_db
def test_it_is_served_to_everybody(anonymous):
    response = anonymous.get("/api/schema/")
    assert response.status_code == 200
    assert b"/api/videos/" in response.content
    assert b"api2" not in response.content
    as_json = anonymous.get("/api/schema/?format=json")
    assert json.loads(as_json.content)["openapi"].startswith("3.")

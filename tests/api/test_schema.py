"""The OpenAPI description: it is complete, generates in silence, and tells what is answered."""

import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from rest_framework import exceptions
from rest_framework.response import Response

from amara_api.common_answers import COMMON
from amara_api.kernel.wire import json_, xml_, yaml_
from amara_api.schema import Generator
from amara_api.urls import api as routes
from amara_api.views import DescriptionView, LanguagesViewSet
from tests.api.golden_cases import CASES
from tests.api.permission_matrix import WITHOUT_BODY
from tests.described import Answer, Violation, complaint_of, description, operation

WIRE = {"json": json_, "xml": xml_, "yaml": yaml_}
FOLDER = Path(__file__).parent / "golden" / "20161201"


def answers():
    """The golden answers in today's dialect and JSON."""
    for case in CASES:
        kept = json.loads((FOLDER / f"{case.name}.json").read_text())
        if operation(case.method, kept["request"]["path"]):
            yield case.name, answer_of(case.method, kept)


def answer_of(method, kept) -> Answer:
    body = kept["body"]
    is_json = kept["headers"].get("Content-Type", "").startswith("application/json")
    content = json.dumps(body) if is_json else body or ""
    path = kept["request"]["path"].partition("?")[0]
    return Answer(method, path, kept["status"], kept["headers"], content.encode())


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
    described = {(path, method) for path, item in description()["paths"].items() for method in item}
    assert described == expected


def address_of(route) -> str:
    """A route as the description names it."""
    return "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))


def test_every_operation_says_what_it_does_and_who_may():
    seen = set()
    bodyless = {address_of(route) for route in routes if route.name in WITHOUT_BODY}
    for path, item in description()["paths"].items():
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
            security = description()["paths"][path][method]["security"]
            assert ({} in security) == (not route.callback.cls.policies[action].login), path


@pytest.mark.parametrize("answer", [pytest.param(one, id=name) for name, one in answers()])
def test_every_golden_answer_is_what_is_described(answer):
    """As every answer of the suite, but these are there to break."""
    # What no header of is kept.
    headers = {"ETag": '"x"', "WWW-Authenticate": "X-api-key", "Allow": "GET", "Retry-After": "1"}
    assert complaint_of(answer._replace(headers=headers | answer.headers)) is None


WRONG = {
    "the status is not described": lambda one: one._replace(status=418),
    "the status of what is not there": lambda one: one._replace(path="/api/nothing/"),
    "the media type 'text/csv' is not described": lambda one: _with(
        one, "Content-Type", "text/csv"
    ),
    "the header ETag is missing": lambda one: one._replace(
        headers={k: v for k, v in one.headers.items() if k != "ETag"}
    ),
    "the header ETag says 'x'": lambda one: _with(one, "ETag", "x"),
}


def _with(answer, header, value):
    return answer._replace(headers={**answer.headers, header: value})


@pytest.mark.parametrize("complaint", WRONG)
def test_what_is_wrong_about_an_answer_is_found(complaint, anonymous):
    right = heard(anonymous, "/api/")
    assert complaint_of(right) is None
    assert complaint in complaint_of(WRONG[complaint](right))


MEMBERS = {
    "another member": lambda body: {**body, "more": "x"},
    "one less": lambda body: {k: v for k, v in body.items() if k != "title"},
    "a wrong type": lambda body: {**body, "duration": "long"},
    "a wrong time": lambda body: {**body, "created": "2016-12-01"},
    "a wrong address": lambda body: {**body, "resource_uri": "videos/x/"},
    "a list": lambda body: [body],
}


@pytest.mark.parametrize("output", ["json", "yaml", "xml"])
@pytest.mark.parametrize("change", MEMBERS)
def test_a_wrong_member_is_found_in_every_format(change, output, cast, anonymous):
    right = heard(anonymous, f"/api/videos/{cast.open_video.video_id}/?format={output}")
    assert complaint_of(right) is None
    body = heard(anonymous, f"/api/videos/{cast.open_video.video_id}/").body
    wrong = WIRE[output].dumps(MEMBERS[change](json.loads(body)))
    assert complaint_of(right._replace(body=wrong))


def test_a_client_that_is_answered_wrongly_fails_its_test(anonymous, monkeypatch):
    monkeypatch.setattr(LanguagesViewSet, "list", lambda self, request: Response({"no": "list"}))
    with pytest.raises(Violation, match='"languages" is a required property'):
        anonymous.get("/api/languages/")
    monkeypatch.setattr(LanguagesViewSet, "list", lambda self, request: Response({}, status=418))
    with pytest.raises(Violation, match="the status is not described"):
        anonymous.get("/api/languages/?format=xml")
    # Older forms have their own golden answers.
    assert anonymous.get("/api/languages/?api-future=20160801").status_code == 418


def heard(client, path) -> Answer:
    response = client.get(path)
    asked = response.wsgi_request
    return Answer(
        asked.method, asked.path, response.status_code, dict(response.headers), response.content
    )


def test_most_of_the_golden_answers_were_held_against_it():
    assert len([name for name, answer in answers() if answer.status < 300]) > 40


def test_common_answers_are_described_once():
    """What is described in an operation is what it is for, or says better when the common comes."""
    for path, item in description()["paths"].items():
        for method, one in item.items():
            for status, response in one["responses"].items():
                is_own = status.startswith("2") or (path, method, status) == SET_ALREADY
                assert ("$ref" in response) != is_own, (path, method, status)


SET_ALREADY = ("/api/videos/{video_id}/duration/", "put", "304")


def test_every_error_that_is_raised_has_its_answer():
    """Ours, and those of REST framework that we let through."""
    raised = {
        each.status_code
        for each in _below(exceptions.APIException)
        if each.__module__[:4] != "test"
    }
    assert {str(status) for status in raised} <= set(COMMON)


def _below(kind):
    return {each for child in kind.__subclasses__() for each in {child} | _below(child)}


@pytest.mark.django_db
def test_it_is_served_to_everybody(anonymous):
    response = anonymous.get("/api/schema/")
    assert response.status_code == 200
    assert b"/api/videos/" in response.content
    assert b"api2" not in response.content
    as_json = anonymous.get("/api/schema/?format=json")
    assert json.loads(as_json.content)["openapi"].startswith("3.")


@pytest.mark.django_db
def test_it_is_made_once_in_each_format(anonymous, monkeypatch):
    monkeypatch.setattr(DescriptionView, "_made", {})
    made = []
    real = Generator.get_schema
    monkeypatch.setattr(
        Generator, "get_schema", lambda *args, **kwargs: made.append(1) or real(*args, **kwargs)
    )
    for format in ("json", "yaml"):
        answers = [anonymous.get(f"/api/schema/?format={format}") for _ in range(3)]
        assert len({(each.content, each["Content-Type"]) for each in answers}) == 1
        assert answers[0]["Content-Type"].startswith("application/")
    assert len(made) == 2

"""Whether an answer of the API is what the OpenAPI description says: its status for the route and
the method, its media type, the headers that it must have, and its body.

JSON and YAML are read by libraries, and XML by the names and types that the description declares.
The check is strict: a member that is not described is a violation, though programs have to expect
more.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import jsonschema_rs
import orjson
import yaml
from defusedxml import ElementTree

from amara_api.common_answers import COMMON, FRAMING
from amara_api.schema import Generator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

PREFIX = "/api/"
# The description itself, and its page.
_ABOUT = ("/api/schema/", "/api/docs/")
# What any address answers whoever asks it for what it does not have.
_ANYWHERE = FRAMING | {"401", "404", "406", "429"}
_PAGE = "text/html"
_REDIRECTS = {"301", "302"}
_DOCUMENT = "urn:description"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Violation(AssertionError):
    """An answer that the description does not allow."""


class Answer(NamedTuple):
    """``path`` is as it was read: without escapes, and without parameters."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def description() -> dict[str, Any]:
    made: dict[str, Any] = Generator().get_schema(request=None, public=True)
    return made


@cache
def templates() -> list[tuple[re.Pattern[str], str]]:
    """The paths, those without parameters first: `users/me/` is no user's name."""
    found = [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
        for path in description()["paths"]
    ]
    return sorted(found, key=lambda pair: pair[1].count("{"))


@cache
def template_of(path: str) -> str | None:
    path = path if path.endswith("/") else f"{path}/"
    return next((template for pattern, template in templates() if pattern.fullmatch(path)), None)


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The description of what ``method`` does at ``path``, if it does anything."""
    template = template_of(path.partition("?")[0])
    found: dict[str, Any] | None = description()["paths"].get(template, {}).get(method.lower())
    return found


def check(answer: Answer) -> None:
    """Raises `Violation`."""
    if complaint := complaint_of(answer):
        shown = answer.body[:500].decode(errors="replace")
        raise Violation(
            f"{answer.method} {answer.path} answered {answer.status}: {complaint}\n{shown}"
        )


def complaint_of(answer: Answer) -> str | None:
    if answer.method == "OPTIONS" or f"{answer.path.removesuffix('/')}/" in _ABOUT:
        return None
    found = _response(answer.method, template_of(answer.path), str(answer.status))
    if isinstance(found, str):
        return found
    pointer, response = found
    return _headers_complaint(answer, response) or _body_complaint(answer, pointer, response)


def _headers_complaint(answer: Answer, response: Any) -> str | None:
    for name, declared in response.get("headers", {}).items():
        told = answer.headers.get(name)
        if told is not None:
            value = int(told) if told.isdecimal() else told
            pointer = declared["$ref"].removeprefix("#")
            if not _validator(f"{pointer}/schema").is_valid(value):
                return f"the header {name} says {told!r}"
        # The page for browsers has no validator.
        elif _resolved(declared).get("required") and not _is_page(answer):
            return f"the header {name} is missing"
    return None


def _body_complaint(answer: Answer, pointer: str, response: Any) -> str | None:
    content = response.get("content", {})
    if answer.method == "HEAD" or str(answer.status) in _REDIRECTS or _is_page(answer):
        return None
    if not content:
        return "it has a body, and none is described" if answer.body else None
    media_type = _media_type(answer)
    if media_type not in content:
        return f"the media type {media_type!r} is not described"
    try:
        value = read(media_type, answer.body, content[media_type]["schema"])
    except Exception as error:
        return f"the body cannot be read: {error}"
    validator = _validator(f"{pointer}/content/{_escaped(media_type)}/schema")
    if validator.is_valid(value):
        return None
    errors = [f"{list(e.instance_path)}: {e.message[:300]}" for e in validator.iter_errors(value)]
    return "; ".join(errors[:5])


def _media_type(answer: Answer) -> str:
    return (answer.headers.get("Content-Type") or "").partition(";")[0].strip()


def _is_page(answer: Answer) -> bool:
    return _media_type(answer) == _PAGE


@cache
def _response(method: str, template: str | None, status: str) -> tuple[str, Any] | str:
    """Where it is described, and how; or why it is not allowed."""
    method = "get" if method == "HEAD" else method.lower()
    found = description()["paths"].get(template, {}).get(method)
    if found is not None:
        responses = found["responses"]
        if status not in responses:
            return f"the status is not described; those are {', '.join(responses)}"
        own = responses[status]
        if "$ref" not in own:
            return f"/paths/{_escaped(str(template))}/{method}/responses/{status}", own
        return own["$ref"].removeprefix("#"), _resolved(own)
    # A method that the address lacks, or an address that is none.
    allowed = _ANYWHERE | {"405"} if template else _ANYWHERE | _REDIRECTS
    if status not in allowed:
        return f"the status of what is not there is one of {', '.join(sorted(allowed))}"
    if status in _REDIRECTS:
        return "", {}
    name = COMMON[status].name
    return f"/components/responses/{name}", description()["components"]["responses"][name]


# --- validators ----------------------------------------------------------------------------------


@cache
def _registry() -> Any:
    document = (_DOCUMENT, strict(description()))
    return jsonschema_rs.Registry([document], draft=jsonschema_rs.Draft202012)


@cache
def _validator(pointer: str) -> Any:
    return jsonschema_rs.Draft202012Validator(
        {"$schema": _DRAFT, "$ref": f"{_DOCUMENT}#{pointer}"},
        registry=_registry(),
        validate_formats=True,
        formats={"date-time": is_our_time, "uri": is_absolute},
    )


def is_our_time(value: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))


def is_absolute(value: str) -> bool:
    return urlsplit(value).scheme in ("http", "https")


def strict(part: Any) -> Any:
    """The same without leave to have members that are not described."""
    if isinstance(part, list):
        return [strict(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {key: strict(value) for key, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _escaped(part: str) -> str:
    part = part.replace("~", "~0").replace("/", "~1")
    return part.replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")


def _resolved(schema: Any) -> Any:
    while reference := schema.get("$ref"):
        schema = _at(reference)
    return schema


@cache
def _at(reference: str) -> Any:
    found = description()
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


# --- bodies --------------------------------------------------------------------------------------


def read(media_type: str, body: bytes, schema: Any) -> Any:
    """The value that a body stands for."""
    if media_type == "application/json":
        return orjson.loads(body)
    if media_type == "application/yaml":
        return yaml.load(body, yaml.CSafeLoader)
    if media_type == "application/xml":
        root = ElementTree.fromstring(body)
        if root.tag != schema["xml"]["name"]:
            raise ValueError(f"the root is {root.tag}")
        return from_xml(root, schema)
    return body.decode()


def from_xml(element: Element, schema: Any) -> Any:
    """What an element stands for, by the schema of its value."""
    schema = _resolved(schema)
    if options := schema.get("oneOf") or schema.get("anyOf"):
        return from_xml(element, _chosen(element, [_resolved(each) for each in options]))
    kinds = _kinds(schema)
    children = list(element)
    if "array" in kinds:
        item = schema["items"]
        if wrong := {child.tag for child in children} - {item["xml"]["name"]}:
            raise ValueError(f"in a list: {wrong}")
        return [from_xml(child, item) for child in children]
    if "object" in kinds or (not kinds and children):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        others = others if isinstance(others, dict) else {}
        return {
            name: from_xml(child, known.get(name, others))
            for child in children
            if (name := child.get("key") if child.tag == "item" else child.tag)
        }
    if children:
        raise ValueError(f"elements in {element.tag}, which is no list and no object")
    return _scalar(element.text or "", kinds)


def _kinds(schema: Any) -> list[str]:
    kinds = schema.get("type")
    if kinds is None and "enum" in schema:
        return ["null" if each is None else "string" for each in schema["enum"]]
    return [] if kinds is None else [kinds] if isinstance(kinds, str) else kinds


def _scalar(text: str, kinds: list[str]) -> Any:
    if not text and "null" in kinds:
        return None
    if "boolean" in kinds and text in ("True", "False"):
        return text == "True"
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in kinds:
        return float(text)
    return text


def _chosen(element: Element, options: list[Any]) -> Any:
    """The alternative that the element looks like."""
    names = [child.tag for child in element]
    if not names:
        kinds = [kind for option in options for kind in _kinds(option)]
        if element.text or "null" in kinds or "string" in kinds:
            return {"type": [kind for kind in kinds if kind not in ("array", "object")]}
        return options[0]
    if names[0] == "list-item":
        return next(option for option in options if "array" in _kinds(option))
    objects = [option for option in options if "object" in _kinds(option)]
    fitting = [option for option in objects if set(names) >= set(option.get("required", ()))]
    known = [option for option in fitting if set(names) <= set(option.get("properties", names))]
    return (known or fitting or objects)[0]

"""The pages tell what the code does: every route, parameter, field, member, status and setting."""

import re
import tomllib
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from amara_api import settings
from amara_api.checks import KNOWN
from amara_api.common_answers import COMMON
from amara_api.kernel.rest.policies import always
from amara_api.kernel.versions import LADDER, name_of
from amara_api.old_addresses import AHEAD, API, PARTNERS, SITE
from amara_api.urls import api, described
from tests.docs.pages import API_PAGES, ROOT, Section, sections, tables

_PARAMETER = re.compile(r"<\w+:(\w+)>")
# Told once, in the conventions.
EVERYWHERE = set(COMMON) - {"400", "403", "404"}
SHARED_SHAPES = {"UserObjectSchema", "PageMetaSchema"}


def _name(pattern: Any) -> str:
    return "/api/" + _PARAMETER.sub(r"{\1}", str(pattern))


def _routes() -> dict[tuple[str, str], Any]:
    """(method, path) → the view class and action behind it, as an input table needs them."""
    found: dict[tuple[str, str], Any] = {}
    for route in [*api, *described]:
        actions = getattr(route.callback, "actions", None) or {"get": None}
        view = getattr(route.callback, "cls", route.callback)
        for method, action in actions.items():
            # What only older forms have is told on the page about them.
            if method != "head" and action not in getattr(view, "ended", {}):
                found[method.upper(), _name(route.pattern)] = (view, action)
    return found


@cache
def _schema() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.settings import spectacular_settings

    generator = spectacular_settings.DEFAULT_GENERATOR_CLASS or SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    return schema


def _by_route() -> dict[tuple[str, str], Section]:
    return {(method, s.path): s for s in sections() for method in s.methods}


def test_every_route_has_a_heading() -> None:
    documented = [(method, s.path) for s in sections() for method in s.methods]
    assert sorted(documented) == sorted(_routes())


def test_every_input_field_has_a_row() -> None:
    for route, section in _by_route().items():
        view, action = _routes()[route]
        serializer = getattr(view, "inputs", {}).get(action)
        fields = sorted(serializer().fields) if serializer else []
        assert sorted(section.tables.get("field", [])) == fields, route


def test_every_parameter_has_a_row() -> None:
    for (method, path), section in _by_route().items():
        operation = _schema()["paths"].get(path, {}).get(method.lower(), {})
        names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        told = set(section.tables.get("parameter", []))
        # `format` is told once, but for the resource where it means more.
        # A value may have the name of another parameter: tasks are ordered by their priority.
        values = _values(operation) - names
        shown = {n for n in told if re.fullmatch(r"[a-z][a-z_-]*", n)} - values
        assert shown - {"format"} == names - {"format"}, (method, path)


_VARIED = {"400", "403", "404"}


def _is_own(status: str, method: str, path: str, operation: Any) -> bool:
    view, action = _routes()[method, path]
    policy = view.policies[action]
    return {
        "400": method in ("POST", "PUT", "PATCH") and action in view.inputs,
        "403": method != "GET" or policy.may is not always,
        "404": "{" in path,
    }[status] or "description" in operation["responses"][status]


def _values(operation: Any) -> set[str]:
    return {v for p in operation.get("parameters", []) for v in p["schema"].get("enum", [])}


def test_every_status_has_a_row() -> None:
    for (method, path), section in _by_route().items():
        operation = _schema()["paths"].get(path, {}).get(method.lower())
        if operation is None:
            continue
        told = set(re.findall(r"^\| (\d{3}) \|", section.text, re.M))
        expected = set(operation["responses"]) - EVERYWHERE
        # 400, 403 and 404 can come of every request; a page says when they come of its own.
        own = {each for each in expected & _VARIED if _is_own(each, method, path, operation)}
        needed = expected - _VARIED | own
        assert needed <= told if told else needed == {"200"}, (method, path)


def test_every_member_of_an_answer_has_a_row() -> None:
    expected, shapes = defaultdict(set), defaultdict(set)
    for (method, path), section in _by_route().items():
        operation = _schema()["paths"].get(path, {}).get(method.lower(), {})
        for response in operation.get("responses", {}).values():
            content = response.get("content", {}).get("application/json", {})
            _collect(content.get("schema", {}), shapes[section.page], expected[section.page])
    for page in API_PAGES:
        told = set(tables(page.read_text(encoding="utf-8")).get("member", []))
        if page.name == "README.md":
            assert told == set(_schema()["components"]["schemas"]["UserObjectSchema"]["properties"])
        else:
            assert told == expected[page.name], page.name


def _collect(schema: Any, seen: set[str], members: set[str]) -> None:
    """The members of every shape that an answer is made of, paging and people aside."""
    if reference := schema.get("$ref", "").rpartition("/")[2]:
        if reference in seen or reference in SHARED_SHAPES:
            return
        seen.add(reference)
        shape = _schema()["components"]["schemas"][reference]
        if not reference.endswith("Page"):
            members |= set(shape.get("properties", {}))
        schema = shape
    parts = [*schema.get("allOf", []), *schema.get("oneOf", []), schema.get("items", {})]
    for part in [*parts, *schema.get("properties", {}).values()]:
        if part:
            _collect(part, seen, members)


# --- settings, changes, dependencies -------------------------------------------------------------


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_setting_has_a_row() -> None:
    read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", _read("amara_api/settings.py")))
    read |= set(
        re.findall(r"os\.environ\.get\(\"(\w+)\"", _read("amara_api/management/commands/serve.py"))
    )
    read |= set(settings.LIMIT_VARIABLES.values())
    documented = tables(_read("docs/configuration.md"))["variable"]
    assert sorted(documented) == sorted(read)
    assert {name for name in documented if name.startswith("AMARA_")} == KNOWN
    assert set(tables(_read("README.md"))["variable"]) <= read


def test_every_dated_change_is_told() -> None:
    page = _read("docs/versions.md")
    told = re.findall(r"^\| (\d{8}) \| (.+?) \|", page, re.M)
    assert sorted(told) == sorted({(str(c.date), c.note) for c in LADDER.changes})
    assert set(re.findall(r"^\| `(v2|\d{8})` \|", page, re.M)) == {
        name_of(dialect) for dialect in LADDER.dialects
    }


def test_every_old_address_is_told_with_its_status() -> None:
    page = _read("docs/versions.md").partition("## Old addresses of pages")[2]
    told = {}
    for row in re.findall(r"^\| (`/.+) \| (30[12]) \|$", page.partition("\n## ")[0], re.M):
        addresses = row[0].partition(" | ")[0]
        told |= dict.fromkeys(re.findall(r"`(/[^`]*)`", addresses), row[1])
    tables_of = {"": [*AHEAD, *SITE], "api/": API, "api2/partners/": PARTNERS}
    assert told == {
        "/" + prefix + _PARAMETER.sub(lambda found: found[1].upper(), old.address): (
            "301" if old.for_good else "302"
        )
        for prefix, rows in tables_of.items()
        for old in rows
    }


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(_read("pyproject.toml"))
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = sorted(re.match(r"[\w.-]+", name)[0].lower() for name in named)  # type: ignore[index]
    assert sorted(tables(_read("docs/dependencies.md"))["package"]) == names


@pytest.mark.parametrize(
    "page",
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_lead_somewhere(page: Any) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
            assert anchor in {_anchor(heading) for heading in headings}, link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

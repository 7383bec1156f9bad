"""The contract as rows: what the pages print, each expanded to what is asked and what must hold.

A page of `pages/` is a list of sections in the order of the printed page. What a section may have:

- `ask`: the printed request. It must succeed, with the `body` that it needs, or answer `status`.
- `parameters`: name → `[a value that finds something, one that finds nothing]`; or `orders`, the
  values of a sorting parameter with what they sort by; or steps with a `value`.
- `sends`: field → a value that the answer repeats; or a step with `send`; `each`: one row a value.
- `answers`: member → type, of the answer (the first object of a list), or `inside` a member of it.
- `values`: member → `values` that must occur, each asked by `ask` with `<value>` in it.
- `says`: what the prose promises → a step, or a list of steps.
- `like`: a printed answer, which ours must resemble member by member. Ours may have more.
- `curl`: a printed command line with its host and path restored.
- `not_served`: what this server does not do → `why`, and what happens instead.

A step is `ask` (method and path), `as`, `body` or `text`, `headers`; `status`; then `shows` (path
in the answer → value, or `{is: type}`, `{has: member}`), `lacks`, `finds`, `misses`, `all`,
`orders`, `ascending`, `begins`, `media_type`, `reads` (of a person, on a page of the site),
`logs_in`, `presses`, `take` (word → path in the answer, for later steps).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PAGES = Path(__file__).parent / "pages"
KINDS = ["ask", "parameters", "sends", "answers", "values", "says", "like", "curl", "not_served"]
Step = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One printed page: where its API is served, and how a request asks for its form."""

    name: str
    prefix: str
    headers: dict[str, str]
    printed: dict[str, int]
    sections: list[dict[str, Any]]


@dataclass(frozen=True)
class Row:
    page: Page
    section: str
    kind: str
    name: str
    steps: list[Step] = field(hash=False)
    why: str = ""

    def __str__(self) -> str:
        return f"{self.page.name}: {self.section}: {self.kind} {self.name}"


def pages() -> list[Page]:
    found = []
    for path in sorted(PAGES.glob("*.yaml")):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(Page(path.stem, **told))
    return found


def rows(page: Page) -> Iterator[Row]:
    for section in page.sections:
        for kind, name, steps, why in _expanded(section):
            yield Row(page, section["section"], kind, name, steps, why)


def _expanded(section: dict[str, Any]) -> Iterator[tuple[str, str, list[Step], str]]:
    if "ask" in section and not section.get("asked_elsewhere"):
        yield "ask", section["ask"], [_own(section)], ""
    for kind, expand in _EXPANSIONS.items():
        for name, told in section.get(kind, {}).items():
            for named, steps in expand(section, name, told):
                yield kind, named, steps, ""
    for what, told in section.get("not_served", {}).items():
        yield "not_served", what, told.get("shown", []), told["why"]


def _own(section: dict[str, Any]) -> Step:
    """The section's request as it stands, with what it needs."""
    names = ("ask", "body", "status", "as", "headers", "before")
    return {name: section[name] for name in names if name in section}


Named = Iterator[tuple[str, list[Step]]]


def _parameter(section: dict[str, Any], name: str, told: Any) -> Named:
    def step(value: Any, **more: Any) -> Step:
        own = _own(section)
        path = own["ask"]
        mark = "&" if "?" in path else "?"
        return {**own, "ask": f"{path}{mark}{name}={value}", **more}

    if isinstance(told, list):
        found, missed = told
        yield f"{name} finds", [step(found, finds=True)]
        yield f"{name} misses", [step(missed, misses=True)]
        return
    for value, sorted_by in told.get("orders", {}).items():
        yield f"{name}={value}", [step(value, orders=[value, sorted_by])]
    for value, more in told.get("gives", {}).items():
        yield f"{name}={value}", [step(value, **more)]


_OF_SENDS = ("each", "send", "with", "then")


def _send(section: dict[str, Any], name: str, told: Any) -> Named:
    told = told if isinstance(told, dict) else {"send": told}
    for value in told.get("each", [told.get("send")]):
        own = {**_own(section), **{key: told[key] for key in told if key not in _OF_SENDS}}
        body = {**own.get("body", {}), **told.get("with", {}), name: value}
        checks = {} if "then" in told or "shows" in told else {"shows": {name: value}}
        called = f"{name}={value}" if "each" in told else name
        yield called, [{**own, "body": body, **checks}, *told.get("then", [])]


def _answer(section: dict[str, Any], name: str, told: str) -> Named:
    source = section.get("answers_of", section.get("ask"))
    own = {**_own(section), "ask": source}
    yield name, [{**own, "kept": True, "inside": section.get("inside"), "typed": [name, told]}]


def _value(section: dict[str, Any], name: str, told: dict[str, Any]) -> Named:
    for value in told["values"]:
        own = {key: item for key, item in told.items() if key not in ("values", "ask")}
        step = {"ask": told["ask"].replace("<value>", str(value)), **own}
        yield f"{name}={value}", [step if own else {**step, "finds": True}]


def _say(section: dict[str, Any], name: str, told: Any) -> Named:
    yield name, told if isinstance(told, list) else [told]


def _like(section: dict[str, Any], name: str, told: dict[str, Any]) -> Named:
    if "list" in told or told["ask"].startswith("POST"):
        yield name, [told]
        return
    for member, value in told["printed"].items():
        yield f"{name}: {member}", [{**told, "kept": True, "printed": {member: value}}]


def _curl(section: dict[str, Any], name: str, told: Any) -> Named:
    yield name, told if isinstance(told, list) else [told]


_EXPANSIONS = {
    "parameters": _parameter,
    "sends": _send,
    "answers": _answer,
    "values": _value,
    "says": _say,
    "like": _like,
    "curl": _curl,
}

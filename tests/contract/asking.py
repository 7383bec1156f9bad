"""Asks a step of a row, and looks whether its answer is what the row says."""

import json
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.contract.rows import Page, Step
from tests.contract.world import Scope
from tests.links import press_by_requests

_SUCCESS = {"GET": 200, "POST": 201, "PUT": 200, "DELETE": 204}
_CODES = re.compile(r"[a-z]{2,3}(-[a-z]+)?")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_UNDATED_PREFIX = "/api2/partners"


class Answer:
    """Status, body and media type of what a request or a command got."""

    def __init__(self, status: int, content: bytes, media_type: str, body: Any) -> None:
        self.status = status
        self.content = content
        self.media_type = media_type
        self.json = body

    def at(self, path: str) -> Any:
        """`languages.0.code` of the body; a list of objects is its first one."""
        whole = isinstance(self.json, list) or path.split(".")[0] in ("meta", "objects")
        value = self.json if whole else self.first
        for name in path.split(".") if path != "." else []:
            value = value[int(name)] if isinstance(value, list) else value[name]
        return value

    @property
    def first(self) -> Any:
        if isinstance(self.json, dict) and "objects" in self.json:
            assert self.json["objects"], "an empty list"
            return self.json["objects"][0]
        return self.json[0] if isinstance(self.json, list) else self.json


def take(page: Page, scope: Scope, step: Step) -> None:
    """One step: it is asked, and everything holds that it says."""
    for earlier in step.get("before", []):
        take(page, scope, earlier)
    answer = run(page, scope, step) if "run" in step else ask(page, scope, step)
    expected = step.get("status", 200 if "run" in step else _SUCCESS[step["ask"].split()[0]])
    assert answer.status == expected, (answer.status, answer.content.decode(errors="replace"))
    for name, check in _CHECKS.items():
        if name in step:
            check(page, scope, answer, step)
    for word, path in step.get("take", {}).items():
        scope[word] = answer.at(path)


def ask(page: Page, scope: Scope, step: Step) -> Answer:
    method, path = scope.fill(step["ask"]).split(" ", 1)
    if not path.startswith(("/api", "http", "/auth")):
        path = f"{page.prefix}{path}"
    path = path.removeprefix(scope["site"])
    headers = {**page.headers, **scope.fill(step.get("headers", {}))}
    who = scope.fill(step.get("as", "me"))
    body: dict[str, Any] = {}
    if "text" in step:
        body["data"] = scope.fill(step["text"]).encode()
    elif "body" in step:
        body["json"] = scope.fill(step["body"])
    kept = (who, method, path, *headers.items())
    if step.get("kept") and kept in scope.world.answers:
        return _answer(scope.world.answers[kept])
    got = scope.world.ask(method, path, who=who, headers=headers, **body)
    if step.get("kept"):
        scope.world.answers[kept] = got
    return _answer(got)


def _answer(got: Any) -> Answer:
    media_type = got.headers.get("Content-Type", "").partition(";")[0]
    body = got.json() if media_type == "application/json" and got.content else None
    return Answer(got.status_code, got.content, media_type, body)


def run(page: Page, scope: Scope, step: Step) -> Answer:
    """A printed command line, in a shell."""
    line = scope.fill(step["run"]).removeprefix("$").replace("curl", "curl -sS -i", 1)
    line = line.replace("my_username_here", scope["me"]).replace("my_api_key_here", scope["key"])
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    told = json.loads(body) if body.startswith((b"{", b"[")) else None
    return Answer(int(head.split()[1]), body, "", told)


# --- what must hold ------------------------------------------------------------------------------


def _shows(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    for path, wanted in scope.fill(step["shows"]).items():
        if wanted == "absent":
            above, _, name = path.rpartition(".")
            assert name not in answer.at(above), path
            continue
        got = answer.at(path)
        if isinstance(wanted, dict) and "is" in wanted:
            check_type(page, scope, path.split(".")[-1], got, wanted["is"])
        elif isinstance(wanted, dict) and "has" in wanted:
            assert wanted["has"] in got, (path, got)
        else:
            assert got == wanted, (path, got)
            assert type(got) is type(wanted), (path, got)


def _lacks(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    for name in step["lacks"]:
        assert name not in answer.first, answer.first


def _objects(answer: Answer) -> list[Any]:
    return list(answer.json["objects"] if isinstance(answer.json, dict) else answer.json)


def _finds(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    found = _objects(answer)
    if step["finds"] is True:
        assert found
    else:
        assert len(found) == step["finds"], found


def _misses(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    assert _objects(answer) == []


def _all(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    found = _objects(answer)
    assert found
    for name, value in scope.fill(step["all"]).items():
        assert {item[name] for item in found} == {value}, found


def _orders(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    value, by = step["orders"]
    name, rank = (by[0], by[1].index) if isinstance(by, list) else (by, lambda item: item)
    met = [item[name] for item in _objects(answer)]
    assert len(set(met)) > 1, f"nothing to sort: {met}"
    assert met == sorted(met, key=rank, reverse=value.startswith("-"))


def _ascending(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    met = [item[step["ascending"]] for item in _objects(answer)]
    assert len(met) > 1
    assert met == sorted(met)


def _begins(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    text = answer.content.decode("utf-8-sig")
    assert text.startswith(scope.fill(step["begins"])), text


def _media_type(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    assert answer.media_type == step["media_type"]


def _typed(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    name, wanted = step["typed"]
    body = answer.first
    if step.get("inside"):
        body = body[step["inside"]]
        body = body[0] if isinstance(body, list) else body
    assert name in body, body
    check_type(page, scope, name, body[name], wanted)


def check_type(page: Page, scope: Scope, name: str, got: Any, wanted: str) -> None:
    """`text or nothing` may be null or empty; without that there has to be something."""
    kind = wanted.removesuffix(" or nothing")
    if kind != wanted and got in (None, "", [], {}):
        return
    assert _TYPES[kind](page, scope, name, got), (name, got, wanted)


def _is_uri(page: Page, scope: Scope, name: str, got: Any) -> bool:
    """It leads to something, below the prefix of the page."""
    if not isinstance(got, str):
        return False
    # The oldest form prints addresses of the API as paths.
    relative = page.prefix == _UNDATED_PREFIX
    assert got.startswith(f"{'' if relative else scope['site']}{page.prefix}/"), got
    path = urlsplit(got).path
    if path not in scope.world.answers:
        scope.world.answers[path] = scope.world.ask("GET", path, headers=page.headers)
    return scope.world.answers[path].status_code == 200


def _is_text(page: Page, scope: Scope, name: str, got: Any) -> bool:
    return isinstance(got, str) and got != ""


def _matches(pattern: re.Pattern[str]) -> Any:
    return lambda page, scope, name, got: isinstance(got, str) and bool(pattern.fullmatch(got))


def _is_time(page: Page, scope: Scope, name: str, got: Any) -> bool:
    form = _NAIVE if page.prefix == _UNDATED_PREFIX else _ZONED
    return isinstance(got, str) and bool(form.fullmatch(got))


_TYPES: dict[str, Any] = {
    "text": _is_text,
    "integer": lambda page, scope, name, got: type(got) is int,
    "flag": lambda page, scope, name, got: type(got) is bool,
    "list": lambda page, scope, name, got: isinstance(got, list) and got != [],
    "dict": lambda page, scope, name, got: isinstance(got, dict) and got != {},
    "time": _is_time,
    "uri": _is_uri,
    "url": _matches(re.compile(r"https?://\S+")),
    "language": _matches(_CODES),
    "video": _matches(re.compile(r"[A-Za-z0-9]{12}")),
    "user": lambda page, scope, name, got: set(got) == {"username", "id", "uri"},
}


def _reads(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    """Somebody logs in by a link, and reads something on a page: their inbox unless told."""
    world, told = scope.world, scope.fill(step["reads"])
    name = told["of"]
    wish = {"create_login_token": True}
    link = world.make("PUT", f"/users/{name}/", wish, who=name)["auto_login_url"]
    browser = _browser()
    press_by_requests(browser, link)
    path = told.get("at", "/messages/")
    got = browser.get(f"{scope['site']}{path}", headers={"Accept": "text/html"}, timeout=60)
    assert told["has"] in got.text


def _logs_in(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    browser, form = _browser(), scope.fill(step["logs_in"])
    login = f"{scope['site']}/auth/login/"
    browser.get(login, timeout=60)
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
    got = browser.post(login, form, headers={"Referer": login}, timeout=60, allow_redirects=False)
    assert got.status_code == 302, got.text


def _presses(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    """The link shows a button, which leads on."""
    got = press_by_requests(_browser(), scope.fill(step["presses"]))
    assert (got.status_code, [each.status_code for each in got.history]) == (200, [302])


def _browser() -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    return browser


def _printed(page: Page, scope: Scope, answer: Answer, step: Step) -> None:
    _alike(scope.fill(step["printed"]), answer.first if "list" not in step else answer.json)


def _alike(printed: Any, got: Any, name: str = "") -> None:
    """Member by member of one type and shape; null and nothing say nothing of the type."""
    if printed is None or got is None:
        return
    assert type(printed) is type(got), (name, printed, got)
    if isinstance(printed, dict):
        assert not (missing := printed.keys() - got.keys()), (name, missing)
        for member, value in printed.items():
            _alike(value, got[member], member)
    elif isinstance(printed, list) and printed:
        assert got, name
        for value in got:
            _alike(printed[0], value, name)
    elif isinstance(printed, str) and printed:
        assert _shape(printed) == _shape(got), (name, printed, got)


def _shape(text: str) -> Any:
    """What kind of text it is; of a path also its length and its fixed parts."""
    for kind, form in (("zoned", _ZONED), ("naive", _NAIVE)):
        if form.fullmatch(text):
            return kind
    if text.startswith("/"):
        parts = text.split("/")
        return len(parts), [p for p in parts[:5] if p and p in _FIXED]
    return "url" if text.startswith("http") else "number" if text.isdecimal() else "text"


_FIXED = {"api2", "partners", "api", "teams", "videos", "users", "activity", "tasks"}
_FIXED |= {"applications", "languages"}

_CHECKS = {
    "shows": _shows,
    "lacks": _lacks,
    "finds": _finds,
    "misses": _misses,
    "all": _all,
    "orders": _orders,
    "ascending": _ascending,
    "begins": _begins,
    "media_type": _media_type,
    "typed": _typed,
    "reads": _reads,
    "logs_in": _logs_in,
    "presses": _presses,
    "printed": _printed,
}
_ASKS = {"ask", "run", "as", "body", "text", "headers", "before", "status", "take"}
KNOWN = frozenset({*_ASKS, *_CHECKS, "kept", "inside", "list"})

"""The requests and answers that the API pages print, as the reference shows them again.

`make golden` writes `amara_api/examples.json` anew from them.
"""

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.docs.pages import ELLIPSIS, ROOT, sections, steps

EXAMPLES = ROOT / "amara_api" / "examples.json"
_ANSI = re.compile(r"\$('(?:[^'\\]|\\.)*')", re.S)
_METHODS = {"-X", "--request"}
_DATA = {"-d", "--data", "--data-raw", "--data-urlencode", "--data-binary"}


class Shown(NamedTuple):
    method: str
    path: str
    body: Any


def examples() -> dict[str, dict[str, Any]]:
    """``"POST /api/videos/"`` → ``request``, a body as JSON has it, and ``answers`` by status.

    Members that a page leaves out are left out. A request that is accepted is preferred.
    """
    found: dict[str, dict[str, Any]] = {}
    for section in sections():
        template = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(section.path)))
        for step in steps(section.text):
            shown = [each for each in _requests(step.commands) if template.fullmatch(each.path)]
            if not shown or shown[-1].method not in section.methods:
                continue
            status = step.status or 200
            for method in section.methods:
                mine = found.setdefault(f"{method} {section.path}", {"answers": {}})
                if shown[-1].body is not None:
                    mine.setdefault("request" if status < 300 else "refused", shown[-1].body)
            if step.answer is not None and step.answer.language == "json" and status < 300:
                answer = _without_gaps(json.loads(step.answer.text))
                for method in section.methods:
                    found[f"{method} {section.path}"]["answers"].setdefault(str(status), answer)
    for each in found.values():
        # One that came too late is still one that could be sent.
        if (refused := each.pop("refused", None)) is not None:
            each.setdefault("request", refused)
    return {name: each for name, each in sorted(found.items()) if each["answers"] or len(each) > 1}


def _requests(commands: str) -> Iterator[Shown]:
    text = _ANSI.sub(lambda quoted: shlex.quote(_unescaped(quoted[1][1:-1])), commands)
    for command in re.split(r"(?m)^(?=(?:\w+=\$\()?curl)", text.replace("\\\n", " ")):
        if "curl " not in command or command.startswith(("#", "[")):
            continue
        words = shlex.split(command.partition("curl ")[2], comments=True)
        if (shown := _request(words)) is not None:
            yield shown


def _unescaped(text: str) -> str:
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


def _request(words: list[str]) -> Shown | None:
    method, address, data = "", "", []
    pairs = iter(words)
    for word in pairs:
        if word in _METHODS:
            method = next(pairs)
        elif word in _DATA or word in ("-F", "--form"):
            data.append(next(pairs))
        elif word in ("-H", "-o", "-w", "-D"):
            next(pairs)
        elif "$API" in word or "/api/" in word:
            address = address or word
        elif word == "|":
            break
    if not address:
        return None
    path = re.sub(r"^.*?(\$API|/api(?=/))", "/api", address).partition("?")[0].rstrip(")")
    return Shown(method or ("POST" if data else "GET"), path, _body(data))


def _body(data: list[str]) -> Any:
    if not data:
        return None
    if len(data) == 1 and data[0].lstrip().startswith(("{", "[")):
        try:
            return json.loads(data[0])
        except ValueError:
            return None
    # A file, or what a variable of the shell holds, is nothing to show.
    pairs = [each.partition("=") for each in data]
    if any(not equals or value.startswith("@") or "$" in value for _, equals, value in pairs):
        return None
    return {name: value for name, _, value in pairs}


def _without_gaps(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_gaps(each) for name, each in value.items() if name != ELLIPSIS}
    if isinstance(value, list):
        return [_without_gaps(each) for each in value if each != ELLIPSIS]
    return value


def written(path: Path = EXAMPLES) -> dict[str, Any]:
    """The file's content, which is made anew if ``GOLDEN`` says so."""
    if os.environ.get("GOLDEN") == "write":
        text = json.dumps(examples(), indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found

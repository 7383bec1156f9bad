"""Pages of the documentation as data: sections, tables, and sessions of a shell with answers."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
API_PAGES = sorted((ROOT / "docs" / "api").glob("*.md"))
README = ROOT / "README.md"
VERSIONS = ROOT / "docs" / "versions.md"
PRINTED_SITE = "http://127.0.0.1:8000"
PRINTED_NAME = "admin"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_STATUS_BEFORE = re.compile(r"\banswers (\d{3}):\s*\Z")
_STATUS_AFTER = re.compile(r"\A\s*answers (\d{3})\b")


@dataclass
class Answer:
    """A block that shows what the commands before it print."""

    language: str
    text: str
    start: int
    end: int


@dataclass
class Step:
    """Commands, the status that the prose names for the last of them, and the printed answer."""

    commands: str
    status: int | None = None
    answer: Answer | None = None


def steps(page: str) -> list[Step]:
    """The commands of a page that reach a server, in order."""
    found: list[Step] = []
    fences = list(_FENCE.finditer(page))
    for number, fence in enumerate(fences):
        language, text = fence.groups()
        if language == "sh" and "curl" in text:
            before = page[fences[number - 1].end() if number else 0 : fence.start()]
            step = Step(text)
            found.append(step)
            following = fences[number + 1] if number + 1 < len(fences) else None
            after = page[fence.end() : following.start() if following else len(page)]
            if following is not None and following[1] != "sh" and _follows(after):
                step.answer = Answer(
                    following[1], following[2], following.start(2), following.end(2)
                )
            named = _STATUS_AFTER.search(after) or _STATUS_BEFORE.search(before)
            step.status = int(named[1]) if named else None
    return found


def _follows(between: str) -> bool:
    """Nothing but a line or two stands between the commands and the answer."""
    return "\n#" not in between and len(between) < 200


# --- running -------------------------------------------------------------------------------------

_PRELUDE = """\
set -u
curl() { command curl -sS -D headers "$@"; }
status() {
  printf '\\n@@%s@@\\n' "$(grep -a '^HTTP/' headers 2>/dev/null | tail -1 | cut -d' ' -f2)"
}
"""
_MARK = re.compile(r"\n@@(\d*)@@\n")


def run(commands: list[str], folder: Path, site: str, key: str) -> list[tuple[int, str]]:
    """(last status, output) of each group of commands, all in one shell in ``folder``."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "admin.key").write_text(key)
    script = _PRELUDE + "".join(f"{group}\nstatus\n" for group in commands)
    done = subprocess.run(
        ["bash"],
        input=script.replace(PRINTED_SITE, site),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert not done.stderr, done.stderr
    parts = _MARK.split(done.stdout)
    assert len(parts) == 2 * len(commands) + 1, done.stdout
    return [
        (int(status or 0), text) for text, status in zip(parts[0:-1:2], parts[1::2], strict=True)
    ]


# --- comparing -----------------------------------------------------------------------------------

# What differs every time, and what the pages print in its place.
_VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2016-12-01T09:30:00Z"),
    (re.compile(r"(?<=/videos/)[A-Za-z0-9]{12}(?=[/.\"])"), "hArb0urWakeS"),
    (re.compile(r"(?<=videos%2F)[A-Za-z0-9]{12}(?=%2F)"), "hArb0urWakeS"),
    (re.compile(r'("(?:id|video|video-id)": ")[A-Za-z0-9]{12}(?=")'), r"\1hArb0urWakeS"),
    (re.compile(r"(?<=/urls/)\d+|(?<=/activity/)\d+|(?<=/keys/)\d+"), "1"),
    (re.compile(r'(?<="last_used": ")[\d-]+'), "2016-12-01"),
    (re.compile(r'(?<="id": )\d+'), "1"),
    (re.compile(r"/\d+/\d+/(?=\")"), "/1/1/"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "0123456789abcdef0123456789abcdef01234567"),
    (
        re.compile(r"(?<=id\$)[\w-]{43}|(?<=\")[\w-]{43}(?=\")"),
        "tHis-Id-NeVer_ChAnGes-While-a-Username-May0",
    ),
]
_COUNTED = {"num_videos"}
ELLIPSIS = "…"


def as_printed(output: str, site: str, username: str) -> str:
    """What the docs would print for an output of the server under test."""
    return output.replace(site, PRINTED_SITE).replace(username, PRINTED_NAME)


def same(printed: str, got: str, language: str) -> bool:
    """Whether an answer is the printed one, but for what differs every time: ids and dates.

    A member or element `"…"` stands for any number of others.
    """
    if language == "json":
        return _same(json.loads(printed), json.loads(pretty(got, language)))
    return printed.strip() == pretty(got, language).strip()


def pretty(output: str, language: str) -> str:
    """An output as a page prints it."""
    if language == "json":
        text = json.dumps(json.loads(output), indent=2, ensure_ascii=False) + "\n"
    else:
        text = output.replace("\r\n", "\n").strip("\n") + "\n"
    for pattern, example in _VARYING:
        text = pattern.sub(example, text)
    return text


def _same(printed: Any, got: Any, name: str = "") -> bool:
    if isinstance(printed, dict):
        if not isinstance(got, dict):
            return False
        names = [member for member in printed if member != ELLIPSIS]
        if ELLIPSIS not in printed and names != list(got):
            return False
        return all(m in got and _same(printed[m], got[m], m) for m in names)
    if isinstance(printed, list):
        if not isinstance(got, list):
            return False
        if printed and printed[-1] == ELLIPSIS:
            printed, got = printed[:-1], got[: len(printed) - 1]
        return len(printed) == len(got) and all(map(_same, printed, got))
    return name in _COUNTED or bool(printed == got)


# --- sections and tables -------------------------------------------------------------------------


@dataclass
class Section:
    """What stands under the heading of a route: `### GET /api/videos/`."""

    page: str
    methods: list[str]
    path: str
    text: str
    tables: dict[str, list[str]] = field(default_factory=dict)


_HEADING = re.compile(r"^### ([A-Z]+(?:, [A-Z]+)*) (/\S*)$", re.M)
_ANY_HEADING = re.compile(r"^#{1,3} ", re.M)


def sections() -> list[Section]:
    found = []
    for page in API_PAGES:
        text = page.read_text(encoding="utf-8")
        for heading in _HEADING.finditer(text):
            ends = _ANY_HEADING.search(text, heading.end())
            body = text[heading.end() : ends.start() if ends else len(text)]
            section = Section(page.name, heading[1].split(", "), heading[2], body)
            section.tables = tables(body)
            found.append(section)
    return found


def tables(text: str) -> dict[str, list[str]]:
    """The first column of each table, by the heading of that column."""
    found: dict[str, list[str]] = {}
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.M):
        rows = [row.strip("|").split("|")[0].strip() for row in table.splitlines()]
        names = [name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row)]
        found.setdefault(rows[0], []).extend(names)
    return found

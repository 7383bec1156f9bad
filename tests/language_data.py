"""Writes `amara_api/kernel/language_cldr.py` from Babel's CLDR: `make languages`."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel import Locale
from babel.core import get_global

from amara_api.kernel.language_table import INTERNAL, LISTED, NOT_AS_NAMED, RIGHT_TO_LEFT_SCRIPTS
from amara_api.kernel.language_tags import Targets

TABLE = Path(__file__).parent.parent / "amara_api" / "kernel" / "language_cldr.py"
NOT_KNOWN = {"und"}  # "Unknown language" is no language that somebody could mean


def names() -> dict[str, str]:
    """The languages that CLDR names in English, but for those the service has names for."""
    every = {_stored(code): name for code, name in Locale("en").languages.items()}
    others = every.keys() - LISTED.keys() - INTERNAL.keys() - NOT_KNOWN
    return {code: every[code] for code in sorted(others)}


def aliases() -> dict[str, str]:
    """Known codes that only spell another known code: INTERNAL ones and CLDR's, which clients and
    programs use for what the service lists under another code."""
    ranks = [sorted(LISTED.keys() - NOT_AS_NAMED), sorted(INTERNAL)]
    listed = Targets(ranks[:1], LISTED)
    found = {code: listed.same(code) for code in ranks[1]}
    internal = Targets(
        [ranks[0], [code for code in ranks[1] if not found[code]]], LISTED | INTERNAL
    )
    found |= {code: internal.same(code) for code in names()}
    return {code: stored for code, stored in sorted(found.items()) if stored}


def directions() -> tuple[set[str], set[str]]:
    """Tags whose likely script runs from right to left, and those where it does not although that
    of the language does. A script that a tag says itself needs no table."""
    scripts = {_stored(tag): full.split("_")[1].lower() for tag, full in _likely().items()}
    scripts = {tag: each for tag, each in scripts.items() if not _says_script(tag)}
    replaced = get_global("language_aliases")
    for code in {*replaced, *LISTED, *INTERNAL}:
        now = _stored(replaced.get(code, code))
        if (tag := _stored(code)) not in scripts and (script := _script(now, scripts)):
            scripts[tag] = script
    right = {tag for tag, script in scripts.items() if script in RIGHT_TO_LEFT_SCRIPTS}
    left = {tag for tag in scripts.keys() - right if tag.split("-")[0] in right}
    said = {tag for tag in right if "-" in tag and tag.split("-")[0] in right}
    return right - said, left


def _likely() -> Mapping[str, str]:
    likely = get_global("likely_subtags")
    return {tag: full for tag, full in likely.items() if not tag.startswith("und")}


def _script(tag: str, scripts: Mapping[str, str]) -> str | None:
    for part in tag.split("-")[1:]:
        if len(part) == 4:
            return part
    return scripts.get(tag) or scripts.get(tag.split("-")[0])


def _says_script(tag: str) -> bool:
    return any(len(part) == 4 for part in tag.split("-")[1:])


def _stored(code: str) -> str:
    return code.lower().replace("_", "-")


def text() -> str:
    """The module, as it has to stand in the tree."""
    right, left = directions()
    return "\n".join(
        [
            '"""CLDR\'s languages, as data: written by `make languages`, never by hand."""',
            "",
            "# Code → English name, without the codes that `language_table` names.",
            *_dict("CLDR", names()),
            "",
            "# Known code → the code that it is another spelling of.",
            *_dict("ALIASES", aliases()),
            "",
            "# Languages, some with a region, whose likely script is written from right to left.",
            *_set("RIGHT_TO_LEFT", right),
            "",
            "# Where it is not, although it is elsewhere.",
            *_set("LEFT_TO_RIGHT", left),
            "",
        ]
    )


def _dict(name: str, values: Mapping[str, str]) -> Iterable[str]:
    rows = [f"    {_quoted(code)}: {_quoted(value)}," for code, value in values.items()]
    return [f"{name}: dict[str, str] = {{", *rows, "}"]


def _set(name: str, codes: Iterable[str]) -> Iterable[str]:
    lines, line = [], ""
    for code in map(_quoted, sorted(codes)):
        if len(line) + len(code) > 80:
            lines.append(line)
            line = ""
        line = f"{line}, {code}" if line else code
    rows = [f"        *({each})," for each in (*lines, line)]
    return [f"{name}: frozenset[str] = frozenset(", "    {", *rows, "    }", ")"]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    TABLE.write_text(text())
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", TABLE], check=True)

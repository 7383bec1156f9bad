"""Every row of the four printed pages of the API, asked of the running server in its form."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.asking import KNOWN, take
from tests.contract.rows import KINDS, Page, Row, pages, rows
from tests.contract.world import Scope

ROOT = Path(__file__).parent.parent.parent
PAGES = pages()
ROWS = [row for page in PAGES for row in rows(page)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(row: Row, scope: Scope) -> None:
    assert row.steps
    for step in row.steps:
        take(row.page, scope, step)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_section_has_rows(page: Page) -> None:
    told = Counter(row.section for row in rows(page))
    assert [section["section"] for section in page.sections if not told[section["section"]]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_as_many_rows_as_the_page_prints(page: Page) -> None:
    """`printed` of a page was counted on the printed page, not in the rows."""
    told: Counter[str] = Counter()
    for section in page.sections:
        told["asks"] += "ask" in section and not section.get("asked_elsewhere")
        if section.get("by_reference"):
            continue
        told["curl"] += str(section.get("curl")).count("'run'")
        for kind in ("parameters", "sends", "answers"):
            told[kind] += len(section.get(kind, {}))
            told[kind] += sum(kind == entry.get("of") for entry in _unserved(section))
    assert {kind: told[kind] for kind in page.printed} == page.printed


def _unserved(section: dict) -> list[dict]:
    return list(section.get("not_served", {}).values())


def test_sections_hold_nothing_that_nobody_reads() -> None:
    known = {*KINDS, "section", "body", "status", "as", "headers", "before", "inside"}
    known |= {"answers_of", "asked_elsewhere", "by_reference"}
    for page in PAGES:
        for section in page.sections:
            assert section.keys() <= known, (page.name, section["section"])
    for row in ROWS:
        for step in row.steps:
            assert step.keys() <= KNOWN, (str(row), step.keys() - KNOWN)


def test_names_of_rows_are_unique() -> None:
    assert [name for name, count in Counter(map(str, ROWS)).items() if count > 1] == []


def test_what_is_not_served_is_told_with_its_reason() -> None:
    text = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
    section = text.partition("## Printed, and not served\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| (\w+(?:, \w+)*) \| (.+?) \| (.+?) \|$", section, re.M)
    pages_of: dict[tuple[str, str], list[str]] = {}
    for row in ROWS:
        if row.kind == "not_served":
            pages_of.setdefault((row.name, row.why), []).append(row.page.name)
    assert told == [(", ".join(names), *row) for row, names in pages_of.items()]

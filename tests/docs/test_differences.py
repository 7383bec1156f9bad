"""Each row of what docs/versions.md says is otherwise than in the original has a test, and each
entry has its row: the page claims nothing that nobody shows, and hides nothing that is shown."""

import ast
from functools import cache
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT, VERSIONS

ENTRIES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests" / "docs" / "differences.yaml").read_text(encoding="utf-8")
)


def rows() -> list[tuple[str, str]]:
    """(here, the original) of every table with this head below the heading; the table of old
    addresses is held to the code by `tests/docs/test_reference.py`."""
    page = VERSIONS.read_text(encoding="utf-8")
    part = page.partition("## Differs from the original")[2].partition("\n## ")[0]
    found, counts = [], False
    for line in part.splitlines():
        if line.startswith("| "):
            cells = line.strip("| ").split(" | ")
            if cells[0] == "here":
                counts = True
            elif counts:
                found.append((cells[0], cells[1]))
        elif not line.startswith("|"):
            counts = False
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_has_an_entry_and_every_entry_its_row() -> None:
    told = [here for here, _ in rows()]
    assert [entry["here"] for entry in ENTRIES] == told
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["here"][:40])
def test_the_tests_of_a_row_are_there(entry: dict[str, Any]) -> None:
    assert entry["tests"]
    for named in entry["tests"]:
        path, _, name = named.partition("::")
        assert name.startswith("test_")
        assert name in names_in(path), named


def test_every_row_says_what_the_original_does() -> None:
    assert all(here and original for here, original in rows())


def test_what_was_made_to_show_a_difference_is_on_the_page() -> None:
    """The tests of `tests/api/test_differences.py` are there for rows alone."""
    own = "tests/api/test_differences.py"
    named = {t.partition("::")[2] for e in ENTRIES for t in e["tests"] if t.startswith(own)}
    others = {
        "test_enough_is_refused",
        # Further sides of rows that are shown.
        "test_of_two_spellings_of_a_key_the_right_one_counts_and_others_are_none",
    }
    assert {name for name in names_in(own) if name.startswith("test_")} == named | others

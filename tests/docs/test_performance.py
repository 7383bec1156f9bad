"""docs/performance.md: what a benchmark writes there, and which benchmarks it names."""

import xml.etree.ElementTree as ET
from itertools import product

import pytest

from benchmarks import results
from benchmarks.load import Work
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "performance.md"


@pytest.fixture
def measured():
    """Two rows on two databases, three rounds each; the first is short of its target on SQLite."""

    def one(name, rates, target=None):
        times = {"p50": [1.0] * 3, "p99": [9.0] * 3, "cpu_ms": [0.5] * 3}
        return {"name": name, "rates": rates, "target": target, **times}

    rows = [
        {
            "request": request,
            "kind": "unrepeated",
            "database": database,
            "connections": 8,
            "contestants": [
                one("ours", [100, 50, 90]),
                one("bare", [100, 100, 100], 0.95 if database == "SQLite" else 0.8),
                one("DRF", [10, 10, 9], 8),
            ],
        }
        for request, database in product(("videos/", "a < b & c"), ("PostgreSQL", "SQLite"))
    ]
    about = {"date": "2026-11-28", "processors": 2, "python": "3.11", "generator": "wrk"}
    size = {"workers": 2, "threads": {"PostgreSQL": 4, "SQLite": 2}, "rounds": 3, "seconds": 1}
    return {**about, **size, "rows": rows}


def test_results_are_written_between_their_marks(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(results, "PLOTS", tmp_path / "plots")
    results.PAGE.write_text(f"Before.\n{results.BEGIN}\nEarlier.\n{results.END}\nAfter.\n")
    results.record(measured)
    page = results.PAGE.read_text()
    assert "Earlier." not in page
    assert page.startswith("Before.\n")
    assert page.endswith("\nAfter.\n")
    # A median with the lowest and highest round; bold where it is short.
    assert (
        "| videos/ | bare | 0.90 (0.50–1.00) |  | 0.80 | **0.90 (0.50–1.00)** |  | 0.95 |" in page
    )
    plots = sorted(results.PLOTS.iterdir())
    assert len(plots) == 4
    for plot in plots:
        shown = "".join(ET.fromstring(plot.read_text()).itertext())
        assert "a < b & c" in shown
    results.record(measured)
    assert results.PAGE.read_text() == page


def test_a_page_without_marks_is_left_alone(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "PAGE", tmp_path / "page.md")
    results.PAGE.write_text("No marks.")
    with pytest.raises(SystemExit):
        results.record(measured)
    assert results.PAGE.read_text() == "No marks."


def test_fresh_requests_differ_from_each_other_and_walk_all_paths():
    work = Work(80, ("/a/", "/b/?c=1"), {}, fresh="2", start=10)
    walked = [work.path(work.start + n) for n in range(4)]
    assert walked == ["/a/?n=2-10", "/b/?c=1&n=2-11", "/a/?n=2-12", "/b/?c=1&n=2-13"]


def test_every_benchmark_is_named():
    modules = (ROOT / "benchmarks").glob("*.py")
    found = {path.stem for path in modules if "__main__" in path.read_text()}
    page = PAGE.read_text()
    assert {name for name in found if f"benchmarks.{name}`" in page} == found
    assert results.BEGIN in page

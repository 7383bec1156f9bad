"""What a run on one database leaves out, the run on the other takes."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest


class Item(SimpleNamespace):
    __hash__ = object.__hash__

    def get_closest_marker(self, name: str) -> bool:
        return bool(self.marked)


def items() -> list[Any]:
    cases = [(f"tests/a.py::test_of_many[{n}]", True, ()) for n in range(7)]
    stories = [(f"tests/b.py::test_{n}", False, ("chromium",)) for n in range(4)]
    others = [(f"tests/b.py::test_other[{n}]", False, ()) for n in range(3)]
    return [
        Item(nodeid=name, marked=marked, fixturenames=names)
        for name, marked, names in [*cases, *stories, *others]
    ]


def test_both_runs_together_take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    config: Any = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda items: None))
    taken = {}
    for url in ("", "postgres://localhost/test"):
        monkeypatch.setenv("DATABASE_URL", url)
        here = items()
        conftest._take_halves(config, here)
        taken[url] = {item.nodeid for item in here}
    both = taken[""] & taken["postgres://localhost/test"]
    assert set.union(*taken.values()) == {item.nodeid for item in items()}
    assert both == {f"tests/b.py::test_other[{n}]" for n in range(3)}
    assert [len(each) for each in taken.values()] == [4 + 2 + 3, 3 + 2 + 3]

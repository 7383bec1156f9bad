"""Who speaks an older form is told so, on every route of it."""

import json

import pytest

from amara_api.kernel.versions import LADDER, OLDEST, PARTNERS, name_of
from tests.docs.pages import ROOT

GOLDEN = ROOT / "tests" / "api" / "golden"


@pytest.mark.parametrize("dialect", [PARTNERS, OLDEST])
def test_every_answer_that_differs_says_until_when(dialect):
    """There is a file where an answer is another than today's, but for the prefix."""
    unmarked, later = [], [str(date) for date in LADDER.dates if date > dialect]
    for path in sorted((GOLDEN / name_of(dialect)).glob("*.json")):
        kept = json.loads(path.read_text())
        # What only today's form has, a method or an error of a later rule, is not there to end.
        if kept["headers"].get("X-API-DEPRECATED") not in later and kept["status"] < 300:
            unmarked.append(path.name)
    assert not unmarked


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["activity/", "activity/?type=1", "activity/1/", "activity"])
def test_the_older_activity_is_marked_as_its_neighbours(api, path):
    assert api.get(f"/api2/partners/{path}")["X-API-DEPRECATED"] == str(OLDEST)
    assert "X-API-DEPRECATED" not in api.get(f"/api/{path}")
    # It changed with August 2016 and not since.
    later = api.get(f"/api/{path}", headers={"X-API-FUTURE": str(OLDEST)})
    assert "X-API-DEPRECATED" not in later

"""The ladder of dated changes, apart from any resource."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara_api.kernel.versions import CURRENT, LADDER, NEWEST, OLDEST, PARTNERS, name_of
from amara_api.kernel.versions.base import Change, Ladder, dropped, renamed

DATES = (20100101, 20120101, 20140101, 20160101)
# A member's name before the first change, between the changes, and after the last.
NAMES = ("a", "b", "c", "d")


def chain() -> Ladder:
    """One member renamed at three dates, among changes of another resource."""
    changes = [
        renamed(date, "thing", new=new, old=old, note="")
        for date, old, new in zip(DATES[1:], NAMES[:-1], NAMES[1:], strict=True)
    ]
    other = renamed(DATES[2], "other", new="d", old="never", note="")
    return Ladder(DATES, [other, *reversed(changes)])


@pytest.mark.parametrize("position", range(4))
def test_each_dialect_has_its_own_name_in_answers_input_and_errors(position):
    edge = chain().edge("thing", DATES[position])
    name = NAMES[position]
    assert edge.down({"x": 1, "d": 2, "y": 3}) == {"x": 1, name: 2, "y": 3}
    assert list(edge.down({"x": 1, "d": 2, "y": 3})) == ["x", name, "y"]
    assert edge.up({name: 2, "x": 1}) == {"d": 2, "x": 1}
    assert edge.error_keys.get("d", "d") == name
    assert edge.next_change == (DATES[position + 1] if position < 3 else None)


@given(
    st.sampled_from(DATES),
    st.dictionaries(st.sampled_from(["d", "x", "y", "z"]), st.integers() | st.none()),
)
def test_what_goes_down_comes_up_the_same(date, body):
    edge, before = chain().edge("thing", date), dict(body)
    assert edge.up(edge.down(body)) == body
    # A conversion makes a new body: the old one may be printed for somebody else.
    assert body == before


@given(st.sampled_from(DATES), st.dictionaries(st.text(max_size=3), st.none() | st.booleans()))
def test_an_older_name_never_takes_the_place_of_a_newer_one_that_was_sent(date, body):
    """Whoever sends both means the newer."""
    edge = chain().edge("thing", date)
    lifted = edge.up({**body, "d": "new"})
    assert lifted["d"] == "new"


@given(st.integers(0, 99999999))
def test_a_date_gets_the_newest_dialect_not_later_than_it(date):
    found = chain().newest_not_later_than(date)
    later = [d for d in DATES if found < d <= date]
    assert found in DATES
    assert not later
    assert found <= date or found == DATES[0]


def test_dropped_members_come_back_beside_what_they_copy():
    ladder = Ladder(DATES, [dropped(DATES[1], "thing", name="copy", copy_of="x", note="")])
    down = ladder.edge("thing", DATES[0]).down
    assert list(down({"a": 1, "x": 2, "y": 3}).items()) == [
        ("a", 1),
        ("x", 2),
        ("copy", 2),
        ("y", 3),
    ]
    # An error body or a part of an answer has no x.
    assert down({"a": 1}) == {"a": 1}


def test_the_newest_dialect_and_other_resources_stay_as_they_are():
    ladder = chain()
    for resource, date in (("thing", DATES[-1]), ("nothing", DATES[0])):
        edge = ladder.edge(resource, date)
        assert (edge.downs, edge.ups, dict(edge.error_keys), edge.next_change) == ((), (), {}, None)


def test_what_means_nothing_from_a_date_on_is_left_out_from_then_on():
    ladder = Ladder(DATES, [Change(DATES[1], "thing", "", ignored=("x",))])
    assert ladder.edge("thing", DATES[0]).up({"x": 1, "y": 2}) == {"x": 1, "y": 2}
    for date in DATES[1:]:
        assert ladder.edge("thing", date).up({"x": 1, "y": 2}) == {"y": 2}


def test_a_change_belongs_to_a_dialect():
    with pytest.raises(ValueError, match="20150101"):
        Ladder(DATES, [Change(20150101, "thing", "")])


def test_the_dialects_of_the_server():
    assert LADDER.dialects == [PARTNERS, OLDEST, CURRENT, NEWEST]
    assert [name_of(each) for each in LADDER.dialects] == ["v2", "20160801", "20161201", "20190619"]
    assert all(change.note and change.note.endswith(".") for change in LADDER.changes)

"""Statements that PostgreSQL plans once a connection."""

import pytest
from django.db import connections, transaction
from django.db.utils import DataError

from amara_api.kernel import planned
from amara_api.kernel.planned import Planned

pytestmark = pytest.mark.django_db(transaction=True)
connection = connections["default"]
SUM = Planned("SELECT %s + 1, '100%%'", one_plan=True)


def asked(statement=SUM, *values):
    with connection.cursor() as cursor:
        statement.run(connection, cursor, values)
        return cursor.fetchall()


def known():
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'amara%'")
        return [name for (name,) in cursor.fetchall()]


def runs():
    """How often each that the connection has was run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, generic_plans + custom_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


def does(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(autouse=True)
def _as_if_new():
    connection.close()
    yield
    connection.close()


@pytest.fixture
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("of PostgreSQL alone")


def test_the_database_compiles_nothing_for_us(postgresql):
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchall() == [("off",)]


def test_it_is_run_as_ever(postgresql):
    assert [asked(SUM, n) for n in (1, 2, 3)] == [[(2, "100%")], [(3, "100%")], [(4, "100%")]]
    assert known() == [SUM.name]


def test_not_within_a_transaction_nor_behind_a_pooler(monkeypatch):
    with transaction.atomic():
        assert asked(SUM, 1) == [(2, "100%")]
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert asked(SUM, 1) == [(2, "100%")]
    assert known() == []


def test_a_new_connection_knows_nothing_yet(postgresql):
    asked(SUM, 1)
    connection.close()
    assert known() == []
    assert asked(SUM, 1) == [(2, "100%")]
    assert known() == [SUM.name]


@pytest.mark.parametrize("lose", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_a_name_that_is_lost_is_given_again(postgresql, lose):
    asked(SUM, 1)
    does(lose)
    assert [asked(SUM, n) for n in (1, 2, 3)] == [[(2, "100%")], [(3, "100%")], [(4, "100%")]]
    assert runs() == {SUM.name: 2}


def test_a_name_that_is_there_already_means_the_same(postgresql):
    """Of another process, where a pooler that nobody noticed gives out its connection."""
    does(SUM._prepare)
    assert [asked(SUM, n) for n in (1, 2)] == [[(2, "100%")], [(3, "100%")]]
    assert runs() == {SUM.name: 1}
    assert asked(SUM, 3) == [(4, "100%")]
    assert runs() == {SUM.name: 2}


def test_a_column_may_change_meanwhile(postgresql):
    does("CREATE TEMPORARY TABLE kettles (size integer)")
    does("INSERT INTO kettles VALUES (3)")
    sizes = Planned("SELECT size FROM kettles WHERE size > %s", one_plan=True)
    assert asked(sizes, 2) == [(3,)]
    does("ALTER TABLE kettles ALTER size TYPE text")
    sizes_now = Planned("SELECT size FROM kettles WHERE size > %s::text", one_plan=True)
    assert asked(sizes_now, 2) == [("3",)]
    does("ALTER TABLE kettles ALTER size TYPE varchar(9)")
    assert asked(sizes_now, 2) == [("3",)]
    assert [asked(sizes_now, 2) for _ in range(3)] == [[("3",)]] * 3
    assert runs()[sizes_now.name] == 3


def test_what_is_wrong_with_it_is_said(postgresql):
    half = Planned("SELECT 1 / (%s - 1)", one_plan=True)
    for _ in range(2):
        with pytest.raises(DataError):
            asked(half, 1)
        assert asked(SUM, 1) == [(2, "100%")]
        assert asked(half, 2) == [(1,)]
    # What went wrong takes no plan with it.
    assert runs()[SUM.name] == 2


def plans():
    """How often each was planned for any value, and for one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans > 0, custom_plans > 0 FROM pg_prepared_statements ORDER BY name"
        )
        return cursor.fetchall()


def test_only_where_one_plan_is_good_there_is_one(postgresql):
    few = Planned("SELECT relname FROM pg_class WHERE oid = %s", one_plan=True)
    any_number = Planned("SELECT relname FROM pg_class WHERE relpages > %s", one_plan=False)
    for _ in range(3):
        asked(few, 1259)
        asked(any_number, 10**9)
    assert sorted(plans()) == [(False, True), (True, False)]
    # What went wrong may have taken the mode back with it.
    with pytest.raises(DataError):
        asked(Planned("SELECT 1 / (%s - 1)", one_plan=True), 1)
    asked(few, 1259)
    assert sorted(plans())[-1] == (True, False)


def test_so_many_are_planned_and_no_more(postgresql, monkeypatch):
    monkeypatch.setattr(planned, "_MOST", 2)
    three = [Planned(f"SELECT %s + {n}", one_plan=True) for n in range(3)]
    assert [asked(each, 1) for each in (*three, *three)] == [[(1,)], [(2,)], [(3,)]] * 2
    assert len(known()) == 2


def test_constants_are_part_of_the_plan(postgresql):
    """Quoted as values, and never mistaken for other text of the statement."""
    told = Planned(
        "SELECT %s || '50%%' || %s || %s::text", one_plan=True, constants={0: "it's %s", 1: "$1 \\"}
    )
    assert asked(told, "it's %s", "$1 \\", 7) == [("it's %s50%$1 \\7",)]
    assert known() == [told.name]
    other = Planned(told.sql, one_plan=True, constants={0: "else", 1: ""})
    assert asked(other, "else", "", 7) == [("else50%7",)]

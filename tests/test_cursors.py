"""The driver's own cursor does what Django's would, and stands back where that does more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction, utils
from django.test.utils import CaptureQueriesContext

from amara_api.kernel.cursors import QuickCursor, cursor_of, rows_of
from users.models import User

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> BaseDatabaseWrapper:
    """The connection of this thread, open."""
    connections[DEFAULT_DB_ALIAS].ensure_connection()
    return connections[DEFAULT_DB_ALIAS]


def test_it_reads_what_django_reads(cast, here):
    found = User.objects.order_by("pk").values_list("pk", "username", "date_joined")
    sql, values = found.query.sql_with_params()
    with here.cursor() as cursor:
        cursor.execute(sql, values)
        expected = cursor.fetchall()
    assert expected
    with cursor_of(here) as cursor:
        assert isinstance(cursor, QuickCursor)
        cursor.execute(sql, values)
        # Moments too: PostgreSQL's come with their zone.
        assert cursor.fetchall() == expected
    assert rows_of(here, "SELECT 5 % 3") == [(2,)]


def test_its_errors_are_those_of_django(here):
    with pytest.raises(utils.DatabaseError), transaction.atomic():
        rows_of(here, "SELECT nothing FROM nowhere")
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            rows_of(here, "SELECT 1")


def test_it_stands_back_where_django_does_more(here, monkeypatch):
    seen = []

    def wrapped(execute, sql, parameters, many, context):
        seen.append(sql)
        return execute(sql, parameters, many, context)

    with here.execute_wrapper(wrapped):
        assert rows_of(here, "SELECT 1") == [(1,)]
    assert seen == ["SELECT 1"]
    with CaptureQueriesContext(here) as queries:
        rows_of(here, "SELECT 2")
    assert [query["sql"] for query in queries] == ["SELECT 2"]
    for name, value in (("health_check_enabled", True), ("connection", None)):
        with monkeypatch.context() as patched:
            patched.setattr(here, name, value)
            patched.setattr(here, "cursor", lambda: "Django's")
            assert cursor_of(here) == "Django's"

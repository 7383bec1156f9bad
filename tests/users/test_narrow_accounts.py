"""Who only reads is known by what rules look at. The rest of the account comes when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import UserFactory
from users import keys
from users.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
FIELDS = [field.attname for field in User._meta.concrete_fields]


def _key() -> tuple[User, str]:
    user = UserFactory(first_name="Ana", biography="Reads.", languages=["pt", "en"])
    return user, keys.issue_key(user, actor=None)


def test_all_the_rest_comes_with_one_query():
    user, key = _key()
    user.refresh_from_db()
    known = keys.owner_of(key, whole=False)
    assert known is not None
    with CaptureQueriesContext(connection) as queries:
        assert [getattr(known, name) for name in FIELDS] == [getattr(user, name) for name in FIELDS]
    assert len(queries) == 1
    assert known.came_by.key is not None


def test_rules_ask_for_nothing_more():
    _, key = _key()
    known = keys.owner_of(key, whole=False)
    assert known is not None
    with CaptureQueriesContext(connection) as queries:
        told = known.pk, known.username, known.identifier, known.is_authenticated
        rights = known.is_active, known.is_staff, known.is_superuser, known.is_partner
        assert all(told)
        assert rights == (True, False, False, False)
        assert known.can_send_messages
    assert not queries.captured_queries


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_kept_is_what_was_changed(whole: bool):
    """An account of which not all is known can be saved, and loses nothing."""
    user, key = _key()
    known = keys.owner_of(key, whole=whole)
    assert known is not None
    known.username = "renamed"
    known.save()
    user.refresh_from_db()
    assert (user.username, user.biography, user.languages) == ("renamed", "Reads.", ["pt", "en"])


def test_me_is_one_query_and_writes_are_given_all(api_for: Callable[[User], Any]):
    user, _ = _key()
    api = api_for(user)
    with CaptureQueriesContext(connection) as queries:
        assert api.get("/api/users/me/").json()["first_name"] == "Ana"
    asked = [query["sql"] for query in queries if "biography" in query["sql"]]
    assert len(asked) == 1
    assert "users_apikey" in asked[0]
    with CaptureQueriesContext(connection) as queries:
        api.get("/api/languages/")
    assert not [query["sql"] for query in queries if "biography" in query["sql"]]
    with CaptureQueriesContext(connection) as queries:
        api.put("/api/users/me/", {})
    assert "biography" in next(query["sql"] for query in queries if "users_apikey" in query["sql"])

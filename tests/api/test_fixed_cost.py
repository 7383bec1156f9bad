"""What every request costs before it does anything, counted in calls (see ADR 47)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from amara_api.kernel.intake import asgi
from amara_api.kernel.intake.wsgi import Django
from tests.work import calls_in

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def _answer(django: Django, path: str, query: str, key: str) -> int:
    environ = asgi.environment(
        {
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "http_version": "1.1",
            "headers": [(b"host", b"localhost"), (b"x-api-key", key.encode())],
        }
    )
    environ["wsgi.input"] = BytesIO()
    response = django.answer(environ)
    asgi._headers(response)
    return response.status_code


@pytest.mark.parametrize(
    ("path", "most"), [("/api/languages/", 950), ("/api/teams/films/activity/", 1500)]
)
def test_a_keyed_request(path: str, most: int, cast: Any, api_for: Callable[..., Any]):
    key, django = api_for(cast.owner).key, Django()
    # What is loaded by the first is not every request's.
    for n in range(2):
        assert _answer(django, path, f"n={n}", key) == 200
    calls = calls_in(lambda: _answer(django, path, "n=9", key))
    assert calls < most

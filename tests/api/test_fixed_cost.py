"""What every request costs before it does anything, counted in calls (see ADR 47), and what it
leaves behind."""

from __future__ import annotations

import gc
import json
import weakref
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from amara_api.kernel.intake import asgi
from amara_api.kernel.intake.wsgi import Django
from tests.work import calls_in

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def _answer(
    django: Django,
    path: str,
    query: str,
    key: str,
    method: str = "GET",
    body: BytesIO | None = None,
) -> int:
    headers = [(b"host", b"localhost"), (b"x-api-key", key.encode())]
    body = body or BytesIO()
    if size := len(body.getvalue()):
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % size)]
    environ = asgi.environment(
        {
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "http_version": "1.1",
            "headers": headers,
        }
    )
    environ["wsgi.input"] = body
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


SRT = "1\n00:00:01,000 --> 00:00:02,000\nOne\n"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/api/languages/", None, 200),
        ("GET", "/api/videos/", None, 200),
        ("GET", "/api/videos/?sort=nonsense", None, 200),
        ("GET", "/api/videos/VIDEO/", None, 200),
        ("GET", "/api/videos/VIDEO/?format=yaml", None, 200),
        ("GET", "/api/videos/nothing/", None, 404),
        ("GET", "/api/nothing/", None, 404),
        ("GET", "/api/teams/films/tasks/", None, 200),
        ("POST", "/api/videos/", {"video_url": "https://example.com/a.mp4"}, 201),
        ("POST", "/api/videos/", {"video_url": "nonsense"}, 400),
        ("POST", "/api/videos/", '{"video_url": ', 400),
        ("PUT", "/api/videos/VIDEO/", {"title": "Another"}, 200),
        ("PUT", "/api/languages/", {"title": "Another"}, 405),
        ("POST", "/api/videos/VIDEO/languages/en/subtitles/", {"subtitles": SRT}, 201),
        ("POST", "/api/videos/VIDEO/languages/en/subtitles/", {"subtitles": "WEBVTT"}, 400),
        ("POST", "/api/videos/VIDEO/languages/en/subtitles/", {"subtitles": 7}, 400),
    ],
)
def test_a_body_goes_with_its_answer(
    method: str, path: str, sent: Any, status: int, cast: Any, api_for: Callable[..., Any]
):
    """Large ones, and all that was made of them, would otherwise wait for the collector."""
    key, django = api_for(cast.owner).key, Django()
    path, _, query = path.replace("VIDEO", cast.team_video.video_id).partition("?")
    if isinstance(sent, dict) and "subtitles" in sent:
        sent |= {"sub_format": "srt"}
    text = sent if isinstance(sent, str) else json.dumps(sent)

    def ask() -> weakref.ref[BytesIO]:
        body = BytesIO(text.encode() if sent else b"")
        answered = _answer(django, path, query, key, method, body)
        assert answered == status
        return weakref.ref(body)

    gc.collect()
    gc.disable()
    try:
        assert ask()() is None
    finally:
        gc.enable()

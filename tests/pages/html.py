"""Reading the pages: what a browser would run, and what it costs to make them."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

HOSTILE = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "</script><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7|add:7 }}",
)
ALL_HOSTILE = " ".join(HOSTILE)
_ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "script" and "src" not in attributes:
            if attributes.get("type") != "application/json":
                self.live.append(f"<script> {attrs}")
        for name, value in attrs:
            if name.startswith("on"):
                self.live.append(f"{tag} {name}={value}")
            if name in _ADDRESSES:
                self.links.append(value or "")
                if (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:")):
                    self.live.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(response: Any) -> _Reader:
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    return reader


def assert_inert(response: Any) -> str:
    """Nothing on the page runs but our own script files; gives back the page's text."""
    assert response.status_code == 200, response.status_code
    reader = read(response)
    assert reader.live == []
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    return "".join(reader.texts)


def queries(get: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert get().status_code == 200
    return len(captured)

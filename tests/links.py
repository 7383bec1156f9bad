"""Opening a link that asks before it does something: as a person does, by its button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests
    from django.http import HttpResponse
    from django.test import Client

    from tests.server.web import Answer, Web


def press(client: Client, url: str) -> HttpResponse:
    """Look and press. What cannot be pressed is answered as it is."""
    page = client.get(url)
    return client.post(url) if b"csrfmiddlewaretoken" in page.content else page


def button(web: Web, path: str) -> tuple[str, dict[str, str]] | Answer:
    """What a browser sends when the button is pressed: the body and its headers."""
    page = web("GET", path, key=None)
    if page.status != 200:
        return page
    found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)
    (cookie,) = page.headers.get_all("Set-Cookie", [])
    assert found is not None
    headers = {
        "Cookie": cookie.partition(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return f"csrfmiddlewaretoken={found[1].decode()}", headers


def press_over_http(web: Web, path: str) -> Answer:
    asked = button(web, path)
    if not isinstance(asked, tuple):
        return asked
    body, headers = asked
    return web("POST", path, body, key=None, **headers)


def press_by_requests(browser: requests.Session, url: str) -> requests.Response:
    page = browser.get(url, timeout=60)
    assert page.status_code == 200, page.text
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    return browser.post(url, form, headers={"Referer": url}, timeout=60)

"""`python -m tests.film [STILLS…]`: writes the demo's film, or pictures of some of its seconds."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

from tests.film.webm import Chunk, webm

HERE = Path(__file__).parent
FILM = HERE.parents[1] / "amara_api/static/amara_api/film/lighthouse.webm"
# Encoders are for pages that nobody could have changed on the way.
_AT = "https://film.example/"


def main(stills: list[str]) -> None:
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        page = browser.new_page()
        page.route(f"{_AT}**", _answer)
        page.goto(_AT)
        if stills:
            for seconds in stills:
                picture = page.evaluate(
                    "async (t) => (await import('/encode.js')).still(t)", float(seconds)
                )
                Path(f"still-{seconds}.jpg").write_bytes(base64.b64decode(picture))
        else:
            FILM.parent.mkdir(exist_ok=True)
            FILM.write_bytes(_film(page))
        browser.close()


def _film(page: Page) -> bytes:
    page.set_default_timeout(600_000)
    made = page.evaluate("async () => (await import('/encode.js')).film()")
    return webm(
        _chunks(made["seen"]),
        _chunks(made["heard"]),
        size=(made["width"], made["height"]),
        ms=made["seconds"] * 1000,
        opus=base64.b64decode(made["heard"]["head"]),
    )


def _chunks(made: dict[str, Any]) -> list[Chunk]:
    return [Chunk(at, is_key, base64.b64decode(data)) for at, is_key, data in made["chunks"]]


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(_AT)
    if name in ("encode.js", "lighthouse.js"):
        source = (HERE / name).read_text(encoding="utf-8")
        route.fulfill(body=source, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>film</title>", content_type="text/html")


if __name__ == "__main__":
    main(sys.argv[1:])

"""How long the editor takes to open a long film, and to show what is typed.

    .venv/bin/python -m benchmarks.editor            # 4,000 cues of 3 hours, SQLite
    .venv/bin/python -m benchmarks.editor --beside   # with a language to translate from beside it

It starts a server of its own, with a film of 4,000 cues, and Chromium. Opened is measured from
asking for the page until the first cue can be typed in; a key from the press (the browser's own
time of the event) until the frame that shows it has been painted. Prints median and worst.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import TYPE_CHECKING, Any

from benchmarks import servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CUES, LENGTH = 4000, 3 * 3600 * 1000  # of a film, in ms
OPENED, PAINTED = 2000, 50  # ms: the targets
WORDS = "Nobody lives in this lighthouse any more, and the sea does not mind. "
# Of each press the time until it is on the screen. A frame is asked for while the field changes; a
# task that is put behind that frame runs when it has been painted.
_WATCH = """
() => {
  window.painted = [];
  document.addEventListener("input", ({ timeStamp }) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - timeStamp);
      channel.port2.postMessage(null);
    });
  }, true);
}
"""
# A test's film is filled by our own code, in a process of its own.
_FILL = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from benchmarks.editor import cues
from subtitles.formats import json_
from subtitles.workflows.submit import submit
from teams.workflows import workflow_for
from users.models import User
from videos.services import add_video
person = User.objects.create(username="ana", is_active=True)
person.set_password("open sesame")
person.save()
video = add_video(actor=person, video_url="https://media.example.com/long.mp4", title="Long")
for code in ("en", "de"):
    track = json_.load_list(cues())
    submit(workflow_for(video, code), actor=person, track=track, source_format="json")
print(video.video_id)
"""


def cues() -> list[dict[str, int | str]]:
    """Some of them too fast or overlapping, as drafts are."""
    step = LENGTH // CUES
    return [
        {
            "start": n * step,
            "end": n * step + (step + 40 if n % 9 == 0 else step - 200),
            "text": f"{n}: {WORDS * (1 + n % 3)}"[: 40 + n % 50],
        }
        for n in range(CUES)
    ]


def opened(browser: Browser, port: int, path: str, state: Any) -> tuple[Page, float]:
    """The page, and in how many ms its first cue could be typed in. The browser has its files."""
    page = browser.new_context(base_url=f"http://127.0.0.1:{port}", storage_state=state).new_page()
    page.goto("/videos/")
    started = time.perf_counter()
    page.goto(path, wait_until="commit")
    page.locator("[data-ready=true]").wait_for()
    page.get_by_label("Text of cue 1", exact=True).click()
    return page, (time.perf_counter() - started) * 1000


def typed(page: Page, letters: str) -> list[float]:
    """For each letter the ms until it was painted."""
    page.evaluate(_WATCH)
    for count, letter in enumerate(letters, 1):
        page.keyboard.type(letter)
        page.wait_for_function("count => window.painted.length >= count", arg=count)
    return list(map(float, page.evaluate("window.painted")))


def tell(name: str, found: list[float], target: int) -> None:
    middle, worst = statistics.median(found), max(found)
    print(f"{name:34} {middle:8.1f} {worst:8.1f} {target:8} {len(found):5}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--runs", type=int, default=10, help="how often the page is opened")
    asked.add_argument("--beside", action="store_true", help="with another language beside it")
    options = asked.parse_args()
    from playwright.sync_api import sync_playwright

    with servers.surroundings(), servers.sqlite() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        video = servers.said("-c", _FILL, environment=environment).split()[-1]
        path = f"/videos/{video}/en/edit/" + ("?from=de" if options.beside else "")
        with servers.ours(environment) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
                args=["--no-sandbox", "--disable-background-networking"],
            )
            context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}")
            page = context.new_page()
            page.goto("/auth/login/?next=/videos/")
            page.get_by_label("User name").fill("ana")
            page.get_by_label("Password").fill("open sesame")
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/videos/")
            state = context.storage_state()
            opening: list[float] = []
            keys: list[float] = []
            for _ in range(options.runs):
                page, ms = opened(browser, server.port, path, state)
                opening.append(ms)
                keys += typed(page, "The sea is calm today. ")
                page.context.close()
            browser.close()
    print(f"{'ms':34} {'median':>8} {'worst':>8} {'target':>8} {'of':>5}")
    tell(f"opened, {CUES:,} cues", opening, OPENED)
    tell("a key, until it is painted", keys, PAINTED)


if __name__ == "__main__":
    main()

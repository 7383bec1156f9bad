"""Every command printed in the README and the API pages runs, and answers as printed.

`make golden` prints the answers anew; the diff is the review.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import (
    API_PAGES,
    README,
    VERSIONS,
    Answer,
    as_printed,
    pretty,
    run,
    same,
    steps,
)
from tests.docs.requests_shown import examples, written

START_AGAIN = """\
KEY="X-api-key: $(cat data/admin.key)"
OLD=$(curl "http://127.0.0.1:8000/api/videos/?video_url=https://media.example.com/harbour.mp4" \\
  | grep -o '"id":"[^"]*"' | cut -d'"' -f4)
[ -z "$OLD" ] || curl -X DELETE -H "$KEY" "http://127.0.0.1:8000/api/videos/$OLD/"
"""


@pytest.mark.parametrize("page", [README, VERSIONS, *API_PAGES], ids=lambda page: page.stem)
def test_a_page_can_be_pasted(page: Path, running: Any, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = steps(text)
    before = [] if page == README else [steps(README.read_text(encoding="utf-8"))[0].commands]
    commands = [START_AGAIN, *before, *(step.commands for step in shown)]
    outputs = run(commands, tmp_path, running.url, running.key)[1 + len(before) :]
    rewritten = []
    for step, (status, output) in zip(shown, outputs, strict=True):
        got = as_printed(output, running.url, running.username)
        expected = step.status or (200 if step.answer else None)
        assert expected in (None, status), f"{step.commands}\n{got}"
        if step.answer and not same(step.answer.text, got, step.answer.language):
            rewritten.append((step.answer, pretty(got, step.answer.language)))
    if rewritten and os.environ.get("GOLDEN") == "write":
        page.write_text(_rewrite(text, rewritten), encoding="utf-8")
    elif rewritten:
        answer, got = rewritten[0]
        assert got == answer.text


def _rewrite(text: str, answers: list[tuple[Answer, str]]) -> str:
    for answer, got in sorted(answers, key=lambda pair: -pair[0].start):
        text = text[: answer.start] + got + text[answer.end :]
    return text


def test_the_reference_shows_what_the_pages_print() -> None:
    """`make golden` writes the file anew."""
    shown = written()
    assert shown == examples()
    # Most of what takes a body, and of what answers one.
    assert sum("request" in each for each in shown.values()) > 25
    assert sum(bool(each["answers"]) for each in shown.values()) > 40

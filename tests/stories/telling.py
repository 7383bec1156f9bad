"""A story: what people ask of the API one after the other, kept with every answer as one file.

`GOLDEN=write pytest tests/stories` writes the files anew; see `tests.golden`.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import golden

FOLDER = Path(__file__).parent / "golden"


class Story:
    """``story(who, method, path, body, status)`` is one step, a minute after the one before it."""

    def __init__(self, api: dict[str, Any], clock: Any) -> None:
        self.api, self.clock = api, clock
        self.steps: list[dict[str, Any]] = []

    def __call__(
        self, who: str, method: str, path: str, body: Any = None, status: int = 200
    ) -> Any:
        self.clock.shift(timedelta(minutes=1))
        response = self.api[who].request(method, path, body)
        answer = json.loads(response.content) if response.content else None
        assert response.status_code == status, (who, method, path, answer)
        step = {"who": who, "method": method, "path": f"/api/{path}"}
        if body is not None:
            step["sends"] = body
        self.steps.append({**step, "status": status, "answer": answer})
        return answer

    def keep(self, name: str) -> None:
        golden.check(FOLDER / f"{name}.json", golden.as_text(self.steps))


def add_the_film(story: Story) -> None:
    """The film of every story, in the team harbour."""
    film = {
        "video_url": "https://media.example.com/harbour.mp4",
        "title": "Harbour",
        "primary_audio_language_code": "en",
        "team": "harbour",
    }
    story("owner", "POST", "videos/", film, 201)


def cue(text: str, **extra: Any) -> dict[str, Any]:
    """A body of subtitles with one cue."""
    srt = f"1\n00:00:01,000 --> 00:00:03,500\n{text}\n"
    return {"subtitles": srt, "sub_format": "srt", **extra}

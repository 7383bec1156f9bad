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

"""Answers kept as files, so that a change of the API is a difference somebody reads.

`GOLDEN=write pytest tests/api/test_golden.py` writes what the server answers now. A file that
records a wrong answer is a defect: read what was written.
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from amara_api.kernel import ids

WRITE = os.environ.get("GOLDEN") == "write"
CLOCK = "2016-03-05T07:08:09Z"
# Numbers that the API prints, each kind in a range of its own so that none passes for another.
FIRST_NUMBERS = {
    "videos_videourl": 301,
    "subtitles_subtitlelanguage": 201,
    "subtitles_subtitleversion": 101,
    "teams_application": 401,
    "teams_task": 501,
    "activity_callback": 601,
    "activity_activityrecord": 701,
    "users_apikey": 801,
}


def check(path: Path, text: str) -> None:
    """``text`` is what the file holds; or becomes it, when writing was asked for."""
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"{path.name} is not written yet: run GOLDEN=write"
    assert text == path.read_text(encoding="utf-8"), path.name


def as_text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


class FixedIds:
    """Ids of the right shape that count up: the first video is always the same."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = {"video": 0, "user": 0, "key": 0, "secret": 0}
        monkeypatch.setattr(ids, "_random_text", self._video)
        stand_in = SimpleNamespace(
            token_urlsafe=self._user, token_hex=self._key, token_bytes=self._secret
        )
        monkeypatch.setattr(ids, "secrets", stand_in)

    def _next(self, kind: str) -> int:
        self.made[kind] += 1
        return self.made[kind]

    def _video(self, length: int) -> str:
        return f"V{self._next('video'):0{length - 1}}"

    def _user(self, size: int) -> str:
        return f"user-{self._next('user'):038}"

    def _key(self, size: int) -> str:
        return f"{self._next('key'):0{2 * size}x}"

    def _secret(self, size: int) -> bytes:
        return self._next("secret").to_bytes(size)


def fix_numbers() -> None:
    """The next row of each table in `FIRST_NUMBERS` gets the next number of its range."""
    with connection.cursor() as cursor:
        for table, first in FIRST_NUMBERS.items():
            cursor.execute(f"SELECT MAX(id) FROM {table}")
            number = max(first, 1 + (cursor.fetchone()[0] or 0))
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {number}")
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, number - 1])

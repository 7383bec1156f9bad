"""A number in a time, as operators write it: ``600/minute``, ``30/15m``, ``off``."""

import re
from typing import NamedTuple

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WRITTEN = re.compile(r"(\d{1,9}) *(?:/|per) *(\d{0,5}) *(s|m|h|d|second|minute|hour|day)s?")
_LONGEST = 31 * 86_400


class Rate(NamedTuple):
    """At most ``number`` in ``seconds``; `NO_LIMIT` is false."""

    number: int
    seconds: int

    def __bool__(self) -> bool:
        return self.seconds > 0

    def __str__(self) -> str:
        return f"{self.number}/{self.seconds}s" if self else "off"

    @classmethod
    def of(cls, text: str) -> "Rate":
        """Raises ValueError, with a sentence, for what is no rate."""
        written = text.strip().lower()
        if written in {"off", "none"}:
            return NO_LIMIT
        found = _WRITTEN.fullmatch(written)
        rate = cls(0, 0)
        if found:
            rate = cls(int(found[1]), int(found[2] or 1) * _UNITS[found[3][0]])
        if rate.number < 1 or not 1 <= rate.seconds <= _LONGEST:
            raise ValueError(
                f"{text!r} is no rate: write a number and a time, like 600/minute or 30/15m, or off"
            )
        return rate


NO_LIMIT = Rate(0, 0)

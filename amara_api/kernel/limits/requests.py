"""Ordinary requests: by account where one is known, else by address.

Windows begin at whole multiples of their length, so a count is one number under one name, and what
has passed is dropped as a whole. Each process counts for itself, unless ``REDIS_URL`` is set: then
all count together, and if Redis does not answer, each for itself again.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils import timezone

from amara_api.kernel import figures

if TYPE_CHECKING:
    from redis import Redis

    from amara_api.kernel.limits.rates import Rate

_log = logging.getLogger(__name__)
# A Redis that does not answer is asked again after so many seconds, and is waited for so long.
_REST = 30
_PATIENCE = 0.25


class Taken(NamedTuple):
    """What one request leaves of its limit. ``name`` says which; ``reset`` is in seconds."""

    name: str
    rate: Rate
    remaining: int
    reset: int
    allowed: bool


class _Here:
    """Counts of this process: one dictionary a length of window, dropped when the window ends."""

    def __init__(self) -> None:
        self._windows: dict[int, tuple[int, dict[str, int]]] = {}
        self._lock = threading.Lock()

    def add(self, who: str, seconds: int, window: int) -> int:
        with self._lock:
            began, counts = self._windows.get(seconds, (0, {}))
            if began != window:
                self._windows[seconds] = (window, counts := {})
            counts[who] = count = counts.get(who, 0) + 1
            return count

    def clear(self) -> None:
        with self._lock:
            self._windows.clear()


class _There:
    """Counts of all processes, in Redis."""

    def __init__(self, url: str) -> None:
        from redis import Redis
        from redis.exceptions import RedisError

        self._redis: Redis = Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        )
        self._errors = (RedisError, OSError)
        self._rests_until = 0.0

    def add(self, who: str, seconds: int, window: int) -> int | None:
        """None if Redis does not answer."""
        if time.monotonic() < self._rests_until:
            return None
        name = f"amara:rate:{who}:{seconds}:{window}"
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(name)
                pipe.expire(name, seconds + 1)
                return int(pipe.execute()[0])
        except self._errors as error:
            self._rests_until = time.monotonic() + _REST
            _log.warning("Redis does not answer, so each process counts for itself: %s", error)
            return None


_here = _Here()
_there: dict[str, _There] = {}


def take(who: str, name: str, rate: Rate) -> Taken:
    """Count one request of ``who`` against the rate called ``name``."""
    now = int(timezone.now().timestamp())
    window = now // rate.seconds
    count = _shared(who, rate.seconds, window) or _here.add(who, rate.seconds, window)
    reset = (window + 1) * rate.seconds - now
    allowed = count <= rate.number
    if not allowed:
        figures.limit_met(name)
    return Taken(name, rate, max(0, rate.number - count), reset, allowed)


def _shared(who: str, seconds: int, window: int) -> int | None:
    url = settings.REDIS_URL
    if not url:
        return None
    there = _there.get(url)
    if there is None:
        there = _there[url] = _There(url)
    return there.add(who, seconds, window)


def forget() -> None:
    """Begin anew, for tests."""
    _here.clear()

"""How much work something is, counted and not timed: the machine may be busy with other things."""

import cProfile
import tracemalloc
from collections.abc import Callable

from django.db import connections


def calls_in(function: Callable[[], object]) -> int:
    """How many functions are called, in Python and in C. What one in C does inside is not seen."""
    profile = cProfile.Profile()
    profile.runcall(function)
    return sum(entry.callcount for entry in profile.getstats())


def memory_of(function: Callable[[], object]) -> int:
    """The most that is held at once, in bytes."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def steps_in(function: Callable[[], object]) -> int:
    """What SQLite does for it, in steps of its machine; triggers count too."""
    done = 0

    def step() -> int:
        nonlocal done
        done += 1
        return 0

    link = connections["default"].connection
    link.set_progress_handler(step, 1)
    try:
        function()
    finally:
        link.set_progress_handler(None, 0)
    return done

"""How much work something is, counted and not timed: the machine may be busy with other things."""

import cProfile
import tracemalloc
from collections.abc import Callable


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

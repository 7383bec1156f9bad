"""How the C library keeps memory that was given back to it, for processes that serve for long.

glibc gives each thread an arena of its own, and holds on to what large bodies needed: four threads
that read long subtitles kept several times what they used at any moment. Other libraries are left
as they are.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Python's lock lets one thread allocate at a time for the most part, so one arena is enough. What
# is larger goes back to the system when it is freed. An answer of two thousand cues (300 KB) is not
# as large, nor are zstd's tables (512 KB): to get a block anew from the system is slow. Some of
# them are made at once, so the end of the heap goes back only when it is larger than all of those.
_WANTED = {_ARENA_MAX: 1, _MMAP_THRESHOLD: 2**20, _TRIM_THRESHOLD: 4 * 2**20}


def give_back() -> bool:
    """For this process from now on. Whether that could be said."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    said = [mallopt(name, value) for name, value in _WANTED.items()]
    return said == [1] * len(said)

"""How many processes and threads answer requests, where nobody says."""

from __future__ import annotations

import os
from typing import NamedTuple

# Connections that PostgreSQL allows unless told otherwise are 100; some are left to others.
_MOST = 16
# Writers of SQLite wait for each other in any case.
_MOST_ON_A_FILE = 4


class Size(NamedTuple):
    workers: int
    threads: int


def cores() -> int:
    """Those that this process may use; a container may have fewer than the machine."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def picked(engine: str, cores: int) -> Size:
    """By what `benchmarks/workers.py` measures (docs/scaling.md has the numbers).

    A worker a core. Threads of one process take turns at Python. Waiting for a server they do not
    need it, so on PostgreSQL more of them cost nothing. A file is not waited for, and there more
    threads are in each other's way; but with one alone, whoever fetches from elsewhere would hold
    up everybody.
    """
    if engine.endswith("sqlite3"):
        return Size(min(cores, _MOST_ON_A_FILE), 2)
    return Size(min(cores, _MOST), 4)

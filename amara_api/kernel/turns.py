"""Large work of a process, one at a time: it takes much memory, and threads only share a core."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext

_LARGE = 2**18  # bytes
_TURN = threading.Lock()


def turn(size: int) -> AbstractContextManager[object]:
    """Within, nobody else does work that begins with so many bytes. Small work waits for nobody.

    Only for what computes and ends by itself: no statement, no network, no other turn.
    """
    return _TURN if size > _LARGE else nullcontext()

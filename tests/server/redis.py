"""A Redis of one's own, for tests and measurements that stop it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.places import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = shutil.which("redis-server")
MISSING = "Debian's redis-server is not installed"


class Running(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """It keeps nothing, and ends with the block."""
    assert PROGRAM, MISSING
    port = free_port()
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    process = subprocess.Popen([*command, str(folder)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield Running(f"redis://127.0.0.1:{port}/0", process)
    finally:
        process.kill()
        process.wait(timeout=20)

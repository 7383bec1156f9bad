"""What a worker needed for a moment goes back to the system."""

import ctypes
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, sys, threading
from amara_api import allocation

assert "yes" not in sys.argv or allocation.give_back()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(6)

def allocate():
    together.wait()
    # ctypes lets go of Python's lock: all of them allocate at once.
    for _ in range(1000):
        library.malloc(ctypes.c_size_t(1000))

threads = [threading.Thread(target=allocate) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, out)
library.fflush(out)
"""


def arenas(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", ARENAS, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="of glibc alone")
def test_threads_share_what_they_allocate_from():
    assert arenas("yes") == 1
    assert arenas() > 1

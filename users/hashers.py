"""How passwords are hashed, and how many at once.

A process answers in a few threads. Hashing is slow and needs memory on purpose, so no more than
half of them hash at a time (`settings.AMARA_HASHES_AT_ONCE`).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from amara_api.kernel.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PASSWORD = 4096
_PATIENCE = 10
_places = threading.BoundedSemaphore(settings.AMARA_HASHES_AT_ONCE)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=_PATIENCE):
        raise Busy(wait=_PATIENCE)
    try:
        yield
    finally:
        _places.release()


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB and two passes, which OWASP names as the least; two at once stay below
    40 MiB."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _place():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _place():
            return super().verify(password, encoded)


class Older(PBKDF2PasswordHasher):
    """What hashes were before Argon2; whoever logs in with one gets a new one."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with _place():
            return super().encode(password, salt, iterations)

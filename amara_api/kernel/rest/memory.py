"""Answers that are still what they were, told again without making them.

An answer is kept with a stamp of the whole database from before it was made. While the stamp is the
same nothing at all has been committed, so the caller's key, rights and data are the same, and one
statement answers. docs/adr/0025-conditional-and-repeatable.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.utils import timezone

from amara_api.kernel import figures, languages, stamps
from amara_api.kernel.headers import pairs
from amara_api.kernel.rest.conditions import CALLERS, SAFE, is_known, unchanged

if TYPE_CHECKING:
    from django.http import HttpRequest

    from amara_api.kernel.stamps import Stamp

_KEPT = timedelta(minutes=1)
_MOST = 4096
_BYTES = 8 * 2**20  # of all bodies, in each process
_LARGEST = 2**20
# What an answer says beyond the database, so that no stamp tells of it: where short links lead.
_ASKS_OTHERS = "video_url"
_TOLD_BY = ("X_API_KEY", "X_APIKEY", "X_API_USERNAME", "X_API_FUTURE", "ACCEPT")
_COOKIE = "HTTP_COOKIE"


class Said(NamedTuple):
    """An answer of 200. ``body`` is None where only its validator is known."""

    etag: str
    stamp: Stamp
    languages: object
    until: datetime
    account: int | None
    headers: dict[str, str]
    body: bytes | None

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """For a request like the one that it was made for; None if it would have to be made."""
        if is_known(request, self.etag):
            return unchanged(self.headers)
        return None if self.body is None else HttpResponse(self.body, headers=self.headers)


class _Kept:
    """The answers used last, up to a number and a size."""

    def __init__(self) -> None:
        self._size = 0
        self._answers: OrderedDict[object, Said] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: object) -> Said | None:
        with self._lock:
            said = self._answers.get(name)
            if said is not None:
                self._answers.move_to_end(name)
            return said

    def put(self, name: object, said: Said) -> None:
        with self._lock:
            self._drop(name)
            self._answers[name] = said
            self._size += len(said.body or b"")
            while len(self._answers) > _MOST or self._size > _BYTES:
                self._drop(next(iter(self._answers)))

    def drop(self, name: object) -> None:
        with self._lock:
            self._drop(name)

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()
            self._size = 0

    def _drop(self, name: object) -> None:
        if (said := self._answers.pop(name, None)) is not None:
            self._size -= len(said.body or b"")


class _Luck:
    """Whether it is worth asking if something has changed: where others write all the time, it
    has. One request in eight asks all the same."""

    _FAR = 32

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._luck = self._asked = 0

    def is_good(self) -> bool:
        self._asked += 1
        return self._luck >= 0 or self._asked % 8 == 0

    def note(self, held: bool) -> None:
        # Threads may overwrite each other's step: it is a guess in any case.
        self._luck = max(-self._FAR, min(self._FAR, self._luck + (4 if held else -1)))


_kept = _Kept()
_luck = _Luck()


class Memory:
    """What is known of the answer to a request. Nothing is remembered of sessions."""

    def __init__(self, request: HttpRequest) -> None:
        meta = request.META
        told = [request.scheme, request.get_host(), request.path, meta.get("QUERY_STRING", "")]
        told += [meta.get(f"HTTP_{name}", "\0") for name in _TOLD_BY]
        name = hashlib.blake2b("\n".join(told).encode(errors="replace")).digest()
        self._name = name, stamps.scope()
        self._stamp: Stamp | None = None
        self._languages = languages.edition()

    @classmethod
    def of(cls, request: HttpRequest) -> Memory | None:
        """None for requests that are not remembered."""
        meta = request.META
        if request.method not in SAFE or meta.get(_COOKIE):
            return None
        query = meta.get("QUERY_STRING", "")
        if _ASKS_OTHERS in (unquote(query) if "%" in query else query):
            return None
        try:
            return cls(request)
        except (DatabaseError, InterfaceError):
            # Whoever makes the answer says so.
            return None

    def said(self, request: HttpRequest) -> tuple[Said, HttpResponse] | None:
        """The answer, if it is known and nothing has changed since, and what it was."""
        found = self._said(request)
        figures.remembered(hit=found is not None)
        return found

    def _said(self, request: HttpRequest) -> tuple[Said, HttpResponse] | None:
        said = _kept.get(self._name)
        if said and (said.until < timezone.now() or said.languages is not self._languages):
            said = None
        answer = said.answer(request) if said else None
        conditional = bool(request.META.get("HTTP_IF_NONE_MATCH"))
        keyed = any(request.META.get(name) for name in CALLERS)
        # With a key, the statement that finds its owner brings the stamp of what is made now.
        if (answer is None and keyed and stamps.is_in_a_statement()) or not (
            _luck.is_good() or (conditional and answer is not None)
        ):
            return None
        try:
            self._stamp = stamps.now()
        except (DatabaseError, InterfaceError):
            return None
        if said is None or answer is None:
            return None
        held = said.stamp == self._stamp
        _luck.note(held)
        if held:
            return said, answer
        _kept.drop(self._name)
        return None

    def keep(self, request: HttpRequest, response: HttpResponse, user: object) -> None:
        """Remember an answer that has a validator. The stamp is older than all that it says."""
        stamp = self._stamp or request.META.get(stamps.SEEN)
        etag = response.headers.get("ETag")
        if stamp is None or etag is None or response.streaming:
            return
        body = None
        if response.status_code == 200:
            if not getattr(response, "is_rendered", True):
                response.render()  # type: ignore[attr-defined]
            # Each look at it joins it anew.
            content = response.content
            body = content if len(content) <= _LARGEST else None
        elif response.status_code != 304:
            return
        until = timezone.now() + _KEPT
        expires: datetime | None = getattr(getattr(user, "came_by", None), "expires", None)
        if expires is not None:
            until = min(until, expires)
        _kept.put(
            self._name,
            Said(
                etag,
                stamp,
                self._languages,
                until,
                getattr(user, "pk", None),
                dict(pairs(response)),
                body,
            ),
        )


def forget() -> None:
    """What the process remembers, for tests."""
    _kept.clear()
    _luck.forget()

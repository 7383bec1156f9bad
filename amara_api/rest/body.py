"""Reading a request's body: how much of it, and in what wrapping."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType

DEFAULT_MAX_BYTES = 10 * 2**20
_CHUNK = 2**16
_CUT_SHORT = "The body could not be read to its end."


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def max_bytes() -> int:
    limit: int = getattr(settings, "AMARA_MAX_BODY_BYTES", DEFAULT_MAX_BYTES)
    return limit


def check_headers(meta: Mapping[str, Any]) -> int:
    """The length that a body claims. Refuses what is too large (413) or compressed (415).

    Nothing is ever inflated: a megabyte of gzip can hold a gigabyte.
    """
    encoding = str(meta.get("HTTP_CONTENT_ENCODING", "")).strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("", detail="A body with a Content-Encoding is not supported.")
    try:
        length = int(meta.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise ParseError("Content-Length is not a number.") from None
    if length > max_bytes():
        raise BodyTooLarge
    return length


class CappedStream:
    """A body that raises BodyTooLarge when it turns out longer than allowed, and ParseError when
    it ends before the length that it claimed: half an upload can look like a whole one.

    Content-Length may be absent or a lie.
    """

    def __init__(self, stream: Readable, claimed: int = 0) -> None:
        self._stream = stream
        self._left = max_bytes()
        self._missing = claimed

    def read(self, size: int = _CHUNK) -> bytes:
        try:
            # One more than is left, to tell a full measure from too much.
            data = self._stream.read(min(size, self._left + 1))
        except OSError:
            raise ParseError(_CUT_SHORT) from None
        self._left -= len(data)
        self._missing -= len(data)
        if not data and size and self._missing > 0:
            raise ParseError(_CUT_SHORT)
        if self._left < 0:
            raise BodyTooLarge
        return data

    def read_all(self) -> bytes:
        return b"".join(iter(self.read, b""))


def read_body(stream: Readable, meta: Mapping[str, Any]) -> bytes:
    """All of a body, its headers checked first."""
    return CappedStream(stream, check_headers(meta)).read_all()

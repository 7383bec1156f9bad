"""Reading a request's body: how much of it, and in what wrapping. And why it was refused."""

from collections.abc import Mapping
from io import BytesIO
from typing import Protocol, Self

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType

from amara_api.kernel import charsets
from amara_api.kernel.intake.limits import max_bytes
from amara_api.kernel.shapes import Data

_CHUNK = 2**16


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class CutShort(ParseError):
    """Half an upload can look like a whole one, so nothing of it is used."""

    default_detail = "The body could not be read to its end."


class UnknownFraming(ParseError):
    """Where the body ends cannot be known."""

    default_detail = "The headers do not say how the body is sent: use Content-Length, or chunked."


class TooSlow(APIException):
    status_code = status.HTTP_408_REQUEST_TIMEOUT
    default_detail = "The body took too long to arrive."
    default_code = "too_slow"


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Say how long the body is, by Content-Length."
    default_code = "length_required"


class Busy(APIException):
    """Too many large bodies are on their way."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The server is busy with other uploads. Try again in a moment."
    default_code = "busy"
    wait = 10


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class RawText(bytes):
    """A form's field whose bytes are no text in the charset that holds for it, just as sent.

    ``charset`` is the label that the part or the form states, which is a known one, or None where
    it was taken for UTF-8. Only fields that declare ``takes_bytes`` are handed it.
    """

    charset: str | None

    def __new__(cls, data: bytes, charset: str | None = None) -> Self:
        raw = super().__new__(cls, data)
        raw.charset = charset
        return raw

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def problem(self) -> str:
        codec = self.charset and charsets.codec(self.charset)
        return f"The text is not valid {charsets.shown(codec) if codec else 'utf-8'}."


def claimed_length(stated: object) -> int:
    """What ``Content-Length`` says; 0 without one."""
    text = str(stated or "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ParseError("Content-Length is not a number.")
    return int(text)


def check_headers(meta: Mapping[str, Data], limit: int | None = None) -> int:
    """The length that a body claims. Refuses what is too large (413) or compressed (415).

    Nothing is ever inflated: a megabyte of gzip can hold a gigabyte.
    """
    encoding = str(meta.get("HTTP_CONTENT_ENCODING", "")).strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("", detail="A body with a Content-Encoding is not supported.")
    length = claimed_length(meta.get("CONTENT_LENGTH"))
    if length > (max_bytes() if limit is None else limit):
        raise BodyTooLarge
    return length


class CappedStream:
    """A body that raises BodyTooLarge when it turns out longer than allowed, and CutShort when
    it ends before the length that it claimed. Content-Length may be absent or a lie.
    """

    def __init__(self, stream: Readable, claimed: int = 0, limit: int | None = None) -> None:
        self._stream = stream
        self._left = max_bytes() if limit is None else limit
        self._missing = claimed

    def read(self, size: int = _CHUNK) -> bytes:
        """Just as many bytes, however small the pieces they come in; fewer only at the end."""
        data = self._piece(size)
        if not 0 < len(data) < size:
            return data
        whole = bytearray(data)
        while len(whole) < size and (data := self._piece(size - len(whole))):
            whole += data
        return bytes(whole)

    def _piece(self, size: int) -> bytes:
        try:
            # One more than is left, to tell a full measure from too much.
            data = self._stream.read(min(size, self._left + 1))
        except OSError:
            raise CutShort from None
        self._left -= len(data)
        self._missing -= len(data)
        if not data and size and self._missing > 0:
            raise CutShort
        if self._left < 0:
            raise BodyTooLarge
        return data

    def read_all(self) -> bytes:
        # Not joined from a list, which would hold everything a second time.
        whole = BytesIO()
        while data := self.read():
            whole.write(data)
        return whole.getvalue()


def read_body(stream: Readable, meta: Mapping[str, Data]) -> bytes:
    """All of a body, its headers checked first."""
    return CappedStream(stream, check_headers(meta)).read_all()

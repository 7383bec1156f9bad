"""Forms, urlencoded and in parts: from bytes to fields and files, with nothing lost on the way.

A field is text where its bytes are text in the charset that holds for it, else `RawText`. That
charset is what the part says, or the form in its field ``_charset_`` (RFC 7578, 4.6), or the
body's Content-Type; without any it is UTF-8. Files are never decoded. What cannot be told apart,
breaks off, or names an unknown charset is a ParseError.
"""

from __future__ import annotations

import base64
import html
import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn, TypeAlias

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
from rest_framework.exceptions import ParseError

from amara_api.kernel import charsets
from amara_api.kernel.intake.body import CappedStream, RawText
from amara_api.kernel.intake.limits import (
    MAX_PARAMETERS,
    MAX_PART_HEADER_BYTES,
    MAX_PARTS,
    max_fields,
)
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import limits

_FORM, _PARTS = "Form", "Multipart form"
_CHARSET_FIELD = "_charset_"
_BOUNDARY = re.compile("[ -~]{0,199}[!-~]")
_LABEL = re.compile(r"[\w.:+()-]{1,40}", re.ASCII)
_ESCAPES = re.compile(rb"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")
_STEP = 2**16

Files: TypeAlias = "MultiValueDict[str, UploadedFile[bytes]]"


class Form(QueryDict):
    """A QueryDict that leaves bytes as they are: Django's own decodes what is put into it, with
    U+FFFD for what does not fit, and DRF copies it, with the files among the
    fields."""

    def __setitem__(self, key: Data, value: Data) -> None:
        self._may_change()
        super(QueryDict, self).__setitem__(key, value)

    def setlist(self, key: Data, list_: Data) -> None:
        self._may_change()
        super(QueryDict, self).setlist(key, list_)

    def appendlist(self, key: Data, value: Data) -> None:
        self._may_change()
        super(QueryDict, self).appendlist(key, value)

    def _may_change(self) -> None:
        if not self._mutable:
            raise AttributeError("This form is immutable.")


def urlencoded(stream: CappedStream, charset: str | None) -> Form:
    """The fields of ``application/x-www-form-urlencoded``. ``charset`` is what the header says."""
    codec = _ascii_codec(_FORM, charset)
    data = stream.read_all()
    if data.count(b"&") >= max_fields():
        _refuse(_FORM, "too many fields")
    fields = [_Field(_decoded_name(_FORM, name, codec), value) for name, value in _pairs(data)]
    # Text may take four times the room of its bytes, so none of them stay without need.
    del data
    return _form(_FORM, fields, charset)


def multipart(
    stream: CappedStream, boundary: str | None, charset: str | None, most: int = MAX_PARTS
) -> tuple[Form, Files]:
    """The fields and files of ``multipart/form-data``, both as the header describes them, at
    ``most`` so many."""
    _ascii_codec(_PARTS, charset)
    if not boundary or not _BOUNDARY.fullmatch(boundary):
        _refuse(_PARTS, "the Content-Type has no boundary that can be used")
    parts = _read_parts(stream, boundary.encode("ascii"), most)
    files: Files = MultiValueDict()
    for part in parts:
        if part.filename is not None:
            files.appendlist(part.name, part.file())
    fields = [part.field() for part in parts if part.filename is None]
    return _form(_PARTS, fields, charset), files


def _refuse(kind: str, problem: str) -> NoReturn:
    raise ParseError(f"{kind} parse error - {problem}")


# --- charsets and text ---------------------------------------------------------------------------


def _codec(kind: str, label: str | None) -> str:
    if label is None:
        return "utf-8"
    if codec := charsets.codec(label):
        return codec
    # A label is printed only where it looks like one.
    named = f'the charset "{label}"' if _LABEL.fullmatch(label) else "the charset"
    _refuse(kind, f"{named} is not known")


def _ascii_codec(kind: str, label: str | None) -> str:
    """The codec of a whole form, whose `&` and `=`, or names and headers, are ASCII."""
    codec = _codec(kind, label)
    if codec in charsets.NOT_ASCII:
        _refuse(kind, f"a form cannot be in {charsets.shown(codec)}, use utf-8")
    return codec


def _decoded_name(kind: str, name: bytes, codec: str) -> str:
    try:
        return _checked_name(kind, charsets.text(name, codec)[0])
    except UnicodeDecodeError:
        _refuse(kind, f"the name of a field is not valid {charsets.shown(codec)}")


def _checked_name(kind: str, name: str) -> str:
    if problem := limits.text_problem(name):
        _refuse(kind, problem)
    return name


@dataclass
class _Field:
    """``charset`` is what the field itself says."""

    name: str
    data: bytes
    charset: str | None = None

    def value(self, kind: str, default: str | None) -> str | RawText:
        stated = self.charset or default
        codec = _codec(kind, stated)
        try:
            text = charsets.text(self.data, codec)[0]
        except UnicodeDecodeError:
            return RawText(self.data, stated)
        if stated is None and _is_wide(self.data):
            return RawText(self.data, None)
        if codec.startswith(("utf-16", "utf-32")):
            text = text.removeprefix("\ufeff")
        # Strictly decoded text has no half surrogate pairs, so NUL is all that PostgreSQL lacks.
        if "\0" in text:
            _refuse(kind, limits.NUL)
        return text


def _is_wide(data: bytes) -> bool:
    """Whether bytes that are valid UTF-8 look like UTF-16 without its mark. A file of subtitles
    may be that, whichever way it comes."""
    head = data[:64]
    return len(data) > 3 and len(data) % 2 == 0 and head.count(0) * 4 > len(head)


def _form(kind: str, fields: list[_Field], charset: str | None) -> Form:
    for field in fields:
        if field.name == _CHARSET_FIELD and field.data.strip():
            charset = field.data.decode("latin-1").strip()
            _ascii_codec(kind, charset)
    form = Form(mutable=True)
    for field in fields:
        form.appendlist(field.name, field.value(kind, charset))
        field.data = b""
    form._mutable = False
    return form


# --- urlencoded ----------------------------------------------------------------------------------


def _pairs(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = 0
    while start < len(data):
        end = data.find(b"&", start)
        end = len(data) if end == -1 else end
        equals = data.find(b"=", start, end)
        middle = end if equals == -1 else equals
        if end > start:
            yield _unquoted(data, start, middle), _unquoted(data, middle + 1, end)
        start = end + 1


def _unquoted(data: bytes, start: int, end: int) -> bytes:
    """``data[start:end]`` without its escapes, a piece at a time. What only looks like an escape
    stays. Python's own function makes an object of every escape, all at once."""
    out = BytesIO()
    while start < end:
        stop = min(start + _STEP, end)
        # No piece ends within an escape.
        if stop < end and (escape := data.rfind(b"%", stop - 2, stop)) != -1:
            stop = escape
        piece = data[start:stop].replace(b"+", b" ")
        out.write(_ESCAPES.sub(_unescaped, piece))
        start = stop
    return out.getvalue()


def _unescaped(escapes: re.Match[bytes]) -> bytes:
    return unhexlify(escapes[0].replace(b"%", b""))


# --- parts ---------------------------------------------------------------------------------------

# What these say is that the bytes are as they are.
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})


@dataclass
class _Part:
    """``filename`` is None for a field. ``raw`` is what came between the boundaries."""

    name: str
    filename: str | None
    content_type: str
    parameters: dict[str, str]
    transfer: str
    raw: BytesIO

    @property
    def charset(self) -> str | None:
        return self.parameters.get("charset") or None

    def body(self) -> BytesIO:
        if self.transfer in _IDENTITY:
            self.raw.seek(0)
            return self.raw
        try:
            # Its lines may have any length, and nothing else may stand between its letters.
            letters = self.raw.getvalue().translate(None, b" \t\r\n")
            return BytesIO(base64.b64decode(letters, validate=True))
        except ValueError:
            _refuse(_PARTS, "a part is not valid base64")

    def field(self) -> _Field:
        data = self.body().getvalue()
        self.raw = BytesIO()
        return _Field(self.name, data, self.charset)

    def file(self) -> InMemoryUploadedFile:
        body = self.body()
        extra: Data = self.parameters
        return InMemoryUploadedFile(
            file=body,
            field_name=self.name,
            name=self.filename,
            content_type=self.content_type,
            size=body.getbuffer().nbytes,
            charset=self.charset,
            content_type_extra=extra,
        )


def _read_parts(stream: CappedStream, boundary: bytes, most: int) -> list[_Part]:
    parser = PushMultipartParser(boundary, max_header_size=MAX_PART_HEADER_BYTES)
    parts: list[_Part] = []
    try:
        for block in _framed(stream, boundary):
            _collect(parser.parse(block), parts, most)
        _collect(parser.parse(b""), parts, most)
    except ParserLimitReached:
        _refuse(_PARTS, "the headers of a part are too long")
    except MultipartError:
        _refuse(_PARTS, "the parts cannot be told apart")
    return parts


def _collect(
    events: Iterable[MultipartSegment | bytes | None], parts: list[_Part], most: int
) -> None:
    for event in events:
        if isinstance(event, MultipartSegment):
            if len(parts) == most:
                _refuse(_PARTS, "too many fields or files")
            parts.append(_part(event))
        elif event is not None:
            parts[-1].raw.write(event)


def _framed(stream: CappedStream, boundary: bytes) -> Iterator[bytes]:
    """The body from its first boundary to its last one, in pieces.

    The parser lets anything stand before and after, and does not tell. What stands there would be
    lost, so only the ends of lines may.
    """
    buffer = stream.read(_STEP)
    if buffer.startswith(b"--" + boundary):
        buffer = b"\r\n" + buffer
    if not buffer.startswith(b"\r\n--" + boundary):
        _refuse(_PARTS, "the body does not begin with its boundary")
    last = b"\r\n--" + boundary + b"--"
    keep = len(last) - 1
    while (found := buffer.find(last)) == -1:
        block = stream.read(_STEP)
        if not block:
            _refuse(_PARTS, "the body ends before its last boundary")
        if len(buffer) > keep:
            yield buffer[:-keep]
        buffer = buffer[-keep:] + block
    yield buffer[: found + len(last)]
    rest = buffer[found + len(last) :]
    while rest:
        if rest.strip(b" \t\r\n"):
            _refuse(_PARTS, "something follows the last boundary")
        rest = stream.read(_STEP)


def _part(segment: MultipartSegment) -> _Part:
    headers = dict(segment.headerlist)
    if len(headers) < len(segment.headerlist):
        _refuse(_PARTS, "a header of a part is repeated")
    disposition = _parameters(headers["Content-Disposition"])[1]
    content_type, parameters = _parameters(headers.get("Content-Type", ""))
    if "name" not in disposition:
        _refuse(_PARTS, "a part has no name")
    transfer = headers.get("Content-Transfer-Encoding", "").strip().lower()
    if transfer not in _IDENTITY and transfer != "base64":
        _refuse(_PARTS, "the Content-Transfer-Encoding of a part is not supported, use binary")
    if content_type.startswith("multipart/"):
        _refuse(_PARTS, "parts within a part are not supported")
    part = _Part(
        name=_checked_name(_PARTS, disposition["name"].strip()),
        # An empty one is what a browser sends where no file was chosen.
        filename=_file_name(disposition.get("filename") or None),
        content_type=content_type,
        parameters=parameters,
        transfer=transfer,
        raw=BytesIO(),
    )
    _codec(_PARTS, part.charset)
    return part


def _parameters(header: str) -> tuple[str, dict[str, str]]:
    if header.count(";") <= MAX_PARAMETERS:
        with suppress(ValueError, LookupError):
            return parse_header_parameters(header)
    _refuse(_PARTS, "a header of a part is malformed")


def _file_name(sent: str | None) -> str | None:
    """The last step of a path, of what can be printed. It is never the name of a file of ours."""
    if sent is None:
        return None
    base = html.unescape(sent).replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in base if char.isprintable())
    return "file" if name in ("", ".", "..") else name

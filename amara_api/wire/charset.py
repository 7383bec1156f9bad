"""From bytes to text, through a short list of encodings.

Python knows a hundred codecs, some of which decompress (`zlib_codec`) or reinterpret (`utf-7`). A
name sent by a client is looked up here and nowhere else.
"""

from __future__ import annotations

import codecs

from amara_api.wire.errors import WireError

_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


def codec(name: str, fmt: str) -> str:
    """The Python codec for a charset a client named, or WireError."""
    try:
        return _CODECS[name.strip().strip("\"'").lower()]
    except KeyError:
        raise WireError(fmt, "this charset is not supported, use utf-8") from None


def decode(data: bytes, charset: str | None, fmt: str) -> str:
    """Text of `data`, without its byte order mark.

    `charset` is what the Content-Type said. Without one the byte order mark decides, and without
    that it is UTF-8.
    """
    if charset:
        name = codec(charset, fmt)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    else:
        name = "utf-8"
    if name == "utf-8" and data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        label = "utf-8" if name == "utf-8" else "its charset"
        raise WireError(fmt, f"the body is not valid {label} at byte {error.start}") from None
    return text.removeprefix("\ufeff") if name.startswith("utf-16") else text

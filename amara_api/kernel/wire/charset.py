"""From bytes to text, as a body states its charset."""

from __future__ import annotations

import codecs

from amara_api.kernel import charsets
from amara_api.kernel.wire.errors import WireError


def codec(name: str, fmt: str) -> str:
    """The Python codec for a charset a client named, or WireError."""
    found = charsets.codec(name)
    if found is None:
        raise WireError(fmt, "this charset is not supported, use utf-8")
    return found


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
    try:
        text = charsets.text(data, name)[0]
    except UnicodeDecodeError as error:
        label = charsets.shown(name)
        raise WireError(fmt, f"the body is not valid {label} at byte {error.start}") from None
    return text.removeprefix("\ufeff") if name.startswith("utf") else text

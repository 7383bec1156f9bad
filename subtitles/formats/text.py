"""From bytes to clean text with one kind of line end, and the guard that keeps text from becoming
structure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import replace

from .charset import guess
from .model import FormatError, Note, Span, Track, flow, one_line

# An invisible character; put where text would be read as structure, and taken out again on reading.
GUARD = "\u200b"

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r") + b"\x7f"
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_EXPAT_KNOWS = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes | str) -> tuple[str, list[Note]]:
    """The text of a file, by its byte order mark, as UTF-8, or as the bytes look; and notes."""
    if isinstance(data, str):
        return data.lstrip("\ufeff"), []
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = data.decode(encoding, "replace").lstrip("\ufeff")
            damaged = encoding != "utf-8" and "\ufffd" in text
            return text, [Note(None, f"damaged {encoding.upper()} text")] if damaged else []
    if b"\0" in data[:64] and data[:64].count(0) * 4 > min(len(data), 64):
        return data.decode(guess(data), "replace"), [Note(None, f"read as {guess(data)}")]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        encoding = guess(data)
        return data.decode(encoding, "replace"), [Note(None, f"read as {encoding}")]


def xml_bytes(data: bytes | str) -> tuple[bytes, str | None]:
    """What to hand to expat: bytes, and the encoding where the file's own word does not count."""
    if isinstance(data, str):
        return _SURROGATES.sub("\ufffd", data).lstrip("\ufeff \t\r\n").encode(), "utf-8"
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace").lstrip("\ufeff \t\r\n").encode(), "utf-8"
    data = data.lstrip(b" \t\r\n")
    declared = _DECLARED.match(data)
    if declared:
        encoding = declared[1].decode("ascii").lower()
        try:
            # Only codecs that make text of bytes; "rot13" and "zlib" are codecs too.
            if encoding not in _EXPAT_KNOWS and codecs.lookup(encoding)._is_text_encoding:
                return data.decode(encoding).encode(), "utf-8"
        except (LookupError, UnicodeError):
            pass
    return data, None


def unfit(text: str) -> bool:
    """Whether the text holds characters that no XML file, and no subtitle, may hold."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return True
    # Several times faster than a regular expression over the text.
    return len(raw.translate(None, _CONTROLS)) != len(raw) or (
        (b"\xef\xbf" in raw or b"\xef\xbb\xbf" in raw) and _UNFIT.search(text) is not None
    )


def clean(text: str) -> str:
    """Control characters dropped, lone surrogates replaced."""
    return _UNFIT.sub("", _SURROGATES.sub("\ufffd", text)) if unfit(text) else text


def lines(text: str) -> str:
    """CRLF and CR as LF. Nothing else ends a line: not U+2028, U+0085, VT or FF."""
    if "\r" not in text:
        return text
    # CRCRLF is what a careless program makes of CRLF, not an empty line.
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def checked(write: Callable[[Track], str], track: Track) -> str:
    """What `write` makes of a track, with nothing in it that a file may not hold.

    Writers end lines with LF. A track built by hand may hold anything, so it is cleaned first
    when the outcome shows the need.
    """
    out = write(track)
    return write(tidied(track)) if "\r" in out or unfit(out) else out


def tidied(track: Track) -> Track:
    """The track without the characters that no file may hold, and with LF alone."""

    def tidy(text: str) -> str:
        return clean(lines(text))

    def span(s: Span) -> Span:
        voice = one_line(tidy(s.voice)) or None if s.voice else None
        return s._replace(text=tidy(s.text), voice=voice, ruby=tidy(s.ruby) if s.ruby else None)

    return replace(
        track,
        cues=tuple(c._replace(content=flow(span(s) for s in c.spans)) for c in track.cues),
        language=tidy(track.language),
        title=tidy(track.title),
        description=tidy(track.description),
        comments=tuple(c._replace(text=tidy(c.text)) for c in track.comments),
    )


def read(data: bytes | str) -> tuple[str, list[Note]]:
    """Decoded, cleaned text with LF line ends."""
    text, notes = decode(data)
    return clean(lines(text)), notes


def line_at(text: str, position: int) -> int:
    """The number, from 1, of the line this position lies in."""
    return text.count("\n", 0, position) + 1


def nothing_found(text: str, format: str, like_a_time: re.Pattern[str]) -> FormatError:
    """What to say of a file without one readable time: where a person would begin to look."""
    time = like_a_time.search(text)
    if time is not None:
        return FormatError("a time that cannot be read", line_at(text, time.start()), format)
    words = len(text) - len(text.lstrip())
    line = line_at(text, words) if words < len(text) else None
    return FormatError(f"no subtitles in this {format.upper()} file", line, format)


def guards(*risks: tuple[str, str]) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Two functions: one guards text on writing, the other takes the guards out on reading.

    A risk is a pair of patterns, a lead and what makes it dangerous when it follows; the guard
    goes between. Where the text holds guards already it gets one more, so that it comes back
    exactly as it was.
    """
    danger = re.compile("|".join(f"{lead}(?={GUARD}*+{rest})" for lead, rest in risks), re.M)
    undo = re.compile("|".join(f"{lead}{GUARD}(?={GUARD}*+{rest})" for lead, rest in risks), re.M)

    def guard(text: str) -> str:
        return danger.sub(rf"\g<0>{GUARD}", text)

    def unguard(text: str) -> str:
        return undo.sub(lambda m: m.group()[:-1], text) if GUARD in text else text

    return guard, unguard


def has_blank_line(text: str) -> bool:
    """Whether a line has nothing in it; quicker than asking the pattern below."""
    return not all(map(str.strip, text.split("\n")))


# A line with nothing to see in it would end the cue.
BLANK_LINE = ("^", rf"(?:{GUARD}|[^\S\n])*+$")
ARROW = ("--", ">")

"""From bytes to clean text with one kind of line end, and the guard that keeps text from becoming
structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from . import charset
from .columns import Columns, columns_of
from .model import USUAL, FormatError, Note, Notes, Rules, Span, Track, flow, one_line

# An invisible character; put where text would be read as structure, and taken out again on reading.
GUARD = "\u200b"

_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r") + b"\x7f"
_BEYOND = "\ufeff\ufffe\uffff"
_UNFIT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f{_BEYOND}]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes | str, rules: Rules = USUAL) -> tuple[str, list[Note]]:
    """The text of a file, and notes: as the rules state it, by its byte order mark, as UTF-8, or
    as its language is written. Raises FormatError where none of these fits."""
    if isinstance(data, str):
        return charset.decode_text(data, rules)
    return charset.decode(data, rules)


def xml_bytes(data: bytes | str, rules: Rules = USUAL) -> tuple[bytes, list[Note]]:
    """An XML file in UTF-8 for expat, and notes; what it says of its encoding no longer counts.

    Raises FormatError where bytes do not fit the charset stated, marked or declared.
    """
    if isinstance(data, str):
        text, notes = charset.without_damage(data, rules)
        return _SURROGATES.sub("\ufffd", text).lstrip("\ufeff \t\r\n").encode(), notes
    found, notes = charset.decode_xml(data, rules)
    return (found if isinstance(found, bytes) else found.encode()).lstrip(b" \t\r\n"), notes


def unfit(text: str) -> bool:
    """Whether the text holds characters that no XML file, and no subtitle, may hold."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return True
    # Several times faster than a regular expression over the text.
    return len(raw.translate(None, _CONTROLS)) != len(raw) or (
        len(raw) != len(text) and any(character in text for character in _BEYOND)
    )


def clean(text: str) -> str:
    """Control characters dropped, lone surrogates replaced."""
    return _UNFIT.sub("", _SURROGATES.sub("\ufffd", text)) if unfit(text) else text


_CR = re.compile(r"\r(?!\n)")


def lines(text: str) -> str:
    """CRLF and CR as LF. Nothing else ends a line: not U+2028, U+0085, VT or FF."""
    if "\r" not in text:
        return text
    if not _CR.search(text):
        # As most files are, at a fifth of the time.
        return text.replace("\r", "")
    # CRCRLF is what a careless program makes of CRLF, not an empty line.
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def checked(write: Callable[[Columns], str], cues: Track | Columns) -> str:
    """What `write` makes of a track that has nothing in its words that a file may not hold.

    A track built by hand may hold anything, and is cleaned where there is need.
    """
    columns = columns_of(cues)
    about = columns.about
    words = [*columns.texts, about.language, about.title, about.description]
    words += [comment.text for comment in about.comments]
    for spans in columns.rich.values():
        for text, _, _, voice, ruby in spans:
            words += [text, voice or "", ruby or ""]
    whole = "\n".join(words)
    if "\r" in whole or unfit(whole):
        columns = columns_of(tidied(columns.track()))
    return write(columns)


def with_crlf(texts: Iterable[str]) -> list[str]:
    """The texts with CRLF where a line ends."""
    return [text.replace("\n", "\r\n") if "\n" in text else text for text in texts]


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


def read(data: bytes | str, rules: Rules = USUAL) -> tuple[str, list[Note]]:
    """Decoded, cleaned text with LF line ends."""
    text, notes = decode(data, rules)
    return clean(lines(text)), notes


class Lines:
    """Tells the line of a place in a text; quick where places are asked for in their order."""

    def __init__(self, text: str, each: int = 1) -> None:
        self.text = text
        self.each = each  # lines of the file for one of the text
        self._place = self._line = 0

    def at(self, place: int) -> int:
        """The number, from 1."""
        if place < self._place:
            self._place = self._line = 0
        self._line += self.text.count("\n", self._place, place)
        self._place = place
        return self._line * self.each + 1


_NEIGHBOURS = re.compile(r"\S[^\S\n]*\n[^\S\n]*\S")
_PAIR = re.compile(r"\n[^\S\n]*\n")


def single_spaced(text: str, notes: Notes) -> tuple[str, Lines]:
    """The text, where every line has a blank one behind it without that one."""
    if _NEIGHBOURS.search(text) or not _PAIR.search(text.strip()):
        return text, Lines(text)
    notes.said("a blank line behind every line, passed over")
    text = _PAIR.sub("\n", text)
    return text, Lines(text, 2)


def nothing_found(
    text: str, format: str, like_a_time: re.Pattern[str], lines: Lines | None = None
) -> FormatError:
    """What to say of a file without one readable time: where a person would begin to look."""
    lines = lines or Lines(text)
    time = like_a_time.search(text)
    if time is not None:
        return FormatError("a time that cannot be read", lines.at(time.start()), format)
    words = len(text) - len(text.lstrip())
    line = lines.at(words) if words < len(text) else None
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


_INDENTED = re.compile(r"\n\s")


def with_blank_lines(texts: Sequence[str]) -> list[int]:
    """The indexes of the texts of several lines of which one is blank."""
    several = [text for text in texts if "\n" in text]
    # A blank line begins with white space or the end of a line.
    if not _INDENTED.search("\n".join(["", *several, ""])):
        return []
    return [n for n, text in enumerate(texts) if "\n" in text and has_blank_line(text)]


# A line with nothing to see in it would end the cue.
BLANK_LINE = ("^", rf"(?:{GUARD}|[^\S\n])*+$")
ARROW = ("--", ">")

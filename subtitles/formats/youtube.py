"""YouTube's timed text, the XML its players load; read only."""

from __future__ import annotations

from pyexpat import ErrorString, ExpatError, ParserCreate

from .markup import unescape, untag
from .model import USUAL, Cue, FormatError, Rules, Track, opened
from .text import clean, xml_bytes


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read `<text start dur>` (seconds), `<text t d>` or `<p t d>` (milliseconds)."""
    cues: list[Cue] = []
    words: list[str] = []
    times: tuple[int | None, int | None] | None = None
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal times, depth
        depth += 1
        if depth > rules.max_depth:
            raise FormatError(f"elements more than {rules.max_depth} deep", format="youtube")
        if depth == 1 and name not in ("transcript", "timedtext"):
            raise FormatError("the file is XML, but no YouTube timed text", format="youtube")
        if name == "text" and "start" in attributes:
            times = _span(attributes["start"], attributes.get("dur"), 1000)
        elif name in ("text", "p"):
            times = _span(attributes.get("t"), attributes.get("d"), 1)
        elif name == "br" and times is not None:
            words.append("\n")

    def end(name: str) -> None:
        nonlocal times, depth
        depth -= 1
        if name in ("text", "p") and times is not None:
            # The text is escaped twice: once for XML, once as HTML.
            cues.append(Cue(*times, untag(clean("".join(words)), unescape)))
            words.clear()
            times = None

    def text(data: str) -> None:
        if times is not None:
            words.append(data)

    source, notes = xml_bytes(data, rules)
    parser = ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(source, True)
    except ExpatError as error:
        raise FormatError(f"not XML: {ErrorString(error.code)}", error.lineno, "youtube") from None
    if not cues:
        raise FormatError("no subtitles in this YouTube file", format="youtube")
    return Track(opened(cues), notes=tuple(notes))


def _refuse(*_: object) -> None:
    raise FormatError("a document type declaration is not accepted", format="youtube")


def _span(start: str | None, length: str | None, scale: int) -> tuple[int | None, int | None]:
    begin, lasts = _number(start, scale), _number(length, scale)
    return begin, None if begin is None or lasts is None else begin + lasts


def _number(value: str | None, scale: int) -> int | None:
    try:
        number = float((value or "")[:30])
    except ValueError:
        return None
    return round(number * scale) if 0 <= number < 1e9 else None

"""SubRip: an index, a time line, text, a blank line."""

from __future__ import annotations

import re
from itertools import repeat

from .markup import Overrides, looks, nest, place_of, position_of, tags_of, untag
from .model import (
    BOLD,
    ITALIC,
    MAX_NOTES,
    UNDERLINE,
    USUAL,
    Content,
    Cue,
    Rules,
    Span,
    Track,
    flow,
    lost,
    opened,
)
from .text import (
    BLANK_LINE,
    GUARD,
    checked,
    guards,
    has_blank_line,
    line_at,
    nothing_found,
    read,
)
from .timecode import HOUR, MILLI, MINUTE_SECOND, clock, milliseconds

UNSYNCED = 359_999_999  # 99:59:59,999
_new = tuple.__new__


# What every tool writes; a time line like this costs half of what the patient pattern does.
_CLOCK = r"([0-9]{2}):([0-5][0-9]:[0-5][0-9]),([0-9]{3})"
_PLAIN = {
    indexed: re.compile(rf"^{index}{_CLOCK} --> {_CLOCK}$", re.M)
    for indexed, index in ((True, r"(?:[0-9]{1,9}\n)?"), (False, ""))
}
# What people write: one digit or many (never enough to be slow), no hours, a point for the comma,
# spaces or none, a short fraction or none, a minus, coordinates behind, a blank line in between.
_LOOSE_CLOCK = (
    r"(-?)(?:([0-9]{1,9}+)[ \t]?:[ \t]?)?([0-9]{1,9}+)[ \t]?:[ \t]?([0-9]{1,9}+)"
    r"(?:[ \t]?[,.:;][ \t]?([0-9]{0,9}+))?[0-9]{0,99}+"
)
_LOOSE = {
    indexed: re.compile(
        rf"^{index}[ \t]*+{_LOOSE_CLOCK}[ \t]*+-{{1,3}}>[ \t]*+{_LOOSE_CLOCK}(?:[ \t][^\n]*)?$",
        re.M,
    )
    for indexed, index in ((True, r"(?:[ \t]*+[0-9]{1,9}[ \t]*+\n(?:[ \t]*+\n)?)?"), (False, ""))
}
_LIKE_A_TIME = re.compile(r"^[ \t]*+-?[0-9][^\n>]{0,80}-->", re.M)

# A number at the end would be taken for the index of what follows, by others if not by us.
_guard, _unguard = guards(
    BLANK_LINE,
    ("^", r"[0-9]+[ \t]*\Z"),
    ("-", ">"),  # one dash is read as an arrow too
    ("<", "[/a-zA-Z]"),
    (r"\{", r"\\"),
    (r"\{", "[A-Za-z]:"),
)
_BLOCK = re.compile(r"\{\\([^{}\n]*)\}")


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SubRip.

    Text before the first time line and a time line that cannot be read are errors; with
    `salvage` they are notes, and the unreadable line stays in the text. A time of 99:59:59,999 is
    none, a negative one is nought.
    """
    text, notes = read(data)
    first = _LOOSE[True].search(text)
    if first is None:
        raise nothing_found(text, "srt", _LIKE_A_TIME)
    before = text[: first.start()].strip()
    if before:
        line = line_at(text, text.index(before))
        notes.append(lost("text before the first subtitle", line, "srt", rules.salvage))
    # Only a file that numbers its cues has numbers that are not text.
    indexed = "\n" in first.group()
    cues: list[Cue] = []
    parts = _PLAIN[indexed].split(text)
    arrows = text.count("->")
    if arrows == len(parts) // 7:
        fields = iter(parts)
        next(fields)
        for h1, m1, f1, h2, m2, f2, body in zip(*repeat(fields, 7), strict=True):
            start: int | None = HOUR[h1] + MINUTE_SECOND[m1] + MILLI[f1]
            end: int | None = HOUR[h2] + MINUTE_SECOND[m2] + MILLI[f2]
            if end == UNSYNCED:
                end = None
            if start == UNSYNCED:
                start = None
            body = body.strip(" \t\n")
            if "<" in body or "{" in body or GUARD in body:
                cues.append(_rich(start, end, body))
            else:
                cues.append(_new(Cue, (start, end, body, False, None, None, None, None)))
        return Track(opened(cues), notes=tuple(notes))
    for m in _LIKE_A_TIME.finditer(text):
        if len(notes) < MAX_NOTES and not _LOOSE[False].match(text, m.start()):
            line = line_at(text, m.start())
            notes.append(lost("a time that cannot be read", line, "srt", rules.salvage))
    fields = iter(_LOOSE[indexed].split(text))
    next(fields)
    for s1, h1, m1, c1, f1, s2, h2, m2, c2, f2, body in zip(*repeat(fields, 11), strict=True):
        start = 0 if s1 else milliseconds(h1, m1, c1, f1)
        end = 0 if s2 else milliseconds(h2, m2, c2, f2)
        cues.append(
            _rich(
                None if start == UNSYNCED else start,
                None if end == UNSYNCED else end,
                body.strip(" \t\n"),
            )
        )
    return Track(opened(cues), notes=tuple(notes))


def _rich(start: int | None, end: int | None, body: str) -> Cue:
    place = Overrides()
    if "{\\" in body:
        body = _BLOCK.sub(lambda m: _as_tags(place, m[1]), body)
    region, align = place_of(place.align)
    content: Content = untag(body, _unguard) if "<" in body else flow([Span(_unguard(body))])
    return Cue(start, end, content, False, region, align)


def _as_tags(state: Overrides, block: str) -> str:
    """An override block as the tags that say the same."""
    style, color = state.style, state.color
    state.apply("\\" + block)
    out = ""
    for bit, name in ((BOLD, "b"), (ITALIC, "i"), (UNDERLINE, "u")):
        if (style ^ state.style) & bit:
            out += f"<{name}>" if state.style & bit else f"</{name}>"
    if state.color != color:
        out += f'<font color="{state.color}">' if state.color else "</font>"
    return out


def _tags(span: Span) -> list[tuple[str, str]]:
    tags = tags_of(span.style)
    if span.color:
        tags.insert(0, (f'<font color="{span.color}">', "</font>"))
    return tags


def _write(track: Track) -> str:
    out = []
    for number, (start, end, content, _, region, align, _, _) in enumerate(track.cues, 1):
        if not isinstance(content, str):
            content = looks(content)
        if not isinstance(content, str):
            text = nest(content, _tags, lambda span: _guard(span.text))
        elif content and (
            "<" in content
            or "{" in content
            or ("\n" in content and has_blank_line(content))
            or "->" in content
            or GUARD in content
            or content[-1] in "0123456789 \t"
        ):
            text = _guard(content)
        else:
            text = content
        if region or align:
            text = f"{{\\an{position_of(region, align)}}}{text}"
        a = clock(UNSYNCED if start is None else start, ",")
        b = clock(UNSYNCED if end is None else end, ",")
        out.append(f"{number}\n{a} --> {b}\n{text}\n")
    return "\n".join(out)


def dump(track: Track) -> str:
    """Write SubRip: CRLF, numbered from 1, `{\\an8}` for the top."""
    return checked(_write, track).replace("\n", "\r\n")

"""SubViewer as YouTube writes it: two times on a line, text, a blank line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice, repeat

from .model import MAX_NOTES, USUAL, Cue, Note, Rules, Track, lost, opened
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
from .timecode import HOUR, MILLI, MINUTE_SECOND, milliseconds, short_clock

UNSYNCED = 35_999_000  # 9:59:59.000
_new = tuple.__new__

# What every tool writes; a time line like this costs half of what the patient pattern does.
_SIMPLE = r"([0-9]{1,2}):([0-5][0-9]:[0-5][0-9])\.([0-9]{3})"
_PLAIN = re.compile(rf"^{_SIMPLE},{_SIMPLE}$", re.M)
_CLOCK = r"(-?)(?:([0-9]{1,9}+):)?([0-9]{1,9}+):([0-9]{1,9}+)(?:[.]([0-9]{1,9}+)[0-9]{0,99}+)?"
_TIMES = re.compile(rf"^[ \t]*+{_CLOCK}[ \t]*+,[ \t]*+{_CLOCK}[ \t]*+$", re.M)
_LIKE_TIMES = r"[ \t]*-?[0-9]{1,9}:[0-9]{1,9}(?:[:.][^\n,]{1,40})?[ \t]*,[ \t]*-?[0-9]{1,9}:[0-9]"
_LIKE_A_TIME = re.compile(f"^{_LIKE_TIMES}", re.M)
# SubViewer's header: [INFORMATION], [TITLE] and so on, up to [SUBTITLE] and a line of colours.
_HEADER = re.compile(r"[ \t\n]*\[[^\n]*")
_BREAK = re.compile(r"\[br\]", re.I)

_BLANK = re.compile(r"\n[ \t]*+\n\s*+")

_guard, _unguard = guards(BLANK_LINE, (r"\[", r"[bB][rR]\]"), ("^", _LIKE_TIMES))


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SBV.

    A blank line ends a cue. Text that then follows without a time, and times that cannot be read,
    are errors; with `salvage` they are left out and noted. A time of 9:59:59.000 is none, a
    negative one is nought.
    """
    text, notes = read(data)
    found = _TIMES.search(text)
    if found is None:
        raise nothing_found(text, "sbv", _LIKE_A_TIME)
    head = text[: found.start()].strip()
    if head and not _HEADER.match(head):
        line = line_at(text, text.index(head))
        notes.append(lost("text before the first subtitle", line, "sbv", rules.salvage))
    parts = _PLAIN.split(text)
    times: Iterable[tuple[int, int]]
    if any(":" in body and _LIKE_A_TIME.search(body) for body in parts[::7]):
        times, bodies = _patiently(text, notes, rules)
    else:
        bodies = parts[7::7]
        times = [
            (HOUR[h1] + MINUTE_SECOND[m1] + MILLI[f1], HOUR[h2] + MINUTE_SECOND[m2] + MILLI[f2])
            for h1, m1, f1, h2, m2, f2 in zip(*(parts[n::7] for n in range(1, 7)), strict=True)
        ]
    cues: list[Cue] = []
    for (start, end), body in zip(times, bodies, strict=True):
        body = body.strip(" \t\n")
        if "\n" in body and has_blank_line(body):
            body, *rest = _BLANK.split(body, maxsplit=1)
            if rest and len(notes) < MAX_NOTES:
                line = line_at(text, text.index(rest[0], _nth(text, len(cues))))
                notes.append(lost("text that belongs to no subtitle", line, "sbv", rules.salvage))
        if "[" in body:
            body = _BREAK.sub("\n", body).strip(" \t\n")
        if GUARD in body:
            body = _unguard(body).strip(" \t\n")
        begin = None if start == UNSYNCED else start
        finish = None if end == UNSYNCED else end
        cues.append(_new(Cue, (begin, finish, body, False, None, None, None, None)))
    return Track(opened(cues), notes=tuple(notes))


def _patiently(
    text: str, notes: list[Note], rules: Rules
) -> tuple[list[tuple[int, int]], list[str]]:
    """The times and the texts of a file written by hand, or by a program of its own mind."""
    for m in _LIKE_A_TIME.finditer(text):
        if len(notes) < MAX_NOTES and not _TIMES.match(text, m.start()):
            line = line_at(text, m.start())
            notes.append(lost("a time that cannot be read", line, "sbv", rules.salvage))
    fields = iter(_TIMES.split(text))
    next(fields)
    times, bodies = [], []
    for s1, h1, m1, c1, f1, s2, h2, m2, c2, f2, body in zip(*repeat(fields, 11), strict=True):
        start = 0 if s1 else milliseconds(h1, m1, c1, f1)
        end = 0 if s2 else milliseconds(h2, m2, c2, f2)
        times.append((start, end))
        bodies.append(body)
    return times, bodies


def _nth(text: str, number: int) -> int:
    """Where the time line of this cue ends; only errors need to know."""
    return next(islice(_TIMES.finditer(text), number, None)).end()


def _write(track: Track) -> str:
    out = []
    for cue in track.cues:
        start, end, content, *_ = cue
        text = content if content.__class__ is str else cue.plain_text
        if "[" in text or ":" in text or GUARD in text or ("\n" in text and has_blank_line(text)):
            text = _guard(text)
        a = short_clock(UNSYNCED if start is None else start)
        b = short_clock(UNSYNCED if end is None else end)
        out.append(f"{a},{b}\n{text}\n")
    return "\n".join(out)


def dump(track: Track) -> str:
    """Write SBV: CRLF, times in full, plain words."""
    return checked(_write, track).replace("\n", "\r\n")

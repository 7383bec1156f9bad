"""SubViewer as YouTube writes it: two times on a line, text, a blank line."""

from __future__ import annotations

import re
from itertools import islice, repeat

from .model import MAX_NOTES, Cue, FormatError, Track, lost, opened, with_reading
from .text import BLANK_LINE, GUARD, checked, guards, line_at, read
from .timecode import milliseconds, short_clock

UNSYNCED = 35_999_000  # 9:59:59.000
_new = tuple.__new__

_CLOCK = r"(-?)(?:([0-9]{1,9}+):)?([0-9]{1,9}+):([0-9]{1,9}+)(?:[.]([0-9]{1,9}+)[0-9]{0,99}+)?"
_TIMES = re.compile(rf"^[ \t]*+{_CLOCK}[ \t]*+,[ \t]*+{_CLOCK}[ \t]*+$", re.M)
_LIKE_TIMES = r"[ \t]*-?[0-9]{1,9}:[0-9]{1,9}[:.][^\n,]{1,40},[ \t]*-?[0-9]{1,9}:[0-9]"
_LIKE_A_TIME = re.compile(f"^{_LIKE_TIMES}", re.M)
# SubViewer's header: [INFORMATION], [TITLE] and so on, up to [SUBTITLE] and a line of colours.
_HEADER = re.compile(r"[ \t\n]*\[[^\n]*")
_BREAK = re.compile(r"\[br\]", re.I)

_BLANK = re.compile(r"\n[ \t]*+\n\s*+")

_guard, _unguard = guards(BLANK_LINE, (r"\[", r"[bB][rR]\]"), ("^", _LIKE_TIMES))


def load(data: bytes | str, *, strict: bool = False, salvage: bool = False) -> Track:
    """Read SBV.

    A blank line ends a cue. Text that then follows without a time, and times that cannot be read,
    are errors; with `salvage` they are left out and noted. A time of 9:59:59.000 is none, a
    negative one is nought.
    """
    text, notes = read(data)
    found = _TIMES.search(text)
    if found is None:
        raise FormatError("no subtitles in this SBV file", format="sbv")
    head = text[: found.start()].strip()
    if head and not _HEADER.match(head):
        line = line_at(text, text.index(head))
        notes.append(lost("text before the first subtitle", line, "sbv", salvage))
    for m in _LIKE_A_TIME.finditer(text):
        if len(notes) < MAX_NOTES and not _TIMES.match(text, m.start()):
            line = line_at(text, m.start())
            notes.append(lost("a time that cannot be read", line, "sbv", salvage))
    fields = iter(_TIMES.split(text))
    next(fields)
    cues: list[Cue] = []
    for s1, h1, m1, c1, f1, s2, h2, m2, c2, f2, body in zip(*repeat(fields, 11), strict=True):
        begin = 0 if s1 else milliseconds(h1, m1, c1, f1)
        finish = 0 if s2 else milliseconds(h2, m2, c2, f2)
        body = body.strip(" \t\n")
        if "\n" in body:
            body, *rest = _BLANK.split(body, 1)
            if rest and len(notes) < MAX_NOTES:
                line = line_at(text, text.index(rest[0], _nth(text, len(cues))))
                notes.append(lost("text that belongs to no subtitle", line, "sbv", salvage))
        if "[" in body:
            body = _BREAK.sub("\n", body)
        if GUARD in body:
            body = _unguard(body)
        cues.append(
            _new(
                Cue,
                (
                    None if begin == UNSYNCED else begin,
                    None if finish == UNSYNCED else finish,
                    body.strip(" \t\n"),
                    False,
                    None,
                    None,
                ),
            )
        )
    return Track(opened(cues), notes=tuple(notes))


def _nth(text: str, number: int) -> int:
    """Where the time line of this cue ends; only errors need to know."""
    return next(islice(_TIMES.finditer(text), number, None)).end()


def _write(track: Track) -> str:
    out = []
    for start, end, content, *_ in track.cues:
        if content.__class__ is str:
            text: str = content
        else:
            text = "".join(map(with_reading, content))  # type: ignore[arg-type]
        if "\n" in text or "[" in text or ":" in text or GUARD in text:
            text = _guard(text)
        a = short_clock(UNSYNCED if start is None else start)
        b = short_clock(UNSYNCED if end is None else end)
        out.append(f"{a},{b}\n{text}\n")
    return "\n".join(out)


def dump(track: Track) -> str:
    """Write SBV: CRLF, times in full, plain words."""
    return checked(_write, track).replace("\n", "\r\n")

"""SubViewer as YouTube writes it: two times on a line, text, a blank line."""

from __future__ import annotations

import re
from functools import partial
from itertools import repeat

from .columns import Columns, holding, woven
from .model import USUAL, Cue, Notes, Rules, Track, opened, with_reading
from .text import (
    BLANK_LINE,
    GUARD,
    checked,
    guards,
    nothing_found,
    read,
    single_spaced,
    with_blank_lines,
    with_crlf,
)
from .timecode import (
    BEHIND,
    HOUR,
    MILLI,
    MINUTE_SECOND,
    clock_columns,
    fractions,
    milliseconds,
)

UNSYNCED = 35_999_000  # 9:59:59.000
_new = tuple.__new__

# What every tool writes; a time line like this costs half of what the patient pattern does.
_SIMPLE = r"([0-9]{1,2}):([0-5][0-9]:[0-5][0-9])\.([0-9]{3})"
_PLAIN = re.compile(rf"^{_SIMPLE},{_SIMPLE}$", re.M)
# What people write: hours or none, a short fraction or none, a comma for the point, text behind.
_HEAD = r"(-?)(?:([0-9]{1,9}+):)?([0-9]{1,9}+):([0-9]{1,9}+)"
_TIMES = re.compile(
    rf"^[ \t]*+{_HEAD}(?:(?:[.]([0-9]{{1,9}}+)|,([0-9]{{3}})(?=[ \t]*+,))[0-9]{{0,99}}+)?[ \t]*+,"
    rf"[ \t]*+{_HEAD}(?:[.,]([0-9]{{1,9}}+)[0-9]{{0,99}}+)?{BEHIND}$",
    re.M,
)
_LIKE_TIMES = r"[ \t]*-?[0-9]{1,9}:[0-9]{1,9}(?:[:.][^\n,]{1,40})?[ \t]*,[ \t]*-?[0-9]{1,9}:[0-9]"
_LIKE_A_TIME = re.compile(f"^{_LIKE_TIMES}", re.M)
# SubViewer's header: [INFORMATION], [TITLE] and so on, up to [SUBTITLE] and a line of colours.
_HEADER = re.compile(
    r"\[(?:INFORMATION|TITLE|AUTHOR|SOURCE|PRG|FILEPATH|DELAY|CD TRACK|COMMENT|END INFORMATION"
    r"|SUBTITLE|COLF|STYLE|SIZE|FONT)\]",
    re.I,
)
_BREAK = re.compile(r"\[br\]", re.I)

# What a time line begins with, alone on its line: the file was cut off, or damaged there.
_PART = re.compile(r"^[ \t]*[0-9]{1,9}:[0-9]{1,2}:[0-9]{1,2}[0-9:., \t]*$", re.M)
_BAD_TIME = "a time that cannot be read"

_guard, _unguard = guards(
    BLANK_LINE, (r"\[", r"[bB][rR]\]"), ("^", _LIKE_TIMES), ("^", _PART.pattern[1:])
)


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SBV.

    Everything up to the next time belongs to a cue, blank lines too. Text before the first time,
    and times that cannot be read, are errors; with `salvage` they are left out and noted, with
    the text below them. A time of 9:59:59.000 is none, a negative one is nought.
    """
    text, noted = read(data, rules)
    notes = Notes("sbv", rules)
    notes.take(noted)
    cues = _quickly(text)
    if cues is None:
        cues = _carefully(text, notes)
    return Track(opened(cues), notes=notes.all())


def _quickly(text: str) -> list[Cue] | None:
    """The cues of a file as every tool writes it; None where anything in it asks for care."""
    fields = iter(_PLAIN.split(text))
    if next(fields).strip(" \t\n"):
        return None
    cues = []
    for h1, m1, f1, h2, m2, f2, body in zip(*repeat(fields, 7)):
        if body[1:2] == "\n" or (":" in body and _suspicious(body)):
            return None
        start: int | None = HOUR[h1] + MINUTE_SECOND[m1] + MILLI[f1]
        end: int | None = HOUR[h2] + MINUTE_SECOND[m2] + MILLI[f2]
        if start == UNSYNCED:
            start = None
        if end == UNSYNCED:
            end = None
        cues.append(_new(Cue, (start, end, _words(body), False, None, None, None, None)))
    return cues or None


def _suspicious(body: str) -> bool:
    return _LIKE_A_TIME.search(body) is not None or _PART.search(body) is not None


def _words(body: str) -> str:
    body = body.strip(" \t\n")
    if "[" in body:
        body = _BREAK.sub("\n", body).strip(" \t\n")
    if GUARD in body:
        body = _unguard(body).strip(" \t\n")
    return body


def _carefully(text: str, notes: Notes) -> list[Cue]:
    """The cues of a file written by hand, or by a program of its own mind, or damaged."""
    text, lines = single_spaced(text, notes)
    found = list(_TIMES.finditer(text))
    if not found:
        raise nothing_found(text, "sbv", _LIKE_A_TIME, lines)
    place, header = 0, []
    for row in text[: found[0].start()].split("\n"):
        if _HEADER.match(row.lstrip()):
            header.append(row.strip())
        elif row.strip(" \t"):
            notes.lost("text before the first subtitle", lines.at(place), row)
        place += len(row) + 1
    if header:
        notes.said(f"the header of the file, not kept: {' '.join(header)}", 1)
    cues: list[Cue] = []
    ends = [*(m.start() for m in found[1:]), len(text)]
    for m, end in zip(found, ends):
        s1, h1, m1, c1, f1, g1, s2, h2, m2, c2, f2, behind = m.groups()
        body = text[m.end() : end]
        bad = _LIKE_A_TIME.search(body) or (
            part if notes.whole and (part := _PART.search(body)) else None
        )
        if bad:
            notes.lost(_BAD_TIME, lines.at(m.end() + bad.start()), body[bad.start() :])
            body = body[: bad.start()]
        if behind.strip(" \t"):
            what = "text behind a time, read as the first line of its subtitle"
            notes.said(what, partial(lines.at, m.start()), len(cues))
            body = f"{behind}\n{body.lstrip(chr(10))}"
        if g1 or "," in m.group()[-4:]:
            what = "a comma in a time, read as a point"
            notes.said(what, partial(lines.at, m.start()), len(cues))
        if s1 or s2:
            notes.said("a negative time, read as 0", partial(lines.at, m.start()), len(cues))
        start = 0 if s1 else milliseconds(h1, m1, c1, f1 or g1)
        stop = 0 if s2 else milliseconds(h2, m2, c2, f2)
        cues.append(
            Cue(
                None if start == UNSYNCED else start,
                None if stop == UNSYNCED else stop,
                _words(body),
            )
        )
    return cues


_BEFORE_END, _BEFORE_TEXT = fractions(".", ","), fractions(".", "\r\n")


def _write(cues: Columns) -> str:
    texts = list(cues.texts)
    for n, spans in cues.rich.items():
        texts[n] = "".join(map(with_reading, spans))
    for n in holding(texts, ("[", ":", GUARD)).union(with_blank_lines(texts)):
        texts[n] = _guard(texts[n])
    begins = clock_columns(cues.starts, _BEFORE_END, UNSYNCED, short=True)
    ends = clock_columns(cues.ends, _BEFORE_TEXT, UNSYNCED, short=True)
    return woven(len(cues), *begins, *ends, with_crlf(texts), "\r\n\r\n")[:-2]


def dump(cues: Track | Columns) -> str:
    """Write SBV: CRLF, times in full, plain words."""
    return checked(_write, cues)

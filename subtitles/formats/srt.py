"""SubRip: an index, a time line, text, a blank line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from .columns import Columns, holding, positions, woven
from .markup import Overrides, around, looks, nest, place_of, position_of, tags_of, unkept, untag
from .model import (
    BOLD,
    ITALIC,
    UNDERLINE,
    USUAL,
    Cue,
    Notes,
    Rules,
    Span,
    Track,
    cues_of,
    flow,
    opened,
)
from .overrides import unkept_codes
from .text import (
    BLANK_LINE,
    GUARD,
    checked,
    guards,
    has_blank_line,
    nothing_found,
    read,
    single_spaced,
    with_blank_lines,
    with_crlf,
)
from .timecode import (
    ARROWS,
    BEHIND,
    BLANK,
    HOUR_MINUTE_SECOND,
    MILLI,
    clock_columns,
    fractions,
    milliseconds,
    timelike,
)

UNSYNCED = 359_999_999  # 99:59:59,999


# What every tool writes; a time line like this costs half of what the patient pattern does.
_CLOCK = r"([0-9]{2}:[0-5][0-9]:[0-5][0-9]),([0-9]{3})"
_PLAIN = re.compile(rf"\n\n([0-9]{{1,9}})\n{_CLOCK} --> {_CLOCK}\n(?!\n)")
_USUAL = re.compile(rf"{_CLOCK} --> {_CLOCK}")
_POINTED = re.compile(rf"{_CLOCK} --> {_CLOCK}".replace(",", "[.]"))

# What people write: one digit or many (never enough to be slow), no hours, a point for the comma,
# spaces or none, a short fraction or none, a minus, other arrows; coordinates or text behind.
_COLON = "[:\uff1a]"
_LOOSE_CLOCK = (
    rf"(-?)(?:([0-9]{{1,9}}+)[ \t]?{_COLON}[ \t]?)?"
    rf"([0-9]{{1,9}}+)[ \t]?{_COLON}[ \t]?([0-9]{{1,9}}+)"
    r"(?:[ \t]?([,.:;\uff0c\uff0e\uff1a])[ \t]?([0-9]{0,9}+))?[0-9]{0,99}+"
)
_LOOSE = re.compile(rf"^{BLANK}{_LOOSE_CLOCK}{BLANK}{ARROWS}{BLANK}{_LOOSE_CLOCK}{BEHIND}$", re.M)
# A line that begins like a time, or is made of nothing else, was meant to be one.
_CLOCKISH = r"-?[0-9]{1,9}[ \t]?[:\uff1a][-0-9:.,;\uff0c\uff0e\uff1a \t]*"
_TIMELIKE = timelike(ARROWS)
_ODD = re.compile(
    rf"^(?:{BLANK}#?(?P<number>[0-9]{{1,9}}){BLANK}$|(?P<time>{_TIMELIKE})"
    rf"|(?P<part>{BLANK}(?:{ARROWS}|{_CLOCKISH}){BLANK}$))",
    re.M,
)
_LIKE_A_TIME = re.compile(rf"^{BLANK}-?[0-9][^\n>]{{0,80}}(?:-->|{ARROWS})", re.M)
_NUMBER = re.compile(rf"{BLANK}#?([0-9]{{1,9}}){BLANK}")
_SETTINGS = re.compile(r"(?:[ \t]+[A-Za-z][A-Za-z0-9]*:[^\s]+)+[ \t]*")

# A number at the end would be taken for the index of what follows, by others if not by us.
_guard, _unguard = guards(
    BLANK_LINE,
    ("^", rf"{BLANK}#?[0-9]+{BLANK}\Z"),
    ("^", timelike(ARROWS, GUARD)),
    ("-", ">"),  # one dash is read as an arrow too
    ("<", "[/a-zA-Z]"),
    (r"\{", r"\\"),
    (r"\{", "[A-Za-z]:"),
)
_BLOCK = re.compile(r"\{\\([^{}\n]*)\}")

# A line, quicker than each of the two looked for.
_BEGINS_BLANK = re.compile("\n[ \t]")
_BAD_TIME = "a time that cannot be read"


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SubRip.

    What cannot be placed is an error: text before the first time line, a time line that cannot
    be read, a number that has lost its time. With `salvage` it is left out and noted, with the
    text below it. Times are read as people write them. A number above a time line is an index
    where the file has them. A time of 99:59:59,999 is none, a negative one is nought.
    """
    text, noted = read(data, rules)
    notes = Notes("srt", rules)
    notes.take(noted)
    cues = _quickly(text, notes)
    if cues is None:
        cues = _Careful(text, notes).cues()
    return Track(opened(cues), notes=notes.all())


def _quickly(text: str, notes: Notes) -> list[Cue] | None:
    """The cues of a file as every tool writes it; None where anything in it asks for care."""
    before, *parts = _PLAIN.split("\n\n" + text)
    numbers, bodies = parts[0::6], parts[5::6]
    if before.strip(" \t\n") or not numbers:
        return None
    # What is odd is in the words, or before them: the rest is as the pattern says.
    rest = "\n" + "\0\n".join([before, *bodies])
    if _BEGINS_BLANK.search(rest) or "\uff1a" in rest:
        return None
    first, count = int(numbers[0]), len(numbers)
    if numbers != (positions(count) if first == 1 else list(map(str, range(first, first + count)))):
        return None
    texts = list(map(str.strip, bodies, repeat(" \t\n")))
    all_text = "\0".join(texts)
    # No line is a time, or a number by itself, without one of these.
    if (":" in all_text or "\n\n" in all_text) and any(
        _ODD.search(each) for each in texts if ":" in each or "\n\n" in each
    ):
        return None
    starts, ends = _times(parts[1::6], parts[2::6]), _times(parts[3::6], parts[4::6])
    cues = cues_of(starts, ends, texts)
    if "<" in all_text or "{" in all_text or GUARD in all_text:
        for n, each in enumerate(texts):
            if "<" in each or "{" in each or GUARD in each:
                cues[n] = _rich(starts[n], ends[n], each, notes, n)
    return cues


def _times(heads: list[str], millis: list[str]) -> list[int | None]:
    """In milliseconds; None for what is no time."""
    times: list[int | None] = [
        HOUR_MINUTE_SECOND[head] + MILLI[milli] for head, milli in zip(heads, millis, strict=True)
    ]
    return [None if time == UNSYNCED else time for time in times] if UNSYNCED in times else times


def _ends_blank(above: str) -> bool:
    """Whether the last line of what is above a line is blank."""
    return above[:-1].rstrip(" \t")[-1:] == "\n"


class _Gap(NamedTuple):
    """What stands between two time lines, and whether a number ends it."""

    text: str
    number: int | None = None
    above: str = ""  # the text without that number
    blank: bool = False  # a blank line, or the beginning of the file, is above the number
    near: bool = True  # the number is directly above the time line
    bare: bool = False  # it is directly below a time line

    @classmethod
    def of(cls, text: str, first: bool) -> _Gap:
        tail = text.rstrip(" \t\n")
        at = tail.rfind("\n") + 1
        m = _NUMBER.fullmatch(tail, at)
        if m is None:
            return cls(text)
        above = tail[:at]
        bare = not first and above == "\n"
        blank = (first and not above.strip(" \t\n")) or _ends_blank(above)
        return cls(text, int(m[1]), above, blank, text.count("\n", len(tail)) == 1, bare)


def _indexes(gaps: list[_Gap]) -> list[int | None]:
    """The number of each subtitle that has one, for the gap above it; the last gap has none.

    In a file that numbers its subtitles the number above a time is an index. One that is not set
    off by a blank line has to fit the count, and so has any in a file without numbers: it might
    be text.
    """

    def fits(gap: _Gap, place: int, last: int | None) -> bool:
        return gap.number in ((place, place + 1) if last is None else (last + 1,))

    counted, last = 0, None
    for place, gap in enumerate(gaps[:-1]):
        if gap.number is not None and not gap.bare and (gap.blank or fits(gap, place, last)):
            counted += 1
            last = gap.number
    numbered = counted * 2 >= len(gaps) - 1
    numbers: list[int | None] = []
    last = None
    for place, gap in enumerate(gaps[:-1]):
        number = None
        if gap.number is not None:
            fitting = fits(gap, place, last) or gaps[place + 1].number == gap.number + 1
            if gap.blank:
                number = gap.number if numbered or fits(gap, place, last) else None
            elif numbered and fitting and gap.near:
                number = gap.number
        numbers.append(number)
        last = number if number is not None else last and last + 1
    return [*numbers, None]


class _Careful:
    """Reads a file written by hand, by a program of its own mind, or damaged."""

    def __init__(self, text: str, notes: Notes) -> None:
        self.text, self.lines = single_spaced(text, notes)
        self.notes = notes

    def cues(self) -> list[Cue]:
        text, notes = self.text, self.notes
        found = list(_LOOSE.finditer(text))
        if not found:
            raise nothing_found(text, "srt", _LIKE_A_TIME, self.lines)
        begins = [0, *(m.end() for m in found)]
        ends = [*(m.start() for m in found), len(text)]
        gaps = [_Gap.of(text[a:b], not n) for n, (a, b) in enumerate(zip(begins, ends))]
        numbers = _indexes(gaps)
        head = gaps[0].text if numbers[0] is None else gaps[0].above
        if words := head.strip(" \t\n"):
            line = self.lines.at(text.index(words))
            notes.lost("text before the first subtitle", line, words)
        cues: list[Cue] = []
        for n, m in enumerate(found):
            gap, following = gaps[n + 1], numbers[n + 1]
            body = gap.text if following is None else gap.above
            if "\n" in body and (
                ":" in body or "\n\n" in body or ">" in body or "\n " in body or not body.isascii()
            ):
                body = self.checked(body, m.end(), numbers[n], following)
            body = body.strip(" \t\n")
            if m[13] and m[13].strip():
                body = f"{self.behind(m, len(cues))}\n{body}".strip(" \t\n")
            times = self.times(m, len(cues))
            if times is None:
                notes.lost(_BAD_TIME, self.lines.at(m.start()), f"{m.group()} {body}")
            else:
                cues.append(_rich(*times, body, notes, len(cues)))
        return cues

    def times(self, m: re.Match[str], cue: int) -> tuple[int | None, int | None] | None:
        """The times of a line; None where they could be read in two ways."""
        s1, h1, m1, c1, p1, f1, s2, h2, m2, c2, p2, f2, behind = m.groups()
        if not _USUAL.match(self.text, m.start()):
            for point, fraction in ((p1, f1), (p2, f2)):
                # Frames, perhaps; or a digit that was cut off.
                if point in (":", ";", "\uff1a") and len(fraction) != 3:
                    return None
            if not p2 and behind.lstrip()[:1].isdigit():
                return None
            what = "a time in another form than 00:00:00,000 --> 00:00:00,000"
            if _POINTED.match(self.text, m.start()):
                what = "a point in a time, read as a comma"
            elif s1 or s2:
                what = "a negative time, read as 0"
            self.notes.said(what, partial(self.lines.at, m.start()), cue)
        start = 0 if s1 else milliseconds(h1, m1, c1, f1)
        end = 0 if s2 else milliseconds(h2, m2, c2, f2)
        return None if start == UNSYNCED else start, None if end == UNSYNCED else end

    def behind(self, m: re.Match[str], cue: int) -> str:
        """The text behind the times; nothing where it is a place on the screen."""
        if _SETTINGS.fullmatch(m[13]):
            what = "a place on the screen behind a time, which is not kept"
            self.notes.said(what, partial(self.lines.at, m.start()), cue)
            return ""
        what = "text behind a time, read as the first line of its subtitle"
        self.notes.said(what, partial(self.lines.at, m.start()), cue)
        return m[13].strip()

    def checked(self, body: str, at: int, own: int | None, following: int | None) -> str:
        """The text of a subtitle without what is none; it stands ``at`` a place in the file.

        A time line that is none, and a number that has lost its time, are not text, and what is
        below them belongs to nobody.
        """
        for m in _ODD.finditer(body):
            what = _BAD_TIME if m["time"] else ""
            number = m["number"]
            if number:
                value = int(number)
                if not _ends_blank(body[: m.start()]):
                    continue
                if value == following and not body[m.end() :].strip():
                    self.notes.said(
                        "a number that stands twice", partial(self.lines.at, at + m.start())
                    )
                    return body[: m.start()]
                if own is None or value != own + 1 or value == following:
                    continue
                if not self.notes.whole and body[m.end() :].strip():
                    continue  # players show it
                what = "a number without a time"
            elif m["part"]:
                # Only below an index: by itself it is something that somebody says.
                above = _NUMBER.fullmatch(body[: m.start()].rstrip("\n").rpartition("\n")[2])
                if own is None or above is None or int(above[1]) != own + 1:
                    continue
                what = _BAD_TIME
            if not what:
                continue
            rest = body[m.start() :]
            below = rest[m.end() - m.start() :].strip()
            if what is not _BAD_TIME and (not below or re.fullmatch(ARROWS, below)):
                self.notes.said(
                    "a number without a time and a text, left out",
                    partial(self.lines.at, at + m.start()),
                )
                return body[: m.start()]
            part = what is not _BAD_TIME and _ODD.match(below)
            line = self.lines.at(at + m.start())
            if part and (part["time"] or part["part"]):
                what, line = _BAD_TIME, self.lines.at(at + body.index(below, m.end()))
            self.notes.lost(what, line, rest)
            return body[: m.start()]
        return body


def _rich(start: int | None, end: int | None, body: str, notes: Notes, cue: int) -> Cue:
    place = Overrides()
    if "{\\" in body:
        for block in _BLOCK.findall(body):
            kinds, words = unkept_codes("\\" + block)
            for what in (*kinds, *([f"words in an override code, {words}"] if words else ())):
                notes.said(f"{what}, not kept", None, cue)
        body = _BLOCK.sub(lambda m: _as_tags(place, m[1]), body)
    region, align = place_of(place.align)
    if "<" not in body:
        return Cue(start, end, flow([Span(_unguard(body))]), False, region, align)
    for what in unkept(body):
        notes.said(what, None, cue)
    return Cue(start, end, untag(body, _unguard), False, region, align)


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


_NUMBERED_END = frozenset("0123456789 \t")
_last = itemgetter(slice(-1, None))
_BEFORE_END, _BEFORE_TEXT = fractions(",", " --> "), fractions(",", "\r\n")


def _guarded(texts: Sequence[str]) -> list[str]:
    risky = holding(texts, ("<", "{", "->", ":", GUARD)).union(with_blank_lines(texts))
    lasts = list(map(_last, texts))
    if not _NUMBERED_END.isdisjoint(lasts):
        risky.update(n for n, last in enumerate(lasts) if last in _NUMBERED_END)
    guarded = list(texts)
    for n in risky:
        guarded[n] = _guard(texts[n])
    return guarded


def _is_harmless(text: str) -> bool:
    """Whether it surely has nothing to guard or to strip."""
    return (
        text[:1].isalnum()
        and (text[-1:].isalpha() or text[-1:] in (".", ",", "!", "?"))
        and not ("<" in text or "{" in text or "->" in text or ":" in text or GUARD in text)
        and not ("\n" in text and has_blank_line(text))
    )


def _write(cues: Columns) -> str:
    texts = _guarded(cues.texts)
    for n, spans in cues.rich.items():
        tags = around(spans)
        if tags and _is_harmless(spans[0].text):
            texts[n] = f"{tags[0]}{spans[0].text}{tags[1]}"
            continue
        content = looks(spans)
        if isinstance(content, str):
            texts[n] = _guarded([content])[0]
        else:
            texts[n] = nest(content, _tags, lambda span: _guard(span.text))
    for n, (_, region, align, *_) in cues.more.items():
        if region or align:
            texts[n] = f"{{\\an{position_of(region, align)}}}{texts[n]}"
    begins = clock_columns(cues.starts, _BEFORE_END, UNSYNCED)
    ends = clock_columns(cues.ends, _BEFORE_TEXT, UNSYNCED)
    numbers, words = positions(len(cues)), with_crlf(texts)
    return woven(len(cues), numbers, "\r\n", *begins, *ends, words, "\r\n\r\n")[:-2]


def dump(cues: Track | Columns) -> str:
    """Write SubRip: CRLF, numbered from 1, `{\\an8}` for the top."""
    return checked(_write, cues)

"""What can be done to a whole track at once: shift, stretch, collapse rolling captions, close gaps.

Each takes a track and gives another one, with a sentence that says what was done. No word is lost,
and no cue but those that only repeat; cues without times stay as they are. What cannot be done
right is refused with a sentence: nothing is cut off at zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import NamedTuple

from amara_api.kernel.errors import InvalidInput
from subtitles.formats import Cue, Track
from subtitles.formats.json_ import MAX_TIME
from subtitles.formats.model import Comment, Span, flow, one_line
from subtitles.formats.timecode import in_seconds, short_clock

# Of a frame's rate, in frames a second; and by how much a stretch may change how long things take.
LEAST_RATE, MOST_RATE = 1, 1000
_MOST_STRETCH = 100
MOST_GAP = 10_000  # ms
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
_ROUND = {"23.976": 24, "23.98": 24, "29.97": 30, "59.94": 60, "119.88": 120, "47.952": 48}
# Two cues follow each other where there is no more time between them.
_CLOSE = 50  # ms
_ROLLING = 5  # one cue of so many must repeat what was there
_LINES = 8  # as many lines of a cue may be those of the one before


class Transformed(NamedTuple):
    """A track, and what was done to make it, in a sentence."""

    track: Track
    note: str


def shift(track: Track, by: int, *, position: int = 1) -> Transformed:
    """All cues from ``position`` (1-based) on ``by`` milliseconds later, or earlier if negative.

    Raises `InvalidInput` where a cue would begin before the video, or before a cue that stays.
    """
    if not by:
        raise InvalidInput.field("by", "The number of milliseconds is 0: no cue would move.")
    moved = _retimed(track, lambda time: time + by, position, field="by")
    return Transformed(moved, f"{_which(position)} {in_seconds(abs(by))} s {_direction(by)}.")


def stretch_rates(track: Track, from_rate: str, to_rate: str, *, position: int = 1) -> Transformed:
    """Times that fit a film of ``from_rate`` frames a second fit one of ``to_rate`` afterwards.

    From the start of the film, or of the first cue that is stretched if that is not the first one
    of all. 23.976, 29.97 and their like are read as the exact rates that they stand for.
    """
    rates = _rate("from_rate", from_rate), _rate("to_rate", to_rate)
    if rates[0] == rates[1]:
        raise InvalidInput.field("to_rate", "Both rates are the same: no cue would move.")
    factor = rates[0] / rates[1]
    start = _first_time(track, position) if position > 1 else 0
    _require_factor(factor, "to_rate")
    moved = _retimed(
        track, lambda time: _round(start + (time - start) * factor), position, field="to_rate"
    )
    said = f"{_which(position)} stretched from {from_rate} to {to_rate} frames a second."
    return Transformed(moved, said)


def stretch_anchors(
    track: Track, anchors: Sequence[tuple[int, int]], *, position: int = 1
) -> Transformed:
    """Two moments, in milliseconds, and when each is to be: all times move in proportion.

    Raises `InvalidInput` where the moments are one, or would change places.
    """
    (old, new), (old_2, new_2) = anchors
    if old == old_2:
        raise InvalidInput.field("anchors", "The two moments must not be the same.")
    if (old, old_2) == (new, new_2):
        raise InvalidInput.field("anchors", "Both moments stay where they are: no cue would move.")
    factor = Fraction(new_2 - new, old_2 - old)
    _require_factor(factor, "anchors")
    moved = _retimed(
        track, lambda time: _round(new + (time - old) * factor), position, field="anchors"
    )
    said = (
        f"{_which(position)} stretched: {short_clock(old)} is at {short_clock(new)} now, "
        f"{short_clock(old_2)} at {short_clock(new_2)}."
    )
    return Transformed(moved, said)


def collapse(track: Track) -> Transformed:
    """Rolling captions, in which each cue repeats lines of the one before, with every line once.

    Only lines of a cue that follows at once are taken for repeated: somebody who says a thing again
    after a while has said it twice. Raises `InvalidInput` where few cues repeat anything: those
    say twice what was said twice.
    """
    cues: list[Cue] = []
    rolling = 0
    place = [0] * (len(track.cues) + 1)  # of each cue's successor among those that are kept
    before: Cue | None = None
    lines_before: list[str] = []
    opens = False
    for n, cue in enumerate(track.cues):
        place[n] = len(cues)
        lines = [(_read(each), each) for each in _lines(cue)]
        lines = [line for line in lines if line[0]]
        texts = [text for text, _ in lines]
        repeated = _repeated(lines_before, texts) if before and _follows(before, cue) else 0
        if cue.start is not None and cue.end is not None:
            before, lines_before = cue, texts
        else:
            before, lines_before = None, []
        if not repeated:
            cues.append(cue._replace(paragraph=True) if opens else cue)
            opens = False
            continue
        rolling += 1
        last = cues[-1]
        # Both have times, or the one would not follow the other.
        assert cue.start is not None
        assert cue.end is not None
        assert last.start is not None
        assert last.end is not None
        if repeated == len(lines):
            opens = opens or cue.paragraph
            cues[-1] = last._replace(end=max(last.end, cue.end))
            continue
        if last.start < cue.start < last.end:
            # The later one showed all of what was to be seen.
            cues[-1] = last._replace(end=cue.start)
        content = _content([line for _, line in lines[repeated:]])
        cues.append(cue._replace(content=content, paragraph=opens or cue.paragraph))
        opens = False
    place[-1] = len(cues)
    if rolling * _ROLLING < len(track.cues) or not rolling:
        message = "These captions do not roll: few cues repeat the lines of the one before."
        raise InvalidInput.field("operation", message)
    comments = tuple(Comment(place[min(c.before, len(track.cues))], c.text) for c in track.comments)
    said = f"Rolling captions collapsed: {len(cues)} cues instead of {len(track.cues)}."
    return Transformed(replace(track, cues=tuple(cues), comments=comments), said)


def snap(track: Track, gap: int) -> Transformed:
    """Where the next cue begins at most ``gap`` milliseconds after the end of one, that is shown
    until then. Raises `InvalidInput` where there is no such gap."""
    cues = list(track.cues)
    closed = 0
    for n, (cue, after) in enumerate(zip(cues, cues[1:], strict=False)):
        if cue.end is not None and after.start is not None and 0 < after.start - cue.end <= gap:
            cues[n] = cue._replace(end=after.start)
            closed += 1
    if not closed:
        raise InvalidInput.field("gap", "No gap between two cues is that short.")
    said = f"Gaps of up to {in_seconds(gap)} s closed: {closed}."
    return Transformed(replace(track, cues=tuple(cues)), said)


# --- times ---------------------------------------------------------------------------------------


def _retimed(track: Track, time: Callable[[int], int], position: int, *, field: str) -> Track:
    """The track with other times from a cue on. Raises `InvalidInput`, naming the first cue that
    cannot have its new ones."""
    first = position - 1
    if first >= len(track.cues):
        count = len(track.cues)
        raise InvalidInput.field("from_position", f"There are only {count} cues.")
    cues = list(track.cues)
    latest = max((cue.start for cue in cues[:first] if cue.start is not None), default=None)
    was_in_order = latest is not None and all(
        cue.start is None or cue.start >= latest for cue in cues[first:]
    )
    moved = False
    for n in range(first, len(cues)):
        cue = cues[n]
        start, end = (None if each is None else time(each) for each in cue[:2])
        for each in (start, end):
            if each is not None and each < 0:
                message = f"Cue {n + 1} would begin before the start of the video."
                raise InvalidInput.field(field, message)
            if each is not None and each > MAX_TIME:
                raise InvalidInput.field(field, f"Cue {n + 1} would be too late.")
        if was_in_order and latest is not None and start is not None and start < latest:
            message = f"Cue {n + 1} would begin before a cue that stays where it is."
            raise InvalidInput.field(field, message)
        cues[n] = cue._replace(start=start, end=end)
        moved = moved or cues[n] != cue
    if not moved:
        raise InvalidInput.field(field, "No cue would move.")
    return replace(track, cues=tuple(cues))


def _first_time(track: Track, position: int) -> int:
    times = (cue.start for cue in track.cues[position - 1 :] if cue.start is not None)
    return next(times, 0)


def _rate(field: str, rate: str) -> Fraction:
    if whole := _ROUND.get(rate):
        return Fraction(whole * 1000, 1001)
    found = Fraction(rate) if _NUMBER.fullmatch(rate) else Fraction(0)
    if not LEAST_RATE <= found <= MOST_RATE:
        message = f"A rate is a number from {LEAST_RATE} to {MOST_RATE}, like 25 or 23.976."
        raise InvalidInput.field(field, message)
    return found


def _require_factor(factor: Fraction, field: str) -> None:
    if factor <= 0:
        raise InvalidInput.field(field, "The later moment must stay the later one.")
    if not Fraction(1, _MOST_STRETCH) <= factor <= _MOST_STRETCH:
        message = f"Times can be stretched or squeezed by at most {_MOST_STRETCH} times."
        raise InvalidInput.field(field, message)


def _round(time: Fraction) -> int:
    return floor(time + Fraction(1, 2))


def _which(position: int) -> str:
    return "All cues" if position == 1 else f"Cues from number {position} on"


def _direction(by: int) -> str:
    return "later" if by > 0 else "earlier"


def rolls(before: Cue, cue: Cue) -> bool:
    """Whether a cue repeats lines of the one before, which it follows at once."""
    if before.start is None or before.end is None or not _follows(before, cue):
        return False
    earlier, later = ([t for t in map(_read, _lines(each)) if t] for each in (before, cue))
    return bool(_repeated(earlier, later))


# --- lines ---------------------------------------------------------------------------------------


def _follows(before: Cue, cue: Cue) -> bool:
    """Whether a cue begins where the one before ends, or while it is still shown."""
    assert before.start is not None
    assert before.end is not None
    if cue.start is None or cue.end is None:
        return False
    return before.start <= cue.start <= before.end + _CLOSE


def _repeated(before: list[str], lines: list[str]) -> int:
    """How many lines at the beginning are the last ones of the cue before."""
    for count in range(min(len(before), len(lines), _LINES), 0, -1):
        if before[-count:] == lines[:count]:
            return count
    return 0


def _read(line: Sequence[Span]) -> str:
    return one_line("".join(span.text + (span.ruby or "") for span in line))


def _lines(cue: Cue) -> list[list[Span]]:
    lines: list[list[Span]] = [[]]
    for span in cue.spans:
        for n, text in enumerate(span.text.split("\n")):
            if n:
                lines.append([])
            lines[-1].append(span._replace(text=text))
    return lines


def _content(lines: Sequence[list[Span]]) -> str | tuple[Span, ...]:
    spans: list[Span] = []
    for n, line in enumerate(lines):
        if n:
            # In the look of what it follows, so that one look stays one span.
            spans.append(spans[-1]._replace(text="\n", ruby=None))
        spans += line
    return flow(spans)

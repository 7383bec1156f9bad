"""Clock times to integer milliseconds and back, without floats and without big integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

# Reading and writing clocks are the two hottest things in the package; these turn most of the
# arithmetic into look-ups. "MM:SS" and "M:SS" are keys, values are milliseconds.
MINUTE_SECOND: dict[str, int] = {
    f"{m:02}:{s:02}": (m * 60 + s) * 1000 for m in range(60) for s in range(60)
}
HOUR: dict[str, int] = {f"{h:02}": h * 3_600_000 for h in range(100)}
HOUR.update({f"{h}": h * 3_600_000 for h in range(10)})
MILLI: dict[str, int] = {f"{f:03}": f for f in range(1000)}

_CLOCKS = tuple(f"{m:02}:{s:02}" for m in range(60) for s in range(60))
_MILLIS = tuple(f"{f:03}" for f in range(1000))
_HOURS = tuple(f"{h:02}:" for h in range(100))
# As long as nearly every video is, so that its clocks are looked up.
_LONG = 4 * 3600
_HEADS = tuple(f"{_HOURS[s // 3600]}{_CLOCKS[s % 3600]}" for s in range(_LONG))


class _Heads(dict[str, int]):
    """HH:MM:SS in milliseconds: those of nearly every video are kept, others are added up."""

    def __missing__(self, head: str) -> int:
        return HOUR[head[:-6]] + MINUTE_SECOND[head[-5:]]


HOUR_MINUTE_SECOND = _Heads((head, s * 1000) for s, head in enumerate(_HEADS))


def milliseconds(hours: str | None, minutes: str | None, seconds: str, fraction: str | None) -> int:
    """Milliseconds of digit groups, each short (the callers' patterns bound them).

    The fraction is decimal: "5" is half a second. What is finer than a millisecond is rounded.
    """
    total = int(seconds) * 1000
    if hours:
        total += int(hours) * 3_600_000
    if minutes:
        total += int(minutes) * 60_000
    if fraction:
        total += int(fraction[:3].ljust(3, "0"))
        total += fraction[3:4] >= "5"
    return total


def clock(ms: int, point: str = ".") -> str:
    """HH:MM:SS.mmm, hours as many as it takes."""
    seconds = ms // 1000
    if 0 <= seconds < _LONG:
        return f"{_HEADS[seconds]}{point}{_MILLIS[ms - seconds * 1000]}"
    seconds, milli = divmod(ms if ms > 0 else 0, 1000)
    hours, second = divmod(seconds, 3600)
    head = _HOURS[hours] if hours < 100 else f"{hours}:"
    return head + _CLOCKS[second] + point + _MILLIS[milli]


def fractions(before: str, after: str) -> tuple[str, ...]:
    """What `clock_columns` puts behind the seconds: every three digits, between two texts."""
    return tuple(f"{before}{f}{after}" for f in _MILLIS)


def clock_columns(
    times: Sequence[int | None], fractions: tuple[str, ...], unsynced: int, *, short: bool = False
) -> tuple[list[str], list[str]]:
    """HH:MM:SS of each time (H:MM:SS if `short`), and which of the fractions is behind it.

    `unsynced` stands for a time that is not known.
    """
    known = cast("Sequence[int]", times)
    try:
        if min(known, default=0) >= 0:
            heads = [_HEADS[ms // 1000] for ms in known]
            if short:
                heads = [head[1:] for head in heads]
            return heads, [fractions[ms % 1000] for ms in known]
    except (TypeError, IndexError):
        pass  # One is not known, or later than the table goes.
    known = [unsynced if ms is None else max(ms, 0) for ms in times]
    write = short_clock if short else clock
    return [write(ms)[:-4] for ms in known], [fractions[ms % 1000] for ms in known]


def short_clock(ms: int) -> str:
    """H:MM:SS.mmm, as SBV writes it."""
    seconds, milli = divmod(ms if ms > 0 else 0, 1000)
    hours, second = divmod(seconds, 3600)
    return f"{hours}:{_CLOCKS[second]}.{_MILLIS[milli]}"


# --- time lines as people write them, in patterns ------------------------------------------------

# Blanks, and the marks of direction that editors of Hebrew and Arabic leave behind.
BLANK = "[ \t\u00a0\u3000\u200e\u200f\u202a-\u202e\u2066-\u2069]*+"
BEHIND = "((?=[ \t\u00a0\u3000<{]|$)[^\n]*)"  # what stands behind a time, on its line
DASHES, SIGNS = "\u2010-\u2015\u2212=", "\u2192\u27f6\u279c\u2794\u21d2"
_SIGNS = (*SIGNS, "\uff1a", "\uff1e")
PLAIN_ARROWS = f"(?:[-{DASHES}]{{1,4}} ?[>\uff1e]|[{SIGNS}])"
ARROWS = f"(?:[-{DASHES}]{{1,4}} ?(?:>|&gt;|\uff1e)|[{SIGNS}])"  # also as HTML has them

_DASH_ENDS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212=")


def only_usual_arrows(text: str, entities: bool = True) -> bool:
    """Whether a text, whose every `->` belongs to a `-->`, has no other arrow; also none with an
    entity, unless those are not read in times.

    Many times faster than a pattern of all arrows, which has to look at every character.
    """
    if "- >" in text or (entities and "&gt;" in text):
        return False
    if not text.isascii() and any(sign in text for sign in _SIGNS):
        return False
    dashes = [dash for dash in _DASH_ENDS if dash in text]
    return not any(f"{dash}>" in text or f"{dash} >" in text for dash in dashes)


def timelike(arrows: str, guard: str = "") -> str:
    """A pattern of what, at the beginning of a line, shows that it was meant to say a time: a
    clock before an arrow or behind it, a clock with a fraction alone, or two of them.

    A line with the guard at its beginning was not. With `guard` it is the pattern to guard by,
    which must find the same in a text that has its guards already.
    """
    what = "[^\\n]" if guard else "[^\\n\\u200b]"
    if guard:
        arrows = arrows.replace("{1,4}", f"{{1,4}}{guard}*+")
    return (
        rf"{BLANK}(?:-?[0-9]{{1,9}}[ \t]?:[^\n]{{0,80}}?{arrows}"
        rf"|{what}{{0,80}}?{arrows}{BLANK}[0-9]{{1,9}}[ \t]?:[ \t]?[0-9]{{1,9}}[ \t]?[:,.]"
        r"|-?[0-9]{1,9}:[0-9]{1,9}:[0-9]{1,9}[,.][-0-9:., \t]*$"
        rf"|{what}{{0,20}}?[0-9]:[0-9]{{2}}:[0-9]{{2}}[,.][0-9]"
        r"[^\n]{0,20}?[0-9]:[0-9]{2}:[0-9]{2})"
    )


def in_seconds(ms: int) -> str:
    """1500 is "1.5", for sentences."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")

"""Clock times to integer milliseconds and back, without floats and without big integers."""

from __future__ import annotations

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
_CENTIS = tuple(f"{f:02}" for f in range(100))
_HOURS = tuple(f"{h:02}:" for h in range(100))


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
    seconds, milli = divmod(ms if ms > 0 else 0, 1000)
    hours, second = divmod(seconds, 3600)
    head = _HOURS[hours] if hours < 100 else f"{hours}:"
    return head + _CLOCKS[second] + point + _MILLIS[milli]


def short_clock(ms: int) -> str:
    """H:MM:SS.mmm, as SBV writes it."""
    seconds, milli = divmod(ms if ms > 0 else 0, 1000)
    hours, second = divmod(seconds, 3600)
    return f"{hours}:{_CLOCKS[second]}.{_MILLIS[milli]}"


def centi_clock(ms: int) -> str:
    """H:MM:SS.cc, rounded to the nearest, as SSA writes it."""
    seconds, centi = divmod((ms + 5) // 10 if ms > 0 else 0, 100)
    hours, second = divmod(seconds, 3600)
    return f"{hours}:{_CLOCKS[second]}.{_CENTIS[centi]}"

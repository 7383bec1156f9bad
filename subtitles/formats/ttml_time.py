"""TTML's times: what a time expression says, and what is on screen when."""

from __future__ import annotations

import re
from typing import Any

from .timecode import HOUR, MILLI, MINUTE_SECOND, milliseconds

FOREVER = 1 << 60
_HOUR = {key + ":": value for key, value in HOUR.items()}
_MILLI = {"." + key: value for key, value in MILLI.items()}
_CLOCK = re.compile(
    r"\s*([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})"
    r"(?:[.,]([0-9]{1,9})[0-9]*|:([0-9]{1,9})(?:\.[0-9]+)?)?\s*"
)
_OFFSET = re.compile(r"\s*([0-9]{1,15})(?:\.([0-9]{1,15})[0-9]*)?(h|ms|m|s|f|t)\s*")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


class Clock:
    """Reads time expressions with the frame and tick rates of one document."""

    __slots__ = ("frame_rate", "tick_rate")

    def __init__(self) -> None:
        self.frame_rate: tuple[int, int] = (30, 1)
        self.tick_rate: tuple[int, int] = (1, 1)

    def set_rates(self, frames: str, multiplier: str, ticks: str) -> None:
        rate = _whole(frames)
        over, under = 1, 1
        parts = multiplier.replace(":", " ").split()
        if len(parts) == 2 and (a := _whole(parts[0])) and (b := _whole(parts[1])):
            over, under = a, b
        self.frame_rate = ((rate or 30) * over, under)
        if tick := _whole(ticks):
            self.tick_rate = (tick, 1)
        elif rate:
            self.tick_rate = self.frame_rate

    def read(self, value: str) -> int | None:
        """Milliseconds; None for what is no time."""
        try:
            return _HOUR[value[:-9]] + MINUTE_SECOND[value[-9:-4]] + _MILLI[value[-4:]]
        except KeyError:
            return self._read(value)

    def _read(self, value: str) -> int | None:
        if m := _CLOCK.fullmatch(value):
            hours, minutes, seconds, fraction, frames = m.groups()
            total = milliseconds(hours, minutes, seconds, fraction)
            return total + _scaled(int(frames) * 1000, self.frame_rate) if frames else total
        if m := _OFFSET.fullmatch(value):
            digits = m[2] or ""
            amount, unit = int(m[1] + digits), m[3]
            over, under = {"f": self.frame_rate, "t": self.tick_rate}.get(unit, (1, 1))
            scale = _UNITS.get(unit, 1000)
            return _scaled(amount * scale, (over * 10 ** len(digits), under))
        return None


def _whole(value: str) -> int:
    value = value.strip()
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def _scaled(amount: int, rate: tuple[int, int]) -> int:
    over, under = rate
    return (2 * amount * under + over) // (2 * over)


class Node:
    """A timed element.

    `begin`, `end` and `dur` are what it says itself, in milliseconds; `resolve` turns the first
    two into when it is active on the document's clock, and sets `since` where something says when
    it begins.
    """

    # Defaults of the class: most elements say next to nothing, and there are many.
    begin: int | None = None
    end: int | None = None
    dur: int | None = None
    seq = False
    since = False
    bounded = False  # its end is its own word, not what its children made of it
    timed = False  # what is in it shows at different times
    display = ""  # "none" hides it
    sets: tuple[Node, ...] = ()  # what changes `display`
    content: Any = None  # of a p whose text shows all at once
    look: Any = None
    place: str | None = None
    ruby = ""
    preserve = False
    plain = False  # a body or div in which a p may be Flat

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.children: list[Any] = []  # Node, Flat, or str

    @classmethod
    def of(cls, begin: int | None, end: int | None, place: str | None, look: Any) -> Node:
        """A p that began as a flat one."""
        node = cls("p")
        node.begin, node.end, node.place, node.look = begin, end, place, look
        return node


# A p of bare text in a plain container: its begin and end as it says them, region and content.
Flat = tuple[int | None, int | None, str | None, str]


def resolve(node: Node, start: int, in_seq: bool, since: bool) -> int:
    """When a node is active, and all within it: `begin` and `end` become absolute.

    `start` is when its container, or in a sequence its elder sibling, lets it begin; `since` says
    whether anything in the document set that. Returns the end. Recursion is as deep as the reader
    lets elements nest.
    """
    begin = start + (node.begin or 0)
    node.since = since = since or in_seq or not (node.begin is node.dur is None)
    implied = begin
    if node.kind in LEAVES:
        implied = begin if in_seq else FOREVER
    elif node.content is not None:
        implied = FOREVER
    last, seq = begin, node.seq
    for child in (*node.sets, *node.children) if node.sets else node.children:
        if child.__class__ is Node:
            ends = resolve(child, last, seq, since)
        elif child.__class__ is tuple:
            # Flat, so not in a sequence.
            ends = FOREVER if child[1] is None else begin + child[1]
        else:
            # Bare text, or a break, lasts as long as it may, and in a sequence no time at all.
            ends = last if seq else FOREVER
        if seq:
            last = implied = ends
        elif ends > implied:
            implied = ends
    node.bounded = not (node.end is node.dur is None)
    if node.end is not None:
        end = start + node.end
        if node.dur is not None:
            end = min(end, begin + node.dur)
    elif node.dur is not None:
        end = begin + node.dur
    else:
        end = implied
    node.begin, node.end = min(begin, FOREVER), min(end, FOREVER)
    return node.end


LEAVES = frozenset({"set", "region"})
MAX_SETS = 20  # of one element; more than anything but an attack has

Window = tuple[int, int]
ALWAYS: list[Window] = [(0, FOREVER)]


def windows(node: Node) -> list[Window]:
    """When a resolved node is active and not hidden by its `display`."""
    low, high = node.begin or 0, FOREVER if node.end is None else node.end
    if not node.sets:
        return [] if node.display == "none" or high <= low else [(low, high)]
    changes = [(max(s.begin or 0, low), min(s.end or 0, high), s.display) for s in node.sets]
    edges = sorted({low, high}.union(*((a, b) for a, b, _ in changes if a < b)))
    shown: list[Window] = []
    for start, end in zip(edges, edges[1:], strict=False):
        display = node.display
        for a, b, value in changes:
            if a <= start and end <= b:
                display = value
        if display != "none":
            joined = shown and shown[-1][1] == start
            shown.append((shown.pop()[0] if joined else start, end))
    return shown


def clip(times: list[Window], to: list[Window]) -> list[Window]:
    """What two lists of windows have in common."""
    if to is ALWAYS:
        return times
    pairs = ((max(a, c), min(b, d)) for a, b in times for c, d in to)
    return [(start, end) for start, end in pairs if start < end]

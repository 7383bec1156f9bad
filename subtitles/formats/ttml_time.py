"""TTML's times: what a time expression says, and what is on screen when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .timecode import HOUR, milliseconds
from .timecode import MILLI as THOUSANDTHS

if TYPE_CHECKING:
    from .model import Content
    from .ttml_style import Look

FOREVER = 1 << 60
_HOUR = {key + ":": value for key, value in HOUR.items()}
MILLI = {"." + key: value for key, value in THOUSANDTHS.items()}
_CLOCK = re.compile(
    r"\s*([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})"
    r"(?:[.,]([0-9]{1,9})[0-9]*|([:;])([0-9]{1,9})(?:\.([0-9]{1,9}))?)?\s*"
)
_OFFSET = re.compile(r"\s*([0-9]{1,15})(?:\.([0-9]{1,15})[0-9]*)?(h|ms|m|s|f|t)\s*")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DROPS = {"dropNTSC": "ntsc", "drop": "ntsc", "dropPAL": "pal", "nonDrop": ""}
# What people mean by a frame rate with a point; thousandths to whole frames.
_NTSC = {23976: 24, 23980: 24, 29970: 30, 47952: 48, 59940: 60}


class Clock:
    """Reads time expressions with the frame and tick rates of one document."""

    __slots__ = (
        "drop",
        "frame_rate",
        "hours",
        "nominal",
        "smpte",
        "strict",
        "sub_rate",
        "tick_rate",
    )

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict  # no guess at what can hardly be a number of frames
        self.frame_rate: Rate = (30, 1)
        self.tick_rate: Rate = (1, 1)
        self.nominal = 30  # frames that are counted as a second
        self.sub_rate = 1
        self.drop: str | None = None  # which numbers of frames are left out, where it is said
        self.smpte = False
        # What a time may begin with that is just a sum of look-ups.
        self.hours = _HOUR

    def set_rates(self, said: Mapping[str, str]) -> list[str]:
        """Take the parameters of the document, by their local names; those that are no use."""
        values = {key: said[key].strip() for key in _PARAMETERS if said.get(key, "").strip()}
        bad = [key for key, value in values.items() if not _PARAMETERS[key].fullmatch(value)]
        good = {key: value for key, value in values.items() if key not in bad}
        rate = _rate(good.get("frameRate", ""))
        over, under = 1, 1
        if "frameRateMultiplier" in good:
            over, under, *_ = map(int, f"{good['frameRateMultiplier']} 1".replace(":", " ").split())
        frames, per = rate or (30, 1)
        self.nominal = -(-frames // per)
        if "frameRateMultiplier" in good:
            frames, per = self.nominal, 1
        self.frame_rate = (frames * over, per * under)
        self.sub_rate = int(good.get("subFrameRate", "1"))
        if "tickRate" in good:
            self.tick_rate = (int(good["tickRate"]), 1)
        elif rate:
            self.tick_rate = (self.frame_rate[0] * self.sub_rate, self.frame_rate[1])
        if good.get("timeBase") == "smpte":
            self.smpte = True
            self.drop = _DROPS.get(good.get("dropMode", ""))
            self.hours = {}
        return bad

    def read(self, value: str) -> int | None:
        """Milliseconds; None for what is no time."""
        if m := _CLOCK.fullmatch(value):
            hours, minutes, seconds, fraction, mark, frames, part = m.groups()
            count, ms = int(frames or 0), 0
            if self.strict and count > 99 and count >= self.nominal:
                return None
            if self.smpte:
                whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
                count += whole * self.nominal - self._dropped(int(hours), int(minutes), mark)
                hours = minutes = None
                seconds = "0"
            count *= self.sub_rate
            if part and self.sub_rate > 1:
                count += int(part)
            if count > 0:
                over, under = self.frame_rate
                ms = _scaled(count * 1000, (over * self.sub_rate, under))
            return ms + milliseconds(hours, minutes, seconds, fraction)
        if m := _OFFSET.fullmatch(value):
            digits = m[2] or ""
            amount, unit = int(m[1] + digits), m[3]
            over, under = {"f": self.frame_rate, "t": self.tick_rate}.get(unit, (1, 1))
            scale = _UNITS.get(unit, 1000)
            return _scaled(amount * scale, (over * 10 ** len(digits), under))
        return None

    def _dropped(self, hours: int, minutes: int, mark: str | None) -> int:
        """How many numbers of frames were left out up to a time."""
        drop = self.drop
        if mark == ";" and drop is None and self.nominal % 30 == 0:
            # Only such a count is written so, and only where a second is not quite its frames.
            over, under = self.frame_rate
            drop = "ntsc" if over < self.nominal * under else ""
        if drop == "ntsc":
            return (54 * hours + minutes - minutes // 10) * 2
        return (27 * hours + minutes // 2 - minutes // 20) * 4 if drop else 0


_POSITIVE = re.compile("0{0,8}[1-9][0-9]{0,8}")
_PARAMETERS = {
    "timeBase": re.compile("media|smpte|clock"),
    "dropMode": re.compile("nonDrop|dropNTSC|dropPAL|drop"),
    "frameRate": re.compile("0{0,8}[1-9][0-9]{0,8}(?:[.][0-9]{1,9})?"),
    "frameRateMultiplier": re.compile("[1-9][0-9]{0,8}(?:[ \t]*[ \t:][ \t]*[1-9][0-9]{0,8})?"),
    "subFrameRate": _POSITIVE,
    "tickRate": _POSITIVE,
}
Rate = tuple[int, int]


def _rate(value: str) -> Rate | None:
    """Frames a second; 29.97 and the like are what they are short for."""
    whole, _, part = value.partition(".")
    if not whole:
        return None
    if not part.strip("0"):
        return int(whole), 1
    thousandths = int(whole + part[:3].ljust(3, "0"))
    for short, frames in _NTSC.items():
        if abs(thousandths - short) <= 4:
            return frames * 1000, 1001
    return int(whole + part), 10 ** len(part)


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
    content: Content | None = None  # of a p whose text shows all at once
    look: Look  # of what stands in the body
    place: str | None = None
    ruby = ""
    preserve = False
    plain = False  # a body or div in which a p may be Flat
    at = 0  # the place in the file where a p begins, in bytes
    lang = ""  # what it, or what it stands in, says it is written in
    apart = ""  # what keeps it from running into what follows; a space, only where it is empty

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.children: list[Node | Flat | str] = []

    @property
    def inline(self) -> list[Node | str]:
        """The children of a p or span: none of them is Flat."""
        return self.children  # type: ignore[return-value]

    @classmethod
    def of(
        cls, begin: int | None, end: int | None, place: str | None, at: int, parent: Node
    ) -> Node:
        """A p that began as a flat one."""
        node = cls("p")
        node.begin, node.end, node.place, node.at = begin, end, place, at
        node.look, node.lang = parent.look, parent.lang
        return node


# A p of bare text in a plain container: its begin and end as it says them, region, place in the
# file, content.
Flat = tuple[int | None, int | None, str | None, int, str]


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

"""The head of a TTML document, and what its styles, regions and agents mean to its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .markup import color
from .model import BOLD, ITALIC, UNDERLINE, one_line
from .ttml_time import MAX_SETS, Node

XML_ID = "http://www.w3.org/XML/1998/namespace id"
_FLAGS = (
    ("fontWeight", BOLD, {"bold"}, {"normal"}),
    ("fontStyle", ITALIC, {"italic", "oblique"}, {"normal"}),
    ("textDecoration", UNDERLINE, {"underline"}, {"none", "noUnderline"}),
)
_LENGTHS = re.compile(r"\s*[-+]?[0-9.]{1,12}[a-z%]*\s+([-+]?[0-9.]{1,12})%\s*")
_ALIGNS = frozenset({"left", "right", "start", "end"})


class Look(NamedTuple):
    """Inherited by the content of an element."""

    style: int = 0
    color: str | None = None
    voice: str | None = None
    align: str | None = None  # None where nothing is said, "center" where that is


class Head:
    """Takes in the elements before the body; `time` reads a time expression."""

    def __init__(self, time: Callable[[str], int | None]) -> None:
        self.time = time
        self.open: list[tuple[str, str]] = []  # elements, with the ids they go by
        self.words: list[str] = []
        self.metadata: dict[str, str] = {}
        self.agents: dict[str, str] = {}
        self.styles: dict[str, dict[str, str]] = {}
        self.regions: dict[str, dict[str, str]] = {}
        self.fickle: dict[str, Node] = {}  # regions that do not show all the time

    def start(self, local: str, attributes: dict[str, str]) -> None:
        key = attributes.get(XML_ID) or attributes.get("id", "")
        inside, outer = self.open[-1] if self.open else ("", "")
        if local in ("style", "region", "set"):
            short = {k.rpartition(" ")[2]: value for k, value in attributes.items()}
            if local == "region":
                self.regions[key] = short
                if not short.keys().isdisjoint(("begin", "end", "dur", "display")):
                    self.fickle[key] = self.timed("region", short)
            elif inside == "region":
                if local == "style":
                    self.regions[outer].update(short)
                elif "display" in short:
                    area = self.fickle.setdefault(outer, Node("region"))
                    area.sets = (*area.sets, self.timed("set", short))[:MAX_SETS]
            elif local == "style":
                self.styles[key] = short
        elif local == "name" and inside == "agent":
            key = outer
        self.open.append((local, key))
        self.words.clear()

    def end(self) -> None:
        if not self.open:
            return
        local, key = self.open.pop()
        if local in ("title", "desc", "description", "name"):
            words = one_line("".join(self.words))
            if local == "name":
                self.agents.setdefault(key, words)
            elif words:
                self.metadata.setdefault(local[:4], words)
        self.words.clear()

    def timed(self, kind: str, short: dict[str, str]) -> Node:
        node = Node(kind)
        node.begin, node.end, node.dur = (
            self.time(short[name]) if name in short else None for name in ("begin", "end", "dur")
        )
        node.display = short.get("display", "").strip()
        return node

    def look(self, inherited: Look, attributes: tuple[tuple[str, str], ...]) -> Look:
        short = self.styled(dict(attributes).get("style", ""))
        short.update((key.rpartition(" ")[2], value) for key, value in attributes)
        style, tint, voice, align = inherited
        for key, bit, on, off in _FLAGS:
            value = short.get(key)
            if value:
                words = value.split()
                if any(word in on for word in words):
                    style |= bit
                elif any(word in off for word in words):
                    style &= ~bit
        if "color" in short:
            tint = color(short["color"])
        if "agent" in short:
            names = (self.agents.get(key, key) for key in short["agent"].split())
            voice = one_line(" & ".join(names)) or None
        if "textAlign" in short:
            align = short["textAlign"].strip()
        return Look(style, tint, voice, align)

    def styled(self, references: str, depth: int = 0) -> dict[str, str]:
        """The attributes of the styles referred to, and of those they refer to."""
        found: dict[str, str] = {}
        for reference in references.split()[:50]:
            style = self.styles.get(reference)
            if style is None:
                continue
            if "style" in style and depth < 50:
                # Taken out first, so that styles that refer to each other come to an end.
                style.update({**self.styled(style.pop("style"), depth + 1), **style})
            found.update(style)
        return found

    def placed(self, place: str | None, align: str | None) -> tuple[str | None, str | None]:
        region = self.regions.get(place or "", {})
        region = {**self.styled(region.get("style", "")), **region}
        top = place == "top"
        if region and not top:
            top = self.is_at_the_top(region)
        align = region.get("textAlign") if align is None else align
        return "top" if top else None, align if align in _ALIGNS else None

    @staticmethod
    def is_at_the_top(region: dict[str, str]) -> bool:
        origin, extent = (_LENGTHS.fullmatch(region.get(k, "")) for k in ("origin", "extent"))
        if not origin or not extent:
            return False
        begin = _percent(origin)
        return begin + _percent(extent) <= 50 or (
            begin < 50 and region.get("displayAlign") == "before"
        )


def _percent(m: re.Match[str]) -> float:
    try:
        return float(m[1])
    except ValueError:
        return 100.0

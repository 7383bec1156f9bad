"""The head of a TTML document, and what its styles, regions and agents mean to its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .markup import color
from .model import BOLD, ITALIC, UNDERLINE, one_line
from .ttml_time import MAX_SETS, Node

XML_ID = "http://www.w3.org/XML/1998/namespace id"
HIDDEN = 8  # a style beside bold, italic and underline, which no cue ever has
_COLORED = 16  # stands for the colour in `Look.said`
_FLAGS = (
    ("fontWeight", BOLD, {"bold"}, {"normal"}),
    ("fontStyle", ITALIC, {"italic", "oblique"}, {"normal"}),
    ("textDecoration", UNDERLINE, {"underline"}, {"none", "noUnderline"}),
    ("visibility", HIDDEN, {"hidden"}, {"visible"}),
)
_LENGTHS = re.compile(r"\s*[-+]?[0-9.]{1,12}[a-z%]*\s+([-+]?[0-9.]{1,12})%\s*")
_ALIGNS = frozenset({"left", "right", "start", "end"})
_TIMES = frozenset({"begin", "end", "dur"})
# What of the head holds elements alone; words in it are somebody's text gone astray.
_BARREN = frozenset({
    "head", "metadata", "styling", "layout", "style", "region", "initial", "set", "animation",
})  # fmt: skip


class Look(NamedTuple):
    """Inherited by the content of an element."""

    style: int = 0
    color: str | None = None
    voice: str | None = None
    align: str | None = None  # None where nothing is said, "center" where that is
    said: int = 0  # what of style and colour an element said, and did not leave to its region

    def within(self, region: Look) -> Look:
        """This look in a region, which is beneath all that elements say."""
        return self._replace(
            style=self.style & self.said | region.style & ~self.said,
            color=self.color if self.said & _COLORED else region.color,
            said=self.said | region.said,
        )


class Head:
    """Takes in the elements before the body.

    `time` reads a time expression; `astray` is told words that stand where none may, `doubled`
    those that are there a second time.
    """

    def __init__(
        self,
        time: Callable[[str], int | None],
        astray: Callable[[list[str]], None],
        doubled: Callable[[str, str], None],
    ) -> None:
        self.time, self.astray, self.doubled = time, astray, doubled
        self.open: list[tuple[str, str]] = []  # elements, with the ids they go by
        self.words: list[str] = []
        self.metadata: dict[str, str] = {}
        self.agents: dict[str, str] = {}
        self.styles: dict[str, dict[str, str]] = {}
        self.regions: dict[str, dict[str, str]] = {}
        self.initial: dict[str, str] = {}
        self.nested: dict[str, dict[str, str]] = {}  # by region, what `style` in it says
        self.fickle: dict[str, Node] = {}  # regions that do not show all the time
        self.veiled: list[Node] = []  # those that a style they refer to hides
        self.tinted: dict[str, Look] = {}  # regions that change how their text looks
        self.base = Look()

    @property
    def is_barren(self) -> bool:
        """Whether words here are nobody's."""
        return not self.open or self.open[-1][0] in _BARREN

    def start(self, local: str, attributes: dict[str, str]) -> None:
        if self.words and self.is_barren:
            self.astray(self.words)
        key = attributes.get(XML_ID) or attributes.get("id", "")
        inside, outer = self.open[-1] if self.open else ("", "")
        if local in ("style", "region", "set", "initial"):
            short = {k.rpartition(" ")[2]: value for k, value in attributes.items()}
            if local == "region":
                self.regions[key] = short
                if not short.keys().isdisjoint(_TIMES):
                    self.fickle[key] = self.timed("region", short)
            elif inside == "region":
                if local == "style":
                    # The first one that says something counts, and the region itself before it.
                    self.nested[outer] = {**short, **self.nested.get(outer, {})}
                elif local == "set" and "display" in short:
                    area = self.fickle.setdefault(outer, Node("region"))
                    area.sets = (*area.sets, self.timed("set", short))[:MAX_SETS]
            elif local == "style":
                self.styles[key] = short
            elif local == "initial":
                self.initial.update(short)
        elif local == "name" and inside == "agent":
            key = outer
        self.open.append((local, key))
        self.words.clear()

    def end(self) -> None:
        if not self.open:
            return
        if self.words and self.is_barren:
            self.astray(self.words)
        local, key = self.open.pop()
        if local in ("title", "desc", "description", "name"):
            words = one_line("".join(self.words))
            if local == "name":
                self.agents.setdefault(key, words)
            elif words and self.metadata.setdefault(local[:4], words) != words:
                self.doubled(local, words)
        self.words.clear()

    def close(self) -> None:
        """No more styles and regions will come: settle what they mean."""
        if self.initial:
            self.base = self.look(self.base, tuple(self.initial.items()))
            self.base = self.base._replace(align=None, said=0)
        for key, own in self.regions.items():
            nested = {k: v for k, v in self.nested.get(key, {}).items() if k != "style"}
            found = {**self.styled(own.get("style", "")), **nested, **own}
            found.pop("style", None)
            self.regions[key] = found
            look = self.look(self.base, tuple(found.items()))
            if look.style != self.base.style or look.color != self.base.color:
                self.tinted[key] = look
            display = found.get("display", "").strip()
            if display == "none" or key in self.fickle:
                area = self.fickle.setdefault(key, Node("region"))
                area.display = display
                if display == "none" and "display" not in own and "display" not in nested:
                    self.veiled.append(area)
        for area in self.fickle.values():
            for change in area.sets:
                change.display = change.display or area.display

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
        style, tint, voice, align, said = inherited
        for key, bit, on, off in _FLAGS:
            value = short.get(key)
            if value:
                words = value.split()
                if any(word in on for word in words):
                    style, said = style | bit, said | bit
                elif any(word in off for word in words):
                    style, said = style & ~bit, said | bit
        if "color" in short:
            tint, said = color(short["color"]), said | _COLORED
        if "agent" in short:
            names = (self.agents.get(key, key) for key in short["agent"].split())
            voice = one_line(" & ".join(names)) or None
        if "textAlign" in short:
            align = short["textAlign"].strip()
        return Look(style, tint, voice, align, said)

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

"""TTML, which DFXP is a profile of: read by way of its whole timing tree, written flat."""

from __future__ import annotations

import re
from pyexpat import ErrorString, ExpatError, ParserCreate
from typing import Any, NamedTuple

from .dfxp_write import dump
from .markup import color
from .model import (
    BOLD,
    ITALIC,
    MAX_NOTES,
    UNDERLINE,
    Content,
    Cue,
    FormatError,
    Note,
    Track,
    one_line,
    opened,
)
from .text import xml_bytes
from .ttml_text import content_of, text_of, turns
from .ttml_time import ALWAYS, FOREVER, MAX_SETS, Clock, Node, Window, clip, resolve, windows

MAX_DEPTH = 300

_TTML = re.compile(r"http://www\.w3\.org/(?:ns/ttml|20\d\d/\d\d/ttaf1)")
_XML_ID = "http://www.w3.org/XML/1998/namespace id"
_XML_LANG = "http://www.w3.org/XML/1998/namespace lang"
_XML_SPACE = "http://www.w3.org/XML/1998/namespace space"
_CONTENT = frozenset({"body", "div", "p", "span", "br", "set"})
_WHITE = re.compile(r"[ \t\r\n]+")
_FLAGS = (
    ("fontWeight", BOLD, {"bold"}, {"normal"}),
    ("fontStyle", ITALIC, {"italic", "oblique"}, {"normal"}),
    ("textDecoration", UNDERLINE, {"underline"}, {"none", "noUnderline"}),
)
_LOOKS = frozenset({"Weight", "tStyle", " color", " agent", "tAlign"})
_INLINE = frozenset({"p", "span"})
_LENGTHS = re.compile(r"\s*[-+]?[0-9.]{1,12}[a-z%]*\s+([-+]?[0-9.]{1,12})%\s*")
_ALIGNS = frozenset({"left", "right", "start", "end"})


class _Look(NamedTuple):
    """Inherited by the content of an element."""

    style: int = 0
    color: str | None = None
    voice: str | None = None
    align: str | None = None  # None where nothing is said, "center" where that is


_PLAIN = _Look()
_new = tuple.__new__


__all__ = ["dump", "load"]


def load(
    data: bytes | str, *, strict: bool = False, salvage: bool = False, max_depth: int = MAX_DEPTH
) -> Track:
    """Read TTML of any age.

    Every p becomes a cue, or several where the time of its spans differs. What has no times, or
    none that can be read, is unsynced; regions and styles never hide text. A document type is
    refused, whatever it says, and so are elements more than `max_depth` deep.
    """
    reader = _Reader(max_depth)
    source, encoding = xml_bytes(data)
    parser = ParserCreate(encoding, " ")
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    reader.parser = parser
    try:
        parser.Parse(source, True)
    except ExpatError as error:
        raise FormatError(f"not XML: {ErrorString(error.code)}", error.lineno, "dfxp") from None
    except FormatError as error:
        error.line = parser.CurrentLineNumber
        raise
    return reader.track()


def _refuse(*_: object) -> None:
    raise FormatError("a document type declaration is not accepted", format="dfxp")


class _Reader:
    def __init__(self, max_depth: int) -> None:
        self.parser: Any = None
        self.max_depth = max_depth
        self.depth = self.skipping = 0
        self.names: dict[str, str] = {}
        self.clock = Clock()
        self.notes: list[Note] = []
        self.language = ""
        self.head: list[tuple[str, str]] = []  # open elements of the head, with their ids
        self.words: list[str] = []
        self.metadata: dict[str, str] = {}
        self.agents: dict[str, str] = {}
        self.styles: dict[str, dict[str, str]] = {}
        self.regions: dict[str, dict[str, str]] = {}
        self.places: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
        self.fickle: dict[str, Node] = {}  # regions that do not show all the time
        self.body: Node | None = None
        self.open: list[Node] = []

    # -- the parser's calls

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.max_depth:
            raise FormatError(f"elements more than {self.max_depth} deep", format="dfxp")
        if self.skipping:
            self.skipping += 1
            return
        local = self.names.get(name)
        if local is None:
            local = self.names[name] = _local(name)
        if self.depth == 1:
            self.root(local, attributes)
        elif self.open:
            if local in _CONTENT:
                self.start_content(local, attributes)
            else:
                self.skipping = 1
        elif local == "body" and self.body is None:
            self.start_content(local, attributes)
        elif local:
            self.start_head(local, attributes)
        else:
            self.skipping = 1

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.skipping:
            self.skipping -= 1
        elif self.open:
            node = self.open.pop()
            if node.kind == "p":
                self.end_paragraph(node)
        elif self.head:
            self.end_head()

    def text(self, data: str) -> None:
        if self.skipping:
            return
        if self.open:
            if self.open[-1].kind in ("p", "span"):
                self.open[-1].children.append(data)
        elif self.head:
            self.words.append(data)

    # -- the head

    def root(self, local: str, attributes: dict[str, str]) -> None:
        if local != "tt":
            raise FormatError("the file is XML, but no TTML", format="dfxp")
        short = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.language = attributes.get(_XML_LANG, "").strip()
        self.clock.set_rates(
            short.get("frameRate", ""),
            short.get("frameRateMultiplier", ""),
            short.get("tickRate", ""),
        )
        self.preserve = attributes.get(_XML_SPACE) == "preserve"

    def start_head(self, local: str, attributes: dict[str, str]) -> None:
        key = attributes.get(_XML_ID) or attributes.get("id", "")
        inside, outer = self.head[-1] if self.head else ("", "")
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
        self.head.append((local, key))
        self.words = []

    def timed(self, kind: str, short: dict[str, str]) -> Node:
        node = Node(kind)
        node.begin, node.end, node.dur = (
            self.time(short[name]) if name in short else None for name in ("begin", "end", "dur")
        )
        node.display = short.get("display", "").strip()
        return node

    def end_head(self) -> None:
        local, key = self.head.pop()
        if local in ("title", "desc", "description", "name"):
            words = one_line("".join(self.words))
            if local == "name":
                self.agents.setdefault(key, words)
            elif words:
                self.metadata.setdefault(local[:4], words)
        self.words = []

    # -- the body

    def start_content(self, kind: str, attributes: dict[str, str]) -> None:
        parent = self.open[-1] if self.open else None
        if kind == "br":
            # Whatever it says of itself, a break is a break.
            if parent and parent.kind in _INLINE:
                parent.children.append(None)
            self.skipping = 1
            return
        node = Node(kind)
        if parent is None:
            self.body = node
            node.look, node.preserve = _PLAIN, self.preserve
        else:
            if parent.kind in _INLINE and kind != "set":
                node.kind = kind = "span"
            node.look = parent.look
            if parent.place:
                node.place = parent.place
            if parent.preserve:
                node.preserve = True
            if kind == "set":
                self.change(parent, attributes)
            else:
                parent.children.append(node)
        self.open.append(node)
        if attributes and kind != "set":
            self.attributes(node, attributes)

    def change(self, parent: Node, attributes: dict[str, str]) -> None:
        """Take in an animation; only that of `display` matters to us."""
        short = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        found = self.timed("set", short)
        parent.sets = (*parent.sets, found)[:MAX_SETS]
        if found.display and parent.kind == "span":
            self.mark_timed(len(self.open) - 1)
        elif not found.display:
            found.display = parent.display

    def attributes(self, node: Node, attributes: dict[str, str]) -> None:
        look = timed = False
        for key, value in attributes.items():
            if key == "begin":
                node.begin = self.time(value)
                timed = True
            elif key == "end":
                node.end = self.time(value)
                timed = True
            elif key == "region":
                node.place = value
            elif key == "dur":
                node.dur = self.time(value)
                timed = True
            elif key == "timeContainer":
                timed = node.seq = value.strip() == "seq"
            elif key == _XML_SPACE:
                node.preserve = value == "preserve"
            elif key[-8:] == " display":
                # Only where it stands; by reference, other engines do not hide the text either.
                node.display = value.strip()
                timed = timed or node.display == "none"
            elif key == "style" or key[-6:] in _LOOKS or key[-14:] == "textDecoration":
                look = True
            elif key[-5:] == " ruby":
                node.ruby = value
        if look:
            node.look = self.look(node, attributes)
        if timed and node.kind in _INLINE:
            if node.kind == "span":
                self.mark_timed(len(self.open) - 1)
            elif node.seq:
                node.timed = True

    def mark_timed(self, index: int) -> None:
        while index >= 0:
            node = self.open[index]
            node.timed = True
            if node.kind == "p":
                return
            index -= 1

    def time(self, value: str) -> int | None:
        ms = self.clock.read(value)
        if ms is None and value.strip() and len(self.notes) < MAX_NOTES:
            line = self.parser.CurrentLineNumber
            self.notes.append(Note(line, f"a time that cannot be read: {value[:40]}"))
        return ms

    def look(self, node: Node, attributes: dict[str, str]) -> _Look:
        short = self.styled(attributes.get("style", ""))
        short.update((key.rpartition(" ")[2], value) for key, value in attributes.items())
        style, tint, voice, align = node.look
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
        return _Look(style, tint, voice, align)

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

    # -- paragraphs

    def end_paragraph(self, node: Node) -> None:
        if not node.timed:
            node.content = content_of(node)
            node.children = []

    def track(self) -> Track:
        if self.body is None:
            self.body = Node("body")
        resolve(self.body, 0, False, False)
        cues: list[Cue] = []
        for area in self.fickle.values():
            resolve(area, 0, False, False)
        self.gather(self.body, cues, ALWAYS)
        return Track(
            opened(cues),
            language=self.language,
            title=self.metadata.get("titl", ""),
            description=self.metadata.get("desc", ""),
            notes=tuple(self.notes),
        )

    def gather(self, node: Node, cues: list[Cue], shown: list[Window]) -> None:
        """The cues of a body or div and all within it, clipped to when it shows."""
        if node.bounded or node.display or node.sets:
            shown = clip(windows(node), shown)
        paragraph = node.kind == "div"
        for child in node.children:
            if child.__class__ is not Node:
                continue
            if child.kind == "div":
                self.gather(child, cues, shown)
            elif child.kind == "p":
                self.paragraph(child, cues, shown, paragraph)
                paragraph = False

    def paragraph(self, node: Node, cues: list[Cue], shown: list[Window], opens: bool) -> None:
        key = (node.place, node.look.align)
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = self.placed(node)
        region, align = place
        if area := self.fickle.get(node.place or ""):
            shown = clip(shown, windows(area))
        if node.display or node.sets:
            shown = clip(shown, windows(node))
        count = len(cues)
        begin, end = node.begin or 0, FOREVER if node.end is None else node.end
        moments = [(begin, end, node.content)] if node.content is not None else self.turns(node)
        for low, high, content in moments:
            times = [(low, high)]
            # A cue that ends before it begins is what somebody wrote, and not for us to hide.
            if low < high and shown is not ALWAYS:
                times = clip(times, shown)
            for start, stop in times:
                if start < FOREVER:
                    unsynced = not start and not node.since
                    cues.append(
                        _new(
                            Cue,
                            (
                                None if unsynced else start,
                                None if stop >= FOREVER else stop,
                                content,
                                opens,
                                region,
                                align,
                            ),
                        )
                    )
                    opens = False
        if len(cues) == count and len(self.notes) < MAX_NOTES and text_of(node):
            self.notes.append(Note(None, f"never shown: {text_of(node)[:60]}"))

    def turns(self, node: Node) -> list[tuple[int, int, Content]]:
        """What a p shows by turns, where its spans have times of their own."""
        found = turns(node)
        if found is None:
            self.notes.append(Note(None, "a paragraph with too many timed spans, shown as a whole"))
            return [(node.begin or 0, FOREVER if node.end is None else node.end, content_of(node))]
        return found

    def placed(self, node: Node) -> tuple[str | None, str | None]:
        region = self.regions.get(node.place or "", {})
        top = node.place == "top"
        if region and not top:
            origin, extent = (_LENGTHS.fullmatch(region.get(k, "")) for k in ("origin", "extent"))
            top = bool(origin and extent and _percent(origin) + _percent(extent) <= 50)
        align = node.look.align
        if align is None and region:
            align = region.get("textAlign") or self.styled(region.get("style", "")).get("textAlign")
        return "top" if top else None, align if align in _ALIGNS else None


def _local(name: str) -> str:
    """The name of an element of TTML, "" for anybody else's."""
    space, _, local = name.rpartition(" ")
    return local if not space or _TTML.match(space) else ""


def _percent(m: re.Match[str]) -> float:
    try:
        return float(m[1])
    except ValueError:
        return 100.0

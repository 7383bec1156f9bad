"""TTML, which DFXP is a profile of: read by way of its whole timing tree, written flat.

Nearly every p is bare text with two times. Such a p stays a tuple, `Flat`, for as long as nothing
in it, above it or about its region needs the tree's `Node`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pyexpat import ErrorString, ExpatError, ParserCreate
from typing import Any

from .dfxp_write import dump
from .model import (
    MAX_NOTES,
    USUAL,
    Content,
    Cue,
    FormatError,
    Note,
    Rules,
    Track,
    opened,
)
from .text import xml_bytes
from .ttml_style import XML_ID, Head, Look
from .ttml_text import BREAK, bare, content_of, text_of, turns
from .ttml_time import ALWAYS, FOREVER, MAX_SETS, Clock, Node, Window, clip, resolve, windows

_TTML = re.compile(r"http://www\.w3\.org/(?:ns/ttml|20\d\d/\d\d/ttaf1)")
_XML_LANG = "http://www.w3.org/XML/1998/namespace lang"
_XML_SPACE = "http://www.w3.org/XML/1998/namespace space"
_CONTENT = frozenset({"body", "div", "p", "span", "set"})
_LOOKS = frozenset({"Weight", "tStyle", " color", " agent", "tAlign"})
_INLINE = frozenset({"p", "span"})
_BLOCKS = frozenset({"body", "div"})

_PLAIN = Look()
_new = tuple.__new__


__all__ = ["dump", "load"]


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read TTML of any age.

    Every p becomes a cue, or several where the time of its spans differs. What has no times, or
    none that can be read, is unsynced; regions and styles never hide text. A document type is
    refused, whatever it says, and so are elements deeper than the rules allow.
    """
    reader = _Reader(rules.max_depth)
    source, encoding = xml_bytes(data)
    parser = ParserCreate(encoding, " ")
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    reader.parser = parser
    reader.hear(reader.head.words)
    try:
        parser.Parse(source, True)
    except ExpatError as error:
        raise FormatError(f"not XML: {ErrorString(error.code)}", error.lineno, "dfxp") from None
    except FormatError as error:
        error.line = parser.CurrentLineNumber
        raise
    except (LookupError, ValueError):
        # What Python's codecs say of an encoding that the file claims.
        raise FormatError("not XML: its encoding cannot be read", 1, "dfxp") from None
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
        self.head = Head(self.time)
        # What is asked for again and again, with few answers.
        self.look = lru_cache(1000)(self.head.look)
        self.placed = lru_cache(1000)(self.head.placed)
        self.body: Node | None = None
        self.open: list[Node] = []
        # Begin, end and region of the p that is open and flat so far; `open` does not hold it.
        self.flat: tuple[int | None, int | None, str | None] | None = None
        self.words: list[str] = []  # text, and breaks, that no element has been given yet
        self.kept = 0  # how many of them are from before what is being skipped

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
        if self.open:
            if local == "br":
                # Whatever it says of itself, a break is a break.
                self.words.append(BREAK)
                self.skip()
            elif local not in _CONTENT:
                self.skip()
            elif local != "p" or not self.start_flat(attributes):
                self.start_content(local, attributes)
        elif self.depth == 1:
            self.root(local, attributes)
        elif local == "body" and self.body is None:
            self.hear([])
            self.start_content(local, attributes)
        elif local:
            self.head.start(local, attributes)
        else:
            self.skip()

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.skipping:
            self.skipping -= 1
            if not self.skipping:
                del self.words[self.kept :]
        elif self.flat:
            self.open[-1].children.append((*self.flat, bare(self.words)))
            self.flat = None
            self.words.clear()
        elif self.open:
            self.hand_over()
            node = self.open.pop()
            if node.kind == "p" and not node.timed:
                node.content = content_of(node)
                node.children = []
            elif not self.open:
                self.hear(self.head.words)
        else:
            self.head.end()

    def hear(self, words: list[str]) -> None:
        """Have the parser itself, which is quickest, put text there from now on."""
        self.words = words
        self.parser.CharacterDataHandler = words.append

    def skip(self) -> None:
        """Pass over the element that has just begun, and all within it."""
        self.skipping = 1
        self.kept = len(self.words)

    def hand_over(self) -> None:
        """Give the words there are to the element they stand in."""
        if self.open and self.open[-1].kind in _INLINE:
            self.open[-1].children += self.words
        self.words.clear()

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

    # -- the body

    def start_flat(self, attributes: dict[str, str]) -> bool:
        """Begin a p without making a Node, unless it says what needs one."""
        parent = self.open[-1]
        # One p within another is but a span.
        if self.flat or not parent.plain:
            return False
        begin = end = None
        place = parent.place
        for key, value in attributes.items():
            if key == "begin":
                begin = self.clock.read(value)
                if begin is None or begin >= FOREVER:
                    return False
            elif key == "end":
                end = self.clock.read(value)
                if end is None or end >= FOREVER:
                    return False
            elif key == "region":
                place = value
            elif key != XML_ID:
                return False
        self.flat = (begin, end, place)
        self.words.clear()
        return True

    def start_content(self, kind: str, attributes: dict[str, str]) -> None:
        if self.flat:
            # It holds more than bare text, so it is not flat after all.
            node = Node.of(*self.flat, self.open[-1].look)
            self.open[-1].children.append(node)
            self.open.append(node)
            self.flat = None
        self.hand_over()
        parent = self.open[-1] if self.open else None
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
        if kind in _BLOCKS:
            node.plain = node.look[:3] == _PLAIN[:3] and not node.preserve and not node.seq

    def change(self, parent: Node, attributes: dict[str, str]) -> None:
        """Take in an animation; only that of `display` matters to us."""
        short = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        found = self.head.timed("set", short)
        parent.sets = (*parent.sets, found)[:MAX_SETS]
        if found.display and parent.kind == "span":
            self.mark_timed(len(self.open) - 1)
        elif not found.display:
            found.display = parent.display

    def attributes(self, node: Node, attributes: dict[str, str]) -> None:
        look = timed = False
        rest: list[tuple[str, str]] = []
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
            elif key[-5:] == " ruby":
                node.ruby = value
            elif key != XML_ID:
                rest.append((key, value))
                if key == "style" or key[-6:] in _LOOKS or key[-14:] == "textDecoration":
                    look = True
        if look:
            node.look = self.look(node.look, tuple(rest))
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

    # -- paragraphs

    def track(self) -> Track:
        if self.body is None:
            self.body = Node("body")
        resolve(self.body, 0, False, False)
        cues: list[Cue] = []
        for area in self.head.fickle.values():
            resolve(area, 0, False, False)
        self.gather(self.body, cues, ALWAYS)
        return Track(
            opened(cues),
            language=self.language,
            title=self.head.metadata.get("titl", ""),
            description=self.head.metadata.get("desc", ""),
            notes=tuple(self.notes),
        )

    def gather(self, node: Node, cues: list[Cue], shown: list[Window]) -> None:
        """The cues of a body or div and all within it, clipped to when it shows."""
        if node.bounded or node.display or node.sets:
            shown = clip(windows(node), shown)
        paragraph = node.kind == "div"
        usual = shown is ALWAYS and not node.since and not self.head.fickle
        for child in node.children:
            if child.__class__ is tuple:
                begin, end, place, content = child
                if usual:
                    region, align = self.placed(place, node.look.align)
                    cue = (begin, end, content, paragraph, region, align, None, None)
                    cues.append(_new(Cue, cue))
                else:
                    whole = Node.of(begin, end, place, node.look)
                    whole.content = content
                    resolve(whole, node.begin or 0, False, node.since)
                    self.paragraph(whole, cues, shown, paragraph)
                paragraph = False
            elif child.__class__ is not Node:
                continue
            elif child.kind == "div":
                self.gather(child, cues, shown)
            elif child.kind == "p":
                self.paragraph(child, cues, shown, paragraph)
                paragraph = False

    def paragraph(self, node: Node, cues: list[Cue], shown: list[Window], opens: bool) -> None:
        region, align = self.placed(node.place, node.look.align)
        if area := self.head.fickle.get(node.place or ""):
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
                    begins = None if not start and not node.since else start
                    ends = None if stop >= FOREVER else stop
                    cue = (begins, ends, content, opens, region, align, None, None)
                    cues.append(_new(Cue, cue))
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


def _local(name: str) -> str:
    """The name of an element of TTML, "" for anybody else's."""
    space, _, local = name.rpartition(" ")
    return local if not space or _TTML.match(space) else ""

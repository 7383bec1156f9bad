"""TTML, which DFXP is a profile of: read by way of its whole timing tree, written flat.

Nearly every p is bare text with two times. Such a p stays a tuple, `Flat`, for as long as nothing
in it, above it or about its region needs the tree's `Node`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pyexpat import ErrorString, ExpatError, ParserCreate
from typing import TYPE_CHECKING

from amara_api.kernel.languages import normalise

from .dfxp_write import dump
from .markup import FLAGS, color
from .model import (
    USUAL,
    Content,
    Cue,
    FormatError,
    Notes,
    Rules,
    Track,
    one_line,
    opened,
)
from .text import xml_bytes
from .timecode import MINUTE_SECOND
from .ttml_style import HIDDEN, XML_ID, Head
from .ttml_text import BREAK, bare, content_of, text_of, turns, unseen
from .ttml_time import (
    ALWAYS,
    FOREVER,
    MAX_SETS,
    MILLI,
    Clock,
    Node,
    Window,
    clip,
    resolve,
    windows,
)

_TTML = re.compile(r"http://www\.w3\.org/(?:ns/ttml|20\d\d/\d\d/ttaf1)")
_XHTML = "http://www.w3.org/1999/xhtml"
_XML_LANG = "http://www.w3.org/XML/1998/namespace lang"
_XML_SPACE = "http://www.w3.org/XML/1998/namespace space"
_TEXTUAL = frozenset({"body", "div", "p", "span"})
_CONTENT = _TEXTUAL | {"set"}
# Those of HTML that people take TTML to have.
_MARKUP = frozenset({*FLAGS, "font", "s", "strike", "del"})
# What they hold is about the text, or no text at all.
_ASIDE = frozenset({
    "metadata", "title", "desc", "copyright", "agent", "name", "actor", "item", "animate",
    "audio", "chunk", "data", "image", "resources", "source",
})  # fmt: skip
_NAMES = {n.lower(): n for n in ("tt", "head", "styling", "layout", "style", "region", "br")}
_NAMES.update((name, name) for name in (*_CONTENT, *_MARKUP, "metadata"))
_LOOKS = frozenset({"Weight", "tStyle", " color", " agent", "tAlign", "bility"})
_INLINE = frozenset({"p", "span"})
_BLOCKS = frozenset({"body", "div"})
_TIMED = frozenset({"begin", "end", "dur", "region", "style", "timeContainer"})
# Attributes of no namespace that say nothing we could keep, or are looked at with the styles.
_KNOWN = frozenset({"style", "animate", "agent", "role", "condition", "id", "class", "lang"})
# The rest of a tag that ended too early: attributes up to a bracket that nothing has opened.
_PIECE_OF_A_TAG = re.compile(r"""(?<![\w:.-])[A-Za-z_][\w:.-]{0,60}\s?=\s?"[^"<>]*"\s?/?>""")
_PLAIN_LOOK = (0, None, None)
_MARKED = re.compile(r"</?[A-Za-z_][^<>]*>")
_TAG = re.compile(rb"</?[A-Za-z_][^<>]*>|<!\[CDATA\[|\]\]>")

_new = tuple.__new__

if TYPE_CHECKING:
    from pyexpat import XMLParserType


__all__ = ["dump", "load"]


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read TTML of any age.

    Every p becomes a cue, or several where the time of its spans differs. What has no times, or
    none that can be read, is unsynced; regions never hide text by where they are. What TTML has
    players leave out is noted; where the rules ask for the whole file it is an error, as is a time
    that cannot be read. A document type is refused, whatever it says, and so are elements deeper
    than the rules allow.
    """
    source, notes = xml_bytes(data, rules)
    above = _lines_above(data)
    reader = _Reader(rules, source, above)
    reader.notes.take(notes)
    parser = ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    if rules.whole:
        parser.CommentHandler = reader.comment
    reader.parser = parser
    reader.hear(reader.head.words)
    try:
        try:
            parser.Parse(source, True)
        except ExpatError as error:
            what, line = f"not XML: {ErrorString(error.code)}", error.lineno + above
            if not (rules.whole and rules.salvage):
                raise FormatError(what, line, "dfxp") from None
            parser.buffer_text = False  # hands over the text before the error
            reader.break_off(what, line, _unread(source, parser.ErrorByteIndex))
        return reader.track()
    except FormatError as error:
        if error.line is None:
            error.line = parser.CurrentLineNumber + above
        raise
    except (LookupError, ValueError):
        # What Python's codecs say of an encoding that the file claims.
        raise FormatError("not XML: its encoding cannot be read", 1, "dfxp") from None


def _unread(source: bytes, error: int) -> bytes:
    """What is behind an error, from the beginning of the tag or entity that it is in."""
    for opening, closing in ((b"<", b">"), (b"&", b";")):
        begin = source.rfind(opening, max(error - 1000, 0), error)
        if begin >= 0 and closing not in source[begin:error]:
            return source[begin:]
    return source[error:]


def _lines_above(data: bytes | str) -> int:
    """The lines that are cut off before the XML begins."""
    if isinstance(data, str):
        data = data[:100_000].encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    blank = data[: len(data) - len(data.lstrip(b" \t\r\n"))]
    return len(blank.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")) - 1


def _refuse(*_: object) -> None:
    raise FormatError("a document type declaration is not accepted", format="dfxp")


class _Reader:
    parser: XMLParserType  # that which calls

    def __init__(self, rules: Rules, source: bytes, above: int) -> None:
        self.rules = rules
        self.source, self.above = source, above
        self.counted = (0, 1 + above)  # a place in the source, and its line
        self.max_depth = rules.max_depth
        self.depth = self.skipping = 0
        self.names: dict[str, str] = {}
        self.clock = Clock(rules.whole)
        self.hours = self.clock.hours
        self.notes = Notes("dfxp", rules, forgiving=True)
        self.faithful = True
        self.language = ""
        self.tongues = False  # whether anything says what language it is in
        self.spoken: list[str] = []  # by cue, where something does
        self.hidden: list[tuple[Node, str]] = []  # by its author: the p and the words
        self.veiled: list[Node] = []  # what a style it refers to hides
        self.head = Head(self.time, self.astray, self.doubled)
        # What is asked for again and again, with few answers.
        self.look = lru_cache(1000)(self.head.look)
        self.placed = lru_cache(1000)(self.head.placed)
        self.tinted = self.head.tinted
        self.styled = lru_cache(1000)(self.head.styled)
        self.body: Node | None = None
        self.open: list[Node] = []
        # Begin, end, region and place of the p that is open and flat so far; `open` does not hold
        # it.
        self.flat: tuple[int | None, int | None, str | None, int] | None = None
        self.words: list[str] = []  # text, and breaks, that no element has been given yet
        self.kept = 0  # how many of them are from before what is being skipped
        self.passing = ""  # what to say if there are words in that

    # -- the parser's calls

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        local = self.names.get(name)
        if local == "p" and not self.skipping and self.open and self.start_flat(attributes):
            return
        if self.depth > self.max_depth:
            raise FormatError(f"elements more than {self.max_depth} deep", format="dfxp")
        if local is None:
            local = self.names[name] = self.local(name)
        if self.skipping:
            self.skipping += 1
            self.words.append(" ")
            if local in _TEXTUAL and not self.passing:
                self.passing = f"text in a {local} where none may be"
            return
        if self.open:
            if local == "br":
                # Whatever it says of itself, a break is a break.
                words = self.words
                words.append(BREAK)
                self.skipping, self.kept = 1, len(words)
                self.passing = "text within a line break"
            elif local not in _CONTENT:
                self.start_other(local, attributes)
            else:
                self.start_content(local, attributes)
        elif self.depth == 1:
            self.root(local, attributes)
        elif local in _TEXTUAL:
            self.outside(local, attributes)
        elif local:
            self.head.start(local, attributes)
        else:
            # Within the head it may be anything; beside head and body, somebody's of another name.
            self.skip("text in an element that is none of TTML's" if self.depth == 2 else "")

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.skipping:
            self.skipping -= 1
            if not self.skipping and len(self.words) > self.kept:
                self.skipped()
        elif flat := self.flat:
            words = self.words
            content = bare(words)
            if '="' in content:
                self.doubt(content)
            self.open[-1].children.append((*flat, content))
            self.flat = None
            words.clear()
        elif self.open:
            self.hand_over()
            node = self.open.pop()
            if node.apart and (node.apart is BREAK or not node.children):
                self.words.append(node.apart)
            if node.kind == "p" and not node.timed:
                hidden: list[str] = []
                node.content = content_of(node, hidden)
                node.children = []
                if hidden:
                    self.hide(node, hidden)
            elif not self.open:
                self.hear(self.head.words)
        else:
            self.head.end()

    def comment(self, text: str) -> None:
        """Tell of subtitles that somebody took out in this way."""
        words = _MARKED.sub(" ", text) if "</" in text else text
        if words != text:
            words = one_line(words)
            self.notes.said(f"elements within a comment, not kept: {words}", self.line)

    def hear(self, words: list[str]) -> None:
        """Have the parser itself, which is quickest, put text there from now on."""
        self.words = words
        self.parser.CharacterDataHandler = words.append

    def skip(self, what: str = "") -> None:
        """Pass over the element that has just begun, and all within it.

        `what` is what to say of it if there is text in it; nothing, if that would be no subtitle's.
        """
        self.skipping = 1
        self.kept = len(self.words)
        self.passing = what

    def skipped(self) -> None:
        """What was passed over is at its end."""
        text = "".join(self.words[self.kept :]).strip()
        del self.words[self.kept :]
        if text and self.passing:
            self.lost(self.passing, self.line() - text.count("\n"), text)

    def hand_over(self) -> None:
        """Give the words there are to the element they stand in."""
        if self.open and self.open[-1].kind in _INLINE:
            self.open[-1].children += self.words
            for word in self.words:
                if '="' in word:
                    self.doubt(word)
        elif self.words:
            self.astray(self.words)
        self.words.clear()

    # -- what goes wrong

    def line(self) -> int:
        """Where the parser is."""
        return int(self.parser.CurrentLineNumber) + self.above

    def line_of(self, node: Node) -> int:
        """Where a p begins; quick where they are asked for in their order."""
        place, line = self.counted
        if b"\r" in self.source:
            self.source = self.source.replace(b"\r\n", b" \n").replace(b"\r", b"\n")
        if place > node.at:
            place, line = 0, 1 + self.above
        self.counted = (node.at, line + self.source.count(b"\n", place, node.at))
        return self.counted[1]

    def lost(self, what: str, line: int | None, words: str = "") -> None:
        self.faithful = False
        self.notes.lost(what, line, words)

    def mended(self, what: str) -> None:
        self.faithful = False
        self.notes.said(what, self.line)

    def broken(self, what: str) -> None:
        """The elements stand as they cannot: an error where the whole file is asked for."""
        if self.notes.refuses:
            raise FormatError(what, self.line(), "dfxp")
        self.mended(what)

    def astray(self, words: list[str]) -> None:
        """Words where none may be, up to where the parser is."""
        text = "".join(words).replace(BREAK, " ")
        if not text or text.isspace():
            return
        behind = text.lstrip()
        if not any(c.isalnum() for c in behind):
            self.mended(f"marks outside every p, not kept: {one_line(behind)}")
            return
        self.lost("text outside every p", self.line() - behind.count("\n"), behind)

    def doubt(self, text: str) -> None:
        """Text with what may be a piece of a tag: an error where the whole file is asked for."""
        if self.rules.whole and (m := _PIECE_OF_A_TAG.search(text)):
            # What has its own opening bracket is a tag that somebody speaks of.
            if text.rfind("<", 0, m.start()) <= text.rfind(">", 0, m.start()):
                self.broken("a piece of a tag among the text")

    def doubled(self, what: str, words: str) -> None:
        self.notes.said(f"a second {what}, not kept: {words}", self.line)

    def hide(self, node: Node, words: list[str]) -> None:
        text = one_line(" ".join(words))
        if text:
            self.hidden.append((node, text))

    def break_off(self, what: str, line: int, rest: bytes) -> None:
        """End what is open, where the file is XML no longer."""
        words = one_line(_TAG.sub(b" ", rest).decode("utf-8", "replace"))
        while self.depth:
            self.end("")
        self.lost(f"{what}; nothing from here on was read", line, words)
        if not self.body or not any(True for _ in self.body.children):
            raise FormatError(what, line, "dfxp")

    # -- names

    def local(self, name: str) -> str:
        """The name of an element of TTML, or of one that stands for one; "" for anybody else's."""
        space, _, local = name.rpartition(" ")
        if space == _XHTML:
            return local if local in _MARKUP or local == "br" else ""
        if space and not _TTML.match(space):
            return ""
        if local not in _NAMES:
            meant = _NAMES.get(local.lower())
            if meant:
                self.mended(f"elements named {local}, read as {meant}")
                return meant
        return local

    # -- outside the body

    def root(self, local: str, attributes: dict[str, str]) -> None:
        if local != "tt":
            raise FormatError("the file is XML, but no TTML", format="dfxp")
        short = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.language = attributes.get(_XML_LANG, "").strip()
        for key in self.clock.set_rates(short):
            self.lost(f"a {key} that cannot be read: {short[key][:40]}", self.line())
        self.hours = self.clock.hours
        self.preserve = attributes.get(_XML_SPACE) == "preserve"

    def outside(self, local: str, attributes: dict[str, str]) -> None:
        """An element that belongs to the body, and stands in none."""
        self.astray(self.head.words)
        self.head.words.clear()
        if local != "body" or self.body:
            what = "a second body" if local == "body" else f"a {local} outside the body"
            self.skip(f"text in {what}")
            return
        if self.depth != 2:
            self.broken("a body that is not directly in tt")
        self.head.close()
        self.hear([])
        self.start_content(local, attributes)

    # -- the body

    def start_flat(self, attributes: dict[str, str]) -> bool:
        """Begin a p without making a Node, unless it says what needs one."""
        parent = self.open[-1]
        # One p within another is but a span.
        if self.flat or not parent.plain:
            return False
        begin = end = None
        place = parent.place
        hours = self.hours
        for key, value in attributes.items():
            if key == "begin":
                try:
                    begin = hours[value[:-9]] + MINUTE_SECOND[value[-9:-4]] + MILLI[value[-4:]]
                except KeyError:
                    begin = self.clock.read(value)
                    if begin is None or begin >= FOREVER:
                        return False
            elif key == "end":
                try:
                    end = hours[value[:-9]] + MINUTE_SECOND[value[-9:-4]] + MILLI[value[-4:]]
                except KeyError:
                    end = self.clock.read(value)
                    if end is None or end >= FOREVER:
                        return False
            elif key == "region":
                place = value
            elif key != XML_ID:
                return False
        if place in self.tinted:
            return False
        words = self.words
        if words:
            if len(words) > 1 or not words[0].isspace():
                self.astray(words)
            words.clear()
        self.flat = (begin, end, place, self.parser.CurrentByteIndex)
        return True

    def start_content(self, kind: str, attributes: dict[str, str]) -> Node | None:
        if self.flat:
            # It holds more than bare text, so it is not flat after all.
            node = Node.of(*self.flat, self.open[-1])
            self.open[-1].children.append(node)
            self.open.append(node)
            self.flat = None
        self.hand_over()
        parent = self.open[-1] if self.open else None
        node = Node(kind)
        if parent is None:
            self.body = node
            node.look, node.preserve = self.head.base, self.preserve
        else:
            if parent.kind in _INLINE:
                if kind not in ("set", "span"):
                    self.nested(node, kind)
                    node.kind = kind = "span"
            elif kind == "span" or parent.kind == "set":
                self.skip(f"text in a {kind} outside every p")
                return None
            elif kind == "body":
                self.broken("a body within the body")
                node.kind = kind = "div"
            node.look = parent.look
            if parent.place:
                node.place = parent.place
            if parent.lang:
                node.lang = parent.lang
            if parent.preserve:
                node.preserve = True
            if kind == "set":
                self.change(parent, attributes)
            else:
                parent.children.append(node)
        self.open.append(node)
        if kind == "p":
            node.at = self.parser.CurrentByteIndex
        if attributes and kind != "set" and not node.apart:
            self.attributes(node, attributes)
        if kind in _BLOCKS:
            node.plain = node.look[:3] == _PLAIN_LOOK and not node.preserve and not node.seq
        elif kind == "p" and node.place in self.tinted:
            node.look = node.look.within(self.tinted[node.place])
        return node

    def nested(self, node: Node, kind: str) -> None:
        """A p or div within a p."""
        self.broken(f"a {kind} within a p")
        if self.rules.whole:
            # Where it is salvaged it is text of the outer one, and shows when that does.
            self.open[-1].children.append(BREAK)
            node.apart = BREAK

    def start_other(self, local: str, attributes: dict[str, str]) -> None:
        """An element that TTML does not have in its body, or that holds no text."""
        inside = self.flat or self.open[-1].kind in _INLINE
        if local in _ASIDE:
            self.skip()
        elif not local:
            self.skip("text in an element that is none of TTML's")
        elif not inside:
            self.skip(f"text in an element that does not belong there, {local}")
        else:
            self.mended(f"elements of no meaning in TTML, {local}, of which the text is kept")
            node = self.start_content("span", {})
            if node and local in FLAGS:
                node.look = node.look._replace(style=node.look.style | FLAGS[local])
            elif node and local == "font":
                node.look = node.look._replace(color=color(attributes.get("color", "")))
            elif node and local not in _MARKUP:
                # Empty, it may stand for something between two words.
                node.apart = " "

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
            elif key == _XML_LANG:
                if node.kind != "span":
                    node.lang = value.strip()
                    self.tongues = True
            elif key[-8:] == " display":
                node.display = value.strip()
                timed = timed or node.display == "none"
            elif key[-5:] == " ruby":
                node.ruby = value
            elif key != XML_ID:
                rest.append((key, value))
                if key == "style" or key[-6:] in _LOOKS or key[-14:] == "textDecoration":
                    look = True
                elif " " not in key and key not in _KNOWN:
                    self.odd(node, key, value, attributes)
        if look:
            if "style" in attributes:
                timed = self.refer(node, attributes["style"]) or timed
            node.look = self.look(node.look, tuple(rest))
        if timed and node.kind in _INLINE:
            if node.kind == "span":
                self.mark_timed(len(self.open) - 1)
            elif node.seq:
                node.timed = True

    def refer(self, node: Node, styles: str) -> bool:
        """Take from the styles referred to what is not part of a look; whether that hides it."""
        found = self.styled(styles)
        if not node.ruby and "ruby" in found:
            node.ruby = found["ruby"].strip()
        if not node.display and found.get("display", "").strip() == "none":
            node.display = "none"
            self.veiled.append(node)
            return True
        return False

    def odd(self, node: Node, key: str, value: str, attributes: dict[str, str]) -> None:
        """An attribute without a namespace that TTML does not have."""
        meant = next((name for name in _TIMED if name.lower() == key.lower()), "")
        if meant and meant not in attributes:
            self.mended(f"attributes named {key}, read as {meant}")
            self.attributes(node, {meant: value})
        else:
            self.notes.said(f"an attribute that TTML does not have: {key}", self.line)

    def mark_timed(self, index: int) -> None:
        while index >= 0:
            node = self.open[index]
            node.timed = True
            if node.kind == "p":
                return
            index -= 1

    def time(self, value: str) -> int | None:
        ms = self.clock.read(value)
        if ms is None and value.strip():
            self.lost(f"a time that cannot be read: {value[:40]}", self.line())
        return ms

    # -- paragraphs

    def track(self) -> Track:
        if self.body is None:
            self.body = Node("body")
            self.body.look = self.head.base
        for area in (self.body, *self.head.fickle.values()):
            resolve(area, 0, False, False)
        cues: list[Cue] = []
        self.gather(self.body, cues, ALWAYS, False)
        veiled = self.veiled + self.head.veiled
        if veiled and not any(cue.content for cue in cues):
            # Nobody makes a file to show nothing.
            self.mended("styles that would hide every word of the file, not followed")
            for node in veiled:
                node.display = ""
            cues, self.spoken, self.hidden = [], [], []
            self.gather(self.body, cues, ALWAYS, False)
        if self.hidden:
            words = "; ".join(words for _, words in self.hidden)
            what = f"text that the file itself hides, left out: {words}"
            self.notes.said(what, self.line_of(self.hidden[0][0]))
        if self.tongues:
            cues = self.one_language(cues)
        return Track(
            opened(cues),
            language=self.language,
            title=self.head.metadata.get("titl", ""),
            description=self.head.metadata.get("desc", ""),
            notes=self.notes.all(),
            faithful=self.faithful,
        )

    def one_language(self, cues: list[Cue]) -> list[Cue]:
        """The cues in the language asked for, where the file has several; else all of them."""
        wanted, said = self.rules.language, set(self.spoken)
        if wanted is None or len(said) < 2:
            return cues
        codes = {each: _code(each) for each in said}
        spoken = [codes[each] for each in self.spoken]
        present = {code for code, cue in zip(spoken, cues, strict=True) if code and cue.content}
        if len(present) < 2:
            return cues
        usual = _code(self.language)
        spoken = [code or usual for code in spoken]
        present = {code for code, cue in zip(spoken, cues, strict=True) if code and cue.content}
        chosen = _fitting(wanted, present)
        if not chosen:
            names = ", ".join(sorted(present))
            what = f"the file holds several languages ({names}), none of them {wanted}"
            raise FormatError(what, 1 + self.above, "dfxp")
        self.faithful, self.language = False, chosen
        for other in sorted(present - {chosen}):
            count = sum(
                1 for code, cue in zip(spoken, cues, strict=True) if code == other and cue.content
            )
            self.notes.said(f"subtitles in another language, {other}, left out: {count}")
        return [cue for code, cue in zip(spoken, cues, strict=True) if code == chosen or not code]

    def gather(self, node: Node, cues: list[Cue], shown: list[Window], hid: bool) -> None:
        """The cues of a body or div and all within it, clipped to when it shows.

        `hid` says that its author hides what is around it, if only for a time.
        """
        if node.bounded or node.display or node.sets:
            shown = clip(windows(node), shown)
            hid = hid or node.display == "none" or bool(node.sets)
        paragraph = node.kind == "div"
        usual = shown is ALWAYS and not node.since and not self.head.fickle
        placed, usual_align, tongues = self.placed, node.look.align, self.tongues
        for child in node.children:
            if child.__class__ is tuple:
                begin, end, place, at, content = child
                if usual:
                    region, align = placed(place, usual_align)
                    cue = (begin, end, content, paragraph, region, align, None, None)
                    cues.append(_new(Cue, cue))
                    if tongues:
                        self.spoken.append(node.lang)
                else:
                    whole = Node.of(begin, end, place, at, node)
                    whole.content = content
                    resolve(whole, node.begin or 0, False, node.since)
                    self.paragraph(whole, cues, shown, paragraph, hid)
                paragraph = False
            elif child.__class__ is not Node:
                continue
            elif child.kind == "div":
                self.gather(child, cues, shown, hid)
            elif child.kind == "p":
                self.paragraph(child, cues, shown, paragraph, hid)
                paragraph = False

    def paragraph(
        self, node: Node, cues: list[Cue], shown: list[Window], opens: bool, hid: bool
    ) -> None:
        region, align = self.placed(node.place, node.look.align)
        if area := self.head.fickle.get(node.place or ""):
            shown = clip(shown, windows(area))
            hid = hid or area.display == "none" or bool(area.sets)
        if node.display or node.sets:
            shown = clip(shown, windows(node))
            hid = hid or node.display == "none" or bool(node.sets)
        count = len(cues)
        begin, end = node.begin or 0, FOREVER if node.end is None else node.end
        if node.content is None:
            moments = self.turns(node, clip([(begin, end)], shown) if begin < end else [], hid)
        elif node.content == "" and node.look[0] & HIDDEN:
            return
        else:
            moments = [(begin, end, node.content)]
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
        if self.tongues:
            self.spoken += [node.lang] * (len(cues) - count)
        if len(cues) == count and node.content is not None and (words := text_of(node)):
            self.never_shown(node, words, hid)

    def turns(self, node: Node, shown: list[Window], hid: bool) -> list[tuple[int, int, Content]]:
        """What a p shows by turns, where its spans have times of their own."""
        found = turns(node)
        if found is None:
            self.notes.said(
                "a paragraph with too many timed spans, shown as a whole", self.line_of(node)
            )
            hidden: list[str] = []
            content = content_of(node, hidden)
            self.hide(node, hidden)
            return [(node.begin or 0, FOREVER if node.end is None else node.end, content)]
        missing: list[tuple[str, bool]] = []
        unseen(node, [times for times in shown if times[0] < FOREVER], missing)
        for by_will in (False, True):
            if words := [word for word, willed in missing if (willed or hid) is by_will]:
                self.never_shown(node, " ".join(words), by_will)
        return found

    def never_shown(self, node: Node, words: str, hid: bool) -> None:
        if hid:
            self.hide(node, [words])
        else:
            self.lost("text that is never shown", self.line_of(node), words)


def _code(language: str) -> str:
    return normalise(language) or language.lower().replace("_", "-")


def _fitting(wanted: str, present: set[str]) -> str | None:
    """The one of several languages that is meant by a code, if any surely is."""
    wanted = _code(wanted)
    if wanted in present:
        return wanted
    near = [code for code in present if code.partition("-")[0] == wanted.partition("-")[0]]
    return near[0] if len(near) == 1 else None

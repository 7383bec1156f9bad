"""TTML, which DFXP is a profile of: read by way of its whole timing tree, written flat."""

from __future__ import annotations

import re
from pyexpat import ErrorString, ExpatError, ParserCreate
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from .markup import color, escape, nest
from .model import BOLD, ITALIC, MAX_NOTES, UNDERLINE, Content, Cue, FormatError, Note, Span, Track
from .model import flow, opened, voice_name
from .text import checked, xml_bytes
from .timecode import clock
from .ttml_time import FOREVER, Clock, Node, resolve

MAX_DEPTH = 300
MAX_PIECES = 1_000_000  # timed spans of one p times the moments at which they change

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
_LENGTHS = re.compile(r"\s*[-+]?[0-9.]{1,12}[a-z%]*\s+([-+]?[0-9.]{1,12})%\s*")
_ALIGNS = frozenset({"left", "right", "start", "end"})


class _Look(NamedTuple):
    """Inherited by the content of an element."""

    style: int = 0
    color: str | None = None
    voice: str | None = None
    align: str | None = None  # None where nothing is said, "center" where that is


_PLAIN = _Look()


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
        self.body: Node | None = None
        self.open: list[Node] = []
        self.top: Node | None = None

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
        if local in ("style", "region"):
            short = {k.rpartition(" ")[2]: value for k, value in attributes.items()}
            inside = self.head[-1] if self.head else ("", "")
            if local == "style" and inside[0] == "region":
                self.regions.setdefault(inside[1], {}).update(short)
            else:
                table = self.styles if local == "style" else self.regions
                table[key] = short
        elif local == "name" and self.head and self.head[-1][0] == "agent":
            key = self.head[-1][1]
        self.head.append((local, key))
        self.words = []

    def end_head(self) -> None:
        local, key = self.head.pop()
        if local in ("title", "desc", "description", "name"):
            words = " ".join("".join(self.words).split())
            if local == "name":
                self.agents.setdefault(key, words)
            elif words:
                self.metadata.setdefault(local[:4], words)
        self.words = []

    # -- the body

    def start_content(self, kind: str, attributes: dict[str, str]) -> None:
        node = Node(kind)
        if self.open:
            parent = self.open[-1]
            node.look, node.place, node.preserve = parent.look, parent.place, parent.preserve
            node.timed = parent.kind in ("p", "span") and parent.timed
            parent.children.append(node)
        else:
            self.body = node
            node.look, node.preserve = _PLAIN, self.preserve
        self.open.append(node)
        if attributes:
            self.attributes(node, attributes)

    def attributes(self, node: Node, attributes: dict[str, str]) -> None:
        look = False
        for key, value in attributes.items():
            if key == "begin":
                node.begin = self.time(value)
            elif key == "end":
                node.end = self.time(value)
            elif key == "region":
                node.place = value
            elif key == "dur":
                node.dur = self.time(value)
            elif key == "timeContainer":
                node.seq = value.strip() == "seq"
            elif key == _XML_SPACE:
                node.preserve = value == "preserve"
            elif key == "style" or key[-6:] in _LOOKS or key[-14:] == " textDecoration":
                look = True
            elif key.endswith(" ruby"):
                node.ruby = value
        if look:
            node.look = self.look(node.look, attributes)
        if node.kind == "p":
            node.timed = node.seq
        elif node.kind != "body" and node.kind != "div":
            if node.seq or not (node.begin is node.end is node.dur is None):
                for outer in reversed(self.open):
                    outer.timed = True
                    if outer.kind == "p":
                        break

    def time(self, value: str) -> int | None:
        ms = self.clock.read(value)
        if ms is None and value.strip() and len(self.notes) < MAX_NOTES:
            line = self.parser.CurrentLineNumber
            self.notes.append(Note(line, f"a time that cannot be read: {value[:40]}"))
        return ms

    def look(self, look: _Look, attributes: dict[str, str]) -> _Look:
        short = self.styled(attributes.get("style", ""))
        short.update((key.rpartition(" ")[2], value) for key, value in attributes.items())
        style, tint, voice, align = look
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
            voice = voice_name(" & ".join(names))
        if "textAlign" in short:
            align = short["textAlign"].strip()
        return _Look(style, tint, voice, align)

    def styled(self, references: str, depth: int = 0) -> dict[str, str]:
        """The attributes of the styles referred to, and of those they refer to."""
        found: dict[str, str] = {}
        for reference in references.split()[:50]:
            style = self.styles.get(reference)
            if style:
                if "style" in style and depth < 10:
                    found.update(self.styled(style["style"], depth + 1))
                found.update(style)
        found.pop("style", None)
        return found

    # -- paragraphs

    def end_paragraph(self, node: Node) -> None:
        if not node.timed:
            node.content = _content(node)
            node.children = []

    def track(self) -> Track:
        if self.body is None:
            self.body = Node("body")
        resolve(self.body, 0, False, False)
        cues: list[Cue] = []
        self.gather(self.body, cues, 0, FOREVER)
        return Track(
            opened(cues),
            language=self.language,
            title=self.metadata.get("titl", ""),
            description=self.metadata.get("desc", ""),
            notes=tuple(self.notes),
        )

    def gather(self, node: Node, cues: list[Cue], low: int, high: int) -> None:
        """The cues of a body or div and all within it, clipped to when it is active."""
        low, high = max(low, node.begin or 0), min(high, _or_forever(node.end))
        paragraph = node.kind == "div"
        for child in node.children:
            if child.__class__ is not Node:
                continue
            if child.kind == "div":
                self.gather(child, cues, low, high)
                continue
            if child.kind != "p":
                continue
            region, align = self.place(child)
            for start, end, content in self.moments(child):
                start = max(start, low)
                if end > high:
                    end = max(high, start)
                cues.append(
                    Cue(
                        None if start >= FOREVER or (not child.since and not start) else start,
                        None if end >= FOREVER else end,
                        content,
                        paragraph,
                        region,
                        align,
                    )
                )
                paragraph = False

    def moments(self, node: Node) -> list[tuple[int, int, Content]]:
        """A p as what it shows, and when: once, or in turns where its spans have times."""
        begin, end = node.begin or 0, _or_forever(node.end)
        if node.content is not None:
            return [(begin, end, node.content)]
        pieces = list(_pieces(node, begin, end))
        edges = sorted({t for _, low, high in pieces if low < high for t in (low, high)})
        if len(edges) * len(pieces) > MAX_PIECES:
            self.notes.append(Note(None, "a paragraph with too many timed spans, shown as a whole"))
            edges = edges[:: len(edges) - 1]
            pieces = [(piece, edges[0], edges[1]) for piece, _, _ in pieces]
        found: list[tuple[int, int, Content]] = []
        for low, high in zip(edges, edges[1:]):
            content = _spans([piece for piece, a, b in pieces if a <= low and b >= high])
            if not content:
                continue
            if found and found[-1][1] == low and found[-1][2] == content:
                low = found.pop()[0]
            found.append((low, high, content))
        # Nothing is ever on screen, by its times; the words are kept all the same.
        return found or [(begin, begin, _spans([piece for piece, _, _ in pieces]))]

    def place(self, node: Node) -> tuple[str | None, str | None]:
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


def _or_forever(time: int | None) -> int:
    return FOREVER if time is None else time


# A piece of text: the span, and whether its white space is to be kept. A break is None.
_Piece = tuple[Span, bool] | None


def _content(node: Node) -> Content:
    children = node.children
    if len(children) == 1 and children[0].__class__ is str and node.look[:3] == _PLAIN[:3]:
        text: str = children[0]
        if not node.preserve and ("  " in text or "\n" in text or "\t" in text or "\r" in text):
            text = _WHITE.sub(" ", text)
        return text.strip(" \t\n")
    return _spans([piece for piece, _, _ in _pieces(node, 0, FOREVER)])


def _pieces(node: Node, begin: int, end: int) -> list[tuple[_Piece, int, int]]:
    """The text within a p or span, each piece with when it is active."""
    found: list[tuple[_Piece, int, int]] = []
    if node.ruby in ("container", "baseContainer", "textContainer"):
        return [((span, True), begin, end) for span in _ruby(node)]
    style, tint, voice, _ = node.look
    for child in node.children:
        if child.__class__ is str:
            found.append(((Span(child, style, tint, voice), node.preserve), begin, end))
        elif child.kind == "br":
            found.append((None, begin, end))
        elif child.kind == "span":
            low, high = begin, end
            if child.timed:
                low, high = max(begin, child.begin or 0), min(end, _or_forever(child.end))
            found.extend(_pieces(child, low, high))
    return found


def _spans(pieces: list[_Piece]) -> Content:
    """Pieces with their white space handled, as content."""
    spans: list[Span] = []
    fresh = True  # at the beginning of a line, or behind a space
    for piece in pieces:
        if piece is None:
            if spans and fresh and not spans[-1].ruby:
                spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip(" "))
            spans.append(Span("\n"))
            fresh = True
            continue
        span, preserve = piece
        text = span.text
        if not preserve:
            text = _WHITE.sub(" ", text)
            if fresh:
                text = text.lstrip(" ")
        if text:
            fresh = not preserve and text.endswith(" ")
            spans.append(span if text is span.text else span._replace(text=text))
    return flow(spans)


def _ruby(node: Node) -> list[Span]:
    """A ruby container as spans that carry their readings."""
    bases: list[Span] = []
    readings: list[str] = []
    waiting = [child for child in reversed(node.children) if child.__class__ is Node]
    while waiting:
        child = waiting.pop()
        if child.ruby == "base":
            content = _spans([piece for piece, _, _ in _pieces(child, 0, FOREVER)])
            parts = (Span(content),) if isinstance(content, str) else content
            look = child.look
            bases.append(Span("".join(p.text for p in parts), look[0], look[1], look[2]))
        elif child.ruby == "text":
            content = _spans([piece for piece, _, _ in _pieces(child, 0, FOREVER)])
            readings.append(Cue(None, None, content).text)
        elif child.ruby != "delimiter":
            waiting.extend(c for c in reversed(child.children) if c.__class__ is Node)
    if len(bases) < len(readings):
        readings = [" ".join(readings)]
        bases = bases or [Span("")]
    return [
        base._replace(ruby=voice_name(reading))
        for base, reading in zip(bases, readings + [""] * (len(bases) - len(readings)))
    ]


# -- writing

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" \
xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang={language}>
    <head>
        <metadata>
            <ttm:title>{title}</ttm:title>
            <ttm:desc>{description}</ttm:desc>{agents}
        </metadata>
        <styling>
            <style xml:id="amara-style" tts:color="white" tts:fontFamily="proportionalSansSerif" \
tts:fontSize="18px" tts:backgroundColor="transparent" tts:textOutline="black 1px 0px" \
tts:textAlign="center"/>
        </styling>
        <layout>
            <region xml:id="bottom" style="amara-style" tts:extent="100% 20%" \
tts:origin="0% 80%" tts:displayAlign="after"/>
            <region xml:id="top" style="amara-style" tts:extent="100% 20%" \
tts:origin="0% 0%" tts:displayAlign="before"/>
        </layout>
    </head>
    <body>
"""
_AGENT = """
            <ttm:agent xml:id="{}" type="person"><ttm:name type="full">{}</ttm:name></ttm:agent>"""
_STYLES = (
    (BOLD, '<span tts:fontWeight="bold">'),
    (ITALIC, '<span tts:fontStyle="italic">'),
    (UNDERLINE, '<span tts:textDecoration="underline">'),
)


def _leaf(span: Span) -> str:
    text = escape(span.text)
    if not span.ruby:
        return text
    return (
        f'<span tts:ruby="container"><span tts:ruby="base">{text}</span>'
        f'<span tts:ruby="text">{escape(span.ruby)}</span></span>'
    )


def _write(track: Track) -> str:
    agents: dict[str, str] = {}

    def tags(span: Span) -> list[tuple[str, str]]:
        found = [(begin, "</span>") for bit, begin in _STYLES if span.style & bit]
        if span.color:
            found.insert(0, (f'<span tts:color="{span.color}">', "</span>"))
        if span.voice:
            key = agents.setdefault(span.voice, f"agent{len(agents) + 1}")
            found.insert(0, (f'<span ttm:agent="{key}">', "</span>"))
        return found

    out: list[str] = []
    for start, end, content, paragraph, region, align in track.cues:
        if paragraph and out:
            out.append("        </div>\n        <div>\n")
        attributes = ""
        if start is not None:
            attributes += f' begin="{clock(start)}"'
        if end is not None:
            attributes += f' end="{clock(end)}"'
        attributes += ' region="top"' if region == "top" else ' region="bottom"'
        if align:
            attributes += f' tts:textAlign="{align}"'
        text: str
        if content.__class__ is str:
            text = content
            spaced = text
            if "&" in text or "<" in text or ">" in text:
                text = escape(text)
        else:
            text = nest(content, tags, _leaf)  # type: ignore[arg-type]
            spaced = "".join(s.text for s in content)  # type: ignore[union-attr]
        if "\n" in text:
            if "\n " in spaced or " \n" in spaced:
                attributes += ' xml:space="preserve"'
            elif "  " in spaced or "\t" in spaced:
                attributes += ' xml:space="preserve"'
            text = text.replace("\n", "<br/>")
        elif "  " in spaced or "\t" in spaced:
            attributes += ' xml:space="preserve"'
        out.append(f"            <p{attributes}>{text}</p>\n")
    head = _HEAD.format(
        language=quoteattr(track.language),
        title=escape(" ".join(track.title.split())),
        description=escape(track.description.strip()),
        agents="".join(_AGENT.format(key, escape(name)) for name, key in agents.items()),
    )
    return f"{head}        <div>\n{''.join(out)}        </div>\n    </body>\n</tt>\n"


def dump(track: Track) -> str:
    """Write DFXP in Amara's shape: a div per paragraph, region and times on each p."""
    return checked(_write, track)

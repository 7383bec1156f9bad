"""The text of a TTML paragraph: white space, styles, readings, and what of it shows when."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .model import Content, Cue, Span, flow, squeezed
from .ttml_style import HIDDEN
from .ttml_time import FOREVER, Node, Window, clip, windows

BREAK = "\0"  # a line break among strings; no text of an XML file can be that
_LINE_END = re.compile(f" ?{BREAK} ?")
_BEFORE, _AFTER = f" {BREAK}", f"{BREAK} "
MAX_PIECES = 1_000_000  # timed pieces of one p times the moments at which they change

_WHITE = re.compile(r"[ \t\r\n]+")
_CONTAINERS = frozenset({"container", "baseContainer", "textContainer"})

# A piece of text: the span, and whether its white space is to be kept; None for a break.
_Piece = tuple[Span, bool | None]
_Timed = tuple[_Piece, int, int]


def content_of(node: Node, hidden: list[str]) -> Content:
    """All the text of a p or span, whenever it shows; what its author hid goes to the list."""
    look = node.look
    if not (look[0] or look[1] or look[2] or node.preserve or node.ruby):
        try:
            return bare(node.children)  # type: ignore[arg-type]
        except TypeError:
            pass  # there are elements in it
    found: list[_Timed] = []
    _collect(node, 0, FOREVER, found, always=True)
    hidden += (span.text for (span, _), _, _ in found if span.style & HIDDEN)
    return _spans(piece for piece, _, _ in found)


def bare(children: list[str]) -> str:
    """Text and breaks alone as content."""
    text = children[0] if len(children) == 1 else "".join(children)
    # Mostly it is single spaced already, and that is quickly seen.
    if "\n" in text or "  " in text or "\t" in text or "\r" in text:
        text = _WHITE.sub(" ", text)
    if BREAK in text:
        if _BEFORE in text or _AFTER in text:
            text = _LINE_END.sub(BREAK, text)
        text = text.replace(BREAK, "\n")
    return text.strip(" \n")


def _single_spaced(text: str) -> str:
    # Mostly it is so already, and that is quickly seen.
    if "  " in text or "\n" in text or "\t" in text or "\r" in text:
        return _WHITE.sub(" ", text)
    return text


def text_of(node: Node) -> str:
    """The words of a p, whether its content has been made or not."""
    if node.content is not None:
        return Cue(None, None, node.content).text
    hidden: list[str] = []
    return " ".join((Cue(None, None, content_of(node, hidden)).text, *hidden))


def unseen(
    node: Node, times: list[Window], found: list[tuple[str, bool]], by_will: bool = False
) -> None:
    """The words of a p that no window shows; each with whether its author hid it."""
    if node.ruby in _CONTAINERS:
        if not times:
            found.append((_words(node), by_will))
        return
    if node.look[0] & HIDDEN:
        by_will = True
    here = [] if node.seq or node.look[0] & HIDDEN else times
    for child in node.inline:
        if isinstance(child, str):
            if not here and child is not BREAK and not child.isspace():
                found.append((child, by_will))
        elif child.kind == "span":
            within, hid = times, by_will
            if child.timed:
                within = clip(times, windows(child))
                hid = by_will or child.display == "none" or bool(child.sets)
            unseen(child, within, found, hid)


def turns(node: Node) -> list[tuple[int, int, Content]] | None:
    """What a resolved p shows by turns, and when; None when that would be too much."""
    pieces: list[_Timed] = []
    _collect(node, node.begin or 0, FOREVER if node.end is None else node.end, pieces)
    edges = sorted({time for _, *window in pieces if window[0] < window[1] for time in window})
    if len(edges) * len(pieces) > MAX_PIECES:
        return None
    found: list[tuple[int, int, Content]] = []
    for low, high in zip(edges, edges[1:], strict=False):
        content = _spans(piece for piece, a, b in pieces if a <= low and b >= high)
        if not content:
            continue
        if found and found[-1][1:] == (low, content):
            low = found.pop()[0]
        found.append((low, high, content))
    return found


def _collect(node: Node, low: int, high: int, found: list[_Timed], always: bool = False) -> None:
    """The text within a p or span that is active in a window, each piece with its own."""
    if node.ruby in _CONTAINERS and (spans := _ruby(node)) is not None:
        found.extend(((span, True), low, high) for span in spans)
        return
    style, tint, voice = node.look[:3]
    # Bare text in a sequence has no duration.
    until = low if node.seq and not always else high
    for child in node.inline:
        if child is BREAK:
            found.append(((Span("\n", style, tint, voice), None), low, until))
        elif isinstance(child, str):
            found.append(((Span(child, style, tint, voice), node.preserve), low, until))
        elif child.kind == "span":
            if child.timed and not always:
                for start, end in clip([(low, high)], windows(child)):
                    _collect(child, start, end, found)
            else:
                _collect(child, low, high, found, always)


def _spans(pieces: Iterable[_Piece]) -> Content:
    """Pieces with their white space handled, as content."""
    spans: list[Span] = []
    fresh = True  # at the beginning of a line, or behind a space
    for piece in pieces:
        span, preserve = piece
        if span.style & HIDDEN:
            continue
        if preserve is None:
            if spans and fresh and not spans[-1].ruby:
                spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip(" "))
            spans.append(span)
            fresh = True
            continue
        text = span.text
        if not preserve:
            text = _single_spaced(text)
            if fresh:
                text = text.lstrip(" ")
        if text or span.ruby:
            fresh = not preserve and text.endswith(" ")
            spans.append(span if text is span.text else span._replace(text=text))
    return flow(spans)


def _ruby(node: Node) -> list[Span] | None:
    """A ruby container as spans that carry their readings, the file's delimiters around them.

    None where it holds words that are none of these, and so is none.
    """
    bases: list[Span] = []
    readings: list[list[str]] = [[]]
    delimiter: str | None = None  # one that no reading has followed yet
    waiting = [(child, 0) for child in reversed(node.inline)]
    while waiting:
        child, row = waiting.pop()
        if isinstance(child, str):
            if child is not BREAK and not child.isspace():
                return None
        elif child.ruby == "base":
            look = child.look
            bases.append(Span(_words(child), look[0] & ~HIDDEN, look[1], look[2]))
        elif child.ruby == "text":
            readings[row].append((delimiter or "") + _words(child))
            delimiter = None
        elif child.ruby == "delimiter":
            if delimiter is None and readings[row]:
                readings[row][-1] += _words(child)
            else:
                delimiter = _words(child)
        else:
            if child.ruby == "textContainer" and readings[-1]:
                readings.append([])
            row = len(readings) - 1
            waiting.extend((c, row) for c in reversed(child.inline))
    first = readings[0]
    first += [""] * (len(bases) - len(first))
    bases += [Span("")] * (len(first) - len(bases))
    pairs = list(zip(bases, first, strict=True))
    # A second row of readings has no base left to stand on.
    pairs += [(Span(""), text) for row in readings[1:] for text in row]
    return [base._replace(ruby=text or None) for base, text in pairs]


def _words(node: Node) -> str:
    """The bare text in an element, white space at its ends and all."""
    parts = [c if isinstance(c, str) else _words(c) for c in node.inline]
    return squeezed("".join(parts).replace(BREAK, " "))

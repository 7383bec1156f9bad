"""Spans to and from the tags and override codes that several formats share."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from .columns import Replacing
from .model import BOLD, ITALIC, UNDERLINE, Content, Span, flow, with_reading

NAMED_COLORS = {
    "white": "#ffffff", "lime": "#00ff00", "cyan": "#00ffff", "red": "#ff0000",
    "yellow": "#ffff00", "magenta": "#ff00ff", "blue": "#0000ff", "black": "#000000",
}  # fmt: skip
_MORE_COLORS = {
    "green": "#008000", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0",
    "maroon": "#800000", "purple": "#800080", "fuchsia": "#ff00ff", "olive": "#808000",
    "navy": "#000080", "teal": "#008080", "aqua": "#00ffff", "orange": "#ffa500",
    "pink": "#ffc0cb", "brown": "#a52a2a", "gold": "#ffd700", "violet": "#ee82ee",
}  # fmt: skip
_HEX = re.compile(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?")
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,[^()]*)?\)")

FLAGS = {
    "b": BOLD, "i": ITALIC, "u": UNDERLINE, "strong": BOLD, "em": ITALIC, "ins": UNDERLINE,
}  # fmt: skip
_PAIRS = ((BOLD, "<b>", "</b>"), (ITALIC, "<i>", "</i>"), (UNDERLINE, "<u>", "</u>"))

Tag = tuple[str, str]  # what opens, what closes


def color(value: str) -> str | None:
    """A colour as "#rrggbb", None for white (it is how text looks anyway) and the unreadable."""
    value = value.strip().lower()
    found = NAMED_COLORS.get(value) or _MORE_COLORS.get(value)
    if found is None:
        if m := _HEX.fullmatch(value):
            found = "#" + m[1]
        elif m := _SHORT_HEX.fullmatch(value):
            found = "#" + "".join(c * 2 for c in m.groups())
        elif m := _RGB.fullmatch(value):
            found = "#" + "".join(f"{min(int(c), 255):02x}" for c in m.groups())
    return None if found == "#ffffff" else found


def tags_of(style: int) -> list[Tag]:
    """The b, i and u tags of a style."""
    return [(begin, end) for bit, begin, end in _PAIRS if style & bit]


_TAGS = [tags_of(style) for style in range(8)]
_AROUND = [("".join(t[0] for t in tags), "".join(t[1] for t in reversed(tags))) for tags in _TAGS]


def around(spans: Sequence[Span]) -> Tag | None:
    """The b, i and u tags around a cue that is one run of text with nothing but these; None of
    others. Nearly every styled cue is like that."""
    if len(spans) != 1:
        return None
    _, style, color, voice, ruby = spans[0]
    return _AROUND[style & 7] if color is voice is ruby is None else None


def nest(
    spans: Iterable[Span], tags: Callable[[Span], list[Tag]], text: Callable[[Span], str]
) -> str:
    """Spans as properly nested tags; a tag that goes on over the next span stays open."""
    out: list[str] = []
    stack: list[Tag] = []
    for span in spans:
        wanted = tags(span)
        shared = 0
        for have, want in zip(stack, wanted, strict=False):
            if have != want:
                break
            shared += 1
        while len(stack) > shared:
            out.append(stack.pop()[1])
        for tag in wanted[shared:]:
            out.append(tag[0])
            stack.append(tag)
        out.append(text(span))
    while stack:
        out.append(stack.pop()[1])
    return "".join(out)


_TAG = re.compile(r"<(/?)(strong|strike|em|ins|del|font|br|b|i|u|s)(?![a-z0-9])([^<>]*)>", re.I)
# What else these tags say, and no track holds.
_UNKEPT = {
    "strike-through": re.compile(r"<(?:strike|del|s)(?![a-z0-9])[^<>]*>", re.I),
    "the font and size of letters": re.compile(r"<font\b[^<>]*\b(?:face|size)\s*=", re.I),
}
_FONT_COLOR = re.compile(r"""color\s*=\s*["']?([^"'\s<>]{1,40})""", re.I)


def untag(text: str, unescape: Callable[[str], str] = str) -> Content:
    """Light HTML (b, i, u, s, br, font color; closed or not) as content. Of s its words stay.

    Any other tag is words that happen to stand in angle brackets, and stays.
    """
    spans: list[Span] = []
    depth = {BOLD: 0, ITALIC: 0, UNDERLINE: 0}
    colors: list[str | None] = []
    style, at = 0, 0
    for m in _TAG.finditer(text):
        if m.start() > at:
            spans.append(
                Span(unescape(text[at : m.start()]), style, colors[-1] if colors else None)
            )
        at = m.end()
        name, closing = m[2].lower(), m[1]
        if name == "br":
            spans.append(Span("\n", style, colors[-1] if colors else None))
        elif name == "font":
            if not closing:
                named = _FONT_COLOR.search(m[3])
                colors.append(color(named[1]) if named else colors[-1] if colors else None)
            elif colors:
                colors.pop()
        elif name in FLAGS:
            bit = FLAGS[name]
            depth[bit] = max(0, depth[bit] + (-1 if closing else 1))
            style = style | bit if depth[bit] else style & ~bit
    if at < len(text):
        spans.append(Span(unescape(text[at:]), style, colors[-1] if colors else None))
    return flow(spans)


def unkept(text: str) -> list[str]:
    """What of the looks of light HTML no track holds, in words."""
    return [f"{what}, not kept" for what, tag in _UNKEPT.items() if tag.search(text)]


def escape(text: str) -> str:
    """`&`, `<` and `>` as entities."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    return text.replace(">", "&gt;") if ">" in text else text


# The same of many texts.
escaped = Replacing(("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))

# Longer than any character's number, and than Python will make an integer of.
_ENDLESS = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")


def unescape(text: str) -> str:
    """Entities as the characters they stand for."""
    if "&" not in text:
        return text
    return html.unescape(_ENDLESS.sub("\ufffd", text) if "&#" in text else text)


def looks(content: Content) -> Content:
    """Content as a format has it that knows style and colour, but no voices and no readings."""
    if isinstance(content, str):
        return content
    return flow(Span(with_reading(s), s.style, s.color) for s in content)


_OVERRIDE = re.compile(
    r"\\(?:([biu])(\d{0,3})(?![a-z])|1?c&H([0-9a-f]{1,8})&?|(1?c)(?![a-z&])|an?(\d{1,2})|p(\d{1,3})(?![a-z])"
    r"|(r)([^\\]*))",
    re.I,
)


Style = tuple[int, str | None]  # flags and colour
_NO_STYLES: Mapping[str, Style] = {}


@lru_cache(1000)
def _codes_of(block: str) -> list[tuple[str, tuple[str, ...]]]:
    """The codes of a block, each whole and in its parts; the same few come again and again."""
    return [(m[0], m.groups(default="")) for m in _OVERRIDE.finditer(block)]


class Overrides:
    """The state that SSA override blocks, which SRT borrows, leave behind."""

    __slots__ = ("align", "base", "color", "drawing", "style", "styles")

    def __init__(
        self,
        style: int = 0,
        color: str | None = None,
        styles: Mapping[str, Style] = _NO_STYLES,
    ) -> None:
        self.base: Style = (style, color)  # what a reset goes back to
        self.style, self.color = self.base
        self.styles = styles  # what the styles of the file look like, by name
        self.align: int | None = None  # numpad position, the first one counts
        self.drawing = False

    def apply(self, block: str) -> None:
        """Take in what stands between two braces."""
        codes = _codes_of if len(block) < 200 else _codes_of.__wrapped__
        for code, groups in codes(block):
            flag, amount, bgr, plain, position, drawing, reset, name = groups
            if flag:
                bit = FLAGS[flag.lower()]
                on = bool(self.base[0] & bit) if not amount else int(amount) not in (0, 100, 400)
                self.style = self.style | bit if on else self.style & ~bit
            elif bgr:
                self.color = color_of(int(bgr, 16))
            elif plain:
                self.color = self.base[1]
            elif position and self.align is None:
                self.align = numpad(int(position), legacy=code[2:3].isdigit())
            elif drawing:
                self.drawing = int(drawing) > 0
            elif reset:
                self.style, self.color = self.styles.get(name.strip(), self.base)


def color_of(number: int) -> str | None:
    """The colour that SSA counts so: blue, green and red from the top, what is above them left."""
    digits = f"{number & 0xFFFFFF:06x}"
    return color(f"#{digits[4:]}{digits[2:4]}{digits[:2]}")


def numpad(number: int, legacy: bool) -> int | None:
    """A position as on a numeric keypad; SSA's own numbers count 1-3, 5-7, 9-11 instead."""
    if legacy:
        column, row = number & 3, number >> 2
        number = column + (0, 6, 3)[row] if column and row < 3 else 0
    return number if 1 <= number <= 9 else None


def place_of(position: int | None) -> tuple[str | None, str | None]:
    """Region and alignment of a keypad position."""
    if position is None:
        return None, None
    return "top" if position > 6 else None, ("right", "left", None)[position % 3]


def position_of(region: str | None, align: str | None) -> int:
    """The keypad position of region and alignment; 2 is where subtitles are anyway."""
    column = {"left": 1, "start": 1, "right": 3, "end": 3}.get(align or "", 2)
    return column + (6 if region == "top" else 0)

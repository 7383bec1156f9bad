"""WebVTT, read by the algorithm of its standard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from .columns import Columns, holding, woven
from .markup import FLAGS, NAMED_COLORS, color, escape, escaped, nest, tags_of, unescape
from .model import (
    USUAL,
    Comment,
    Content,
    Cue,
    FormatError,
    Notes,
    Rules,
    Span,
    Track,
    flow,
    one_line,
    opened,
)
from .text import (
    ARROW,
    BLANK_LINE,
    GUARD,
    Lines,
    checked,
    clean,
    decode,
    guards,
    lines,
    single_spaced,
    with_blank_lines,
)
from .timecode import (
    BEHIND,
    BLANK,
    HOUR,
    MILLI,
    MINUTE_SECOND,
    PLAIN_ARROWS,
    SIGNS,
    clock_columns,
    fractions,
    milliseconds,
    only_usual_arrows,
    timelike,
)

UNSYNCED = 359_999_999  # 99:59:59.999
_new = tuple.__new__

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t][^\n]*)?(?:\n|\Z)")
_CLOCK = r"(?:([0-9]{1,9}):)?([0-5][0-9]:[0-5][0-9])\.([0-9]{3})(?![0-9])"
_TIMES = re.compile(rf"[ \t\f]*{_CLOCK}[ \t\f]*-->[ \t\f]*{_CLOCK}([^\n]*)")
# What is read besides when nothing may be lost.
_LOOSE_CLOCK = (
    r"(?:([0-9]{1,9}+):)?([0-5]?[0-9]):([0-5]?[0-9])(?:[.,\uff0c\uff0e]([0-9]{1,9}))?(?![0-9:.,])"
)
_LOOSE = re.compile(rf"{BLANK}{_LOOSE_CLOCK}{BLANK}{PLAIN_ARROWS}{BLANK}{_LOOSE_CLOCK}{BEHIND}")
_TIMELIKE = timelike(PLAIN_ARROWS)
_BAD = re.compile(rf"(?:{_TIMELIKE}|{BLANK}-->{BLANK}$)", re.M)
_ARROW = re.compile(PLAIN_ARROWS)
_BAD_TIME = "a time that cannot be read"
_SETTING = re.compile(r"[A-Za-z][A-Za-z0-9]*:[^\s]+")
# Somebody's attempt at settings.
_BAD_SETTING = re.compile(
    r"(?:vertical|line|position|size|align|region)\s?[:;=](?:\s?\S+)?(?:\s+|\Z)"
)
# Lines of a header that programs write, and that say nothing about a subtitle.
_HEADER = re.compile(r"(?:Kind|Language)[ \t]*:", re.I)
_HEADER_LINE = re.compile(r"[A-Za-z][\w .-]{0,40}[:=]|NOTE(?:[ \t]|$)|##$")

_PERCENT = r"(?:100(?:\.0{1,9})?|[0-9]{1,2}(?:\.[0-9]{1,9})?)%"
_TOP = "1"
_LINE = re.compile(r"(-?[0-9]+|[0-9]*\.?[0-9]+%|[0-9]+\.[0-9]*%)(?:,(?:start|center|end))?")
_ALIGN = {"start": "start", "end": "end", "left": "left", "right": "right", "center": None}
# What is kept as it stands, for no other format has it.
_KEPT = {
    "vertical": re.compile("rl|lr"),
    "line": re.compile(rf"(?:-?[0-9]{{1,9}}|{_PERCENT})(?:,(?:start|center|end))?"),
    "position": re.compile(rf"{_PERCENT}(?:,(?:line-left|center|line-right))?"),
    "size": re.compile(_PERCENT),
}

_SHEET = re.compile(r"(?:(STYLE|REGION)[ \t]*(?:\n|\Z)|Region:[ \t]*id=)")
_TOKEN = re.compile(r"<([^>]*)>?|([^<]+)")
_START = re.compile(r"(c|i|b|u|ruby|rt|v|lang)((?:\.[^.\s]*+)*+)(?:\s([^\0]*))?\Z")
_COLOR_CLASS = re.compile("color[0-9A-Fa-f]{6}")
_COLOR_NAMES = {value: name for name, value in NAMED_COLORS.items()}

# The tags of the standard, and those of HTML that people take for them. Anything else in angle
# brackets is what somebody says.
_KNOWN_TAG = re.compile(
    r"<(?P<end>/?)(?:"
    r"(?P<name>ruby|rt|c|i|b|u)(?P<classes>(?:\.[^\s<>.&]*)*)(?P<more>\s[^<>]*)?"
    r"|(?P<named>v|lang)(?:\.[^\s<>.&]+)*(?:\s[^<>]*)?"
    r"|(?P<html>font|strong|strike|em|ins|del|br|s)(?:\s[^<>]*|/)?"
    r"|(?P<time>(?:[0-9]{1,9}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,9})?)"
    r")>|<",
    re.I,
)

_guard, _unguard = guards(BLANK_LINE, ("^", rf"[^\n]{{0,80}}?[{SIGNS}]{BLANK}[0-9]{{1,9}}[ \t]?:"))
_guard_remark, _unguard_remark = guards(BLANK_LINE, ARROW)


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read WebVTT.

    What the standard skips is skipped and noted. With `whole`, times that it skips are read where
    there is one way to read them, an angle bracket that begins no tag is a character, and other
    text that it skips is an error. A file without the WEBVTT line is read too unless `strict`. A
    time of 99:59:59.999 is none.
    """
    text, noted = decode(data, rules)
    text = lines(text)
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    signed = _SIGNATURE.match(text) is not None
    if not signed and (rules.strict or not (rules.whole or "-->" in text)):
        raise FormatError("the file does not begin with WEBVTT", 1, "vtt")
    notes = Notes("vtt", rules, forgiving=True)
    notes.take(noted)
    reader = _Whole(clean(text), notes) if rules.whole else _Reader(clean(text), notes)
    reader.read(signed)
    if not signed and not reader.cues:
        raise FormatError("no subtitles, and no WEBVTT at the beginning", 1, "vtt")
    return Track(opened(reader.cues), comments=tuple(reader.comments), notes=notes.all())


class _Reader:
    """The standard's own algorithm."""

    def __init__(self, text: str, notes: Notes) -> None:
        self.text, self.notes = text, notes
        self.lines = Lines(text)
        self.cues: list[Cue] = []
        self.comments: list[Comment] = []
        self.paragraph = False

    def read(self, signed: bool) -> None:
        """Go through the blocks; what a header holds is not for us."""
        position = (self.text + "\n").index("\n") + 1 if signed else 0
        if signed:
            position = self.skip_header(position)
        self.blocks(position)

    def blocks(self, position: int) -> None:
        times = _TIMES.match
        for block in self.text[position:].split("\n\n"):
            m = times(block)
            if m and block.find("-->", m.end()) < 0:
                self.cue(m, block[m.end() + 1 :], position)
                position += len(block) + 2
                continue
            stripped = block.lstrip("\n")
            start = position + len(block) - len(stripped)
            position += len(block) + 2
            arrows = stripped.count("-->")
            if arrows == 1:
                second = stripped.find("\n") + 1
                m = times(stripped)
                if m:
                    self.cue(m, stripped[m.end() + 1 :], start)
                    continue
                m = times(stripped, second)
                if m:
                    name = _name(stripped[: second - 1])
                    self.cue(m, stripped[m.end() + 1 :], start + second, name)
                    continue
            if arrows:
                self.untidy(stripped.rstrip("\n"), start)
            elif stripped:
                self.remark(stripped.rstrip("\n"), start)

    def mended(self, settings: str, text: str) -> tuple[str, str]:
        """Settings and text of a cue as they are to be read."""
        return settings, text

    def skip_header(self, position: int) -> int:
        end = self.text.find("\n\n", position - 1)
        end = len(self.text) if end < 0 else end
        arrow = self.text.find("-->", position, end)
        return end if arrow < 0 else self.text.rfind("\n", 0, arrow) + 1

    def cue(self, m: re.Match[str], text: str, position: int, name: str | None = None) -> None:
        """A cue, whose times are at a position."""
        h1, c1, f1, h2, c2, f2, settings = m.groups()
        start = MINUTE_SECOND[c1] + MILLI[f1]
        end = MINUTE_SECOND[c2] + MILLI[f2]
        if h1:
            start += HOUR[h1] if len(h1) == 2 else int(h1) * 3_600_000
        if h2:
            end += HOUR[h2] if len(h2) == 2 else int(h2) * 3_600_000
        begins = None if start == UNSYNCED else start
        ends = None if end == UNSYNCED else end
        self.add(begins, ends, settings, text, name)

    def add(
        self, start: int | None, end: int | None, settings: str, text: str, name: str | None
    ) -> None:
        if settings or "<" in text:
            settings, text = self.mended(settings, text)
        region, align, more = _place(settings) if ":" in settings else _USUAL_PLACE
        content: Content = text.strip(" \t\n")
        if "<" in text or "&" in text:
            content = _content(text)
        elif GUARD in text:
            content = _unguard(text).strip(" \t\n")
        cue = (start, end, content, self.paragraph, region, align, name, more)
        self.cues.append(_new(Cue, cue))
        self.paragraph = False

    def untidy(self, block: str, position: int) -> None:
        """A block with arrows elsewhere than on its first time line: the standard's own loop."""
        rows, i = block.split("\n"), 0
        while i < len(rows):
            m, name, seen, first = None, None, False, i
            buffer: list[str] = []
            while i < len(rows):
                if "-->" in rows[i]:
                    if i - first > 1 or (i > first and seen):
                        break
                    name = _name(buffer[0]) if buffer else None
                    seen, m, buffer = True, _TIMES.match(rows[i]), []
                else:
                    buffer.append(rows[i])
                i += 1
            if m:
                self.cue(m, "\n".join(buffer), position, name)
            else:
                self.skipped("a cue whose time cannot be read", position, first)

    def remark(self, block: str, position: int) -> None:
        """A block that is no cue: a comment, a style sheet, a region, or nothing known."""
        if block == "NOTE Paragraph":
            self.paragraph = True
        elif block.startswith("NOTE") and block[4:5] in ("", " ", "\t", "\n"):
            self.comments.append(Comment(len(self.cues), _unguard_remark(block[5:]).strip(" \t\n")))
        elif m := _SHEET.match(block):
            what = f"a {m[1] or 'REGION'} block, which is not kept"
            self.notes.said(what, partial(self.lines.at, position))
        else:
            self.stray(block, position)

    def stray(self, block: str, position: int) -> None:
        self.skipped("text that belongs to no cue", position)

    def skipped(self, what: str, position: int, rows: int = 0) -> None:
        """What the standard has readers pass over."""
        self.notes.said(what, lambda: self.lines.at(position) + rows)


class _Whole(_Reader):
    """Reads all of a file: where the standard's algorithm would pass over something, this mends
    it or refuses it."""

    def __init__(self, text: str, notes: Notes) -> None:
        super().__init__(text, notes)
        self.text, self.lines = single_spaced(text, notes)
        # Then every time is where the standard's arrow is.
        text = self.text
        self.usual = text.count("->") == text.count("-->") and only_usual_arrows(text, False)
        self.number: str | None = None  # a number, perhaps of the cue to come
        self.number_at = 0

    def read(self, signed: bool) -> None:
        position = 0
        if signed:
            position = self.header((self.text + "\n").index("\n") + 1)
        else:
            self.notes.said("no WEBVTT at the beginning", 1)
        self.blocks(position)
        if self.number is not None:
            what = "a number without a time and a text, left out"
            self.notes.said(what, partial(self.lines.at, self.number_at))

    def header(self, position: int) -> int:
        """Go through the lines below the signature; returns where the first block begins."""
        free = False  # behind a NOTE, or a style sheet, anything may stand
        while position < len(self.text):
            end = self.text.find("\n", position)
            end = len(self.text) if end < 0 else end
            row = self.text[position:end]
            if not row.strip():
                return position
            following = self.text[end + 1 : self.text.find("\n", end + 1) + 1 or len(self.text)]
            if "-->" in row or _LOOSE.match(row) or (following and _LOOSE.match(following)):
                return position
            if row.startswith(("NOTE", "STYLE", "REGION", "Style:")):
                free = True
            if not free and not _HEADER_LINE.match(row):
                self.notes.lost("text before the first subtitle", self.lines.at(position), row)
            elif not _HEADER.match(row):
                self.notes.said(
                    f"a line of the header, not kept: {row[:200]}",
                    partial(self.lines.at, position),
                )
            position = end + 1
        return position

    def blocks(self, position: int) -> None:
        times = _TIMES.match
        for block in self.text[position:].split("\n\n"):
            m = times(block) if self.usual and self.number is None else None
            if m and block.find("-->", m.end()) < 0:
                self.cue(m, block[m.end() + 1 :], position)
            elif block.strip():
                stripped = block.lstrip("\n")
                self.block(stripped.rstrip("\n"), position + len(block) - len(stripped))
            position += len(block) + 2

    def block(self, block: str, position: int) -> None:
        """A block that is more than times and text, or less."""
        rows = block.split("\n")
        found = [(n, m) for n, row in enumerate(rows) if (m := _LOOSE.fullmatch(row))]
        starts = [position]
        for row in rows:
            starts.append(starts[-1] + len(row) + 1)
        if not found:
            self.remark(block, position)
            return
        first = found[0][0]
        name: str | None = None
        above = rows[:first]
        if above:
            name = _name(above.pop())
            if above and "".join(above).strip():
                self.stray("\n".join(above), position)
            self.no_number()
        else:
            name, self.number = self.number, None
        for index, (n, m) in enumerate(found):
            until = found[index + 1][0] if index + 1 < len(found) else len(rows)
            body, following = rows[n + 1 : until], None
            if (
                index + 1 < len(found)
                and name
                and body
                and name.isdecimal()
                and (body[-1].strip() == str(int(name[:9]) + 1))
            ):
                # No blank line between the cues, but they are counted.
                following = body.pop().strip()
            for offset, row in enumerate(body):
                # Without an arrow they are what somebody says, as where every arrow is usual.
                if _BAD.match(row) and _ARROW.search(row):
                    self.loose(m, body[:offset], starts[n], name)
                    line = self.lines.at(starts[n + 1 + offset])
                    self.notes.lost(_BAD_TIME, line, "\n".join(body[offset:]))
                    break
            else:
                self.loose(m, body, starts[n], name)
            name = following

    def loose(self, m: re.Match[str], body: list[str], position: int, name: str | None) -> None:
        """A cue whose times may be written in another way than the standard's."""
        h1, m1, s1, f1, h2, m2, s2, f2, settings = m.groups()
        if not _TIMES.match(m.string):
            what = "a time in another form than 00:00:00.000 --> 00:00:00.000"
            if _TIMES.match(m.string.replace(",", ".", 2)):
                what = "a comma in a time, read as a point"
            self.notes.said(what, partial(self.lines.at, position), len(self.cues))
        start: int | None = milliseconds(h1, m1, s1, f1)
        end: int | None = milliseconds(h2, m2, s2, f2)
        text = "\n".join(body)
        self.add(
            None if start == UNSYNCED else start, None if end == UNSYNCED else end,
            settings, text, name,
        )  # fmt: skip

    def mended(self, settings: str, text: str) -> tuple[str, str]:
        cue = len(self.cues)
        if settings and not settings.isspace():
            settings, words = self.settings(settings, cue)
            text = f"{words}\n{text}" if words else text
        if "<" in text:
            text = _KNOWN_TAG.sub(lambda m: self.tag(m, cue), text)
        return settings, text

    def settings(self, settings: str, cue: int) -> tuple[str, str]:
        """The settings behind the times, and the text that stands there instead of them."""
        good: list[str] = []
        rest = settings.strip()
        while rest:
            word = rest.split(None, 1)[0]
            name, _, value = word.partition(":")
            kept = name in _KEPT and _KEPT[name].fullmatch(value) is not None
            if kept or (name == "align" and value in _ALIGN):
                good.append(word)
            else:
                bad = _BAD_SETTING.match(rest)
                word = bad.group().rstrip() if bad else word
                if not bad and not _SETTING.fullmatch(word):
                    what = "text behind a time, read as the first line of its subtitle"
                    self.notes.said(what, None, cue)
                    break
                self.notes.said(f"a setting that is not kept: {word[:60]}", None, cue)
            rest = rest[len(word) :].lstrip()
        return " ".join(good), rest

    def tag(self, m: re.Match[str], cue: int) -> str:
        """A tag as the standard has it; what is none, as the characters it is made of."""
        end, html = m["end"], (m["html"] or "").lower()
        if m.group() == "<":
            return "&lt;"
        if m["time"]:
            self.notes.said("times inside subtitles, not kept", None, cue)
            return ""
        if m["named"]:
            if m["named"].lower() == "lang":
                self.notes.said("the language of single words, not kept", None, cue)
            size = len(m["named"])
            return f"<{end}{m['named'].lower()}{m.group()[1 + len(end) + size :]}"
        if m["name"]:
            more = (m["more"] or "").strip()
            if more and "=" not in more:
                # What nobody closes is no tag but something that somebody says.
                if f"</{m['name']}" not in m.string[m.end() :]:
                    return f"&lt;{m.group()[1:]}"
                self.notes.said(f"what stands in a tag, not kept: {more[:60]}", None, cue)
            for named in (m["classes"] or "").split(".")[1:]:
                if not _is_color(named):
                    self.notes.said(f"a class that is not kept: {named[:40]}", None, cue)
            return f"<{end}{m['name'].lower()}{m['classes']}>"
        if html == "br":
            return "\n"
        what = f"a tag of HTML that WebVTT does not have, not kept: {html}"
        self.notes.said(what, None, cue)
        return ""

    def remark(self, block: str, position: int) -> None:
        self.no_number()
        super().remark(block, position)

    def no_number(self) -> None:
        """The number that stood alone was none of a cue."""
        if self.number is not None:
            what = "text that belongs to no subtitle"
            self.notes.lost(what, self.lines.at(self.number_at), self.number)
            self.number = None

    def stray(self, block: str, position: int) -> None:
        if block.strip().isascii() and block.strip().isdecimal() and self.number is None:
            # Of the cue to come, with a blank line too many.
            self.number, self.number_at = block.strip(), position
            return
        bad = _BAD.search(block)
        what = _BAD_TIME if bad else "text that belongs to no subtitle"
        at = position + (bad.start() if bad else 0)
        self.notes.lost(what, self.lines.at(at), block)


def _name(line: str) -> str | None:
    return one_line(_unguard_remark(line)) or None


_USUAL_PLACE = (None, None, None)


def _place(settings: str) -> tuple[str | None, str | None, str | None]:
    """Region, alignment, and the settings that are neither."""
    region = align = None
    kept: dict[str, str] = {}
    for setting in settings.split():
        name, _, value = setting.partition(":")
        if name == "align" and value in _ALIGN:
            align = _ALIGN[value]
        elif name in _KEPT and _KEPT[name].fullmatch(value):
            kept[name] = value
        if name == "line" and (m := _LINE.fullmatch(value)):
            number = m[1]
            top = 20.0 if number.endswith("%") else 5.0
            region = "top" if 0 <= float(number.rstrip("%")[:20]) <= top else None
    if kept.get("line") == _TOP:
        del kept["line"]  # it is how the top is written
    more = " ".join(f"{name}:{kept[name]}" for name in _KEPT if name in kept)
    return region, align, more or None


class _Look(NamedTuple):
    style: int = 0
    color: str | None = None
    voice: str | None = None


def _content(text: str) -> Content:
    """Cue text by the standard's tokenizer and tree rules."""
    spans: list[Span] = []
    look, reading = _Look(), None
    stack: list[tuple[str, _Look]] = []
    base = 0
    for tag, plain in _TOKEN.findall(text):
        if plain:
            plain = _unguard(unescape(plain))
            if reading is None:
                spans.append(Span(plain, *look))
            else:
                reading += plain
        elif tag[:1] == "/":
            name = tag[1:]
            if not stack:
                continue
            if stack[-1][0] == "rt" and name in ("rt", "ruby"):
                spans[base:] = _ruby(spans[base:], reading or "")
                base, reading = len(spans), None
                look = stack.pop()[1]
            if stack and stack[-1][0] == name:
                look = stack.pop()[1]
        elif m := _START.match(tag):
            name, classes, annotation = m.groups("")
            if name == "rt" and (not stack or stack[-1][0] != "ruby"):
                continue
            stack.append((name, look))
            if name in FLAGS:
                look = look._replace(style=look.style | FLAGS[name])
            elif name == "v":
                look = look._replace(voice=one_line(unescape(annotation)) or None)
            elif name == "ruby":
                base = len(spans)
            elif name == "rt":
                reading = ""
            for named in classes.split("."):
                if _is_color(named):
                    look = look._replace(color=color(named.removeprefix("color")))
    if reading is not None:
        spans[base:] = _ruby(spans[base:], reading)
    return flow(spans)


def _is_color(named: str) -> bool:
    return named in NAMED_COLORS or _COLOR_CLASS.fullmatch(named) is not None


def _ruby(base: list[Span], reading: str) -> list[Span]:
    """The base as one span with its reading."""
    if not one_line(reading):
        return base
    first = base[0] if base else Span("")
    return [first._replace(text="".join(s.text for s in base), ruby=reading)]


def _tags(span: Span) -> list[tuple[str, str]]:
    tags = tags_of(span.style)
    if span.color:
        tags.insert(0, (f"<c.{_class(span.color)}>", "</c>"))
    if span.voice:
        # A space, where the name would make an arrow of the tag's end; it is no part of the name.
        end = " >" if span.voice.endswith("--") else ">"
        tags.insert(0, (f"<v {escape(span.voice)}{end}", "</v>"))
    return tags


def _class(value: str) -> str:
    return _COLOR_NAMES.get(value) or "color" + value[1:].upper()


def _leaf(span: Span) -> str:
    text = escape(_guard(span.text))
    return f"<ruby>{text}<rt>{escape(span.ruby)}</rt></ruby>" if span.ruby else text


_BEFORE_END, _BEHIND = fractions(".", " --> "), fractions(".", "")
_PARAGRAPH = "NOTE Paragraph\n\n"


def _write(cues: Columns) -> str:
    colors = {span.color for spans in cues.rich.values() for span in spans}
    sheet = sorted(c for c in colors if c and c not in _COLOR_NAMES)
    head = "WEBVTT\n\n"
    if sheet:
        rules = "\n".join(f"::cue(.{_class(c)}) {{ color: {c}; }}" for c in sheet)
        head += f"STYLE\n{rules}\n\n"
    texts = _guarded(cues.texts)
    for n, spans in cues.rich.items():
        content = flow(spans)
        if isinstance(content, str):
            texts[n] = _guarded([content])[0]
        else:
            texts[n] = nest(content, _tags, _leaf)
    # What stands above the times, and behind them.
    above, behind = [""] * len(cues), ["\n"] * len(cues)
    if len(cues):
        above[0] = _PARAGRAPH
    for n, (paragraph, region, align, name, settings) in cues.more.items():
        if paragraph:
            above[n] = _PARAGRAPH
        if name and (name := one_line(name)):
            above[n] += f"{_guard_remark(name)}\n"
        behind[n] = f"{_settings(region, align, settings)}\n"
    remarks = _remarks(cues.about.comments)
    late = "".join(text for n, text in remarks.items() if not 0 <= n < len(cues))
    for n, text in remarks.items():
        if 0 <= n < len(cues):
            above[n] = text + above[n]
    begins = clock_columns(cues.starts, _BEFORE_END, UNSYNCED)
    ends = clock_columns(cues.ends, _BEHIND, UNSYNCED)
    body = woven(len(cues), above, *begins, *ends, behind, texts, "\n\n") + late
    return head + body[:-1]


def _guarded(texts: Sequence[str]) -> list[str]:
    guarded = list(texts)
    for n in holding(texts, (GUARD,)).union(with_blank_lines(texts)):
        guarded[n] = _guard(texts[n])
    return list(escaped(guarded))


def _settings(region: str | None, align: str | None, more: str | None) -> str:
    settings = ""
    if more:
        place, _, more = _place(more)
        if place != region and more:
            more = " ".join(word for word in more.split() if not word.startswith("line:"))
        if place == region == "top" and more and "line:" in more:
            region = None
    if region == "top":
        settings = f" line:{_TOP}"
    if align:
        settings += f" align:{align}"
    if more:
        settings += f" {more}"
    return settings


def _remarks(comments: tuple[Comment, ...]) -> dict[int, str]:
    """What stands before the cue with an index."""
    found: dict[int, str] = {}
    for before, text in comments:
        text = _guard_remark(text)
        gap = "\n" if "\n" in text or text == "Paragraph" else " "
        found[before] = f"{found.get(before, '')}NOTE{gap}{text}\n\n"
    return found


def dump(cues: Track | Columns) -> str:
    """Write WebVTT: LF, `NOTE Paragraph` where one starts, `line:1` for the top."""
    return checked(_write, cues)

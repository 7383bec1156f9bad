"""WebVTT, read by the algorithm of its standard."""

from __future__ import annotations

import re
from typing import NamedTuple

from .markup import FLAGS, NAMED_COLORS, color, escape, nest, tags_of, unescape
from .model import (
    MAX_NOTES,
    USUAL,
    Comment,
    Content,
    Cue,
    FormatError,
    Note,
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
    checked,
    clean,
    decode,
    guards,
    has_blank_line,
    line_at,
    lines,
)
from .timecode import HOUR, MILLI, MINUTE_SECOND, clock

UNSYNCED = 359_999_999  # 99:59:59.999
_new = tuple.__new__

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t][^\n]*)?(?:\n|\Z)")
_CLOCK = r"(?:([0-9]{1,9}):)?([0-5][0-9]:[0-5][0-9])\.([0-9]{3})(?![0-9])"
_TIMES = re.compile(rf"[ \t\f]*{_CLOCK}[ \t\f]*-->[ \t\f]*{_CLOCK}([^\n]*)")
_PERCENT = r"(?:100(?:\.0{1,9})?|[0-9]{1,2}(?:\.[0-9]{1,9})?)%"
_LINE = re.compile(r"(-?[0-9]+|[0-9]*\.?[0-9]+%|[0-9]+\.[0-9]*%)(?:,(?:start|center|end))?")
_ALIGN = {"start": "start", "end": "end", "left": "left", "right": "right", "center": None}
# What is kept as it stands, for no other format has it.
_KEPT = {
    "vertical": re.compile("rl|lr"),
    "line": re.compile(rf"(?:-?[0-9]{{1,9}}|{_PERCENT})(?:,(?:start|center|end))?"),
    "position": re.compile(rf"{_PERCENT}(?:,(?:line-left|center|line-right))?"),
    "size": re.compile(_PERCENT),
}

_SHEET = re.compile(r"(STYLE|REGION)[ \t]*(?:\n|\Z)")
_TOKEN = re.compile(r"<([^>]*)>?|([^<]+)")
_START = re.compile(r"(c|i|b|u|ruby|rt|v|lang)((?:\.[^.\s]*+)*+)(?:\s([^\0]*))?\Z")
_COLOR_CLASS = re.compile("color[0-9A-Fa-f]{6}")
_COLOR_NAMES = {value: name for name, value in NAMED_COLORS.items()}

_guard, _unguard = guards(BLANK_LINE)
_guard_remark, _unguard_remark = guards(BLANK_LINE, ARROW)


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read WebVTT.

    What the standard skips is skipped and noted. A file without the WEBVTT line is read too
    unless `strict`. A time of 99:59:59.999 is none.
    """
    text, notes = decode(data)
    text = lines(text)
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    signed = _SIGNATURE.match(text) is not None
    if not signed and (rules.strict or "-->" not in text):
        raise FormatError("the file does not begin with WEBVTT", 1, "vtt")
    text = clean(text)
    reader = _Reader(text, notes)
    reader.blocks((text + "\n").index("\n") + 1 if signed else 0, header=signed)
    if not signed and not reader.cues:
        raise FormatError("no subtitles, and no WEBVTT at the beginning", 1, "vtt")
    return Track(opened(reader.cues), comments=tuple(reader.comments), notes=tuple(notes))


class _Reader:
    def __init__(self, text: str, notes: list[Note]) -> None:
        self.text, self.notes = text, notes
        self.cues: list[Cue] = []
        self.comments: list[Comment] = []
        self.paragraph = False

    def blocks(self, position: int, header: bool) -> None:
        """Go through the blocks from a position; what a header holds is not for us."""
        if header:
            position = self.skip_header(position)
        times = _TIMES.match
        for block in self.text[position:].split("\n\n"):
            m = times(block)
            if m and block.find("-->", m.end()) < 0:
                self.cue(m, block[m.end() + 1 :])
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
                    self.cue(m, stripped[m.end() + 1 :])
                    continue
                m = times(stripped, second)
                if m:
                    self.cue(m, stripped[m.end() + 1 :], _name(stripped[: second - 1]))
                    continue
            if arrows:
                self.untidy(stripped.rstrip("\n"), start)
            elif stripped:
                self.remark(stripped.rstrip("\n"), start)

    def skip_header(self, position: int) -> int:
        end = self.text.find("\n\n", position - 1)
        end = len(self.text) if end < 0 else end
        arrow = self.text.find("-->", position, end)
        return end if arrow < 0 else self.text.rfind("\n", 0, arrow) + 1

    def cue(self, m: re.Match[str], text: str, name: str | None = None) -> None:
        h1, c1, f1, h2, c2, f2, settings = m.groups()
        start: int | None = MINUTE_SECOND[c1] + MILLI[f1]
        end: int | None = MINUTE_SECOND[c2] + MILLI[f2]
        if h1:
            start += HOUR[h1] if len(h1) == 2 else int(h1) * 3_600_000  # type: ignore[operator]
        if h2:
            end += HOUR[h2] if len(h2) == 2 else int(h2) * 3_600_000  # type: ignore[operator]
        if start == UNSYNCED:
            start = None
        if end == UNSYNCED:
            end = None
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
                self.cue(m, "\n".join(buffer), name)
            else:
                self.note("a cue whose time cannot be read", position, first)

    def remark(self, block: str, position: int) -> None:
        """A block that is no cue: a comment, a style sheet, a region, or nothing known."""
        if block == "NOTE Paragraph":
            self.paragraph = True
        elif block.startswith("NOTE") and block[4:5] in ("", " ", "\t", "\n"):
            self.comments.append(Comment(len(self.cues), _unguard_remark(block[5:]).strip(" \t\n")))
        elif m := _SHEET.match(block):
            self.note(f"a {m[1]} block, which is not kept", position)
        else:
            self.note("text that belongs to no cue", position)

    def note(self, text: str, position: int, rows: int = 0) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(Note(line_at(self.text, position) + rows, text))


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
    if region:
        kept.pop("line", None)
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
                if named in NAMED_COLORS or _COLOR_CLASS.fullmatch(named):
                    look = look._replace(color=color(named.removeprefix("color")))
    if reading is not None:
        spans[base:] = _ruby(spans[base:], reading)
    return flow(spans)


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


def _write(track: Track) -> str:
    out = []
    colors = {s.color for c in track.cues if c.content.__class__ is tuple for s in c.spans}
    sheet = sorted(c for c in colors if c and c not in _COLOR_NAMES)
    if sheet:
        rules = "\n".join(f"::cue(.{_class(c)}) {{ color: {c}; }}" for c in sheet)
        out.append(f"STYLE\n{rules}\n")
    remarks = _remarks(track.comments)
    for index, cue in enumerate(track.cues):
        start, end, content, paragraph, region, align, name, more = cue
        if index in remarks:
            out.extend(remarks.pop(index))
        if paragraph or not index:
            out.append("NOTE Paragraph\n")
        if content.__class__ is not str:
            content = flow(content)  # type: ignore[arg-type]
        if content.__class__ is str:
            text: str = content
            if GUARD in text or ("\n" in text and has_blank_line(text)):
                text = _guard(text)
            if "<" in text or "&" in text or ">" in text:
                text = escape(text)
        else:
            text = nest(content, _tags, _leaf)  # type: ignore[arg-type]
        settings = " line:1" if region == "top" else ""
        if align:
            settings += f" align:{align}"
        if more and (more := _place(f"{more}{settings}")[2]):
            settings += f" {more}"
        if name and (name := one_line(name)):
            out.append(_guard_remark(name))
        a = clock(UNSYNCED if start is None else start)
        b = clock(UNSYNCED if end is None else end)
        out.append(f"{a} --> {b}{settings}\n{text}\n")
    for rest in remarks.values():
        out.extend(rest)
    return "WEBVTT\n\n" + "\n".join(out)


def _remarks(comments: tuple[Comment, ...]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for before, text in comments:
        text = _guard_remark(text)
        gap = "\n" if "\n" in text or text == "Paragraph" else " "
        found.setdefault(before, []).append(f"NOTE{gap}{text}\n")
    return found


def dump(track: Track) -> str:
    """Write WebVTT: LF, `NOTE Paragraph` where one starts, `line:1` for the top."""
    return checked(_write, track)

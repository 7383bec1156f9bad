"""SubStation Alpha and Advanced SubStation Alpha, one line per cue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .columns import Columns, Replacing, Times, holding, woven
from .markup import Overrides, Style, color_of, looks, numpad, place_of, position_of
from .model import (
    BOLD,
    ITALIC,
    UNDERLINE,
    USUAL,
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
from .overrides import unkept_codes
from .text import GUARD, checked, nothing_found, read
from .timecode import HOUR, MINUTE_SECOND, clock_columns, milliseconds

UNSYNCED = 35_999_990  # 9:59:59.99
_new = tuple.__new__

_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_HOUR = {f"{key}:": value for key, value in HOUR.items()}
_NEXT_HOUR = {f",{key}": value for key, value in _HOUR.items()}
_CENTI = {f".{c:02}": c * 10 for c in range(100)}
_CLOCK = re.compile(
    r"\s*(-?)(?:([0-9]{1,9}):)?([0-9]{1,9}):([0-9]{1,9})(?:[.:,]([0-9]{1,9})[0-9]{0,99})?\s*"
)
_CODE = rf"\\([Nnh{{}}])|\\({GUARD})(?={GUARD}*+[\\Nnh{{}}])"
_TOKEN = re.compile(_CODE + r"|\{([^}]*)\}")
_ESCAPE = re.compile(_CODE)
_RISK = re.compile(rf"\\(?={GUARD}*+[\\Nnh{{}}\n])")

_HEAD = f"""\
[Script Info]
Title: {{}}
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,\
0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: {_EVENT_FIELDS}
"""


# What a line of Script Info may be called; others are told.
_INFO = frozenset({
    "title", "original script", "original translation", "original editing", "original timing",
    "synch point", "script updated by", "update details", "scripttype", "collisions", "playresx",
    "playresy", "playdepth", "timer", "wrapstyle", "scaledborderandshadow", "ycbcr matrix",
    "layoutresx", "layoutresy", "language", "kerning", "export encoding", "last style storage",
    "video file", "video aspect ratio", "video zoom", "video zoom percent", "video position",
    "video ar value", "video ar mode", "video colorspace", "audio file", "audio uri",
    "scroll position", "active line", "keyframes file", "timecodes file", "automation scripts",
    "last video", "last audio", "script type",
})  # fmt: skip
_HEADS = frozenset({"script info", "v4 styles", "v4+ styles", "v4 styles+"})
_SECTIONS = frozenset({
    "script info", "v4 styles", "v4+ styles", "v4 styles+", "v4++ styles", "events", "fonts",
    "graphics", "aegisub project garbage", "aegisub extradata",
})  # fmt: skip
_FILES = frozenset({"fonts", "graphics"})
# Where every line is of a known kind, so that another one is somebody's text.
_NO_OTHERS = _FILES | {"", "events", "v4 styles", "v4+ styles", "v4 styles+", "v4++ styles"}
_OTHER_EVENTS = frozenset({"picture", "sound", "movie", "command"})
_SECTION = re.compile(r"\[([^\[\]]{1,80})\]")
_ENCODED = re.compile("[!-`]{1,80}")  # how files are held: no small letter, no space
_LIKE_A_TIME = re.compile(r"[0-9]:[0-9]{1,2}:[0-9]{1,2}")
_NUMBER = re.compile(r"\s*[-+]?[0-9.]{0,12}\s*")
_MARK = re.compile(r"\s*(?:Marked\s*=)?\s*[-+]?[0-9]{0,9}\s*", re.I)
_UNCLOSED = re.compile(r"(?<!\\)\{\\[A-Za-z0-9]")
_COLOR = re.compile(r"&?H?([0-9A-F]{1,8})&?", re.I)
_DRAWN = re.compile(r"[\s0-9.+mnlbspc-]*", re.I)

# Override codes by what no track holds of them; of those not named here it holds all.


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SSA or ASS.

    The Format lines are followed; drawings and comments are left out, and told. A line that is
    none of the format's is an error, as is a Dialogue line of which something is missing; with
    `salvage` it is left out and noted. A time of 9:59:59.99 is none, a negative one is nought.
    """
    notes = Notes("ssa", rules)
    text, found = read(data, rules)
    notes.take(found)
    reader = _Reader(notes, rules.whole)
    reader.run(enumerate(text.split("\n"), 1))
    if not reader.cues:
        nothing = nothing_found(text, "ssa", _NEVER)
        nothing.line = nothing.line or 1
        raise nothing
    return Track(opened(reader.cues), title=reader.title, notes=notes.all())


_NEVER = re.compile("(?!)")
_NAMED = rf"\[(?i:{'|'.join(map(re.escape, sorted(_SECTIONS)))})\]"
_GLUED = re.compile(
    r"(?=(?:Dialogue|Comment):[^,:]{0,20},?\s{0,9}"
    r"[0-9]{1,3}:[0-9]{1,2}:[0-9]{1,2}[.:,][0-9]{1,3}\s{0,9},)"
    r"|(?=Format:\s{0,9}(?:Name|Layer|Marked|Start|Alignment)\s{0,9},\s{0,9}[A-Z])"
    r"|(?=Style:[^,]{1,40},[^,]{1,40},[0-9.]{1,9},&?H?[0-9A-F]{1,10}&?,)"
    rf"|(?={_NAMED}\s*\Z)"
)
_MARKS = ("Dialogue:", "Comment:", "Format:", "Style:", "]")


def _parts(line: str) -> list[str]:
    """A line; or several, where it has lost the line end that was before one of the format's."""
    if not any(mark in line for mark in _MARKS):
        return [line]
    return [part for part in _GLUED.split(line) if part.strip()] or [line]


class _Look(NamedTuple):
    """What of a style is more than the file's general look."""

    flags: int = 0
    color: str | None = None
    position: int | None = None


_USUAL_LOOK = _Look()


class _Reader:
    def __init__(self, notes: Notes, whole: bool) -> None:
        self.notes, self.whole = notes, whole
        self.cues: list[Cue] = []
        self.title = self.section = ""
        self.looks: dict[str, _Look] = {}
        self.styles: dict[str, Style] = {}
        self.style_fields: list[str] = []
        self.general: str | None = None  # the colour of everything
        self.event_fields(_fields(_EVENT_FIELDS))

    def event_fields(self, names: list[str]) -> None:
        at = {name: index for index, name in enumerate(names)}
        # Names may stand twice; every column counts.
        self.commas = len(names) - 1
        self.start, self.end, self.text = at["start"], at["end"], at["text"]
        self.cut = sorted((self.start, self.end, self.text), reverse=True)
        self.others = names[:]
        for index in self.cut:
            del self.others[index]
        # The columns beside times and text of the line before, and what they come to.
        self.beside: list[str] = []
        self.voice: str | None = None
        self.look = _USUAL_LOOK
        self.special = False  # whether these say anything of the text
        # Where the times of that line stand, if they do so as usual, and what is around them.
        self.is_usual = (self.start, self.end, self.text) == (1, 2, self.commas)
        self.at = self.behind = 0
        self.head = self.middle = ""

    def run(self, lines: Iterable[tuple[int, str]]) -> None:
        for number, line in lines:
            at = self.at
            # Most lines differ from the one before in their times and words alone.
            if at and line.startswith(self.middle, at + 21) and line.startswith(self.head):
                try:
                    start = (
                        _HOUR[line[at : at + 2]]
                        + MINUTE_SECOND[line[at + 2 : at + 7]]
                        + _CENTI[line[at + 7 : at + 10]]
                    )
                    end = (
                        _NEXT_HOUR[line[at + 10 : at + 13]]
                        + MINUTE_SECOND[line[at + 13 : at + 18]]
                        + _CENTI[line[at + 18 : at + 21]]
                    )
                    words = line[self.behind :]
                    if (":" in words or "]" in words) and self.whole and len(_parts(words)) > 1:
                        at = 0
                except KeyError:
                    at = 0
            else:
                at = 0
            if not at:
                found = self.parse(line, number)
                if found is None:
                    continue
                start, end, words = found
            sync = (None if start == UNSYNCED else start, None if end == UNSYNCED else end)
            if "\\N" in words:
                # Breaks are in every second cue; anything else behind a backslash is for rich().
                broken = words.replace("\\N", "\n")
                words = words if "\\" in broken else broken
            if self.special or "{" in words or "\\" in words:
                cue = self.rich(sync, words, number)
                if cue is not None:
                    self.cues.append(cue)
            else:
                self.cues.append(
                    _new(Cue, (*sync, words.strip(" \t\n"), False, None, None, None, None))
                )

    def parse(self, line: str, number: int) -> tuple[int, int, str] | None:
        """Times and words of a Dialogue line; None for any other line, which is taken in."""
        if self.whole and len(parts := _parts(line)) > 1:
            self.notes.said("a line with another one at its end, read as two", number)
            self.run((number, part) for part in parts)
            return None
        if not line.startswith("Dialogue:"):
            line = self.other(line.strip(), number)
            if not line:
                return None
        fields = line[9:].split(",", self.commas)
        times = self.times(fields)
        if times is None:
            self.notes.lost("a Dialogue line whose times cannot be read", number, line)
            return None
        words, begins, ends = fields[self.text], fields[self.start], fields[self.end]
        lead = line.find(begins, 9)
        for index in self.cut:
            del fields[index]
        if fields != self.beside and not self.settle(fields, number):
            self.notes.lost("a Dialogue line of too few or mixed up fields", number, line)
            return None
        self.at = 0
        if (
            self.is_usual
            and len(begins) == len(ends) == 10
            and line[lead + 11 : lead + 21] == ends
            and line[9 : lead - 1] == fields[0]
        ):
            self.at, self.head, self.behind = lead, line[:lead], len(line) - len(words)
            self.middle = line[lead + 21 : self.behind]
        return (*times, words)

    def times(self, fields: list[str]) -> tuple[int, int] | None:
        """The times of a line, however they are written."""
        if len(fields) <= self.commas:
            return None
        found = []
        for field in (fields[self.start], fields[self.end]):
            m = _CLOCK.fullmatch(field)
            if m is None:
                return None
            found.append(0 if m[1] else milliseconds(*m.groups()[1:]))
        return found[0], found[1]

    def settle(self, beside: list[str], number: int) -> bool:
        """Take in the columns beside times and text; False where they cannot be what they say."""
        if len(beside) != len(self.others):
            return False
        voice, look = None, _USUAL_LOOK
        told = []
        for column, value in zip(self.others, beside, strict=True):
            if column == "style":
                style = value.strip().lstrip("*")
                look = self.looks.get(style, _USUAL_LOOK)
                if self.styles and style not in self.styles and style.lower() != "default":
                    told.append(f"a style that is not there: {style}")
            elif column in ("name", "actor"):
                voice = one_line(value) or None
            elif column == "layer" or column == "marked":
                if not _MARK.fullmatch(value):
                    return False
            elif column.startswith("margin"):
                if not _NUMBER.fullmatch(value):
                    return False
            elif value.strip():
                what = "an effect" if column == "effect" else "a column that is not known"
                told.append(f"{what}, not kept: {one_line(value)}")
        for what in told:
            self.notes.said(what, number)
        self.beside, self.voice, self.look = beside, voice, look
        self.special = voice is not None or look is not _USUAL_LOOK
        return True

    # -- other lines

    def other(self, line: str, number: int) -> str:
        """Take in a line that is no Dialogue; one that is meant to be one comes back as it is
        usually written."""
        if not line:
            return ""
        if section := _SECTION.fullmatch(line):
            name = section[1].strip().lower()
            if name in _SECTIONS or self.section not in _FILES:
                self.begin(name, line, number)
                return ""
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if self.section in _FILES and (_ENCODED.fullmatch(line) or key in ("fontname", "filename")):
            return ""
        if line.startswith((";", "!:")):
            if _LIKE_A_TIME.search(line):
                self.notes.said(f"a line that is commented out: {one_line(line)}", number)
        elif key == "dialogue" and colon:
            return f"Dialogue:{value}"
        elif not colon or not self.known(key, value, number):
            self.stray(line, number)
        return ""

    def stray(self, line: str, number: int) -> None:
        """A line that is none of the format's; players pass over it."""
        if _LIKE_A_TIME.search(line):
            self.notes.lost("a line like a subtitle's that is none", number, line)
        elif self.notes.whole and self.section not in _HEADS:
            self.notes.lost("text that belongs to no subtitle", number, line)
        else:
            self.notes.said(f"a line that is not known, not kept: {one_line(line)}", number)

    def begin(self, name: str, line: str, number: int) -> None:
        self.section = name
        if name in _FILES:
            self.notes.said(f"{name} within the file, not kept", number)
        elif name not in _SECTIONS:
            self.notes.said(f"a section that is not known, not kept: {line}", number)

    def known(self, key: str, value: str, number: int) -> bool:
        """Whether a line is one of the format's; take it in."""
        if key == "format":
            return self.format(_fields(value), number)
        if key == "style":
            self.add_style(value)
        elif key == "comment":
            self.notes.said("lines marked as comments, not kept", number)
        elif key in _OTHER_EVENTS:
            self.notes.said(f"{key} lines, not kept", number)
        elif key in _INFO:
            if key == "title" and self.section in ("", "script info"):
                self.title = self.title or value.strip()
        elif self.section in _NO_OTHERS or _LIKE_A_TIME.search(value):
            return False
        elif self.section == "script info":
            self.notes.said(f"not known in Script Info, not kept: {key}: {value.strip()}", number)
        return True

    def format(self, names: list[str], number: int) -> bool:
        """Take in what columns there are; of which lines, the columns tell best."""
        if {"start", "end", "text"} <= set(names):
            self.event_fields(names)
        elif "styles" in self.section or {"name", "fontname"} <= set(names):
            if "name" not in names:
                self.notes.said("styles without a name, not kept", number)
            self.style_fields = names
        else:
            return False
        return True

    def add_style(self, value: str) -> None:
        style = dict(zip(self.style_fields, (v.strip() for v in value.split(","))))
        name = style.get("name", "").lstrip("*")
        number = style.get("alignment", "")
        legacy = self.section == "v4 styles" or "alphalevel" in self.style_fields
        position = numpad(int(number), legacy) if number in _NUMBERS else None
        tint = _color(style.get("primarycolour", ""))
        flags = 0
        # The Default style is how everything looks, so nothing in it is an emphasis.
        if name == "Default":
            self.general, tint = tint, None
            for known, (bits, other) in list(self.styles.items()):
                if other == self.general:
                    self.styles[known] = bits, None
                    self.looks[known] = self.looks[known]._replace(color=None)
        else:
            for field, bit in (("bold", BOLD), ("italic", ITALIC), ("underline", UNDERLINE)):
                flags |= bit if style.get(field, "0") not in ("0", "") else 0
            tint = None if tint == self.general else tint
        self.styles[name] = flags, tint
        look = _Look(flags, tint, position if position != 2 else None)
        self.looks[name] = look if look != _USUAL_LOOK else _USUAL_LOOK
        self.beside, self.at = [], 0

    # -- text

    def rich(self, sync: tuple[int | None, int | None], words: str, number: int) -> Cue | None:
        """A cue with override codes, a speaker or a style; None when it was but a drawing."""
        state = Overrides(self.look.flags, self.look.color, self.styles)
        spans: list[Span] = []
        said: list[str] = []  # in the look of now
        drawn: list[str] = []
        told: list[str] = []
        # Only as far as a brace closes; an open one is a character.
        last = words.rfind("}") + 1
        at = 0
        for m in _TOKEN.finditer(words, 0, last):
            if m.start() > at:
                said.append(words[at : m.start()])
            at = m.end()
            code, guard, block = m.groups()
            if code:
                said.append(_CODES.get(code, code))
            elif guard:
                said.append("\\")
            else:
                if said:
                    self.say(said, state, spans, drawn)
                told += self.overridden(block, number)
                state.apply(block)
        rest = words[at:]
        if "\\" in rest:
            if _UNCLOSED.search(rest):
                self.unclear("an override code that is never closed", number)
            rest = _ESCAPE.sub(_unescaped, rest)
        if rest:
            said.append(rest)
        if said:
            self.say(said, state, spans, drawn)
        content = flow(spans)
        nothing = bool(drawn) and not content
        for what in dict.fromkeys(told):
            self.notes.said(what, number, None if nothing else len(self.cues))
        if drawn:
            self.undrawn("".join(drawn), number)
            if nothing:
                return None
        region, align = place_of(state.align or self.look.position)
        return Cue(*sync, content, False, region, align)

    def say(self, said: list[str], state: Overrides, spans: list[Span], drawn: list[str]) -> None:
        """Put text where the codes before it have it go."""
        text = "".join(said)
        said.clear()
        if state.drawing:
            drawn.append(text)
        else:
            spans.append(Span(text, state.style, state.color, self.voice))

    def overridden(self, block: str, number: int) -> list[str]:
        """What to tell of an override block: of that no track holds it."""
        kinds, remark = unkept_codes(block)
        told = [f"{kind}, not kept" for kind in kinds]
        if remark and "{" in block:
            self.notes.lost("text behind a brace that is never closed", number, remark)
        elif remark:
            told.append(f"a remark in braces, not kept: {remark}")
        return told

    def undrawn(self, text: str, number: int) -> None:
        if _DRAWN.fullmatch(text):
            self.notes.said("drawings, not kept", number)
        else:
            self.notes.lost("text in a drawing", number, text)

    def unclear(self, what: str, number: int) -> None:
        """Text stays that may be none: an error, unless somebody asked for what can be read."""
        if self.notes.refuses:
            raise FormatError(what, number, "ssa")
        self.notes.said(what, number)


_NUMBERS = {str(n) for n in range(1, 12)}


def _fields(line: str) -> list[str]:
    return [name.strip().lower() for name in line.split(",")]


def _color(value: str) -> str | None:
    """The colour of a style: &HAABBGGRR as ASS has it, or the plain number of SSA."""
    value = value.strip()
    if re.fullmatch(r"-?[0-9]{1,12}", value):
        return color_of(int(value))
    m = _COLOR.fullmatch(value)
    return color_of(int(m[1], 16)) if m else None


def _unescaped(m: re.Match[str]) -> str:
    code = m[1]
    return _CODES.get(code, code) if code else "\\"


_CODES = {"N": "\n", "n": "\n", "h": "\u00a0"}


def _escape(text: str) -> str:
    if "\\" in text:
        text = _RISK.sub(rf"\\{GUARD}", text)
    return text.replace("{", "\\{").replace("\n", "\\N")


def _codes(content: tuple[Span, ...]) -> str:
    out: list[str] = []
    style, color = 0, None
    for span in content:
        codes = ""
        for bit, letter in ((BOLD, "b"), (ITALIC, "i"), (UNDERLINE, "u")):
            if (style ^ span.style) & bit:
                codes += f"\\{letter}{1 if span.style & bit else 0}"
        if span.color != color:
            value = span.color
            codes += f"\\c&H{value[5:]}{value[3:5]}{value[1:3]}&".upper() if value else "\\c"
        style, color = span.style, span.color
        if codes:
            if out and out[-1].rstrip(GUARD).endswith("\\"):
                out.append(GUARD)
            out.append("{" + codes.replace("\\C&", "\\c&") + "}")
        out.append(_escape(span.text))
    return "".join(out)


def _speaker(content: Content) -> str | None:
    """The voice of a cue that has but one, as the Name column can say it."""
    if isinstance(content, str):
        return None
    voices = {span.voice for span in content if span.text or span.ruby}
    voice = voices.pop() if voices else None
    return voice.replace(",", ";") if voice and not voices else None


def _centis(before: str, after: str) -> tuple[str, ...]:
    """Like `timecode.fractions`, for times with half a hundredth added: so they are rounded."""
    return tuple(f"{before}{milli // 10:02}{after}" for milli in range(1000))


_BEFORE_END, _BEHIND = _centis(".", ","), _centis(".", ",Default,")


def _rounding(times: Times) -> list[int]:
    return [UNSYNCED + 5 if ms is None else ms + 5 if ms > 0 else 0 for ms in times]


_BREAKS = Replacing(("\n", "\\N"))


def _write(cues: Columns) -> str:
    texts = list(cues.texts)
    for n in holding(texts, ("{", "\\")):
        texts[n] = _escape(texts[n])
    texts = list(_BREAKS(texts))
    names = [""] * len(cues)
    for n, spans in cues.rich.items():
        content = flow(spans)
        names[n] = _speaker(content) or ""
        content = looks(content)
        texts[n] = _escape(content) if isinstance(content, str) else _codes(content)
    for n, (_, region, align, *_) in cues.more.items():
        if region or align:
            texts[n] = f"{{\\an{position_of(region, align)}}}{texts[n]}"
    begins = clock_columns(_rounding(cues.starts), _BEFORE_END, 0, short=True)
    ends = clock_columns(_rounding(cues.ends), _BEHIND, 0, short=True)
    lines = ("Dialogue: 0,", *begins, *ends, names, ",0000,0000,0000,,", texts, "\n")
    return _HEAD.format(one_line(cues.about.title)) + woven(len(cues), *lines)


def dump(cues: Track | Columns) -> str:
    """Write ASS: LF, a byte order mark, one Default style, `{\\an8}` for the top."""
    return "\ufeff" + checked(_write, cues)

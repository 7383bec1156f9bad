"""SubStation Alpha and Advanced SubStation Alpha, one line per cue."""

from __future__ import annotations

import re
from typing import NamedTuple

from .markup import Overrides, looks, numpad, place_of, position_of
from .model import (
    BOLD,
    ITALIC,
    MAX_NOTES,
    UNDERLINE,
    USUAL,
    Content,
    Cue,
    FormatError,
    Note,
    Rules,
    Span,
    Track,
    flow,
    lost,
    one_line,
    opened,
)
from .text import GUARD, checked, read
from .timecode import HOUR, MINUTE_SECOND, centi_clock, milliseconds

UNSYNCED = 35_999_990  # 9:59:59.99
_new = tuple.__new__

_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_HOUR = {f"{key}:": value for key, value in HOUR.items()}
_CENTI = {f".{c:02}": c * 10 for c in range(100)}
_CLOCK = re.compile(
    r"\s*(-?)(?:([0-9]{1,9}):)?([0-9]{1,9}):([0-9]{1,9})(?:[.:,]([0-9]{1,9})[0-9]{0,99})?\s*"
)
_CODE = rf"\\([Nnh{{}}])|\\({GUARD})(?={GUARD}*+[\\Nnh{{}}])"
_TOKEN = re.compile(_CODE + r"|\{([^}]*)\}")
_ESCAPE = re.compile(_CODE + r"|(?!)()")
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


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read SSA or ASS.

    The Format lines are followed; drawings and comments are left out. A Dialogue line whose times
    cannot be read is an error; with `salvage` it is left out and noted. A time of 9:59:59.99 is
    none, a negative one is nought.
    """
    text, notes = read(data)
    reader = _Reader(notes, rules.salvage)
    reader.run(text)
    if not reader.cues:
        raise FormatError("no subtitles in this SSA file", format="ssa")
    return Track(opened(reader.cues), title=reader.title, notes=tuple(notes))


class _Look(NamedTuple):
    """What of a style is more than the file's general look."""

    flags: int = 0
    position: int | None = None


class _Reader:
    def __init__(self, notes: list[Note], salvage: bool) -> None:
        self.notes, self.salvage = notes, salvage
        self.cues: list[Cue] = []
        self.title = self.section = ""
        self.looks: dict[str, _Look] = {}
        self.styles: dict[str, int] = {}
        self.style_fields: list[str] = []
        self.event_fields(_EVENT_FIELDS)

    def event_fields(self, line: str) -> None:
        at = {name: index for index, name in enumerate(_fields(line))}
        if not {"start", "end", "text"} <= at.keys():
            return
        # Names may stand twice; every column counts.
        self.commas = line.count(",")
        self.start, self.end, self.text = at["start"], at["end"], at["text"]
        self.name, self.style = at.get("name", at.get("actor", -1)), at.get("style", -1)

    def run(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if not line.startswith("Dialogue:"):
                line = line.lstrip()
                if not line.startswith("Dialogue:"):
                    self.other(line)
                    continue
            fields = line[9:].split(",", self.commas)
            try:
                clock = fields[self.start]
                start = _HOUR[clock[:-8]] + MINUTE_SECOND[clock[-8:-3]] + _CENTI[clock[-3:]]
                clock = fields[self.end]
                end = _HOUR[clock[:-8]] + MINUTE_SECOND[clock[-8:-3]] + _CENTI[clock[-3:]]
                words = fields[self.text]
            except (KeyError, IndexError):
                times = self.times(fields)
                if times is None:
                    if len(self.notes) < MAX_NOTES or not self.salvage:
                        what = "a Dialogue line whose times cannot be read"
                        self.notes.append(lost(what, number, "ssa", self.salvage))
                    continue
                start, end = times
                words = fields[self.text]
            name = fields[self.name] if self.name >= 0 else ""
            look = self.looks.get(fields[self.style].strip().lstrip("*")) if self.looks else None
            sync = (None if start == UNSYNCED else start, None if end == UNSYNCED else end)
            if "\\N" in words:
                # Breaks are in every second cue; anything else behind a backslash is for _rich.
                broken = words.replace("\\N", "\n")
                words = words if "\\" in broken else broken
            if name or look or "{" in words or "\\" in words:
                state = Overrides(look.flags if look else 0, self.styles)
                cue = _rich(sync, words, one_line(name) or None, state, look and look.position)
                if cue is not None:
                    self.cues.append(cue)
            else:
                self.cues.append(
                    _new(Cue, (*sync, words.strip(" \t\n"), False, None, None, None, None))
                )

    def times(self, fields: list[str]) -> tuple[int, int] | None:
        """The times of a line that is not written the usual way."""
        if len(fields) <= self.commas:
            return None
        found = []
        for field in (fields[self.start], fields[self.end]):
            m = _CLOCK.fullmatch(field)
            if m is None:
                return None
            found.append(0 if m[1] else milliseconds(*m.groups()[1:]))
        return found[0], found[1]

    def other(self, line: str) -> None:
        if line.startswith("["):
            self.section = line.strip().lower()
            return
        key, _, value = line.partition(":")
        key = key.lower()
        if key == "format":
            if "styles" in self.section:
                self.style_fields = _fields(value)
            else:
                self.event_fields(value)
        elif key == "style" and "styles" in self.section:
            self.add_style(value)
        elif key == "title" and self.section == "[script info]":
            self.title = self.title or value.strip()

    def add_style(self, value: str) -> None:
        style = dict(zip(self.style_fields, (v.strip() for v in value.split(","))))
        name = style.get("name", "").lstrip("*")
        number = style.get("alignment", "")
        legacy = "+" not in self.section
        position = numpad(int(number), legacy) if number in _NUMBERS else None
        flags = 0
        # The Default style is how everything looks, so nothing in it is an emphasis.
        if name != "Default":
            for field, bit in (("bold", BOLD), ("italic", ITALIC), ("underline", UNDERLINE)):
                flags |= bit if style.get(field, "0") not in ("0", "") else 0
        self.styles[name] = flags
        if flags or position not in (None, 2):
            self.looks[name] = _Look(flags, position)


_NUMBERS = {str(n) for n in range(1, 12)}


def _fields(line: str) -> list[str]:
    return [name.strip().lower() for name in line.split(",")]


def _rich(
    sync: tuple[int | None, int | None],
    words: str,
    voice: str | None,
    state: Overrides,
    position: int | None,
) -> Cue | None:
    """A cue with override codes, a speaker or a style; None when it was but a drawing."""
    spans: list[Span] = []
    drawn = False

    def say(text: str) -> None:
        nonlocal drawn
        if state.drawing:
            drawn = True
        elif text:
            spans.append(Span(text, state.style, state.color, voice))

    at = 0
    # Only as far as a brace closes; an open one is a character.
    last = words.rfind("}") + 1
    for part, token in ((words[:last], _TOKEN), (words[last:], _ESCAPE)):
        at = 0
        for m in token.finditer(part):
            if m.start() > at:
                say(part[at : m.start()])
            at = m.end()
            code, guard, block = m.groups()
            if code:
                say(_CODES.get(code, code))
            elif guard:
                say("\\")
            else:
                state.apply(block)
        say(part[at:])
    content = flow(spans)
    if drawn and not content:
        return None
    region, align = place_of(state.align or position)
    return Cue(*sync, content, False, region, align)


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


def _write(track: Track) -> str:
    out: list[str] = []
    for start, end, content, _, region, align, _, _ in track.cues:
        name = ""
        if not isinstance(content, str):
            content = flow(content)
            name = _speaker(content) or ""
            content = looks(content)
        if isinstance(content, str):
            text = content
            if "{" in text or "\\" in text or "\n" in text:
                text = _escape(text)
        else:
            text = _codes(content)
        if region or align:
            text = f"{{\\an{position_of(region, align)}}}{text}"
        a = centi_clock(UNSYNCED if start is None else start)
        b = centi_clock(UNSYNCED if end is None else end)
        out.append(f"Dialogue: 0,{a},{b},Default,{name},0000,0000,0000,,{text}\n")
    title = one_line(track.title)
    return _HEAD.format(title) + "".join(out)


def dump(track: Track) -> str:
    """Write ASS: LF, a byte order mark, one Default style, `{\\an8}` for the top."""
    return "\ufeff" + checked(_write, track)

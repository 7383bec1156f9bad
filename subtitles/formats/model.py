"""What a subtitle file says, whatever its format: a track of cues made of spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

MAX_NOTES = 100  # a reader stops taking notes there, not reading

BOLD, ITALIC, UNDERLINE = 1, 2, 4

_CUE_ENDS = " \t\n"
_BARE = (0, None, None, None)
# Around a reading, for those who cannot set it above its base.
OPENING, CLOSING = "(（[【《〈「『〔", ")）]】》〉」』〕"
_SPACES = re.compile(r"[ \t\n]+")


class FormatError(ValueError):
    """The data is not what its format asks for.

    The message is for people. `line` counts from 1 and is None where no line is to blame;
    `format` is the name the data was read as.
    """

    def __init__(self, message: str, line: int | None = None, format: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.format = format

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class Rules(NamedTuple):
    """How to read: by the standard's word alone, losing what cannot be read, and how deep."""

    strict: bool = False
    salvage: bool = False
    max_depth: int = 300  # of elements in a file that nests them


USUAL = Rules()


class Span(NamedTuple):
    """A run of text with one look. Line breaks are newlines in `text`."""

    text: str
    style: int = 0  # BOLD | ITALIC | UNDERLINE
    color: str | None = None  # "#rrggbb"
    voice: str | None = None  # who speaks
    ruby: str | None = None  # the reading set above `text`, in brackets if the file has them


Content = str | tuple[Span, ...]


class Cue(NamedTuple):
    """One timed piece of text; times in milliseconds, None where unsynced."""

    start: int | None
    end: int | None
    content: Content = ""  # a bare string when nothing in it is styled
    paragraph: bool = False  # starts a paragraph
    region: str | None = None  # "top"; None is the usual place, at the bottom
    align: str | None = None  # "left", "right", "start", "end"; None is centred
    id: str | None = None  # what the file calls it
    settings: str | None = None  # WebVTT's words for a place and size that nothing else has

    @property
    def text(self) -> str:
        """The words alone, a reading straight behind its base."""
        if isinstance(self.content, str):
            return self.content
        return "".join(span.text + (span.ruby or "") for span in self.content)

    @property
    def plain_text(self) -> str:
        """The words as a format without readings writes them: in brackets behind their base."""
        if isinstance(self.content, str):
            return self.content
        return "".join(map(with_reading, self.content))

    @property
    def spans(self) -> tuple[Span, ...]:
        return (Span(self.content),) if isinstance(self.content, str) else self.content


class Note(NamedTuple):
    """Something a reader passed over or had to guess."""

    line: int | None
    text: str


class Comment(NamedTuple):
    """A remark in the file, standing before the cue with this index."""

    before: int
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """The cues of one language in file order, and what else the file says of itself."""

    cues: tuple[Cue, ...] = ()
    language: str = ""
    title: str = ""
    description: str = ""
    comments: tuple[Comment, ...] = ()
    notes: tuple[Note, ...] = field(default=(), compare=False)

    @property
    def fully_synced(self) -> bool:
        """Every cue has both its times (so an empty track is)."""
        return all(c[0] is not None and c[1] is not None for c in self.cues)

    @property
    def plain_text(self) -> str:
        """The words of all cues, one blank line between them."""
        return "\n\n".join(text for text in (c.plain_text for c in self.cues) if text)

    def in_time_order(self) -> Track:
        """The cues by start time; an unsynced one stays behind the cue it followed."""
        keyed, last = [], -1
        for cue in self.cues:
            last = last if cue.start is None else cue.start
            keyed.append((last, cue))
        keyed.sort(key=lambda pair: pair[0])
        return replace(self, cues=tuple(cue for _, cue in keyed))


def with_reading(span: Span) -> str:
    """The text, and its reading in brackets behind it."""
    if not span.ruby:
        return span.text
    reading = squeezed(span.ruby)
    bracketed = reading[0] in OPENING or reading[-1] in CLOSING
    return squeezed(span.text) + (reading if bracketed else f"({reading})")


def flow(spans: Iterable[Span]) -> Content:
    """Spans as a cue's content: neighbours merged, ends stripped, bare text as a string."""
    # Runs of text and the look they share; joined at the end, for there may be very many.
    texts: list[list[str]] = []
    looks: list[tuple[int, str | None, str | None, str | None]] = []
    for text, style, color, voice, ruby in spans:
        if ruby is not None:
            text, ruby = squeezed(text), squeezed(ruby)
            ruby = ruby if ruby.strip(" ") else None
        if not text and ruby is None:
            continue
        look = (style, color, voice, ruby)
        if looks and ruby is None and look == looks[-1]:
            texts[-1].append(text)
        else:
            texts.append([text])
            looks.append(look)
    if len(looks) == 1 and looks[0] == _BARE:
        return "".join(texts[0]).strip(_CUE_ENDS)
    runs = ["".join(parts) for parts in texts]
    first, last = 0, len(runs) - 1
    while first <= last:
        runs[first] = runs[first].lstrip(_CUE_ENDS)
        if runs[first] or looks[first][3]:
            break
        first += 1
    while first <= last and not looks[last][3]:
        runs[last] = runs[last].rstrip(_CUE_ENDS)
        if runs[last]:
            break
        last -= 1
    if first > last:
        return ""
    if first == last and looks[first] == _BARE:
        return runs[first]
    return tuple(Span(runs[i], *looks[i]) for i in range(first, last + 1))


def squeezed(text: str) -> str:
    """Spaces and line breaks as one space each."""
    return _SPACES.sub(" ", text)


def one_line(text: str) -> str:
    """Spaces and line breaks as one space each, none at the ends: a name, a reading, a title."""
    return squeezed(text).strip(" ")


def lost(what: str, line: int, format: str, salvage: bool) -> Note:
    """Raise over what would be lost from a file, or note it where the caller will have the rest."""
    if not salvage:
        raise FormatError(what, line, format)
    return Note(line, what)


def opened(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues as a tuple; the first one always starts a paragraph."""
    if cues and not cues[0].paragraph:
        return (cues[0]._replace(paragraph=True), *cues[1:])
    return tuple(cues)

"""What a subtitle file says, whatever its format: a track of cues made of spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

MAX_NOTES = 100  # a reader stops taking notes there, not reading

BOLD, ITALIC, UNDERLINE = 1, 2, 4

_CUE_ENDS = " \t\n"
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


class Span(NamedTuple):
    """A run of text with one look. Line breaks are newlines in `text`."""

    text: str
    style: int = 0  # BOLD | ITALIC | UNDERLINE
    color: str | None = None  # "#rrggbb"
    voice: str | None = None  # who speaks
    ruby: str | None = None  # the reading set above `text`


Content = str | tuple[Span, ...]


class Cue(NamedTuple):
    """One timed piece of text; times in milliseconds, None where unsynced."""

    start: int | None
    end: int | None
    content: Content = ""  # a bare string when nothing in it is styled
    paragraph: bool = False  # starts a paragraph
    region: str | None = None  # "top"; None is the usual place, at the bottom
    align: str | None = None  # "left", "right", "start", "end"; None is centred

    @property
    def text(self) -> str:
        """The words alone, a reading in brackets behind its base."""
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
        return "\n\n".join(text for text in (c.text for c in self.cues) if text)

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
    return f"{squeezed(span.text)}({squeezed(span.ruby)})" if span.ruby else span.text


def flow(spans: Iterable[Span]) -> Content:
    """Spans as a cue's content: neighbours merged, ends stripped, bare text as a string."""
    merged: list[Span] = []
    for span in spans:
        if span.ruby is not None:
            span = span._replace(
                text=squeezed(span.text),
                ruby=squeezed(span.ruby).strip(" ") and squeezed(span.ruby) or None,
            )
        if not span.text and not span.ruby:
            continue
        if merged and merged[-1][1:] == span[1:] and span.ruby is None:
            merged[-1] = span._replace(text=merged[-1].text + span.text)
        else:
            merged.append(span)
    while merged:
        text = merged[0].text.lstrip(_CUE_ENDS)
        if text or merged[0].ruby:
            merged[0] = merged[0]._replace(text=text)
            break
        del merged[0]
    while merged and not merged[-1].ruby:
        text = merged[-1].text.rstrip(_CUE_ENDS)
        if text:
            merged[-1] = merged[-1]._replace(text=text)
            break
        del merged[-1]
    if not merged:
        return ""
    if len(merged) == 1 and merged[0][1:] == (0, None, None, None):
        return merged[0].text
    return tuple(merged)


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

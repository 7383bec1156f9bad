"""What a subtitle file says, whatever its format: a track of cues made of spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import repeat
from operator import le
from typing import NamedTuple

from amara_api.kernel.shapes import Data

_new = tuple.__new__

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


class TooManyCues(FormatError):
    """The file may be right; it holds more cues than the caller takes."""

    def __init__(self, most: int, format: str = "") -> None:
        super().__init__(f"more than {most} subtitles", format=format)


class Rules(NamedTuple):
    """How to read a file, and what is known about it from elsewhere."""

    strict: bool = False  # by the standard's word alone
    salvage: bool = False  # what cannot be read is left out, and told
    max_depth: int = 300  # of elements in a file that nests them
    whole: bool = False  # what a player would pass over is an error (unless it is salvaged)
    charset: str | None = None  # what the sender says it is
    language: str | None = None  # the code it is posted to: tells charsets and tracks apart
    max_cues: int | None = None  # more are TooManyCues; readers may leave it to `load`


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
    """Something a reader passed over, mended or had to guess."""

    line: int | None  # in the file, from 1
    text: str
    cue: int | None = None  # the index of the cue it is about


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
    # Whether the file itself still says what the cues do: nothing was mended or left out.
    faithful: bool = field(default=True, compare=False)

    @property
    def fully_synced(self) -> bool:
        """Every cue has both its times (so an empty track is)."""
        return all(c[0] is not None and c[1] is not None for c in self.cues)

    @property
    def plain_text(self) -> str:
        """The words of all cues, one blank line between them."""
        return "\n\n".join(text for text in (c.plain_text for c in self.cues) if text)

    def timings(self) -> Track:
        """When each cue is shown and where, without any words: what a translation begins with."""
        kept = (Cue(c.start, c.end, "", c.paragraph, c.region, c.align) for c in self.cues)
        return Track(tuple(kept))

    def in_time_order(self) -> Track:
        """The cues by start time; an unsynced one stays behind the cue it followed.

        Comments stay before their cue, and notes with it. A first cue always starts a paragraph;
        one that no longer is the first does so only where the file has paragraphs at all.
        """
        starts: list[Data] = [cue[0] for cue in self.cues]
        with suppress(TypeError):  # one without a time
            if all(map(le, starts, starts[1:])):
                return self
        keyed, last = [], -1
        for index, cue in enumerate(self.cues):
            last = last if cue.start is None else cue.start
            keyed.append((last, index))
        order = [index for _, index in sorted(keyed)]
        if order == list(range(len(order))):
            return self
        place = {was: now for now, was in enumerate(order)}
        place[len(order)] = len(order)
        cues = [self.cues[index] for index in order]
        if order[0] and not any(cue.paragraph for cue in self.cues[1:]):
            cues[place[0]] = cues[place[0]]._replace(paragraph=False)
        notes = [n if n.cue is None else n._replace(cue=place[n.cue]) for n in self.notes]
        late = next(n for n in range(1, len(order)) if keyed[n] < keyed[n - 1])
        notes.append(Note(None, "subtitles were put in the order of their times", place[late]))
        return replace(
            self,
            cues=opened(cues) if self.cues[0].paragraph else tuple(cues),
            comments=tuple(
                sorted(
                    (c._replace(before=place[c.before]) for c in self.comments),
                    key=lambda comment: comment.before,
                )
            ),
            notes=tuple(notes),
        )


def joined_text(cues: Iterable[Cue]) -> str:
    """The words of all cues, with nothing between them."""
    return "".join([c[2] if c[2].__class__ is str else c.text for c in cues])


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


class Notes:
    """What a reader has to say of a file, collected while it reads.

    `forgiving` is for formats whose standard tells readers to skip what is wrong: there a loss is
    an error only where the rules ask for the whole file.
    """

    def __init__(self, format: str, rules: Rules, *, forgiving: bool = False) -> None:
        self.format = format
        self.whole = rules.whole
        self.refuses = not rules.salvage and (rules.whole or not forgiving)
        self.untold = 0
        self._lost: list[Note] = []
        self._said: dict[str, tuple[Note, int]] = {}

    def lost(self, what: str, line: int | None, words: str = "") -> None:
        """Text is about to be left out: raise, or note it where the caller will have the rest."""
        if self.refuses:
            raise FormatError(what, line, self.format)
        words = one_line(words)
        self._lost.append(Note(line, f"{what}: {words}" if words else what))

    def said(
        self, what: str, line: int | Callable[[], int] | None = None, cue: int | None = None
    ) -> None:
        """Something was guessed, mended, or is not kept. The same is told once, with a count.

        `line` may be a function, called only where the line is told.
        """
        if known := self._said.get(what):
            self._said[what] = (known[0], known[1] + 1)
        elif len(self._said) < MAX_NOTES:
            self._said[what] = (Note(line() if callable(line) else line, what, cue), 1)
        else:
            self.untold += 1

    def take(self, notes: Iterable[Note]) -> None:
        for note in notes:
            self.said(note.text, note.line, note.cue)

    def all(self) -> tuple[Note, ...]:
        said = (
            note._replace(text=f"{note.text} ({count} times)") if count > 1 else note
            for note, count in self._said.values()
        )
        found = sorted((*said, *self._lost), key=lambda note: note.line or 0)
        if self.untold:
            found.append(Note(None, f"{self.untold} more remarks of these kinds"))
        return tuple(found)


def cues_of(
    starts: Iterable[int | None],
    ends: Iterable[int | None],
    contents: Iterable[Content],
    paragraphs: Iterable[bool] = repeat(False),
    regions: Iterable[str | None] = repeat(None),
) -> list[Cue]:
    """Cues from their members, at a third of what as many calls of `Cue` cost."""
    none = repeat(None)
    members = zip(starts, ends, contents, paragraphs, regions, none, none, none, strict=False)
    # Without a name for each: then `zip` uses its tuple again.
    return list(map(_new, repeat(Cue), members))


def opened(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues as a tuple; the first one always starts a paragraph."""
    if cues and not cues[0].paragraph:
        return (cues[0]._replace(paragraph=True), *cues[1:])
    return tuple(cues)

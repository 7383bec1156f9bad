"""A track as columns: what each cue says in a list of its own.

Writers work through a few lists of plain values; what most cues do not say is beside them, by the
cue's index. That takes a fraction of what a step a cue does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import AnyStr, Generic, TypeAlias, TypeVar

import orjson

from .model import Content, Cue, Span, Track, cues_of

Times: TypeAlias = Sequence[int | None]
Made = TypeVar("Made")
# A cue's paragraph, region, align, id and settings.
More: TypeAlias = tuple[bool, str | None, str | None, str | None, str | None]
NO_MORE: More = (False, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Columns:
    """All of a track. The sequences are as long as there are cues."""

    starts: Times
    ends: Times
    texts: Sequence[str]  # empty where a cue is in `rich`
    rich: Mapping[int, tuple[Span, ...]]  # the cues that are more than bare text
    more: Mapping[int, More]  # those that say more than times and text
    about: Track  # the track without its cues

    def __len__(self) -> int:
        return len(self.texts)

    def track(self) -> Track:
        """The track that they are of."""
        contents: list[Content] = list(self.texts)
        for n, spans in self.rich.items():
            contents[n] = spans
        cues = cues_of(self.starts, self.ends, contents)
        for n, more in self.more.items():
            start, end, content, *_ = cues[n]
            cues[n] = Cue(start, end, content, *more)
        about = self.about
        return Track(tuple(cues), about.language, about.title, about.description, about.comments)


def columns_of(cues: Track | Columns) -> Columns:
    """The columns of a track, or those that are given."""
    if isinstance(cues, Columns):
        return cues
    about = Track((), cues.language, cues.title, cues.description, cues.comments)
    if not cues.cues:
        return Columns((), (), (), {}, {}, about)
    starts, ends, contents, paragraphs, *others = zip(*cues.cues, strict=True)
    count = len(contents)
    odd = set(compress(range(count), paragraphs))
    for column in others:
        if column.count(None) != count:
            odd.update(n for n, said in enumerate(column) if said is not None)
    texts, rich = parted(contents)
    more = {n: cues.cues[n][3:] for n in sorted(odd)}
    return Columns(starts, ends, texts, rich, more, about)


def parted(contents: Sequence[Content]) -> tuple[Sequence[str], dict[int, tuple[Span, ...]]]:
    """The bare texts, empty for the other cues, and those by their index."""
    if set(map(type, contents)) <= {str}:
        return contents, {}  # type: ignore[return-value]
    rich = {n: each for n, each in enumerate(contents) if not isinstance(each, str)}
    return [each if isinstance(each, str) else "" for each in contents], rich


def woven(count: int, *columns: AnyStr | list[AnyStr]) -> AnyStr:
    """The first of every list, the second of every list, and so on, as one text.

    What is no list, and one at least is none, stands for a list of nothing else.
    """
    width = len(columns)
    nothing = next(each for each in columns if not isinstance(each, list))[:0]
    parts = [nothing if isinstance(each, list) else each for each in columns] * count
    for place, column in enumerate(columns):
        if isinstance(column, list):
            parts[place::width] = column
    return nothing.join(parts)


def numerals(numbers: Iterable[int | None]) -> list[bytes]:
    """Each as JSON has it; there must be one. One call for all takes half of what `str` does."""
    return _numerals(numbers).split(b",")


def _numerals(numbers: Iterable[int | None]) -> bytes:
    return orjson.dumps(list(numbers))[1:-1]


class Numbered(Generic[Made]):
    """What is made of each number from 1 on; kept for as many as long films have cues."""

    def __init__(self, make: Callable[[int], Made]) -> None:
        self._make = make

    @cached_property
    def _kept(self) -> list[Made]:
        return [self._make(number) for number in range(1, 3_001)]

    def __call__(self, count: int) -> list[Made]:
        """Of the numbers up to ``count``, in a list of the caller's own."""
        return [*self._kept[:count], *map(self._make, range(len(self._kept) + 1, count + 1))]


positions = Numbered(str)
_BETWEEN = "\0"  # no reader leaves one in a text


def holding(texts: Sequence[str], signs: Iterable[str]) -> set[int]:
    """The indexes of the texts in which one of some signs is."""
    whole = _BETWEEN.join(texts)
    found: set[int] = set()
    for sign in signs:
        # One character is looked for many times faster than two.
        if sign[-1] in whole and sign in whole:
            found.update(n for n, text in enumerate(texts) if sign in text)
    return found


class Replacing:
    """Puts other characters for some, in all texts at once."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = pairs

    def __call__(self, texts: Sequence[str]) -> Sequence[str]:
        whole = _BETWEEN.join(texts)
        if not any(old in whole for old, _ in self.pairs):
            return texts
        if whole.count(_BETWEEN) != len(texts) - 1:
            return [self._replaced(text) for text in texts]
        return self._replaced(whole).split(_BETWEEN)

    def _replaced(self, text: str) -> str:
        for old, new in self.pairs:
            text = text.replace(old, new)
        return text

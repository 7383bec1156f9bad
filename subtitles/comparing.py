"""What is different between two tracks: which cues became which, and which words and times changed.

Cues are matched in steps, the surest first: those that are equal, then those whose text stands once
in either track, then by likeness within small windows. The work grows with the number of cues, also
for tracks that are made to be hard.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from subtitles.formats import Cue, Track
from subtitles.formats.model import one_line

# A window is so wide where there is little to match, and narrower where there is much.
_WIDEST = 24
_CELLS = 60_000
# The most cells that finding the changed words of one cue, and of all, may take.
_WORD_CELLS, _ALL_WORD_CELLS = 20_000, 2_000_000
_WORD_LENGTH = 20_000  # characters of both sides, of which words are told
_LIKE, _OVERLAP, _DIVIDED, _PART = 0.5, 0.6, 0.7, 0.6
_SHAPE_LENGTH = 120  # characters of a text by which it is known
_TOKEN = re.compile(
    # Scripts that put no spaces between words: each letter is one.
    r"\s+|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+"
    r"|[^\w\s]"
)


class Kind(StrEnum):
    """What became of a cue."""

    SAME = "same"
    CHANGED = "changed"  # other words, another look or place; perhaps other times too
    RETIMED = "retimed"  # other times, nothing else
    SPLIT = "split"
    MERGED = "merged"
    MOVED = "moved"  # the same text at another place among the cues
    ADDED = "added"
    REMOVED = "removed"


class Word(NamedTuple):
    """A piece of text. The pieces that are not ``added`` make the old text, those that are not
    ``removed`` the new one."""

    op: str  # "same", "added" or "removed"
    text: str


class Change(NamedTuple):
    """Cues of the one track and the cues of the other that they became."""

    kind: Kind
    first: int  # index of the first of `old` in its track; where it would stand if there is none
    old: tuple[Cue, ...]
    place: int  # the same of `new`
    new: tuple[Cue, ...]

    @property
    def is_retimed(self) -> bool:
        """Whether there are cues on both sides, and those begin or end at other times."""
        return bool(self.old and self.new) and _times(self.old) != _times(self.new)


@dataclass(frozen=True, slots=True)
class Diff:
    """All cues of two tracks, each in one change, in the order of the newer track."""

    changes: tuple[Change, ...]
    head: Track  # the newer track without its cues

    @property
    def totals(self) -> dict[Kind, int]:
        """How many changes of each kind there are; those that there are none of have 0."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in Kind}

    def differences(self) -> Iterator[Change]:
        """The changes without what stayed the same."""
        return (change for change in self.changes if change.kind is not Kind.SAME)


def diff(a: Track, b: Track) -> Diff:
    """What makes ``b`` of ``a``."""
    changes = [
        Change(
            _kind(a.cues, b.cues, group),
            group.i,
            a.cues[group.i : group.i + group.n],
            group.j,
            b.cues[group.j : group.j + group.m],
        )
        for group in _groups(a.cues, b.cues)
    ]
    return Diff(tuple(_with_moves(changes)), replace(b, cues=()))


def apply(a: Track, found: Diff) -> Track:
    """The newer track, of the older one. Raises ValueError if ``a`` is not the older one."""
    taken = 0
    cues: list[Cue] = []
    for change in found.changes:
        if a.cues[change.first : change.first + len(change.old)] != change.old:
            raise ValueError("the diff is of another track")
        taken += len(change.old)
        cues += change.new
    if taken != len(a.cues):
        raise ValueError("the diff is of another track")
    return replace(found.head, cues=tuple(cues))


# --- which cues belong together ------------------------------------------------------------------


class _Group(NamedTuple):
    """``n`` cues from ``i`` on became ``m`` cues from ``j`` on."""

    i: int
    n: int
    j: int
    m: int


class _Gap(NamedTuple):
    """Cues of either track that have not been matched, between some that have."""

    i: int
    end_i: int
    j: int
    end_j: int

    @property
    def is_matched(self) -> bool:
        return self.i == self.end_i or self.j == self.end_j

    @property
    def width(self) -> int:
        return max(self.end_i - self.i, self.end_j - self.j)


def _groups(a: Sequence[Cue], b: Sequence[Cue]) -> list[_Group]:
    text_a, text_b = _texts(a), _texts(b)
    groups: list[_Group] = []
    gaps = [_Gap(0, len(a), 0, len(b))]
    gaps = _matched(gaps, _looks(a), _looks(b), groups)
    # Twice: what stood twice in all may stand once between two that are matched.
    gaps = _matched(gaps, text_a, text_b, groups)
    gaps = _matched(gaps, text_a, text_b, groups)
    wide = [gap for gap in gaps if gap.width > _WIDEST and not gap.is_matched]
    gaps = [gap for gap in gaps if gap.width <= _WIDEST or gap.is_matched]
    if wide:
        gaps += _matched(wide, _moments(a, 0), _moments(b, 1), groups)
    _alike(a, b, gaps, groups)
    # Each begins at a point of one path, which goes on with each.
    return sorted(groups, key=lambda group: group.i + group.j)


def _looks(cues: Sequence[Cue]) -> list[Hashable]:
    return [(*cue[:3], cue.region) for cue in cues]


def _texts(cues: Sequence[Cue]) -> list[Hashable]:
    return [one_line(cue.text) for cue in cues]


def _moments(cues: Sequence[Cue], side: int) -> list[Hashable]:
    """The times of each cue; two without times have nothing in common."""
    return [
        (side, n) if cue.start is None or cue.end is None else (cue.start, cue.end, "")
        for n, cue in enumerate(cues)
    ]


def _matched(
    gaps: Sequence[_Gap],
    keys_a: Sequence[Hashable],
    keys_b: Sequence[Hashable],
    groups: list[_Group],
) -> list[_Gap]:
    """The gaps that are left when cues with one key are matched: at both ends of each gap, and
    those whose key stands there once on either side."""
    left: list[_Gap] = []
    for i, end_i, j, end_j in gaps:
        while i < end_i and j < end_j and keys_a[i] == keys_b[j]:
            groups.append(_Group(i, 1, j, 1))
            i, j = i + 1, j + 1
        while i < end_i and j < end_j and keys_a[end_i - 1] == keys_b[end_j - 1]:
            end_i, end_j = end_i - 1, end_j - 1
            groups.append(_Group(end_i, 1, end_j, 1))
        if i < end_i and j < end_j:
            here, there = _single(keys_a, i, end_i), _single(keys_b, j, end_j)
            both = [(here[key], there[key]) for key in here if key in there]
            for at, to in _longest(both):
                if i < at or j < to:
                    left.append(_Gap(i, at, j, to))
                groups.append(_Group(at, 1, to, 1))
                i, j = at + 1, to + 1
        if i < end_i or j < end_j:
            left.append(_Gap(i, end_i, j, end_j))
    return left


def _single(keys: Sequence[Hashable], first: int, end: int) -> dict[Hashable, int]:
    """Where each key stands that stands once. Of no text there is nothing to tell."""
    count = Counter(keys[first:end])
    return {key: n for n in range(first, end) if count[key := keys[n]] == 1 and key != ""}


def _longest(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many of the pairs as can be, in the order of both members (they are by the first)."""
    ends: list[int] = []  # the least second member that so many pairs can end with
    which: list[int] = []
    before: list[int] = []
    for n, (_, to) in enumerate(pairs):
        place = bisect_left(ends, to)
        before.append(which[place - 1] if place else -1)
        if place == len(ends):
            ends.append(to)
            which.append(n)
        else:
            ends[place], which[place] = to, n
    chosen = []
    n = which[-1] if which else -1
    while n >= 0:
        chosen.append(pairs[n])
        n = before[n]
    return chosen[::-1]


def _alike(a: Sequence[Cue], b: Sequence[Cue], gaps: Sequence[_Gap], groups: list[_Group]) -> None:
    """Match what is alike within each gap, in windows so small that all together are cheap."""
    cues = sum(gap.width for gap in gaps if not gap.is_matched)
    width = max(1, min(_WIDEST, _CELLS // max(cues, 1)))
    for gap in gaps:
        if gap.is_matched:
            groups += (_Group(n, 1, gap.j, 0) for n in range(gap.i, gap.end_i))
            groups += (_Group(gap.end_i, 0, n, 1) for n in range(gap.j, gap.end_j))
            continue
        parts = -(-gap.width // width)
        n, m = gap.end_i - gap.i, gap.end_j - gap.j
        for part in range(parts):
            i, end_i = (gap.i + n * each // parts for each in (part, part + 1))
            j, end_j = (gap.j + m * each // parts for each in (part, part + 1))
            groups += _Window(a[i:end_i], b[j:end_j]).groups(i, j)


class _Window:
    """A few cues of either track, matched so that the likeness of all is the greatest."""

    def __init__(self, a: Sequence[Cue], b: Sequence[Cue]) -> None:
        self.a, self.b = a, b
        self.shapes_a, self.shapes_b = [_shape(cue) for cue in a], [_shape(cue) for cue in b]
        self.common = [[len(x & y) for y in self.shapes_b] for x in self.shapes_a]

    def groups(self, i: int, j: int) -> Iterator[_Group]:
        """The matches, with indexes that begin with ``i`` and ``j``."""
        n, m = len(self.a), len(self.b)
        best = [[0.0] * (m + 1) for _ in range(n + 1)]
        steps = [[(0, 0)] * (m + 1) for _ in range(n + 1)]
        for x in range(n, -1, -1):
            for y in range(m, -1, -1):
                top, step = 0.0, (0, 0)
                for dx, dy, worth in self._steps(x, y):
                    if (sum_ := worth + best[x + dx][y + dy]) > top or step == (0, 0):
                        top, step = sum_, (dx, dy)
                best[x][y], steps[x][y] = top, step
        x = y = 0
        while (x, y) != (n, m):
            dx, dy = steps[x][y]
            yield _Group(i + x, dx, j + y, dy)
            x, y = x + dx, y + dy

    def _steps(self, x: int, y: int) -> Iterator[tuple[int, int, float]]:
        """How many cues of either side can be taken next, and what that is worth."""
        n, m = len(self.a), len(self.b)
        if x < n:
            yield 1, 0, 0.0
        if y < m:
            yield 0, 1, 0.0
        if x < n and y < m:
            yield from self._together(x, y)

    def _together(self, x: int, y: int) -> Iterator[tuple[int, int, float]]:
        n, m = len(self.a), len(self.b)
        common, size = self.common[x][y], len(self.shapes_a[x]) + len(self.shapes_b[y])
        like = 2 * common / size if size else 1.0
        share = _share((self.a[x],), (self.b[y],))
        if like >= _LIKE or share >= _OVERLAP:
            yield 1, 1, like + share / 2
        if not common:
            return
        for more in (2, 3):
            if y + more <= m:
                parts = self.shapes_b[y : y + more]
                shared = self.common[x][y : y + more]
                if (worth := _divided(self.shapes_a[x], parts, shared)) > like:
                    yield 1, more, worth + _share((self.a[x],), self.b[y : y + more]) / 2
            if x + more <= n:
                parts = self.shapes_a[x : x + more]
                shared = [self.common[each][y] for each in range(x, x + more)]
                if (worth := _divided(self.shapes_b[y], parts, shared)) > like:
                    yield more, 1, worth + _share(self.a[x : x + more], (self.b[y],)) / 2


def _divided(whole: frozenset[str], parts: Sequence[frozenset[str]], common: list[int]) -> float:
    """How much the parts together are like the whole; 0 if one of them is not of it."""
    if any(not part or n < len(part) * _PART for part, n in zip(parts, common, strict=True)):
        return 0.0
    all_parts = frozenset().union(*parts)
    like = 2 * len(whole & all_parts) / (len(whole) + len(all_parts))
    return like if like >= _DIVIDED else 0.0


def _shape(cue: Cue) -> frozenset[str]:
    """The pairs of letters in a text, which a slip of the pen leaves nearly as they are."""
    text = one_line(cue.text)[:_SHAPE_LENGTH].casefold()
    return frozenset(map("".join, zip(text, text[1:], strict=False))) or frozenset(text)


def _times(cues: Sequence[Cue]) -> tuple[int | None, int | None]:
    return cues[0].start, cues[-1].end


def _share(old: Sequence[Cue], new: Sequence[Cue]) -> float:
    """How much of the time that either takes both take, from 0 to 1."""
    (start, end), (new_start, new_end) = _times(old), _times(new)
    if start is None or end is None or new_start is None or new_end is None:
        return 0.0
    if (start, end) == (new_start, new_end):
        return 1.0
    both = min(end, new_end) - max(start, new_start)
    return max(both, 0) / max(end - start, new_end - new_start, 1)


def _kind(a: Sequence[Cue], b: Sequence[Cue], group: _Group) -> Kind:
    if not group.m:
        return Kind.REMOVED
    if not group.n:
        return Kind.ADDED
    if group.n > 1:
        return Kind.MERGED
    if group.m > 1:
        return Kind.SPLIT
    old, new = a[group.i], b[group.j]
    # A first cue always starts a paragraph. What the file calls a cue nobody sees.
    first = not (group.i and group.j)
    look = (old.content, first or old.paragraph, old.region, old.align, old.settings)
    if look != (new.content, first or new.paragraph, new.region, new.align, new.settings):
        return Kind.CHANGED
    return Kind.SAME if old[:2] == new[:2] else Kind.RETIMED


def _with_moves(changes: Sequence[Change]) -> Iterator[Change]:
    """What was removed here and added there with one text has moved."""
    removed: dict[str, deque[int]] = defaultdict(deque)
    for n, change in enumerate(changes):
        if change.kind is Kind.REMOVED and (text := one_line(change.old[0].text)):
            removed[text].append(n)
    gone: dict[int, Change] = {}
    here: set[int] = set()
    if removed:
        for n, change in enumerate(changes):
            if change.kind is Kind.ADDED and (found := removed.get(one_line(change.new[0].text))):
                gone[n] = changes[was := found.popleft()]
                here.add(was)
    for n, change in enumerate(changes):
        if was_ := gone.get(n):
            yield change._replace(kind=Kind.MOVED, first=was_.first, old=was_.old)
        elif n not in here:
            yield change


# --- words ---------------------------------------------------------------------------------------


class Words:
    """The words of changes, one change after the other: what all of them cost is bounded, and
    where there is no more room whole texts are told instead."""

    def __init__(self) -> None:
        self._left = _ALL_WORD_CELLS

    def of(self, change: Change) -> list[Word]:
        """The words of both sides. Of a cue that was split or merged line breaks are spaces."""
        old, new = _words(change.old, change), _words(change.new, change)
        if old == new:
            return [Word("same", new)] if new else []
        if len(old) + len(new) > _WORD_LENGTH:
            return [Word(op, text) for op, text in (("removed", old), ("added", new)) if text]
        a, b = _TOKEN.findall(old), _TOKEN.findall(new)
        most = min(_WORD_CELLS, self._left)
        words, cells = _compared(a, b, most)
        self._left -= cells
        return words


def _words(cues: Sequence[Cue], change: Change) -> str:
    if change.kind in (Kind.SPLIT, Kind.MERGED):
        return " ".join(one_line(cue.text) for cue in cues)
    return "\n".join(cue.text for cue in cues)


def _compared(a: list[str], b: list[str], most: int) -> tuple[list[Word], int]:
    """The pieces of both, and how many cells of a table it took to tell."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    x, y = a[start : len(a) - end], b[start : len(b) - end]
    cells = len(x) * len(y)
    steps = [("same", each) for each in a[:start]]
    if cells > most:
        steps += [("removed", each) for each in x] + [("added", each) for each in y]
        cells = 0
    else:
        steps += _common(x, y)
    steps += [("same", each) for each in a[len(a) - end :]]
    return _joined(steps), cells


def _common(x: list[str], y: list[str]) -> Iterator[tuple[str, str]]:
    """The steps that keep most of what is common to both."""
    longest = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i in range(len(x) - 1, -1, -1):
        row, below, word = longest[i], longest[i + 1], x[i]
        for j in range(len(y) - 1, -1, -1):
            # Spaces alone are no reason to keep anything.
            if word == y[j]:
                row[j] = below[j + 1] + (1 if word.isspace() else 4)
            else:
                row[j] = max(below[j], row[j + 1])
    i = j = 0
    while i < len(x) and j < len(y):
        if x[i] == y[j]:
            yield "same", x[i]
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            yield "removed", x[i]
            i += 1
        else:
            yield "added", y[j]
            j += 1
    yield from (("removed", each) for each in x[i:])
    yield from (("added", each) for each in y[j:])


def _joined(steps: Sequence[tuple[str, str]]) -> list[Word]:
    """Neighbours of one kind as one piece, what was removed before what came instead."""
    words: list[Word] = []
    removed: list[str] = []
    added: list[str] = []

    def flush() -> None:
        for op, pieces in (("removed", removed), ("added", added)):
            if pieces:
                words.append(Word(op, "".join(pieces)))
                pieces.clear()

    same: list[str] = []
    for op, text in steps:
        if op == "same":
            flush()
            same.append(text)
            continue
        if same:
            words.append(Word("same", "".join(same)))
            same.clear()
        (removed if op == "removed" else added).append(text)
    flush()
    if same:
        words.append(Word("same", "".join(same)))
    return words

"""A film as a strip: where something is said, and where something is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe

from subtitles.formats import Track

# So many parts has a strip, whatever there is in it: no screen shows more.
PARTS = 1200
HEIGHT = 24
_EMPTY, _SAID, _WRONG = 0, 1, 2
_CLASSES = {_SAID: "said", _WRONG: "wrong"}


def strip(track: Track, wrong: Collection[int], duration: int | None) -> SafeString:
    """An SVG of ``track``. ``wrong``: the positions, from 1, of cues with a problem; ``duration``:
    of the film in ms, if it is known. Empty without a cue that has times."""
    length = length_of(track, duration)
    if not length:
        return SafeString("")
    parts = _parts(track, wrong, length)
    bars = "".join(
        f'<rect class="{_CLASSES[kind]}" x="{start}" width="{width}" height="{HEIGHT}"/>'
        for kind, start, width in _runs(parts)
        if kind
    )
    cues = len(track.cues)
    said = f"Timeline: {cues} subtitle{'' if cues == 1 else 's'}"
    said += f", {len(wrong)} of them with a problem" if wrong else ""
    svg = (
        f'<svg class="strip" role="img" aria-label="{said}" viewBox="0 0 {PARTS} {HEIGHT}" '
        f'preserveAspectRatio="none" data-length="{length}">{bars}</svg>'
    )
    # Numbers and words of our own.
    return mark_safe(svg)  # noqa: S308  # nosec B308 B703 # see above


def length_of(track: Track, duration: int | None) -> int:
    """Where the strip ends, in ms: with the film, or with the last cue if that is later."""
    ends = (cue.end for cue in track.cues if cue.end is not None and cue.start is not None)
    last = max(ends, default=0)
    return max(last, duration or 0) if last else 0


def _parts(track: Track, wrong: Collection[int], length: int) -> bytearray:
    """What is in each part of the strip; a problem stands above all."""
    parts = bytearray(PARTS)
    places = set(wrong)
    # What is wrong comes last, over what is not.
    for kind in (_SAID, _WRONG):
        for position, cue in enumerate(track.cues, 1):
            if cue.start is None or cue.end is None or (position in places) != (kind == _WRONG):
                continue
            first = min(max(cue.start, 0) * PARTS // length, PARTS - 1)
            # The shortest cue is seen too.
            last = min(max(-(-cue.end * PARTS // length), first + 1), PARTS)
            parts[first:last] = bytes((kind,)) * (last - first)
    return parts


def _runs(parts: bytearray) -> Iterator[tuple[int, int, int]]:
    """(kind, first, width) of neighbours of one kind."""
    start = 0
    for kind, run in groupby(parts):
        width = sum(1 for _ in run)
        yield kind, start, width
        start += width

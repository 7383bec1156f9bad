"""Plain text: cues without times, one blank line between them."""

from __future__ import annotations

import re

from .model import USUAL, Cue, FormatError, Rules, Track, opened
from .text import BLANK_LINE, GUARD, checked, guards, has_blank_line, read

_BLANK = re.compile(r"\n(?:[^\S\n]*+\n)++")
_guard, _unguard = guards(BLANK_LINE)


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read plain text; every cue is unsynced. Nothing but white space is an error."""
    text, notes = read(data, rules)
    blocks = (block.strip(" \t\n") for block in _BLANK.split(text))
    cues = [
        Cue(None, None, _unguard(block).strip(" \t\n") if GUARD in block else block)
        for block in blocks
        if block
    ]
    if not cues:
        raise FormatError("no subtitles: the text is empty", format="txt")
    return Track(opened(cues), notes=tuple(notes))


def _write(track: Track) -> str:
    texts = (cue.plain_text for cue in track.cues)
    return "\n\n".join(
        _guard(text) if GUARD in text or has_blank_line(text) else text
        for text in texts
        if text.strip(" \t\n")
    )


def dump(track: Track) -> str:
    """Write the words alone; a cue without any leaves no trace."""
    return checked(_write, track)

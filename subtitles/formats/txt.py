"""Plain text: cues without times, one blank line between them."""

from __future__ import annotations

import re

from .columns import Columns, holding
from .model import USUAL, Cue, FormatError, Rules, Track, opened, with_reading
from .text import BLANK_LINE, GUARD, checked, guards, read, with_blank_lines

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


def _write(cues: Columns) -> str:
    texts = list(cues.texts)
    for n, spans in cues.rich.items():
        texts[n] = "".join(map(with_reading, spans))
    texts = [text for text in texts if text.strip(" \t\n")]
    blank = [n for n, text in enumerate(texts) if not text.strip()]
    for n in holding(texts, (GUARD,)).union(with_blank_lines(texts), blank):
        texts[n] = _guard(texts[n])
    return "\n\n".join(texts)


def dump(cues: Track | Columns) -> str:
    """Write the words alone; a cue without any leaves no trace."""
    return checked(_write, cues)

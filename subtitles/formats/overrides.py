"""What the override codes of SSA, which SRT borrows, say beyond what a track holds."""

from __future__ import annotations

import re
from functools import lru_cache

from .model import one_line

_KINDS = {
    "s": "strike-out",
    **dict.fromkeys(("pos", "move", "org"), "positions on the screen"),
    **dict.fromkeys(("k", "kf", "ko", "kt"), "karaoke times"),
    **dict.fromkeys(("fn", "fs", "fsp", "fscx", "fscy", "fsc", "fe"), "fonts and their sizes"),
    **dict.fromkeys(
        ("fad", "fade", "t", "clip", "iclip", "blur", "be", "bord", "xbord", "ybord", "shad",
         "xshad", "yshad", "fr", "frx", "fry", "frz", "fax", "fay", "alpha", "1a", "2a", "3a", "4a",
         "2c", "3c", "4c", "q", "pbo", "2vc", "3vc", "4vc", "1vc"), "effects"),
}  # fmt: skip
_KEPT = ("b", "i", "u", "an", "a", "1c", "c", "r", "p")
_CODE_NAME = re.compile("|".join(sorted((*_KINDS, *_KEPT), key=len, reverse=True)), re.I)
_ARGUMENT = re.compile(r"\s*(?:\([^()]*\)?|&?H?[-+0-9.,&A-F]*)[\s)]*", re.I)
_WORD = re.compile(r"[^\W_]")


def unkept_codes(block: str) -> tuple[tuple[str, ...], str]:
    """What an override block asks for that no track holds; and words in it that ask for nothing.

    ``block`` is what stands between its braces.
    """
    return _known(block) if len(block) < 200 else _unkept(block)


def _unkept(block: str) -> tuple[tuple[str, ...], str]:
    first, *codes = block.split("\\")
    kinds: dict[str, None] = {}
    rest = [first]
    for code in codes:
        m = _CODE_NAME.match(code)
        if m is None:
            rest.append(code)
            continue
        name = m[0].lower()
        if name in _KINDS:
            kinds[_KINDS[name]] = None
        if name in ("fn", "r"):
            # What follows is a name; but none goes on for long.
            rest.append("" if len(code) < 60 and "{" not in code else code[m.end() :])
        else:
            argument = _ARGUMENT.match(code, m.end())
            rest.append(code[argument.end() :] if argument else "")
    words = one_line(" ".join(rest))
    return tuple(kinds), words if _WORD.search(words) else ""


# The same few blocks come again and again.
_known = lru_cache(1000)(_unkept)

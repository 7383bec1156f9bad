"""Subtitle formats: text to cues and back, without a word about the web.

    track = load(data, "srt")
    text = dump(track, "vtt")

`FORMATS` is the registry. To add a format: one module with `load` and `dump`, one entry here, its
samples and a name in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

from . import dfxp, json_, keeping, sbv, srt, ssa, txt, vtt, youtube
from .model import USUAL, Comment, Cue, FormatError, Note, Rules, Span, Track
from .text import decode

__all__ = [
    "FORMATS",
    "Comment",
    "Cue",
    "Format",
    "FormatError",
    "Note",
    "Span",
    "Track",
    "conversion_report",
    "detect",
    "dump",
    "load",
]

MAX_SIZE = 64 * 1024 * 1024  # bytes or characters; a server limits uploads far below


class Load(Protocol):
    def __call__(self, data: bytes | str, rules: Rules = ...) -> Track: ...


class Format(NamedTuple):
    """One way to write subtitles down. `dump` is None where it can only be read."""

    name: str
    media_type: str
    extension: str
    load: Load
    dump: Callable[[Track], str] | None
    keeps: frozenset[str]  # what survives `dump` and `load`, in the words of keeping.KEEPABLE


_TIMED = frozenset({"timing", "fine", "empty"})
_STYLED = _TIMED | {"bold", "italic", "underline", "region"}
_SRT = _STYLED | {"color", "side"}
_SSA = (_SRT - {"fine"}) | {"speaker", "title"}
_BOTH = _STYLED | {"color", "voice", "speaker", "ruby", "align", "side", "paragraph"}
_VTT = _BOTH | {"comments", "id", "settings"}
_DFXP = _BOTH | {"language", "title", "description"}
_JSON = _STYLED | {"paragraph"}

_TTML = "application/ttml+xml"
FORMATS: dict[str, Format] = {
    "ass": Format("ass", "text/ssa", "ass", ssa.load, ssa.dump, _SSA),
    "dfxp": Format("dfxp", _TTML, "dfxp", dfxp.load, dfxp.dump, _DFXP),
    "json": Format("json", "application/json", "json", json_.load, json_.dump, _JSON),
    "sbv": Format("sbv", "text/sbv", "sbv", sbv.load, sbv.dump, _TIMED),
    "srt": Format("srt", "text/srt", "srt", srt.load, srt.dump, _SRT),
    "ssa": Format("ssa", "text/ssa", "ssa", ssa.load, ssa.dump, _SSA),
    "ttml": Format("ttml", _TTML, "ttml", dfxp.load, dfxp.dump, _DFXP),
    "txt": Format("txt", "text/plain", "txt", txt.load, txt.dump, frozenset()),
    "vtt": Format("vtt", "text/vtt", "vtt", vtt.load, vtt.dump, _VTT),
    "xml": Format("xml", _TTML, "xml", dfxp.load, dfxp.dump, _DFXP),
    "youtube": Format("youtube", "text/xml", "xml", youtube.load, None, frozenset()),
}


def load(
    data: bytes | str,
    format: str,
    *,
    strict: bool = False,
    salvage: bool = False,
    max_size: int = MAX_SIZE,
    max_depth: int = USUAL.max_depth,
) -> Track:
    """Read a subtitle file.

    `strict` asks for the standard's word where readers are commonly kinder (WebVTT's first line).
    Text that a file of no standard (SRT, SBV, SSA) would lose is an error; with `salvage` the rest
    is read and the loss is in the track's notes. A file of more than `max_size` bytes or
    characters, or with XML elements more than `max_depth` deep, is refused. Raises FormatError,
    and KeyError for a format that is not known.
    """
    chosen = FORMATS[format]
    if len(data) > max_size:
        raise FormatError(f"more than {max_size} bytes", format=format)
    try:
        return chosen.load(data, Rules(strict, salvage, max_depth))
    except FormatError as error:
        error.format = format
        raise


def dump(track: Track, format: str) -> str:
    """Write a track. Raises KeyError for a format that is not known or can only be read."""
    write = FORMATS[format].dump
    if write is None:
        raise KeyError(f"{format} can only be read")
    return write(track)


_SIGNS = (
    ("vtt", re.compile(r"WEBVTT(?:\s|\Z)")),
    ("youtube", re.compile(r"(?:<\?xml[^>]*>\s*)?<(?:transcript|timedtext)[\s>/]")),
    ("dfxp", re.compile(r"<\?xml|<(?:\w{1,20}:)?tt[\s>/]")),
    ("json", re.compile(r"[\[{]\s*[\[{\]\"}]")),
    ("ssa", re.compile(r"\[script info\]|\[v4\+? styles\]|\[events\]", re.I)),
)
# Neither of these two has a first line of its own; the first time line tells them apart.
_TIME_LINE = re.compile(
    r"^[ \t]*[0-9]{1,3}:[0-9:.,]{1,20}"
    r"(?:(?P<srt>[ \t]*-->)|(?<=[0-9]),(?P<sbv>[0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]+)[ \t]*$)",
    re.M,
)


def detect(data: bytes | str) -> str:
    """The format a file seems to be in, by its first lines; "txt" when nothing else fits."""
    text = decode(data[:20_000])[0].replace("\r\n", "\n").replace("\r", "\n").lstrip()
    for name, sign in _SIGNS:
        if sign.match(text):
            return name
    found = _TIME_LINE.search(text)
    return str(found.lastgroup) if found else "txt"


def conversion_report(track: Track, format: str) -> list[str]:
    """What of this track the format cannot carry, in words; empty when it keeps everything."""
    return keeping.conversion_report(track, FORMATS[format].keeps)

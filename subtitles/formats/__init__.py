"""Subtitle formats: text to cues and back, without a word about the web.

    track = load(data, "srt")
    text = dump(track, "vtt")

`FORMATS` is the registry. To add a format: one module with `load` and `dump`, one entry here, its
samples and a name in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple, Protocol

from . import dfxp, json_, keeping, sbv, srt, ssa, txt, vtt, youtube
from .columns import Columns
from .model import USUAL, Comment, Cue, FormatError, Note, Rules, Span, TooManyCues, Track
from .text import decode

__all__ = [
    "FORMATS",
    "Columns",
    "Comment",
    "Cue",
    "Format",
    "FormatError",
    "Note",
    "Span",
    "TooManyCues",
    "Track",
    "conversion_report",
    "conversion_reports",
    "detect",
    "dump",
    "load",
    "load_list",
    "readable",
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
    dump: Callable[[Track | Columns], str] | None
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
    whole: bool = False,
    charset: str | None = None,
    language: str | None = None,
    max_size: int = MAX_SIZE,
    max_depth: int = USUAL.max_depth,
    max_cues: int | None = None,
) -> Track:
    """Read a subtitle file.

    `strict` asks for the standard's word where readers are commonly kinder (WebVTT's first line).
    Text that a file of no standard (SRT, SBV, SSA) would lose is an error; with `whole` that is so
    in every format, also where a standard has players skip it. With `salvage` the rest is read and
    the loss is in the track's notes. `charset` is what the sender says the bytes are; `language`,
    the code they are posted to, helps where nothing is said, and chooses among several in one
    file. A file of more than `max_size` bytes or characters, or with XML elements more than
    `max_depth` deep, is refused, and one of more than `max_cues` is TooManyCues. Raises
    FormatError, and KeyError for a format that is not known.
    """
    chosen = FORMATS[format]
    if len(data) > max_size:
        raise FormatError(f"more than {max_size} bytes", format=format)
    if max_cues is not None and _surely_more(data, format, max_cues):
        raise TooManyCues(max_cues, format)
    try:
        rules = Rules(strict, salvage, max_depth, whole, charset, language, max_cues)
        track = chosen.load(data, rules)
    except FormatError as error:
        error.format = format
        raise
    if max_cues is not None and len(track.cues) > max_cues:
        raise TooManyCues(max_cues, format)
    return track


def load_list(
    found: object, *, whole: bool = False, salvage: bool = False, max_cues: int | None = None
) -> Track:
    """Read the API's own list of cues, already decoded. Raises FormatError."""
    try:
        return json_.load_list(found, Rules(whole=whole, salvage=salvage, max_cues=max_cues))
    except FormatError as error:
        error.format = "json"
        raise


# Where a cue takes but a few letters, a small file holds so many that reading them costs too
# much. Their number is told from the letters that begin or end each. JSON counts for itself; of
# the other formats `load` counts what was read.
_SIGNS_OF_CUES = {
    "txt": re.compile(rb"\S[^\S\r\n]*(?:\r\n?|\n)[^\S\r\n]*[\r\n]"),
    **dict.fromkeys(("dfxp", "ttml", "xml"), re.compile(rb"<(?:[\w.-]{1,40}:)?p[\s/>]")),
    **dict.fromkeys(("srt", "vtt"), re.compile(rb"-->")),
    "youtube": re.compile(rb"<(?:text|p)[\s/>]"),
}
# What each such sign holds one of; counting these is many times faster.
_MARKS_OF_CUES = {"txt": (b"\n", b"\r"), "srt": (b"-->",), "vtt": (b"-->",)}


def _surely_more(data: bytes | str, format: str, max_cues: int) -> bool:
    sign = _SIGNS_OF_CUES.get(format)
    if sign is None or len(data) < 2 * max_cues:
        return False
    octets = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    # Of UTF-16 and UTF-32 the letters alone.
    octets = octets.replace(b"\0", b"")
    if sum(map(octets.count, _MARKS_OF_CUES.get(format, (b"<",)))) <= max_cues:
        return False
    return sum(1 for _ in islice(sign.finditer(octets), max_cues + 1)) > max_cues


def dump(track: Track | Columns, format: str) -> str:
    """Write a track. Raises KeyError for a format that is not known or can only be read.

    Writers work on columns; whoever has them saves the way there.
    """
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
    try:
        text = decode(data[:20_000], Rules(salvage=True))[0]
    except FormatError:
        # All signs are ASCII, whatever the rest may be.
        text = bytes(data[:20_000]).decode("latin-1") if isinstance(data, bytes) else data[:20_000]
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip()
    for name, sign in _SIGNS:
        if sign.match(text):
            return name
    found = _TIME_LINE.search(text)
    return str(found.lastgroup) if found else "txt"


def readable(data: bytes, *, language: str, charset: str | None = None) -> str:
    """The text of a file that may be damaged, for somebody to look at."""
    try:
        return decode(data, Rules(salvage=True, language=language, charset=charset))[0]
    except FormatError:
        return data.decode(errors="replace")


def conversion_report(track: Track, format: str) -> list[str]:
    """What of this track the format cannot carry, in words; empty when it keeps everything."""
    return conversion_reports(track, [format])[format]


def conversion_reports(track: Track, formats: Iterable[str]) -> dict[str, list[str]]:
    """The same for each of some formats; the track is looked through once."""
    used = keeping.uses(track)
    return {name: keeping.conversion_report(used, FORMATS[name].keeps) for name in formats}

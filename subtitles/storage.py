"""How a version's cues are kept: one compressed blob, addressed by its content.

A blob of two thousand cues is written and read in a few milliseconds, where a row a cue takes
fifty times that. Versions never change, so what is rendered from a digest may be kept for ever.

Versions of one language have most of their text in common, so a blob is compressed with the text
of the version right before it as its dictionary. Its *depth* is how many blobs right before it are
needed to read it; every so many versions one is whole (depth 0), so that none takes long to read.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson
import zstandard

from subtitles.formats import FORMATS, Columns, Track, compact, dump
from subtitles.formats.model import Rules
from subtitles.formats.text import xml_bytes

_LEVEL = 3
# So that a version takes at most so many blobs to read. Each is a step of about 0.2 ms a thousand
# cues to read, and saves most of a blob.
WHOLE_EVERY = 10
# One that is not so many times smaller than what it holds had little in common with what was
# before it: text compresses to nearly half by itself.
_WORTH = 4
_CACHE_BYTES = 16 * 2**20

# What a database's driver gives for a column of bytes.
Blob = bytes | memoryview


class Plain(NamedTuple):
    """What a version's blob holds, and the blob's depth."""

    data: bytes
    depth: int


class Kept(NamedTuple):
    """A blob and its depth."""

    blob: bytes
    depth: int


@dataclass(frozen=True)
class Packed:
    """A track ready for a row: its compressed cues, their depth and their digest."""

    cues: bytes
    depth: int
    digest: str


def pack(track: Track, before: Plain | None = None) -> Packed:
    """``before``: the cues of the version right before it, which is read to read this one."""
    plain = orjson.dumps(compact.pack(track))
    if before and compact.of_rows(before.data) and _says(before.data, track):
        plain = before.data  # Of the same cues there is one digest in a language.
    return Packed(*compressed(plain, before), hashlib.sha256(plain).hexdigest())


def _says(cues: bytes, track: Track) -> bool:
    """Whether these plain cues are the track's. Damaged ones are nobody's."""
    try:
        return unpack(cues) == track
    except (LookupError, TypeError, ValueError):
        return False


def compressed(plain: bytes, before: Plain | None = None) -> Kept:
    """With the help of what was ``before``, if that saves much and the whole one is not far."""
    if before and before.data and before.depth + 1 < WHOLE_EVERY:
        blob = _against(before.data, plain)
        if len(blob) * _WORTH < len(plain):
            return Kept(blob, before.depth + 1)
    return Kept(zstandard.compress(plain, _LEVEL), 0)


def _against(before: bytes, plain: bytes) -> bytes:
    # All of the text before must lie within reach, and its positions must fit the tables.
    reach = max((len(before) + len(plain)).bit_length(), zstandard.WINDOWLOG_MIN)
    table = min(max(reach - 2, 17), 21)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL,
        source_size=len(plain),
        dict_size=len(before),
        window_log=reach,
        hash_log=table,
        chain_log=table,
    )
    # A compressor of its own: they may not be shared between threads.
    compressor = zstandard.ZstdCompressor(
        dict_data=_dictionary(before), compression_params=parameters
    )
    return compressor.compress(plain)


def _dictionary(data: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def following(blob: Blob, before: bytes | None) -> bytes:
    """What ``blob`` holds. ``before``: what the blob before it holds; None if it is whole.

    Raises ZstdError if it cannot be read.
    """
    if before is None:
        return zstandard.decompress(bytes(blob))
    return zstandard.ZstdDecompressor(dict_data=_dictionary(before)).decompress(bytes(blob))


def plain(chain: Iterable[Blob]) -> bytes:
    """What the last of a chain of blobs holds, of which the first is whole."""
    data: bytes | None = None
    for blob in chain:
        data = following(blob, data)
    if data is None:
        raise ValueError("an empty chain")
    return data


def unpack(cues: bytes) -> Track:
    """The track of a version's plain cues."""
    return compact.unpack(orjson.loads(cues))


def columns(cues: bytes) -> Columns:
    """The columns of a version's plain cues."""
    return compact.columns(orjson.loads(cues))


def rendered(cues: Columns, format: str) -> bytes:
    """A file of ``format`` in UTF-8; for json the API's list: start, end, text, position, meta."""
    if format == "json":
        return compact.json_cues(cues)
    return dump(cues, format).encode()


def canonical(format: str) -> str:
    """One name for all the names of a format (``xml`` and ``ttml`` are ``dfxp``)."""
    return _FIRST_NAMES[FORMATS[format].load]


def dfxp_source(
    sent: str | bytes, language_code: str, *, charset: str | None = None, salvage: bool = False
) -> str:
    """A DFXP upload as it will be handed out: in UTF-8, and in the language it was posted to.

    It is read as the codec reads it; raises FormatError where that does.
    """
    data, _ = xml_bytes(sent, Rules(charset=charset, language=language_code, salvage=salvage))
    text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', data.decode(), count=1)
    root = _ROOT.search(text)
    if root is None:
        return text
    attributes = _LANG.sub("", root["attributes"])
    start = f'<{root["name"]} xml:lang="{language_code}"{attributes}{root["end"]}'
    return text[: root.start()] + start + text[root.end() :]


# Sorted, so that the name the API prints comes first.
_FIRST_NAMES = {FORMATS[name].load: name for name in sorted(FORMATS, reverse=True)}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ATTRIBUTE = r"""\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')"""
_ROOT = re.compile(rf"<(?P<name>(?:[\w.-]+:)?tt)(?P<attributes>(?:{_ATTRIBUTE})*)(?P<end>\s*/?>)")
_LANG = re.compile(r"""\s+xml:lang\s*=\s*(?:"[^"]*"|'[^']*')""")


class Renditions:
    """What was rendered lately, by digest and format, up to a number of bytes.

    A rendition of more than an eighth of that is not kept: a few would push out all others.
    """

    def __init__(self, capacity: int = _CACHE_BYTES) -> None:
        self.capacity = capacity
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str, format: str) -> bytes | None:
        with self._lock:
            kept = self._kept.get((digest, format))
            if kept is not None:
                self._kept.move_to_end((digest, format))
            return kept

    def put(self, digest: str, format: str, rendition: bytes) -> None:
        with self._lock:
            if (digest, format) in self._kept or len(rendition) > self.capacity // 8:
                return
            self._kept[digest, format] = rendition
            self._size += len(rendition)
            while self._size > self.capacity:
                self._size -= len(self._kept.popitem(last=False)[1])


renditions = Renditions()

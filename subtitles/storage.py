"""How a version's cues are kept: one compressed blob, addressed by its content.

A blob of two thousand cues is written and read in a few milliseconds, where a row a cue takes
fifty times that. Versions never change, so what is rendered from a digest may be kept for ever.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import orjson
import zstandard

from subtitles.formats import FORMATS, Track, compact, dump
from subtitles.formats.text import xml_bytes

_LEVEL = 3
_CACHE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Packed:
    """A track ready for a row: its compressed cues and their digest."""

    cues: bytes
    digest: str


def pack(track: Track) -> Packed:
    plain = orjson.dumps(compact.pack(track))
    return Packed(zstandard.compress(plain, _LEVEL), hashlib.sha256(plain).hexdigest())


def unpack(cues: bytes | memoryview) -> Track:
    return compact.unpack(_plain(cues))


def compressed(text: str) -> bytes:
    return zstandard.compress(text.encode(), _LEVEL)


def _plain(cues: bytes | memoryview) -> Any:
    return orjson.loads(zstandard.decompress(bytes(cues)))


def _text(blob: bytes) -> str:
    return zstandard.decompress(bytes(blob)).decode()


def as_text(cues: bytes, source: bytes | None, format: str) -> str:
    """The cues as a file of ``format``; a DFXP upload comes back as it was sent."""
    if source is not None and canonical(format) == "dfxp":
        return _text(source)
    return dump(unpack(cues), format)


def json_bytes(cues: bytes) -> bytes:
    """The cues as the API's JSON list: start, end, text, position, meta."""
    return orjson.dumps(compact.json_cues(_plain(cues)))


def canonical(format: str) -> str:
    """One name for all the names of a format (``xml`` and ``ttml`` are ``dfxp``)."""
    return _FIRST_NAMES[FORMATS[format].load]


def dfxp_source(sent: str | bytes, language_code: str) -> str:
    """A DFXP upload as it will be handed out: in UTF-8, and in the language it was posted to."""
    data, encoding = xml_bytes(sent)
    declared = _DECLARED.match(data)
    encoding = encoding or (declared[1].decode() if declared else "utf-8")
    text = data.decode(encoding, "replace")
    text = _DECLARATION.sub(
        '<?xml version="1.0" encoding="utf-8"?>', text.lstrip("\ufeff"), count=1
    )
    root = _ROOT.search(text)
    if root is None:
        return text
    attributes = _LANG.sub("", root["attributes"])
    start = f'<{root["name"]} xml:lang="{language_code}"{attributes}{root["end"]}'
    return text[: root.start()] + start + text[root.end() :]


# Sorted, so that the name the API prints comes first.
_FIRST_NAMES = {FORMATS[name].load: name for name in sorted(FORMATS, reverse=True)}
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ATTRIBUTE = r"""\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')"""
_ROOT = re.compile(rf"<(?P<name>(?:[\w.-]+:)?tt)(?P<attributes>(?:{_ATTRIBUTE})*)(?P<end>\s*/?>)")
_LANG = re.compile(r"""\s+xml:lang\s*=\s*(?:"[^"]*"|'[^']*')""")


class Renditions:
    """What was rendered lately, by digest and format, up to a number of bytes."""

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
            if (digest, format) in self._kept or len(rendition) > self.capacity:
                return
            self._kept[digest, format] = rendition
            self._size += len(rendition)
            while self._size > self.capacity:
                self._size -= len(self._kept.popitem(last=False)[1])


renditions = Renditions()

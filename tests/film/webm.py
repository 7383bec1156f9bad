"""Encoded pictures and sound in one WebM file: https://www.matroska.org/technical/elements.html."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Chunk(NamedTuple):
    at: int  # ms
    is_key: bool
    data: bytes


def webm(
    pictures: list[Chunk], sound: list[Chunk], *, size: tuple[int, int], ms: int, opus: bytes
) -> bytes:
    """VP9 and Opus (``opus`` is its head), with an index, so that players seek and know ``ms``, the
    length."""
    head = _element(0x1A45DFA3, _text(0x4282, "webm"), _number(0x4287, 4), _number(0x4285, 2))
    info = _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000),
        _element(0x4489, struct.pack(">d", float(ms))),
        _text(0x4D80, "tests.film"),
        _text(0x5741, "tests.film"),
    )
    (skipped,) = struct.unpack_from("<H", opus, 10)
    tracks = _element(
        0x1654AE6B,
        _track(1, 1, "V_VP9", _element(0xE0, _number(0xB0, size[0]), _number(0xBA, size[1]))),
        _track(
            2,
            2,
            "A_OPUS",
            _element(0x63A2, opus),
            _number(0x56AA, skipped * 1_000_000_000 // 48000),
            _number(0x56BB, 80_000_000),
            _element(0xE1, _element(0xB5, struct.pack(">d", 48000.0)), _number(0x9F, 1)),
        ),
    )
    starts = [each.at for each in pictures if each.is_key]
    clusters = []
    for start, end in zip(starts, [*starts[1:], ms + 1000], strict=True):
        # Of one time, the picture first: a player that seeks here begins with it.
        blocks = sorted(
            (chunk.at, number, chunk)
            for number, chunks in ((1, pictures), (2, sound))
            for chunk in chunks
            if start <= chunk.at < end
        )
        inside = (_block(number, chunk, start) for _, number, chunk in blocks)
        clusters.append(_element(0x1F43B675, _number(0xE7, start), *inside))
    # Where the index stands, for players that do not read to the end.
    place = len(_seek(0)) + len(info) + len(tracks)
    places = []
    for start, cluster in zip(starts, clusters, strict=True):
        where = _element(0xB7, _number(0xF7, 1), _number(0xF1, place))
        places.append(_element(0xBB, _number(0xB3, start), where))
        place += len(cluster)
    cues = _element(0x1C53BB6B, *places)
    return head + _element(0x18538067, _seek(place), info, tracks, *clusters, cues)


def _seek(place: int) -> bytes:
    cues = _element(0x53AB, (0x1C53BB6B).to_bytes(4, "big"))
    return _element(0x114D9B74, _element(0x4DBB, cues, _number(0x53AC, place)))


def _track(number: int, kind: int, codec: str, *more: bytes) -> bytes:
    named = (_number(0xD7, number), _number(0x73C5, number), _number(0x83, kind))
    return _element(0xAE, *named, _text(0x86, codec), *more)


def _block(number: int, chunk: Chunk, start: int) -> bytes:
    flags = 0x80 if chunk.is_key or number == 2 else 0
    return _element(0xA3, struct.pack(">BhB", 0x80 | number, chunk.at - start, flags), chunk.data)


def _element(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    width = next(n for n in range(1, 9) if len(body) < (1 << 7 * n) - 1)
    size = (len(body) | 1 << 7 * width).to_bytes(width, "big")
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size + body


def _number(kind: int, value: int) -> bytes:
    # Always eight bytes: what stands behind stays where it was counted.
    return _element(kind, value.to_bytes(8, "big"))


def _text(kind: int, value: str) -> bytes:
    return _element(kind, value.encode())

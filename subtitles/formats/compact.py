"""Tracks as small nested lists, the shape in which versions are stored."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress
from typing import cast

import orjson

from amara_api.kernel.shapes import Data

from .columns import NO_MORE, Columns, More, Numbered, Replacing, numerals, parted, woven
from .json_ import html_text
from .markup import around
from .model import Comment, Content, Cue, Span, Track

MARK = "track/1"
_new = tuple.__new__
_NOTHING = Cue(None, None)[3:]


def pack(track: Track) -> list[object]:
    """`[mark, cues, rest]`, made of lists, tuples, strings, integers and null.

    A cue is `[start, end, text, paragraph, region, align, id, settings]` without the trailing
    members that say nothing; its text is a string, or a list of strings and
    `[text, style, color, voice, ruby]`.
    `rest` holds what else the track says, and is absent when there is nothing.
    """
    cues = [
        # Most say no more, and a list of a tuple takes twice as long.
        cue[:3] if cue[3:] == _NOTHING and cue[2].__class__ is str else _pack_cue(cue)
        for cue in track.cues
    ]
    more = {
        name: value
        for name in ("language", "title", "description")
        if (value := getattr(track, name))
    }
    if track.comments:
        more["comments"] = [list(c) for c in track.comments]
    return [MARK, cues, more] if more else [MARK, cues]


def _pack_cue(cue: Cue) -> list[object]:
    content = cue.content
    item: list[object] = [*cue[:2], content]
    if not isinstance(content, str):
        item[2] = [_pack_span(span) for span in content]
    if cue[3:] != _NOTHING:
        rest: list[object] = [int(cue.paragraph), *cue[4:]]
        while not (rest[-1] or rest[-1] == ""):
            rest.pop()
        item += rest
    return item


def _pack_span(span: Span) -> object:
    item: list[object] = list(span)
    while len(item) > 1 and (item[-1] is None or item[-1] == 0):
        item.pop()
    return item[0] if len(item) == 1 else item


def unpack(packed: Data) -> Track:
    """The track that was packed. Raises ValueError for what is none."""
    rows, about = _opened(packed)
    cues = tuple(
        _new(Cue, (*c, *_NOTHING))
        if len(c) == 3 and c[2].__class__ is str
        else Cue(c[0], c[1], _content(c[2]), *((bool(c[3]), *c[4:]) if len(c) > 3 else ()))
        for c in rows
    )
    return replace(about, cues=cues)


def _opened(packed: Data) -> tuple[list[list[Data]], Track]:
    """The cues as they are stored, and the track without them."""
    if not packed or packed[0] != MARK:
        raise ValueError("not a packed track of a known version")
    rest = dict(packed[2]) if len(packed) > 2 else {}
    comments = tuple(Comment(*c) for c in rest.pop("comments", ()))
    return packed[1], Track(comments=comments, **rest)


def _content(text: Data) -> Content:
    if isinstance(text, str):
        return text
    return tuple(Span(s) if isinstance(s, str) else Span(*s) for s in text)


# Of the lengths of rows those that say more than times and text.
_LONGER = bytes(length > 3 for length in range(256))


def columns(packed: Data) -> Columns:
    """The columns of the track that was packed. Raises ValueError for what is none."""
    rows, about = _opened(packed)
    texts, rich = parted([t if (t := row[2]).__class__ is str else _content(t) for row in rows])
    longer = compress(range(len(rows)), bytes(map(len, rows)).translate(_LONGER))
    more = {
        n: cast("More", (bool(rows[n][3]), *rows[n][4:], *NO_MORE[len(rows[n]) - 3 :]))
        for n in longer
    }
    starts, ends = [row[0] for row in rows], [row[1] for row in rows]
    return Columns(starts, ends, texts, rich, more, about)


_as_html = Replacing(("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "<br>"))


def json_cues(cues: Columns) -> bytes:
    """The cues as the API shows them in JSON: the list of `json_.cue_dict`.

    It is put together of columns that are each written at once; a dict a cue takes three times
    as long.
    """
    count = len(cues)
    if not count:
        return b"[]"
    texts = list(cues.texts)
    tags = {n: tag for n, spans in cues.rich.items() if (tag := around(spans))}
    for n in tags:
        texts[n] = cues.rich[n][0].text
    texts = list(_as_html(texts))
    for n, spans in cues.rich.items():
        if n in tags:
            begin, end = tags[n]
            texts[n] = f"{begin}{texts[n]}{end}"
        else:
            texts[n] = html_text(spans)
    starts, tails = numerals(cues.starts), _usual_tails(count)
    for n, (paragraph, region, *_) in cues.more.items():
        tails[n] = _tail(n + 1, paragraph, region)
    tails[0] = _tail(1, True, cues.more[0][1] if 0 in cues.more else None)
    # The list begins and ends in its own pieces: putting it around copies all of it.
    starts[0] = b"[" + _HEAD + starts[0]
    tails[-1] = tails[-1].removesuffix(b"," + _HEAD) + b"]"
    return woven(
        count, starts, b',"end":', numerals(cues.ends), b',"text":"', _strings(texts), tails
    )


_HEAD = b'{"start":'


def _tail(position: int, paragraph: bool, region: str | None) -> bytes:
    """What is behind a cue's text, and before the next one's start."""
    meta = orjson.dumps({"new_paragraph": paragraph, "region": region})
    return b'","position":%d,"meta":%b},%b' % (position, meta, _HEAD)


_usual_tails = Numbered(lambda position: _tail(position, False, None))


def _strings(texts: list[str]) -> list[bytes]:
    """Each text as JSON, without the quotes around it."""
    whole = orjson.dumps(texts)
    if b'\\","' in whole:
        # What ends one is not told from what is within another.
        return [orjson.dumps(text)[1:-1] for text in texts]
    return whole[2:-2].split(b'","')

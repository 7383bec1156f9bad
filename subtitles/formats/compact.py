"""Tracks as a few long lists, the shape in which versions are stored.

A list of all texts is read in a third of the time that a list for each cue takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress
from typing import cast

import orjson

from amara_api.kernel.shapes import Data

from .columns import (
    NO_MORE,
    Columns,
    More,
    Numbered,
    Replacing,
    columns_of,
    numerals,
    parted,
    woven,
)
from .json_ import html_text
from .markup import around
from .model import Comment, Span, Track

MARK = "track/2"
# As versions were stored until November 2026: a list for each cue.
_MARK_OF_ROWS = "track/1"
_ROWS = orjson.dumps([_MARK_OF_ROWS])[:-1]


def pack(cues: Track | Columns) -> list[object]:
    """`[mark, starts, ends, texts, rest]`, made of lists, tuples, strings, integers and null.

    A text is a string, or a list of strings and `[text, style, color, voice, ruby]`.
    `rest` holds what else the track says, and is absent when there is nothing; its `more` are the
    cues that say more: `[index, paragraph, region, align, id, settings]`. Members at the end that
    say nothing are left out.
    """
    cues = columns_of(cues)
    texts: list[object] = [*cues.texts]
    for n, spans in cues.rich.items():
        texts[n] = [_pack_span(span) for span in spans]
    about = cues.about
    rest: dict[str, object] = {
        name: value
        for name in ("language", "title", "description")
        if (value := getattr(about, name))
    }
    if about.comments:
        rest["comments"] = [list(c) for c in about.comments]
    if cues.more:
        rest["more"] = [_pack_more(n, more) for n, more in cues.more.items()]
    packed: list[object] = [MARK, cues.starts, cues.ends, texts]
    return [*packed, rest] if rest else packed


def _pack_more(n: int, more: More) -> list[object]:
    item: list[object] = [n, int(more[0]), *more[1:]]
    while not (item[-1] or item[-1] == ""):
        item.pop()
    return item


def _pack_span(span: Span) -> object:
    item: list[object] = list(span)
    while len(item) > 1 and (item[-1] is None or item[-1] == 0):
        item.pop()
    return item[0] if len(item) == 1 else item


def of_rows(packed: bytes) -> bool:
    """Whether this is a track in the older shape, which `pack` no longer makes."""
    return packed.startswith(_ROWS)


def columns(packed: Data) -> Columns:
    """The columns of the track that was packed, in either shape. Raises ValueError for what is
    none."""
    if packed and packed[0] == MARK:
        _, starts, ends, contents, *others = packed
        rest = dict(others[0]) if others else {}
        more = {n: _more(said) for n, *said in rest.pop("more", ())}
    elif packed and packed[0] == _MARK_OF_ROWS:
        rows = packed[1]
        rest = dict(packed[2]) if len(packed) > 2 else {}
        starts, ends, contents = ([row[place] for row in rows] for place in range(3))
        longer = compress(range(len(rows)), bytes(map(len, rows)).translate(_LONGER))
        more = {n: _more(rows[n][3:]) for n in longer}
    else:
        raise ValueError("not a packed track of a known version")
    if not len(starts) == len(ends) == len(contents):
        raise ValueError("a packed track that has lost something")
    comments = tuple(Comment(*c) for c in rest.pop("comments", ()))
    texts, packed_spans = parted(contents)
    rich = {n: _spans(each) for n, each in packed_spans.items()}
    return Columns(starts, ends, texts, rich, more, Track(comments=comments, **rest))


# Of the lengths of rows those that say more than times and text.
_LONGER = bytes(length > 3 for length in range(256))


def _more(said: list[Data]) -> More:
    return cast("More", (bool(said[0]), *said[1:], *NO_MORE[len(said) :]))


def _spans(packed: Iterable[Data]) -> tuple[Span, ...]:
    return tuple(Span(s) if isinstance(s, str) else Span(*s) for s in packed)


def unpack(packed: Data) -> Track:
    """The track that was packed. Raises ValueError for what is none."""
    return columns(packed).track()


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

"""Tracks as small nested lists, the shape in which versions are stored."""

from __future__ import annotations

from amara_api.kernel.shapes import Data

from .json_ import CueObject, html_text
from .markup import escape, tags_of
from .model import Comment, Content, Cue, Span, Track

MARK = "track/1"
_new = tuple.__new__
_NOTHING = Cue(None, None)[3:]


def pack(track: Track) -> list[object]:
    """`[mark, cues, rest]`, made of lists, strings, integers and null.

    A cue is `[start, end, text, paragraph, region, align, id, settings]` without the trailing
    members that say nothing; its text is a string, or a list of strings and
    `[text, style, color, voice, ruby]`.
    `rest` holds what else the track says, and is absent when there is nothing.
    """
    cues: list[object] = []
    for cue in track.cues:
        content = cue[2]
        item: list[object] = list(cue[:3])
        if not isinstance(content, str):
            item[2] = [_pack_span(s) for s in content]
        if cue[3:] != _NOTHING:
            rest: list[object] = [int(cue[3]), *cue[4:]]
            while not (rest[-1] or rest[-1] == ""):
                rest.pop()
            item += rest
        cues.append(item)
    more = {
        name: value
        for name in ("language", "title", "description")
        if (value := getattr(track, name))
    }
    if track.comments:
        more["comments"] = [list(c) for c in track.comments]
    return [MARK, cues, more] if more else [MARK, cues]


def _pack_span(span: Span) -> object:
    item: list[object] = list(span)
    while len(item) > 1 and (item[-1] is None or item[-1] == 0):
        item.pop()
    return item[0] if len(item) == 1 else item


def unpack(packed: Data) -> Track:
    """The track that was packed. Raises ValueError for what is none."""
    if not packed or packed[0] != MARK:
        raise ValueError("not a packed track of a known version")
    cues = tuple(
        _new(Cue, (*c, *_NOTHING))
        if len(c) == 3 and c[2].__class__ is str
        else Cue(c[0], c[1], _content(c[2]), *((bool(c[3]), *c[4:]) if len(c) > 3 else ()))
        for c in packed[1]
    )
    rest = dict(packed[2]) if len(packed) > 2 else {}
    comments = tuple(Comment(*c) for c in rest.pop("comments", ()))
    return Track(cues, comments=comments, **rest)


def _content(text: Data) -> Content:
    if isinstance(text, str):
        return text
    return tuple(Span(s) if isinstance(s, str) else Span(*s) for s in text)


_TAGS = [tags_of(style) for style in range(8)]
_AROUND = [("".join(t[0] for t in tags), "".join(t[1] for t in reversed(tags))) for tags in _TAGS]


def json_cues(packed: Data) -> list[CueObject]:
    """The cues as the API shows them in JSON, straight from the packed form."""
    if packed[0] != MARK:
        raise ValueError("not a packed track of a known version")
    out: list[CueObject] = []
    for position, cue in enumerate(packed[1], 1):
        text = cue[2]
        begin = end = ""
        if (
            text.__class__ is list
            and len(text) == 1
            and text[0].__class__ is list
            and len(text[0]) == 2
        ):
            # All of it in bold or italics: nearly every styled cue is like that.
            text, style = text[0]
            begin, end = _AROUND[style & 7]
        if text.__class__ is not str:
            text = html_text(_content(text))
        else:
            # As html_text does it, without the calls: this is the busiest read there is.
            if "<" in text or "&" in text or ">" in text:
                text = escape(text)
            if "\n" in text:
                text = text.replace("\n", "<br>")
            if begin:
                text = begin + text + end
        size = len(cue)
        out.append(
            {
                "start": cue[0],
                "end": cue[1],
                "text": text,
                "position": position,
                "meta": {
                    "new_paragraph": position == 1 or (size > 3 and cue[3] == 1),
                    "region": cue[4] if size > 4 else None,
                },
            }
        )
    return out

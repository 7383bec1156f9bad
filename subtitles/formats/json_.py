"""The API's own JSON: a list of cues with times in milliseconds, and the older one in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import repeat
from typing import TypedDict

from amara_api.kernel.shapes import Data

from . import charset
from .columns import Columns
from .markup import escape, nest, tags_of, unescape, untag
from .model import (
    USUAL,
    Content,
    Cue,
    FormatError,
    Notes,
    Rules,
    TooManyCues,
    Track,
    cues_of,
    flow,
    joined_text,
    one_line,
    opened,
    with_reading,
)
from .text import clean, decode, lines, tidied, unfit

MAX_TIME = 10**16  # milliseconds; more than nine digits of hours, which other formats may have
_NUMBER = (int, float)


class Meta(TypedDict):
    new_paragraph: bool
    region: str | None


class CueObject(TypedDict):
    """A cue as the API shows it, times in milliseconds."""

    start: int | None
    end: int | None
    text: str
    position: int
    meta: Meta


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read a list of cues, sorted by `position` where they have one.

    A cue is an object with `start` and `end` (a number or null) and `text` (b, i, u and br as
    tags, `&lt;` for a literal `<`); `meta` with `new_paragraph` and `region` may be there. Times
    are milliseconds, unless a cue has an `id` or a `start_of_paragraph`: that is how the second
    version of the API wrote them, in seconds.
    """
    text, noted = decode(data, rules)
    try:
        found = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise FormatError("the JSON is nested too deeply", format="json") from None
    except json.JSONDecodeError as error:
        raise FormatError(f"not JSON: {error.msg}", error.lineno, "json") from None
    except ValueError as error:
        raise FormatError(f"not JSON: {error}"[:200], format="json") from None
    track = load_list(found, rules)
    return replace(track, notes=(*noted, *track.notes))


def load_list(found: object, rules: Rules = USUAL) -> Track:
    """Read the list itself. Raises FormatError that names the cue and its member."""
    notes = Notes("json", rules, forgiving=True)
    cues = opened(_cues(found, notes, rules.max_cues))
    words = joined_text(cues) if rules.whole else ""
    if not words.isascii() and charset.DAMAGE.search(words):
        cues = tuple(_undamaged(cue, number, notes) for number, cue in enumerate(cues))
    return Track(cues, notes=notes.all())


def _undamaged(cue: Cue, number: int, notes: Notes) -> Cue:
    """What files may not hold, a list may not either: it would not come back from a file."""
    found = charset.DAMAGE.search(cue.text)
    if found is None:
        return cue
    problem = charset.called(found[0])
    if notes.refuses:
        raise _bad(number + 1, "text", f"holds {problem}")
    notes.said(problem, None, number)
    spans = (span._replace(text=charset.mended(span.text)) for span in cue.spans)
    return cue._replace(content=flow(spans))


def _cues(found: object, notes: Notes, most: int | None) -> list[Cue]:
    if isinstance(found, dict) and isinstance(found.get("subtitles"), list):
        found = found["subtitles"]
    if not isinstance(found, list):
        raise FormatError("a list of subtitles is expected", format="json")
    if most is not None and len(found) > most:
        raise TooManyCues(most, "json")
    if not all(issubclass(kind, dict) for kind in set(map(type, found))):
        number = next(n for n, item in enumerate(found, 1) if not isinstance(item, dict))
        raise FormatError(f"subtitle {number} is not an object", format="json")
    members = set().union(*found)
    scale = 1000 if members & {"start_of_paragraph", "id"} else 1
    order: Iterable[int] = range(1, len(found) + 1)
    if members & {"position", "sub_order"}:
        order = sorted(order, key=lambda number: _position(found[number - 1], number))
    odd = members - _KNOWN
    if not odd and scale == 1 and (usual := _usual([found[number - 1] for number in order])):
        return usual
    cues: list[Cue] = []
    for number in order:
        item = found[number - 1]
        for member in sorted(item.keys() & odd) if odd else ():
            value = item[member]
            words = f" ({one_line(value)})" if isinstance(value, str) and value else ""
            notes.said(f"a member that is not kept: {member[:40]}{words}", None, len(cues))
        cues.append(_cue(item, number, scale, notes.whole))
    return cues


def _usual(items: list[dict[str, Data]]) -> list[Cue] | None:
    """As `_cue` of each where all are of the usual types, at a fifth of the time; else None."""
    try:
        starts, ends, texts = ([item[name] for item in items] for name in ("start", "end", "text"))
    except KeyError:
        return None
    times = [*starts, *ends]
    if set(map(type, times)) != {int} or set(map(type, texts)) != {str}:
        return None
    if min(times) < 0 or max(times) > MAX_TIME:
        return None
    all_text = "".join(texts)
    is_plain = "<" not in all_text and "&" not in all_text and all_text.isprintable()
    contents = [text.strip(" ") for text in texts] if is_plain else map(_content, texts)
    metas: list[Data] = [item.get("meta") for item in items]
    kinds = set(map(type, metas))
    paragraphs: Iterable[bool] = repeat(False)
    regions: Iterable[str | None] = repeat(None)
    if kinds == {dict}:
        paragraphs = [bool(meta.get("new_paragraph")) for meta in metas]
        regions = map(_region, metas)
    elif kinds != {type(None)}:
        return None
    return cues_of(starts, ends, contents, paragraphs, regions)


def _region(meta: Mapping[str, object]) -> str | None:
    return "top" if meta.get("region") == "top" else None


# Those of today, those of 2012, and what clients send back of an answer.
_KNOWN = {
    "start", "end", "text", "position", "meta", "id", "start_of_paragraph", "sub_order",
}  # fmt: skip


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _bad(number: int, member: str, what: str) -> FormatError:
    return FormatError(f"subtitle {number}: {member} {what}", format="json")


def _position(item: Mapping[str, object], number: int) -> float:
    value = item.get("position", item.get("sub_order"))
    if value is None:
        return number
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        raise _bad(number, "position", "is not a number")
    return value


def _time(
    item: Mapping[str, object], member: str, number: int, scale: int, whole: bool
) -> int | None:
    value = item.get(member)
    if value is None:
        if member not in item:
            raise _bad(number, member, "is missing")
        return None
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        raise _bad(number, member, "is not a number")
    if not -MAX_TIME <= value <= MAX_TIME:
        raise _bad(number, member, "is too large")
    # The older form wrote -1 for a time that is not known.
    if scale != 1 and value < 0:
        return None
    if whole and scale == 1 and value != int(value):
        # Seconds, most likely; to round them would throw the times away.
        raise _bad(number, member, f"is {value}, but times are whole milliseconds: 1.5 s is 1500")
    return round(value * scale) if value > 0 else 0


def _cue(item: Mapping[str, object], number: int, scale: int, whole: bool) -> Cue:
    text = item.get("text")
    if not isinstance(text, str):
        raise _bad(number, "text", "is missing" if text is None else "is not a string")
    meta = item.get("meta")
    if meta is not None and not isinstance(meta, dict):
        raise _bad(number, "meta", "is not an object")
    meta = meta or {}
    paragraph = meta.get("new_paragraph", item.get("start_of_paragraph"))
    start, end = (_time(item, member, number, scale, whole) for member in ("start", "end"))
    return Cue(start, end, _content(text), bool(paragraph), _region(meta))


def _content(text: str) -> Content:
    if "<" in text or "&" in text or not text.isprintable():
        return untag(clean(lines(text)), unescape)
    return text.strip(" ")


def html_text(content: Content) -> str:
    """A cue's text with b, i, u and br as tags and the rest escaped."""
    if isinstance(content, str):
        text = escape(content)
    else:
        text = nest(content, lambda s: tags_of(s.style), lambda s: escape(with_reading(s)))
    return text.replace("\n", "<br>") if "\n" in text else text


def cue_dict(position: int, cue: Cue) -> CueObject:
    """A cue as the API shows it; the first one always starts a paragraph."""
    return {
        "start": cue.start,
        "end": cue.end,
        "text": html_text(cue.content),
        "position": position,
        "meta": {"new_paragraph": cue.paragraph or position == 1, "region": cue.region},
    }


def dump(cues: Track | Columns) -> str:
    """Write the list in milliseconds, as the API's JSON field shows it."""
    track = cues.track() if isinstance(cues, Columns) else cues
    words = joined_text(track.cues)
    if "\r" in words or unfit(words):
        track = tidied(track)
    found = [cue_dict(position, cue) for position, cue in enumerate(track.cues, 1)]
    return json.dumps(found, ensure_ascii=False)

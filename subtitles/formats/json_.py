"""The API's own JSON: a list of cues with times in milliseconds, and the older one in seconds."""

from __future__ import annotations

import json
from typing import Any

from .markup import escape, nest, tags_of, unescape, untag
from .model import USUAL, Content, Cue, FormatError, Rules, Track, opened, with_reading
from .text import clean, decode, lines, tidied, unfit

MAX_TIME = 10**16  # milliseconds; more than nine digits of hours, which other formats may have
_NUMBER = (int, float)


def load(data: bytes | str, rules: Rules = USUAL) -> Track:
    """Read a list of cues, sorted by `position` where they have one.

    A cue is an object with `start` and `end` (a number or null) and `text` (b, i, u and br as
    tags, `&lt;` for a literal `<`); `meta` with `new_paragraph` and `region` may be there. Times
    are milliseconds, unless a cue has an `id` or a `start_of_paragraph`: that is how the second
    version of the API wrote them, in seconds.
    """
    text, notes = decode(data)
    try:
        found = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise FormatError("the JSON is nested too deeply", format="json") from None
    except json.JSONDecodeError as error:
        raise FormatError(f"not JSON: {error.msg}", error.lineno, "json") from None
    except ValueError as error:
        raise FormatError(f"not JSON: {error}"[:200], format="json") from None
    return Track(opened(read_cues(found)), notes=tuple(notes))


def read_cues(found: object) -> list[Cue]:
    """Cues from the decoded list. Raises FormatError that names the cue and its member."""
    if isinstance(found, dict) and isinstance(found.get("subtitles"), list):
        found = found["subtitles"]
    if not isinstance(found, list):
        raise FormatError("a list of subtitles is expected", format="json")
    for number, item in enumerate(found, 1):
        if not isinstance(item, dict):
            raise FormatError(f"subtitle {number} is not an object", format="json")
    seconds = any("start_of_paragraph" in item or "id" in item for item in found)
    scale = 1000 if seconds else 1
    placed = [(_position(item, n), _cue(item, n, scale)) for n, item in enumerate(found, 1)]
    placed.sort(key=lambda pair: pair[0])
    return [cue for _, cue in placed]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _bad(number: int, member: str, what: str) -> FormatError:
    return FormatError(f"subtitle {number}: {member} {what}", format="json")


def _position(item: dict[str, Any], number: int) -> float:
    value = item.get("position", item.get("sub_order"))
    if value is None:
        return number
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        raise _bad(number, "position", "is not a number")
    return value


def _time(item: dict[str, Any], member: str, number: int, scale: int) -> int | None:
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
    return round(value * scale) if value > 0 else 0


def _cue(item: dict[str, Any], number: int, scale: int) -> Cue:
    text = item.get("text")
    if not isinstance(text, str):
        raise _bad(number, "text", "is missing" if text is None else "is not a string")
    meta = item.get("meta")
    if meta is not None and not isinstance(meta, dict):
        raise _bad(number, "meta", "is not an object")
    meta = meta or {}
    paragraph = meta.get("new_paragraph", item.get("start_of_paragraph"))
    region = "top" if meta.get("region") == "top" else None
    start, end = _time(item, "start", number, scale), _time(item, "end", number, scale)
    return Cue(start, end, _content(text), bool(paragraph), region)


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


def cue_dict(position: int, cue: Cue) -> dict[str, Any]:
    """A cue as the API shows it; the first one always starts a paragraph."""
    return {
        "start": cue.start,
        "end": cue.end,
        "text": html_text(cue.content),
        "position": position,
        "meta": {"new_paragraph": cue.paragraph or position == 1, "region": cue.region},
    }


def dump(track: Track) -> str:
    """Write the list in milliseconds, as the API's JSON field shows it."""
    words = "".join(cue.text for cue in track.cues)
    if "\r" in words or unfit(words):
        track = tidied(track)
    cues = [cue_dict(position, cue) for position, cue in enumerate(track.cues, 1)]
    return json.dumps(cues, ensure_ascii=False)

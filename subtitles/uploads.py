"""The one way in for subtitle files, whoever brings them: all of a file, or a sentence why not."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from django.conf import settings

from amara_api.kernel.turns import turn
from subtitles import storage
from subtitles.formats import FormatError, Note, TooManyCues, Track, detect, load, load_list

# What may truly hold no subtitles: the original's own clients post an empty list.
_MAY_BE_EMPTY = frozenset({"dfxp", "json"})
_TIMED = frozenset({"srt", "vtt", "sbv", "ssa", "dfxp", "youtube"})


class Remark(NamedTuple):
    """Something about an upload that whoever sent it should know."""

    line: int | None  # of the file, from 1
    cue: int | None  # its position among the subtitles as they are kept, from 1
    what: str


class Upload(NamedTuple):
    """A file that was read: its cues in time order, and the file itself where it is kept."""

    track: Track
    source: str | None  # of DFXP, which says more than a track can hold
    warnings: list[Remark]


def read(
    data: bytes | str | list[object],
    sub_format: str,
    *,
    language_code: str,
    charset: str | None = None,
    salvage: bool = False,
) -> Upload:
    """Read a file that somebody wants to keep; a list is the API's own JSON.

    What can surely be read is read whole, and the warnings say what was mended, guessed or is
    not kept. What cannot be placed raises FormatError with its line; with ``salvage`` it is left
    out, and a warning holds its words. More cues than the server takes are TooManyCues.
    ``charset`` is what the sender said that the bytes are in.
    """
    try:
        # A subtitle of a list takes some forty bytes at least.
        with turn(len(data) * 40 if isinstance(data, list) else len(data)):
            track = _load(data, sub_format, language_code, charset, salvage)
    except TooManyCues:
        raise
    except FormatError as error:
        message = error.message + _hint(data, sub_format)
        raise FormatError(message, error.line, error.format) from error
    name = storage.canonical(sub_format)
    if not track.cues and (name not in _MAY_BE_EMPTY or not track.faithful):
        raise FormatError("there are no subtitles in this file", format=sub_format)
    # Players expect cues by time, and so does whoever reads the list.
    track = track.in_time_order()
    source = None
    if name == "dfxp" and track.faithful and not isinstance(data, list):
        source = storage.dfxp_source(data, language_code, charset=charset, salvage=salvage)
    return Upload(replace(track, language=language_code), source, _warnings(track))


def _load(
    data: bytes | str | list[object],
    sub_format: str,
    language_code: str,
    charset: str | None,
    salvage: bool,
) -> Track:
    if isinstance(data, list):
        if sub_format != "json":
            raise FormatError("a list of subtitles is for json; other formats are text")
        return load_list(data, whole=True, salvage=salvage, max_cues=settings.AMARA_MAX_CUES)
    if sub_format == "txt" and not salvage and detect(data) in _TIMED:
        raise FormatError("this is no plain text")
    return load(
        data,
        sub_format,
        whole=True,
        salvage=salvage,
        charset=charset,
        language=language_code,
        max_depth=settings.AMARA_MAX_SUBTITLE_DEPTH,
        max_cues=settings.AMARA_MAX_CUES,
    )


def _hint(data: bytes | str | list[object], sub_format: str) -> str:
    """For whoever sent a file that seems to be in another format."""
    looks = None if isinstance(data, list) else detect(data)
    if looks not in _TIMED or looks == "youtube" or looks == storage.canonical(sub_format):
        return ""
    return f" (the file looks like {looks}: is sub_format right?)"


def _warnings(track: Track) -> list[Remark]:
    notes = list(track.notes)
    late = [
        n
        for n, cue in enumerate(track.cues)
        if cue[0] is not None and cue[1] is not None and cue[1] < cue[0]
    ]
    if late:
        times = f" ({len(late)} times)" if len(late) > 1 else ""
        notes.append(
            Note(None, f"a subtitle that ends before it begins, kept as it is{times}", late[0])
        )
    return [Remark(n.line, None if n.cue is None else n.cue + 1, n.text) for n in notes]

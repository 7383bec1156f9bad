"""Work on whole tracks, one at a time where they are large."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from amara_api.kernel.turns import turn

if TYPE_CHECKING:
    from subtitles.formats import Track

# About so many bytes a cue takes while it is looked at, besides its letters.
_CUE = 100


def turn_over(*tracks: Track) -> AbstractContextManager[object]:
    """`amara_api.kernel.turns.turn` for what looks at every cue of some tracks."""
    cues = [cue for track in tracks for cue in track.cues]
    return turn(len(cues) * _CUE + sum(len(cue.plain_text) for cue in cues))

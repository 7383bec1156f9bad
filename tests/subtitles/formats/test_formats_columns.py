"""What is written for all cues at once is what is written for each by itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subtitles.formats import Comment, Cue, Span, Track, dump
from subtitles.formats.columns import Replacing, columns_of
from subtitles.formats.compact import columns, json_cues, pack
from subtitles.formats.json_ import cue_dict
from subtitles.formats.timecode import clock, clock_columns, fractions, short_clock
from tests.examples import examples
from tests.subtitles.formats.formats_strategies import DISTINCT, texts, tracks
from tests.work import calls_in

seldom = examples(40)
CALLS = 3
NONE = 359_999_999
TIMES = (
    st.none()
    | st.integers(-10, 20_000)
    | st.integers(14_399_000, 14_401_000)
    | st.integers(0, 10**13)
)
# What is between two cues.
BETWEEN = {
    "dfxp": "        </div>\n        <div>\n",
    "sbv": "\r\n",
    "srt": "\r\n",
    "ssa": "",
    "txt": "\n\n",
    "vtt": "\n",
}
PLAIN = Track((Cue(0, 1000, "One"), Cue(2000, 3000, "and two"), Cue(4000, 5000, "are three")))


def lone(cue: Cue) -> Cue:
    """The cue without what files say of it elsewhere: colours and names above, no new paragraph."""
    content = cue.content
    if not isinstance(content, str):
        content = tuple(span._replace(color=None, voice=None) for span in content)
    return cue._replace(content=content, paragraph=True)


def body(text: str, format: str) -> str:
    empty = dump(Track(), format)
    head, closing, _ = empty.partition("        </div>\n")
    tail = empty[len(head) :] if closing else ""
    assert text.startswith(head)
    assert text.endswith(tail)
    return text[len(head) : len(text) - len(tail)]


@pytest.mark.parametrize("format", sorted(BETWEEN))
@seldom
@given(track=tracks())
@example(track=PLAIN)
def test_cues_are_written_together_as_each_by_itself(format: str, track: Track) -> None:
    cues = [lone(cue) for cue in track.cues]
    alone = [body(dump(Track((cue,)), format), format) for cue in cues]
    if format == "srt":
        alone = [f"{number}{text[1:]}" for number, text in enumerate(alone, 1)]
    if format == "txt":
        alone = [text for text in alone if text]
    assert body(dump(Track(tuple(cues)), format), format) == BETWEEN[format].join(alone)


@pytest.mark.parametrize("format", DISTINCT)
@seldom
@given(track=tracks(foul=True, min_size=0))
@example(track=Track(comments=(Comment(0, "alone"),), title="Nothing"))
def test_what_is_stored_is_written_as_the_track_is(format: str, track: Track) -> None:
    stored = columns(json.loads(json.dumps(pack(track))))
    assert stored.track() == columns_of(track).track() == track
    assert dump(stored, format) == dump(track, format)


@examples(100)
@given(tracks(min_size=0))
@example(Track(tuple(Cue(0, 1, text) for text in ('",', ",", "", '","', "\\", '\\"', "a"))))
@example(Track((Cue(None, 2**60, "<&>\n"), Cue(0, None, (Span("x", 2),), False, "elsewhere"))))
def test_the_list_of_cues_is_written_as_each_is(track: Track) -> None:
    each = [cue_dict(position, cue) for position, cue in enumerate(track.cues, 1)]
    written = json_cues(columns_of(track))
    assert json.loads(written) == each
    assert written.decode() == json.dumps(each, ensure_ascii=False, separators=(",", ":"))


@seldom
@given(st.lists(TIMES, max_size=5), st.booleans())
def test_times_are_written_together_as_each_by_itself(times: list[int | None], short: bool) -> None:
    heads, ends = clock_columns(times, fractions(".", "!"), NONE, short=short)
    known = [NONE if time is None else time for time in times]
    write = short_clock if short else clock
    assert [f"{a}{b}" for a, b in zip(heads, ends, strict=True)] == [f"{write(t)}!" for t in known]


@seldom
@given(st.lists(texts(foul=True), max_size=5))
def test_characters_are_replaced_in_all_texts_as_in_each(found: list[str]) -> None:
    replace = Replacing(("&", "&amp;"), ("<", ""), ("\n", "<br>"))
    each = [text.replace("&", "&amp;").replace("<", "").replace("\n", "<br>") for text in found]
    assert list(replace(found)) == each


@pytest.mark.parametrize("format", DISTINCT)
def test_a_usual_cue_costs_next_to_no_calls(format: str) -> None:
    """Whoever calls a function for each cue again takes three times as long."""

    def stored(count: int) -> object:
        cues = (Cue(n * 3000, n * 3000 + 2500, "A kettle\nof tea") for n in range(count))
        return pack(Track(tuple(cues), title="Tea"))

    def calls(count: int) -> int:
        cues = stored(count)
        write = json_cues if format == "json" else lambda found: dump(found, format)
        return calls_in(lambda: write(columns(cues)))

    calls(1100)  # numbers are made once
    assert calls(1100) - calls(100) <= CALLS * 1000

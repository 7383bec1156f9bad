"""What is written comes back: every format, every pair, any order."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subtitles.formats import FORMATS, Cue, Span, Track, conversion_report, detect, dump, load
from subtitles.formats.compact import columns, json_cues, pack, unpack
from subtitles.formats.keeping import normalise
from tests.examples import examples
from tests.subtitles.formats.formats_strategies import DISTINCT, WRITTEN, tracks

often = examples(100)
seldom = examples(40)

EVERYTHING = frozenset().union(*(f.keeps for f in FORMATS.values()))
BARE = Cue(0, 1000, "x")


def kept(track: Track, format: str) -> Track:
    return normalise(track, FORMATS[format].keeps)


def loadable(track: Track, format: str) -> Track:
    """A file of plain text without a word in it is refused, so give it one."""
    return Track((*track.cues, BARE)) if format == "txt" else track


@pytest.mark.parametrize("format", DISTINCT)
class TestOneFormat:
    @often
    @given(track=tracks())
    def test_what_it_keeps_comes_back(self, format: str, track: Track) -> None:
        track = loadable(track, format)
        assert load(dump(track, format), format) == kept(track, format)

    @seldom
    @given(track=tracks(foul=True))
    def test_so_it_does_from_a_track_no_reader_would_make(self, format: str, track: Track) -> None:
        track = loadable(track, format)
        again = load(dump(track, format), format)
        assert again == kept(track, format)
        assert dump(again, format) == dump(load(dump(again, format), format), format)

    @seldom
    @given(track=tracks())
    def test_bytes_say_what_the_string_says(self, format: str, track: Track) -> None:
        text = dump(loadable(track, format), format)
        assert load(text.encode(), format) == load(text, format)
        if format != "dfxp":  # it names its encoding itself
            assert load(text.encode("utf-16"), format) == load(text, format)

    @seldom
    @given(track=tracks())
    def test_the_report_names_what_is_lost_and_nothing_else(
        self, format: str, track: Track
    ) -> None:
        # Against the track as a format that keeps all of it would return it.
        whole = normalise(track, EVERYTHING)
        lossless = kept(whole, format) == whole
        assert lossless == (not conversion_report(whole, format))


@pytest.mark.by_halves
@pytest.mark.parametrize("second", DISTINCT)
@pytest.mark.parametrize("first", DISTINCT)
def test_a_pair_keeps_what_both_keep(first: str, second: str) -> None:
    @examples(12)
    @given(tracks())
    def check(track: Track) -> None:
        track = Track((*track.cues, BARE))
        once = load(dump(track, first), first)
        both = load(dump(once, second), second)
        assert both == kept(kept(track, first), second)
        assert both.plain_text == normalise(track, EVERYTHING).plain_text

    check()


@seldom
@given(tracks(), st.lists(st.sampled_from(DISTINCT), min_size=3, max_size=3))
def test_three_formats_in_any_order_keep_the_words_and_the_times(
    track: Track, order: list[str]
) -> None:
    track = normalise(Track((*track.cues, BARE)), EVERYTHING)
    cues, coarse = list(track.cues), "ssa" in order
    now = track
    for format in order:
        now = load(dump(now, format), format)
    if "txt" in order:
        assert [c.plain_text for c in now.cues] == [c.plain_text for c in cues if c.plain_text]
        return
    near = 5 if coarse else 0
    for was, is_ in zip(cues, now.cues, strict=True):
        assert is_.plain_text == was.plain_text
        for a, b in zip(was[:2], is_[:2], strict=True):
            assert (a is None) == (b is None)
            assert a is None or abs(a - b) <= near


@often
@given(tracks(foul=True, min_size=0))
@example(Track((Cue(0, 1, (Span("", 1), Span("x", 0, "", ""))),)))
def test_packing_is_exact(track: Track) -> None:
    packed = json.loads(json.dumps(pack(track)))
    assert unpack(packed) == track


@often
@given(tracks(min_size=0))
@example(Track((Cue(0, 1, (Span("ab"),), True), Cue(0, 1, (Span("a & b\nc", 3),)))))
def test_the_packed_form_gives_the_same_json(track: Track) -> None:
    assert json.loads(json_cues(columns(pack(track)))) == json.loads(dump(track, "json"))


@seldom
@given(tracks())
@pytest.mark.parametrize("format", DISTINCT)
def test_a_format_is_told_from_its_content(format: str, track: Track) -> None:
    if format != "txt":
        assert detect(dump(track, format)) == format


def film(cues: int) -> Track:
    """A track with times of every kind of last digit."""
    made = []
    for n in range(cues):
        start = n * 3_457 + n % 1000
        made.append(Cue(start, start + 1_001 + n % 977, f"Cue {n}\nsecond line", n == 0))
    return Track(tuple(made))


@pytest.mark.parametrize("second", WRITTEN)
@pytest.mark.parametrize("first", WRITTEN)
def test_a_film_comes_out_as_it_went_in(first: str, second: str) -> None:
    track = film(2_000)
    there = load(dump(track, first), first)
    back = load(dump(there, second), second)
    assert [c.text for c in back.cues] == [c.text for c in track.cues]
    if "txt" in (first, second):
        assert not any(c.start or c.end for c in back.cues)
        return
    exact = not {"ssa", "ass"} & {first, second}
    for was, now in zip(track.cues, back.cues, strict=True):
        want = [t if exact else (t + 5) // 10 * 10 for t in (was.start, was.end)]
        assert [now.start, now.end] == want


ARROWS = ("-> soon", "00:00:10,000 -> 00:00:12,000\nsoon", "--> x", "a ---> b", "->", "-\u200b> x")


@pytest.mark.parametrize("format", DISTINCT)
@pytest.mark.parametrize("text", ARROWS)
def test_arrows_stay_text(format: str, text: str) -> None:
    track = Track((Cue(0, 1000, text, True), Cue(2000, 3000, (Span("x", 0, None, "Ann --"),))))
    assert load(dump(track, format), format) == kept(track, format)


CLOCKS = (
    "0:00:01.00,0:00:02.00",
    "from 0:00:01.000 to 0:00:02.000",
    "0:00:01.5",
    "a\n0:00:01,5\nb",
)


@pytest.mark.parametrize("format", DISTINCT)
@pytest.mark.parametrize("text", CLOCKS)
def test_a_clock_stays_text_whatever_stands_elsewhere(format: str, text: str) -> None:
    """An arrow of another kind makes readers look closer, also at lines that have none."""
    for elsewhere in ("x", "a \u2192 b", "a \uff1e b", "- > c"):
        track = Track((Cue(0, 1000, elsewhere, True), Cue(2000, 3000, text)))
        file = dump(track, format)
        assert [cue.text for cue in load(file, format, whole=True).cues] == [elsewhere, text]

"""The same files through other people's libraries: what they read of ours, what we read of theirs.

Only what each of them gets right is asked of it; what it does not carry is left out of the tracks.
"""

from __future__ import annotations

import io
import logging
import xml.etree.ElementTree as trees  # noqa: TID251 - ttconv's own reader asks for a tree

import pycaption
import pysubs2
import pytest
import srt
import ttconv.imsc.reader
import ttconv.isd
import ttconv.srt.writer
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from subtitles.formats import Cue, Span, Track, dump, load
from subtitles.formats.model import opened
from tests.examples import examples

some = examples(40)

words = st.sampled_from(
    (
        "hello",
        "a & b",
        "1",
        "café",
        "中文",
        "it's",
        "x > y",
        "- who?",
        "42",
        "NOTE",
        "😀",
        "a --> b",
    )
)
texts = st.lists(words, min_size=1, max_size=3).map("\n".join)


@st.composite
def tracks(draw: st.DrawFn, tick: int = 1, tame: bool = False) -> Track:
    """Timed tracks in order, without gaps of nothing."""
    cues, now = [], 0
    for _ in range(draw(st.integers(1, 6))):
        start = now + draw(st.integers(0, 5_000)) * tick
        now = start + draw(st.integers(100, 9_000)) * tick
        text = draw(texts)
        if tame:
            text = text.replace("-->", "to").replace("&", "and").replace(">", ")")
        cues.append(Cue(start, now, text))
    return Track(opened(cues))


def plain(track: Track) -> list[tuple[int | None, int | None, str]]:
    return [(c.start, c.end, c.text.replace("\u200b", "")) for c in track.cues]


def same(found: list[tuple[int, int, str]], track: Track) -> None:
    assert [(a, b, t.replace("\u200b", "").strip()) for a, b, t in found] == plain(track)


class TestSrt:
    @some
    @given(tracks())
    def test_the_srt_library_and_we_understand_each_other(self, track: Track) -> None:
        theirs = list(srt.parse(dump(track, "srt")))
        ms = [
            (round(s.start.total_seconds() * 1000), round(s.end.total_seconds() * 1000))
            for s in theirs
        ]
        same([(*t, s.content) for t, s in zip(ms, theirs, strict=True)], track)
        assert plain(load(srt.compose(theirs), "srt")) == plain(track)

    @some
    @given(tracks(tame=True))
    def test_pysubs2(self, track: Track) -> None:
        theirs = pysubs2.SSAFile.from_string(
            dump(track, "srt").replace("\r\n", "\n"), format_="srt"
        )
        same([(e.start, e.end, e.plaintext) for e in theirs], track)
        assert plain(load(theirs.to_string("srt"), "srt")) == plain(track)

    @some
    @given(tracks(tame=True))
    def test_pycaption(self, track: Track) -> None:
        theirs = pycaption.SRTReader().read(dump(track, "srt").replace("\r\n", "\n"))
        found = [
            (c.start // 1000, c.end // 1000, c.get_text()) for c in theirs.get_captions("en-US")
        ]
        same(found, track)


class TestVtt:
    @some
    @given(tracks(tame=True))
    def test_webvtt_py(self, track: Track) -> None:
        theirs = webvtt.from_string(dump(track, "vtt"))
        seconds = [(c.start_in_seconds, c.end_in_seconds) for c in theirs]
        assert [c.text for c in theirs] == [c.text for c in track.cues]
        assert seconds == [(c.start // 1000, c.end // 1000) for c in track.cues]
        out = io.StringIO()
        theirs.write(out)
        assert plain(load(out.getvalue(), "vtt")) == plain(track)

    @some
    @given(tracks(tame=True))
    def test_pysubs2(self, track: Track) -> None:
        theirs = pysubs2.SSAFile.from_string(
            dump(track, "srt").replace("\r\n", "\n"), format_="srt"
        )
        assert plain(load(theirs.to_string("vtt"), "vtt")) == plain(track)


class TestAss:
    @some
    @given(tracks(tick=10))
    def test_pysubs2(self, track: Track) -> None:
        theirs = pysubs2.SSAFile.from_string(dump(track, "ass").lstrip("\ufeff"), format_="ass")
        same([(e.start, e.end, e.plaintext) for e in theirs], track)
        assert plain(load(theirs.to_string("ass"), "ass")) == plain(track)

    def test_styles_in_words_pysubs2_knows(self) -> None:
        track = Track((Cue(0, 1000, (Span("a", 1), Span("b", 2)), True, "top"),))
        event = pysubs2.SSAFile.from_string(dump(track, "ass").lstrip("\ufeff"), format_="ass")[0]
        assert event.text == "{\\an8}{\\b1}a{\\b0\\i1}b"


class TestTtml:
    @some
    @given(tracks())
    def test_ttconv_shows_every_cue_when_we_say(self, track: Track) -> None:
        logging.disable(logging.CRITICAL)
        try:
            model = ttconv.imsc.reader.to_model(
                trees.ElementTree(trees.fromstring(dump(track, "dfxp")))
            )
        finally:
            logging.disable(logging.NOTSET)
        there = load(ttconv.srt.writer.from_model(model), "srt")
        shown = [(c.start, c.end, c.text) for c in there.cues]
        assert shown == plain(track)

    @pytest.mark.filterwarnings("ignore")
    @some
    @given(tracks(tame=True))
    def test_pycaption(self, track: Track) -> None:
        theirs = pycaption.DFXPReader().read(dump(track, "dfxp"))
        language = theirs.get_languages()[0]
        found = [
            (c.start // 1000, c.end // 1000, c.get_text()) for c in theirs.get_captions(language)
        ]
        assert [(a, b, t) for a, b, t in found] == plain(track)


@pytest.mark.parametrize("region", ["top", None])
def test_ttconv_finds_the_region(region: str | None) -> None:
    track = Track((Cue(0, 1000, "x", True, region),))
    model = ttconv.imsc.reader.to_model(trees.ElementTree(trees.fromstring(dump(track, "dfxp"))))
    shown = ttconv.isd.ISD.from_model(model, 0)
    regions = {r.get_id() for r in shown.iter_regions() if any(True for _ in r)}
    assert (region or "bottom") in regions

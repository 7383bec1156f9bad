"""What a page draws of cues: the strip of a whole film, and words with their looks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtitles.cue_rows import _PAPERS, contrast, cue_rows, marked, readable_colors
from subtitles.formats import Cue, Track
from subtitles.formats.model import BOLD, ITALIC, UNDERLINE, Span
from subtitles.timeline import PARTS, strip

_BAR = re.compile(r'<rect class="(\w+)" x="(\d+)" width="(\d+)"')


def bars(*cues: Cue, wrong: tuple[int, ...] = (), duration: int | None = None) -> list[object]:
    drawn = _BAR.findall(strip(Track(cues), wrong, duration))
    return [(kind, int(x), int(width)) for kind, x, width in drawn]


def test_a_cue_stands_at_its_part_of_the_film_and_a_wrong_one_above_others() -> None:
    one, two = Cue(0, 5_000, "One"), Cue(4_000, 8_000, "Two")
    length = PARTS // 12
    assert bars(one, two, duration=12_000) == [("said", 0, 8 * length)]
    assert bars(one, two, wrong=(1,), duration=12_000) == [
        ("wrong", 0, 5 * length),
        ("said", 5 * length, 3 * length),
    ]
    # Cues that go on after the film's end are seen as well.
    assert bars(one, Cue(6_000, 12_000), duration=1_000)[-1] == ("said", PARTS // 2, PARTS // 2)
    assert strip(Track((Cue(None, None, "x"), Cue(0, None))), (), 5_000) == ""


_TIMES = st.none() | st.integers(-5_000, 2**40)


@given(
    st.lists(st.builds(Cue, _TIMES, _TIMES), max_size=8),
    st.sets(st.integers(1, 8)),
    st.none() | st.integers(0, 2**40),
)
def test_bars_lie_in_the_strip_one_beside_the_other(
    cues: list[Cue], wrong: set[int], duration: int | None
) -> None:
    end = 0
    for kind, x, width in bars(*cues, wrong=tuple(wrong), duration=duration):  # type: ignore[misc]
        assert kind in ("said", "wrong")
        assert x >= end
        assert width > 0
        end = x + width
    assert end <= PARTS


def test_words_have_their_looks_and_are_escaped() -> None:
    said = (
        Span("Who", BOLD | ITALIC | UNDERLINE, voice="Ana <b>"),
        Span(" & ", voice="Ana <b>"),
        Span("漢", ruby="かん"),
        Span("<script>", color="#ffff00"),
        Span("odd", color='red" onclick="x'),
    )
    by_day, by_night = readable_colors("#ffff00") or ("", "")
    assert marked(said) == (
        '<span class="voice">Ana &lt;b&gt;:</span> <u><i><b>Who</b></i></u> &amp; '
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>"
        f'<span class="tint" style="--by-day:{by_day};--by-night:{by_night}">&lt;script&gt;</span>'
        "odd"
    )
    assert by_night == "#ffff00"
    assert by_day != "#ffff00"


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_read_by_day_and_by_night(number: int) -> None:
    colors = readable_colors(f"#{number:06x}")
    assert colors
    for color, paper in zip(colors, _PAPERS, strict=True):
        red, green, blue = bytes.fromhex(color[1:])
        assert contrast((red, green, blue), paper) >= 4.5


@pytest.mark.parametrize("said", [(), ("Too fast: 25 characters a second.", "<b>")])
def test_a_row_says_what_is_wrong_with_its_cue(said: tuple[str, ...]) -> None:
    rows = cue_rows([Cue(1000, 2000, "Hello"), Cue(None, None, "?")], "en", {1: said})
    assert rows.count("<small>") == len(said)
    assert "<small><b>" not in rows
    assert '<li id="c1" data-start="1000" data-end="2000">' in rows
    assert '<li id="c2"><i>2</i><time><em>no times</em>' in rows

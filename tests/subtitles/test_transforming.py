"""What is done to a whole track: nothing is lost, and what was done can be undone."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amara_api.kernel.errors import InvalidInput
from subtitles.formats import Cue, Span, Track
from subtitles.formats.model import BOLD, ITALIC, Comment
from subtitles.transforming import collapse, shift, snap, stretch_anchors, stretch_rates
from tests.examples import examples

WORD = st.text("abcdefg", min_size=1, max_size=6)
CONTENT = WORD | st.builds(lambda a, b: (Span(a, ITALIC), Span(f" {b}\n{a}")), WORD, WORD)
LENGTH = st.integers(0, 3000)


@st.composite
def tracks(draw, least=1):
    cues, time = [], draw(st.integers(0, 5000))
    for _ in range(draw(st.integers(least, 20))):
        start, time = time, time + draw(LENGTH)
        if draw(st.integers(0, 4)):
            times = (start, time)
        else:
            times = draw(st.sampled_from([(None, None), (start, None)]))
        time += draw(LENGTH)
        more = (draw(st.booleans()), draw(st.sampled_from([None, "top"])))
        cues.append(Cue(*times, draw(CONTENT), *more, id=draw(st.none() | WORD)))
    comments = (Comment(draw(st.integers(0, len(cues))), "by hand"),)
    return Track(tuple(cues), "en", "Title", comments=comments)


def but_for_times(track):
    return Track(
        tuple(c._replace(start=c.start and 0, end=c.end and 0) for c in track.cues),
        track.language,
        track.title,
        comments=track.comments,
    )


def refusal(do, *args, **kwargs):
    with pytest.raises(InvalidInput) as refused:
        do(*args, **kwargs)
    ((field, (message,)),) = refused.value.body.items()
    return field, message


@given(tracks(), st.integers(-8000, 8000), st.integers(1, 20))
@examples(150)
def test_shifted_there_and_back_is_as_it_was(track, by, position):
    assume(by)
    try:
        there = shift(track, by, position=position).track
    except InvalidInput:
        # Too early, or there is nothing from there on that has a time.
        late = [c for c in track.cues[position - 1 :] if (c.start, c.end) != (None, None)]
        assert by < 0 or not late
        return
    for cue, moved in zip(track.cues, there.cues, strict=True):
        assert (cue.start is None, cue.end is None) == (moved.start is None, moved.end is None)
        assert min(moved.start or 0, moved.end or 0) >= 0
        assert moved[2:] == cue[2:]
    assert shift(there, -by, position=position).track == track


@given(tracks(), st.sampled_from(["23.976", "24", "25", "29.97", "30"]), st.integers(1, 5))
@examples(100)
def test_stretched_there_and_back_is_within_a_millisecond(track, rate, position):
    others = {"23.976": "25", "24": "25", "25": "23.976", "29.97": "30", "30": "25"}
    try:
        there = stretch_rates(track, rate, others[rate], position=position).track
        back = stretch_rates(there, others[rate], rate, position=position).track
    except InvalidInput:
        # Times so early that they are the same afterwards.
        assert all((c.end or 0) < 3000 for c in track.cues[position - 1 :]) or position > 1
        return
    assert [c[2:] for c in back.cues] == [c[2:] for c in track.cues]
    assert back.comments == track.comments
    for cue, again in zip(track.cues, back.cues, strict=True):
        for was, now in zip(cue[:2], again[:2], strict=True):
            assert (was is None) == (now is None)
            assert was is None or abs(was - now) <= 1


def test_anchors_are_where_they_are_to_be():
    track = Track((Cue(1000, 2000, "a"), Cue(None, None, "b"), Cue(11_000, 12_000, "c")))
    made = stretch_anchors(track, [(1000, 3000), (11_000, 23_000)])
    assert [cue[:2] for cue in made.track.cues] == [(3000, 5000), (None, None), (23_000, 25_000)]
    assert made.note == (
        "All cues stretched: 0:00:01.000 is at 0:00:03.000 now, 0:00:11.000 at 0:00:23.000."
    )


@given(tracks(), st.integers(1, 3000))
@examples(100)
def test_snapping_changes_ends_alone_and_leaves_no_short_gap(track, gap):
    try:
        made = snap(track, gap).track
    except InvalidInput:
        made = track
    assert [c._replace(end=None) for c in made.cues] == [c._replace(end=None) for c in track.cues]
    assert made.comments == track.comments
    for cue, was, after in zip(made.cues, track.cues, made.cues[1:], strict=False):
        if was.end is not None and after.start is not None:
            assert not 0 < after.start - cue.end <= gap
            assert cue.end in (was.end, after.start)
        else:
            assert cue == was


LINES = st.lists(st.lists(WORD, min_size=1, max_size=4).map(" ".join), min_size=3, max_size=20)


@given(LINES, st.integers(2, 3), st.booleans(), st.booleans())
@examples(100)
def test_rolling_captions_have_every_word_once(lines, height, brief, styled):
    """As YouTube makes them: each cue has the lines before, and between them one of 10 ms."""
    lines = [f"{n} {line}" for n, line in enumerate(lines)]
    cues = []
    for n in range(len(lines)):
        shown = lines[max(0, n - height + 1) : n + 1]
        text = "\n".join(shown)
        content = (Span(text, BOLD),) if styled else text
        cues.append(Cue(n * 2000, n * 2000 + 1990, content))
        if brief:
            cues.append(Cue(n * 2000 + 1990, n * 2000 + 2000, "\n".join(shown[-height + 1 :])))
    made = collapse(Track(tuple(cues), comments=(Comment(len(cues), "the end"),)))
    assert [cue.text for cue in made.track.cues] == lines
    assert {type(cue.content) for cue in made.track.cues} == {tuple if styled else str}
    assert made.track.comments == (Comment(len(lines), "the end"),)
    starts = [cue.start for cue in made.track.cues]
    assert starts == [n * 2000 for n in range(len(lines))]
    assert all(cue.end - cue.start >= 1990 for cue in made.track.cues)


@given(tracks())
@examples(100)
def test_collapsing_loses_no_line(track):
    try:
        made = collapse(track).track
    except InvalidInput:
        return
    lines = [line for cue in track.cues for line in cue.text.split("\n")]
    left = [line for cue in made.cues for line in cue.text.split("\n")]
    rest = iter(lines)
    assert all(line in rest for line in left), "another order"
    assert set(left) == set(lines)


def test_what_was_said_twice_stays():
    said = Track(tuple(Cue(n * 1000, n * 1000 + 1000, f"Line {n}") for n in range(12)))
    twice = Track((*said.cues, Cue(12_000, 13_000, "Line 11")))
    assert refusal(collapse, twice) == (
        "operation",
        "These captions do not roll: few cues repeat the lines of the one before.",
    )


@pytest.mark.parametrize(
    ("do", "args", "position", "field", "message"),
    [
        (shift, [0], 1, "by", "The number of milliseconds is 0: no cue would move."),
        (shift, [-1500], 1, "by", "Cue 2 would begin before the start of the video."),
        (shift, [-1500], 3, "by", "Cue 3 would begin before a cue that stays where it is."),
        (shift, [10**16], 1, "by", "Cue 2 would be too late."),
        (shift, [5], 4, "from_position", "There are only 3 cues."),
        (
            stretch_rates,
            ["25", "25.0"],
            1,
            "to_rate",
            "Both rates are the same: no cue would move.",
        ),
        (
            stretch_rates,
            ["1e999999999", "25"],
            1,
            "from_rate",
            "A rate is a number from 1 to 1000, like 25 or 23.976.",
        ),
        (
            stretch_anchors,
            [[(5, 5), (5, 6)]],
            1,
            "anchors",
            "The two moments must not be the same.",
        ),
        (
            stretch_anchors,
            [[(0, 10), (10, 0)]],
            1,
            "anchors",
            "The later moment must stay the later one.",
        ),
        (
            stretch_anchors,
            [[(1000, 0), (2000, 2000)]],
            1,
            "anchors",
            None,
        ),
        (snap, [5], 1, "gap", "No gap between two cues is that short."),
    ],
)
def test_what_cannot_be_done_is_refused(do, args, position, field, message):
    track = Track((Cue(None, None, "none"), Cue(1000, 1400, "one"), Cue(2000, 2400, "two")))
    more = {} if do is snap else {"position": position}
    if message is None:
        # Cue 2 begins at the first anchor, which is to be 0.
        assert do(track, *args, **more).track.cues[1].start == 0
        return
    assert refusal(do, track, *args, **more) == (field, message)


def test_the_rates_of_television_are_exact():
    """23.976 is 24000/1001: within an hour the difference is what people see."""
    track = Track((Cue(1_001_000, 3_003_000, "late"),))
    made = stretch_rates(track, "23.976", "25")
    assert made.track.cues[0][:2] == (960_000, 2_880_000)
    assert made.note == "All cues stretched from 23.976 to 25 frames a second."
    assert stretch_rates(made.track, "25", "23.976").track == track

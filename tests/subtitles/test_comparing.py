"""What a diff says leads from the one track to the other, and tells what a reader would see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtitles.comparing import Kind, Words, apply, diff
from subtitles.formats import Cue, Span, Track
from subtitles.formats.model import ITALIC, Comment
from tests.examples import examples

# Few texts and times, so that much is alike.
TEXT = st.sampled_from(
    ["", "la", "la la", "Good morning", "Good\nmorning", "Good night, all", "夜"]
)
STYLED = TEXT.map(lambda text: (Span(text or "x", ITALIC), Span("!")))
TIME = st.none() | st.integers(0, 12).map(lambda n: n * 500)
CUE = st.builds(Cue, TIME, TIME, TEXT | STYLED, st.booleans(), st.sampled_from([None, "top"]))
TRACK = st.builds(
    Track,
    st.lists(CUE, max_size=40).map(tuple),
    st.sampled_from(["", "en"]),
    comments=st.just(()) | st.just((Comment(0, "by hand"),)),
)
FILM = [
    "The harbour wakes before the sun does",
    "and the first boats go out",
    "Nobody speaks on the water",
    "because the fish are listening",
    "A gull asks for its share",
]


def film(texts=FILM, step=2000):
    cues = [Cue(n * step, n * step + step - 200, text) for n, text in enumerate(texts)]
    return Track(tuple(cues))


def kinds(a, b):
    return [(each.kind, len(each.old), len(each.new)) for each in diff(a, b).differences()]


@given(TRACK, TRACK)
@examples(150)
def test_a_diff_leads_from_the_one_to_the_other(a, b):
    found = diff(a, b)
    assert apply(a, found) == b
    assert sum(found.totals.values()) == len(found.changes)
    # Every cue of either is in one change.
    olds = sorted(n for c in found.changes for n in range(c.first, c.first + len(c.old)))
    assert olds == list(range(len(a.cues)))
    news = [n for c in found.changes for n in range(c.place, c.place + len(c.new))]
    assert news == list(range(len(b.cues)))
    for change in found.changes:
        if change.old:
            assert a.cues[change.first : change.first + len(change.old)] == change.old
        pieces = Words().of(change)
        for cues, missing in ((change.old, "added"), (change.new, "removed")):
            told = "".join(word.text for word in pieces if word.op != missing)
            assert told.split() == " ".join(cue.text for cue in cues).split()


@given(TRACK)
@examples(50)
def test_nothing_is_different_from_itself(track):
    found = diff(track, track)
    assert not list(found.differences())
    assert found.totals[Kind.SAME] == len(track.cues)


def test_a_diff_of_another_track_is_not_applied():
    found = diff(film(), film(FILM[1:]))
    for other in (film(FILM[1:]), film([*FILM, "more"])):
        with pytest.raises(ValueError, match="another track"):
            apply(other, found)


def test_a_word_that_changed():
    found = diff(film(), film([*FILM[:2], "Nobody sings on the water", *FILM[3:]]))
    (change,) = found.differences()
    assert (change.kind, change.first, change.is_retimed) == (Kind.CHANGED, 2, False)
    assert Words().of(change) == [
        ("same", "Nobody "),
        ("removed", "speaks"),
        ("added", "sings"),
        ("same", " on the water"),
    ]
    assert found.totals[Kind.SAME] == 4


def test_other_times_alone():
    later = [cue._replace(start=cue.start + 40, end=cue.end + 40) for cue in film().cues]
    assert kinds(film(), Track(tuple(later))) == [(Kind.RETIMED, 1, 1)] * 5
    other = Track((Cue(0, 900, "la"),))
    assert kinds(other, Track((Cue(50, 950, (Span("la", ITALIC),)),))) == [(Kind.CHANGED, 1, 1)]


def test_a_cue_that_was_split_and_merged_again():
    (whole, *rest) = film().cues
    parts = (
        Cue(0, 900, "The harbour wakes"),
        Cue(900, whole.end, "before the sun does"),
    )
    split = Track((*parts, *rest))
    assert kinds(film(), split) == [(Kind.SPLIT, 1, 2)]
    assert kinds(split, film()) == [(Kind.MERGED, 2, 1)]
    (change,) = diff(film(), split).differences()
    assert not change.is_retimed
    assert Words().of(change) == [("same", whole.text)]


def test_a_cue_that_moved_came_and_went():
    a, b, c, d, e = FILM
    assert kinds(film(), film([b, c, d, e, a])) == [
        *[(Kind.RETIMED, 1, 1)] * 4,
        (Kind.MOVED, 1, 1),
    ]
    cues = film().cues
    assert kinds(film(), Track((*cues[:2], *cues[3:]))) == [(Kind.REMOVED, 1, 0)]
    assert kinds(Track((*cues[:2], *cues[3:])), film()) == [(Kind.ADDED, 0, 1)]
    # A first cue always starts a paragraph: that it is the first no longer is no change of it.
    opened = Track((cues[1]._replace(paragraph=True), *cues[2:]))
    assert kinds(opened, film()) == [(Kind.ADDED, 0, 1)]


def test_a_translation_is_seen_to_fill_in_its_timings():
    empty = film([""] * 60)
    words = film([f"Satz {n} auf Deutsch" for n in range(60)])
    assert kinds(empty, words) == [(Kind.CHANGED, 1, 1)] * 60
    # One more at the start moves none of the others.
    more = Track((Cue(-2000, -200, "neu"), *words.cues))
    assert kinds(empty, more) == [(Kind.ADDED, 0, 1), *[(Kind.CHANGED, 1, 1)] * 60]


@pytest.mark.parametrize("times", [True, False])
def test_hostile_tracks_take_no_more_work_a_cue(monkeypatch, times):
    """Thousands of cues that nothing tells apart: what is compared grows with their number."""
    from subtitles import comparing

    looked = []
    common = comparing._Window.__init__

    def counted(self, a, b):
        looked.append(len(a) * len(b))
        common(self, a, b)

    monkeypatch.setattr(comparing._Window, "__init__", counted)
    a = [
        Cue(n * 10 if times else None, n * 10 + 9 if times else None, "ab"[n % 2])
        for n in range(6000)
    ]
    b = [cue._replace(content="ba ab"[n % 5]) for n, cue in enumerate(a)]
    found = diff(Track(tuple(a)), Track(tuple(b[:5990])))
    assert sum(looked) <= 2 * comparing._CELLS
    assert sum(found.totals.values()) >= 5990


def test_the_words_of_long_texts_are_told_whole():
    a, b = "a b " * 20_000, "b a " * 20_000
    (change,) = diff(Track((Cue(0, 1, a),)), Track((Cue(0, 1, b),))).differences()
    words = Words().of(change)
    assert "".join(w.text for w in words if w.op != "added") == a
    assert "".join(w.text for w in words if w.op != "removed") == b


def test_what_is_gone_here_and_there_hides_no_other_cue():
    """Also of shifted cues, between which nothing else is alike."""
    lines = [f"Line {n * 7919 % 1000:03} {'abcdefg'[n % 7] * 9}" for n in range(300)]
    kept = [line for n, line in enumerate(lines) if n % 7]
    found = diff(film(["first", *lines, "last"]), film(["other", *kept, "another"], step=1900))
    totals = {kind: count for kind, count in found.totals.items() if count}
    # The first ones are shown at one time; the last ones have nothing in common.
    gone = len(lines) - len(kept) + 1
    expected = {Kind.RETIMED: len(kept), Kind.CHANGED: 1, Kind.REMOVED: gone, Kind.ADDED: 1}
    assert totals == expected

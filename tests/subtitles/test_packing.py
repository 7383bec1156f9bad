"""Versions share what they have in common, and each is read as it was written."""

import hashlib
import random
from dataclasses import replace
from io import StringIO

import pytest
import zstandard
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from subtitles import packing, queries, soundness, storage
from subtitles.formats import Comment, Cue, Span, Track, compact, dump
from subtitles.models import SubtitleVersion
from subtitles.services import delete_subtitles
from tests.factories import VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
TEXTS = st.binary(max_size=2000)


def film(seed=1, cues=300):
    """Lines that have nothing in common with each other."""
    words = random.Random(seed)
    return [Cue(n * 2000, n * 2000 + 1800, words.randbytes(20).hex()) for n in range(cues)]


def edited(cues, seed):
    words = random.Random(seed)
    cues = list(cues)
    for _ in range(len(cues) // 30):
        place = words.randrange(len(cues))
        cues[place] = cues[place]._replace(content=words.randbytes(20).hex())
    return cues


@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_a_chain_is_read_as_it_was_written(texts):
    chain, before = [], None
    for text in texts:
        kept = storage.compressed(text, before)
        before = storage.Plain(text, kept.depth)
        chain = [*chain[-kept.depth :], kept.blob] if kept.depth else [kept.blob]
        assert storage.plain(chain) == text
        assert len(chain) == kept.depth + 1 <= storage.WHOLE_EVERY


@pytest.mark.parametrize("cues", [30, 3000, 40_000])
def test_an_edit_takes_the_room_of_an_edit(cues):
    """Also in a text that is far longer than compression usually looks back."""
    first = storage.pack(Track(tuple(film(cues=cues))))
    plain = storage.Plain(storage.plain([first.cues]), 0)
    changed = storage.pack(Track(tuple(edited(film(cues=cues), 2))), plain)
    assert changed.depth == 1
    assert len(changed.cues) < len(first.cues) / 8


@pytest.fixture
def heavily_edited(ana):
    """The pk of each version of a language, by its number, and what was sent."""
    video, cues, sent = VideoFactory(user=ana), film(), {}
    for number in range(1, 24):
        cues = edited(cues, number)
        track = Track(tuple(cues))
        # A language is given up and begun again.
        if number == 13:
            delete_subtitles(video.subtitle_languages.get(), actor=ana)
        text = dump(track, "dfxp")
        version = add_subtitles(video, text=text, source_format="dfxp", source=text)
        sent[version.pk] = dump(track, "srt")
    return video, sent


def depths(column="cues_depth"):
    return list(SubtitleVersion.objects.order_by("pk").values_list(column, flat=True))


def size():
    rows = SubtitleVersion.objects.values_list("cues", "source")
    return sum(len(blob or b"") for row in rows for blob in row)


def whole():
    """As versions were stored before they shared anything."""
    for version in SubtitleVersion.objects.order_by("-pk"):
        for column in ("cues", "source"):
            held = queries.plain(column, version.pk)
            setattr(version, column, held and zstandard.compress(held.data))
        SubtitleVersion.objects.filter(pk=version.pk).update(
            cues=version.cues, source=version.source, cues_depth=0, source_depth=0
        )


def test_every_version_is_read_in_one_statement(heavily_edited, django_assert_num_queries):
    _, sent = heavily_edited
    assert depths() == depths("source_depth") == [*range(10), *range(2), *range(10), 0]
    for pk, srt in sent.items():
        with django_assert_num_queries(1):
            track = queries.track_of(pk)
        assert dump(track, "srt") == srt
        assert queries.plain("source", pk).data.startswith(b"<?xml")


def test_what_was_stored_whole_is_packed(heavily_edited):
    _, sent = heavily_edited
    packed, was = depths(), size()
    whole()
    assert size() > 4 * was
    out = StringIO()
    call_command("compact_versions", stdout=out)
    assert out.getvalue().startswith("Languages packed: 1. Bytes: ")
    # Deleted versions help as well as others.
    assert depths() == [n % 10 for n in range(23)] != packed
    assert size() < was
    assert [dump(queries.track_of(pk), "srt") for pk in sent] == list(sent.values())
    out = StringIO()
    call_command("compact_versions", stdout=out)
    assert out.getvalue() == "Languages packed: 0. Bytes: 0 before, 0 now.\n"


def test_where_nothing_is_to_be_won_is_found_out_once(ana):
    """Versions so short that none helps another are not looked at again each time."""
    video = VideoFactory(user=ana)
    for number in range(6):
        add_subtitles(video, text=f"1\n00:00:01,000 --> 00:00:02,000\n{number}\n")
    assert depths() == [0] * 6
    assert packing.loose() == [video.subtitle_languages.get().pk]
    call_command("compact_versions", stdout=StringIO())
    assert depths() == [0] * 6
    assert packing.loose() == []
    # One more is not worth a look either; what was brought in whole since then is.
    add_subtitles(video)
    assert packing.loose() == []
    for number in range(4):
        add_subtitles(video, text=dump(Track(tuple(edited(film(), number))), "srt"))
    whole()
    assert packing.loose() == [video.subtitle_languages.get().pk]


def test_a_damaged_language_is_left_as_it_is(heavily_edited):
    whole()
    SubtitleVersion.objects.filter(version_number=7).update(digest="0" * 64)
    before = list(SubtitleVersion.objects.order_by("pk").values())
    with pytest.raises(CommandError, match="is left as it is: version"):
        call_command("compact_versions", stdout=StringIO())
    assert list(SubtitleVersion.objects.order_by("pk").values()) == before


def test_one_that_goes_while_they_are_packed_is_not_missed():
    assert packing.pack_language(999) == (0, 0)


# A version as it was stored until November 2026, and what it says.
OF_ROWS = (
    '["track/1",[[0,1000,"One",1],[2000,3000,["and ",["two",2],["!",0,"#ff0000"]]],'
    '[null,null,"\u2013",0,"top",null,"c3"],[4000,5000,"four",0,null,"left",null,""]],'
    '{"language":"en","title":"Film","comments":[[1,"why"]]}]'
).encode()
ITS_TRACK = Track(
    (
        Cue(0, 1000, "One", True),
        Cue(2000, 3000, (Span("and "), Span("two", 2), Span("!", 0, "#ff0000"))),
        Cue(None, None, "\u2013", False, "top", None, "c3"),
        Cue(4000, 5000, "four", False, None, "left", None, ""),
    ),
    language="en",
    title="Film",
    comments=(Comment(1, "why"),),
)


def test_what_was_stored_by_rows_is_read_and_is_the_same_subtitles(ana):
    video = VideoFactory(user=ana)
    old = add_subtitles(video, track=ITS_TRACK)
    now = queries.plain("cues", old.pk).data
    assert not compact.of_rows(now)
    digest = hashlib.sha256(OF_ROWS).hexdigest()
    SubtitleVersion.objects.filter(pk=old.pk).update(
        cues=zstandard.compress(OF_ROWS), digest=digest
    )
    assert queries.track_of(old.pk) == ITS_TRACK
    for format in ("json", "srt", "vtt", "dfxp"):
        kept = storage.rendered(storage.columns(OF_ROWS), format)
        assert kept == storage.rendered(storage.columns(now), format)
    # The digest says whether a version is like the one before.
    same = add_subtitles(video, track=ITS_TRACK)
    assert same.digest == digest
    changed = replace(ITS_TRACK, title="Another film")
    assert compact.of_rows(queries.plain("cues", same.pk).data)
    other = add_subtitles(video, track=changed)
    assert not compact.of_rows(queries.plain("cues", other.pk).data)
    assert queries.tracks_of([old.pk, same.pk, other.pk]) == [ITS_TRACK, ITS_TRACK, changed]
    assert list(soundness.findings()) == []
    call_command("compact_versions", stdout=StringIO())
    assert queries.tracks_of([old.pk, same.pk, other.pk]) == [ITS_TRACK, ITS_TRACK, changed]


def test_subtitles_may_follow_damaged_ones():
    after = storage.pack(ITS_TRACK, storage.Plain(b'["track/1",[[0]]]', 0))
    assert storage.unpack(storage.plain([after.cues])) == ITS_TRACK


@pytest.mark.parametrize(
    "damaged",
    [
        '["track/3",[],[],[]]',
        '["track/2",[0],[],["One"]]',
        '["track/2",[0],[1]]',
        "[]",
    ],
)
def test_what_is_no_track_is_not_read_as_one(damaged):
    with pytest.raises(ValueError):
        storage.unpack(damaged.encode())

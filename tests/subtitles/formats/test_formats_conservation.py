"""An upload that is taken holds every word that was in the file, however damaged the file is.

The samples are damaged line by line and byte by byte. What was a word of the track before must
then be in the cues, once for each time it stands in the file, or in what is said of the upload;
or the file is refused with the line. Which words are in a file is found out by splitting it at
everything that is no letter, so that no reader has a say in it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from subtitles.formats import FormatError, Track, load
from subtitles.formats.model import Notes, Rules
from subtitles.formats.sbv import _carefully as sbv_carefully
from subtitles.formats.sbv import _quickly as sbv_quickly
from subtitles.formats.srt import _Careful, _quickly
from subtitles.formats.text import read
from tests.examples import examples

FOLDER = Path(__file__).parent / "samples"
FORMATS = ("srt", "vtt", "sbv", "txt", "json")
SAMPLES = sorted(
    (name, path.name)
    for name in FORMATS
    for path in (FOLDER / name).iterdir()
    if path.name.count(".") == 1
)
many = examples(150)

_WORD = re.compile(r"[^\W\d_]{3,}")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_MARKUP = re.compile(r"</?(?:[biu]|font[^<>]*|c(?:\.[\w.]*)?|v\b[^<>]*|ruby|rt)>", re.I)
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}[,.][0-9]{3}[^\n]*->")

STRAY = (
    " ",
    "\t",
    "\n",
    "\n\n",
    "x",
    "7",
    "-",
    "<",
    ">",
    "&",
    "{",
    "\x01",
    "\u200e",
    "\u00a0",
    ":",
    ",",
    ".",
)
ARROWS = ("->", "→", "--&gt;", "—>", "-->\t", "=>", "-- >")


def words(text: str) -> list[str]:
    return _WORD.findall(_MARKUP.sub("", _CONTROLS.sub("", text)))


def text_of(name: str, file: str) -> str:
    """The sample as text, whatever it is encoded in."""
    data = (FOLDER / name / file).read_bytes()
    return read(data)[0]


def known_words(name: str, text: str) -> set[str]:
    """The words that only the subtitles say: not the names of tags, settings and members."""
    told = Counter(words("\n".join(cue.text for cue in load(text, name).cues)))
    return {word for word, count in told.items() if Counter(words(text))[word] == count}


def said(track: Track) -> str:
    """Where a word may be that is not in a cue: what a cue is called, who speaks, remarks."""
    parts = [note.text for note in track.notes] + [comment.text for comment in track.comments]
    for cue in track.cues:
        parts.append(cue.id or "")
        parts += [span.voice or "" for span in cue.spans]
    return "\n".join(parts)


@st.composite
def damage(draw: st.DrawFn, text: str) -> str:
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(
            st.sampled_from(
                ("delete", "double", "move", "stray", "blank", "cut", "arrow", "spaced", "swap")
            )
        )
        if kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "move":
            line = lines.pop(at)
            lines.insert(draw(st.integers(0, len(lines))), line)
        elif kind == "stray":
            place = draw(st.integers(0, len(lines[at])))
            stray = draw(st.sampled_from(STRAY))
            lines[at] = lines[at][:place] + stray + lines[at][place:]
        elif kind == "blank":
            lines.insert(at, draw(st.sampled_from(("", " ", "\t", "\u00a0"))))
        elif kind == "cut":
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
            del lines[at + 1 :]
        elif kind == "arrow":
            lines[at] = lines[at].replace("-->", draw(st.sampled_from(ARROWS)))
        elif kind == "spaced":
            lines = [part for line in lines for part in (line, "")]
        else:
            lines[at] = (
                lines[at].replace(",", ".") if "," in lines[at] else lines[at].replace(".", ",")
            )
    return draw(st.sampled_from(("\n", "\n", "\r\n", "\r"))).join("\n".join(lines).split("\n"))


@pytest.mark.parametrize(("name", "file"), SAMPLES)
class TestConservation:
    @many
    @given(data=st.data())
    def test_every_word_is_kept_or_told_or_the_file_is_refused(
        self, name: str, file: str, data: st.DataObject
    ) -> None:
        text = text_of(name, file)
        known = known_words(name, text)
        damaged = data.draw(damage(text))
        encoding = data.draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le")))
        note(damaged)
        for salvage in (False, True):
            try:
                track = load(
                    damaged.encode(encoding),
                    name,
                    whole=True,
                    salvage=salvage,
                    charset=(None if encoding.startswith("utf-8") else encoding),
                )
            except FormatError as error:
                assert error.line or name == "json" or not words(damaged), error
                continue
            there = [word for word in words(damaged) if word in known]
            texts = "\n".join(cue.text for cue in track.cues)
            kept = [word for word in words(texts) if word in known]
            told = [word for word in words(said(track)) if word in known]
            assert not Counter(kept) - Counter(there)  # nothing twice
            assert not Counter(there) - Counter(kept) - Counter(told)  # nothing lost
            if name != "json":  # which has an order of its own
                rest = iter(there)
                assert all(word in rest for word in kept)  # in order
            assert not _TIME.search(texts)


@pytest.mark.parametrize("file", [file for name, file in SAMPLES if name == "srt"])
@many
@given(data=st.data())
def test_the_quick_way_through_srt_reads_what_the_careful_one_reads(
    file: str, data: st.DataObject
) -> None:
    text = data.draw(damage(text_of("srt", file))).replace("\r\n", "\n").replace("\r", "\n")
    for whole in (False, True):
        rules = Rules(whole=whole)
        quick = _quickly(text, Notes("srt", rules))
        if quick is not None:
            assert quick == _Careful(text, Notes("srt", rules)).cues()


@pytest.mark.parametrize("file", [file for name, file in SAMPLES if name == "sbv"])
@many
@given(data=st.data())
def test_the_quick_way_through_sbv_reads_what_the_careful_one_reads(
    file: str, data: st.DataObject
) -> None:
    text = data.draw(damage(text_of("sbv", file))).replace("\r\n", "\n").replace("\r", "\n")
    quick = sbv_quickly(text)
    if quick is not None:
        assert quick == sbv_carefully(text, Notes("sbv", Rules(whole=True)))

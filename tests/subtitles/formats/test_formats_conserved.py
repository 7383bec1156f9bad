"""Whatever is done to a DFXP or SSA file: each word is stored, or told, or the file is refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtitles.formats import FormatError, Track, load
from tests.examples import examples

FOLDER = Path(__file__).parent / "samples"
CHARSETS = {"cyrillic.ssa": "cp1251", "broadcast.xml": "iso-8859-1"}
# What no cue of a sample says; one that does has made text of what was none.
STRUCTURE = re.compile(
    r"Dialogue:[^,:]*,?\d+:\d+:\d|Format: [A-Z]|\[Script Info\]|</?(?:p|div|span)\b"
)
STRAY = (
    b"\x07", b"\xe9", b"\xc3\xa9", b"<", b">", b"&", b"{", b"}", b"\\", b'"', b",", b":", b"0",
    b"x", b"\n", b"\r", b"[", b"]", b";", b"!", b"/", b"-", b"=",
)  # fmt: skip
HARM = ("delete", "double", "move", "join", "blank", "stray", "cut", "ends")
BLANKS = (b" ", b"  ", b"\t", b"\n", b"\n\n", b" \n ", b"\xc2\xa0")


def words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[^\W\d_]{3,}", text)]


class Sample:
    """A file, and those of its words that stand in its subtitles alone, each as often as there."""

    def __init__(self, path: Path) -> None:
        self.name, self.format = path.name, path.parent.name
        self.data = path.read_bytes()
        self.charset = CHARSETS.get(self.name, "utf-8")
        text = spoken(self.read(self.data, False))
        self.traced = set(words(text))
        shown, held = Counter(self.trace(text)), Counter(self.held(self.data))
        self.traced = {word for word, count in shown.items() if held[word] == count}
        assert self.trace(text) == self.held(self.data)
        assert len(self.traced) >= 3

    def read(self, data: bytes, salvage: bool) -> Track:
        return load(data, self.format, whole=True, salvage=salvage, charset=self.charset)

    def trace(self, text: str) -> list[str]:
        """The words we follow, in order; tags do not end a word, so neither does anything here."""
        longest_first = sorted(self.traced, key=len, reverse=True)
        return re.findall("|".join(longest_first), text.lower())

    def held(self, data: bytes) -> list[str]:
        # Control characters are dropped without a word.
        return self.trace(data.replace(b"\x07", b"").decode(self.charset, "replace"))


def spoken(track: Track) -> str:
    return "\n".join(f"{span.text} {span.ruby or ''}" for cue in track.cues for span in cue.spans)


SAMPLES = [
    Sample(path)
    for folder in ("dfxp", "ssa")
    for path in sorted((FOLDER / folder).iterdir())
    # Its times show some words twice.
    if path.suffix != ".json" and path.name != "sequence.dfxp"
]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 2))):
        lines = data.splitlines(keepends=True) or [b""]
        at = draw(st.integers(0, len(lines) - 1))
        place = draw(st.integers(0, len(data)))
        what = draw(st.sampled_from(HARM))
        if what == "delete":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "move":
            moved = lines.pop(at)
            lines.insert(draw(st.integers(0, len(lines))), moved)
        elif what == "join":
            lines[at] = lines[at].rstrip(b"\r\n") + b" "
        if what in ("blank", "stray"):
            data = (
                data[:place]
                + draw(st.sampled_from(BLANKS if what == "blank" else STRAY))
                + data[place:]
            )
        elif what == "cut":
            data = data[:place]
        elif what == "ends":
            end = draw(st.sampled_from((b"\r", b"\n", b"\r\n", b"\n\n", b"\n\r\n")))
            data = b"\n".join(data.splitlines()).replace(b"\n", end)
        else:
            data = b"".join(lines)
    return data


@pytest.mark.parametrize("salvage", [False, True])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
@examples(60)
@given(data=st.data())
def test_no_word_is_lost_and_none_is_made(
    sample: Sample, salvage: bool, data: st.DataObject
) -> None:
    raw = data.draw(damaged(sample.data))
    try:
        track = sample.read(raw, salvage)
    except FormatError as error:
        assert error.line is not None, error
        return
    text = spoken(track)
    assert not STRUCTURE.search(text), track.notes
    there, kept = sample.held(raw), sample.trace(text)
    told = Counter(sample.trace("\n".join(note.text for note in track.notes)))
    missing = Counter(there)
    missing.subtract(kept)
    assert min(missing.values(), default=0) >= 0, "stored more often than it is there"
    assert not {w: n for w, n in missing.items() if n > told[w]}, track.notes
    order = iter(there)
    assert all(word in order for word in kept), "out of order"

"""Whole files as people have them, and what each of them says; samples/README.md tells why."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from subtitles.formats import FORMATS, Span, Track, detect, dump, load

FOLDER = Path(__file__).parent / "samples"
FILES = sorted(f.relative_to(FOLDER).as_posix() for f in FOLDER.glob("*/*") if f.is_file())
SAMPLES = [name for name in FILES if name.count(".") == 1]
# Their first lines are another format's.
MISTAKEN = {"vtt/unsigned.vtt": "srt"}


def format_of(name: str) -> str:
    return name.partition("/")[0]


def read(name: str) -> Track:
    return load((FOLDER / name).read_bytes(), format_of(name))


def run(span: Span) -> list[Any]:
    items = list(span)
    while len(items) > 1 and not items[-1]:
        items.pop()
    return items


def said(track: Track) -> dict[str, Any]:
    """A track in the words of the expectations."""
    cues = dict(enumerate(track.cues))
    told = {
        "cues": [[c.start, c.end, c.text] for c in track.cues],
        "looks": {
            str(n): [run(s) for s in c.spans] for n, c in cues.items() if c.content != c.text
        },
        "top": [n for n, c in cues.items() if c.region == "top"],
        "align": {str(n): c.align for n, c in cues.items() if c.align},
        "paragraphs": [n for n, c in cues.items() if c.paragraph and n],
        "ids": {str(n): c.id for n, c in cues.items() if c.id},
        "settings": {str(n): c.settings for n, c in cues.items() if c.settings},
        "notes": [note.text for note in track.notes],
        "comments": [list(comment) for comment in track.comments],
        "language": track.language,
        "title": track.title,
        "description": track.description,
    }
    return {key: value for key, value in told.items() if value}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_reads_as_expected(name: str) -> None:
    assert said(read(name)) == json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", SAMPLES)
def test_its_format_is_told(name: str) -> None:
    assert detect((FOLDER / name).read_bytes()) == MISTAKEN.get(name, format_of(name))


@pytest.mark.parametrize(
    ("name", "format"),
    [
        (name, format)
        for name in SAMPLES
        for format in dict.fromkeys((format_of(name), "vtt", "dfxp"))
        if FORMATS[format].dump
    ],
)
def test_words_and_times_survive(name: str, format: str) -> None:
    track = read(name)
    again = load(dump(track, format), format)
    assert [c.text for c in again.cues] == [c.text for c in track.cues]
    near = 5 if format == "ssa" else 0
    for cue, other in zip(track.cues, again.cues, strict=True):
        for was, now in zip(cue[:2], other[:2], strict=True):
            assert now == was or (None not in (was, now) and abs(now - was) <= near)


def test_every_sample_has_an_expectation_and_a_word_why() -> None:
    named = re.findall(r"^- `([^`]+)`: \w", (FOLDER / "README.md").read_text("utf-8"), re.M)
    assert sorted(named) == SAMPLES
    assert sorted([*SAMPLES, *(f"{name}.json" for name in SAMPLES)]) == FILES
    assert {format_of(name) for name in SAMPLES} == FORMATS.keys() - {"ass", "ttml", "xml"}

# ruff: noqa: E501 - tables of samples read better unbroken
"""SSA and ASS as an upload: what styles and codes look like, and lines that are none of theirs."""

from __future__ import annotations

import re

import pytest

from subtitles.formats import FormatError, Span, Track, load
from subtitles.formats.markup import Overrides

STYLES = (
    "[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Underline, Alignment\n"
)
EVENTS = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
SHORT = "Dialogue: 0,0:00:01.00,0:00:02.00,{},,0,0,0,,{}\n"
LINE = SHORT.format("Default", "x")
INFO = "[Script Info]\nScriptType: v4.00+\n\n"


def ass(lines: str, styles: str = "") -> str:
    return f"{INFO}{STYLES}{styles}\n[Events]\n{EVENTS}{lines}"


def whole(text: str, **rules: bool) -> Track:
    return load(text, "ass", whole=True, **rules)


def look(styles: str, style: str, text: str = "x") -> object:
    return whole(ass(SHORT.format(style, text), styles)).cues[0].content


COLORS = [
    ("&H0000FFFF", "#ffff00"), ("&H00FFFF&", "#ffff00"), ("&hff0000", "#0000ff"), ("&HFF", "#ff0000"),
    ("&H80FF8000", "#0080ff"), ("65535", "#ffff00"), ("255", "#ff0000"), ("-16711681", "#ffff00"),
    ("&H00FFFFFF", None), ("16777215", None), ("-1", None), ("", None), ("yellow", None), ("0", "#000000"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "color"), COLORS)
def test_the_colour_of_a_style(said: str, color: str | None) -> None:
    content = look(f"Style: A,Arial,20,{said},0,0,0,2\n", "A")
    assert content == ((Span("x", 0, color),) if color else "x")


@pytest.mark.parametrize(
    ("flags", "style"),
    [("-1,0,0", 1), ("1,0,0", 1), ("0,-1,0", 2), ("0,0,-1", 4), ("-1,-1,-1", 7), ("0,0,0", 0)],
)
def test_the_letters_of_a_style(flags: str, style: int) -> None:
    content = look(f"Style: A,Arial,20,&H0000FFFF,{flags},2\n", "*A")
    assert content == (Span("x", style, "#ffff00"),)


GENERAL = "Style: Default,Arial,20,&H0000FFFF,-1,0,0,2\n"
SAME = "Style: A,Arial,20,&H0000FFFF,0,0,0,2\n"
WHITE = "Style: W,Arial,20,&H00FFFFFF,0,0,0,2\n"


@pytest.mark.parametrize("styles", [GENERAL + SAME + WHITE, WHITE + SAME + GENERAL])
@pytest.mark.parametrize("style", ["Default", "*Default", "A", "W"])
def test_what_everything_looks_like_is_no_emphasis(styles: str, style: str) -> None:
    assert look(styles, style) == "x"


TWO = "Style: A,Arial,20,&H0000FFFF,-1,0,0,2\nStyle: B,Arial,20,&H000000FF,0,-1,0,2\n"
CODES = [
    (r"a{\c&HFF0000&}b{\c}c", [("a", 1, "#ffff00"), ("b", 1, "#0000ff"), ("c", 1, "#ffff00")]),
    (r"a{\1c&HFF0000&}b{\1c}c", [("a", 1, "#ffff00"), ("b", 1, "#0000ff"), ("c", 1, "#ffff00")]),
    (r"a{\c&HFFFFFF&}b", [("a", 1, "#ffff00"), ("b", 1, None)]),
    (r"a{\rB}b{\r}c", [("a", 1, "#ffff00"), ("b", 2, "#ff0000"), ("c", 1, "#ffff00")]),
    (r"a{\rNone}b", [("ab", 1, "#ffff00")]),
    (r"a{\rDefault}b", [("a", 1, "#ffff00"), ("b", 0, None)]),
    (r"a{\b0}b{\b}c", [("a", 1, "#ffff00"), ("b", 0, "#ffff00"), ("c", 1, "#ffff00")]),
    (r"{\i1\c&H00FF00&}a{\r}b", [("a", 3, "#00ff00"), ("b", 1, "#ffff00")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "runs"), CODES)
def test_codes_go_back_to_the_style(text: str, runs: list[tuple[str, int, str | None]]) -> None:
    default = "Style: Default,Arial,20,&H00FFFFFF,0,0,0,2\n"
    content = look(default + TWO, "A", text)
    assert content == tuple(Span(*run) for run in runs)


def test_without_styles_codes_go_back_to_nothing() -> None:
    state = Overrides()
    state.apply(r"\b1\c&H0000FF&")
    assert (state.style, state.color) == (1, "#ff0000")
    state.apply(r"\c")
    assert (state.style, state.color) == (1, None)
    state.apply(r"\rX")
    assert (state.style, state.color) == (0, None)


UNKEPT = [
    (r"{\s1}x{\s0}", "strike-out"),
    (r"{\pos(10,20)}x", "positions"),
    (r"{\move(1,2,3,4)\org(1,1)}x", "positions"),
    (r"{\k20}x", "karaoke"),
    (r"{\kf20\K5}x", "karaoke"),
    (r"{\fnComic Sans\fs20\fscx120}x", "fonts"),
    (r"{\fad(1,2)\blur2\3c&H0000FF&\t(0,5,\frz30)}x", "effects"),
    (r"{not said aloud}x", "not said aloud"),
    (r"{\p1}m 0 0 l 10 10{\p0}x", "drawings"),
]


@pytest.mark.parametrize(("text", "word"), UNKEPT)
def test_what_no_track_holds_is_told_once(text: str, word: str) -> None:
    track = whole(ass(SHORT.format("Default", text) * 3))
    assert [cue.text for cue in track.cues] == ["x"] * 3
    assert len(track.notes) == 1
    assert word in track.notes[0].text
    assert "3 times" in track.notes[0].text


def test_what_is_kept_needs_no_word() -> None:
    text = r"{\an8\i1\b700\u1\c&H0000FF&\rA\a6}x\Ny\h{\r}\{z\}"
    assert not whole(ass(SHORT.format("A", text), TWO)).notes


@pytest.mark.parametrize(
    "lines",
    [
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,check this\n",
        "; a remark\n!: another\n",
        "Picture: 0,0:00:00.00,0:00:01.00,,,0,0,0,,a.bmp\n",
    ],
)
def test_other_lines_of_the_format_are_no_text(lines: str) -> None:
    assert [cue.text for cue in whole(ass(lines + LINE + lines)).cues] == ["x"]


FILES = "[Fonts]\nfontname: a_0.ttf\n!#%'[M9*$Z8P\n[M9*$Z8P;!:\n;!!\n\n[Graphics]\nfilename: b.bmp\n#0$%&'\n\n"


def test_files_within_the_file_are_skipped_with_a_word() -> None:
    track = whole(FILES + ass(LINE))
    assert [cue.text for cue in track.cues] == ["x"]
    assert [note.line for note in track.notes] == [1, 7]


LOST = [
    "left on its own\n",
    "[left on its own\n",
    "Said: left on its own\n",
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,left on its own\n",
    "Dialogue: 0,0:00:01.00,soon,Default,,0,0,0,,left on its own\n",
    "Dialogue: 0,0:00: 01.00,0:00:02.00,Default,,0,0,0,,left on its own\n",
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,0,0,0,left on its own,and more\n",
    "Dialogue: zero,0:00:01.00,0:00:02.00,Default,,0,0,0,,left on its own\n",
    "Dial ogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,left on its own\n",
    "0,0:00:01.00,0:00:02.00,Default,,0,0,0,,left on its own\n",
    r"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,y{\p1}m 0 0{\x0}left on its own" + "\n",
    r"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,y{\i1left on its own{\i0}" + "\n",
    "Format: Layer, Begin, Finish, left on its own\n",
    "[Fonts]\nleft on its own\n",
    "[My own section]\nleft on its own\n",
]
HEADS = ["[Script Info]\nleft on its own\n", "[V4+ Styles]\nleft on its own\n"]


@pytest.mark.parametrize("lines", LOST)
@pytest.mark.parametrize("first", [True, False])
def test_a_line_that_has_no_place_is_an_error(lines: str, first: bool) -> None:
    text = ass(LINE + lines + LINE) if not first else lines + ass(LINE)
    at = text[: text.index("left on its own")].count("\n") + 1
    with pytest.raises(FormatError) as caught:
        whole(text)
    assert caught.value.line == at
    track = whole(text, salvage=True)
    assert not any("left on" in cue.text for cue in track.cues)
    assert any("left" in note.text and note.line == at for note in track.notes)


@pytest.mark.parametrize("lines", HEADS)
@pytest.mark.parametrize("first", [True, False])
def test_a_line_among_settings_is_no_text_but_told(lines: str, first: bool) -> None:
    text = ass(LINE) + lines if not first else lines + ass(LINE)
    at = text[: text.index("left on its own")].count("\n") + 1
    track = whole(text)
    assert [cue.text for cue in track.cues] == ["x"]
    assert (at, "a line that is not known, not kept: left on its own") in {
        (note.line, note.text) for note in track.notes
    }


def test_a_player_passes_over_what_has_no_place() -> None:
    assert load(ass(LINE + "left on its own\n" + LINE), "ass").cues


def test_a_code_that_is_cut_off_is_not_taken_for_words() -> None:
    text = ass(LINE + SHORT.format("Default", r"so {\i"))
    with pytest.raises(FormatError, match="never closed") as caught:
        whole(text)
    assert caught.value.line == text.count("\n")
    assert [cue.text for cue in whole(ass(SHORT.format("Default", r"C:\dir {open"))).cues] == [
        r"C:\dir {open"
    ]


def test_a_line_end_that_is_missing_is_put_back() -> None:
    text = ass(LINE + LINE.rstrip().replace("x", "one. ") + LINE.replace("x", "two"))
    assert [cue.text for cue in whole(text).cues] == ["x", "one.", "two"]
    assert "read as two" in whole(text).notes[0].text
    told = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,a Dialogue: or a [Events] in it\n"
    assert whole(ass(told)).cues[0].text == "a Dialogue: or a [Events] in it"


@pytest.mark.parametrize("gone", ["[Events]\n", EVENTS, "[V4+ Styles]\n", "[Script Info]\n", INFO])
def test_headings_that_are_missing_change_no_text(gone: str) -> None:
    lines = SHORT.format("A", "one, two") + SHORT.format("B", "three")
    text = ass(lines, TWO).replace(gone, "")
    assert [cue.text for cue in whole(text).cues] == ["one, two", "three"]
    assert whole(text).cues[0].content == (Span("one, two", 1, "#ffff00"),)


def test_columns_are_followed_and_those_not_known_told() -> None:
    text = (
        "[Events]\nFormat: Text, Style, End, Mood, Start, Actor\n"
        "Dialogue: hello,Default,0:00:02.00,glad,0:00:01.00,Ann\n"
    )
    track = whole(text)
    assert track.cues[0][:2] == (1000, 2000)
    assert track.cues[0].content == (Span("hello", voice="Ann"),)
    assert "glad" in track.notes[0].text
    with pytest.raises(FormatError):
        whole(text.replace(",glad", ""))


@pytest.mark.parametrize("name", ["dialogue", "DIALOGUE", "Dialogue "])
def test_names_of_lines_in_any_case(name: str) -> None:
    assert [c.text for c in whole(ass(LINE.replace("Dialogue", name))).cues] == ["x"]


@pytest.mark.parametrize("text", ["", "\n\n", INFO, "[Events]\n" + EVENTS])
def test_a_file_without_subtitles_is_an_error_with_a_line(text: str) -> None:
    with pytest.raises(FormatError, match="no subtitles") as caught:
        whole(text)
    assert caught.value.line == 1


def test_words_told_are_whole() -> None:
    text = ass("a very long line of somebody's own " * 30 + "\n" + LINE)
    note = whole(text, salvage=True).notes[0].text
    assert len(re.findall("somebody", note)) == 30

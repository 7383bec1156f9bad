# ruff: noqa: E501 - tables of samples read better unbroken
"""TTML as an upload: its times, looks and languages; and what is no subtitle, or none that shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as trees  # noqa: TID251 - ttconv's own reader asks for a tree

import pytest
import ttconv.imsc.reader
import ttconv.isd
import ttconv.model
from hypothesis import given
from hypothesis import strategies as st
from ttconv.style_properties import DisplayType, StyleProperties, VisibilityType

from subtitles.formats import FormatError, Span, Track, load
from tests.examples import examples

HEAD = '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:x="urn:x" '


def tt(body: str, attributes: str = "", styling: str = "", layout: str = "") -> str:
    head = f"<head><styling>{styling}</styling><layout>{layout}</layout></head>"
    return f"{HEAD}{attributes}>\n{head}\n<body>{body}</body></tt>"


def div(content: str, **parts: str) -> str:
    return tt(f"<div>{content}</div>", **parts)


def whole(text: str | bytes, language: str | None = None) -> Track:
    return load(text, "dfxp", whole=True, language=language)


def salvaged(text: str) -> Track:
    return load(text, "dfxp", whole=True, salvage=True)


def shown(track: Track) -> list[tuple[int | None, int | None, str]]:
    return [(c.start, c.end, c.text) for c in track.cues]


# -- times

FILM = 'ttp:timeBase="smpte" ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001" '
NTSC = 'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" '
TIMES = [
    # Frames are counted at the nominal rate and take the time of the true one.
    (FILM + 'ttp:dropMode="nonDrop"', "02:00:00:00", 7_207_200),
    (FILM, "00:00:10:12", 10_511),
    (NTSC + 'ttp:dropMode="nonDrop"', "00:10:00:00", 600_600),
    (NTSC + 'ttp:dropMode="dropNTSC"', "00:10:00:00", 600_000 - 1),
    (NTSC + 'ttp:dropMode="dropNTSC"', "00:01:00:02", 60_060),
    (NTSC + 'ttp:dropMode="drop"', "02:00:00:00", 7_199_993),
    (NTSC, "02:00:00;00", 7_199_993),
    (NTSC + 'ttp:dropMode="nonDrop"', "00:10:00;00", 600_600),
    (NTSC + 'ttp:dropMode="dropPAL"', "00:02:00:04", 120_120),
    ('ttp:timeBase="smpte" ttp:frameRate="25"', "01:00:00:05", 3_600_200),
    ('ttp:timeBase="smpte" ttp:frameRate="24" ttp:frameRateMultiplier="999 1000"', "00:16:39:00", 1_000_000),
    ('ttp:timeBase="smpte" ttp:frameRate="24" ttp:frameRateMultiplier="1000:1001"', "00:01:40:00", 100_100),
    ('ttp:timeBase="smpte" ttp:frameRate="25" ttp:frameRateMultiplier="1 1"', "00:00:01:05", 1200),
    ('ttp:timeBase="smpte"', "00:00:01;15", 1500),
    # With the time base of media a clock is a clock.
    ('ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"', "01:00:00:12", 3_600_501),
    ('ttp:frameRate="25"', "00:00:01;05", 1200),
    ('ttp:frameRate="25" ttp:subFrameRate="4"', "00:00:01:05.2", 1220),
    ('ttp:frameRate="29.97"', "2997f", 99_999 + 1),
    ('ttp:frameRate="50" ttp:tickRate="1000"', "1500t", 1500),
    ("", "75f", 2500),
]  # fmt: skip


@pytest.mark.parametrize(("rates", "time", "ms"), TIMES)
def test_frames(rates: str, time: str, ms: int) -> None:
    track = whole(div(f'<p begin="{time}">x</p>', attributes=rates))
    assert shown(track) == [(ms, None, "x")]


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 29))
@examples(60)
def test_drop_frames_keep_to_the_clock_and_never_go_back(h: int, m: int, s: int, f: int) -> None:
    skipped = not s and f < 2 and m % 10
    moment = f"{h:02}:{m:02}:{s:02}:{f + 2 if skipped else f:02}"
    track = whole(div(f'<p begin="{moment}">x</p>', attributes=NTSC + 'ttp:dropMode="dropNTSC"'))
    start = track.cues[0].start
    clock = ((h * 60 + m) * 60 + s) * 1000 + f * 1001 // 30
    assert start is not None
    assert abs(start - clock) < 170


@pytest.mark.parametrize(
    "value", ["soon", "1.5 s", "01:02.500", "-1s", "00:00:01:500", "1", "00:00: 01.0"]
)
@pytest.mark.parametrize("name", ["begin", "end", "dur"])
def test_a_time_that_cannot_be_read_is_an_error(value: str, name: str) -> None:
    text = div(f'<p begin="1s">a</p>\n<p {name}="{value}">x</p>')
    with pytest.raises(FormatError, match=f"cannot be read: {value}") as caught:
        whole(text)
    assert caught.value.line == 4
    track = salvaged(text)
    assert [c.text for c in track.cues] == ["a", "x"]
    assert not track.faithful
    assert value in track.notes[0].text


@pytest.mark.parametrize(
    "rate",
    [
        'frameRate="x"',
        'tickRate="0"',
        'timeBase="smtpe"',
        'dropMode="yes"',
        'frameRateMultiplier="1000/1001"',
    ],
)
def test_a_parameter_that_cannot_be_read_is_an_error(rate: str) -> None:
    text = div("<p>x</p>", attributes="ttp:" + rate)
    with pytest.raises(FormatError, match=rate.partition("=")[0]):
        whole(text)
    assert [c.text for c in load(text, "dfxp").cues] == ["x"]


def test_an_empty_time_is_none() -> None:
    assert shown(whole(div('<p begin="" end=" ">x</p>'))) == [(None, None, "x")]


# -- looks, beside an engine that computes them

STYLES = (
    '<style xml:id="i" tts:fontStyle="italic"/><style xml:id="y" style="i" tts:color="yellow"/>'
    '<style xml:id="b" tts:fontWeight="bold"/><style xml:id="n" tts:fontStyle="normal"/>'
    '<style xml:id="u" tts:textDecoration="underline"/><style xml:id="off" tts:display="none"/>'
    '<style xml:id="h" tts:visibility="hidden"/><style xml:id="v" tts:visibility="visible"/>'
)
REFERENCES = ("", "i", "y", "b", "n", "u", "off", "h", "v", "i b", "y n", "off v")
REGIONS = (
    "",
    'tts:fontStyle="italic"',
    'tts:color="lime" tts:fontWeight="bold"',
    'style="y"',
    'style="u b"',
    'style="off"',
    'tts:visibility="hidden"',
    'tts:display="auto" style="off"',
)
NESTED = (
    "",
    '<style tts:color="red"/>',
    '<style tts:fontStyle="normal"/><style tts:fontStyle="italic"/>',
    '<style style="y"/>',
    '<style tts:display="none"/>',
)
INITIAL = (
    "",
    '<initial tts:color="cyan"/>',
    '<initial tts:fontStyle="italic" tts:fontWeight="bold"/>',
)


def seen_by_ttconv(text: str) -> list[tuple[str, int, str | None]]:
    """The runs of text on screen after one second, as they look."""
    model = ttconv.imsc.reader.to_model(trees.ElementTree(trees.fromstring(text)))
    picture = ttconv.isd.ISD.from_model(model, 1)
    found: list[tuple[str, int, str | None]] = []

    def walk(element: ttconv.model.ContentElement) -> None:
        if isinstance(element, ttconv.model.Text):
            span = element.parent()
            if span.get_style(StyleProperties.Visibility) is VisibilityType.hidden:
                return
            decoration = span.get_style(StyleProperties.TextDecoration)
            red, green, blue = span.get_style(StyleProperties.Color).components[:3]
            tint = f"#{red:02x}{green:02x}{blue:02x}"
            style = (
                (span.get_style(StyleProperties.FontWeight).name == "bold")
                + 2 * (span.get_style(StyleProperties.FontStyle).name == "italic")
                + 4 * bool(decoration and decoration.underline)
            )
            found.append((element.get_text(), style, None if tint == "#ffffff" else tint))
            return
        for child in element:
            walk(child)

    for region in picture.iter_regions() if picture else ():
        assert region.get_style(StyleProperties.Display) is not DisplayType.none
        walk(region)
    return found


@examples(150)
@given(st.data())
def test_looks_and_display_are_those_that_ttconv_computes(data: st.DataObject) -> None:
    def pick(some: tuple[str, ...]) -> str:
        return str(data.draw(st.sampled_from(some)))

    def style() -> str:
        name = pick(REFERENCES)
        return f' style="{name}"' if name else ""

    text = tt(
        f'<div{style()}><p region="r" begin="1s" end="2s"{style()}>a<span{style()}>b<span{style()}>c</span></span></p>'
        '<p region="s" begin="1s" end="2s">z</p></div>',
        styling=STYLES + pick(INITIAL),
        layout=f'<region xml:id="r" {pick(REGIONS)}>{pick(NESTED)}</region><region xml:id="s"/>',
    )
    track = whole(text)
    runs = [(s.text, s.style, s.color) for cue in track.cues for s in cue.spans]
    expected = seen_by_ttconv(text)
    if not expected:
        # Nobody makes a file to show nothing.
        assert not track.faithful or not any(cue.content for cue in track.cues)
        return
    assert "".join(run[0] for run in runs) == "".join(run[0] for run in expected)
    one_each = [(letter, *run[1:]) for run in runs for letter in run[0]]
    assert one_each == expected
    gone = {"a", "b", "c", "z"} - {run[0] for run in expected}
    said = " ".join(note.text for note in track.notes).rpartition(":")[2]
    assert gone <= set(said), "what is hidden is told"


def test_readings_told_by_styles() -> None:
    styling = "".join(
        f'<style xml:id="{name[0]}" tts:ruby="{name}"/>' for name in ("container", "base", "text")
    )
    inside = '<p>A<span style="c"><span style="b">B</span><span style="t">r</span></span>Z</p>'
    content = whole(div(inside, styling=styling + '<style xml:id="k" style="c"/>')).cues[0].content
    assert content == (Span("A"), Span("B", ruby="r"), Span("Z"))
    assert whole(div(inside.replace('"c"', '"k"'), styling=styling + '<style xml:id="k" style="c"/>')).cues[0].content == content  # fmt: skip


def test_words_beside_base_and_reading_are_kept() -> None:
    inside = '<p>A<span tts:ruby="container">B<span tts:ruby="base">C</span><span tts:ruby="text">d</span></span></p>'
    assert whole(div(inside)).cues[0].text == "ABCd"


# -- structure

MENDED = [
    ('<P begin="1s">x</P>', [(1000, None, "x")]),
    ('<Div><p Begin="1s" END="2s">x<BR/>y</p></Div>', [(1000, 2000, "x\ny")]),
    ("<p>a <i>b</i> c</p>", [(None, None, "a b c")]),
    ('<p>a <font color="red">b</font><s>c</s></p>', [(None, None, "a bc")]),
    ("<p>one <mark>two</mark> three<gap/>four</p>", [(None, None, "one two three four")]),
]


@pytest.mark.parametrize(("body", "cues"), MENDED)
def test_what_is_surely_meant_is_read_and_told(body: str, cues: object) -> None:
    track = whole(div(body))
    assert shown(track) == cues
    assert track.notes
    assert not track.faithful


def test_html_looks_like_itself() -> None:
    content = whole(div('<p><b>a</b><em>b</em><u>c</u><font color="#0f0">d</font></p>')).cues[0]
    assert content.content == (Span("a", 1), Span("b", 2), Span("c", 4), Span("d", 0, "#00ff00"))


LOST = [
    # Body, the line of what is lost, its words.
    ("<div>\nstray words\n<p>x</p></div>", 4, "stray words"),
    ("<div><p>x</p>\n\nstray words</div>", 5, "stray words"),
    ("stray words<div><p>x</p></div>", 3, "stray words"),
    ("<div><p>x</p><span>stray words</span></div>", 3, "stray words"),
    ("<div><p>x</p>\n<section><p>stray words</p></section></div>", 4, "stray words"),
    ("<div><p>x</p>\n<p>y <x:note>stray words</x:note></p></div>", 4, "stray words"),
    ("<div><p>x</p><x:p>stray words</x:p></div>", 3, "stray words"),
    ("<div><p>x</p><set>stray words</set></div>", 3, "stray words"),
    ("<div><p>x<br>stray words</br></p></div>", 3, "stray words"),
    ("<div><p>x<metadata><p>stray words</p></metadata></p></div>", 3, "stray words"),
    ("</body>\nstray words<body>", 4, "stray words"),
    ("<div><p>x</p></div></body>\n<body><div><p>stray words</p></div>", 4, "stray words"),
    ("<div><p>x</p></div></body>\n<p>stray words</p><body>", 4, "stray words"),
    ("<div><p>x</p></div></body>\n<x:body><x:p>stray words</x:p></x:body><body>", 4, "stray words"),
    # What never shows.
    ('<div end="2s"><p>x</p>\n<p begin="3s">stray words</p></div>', 4, "stray words"),
    ('<div begin="1s" dur="1s"><p>x</p>\n\n<p begin="3s" end="4s">stray <i>words</i></p></div>', 5, "stray words"),
    ('<div><p>x</p>\n<p end="2s">y<span begin="3s">stray words</span></p></div>', 4, "stray words"),
    ('<div><p>x</p>\n<p timeContainer="seq">stray words</p></div>', 4, "stray words"),
    ('<div end="1s"><p>x</p>\n<p end="5s">y<span begin="3s">stray words</span></p></div>', 4, "stray words"),
    ('<div><p>x</p>\n<p begin="999999999999999h">stray words</p></div>', 4, "stray words"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line", "words"), LOST)
def test_words_that_have_no_place(body: str, line: int, words: str) -> None:
    text = tt(body)
    with pytest.raises(FormatError) as caught:
        whole(text)
    assert caught.value.line == line
    track = salvaged(text)
    assert words not in " ".join(cue.text for cue in track.cues)
    assert any(words in note.text and note.line == line for note in track.notes)
    assert not track.faithful
    # A player passes over it.
    assert not any(words in cue.text for cue in load(text, "dfxp").cues)


def test_lines_count_from_the_top_of_the_file_whatever_ends_them() -> None:
    text = "\n\n" + div("<p>x</p>\n<p>y</p>\nstray")
    for end in ("\n", "\r\n", "\r"):
        for data in (text.replace("\n", end), text.replace("\n", end).encode("utf-8-sig")):
            with pytest.raises(FormatError) as caught:
                whole(data)
            assert caught.value.line == 7
    late = (
        text.replace("stray", "")
        .replace("<div>", '<div end="1s">')
        .replace("<p>y", '<p begin="2s">y')
    )
    for end in ("\n", "\r\n", "\r"):
        with pytest.raises(FormatError, match="never shown") as caught:
            whole(late.replace("\n", end))
        assert caught.value.line == 6


BROKEN = [
    "<p>a<p>b</p></p>",
    "<p>a<div>b</div></p>",
    '<p>a class="b">c</p>',
    '<p>a class="b"/>c</p>',
]


@pytest.mark.parametrize("text", ['use &lt;div class="b">', 'tts:color="red"', 'a="b" &lt; c'])
def test_a_tag_that_somebody_speaks_of_is_text(text: str) -> None:
    [cue] = whole(div(f"<p>{text}</p>")).cues
    assert cue.text == text.replace("&lt;", "<")


@pytest.mark.parametrize("body", BROKEN)
def test_a_structure_that_cannot_be_is_an_error(body: str) -> None:
    text = div(f"<p>x</p>\n{body}")
    with pytest.raises(FormatError) as caught:
        whole(text)
    assert caught.value.line == 4
    track = salvaged(text)
    assert track.notes
    assert not track.faithful


def test_a_p_within_a_p_is_salvaged_as_its_text() -> None:
    track = salvaged(div('<p begin="1s">a<p begin="9s">b</p>c</p>'))
    assert shown(track) == [(1000, None, "a\nb\nc")]


@pytest.mark.parametrize("four", ["<four", "&four", "< four", "&amp four", "\x01four"])
def test_what_is_read_before_the_xml_breaks_is_salvaged(four: str) -> None:
    text = div(f'<p begin="1s">one two</p>\n<p begin="2s">three {four} five</p>\n<p>six</p>')
    with pytest.raises(FormatError, match="not XML") as caught:
        whole(text)
    assert caught.value.line == 4
    track = salvaged(text)
    assert shown(track) == [(1000, None, "one two"), (2000, None, "three")]
    assert "four five" in track.notes[0].text
    assert "six" in track.notes[0].text
    assert not track.faithful
    with pytest.raises(FormatError, match="not XML"):
        salvaged("<tt><body>")


ASIDE = [
    "<metadata><ttm:desc>about</ttm:desc></metadata>",
    "<metadata>about</metadata>",
    "<ttm:title>about</ttm:title>",
    "<x:nothing/>",
    "<!-- about -->",
]


@pytest.mark.parametrize("aside", ASIDE)
def test_what_is_about_the_text_is_no_text(aside: str) -> None:
    track = whole(div(f"{aside}<p>{aside}x{aside}</p>{aside}"))
    assert shown(track) == [(None, None, "x")]
    assert track.faithful
    assert not track.notes


def test_subtitles_in_a_comment_are_told() -> None:
    track = whole(div("<p>x</p><!-- <p>not yet</p> -->"))
    assert [c.text for c in track.cues] == ["x"]
    assert any("not yet" in note.text for note in track.notes)


@pytest.mark.parametrize("body", ["", "<div/>", "<div> <p/> </div>"])
def test_a_file_without_words_is_no_error(body: str) -> None:
    assert not any(c.text for c in whole(tt(body)).cues)
    assert not whole(re.sub("<body>.*</body>", "", tt(body))).cues
    assert not whole("<tt/>").cues


# -- languages

TWO = '<div xml:lang="{}"><p>one</p></div><div xml:lang="{}"><p>two</p><p>three</p></div>'
CHOICES = [
    ("en", "fr", "fr", ["two", "three"]),
    ("EN", "fr", "en", ["one"]),
    ("en", "pt-BR", "pt", ["two", "three"]),
    ("en", "pt_BR", "pt-br", ["two", "three"]),
    ("en-GB", "fr", "en-us", ["one"]),
    ("pt", "pt-BR", "pt-br", ["two", "three"]),
    ("en", "en", "fr", ["one", "two", "three"]),
    ("en", "fr", None, ["one", "two", "three"]),
    ("en", "", "fr", ["one", "two", "three"]),
]


@pytest.mark.parametrize(("first", "second", "wanted", "words"), CHOICES)
@pytest.mark.parametrize("usual", ["", 'xml:lang="de"'])
def test_of_several_languages_the_one_asked_for(
    first: str, second: str, wanted: str | None, words: list[str], usual: str
) -> None:
    track = whole(tt(TWO.format(first, second), usual), wanted)
    assert [c.text for c in track.cues] == words
    assert track.cues[0].paragraph
    assert track.faithful == (len(words) == 3)
    assert len(track.notes) == (len(words) < 3)


@pytest.mark.parametrize(
    ("first", "second", "wanted"), [("en", "fr", "de"), ("en-GB", "en-US", "en")]
)
def test_none_of_several_languages(first: str, second: str, wanted: str) -> None:
    with pytest.raises(FormatError, match="several languages") as caught:
        whole(tt(TWO.format(first, second)), wanted)
    assert first.lower() in caught.value.message
    assert second.lower() in caught.value.message
    assert wanted in caught.value.message


def test_each_p_may_say_its_language_and_a_span_is_but_a_quotation() -> None:
    body = (
        '<div xml:lang="en"><p>one</p><p xml:lang="es">uno</p>'
        '<p>two <span xml:lang="it">due</span></p><p xml:lang="es"/></div><div><p>la</p></div>'
    )
    assert [c.text for c in whole(tt(body), "en").cues] == ["one", "two due", "la"]
    assert [c.text for c in whole(tt(body), "es").cues] == ["uno", "", "la"]
    quoted = '<div xml:lang="en"><p>two <span xml:lang="it">due</span></p></div>'
    assert [c.text for c in whole(tt(quoted), "it").cues] == ["two due"]

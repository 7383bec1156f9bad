# ruff: noqa: E501 - tables of samples read better unbroken
"""Tracks for Hypothesis, made of what is most likely to go wrong."""

from __future__ import annotations

from hypothesis import strategies as st

from subtitles.formats import Comment, Cue, Span, Track
from subtitles.formats.model import flow, opened

WRITTEN = ("ass", "dfxp", "json", "sbv", "srt", "ssa", "ttml", "txt", "vtt", "xml")
DISTINCT = ("dfxp", "json", "sbv", "srt", "ssa", "txt", "vtt")

RISKS = (
    "-->", "--", ">", "->", "<b>", "</b>", "<i", "<v Ann>", "<c.red>", "<00:00:01.000>", "<br>", "<",
    "{\\an8}", "{\\b1}", "{", "}", "\\", "\\N", "\\n", "\\h", "\\{", "{y:i}", "{b}", "[br]", "[BR]", "[",
    "&", "&amp;", "&lt;b&gt;", "&#10;", "&#x200b;", "&nbsp", "]]>", "<!--", "<![CDATA[", "\"", "'",
    "1", "12", "NOTE", "NOTE Paragraph", "STYLE", "WEBVTT", "Dialogue: 0,", "Format: Text", ",", ":",
    "00:00:01,000 --> 00:00:02,000", "00:00:01.000 --> 00:00:02.000", "0:00:01.000,0:00:02.000",
    "\n", "\n\n", "\n \n", "\n\n\n", " ", "  ", "\t", "\u200b", "\u200b\n", "\n\u200b", "\u00a0", "\u3000",
    "\u2028", "\u0085", "\u200e", "é", "中", "😀", "e\u0301", "שלום", "\u202b", "word", "a", "",
)  # fmt: skip
FOUL = (
    "\ufeff",
    "\0",
    "\x01",
    "\x0b",
    "\x0c",
    "\x1f",
    "\x7f",
    "\r",
    "\r\n",
    "\ud800",
    "\ufffe",
    "\uffff",
)


def texts(*, foul: bool = False) -> st.SearchStrategy[str]:
    parts = st.sampled_from(RISKS + FOUL if foul else RISKS)
    anything = st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufeff"),
        max_size=5,
    )
    return st.lists(parts | anything, max_size=7).map("".join)


ids = st.sampled_from(("1", "intro", "NOTE", "STYLE", "a --> b", "WEBVTT", "00:01.000", "x y"))
settings = st.sampled_from(
    ("line:-2", "line:90%,end size:35%", "vertical:rl position:10%,line-left")
)
readings = st.sampled_from(("kan", "(kan)", "（かん）", "(", "()", "&lt;", "a\u00a0b"))
names = st.sampled_from(
    ("Ann", "Bob, jr.", "<b>", "a & b", "A > B", "Zoë", "&lt;", "x\u00a0y", '"')
)
lines = st.sampled_from(("", "A title", "a < b & c", '"', "{0}", "x {y", "Dialogue: 1"))
colors = st.sampled_from(("#ffff00", "#ff8800", "#000000", "#0a0b0c"))
times = st.none() | st.integers(0, 35_000_000) | st.integers(0, 3_000).map(lambda n: n * 10)


@st.composite
def spans(draw: st.DrawFn, foul: bool) -> Span:
    return Span(
        draw(texts(foul=foul)),
        draw(st.sampled_from((0, 0, 1, 2, 3, 4, 7))),
        draw(st.none() | colors),
        draw(st.none() | names),
        draw(st.none() | st.none() | readings),
    )


@st.composite
def cues(draw: st.DrawFn, foul: bool) -> Cue:
    bare = draw(st.booleans())
    if bare:
        content = draw(texts(foul=foul))
        content = content if foul else flow([Span(content)])
    else:
        runs = draw(st.lists(spans(foul), min_size=1, max_size=4))
        content = tuple(runs) if foul else flow(runs)
    region = draw(st.sampled_from((None, None, "top")))
    return Cue(
        draw(times),
        draw(times),
        content,
        draw(st.booleans()),
        region,
        draw(st.sampled_from((None, None, "left", "right", "start", "end"))),
        draw(st.none() | ids),
        draw(st.none() | (st.just("size:50%") if region else settings)),
    )


@st.composite
def tracks(draw: st.DrawFn, foul: bool = False, min_size: int = 1) -> Track:
    """Tracks as readers make them; with `foul`, as only careless code would."""
    found = draw(st.lists(cues(foul), min_size=min_size, max_size=5))
    remarks = st.tuples(st.integers(0, len(found)), texts(foul=foul))
    return Track(
        tuple(found) if foul else opened(found),
        language=draw(st.sampled_from(("", "en", "pt-br"))),
        title=draw(lines),
        description=draw(lines),
        comments=tuple(Comment(*c) for c in sorted(draw(st.lists(remarks, max_size=2)))),
    )

"""Cues as a list on a page: what is said, when, how it looks, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from amara_api.kernel import languages
from amara_api.templatetags.shown import clock
from subtitles.formats import Cue
from subtitles.formats.model import BOLD, ITALIC, UNDERLINE, Content, Span

_TAGS = ((BOLD, "b"), (ITALIC, "i"), (UNDERLINE, "u"))
# WCAG 2.2, 1.4.3: of text to what is behind it; `--paper` of pages.css, light and dark.
_CONTRAST = 4.5
_PAPERS = ((0xFB, 0xFA, 0xF7), (0x15, 0x18, 0x1B))
_INKS = ((0, 0, 0), (255, 255, 255))
_Color = tuple[int, int, int]


def cue_rows(
    cues: Iterable[Cue], language_code: str, problems: Mapping[int, Sequence[str]]
) -> SafeString:
    """A list item for each cue; a template's loop takes ten times as long over 5,000 of them.

    ``problems``: sentences by position, from 1. Each row tells its times in milliseconds, which the
    page's script follows.
    """
    text = f'<p lang="{escape(language_code)}" dir="{languages.direction(language_code)}"'
    rows = []
    for number, cue in enumerate(cues, 1):
        if cue.start is None or cue.end is None:
            timed, times = "", "<em>no times</em>"
        else:
            timed = f' data-start="{int(cue.start)}" data-end="{int(cue.end)}"'
            times = f'<a href="#c{number}" tabindex="-1">{clock(cue.start)}<br>{clock(cue.end)}</a>'
        place = ' class="top-of-picture"' if cue.region == "top" else ""
        said = "".join(f"<small>{escape(each)}</small>" for each in problems.get(number, ()))
        rows.append(
            f'<li id="c{number}"{timed}><i>{number}</i><time>{times}</time>'
            f"<div>{text}{place}>{marked(cue.content)}</p>{said}</div></li>"
        )
    # Every value above is a number or has been escaped.
    return mark_safe("\n".join(rows))  # noqa: S308  # nosec B308 B703 # see above


def marked(content: Content) -> str:
    """The words as HTML, bold, italic, underlined and coloured as they are; whoever speaks stands
    before, a reading above its base. Everything is escaped."""
    if isinstance(content, str):
        return escape(content)
    parts, speaker = [], None
    for span in content:
        if span.voice and span.voice != speaker:
            parts.append(f'<span class="voice">{escape(span.voice)}:</span> ')
        speaker = span.voice
        parts.append(_span(span))
    return "".join(parts)


def _span(span: Span) -> str:
    html: str = escape(span.text)
    if span.ruby:
        html = f"<ruby>{html}<rp>(</rp><rt>{escape(span.ruby)}</rt><rp>)</rp></ruby>"
    for bit, tag in _TAGS:
        if span.style & bit:
            html = f"<{tag}>{html}</{tag}>"
    if span.color and (colors := readable_colors(span.color)):
        html = (
            f'<span class="tint" style="--by-day:{colors[0]};--by-night:{colors[1]}">{html}</span>'
        )
    return html


@lru_cache(1000)
def readable_colors(color: str) -> tuple[str, str] | None:
    """A colour, `#rrggbb`, as it can be read on light paper and on dark: no darker or lighter than
    that takes. None for what is no colour."""
    try:
        wanted = tuple(bytes.fromhex(color.removeprefix("#")))
    except ValueError:
        return None
    if len(wanted) != 3:
        return None
    found = [_towards(wanted, ink, paper) for ink, paper in zip(_INKS, _PAPERS, strict=True)]
    return found[0], found[1]


def _towards(color: _Color, ink: _Color, paper: _Color) -> str:
    for step in range(21):
        red, green, blue = (
            round(own + (end - own) * step / 20) for own, end in zip(color, ink, strict=True)
        )
        if contrast((red, green, blue), paper) >= _CONTRAST:
            break
    return f"#{red:02x}{green:02x}{blue:02x}"


def contrast(one: _Color, other: _Color) -> float:
    """From 1, the same, to 21, black on white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: _Color) -> float:
    parts = (part / 255 for part in color)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

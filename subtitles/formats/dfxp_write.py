"""Writes DFXP in the shape Amara gave it: flat, a div per paragraph, the region on each p."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr  # nosec B406 # it writes

from .columns import NO_MORE, Columns, Replacing, holding, woven
from .markup import escape, escaped, nest
from .model import BOLD, CLOSING, ITALIC, OPENING, UNDERLINE, Span, Track, flow, one_line
from .text import checked
from .timecode import clock, clock_columns, fractions

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" \
xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang={language}>
    <head>
        <metadata>
            <ttm:title>{title}</ttm:title>
            <ttm:desc>{description}</ttm:desc>{agents}
        </metadata>
        <styling>
            <style xml:id="amara-style" tts:color="white" tts:fontFamily="proportionalSansSerif" \
tts:fontSize="18px" tts:backgroundColor="transparent" tts:textOutline="black 1px 0px" \
tts:textAlign="center"/>
        </styling>
        <layout>
            <region xml:id="bottom" style="amara-style" tts:extent="100% 20%" \
tts:origin="0% 80%" tts:displayAlign="after"/>
            <region xml:id="top" style="amara-style" tts:extent="100% 20%" \
tts:origin="0% 0%" tts:displayAlign="before"/>
        </layout>
    </head>
    <body>
"""
_AGENT = """
            <ttm:agent xml:id="{}" type="person"><ttm:name type="full">{}</ttm:name></ttm:agent>"""
_STYLES = (
    (BOLD, '<span tts:fontWeight="bold">'),
    (ITALIC, '<span tts:fontStyle="italic">'),
    (UNDERLINE, '<span tts:textDecoration="underline">'),
)


def _leaf(span: Span) -> str:
    text, reading = escape(span.text), span.ruby
    if not reading:
        return text
    before = after = ""
    if len(reading) > 2 and reading[0] in OPENING and reading[-1] in CLOSING:
        before, after = (f'<span tts:ruby="delimiter">{reading[n]}</span>' for n in (0, -1))
        reading = reading[1:-1]
    return (
        f'<span tts:ruby="container"><span tts:ruby="base">{text}</span>'
        f'{before}<span tts:ruby="text">{escape(reading)}</span>{after}</span>'
    )


_BEGIN, _END = fractions(".", '" end="'), fractions(".", '" region="bottom">')
_OPENING = '            <p begin="'


def _write(cues: Columns) -> str:
    agents: dict[str, str] = {}

    def tags(span: Span) -> list[tuple[str, str]]:
        found = [(begin, "</span>") for bit, begin in _STYLES if span.style & bit]
        if span.color:
            found.insert(0, (f'<span tts:color="{span.color}">', "</span>"))
        if span.voice:
            key = agents.setdefault(span.voice, f"agent{len(agents) + 1}")
            found.insert(0, (f'<span ttm:agent="{key}">', "</span>"))
        return found

    spaced = list(cues.texts)
    texts = list(escaped(cues.texts))
    for n, spans in cues.rich.items():
        content = flow(spans)
        if isinstance(content, str):
            spaced[n], texts[n] = content, escape(content)
        else:
            spaced[n] = "".join(span.text for span in content)
            texts[n] = nest(content, tags, _leaf)
    texts = list(_BREAKS(texts))
    begins, begin_fractions = clock_columns(cues.starts, _BEGIN, 0)
    ends, end_fractions = clock_columns(cues.ends, _END, 0)
    opening = [_OPENING] * len(cues)
    for n in _odd(cues) | _spaced(spaced):
        # All of its attributes in one place.
        begins[n] = begin_fractions[n] = ends[n] = end_fractions[n] = ""
        opening[n] = _opening(cues, n, spaced[n])
    for n, (paragraph, *_) in cues.more.items():
        if paragraph and n:
            opening[n] = f"        </div>\n        <div>\n{opening[n]}"
    times = (begins, begin_fractions, ends, end_fractions)
    body = woven(len(cues), opening, *times, texts, "</p>\n")
    about = cues.about
    head = _HEAD.format(
        language=quoteattr(about.language),
        title=escape(one_line(about.title)),
        description=escape(one_line(about.description)),
        agents="".join(_AGENT.format(key, escape(name)) for name, key in agents.items()),
    )
    return f"{head}        <div>\n{body}        </div>\n    </body>\n</tt>\n"


_BREAKS = Replacing(("\n", "<br/>"))


def _odd(cues: Columns) -> set[int]:
    """The cues whose attributes are not two times and the usual region."""
    found = {n for n, (_, region, align, *_) in cues.more.items() if region == "top" or align}
    for times in (cues.starts, cues.ends):
        if times.count(None):
            found.update(n for n, time in enumerate(times) if time is None)
    return found


def _spaced(texts: Sequence[str]) -> set[int]:
    """The texts of which a reader must not squeeze the white space."""
    return holding(texts, ("  ", "\t", "\n ", " \n"))


def _opening(cues: Columns, n: int, text: str) -> str:
    start, end = cues.starts[n], cues.ends[n]
    _, region, align, *_ = cues.more.get(n, NO_MORE)
    attributes = ""
    if start is not None:
        attributes += f' begin="{clock(start)}"'
    if end is not None:
        attributes += f' end="{clock(end)}"'
    attributes += ' region="top"' if region == "top" else ' region="bottom"'
    if align:
        attributes += f' tts:textAlign="{align}"'
    if _spaced([text]):
        attributes += ' xml:space="preserve"'
    return f"            <p{attributes}>"


def dump(cues: Track | Columns) -> str:
    """Write DFXP in Amara's shape: a div per paragraph, region and times on each p."""
    return checked(_write, cues)

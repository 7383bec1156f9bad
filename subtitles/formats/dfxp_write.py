"""Writes DFXP in the shape Amara gave it: flat, a div per paragraph, the region on each p."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr  # nosec B406 # it writes

from .markup import escape, nest
from .model import BOLD, CLOSING, ITALIC, OPENING, UNDERLINE, Span, Track, flow, one_line
from .text import checked
from .timecode import clock

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


def _write(track: Track) -> str:
    agents: dict[str, str] = {}

    def tags(span: Span) -> list[tuple[str, str]]:
        found = [(begin, "</span>") for bit, begin in _STYLES if span.style & bit]
        if span.color:
            found.insert(0, (f'<span tts:color="{span.color}">', "</span>"))
        if span.voice:
            key = agents.setdefault(span.voice, f"agent{len(agents) + 1}")
            found.insert(0, (f'<span ttm:agent="{key}">', "</span>"))
        return found

    out: list[str] = []
    for start, end, content, paragraph, region, align, _, _ in track.cues:
        if paragraph and out:
            out.append("        </div>\n        <div>\n")
        attributes = ""
        if start is not None:
            attributes += f' begin="{clock(start)}"'
        if end is not None:
            attributes += f' end="{clock(end)}"'
        attributes += ' region="top"' if region == "top" else ' region="bottom"'
        if align:
            attributes += f' tts:textAlign="{align}"'
        text: str
        if not isinstance(content, str):
            content = flow(content)
        if isinstance(content, str):
            text = content
            spaced = text
            if "&" in text or "<" in text or ">" in text:
                text = escape(text)
        else:
            text = nest(content, tags, _leaf)
            spaced = "".join(s.text for s in content)
        if "\n" in text:
            if "\n " in spaced or " \n" in spaced or "  " in spaced or "\t" in spaced:
                attributes += ' xml:space="preserve"'
            text = text.replace("\n", "<br/>")
        elif "  " in spaced or "\t" in spaced:
            attributes += ' xml:space="preserve"'
        out.append(f"            <p{attributes}>{text}</p>\n")
    head = _HEAD.format(
        language=quoteattr(track.language),
        title=escape(one_line(track.title)),
        description=escape(one_line(track.description)),
        agents="".join(_AGENT.format(key, escape(name)) for name, key in agents.items()),
    )
    return f"{head}        <div>\n{''.join(out)}        </div>\n    </body>\n</tt>\n"


def dump(track: Track) -> str:
    """Write DFXP in Amara's shape: a div per paragraph, region and times on each p."""
    return checked(_write, track)

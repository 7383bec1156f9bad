"""What a format keeps of a track: the words for it, and a track cut down to them."""

from __future__ import annotations

from .model import (
    BOLD,
    ITALIC,
    UNDERLINE,
    Comment,
    Cue,
    Span,
    Track,
    flow,
    one_line,
    opened,
    with_reading,
)
from .text import clean, lines

# What a format may keep: the word, and what to tell people who lose it.
KEEPABLE = {
    "timing": "times",
    "fine": "times finer than a hundredth of a second",
    "empty": "cues without text",
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "color": "colours",
    "speaker": "who speaks",
    "voice": "who speaks, where several do in one cue",
    "ruby": "readings above the text (they follow it in brackets)",
    "region": "the place at the top",
    "side": "alignment to the left or right",
    "align": "alignment by reading direction (it becomes left or right)",
    "paragraph": "paragraphs",
    "language": "the language",
    "title": "the title",
    "description": "the description",
    "comments": "comments",
    "id": "what cues are called",
    "settings": "the exact place and size on the screen",
}
_BITS = {"bold": BOLD, "italic": ITALIC, "underline": UNDERLINE}
_SIDES = {"start": "left", "end": "right"}


def normalise(track: Track, keeps: frozenset[str]) -> Track:
    """The track as it comes back from a format that keeps this: `load(dump(track))` equals it."""
    cues = [_kept(cue, keeps) for cue in track.cues]
    if "empty" not in keeps:
        cues = [cue for cue in cues if cue.content]
    if "paragraph" not in keeps:
        cues = [cue._replace(paragraph=False) for cue in cues]
    return Track(
        opened(cues),
        language=track.language if "language" in keeps else "",
        title=_line(track.title) if "title" in keeps else "",
        description=_line(track.description) if "description" in keeps else "",
        comments=_comments(track) if "comments" in keeps else (),
    )


def _line(text: str) -> str:
    return one_line(clean(lines(text)))


def _comments(track: Track) -> tuple[Comment, ...]:
    found = ((min(max(c.before, 0), len(track.cues)), clean(lines(c.text)).strip(" \t\n"))
             for c in track.comments)  # fmt: skip
    return tuple(Comment(*c) for c in sorted(found, key=lambda c: c[0]))


def _kept(cue: Cue, keeps: frozenset[str]) -> Cue:
    style = sum(bit for word, bit in _BITS.items() if word in keeps)
    spans = Cue(None, None, flow(_plain_span(span) for span in cue.spans)).spans
    voices = {span.voice for span in spans if span.text or span.ruby}
    voiced = "voice" in keeps or ("speaker" in keeps and len(voices) == 1)
    content = flow(
        Span(
            span.text if "ruby" in keeps else with_reading(span),
            span.style & style,
            span.color if "color" in keeps else None,
            _name(span.voice, keeps) if voiced else None,
            span.ruby if "ruby" in keeps else None,
        )
        for span in spans
    )
    start, end = (cue.start, cue.end) if "timing" in keeps else (None, None)
    if "fine" not in keeps:
        start, end = (t if t is None else (t + 5) // 10 * 10 for t in (start, end))
    align = cue.align if "side" in keeps else None
    if "align" not in keeps:
        align = _SIDES.get(align or "", align)
    region = cue.region if "region" in keeps else None
    name = cue.id if "id" in keeps else None
    settings = cue.settings if "settings" in keeps else None
    return Cue(start, end, content, cue.paragraph, region, align, name, settings)


def _name(voice: str | None, keeps: frozenset[str]) -> str | None:
    # A column between commas holds it.
    return voice.replace(",", ";") if voice and "voice" not in keeps else voice


def _plain_span(span: Span) -> Span:
    text = clean(lines(span.text))
    voice = one_line(clean(lines(span.voice))) or None if span.voice else None
    ruby = clean(lines(span.ruby)) if span.ruby else None
    return span._replace(text=text, voice=voice, ruby=ruby)


def uses(track: Track) -> set[str]:
    """The words of KEEPABLE that say something of this track."""
    found = {
        word for word in ("language", "title", "description", "comments") if getattr(track, word)
    }
    for cue in track.cues:
        found.update(_uses(cue))
    if any(cue.paragraph for cue in track.cues[1:]):
        found.add("paragraph")
    return found


def _uses(cue: Cue) -> set[str]:
    found = {"timing"} if cue.start is not None or cue.end is not None else set()
    if any(time is not None and time % 10 for time in cue[:2]):
        found.add("fine")
    if not cue.content:
        found.add("empty")
    found |= {word for word in ("region", "id", "settings") if getattr(cue, word)}
    if cue.align:
        found |= {"side", "align"} if cue.align in _SIDES else {"side"}
    if isinstance(cue.content, tuple):
        for span in cue.content:
            found |= {word for word, bit in _BITS.items() if span.style & bit}
            found |= {word for word in ("color", "ruby") if getattr(span, word)}
        if any(span.voice for span in cue.content):
            found |= (
                {"speaker", "voice"} if len({s.voice for s in cue.content}) > 1 else {"speaker"}
            )
    return found


def conversion_report(used: set[str], keeps: frozenset[str]) -> list[str]:
    """What of a track with these `uses` would be lost, in words for people."""
    missing = used - keeps
    if "timing" in missing:
        missing.discard("fine")
    if "speaker" in missing:
        missing.discard("voice")
    if "side" in missing:
        missing.discard("align")
    return [words for word, words in KEEPABLE.items() if word in missing]

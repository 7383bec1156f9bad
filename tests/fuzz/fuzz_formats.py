"""Feeds one reader what a fuzzer invents, led by which branches it takes.

    make fuzz FORMAT=srt SECONDS=60
    .venv/bin/python -m tests.fuzz.fuzz_formats srt .fuzz/srt/crash-…    # one input again

Every exception but FormatError is a crash. So is a track that was read and cannot be written, in
any format, and one that comes back from a format as something else than the format promises.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["subtitles.formats"]):
    from subtitles.formats import (
        FORMATS,
        Comment,
        Cue,
        FormatError,
        Span,
        Track,
        detect,
        dump,
        load,
    )
    from subtitles.formats.keeping import normalise

    # Not before: what is imported already is not instrumented.
    from tests.subtitles.formats.formats_strategies import FOUL, RISKS

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests/subtitles/formats/samples"
# One name for each writer; some have several.
WRITTEN = sorted({f.dump: name for name, f in sorted(FORMATS.items()) if f.dump}.values())

KINDS = (
    Cue(0, 1000, "Hello\nworld"),
    Cue(61_001, 3_662_002, "a < b & c > d", paragraph=True),
    Cue(2000, 3000, ""),
    Cue(None, None, "unsynced"),
    Cue(0, 1000, (Span("bold ", 1), Span("italic ", 2), Span("under", 4))),
    Cue(0, 1000, (Span("red", 3, "#ff0000"), Span(" orange", 0, "#ff8800"))),
    Cue(0, 1000, (Span("Hello. ", 0, None, "Ann"), Span("Yes?", 0, None, "Bob"))),
    Cue(0, 1000, (Span("漢", 0, None, None, "kan"), Span("字"))),
    Cue(0, 1000, "at the top", region="top", align="left"),
    Cue(0, 1000, "placed", align="end", id="intro", settings="line:90% position:10%,line-left"),
    Cue(0, 1000, "\u200b\n\n--> {\\b1} <i> &lt; [br]"),
)
YOUTUBE = (
    '<transcript><text start="1.5" dur="2">a &amp;lt;b&gt;</text></transcript>',
    '<timedtext format="3"><body><p t="1" d="2">a<s t="1">b</s></p></body></timedtext>',
)


def checked(data: bytes, format: str) -> None:
    """Read the data in every way; what was read must survive every writer."""
    detect(data)
    for strict, salvage in ((True, False), (False, True), (False, False)):
        try:
            track = load(data, format, strict=strict, salvage=salvage)
        except FormatError:
            continue
        if salvage:  # reads all that the other two read
            survives(track)


def survives(track: Track) -> None:
    for name in WRITTEN:
        text = dump(track, name)
        text.encode()
        # A file without a cue, and text without a word, is refused.
        if not track.cues or (name == "txt" and not any(cue.text for cue in track.cues)):
            continue
        again = load(text, name)
        wanted = normalise(track, FORMATS[name].keeps)
        assert again == wanted, f"by way of {name}:\n{wanted}\ncame back as\n{again}"


def seeds(format: str) -> list[str]:
    """What the writer makes of each kind of cue, and of all of them."""
    if FORMATS[format].dump is None:
        return list(YOUTUBE)
    whole = Track(KINDS, "en", "A title", "What it is about", (Comment(1, "a remark"),))
    return [dump(track, format) for track in (whole, *(Track((cue,)) for cue in KINDS))]


def dictionary() -> str:
    """What is likely to go wrong, in the fuzzer's notation."""
    words = {word.encode("utf-8", "surrogatepass") for word in (*RISKS, *FOUL)} - {b""}
    return "".join(f'"{"".join(f"{chr(92)}x{b:02x}" for b in w)}"\n' for w in sorted(words))


def main() -> None:
    """Set the folder of a format up and let the fuzzer run."""
    if len(sys.argv) < 2 or sys.argv[1] not in FORMATS:
        sys.exit(f"Which format? One of {', '.join(FORMATS)}.")
    format, more = sys.argv[1], sys.argv[2:]
    folder = ROOT / ".fuzz" / format
    for name in ("corpus", "seeds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(seeds(format)):
        (folder / f"seeds/{number}").write_bytes(text.encode())
    (folder / "dictionary").write_text(dictionary(), encoding="ascii")
    arguments = [
        f"-dict={folder / 'dictionary'}",
        f"-artifact_prefix={folder}/",
        "-max_len=4000",
        "-timeout=10",
        *more,
    ]
    if all(argument.startswith("-") for argument in more):
        corpora = [folder / "corpus", folder / "seeds", SAMPLES / format]
        arguments += [str(path) for path in corpora if path.is_dir()]
    atheris.Setup([sys.argv[0], *arguments], lambda data: checked(data, format))
    atheris.Fuzz()


if __name__ == "__main__":
    main()

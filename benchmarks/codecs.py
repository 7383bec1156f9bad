"""How fast, and how right, the codecs are, beside every library that can be installed.

    python -m benchmarks.codecs

prints microseconds of CPU time per cue, the best of some runs, at 2,000 and 20,000 cues. The first
row is what the regular expression engine alone needs to find the time lines: on a busy machine
compare with that. `corpus` is what a scorer of files calls.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import random
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from subtitles.formats import Cue, Span, Track, dump, load

FORMATS = ("srt", "vtt", "sbv", "ass", "dfxp")
WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "and",
    "then",
    "some",
    "café",
    "naïve",
    "über",
    "people",
    "went",
    "home",
    "again",
    "yesterday",
    "—",
    "中文",
    "שלום",
]


def film(cues: int, seed: int = 7) -> Track:
    """A track like a film's: one or two lines, 8 % italic, 3 % at the top, some `&` and `<`."""
    pick, made, now = random.Random(seed), [], 0
    for number in range(cues):
        lines = (
            " ".join(pick.choices(WORDS, k=pick.randint(4, 8))) for _ in range(pick.randint(1, 2))
        )
        text = "\n".join(lines) + (" & <co>" if pick.random() < 0.02 else "")
        start = now + pick.randint(0, 800)
        now = start + pick.randint(900, 4000)
        content = (Span(text, 2),) if pick.random() < 0.08 else text
        made.append(Cue(start, now, content, not number, "top" if pick.random() < 0.03 else None))
    return Track(tuple(made), language="en")


def best(work: Callable[[], object], runs: int = 5) -> float:
    """CPU seconds of the fastest run."""
    fastest = 1e9
    for _ in range(runs):
        began = time.process_time()
        work()
        fastest = min(fastest, time.process_time() - began)
    return fastest


Peer = tuple[str, str, Callable[[str], Any], Callable[[Any], object]]


def peers() -> Iterator[Peer]:
    """Name, format, reader and writer of each library that is installed."""
    with contextlib.suppress(ImportError):
        pysubs2 = importlib.import_module("pysubs2")
        for name, own in (("srt", "srt"), ("vtt", "vtt"), ("ass", "ass"), ("dfxp", "ttml")):
            yield (
                "pysubs2",
                name,
                lambda text, own=own: pysubs2.SSAFile.from_string(text, format_=own),
                lambda subs, own=own: subs.to_string(own),
            )
    with contextlib.suppress(ImportError):
        srt = importlib.import_module("srt")
        yield "srt", "srt", lambda text: list(srt.parse(text)), srt.compose
    with contextlib.suppress(ImportError):
        pysrt = importlib.import_module("pysrt")
        yield "pysrt", "srt", pysrt.from_string, lambda subs: subs.write_into(io.StringIO())
    with contextlib.suppress(ImportError):
        webvtt = importlib.import_module("webvtt")
        writers = {"srt": lambda captions: captions.write(io.StringIO(), format="srt"),
                   "vtt": lambda captions: captions.write(io.StringIO(), format="vtt")}  # fmt: skip
        for name in ("srt", "vtt", "sbv"):
            yield (
                "webvtt-py",
                name,
                lambda text, name=name: webvtt.from_buffer(io.StringIO(text), name),
                writers.get(name, lambda _: None),
            )
    with contextlib.suppress(ImportError):
        pycaption = importlib.import_module("pycaption")
        for name, kind in (("srt", "SRT"), ("vtt", "WebVTT"), ("dfxp", "DFXP")):
            reader = getattr(pycaption, f"{kind}Reader")
            writer = getattr(pycaption, f"{kind}Writer")
            yield (
                "pycaption",
                name,
                lambda t, r=reader: r().read(t),
                lambda s, w=writer: w().write(s),
            )
    with contextlib.suppress(ImportError):
        trees = importlib.import_module("xml.etree.ElementTree")
        srt_reader = importlib.import_module("ttconv.srt.reader")
        vtt_reader = importlib.import_module("ttconv.vtt.reader")
        ttml_reader = importlib.import_module("ttconv.imsc.reader")
        ttml_writer = importlib.import_module("ttconv.imsc.writer")
        yield "ttconv", "srt", lambda t: srt_reader.to_model(io.StringIO(t)), lambda _: None
        yield "ttconv", "vtt", lambda t: vtt_reader.to_model(io.StringIO(t)), lambda _: None
        yield (
            "ttconv",
            "dfxp",
            lambda t: ttml_reader.to_model(trees.ElementTree(trees.fromstring(t))),
            ttml_writer.from_model,
        )


def rows(cues: int, slow: set[str]) -> Iterator[tuple[str, str, float | None, float | None]]:
    """Who, what, and microseconds per cue to read and to write."""
    track = film(cues)
    texts = {name: dump(track, name) for name in FORMATS}
    srt = texts["srt"].replace("\r\n", "\n")
    lines = re.compile(
        r"^(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})$", re.MULTILINE
    )
    per = 1e6 / cues
    yield "(regex engine)", "srt", best(lambda: lines.findall(srt)) * per, None
    for name in FORMATS:
        raw = texts[name].encode()
        read = best(lambda raw=raw, name=name: load(raw, name))  # type: ignore[misc]
        write = best(lambda name=name: dump(track, name))  # type: ignore[misc]
        yield "this project", name, read * per, write * per
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    runs = 3 if cues < 10_000 else 1
    for who, name, reader, writer in peers():
        if f"{who} {name}" in slow:
            continue
        text = texts[name].lstrip("\ufeff").replace("\r\n", "\n")
        try:
            model = reader(text)
            read = best(lambda r=reader, t=text: r(t), runs) * per  # type: ignore[misc]
        except Exception as error:  # a peer's failure is a result, not ours to mend
            print(f"{who} does not read {name}: {type(error).__name__}", file=sys.stderr)
            continue
        write = None
        if writer(model) is not None or who == "pysrt":
            write = best(lambda w=writer, m=model: w(m), runs) * per  # type: ignore[misc]
        if read > 60:
            slow.add(f"{who} {name}")
        yield who, name, read, write


def main() -> None:
    """Print both sizes as one table."""
    table: dict[tuple[str, str], list[float | None]] = {}
    slow: set[str] = set()  # to wait minutes for a peer's second column says nothing new
    for cues in (2_000, 20_000):
        for who, name, read, write in rows(cues, slow):
            table.setdefault((name, who), []).extend((read, write))
    print(f"{'format':7}{'who':16}{'read 2k':>9}{'write 2k':>9}{'read 20k':>9}{'write 20k':>10}")
    for (name, who), numbers in sorted(table.items()):
        cells = ["-" if n is None else f"{n:.2f}" for n in numbers]
        print(f"{name:7}{who:16}" + "".join(f"{cell:>9}" for cell in cells))


def corpus(
    data: bytes, format: str, strict: bool = False
) -> list[tuple[int | None, int | None, str]]:
    """A file as (start, end, text); what is damaged is salvaged."""
    track = load(data, format, strict=strict, salvage=True)
    return [(c.start, c.end, c.text) for c in track.cues]


def corpus_whole(data: bytes, format: str, strict: bool = False) -> list[Any]:
    """The same as an upload is read: a file that would lose something is refused."""
    track = load(data, format, strict=strict)
    return [(c.start, c.end, c.text) for c in track.cues]


if __name__ == "__main__":
    main()

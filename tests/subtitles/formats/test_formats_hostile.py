# ruff: noqa: E501 - tables of samples read better unbroken
"""Whatever arrives: a track or a FormatError, for work that grows with the size and no faster."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtitles.formats import FORMATS, FormatError, Track, detect, dump, load
from tests.examples import examples
from tests.subtitles.formats.formats_strategies import DISTINCT, RISKS, tracks
from tests.subtitles.formats.hostile_families import END, FAMILIES, P
from tests.work import calls_in

READ = (*DISTINCT, "youtube")


def read(format: str, text: str) -> None:
    with contextlib.suppress(FormatError):
        load(text, format, salvage=True)


def seconds(format: str, text: str) -> float:
    """Of CPU time."""
    began = time.process_time()
    read(format, text)
    return time.process_time() - began


@pytest.mark.by_halves
@pytest.mark.parametrize(("format", "head", "unit", "tail"), FAMILIES)
def test_work_grows_with_size(format: str, head: str, unit: str, tail: str) -> None:
    small, large = (head + unit * (size // len(unit)) + tail for size in (8_000, 64_000))
    # Eight times the size: eight times the work when linear, 64 times when quadratic.
    few, many = (calls_in(lambda text=text: read(format, text)) for text in (small, large))
    assert many <= 10 * few + 200
    # What a regular expression does inside can only be timed. The best of several tries, as many as
    # a busy machine makes necessary; what is quadratic never gets below.
    quick = slow = 1e9
    for _ in range(10):
        quick = min(quick, seconds(format, small), seconds(format, small))
        slow = min(slow, seconds(format, large))
        if slow <= 20 * quick + 0.05:
            return
    pytest.fail(f"{slow:.3f} s for a text that is eight times as long as one of {quick:.3f} s")


def test_styles_that_refer_to_each_other_come_to_an_end() -> None:
    chain = "".join(f'<style id="s{n}" style="s{n + 1} s{n + 2}"/>' for n in range(5_000))
    circle = '<style id="a" style="b"/><style id="b" style="a"/>'
    for styles, first in ((chain, "s0"), (circle, "a")):
        text = (
            f'<tt><head><styling>{styles}</styling></head><body style="{first}"><div><p>x{END[4:]}'
        )
        with contextlib.suppress(FormatError):
            load(text, "dfxp")


DOCTYPES = (
    "<!DOCTYPE tt><tt/>",
    '<!DOCTYPE tt SYSTEM "http://127.0.0.1:9/x.dtd"><tt/>',
    '<!DOCTYPE tt [<!ENTITY a "x">]><tt><body><div><p>&a;</p></div></body></tt>',
    '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/passwd">]><tt><body><div><p>&a;' + END,
    '<!DOCTYPE tt [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><tt/>',
)


@pytest.mark.parametrize("format", ["dfxp", "youtube"])
@pytest.mark.parametrize("text", DOCTYPES)
def test_a_document_type_is_refused_for_what_it_is(format: str, text: str) -> None:
    for data in (text, text.encode(), text.encode("utf-16")):
        with pytest.raises(FormatError, match="document type"):
            load(data, format)


@pytest.mark.parametrize(("format", "head"), [("dfxp", P), ("youtube", "<transcript>")])
def test_depth_is_bounded(format: str, head: str) -> None:
    with pytest.raises(FormatError, match="deep"):
        load(head + "<span>" * 50_000, format)


def only_its_own_error(data: bytes | str, format: str) -> Track | None:
    for strict, salvage in ((False, False), (True, False), (False, True)):
        try:
            track = load(data, format, strict=strict, salvage=salvage)
        except FormatError as error:
            assert error.format == format
            assert str(error)
            continue
        # What was read can be written in anything.
        for name in DISTINCT:
            dump(track, name).encode()
    return None


many = examples(40)


@pytest.mark.parametrize("format", READ)
class TestAnything:
    @many
    @given(data=st.binary(max_size=80) | st.text(max_size=80))
    def test_noise(self, format: str, data: bytes | str) -> None:
        only_its_own_error(data, format)
        assert detect(data) in FORMATS

    @many
    @given(data=st.data())
    def test_a_file_with_damage(self, format: str, data: st.DataObject) -> None:
        track = data.draw(tracks())
        if format == "youtube":
            text = "<transcript><text start='1.5' dur='2'>a &amp;lt;b&gt;</text><p t='1'>x</p></transcript>"
        else:
            text = dump(track, format)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(text)))
            cut = data.draw(st.integers(0, 6))
            text = (
                text[:at]
                + data.draw(st.sampled_from((*RISKS, "\0", "9" * 5_000)))
                + text[at + cut :]
            )
        only_its_own_error(text, format)
        raw = bytearray(text.encode("utf-8", "replace"))
        raw[data.draw(st.integers(0, len(raw) - 1)) if raw else 0 : 0] = b"\xff\xfe"
        only_its_own_error(bytes(raw), format)


FOUND = [
    ("ssa", "Format:,Start,End,,Text\nDialogue:,0:0,0:0,"),
    ("ssa", "Format: Start,End,Effect,Effect,Text\nDialogue: 0:0,0:0"),
    *[
        ("youtube", f'<?xml version="1.0" encoding="{name}"?><transcript/>'.encode() + b"\xbc")
        for name in ("utf-9", "utf7", "punycode", "idna", "undefined")
    ],
    ("sbv", "999999:00:00.000,0:00:01.000\nx"),
    ("vtt", "WEBVTT\n\n9999999999:00:00.000 --> 00:01.000\nx"),
    ("vtt", "WEBVTT\n\n999999999:00:00.000 --> 00:01.000\nx"),
]


@pytest.mark.parametrize(("format", "data"), FOUND)
def test_what_a_fuzzer_found(format: str, data: bytes | str) -> None:
    only_its_own_error(data, format)
    with contextlib.suppress(FormatError):
        track = load(data, format, salvage=True)
        for name in DISTINCT if track.cues else ():
            assert [c.text for c in load(dump(track, name), name).cues] == [
                c.text for c in track.cues
            ]

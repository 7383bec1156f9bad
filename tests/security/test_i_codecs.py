# ruff: noqa: E501 - tables of samples read better unbroken
"""Subtitle files of strangers, as they go through the API: whatever is taken can be handed out.

`tests/subtitles` shows how each format is read and written. Here files go in and come out over
HTTP, so that what one format lets in harms nobody who asks for another.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from defusedxml import ElementTree
from django.core.files.uploadedfile import SimpleUploadedFile

from subtitles.formats import load
from subtitles.models import SubtitleVersion
from tests.api.conftest import unchanged
from tests.factories import VideoFactory

pytestmark = pytest.mark.django_db
FILES = ("srt", "vtt", "sbv", "ssa", "ass", "dfxp", "ttml", "txt")
DATA = ("json", "yaml", "xml")
# What one format reads as its own, and what many programs store or show wrongly.
TEXTS = [
    *("👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 𝔘𝔫𝔦", "שלום \u202bעולם\u202c \u200f!", "e\u0301\u0323 क्षि ﷽ 각", "\U0010fffd 𠜎", "ﬁ ＜b＞"),
    *("a --> b", "-->", "00:00:05,000 --> 00:00:06,000", "0:00:05.000,0:00:06.000", "12", "WEBVTT", "NOTE x"),
    *("STYLE", "Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,x", "[Events]", "[br]", "a[br]b", "\\N", "a\\Nb"),
    *("{\\an8}up", "{\\p1}m 0 0{\\p0}", "{comment}", "&lt;b&gt;", "&amp;amp;", "&#0;", "]]>", "<![CDATA[x]]>"),
    *("<script>alert(1)</script>", "<v onclick=alert(1)>x", "<c.x\" onmouseover=alert(1)>y</c>", "<!--", "<?php ?>"),
    *("<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>", "&y;", "<p begin='1s'>x</p>", "a, b, c", "a;b"),
    *("a\nb\n\nc", "\u2028x\u2029y", "=1+1", "@SUM(1)", "x" * 3000, "%s %n {0} ${jndi:ldap://x}", "'; DROP TABLE x;--"),
]  # fmt: skip
FOUL = "a\x01b\x08\x0b\x0c\x1bc\ufffed\uffffe\x7ff\x85g"


def cues(texts):
    return [
        {"start": n * 2000 + 100, "end": n * 2000 + 1100, "text": escaped(text)}
        for n, text in enumerate(texts)
    ]


def escaped(text):
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "<br>")):
        text = text.replace(sign, name)
    return text


@pytest.fixture
def at(ana):
    return f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"


def written(api, at, name, version=""):
    answer = api.get(f"{at}?format={name}{version}")
    assert answer.status_code == 200, (name, answer.content[:300])
    return answer.content.decode()


def texts_of(api, at):
    return [cue["text"] for cue in api.get(at).json()["subtitles"]]


@pytest.mark.parametrize("name", FILES)
def test_no_text_becomes_structure_in_any_format(api, at, name):
    """Handed out as one format and sent back as it, every text is what it was."""
    assert api.post(at, {"sub_format": "json", "subtitles": cues(TEXTS)}).status_code == 201
    before = texts_of(api, at)
    assert before == [cue["text"] for cue in cues(TEXTS)]
    file = written(api, at, name)
    read = [cue.text for cue in load(file, name).cues]
    if name != "txt":
        assert read == TEXTS
        back = api.post(at, {"sub_format": name, "subtitles": file})
        assert back.status_code == 201, back.content
        assert texts_of(api, at) == before
    else:
        assert "".join(read).split() == "".join(TEXTS).split()
    if name in ("dfxp", "ttml"):
        assert ElementTree.fromstring(file.encode()).tag.endswith("}tt")


@pytest.mark.parametrize("name", [*FILES, *DATA])
def test_signs_that_nobody_sees_break_no_format(api, at, name):
    """In a text, a title, a description, a speaker: what XML cannot say is left out of it."""
    # A list of subtitles may hold no C1 control.
    sent = {"sub_format": "json", "subtitles": cues([FOUL.replace("\x85", ""), "Plain"])}
    said = {"title": FOUL, "description": FOUL, "metadata": {"speaker-name": FOUL}}
    answer = api.post(at, {**sent, **said})
    assert answer.status_code in (201, 400), answer.content
    if answer.status_code == 400:
        assert api.post(at, sent).status_code == 201
    file = written(api, at, name)
    assert "Plain" in file
    assert not set(file) & set("\x00\x01\x08\x0b\x0c\x1b" + ("" if name in DATA else "\ufffe"))
    if name in ("dfxp", "ttml", "xml"):
        assert ElementTree.fromstring(file.encode()) is not None


# Format, what is sent, a word of the sentence. None is stored.
REFUSED = [
    ("srt", "", "no subtitles"),
    ("srt", "\ufeff", "no subtitles"),
    ("srt", "1\n2\n3\n", "no subtitles"),
    ("vtt", "\ufeffWEBVTT\n\n", "no subtitles"),
    ("vtt", "WEBVTT\n\nNOTE only a note\n", "no subtitles"),
    ("vtt", "Hello", "belongs to no subtitle"),
    ("sbv", "\ufeff", "no subtitles"),
    ("ssa", "[Script Info]\n[Events]\n", "no subtitles"),
    ("txt", " \n\t\n", "no subtitles"),
    ("txt", "\ufeff", "no subtitles"),
    ("dfxp", "\ufeff", "not XML"),
    ("dfxp", "<tt>&nbsp;</tt>", "not XML"),
    ("dfxp", "<tt/><tt/>", "not XML"),
    ("dfxp", '<!DOCTYPE tt [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><tt>&b;</tt>', "document type"),
    ("dfxp", '<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt/>', "document type"),
    ("dfxp", "<tt>" + "<div>" * 9000, "deep"),
    ("dfxp", "<tt><body><div><p begin='1e999s'>x</p></div></body></tt>", "1e999s"),
    ("json", [{"text": "x"}], "start"),
    ("json", [{"start": 1, "end": 2, "text": ["x"]}], "text"),
    ("json", [[]], "not an object"),
    ("json", "{}", "a list"),
    ("json", "[" * 5000, "json"),
    ("nonsense", "x", "Unknown format"),
    ("", "x", "Unknown format"),
    ("youtube", "<transcript/>", "Unknown format"),
    (7, "x", "valid string"),
    (["srt"], "x", "valid string"),
]


@pytest.mark.parametrize(("name", "sent", "word"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_no_file_of_its_format_is_named_and_not_stored(api, at, name, sent, word):
    with unchanged():
        answer = api.post(at, {"sub_format": name, "subtitles": sent})
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) <= {"subtitles", "sub_format"}
    assert word.lower() in answer.content.decode().lower()


SAMPLES = sorted(
    path
    for path in (Path(__file__).parents[1] / "subtitles" / "formats" / "samples").rglob("*")
    if path.is_file()
    and path.suffix != ".json"
    and path.parent.name in ("srt", "vtt", "sbv", "ssa", "dfxp", "txt")
)
STRAY = (
    b"\x00",
    b"\x1b",
    b"\xff",
    b"\xed\xa0\x80",
    b"<",
    b">",
    b"&",
    b"{",
    b"\\",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"-->",
    b"9" * 40,
)


def damaged(data, chance):
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(STRAY) + data[at + chance.randint(0, 3) :]
    return data


@pytest.mark.parametrize("salvage", ["false", "true"])
def test_whatever_is_taken_can_be_handed_out(api, ana, salvage):
    """Damaged files of every kind: refused with a sentence, or read by everybody afterwards."""
    chance = random.Random(salvage)
    taken = refused = 0
    for path in chance.sample(SAMPLES, 24):
        at = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
        file = SimpleUploadedFile(path.name, damaged(path.read_bytes(), chance))
        form = {"subtitles": file, "sub_format": path.parent.name, "salvage": salvage}
        answer = api.client.post(f"/api/{at}", form)
        assert answer.status_code in (201, 400), (path.name, answer.content)
        if answer.status_code == 400:
            refused += 1
            assert set(answer.json()) == {"subtitles"}, (path.name, answer.content)
            continue
        taken += 1
        for name in ("dfxp", "xml"):
            assert ElementTree.fromstring(written(api, at, name).encode()) is not None
        assert written(api, at, chance.choice(FILES))
        assert json.loads(api.get(at).content)["subtitles"]
    assert SubtitleVersion.objects.count() == taken
    assert min(taken, refused) >= 3, (taken, refused)

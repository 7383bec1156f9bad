# ruff: noqa: E501 - tables of samples read better unbroken
"""All of a file or a sentence why not, by every way in; and what is told of one that was taken."""

import json
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from subtitles import queries
from subtitles.models import SubtitleVersion
from tests.factories import VideoFactory
from tests.outbound.fakes import running

SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n"
TT = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{}</div></body></tt>'
P = '<p begin="00:00:01.000" end="00:00:02.500">{}</p>'

# sub_format, language, the file, and what becomes of it: the texts, or words of the refusal.
FILES = {
    "plain": ("srt", "en", SRT.format("Hello").encode(), ["Hello"]),
    "windows line ends and a mark": (
        "srt",
        "de",
        b"\xef\xbb\xbf" + SRT.format("Grüße").replace("\n", "\r\n").encode(),
        ["Grüße"],
    ),
    "polish, unstated": ("srt", "pl", SRT.format("Dźwigi już pracują").encode("cp1250"), ["Dźwigi już pracują"]),
    "russian, unstated": ("vtt", "ru", "WEBVTT\n\n00:01.000 --> 00:02.500\nКто там?\n".encode("koi8-r"), ["Кто там?"]),
    "japanese, unstated": ("srt", "ja", SRT.format("もう五時だよ。").encode("cp932"), ["もう五時だよ。"]),
    "japanese, in escapes": ("srt", "ja", SRT.format("もう五時だよ。").encode("iso2022_jp"), ["もう五時だよ。"]),
    "utf-16": ("srt", "fr", SRT.format("Où ça ?").encode("utf-16"), ["Où ça ?"]),
    "utf-16 without a mark": ("srt", "fr", SRT.format("Où ça ?").encode("utf-16-le"), ["Où ça ?"]),
    "utf-8 but for a byte": ("srt", "ru", SRT.format("Привет, ребята").encode() + b"\xe9\n", "line 4: byte 0xE9"),
    "a replacement character": ("srt", "ru", SRT.format("Приве\ufffd").encode(), "line 3"),
    "srt with a space behind the number": (
        "srt", "en", (SRT.format("One") + "\n2 \n00:00:03,000 --> 00:00:04,000\nTwo\n").encode(), ["One", "Two"],
    ),
    "srt with a broken end": ("srt", "en", b"1\n00:00:01,000 --> 00:00:0 2,000\nx\n", "line 2: a time"),
    "vtt with commas": ("vtt", "en", b"WEBVTT\n\n1\n00:00:01,000 --> 00:00:02,500\nOne\n", ["One"]),
    "vtt with text astray": ("vtt", "en", b"WEBVTT\n\n00:01.000 --> 00:02.500\nOne\n\nTwo\n", "line 6: text"),
    "vtt with an angle bracket": ("vtt", "en", b"WEBVTT\n\n00:01.000 --> 00:02.500\nif a <b and c\n", ["if a <b and c"]),
    "vtt without subtitles": ("vtt", "en", b"WEBVTT\n\n", "no subtitles"),
    "sbv with a blank line": ("sbv", "en", b"0:00:01.000,0:00:02.500\nOne\n \nmore\n", ["One\n \nmore"]),
    "srt called txt": ("txt", "en", SRT.format("Hello").encode(), "looks like srt"),
    "srt called vtt": ("vtt", "en", SRT.format("Hello").encode(), ["Hello"]),
    "srt called dfxp": ("dfxp", "en", SRT.format("Hello").encode(), "looks like srt"),
    "an empty text": ("txt", "en", b" \n", "no subtitles"),
    "dfxp": ("dfxp", "en", TT.format(P.format("Hello")).encode(), ["Hello"]),
    "dfxp without a text": ("dfxp", "en", TT.format("").encode(), []),
    "dfxp with a time that is none": ("dfxp", "en", TT.format('<p begin="soon">x</p>').encode(), "soon"),
    "json": ("json", "en", b'[{"start": 1000, "end": 2500, "text": "Hello"}]', ["Hello"]),
    "json without subtitles": ("json", "en", b"[]", []),
    "json in seconds": ("json", "en", b'[{"start": 0.5, "end": 1.5, "text": "x"}]', "whole milliseconds"),
}  # fmt: skip
WAYS = ("body", "form", "field", "upload", "url")


@pytest.fixture
def fake(settings):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    with running() as fake:
        yield fake


@pytest.fixture
def post(api, ana, fake):
    """`post(way, sub_format, language, data, charset=None, **fields)`: the answer."""

    def send(way, sub_format, language, data, charset=None, query="", **fields):
        path = (
            f"/api/videos/{VideoFactory(user=ana).video_id}/languages/{language}/subtitles/{query}"
        )
        fields = {"sub_format": sub_format, **fields}
        stated = f"; charset={charset}" if charset else ""
        if way == "body":
            return api.post(path[5:], {**fields, "subtitles": data.decode()})
        if way == "form":
            pairs = "&".join(f"{name}={quote(str(value))}" for name, value in fields.items())
            body = f"{pairs}&subtitles={quote(data)}".encode()
            kind = f"application/x-www-form-urlencoded{stated}"
            return api.client.generic("POST", path, body, content_type=kind)
        if way == "field":
            part = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
            head = "".join(part.format(name, "") + f"{value}\r\n" for name, value in fields.items())
            kind = f"\r\nContent-Type: text/plain{stated}" if stated else ""
            body = head.encode() + part.format("subtitles", kind).encode() + data + b"\r\n--b--\r\n"
            kind = "multipart/form-data; boundary=b"
            return api.client.generic("POST", path, body, content_type=kind)
        if way == "upload":
            file = SimpleUploadedFile("a.txt", data, f"application/octet-stream{stated}")
            return api.client.post(path, {**fields, "subtitles": file})
        fake.answers["file"] = (200, data, {"Content_Type": f"text/plain{stated}"})
        return api.post(path[5:], {**fields, "subtitles_url": fake.url("file")})

    return send


def outcome(answer):
    """What was stored and said, or why nothing was."""
    body = answer.json()
    if answer.status_code == 201:
        version = SubtitleVersion.objects.latest("pk")
        return 201, version.digest, body["warnings"]
    return answer.status_code, *body.values()


@pytest.mark.parametrize("name", FILES)
def test_every_way_in_is_the_same(post, name):
    sub_format, language, data, expected = FILES[name]
    ways = list(WAYS)
    try:
        # The body of a request is text, so it cannot be in anything but UTF-8.
        if "\0" in data.decode() or "\x1b" in data.decode():
            ways.remove("body")
    except UnicodeDecodeError:
        ways.remove("body")
    answers = {way: post(way, sub_format, language, data) for way in ways}
    outcomes = {way: outcome(answer) for way, answer in answers.items()}
    for way in ways:
        if isinstance(expected, str):
            assert answers[way].status_code == 400, (way, answers[way].content)
            assert expected in answers[way].content.decode(), way
        else:
            assert answers[way].status_code == 201, (way, answers[way].content)
    if isinstance(expected, list):
        stored = queries.track_of(SubtitleVersion.objects.latest("pk").pk)
        assert [cue.text for cue in stored.cues] == expected
        assert len({str(outcome[1:2]) for outcome in outcomes.values()}) == 1, outcomes
        assert all(o[2] == outcomes[ways[-1]][2] for o in outcomes.values()), outcomes
    else:
        assert len({str(outcome) for outcome in outcomes.values()}) == 1, outcomes


POLISH = SRT.format("Dźwigi zaczynają pracę").encode("iso-8859-2")


@pytest.mark.parametrize("way", ["form", "field", "upload", "url"])
def test_a_charset_that_is_stated_is_obeyed(post, way):
    answer = post(way, "srt", "en", POLISH, charset="ISO-8859-2")
    assert answer.status_code == 201, answer.content
    assert "Dźwigi zaczynają pracę" in answer.json()["subtitles"]
    unknown = post(way, "srt", "pl", POLISH, charset="klingon")
    assert unknown.status_code == 400
    assert "klingon" in unknown.content.decode()
    wrong = post(way, "srt", "pl", POLISH, charset="utf-8")
    assert wrong.status_code == 400
    assert "subtitles" in str(list(wrong.json()))


WARNED = [
    ("srt", b"1\n00:00:01.000 --> 00:00:02.500\nOne\n", {"line": 2, "cue": 1, "what": "a point in a time, read as a comma"}),
    ("vtt", b"WEBVTT\n\n00:00:01,000 --> 00:00:02,500\nOne\n", {"line": 3, "cue": 1, "what": "a comma in a time, read as a point"}),
    ("srt", b"1\n00:00:03,000 --> 00:00:02,000\nOne\n", {"line": None, "cue": 1, "what": "a subtitle that ends before it begins, kept as it is"}),
    (
        "srt",
        b"1\n00:00:05,000 --> 00:00:06,000\nB\n\n2\n00:00:01,000 --> 00:00:02,000\nA\n",
        {"line": None, "cue": 1, "what": "subtitles were put in the order of their times"},
    ),
    ("srt", b"1\n00:00:01,000 --> 00:00:02,500\n<s>x</s>\n", {"line": None, "cue": 1, "what": "strike-through, not kept"}),
    ("json", b'[{"start": 1, "end": 2, "text": "x", "mood": "sad"}]', {"line": None, "cue": 1, "what": "a member that is not kept: mood (sad)"}),
]  # fmt: skip


@pytest.mark.parametrize(("sub_format", "data", "warning"), WARNED)
def test_what_was_mended_stands_in_the_answer(post, sub_format, data, warning):
    answer = post("upload", sub_format, "en", data)
    assert answer.status_code == 201, answer.content
    assert warning in answer.json()["warnings"]


@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
@pytest.mark.parametrize("date", ["20160801", "20161201", "20190619"])
def test_warnings_are_in_every_form_of_the_api(api, ana, prefix, date):
    path = f"{prefix}videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    sent = {"sub_format": "vtt", "subtitles": "WEBVTT\n\n00:01,000 --> 00:02,500\nOne\n"}
    for kind, read in (("json", json.loads), ("yaml", str), ("xml", str)):
        answer = api.client.post(
            f"{path}?format={kind}", json.dumps(sent), content_type="application/json",
            headers={"X-API-FUTURE": date},
        )  # fmt: skip
        assert answer.status_code == 201, answer.content
        body = read(answer.content.decode())
        if kind == "json":
            assert [w["line"] for w in body["warnings"]] == [3]
        else:
            assert "a comma in a time" in body
    assert "warnings" not in api.client.get(path).json()


DAMAGED = b"1\n00:00:01,000 --> 00:00:02,500\nOne\n\n2\n00:00:0x,000 --> 00:00:04,000\nTwo\n"


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_file_is_refused_or_salvaged(post, way):
    refused = post(way, "srt", "en", DAMAGED)
    assert not SubtitleVersion.objects.exists()
    assert refused.status_code == 400
    assert "line 6: a time that cannot be read" in refused.content.decode()
    for asked in ({"salvage": "true"}, {"query": "?salvage=true"}):
        answer = post(way, "srt", "en", DAMAGED, **asked)
        assert answer.status_code == 201, answer.content
        assert "One" in answer.json()["subtitles"]
        assert "Two" not in answer.json()["subtitles"]
        [warning] = answer.json()["warnings"]
        assert warning["line"] == 6
        assert "Two" in warning["what"]
    assert post(way, "srt", "en", DAMAGED, salvage="perhaps").status_code == 400
    assert post(way, "srt", "en", b"nothing\n", salvage="true").status_code == 400


def test_a_list_is_for_json_alone(api, ana):
    path = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    cue = {"start": 1000, "end": 2000, "text": "x"}
    for name in ("txt", "srt", "dfxp"):
        for sent in ([1], [cue]):
            answer = api.post(path, {"sub_format": name, "subtitles": sent})
            assert answer.status_code == 400
            assert "json" in answer.content.decode()
    assert not SubtitleVersion.objects.exists()
    assert api.post(path, {"sub_format": "json", "subtitles": [cue]}).status_code == 201
    assert api.post(path, {"sub_format": "json", "subtitles": []}).status_code == 201


OUT_OF_ORDER = """WEBVTT

NOTE about the second

second
00:05.000 --> 00:06.000 line:0 size:50%
B

first
00:01.000 --> 00:02.000 position:10%
A
"""


def test_what_belongs_to_a_cue_stays_with_it_in_the_order_of_times(post, api):
    answer = post("upload", "vtt", "en", OUT_OF_ORDER.encode())
    assert answer.status_code == 201, answer.content
    assert answer.json()["subtitles"] == (
        "WEBVTT\n\nNOTE Paragraph\n\nfirst\n00:00:01.000 --> 00:00:02.000 position:10%\nA\n\n"
        "NOTE about the second\n\nsecond\n00:00:05.000 --> 00:00:06.000 line:0 size:50%\nB\n"
    )
    path = answer.json()["resource_uri"].partition("/api/")[2]
    flags = [cue["meta"]["new_paragraph"] for cue in api.get(path).json()["subtitles"]]
    assert flags == [True, False]

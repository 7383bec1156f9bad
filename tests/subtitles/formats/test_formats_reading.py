# ruff: noqa: E501 - tables of samples read better unbroken
"""What people really upload: kind about form, strict about loss."""

from __future__ import annotations

import json

import pytest

from subtitles.formats import FORMATS, Cue, FormatError, Span, Track, dump, load

A = "00:00:01,000 --> 00:00:02,500"
HEAD = '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" '  # noqa: E501


def tt(body: str, attributes: str = "", head: str = "") -> str:
    return f"{HEAD}{attributes}><head>{head}</head>{body}</tt>"


def p(attributes: str, text: str = "x") -> str:
    return tt(f"<body><div><p {attributes}>{text}</p></div></body>")


def read(data: bytes | str, format: str) -> list[tuple[int | None, int | None, str]]:
    return [(c.start, c.end, c.text) for c in load(data, format).cues]


ONE = [(1000, 2500, "x")]

READS = [
    # SRT, as people write it.
    ("srt", f"1\n{A}\nx\n", ONE),
    ("srt", f"\ufeff1\r\n{A}\r\nx", ONE),
    ("srt", f"1\r{A}\rx\r", ONE),
    ("srt", f"1\r\r\n{A}\r\r\nx\r\r\ny", [(1000, 2500, "x\ny")]),
    ("srt", f"{A}\nx", ONE),
    ("srt", f"1\n\n{A}\nx", ONE),
    ("srt", f" 1 \n  {A} \nx", ONE),
    ("srt", "1\n00:00:01.000 --> 00:00:02.500\nx", ONE),
    ("srt", "1\n0:00:01,0-->0:00:02,5\nx", ONE),
    ("srt", "1\n00:01 --> 00:02,5\nx", ONE),
    ("srt", f"1\n{A} X1:40 X2:600 Y1:20 Y2:50\nx", ONE),
    ("srt", "1\n123:00:00,000 --> 123:00:01,000\nx", [(442_800_000, 442_801_000, "x")]),
    ("srt", "1\n-00:00:01,000 --> 00:00:01,000\nx", [(0, 1000, "x")]),
    ("srt", "1\n00:00:03,000 --> 00:00:01,000\nx", [(3000, 1000, "x")]),
    ("srt", "1\n99:59:59,999 --> 99:59:59,999\nx", [(None, None, "x")]),
    ("srt", f"1\n{A}\nx\n\ny\n\n2\n{A}\nz", [(1000, 2500, "x\n\ny"), (1000, 2500, "z")]),
    ("srt", f"1\n{A}\nx\n2\n{A}\nz", [(1000, 2500, "x"), (1000, 2500, "z")]),
    ("srt", f"1\n{A}\n\n2\n{A}\nz", [(1000, 2500, ""), (1000, 2500, "z")]),
    ("srt", f"{A}\n7\n{A}\nz", [(1000, 2500, "7"), (1000, 2500, "z")]),
    ("srt", f"1\n{A}\nx\n\n2\n00:00:03,000 -> 00:00:04,000\ny", [*ONE, (3000, 4000, "y")]),
    ("srt", f"1\n{A}\na --> b", [(1000, 2500, "a --> b")]),
    ("srt", f"1\n{A}\n{{ a }} {{{{ b }}}} <cough> &lt;", [(1000, 2500, "{ a } {{ b }} <cough> &lt;")]),
    ("srt", f"1\n{A}\nx\u2028y\u0085z", [(1000, 2500, "x\u2028y\u0085z")]),
    ("srt", f"1\n{A}\nx\0\x0b\x0cy", [(1000, 2500, "xy")]),
    # SBV
    ("sbv", "0:00:01.000,0:00:02.500\nx[br]y", [(1000, 2500, "x\ny")]),
    ("sbv", "00:00:01.000,00:00:02.500\nx\ny", [(1000, 2500, "x\ny")]),
    ("sbv", "[INFORMATION]\n[TITLE] t\n[SUBTITLE]\n[COLF]&H\n0:00:01.000,0:00:02.500\nx", ONE),
    ("sbv", "0:01,0:02.5\nx", ONE),
    ("sbv", "0:00:01,000,0:00:02,500 x", ONE),
    ("sbv", "0:00:01.000,0:00:02.500\nx\n \ny\n\nz\n", [(1000, 2500, "x\n \ny\n\nz")]),
    ("sbv", "0:00:01.000,0:00:02.500\n\nx\n\n\n\n0:02,0:03\n\ny\n\n", [*ONE, (2000, 3000, "y")]),
    ("sbv", "0:00:01.000,0:00:02.500\nx\n\n0:02,0:03\ny", [*ONE, (2000, 3000, "y")]),
    ("sbv", "9:59:59.000,9:59:59.000\nx < y & z", [(None, None, "x < y & z")]),
    # SSA
    ("ssa", "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,x, y", [(1000, 2500, "x, y")]),
    ("ssa", " [Events]\n Format: Start, End, Text\n Dialogue: 0:00:01.00,0:00:02.50,x", ONE),
    ("ssa", "[Events]\nFormat: Text, Start, End\nDialogue: x,0:00:01.00,0:00:02.50", ONE),
    ("ass", "Dialogue: 0,0:00:01.00,0:00:02.50,*Default,,0,0,0,,a\\Nb\\hc", [(1000, 2500, "a\nb\u00a0c")]),
    ("ass", "Dialogue: 0,0:00:01.00,0:00:02.50,,,0,0,0,,{\\p1}m 0 0{\\p0}x{a comment}", ONE),
    ("ass", "Comment: 0,x\nDialogue: 0,0:00:01.00,0:00:02.50,,,0,0,0,,x{", [(1000, 2500, "x{")]),
    ("ass", "Dialogue: 0,9:59:59.99,9:59:59.99,,,0,0,0,,x", [(None, None, "x")]),
    # VTT
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT - title\nKind: captions\n\nid --\n00:01.000-->00:02.500 line:90% junk\nx", ONE),
    ("vtt", "\ufeffWEBVTT\r\n\r\n00:01.000 --> 00:02.500\r\nx\r\n", ONE),
    ("vtt", "1\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT\n\nSTYLE\n::cue{}\n\nREGION\nid:a\n\nNOTE\nn\n\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500\nx\n00:02.000 --> 00:03.000\ny",
     [(1000, 2500, "x"), (2000, 3000, "y")]),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Ann>x <00:01.5><c.k>&amp;&lt;b&gt;</c>", [(1000, 2500, "x &<b>")]),
    ("vtt", "WEBVTT\n\n00:01.00 --> 00:02.500\ngone\n\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500\nx\0", [(1000, 2500, "x\ufffd")]),
    ("vtt", "WEBVTT \x01\x02\n\n00:01.000 --> 00:02.500\nx", ONE),
    ("vtt", "WEBVTT", []),
    # TTML
    ("dfxp", p('begin="00:00:01.000" end="00:00:02.500"'), ONE),
    ("dfxp", p('begin="1s" dur="1500ms"'), ONE),
    ("dfxp", p('begin="00:00:01" end="00:00:02.5"'), ONE),
    ("dfxp", p(""), [(None, None, "x")]),
    ("dfxp", p('begin="" end=""'), [(None, None, "x")]),
    ("dfxp", p('begin="soon" end="1e308s"'), [(None, None, "x")]),
    ("dfxp", p('begin="1s" end="2.5s"', "a<br/>b\nc <span>bo</span> <span>it</span>"),
     [(1000, 2500, "a\nb c bo it")]),
    ("dfxp", p('begin="1s" end="2.5s" xml:space="preserve"', " a  b\nc"), [(1000, 2500, "a  b\nc")]),
    ("dfxp", tt('<body begin="1s"><div><div begin="1s"><p begin="1s" dur="1s">x</p></div></div></body>'),
     [(3000, 4000, "x")]),
    ("dfxp", tt('<body><div timeContainer="seq"><p dur="1s">a</p><p dur="1.5s">x</p></div></body>'),
     [(0, 1000, "a"), (1000, 2500, "x")]),
    ("dfxp", tt('<body><div><p begin="24f" end="60t">x</p></div></body>',
                'ttp:frameRate="24" ttp:tickRate="24"'), ONE),
    ("dfxp", tt('<body><div><p begin="0f" end="30f">x</p></div></body>',
                'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"'), [(0, 1001, "x")]),
    ("dfxp", p('begin="1s" end="3s"', 'a <span begin="1s">b</span>'),
     [(1000, 2000, "a"), (2000, 3000, "a b")]),
    ("dfxp", HEAD.replace("ns/ttml", "2006/10/ttaf1")
     + '><body><div><p begin="1s" end="2.5s">x</p></div></body></tt>', ONE),
    ("dfxp", p('begin="1s" end="2.5s"', "a<p>b</p><div>c</div>"), [(1000, 2500, "abc")]),
    ("dfxp", '<tt><body><div/></body></tt>', []),
    ("dfxp", '<?xml version="1.0" encoding="UTF-8"?>' + p('begin="1s" end="2.5s"', "é"), [(1000, 2500, "é")]),
    ("dfxp", ('<?xml version="1.0" encoding="ISO-8859-1"?>' + p('begin="1s" end="2.5s"', "é"))
     .encode("latin-1"), [(1000, 2500, "é")]),
    ("dfxp", ('<?xml version="1.0" encoding="Shift_JIS"?>' + p('begin="1s" end="2.5s"', "の"))
     .encode("shift_jis"), [(1000, 2500, "の")]),
    # The others
    ("txt", "a\nb\n\n\n \nc\n", [(None, None, "a\nb"), (None, None, "c")]),
    ("json", '[{"start":1000,"end":2500,"text":"x","position":1}]', ONE),
    ("json", '[{"start":1,"end":2.5,"text":"x","id":"k","start_of_paragraph":true}]', ONE),
    ("json", '[{"start":3,"end":4,"text":"b","position":2},{"start":1,"end":2,"text":"a<br>&lt;","position":1}]',
     [(1, 2, "a\n<"), (3, 4, "b")]),
    ("youtube", '<transcript><text start="1" dur="1.5">x &amp;amp; y</text></transcript>', [(1000, 2500, "x & y")]),
    ("youtube", '<timedtext><body><p t="1000" d="1500"><s>x</s></p></body></timedtext>', ONE),
    ("youtube", '<timedtext><text t="1000" d="1500">x</text></timedtext>', ONE),
]  # fmt: skip


@pytest.mark.parametrize(("format", "data", "cues"), READS)
def test_read(
    format: str, data: bytes | str, cues: list[tuple[int | None, int | None, str]]
) -> None:
    assert read(data, format) == cues


REFUSED = [
    ("srt", "", None, "no subtitles"),
    ("srt", "some text", 1, "no subtitles"),
    ("srt", "1\n00:00:01,000 --> soon\nx", 2, "cannot be read"),
    ("srt", f"lost words\n\n1\n{A}\nx", 1, "before the first"),
    ("srt", f"1\n{A}\nx\n\n2\n00:00:0x,000 --> 00:00:09,000\ny", 6, "cannot be read"),
    ("sbv", "\nhello", 2, "no subtitles"),
    ("sbv", "0:00:01.000,0:00:0x.000\nx", 1, "cannot be read"),
    ("sbv", "0:00:01.000,0:00:02.000\nx\n\n0:00:0x.000,0:00:02.000\ny", 4, "cannot be read"),
    ("ssa", "[Events]\nDialogue: 0,0:00:0x.00,0:00:02.50,,,0,0,0,,lost", 2, "cannot be read"),
    ("ssa", "[Script Info]", 1, "no subtitles"),
    ("vtt", "nothing of the kind", 1, "WEBVTT"),
    ("dfxp", "<tt>\n<body>", 2, "not XML"),
    ("dfxp", "<html/>", 1, "no TTML"),
    ("dfxp", "", 1, "not XML"),
    ("dfxp", b'<?xml version="1.0" encoding="UTF-8"?><tt>\xe9</tt>', 1, "not utf-8"),
    ("txt", " \n\n ", None, "no subtitles"),
    ("json", "[\n{]", 2, "not JSON"),
    ("json", '{"a": 1}', None, "a list"),
    ("json", "[1]", None, "subtitle 1 is not an object"),
    ("json", '[{"start":1,"end":2}]', None, "subtitle 1: text"),
    ("json", '[{"end":2,"text":""}]', None, "subtitle 1: start is missing"),
    ("json", '[{"start":"1","end":2,"text":""}]', None, "start is not a number"),
    ("json", '[{"start":true,"end":2,"text":""}]', None, "start is not a number"),
    ("json", '[{"start":1e300,"end":2,"text":""}]', None, "too large"),
    ("json", '[{"start":NaN,"end":2,"text":""}]', None, "not a number"),
    ("json", '[{"start":1,"end":2,"text":"","meta":3}]', None, "meta"),
    ("youtube", "<a/>", None, "no YouTube"),
]


@pytest.mark.parametrize(("format", "data", "line", "words"), REFUSED)
def test_refuse(format: str, data: bytes | str, line: int | None, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        load(data, format)
    assert caught.value.line == line
    assert caught.value.format == format


def test_strict_asks_a_web_vtt_file_for_its_first_line() -> None:
    with pytest.raises(FormatError, match="WEBVTT"):
        load("00:01.000 --> 00:02.000\nx", "vtt", strict=True)


def test_salvage_reads_the_rest_and_says_what_is_missing() -> None:
    text = "lost\n\n0:00:01.000,0:00:02.500\nx\n\n0:00:0x.000,0:00:04.000\ngone"
    track = load(text, "sbv", salvage=True)
    assert [c.text for c in track.cues] == ["x"]
    assert [(note.line, note.text) for note in track.notes] == [
        (1, "text before the first subtitle: lost"),
        (6, "a time that cannot be read: 0:00:0x.000,0:00:04.000 gone"),
    ]


def test_srt_says_once_what_is_found_before_something_odd() -> None:
    """Which has the file read again, with more patience."""
    usual = "1\n00:00:01,000 --> 00:00:02,000\n{\\1an8}top\n\n"
    odd = "2\n00:00:03,000 --> 00:00:04,000\n12:30\n\n3\nno time\n"
    expected = [note.text for note in load(usual, "srt").notes]
    assert expected
    assert [note.text for note in load(usual + odd, "srt").notes][: len(expected)] == expected


def test_web_vtt_says_what_it_passed_over() -> None:
    track = load("WEBVTT\n\njunk\n\n00:0x.000 --> 00:02.000\ny", "vtt")
    assert [(n.line, n.text) for n in track.notes] == [
        (3, "text that belongs to no cue"),
        (5, "a cue whose time cannot be read"),
    ]


LOOKS = [
    ("srt", f"1\n{A}\n<b>a<I>b</b>c", (Span("a", 1), Span("b", 3), Span("c", 2)), None, None),
    ("srt", f"1\n{A}\n{{\\an7}}<font color=\"#F80\">a</font>", (Span("a", 0, "#ff8800"),), "top", "left"),
    ("ass", "Dialogue: 0,0:00:01.00,0:00:02.50,,Ann,0,0,0,,{\\an8\\i1\\c&H0088FF&}a",
     (Span("a", 2, "#ff8800", "Ann"),), "top", None),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500 line:5 align:end\n<v Ann><c.yellow><b>a",
     (Span("a", 1, "#ffff00", "Ann"),), "top", "end"),
    ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500 line:6\n<ruby>漢<rt>kan</rt></ruby>",
     (Span("漢", ruby="kan"),), None, None),
    ("dfxp", p('region="top" tts:textAlign="left"', '<span tts:fontWeight="bold"><span tts:fontStyle="italic" '
     'tts:color="rgb(255,136,0)">a</span></span>'), (Span("a", 3, "#ff8800"),), "top", "left"),
    ("dfxp", tt('<body><div><p style="s" ttm:agent="a1">a</p></div></body>', head='<metadata><ttm:agent '
     'xml:id="a1"><ttm:name>Ann</ttm:name></ttm:agent></metadata><styling><style xml:id="s" style="r"/>'
     '<style xml:id="r" tts:textDecoration="underline"/></styling>'), (Span("a", 4, None, "Ann"),), None, None),
    ("json", '[{"start":1,"end":2,"text":"<i>a</i>","meta":{"region":"top"}}]', (Span("a", 2),), "top", None),
]  # fmt: skip


@pytest.mark.parametrize(("format", "data", "content", "region", "align"), LOOKS)
def test_looks(
    format: str, data: str, content: object, region: str | None, align: str | None
) -> None:
    cue = load(data, format).cues[0]
    assert (cue.content, cue.region, cue.align) == (content, region, align)


def test_paragraphs_go_from_notes_to_divs_and_back() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\na\n\nNOTE Paragraph\n\n00:03.000 --> 00:04.000\nb"
    track = load(text, "vtt")
    assert [c.paragraph for c in track.cues] == [True, True]
    assert dump(track, "dfxp").count("<div>") == 2
    assert [c.paragraph for c in load(dump(track, "dfxp"), "dfxp").cues] == [True, True]


SPOKEN = [
    ("cp1252", "Où êtes-vous allé hier soir ? C'était très beau, n'est-ce pas ?"),
    ("cp1250", "Az előző részekből: Daryl fogja elcsalni őket, és mellette megyek."),
    ("cp1250", "Nie wiem, gdzie jest mój pociąg. Proszę się pośpieszyć, będzie późno."),
    ("cp1251", "Простите, господин капитан. Готовы к вылету?"),
    ("koi8-r", "Простите, господин капитан. Готовы к вылету?"),
    ("cp1253", "Καλημέρα, πώς είσαι σήμερα; Δεν ξέρω τι να κάνω με αυτό."),
    ("cp1254", "Bugün nasılsın? Şimdi gidiyorum, çünkü yağmur yağıyor."),
    ("cp1255", "שלום, מה שלומך היום? אני לא יודע מה לעשות עם זה."),
    ("cp1256", "مرحبا كيف حالك اليوم؟ أنا لا أعرف ماذا أفعل بهذا الأمر"),
    ("shift_jis", "こんにちは、今日はどうですか。私はこれをどうすればいいのか分かりません。"),
    ("euc_kr", "안녕하세요, 오늘은 어떻게 지내세요? 나는 이것을 어떻게 해야 할지 모르겠어요."),
    ("gb18030", "你好，你今天怎么样？我不知道这个要怎么办，他们都没有来。"),
    ("big5", "你好，你今天怎麼樣？我不知道這個要怎麼辦，他們都沒有來。"),
    ("utf-16", "Größe"), ("utf-16-le", "Größe"), ("utf-16-be", "Größe"), ("utf-32", "Größe"),
    ("utf-8-sig", "Größe"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "words"), SPOKEN)
def test_encodings(encoding: str, words: str) -> None:
    assert read(f"1\n{A}\n{words}\n".encode(encoding), "srt") == [(1000, 2500, words)]


HOSTILE = Track((
    Cue(0, 1000, "-->\n\n5\n<b>x</b> {\\an8} &lt; [br]\nWEBVTT\n0:00:01.000,0:00:02.000\\N", True),
    Cue(None, None, (Span("a & b", 3), Span("\0c\r\nd", 0, None, "A > B")), True, "top", "left"),
))  # fmt: skip
WRITTEN = {
    "srt": "1\r\n00:00:00,000 --> 00:00:01,000\r\n--Z>\r\nZ\r\n5\r\n<Zb>x<Z/b> {Z\\an8} &lt; [br]\r\nWEBVTT\r\n"
    "Z0:00:01.000,0:00:02.000\\N\r\n\r\n2\r\n99:59:59,999 --> 99:59:59,999\r\n{\\an7}<b><i>a & b</i></b>c\r\nd\r\n",
    "sbv": "0:00:00.000,0:00:01.000\r\n-->\r\nZ\r\n5\r\n<b>x</b> {\\an8} &lt; [Zbr]\r\nWEBVTT\r\n"
    "Z0:00:01.000,0:00:02.000\\N\r\n\r\n9:59:59.000,9:59:59.000\r\na & bc\r\nd\r\n",
    "vtt": "WEBVTT\n\nNOTE Paragraph\n\n00:00:00.000 --> 00:00:01.000\n--&gt;\nZ\n5\n&lt;b&gt;x&lt;/b&gt; {\\an8} "
    "&amp;lt; [br]\nWEBVTT\n0:00:01.000,0:00:02.000\\N\n\nNOTE Paragraph\n\n99:59:59.999 --> 99:59:59.999 "
    "line:1 align:left\n<b><i>a &amp; b</i></b><v A &gt; B>c\nd</v>\n",
    "txt": "-->\nZ\n5\n<b>x</b> {\\an8} &lt; [br]\nWEBVTT\n0:00:01.000,0:00:02.000\\N\n\na & bc\nd",
}  # fmt: skip


@pytest.mark.parametrize("format", WRITTEN)
def test_text_never_becomes_structure(format: str) -> None:
    assert dump(HOSTILE, format).replace("\u200b", "Z") == WRITTEN[format]


def test_ssa_and_dfxp_as_players_want_them() -> None:
    ssa = dump(HOSTILE, "ssa")
    assert ssa.startswith("\ufeff[Script Info]\n")
    assert "0:00:00.00,0:00:01.00,Default,,0000,0000,0000,,-->\\N\\N5\\N<b>x</b> \\{\\an8}" in ssa
    assert "\\\u200bN" in ssa
    dfxp = dump(HOSTILE, "dfxp")
    assert 'tts:origin="0% 80%"' in dfxp
    assert '<p begin="00:00:00.000" end="00:00:01.000" region="bottom">' in dfxp
    assert '<p region="top" tts:textAlign="left">' in dfxp
    assert "<body>" in dfxp


def test_json_as_the_api_shows_it() -> None:
    cues = json.loads(dump(HOSTILE, "json"))
    assert cues[1] == {
        "start": None,
        "end": None,
        "text": "<b><i>a &amp; b</i></b>c<br>d",
        "position": 2,
        "meta": {"new_paragraph": True, "region": "top"},
    }


def test_aliases_are_the_same_codec() -> None:
    for alias, name in (("xml", "dfxp"), ("ttml", "dfxp"), ("ass", "ssa")):
        assert FORMATS[alias][3:] == FORMATS[name][3:]
    with pytest.raises(KeyError):
        dump(HOSTILE, "youtube")


def test_what_a_track_says_of_itself() -> None:
    assert Track().fully_synced
    assert not HOSTILE.fully_synced
    assert load(f"1\n{A}\nx", "srt").fully_synced
    late, early, loose = Cue(5, 6, "b"), Cue(1, 2, "a"), Cue(None, None, "c")
    assert Track((late, loose, early)).in_time_order().cues == (early, late, loose)


SETTINGS = [
    ("line:-2 position:10%,line-left size:35%", None, None, "line:-2 position:10%,line-left size:35%"),
    ("size:35% line:90%,end align:right", None, "right", "line:90%,end size:35%"),
    ("line:0 vertical:rl", "top", None, "vertical:rl line:0"),
    ("line:1 size:50%", "top", None, "size:50%"),
    ("line:12.5%,start", "top", None, "line:12.5%,start"),
    ("align:left align:center size:101% position:-1% vertical:up region:r nonsense", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "region", "align", "kept"), SETTINGS)
def test_web_vtt_keeps_names_and_places(
    said: str, region: str | None, align: str | None, kept: str | None
) -> None:
    text = f"WEBVTT\n\nthe first one\n00:01.000 --> 00:02.500 {said}\nx\n"
    cue = load(text, "vtt").cues[0]
    assert (cue.id, cue.region, cue.align, cue.settings) == ("the first one", region, align, kept)
    again = dump(Track((cue,)), "vtt")
    assert "\nthe first one\n00:00:01.000 --> 00:00:02.500" in again
    assert load(again, "vtt").cues[0] == cue


def test_delimiters_belong_to_the_reading() -> None:
    inside = (
        '<span tts:ruby="container"><span tts:ruby="base">漢</span><span tts:ruby="delimiter">(</span>'
        '<span tts:ruby="text">kan</span><span tts:ruby="delimiter">)</span></span>'
    )
    track = load(p('begin="1s"', inside), "dfxp")
    assert track.cues[0].content == (Span("漢", ruby="(kan)"),)
    assert inside in dump(track, "dfxp")
    assert track.cues[0].text == "漢(kan)" in dump(track, "srt")
    without = track.cues[0]._replace(content=(Span("漢", ruby="kan"),))
    assert without.text == "漢kan"
    assert "漢(kan)" in dump(Track((without,)), "srt")


def test_a_reset_to_a_named_style_looks_like_that_style() -> None:
    styles = "[V4+ Styles]\nFormat: Name, Bold\nStyle: Default,0\nStyle: A,-1\n\n[Events]\n"
    line = r"Dialogue: 0,0:00:01.00,0:00:02.50,A,,0,0,0,,a{\rDefault}b{\r}c"
    content = load(styles + line, "ssa").cues[0].content
    assert content == (Span("a", 1), Span("b"), Span("c", 1))


@pytest.mark.parametrize(
    ("style", "region", "place"),
    [
        ('tts:origin="10% 5%" tts:extent="80% 20%"', "", "top"),
        ("", 'tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="before"', "top"),
        ("", 'tts:origin="10% 10%" tts:extent="80% 80%"', None),
        ("", 'tts:origin="10% 80%" tts:extent="80% 20%" tts:displayAlign="before"', None),
    ],
)
def test_where_a_region_is(style: str, region: str, place: str | None) -> None:
    head = (
        f'<styling><style xml:id="s" {style}/></styling>'
        f'<layout><region xml:id="r" style="s" {region}/></layout>'
    )
    body = '<body><div><p begin="1s" region="r">x</p></div></body>'
    assert load(tt(body, head=head), "dfxp").cues[0].region == place


def test_a_short_file_with_a_long_header_keeps_its_letters() -> None:
    text = (
        "[Script Info]\nTitle: x\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,Поезд ушёл на рассвете.\n"
        "Dialogue: 0,0:00:03.00,0:00:04.50,Default,,0,0,0,,Никто не знал, куда.\n"
    )
    assert read(text.encode("cp1251"), "ssa")[0][2] == "Поезд ушёл на рассвете."


FLAT = '<p begin="1s" end="2.5s">x</p>'


@pytest.mark.parametrize(
    ("body", "head", "cues"),
    [
        # What is behind a p, above it or in its region counts as much as what it says itself.
        (f"<div>{FLAT}</div>", "", [(1000, 2500, "x")]),
        (f'<div begin="1s">{FLAT}</div>', "", [(2000, 3500, "x")]),
        (f'<div end="2s">{FLAT}</div>', "", [(1000, 2000, "x")]),
        (f'<div timeContainer="seq">{FLAT}{FLAT}</div>', "", [(1000, 2500, "x"), (3500, 5000, "x")]),
        (f'<div timeContainer="seq"><div>{FLAT}</div><div>{FLAT}</div></div>', "", [(1000, 2500, "x"), (3500, 5000, "x")]),
        (f'<div>{FLAT}<set begin="2s" tts:display="none"/></div>', "", [(1000, 2000, "x")]),
        (f'<div region="r">{FLAT}</div>', '<layout><region xml:id="r" begin="2s"/></layout>', [(2000, 2500, "x")]),
        ('<div begin="1s"><p>x</p></div>', "", [(1000, None, "x")]),
        ('<div><p begin="999999999999999h">x</p></div>', "", []),
        ("<div> a <br/> b <p> c <br>no<span>no</span></br> d </p> e </div>", "", [(None, None, "c\nd")]),
        ("<div><p>a<metadata>no</metadata>b<p>c</p><br/>d</p></div>", "", [(None, None, "abc\nd")]),
        ('<div><p>a <span begin="1s"> b</span></p></div>', "", [(None, 1000, "a"), (1000, None, "a b")]),
        ('<div xml:space="preserve"><p>a  b</p></div>', "", [(None, None, "a  b")]),
    ],
)  # fmt: skip
def test_a_plain_p_in_whatever_stands_around_it(body: str, head: str, cues: object) -> None:
    assert read(tt(f"<body>{body}</body>", head=head), "dfxp") == cues


def test_a_style_above_a_plain_p_is_its_style() -> None:
    track = load(tt(f'<body><div tts:fontStyle="italic" tts:textAlign="left">{FLAT}</div></body>'), "dfxp")  # fmt: skip
    assert track.cues[0][2:6] == ((Span("x", 2),), True, None, "left")

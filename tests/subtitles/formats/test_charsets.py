"""Bytes become the text that was meant, or a sentence that says why not; never other letters."""

from __future__ import annotations

import codecs
import gettext
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import django
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara_api.kernel import charsets
from subtitles.formats import FormatError, load, load_list
from subtitles.formats.charset import UNTOLD
from subtitles.formats.letters import ALIKE, MODELS
from subtitles.formats.model import Rules
from subtitles.formats.text import decode, xml_bytes
from subtitles.storage import dfxp_source
from tests.subtitles.formats.spoken import SPOKEN

# --- the matrix ----------------------------------------------------------------------------------

WEST = "cp1252 iso-8859-1 iso-8859-15 mac_roman cp850 cp858 cp437"
CENTRAL = "cp1250 iso-8859-2 cp852 mac_latin2"
CYRILLIC = "cp1251 koi8-r iso-8859-5 cp866 mac_cyrillic cp855"
BALTIC = "cp1257 iso-8859-13 iso-8859-4 iso-8859-10 cp775 mac_latin2"
USED = {
    **dict.fromkeys("es it ca gl ga de nl fi sv".split(), WEST),  # noqa: SIM905
    "fr": f"{WEST} cp863", "pt": f"{WEST} cp860", "da": f"{WEST} cp865", "nb": f"{WEST} cp865",
    "is": "cp1252 iso-8859-1 iso-8859-15 mac_iceland cp850 cp861", "cy": "iso-8859-14",
    "sq": f"{WEST} cp1250 iso-8859-2", "cs": CENTRAL, "sk": CENTRAL, "pl": f"{CENTRAL} iso-8859-16",
    "hu": f"{CENTRAL} iso-8859-16",
    "sl": f"{CENTRAL} mac_croatian", "hr": f"{CENTRAL} mac_croatian",
    "ro": "cp1250 iso-8859-2 cp852 iso-8859-16 mac_romanian", "lt": BALTIC, "lv": BALTIC,
    "tr": "cp1254 iso-8859-9 iso-8859-3 cp857 mac_turkish",
    "et": f"{BALTIC} cp1252 iso-8859-15", "mt": "iso-8859-3", "eo": "iso-8859-3", "vi": "cp1258",
    "ru": CYRILLIC, "be": CYRILLIC, "bg": CYRILLIC,
    "uk": "cp1251 koi8-u iso-8859-5 cp1125 mac_cyrillic cp855",
    "mk": "cp1251 iso-8859-5 mac_cyrillic cp855", "sr": "cp1251 iso-8859-5 mac_cyrillic cp855",
    "el": "cp1253 iso-8859-7 cp737 cp869 mac_greek", "he": "cp1255 iso-8859-8 cp862",
    "ar": "cp1256 iso-8859-6 cp720 mac_arabic", "fa": "cp1256",
    "th": "cp874 tis-620 iso-8859-11",
    "ja": "cp932 shift_jis shift_jis_2004 euc_jp euc_jis_2004 iso2022_jp iso2022_jp_2004",
    "ko": "cp949 euc_kr johab iso2022_kr", "zh-cn": "gb18030 gbk gb2312 hz",
    "zh-tw": "big5 cp950 big5hkscs",
}  # fmt: skip
# Single cues that are read as something else: language, charset, text, and why nobody could know.
MISREAD: list[tuple[str, str, str, str]] = []
COMMA_BELOW = str.maketrans("șțȘȚ", "şţŞŢ")


@cache
def translated(language: str) -> list[str]:
    """Sentences of Django's own translations."""
    base, _, rest = language.partition("-")
    place = {"zh-cn": "zh_Hans", "zh-tw": "zh_Hant"}.get(language, base)
    found = []
    root = Path(django.__file__).parent
    files = f"locale/{place}/LC_MESSAGES/*.mo"
    for path in sorted([*root.glob(f"conf/{files}"), *root.glob(f"contrib/*/{files}")]):
        with path.open("rb") as file:
            catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for message, text in catalog.items():
            if not message or not isinstance(text, str) or re.search("[%{<&]", text):
                continue
            if 12 < len(text) < 100 or (base in ("zh", "ja", "ko", "th") and 5 < len(text) < 60):
                found.append(" ".join(text.split()))
    return sorted(set(found))


def encoded(text: str, charset: str) -> bytes | None:
    """The text in a charset; None where it has not all letters."""
    if charset == "cp1258":
        text = "".join(map(_toned, unicodedata.normalize("NFC", text)))
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        return None


def _toned(c: str) -> str:
    """A letter as Windows writes Vietnamese: its tone behind it, if there is no such letter."""
    try:
        c.encode("cp1258")
        return c
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", c)
        tone = next((p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323"), "")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone


def srt(lines: list[str]) -> str:
    return "\n".join(
        f"{n}\n00:{n:02}:00,000 --> 00:{n:02}:02,000\n{line}\n" for n, line in enumerate(lines, 1)
    )


def spoken(language: str, charset: str) -> list[str]:
    """The hand-written lines that a charset can hold and that are not ASCII."""
    text = SPOKEN[language]
    if charset in ("iso-8859-16", "mac_romanian") and language == "ro":
        text = text.translate(str.maketrans("şţŞŢ", "șțȘȚ"))
    return fitting(text.split("|"), charset)


def fitting(lines: list[str], charset: str) -> list[str]:
    return [line for line in lines if not line.isascii() and encoded(line, charset) is not None]


def outcome(lines: list[str], language: str, charset: str) -> str:
    """ "right", "refused" or "garbled"."""
    text = srt(lines)
    data = encoded(text, charset)
    assert data is not None
    try:
        found, _ = decode(data, Rules(language=language))
    except FormatError as error:
        assert error.message == UNTOLD
        assert error.line == 3 + next(4 * n for n, s in enumerate(lines) if not s.isascii()) or (
            charset.startswith("mac_a")
        )
        return "refused"
    # Romanian has one letter, which older charsets write with a cedilla.
    return "right" if found.translate(COMMA_BELOW) == text.translate(COMMA_BELOW) else "garbled"


def cells() -> Iterator[tuple[str, str]]:
    for language, used in USED.items():
        for charset in used.split():
            yield language, charset


def samples(lines: list[str], size: int, chance: random.Random) -> list[list[str]]:
    """A few files of so many cues."""
    if size == 1:
        return [[line] for line in lines]
    return [chance.sample(lines * size, size) for _ in range(5 if size == 3 else 1)]


def assert_share(counts: Counter[str], least: float) -> None:
    assert counts["right"] >= least * counts.total() > 0, counts


@pytest.mark.parametrize("size", [1, 3, 50])
def test_dialogue_in_every_charset_of_its_language(size: int) -> None:
    counts: Counter[str] = Counter()
    garbled = []
    for language, charset in cells():
        lines = spoken(language, charset)
        assert len(lines) >= 2, (language, charset)
        for cues in samples(lines, size, random.Random(7)):
            result = outcome(cues, language, charset)
            counts[result] += 1
            if result == "garbled":
                garbled.append((language, charset, cues[0]))
    assert len(USED) >= 25
    assert_share(counts, 0.95)
    assert garbled == ([cell[:3] for cell in MISREAD] if size == 1 else [])


@pytest.mark.parametrize("size", [1, 3, 50])
def test_other_texts_in_every_charset_of_their_language(size: int) -> None:
    counts: Counter[str] = Counter()
    garbled = []
    languages = set()
    for language, charset in cells():
        lines = fitting(translated(language), charset)
        if len(lines) < 10:
            continue
        languages.add(language)
        chance = random.Random(11)
        for cues in samples(chance.sample(lines, 8) if size == 1 else lines, size, chance):
            result = outcome(cues, language, charset)
            counts[result] += 1
            if result == "garbled":
                garbled.append((language, charset, cues))
    assert len(languages) >= 25
    assert_share(counts, 0.95)
    assert garbled == []


@pytest.mark.parametrize("size", [3, 50])
def test_lines_in_capitals_are_no_other_charset(size: int) -> None:
    counts: Counter[str] = Counter()
    for language, charset in cells():
        lines = fitting([line.upper() for line in spoken(language, charset)], charset)
        if len(lines) > 2 and charset not in ("hz",):
            for cues in samples(lines, size, random.Random(5)):
                result = outcome(cues, language, charset)
                counts[result] += 1
                assert result != "garbled", (language, charset, cues)
    assert_share(counts, 0.95)


@pytest.mark.parametrize("size", [3, 50])
def test_without_a_language_all_of_them_are_tried(size: int) -> None:
    counts: Counter[str] = Counter()
    for language, charset in cells():
        lines = spoken(language, charset)
        text = srt(samples(lines, size, random.Random(3))[0])
        try:
            found = decode(encoded(text, charset) or b"")[0].translate(COMMA_BELOW)
        except FormatError:
            counts["refused"] += 1
        else:
            counts["right" if found == text.translate(COMMA_BELOW) else "garbled"] += 1
    assert counts["garbled"] == 0
    assert_share(counts, 0.9)


SHORT = {
    "es": "Sí.|¿Qué?|Adiós.|¡Ay!", "fr": "Ça va ?|Où ?|Là !|Déjà ?",
    "pl": "Co się stało?|Nie bój się.",
    "de": "Schön.|Tschüss!|Für mich?", "hu": "Jó.|Köszönöm.", "cs": "Běž!|Proč?|Děkuji.",
    "ru": "Да.|Нет!|Что?", "el": "Ναι.|Όχι!|Τι;", "tr": "Hayır!|İyi.", "pt": "Não!|Olá.|Você?",
    "he": "כן.|לא!", "ar": "نعم.|لا!", "ja": "はい。|何？", "zh-cn": "好。|什么？",
    "zh-tw": "什麼？|是嗎？",
    "ko": "네.|뭐?", "uk": "Ні!|Що?", "th": "ใช่|ไม่", "sv": "Förlåt.", "da": "Nå?|På gensyn.",
    "it": "È lui.|Perché?", "vi": "Không.|Gì?",
}  # fmt: skip


def test_a_word_or_two_is_right_or_refused() -> None:
    counts: Counter[str] = Counter()
    for language, lines in SHORT.items():
        for charset in USED[language].split():
            for line in fitting(lines.split("|"), charset):
                result = outcome([line], language, charset)
                counts[result] += 1
                assert result != "garbled", (language, charset, line)
    assert_share(counts, 0.8)


def test_codes_find_the_charsets_of_their_language() -> None:
    assert set(USED) - {"ja", "ko", "zh-cn", "zh-tw"} <= set(MODELS) | set(ALIKE)
    assert {name for names in ALIKE.values() for name in names} <= set(MODELS)
    for code, language in (
        ("pt-br", "pt"),
        ("fr-ca", "fr"),
        ("nn", "nb"),
        ("iw", "he"),
        ("bs", "hr"),
    ):
        charset = USED[language].split()[0]
        text = srt(spoken(language, charset))
        assert decode(text.encode(charset), Rules(language=code))[0] == text
    for code, language in (
        ("sr-latn", "hr"),
        ("sr", "hr"),
        ("sr", "sr"),
        ("zh", "zh-tw"),
        ("zh", "zh-cn"),
    ):
        text = srt(SPOKEN[language].split("|"))
        charset = USED[language].split()[0]
        assert decode(text.encode(charset), Rules(language=code))[0] == text


# --- what is stated ------------------------------------------------------------------------------

LABELS = {
    "x-sjis": "cp932", "Windows-31J": "cp932", "shift_jis": "cp932", "ks_c_5601-1987": "cp949",
    "EUC-KR": "cp949", "big5": "big5hkscs", "gb2312": "gb18030", "GBK": "gb18030",
    "tis-620": "cp874", "iso-8859-11": "cp874", "koi8-r": "koi8-r", "KOI8-U": "koi8-u",
    "x-mac-cyrillic": "mac_cyrillic", "macintosh": "mac_roman", "x-mac-ce": "mac_latin2",
    "cp866": "cp866", "IBM852": "cp852", "866": "cp866", "csISOLatin2": "iso-8859-2",
    "latin1": "iso-8859-1", "ISO_8859-1:1987": "iso-8859-1", "iso-8859-8-i": "iso-8859-8",
    "x-cp1250": "cp1250", "win-1251": "cp1251", "windows-1252": "cp1252", "us-ascii": "ascii",
    '"utf-8"': "utf-8", " UTF8 ": "utf-8", "utf-16le": "utf-16-le", "iso-2022-jp": "iso2022_jp_2",
    "hz-gb-2312": "hz", "koi8-t": "koi8-t", "johab": "johab", "cp1258": "cp1258",
}  # fmt: skip


def test_a_charset_goes_by_many_names() -> None:
    assert {label: charsets.codec(label) for label in LABELS} == LABELS
    for label, codec in LABELS.items():
        assert charsets.codec(charsets.shown(codec)) == codec, label


@pytest.mark.parametrize(
    "label",
    ["klingon", "utf-7", "zlib", "zlib_codec", "rot13", "rot_13", "hex", "base64", "idna", "bz2",
     "uu", "punycode", "quopri", "unicode_escape", "raw_unicode_escape", "undefined",
     "mbcs", "cp037",
     "x-user-defined", "charmap", "utf-8\0", "utf‑8", "a" * 300],
)  # fmt: skip
def test_what_is_no_charset_is_named(label: str) -> None:
    assert charsets.codec(label) is None
    with pytest.raises(FormatError, match="^the charset .* is not known$") as caught:
        decode(b"x", Rules(charset=label, salvage=True))
    assert caught.value.line is None
    assert len(caught.value.message) < 80


def test_every_charset_that_is_known_makes_text_of_bytes() -> None:
    for codec in {charsets.codec(label) or "" for label in charsets._CODECS}:
        assert codecs.lookup(codec)._is_text_encoding
        assert charsets.text("Hello\n".encode(codec), codec)[0].lstrip("\ufeff") == "Hello\n"


def test_what_is_stated_is_obeyed() -> None:
    for language, charset in cells():
        text = srt(spoken(language, charset))
        # The language is of no account then.
        found, notes = decode(encoded(text, charset) or b"", Rules(charset=charset, language="en"))
        assert found == text
        assert not notes, (charset, notes)


def test_what_is_stated_is_obeyed_though_it_looks_like_another() -> None:
    data = "Źdźbło\n".encode()
    text, notes = decode(data, Rules(charset="iso-8859-1"))
    assert text == data.decode("cp1252")
    assert [note.text for note in notes] == [
        "read as windows-1252, which has more than iso-8859-1",
        "read as iso-8859-1, as stated, though it looks like UTF-8",
    ]


def test_what_is_quoted_in_latin_1_is_windows() -> None:
    text, notes = decode(b"\x93\xc9t\xe9\x94\n", Rules(charset="latin1"))
    assert (text, len(notes)) == ("“Été”\n", 1)
    # Where Windows has nothing either, there is a line to blame.
    with pytest.raises(FormatError) as caught:
        decode(b"\x93\n\xe9 \x81", Rules(charset="latin1"))
    assert str(caught.value) == "line 1: byte 0x93 is not iso-8859-1"


ENDS = [b"\n", b"\r\n", b"\r", b"\r\r\n"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("charset", "good", "bad", "byte"),
    [
        ("utf-8", "é", b"\xe9.", "E9"),
        (None, "étés", b"\xe9.", "E9"),
        ("cp1250", "é", b"\x81", "81"),
        ("cp1252", "é", b"\x9d", "9D"),
        ("cp1253", "ή", b"\xd2", "D2"),
        ("iso-8859-2", "ł", b"\x8c", "8C"),
        ("iso-8859-5", "ы", b"\x85", "85"),
        ("cp932", "の", b"\x82\x20", "82"),
        ("euc-jp", "の", b"\xa4\x20", "A4"),
        ("gbk", "的", b"\xff", "FF"),
        ("us-ascii", "e", b"\xe9", "E9"),
    ],
)
def test_bytes_that_do_not_fit_are_refused_with_their_line(
    charset: str | None, good: str, bad: bytes, byte: str, end: bytes
) -> None:
    codec = charset or "utf-8"
    data = good.encode(codec) + end + good.encode(codec) + end + b"so " + bad + end
    with pytest.raises(FormatError) as caught:
        decode(data, Rules(charset=charset, language="fr"))
    assert caught.value.line == 3
    assert caught.value.message.startswith(f"byte 0x{byte} is not ")
    text, notes = decode(data, Rules(charset=charset, language="fr", salvage=True))
    assert text.count("\ufffd") == 1
    assert [note.line for note in notes] == [3]
    assert text.startswith(good)


@given(st.data())
def test_utf_8_but_for_one_byte_is_never_another_charset(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from([code for code in USED if code not in ("hz",)]))
    text = srt(SPOKEN[language].split("|"))
    raw = text.encode()
    place = data.draw(st.integers(0, len(raw)))
    while place < len(raw) and raw[place] & 0xC0 == 0x80:
        place += 1
    stray = bytes([data.draw(st.sampled_from([0x80, 0x92, 0xA9, 0xC3, 0xE9, 0xFC, 0xFF]))])
    broken = raw[:place] + stray + raw[place:]
    if place < len(raw) and raw[place] & 0x80 and stray == b"\xc3":
        return
    with pytest.raises(FormatError) as caught:
        decode(broken, Rules(language=language))
    assert caught.value.line == raw[:place].count(b"\n") + 1
    found, notes = decode(broken, Rules(language=language, salvage=True))
    assert found.replace("\ufffd", "") == text
    assert found.count("\ufffd") == 1
    assert [note.line for note in notes] == [caught.value.line]


# --- Unicode -------------------------------------------------------------------------------------

WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("codec", WIDE)
@pytest.mark.parametrize("language", SPOKEN)
def test_wide_characters_are_read_with_a_mark_without_and_as_stated(
    language: str, codec: str
) -> None:
    text = srt(SPOKEN[language].split("|")[:2])
    raw, mark = text.encode(codec), "\ufeff".encode(codec)
    family = codec[:6]
    for data, charset in (
        (mark + raw, None), (mark + raw, family), (mark + raw, codec),
        (raw, None), (raw, family), (raw, codec),
    ):  # fmt: skip
        assert decode(data, Rules(charset=charset, language=language))[0] == text
    with pytest.raises(FormatError) as caught:
        decode(mark + raw + b"x", Rules(language=language))
    assert caught.value.line == text.count("\n") + 1


def test_a_mark_is_not_another_charset() -> None:
    data = codecs.BOM_UTF8 + "é\n".encode()
    assert decode(data) == decode(data, Rules(charset="utf-8")) == ("é\n", [])
    for charset in ("cp1252", "utf-16", "utf-16le"):
        with pytest.raises(FormatError, match="begins with the mark of utf-8") as caught:
            decode(data, Rules(charset=charset))
        assert caught.value.line == 1
        assert decode(data, Rules(charset=charset, salvage=True))[0] == "é\n"


def test_a_lone_nul_makes_nothing_wide() -> None:
    text = srt(SPOKEN["fr"].split("|"))
    assert decode(text.replace("soir", "so\0ir").encode())[0] == text.replace("soir", "so\0ir")


@pytest.mark.parametrize("character", ["\ufffd", "\x85", "\x92"])
def test_what_another_program_has_spoilt_is_refused(character: str) -> None:
    data = f"é\nx{character}y\n".encode()
    for charset in (None, "utf-8"):
        # A standard may have readers show it; it counts where a file is to be kept.
        assert decode(data, Rules(charset=charset)) == (data.decode(), [])
        with pytest.raises(FormatError) as caught:
            decode(data, Rules(charset=charset, whole=True))
        assert caught.value.line == 2
        text, notes = decode(data, Rules(charset=charset, whole=True, salvage=True))
        assert (text, [note.line for note in notes]) == ("é\nx\ufffdy\n", [2])


@pytest.mark.parametrize(
    ("codec", "language"), [("iso2022_jp", "ja"), ("iso2022_kr", "ko"), ("hz", "zh-cn")]
)
def test_escapes_are_not_plain_ascii(codec: str, language: str) -> None:
    text = srt(spoken(language, codec))
    for code in (language, None):
        assert decode(text.encode(codec), Rules(language=code))[0] == text
    for plain in ("~{", "a ~{smile~} b", "~{ la la ~}"):
        assert decode(plain.encode(), Rules(language="en"))[0] == plain


@given(st.binary(max_size=60), st.sampled_from([None, *USED]), st.booleans())
def test_nothing_is_spoilt_in_silence(data: bytes, language: str | None, salvage: bool) -> None:
    try:
        text, notes = decode(b"a\n" + data, Rules(language=language, salvage=salvage, whole=True))
    except FormatError as error:
        assert error.line
        assert error.message.isprintable()
    else:
        spoilt = any("\x80" <= c <= "\x9f" or c == "\ufffd" for c in text)
        assert not spoilt or (salvage and notes and "\x80" not in text)


def test_a_guess_is_told_and_what_is_sure_is_not() -> None:
    text = srt(SPOKEN["pl"].split("|"))
    assert [n.text for n in decode(text.encode("cp1250"), Rules(language="pl"))[1]] == [
        "read as windows-1250"
    ]
    assert decode(text.encode(), Rules(language="pl"))[1] == []
    track = load(text.encode("cp852"), "srt", language="pl")
    assert "read as ibm852" in [note.text for note in track.notes]


# --- XML -----------------------------------------------------------------------------------------

TTML = (
    '{}<tt xmlns="http://www.w3.org/ns/ttml"><body><div>\n'
    '<p begin="1s" end="2s">Dźwigi zaczynają pracę</p>\n</div></body></tt>'
)


def declared(encoding: str) -> str:
    return TTML.format(f'<?xml version="1.0" encoding="{encoding}"?>\n')


XML = [
    (declared("iso-8859-2").encode("iso-8859-2"), None),
    (declared("windows-1250").encode("cp1250"), None),
    (declared("utf-8").encode("cp1250"), "windows-1250"),
    (declared("klingon").encode("cp1250"), "windows-1250"),
    (declared("iso-8859-1").encode(), "utf-8"),
    (declared("utf-8").encode(), None),
    (declared("UTF-8").encode("utf-8-sig"), None),
    (declared("iso-8859-1").encode("utf-8-sig"), None),
    (TTML.format("").encode(), None),
    *((declared("utf-16").encode(codec), None) for codec in (*WIDE, "utf-16", "utf-32")),
    *((TTML.format("").encode(codec), None) for codec in (*WIDE, "utf-16", "utf-32")),
    (declared("utf-16").encode("utf-16-be"), "utf-16"),
]


@pytest.mark.parametrize(("data", "charset"), XML)
def test_xml_is_read_as_it_is_written(data: bytes, charset: str | None) -> None:
    track = load(data, "dfxp", charset=charset)
    assert [cue.text for cue in track.cues] == ["Dźwigi zaczynają pracę"]
    source = dfxp_source(data, "pl", charset=charset)
    assert "Dźwigi zaczynają pracę" in source
    assert "\0" not in source
    assert re.findall('encoding="(.*?)"', source) in (["utf-8"], [])
    assert load(source.encode(), "dfxp").cues == track.cues


@pytest.mark.parametrize(
    ("data", "charset", "said"),
    [
        (declared("klingon").encode(), None, 'line 1: the charset "klingon" is not known'),
        (declared("zlib").encode(), None, 'line 1: the charset "zlib" is not known'),
        (declared("utf-16").encode(), None, "line 1: the file declares the encoding utf-16, which"),
        (declared("utf-8").encode("cp1250"), None, "line 3: byte 0x9F is not utf-8; state the"),
        (TTML.format("").encode("iso-8859-2"), None, "line 2: byte 0xBC is not utf-8; state the"),
        (declared("us-ascii").encode(), None, "line 3: byte 0xC5 is not us-ascii"),
        (declared("iso-8859-2").encode("cp1250"), None, "line 3: byte 0x9F is not iso-8859-2"),
        (declared("utf-8").encode("cp1250"), "utf-8", "line 3: byte 0x9F is not utf-8"),
        (declared("utf-8").encode(), "klingon", 'the charset "klingon" is not known'),
    ],
)
def test_xml_that_is_not_as_it_says_is_refused(data: bytes, charset: str | None, said: str) -> None:
    for read in (
        lambda: load(data, "dfxp", charset=charset),
        lambda: dfxp_source(data, "pl", charset=charset),
    ):
        with pytest.raises(FormatError) as caught:
            read()
        assert str(caught.value).startswith(said)


def test_xml_is_salvaged_but_for_what_is_lost() -> None:
    data = declared("utf-8").encode().replace(b"prac", b"pr\xffc")
    track = load(data, "dfxp", salvage=True)
    assert [cue.text for cue in track.cues] == ["Dźwigi zaczynają pr\ufffdcę"]
    assert [note.line for note in track.notes] == [3]


def test_large_xml_in_utf_8_is_not_copied() -> None:
    data = TTML.format("").encode() * 1000
    assert xml_bytes(data)[0] is data


@pytest.mark.parametrize("language", ["en", "fr", "ru", "und", None])
@pytest.mark.parametrize("seen_nowhere", "\u200b\u2060\u180e\ufeff\u00ad\u200e\u061c\u2028\ufe0f")
def test_what_is_seen_nowhere_is_no_sign_of_another_charset(seen_nowhere, language):
    """A file that has no other character beyond ASCII is UTF-8 all the same."""
    text = f"1\n00:00:01,000 --> 00:00:02,000\na{seen_nowhere}b\n"
    track = load(text.encode(), "srt", whole=True, language=language)
    assert track.cues[0].content.replace(seen_nowhere, "") == "ab"
    assert not track.notes


@pytest.mark.parametrize("character", ["\ufffd", "\x85", "\x92"])
@pytest.mark.parametrize("text", ["a{}b", "<i>a{}b</i>"])
def test_a_list_may_hold_no_more_than_a_file(character, text):
    """What is handed out as a file must be taken back."""
    cues = [
        {"start": 0, "end": 1, "text": "ok"},
        {"start": 1, "end": 2, "text": text.format(character)},
    ]
    for sent in (cues, json.dumps(cues)):
        read = load_list if sent is cues else partial(load, format="json")
        with pytest.raises(FormatError, match="subtitle 2: text holds a"):
            read(sent, whole=True)
        kept = read(sent, whole=True, salvage=True)
        assert (kept.cues[1].text, [note.cue for note in kept.notes]) == ("a\ufffdb", [1])

"""What a charset is called, and the codec that reads it.

Python knows a hundred codecs, some of which decompress (`zlib_codec`) or reinterpret (`utf-7`,
`idna`). A name sent by a client is looked up here and nowhere else. Where a narrow name is
commonly put on a wider charset (`gb2312` on GBK, `shift_jis` on cp932), the wider one is taken:
it reads all that the narrow one reads.
"""

from __future__ import annotations

import re
from typing import Final

# Codec: other names. Case and punctuation are not looked at, nor a leading "cs" or "x-".
_NAMES: Final = {
    "utf-8": "utf8 utf u8 cp65001 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 "
    "utf8mb4 utf-8-sig",
    "utf-16": "utf16 ucs-2 ucs2 unicode csunicode iso-10646-ucs-2 unicodefeff",
    "utf-16-le": "utf-16le utf16le ucs-2le x-utf-16le",
    "utf-16-be": "utf-16be utf16be ucs-2be x-utf-16be unicodefffe",
    "utf-32": "utf32 ucs-4 ucs4 iso-10646-ucs-4",
    "utf-32-le": "utf-32le ucs-4le",
    "utf-32-be": "utf-32be ucs-4be",
    "ascii": "us-ascii us ansi_x3.4-1968 ansi_x3.4-1986 iso646-us iso_646.irv:1991 iso-ir-6 646",
    "iso-8859-1": "isolatin1 latin-1 latin1 latin l1 8859 iso8859 iso_8859-1:1987 iso-ir-100 "
    "cp819 ibm819",
    "iso-8859-2": "isolatin2 latin-2 latin2 l2 iso_8859-2:1987 iso-ir-101 cp912 ibm912",
    "iso-8859-3": "isolatin3 latin-3 latin3 l3 iso_8859-3:1988 iso-ir-109 cp913 ibm913",
    "iso-8859-4": "isolatin4 latin-4 latin4 l4 iso_8859-4:1988 iso-ir-110 cp914 ibm914",
    "iso-8859-5": "isolatincyrillic cyrillic iso_8859-5:1988 iso-ir-144 cp915 ibm915",
    "iso-8859-6": "isolatinarabic arabic iso_8859-6:1987 iso-ir-127 ecma-114 asmo-708 "
    "iso-8859-6-e iso-8859-6-i",
    "iso-8859-7": "isolatingreek greek greek8 iso_8859-7:1987 iso-ir-126 ecma-118 elot_928 "
    "sun_eu_greek",
    "iso-8859-8": "isolatinhebrew hebrew iso_8859-8:1988 iso-ir-138 iso-8859-8-e iso-8859-8-i "
    "logical visual",
    "iso-8859-9": "isolatin5 latin-5 latin5 l5 iso_8859-9:1989 iso-ir-148 cp920 ibm920",
    "iso-8859-10": "latin-6 latin6 l6 iso_8859-10:1992 iso-ir-157",
    "iso-8859-13": "latin-7 latin7 l7 iso-ir-179",
    "iso-8859-14": "latin-8 latin8 l8 iso_8859-14:1998 iso-ir-199 iso-celtic",
    "iso-8859-15": "latin-9 latin9 l9 latin-0 iso-ir-203 cp923 ibm923",
    "iso-8859-16": "latin-10 latin10 l10 iso_8859-16:2001 iso-ir-226",
    "koi8-r": "koi8 koi koi8r cp878 ibm878 cp20866",
    "koi8-u": "koi8u koi8-ru cp21866",
    "koi8-t": "koi8t",
    "kz1048": "kz-1048 strk1048-2002 strk1048 rk1048",
    "ptcp154": "pt154 cp154 cyrillic-asian",
    "mac_roman": "macintosh mac macroman x-mac-roman cp10000",
    "mac_latin2": "maclatin2 x-mac-latin2 x-mac-ce mac-ce x-mac-centraleurope "
    "x-mac-centraleurroman mac-centeuro maccentraleurope cp10029",
    "mac_cyrillic": "maccyrillic x-mac-cyrillic x-mac-ukrainian macukraine mac-ukrainian cp10007",
    "mac_greek": "macgreek x-mac-greek cp10006",
    "mac_turkish": "macturkish x-mac-turkish cp10081",
    "mac_iceland": "maciceland macicelandic x-mac-icelandic cp10079",
    "mac_croatian": "maccroatian x-mac-croatian cp10082",
    "mac_romanian": "macromanian macromania x-mac-romanian cp10010",
    "mac_arabic": "macarabic x-mac-arabic cp10004",
    "mac_farsi": "macfarsi x-mac-farsi",
    "cp720": "dos-720 ibm720",
    "cp775": "pc775baltic",
    "cp864": "",
    "cp1125": "ruscii cp866u",
    "cp861": "cp-is",
    "cp869": "cp-gr",
    "cp874": "tis-620 tis-620-0 tis620.2529-0 tis620.2529-1 tis620.2533 iso_8859-11:2001 "
    "iso-ir-166 iso-8859-11 iso8859-11 dos-874 windows-874 thai",
    "cp932": "shift_jis shift-jis sjis s_jis x-sjis ms_kanji mskanji windows-31j ms932 ibm943 "
    "windows932",
    "shift_jis_2004": "shiftjis2004 sjis2004",
    "shift_jisx0213": "shiftjisx0213 sjisx0213",
    "euc_jp": "eucjp x-euc-jp x-euc ujis u-jis cp51932 cp20932 eucjpms "
    "extended_unix_code_packed_format_for_japanese eucpkdfmtjapanese",
    "euc_jis_2004": "eucjis2004",
    "euc_jisx0213": "eucjisx0213",
    "iso2022_jp_2": "iso-2022-jp iso2022jp iso2022jp2 jis jis7 cp50220 iso-2022-jp-1 iso2022jp1",
    "iso2022_jp_ext": "iso-2022-jp-ext cp50221 cp50222",
    "iso2022_jp_2004": "iso-2022-jp-2004 iso-2022-jp-3 iso2022jp3",
    "cp949": "euc-kr euckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 ksx1001 ks_x_1001 "
    "iso-ir-149 uhc ms949 windows949 x-windows-949 cp51949",
    "johab": "cp1361 ms1361",
    "iso2022_kr": "iso-2022-kr cp50225",
    "gb18030": "gb2312 gbk gb_2312-80 gb2312-80 chinese iso-ir-58 euc-cn euccn eucgb2312cn x-gbk "
    "cp936 ms936 windows936 iso58gb231280 gb18030-2000 gb18030-2005 cp54936 cp20936 cp51936",
    "hz": "hz-gb-2312 hz-gb hzgb cp52936",
    "big5hkscs": "big5 big5-hkscs big5-tw x-x-big5 cn-big5 hkscs big5hkscs2004 cp951 cp1001",
    "cp950": "windows950 x-windows-950 ms950",
}  # fmt: skip
_DOS: Final = (437, 737, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 865, 866, 869, 1125)
_WINDOWS: Final = (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)

# What programs write where they say the standard's name, at the bytes that the standard leaves to
# control characters or to nothing.
WIDER: Final = {
    "iso-8859-1": "cp1252",
    "iso-8859-8": "cp1255",
    "iso-8859-9": "cp1254",
}

_PUNCTUATION = re.compile(r"[^a-z0-9]+")


def _key(label: str) -> str:
    return _PUNCTUATION.sub("", label.lower())


def _table() -> dict[str, str]:
    table = {}
    for codec, names in _NAMES.items():
        for name in (codec, *names.split()):
            table[_key(name)] = codec
    for number in (*_DOS, 720, 775, 864, 874, 932, 949, 950):
        for form in ("cp{}", "ibm{}", "dos{}", "pc{}", "{}"):
            table.setdefault(form.format(number), f"cp{number}")
    table["ibm00858"] = table["cp00858"] = table["pcmultilingual850euro"] = "cp858"
    table["pc850multilingual"] = "cp850"
    table["pc862latinhebrew"] = "cp862"
    table["pc8codepage437"] = "cp437"
    for number in _WINDOWS:
        for form in ("cp{}", "windows{}", "win{}", "ms{}", "ansi{}", "{}"):
            table[form.format(number)] = f"cp{number}"
    return table


_CODECS: Final = _table()


def codec(label: str) -> str | None:
    """The Python codec for a charset as somebody calls it; None for what is not known here.

    Only codecs that make text of bytes are known.
    """
    label = label.strip().strip("\"'")
    if not (label.isascii() and label.isprintable()):
        return None
    key = _key(label)
    for known in (key, key.removeprefix("x"), key.removeprefix("cs"), key.removeprefix("xcp")):
        if known in _CODECS:
            return _CODECS[known]
    return None


# Codecs whose bytes below 128 are not ASCII: a form's `&` and `=` cannot be seen in them.
NOT_ASCII: Final = frozenset(
    {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "hz"}
    | {name for name in _NAMES if name.startswith("iso2022")}
)
# A codec of those that write ISO 2022, where a file may need another than its label says.
_KIN: Final = {
    "iso2022_jp_2": ("iso2022_jp_ext", "iso2022_jp_2004"),
    "iso2022_jp_ext": ("iso2022_jp_2", "iso2022_jp_2004"),
    "big5hkscs": ("cp950",),
    "cp950": ("big5hkscs",),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
}


def shown(codec: str) -> str:
    """The name of a codec for people, as a Content-Type would have it."""
    if codec in _SHOWN:
        return _SHOWN[codec]
    if codec.startswith(("iso", "utf", "koi8", "big5")):
        return codec.replace("_", "-").replace("iso2022", "iso-2022")
    number = codec.removeprefix("cp")
    if codec in _WINDOWS_CODECS:
        return f"windows-{number}"
    return f"ibm{number}" if number.isdecimal() else codec.replace("_", "-")


_WINDOWS_CODECS: Final = frozenset(f"cp{number}" for number in _WINDOWS)
_SHOWN: Final = {
    "ascii": "us-ascii",
    "mac_roman": "macintosh",
    "mac_latin2": "x-mac-ce",
    "mac_iceland": "x-mac-icelandic",
    **{f"mac_{name}": f"x-mac-{name}" for name in ("cyrillic", "greek", "turkish", "croatian")},
    **{f"mac_{name}": f"x-mac-{name}" for name in ("romanian", "arabic", "farsi")},
    "cp874": "windows-874",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "cp950": "windows-950",
    "hz": "hz-gb-2312",
    "iso2022_jp_2": "iso-2022-jp",
    "kz1048": "kz-1048",
}


def text(data: bytes, codec: str) -> tuple[str, str]:
    """Strictly decoded text, and the codec that read it: a kin of this one where this one cannot.

    Raises UnicodeDecodeError, also where a charset that is not Unicode would give a control
    character of the C1 set: those bytes are never text.
    """
    others = (*_KIN.get(codec, ()), *((WIDER[codec],) if codec in WIDER else ()))
    try:
        return _strict(data, codec), codec
    except UnicodeDecodeError as error:
        for name in others:
            try:
                return _strict(data, name), name
            except UnicodeDecodeError:
                continue
        raise error from None


def _strict(data: bytes, codec: str) -> str:
    found = data.decode(codec)
    control = None if codec.startswith("utf") or found.isascii() else _C1.search(found)
    if control is None:
        return found
    before = found[: control.start()]
    start = len(before) if len(found) == len(data) else len(before.encode(codec))
    raise UnicodeDecodeError(codec, data, start, start + 1, "a control character")


_C1: Final = re.compile("[\x80-\x9f]")

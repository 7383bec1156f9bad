"""How bytes become text: as the sender says, by a mark, as UTF-8, or as the language is written.

What does not fit is refused with its line, or taken as U+FFFD where a caller salvages. The result
never holds a U+FFFD or a C1 control character that nobody was told of.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from amara_api.kernel import charsets

from .guess import guess, is_foreign
from .model import FormatError, Note, Rules

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# Escapes of the charsets that are ASCII bytes throughout, and what may be meant by them.
_SHIFTED = (
    (b"\x1b$)C", ("iso2022_kr",)),
    (b"\x1b$", ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")),
    (b"\x1b(", ("iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_2004")),
)
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e]|\n)+~\}")
_C1 = re.compile("[\x80-\x9f]")
_C1_IN_UTF8 = re.compile(rb"\xc2[\x80-\x9f]")
DAMAGE = re.compile("[\x80-\x9f\ufffd]")
# How XML without a mark begins in UTF-16 and UTF-32, and where it says what it is in.
_SIGNS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARATION = 400  # bytes
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'>\x80-\xff]{1,40})""")
_LINE_END = re.compile(r"\r+\n|\r|\n")
_SMALL = 4096  # bytes of a file that may be UTF-8 by chance
_PROBE = 64 * 1024  # bytes; more does not make a guess better

UNTOLD = "the charset cannot be told; state it"


def decode_text(text: str, rules: Rules) -> tuple[str, list[Note]]:
    """Text that has been decoded already; in the end it may be ASCII with escapes all the same."""
    if (
        rules.whole
        and ("\x1b" in text or "~{" in text)
        and _shifted(text.encode(errors="replace"), rules.language)
    ):
        return decode(text.encode(), rules)
    return without_damage(text.lstrip("\ufeff"), rules)


def decode(data: bytes, rules: Rules) -> tuple[str, list[Note]]:
    """The text of a file, and notes on what was guessed or mended."""
    stated = codec_of(rules.charset)
    if stated:
        return as_stated(data, stated, rules)
    marked = by_mark(data, rules)
    if marked:
        return marked
    name = without_mark(data) or _shifted(data, rules.language)
    if name:
        text, notes = _as(data, name, rules)
        return text, [Note(None, f"read as {charsets.shown(name)}"), *notes]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _as_guessed(data, rules)
    if len(data) < _SMALL and not text.isascii() and is_foreign(text, rules.language):
        name = guess(data, rules.language)
        if name:
            text, notes = _as(data, name, rules)
            return text, [Note(None, f"read as {charsets.shown(name)}"), *notes]
    return without_damage(text, rules, data)


def decode_xml(data: bytes, rules: Rules) -> tuple[str | bytes, list[Note]]:
    """The text of an XML file, or its own bytes where they are UTF-8 already, and notes."""
    stated = codec_of(rules.charset)
    if stated and stated != "utf-8":
        return as_stated(data, stated, rules)
    if data.startswith(codecs.BOM_UTF8):
        return _utf8(data.removeprefix(codecs.BOM_UTF8), rules)
    marked = by_mark(data, rules)
    if marked and not stated:
        return marked
    start = data[:_DECLARATION].lstrip()
    name = None if stated else next((name for sign, name in _SIGNS if start.startswith(sign)), None)
    if name:
        return _as(data, name, rules)
    declared = None if stated else _DECLARED.match(start)
    name = codec_of(declared[1].decode(), 1) if declared else None
    if name and name in charsets.NOT_ASCII and not name.startswith("iso2022"):
        problem = f"the file declares the encoding {charsets.shown(name)}, which it is not in"
        if not rules.salvage:
            raise FormatError(problem, 1)
        text, notes = _utf8(data, rules)
        return text, [Note(1, problem), *notes]
    if name and name != "utf-8":
        return _as(data, name, rules)
    return _utf8(data, rules)


def _utf8(data: bytes, rules: Rules) -> tuple[str | bytes, list[Note]]:
    """The bytes themselves where they are undamaged UTF-8; large files are not copied."""
    if data.isascii():
        return data, []
    text, notes = _as(data, "utf-8", rules)
    return (text if notes else data), notes


def codec_of(label: str | None, line: int | None = None) -> str | None:
    """The codec for what somebody calls a charset; None where nothing is said."""
    if label is None or not label.strip(" \t\"'"):
        return None
    name = charsets.codec(label)
    if name is None:
        said = "".join(c for c in label[:40] if c.isprintable())
        raise FormatError(f'the charset "{said}" is not known', line)
    return name


def as_stated(data: bytes, stated: str, rules: Rules) -> tuple[str, list[Note]]:
    """The text in the charset that somebody says it is in."""
    mark, marked = next(((m, name) for m, name in MARKS if data.startswith(m)), (b"", ""))
    shown = charsets.shown(stated)
    if marked and f"{marked}-".startswith(f"{stated}-"):
        return _as(data[len(mark) :], marked, rules)
    if marked and stated != "gb18030":
        problem = f"the file begins with the mark of {marked}, but {shown} is stated"
        if not rules.salvage:
            raise FormatError(problem, 1)
        text, notes = _as(data[len(mark) :], marked, rules)
        return text, [Note(1, problem), *notes]
    if stated in ("utf-16", "utf-32"):
        found = without_mark(data) or ""
        return _as(data, found if found.startswith(stated) else f"{stated}-le", rules)
    text, notes = _as(data, stated, rules)
    if not stated.startswith("utf") and not data.isascii() and _is_utf8(data):
        notes.append(Note(None, f"read as {shown}, as stated, though it looks like UTF-8"))
    return text, notes


def by_mark(data: bytes, rules: Rules) -> tuple[str, list[Note]] | None:
    """The text by its byte order mark, if there is one."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return _as(data[len(mark) :], name, rules)
    return None


def without_mark(data: bytes) -> str | None:
    """Which UTF-16 or UTF-32 bytes with NULs between them are; None if they are neither."""
    if b"\0" not in data[:_PROBE]:
        return None
    best, found = 0.6, None
    for name in _WIDE:
        size = 4 if "32" in name else 2
        sample = data[: min(len(data), _PROBE) // size * size]
        text = sample.decode(name, "replace")
        if not text:
            continue
        ends = 2 * (text.count("\n") + text.count("\r")) >= sample.count(b"\n")
        share = sum(map(_plausible, text)) / len(text) if ends else 0.0
        if share > best:
            best, found = share, name
    return found


def _plausible(c: str) -> float:
    """How much a character speaks for text that begins lines, counts cues and says words."""
    if c.isascii():
        return 1.0 if c >= " " or c in "\t\r\n" else -2.0
    kind = unicodedata.category(c)
    return -2.0 if kind in ("Cn", "Co", "Cc", "Cs") or c == "\ufffd" else 0.7


def _shifted(data: bytes, language: str | None) -> str | None:
    """ISO 2022 or HZ, which are ASCII bytes with escapes; None if these bytes are neither."""
    if not data.isascii():
        return None
    for escape, names in _SHIFTED:
        if escape in data:
            for name in names:
                try:
                    if not data.decode(name).isascii():
                        return name
                except UnicodeDecodeError:
                    continue
    if _HZ.search(data) and (language is None or language.startswith(("zh", "yue"))):
        try:
            beyond = [c for c in data.decode("hz") if not c.isascii()]
        except UnicodeDecodeError:
            return None
        # The commoner half of GB 2312 ends where its lead byte is 0xD7.
        common = sum(c.encode("gb2312") < b"\xd8" for c in beyond)
        return "hz" if common * 10 > len(beyond) * 8 else None
    return None


def _as(data: bytes, name: str, rules: Rules) -> tuple[str, list[Note]]:
    """The text in one charset, or FormatError with the line of the first wrong byte."""
    try:
        text, used = charsets.text(data, name)
    except UnicodeDecodeError as error:
        wrong = _wrong(data, error)
        if not rules.salvage:
            raise wrong from None
        text = mended(data.decode(name, "replace"))
        return text, [_mended(wrong, text.count("\ufffd"))]
    if name.startswith("utf"):
        return without_damage(text.lstrip("\ufeff"), rules, data if name == "utf-8" else None)
    if used == "cp1258":
        # It writes a tone behind its letter; everywhere else the two are one character.
        text = unicodedata.normalize("NFC", text)
    if charsets.WIDER.get(name) == used:
        wider = charsets.shown(used)
        return text, [Note(None, f"read as {wider}, which has more than {charsets.shown(name)}")]
    return text, []


def _wrong(data: bytes, error: UnicodeDecodeError) -> FormatError:
    """What to say of bytes that a charset does not have."""
    line = _line_at(data[: error.start].decode(error.encoding, "ignore"))
    byte = f"byte 0x{data[error.start]:02X}" if error.start < len(data) else "the end"
    problem = f"{byte} is not {charsets.shown(error.encoding)}"
    if error.encoding == "utf-8":
        problem += "; state the charset the file is in"
    return FormatError(problem, line)


def _mended(wrong: FormatError, count: int) -> Note:
    more = f" ({count} times)" if count > 1 else ""
    return Note(wrong.line, f"{wrong.message}; taken as U+FFFD{more}")


def _line_at(before: str) -> int:
    """The number, from 1, of the line that goes on after this text."""
    return len(_LINE_END.findall(before)) + 1


def without_damage(text: str, rules: Rules, raw: bytes | None = None) -> tuple[str, list[Note]]:
    """Unicode text without what only an accident has put there: U+FFFD and C1 controls.

    A standard may have readers show them, so they count only where a file is to be kept. ``raw``
    is the text in UTF-8, where it is at hand: to look for controls there is much quicker.
    """
    if not rules.whole or text.isascii():
        return text, []
    if raw is not None and "\ufffd" not in text and not _C1_IN_UTF8.search(raw):
        return text, []
    found = DAMAGE.search(text)
    if found is None:
        return text, []
    line, problem = _line_at(text[: found.start()]), called(found[0])
    if not rules.salvage:
        raise FormatError(problem, line)
    return mended(text), [Note(line, problem)]


def called(character: str) -> str:
    """What to say of a character of `DAMAGE`."""
    if character == "\ufffd":
        return "a U+FFFD, left by a program that could not read this character"
    return f"a control character, U+{ord(character):04X}"


def mended(text: str) -> str:
    """What may be kept of damaged text."""
    return _C1.sub("\ufffd", text)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_guessed(data: bytes, rules: Rules) -> tuple[str, list[Note]]:
    """The text in the charset that it is most likely in, or FormatError."""
    valid, invalid = _sequences(data)
    name = None if valid > 10 * invalid else guess(data, rules.language)
    if name is None and valid > invalid:
        return _as(data, "utf-8", rules)
    if name is None:
        first = next(n for n, byte in enumerate(data) if byte > 127)
        raise FormatError(UNTOLD, _line_at(data[:first].decode("ascii")))
    text, notes = _as(data, name, rules)
    return text, [Note(None, f"read as {charsets.shown(name)}"), *notes]


def _sequences(data: bytes) -> tuple[int, int]:
    """How many characters beyond ASCII are UTF-8, and how many places are not."""
    text = data.decode("utf-8", "replace")
    invalid = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - invalid, invalid

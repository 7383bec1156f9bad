"""Which charset bytes are in that nobody has named, from the letters of their language.

Each charset that is used for the language reads the bytes strictly. What comes out is weighed: how
common its letters are in that language, and how well they stand beside each other. The best is
taken if it is good enough, and far enough ahead of any that reads something else. Weights are
logarithms of probabilities, roughly.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from amara_api.kernel import charsets

from . import letters

SAMPLE = 96 * 1024  # bytes of lines beyond ASCII; more does not make the guess better
WORST = -8.3  # a character on average, below which a text is none
WORST_WIDE = -9.0  # the same of the languages with thousands of characters
FEW = 4  # characters beyond ASCII, of which UTF-8 may be made by chance
MARGIN = 2.0  # ahead of the next text
PER_LETTER = 0.1  # more for each letter that the next text has otherwise
FIRM = 4.0  # the same where the language is not known

_TYPOGRAPHY = frozenset("’‘“”„…–—«»")
_SIGNS = frozenset("\xa0´°•♪♫€£¿¡ªº‹›‚\u200c\u200d\u200e\u200f!?،؛؟")
_RARE_SIGNS = frozenset("©®™§¤¥¢¹²³½¼¾×÷±µ¬¶¦¨¯¸†‡‰№·")
_SPANISH = frozenset({"es", "gl", "ast", "ca", "eu", "oc"})
_WIDE_MARKS = frozenset("、。，．！？「」『』（）…—～·：；“”‘’《》〈〉【】♪ー　・")
# What one candidate owes to its place in the list of its language, at most.
_PLACE = 0.25


class _Reading(NamedTuple):
    """The bytes as one charset has them."""

    codec: str
    chars: Counter[str]  # beyond ASCII
    manners: float  # how well they stand beside each other
    same: str  # equal for readings that come to the same text


def guess(data: bytes, language: str | None) -> str | None:
    """The name of a codec that reads all of the data; None where it cannot be told."""
    names = _models(language)
    found = _Bytes(data)
    readings: dict[str, _Reading | None] = {}
    best: dict[str, tuple[float, _Reading]] = {}
    for model, place, codec in _candidates(names):
        if codec not in readings:
            readings[codec] = found.read_by(codec)
        reading = readings[codec]
        if reading is None:
            continue
        weight = reading.manners + sum(n * _weight(model, c) for c, n in reading.chars.items())
        if weight / sum(reading.chars.values()) < (WORST_WIDE if model in _ASIAN else WORST):
            continue
        weight -= min(place, 6) * _PLACE
        if reading.same not in best or best[reading.same][0] < weight:
            best[reading.same] = weight, reading
    ranked = sorted(best.values(), key=lambda pair: pair[0], reverse=True)
    if not ranked:
        return None
    weight, reading = ranked[0]
    margin = MARGIN if names is not None else FIRM
    for less, other in ranked[1:]:
        if weight - less < margin + PER_LETTER * min(found.differing(reading, other), 30):
            return None
    return reading.codec


_ASIAN = {"ja": "cp932 euc_jp", "zh": letters.CHINESE, "ko": "cp949 johab"}


@cache
def _models(language: str | None) -> tuple[str, ...] | None:
    """The models for a language code; None where nothing is known of it."""
    code = (language or "").lower().replace("_", "-")
    base, _, rest = code.partition("-")
    if base in ("zh", "yue", "wuu", "nan", "cmn", "hak", "lzh"):
        return ("zh",)
    if base in _ASIAN:
        return (base,)
    if rest.startswith("latn"):
        return {"sr": ("hr",), "uz": ("tr",), "az": ("az",)}.get(base)
    if rest.startswith("cyrl"):
        return {"sr": ("sr",), "uz": ("ru",), "bs": ("sr",), "az": ("kk", "ru")}.get(base)
    if base in letters.ALIKE:
        return letters.ALIKE[base]
    return (base,) if base in letters.MODELS else None


def _candidates(names: tuple[str, ...] | None) -> Iterator[tuple[str, int, str]]:
    for name in names or (*letters.MODELS, *_ASIAN):
        listed = _ASIAN[name] if name in _ASIAN else letters.MODELS[name].charsets
        for place, codec in enumerate(listed.split()):
            yield name, place, codec


def is_foreign(text: str, language: str | None) -> bool:
    """Whether the few characters beyond ASCII are letters that the language has nothing of.

    Two bytes of another charset are UTF-8 once in a while, and then come out as these. What is
    seen nowhere, such as a zero width space or a mark inside of a file, says nothing.
    """
    beyond = [c for c in text if c > "\x7f"]
    names = _models(language)
    return (
        names is not None
        and len(beyond) <= FEW
        and all(_is_letter(unicodedata.category(c)) for c in beyond)
        and all(_weight(name, c) <= -11.0 for name in names for c in beyond)
    )


def _is_letter(category: str) -> bool:
    """Also of what no script has: no character at all, and those for private use."""
    return category[0] in "LM" or category in ("Cn", "Co")


class _Bytes:
    """The bytes of a file, counted once for all charsets of one byte a character."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        telling = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
        sample = telling[:SAMPLE]
        self.high = bytes(sorted(byte for byte in set(telling) if byte > 127))
        self.counts = Counter(byte for byte in sample if byte > 127)
        for byte in self.high:
            self.counts[byte] = self.counts[byte] or 1
        upper = sum(sample.count(letter) for letter in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        lower = sum(sample.count(letter) for letter in b"abcdefghijklmnopqrstuvwxyz")
        # Whether words are in capitals; a script of its own is not in these letters.
        self.capitals = upper > max(4, 4 * lower, sum(self.counts.values()))
        around = b"\n" + sample + b"\n"
        threes = Counter(zip(around, around[1:], around[2:], strict=False))
        self.threes = {three: n for three, n in threes.items() if three[1] > 127}

    def read_by(self, codec: str) -> _Reading | None:
        """The bytes by a charset, None where it has not all of them."""
        table = _table(codec)
        if table is None:
            return self._read_wide(codec)
        text = "".join(table[byte] for byte in self.high)
        if "\ufffd" in text:
            return None
        # Charsets that have ASCII twice give the same character for two bytes.
        chars: Counter[str] = Counter()
        for byte, n in self.counts.items():
            chars[table[byte]] += n
        manners = sum(
            n * _manners(table[a], table[b], table[c]) for (a, b, c), n in self.threes.items()
        )
        return _Reading(codec, chars, manners + self._of_file(chars), text.translate(_ONE))

    def _of_file(self, chars: Counter[str]) -> float:
        """What speaks for and against a reading as a whole."""
        small = sum(n for c, n in chars.items() if c.islower()) if self.capitals else 0
        return _unpaired(chars) - 2.5 * small

    def differing(self, one: _Reading, other: _Reading) -> int:
        """How many characters two readings have not in common; of wide ones, all."""
        if len(one.same) != len(self.high) or len(other.same) != len(self.high):
            return len(self.data)
        pairs = zip(self.high, one.same, other.same, strict=True)
        return sum(self.counts[byte] for byte, a, b in pairs if a != b)

    def _read_wide(self, codec: str) -> _Reading | None:
        try:
            text, used = charsets.text(self.data, codec)
        except UnicodeDecodeError:
            return None
        telling = "\n".join(line for line in text.split("\n") if not line.isascii())
        chars = Counter(c for c in telling if c > "\x7f")
        if not chars or any(unicodedata.category(c) in _NEVER for c in chars):
            return None
        # ASCII that this charset has in the place of halves of characters is unlikely too.
        ascii_bytes = sum(len(line) for line in self.data.split(b"\n") if not line.isascii())
        halves = ascii_bytes - sum(self.counts.values()) - (len(telling) - sum(chars.values()))
        around = f"\n{telling[:SAMPLE]}\n"
        threes = Counter(zip(around, around[1:], around[2:], strict=False))
        manners = sum(n * _manners(*three) for three, n in threes.items() if three[1] > "\x7f")
        return _Reading(used, chars, manners + 4.0 * max(0, halves), text)


def _unpaired(chars: Counter[str]) -> float:
    """What speaks against quotation marks that stand alone, and for those in pairs."""
    alone = abs(chars["«"] - chars["»"]) + (chars["„"] + chars["“"] + chars["”"]) % 2
    return 2.0 * min(chars["‘"], chars["’"], 4) - 1.5 * min(alone, 8)


_NEVER = frozenset({"Cc", "Cn", "Co", "Cs"})


# Romanian has one letter, written in two ways: that makes no other text.
_ONE = str.maketrans("şţŞŢ", "șțȘȚ")


@cache
def _table(codec: str) -> str | None:
    """The 256 characters of a charset, U+FFFD where it has none; None if it has more."""
    if codec.startswith(("cp93", "cp94", "cp95", "euc", "gb", "big5", "johab", "shift")):
        return None
    return "".join(
        "\ufffd" if n > 127 and unicodedata.category(c) in _NEVER else c
        for n, c in enumerate(bytes(range(256)).decode(codec, "replace"))
    )


@lru_cache(20_000)
def _script(c: str) -> str:
    """The script of a letter, by the first word of its name; empty for what is no letter."""
    if c.isascii():
        return "LATIN" if c.isalpha() else ""
    if unicodedata.category(c)[0] not in "LM":
        return ""
    return unicodedata.name(c, "?").partition(" ")[0]


@lru_cache(100_000)
def _manners(a: str, b: str, c: str) -> float:
    """What speaks for or against `b` between `a` and `c`."""
    before, script, after = _script(a), _script(b), _script(c)
    if not script:
        return _sign_manners(a, b, c, bool(before), bool(after))
    cost = sum(
        -5.0
        for other, near in ((before, a), (after, c))
        if other not in ("", script, "COMBINING") and near not in "iI" and _strange(other, script)
    )
    if script in _WITH_VOWELS:
        mine = _is_vowel(b)
        cost += sum(
            0.4 if _is_vowel(near) != mine else -0.6 for near in (a, c) if _script(near) == script
        )
        if not before and b in "ьыъЬЫЪ":
            cost -= 4.0
    if b in _LAST:
        cost -= 5.0 if after == script else 0.0
    elif b == "σ" and not after:
        cost -= 3.0
    if not b.isupper():
        if c.isupper():  # "éA", and "AéA"
            return cost - 4.0
        return cost - 1.0 if a == "\n" and b.islower() else cost
    if before:
        return cost + (2.1 if a.isupper() else -4.0)
    return cost + (1.8 if a == "\n" else 0.6) + (0.5 if c.isupper() else 0.0)


_LAST = frozenset("ςךםןףץةى")  # letters that end a word
_WITH_VOWELS = frozenset({"LATIN", "CYRILLIC", "GREEK"})


@lru_cache(2_000)
def _is_vowel(c: str) -> bool:
    """Whether a letter sounds by itself; the two kinds take turns in most words."""
    return unicodedata.normalize("NFD", c.lower())[0] in "aeiouyæøœəıаеиоуыэюяієөүәӕαειουηω"


def _sign_manners(a: str, b: str, c: str, before: bool, after: bool) -> float:
    """The same where `b` is no letter; `before` and `after` are whether its neighbours are."""
    if b in _WIDE_MARKS and not b.isascii() and b > "\u3000":
        return 0.0
    if before and after:
        return {"’": 0.0, "·": 0.0, "…": -1.0, "–": -2.0, "—": -2.0}.get(b, -6.0)
    if b in "„«‹¿¡“‘":
        if before:
            return -1.5 if b in "“‘«" else -4.0
        # What is quoted begins with a capital more often than not, above all where a byte that is
        # a quotation mark here is a capital letter elsewhere.
        return (-0.5 if c.isascii() else -3.5) if after and c.islower() else 0.0
    if b in "”»’›":
        return (-3.0 if b == "’" else -1.5) if after and a != c else 0.0
    if b in "–—":
        return -3.0 if after and c.islower() else -1.5 * before
    if b in "…\xa0،؛؟\u200c\u200d\u200e\u200f\xad♪♫":
        return 0.0
    beside_digit = a.isdecimal() or c.isdecimal()
    if b in "ªº°€£":
        return 0.0 if beside_digit else -3.0
    return -3.0 * (before + after)


def _strange(one: str, other: str) -> bool:
    """Whether two scripts do not stand in one word."""
    return not (one in _TOGETHER and other in _TOGETHER)


_TOGETHER = frozenset(
    "CJK HIRAGANA KATAKANA KATAKANA-HIRAGANA HALFWIDTH FULLWIDTH HANGUL LATIN COMBINING".split()  # noqa: SIM905
)


@lru_cache(50_000)
def _weight(model: str, c: str) -> float:
    """How common a character beyond ASCII is in a language."""
    if model in _ASIAN:
        return _asian_weight(model, c)
    table = _letters(model)
    if c in table:
        return table[c]
    if c.isascii():  # some charsets have ASCII twice, once for each direction
        return -3.0
    lower = c.lower()
    if lower in table and c != lower:
        return table[lower] - 2.2
    if c in _TYPOGRAPHY:
        return -3.5
    if c in "¿¡" and model in _SPANISH:
        return -3.0
    if c in _SIGNS:
        return -5.5
    if c in _RARE_SIGNS:
        return -8.0
    script = _script(c)
    if script:
        rare = -8.5 if script == _script(next(iter(table))) else -11.0
        return rare - 2.0 if c != lower else rare
    return -12.0


@cache
def _letters(model: str) -> dict[str, float]:
    """Weights of the letters of a language."""
    shares: dict[str, float] = {}
    for level, group in enumerate(letters.MODELS[model].letters.split("|")):
        for c in group:
            shares[c] = max(shares.get(c, 0.0), 0.5**level)
            if model == "vi":
                for part in _as_cp1258(c):
                    shares[part] = shares.get(part, 0.0) + 0.5**level
    total = sum(shares.values()) / 0.8
    return {c: max(-7.5, math.log(share / total)) for c, share in shares.items()}


def _as_cp1258(c: str) -> str:
    """A Vietnamese letter with its tone behind it."""
    parts = unicodedata.normalize("NFD", c)
    tone = next((p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323"), "")
    return unicodedata.normalize("NFC", parts.replace(tone, "") if tone else parts) + tone


def _asian_weight(model: str, c: str) -> float:
    """The same for the languages whose charsets are tables of frequency themselves."""
    rank = _ranks(model).get(c)
    if rank is not None:
        return -4.3 - rank / 150
    if c in _WIDE_MARKS:
        return -4.5
    if "\uff00" < c < "\uff5f":
        return -8.0  # wide letters and digits
    if model == "ja" and ("\u3041" <= c <= "\u3096" or "\u30a1" <= c <= "\u30f4"):
        return -5.5
    if _is_common(model, c):
        return -8.0
    kind = unicodedata.category(c)
    if kind == "Lo":
        return -11.0
    return -10.0 if kind[0] in "PSZ" else -13.0


@cache
def _ranks(model: str) -> dict[str, int]:
    if model == "zh":
        ranks = {c: n for n, c in enumerate(letters.HANZI)}
        twice = {c: 3 * n for n, c in enumerate(letters.TRADITIONAL)}
        return {**twice, **ranks}
    if model == "ja":
        kana = {c: 2 * n - 150 for n, c in enumerate(letters.HIRAGANA)}
        return {**{c: 150 + n for n, c in enumerate(letters.KANJI)}, **kana}
    return {c: n for n, c in enumerate(letters.HANGUL)}


@lru_cache(20_000)
def _is_common(model: str, c: str) -> bool:
    """Whether a standard lists the character among those in everyday use."""
    if model == "ja":
        return _lead(c, "euc_jp", 0xB0, 0xCF)
    if model == "ko":
        return _lead(c, "euc_kr", 0xB0, 0xC8)
    return _lead(c, "gb2312", 0xB0, 0xD7) or _lead(c, "big5", 0xA4, 0xC6)


def _lead(c: str, codec: str, first: int, last: int) -> bool:
    raw = c.encode(codec, "ignore")
    return len(raw) == 2 and first <= raw[0] <= last

"""Guesses the encoding of a file that is not Unicode, from the letters its languages use most.

Every candidate is tried and the one that reads like a language wins; cp1252 when none does.
"""

from __future__ import annotations

SAMPLE = 64 * 1024  # bytes; more does not make the guess better

# Scripts of their own, told by their ten or so commonest letters. The case matters: the bytes of
# KOI8-R read as cp1251 are Russian in capitals.
_SCRIPTS = (
    ("cp1251", "оеаинтсрвлкмдп"),
    ("koi8-r", "оеаинтсрвлкмдп"),
    ("cp1253", "αοιετνσρηπκμλ"),
    ("cp1255", "יוהלאמתרבשנ"),
    ("cp1256", "اليمونتربعسد"),
    ("iso-8859-5", "оеаинтсрвлкмдп"),
    ("tis-620", "านรกอเงมยลวดท่"),
)
_WIDE = (
    ("shift_jis", "のいにんたとしてるはなかっをれがでもらすりこだまくうきあよ。、ー"),
    ("euc_jp", "のいにんたとしてるはなかっをれがでもらすりこだまくうきあよ。、ー"),
    ("euc_kr", "이다는을의에고가지어하를한나도그사아니기을은요서자로시게내너"),
    ("gb18030", "的一是不了我在有人这他们来你个上大到说就也么吗好那会要没，。"),
    ("big5", "的一是不了我在有人這他們來你個上大到說就也麼嗎好那會要沒，。"),
)
# Latin letters beyond ASCII, language by language; the first of equals wins.
_LATIN = (
    ("cp1252", ("éèêàçùâîôûëïœæ«»", "äöüß", "áéíóúñü¿¡", "ãçáéíóúâêôà", "àèéìòù", "åäöéæøð",
                "áéíóúýþðæö", "éëïèö")),
    ("cp1250", ("áéíóöőúüű", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľňóôŕšťúýž", "čćđšž",
                "ăâîşţ", "ëç")),
    ("cp1254", ("ğışöçüâîİ",)),
    ("cp1257", ("āčēģīķļņšūž", "ąčęėįšųūž", "õäöüšž")),
)  # fmt: skip
_MARKS = set("“”‘’„…–—«»©®°´`·•♪№€£¿¡\u00a0")


def guess(data: bytes) -> str:
    """The name of a codec. Some bytes of the data may still be none of its characters."""
    sample = data[:SAMPLE]
    if sample.count(0) * 4 > len(sample):
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    # Headers are ASCII in every language; only lines with more than that say anything.
    telling = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    high = sum(byte > 127 for byte in telling)
    letters = len(telling.translate(None, _NO_LETTERS))
    if high * 3 > letters:
        found = max((_share(data, *wide), wide[0]) for wide in _WIDE)
        if found[0] > 0.2:
            return found[1]
        found = max((_share(sample, *script), script[0]) for script in _SCRIPTS)
        if found[0] > 0.4:
            return found[1]
    best, name = 0.0, "cp1252"
    for encoding, languages in _LATIN:
        # Portuguese has its õ before an e and nowhere else; Hungarian's ő would pass for it.
        text = sample.decode(encoding, "replace").replace("õe", "")
        beyond = [c for c in text if c > "\x7f" and c not in _MARKS]
        for alphabet in languages:
            known = set(alphabet + alphabet.upper())
            share = sum(c in known for c in beyond) / (len(beyond) or 1)
            if share > best + 0.001:
                best, name = share, encoding
    return name


_NO_LETTERS = bytes(b for b in range(128) if not chr(b).isalpha())


def _share(data: bytes, encoding: str, common: str) -> float:
    """How much of the text beyond ASCII is the commonest letters of a language."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        # A file cut off in the middle of a character, or with one bad byte in it.
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") * 50 > len(text):
            return 0.0
    beyond = [c for c in text[:SAMPLE] if c > "\x7f" and c not in _MARKS]
    known = set(common)
    return sum(c in known for c in beyond) / (len(beyond) or 1)

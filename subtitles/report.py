"""What is wrong with subtitles, in sentences, cue by cue: nothing here refuses or changes any.

Measured against soft limits, and against what nobody wants: cues that overlap, say a thing twice,
or hold what is no speech at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from subtitles.formats import FORMATS, Cue, Track, conversion_reports
from subtitles.formats.model import one_line
from subtitles.formats.timecode import in_seconds
from subtitles.transforming import rolls

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(StrEnum):
    """What can be wrong with a cue."""

    CPS = "cps"
    CPL = "cpl"
    LINES = "lines"
    SHORT = "short"
    LONG = "long"
    GAP = "gap"
    OVERLAP = "overlap"
    BACKWARDS = "backwards"
    UNTIMED = "untimed"
    EMPTY = "empty"
    REPEATED = "repeated"
    ROLLING = "rolling"
    MOJIBAKE = "mojibake"
    INVENTED = "invented"


class Limits(NamedTuple):
    """Soft limits; None is none. Durations in ms, ``cpl`` and ``cps`` in characters."""

    lines: int | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    cpl: int | None = None
    cps: int | None = None

    def over(self, others: Limits) -> Limits:
        """These, and the others where there is none."""
        pairs = zip(self, others, strict=True)
        return Limits(*(other if own is None else own for own, other in pairs))

    def in_force(self) -> Limits:
        """These, and the usual ones where there is none. Zero takes a check away."""
        return Limits(*(limit or None for limit in self.over(USUAL)))


# What they are called where they are kept, of languages and of teams.
SOFT_LIMITS = tuple(f"soft_limit_{name}" for name in Limits._fields)
# Those of Amara's own editor, and for the longest what broadcasters' guides have in common.
USUAL = Limits(lines=2, min_duration=700, max_duration=10_000, cpl=42, cps=21)
# A shorter gap is seen as a flicker: two pictures of a film of 25 a second.
SHORTEST_GAP = 80  # ms


# What can be measured, with the sentence that says so. The editor measures the same while somebody
# types (checks.js): it is handed this table, and tests/subtitles/report_cases.json is run on both.
SENTENCES = {
    Kind.UNTIMED: "It has no times, so no player shows it.",
    Kind.BACKWARDS: "It ends before it begins.",
    Kind.SHORT: "It is shown for {found} s; {limit} s are the least.",
    Kind.LONG: "It is shown for {found} s; {limit} s are the most.",
    Kind.GAP: "The next one begins {found} ms later: that is seen as flicker.",
    Kind.OVERLAP: "It begins before cue {found} has ended.",
    Kind.LINES: "It has {found} lines; {limit} are the most.",
    Kind.CPL: "Its longest line has {found} characters; {limit} are the most.",
    Kind.CPS: "{found} characters a second; {limit} are the most.",
    Kind.EMPTY: "It has no words.",
}


class Measures(TypedDict):
    """What whoever measures cues has to know, as JSON."""

    limits: dict[str, int | None]
    shortest_gap: int  # ms
    sentences: dict[str, str]  # by kind, with `{found}` and `{limit}`


def measures(limits: Limits) -> Measures:
    """By which cues are measured, with the usual limits where ``limits`` has none."""
    return {
        "limits": limits.in_force()._asdict(),
        "shortest_gap": SHORTEST_GAP,
        "sentences": {kind.value: sentence for kind, sentence in SENTENCES.items()},
    }


class Problem(NamedTuple):
    """Something about a cue, as a sentence."""

    kind: Kind
    message: str


class Judged(NamedTuple):
    """A cue that has problems; ``position`` counts from 1."""

    position: int
    cue: Cue
    problems: list[Problem]


@dataclass(frozen=True)
class Report:
    """All that is wrong with a track."""

    count: int  # of its cues
    limits: Limits
    cues: list[Judged]

    @property
    def totals(self) -> dict[Kind, int]:
        """How often each kind was found, also if never."""
        found = Counter(problem.kind for judged in self.cues for problem in judged.problems)
        return {kind: found[kind] for kind in Kind}


def report(track: Track, limits: Limits) -> Report:
    """What is wrong, with the usual limits where ``limits`` has none."""
    limits = limits.in_force()
    found = []
    before: Cue | None = None
    # The cue of each region that ends last so far, with its position: the one before may be within
    # it, and what stands elsewhere in the picture hides nothing.
    latest: dict[str | None, tuple[int, Cue]] = {}
    following = (*track.cues[1:], None)
    for position, (cue, after) in enumerate(zip(track.cues, following, strict=False), 1):
        text = cue.plain_text
        problems = [
            *_of_times(cue, after, limits),
            *_of_overlaps(cue, latest.get(cue.region)),
            *_of_lengths(cue, text, limits),
            *_of_words(cue, text, before),
        ]
        if problems:
            found.append(Judged(position, cue, problems))
        if cue.end is not None:
            _, last = latest.get(cue.region, (0, None))
            if last is None or cue.end > (last.end or 0):
                latest[cue.region] = (position, cue)
        before = cue
    return Report(len(track.cues), limits, found)


def losses(track: Track) -> dict[str, list[str]]:
    """What each format that subtitles are handed out in would lose, in words."""
    # Whoever fetches a file has named its language.
    return conversion_reports(replace(track, language=""), _HANDED_OUT)


# One name for each; what is `xml` and `ttml` is `dfxp`.
_HANDED_OUT = [name for name in FORMATS if name not in ("ass", "ttml", "xml", "youtube")]


# --- times ---------------------------------------------------------------------------------------


def _measured(kind: Kind, found: int | str = "", limit: int | str = "") -> Problem:
    return Problem(kind, SENTENCES[kind].format(found=found, limit=limit))


def _of_times(cue: Cue, after: Cue | None, limits: Limits) -> Iterator[Problem]:
    if cue.start is None or cue.end is None:
        yield _measured(Kind.UNTIMED)
        return
    if cue.end < cue.start:
        yield _measured(Kind.BACKWARDS)
        return
    length = cue.end - cue.start
    if limits.min_duration and length < limits.min_duration:
        yield _measured(Kind.SHORT, in_seconds(length), in_seconds(limits.min_duration))
    if limits.max_duration and length > limits.max_duration:
        yield _measured(Kind.LONG, in_seconds(length), in_seconds(limits.max_duration))
    if after is not None and after.start is not None:
        gap = after.start - cue.end
        if 0 < gap < SHORTEST_GAP:
            yield _measured(Kind.GAP, int(gap))


def _of_overlaps(cue: Cue, latest: tuple[int, Cue] | None) -> Iterator[Problem]:
    if latest is None or cue.start is None:
        return
    position, other = latest
    if other.end is not None and cue.start < other.end:
        yield _measured(Kind.OVERLAP, position)


# --- lengths -------------------------------------------------------------------------------------


def letters(text: str) -> int:
    """How many characters people read: marks belong to their letters, line breaks are none."""
    if text.isascii():
        return len(text) - text.count("\n")
    return sum(each != "\n" and unicodedata.category(each) not in _UNREAD for each in text)


_UNREAD = frozenset({"Mn", "Mc", "Me", "Cf", "Cc"})


def _of_lengths(cue: Cue, text: str, limits: Limits) -> Iterator[Problem]:
    lines = text.split("\n")
    if limits.lines and len(lines) > limits.lines:
        yield _measured(Kind.LINES, len(lines), limits.lines)
    if limits.cpl and len(text) > limits.cpl:
        longest = max(map(letters, lines))
        if longest > limits.cpl:
            yield _measured(Kind.CPL, longest, limits.cpl)
    if limits.cps and cue.start is not None and cue.end is not None and cue.end > cue.start:
        count, length = letters(text), cue.end - cue.start
        if count * 1000 > limits.cps * length:
            # Rounded up: it must not read as if it were the limit.
            rate = -(-count * 1000 // length)
            yield _measured(Kind.CPS, rate, limits.cps)


# --- words ---------------------------------------------------------------------------------------


def _of_words(cue: Cue, text: str, before: Cue | None) -> Iterator[Problem]:
    said = one_line(text)
    if not said:
        yield _measured(Kind.EMPTY)
        return
    lines = [one_line(line) for line in text.split("\n")]
    if before is not None and said.casefold() == one_line(before.plain_text).casefold():
        yield Problem(Kind.REPEATED, "It says the same as the cue before.")
    elif any(one and one == other for one, other in zip(lines, lines[1:], strict=False)):
        yield Problem(Kind.REPEATED, "Two of its lines are the same.")
    elif before is not None and rolls(before, cue):
        message = "It repeats lines of the cue before, as rolling captions do."
        yield Problem(Kind.ROLLING, message)
    if broken := mojibake(text):
        message = f"{broken[0]} was probably {broken[1]}: the file was read in a wrong charset."
        yield Problem(Kind.MOJIBAKE, message)
    if len(said) <= _PHRASE and _INVENTED.search(said):
        message = "Speech engines put such words where nobody speaks. Listen whether they are said."
        yield Problem(Kind.INVENTED, message)


def mojibake(text: str) -> tuple[str, str] | None:
    """The first piece of ``text`` that is UTF-8 read as a charset of one byte, and what it was."""
    if text.isascii():
        return None
    if "\ufffd" in text:
        return "�", "another character"
    runs = _NOT_ASCII.findall(text)
    for run in runs:
        was = _read_back(run, "cp1252")
        # Few characters may be letters and the quotation mark behind them, as in «CAFÉ» or «CAFÉ…».
        if was and (len(run) > 3 or all(_LIKELY.fullmatch(each) for each in was)):
            return run, was
    return _of_others(runs)


def _of_others(runs: list[str]) -> tuple[str, str] | None:
    """The same of other charsets. Their letters stand where Windows-1252 has signs, so words may
    look like UTF-8 by chance: here all must be, two characters of it at the least, and of alphabets
    that are written today."""
    readings = []
    for charset in _OTHERS:
        was = [_read_back(run, charset) for run in runs if run not in _ROOTS]
        whole = "".join(was)
        if len(was) < len(runs) or not all(was) or not _WRITTEN.fullmatch(whole):
            continue
        if len(whole) > 1 and (any(len(each) > 1 for each in was) or _LATIN.fullmatch(whole)):
            readings.append(was)
    if not readings:
        return None
    # Where it could be either of two charsets, what both say.
    for run, *was in zip(runs, *readings, strict=True):
        if len(set(was)) == 1:
            return run, was[0]
    return runs[0], "other letters"


def _read_back(run: str, charset: str) -> str:
    """What the bytes were in UTF-8; empty if they are none."""
    try:
        return b"".join(_byte(each, charset) for each in run).decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return ""


def _byte(character: str, charset: str) -> bytes:
    # Bytes that stand for nothing in a charset are kept as control characters.
    return character.encode("latin-1" if "\x80" <= character <= "\x9f" else charset)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_LIKELY = re.compile(r"[\u00a0-\u017f\u0370-\u04ff\u1e00-\u1fff\u2000-\u2bff\U0001f000-\U0001ffff]")
# Central European and Cyrillic Windows, Latin-2, Macintosh.
_OTHERS = ("cp1250", "cp1251", "iso8859_2", "mac_roman")
_LATIN = re.compile(r"[\u00a1\u00b7\u00bf-\u017f]+")
_ROOTS = frozenset({"√π", "√∞"})
# Letters and marks that people use: what text looks like by chance is most often of none of these.
_WRITTEN = re.compile(
    r"[\u00a1\u00ab\u00b0\u00b7\u00bb\u00bf-\u017f\u0218-\u021b\u0386-\u03ce\u0401-\u045f"
    r"\u05d0-\u05ea\u060c-\u0652\u0900-\u0dff\u0e01-\u0e5b\u1e00-\u1fff"
    r"\u2010-\u203a\u20ac\u2122\u2190-\u2bff\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef"
    r"\U0001f000-\U0001ffff]+"
)

# What engines that were trained on subtitles write where there is music or nothing: the credits
# and farewells of those subtitles. Gathered from reports of their users.
_PHRASES = (
    r"thank(?:s| you)(?: so much| very much)? for (?:watching|viewing)",
    r"(?:please )?(?:like and )?subscribe to (?:my|our|the) channel",
    r"don't forget to (?:like and )?subscribe",
    r"see you (?:in the )?next (?:time|video)",
    r"(?:sub)?titles? (?:by|created by|made by) (?:the )?amara\.org community",
    r"(?:subtitles|captions|transcription|transcribed|translated|translation) by",
    r"transcript emily beynon",
    r"untertitel (?:im auftrag des zdf|der amara\.org-community|von|im auftrag)",
    r"vielen dank f[üu]r['’]?s zuschauen",
    r"sous-titr(?:es|age)(?: réalisés| fait)?(?: par| st'? ?501| société radio-canada)",
    r"merci d'avoir regardé",
    r"subt[íi]tulos (?:por|realizados por|creados por) la comunidad de amara\.org",
    r"gracias por ver (?:el|este) v[íi]deo",
    r"legendas (?:pela|por) (?:la )?comunidade(?: de)? amara\.org",
    r"obrigado por assistir",
    r"sottotitoli (?:creati|e revisione a cura di|a cura di)",
    r"grazie per (?:aver guardato|la visione)",
    r"ondertitels? ingediend door|ondertiteling door",
    r"napisy (?:stworzone przez społeczność amara\.org|wykonane przez)",
    r"dziękuję za (?:uwagę|obejrzenie)",
    r"(?:редактор|корректор) субтитров|субтитры (?:сделал|создавал|подогнал)|продолжение следует",
    r"спасибо за (?:просмотр|внимание)",
    r"altyaz[ıi] m\.?k\.?|izlediğiniz için teşekkür",
    r"ご視聴ありがとうございました|チャンネル登録",
    r"请不吝点赞|訂閱我的頻道|字幕由?\s?amara\.org|感谢观看|謝謝觀看|谢谢观看",
    r"시청해\s?주셔서 감사합니다|구독과 좋아요",
    r"ترجمة نانسي قنقر|اشترك في القناة|شكرا للمشاهدة",
)
_PHRASE = 200  # characters: a longer cue says more than that
# A whole cue, but for marks and music around it: somebody may well talk of such words.
_INVENTED = re.compile(rf"^\W*(?:{'|'.join(_PHRASES)}).{{0,40}}$", re.I)

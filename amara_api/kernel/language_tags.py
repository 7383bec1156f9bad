"""What a language code of BCP 47 means among the codes that are stored, by langcodes.

Imported when a code is first met that no table has: langcodes costs a process 0.2 s and 5 MB.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from string import ascii_lowercase
from threading import RLock

from langcodes import Language, language_distance
from langcodes.data_dicts import LIKELY_SUBTAGS
from langcodes.tag_parser import LanguageTagError

_SHAPE = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,7}")
_WORD = re.compile(r"[^\W_]+")
_MOST = 5  # codes that a sentence proposes
_KEPT = 4_000  # tags that langcodes may keep; it forgets none by itself
_PARTS = ((True, True), (False, True), (True, False), (False, False))

# langcodes keeps what it has read in dictionaries that we empty now and then.
_lock = RLock()


class Targets:
    """The stored codes that a spelling may mean.

    ``ranks`` are groups of codes, the preferred ones first: only where a group has no code for a
    language is the next one asked.
    """

    def __init__(self, ranks: Sequence[Collection[str]], names: Mapping[str, str]) -> None:
        self._ranks = ranks
        self._names = names

    def settle(self, code: str) -> str | None:
        """The one code that ``code`` (lower case, ASCII) surely means, or None."""
        with _lock:
            for tag in _readings(code):
                if not _is_plain(tag):
                    continue
                found = self._within(tag)
                if found is None:
                    found = self._only(tag)
                if found is not None:
                    return found or None
        return None

    def same(self, code: str) -> str | None:
        """The code that ``code`` is but another spelling of: the same language, script and region,
        said in other letters."""
        with _lock:
            for tag in _readings(code, macro=False):
                if _is_plain(tag) and (found := self._named(tag) or self._only(tag)):
                    return found
        return None

    def nearest(self, typed: str) -> list[str]:
        """Up to five codes that somebody who wrote ``typed`` may have meant, the likeliest first:
        those of the language, then those of that name, then those spelled much like it."""
        plain = re.sub(r"[\s_-]+", "-", typed.strip().lower())
        with _lock:
            found = [*self._of_its_language(plain), *self._of_its_name(plain)]
        same_start = [code for code in self._codes if code[:1] == plain[:1]]
        found += difflib.get_close_matches(plain, same_start, n=_MOST, cutoff=0.75)
        return list(dict.fromkeys(found))[:_MOST]

    # --- how -------------------------------------------------------------------------------------

    @cached_property
    def _codes(self) -> list[str]:
        return [code for rank in self._ranks for code in rank]

    @cached_property
    def _tags(self) -> dict[str, Language]:
        """Each code that is a tag, as one."""
        return {code: tag for code in self._codes for tag in _readings(code, replaced=False)}

    @cached_property
    def _by_tag(self) -> list[dict[str, list[str]]]:
        found: list[dict[str, list[str]]] = []
        for rank in self._ranks:
            codes: dict[str, list[str]] = {}
            for code in rank:
                if tag := self._tags.get(code):
                    codes.setdefault(_written(tag), []).append(code)
            found.append(codes)
        return found

    @cached_property
    def _by_language(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, tag in self._tags.items():
            found.setdefault(tag.language or "", []).append(code)
        return found

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        return {code: set(_WORD.findall(self._names[code].lower())) for code in self._codes}

    def _named(self, tag: Language) -> str | None:
        """The code of just this tag; "" where two of one rank are equally meant."""
        written = _written(tag)
        for codes in self._by_tag:
            if found := codes.get(written):
                return found[0] if len(found) == 1 else ""
        return None

    def _within(self, tag: Language) -> str | None:
        """The code that says the same in fewer parts: script and region go where they are the
        likely ones anyway. The longest such code is the one that is meant."""
        full = _full(tag)
        # Of other languages nobody knows what is likely.
        known = {tag.language, tag.prefer_macrolanguage().language} & LIKELY_SUBTAGS.keys()
        for script, territory in _PARTS if known else _PARTS[:1]:
            part = Language.make(
                language=tag.language,
                script=tag.script if script else None,
                territory=tag.territory if territory else None,
            )
            if _full(part) == full and (found := self._named(part)) is not None:
                return found
        return None

    def _only(self, tag: Language) -> str | None:
        """The code that says more, where it is the only one of its language."""
        found = self._by_language.get(tag.language or "", [])
        if len(found) != 1 or _full(self._tags[found[0]]) != _full(tag):
            return None
        more = self._tags[found[0]]
        says_all = tag.script in (None, more.script) and tag.territory in (None, more.territory)
        return found[0] if says_all else None

    def _of_its_language(self, typed: str) -> list[str]:
        tags = list(_readings(typed))
        ranked: dict[str, tuple[int, int]] = {}
        for tag in tags:
            for code in self._by_language.get(tag.language or "", []):
                bare = 0 if self._tags[code].to_tag() == tag.language else 1
                ranked[code] = min(ranked.get(code, (9, 0)), (bare, tag.distance(self._tags[code])))
        # `_codes` has the listed ones first.
        order = {code: place for place, code in enumerate(self._codes)} if ranked else {}
        return sorted(ranked, key=lambda code: (*ranked[code], order[code]))

    def _of_its_name(self, typed: str) -> list[str]:
        words = set(typed.split("-")) - {""}
        if len(typed) < 3 or not words:
            return []
        found = [code for code, name in self._words.items() if words <= name]
        found.sort(key=lambda code: len(self._words[code]))
        names = {self._names[code].lower(): code for code in reversed(self._codes)}
        alike = difflib.get_close_matches(typed.replace("-", " "), names, n=3, cutoff=0.8)
        return found[:_MOST] + [names[name] for name in alike]


def _two_letters() -> dict[str, str]:
    """ISO 639-2 and -3 → ISO 639-1: {"eng": "en", "ger": "de", "deu": "de", "tgl": "tl", ...}."""
    found = {}
    for first, second in product(ascii_lowercase, repeat=2):
        code = first + second
        for variant in "TB":
            try:
                found[Language.make(language=code).to_alpha3(variant)] = code
            except LookupError:
                break
    return found


_TWO_LETTERS = _two_letters()


def _readings(code: str, *, replaced: bool = True, macro: bool = True) -> Iterator[Language]:
    """What a code can be read as, the most literal first: with the two letters of its three, with
    what BCP 47 has in place of codes that it withdrew, and with the language that CLDR takes the
    member of a macrolanguage for."""
    if not _SHAPE.fullmatch(code):
        return
    _forget()
    try:
        literal = Language.get(code, normalize=False)
        current = Language.get(code)
    except LanguageTagError:
        return
    language = literal.language or ""
    yield literal.update_dict({"language": _TWO_LETTERS.get(language, language)})
    if replaced:
        yield current
    if replaced and macro:
        yield current.prefer_macrolanguage()


def _is_plain(tag: Language) -> bool:
    """Whether a tag says language, script and region and nothing else that matters here: how
    numbers and times are written (`-u-`) does not."""
    only_formats = all(each.startswith("u-") for each in tag.extensions or ())
    return only_formats and not (tag.extlangs or tag.variants or tag.private)


def _full(tag: Language) -> tuple[str | None, str | None, str | None]:
    """With the script and the region that are likely where none is said."""
    full = tag.maximize()
    return full.language, full.script, full.territory


def _written(tag: Language) -> str:
    plain = Language.make(language=tag.language, script=tag.script, territory=tag.territory)
    return plain.simplify_script().to_tag().lower()


def _forget() -> None:
    if len(Language._PARSE_CACHE) > _KEPT or len(Language._INSTANCES) > 4 * _KEPT:
        Language._PARSE_CACHE.clear()
        Language._INSTANCES.clear()
        language_distance._DISTANCE_CACHE.clear()

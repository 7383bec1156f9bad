"""Look-ups of a language by its code: whether it is known, its name, its direction.

Known are the service's own codes, all that CLDR names, and what operators add. `watch` says where
the operators' languages are read; every process reads them anew while it works, so that a change
needs no restart.
"""

import time
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple

from amara_api.kernel.language_cldr import ALIASES, CLDR, LEFT_TO_RIGHT, RIGHT_TO_LEFT
from amara_api.kernel.language_table import INTERNAL, LISTED, NOT_AS_NAMED, RIGHT_TO_LEFT_SCRIPTS

if TYPE_CHECKING:
    from amara_api.kernel.language_tags import Targets

LONGEST = 35  # characters of a code that are looked at; BCP 47, 4.4.1
_LONGEST_TYPED = 64  # and of what may be a name
_REREAD_AFTER = 5.0  # seconds, while the codes that are asked for are known
_UNKNOWN_AFTER = 0.25  # seconds, when one is not: strangers can ask for such as often as they like
_SHOWN = 100  # characters of a code, in a sentence that refuses it


class Added(NamedTuple):
    """A language as an operator made it. ``rtl`` is None where the script decides."""

    code: str
    name: str
    listed: bool
    rtl: bool | None


class _Known:
    """All languages, with those of the operators. One object never changes."""

    def __init__(self, added: frozenset[Added] = frozenset()) -> None:
        self.added = added
        named = {each.code: each.name for each in added}
        self.names = CLDR | INTERNAL | LISTED | named
        listed = LISTED | {each.code: each.name for each in added if each.listed}
        hidden = {each.code for each in added if not each.listed}
        self.listed = {code: listed[code] for code in sorted(listed.keys() - hidden)}
        self.aliases = {code: to for code, to in ALIASES.items() if code not in named}
        self.rtl = {each.code: each.rtl for each in added if each.rtl is not None}
        self.settled = lru_cache(maxsize=4096)(self._settle)
        self.nearest = lru_cache(maxsize=1024)(self._nearest)

    def stored(self, code: str) -> str | None:
        if code in self.names:
            return self.aliases.get(code, code)
        return self.settled(code)

    @cached_property
    def targets(self) -> "Targets":
        from amara_api.kernel.language_tags import Targets

        own = {each.code for each in self.added} - CLDR.keys() - INTERNAL.keys()
        ranks = [
            codes - self.aliases.keys() - NOT_AS_NAMED
            for codes in (LISTED.keys() | own, INTERNAL.keys(), CLDR.keys())
        ]
        return Targets([sorted(rank) for rank in ranks], self.names)

    def _settle(self, code: str) -> str | None:
        return self.targets.settle(code)

    def _nearest(self, typed: str) -> tuple[str, ...]:
        return tuple(self.targets.nearest(typed))


_known = _Known()
_source: Callable[[], Iterable[Added] | None] | None = None
_read_at = _due = 0.0  # of the monotonic clock
_reading = Lock()


def normalise(code: str) -> str | None:
    """The stored form of a code that a person or program wrote, or None if we know no such code.

    Codes are BCP 47 (the API documentation of 2016, "Subtitle Language Resource"), which takes any
    case and several spellings of one language; the service keeps and prints one, in lower case:
    " pt_BR " is `pt-br`, and `eng`, `en-Latn` and `EN` are `en`. None also where it is not sure
    which of several codes is meant; `nearest` names them.
    """
    canonical = written(code)
    if not canonical.isascii() or not 0 < len(canonical) <= LONGEST:
        return None
    stored = _current().stored(canonical)
    if stored is None and _read_again():
        stored = _known.stored(canonical)
    return stored


def written(typed: str) -> str:
    """A code as it is stored where it is none that settles: in lower case, with hyphens."""
    # Unicode has letters outside ASCII whose lower case is inside: the Kelvin sign becomes "k".
    return typed.strip().lower().replace("_", "-") if typed.isascii() else typed


def spellings(typed: str) -> list[str]:
    """The codes that things may be stored under which somebody looks for by ``typed``."""
    exact = written(typed)
    return sorted({exact, normalise(typed) or exact})


def is_known(code: str) -> bool:
    """Whether videos and subtitles may carry `code`, listed or not, written exactly so."""
    return code in _current().names or (_read_again() and code in _known.names)


def name(code: str) -> str:
    """The English name of a language; the code itself if it is none of ours.

    A name is only ever shown, and one odd row must not take a whole list of videos with it.
    """
    return _current().names.get(code, code)


def listed() -> dict[str, str]:
    """What `/api/languages/` answers: {"ab": "Abkhazian", ...}, sorted by code."""
    return _current().listed


def is_rtl(code: str) -> bool:
    """Whether a language is written from right to left: in the script that the code says, else in
    the one that CLDR takes for likely, unless an operator knows better."""
    said = _current().rtl.get(code)
    if said is not None:
        return said
    language, *parts = code.split("-")
    if language == "x":
        return False
    if not parts:
        return code in RIGHT_TO_LEFT
    for part in parts:
        if len(part) == 4 and part.isalpha():
            return part in RIGHT_TO_LEFT_SCRIPTS
    tag = f"{language}-{parts[0]}"
    return tag in RIGHT_TO_LEFT or (language in RIGHT_TO_LEFT and tag not in LEFT_TO_RIGHT)


def direction(code: str) -> Literal["ltr", "rtl"]:
    """The `dir` of a language in the API, a value of HTML's attribute of that name."""
    return "rtl" if is_rtl(code) else "ltr"


def nearest(typed: str) -> list[str]:
    """Up to five stored codes that are near to a code, or name, that is none of ours."""
    if len(typed) > _LONGEST_TYPED:
        return []
    return list(_current().nearest(typed))


def unknown(typed: str, said: str = "Unknown language code") -> str:
    """The sentence that refuses a code: "Unknown language code: es-us. Did you mean es or es-mx?".

    ``said`` is how it begins; programs look for that.
    """
    near = nearest(typed)
    shown = typed[:_SHOWN].encode(errors="replace").decode()
    if not near:
        return f"{said}: {shown}"
    *most, last = near
    choice = f"{', '.join(most)} or {last}" if most else last
    return f"{said}: {shown}. Did you mean {choice}?"


def is_shipped(code: str) -> bool:
    """Whether a code is known without the operators."""
    return code in CLDR or code in INTERNAL or code in LISTED


def other_spelling_of(code: str) -> str | None:
    """The stored code that ``code`` (lower case) is only another spelling of, so that it cannot be
    a language of its own; None where it can."""
    known = _current()
    if code in known.names:
        return known.aliases.get(code)
    found = known.targets.same(code)
    return None if found == code else found


# --- what operators add ---------------------------------------------------------------------------


def watch(source: Callable[[], Iterable[Added] | None] | None) -> None:
    """Where the operators' languages are read from. None from ``source``: not now."""
    global _source, _due
    _source, _due = source, 0.0
    install(())


def install(added: Iterable[Added]) -> None:
    """Use these as the operators' languages."""
    global _known
    found = frozenset(added)
    if found != _known.added:
        _known = _Known(found)


def reread() -> None:
    """Read them now: they have just been changed."""
    _read()


def edition() -> object:
    """The languages as they are now: the same object while none of them changes."""
    return _current()


def _current() -> _Known:
    if _source is not None and time.monotonic() >= _due:
        _read()
    return _known


def _read_again() -> bool:
    """Whether they have been read anew for a code that nobody knows."""
    if _source is None or time.monotonic() < _read_at + _UNKNOWN_AFTER:
        return False
    before = _known
    _read()
    return _known is not before


def _read() -> None:
    global _read_at, _due
    # Who comes while another one reads goes on with what was.
    if _source is None or not _reading.acquire(blocking=False):
        return
    try:
        added = _source()
        _read_at = time.monotonic()
        if added is None:
            _due = _read_at + _UNKNOWN_AFTER
            return
        install(added)
        _due = _read_at + _REREAD_AFTER
    finally:
        _reading.release()

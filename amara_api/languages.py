"""Look-ups of a language by its code: whether it is known, its name, its direction."""

from typing import Literal

from amara_api.language_table import INTERNAL, LISTED, RIGHT_TO_LEFT

LANGUAGES: dict[str, str] = LISTED
"""What `/api/languages/` answers: {"ab": "Abkhazian", ...}, sorted by code."""

_NAMES: dict[str, str] = LISTED | INTERNAL


def is_known(code: str) -> bool:
    """Whether videos and subtitles may carry `code`, listed or internal, written exactly so."""
    return code in _NAMES


def normalise(code: str) -> str | None:
    """The stored form of a code that a person or program wrote, or None if we know no such code.

    Codes are BCP 47 (the API documentation of 2016, "Subtitle Language Resource"), which takes any
    case; the service keeps and prints lower case, so " pt_BR " is `pt-br`.
    """
    # Unicode has letters outside ASCII whose lower case is inside: the Kelvin sign becomes "k".
    if not code.isascii():
        return None
    canonical = code.strip().lower().replace("_", "-")
    return canonical if canonical in _NAMES else None


def name(code: str) -> str:
    """The English name of a language; the code itself if it is none of ours.

    A name is only ever shown, and one odd row must not take a whole list of videos with it.
    """
    return _NAMES.get(code, code)


def is_rtl(code: str) -> bool:
    """Whether the service shows this language from right to left."""
    return code in RIGHT_TO_LEFT


def direction(code: str) -> Literal["ltr", "rtl"]:
    """The `dir` of a language in the API, a value of HTML's attribute of that name."""
    return "rtl" if is_rtl(code) else "ltr"

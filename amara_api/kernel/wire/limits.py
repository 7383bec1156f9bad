"""What no body may hold, whatever its format.

The caps are far above what the API has a use for: its deepest body is four levels, its largest is
one subtitle file, which is a single string. What passes here can be stored by every database and
written again in every format.
"""

from __future__ import annotations

from itertools import chain
from typing import TypeVar, cast

from amara_api.kernel.wire.errors import WireError

Kind = TypeVar("Kind")

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_INT = 2**63 - 1
MIN_INT = -(2**63)

TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
TOO_MANY = f"more than {MAX_NODES} values"
OUT_OF_RANGE = "a number is out of range"
NUL = "text may not hold the NUL character"
SURROGATE = "text holds half of a surrogate pair"


def text_problem(text: str) -> str | None:
    """Why `text` may not be stored, or None. PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    if "\0" in text:
        return NUL
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return SURROGATE
    return None


def number_problem(number: float) -> str | None:
    """Why `number` is refused, or None. NaN fails every comparison.

    Floats are held to the range of integers, and short of its edge: a JSON reader may hand over an
    integer of twenty digits as a float, and nothing in the API counts that far.
    """
    if isinstance(number, float):
        return None if MIN_INT < number < MAX_INT else OUT_OF_RANGE
    return None if MIN_INT <= number <= MAX_INT else OUT_OF_RANGE


def check(value: object, fmt: str, *, texts_are_sound: bool = False) -> None:
    """Raise WireError if a tree of plain dicts, lists and scalars breaks a limit.

    ``texts_are_sound``: the reader has refused what `text_problem` does.

    Goes level by level and not by recursion: depth is among the things being checked.
    """
    level: list[object] = [value]
    depth = nodes = 0
    while level:
        nodes += len(level)
        if nodes > MAX_NODES:
            raise WireError(fmt, TOO_MANY)
        # Kind by kind, since a loop over all of them takes three times as long.
        kinds = set(map(type, level))
        dicts = _those(dict, level, kinds)
        lists = _those(list, level, kinds)
        whole = _those(int, level, kinds)
        # The ends stand for all between them, but among floats that no order holds for.
        for number in [*_those(float, level, kinds), *({min(whole), max(whole)} if whole else ())]:
            if problem := number_problem(number):
                raise WireError(fmt, problem)
        if not texts_are_sound:
            texts = chain(_those(str, level, kinds), chain.from_iterable(dicts))
            # All at once: a list of cues has thousands.
            if problem := text_problem("".join(texts)):
                raise WireError(fmt, problem)
        # An empty container is a level of its own, hence the second half.
        if depth >= MAX_DEPTH and (dicts or lists):
            raise WireError(fmt, TOO_DEEP)
        depth += 1
        level = [*chain.from_iterable(map(dict.values, dicts)), *chain.from_iterable(lists)]


def _those(wanted: type[Kind], level: list[object], kinds: set[type]) -> list[Kind]:
    """Those of ``level`` that are ``wanted``; ``kinds`` are all that there are."""
    found = [kind for kind in kinds if issubclass(kind, wanted)]
    if len(found) == len(kinds):
        return cast("list[Kind]", level)
    return [item for item in level if isinstance(item, wanted)] if found else []

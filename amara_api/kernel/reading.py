"""What a request that only reads has found out, so that no rule asks for it twice.

Nothing is remembered while something is written: rules are asked again under locks, of what is
stored then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar, cast

T = TypeVar("T")
_found: ContextVar[dict[Hashable, object] | None] = ContextVar("found", default=None)


def remembering(act: Callable[[], T]) -> T:
    """``act()``; what is found out in it is remembered until its end."""
    token = _found.set({})
    try:
        return act()
    finally:
        _found.reset(token)


def once(question: Hashable, ask: Callable[[], T]) -> T:
    """``ask()``, or what it said before in this request. ``question`` stands for all it depends
    on."""
    found = _found.get()
    if found is None:
        return ask()
    if question not in found:
        found[question] = ask()
    return cast("T", found[question])


def known(question: Hashable) -> object | None:
    """What `once` would say without asking; None where it is not known."""
    found = _found.get()
    return None if found is None else found.get(question)


def know(question: Hashable, answer: object) -> None:
    """The answer to a question, which came along with something else."""
    found = _found.get()
    if found is not None:
        found[question] = answer

"""A request's rule, asked again by whoever locks what the rule depends on.

A view asks whether the caller may, before anything is locked; until the lock is held, the video may
have moved to another team and the caller lost a role. A service that has its locks calls
`ask_again`: the view's question is put once more, to what is stored now.

The account that calls may have changed as well: shut out, no staff any more, its key ended. That is
asked by `ask_caller` under the first lock of any kind, and at the latest by what writes the record.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Raises what refuses the request.
Question = Callable[[], None]
_question: ContextVar[Question | None] = ContextVar("question", default=None)
# About the caller: for all of the request, and as long as its transaction has not asked yet.
_whole: ContextVar[Question | None] = ContextVar("whole", default=None)
_caller: ContextVar[Question | None] = ContextVar("caller", default=None)


@contextmanager
def standing(question: Question) -> Iterator[None]:
    """``question`` stands while the request is answered."""
    token = _question.set(question)
    try:
        yield
    finally:
        _question.reset(token)


@contextmanager
def calling(question: Question) -> Iterator[None]:
    """``question``, about the account that calls, stands while the request is answered."""
    whole, token = _whole.set(question), _caller.set(question)
    try:
        yield
    finally:
        _caller.reset(token)
        _whole.reset(whole)


def another_transaction() -> None:
    """What a request does in several transactions, each asks the caller about."""
    _caller.set(_whole.get())


def ask_caller() -> None:
    """Raises `Conflict` where the account that calls has lost what the request was allowed by.

    It is asked once, before the service changes anything: that may be the caller's own account.
    """
    question = _caller.get()
    if question is not None:
        _caller.set(None)
        question()


def ask_again() -> None:
    """Raises `NotThere` or `NotAllowed` where the caller no longer may. It is asked once a request,
    under the first locks: what the service itself changes afterwards is no answer to it.

    Commands, the admin and the demo have no question: operators need no role.
    """
    ask_caller()
    question = _question.get()
    if question is not None:
        _question.set(None)
        question()

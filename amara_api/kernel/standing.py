"""A request's rule, asked again by whoever locks what the rule depends on.

A view asks whether the caller may, before anything is locked; until the lock is held, the video may
have moved to another team and the caller lost a role. A service that has its locks calls
`ask_again`: the view's question is put once more, to what is stored now.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Raises what refuses the request.
Question = Callable[[], None]
_question: ContextVar[Question | None] = ContextVar("question", default=None)


@contextmanager
def standing(question: Question) -> Iterator[None]:
    """``question`` stands while the request is answered."""
    token = _question.set(question)
    try:
        yield
    finally:
        _question.reset(token)


def ask_again() -> None:
    """Raises `NotThere` or `NotAllowed` where the caller no longer may. It is asked once a request,
    under the first locks: what the service itself changes afterwards is no answer to it.

    Commands, the admin and the demo have no question: operators need no role.
    """
    question = _question.get()
    if question is not None:
        _question.set(None)
        question()

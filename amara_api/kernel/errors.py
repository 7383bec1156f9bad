"""What the domain may raise. `amara_api.kernel.rest.exceptions` turns these into answers."""

from collections.abc import Mapping, Sequence

from amara_api.kernel.shapes import Data

ErrorBody = str | Sequence[str] | Mapping[str, Sequence[str]]
# Characters of one sentence. Some quote what was sent, and that may be a megabyte.
MOST_TOLD = 1_000


class DomainError(Exception):
    """Something the caller did that cannot be done. Nothing has been changed."""


class InvalidInput(DomainError):
    """What was sent cannot be used.

    ``body`` is the answer as the API prints it: ``{"field": ["message"]}`` for a field,
    ``{"general_errors": [...]}`` across fields, a bare list for what was found while saving,
    a bare string for actions and durations.
    """

    def __init__(self, body: ErrorBody) -> None:
        super().__init__(body)
        self.body = body

    @classmethod
    def field(cls, name: str, message: str) -> "InvalidInput":
        return cls({name: [message]})

    @classmethod
    def general(cls, message: str) -> "InvalidInput":
        return cls({"general_errors": [message]})


class NotThere(DomainError):
    """Unknown, or hidden from the caller: the two are never told apart."""


class NotAllowed(DomainError):
    """The caller can see the thing but may not do this to it."""


class NotByThisKey(NotAllowed):
    """The account may, but not with the key or in the session by which the caller came."""


class Conflict(DomainError):
    """Somebody else changed the same thing first."""


class Busy(DomainError):
    """The server does as much of this at once as it may; try again in ``wait`` seconds."""

    def __init__(self, said: str = "The server is busy.", *, wait: int = 5) -> None:
        super().__init__(f"{said} Try again in {wait} second{'s' if wait > 1 else ''}.")
        self.wait = wait


class TooMany(DomainError):
    """The caller has done this too often. ``wait`` is how many seconds until they may again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many requests. Try again in {wait} second{'s' if wait > 1 else ''}.")
        self.wait = wait


def shortened(told: Data) -> Data:
    """A body of errors, with no sentence longer than anybody reads."""
    if isinstance(told, str):
        return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"
    if isinstance(told, Mapping):
        return {name: shortened(part) for name, part in told.items()}
    if isinstance(told, list | tuple):
        return [shortened(part) for part in told]
    return told


def sentences(error: DomainError) -> list[str]:
    """The reasons of a refusal, each as a person reads it."""
    if isinstance(error, NotAllowed | Conflict | TooMany | Busy) and error.args:
        return [str(error)]
    if not isinstance(error, InvalidInput):
        return ["This has just been changed or removed by somebody else."]
    body = shortened(error.body)
    if isinstance(body, str):
        return [body]
    parts = body.values() if isinstance(body, Mapping) else [body]
    return [message for part in parts for message in part]

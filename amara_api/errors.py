"""What the domain may raise. One handler, `amara_api.rest.exceptions`, turns these into answers."""

from collections.abc import Mapping, Sequence

ErrorBody = str | Sequence[str] | Mapping[str, Sequence[str]]


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


class Conflict(DomainError):
    """Somebody else changed the same thing first."""


def sentences(error: DomainError) -> list[str]:
    """The reasons of a refusal, each as a person reads it."""
    if isinstance(error, NotAllowed) and error.args:
        return [str(error)]
    if not isinstance(error, InvalidInput):
        return ["This has just been changed or removed by somebody else."]
    body = error.body
    if isinstance(body, str):
        return [body]
    parts = body.values() if isinstance(body, Mapping) else [body]
    return [message for part in parts for message in part]

"""What a policy answers: allowed, or denied with a reason a person can read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """Truthy when allowed. ``reason`` says why not; it is empty when allowed."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Decision(True)


def denied(reason: str) -> Decision:
    return Decision(False, reason)


def allowed_if(condition: bool, otherwise: str) -> Decision:
    return ALLOWED if condition else Decision(False, otherwise)

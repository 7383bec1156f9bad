"""The one error a reader of this package raises."""

from __future__ import annotations


class WireError(ValueError):
    """A body that cannot be read. `str()` of it is a sentence for the client.

    It reads ``"<format> parse error - <problem>"``, with ``(line L, column C)`` where the place is
    known. It never repeats what the body said: an entity name or a path sent by an attacker must
    not come back in an answer or reach a log.
    """

    def __init__(
        self, fmt: str, problem: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        self.fmt = fmt
        self.problem = problem
        self.line = line
        self.column = column
        place = f" (line {line}, column {column})" if line and column else ""
        super().__init__(f"{fmt} parse error - {problem}{place}")

"""Dated changes of the API, and the ladder a request climbs and an answer descends.

The code speaks the newest form only. A `Change` says how the form before its date differed, as
data: how an answer is taken down, how input is lifted up, which errors had other keys or words. A
conversion sees only the data it is given, never the database.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from amara_api.kernel.shapes import Data

Body = dict[str, Data]
Convert = Callable[[Body], Body]


@dataclass(frozen=True)
class Change:
    """One difference of one resource, dated by the day the newer form came into force."""

    date: int
    resource: str
    note: str
    down: Convert | None = None
    up: Convert | None = None
    error_keys: Mapping[str, str] = field(default_factory=dict)
    # By today's field: what an error said otherwise, with `{sent}` for what was sent.
    error_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Members that only the older form tells. `Answer.past` knows them.
    tells: tuple[str, ...] = ()
    # Members of input that mean nothing from the date on.
    ignored: tuple[str, ...] = ()
    # The resource itself ends on the date.
    removes: bool = False


def renamed(date: int, resource: str, *, new: str, old: str, note: str) -> Change:
    """A member that had another name before ``date``, in answers, input and errors."""

    def down(body: Body) -> Body:
        return {old if key == new else key: value for key, value in body.items()}

    def up(body: Body) -> Body:
        if old not in body:
            return body
        lifted = {key: value for key, value in body.items() if key != old}
        lifted.setdefault(new, body[old])
        return lifted

    return Change(date, resource, note, down, up, {new: old})


def dropped(date: int, resource: str, *, name: str, copy_of: str, note: str) -> Change:
    """A member that answers had before ``date``: a copy of another, printed right after it."""

    def down(body: Body) -> Body:
        older: Body = {}
        for key, value in body.items():
            older[key] = value
            if key == copy_of:
                older[name] = value
        return older

    return Change(date, resource, note, down)


def _without(names: tuple[str, ...]) -> Convert:
    return lambda body: {key: value for key, value in body.items() if key not in names}


@dataclass(frozen=True)
class Edge:
    """The conversions of one resource for one dialect, composed once."""

    downs: tuple[Convert, ...] = ()
    ups: tuple[Convert, ...] = ()
    error_keys: Mapping[str, str] = field(default_factory=dict)
    error_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tells: tuple[str, ...] = ()
    next_change: int | None = None
    gone: bool = False

    def down(self, body: Body) -> Body:
        """An answer in today's form → the same answer in this dialect."""
        for convert in self.downs:
            body = convert(body)
        return body

    def up(self, body: Body) -> Body:
        """Input in this dialect → the same input in today's form."""
        for convert in self.ups:
            body = convert(body)
        return body


class Ladder:
    """The dialects, oldest first, and the changes between them.

    ``undated`` are dialects that no date selects, older than all that one does.
    """

    def __init__(
        self, dialects: Iterable[int], changes: Iterable[Change], undated: Iterable[int] = ()
    ) -> None:
        self.dates = sorted(dialects)
        self.dialects = [*sorted(undated), *self.dates]
        self.changes = tuple(sorted(changes, key=lambda change: change.date))
        unknown = {change.date for change in self.changes} - set(self.dialects)
        if unknown:
            raise ValueError(f"changes dated {sorted(unknown)} belong to no dialect")
        self._edges: dict[tuple[str, int], Edge] = {}

    def newest_not_later_than(self, date: int) -> int:
        """The dialect that a date selects. A date before the first dialect selects the first."""
        earlier = [dialect for dialect in self.dates if dialect <= date]
        return earlier[-1] if earlier else self.dates[0]

    def chosen(self, dialect: int) -> int:
        """The dialect that an operator chose: by its name, or by a date as requests do."""
        return dialect if dialect in self.dialects else self.newest_not_later_than(dialect)

    @cached_property
    def resources(self) -> frozenset[str]:
        return frozenset(change.resource for change in self.changes)

    def edge(self, resource: str, dialect: int) -> Edge:
        key = (resource, dialect)
        if key not in self._edges:
            self._edges[key] = self._compose(resource, dialect)
        return self._edges[key]

    def _compose(self, resource: str, dialect: int) -> Edge:
        ahead = [c for c in self.changes if c.resource == resource and c.date > dialect]
        keys: dict[str, str] = {}
        for change in reversed(ahead):
            keys = {new: change.error_keys.get(old, old) for new, old in keys.items()}
            keys = {**change.error_keys, **keys}
        behind = [c for c in self.changes if c.resource == resource and c.date <= dialect]
        return Edge(
            downs=tuple(c.down for c in reversed(ahead) if c.down),
            ups=(
                *(c.up for c in ahead if c.up),
                *(_without(c.ignored) for c in behind if c.ignored),
            ),
            error_keys=keys,
            error_texts={
                name: told for c in reversed(ahead) for name, told in c.error_texts.items()
            },
            tells=tuple(name for c in ahead for name in c.tells),
            next_change=ahead[0].date if ahead else None,
            gone=any(c.removes for c in behind),
        )

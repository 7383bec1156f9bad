"""Which tables have long lists, and what a list asks of one: kept as JSON, asked of notes too."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from django.db.models import F, Func, IntegerField, Model, Q
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.where import WhereNode

from teams.models import Application, ListNote, SubtitleRequest, Task, TeamMember

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

Row = TypeVar("Row", bound=Model)
# A `Q` as JSON has it: its connector, whether it is negated, and conditions or others of its kind.
Question: TypeAlias = "list[Data]"
# A value that it asks for.
Asked: TypeAlias = "int | str | datetime"

LISTS, NOTES = "teams_longlist", "teams_listnote"
FIRST = Func("pk", function="MIN", output_field=IntegerField())


class Thing(NamedTuple):
    """A table with long lists: what it is called in notes, and the columns that are noted."""

    name: str
    model: type[Model]
    columns: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def room(self, column: str) -> int:
        """The first number that is too large for a column, or for a cautious reader of it."""
        is_small = "Small" in self.model._meta.get_field(column).get_internal_type()
        return 2**15 if is_small else 2**31

    @property
    def triggers(self) -> list[str]:
        return [f"long_lists_{self.name}_{event}" for event in ("insert", "delete", "update")]

    @property
    def emptied(self) -> str:
        return f"long_lists_{self.name}_truncate"


THINGS = {
    thing.model: thing
    for thing in (
        Thing(
            "task",
            Task,
            (
                *("team_id", "is_deleted", "language_code", "type", "assignee_id", "priority"),
                *("created", "modified", "completed"),
            ),
        ),
        Thing(
            "request",
            SubtitleRequest,
            (
                *("team_id", "source_team_id", "video_project", "video_language", "video_title"),
                *("language_code", "stage", "subtitler_id", "reviewer_id", "approver_id"),
                *("due", "completed"),
            ),
        ),
        Thing("member", TeamMember, ("team_id",)),
        Thing("application", Application, ("team_id", "user_id", "status", "created")),
    )
}
BY_NAME = {thing.name: thing for thing in THINGS.values()}
# How a filter asks for a part of an order.
RANGES = ("lt", "lte", "gt", "gte")
_AMONG, _PART = "in", "icontains"
_AS_IT_IS = ("exact", _AMONG, *RANGES)
# A condition that two columns have one value.
SAME = "same"
_MOMENTS = ("created", "modified", "completed", "due")
# The order of ids, in which every list has bounds.
IDS = "id"


def question_of(found: QuerySet[Row], thing: Thing) -> Question | None:
    """What a query set asks of the columns of its own table that are noted. None where it asks
    anything else."""
    query = found.query
    if query.is_sliced or query.distinct or query.combinator or query.annotations:
        return None
    return _asked(query.where, thing)


def _asked(node: WhereNode, thing: Thing) -> Question | None:
    parts = list[object]()
    for child in node.children:
        part = _asked(child, thing) if isinstance(child, WhereNode) else _condition(child, thing)
        if part is None:
            return None
        parts.append(part)
    return [node.connector, node.negated, parts] if node.connector in (Q.AND, Q.OR) else None


def _condition(lookup: object, thing: Thing) -> dict[str, Data] | None:
    if not isinstance(lookup, Lookup) or not isinstance(lookup.lhs, Col):
        return None
    column, asked = lookup.lhs.target.column, lookup.rhs
    if lookup.lhs.alias != thing.table or column not in thing.columns:
        return None
    if isinstance(asked, Col):
        other = asked.target.column
        is_noted = asked.alias == thing.table and other in thing.columns
        return {SAME: [column, other]} if is_noted and lookup.lookup_name == "exact" else None
    is_list = isinstance(asked, list | tuple | set | frozenset)
    values = list(asked) if is_list else [asked]
    if not all(isinstance(value, int | str | datetime | None) for value in values):
        return None
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return {f"{column}__{lookup.lookup_name}": plain if is_list else plain[0]}


def condition_of(question: Question) -> Q:
    """The condition that a question stands for, on the table or on its notes."""
    connector, negated, parts = question
    children = [condition_of(part) if isinstance(part, list) else _plain(part) for part in parts]
    return Q(*children, _connector=str(connector), _negated=bool(negated))


def _plain(condition: dict[str, Data]) -> Q:
    if columns := condition.get(SAME):
        one, other = columns
        return Q(**{one: F(other)})
    return Q(**condition)


def needs_own_plan(question: Question) -> bool:
    """Whether how it is read best depends on what is asked for: where one of several conditions is
    enough, or a part of an order or of a text is looked for."""
    connector, _, parts = question
    return connector == Q.OR or any(
        needs_own_plan(part)
        if isinstance(part, list)
        else next(iter(part)).rpartition("__")[2] in (*RANGES, _PART)
        for part in parts
    )


def parted(thing: Thing, question: Question) -> tuple[str, list[Asked]] | None:
    """What is the same in all questions of one kind, as JSON, and what this one asks for. None for
    one with a part of a text, which a database is asked for in other characters, or with a number
    of no column."""
    values: list[Asked] = []

    def without(condition: dict[str, Data]) -> dict[str, Data]:
        [(name, value)] = condition.items()
        if name == SAME or value is None or isinstance(value, bool):
            return condition
        column, _, asked = name.rpartition("__")
        if asked not in _AS_IT_IS:
            raise _OfNoKind
        taken = value if asked == _AMONG else [value]
        first = len(values)
        values.extend(_asked_of(thing, column, each) for each in taken)
        return {name: [*range(first, len(values))]}

    try:
        return json.dumps(_mapped(question, without)), values
    except _OfNoKind:
        return None


def _asked_of(thing: Thing, column: str, value: Data) -> Asked:
    if column in _MOMENTS and isinstance(value, str):
        return datetime.fromisoformat(value)
    if type(value) is str or (type(value) is int and abs(value) < thing.room(column)):
        return value
    raise _OfNoKind


class _OfNoKind(Exception):
    pass


def filled(kind: str, values: Sequence[Asked]) -> Question:
    """The question that was parted so."""

    def within(condition: dict[str, Data]) -> dict[str, Data]:
        [(name, value)] = condition.items()
        if name == SAME or not isinstance(value, list):
            return condition
        given = [values[number] for number in value]
        return {name: given if name.endswith(f"__{_AMONG}") else given[0]}

    return _mapped(json.loads(kind), within)


def _mapped(question: Question, change: Callable[[dict[str, Data]], dict[str, Data]]) -> Question:
    """The same question with each of its conditions changed."""
    connector, negated, parts = question
    changed = [_mapped(p, change) if isinstance(p, list) else change(p) for p in parts]
    return [connector, negated, changed]


def digest_of(thing: Thing, question: Question) -> str:
    return hashlib.sha256(json.dumps([thing.name, question]).encode()).hexdigest()


def everything_of(thing: Thing, question: Question) -> QuerySet[Model]:
    """The rows that it asks for."""
    return thing.model._default_manager.filter(condition_of(question))


def notes_of(thing: Thing, question: Question) -> QuerySet[ListNote]:
    return ListNote.objects.filter(condition_of(question), thing=thing.name).order_by()

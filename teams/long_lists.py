"""How many rows a long list of a team has, and where its rows are, whatever it is filtered by.

Lists of tasks, requests, members and applications can be asked for by any of a dozen filters at
once, so nobody can keep all of them as the lists of videos are kept (`videos.counts`). What is kept
is found out instead: the first who asks for a long list has it counted, and that is remembered
(`LongList`). From then on triggers note each row that comes, goes or changes (`ListNote`), one note
for all lists, with all that a list may ask of it; whoever reads adds the notes that the list's own
condition takes. docs/adr/0046-long-lists-of-teams.md.

What is remembered can be forgotten at any time: then it is counted anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BooleanField, DateTimeField, F, Func, IntegerField, Model, Q, Value
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.where import WhereNode
from django.utils import timezone

from amara_api.kernel import replicas
from teams.models import Application, ListNote, LongList, SubtitleRequest, Task, TeamMember
from videos.counts import impatient

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

    from amara_api.kernel.shapes import Data

log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Model)
# A `Q` as JSON has it: its connector, whether it is negated, and conditions or others of its kind.
Question: TypeAlias = "list[Data]"

MODELS = (LongList, ListNote)
MIGRATION = ("teams", "0014_long_lists")
LISTS, NOTES = "teams_longlist", "teams_listnote"
# Rows: fewer are quickly counted, and a page among so many quickly found.
LARGE = 1_000
# Rows from one bound to the next, unless that makes too many bounds.
STEP = 2_000
_MOST_BOUNDS = 250
# Notes that the worker leaves lying, and that whoever reads a list does.
FEW, MANY = 20, 1_000
# More notes are not added up: all lists of the table are forgotten, and counted when asked for.
TOO_MANY = 5_000
KEPT = timedelta(days=1)
# Lists of one table. The oldest are forgotten first.
MOST_LISTS = 200
# Whoever makes lists or takes notes away holds this lock of PostgreSQL. The number means nothing.
_LOCK = 30_001_119
_COUNT = Func(function="COUNT", template="COUNT(*)", output_field=IntegerField())


class Thing(NamedTuple):
    """A table with long lists: what it is called in notes, and the columns that are noted."""

    name: str
    model: type[Model]
    columns: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

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
                *("team_id", "source_team_id", "language_code", "stage"),
                *("subtitler_id", "reviewer_id", "approver_id", "due", "completed"),
            ),
        ),
        Thing("member", TeamMember, ("team_id",)),
        Thing("application", Application, ("team_id", "user_id", "status", "created")),
    )
}
_BY_NAME = {thing.name: thing for thing in THINGS.values()}
# How a filter asks for a part of an order.
_RANGES = ("lt", "lte", "gt", "gte")
# The order of ids, in which every list has bounds.
_IDS = "id"


# --- questions -----------------------------------------------------------------------------------


def _question(found: QuerySet[Row], thing: Thing) -> Question | None:
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
    is_list = isinstance(asked, list | tuple | set | frozenset)
    values = list(asked) if is_list else [asked]
    if not all(isinstance(value, int | str | datetime | None) for value in values):
        return None
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return {f"{column}__{lookup.lookup_name}": plain if is_list else plain[0]}


def _q(question: Question) -> Q:
    """The condition that a question stands for, on the table or on its notes."""
    connector, negated, parts = question
    children = [_q(part) if isinstance(part, list) else Q(**part) for part in parts]
    return Q(*children, _connector=str(connector), _negated=bool(negated))


def _digest(thing: Thing, question: Question) -> str:
    return hashlib.sha256(json.dumps([thing.name, question]).encode()).hexdigest()


def _notes(thing: Thing, question: Question) -> QuerySet[ListNote]:
    return ListNote.objects.filter(_q(question), thing=thing.name).order_by()


# --- reading -------------------------------------------------------------------------------------


class Near(NamedTuple):
    """Where a page is read from: rows that are ``where``, of which ``skipped`` come before it."""

    where: Q
    skipped: int


class Listed(Generic[Row]):
    """A list in one order, with its length."""

    def __init__(self, found: QuerySet[Row], order: Sequence[str]) -> None:
        self.found, self.order = found, tuple(order)
        self.thing = THINGS[found.model]
        self.question = _question(found, self.thing)
        self.digest = _digest(self.thing, self.question) if self.question is not None else ""
        self.is_kept = False
        self.total = self._count()

    @property
    def begins_late(self) -> bool:
        """Whether many rows that are not in the list may come before its first one."""
        return self.is_kept and any(f"__{name}" in str(self.question) for name in _RANGES)

    def _count(self) -> int:
        """All that must agree is one statement: what is kept, and the notes since."""
        if self.question is None:
            return self.found.count()
        try:
            rows, given = _sql(self.found.values_list(_COUNT))
            changes, given_notes = _change(self.thing, self.question)
        except EmptyResultSet:
            return 0
        kept = f"SELECT n FROM {LISTS} WHERE digest = %s AND ordering = ''"
        lying = f"SELECT COUNT(*) FROM {NOTES} WHERE thing = %s"
        # A branch of CASE that is not taken is not read.
        sql = (
            f"SELECT n, CASE WHEN n IS NULL THEN ({rows}) ELSE ({changes}) END, "
            f"CASE WHEN n IS NULL THEN 0 ELSE ({lying}) END FROM (SELECT ({kept}) AS n) AS known"
        )
        given = (*given, *given_notes, self.thing.name, self.digest)
        [(n, number, notes)] = _rows(sql, given, using=replicas.current())
        if n is None:
            total = int(str(number))
            if total > LARGE:
                self.is_kept = _quietly(lambda: _keep(self.thing, self.question or []))
            return total
        self.is_kept = True
        if int(str(notes)) > MANY:
            _quietly(lambda: tidy(self.thing))
        return int(str(n)) + int(str(number))

    def near(self, limit: int, offset: int) -> Near | None:
        """A place at most some thousand rows before a page. None where none is kept."""
        if not self.is_kept or self.question is None or len(self.order) > 2:
            return None
        column, backwards = _column(self.order)
        if column != _IDS and column not in self.thing.columns:
            return None
        bounds = self._bounds(column)
        if bounds is None and _quietly(lambda: self._keep_bounds(column)):
            bounds = self._bounds(column)
        return bounds.near(limit, offset, backwards=backwards) if bounds else None

    def _keep_bounds(self, column: str) -> bool:
        return _keep(self.thing, self.question or [], column, most=self.total)

    def _bounds(self, column: str) -> _Bounds | None:
        key = "NULL" if column == _IDS else column
        notes = _notes(self.thing, self.question or [])
        changes, given = _sql(notes.values_list(*_places(column, "row_id"), "sign"))
        kept = f"SELECT bounds, {_null(column)}, 0, 0 FROM {LISTS}"
        rows = _rows(
            f"{kept} WHERE digest = %s AND ordering = %s UNION ALL "
            f"SELECT '', {key}, row_id, sign FROM ({changes}) AS changes",
            (self.digest, column, *given),
            using=replicas.current(),
        )
        written = [str(bounds) for bounds, *_ in rows if bounds]
        if not written:
            return None
        found = _Bounds.read(column, written[0])
        for bounds, value, row, sign in rows:
            if not bounds:
                found.add(_key(value), int(str(row)), int(str(sign)))
        return found


def _column(order: Sequence[str]) -> tuple[str, bool]:
    name = order[0].removeprefix("-")
    return (_IDS if name in ("pk", _IDS) else name), order[0].startswith("-")


def _places(column: str, row: str) -> tuple[str, ...]:
    return (row,) if column == _IDS else (column, row)


def _null(column: str) -> str:
    """SQL for a null that has the type of a column."""
    if connection.vendor != "postgresql" or column == _IDS:
        return "NULL"
    return f"CAST(NULL AS {'timestamptz' if _is_moment(column) else 'integer'})"


def _is_moment(column: str) -> bool:
    return isinstance(ListNote._meta.get_field(column), DateTimeField)


# --- places in an order --------------------------------------------------------------------------

# A value of a column: moments as text that sorts, None where there is none.
Key: TypeAlias = "int | str | None"


def _key(value: Data) -> Key:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, str):  # of SQLite
        return value if "." in value else f"{value}.000000"
    return None if value is None else int(str(value))


class _From(Func):  # type: ignore[explicit-any] # as its stub says
    """Whether a row stands at a place of an order or behind it (`>=`), or before it (`<`). Both
    columns at once, so that an index can begin there."""

    output_field = BooleanField()

    def __init__(self, column: str, sign: str, key: Data, row: int) -> None:
        self.sign = sign
        text = Value(key, output_field=DateTimeField() if _is_moment(column) else IntegerField())
        super().__init__(F(column), F("pk"), text, Value(row))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: object, **__: object
    ) -> tuple[str, tuple[Data, ...]]:
        parts: list[str] = []
        parameters: tuple[Data, ...] = ()
        for expression in self.get_source_expressions():
            sql, given = compiler.compile(expression)
            parts.append(sql)
            parameters += tuple(given)
        return f"({parts[0]}, {parts[1]}) {self.sign} ({parts[2]}, {parts[3]})", parameters


class _Zone:
    """A part of an order: the rows that have a value in its column, or those that have none. The
    first bound stands at the first row or before it, and moves when one comes that is before."""

    def __init__(self, bounds: list[tuple[int | str, int, int]]) -> None:
        self.places: list[tuple[int | str, int]] = [(key, row) for key, row, _ in bounds]
        self.numbers = [number for *_, number in bounds]

    def add(self, key: int | str, row: int, number: int) -> None:
        at = bisect_right(self.places, (key, row)) - 1
        if at < 0:
            at, self.places[0] = 0, (key, row)
        self.numbers[at] += number

    @property
    def total(self) -> int:
        return sum(self.numbers)

    def before(self, offset: int) -> tuple[int, int]:
        """The last bound that at most ``offset`` rows are before, and how many there are."""
        at = ahead = counted = 0
        for number, rows in enumerate(self.numbers):
            if counted <= offset:
                at, ahead = number, counted
            counted += rows
        return at, ahead

    def behind(self, offset: int) -> tuple[int, int]:
        """The first bound that at most ``offset`` rows are at or behind, and how many there are.
        One more than the last where that is none."""
        at, ahead, counted = len(self.numbers), 0, 0
        for number in reversed(range(len(self.numbers))):
            counted += self.numbers[number]
            if counted <= offset:
                at, ahead = number, counted
        return at, ahead


class _Bounds:
    """The places of a list in the order of one column."""

    def __init__(self, column: str, valued: _Zone, empty: _Zone) -> None:
        self.column, self.valued, self.empty = column, valued, empty

    @classmethod
    def of(cls, column: str, rows: Iterable[tuple[Key, int, int]]) -> _Bounds:
        """``rows``: a key, an id and a number for each bound, in their order."""
        valued, empty = list[tuple["int | str", int, int]](), list[tuple["int | str", int, int]]()
        for key, row, number in rows:
            if key is None:
                empty.append((0, row, number))
            else:
                valued.append((key, row, number))
        first = ("" if column != _IDS and _is_moment(column) else 0, 0, 0)
        return cls(column, _Zone(valued or [first]), _Zone(empty or [(0, 0, 0)]))

    @classmethod
    def read(cls, column: str, text: str) -> _Bounds:
        valued, empty = json.loads(text)
        return cls(column, _Zone(valued), _Zone(empty))

    def written(self) -> str:
        zones = (self.valued, self.empty)
        return json.dumps(
            [
                [(*place, number) for place, number in zip(zone.places, zone.numbers, strict=True)]
                for zone in zones
            ]
        )

    def add(self, key: Key, row: int, number: int) -> None:
        if self.column == _IDS:
            self.valued.add(0, row, number)
        elif key is None:
            self.empty.add(0, row, number)
        else:
            self.valued.add(key, row, number)

    def near(self, limit: int, offset: int, *, backwards: bool) -> Near | None:
        zones = [self.valued, self.empty]
        if (connection.vendor == "postgresql") == backwards:
            # Where the database has nulls: behind everything, or before.
            zones.reverse()
        first, second = zones
        if offset >= first.total:
            near = self._in(second, offset - first.total, backwards=backwards)
            return near._replace(skipped=first.total + near.skipped)
        if offset + limit <= first.total or not second.total:
            return self._in(first, offset, backwards=backwards)
        return None  # a page of both

    def _in(self, zone: _Zone, offset: int, *, backwards: bool) -> Near:
        at, ahead = zone.behind(offset) if backwards else zone.before(offset)
        where = Q() if self.column == _IDS else Q(**{f"{self.column}__isnull": zone is self.empty})
        if at == len(zone.places):
            return Near(where, ahead)
        key, row = zone.places[at]
        if key == "":  # there was none
            return Near(where, ahead)
        if self.column == _IDS or zone is self.empty:
            return Near(where & Q(**{"pk__lt" if backwards else "pk__gte": row}), ahead)
        value = f"{key}+00:00" if isinstance(key, str) else key
        return Near(Q(_From(self.column, "<" if backwards else ">=", value, row)), ahead)


# --- keeping -------------------------------------------------------------------------------------


def _rows(
    sql: str, parameters: Sequence[Data] = (), *, using: str = DEFAULT_DB_ALIAS
) -> list[tuple[Data, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Data, ...]] = cursor.fetchall()
        return rows


def _sql(found: QuerySet[Row, tuple[Data, ...]]) -> tuple[str, tuple[Data, ...]]:
    sql, parameters = found.order_by().query.sql_with_params()
    return str(sql), tuple(parameters)


def _change(thing: Thing, question: Question) -> tuple[str, tuple[Data, ...]]:
    """SQL for the sum of the notes that a question takes."""
    notes, given = _sql(_notes(thing, question).values_list("sign"))
    return f"SELECT COALESCE(SUM(sign), 0) FROM ({notes}) AS changes", given


def _quietly(act: Callable[[], bool]) -> bool:
    """For whoever has just read a long list: waits for nobody, and fails nothing."""
    # What is kept is for all who read any database, so it is made of the one that misses nothing.
    replicas.leave()
    try:
        with impatient(), transaction.atomic():
            return act()
    except DatabaseError:
        log.info("A long list was left for later", exc_info=True)
        return False


def _alone() -> bool:
    """Whether nobody else makes lists or takes notes away until the end of the transaction."""
    if connection.vendor != "postgresql":
        return True  # a transaction of SQLite is
    return bool(_rows("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])[0][0])


def _keep(thing: Thing, question: Question, column: str = "", most: int = 0) -> bool:
    """Count a list and remember that, in a transaction; with a ``column`` also bounds in its order,
    of about ``most`` rows.

    One statement, so that it sees a row exactly if it sees the note of it.
    """
    if not _alone():
        return False
    digest = _digest(thing, question)
    if LongList.objects.filter(digest=digest, ordering=column).exists():
        return True
    _forget_old(thing)
    everything = thing.model._default_manager.filter(_q(question))
    bounds = ""
    if column:
        kept = _numbered(thing, everything, question, column, max(STEP, most // _MOST_BOUNDS))
        n, bounds = kept.valued.total + kept.empty.total, kept.written()
    else:
        rows, given = _sql(everything.values_list(_COUNT))
        changes, given_notes = _change(thing, question)
        [(n,)] = _rows(f"SELECT ({rows}) - ({changes})", (*given, *given_notes))
    LongList.objects.create(
        thing=thing.name,
        digest=digest,
        question=question,
        ordering=column,
        n=int(str(n)),
        bounds=bounds,
        made=timezone.now(),
    )
    return True


def _forget_old(thing: Thing) -> None:
    lists = LongList.objects.filter(thing=thing.name)
    lists.filter(made__lt=timezone.now() - KEPT).delete()
    kept = list(lists.order_by("-made").values_list("pk", flat=True)[: MOST_LISTS - 1])
    if len(kept) == MOST_LISTS - 1:
        lists.exclude(pk__in=kept).delete()


def _numbered(
    thing: Thing, everything: QuerySet[Model], question: Question, column: str, step: int
) -> _Bounds:
    """Bounds, so and so many rows apart, each with what is there but for what notes say of it."""
    key, by, parted = column, f"{column}, id", f"{column} IS NULL"
    if column == _IDS:
        key, by = "0", "id"
    if column == _IDS or not thing.model._meta.get_field(column).null:
        parted = "1 = 0"  # so that an index has the order
    rows, given = _sql(everything.values_list(*_places(column, "id")))
    changes, given_notes = _sql(
        _notes(thing, question).values_list(*_places(column, "row_id"), "sign")
    )
    found = _rows(
        f"SELECT {key}, id, 0, number, total FROM (SELECT {by}, "
        f"ROW_NUMBER() OVER (PARTITION BY {parted} ORDER BY {by}) - 1 AS number, "
        f"COUNT(*) OVER (PARTITION BY {parted}) AS total FROM ({rows}) AS listed) AS numbered "
        f"WHERE number %% {step} = 0 "
        f"UNION ALL SELECT {key}, row_id, sign, -1, 0 FROM ({changes}) AS changes",
        (*given, *given_notes),
    )
    ordered = sorted(
        (
            (0 if key is None else _key(key), int(str(row)), key is None, min(step, total - number))
            for key, row, _, number, total in found
            if number >= 0
        ),
        key=lambda bound: (bound[2], *bound[:2]),
    )
    bounds = _Bounds.of(column, ((None if empty else at, row, n) for at, row, empty, n in ordered))
    for value, row, sign, number, _ in found:
        if number < 0:
            bounds.add(_key(value), int(str(row)), -int(str(sign)))
    return bounds


def tidy_some() -> int:
    """Add up the notes of tables that have some. How many tables that were; to be called again
    where it is not 0."""
    rows = _rows(f"SELECT thing FROM {NOTES} GROUP BY thing HAVING COUNT(*) > {FEW}")
    done = 0
    for (name,) in rows:
        with transaction.atomic():
            done += tidy(_BY_NAME[str(name)])
    return done


def tidy(thing: Thing) -> bool:
    """Add the notes of a table up into its lists, and take them away, in a transaction. Whether
    that was done: it is not while somebody else does, nor where there are none."""
    if not _alone():
        return False
    lists = LongList.objects.filter(thing=thing.name)
    lists.filter(made__lt=timezone.now() - KEPT).delete()
    known = list(lists)
    noted = ListNote.objects.filter(thing=thing.name)
    notes = set(noted.order_by("pk").values_list("pk", flat=True)[: TOO_MANY + 1])
    if len(notes) > TOO_MANY:
        # No list is left that a note could be missed in.
        lists.delete()
        noted.delete()
        return True
    for kept in known:
        _add_up(thing, kept, notes)
    # Those that were seen: others may have come since.
    ordered = sorted(notes)
    for start in range(0, len(ordered), 500):
        ListNote.objects.filter(pk__in=ordered[start : start + 500]).delete()
    return bool(notes)


def _add_up(thing: Thing, kept: LongList, notes: set[int]) -> None:
    columns = (
        "pk",
        "row_id",
        "sign",
        *([kept.ordering] if kept.ordering not in ("", _IDS) else []),
    )
    changes = [
        change
        for change in _notes(thing, kept.question).values_list(*columns)
        if change[0] in notes
    ]
    if not changes:
        return
    kept.n += sum(sign for _, _, sign, *_ in changes)
    if kept.ordering:
        bounds = _Bounds.read(kept.ordering, kept.bounds)
        for _, row, sign, *value in changes:
            bounds.add(_key(value[0]) if value else None, row, sign)
        if max(*bounds.valued.numbers, *bounds.empty.numbers) > 2 * max(
            STEP, kept.n // _MOST_BOUNDS
        ):
            # Made anew by the next who asks for such a page.
            kept.delete()
            return
        kept.bounds = bounds.written()
    kept.save(update_fields=["n", "bounds"])


# --- triggers ------------------------------------------------------------------------------------


def install(database: BaseDatabaseWrapper) -> None:
    """Make the triggers anew, and forget all that is known. Nobody else may write meanwhile."""
    remove(database)
    with database.cursor() as cursor:
        cursor.execute(f"DELETE FROM {LISTS}")
        cursor.execute(f"DELETE FROM {NOTES}")
        for thing in THINGS.values():
            for statement in (_postgresql if _is_pg(database) else _sqlite)(thing):
                cursor.execute(statement)


def _is_pg(database: BaseDatabaseWrapper) -> bool:
    return database.vendor == "postgresql"


def _sqlite(thing: Thing) -> list[str]:
    names, columns = thing.triggers, ", ".join(thing.columns)

    def note(row: str, sign: int) -> str:
        values = ", ".join(f"{row}.{column}" for column in thing.columns)
        return (
            f"INSERT INTO {NOTES} (thing, row_id, sign, {columns}) "
            f"VALUES ('{thing.name}', {row}.id, {sign}, {values});"
        )

    come, gone = note("NEW", 1), note("OLD", -1)
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in ("id", *thing.columns))
    return [
        f"CREATE TRIGGER {names[0]} AFTER INSERT ON {thing.table} BEGIN {come} END",
        f"CREATE TRIGGER {names[1]} AFTER DELETE ON {thing.table} BEGIN {gone} END",
        f"CREATE TRIGGER {names[2]} AFTER UPDATE ON {thing.table} WHEN {differs} "
        f"BEGIN {gone} {come} END",
    ]


def _postgresql(thing: Thing) -> list[str]:
    """One turn a statement. What a statement leaves as it was is noted nowhere."""
    columns = ", ".join(thing.columns)
    rows = f"SELECT id, {columns} FROM"
    left = f"({rows} gone EXCEPT ALL {rows} come)", f"({rows} come EXCEPT ALL {rows} gone)"
    changed = {
        "insert": [("come", 1)],
        "delete": [("gone", -1)],
        "update": [(left[0], -1), (left[1], 1)],
    }
    referenced = {
        "insert": "NEW TABLE AS come",
        "delete": "OLD TABLE AS gone",
        "update": "OLD TABLE AS gone NEW TABLE AS come",
    }
    statements = []
    for name, (event, parts) in zip(thing.triggers, changed.items(), strict=True):
        body = " UNION ALL ".join(
            f"SELECT '{thing.name}', id, {sign}, {columns} FROM {table} AS changed{number}"
            for number, (table, sign) in enumerate(parts)
        )
        statements += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO {NOTES} (thing, row_id, sign, {columns}) {body}; RETURN NULL; END $$",
            f"CREATE TRIGGER {name} AFTER {event} ON {thing.table} "
            f"REFERENCING {referenced[event]} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    name = thing.emptied
    statements += [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"DELETE FROM {LISTS} WHERE thing = '{thing.name}'; "
        f"DELETE FROM {NOTES} WHERE thing = '{thing.name}'; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER TRUNCATE ON {thing.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]
    return statements


def _wanted(database: BaseDatabaseWrapper) -> list[str]:
    names = [name for thing in THINGS.values() for name in thing.triggers]
    return names + [thing.emptied for thing in THINGS.values() if _is_pg(database)]


def remove(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        for name in _wanted(database):
            if _is_pg(database):
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(database: BaseDatabaseWrapper) -> list[str]:
    """Triggers that are not there, or switched off."""
    with database.cursor() as cursor:
        if _is_pg(database):
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in _wanted(database) if name not in there]


def begin(database: BaseDatabaseWrapper) -> None:
    """Make all triggers anew and forget all lists, in a transaction. Writers wait."""
    if _is_pg(database):
        with database.cursor() as cursor:
            tables = ", ".join(thing.table for thing in THINGS.values())
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    install(database)


def begin_anew() -> None:
    with transaction.atomic():
        begin(connection)


def keep_counting(alias: str) -> None:
    """After migrations: the triggers are made where they are missing."""
    database = connections[alias]
    begun = MIGRATION in MigrationRecorder(database).applied_migrations()
    if begun and missing(database):
        with transaction.atomic(using=alias):
            begin(database)


# --- looking whether it is right -----------------------------------------------------------------


def without_triggers() -> list[str]:
    return missing(connection)


def wrong() -> Iterator[tuple[str, int, int]]:
    """(list, rows that it has, rows that it says) where these differ, in all or between bounds."""
    for kept in LongList.objects.order_by("pk").iterator():
        thing = _BY_NAME[kept.thing]
        name = f"{kept.thing} {kept.digest[:8]} {kept.ordering}".strip()
        for number, said in _held(thing, kept):
            if number != said:
                yield name, number, said
                break


def _held(thing: Thing, kept: LongList) -> list[tuple[int, int]]:
    """What is there but for notes, and what is said: of the whole, and of each bound."""
    column = kept.ordering or _IDS
    everything = thing.model._default_manager.filter(_q(kept.question))
    rows, given = _sql(everything.values_list(*_places(column, "id")))
    changes, given_notes = _sql(
        _notes(thing, kept.question).values_list(*_places(column, "row_id"), "sign")
    )
    key = _null(column) if column == _IDS else column
    found = _rows(
        f"SELECT n, bounds, {_null(column)}, 0, 0 FROM {LISTS} WHERE id = %s UNION ALL "
        f"SELECT 0, '', {key}, id, 1 FROM ({rows}) AS listed UNION ALL "
        f"SELECT 0, '', {key}, row_id, -sign FROM ({changes}) AS changes",
        (kept.pk, *given, *given_notes),
    )
    said = [(int(str(n)), str(bounds)) for n, bounds, _, row, _ in found if row == 0]
    if not said:
        return []  # forgotten meanwhile
    counted = [
        (value, int(str(row)), int(str(number))) for _, _, value, row, number in found if row
    ]
    held = [(sum(number for *_, number in counted), said[0][0])]
    if kept.ordering:
        bounds, real = (_Bounds.read(column, said[0][1]) for _ in range(2))
        real.valued.numbers = [0] * len(real.valued.numbers)
        real.empty.numbers = [0] * len(real.empty.numbers)
        for value, row, number in counted:
            real.add(_key(value), row, number)
        held += zip(real.valued.numbers, bounds.valued.numbers, strict=True)
        held += zip(real.empty.numbers, bounds.empty.numbers, strict=True)
    return held

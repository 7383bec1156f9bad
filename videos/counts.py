"""How many videos a list has, and where its rows are, in a time that does not grow with it.

The database notes every video that comes or goes (`videos.triggers`), a row for each list that it
is in. Here the notes are added up into bounds: places in the order of a list, each with the number
of videos from there to the next. Their sum is the length of the list, and the sum up to a bound
says at which offset it stands. docs/adr/0030-lists-that-count-themselves.md.

SQL by hand, the same for both databases: the ORM has no rows as values and no places in windows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from amara_api.kernel.compiled import padded
from amara_api.kernel.cursors import rows_of
from amara_api.kernel.planned import Planned
from videos.triggers import (
    BULK_BY_CREATED,
    BULK_BY_TITLE,
    BY_CREATED,
    BY_TITLE,
    CHANGE,
    COUNTS,
    VIDEOS,
    install,
    missing,
    placed,
)

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from amara_api.kernel.shapes import Data

log = logging.getLogger(__name__)

# Videos from one bound to the next, and at most so many before there are more bounds.
STEP = 1_000
LARGE = 2 * STEP
# Notes of one list that the worker leaves lying, and that whoever reads the list does.
FEW, MANY = 20, 1_000
# At most so many in one transaction.
_AT_ONCE = 5_000
_LISTS_AT_ONCE = 50
# Whoever adds notes up holds this lock of PostgreSQL. The number means nothing else.
_LOCK = 30_001_117


class Order(NamedTuple):
    """One of the two orders that a list has bounds for."""

    column: str
    bound: int
    bulk: int
    first: str  # before all that is stored

    @property
    def kinds(self) -> str:
        return f"({CHANGE}, {self.bound}, {self.bulk})"

    @property
    def given(self) -> str:
        """SQL for a parameter with a value of the column."""
        return "CAST(%s AS timestamptz)" if _is_moment(self.column) else "%s"


CREATED = Order("created", BY_CREATED, BULK_BY_CREATED, "0001-01-02 00:00:00")
TITLE = Order("title", BY_TITLE, BULK_BY_TITLE, "")
ORDERS = (CREATED, TITLE)


class Length(NamedTuple):
    """Of a list: videos, and notes that nobody has added up yet."""

    videos: int
    notes: int


class Place(NamedTuple):
    """A bound: ``ahead`` videos of the list come before it. ``key`` is the value of the order's
    column as text."""

    key: str
    video: int
    ahead: int


class _Bound(NamedTuple):
    pk: int
    key: str
    video: int
    n: int


def _is_moment(column: str) -> bool:
    # SQLite keeps moments as text that sorts.
    return column == CREATED.column and connection.vendor == "postgresql"


def _rows(sql: str, *parameters: Data) -> list[tuple[Data, ...]]:
    return rows_of(connections[DEFAULT_DB_ALIAS], sql, parameters)


def _planned_rows(sql: str, *parameters: Data) -> list[tuple[Data, ...]]:
    """The same, where one plan is good for all lists."""
    return _planned(sql).rows(connections[DEFAULT_DB_ALIAS], parameters)


@lru_cache(maxsize=64)
def _planned(sql: str) -> Planned:
    return Planned(sql, one_plan=True)


def _run(sql: str, *parameters: Data) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


# --- reading -------------------------------------------------------------------------------------


def lengths(scopes: Sequence[str]) -> dict[str, Length]:
    """Of each list that is not empty."""
    asked = padded([*scopes])
    rows = _planned_rows(
        f"SELECT scope, SUM(n), SUM(CASE WHEN kind = {BY_CREATED} THEN 0 ELSE 1 END) FROM {COUNTS} "
        f"WHERE scope IN ({_marks(asked)}) AND kind IN {CREATED.kinds} GROUP BY scope",
        *asked,
    )
    return {str(scope): Length(int(n), int(notes)) for scope, n, notes in rows}


def place(scope: str, order: Order, offset: int, *, backwards: bool) -> Place | None:
    """The bound that is nearest before the row at ``offset``. None where there is none, or where
    many rows came and went at once and nobody has counted anew since.

    ``backwards`` starts at the end of the order, and ``ahead`` of the place counts from there: the
    bound itself and what is after it.
    """
    ahead = "total - ahead" if backwards else "ahead"
    rows = _planned_rows(
        f"SELECT CAST({order.column} AS text), video, {ahead} FROM ("
        f"SELECT kind, {order.column}, video, COALESCE(SUM(n) OVER earlier, 0) AS ahead, "
        f"SUM(n) OVER () AS total, SUM(CASE WHEN kind = {order.bulk} THEN 1 ELSE 0 END) OVER () "
        f"AS bulks FROM {COUNTS} WHERE scope = %s AND kind IN {order.kinds} "
        f"WINDOW earlier AS (ORDER BY {order.column}, video, kind DESC "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS bounds "
        f"WHERE kind = {order.bound} AND bulks = 0 AND {ahead} <= %s ORDER BY {ahead} DESC LIMIT 1",
        scope,
        offset,
    )
    if not rows:
        return None
    key, video, number = rows[0]
    return Place(key, video, int(number))


# --- several lists as if they were one -----------------------------------------------------------


def merged(
    scopes: Sequence[str],
    order: Order,
    limit: int,
    offset: int,
    *,
    backwards: bool,
    starts: Sequence[Place | None],
) -> list[int]:
    """The ids of a page of lists that have no video in common, in their order. Each is read from an
    index range that begins at its own of ``starts``, no further than the page may reach."""
    sign, direction = ("<", "DESC") if backwards else (">=", "ASC")
    along = f"ORDER BY {order.column} {direction}, id {direction} LIMIT %s"
    rest = offset - sum(start.ahead for start in starts if start)
    parts: list[str] = []
    parameters: list[Data] = []
    for scope, start in zip(scopes, starts, strict=True):
        where, given = _within(scope)
        parameters += given
        if start is not None:
            where += f" AND ({order.column}, id) {sign} ({order.given}, %s)"
            parameters += [start.key, start.video]
        parameters.append(rest + limit)
        found = f"SELECT id, {order.column} FROM {VIDEOS} WHERE {where} {along}"
        parts.append(f"SELECT * FROM ({found}) AS part")
    rows = _rows(
        f"SELECT id FROM ({' UNION ALL '.join(parts)}) AS parts {along} OFFSET %s",
        *parameters,
        limit,
        rest,
    )
    return [int(str(pk)) for (pk,) in rows]


class _Counted(NamedTuple):
    """A bound or a note of one of several lists."""

    scope: str
    kind: int
    key: str
    video: int
    n: int


def starts_among(
    scopes: Sequence[str], order: Order, offset: int, *, backwards: bool
) -> list[Place | None]:
    """Of each list the bound to read it from for the row at ``offset`` of all of them together.
    None for one that is read from its end.

    They are those nearest to a place that surely comes before the row: how many rows each list has
    before it is known but for those behind its own last bound, and these are all taken to be.
    """
    asked = padded([*scopes])
    sql = (
        f"SELECT scope, kind, CAST({order.column} AS text), video, n FROM {COUNTS} "
        f"WHERE scope IN ({_marks(asked)}) AND kind IN {order.kinds} "
        f"ORDER BY {order.column}, video, kind DESC"
    )
    rows = [_Counted._make(row) for row in _planned_rows(sql, *asked)]
    starts = dict[str, Place]()
    if all(row.kind != order.bulk for row in rows):
        near = _behind(rows, order, offset) if backwards else _before(rows, order, offset)
        ahead: dict[str, int] = defaultdict(int)
        for row in near:
            # Backwards what stands at the bound is ahead, too.
            here = ahead[row.scope] + (row.n if backwards else 0)
            if row.kind == order.bound:
                starts[row.scope] = Place(row.key, row.video, here)
            ahead[row.scope] += row.n
    return [starts.get(scope) for scope in scopes]


def _before(rows: list[_Counted], order: Order, offset: int) -> list[_Counted]:
    """Those up to the last bound that the row at ``offset`` does not come before."""
    end = counted = 0
    for number, row in enumerate(rows, 1):
        if row.kind == order.bound and counted <= offset:
            end = number
        counted += row.n
    return rows[:end]


def _behind(rows: list[_Counted], order: Order, offset: int) -> list[_Counted]:
    """The same from the last one on backwards, with ``offset`` counted from there."""
    behind, unsure = sum(row.n for row in rows), 0
    # Of each list how many are behind its last bound: these may be behind the row, too.
    last: dict[str, int] = defaultdict(int)
    for number, row in enumerate(rows):
        if row.kind == order.bound:
            unsure -= last[row.scope]
            if behind + unsure <= offset:
                return rows[number:][::-1]
            unsure += row.n
            last[row.scope] = row.n
        behind -= row.n
    return []


# --- adding up -----------------------------------------------------------------------------------


def tidy_quietly(scope: str) -> None:
    """For whoever has just read a list with many notes. Waits for nobody, and fails nothing."""
    try:
        with impatient(), transaction.atomic():
            _tidy(scope, most=LARGE * 10)
    except DatabaseError:
        log.info("The notes of %s were left for later", scope, exc_info=True)


def tidy_some() -> int:
    """Add up the notes of the lists that have most. How many lists there were; to be called again
    where it is not 0."""
    rows = _rows(
        f"SELECT scope FROM {COUNTS} WHERE NOT (kind IN (1, 2)) GROUP BY scope "
        f"HAVING COUNT(*) > {FEW} OR MAX(kind) > {CHANGE} ORDER BY COUNT(*) DESC "
        f"LIMIT {_LISTS_AT_ONCE}"
    )
    rows += _rows(f"SELECT DISTINCT scope FROM {COUNTS} WHERE n > {LARGE} LIMIT {_LISTS_AT_ONCE}")
    done = 0
    for scope in dict.fromkeys(scope for (scope,) in rows):
        with transaction.atomic():
            done += _tidy(scope)
    return done


class impatient:  # noqa: N801 - as a function is
    """Within: SQLite does not wait for whoever writes. The rest happens by itself."""

    def __enter__(self) -> None:
        if connection.vendor == "sqlite":
            _run("PRAGMA busy_timeout = 100")

    def __exit__(self, *_: object) -> None:
        if connection.vendor == "sqlite":
            seconds = connection.settings_dict["OPTIONS"].get("timeout", 5)
            _run(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _tidy(scope: str, *, most: int | None = None) -> bool:
    """Add up the notes of one list, in a transaction. Whether that was done: it is not while
    somebody else does, nor where more than ``most`` videos would have to be read.

    Only who holds the lock changes bounds and takes notes away. Everybody else adds notes, which
    count with their places from the moment that they are seen: so it does not matter when.
    """
    if not _alone():
        return False
    if most is not None:
        known = lengths([scope]).get(scope)
        if known is not None and known.videos > most and _has_bulks(scope):
            return False
    notes = {
        pk
        for (pk,) in _rows(
            f"SELECT id FROM {COUNTS} WHERE scope = %s AND kind = {CHANGE} ORDER BY id "
            f"LIMIT {_AT_ONCE}",
            scope,
        )
    }
    for order in ORDERS:
        _add_up(scope, order, notes)
    _delete(notes)
    for order in ORDERS:
        bounds = _bounds(scope, order)
        _merge(bounds)
        for low, high in zip(bounds, [*bounds[1:], None], strict=True):
            if low.n > LARGE:
                _split(scope, order, low, high)
    return True


def _alone() -> bool:
    if connection.vendor != "postgresql":
        return True  # a transaction of SQLite is
    return bool(_rows("SELECT pg_try_advisory_xact_lock(%s)", _LOCK)[0][0])


def _has_bulks(scope: str) -> bool:
    kinds = f"({BULK_BY_CREATED}, {BULK_BY_TITLE})"
    sql = f"SELECT 1 FROM {COUNTS} WHERE scope = %s AND kind IN {kinds} LIMIT 1"
    return bool(_rows(sql, scope))


def _delete(keys: set[int]) -> None:
    ordered = sorted(keys)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        _run(f"DELETE FROM {COUNTS} WHERE id IN ({_marks(some)})", *some)


def _add_up(scope: str, order: Order, notes: set[int]) -> None:
    """Add each note to the bound before it. Without a bound, and where it is not known what has
    come and gone where, one bound counts all."""
    rows = _rows(
        f"SELECT id, kind, n, SUM(CASE WHEN kind = {order.bound} THEN 1 ELSE 0 END) OVER ("
        f"ORDER BY {order.column}, video, kind DESC) FROM {COUNTS} "
        f"WHERE scope = %s AND kind IN {order.kinds}",
        scope,
    )
    bounds = {int(bucket): pk for pk, kind, _, bucket in rows if kind == order.bound}
    bulks = {pk for pk, kind, _, _ in rows if kind == order.bulk}
    if bulks or not bounds:
        total = sum(n for pk, kind, n, _ in rows if kind != CHANGE or pk in notes)
        _delete(bulks | set(bounds.values()))
        _insert(scope, order, [(order.first, 0, total)])
        return
    change: dict[int, int] = defaultdict(int)
    for pk, kind, n, bucket in rows:
        if kind == CHANGE and pk in notes:
            # Nothing is before the first one, or nearly.
            change[bounds[max(int(bucket), 1)]] += n
    _change({pk: n for pk, n in change.items() if n})


def _change(changes: dict[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {COUNTS} SET n = n + %s WHERE id = %s",
            [(n, pk) for pk, n in changes.items()],
        )


def _insert(scope: str, order: Order, bounds: Sequence[tuple[str, int, int]]) -> None:
    title = "%s" if order is TITLE else "''"
    created = CREATED.given if order is CREATED else "NULL"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {COUNTS} (scope, kind, created, title, video, n) "
            f"VALUES (%s, {order.bound}, {created}, {title}, %s, %s)",
            [(scope, *bound) for bound in bounds],
        )


def _bounds(scope: str, order: Order) -> list[_Bound]:
    rows = _rows(
        f"SELECT id, CAST({order.column} AS text), video, n FROM {COUNTS} "
        f"WHERE scope = %s AND kind = {order.bound} ORDER BY {order.column}, video",
        scope,
    )
    return [_Bound._make(row) for row in rows]


def _merge(bounds: list[_Bound]) -> None:
    """Take away bounds that have little left, if the one before has room for it."""
    changes: dict[int, int] = defaultdict(int)
    gone = set()
    kept: list[_Bound] = []
    for bound in bounds:
        before = kept[-1] if kept else None
        if before is not None and bound.n <= STEP // 4 and before.n + bound.n <= STEP:
            gone.add(bound.pk)
            changes[before.pk] += bound.n
            kept[-1] = before._replace(n=before.n + bound.n)
        else:
            kept.append(bound)
    _delete(gone)
    _change(changes)
    bounds[:] = kept


def _split(scope: str, order: Order, low: _Bound, high: _Bound | None) -> None:
    """More bounds between two, each with what is there now but for what notes say of it.

    One statement, so that it sees a video exactly if it sees the note of it.
    """
    column, given = order.column, order.given
    where, parameters = _within(scope)
    between, ends = f"({column}, {{}}) >= ({given}, %s)", [low.key, low.video]
    if high is not None:
        between += f" AND ({column}, {{}}) < ({given}, %s)"
        ends += [high.key, high.video]
    rows = _rows(
        f"SELECT CAST({column} AS text), video, is_bound, n, SUM(is_bound) OVER ("
        f"ORDER BY {column}, video, is_bound DESC) FROM ("
        f"SELECT {given} AS {column}, %s AS video, 1 AS is_bound, 0 AS n "
        f"UNION ALL SELECT {column}, id, CASE WHEN number = 0 THEN 0 ELSE 1 END, "
        f"CASE WHEN total - number < {STEP} THEN total - number ELSE {STEP} END FROM ("
        f"SELECT {column}, id, ROW_NUMBER() OVER (ORDER BY {column}, id) - 1 AS number, "
        f"COUNT(*) OVER () AS total FROM {VIDEOS} WHERE {where} AND {between.format(*2 * ['id'])}"
        f") AS videos WHERE number %% {STEP} = 0 "
        f"UNION ALL SELECT {column}, video, 0, -n FROM {COUNTS} "
        f"WHERE scope = %s AND kind = {CHANGE} AND {between.format(*2 * ['video'])}"
        ") AS found",
        *(low.key, low.video),
        *parameters,
        *ends,
        scope,
        *ends,
    )
    sums: dict[int, int] = defaultdict(int)
    places: dict[int, tuple[str, int]] = {}
    for key, video, is_bound, n, bucket in rows:
        sums[int(bucket)] += int(n)
        if is_bound:
            places[int(bucket)] = key, video
    _delete({low.pk})
    _insert(scope, order, [(*places[bucket], sums[bucket]) for bucket in sorted(places)])


def _within(scope: str) -> tuple[str, list[Data]]:
    """SQL for the videos of a list, and its parameters."""
    hidden = scope.startswith("hidden ")
    conditions, parameters = (["NOT is_public"] if hidden else []), list[object]()
    what, _, rest = scope.removeprefix("hidden ").partition(" ")
    match what:
        case "public":
            conditions.append("is_public")
            language = rest
        case "teamless":
            conditions.append("team_id IS NULL")
            language = rest
        case _:
            number, _, language = rest.partition(" ")
            conditions.append(f"{what}_id = %s")
            parameters.append(int(number))
    if language:
        conditions.append("primary_audio_language_code = %s")
        parameters.append(language)
    return " AND ".join(conditions), parameters


# --- counting anew, and looking whether it is right ----------------------------------------------


def count_all(database: BaseDatabaseWrapper) -> None:
    """One bound for each list, in place of whatever is there. Nobody else may write meanwhile."""
    first = f"CAST('{CREATED.first}+00' AS timestamptz)"
    if database.vendor != "postgresql":
        first = f"'{CREATED.first}'"
    with database.cursor() as cursor:
        cursor.execute(f"DELETE FROM {COUNTS}")
        cursor.execute(
            f"INSERT INTO {COUNTS} (scope, kind, created, title, video, n) "
            f"SELECT scope, kind, CASE WHEN kind = {BY_CREATED} THEN {first} END, '', 0, number "
            f"FROM (SELECT scope, COUNT(*) AS number FROM ({placed(VIDEOS)}) AS each_one "
            "WHERE scope IS NOT NULL GROUP BY scope) AS lists "
            f"CROSS JOIN (SELECT {BY_CREATED} AS kind UNION ALL SELECT {BY_TITLE}) AS kinds"
        )


def count_anew() -> int:
    """Make the triggers where they are missing, and count all there is. Writers wait. How many
    lists have videos."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _run(f"LOCK TABLE {VIDEOS} IN SHARE ROW EXCLUSIVE MODE")
            _run("SELECT pg_advisory_xact_lock(%s)", _LOCK)
        if missing(connection):
            install(connection)
        count_all(connection)
    while tidy_some():
        pass
    return int(_rows(f"SELECT COUNT(DISTINCT scope) FROM {COUNTS}")[0][0])


def keep_counting(alias: str) -> None:
    """After migrations: SQLite makes a table anew to change it, which loses its triggers. Whatever
    changed while there were none is counted."""
    database = connections[alias]
    begun = ("videos", "0006_count_lists") in MigrationRecorder(database).applied_migrations()
    if begun and missing(database):
        with transaction.atomic(using=alias):
            # First: PostgreSQL then lets nobody else write until all is counted.
            install(database)
            count_all(database)


def without_triggers() -> list[str]:
    return missing(connection)


def wrong() -> Iterator[tuple[str, int, int]]:
    """(list, videos that it has, videos that it says) where these differ. A list that has bounds
    in the wrong places is said once with the number that one of them should have."""
    said = ", ".join(f"SUM(CASE WHEN kind IN {order.kinds} THEN n ELSE 0 END)" for order in ORDERS)
    lists = _rows(
        f"SELECT scope, SUM(number), SUM(created), SUM(title) FROM ("
        f"SELECT scope, 1 AS number, 0 AS created, 0 AS title FROM ({placed(VIDEOS)}) AS each_one "
        f"WHERE scope IS NOT NULL UNION ALL SELECT scope, 0, {said} FROM {COUNTS} GROUP BY scope"
        ") AS found GROUP BY scope "
        "HAVING SUM(number) <> SUM(created) OR SUM(number) <> SUM(title) ORDER BY scope"
    )
    seen = set()
    for scope, number, created, title in lists:
        seen.add(scope)
        yield scope, int(number), int(title if number == created else created)
    for order in ORDERS:
        for scope, number, stands in _misplaced(order):
            if scope not in seen:
                seen.add(scope)
                yield scope, int(number), int(stands)


def _misplaced(order: Order) -> list[tuple[Data, ...]]:
    column = order.column
    return _rows(
        "SELECT scope, SUM(number), SUM(n) FROM (SELECT scope, number, n, "
        f"SUM(is_bound) OVER (PARTITION BY scope ORDER BY {column}, video, is_bound DESC) "
        f"AS bucket FROM (SELECT scope, {column}, video, 0 AS is_bound, 1 AS number, 0 AS n "
        f"FROM ({placed(VIDEOS)}) AS each_one WHERE scope IS NOT NULL UNION ALL "
        f"SELECT scope, {column}, video, CASE WHEN kind = {order.bound} THEN 1 ELSE 0 END, 0, n "
        f"FROM {COUNTS} WHERE kind IN ({CHANGE}, {order.bound})) AS all_of_them) AS found "
        f"WHERE bucket > 0 AND scope NOT IN (SELECT scope FROM {COUNTS} "
        f"WHERE kind = {order.bulk}) "
        "GROUP BY scope, bucket HAVING SUM(number) <> SUM(n) ORDER BY scope"
    )

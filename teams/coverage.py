"""How much of a team's videos has subtitles, by language and state, without reading them all.

Triggers keep a cell for each language of a video (`CoverageCell`), and note each cell that comes or
goes in counts (`CoverageCount`), which are added up here: as the lists of videos are counted, for
the same reasons (docs/adr/0030-lists-that-count-themselves.md); docs/adr/0035 says what differs.

SQL by hand, the same for both databases but for the triggers themselves.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import orjson
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import OuterRef

from amara_api.kernel.nested import nested
from teams.models import CoverageCell, CoverageCount, CoverageState, SubtitleRequest, Task

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Combinable

    from amara_api.kernel.shapes import Data
    from videos.queries import VideoRow

log = logging.getLogger(__name__)

MODELS = (CoverageCell, CoverageCount)

MIGRATION = ("teams", "0011_coverage")
CELLS, COUNTS = "teams_coveragecell", "teams_coveragecount"
LANGUAGES, VIDEOS = "subtitles_subtitlelanguage", "videos_video"
TASKS, REQUESTS = "teams_task", "teams_subtitlerequest"
# Notes of one scope that the worker leaves lying, and that whoever reads it does.
FEW, MANY = 20, 1_000
_AT_ONCE = 5_000
_SCOPES_AT_ONCE = 50
# Whoever adds notes up holds this lock of PostgreSQL. The number means nothing else.
_LOCK = 30_001_118


# --- what a cell is ------------------------------------------------------------------------------

_JUDGING = ", ".join(str(int(type)) for type in Task.JUDGING)
_MADE = int(SubtitleRequest.Stage.SUBTITLE)
# Whether the newest version waits for a review or an approval: `teams.policies.judged_now`.
_JUDGED = (
    f"EXISTS (SELECT 1 FROM {TASKS} t WHERE t.video_id = sl.video_id "
    "AND t.language_code = sl.language_code AND t.team_id = v.team_id "
    f"AND t.completed IS NULL AND NOT t.is_deleted AND t.type IN ({_JUDGING})) "
    f"OR EXISTS (SELECT 1 FROM {REQUESTS} r WHERE r.video_id = sl.video_id "
    f"AND r.language_code = sl.language_code AND r.completed IS NULL AND r.stage <> {_MADE})"
)
_STATE = (
    f"CASE WHEN sl.public_tip_id IS NOT NULL THEN {CoverageState.PUBLISHED:d} "
    f"WHEN {_JUDGED} THEN {CoverageState.IN_REVIEW:d} ELSE {CoverageState.DRAFT:d} END"
)
_BEGUN = "v.team_id IS NOT NULL AND (sl.tip_id IS NOT NULL OR sl.public_tip_id IS NOT NULL)"
_COLUMNS = "video, language_code, team, project, state"
_CELL = f"sl.video_id, sl.language_code, v.team_id, COALESCE(v.project_id, 0), {_STATE}"
_ALL = f"SELECT {_CELL} FROM {LANGUAGES} sl JOIN {VIDEOS} v ON v.id = sl.video_id WHERE {_BEGUN}"


def _refresh(pairs: str, videos: str = "") -> list[str]:
    """SQL that makes the cells of these pairs of ``video`` and ``language_code`` as they must be.
    What is right already is left alone, and noted nowhere.

    ``videos`` are those of the pairs, for SQLite: it finds no pair by an index, and would look at
    all cells, and at all videos of teams.
    """
    of_videos = f"{{}} IN ({videos}) AND" if videos else ""
    same = (
        f"SELECT 1 FROM {LANGUAGES} sl JOIN {VIDEOS} v ON v.id = sl.video_id "
        f"WHERE sl.video_id = {CELLS}.video AND sl.language_code = {CELLS}.language_code "
        f"AND {_BEGUN} AND v.team_id = {CELLS}.team "
        f"AND COALESCE(v.project_id, 0) = {CELLS}.project AND ({_STATE}) = {CELLS}.state"
    )
    there = (
        f"SELECT 1 FROM {CELLS} c WHERE c.video = sl.video_id "
        "AND c.language_code = sl.language_code"
    )
    return [
        f"DELETE FROM {CELLS} WHERE {of_videos.format('video')} "
        f"(video, language_code) IN ({pairs}) AND NOT EXISTS ({same})",
        # SQLite keeps to the order of a CROSS JOIN; to PostgreSQL it is any.
        f"INSERT INTO {CELLS} ({_COLUMNS}) SELECT {_CELL} FROM {LANGUAGES} sl "
        f"CROSS JOIN {VIDEOS} v WHERE {of_videos.format('sl.video_id')} v.id = sl.video_id "
        f"AND (sl.video_id, sl.language_code) IN ({pairs}) AND {_BEGUN} "
        # Of two that do so at once, one is enough.
        f"AND NOT EXISTS ({there}) ON CONFLICT (video, language_code) DO NOTHING",
    ]


def _scoped(table: str) -> str:
    """SQL for the scopes that each cell of a table counts in."""
    return (
        f"SELECT 'team ' || team AS scope, language_code, state FROM {table} UNION ALL "
        f"SELECT 'project ' || project, language_code, state FROM {table} WHERE project <> 0"
    )


# --- triggers ------------------------------------------------------------------------------------


class _Watched(NamedTuple):
    """A table on which cells depend: the columns that they depend on, and SQL for the pairs that a
    row of it is about."""

    table: str
    columns: tuple[str, ...]
    pairs: str

    @property
    def video(self) -> str:
        return "id" if self.pairs else "video_id"


_WATCHED = {
    "languages": _Watched(
        LANGUAGES, ("video_id", "language_code", "tip_id IS NULL", "public_tip_id IS NULL"), ""
    ),
    "videos": _Watched(VIDEOS, ("team_id", "project_id"), "of a video"),
    "tasks": _Watched(
        TASKS, ("video_id", "language_code", "team_id", "type", "completed", "is_deleted"), ""
    ),
    "requests": _Watched(REQUESTS, ("video_id", "language_code", "completed", "stage"), ""),
}
_EVENTS = ("insert", "delete", "update")
_NAMES = [f"coverage_{name}_{event}" for name in _WATCHED for event in _EVENTS]
_COUNTING = ["coverage_cells_insert", "coverage_cells_delete"]
_EMPTYING = "coverage_truncate"


def _pairs(watched: _Watched, row: str, *, table: str = "") -> str:
    """Of a row of a trigger, or of all rows of a table."""
    source = f" FROM {table} AS {row}" if table else ""
    if not watched.pairs:
        return f"SELECT {row}.video_id, {row}.language_code{source}"
    if not table:
        return f"SELECT l.video_id, l.language_code FROM {LANGUAGES} l WHERE l.video_id = {row}.id"
    return (
        f"SELECT l.video_id, l.language_code FROM {LANGUAGES} l JOIN {table} AS {row} "
        f"ON l.video_id = {row}.id"
    )


def _prefixed(column: str, row: str) -> str:
    return f"({row}.{column})"


def _sqlite() -> list[str]:
    statements = []
    for name, watched in _WATCHED.items():
        differs = " OR ".join(
            f"{_prefixed(column, 'OLD')} IS NOT {_prefixed(column, 'NEW')}"
            for column in watched.columns
        )
        old, new = _pairs(watched, "OLD"), _pairs(watched, "NEW")
        was, becomes = (f"{row}.{watched.video}" for row in ("OLD", "NEW"))
        parts = {
            "insert": ("INSERT", "", new, becomes),
            "delete": ("DELETE", "", old, was),
            "update": ("UPDATE", f"WHEN {differs}", f"{old} UNION {new}", f"{was}, {becomes}"),
        }
        for event, (what, when, pairs, videos) in parts.items():
            body = "; ".join(_refresh(pairs, videos))
            statements.append(
                f"CREATE TRIGGER coverage_{name}_{event} AFTER {what} ON {watched.table} {when} "
                f"BEGIN {body}; END"
            )
    for event, row, sign in (("insert", "NEW", 1), ("delete", "OLD", -1)):
        into = f"INSERT INTO {COUNTS} (scope, language_code, state, kept, n) SELECT"
        values = f"{row}.language_code, {row}.state, 0, {sign}"
        statements.append(
            f"CREATE TRIGGER coverage_cells_{event} AFTER {event} ON {CELLS} BEGIN "
            f"{into} 'team ' || {row}.team, {values}; "
            f"{into} 'project ' || {row}.project, {values} WHERE {row}.project <> 0; END"
        )
    return statements


def _postgresql() -> list[str]:
    """One turn a statement; what a statement leaves as it was costs one look."""
    statements = []
    referenced = {
        "insert": "NEW TABLE AS come",
        "delete": "OLD TABLE AS gone",
        "update": "OLD TABLE AS gone NEW TABLE AS come",
    }
    for name, watched in _WATCHED.items():
        differs = " OR ".join(
            f"{_prefixed(column, 'o')} IS DISTINCT FROM {_prefixed(column, 'n')}"
            for column in watched.columns
        )
        changed = f"(SELECT {{}}.* FROM gone o JOIN come n ON o.id = n.id WHERE {differs})"
        pairs = {
            "insert": _pairs(watched, "n", table="come"),
            "delete": _pairs(watched, "o", table="gone"),
            "update": f"{_pairs(watched, 'o1', table=changed.format('o'))} UNION "
            f"{_pairs(watched, 'n1', table=changed.format('n'))}",
        }
        for event in _EVENTS:
            body = "; ".join(_refresh(pairs[event]))
            statements += _function(
                f"coverage_{name}_{event}",
                f"IF EXISTS ({pairs[event]}) THEN {body}; END IF;",
                f"AFTER {event} ON {watched.table} REFERENCING {referenced[event]} "
                "FOR EACH STATEMENT",
            )
    for event, table, sign in (("insert", "come", 1), ("delete", "gone", -1)):
        statements += _function(
            f"coverage_cells_{event}",
            f"INSERT INTO {COUNTS} (scope, language_code, state, kept, n) "
            f"SELECT scope, language_code, state, false, {sign} * count(*) "
            f"FROM ({_scoped(table)}) AS scopes GROUP BY scope, language_code, state;",
            f"AFTER {event} ON {CELLS} REFERENCING {referenced[event]} FOR EACH STATEMENT",
        )
    statements += _function(
        _EMPTYING,
        f"DELETE FROM {CELLS}; DELETE FROM {COUNTS};",
        f"AFTER TRUNCATE ON {LANGUAGES} FOR EACH STATEMENT",
    )
    return statements


def _function(name: str, body: str, when: str) -> list[str]:
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$",
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
    ]


def _wanted(database: BaseDatabaseWrapper) -> list[str]:
    return [*_NAMES, *_COUNTING, *([_EMPTYING] if database.vendor == "postgresql" else [])]


def remove(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        for name in _wanted(database):
            if database.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(database: BaseDatabaseWrapper) -> list[str]:
    """Triggers that are not there, or switched off."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in _wanted(database) if name not in there]


def begin(database: BaseDatabaseWrapper) -> None:
    """Make all cells, counts and triggers anew, in a transaction. Writers wait."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            # As taking triggers away does, and in the order in which services lock.
            tables = ", ".join((VIDEOS, LANGUAGES, TASKS, REQUESTS))
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        remove(database)
        cursor.execute(f"DELETE FROM {COUNTS}")
        cursor.execute(f"DELETE FROM {CELLS}")
        cursor.execute(f"INSERT INTO {CELLS} ({_COLUMNS}) {_ALL}")
        cursor.execute(
            f"INSERT INTO {COUNTS} (scope, language_code, state, kept, n) "
            f"SELECT scope, language_code, state, {'true' if _is_pg(database) else '1'}, COUNT(*) "
            f"FROM ({_scoped(CELLS)}) AS scopes GROUP BY scope, language_code, state"
        )
        statements = _postgresql() if _is_pg(database) else _sqlite()
        for statement in statements:
            cursor.execute(statement)


def _is_pg(database: BaseDatabaseWrapper) -> bool:
    return database.vendor == "postgresql"


def count_anew() -> int:
    """See `begin`. How many cells there are."""
    with transaction.atomic():
        begin(connection)
    return CoverageCell.objects.count()


def keep_counting(alias: str) -> None:
    """After migrations: the triggers are made where they are missing, and all is counted."""
    database = connections[alias]
    begun = MIGRATION in MigrationRecorder(database).applied_migrations()
    if begun and missing(database):
        with transaction.atomic(using=alias):
            begin(database)


# --- adding up -----------------------------------------------------------------------------------


def _rows(sql: str, *parameters: Data) -> list[tuple[Data, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Data, ...]] = cursor.fetchall()
        return rows


def tidy_some() -> int:
    """Add up the notes of the scopes that have many. How many there were; to be called again where
    it is not 0."""
    rows = _rows(
        f"SELECT scope FROM {COUNTS} WHERE NOT kept GROUP BY scope HAVING COUNT(*) > {FEW} "
        f"ORDER BY COUNT(*) DESC LIMIT {_SCOPES_AT_ONCE}"
    )
    done = 0
    for (scope,) in rows:
        with transaction.atomic():
            done += _tidy(scope)
    return done


def _tidy(scope: str) -> bool:
    """Add up the notes of a scope, in a transaction; not while somebody else does."""
    if connection.vendor == "postgresql":
        if not _rows("SELECT pg_try_advisory_xact_lock(%s)", _LOCK)[0][0]:
            return False
    rows = _rows(
        f"SELECT id, language_code, state, n FROM {COUNTS} WHERE scope = %s "
        f"ORDER BY kept DESC, id LIMIT {_AT_ONCE}",
        scope,
    )
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for _, code, state, n in rows:
        sums[code, state] += n
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {COUNTS} WHERE id = %s", [(row[0],) for row in rows])
        cursor.executemany(
            f"INSERT INTO {COUNTS} (scope, language_code, state, kept, n) "
            "VALUES (%s, %s, %s, %s, %s)",
            [(scope, code, state, True, n) for (code, state), n in sums.items() if n],
        )
    return True


# --- reading -------------------------------------------------------------------------------------


class Total(NamedTuple):
    """Of a language: how many videos have subtitles in each state."""

    language_code: str
    draft: int
    in_review: int
    published: int

    @property
    def begun(self) -> int:
        return self.draft + self.in_review + self.published


def totals(scope: str) -> list[Total]:
    """The languages of a team (`team 5`) or a project (`project 7`), sorted by their codes. Reads
    the counts alone: a row or few for each language and state."""
    rows = _rows(
        f"SELECT language_code, state, SUM(n), COUNT(*) FROM {COUNTS} WHERE scope = %s "
        "GROUP BY language_code, state ORDER BY language_code",
        scope,
    )
    if sum(int(row[3]) for row in rows) > MANY:
        try:
            with transaction.atomic():
                _tidy(scope)
        except DatabaseError:
            # Somebody else writes. The worker adds them up.
            log.debug("The coverage of %s is not added up now.", scope)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for code, state, n, _ in rows:
        found[code][state] = int(n)
    states = (CoverageState.DRAFT, CoverageState.IN_REVIEW, CoverageState.PUBLISHED)
    listed = (
        Total(code, *(counts.get(state, 0) for state in states)) for code, counts in found.items()
    )
    return [total for total in listed if total.begun]


def cells() -> tuple[Combinable]:
    """A column for `videos.queries`: what `states_of` reads."""
    return (nested(CoverageCell.objects.filter(video=OuterRef("pk")), "language_code", "state"),)


def states_of(video: VideoRow) -> dict[str, CoverageState]:
    """The state of each language; languages without subtitles are not there. ``video`` was asked
    for with `cells`."""
    return {code: CoverageState(state) for code, state in orjson.loads(video.more[0])}


# --- looking whether it is right -----------------------------------------------------------------


def without_triggers() -> list[str]:
    return missing(connection)


def wrong_cells() -> Iterator[tuple[int, str]]:
    """(video, language) of cells that are not as they must be, or should or should not be there."""
    cells = f"SELECT {_COLUMNS} FROM {CELLS}"
    sql = (
        f"SELECT * FROM ({_ALL} EXCEPT {cells}) AS lacking "
        f"UNION SELECT * FROM ({cells} EXCEPT {_ALL}) AS too_many"
    )
    seen = set()
    for video, code, *_ in _rows(sql):
        if (video, code) not in seen:
            seen.add((video, code))
            yield int(str(video)), str(code)


def wrong_counts() -> Iterator[tuple[str, str, int, int]]:
    """(scope, language, cells, cells that are counted) where these differ."""
    for scope, code, number, said in _rows(
        "SELECT scope, language_code, SUM(number), SUM(n) FROM ("
        f"SELECT scope, language_code, state, 1 AS number, 0 AS n FROM ({_scoped(CELLS)}) AS cells "
        f"UNION ALL SELECT scope, language_code, state, 0, n FROM {COUNTS}) AS both_of_them "
        "GROUP BY scope, language_code, state HAVING SUM(number) <> SUM(n) "
        "ORDER BY scope, language_code"
    ):
        yield str(scope), str(code), int(number), int(said)

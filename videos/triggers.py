"""What the database does when a video comes, goes or changes: it notes so in the counts.

Triggers, since the services are not the only ones that write: there are bulk updates, foreign keys
that become null, the admin, and people with SQL. docs/adr/0030-lists-that-count-themselves.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

VIDEOS, COUNTS = "videos_video", "videos_videocount"
# Of `VideoCount.Kind`.
CHANGE, BY_CREATED, BY_TITLE, BULK_BY_CREATED, BULK_BY_TITLE = range(5)
# Videos of one statement whose places are noted one by one: to note more takes longer than to
# count anew.
FEW = 1_000
NAMES = ("videos_counted_in", "videos_counted_out", "videos_counted_on", "videos_counted_none")
_ROW = "INSERT INTO {counts} (scope, kind, created, title, video, n)"


def _language(video: str) -> str:
    return f"{video}.primary_audio_language_code"


def scopes(video: str) -> list[str]:
    """SQL for each list that the row ``video`` may be in: its name, or null where it is not.

    A name is what `videos.counts` asks for. A hidden video is counted once more as hidden, so that
    the difference is what everybody finds.
    """
    spoken = f"{_language(video)} <> ''"
    found = [f"CASE WHEN {video}.is_public AND {spoken} THEN 'public ' || {_language(video)} END"]
    places = [
        (f"{video}.team_id IS NULL", "'teamless'"),
        (f"{video}.team_id IS NOT NULL", f"'team ' || {video}.team_id"),
        (f"{video}.project_id IS NOT NULL", f"'project ' || {video}.project_id"),
    ]
    for there, name in places:
        found += [
            f"CASE WHEN {there} THEN {name} END",
            f"CASE WHEN {there} AND {spoken} THEN {name} || ' ' || {_language(video)} END",
        ]
        hidden = f"{there} AND NOT {video}.is_public"
        found += [
            f"CASE WHEN {hidden} THEN 'hidden ' || {name} END",
            f"CASE WHEN {hidden} AND {spoken} "
            f"THEN 'hidden ' || {name} || ' ' || {_language(video)} END",
        ]
    return found


def placed(table: str, sign: int = 1) -> str:
    """SQL for a row ``(scope, created, title, video, n)`` for each list of each video of a table,
    and empty ones with a null for a scope."""
    return " UNION ALL ".join(
        f"SELECT {scope} AS scope, v.created AS created, v.title AS title, v.id AS video, "
        f"{sign} AS n FROM {table} v"
        for scope in scopes("v")
    )


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, anew where there are some."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor]():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name in NAMES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {VIDEOS}")
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Those that are not there, or switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled <> 'D'",
                [VIDEOS],
            )
            wanted = list(NAMES)
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [VIDEOS]
            )
            wanted = list(NAMES[:3])
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in there]


def _postgresql() -> list[str]:
    """One note a statement. What a statement changes and leaves in its place cancels out."""
    into = _ROW.format(counts=COUNTS)
    parts = {
        "INSERT": ("NEW TABLE AS come", [("come", 1)]),
        "DELETE": ("OLD TABLE AS gone", [("gone", -1)]),
        "UPDATE": ("OLD TABLE AS gone NEW TABLE AS come", [("gone", -1), ("come", 1)]),
    }
    statements = []
    for name, (event, (tables, sources)) in zip(NAMES, parts.items(), strict=False):
        rows = " UNION ALL ".join(placed(table, sign) for table, sign in sources)
        changed = f"SELECT * FROM ({rows}) AS each_one WHERE scope IS NOT NULL"
        if len(sources) > 1:
            changed = (
                f"SELECT scope, created, title, video, sum(n) AS n FROM ({changed}) AS both_times "
                "GROUP BY scope, created, title, video HAVING sum(n) <> 0"
            )
        statements += [
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (SELECT count(*) FROM (SELECT 1 FROM {sources[0][0]} LIMIT {FEW + 1}) AS few)
                    <= {FEW}
                THEN
                    {into} SELECT scope, {CHANGE}, created, title, video, n FROM ({changed}) c;
                ELSE
                    {into} SELECT scope, kind, NULL, '', 0, sum(n) FROM ({changed}) c
                    CROSS JOIN (VALUES ({BULK_BY_CREATED}), ({BULK_BY_TITLE})) AS kinds(kind)
                    GROUP BY scope, kind;
                END IF;
                RETURN NULL;
            END $$""",
            f"CREATE TRIGGER {name} AFTER {event} ON {VIDEOS} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    name = NAMES[3]
    statements += [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN DELETE FROM {COUNTS}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER TRUNCATE ON {VIDEOS} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]
    return statements


def _sqlite() -> list[str]:
    """A note for each row and list: SQLite has no triggers of statements."""
    into = _ROW.format(counts=COUNTS)

    def note(row: str, sign: int) -> str:
        each = " UNION ALL ".join(f"SELECT {scope} AS scope" for scope in scopes(row))
        return (
            f"{into} SELECT scope, {CHANGE}, {row}.created, {row}.title, {row}.id, {sign} "
            f"FROM ({each}) WHERE scope IS NOT NULL;"
        )

    columns = (
        *("team_id", "project_id", "primary_audio_language_code", "is_public"),
        *("created", "title", "id"),
    )
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
    come, gone = note("NEW", 1), note("OLD", -1)
    return [
        f"CREATE TRIGGER {NAMES[0]} AFTER INSERT ON {VIDEOS} BEGIN {come} END",
        f"CREATE TRIGGER {NAMES[1]} AFTER DELETE ON {VIDEOS} BEGIN {gone} END",
        f"CREATE TRIGGER {NAMES[2]} AFTER UPDATE ON {VIDEOS} WHEN {differs} "
        f"BEGIN {gone} {come} END",
    ]

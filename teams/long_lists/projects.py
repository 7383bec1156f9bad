"""The project of a request's video, which is kept with the request (`video_project`).

Lists by project would otherwise ask two tables for each row. Triggers keep it, whatever writes:
a request takes over the project of its video, and a video hands its new project on.

On PostgreSQL a request is read with its video held (`FOR SHARE`), since neither of two writers sees
yet what the other writes: whoever comes second waits for the first, and then sees it. Services hold
the video already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from teams.long_lists.statements import rows_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

REQUESTS, VIDEOS = "teams_subtitlerequest", "videos_video"
ASKED, CHANGED, HANDED_ON = TRIGGERS = [
    f"long_lists_project_{event}" for event in ("insert", "update", "video")
]
_AT_ONCE = 10_000


def sqlite() -> list[str]:
    theirs = f"(SELECT project_id FROM {VIDEOS} WHERE id = NEW.video_id)"
    take = (
        f"UPDATE {REQUESTS} SET video_project = {theirs} "
        f"WHERE id = NEW.id AND video_project IS NOT {theirs};"
    )
    return [
        f"CREATE TRIGGER {ASKED} AFTER INSERT ON {REQUESTS} BEGIN {take} END",
        f"CREATE TRIGGER {CHANGED} AFTER UPDATE OF video_id, video_project ON {REQUESTS} "
        f"BEGIN {take} END",
        f"CREATE TRIGGER {HANDED_ON} AFTER UPDATE OF project_id ON {VIDEOS} "
        "WHEN OLD.project_id IS NOT NEW.project_id "
        f"BEGIN UPDATE {REQUESTS} SET video_project = NEW.project_id "
        "WHERE video_id = NEW.id AND video_project IS NOT NEW.project_id; END",
    ]


def postgresql() -> list[str]:
    take = (
        f"NEW.video_project := (SELECT project_id FROM {VIDEOS} WHERE id = NEW.video_id "
        "FOR SHARE); RETURN NEW;"
    )
    # A row that was read before its video went elsewhere is written with what it was.
    differs = "OLD.video_id <> NEW.video_id OR OLD.video_project IS DISTINCT FROM NEW.video_project"
    hand_on = (
        f"UPDATE {REQUESTS} AS r SET video_project = n.project_id "
        "FROM come n JOIN gone o ON o.id = n.id "
        "WHERE o.project_id IS DISTINCT FROM n.project_id AND r.video_id = n.id "
        "AND r.video_project IS DISTINCT FROM n.project_id; RETURN NULL;"
    )
    parts = {
        ASKED: (take, f"BEFORE INSERT ON {REQUESTS} FOR EACH ROW"),
        CHANGED: (take, f"BEFORE UPDATE ON {REQUESTS} FOR EACH ROW WHEN ({differs})"),
        HANDED_ON: (
            hand_on,
            f"AFTER UPDATE ON {VIDEOS} REFERENCING OLD TABLE AS gone NEW TABLE AS come "
            "FOR EACH STATEMENT",
        ),
    }
    statements = []
    for name, (body, when) in parts.items():
        statements += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
            f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
        ]
    return statements


def take_over(database: BaseDatabaseWrapper, numbers: tuple[int, int] | None = None) -> None:
    """Each request that says something else, of all or of those whose number is from the one to
    before the other, takes over the project of its video."""
    theirs = f"(SELECT project_id FROM {VIDEOS} v WHERE v.id = r.video_id)"
    sql = f"UPDATE {REQUESTS} AS r SET video_project = {theirs} WHERE video_project IS NOT {theirs}"
    if database.vendor == "postgresql":
        sql = (
            f"UPDATE {REQUESTS} AS r SET video_project = v.project_id FROM {VIDEOS} v "
            "WHERE v.id = r.video_id AND r.video_project IS DISTINCT FROM v.project_id"
        )
    some = " AND r.id >= %s AND r.id < %s" if numbers else ""
    with database.cursor() as cursor:
        cursor.execute(sql + some, numbers or ())


def take_over_by_and_by(database: BaseDatabaseWrapper) -> None:
    """All, some at a time, so that nobody waits for long. It may be broken off and begun again."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT MIN(id), MAX(id) FROM {REQUESTS}")
        [first, last] = cursor.fetchone()
    if first is None:
        return
    for start in range(first, last + 1, _AT_ONCE):
        take_over(database, (start, start + _AT_ONCE))


def wrong() -> list[str]:
    """Requests that say another project than their video's."""
    is_not = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    rows = rows_of(
        f"SELECT r.job_id FROM {REQUESTS} r JOIN {VIDEOS} v ON v.id = r.video_id "
        f"WHERE r.video_project {is_not} v.project_id ORDER BY r.id"
    )
    return [str(job) for (job,) in rows]

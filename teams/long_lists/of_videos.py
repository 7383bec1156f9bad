"""What a request keeps of its video: the project (`video_project`), the language that is spoken in
it (`video_language`) and the title (`video_title`).

Lists by these would otherwise ask two tables for each row. Triggers keep them, whatever writes: a
request takes over what its video has, and a video that changes hands it on.

On PostgreSQL a request is read with its video held (`FOR SHARE`), since neither of two writers sees
yet what the other writes: whoever comes second waits for the first, and then sees it. Services hold
the video already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from teams.long_lists.statements import rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

REQUESTS, VIDEOS = "teams_subtitlerequest", "videos_video"
# Columns of requests, and of their videos.
KEPT = {
    "video_project": "project_id",
    "video_language": "primary_audio_language_code",
    "video_title": "title",
}
_CALLED = {
    "video_project": "project",
    "video_language": "spoken language",
    "video_title": "title",
}
_TEXTS = ("video_language", "video_title")
ASKED, CHANGED, HANDED_ON = TRIGGERS = [
    f"long_lists_of_videos_{event}" for event in ("insert", "update", "hand_on")
]
# Of versions that kept the project alone.
FORMER = [f"long_lists_project_{event}" for event in ("insert", "update", "video")]
_IS_NOT = {"postgresql": "IS DISTINCT FROM", "sqlite": "IS NOT"}
_AT_ONCE = 10_000


def sqlite() -> list[str]:
    columns, theirs = ", ".join(KEPT), ", ".join(KEPT.values())
    differs = _differs("sqlite", REQUESTS, "v")
    take = (
        f"UPDATE {REQUESTS} SET ({columns}) = "
        f"(SELECT {theirs} FROM {VIDEOS} WHERE id = NEW.video_id) WHERE id = NEW.id "
        # A request may come before its video, within a transaction.
        f"AND EXISTS (SELECT 1 FROM {VIDEOS} v WHERE v.id = NEW.video_id AND ({differs}));"
    )
    handed_on = ", ".join(f"NEW.{name}" for name in KEPT.values())
    hand_on = (
        f"UPDATE {REQUESTS} SET ({columns}) = (SELECT {handed_on}) "
        f"WHERE video_id = NEW.id AND ({_differs('sqlite', REQUESTS, 'NEW')});"
    )
    changes = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in KEPT.values())
    return [
        f"CREATE TRIGGER {ASKED} AFTER INSERT ON {REQUESTS} BEGIN {take} END",
        f"CREATE TRIGGER {CHANGED} AFTER UPDATE OF video_id, {columns} ON {REQUESTS} "
        f"BEGIN {take} END",
        f"CREATE TRIGGER {HANDED_ON} AFTER UPDATE OF {theirs} ON {VIDEOS} WHEN {changes} "
        f"BEGIN {hand_on} END",
    ]


def postgresql() -> list[str]:
    take = (
        f"SELECT {', '.join(KEPT.values())} INTO {', '.join(f'NEW.{name}' for name in KEPT)} "
        f"FROM {VIDEOS} WHERE id = NEW.video_id FOR SHARE; "
        # A request may come before its video, within a transaction.
        + "".join(f"NEW.{name} := COALESCE(NEW.{name}, ''); " for name in _TEXTS)
        + "RETURN NEW;"
    )
    # A row that was read before its video changed is written with what it was.
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in ("video_id", *KEPT))
    changes = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in KEPT.values())
    hand_on = (
        f"UPDATE {REQUESTS} AS r SET {_set('n', KEPT)} FROM come n JOIN gone o ON o.id = n.id "
        f"WHERE ({changes}) AND r.video_id = n.id AND ({_differs('postgresql', 'r', 'n')}); "
        "RETURN NULL;"
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


def _differs(vendor: str, request: str, video: str, columns: Collection[str] = KEPT) -> str:
    """SQL for whether a row of requests says something else than one of videos."""
    return " OR ".join(
        f"{request}.{name} {_IS_NOT[vendor]} {video}.{KEPT[name]}" for name in columns
    )


def _set(video: str, columns: Collection[str]) -> str:
    return ", ".join(f"{name} = {video}.{KEPT[name]}" for name in columns)


def take_over(
    database: BaseDatabaseWrapper,
    columns: Collection[str] = KEPT,
    numbers: tuple[int, int] | None = None,
) -> None:
    """Each request that says something else in these columns, of all or of those whose number is
    from the one to before the other, takes over what its video has."""
    differs = _differs(database.vendor, "r", "v", columns)
    if database.vendor == "postgresql":
        sql = (
            f"UPDATE {REQUESTS} AS r SET {_set('v', columns)} FROM {VIDEOS} v "
            f"WHERE v.id = r.video_id AND ({differs})"
        )
    else:
        one = f"FROM {VIDEOS} v WHERE v.id = r.video_id"
        theirs = ", ".join(KEPT[name] for name in columns)
        sql = (
            f"UPDATE {REQUESTS} AS r SET ({', '.join(columns)}) = (SELECT {theirs} {one}) "
            f"WHERE EXISTS (SELECT 1 {one} AND ({differs}))"
        )
    some = " AND r.id >= %s AND r.id < %s" if numbers else ""
    with database.cursor() as cursor:
        cursor.execute(sql + some, numbers or ())


def take_over_by_and_by(database: BaseDatabaseWrapper, *columns: str) -> None:
    """All in these columns, some at a time, so that nobody waits for long. It may be broken off and
    begun again."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT MIN(id), MAX(id) FROM {REQUESTS}")
        [first, last] = cursor.fetchone()
    if first is None:
        return
    for start in range(first, last + 1, _AT_ONCE):
        take_over(database, columns, (start, start + _AT_ONCE))


def wrong() -> Iterator[tuple[str, str]]:
    """(request, what it keeps) where its video has something else."""
    for column, called in _CALLED.items():
        rows = rows_of(
            f"SELECT r.job_id FROM {REQUESTS} r JOIN {VIDEOS} v ON v.id = r.video_id "
            f"WHERE {_differs(connection.vendor, 'r', 'v', [column])} ORDER BY r.id"
        )
        yield from ((str(job), called) for (job,) in rows)

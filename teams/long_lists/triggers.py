"""The triggers of the database that note each row that comes, goes or changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from teams.long_lists import of_videos
from teams.long_lists.keeping import LOCK
from teams.long_lists.things import LISTS, NOTES, THINGS, Thing

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# The newest one that such a trigger needs.
MIGRATION = ("teams", "0022_requests_by_title")


def install(database: BaseDatabaseWrapper) -> None:
    """Make the triggers anew, and forget all that is known. Nobody else may write meanwhile."""
    remove(database)
    with database.cursor() as cursor:
        cursor.execute(f"DELETE FROM {LISTS}")
        cursor.execute(f"DELETE FROM {NOTES}")
        of_videos.take_over(database)
        statements = of_videos.postgresql() if _is_pg(database) else of_videos.sqlite()
        for thing in THINGS.values():
            statements += (_postgresql if _is_pg(database) else _sqlite)(thing)
        for statement in statements:
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
    names += of_videos.TRIGGERS
    return names + [thing.emptied for thing in THINGS.values() if _is_pg(database)]


def remove(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        for name in _wanted(database) + of_videos.FORMER:
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
            tables = ", ".join((of_videos.VIDEOS, *(thing.table for thing in THINGS.values())))
            # As whoever keeps a list: this lock, and then the tables.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
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

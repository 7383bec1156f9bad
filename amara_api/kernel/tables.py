"""Tables come and change: one process at a time, and those of a new database at once (ADR 54).

Migrations bring a database that holds something from any version to today's. Where there is nothing
yet, their ninety steps lead to the tables of the last models, and take ten times as long as these.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.operations.special import _CodeCallable

_LOCK = 0x7AB1E5
"""PostgreSQL's number of the lock that whoever changes tables holds."""
# By this process.
_held: set[str] = set()


class BesideTheModels(migrations.RunPython):
    """For migrations: makes what no model says, such as an index of words.

    ``for_new`` does so in a database whose tables were made at once, inside their transaction.
    """

    def __init__(
        self,
        code: _CodeCallable,
        reverse_code: _CodeCallable,
        *,
        for_new: Callable[[BaseDatabaseWrapper], None],
    ) -> None:
        super().__init__(code, reverse_code)
        self.for_new = for_new


@contextlib.contextmanager
def changed_by_one(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Waits for others that change tables of the same database: containers that begin at once.
    Within, it may be asked for again."""
    if database.alias in _held:
        yield
        return
    _held.add(database.alias)
    try:
        with _locked(database):
            yield
    finally:
        _held.remove(database.alias)


@contextlib.contextmanager
def _locked(database: BaseDatabaseWrapper) -> Iterator[None]:
    # Where there is none, that is what is said.
    database.ensure_connection()
    if database.vendor == "postgresql":
        # Of a connection that does nothing else: a pooler may give this one's transactions to many.
        other = database.copy()
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            yield
        finally:
            other.close()
    elif database.is_in_memory_db():  # type: ignore[attr-defined]
        yield
    else:
        # Of the folder, since SQLite has locks of its own on the file.
        folder = os.open(Path(database.settings_dict["NAME"]).parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def is_new(database: BaseDatabaseWrapper) -> bool:
    """Whether it has no table."""
    return not database.introspection.table_names()


def make_all(database: BaseDatabaseWrapper) -> None:
    """Make today's tables, all or none, and note all migrations as applied.

    What follows any `migrate` is to be done still: triggers, permissions.
    """
    loader = MigrationLoader(database)
    # The models as the steps know them: of auto fields of Django's own tables they think otherwise.
    models = loader.project_state().apps.get_models()
    with database.schema_editor() as editor:
        for model in models:
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        recorder = MigrationRecorder(database)
        editor.create_model(recorder.Migration)
        for name, migration in loader.disk_migrations.items():
            recorder.record_applied(*name)
            for operation in migration.operations:
                if isinstance(operation, BesideTheModels):
                    operation.for_new(database)

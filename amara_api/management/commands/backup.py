"""`manage.py backup FILE`: a copy of the SQLite database, while the server serves."""

import os
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from amara_api import installation
from amara_api.commands import Command as OperatorsCommand


class Command(OperatorsCommand):
    help = (
        "Copy the SQLite database to a new file, whole and as of one moment; the server may serve "
        "meanwhile. Says what to use instead where the database is PostgreSQL."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        if connection.vendor != "sqlite":
            raise CommandError(
                f"PostgreSQL has a tool of its own for this. Use\n  {_pg_dump(file)}"
            )
        if file.exists():
            raise CommandError(f"{file} exists already, and is left as it is. Name another file.")
        try:
            # A name that nobody else has.
            number, name = mkstemp(".part", f"{file.name}.", file.parent)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        part = Path(name)
        try:
            os.close(number)
            _copy(part)
            part.replace(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        except sqlite3.Error as error:
            raise CommandError(f"{file} cannot be written: {error}.") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(
            f"Wrote {file.stat().st_size:,} bytes to {file}, and read them again: they are sound."
        )
        if settings.SECRET_KEY_FILE.is_file():
            where = installation.shown(settings.SECRET_KEY_FILE)
            self.stdout.write(f"Keep {where} with it: without that no API key works.")


def _copy(part: Path) -> None:
    connection.ensure_connection()
    assert connection.connection is not None
    with closing(sqlite3.connect(part)) as copy:
        # In one step: in several, each write of somebody else would begin it anew.
        connection.connection.backup(copy)
        # One file, until somebody serves from it.
        copy.execute("PRAGMA journal_mode = DELETE")
        found = [line for (line,) in copy.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise CommandError(f"The copy is not sound, so it was thrown away: {'; '.join(found)}")
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _pg_dump(file: Path) -> str:
    database = connection.settings_dict
    options = {
        "--host": database["HOST"],
        "--port": database["PORT"],
        "--username": database["USER"],
        "--dbname": database["NAME"],
        "--file": file,
    }
    given = [f"{name}={value}" for name, value in options.items() if value]
    return shlex.join(["pg_dump", "--format=custom", *given])

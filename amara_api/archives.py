"""All that an installation has in its database, as one file that either database can read.

A zip file. `manifest.json` says what is in it; each table is a member of JSON lines, a row a line:
its values in the order of the columns that the manifest names. The comment at the end of the file
is the SHA-256 of everything before it, so that a byte that is missing or another is noticed
wherever it is. Tables are read and written as those migrations made them that the database, or the
archive, has seen, not as today's models are: so an archive of an older version can be read, and is
brought up to date after that. docs/adr/0037-one-archive-for-both-databases.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from amara_api import __version__, installation
from amara_api.kernel.shapes import Data
from amara_api.kernel.tables import is_new, make_all
from teams import coverage, long_lists
from videos import counts, triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.apps.registry import Apps
    from django.db.models import Field, Model

FORMAT = 1
MANIFEST = "manifest.json"
_DIGITS = 64  # of a SHA-256 in hexadecimal, at the end of the file
_PIECE = 2**20
# Rows in memory at once. Those that hold subtitles may be large.
_MANY, _FEW = 1_000, 100
# What triggers put into tables: in no archive, made anew.
_KEPT_BY_TRIGGERS = (
    *(triggers.COUNTS, coverage.CELLS, coverage.COUNTS),
    *(long_lists.LISTS, long_lists.NOTES),
)
# How a machine is doing is no other machine's business.
_OF_THE_MACHINE = ("kernel_figure", "kernel_slowfetch", "kernel_worker")
_IN_NO_ARCHIVE = (*_KEPT_BY_TRIGGERS, *_OF_THE_MACHINE)
# That, and what migrations put into tables: no sign that a database is used.
_MADE = ("auth_permission", "django_content_type", *_IN_NO_ARCHIVE)
_MIGRATIONS = "django_migrations"

Migrations = list[tuple[str, str]]


class Refused(Exception):
    """An archive, or a place for one, that cannot be used. A sentence for whoever asked."""


class Progress(Protocol):
    """Somebody who is told how far it is."""

    def begin(self, total: int, doing: str) -> None: ...

    def advance(self, number: int = 1) -> None: ...


class Table(NamedTuple):
    """One table of an archive. ``last_id`` is the last number that the database has given a row,
    which may be gone; 0 where it gives none."""

    name: str
    columns: list[str]
    rows: int
    last_id: int
    sha256: str

    @property
    def member(self) -> str:
        return f"tables/{self.name}.jsonl"


class Manifest(NamedTuple):
    """What an archive says of itself. ``secrets`` are fingerprints: see `installation`."""

    format: int
    program: str
    made: str
    database: str
    migrations: Migrations
    secrets: dict[str, str]
    tables: list[Table]

    def written(self) -> bytes:
        said = {**self._asdict(), "tables": [table._asdict() for table in self.tables]}
        return json.dumps(said, indent=1).encode()

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        said = json.loads(text)
        if said["format"] > FORMAT:
            raise Refused(
                f"The archive has format {said['format']}, written by version {said['program']}; "
                f"this is {__version__}, which reads formats up to {FORMAT}. Upgrade first."
            )
        return cls(
            **{
                **said,
                "migrations": [(app, name) for app, name in said["migrations"]],
                "tables": [Table(**table) for table in said["tables"]],
            }
        )

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


# --- writing -------------------------------------------------------------------------------------


def write(path: Path, progress: Progress) -> Manifest:
    """Write all there is to a new file that only its owner can read, as of one moment; others may
    write to the database meanwhile. Raises `Refused` and `OSError`, and leaves no file then."""
    if path.exists():
        raise Refused(f"{path} exists already, and is left as it is. Name another file.")
    # A name that nobody else has: neither another export nor whoever may write to the folder.
    number, name = mkstemp(".part", f"{path.name}.", path.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "w+b") as file:
            with _snapshot():
                manifest = _write(file, progress)
            _seal(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot() -> Iterator[None]:
    """Within: the database as it is at one moment, and nobody waits for that."""
    if connection.in_atomic_block:  # whoever began it has chosen
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django's own would be `IMMEDIATE`, which keeps others from writing.
        _run("BEGIN")
        try:
            yield
        finally:
            _run("ROLLBACK")


def _write(file: BinaryIO, progress: Progress) -> Manifest:
    migrations = _applied()
    if not migrations:
        raise Refused("The database has no tables, so there is nothing to export.")
    found = list(_models(_state(migrations)).values())
    progress.begin(sum(model._base_manager.count() for model in found), "Exporting")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        tables = [_write_table(archive, model, progress) for model in found]
        manifest = Manifest(
            FORMAT,
            __version__,
            timezone.now().isoformat(timespec="seconds"),
            connection.vendor,
            migrations,
            installation.fingerprints(),
            tables,
        )
        archive.writestr(_entry(MANIFEST), manifest.written())
        archive.comment = b"0" * _DIGITS
    return manifest


def _entry(name: str) -> zipfile.ZipInfo:
    """The same rows are the same bytes, whenever they are written."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _seal(file: BinaryIO) -> None:
    file.flush()
    file.seek(-_DIGITS, os.SEEK_END)
    end = file.tell()
    digest = _digest_up_to(file, end)
    file.seek(end)
    file.write(digest)
    file.flush()
    os.fsync(file.fileno())


def _digest_up_to(file: BinaryIO, end: int) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while (left := end - file.tell()) > 0 and (piece := file.read(min(_PIECE, left))):
        digest.update(piece)
    return digest.hexdigest().encode()


def _write_table(archive: zipfile.ZipFile, model: type[Model], progress: Progress) -> Table:
    fields = _fields(model)
    digest, rows = hashlib.sha256(), 0
    table = Table(model._meta.db_table, list(fields), 0, _last_id(model), "")
    with archive.open(_entry(table.member), "w", force_zip64=True) as member:
        for row in _rows_of(model):
            line = f"{json.dumps([_plain(each) for each in row], separators=(',', ':'))}\n".encode()
            digest.update(line)
            member.write(line)
            rows += 1
            progress.advance()
    return table._replace(rows=rows, sha256=digest.hexdigest())


def _rows_of(model: type[Model]) -> Iterator[tuple[Data, ...]]:
    """All rows, in the order of their keys: a few at a time, as poolers have no cursors."""
    key = model._meta.pk.attname
    names = [field.attname for field in _fields(model).values()]
    at = names.index(key)
    ordered = model._base_manager.order_by(key).values_list(*names)
    number = _at_once(model)
    rows = list(ordered[:number])
    while rows:
        yield from rows
        rows = list(ordered.filter(**{f"{key}__gt": rows[-1][at]})[:number])


def _at_once(model: type[Model]) -> int:
    large = any(isinstance(field, models.BinaryField) for field in _fields(model).values())
    return _FEW if large else _MANY


def _plain(value: Data) -> Data:
    """As JSON has it."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    # Whole days too.
    return value.isoformat() if hasattr(value, "isoformat") else value


# --- reading -------------------------------------------------------------------------------------


class Archive:
    """One that is as it was written, all of it: whatever else is refused."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if file.read(4) != b"PK\x03\x04":
            raise Refused(f"{name} is no archive of this server.")
        file.seek(max(0, size - _DIGITS))
        said = file.read()
        if said != _digest_up_to(file, size - _DIGITS):
            raise Refused(f"{name} is cut off, or was changed: its checksum is another.")
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest = Manifest.read(self._zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise Refused(f"{name} is no archive of this server.") from error

    def lines(self, table: Table) -> Iterator[bytes]:
        with self._zip.open(table.member) as member:
            yield from member

    def rows(self, table: Table) -> Iterator[list[Data]]:
        for line in self.lines(table):
            yield json.loads(line)

    def check(self, progress: Progress) -> None:
        """Read it whole, for what does not fit together or what this database cannot hold."""
        progress.begin(self.manifest.rows, "Checking ")
        strict = connection.vendor == "postgresql"
        for table in self.manifest.tables:
            digest, rows = hashlib.sha256(), 0
            for line in self.lines(table):
                digest.update(line)
                rows += 1
                progress.advance()
                if strict and (b"\\u0000" in line or b"\\ud" in line):
                    _hold_to_postgresql(table, json.loads(line))
            if (rows, digest.hexdigest()) != (table.rows, table.sha256):
                raise Refused(f"{self.name}: {table.member} is not what the manifest says.")


def _hold_to_postgresql(table: Table, row: list[Data]) -> None:
    for column, value in zip(table.columns, row, strict=True):
        text = json.dumps(value, ensure_ascii=False)
        # Both may be in the text of a key or a value.
        if "\\u0000" in text.replace("\\\\", "") or any("\ud800" <= c <= "\udfff" for c in text):
            raise Refused(
                f"{table.name} has a row ({table.columns[0]} {row[0]}) with a sign in {column} "
                "that SQLite keeps and PostgreSQL does not: NUL, or half a pair. Change that row "
                "first."
            )


def load(path: Path, progress: Progress) -> Manifest:
    """Fill the empty database with what an archive has, and bring that up to date.

    Raises `Refused` before anything is written. Rows come in one transaction: whoever is killed
    leaves an empty database.
    """
    with path.open("rb") as file:
        archive = Archive(file, path.name)
        manifest = archive.manifest
        _hold_known(manifest)
        _hold_empty()
        archive.check(progress)
        _make_tables(manifest)
        found = _models(_state(manifest.migrations))
        _hold_columns(archive, found)
        progress.begin(manifest.rows, "Importing")
        with transaction.atomic():
            _hold_empty()
            _load(archive, found, progress)
    # Nothing, unless the archive is older; and what is told of it, such as permissions.
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    return manifest


def _make_tables(manifest: Manifest) -> None:
    """Bring the database to the migrations of an archive."""
    executor = MigrationExecutor(connection)
    if is_new(connection) and set(manifest.migrations) == set(executor.loader.graph.nodes):
        make_all(connection)
    else:
        executor.migrate(_last(manifest.migrations))


def _hold_known(manifest: Manifest) -> None:
    graph = MigrationExecutor(connection).loader.graph
    if strange := [each for each in manifest.migrations if each not in graph.nodes]:
        raise Refused(
            f"The archive is of version {manifest.program}, which has {len(strange)} migrations "
            f"that this one ({__version__}) does not know, {'.'.join(strange[0])} for one. "
            "Upgrade this server first."
        )
    theirs = set(manifest.migrations)
    if ahead := sorted(set(_applied()) - theirs):
        raise Refused(
            f"The archive is of version {manifest.program}, older than the tables of this "
            f"database ({'.'.join(ahead[0])} is one of {len(ahead)} migrations that it has not "
            "seen). Make a database without tables: import_data makes them, and brings them up to "
            "date."
        )


def _hold_empty() -> None:
    there = set(connection.introspection.table_names())
    for name in sorted(there - {*_MADE, _MIGRATIONS, "sqlite_sequence"}):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {_quoted(name)} LIMIT 1")
            if cursor.fetchone():
                raise Refused(
                    f"The database is not empty: {name} has rows. Nothing was changed. Name a new "
                    "one by DATABASE_URL or AMARA_DATA_DIR, and run only import_data on it."
                )


def _hold_columns(archive: Archive, found: dict[str, type[Model]]) -> None:
    for table in archive.manifest.tables:
        model = found.get(table.name)
        if model is None or list(_fields(model)) != table.columns:
            raise Refused(f"{archive.name}: {table.name} is not the table that it should be.")


def _load(archive: Archive, found: dict[str, type[Model]], progress: Progress) -> None:
    connection.check_constraints()
    tables = connection.introspection.table_names()
    triggers.remove(connection)
    coverage.remove(connection)
    long_lists.remove(connection)
    for name in _MADE:
        if name in tables:
            _run(f"DELETE FROM {_quoted(name)}")
    for table in archive.manifest.tables:
        model = found[table.name]
        _insert(model, _counting(archive.rows(table), progress))
        _go_on_from(model, table.last_id)
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise _unfit(error) from error
    if not installation.behind():
        # Else that is done by the migrations that follow.
        triggers.install(connection)
        counts.count_all(connection)
        coverage.begin(connection)
        long_lists.install(connection)


def _counting(rows: Iterable[list[Data]], progress: Progress) -> Iterator[list[Data]]:
    for row in rows:
        progress.advance()
        yield row


def _insert(model: type[Model], rows: Iterator[list[Data]]) -> None:
    fields = list(_fields(model).values())
    names = ", ".join(map(_quoted, _fields(model)))
    marks = f"({', '.join(['%s'] * len(fields))})"
    into = f"INSERT INTO {_quoted(model._meta.db_table)} ({names}) VALUES "
    number = _at_once(model)
    while some := [
        [_stored(field, value) for field, value in zip(fields, row, strict=True)]
        for row in islice(rows, number)
    ]:
        _insert_some(into, marks, some)


def _insert_some(into: str, marks: str, rows: Sequence[list[Data]]) -> None:
    with connection.cursor() as cursor:
        try:
            if connection.vendor == "sqlite":
                cursor.executemany(into + marks, rows)
            else:
                # Its driver sends the rows of `executemany` one by one.
                values = [value for row in rows for value in row]
                cursor.execute(into + ", ".join([marks] * len(rows)), values)
        except (DataError, IntegrityError) as error:
            raise _unfit(error) from error


def _unfit(error: Exception) -> Refused:
    said = " ".join(str(error).split())
    return Refused(f"A row does not fit, so nothing was written: {said}")


def _stored(field: Field[Data, Data], value: Data) -> Data:
    """What the driver takes for a value of an archive."""
    if isinstance(field, models.JSONField) and value is None and not field.null:
        return connection.ops.adapt_json_value(None, field.encoder)
    if isinstance(value, str):
        if isinstance(field, models.BinaryField):
            value = base64.b64decode(value)
        elif isinstance(field, models.DateTimeField):
            value = parse_datetime(value)
    return field.get_db_prep_save(value, connection)


# --- tables --------------------------------------------------------------------------------------


def _applied() -> Migrations:
    """Those that the database has seen, of those that there are."""
    loader = MigrationExecutor(connection).loader
    return sorted(each for each in loader.applied_migrations if each in loader.graph.nodes)


def _last(migrations: Migrations) -> Migrations:
    """Those of each app after which it has no other."""
    graph, among = MigrationExecutor(connection).loader.graph, set(migrations)
    return [
        each
        for each in migrations
        if not any(
            child.key in among and child.key[0] == each[0]
            for child in graph.node_map[each].children
        )
    ]


def _state(migrations: Migrations) -> Apps:
    """The models as they were after some migrations."""
    return MigrationExecutor(connection).loader.project_state(_last(migrations)).apps


def _models(apps: Apps) -> dict[str, type[Model]]:
    """Whatever has a table with something of its own, by that table's name."""
    found = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped
    }
    return {name: found[name] for name in sorted(found) if name not in _IN_NO_ARCHIVE}


def _fields(model: type[Model]) -> dict[str, Field[Data, Data]]:
    return {str(field.column): field for field in model._meta.local_concrete_fields}


def _last_id(model: type[Model]) -> int:
    if not isinstance(model._meta.pk, models.AutoField):
        return 0
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            cursor.execute(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(model)}"
            )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _go_on_from(model: type[Model], last_id: int) -> None:
    """No number is given twice, that of a row which is gone neither."""
    if not isinstance(model._meta.pk, models.AutoField):
        return
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        _run("DELETE FROM sqlite_sequence WHERE name = %s", table)
        _run("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", table, last_id)
    else:
        _run(f"SELECT setval('{_sequence(model)}', %s, %s)", max(1, last_id), last_id > 0)


def _sequence(model: type[Model]) -> str:
    with connection.cursor() as cursor:
        table, column = _quoted(model._meta.db_table), model._meta.pk.column
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
        return str(cursor.fetchone()[0])


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _run(sql: str, *parameters: Data) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)

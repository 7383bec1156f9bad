"""What many tests begin with is built once, and put back row by row after that.

To build a cast of people, teams and videos by the services takes longer than most of the tests that
are about it.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import time_machine
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from teams import coverage, long_lists
from videos.models import VideoCount

T = TypeVar("T")
Rows = dict[str, dict[object, tuple[object, ...]]]
"""Of each table, by their primary keys."""


@dataclass(frozen=True)
class _Photograph:
    gone: dict[str, list[object]]
    """Primary keys, of rows that were changed too."""
    come: dict[str, list[tuple[object, ...]]]
    result: bytes


_taken: dict[tuple[object, int], _Photograph] = {}


def photographed(name: object, build: Callable[[], T], *, frozen: bool = False) -> T:
    """What ``build`` returns, pickled, with all that it did to the database.

    It is built where that was not done yet by this process, on a database that holds the same. The
    name tells builds apart: what they depend on besides the database is in it. With a clock of its
    own a test builds by itself, unless that is `frozen` and the same for all of the name.
    """
    if not connection.in_atomic_block:  # what happens when it is committed is part of it
        return build()
    if time_machine.escape_hatch.is_travelling() and not frozen:
        return build()
    before = _rows()
    key = (name, hash(repr(before)))
    if key not in _taken:
        result = build()
        _taken[key] = _photograph(before, _rows(), result)
        return result
    _put_back(_taken[key])
    return pickle.loads(_taken[key].result)


def _photograph(before: Rows, after: Rows, result: object) -> _Photograph:
    gone, come = {}, {}
    for table, rows in after.items():
        old = before[table]
        gone[table] = [pk for pk, row in old.items() if rows.get(pk) != row]
        come[table] = [row for pk, row in rows.items() if old.get(pk) != row]
    return _Photograph(gone, come, pickle.dumps(result))


def _models() -> list[type[Model]]:
    """All but what the migrations make and nobody else, and what triggers make of the others."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model not in (ContentType, Permission, VideoCount, *coverage.MODELS, *long_lists.MODELS)
    ]


def _tables() -> dict[str, list[str]]:
    """The columns of each, its primary key first."""
    return {
        model._meta.db_table: sorted(
            (field.column for field in model._meta.local_concrete_fields),
            key=lambda column: (column != model._meta.pk.column, column),
        )
        for model in _models()
    }


def _quoted(names: list[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def _rows() -> Rows:
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, columns in _tables().items():
            cursor.execute(f"SELECT {_quoted(columns)} FROM {_quoted([table])} ORDER BY 1")
            found[table] = {row[0]: tuple(map(_plain, row)) for row in cursor.fetchall()}
    return found


def _put_back(photograph: _Photograph) -> None:
    tables = _tables()
    with connection.cursor() as cursor:
        for table, keys in photograph.gone.items():
            if keys:
                name, pk = _quoted([table]), _quoted(tables[table][:1])
                cursor.executemany(f"DELETE FROM {name} WHERE {pk} = %s", [(key,) for key in keys])
        for table, rows in photograph.come.items():
            if rows:
                columns = tables[table]
                values = ", ".join(["%s"] * len(columns))
                cursor.executemany(
                    f"INSERT INTO {_quoted([table])} ({_quoted(columns)}) VALUES ({values})", rows
                )
        # SQLite goes on from the largest number by itself.
        models = [model for model in _models() if photograph.come[model._meta.db_table]]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)

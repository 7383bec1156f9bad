"""ORM queries that are compiled to SQL once and then only given new parameters.

Building and compiling a query set costs the ORM far more than running the statement, and the
read paths ask the same few questions all day. A `CompiledQuery` is still written with the ORM, so
it stays portable and follows the models; the SQL text is kept per database and shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Generic, Protocol, TypeVar, cast

import orjson
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from amara_api.kernel import replicas
from amara_api.kernel.cursors import cursor_of
from amara_api.kernel.planned import Planned
from amara_api.kernel.shapes import Data

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)
Item = TypeVar("Item", int, str)
Parameter = int | str | list[int] | list[str]
Take = Callable[[Sequence[Data]], bool]
Convert = Callable[[Data, Data, BaseDatabaseWrapper], Data]
# The usual limit of the API, and the largest, and one more to see whether there is a next page.
_USUAL_LIMITS = frozenset({20, 21, 100, 101})
_LIST_SIZES = (1, 5, 10, 20, 50, 100)
# Recognisable in SQL text, because LIMIT and OFFSET are written into the statement itself, and a
# number that no query is written with. It must fit a column of 32 bits: the ORM answers a
# comparison with anything larger by itself, without SQL.
_FIRST_MARK = 2_147_480_000
_MARK = re.compile(r"\b214748\d{4}\b")
_MANY = 16
_MANY_DIGITS = re.compile(rf"[0-9]{{{_MANY}}}")


class Build(Protocol[Row_co]):
    """Of any signature."""

    def __call__(self, *shape: Data, **parameters: Data) -> QuerySet[Model, Row_co]: ...


class CompiledQuery(Generic[Row]):
    """Call with ``(*shape, **parameters)`` to get rows, as `QuerySet.values_list` would give them.

    ``build(*shape, **parameters)`` returns a ``values_list()`` query set and may branch on the
    shape only: parameters are replaced by marks when it runs. A parameter is an int, a str, or a
    list of either. ``using`` names the database; without it that is the one to be read from now.
    """

    is_planned = False

    def __init__(self, build: Build[Row]) -> None:
        self._build = build
        self._compiled: dict[object, _Statement[Row]] = {}
        self.__doc__ = build.__doc__

    def __call__(
        self, *shape: object, using: str | None = None, **parameters: Parameter
    ) -> list[Row]:
        return self._statement(shape, using, parameters).rows(parameters)

    def page(
        self,
        *shape: object,
        limit: int,
        offset: int,
        using: str | None = None,
        **parameters: Parameter,
    ) -> list[Row]:
        """A page of what an index has in order, whatever is asked for. PostgreSQL plans it once a
        connection where ``limit``, without which no good plan is made, is what programs send."""
        if limit not in _USUAL_LIMITS:
            return self(*shape, using=using, limit=limit, offset=offset, **parameters)
        if offset:
            parameters["offset"] = offset
        statement = self._statement(shape, using, parameters, (("limit", limit),))
        statement.plan()
        return statement.rows(parameters)

    def taken(
        self, take: Take, *shape: object, using: str | None = None, **parameters: Parameter
    ) -> list[Row]:
        """The rows that ``take`` takes. It is asked of each as the database gave it, before
        anything is made of it, so that what is refused costs no more than what is not there."""
        return self._statement(shape, using, parameters).rows(parameters, take)

    def _statement(
        self,
        shape: tuple[object, ...],
        using: str | None,
        parameters: Mapping[str, Parameter],
        fixed: tuple[tuple[str, int], ...] = (),
    ) -> _Statement[Row]:
        """``fixed`` are parameters whose values belong to the statement."""
        using = using or replicas.current()
        key = (using, shape, fixed, tuple((k, _kind(v)) for k, v in parameters.items()))
        statement = self._compiled.get(key)
        if statement is None:
            build = partial(self._build, **dict(fixed))
            statement = self._compiled[key] = _Statement(build, using, shape, parameters)
            if self.is_planned:
                statement.plan()
        return statement

    def queryset(self, *shape: object, **parameters: Parameter) -> QuerySet[Model, Row]:
        """The plain query set, for the test that the two agree."""
        return self._build(*shape, **parameters)


class PlannedQuery(CompiledQuery[Row]):
    """One that finds a few rows by their keys, the same way whichever these are: PostgreSQL plans
    it once a connection. No list, whose best plan may depend on what is asked for; but see
    `page`."""

    is_planned = True


def padded(ids: list[Item]) -> list[Item]:
    """``ids`` with the last repeated up to one of few sizes, so that few statements are kept."""
    size = next((size for size in _LIST_SIZES if size >= len(ids)), len(ids))
    return ids + ids[-1:] * (size - len(ids))


def _kind(value: object) -> object:
    return len(value) if isinstance(value, list) else type(value)


class _Statement(Generic[Row]):
    planned: Planned | None = None

    def __init__(
        self,
        build: Build[Row],
        using: str,
        shape: tuple[object, ...],
        parameters: Mapping[str, Parameter],
    ) -> None:
        self.using = using
        sources: dict[object, tuple[str, int | None]] = {}

        def mark(name: str, position: int | None, kind: type) -> object:
            number = _FIRST_MARK + len(sources)
            value: object = f"\ue000{number}\ue001" if kind is str else number
            sources[value] = (name, position)
            return value

        marked = {
            name: [mark(name, i, type(item)) for i, item in enumerate(value)]
            if isinstance(value, list)
            else mark(name, None, type(value))
            for name, value in parameters.items()
        }
        query = build(*shape, **marked).using(using).query
        compiler: SQLCompiler = query.get_compiler(using)
        sql, arguments = compiler.as_sql()
        # Arguments and inlined page numbers are put back in the order in which they stand.
        pieces = re.split(rf"(%s|%%|{_MARK.pattern})", sql)
        waiting = iter(arguments)
        self.arguments: list[Data] = []
        for i, piece in enumerate(pieces):
            if piece == "%s":
                self.arguments.append(self._source(sources, next(waiting)))
            elif _MARK.fullmatch(piece):
                pieces[i] = "%s"
                self.arguments.append(self._source(sources, int(piece)))
        self.sql = "".join(pieces)
        self.compiler = compiler
        columns = [entry[0] for entry in (compiler.select or [])[: compiler.col_count]]
        self.converters = {
            position: ([_quicker(function) for function in functions], expression)
            for position, (functions, expression) in compiler.get_converters(columns).items()
        }

    @staticmethod
    def _source(sources: dict[object, tuple[str, int | None]], value: object) -> object:
        if isinstance(value, int | str) and value in sources:
            return _Parameter(*sources[value])
        return value

    def plan(self) -> None:
        if self.planned is None:
            given = enumerate(self.arguments)
            constants = {n: value for n, value in given if not isinstance(value, _Parameter)}
            self.planned = Planned(self.sql, one_plan=True, constants=constants)

    def rows(self, parameters: Mapping[str, Parameter], take: Take | None = None) -> list[Row]:
        values = [a.of(parameters) if isinstance(a, _Parameter) else a for a in self.arguments]
        connection = connections[self.using]
        with cursor_of(connection) as cursor:
            if self.planned is None:
                cursor.execute(self.sql, values)
            else:
                self.planned.run(connection, cursor, values)
            rows = cursor.fetchall()
        if take is not None:
            rows = [row for row in rows if take(row)]
        if self.converters:
            rows = self._converted(rows, connection)
        return cast("list[Row]", rows)

    def _converted(
        self, rows: list[tuple[Data, ...]], connection: BaseDatabaseWrapper
    ) -> list[tuple[Data, ...]]:
        converted = []
        for row in rows:
            values = list(row)
            for position, (functions, expression) in self.converters.items():
                value = values[position]
                for function in functions:
                    value = function(value, expression, connection)
                values[position] = value
            converted.append(tuple(values))
        return converted


def _quicker(convert: Convert) -> Convert:
    """The same as ``convert`` in less time: each row of a list has some JSON, and a moment."""
    field: Data = getattr(convert, "__self__", None)
    made_by = getattr(convert, "__func__", None)
    # By its name: to import it would load SQLite's backend before Django does.
    if getattr(made_by, "__name__", "") == "convert_datetimefield_value":
        return partial(_moment, convert)
    if type(field) is not JSONField or made_by is not JSONField.from_db_value or field.decoder:
        return convert

    def of_json(value: Data, expression: Data, connection: BaseDatabaseWrapper) -> Data:
        # Large numbers, and what is none, are other ones to orjson, or unknown.
        if isinstance(value, str) and (len(value) < _MANY or not _MANY_DIGITS.search(value)):
            try:
                return orjson.loads(value)
            except orjson.JSONDecodeError:
                pass
        return convert(value, expression, connection)

    return of_json


def _moment(
    convert: Convert, value: Data, expression: Data, connection: BaseDatabaseWrapper
) -> Data:
    """SQLite keeps moments as text, in UTC."""
    if isinstance(value, str) and connection.timezone is UTC:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError:
            pass
    return convert(value, expression, connection)


class _Parameter:
    __slots__ = ("name", "position")

    def __init__(self, name: str, position: int | None) -> None:
        self.name = name
        self.position = position

    def of(self, parameters: Mapping[str, Data]) -> Data:
        value = parameters[self.name]
        return value if self.position is None else value[self.position]

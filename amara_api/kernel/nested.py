"""Columns that hold the rows of another query set, so that these need no statement of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Func, IntegerField, Subquery, TextField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable
    from django.db.models.sql.compiler import SQLCompiler

    from amara_api.kernel.shapes import Data

COUNT = Func(function="COUNT", template="COUNT(*)", output_field=IntegerField())


def nested(found: QuerySet, *columns: str | Combinable) -> Combinable:  # type: ignore[type-arg]
    """JSON: a list of the rows of ``found``, in its order, each a list of its ``columns``.

    What a database says of truth and time differs, see `moment` and `bool`.
    """
    return _Rows(found.annotate(told=_Row(*columns)).values("told"))


def counted(found: QuerySet) -> Combinable:  # type: ignore[type-arg]
    """How many rows ``found`` has."""
    return Subquery(found.order_by().annotate(told=COUNT).values("told"))


def moment(text: str) -> datetime:
    """One of what `nested` tells, in UTC."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Texts(Subquery):  # type: ignore[explicit-any] # as its stub says
    """The texts in the column ``told`` of a query set, in its order, as a list in JSON."""

    output_field = TextField()
    on_sqlite = "(SELECT json_group_array(told) FROM (%(subquery)s))"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Data, ...]]:
        template = "array_to_json(ARRAY(%(subquery)s))::text"
        return self.as_sql(compiler, connection, template=template)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Data, ...]]:
        return self.as_sql(compiler, connection, template=self.on_sqlite)


class _Rows(Texts):
    """The same of what is JSON already."""

    on_sqlite = "(SELECT '[' || COALESCE(group_concat(told), '') || ']' FROM (%(subquery)s))"


class _Row(Func):  # type: ignore[explicit-any] # as its stub says
    function = "json_array"
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Data, ...]]:
        return self.as_sql(compiler, connection, function="json_build_array")

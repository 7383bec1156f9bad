"""For migrations: indexes that nobody has to wait for while they come and go. Such a migration is
not atomic."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class _BesideWriters(Operation):
    """On PostgreSQL concurrently, also where it was broken off before; elsewhere as `plain`."""

    plain: ClassVar[type[Operation]]
    adds: ClassVar[bool]

    @property
    def index_name(self) -> str:
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            self.plain.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        name = schema_editor.quote_name(self.index_name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        if self.adds:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            self.plain.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddIndexBesideWriters(_BesideWriters, AddIndexConcurrently):
    plain = migrations.AddIndex
    adds = True

    @property
    def index_name(self) -> str:
        return self.index.name


class RemoveIndexBesideWriters(_BesideWriters, RemoveIndexConcurrently):
    plain = migrations.RemoveIndex
    adds = False

    @property
    def index_name(self) -> str:
        return self.name


class LeaveIndexOfKey(migrations.AlterField):
    """A foreign key's own index is dropped, where another one leads to it.

    The rest of the key is as it was: `AlterField` would make it anew and check all rows, and on
    SQLite write the table anew.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        connection = schema_editor.connection
        model = from_state.apps.get_model(app_label, self.model_name)
        alone = [model._meta.get_field(self.name).column]
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        beside = "CONCURRENTLY" if connection.vendor == "postgresql" else ""
        for name, about in found.items():
            if about["columns"] == alone and about["index"] and not about["unique"]:
                schema_editor.execute(f"DROP INDEX {beside} {schema_editor.quote_name(name)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        name = f"{self.model_name_lower}_{self.name}_key"
        schema_editor.add_index(model, models.Index(fields=[self.name], name=name))

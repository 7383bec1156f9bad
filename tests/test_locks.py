"""`tests.locks` finds each kind of step that locks a large table, and nothing else."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.state import ProjectState

from tests import locks

INDEX = models.Index(fields=["title"], name="of_titles")
CHECK = models.CheckConstraint(condition=models.Q(title__gt=""), name="titled")


def nothing(apps, schema_editor):
    pass


def text(**more):
    return models.CharField(**{"max_length": 100, **more})


def altered(**more):
    return migrations.AlterField("film", "title", text(**more))


def added(field):
    return migrations.AddField("film", "more", field)


def found(*operations, atomic=True, app="videos"):
    state = ProjectState()
    for name in ("Film", "Language"):
        fields = [("id", models.BigAutoField(primary_key=True)), ("title", text(null=True))]
        migrations.CreateModel(name, fields).state_forwards(app, state)
    migration = migrations.Migration("0002_more", app)
    migration.operations, migration.atomic = list(operations), atomic
    return list(locks.findings(app, migration, state))


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (migrations.AddIndex("film", INDEX), "index-not-concurrently film"),
        (migrations.AddConstraint("film", CHECK), "constraint-of-all-rows film"),
        (migrations.AlterUniqueTogether("film", {("title",)}), "constraint-of-all-rows film"),
        (added(text(unique=True, null=True)), "column-with-an-index film"),
        (
            added(models.ForeignKey("videos.Language", models.CASCADE, null=True)),
            "column-with-an-index film",
        ),
        (
            migrations.AlterField("film", "title", models.TextField(null=True)),
            "column-of-another-type film",
        ),
        (altered(null=True, max_length=99), "column-made-shorter film"),
        (altered(), "column-no-longer-null film"),
        (altered(null=True, db_index=True), "column-with-an-index film"),
        (altered(null=True, unique=True), "column-with-an-index film"),
        (migrations.RunPython(nothing), "rows-in-the-transaction"),
        (migrations.RunSQL("SELECT 1"), "rows-in-the-transaction"),
        (
            migrations.SeparateDatabaseAndState([migrations.AddIndex("film", INDEX)], []),
            "index-not-concurrently film",
        ),
    ],
)
def test_each_step_that_locks_is_found(operation, says):
    assert found(operation) == [says]


@pytest.mark.parametrize(
    "operation",
    [
        added(text(default="")),
        added(models.BooleanField(default=False)),
        altered(null=True, max_length=200),
        migrations.RemoveField("film", "title"),
        migrations.AddIndex("language", INDEX),  # a small table
        migrations.RunPython(nothing, atomic=False),
    ],
)
def test_what_takes_a_moment_is_not(operation):
    assert found(operation) == []


def test_what_is_done_concurrently_or_on_a_new_table_is_not():
    assert found(AddIndexConcurrently("film", INDEX), atomic=False) == []
    fields = [("id", models.BigAutoField(primary_key=True)), ("title", text())]
    fresh = migrations.CreateModel("Fresh", fields)
    assert found(fresh, migrations.AddIndex("fresh", INDEX)) == []


def test_every_line_was_looked_at_and_is_there():
    lines = list(locks.everything())
    assert len(lines) > 30
    assert set(lines) == set(locks.reviewed())

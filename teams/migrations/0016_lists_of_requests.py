"""The number of each request's project, and indexes for long lists. Nobody has to wait while
rows are filled and indexes made, and it may be broken off and begun again."""

from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters
from teams import long_lists


def begin(apps, schema_editor):
    """Most rows; behind all migrations those that changed meanwhile, with the triggers made."""
    long_lists.take_over_by_and_by(schema_editor.connection, "video_project")


def end(apps, schema_editor):
    long_lists.remove(schema_editor.connection)


BETWEEN_TEAMS = models.Q(("team", models.F("source_team")), _negated=True)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("teams", "0015_projects_of_requests"),
        ("videos", "0007_words_of_titles"),
    ]

    operations = [
        migrations.RunPython(begin, end),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(
                fields=["team", "video_project", "id"], name="request_team_project"
            ),
        ),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(
                fields=["source_team", "id", "team"], condition=BETWEEN_TEAMS, name="request_sent"
            ),
        ),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(
                fields=["team", "id", "source_team"], condition=BETWEEN_TEAMS, name="request_received"
            ),
        ),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(
                fields=["team", "stage", "id", "subtitler", "reviewer", "approver"],
                name="request_team_stage",
            ),
        ),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(fields=["team", "language_code", "id"], name="request_team_code"),
        ),
        AddIndexBesideWriters(
            model_name="task",
            index=models.Index(
                fields=["team", "completed", "id"],
                condition=models.Q(("is_deleted", False)),
                name="task_completed",
            ),
        ),
    ]

"""The spoken language of each request's video, and an index for lists by it. Nobody has to wait
while rows are filled and the index made, and it may be broken off and begun again."""

from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters
from teams import long_lists


def begin(apps, schema_editor):
    """Most rows; behind all migrations those that changed meanwhile, with the triggers made anew."""
    long_lists.take_over_by_and_by(schema_editor.connection, "video_language")


def end(apps, schema_editor):
    long_lists.remove(schema_editor.connection)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("teams", "0019_spoken_languages_of_requests"),
        ("videos", "0007_words_of_titles"),
    ]

    operations = [
        migrations.RunPython(begin, end),
        AddIndexBesideWriters(
            model_name="subtitlerequest",
            index=models.Index(
                fields=["team", "video_language", "id"], name="request_team_spoken"
            ),
        ),
    ]

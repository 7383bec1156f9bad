"""The title of each request's video. Nobody has to wait while rows are filled, and it may be broken
off and begun again."""

from django.db import migrations

from teams import long_lists


def begin(apps, schema_editor):
    """Most rows; behind all migrations those that changed meanwhile, with the triggers made anew."""
    long_lists.take_over_by_and_by(schema_editor.connection, "video_title")
    long_lists.remove(schema_editor.connection)


def end(apps, schema_editor):
    long_lists.remove(schema_editor.connection)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("teams", "0021_titles_of_requests"),
    ]

    operations = [
        migrations.RunPython(begin, end),
    ]

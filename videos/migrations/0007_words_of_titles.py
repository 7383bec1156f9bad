"""On PostgreSQL an index knows the words of titles, for the search. SQLite looks at the newest."""

from django.db import migrations


def begin(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX video_words ON videos_video USING gin "
            "(to_tsvector('simple', translate(title, '-+_./@:<>&=#~?', '              ')))"
        )


def end(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX video_words")


class Migration(migrations.Migration):

    dependencies = [
        ('videos', '0006_count_lists'),
    ]

    operations = [migrations.RunPython(begin, end)]

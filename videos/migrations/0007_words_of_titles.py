"""On PostgreSQL an index knows the words of titles, for the search. SQLite looks at the newest."""

from django.db import migrations

from amara_api.kernel.tables import BesideTheModels


def make_index(database):
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(
                "CREATE INDEX video_words ON videos_video USING gin "
                "(to_tsvector('simple', translate(title, '-+_./@:<>&=#~?', '              ')))"
            )


def begin(apps, schema_editor):
    make_index(schema_editor.connection)


def end(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX video_words")


class Migration(migrations.Migration):

    dependencies = [
        ('videos', '0006_count_lists'),
    ]

    operations = [BesideTheModels(begin, end, for_new=make_index)]

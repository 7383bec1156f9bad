"""From here on the database counts the lists of videos itself; what is there is counted now."""

from django.db import migrations

from videos import counts, triggers


def begin(apps, schema_editor):
    # The triggers first: PostgreSQL then lets nobody else write until all is counted.
    triggers.install(schema_editor.connection)
    counts.count_all(schema_editor.connection)


def end(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('videos', '0005_list_counts'),
    ]

    operations = [migrations.RunPython(begin, end)]

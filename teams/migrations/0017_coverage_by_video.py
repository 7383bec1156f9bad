"""On SQLite the triggers of coverage looked at every cell and every video for each language that
was written. What is missing afterwards is made anew at the end of `migrate`."""

from django.db import migrations

from teams import coverage


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == 'sqlite':
        coverage.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0016_lists_of_requests'),
    ]

    operations = [
        migrations.RunPython(remove, migrations.RunPython.noop),
    ]

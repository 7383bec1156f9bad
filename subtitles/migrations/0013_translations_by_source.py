"""Translations of a language are found by an index of translations alone. Nobody has to wait
meanwhile, and it may be broken off and begun again."""

import django.db.models.deletion
from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters, LeaveIndexOfKey


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("subtitles", "0012_kept_names")]

    operations = [
        LeaveIndexOfKey(
            model_name="subtitlelanguage",
            name="translated_from",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="translations",
                to="subtitles.subtitlelanguage",
            ),
        ),
        AddIndexBesideWriters(
            model_name="subtitlelanguage",
            index=models.Index(
                condition=models.Q(("translated_from__isnull", False)),
                fields=["translated_from"],
                name="subtitles_translations",
            ),
        ),
    ]

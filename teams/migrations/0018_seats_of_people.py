"""Indexes that lead to somebody's tasks and requests in one team take the place of those of the
keys alone, in which most rows stood that nobody has. Nobody has to wait meanwhile, and it may be
broken off and begun again."""

from django.conf import settings
from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters, LeaveIndexOfKey

# Model, key and what leads back from the person.
KEYS = (
    ("task", "assignee", "tasks"),
    ("subtitlerequest", "subtitler", "+"),
    ("subtitlerequest", "reviewer", "+"),
    ("subtitlerequest", "approver", "+"),
)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("teams", "0017_coverage_by_video"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name=model,
            index=models.Index(
                fields=[key, "team", "id"],
                condition=models.Q((f"{key}__isnull", False)),
                name=f"{model.removeprefix('subtitle')}_{key}",
            ),
        )
        for model, key, _ in KEYS
    ] + [
        LeaveIndexOfKey(
            model_name=model,
            name=key,
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.SET_NULL,
                related_name=back,
                to=settings.AUTH_USER_MODEL,
            ),
        )
        for model, key, back in KEYS
    ]

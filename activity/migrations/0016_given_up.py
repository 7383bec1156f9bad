"""An index for how many events were given up lately. Nobody has to wait while it is made."""

from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("activity", "0015_merged_videos"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("delivered__isnull", True), ("due__isnull", True)),
                fields=["created"],
                name="notification_given_up",
            ),
        ),
    ]

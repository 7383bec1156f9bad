"""Requests have the number of their video's project. The next migration fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("teams", "0014_long_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="listnote",
            name="video_project",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="longlist",
            name="first",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="subtitlerequest",
            name="video_project",
            field=models.BigIntegerField(editable=False, null=True),
        ),
    ]

"""Requests have the title of their video. The next migration fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("teams", "0020_requests_by_spoken_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="listnote",
            name="video_title",
            field=models.CharField(max_length=2048, null=True),
        ),
        migrations.AddField(
            model_name="subtitlerequest",
            name="video_title",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=2048
            ),
        ),
    ]

"""Requests have the language that is spoken in their video. The next migration fills it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("teams", "0018_seats_of_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="listnote",
            name="video_language",
            field=models.CharField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="subtitlerequest",
            name="video_language",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=16
            ),
        ),
    ]

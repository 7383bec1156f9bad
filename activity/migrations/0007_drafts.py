from django.db import migrations
from django.db.models import Exists, IntegerField, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast


def versions_and_drafts(apps, schema_editor):
    """Which version a record tells of stood in its data; whether that is public stood nowhere."""
    records = apps.get_model("activity", "ActivityRecord").objects.filter(type="version-added")
    versions = apps.get_model("subtitles", "SubtitleVersion").objects
    number = KeyTextTransform("version_number", "data")
    records.update(version_number=Cast(number, IntegerField()))
    private = versions.filter(
        language__video=OuterRef("video"),
        language__language_code=OuterRef("language_code"),
        version_number=OuterRef("version_number"),
        is_public=False,
    )
    records.filter(Exists(private)).update(draft=True)


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0006_streams_and_callbacks"),
        ("subtitles", "0004_reviewers"),
    ]

    operations = [migrations.RunPython(versions_and_drafts, migrations.RunPython.noop)]

from django.db import migrations


def keep_to_the_team(apps, schema_editor):
    """What was noted in a team is for those who see its drafts, and was told to everybody."""
    records = apps.get_model("activity", "ActivityRecord").objects
    noted = records.filter(type="comment-added", team__isnull=False, copy_of=None, draft=False)
    if noted.update(draft=True):
        # They counted those.
        apps.get_model("activity", "Tally").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("activity", "0011_keys")]

    operations = [migrations.RunPython(keep_to_the_team, migrations.RunPython.noop)]

"""An index for the pages of a team's pending invitations. Nobody has to wait while it is made."""

from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("teams", "0012_soft_limits"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="invitation",
            index=models.Index(fields=["team", "id"], name="invitation_team"),
        ),
    ]

"""What happened to a video, and in a team, has who did it in its index. Nobody has to wait
meanwhile, and it may be broken off and begun again."""

from django.db import migrations, models

from amara_api.kernel.indexes import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("activity", "0016_given_up")]

    operations = [
        AddIndexBesideWriters(
            model_name="activityrecord",
            index=models.Index(
                condition=models.Q(("copy_of", None)),
                fields=["video", "-created", "-id", "actor"],
                name="activity_video_actor",
            ),
        ),
        AddIndexBesideWriters(
            model_name="activityrecord",
            index=models.Index(
                fields=["team", "-created", "-id", "actor"], name="activity_team_actor"
            ),
        ),
        RemoveIndexBesideWriters(model_name="activityrecord", name="activity_of_video"),
        RemoveIndexBesideWriters(model_name="activityrecord", name="activity_of_team"),
    ]

"""The record of what happened, append-only. Keys are strings: this app imports no other."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from activity.types import ActivityType


class ActivityRecord(models.Model):
    """One change. ``team`` is the video's team at that moment, so that a team's history stays its
    own when a video moves; ``data`` holds what the type adds (url, old and new url, title…)."""

    type = models.CharField(max_length=32, choices=ActivityType.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="activity",
        db_index=False,
    )
    video = models.ForeignKey(
        "videos.Video", models.SET_NULL, null=True, related_name="activity", db_index=False
    )
    team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, related_name="activity", db_index=False
    )
    language_code = models.CharField(max_length=16, blank=True)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=["video", "-id"], name="activity_video"),
            models.Index(fields=["actor", "-id"], name="activity_actor"),
            models.Index(fields=["team", "-id"], name="activity_team"),
        )

    def __str__(self) -> str:
        return f"{self.type} at {self.created:%Y-%m-%d %H:%M}"

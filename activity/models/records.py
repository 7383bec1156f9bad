"""The record of what happened, append-only."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from activity.types import ActivityType

ORIGINAL = Q(copy_of=None)
NEWEST_FIRST = ("-created", "-id")


class _OneOf(models.Func):  # type: ignore[explicit-any] # as its stub says
    output_field = models.BooleanField()

    def __init__(self, names: str) -> None:
        super().__init__("type", template=f"%(expressions)s IN ({names})")


def one_of(types: Iterable[ActivityType]) -> Q:
    """Records of some types. They are named in the SQL: as values of it, to send the same few dozen
    each time would take longer than to find a record."""
    return Q(_OneOf(", ".join(f"'{type}'" for type in sorted(types))))


class ActivityRecord(models.Model):
    """One change. ``team`` is the video's team at that moment, so that a team's history stays its
    own when a video moves on. A team that takes a video in gets copies of what was before it:
    they stand in that team's stream and in no other.

    ``data`` holds what the type adds (url, old and new url, title…). A ``draft`` tells of a version
    that is not public; ``reveal`` ends that. So does what is left of a hidden team that is gone.
    """

    type = models.CharField(max_length=32, choices=ActivityType.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="activity",
        db_index=False,
    )
    actor_name = models.CharField(  # noqa: DJ001 - null: not gone
        max_length=30,
        null=True,
        editable=False,
        help_text="The user name that the actor had, if the account is gone.",
    )
    video = models.ForeignKey(
        "videos.Video", models.SET_NULL, null=True, related_name="activity", db_index=False
    )
    team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, related_name="activity", db_index=False
    )
    language_code = models.CharField(max_length=16, blank=True)
    version_number = models.PositiveIntegerField(null=True, editable=False)
    draft = models.BooleanField(default=False, editable=False)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    copy_of = models.ForeignKey(
        "self", models.CASCADE, null=True, editable=False, related_name="copies", db_index=False
    )

    class Meta:
        indexes = (
            # Last, who did it: to look for that, no other record is read.
            models.Index(
                fields=["video", *NEWEST_FIRST, "actor"],
                condition=ORIGINAL,
                name="activity_video_actor",
            ),
            models.Index(
                fields=["actor", *NEWEST_FIRST], condition=ORIGINAL, name="activity_of_actor"
            ),
            models.Index(fields=["team", *NEWEST_FIRST, "actor"], name="activity_team_actor"),
            models.Index(fields=[*NEWEST_FIRST], condition=ORIGINAL, name="activity_newest"),
            # What deleting a video, a person or a record looks up.
            models.Index(fields=["copy_of"], condition=~ORIGINAL, name="activity_copy"),
            models.Index(fields=["video"], condition=~ORIGINAL, name="activity_video_copy"),
            models.Index(fields=["actor"], condition=~ORIGINAL, name="activity_actor_copy"),
        )

    def __str__(self) -> str:
        return f"{self.type} at {self.created:%Y-%m-%d %H:%M}"

"""Tasks: what is to be done for a video in a language, and by whom."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from teams.models.team import Team

SHOWN = Q(is_deleted=False)
OPEN = Q(completed=None, is_deleted=False)


class Task(models.Model):
    """One step of the work on a video's subtitles. Open until ``completed``.

    The labels are the API's (the documentation of 2016, Tasks Resource). ``version`` is what is
    to be reviewed or approved; ``approved`` is what the reviewer or approver said of it. A deleted
    task is kept, and never shown.
    """

    class Type(models.IntegerChoices):
        SUBTITLE = 10, "Subtitle"
        TRANSLATE = 20, "Translate"
        REVIEW = 30, "Review"
        APPROVE = 40, "Approve"

    class Approval(models.IntegerChoices):
        IN_PROGRESS = 10, "In Progress"
        APPROVED = 20, "Approved"
        REJECTED = 30, "Rejected"

    JUDGING: ClassVar = (Type.REVIEW, Type.APPROVE)

    team = models.ForeignKey(Team, models.CASCADE, related_name="tasks", db_index=False)
    video = models.ForeignKey("videos.Video", models.CASCADE, related_name="tasks", db_index=False)
    language_code = models.CharField(
        max_length=16, blank=True, help_text="Empty while nobody knows what is spoken."
    )
    type = models.PositiveSmallIntegerField(choices=Type.choices)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        db_index=False,
    )
    priority = models.IntegerField(default=0)
    approved = models.PositiveSmallIntegerField(choices=Approval.choices, null=True, blank=True)
    version = models.ForeignKey(
        "subtitles.SubtitleVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)
    completed = models.DateTimeField(null=True, blank=True, editable=False)
    expires = models.DateTimeField(null=True, blank=True, editable=False)
    is_deleted = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["video", "language_code", "type"],
                condition=OPEN,
                name="task_open",
            ),
        )
        indexes = (
            models.Index(fields=["team", "id"], name="task_team"),
            # With all that a list is asked for: it is counted, and a page found, without the table.
            models.Index(
                fields=["team", "id", "completed", "type", "language_code", "priority", "assignee"],
                condition=SHOWN,
                name="task_page",
            ),
            models.Index(fields=["team", "language_code", "id"], condition=SHOWN, name="task_code"),
            # The orders of a list.
            *(
                models.Index(fields=["team", name, "id"], condition=SHOWN, name=f"task_{name}")
                for name in ("created", "modified", "priority", "type", "completed")
            ),
            # Somebody's tasks: of a team, and all of them when the account goes.
            models.Index(
                fields=["assignee", "team", "id"],
                condition=Q(assignee__isnull=False),
                name="task_assignee",
            ),
            models.Index(fields=["video", "language_code"], name="task_language"),
            models.Index(fields=["expires"], condition=OPEN, name="task_due"),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.language_code or '?'} of {self.video}"

    @property
    def is_open(self) -> bool:
        return self.completed is None and not self.is_deleted

    @property
    def is_judging(self) -> bool:
        """Whether somebody's work is to be looked at, not made."""
        return self.type in self.JUDGING

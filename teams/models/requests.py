"""Subtitle requests: work on a video's subtitles that goes from hand to hand."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from amara_api.kernel.ids import new_job_id
from teams.models.team import Team

MAX_EVALUATION_TEAMS = 3
UNFINISHED = Q(completed=None)
# Most requests are for videos of the team that does them; lists of the others begin with these.
BETWEEN_TEAMS = ~Q(team=F("source_team"))


class SubtitleRequest(models.Model):
    """A video's subtitles in one language, made by ``team`` for the video's ``source_team``.

    The documentation of 2016, Subtitle Request Resource. Whether a stage needs somebody or is
    being done follows from its seat, so that the two cannot disagree.
    """

    class Stage(models.IntegerChoices):
        """In the order in which a request goes through them; not every team has them all."""

        SUBTITLE = 10, "subtitled"
        REVIEW = 20, "reviewed"
        APPROVE = 30, "approved"
        EVALUATION_1 = 41, "evaluated by the first team"
        EVALUATION_2 = 42, "evaluated by the second team"
        EVALUATION_3 = 43, "evaluated by the third team"
        COMPLETE = 90, "complete"

    # Who does a stage of the work itself.
    SEATS: ClassVar = {
        Stage.SUBTITLE: "subtitler",
        Stage.REVIEW: "reviewer",
        Stage.APPROVE: "approver",
    }

    job_id = models.CharField(max_length=12, default=new_job_id, editable=False)
    source_team = models.ForeignKey(
        Team, models.CASCADE, related_name="outgoing_requests", db_index=False, editable=False
    )
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        related_name="subtitle_requests",
        db_index=False,
        help_text="Who does the work.",
    )
    video = models.ForeignKey(
        "videos.Video", models.CASCADE, related_name="subtitle_requests", db_index=False
    )
    # The number of the video's project, the code of what is spoken in it, and its title. Triggers
    # keep them, for lists by them: no service sets them.
    video_project = models.BigIntegerField(null=True, editable=False)
    video_language = models.CharField(
        max_length=16, blank=True, default="", db_default="", editable=False
    )
    video_title = models.CharField(
        max_length=2048, blank=True, default="", db_default="", editable=False
    )
    language_code = models.CharField(max_length=16)
    stage = models.PositiveSmallIntegerField(
        choices=Stage.choices, default=Stage.SUBTITLE, editable=False
    )
    subtitler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    due = models.DateTimeField(null=True, blank=True)
    overdue = models.BooleanField(
        default=False, editable=False, help_text="Whether it is on record that the time is over."
    )
    expires = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When whoever does the present stage has had their time.",
    )
    work_completed = models.DateTimeField(null=True, blank=True, editable=False)
    completed = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job_id"], name="request_job"),
            models.UniqueConstraint(
                fields=["video", "language_code"], condition=UNFINISHED, name="request_open"
            ),
        )
        indexes = (
            # With what a list is asked for: it is counted, and a page found, without the table.
            models.Index(
                fields=[
                    *("team", "id", "stage", "language_code", "source_team"),
                    *("subtitler", "reviewer", "approver"),
                ],
                name="request_page",
            ),
            models.Index(fields=["source_team", "id", "team"], name="request_source_team"),
            models.Index(
                fields=["source_team", "id", "team"], condition=BETWEEN_TEAMS, name="request_sent"
            ),
            models.Index(
                fields=["team", "id", "source_team"],
                condition=BETWEEN_TEAMS,
                name="request_received",
            ),
            models.Index(fields=["team", "video_project", "id"], name="request_team_project"),
            models.Index(fields=["team", "video_language", "id"], name="request_team_spoken"),
            models.Index(
                fields=["team", "stage", "id", "subtitler", "reviewer", "approver"],
                name="request_team_stage",
            ),
            models.Index(fields=["team", "language_code", "id"], name="request_team_code"),
            models.Index(fields=["team", "due", "id"], name="request_team_due"),
            models.Index(fields=["team", "completed", "id"], name="request_team_completed"),
            # Where somebody sits: in a team, and everywhere when the account goes.
            *(
                models.Index(
                    fields=[seat, "team", "id"],
                    condition=Q(**{f"{seat}__isnull": False}),
                    name=f"request_{seat}",
                )
                for seat in ("subtitler", "reviewer", "approver")
            ),
            models.Index(fields=["video", "language_code"], name="request_language"),
            models.Index(
                fields=["due"], condition=UNFINISHED & Q(overdue=False), name="request_due"
            ),
            models.Index(fields=["expires"], condition=UNFINISHED, name="request_expires"),
        )

    def __str__(self) -> str:
        return f"{self.language_code} of {self.video}"

    @property
    def is_open(self) -> bool:
        return self.completed is None

    @property
    def work_status(self) -> str:
        seat = self.SEATS.get(self.Stage(self.stage))
        return work_status_at(self.stage, is_taken=bool(seat and getattr(self, f"{seat}_id")))

    @property
    def status(self) -> str:
        return status_at(self.stage)


def work_status_at(stage: int, *, is_taken: bool) -> str:
    """One of the seven states of the documentation. ``is_taken``: somebody has the stage's seat."""
    seat = SubtitleRequest.SEATS.get(SubtitleRequest.Stage(stage))
    if seat is None:
        return "complete"
    return f"being-{SubtitleRequest.Stage(stage).label}" if is_taken else f"needs-{seat}"


def status_at(stage: int) -> str:
    """What the video's own team is told."""
    if stage == SubtitleRequest.Stage.COMPLETE:
        return "complete"
    if stage > SubtitleRequest.Stage.APPROVE:
        return f"in-evaluation{stage - EVALUATION}"
    return "in-progress"


EVALUATION = SubtitleRequest.Stage.EVALUATION_1 - 1
"""Added to an evaluation's position it is the evaluation's stage."""


class Evaluation(models.Model):
    """A team that looks at a request's result, after the work and after teams of lower position."""

    request = models.ForeignKey(SubtitleRequest, models.CASCADE, related_name="evaluations")
    team = models.ForeignKey(Team, models.CASCADE, related_name="evaluations")
    position = models.PositiveSmallIntegerField()
    evaluator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["request", "team"], name="evaluation_team"),
            models.UniqueConstraint(fields=["request", "position"], name="evaluation_position"),
        )

    def __str__(self) -> str:
        return f"{self.team}: {self.request}"

    @property
    def stage(self) -> int:
        return EVALUATION + self.position

    @property
    def status(self) -> str:
        """``request`` must be loaded."""
        present = self.request.stage
        return evaluation_status_at(self.stage, present, is_taken=self.evaluator_id is not None)


def evaluation_status_at(stage: int, present: int, *, is_taken: bool) -> str:
    """What the evaluating team is told of its ``stage`` while the request is in the ``present``
    one. ``is_taken``: it has an evaluator."""
    if present > stage:
        return "complete"
    if present < stage:
        return "upcoming"
    return "assigned" if is_taken else "available"

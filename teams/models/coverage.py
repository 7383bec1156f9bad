"""Which languages of a team's videos have subtitles, and how far they are. Kept by the database
itself: `teams.coverage`."""

from django.db import models
from django.db.models import Q


class CoverageState(models.IntegerChoices):
    """How far the subtitles of a video are in one language. What has none is not stored."""

    DRAFT = 1, "draft"
    IN_REVIEW = 2, "in review"
    PUBLISHED = 3, "published"


class CoverageCell(models.Model):
    """A language of a team's video that has subtitles. Numbers and no foreign keys: triggers make
    and delete these rows. ``project`` is 0 for a video without one."""

    video = models.BigIntegerField()
    language_code = models.CharField(max_length=16)
    team = models.BigIntegerField()
    project = models.BigIntegerField()
    state = models.PositiveSmallIntegerField(choices=CoverageState.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["video", "language_code"], name="coverage_cell"),
        )
        indexes = (
            models.Index(fields=["video", "language_code", "state"], name="coverage_of_video"),
        )

    def __str__(self) -> str:
        return f"{self.language_code} of video {self.video}"


class CoverageCount(models.Model):
    """How many cells of a language are in a state, in a scope (`team 5`, `project 7`): the sum of
    ``n`` of all its rows. Triggers add notes; `teams.coverage` adds them up into ``kept`` rows."""

    scope = models.CharField(max_length=64)
    language_code = models.CharField(max_length=16)
    state = models.PositiveSmallIntegerField(choices=CoverageState.choices)
    kept = models.BooleanField(default=False)
    n = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["scope", "language_code", "state", "n"], name="coverage_count"),
            models.Index(fields=["scope"], condition=Q(kept=False), name="coverage_notes"),
        )

    def __str__(self) -> str:
        return f"{self.n} in {self.language_code} of {self.scope}"

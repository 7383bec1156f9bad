"""The projects that a team's videos are sorted into."""

from django.db import models
from django.utils import timezone

from teams.models.team import ReviewSettings, Team

DEFAULT_PROJECT = "_root"


class Project(ReviewSettings):
    """Part of a team. With tasks of its own enabled its review settings count, not the team's.
    Every video of a team is in exactly one; the API prints the default one
    (`DEFAULT_PROJECT`) as null and never lists it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="projects", db_index=False)
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=50, db_index=False)
    description = models.TextField(blank=True)
    guidelines = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["team", "slug"], name="project_slug"),
            models.UniqueConstraint(fields=["team", "name"], name="project_name"),
        )

    def __str__(self) -> str:
        return f"{self.team}: {self.name}"

    @property
    def printed_slug(self) -> str | None:
        return None if self.slug == DEFAULT_PROJECT else self.slug

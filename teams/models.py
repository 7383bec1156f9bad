"""Teams, projects and members, as far as the visibility of videos depends on them."""

from django.conf import settings
from django.db import models
from django.utils import timezone

DEFAULT_PROJECT = "_root"


class Team(models.Model):
    """A group that owns videos. A hidden team's videos are seen by its members only."""

    class VideoPolicy(models.IntegerChoices):
        MEMBERS = 1, "Any team member"
        MANAGERS = 2, "Managers and admins"
        ADMINS = 3, "Admins only"

    name = models.CharField(max_length=250)
    slug = models.SlugField(max_length=50, db_index=False)
    description = models.TextField(blank=True)
    is_visible = models.BooleanField(default=True)
    video_policy = models.PositiveSmallIntegerField(
        choices=VideoPolicy.choices, default=VideoPolicy.MEMBERS
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slug"], name="team_slug"),
            models.UniqueConstraint(fields=["name"], name="team_name"),
        )

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """Part of a team. Every video of a team is in exactly one; the API prints the default one
    (`DEFAULT_PROJECT`) as null."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="projects", db_index=False)
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=50, db_index=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "slug"], name="project_slug"),)

    def __str__(self) -> str:
        return f"{self.team}: {self.name}"


class TeamMember(models.Model):
    """A user's role in a team. Roles are ordered: a higher number may do more."""

    class Role(models.IntegerChoices):
        CONTRIBUTOR = 10, "contributor"
        MANAGER = 20, "manager"
        ADMIN = 30, "admin"
        OWNER = 40, "owner"

    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.CONTRIBUTOR)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "user"], name="team_member"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"

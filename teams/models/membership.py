"""Who belongs to a team, who was asked to, and who asked."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from teams.models.team import Team


class Role(models.IntegerChoices):
    """What a member may do. A higher number may do more; an outsider's is 0."""

    CONTRIBUTOR = 10, "contributor"
    MANAGER = 20, "manager"
    ADMIN = 30, "admin"
    OWNER = 40, "owner"


class TeamMember(models.Model):
    """A user's role in a team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.CONTRIBUTOR)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "user"], name="team_member"),)
        indexes = (models.Index(fields=["team", "id"], name="team_member_page"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Invitation(models.Model):
    """A membership offered to somebody who has not answered yet."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.CONTRIBUTOR)
    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "user"], name="invitation"),)
        indexes = (models.Index(fields=["team", "id"], name="invitation_team"),)

    def __str__(self) -> str:
        return f"{self.user} invited to {self.team}"


class Application(models.Model):
    """A wish to become a member, and what became of it. ``modified`` is null while pending."""

    class Status(models.IntegerChoices):
        PENDING = 0, "Pending"
        APPROVED = 1, "Approved"
        DENIED = 2, "Denied"
        MEMBER_REMOVED = 3, "Member Removed"
        MEMBER_LEFT = 4, "Member Left"

    team = models.ForeignKey(Team, models.CASCADE, related_name="applications", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="applications")
    note = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(choices=Status.choices, default=Status.PENDING)
    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["team", "user"], condition=Q(status=0), name="application_pending"
            ),
        )
        indexes = (models.Index(fields=["team", "id"], name="application_team"),)

    def __str__(self) -> str:
        return f"{self.user} asks to join {self.team}"

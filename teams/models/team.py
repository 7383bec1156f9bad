"""A team, its rules and the languages it prefers or shuns."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Visibility(models.IntegerChoices):
    """Private: for members. Unlisted: for whoever knows the address. Public: in lists too."""

    PRIVATE = 0, "private"
    UNLISTED = 1, "unlisted"
    PUBLIC = 2, "public"


class SubtitlePolicy(models.IntegerChoices):
    """Who may make subtitles, or translate them."""

    ANYONE = 10, "Anyone"
    MEMBERS = 20, "Any team member"
    MANAGERS = 30, "Only managers and admins"
    ADMINS = 40, "Only admins"


class ReviewLevel(models.IntegerChoices):
    """Who may review; none means that there is no review."""

    NONE = 0, "none"
    PEERS = 10, "peer"
    MANAGERS = 20, "manager"
    ADMINS = 30, "admin"


class ApproveLevel(models.IntegerChoices):
    """Who may approve; none means that there is no approval."""

    NONE = 0, "none"
    MANAGERS = 10, "manager"
    ADMINS = 20, "admin"


class ReviewSettings(models.Model):
    """How work goes through tasks, where it does."""

    workflow_enabled = models.BooleanField(default=False, help_text="Work goes through tasks.")
    review_allowed = models.PositiveSmallIntegerField(
        choices=ReviewLevel.choices, default=ReviewLevel.NONE
    )
    approve_allowed = models.PositiveSmallIntegerField(
        choices=ApproveLevel.choices, default=ApproveLevel.NONE
    )
    autocreate_subtitle = models.BooleanField(
        default=False, help_text="Every new video without subtitles gets a task for them."
    )
    autocreate_translate = models.BooleanField(
        default=False, help_text="Finished subtitles get tasks for the preferred languages."
    )

    class Meta:
        abstract = True


class Team(ReviewSettings):
    """A group that owns videos.

    The labels of the choices are the strings of the API (the documentation of 2016, Policy values;
    that of 2012, Teams). A private team is as good as unknown to everybody but its members.
    """

    class Type(models.TextChoices):
        DEFAULT = "default"
        SIMPLE = "simple"
        COLLABORATION = "collaboration"

    class MembershipPolicy(models.IntegerChoices):
        APPLICATION = 1, "Application"
        INVITATION_BY_MANAGER = 2, "Invitation by manager"
        INVITATION_BY_ANY = 3, "Invitation by any team member"
        OPEN = 4, "Open"
        INVITATION_BY_ADMIN = 5, "Invitation by admin"

    class VideoPolicy(models.IntegerChoices):
        MEMBERS = 1, "Any team member"
        MANAGERS = 2, "Managers and admins"
        ADMINS = 3, "Admins only"

    class TaskAssignPolicy(models.IntegerChoices):
        MEMBERS = 10, "Any team member"
        MANAGERS = 20, "Managers and admins"
        ADMINS = 30, "Admins only"

    name = models.CharField(max_length=250)
    slug = models.SlugField(max_length=50, db_index=False)
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.DEFAULT)
    description = models.TextField(blank=True)
    team_visibility = models.PositiveSmallIntegerField(
        choices=Visibility.choices, default=Visibility.PUBLIC
    )
    video_visibility = models.PositiveSmallIntegerField(
        choices=Visibility.choices, default=Visibility.PUBLIC
    )
    membership_policy = models.PositiveSmallIntegerField(
        choices=MembershipPolicy.choices, default=MembershipPolicy.OPEN
    )
    video_policy = models.PositiveSmallIntegerField(
        choices=VideoPolicy.choices, default=VideoPolicy.MEMBERS
    )
    subtitle_policy = models.PositiveSmallIntegerField(
        choices=SubtitlePolicy.choices, default=SubtitlePolicy.ANYONE
    )
    translate_policy = models.PositiveSmallIntegerField(
        choices=SubtitlePolicy.choices, default=SubtitlePolicy.ANYONE
    )
    refuse_public_urls = models.BooleanField(
        default=False,
        help_text="The team takes no video whose url a video without a team has already.",
    )
    task_assign_policy = models.PositiveSmallIntegerField(
        choices=TaskAssignPolicy.choices, default=TaskAssignPolicy.MEMBERS
    )
    max_tasks_per_member = models.PositiveIntegerField(null=True, blank=True)
    task_expiration = models.PositiveIntegerField(null=True, blank=True, help_text="In days.")
    soft_limit_lines = models.PositiveIntegerField(null=True, blank=True)
    soft_limit_min_duration = models.PositiveIntegerField(null=True, blank=True, help_text="In ms.")
    soft_limit_max_duration = models.PositiveIntegerField(null=True, blank=True, help_text="In ms.")
    soft_limit_cpl = models.PositiveIntegerField(
        null=True, blank=True, help_text="Characters per line."
    )
    soft_limit_cps = models.PositiveIntegerField(
        null=True, blank=True, help_text="Characters per second."
    )
    partner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="partner_teams",
        help_text="Admins of any team of this partner may move people among all of them.",
    )
    # Kept by `videos.services`: to count fifty thousand rows costs more than to read a page.
    video_count = models.PositiveIntegerField(default=0, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slug"], name="team_slug"),
            models.UniqueConstraint(fields=["name"], name="team_name"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_visible(self) -> bool:
        """Older programs know only this; setting it makes team and videos public or private."""
        return self.team_visibility == Visibility.PUBLIC

    @is_visible.setter
    def is_visible(self, visible: bool) -> None:
        self.team_visibility = self.video_visibility = (
            Visibility.PUBLIC if visible else Visibility.PRIVATE
        )


class TeamLanguage(models.Model):
    """A language that a team prefers, or one in which nothing may be done for it."""

    class Kind(models.IntegerChoices):
        PREFERRED = 1, "preferred"
        BLACKLISTED = 2, "blacklisted"

    team = models.ForeignKey(Team, models.CASCADE, related_name="languages", db_index=False)
    language_code = models.CharField(max_length=16)
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["team", "language_code"], name="team_language"),
        )

    def __str__(self) -> str:
        return f"{self.language_code} in {self.team}"

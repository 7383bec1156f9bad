"""Videos, their urls and who follows them."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from amara_api.kernel.ids import new_video_id

PUBLIC_SCOPE = 0  # of the videos without a team
PRIVATE, UNLISTED, PUBLIC = 0, 1, 2  # of a team's `video_visibility`


def fingerprint(key: str) -> str:
    """A url's `VideoSource.key` as an index can hold it."""
    return hashlib.sha256(key.encode()).hexdigest()


class Language(models.Model):
    """A language that operators have added, or what they call one that the server knows anyway.

    `amara_api.kernel.languages` reads these rows beside its own tables.
    """

    class Direction(models.TextChoices):
        SCRIPT = "script", "as its script"
        LTR = "ltr", "left to right"
        RTL = "rtl", "right to left"

    code = models.CharField(max_length=16, help_text="As in BCP 47, or x-… for one of your own.")
    name = models.CharField(max_length=100, help_text="In English.")
    listed = models.BooleanField(default=True, help_text="Whether /api/languages/ names it.")
    direction = models.CharField(max_length=6, choices=Direction.choices, default=Direction.SCRIPT)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["code"], name="language_code"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


SPOKEN = "primary_audio_language_code"
NO_TEAM, A_TEAM = Q(team__isnull=True), Q(team__isnull=False)
A_PROJECT = Q(project__isnull=False)


def _both_orders(name: str, *fields: str, condition: Q | None = None) -> list[models.Index]:
    return [
        models.Index(fields=[*fields, "created", "id"], condition=condition, name=name),
        models.Index(fields=[*fields, "title", "id"], condition=condition, name=f"{name}_title"),
    ]


class Video(models.Model):
    """What subtitles are made for. ``video_id`` is the id that the API prints.

    ``is_public`` and ``is_unlisted`` follow the team's `video_visibility`, so that listings need
    not join to it: everybody reads either, but finds only what is public.
    """

    video_id = models.CharField(max_length=12, default=new_video_id, editable=False)
    title = models.CharField(max_length=2048, blank=True)
    description = models.TextField(blank=True)
    duration = models.PositiveIntegerField(null=True, blank=True, help_text="In seconds.")
    thumbnail = models.URLField(max_length=2048, blank=True)
    primary_audio_language_code = models.CharField(max_length=16, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="videos"
    )
    team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, blank=True, related_name="videos", db_index=False
    )
    project = models.ForeignKey(
        "teams.Project",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="videos",
        db_index=False,
    )
    is_public = models.BooleanField(default=True)
    is_unlisted = models.BooleanField(default=False)
    partner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="partner_videos",
        db_index=False,
    )
    partner_video_id = models.CharField(
        max_length=100, blank=True, help_text="The partner's own id for this video."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["video_id"], name="video_video_id"),
            models.UniqueConstraint(
                fields=["partner", "partner_video_id"],
                condition=~Q(partner_video_id=""),
                name="video_partner_id",
            ),
        )
        # Every list ends in the id: pages stay stable when times are equal.
        indexes = (
            models.Index(
                fields=["created", "id"], condition=Q(is_public=True), name="video_public"
            ),
            models.Index(
                fields=["title", "id"], condition=Q(is_public=True), name="video_public_title"
            ),
            models.Index(fields=["team", "created", "id"], name="video_team"),
            models.Index(fields=["team", "title", "id"], name="video_team_title"),
            *_both_orders("video_no_team", condition=NO_TEAM),
            *_both_orders("video_no_team_lang", SPOKEN, condition=NO_TEAM),
            *_both_orders("video_team_lang", "team", SPOKEN, condition=A_TEAM),
            *_both_orders("video_project", "project", condition=A_PROJECT),
            *_both_orders("video_project_lang", "project", SPOKEN, condition=A_PROJECT),
            *_both_orders("video_public_lang", SPOKEN, condition=Q(is_public=True)),
        )

    def __str__(self) -> str:
        return self.title or self.video_id


class VideoCount(models.Model):
    """How many videos a list has, and where in it they are: the sum of ``n`` of all its rows.

    ``scope`` names the list. Triggers add rows (`videos.triggers`), `videos.counts` adds them up
    into few. ``created`` or ``title`` together with ``video`` is a place in the list: the row
    counts what stands there, or, for a bound, all from there up to the next bound.
    """

    class Kind(models.IntegerChoices):
        CHANGE = 0, "a video came or went"
        BY_CREATED = 1, "bound, in the order of creation"
        BY_TITLE = 2, "bound, in the order of titles"
        BULK_BY_CREATED = 3, "many came or went, wherever in the order of creation"
        BULK_BY_TITLE = 4, "many came or went, wherever in the order of titles"

    scope = models.CharField(max_length=64)
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    created = models.DateTimeField(null=True)
    title = models.CharField(max_length=2048)
    video = models.BigIntegerField()
    n = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["scope", "kind"], name="video_count"),
            models.Index(
                fields=["scope"], condition=~Q(kind__in=(1, 2)), name="video_count_changes"
            ),
            models.Index(fields=["scope"], condition=Q(n__gt=4_000), name="video_count_large"),
        )

    def __str__(self) -> str:
        return f"{self.n} of {self.scope}"


class VideoUrl(models.Model):
    """An address of a video. ``fingerprint`` is the digest of the provider and canonical url;
    ``scope`` is the id of the video's team, 0 without one: within it no other video has the same
    address, and what one team has says nothing to others.

    It is below 0 where a team had one address twice before teams were scopes (ADR 17).
    """

    video = models.ForeignKey(Video, models.CASCADE, related_name="urls")
    type = models.CharField(max_length=1)
    url = models.CharField(max_length=2048)
    videoid = models.CharField(max_length=2048, blank=True, help_text="The provider's own id.")
    fingerprint = models.CharField(max_length=64, editable=False)
    scope = models.BigIntegerField(default=PUBLIC_SCOPE, editable=False)
    primary = models.BooleanField(default=False)
    original = models.BooleanField(default=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["fingerprint", "scope"], name="video_url_scope"),
            models.UniqueConstraint(
                fields=["video"], condition=Q(primary=True), name="video_url_primary"
            ),
        )

    def __str__(self) -> str:
        return self.url


class VideoFollower(models.Model):
    """A person who wants to hear of a video. Their count is `num_videos` on users."""

    video = models.ForeignKey(Video, models.CASCADE, related_name="followers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="followed")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["video", "user"], name="video_follower"),)

    def __str__(self) -> str:
        return f"{self.user} follows {self.video}"

"""Videos, their urls and who follows them."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from amara_api.ids import new_video_id

PUBLIC_SCOPE = 0
PRIVATE, UNLISTED, PUBLIC = 0, 1, 2  # of a team's `video_visibility`


def fingerprint(key: str) -> str:
    """A url's `VideoSource.key` as an index can hold it."""
    return hashlib.sha256(key.encode()).hexdigest()


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
        "teams.Project", models.SET_NULL, null=True, blank=True, related_name="videos"
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
        )

    def __str__(self) -> str:
        return self.title or self.video_id


class VideoUrl(models.Model):
    """An address of a video. ``fingerprint`` is the digest of the provider and canonical url;
    ``scope`` is 0 for what everybody may see and the team's id inside a hidden team, so that an
    address used there reveals nothing outside."""

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

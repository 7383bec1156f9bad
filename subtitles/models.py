"""Subtitle languages of a video, their numbered versions, and notes about them."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SubtitleLanguage(models.Model):
    """The subtitles of a video in one language.

    ``tip`` is the newest version, ``public_tip`` the newest that a stranger may read; both are
    kept by `subtitles.services` under the row's lock. ``last_number`` is the highest number ever
    given, deleted versions included, so that no number is used twice. ``subtitles_complete`` is
    about ``tip``, which may be a draft; ``complete_number`` about what everybody reads.
    """

    video = models.ForeignKey(
        "videos.Video", models.CASCADE, related_name="subtitle_languages", db_index=False
    )
    language_code = models.CharField(max_length=16)
    title = models.CharField(
        max_length=2048, blank=True, help_text="Of the video, until there are subtitles with one."
    )
    description = models.TextField(blank=True, help_text="The same.")
    subtitles_complete = models.BooleanField(default=False)
    tip = models.ForeignKey(
        "SubtitleVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    public_tip = models.ForeignKey(
        "SubtitleVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)
    packed_number = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Of the version up to which all share what they can (`subtitles.packing`).",
    )
    complete_number = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="Of the version that was said to be the public, complete one, while it is.",
    )
    translated_from = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        db_index=False,
    )
    is_forked = models.BooleanField(
        default=False, help_text="No longer follows the language it was translated from."
    )
    soft_limit_lines = models.PositiveIntegerField(null=True, blank=True)
    soft_limit_min_duration = models.PositiveIntegerField(null=True, blank=True, help_text="In ms.")
    soft_limit_max_duration = models.PositiveIntegerField(null=True, blank=True, help_text="In ms.")
    soft_limit_cpl = models.PositiveIntegerField(
        null=True, blank=True, help_text="Characters per line."
    )
    soft_limit_cps = models.PositiveIntegerField(
        null=True, blank=True, help_text="Characters per second."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["video", "language_code"], name="subtitle_language"),
        )
        indexes = (
            # Most are no translation. With those in it, SQLite takes the index for useless once
            # ANALYZE has counted, and each new version would read all languages.
            models.Index(
                fields=["translated_from"],
                condition=models.Q(translated_from__isnull=False),
                name="subtitles_translations",
            ),
        )

    def __str__(self) -> str:
        return f"{self.language_code} of {self.video}"


class SubtitleVersion(models.Model):
    """One numbered state of a language's subtitles. Its cues never change.

    ``cues`` is the packed track (`subtitles.storage`), ``digest`` its content hash, and
    ``source`` the upload as sent where its format says more than a track can hold (DFXP).
    Each is read with the help of as many versions right before it as its depth says.
    """

    class Origin(models.TextChoices):
        """How a version came about."""

        API = "api", "API"
        UPLOAD = "upload", "Upload"
        EDITOR = "web-editor", "Editor"
        IMPORTED = "imported", "Imported"
        MACHINE = "machine", "Machine"
        ROLLBACK = "rollback", "Restored"
        TRANSFORM = "transform", "Transformed"

    language = models.ForeignKey(
        SubtitleLanguage, models.CASCADE, related_name="versions", db_index=False
    )
    version_number = models.PositiveIntegerField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="subtitle_versions",
    )
    author_name = models.CharField(  # noqa: DJ001 - null: not gone
        max_length=30,
        null=True,
        editable=False,
        help_text="The user name that the author had, if the account is gone.",
    )
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=2048, blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    is_public = models.BooleanField(default=True)
    is_deleted = models.BooleanField(default=False)
    is_hidden = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Staff took it from its readers, and outside teams only they publish it again.",
    )
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.API)
    # Of the same video. No foreign key: numbers are never used twice, and whoever deletes a video
    # need not search all versions for those that came from its own.
    translated_from_code = models.CharField(
        max_length=16, blank=True, default="", db_default="", help_text="Of the language."
    )
    translated_from_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of its version."
    )
    note = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="What was done to make it, in words.",
    )
    subtitle_count = models.PositiveIntegerField(editable=False)
    fully_synced = models.BooleanField(editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    source_format = models.CharField(max_length=8, editable=False)
    cues = models.BinaryField(editable=False)
    cues_depth = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    source = models.BinaryField(null=True, editable=False)
    source_depth = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["language", "version_number"], name="subtitle_version_number"
            ),
        )

    def __str__(self) -> str:
        return f"version {self.version_number} of {self.language}"

    @property
    def is_of_machine(self) -> bool:
        """Whether a machine made it, and nobody has hidden it: as a draft it waits for a person."""
        return self.origin == self.Origin.MACHINE and not self.is_hidden


class SubtitleNote(models.Model):
    """A remark about a video's subtitles in a language. Notes made inside a team stay with it."""

    video = models.ForeignKey("videos.Video", models.CASCADE, related_name="notes", db_index=False)
    language_code = models.CharField(max_length=16)
    team = models.ForeignKey(
        "teams.Team", models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user_name = models.CharField(  # noqa: DJ001 - null: not gone
        max_length=30,
        null=True,
        editable=False,
        help_text="The user name that the author had, if the account is gone.",
    )
    body = models.TextField()
    is_hidden = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Staff hid it: only the admin shows it.",
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = (models.Index(fields=["video", "language_code", "id"], name="note_language"),)

    def __str__(self) -> str:
        return self.body[:60]

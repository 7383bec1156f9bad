"""Tables that only the yardstick has."""

from typing import ClassVar

from django.db import models


class Rendition(models.Model):
    """A whole answer, ready to be sent."""

    video_id = models.CharField(max_length=12)
    language_code = models.CharField(max_length=16)
    format = models.CharField(max_length=8)
    body = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["video_id", "language_code", "format"], name="yardstick_one_rendition"
            ),
        )

    def __str__(self) -> str:
        return f"{self.video_id} {self.language_code} {self.format}"


class Cue(models.Model):
    """A cue as a row: the way to keep subtitles that comes to mind first."""

    version = models.ForeignKey("subtitles.SubtitleVersion", models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.text

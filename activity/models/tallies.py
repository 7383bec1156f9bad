"""Counts of long streams, see `activity.tallies`."""

from typing import TypedDict

from django.db import models


class Marks(TypedDict):
    """Of the records up to ``upto``, oldest first: each so many-th, as moment and id."""

    step: int
    upto: int
    places: list[tuple[str, int]]


class Tally(models.Model):
    """How many records up to one of them a question finds."""

    question = models.CharField(
        max_length=64, unique=True, help_text="The digest of its SQL with all parameters."
    )
    upto = models.BigIntegerField(help_text="The id of the last record that was counted.")
    count = models.PositiveIntegerField()
    marks = models.JSONField(
        null=True, editable=False, help_text="Where pages in the middle begin."
    )
    made = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.count} up to {self.upto}"

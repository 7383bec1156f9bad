"""How long the long lists of teams are, and what changed since. Kept by the database itself and by
`teams.long_lists`."""

from django.db import models


class LongList(models.Model):
    """One question to one table that has a long answer.

    ``n`` rows were in it, but for what notes say, none with an id below ``first``. With an
    ``ordering`` (a column), ``bounds`` has places in that order, each with the number of rows from
    there to the next, as JSON.
    """

    thing = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    question = models.JSONField()
    ordering = models.CharField(max_length=16, blank=True)
    n = models.BigIntegerField()
    bounds = models.TextField(blank=True)
    first = models.BigIntegerField(null=True)
    made = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["digest", "ordering"], name="long_list_question"),
        )
        indexes = (models.Index(fields=["thing", "made"], name="long_list_made"),)

    def __str__(self) -> str:
        return f"{self.thing}: {self.n}"


class ListNote(models.Model):
    """A row of a table that came (``sign`` 1) or went (-1), with all that lists ask of it.

    A change is both. Numbers and no foreign keys, named as the columns of those tables: triggers
    make these rows, and a condition on a table is one on its notes.
    """

    thing = models.CharField(max_length=16)
    row_id = models.BigIntegerField()
    sign = models.SmallIntegerField()
    team_id = models.BigIntegerField(null=True)
    source_team_id = models.BigIntegerField(null=True)
    video_project = models.BigIntegerField(null=True)
    video_language = models.CharField(max_length=16, null=True)  # noqa: DJ001 - other things have none
    video_title = models.CharField(max_length=2048, null=True)  # noqa: DJ001 - other things have none
    user_id = models.BigIntegerField(null=True)
    assignee_id = models.BigIntegerField(null=True)
    subtitler_id = models.BigIntegerField(null=True)
    reviewer_id = models.BigIntegerField(null=True)
    approver_id = models.BigIntegerField(null=True)
    language_code = models.CharField(max_length=16, null=True)  # noqa: DJ001 - other things have none
    type = models.IntegerField(null=True)
    stage = models.IntegerField(null=True)
    status = models.IntegerField(null=True)
    priority = models.IntegerField(null=True)
    is_deleted = models.BooleanField(null=True)
    created = models.DateTimeField(null=True)
    modified = models.DateTimeField(null=True)
    due = models.DateTimeField(null=True)
    completed = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["thing", "id"], name="list_note_thing"),)

    def __str__(self) -> str:
        return f"{self.thing} {self.row_id}: {self.sign:+}"

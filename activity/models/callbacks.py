"""Who is told of what by HTTP, and everything they were told: an outbox.

A notification is written in the transaction of the change it tells of, so there is one if and only
if the change is there; `manage.py deliver` sends it afterwards.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from activity.types import Encoding, Event
from amara_api.kernel.ids import new_secret
from amara_api.kernel.redaction import plain


class Callback(models.Model):
    """An address that a team's events are posted to."""

    team = models.ForeignKey("teams.Team", models.CASCADE, related_name="callbacks")
    url = models.URLField(max_length=2000)
    encoding = models.CharField(
        max_length=16,
        choices=Encoding.choices,
        default=Encoding.JSON,
        help_text="How events are named and written: as since 2016, or as from 2012 to 2014.",
    )
    events = models.JSONField(
        default=list, blank=True, help_text="The events that are sent; empty means all."
    )
    headers = models.JSONField(default=dict, blank=True)
    auth_user = models.CharField(max_length=200, blank=True)
    auth_password = models.CharField(max_length=200, blank=True)
    secret = models.CharField(max_length=100, default=new_secret, editable=False)
    old_secret = models.CharField(max_length=100, blank=True, editable=False)
    old_secret_ends = models.DateTimeField(null=True, editable=False)
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=200, blank=True, editable=False)
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often in a row it could not be reached."
    )
    quiet_until = models.DateTimeField(
        null=True, editable=False, help_text="Nothing is sent before, for it could not be reached."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "url"], name="callback_url"),)

    def __str__(self) -> str:
        # Its path and query may be all that keeps others from posting there.
        return plain(self.url, bare=True)

    def wants(self, event: str) -> bool:
        return event == Event.TEST or not self.events or event in self.events


class Outbox(models.Model):
    """The last number that a team's notifications have. Its row is the last that a transaction
    locks, so that numbers have no gap and nobody waits in a circle."""

    team = models.OneToOneField("teams.Team", models.CASCADE, related_name="outbox")
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "outboxes"

    def __str__(self) -> str:
        return f"{self.team}: {self.last_number}"


class Notification(models.Model):
    """One event for one address, with how sending it went."""

    team = models.ForeignKey(
        "teams.Team", models.CASCADE, related_name="notifications", db_index=False
    )
    callback = models.ForeignKey(
        Callback, models.SET_NULL, null=True, related_name="notifications", db_index=False
    )
    number = models.PositiveIntegerField()
    url = models.URLField(max_length=2000)
    event = models.CharField(max_length=32)
    data = models.JSONField()
    created = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(
        null=True, default=timezone.now, help_text="When it is sent next; null: never."
    )
    claimed_until = models.DateTimeField(
        null=True, help_text="A worker is sending it; after this moment it has died."
    )
    response_status = models.PositiveSmallIntegerField(null=True)
    error_message = models.CharField(max_length=200, blank=True)
    failure = models.CharField(  # noqa: DJ001 - null: from before it was kept
        max_length=400,
        null=True,
        blank=True,
        help_text="What failed, for operators: more than the API says.",
    )
    delivered = models.DateTimeField(null=True)

    WAITING: ClassVar = Q(due__isnull=False)
    DROPPED: ClassVar = {"due": None, "error_message": "Switched off"}
    WITHHELD: ClassVar = {"due": None, "error_message": "No longer for this team to know"}

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["team", "number"], name="notification_number"),
        )
        indexes = (
            models.Index(
                fields=["callback", "due"], condition=Q(due__isnull=False), name="notification_due"
            ),
            models.Index(
                fields=["created"],
                condition=Q(due__isnull=True, delivered__isnull=True),
                name="notification_given_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.number}"

    @property
    def in_progress(self) -> bool:
        return self.due is not None

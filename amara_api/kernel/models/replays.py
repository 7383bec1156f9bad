"""What was answered to requests with an `Idempotency-Key`."""

from django.db import models
from django.utils import timezone


class Replay(models.Model):
    """One answer, written in the transaction of what it tells of.

    ``name`` is a digest of the account and its key, ``request`` one of what was asked. ``answer``
    is encrypted with what only the caller's key opens: answers hold API keys and login links.
    A link that makes an account once is kept here too, by its digest alone.
    """

    name = models.CharField(max_length=64, unique=True)
    request = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now, editable=False)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.BinaryField(default=b"")

    class Meta:
        indexes = (models.Index(fields=["created"], name="replay_created"),)

    def __str__(self) -> str:
        return f"{self.status} of {self.created}"

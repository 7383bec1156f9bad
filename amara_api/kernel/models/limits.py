"""How often guarded things happened, counted so that every process sees the same."""

from django.db import models


class GuardedCount(models.Model):
    """One caller's count of one guarded thing in the window that ends at ``until``.

    ``name`` is a digest of the thing and the caller: names and addresses are not kept.
    """

    name = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["until"], name="guarded_count_until"),)

    def __str__(self) -> str:
        return f"{self.count} until {self.until}"

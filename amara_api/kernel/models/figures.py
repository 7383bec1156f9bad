"""How the server is doing: numbers by the hour, the processes that work, fetches that were slow.

They belong to the machine and not to what is stored: no archive has them, and nothing is lost with
them.
"""

from django.db import models


class Figure(models.Model):
    """How often something happened in the hour, or the day, that begins at ``since``.

    Each process has rows of its own, and writes all that it has counted so far: writing a row twice
    changes nothing. ``process`` is empty where a number is everybody's.
    """

    what = models.CharField(max_length=24)
    since = models.DateTimeField()
    process = models.CharField(max_length=32, blank=True)
    value = models.FloatField()

    class Meta:
        constraints = (
            # Read by what and when, over all processes.
            models.UniqueConstraint(fields=["what", "since", "process"], name="figure"),
        )
        indexes = (models.Index(fields=["since"], name="figure_since"),)

    def __str__(self) -> str:
        return f"{self.what} {self.since:%Y-%m-%d %H:%M}: {self.value:g}"


class Worker(models.Model):
    """A `manage.py deliver` that runs, or ran. ``once``: one that ends by itself, as cron runs it.

    ``stopped`` when it was told to; nothing says so of one that dies.
    """

    name = models.CharField(max_length=100, primary_key=True)
    started = models.DateTimeField()
    seen = models.DateTimeField(db_index=True)
    once = models.BooleanField(default=False)
    stopped = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SlowFetch(models.Model):
    """Something asked of somebody else's server that took long, or was not asked at all.

    Of the address only the host is kept: the rest may hold what is secret.
    """

    created = models.DateTimeField(db_index=True)
    host = models.CharField(max_length=255, blank=True)
    seconds = models.FloatField()
    failed = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "slow fetches"

    def __str__(self) -> str:
        return f"{self.host} {self.seconds:.1f} s"

"""What an installation has to know of itself from one start to the next."""

from __future__ import annotations

from django.db import models


class Fact(models.Model):
    """One thing that is so, by name: which secret the digests were made with, for instance."""

    name = models.CharField(max_length=64, primary_key=True)
    value = models.CharField(max_length=255)
    noted = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

"""The record of administrative changes: who changed what in the admin or by a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.db import models

if TYPE_CHECKING:
    from amara_api.kernel.shapes import Data

_FOR_EVER = "The record of administrative changes is only added to."


class _OnlyAdded(models.QuerySet["AdministrativeChange"]):
    def update(self, **kwargs: object) -> NoReturn:
        raise TypeError(_FOR_EVER)

    def delete(self) -> NoReturn:
        raise TypeError(_FOR_EVER)


class AdministrativeChange(models.Model):
    """One change. It holds names, not keys: it outlives whom and what it is about."""

    class What(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        DELETED = "deleted"
        DONE = "done"

    created = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=150, help_text="User name, or account of the machine.")
    actor_number = models.BigIntegerField(null=True, help_text="Of the account; none of a machine.")
    address = models.CharField(max_length=45, help_text="From where the request came.")
    via = models.CharField(max_length=64, help_text="The admin, or a command.")
    what = models.CharField(max_length=8, choices=What)
    message = models.CharField(max_length=255)
    kind = models.CharField(max_length=64, help_text="Of the thing, such as users.user.")
    thing_key = models.CharField(max_length=64)
    thing = models.CharField(max_length=200, help_text="What it was called then.")
    # What differs, by field; see `amara_api.kernel.administration` for what is left out.
    before: models.JSONField[Data, Data] = models.JSONField()
    after: models.JSONField[Data, Data] = models.JSONField()

    objects = _OnlyAdded.as_manager()

    class Meta:
        indexes = (models.Index(fields=["kind", "thing_key", "id"], name="administration_thing"),)

    def __str__(self) -> str:
        return f"{self.what} {self.thing}"

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise TypeError(_FOR_EVER)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(_FOR_EVER)

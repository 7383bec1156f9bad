"""Where the answers to repeated requests are kept: for a day, each under a name."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from amara_api.kernel.models import Replay

LIFETIME = timedelta(hours=24)
# How many of yesterday go with each new one.
_PURGED = 20


def find(name: str) -> Replay | None:
    """What is kept under a name, unless its day is over."""
    row = Replay.objects.filter(name=name).first()
    return None if row is None or row.created <= timezone.now() - LIFETIME else row


def claim(name: str, request: str) -> Replay | None:
    """Inside a transaction: the name for ``request``, or None when somebody has it, once they are
    done with it."""
    old = _old()
    old.filter(name=name).delete()
    try:
        with transaction.atomic():
            row = Replay.objects.create(name=name, request=request)
    except IntegrityError:
        return None
    purged = old.select_for_update(skip_locked=True).order_by("created").values_list("pk")
    Replay.objects.filter(pk__in=[pk for (pk,) in purged[:_PURGED]]).delete()
    return row


def keep(row: Replay, status: int, answer: bytes) -> None:
    """In the same transaction: what was answered."""
    row.status, row.answer = status, answer
    row.save(update_fields=["status", "answer"])


def purge() -> int:
    """Drop what is older than a day; how many."""
    return _old().delete()[0]


def _old() -> QuerySet[Replay]:
    return Replay.objects.filter(created__lte=timezone.now() - LIFETIME)

"""How many records a stream has, without counting all of a long one for every page.

The count up to some record is kept, and only what came after is counted. That holds for as long as
nothing before it appears or disappears, which the record itself tells: whatever does that is
recorded in the same transaction. docs/adr/0012-counts-that-the-record-keeps-right.md.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from activity.models import ActivityRecord, Tally
from activity.types import UNSETTLING
from amara_api.compiled import CompiledQuery

LARGE = 1_000  # records: fewer are quickly counted
RENEWED_AFTER = 2_000  # records of the whole site
KEPT = timedelta(days=1)
# A column of videos that changes without one of `UNSETTLING`.
_FICKLE = "primary_audio_language_code"
_NOTHING = Q(pk=None)


def count(found: QuerySet[ActivityRecord], about: Q | None = None) -> int:
    """What ``found.count()`` says. ``about`` narrows which later records can tell of a change to
    what came before: those of a video, where ``found`` depends on no other."""
    try:
        sql, parameters = found.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    if _FICKLE in sql:
        return found.count()
    # Other people, other teams of theirs and other filters are other questions.
    question = hashlib.sha256(repr((sql, parameters)).encode()).hexdigest()
    kept = _tally(question=question)
    for upto, older in kept:
        if _holds(upto, _unsettling(sql, about)):
            return int(older) + found.filter(pk__gt=upto).count()
    if not kept and (total := found.count()) <= LARGE:
        return total
    return _counted(found, question)


@CompiledQuery
def _tally(*, question: str) -> QuerySet[Tally, Any]:
    return Tally.objects.filter(question=question).values_list("upto", "count")


def _unsettling(sql: str, about: Q | None) -> Q:
    """What tells of a change to the past. Where neither drafts nor the videos and teams of records
    are asked about, there is none."""
    if '"draft"' not in sql and " JOIN " not in sql:
        return _NOTHING
    return Q(type__in=UNSETTLING) & (about or Q())


def _holds(upto: int, unsettling: Q) -> bool:
    later: dict[str, Any] = ActivityRecord.objects.filter(pk__gt=upto).aggregate(
        all=Count("pk"), unsettling=Count("pk", filter=unsettling)
    )
    return not later["unsettling"] and later["all"] <= RENEWED_AFTER


def _counted(found: QuerySet[ActivityRecord], question: str) -> int:
    """Count all, and keep that."""
    upto = _last()
    if upto is None:
        return found.count()
    # After `_last`: whatever changes the past from then on is recorded behind it.
    older, now = found.filter(pk__lte=upto).count(), timezone.now()
    Tally.objects.filter(made__lt=now - KEPT).delete()
    Tally.objects.update_or_create(
        question=question, defaults={"upto": upto, "count": older, "made": now}
    )
    return older + found.filter(pk__gt=upto).count()


def _last() -> int | None:
    """The newest record, if all that are to come will have a higher id; None while that is open.

    PostgreSQL gives out ids before it commits, so this needs a moment in which no transaction has
    written records and not ended. If this is none, a later page will find one: nobody waits.
    """
    last = ActivityRecord.objects.order_by("-pk").values_list("pk", flat=True)
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                table = connection.ops.quote_name(ActivityRecord._meta.db_table)
                cursor.execute(f"LOCK TABLE {table} IN SHARE MODE NOWAIT")
                return last.first()
        except OperationalError:
            return None
    return last.first()

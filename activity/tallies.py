"""How many records a stream has, without counting all of a long one for every page.

The count up to some record is kept, and only what came after is counted. That holds for as long as
nothing before it appears or disappears, which the record itself tells: whatever does that is
recorded in the same transaction. docs/adr/0012-counts-that-the-record-keeps-right.md.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from activity.models import ActivityRecord, Tally
from activity.models.records import NEWEST_FIRST
from activity.types import UNSETTLING

LARGE = 200  # records: so few are quicker counted than looked up
RENEWED_AFTER = 2_000  # records of the whole site
KEPT = timedelta(days=1)
# Changes all the time, and nothing is recorded that says so and little else.
_FICKLE = "primary_audio_language_code"
_NOTHING = Q(pk=None)


def count(found: QuerySet[ActivityRecord], about: Q | None = None) -> int:
    """What ``found.count()`` says. ``about`` narrows which later records can tell of a change to
    what came before: those of a video, where ``found`` depends on no other."""
    few = found.order_by(*NEWEST_FIRST).values("pk")[: LARGE + 1].count()
    if few <= LARGE:
        return few
    sql, parameters = found.order_by().values("pk").query.sql_with_params()
    if _FICKLE in sql:
        return found.count()
    question = hashlib.sha256(repr((sql, parameters)).encode()).hexdigest()
    tally = Tally.objects.filter(question=question).first()
    if tally is not None and _holds(tally, _unsettling(sql, about)):
        return tally.count + found.filter(pk__gt=tally.upto).count()
    return _counted(found, question)


def _unsettling(sql: str, about: Q | None) -> Q:
    """What tells of a change to the past. Where neither drafts nor the videos and teams of records
    are asked about, there is none."""
    if '"draft"' not in sql and " JOIN " not in sql:
        return _NOTHING
    return Q(type__in=UNSETTLING) & (about or Q())


def _holds(tally: Tally, unsettling: Q) -> bool:
    later: dict[str, Any] = ActivityRecord.objects.filter(pk__gt=tally.upto).aggregate(
        all=Count("pk"), unsettling=Count("pk", filter=unsettling)
    )
    return not later["unsettling"] and later["all"] <= RENEWED_AFTER


def _counted(found: QuerySet[ActivityRecord], question: str) -> int:
    """Count all, and keep that."""
    upto = _last()
    if upto is None:
        return found.count()
    older = found.filter(pk__lte=upto).count()
    now = timezone.now()
    Tally.objects.filter(made__lt=now - KEPT).delete()
    Tally.objects.update_or_create(
        question=question, defaults={"upto": upto, "count": older, "made": now}
    )
    return older + found.filter(pk__gt=upto).count()


def _last() -> int | None:
    """The newest record, if all that are to come will have a higher id; None while that is open.

    PostgreSQL gives out ids before it commits. A moment in which nobody is writing records, that
    is: has any that others do not see, settles it; nobody is made to wait for one.
    """
    records = ActivityRecord.objects
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                table = connection.ops.quote_name(ActivityRecord._meta.db_table)
                cursor.execute(f"LOCK TABLE {table} IN SHARE MODE NOWAIT")
                return records.aggregate(last=Max("pk"))["last"]
        except OperationalError:
            return None
    return records.aggregate(last=Max("pk"))["last"]

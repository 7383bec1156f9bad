"""How many records a stream has, without counting all of a long one for every page.

The count up to some record is kept, and only what came after is counted. That holds for as long as
nothing before it appears or disappears, which the record itself tells: whatever does that is
recorded in the same transaction. docs/adr/0012-counts-that-the-record-keeps-right.md.

Where pages far from both ends are asked for, marks are kept too: records that are so and so many
after the oldest one, from which such a page is read.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, transaction
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Window
from django.db.models.functions import Mod, RowNumber
from django.utils import timezone

from activity.models import ActivityRecord, Tally
from activity.models.tallies import Marks
from activity.types import UNSETTLING, ActivityType
from amara_api.kernel import replicas
from amara_api.kernel.compiled import PlannedQuery

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

Row = TypeVar("Row")

LARGE = 1_000  # records: fewer are quickly counted
RENEWED_AFTER = 2_000  # records of the whole site
_COUNTED_LATER = RENEWED_AFTER + 1
MARKED_ANEW_AFTER = 20_000  # the same
KEPT = timedelta(days=1)
# Records of a stream from one mark to the next, unless that makes too many marks.
STEP = 25
_MOST_MARKS = 1_000
# A column of videos that changes without one of `UNSETTLING`.
_FICKLE = "primary_audio_language_code"
_NOTHING = Q(pk=None)


class Count(NamedTuple):
    """How many records a stream has. ``tally`` has the question and the last record of a tally that
    holds, if there is one."""

    total: int
    tally: tuple[str, int] | None = None


class Place(NamedTuple):
    """A record of a stream, or one that has left it; ``upto`` records are not newer."""

    created: datetime
    pk: int
    upto: int

    def older(self, found: QuerySet[ActivityRecord, Row]) -> QuerySet[ActivityRecord, Row]:
        """This one and those before it."""
        return found.filter(created__lte=self.created).exclude(created=self.created, pk__gt=self.pk)


def count(found: QuerySet[ActivityRecord], about: Q | None = None) -> Count:
    """What ``found.count()`` says. ``about`` narrows which later records can tell of a change to
    what came before: those of a video, where ``found`` depends on no other."""
    asked = question_of(found)
    return Count(0) if asked is None else count_of(asked, lambda: found, about)


class Question(NamedTuple):
    """Which records are counted: ``name`` is what a tally calls it."""

    sql: str
    name: str


def question_of(found: QuerySet[ActivityRecord]) -> Question | None:
    """None where there can be no record. The same for the same question, so it may be kept."""
    try:
        sql, parameters = found.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    # Other people, other teams of theirs and other filters are other questions.
    return Question(sql, hashlib.sha256(repr((sql, parameters)).encode()).hexdigest())


def count_of(
    asked: Question, find: Callable[[], QuerySet[ActivityRecord]], about: Q | None = None
) -> Count:
    """`count` of ``find()``, which is called only where the records themselves are needed."""
    sql, question = asked
    if _FICKLE in sql:
        return Count(find().count())
    kept = _tally(question=question)
    for upto, older, later in kept:
        if not later:
            return Count(int(older), (question, upto))
        unsettling = _unsettling(sql, about)
        if later > RENEWED_AFTER:
            return _counted(find(), question, _Known(upto, int(older), unsettling))
        if _holds(upto, unsettling):
            return Count(int(older) + find().filter(pk__gt=upto).count(), (question, upto))
    found = find()
    if not kept and (total := found.count()) <= LARGE:
        return Count(total)
    return _counted(found, question)


def place(found: QuerySet[ActivityRecord], counted: Count, offset: int) -> Place | None:
    """A record at or before the row at ``offset`` of the newest first, and near it. None where the
    newest one is as near, and where nothing is kept."""
    if counted.tally is None:
        return None
    question, upto = counted.tally
    tally = Tally.objects.filter(question=question, upto=upto).first()
    if tally is None:
        return None
    if tally.marks is None:
        tally.marks = _marks(found, tally)
        Tally.objects.filter(pk=tally.pk, upto=upto).update(marks=tally.marks)
    step, marked = tally.marks["step"], tally.marks["upto"]
    wanted = counted.total - offset
    number = -(-wanted // step)
    if not 0 < number <= len(tally.marks["places"]):
        return None
    moment, pk = tally.marks["places"][number - 1]
    near = Place(datetime.fromisoformat(moment), pk, number * step)
    # What was recorded since, and says that it happened before.
    return near._replace(upto=near.upto + near.older(found.filter(pk__gt=marked)).count())


def _marks(found: QuerySet[ActivityRecord], tally: Tally) -> Marks:
    # Kept for all who read any database, so made of the one that misses nothing.
    replicas.leave()
    found, step = found.using(DEFAULT_DB_ALIAS), max(STEP, tally.count // _MOST_MARKS)
    numbered = found.filter(pk__lte=tally.upto).annotate(
        number=Window(RowNumber(), order_by=[F("created").asc(), F("pk").asc()])
    )
    marked = numbered.annotate(rest=Mod("number", step)).filter(rest=0).order_by("number")
    places = [(moment.isoformat(), pk) for moment, pk in marked.values_list("created", "pk")]
    return {"step": step, "upto": tally.upto, "places": places}


class _Number(Subquery):  # type: ignore[explicit-any] # as its stub says
    """How many rows a query set has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@PlannedQuery
def _tally(*, question: str) -> QuerySet[Tally, tuple[int, int, int]]:
    """A tally, and how many records came after it, as far as that makes a difference."""
    newest = ActivityRecord.objects.filter(pk__gt=OuterRef("upto")).order_by("-pk").values("pk")
    later = _Number(newest[:_COUNTED_LATER])
    return Tally.objects.filter(question=question).values_list("upto", "count", later)


def _unsettling(sql: str, about: Q | None) -> Q:
    """What tells of a change to the past. Where neither drafts nor the videos and teams of records
    are asked about, there is none but for the records of one video."""
    if '"draft"' not in sql and " JOIN " not in sql:
        if '"video_id"' not in sql:
            return _NOTHING
        # A video's records come to another one, into which it is merged.
        return Q(type=ActivityType.VIDEO_MERGED) & (about or Q())
    # What was public all the time is published without any change to what was before.
    settled = Q(type=ActivityType.SUBTITLES_PUBLISHED, data__revealed=False)
    drafts_again = Q(type=ActivityType.SUBTITLES_DELETED, data__hidden=True)
    return (Q(type__in=UNSETTLING) & ~settled | drafts_again) & (about or Q())


def _holds(upto: int, unsettling: Q) -> bool:
    if unsettling is _NOTHING:
        return True
    return not ActivityRecord.objects.filter(unsettling, pk__gt=upto).exists()


class _Known(NamedTuple):
    """There are ``number`` up to a record, if nothing ``unsettling`` came after it."""

    upto: int
    number: int
    unsettling: Q


def _counted(found: QuerySet[ActivityRecord], question: str, known: _Known | None = None) -> Count:
    """Count all, or what came after what is known, and keep that."""
    # What is counted and the record up to which it is counted must be of the same database.
    replicas.leave()
    found = found.using(DEFAULT_DB_ALIAS)
    upto = _last()
    # After `_last`: whatever changes the past from then on is recorded behind it.
    if known and not _holds(known.upto, known.unsettling):
        known = None
    after, number = (known.upto, known.number) if known else (0, 0)
    if upto is None:
        return Count(number + found.filter(pk__gt=after).count())
    older, now = number + found.filter(pk__gt=after, pk__lte=upto).count(), timezone.now()
    Tally.objects.filter(made__lt=now - KEPT).delete()
    kept = Tally.objects.filter(question=question, upto=after).first() if known else None
    marks = kept.marks if kept else None
    if marks and upto - marks["upto"] > MARKED_ANEW_AFTER:
        marks = None
    fields = {"upto": upto, "count": older, "made": now, "marks": marks}
    Tally.objects.update_or_create(question=question, defaults=fields)
    return Count(older + found.filter(pk__gt=upto).count(), (question, upto))


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

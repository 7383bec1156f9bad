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
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import Mod, RowNumber
from django.utils import timezone

from activity.models import ActivityRecord, Tally
from activity.models.records import one_of
from activity.models.tallies import Marks
from activity.types import UNSETTLING, ActivityType
from amara_api.kernel import replicas
from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.cursors import rows_of
from amara_api.kernel.planned import Planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from amara_api.kernel.shapes import Data

LARGE = 1_000  # records: fewer are quickly counted
RENEWED_AFTER = 2_000  # records of the whole site
_COUNTED_LATER = RENEWED_AFTER + 1
MARKED_ANEW_AFTER = 20_000  # the same
KEPT = timedelta(days=1)
# Records of a stream from one mark to the next, unless that makes too many marks.
STEP = 25
_MOST_MARKS = 1_000
# The column of videos that `?video_language=` asks, and what is on record when it changes.
_SPOKEN = "primary_audio_language_code"
_SPOKEN_OTHERWISE = Q(type=ActivityType.VIDEO_CHANGED, data__fields__icontains=_SPOKEN)
_NOTHING = Q(pk=None)
_RECORDS = ActivityRecord._meta.db_table


class Count(NamedTuple):
    """How many records a stream has. ``tally`` has the question and the last record of a tally that
    holds, if there is one; ``asked`` says what was counted, where that is known."""

    total: int
    tally: tuple[str, int] | None = None
    asked: Question | None = None


class Place(NamedTuple):
    """A record of a stream, or one that has left it. Of the records up to ``marked`` there are
    ``upto`` that are not newer."""

    created: datetime
    pk: int
    upto: int
    marked: int


def count(found: QuerySet[ActivityRecord], video: int | None = None) -> Count:
    """What ``found.count()`` says. ``video`` is the key of the only one on which ``found`` depends:
    only later records of that one can tell of a change to what came before."""
    asked = question_of(found)
    return Count(0) if asked is None else count_of(asked, lambda: found, video)


class Question(NamedTuple):
    """Which records are counted: ``sql`` finds their keys, ``name`` is what a tally calls it."""

    sql: str
    values: tuple[Data, ...]
    name: str


def question_of(found: QuerySet[ActivityRecord]) -> Question | None:
    """None where there can be no record. The same for the same question, so it may be kept."""
    try:
        sql, values = found.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    # Other people, other teams of theirs and other filters are other questions.
    name = hashlib.sha256(repr((sql, values)).encode()).hexdigest()
    return Question(str(sql), tuple(values), name)


def count_of(
    asked: Question, find: Callable[[], QuerySet[ActivityRecord]], video: int | None = None
) -> Count:
    """`count` of ``find()``, which is called only where the records themselves are needed."""
    known = _known(asked, video)
    if known.number is not None and (known.upto or known.number <= LARGE):
        tally = (asked.name, known.upto) if known.upto else None
        return Count(known.older + known.number, tally, asked)
    counted = _counted(find(), asked.name, known, _unsettling(asked.sql, video))
    return counted._replace(asked=asked)


@PlannedQuery
def _kept(*, question: str, upto: int) -> QuerySet[Tally, tuple[int, Marks | None]]:
    """The length and the marks of a tally."""
    return Tally.objects.filter(question=question, upto=upto).values_list("count", "marks")


def place(found: QuerySet[ActivityRecord], counted: Count, offset: int) -> Place | None:
    """A record at or before the row at ``offset`` of the newest first, and near it. None where the
    newest one is as near, and where nothing is kept."""
    if counted.tally is None:
        return None
    question, upto = counted.tally
    rows = _kept(question=question, upto=upto)
    if not rows:
        return None
    [(length, marks)] = rows
    if marks is None:
        marks = _marks(found, length, upto)
        Tally.objects.filter(question=question, upto=upto).update(marks=marks)
    number = -(-(counted.total - offset) // marks["step"])
    if not 0 < number <= len(marks["places"]):
        return None
    moment, pk = marks["places"][number - 1]
    return Place(datetime.fromisoformat(moment), pk, number * marks["step"], marks["upto"])


def keys_of_page(
    asked: Question,
    limit: int,
    offset: int,
    *,
    near: Place | None = None,
    oldest_first: bool = False,
) -> list[int]:
    """With a place ``near`` it the page is read from there, and ``offset`` counts from there: less
    than what the place says for ``upto``. What was recorded since and goes before is added."""
    database = connections[replicas.current()]
    sql, values = asked.sql, asked.values
    if near is not None:
        moment = database.ops.adapt_datetimefield_value(near.created)
        older = (moment, moment, near.pk)
        # By itself: without knowing the offset PostgreSQL would plan for a far one.
        since = _of_those(sql, f"{_OLDER} AND id > %s")
        counting = f"SELECT COUNT(*) FROM ({since}) AS since"  # noqa: S608  # nosec B608 # ours
        [(number,)] = rows_of(database, counting, (*older, near.marked, *values))
        offset += int(str(number))
        sql, values = _of_those(sql, _OLDER), (*older, *values)
    way = "ASC" if oldest_first else "DESC"
    rows = rows_of(
        database,
        f"{sql} ORDER BY {_RECORDS}.created {way}, {_RECORDS}.id {way} LIMIT %s OFFSET %s",
        (*values, limit, offset),
    )
    return [int(str(pk)) for (pk,) in rows]


# A moment twice, and a key.
_OLDER = "created <= %s AND NOT (created = %s AND id > %s)"


def _of_those(sql: str, condition: str) -> str:
    """A question about the records of which a condition is true."""
    return _among(sql, f"(SELECT * FROM {_RECORDS} WHERE {condition}) AS {_RECORDS}")  # noqa: S608  # nosec B608


def _marks(found: QuerySet[ActivityRecord], length: int, upto: int) -> Marks:
    # Kept for all who read any database, so made of the one that misses nothing.
    replicas.leave()
    found, step = found.using(DEFAULT_DB_ALIAS), max(STEP, length // _MOST_MARKS)
    numbered = found.filter(pk__lte=upto).annotate(
        number=Window(RowNumber(), order_by=[F("created").asc(), F("pk").asc()])
    )
    marked = numbered.annotate(rest=Mod("number", step)).filter(rest=0).order_by("number")
    places = [(moment.isoformat(), pk) for moment, pk in marked.values_list("created", "pk")]
    return {"step": step, "upto": upto, "places": places}


class _Known(NamedTuple):
    """There are ``older`` records up to one, and ``number`` came after it, which is None where that
    is not known: the tally is old, or something was changed before. Without a tally all came after
    0."""

    upto: int
    older: int
    number: int | None


_UNKNOWN = _Known(0, 0, None)
# Records with the table's name, so that what is asked of all can be asked of them. They are found
# first: a database does not know how few they are, and would look for them in all of a stream.
_LATER = f"""(
    SELECT * FROM {_RECORDS} WHERE id > kept.upto ORDER BY id DESC LIMIT {_COUNTED_LATER}
) AS {_RECORDS}"""  # noqa: S608  # nosec B608 # a table of ours
# A branch of CASE that is not taken is not read.
_KNOWN = f"""
    SELECT COALESCE(upto, 0), COALESCE(older, 0), CASE
        WHEN upto IS NULL THEN (SELECT COUNT(*) FROM ({{all}}) AS counted)
        WHEN later > %s OR EXISTS ({{unsettling}}) THEN NULL
        ELSE (SELECT COUNT(*) FROM ({{came}}) AS counted)
    END
    FROM (
        SELECT kept.upto, kept.count AS older, (SELECT COUNT(*) FROM {_LATER}) AS later
        FROM (SELECT 1) AS one LEFT JOIN {Tally._meta.db_table} AS kept ON kept.question = %s
        LIMIT 1
    ) AS kept"""  # noqa: S608  # nosec B608 # tables of ours
_NONE = "SELECT 1 WHERE 1 = 0"
# Instead of a video's key, in what is put together once for all videos.
_ANY = 2_147_480_000


def _known(asked: Question, video: int | None) -> _Known:
    planned, unsettling = _statement(asked.sql, len(asked.values), video and _ANY)
    told = [video if value == _ANY else value for value in unsettling]
    values = (*asked.values, RENEWED_AFTER, *told, *asked.values, asked.name)
    [row] = planned.rows(connections[replicas.current()], values)
    return _Known._make(row)


@lru_cache(maxsize=512)
def _statement(sql: str, size: int, video: int | None) -> tuple[Planned, tuple[Data, ...]]:
    """What reads a tally with all that has to be counted, and what it asks of later records. The
    question has ``size`` values."""
    told = _NONE
    values: tuple[Data, ...] = ()
    if (unsettling := _unsettling(sql, video)) is not _NOTHING:
        records = ActivityRecord.objects.filter(unsettling)
        told, values = records.values("pk").query.sql_with_params()
    statement = _KNOWN.format(all=sql, unsettling=_among(told, _LATER), came=_among(sql, _LATER))
    asked = enumerate(values, size + 1)
    constants = {place: value for place, value in asked if value != _ANY}
    return Planned(statement, one_plan=False, constants=constants), tuple(values)


def _among(sql: str, some: str) -> str:
    """A question about some of the records, which are called by the table's name."""
    return sql.replace(f'FROM "{_RECORDS}"', f"FROM {some}", 1)


def _unsettling(sql: str, video: int | None) -> Q:
    """What tells of a change to the past. Where neither drafts nor the videos and teams of records
    are asked about, there is none but for the records of one video."""
    about = Q() if video is None else Q(video=video)
    if '"draft"' not in sql and " JOIN " not in sql:
        if '"video_id"' not in sql:
            return _NOTHING
        # A video's records come to another one, into which it is merged.
        return Q(type=ActivityType.VIDEO_MERGED) & about
    # What was public all the time is published without any change to what was before.
    settled = Q(type=ActivityType.SUBTITLES_PUBLISHED, data__revealed=False)
    drafts_again = Q(type=ActivityType.SUBTITLES_DELETED, data__hidden=True)
    spoken = _SPOKEN_OTHERWISE if _SPOKEN in sql else _NOTHING
    return (one_of(UNSETTLING) & ~settled | drafts_again | spoken) & about


def _holds(upto: int, unsettling: Q) -> bool:
    if unsettling is _NOTHING:
        return True
    return not ActivityRecord.objects.filter(unsettling, pk__gt=upto).exists()


def _counted(
    found: QuerySet[ActivityRecord],
    question: str,
    known: _Known = _UNKNOWN,
    unsettling: Q = _NOTHING,
) -> Count:
    """Count all, or what came after what is known if nothing unsettling did, and keep that."""
    # What is counted and the record up to which it is counted must be of the same database.
    replicas.leave()
    found = found.using(DEFAULT_DB_ALIAS)
    upto = _last()
    # After `_last`: whatever changes the past from then on is recorded behind it.
    if known.upto and not _holds(known.upto, unsettling):
        known = _UNKNOWN
    after, number, _ = known
    if upto is None:
        return Count(number + found.filter(pk__gt=after).count())
    older, now = number + found.filter(pk__gt=after, pk__lte=upto).count(), timezone.now()
    Tally.objects.filter(made__lt=now - KEPT).delete()
    kept = Tally.objects.filter(question=question, upto=after).first() if after else None
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

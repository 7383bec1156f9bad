"""Counting a list once, remembering that, and adding up the notes that have come since."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from amara_api.kernel import replicas
from amara_api.kernel.nested import COUNT
from teams.long_lists.bounds import Bounds, key_of
from teams.long_lists.statements import change_of, places, rows_of, sql_of
from teams.long_lists.things import (
    BY_NAME,
    FIRST,
    IDS,
    NOTES,
    Question,
    Thing,
    digest_of,
    everything_of,
    notes_of,
)
from teams.models import ListNote, LongList
from videos.counts import impatient

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

log = logging.getLogger(__name__)

# Rows from one bound to the next, unless that makes too many bounds.
STEP = 50
MOST_BOUNDS = 200
# So many may come behind one bound before all bounds are made anew, or twice the step.
GROWN = 4_000
# Notes that the worker leaves lying, and that whoever reads a list does.
FEW, MANY = 20, 1_000
# More notes are not added up: all lists of the table are forgotten, and counted when asked for.
TOO_MANY = 5_000
KEPT = timedelta(days=1)
# Lists of one table. The oldest are forgotten first.
MOST_LISTS = 400
# Whoever makes lists or takes notes away holds this lock of PostgreSQL. The number means nothing.
LOCK = 30_001_119


def quietly(act: Callable[[], bool]) -> bool:
    """For whoever has just read a long list: waits for nobody, and fails nothing."""
    # What is kept is for all who read any database, so it is made of the one that misses nothing.
    replicas.leave()
    try:
        with impatient(), transaction.atomic():
            return act()
    except DatabaseError:
        log.info("A long list was left for later", exc_info=True)
        return False


def _alone() -> bool:
    """Whether nobody else makes lists or takes notes away until the end of the transaction."""
    if connection.vendor != "postgresql":
        return True  # a transaction of SQLite is
    return bool(rows_of("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])[0][0])


def keep(thing: Thing, question: Question, column: str = "", most: int = 0) -> bool:
    """Count a list and remember that, in a transaction; with a ``column`` also bounds in its order,
    of about ``most`` rows.

    One statement, so that it sees a row exactly if it sees the note of it.
    """
    if not _alone():
        return False
    digest = digest_of(thing, question)
    if LongList.objects.filter(digest=digest, ordering=column).exists():
        return True
    _forget_old(thing)
    everything = everything_of(thing, question)
    bounds, first = "", None
    if column:
        kept = _numbered(thing, everything, question, column, max(STEP, most // MOST_BOUNDS))
        n, bounds = kept.valued.total + kept.empty.total, kept.written()
    else:
        rows, given = sql_of(everything.values_list(COUNT))
        lowest, given_first = sql_of(everything.values_list(FIRST))
        changes, given_notes = change_of(thing, question)
        [(n, first)] = rows_of(
            f"SELECT ({rows}) - ({changes}), ({lowest})", (*given, *given_notes, *given_first)
        )
    LongList.objects.create(
        thing=thing.name,
        digest=digest,
        question=question,
        ordering=column,
        n=int(str(n)),
        bounds=bounds,
        first=first,
        made=timezone.now(),
    )
    return True


def _forget_old(thing: Thing) -> None:
    lists = LongList.objects.filter(thing=thing.name)
    lists.filter(made__lt=timezone.now() - KEPT).delete()
    kept = list(lists.order_by("-made").values_list("pk", flat=True)[: MOST_LISTS - 1])
    if len(kept) == MOST_LISTS - 1:
        lists.exclude(pk__in=kept).delete()


def _numbered(
    thing: Thing, everything: QuerySet[Model], question: Question, column: str, step: int
) -> Bounds:
    """Bounds, so and so many rows apart, each with what is there but for what notes say of it."""
    key, by, parted = column, f"{column}, id", f"{column} IS NULL"
    if column == IDS:
        key, by = "0", "id"
    if column == IDS or not thing.model._meta.get_field(column).null:
        parted = "1 = 0"  # so that an index has the order
    rows, given = sql_of(everything.values_list(*places(column, "id")))
    changes, given_notes = sql_of(
        notes_of(thing, question).values_list(*places(column, "row_id"), "sign")
    )
    found = rows_of(
        f"SELECT {key}, id, 0, number, total FROM (SELECT {by}, "
        f"ROW_NUMBER() OVER (PARTITION BY {parted} ORDER BY {by}) - 1 AS number, "
        f"COUNT(*) OVER (PARTITION BY {parted}) AS total FROM ({rows}) AS listed) AS numbered "
        f"WHERE number %% {step} = 0 "
        f"UNION ALL SELECT {key}, row_id, sign, -1, 0 FROM ({changes}) AS changes",
        (*given, *given_notes),
    )
    ordered = sorted(
        (
            (
                0 if key is None else key_of(key),
                int(str(row)),
                key is None,
                min(step, total - number),
            )
            for key, row, _, number, total in found
            if number >= 0
        ),
        key=lambda bound: (bound[2], *bound[:2]),
    )
    bounds = Bounds.of(column, ((None if empty else at, row, n) for at, row, empty, n in ordered))
    for value, row, sign, number, _ in found:
        if number < 0:
            bounds.add(key_of(value), int(str(row)), -int(str(sign)))
    return bounds


def tidy_some() -> int:
    """Add up the notes of tables that have some. How many tables that were; to be called again
    where it is not 0."""
    rows = rows_of(f"SELECT thing FROM {NOTES} GROUP BY thing HAVING COUNT(*) > {FEW}")
    done = 0
    for (name,) in rows:
        with transaction.atomic():
            done += tidy(BY_NAME[str(name)])
    return done


def tidy(thing: Thing) -> bool:
    """Add the notes of a table up into its lists, and take them away, in a transaction. Whether
    that was done: it is not while somebody else does, nor where there are none."""
    if not _alone():
        return False
    lists = LongList.objects.filter(thing=thing.name)
    lists.filter(made__lt=timezone.now() - KEPT).delete()
    known = list(lists)
    noted = ListNote.objects.filter(thing=thing.name)
    notes = set(noted.order_by("pk").values_list("pk", flat=True)[: TOO_MANY + 1])
    if len(notes) > TOO_MANY:
        # No list is left that a note could be missed in.
        lists.delete()
        noted.delete()
        return True
    for kept in known:
        _add_up(thing, kept, notes)
    # Those that were seen: others may have come since.
    ordered = sorted(notes)
    for start in range(0, len(ordered), 500):
        ListNote.objects.filter(pk__in=ordered[start : start + 500]).delete()
    return bool(notes)


def _add_up(thing: Thing, kept: LongList, notes: set[int]) -> None:
    columns = (
        "pk",
        "row_id",
        "sign",
        *([kept.ordering] if kept.ordering not in ("", IDS) else []),
    )
    changes = [
        change
        for change in notes_of(thing, kept.question).values_list(*columns)
        if change[0] in notes
    ]
    if not changes:
        return
    kept.n += sum(sign for _, _, sign, *_ in changes)
    come = [row for _, row, sign, *_ in changes if sign > 0]
    if kept.first is not None and come:
        kept.first = min(kept.first, *come)
    if kept.ordering:
        bounds = Bounds.read(kept.ordering, kept.bounds)
        for _, row, sign, *value in changes:
            bounds.add(key_of(value[0]) if value else None, row, sign)
        grown = max(GROWN, 2 * kept.n // MOST_BOUNDS)
        if max(*bounds.valued.numbers, *bounds.empty.numbers) > grown:
            # Made anew by the next who asks for such a page.
            kept.delete()
            return
        kept.bounds = bounds.written()
    kept.save(update_fields=["n", "bounds", "first"])

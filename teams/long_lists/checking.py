"""Whether what is remembered is right, for `manage.py doctor --deep`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from teams.long_lists.bounds import Bounds, key_of
from teams.long_lists.statements import null_of, places, rows_of, sql_of
from teams.long_lists.things import BY_NAME, IDS, LISTS, Thing, everything_of, notes_of
from teams.long_lists.triggers import missing
from teams.models import LongList


def without_triggers() -> list[str]:
    return missing(connection)


def wrong() -> Iterator[tuple[str, int, int]]:
    """(list, rows that it has, rows that it says) where these differ, in all or between bounds."""
    for kept in LongList.objects.order_by("pk").iterator():
        thing = BY_NAME[kept.thing]
        name = f"{kept.thing} {kept.digest[:8]} {kept.ordering}".strip()
        for number, said in _held(thing, kept):
            if number != said:
                yield name, number, said
                break


def _held(thing: Thing, kept: LongList) -> list[tuple[int, int]]:
    """What is there but for notes, and what is said: of the whole, and of each bound."""
    column = kept.ordering or IDS
    everything = everything_of(thing, kept.question)
    rows, given = sql_of(everything.values_list(*places(column, "id")))
    changes, given_notes = sql_of(
        notes_of(thing, kept.question).values_list(*places(column, "row_id"), "sign")
    )
    key = null_of(column) if column == IDS else column
    found = rows_of(
        f"SELECT n, bounds, {null_of(column)}, 0, 0 FROM {LISTS} WHERE id = %s UNION ALL "
        f"SELECT 0, '', {key}, id, 1 FROM ({rows}) AS listed UNION ALL "
        f"SELECT 0, '', {key}, row_id, -sign FROM ({changes}) AS changes",
        (kept.pk, *given, *given_notes),
    )
    said = [(int(str(n)), str(bounds)) for n, bounds, _, row, _ in found if row == 0]
    if not said:
        return []  # forgotten meanwhile
    counted = [
        (value, int(str(row)), int(str(number))) for _, _, value, row, number in found if row
    ]
    held = [(sum(number for *_, number in counted), said[0][0])]
    if kept.ordering:
        bounds, real = (Bounds.read(column, said[0][1]) for _ in range(2))
        real.valued.numbers = [0] * len(real.valued.numbers)
        real.empty.numbers = [0] * len(real.empty.numbers)
        for value, row, number in counted:
            real.add(key_of(value), row, number)
        held += zip(real.valued.numbers, bounds.valued.numbers, strict=True)
        held += zip(real.empty.numbers, bounds.empty.numbers, strict=True)
    return held

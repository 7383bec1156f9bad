"""Writes the record of administrative changes, and keeps secrets out of it.

A value is what a column holds, as JSON; of another row its name and number. Secrets are only told
to be there, urls lose what may be one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import models

from amara_api.kernel.models import AdministrativeChange
from amara_api.kernel.redaction import plain
from amara_api.kernel.standing import ask_caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from amara_api.kernel.shapes import Data

    Column = models.Field[Data, Data]

State = dict[str, "Data"]
What = AdministrativeChange.What

_SECRET = re.compile(
    r"password(?!_by)|seal|secret|digest|token|pepper|headers|cookie|session|fingerprint"
)
HIDDEN = "(not recorded)"
_LONGEST = 1000


def write(
    what: AdministrativeChange.What,
    *,
    actor: str,
    actor_number: int | None = None,
    address: str = "",
    via: str,
    message: str = "",
    kind: str = "",
    thing_key: object = "",
    thing: str = "",
    before: State | None = None,
    after: State | None = None,
) -> AdministrativeChange:
    """One line of the record. Of ``before`` and ``after`` only what differs is kept."""
    ask_caller()
    was, now = _different(before or {}, after or {})
    return AdministrativeChange.objects.create(
        what=what,
        actor=actor[:150],
        actor_number=actor_number,
        address=address,
        via=via[:64],
        message=_readable(message)[:255],
        kind=kind,
        thing_key=str(thing_key)[:64],
        thing=_readable(plain(thing))[:200],
        before=was,
        after=now,
    )


def state_of(thing: models.Model, *, bare_urls: bool = False) -> State:
    """What the row and its lists hold now, as stored. ``bare_urls`` keeps of urls the host only:
    for those that are a secret by themselves."""
    stored = type(thing)._default_manager.filter(pk=thing.pk).first()
    if stored is None:
        return {}
    state: State = {}
    for column in stored._meta.concrete_fields:
        if not isinstance(column, models.BinaryField):
            state[column.name] = _value(stored, column, bare_urls)
    for many in stored._meta.many_to_many:
        names = sorted(f"{each} ({each.pk})" for each in getattr(stored, many.name).all())
        state[many.name] = list(names)
    return state


def _value(thing: models.Model, column: Column, bare_urls: bool) -> Data:
    raw = getattr(thing, column.attname)
    if raw in (None, "", [], {}):
        return raw
    if _SECRET.search(column.name):
        # That it has changed can still be told, not from what to what.
        return Hidden(repr(raw))
    if isinstance(column, models.ForeignKey):
        other = getattr(thing, column.name)
        return f"{plain(str(other), bare_urls)} ({raw})"
    if isinstance(raw, bool | int | float):
        return raw
    if isinstance(column, models.JSONField):
        return _readable(plain(json.dumps(raw, ensure_ascii=False), bare_urls))
    return _readable(plain(column.value_to_string(thing), bare_urls))


@dataclass(frozen=True)
class Hidden:
    """A secret: compared with another by what it is, and written as nothing but its presence."""

    what: str = field(repr=False)


def _readable(text: str) -> str:
    """No longer than people read, and nothing that a database cannot hold."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"


def _different(before: Mapping[str, Data], after: Mapping[str, Data]) -> tuple[State, State]:
    """Of two states what is not the same, of lists the members; of one that is alone, what is
    not empty."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not before or not after:
        names = [name for name in names if before.get(name) or after.get(name)]
    return (
        {name: _written(_but(before[name], after.get(name))) for name in names if name in before},
        {name: _written(_but(after[name], before.get(name))) for name in names if name in after},
    )


def _but(value: Data, other: Data) -> Data:
    if isinstance(value, list) and isinstance(other, list):
        return [each for each in value if each not in other]
    return value


def _written(value: Data) -> Data:
    if isinstance(value, list):
        return [_written(each) for each in value]
    if isinstance(value, dict):
        return {name: _written(each) for name, each in value.items()}
    return HIDDEN if isinstance(value, Hidden) else value


def changes_of(kind: str, thing_key: object) -> models.QuerySet[AdministrativeChange]:
    """What was done to one thing, the newest first."""
    found = AdministrativeChange.objects.filter(kind=kind, thing_key=str(thing_key))
    return found.order_by("-pk")


def kind_of(model: type[models.Model] | models.Model) -> str:
    return str(model._meta.label_lower)


def actor_of(request: HttpRequest) -> tuple[str, int | None]:
    return request.user.get_username(), request.user.pk

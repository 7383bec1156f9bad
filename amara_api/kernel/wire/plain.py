"""What the writers make of values that are not plain: times, decimals, ids, text subclasses.

`plain(value)` takes one step towards the plain types and leaves what is inside a container alone.
A layer above teaches it more types with ``plain.register`` (lazy translations are Django's).
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import uuid
from collections.abc import Iterable, Iterator, Mapping

import orjson

Plain = str | int | float | bool | None | dict[object, object] | list[object]

PLAIN_TYPES = frozenset((str, int, float, bool, type(None), dict, list))

# Deeper than any tree that passed the readers; a tree that goes on is one that holds itself.
MAX_DEPTH = 200


@functools.singledispatch
def plain(value: object) -> Plain:
    """A str, int, float, bool, None, dict or list that stands for `value`; TypeError if none."""
    # Not registered: an abstract class would win over the concrete base of a lazy text, which
    # has all the methods of a string and so counts as iterable.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"no wire form for {type(value).__name__}")


@plain.register
def _(value: str) -> Plain:
    # str() would call an override: SafeString returns itself, an Enum member its qualified name.
    return str.__str__(value)


@plain.register
def _(value: int) -> Plain:
    return value if isinstance(value, bool) else int(value)


@plain.register
def _(value: float) -> Plain:
    return float(value)


@plain.register
def _(value: None) -> Plain:
    return None


@plain.register
def _(value: bytes) -> Plain:
    return value.decode("utf-8", "replace")


@plain.register
def _(value: datetime.datetime) -> Plain:
    """``2016-01-31T12:00:00Z``: UTC, whole seconds. A time without a zone is taken as UTC."""
    if value.tzinfo is not None:
        value = value.astimezone(datetime.UTC)
    return value.replace(tzinfo=None, microsecond=0).isoformat() + "Z"


@plain.register
def _(value: datetime.date) -> Plain:
    return value.isoformat()


@plain.register
def _(value: datetime.time) -> Plain:
    return value.isoformat()


@plain.register
def _(value: datetime.timedelta) -> Plain:
    return str(value.total_seconds())


@plain.register
def _(value: decimal.Decimal) -> Plain:
    return str(value)


@plain.register
def _(value: uuid.UUID) -> Plain:
    return str(value)


@plain.register
def _(value: enum.Enum) -> Plain:
    inner = value.value
    return inner if type(inner) in (str, int, float, bool) else plain(inner)


@plain.register
def _(value: orjson.Fragment) -> Plain:
    """JSON made beforehand, for a writer of another format: read back."""
    inner: Plain = orjson.loads(orjson.dumps(value))
    return inner


class Unread:
    """A long JSON array of objects, read a few at a time by whoever writes it in another format.

    It must be compact, and no object in it may hold a list of objects.
    """

    _AT_ONCE = 500
    # Within a text the quotation mark would have a backslash before it.
    _BETWEEN = b'},{"'

    def __init__(self, array: bytes) -> None:
        self._objects = array[1:-1].split(self._BETWEEN) if len(array) > 2 else []

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[object]:
        for start in range(0, len(self), self._AT_ONCE):
            some = self._BETWEEN.join(self._objects[start : start + self._AT_ONCE])
            head = b"" if start == 0 else b'{"'
            tail = b"" if start + self._AT_ONCE >= len(self) else b"}"
            yield from orjson.loads(b"[" + head + some + tail + b"]")


def key_text(key: object) -> str:
    """A mapping's key as text. Numbers and the like are written as JSON would write them."""
    if type(key) is str:
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    value = plain(key)
    return value if isinstance(value, str) else str(value)


def too_deep() -> TypeError:
    """The error for a tree that does not end."""
    return TypeError(f"no wire form for a value nested more than {MAX_DEPTH} levels deep")

"""JSON, by orjson."""

from __future__ import annotations

import itertools
import re
from contextlib import suppress

import orjson

from amara_api.kernel.wire import limits
from amara_api.kernel.wire.charset import decode
from amara_api.kernel.wire.errors import WireError
from amara_api.kernel.wire.plain import MAX_DEPTH, Plain, key_text, plain, too_deep

_FORMAT = "JSON"
# The marks that begin a value, and whole strings, so that what they hold is not counted.
# Possessive, so that a string without an end costs one pass and not one from every quote.
_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([,\[{])', re.DOTALL)
# orjson's words that say what it does and not what is wrong.
_PROBLEMS = {
    "depth limit exceeded": limits.TOO_DEEP,
    "number is infinity when parsed as double": limits.OUT_OF_RANGE,
    "Input is a zero-length, empty document": "the body is empty",
    "no low surrogate in string": limits.SURROGATE,
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_BEGINNINGS = (b"{", b"[")
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def loads(data: bytes, *, charset: str | None = None) -> object:
    """The value of a JSON document: dict, list, str, int, float, bool or None.

    Of duplicate keys the last wins. NaN, the infinities, and numbers beyond 64 bits are refused.
    """
    if data[:1] in _BEGINNINGS and (charset or "utf-8").lower() == "utf-8":
        # It need not become text first. If that fails, what follows says what is wrong.
        with suppress(orjson.JSONDecodeError):
            return _value(data)
    text = decode(data, charset, _FORMAT)
    # What is in ASCII need not be there twice.
    raw = data if len(text) == len(data) and text.isascii() else text.encode()
    try:
        return _value(raw)
    except orjson.JSONDecodeError as error:
        problem = _PROBLEMS.get(error.msg, error.msg)
        raise WireError(_FORMAT, problem, line=error.lineno, column=error.colno) from None


def _value(raw: bytes) -> object:
    if _too_many(raw):
        raise WireError(_FORMAT, limits.TOO_MANY)
    value: object = orjson.loads(raw)
    # No control character and no half of a surrogate pair has come through, but for one escape.
    limits.check(value, _FORMAT, texts_are_sound=b"\\u0000" not in raw)
    return value


def _too_many(raw: bytes) -> bool:
    """Whether `raw` has more values than allowed. Before parsing: 10 MB of `[],` become 300."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") <= limits.MAX_NODES:
        return False
    marks = (match for match in _MARKS.finditer(raw) if match.lastindex)
    return next(itertools.islice(marks, limits.MAX_NODES, None), None) is not None


def dumps(obj: object, *, indent: bool = False, newline: bool = False) -> bytes:
    """`obj` as JSON. Half surrogate pairs become U+FFFD; floats that are no numbers, null."""
    options = _OPTIONS
    if indent:
        options |= orjson.OPT_INDENT_2
    if newline:
        options |= orjson.OPT_APPEND_NEWLINE
    try:
        return orjson.dumps(obj, default=plain, option=options)
    except TypeError:
        # Keys that are not exactly str, halves of surrogate pairs, integers beyond 64 bits: all
        # rare, so the plain path above does not pay for them.
        return orjson.dumps(_rebuild(obj, 0), option=options)


def _rebuild(obj: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise too_deep()
    if isinstance(obj, orjson.Fragment):
        return obj
    value: Plain = plain(obj)
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {
            _SURROGATE.sub("\ufffd", key_text(key)): _rebuild(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_rebuild(item, depth + 1) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(str(value))
    return value

"""YAML, read by a small schema of our own and written so that every reader agrees.

YAML 1.1 turns the language code ``no`` into false, ``12:30:45`` into 45045 and ``007`` into 7.
Here a plain scalar is something other than text only if it is null, ``true``/``false`` (also
capitalised or in capitals), or a number in the one way that number is written; everything else is
the text that was typed. The documents are the part of YAML that JSON could say: anchors, aliases,
tags, merge keys and second documents are refused.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Protocol

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import limits
from amara_api.kernel.wire.charset import decode
from amara_api.kernel.wire.errors import WireError
from amara_api.kernel.wire.plain import MAX_DEPTH, PLAIN_TYPES, Unread, key_text, plain, too_deep

_FORMAT = "YAML"
_Container = list[object] | dict[str, object]


class _Events(Protocol):
    def get_event(self) -> Data:
        """An event of any class; who has looked which knows its members."""

    def dispose(self) -> None: ...


# --- reading ---------------------------------------------------------------------------------

# libyaml where PyYAML was built with it: ten times as fast. Only its events are used.
_Parser: Callable[[str], _Events] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")


def loads(data: bytes, *, charset: str | None = None) -> object:
    """The value of a YAML document: dict, list, str, int, float, bool or None.

    Keys are always text, as typed. Of duplicate keys the last wins.
    """
    text = decode(data, charset, _FORMAT)
    try:
        return _build(_Parser(text))
    except ReaderError:
        # Its own message repeats the character.
        raise WireError(_FORMAT, "control characters are not allowed") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise WireError(
            _FORMAT,
            error.problem or "the document cannot be read",
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, WireError):
            raise
        # The pure Python scanner lets a few of these through, for absurd escapes and versions.
        raise WireError(_FORMAT, "the document cannot be read") from None


def _build(parser: _Events) -> object:
    """Drive the parser event by event; containers wait on a stack, so depth costs nothing."""
    next_event = parser.get_event
    result: object = None
    documents = nodes = 0
    # The containers being filled, and for each the key that waits for its value.
    stack: list[tuple[_Container | None, str | None]] = []
    container: _Container | None = None
    key: str | None = None

    def fail(problem: str) -> WireError:
        mark = event.start_mark
        return WireError(_FORMAT, problem, line=mark.line + 1, column=mark.column + 1)

    try:
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                if event.anchor is not None or event.tag is not None:
                    raise fail("anchors and tags are not allowed")
                nodes += 1
                value: object = event.value
                if problem := limits.text_problem(event.value):
                    raise fail(problem)
                plain_style = event.implicit[0]
                if type(container) is dict and key is None:
                    if plain_style and event.value == "<<":
                        raise fail("merge keys are not allowed")
                    key = event.value
                    continue
                if plain_style:
                    value = _scalar(event.value)
                    if isinstance(value, (int, float)) and (
                        problem := limits.number_problem(value)
                    ):
                        raise fail(problem)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if event.anchor is not None or event.tag is not None:
                    raise fail("anchors and tags are not allowed")
                if type(container) is dict and key is None:
                    raise fail("a key must be text")
                if len(stack) >= limits.MAX_DEPTH:
                    raise fail(limits.TOO_DEEP)
                nodes += 1
                opened: list[object] | dict[str, object] = {} if kind is MappingStartEvent else []
                stack.append((container, key))
                container, key = opened, None
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = container
                container, key = stack.pop()
            elif kind is AliasEvent:
                raise fail("anchors and aliases are not allowed")
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise fail("only one document is allowed")
                if event.tags:
                    raise fail("tag directives are not allowed")
                continue
            elif kind is StreamEndEvent:
                return result
            else:
                continue

            if nodes > limits.MAX_NODES:
                raise fail(limits.TOO_MANY)
            if container is None:
                result = value
            elif isinstance(container, list):
                container.append(value)
            elif key is not None:
                container[key] = value
                key = None
    finally:
        parser.dispose()


def _scalar(text: str) -> object:
    """What a plain scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    if _INT.fullmatch(text):
        # Anything longer is out of range anyway, and int() is slow or refuses it.
        return int(text) if len(text) <= 20 else float("inf")
    if match := _FLOAT.fullmatch(text):
        number = float(text)
        # `1.10` may be a version or a title: a number only if it reads back as typed.
        if match[1] or repr(number) == text:
            return number
    return text


# --- writing ---------------------------------------------------------------------------------

# Written here and not by PyYAML's dumper, whose node graph takes ten times as long and whose pure
# Python form, seventy times. Block style, keys in their order, text plain where no YAML reader
# can take it for anything else, and otherwise in double quotes with JSON's escapes.

_PLAIN = re.compile(r"[^\W\d](?:[\w./()+@;=&$%!?'-]++|[ ,](?=[\w(])|:(?=[\w/]))*+")
_WORDS_OF_ANY_VERSION = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
# Legal in JSON strings, but line breaks or unprintable to YAML.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LONGEST_SIMPLE_KEY = 120


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


_WRITTEN = PLAIN_TYPES | {Unread}


def dumps(obj: object) -> bytes:
    """`obj` as one YAML document in UTF-8. Half surrogate pairs become U+FFFD."""
    out: list[str] = []
    _write(obj, out.append, "", "\n", 0)
    return ("".join(out) + "\n").encode()


def _write(
    value: object, out: Callable[[str], None], before: str, newline: str, depth: int
) -> None:
    """Write `value`, with `before` in front of its first line and `newline` of each other.

    `newline` is a line break and the indent of the entries of `value`, should it have any.
    """
    if type(value) not in _WRITTEN:
        value = plain(value)
    if isinstance(value, dict) and value:
        if depth > MAX_DEPTH:
            raise too_deep()
        inner = newline + "  "
        for key, item in value.items():
            out(before)
            out(_key(key if type(key) is str else key_text(key), newline))
            if type(item) not in _WRITTEN:
                item = plain(item)
            if type(item) is str:
                out(" ")
                out(_text(item))
            elif isinstance(item, dict) and item:
                _write(item, out, inner, inner, depth + 1)
            elif isinstance(item, list | Unread) and item:
                # A list needs no indent of its own under a key: its dashes are one.
                _write(item, out, newline, newline, depth + 1)
            else:
                _write(item, out, " ", inner, depth + 1)
            before = newline
    elif isinstance(value, list | Unread) and value:
        if depth > MAX_DEPTH:
            raise too_deep()
        inner = newline + "  "
        for item in value:
            out(before)
            out("-")
            # Entries start on the line of the dash: `- code: en`.
            _write(item, out, " ", inner, depth + 1)
            before = newline
    else:
        out(before)
        out(_scalar_text(value))


def _scalar_text(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, list | Unread) else str(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_ANY_VERSION:
        return text
    return _UNPRINTABLE.sub(_escape, encode_basestring(text))


@functools.lru_cache(maxsize=1024)
def _key(key: str, newline: str) -> str:
    text = _text(key)
    # Readers look a limited way ahead for the colon of a key.
    return f"{text}:" if len(text) <= _LONGEST_SIMPLE_KEY else f"? {text}{newline}:"


def _float(number: float) -> str:
    if not math.isfinite(number):
        return "null"
    text = repr(number)
    # YAML 1.1 takes 1e+16 for text; the dot makes it a number.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text

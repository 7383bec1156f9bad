"""XML, in the layout the 2016 API used.

The root element is ``root``; a mapping is a run of elements named after its keys; a list is a run
of ``list-item``; null is an empty element; booleans are ``True`` and ``False``. Where a key is no
element name (``10x10``, ``a b``, ``<x>``), the element is ``<item key="...">``.

XML has no types, so everything read is text, exactly as typed: ``007``, ``no`` and ``12:30:45``
are strings, and the serializer of a field says what they mean.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.sax import SAXParseException  # nosec B406 # the exception alone

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from amara_api.kernel.wire import limits
from amara_api.kernel.wire.charset import codec, decode
from amara_api.kernel.wire.errors import WireError
from amara_api.kernel.wire.plain import MAX_DEPTH, PLAIN_TYPES, Unread, key_text, plain, too_deep

if TYPE_CHECKING:
    from pyexpat import XMLParserType


_FORMAT = "XML"
_LIST_ITEM = "list-item"
_KEYED = "item"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'

# --- reading ---------------------------------------------------------------------------------

_DECLARED = re.compile(r"<\?xml\s[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)[\"']")
_ASCII_DECLARED = re.compile(_DECLARED.pattern.encode())


def loads(data: bytes, *, charset: str | None = None) -> object:
    """The root element's value: str, None, dict or list, and text at every leaf.

    An element whose first child is ``list-item`` is a list, one with other children a dict, one
    without children its text, kept to the last blank. ``nil="true"`` (``xsi:nil`` too) is None. Of
    duplicate elements the last wins; of names with a namespace the local part counts. An empty
    root is an empty dict. A DOCTYPE of any kind is refused, and entities with it.
    """
    text = _decode(data, charset)
    reader = _Reader()
    try:
        # Text and not bytes: expat then ignores the declared encoding, which was dealt with.
        reader.feed(text, isFinal=True)
    except SAXParseException as error:
        column = error.getColumnNumber()
        raise WireError(
            _FORMAT,
            error.getMessage(),
            line=error.getLineNumber(),
            column=None if column is None else column + 1,
        ) from None
    except DefusedXmlException:
        raise WireError(_FORMAT, "a DOCTYPE is not allowed") from None
    finally:
        reader.release()
    if isinstance(reader.result, str) and not reader.result.strip():
        return {}
    return reader.result


def _decode(data: bytes, charset: str | None) -> str:
    text = None
    if charset is None and (
        match := _ASCII_DECLARED.match(data[:200].removeprefix(b"\xef\xbb\xbf"))
    ):
        charset = codec(match[1].decode("ascii", "replace"), _FORMAT)
        if charset.startswith("utf-16"):
            # The declaration was legible as ASCII, which UTF-16 is not.
            raise WireError(_FORMAT, "the declared encoding is not the encoding of the body")
    text = decode(data, charset, _FORMAT)
    if match_ := _DECLARED.match(text[:200]):
        codec(match_[1], _FORMAT)
    return text


class _Element:
    __slots__ = ("children", "key", "nil", "text")

    def __init__(self, key: str, nil: bool) -> None:
        self.key = key
        self.nil = nil
        self.text: list[str] = []
        self.children: dict[str, object] | list[object] | None = None


class _Reader(DefusedExpatParser):
    """Builds the value while expat reads, on a stack of its own, so that depth costs nothing.

    Of the parser of defusedxml it takes the refusals; the element handlers are put directly on
    expat, past SAX's attribute objects, which halves the time.
    """

    _parser: XMLParserType | None

    def __init__(self) -> None:
        super().__init__(forbid_dtd=True)
        self.result: object = None
        self._stack: list[_Element] = []
        self._nodes = 0

    def reset(self) -> None:
        super().reset()
        expat = self._parser
        assert expat is not None
        expat.buffer_text = True
        expat.StartElementHandler = self._start
        expat.EndElementHandler = self._end
        expat.CharacterDataHandler = self._characters

    def release(self) -> None:
        """Break the cycle between the parser and its handlers, so that nothing waits for gc."""
        self._parser = None

    def _fail(self, problem: str) -> WireError:
        expat = self._parser
        assert expat is not None
        return WireError(
            _FORMAT,
            problem,
            line=expat.CurrentLineNumber,
            column=expat.CurrentColumnNumber + 1,
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        if self._nodes > limits.MAX_NODES:
            raise self._fail(limits.TOO_MANY)
        # The root and the leaf inside the deepest container are elements too, hence the one more.
        if len(self._stack) > limits.MAX_DEPTH:
            raise self._fail(limits.TOO_DEEP)
        local = name.rpartition(":")[2]
        if self._stack:
            parent = self._stack[-1]
            if parent.children is None:
                parent.children = [] if local == _LIST_ITEM else {}
        key, nil = local, False
        for attribute, value in attributes.items():
            if attribute == "key" and local == _KEYED:
                key = value
            elif attribute.rpartition(":")[2] == "nil":
                nil = value.strip() in ("true", "1")
        self._stack.append(_Element(key, nil))

    def _characters(self, text: str) -> None:
        self._stack[-1].text.append(text)

    def _end(self, _name: str) -> None:
        element = self._stack.pop()
        text = "".join(element.text)
        value: object
        if element.children is None:
            value = text
        elif text.strip():
            # Dropping what somebody wrote is worse than refusing it.
            raise self._fail("text beside elements")
        else:
            value = element.children
        if element.nil:
            value = None
        if not self._stack:
            self.result = value
            return
        siblings = self._stack[-1].children
        if isinstance(siblings, list):
            siblings.append(value)
        elif siblings is not None:
            siblings[element.key] = value


# --- writing ---------------------------------------------------------------------------------

# ASCII only. More would be legal, but `<item key="...">` serves the rest and cannot go wrong.
_NAME = re.compile(r"(?!xml)[A-Za-z_][A-Za-z0-9_.\-]*", re.IGNORECASE)
# What cannot stand for itself: markup, the carriage return (readers make it a newline), and the
# characters XML 1.0 cannot carry in any form.
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL_IN_KEY = re.compile('[&<>"\t\n\r\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}


def _reference(match: re.Match[str]) -> str:
    return _REFERENCES.get(match[0], "\ufffd")


_WRITTEN = PLAIN_TYPES | {Unread}


def dumps(obj: object) -> bytes:
    """`obj` as an XML document in UTF-8, always well-formed.

    Characters that XML cannot hold become U+FFFD. `loads` gives the same value back, with every
    scalar as text and null, ``[]`` and ``{}`` as an empty string.
    """
    out: list[str] = [_HEAD, "<root>"]
    _write(obj, out.append, 0)
    out.append("</root>")
    return "".join(out).encode()


def _write(value: object, out: Callable[[str], None], depth: int) -> None:
    if type(value) not in _WRITTEN:
        value = plain(value)
    if isinstance(value, str):
        out(_SPECIAL.sub(_reference, value) if _SPECIAL.search(value) else value)
    elif isinstance(value, dict):
        if depth > MAX_DEPTH:
            raise too_deep()
        first = True
        for key, item in value.items():
            start, end = _tags(key if type(key) is str else key_text(key), first)
            out(start)
            _write(item, out, depth + 1)
            out(end)
            first = False
    elif isinstance(value, list | Unread):
        if depth > MAX_DEPTH:
            raise too_deep()
        for item in value:
            out("<list-item>")
            _write(item, out, depth + 1)
            out("</list-item>")
    elif isinstance(value, float):
        # What is no number is written as null, as in JSON.
        out(repr(value) if math.isfinite(value) else "")
    elif value is not None:
        out(str(value))


@functools.lru_cache(maxsize=1024)
def _tags(key: str, first: bool) -> tuple[str, str]:
    # A first child called list-item would make the mapping a list to readers.
    if _NAME.fullmatch(key) and not (first and key == _LIST_ITEM):
        return f"<{key}>", f"</{key}>"
    return f'<item key="{_SPECIAL_IN_KEY.sub(_reference, key)}">', "</item>"

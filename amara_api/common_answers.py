"""What every route may answer beside what it is for: the OpenAPI description has each once, as a
component, and each operation names those that it can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rest_framework.permissions import SAFE_METHODS

from amara_api.kernel.rest.renderers import WIRE
from amara_api.kernel.rest.repeats import REPLAYED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amara_api.kernel.shapes import Data

_TEXTS = {"type": "array", "items": {"type": "string"}}
# The bodies of errors, see `kernel.rest.exceptions` and `kernel.errors.InvalidInput`.
SCHEMAS: dict[str, Data] = {
    "Detail": {
        "type": "object",
        "description": "What is wrong, in a sentence.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    "ErrorsByField": {
        "type": "object",
        "description": "Messages by field, or under `general_errors`. Of a list: by its elements, "
        "counted from 0.",
        "additionalProperties": {
            "anyOf": [_TEXTS, {"type": "object", "additionalProperties": _TEXTS}]
        },
    },
    "Problems": {
        "description": "What cannot be used of a request.",
        "anyOf": [
            {"$ref": "#/components/schemas/Detail"},
            {"$ref": "#/components/schemas/ErrorsByField"},
            {**_TEXTS, "description": "What was found while saving."},
            {"type": "string", "description": "Of actions and durations."},
        ],
    },
}

HEADERS: dict[str, Data] = {
    "ETag": {
        "description": "Names this state of what you read, for `If-Match` and `If-None-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[^"]+"$'},
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit": {
        "description": 'What is left: `"requests-by-account";r=11999;t=42`.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The limit that counts: `"requests-by-account";q=12000;w=60`.',
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "The header that a key comes in.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Allow": {
        "description": "The methods that there are.",
        "required": True,
        "schema": {"type": "string"},
    },
    REPLAYED: {
        "description": "`true` where an answer is told again for its `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy")


class Common(NamedTuple):
    """An answer: the name of its component, when it comes, what body and headers it has."""

    name: str
    description: str
    schema: str | None = "Detail"
    headers: tuple[str, ...] = ()


COMMON = {
    "304": Common("NotModified", "`If-None-Match` names what you would get.", None, ("ETag",)),
    "400": Common("Unusable", "It cannot be used. Nothing was changed.", "Problems"),
    "401": Common(
        "WhoAreYou",
        "A key that opens no account, or none where one is needed.",
        headers=("WWW-Authenticate",),
    ),
    "403": Common(
        "NotAllowed",
        "You can see this, but may not do that to it; or your key may only read; "
        "or the server wants to be asked by HTTPS.",
    ),
    "404": Common("NotThere", "Unknown, or hidden from you; or an unknown `?format=`."),
    "405": Common("NoSuchMethod", "This address has no such method.", headers=("Allow",)),
    "406": Common("NotAcceptable", "No media type of `Accept` can be made."),
    "408": Common("TooSlow", "The body took too long to arrive."),
    "409": Common("Conflict", "Somebody else changed this at the same moment. Try again."),
    "411": Common("LengthRequired", "The server has to be told how long the body is."),
    "412": Common(
        "ConditionFailed", "`If-Match` or `If-None-Match` does not hold. Nothing was changed."
    ),
    "413": Common("TooLarge", "The body is too large, or the subtitles in it are."),
    "414": Common("AddressTooLong", "The query string is too long."),
    "415": Common("UnknownMediaType", "A `Content-Type` or `Content-Encoding` that is not read."),
    "422": Common("AnotherRequest", "The `Idempotency-Key` was used for another request."),
    "429": Common("TooOften", "Too often. Nothing was changed.", headers=("Retry-After",)),
    "431": Common("HeadersTooLarge", "The headers are too large."),
    "500": Common("Failed", "A defect of the server. The operator's log says more."),
    "503": Common(
        "Unavailable",
        "The database is away, or too many ask for this at once.",
        headers=("Retry-After",),
    ),
}
# What is answered before a route is known, to a body or an address.
FRAMING = frozenset({"400", "403", "408", "411", "413", "414", "431", "500", "503"})
# Whatever is asked: by whom, in which form, and how often.
_ALWAYS = FRAMING | {"401", "404", "406", "429"}


def statuses_of(method: str, *, is_resource: bool) -> Iterator[str]:
    """The common answers of an operation, whose address can be read as well if ``is_resource``."""
    yield from _ALWAYS
    if method == "GET":
        yield "304"
    if method not in SAFE_METHODS:
        yield "409"
        if method != "POST" or is_resource:
            yield "412"
    if method == "POST":
        yield "422"
    if method in ("POST", "PUT", "PATCH"):
        # A repeated request is told by its body, whether or not the operation reads one.
        yield "415"


def response_of(common: Common) -> dict[str, Data]:
    headers = list(common.headers)
    if common.name not in _BEFORE_LIMITS:
        headers += LIMIT_HEADERS
    made: dict[str, Data] = {"description": common.description}
    if headers:
        made["headers"] = {name: header(name) for name in headers}
    if common.schema:
        schema = {"$ref": f"#/components/schemas/{common.schema}"}
        made["content"] = {each.media_type: {"schema": dict(schema)} for each in WIRE}
    return made


_BEFORE_LIMITS = {COMMON[each].name for each in FRAMING - {"400", "403", "413", "503"}}


def header(name: str) -> dict[str, Data]:
    return {"$ref": f"#/components/headers/{name}"}


def reference(status: str, description: str | None = None) -> dict[str, Data]:
    """An operation's mention of a common answer; it may say better when that comes."""
    made: dict[str, Data] = {"$ref": f"#/components/responses/{COMMON[status].name}"}
    return {**made, "description": description} if description else made

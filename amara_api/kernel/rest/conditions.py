"""Conditional requests (RFC 9110, 13) and what caches may keep.

A resource's validator is a digest of today's answer to this caller in this dialect, taken before it
is written as XML or YAML, and of the format: it changes with everything that the answer shows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from amara_api.kernel.rest.renderers import WIRE, BrowsableRenderer, JSONRenderer
from amara_api.kernel.wire import json_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest
    from rest_framework.request import Request

    from amara_api.kernel.shapes import Data

# What an answer of the API depends on beside its address.
VARY = "Accept, Cookie, X-api-key, X-apikey, X-api-username, X-API-FUTURE"
# Nothing is handed out again unasked: a public video may be hidden a moment later.
_SHARED = "no-cache"
_PRIVATE = "private, no-cache"
_NEVER = "no-store"
CALLERS = ("HTTP_X_API_KEY", "HTTP_X_APIKEY", "HTTP_X_API_USERNAME", "HTTP_COOKIE")
SAFE = ("GET", "HEAD")
FORMATS = tuple(renderer.format for renderer in WIRE)


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "This is not what the condition of the request says. Read it again."


def tag(data: Data, output_format: str) -> str:
    """The validator of an answer, as it stands in `ETag`."""
    return _tag(json_.dumps(data), output_format)


def _tag(content: bytes, output_format: str) -> str:
    digest = hashlib.blake2b(content, digest_size=16, person=output_format.encode()[:16])
    return f'"{digest.hexdigest()}"'


def is_known(request: HttpRequest | Request, etag: str) -> bool:
    """Whether `If-None-Match` names ``etag``, compared weakly."""
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    return _names(asked, [etag], weak=True) if asked else False


def _names(header: str, etags: Iterable[str], *, weak: bool = False) -> bool:
    """Whether a list of tags, or ``*``, names one of ``etags``; where there is none, it does not.

    Tags that are weak equal nothing unless they are compared weakly.
    """
    known = set(etags)
    named = parse_etags(header)
    if named == ["*"]:
        return bool(known)
    if weak:
        named = [each.removeprefix("W/") for each in named]
    return not known.isdisjoint(named)


# --- answers -------------------------------------------------------------------------------------


def finish(request: Request, response: HttpResponse) -> HttpResponse:
    """The answer with its validator and what caches may do with it; 304 where it is known.

    Hidden and unknown get the same: nothing but the request's method and headers decides.
    """
    headers = response.headers
    headers["Vary"] = VARY
    meta = request.META
    page = isinstance(getattr(response, "accepted_renderer", None), BrowsableRenderer)
    if request.method not in SAFE:
        headers["Cache-Control"] = _NEVER
        return response
    told = page or any(meta.get(name) for name in CALLERS)
    headers["Cache-Control"] = _PRIVATE if told else _SHARED
    if response.status_code != status.HTTP_200_OK:
        return response
    etag = headers.get("ETag") or _validator(response)
    if etag is None:
        return response
    headers["ETag"] = etag
    return unchanged(response.headers) if is_known(request, etag) else response


def _validator(response: HttpResponse) -> str | None:
    """None for the page that browsers get: its forms are made anew each time."""
    if not isinstance(response, Response):
        return None
    renderer = response.accepted_renderer
    if type(renderer) is JSONRenderer:
        # Quick to write, and needed anyway.
        response.render()
        # As `tag` has it: without the end of the line.
        return _tag(response.content.removesuffix(b"\n"), renderer.format)
    if isinstance(renderer, WIRE):
        return tag(response.data, renderer.format)
    return None


def unchanged(headers: Mapping[str, str]) -> HttpResponseNotModified:
    """The 304 that stands for an answer with these headers."""
    kept = {k: v for k, v in headers.items() if not k.lower().startswith("content-")}
    return HttpResponseNotModified(headers=kept)


# --- writes --------------------------------------------------------------------------------------


class Guard(NamedTuple):
    """What a write says of the state that it is meant for."""

    match: str | None
    none_match: str | None

    @classmethod
    def of(cls, request: Request) -> Guard | None:
        """None where the request says nothing. A header there and empty is absent."""
        meta = request.META
        found = cls(meta.get("HTTP_IF_MATCH") or None, meta.get("HTTP_IF_NONE_MATCH") or None)
        return None if found == (None, None) else found

    def check(self, etags: Iterable[str]) -> None:
        """Against the validators of what is there, none where there is nothing."""
        found = set(etags)
        if self.match is not None and not _names(self.match, found):
            raise PreconditionFailed
        if self.none_match is not None and _names(self.none_match, found, weak=True):
            raise PreconditionFailed

"""The WSGI application, for `manage.py serve` or any other server."""

import codecs
import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

Start = Callable[..., Any]
_CHUNK = 2**16


class Utf8Request(WSGIRequest):
    """Query strings and forms are UTF-8.

    Django would read them in the charset that the Content-Type names, and among Python's codecs
    are some that unpack, or that fail where only a decoding error is expected.
    """

    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, named: str) -> None:
        pass


class Handler(WSGIHandler):
    request_class = Utf8Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")
django.setup(set_prefix=False)
_django = Handler()


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Django, behind what it leaves to the server in front.

    A chunked body has no length, and WSGI applications see it as empty: it is read here, up to
    the limit. A Content-Type that cannot be parsed fails Django before any error handling runs.
    """
    # Until the answer is out, Django may put something else in its place.
    sent = environ["wsgi.input"]
    answer = _answer(environ, start_response)
    if environ.get("CONTENT_LENGTH") or _is_chunked(environ):
        _drain(sent)
    return answer


def _answer(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    try:
        parameters = parse_header_parameters(environ.get("CONTENT_TYPE") or "")[1]
        with suppress(LookupError):
            codecs.lookup(parameters.get("charset", "utf-8"))
    except (ValueError, LookupError):
        return _refuse(start_response, "400 Bad Request", "Content-Type cannot be read.")
    if _is_chunked(environ):
        limit = settings.AMARA_MAX_BODY_BYTES
        body = environ["wsgi.input"].read(limit + 1)
        if len(body) > limit:
            detail = f"The body is larger than {limit} bytes."
            return _refuse(start_response, "413 Content Too Large", detail)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    return _django(environ, start_response)


def _is_chunked(environ: dict[str, Any]) -> bool:
    encoding: str = environ.get("HTTP_TRANSFER_ENCODING", "")
    return encoding.strip().lower() == "chunked"


def _drain(body: Any) -> None:
    """Read what a refusal left unread: a client that is still sending when the connection ends
    never sees the answer. Who sends far more than is allowed may see it end."""
    left = 2 * settings.AMARA_MAX_BODY_BYTES
    while left > 0 and (data := body.read(min(left, _CHUNK))):
        left -= len(data)


def _refuse(start_response: Start, status: str, detail: str) -> list[bytes]:
    body = json.dumps({"detail": detail}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]

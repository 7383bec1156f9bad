"""What Django leaves to the server in front, for servers that speak WSGI, and below `asgi`."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.urls import get_resolver
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import APIException, ParseError

from amara_api.kernel.intake import limits
from amara_api.kernel.intake.body import CappedStream, LengthRequired
from amara_api.kernel.intake.framing import REFUSED, Framing

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch, URLResolver

_CHUNK = 2**16
# Hosts that were found to be allowed, with what is allowed: few, and all requests name one.
_MOST_HOSTS = 64
_hosts: dict[tuple[str, tuple[str, ...]], str] = {}
# Addresses of which the route is kept, and how long one may be.
_ADDRESSES, _LONG = 4096, 256


class Utf8Request(WSGIRequest):
    """Query strings are UTF-8, and so are forms that do not say otherwise.

    Django would read them in the charset that the Content-Type names, and among Python's codecs
    are some that unpack, or that fail where only a decoding error is expected.
    """

    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, named: str) -> None:
        pass

    def get_host(self) -> str:
        """Several ask for it, and every link; a host that is not allowed is one each time."""
        if self._host is None:
            sent: str = self._get_raw_host()  # type: ignore[attr-defined]
            name = sent, tuple(settings.ALLOWED_HOSTS)
            self._host = _hosts.get(name)
            if self._host is None:
                self._host = super().get_host()
                if name[1] and len(_hosts) < _MOST_HOSTS:
                    _hosts[name] = self._host
        return self._host

    _host: str | None = None


class Django(WSGIHandler):
    """Django, which never sees a Content-Type that it would fail at before any error handling runs.

    It can be called without WSGI too: `answer` is for threads that last. It does not say that a
    request has started: to that Django's own code alone would listen, and close connections to the
    database that are broken or old, as it also does when a request has ended.
    """

    request_class = Utf8Request

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> HttpResponseBase:
        _check_type(environ)
        return super().__call__(environ, start_response)

    def answer(self, environ: WSGIEnvironment) -> HttpResponseBase:
        _check_type(environ)
        return self.get_response(self.request_class(environ))

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = super().get_response(request)
        _let_go(response)
        return response

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Programs ask for the same addresses all day."""
        path = request.path_info
        if hasattr(request, "urlconf") or len(path) > _LONG:
            return super().resolve_request(request)
        request.resolver_match = match = _match(get_resolver(), path)
        return match


def _let_go(response: HttpResponseBase) -> None:
    """A view, its request and its answer have each other. What they hold, the body several times
    over, would stay until the collector of garbage comes by, which may be long after."""
    context = getattr(response, "renderer_context", None)
    if context:
        vars(context["view"]).clear()
        context["request"].parser_context.clear()
        context.clear()


@lru_cache(maxsize=_ADDRESSES)
def _match(resolver: URLResolver, path: str) -> ResolverMatch:
    """What has no route raises, and is not kept."""
    return resolver.resolve(path)


def _check_type(environ: WSGIEnvironment) -> None:
    kind = environ.get("CONTENT_TYPE")
    if kind and ";" in kind and not _is_readable(kind):
        environ["CONTENT_TYPE"] = ""
        environ.setdefault(REFUSED, ParseError("Content-Type cannot be read."))


def _is_readable(content_type: str) -> bool:
    try:
        parameters = parse_header_parameters(content_type)[1]
        with suppress(LookupError):
            codecs.lookup(parameters.get("charset", "utf-8"))
    except (ValueError, LookupError):
        return False
    return True


class Framed:
    """``application`` behind a WSGI server: a body without a length is read here, up to the limit,
    for WSGI applications see it as empty."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Until the answer is out, Django may put something else in its place.
        sent = environ["wsgi.input"]
        framing = Framing.of(environ)
        try:
            _settle(environ, framing)
        except APIException as error:
            environ[REFUSED] = error
            environ["wsgi.input"] = io.BytesIO()
            environ.pop("CONTENT_LENGTH", None)
        answer = self._application(environ, start_response)
        if framing.has_body and not framing.waits:
            _drain(sent)
        return answer


def _settle(environ: WSGIEnvironment, framing: Framing) -> None:
    if framing.refusal is not None:
        raise framing.refusal
    if framing.length is None:
        if environ.get("SERVER_SOFTWARE") == "Granian":
            # Its WSGI gives a body that breaks off the end of a whole one.
            raise LengthRequired
        body = CappedStream(environ["wsgi.input"], limit=framing.limit).read_all()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)


def _drain(body: InputStream) -> None:
    """Read what a refusal left unread: a client that is still sending when the connection ends
    never sees the answer. Who sends far more than is allowed may see it end."""
    left = limits.max_patience()
    with suppress(OSError):
        while left > 0 and (data := body.read(min(left, _CHUNK))):
            left -= len(data)

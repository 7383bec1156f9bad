"""The outermost middleware: each request has an id, and if so wished a line and figures."""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextlib import ExitStack
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections

from amara_api.kernel import figures, hours

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from amara_api.kernel.middleware import Handler

ID = "X-Request-ID"
# What a proxy may call a request. Anything else could write lines of its own into a log.
_POSSIBLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = logging.getLogger("amara_api.requests")


class Watch:
    """An id comes in by ``X-Request-ID``, or is made, and goes out the same way."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._tells = settings.AMARA_LOG_FORMAT == "json"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("HTTP_X_REQUEST_ID", "")
        name = told if told and _POSSIBLE.fullmatch(told) else token_hex(16)
        request.META[ID] = name
        counted, by_hour = figures.are_kept(), hours.are_kept()
        if not (counted or self._tells):
            began = perf_counter()
            response = self.get_response(request)
            if by_hour:
                hours.request(response.status_code, perf_counter() - began)
            response.headers[ID] = name
            return response
        began = perf_counter()
        with ExitStack() as stack:
            if counted:
                for connection in connections.all(initialized_only=True):
                    stack.enter_context(connection.execute_wrapper(figures.statement))
            response = self.get_response(request)
        seconds = perf_counter() - began
        route = route_of(request)
        if by_hour:
            hours.request(response.status_code, seconds)
        if counted:
            figures.request(request.method or "", route, response.status_code, seconds)
        if self._tells:
            facts = {
                "request_id": name,
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "seconds": round(seconds, 4),
            }
            _log.info("request", extra={"facts": facts})
        response.headers[ID] = name
        return response


def route_of(request: HttpRequest) -> str:
    """The name of the route, such as ``api:video``: never what stands in the address."""
    match = request.resolver_match
    if match is None:
        is_file = request.path_info.startswith(f"/{settings.STATIC_URL.strip('/')}/")
        return "static" if is_file else "none"
    return match.view_name if match.url_name else "unnamed"


class JsonLines(logging.Formatter):
    """One object a line. Of a request nothing is told but its id: addresses may hold tokens."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "facts", {})
        meta = getattr(getattr(record, "request", None), "META", {})
        if ID in meta:
            line["request_id"] = meta[ID]
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, default=str)

"""The WSGI application, for `manage.py serve` or any other server."""

import io
import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")
_django = get_wsgi_application()
Start = Callable[..., Any]


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Django, behind what it leaves to the server in front.

    A chunked body has no length, and WSGI applications see it as empty: it is read here, up to
    the limit. A Content-Type that cannot be parsed fails Django before any error handling runs.
    """
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE") or "")
    except (ValueError, LookupError):
        return _refuse(start_response, "400 Bad Request", "Content-Type cannot be read.")
    if environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked":
        limit = settings.AMARA_MAX_BODY_BYTES
        body = environ["wsgi.input"].read(limit + 1)
        if len(body) > limit:
            detail = f"The body is larger than {limit} bytes."
            return _refuse(start_response, "413 Content Too Large", detail)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    return _django(environ, start_response)


def _refuse(start_response: Start, status: str, detail: str) -> list[bytes]:
    body = json.dumps({"detail": detail}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]

"""Where the forms of the browsable API are sent: a page, which makes the request that is meant.

The API itself knows no other method than the one that a request has. A browser without scripts
sends POST alone, so its forms go to `/forms/METHOD/api/…`, with a session and the token against
forgery, as those of every page do. docs/adr/0036-forms-of-the-browsable-api.md.
"""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.views.generic import View

from amara_api.kernel.intake.limits import is_api_path
from amara_api.kernel.rest.browsing import (
    BY_HAND,
    CONTENT,
    CONTENT_TYPE,
    LISTED,
    WRITES,
    Filled,
    input_of,
    sent,
)
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.versions import CURRENT
from amara_api.kernel.wire import json_

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest, QueryDict
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch
    from rest_framework.request import Request

    from amara_api.kernel.shapes import Data

# What the page's own request says of its body, and what a key would say: a form is its session's.
_NOT_PASSED_ON = frozenset({"HTTP_CONTENT_ENCODING", "RAW_URI", "REQUEST_URI"})
_FILE = "-file"


class ApiFormPage(View):
    """POST does what the form says and shows the page of the answer; GET leads to the address."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, method: str, address: str) -> HttpResponseBase:
        """After a reload, or back from logging in."""
        _found(method, address)
        query = request.META.get("QUERY_STRING", "")
        path = quote(f"/{address}", safe="/$@+!*'(),:;=~")
        return HttpResponseRedirect(f"{path}?{query}" if query else path)

    def post(self, request: HttpRequest, method: str, address: str) -> HttpResponseBase:
        found = _found(method, address)
        typed = request.POST.copy()
        body, content_type, today = _body(request, found, method, typed)
        inner = _inner(request, method, f"/{address}", body, content_type)
        inner.resolver_match = found
        inner.filled = Filled(method, typed)  # type: ignore[attr-defined]
        if today:
            inner.META["HTTP_X_API_FUTURE"] = str(CURRENT)
        response = found.func(inner, *found.args, **found.kwargs)
        return cast("HttpResponseBase", response)


def _found(method: str, address: str) -> ResolverMatch:
    path = f"/{address}"
    if method not in WRITES or not is_api_path(path):
        raise Http404
    try:
        found = resolve(path)
    except Resolver404:
        raise Http404 from None
    if not issubclass(getattr(found.func, "cls", object), ResourceViewSet):
        raise Http404
    return found


def _inner(
    request: HttpRequest, method: str, path: str, body: bytes, content_type: str
) -> WSGIRequest:
    """The request that the form means, of the same session; its token has been looked at."""
    meta = {
        name: value
        for name, value in request.META.items()
        if not name.startswith("HTTP_X_API") and name not in _NOT_PASSED_ON
    }
    meta |= {
        "REQUEST_METHOD": method,
        # As servers write it: bytes, each as a letter.
        "PATH_INFO": path.encode().decode("latin-1"),
        "wsgi.url_scheme": request.scheme,
        "HTTP_ACCEPT": "text/html",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    inner = WSGIRequest(meta)
    inner.user = request.user
    inner.session = request.session
    # `CsrfViewMiddleware` has passed the form; the API would look for the token in a header.
    inner.csrf_processing_done = True  # type: ignore[attr-defined]
    return inner


# --- bodies ---------------------------------------------------------------------------------------


def _body(
    request: HttpRequest, found: ResolverMatch, method: str, typed: QueryDict
) -> tuple[bytes, str, bool]:
    """The body, its type, and whether it is in today's form whatever the server speaks."""
    if CONTENT in typed:
        kind = typed.get(CONTENT_TYPE, "")
        return str(typed[CONTENT]).encode(), kind if kind in BY_HAND else BY_HAND[0], False
    view = found.func.cls(**found.func.initkwargs)  # type: ignore[attr-defined]
    action = found.func.actions.get(method.lower(), "")  # type: ignore[attr-defined]
    serializer = input_of(view, action, cast("Request", request))
    if serializer is None:
        return b"", BY_HAND[0], False
    body = sent(serializer, typed)
    files = {
        name: file
        for name in serializer.fields.keys()  # noqa: SIM118 - typed, which its items are not
        if (file := request.FILES.get(f"{name}{_FILE}")) is not None
    }
    if files:
        content, kind = _in_parts(body, files)
        _show_again(typed, files)
        return content, kind, True
    whole = body.get(LISTED, []) if view.lists.get(action) else body
    return json_.dumps(whole), BY_HAND[0], True


def _show_again(typed: QueryDict, files: dict[str, UploadedFile[Data]]) -> None:
    """No browser takes a file that a page names: after an error its text stands in the form."""
    for name, file in files.items():
        file.seek(0)
        try:
            typed[name] = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            continue


def _in_parts(fields: dict[str, Data], files: dict[str, UploadedFile[Data]]) -> tuple[bytes, str]:
    """A multipart form: a file's bytes may be text in any charset, which only the reader finds."""
    boundary = secrets.token_hex(16)
    body = BytesIO()

    def part(disposition: str, data: bytes) -> None:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
        body.write(head.encode() + data + b"\r\n")

    for name, value in fields.items():
        if name not in files:
            text = value if isinstance(value, str) else json_.dumps(value).decode()
            part(f'name="{name}"', text.encode())
    for name, file in files.items():
        # What it is called matters to nobody.
        part(f'name="{name}"; filename="file"', file.read())
    body.write(f"--{boundary}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={boundary}"

"""A form that was not taken gives back what was typed: its token is from before another login, or
the login has ended while the page was open.

Only to one of our own pages: what another site posts is neither shown in our frame nor offered to
be sent with a token that is good. Passwords and other secrets are never given back.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from amara_api.kernel.intake.limits import is_api_path
from amara_api.kernel.middleware import Handler
from amara_api.kernel.problems import problem, wants_html

OLD = "This form is too old, or came from another site. Go back and try again."
_SECRETS = re.compile(r"passw|secret|token|headers|auth_user|^(current|again|code)$")
_GUARD = "csrfmiddlewaretoken"
# What buttons, hidden fields and choices hold; it is sent again, and nobody has to see it.
_MACHINE = re.compile(r"[a-z0-9_$:,./+-]*")


class Kept(NamedTuple):
    """A value of a field. ``typed``: somebody may miss it."""

    name: str
    value: str

    @property
    def typed(self) -> bool:
        return not _MACHINE.fullmatch(self.value)

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").replace("-", " ").strip().capitalize()

    @property
    def rows(self) -> int:
        return min(16, max(self.value.count("\n") + 1, len(self.value) // 60 + 1))


class KeptForms:
    """A form of a page, sent after the login has ended, is kept; a login would lose it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 302 and _to_login(response):
            return _kept(request, logged_out=True) or response
        return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _kept(request) or problem(request, 403, OLD)


def _kept(request: HttpRequest, *, logged_out: bool = False) -> HttpResponse | None:
    """The page with what was typed; None if nothing was, or by another site."""
    if is_api_path(request.path_info) or not (wants_html(request) and _is_ours(request)):
        return None
    fields = [
        Kept(name, value)
        for name, values in request.POST.lists()
        if name != _GUARD and not _SECRETS.search(name)
        for value in values
    ]
    if not any(each.typed for each in fields):
        return None
    withheld = any(_SECRETS.search(name) for name in request.POST if name != _GUARD)
    response = render(
        request,
        "kept_form.html",
        {
            "fields": fields,
            "logged_out": logged_out,
            "again": not (withheld or request.FILES),
            "path": request.get_full_path(),
            "back": _page_of(request),
        },
        status=403,
    )
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def _to_login(response: HttpResponse) -> bool:
    path = urlsplit(response.headers.get("Location", "")).path
    return path in (reverse(settings.LOGIN_URL), reverse("admin:login"))


def _is_ours(request: HttpRequest) -> bool:
    """Whether a page of this server sent it: browsers say so, and no other site can."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin and origin != "null":
        return origin == _origin(request) or origin in settings.CSRF_TRUSTED_ORIGINS
    return request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin"


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _page_of(request: HttpRequest) -> str:
    """Where the form was, as an address of this server."""
    referer = request.headers.get("Referer", "")
    if referer.startswith(f"{_origin(request)}/"):
        parts = urlsplit(referer)
        # Never the address of another server, which begins with two slashes.
        return "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    return str(request.path)

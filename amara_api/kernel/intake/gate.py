"""The middleware that every request meets: what no view should see is refused here, and the forms
of pages are read."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.views import APIView

from amara_api.kernel.intake import forms, limits
from amara_api.kernel.intake.body import CappedStream, CutShort, RawText, check_headers
from amara_api.kernel.intake.framing import REFUSED
from amara_api.kernel.problems import problem

Handler = Callable[[HttpRequest], HttpResponse]
# What a load balancer and monitoring ask, from beside the server.
_ALWAYS_OPEN = {"/healthz", "/readyz", "/metrics"}
_NO_FIELDS = QueryDict()
_NO_FILES: MultiValueDict[str, object] = MultiValueDict()


class AddressTooLong(exceptions.APIException):
    status_code = status.HTTP_414_REQUEST_URI_TOO_LONG
    default_detail = f"The query string is longer than {limits.MAX_QUERY_BYTES} bytes."
    default_code = "too_long"


class HeadersTooLarge(exceptions.APIException):
    status_code = status.HTTP_431_REQUEST_HEADER_FIELDS_TOO_LARGE
    default_detail = f"The headers are larger than {limits.MAX_HEADER_BYTES} bytes."
    default_code = "too_large"


class Gate:
    """Also: every path of the API answers with and without its final slash, for every method,
    without a redirect, which would lose the body of a PUT."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path, meta = request.path_info, request.META
        raw = meta.get("RAW_URI") or meta.get("REQUEST_URI")
        if raw and "%" in raw and "%2f" in raw.lower():
            path = request.path_info = request.path = _kept_apart(raw)
        is_api = limits.is_api_path(path)
        if is_api and not path.endswith("/"):
            request.path_info += "/"
            request.path += "/"
        refusal = meta.get(REFUSED) or _fault(request, path, is_api)
        if refusal is None and ("CONTENT_LENGTH" in meta or request.method == "POST"):
            # Django's own reader of forms is never reached: it makes objects of every escape, and
            # takes what breaks off for a whole form.
            request._post, request._files = _NO_FIELDS, _NO_FILES  # type: ignore[attr-defined]
            if not is_api:
                refusal = _read_form(request)
        if refusal is not None:
            return _refused(request, refusal, is_api)
        return self.get_response(request)


def _kept_apart(raw: str) -> str:
    """The path, in which an escaped slash is no slash: it stays escaped, and so matches nothing."""
    path = raw.partition("?")[0].replace("%2f", "%252F").replace("%2F", "%252F")
    return unquote(path, errors="replace")


def _fault(request: HttpRequest, path: str, is_api: bool) -> exceptions.APIException | None:
    query = request.META.get("QUERY_STRING", "")
    if len(query) > limits.MAX_QUERY_BYTES:
        # No view is to see it, nor what shows the answer.
        request.META["QUERY_STRING"] = ""
        return AddressTooLong()
    if query.count("&") >= limits.max_fields():
        request.META["QUERY_STRING"] = ""
        return exceptions.ParseError("The address has too many parameters.")
    if request.META.get("amara.header_bytes", 0) > limits.MAX_HEADER_BYTES:
        return HeadersTooLarge()
    if settings.AMARA_HTTPS and not _is_secure(request) and path not in _ALWAYS_OPEN:
        return exceptions.PermissionDenied(
            "Use https: this server is reached by HTTPS only, so that no key travels in the clear."
        )
    # Views of the API name the methods that they have, and answer in the caller's format.
    if request.method not in limits.METHODS and not is_api:
        return exceptions.MethodNotAllowed(str(request.method))
    return None


def _is_secure(request: HttpRequest) -> bool:
    """Without a proxy that is known, its header is believed all the same: who forges it only puts
    their own key at risk."""
    said = request.META.get("HTTP_X_FORWARDED_PROTO", "")
    return request.is_secure() or said.rpartition(",")[2].strip().lower() == "https"


# --- the forms of pages --------------------------------------------------------------------------


def _read_form(request: HttpRequest) -> exceptions.APIException | None:
    """Into ``request.POST`` and ``request.FILES``. Or why not."""
    try:
        kind, parameters = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
        in_parts = kind == "multipart/form-data"
        limit = limits.max_page_bytes() if in_parts else limits.max_form_bytes()
        stream = CappedStream(request, check_headers(request.META, limit), limit)
        charset = parameters.get("charset") or None
        if request.method != "POST":
            return None
        if in_parts:
            fields, files = forms.multipart(
                stream, parameters.get("boundary"), charset, limits.max_fields()
            )
            if sum(map(_size, fields.lists())) > limits.max_form_bytes():
                raise exceptions.ParseError("The fields of the form are too large.")
            request._files = files  # type: ignore[attr-defined]
        elif kind == "application/x-www-form-urlencoded":
            fields = forms.urlencoded(stream, charset)
        else:
            return None
        for name, values in fields.lists():
            if any(isinstance(value, RawText) for value in values):
                raise exceptions.ParseError(f"The field {name!r} is not valid UTF-8.")
        request._post = fields  # type: ignore[attr-defined]
    except exceptions.APIException as error:
        return error
    return None


def _size(field: tuple[str, list[str]]) -> int:
    name, values = field
    return len(name) + sum(map(len, values))


# --- refusals ------------------------------------------------------------------------------------


class _Refusal(APIView):
    """In the format that was asked for, or in JSON."""

    authentication_classes = ()
    permission_classes = ()
    schema = None
    error: exceptions.APIException = CutShort()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        self.format_kwarg = None
        chosen = self.perform_content_negotiation(request, force=True)
        request.accepted_renderer, request.accepted_media_type = chosen
        raise self.error


def _refused(request: HttpRequest, error: exceptions.APIException, is_api: bool) -> HttpResponse:
    response: HttpResponse
    if is_api:
        rendered = _Refusal.as_view(error=error)(request)
        response = rendered.render()
    else:
        wait = getattr(error, "wait", None)
        response = problem(request, error.status_code, str(error.detail), wait=wait)
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(sorted(limits.METHODS))
    return response

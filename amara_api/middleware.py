"""What every API request meets before its view."""

from collections.abc import Callable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
API_PREFIXES = ("/api/", "/api2/partners/")


def is_api_path(path: str) -> bool:
    return f"{path}/".startswith(API_PREFIXES)


class ApiAddress:
    """Every path answers with and without its final slash, for every method, without a redirect:
    a redirect would lose the body of a PUT."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api_path(request.path_info) and not request.path_info.endswith("/"):
            request.path_info += "/"
            request.path += "/"
        return self.get_response(request)


class _OfPages:
    """Passes by an API request without cookies: no session can be in it, nor a message.

    That is every program's request, and finding out costs as much as the rest of the framework.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api_path(request.path_info) and "HTTP_COOKIE" not in request.META:
            return self.get_response(request)  # type: ignore[attr-defined, no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class Sessions(_OfPages, SessionMiddleware):
    pass


class Authentication(_OfPages, AuthenticationMiddleware):
    pass


class Messages(_OfPages, MessageMiddleware):
    pass


class SafeHeaders:
    """Headers that every page and answer carries."""

    POLICY = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: https:; font-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", self.POLICY)
        return response

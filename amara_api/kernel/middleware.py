"""What requests meet between `intake.gate` and their view."""

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

from corsheaders.middleware import CorsMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from amara_api.kernel.credentials import SESSION_HELPER, Credential
from amara_api.kernel.intake.limits import is_api_path
from amara_api.kernel.standing import Question, calling

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from users.models import User

Handler = Callable[[HttpRequest], HttpResponse]
_READING = ("GET", "HEAD", "OPTIONS")
_AS_LOADED = "amara.caller"


class _OfPages(MiddlewareMixin):
    """Passes by an API request without cookies: no session can be in it, nor a message.

    That is every program's request, and finding out costs as much as the rest of the framework.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if is_api_path(request.path_info) and "HTTP_COOKIE" not in request.META:
            return self.get_response(request)
        return self.of_page(request)

    def of_page(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return super().__call__(request)


class Sessions(_OfPages, SessionMiddleware):
    pass


class Authentication(_OfPages, AuthenticationMiddleware):
    """Whose session it is, and who opened it for them; asked again when something is written."""

    def of_page(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        with calling(partial(_ask_again, request)):
            return super().of_page(request)

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(partial(_user_of, request))  # type: ignore[assignment]


def _user_of(request: HttpRequest) -> "User | AnonymousUser":
    user = get_user(request)
    if user.is_authenticated and (helper := request.session.get(SESSION_HELPER)) is not None:
        user.came_by = Credential(helped=True, helper=helper)
    if user.is_authenticated and request.method not in _READING:
        request.META[_AS_LOADED] = user.as_now()
    return user


def _ask_again(request: HttpRequest) -> None:
    question: Question | None = request.META.get(_AS_LOADED)
    if question is not None:
        question()


class Messages(_OfPages, MessageMiddleware):
    pass


class Cors(CorsMiddleware):
    """What it does for a request that names no origin, for less: most programs' requests."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_ORIGIN" in request.META or request.method == "OPTIONS":
            return cast(HttpResponseBase, super().__call__(request))
        response = cast(HttpResponseBase, self.get_response(request))
        if is_api_path(request.path_info):
            headers = response.headers
            headers["Vary"] = _with_origin(headers.get("Vary", ""))
        return response


@lru_cache(maxsize=64)
def _with_origin(vary: str) -> str:
    """The same few headers all day."""
    told = HttpResponse(headers={"Vary": vary} if vary else {})
    patch_vary_headers(told, ["origin"])
    return str(told["Vary"])


class SafeHeaders:
    """Headers that every page and answer carries."""

    POLICY = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: https:; font-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

    CACHING = "private, no-cache"

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", self.POLICY)
        # What the API and pages with secrets say of themselves stands; nothing else is shared.
        response.headers.setdefault("Cache-Control", self.CACHING)
        return response

"""Errors that happen outside any view, and the limit of pages."""

import sys

from django.http import HttpRequest, HttpResponse

from amara_api.kernel.errors import Busy, Conflict, TooMany
from amara_api.kernel.intake.limits import is_api_path
from amara_api.kernel.middleware import Handler
from amara_api.kernel.problems import problem
from amara_api.kernel.rest.exceptions import Unavailable, database_is_away
from amara_api.kernel.rest.throttling import take_one, tell_limit

# Asked all day by whatever watches the server, and it must say how the server is.
_HEALTH = {"/healthz", "/readyz", "/metrics"}


class PageLimit:
    """Pages are limited by address, as the API is; who is over a limit reads when to come back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api_path(request.path_info) or request.path_info in _HEALTH:
            return self.get_response(request)
        taken = take_one(request, None)
        if taken is not None and not taken.allowed:
            response = too_many(request, TooMany(taken.reset))
        else:
            response = self.get_response(request)
        tell_limit(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Conflict):
            return problem(request, 409, str(error))
        return too_many(request, error) if isinstance(error, TooMany | Busy) else None


NOT_ALLOWED = "You do not have permission to perform this action."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, "Bad request.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 403, NOT_ALLOWED)


def too_many(request: HttpRequest, error: TooMany | Busy) -> HttpResponse:
    status = 429 if isinstance(error, TooMany) else 503
    return problem(request, status, str(error), wait=error.wait)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 404, "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Also of the pages and the admin without their database: it is Django's last resort for all,
    and called while the error is handled."""
    if database_is_away(sys.exc_info()[1]):
        away = Unavailable()
        return problem(request, 503, str(away.detail), wait=away.wait)
    return problem(request, 500, "The server failed to answer. The operator's log says why.")

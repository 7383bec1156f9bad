"""The ordinary limit of every API request, by account or by address, and its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import APIException
from rest_framework.throttling import BaseThrottle

from amara_api.kernel.callers import caller_of
from amara_api.kernel.limits import requests

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from amara_api.kernel.errors import TooMany

_BY_ACCOUNT = "requests-by-account"
_BY_ADDRESS = "requests-by-address"
_TAKEN = "amara.limit_taken"


class TooManyRequests(APIException):
    """``wait`` makes DRF send Retry-After, in whole seconds."""

    status_code = 429

    def __init__(self, error: TooMany) -> None:
        super().__init__(str(error))
        self.wait = error.wait


class RequestLimit(BaseThrottle):
    """Counted after the caller is known, so that nobody else can use up an account's requests."""

    def __init__(self) -> None:
        self._taken: requests.Taken | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        account = request.user.pk
        taken = take_one(request._request, account)
        self._taken = taken
        return taken is None or taken.allowed

    def wait(self) -> int | None:
        return self._taken.reset if self._taken else None


def take_one(request: HttpRequest, account: int | None) -> requests.Taken | None:
    """Count a request of the account, or of the address where no account is known."""
    limits = settings.AMARA_LIMITS
    if account is not None:
        name, who = _BY_ACCOUNT, f"account:{account}"
    else:
        name, who = _BY_ADDRESS, f"address:{caller_of(request)}"
    rate = limits[name]
    taken = requests.take(who, name, rate) if rate else None
    request.META[_TAKEN] = taken
    return taken


def tell_limit(request: HttpRequest, response: HttpResponse) -> None:
    """The headers of the IETF's draft "RateLimit header fields for HTTP", from its draft 8 on."""
    taken: requests.Taken | None = request.META.get(_TAKEN)
    if taken is not None:
        headers = response.headers
        headers["RateLimit-Policy"] = f'"{taken.name}";q={taken.rate.number};w={taken.rate.seconds}'
        headers["RateLimit"] = f'"{taken.name}";r={taken.remaining};t={taken.reset}'

"""Who is calling: an API key in a header, or a browser's session."""

from typing import Protocol

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from amara_api.kernel import stamps
from amara_api.kernel.callers import caller_of
from amara_api.kernel.credentials import Credential
from amara_api.kernel.errors import TooMany
from amara_api.kernel.limits import guarded
from amara_api.kernel.rest.throttling import TooManyRequests
from amara_api.kernel.stamps import Stamp

KEY_HEADERS = ("HTTP_X_API_KEY", "HTTP_X_APIKEY")
NAME_HEADER = "HTTP_X_API_USERNAME"
READ_ONLY = "This key may only read."


class Owner(Protocol):
    username: str
    is_active: bool
    came_by: Credential
    seen: Stamp | None


class HeaderKeyAuthentication(BaseAuthentication):
    """``X-api-key`` alone identifies its owner; ``X-apikey`` is the same under its old name.

    Two keys that differ are refused, and so is an ``X-api-username`` that is not the owner's
    exact name. Every refusal is the same 401, so that nothing is learnt from it. A header that is
    there and empty counts as absent: programs send it before their user has entered a key. Blanks
    and words are wrong keys. A key that may only read writes nothing, on no route. Subclasses say
    how a key finds its owner.
    """

    def owner_of(self, key: str, *, whole: bool) -> Owner | None:
        """What is not ``whole`` may load all but the rules' fields when it is asked for them."""
        raise NotImplementedError

    def used(self, credential: Credential) -> None:
        """The key has opened the account."""

    def authenticate(self, request: Request) -> tuple[Owner, None] | None:
        sent = [key for name in KEY_HEADERS if (key := request.META.get(name))]
        username = request.META.get(NAME_HEADER) or None
        if not sent:
            if username is None:
                return None
            raise self.refused(request)
        if len(set(sent)) != 1:
            raise self.refused(request)
        owner = self.owner_of(sent[0].strip(), whole=_needs_all(request))
        if owner is None or not owner.is_active:
            raise self.refused(request)
        if username is not None and username.strip() != owner.username:
            raise self.refused(request)
        request.META[stamps.SEEN] = owner.seen
        self.used(owner.came_by)
        if owner.came_by.read_only and request.method not in SAFE_METHODS:
            raise PermissionDenied(READ_ONLY)
        return owner, None

    def authenticate_header(self, request: Request) -> str:
        return "X-api-key"

    @staticmethod
    def refused(request: Request) -> APIException:
        """Counted by address: 429 for who goes on and on. A right key is never held up."""
        try:
            guarded.count("wrong-keys", caller_of(request._request))
        except TooMany as error:
            return TooManyRequests(error)
        return AuthenticationFailed("Invalid API key")


def _needs_all(request: Request) -> bool:
    """Who only reads is asked for their rights alone, unless it is about themselves."""
    if request.method not in SAFE_METHODS:
        return True
    view = (request.parser_context or {}).get("view")
    return getattr(view, "action", None) in getattr(view, "tells_of_caller", ())

"""Who is calling: an API key in a header, or a browser's session."""

from typing import Any, Protocol

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

KEY_HEADERS = ("HTTP_X_API_KEY", "HTTP_X_APIKEY")
NAME_HEADER = "HTTP_X_API_USERNAME"


class Owner(Protocol):
    username: str
    is_active: bool


class HeaderKeyAuthentication(BaseAuthentication):
    """``X-api-key`` alone identifies its owner; ``X-apikey`` is the same under its old name.

    Two keys that differ are refused, and so is an ``X-api-username`` that is not the owner's
    exact name. Every refusal is the same 401, so that nothing is learnt from it. Subclasses say
    how a key finds its owner.
    """

    def owner_of(self, key: str) -> Owner | None:
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        sent = [request.META[name] for name in KEY_HEADERS if name in request.META]
        username = request.META.get(NAME_HEADER)
        if not sent:
            if username is None:
                return None
            raise self.refused()
        if len(set(sent)) != 1:
            raise self.refused()
        owner = self.owner_of(sent[0].strip())
        if owner is None or not owner.is_active:
            raise self.refused()
        if username is not None and username.strip() != owner.username:
            raise self.refused()
        return owner, None

    def authenticate_header(self, request: Request) -> str:
        return "X-api-key"

    @staticmethod
    def refused() -> AuthenticationFailed:
        return AuthenticationFailed("Invalid API key")

"""Logging in by name or address and password, guarded against guessing.

Wrong tries count against the address they come from, and against address and name together. They
never lock a person out elsewhere: a name that is tried from everywhere still has one try from each
address, and a browser in which the person has logged in before is counted by itself.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models.functions import Lower

from amara_api.kernel.callers import caller_of
from amara_api.kernel.errors import Busy, TooMany
from amara_api.kernel.limits import guarded
from users.hashers import MAX_PASSWORD

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from users.models import User

_BY_ADDRESS = "logins-by-address"
_BY_ACCOUNT = "logins-by-account"
_OF_ACCOUNT = "logins-of-account"
_COOKIE = "known_browser"
_SALT = "users.logins.known_browser"
_WHILE = 2
_YEAR = 365 * 86_400
# A browser may be known to so many accounts; the one used longest ago is forgotten.
_ACCOUNTS_OF_BROWSER = 5
# One thread is always left for those who do not log in.
_places = threading.BoundedSemaphore(max(1, settings.THREADS - 1))


class GuardedBackend(ModelBackend):
    """Django's accounts and passwords. Raises `TooMany` or `Busy` before a password is looked at.

    Every way to log in by password asks it: the page, the admin, and whatever comes later.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: str,
    ) -> User | None:
        if not _places.acquire(blocking=False):
            raise Busy(wait=_WHILE)
        try:
            return self._guarded(request, username, password, **credentials)
        finally:
            _places.release()

    def _guarded(
        self,
        request: HttpRequest | None,
        username: str | None,
        password: str | None,
        **credentials: str,
    ) -> User | None:
        name = username or credentials.get("username") or ""
        taken = _take_try(request, name) if request is not None else []
        user: User | None = None
        if len(password or "") <= MAX_PASSWORD:
            known = account_named(name)
            called = name if known is None else known.username
            # For a name that nobody has, a password is hashed too.
            user = super().authenticate(request, called, password)
        if user is None:
            with suppress(TooMany):
                guarded.count(_OF_ACCOUNT, name.lower())
        else:
            for what, *whom in taken:
                guarded.give_back(what, *whom)
        return user


def account_named(text: str) -> User | None:
    """Who logs in by this user name, in any case; or by this address, if it is confirmed and no
    other account has it."""
    from users.models import User

    if "\x00" in text:
        return None
    low = text.lower()
    by_name = User.objects.annotate(low=Lower("username")).filter(low=low).first()
    if by_name is not None or "@" not in text:
        return by_name
    found = list(accounts_at(text)[:2])
    return found[0] if len(found) == 1 else None


def accounts_at(address: str) -> QuerySet[User]:
    """The accounts whose confirmed address this is, in any case."""
    from users.models import User

    confirmed = User.objects.filter(is_active=True, email_confirmed=True).exclude(email="")
    return confirmed.annotate(low=Lower("email")).filter(low=address.lower()).order_by("pk")


def known_browser(request: HttpRequest, user: User) -> str:
    """What this browser is to an account that has logged in here before; else empty."""
    return next((one for one in _known(request) if one.startswith(f"{user.pk}.")), "")


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """The person has logged in here: their next tries from here are counted by themselves."""
    others = [known for known in _known(request) if not known.startswith(f"{user.pk}.")]
    known = [f"{user.pk}.{secrets.token_hex(8)}", *others][:_ACCOUNTS_OF_BROWSER]
    response.set_signed_cookie(
        _COOKIE,
        " ".join(known),
        salt=_SALT,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _take_try(request: HttpRequest, name: str) -> list[tuple[str, ...]]:
    """Count a try before it is made. What is returned is given back if it succeeds."""
    account = name.lower()
    if browser := _known_to(request, account):
        guarded.count(_BY_ACCOUNT, "browser", browser)
        return [(_BY_ACCOUNT, "browser", browser)]
    address = caller_of(request)
    if not address:
        return []
    rate = settings.AMARA_LIMITS[_BY_ACCOUNT]
    of_account = settings.AMARA_LIMITS[_OF_ACCOUNT]
    if of_account and guarded.number_of(_OF_ACCOUNT, account) >= of_account.number:
        rate = rate and rate._replace(number=1)
    guarded.count(_BY_ADDRESS, address)
    guarded.count(_BY_ACCOUNT, address, account, rate=rate)
    return [(_BY_ADDRESS, address), (_BY_ACCOUNT, address, account)]


def _known(request: HttpRequest) -> list[str]:
    told = request.get_signed_cookie(_COOKIE, default="", salt=_SALT, max_age=_YEAR)
    return (told or "").split()


def _known_to(request: HttpRequest, account: str) -> str:
    """What the browser is to this account; empty if the person has never logged in here."""
    if not _known(request):
        return ""
    user = account_named(account)
    return "" if user is None else known_browser(request, user)

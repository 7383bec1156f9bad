"""The one way into a session, whatever opened it: password, link, mail, or a provider.

Whoever has a second factor is asked for it here, before anything is theirs. Until then the session
belongs to nobody; it knows who is on the way, and for how long.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from amara_api.kernel.callers import address_of
from amara_api.kernel.credentials import SESSION_HELPER, Credential
from amara_api.kernel.errors import Conflict, NotAllowed
from users import identities, keys, second_factor, sessions
from users.logins import known_browser, remember_browser
from users.models import User
from users.openid import Claims

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from amara_api.kernel.shapes import Data

_BACKEND = "users.logins.GuardedBackend"
_ON_THE_WAY = "_on_the_way"
PATIENCE = 600  # seconds in which a code has to come


@dataclass(frozen=True)
class Entry:
    """How somebody comes in. ``to`` is where they land; it has been looked at.

    ``themselves`` says that it was by something that only they have; then the browser is known from
    now on. ``claims`` are of a provider, to be connected with the account.
    """

    to: str
    themselves: bool = False
    claims: Claims | None = None


def enter(request: HttpRequest, user: User, entry: Entry) -> HttpResponse:
    """Log ``user`` in, or ask for the second factor first."""
    if not second_factor.is_on(user):
        return _complete(request, user, entry)
    request.session.cycle_key()
    request.session[_ON_THE_WAY] = {
        **asdict(entry),
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "helper": user.came_by.helper,
        "since": int(timezone.now().timestamp()),
    }
    return HttpResponseRedirect(reverse("second-factor"))


def who_enters(request: HttpRequest) -> User | None:
    """Whose code is waited for, if it is still good to come in."""
    told = request.session.get(_ON_THE_WAY)
    if not told or timezone.now().timestamp() - told["since"] > PATIENCE:
        return None
    user = User.objects.filter(pk=told["user"], is_active=True).first()
    # Another password, and whatever else ends sessions, ends this as well.
    if user is None or not constant_time_compare(told["hash"], user.get_session_auth_hash()):
        return None
    return user


def go_on(request: HttpRequest, code: str) -> HttpResponse | None:
    """With a good code, what `enter` began; None for a bad one. Raises `TooMany`."""
    user = who_enters(request)
    if user is None:
        return None
    if not second_factor.accept(user, code, browser=known_browser(request, user)):
        return None
    told: dict[str, Data] = request.session[_ON_THE_WAY]
    if told["helper"] is not None:
        user.came_by = Credential(helped=True, helper=told["helper"])
    claims = None if told["claims"] is None else Claims(*told["claims"])
    return _complete(request, user, Entry(told["to"], told["themselves"], claims))


def _complete(request: HttpRequest, user: User, entry: Entry) -> HttpResponse:
    if entry.themselves:
        keys.became_independent(user)
    if entry.claims is not None and identities.account_of(entry.claims) is None:
        try:
            identities.connect(user, entry.claims, actor=user, by_address=True)
        except Conflict as error:
            raise NotAllowed(str(error)) from error
    request.session.pop(_ON_THE_WAY, None)
    login(request, user, backend=_BACKEND)
    if user.came_by.helped:
        request.session[SESSION_HELPER] = user.came_by.helper
    else:
        request.session.pop(SESSION_HELPER, None)
    agent = request.headers.get("User-Agent", "")
    request.session.update(sessions.began(agent, address_of(request)))
    response = HttpResponseRedirect(entry.to)
    if entry.themselves:
        remember_browser(request, response, user)
    return response

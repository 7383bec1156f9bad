"""Whose account it is that an OpenID Connect provider vouches for.

An account that exists is never taken over by its address alone: both the provider and this server
must have confirmed it, one account alone must have it, and it must have no power over others.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.db import IntegrityError, transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from users import keys
from users.logins import accounts_at
from users.models import Identity, User
from users.openid import Claims
from users.policies import FOREIGN, may_edit_user
from users.services import UNIQUE_BASE_LENGTH, create_user


def account_of(claims: Claims) -> User | None:
    """The account that is connected with this person."""
    known = Identity.objects.filter(issuer=claims.issuer, subject=claims.subject)
    found = known.select_related("user").first()
    return None if found is None else found.user


def same_person(claims: Claims) -> User | None:
    """The account that both sides know by the same confirmed address, and may be connected."""
    if not (claims.email and claims.confirmed):
        return None
    found = list(accounts_at(claims.email)[:2])
    if len(found) != 1 or found[0].is_staff or found[0].is_superuser:
        return None
    return found[0]


@transaction.atomic
def connect(user: User, claims: Claims, *, actor: User, by_address: bool = False) -> None:
    """From now on the provider logs this person in. ``by_address``: they are known by nothing else,
    see `same_person`. Raises `NotAllowed`, `Conflict`."""
    owner = _owner(user, actor)
    if by_address and same_person(claims) != owner:
        raise NotAllowed
    known = account_of(claims)
    if known is not None and known.pk == owner.pk:
        return
    try:
        with transaction.atomic():
            Identity.objects.create(user=owner, issuer=claims.issuer, subject=claims.subject)
    except IntegrityError as error:
        raise Conflict("Another account is connected with this login.") from error
    _record(owner, actor)


@transaction.atomic
def disconnect(user: User, number: int, *, actor: User) -> None:
    """Raises `NotThere`, and `InvalidInput` for somebody who would have no way in."""
    owner = _owner(user, actor)
    if not owner.has_usable_password():
        raise InvalidInput("Set a password first, or you could not log in any more.")
    if not Identity.objects.filter(user=owner, pk=number).delete()[0]:
        raise NotThere
    _record(owner, actor)


@transaction.atomic
def sign_up(claims: Claims) -> User:
    """An account for somebody whom this server does not know, with a name that is free."""
    local = claims.email.partition("@")[0]
    wanted = next(filter(None, map(_as_name, (claims.username, local, claims.name))), "person")
    confirmed = bool(claims.email) and claims.confirmed
    user, _ = create_user(
        actor=None,
        username=wanted,
        find_unique=True,
        invited=True,
        email=claims.email if confirmed else "",
        email_confirmed=confirmed,
        full_name=claims.name[:63],
    )
    connect(user, claims, actor=user)
    return user


def may_sign_up() -> bool:
    return bool(settings.AMARA_OIDC_SIGN_UP)


def _as_name(told: str) -> str:
    return re.sub(r"[^A-Za-z0-9_\-@.+]+", "", told).strip(".")[:UNIQUE_BASE_LENGTH]


def _owner(user: User, actor: User) -> User:
    owner = keys.locked(user.pk)
    if owner is None:
        raise NotThere
    if not (decision := may_edit_user(actor, owner)):
        raise NotAllowed(decision.reason)
    if actor.came_by.helped:
        # It would outlast what they may.
        raise NotAllowed(FOREIGN)
    return owner


def _record(user: User, actor: User) -> None:
    record(ActivityType.USER_CHANGED, actor=actor, user=user.identifier, fields=["identities"])

"""API keys and login links: made from secrets, kept as digests, shown once."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict, Unpack

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q, TextField, Value
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import stamps
from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.credentials import Credential
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotByThisKey, NotThere
from amara_api.kernel.ids import new_key
from amara_api.kernel.limits import guarded
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import ask_caller
from users.models import POWERS, ApiKey, LoginToken, User
from users.policies import FOREIGN, may_edit_user, may_log_in_as, may_log_in_by_link

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from amara_api.kernel.decisions import Decision

# Programs check this shape before they send a key, so it is also safe to refuse any other unasked.
_KEY = re.compile(r"[0-9a-f]{40}")
LOGIN_LINK_LIFETIME = timedelta(hours=2)
# Of an account: all, and what rules look at, with what tells who it is. In the model's own order.
_ALL = tuple(field.attname for field in User._meta.concrete_fields)
_FOR_READING = {"id", "username", "public_id", *POWERS}
_SOME = tuple(name for name in _ALL if name in _FOR_READING)
_KEY_COLUMNS = ("pk", "scope", "expires", "last_used", "origin", "maker")
_Scope, _Origin = ApiKey.Scope, ApiKey.Origin


def digest(secret: str) -> str:
    made = _peppered(settings.AMARA_KEY_PEPPER).copy()
    made.update(secret.encode())
    return made.hexdigest()


@lru_cache(maxsize=1)
def _peppered(pepper: str) -> hmac.HMAC:
    """Before the secret is in it: to begin anew takes longer than the rest."""
    return hmac.new(pepper.encode(), digestmod="sha256")


# --- who a key belongs to ------------------------------------------------------------------------


@PlannedQuery
def _owner_row(
    stamped: bool, names: tuple[str, ...], *, digest: str
) -> QuerySet[ApiKey, tuple[Data, ...]]:
    columns = (f"user__{name}" for name in names)
    stamp = stamps.column() if stamped else Value(None, TextField())
    keys = ApiKey.objects.filter(digest=digest)
    return keys.values_list(stamp, *_KEY_COLUMNS, *columns)


def owner_of(key: str, *, whole: bool = True) -> User | None:
    """The account that ``key`` belongs to, active or not, by one indexed query. ``came_by`` tells
    of the key. None for one that has expired, as for a wrong one.

    What is not ``whole`` has the fields that rules look at. The others come by one more query when
    one of them is asked for.
    """
    if not _KEY.fullmatch(key):
        return None
    names = _ALL if whole else _SOME
    rows = _owner_row(stamps.is_in_a_statement(), names, digest=digest(key))
    if not rows:
        return None
    stamp, pk, scope, expires, last_used, origin, maker, *columns = rows[0]
    if expires is not None and expires <= timezone.now():
        return None
    user = User.from_db("default", names, columns)
    helped = origin == _Origin.OTHER
    user.came_by = Credential(helped, maker, scope == _Scope.READ, expires, pk, last_used)
    user.seen = stamp and stamps.of_column(stamp)
    return user


# What could not be noted, so that a database which takes no writes is asked once a day.
_given_up: dict[int, date] = {}


def note_use(credential: Credential) -> None:
    """Write down that a key was used today; once a day, so that reading costs no write."""
    today = timezone.now().date()
    key = credential.key
    if credential.last_used == today or key is None or _given_up.get(key) == today:
        return
    older = Q(last_used=None) | Q(last_used__lt=today)
    try:
        with transaction.atomic():
            ApiKey.objects.filter(older, pk=key).update(last_used=today)
    except (DatabaseError, InterfaceError):
        # That somebody may read does not hang on this.
        _given_up[key] = today


# --- making and ending keys ----------------------------------------------------------------------


def issue_key(user: User, *, actor: User | None) -> str:
    """Another key for ``user``, as `add_key` makes it. This is the only time it can be seen."""
    return add_key(user, actor=actor)[1]


class KeyFields(TypedDict, total=False):
    """What may be said of a new key. ``expires`` of None is never; ``once`` names the form that
    makes the key, which makes no second one."""

    label: str
    scope: str
    expires: datetime | None
    once: str | None


def add_key(user: User, *, actor: User | None, **fields: Unpack[KeyFields]) -> tuple[ApiKey, str]:
    """Another key, and the secret itself; those that there are stay. ``actor`` None is the server.

    A key that expires makes none that lasts longer, and one that reads only makes none. What has
    expired is cleared away. Raises `NotAllowed`, `InvalidInput`, and `Conflict` for a form
    (``once``) that has made its key.
    """
    if actor is not None:
        guarded.count("keys", actor.pk)
        fields["expires"] = _bounded(actor, user, fields.get("expires"))
    with transaction.atomic():
        owner = _owner(user.pk, actor)
        _clear_expired(owner)
        held = ApiKey.objects.filter(user=owner)
        once = fields.get("once")
        if once is not None and held.filter(once=once).exists():
            raise Conflict("This form has made its key.")
        if held.count() >= settings.AMARA_MAX_KEYS:
            raise InvalidInput.general(
                f"There are {settings.AMARA_MAX_KEYS} keys already. Revoke one first."
            )
        return first_key(owner, actor=actor, **fields)


def first_key(user: User, *, actor: User | None, **fields: Unpack[KeyFields]) -> tuple[ApiKey, str]:
    """The key that comes with a new account: nobody is asked. Must run inside a transaction."""
    key = new_key()
    origin, maker = maker_of(user, actor)
    made = ApiKey.objects.create(
        user=user, digest=digest(key), origin=origin, maker_id=maker, **fields
    )
    _record(ActivityType.KEY_ISSUED, made, actor=actor, scope=made.scope)
    return made, key


@transaction.atomic
def replace_key(user: User, *, label: str = "") -> str:
    """A key from the server's operator, in place of what the account had under this label from
    them or from others, as it always was. What the person made stays."""
    for key in _keys_of(user).filter(label=label).exclude(origin=_Origin.OWN):
        _end(key, actor=None, because="replaced")
    return add_key(user, actor=None, label=label)[1]


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: User | None) -> None:
    """Whoever uses it is refused from now on. Raises `NotAllowed` and `NotThere`."""
    _owner(key.user_id, actor)
    if not _end(key, actor=actor, because="revoked"):
        raise NotThere


@transaction.atomic
def revoke_keys(user: User, *, actor: User | None) -> int:
    """End every key of ``user``, whoever made it. How many there were. Raises `NotAllowed` and
    `NotThere`."""
    owner = _owner(user.pk, actor)
    return sum(_end(key, actor=actor, because="revoked") for key in _keys_of(owner))


@transaction.atomic
def rotate_key(key: ApiKey, *, actor: User) -> tuple[ApiKey, str]:
    """A key in place of ``key``, with its label, scope and end, and the secret itself. The old one
    is refused from now on. Raises `InvalidInput` for one that has expired, `NotThere`, and what
    `add_key` does: then the old one stays."""
    _owner(key.user_id, actor)
    found = _keys_of(key.user).filter(pk=key.pk).first()
    if found is None:
        raise NotThere
    if found.expires is not None and found.expires <= timezone.now():
        raise InvalidInput.general("This key has expired. Issue a new one instead.")
    # First, for the new one may be the last that there may be.
    _end(found, actor=actor, because="replaced")
    return add_key(
        found.user, actor=actor, label=found.label, scope=found.scope, expires=found.expires
    )


def end_what_others_hold(
    user: User,
    *,
    actor: User | None,
    because: str,
    keys: frozenset[str],
    spared: int | None = None,
) -> None:
    """End login links, and the keys whose `ApiKey.Origin` is in ``keys``, but for those that
    ``spared`` made. Sessions are the seal's, see `User`. Must run inside a transaction that has
    locked the account."""
    LoginToken.objects.filter(user=user).delete()
    for key in _keys_of(user).filter(origin__in=keys):
        if spared is None or key.maker_id != spared:
            _end(key, actor=actor, because=because)


def maker_of(user: User, actor: User | None) -> tuple[str, int | None]:
    """Whose doing it is what ``actor`` does to the account, and who that is."""
    if actor is None:
        return _Origin.SERVER, None
    if actor.pk != user.pk:
        return _Origin.OTHER, actor.pk
    return _Origin.OTHER if actor.came_by.helped else _Origin.OWN, _doer(actor)


def _doer(actor: User) -> int | None:
    """Whose doing it is what comes by this key or session: perhaps theirs who made it."""
    return actor.came_by.helper if actor.came_by.helped else actor.pk


def _owner(pk: int, actor: User | None) -> User:
    """The account, locked, if ``actor`` may change its keys."""
    user = locked(pk)
    if user is None:
        raise NotThere
    if actor is not None and not (decision := may_edit_user(actor, user)):
        kind = NotByThisKey if decision.reason == FOREIGN else NotAllowed
        raise kind(decision.reason)
    return user


def _bounded(actor: User, user: User, expires: datetime | None) -> datetime | None:
    own = actor.came_by
    if own.read_only:
        raise NotByThisKey("A key that may only read makes no keys.")
    if own.expires is None or actor.pk != user.pk:
        return expires
    if expires is not None and expires > own.expires:
        raise NotByThisKey("A key may not make one that lasts longer than itself.")
    return expires or own.expires


def _keys_of(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(user=user).select_related("user").order_by("pk")


def _clear_expired(user: User) -> None:
    for key in _keys_of(user).filter(expires__lte=timezone.now()):
        if _deleted(key):
            _record(ActivityType.KEY_EXPIRED, key, actor=None)


def _end(key: ApiKey, *, actor: User | None, because: str) -> bool:
    if not _deleted(key):
        return False
    _record(ActivityType.KEY_REVOKED, key, actor=actor, because=because)
    return True


def _deleted(key: ApiKey) -> bool:
    return ApiKey.objects.filter(pk=key.pk).delete()[0] > 0


def _record(type: ActivityType, key: ApiKey, *, actor: User | None, **told: Data) -> None:
    # Not the label: people write all sorts of things there.
    record(type, actor=actor, user=key.user.identifier, key=key.pk, **told)


# --- login links ---------------------------------------------------------------------------------


@transaction.atomic
def issue_login_token(user: User, *, actor: User | None = None) -> str:
    """The secret of a link that logs ``user`` in once within two hours; an older link dies.

    ``actor`` is who wants it, None the server itself. With a key that somebody else made for
    ``actor`` it is that other's link. Raises `NotAllowed`.
    """
    if actor is not None:
        guarded.count("login-links", actor.pk)
    owner = locked(user.pk)
    if owner is None or not _may_have_link(actor, owner):
        raise NotAllowed
    maker = None if actor is None else _doer(actor)
    token = new_key()
    LoginToken.objects.update_or_create(
        user=owner,
        defaults={"digest": digest(token), "created": timezone.now(), "maker_id": maker},
    )
    record(ActivityType.LOGIN_LINK_MADE, actor=actor, user=owner.identifier)
    return token


def whom_logs_in(token: str) -> User | None:
    """The user whom `redeem_login_token` would log in; the link stays as it is."""
    row = LoginToken.objects.select_related("maker", "user").filter(digest=digest(token)).first()
    return row.user if row is not None and _is_good(row, row.user) else None


@transaction.atomic
def redeem_login_token(token: str) -> User | None:
    """The user to log in, or None. Whoever redeems first wins; the link is gone either way.

    ``came_by`` of the user tells of somebody else who had the link made.
    """
    row = LoginToken.objects.select_related("maker").filter(digest=digest(token)).first()
    if row is None:
        return None
    # The person first and then their link, as when one is made.
    user = locked(row.user_id)
    if user is None or not LoginToken.objects.filter(pk=row.pk, digest=row.digest).delete()[0]:
        return None
    if not _is_good(row, user):
        return None
    if row.maker_id == user.pk:
        became_independent(user)
    elif row.maker_id is not None:
        user.came_by = Credential(helped=True, helper=row.maker_id)
    return user


def became_independent(user: User) -> None:
    """The person came in by themselves: links for the account are no longer its creator's."""
    User.objects.filter(pk=user.pk, is_independent=False).update(is_independent=True)
    user.is_independent = True


def _is_good(row: LoginToken, user: User) -> bool:
    in_time = timezone.now() <= row.created + LOGIN_LINK_LIFETIME
    return in_time and bool(_may_have_link(row.maker, user))


def _may_have_link(maker: User | None, user: User) -> Decision:
    return may_log_in_by_link(user) if maker is None else may_log_in_as(maker, user)


def locked(pk: int) -> User | None:
    """Whoever comes in by themselves at this moment comes before or after, not in between."""
    found = User.objects.select_for_update(no_key=True).filter(pk=pk).first()
    ask_caller()
    return found

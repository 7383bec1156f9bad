"""Writes for accounts."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from typing import TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ManyToOneRel

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import InvalidInput, NotAllowed, NotThere
from amara_api.kernel.limits import guarded
from amara_api.kernel.standing import ask_again
from users import keys
from users.hashers import MAX_PASSWORD
from users.mail import send_confirmation
from users.models import ApiKey, User
from users.policies import may_edit_user

USERNAME_LENGTH = 30
_USERNAME = re.compile(r"[A-Za-z0-9_\-@.+]+")
# Names that mean something else in an address.
_RESERVED = {"me", ".", ".."}
UNIQUE_BASE_LENGTH = 24
# Whoever gets one of these gets the power to do harm.
_POWERS = ("is_staff", "is_superuser")
PROMOTION, NEW_PASSWORD, SHUT_OUT = "promotion", "password", "shut out"
# The keys that end then, by who made them. Those of an account that is shut out open nothing.
_ENDED: dict[str, frozenset[str]] = {
    PROMOTION: frozenset({ApiKey.Origin.OTHER, ApiKey.Origin.SERVER}),
    NEW_PASSWORD: frozenset({ApiKey.Origin.OTHER}),
    SHUT_OUT: frozenset(),
}


class UserFields(TypedDict, total=False):
    """Columns of `User` that others may say. The rest has services of its own."""

    email: str
    email_confirmed: bool
    first_name: str
    last_name: str
    full_name: str
    biography: str
    homepage: str
    avatar: str
    languages: list[str]
    is_partner: bool
    is_staff: bool
    is_superuser: bool
    is_active: bool
    follows_own_videos: bool
    can_send_messages: bool
    wants_mail: bool
    mails_daily: bool
    mail_message: bool
    mail_invitation: bool
    mail_assignment: bool
    mail_sent_back: bool
    mail_approved: bool
    mail_application: bool
    mail_note: bool
    mail_callback: bool


def create_user(
    *,
    actor: User | None,
    username: str,
    password: str | None = None,
    find_unique: bool = False,
    invited: bool = False,
    key_label: str = "",
    **fields: Unpack[UserFields],
) -> tuple[User, str]:
    """A new account and its API key, recorded; its e-mail address is asked for confirmation.

    With ``find_unique`` a taken name is varied, as the documentation of 2016 says under Creating
    Users. ``invited`` says that the account is made for somebody who was only asked to come: it has
    no creator, who could have login links for it, and no key (an empty text). Raises
    `InvalidInput`.
    """
    if len(username) > USERNAME_LENGTH:
        message = f"Ensure this field has no more than {USERNAME_LENGTH} characters."
        raise InvalidInput.field("username", message)
    if not _USERNAME.fullmatch(username) or username.lower() in _RESERVED:
        printable = username.encode("ascii", "replace").decode()
        raise InvalidInput.field("username", f"Invalid Username: {printable}")
    if find_unique and len(username) > UNIQUE_BASE_LENGTH:
        raise InvalidInput.general(f"Username too long: {username}")
    if actor is not None:
        guarded.count("accounts", actor.pk)
    # With its name, which a password must not be like.
    user = User(created_by=None if invited else actor, username=username, **fields)
    # Hashing takes its time, and SQLite has one writer: not inside the transaction.
    _set_password(user, password, actor)
    with transaction.atomic():
        for name in _variations(username) if find_unique else [username]:
            if _claim(user, name):
                break
        else:
            raise InvalidInput([f"Username not unique: {username}"])
        record(ActivityType.USER_CREATED, actor=actor, user=user.identifier)
        ask_again()
        if user.email and not user.email_confirmed:
            send_confirmation(user)
        return user, "" if invited else keys.first_key(user, actor=actor, label=key_label)[1]


def update_user(
    user: User,
    *,
    actor: User | None,
    password: str | None = None,
    no_password: bool = False,
    **fields: Unpack[UserFields],
) -> User:
    """Change what is given; the rest stays, also what somebody else changes at this moment.

    Whoever becomes staff or superuser, gets another password or is shut out: what others hold of
    the account ends with it, as `docs/operations.md` tells. Raises `InvalidInput`, `NotAllowed`.
    """
    if fields.get("email") and fields["email"] != user.email:
        guarded.count("mails-of-account", user.pk)
    for name, value in fields.items():
        setattr(user, name, value)
    changed = sorted(fields)
    new_password = password is not None or no_password
    if new_password:
        _set_password(user, password, actor)
        changed += ["password", "password_by"]
    own_password = password is not None and actor is not None and actor.pk == user.pk
    if own_password or user.is_staff or user.is_superuser:
        # Theirs from now on, see `users.policies.may_log_in_as`; also when they are staff no more.
        user.is_independent = True
        changed.append("is_independent")
    with transaction.atomic():
        stored = _locked(user, actor)
        new_address = "email" in fields and fields["email"] != stored.email
        if new_address:
            user.email_confirmed = False
            changed.append("email_confirmed")
        ends = _what_ends(stored, fields, new_password)
        if ends in (PROMOTION, SHUT_OUT):
            user.seal = secrets.token_hex(16)
            changed.append("seal")
        if ends == PROMOTION and not new_password and _knows_password(stored.password_by, user):
            user.set_unusable_password()
            user.password_by = None
            changed += ["password", "password_by"]
        user.save(update_fields=changed)
        if ends:
            # Whoever sets the password knows it, and may keep the key they made.
            spared = keys.maker_of(user, actor)[1] if ends == NEW_PASSWORD else None
            keys.end_what_others_hold(
                user, actor=actor, because=ends, keys=_ENDED[ends], spared=spared
            )
        told = sorted(set(changed) - _UNTOLD)
        record(
            ActivityType.USER_CHANGED, actor=actor, user=user.identifier, fields=told, about=user
        )
        if new_address and user.email:
            send_confirmation(user)
    return user


def _locked(user: User, actor: User | None) -> User:
    """The account as it is now, if ``actor`` may change it."""
    stored = keys.locked(user.pk)
    if stored is None:
        raise NotThere
    if actor is not None and not may_edit_user(actor, stored):
        raise NotAllowed
    ask_again()
    return stored


def _what_ends(stored: User, fields: UserFields, new_password: bool) -> str:
    """Why what others hold of the account ends now; empty if it does not."""
    given = dict(fields)
    if any(given.get(name) and not getattr(stored, name) for name in _POWERS):
        return PROMOTION
    if new_password:
        return NEW_PASSWORD
    return SHUT_OUT if stored.is_active and not fields.get("is_active", True) else ""


_UNTOLD = {"email_confirmed", "is_independent", "password_by", "seal"}


def _knows_password(setter: User | None, user: User) -> bool:
    """Whether who set the password may not do what ``user`` may from now on."""
    if setter is None:
        return False
    equal = setter.is_superuser or (setter.is_staff and not user.is_superuser)
    return not (setter.is_active and equal)


@transaction.atomic
def delete_user(user: User, *, actor: User | None) -> None:
    """What they made stays, by the name that they had. Who has memberships leaves the teams
    before. Raises `NotAllowed`, `NotThere`."""
    _locked(user, actor)
    record(ActivityType.USER_DELETED, actor=actor, user=user.identifier, name=user.username)
    _leave_name(user)
    user.delete()


def _leave_name(user: User) -> None:
    """To all that names an account by a column such as ``author`` and loses it, and keeps its name
    in a column beside it, such as ``author_name``."""
    # With those that have no name on this side.
    for relation in User._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel):
            continue
        model, person = relation.related_model, relation.field.name
        if f"{person}_name" in {column.name for column in model._meta.concrete_fields}:
            rows = model._base_manager.filter(**{person: user})
            rows.update(**{f"{person}_name": user.username})


def _set_password(user: User, password: str | None, actor: User | None) -> None:
    user.password_by_id = None
    if password is not None:
        if len(password) > MAX_PASSWORD:
            message = f"Ensure this field has no more than {MAX_PASSWORD} characters."
            raise InvalidInput.field("password", message)
        if actor is not None:
            # Hashing is meant to be slow.
            guarded.count("passwords", actor.pk)
            origin, maker = keys.maker_of(user, actor)
            user.password_by_id = maker if origin == ApiKey.Origin.OTHER else None
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInput({"password": error.messages}) from error
    # None means no password: the account logs in by link or key only.
    user.set_password(password)


def _claim(user: User, name: str) -> bool:
    if User.objects.filter(username__iexact=name).exists():
        return False
    user.username = name
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # Somebody took the name between the question and the answer.
        user.pk = None
        return False
    return True


def _variations(username: str) -> Iterator[str]:
    before, at, after = username.partition("@")
    yield username
    for number in range(100):
        yield f"{before}{number:02}{at}{after}"
    alphabet = string.ascii_lowercase + string.digits
    while True:
        tail = "".join(secrets.choice(alphabet) for _ in range(6))
        yield f"{before}{tail}{at}{after}"

"""Writes for accounts."""

import re
import secrets
import string
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.errors import InvalidInput
from users.keys import issue_key
from users.mail import send_confirmation
from users.models import User

_USERNAME = re.compile(r"[A-Za-z0-9_\-@.+]{1,30}")
# Names that mean something else in an address.
_RESERVED = {"me", ".", ".."}
UNIQUE_BASE_LENGTH = 24


def create_user(
    *,
    actor: User | None,
    username: str,
    password: str | None = None,
    find_unique: bool = False,
    **fields: Any,
) -> tuple[User, str]:
    """A new account and its API key, recorded; its e-mail address is asked for confirmation.

    With ``find_unique`` a taken name is varied, as the documentation of 2016 says under Creating
    Users. Raises `InvalidInput`.
    """
    if not _USERNAME.fullmatch(username) or username.lower() in _RESERVED:
        printable = username.encode("ascii", "replace").decode()
        raise InvalidInput.field("username", f"Invalid Username: {printable}")
    if find_unique and len(username) > UNIQUE_BASE_LENGTH:
        raise InvalidInput.general(f"Username too long: {username}")
    user = User(created_by=actor, **fields)
    # Hashing takes its time, and SQLite has one writer: not inside the transaction.
    _set_password(user, password)
    with transaction.atomic():
        for name in _variations(username) if find_unique else [username]:
            if _claim(user, name):
                break
        else:
            raise InvalidInput([f"Username not unique: {username}"])
        record(ActivityType.USER_CREATED, actor=actor, user=user.identifier)
        if user.email:
            send_confirmation(user)
        return user, issue_key(user, actor=actor)


def update_user(
    user: User,
    *,
    actor: User | None,
    password: str | None = None,
    no_password: bool = False,
    **fields: Any,
) -> User:
    """Change what is given; the rest stays, also what somebody else changes at this moment."""
    new_address = "email" in fields and fields["email"] != user.email
    if new_address:
        fields["email_confirmed"] = False
    for name, value in fields.items():
        setattr(user, name, value)
    changed = sorted(fields)
    if password is not None or no_password:
        _set_password(user, password)
        changed.append("password")
    with transaction.atomic():
        user.save(update_fields=changed)
        told = sorted(set(changed) - {"email_confirmed"})
        record(
            ActivityType.USER_CHANGED, actor=actor, user=user.identifier, fields=told, about=user
        )
        if new_address and user.email:
            send_confirmation(user)
    return user


@transaction.atomic
def delete_user(user: User, *, actor: User | None) -> None:
    """What they made stays, without an author. Who has memberships leaves the teams before."""
    record(ActivityType.USER_DELETED, actor=actor, user=user.identifier)
    user.delete()


def _set_password(user: User, password: str | None) -> None:
    if password is not None:
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

"""API keys and login links: made from secrets, kept as digests, shown once."""

import hmac
import re
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.compiled import CompiledQuery
from amara_api.ids import new_key
from users.models import ApiKey, LoginToken, User
from users.policies import may_log_in_by_link

# Programs check this shape before they send a key, so it is also safe to refuse any other unasked.
_KEY = re.compile(r"[0-9a-f]{40}")
LOGIN_LINK_LIFETIME = timedelta(hours=2)
_USER_COLUMNS = [field.attname for field in User._meta.concrete_fields]


def digest(secret: str) -> str:
    pepper = settings.AMARA_KEY_PEPPER.encode()
    return hmac.digest(pepper, secret.encode(), "sha256").hex()


@CompiledQuery
def _owner_row(*, digest: str):  # type: ignore[no-untyped-def]
    return User.objects.filter(api_key__digest=digest).values_list(*_USER_COLUMNS)


def owner_of(key: str) -> User | None:
    """The account that ``key`` belongs to, active or not, by one indexed query."""
    if not _KEY.fullmatch(key):
        return None
    rows = _owner_row(digest=digest(key))
    return User.from_db("default", _USER_COLUMNS, rows[0]) if rows else None


@transaction.atomic
def issue_key(user: User, *, actor: User | None) -> str:
    """A new key for ``user``; the old one stops working. This is the only time it can be seen."""
    key = new_key()
    ApiKey.objects.update_or_create(
        user=user, defaults={"digest": digest(key), "created": timezone.now()}
    )
    record(ActivityType.KEY_ISSUED, actor=actor, user=user.identifier)
    return key


@transaction.atomic
def issue_login_token(user: User) -> str:
    """The secret of a link that logs ``user`` in once within two hours; an older link dies."""
    token = new_key()
    LoginToken.objects.update_or_create(
        user=user, defaults={"digest": digest(token), "created": timezone.now()}
    )
    return token


@transaction.atomic
def redeem_login_token(token: str) -> User | None:
    """The user to log in, or None. Whoever redeems first wins; the link is gone either way."""
    row = LoginToken.objects.select_related("user").filter(digest=digest(token)).first()
    if row is None or not LoginToken.objects.filter(pk=row.pk, digest=row.digest).delete()[0]:
        return None
    user = row.user
    in_time = timezone.now() <= row.created + LOGIN_LINK_LIFETIME
    return user if in_time and may_log_in_by_link(user) else None

"""The second factor of a login: an app that shows codes (TOTP, RFC 6238), and recovery codes.

Wrong codes are counted by account, however many addresses they come from, since there are only a
million codes; a browser in which the person has logged in before has tries of its own.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import site
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from amara_api.kernel.limits import guarded
from users import keys
from users.models import SecondFactor, User
from users.policies import FOREIGN, may_edit_user

if TYPE_CHECKING:
    from amara_api.kernel.shapes import Data

RECOVERY_CODES = 10
_LIMIT = "second-factors"
_STEP = 30  # seconds that a code is shown
_DRIFT = 1  # steps that a clock may be off, to either side
_RECOVERY_DIGITS = 12
_NONCE = 12
WRONG = "This code is not right, or has been used already. Wait for the next one."


def is_on(user: User) -> bool:
    return SecondFactor.objects.filter(pk=user.pk).exists()


def new_secret() -> str:
    return pyotp.random_base32()


def uri(user: User, secret: str) -> str:
    """What an app reads, from a picture or a link: ``otpauth://totp/…``."""
    here = urlsplit(site.address()).hostname or "subtitles"
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=here)


@transaction.atomic
def turn_on(user: User, secret: str, code: str, *, actor: User) -> list[str]:
    """Ask for codes from now on, if ``code`` is one of ``secret``; sessions end, see `User.seal`.

    The recovery codes are returned, this once. Raises `InvalidInput`, `NotAllowed`, `Conflict`.
    """
    owner = _owner(user, actor)
    if is_on(owner):
        raise Conflict("It is on already.")
    step = _step_of(secret, _digits(code))
    if step is None:
        raise InvalidInput.field("code", WRONG)
    codes, digests = _new_codes(owner)
    SecondFactor.objects.create(
        user=owner, secret=seal(secret, owner), last_step=step, recovery_digests=digests
    )
    user.seal = owner.seal = secrets.token_hex(16)
    owner.save(update_fields=["seal"])
    _record(owner, actor)
    return codes


@transaction.atomic
def new_recovery_codes(user: User, *, actor: User) -> list[str]:
    """Ten others; the old ones are good no more. Raises `NotAllowed`, `NotThere`."""
    owner = _owner(user, actor)
    codes, digests = _new_codes(owner)
    if not SecondFactor.objects.filter(pk=owner.pk).update(recovery_digests=digests):
        raise NotThere
    _record(owner, actor)
    return codes


@transaction.atomic
def turn_off(user: User, *, actor: User | None) -> None:
    """Ask for no codes any more. Whoever calls this has asked for one, or may do without."""
    owner = _owner(user, actor)
    if not SecondFactor.objects.filter(pk=owner.pk).delete()[0]:
        raise NotThere
    _record(owner, actor)


def accept(user: User, code: str, *, browser: str = "") -> bool:
    """Whether a code is good; it is used up. ``browser`` names one that knows the person.

    Raises `TooMany`, before anything is looked at.
    """
    whom = ("browser", browser) if browser else (user.pk,)
    guarded.count(_LIMIT, *whom)
    digits = _digits(code)
    good = _is_of_app(user, digits) or _is_recovery(user, digits)
    if good:
        guarded.give_back(_LIMIT, *whom)
    return good


def codes_left(user: User) -> int:
    factor = SecondFactor.objects.filter(pk=user.pk).first()
    return 0 if factor is None else len(factor.recovery_digests)


# --- codes ---------------------------------------------------------------------------------------


def _is_of_app(user: User, digits: str) -> bool:
    factor = SecondFactor.objects.filter(pk=user.pk).first()
    secret = None if factor is None else opened(bytes(factor.secret), user)
    step = None if secret is None else _step_of(secret, digits)
    if step is None:
        return False
    # Of two who send the same code at once, one comes first.
    unused = SecondFactor.objects.filter(pk=user.pk, last_step__lt=step)
    return unused.update(last_step=step) == 1


def _step_of(secret: str, digits: str) -> int | None:
    app, now = pyotp.TOTP(secret), int(timezone.now().timestamp()) // _STEP
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    good = [step for step in steps if hmac.compare_digest(app.generate_otp(step), digits)]
    return good[-1] if good else None


@transaction.atomic
def _is_recovery(user: User, digits: str) -> bool:
    if len(digits) != _RECOVERY_DIGITS:
        return False
    factor = SecondFactor.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    wanted = _digest(user, digits)
    if factor is None or wanted not in factor.recovery_digests:
        return False
    factor.recovery_digests = [each for each in factor.recovery_digests if each != wanted]
    factor.save(update_fields=["recovery_digests"])
    return True


def _new_codes(user: User) -> tuple[list[str], list[str]]:
    """As people read them, and as they are kept."""
    made = [
        f"{secrets.randbelow(10**_RECOVERY_DIGITS):0{_RECOVERY_DIGITS}}"
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(re.findall("....", code)) for code in made], [
        _digest(user, code) for code in made
    ]


def _digest(user: User, digits: str) -> str:
    return keys.digest(f"recovery-code {user.pk} {digits}")


def _digits(code: str) -> str:
    """People and programs group digits."""
    digits = re.sub(r"[\s-]", "", code)
    return digits if digits.isascii() and digits.isdigit() else ""


# --- the secret at rest --------------------------------------------------------------------------


def seal(secret: str, user: User) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + bytes(_cipher().encrypt(nonce, secret.encode(), _whose(user)))


def opened(sealed: bytes, user: User) -> str | None:
    """None where the server's secret has changed since, or it was another account's."""
    from cryptography.exceptions import InvalidTag

    try:
        plain: bytes = _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], _whose(user))
    except (InvalidTag, ValueError):
        return None
    return plain.decode()


def _cipher() -> Data:
    # Loaded by the first login that needs it. The same secret keys the digests of API keys.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    pepper = settings.AMARA_KEY_PEPPER.encode()
    return ChaCha20Poly1305(hmac.digest(pepper, b"users.second_factor", "sha256"))


def _whose(user: User) -> bytes:
    return str(user.pk).encode()


# --- who may -------------------------------------------------------------------------------------


def _owner(user: User, actor: User | None) -> User:
    owner = keys.locked(user.pk)
    if owner is None:
        raise NotThere
    if actor is not None and not (decision := may_edit_user(actor, owner)):
        raise NotAllowed(decision.reason)
    if actor is not None and actor.came_by.helped:
        # It would outlast what they may.
        raise NotAllowed(FOREIGN)
    return owner


def _record(user: User, actor: User | None) -> None:
    told = ["second_factor"]
    record(ActivityType.USER_CHANGED, actor=actor, user=user.identifier, fields=told)

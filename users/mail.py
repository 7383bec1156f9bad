"""Mails about an account, and the links in mails that need no login."""

import hashlib
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.urls import reverse

from amara_api.kernel import replays, site
from amara_api.kernel.errors import TooMany
from amara_api.kernel.limits import guarded
from users.delivery import deliver
from users.models import MailKind, SecondFactor, User

_SALT = "users.mail.confirmation"
_UNSUBSCRIBE_SALT = "users.mail.unsubscribe"
_ALL_KINDS = "all"
_SIGN_UP_SALT = "users.mail.sign_up"
CONFIRMATION_DAYS = 14
SIGN_UP_HOURS = 24
_MOST_ACCOUNTS = 5  # of one address, that one mail tells of


def send_confirmation(user: User) -> None:
    """Ask, once the change is committed, whether the address is really theirs.

    It may be a stranger's, so the mail says nothing that others have written, no name either.
    Raises `TooMany` for an address that has been asked too often: it may be a stranger's.
    """
    guarded.count("mails-to-address", user.email.lower())
    token = signing.dumps([user.pk, user.email], salt=_SALT)
    link = site.address() + reverse("confirm-email", args=[token])
    text = (
        f"Hello,\n\nplease confirm that this is your address: open\n{link}\n"
        f"within {CONFIRMATION_DAYS} days and press the button. If you did not ask for this, do "
        "nothing.\n"
    )
    subject = "Please confirm your e-mail address"
    mail = EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    transaction.on_commit(lambda: deliver([mail]))


def whose(token: str) -> User | None:
    """The user whose current address the link confirms; None for a bad link."""
    try:
        pk, email = signing.loads(token, salt=_SALT, max_age=CONFIRMATION_DAYS * 86_400)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, email=email).first()


def confirm(token: str) -> User | None:
    """The same, now marked so. `confirmed_now` says whether this link is the first to do so."""
    user = whose(token)
    if user is not None:
        unconfirmed = User.objects.filter(pk=user.pk, email=user.email, email_confirmed=False)
        user.confirmed_now = unconfirmed.update(email_confirmed=True, is_independent=True) == 1
    return user


def unsubscribe_link(user_pk: int, kind: MailKind) -> str:
    """Where somebody stops a kind of mail. It works as long as the server keeps its secret."""
    token = signing.dumps([user_pk, kind.value], salt=_UNSUBSCRIBE_SALT)
    return f"{site.address()}{reverse('unsubscribe', args=[token])}"


def stop_all_link(user_pk: int) -> str:
    """Where somebody stops all mails of messages: a digest has many kinds."""
    token = signing.dumps([user_pk, _ALL_KINDS], salt=_UNSUBSCRIBE_SALT)
    return f"{site.address()}{reverse('unsubscribe', args=[token])}"


def unsubscriber(token: str) -> tuple[User, MailKind | None] | None:
    """Who wants to stop which kind of mail, where None is all kinds; None alone for a link that
    this server has not made."""
    try:
        pk, kind = signing.loads(token, salt=_UNSUBSCRIBE_SALT)
        user = User.objects.get(pk=pk)
        return user, None if kind == _ALL_KINDS else MailKind(kind)
    except (signing.BadSignature, User.DoesNotExist, ValueError):
        # A ValueError is a kind that there is no more.
        return None


# --- a forgotten password ------------------------------------------------------------------------


class _Resets(PasswordResetTokenGenerator):
    """Django's links, which end with the password, the address, the next login, and
    `PASSWORD_RESET_TIMEOUT`; these end with the sessions too."""

    key_salt = "users.mail.resets"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.seal}{user.email_confirmed}"


_resets = _Resets()


def reset_token(user: User) -> str:
    return f"{user.pk}-{_resets.make_token(user)}"


def who_resets(token: str) -> User | None:
    """Who may set another password by this link; None for a bad one."""
    pk, _, made = token.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        return None
    user = User.objects.filter(pk=pk, is_active=True, email_confirmed=True).first()
    return user if user is not None and _resets.check_token(user, made) else None


def send_resets(people: Iterable[User], asked: str) -> None:
    """A mail to each of these, whose confirmed addresses they are. Where there is nobody who could
    have ``asked``, it takes as long, and nothing tells the two apart.

    Those who run the server are told that a mailbox is not enough.
    """
    chosen = list(people)[:_MOST_ACCOUNTS]
    told = [
        (user.email, user.username, _reset_link(user))
        for user in chosen
        if _may_write_to(user.email)
    ]
    if not chosen:
        _may_write_to(asked)
    transaction.on_commit(lambda: deliver(_resetting(told)))


def _may_write_to(address: str) -> bool:
    """Whoever asks for too many mails is not told so, or they would know whose address it is."""
    try:
        guarded.count("mails-to-address", address.lower())
    except TooMany:
        return False
    return True


def _reset_link(user: User) -> str:
    powerful = user.is_staff or user.is_superuser
    if powerful and not SecondFactor.objects.filter(pk=user.pk).exists():
        return ""
    return site.address() + reverse("password-reset", args=[reset_token(user)])


def _resetting(told: list[tuple[str, str, str]]) -> Iterator[EmailMessage]:
    for address, name, link in told:
        way = (
            f"open\n{link}\nwithin {settings.PASSWORD_RESET_TIMEOUT // 3600} hours."
            if link
            else "ask another operator of the server: accounts of staff need a second factor to do "
            "so by mail."
        )
        text = (
            f"Hello,\n\nsomebody, probably you, has forgotten the password of the account {name}.\n"
            f"To choose another one, {way}\n\nIf it was not you, do nothing: the password stays.\n"
        )
        yield EmailMessage("A new password", text, settings.DEFAULT_FROM_EMAIL, [address])


def tell_of_change(user: User, what: str) -> None:
    """Tell the owner of a confirmed address what has just been done to what opens the account."""
    if not (user.email and user.email_confirmed):
        return
    text = (
        f"Hello,\n\n{what}, for the account {user.username}.\n\nIf it was not you, choose another "
        f"password at once:\n{site.address()}{reverse('forgotten')}\n"
    )
    sender = settings.DEFAULT_FROM_EMAIL
    mail = EmailMessage("Your account has changed", text, sender, [user.email])
    transaction.on_commit(lambda: deliver([mail]))


# --- signing up ----------------------------------------------------------------------------------


def send_sign_up(address: str) -> None:
    """A link by which whoever reads mails to ``address`` makes an account, once.

    The mail alone tells of accounts that the address has.
    """
    if not _may_write_to(address):
        return
    token = signing.dumps([address, _accounts_of(address)], salt=_SIGN_UP_SALT)
    has = _at(address).filter(email_confirmed=True, is_active=True)
    names = list(has.order_by("pk").values_list("username", flat=True)[:_MOST_ACCOUNTS])
    also = (
        f"You have an account here already: {', '.join(names)}. To log in with it when the "
        f"password is forgotten, open\n{site.address()}{reverse('forgotten')}\n\n"
        if names
        else ""
    )
    text = (
        f"Hello,\n\n{also}to make an account, open\n"
        f"{site.address()}{reverse('sign-up-link', args=[token])}\n"
        f"within {SIGN_UP_HOURS} hours. If you did not ask for this, do nothing.\n"
    )
    mail = EmailMessage("Your new account", text, settings.DEFAULT_FROM_EMAIL, [address])
    transaction.on_commit(lambda: deliver([mail]))


def who_signs_up(token: str) -> str | None:
    """The address whose owner makes an account by this link; None for a bad or used one."""
    try:
        address, accounts = signing.loads(token, salt=_SIGN_UP_SALT, max_age=SIGN_UP_HOURS * 3600)
    except (signing.BadSignature, ValueError):
        return None
    # With an account made by it, the link is used up.
    return str(address) if _accounts_of(address) == accounts else None


def use_up(token: str) -> bool:
    """Inside the transaction that makes the account: whether no other press of the link did."""
    return replays.claim(hashlib.sha256(token.encode()).hexdigest(), "") is not None


def _accounts_of(address: str) -> int:
    return _at(address).count()


def _at(address: str) -> QuerySet[User]:
    return User.objects.annotate(low=Lower("email")).filter(low=address.lower())

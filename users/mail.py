"""Mails about an account, and the links in mails that need no login."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from users.delivery import deliver
from users.models import MailKind, User

_SALT = "users.mail.confirmation"
_UNSUBSCRIBE_SALT = "users.mail.unsubscribe"
CONFIRMATION_DAYS = 14


def send_confirmation(user: User) -> None:
    """Ask, once the change is committed, whether the address is really theirs."""
    token = signing.dumps([user.pk, user.email], salt=_SALT)
    link = settings.AMARA_BASE_URL + reverse("confirm-email", args=[token])
    text = (
        f"Hello {user.username},\n\nplease confirm that this is your address by opening\n{link}\n"
        f"within {CONFIRMATION_DAYS} days. If you did not ask for this, do nothing.\n"
    )
    subject = "Please confirm your e-mail address"
    mail = EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    transaction.on_commit(lambda: deliver([mail]))


def confirm(token: str) -> User | None:
    """The user whose current address the link confirms, now marked so; None for a bad link.

    `confirmed_now` of the user says whether this link is the first to do so.
    """
    try:
        pk, email = signing.loads(token, salt=_SALT, max_age=CONFIRMATION_DAYS * 86_400)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk, email=email).first()
    if user is not None:
        unconfirmed = User.objects.filter(pk=pk, email_confirmed=False)
        user.confirmed_now = unconfirmed.update(email_confirmed=True) == 1
    return user


def unsubscribe_link(user_pk: int, kind: MailKind) -> str:
    """Where somebody stops a kind of mail. It works as long as the server keeps its secret."""
    token = signing.dumps([user_pk, kind.value], salt=_UNSUBSCRIBE_SALT)
    return f"{settings.AMARA_BASE_URL}{reverse('unsubscribe', args=[token])}"


def unsubscriber(token: str) -> tuple[User, MailKind] | None:
    """Who wants to stop which kind of mail; None for a link that this server has not made."""
    try:
        pk, kind = signing.loads(token, salt=_UNSUBSCRIBE_SALT)
        user = User.objects.get(pk=pk)
        return user, MailKind(kind)
    except (signing.BadSignature, User.DoesNotExist, ValueError):
        # A ValueError is a kind that there is no more.
        return None

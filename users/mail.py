"""Mails about an account."""

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from users.models import User

_SALT = "users.mail.confirmation"
CONFIRMATION_DAYS = 14


def send_confirmation(user: User) -> None:
    """Ask, once the change is committed, whether the address is really theirs."""
    token = signing.dumps([user.pk, user.email], salt=_SALT)
    link = settings.AMARA_BASE_URL + reverse("confirm-email", args=[token])
    text = (
        f"Hello {user.username},\n\nplease confirm that this is your address by opening\n{link}\n"
        f"within {CONFIRMATION_DAYS} days. If you did not ask for this, do nothing.\n"
    )
    address = user.email
    transaction.on_commit(
        lambda: send_mail(
            "Please confirm your e-mail address",
            text,
            settings.DEFAULT_FROM_EMAIL,
            [address],
            fail_silently=True,
        )
    )


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

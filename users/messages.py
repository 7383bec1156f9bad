"""Messages: into the inbox at once, and by e-mail when the change is committed."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from users.models import Message, User

MAX_SUBJECT = 100


def send_message(
    people: Iterable[User],
    *,
    sender: User | None,
    subject: str,
    content: str,
    team: Any = None,
) -> int:
    """One message to each; nobody writes to themselves. Must run inside a transaction.

    Those who want mail and have an address get it by mail too, with a link to the inbox.
    """
    subject = " ".join(subject.split())[:MAX_SUBJECT]
    receivers = [person for person in people if sender is None or person.pk != sender.pk]
    Message.objects.bulk_create(
        [
            Message(user=person, sender=sender, team=team, subject=subject, content=content)
            for person in receivers
        ],
        batch_size=500,
    )
    addresses = [person.email for person in receivers if person.wants_mail and person.email]
    if addresses:
        transaction.on_commit(lambda: _mail(addresses, subject, content))
    return len(receivers)


def mark_read(user: User, messages: Iterable[Message]) -> None:
    """The person has seen these."""
    keys = [message.pk for message in messages if message.read is None]
    Message.objects.filter(user=user, pk__in=keys).update(read=timezone.now())


def unread_count(user: User) -> int:
    return Message.objects.filter(user=user, read=None).count()


def _mail(addresses: list[str], subject: str, content: str) -> None:
    link = settings.AMARA_BASE_URL + reverse("inbox")
    text = f"{content}\n\n--\nYour inbox: {link}\n"
    sender = settings.DEFAULT_FROM_EMAIL
    mails = [EmailMessage(subject, text, sender, [address]) for address in addresses]
    # A mail server that is away must not undo or hold up what people did.
    get_connection(fail_silently=True).send_messages(mails)

"""Messages: into the inbox at once, and by e-mail when the change is committed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from amara_api.kernel import site
from amara_api.kernel.errors import Conflict
from users.delivery import deliver
from users.mail import unsubscribe_link
from users.models import MailKind, Message, User

if TYPE_CHECKING:
    from django.db.models import OuterRef, QuerySet

    from teams.models import Team

MAX_SUBJECT = 100


def send_message(
    people: Iterable[User],
    *,
    kind: MailKind,
    sender: User | None,
    subject: str,
    content: str,
    team: Team | None = None,
) -> int:
    """One message to each; nobody writes to themselves. Must run inside a transaction.

    Those who want mail of this kind and have an address get it by mail too, with a link to the
    inbox and one that stops this kind; or in their next digest (see `users.digest`).
    """
    subject = " ".join(subject.split())[:MAX_SUBJECT]
    receivers = [person for person in people if sender is None or person.pk != sender.pk]
    Message.objects.bulk_create(
        [
            Message(
                user=person,
                kind=kind,
                sender=sender,
                team=team,
                subject=subject,
                content=content,
                awaits_digest=person.mails_daily and person.gets_mail(kind),
            )
            for person in receivers
        ],
        batch_size=500,
    )
    mailed = [
        (person.pk, person.email)
        for person in receivers
        if person.gets_mail(kind) and not person.mails_daily
    ]
    if mailed:
        transaction.on_commit(lambda: deliver(_mails(mailed, kind, subject, content)))
    return len(receivers)


def mark_read(user: User, messages: Iterable[Message]) -> None:
    """The person has seen these."""
    keys = [message.pk for message in messages if message.read is None]
    Message.objects.filter(user=user, pk__in=keys).update(read=timezone.now())


def delete_messages(keys: Iterable[int]) -> int:
    """Take messages out of the inboxes that they are in; how many there were."""
    return Message.objects.filter(pk__in=list(keys)).delete()[0]


def hide_message(message: Message, *, hide: bool) -> None:
    """Keep a message from its inbox and from digests, or no longer. A mail that is sent is sent.

    Raises `Conflict` where that is so already, or the message is gone.
    """
    messages = Message.objects.filter(pk=message.pk, is_hidden=not hide)
    if not messages.update(is_hidden=hide):
        raise Conflict(f"It is {'hidden' if hide else 'shown'} already, or gone.")


def inbox_of(user: User | OuterRef) -> QuerySet[Message]:
    """What a person may read of what was written to them: of pages, the API and digests."""
    return Message.objects.filter(user=user, is_hidden=False)


def unread_count(user: User) -> int:
    return inbox_of(user).filter(read=None).count()


def _mails(
    people: list[tuple[int, str]], kind: MailKind, subject: str, content: str
) -> Iterator[EmailMessage]:
    """A mail to each of these ids and addresses. RFC 8058: their programs can stop them too."""
    name, inbox = site.name(), site.address() + reverse("inbox")
    for pk, address in people:
        stop = unsubscribe_link(pk, kind)
        text = (
            f"{content}\n\n--\n{name}\nYour inbox: {inbox}\n"
            f"No more mails like this ({kind.label}): {stop}\n"
        )
        headers = {
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        sender = settings.DEFAULT_FROM_EMAIL
        yield EmailMessage(subject, text, sender, [address], headers=headers)

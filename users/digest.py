"""One mail a day of what came into the inbox, for those who chose that.

A message that is to go into a digest says so itself. The digest takes that mark away in one
transaction under the person's lock, and only then is the mail sent: no second worker, and none that
begins after a crash, sends it again. Where the mail server is away, the marks are put back.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from amara_api.kernel import site
from users import keys
from users.delivery import hand_over
from users.mail import stop_all_link
from users.messages import inbox_of
from users.models import MailKind, Message, User

# A digest goes out when its oldest message has waited so long, so there is never more than one in
# that time, and no message waits longer.
PERIOD = timedelta(days=1)
A_ROUND = 100  # mails between two looks for who is due
LISTED = 50  # messages of one digest; the inbox has the rest
CLAIMED = 1000  # messages that one digest counts


class Digest(NamedTuple):
    """A mail to be sent, and the keys of the messages that it tells of."""

    mail: EmailMessage
    told: list[int]


def send_due(stopped: Callable[[], bool] = lambda: False) -> int:
    """Send the digests that are due, until ``stopped``; how many. Not inside a transaction."""
    sent = 0
    for pk in _due():
        if stopped():
            break
        digest = claim(pk)
        if digest is None:
            continue
        if not hand_over(digest.mail):
            give_back(digest)
            break
        sent += 1
    return sent


@transaction.atomic
def claim(user_pk: int) -> Digest | None:
    """The digest of this person, which nobody else gets from now on; None if there is none."""
    user = keys.locked(user_pk)
    if user is None or not user.mails_daily:
        return None
    waiting = inbox_of(user).filter(awaits_digest=True).order_by("pk")
    found = list(waiting.select_related("sender", "team")[:CLAIMED])
    Message.objects.filter(pk__in=[each.pk for each in found]).update(awaits_digest=False)
    # Asked again: kinds may have been switched off since, and the address be another.
    new = [each for each in found if each.read is None and user.gets_mail(MailKind(each.kind))]
    if not new:
        return None
    return Digest(_mail(user, new), [each.pk for each in new])


def give_back(digest: Digest) -> None:
    """The mail could not be sent: its messages wait for the next."""
    Message.objects.filter(pk__in=digest.told).update(awaits_digest=True)


def _due() -> list[int]:
    inbox = inbox_of(OuterRef("pk"))
    old = inbox.filter(awaits_digest=True, read=None, created__lte=timezone.now() - PERIOD)
    people = User.objects.filter(
        mails_daily=True, wants_mail=True, is_active=True, email_confirmed=True
    )
    return list(people.filter(Exists(old)).order_by("pk").values_list("pk", flat=True)[:A_ROUND])


def _mail(user: User, messages: list[Message]) -> EmailMessage:
    """RFC 8058: mail programs can stop it too."""
    name, inbox = site.name(), site.address() + reverse("inbox")
    choose, stop = site.address() + reverse("account-mail"), stop_all_link(user.pk)
    many = "1 new message" if len(messages) == 1 else f"{len(messages)} new messages"
    lines = [_line(each, inbox) for each in messages[:LISTED]]
    if len(messages) > LISTED:
        lines.append(f"{len(messages) - LISTED} more are in your inbox.")
    text = "\n\n".join([f"{many} at {name}:", *lines])
    text += (
        f"\n\n--\n{name}\nYour inbox: {inbox}\nChoose how mails come: {choose}\n"
        f"No more mails of messages: {stop}\n"
    )
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    sender = settings.DEFAULT_FROM_EMAIL
    return EmailMessage(f"{many} at {name}", text, sender, [user.email], headers=headers)


def _line(message: Message, inbox: str) -> str:
    """Its subject, who wrote it, and the page it is about: the last paragraph, if that is one."""
    last = message.content.rsplit("\n\n", 1)[-1].strip()
    ours = last.startswith(f"{site.address()}/") and len(last.split()) == 1
    whose = " · ".join(str(each) for each in (message.team, message.sender) if each is not None)
    return f"* {message.subject}{f' ({whose})' if whose else ''}\n  {last if ours else inbox}"

"""The daily digest: who gets one, when, of what, and that nobody gets it twice."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from amara_api.kernel import site
from teams.management.commands import deliver
from tests.factories import UserFactory
from users import digest
from users.delivery import SMTP
from users.messages import mark_read, send_message
from users.models import MailKind, Message, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return UserFactory(
        username="ana", email="ana@example.com", email_confirmed=True, mails_daily=True
    )


def write(person: User, subject: str = "Tide", *, kind: MailKind = MailKind.NOTE) -> Message:
    """A message that came in more than a day ago."""
    with transaction.atomic():
        send_message(
            [person],
            kind=kind,
            sender=UserFactory(),
            subject=subject,
            content=f"Look.\n\n{site.address()}/videos/{subject}/",
        )
    message = Message.objects.filter(user=person).latest("pk")
    Message.objects.filter(pk=message.pk).update(
        created=timezone.now() - digest.PERIOD - timedelta(seconds=1)
    )
    return message


def test_one_mail_tells_of_all_with_links(
    ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        write(ana, "Tide")
        write(ana, "Ebb", kind=MailKind.APPROVED)
    assert mail.outbox == []  # none at once
    assert digest.send_due() == 1
    (sent,) = mail.outbox
    assert sent.to == ["ana@example.com"]
    assert sent.subject == f"2 new messages at {site.name()}"
    for part in ("* Tide (", "* Ebb (", "/videos/Tide/", "/videos/Ebb/", "/account/mail/"):
        assert part in sent.body
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop in sent.body
    # Once only.
    assert digest.send_due() == 0
    # The link asks, and a mail program's button stops all.
    path = stop.removeprefix(site.address())
    assert b"All messages that come by mail" in Client().get(path).content
    assert User.objects.get(pk=ana.pk).wants_mail
    assert Client().post(path).status_code == 200
    ana.refresh_from_db()
    assert (ana.wants_mail, ana.mails_daily, ana.mail_note) == (False, True, True)


def test_a_digest_waits_a_day_for_more(ana: User) -> None:
    message = write(ana)
    Message.objects.filter(pk=message.pk).update(created=timezone.now())
    assert digest.send_due() == 0
    write(ana)
    assert digest.send_due() == 1
    assert mail.outbox[0].subject.startswith("2 new messages")


def test_what_is_read_is_not_told(ana: User) -> None:
    mark_read(ana, [write(ana)])
    assert digest.send_due() == 0
    assert digest.claim(ana.pk) is None
    assert mail.outbox == []


@pytest.mark.parametrize(
    "changed",
    [
        {"wants_mail": False},
        {"mails_daily": False},
        {"mail_note": False},
        {"email_confirmed": False},
        {"is_active": False},
    ],
    ids=str,
)
def test_the_choice_of_now_counts(ana: User, changed: dict[str, bool]) -> None:
    write(ana)
    User.objects.filter(pk=ana.pk).update(**changed)
    assert digest.send_due() == 0
    assert mail.outbox == []


def test_who_gets_mails_at_once_gets_no_digest(
    ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.update(mails_daily=False)
    ana.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        write(ana)
    assert [each.subject for each in mail.outbox] == ["Tide"]
    User.objects.update(mails_daily=True)
    assert digest.send_due() == 0  # told already


def test_two_workers_that_see_the_same_person(ana: User) -> None:
    """Both have found her due; and one that dies after its claim is not followed by another."""
    write(ana)
    assert digest._due() == [ana.pk]
    assert digest.claim(ana.pk) is not None
    assert digest.claim(ana.pk) is None
    assert digest.send_due() == 0


def test_a_crash_within_the_claim_loses_nothing(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    write(ana)

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(digest, "_mail", dies)
        with pytest.raises(KeyboardInterrupt):
            digest.send_due()
    assert digest.send_due() == 1
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_asked_again(ana: User) -> None:
    write(ana)
    # Nobody listens at port 1.
    away = {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 1}
    with override_settings(**away):
        assert digest.send_due() == 0
    assert digest.send_due() == 1
    assert len(mail.outbox) == 1


def test_a_long_digest_is_cut(ana: User) -> None:
    for number in range(digest.LISTED + 2):
        write(ana, f"Film-{number}")
    assert digest.send_due() == 1
    assert mail.outbox[0].body.count("\n* ") == digest.LISTED
    assert "2 more are in your inbox." in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_it(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its one thread is busy when there is nothing else to do."""
    monkeypatch.setattr(deliver, "_tidy", lambda: time.sleep(0.3))
    write(ana)
    call_command("deliver", "--once", "--threads", "1")
    assert len(mail.outbox) == 1


def test_it_is_chosen_on_the_page(ana: User) -> None:
    client = Client()
    client.force_login(ana)
    assert 'name="mails_daily"' in client.get("/account/mail/").content.decode()
    for sent, wanted in (({}, False), ({"mails_daily": "on"}, True)):
        answer = client.post("/account/mail/", {"do": "mail", "wants_mail": "on", **sent})
        assert answer.status_code == 302
        ana.refresh_from_db()
        assert (ana.wants_mail, ana.mails_daily) == (True, wanted)

"""Mails on their way to a mail server, which may be slow or away: nobody waits for it.

Mails that SMTP takes are sent by one thread of the process. It begins with the first mail and ends
with the last, so a process that sends none has none, and a fork inherits none that is dead. It is
no daemon: a process that ends sends what is waiting first, for `PATIENCE` seconds. What a server
does not take is logged and not tried again, since the inbox has it all. Other backends (the log,
files, the memory of tests) are quick and get their mails at once.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAX_WAITING = 1000  # batches; a message to a team is one, whoever is in it
A_CONNECTION = 20  # mails, between looks at the clock
PATIENCE = 10  # seconds

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_waiting: deque[Iterator[EmailMessage]] = deque()
_courier: threading.Thread | None = None
_ends: float | None = None  # when an ending process waits no longer


def deliver(mails: Iterable[EmailMessage]) -> None:
    """Send these, in the background where that takes time. Never raises, and never waits.

    They are made when they are sent, perhaps in another thread: making them must ask no database.
    """
    global _courier
    if settings.EMAIL_BACKEND != SMTP:
        _send(iter(mails))
        return
    with _lock:
        if len(_waiting) >= MAX_WAITING:
            _log.warning("Too many mails are waiting for the mail server; one batch is not sent.")
            return
        _waiting.append(iter(mails))
        if _courier is None or not _courier.is_alive():
            # The threads of the server are daemons, and theirs would be too if not told otherwise.
            _courier = threading.Thread(target=_carry, name="mail", daemon=False)
            try:
                _courier.start()
            except RuntimeError as error:
                _log.warning("No mails are sent now: %s", error)


def hand_over(mail: EmailMessage) -> bool:
    """Send this one now; whether the mail server was there to be asked. Never raises.

    Where it was, but has not taken the mail, that is logged, and no reason to try again.
    """
    try:
        _send_some([mail])
    except Exception as error:
        _log.warning("The mail server is away, a mail is tried again later: %r", error)
        return False
    return True


def _carry() -> None:
    """Send all that is waiting, and what comes meanwhile."""
    global _courier
    while True:
        with _lock:
            if not _waiting:
                # Under the lock, so that whoever adds a batch now starts a thread for it.
                _courier = None
                return
            mails = _waiting.popleft()
        _send(mails)


def _send(mails: Iterator[EmailMessage]) -> None:
    try:
        while some := list(islice(mails, A_CONNECTION)):
            if _out_of_time():
                _log.warning("The process ends, and mails are not sent.")
                return
            _send_some(some)
    except Exception as error:
        _log.warning("The mail server is away, mails are not sent: %r", error)


def _send_some(mails: list[EmailMessage]) -> None:
    """By one connection. Raises when there is none; an address that is refused is passed over."""
    connection = get_connection()
    connection.open()
    try:
        connection.fail_silently = True
        sent = connection.send_messages(mails) or 0
    finally:
        connection.close()
    if sent < len(mails):
        _log.warning("The mail server has not taken %d of %d mails.", len(mails) - sent, len(mails))


def _out_of_time() -> bool:
    """Whether the process has been ending for too long."""
    global _ends
    if threading.main_thread().is_alive():
        return False
    if _ends is None:
        _ends = time.monotonic() + PATIENCE
    return time.monotonic() > _ends

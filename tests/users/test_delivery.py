"""Mail and a real mail server: one that works, refuses, is away, or says nothing."""

import contextlib
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.mail import EmailMessage

from tests.conftest import ROOT
from users import delivery
from users.delivery import deliver
from users.models import Message, User
from users.services import update_user


class _Talk(socketserver.StreamRequestHandler):
    """As much SMTP as takes mails; the word "refused" in an address makes it refused."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            command = line.upper().split()[0]
            if command == "DATA":
                self._say("354 go on")
                self.server.taken.append(self._mail())  # type: ignore[attr-defined]
            refused = command == "RCPT" and "refused" in line
            self._say("550 nobody" if refused else "221 bye" if command == "QUIT" else "250 yes")
            if command == "QUIT":
                return

    def _mail(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return "\n".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


@pytest.fixture
def by_smtp(settings: Any) -> Iterator[Any]:
    """Mail goes to a port of this machine, and is on its way no more when the test is over."""

    def to(port: int) -> None:
        settings.EMAIL_BACKEND = delivery.SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_TIMEOUT = 0.5

    yield to
    delivery._waiting.clear()
    all_sent()


def all_sent() -> None:
    courier = delivery._courier
    if courier is not None:
        courier.join(timeout=30)
    assert not delivery._waiting


def mails(*names: str) -> list[EmailMessage]:
    return [EmailMessage("Subject", "Text", "a@b.example", [f"{n}@c.example"]) for n in names]


def receivers(server: MailServer) -> list[str]:
    lines = "\n".join(server.taken).splitlines()
    return [line.removeprefix("To: ").split("@")[0] for line in lines if line.startswith("To: ")]


def test_mails_are_sent_in_order_and_one_that_is_refused_stops_none(
    server: MailServer, by_smtp: Any, caplog: pytest.LogCaptureFixture
) -> None:
    by_smtp(server.port)
    deliver(mails("one", "refused", "two"))
    deliver(mails("three"))
    all_sent()
    assert receivers(server) == ["one", "two", "three"]
    assert caplog.messages == ["The mail server has not taken 1 of 3 mails."]


def test_one_connection_is_not_for_ever(
    server: MailServer, by_smtp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "A_CONNECTION", 2)
    by_smtp(server.port)
    deliver(mails(*"abcde"))
    all_sent()
    assert receivers(server) == list("abcde")


def test_the_thread_ends_with_the_last_mail(server: MailServer, by_smtp: Any) -> None:
    by_smtp(server.port)
    for name in ("first", "second"):
        deliver(mails(name))
        all_sent()
        assert not [each for each in threading.enumerate() if each.name == "mail"]
    assert receivers(server) == ["first", "second"]


def test_a_server_that_is_away_is_logged(
    by_smtp: Any, silent: int, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = int(gone.getsockname()[1])
    by_smtp(port)
    deliver(mails("one"))
    all_sent()
    by_smtp(silent)
    deliver(mails("two"))
    all_sent()
    away = [line.partition(":")[0] for line in caplog.messages]
    assert away == ["The mail server is away, mails are not sent"] * 2


def test_a_mail_that_cannot_be_made_is_logged(
    server: MailServer, by_smtp: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    bad = [EmailMessage("Two\nlines", "Text", "a@b.example", ["c@d.example"])]
    deliver(bad)
    by_smtp(server.port)
    deliver(bad)
    deliver(mails("next"))
    all_sent()
    assert receivers(server) == ["next"]
    assert len(caplog.messages) == 2


def test_no_more_wait_than_there_is_room_for(
    silent: int, by_smtp: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(delivery, "MAX_WAITING", 2)
    by_smtp(silent)
    for _ in range(9):
        deliver(mails("one"))
    # One is on its way, at most.
    assert len(delivery._waiting) <= 2
    assert caplog.text.count("Too many mails are waiting") >= 6


@pytest.mark.django_db
def test_a_silent_server_holds_nobody_up(
    cast: Any, api_for: Any, by_smtp: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    api = api_for(cast.owner)
    body = {"team": "films", "subject": "Tonight", "content": "At eight"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        by_smtp(silent.getsockname()[1])
        settings.EMAIL_TIMEOUT = 100
        with django_capture_on_commit_callbacks(execute=True):
            for _ in range(10):
                assert api.post("message/", body).status_code == 201
        with django_capture_on_commit_callbacks(execute=True):
            update_user(cast.owner, actor=cast.owner, email="new@example.com")
        # All is answered while the first mail still waits, and the others wait for it.
        assert delivery._courier is not None
        assert len(delivery._waiting) >= 10
    assert Message.objects.count() == 30
    assert User.objects.get(pk=cast.owner.pk).email == "new@example.com"


# What asks for a mail is a thread that ends with its process, as the threads of the server are.
ENDING = """
import threading
import django
django.setup()
from django.conf import settings
from django.core.mail import EmailMessage
from users import delivery
settings.EMAIL_TIMEOUT = delivery.PATIENCE = 1
def work():
    for n in range(30):
        delivery.deliver([EmailMessage("Subject", "Text", "a@b.example", [f"p{n}@c.example"])])
worker = threading.Thread(target=work, daemon=True)
worker.start()
worker.join()
"""


@pytest.mark.parametrize("works", [True, False])
def test_a_process_that_ends_sends_what_waits_but_not_for_ever(
    server: MailServer, silent: int, works: bool
) -> None:
    port = server.port if works else silent
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "amara_api.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }
    done = subprocess.run(
        [sys.executable, "-c", ENDING], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    if works:
        assert receivers(server) == [f"p{n}" for n in range(30)]
    else:
        given_up = done.stderr.count("The process ends, and mails are not sent.")
        tried = done.stderr.count("The mail server is away")
        # All thirty would have been tried, a second each.
        assert given_up > 0
        assert given_up + tried == 30

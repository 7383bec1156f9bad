"""`manage.py serve`: the production server."""

import argparse
import asyncio
import contextlib
import functools
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from amara_api import assets, installation, sizes
from amara_api.commands import Command as OperatorsCommand
from amara_api.commands import between
from amara_api.kernel import figures, site
from amara_api.kernel.intake.limits import MAX_HEADER_BYTES
from amara_api.kernel.shapes import Data
from amara_api.variables import Nonsense, host
from subtitles.models import SubtitleLanguage

if TYPE_CHECKING:
    from amara_api.kernel.intake.asgi import Front

# What the server itself lets headers take; a request line needs room too.
_HEADER_ROOM = 2 * MAX_HEADER_BYTES
# Of one worker: a slow one holds no thread, so there may be many.
_CONNECTIONS = 2048
# Seconds that a request has to end in, once the server was told to stop. One whose body does not
# come would hold it for ever.
_PATIENCE = 30
_STOPS = (signal.SIGTERM, signal.SIGINT)


class Command(OperatorsCommand):
    help = "Serve the API, the pages and the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", type=_host, default=settings.HOST or "127.0.0.1")
        parser.add_argument("--port", type=between(1, 65_535), default=settings.PORT)
        parser.add_argument("--workers", type=between(1, 256), default=settings.WORKERS)
        parser.add_argument("--threads", type=between(1, 1024), default=settings.THREADS)
        parser.add_argument(
            "--deliver",
            action=argparse.BooleanOptionalAction,
            default=settings.AMARA_DELIVER,
            help="Also post events to the callbacks of teams, as `manage.py deliver` does.",
        )

    def look_at_settings(self, options: dict[str, object]) -> None:
        """What is said by options counts as what variables say, here and for the workers."""
        host, port = str(options["host"]), int(str(options["port"]))
        if settings.ALLOWED_HOSTS == settings.HOSTS_HERE:
            settings.ALLOWED_HOSTS = [*settings.HOSTS_HERE, f"[{host}]" if ":" in host else host]
        settings.HOST, settings.PORT = host, port
        os.environ |= {
            "HOST": host,
            "PORT": str(port),
            "THREADS": str(options["threads"]),
            site.TOLD: site.address_of(host, port),
        }
        super().look_at_settings(options)

    def look_at_secret(self) -> None:
        self._check_database()
        super().look_at_secret()
        if said := installation.changed_secret():
            self.stderr.write(said, self.style.WARNING)
        installation.note_secret()

    def handle(self, *args: object, **options: Data) -> None:
        # What is written from here on, by SQLite too, is its owner's alone.
        os.umask(0o077)
        host, port = options["host"], options["port"]
        self._check_port(host, port)
        site.serve_at(host, port)
        self._collect()
        banner = self._banner(host, port) + _size(options["workers"], options["threads"])
        connection.close()
        if figures.are_kept():
            figures.begin(settings.DATA_DIR / figures.SHARED)
        self._allow_connections()
        server = _Server(
            "amara_api.asgi.application",
            address=host,
            port=port,
            # Its WSGI gives a body that breaks off the end of a whole one.
            interface=Interfaces.ASGINL,
            websockets=False,
            backpressure=_CONNECTIONS,
            workers=options["workers"],
            http1_settings=HTTP1Settings(max_buffer_size=_HEADER_ROOM),
            http2_settings=HTTP2Settings(max_headers_size=_HEADER_ROOM),
            respawn_failed_workers=True,
            workers_kill_timeout=_PATIENCE,
            log_level=LogLevels.warning,
        )
        server.say_when_it_listens(functools.partial(self._say, banner))
        with _deliverer() if options["deliver"] else contextlib.nullcontext():
            server.serve(target_loader=_load)

    def _say(self, banner: str) -> None:
        self.stdout.write(banner)
        self.stdout.flush()

    @staticmethod
    def _check_database() -> None:
        if not settings.DATA_DIR.is_dir():
            raise CommandError(installation.NOT_SET_UP)
        if installation.behind():
            raise CommandError(installation.BEHIND)

    def _collect(self) -> None:
        try:
            os.environ[assets.TOLD] = str(assets.collect())
        except OSError as error:
            os.environ[assets.TOLD] = ""
            self.stderr.write(
                f"Static files are served by their plain names, since AMARA_DATA_DIR is "
                f"{settings.DATA_DIR}, where they cannot be collected: {error.strerror}.",
                self.style.WARNING,
            )

    @staticmethod
    def _check_port(host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            said = f"Cannot listen on {host} port {port}: {error.strerror}."
            raise CommandError(f"{said} Set HOST or PORT to another.") from error

    @staticmethod
    def _allow_connections() -> None:
        """Each is an open file, and the usual limit of those is lower."""
        wanted = 2 * _CONNECTIONS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))

    def _password(self, file: Path) -> str:
        """To whoever starts it by hand itself; a log is told the place."""
        if self.stdout.isatty():
            return f"the password is {file.read_text().strip()}"
        return f"the password is in {installation.shown(file)}"

    def _banner(self, host: str, port: int) -> str:
        here = _here(host)
        at = f"http://{f'[{here}]' if ':' in here else here}:{port}"
        key_file = installation.data_file(installation.KEY_FILE)
        lines = [f"\nServing {at}/ (stop with Ctrl-C)."]
        password_file = installation.data_file(installation.PASSWORD_FILE)
        if password_file.is_file():
            lines.append(f"Open that address and log in as admin; {self._password(password_file)}.")
        if key_file.is_file():
            lines.append(f"The API key of the first account is in {installation.shown(key_file)}.")
            key = f'-H "X-api-key: $(cat {installation.shown(key_file)})"'
        else:
            key = '-H "X-api-key: YOUR_KEY"'
            lines.append("`manage.py create_api_user NAME` makes an account with an API key.")
        lines.append("Try:\n")
        lines.append(f"  curl {key} '{at}/api/videos/?limit=2'")
        shown = (
            SubtitleLanguage.objects.filter(public_tip__isnull=False, video__is_public=True)
            .order_by("pk")
            .values_list("video__video_id", "language_code")
            .first()
        )
        if shown is not None:
            video_id, code = shown
            lines.append(
                f"  curl '{at}/api/videos/{video_id}/languages/{code}/subtitles/?format=vtt'"
            )
        body = '{"video_url": "https://example.com/my-film.mp4", "title": "My film"}'
        json_type = "-H 'Content-Type: application/json'"
        lines.append(f"  curl {key} {json_type} -d '{body}' '{at}/api/videos/'")
        return "\n".join(lines) + "\n"


def _size(workers: int, threads: int) -> str:
    """What was picked, or chosen, and how to choose."""
    cores = sizes.cores()
    suits = sizes.picked(str(settings.DATABASES["default"]["ENGINE"]), cores)
    kind = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    here = f"for {kind} and {_many(cores, 'core')}"
    why = f"picked {here}"
    if (workers, threads) != suits:
        why = f"where {suits.workers} with {suits.threads} would be picked {here}"
    return (
        f"\n{_many(workers, 'worker')} with {_many(threads, 'thread')} each, {why}. "
        "WORKERS and THREADS, or --workers and --threads, choose otherwise.\n"
    )


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _host(text: str) -> str:
    try:
        return host(text)
    except Nonsense as error:
        raise argparse.ArgumentTypeError(f"{text!r}, {error}") from error


def _here(host: str) -> str:
    """Where a server that listens on ``host`` answers on this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # nosec B104 # not bound


class _Server(MPServer):
    """It says that it serves when it does, and its workers are told to stop when they can hear it.

    One that has only just begun has the handler of the process that it came from, or one of its own
    without the loop that would hear of it. What it were told then would be lost, and it would be
    waited for. So each begins with these signals held back, and lets them in when its loop runs.
    """

    def say_when_it_listens(self, say: Callable[[], None]) -> None:
        """Once it serves: each worker opens the port by itself, a second or two after this has
        begun."""
        self._say = say

    def _spawn_workers(self, *args: object) -> None:
        with _held_back():
            super()._spawn_workers(*args)  # type: ignore[no-untyped-call]
        # Behind the forks, which threads are in the way of.
        threading.Thread(target=self._listen_for_itself, name="say", daemon=True).start()

    def _listen_for_itself(self) -> None:
        at = (_here(self.bind_addr), self.bind_port)
        while True:
            with contextlib.suppress(OSError), socket.create_connection(at, timeout=1):
                break
            time.sleep(0.05)
        self._say()

    def _respawn_workers(
        self, workers: list[int], target: object, loader: object, delay: float = 0
    ) -> None:
        with _held_back():
            super()._respawn_workers(workers, target, loader, delay)

    def _stop_workers(self) -> None:
        super()._stop_workers()  # type: ignore[no-untyped-call]
        if self.interrupt_signal:
            # Told together with all of the group, some end before this one has told them.
            self.interrupt_children.clear()


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """A process that begins meanwhile is told of these signals when it lets them in."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _load(target: str) -> "Front":
    """The application, in a worker that has its loop and has not yet begun it."""
    let_in = functools.partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, _STOPS)
    asyncio.get_event_loop().call_soon(let_in)
    application: Front = import_string(target)
    return application


@contextlib.contextmanager
def _deliverer() -> Iterator[None]:
    """`manage.py deliver` as a process of its own, begun again should it ever end."""
    command = [sys.executable, sys.argv[0], "deliver", "--parent", str(os.getpid())]
    stopping = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command)  # noqa: S603  # nosec B603 # ourselves

    # The first before there are threads: the server is about to fork.
    running = start()

    def keep() -> None:
        nonlocal running
        while True:
            running.wait()
            if stopping.wait(1):
                return
            running = start()

    thread = threading.Thread(target=keep, name="deliver", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        running.terminate()
        thread.join(timeout=20)

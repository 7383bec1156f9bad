"""`manage.py serve`: the production server."""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from amara_api import installation
from subtitles.models import SubtitleLanguage


class Command(BaseCommand):
    help = "Serve the API, the pages and the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--workers", type=int, default=os.environ.get("WORKERS") or min(os.cpu_count() or 1, 4)
        )
        parser.add_argument("--threads", type=int, default=os.environ.get("THREADS") or 4)
        parser.add_argument(
            "--deliver",
            action=argparse.BooleanOptionalAction,
            default=settings.AMARA_DELIVER,
            help="Also post events to the callbacks of teams, as `manage.py deliver` does.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        # The workers read their settings anew, and are to answer to this name.
        os.environ["HOST"] = host
        self._check_database()
        self._check_port(host, port)
        banner = self._banner(host, port)
        connection.close()
        server = Granian(
            "amara_api.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=options["threads"],
            # A thread that ends takes its database connection with it.
            blocking_threads_idle_timeout=600,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
        )
        server.on_startup(lambda: self.stdout.write(banner))
        with _deliverer() if options["deliver"] else contextlib.nullcontext():
            server.serve()

    def _check_database(self) -> None:
        if not settings.DATA_DIR.is_dir():
            raise CommandError("There is nothing to serve yet. Run `manage.py setup` first.")
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            raise CommandError(installation.unreachable(error)) from error
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database is not up to date. Run `manage.py setup` first.")

    @staticmethod
    def _check_port(host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host} port {port}: {error.strerror}.") from error

    @staticmethod
    def _banner(host: str, port: int) -> str:
        # Every address of the machine: the one that works here is its own.
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        site = f"http://{f'[{here}]' if ':' in here else here}:{port}"
        key_file = installation.data_file(installation.KEY_FILE)
        lines = [f"\nServing {site}/ (stop with Ctrl-C)."]
        if key_file.is_file():
            lines.append(f"The API key of the first account is in {installation.shown(key_file)}.")
            key = f'-H "X-api-key: $(cat {installation.shown(key_file)})"'
        else:
            key = '-H "X-api-key: YOUR_KEY"'
            lines.append("`manage.py create_api_user NAME` makes an account with an API key.")
        lines.append("Try:\n")
        lines.append(f"  curl {key} '{site}/api/videos/?limit=2'")
        shown = (
            SubtitleLanguage.objects.filter(public_tip__isnull=False, video__is_public=True)
            .order_by("pk")
            .values_list("video__video_id", "language_code")
            .first()
        )
        if shown is not None:
            video_id, code = shown
            lines.append(
                f"  curl '{site}/api/videos/{video_id}/languages/{code}/subtitles/?format=vtt'"
            )
        body = '{"video_url": "https://example.com/my-film.mp4", "title": "My film"}'
        json_type = "-H 'Content-Type: application/json'"
        lines.append(f"  curl {key} {json_type} -d '{body}' '{site}/api/videos/'")
        return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _deliverer() -> Iterator[None]:
    """`manage.py deliver` as a process of its own, begun again should it ever end."""
    command = [sys.executable, sys.argv[0], "deliver", "--parent", str(os.getpid())]
    stopping = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command)  # noqa: S603  ourselves

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

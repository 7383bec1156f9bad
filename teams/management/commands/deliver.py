"""`manage.py deliver`: posts what teams asked to be told. `manage.py serve` runs one itself."""

import logging
import os
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from teams.services.delivery import deliver_to, waiting_callbacks

log = logging.getLogger(__name__)

IDLE, BUSY = 1.0, 0.1  # seconds between two looks at the outbox


class Command(BaseCommand):
    help = "Post events to the callbacks of teams, until stopped. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=16, help="Addresses asked at once.")
        parser.add_argument("--once", action="store_true", help="Stop when nothing is due.")
        parser.add_argument("--parent", type=int, help="Stop with the process of this number.")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work(stop, threads=options["threads"], once=options["once"], parent=options["parent"])


def work(
    stop: threading.Event, *, threads: int, once: bool = False, parent: int | None = None
) -> None:
    """Deliver until ``stop``, or until nothing is due if ``once``, or the ``parent`` has ended."""
    lanes: dict[int, Future[None]] = {}
    with ThreadPoolExecutor(threads, "deliver") as pool:
        while not stop.is_set() and (parent is None or os.getppid() == parent):
            waiting = _waiting()
            lanes = {key: lane for key, lane in lanes.items() if not lane.done()}
            if once and not (waiting or lanes):
                break
            # At most one thread for each address: a slow one keeps no other waiting.
            for key in waiting:
                if key not in lanes:
                    lanes[key] = pool.submit(_lane, key)
            stop.wait(BUSY if waiting or lanes else IDLE)
        pool.shutdown(cancel_futures=True)


def _waiting() -> list[int]:
    try:
        return waiting_callbacks()
    except DatabaseError:
        log.exception("The outbox cannot be read; trying again")
        connection.close()
        return []


def _lane(callback: int) -> None:
    """One turn of one address, in a thread with a connection of its own."""
    try:
        deliver_to(callback)
    except Exception:
        # What it had claimed is sent again when the claim ends.
        log.exception("Delivery to callback %s failed; trying again", callback)
    finally:
        connection.close()

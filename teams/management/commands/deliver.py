"""`manage.py deliver`: posts what teams asked to be told. `manage.py serve` runs one itself."""

import logging
import os
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypedDict, Unpack

from django.core.management.base import CommandParser
from django.db import DatabaseError, InterfaceError, connection

from amara_api.commands import Command as OperatorsCommand
from amara_api.commands import between
from teams import coverage, long_lists
from teams.services.delivery import deliver_to, waiting_callbacks
from users import digest
from videos import counts

log = logging.getLogger(__name__)

IDLE, BUSY = 1.0, 0.1  # seconds between two looks at the outbox
TIDY_EVERY = 5.0  # seconds between two looks at the counts of lists
DIGESTS_EVERY = 60.0  # seconds between two looks for digests that are due


class Options(TypedDict):
    """What `Command.add_arguments` asks for."""

    threads: int
    once: bool
    parent: int | None


class Command(OperatorsCommand):
    help = (
        "Post events to the callbacks of teams, and add up the counts of lists of videos and of "
        "the coverage of teams, and mail daily digests, until stopped. Several may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--threads", type=between(1, 256), default=16, help="Addresses asked at once."
        )
        parser.add_argument("--once", action="store_true", help="Stop when nothing is due.")
        parser.add_argument("--parent", type=int, help="Stop with the process of this number.")

    def handle(self, *args: object, **options: Unpack[Options]) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        work(stop, threads=options["threads"], once=options["once"], parent=options["parent"])


def work(
    stop: threading.Event, *, threads: int, once: bool = False, parent: int | None = None
) -> None:
    """Deliver until ``stop``, or until nothing is due if ``once``, or the ``parent`` has ended."""
    lanes: dict[int, Future[None]] = {}
    tidied: Future[None] | None = None
    tidied_at = -TIDY_EVERY
    mailed: Future[None] | None = None
    mailed_at = -DIGESTS_EVERY
    with ThreadPoolExecutor(threads, "deliver") as pool:
        while not stop.is_set() and (parent is None or os.getppid() == parent):
            waiting = _waiting()
            lanes = {key: lane for key, lane in lanes.items() if not lane.done()}
            if (tidied is None or tidied.done()) and tidied_at + TIDY_EVERY <= time.monotonic():
                tidied, tidied_at = pool.submit(_tidy), time.monotonic()
            if (mailed is None or mailed.done()) and mailed_at + DIGESTS_EVERY <= time.monotonic():
                mailed, mailed_at = pool.submit(_mail_digests, stop), time.monotonic()
            done = not (waiting or lanes) and tidied and tidied.done() and mailed and mailed.done()
            if once and done:
                break
            # At most one thread for each address: a slow one keeps no other waiting.
            for key in waiting:
                if key not in lanes:
                    lanes[key] = pool.submit(_lane, key)
            stop.wait(BUSY if once or waiting or lanes else IDLE)
        pool.shutdown(cancel_futures=True)


_told: set[str] = set()


def _waiting() -> list[int]:
    try:
        found = waiting_callbacks()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        _tell_once("The outbox cannot be read", error)
        return []
    _told.clear()
    return found


def _tell_once(what: str, error: Exception) -> None:
    """Until the database answers again: it is asked every second."""
    if what not in _told:
        _told.add(what)
        log.warning("%s, and is tried again: %s", what, str(error).partition("\n")[0])


def _tidy() -> None:
    """The other thing that is done behind everybody's back: lists of videos are counted by notes,
    which somebody adds up."""
    try:
        counts.tidy_some()
        coverage.tidy_some()
        long_lists.tidy_some()
    except (DatabaseError, InterfaceError) as error:
        _tell_once("The counts of lists cannot be tidied", error)
    finally:
        connection.close()


def _mail_digests(stop: threading.Event) -> None:
    try:
        digest.send_due(stop.is_set)
    except (DatabaseError, InterfaceError) as error:
        _tell_once("The digests cannot be mailed", error)
    except Exception:
        log.exception("The digests cannot be mailed; trying again")
    finally:
        connection.close()


def _lane(callback: int) -> None:
    """One turn of one address, in a thread with a connection of its own."""
    try:
        deliver_to(callback)
    except Exception:
        # What it had claimed is sent again when the claim ends.
        log.exception("Delivery to callback %s failed; trying again", callback)
    finally:
        connection.close()

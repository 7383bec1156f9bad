"""`manage.py deliver`: posts what teams asked to be told. `manage.py serve` runs one itself."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypedDict, Unpack

from django.core.management.base import CommandParser
from django.db import DatabaseError, InterfaceError, connection

from activity import days
from amara_api.commands import Command as OperatorsCommand
from amara_api.commands import between
from amara_api.kernel import hours, workers
from teams import coverage, long_lists
from teams.services.delivery import deliver_to, note_state, waiting_callbacks
from users import digest
from videos import counts

log = logging.getLogger(__name__)

IDLE, BUSY = 1.0, 0.1  # seconds between two looks at the outbox
TIDY_EVERY = 5.0  # seconds between two looks at the counts of lists
DIGESTS_EVERY = 60.0  # seconds between two looks for digests that are due
FIGURES_EVERY = 300.0  # seconds between two notes of how the outbox is


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
    chores = [
        _Chore(_tidy, TIDY_EVERY),
        _Chore(lambda: _mail_digests(stop), DIGESTS_EVERY),
        _Chore(_note_figures, FIGURES_EVERY),
    ]
    heart = workers.Heart(once=once)
    with ThreadPoolExecutor(threads, "deliver") as pool:
        while not stop.is_set() and (parent is None or os.getppid() == parent):
            waiting = _waiting()
            lanes = {key: lane for key, lane in lanes.items() if not lane.done()}
            _say_alive(heart.beat)
            for chore in chores:
                chore.begin_if_due(pool)
            if once and not (waiting or lanes) and all(chore.is_done for chore in chores):
                break
            # At most one thread for each address: a slow one keeps no other waiting.
            for key in waiting:
                if key not in lanes:
                    lanes[key] = pool.submit(_lane, key)
            stop.wait(BUSY if once or waiting or lanes else IDLE)
        pool.shutdown(cancel_futures=True)
    _say_alive(heart.stop)


class _Chore:
    """What is done again and again behind everybody's back, one at a time of each."""

    def __init__(self, act: Callable[[], None], every: float) -> None:
        self._act = act
        self._every = every
        self._begun = float("-inf")
        self._running: Future[None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was done at least once, and is not being done."""
        return self._running is not None and self._running.done()

    def begin_if_due(self, pool: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        if (self._running is None or self.is_done) and self._begun + self._every <= now:
            self._running, self._begun = pool.submit(self._act), now


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


def _say_alive(act: Callable[[], None]) -> None:
    try:
        act()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        _tell_once("That the worker lives cannot be written down", error)


def _note_figures() -> None:
    """Numbers for the first page of the admin."""
    if not hours.are_kept():
        return
    try:
        note_state()
        days.keep()
    except (DatabaseError, InterfaceError) as error:
        _tell_once("Figures cannot be written", error)
    finally:
        connection.close()


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

"""Which workers live: each `manage.py deliver` says so itself, twice a minute."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from amara_api.kernel.models import Worker

EVERY = 30.0  # seconds
ALIVE = timedelta(minutes=2)  # since it was seen: a worker that is late once is not dead
ONCE = timedelta(hours=1)  # the same for one that cron runs
KEPT = timedelta(days=1)  # rows of those that died


class Heart:
    """Of this process. ``beat`` writes one row at most every `EVERY` seconds."""

    def __init__(self, *, once: bool = False) -> None:
        self._once = once
        # Cron's have a new number each time, and are all the same to us.
        self._name = f"{socket.gethostname()[:80]} {'once' if once else os.getpid()}"
        self._started = timezone.now()
        self._beaten = float("-inf")
        self._is_known = False

    def beat(self) -> None:
        """Raises what the database does."""
        if monotonic() - self._beaten < EVERY:
            return
        # Whatever comes of it: a database that is away is not asked more often.
        self._beaten = monotonic()
        now = timezone.now()
        row = Worker.objects.filter(name=self._name)
        if self._is_known and row.update(seen=now):
            return
        Worker.objects.bulk_create(
            [Worker(name=self._name, started=self._started, seen=now, once=self._once)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["started", "seen", "once", "stopped"],
        )
        if not self._is_known:
            self._take_the_place_of_the_dead(now)
        self._is_known = True

    def _take_the_place_of_the_dead(self, now: datetime) -> None:
        """Those that nobody has seen for long, and those that this machine knows are no more."""
        host = self._name.partition(" ")[0]
        here = Worker.objects.filter(name__startswith=f"{host} ", once=False).exclude(
            name=self._name
        )
        dead = [name for name in here.values_list("name", flat=True) if not _runs(name)]
        Worker.objects.filter(Q(name__in=dead) | Q(seen__lt=now - ONCE)).delete()

    def stop(self) -> None:
        """It was told to: nobody has to miss it. Raises what the database does."""
        if self._is_known and not self._once:
            Worker.objects.filter(name=self._name).update(stopped=timezone.now())


def _runs(name: str) -> bool:
    try:
        os.kill(int(name.rpartition(" ")[2]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        # Somebody else's.
        return True
    return True


class Seen(NamedTuple):
    """A worker that was seen in the last day. ``stopped`` when it was told to."""

    name: str
    started: datetime
    seen: datetime
    stopped: datetime | None
    is_alive: bool


def seen() -> list[Seen]:
    """The newest first."""
    now = timezone.now()
    found = Worker.objects.filter(seen__gte=now - KEPT).order_by("-seen")[:20]
    return [
        Seen(
            *(each.name, each.started, each.seen, each.stopped),
            is_alive=not each.stopped and each.seen >= now - (ONCE if each.once else ALIVE),
        )
        for each in found
    ]

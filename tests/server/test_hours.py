"""Numbers by the hour, the worker's sign of life, and slow fetches: what is counted, what it costs,
and what the first page of the admin and `doctor` make of it."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity import days
from activity.models import ActivityRecord, Callback, Notification
from activity.outbox import write
from amara_api import state
from amara_api.kernel import hours, outbound, workers
from amara_api.kernel.errors import Busy
from amara_api.kernel.models import Figure, SlowFetch, Worker
from teams.management.commands import deliver
from teams.services import delivery
from tests.factories import TeamFactory, UserFactory, VideoFactory, add_subtitles
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting(settings: Any) -> Iterator[None]:
    """Switched on, for this test alone; nothing of it is written by itself."""
    hours.forget()
    settings.AMARA_FIGURES = True
    yield
    hours.forget()


def total(name: str) -> float:
    return sum(Figure.objects.filter(what=name).values_list("value", flat=True))


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """The database takes no writes, as when its disk is full or a replica stands in for it."""
    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": (
            "SET default_transaction_read_only = on",
            "SET default_transaction_read_only = off",
        ),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


# --- requests ------------------------------------------------------------------------------------


def test_answers_are_counted_by_status_over_all_processes(
    counting: None, settings: Any, monkeypatch: Any
) -> None:
    client = Client(raise_request_exception=False)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            client.get("/api/languages/")
    assert not [each for each in asked if "kernel_" in each["sql"]], "a request writes nothing"
    client.get("/api/videos/unknown/")
    client.get("/teams")
    monkeypatch.setattr(hours, "SLOW", -1.0)
    client.get("/api/languages/")
    assert total("2xx") == 0
    with CaptureQueriesContext(connection) as asked:
        assert hours.write()
    inserts = [each["sql"] for each in asked if each["sql"].startswith("INSERT")]
    assert len(inserts) == 1, inserts
    first = {name: total(name) for name in ("2xx", "3xx", "4xx", "5xx", "slow")}
    assert first == {"2xx": 4, "3xx": 1, "4xx": 1, "5xx": 0, "slow": 1}
    # Written once more, and after more was counted, the rows say what there is.
    assert hours.write()
    client.get("/api/languages/")
    assert hours.write()
    assert total("2xx") == 5
    # Another process adds its own.
    hours.forget()
    for status in (200, 429, 500, 502, 503):
        hours.request(status, 0.25)
    assert hours.write()
    assert [total(name) for name in ("2xx", "429", "5xx", "503")] == [6, 1, 2, 1]
    last = state.now().last_day
    assert last is not None
    assert (last.requests, last.errors, last.away, last.limited) == (12, 3, 1, 1)


def test_switched_off_nothing_is_counted(settings: Any) -> None:
    hours.forget()
    settings.AMARA_FIGURES = False
    Client().get("/api/languages/")
    with outbound.place_for(1, "https://a.example/"):
        pass
    assert hours.write()
    assert not Figure.objects.exists()
    assert state.now().hours is None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_costs_nothing_but_time(counting: None) -> None:
    with read_only():
        assert Client().get("/api/languages/").status_code == 200
        assert hours.write() is False
        # Nor does it end the worker.
        deliver._say_alive(workers.Heart().beat)
        assert state.now().last_day is not None
    Client().get("/api/languages/")
    assert hours.write()
    assert total("2xx") == 2, "what was counted meanwhile is written later"


def test_what_was_counted_in_hours_that_are_over_is_written_once(
    counting: None, monkeypatch: Any
) -> None:
    clock = [1_800_000_000.0]
    monkeypatch.setattr(hours, "time", lambda: clock[0])
    for _ in range(100):
        hours.request(200, 0.01)
        clock[0] += 3600
    assert hours.write()
    assert total("2xx") == 48, "two days are enough to remember"
    Figure.objects.all().delete()
    hours.request(200, 0.01)
    assert hours.write()
    assert total("2xx") == 1


# --- fetches -------------------------------------------------------------------------------------


def test_slow_fetches_are_told_by_their_host_alone(
    counting: None, settings: Any, monkeypatch: Any
) -> None:
    settings.AMARA_FETCHES = 1
    url = "https://ana:secret@slow.example:444/secret/?key=secret"
    with outbound.place_for(1, url), pytest.raises(Busy), outbound.place_for(2, url):
        pass
    with pytest.raises(outbound.OutboundError), outbound.place_for(1, url):
        raise outbound.OutboundError(outbound.TOO_SLOW)
    with pytest.raises(outbound.OutboundError), outbound.place_for(1, url):
        raise outbound.OutboundError(outbound.UNREACHABLE)
    monkeypatch.setattr(hours, "SLOW_FETCH", -1.0)
    with outbound.place_for(1, url):
        pass
    assert hours.write()
    assert hours.write()
    last = state.now().last_day
    assert last is not None
    told = (last.fetches, last.fetches_slow, last.fetches_timed_out, last.fetches_refused)
    assert told == (5, 1, 1, 1)
    rows = list(SlowFetch.objects.order_by("pk").values_list("host", "failed"))
    assert rows == [
        ("slow.example", "No place"),
        ("slow.example", "Request timeout"),
        ("slow.example", ""),
    ]
    for row in SlowFetch.objects.values():
        assert "secret" not in repr(row)


def test_who_has_too_many_of_their_own_is_not_the_servers_trouble(
    counting: None, settings: Any
) -> None:
    settings.AMARA_FETCHES, settings.AMARA_FETCHES_BY_ACCOUNT = 3, 1
    url = "https://a.example/"
    with outbound.place_for(1, url), pytest.raises(Busy), outbound.place_for(1, url):
        pass
    hours.write()
    assert (total("fetches"), total("fetches-refused")) == (1, 0)


# --- the worker ----------------------------------------------------------------------------------


class OneTurn(threading.Event):
    """The worker is told to stop after a turn; what it had written by then."""

    rows: list[tuple[str, bool]]

    def wait(self, timeout: float | None = None) -> bool:
        self.rows = list(Worker.objects.values_list("name", "once"))
        self.set()
        return True


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_there_until_it_is_told_to_stop() -> None:
    stop = OneTurn()
    deliver.work(stop, threads=2)
    ((name, once),) = stop.rows
    assert name.endswith(f" {os.getpid()}")
    assert not once
    (seen,) = workers.seen()
    assert not seen.is_alive
    assert seen.stopped
    assert "was told to stop at" in state.facts(state.now())[0].value
    Worker.objects.all().delete()
    # Cron's is seen until the next.
    for _ in range(2):
        call_command("deliver", once=True, threads=2)
    (seen,) = workers.seen()
    assert seen.name.endswith(" once")
    assert seen.is_alive


def test_a_beat_is_one_statement_and_only_now_and_then(monkeypatch: Any) -> None:
    heart = workers.Heart()
    heart.beat()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            heart.beat()
    assert len(asked) == 0
    first = Worker.objects.get().seen
    monkeypatch.setattr(workers, "EVERY", 0.0)
    with CaptureQueriesContext(connection) as asked:
        heart.beat()
    assert len(asked) == 1, [each["sql"] for each in asked]
    assert Worker.objects.get().seen > first
    # Somebody emptied the table.
    Worker.objects.all().delete()
    heart.beat()
    assert Worker.objects.count() == 1


def test_a_new_worker_takes_the_place_of_those_that_are_no_more() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    now, host = timezone.now(), workers.Heart()._name.partition(" ")[0]
    for name, age in ((f"{host} {child.pid}", 0), (f"{host} 1", 0), ("b 7", 0), ("c 8", 90)):
        then = now - timedelta(minutes=age)
        Worker.objects.create(name=name, started=then, seen=then)
    heart = workers.Heart()
    heart.beat()
    left = set(Worker.objects.values_list("name", flat=True))
    assert left == {f"{host} 1", "b 7", heart._name}


NO_WORKER, WAS_SEEN = "No worker runs", "No worker was seen for"


@pytest.mark.parametrize(
    ("ages", "once", "serving", "said"),
    [
        ([], False, True, NO_WORKER),
        ([], False, False, None),
        ([1], False, True, None),
        ([3], False, True, WAS_SEEN),
        ([3], False, False, WAS_SEEN),
        ([3, 1], False, True, None),
        ([30], True, True, None),
        ([90], True, True, WAS_SEEN),
        ([60 * 25], False, False, None),
    ],
)
def test_a_worker_that_is_missed(
    ages: list[int], once: bool, serving: bool, said: str | None, counting: None
) -> None:
    for age in ages:
        then = timezone.now() - timedelta(minutes=age)
        Worker.objects.create(name=f"a {age}", started=then, seen=then, once=once)
    if serving:
        hours.request(200, 0.1)
        hours.write()
    found = state.troubles(state.now())
    assert [each.split(";")[0] for each in found] == [
        each.split(";")[0] for each in found if said and each.startswith(said)
    ]
    assert bool(found) == (said is not None)
    assert all("`manage.py deliver`" in each for each in found)


def test_a_worker_that_was_told_to_stop_is_missed_once_something_is_answered(
    counting: None,
) -> None:
    hours.request(200, 0.1)
    hours.write()
    heart = workers.Heart()
    heart.beat()
    heart.stop()
    assert state.troubles(state.now()) == [], "the server ended before its worker did"
    (said,) = state.troubles(state.now(), is_serving=True)
    assert said.startswith(NO_WORKER)
    Worker.objects.update(stopped=timezone.now() - timedelta(seconds=40))
    (said,) = state.troubles(state.now())
    assert said.startswith(NO_WORKER)
    # It is begun again, under the same number.
    workers.Heart().beat()
    assert state.troubles(state.now(), is_serving=True) == []


# --- the outbox, and versions --------------------------------------------------------------------


def test_what_waits_is_noted_by_the_hour(counting: None) -> None:
    callback = Callback.objects.create(team=TeamFactory(), url="https://hooks.example.com/")
    for _ in range(3):
        write(callback, "test", {})
    delivery.note_state()
    Notification.objects.filter(pk=Notification.objects.latest("pk").pk).update(attempts=2)
    delivery.note_state()
    found = state.now().hours
    assert found is not None
    assert [(each.waiting, each.failing) for each in found[-2:]] == [(0, 0), (3, 1)]


def test_a_day_that_is_over_is_counted_once() -> None:
    film = VideoFactory(user=UserFactory())
    now = timezone.now()
    # Far from any midnight, and one of them older than what is shown.
    for ago in (0, 0, 3, 3, 3, 29, 30):
        add_subtitles(film)
        newest = ActivityRecord.objects.filter(type="version-added").latest("pk")
        moment = (now - timedelta(days=ago)).replace(minute=0, second=0, microsecond=0)
        ActivityRecord.objects.filter(pk=newest.pk).update(created=moment)

    def told() -> list[int]:
        return [day.versions for day in days.versions()]

    counted = told()
    assert (len(counted), counted[0], counted[26], counted[-1]) == (30, 1, 3, 2)
    assert sum(counted) == 6
    days.keep()
    assert told() == counted
    days.keep()
    assert told() == counted
    kept = Figure.objects.filter(what=days.NAME)
    assert kept.count() >= 28
    # Kept days are not counted again, and today always is.
    with CaptureQueriesContext(connection) as asked:
        ActivityRecord.objects.filter(type="version-added").delete()
        again = told()
    assert again[:27] == counted[:27]
    assert again[-1] == 0
    (counting_,) = [each["sql"] for each in asked if "COUNT(" in each["sql"]]
    recent = f"{timezone.now() - timedelta(days=2):%Y-%m-%d}"
    begins = counting_.partition("created")[2]
    assert recent <= max(part for part in begins.split("'") if part[:2] == "20")


# --- what is made of it --------------------------------------------------------------------------


def fill(number: int, processes: int) -> None:
    """Hours, workers and slow fetches, as many."""
    this = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours.keep(
        Figure(
            what=what,
            since=this - timedelta(hours=ago),
            process=f"p{process}",
            value=(47 - ago) * (1 if what == "5xx" else 20),
        )
        for what in ("2xx", "4xx", "5xx", "429", "slow", "seconds")
        for process in range(processes)
        for ago in range(min(number, 48))
    )
    hours.keep(
        Figure(what=what, since=this - timedelta(hours=ago), value=ago % 7 * factor)
        for what, factor in ((delivery.WAITING, 5), (delivery.FAILING, 2))
        for ago in range(min(number, 48))
    )
    now = timezone.now()
    for each in range(number):
        SlowFetch.objects.create(
            created=now, host=f"slow{each}.example", seconds=7, failed="Request timeout"
        )
        Worker.objects.create(name=f"host {each}", started=now, seen=now)


def test_the_first_page_asks_the_same_for_one_and_for_fifty(counting: None) -> None:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    fill(1, 1)
    state.forget()
    browser.get("/admin/")
    costs = []
    for _ in range(2):
        state.forget()
        with CaptureQueriesContext(connection) as asked:
            page = browser.get("/admin/").content.decode()
        costs.append(len(asked))
        Worker.objects.all().delete()
        SlowFetch.objects.all().delete()
        fill(50, 4)
    assert costs[0] == costs[1]
    assert costs[0] < 25
    assert "alive since" in page
    assert page.count("<desc ") == 3
    assert "Slow fetches" in page


def test_the_doctor_tells_the_same(counting: None) -> None:
    fill(2, 2)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--numbers", stdout=out)
    assert "Worker: alive since" in out.getvalue()
    assert "Fetches in 24 hours: 0" in out.getvalue()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=(out := io.StringIO()))
    told = json.loads(out.getvalue())["state"]
    assert len(told["requests"]) == 48
    newest = list(told["requests"].values())[-1]
    assert (newest["errors"], newest["requests"]) == (94, 94 + 3 * 1880)
    assert {each["host"] for each in told["slow_fetches"]} == {"slow0.example", "slow1.example"}
    assert len(told["workers"]) == 2
    assert "were answered by an error of the server. The log says which" in " ".join(
        state.troubles(state.now())
    )


@pytest.mark.parametrize(
    ("figures", "helps"),
    [
        ({"2xx": 1000, "5xx": 1}, "look for ERROR"),
        ({"2xx": 1000, "503": 500}, None),
        ({"2xx": 1000, "slow": 51}, "docs/performance.md"),
        ({"2xx": 1000, "slow": 50}, None),
        ({"2xx": 100, "slow": 100}, None),
        ({"fetches-refused": 10}, "AMARA_FETCHES"),
        ({"fetches-refused": 9}, None),
    ],
)
@pytest.mark.parametrize("ago", [0, 23, 24])
def test_what_needs_a_look(
    figures: dict[str, int], helps: str | None, ago: int, counting: None
) -> None:
    since = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=ago)
    hours.keep(Figure(what=name, since=since, value=each) for name, each in figures.items())
    found = state.troubles(state.now())
    assert len(found) == (helps is not None and ago < 24)
    assert all(helps in each for each in found if helps)


# --- what it costs -------------------------------------------------------------------------------


def test_the_first_page_reads_no_large_table_from_end_to_end(counting: None, db: None) -> None:
    client = Client()
    client.force_login(UserFactory(username="root", is_staff=True, is_superuser=True))
    state.forget()
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/admin/").status_code == 200
    plans = [plan(each["sql"]) for each in asked if each["sql"].startswith("SELECT")]
    large = ("activity_notification", "activity_activityrecord", "subtitles_subtitleversion")
    about = [each for each in plans if any(name in each for name in large)]
    assert len(about) >= 5
    for each in about:
        for name in large:
            assert f"Seq Scan on {name}" not in each
            assert not re.search(rf"SCAN {name}(?! USING)", each), each


def plan(statement: str) -> str:
    """How the database would go about it if the tables had many rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())

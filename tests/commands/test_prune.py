"""`manage.py prune` drops what has ended, all of it, and nothing else."""

import io
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from activity.models import Callback, Notification, Tally
from amara_api.kernel.models import Figure, GuardedCount, Replay, SlowFetch, Worker
from tests.factories import TeamFactory, UserFactory
from users.models import BrowserSession, LoginToken

pytestmark = pytest.mark.django_db


def prune(*options):
    out = io.StringIO()
    call_command("prune", *options, stdout=out)
    return out.getvalue()


def build(now):
    """Of each kind one that is old, called so, and one that is not."""
    team = TeamFactory()
    callback = Callback.objects.create(team=team, url="https://hooks.example.com/a")
    for name, age in (("old", timedelta(days=400)), ("new", timedelta(minutes=1))):
        then = now - age
        ends = now - age if name == "old" else now + age
        BrowserSession.objects.create(session_key=name, session_data="", expire_date=ends)
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
        LoginToken.objects.create(user=UserFactory(username=name), digest=name, created=then)
        Replay.objects.create(name=name, request=name, created=then)
        GuardedCount.objects.create(name=name, count=1, until=ends)
        Figure.objects.create(what=name, since=then, value=1)
        SlowFetch.objects.create(host=name, created=then, seconds=6)
        Worker.objects.create(name=name, started=then, seen=then)
        Tally.objects.create(question=name, upto=0, count=0, made=then)
        for number, due in ((1, None), (2, then)):
            # One that is done, and one that waits however old it is.
            Notification.objects.create(
                team=team,
                callback=callback,
                number=number + 2 * (name == "new"),
                event=f"{name} {'waits' if due else 'done'}",
                data={},
                created=then,
                due=due,
            )


def left():
    return {
        "session": list(BrowserSession.objects.values_list("session_key", flat=True)),
        "older": list(Session.objects.values_list("session_key", flat=True)),
        "link": list(LoginToken.objects.values_list("digest", flat=True)),
        "answer": list(Replay.objects.values_list("name", flat=True)),
        "count": list(GuardedCount.objects.values_list("name", flat=True)),
        "tally": list(Tally.objects.values_list("question", flat=True)),
        "figure": list(Figure.objects.values_list("what", flat=True)),
        "fetch": list(SlowFetch.objects.values_list("host", flat=True)),
        "worker": list(Worker.objects.values_list("name", flat=True)),
        "told": sorted(Notification.objects.values_list("event", flat=True)),
    }


def test_what_has_ended_goes_and_nothing_else():
    build(timezone.now())
    before = left()
    would = prune("--dry-run")
    assert left() == before
    assert [line.split()[0] for line in would.splitlines()] == ["1"] * 10
    assert prune() == would.replace(" would go", " dropped")
    told = left()
    assert told.pop("told") == ["new done", "new waits", "old waits"]
    assert set(map(tuple, told.values())) == {("new",)}
    assert [line.split()[0] for line in prune().splitlines()] == ["0"] * 10


def test_notifications_are_kept_as_long_as_the_setting_says(settings):
    settings.AMARA_KEEP_NOTIFICATIONS = 0
    build(timezone.now())
    assert "notifications" not in prune()
    assert Notification.objects.count() == 4
    settings.AMARA_KEEP_NOTIFICATIONS = 401
    assert "      0 notifications of callbacks that are done dropped." in prune()


def test_many_go_a_few_at_a_time(django_assert_max_num_queries):
    past = timezone.now() - timedelta(days=1)
    GuardedCount.objects.bulk_create(
        GuardedCount(name=str(number), count=1, until=past) for number in range(1_200)
    )
    # Each step is two statements and its transaction, whatever the rows.
    with django_assert_max_num_queries(60):
        assert "  1,200 counts of limits that have ended dropped." in prune()
    assert not GuardedCount.objects.exists()

"""Whatever happens to videos, lists know how many they have and find any page (ADR 30).

Bounds stand four videos apart here, so that a few dozen videos have many of them.
"""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from teams.models import Project, Team
from tests.factories import TeamFactory, VideoFactory
from videos import counts, queries, triggers
from videos.models import Video, VideoCount

STEPS = 30
CODES = ("en", "fr", "")
TITLES = ("", "a", "A", "b", "é", "e2", "eé", "Zoo", "zoo", "%s", "a b")
START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def crowded(monkeypatch):
    monkeypatch.setattr(counts, "STEP", 4)
    monkeypatch.setattr(counts, "LARGE", 8)
    monkeypatch.setattr(counts, "_AT_ONCE", 7)
    monkeypatch.setattr(counts, "FEW", 0)
    monkeypatch.setattr(queries, "DEEP", 2)


@pytest.fixture
def hasty(crowded, db, monkeypatch):
    """Three videos in one statement are many."""
    monkeypatch.setattr(triggers, "FEW", 3)
    triggers.install(connection)


class Happenings:
    """Things that happen to videos by any way but the services."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        self.teams = [TeamFactory(), TeamFactory(), None]
        for team in self.teams[:2]:
            Project.objects.create(team=team, name="Other", slug="other")
        self.number = 0

    def place(self):
        team = self.chance.choice(self.teams)
        projects = [None, *team.projects.all()] if team else [None]
        return {"team": team, "project": self.chance.choice(projects)}

    def new(self):
        self.number += 1
        # Many of one moment and one title: only the id tells them apart.
        return Video(
            **self.place(),
            title=self.chance.choice(TITLES),
            created=START + timedelta(days=self.chance.choice((0, 0, 1, 2, 400))),
            primary_audio_language_code=self.chance.choice(CODES),
            is_public=self.chance.random() < 0.8,
        )

    def some(self, most=8):
        keys = list(Video.objects.values_list("pk", flat=True))
        chosen = self.chance.sample(keys, min(self.chance.randint(0, most), len(keys)))
        return Video.objects.filter(pk__in=chosen)

    def add(self):
        self.new().save()

    def add_many(self):
        Video.objects.bulk_create(self.new() for _ in range(self.chance.randint(0, 9)))

    def move(self):
        self.some().update(**self.place())

    def speak(self):
        self.some().update(primary_audio_language_code=self.chance.choice(CODES))

    def call(self):
        self.some().update(title=self.chance.choice(TITLES))

    def show(self):
        self.some().update(is_public=self.chance.random() < 0.6)

    def date(self):
        self.some(3).update(created=START + timedelta(days=self.chance.randint(0, 500)))

    def save(self):
        for video in self.some(2):
            video.description, video.title = "x", self.chance.choice(TITLES)
            video.save()

    def delete(self):
        self.some(3).delete()

    def by_hand(self):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE videos_video SET title = title || 'x' WHERE id %% 5 = 0", [])
            cursor.execute("DELETE FROM videos_video WHERE id %% 17 = 0 AND title = 'bx'", [])

    def undo(self):
        with transaction.atomic():
            self.add_many()
            self.move()
            transaction.set_rollback(True)

    def lose_team(self):
        team = TeamFactory()
        self.some().update(team=team, project=Project.objects.filter(team=team).get())
        self.chance.choice((team, team.projects.get())).delete()
        # A project is of the video's team, which the services see to.
        Video.objects.filter(team=None).update(project=None)

    def tidy(self):
        while counts.tidy_some():
            pass

    def tidy_one(self):
        scopes = sorted(VideoCount.objects.values_list("scope", flat=True).distinct())
        if scopes:
            with transaction.atomic():
                counts._tidy(self.chance.choice(scopes))

    def happen(self):
        names = [name for name in vars(Happenings) if name not in NO_HAPPENINGS and name[0] != "_"]
        name = self.chance.choice(sorted(names))
        getattr(self, name)()
        return name


NO_HAPPENINGS = ("happen", "new", "some", "place", "lists")


def lists():
    """Everything that a list of videos may be asked for."""
    teams = list(Team.objects.order_by("pk").values_list("pk", flat=True)[:2])
    projects = Project.objects.filter(team__in=teams).order_by("pk")
    found = [{"no_team": None}, *({"team": team} for team in teams)]
    found += [{"team": p.team_id, "project": p.pk} for p in projects]
    found += [{**filters, "public": None} for filters in found]
    found += [{"no_team": None, "public_or_in": teams}]
    found += [{**filters, "language": code} for filters in found for code in ("en", "fr")]
    for code in ("en", "fr", "none"):
        found += [{"public": None, "language": code}]
        found += [{"public_or_in": teams[:n], "language": code} for n in (1, 2)]
    return found


def plain(filters, order):
    """The same list, in the ORM's own words."""
    shape = tuple(sorted(filters))
    videos = queries._filtered(shape, filters).order_by(*queries.ORDERS[order])
    return list(videos.values_list("pk", flat=True))


def check_length(filters):
    total, listing = queries.Listing(filters).counted()
    there = plain(filters, "created")
    assert total == len(there), filters
    return there, listing


def check_pages(filters, order, limit=3):
    expected = plain(filters, order)
    total, listing = queries.Listing(filters, order).counted()
    assert total == len(expected)
    for offset in range(0, total, limit):
        found = [row.pk for row in listing.rows(limit, offset)]
        assert found == expected[offset : offset + limit], (filters, order, offset)


# --- while others write ---------------------------------------------------------------------------


class AtOnce:
    """Threads that write, read and add up until enough has been done, or something fails."""

    def __init__(self):
        self.written, self.passes, self.failed = [], [], []
        self.stop = threading.Event()
        self.team = TeamFactory()
        for team in (self.team, None):
            Video.objects.bulk_create(
                Video(title=f"{n:03}", team=team, created=START + timedelta(days=n))
                for n in range(50)
            )
        kept, old = plain({"team": self.team.pk}, "title"), plain({"no_team": None}, "created")
        self.asked = [
            ({"team": self.team.pk}, kept, "title"),
            ({"team": self.team.pk}, kept[::-1], "-title"),
            ({"no_team": None}, old, "created"),
            ({"no_team": None}, old, "title"),
        ]

    def thread(self, work):
        def run():
            try:
                while not self.stop.is_set():
                    work()
            except Exception as error:
                self.failed.append(repr(error))
                self.stop.set()
            finally:
                connection.close()

        return threading.Thread(target=run)

    def write(self):
        """What comes is behind all that is old, in both orders."""
        video = Video.objects.create(title="~", primary_audio_language_code="fr")
        Video.objects.filter(pk=video.pk).update(title="~~")
        with transaction.atomic():
            Video.objects.bulk_create(Video(title="~") for _ in range(6))
            if len(self.written) % 3 == 0:
                transaction.set_rollback(True)
        if len(self.written) % 2:
            video.delete()
        self.written.append(video.pk)

    def read(self):
        for filters, expected, order in self.asked:
            total, listing = queries.Listing(filters, order).counted()
            assert total == 50 or (total > 50 and "team" not in filters)
            for offset in (3, 20, 44):
                found = [row.pk for row in listing.rows(3, offset)]
                assert found == expected[offset : offset + 3]
                self.passes.append(offset)

    def add_up(self):
        counts.tidy_some()
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_readers_and_writers_at_once(crowded):
    """Writers wait for nobody and readers see no half of what is written, while notes are added
    up. What is old and what is in the team stays as it is: its pages never change."""
    all = AtOnce()
    works = (all.write, all.write, all.write, all.read, all.read, all.add_up, all.add_up)
    threads = [all.thread(work) for work in works]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 20
    while (len(all.written) < 60 or len(all.passes) < 100) and not all.stop.is_set():
        if time.monotonic() > ends:
            all.failed.append("They have stopped.")
            break
        time.sleep(0.02)
    all.stop.set()
    for thread in threads:
        thread.join()
    assert all.failed == []
    for _ in range(2):
        assert list(counts.wrong()) == []
        for order in queries.ORDERS:
            check_pages({"no_team": None}, order, 50)
        Happenings(0).tidy()


@pytest.mark.parametrize("seed", range(2))
def test_every_list_and_page_is_right_whatever_happens(hasty, seed):
    world = Happenings(seed)
    Video.objects.bulk_create(world.new() for _ in range(40))
    told = []
    for step in range(STEPS):
        told.append(world.happen())
        asked = lists()
        for filters in world.chance.sample(asked, 5):
            check_length(filters)
        for filters in world.chance.sample(asked[:12], 2):
            check_pages(filters, world.chance.choice(list(queries.ORDERS)), 5)
        if step % 10 == 0:
            assert list(counts.wrong()) == [], told
    # Both while notes lie about, and when all is tidy.
    for number, filters in enumerate(lists()):
        if number % 10 == 0:
            world.tidy() if number else world.add()
        for order in queries.ORDERS:
            check_pages(filters, order, 5)
    assert list(counts.wrong()) == []
    assert VideoCount.objects.filter(kind=VideoCount.Kind.BY_TITLE).count() > 20
    # A bound must have led to pages: else all this would be true without one.
    assert counts.place("teamless", counts.TITLE, 4, backwards=False) is not None


def test_pages_of_a_long_list_begin_at_a_bound(hasty):
    """Not only right but short: an index range that begins near the page, in every order."""
    Video.objects.bulk_create(
        Video(title=f"{n % 7}", created=START + timedelta(days=n % 5)) for n in range(60)
    )
    world = Happenings(0)
    world.tidy()
    for order in queries.ORDERS:
        listing = queries.Listing({"no_team": None}, order)
        for offset in range(2, 60):
            kind, backwards = queries._PLACED[order], order[0] == "-"
            place = counts.place("teamless", kind, offset, backwards=backwards)
            # Seen from the end, the nearest bound may be the one that ends there.
            assert offset - (place.ahead if place else 0) <= counts.LARGE
            assert len(listing.rows(3, offset)) == min(3, 60 - offset)


@pytest.mark.parametrize(
    ("shown", "part"), [(0, "team {} fr"), (5, "hidden team {} fr")], ids=["all hidden", "some"]
)
def test_pages_of_several_lists_begin_at_a_bound(hasty, shown, part):
    """What everybody sees in a language, and what the reader's own teams hide: all they have, or
    a part of it."""
    team = TeamFactory()
    Video.objects.bulk_create(
        Video(
            title=f"{n % 7}",
            created=START + timedelta(days=n % 50),
            primary_audio_language_code="fr",
            team=team if n % 3 == 0 else None,
            is_public=n % 3 > 0 or n < shown,
        )
        for n in range(150)
    )
    Happenings(0).tidy()
    filters = {"public_or_in": [team.pk], "language": "fr"}
    for order in queries.ORDERS:
        _, listing = queries.Listing(filters, order).counted()
        assert listing.parts == ("public fr", part.format(team.pk))
        kind, backwards = queries._PLACED[order], order[0] == "-"
        for offset in range(2, 150):
            starts = counts.starts_among(listing.parts, kind, offset, backwards=backwards)
            ahead = sum(start.ahead for start in starts if start)
            assert 0 <= offset - ahead <= 2 * counts.LARGE
        check_pages(filters, order)


def test_the_bounds_follow_the_videos(hasty):
    """There are more bounds where more comes, and fewer where it goes."""
    world = Happenings(0)
    bounds = VideoCount.objects.filter(scope="teamless", kind=VideoCount.Kind.BY_TITLE)
    for there, least, most in ((50, 7, 25), (200, 25, 100), (4, 1, 4), (80, 10, 40), (0, 1, 1)):
        while (now := Video.objects.count()) < there:
            Video.objects.create(title=f"{now * 31 % 97}")
        Video.objects.filter(pk__in=Video.objects.order_by("pk")[there:].values("pk")).delete()
        world.tidy()
        assert least <= bounds.count() <= most
        assert sum(bounds.values_list("n", flat=True)) == there
    assert list(counts.wrong()) == []


def test_no_note_is_left_where_nothing_changed(db):
    """Most changes of a video move it in no list."""
    video = VideoFactory(primary_audio_language_code="en")
    before = VideoCount.objects.count()
    video.description, video.duration = "x", 7
    video.save()
    Video.objects.update(is_public=True, title=video.title)
    assert VideoCount.objects.count() == before


def test_reading_a_list_with_many_notes_adds_them_up(hasty, api_for, ana, monkeypatch):
    monkeypatch.setattr(counts, "MANY", 10)
    monkeypatch.setattr(counts, "_AT_ONCE", 100)
    for number in range(20):
        Video.objects.create(title=f"{number}", primary_audio_language_code="fr")
    notes = VideoCount.objects.filter(scope="public fr", kind=VideoCount.Kind.CHANGE)
    assert notes.count() == 20
    api = api_for(ana)
    path = "videos/?primary_audio_language_code=fr"
    # Nobody who reads may fail because somebody else adds up, or because it cannot be done.
    with monkeypatch.context() as broken:

        def fail(*_, **__):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM no_such_table")

        broken.setattr(counts, "_tidy", fail)
        assert api.get(path).json()["meta"]["total_count"] == 20
    assert notes.count() == 20
    for _ in range(2):
        assert api.get(path).json()["meta"]["total_count"] == 20
        assert notes.count() == 0
    assert list(counts.wrong()) == []


def test_the_migration_counts_what_is_there(hasty):
    """An older database, and what happens to it from then on."""
    migration = import_module("videos.migrations.0006_count_lists")
    editor = SimpleNamespace(connection=connection)
    migration.end(None, editor)
    VideoCount.objects.all().delete()
    world = Happenings(7)
    Video.objects.bulk_create(world.new() for _ in range(30))
    assert VideoCount.objects.count() == 0
    assert counts.without_triggers()
    migration.begin(None, editor)
    assert counts.without_triggers() == []
    world.move()
    world.delete()
    for _ in range(2):
        assert list(counts.wrong()) == []
        for filters in lists()[:8]:
            check_pages(filters, "-title")
        world.tidy()


def test_triggers_that_a_migration_lost_come_back_with_it(db):
    """And what came while there were none is counted."""
    VideoFactory()
    triggers.remove(connection)
    VideoFactory(team=TeamFactory())
    assert counts.without_triggers()
    call_command("migrate", verbosity=0)
    assert counts.without_triggers() == []
    VideoFactory()
    assert list(counts.wrong()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL changes a table in its place")
def test_a_table_that_is_made_anew_is_counted():
    """What SQLite does for most migrations of videos."""
    VideoFactory()
    with connection.schema_editor() as editor:
        editor._remake_table(Video)
    assert counts.without_triggers()
    call_command("migrate", verbosity=0)
    assert counts.without_triggers() == []
    VideoFactory()
    assert list(counts.wrong()) == []


def test_before_there_are_counts_no_trigger_is_made(db):
    """Going back to an older release takes the triggers away, and they stay away."""
    triggers.remove(connection)
    MigrationRecorder(connection).record_unapplied("videos", "0006_count_lists")
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert counts.without_triggers()


@pytest.mark.parametrize("dumped", ["videos.video", "videos"])
def test_loaded_videos_are_counted_once(db, tmp_path, dumped):
    file = tmp_path / "dump.json"
    for title in "abc":
        VideoFactory(title=title, primary_audio_language_code="fr")
    call_command("dumpdata", dumped, "--output", file, verbosity=0)
    Video.objects.all().delete()
    VideoCount.objects.all().delete()
    call_command("loaddata", file, verbosity=0)
    assert Video.objects.count() == 3
    assert list(counts.wrong()) == []
    assert queries.Listing({"public": None, "language": "fr"}).count() == 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_for_the_next_test() -> None:
    """What empties the tables between tests leaves no notes of it, in whatever order it goes."""
    from django.test import TransactionTestCase

    VideoFactory(team=TeamFactory())
    TransactionTestCase()._fixture_teardown()
    assert not VideoCount.objects.exists()

"""Whatever happens to tasks, requests and people, long lists know their length and find any page
(ADR 46). Three rows are many here, and bounds stand two rows apart."""

import random
import threading
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils import timezone

from amara_api.kernel.nested import COUNT
from teams import long_lists
from teams.api.request_rows import TYPES, requests_of
from teams.long_lists import Listed, keeping, of_videos, reading, statements
from teams.long_lists.bounds import key_of
from teams.long_lists.of_videos import KEPT
from teams.long_lists.things import THINGS
from teams.models import (
    Application,
    ListNote,
    LongList,
    Project,
    SubtitleRequest,
    Task,
    TeamMember,
)
from teams.soundness import findings
from tests.factories import TeamFactory, UserFactory, VideoFactory
from users.models import User
from videos.models import Video

STEPS = 14
CODES = ("en", "fr", "de")
TITLES = ("A film", "Another film", "50% of a _film_", "Caf\u00e9 \\ film", "")
START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever cannot keep a list goes on without: a mistake would not be seen.
    monkeypatch.setattr(keeping.log, "info", unexpected)
    monkeypatch.setattr(reading, "LARGE", 3)
    monkeypatch.setattr(keeping, "STEP", 2)
    monkeypatch.setattr(keeping, "GROWN", 4)
    monkeypatch.setattr(keeping, "FEW", 0)
    monkeypatch.setattr(reading, "DEEP", 0)


def unexpected(said: str, **_: object) -> None:
    raise AssertionError(said)


class Happenings:
    """Things that happen by any way but the services."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        self.teams = [TeamFactory(), TeamFactory()]
        self.people = [UserFactory() for _ in range(4)]
        self.videos = [VideoFactory(team=team) for team in self.teams * 2]
        self.projects = [
            Project.objects.create(team=team, name="P", slug="p") for team in self.teams
        ]

    def some(self, model: Any, most: int = 4) -> Any:
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        chosen = self.chance.sample(keys, min(self.chance.randint(0, most), len(keys)))
        return model.objects.filter(pk__in=chosen)

    def moment(self) -> datetime:
        # Few moments, so that many rows are alike; some with a fraction.
        return START + timedelta(seconds=self.chance.randrange(4) / 2)

    def maybe(self, value: object) -> Any:
        return value if self.chance.random() < 0.5 else None

    def person(self) -> Any:
        return self.maybe(self.chance.choice(list(User.objects.order_by("pk"))))

    def work(self, number: int = 6) -> None:
        videos = list(Video.objects.order_by("pk"))
        Task.objects.bulk_create(
            Task(
                team=self.chance.choice(self.teams),
                video=self.chance.choice(videos),
                language_code=self.chance.choice(CODES),
                type=self.chance.choice(Task.Type.values),
                assignee=self.person(),
                priority=self.chance.randrange(-1, 2),
                created=self.moment(),
                modified=self.moment(),
                completed=self.moment(),
            )
            for _ in range(number)
        )

    def ask(self, number: int = 6) -> None:
        videos = list(Video.objects.order_by("pk"))
        SubtitleRequest.objects.bulk_create(
            SubtitleRequest(
                source_team=self.chance.choice(self.teams),
                team=self.chance.choice(self.teams),
                video=self.chance.choice(videos),
                language_code=self.chance.choice(CODES),
                subtitler=self.person(),
                due=self.maybe(self.moment()),
                completed=self.moment(),
                stage=self.chance.choice((10, 90)),
            )
            for _ in range(number)
        )

    def join(self) -> None:
        team, person = self.chance.choice(self.teams), UserFactory()
        TeamMember.objects.create(team=team, user=person)
        Application.objects.create(team=team, user=person, status=self.chance.randrange(3))

    def go_on(self) -> None:
        self.some(Task).update(modified=self.moment(), priority=self.chance.randrange(-1, 2))
        self.some(Task).update(assignee=self.person(), language_code=self.chance.choice(CODES))
        self.some(SubtitleRequest).update(due=self.maybe(self.moment()), subtitler=self.person())
        self.some(Application).update(status=self.chance.randrange(3))

    def swap(self) -> None:
        """What stays as it was is noted nowhere."""
        before = ListNote.objects.count()
        Task.objects.update(approved=20)
        SubtitleRequest.objects.update(overdue=True)
        assert ListNote.objects.count() == before

    def end(self) -> None:
        self.some(Task).update(is_deleted=True)
        for model in THINGS:
            self.some(model, 2).delete()

    def lose(self) -> None:
        """Rows go with what they belong to, or lose it."""
        User.objects.filter(pk__in=self.some(User, 1).values("pk")).delete()

    def roll_back(self) -> None:
        with transaction.atomic():
            self.work()
            assert_all_right(self)
            transaction.set_rollback(True)

    def move(self) -> None:
        """Videos go to another project, or to none; and a request to another video."""
        project = self.maybe(self.chance.choice(self.projects))
        self.some(Video).update(project=project)
        self.speak()
        for request in self.some(SubtitleRequest, 2):
            self.some(Video, 1).update(
                project=self.maybe(self.projects[0]),
                primary_audio_language_code=self.chance.choice(CODES),
            )
            # With all that it had when it was read.
            request.video = self.chance.choice(self.videos)
            request.save()

    def speak(self) -> None:
        """Something else is spoken in videos, or nothing known; some change as a whole."""
        self.some(Video).update(primary_audio_language_code=self.chance.choice(("", *CODES)))
        for video in self.some(Video, 2):
            video.primary_audio_language_code = self.chance.choice(CODES)
            video.project = self.maybe(self.projects[1])
            video.save()

    def rename(self) -> None:
        for video in self.some(Video):
            Video.objects.filter(pk=video.pk).update(title=self.chance.choice(TITLES))

    def drop(self) -> None:
        project = Project.objects.create(team=self.teams[0], name="Gone", slug="gone")
        self.some(Video).update(project=project)
        self.ask(2)
        project.delete()

    def add_up(self) -> None:
        while long_lists.tidy_some():
            pass

    def forget(self) -> None:
        self.some(LongList, 2).delete()

    def lists(self) -> list[tuple[Any, tuple[str, ...]]]:
        team = self.teams[0]
        tasks = Task.objects.filter(team=team, is_deleted=False)
        requests = SubtitleRequest.objects.filter(team__in=[team.pk])
        task_orders = ("pk", "created", "modified", "priority", "type")
        return [
            *((tasks, order) for name in task_orders for order in both_ways(name)),
            (tasks.filter(language_code__in=["fr", "FR"], type=20), ("pk",)),
            (tasks.filter(assignee=self.people[0]), ("-created", "-pk")),
            (tasks.filter(completed__gte=START + timedelta(seconds=1)), ("pk",)),
            (tasks.exclude(completed=None), ("priority", "pk")),
            *(
                (requests, order)
                for name in ("pk", "due", "completed")
                for order in both_ways(name)
            ),
            (requests.filter(Q(stage=10, subtitler=None) | Q(stage=90)), ("due", "pk")),
            (requests.exclude(source_team__in=[team.pk]), ("pk",)),
            (SubtitleRequest.objects.filter(team__in=self.teams), ("-due", "-pk")),
            *(
                (requests.filter(video_project__in=[project.pk]), order)
                for project in self.projects
                for order in (("pk",), ("-completed", "-pk"))
            ),
            *(
                (requests.filter(video_language__in=codes), order)
                for codes in (["fr"], ["en", "de"], [""])
                for order in (("pk",), ("-completed", "-pk"))
            ),
            (requests.filter(video_language="en", language_code="fr", stage=10), ("pk",)),
            *(
                (requests.filter(video_title__icontains=part), order)
                for part in ("FILM", "50%", "_", "\\", "é", "another")
                for order in (("pk",), ("-due", "-pk"))
            ),
            *(
                (SubtitleRequest.objects.filter(team=team, video_title__icontains=part), ("-pk",))
                for part in ("film", "CAF")
            ),
            (requests_of(self.teams[1].pk, "outgoing").filter(video_language="en"), ("pk",)),
            *((requests_of(team.pk, kind), ("pk",)) for team in self.teams for kind in TYPES[1:3]),
            (requests_of([team.pk for team in self.teams], "outgoing"), ("pk",)),
            (TeamMember.objects.filter(team=team), ("pk",)),
            (Application.objects.filter(team=team, status=0), ("pk",)),
            # Asks another table: never kept.
            (tasks.filter(video__video_id=self.videos[0].video_id), ("pk",)),
        ]


def both_ways(name: str) -> list[tuple[str, ...]]:
    return [(name, "pk"), (f"-{name}", "-pk")] if name != "pk" else [("pk",), ("-pk",)]


def assert_all_right(happen: Happenings) -> None:
    for found, order in happen.lists():
        right = list(found.order_by(*order).values_list("pk", flat=True))
        listed = Listed(found, order)
        assert listed.total == len(right), (found.query, order)
        for offset in happen.chance.sample(range(len(right)), min(len(right), 3)):
            limit = happen.chance.choice((1, 3))
            page = Listed(found, order, limit, offset)
            assert page.total == listed.total
            assert page.ids() == right[offset : offset + limit], (order, limit, offset)
    assert list(long_lists.wrong()) == []
    assert list(long_lists.unlike_videos()) == []
    for request in SubtitleRequest.objects.select_related("video"):
        assert request.video_project == request.video.project_id
        assert request.video_language == request.video.primary_audio_language_code
        assert request.video_title == request.video.title


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_is_right_whatever_happens(seed: int) -> None:
    happen = Happenings(seed)
    happen.work(12)
    happen.ask(12)
    happen.move()
    names = [name for name in vars(Happenings) if not name.startswith("_")]
    names = [name for name in names if name not in ("some", "moment", "maybe", "person", "lists")]
    kept, asked = set(), set()
    for name in happen.chance.choices(names, k=STEPS):
        getattr(happen, name)()
        if name != "forget":
            assert_all_right(happen)
        kept |= set(LongList.objects.values_list("thing", "ordering"))
        asked |= {str(each) for each in LongList.objects.values_list("question", flat=True)}
    # Otherwise it would say nothing.
    assert {name for name, _ in kept} >= {"task", "request"}
    assert {order for _, order in kept} >= {"", "id", "due", "created", "priority"}
    assert any("video_language" in each for each in asked)
    assert any("video_title__icontains" in each for each in asked)
    assert list(findings()) == list(findings())
    assert not [said for said in findings() if "long list" in said]


@pytest.mark.django_db
def test_a_kept_list_is_not_counted_again() -> None:
    happen = Happenings(1)
    happen.work(12)
    found = Task.objects.filter(team=happen.teams[0])
    before = Listed(found, ("pk",)).total
    happen.add_up()
    # As if it were long: nothing but what is kept says so.
    LongList.objects.update(n=before + 1_000)
    assert Listed(found, ("pk",)).total == before + 1_000
    Task.objects.create(team=happen.teams[0], video=happen.videos[0], language_code="fr", type=10)
    assert Listed(found, ("pk",)).total == before + 1_001
    assert [said for said in findings() if "long list" in said]
    call_command("count_coverage")
    assert Listed(found, ("pk",)).total == before + 1
    assert not [said for said in findings() if "long list" in said]


@pytest.mark.django_db
def test_values_come_where_there_were_none() -> None:
    happen = Happenings(1)
    happen.ask(12)
    SubtitleRequest.objects.update(due=None)
    happen.add_up()
    assert_all_right(happen)
    assert LongList.objects.filter(ordering="due").exists()
    for number, pk in enumerate(SubtitleRequest.objects.values_list("pk", flat=True)[:9]):
        SubtitleRequest.objects.filter(pk=pk).update(due=START - timedelta(days=number))
        assert_all_right(happen)
    happen.add_up()
    assert_all_right(happen)


@pytest.mark.django_db
def test_many_changes_at_once_are_forgotten_with_what_they_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happen = Happenings(1)
    happen.work(12)
    found = Task.objects.filter(team=happen.teams[0])
    assert Listed(found, ("pk",)).is_kept
    monkeypatch.setattr(keeping, "TOO_MANY", 5)
    happen.work(12)
    while long_lists.tidy_some():
        pass
    assert not ListNote.objects.filter(thing="task").exists()
    assert not LongList.objects.filter(thing="task").exists()
    assert_all_right(happen)


@pytest.mark.django_db
def test_lists_are_forgotten_after_a_day_and_where_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "MOST_LISTS", 3)
    happen = Happenings(1)
    happen.work(30)
    for code in CODES:
        for done in (True, False):
            Listed(Task.objects.filter(language_code=code, is_deleted=not done), ("pk",))
    Listed(Task.objects.all(), ("pk",))
    assert 0 < LongList.objects.count() <= 3
    LongList.objects.update(made=timezone.now() - 2 * keeping.KEPT)
    happen.work(1)
    assert long_lists.tidy_some()
    assert not LongList.objects.exists()


@pytest.mark.django_db
def test_whoever_polls_makes_nobody_count() -> None:
    """From another moment each time; only a deep page is worth it."""
    happen = Happenings(1)
    happen.work(30)
    for number in range(3):
        since = datetime(2019, 1, 1 + number, tzinfo=UTC)
        polled = Listed(Task.objects.filter(created__gt=since), ("pk",))
        assert (polled.total, polled.is_kept) == (Task.objects.count(), False)
    assert not LongList.objects.exists()
    assert len(Listed(polled.found, ("pk",), 2, 8).ids()) == 2
    assert set(LongList.objects.values_list("ordering", flat=True)) == {"", "id"}


@pytest.mark.django_db
def test_statements_are_put_together_once_for_questions_of_a_kind() -> None:
    """To put one together takes longer than to run it."""
    happen = Happenings(1)
    happen.work(30)
    asked = {
        "languages": [{"language_code__in": each} for each in (["en", "fr"], ["de", "en"])],
        "moments": [{"created__gte": happen.moment()} for _ in range(4)],
        "both": [
            {"completed__lt": START + timedelta(seconds=each), "language_code__in": [code]}
            for code in CODES
            for each in (0.5, 1, 2)
        ],
        "one": [{"priority": each} for each in (-1, 0, 1)],
    }
    statements._of_kind.cache_clear()
    for conditions in asked.values():
        for condition in conditions:
            found = Task.objects.filter(**condition)
            right = list(found.order_by("created", "pk").values_list("pk", flat=True))
            listed = Listed(found, ("created", "pk"), 3, 1)
            assert (listed.total, listed.ids()) == (len(right), right[1:4]), condition
        # One for the page, or for it and for what is kept of a long list.
        info = statements._of_kind.cache_info()
        assert info.misses <= 4
        assert info.hits + info.misses >= len(conditions)
        statements._of_kind.cache_clear()


@pytest.mark.django_db
def test_a_page_takes_one_statement_and_a_deep_one_of_a_kept_list_two(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen = Happenings(1)
    happen.work(30)
    found = Task.objects.filter(is_deleted=False)
    assert len(Listed(found, ("created", "pk"), 3, 12).ids()) == 3
    for deep, number in ((0, 2), (100, 1)):
        monkeypatch.setattr(reading, "DEEP", deep)
        with django_assert_num_queries(number):
            assert len(Listed(found, ("created", "pk"), 3, 12).ids()) == 3


def test_moments_sort_as_text_in_any_year() -> None:
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 999, 1000, 2026, 9999)]
    keys = [key_of(each) for each in years]
    assert keys == sorted(keys, key=str)
    assert keys[0] == "0001-01-01 00:00:00.000000"


@pytest.mark.django_db
def test_triggers_that_are_lost_are_made_anew() -> None:
    happen = Happenings(1)
    happen.work(12)
    found = Task.objects.filter(team=happen.teams[0])
    assert Listed(found, ("pk",)).is_kept
    long_lists.remove(connection)
    Task.objects.all().delete()
    assert [said for said in findings() if "long_lists_task_insert is missing" in said]
    emit_post_migrate_signal(0, False, "default")
    assert not long_lists.without_triggers()
    assert Listed(found, ("pk",)).total == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_is_right_while_several_write_and_read() -> None:
    happen = Happenings(1)
    happen.work(20)
    team, videos = happen.teams[0], happen.videos
    # Nobody touches these.
    still = Task.objects.filter(team=happen.teams[1]).exclude(priority=7)
    number_of_still = still.count()
    barrier, failed = threading.Barrier(4), list[BaseException]()

    def turn(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - as above
        for _ in range(12):
            if number == 3:
                long_lists.tidy_some()
                continue
            found = Task.objects.filter(team=team, is_deleted=False)
            with transaction.atomic():
                Task.objects.create(
                    team=team,
                    video=chance.choice(videos),
                    language_code=chance.choice(CODES),
                    type=10,
                    completed=START,
                )
                mine = found.filter(priority=0).order_by("?").values_list("pk", flat=True)[:1]
                Task.objects.filter(pk__in=list(mine)).update(priority=number)
                if chance.random() < 0.3:
                    transaction.set_rollback(True)
            Listed(found, ("-created", "-pk"), 2, 4).ids()
            assert Listed(still, ("pk",)).total == number_of_still
            if chance.random() < 0.2:
                LongList.objects.filter(ordering="").delete()

    def run(number: int) -> None:
        try:
            barrier.wait()
            turn(number)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    Listed(Task.objects.filter(team=team, is_deleted=False), ("-created", "-pk"), 2, 4).ids()
    assert LongList.objects.filter(ordering="created").exists()
    assert list(long_lists.wrong()) == []
    assert_all_right(happen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("asks_first", [True, False])
def test_a_request_and_its_video_do_not_miss_each_other(*, asks_first: bool) -> None:
    """Neither of two transactions sees yet what the other one writes."""
    team = TeamFactory()
    video = VideoFactory(team=team)
    project = Project.objects.create(team=team, name="P", slug="p")

    def ask() -> None:
        SubtitleRequest.objects.create(source_team=team, team=team, video=video, language_code="fr")

    def move() -> None:
        found = Video.objects.filter(pk=video.pk)
        found.update(project=project, primary_audio_language_code="de", title="Renamed")

    first, second = (ask, move) if asks_first else (move, ask)
    failed = list[BaseException]()

    def run() -> None:
        try:
            second()
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not somebody_waits():
            thread.join(0.01)
    thread.join()
    assert not failed
    [request] = SubtitleRequest.objects.all()
    assert (request.video_project, request.video_language) == (project.pk, "de")
    assert request.video_title == "Renamed"
    assert list(long_lists.unlike_videos()) == []


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.datname = current_database() "
            "WHERE NOT l.granted AND (l.database = d.oid OR l.database IS NULL)"
        )
        return cursor.fetchone() is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("project", "project"),
        ("primary_audio_language_code", "spoken language"),
        ("title", "title"),
    ],
)
def test_what_nobody_kept_of_a_video_is_found_and_mended(column: str, what: str) -> None:
    happen = Happenings(1)
    happen.ask(12)
    one, other = {"project": happen.projects}.get(column, ("fr", "de"))
    Video.objects.update(**{column: one})
    assert list(long_lists.unlike_videos()) == []
    long_lists.remove(connection)
    Video.objects.filter(pk=happen.videos[0].pk).update(**{column: other})
    theirs = SubtitleRequest.objects.filter(video=happen.videos[0])
    wrong = set(theirs.values_list("job_id", flat=True))
    assert set(long_lists.unlike_videos()) == {(job, what) for job in wrong}
    said = list(findings())
    for job in wrong:
        assert any(f"Request {job} is listed under another {what} than" in each for each in said)
    # As a migration does, of large tables.
    long_lists.take_over_by_and_by(connection, *KEPT)
    assert list(long_lists.unlike_videos()) == []
    Video.objects.update(project=None, primary_audio_language_code="", title="")
    call_command("count_coverage")
    assert list(long_lists.unlike_videos()) == []
    assert set(SubtitleRequest.objects.values_list(*KEPT)) == {(None, "", "")}
    assert not [each for each in findings() if "is listed" in each]


@pytest.mark.django_db
def test_a_request_may_come_before_its_video() -> None:
    """Within a transaction, as from a file of rows."""
    team = TeamFactory()
    video = VideoFactory(team=team, primary_audio_language_code="de")
    request = SubtitleRequest(source_team=team, team=team, video=video, language_code="fr")
    Video.objects.filter(pk=video.pk).delete()
    request.save()
    video.save(force_insert=True)
    call_command("count_coverage")
    request.refresh_from_db()
    assert request.video_language == "de"


# The triggers of the versions that kept the project alone, by their names.
FORMER_OF_SQLITE = {
    "long_lists_project_insert": "AFTER INSERT ON teams_subtitlerequest BEGIN "
    "UPDATE teams_subtitlerequest SET video_project = (SELECT project_id FROM videos_video "
    "WHERE id = NEW.video_id) WHERE id = NEW.id; END",
    "long_lists_project_update": "AFTER UPDATE OF video_id, video_project "
    "ON teams_subtitlerequest BEGIN UPDATE teams_subtitlerequest SET video_project = "
    "(SELECT project_id FROM videos_video WHERE id = NEW.video_id) WHERE id = NEW.id; END",
    "long_lists_project_video": "AFTER UPDATE OF project_id ON videos_video BEGIN "
    "UPDATE teams_subtitlerequest SET video_project = NEW.project_id "
    "WHERE video_id = NEW.id; END",
}
_TAKE = (
    "NEW.video_project := (SELECT project_id FROM videos_video WHERE id = NEW.video_id FOR SHARE); "
    "RETURN NEW;"
)
FORMER_OF_POSTGRESQL = {
    "long_lists_project_insert": (_TAKE, "BEFORE INSERT ON teams_subtitlerequest FOR EACH ROW"),
    "long_lists_project_update": (_TAKE, "BEFORE UPDATE ON teams_subtitlerequest FOR EACH ROW"),
    "long_lists_project_video": (
        "UPDATE teams_subtitlerequest r SET video_project = n.project_id FROM come n "
        "WHERE r.video_id = n.id; RETURN NULL;",
        "AFTER UPDATE ON videos_video REFERENCING NEW TABLE AS come FOR EACH STATEMENT",
    ),
}


def make_former_triggers() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, definition in FORMER_OF_SQLITE.items():
                cursor.execute(f"CREATE TRIGGER {name} {definition}")
            return
        for name, (body, when) in FORMER_OF_POSTGRESQL.items():
            cursor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} END $$"
            )
            cursor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def triggers_of_requests() -> set[str]:
    like = "LIKE 'long_lists_project%' OR {0} LIKE 'long_lists_of_videos%'"
    catalog = "sqlite_master WHERE type = 'trigger' AND", "name"
    functions = "sqlite_master WHERE 1 = 0 AND", "name"
    if connection.vendor == "postgresql":
        catalog, functions = ("pg_trigger WHERE", "tgname"), ("pg_proc WHERE", "proname")
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ".join(
                f"SELECT {name} FROM {table} ({name} {like.format(name)})"
                for table, name in (catalog, functions)
            )
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_fills_what_requests_keep_and_makes_the_triggers_anew() -> None:
    happen = Happenings(1)
    happen.ask(12)
    Video.objects.update(primary_audio_language_code="en")
    Video.objects.filter(pk=happen.videos[0].pk).update(primary_audio_language_code="")
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("teams", "0018_seats_of_people")])
        assert triggers_of_requests() == set()
        make_former_triggers()
        Video.objects.filter(pk=happen.videos[2].pk).update(project=happen.projects[0])
    finally:
        MigrationExecutor(connection).migrate(newest)
        emit_post_migrate_signal(0, False, "default")
    assert triggers_of_requests() == set(of_videos.TRIGGERS)
    assert not long_lists.without_triggers()
    kept = set(SubtitleRequest.objects.values_list("video_language", flat=True))
    assert kept == {"", "en"}
    assert_all_right(happen)
    happen.move()
    assert_all_right(happen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such index")
def test_parts_of_titles_have_an_index_where_the_user_of_the_database_may_have_one() -> None:
    migration = import_module("teams.migrations.0022_requests_by_title")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            pytest.skip("only a superuser can be somebody else")
        with transaction.atomic():
            cursor.execute("DROP EXTENSION pg_trgm CASCADE")
            cursor.execute("CREATE ROLE amara_somebody_else")
            cursor.execute("SET LOCAL ROLE amara_somebody_else")
            assert not migration.has_parts(cursor)
            transaction.set_rollback(True)
        assert migration.has_parts(cursor)
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = 'request_title_parts'")
        assert cursor.fetchone()


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reads small tables as a whole"
)
def test_what_is_asked_for_has_an_index() -> None:
    """Whether these are few or many: no list looks at all requests or tasks of a team."""
    team, other = TeamFactory(), TeamFactory()
    requests = SubtitleRequest.objects.filter(team__in=[team.pk])
    tasks = Task.objects.filter(team=team, is_deleted=False)
    lists: dict[str, Any] = {
        "request_sent": requests_of(team.pk, "outgoing"),
        "request_received": requests_of([team.pk, other.pk], "incoming"),
        "request_team_project": requests.filter(video_project__in=[1]),
        "request_team_spoken": requests.filter(video_language__in=["fr"]),
        "request_team_code": requests.filter(language_code__in=["fr"]),
        "request_team_stage": requests.filter(stage=10, subtitler=None),
        "task_completed": tasks.filter(completed__gte=START),
        "task_code": tasks.filter(language_code__in=["fr"]),
    }
    for index, found in lists.items():
        for asked in (found.order_by("pk").values("pk")[:20], found.values_list(COUNT)):
            plan = asked.explain()
            assert "SCAN" not in plan, plan
        assert index in found.order_by().values_list(COUNT).explain(), index

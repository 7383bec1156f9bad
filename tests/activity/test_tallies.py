"""A count that is kept says what counting says, whatever happens in between."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity import tallies
from activity.api import streams
from activity.log import record
from activity.models import ActivityRecord, Tally
from activity.models.records import NEWEST_FIRST
from activity.types import ActivityType
from amara_api.kernel.errors import DomainError
from subtitles.models import SubtitleLanguage
from subtitles.services import add_note, update_language
from teams.models import Team, Visibility
from teams.services.teams import update_team
from teams.services.videos import delete_video, update_video
from tests.activity.test_streams import told  # noqa: F401
from tests.factories import VideoFactory, add_subtitles
from videos.models import Video

READERS = ("contributor", "stranger", "superuser")
STREAMS = (
    *("videos/{team}/activity/", "videos/{team}/activity/?type=version-added"),
    *("teams/films/activity/", "teams/films/activity/?language=de", "teams/hush/activity/"),
    *("teams/films/activity/?video_language=en", "teams/films/activity/?video_language=de"),
    *("users/contributor/activity/", "users/contributor/activity/?video_language=de"),
    *("users/owner/activity/", "users/owner/activity/?after=2020-01-01", "activity/"),
    *("activity/?team=films", "activity/?video={team}"),
)


@pytest.fixture
def checked(monkeypatch):
    """Every count that a stream asks for is compared with the plain one, and pages from within with
    those counted off. What was kept and held."""
    monkeypatch.setattr(tallies, "LARGE", 0)
    monkeypatch.setattr(tallies, "STEP", 2)
    monkeypatch.setattr(tallies, "RENEWED_AFTER", 3)
    monkeypatch.setattr(tallies, "MARKED_ANEW_AFTER", 10)
    monkeypatch.setattr(streams, "DEEP", 1)
    seen = Counter()
    known = tallies._known

    def spied(*arguments):
        tally = known(*arguments)
        later = ActivityRecord.objects.filter(pk__gt=tally.upto).count()
        if tally.upto and 0 < later <= tallies.RENEWED_AFTER:
            seen["did not hold" if tally.number is None else "held"] += 1
        return tally

    def compared(found, video=None):
        kept, plain = tallies.count(found, video), found.count()
        assert kept.total == plain, found.query
        if kept.tally and tallies.place(found, kept, plain // 2):
            seen["from a mark"] += 1
            page = streams.newest(found, 3, plain // 2, kept)
            ordered = found.order_by(*NEWEST_FIRST)[plain // 2 : plain // 2 + 3]
            assert [row.pk for row in page] == [each.pk for each in ordered], found.query
        return kept

    monkeypatch.setattr(tallies, "_known", spied)
    monkeypatch.setattr("activity.api.streams.count", compared)
    return seen


def ask_all(told):  # noqa: F811
    for role in READERS:
        for stream in STREAMS:
            # A page that shows all of a stream says by itself how many those are.
            path = f"{stream}{'&' if '?' in stream else '?'}limit=1".format(**told.ids)
            assert told.api[role].get(path).status_code in (200, 403, 404), path


# --- what may happen to a video and its team -----------------------------------------------------


def fresh(video):
    return Video.objects.select_related("team").get(pk=video.pk)


def move(cast, video, team):
    project = team and team.projects.get(slug="_root")
    update_video(fresh(video), actor=cast.owner, team=team, project=project)


def finish_tasks(cast, video):
    """A draft is published."""
    for person, body in (
        ("contributor", {"complete": True}),
        ("manager", {"assignee": "manager", "complete": True, "approved": "Approved"}),
    ):
        for task in cast.films.tasks.filter(completed=None, video=video):
            cast.api[person].put(f"teams/films/tasks/{task.pk}/", body)


def show(cast, **fields):
    cast.films.refresh_from_db()
    update_team(cast.films, actor=cast.owner, **fields)


def speak(cast, video, code):
    update_video(fresh(video), actor=cast.owner, primary_audio_language_code=code)


def speak_as_subtitled(cast, video):
    """It is said of a language that the video is in it."""
    found = SubtitleLanguage.objects.select_related("video").filter(video=video)
    for language in found.order_by("-language_code")[:1]:
        update_language(language, actor=cast.owner, primary=True)


HAPPENINGS = {
    "a note": lambda cast, video: add_note(
        fresh(video), actor=cast.manager, language_code="en", body="Hm"
    ),
    "a draft": lambda cast, video: add_subtitles(fresh(video), "de", actor=cast.contributor),
    "published": finish_tasks,
    "in German": lambda cast, video: speak(cast, video, "de"),
    "in English": lambda cast, video: speak(cast, video, "en"),
    "in that language": speak_as_subtitled,
    "moved out": lambda cast, video: move(cast, video, None),
    "moved in": lambda cast, video: move(cast, video, cast.films),
    "moved away": lambda cast, video: move(cast, video, cast.hush),
    "videos hidden": lambda cast, _: show(cast, video_visibility=Visibility.PRIVATE),
    "videos shown": lambda cast, _: show(cast, video_visibility=Visibility.PUBLIC),
    "team hidden": lambda cast, _: show(cast, team_visibility=Visibility.PRIVATE),
    # Then its records are as public as the team.
    "deleted": lambda cast, video: delete_video(fresh(video), actor=cast.owner),
    "team shown": lambda cast, _: show(cast, team_visibility=Visibility.PUBLIC),
}


def some(seed):
    chance = random.Random(seed)
    return [chance.choice(list(HAPPENINGS)) for _ in range(10)]


@pytest.mark.by_halves
@pytest.mark.django_db
@pytest.mark.parametrize("names", [list(HAPPENINGS), some(1), some(2), some(3)], ids=range(4))
def test_it_is_what_counting_says(told, checked, names):  # noqa: F811
    Team.objects.update(video_count=100)  # factories do not count
    for code in ("de", "en"):  # so that no stream of a language is ever empty
        other = VideoFactory(user=told.owner, team=told.films, primary_audio_language_code=code)
        add_subtitles(fresh(other), actor=told.contributor)
    ask_all(told)
    for name in names:
        # What streams are asked of stays; another one is deleted.
        video = told.team_video
        if name == "deleted":
            video = VideoFactory(user=told.owner, team=told.films)
            add_subtitles(fresh(video), actor=told.contributor)
            ask_all(told)
        with suppress(DomainError), transaction.atomic():  # it may be against the rules just now
            HAPPENINGS[name](told, video)
        ask_all(told)
    assert checked["held"] > 50
    assert checked["did not hold"] > 20
    assert checked["from a mark"] > 50


@pytest.mark.django_db
def test_a_short_stream_is_counted_and_a_long_one_kept(monkeypatch, cast):
    found = ActivityRecord.objects.filter(team=cast.films)
    monkeypatch.setattr(tallies, "LARGE", found.count())
    assert tallies.count(found).total == found.count()
    assert not Tally.objects.exists()
    record(ActivityType.VIDEO_CHANGED, actor=None, team=cast.films)
    assert tallies.count(found).total == found.count()
    kept = Tally.objects.get()
    assert kept.count == found.count()
    record(ActivityType.VIDEO_CHANGED, actor=None, team=cast.films)
    assert tallies.count(found).total == kept.count + 1
    # It is made anew when much has happened since, and gone when nobody asked for a day.
    monkeypatch.setattr(tallies, "RENEWED_AFTER", 0)
    assert tallies.count(found).total == kept.count + 1
    assert Tally.objects.get().count == kept.count + 1
    with time_machine.travel(kept.made + timedelta(days=2)):
        other = ActivityRecord.objects.filter(pk__gt=0)
        assert tallies.count(other).total == other.count()
    assert Tally.objects.get().question != kept.question


@pytest.mark.django_db
@pytest.mark.parametrize("of_video", [False, True])
def test_what_is_kept_is_read_with_all_that_came_since(cast, of_video):
    """In one statement; nothing that a tally knows is counted again."""
    video = VideoFactory(user=cast.owner, team=cast.films)
    found = ActivityRecord.objects.filter(draft=False, team=cast.films)
    known, question = video.pk if of_video else None, tallies.question_of(found).name

    def total(*, is_one):
        with CaptureQueriesContext(connection) as queries:
            counted = tallies.count(found, known).total
        assert (len(queries) == 1) is is_one, queries.captured_queries
        return counted

    assert total(is_one=True) == found.count()
    last = ActivityRecord.objects.latest("pk").pk
    Tally.objects.create(question=question, upto=last, count=1_000_000, made=timezone.now())
    assert total(is_one=True) == 1_000_000
    for team in (cast.films, cast.hush, cast.films):
        record(ActivityType.VIDEO_CHANGED, actor=None, team=team)
    assert total(is_one=True) == 1_000_002
    # Of another video: it tells those who ask of one video nothing.
    record(ActivityType.VIDEO_MERGED, actor=None, team=cast.films)
    if of_video:
        assert total(is_one=True) == 1_000_003
        record(ActivityType.VIDEO_MERGED, actor=None, video=video)
    assert total(is_one=False) == found.count()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_while_somebody_writes(monkeypatch):
    """Else a record with a lower id that is committed later would never be counted."""
    monkeypatch.setattr(tallies, "LARGE", 0)
    found = ActivityRecord.objects.all()
    record(ActivityType.VIDEO_CHANGED, actor=None)
    before = found.count()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            table = ActivityRecord._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} (type, language_code, draft, data, created)"
                " VALUES ('video-changed', '', false, '{}', now())"
            )
            record(ActivityType.VIDEO_CHANGED, actor=None)
            assert tallies.count(found).total == before + 1
            assert not Tally.objects.exists()
            other.commit()
        assert tallies.count(found).total == before + 2
        assert Tally.objects.get().count == before + 2
    finally:
        other.close()


@pytest.mark.django_db
def test_marks_hold_while_records_come_even_with_older_moments(monkeypatch, cast):
    """And are made anew after many: those that came since are counted for each page."""
    for name, value in {"LARGE": 0, "STEP": 3, "RENEWED_AFTER": 4, "MARKED_ANEW_AFTER": 12}.items():
        monkeypatch.setattr(tallies, name, value)
    monkeypatch.setattr(streams, "DEEP", 1)
    found, moment = ActivityRecord.objects.filter(team=cast.films), timezone.now()
    marked = set()
    for n in range(60):
        # Some of them at one moment, and some that say that they are old.
        ago = timedelta(days=n % 7 if n % 4 else 0)
        ActivityRecord.objects.create(type="note-added", team=cast.films, created=moment - ago)
        counted = tallies.count(found)
        ordered = list(found.order_by(*NEWEST_FIRST).values_list("pk", flat=True))
        assert counted.total == len(ordered)
        for offset in range(1, len(ordered) - 3, 4):
            page = streams.newest(found, 2, offset, counted)
            assert [row.pk for row in page] == ordered[offset : offset + 2]
        if (tally := Tally.objects.get()).marks:
            marked.add(tally.marks["upto"])
    assert 2 < len(marked) < 12

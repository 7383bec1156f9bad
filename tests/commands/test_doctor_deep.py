"""`manage.py doctor --deep`: what cannot be true of stored data is found, and nothing else is."""

import io
from types import SimpleNamespace

import pytest
import zstandard
from django.core.management import call_command
from django.db import connection

from activity.models import ActivityRecord, Callback, Notification, Outbox, Tally
from subtitles.models import SubtitleLanguage, SubtitleVersion
from teams.models import SubtitleRequest, Task, Team
from teams.services import members, projects, requests, tasks
from teams.services import videos as team_videos
from tests.commands.test_doctor import sound
from tests.factories import SRT, TeamFactory, VideoFactory, add_subtitles
from users.models import User
from videos.models import Video, VideoCount, VideoUrl

__all__ = ["sound"]


def deep():
    out = io.StringIO()
    try:
        call_command("doctor", "--deep", stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@pytest.fixture
def stored(sound):
    """Something in every table that is looked at."""
    owner = User.objects.get(username="admin")
    films, collab = (
        TeamFactory(slug="films", workflow_enabled=True, review_allowed=10, approve_allowed=10),
        TeamFactory(slug="collab", type=Team.Type.COLLABORATION),
    )
    for team in (films, collab):
        members.enrol(team, actor=owner, user=owner, role=40)
        Callback.objects.create(team=team, url=f"https://example.com/{team.slug}")
    project = projects.add_project(films, actor=owner, name="Shorts", slug="shorts")
    video = team_videos.add_video(
        actor=owner,
        video_url="https://media.example.com/of-films.mp4",
        team=films,
        primary_audio_language_code="en",
    )
    add_subtitles(video, actor=owner)
    french = tasks.add_task(
        films, actor=owner, video=video, type=Task.Type.TRANSLATE, language_code="fr"
    )
    asked = team_videos.add_video(
        actor=owner, video_url="https://media.example.com/of-collab.mp4", team=collab
    )
    request = requests.add_request(asked, actor=owner, language_code="de")
    moved = VideoFactory(user=owner)
    add_subtitles(moved, "fr", SRT, actor=owner)
    for team in (films, collab, None):
        team_videos.update_video(
            Video.objects.get(pk=moved.pk), actor=owner, team=team, project=None
        )
    Tally.objects.create(
        question="a", upto=ActivityRecord.objects.latest("pk").pk, count=1, made=moved.created
    )
    assert Notification.objects.count() > 3
    language = sound.subtitle_languages.get()
    return SimpleNamespace(
        video=sound, language=language, films=films, collab=collab, project=project, film=video,
        task=french, asked=asked, request=request,
    )  # fmt: skip


def test_of_sound_data_nothing_is_said(stored):
    assert deep() == (0, ["Nothing is wrong."])


def versions(stored, number):
    return SubtitleVersion.objects.filter(language=stored.language, version_number=number)


def languages(stored):
    return SubtitleLanguage.objects.filter(pk=stored.language.pk)


def repacked(stored):
    """Good cues, and not those."""
    other = SubtitleVersion.objects.exclude(language=stored.language).first()
    plain = zstandard.decompress(bytes(other.cues)).replace(b"Hello", b"Hullo")
    versions(stored, 2).update(cues=zstandard.compress(plain))


def misplaced(stored):
    """All in all right: two of one list, before whatever is there and behind it."""
    row = VideoCount.objects.filter(kind=0, scope="teamless").first()
    for kind in (1, 2):
        VideoCount.objects.create(
            scope=row.scope,
            kind=kind,
            created=row.created.replace(year=1900),
            title="",
            video=0,
            n=2,
        )
        VideoCount.objects.create(
            scope=row.scope,
            kind=kind,
            created=row.created.replace(year=2100),
            title="~",
            video=0,
            n=-2,
        )


def without_trigger(stored):
    with connection.cursor() as cursor:
        postgresql = connection.vendor == "postgresql"
        on = " ON videos_video" if postgresql else ""
        cursor.execute(f"DROP TRIGGER videos_counted_on{on}")


# What is done past the services, and what the doctor's line of it holds.
FAULTS = {
    "gap": (lambda s: versions(s, 2).delete(), "gap in the numbers"),
    "last number": (lambda s: languages(s).update(last_number=9), "another last number"),
    "tip": (lambda s: languages(s).update(tip=versions(s, 1).get()), "newest version"),
    "public tip": (
        lambda s: languages(s).update(public_tip=versions(s, 1).get()),
        "newest public version",
    ),
    "no tip": (lambda s: languages(s).update(tip=None), "newest version"),
    "another's tip": (
        lambda s: languages(s).update(
            tip=SubtitleVersion.objects.exclude(language=s.language).first()
        ),
        "of another language",
    ),
    "complete number": (lambda s: languages(s).update(complete_number=2), "complete_number"),
    "count of cues": (lambda s: versions(s, 2).update(subtitle_count=7), "says 7"),
    "synced": (lambda s: versions(s, 2).update(fully_synced=False), "synced"),
    "digest": (lambda s: versions(s, 2).update(digest="0" * 64), "digest"),
    "cues": (repacked, "digest"),
    "broken cues": (lambda s: versions(s, 2).update(cues=b"\0" * 9), "cannot be decoded"),
    "depth": (lambda s: versions(s, 1).update(cues_depth=1), "cannot be decoded"),
    "depth of none": (lambda s: versions(s, 3).update(cues_depth=3), "cannot be decoded"),
    "broken source": (lambda s: versions(s, 2).update(source=b"<tt/>"), "cannot be decoded"),
    "parent": (
        lambda s: versions(s, 2).update(parent=versions(s, 3).get()),
        "no older one of its language",
    ),
    "language": (lambda s: languages(s).update(language_code="qqq-zz"), "no known language"),
    "spoken language": (
        lambda s: Video.objects.update(primary_audio_language_code="qqq-zz"),
        "no known language",
    ),
    "no primary url": (
        lambda s: VideoUrl.objects.filter(video=s.video).update(primary=False),
        "0 primary urls",
    ),
    "scope": (
        lambda s: VideoUrl.objects.filter(video=s.video).update(scope=s.films.pk),
        "kept in scope",
    ),
    "visibility": (lambda s: Video.objects.update(is_public=False), "not shown as its team says"),
    "project": (
        lambda s: Video.objects.filter(pk=s.asked.pk).update(project=s.project),
        "in project",
    ),
    "team's count": (lambda s: Team.objects.filter(pk=s.films.pk).update(video_count=9), "says 9"),
    "task": (
        lambda s: Task.objects.filter(pk=s.task.pk).update(team=s.collab, assignee=None),
        "which is in team films",
    ),
    "task outside": (
        lambda s: Task.objects.filter(pk=s.task.pk).update(video=s.video),
        "which is in no team",
    ),
    "task's version": (
        lambda s: Task.objects.filter(pk=s.task.pk).update(version=versions(s, 3).get()),
        "of another video",
    ),
    "request": (
        lambda s: SubtitleRequest.objects.update(source_team=s.films),
        "no longer has the video",
    ),
    "request's end": (
        lambda s: SubtitleRequest.objects.update(stage=SubtitleRequest.Stage.COMPLETE),
        "date of completion",
    ),
    "outbox": (lambda s: Outbox.objects.update(last_number=1), "outbox of team"),
    "number": (
        lambda s: Notification.objects.filter(pk=Notification.objects.first().pk).update(
            data={"number": 77}
        ),
        "tells another",
    ),
    "list's count": (
        lambda s: VideoCount.objects.filter(scope=f"team {s.films.pk}").first().delete(),
        "videos, or a part of it has, where",
    ),
    "list's bound": (misplaced, "a part of it has, where"),
    "list's trigger": (without_trigger, "videos_counted_on on videos is missing"),
    "tally": (lambda s: Tally.objects.update(count=10_000), "more records than there are"),
}


@pytest.mark.by_halves
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_named(stored, fault):
    plant, said = FAULTS[fault]
    plant(stored)
    code, lines = deep()
    assert code == 1
    assert any(said in line for line in lines), lines
    # Each says what to do about it.
    assert all(len(line.split(". ")) > 1 or "otherwise" in line for line in lines), lines


def test_counting_anew_mends_the_counts_of_lists(stored):
    for fault in ("list's count", "list's bound", "list's trigger"):
        FAULTS[fault][0](stored)
    assert len(deep()[1]) >= 3
    call_command("count_videos", stdout=io.StringIO())
    assert deep() == (0, ["Nothing is wrong."])

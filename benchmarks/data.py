"""What the benchmark reads: a database of some size, and one video with long subtitles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import orjson
from django.core.management.color import no_style
from django.db import connection, transaction

from activity.models import ActivityRecord
from amara_api.kernel.ids import USER_ID_PREFIX
from subtitles import storage
from subtitles.formats import Cue, Track, dump, load
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.workflows.submit import submit
from teams.models import DEFAULT_PROJECT, Project, Role, Task, Team, TeamMember
from teams.workflows import workflow_for
from users.services import create_user
from videos import counts
from videos.models import Video, VideoUrl, fingerprint
from videos.services import add_video

VIDEOS, LANGUAGES, VERSIONS = 20_000, 60_000, 200_000
TEAMS = 20
CUES = 2_000
CODES = ("en", "fr", "de", "es", "pt-br", "ja", "ar", "he", "ru", "zh-cn", "nl", "it")
LONG_CODE = "en"
WRITTEN_TO = 16
TASKS, RECORDS = 2_000, 5_000  # of the first team
# Videos with long subtitles that nobody has asked for: what is made of them is more than the
# processes of a server keep, in any format.
UNKEPT = 800
_BATCH = 2_000
_WORDS = ("the", "kettle", "is", "not", "yet", "hot", "and", "everybody", "waits", "for", "steam")


@dataclass(frozen=True)
class Loaded:
    """Where to look."""

    key: str
    # Of a member of the team.
    member_key: str
    team: str
    teams: tuple[str, ...]
    video_id: str
    long_video_id: str
    written_to: tuple[str, ...]
    # Some of all videos, in no order, and urls of theirs.
    video_ids: tuple[str, ...]
    urls: tuple[str, ...]
    unkept: tuple[str, ...]
    post_json: bytes
    post_srt: bytes


def cues(count: int = CUES) -> list[dict[str, Any]]:
    chance = Random(7)  # noqa: S311 - the same data every time
    return [
        {
            "start": i * 3000,
            "end": i * 3000 + 2500,
            "text": " ".join(chance.choices(_WORDS, k=chance.randint(6, 14))),
        }
        for i in range(count)
    ]


def fill() -> Loaded:
    """Videos, languages and versions in bulk; the long subtitles by the service itself."""
    user, key = create_user(actor=None, username="bench")
    member, member_key = create_user(actor=None, username="member")
    teams = Team.objects.bulk_create(Team(slug=f"team-{n}", name=f"Team {n}") for n in range(TEAMS))
    projects = Project.objects.bulk_create(
        Project(team=team, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT) for team in teams
    )
    with transaction.atomic():
        _insert(Video, _videos(user, teams, projects))
        for team in teams:
            Team.objects.filter(pk=team.pk).update(video_count=team.videos.count())
        _insert(VideoUrl, _urls(teams))
        _add_languages()
        _add_versions(user)
        _analyze("ANALYZE")
        _set_tips()
        _reset_sequences()
        TeamMember.objects.create(team=teams[0], user=member, role=Role.ADMIN)
        _insert(Task, _tasks(teams[0], member))
        _insert(ActivityRecord, _records(teams[0], [user, member]))
    long_video, *others = (_long_video(user, n) for n in range(1 + WRITTEN_TO))
    unkept = _make_long(long_video)
    # What a server does in its first minutes, before anything is measured.
    while counts.tidy_some():
        pass
    _analyze("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    sample = Random(7).sample(range(1, VIDEOS + 1), 2_000)  # noqa: S311
    ids = dict(Video.objects.filter(pk__in=sample).values_list("pk", "video_id"))
    some = Video.objects.filter(team=teams[0]).order_by("-created")[100]
    list_of_cues = cues()
    srt = dump(load(orjson.dumps(list_of_cues).decode(), "json"), "srt")
    return Loaded(
        key=key,
        member_key=member_key,
        team=teams[0].slug,
        teams=tuple(team.slug for team in teams),
        video_id=some.video_id,
        long_video_id=long_video.video_id,
        written_to=tuple(video.video_id for video in others),
        video_ids=tuple(ids[n] for n in sample),
        urls=tuple(_url(n) for n in sample),
        unkept=unkept,
        post_json=orjson.dumps({"sub_format": "json", "subtitles": list_of_cues}),
        post_srt=orjson.dumps({"sub_format": "srt", "subtitles": srt}),
    )


def _analyze(statement: str) -> None:
    """Without it the database takes all tables for small, and triggers read each from end to end
    for every row."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _insert(model: Any, rows: Iterable[Any]) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        model.objects.bulk_create(batch)


def _videos(user: Any, teams: list[Team], projects: list[Project]) -> Iterable[Video]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for n in range(1, VIDEOS + 1):
        team = n % TEAMS
        yield Video(
            pk=n,
            title=f"A film about kettles, part {n}",
            description="In which the water boils, and what was learnt from that. " * 3,
            duration=60 + n % 5000,
            thumbnail=f"https://media.example.com/thumbnails/{n}.jpg",
            primary_audio_language_code=CODES[n % len(CODES)],
            metadata={"speaker-name": "Ana", "location": "Porto"} if n % 3 == 0 else {},
            user=user,
            team=teams[team],
            project=projects[team],
            created=start + timedelta(minutes=11 * n),
        )


def _url(n: int) -> str:
    return f"https://media.example.com/films/{n}.mp4"


def _urls(teams: list[Team]) -> Iterable[VideoUrl]:
    for n in range(1, VIDEOS + 1):
        url = _url(n)
        yield VideoUrl(
            video_id=n,
            type="H",
            url=url,
            fingerprint=fingerprint(f"H:{url.removeprefix('https://')}"),
            scope=teams[n % TEAMS].pk,
            primary=True,
            original=True,
        )


def _add_languages() -> None:
    each = LANGUAGES // VIDEOS
    code = f"(i / {each} + 5 * (i % {each})) % {len(CODES)}"
    names = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(CODES))
    _multiply(
        SubtitleLanguage(pk=0, video_id=1, language_code="und"),
        LANGUAGES,
        id="i + 1",
        video_id=f"i / {each} + 1",
        language_code=f"CASE {code} {names} END",
    )


def _add_versions(user: Any) -> None:
    packed = storage.pack(Track(cues=(Cue(start=0, end=1000),)))
    one = SubtitleVersion(
        pk=0,
        language_id=1,
        version_number=0,
        author=user,
        subtitle_count=1,
        fully_synced=True,
        digest=packed.digest,
        cues=packed.cues,
        source_format="json",
    )
    numbers = {"language_id": f"i % {LANGUAGES} + 1", "version_number": f"i / {LANGUAGES} + 1"}
    _multiply(one, VERSIONS, id="i + 1", **numbers)


def _set_tips() -> None:
    """Versions were dealt out one to each language in turn, until there were no more."""
    rounds = f"({VERSIONS} - id) / {LANGUAGES}"
    tip = f"id + {rounds} * {LANGUAGES}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {SubtitleLanguage._meta.db_table} SET tip_id = {tip}, "
            f"public_tip_id = CASE WHEN id % 7 = 0 THEN NULL ELSE {tip} END, "
            f"last_number = {rounds} + 1"
        )


def _tasks(team: Team, member: Any) -> Iterable[Task]:
    """Two for each of the team's videos: every third is somebody's, every fourth is done."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    videos = list(team.videos.order_by("pk").values_list("pk", flat=True))
    tips = dict(
        SubtitleLanguage.objects.filter(video__in=videos, tip__isnull=False).values_list(
            "video_id", "tip_id"
        )
    )
    for n in range(TASKS):
        video, made = videos[n // 2 % len(videos)], start + timedelta(minutes=7 * n)
        is_done = n % 4 == 0
        yield Task(
            team=team,
            video_id=video,
            language_code=CODES[n % len(CODES)],
            type=Task.Type.TRANSLATE if n % 2 else Task.Type.REVIEW,
            assignee=member if n % 3 == 0 else None,
            priority=n % 5,
            version_id=tips.get(video) if n % 2 == 0 else None,
            approved=Task.Approval.APPROVED if is_done else None,
            created=made,
            modified=made,
            completed=made + timedelta(days=2) if is_done else None,
        )


_TYPES = (
    *["version-added"] * 4,
    *["video-added", "video-url-added", "comment-added", "video-title-changed"],
    *["collab-assign", "video-changed"],
)


def _records(team: Team, people: list[Any]) -> Iterable[ActivityRecord]:
    """Of ten, nine are of types that are printed, and one of these names a person."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    videos = list(team.videos.order_by("pk").values_list("pk", flat=True))
    data: dict[str, Any] = {
        "video-url-added": {"url": "https://media.example.com/more.mp4"},
        "video-title-changed": {"title": "A film about kettles"},
        "collab-assign": {
            "role": "subtitler",
            "state_change": None,
            "assignee": f"{USER_ID_PREFIX}{people[1].public_id}",
        },
    }
    for n in range(RECORDS):
        type = _TYPES[n % len(_TYPES)]
        yield ActivityRecord(
            type=type,
            actor=people[n % 2],
            video_id=videos[n * 7 % len(videos)],
            team=team,
            language_code=CODES[n % len(CODES)] if type == "version-added" else "",
            data=data.get(type, {}),
            created=start + timedelta(minutes=3 * n),
        )


def _make_long(video: Video) -> tuple[str, ...]:
    """Give some videos the cues of ``video``, each as the only version that they are kept in.

    A digest of their own makes them other subtitles to the server.
    """
    language = SubtitleLanguage.objects.get(video=video, language_code=LONG_CODE)
    found = SubtitleLanguage.objects.filter(
        language_code=LONG_CODE, public_tip__isnull=False, pk__lt=language.pk
    )
    tips = list(found.order_by("pk").values_list("public_tip_id", "video__video_id")[:UNKEPT])
    marks = ", ".join(str(tip) for tip, _ in tips)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {SubtitleVersion._meta.db_table} SET subtitle_count = {CUES}, "
            "digest = substr(digest, 1, 20) || id, cues = (SELECT cues FROM "
            f"{SubtitleVersion._meta.db_table} WHERE id = {language.public_tip_id}) "
            f"WHERE id IN ({marks})"
        )
    return tuple(video_id for _, video_id in tips)


def _multiply(one: Any, count: int, **columns: str) -> None:
    """``count`` rows like ``one``, but for ``columns``: SQL in which ``i`` counts from 0.

    The ORM would take a minute for what the database does in two seconds.
    """
    one.save(force_insert=True)
    names = [field.column for field in one._meta.concrete_fields]
    values = ", ".join(columns.get(name, f"one.{name}") for name in names)
    table = one._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE numbers(i) AS "
            f"(SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {count}) "
            f"INSERT INTO {table} ({', '.join(names)}) "
            f"SELECT {values} FROM numbers, {table} one WHERE one.id = 0"
        )
        cursor.execute(f"DELETE FROM {table} WHERE id = 0")


def _reset_sequences() -> None:
    statements = connection.ops.sequence_reset_sql(
        no_style(), [Video, SubtitleLanguage, SubtitleVersion]
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _long_video(user: Any, n: int) -> Video:
    video = add_video(
        actor=user,
        video_url=f"https://media.example.com/long/{n}.mp4",
        title=f"A long film {n}",
        primary_audio_language_code=LONG_CODE,
    )
    submit(
        workflow_for(video, LONG_CODE),
        actor=user,
        track=load(orjson.dumps(cues()).decode(), "json"),
        source_format="json",
    )
    return video

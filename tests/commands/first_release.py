"""`python -m tests.commands.first_release`: the tables of the first release, with data in each.

For the drill in `test_upgrades`. Rows are written by the models that its migrations describe.
"""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import django

FIRST = [
    ("activity", "0002_initial"),
    ("sessions", "0001_initial"),
    ("subtitles", "0002_initial"),
    ("teams", "0002_initial"),
    ("users", "0001_initial"),
    ("videos", "0001_initial"),
]
KEY = "0123456789abcdef0123456789abcdef01234567"
SRT = "1\n00:00:01,000 --> 00:00:02,500\nGuten Morgen {number}\n"
BEGUN = datetime(2026, 11, 22, 15, tzinfo=UTC)


def build() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate(FIRST)
    _fill(MigrationExecutor(connection).loader.project_state(FIRST).apps)


def _fill(apps: Any) -> None:
    from users.keys import digest

    def make(model: str, **fields: Any) -> Any:
        return apps.get_model(model).objects.create(**fields)

    people = {
        name: make(
            "users.User",
            username=name,
            public_id=f"{name:x<12}",
            email=f"{name}@example.com",
            password="pbkdf2_sha256$1$salt$hash",
            is_staff=name == "root",
            is_superuser=name == "root",
            date_joined=BEGUN,
        )
        for name in ("root", "ana", "bob")
    }
    root, ana, bob = people.values()
    make("users.ApiKey", user=ana, digest=digest(KEY), created=BEGUN)
    make("users.LoginToken", user=bob, digest="d" * 64, created=BEGUN)
    for name in ("ana", "bob"):
        _record(make, "user-created", root, data={"user": f"id${name:x<12}"})
    _record(make, "key-issued", ana, data={"user": f"id${'ana':x<12}"})

    team, project = _team(make, "films")
    hidden, hidden_project = _team(make, "hidden", is_visible=False)
    make("teams.TeamMember", team=team, user=ana, role=40, created=BEGUN)
    make("teams.TeamMember", team=hidden, user=bob, role=40, created=BEGUN)
    make("teams.TeamMember", team=team, user=bob, created=BEGUN)
    videos = [
        _video(make, ana, "a", team=team, project=project),
        _video(make, ana, "b"),
        _video(make, bob, "c", is_public=False, team=hidden, project=hidden_project),
    ]
    for video in videos:
        _record(make, "video-added", video.user, video=video, team=video.team)
        make("videos.VideoFollower", video=video, user=video.user)
    english = _language(make, videos[0], "en", ana, versions=3, last_is_public=False)
    # A code of that time, which is another today.
    _language(make, videos[0], "iw", bob, versions=1, translated_from=english)
    _language(make, videos[1], "de", ana, versions=2)
    make(
        "subtitles.SubtitleNote",
        video=videos[0],
        language_code="en",
        user=bob,
        body="Nice",
        team=team,
    )


def _record(make: Any, type: str, actor: Any, **fields: Any) -> None:
    make("activity.ActivityRecord", type=type, actor=actor, created=BEGUN, **fields)


def _team(make: Any, slug: str, **fields: Any) -> tuple[Any, Any]:
    team = make("teams.Team", name=slug.title(), slug=slug, created=BEGUN, **fields)
    return team, make("teams.Project", team=team, name="_root", slug="_root", created=BEGUN)


def _video(make: Any, user: Any, name: str, **fields: Any) -> Any:
    video = make(
        "videos.Video",
        user=user,
        video_id=f"video{name:0<7}",
        title=f"Film {name}",
        metadata={"speaker-name": "Zoë"},
        created=BEGUN,
        **fields,
    )
    url = f"https://media.example.com/{name}.mp4"
    make(
        "videos.VideoUrl",
        video=video,
        type="H",
        url=url,
        fingerprint=hashlib.sha256(url.encode()).hexdigest(),
        scope=video.team_id if not video.is_public else 0,
        primary=True,
        original=True,
        added_by=user,
        created=BEGUN,
    )
    return video


def _language(
    make: Any,
    video: Any,
    code: str,
    author: Any,
    *,
    versions: int,
    last_is_public: bool = True,
    **fields: Any,
) -> Any:
    from subtitles.formats import load
    from subtitles.storage import pack

    language = make(
        "subtitles.SubtitleLanguage",
        video=video,
        language_code=code,
        last_number=versions,
        created=BEGUN,
        **fields,
    )
    for number in range(1, versions + 1):
        packed = pack(load(SRT.format(number=number), "srt"))
        is_public = number < versions or last_is_public
        version = make(
            "subtitles.SubtitleVersion",
            language=language,
            version_number=number,
            subtitle_count=1,
            fully_synced=True,
            digest=packed.digest,
            cues=packed.cues,
            source_format="srt",
            author=author,
            parent=language.tip,
            is_public=is_public,
            created=BEGUN + timedelta(hours=number),
        )
        language.tip = version
        if is_public:
            language.public_tip = version
        _record(make, "version-added", author, video=video, team=video.team, language_code=code)
    language.save()
    return language


if __name__ == "__main__":
    os.umask(0o077)
    django.setup()
    build()

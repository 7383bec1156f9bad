"""What each route costs in queries: a committed number, the same for one row and for fifty.

`GOLDEN=write pytest tests/api/test_query_counts.py -n 0` writes the numbers anew.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import ActivityRecord, Callback
from activity.outbox import write
from subtitles.services import add_note
from teams.models import Application, Project, SubtitleRequest, Task, Team, TeamLanguage
from tests import golden
from tests.api.conftest import undone
from tests.factories import (
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from users import keys
from videos.services import add_url

pytestmark = pytest.mark.django_db
BASELINE = Path(__file__).parent / "query_counts.json"
MANY = 50
# The most that a kind of route may cost, the key included: what is named, what there is of it and
# how many. Each of two versions is looked for by itself; what is covered in a project is counted in
# videos and in languages; a person's activity in a team asks for the reader's teams.
LIMITS = {
    "list": 4,
    "detail": 3,
    "subtitles": 2,
    "two versions": 4,
    "coverage": 5,
    "activity of two": 5,
    "page": 5,
}

# What each is called: its kind and its path.
ROUTES = {
    "index": ("detail", ""),
    "languages": ("detail", "languages/"),
    "videos": ("list", "videos/?limit=50"),
    "videos by title": ("list", "videos/?order_by=title"),
    "videos of a team": ("list", "videos/?team=films&limit=50"),
    "videos of a project": ("list", "videos/?team=films&project=null&limit=50"),
    "videos by url": ("list", "videos/?video_url={url}"),
    "videos by language": ("list", "videos/?primary_audio_language_code=en&limit=50"),
    "videos without a team": ("list", "videos/?team=null&limit=50"),
    "urls": ("list", "videos/{video}/urls/?limit=50"),
    "subtitle languages": ("list", "videos/{video}/languages/?limit=50"),
    "notes": ("list", "videos/{video}/languages/en/subtitles/notes/?limit=50"),
    "actions": ("list", "videos/{video}/languages/en/subtitles/actions/"),
    "video": ("detail", "videos/{video}/"),
    "duration": ("detail", "videos/{video}/duration/"),
    "url": ("detail", "videos/{video}/urls/{url_id}/"),
    "subtitle language": ("detail", "videos/{video}/languages/en/"),
    "user": ("detail", "users/stranger/"),
    "me": ("detail", "users/me/"),
    "keys": ("detail", "users/me/keys/?limit=10"),
    "key": ("detail", "users/me/keys/{key}/"),
    "subtitles": ("subtitles", "videos/{video}/languages/en/subtitles/"),
    "subtitles as srt": ("subtitles", "videos/{video}/languages/en/subtitles/?format=srt"),
    "a version": ("subtitles", "videos/{video}/languages/en/subtitles/?version_number=1"),
    "a report": ("detail", "videos/{video}/languages/en/subtitles/report/"),
    "a diff": ("two versions", "videos/{video}/languages/en/subtitles/diff/?from=1&to=1"),
    "teams": ("list", "teams/?limit=50"),
    "team": ("detail", "teams/guild/"),
    "members": ("list", "teams/guild/members/?limit=50"),
    "member": ("detail", "teams/guild/members/stranger/"),
    "safe members": ("list", "teams/guild/safe-members/?limit=50&api-future=20160801"),
    "safe member": ("detail", "teams/guild/safe-members/stranger/?api-future=20160801"),
    "projects": ("list", "teams/guild/projects/?limit=50"),
    "project": ("detail", "teams/guild/projects/shorts/"),
    "applications": ("list", "teams/guild/applications/?limit=50"),
    "applications of a kind": (
        "list",
        "teams/guild/applications/?limit=50&status=Pending&after=2016-01-01",
    ),
    "application": ("detail", "teams/guild/applications/{application}/"),
    "tasks": ("list", "teams/guild/tasks/?limit=50&order_by=-modified"),
    "task": ("detail", "teams/guild/tasks/{task}/"),
    "requests": ("list", "teams/guild/subtitle-requests/?limit=50&sort=-due"),
    "requests of all teams": ("list", "subtitle-requests/?limit=50&work_status=available"),
    "requests elsewhere": ("list", "teams/guild/subtitle-requests/remote/?limit=50"),
    "request": ("detail", "subtitle-requests/{job}/"),
    "a video's activity": ("list", "videos/{video}/activity/?limit=50"),
    "a team's activity": ("list", "teams/films/activity/?limit=50&type=version-added"),
    "a person's activity": ("activity of two", "users/owner/activity/?limit=50&team=films"),
    "older activity": ("list", "activity/?limit=50"),
    "a record": ("detail", "activity/{record}/"),
    "coverage": ("list", "teams/films/coverage/?limit=50"),
    "coverage of a project": ("coverage", "teams/films/coverage/?limit=50&project=null"),
    "callbacks": ("list", "teams/guild/callbacks/?limit=50"),
    "callback": ("detail", "teams/guild/callbacks/{callback}/"),
    "notifications": ("list", "teams/guild/notifications/?limit=50"),
    "notification": ("detail", "teams/guild/notifications/1/"),
    "accounts": ("list", "/api2/partners/users/?limit=50"),
    "teams of 2012": ("list", "/api2/partners/teams/?limit=50"),
    "subtitle languages of 2012": ("list", "/api2/partners/videos/{video}/languages/"),
    "language by number": ("detail", "/api2/partners/videos/{video}/languages/{number}/"),
    "team languages": ("list", "teams/guild/languages/"),
    "preferred languages": ("list", "teams/guild/languages/preferred/"),
    "blacklisted languages": ("list", "teams/guild/languages/blacklisted/"),
}
PAGES = ("videos of a team", "urls", "subtitle languages", "notes", "video", "teams", "members")
ROUTES |= {f"{name}, for a browser": ("page", ROUTES[name][1]) for name in PAGES}


@pytest.fixture
def world(cast, api_for):
    video = VideoFactory(user=cast.owner, team=cast.films, primary_audio_language_code="en")
    add_subtitles(video)
    add_note(video, actor=cast.owner, language_code="en", body="Note")
    url = video.urls.get()
    guild = TeamFactory(
        slug="guild", is_visible=False, membership_policy=Team.MembershipPolicy.APPLICATION
    )
    TeamMemberFactory(team=guild, user=cast.contributor, role_name="admin")
    TeamMemberFactory(team=guild, user=cast.stranger)
    Project.objects.create(team=guild, slug="shorts", name="Shorts")
    application = Application.objects.create(team=guild, user=cast.adder)
    task = Task.objects.create(team=guild, video=video, type=10, assignee=cast.adder)
    job = _ask(guild, video, "ar")
    callback = Callback.objects.create(team=guild, url="https://hooks.example.com/")
    write(callback, "test", {})
    names = {
        "callback": callback.pk,
        "key": keys.add_key(cast.contributor, actor=cast.contributor)[0].pk,
        "number": video.subtitle_languages.get(language_code="en").pk,
        "record": ActivityRecord.objects.filter(video=video).earliest("pk").pk,
        "job": job,
        "task": task.pk,
        "video": video.video_id,
        "url": url.url,
        "url_id": url.pk,
        "application": application.pk,
    }
    return SimpleNamespace(
        cast=cast, video=video, guild=guild, names=names, api=api_for(cast.contributor)
    )


def _ask(team, video, code) -> str:
    """A request that another team does, then one that the team does; the id of the latter."""
    evaluating, remote = TeamFactory(), TeamFactory(is_visible=False)
    for working, spoken in ((remote, f"{code}-1"), (team, code)):
        request = SubtitleRequest.objects.create(
            source_team=team, team=working, video=video, language_code=spoken
        )
        request.evaluations.create(team=evaluating, position=1)
    return request.job_id


def cost(world, name, limit=MANY) -> int:
    kind, path = ROUTES[name]
    accept = "text/html" if kind == "page" else "*/*"
    path = path.format(**world.names).replace(f"limit={MANY}", f"limit={limit}")
    # The first of a kind compiles its statements and fills the caches.
    world.api.get(path, HTTP_ACCEPT=accept)
    with CaptureQueriesContext(connection) as queries:
        response = world.api.get(path, HTTP_ACCEPT=accept)
    assert response.status_code == 200, response.content
    return len(queries)


def rows_of(world, name) -> int:
    path = ROUTES[name][1].format(**world.names).replace(f"limit={MANY}", "limit=100")
    return len(world.api.get(path).json()["objects"])


def grow(world) -> None:
    """Fifty of everything that a list may have fifty of."""
    cast = world.cast
    codes = list(json.loads(world.api.get("languages/").content)["languages"])
    for number in range(MANY):
        author = cast.people[("owner", "admin", "manager")[number % 3]]
        team = cast.films if number % 2 else None
        video = VideoFactory(user=author, team=team, primary_audio_language_code="en")
        add_subtitles(video)
        add_subtitles(video, "fr")
        add_url(world.video, actor=author, url=f"https://media.example.com/more-{number}.mp4")
        add_subtitles(world.video, codes[number], actor=author)
        add_subtitles(world.video, "en", actor=author)
        add_note(world.video, actor=author, language_code="en", body="Another")
        _grow_teams(world, number, codes[number])


def _grow_teams(world, number, code) -> None:
    if number < settings.AMARA_MAX_KEYS - 2:
        keys.add_key(world.cast.contributor, actor=None)
    guild, kinds = world.guild, TeamLanguage.Kind
    TeamMemberFactory(team=TeamFactory(is_visible=False), user=world.cast.contributor)
    TeamMemberFactory(team=guild, user=UserFactory())
    Project.objects.create(team=guild, slug=f"p{number}", name=f"Project {number}")
    Application.objects.create(team=guild, user=UserFactory())
    Task.objects.create(
        team=guild, video=world.video, type=20, language_code=code, assignee=UserFactory()
    )
    _ask(guild, world.video, f"x{number}")
    url = f"https://hooks.example.com/{number}"
    write(Callback.objects.create(team=guild, url=url), "test", {})
    kind = kinds.PREFERRED if number % 2 else kinds.BLACKLISTED
    guild.languages.create(language_code=code, kind=kind)


def test_queries(world):
    """The counts are the committed ones, within the limits, and do not grow with the data, nor with
    the page. One that shows a whole list says by itself how long that is, and costs less."""
    with undone():
        small = {name: cost(world, name) for name in ROUTES}
    grow(world)
    # Otherwise the comparison would say nothing.
    assert rows_of(world, "urls") == rows_of(world, "notes") == MANY + 1
    assert rows_of(world, "subtitle languages") >= MANY
    assert rows_of(world, "videos of a team") > MANY // 2
    assert rows_of(world, "projects") == rows_of(world, "tasks") == MANY + 1
    assert rows_of(world, "members") == MANY + 2
    assert rows_of(world, "callbacks") == rows_of(world, "notifications") == MANY + 1
    streams = ("a video's activity", "a team's activity", "a person's activity", "older activity")
    assert all(rows_of(world, name) > MANY / 3 for name in streams)
    assert rows_of(world, "teams") > MANY
    assert rows_of(world, "requests") == rows_of(world, "requests elsewhere") == MANY + 1
    assert rows_of(world, "requests of all teams") == MANY + 1
    large = {name: cost(world, name) for name in ROUTES}
    assert {name: cost(world, name, limit=1) for name in ROUTES} == large
    assert not {name: n for name, n in small.items() if not 0 <= large[name] - n <= 2}
    dear = {name: n for name, n in large.items() if n > LIMITS[ROUTES[name][0]]}
    assert not dear
    golden.check(BASELINE, golden.as_text(large))

"""Races without luck: the world changes after a request was allowed and before it has its locks.

Every route that writes is asked for, as the permission matrices list them, and just where its
service takes the first lock somebody else's change is put in. What comes of it must be what comes
of the two one after the other, the change first: the same rows and an answer of the same kind; or
409 and nothing. The same questions with real threads and processes are in `test_concurrency`.
"""

from __future__ import annotations

from functools import cache

import pytest
from django.db import connection, models
from django.db.models import QuerySet

from amara_api.kernel.models import GuardedCount
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.standing import calling, standing
from teams.models import ListNote, Role, Team, TeamMember
from teams.services import members, videos
from tests.api import test_permissions, test_team_permissions
from tests.api.conftest import undone, world
from tests.api.permission_matrix import ROWS, cells
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.api.test_team_permissions import teams
from tests.factories import SRT, TeamFactory, add_subtitles
from videos.models import Video

__all__ = ["teams", "world"]

pytestmark = pytest.mark.django_db
INSIDERS = ("contributor", "manager", "admin", "owner")
# Nobody's role, no team and no account that others change decides about these.
OWN_ALONE = {
    ("teams", "POST"),
    ("messages", "POST"),
    ("users", "POST"),
    ("videos", "POST"),
}


@pytest.fixture
def between(monkeypatch):
    """`between(change)`: what happens once the next request was allowed, at its first lock."""
    waiting, allowed = [], []
    initial, lock = ResourceViewSet.initial, QuerySet.select_for_update

    def allows(view, request, *args, **kwargs):
        initial(view, request, *args, **kwargs)
        allowed.append(view)

    def locks(rows, *args, **kwargs):
        if allowed and waiting:
            # As in another request: the questions of this one are not put there.
            with standing(lambda: None), calling(lambda: None):
                waiting.pop()()
        return lock(rows, *args, **kwargs)

    monkeypatch.setattr(ResourceViewSet, "initial", allows)
    monkeypatch.setattr(QuerySet, "select_for_update", locks)

    def set_(change):
        allowed.clear()
        waiting[:] = [change]
        return waiting

    return set_


def known():
    """The keys of all rows, to tell new ones from those."""
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in _models()}


def _models():
    from django.apps import apps

    ours = {"users", "teams", "videos", "subtitles", "activity"}
    # Notes tell the numbers of rows, which are others each time.
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ours and model not in (GuardedCount, ListNote)
    ]


# Made by chance, or where a number is told that is another each time.
CHANCE = {"digest", "video_id", "job_id", "secret", "old_secret", "seal", "last_used", "data", "id"}


@cache
def _told_of(model):
    """Its fields, without what is by chance or by the clock, and a statement for all rows."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.name not in CHANCE and not isinstance(field, models.DateField)
    ]
    columns = ", ".join(f'"{field.column}"' for field in (model._meta.pk, *fields))
    return fields, f'SELECT {columns} FROM "{model._meta.db_table}"'


def stored(old):
    """All rows, by what is told of them: a new row is told by its values."""
    found = {}
    with connection.cursor() as cursor:
        for model in _models():
            fields, statement = _told_of(model)

            def told(field, value):
                if field.remote_field is not None and value is not None:
                    return value if value in old.get(field.remote_field.model, ()) else "new"
                return bytes(value) if isinstance(value, memoryview) else value

            cursor.execute(statement)
            found[model.__name__] = sorted(
                repr((pk if pk in old[model] else "new", *map(told, fields, values)))
                for pk, *values in cursor.fetchall()
            )
    return found


def outcome(ask, change, between, old):
    """What the request is answered and what is stored: after the change, and with it in between."""
    with undone():
        change()
        sequential = ask().status_code, stored(old)
    with undone():
        waiting = between(change)
        raced = ask().status_code, stored(old)
        reached = not waiting
        waiting.clear()
    return sequential, raced, reached


def as_if_it_came_first(ask, changes, between, *, locks):
    old = known()
    untouched = stored(old)
    wrong = []
    for name, change in changes.items():
        (then, rows), (status, raced), reached = outcome(ask, change, between, old)
        if not reached:
            if locks:
                wrong.append(f"{name}: nothing is locked")
            continue
        if status < 400:
            good = then < 400 and raced == rows
        else:
            # The change was inside the request's transaction, and went with it.
            good = status < 500 and (then >= 400 or status == 409) and raced == untouched
        if not good:
            differ = [table for table in rows if rows[table] != raced[table]]
            wrong.append(f"{name}: {status} where one after the other is {then}; {differ}")
    assert not wrong


def least(row, letters):
    """The least member who may."""
    able = [r for r, status in cells(letters, row.ok) if status == row.ok and r in INSIDERS]
    return able[0] if able else None


def put_out(person, team):
    member = TeamMember.objects.get(team=team, user=person)
    if member.role == Role.OWNER:
        TeamMember.objects.filter(team=team).exclude(user=person).update(role=Role.OWNER)
    members.remove_member(member, actor=person, operator=True)


def demoted(person, team):
    TeamMember.objects.filter(team=team).exclude(user=person).update(role=Role.OWNER)
    member = TeamMember.objects.get(team=team, user=person)
    members.change_role(member, actor=person, role=Role.CONTRIBUTOR, operator=True)


def move(video_id, team, actor):
    video = Video.objects.get(video_id=video_id)
    videos.update_video(video, actor=actor, operator=True, team=team, project=None)


def write_rows(rows):
    return [row for row in rows if row.method != "GET"]


@pytest.mark.parametrize("row", write_rows(TEAM_ROWS), ids=lambda row: f"{row.method} {row.route}")
def test_what_is_in_a_team(teams, between, row):
    slug = "films"
    role = least(row, row.letters[0]) or "owner"
    team, person = getattr(teams, slug), teams.people[role]
    others = Team.objects.get(slug="others")
    numbers = teams.numbers[slug]

    def ask(who=role):
        return test_team_permissions.ask(teams, row, who, slug)

    changes = {
        "put out": lambda: put_out(person, team),
        "demoted": lambda: demoted(person, team),
        "done by somebody else": lambda: ask("owner"),
    }
    if Video.objects.get(video_id=numbers["video"]).team is not None:
        changes["moved"] = lambda: move(numbers["video"], others, teams.owner)
        changes["out of teams"] = lambda: move(numbers["video"], None, teams.owner)
    as_if_it_came_first(ask, changes, between, locks=(row.route, row.method) not in OWN_ALONE)


@pytest.fixture
def others(db):
    return TeamFactory(slug="others")


@pytest.mark.parametrize(
    "row",
    [row for row in write_rows(ROWS) if len(row.letters) > 1],
    ids=lambda row: f"{row.method} {row.route}",
)
def test_what_is_below_a_video(world, others, between, row):
    name = "team_video"
    role = least(row, row.letters[1])
    place = test_permissions.address(world, name)
    video = getattr(world, name)
    person, team = world.people[role], video.team
    # By a policy that asks for a role, where the team lets everybody work on subtitles.
    Team.objects.filter(pk=team.pk).update(subtitle_policy=20, translate_policy=20)

    def ask(who=role):
        return test_permissions.ask(world, row, who, place)

    changes = {
        "put out": lambda: put_out(person, team),
        "done by somebody else": lambda: ask("owner"),
        "moved": lambda: move(place.video, others, world.owner),
        "out of teams": lambda: move(place.video, None, world.owner),
        "deleted": lambda: videos.delete_video(
            Video.objects.get(pk=video.pk), actor=world.superuser
        ),
    }
    as_if_it_came_first(ask, changes, between, locks=True)


def test_a_message_to_a_team(teams, between):
    body = {"team": "films", "subject": "Hello", "content": "There"}

    def ask():
        return teams.api["admin"].post("message/", body)

    changes = {"put out": lambda: put_out(teams.admin, teams.films)}
    as_if_it_came_first(ask, changes, between, locks=True)


@pytest.mark.parametrize("tip", ["public", "draft"])
def test_an_action_is_taken_with_what_was_read_or_with_nothing(world, between, tip):
    """Also when the next version comes behind its back, just before it has its locks."""
    film = world.open_video
    path = f"videos/{film.video_id}/languages/en/subtitles/"
    api, read = world.api["adder"], f"{path}?version_number=last&sub_format=json"
    act = f"{path}actions/?version_number=last&sub_format=json"
    if tip == "draft":
        machine = {"subtitles": SRT, "sub_format": "srt", "origin": "machine"}
        assert api.post(path, machine).status_code == 201
    tag = api.get(read)["ETag"]
    waiting = between(lambda: add_subtitles(film, "en", SRT.replace("Hello", "Behind")))
    done = "action-performed"
    refused = api.post(act, {"action": "publish"}, headers={"If-Match": tag})
    assert (refused.status_code, waiting) == (412, [])
    assert not film.activity.filter(type=done).exists()
    tag = api.get(read)["ETag"]
    taken = api.post(act, {"action": "publish"}, headers={"If-Match": tag})
    assert (taken.status_code, film.activity.filter(type=done).count()) == (200, 1)
    # What the list of actions is, says nothing of the subtitles.
    listed = api.get(f"{path}actions/")["ETag"]
    assert api.post(act, {"action": "publish"}, headers={"If-Match": listed}).status_code == 412

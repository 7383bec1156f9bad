"""The matrix of teams over HTTP: every role, three teams, and hidden equals unknown."""

from itertools import product
from types import SimpleNamespace

import pytest
from django.db import transaction

from activity.models import Callback
from activity.outbox import write
from teams.models import Application, Project, Role, SubtitleRequest, Task, Team, TeamMember
from teams.policies import (
    listed_teams,
    may_list_team,
    may_view_team,
    may_view_video,
    role_in,
)
from teams.services.teams import update_team
from tests.api.conftest import unchanged, undone
from tests.api.permission_matrix import OUTSIDERS, SRT, cells
from tests.api.team_matrix import DOORS, ROWS, TEAMS, role_changes
from tests.api.test_permissions import looks
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.photographs import photographed
from videos.models import Video

pytestmark = pytest.mark.django_db
BELOW_TEAMS = [row for row in ROWS if len(row.letters) > 1]
UNKNOWN = {
    "application": 1,
    "task": 1,
    "callback": 1,
    "video": "ZZZZZZZZZZZZ",
    "request": "ZZZZZZZZZZZZ",
}
INSIDERS = ("contributor", "manager", "admin", "owner")


@pytest.fixture
def teams(cast, api_for, request):
    """Three teams with a veteran, a project, an applicant; and everybody's requests."""
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    row = params.get("row")
    asking = row is not None and "request" in row.route
    # One with videos or unfinished requests stays.
    emptied = row is not None and (row.route, row.method) == ("team", "DELETE")
    return photographed(
        ("teams", asking, emptied), lambda: _teams(cast, api_for, asking=asking, emptied=emptied)
    )


def _teams(cast, api_for, *, asking, emptied):
    others = TeamFactory(slug="others")
    rival, veteran = UserFactory(username="rival"), UserFactory(username="veteran")
    applicant = UserFactory(username="applicant")
    UserFactory(username="newcomer")
    TeamMemberFactory(team=others, user=rival, role_name="owner")
    applications, tasks, videos, requests, addresses = {}, {}, {}, {}, {}
    for slug in TEAMS:
        team = Team.objects.get(slug=slug)
        team.membership_policy = team.MembershipPolicy.APPLICATION
        if asking:
            team.type = team.Type.COLLABORATION
        team.save()
        TeamMemberFactory(team=team, user=veteran)
        Project.objects.create(team=team, slug="shorts", name="Shorts")
        applications[slug] = Application.objects.create(team=team, user=applicant).pk
        video = VideoFactory(user=rival, team=team)
        videos[slug] = video.video_id
        tasks[slug] = Task.objects.create(team=team, video=video, type=Task.Type.SUBTITLE).pk
        requests[slug] = SubtitleRequest.objects.create(
            source_team=team, team=team, video=video, language_code="de"
        ).job_id
        callback = Callback.objects.create(team=team, url="https://hooks.example.com/")
        with transaction.atomic():
            write(callback, "test", {"team": slug})
        addresses[slug] = callback.pk
    if emptied:
        SubtitleRequest.objects.all().delete()
        Video.objects.update(team=None, project=None)
    api = {role: api_for(person) for role, person in cast.people.items()}
    api["anonymous"] = api_for(None)
    return SimpleNamespace(
        **vars(cast),
        api=api,
        veteran=veteran,
        numbers={
            slug: {
                "application": applications[slug],
                "task": tasks[slug],
                "video": videos[slug],
                "request": requests[slug],
                "callback": addresses[slug],
            }
            for slug in TEAMS
        },
    )


def ask(teams, row, role, slug, **extra):
    numbers = teams.numbers.get(slug, UNKNOWN)
    body = row.body
    if isinstance(body, dict) and "video_id" in body:
        body = {**body, "video_id": numbers["video"]}
    elif isinstance(body, dict) and "video" in body:
        body = {**body, "video": numbers["video"]}
    return teams.api[role].request(row.method, row.path.format(team=slug, **numbers), body, **extra)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_matrix(teams, row):
    wrong = []
    for slug, letters in zip(TEAMS, row.letters, strict=False):
        for role, expected in cells(letters, row.ok):
            with undone():
                status = ask(teams, row, role, slug).status_code
            if status != expected:
                wrong.append(f"{slug}, {role}: {status} instead of {expected}")
    assert not wrong


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.method != "GET"], ids=lambda row: f"{row.method} {row.route}"
)
def test_a_refusal_changes_nothing(teams, row):
    with unchanged():
        for slug, letters in zip(TEAMS, row.letters, strict=False):
            for role, expected in cells(letters, row.ok):
                if expected != row.ok:
                    ask(teams, row, role, slug)


# --- hidden equals unknown -----------------------------------------------------------------------


@pytest.mark.parametrize("row", BELOW_TEAMS, ids=lambda row: f"{row.method} {row.route}")
def test_a_hidden_team_is_answered_as_a_made_up_one(teams, row):
    wrong = []
    for role, accept in product(OUTSIDERS, ("application/json", "application/xml")):
        hidden = ask(teams, row, role, "hush", HTTP_ACCEPT=accept)
        unknown = ask(teams, row, role, "made", HTTP_ACCEPT=accept)
        assert hidden.status_code in (401, 404)
        if looks(hidden) != looks(unknown):
            wrong.append((role, accept, looks(hidden), looks(unknown)))
    assert not wrong


@pytest.mark.by_halves
@pytest.mark.parametrize("role", ["anonymous", "stranger", "superuser"])
def test_no_method_or_body_tells_a_hidden_team_from_a_made_up_one(teams, role):
    wrong = []
    for path in sorted({row.path for row in BELOW_TEAMS}):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            for body in ("", "{", "[]", '{"role": "x"}'):
                answers = [
                    looks(teams.api[role].request(method, path.format(team=slug, **UNKNOWN), body))
                    for slug in ("hush", "made")
                ]
                if answers[0] != answers[1]:
                    wrong.append((method, path, body, answers))
    assert not wrong


@pytest.mark.parametrize("role", ["stranger", "partner", "superuser"])
def test_the_list_names_no_hidden_team(teams, role):
    body = teams.api[role].get("teams/").json()
    assert [team["slug"] for team in body["objects"]] == ["films", "others"]
    assert teams.api["contributor"].get("teams/").json()["meta"]["total_count"] == 3


def test_a_message_to_a_hidden_team_fails_as_to_a_made_up_one(teams):
    for slug in ("hush", "made"):
        body = {"team": slug, "subject": "Hello", "content": "There"}
        answer = teams.api["stranger"].post("message/", body)
        assert (answer.status_code, answer.json()) == (400, {"team": [f"Unknown team: {slug}"]})


def test_the_rule_and_the_list_agree(teams):
    """Each person with each team of each visibility, and a partner's second team."""
    partner = teams.partner
    for number in (0, 1, 2):
        team = TeamFactory(slug=f"v{number}", team_visibility=number, video_visibility=number)
        TeamMemberFactory(team=team, user=teams.manager)
        TeamFactory(slug=f"p{number}", team_visibility=number, partner=partner)
    own = TeamFactory(slug="own", team_visibility=0, partner=partner)
    TeamMemberFactory(team=own, user=teams.adder, role_name="admin")
    for person in teams.people.values():
        listed = set(listed_teams(person).values_list("slug", flat=True))
        assert listed == {t.slug for t in Team.objects.all() if may_list_team(person, t)}, person


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_the_rule_and_the_list_of_videos_agree(teams, shown):
    """Everybody finds by team and by url what is public or their team's, and reads no less."""
    for slug in ("films", "others"):
        team = Team.objects.get(slug=slug)
        update_team(team, actor=teams.superuser, operator=True, video_visibility=shown)
        VideoFactory(user=teams.adder, team=team)
    videos = list(Video.objects.select_related("team"))
    for name, person in teams.people.items():
        api = teams.api[name]
        for video in videos:
            listed = video.is_public or role_in(person, video.team_id) > 0
            url = video.urls.get().url
            queries = [f"video_url={url}"]
            if video.team and may_view_team(person, video.team):
                queries += [f"team={video.team.slug}", f"team={video.team.slug}&video_url={url}"]
            for query in queries:
                found = {v["id"] for v in api.get(f"videos/?{query}").json()["objects"]}
                assert (video.video_id in found) == listed, (name, query)
            read = api.get(f"videos/{video.video_id}/").status_code
            assert (read == 200) == bool(may_view_video(person, video)), (name, video)
            assert read == 200 or not listed


SUBTITLING = [
    ("Anyone", "+++++"),
    ("Any team member", "-++++"),
    ("Only managers and admins", "--+++"),
    ("Only admins", "---++"),
]


@pytest.mark.parametrize(("policy", "letters"), SUBTITLING)
@pytest.mark.parametrize(
    ("setting", "code"), [("subtitle_policy", "en"), ("translate_policy", "fr")]
)
def test_who_begins_subtitles_and_who_translations(teams, setting, code, policy, letters):
    """The least role of each, whatever the other one says."""
    video = teams.team_video
    video.primary_audio_language_code = "en"
    video.save()
    video.subtitle_languages.all().delete()
    others = {"subtitle_policy", "translate_policy"} - {setting}
    for other in ("Anyone", "Only admins"):
        settings = {setting: policy} | dict.fromkeys(others, other)
        assert teams.api["owner"].put("teams/films/", settings).status_code == 200
        wrong = []
        for role, letter in zip(("stranger", *INSIDERS), letters, strict=True):
            with undone():
                answer = teams.api[role].post(
                    f"videos/{video.video_id}/languages/{code}/subtitles/",
                    {"subtitles": SRT, "sub_format": "srt"},
                )
            if answer.status_code != (201 if letter == "+" else 403):
                wrong.append((role, answer.status_code))
        assert not wrong


# --- people --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "deciding", "inviting", "open_door"), DOORS)
def test_the_membership_policy_says_who_opens_the_door(
    teams, policy, deciding, inviting, open_door
):
    team = teams.films
    team.membership_policy = team.MembershipPolicy[policy]
    team.save()
    wrong = []
    for role, decides, invites in zip(INSIDERS, deciding, inviting, strict=True):
        with undone():
            answer = teams.api[role].get("teams/films/applications/")
            if answer.status_code != (200 if decides == "+" else 403):
                wrong.append((role, "applications", answer.status_code))
            body = {"username": "newcomer", "role": "contributor"}
            answer = teams.api[role].post("teams/films/safe-members/?api-future=20160801", body)
            if answer.status_code != (202 if invites == "+" else 403):
                wrong.append((role, "invite", answer.status_code))
    assert not wrong
    for role in ("contributor", "manager", "admin", "owner"):
        with undone():
            body = {"user": "stranger", "role": role}
            answer = teams.api["stranger"].post("teams/films/members/", body)
            expected = 201 if open_door and role == "contributor" else 403
            assert answer.status_code == expected, role


@pytest.mark.parametrize(("actor", "old", "new", "allowed"), list(role_changes()))
def test_who_gives_whom_which_role(teams, actor, old, new, allowed):
    member = TeamMember.objects.get(team=teams.films, user=teams.veteran)
    member.role = Role[old.upper()]
    member.save()
    answer = teams.api[actor].put("teams/films/members/veteran/", {"role": new})
    assert answer.status_code == (200 if allowed else 403)
    member.refresh_from_db()
    assert member.role == Role[(new if allowed else old).upper()]


@pytest.mark.parametrize("actor", INSIDERS)
@pytest.mark.parametrize("role", INSIDERS)
def test_who_adds_whom_as_what(teams, actor, role):
    allowed = actor == "owner" or (actor == "admin" and role != "owner")
    answer = teams.api[actor].post("teams/films/members/", {"user": "newcomer", "role": role})
    assert answer.status_code == (201 if allowed else 403)


def test_admins_of_a_partners_teams_move_people_among_them(teams, api_for):
    """The documentation of 2012, Team Member Resource."""
    one, two = (
        TeamFactory(slug=slug, team_visibility=0, partner=teams.partner) for slug in ("one", "two")
    )
    chief, person = UserFactory(username="chief"), UserFactory(username="person")
    TeamMemberFactory(team=one, user=chief, role_name="admin")
    TeamMemberFactory(team=one, user=person)
    api = api_for(chief)
    add = {"user": "person", "role": "manager"}
    assert api.post("teams/two/members/", add).status_code == 201
    assert api.delete("teams/one/members/person/").status_code == 204
    assert not one.members.filter(user=person).exists()
    assert two.members.get(user=person).role == Role.MANAGER
    # Nobody from outside the partner's teams, no owners, and nothing else in that team.
    assert api.post("teams/two/members/", {**add, "user": "newcomer"}).status_code == 403
    assert api.post("teams/two/members/", {"user": "chief", "role": "owner"}).status_code == 403
    assert api.put("teams/two/", {"name": "Mine"}).status_code == 403
    assert api_for(person).post("teams/one/members/", add).status_code == 404
    assert api.get("teams/films/members/").status_code == 403

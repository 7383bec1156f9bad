# ruff: noqa: E501 - tables read better unbroken
"""Objects of others: who is told of them, named in them, or learns that they are there.

What answers show to each role is in tests/api, for every route; here is what reaches people
unasked, what names somebody beside the thing that was asked for, and what is done to a thing by way
of another. `tests/security/README.md` says where the rest is shown.
"""

from __future__ import annotations

import re
from itertools import product

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import reading
from subtitles.formats import load
from subtitles.services import add_version, claim_language
from teams.models import Invitation, Role, SubtitleRequest, Team, TeamMember, Visibility
from teams.policies import find_team, may_be_told, own_among, role_in, team_ids_of
from teams.services import invitations, members
from tests.api.conftest import unchanged, undone
from tests.api.permission_matrix import SRT
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.api.test_permissions import looks
from tests.api.test_team_permissions import UNKNOWN
from tests.conftest import ROOT
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from users.models import MailKind, Message, User
from videos.models import Video

pytestmark = pytest.mark.django_db


def member_of(team):
    return TeamMemberFactory(team=team, user=UserFactory()).user


@pytest.fixture
def hidden():
    team = TeamFactory(
        slug="hidden",
        name="Secret Society",
        team_visibility=Visibility.PRIVATE,
        video_visibility=Visibility.PRIVATE,
    )
    return team, VideoFactory(team=team, is_public=False)


@pytest.mark.parametrize("named", ["team", "video", "both"])
def test_only_members_are_told_of_what_is_hidden(hidden, named):
    team, video = hidden
    member, _outsider = member_of(team), UserFactory()
    UserFactory(is_staff=True, is_superuser=True)
    said = {"team": {"team": team}, "video": {"video": video}}
    about = said.get(named, {**said["team"], **said["video"]})
    assert list(may_be_told(User.objects.all(), **about)) == [member]


def test_who_was_put_out_is_told_nothing_more(hidden, django_capture_on_commit_callbacks):
    from teams.services.telling import tell

    team, video = hidden
    inside, outside = (member_of(team) for _ in range(2))
    TeamMember.objects.filter(user=outside).delete()
    with django_capture_on_commit_callbacks(execute=True):
        told = tell(
            [inside, outside],
            kind=MailKind.NOTE,
            actor=None,
            team=team,
            subject="A note",
            lines=["a secret"],
            video=video,
            drafts=True,
        )
    assert told == 1
    assert list(Message.objects.values_list("user", flat=True)) == [inside.pk]


def test_asking_for_many_is_one_statement(hidden, django_assert_num_queries):
    team, video = hidden
    for _ in range(5):
        member_of(team)
    with django_assert_num_queries(1):
        assert len(may_be_told(User.objects.all(), team=team, video=video, drafts=True)) == 5


def test_mail_goes_to_confirmed_addresses_only():
    user = UserFactory(email_confirmed=False)
    assert not any(user.gets_mail(kind) for kind in MailKind)
    user.email_confirmed = True
    assert all(user.gets_mail(kind) for kind in MailKind)


def test_the_mail_that_asks_says_nothing_of_others(django_capture_on_commit_callbacks):
    from users.services import create_user

    with django_capture_on_commit_callbacks(execute=True):
        create_user(actor=None, username="win-at-evil.example", email="stranger@example.com")
    assert [text for text in (m.body + m.subject for m in mail.outbox) if "evil" in text] == []


def test_strangers_do_not_read_who_came_into_a_team(api_for):
    team = TeamFactory(slug="open")
    member = member_of(team)
    record(ActivityType.MEMBER_JOINED, actor=member, team=team, by="", role=0)
    paths = ["teams/open/activity/", f"users/{member.username}/activity/"]
    stranger, own = api_for(UserFactory()), api_for(member)
    assert [stranger.get(path).json()["objects"] for path in paths] == [[], []]
    assert [len(own.get(path).json()["objects"]) for path in paths] == [1, 1]


def test_the_page_of_a_public_video_does_not_name_its_hidden_team(client, hidden):
    team, _ = hidden
    video = VideoFactory(team=team, is_public=True)
    page = reverse("video-page", args=[video.video_id])
    assert team.name not in client.get(page).content.decode()
    client.force_login(member_of(team))
    assert team.name in client.get(page).content.decode()


def test_unknown_costs_the_statements_that_hidden_does(hidden, django_assert_num_queries):
    stranger = UserFactory()
    for slug in ("hidden", "no-such-team"):
        with django_assert_num_queries(2):
            assert find_team(stranger, slug) is None


BELOW_TEAMS = (
    *("", "members/", "tasks/", "activity/", "languages/", "coverage/"),
    *("subtitle-requests/", "subtitle-requests/remote/"),
)
BELOW_VIDEOS = ("", "urls/", "languages/", "activity/", "languages/en/subtitles/?format=srt")


def test_unknown_costs_a_request_the_statements_that_hidden_does(hidden, api_for):
    """Also where a request has found out something on its way that it need not ask again."""
    team, video = hidden
    api, asked = api_for(UserFactory()), []
    job = SubtitleRequest.objects.create(
        source_team=team, team=team, video=video, language_code="fr"
    ).job_id
    pairs = [
        (f"subtitle-requests/{job}/", "subtitle-requests/nothing/"),
        (f"teams/{team.slug}/subtitle-requests/{job}/", "teams/nothing/subtitle-requests/nothing/"),
        *((f"teams/{team.slug}/{path}", f"teams/nothing/{path}") for path in BELOW_TEAMS),
        *((f"videos/{video.video_id}/{path}", f"videos/nothing/{path}") for path in BELOW_VIDEOS),
        (f"videos/?team={team.slug}", "videos/?team=nothing"),
        (f"videos/?team={team.slug}&project=null", "videos/?team=nothing&project=null"),
        (f"teams/{team.slug}/coverage/?project=null", "teams/nothing/coverage/?project=null"),
        (f"videos/{video.video_id}/languages/en/", "videos/nothing/languages/en/"),
    ]
    for pair in pairs:
        for path in (*pair, *pair):
            with CaptureQueriesContext(connection) as queries:
                status = api.get(path).status_code
            asked.append((path, status, [query["sql"].partition("(")[0] for query in queries]))
        (_, *hidden_one), (_, *unknown) = asked[-2:]
        assert hidden_one == unknown, pair
    assert {status for _, status, _ in asked} == {200, 404}


def test_a_role_is_remembered_while_something_is_read_and_no_longer(
    cast, django_assert_num_queries
):
    """What is written goes by what is stored when it is asked for."""
    member, team = member_of(cast.films), cast.films.pk

    def is_read():
        with django_assert_num_queries(1):
            assert [role_in(member, team) for _ in range(3)] == [Role.CONTRIBUTOR] * 3
        assert own_among(member, [team, None]) == {team}
        with django_assert_num_queries(1):
            assert own_among(member, [team, cast.hush.pk]) == {team}
        with django_assert_num_queries(0):
            assert (team_ids_of(member), role_in(member, cast.hush.pk)) == ([team], 0)

    reading.remembering(is_read)
    TeamMember.objects.filter(user=member).delete()
    assert reading.remembering(lambda: role_in(member, team)) == 0
    with django_assert_num_queries(4):
        assert [role_in(member, team), role_in(member, team)] == [0, 0]
        assert [team_ids_of(member), team_ids_of(member)] == [[], []]


# --- drafts --------------------------------------------------------------------------------------

DRAFT = "Nobody outside reads this yet"
AT = "videos/{video}/languages/en/subtitles/"
FORMATS = ("json", "yaml", "xml", "srt", "vtt", "dfxp", "ttml", "sbv", "ssa", "ass", "txt")
DRAFT_DOORS = [
    *(f"{AT}?{which}format={name}" for name in FORMATS for which in ("", "version=2&")),
    *(f"{AT}?version_number={number}" for number in ("2", "02", "+2", "last", "2&version=1", "")),
    *(f"{AT}?sub_format={name}&version_number=last" for name in FORMATS[3:]),
    *(f"{AT}?{name}=true" for name in ("draft", "private", "all", "salvage")),
    *("videos/{video}/", "videos/{video}/languages/", "videos/{video}/languages/en/"),
    *("videos/{video}/activity/", "videos/?team=films", "activity/", "users/owner/activity/"),
    *("teams/films/activity/", f"{AT}actions/", f"{AT}notes/", "teams/films/notifications/"),
    *("/videos/{video}/", "/videos/{video}/en/{language}/2/", "/videos/{video}/en/{language}/1/"),
    *("/en/videos/{video}/en/{language}/2/", "/api/subtitles/?video_url={url}", "/widget/rpc/x"),
]


def test_no_door_leads_strangers_to_a_draft(world):
    """Nor to its title or description, in any format, form of the API or condition."""
    video = world.team_video
    draft = add_version(
        claim_language(video, "en"),
        author=world.owner,
        track=load(SRT.replace("Hello", DRAFT), "srt"),
        source_format="srt",
        is_public=False,
        title=DRAFT,
        description=DRAFT,
    )
    place = {"video": video.video_id, "language": draft.language_id, "url": video.urls.first().url}
    etag = world.api["owner"].get(AT.format(**place) + "?version_number=2")["ETag"]
    headers = [{}, {"X-API-FUTURE": "20160801"}, {"If-None-Match": etag}, {"Range": "bytes=0-"}]
    found, told = [], 0
    for door in DRAFT_DOORS:
        path = door.format(**place)
        paths = [path] if path.startswith("/") else [f"/api/{path}", f"/api2/partners/{path}"]
        for path in paths:
            told += DRAFT.encode() in world.api["contributor"].get(path).content
            for role in ("anonymous", "stranger"):
                for sent in headers if role == "stranger" and path == paths[0] else headers[:1]:
                    answer = world.api[role].get(path, headers=sent)
                    if DRAFT.encode() in answer.content or answer.status_code in (304, 500):
                        found.append((role, path, sent, answer.status_code))
    assert not found
    assert told > 20, "members read it by these doors"


# --- what is somebody else's ---------------------------------------------------------------------

NUMBERED = [
    row
    for row in TEAM_ROWS
    if "{team}" in row.path and re.search(r"\{(application|task|request|callback)\}", row.path)
]


def test_a_number_of_another_team_is_an_unknown_one(teams):
    """Also to somebody who owns both: what is below a team is that team's."""
    theirs = teams.numbers["hush"]
    nobodys = {**UNKNOWN, "application": 9, "task": 9, "callback": 9}
    wrong = []
    with unchanged():
        for row in NUMBERED:
            answers = [
                looks(
                    teams.api["owner"].request(
                        row.method, row.path.format(team="films", **numbers), row.body
                    )
                )
                for numbers in (theirs, nobodys)
            ]
            if answers[0][0] != 404 or answers[0] != answers[1]:
                wrong.append((row, answers))
    assert not wrong


FILMS = "teams/films/"
OLD = "?api-future=20160801"
# Who, what they send, and the status. All of it is refused, and changes nothing.
REFUSED = {
    "things of another team named in a body": [
        ("owner", "POST", f"{FILMS}tasks/", {"video_id": "{theirs}", "type": "Subtitle"}, 400),
        ("owner", "POST", f"{FILMS}tasks/", {"video_id": "{open}", "type": "Subtitle"}, 400),
        ("owner", "PUT", "videos/{own}/", {"team": "films", "project": "only-hush"}, 400),
        ("owner", "PUT", "videos/{own}/", {"project": "shorts"}, 400),
        ("owner", "POST", "editor-login/", {"video_id": "{theirs}", "user": "stranger"}, 403),
        ("stranger", "POST", "editor-login/", {"video_id": "{theirs}", "user": "stranger"}, 400),
        ("stranger", "POST", "videos/", {"video_url": "https://a.example.com/x.mp4", "team": "films", "project": "shorts"}, 403),
    ],
    "owners and oneself": [
        ("owner", "DELETE", f"{FILMS}members/owner/", None, 400),
        ("owner", "PUT", f"{FILMS}members/owner/", {"role": "contributor"}, 400),
        ("admin", "DELETE", f"{FILMS}members/owner/", None, 400),
        ("admin", "PUT", f"{FILMS}members/owner/", {"role": "contributor"}, 403),
        ("admin", "PUT", f"{FILMS}members/admin/", {"role": "owner"}, 403),
        ("manager", "PUT", f"{FILMS}members/manager/", {"role": "admin"}, 403),
        ("contributor", "PUT", f"{FILMS}members/contributor/", {"role": "manager"}, 403),
        ("contributor", "POST", f"{FILMS}members/", {"user": "contributor", "role": "owner"}, 403),
        ("stranger", "POST", f"{FILMS}members/", {"user": "stranger", "role": "owner"}, 403),
        ("admin", "POST", f"{FILMS}safe-members/{OLD}", {"username": "stranger", "role": "owner"}, 403),
        ("owner", "POST", f"{FILMS}members/", {"user": "veteran", "role": "admin"}, 400),
    ],
    "people who are none": [
        ("owner", "GET", f"{FILMS}members/stranger/", None, 404),
        ("owner", "PUT", f"{FILMS}members/stranger/", {"role": "manager"}, 404),
        ("owner", "DELETE", f"{FILMS}members/nobody/", None, 404),
        ("owner", "PUT", f"{FILMS}tasks/{{task}}/", {"assignee": "stranger"}, 400),
        ("owner", "PUT", f"{FILMS}tasks/{{task}}/", {"assignee": "nobody"}, 400),
        ("owner", "POST", f"{FILMS}tasks/", {"video_id": "{films}", "type": "Translate", "language": "fr", "assignee": "stranger"}, 400),
    ],
    "applications": [
        ("manager", "PUT", f"{FILMS}applications/{{application}}/", {"status": "Approved"}, 403),
        ("stranger", "PUT", f"{FILMS}applications/{{application}}/", {"status": "Approved"}, 403),
        ("owner", "PUT", f"{FILMS}applications/{{application}}/", {"status": "Pending"}, 400),
        ("owner", "PUT", f"{FILMS}applications/{{application}}/", {"status": "Member Removed"}, 400),
        ("owner", "PUT", f"{FILMS}applications/{{application}}/", {}, 400),
    ],
    "buttons that are not there": [
        ("adder", "POST", "videos/{open}/languages/en/subtitles/actions/", {"action": "approve"}, 400),
        ("adder", "POST", "videos/{open}/languages/en/subtitles/actions/", {"action": "endorse"}, 400),
        ("owner", "POST", "videos/{films}/languages/en/subtitles/actions/", {"action": "Publish"}, 400),
        ("owner", "POST", "videos/{films}/languages/en/subtitles/actions/", {"action": ["publish"]}, 400),
        ("owner", "POST", "videos/{films}/languages/en/subtitles/", {"subtitles": SRT, "sub_format": "srt", "action": "approve"}, 400),
    ],
    "other accounts": [
        ("stranger", "PUT", "users/adder/", {"biography": "x"}, 403),
        ("owner", "PUT", "users/contributor/", {"email": "evil@example.com"}, 403),
        ("partner", "PUT", "users/adder/", {"password": "taken"}, 403),
        ("stranger", "PUT", "users/adder/", {"create_login_token": True}, 403),
        ("staff", "PUT", "users/superuser/", {"password": "taken"}, 403),
        ("staff", "GET", "users/adder/keys/", None, 403),
        ("superuser", "POST", "users/adder/keys/", {}, 403),
    ],
    "the flags of staff in a hidden team": [
        ("staff", "GET", "teams/hush/", None, 404),
        ("superuser", "GET", "teams/hush/members/", None, 404),
        ("superuser", "GET", "videos/{theirs}/", None, 404),
        ("superuser", "DELETE", "videos/{theirs}/", None, 404),
        ("staff", "GET", "teams/hush/notifications/", None, 404),
        ("superuser", "POST", "teams/hush/members/", {"user": "superuser", "role": "owner"}, 404),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_and_changes_nothing(world, teams, name):
    teams.hush.projects.create(slug="only-hush", name="Only here")
    numbers = teams.numbers["films"]
    places = {
        "theirs": teams.numbers["hush"]["video"],
        "films": numbers["video"],
        "open": world.open_video.video_id,
        "own": VideoFactory(user=world.owner).video_id,
        "task": numbers["task"],
        "application": numbers["application"],
    }
    add_subtitles(world.films.videos.get(video_id=places["films"]), actor=world.owner)

    def fill(value):
        return value.format(**places) if isinstance(value, str) and "\n" not in value else value

    wrong = []
    with unchanged():
        for who, method, path, body, status in REFUSED[name]:
            sent = body and {key: fill(value) for key, value in body.items()}
            api = teams.api[who]
            answer = api.request(method, fill(path), sent)
            if answer.status_code != status:
                wrong.append((who, method, path, body, answer.status_code, answer.content))
            assert answer["Content-Type"] == "application/json"
    assert not wrong


def test_a_name_in_a_body_does_not_count_beside_that_of_the_address(teams):
    body = {"role": "manager", "user": "contributor", "username": "contributor", "id": 1}
    answer = teams.api["owner"].put(f"{FILMS}members/veteran/", body)
    assert (answer.status_code, answer.json()["user"]["username"]) == (200, "veteran")
    roles = dict(teams.films.members.values_list("user__username", "role"))
    assert (roles["veteran"], roles["contributor"]) == (Role.MANAGER, Role.CONTRIBUTOR)


def test_an_answer_to_an_application_is_given_once(teams):
    path = f"{FILMS}applications/{teams.numbers['films']['application']}/"
    assert teams.api["owner"].put(path, {"status": "Denied"}).status_code == 200
    with unchanged():
        for status in ("Approved", "Denied"):
            assert teams.api["admin"].put(path, {"status": status}).status_code == 400


def test_nobody_has_a_task_any_more(teams):
    path = f"{FILMS}tasks/{teams.numbers['films']['task']}/"
    for person in ("contributor", None):
        answer = teams.api["owner"].put(path, {"assignee": person})
        assert answer.status_code == 200
        assert (answer.json()["assignee"] or {}).get("username") == person


def test_who_invites_learns_of_no_address_and_gets_no_account(teams):
    """Whether an address is somebody's changes nothing in the answer, nor in that account."""
    told = []
    before = User.objects.filter(username="adder").values().get()
    for name, email in (("fresh-one", "adder@example.com"), ("fresh-two", "free@example.com")):
        body = {"username": name, "email": email, "role": "contributor"}
        answer = teams.api["owner"].post(f"{FILMS}safe-members/{OLD}", body)
        told.append((answer.status_code, answer.content.replace(name.encode(), b"NAME")))
        # Nobody is a member by being asked.
        assert not teams.films.members.filter(user__username=name).exists()
        assert Invitation.objects.get(user__username=name).user.email == email
    assert told[0] == told[1]
    body = {"username": "adder", "email": "evil@example.com", "role": "contributor"}
    assert teams.api["owner"].post(f"{FILMS}safe-members/{OLD}", body).status_code == 202
    assert User.objects.filter(username="adder").values().get() == before


LADDER = ("contributor", "manager", "admin", "owner")


def test_a_video_moves_by_the_right_of_both_teams(world, api_for):
    """By every role in the one and in the other; and to nobody's by that of its own."""
    source = world.films
    target = TeamFactory(slug="target", video_policy=Team.VideoPolicy.ADMINS)
    Team.objects.filter(pk=source.pk).update(video_policy=Team.VideoPolicy.MANAGERS)
    path = f"videos/{world.team_video.video_id}/"
    mover = UserFactory(username="mover")
    api, wrong = api_for(mover), []

    def move(slug):
        with undone():
            answer = api.put(path, {"team": slug, "title": "Moved"})
            video = Video.objects.get(pk=world.team_video.pk)
            return answer.status_code, (video.title, video.team_id) != ("Of films", source.pk)

    for here, there in product(range(5), repeat=2):
        with undone():
            for team, rank in ((source, here), (target, there)):
                if rank:
                    TeamMemberFactory(team=team, user=mover, role_name=LADDER[rank - 1])
            may_leave, may_come = here >= 2, there >= 3
            asked = {"target": may_leave and may_come, **({} if there else {None: may_leave})}
            for slug, allowed in asked.items():
                if move(slug) != ((200, True) if allowed else (403, False)):
                    wrong.append((here, there, slug))
    assert not wrong


# --- what outlives a right -----------------------------------------------------------------------


def lose_the_role(cast):
    members.change_role(cast.films.members.get(user=cast.admin), actor=cast.owner, role=10)


def leave_the_team(cast):
    members.remove_member(cast.films.members.get(user=cast.admin), actor=cast.owner)


def lose_the_account(cast):
    User.objects.filter(pk=cast.admin.pk).update(is_active=False)


def go(cast):
    cast.admin.delete()


def the_team_invites_by_fewer(cast):
    """Contributors could until now, and the one who did so stays one."""
    Invitation.objects.update(inviter=cast.contributor, role=Role.CONTRIBUTOR)


@pytest.mark.parametrize(
    "end", [lose_the_role, leave_the_team, lose_the_account, go, the_team_invites_by_fewer]
)
def test_an_invitation_lasts_as_long_as_the_right_to_make_it(cast, end):
    """Or who is put out of a team comes back by a friend of their own."""
    invitations.invite(cast.films, actor=cast.admin, user=cast.stranger, role=Role.ADMIN)
    offered = Invitation.objects.get()
    end(cast)
    guest = Client()
    guest.force_login(cast.stranger)
    with unchanged():
        answer = guest.post(f"/invitations/{offered.pk}/", {"do": "accept"})
    # With a place in the team the invitation goes too; else it is there, and counts for nothing.
    assert answer.status_code == (400 if Invitation.objects.exists() else 404)
    # Somebody who may asks again.
    again = invitations.invite(cast.films, actor=cast.owner, user=cast.stranger, role=Role.MANAGER)
    assert guest.post(f"/invitations/{again.pk}/", {"do": "accept"}).status_code == 302
    assert cast.films.members.get(user=cast.stranger).role == Role.MANAGER


def test_one_function_sends_messages():
    """So that there is one place that asks whether somebody may be told."""
    apps = ("activity", "subtitles", "teams", "users", "videos", "amara_api")
    modules = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    using = [
        path.relative_to(ROOT).as_posix()
        for path in modules
        if re.search(r"\b(send_message\(|Message\.objects\.(bulk_)?create)", path.read_text())
    ]
    assert sorted(using) == ["teams/services/telling.py", "users/messages.py"]


def test_a_closed_account_is_told_nothing(api_for):
    from teams.services.messages import message_user

    closed = UserFactory(is_active=False)
    assert message_user(closed, actor=UserFactory(), subject="Hi", content="There") == 0

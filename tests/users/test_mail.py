"""What comes by mail: each kind of message by its switch, the link that stops it, and its delivery.

What causes a message is done over HTTP, with real keys.
"""

import re
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail, signing
from django.test import Client

from activity.models import ActivityRecord, Callback
from teams.models import Application, ApproveLevel, ReviewLevel, Task, Team
from teams.services.callbacks import switch_off
from tests.factories import SRT, TeamMemberFactory, UserFactory, VideoFactory
from users.mail import unsubscribe_link
from users.models import MailKind, Message, User

pytestmark = pytest.mark.django_db
SWITCHES = [kind.switch for kind in MailKind]
Cause = Callable[["World"], tuple[Any, Callable[[], Any]]]


class World:
    """The team of films, its people, and requests with the key of each."""

    def __init__(self, cast: Any, api_for: Any) -> None:
        self.cast = cast
        self.team = cast.films
        self._api_for = api_for

    def person(self, name: str) -> Any:
        return self.cast.people[name]

    def send(self, who: str, method: str, path: str, body: Any, status: int = 200) -> Any:
        # Safe members are of the form of August 2016 alone.
        dated = {"X-API-FUTURE": "20160801"} if "safe-members" in path else {}
        answer = self._api_for(self.person(who), **dated).request(method, path, body)
        assert answer.status_code == status, (path, answer.content)
        return answer.json() if answer.content else None

    def set(self, **fields: Any) -> None:
        Team.objects.filter(pk=self.team.pk).update(**fields)
        self.team.refresh_from_db()

    def film(self) -> str:
        """A video of the team as it is now set; the path of its English subtitles."""
        self.video = VideoFactory(
            user=self.cast.owner, team=self.team, primary_audio_language_code="en", title="Tide"
        )
        return f"videos/{self.video.video_id}/languages/en/subtitles/"

    def task(self, who: str = "contributor") -> str:
        body = {"video_id": self.video.video_id, "type": "Subtitle", "assignee": who}
        made = self.send("admin", "POST", "teams/films/tasks/", body, 201)
        return f"teams/films/tasks/{made['id']}/"

    def request(self) -> str:
        body = {"video": self.video.video_id, "language": "en"}
        made = self.send("owner", "POST", "teams/films/subtitle-requests/", body, 201)
        return f"teams/films/subtitle-requests/{made['job_id']}/"

    def draft(self, who: str, path: str, **extra: Any) -> None:
        self.send(who, "POST", path, {"subtitles": SRT, "sub_format": "srt", **extra}, 201)

    def act(self, who: str, path: str, action: str) -> Callable[[], Any]:
        return lambda: self.send(who, "POST", f"{path}actions/", {"action": action})


@pytest.fixture
def world(cast: Any, api_for: Any) -> World:
    return World(cast, api_for)


# --- what causes a message, each ready to be done ------------------------------------------------


def written_to(world: World) -> Any:
    body = {"user": "stranger", "subject": "Tonight", "content": "At eight"}
    return world.cast.stranger, lambda: world.send("owner", "POST", "message/", body, 201)


def written_to_team(world: World) -> Any:
    for name in ("manager", "admin"):
        world.team.members.filter(user=world.person(name)).delete()
    body = {"team": "films", "subject": "Tonight", "content": "At eight"}
    return world.cast.contributor, lambda: world.send("owner", "POST", "message/", body, 201)


def invited(world: World) -> Any:
    body = {"user": "stranger", "role": "manager", "note": "Do come"}
    path = "teams/films/safe-members/"
    return world.cast.stranger, lambda: world.send("admin", "POST", path, body, 202)


def _applied(world: World) -> str:
    world.set(membership_policy=Team.MembershipPolicy.APPLICATION)
    made = Application.objects.create(team=world.team, user=world.cast.stranger)
    return f"teams/films/applications/{made.pk}/"


def application_denied(world: World) -> Any:
    path, body = _applied(world), {"status": "Denied"}
    return world.cast.stranger, lambda: world.send("admin", "PUT", path, body)


def application_approved(world: World) -> Any:
    path, body = _applied(world), {"status": "Approved"}
    return world.cast.stranger, lambda: world.send("admin", "PUT", path, body)


def applicant_added(world: World) -> Any:
    _applied(world)
    body = {"user": "stranger", "role": "contributor"}
    path = "teams/films/members/"
    return world.cast.stranger, lambda: world.send("admin", "POST", path, body, 201)


def _tasks(world: World) -> str:
    world.set(
        workflow_enabled=True,
        review_allowed=ReviewLevel.PEERS,
        approve_allowed=ApproveLevel.MANAGERS,
        subtitle_policy=20,
    )
    return world.film()


def task_given(world: World) -> Any:
    _tasks(world)
    return world.cast.contributor, world.task


def task_given_to_another(world: World) -> Any:
    _tasks(world)
    path, body = world.task("manager"), {"assignee": "contributor"}
    return world.cast.contributor, lambda: world.send("admin", "PUT", path, body)


def task_again(world: World) -> Any:
    path = _tasks(world)
    world.draft("contributor", path, action="complete")
    world.act("manager", path, "send-back")()
    return world.cast.manager, world.act("contributor", path, "complete")


def task_sent_back(world: World) -> Any:
    path = _tasks(world)
    world.draft("contributor", path, action="complete")
    return world.cast.contributor, world.act("manager", path, "send-back")


def _reviewed(world: World) -> str:
    path = _tasks(world)
    world.draft("contributor", path, action="complete")
    return path


def task_approved(world: World) -> Any:
    path = _reviewed(world)
    world.act("manager", path, "approve")()
    return world.cast.contributor, world.act("admin", path, "approve")


def task_corrected_and_approved(world: World) -> Any:
    """The newest version is the reviewer's own; the work is still somebody else's."""
    path = _reviewed(world)
    world.set(approve_allowed=0)
    world.draft("manager", path)
    return world.cast.contributor, world.act("manager", path, "approve")


def note(world: World) -> Any:
    path = _reviewed(world)
    body = {"body": "Mind the gap"}
    return world.cast.contributor, lambda: world.send("manager", "POST", f"{path}notes/", body, 201)


def _requests(world: World) -> tuple[str, str]:
    world.set(type="collaboration", review_allowed=ReviewLevel.PEERS)
    path = world.film()
    return path, world.request()


def _seated(world: World, path: str, **seats: str) -> Callable[[], Any]:
    return lambda: world.send("owner", "PUT", path, seats)


def seat_given(world: World) -> Any:
    _, request = _requests(world)
    return world.cast.contributor, _seated(world, request, subtitler="contributor")


def seat_given_to_another(world: World) -> Any:
    _, request = _requests(world)
    _seated(world, request, subtitler="manager")()
    return world.cast.contributor, _seated(world, request, subtitler="contributor")


def seat_given_in_advance(world: World) -> Any:
    _, request = _requests(world)
    return world.cast.manager, _seated(world, request, reviewer="manager")


def turn_comes(world: World) -> Any:
    path, request = _requests(world)
    _seated(world, request, subtitler="contributor", reviewer="manager")()
    world.draft("contributor", path)
    return world.cast.manager, world.act("contributor", path, "endorse")


def begins_again(world: World) -> Any:
    path, request = _requests(world)
    _seated(world, request, subtitler="contributor", reviewer="manager")()
    world.draft("contributor", path)
    world.act("contributor", path, "endorse")()
    return world.cast.contributor, lambda: world.send("owner", "DELETE", path, None, 204)


def request_approved(world: World) -> Any:
    path, request = _requests(world)
    _seated(world, request, subtitler="contributor", reviewer="manager")()
    world.draft("contributor", path)
    world.act("contributor", path, "endorse")()
    return world.cast.contributor, world.act("manager", path, "endorse")


def request_completed(world: World) -> Any:
    path, request = _requests(world)
    _seated(world, request, subtitler="contributor")()
    world.draft("contributor", path)
    done = {"state": "complete"}
    return world.cast.contributor, lambda: world.send("owner", "PUT", request, done)


def callback_switched_off(world: World) -> Any:
    world.team.members.filter(user=world.cast.admin).delete()
    callback = Callback.objects.create(team=world.team, url="https://hooks.example.com/")
    return world.cast.owner, lambda: switch_off(callback, "It is gone.")


_SUBTITLES = "the subtitles of Tide in English (en)"
_TASK = "You have a task in Films: "
_SEAT = "You have an assignment in Films: "
_NOW = f"You are the subtitler of {_SUBTITLES}.\n\nIt is your turn now."
_APPLICATION = "Your application to join the Films team"
_LET_IN = "Your application to join the team Films has been approved. Welcome!"
# What happens -> the kind, the subject and the text of what the person gets.
TABLE: dict[Cause, tuple[MailKind, str, str]] = {
    written_to: (MailKind.MESSAGE, "Tonight", "At eight"),
    written_to_team: (MailKind.MESSAGE, "Tonight", "At eight"),
    invited: (
        MailKind.INVITATION,
        "You've been invited to team Films on 127.0.0.1:8000",
        "admin invites you to the team Films as manager.\n\nDo come\n\n"
        "You can accept or decline in your inbox.",
    ),
    application_denied: (
        MailKind.APPLICATION,
        _APPLICATION,
        "Your application to join the team Films has been denied.",
    ),
    application_approved: (MailKind.APPLICATION, _APPLICATION, _LET_IN),
    applicant_added: (MailKind.APPLICATION, _APPLICATION, _LET_IN),
    task_given: (MailKind.ASSIGNMENT, f"{_TASK}Subtitle", "Subtitle: Tide (no language yet)."),
    task_given_to_another: (
        MailKind.ASSIGNMENT,
        f"{_TASK}Subtitle",
        "Subtitle: Tide (no language yet).",
    ),
    task_again: (MailKind.ASSIGNMENT, f"{_TASK}Review", "Review: Tide (en)."),
    task_sent_back: (
        MailKind.SENT_BACK,
        "Sent back to you (en): Tide",
        f"manager has sent back {_SUBTITLES}.\n\nYou have a task again: Subtitle.",
    ),
    task_approved: (
        MailKind.APPROVED,
        "Published (en): Tide",
        f"admin has approved {_SUBTITLES}. They are published now.",
    ),
    task_corrected_and_approved: (
        MailKind.APPROVED,
        "Published (en): Tide",
        f"manager has approved {_SUBTITLES}. They are published now.",
    ),
    note: (
        MailKind.NOTE,
        "New note on Tide",
        "manager wrote about the subtitles (en):\n\nMind the gap",
    ),
    seat_given: (MailKind.ASSIGNMENT, f"{_SEAT}subtitler", _NOW),
    seat_given_to_another: (MailKind.ASSIGNMENT, f"{_SEAT}subtitler", _NOW),
    seat_given_in_advance: (
        MailKind.ASSIGNMENT,
        f"{_SEAT}reviewer",
        f"You are the reviewer of {_SUBTITLES}.\n\nYou will hear when it is your turn.",
    ),
    turn_comes: (
        MailKind.ASSIGNMENT,
        "It is your turn in Films: reviewer",
        f"You are the reviewer of {_SUBTITLES}, and it is your turn now.",
    ),
    begins_again: (
        MailKind.ASSIGNMENT,
        "It is your turn in Films: subtitler",
        f"You are the subtitler of {_SUBTITLES}, and it is your turn now.",
    ),
    request_approved: (
        MailKind.APPROVED,
        "Published (en): Tide",
        f"manager has approved {_SUBTITLES}. They are published now.",
    ),
    request_completed: (
        MailKind.APPROVED,
        "Published (en): Tide",
        f"owner has approved {_SUBTITLES}. They are published now.",
    ),
    callback_switched_off: (
        MailKind.CALLBACK,
        "A callback of the Films team has been switched off",
        "Events of the team Films are no longer posted to https://hooks.example.com/. It is gone."
        "\n\nAn admin can switch it on again. What was not sent is in the team's notifications, "
        "and can be sent once more from there.",
    ),
}
# How somebody is set, by the switch of the kind -> whether the mail comes.
STATES: dict[str, tuple[Callable[[str], dict[str, Any]], bool]] = {
    "all on": (lambda switch: {}, True),
    "this kind off": (lambda switch: {switch: False}, False),
    "the others off": (lambda switch: {s: False for s in SWITCHES if s != switch}, True),
    "mail off": (lambda switch: {"wants_mail": False}, False),
    "no address": (lambda switch: {"email": ""}, False),
}


def test_the_table_has_every_kind() -> None:
    assert {kind for kind, _, _ in TABLE.values()} == set(MailKind)


@pytest.mark.by_halves
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("cause", TABLE, ids=lambda cause: cause.__name__)
def test_a_message_always_comes_and_a_mail_by_the_switch(
    world: World, cause: Cause, state: str, django_capture_on_commit_callbacks: Any
) -> None:
    kind, subject, content = TABLE[cause]
    person, act = cause(world)
    fields, mailed = STATES[state]
    User.objects.filter(pk=person.pk).update(**{"email_confirmed": True, **fields(kind.switch)})
    Message.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        act()
    message = Message.objects.get(user=person)
    text = message.content
    if kind != MailKind.MESSAGE:
        # What the server says ends with the page that it is about.
        text, _, link = text.rpartition("\n\n")
        reader = Client(headers={"Accept": "text/html"})
        reader.force_login(person)
        assert link.startswith("http://127.0.0.1:8000/")
        assert reader.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert (message.kind, message.subject, text) == (kind, subject, content)
    sent = [each for each in mail.outbox if each.to == [person.email]]
    assert len(sent) == mailed
    if mailed:
        (each,) = sent
        assert each.subject == subject
        assert each.body.startswith(f"{message.content}\n\n--\n127.0.0.1:8000\n")
        assert "http://127.0.0.1:8000/messages/" in each.body


@pytest.mark.parametrize("cause", TABLE, ids=lambda cause: cause.__name__)
def test_nobody_else_hears_of_it(world: World, cause: Cause) -> None:
    person, act = cause(world)
    Message.objects.all().delete()
    act()
    assert set(Message.objects.values_list("user", flat=True)) == {person.pk}


def test_nobody_hears_of_what_they_give_themselves(world: World) -> None:
    _tasks(world)
    world.task("admin")
    world.set(workflow_enabled=False)
    _, request = _requests(world)
    world.send("contributor", "PUT", request, {"subtitler": "contributor"})
    world.send("owner", "PUT", request, {"reviewer": "owner"})
    assert Task.objects.filter(assignee=world.cast.admin).exists()
    assert not Message.objects.exists()


def test_a_closed_account_is_told_nothing(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(pk=world.cast.stranger.pk).update(is_active=False)
    _, act = written_to(world)
    with django_capture_on_commit_callbacks(execute=True):
        act()
    assert not Message.objects.filter(user=world.cast.stranger).exists()
    assert not mail.outbox


# --- the link that stops a kind ------------------------------------------------------------------


@pytest.fixture
def provider() -> Client:
    """A mail provider: no cookies, no login, and held to tokens of forms where they are asked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def invitation(world: World, django_capture_on_commit_callbacks: Any) -> Callable[[], list[Any]]:
    """Invites the stranger; what they then find in their mailbox."""

    def invite() -> list[Any]:
        _, act = invited(world)
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return list(mail.outbox)

    return invite


def path_in(sent: Any) -> str:
    """The link of the header, as a provider reads it from what went over the wire."""
    headers = message_from_bytes(sent.message().as_bytes())
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (link,) = re.findall(r"<(http://127\.0\.0\.1:8000/\S+)>", headers["List-Unsubscribe"])
    assert link in sent.body.split()
    return str(link.removeprefix("http://127.0.0.1:8000"))


def switches_of(user: Any) -> dict[str, bool]:
    return dict(User.objects.filter(pk=user.pk).values("wants_mail", *SWITCHES).get())


def changes() -> list[Any]:
    return list(ActivityRecord.objects.filter(type="user-changed").order_by("pk"))


class TestUnsubscribing:
    def test_one_click_stops_this_kind_alone(
        self, world: World, provider: Client, invitation: Callable[[], list[Any]]
    ) -> None:
        person = world.cast.stranger
        (sent,) = invitation()
        path = path_in(sent)
        answer = provider.post(path, {"List-Unsubscribe": "One-Click"})
        # RFC 8058: no redirect, which would lose the POST.
        assert answer.status_code == 200
        expected = {**dict.fromkeys(["wants_mail", *SWITCHES], True), "mail_invitation": False}
        assert switches_of(person) == expected
        (change,) = changes()
        assert (change.actor, change.data["fields"]) == (person, ["mail_invitation"])
        assert provider.post(path).status_code == 200
        assert len(changes()) == 1, "what is off already is no change"
        assert invitation() == [sent], "no second mail"
        assert Message.objects.filter(user=person).count() == 2

    def test_looking_changes_nothing(
        self, world: World, provider: Client, invitation: Callable[[], list[Any]]
    ) -> None:
        """Programs that check links open them."""
        (sent,) = invitation()
        path = path_in(sent)
        page = provider.get(path)
        assert page.status_code == provider.head(path).status_code == 200
        assert 'method="post"' in page.content.decode()
        assert "Invitations to teams" in page.content.decode()
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert provider.put(path).status_code == 405
        assert all(switches_of(world.cast.stranger).values())
        assert not changes()
        provider.post(path)
        assert 'method="post"' not in provider.get(path).content.decode()

    def test_a_link_outlives_the_address_and_the_master_switch(
        self, world: World, provider: Client, invitation: Callable[[], list[Any]]
    ) -> None:
        (sent,) = invitation()
        fields = {"email": "new@example.com", "wants_mail": False}
        User.objects.filter(pk=world.cast.stranger.pk).update(**fields)
        assert provider.post(path_in(sent)).status_code == 200
        assert not switches_of(world.cast.stranger)["mail_invitation"]

    def test_a_made_up_link_does_nothing(self, ana: Any, provider: Client) -> None:
        other = UserFactory(username="other")
        token, theirs = (
            unsubscribe_link(user.pk, MailKind.NOTE).split("/")[-2] for user in (ana, other)
        )
        salt = "users.mail.unsubscribe"
        made_up = [
            "x",
            "%00",
            "é",
            token[:-1],
            f"{token}x",
            token.upper(),
            # What is said of one, signed for another.
            theirs.split(":")[0] + token[token.index(":") :],
            signing.dumps([ana.pk, "note"]),
            signing.dumps([ana.pk, "note"], salt="users.mail.confirmation"),
            # Ours, but about nobody and nothing that there is.
            signing.dumps([0, "note"], salt=salt),
            signing.dumps([ana.pk, "carrier pigeons"], salt=salt),
        ]
        for each in made_up:
            for answer in (provider.get, provider.post):
                page = answer(f"/auth/unsubscribe/{each}/", headers={"Accept": "text/html"})
                assert page.status_code == 404, each
                assert "none that this server has sent" in page.content.decode()
        assert all(switches_of(ana).values())
        assert all(switches_of(other).values())
        assert provider.post(f"/auth/unsubscribe/{token}/").status_code == 200
        assert not switches_of(ana)["mail_note"]
        ana.refresh_from_db()
        ana.delete()
        assert provider.post(f"/auth/unsubscribe/{token}/").status_code == 404

    def test_a_link_of_one_kind_confirms_no_address(self, ana: Any, provider: Client) -> None:
        token = unsubscribe_link(ana.pk, MailKind.NOTE).split("/")[-2]
        assert provider.get(f"/auth/confirm-email/{token}/").status_code == 403


def test_a_team_of_many_gets_a_mail_each_with_a_link_of_their_own(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    people = [TeamMemberFactory(team=world.team, user=UserFactory()).user for _ in range(5)]
    body = {"team": "films", "subject": "Tonight", "content": "At eight"}
    with django_capture_on_commit_callbacks(execute=True):
        world.send("owner", "POST", "message/", body, 201)
    sent = {each.to[0]: path_in(each) for each in mail.outbox}
    assert len(sent) == len(set(sent.values())) == 8
    Client().post(sent[people[0].email])
    off = User.objects.filter(mail_message=False)
    assert set(off.values_list("pk", flat=True)) == {people[0].pk}

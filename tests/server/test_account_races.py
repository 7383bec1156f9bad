"""Races about accounts, without luck: who calls, or whom it is about, changes in between.

As in `test_races`, what was allowed is changed just where a service takes its first lock, or writes
the record if it takes none: the caller is shut out, loses a power, a key or the session. Asked by
key, on pages and in the admin, the end must be that of one after the other, the change first; or
that of nothing. `test_account_concurrency` has links, codes and invitations in real processes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.test import Client

import activity.log
from amara_api.kernel import administration
from amara_api.kernel.errors import NotAllowed
from amara_api.kernel.standing import calling, standing
from subtitles.models import SubtitleNote, SubtitleVersion
from teams.models import Invitation, Role, Task, TeamMember
from teams.services import invitations, members, tasks
from tests.admin.test_asked import Page
from tests.admin.test_merging import Page as MergePage
from tests.admin.test_writes import filled
from tests.api.conftest import undone
from tests.conftest import Api
from tests.factories import SRT, TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.factories import add_subtitles as add
from tests.photographs import photographed
from tests.server.test_races import known, stored
from users import identities, keys, mail
from users.messages import send_message
from users.models import ApiKey, BrowserSession, MailKind, Message, User
from users.openid import Claims
from users.services import update_user

pytestmark = pytest.mark.django_db
Change = Callable[[], object]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`between(change)`: what happens at the next lock, or record where none is taken."""
    waiting: list[Change] = []
    lock, ask = QuerySet.select_for_update, activity.log.ask_caller

    def happens() -> None:
        if waiting:
            # As in another request: this one's questions are not put there.
            with standing(lambda: None), calling(lambda: None):
                waiting.pop()()

    def locks(rows: Any, *args: Any, **kwargs: Any) -> Any:
        happens()
        return lock(rows, *args, **kwargs)

    def asks() -> None:
        happens()
        ask()

    monkeypatch.setattr(QuerySet, "select_for_update", locks)
    monkeypatch.setattr(activity.log, "ask_caller", asks)
    monkeypatch.setattr(administration, "ask_caller", asks)

    def set_(change: Change) -> list[Change]:
        waiting[:] = [change]
        return waiting

    return set_


def rows(old: dict[Any, set[Any]]) -> dict[str, list[str]]:
    """What is stored, without the sessions of browsers, and when somebody came in last."""
    found = stored(old)
    del found[BrowserSession.__name__]
    return found


def as_if_it_came_first(
    act: Any, changes: dict[str, Change], between: Any, browser: Client | None = None
) -> None:
    """And without any change the request does something: else nothing would be shown."""
    cookies = pickle.dumps(browser.cookies if browser else None)

    def ask() -> Any:
        if browser is not None:
            # A session that has ended is forgotten by the browser too.
            browser.cookies = pickle.loads(cookies)
        return act()

    old = known()
    untouched = rows(old)
    with undone():
        answer = ask()
        assert rows(old) != untouched, answer.content
    wrong = []
    for name, change in changes.items():
        with undone():
            change()
            ask()
            sequential = rows(old)
        with undone():
            waiting = between(change)
            status = ask().status_code
            raced, reached = rows(old), not waiting
            waiting.clear()
        if not reached:
            wrong.append(f"{name}: nothing is locked or recorded")
        elif status >= 500 or raced not in (sequential, untouched):
            differ = [table for table in raced if raced[table] != sequential[table]]
            wrong.append(f"{name}: {status}; {differ} are not as one after the other")
    assert not wrong


# --- who calls -----------------------------------------------------------------------------------


@pytest.fixture
def place() -> SimpleNamespace:
    return photographed("place of account races", _place)


def _place() -> SimpleNamespace:
    """A staff member who may do everything, a partner, an owner, and things to do."""
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    pat = UserFactory(username="pat", is_partner=True, is_independent=True)
    ana = UserFactory(username="ana", is_independent=True)
    bo = UserFactory(username="bo", created_by=pat, email="bo@example.com")
    team = TeamFactory(slug="films", name="Films", type="default")
    for person, role in ((root, "owner"), (ana, "owner"), (bo, "contributor")):
        TeamMemberFactory(team=team, user=person, role_name=role)
    film = VideoFactory(user=ana, team=team, title="Film", primary_audio_language_code="en")
    for _ in range(2):
        add(film, "en", action="publish")
    task = tasks.add_task(
        team,
        actor=ana,
        video=film,
        type=Task.Type.TRANSLATE,
        language_code="fr",
        assignee=bo,
        operator=True,
    )
    others = TeamFactory(slug="others", name="Others")
    host = TeamMemberFactory(team=others, user=UserFactory(username="host"), role_name="owner").user
    asked = invitations.invite(others, actor=host, user=ana)
    say = {"kind": MailKind.MESSAGE, "sender": bo, "subject": "Hello", "content": "Watches"}
    send_message([ana], **say)  # type: ignore[arg-type]
    tasks.add_note(film, actor=ana, language_code="en", body="Well")
    pair = [VideoFactory(user=ana, title=f"Film {n}") for n in range(2)]
    spare = keys.add_key(ana, actor=ana, label="spare")[0]
    bos = keys.add_key(bo, actor=None, label="of bo")[0]
    people = {"root": root, "pat": pat, "ana": ana, "bo": bo}
    return SimpleNamespace(
        people=people, team=team, film=film, task=task, asked=asked, pair=pair, spare=spare, bos=bos
    )


API: dict[str, tuple[str, str, str, Any]] = {
    "an account": ("pat", "POST", "users/", {"username": "new", "email": "new@example.com"}),
    "an account is changed": ("ana", "PUT", "users/ana/", {"biography": "Writes"}),
    "a password": ("ana", "PUT", "users/ana/", {"password": "Nobody knows 1"}),
    "an address": ("ana", "PUT", "users/ana/", {"email": "other@example.com"}),
    "a key": ("ana", "POST", "users/me/keys/", {"label": "mine"}),
    "a key that reads": ("ana", "POST", "users/ana/keys/", {"scope": "read"}),
    "a key is revoked": ("ana", "DELETE", "users/me/keys/{spare}/", None),
    "a login link": ("ana", "PUT", "users/ana/", {"create_login_token": True}),
    "a team": ("pat", "POST", "teams/", {"name": "New", "slug": "new"}),
    "a message": ("ana", "POST", "message/", {"user": "bo", "subject": "Hi", "content": "You"}),
    "a message to a team": (
        "ana",
        "POST",
        "message/",
        {"team": "films", "subject": "Hi", "content": "You"},
    ),
    "a video": ("ana", "POST", "videos/", {"video_url": "https://media.example.com/n.mp4"}),
    "a video's title": ("ana", "PUT", "videos/{film}/", {"title": "New"}),
    "subtitles": (
        "ana",
        "POST",
        "videos/{film}/languages/en/subtitles/",
        {"subtitles": SRT, "sub_format": "srt"},
    ),
    "a note": ("ana", "POST", "videos/{film}/languages/en/subtitles/notes/", {"body": "Well"}),
    "a team is changed": ("ana", "PUT", "teams/films/", {"description": "New"}),
    "a member": ("ana", "POST", "teams/films/members/", {"user": "pat", "role": "contributor"}),
    "a project": ("ana", "POST", "teams/films/projects/", {"name": "P", "slug": "p"}),
    "a callback": ("ana", "POST", "teams/films/callbacks/", {"url": "https://hear.example.com/"}),
}


BY_POWER = {"an account", "a team", "a message", "a message to a team"}


def weaker(user: User) -> None:
    update_user(
        User.objects.get(pk=user.pk),
        actor=None,
        is_staff=False,
        is_superuser=False,
        is_partner=False,
        can_send_messages=False,
    )


def shut_out(user: User) -> None:
    update_user(User.objects.get(pk=user.pk), actor=None, is_active=False)


@pytest.mark.parametrize("name", API)
def test_by_a_key(place: SimpleNamespace, between: Any, name: str) -> None:
    who, method, path, body = API[name]
    person = place.people[who]
    key, secret = keys.add_key(person, actor=person, label="this")
    api = Api(secret)
    path = path.format(spare=place.spare.pk, film=place.film.video_id)
    changes: dict[str, Change] = {
        "shut out": lambda: shut_out(person),
        "the key ends": lambda: keys.revoke_key(key, actor=None),
    }
    if name in BY_POWER:
        changes["no powers"] = lambda: weaker(person)
    as_if_it_came_first(lambda: api.request(method, path, body), changes, between)


PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "a profile": ("ana", "/account/", {"do": "profile", "full_name": "Ana B", "languages": ""}),
    "an address": ("ana", "/account/", {"do": "address", "email": "other@example.com"}),
    "a key": ("ana", "/account/keys/", {"do": "make", "label": "mine", "once": "1" * 32}),
    "a key is revoked": ("ana", "/account/keys/", {"do": "revoke", "key": "{spare}"}),
    "the digest": ("ana", "/account/mail/", {"do": "mail", "mails_daily": "on"}),
    "an invitation is taken": ("ana", "/invitations/{asked}/", {"do": "accept"}),
    "an invitation is declined": ("ana", "/invitations/{asked}/", {"do": "decline"}),
    "settings": ("ana", "/teams/films/settings/", {"do": "languages", "preferred": "French"}),
    "invitations": (
        "ana",
        "/teams/films/invitations/",
        {"do": "invite", "people": "pat", "role": "10"},
    ),
    "a role": ("ana", "/teams/films/members/", {"do": "role", "number": "{bo}", "role": "20"}),
    "a project": ("ana", "/teams/films/projects/", {"do": "add", "name": "New", "slug": "new"}),
    "a team": ("pat", "/teams/add/", {"name": "New", "slug": "new", "type": "default"}),
    "a note": ("ana", "/videos/{film}/en/{language}/{tip}/", {"body": "Well"}),
    "a task is taken away": (
        "ana",
        "/teams/films/tasks/{task}/",
        {"do": "give-back", "before": "{owner}"},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_on_a_page(place: SimpleNamespace, between: Any, name: str) -> None:
    who, path, fields = PAGES[name]
    person = place.people[who]
    language = place.film.subtitle_languages.get(language_code="en")
    names = {
        "spare": place.spare.pk,
        "asked": place.asked.pk,
        "task": place.task.pk,
        "bo": TeamMember.objects.get(team=place.team, user=place.people["bo"]).pk,
        "owner": place.people["bo"].pk,
        "film": place.film.video_id,
        "language": language.pk,
        "tip": language.tip_id,
    }
    path, fields = path.format(**names), {k: v.format(**names) for k, v in fields.items()}
    browser = Client()
    browser.force_login(person)
    changes = of_a_session(person)
    as_if_it_came_first(lambda: browser.post(path, fields), changes, between, browser)


def of_a_session(person: User) -> dict[str, Change]:
    return {
        "shut out": lambda: shut_out(person),
        "another password": lambda: update_user(
            User.objects.get(pk=person.pk), actor=None, password="Nobody knows 2"
        ),
    }


def _versions(place: SimpleNamespace, *, public: bool) -> list[SubtitleVersion]:
    if public:
        version = SubtitleVersion.objects.order_by("-pk").first()
        assert version is not None
        tasks.take_back(version.language, [version.pk], actor=place.people["root"], hide=True)
    return list(SubtitleVersion.objects.order_by("-pk")[:1])


ADMIN: dict[str, Callable[[Client, SimpleNamespace], Callable[[], Any]]] = {
    "promotes": lambda b, p: _sent(b, "users_user_change", p.people["bo"].pk, is_superuser="on"),
    "shuts out": lambda b, p: _sent(b, "users_user_change", p.people["bo"].pk, is_active=None),
    "adds": lambda b, p: _sent(b, "users_user_add", username="new"),
    "deletes": lambda b, p: (
        lambda: b.post(f"/admin/users/user/{p.people['bo'].pk}/delete/", {"post": "yes"})
    ),
    "issues a key": lambda b, p: (
        lambda: b.post(
            f"/admin/users/user/{p.people['bo'].pk}/key/", {"scope": "all", "once": "1" * 32}
        )
    ),
    "revokes a key": lambda b, p: (
        lambda: b.post(f"/admin/users/apikey/{p.bos.pk}/delete/", {"post": "yes"})
    ),
    "revokes all keys": lambda b, p: Page(b, "revoke_keys", p.people["bo"]).press,
    "rotates": lambda b, p: Page(b, "rotate", p.bos).press,
    "moderates": lambda b, p: (
        lambda: b.post(
            f"/admin/users/user/{p.people['bo'].pk}/moderate/",
            {"do": ["close", "memberships", "messages"]},
        )
    ),
    "hides a message": lambda b, p: Page(b, "hide", Message.objects.earliest("pk")).press,
    "hides a note": lambda b, p: Page(b, "hide", SubtitleNote.objects.get()).press,
    "reassigns": lambda b, p: _pressed(Page(b, "reassign", p.task), person="ana"),
    "gives back": lambda b, p: Page(b, "give_back", p.task).press,
    "makes private": lambda b, p: Page(b, "make_private", *_versions(p, public=False)).press,
    "publishes": lambda b, p: Page(b, "publish", *_versions(p, public=True)).press,
    "merges": lambda b, p: _merged(MergePage(b, *p.pair), p.pair[0]),
    "changes a team": lambda b, p: _sent(b, "teams_team_change", p.team.pk, description="New"),
}


def _sent(browser: Client, name: str, *args: Any, **changes: Any) -> Callable[[], Any]:
    address, data = filled(browser, name, *args, **changes)
    return lambda: browser.post(address, data)


def _pressed(page: Page, **fields: str) -> Callable[[], Any]:
    return lambda: page.press(**fields)


def _merged(page: MergePage, stays: Any) -> Callable[[], Any]:
    return lambda: page.press(stays)


@pytest.mark.parametrize("name", ADMIN)
def test_in_the_admin(place: SimpleNamespace, between: Any, name: str) -> None:
    root, browser = place.people["root"], Client()
    browser.force_login(root)
    changes: dict[str, Change] = {
        "shut out": lambda: shut_out(root),
        "no powers": lambda: weaker(root),
    }
    as_if_it_came_first(ADMIN[name](browser, place), changes, between, browser)


def test_staff_whose_permission_is_taken_away(place: SimpleNamespace, between: Any) -> None:
    some = UserFactory(username="some", is_staff=True)
    some.user_permissions.set(
        Permission.objects.filter(codename__in=["change_user", "view_user", "delete_apikey"])
    )
    browser = Client()
    browser.force_login(some)
    ask = Page(browser, "revoke_keys", place.people["bo"]).press
    changes: dict[str, Change] = {"no permission": some.user_permissions.clear}
    as_if_it_came_first(ask, changes, between, browser)


def test_one_who_is_shut_out_in_the_middle_of_a_list_does_the_rest_no_more(
    place: SimpleNamespace, between: Any
) -> None:
    """Each line, and each thing that an action does something to, is a transaction of its own."""
    ana, browser = place.people["ana"], Client()
    browser.force_login(ana)
    told = activity.log.record
    before = Invitation.objects.count()
    fields = {"do": "invite", "people": "pat\nhost\nroot2", "role": "contributor"}
    UserFactory(username="root2")

    def first(*args: Any, **kwargs: Any) -> Any:
        made = told(*args, **kwargs)
        between(lambda: shut_out(ana))
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(invitations, "record", first)
        browser.post("/teams/films/invitations/", fields)
    # Here one connection does both: what refuses the second takes the change back.
    assert Invitation.objects.count() < before + 3


# --- whom it is about ----------------------------------------------------------------------------


def promoted(user: User) -> None:
    update_user(User.objects.get(pk=user.pk), actor=None, is_staff=True, is_superuser=True)


@pytest.fixture
def some(place: SimpleNamespace) -> Client:
    """A browser of staff who may change and delete accounts, but not those of other staff."""
    user = UserFactory(username="some", is_staff=True)
    may = Permission.objects.filter(content_type__app_label__in=["users", "teams", "videos"])
    user.user_permissions.set(may)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize(
    "name",
    ["shuts out", "deletes", "issues a key", "revokes a key", "revokes all keys", "rotates"],
)
def test_who_becomes_staff_is_not_for_other_staff_to_change(
    place: SimpleNamespace, some: Client, between: Any, name: str
) -> None:
    changes: dict[str, Change] = {"promoted": lambda: promoted(place.people["bo"])}
    as_if_it_came_first(ADMIN[name](some, place), changes, between, some)


def test_who_becomes_staff_is_not_for_other_staff_to_moderate(
    place: SimpleNamespace, some: Client, between: Any
) -> None:
    changes: dict[str, Change] = {"promoted": lambda: promoted(place.people["bo"])}
    as_if_it_came_first(ADMIN["moderates"](some, place), changes, between, some)


def test_a_login_link_is_no_longer_its_creators(place: SimpleNamespace, between: Any) -> None:
    pat, bo = place.people["pat"], place.people["bo"]
    changes: list[Change] = [
        lambda: keys.became_independent(User.objects.get(pk=bo.pk)),
        lambda: promoted(bo),
        lambda: shut_out(bo),
    ]
    for change in changes:
        with undone():
            between(change)
            with pytest.raises(NotAllowed):
                keys.issue_login_token(bo, actor=pat)
    assert keys.whom_logs_in(keys.issue_login_token(bo, actor=pat)) == bo


def test_an_invitation_that_changes_before_it_is_taken(
    place: SimpleNamespace, between: Any
) -> None:
    ana, browser = place.people["ana"], Client()
    browser.force_login(ana)
    host = User.objects.get(username="host")
    asked = place.asked
    changes: dict[str, Change] = {
        "withdrawn": lambda: invitations.withdraw(asked, actor=host),
        "declined": lambda: invitations.decline(asked, actor=ana),
        "taken": lambda: invitations.accept(asked, actor=ana),
        "who invited is shut out": lambda: shut_out(host),
        "another role": lambda: invitations.invite(
            asked.team, actor=host, user=ana, role=Role.MANAGER
        ),
        "who invited is demoted": lambda: _demote(asked.team, host),
    }
    for do in ("accept", "decline"):
        path = f"/invitations/{asked.pk}/"
        as_if_it_came_first(
            lambda path=path, do=do: browser.post(path, {"do": do}), changes, between, browser
        )


def _demote(team: Any, user: User) -> None:
    TeamMemberFactory(team=team, user=User.objects.get(username="pat"), role_name="owner")
    member = TeamMember.objects.get(team=team, user=user)
    members.change_role(member, actor=user, role=Role.CONTRIBUTOR, operator=True)


def test_a_link_that_resets_a_password_does_so_once(place: SimpleNamespace, between: Any) -> None:
    """Hashing takes its time, in which the person may have set another, and ended the link."""
    bo = place.people["bo"]
    path = f"/auth/password/{mail.reset_token(bo)}/"
    browser, again = Client(), Client()
    fields = {"password": "Nobody knows 1", "again": "Nobody knows 1"}

    def reset(client: Client, **other: str) -> Any:
        return client.post(path, {**fields, **other})

    changes: dict[str, Change] = {
        "used by somebody else": lambda: reset(
            again, password="Nobody knows 2", again="Nobody knows 2"
        ),
        "another password": lambda: update_user(
            User.objects.get(pk=bo.pk), actor=None, password="Nobody knows 3"
        ),
        "another address": lambda: update_user(
            User.objects.get(pk=bo.pk), actor=None, email="x@example.com"
        ),
        "promoted": lambda: promoted(bo),
        "shut out": lambda: shut_out(bo),
    }
    as_if_it_came_first(lambda: reset(browser), changes, between)


def test_an_address_is_confirmed_by_nothing_that_happened_to_another(
    place: SimpleNamespace, between: Any
) -> None:
    """Somebody writes the address again that they have, and confirms another one in between."""
    ana = place.people["ana"]
    update_user(User.objects.get(pk=ana.pk), actor=None, email="victim@example.com")
    api = Api(keys.issue_key(ana, actor=None))

    def other_one() -> None:
        update_user(User.objects.get(pk=ana.pk), actor=None, email="own@example.com")
        update_user(User.objects.get(pk=ana.pk), actor=None, email_confirmed=True)

    waiting = between(other_one)
    body = {"email": "victim@example.com", "biography": "New"}
    assert api.put("users/ana/", body).status_code == 200
    assert not waiting
    ana.refresh_from_db()
    assert (ana.email, ana.email_confirmed) == ("victim@example.com", False)


def test_a_login_of_a_provider_is_of_who_has_the_address_then(
    place: SimpleNamespace, between: Any
) -> None:
    bo = place.people["bo"]
    claims = Claims("https://login.example.com", "7", "bo@example.com", True, "", "Bo")
    found = identities.same_person(claims)
    assert found == bo
    for change in (
        lambda: promoted(bo),
        lambda: update_user(User.objects.get(pk=bo.pk), actor=None, email="x@example.com"),
        lambda: shut_out(bo),
    ):
        with undone():
            between(change)
            with pytest.raises(NotAllowed):
                identities.connect(found, claims, actor=found, by_address=True)
    identities.connect(found, claims, actor=found, by_address=True)
    assert identities.account_of(claims) == bo


def test_keys_are_no_more_than_there_may_be(
    place: SimpleNamespace, between: Any, settings: Any
) -> None:
    bo = place.people["bo"]
    api = Api(keys.issue_key(bo, actor=None))
    settings.AMARA_MAX_KEYS = ApiKey.objects.filter(user=bo).count() + 1
    changes: dict[str, Change] = {"another": lambda: keys.add_key(bo, actor=None)}
    as_if_it_came_first(lambda: api.post("users/me/keys/", {"label": "x"}), changes, between)

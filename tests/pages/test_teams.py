"""Teams and the inbox as people use them: every button, every refusal, and what nobody learns."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from activity.models import ActivityRecord
from teams.models import Application, Invitation, Project, Role, Team, TeamLanguage, TeamMember
from teams.services import applications, invitations, members
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.headers import headers_of
from tests.pages.html import assert_inert, queries, read
from users.messages import send_message
from users.models import MailKind, Message, User

pytestmark = pytest.mark.django_db
Policy = Team.MembershipPolicy
DECIDE = ("approve", "deny")
PARTS = (
    *("", "videos/", "coverage/", "activity/", "members/", "projects/", "invitations/"),
    "settings/",
)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"Accept": "text/html"})


def as_(user: Any) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def do(user: Any, what: str, slug: str = "films", **sent: Any) -> Any:
    part = "invitations/" if what in ("invite", *DECIDE) else ""
    if "application" in sent:
        sent["number"] = sent.pop("application")
    return as_(user).post(f"/teams/{slug}/{part}", {"do": what, **sent})


def buttons(page: Any) -> set[str]:
    assert page.status_code == 200
    return set(re.findall(r'name="do" value="(\w+)"', page.content.decode()))


def policy(team: Team, chosen: Policy) -> None:
    Team.objects.filter(pk=team.pk).update(membership_policy=chosen)


def without_token(page: Any) -> bytes:
    return re.sub(rb'value="\w{64}"', b"", page.content)


def write(user: Any, count: int = 1, **fields: Any) -> None:
    with transaction.atomic():
        for n in range(count):
            given = {
                "kind": MailKind.MESSAGE,
                "sender": None,
                "subject": f"Subject {n}",
                "content": "Hello\nWorld",
            }
            send_message([user], **{**given, **fields})


class TestInbox:
    def test_needs_a_login(self, browser: Client) -> None:
        assert browser.get("/messages/").headers["Location"] == "/auth/login/?next=/messages/"

    def test_shows_who_wrote_what_and_marks_it_read(self, cast: Any) -> None:
        write(cast.stranger, sender=cast.owner, team=cast.films)
        page = as_(cast.stranger).get("/messages/")
        text = assert_inert(page)
        assert "From owner" in text
        assert "Films" in text
        assert "Hello\nWorld" in text
        assert 'class="unread"' in page.content.decode()
        assert "/teams/films/" in read(page).links
        assert Message.objects.get().read is not None
        again = as_(cast.stranger).get("/messages/")
        assert 'class="unread"' not in again.content.decode()

    def test_a_glance_at_the_headers_reads_nothing(self, ana: Any) -> None:
        write(ana)
        as_(ana).head("/messages/")
        assert Message.objects.get().read is None

    def test_names_a_hidden_team_without_leading_there(self, cast: Any) -> None:
        write(cast.stranger, sender=cast.owner, team=cast.hush)
        assert "/teams/hush/" not in read(as_(cast.stranger).get("/messages/")).links
        write(cast.manager, sender=cast.owner, team=cast.hush)
        assert "/teams/hush/" in read(as_(cast.manager).get("/messages/")).links

    def test_is_ones_own_newest_first_and_paged(self, ana: Any) -> None:
        write(UserFactory(), subject="Not for ana")
        write(ana, 21)
        client = as_(ana)
        first = assert_inert(client.get("/messages/"))
        assert first.index("Subject 20") < first.index("Subject 19")
        assert "Subject 0 " not in first
        assert "Not for ana" not in first
        # What is on the next page has not been seen.
        assert "Inbox (1)" in first
        second = assert_inert(client.get("/messages/?page=2"))
        assert "Subject 0" in second
        assert "Inbox (" not in second
        for strange in ("0", "-1", "x", "9" * 30, "%00"):
            assert client.get(f"/messages/?page={strange}").status_code == 200

    def test_costs_the_same_for_many(self, cast: Any) -> None:
        write(cast.stranger, sender=cast.owner, team=cast.films)
        client = as_(cast.stranger)
        client.get("/messages/")
        few = queries(lambda: client.get("/messages/"))
        for _ in range(18):
            write(cast.stranger, sender=UserFactory(), team=TeamFactory())
            Invitation.objects.create(team=TeamFactory(), user=cast.stranger, inviter=UserFactory())
        client.get("/messages/")
        assert queries(lambda: client.get("/messages/")) == few

    def test_every_page_says_how_much_is_unread(self, ana: Any, browser: Client) -> None:
        write(ana, 3)
        assert "Inbox (3)" in assert_inert(as_(ana).get("/"))
        assert "Inbox" not in assert_inert(browser.get("/"))


class TestInvitations:
    @pytest.fixture
    def invitation(self, cast: Any) -> Invitation:
        return invitations.invite(
            cast.hush, actor=cast.admin, user=cast.stranger, role=Role.MANAGER, note="Come!"
        )

    def answer(self, user: Any, invitation: Invitation, answer: str) -> Any:
        return as_(user).post(f"/invitations/{invitation.pk}/", {"do": answer})

    def test_is_in_the_inbox(self, cast: Any, invitation: Invitation) -> None:
        page = as_(cast.stranger).get("/messages/")
        assert "Come!" in assert_inert(page)
        assert buttons(page) == {"accept", "decline"}
        assert f"/invitations/{invitation.pk}/" in read(page).links

    def test_accepting_makes_a_member(self, cast: Any, invitation: Invitation) -> None:
        done = self.answer(cast.stranger, invitation, "accept")
        assert done.headers["Location"] == "/teams/hush/"
        assert cast.hush.members.get(user=cast.stranger).role == Role.MANAGER
        assert not Invitation.objects.exists()

    def test_declining_does_not(self, cast: Any, invitation: Invitation) -> None:
        done = self.answer(cast.stranger, invitation, "decline")
        assert done.headers["Location"] == "/messages/"
        assert not cast.hush.members.filter(user=cast.stranger).exists()
        assert not Invitation.objects.exists()
        assert ActivityRecord.objects.filter(type="invitation-declined").count() == 1

    def test_somebody_elses_is_like_an_unknown_one(self, cast: Any, invitation: Any) -> None:
        other = as_(cast.adder)
        answers = [
            other.post(f"/invitations/{number}/", {"do": "accept"})
            for number in (invitation.pk, invitation.pk + 1, "9" * 18)
        ]
        assert [page.status_code for page in answers] == [404] * 3
        assert len({without_token(page) for page in answers}) == 1
        assert Invitation.objects.exists()

    def test_strange_answers(self, cast: Any, invitation: Invitation, browser: Client) -> None:
        assert self.answer(cast.stranger, invitation, "maybe").status_code == 400
        assert as_(cast.stranger).get(f"/invitations/{invitation.pk}/").status_code == 405
        sent = browser.post(f"/invitations/{invitation.pk}/", {"do": "accept"})
        assert sent.headers["Location"] == "/auth/login/?next=/messages/"
        assert Invitation.objects.exists()


class TestList:
    def test_shows_what_one_may_find(self, cast: Any, browser: Client) -> None:
        TeamFactory(slug="quiet", team_visibility=1)
        assert {"/teams/films/"} == self.listed(browser)
        assert self.listed(as_(cast.superuser)) == {"/teams/films/"}
        assert self.listed(as_(cast.contributor)) == {"/teams/films/", "/teams/hush/"}

    def listed(self, client: Client) -> set[str]:
        page = client.get("/teams/")
        assert_inert(page)
        return {link for link in read(page).links if link.startswith("/teams/")} - {
            "/teams/",
            "/teams/add/",
        }

    def test_is_paged_and_costs_the_same_for_many(self, browser: Client) -> None:
        TeamFactory()
        few = queries(lambda: browser.get("/teams/"))
        for _ in range(50):
            TeamFactory()
        assert queries(lambda: browser.get("/teams/")) == few
        assert len(self.listed(browser)) == 50
        assert len(self.listed_on(browser, 2)) == 1

    def listed_on(self, client: Client, page: int) -> set[str]:
        links = read(client.get(f"/teams/?page={page}")).links
        return {link for link in links if re.fullmatch(r"/teams/[^/]+/", link)}


class TestTeam:
    def test_says_what_it_is(self, cast: Any, browser: Client) -> None:
        Team.objects.filter(slug="films").update(description="About\nfilms")
        text = assert_inert(browser.get("/teams/films/"))
        for shown in ("Films", "About\nfilms", "Anybody may join.", "Of films"):
            assert shown in text
        assert "Members4" in text.replace("\n", "")

    def test_projects_and_languages_are_for_members(self, cast: Any, browser: Client) -> None:
        Project.objects.create(team=cast.films, name="Shorts", slug="shorts")
        TeamLanguage.objects.create(team=cast.films, language_code="fr", kind=1)
        TeamLanguage.objects.create(team=cast.films, language_code="de", kind=2)
        for stranger in (browser, as_(cast.stranger), as_(cast.superuser)):
            text = assert_inert(stranger.get("/teams/films/"))
            assert not {"Shorts", "fr", "de"} & set(text.split())
        text = assert_inert(as_(cast.contributor).get("/teams/films/"))
        assert {"Shorts", "fr", "de"} <= set(text.split())
        assert "_root" not in text

    def test_shows_the_videos_that_one_may_find(self, cast: Any, browser: Client) -> None:
        team = TeamFactory(slug="half", video_visibility=0)
        TeamMemberFactory(team=team, user=cast.owner, role_name="owner")
        VideoFactory(user=cast.owner, team=team, title="For members")
        quiet = TeamFactory(slug="quiet", video_visibility=1)
        VideoFactory(user=cast.owner, team=quiet, title="For who knows")
        assert "For members" not in assert_inert(browser.get("/teams/half/"))
        assert "For who knows" not in assert_inert(browser.get("/teams/quiet/"))
        assert "For members" in assert_inert(as_(cast.owner).get("/teams/half/"))

    def test_shows_twenty_of_them_newest_first(self, cast: Any, browser: Client) -> None:
        for n in range(20):
            VideoFactory(user=cast.owner, team=cast.films, title=f"Film {n:02}")
        text = assert_inert(browser.get("/teams/films/"))
        assert re.findall(r"Film (\d\d)", text) == [f"{n:02}" for n in range(19, -1, -1)]
        assert "Of films" not in text

    def test_a_hidden_one_is_like_an_unknown_one(self, cast: Any, browser: Client) -> None:
        for client in (browser, as_(cast.stranger), as_(cast.superuser)):
            for send in (client.get, lambda path, c=client: c.post(path, {"do": "join"})):
                hidden, unknown = send("/teams/hush/"), send("/teams/nowhere/")
                assert hidden.status_code == unknown.status_code == 404
                assert without_token(hidden) == without_token(unknown)
                assert headers_of(hidden) == headers_of(unknown)
        assert browser.get("/teams/hush/").content == browser.get("/teams/nowhere/").content
        assert as_(cast.contributor).get("/teams/hush/").status_code == 200

    def test_costs_the_same_for_many(self, cast: Any) -> None:
        policy(cast.films, Policy.APPLICATION)

        def fill(first: int, last: int) -> None:
            for n in range(first, last):
                Application.objects.create(team=cast.films, user=UserFactory())
                Invitation.objects.create(
                    team=cast.films, user=UserFactory(), inviter=UserFactory()
                )
                Project.objects.create(team=cast.films, name=f"P{n}", slug=f"p{n}")
                VideoFactory(user=cast.owner, team=cast.films)

        fill(0, 1)
        client = as_(cast.owner)
        client.get("/teams/films/")
        for part in PARTS:
            client.get(f"/teams/films/{part}")
        few = [queries(lambda p=part: client.get(f"/teams/films/{p}")) for part in PARTS]
        fill(1, 51)
        now = [queries(lambda p=part: client.get(f"/teams/films/{p}")) for part in PARTS]
        assert now == few
        assert max(few) <= 24

    @pytest.mark.parametrize("slug", ["a%00b", "a b", "x" * 300, "é"])
    def test_a_strange_address_is_not_found(self, browser: Client, slug: str, db: None) -> None:
        assert browser.get(f"/teams/{slug}/").status_code == 404

    def test_every_field_has_a_label(self, cast: Any) -> None:
        policy(cast.films, Policy.APPLICATION)
        Project.objects.create(team=cast.films, name="Shorts", slug="shorts")
        for user, parts in (
            (cast.owner, (*PARTS[1:3], *PARTS[4:], "projects/shorts/")),
            (cast.stranger, ("",)),
        ):
            for part in parts:
                html = as_(user).get(f"/teams/films/{part}").content.decode()
                fields = re.findall(r'<(?:input|textarea|select) id="([\w-]+)"', html)
                assert fields, part
                for field in fields:
                    assert f'<label for="{field}">' in html


class TestButtons:
    @pytest.mark.parametrize(
        ("chosen", "person", "shown"),
        [
            (Policy.OPEN, "stranger", {"join"}),
            (Policy.APPLICATION, "stranger", {"apply"}),
            (Policy.INVITATION_BY_ANY, "stranger", set()),
            (Policy.OPEN, "contributor", {"leave", *DECIDE}),
            (Policy.INVITATION_BY_ANY, "contributor", {"leave", "invite", *DECIDE}),
            (Policy.INVITATION_BY_MANAGER, "contributor", {"leave"}),
            (Policy.INVITATION_BY_MANAGER, "manager", {"leave", "invite", *DECIDE}),
            (Policy.INVITATION_BY_ADMIN, "manager", {"leave"}),
            (Policy.INVITATION_BY_ADMIN, "admin", {"leave", "invite", *DECIDE}),
            (Policy.APPLICATION, "manager", {"leave"}),
            (Policy.APPLICATION, "admin", {"leave", "invite", *DECIDE}),
            (Policy.APPLICATION, "owner", {"leave", "invite", *DECIDE}),
        ],
    )
    def test_are_there_for_those_who_may(
        self, cast: Any, chosen: Policy, person: str, shown: set[str]
    ) -> None:
        policy(cast.films, Policy.APPLICATION)
        applications.apply(cast.films, actor=cast.adder)
        policy(cast.films, chosen)
        client = as_(getattr(cast, person))
        there = buttons(client.get("/teams/films/"))
        page = client.get("/teams/films/invitations/")
        assert page.status_code == (200 if {"invite", "approve"} & shown else 403)
        if page.status_code == 200:
            there |= buttons(page)
        assert there == shown

    def test_strangers_are_asked_to_log_in(self, cast: Any, browser: Client) -> None:
        page = browser.get("/teams/films/")
        assert "/auth/login/?next=/teams/films/" in read(page).links
        assert buttons(page) == set()
        sent = browser.post("/teams/films/", {"do": "join"})
        assert sent.headers["Location"] == "/auth/login/?next=/teams/films/"

    def test_an_unknown_one_does_nothing(self, cast: Any) -> None:
        assert do(cast.owner, "burn").status_code == 400

    def test_need_the_forms_token(self, cast: Any) -> None:
        guarded = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
        guarded.force_login(cast.stranger)
        assert guarded.post("/teams/films/", {"do": "join"}).status_code == 403
        assert not cast.films.members.filter(user=cast.stranger).exists()


@pytest.fixture
def unchanged() -> Callable[[], list[Any]]:
    """Nothing that a team is made of is different afterwards."""

    def everything() -> list[Any]:
        kept = (TeamMember, Application, Invitation, ActivityRecord, Message)
        rows = [list(model._default_manager.order_by("pk").values()) for model in kept]
        return [*rows, list(User.objects.order_by("pk").values("username", "email"))]

    return everything


def assert_text(page: Any) -> str:
    return " ".join(read(page).texts)


def refused(page: Any, status: int, sentence: str) -> None:
    assert page.status_code == status
    assert sentence in " ".join(read(page).texts)
    assert 'role="alert"' in page.content.decode()


class TestJoining:
    def test_an_open_team(self, cast: Any) -> None:
        assert do(cast.stranger, "join").headers["Location"] == "/teams/films/"
        assert cast.films.members.get(user=cast.stranger).role == Role.CONTRIBUTOR
        assert "leave" in buttons(as_(cast.stranger).get("/teams/films/"))

    def test_another_team_is_refused(self, cast: Any, unchanged: Any) -> None:
        policy(cast.films, Policy.APPLICATION)
        before = unchanged()
        refused(do(cast.stranger, "join"), 403, "by invitation or application")
        assert unchanged() == before

    def test_twice_is_refused(self, cast: Any, unchanged: Any) -> None:
        before = unchanged()
        refused(do(cast.contributor, "join"), 400, "a member of this team already")
        assert unchanged() == before


class TestApplying:
    @pytest.fixture(autouse=True)
    def by_application(self, cast: Any) -> None:
        policy(cast.films, Policy.APPLICATION)

    def test_waits_for_an_answer(self, cast: Any) -> None:
        assert do(cast.stranger, "apply", note="Please").status_code == 302
        assert Application.objects.get().note == "Please"
        page = as_(cast.stranger).get("/teams/films/")
        assert "has not answered yet" in assert_inert(page)
        assert buttons(page) == {"withdraw"}
        assert "Somebody asks to join" in assert_inert(as_(cast.admin).get("/teams/films/"))
        assert "Please" in assert_inert(as_(cast.admin).get("/teams/films/invitations/"))

    def test_is_taken_back(self, cast: Any) -> None:
        do(cast.stranger, "apply")
        assert do(cast.stranger, "withdraw").headers["Location"] == "/teams/films/"
        assert not Application.objects.exists()
        refused(do(cast.stranger, "withdraw"), 409, "just been changed or removed")
        assert do(cast.stranger, "apply").status_code == 302

    def test_twice_or_as_a_member_is_refused(self, cast: Any, unchanged: Any) -> None:
        do(cast.stranger, "apply")
        before = unchanged()
        refused(do(cast.stranger, "apply", note="x"), 400, "already applied")
        refused(do(cast.manager, "apply"), 400, "already a team member")
        assert unchanged() == before

    def test_is_refused_elsewhere_and_with_too_much(self, cast: Any, unchanged: Any) -> None:
        before = unchanged()
        refused(do(cast.stranger, "apply", note="x" * 5001), 400, "at most 5000")
        unreadable = do(cast.stranger, "apply", note="a\x00b")
        assert unreadable.status_code == 400
        assert "NUL character" in unreadable.content.decode()
        policy(cast.films, Policy.OPEN)
        refused(do(cast.stranger, "apply"), 403, "takes no applications")
        assert unchanged() == before

    def test_is_approved(self, cast: Any) -> None:
        application = applications.apply(cast.films, actor=cast.stranger)
        assert do(cast.admin, "approve", application=application.pk).status_code == 302
        assert cast.films.members.filter(user=cast.stranger).exists()
        application.refresh_from_db()
        assert application.status == Application.Status.APPROVED
        assert "has been approved" in assert_inert(as_(cast.stranger).get("/messages/"))

    def test_is_denied(self, cast: Any) -> None:
        application = applications.apply(cast.films, actor=cast.stranger)
        assert do(cast.owner, "deny", application=application.pk).status_code == 302
        assert not cast.films.members.filter(user=cast.stranger).exists()
        assert "has been denied" in assert_inert(as_(cast.stranger).get("/messages/"))
        refused(do(cast.owner, "approve", application=application.pk), 400, "not pending")

    def test_is_decided_by_those_alone_who_may(self, cast: Any, unchanged: Any) -> None:
        application = applications.apply(cast.films, actor=cast.stranger)
        before = unchanged()
        for person in (cast.stranger, cast.manager, cast.superuser):
            for number in (application.pk, application.pk + 1):
                page = do(person, "approve", application=number)
                assert page.status_code == 403
                assert "leaves this to others" in page.content.decode()
        assert unchanged() == before

    @pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "\x00"])
    def test_a_strange_number_is_refused(self, cast: Any, number: str) -> None:
        assert do(cast.admin, "approve", application=number).status_code == 400

    def test_another_teams_is_not_found(self, cast: Any) -> None:
        other = TeamFactory(membership_policy=Policy.APPLICATION)
        application = applications.apply(other, actor=cast.stranger)
        assert do(cast.admin, "approve", application=application.pk).status_code == 404
        assert Application.objects.get().status == Application.Status.PENDING


class TestInviting:
    def test_somebody_who_has_an_account(self, cast: Any) -> None:
        sent = {"people": "stranger", "role": "20", "note": "Come!"}
        assert do(cast.admin, "invite", **sent).status_code == 302
        invitation = Invitation.objects.get()
        assert (invitation.user, invitation.role) == (cast.stranger, Role.MANAGER)
        assert "Come!" in Message.objects.get(user=cast.stranger).content
        page = as_(cast.admin).get("/teams/films/invitations/")
        assert "stranger as manager" in assert_inert(page)
        assert "You are invited" in assert_inert(as_(cast.stranger).get("/teams/films/"))

    def test_somebody_who_gets_one(
        self, cast: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            do(cast.admin, "invite", people="fresh fresh@example.com", role="10")
        assert Invitation.objects.get().user == User.objects.get(username="fresh")
        assert ["fresh@example.com"] in [sent.to for sent in mail.outbox]

    def test_a_list_of_all_kinds(self, cast: Any) -> None:
        """Each line is told what became of it, and what did not work stays in the form."""
        typed = [
            "stranger",
            "adder@example.com",  # of an account, confirmed
            "new.person@example.com",
            "Maria <maria@example.org>",
            "chosen, chosen@example.net",
            "manager",
            "nobody-here",
            "two words three@example.com",
            "broken@",
            "STRANGER",
        ]
        page = do(cast.admin, "invite", people="\r\n".join(typed), role="10", note="Hello")
        assert page.status_code == 200
        invited = set(Invitation.objects.values_list("user__username", flat=True))
        assert invited == {"stranger", "adder", "new.person", "maria", "chosen"}
        text = assert_inert(page)
        for said in (
            "5 of 10 lines did not work",
            "stranger: stranger is invited.",
            "maria is invited, with a new account.",
            "manager: User is already a team member",
            "nobody-here: Nobody has this user name.",
            "two words three@example.com: Write a user name, an address, or both",
            "broken@: This is no e-mail address",
        ):
            assert said in text
        left = page.context["typed"]["people"].split("\n")
        assert left == typed[5:]
        assert page.context["typed"]["note"] == "Hello"
        new = User.objects.get(username="maria")
        assert (new.email, new.created_by, new.api_keys.count()) == ("maria@example.org", None, 0)

    def test_the_same_list_again_does_nothing_twice(self, cast: Any) -> None:
        sent = {"people": "stranger\nnew@example.com", "role": "10", "note": ""}
        for _ in range(2):
            assert do(cast.admin, "invite", **sent).status_code == 302
        assert Message.objects.count() == Invitation.objects.count() == 2
        assert User.objects.filter(email="new@example.com").count() == 1

    def test_an_address_that_somebody_gave_themselves_is_not_theirs(self, cast: Any) -> None:
        """Else whoever waits with a small role could have a greater one meant for another."""
        invitations.invite(cast.films, actor=cast.owner, user=cast.stranger)
        User.objects.filter(pk=cast.stranger.pk).update(
            email="boss@example.com", email_confirmed=False, last_login=timezone.now()
        )
        do(cast.owner, "invite", people="boss@example.com", role=str(int(Role.ADMIN)))
        assert Invitation.objects.get(user=cast.stranger).role == Role.CONTRIBUTOR
        other = Invitation.objects.get(role=Role.ADMIN).user
        assert (other.email, other.pk != cast.stranger.pk) == ("boss@example.com", True)

    def test_refused_lines_count_for_the_limit(self, cast: Any, settings: Any) -> None:
        """They tell whether there is such an account."""
        from amara_api.kernel.limits.rates import Rate

        settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "invitations": Rate(2, 86_400)}
        lines = "\n".join(f"a@b@{n}" for n in range(5))
        page = do(cast.admin, "invite", people=lines, role="10")
        assert assert_text(page).count("Not tried") == 2

    def test_an_address_of_several_accounts_is_nobodys(self, cast: Any) -> None:
        UserFactory(email="adder@example.com")
        page = do(cast.admin, "invite", people="adder@example.com", role="10")
        assert page.status_code == 400
        assert "Several accounts have this address" in assert_text(page)
        assert not Invitation.objects.exists()

    def test_who_makes_no_accounts_invites_none_who_need_one(self, cast: Any) -> None:
        policy(cast.films, Policy.INVITATION_BY_ANY)
        before = User.objects.count()
        page = do(cast.contributor, "invite", people="stranger\nnew@example.com", role="10")
        assert "Only admins and owners of the team may do this." in assert_inert(page)
        assert Invitation.objects.get().user == cast.stranger
        assert User.objects.count() == before

    def test_the_limit_stops_a_list_and_keeps_the_rest(self, cast: Any, settings: Any) -> None:
        from amara_api.kernel.limits.rates import Rate

        settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "invitations": Rate(1, 86_400)}
        page = do(cast.admin, "invite", people="stranger\nadder\npartner", role="10")
        assert page.context["typed"]["people"] == "adder\npartner"
        assert "Not tried." in assert_inert(page)
        assert Invitation.objects.count() == 1

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ({"people": ""}, "People"),
            ({"people": " \n "}, "People"),
            ({"people": "nobody x"}, "one person a line"),
            ({"people": "manager"}, "already a team member"),
            ({"people": "stranger", "role": "15"}, "Role"),
            ({"people": "stranger", "role": ""}, "Role"),
            ({"people": "a/b a@example.com"}, "Invalid Username"),
            ({"people": "Stranger a@example.com"}, "not unique"),
            ({"people": "stranger\n" * 201}, "At most 200 at once"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, cast: Any, unchanged: Any, sent: Any, sentence: str
    ) -> None:
        before = unchanged()
        page = do(cast.admin, "invite", **{"role": "10", "note": "typed text", **sent})
        refused(page, 400, sentence)
        assert "typed text" in page.content.decode()
        assert sent["people"].strip() in page.content.decode()
        assert unchanged() == before

    def test_is_refused_to_those_who_may_not(self, cast: Any, unchanged: Any) -> None:
        before = unchanged()
        for person, role in ((cast.manager, "10"), (cast.admin, "40"), (cast.stranger, "10")):
            assert do(person, "invite", people="adder", role=role).status_code in (400, 403)
        assert unchanged() == before

    def test_is_taken_back_by_those_who_may(self, cast: Any) -> None:
        policy(cast.films, Policy.INVITATION_BY_ANY)
        address = "/teams/films/invitations/"
        made = [
            invitations.invite(cast.films, actor=cast.admin, user=cast.stranger, role=20),
            invitations.invite(cast.films, actor=cast.contributor, user=cast.adder),
        ]
        sent = {"do": "withdraw", "number": made[0].pk}
        assert as_(cast.contributor).post(address, sent).status_code == 403
        assert as_(cast.admin).post(address, sent).status_code == 302
        sent["number"] = made[1].pk
        assert as_(cast.contributor).post(address, sent).status_code == 302
        assert as_(cast.admin).post(address, sent).status_code == 404
        assert not Invitation.objects.exists()
        assert not as_(cast.stranger).get("/messages/").context["invitations"]


class TestLeaving:
    def test_leaves(self, cast: Any) -> None:
        assert do(cast.contributor, "leave").headers["Location"] == "/teams/films/"
        assert not cast.films.members.filter(user=cast.contributor).exists()

    def test_a_hidden_team_is_gone_then(self, cast: Any) -> None:
        assert do(cast.contributor, "leave", "hush").headers["Location"] == "/teams/"
        assert as_(cast.contributor).get("/teams/hush/").status_code == 404

    def test_the_last_owner_stays(self, cast: Any, unchanged: Any) -> None:
        before = unchanged()
        refused(do(cast.owner, "leave"), 400, "The last owner of a team cannot leave it.")
        assert unchanged() == before
        TeamMemberFactory(team=cast.films, user=cast.stranger, role_name="owner")
        assert do(cast.owner, "leave").status_code == 302

    def test_who_is_outside_cannot(self, cast: Any, unchanged: Any) -> None:
        before = unchanged()
        refused(do(cast.stranger, "leave"), 409, "just been changed or removed")
        assert unchanged() == before


def test_leaving_is_the_same_through_every_door(cast: Any) -> None:
    """The page, the admin and the service that the API calls leave the same rows behind."""
    from django.urls import reverse

    def page(member: TeamMember) -> None:
        assert do(member.user, "leave").status_code == 302

    def admin(member: TeamMember) -> None:
        address = reverse("admin:teams_teammember_delete", args=[member.pk])
        assert as_(member.user).post(address, {"post": "yes"}).status_code == 302

    def service(member: TeamMember) -> None:
        members.remove_member(member, actor=member.user)

    policy(cast.films, Policy.APPLICATION)
    left = []
    for door in (page, admin, service):
        person = UserFactory(is_staff=True, is_superuser=True)
        application = applications.apply(cast.films, actor=person)
        applications.decide(application, actor=cast.admin, approve=True)
        before = ActivityRecord.objects.latest("pk").pk
        door(TeamMember.objects.get(team=cast.films, user=person))
        application.refresh_from_db()
        records = ActivityRecord.objects.filter(pk__gt=before).order_by("pk")
        left.append(
            (
                application.status,
                TeamMember.objects.filter(user=person).exists(),
                [
                    (r.type, r.actor == person, r.team, r.data == {"by": person.identifier})
                    for r in records
                ],
            )
        )
    gone = (Application.Status.MEMBER_LEFT, False, [("member-left", True, cast.films, True)])
    assert left == [gone] * 3


@pytest.mark.django_db
def test_a_page_shows_fifty_projects_and_where_the_others_are(cast: Any, client: Client) -> None:
    client.force_login(cast.owner)
    for number in range(51):
        Project.objects.create(team=cast.films, slug=f"p{number:02}", name=f"Project {number:02}")
    page = client.get("/teams/films/").content.decode()
    assert page.count("<bdi>Project ") == 50
    assert "/teams/films/projects/" in page

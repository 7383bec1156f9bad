"""Teams in the admin: each change goes through the door that the API uses, with its rules."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from teams.models import (
    Application,
    Invitation,
    Project,
    Role,
    SubtitleRequest,
    Task,
    Team,
    TeamLanguage,
    TeamMember,
)
from teams.services import applications, members
from tests.admin.test_writes import last, post, refusal
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.pages.html import queries
from users.models import MailKind, Message

pytestmark = pytest.mark.django_db
Status = Application.Status


@pytest.fixture
def team(ana: Any) -> Team:
    team = TeamFactory(slug="films")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    return team


def member_of(team: Team, role: str = "contributor") -> TeamMember:
    return TeamMemberFactory(team=team, user=UserFactory(), role_name=role)


def act(client: Client, model: str, action: str, *chosen: Any) -> Any:
    sent = {"action": action, "_selected_action": [one.pk for one in chosen], "post": "yes"}
    return client.post(reverse(f"admin:teams_{model}_changelist"), sent)


def said(page: Any) -> str:
    return " ".join(str(message) for message in get_messages(page.wsgi_request))


class TestTeams:
    def test_its_maker_owns_it(self, browser: Client, root: Any) -> None:
        sent = {"name": "Films", "slug": "films", "preferred_languages": "FR, pt_BR"}
        assert post(browser, "teams_team_add", **sent).status_code == 302
        team = Team.objects.get()
        assert team.members.get().role == Role.OWNER
        assert team.members.get().user == root
        assert team.projects.get().slug == "_root"
        assert last(root, ActivityType.TEAM_CREATED).team == team
        assert sorted(team.languages.values_list("language_code", "kind")) == [
            ("fr", 1),
            ("pt-br", 1),
        ]

    @pytest.mark.parametrize("field", ["name", "slug"])
    def test_says_what_is_taken(self, browser: Client, team: Team, field: str) -> None:
        sent = {"name": "New", "slug": "new", field: getattr(team, field)}
        page = post(browser, "teams_team_add", **sent)
        assert f"Team with this {field.title()} already exists." in refusal(page)
        assert Team.objects.count() == 1

    def test_hides_its_videos_with_it(self, browser: Client, root: Any, team: Team) -> None:
        video = VideoFactory(user=root, team=team)
        sent = {"team_visibility": 0, "video_visibility": 0}
        assert post(browser, "teams_team_change", team.pk, **sent).status_code == 302
        video.refresh_from_db()
        assert not video.is_public
        fields = last(root, ActivityType.TEAM_CHANGED).data["fields"]
        assert fields == ["team_visibility", "video_visibility"]

    def test_every_setting_is_there(self, browser: Client, team: Team) -> None:
        page = browser.get(reverse("admin:teams_team_change", args=[team.pk]))
        shown = set(page.context["adminform"].form.fields)
        columns = {f.name for f in Team._meta.concrete_fields if f.editable} - {"id", "slug"}
        assert columns <= shown

    def test_languages_are_known_and_in_one_list(
        self, browser: Client, root: Any, team: Team
    ) -> None:
        change = "teams_team_change"
        sent = {"preferred_languages": "fr de", "blacklisted_languages": "es"}
        assert post(browser, change, team.pk, **sent).status_code == 302
        assert last(root, ActivityType.TEAM_CHANGED).data["fields"] == ["languages blacklisted"]
        page = post(browser, change, team.pk, preferred_languages="klingon")
        assert "No such language: klingon" in refusal(page)
        page = post(browser, change, team.pk, blacklisted_languages="fr")
        assert "Preferred as well: fr" in refusal(page)
        assert TeamLanguage.objects.count() == 3
        sent = {"preferred_languages": "", "blacklisted_languages": "fr"}
        assert post(browser, change, team.pk, **sent).status_code == 302
        assert list(TeamLanguage.objects.values_list("language_code", "kind")) == [("fr", 2)]

    def test_saving_nothing_records_nothing(self, browser: Client, team: Team) -> None:
        before = ActivityRecord.objects.count()
        assert post(browser, "teams_team_change", team.pk).status_code == 302
        assert ActivityRecord.objects.count() == before

    def test_leads_to_all_its_members(self, browser: Client, team: Team) -> None:
        member_of(TeamFactory())
        page = browser.get(reverse("admin:teams_teammember_changelist"), {"team": team.pk})
        assert page.context["cl"].result_count == 1

    def test_the_list_says_how_many_there_are(self, browser: Client, team: Team) -> None:
        member_of(team)
        TeamFactory(slug="empty")
        page = browser.get(reverse("admin:teams_team_changelist"))
        assert [row.people for row in page.context["cl"].result_list] == [None, 2]
        assert '<td class="field-people">0</td>' in page.content.decode()

    def test_a_page_costs_the_same_for_many_people(self, browser: Client, team: Team) -> None:
        address = reverse("admin:teams_team_change", args=[team.pk])
        browser.get(address)
        few = queries(lambda: browser.get(address))
        for _ in range(10):
            member_of(team, "manager")
        assert queries(lambda: browser.get(address)) == few


class TestProjects:
    def test_is_added_changed_and_deleted_on_record(
        self, browser: Client, root: Any, team: Team
    ) -> None:
        sent = {"team": team.pk, "name": "Shorts", "slug": "shorts"}
        assert post(browser, "teams_project_add", **sent).status_code == 302
        project = Project.objects.get(slug="shorts")
        assert last(root, ActivityType.PROJECT_CHANGED).data == {"project": "shorts"}
        assert post(browser, "teams_project_change", project.pk, name="New").status_code == 302
        project.refresh_from_db()
        assert project.name == "New"
        assert project.modified > project.created
        video = VideoFactory(user=root, team=team, project=project)
        address = reverse("admin:teams_project_delete", args=[project.pk])
        assert b"leave the team" in browser.get(address).content
        browser.post(address, {"post": "yes"})
        video.refresh_from_db()
        assert (video.team, video.project) == (None, None)
        assert ActivityRecord.objects.filter(type="project-changed", actor=root).count() == 3
        assert last(root, ActivityType.VIDEO_MOVED_FROM_TEAM).video == video

    def test_says_what_is_taken(self, browser: Client, team: Team) -> None:
        page = post(browser, "teams_project_add", team=team.pk, name="x", slug="_root")
        assert "already exists" in refusal(page)

    def test_the_default_one_stays_also_among_others(self, browser: Client, team: Team) -> None:
        other = Project.objects.create(team=team, name="x", slug="x")
        page = act(browser, "project", "delete_selected", other, team.projects.get(slug="_root"))
        assert page.status_code == 403
        assert team.projects.count() == 2


class TestMembers:
    def test_is_added_on_record(self, browser: Client, root: Any, team: Team) -> None:
        person = UserFactory()
        Invitation.objects.create(team=team, user=person)
        application = Application.objects.create(team=team, user=person)
        sent = {"team": team.pk, "user": person.pk, "role": Role.OWNER.value}
        assert post(browser, "teams_teammember_add", **sent).status_code == 302
        assert team.members.get(user=person).role == Role.OWNER
        joined = ActivityRecord.objects.get(type="member-joined")
        assert (joined.actor, joined.data["by"]) == (person, root.identifier)
        application.refresh_from_db()
        assert application.status == Status.APPROVED
        assert not Invitation.objects.exists()
        page = post(browser, "teams_teammember_add", **sent)
        assert "already exists" in refusal(page)

    def test_changes_roles_on_record(self, browser: Client, root: Any, team: Team) -> None:
        member = member_of(team)
        change = "teams_teammember_change"
        assert post(browser, change, member.pk, role=Role.ADMIN.value).status_code == 302
        member.refresh_from_db()
        assert member.role == Role.ADMIN
        assert last(root, ActivityType.ROLE_CHANGED).data["role"] == Role.ADMIN
        before = ActivityRecord.objects.count()
        assert post(browser, change, member.pk).status_code == 302
        assert ActivityRecord.objects.count() == before

    def test_the_last_owner_keeps_the_role(self, browser: Client, team: Team) -> None:
        owner = team.members.get()
        page = post(browser, "teams_teammember_change", owner.pk, role=Role.ADMIN.value)
        assert "demote the last team owner" in refusal(page)
        owner.refresh_from_db()
        assert owner.role == Role.OWNER

    def test_the_last_owner_is_not_deleted(self, browser: Client, team: Team) -> None:
        owner = team.members.get()
        address = reverse("admin:teams_teammember_delete", args=[owner.pk])
        page = browser.post(address, {"post": "yes"})
        assert page.headers["Location"] == address
        assert "remove the last team owner" in browser.get(address).content.decode()
        assert owner in team.members.all()
        assert not ActivityRecord.objects.filter(type="member-left").exists()

    def test_many_are_deleted_or_none(self, browser: Client, root: Any, team: Team) -> None:
        owner, second, third = team.members.get(), member_of(team, "owner"), member_of(team)
        page = act(browser, "teammember", "delete_selected", owner, second, third)
        assert "remove the last team owner" in said(page)
        assert team.members.count() == 3
        assert not ActivityRecord.objects.filter(type="member-left").exists()
        assert not root.logentry_set.exists()
        page = act(browser, "teammember", "delete_selected", second, third)
        assert page.status_code == 302
        assert list(team.members.all()) == [owner]
        assert ActivityRecord.objects.filter(type="member-left").count() == 2

    def test_removing_is_the_same_as_by_the_service(self, browser: Client, root: Any) -> None:
        team = TeamFactory(slug="doors", membership_policy=Team.MembershipPolicy.APPLICATION)
        TeamMemberFactory(team=team, user=root, role_name="owner")
        left = []

        def by_admin(member: TeamMember) -> None:
            address = reverse("admin:teams_teammember_delete", args=[member.pk])
            assert browser.post(address, {"post": "yes"}).status_code == 302

        def by_action(member: TeamMember) -> None:
            act(browser, "teammember", "delete_selected", member)

        def by_service(member: TeamMember) -> None:
            members.remove_member(member, actor=root)

        for door in (by_admin, by_action, by_service):
            person = UserFactory()
            application = applications.apply(team, actor=person)
            applications.decide(application, actor=root, approve=True)
            before = ActivityRecord.objects.latest("pk").pk
            door(team.members.get(user=person))
            application.refresh_from_db()
            records = ActivityRecord.objects.filter(pk__gt=before)
            rows = [(r.type, r.actor == person, r.team_id, r.data) for r in records]
            left.append((application.status, rows, team.members.filter(user=person).exists()))
        record = ("member-left", True, team.pk, {"by": root.identifier})
        assert left == [(Status.MEMBER_REMOVED, [record], False)] * 3


class TestApplications:
    @pytest.fixture
    def waiting(self, team: Team) -> list[Application]:
        Team.objects.update(membership_policy=Team.MembershipPolicy.APPLICATION)
        return [applications.apply(team, actor=UserFactory()) for _ in range(2)]

    def test_are_approved(self, browser: Client, root: Any, team: Team, waiting: Any) -> None:
        page = act(browser, "application", "approve", *waiting)
        assert said(page).count("Approved") == 2
        assert set(Application.objects.values_list("status", flat=True)) == {Status.APPROVED}
        assert team.members.count() == 3
        assert ActivityRecord.objects.filter(type="application-decided", actor=root).count() == 2
        assert Message.objects.count() == 2
        page = act(browser, "application", "deny", *waiting)
        assert said(page).count("Application not pending") == 2
        assert team.members.count() == 3

    def test_are_denied(self, browser: Client, team: Team, waiting: Any) -> None:
        act(browser, "application", "deny", *waiting)
        assert set(Application.objects.values_list("status", flat=True)) == {Status.DENIED}
        assert team.members.count() == 1

    def test_are_decided_by_those_alone_who_may_change_them(self, team: Team, waiting: Any) -> None:
        helper = UserFactory(is_staff=True)
        helper.user_permissions.set(Permission.objects.filter(codename="view_application"))
        client = Client()
        client.force_login(helper)
        page = client.get(reverse("admin:teams_application_changelist"))
        assert page.status_code == 200
        act(client, "application", "approve", *waiting)
        assert set(Application.objects.values_list("status", flat=True)) == {Status.PENDING}
        helper.user_permissions.add(Permission.objects.get(codename="change_application"))
        act(client, "application", "approve", *waiting)
        assert set(Application.objects.values_list("status", flat=True)) == {Status.APPROVED}

    def test_are_otherwise_looked_at(self, browser: Client, waiting: Any) -> None:
        for page, args in (("add", []), ("change", [waiting[0].pk]), ("delete", [waiting[0].pk])):
            address = reverse(f"admin:teams_application_{page}", args=args)
            assert browser.post(address, {"post": "yes", "status": 1}).status_code == 403
        act(browser, "application", "delete_selected", *waiting)
        assert Application.objects.count() == 2


def test_an_invitation_is_looked_at_and_taken_back(browser: Client, team: Team) -> None:
    invitation = Invitation.objects.create(team=team, user=UserFactory())
    change = reverse("admin:teams_invitation_change", args=[invitation.pk])
    assert browser.get(change).status_code == 200
    assert browser.post(change, {"role": 40}).status_code == 403
    assert browser.post(reverse("admin:teams_invitation_add")).status_code == 403
    browser.post(reverse("admin:teams_invitation_delete", args=[invitation.pk]), {"post": "yes"})
    assert not Invitation.objects.exists()


def test_a_message_is_never_changed(browser: Client, ana: Any) -> None:
    message = Message.objects.create(user=ana, subject="Hello", content="<b>World</b>")
    change = reverse("admin:users_message_change", args=[message.pk])
    assert "&lt;b&gt;World" in browser.get(change).content.decode()
    message.refresh_from_db()
    assert message.read is None
    listed = reverse("admin:users_message_changelist")
    for kind, found in ((MailKind.MESSAGE, 1), (MailKind.NOTE, 0)):
        page = browser.get(listed, {"kind__exact": kind})
        assert page.context["cl"].result_count == found
    for page, args in (("add", []), ("change", [message.pk])):
        address = reverse(f"admin:users_message_{page}", args=args)
        assert browser.post(address, {"post": "yes"}).status_code == 403


class TestTasks:
    def test_they_are_made_given_and_deleted(self, browser: Client, team: Team) -> None:
        person = member_of(team).user
        video = VideoFactory(team=team)
        sent = {"team": team.pk, "video": video.pk, "type": Task.Type.TRANSLATE, "priority": 0}
        page = post(browser, "teams_task_add", **sent, language_code="klingon")
        assert "No such language: klingon" in refusal(page)
        assert post(browser, "teams_task_add", **sent, language_code="PT_BR").status_code == 302
        task = Task.objects.get()
        assert (task.language_code, task.assignee) == ("pt-br", None)
        page = post(browser, "teams_task_add", **sent, language_code="pt-br")
        assert "There is an open task like this already." in refusal(page)
        page = post(browser, "teams_task_change", task.pk, assignee=UserFactory().pk)
        assert "Unknown member" in refusal(page)
        assert post(browser, "teams_task_change", task.pk, assignee=person.pk).status_code == 302
        task.refresh_from_db()
        assert task.assignee == person
        assert Message.objects.filter(user=person).count() == 1
        address = reverse("admin:teams_task_delete", args=[task.pk])
        assert browser.post(address, {"post": "yes"}).status_code == 302
        task.refresh_from_db()
        assert task.is_deleted

    def test_a_video_of_another_team_is_refused(self, browser: Client, team: Team) -> None:
        sent = {"team": team.pk, "video": VideoFactory().pk, "type": 10, "priority": 0}
        page = post(browser, "teams_task_add", **sent)
        assert "This is no video of the team." in refusal(page)
        assert not Task.objects.exists()


class TestRequests:
    def test_they_are_made_handed_out_and_deleted(self, browser: Client, team: Team) -> None:
        Team.objects.update(type=Team.Type.COLLABORATION)
        person = member_of(team).user
        sent = {"team": team.pk, "video": VideoFactory(team=team).pk}
        page = post(browser, "teams_subtitlerequest_add", **sent, language_code="klingon")
        assert "No such language: klingon" in refusal(page)
        evaluating = [TeamFactory(type=Team.Type.COLLABORATION).pk for _ in range(4)][::-1]
        page = post(
            browser,
            "teams_subtitlerequest_add",
            **sent,
            language_code="PT_BR",
            evaluation_teams=evaluating,
        )
        assert "At most 3 teams can evaluate." in refusal(page)
        added = post(
            browser,
            "teams_subtitlerequest_add",
            **sent,
            language_code="PT_BR",
            evaluation_teams=evaluating[:3],
        )
        assert added.status_code == 302
        request = SubtitleRequest.objects.get()
        named = request.evaluations.order_by("position").values_list("team", flat=True)
        assert list(named) == evaluating[:3]
        assert (request.language_code, request.source_team) == ("pt-br", team)
        change = "teams_subtitlerequest_change"
        page = post(browser, change, request.pk, subtitler=UserFactory().pk)
        assert "is no member of the team films" in refusal(page)
        assert post(browser, change, request.pk, subtitler=person.pk).status_code == 302
        request.refresh_from_db()
        assert request.subtitler == person
        address = reverse("admin:teams_subtitlerequest_delete", args=[request.pk])
        assert browser.post(address, {"post": "yes"}).status_code == 302
        assert not SubtitleRequest.objects.exists()

    def test_its_team_changes_before_work_starts(self, browser: Client, team: Team) -> None:
        other = TeamFactory(slug="crew")
        Team.objects.update(type=Team.Type.COLLABORATION)
        request = SubtitleRequest.objects.create(
            source_team=team, team=team, video=VideoFactory(team=team), language_code="fr"
        )
        change = "teams_subtitlerequest_change"
        assert post(browser, change, request.pk, team=other.pk).status_code == 302
        request.refresh_from_db()
        assert request.team == other

    def test_other_teams_take_none(self, browser: Client, team: Team) -> None:
        sent = {"team": team.pk, "video": VideoFactory(team=team).pk, "language_code": "fr"}
        page = post(browser, "teams_subtitlerequest_add", **sent)
        assert "takes no subtitle requests" in refusal(page)
        assert not SubtitleRequest.objects.exists()

"""Members and projects within a team's form: each row goes through its service, or is refused there
with a sentence, and nothing of the form is saved."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import ActivityRecord
from activity.types import ActivityType
from amara_api.admin_rows import MOST_ROWS
from amara_api.kernel.models import AdministrativeChange
from teams.models import Project, Role, Team, TeamMember
from tests.admin.test_writes import post
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory
from tests.pages.html import queries
from users.models import User

pytestmark = pytest.mark.django_db
CHANGE = "teams_team_change"


@pytest.fixture
def team(ana: User) -> Team:
    team = TeamFactory(slug="films")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    TeamMemberFactory(team=team, user=UserFactory(username="bo"))
    Project.objects.create(team=team, name="Shorts", slug="shorts", description="One\nTwo")
    return team


def said(page: Any) -> str:
    assert page.status_code == 200, page.headers
    sets = page.context["inline_admin_formsets"]
    return str(page.context["adminform"].form.errors) + "".join(
        f"{s.formset.errors} {s.formset.non_form_errors()}" for s in sets
    )


def roles(team: Team) -> dict[str, str]:
    found = team.members.select_related("user").order_by("pk")
    return {member.user.username: Role(member.role).label for member in found}


def row(team: Team, name: str) -> int:
    """Where the member stands in the form."""
    ordered = team.members.order_by("-role", "pk").values_list("user__username", flat=True)
    return list(ordered).index(name)


def test_one_save_gives_a_role_adds_and_removes(browser: Client, root: User, team: Team) -> None:
    """The owner hands the team over and goes, in one form: what gives comes first."""
    cy = UserFactory(username="cy")
    sent = {
        "members-0-DELETE": "on",
        f"members-{row(team, 'bo')}-role": Role.OWNER,
        "members-2-user": cy.pk,
        "members-2-role": Role.MANAGER,
    }
    assert post(browser, CHANGE, team.pk, **sent).status_code == 302
    assert roles(team) == {"bo": "owner", "cy": "manager"}
    types = ActivityRecord.objects.filter(team=team).order_by("pk").values_list("type", flat=True)
    assert list(types) == [
        ActivityType.ROLE_CHANGED,
        ActivityType.MEMBER_JOINED,
        ActivityType.MEMBER_LEFT,
    ]
    change = AdministrativeChange.objects.get(kind="teams.team")
    was, now = change.before["team members"], change.after["team members"]
    assert [(each["user"].split()[0], each["role"]) for each in was] == [("bo", 10), ("ana", 40)]
    assert [(each["user"].split()[0], each["role"]) for each in now] == [("bo", 40), ("cy", 20)]


@pytest.mark.by_halves
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"members-0-role": "10"}, "ana: Can&#x27;t demote the last team owner"),
        ({"members-0-DELETE": "on"}, "ana: Can&#x27;t remove the last team owner"),
        ({"members-2-user": "bo"}, "bo: User is already a team member"),
        ({"members-2-user": "x"}, "There is no user of this name or number: x"),
        ({"members-2-user": "9" * 30}, "There is no user of this name or number"),
        ({"members-2-user__typed": "nobody"}, "There is no user of this name or number: nobody"),
        ({"members-0-role": "7"}, "Select a valid choice"),
        ({"projects-2-name": "Shorts", "projects-2-slug": "s2"}, "Another project of the team"),
        ({"projects-2-name": "S2", "projects-2-slug": "shorts"}, "Another project of the team"),
        ({"projects-2-name": "S2", "projects-2-slug": "s 2"}, "Enter a valid “slug”"),
        ({"projects-0-name": ""}, "This field is required"),
        ({"members-0-id": "x", "members-0-role": "10"}, "Somebody else has removed this row"),
        ({"members-INITIAL_FORMS": "x"}, "ManagementForm data is missing"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_saved(
    browser: Client, team: Team, sent: dict[str, str], sentence: str
) -> None:
    if sent.get("members-2-user") == "bo":
        sent = {"members-2-user": str(User.objects.get(username="bo").pk)}
    # Another row and the team itself would be fine.
    good = {"members-1-role": Role.ADMIN, "description": "New", "projects-1-description": "New"}
    page = post(browser, CHANGE, team.pk, **good, **sent)
    assert sentence in said(page)
    assert roles(team) == {"ana": "owner", "bo": "contributor"}
    team.refresh_from_db()
    assert team.description == ""
    assert not team.projects.filter(description="New").exists()
    assert not AdministrativeChange.objects.exists()
    assert page.context["adminform"].form["description"].value() == "New"


def test_a_name_is_typed_where_no_script_runs(browser: Client, team: Team) -> None:
    UserFactory(username="cy")
    assert post(browser, CHANGE, team.pk, **{"members-2-user__typed": " cy "}).status_code == 302
    assert roles(team)["cy"] == "contributor"


def test_what_others_did_meanwhile_stays(browser: Client, team: Team) -> None:
    """The form is older than another's changes: a role, somebody who left, who came first."""
    bo, cy = team.members.get(user__username="bo"), TeamMemberFactory(team=team, user=UserFactory())

    def meanwhile() -> None:
        TeamMember.objects.filter(pk=bo.pk).update(role=Role.OWNER)
        TeamMember.objects.filter(pk=cy.pk).delete()
        TeamMemberFactory(team=team, user=UserFactory(username="dee"), role_name="owner")

    # A row that is gone and was left alone is nobody's business, one that was changed is.
    place = row(team, cy.user.username)
    page = late(
        browser, team, meanwhile, **{f"members-{place}-role": Role.ADMIN}, description="New"
    )
    assert "Somebody else has removed this row" in said(page)
    assert "cannot be" not in said(page)
    assert roles(team) == {"ana": "owner", "bo": "owner", "dee": "owner"}
    cy = TeamMemberFactory(team=team, user=UserFactory())
    shorts = team.projects.get(slug="shorts")

    def more() -> None:
        cy.delete()
        shorts.delete()

    page = late(browser, team, more, description="Newer")
    assert page.status_code == 302, said(page)
    assert roles(team) == {"ana": "owner", "bo": "owner", "dee": "owner"}
    cy = TeamMemberFactory(team=team, user=UserFactory())
    place = row(team, cy.user.username)
    sent = {f"members-{place}-DELETE": "on", "description": "New"}
    assert late(browser, team, cy.delete, **sent).status_code == 302
    assert roles(team) == {"ana": "owner", "bo": "owner", "dee": "owner"}
    team.refresh_from_db()
    assert team.description == "New"


def late(client: Client, team: Team, meanwhile: Any, **sent: Any) -> Any:
    """The form as it was shown, sent after something happened."""

    class Late(Client):
        def post(self, *args: Any, **kwargs: Any) -> Any:
            meanwhile()
            return super().post(*args, **kwargs)

    later = Late()
    later.cookies = client.cookies
    return post(later, CHANGE, team.pk, **sent)


def test_rows_of_other_teams_are_out_of_reach(browser: Client, team: Team) -> None:
    other = TeamMemberFactory(team=TeamFactory(), user=UserFactory(), role_name="admin")
    sent = {"members-1-id": other.pk, "members-1-role": Role.OWNER}
    assert "Somebody else has removed this row" in said(post(browser, CHANGE, team.pk, **sent))
    post(browser, CHANGE, team.pk, **sent, **{"members-1-DELETE": "on"})
    other.refresh_from_db()
    assert other.role == Role.ADMIN


def test_a_number_of_rows_that_cannot_be_costs_nothing(browser: Client, team: Team) -> None:
    sent = {"members-INITIAL_FORMS": 10**9, "members-TOTAL_FORMS": 10**9}
    answer = post(browser, CHANGE, team.pk, **sent)
    assert answer.status_code in (200, 400)
    # No row is made beyond those that a page may send.
    assert answer.content.count(b'-role"') < 12 * MOST_ROWS
    assert roles(team) == {"ana": "owner", "bo": "contributor"}


def test_the_largest_form_is_taken_whole(browser: Client, team: Team) -> None:
    users = User.objects.bulk_create(User(username=f"many{n}") for n in range(MOST_ROWS))
    TeamMember.objects.bulk_create(TeamMember(team=team, user=user) for user in users)
    Project.objects.bulk_create(
        Project(
            team=team,
            name=f"P{n}",
            slug=f"p{n}",
            workflow_enabled=True,
            autocreate_subtitle=True,
            autocreate_translate=True,
        )
        for n in range(MOST_ROWS)
    )
    assert post(browser, CHANGE, team.pk, description="New").status_code == 302


@pytest.mark.parametrize("model", ["users_user", "videos_video", "teams_teammember"])
@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "\0"])
def test_a_choice_that_is_none_does_nothing(
    browser: Client, team: Team, model: str, key: str
) -> None:
    address = reverse(f"admin:{model}_changelist")
    sent = {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
    answer = browser.post(address, sent)
    assert answer.status_code in (302, 400)
    assert TeamMember.objects.filter(team=team).count() == 2


def test_projects_are_changed_and_added(browser: Client, team: Team) -> None:
    names = list(team.projects.order_by("name", "pk").values_list("slug", flat=True))
    place = names.index("shorts")
    sent = {
        f"projects-{place}-name": "Short films",
        f"projects-{place}-slug": "other",
        f"projects-{place}-workflow_enabled": "on",
        f"projects-{place}-review_allowed": "20",
        f"projects-{place}-DELETE": "on",
        "projects-2-name": "Long films",
        "projects-2-slug": "longs",
    }
    assert post(browser, CHANGE, team.pk, **sent).status_code == 302
    shorts = team.projects.get(slug="shorts")
    assert (shorts.name, shorts.workflow_enabled, shorts.review_allowed) == (
        "Short films",
        True,
        20,
    )
    assert shorts.description == "One\nTwo"
    assert team.projects.get(slug="longs").name == "Long films"
    assert team.projects.count() == 3


def test_a_large_team_shows_the_first_and_how_many_there_are(browser: Client, team: Team) -> None:
    address = reverse(f"admin:{CHANGE}", args=[team.pk])

    def cost_of_a_save() -> int:
        with CaptureQueriesContext(connection) as asked:
            done = post(browser, CHANGE, team.pk, **{"members-1-role": Role.ADMIN})
        assert done.status_code == 302
        team.members.filter(user__username="bo").update(role=Role.CONTRIBUTOR)
        return len(asked)

    many = [User(username=f"many{n}") for n in range(MOST_ROWS + 10)]
    members = [TeamMember(team=team, user=user) for user in User.objects.bulk_create(many[:3])]
    TeamMember.objects.bulk_create(members)
    browser.get(address)
    few, few_saved = queries(lambda: browser.get(address)), cost_of_a_save()
    users = User.objects.bulk_create(many[3:])
    TeamMember.objects.bulk_create([TeamMember(team=team, user=user) for user in users])
    assert queries(lambda: browser.get(address)) == few
    assert cost_of_a_save() == few_saved
    page = browser.get(address)
    html = page.content.decode()
    assert '<span dir="auto">ana</span>' in html
    count = team.members.count()
    assert f"The first {MOST_ROWS} of {count}." in html
    assert f'href="{reverse("admin:teams_teammember_changelist")}?team={team.pk}"' in html
    (shown, _) = page.context["inline_admin_formsets"]
    assert shown.formset.initial_forms[0].instance.role == Role.OWNER
    assert len(shown.formset.initial_forms) == MOST_ROWS


def test_staff_change_the_rows_that_they_may(team: Team) -> None:
    boss = UserFactory(username="boss", is_staff=True)
    may = ("change_team", "view_teammember", "change_project")
    boss.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(boss)
    sent = {"members-1-role": Role.OWNER, "members-0-DELETE": "on", "description": "New"}
    sent |= {"members-2-user": boss.pk, "members-TOTAL_FORMS": "3", "projects-0-description": "New"}
    assert post(client, CHANGE, team.pk, **sent).status_code == 302
    assert roles(team) == {"ana": "owner", "bo": "contributor"}
    assert team.projects.filter(description="New").count() == 1
    team.refresh_from_db()
    assert team.description == "New"

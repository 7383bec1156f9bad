"""The pages of a team: an owner sets it up through them alone, in a browser; and, asked one by one,
what each button refuses, what the settings say, and what the coverage tells to whom."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser, Page, expect

from teams import coverage
from teams.models import CoverageCell, Invitation, Project, Role, Team, TeamLanguage, TeamMember
from teams.services import invitations
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.barriers import violations
from tests.pages.html import ALL_HOSTILE, assert_inert, read
from tests.pages.test_browser import chromium
from tests.pages.test_teams import as_, refused
from tests.pages.test_videos_in_a_browser import DESKTOP, PHONE, visit
from users.models import User

__all__ = ["chromium"]
PARTS = ("", "videos/", "coverage/", "activity/", "members/", "projects/")


def post(user: Any, path: str, **sent: Any) -> Any:
    return as_(user).post(f"/teams/films/{path}", sent)


# --- the story -----------------------------------------------------------------------------------


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    context = visit(chromium, live_server, viewport=DESKTOP)
    yield context.new_page()
    context.close()


def person(name: str, **fields: Any) -> User:
    user: User = UserFactory(username=name, **fields)
    user.set_password("open sesame")
    user.save()
    return user


def log_in(page: Page, name: str, path: str) -> None:
    page.goto(f"/auth/login/?next={path}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{path}")


def assert_no_barrier(page: Page) -> None:
    """Both sizes and both colours, in two looks; and nothing sticks out of a phone."""
    for size, colours in ((PHONE, "dark"), (DESKTOP, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        if size == PHONE:
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], page.url
        found = violations(page)
        assert found.violations_count == 0, (page.url, colours, found.generate_report())


def part(page: Page, name: str) -> None:
    nav = page.get_by_role("navigation", name="The team")
    nav.get_by_role("link", name=name, exact=True).click()


@pytest.mark.django_db(transaction=True)
def test_an_owner_sets_up_a_team_of_five_and_a_member_sees_it(page: Page) -> None:
    person("olga", is_partner=True)
    person("vera")
    for name in ("walt", "xenia"):
        UserFactory(username=name)
    log_in(page, "olga", "/teams/")
    page.get_by_role("link", name="Add a team").click()
    assert_no_barrier(page)
    page.get_by_label("Name").fill("Harbour")
    page.get_by_label("Address").fill("har bour")
    page.get_by_role("button", name="Add the team").click()
    expect(page.get_by_role("alert")).to_contain_text("letters, numbers, underscores or hyphens")
    expect(page.get_by_label("Name")).to_have_value("Harbour")
    page.get_by_label("Address").fill("harbour")
    page.get_by_label("Who comes in").select_option("Invitation by admin")
    page.get_by_role("button", name="Add the team").click()
    expect(page.get_by_text("You are its owner.")).to_be_visible()

    page.get_by_label("Work goes through tasks").check()
    page.get_by_label("Review", exact=True).select_option("manager")
    page.get_by_label("Approval", exact=True).select_option("admin")
    page.get_by_label("Who adds, changes and moves videos").select_option("Managers and admins")
    page.get_by_label("Days for a task").fill("14")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Preferred", exact=True).fill("French\nKlingonese")
    page.get_by_role("button", name="Save the languages").click()
    expect(page.get_by_role("alert")).to_contain_text("Klingonese")
    expect(page.get_by_label("Preferred", exact=True)).to_have_value("French\nKlingonese")
    assert_no_barrier(page)
    page.get_by_label("Preferred", exact=True).fill("French\nde")
    page.get_by_role("button", name="Save the languages").click()
    expect(page.get_by_label("Preferred", exact=True)).to_have_value("German (de)\nFrench (fr)")

    part(page, "Projects")
    page.get_by_label("Name", exact=True).fill("Short films")
    page.get_by_label("Short name").fill("shorts")
    page.get_by_role("button", name="Add the project").click()
    expect(page.get_by_text("The project Short films is there.")).to_be_visible()
    page.get_by_label("This project has a workflow of its own").check()
    page.get_by_label("Review", exact=True).select_option("peer")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert_no_barrier(page)

    part(page, "Invitations")
    page.get_by_label("One person a line").fill("vera\nwalt\nxenia\nyuri@example.org\nzoe")
    page.get_by_label("Note").fill("Come aboard")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 of 5 lines did not work.")
    expect(page.get_by_label("One person a line")).to_have_value("zoe")
    assert_no_barrier(page)
    team = Team.objects.get(slug="harbour")
    assert (team.review_allowed, team.approve_allowed, team.task_expiration) == (20, 20, 14)
    assert team.projects.get(slug="shorts").review_allowed == 10
    # Three of them answer at once; Vera does it herself below.
    for invitation in Invitation.objects.exclude(user__username="vera"):
        invitations.accept(invitation, actor=invitation.user)

    page.get_by_role("button", name="Log out").click()
    log_in(page, "vera", "/messages/")
    page.get_by_role("button", name="Accept the invitation to Harbour").click()
    expect(page.get_by_role("heading", name="Harbour")).to_be_visible()
    expect(page.get_by_text("Admins and owners invite people.")).to_be_visible()
    expect(page.get_by_role("link", name="Short films")).to_be_visible()
    assert page.get_by_role("link", name="Settings").count() == 0
    assert_no_barrier(page)

    page.get_by_role("button", name="Log out").click()
    log_in(page, "olga", "/teams/harbour/members/")
    page.get_by_label("Role of vera", exact=True).select_option("manager")
    page.get_by_role("button", name="Change the role of vera").click()
    expect(page.get_by_text("vera is now manager.")).to_be_visible()
    page.get_by_role("button", name="Remove xenia").click()
    expect(page.get_by_text("xenia is no member any more.")).to_be_visible()
    page.get_by_role("searchbox", name="Name").fill("ver")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("walt")).to_have_count(0)
    assert_no_barrier(page)
    roles = dict(TeamMember.objects.values_list("user__username", "role"))
    assert roles == {"olga": Role.OWNER, "vera": Role.MANAGER, "walt": 10, "yuri": 10}

    # What a team looks like that has begun to work.
    vera = User.objects.get(username="vera")
    for n in range(22):
        video = VideoFactory(user=vera, team=team, title=f"Film {n}")
        if n > 18:
            add_subtitles(video, "en", action="save-draft" if n % 2 else "complete")
    part(page, "Coverage")
    expect(page.get_by_role("rowheader", name="Film 21")).to_be_visible()
    table = page.get_by_role("table")
    expect(table.get_by_role("row", name="in review")).to_have_count(2)
    assert_no_barrier(page)
    for name in ("Videos", "Activity"):
        part(page, name)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        assert_no_barrier(page)


# --- members -------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestMembers:
    def member(self, cast: Any, who: str) -> TeamMember:
        return TeamMember.objects.get(team=cast.films, user__username=who)

    def test_are_shown_to_members_alone(self, cast: Any, client: Client) -> None:
        address = "/teams/films/members/"
        location = client.get(address, HTTP_ACCEPT="text/html").headers["Location"]
        assert location == "/auth/login/?next=/teams/films/members/"
        assert as_(cast.stranger).get(address).status_code == 403
        assert as_(cast.stranger).get("/teams/hush/members/").status_code == 404
        assert "manager" in assert_inert(as_(cast.contributor).get(address))

    def test_roles_and_removing_are_offered_as_the_rules_say(self, cast: Any) -> None:
        """And every button that is there works; one that is not there is refused."""
        from teams.policies import may_change_role, may_remove_member

        people = list(TeamMember.objects.filter(team=cast.films).select_related("user", "team"))
        for who in ("contributor", "manager", "admin", "owner"):
            user = getattr(cast, who)
            rows = as_(user).get("/teams/films/members/").context["members"]
            offered = {row["member"].pk: row for row in rows}
            assert set(offered) == {member.pk for member in people}
            for member in people:
                row = offered[member.pk]
                allowed = {role for role in Role if may_change_role(user, member, role)}
                assert set(row["roles"]) == allowed
                leaves = member.user_id == user.pk or member.role == Role.OWNER
                assert row["removes"] == (bool(may_remove_member(user, member)) and not leaves)

    def test_a_role_is_changed_and_refused(self, cast: Any) -> None:
        number = self.member(cast, "contributor").pk
        done = post(cast.admin, "members/", do="role", number=number, role=20)
        assert done.status_code == 302
        assert self.member(cast, "contributor").role == Role.MANAGER
        owner = self.member(cast, "owner").pk
        sent = {"do": "role", "number": owner, "role": 10}
        refused(post(cast.owner, "members/", **sent), 400, "Can't demote the last team owner")
        refused(post(cast.admin, "members/", **sent), 403, "Only admins")
        refused(post(cast.owner, "members/", do="role", number=number, role=15), 400, "Role")
        assert post(cast.owner, "members/", do="role", number=10**9, role=10).status_code == 404
        assert post(cast.owner, "members/", do="burn").status_code == 400

    def test_a_member_is_removed(self, cast: Any) -> None:
        number = self.member(cast, "manager").pk
        refused(post(cast.contributor, "members/", do="remove", number=number), 403, "Only admins")
        assert post(cast.admin, "members/", do="remove", number=number).status_code == 302
        assert not TeamMember.objects.filter(pk=number).exists()

    def test_are_searched_and_paged(self, cast: Any) -> None:
        for n in range(55):
            user = UserFactory(username=f"crew{n:02}", full_name="Ünal Öz" if n == 7 else "")
            TeamMemberFactory(team=cast.films, user=user)
        client = as_(cast.owner)
        first = client.get("/teams/films/members/").context
        second = client.get(f"/teams/films/members/?after={first['after']}").context
        seen = [row["member"].pk for row in [*first["members"], *second["members"]]]
        assert len(seen) == len(set(seen)) == 59
        assert second["after"] is None
        for q, n in (("CREW1", 10), ("Öz", 1), ("%", 0), ("nobody", 0)):
            found = client.get("/teams/films/members/", {"q": q}).context["members"]
            assert len(found) == n, q
        found = client.get("/teams/films/members/?role=admin").context["members"]
        assert [row["member"].user.username for row in found] == ["admin"]
        for strange in ("x", "-1", "9" * 30, "%00"):
            assert client.get(f"/teams/films/members/?after={strange}").status_code == 200


# --- projects and settings -----------------------------------------------------------------------


@pytest.mark.django_db
class TestProjects:
    def test_are_made_changed_and_deleted_by_those_who_run_the_team(self, cast: Any) -> None:
        sent = {"do": "add", "name": "Shorts", "slug": "shorts", "description": "Brief"}
        refused(post(cast.manager, "projects/", **sent), 403, "Only admins")
        assert post(cast.admin, "projects/", **sent).status_code == 302
        refused(post(cast.admin, "projects/", **sent), 400, "Another project of the team")
        page = post(cast.admin, "projects/", **{**sent, "slug": "a b", "name": "Kept"})
        refused(page, 400, "Short name: ")
        assert "Kept" in page.content.decode()
        changed = {"do": "save", "name": "Short", "slug": "short", "approve_allowed": "admin"}
        assert post(cast.admin, "projects/shorts/", **changed).status_code == 302
        project = Project.objects.get(slug="short")
        assert (project.name, project.approve_allowed) == ("Short", 20)
        assert not project.workflow_enabled
        assert "Short" in assert_inert(as_(cast.contributor).get("/teams/films/projects/short/"))
        assert as_(cast.stranger).get("/teams/films/projects/short/").status_code == 403
        assert as_(cast.contributor).get("/teams/films/projects/none/").status_code == 404
        refused(post(cast.admin, "projects/short/", do="delete"), 400, "Tick the box")
        assert post(cast.admin, "projects/short/", do="delete", sure="yes").status_code == 302
        assert not Project.objects.filter(slug="short").exists()


@pytest.mark.django_db
class TestSettings:
    def test_are_for_admins_and_owners(self, cast: Any) -> None:
        answers = [
            as_(getattr(cast, who)).get("/teams/films/settings/").status_code
            for who in ("stranger", "contributor", "manager", "admin", "owner")
        ]
        assert answers == [403, 403, 403, 200, 200]

    def test_a_form_that_is_sent_as_it_is_shown_changes_nothing(self, cast: Any) -> None:
        """Every choice of every policy, one after another, as the page itself fills it in."""
        from html.parser import HTMLParser

        class Form(HTMLParser):
            def __init__(self) -> None:
                super().__init__()
                self.sent: dict[str, str] = {}
                self.select = ""

            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                got = dict(attrs)
                name = got.get("name") or ""
                if tag == "select":
                    self.select = name
                elif tag == "option" and "selected" in got:
                    self.sent[self.select] = got["value"] or ""
                elif tag == "input" and got.get("type") in ("checkbox", "radio"):
                    if "checked" in got:
                        self.sent[name] = got.get("value") or "on"
                elif tag == "input" and name and name != "sure":
                    self.sent[name] = got.get("value") or ""

        for field in Team._meta.get_fields():
            for value in [value for value, _ in getattr(field, "choices", None) or []]:
                Team.objects.filter(slug="films").update(**{field.name: value})
                before = Team.objects.filter(slug="films").values().get()
                form = Form()
                form.feed(as_(cast.owner).get("/teams/films/settings/").content.decode())
                assert (
                    post(cast.owner, "settings/", **{**form.sent, "do": "save"}).status_code == 302
                )
                assert Team.objects.filter(slug="films").values().get() == before

    def test_what_is_refused_keeps_what_was_typed(self, cast: Any) -> None:
        TeamFactory(slug="taken", name="Taken")
        sent = {"do": "save", "name": "Taken", "slug": "films", "description": "typed text"}
        page = post(cast.owner, "settings/", **sent, task_expiration="soon", workflow_enabled="on")
        refused(page, 400, "Days for a task: ")
        for kept in ("typed text", "soon", 'name="workflow_enabled" checked'):
            assert kept in page.content.decode()
        refused(post(cast.owner, "settings/", **sent), 400, "already exists")
        assert not Team.objects.get(slug="films").description

    def test_languages(self, cast: Any) -> None:
        sent = {"do": "languages", "preferred": "pt_BR\nFrench (fr)", "blacklisted": "german"}
        assert post(cast.owner, "settings/", **sent).status_code == 302
        kinds = dict(TeamLanguage.objects.values_list("language_code", "kind"))
        assert kinds == {"pt-br": 1, "fr": 1, "de": 2}
        both = {**sent, "blacklisted": "fr"}
        refused(post(cast.owner, "settings/", **both), 400, "In both lists: French.")
        assert dict(TeamLanguage.objects.values_list("language_code", "kind")) == kinds

    def test_the_team_is_deleted_by_an_owner_who_types_its_name(self, cast: Any) -> None:
        sent = {"do": "delete", "sure": "films"}
        refused(post(cast.owner, "settings/", do="delete"), 400, "type films")
        refused(post(cast.admin, "settings/", **sent), 403, "Only owners")
        refused(post(cast.owner, "settings/", **sent), 400, "still has videos")
        cast.team_video.delete()
        assert post(cast.owner, "settings/", **sent).headers["Location"] == "/teams/"
        assert not Team.objects.filter(slug="films").exists()

    def test_a_team_is_made_by_those_who_may(self, cast: Any) -> None:
        sent = {"name": "New", "slug": "new", "team_visibility": "private"}
        assert as_(cast.stranger).post("/teams/add/", sent).status_code == 403
        assert as_(cast.stranger).get("/teams/add/").status_code == 403
        done = as_(cast.partner).post("/teams/add/", sent)
        assert done.headers["Location"] == "/teams/new/settings/"
        team = Team.objects.get(slug="new")
        assert (team.team_visibility, team.video_visibility) == (0, 0)
        assert "already exists" in as_(cast.partner).post("/teams/add/", sent).content.decode()


# --- coverage, videos, activity ------------------------------------------------------------------


@pytest.mark.django_db
class TestCoverage:
    @pytest.fixture
    def films(self, cast: Any) -> Team:
        team: Team = cast.films
        project = Project.objects.create(team=team, name="Shorts", slug="shorts")
        Team.objects.filter(pk=team.pk).update(workflow_enabled=True, review_allowed=10)
        team.refresh_from_db()
        done = VideoFactory(user=cast.owner, team=team, title="=HYPERLINK(1)", project=project)
        add_subtitles(done, "en", action="complete")
        add_subtitles(done, "en", action="approve")
        add_subtitles(cast.team_video, "fr", action="save-draft")
        return team

    def table(self, user: Any, query: str = "") -> list[list[str]]:
        answer = as_(user).get(f"/teams/films/coverage.csv{query}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        text = b"".join(answer.streaming_content).decode()
        return list(csv.reader(io.StringIO(text)))

    def test_page_file_and_api_say_the_same_to_whom_may_know(
        self, cast: Any, films: Team, api_for: Any
    ) -> None:
        for user, drafts in ((cast.contributor, True), (cast.stranger, False)):
            body = api_for(user).get("teams/films/coverage/").json()
            told = {
                each["title"]: {x["language_code"]: x["state"] for x in each["languages"]}
                for each in body["objects"]
            }
            assert told == {
                "=HYPERLINK(1)": {"en": "published"},
                "Of films": {"fr": "draft"} if drafts else {},
            }
            codes = ["en", "fr"] if drafts else ["en"]
            assert [each["language_code"] for each in body["totals"]] == codes
            english = {"published": 1, "none": 1, "language_code": "en"}
            hidden = {"in_review": 0, "draft": 0} if drafts else {"in_review": None, "draft": None}
            assert body["totals"][0] == {**english, **hidden}
            head, *rows = self.table(user)
            assert head == ["video", "title", "project", "spoken language", *codes]
            # A spreadsheet takes no title for a formula.
            assert rows[0][1:3] == ["'=HYPERLINK(1)", "shorts"]
            assert rows[0][4:] == ["published", "none"][: len(codes)]
            assert rows[1][4:] == ["none", "draft"][: len(codes)]
            totals = [row[0] for row in rows[2:]]
            assert totals == (
                ["total: published", "total: in review", "total: draft", "total: none"]
                if drafts
                else ["total: published", "total: none"]
            )
            text = assert_inert(as_(user).get("/teams/films/coverage/"))
            assert ("draft" in text) == drafts
            assert "published" in text

    def test_filters(self, cast: Any, films: Team, api_for: Any) -> None:
        api = api_for(cast.owner)
        shorts = api.get("teams/films/coverage/?project=shorts").json()
        assert [each["title"] for each in shorts["objects"]] == ["=HYPERLINK(1)"]
        assert [each["language_code"] for each in shorts["totals"]] == ["en"]
        french = api.get("teams/films/coverage/?language=FR&project=null").json()
        assert [each["languages"] for each in french["objects"]] == [
            [{"language_code": "fr", "state": "draft"}]
        ]
        none = api.get("teams/films/coverage/?project=nothing").json()
        assert (none["meta"]["total_count"], none["totals"], none["objects"]) == (0, [], [])
        assert self.table(cast.owner, "?language=fr")[0][4:] == ["fr"]
        assert as_(cast.owner).get("/teams/films/coverage.csv?project=no").status_code == 404
        page = as_(cast.owner).get("/teams/films/coverage/?project=no")
        assert "There is no such project." in assert_inert(page)

    def test_hidden_videos_are_nobody_elses(self, cast: Any, films: Team, api_for: Any) -> None:
        from teams.services.teams import update_team

        update_team(films, actor=cast.owner, video_visibility=0)
        body = api_for(cast.stranger).get("teams/films/coverage/").json()
        assert (body["totals"], body["objects"]) == ([], [])
        assert len(self.table(cast.stranger)) == 3
        assert as_(cast.stranger).get("/teams/hush/coverage.csv").status_code == 404

    def test_a_page_reads_the_same_of_a_large_team(self, cast: Any) -> None:
        """400 videos by 40 languages, and no more rows than of 40 by 40: the cells of those that
        are shown, and the counts. What the database would read is in its plan."""
        team = cast.films
        codes = [f"q{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(40)]

        def grow(videos: int) -> None:
            for _ in range(videos):
                video = VideoFactory(user=cast.owner, team=team)
                CoverageCell.objects.bulk_create(
                    CoverageCell(
                        video=video.pk, language_code=code, team=team.pk, project=0, state=3
                    )
                    for code in codes
                )
            while coverage.tidy_some():
                pass

        client = as_(cast.owner)
        grow(25)
        client.get("/teams/films/coverage/")
        costs = []
        for more in (0, 100):
            grow(more)
            with CaptureQueriesContext(connection) as asked:
                page = client.get("/teams/films/coverage/")
            costs.append(len(asked))
            assert len(page.context["rows"]) == 20
            assert len(page.context["columns"]) == 40
            # Kept sums: one row for each language, however many videos there are.
            assert (
                len(
                    coverage._rows(
                        f"SELECT 1 FROM {coverage.COUNTS} WHERE scope = %s", f"team {team.pk}"
                    )
                )
                == 40
            )
        assert costs[0] == costs[1]
        assert page.context["columns"][0].published == 125
        for asked_for in asked.captured_queries:
            sql = asked_for["sql"]
            if coverage.CELLS in sql and connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                    plan = " ".join(row[-1] for row in cursor.fetchall())
                assert "USING COVERING INDEX coverage_of_video (video=?)" in plan, plan
            if coverage.COUNTS in sql and connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                    plan = " ".join(row[-1] for row in cursor.fetchall())
                assert "USING COVERING INDEX coverage_count (scope=?)" in plan, plan


@pytest.mark.django_db
def test_videos_are_found_by_project_and_words(cast: Any) -> None:
    project = Project.objects.create(team=cast.films, name="Shorts", slug="shorts")
    VideoFactory(user=cast.owner, team=cast.films, title="The harbour wakes", project=project)
    VideoFactory(user=cast.owner, team=cast.films, title="The harbour sleeps")
    client = as_(cast.contributor)

    def titles(query: str) -> set[str]:
        context = client.get(f"/teams/films/videos/{query}").context
        return {row.title for row, _ in context["rows"]}

    assert titles("?q=harb") == {"The harbour wakes", "The harbour sleeps"}
    assert titles("?q=harb&project=shorts") == {"The harbour wakes"}
    assert titles("?project=null") == {"The harbour sleeps", "Of films"}
    assert "no such project" in assert_inert(client.get("/teams/films/videos/?project=no"))
    # Outsiders do not learn which projects there are.
    page = as_(cast.stranger).get("/teams/films/videos/?project=no")
    assert len(page.context["rows"]) == 3


@pytest.mark.django_db
def test_activity_says_what_the_api_lists(cast: Any, api_for: Any) -> None:
    from activity.types import PRINTED
    from teams.home.activity import SAID

    assert set(SAID) == set(PRINTED)
    Team.objects.filter(slug="films").update(workflow_enabled=True, review_allowed=10)
    cast.team_video.team.refresh_from_db()
    draft = add_subtitles(cast.team_video, "fr", action="save-draft")
    assert not draft.is_public
    for user in (cast.contributor, cast.stranger):
        page = as_(user).get("/teams/films/activity/")
        listed = api_for(user).get("teams/films/activity/?limit=100").json()["objects"]
        said = [SAID[each["type"]] for each in listed]
        assert [each.said for each in page.context["records"]] == said
        assert ("in French" in assert_inert(page)) == (user == cast.contributor)


@pytest.mark.django_db
def test_nothing_that_people_write_runs(cast: Any) -> None:
    Team.objects.filter(slug="films").update(name=ALL_HOSTILE[:250], description=ALL_HOSTILE)
    Project.objects.create(
        team=cast.films, name=ALL_HOSTILE, slug="x", description=ALL_HOSTILE, guidelines=ALL_HOSTILE
    )
    VideoFactory(user=cast.owner, team=cast.films, title=ALL_HOSTILE)
    client = as_(cast.owner)
    for path in (*PARTS, "projects/x/", "invitations/", "settings/"):
        assert "alert(1)" in assert_inert(client.get(f"/teams/films/{path}")), path
    sent = {"people": ALL_HOSTILE, "role": "10", "note": ALL_HOSTILE, "do": "invite"}
    assert read(client.post("/teams/films/invitations/", sent)).live == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what is there")
def test_no_page_of_a_team_reads_all_of_it(cast: Any) -> None:
    """First pages of a large team cost what those of a small one do: people, videos, cells and
    records are looked up by an index that has the page's order."""
    VideoFactory(user=cast.owner, team=cast.films)
    client = as_(cast.owner)
    large = ("teams_teammember", "videos_video", "activity_activityrecord", coverage.CELLS)
    looked = set()
    for part in PARTS:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/teams/films/{part}").status_code == 200
        for sql in (each["sql"] for each in asked.captured_queries):
            tables = [name for name in large if f'FROM "{name}"' in sql]
            if not tables or not sql.startswith("SELECT"):
                continue
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plan = [row[-1] for row in cursor.fetchall()]
            looked.update(tables)
            # Inside of others they have names like U0.
            whole = rf"SCAN ({'|'.join(tables)}|[A-Z]\d)\b(?! USING)"
            assert not any(re.match(whole, step) for step in plan), (part, sql, plan)
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan, (part, sql, plan)
    assert looked == set(large)

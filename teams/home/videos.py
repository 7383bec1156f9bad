"""The videos of a team, with a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amara_api.kernel import languages
from amara_api.kernel.decisions import ALLOWED
from amara_api.kernel.shapes import Data
from teams.home.frame import TeamPart
from teams.models import DEFAULT_PROJECT, Project
from teams.policies import found_in, may_add_video_to, may_view_members, project_in
from users.models import User
from videos.pages import ORDERS, Searching, asked_for

if TYPE_CHECKING:
    from amara_api.kernel.decisions import Decision
    from teams.models import Team
    from videos.queries import Parameter

# Projects to choose from; the pages of others lead to their videos.
PROJECTS_SHOWN = 200


class TeamVideosPage(TeamPart, Searching):
    """By project, spoken language, and words of the title or a url."""

    template_name = "teams/home/videos.html"

    def may_see(self) -> Decision:
        return ALLOWED

    def shown(self) -> dict[str, Data]:
        user = self.request.user
        asked = asked_for(self.request, "q", "project", "language", "order")
        shown: dict[str, Data] = {
            "asked": asked,
            "orders": ORDERS,
            "languages": language_choices(),
            "adds": isinstance(user, User) and bool(may_add_video_to(user, self.team)),
        }
        filters = found_in(user, self.team)
        if may_view_members(user, self.team):
            shown["projects"] = project_choices(self.team, asked["project"])
            narrowed = in_project(self.team, asked["project"])
            if narrowed is None:
                return {**shown, "problem": "There is no such project."}
            filters |= narrowed
        return {**shown, **self.searched(user, asked, filters)}


def language_choices() -> list[tuple[str, str]]:
    """The name and the code of each language, by name."""
    return sorted((name, code) for code, name in languages.listed().items())


def project_choices(team: Team, chosen: str) -> list[Project]:
    """Projects by name, as many as a choice may have; the chosen one among them."""
    listed = team.projects.exclude(slug=DEFAULT_PROJECT).order_by("name", "pk")
    rows = list(listed[:PROJECTS_SHOWN])
    if chosen and all(project.slug != chosen for project in rows):
        rows += listed.filter(slug=chosen)
    return rows


def in_project(team: Team, slug: str) -> dict[str, Parameter] | None:
    """The filter of a project; none for an empty name; None where there is no such project."""
    if not slug:
        return {}
    project = project_in(team, slug)
    return None if project is None else {"project": project}

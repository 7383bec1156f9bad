"""The projects of a team: the parts that its videos are sorted into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict

from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.shapes import Data
from teams.api.projects import ProjectCreateInput
from teams.home import words
from teams.home.frame import TeamPart, number_of
from teams.models import DEFAULT_PROJECT, Project
from teams.policies import find_team, may_change_team, may_view_members
from teams.services import projects
from videos.pages import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amara_api.kernel.decisions import Decision

PROJECTS_A_PAGE = 50
_TEXTS = ("name", "slug", "description", "guidelines")
_CHOICES = ("review_allowed", "approve_allowed")
_LABELS = {
    "slug": "Short name",
    "review_allowed": "Review",
    "approve_allowed": "Approval",
}


def _sent(form: Mapping[str, str]) -> dict[str, Data]:
    """What the API would be sent for a form: boxes that are not ticked are false."""
    sent: dict[str, Data] = {name: form[name] for name in _TEXTS if name in form}
    sent |= {name: form[name] for name in _CHOICES if form.get(name)}
    return sent | {name: name in form for name in words.REVIEW_SWITCHES}


class ProjectsPage(TeamPart):
    """All projects by name, and adding one."""

    template_name = "teams/home/projects.html"
    acts: ClassVar = {"add": "_add"}

    def may_see(self) -> Decision:
        return may_view_members(self.request.user, self.team)

    def shown(self) -> dict[str, Data]:
        page = max(number_of(self.request.GET.get("page", "")), 1)
        start = min((page - 1) * PROJECTS_A_PAGE, 10**6)
        listed = self.team.projects.exclude(slug=DEFAULT_PROJECT).order_by("name", "pk")
        rows = list(listed[start : start + PROJECTS_A_PAGE + 1])
        return {
            "projects": rows[:PROJECTS_A_PAGE],
            "next": page + 1 if len(rows) > PROJECTS_A_PAGE else 0,
            "previous": page - 1,
            "changes": bool(may_change_team(self.request.user, self.team)),
        }

    def _add(self) -> HttpResponse:
        form = {name: self.request.POST.get(name, "") for name in _TEXTS}
        fields = checked(ProjectCreateInput(data=form), _LABELS)
        project = projects.add_project(self.team, actor=self.person, **fields)
        messages.success(self.request, f"The project {project.name} is there.")
        return redirect("team-project-page", self.team.slug, project.slug)


class ProjectPage(TeamPart):
    """One project with its settings."""

    template_name = "teams/home/project.html"
    acts: ClassVar = {"save": "_save", "delete": "_delete"}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: str) -> HttpResponseBase:
        team = find_team(request.user, kwargs["slug"])
        if team is not None and may_view_members(request.user, team):
            listed = team.projects.exclude(slug=DEFAULT_PROJECT)
            project = listed.filter(slug=kwargs["project"]).first()
            if project is None:
                raise Http404
            project.team = team
            self.project: Project = project
        return super().dispatch(request, *args, **kwargs)

    def may_see(self) -> Decision:
        return may_view_members(self.request.user, self.team)

    def shown(self) -> dict[str, Data]:
        typed = self.request.POST if self.request.POST.get("do") == "save" else MultiValueDict()
        return {
            "project": self.project,
            "changes": bool(may_change_team(self.request.user, self.team)),
            "levels": words.levels(self.project, typed),
            "switches": words.switches(self.project, typed),
        }

    def _save(self) -> HttpResponse:
        fields = checked(ProjectCreateInput(data=_sent(self.request.POST)), _LABELS)
        project = projects.update_project(self.project, actor=self.person, **fields)
        messages.success(self.request, "Saved.")
        return redirect("team-project-page", self.team.slug, project.slug)

    def _delete(self) -> HttpResponse:
        if self.request.POST.get("sure") != "yes":
            raise InvalidInput(["Tick the box to say that you are sure."])
        projects.delete_project(self.project, actor=self.person)
        messages.success(self.request, f"The project {self.project.name} is gone.")
        return redirect("team-projects-page", self.team.slug)

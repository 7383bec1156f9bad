"""/api/teams/SLUG/projects/ — the parts that a team sorts its videos into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.rest.fields import SlugField, TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team, may_view_target
from teams.api.answers import ProjectAnswer
from teams.api.teams import ReviewSettingsInput
from teams.models import DEFAULT_PROJECT, ApproveLevel, Project, ReviewLevel, Team
from teams.policies import may_change_team, may_view_members
from teams.services import projects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller


class ProjectUpdateInput(ReviewSettingsInput):
    """What may be changed. Whatever is left out stays."""

    resource = "project_input"

    name = TextField(required=False, max_length=255)
    slug = SlugField(required=False, max_length=50)
    description = TextField(required=False, allow_blank=True, max_length=20_000)
    guidelines = TextField(required=False, allow_blank=True, max_length=20_000)


class ProjectCreateInput(ProjectUpdateInput):
    """A new project. ``name`` and ``slug`` are needed, and are the team's only ones."""

    name = TextField(max_length=255)
    slug = SlugField(max_length=50)


class ProjectSchema(serializers.Serializer[Data]):
    """A project of a team."""

    name = serializers.CharField()
    slug = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    guidelines = serializers.CharField(allow_blank=True)
    modified = serializers.DateTimeField()
    created = serializers.DateTimeField()
    workflow_enabled = serializers.BooleanField(
        help_text="Its own settings for tasks count, not the team's."
    )
    review_allowed = serializers.ChoiceField([str(label) for label in ReviewLevel.labels])
    approve_allowed = serializers.ChoiceField([str(label) for label in ApproveLevel.labels])
    autocreate_subtitle = serializers.BooleanField()
    autocreate_translate = serializers.BooleanField()
    resource_uri = serializers.URLField()


Target = tuple[Team, Project | None]


def _may_change(user: Caller, target: Target) -> Decision:
    return may_change_team(user, target[0])


class ProjectViewSet(ResourceViewSet):
    """Projects of a team, for its members. The default project is in no list."""

    policies: ClassVar = {
        "list": account_that(may_view_target),
        "create": account_that(_may_change),
        "retrieve": account_that(may_view_target),
        "update": account_that(_may_change),
        "partial_update": account_that(_may_change),
        "destroy": account_that(_may_change),
    }
    inputs: ClassVar = {
        "create": ProjectCreateInput,
        "update": ProjectUpdateInput,
        "partial_update": ProjectUpdateInput,
    }
    resources: ClassVar = ("project",)

    target: Target

    def load(self, *, slug: str, project: str | None = None) -> Target:
        team = find_team(self.request, slug)
        if project is None:
            return team, None
        if not may_view_members(self.request.user, team):
            self.permission_denied(self.request)
        listed = Project.objects.exclude(slug=DEFAULT_PROJECT)
        return team, below(team, listed, slug=project)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(ProjectSchema))
    def list(self, request: Request, slug: str) -> Response:
        """List the projects by name."""
        team = self.target[0]
        found = team.projects.exclude(slug=DEFAULT_PROJECT).order_by("name", "pk")
        answer = ProjectAnswer(request)

        def printed(page: Sequence[Project]) -> Sequence[dict[str, Data]]:
            return [answer(project, slug=team.slug) for project in page]

        return Response(Page(request).of_query(found, printed))

    @extend_schema(request=ProjectCreateInput, responses={201: ProjectSchema})
    def create(self, request: Request, slug: str) -> Response:
        """Add a project."""
        project = projects.add_project(self.target[0], actor=request.user, **self.read())
        return self._answer(project, 201)

    @extend_schema(responses=ProjectSchema)
    def retrieve(self, request: Request, slug: str, project: str) -> Response:
        """Read a project."""
        return self._answer(self.target[1])

    @extend_schema(request=ProjectUpdateInput, responses=ProjectSchema)
    def update(self, request: Request, slug: str, project: str) -> Response:
        """Change a project."""
        changed = projects.update_project(self.target[1], actor=request.user, **self.read())
        return self._answer(changed)

    @extend_schema(request=ProjectUpdateInput, responses=ProjectSchema)
    def partial_update(self, request: Request, slug: str, project: str) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, slug, project)

    @extend_schema(
        responses={
            204: None,
            400: OpenApiResponse(description="A video outside has the url of one of its videos."),
        }
    )
    def destroy(self, request: Request, slug: str, project: str) -> Response:
        """Delete a project. Its videos leave the team."""
        projects.delete_project(self.target[1], actor=request.user)
        return Response(status=204)

    def _answer(self, project: Project, status: int = 200) -> Response:
        answer = ProjectAnswer(self.request)
        return Response(answer(project, slug=self.target[0].slug), status=status)

"""/api/teams/ — list, create, read and change teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.rest.fields import (
    FlagField,
    LabelField,
    SlugField,
    TextField,
    WholeNumberField,
)
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import find_team
from teams.api.answers import TeamAnswer
from teams.models import ApproveLevel, ReviewLevel, SubtitlePolicy, Team, Visibility
from teams.policies import listed_teams, may_change_team, may_create_team, may_delete_team
from teams.services import teams

if TYPE_CHECKING:
    from django.db.models import Choices
    from rest_framework.request import Request


class ReviewSettingsInput(InputSerializer):
    """How work goes through tasks; teams and projects alike."""

    workflow_enabled = FlagField(required=False)
    review_allowed = LabelField(ReviewLevel, required=False)
    approve_allowed = LabelField(ApproveLevel, required=False)
    autocreate_subtitle = FlagField(required=False)
    autocreate_translate = FlagField(required=False)


class TeamUpdateInput(ReviewSettingsInput):
    """What may be changed. Whatever is left out stays."""

    resource = "team_input"

    name = TextField(required=False, max_length=250)
    slug = SlugField(required=False, max_length=50)
    description = TextField(required=False, allow_blank=True, max_length=20_000)
    is_visible = FlagField(
        required=False, help_text="Makes team and videos public (true) or private (false)."
    )
    team_visibility = LabelField(Visibility, required=False)
    video_visibility = LabelField(Visibility, required=False)
    membership_policy = LabelField(Team.MembershipPolicy, required=False)
    video_policy = LabelField(Team.VideoPolicy, required=False)
    subtitle_policy = LabelField(SubtitlePolicy, required=False)
    translate_policy = LabelField(SubtitlePolicy, required=False)
    task_assign_policy = LabelField(Team.TaskAssignPolicy, required=False)
    max_tasks_per_member = WholeNumberField(required=False, allow_null=True)
    task_expiration = WholeNumberField(required=False, allow_null=True, help_text="In days.")
    # For languages that have none of their own.
    soft_limit_lines = WholeNumberField(required=False, allow_null=True)
    soft_limit_min_duration = WholeNumberField(
        required=False, allow_null=True, help_text="In milliseconds."
    )
    soft_limit_max_duration = WholeNumberField(
        required=False, allow_null=True, help_text="In milliseconds."
    )
    soft_limit_cpl = WholeNumberField(
        required=False, allow_null=True, help_text="Characters per line."
    )
    soft_limit_cps = WholeNumberField(
        required=False, allow_null=True, help_text="Characters per second."
    )

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        if "is_visible" in attrs:
            shown = Visibility.PUBLIC if attrs.pop("is_visible") else Visibility.PRIVATE
            attrs = {"team_visibility": shown, "video_visibility": shown, **attrs}
        return attrs


class TeamCreateInput(TeamUpdateInput):
    """A new team. ``name`` and ``slug`` are needed."""

    name = TextField(max_length=250)
    slug = SlugField(max_length=50)
    type = LabelField(Team.Type, required=False)

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        # The API's words for the types are their values.
        self.fields["type"].by_label = {str(value): value for value in Team.Type.values}


def _labels(choices: type[Choices]) -> list[str]:
    return [str(label) for label in choices.labels]


class TeamSchema(serializers.Serializer[Data]):
    """A team."""

    name = serializers.CharField()
    slug = serializers.CharField()
    type = serializers.ChoiceField(Team.Type.values)
    description = serializers.CharField(allow_blank=True)
    is_visible = serializers.BooleanField(help_text="Whether `team_visibility` is public.")
    team_visibility = serializers.ChoiceField(_labels(Visibility))
    video_visibility = serializers.ChoiceField(_labels(Visibility))
    membership_policy = serializers.ChoiceField(_labels(Team.MembershipPolicy))
    video_policy = serializers.ChoiceField(_labels(Team.VideoPolicy))
    subtitle_policy = serializers.ChoiceField(_labels(SubtitlePolicy))
    translate_policy = serializers.ChoiceField(_labels(SubtitlePolicy))
    task_assign_policy = serializers.ChoiceField(_labels(Team.TaskAssignPolicy))
    workflow_enabled = serializers.BooleanField()
    review_allowed = serializers.ChoiceField(_labels(ReviewLevel))
    approve_allowed = serializers.ChoiceField(_labels(ApproveLevel))
    autocreate_subtitle = serializers.BooleanField()
    autocreate_translate = serializers.BooleanField()
    max_tasks_per_member = serializers.IntegerField(allow_null=True)
    task_expiration = serializers.IntegerField(allow_null=True, help_text="In days.")
    soft_limit_lines = serializers.IntegerField(allow_null=True)
    soft_limit_min_duration = serializers.IntegerField(allow_null=True)
    soft_limit_max_duration = serializers.IntegerField(allow_null=True)
    soft_limit_cpl = serializers.IntegerField(allow_null=True)
    soft_limit_cps = serializers.IntegerField(allow_null=True)
    activity_uri = serializers.URLField()
    # Null where the caller may not read what is there.
    members_uri = serializers.URLField(allow_null=True)
    projects_uri = serializers.URLField(allow_null=True)
    applications_uri = serializers.URLField(allow_null=True)
    languages_uri = serializers.URLField(allow_null=True)
    tasks_uri = serializers.URLField(allow_null=True)
    resource_uri = serializers.URLField()


class TeamViewSet(ResourceViewSet):
    """Teams. The list holds the public ones and your own, by name."""

    policies: ClassVar = {
        "list": ACCOUNT,
        "create": account_that(may_create_team),
        "retrieve": ACCOUNT,
        "update": account_that(may_change_team),
        "partial_update": account_that(may_change_team),
        "destroy": account_that(may_delete_team),
    }
    ended: ClassVar = {"destroy": "team_deletion"}
    inputs: ClassVar = {
        "create": TeamCreateInput,
        "update": TeamUpdateInput,
        "partial_update": TeamUpdateInput,
    }
    resources: ClassVar = ("team",)

    target: Team

    def load(self, *, slug: str | None = None) -> Team | None:
        return None if slug is None else find_team(self.request, slug)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(TeamSchema))
    def list(self, request: Request) -> Response:
        """List the teams that you can see."""
        answer = TeamAnswer(request)
        found = answer.asking(listed_teams(request.user).order_by("name", "pk"))
        return Response(Page(request).of_query(found, answer.page))

    @extend_schema(request=TeamCreateInput, responses={201: TeamSchema})
    def create(self, request: Request) -> Response:
        """Create a team. You become its owner."""
        team = teams.create_team(actor=request.user, **self.read())
        return Response(self._printed(team), status=201)

    @extend_schema(responses=TeamSchema)
    def retrieve(self, request: Request, slug: str) -> Response:
        """Read a team."""
        return Response(self._printed(self.target))

    @extend_schema(request=TeamUpdateInput, responses=TeamSchema)
    def update(self, request: Request, slug: str) -> Response:
        """Change a team's settings; its type stays."""
        team = teams.update_team(self.target, actor=request.user, **self.read())
        return Response(self._printed(team))

    @extend_schema(request=TeamUpdateInput, responses=TeamSchema)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, slug)

    @extend_schema(exclude=True)
    def destroy(self, request: Request, slug: str) -> Response:
        """Delete a team that has no videos. Its projects, requests and memberships go with it."""
        teams.delete_team(self.target, actor=request.user)
        return Response(status=204)

    def _printed(self, team: Team) -> dict[str, Data]:
        return TeamAnswer(self.request).page([team])[0]

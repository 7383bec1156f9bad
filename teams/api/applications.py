"""/api/teams/SLUG/applications/ — people who ask to become members."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import django_filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.fields import LabelField
from amara_api.kernel.rest.filters import LabelFilter, MomentFilter, filtered
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team, people_of, user_named
from teams.api.answers import ApplicationAnswer
from teams.long_lists import Listed
from teams.models import Application, Team
from teams.policies import may_decide_applications
from teams.services import applications
from users.api.schemas import UserObjectSchema

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller

Status = Application.Status
LABELS = [str(label) for label in Status.labels]


_ANSWERS = (Status.APPROVED, Status.DENIED)


class ApplicationInput(InputSerializer):
    """The team's answer."""

    resource = "application"

    status = LabelField(Status, offers=_ANSWERS, help_text="`Approved` or `Denied`.")

    def validate_status(self, value: int) -> int:
        if value not in _ANSWERS:
            raise ValidationError(f"Unknown status: {value}")
        return value


class ApplicationFilters(django_filters.FilterSet):
    status = LabelFilter(Status)
    user = django_filters.CharFilter(method="by_user")
    before = MomentFilter(field_name="created", lookup_expr="lt")
    after = MomentFilter(field_name="created", lookup_expr="gte")

    def by_user(
        self, found: QuerySet[Application], name: str, identifier: str
    ) -> QuerySet[Application]:
        """Somebody unknown has made no applications."""
        user = user_named(identifier)
        return found.filter(user=user) if user else found.none()


class ApplicationSchema(serializers.Serializer[Data]):
    """A wish to become a member."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(LABELS)
    user = UserObjectSchema()
    note = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField(allow_null=True, help_text="Null while pending.")
    resource_uri = serializers.URLField()


Target = tuple[Team, Application | None]


def _may(user: Caller, target: Target) -> Decision:
    return may_decide_applications(user, target[0])


class ApplicationViewSet(ResourceViewSet):
    """Applications, in teams whose membership policy is Application."""

    policies: ClassVar = {
        "list": account_that(_may),
        "retrieve": account_that(_may),
        "update": account_that(_may),
        "partial_update": account_that(_may),
        "destroy": account_that(_may),
    }
    ended: ClassVar = {"destroy": "application_deletion"}
    inputs: ClassVar = {"update": ApplicationInput, "partial_update": ApplicationInput}
    resources: ClassVar = ("application",)

    target: Target

    def load(self, *, slug: str, application_id: int | None = None) -> Target:
        team = find_team(self.request, slug)
        if application_id is None:
            return team, None
        if not may_decide_applications(self.request.user, team):
            self.permission_denied(self.request)
        if not _takes_applications(team):
            raise NotThere
        found = Application.objects.select_related("user")
        return team, below(team, found, pk=application_id)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=LABELS),
            OpenApiParameter("user", str, description="User name, or `id$ID`."),
            OpenApiParameter("before", str, description="Made before this moment."),
            OpenApiParameter("after", str, description="Made at this moment or later."),
            *PAGE_PARAMETERS,
        ],
        responses={
            200: page_of(ApplicationSchema),
            400: OpenApiResponse(description="A moment that cannot be read."),
        },
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the applications, oldest first."""
        team = self.target[0]
        found = filtered(ApplicationFilters, request, Application.objects.filter(team=team))
        if not _takes_applications(team):
            found = found.none()
        page, answer = Page(request), ApplicationAnswer(request)
        listed = Listed(found, ("pk",), page.limit, page.offset)
        rows = [answer(application, slug=team.slug) for application in people_of(listed)]
        return Response(page.body(listed.total, rows))

    @extend_schema(responses=ApplicationSchema)
    def retrieve(self, request: Request, slug: str, application_id: int) -> Response:
        """Read an application."""
        return self._answer(self.target[1])

    @extend_schema(request=ApplicationInput, responses=ApplicationSchema)
    def update(self, request: Request, slug: str, application_id: int) -> Response:
        """Approve or deny an application. The applicant is told."""
        approve = self.read()["status"] == Status.APPROVED
        decided = applications.decide(self.target[1], actor=request.user, approve=approve)
        return self._answer(decided)

    @extend_schema(request=ApplicationInput, responses=ApplicationSchema)
    def partial_update(self, request: Request, slug: str, application_id: int) -> Response:
        """The same as PUT."""
        return self.update(request, slug, application_id)

    @extend_schema(exclude=True)
    def destroy(self, request: Request, slug: str, application_id: int) -> Response:
        """Delete an application."""
        applications.delete_application(self.target[1], actor=request.user)
        return Response(status=204)

    def _answer(self, application: Application) -> Response:
        return Response(ApplicationAnswer(self.request)(application, slug=self.target[0].slug))


def _takes_applications(team: Team) -> bool:
    return team.membership_policy == Team.MembershipPolicy.APPLICATION

"""/api/teams/SLUG/notifications/ — every event that a team was told of, and how that went."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from activity.api.answers import NotificationAnswer
from activity.models import Notification, Outbox
from amara_api.rest.pagination import Page
from amara_api.rest.policies import account_that
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.viewsets import ResourceViewSet
from teams.api.addresses import below, find_team, may_view_target
from teams.models import Team
from teams.policies import may_change_team, may_view_members
from teams.services import callbacks


class NotificationSchema(serializers.Serializer[Any]):
    """One event for one address."""

    number = serializers.IntegerField(help_text="One more with each notification of the team.")
    url = serializers.URLField()
    data = serializers.DictField(help_text="What is posted.")  # type: ignore[assignment]
    timestamp = serializers.DateTimeField()
    in_progress = serializers.BooleanField(help_text="It is yet to be sent, or to be sent again.")
    response_status = serializers.IntegerField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    resource_uri = serializers.URLField()


Target = tuple[Team, Notification | None]


def _may_resend(user: Any, target: Target) -> Any:
    return may_change_team(user, target[0])


class NotificationViewSet(ResourceViewSet):
    """What a team's callbacks were sent, for its members."""

    policies: ClassVar = {
        "list": account_that(may_view_target),
        "retrieve": account_that(may_view_target),
        "resend": account_that(_may_resend),
    }
    resources: ClassVar = ("notification",)

    def load(self, **address: Any) -> Target:
        team = find_team(self.request, address["slug"])
        if "number" not in address:
            return team, None
        if not may_view_members(self.request.user, team):
            self.permission_denied(self.request)
        return team, below(team, Notification.objects, number=address["number"])

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(NotificationSchema))
    def list(self, request: Any, slug: str) -> Response:
        """List the notifications, newest first."""
        team = self.target[0]
        found = team.notifications.order_by("-number")
        # They are numbered from 1 without a gap, and none is ever deleted.
        total = Outbox.objects.filter(team=team).values_list("last_number", flat=True).first()
        answer = NotificationAnswer(request)
        return Response(
            Page(request).of(
                total or 0,
                lambda limit, offset: [
                    answer(each, slug=team.slug) for each in found[offset : offset + limit]
                ],
            )
        )

    @extend_schema(responses=NotificationSchema)
    def retrieve(self, request: Any, slug: str, number: int) -> Response:
        """Read a notification."""
        return self._answer(self.target[1])

    @extend_schema(
        request=None,
        responses={
            202: NotificationSchema,
            400: OpenApiResponse(description="Its callback is switched off, or deleted."),
        },
    )
    def resend(self, request: Any, slug: str, number: int) -> Response:
        """Send it once more, with the same number. For owners and admins."""
        return self._answer(callbacks.resend(self.target[1], actor=request.user), 202)

    def _answer(self, notification: Notification, status: int = 200) -> Response:
        answer = NotificationAnswer(self.request)
        return Response(answer(notification, slug=self.target[0].slug), status=status)

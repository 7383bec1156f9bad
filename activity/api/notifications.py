"""/api/teams/SLUG/notifications/ — every event that a team was told of, and how that went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.answers import NotificationAnswer
from activity.models import Notification, Outbox
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team
from teams.models import Team
from teams.policies import may_change_team, may_view_notifications
from teams.services import callbacks

if TYPE_CHECKING:
    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller


class NotificationSchema(serializers.Serializer[Data]):
    """One event for one address."""

    number = serializers.IntegerField(help_text="One more with each notification of the team.")
    url = serializers.URLField(help_text="For owners and admins; others see its origin.")
    data = serializers.DictField(help_text="What is posted.")  # type: ignore[assignment]
    timestamp = serializers.DateTimeField()
    in_progress = serializers.BooleanField(help_text="It is yet to be sent, or to be sent again.")
    response_status = serializers.IntegerField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    resource_uri = serializers.URLField()


Target = tuple[Team, Notification | None]


def _may_view(user: Caller, target: Target) -> Decision:
    return may_view_notifications(user, target[0])


def _may_resend(user: Caller, target: Target) -> Decision:
    return may_change_team(user, target[0])


class NotificationViewSet(ResourceViewSet[Target]):
    """What a team's callbacks were sent, for its members and for superusers."""

    policies: ClassVar = {
        "list": account_that(_may_view),
        "retrieve": account_that(_may_view),
        "resend": account_that(_may_resend),
    }
    resources: ClassVar = ("notification",)

    def load(self, *, slug: str, number: int | None = None) -> Target:
        team = find_team(self.request, slug)
        if number is None:
            return team, None
        if not may_view_notifications(self.request.user, team):
            self.permission_denied(self.request)
        return team, below(team, Notification.objects, number=number)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(NotificationSchema))
    def list(self, request: Request, slug: str) -> Response:
        """List the notifications, newest first."""
        team = self.target[0]
        # They are numbered from 1 without a gap, and none is ever deleted: so each page is known.
        total = Outbox.objects.filter(team=team).values_list("last_number", flat=True).first() or 0
        answer, whole = NotificationAnswer(request), self._sees_urls()

        def rows(limit: int, offset: int) -> Sequence[dict[str, Data]]:
            newest = total - offset
            page = team.notifications.filter(number__lte=newest, number__gt=newest - limit)
            page = page.order_by("-number")
            return [answer(each, slug=team.slug, whole=whole) for each in page]

        return Response(Page(request).of(total, rows))

    @extend_schema(responses=NotificationSchema)
    def retrieve(self, request: Request, slug: str, number: int) -> Response:
        """Read a notification."""
        return self._answer(self.target[1])

    @extend_schema(
        request=None,
        responses={
            202: NotificationSchema,
            400: OpenApiResponse(description="Its callback is switched off, or deleted."),
        },
    )
    def resend(self, request: Request, slug: str, number: int) -> Response:
        """Send it once more, with the same number. For owners and admins."""
        return self._answer(callbacks.resend(self.target[1], actor=request.user), 202)

    def _answer(self, notification: Notification, status: int = 200) -> Response:
        answer = NotificationAnswer(self.request)
        body = answer(notification, slug=self.target[0].slug, whole=self._sees_urls())
        return Response(body, status=status)

    def _sees_urls(self) -> bool:
        """Who manages callbacks wrote them, with what secrets they hold."""
        user = self.request.user
        return user.is_superuser or bool(may_change_team(user, self.target[0]))

"""/api/teams/SLUG/callbacks/ — the addresses that a team's events are posted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.answers import CallbackAnswer, NotificationAnswer
from activity.api.notifications import NotificationSchema
from activity.models import Callback
from activity.types import Encoding, Event, OlderEvent
from amara_api.kernel.rest.fields import FlagField, TextField, TextListField, TextsField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team
from teams.models import Team
from teams.policies import may_change_team
from teams.services import callbacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller


class CallbackUpdateInput(InputSerializer):
    """What may be changed. Whatever is left out stays."""

    resource = "callback_input"

    url = TextField(required=False, max_length=1000)
    encoding = serializers.ChoiceField(Encoding.values, required=False)
    events = TextListField(
        required=False,
        max_length=len(Event) + len(OlderEvent),
        style={"choices": [str(event) for event in Event]},
        help_text="Those that are posted; an empty list means all.",
    )
    headers = TextsField(required=False, help_text="Sent with each event: names and values.")
    auth_user = TextField(required=False, allow_blank=True, max_length=200)
    auth_password = TextField(
        required=False,
        allow_blank=True,
        max_length=200,
        write_only=True,
        trim_whitespace=False,
        style={"input_type": "password"},
    )
    secret = TextField(
        required=False,
        max_length=100,
        write_only=True,
        help_text="`whsec_` and the base64 of 24 to 64 bytes. One is made for you unless told.",
    )
    is_on = FlagField(required=False)


class CallbackCreateInput(CallbackUpdateInput):
    """A new callback. ``url`` is needed."""

    url = TextField(max_length=1000)


class CallbackSchema(serializers.Serializer[Data]):
    """An address that a team's events are posted to."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    encoding = serializers.ChoiceField(Encoding.values)
    events = serializers.ListField(child=serializers.CharField())
    headers = serializers.DictField(child=serializers.CharField())
    auth_user = serializers.CharField(allow_blank=True)
    is_on = serializers.BooleanField()
    off_because = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    resource_uri = serializers.URLField()


class CallbackSecretSchema(CallbackSchema):
    """The same with its secret, which is shown this once."""

    secret = serializers.CharField()


Target = tuple[Team, Callback | None]


def _may_change(user: Caller, target: Target) -> Decision:
    return may_change_team(user, target[0])


class CallbackViewSet(ResourceViewSet[Target]):
    """Where a team's events are posted to, for its owners and admins."""

    policies: ClassVar = {
        name: account_that(_may_change)
        for name in (
            *("list", "create", "retrieve", "update", "partial_update", "destroy"),
            *("rotate", "test"),
        )
    }
    inputs: ClassVar = {
        "create": CallbackCreateInput,
        "update": CallbackUpdateInput,
        "partial_update": CallbackUpdateInput,
    }
    resources: ClassVar = ("callback",)

    def load(self, *, slug: str, callback_id: int | None = None) -> Target:
        team = find_team(self.request, slug)
        if callback_id is None:
            return team, None
        if not may_change_team(self.request.user, team):
            self.permission_denied(self.request)
        return team, below(team, Callback.objects, pk=callback_id)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(CallbackSchema))
    def list(self, request: Request, slug: str) -> Response:
        """List the callbacks, oldest first."""
        team = self.target[0]
        found = team.callbacks.order_by("pk")
        answer = CallbackAnswer(request)

        def printed(page: Sequence[Callback]) -> Sequence[dict[str, Data]]:
            return [answer(each, slug=team.slug) for each in page]

        return Response(Page(request).of_query(found, printed))

    @extend_schema(request=CallbackCreateInput, responses={201: CallbackSecretSchema})
    def create(self, request: Request, slug: str) -> Response:
        """Add a callback. The answer alone shows the secret that its events are signed with."""
        callback = callbacks.add_callback(self.target[0], actor=request.user, **self.read())
        return self._answer(callback, 201, secret=callback.secret)

    @extend_schema(responses=CallbackSchema)
    def retrieve(self, request: Request, slug: str, callback_id: int) -> Response:
        """Read a callback."""
        return self._answer(self.target[1])

    @extend_schema(request=CallbackUpdateInput, responses=CallbackSchema)
    def update(self, request: Request, slug: str, callback_id: int) -> Response:
        """Change a callback, or switch it on or off."""
        changed = callbacks.update_callback(self.target[1], actor=request.user, **self.read())
        return self._answer(changed)

    @extend_schema(request=CallbackUpdateInput, responses=CallbackSchema)
    def partial_update(self, request: Request, slug: str, callback_id: int) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, slug, callback_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, callback_id: int) -> Response:
        """Delete a callback. What waits for it is not sent; its notifications stay."""
        callbacks.delete_callback(self.target[1], actor=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=CallbackSecretSchema)
    def rotate(self, request: Request, slug: str, callback_id: int) -> Response:
        """Make a new secret, shown this once. For a day events are signed with the old one too."""
        callback = callbacks.rotate_secret(self.target[1], actor=request.user)
        return self._answer(callback, secret=callback.secret)

    @extend_schema(
        request=None,
        responses={
            202: NotificationSchema,
            400: OpenApiResponse(description="It is switched off."),
        },
    )
    def test(self, request: Request, slug: str, callback_id: int) -> Response:
        """Send a test event. The answer is its notification, which tells how that went."""
        notification = callbacks.send_test(self.target[1], actor=request.user)
        answer = NotificationAnswer(request)
        return Response(answer(notification, slug=self.target[0].slug), status=202)

    def _answer(
        self, callback: Callback, status: int = 200, *, secret: str | None = None
    ) -> Response:
        answer = CallbackAnswer(self.request)
        return Response(answer(callback, slug=self.target[0].slug, secret=secret), status=status)

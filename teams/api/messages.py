"""/api/message/ — write to a person, or to everybody in a team."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.rest.fields import TextField
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.members import PersonField
from teams.policies import find_team, may_message_team
from teams.services.messages import message_team, message_user
from users.policies import may_send_messages

if TYPE_CHECKING:
    from rest_framework.request import Request


class MessageInput(InputSerializer):
    """A message to a ``user`` or to a ``team``. The user counts where both are named."""

    user = PersonField(required=False, max_length=150, help_text="User name, or `id$ID`.")
    team = TextField(required=False, help_text="Slug of a team whose admin you are.")
    subject = TextField(max_length=2_000, help_text="Kept to a hundred characters.")
    content = TextField(max_length=100_000)

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        if not attrs.get("user") and not attrs.get("team"):
            raise serializers.ValidationError("Must specify either user or team")
        return attrs


class MessageViewSet(ResourceViewSet):
    """Messages. They are read in the inbox of the site, and come by e-mail."""

    policies: ClassVar = {"create": account_that(may_send_messages)}
    inputs: ClassVar = {"create": MessageInput}

    @extend_schema(request=MessageInput, responses={201: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """Send a message."""
        fields = self.read()
        user, slug = fields.pop("user", None), fields.pop("team", None)
        if user is not None:
            message_user(user, actor=request.user, **fields)
        else:
            team = find_team(request.user, slug)
            if team is None:
                raise InvalidInput.field("team", f"Unknown team: {slug}")
            if not may_message_team(request.user, team):
                raise PermissionDenied
            message_team(team, actor=request.user, **fields)
        return Response({}, status=201)

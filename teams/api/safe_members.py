"""/api/teams/SLUG/safe-members/ — members who are asked first. Only in the oldest form."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.rest.fields import TextField
from teams.api.answers import InvitationAnswer
from teams.api.members import MemberSchema, MemberViewSet, RoleInput
from teams.services.invitations import invite_by_name

if TYPE_CHECKING:
    from rest_framework.request import Request


class SafeMemberInput(RoleInput):
    """Somebody to invite. With an e-mail address a name that nobody has is made an account."""

    user = TextField(max_length=150)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    note = TextField(required=False, allow_blank=True, max_length=5_000)


class SafeMemberViewSet(MemberViewSet):
    """Like members, but who is added is invited and decides for themselves."""

    inputs: ClassVar = {**MemberViewSet.inputs, "create": SafeMemberInput}
    resources: ClassVar = ("team_member", "safe_member")

    @extend_schema(request=SafeMemberInput, responses={202: MemberSchema})
    def create(self, request: Request, slug: str) -> Response:
        """Invite somebody. They get a message, and become a member when they accept."""
        fields = self.read()
        team, name = self.target[0], fields.pop("user")
        invitation = invite_by_name(team, actor=request.user, username=name, **fields)
        return Response(InvitationAnswer(request)(invitation, slug=team.slug), status=202)

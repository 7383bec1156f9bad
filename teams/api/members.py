"""/api/teams/SLUG/members/ — who belongs to a team."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.rest.fields import TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ASKED_IN_THE_SERVICE, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team, may_view_target, people_of, user_named
from teams.api.answers import MemberAnswer
from teams.long_lists import Listed
from teams.models import Role, Team, TeamMember
from teams.policies import may_view_members
from teams.services import members
from users.api.schemas import UserObjectSchema
from users.lookups import named

if TYPE_CHECKING:
    from rest_framework.request import Request

    from users.models import User

ROLES = {str(label): value for value, label in Role.choices}


class RoleField(serializers.ChoiceField):
    """A role by its name."""

    def __init__(self, **kwargs: Data) -> None:
        super().__init__(list(ROLES), **kwargs)

    def to_internal_value(self, data: Data) -> int:
        return ROLES[super().to_internal_value(data)]


class PersonField(TextField):
    """A person by user name or `id$ID`."""

    default_error_messages = {"unknown": "Invalid User"}

    def run_validation(self, data: Data = serializers.empty) -> User | None:
        # Behind the checks of the text, which want a text.
        text = super().run_validation(data)
        user = user_named(text) if text is not None else None
        if user is None and text is not None:
            self.fail("unknown")
        return user


class RoleInput(InputSerializer):
    resource = "team_member"

    role = RoleField()


class RolePatchInput(InputSerializer):
    resource = "team_member"

    role = RoleField(required=False)


class MemberInput(RoleInput):
    """A new member. Yourself as a contributor, where the team is open."""

    user = PersonField(max_length=150, help_text="User name, or `id$ID`.")


class MemberSchema(serializers.Serializer[Data]):
    """A member of a team."""

    user = UserObjectSchema()
    role = serializers.ChoiceField(list(ROLES))
    resource_uri = serializers.URLField()


class MemberViewSet(ResourceViewSet):
    """Members of a team. Nobody is asked: to ask people, invite them."""

    policies: ClassVar = {
        "list": account_that(may_view_target),
        "create": ASKED_IN_THE_SERVICE,
        "retrieve": account_that(may_view_target),
        "update": ASKED_IN_THE_SERVICE,
        "partial_update": ASKED_IN_THE_SERVICE,
        "destroy": ASKED_IN_THE_SERVICE,
    }
    inputs: ClassVar = {
        "create": MemberInput,
        "update": RoleInput,
        "partial_update": RolePatchInput,
    }
    resources: ClassVar[tuple[str, ...]] = ("team_member",)

    target: tuple[Team, TeamMember | None]

    def load(self, *, slug: str, identifier: str | None = None) -> tuple[Team, TeamMember | None]:
        team = find_team(self.request, slug)
        if identifier is None:
            return team, None
        if not may_view_members(self.request.user, team):
            # Whether somebody belongs to the team is its members' to know.
            self.permission_denied(self.request)
        found = TeamMember.objects.select_related("user")
        return team, below(team, found, **named(identifier, "user__"))

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(MemberSchema))
    def list(self, request: Request, slug: str) -> Response:
        """List the members, in the order in which they came."""
        team = self.target[0]
        page, answer = Page(request), MemberAnswer(request)
        members = TeamMember.objects.filter(team=team)
        listed = Listed(members, ("pk",), page.limit, page.offset)
        rows = [answer(member, slug=team.slug) for member in people_of(listed)]
        return Response(page.body(listed.total, rows))

    @extend_schema(request=MemberInput, responses={201: MemberSchema})
    def create(self, request: Request, slug: str) -> Response:
        """Add a member at once, or join an open team yourself."""
        member = members.add_member(self.target[0], actor=request.user, **self.read())
        return self._answer(member, 201)

    @extend_schema(responses=MemberSchema)
    def retrieve(self, request: Request, slug: str, identifier: str) -> Response:
        """Read a member."""
        return self._answer(self.target[1])

    @extend_schema(request=RoleInput, responses=MemberSchema)
    def update(self, request: Request, slug: str, identifier: str) -> Response:
        """Change a member's role. Nobody can be made an owner."""
        fields = self.read()
        member = self.target[1]
        if "role" in fields:
            member = members.change_role(member, actor=request.user, **fields)
        return self._answer(member)

    @extend_schema(request=RolePatchInput, responses=MemberSchema)
    def partial_update(self, request: Request, slug: str, identifier: str) -> Response:
        """The same as PUT."""
        return self.update(request, slug, identifier)

    @extend_schema(
        responses={204: None, 400: OpenApiResponse(description="An owner is demoted first.")}
    )
    def destroy(self, request: Request, slug: str, identifier: str) -> Response:
        """Remove a member, or leave the team yourself. An owner is demoted first."""
        members.remove_member(self.target[1], actor=request.user)
        return Response(status=204)

    def _answer(self, member: TeamMember, status: int = 200) -> Response:
        answer = MemberAnswer(self.request)
        return Response(answer(member, slug=self.target[0].slug), status=status)

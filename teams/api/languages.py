"""/api/teams/SLUG/languages/ — what a team prefers and what it shuns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel import languages as known
from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.rest.links import Links
from amara_api.kernel.rest.policies import ACCOUNT, account_that
from amara_api.kernel.rest.renderers import WIRE
from amara_api.kernel.rest.schemas import single
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import find_team
from teams.models import Team, TeamLanguage
from teams.policies import may_change_team, may_view_members
from teams.services.languages import languages_of, set_languages

if TYPE_CHECKING:
    from rest_framework.request import Request

Kind = TeamLanguage.Kind
# There are fewer languages; a longer list is no list of languages.
MAX_CODES = 10_000
CODES = {"type": "array", "items": {"type": "string"}}


@single
class TeamLanguagesSchema(serializers.Serializer[Data]):
    preferred = serializers.URLField()
    blacklisted = serializers.URLField()


class TeamLanguagesViewSet(ResourceViewSet):
    """Where the two lists are, for whoever sees the team. What is in them is for its members."""

    policies: ClassVar = {"list": ACCOUNT}

    target: Team

    def load(self, *, slug: str) -> Team:
        return find_team(self.request, slug)

    @extend_schema(operation_id="team_languages", responses=TeamLanguagesSchema)
    def list(self, request: Request, slug: str) -> Response:
        """The addresses of the two lists."""
        links, base = Links.of(request._request), f"teams/{self.target.slug}/languages/"
        return Response({kind.label: links(f"{base}{kind.label}/") for kind in Kind})


class LanguageListViewSet(ResourceViewSet):
    """One of the lists: a sorted list of language codes, without pages."""

    kind: int = Kind.PREFERRED
    policies: ClassVar = {
        "retrieve": account_that(may_view_members),
        "update": account_that(may_change_team),
    }
    lists: ClassVar = {"update": "Language codes."}

    target: Team

    def load(self, *, slug: str) -> Team:
        return find_team(self.request, slug)

    @extend_schema(responses={200: CODES})
    def retrieve(self, request: Request, slug: str) -> Response:
        """Read the list."""
        return Response(languages_of(self.target, self.kind))

    @extend_schema(request={each.media_type: CODES for each in WIRE}, responses={200: CODES})
    def update(self, request: Request, slug: str) -> Response:
        """Replace the list. A code in it is taken out of the other list."""
        if not isinstance(request.data, list):
            raise InvalidInput(["Data must be a list"])
        if len(request.data) > MAX_CODES:
            raise InvalidInput([f"There are more than {MAX_CODES} codes."])
        codes = [_code(item) for item in request.data]
        return Response(set_languages(self.target, actor=request.user, kind=self.kind, codes=codes))


def _code(item: object) -> str:
    code = known.normalise(item) if isinstance(item, str) else None
    if code is None:
        raise InvalidInput([known.unknown(str(item), "Invalid language code")])
    return code

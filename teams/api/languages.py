"""/api/teams/SLUG/languages/ — what a team prefers and what it shuns."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api import languages as known
from amara_api.errors import InvalidInput
from amara_api.rest.links import Links
from amara_api.rest.policies import account_that
from amara_api.rest.schemas import single
from amara_api.rest.viewsets import ResourceViewSet
from teams.api.addresses import find_team
from teams.models import Team, TeamLanguage
from teams.policies import may_change_team, may_view_members
from teams.services.languages import languages_of, set_languages

Kind = TeamLanguage.Kind
CODES = {"type": "array", "items": {"type": "string"}}


@single
class TeamLanguagesSchema(serializers.Serializer[Any]):
    preferred = serializers.URLField()
    blacklisted = serializers.URLField()


class TeamLanguagesViewSet(ResourceViewSet):
    """Where the two lists are."""

    policies: ClassVar = {"list": account_that(may_view_members)}

    def load(self, **address: Any) -> Team:
        return find_team(self.request, address["slug"])

    @extend_schema(operation_id="team_languages", responses=TeamLanguagesSchema)
    def list(self, request: Any, slug: str) -> Response:
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

    def load(self, **address: Any) -> Team:
        return find_team(self.request, address["slug"])

    @extend_schema(responses={200: CODES})
    def retrieve(self, request: Any, slug: str) -> Response:
        """Read the list."""
        return Response(languages_of(self.target, self.kind))

    @extend_schema(request={"application/json": CODES}, responses={200: CODES})
    def update(self, request: Any, slug: str) -> Response:
        """Replace the list. A code in it is taken out of the other list."""
        if not isinstance(request.data, list):
            raise InvalidInput(["Data must be a list"])
        codes = [_code(item) for item in request.data]
        return Response(set_languages(self.target, actor=request.user, kind=self.kind, codes=codes))


def _code(item: Any) -> str:
    code = known.normalise(item) if isinstance(item, str) else None
    if code is None:
        raise InvalidInput([f"Invalid language code: {str(item)[:100]}"])
    return code

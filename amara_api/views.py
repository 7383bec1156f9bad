"""The resources that no domain owns: the index, the languages, and every unknown address."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from amara_api import languages
from amara_api.rest.links import Links
from amara_api.rest.policies import PUBLIC
from amara_api.rest.schemas import single
from amara_api.rest.viewsets import ResourceViewSet


@single
class IndexSchema(serializers.Serializer[Any]):
    videos = serializers.URLField()
    users = serializers.URLField()
    teams = serializers.URLField()
    languages = serializers.URLField()
    messages = serializers.URLField()


@single
class LanguagesSchema(serializers.Serializer[Any]):
    languages = serializers.DictField(child=serializers.CharField())


class IndexViewSet(ResourceViewSet):
    """Where everything starts."""

    policies: ClassVar = {"list": PUBLIC}

    @extend_schema(operation_id="index", responses=IndexSchema)
    def list(self, request: Any) -> Response:
        """The addresses of the top-level resources."""
        links = Links.of(request._request)
        return Response(
            {
                "videos": links("videos/"),
                "users": links("users/"),
                "teams": links("teams/"),
                "languages": links("languages/"),
                "messages": links("message/"),
            }
        )


class LanguagesViewSet(ResourceViewSet):
    """Every language that subtitles can be made in."""

    policies: ClassVar = {"list": PUBLIC}

    @extend_schema(operation_id="languages", responses=LanguagesSchema)
    def list(self, request: Any) -> Response:
        """Language codes and their English names."""
        return Response({"languages": languages.LANGUAGES})


class UnknownViewSet(ResourceViewSet):
    """What no route matches: 404 in the caller's format, and 401 for a bad key as everywhere."""

    schema = None
    policies: ClassVar = {"unknown": PUBLIC}

    def unknown(self, request: Any, **kwargs: Any) -> Response:
        raise NotFound

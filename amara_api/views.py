"""The resources that no domain owns: the index, the languages, the API's description, and every
unknown address."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.rest.links import Links
from amara_api.kernel.rest.policies import PUBLIC
from amara_api.kernel.rest.schemas import single
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data


@single
class IndexSchema(serializers.Serializer[Data]):
    videos = serializers.URLField()
    users = serializers.URLField()
    teams = serializers.URLField()
    languages = serializers.URLField()
    messages = serializers.URLField()


@single
class LanguagesSchema(serializers.Serializer[Data]):
    languages = serializers.DictField(child=serializers.CharField())


class IndexViewSet(ResourceViewSet[None]):
    """Where everything starts."""

    policies: ClassVar = {"list": PUBLIC}

    @extend_schema(operation_id="index", responses=IndexSchema)
    def list(self, request: Request) -> Response:
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


class LanguagesViewSet(ResourceViewSet[None]):
    """Every language that subtitles can be made in."""

    policies: ClassVar = {"list": PUBLIC}

    @extend_schema(operation_id="languages", responses=LanguagesSchema)
    def list(self, request: Request) -> Response:
        """Language codes and their English names."""
        return Response({"languages": languages.listed()})


class DescriptionView(SpectacularAPIView):
    """The OpenAPI description. It is the same for everybody, and takes half a second to make, so
    each process makes it once in each format."""

    schema = None
    _made: ClassVar[dict[tuple[str, Data], tuple[str | bytes, dict[str, str]]]] = {}

    def get(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        kind = request.accepted_media_type, request.version
        if kind not in self._made:
            response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
            body = request.accepted_renderer.render(response.data, kind[0], {})
            self._made[kind] = body, {**response.headers, "Content-Type": kind[0]}
        body, headers = self._made[kind]
        return HttpResponse(body, headers=headers)


class UnknownViewSet(ResourceViewSet[None]):
    """What no route matches: 404 in the caller's format, and 401 for a bad key as everywhere."""

    schema = None
    policies: ClassVar = {"unknown": PUBLIC}

    def unknown(self, request: Request, **address: object) -> Response:
        raise NotFound

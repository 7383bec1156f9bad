"""/api/videos/ID/urls/ — the addresses of a video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.fields import FlagField, TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import PUBLIC, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.policies import may_edit_video
from videos import providers, services
from videos.api.addresses import find_video, rows_of
from videos.api.answers import VideoUrlAnswer
from videos.models import Video, VideoUrl

if TYPE_CHECKING:
    from django.db.models import Model
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from users.models import User


class VideoUrlUpdateInput(InputSerializer):
    """A url itself never changes: add another and delete this one."""

    resource = "video_url"

    primary = FlagField(required=False, help_text="true makes it the primary url; false nothing.")
    original = FlagField(required=False)


class VideoUrlCreateInput(VideoUrlUpdateInput):
    url = TextField(max_length=2048, help_text="A media file, or a page of a provider.")

    def validate_url(self, value: str) -> str:
        if not providers.is_url(value):
            raise ValidationError("Enter a valid URL.")
        return value


class VideoUrlSchema(serializers.Serializer[Data]):
    """A url of a video."""

    created = serializers.DateTimeField()
    url = serializers.CharField()
    primary = serializers.BooleanField()
    original = serializers.BooleanField()
    id = serializers.IntegerField()
    videoid = serializers.CharField(allow_blank=True, help_text="The provider's own id.")
    type = serializers.CharField()
    resource_uri = serializers.URLField()

    def get_fields(self) -> dict[str, serializers.Field[Data, Data, Data, Data]]:
        return {**super().get_fields(), "video-id": serializers.CharField()}


def _may_edit(user: User, target: tuple[Video, VideoUrl | None]) -> Decision:
    return may_edit_video(user, target[0])


class VideoUrlViewSet(ResourceViewSet):
    """The urls of a video. One is primary: that is what players use."""

    policies: ClassVar = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": account_that(_may_edit),
        "update": account_that(_may_edit),
        "partial_update": account_that(_may_edit),
        "destroy": account_that(_may_edit),
    }
    inputs: ClassVar = {
        "create": VideoUrlCreateInput,
        "update": VideoUrlUpdateInput,
        "partial_update": VideoUrlUpdateInput,
    }
    resources: ClassVar = ("video_url",)
    slow: ClassVar = frozenset({"create"})

    target: tuple[Video, VideoUrl | None]

    def load(self, *, video_id: str, url_id: int | None = None) -> tuple[Video, VideoUrl | None]:
        video = find_video(self.request, video_id)
        if url_id is None:
            return video, None
        url = video.urls.filter(pk=url_id).first()
        if url is None:
            raise NotThere
        return video, url

    def held(self) -> list[Model | None]:
        return rows_of(self.target[0])

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(VideoUrlSchema))
    def list(self, request: Request, video_id: str) -> Response:
        """List the urls of a video, the primary one first."""
        urls = self.target[0].urls.order_by("-primary", "pk")
        return Response(Page(request).of_query(urls, self._all))

    @extend_schema(responses=VideoUrlSchema)
    def retrieve(self, request: Request, video_id: str, url_id: int) -> Response:
        """Read a url."""
        return Response(self._one(self.target[1]))

    @extend_schema(request=VideoUrlCreateInput, responses={201: VideoUrlSchema})
    def create(self, request: Request, video_id: str) -> Response:
        """Add a url that no other video of the team has."""
        fields = self.read()
        source = services.source_of(fields["url"], "url", follow=True)

        def add() -> Response:
            url = services.add_url(self.target[0], actor=request.user, source=source, **fields)
            return Response(self._one(url), status=201)

        return self.whole(add)

    @extend_schema(request=VideoUrlUpdateInput, responses=VideoUrlSchema)
    def update(self, request: Request, video_id: str, url_id: int) -> Response:
        """Make a url the primary one."""
        url = services.update_url(self.target[1], actor=request.user, **self.read())
        return Response(self._one(url))

    @extend_schema(request=VideoUrlUpdateInput, responses=VideoUrlSchema)
    def partial_update(self, request: Request, video_id: str, url_id: int) -> Response:
        """The same as PUT."""
        return self.update(request, video_id, url_id)

    @extend_schema(
        responses={
            204: None,
            400: OpenApiResponse(description="The primary url stays until another is primary."),
        }
    )
    def destroy(self, request: Request, video_id: str, url_id: int) -> Response:
        """Delete a url that is not the primary one."""
        services.delete_url(self.target[1], actor=request.user)
        return Response(status=204)

    def _one(self, url: VideoUrl) -> dict[str, Data]:
        return VideoUrlAnswer(self.request)(url, video_id=self.target[0].video_id)

    def _all(self, urls: Sequence[VideoUrl]) -> Sequence[dict[str, Data]]:
        answer, video_id = VideoUrlAnswer(self.request), self.target[0].video_id
        return [answer(url, video_id=video_id) for url in urls]

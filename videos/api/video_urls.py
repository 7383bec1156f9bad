"""/api/videos/ID/urls/ — the addresses of a video."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from amara_api.errors import NotThere
from amara_api.rest.fields import FlagField, TextField
from amara_api.rest.pagination import Page
from amara_api.rest.policies import PUBLIC, account_that
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from teams.policies import may_edit_video
from videos import providers, services
from videos.api.addresses import find_video
from videos.api.answers import VideoUrlAnswer
from videos.models import Video, VideoUrl


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


class VideoUrlSchema(serializers.Serializer[Any]):
    """A url of a video."""

    created = serializers.DateTimeField()
    url = serializers.CharField()
    primary = serializers.BooleanField()
    original = serializers.BooleanField()
    id = serializers.IntegerField()
    videoid = serializers.CharField(allow_blank=True, help_text="The provider's own id.")
    type = serializers.CharField()
    resource_uri = serializers.URLField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "video-id": serializers.CharField()}


def _may_edit(user: Any, target: tuple[Video, VideoUrl | None]) -> Any:
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

    def load(self, **address: Any) -> tuple[Video, VideoUrl | None]:
        video = find_video(self.request, address["video_id"])
        if "url_id" not in address:
            return video, None
        url = video.urls.filter(pk=address["url_id"]).first()
        if url is None:
            raise NotThere
        return video, url

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(VideoUrlSchema))
    def list(self, request: Any, video_id: str) -> Response:
        """List the urls of a video, the primary one first."""
        urls = self.target[0].urls.order_by("-primary", "pk")
        return Response(
            Page(request).of(
                urls.count(), lambda limit, offset: self._all(urls[offset : offset + limit])
            )
        )

    @extend_schema(responses=VideoUrlSchema)
    def retrieve(self, request: Any, video_id: str, url_id: int) -> Response:
        """Read a url."""
        return Response(self._one(self.target[1]))

    @extend_schema(request=VideoUrlCreateInput, responses={201: VideoUrlSchema})
    def create(self, request: Any, video_id: str) -> Response:
        """Add a url that no other video has."""
        url = services.add_url(self.target[0], actor=request.user, **self.read())
        return Response(self._one(url), status=201)

    @extend_schema(request=VideoUrlUpdateInput, responses=VideoUrlSchema)
    def update(self, request: Any, video_id: str, url_id: int) -> Response:
        """Make a url the primary one."""
        url = services.update_url(self.target[1], actor=request.user, **self.read())
        return Response(self._one(url))

    @extend_schema(request=VideoUrlUpdateInput, responses=VideoUrlSchema)
    def partial_update(self, request: Any, video_id: str, url_id: int) -> Response:
        """The same as PUT."""
        return self.update(request, video_id, url_id)

    @extend_schema(
        responses={
            204: None,
            400: OpenApiResponse(description="The primary url stays until another is primary."),
        }
    )
    def destroy(self, request: Any, video_id: str, url_id: int) -> Response:
        """Delete a url that is not the primary one."""
        services.delete_url(self.target[1], actor=request.user)
        return Response(status=204)

    def _one(self, url: VideoUrl) -> dict[str, Any]:
        return VideoUrlAnswer(self.request)(url, video_id=self.target[0].video_id)

    def _all(self, urls: Any) -> Sequence[dict[str, Any]]:
        answer, video_id = VideoUrlAnswer(self.request), self.target[0].video_id
        return [answer(url, video_id=video_id) for url in urls]

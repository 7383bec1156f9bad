"""/api/activity/ — all activity in one list, by integer types. Deprecated since 2016."""

from typing import ClassVar

import django_filters
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.answers import WITH_COMMENTS, LegacyActivityAnswer, RecordRow
from activity.api.streams import RecordFilters, Records, newest, stream
from activity.models import ActivityRecord
from activity.models.records import one_of
from activity.types import LEGACY_NUMBERS, MEMBERSHIP
from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.policies import ACCOUNT
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.policies import find_team as find_visible
from teams.policies import find_video, may_view_members
from teams.policies.activity import (
    NUMBERED,
    own_records,
    readable_records,
    records_of_team,
    records_of_video,
)

_BY_NUMBER = {str(number): type for type, number in LEGACY_NUMBERS.items()}
_NOTHING = Q(pk=None)


class LegacyFilters(RecordFilters):
    type = django_filters.CharFilter(method="by_number")

    def by_number(self, found: Records, name: str, number: str) -> Records:
        """A number that is none, or that stands for nothing, matches nothing."""
        type = _BY_NUMBER.get(number)
        return found.filter(type=type) if type else found.none()


class LegacyActivitySchema(serializers.Serializer[Data]):
    """Something that happened, as older programs know it."""

    id = serializers.IntegerField()
    type = serializers.IntegerField()
    type_name = serializers.CharField()
    created = serializers.DateTimeField()
    date = serializers.DateTimeField(help_text="The same as `created`.")
    video = serializers.CharField(allow_null=True)
    video_uri = serializers.URLField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    language_url = serializers.URLField(allow_null=True)
    user = serializers.CharField(allow_null=True)
    comment = serializers.CharField(allow_null=True)
    new_video_title = serializers.CharField(allow_null=True)
    resource_uri = serializers.URLField()


class LegacyActivityViewSet(ResourceViewSet[RecordRow | None]):
    """Your own activity and that of your teams, of one team, or of one video."""

    policies: ClassVar = {"list": ACCOUNT, "retrieve": ACCOUNT}
    resources: ClassVar = ("legacy_activity",)

    def load(self, *, record_id: int | None = None) -> RecordRow | None:
        if record_id is None:
            return None
        readable = ActivityRecord.objects.filter(readable_records(self.request.user))
        records = newest(readable.filter(pk=record_id), 1, 0, columns=WITH_COMMENTS)
        if not records:
            raise NotThere
        return records[0]

    @extend_schema(
        parameters=[
            OpenApiParameter("team", str, description="Slug. You must be a member."),
            OpenApiParameter("team-activity", str, description="Who joined and left the team."),
            OpenApiParameter("video", str, description="Video id. `team` wins over it."),
            OpenApiParameter("type", int),
            OpenApiParameter("language", str),
            OpenApiParameter("before", str, description="Earlier than this moment."),
            OpenApiParameter("after", str, description="At this moment or later."),
            *PAGE_PARAMETERS,
        ],
        responses={
            200: page_of(LegacyActivitySchema),
            400: OpenApiResponse(description="A moment that cannot be read."),
            403: OpenApiResponse(description="Not your team."),
        },
    )
    def list(self, request: Request) -> Response:
        """List activity, newest first."""
        records = NUMBERED & self._asked()
        return stream(request, LegacyFilters, records, answer=LegacyActivityAnswer)

    @extend_schema(responses=LegacyActivitySchema)
    def retrieve(self, request: Request, record_id: int) -> Response:
        """Read one thing that happened."""
        assert self.target is not None
        return Response(LegacyActivityAnswer(request).page([self.target])[0])

    def _asked(self) -> Q:
        asked = self.request.GET
        if "team" in asked:
            return self._of_team(asked["team"], joins="team-activity" in asked)
        if "video" in asked:
            return self._of_video(asked["video"])
        return own_records(self.request.user)

    def _of_team(self, slug: str, *, joins: bool) -> Q:
        user = self.request.user
        team = find_visible(user, slug)
        if team is None:
            return _NOTHING
        if not (user.is_superuser or may_view_members(user, team)):
            raise PermissionDenied
        membership = one_of(MEMBERSHIP)
        return records_of_team(user, team) & (membership if joins else ~membership)

    def _of_video(self, video_id: str) -> Q:
        user = self.request.user
        video = find_video(user, video_id)
        if video is None:
            return _NOTHING
        if video.team and not (user.is_superuser or may_view_members(user, video.team)):
            raise PermissionDenied
        return records_of_video(user, video)

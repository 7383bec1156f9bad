"""/api/activity/ — all activity in one list, by integer types. Deprecated since 2016."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from activity.api.answers import LegacyActivityAnswer
from activity.api.streams import RecordFilters, newest, stream
from activity.models import ActivityRecord
from activity.types import LEGACY_NUMBERS, MEMBERSHIP
from amara_api.errors import NotThere
from amara_api.rest.policies import ACCOUNT
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.viewsets import ResourceViewSet
from teams.policies import find_team as find_visible
from teams.policies import may_view_members, may_view_video
from teams.policies.activity import (
    NUMBERED,
    own_records,
    readable_records,
    records_of_team,
    records_of_video,
)
from videos.models import Video

_BY_NUMBER = {str(number): type for type, number in LEGACY_NUMBERS.items()}
_NOTHING = Q(pk=None)


class LegacyFilters(RecordFilters):
    type = django_filters.CharFilter(method="by_number")

    def by_number(self, found: Any, name: str, number: str) -> Any:
        """A number that is none, or that stands for nothing, matches nothing."""
        type = _BY_NUMBER.get(number)
        return found.filter(type=type) if type else found.none()


class LegacyActivitySchema(serializers.Serializer[Any]):
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


class LegacyActivityViewSet(ResourceViewSet):
    """Your own activity and that of your teams, of one team, or of one video."""

    policies: ClassVar = {"list": ACCOUNT, "retrieve": ACCOUNT}

    def load(self, **address: Any) -> ActivityRecord | None:
        if "record_id" not in address:
            return None
        readable = ActivityRecord.objects.filter(readable_records(self.request.user))
        found = newest(readable.filter(pk=address["record_id"]), 1, 0)
        if not (records := list(found)):
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
    def list(self, request: Any) -> Response:
        """List activity, newest first."""
        records = NUMBERED & self._asked()
        return stream(request, LegacyFilters, records, answer=LegacyActivityAnswer)

    @extend_schema(responses=LegacyActivitySchema)
    def retrieve(self, request: Any, record_id: int) -> Response:
        """Read one thing that happened."""
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
        membership = Q(type__in=sorted(MEMBERSHIP))
        return records_of_team(user, team) & (membership if joins else ~membership)

    def _of_video(self, video_id: str) -> Q:
        user = self.request.user
        video = Video.objects.select_related("team").filter(video_id=video_id).first()
        if video is None or not may_view_video(user, video):
            return _NOTHING
        if video.team and not (user.is_superuser or may_view_members(user, video.team)):
            raise PermissionDenied
        return records_of_video(user, video)

"""…/activity/ of a video, of a team and of a person: what happened, newest first."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.answers import ActivityAnswer, RecordAnswer
from activity.models import ActivityRecord
from activity.models.records import NEWEST_FIRST
from activity.tallies import count
from activity.types import PRINTED, ActivityType
from amara_api.rest.filters import MomentFilter, filtered
from amara_api.rest.pagination import Page
from amara_api.rest.policies import ACCOUNT
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.viewsets import ResourceViewSet
from teams.api.addresses import find_team, user_named
from teams.models import Team
from teams.policies import find_team as find_visible
from teams.policies import may_view_video
from teams.policies.activity import records_by, records_of_team, records_of_video
from users.api.schemas import UserObjectSchema
from users.lookups import find_user
from users.models import User
from videos.api.addresses import find_video
from videos.models import Video
from videos.queries import DEEP

_COLUMNS = (
    *("type", "language_code", "data", "created"),
    *("actor__username", "actor__public_id"),
    *("video__video_id", "video__is_public", "video__team_id"),
)


class RecordFilters(django_filters.FilterSet):
    """What every list of records may be asked for."""

    language = django_filters.CharFilter(method="by_language")
    before = MomentFilter(field_name="created", lookup_expr="lt")
    after = MomentFilter(field_name="created", lookup_expr="gte")

    def by_language(self, found: Any, name: str, code: str) -> Any:
        return found.filter(language_code=code.lower())


class StreamFilters(RecordFilters):
    """What does not exist, and what the caller may not know of, has no activity."""

    type = django_filters.CharFilter(method="by_type")

    def by_type(self, found: Any, name: str, slug: str) -> Any:
        return found.filter(type=slug) if slug in PRINTED else found.none()

    def by_user(self, found: Any, name: str, identifier: str) -> Any:
        user = user_named(identifier)
        return found.filter(actor=user) if user else found.none()

    def by_video(self, found: Any, name: str, video_id: str) -> Any:
        video = Video.objects.select_related("team").filter(video_id=video_id).first()
        seen = video is not None and may_view_video(self.request.user, video)
        return found.filter(video=video) if seen else found.none()

    def by_team(self, found: Any, name: str, slug: str) -> Any:
        team = find_visible(self.request.user, slug)
        return found.filter(team=team) if team else found.none()


class VideoStreamFilters(StreamFilters):
    user = django_filters.CharFilter(method="by_user")


class TeamStreamFilters(VideoStreamFilters):
    video = django_filters.CharFilter(method="by_video")
    video_language = django_filters.CharFilter(
        field_name="video__primary_audio_language_code", lookup_expr="iexact"
    )


class UserStreamFilters(StreamFilters):
    video = django_filters.CharFilter(method="by_video")
    video_language = TeamStreamFilters.base_filters["video_language"]
    team = django_filters.CharFilter(method="by_team")


class ActivitySchema(serializers.Serializer[Any]):
    """Something that happened. The last members are there for some types only."""

    type = serializers.ChoiceField([type for type in ActivityType if type in PRINTED])
    date = serializers.DateTimeField()
    user = UserObjectSchema(allow_null=True)
    video = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    video_uri = serializers.URLField(allow_null=True)
    language_uri = serializers.URLField(allow_null=True)
    url = serializers.CharField(required=False)
    old_url = serializers.CharField(required=False)
    new_url = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    role = serializers.CharField(required=False, allow_null=True)
    assignee = UserObjectSchema(required=False, allow_null=True)
    state_change = serializers.CharField(required=False, allow_null=True)


_SHARED = [
    OpenApiParameter("type", str, enum=sorted(PRINTED)),
    OpenApiParameter("language", str, description="Of the subtitles."),
    OpenApiParameter("before", str, description="Earlier than this moment."),
    OpenApiParameter("after", str, description="At this moment or later."),
]
_USER = OpenApiParameter("user", str, description="Who did it: user name, or `id$ID`.")
_OF_VIDEO = [
    OpenApiParameter("video", str, description="Video id."),
    OpenApiParameter("video_language", str, description="Spoken in the video."),
]
_ANSWERS = {
    200: page_of(ActivitySchema),
    400: OpenApiResponse(description="A moment that cannot be read."),
}


def newest(found: Any, limit: int, offset: int) -> Any:
    """A page of records with all that is printed. The ids of a deep one come first: joined before
    they are counted off, the people and videos of all records before it would be read."""
    found = found.order_by(*NEWEST_FIRST)
    if offset >= DEEP:
        ids = found.values("pk")[offset : offset + limit]
        found = ActivityRecord.objects.filter(pk__in=list(ids.values_list("pk", flat=True)))
        found, offset = found.order_by(*NEWEST_FIRST), 0
    page = found.select_related("actor", "video").only(*_COLUMNS)
    return page[offset : offset + limit]


def stream(
    request: Request,
    filters: Any,
    records: Q,
    *,
    answer: type[RecordAnswer] = ActivityAnswer,
    whole: bool = False,
    about: Q | None = None,
) -> Response:
    """A page of the records that the request's parameters leave. ``whole`` is told the answer,
    ``about`` the count."""
    found = filtered(filters, request, ActivityRecord.objects.filter(records))
    printed = answer(request)

    def rows(limit: int, offset: int) -> list[Any]:
        return printed.page(newest(found, limit, offset), whole=whole)

    return Response(Page(request).of(count(found, about), rows))


class VideoActivityViewSet(ResourceViewSet):
    """What happened to a video and its subtitles."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, **address: Any) -> Video:
        return find_video(self.request, address["video_id"])

    @extend_schema(parameters=[*_SHARED, _USER, *PAGE_PARAMETERS], responses=_ANSWERS)
    def list(self, request: Any, video_id: str) -> Response:
        """List a video's activity, newest first."""
        records = records_of_video(request.user, self.target)
        about = Q(video=self.target)
        return stream(request, VideoStreamFilters, records, whole=True, about=about)


class TeamActivityViewSet(ResourceViewSet):
    """What happened in a team and to its videos."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, **address: Any) -> Team:
        return find_team(self.request, address["slug"])

    @extend_schema(parameters=[*_SHARED, _USER, *_OF_VIDEO, *PAGE_PARAMETERS], responses=_ANSWERS)
    def list(self, request: Any, slug: str) -> Response:
        """List a team's activity, newest first. Others than members see what is public."""
        return stream(request, TeamStreamFilters, records_of_team(request.user, self.target))


class UserActivityViewSet(ResourceViewSet):
    """What somebody did."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, **address: Any) -> User:
        return find_user(address["identifier"])

    @extend_schema(
        parameters=[
            *_SHARED,
            *_OF_VIDEO,
            OpenApiParameter("team", str, description="Slug."),
            *PAGE_PARAMETERS,
        ],
        responses=_ANSWERS,
    )
    def list(self, request: Any, identifier: str) -> Response:
        """List what somebody did, newest first, as far as you may see it."""
        return stream(request, UserStreamFilters, records_by(request.user, self.target))

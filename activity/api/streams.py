"""…/activity/ of a video, of a team and of a person: what happened, newest first."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activity.api.answers import (
    RECORD_COLUMNS,
    WITH_COMMENTS,
    ActivityAnswer,
    Columns,
    RecordAnswer,
    RecordRow,
)
from activity.models import ActivityRecord
from activity.models.records import NEWEST_FIRST, ORIGINAL
from activity.tallies import Count, Question, count, count_of, keys_of_page, place, question_of
from activity.types import PRINTED, ActivityType
from amara_api.kernel.compiled import CompiledQuery, padded
from amara_api.kernel.rest.filters import LanguageFilter, MomentFilter, filtered, narrows
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import find_team, user_named
from teams.models import Team
from teams.policies import find_video as find_visible_video
from teams.policies import key_of_team
from teams.policies.activity import (
    Reads,
    reading_of_team,
    records_by,
    records_in_team,
    records_of_video,
)
from users.api.schemas import UserObjectSchema
from users.lookups import find_user
from users.models import User
from videos.api.addresses import find_video
from videos.models import Video
from videos.queries import DEEP

Records = QuerySet[ActivityRecord]


class RecordFilters(django_filters.FilterSet):
    """What every list of records may be asked for."""

    language = LanguageFilter(field_name="language_code")
    before = MomentFilter(field_name="created", lookup_expr="lt")
    after = MomentFilter(field_name="created", lookup_expr="gte")


class StreamFilters(RecordFilters):
    """What does not exist, and what the caller may not know of, has no activity."""

    type = django_filters.CharFilter(method="by_type")

    def by_type(self, found: Records, name: str, slug: str) -> Records:
        return found.filter(type=slug) if slug in PRINTED else found.none()

    def by_user(self, found: Records, name: str, identifier: str) -> Records:
        user = user_named(identifier)
        return found.filter(actor=user) if user else found.none()

    def by_video(self, found: Records, name: str, video_id: str) -> Records:
        video = find_visible_video(self.request.user, video_id)
        if video is None:
            return found.none()
        # Each half has an index of videos; without them all of a team's stream would be read.
        return found.filter(ORIGINAL | ~ORIGINAL, video=video)

    def by_team(self, found: Records, name: str, slug: str) -> Records:
        team = key_of_team(self.request.user, slug)
        return found.filter(team=team) if team else found.none()


class VideoStreamFilters(StreamFilters):
    user = django_filters.CharFilter(method="by_user")


class TeamStreamFilters(VideoStreamFilters):
    video = django_filters.CharFilter(method="by_video")
    video_language = LanguageFilter(field_name="video__primary_audio_language_code")


class UserStreamFilters(StreamFilters):
    video = django_filters.CharFilter(method="by_video")
    video_language = TeamStreamFilters.base_filters["video_language"]
    team = django_filters.CharFilter(method="by_team")


class ActivitySchema(serializers.Serializer[Data]):
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


def newest(
    found: Records,
    limit: int,
    offset: int,
    counted: Count | None = None,
    columns: Columns = RECORD_COLUMNS,
) -> Sequence[RecordRow]:
    """A page of records with all that is printed. The ids of a deep one come first: joined before
    they are counted off, the people and videos of all records before it would be read.

    ``counted`` says how many there are, which a deep page needs. What is behind the middle is
    counted off from the oldest, so it stays where it is while new records come. What is far from
    both ends is counted off from a record near it, in a long stream.
    """
    if counted is None or offset < DEEP:
        rows = found.order_by(*NEWEST_FIRST).values_list(*columns)[offset : offset + limit]
        return [RecordRow(*row) for row in rows]
    asked = counted.asked or question_of(found)
    if asked is None:
        return []
    total, last = counted.total, offset + limit
    if min(offset, total - last) >= DEEP and (near := place(found, counted, offset)):
        ids = keys_of_page(asked, limit, near.upto - (total - offset), near=near)
    elif offset > total // 2:
        first = max(total - last, 0)
        ids = keys_of_page(asked, total - offset - first, first, oldest_first=True)
    else:
        ids = keys_of_page(asked, limit, offset)
    listed = _listed(columns is WITH_COMMENTS, ids=padded(ids)) if ids else []
    return [RecordRow(*row) for row in listed]


@CompiledQuery
def _listed(
    has_comments: bool, *, ids: Sequence[int]
) -> QuerySet[ActivityRecord, tuple[Data, ...]]:
    found = ActivityRecord.objects.filter(pk__in=ids).order_by(*NEWEST_FIRST)
    return found.values_list(*(WITH_COMMENTS if has_comments else RECORD_COLUMNS))


def stream(
    request: Request,
    filters: type[RecordFilters],
    records: Q,
    *,
    answer: type[RecordAnswer] = ActivityAnswer,
    video: Video | None = None,
) -> Response:
    """A page of the records that the request's parameters leave. Those of a ``video`` that the
    caller sees name it."""
    found = filtered(filters, request, ActivityRecord.objects.filter(records))
    printed = answer(request)
    return _page(
        request,
        lambda limit, offset, counted: newest(found, limit, offset, counted, answer.columns),
        lambda: count(found, video and video.pk),
        lambda records: printed.page(records, whole=video is not None),
    )


def _page(
    request: Request,
    read: Callable[[int, int, Count | None], Sequence[RecordRow]],
    count: Callable[[], Count],
    printed: Callable[[Sequence[RecordRow]], Sequence[dict[str, Data]]],
) -> Response:
    """``read(limit, offset, counted)``. Where the page is the whole stream, as mostly, it is not
    counted; where a page is far from the beginning, it must be before."""
    asked = Page(request)
    if asked.offset < DEEP:
        body = asked.of_rows(lambda n, start: read(n, start, None), lambda: count().total, printed)
    else:
        counted = count()
        body = asked.of(counted.total, lambda n, start: printed(read(n, start, counted)))
    return Response(body)


@CompiledQuery
def _newest_of_team(
    reads: Reads, *, team: int, limit: int, offset: int = 0
) -> QuerySet[ActivityRecord, tuple[Data, ...]]:
    found = ActivityRecord.objects.filter(records_in_team(reads, team)).order_by(*NEWEST_FIRST)
    # People and videos of the page alone: joined before, those of all pages ahead would be read.
    page = found.values("pk")[offset : offset + limit]
    listed = ActivityRecord.objects.filter(pk__in=page).order_by(*NEWEST_FIRST)
    return listed.values_list(*RECORD_COLUMNS)


class _OfTeam(NamedTuple):
    """What somebody may read of a team's stream. Asked for without a filter, as it is all day, its
    statements are kept: to put them together takes longer than to run them."""

    reads: Reads
    team: int

    def stream(self, request: Request) -> Response:
        asked = _question_of_team(self.reads, self.team)
        if asked is None or narrows(TeamStreamFilters, request):
            return stream(request, TeamStreamFilters, records_in_team(self.reads, self.team))

        def read(limit: int, offset: int, counted: Count | None) -> Sequence[RecordRow]:
            if counted is not None:
                return newest(self.records(), limit, offset, counted)
            page = _newest_of_team.page(self.reads, team=self.team, limit=limit, offset=offset)
            return [RecordRow(*row) for row in page]

        return _page(
            request, read, lambda: count_of(asked, self.records), ActivityAnswer(request).page
        )

    def records(self) -> Records:
        return ActivityRecord.objects.filter(records_in_team(self.reads, self.team))


@lru_cache(maxsize=1024)
def _question_of_team(reads: Reads, team: int) -> Question | None:
    return question_of(_OfTeam(reads, team).records())


class VideoActivityViewSet(ResourceViewSet[Video]):
    """What happened to a video and its subtitles."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, *, video_id: str) -> Video:
        return find_video(self.request, video_id)

    @extend_schema(parameters=[*_SHARED, _USER, *PAGE_PARAMETERS], responses=_ANSWERS)
    def list(self, request: Request, video_id: str) -> Response:
        """List a video's activity, newest first."""
        records = records_of_video(request.user, self.target)
        return stream(request, VideoStreamFilters, records, video=self.target)


class TeamActivityViewSet(ResourceViewSet[Team]):
    """What happened in a team and to its videos."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, *, slug: str) -> Team:
        return find_team(self.request, slug)

    @extend_schema(parameters=[*_SHARED, _USER, *_OF_VIDEO, *PAGE_PARAMETERS], responses=_ANSWERS)
    def list(self, request: Request, slug: str) -> Response:
        """List a team's activity, newest first. Others than members see what is public."""
        reads = reading_of_team(request.user, self.target)
        return _OfTeam(reads, self.target.pk).stream(request)


class UserActivityViewSet(ResourceViewSet[User]):
    """What somebody did."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("activity",)

    def load(self, *, identifier: str) -> User:
        return find_user(identifier)

    @extend_schema(
        parameters=[
            *_SHARED,
            *_OF_VIDEO,
            OpenApiParameter("team", str, description="Slug."),
            *PAGE_PARAMETERS,
        ],
        responses=_ANSWERS,
    )
    def list(self, request: Request, identifier: str) -> Response:
        """List what somebody did, newest first, as far as you may see it."""
        return stream(request, UserStreamFilters, records_by(request.user, self.target))

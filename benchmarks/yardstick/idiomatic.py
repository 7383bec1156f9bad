"""The same resource as the framework's tutorials would have it: a ModelViewSet, nested
ModelSerializers, prefetched relations, `reverse()` for links, a FilterSet, a token-like key."""

import hashlib
import hmac
from typing import Any

import django_filters
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.reverse import reverse

from activity.models import ActivityRecord
from activity.types import PRINTED
from amara_api.kernel import languages
from subtitles.models import SubtitleLanguage
from teams.models import Task
from users.models import ApiKey, User
from videos.models import Video, fingerprint


def address(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """For `reverse()` to point to."""
    return HttpResponse(status=501)


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        pepper = settings.AMARA_KEY_PEPPER.encode()
        key = request.META.get("HTTP_X_API_KEY", "")
        digest = hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()
        try:
            return ApiKey.objects.select_related("user").get(digest=digest).user, None
        except ApiKey.DoesNotExist:
            raise AuthenticationFailed from None


class LanguageSerializer(serializers.ModelSerializer):
    code = serializers.CharField(source="language_code")
    name = serializers.SerializerMethodField()
    published = serializers.SerializerMethodField()
    dir = serializers.SerializerMethodField()
    subtitles_uri = serializers.SerializerMethodField()
    resource_uri = serializers.SerializerMethodField()

    class Meta:
        model = SubtitleLanguage
        fields = ("code", "name", "published", "dir", "subtitles_uri", "resource_uri")

    def get_name(self, language: SubtitleLanguage) -> str:
        return languages.name(language.language_code)

    def get_published(self, language: SubtitleLanguage) -> bool:
        return language.public_tip_id is not None

    def get_dir(self, language: SubtitleLanguage) -> str:
        return languages.direction(language.language_code)

    def get_subtitles_uri(self, language: SubtitleLanguage) -> str:
        return self._uri("subtitles", language)

    def get_resource_uri(self, language: SubtitleLanguage) -> str:
        return self._uri("language", language)

    def _uri(self, name: str, language: SubtitleLanguage) -> str:
        args = [language.video.video_id, language.language_code]
        return reverse(name, args=args, request=self.context["request"])


class VideoSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="video_id")
    video_type = serializers.SerializerMethodField()
    original_language = serializers.CharField(source="primary_audio_language_code")
    team = serializers.SlugRelatedField("slug", read_only=True)
    project = serializers.SerializerMethodField()
    all_urls = serializers.SerializerMethodField()
    languages = LanguageSerializer(source="subtitle_languages", many=True)
    activity_uri = serializers.SerializerMethodField()
    urls_uri = serializers.SerializerMethodField()
    subtitle_languages_uri = serializers.SerializerMethodField()
    resource_uri = serializers.HyperlinkedIdentityField("video-detail", lookup_field="video_id")

    class Meta:
        model = Video
        fields = (
            "id",
            "video_type",
            "primary_audio_language_code",
            "original_language",
            "title",
            "description",
            "duration",
            "thumbnail",
            "created",
            "team",
            "project",
            "all_urls",
            "metadata",
            "languages",
            "activity_uri",
            "urls_uri",
            "subtitle_languages_uri",
            "resource_uri",
        )

    def get_video_type(self, video: Video) -> str:
        types = {url.type for url in video.urls.all()}
        return types.pop() if len(types) == 1 else ""

    def get_project(self, video: Video) -> str | None:
        project = video.project
        return None if project is None or project.slug == "_root" else project.slug

    def get_all_urls(self, video: Video) -> list[str]:
        return [url.url for url in sorted(video.urls.all(), key=lambda url: not url.primary)]

    def get_activity_uri(self, video: Video) -> str:
        return self._uri("activity", video)

    def get_urls_uri(self, video: Video) -> str:
        return self._uri("urls", video)

    def get_subtitle_languages_uri(self, video: Video) -> str:
        return self._uri("languages", video)

    def _uri(self, name: str, video: Video) -> str:
        return reverse(name, args=[video.video_id], request=self.context["request"])


class VideoFilter(django_filters.FilterSet):
    team = django_filters.CharFilter(field_name="team__slug")
    project = django_filters.CharFilter(field_name="project__slug")
    video_url = django_filters.CharFilter(method="by_url")

    class Meta:
        model = Video
        fields = ("team", "project", "primary_audio_language_code")

    def by_url(self, found: Any, name: str, url: str) -> Any:
        # The column of urls themselves has no index.
        digest = fingerprint(f"H:{url.partition('://')[2]}")
        return found.filter(urls__fingerprint=digest).distinct()


class Pages(LimitOffsetPagination):
    default_limit = 20
    max_limit = 100

    def get_paginated_response(self, data: Any) -> Response:
        meta = {
            "previous": self.get_previous_link(),
            "next": self.get_next_link(),
            "offset": self.offset,
            "limit": self.limit,
            "total_count": self.count,
        }
        return Response({"meta": meta, "objects": data})


class VideoViewSet(viewsets.ModelViewSet):
    queryset = (
        Video.objects.filter(is_public=True)
        .order_by("-created", "-pk")
        .select_related("team", "project")
        .prefetch_related("urls", "subtitle_languages")
    )
    serializer_class = VideoSerializer
    lookup_field = "video_id"
    pagination_class = Pages
    filter_backends = (DjangoFilterBackend,)
    filterset_class = VideoFilter
    authentication_classes = (KeyAuthentication,)
    permission_classes = (IsAuthenticated,)


# --- the work of a team --------------------------------------------------------------------------


class IsMember(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user.memberships.filter(team__slug=view.kwargs["slug"]).exists())


class PersonSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id")
    uri = serializers.HyperlinkedIdentityField("user", lookup_field="public_id")

    class Meta:
        model = User
        fields = ("username", "id", "uri")


class TaskSerializer(serializers.ModelSerializer):
    video_id = serializers.SlugRelatedField("video_id", source="video", read_only=True)
    language = serializers.CharField(source="language_code")
    type = serializers.CharField(source="get_type_display")
    assignee = PersonSerializer()
    approved = serializers.CharField(source="get_approved_display")
    version_number = serializers.SlugRelatedField(
        "version_number", source="version", read_only=True
    )
    resource_uri = serializers.SerializerMethodField()

    class Meta:
        model = Task
        fields = (
            "id",
            "video_id",
            "language",
            "type",
            "assignee",
            "priority",
            "created",
            "modified",
            "completed",
            "approved",
            "version_number",
            "resource_uri",
        )

    def get_resource_uri(self, task: Task) -> str:
        kwargs = {"slug": task.team.slug, "pk": task.pk}
        return reverse("task-detail", kwargs=kwargs, request=self.context["request"])


class TaskViewSet(viewsets.ModelViewSet):
    queryset = (
        Task.objects.filter(is_deleted=False)
        .order_by("pk")
        .select_related("team", "video", "assignee", "version")
    )
    serializer_class = TaskSerializer
    pagination_class = Pages
    authentication_classes = (KeyAuthentication,)
    permission_classes = (IsAuthenticated, IsMember)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(team__slug=self.kwargs["slug"])


class RecordSerializer(serializers.ModelSerializer):
    date = serializers.DateTimeField(source="created")
    user = PersonSerializer(source="actor")
    video = serializers.SlugRelatedField("video_id", read_only=True)
    language = serializers.SerializerMethodField()
    video_uri = serializers.HyperlinkedRelatedField(
        "video-detail", source="video", lookup_field="video_id", read_only=True
    )
    language_uri = serializers.SerializerMethodField()

    class Meta:
        model = ActivityRecord
        fields = ("type", "date", "user", "video", "language", "video_uri", "language_uri")

    def get_language(self, record: ActivityRecord) -> str | None:
        return record.language_code or None

    def get_language_uri(self, record: ActivityRecord) -> str | None:
        if not record.language_code:
            return None
        args = [record.video.video_id, record.language_code]
        return reverse("language", args=args, request=self.context["request"])

    def to_representation(self, record: ActivityRecord) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(record)
        if record.type.startswith("collab-"):
            shown["role"] = record.data.get("role")
            shown["state_change"] = record.data.get("state_change")
            name = record.data.get("assignee", "").removeprefix("id$")
            person = User.objects.filter(public_id=name).first()
            shown["assignee"] = person and PersonSerializer(person, context=self.context).data
        for name in {"video-url-added": ["url"], "video-title-changed": ["title"]}.get(
            record.type, []
        ):
            shown[name] = record.data.get(name)
        return shown


class ActivityViewSet(viewsets.ModelViewSet):
    queryset = (
        ActivityRecord.objects.filter(type__in=PRINTED)
        .order_by("-created", "-pk")
        .select_related("actor", "video")
    )
    serializer_class = RecordSerializer
    pagination_class = Pages
    authentication_classes = (KeyAuthentication,)
    permission_classes = (IsAuthenticated, IsMember)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(team__slug=self.kwargs["slug"])

"""/api/videos/ — list, look up, add, change and delete videos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.compiled import padded
from amara_api.kernel.errors import InvalidInput, NotAllowed
from amara_api.kernel.rest.fields import (
    FlagField,
    LanguageCodeField,
    MetadataField,
    TextField,
    WholeNumberField,
)
from amara_api.kernel.rest.pagination import AFTER, Page
from amara_api.kernel.rest.policies import ACCOUNT, PUBLIC, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from subtitles.queries import inside_video
from teams.models import DEFAULT_PROJECT, Project, Team
from teams.policies import (
    find_team,
    found_in,
    may_add_video_to,
    may_delete_video,
    may_edit_video,
    may_set_duration,
    project_in,
    team_ids_of,
)
from teams.services import videos as team_videos
from videos import providers, queries, services
from videos.api import after
from videos.api.addresses import find_video, find_video_row, rows_of
from videos.api.answers import VideoAnswer
from videos.models import Video

if TYPE_CHECKING:
    from django.db.models import Model
    from rest_framework.request import Request

    from users.models import User
    from videos.queries import After, Listing, Parameter, VideoRow
    from videos.services import NewVideoFields

NEWEST_PAGE = 10
MAX_DESCRIPTION = 100_000


class VideoUpdateInput(InputSerializer):
    """What may be changed. Whatever is left out stays."""

    resource = "video_input"

    title = TextField(required=False, allow_blank=True, max_length=2048)
    description = TextField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)
    duration = WholeNumberField(
        required=False, help_text="In seconds. Kept only while no duration is known."
    )
    primary_audio_language_code = LanguageCodeField(required=False, allow_blank=True)
    thumbnail = serializers.URLField(required=False, allow_blank=True, max_length=2048)
    metadata = MetadataField(required=False, help_text="`speaker-name` and `location`.")
    team = TextField(
        required=False, allow_null=True, help_text="Slug; null takes the video out of its team."
    )
    project = TextField(
        required=False,
        allow_null=True,
        help_text="Slug; needs `team`. Null is the default project.",
    )
    usePartnerId = FlagField(required=False, help_text="For partners: `id` is your own id of it.")
    id = TextField(required=False, max_length=100)

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        if attrs.get("project") and not attrs.get("team"):
            raise ValidationError("Can't specify project without team")
        use_partner_id, own_id = attrs.pop("usePartnerId", False), attrs.pop("id", None)
        if use_partner_id and own_id:
            user = self.context["request"].user
            if not user.is_partner:
                raise ValidationError({"usePartnerId": "Only partners may set ids of their own."})
            attrs |= {"partner": user, "partner_video_id": own_id}
        return attrs


class VideoCreateInput(VideoUpdateInput):
    """A new video. Only ``video_url`` is needed."""

    video_url = TextField(max_length=2048, help_text="A media file, or a page of a provider.")

    def validate_video_url(self, value: str) -> str:
        if not providers.is_url(value):
            raise ValidationError("Enter a valid URL.")
        return value


class DurationInput(InputSerializer):
    duration = WholeNumberField(min_value=1)


class LanguageOfVideoSchema(serializers.Serializer[Data]):
    """A language inside a video."""

    code = serializers.CharField()
    name = serializers.CharField()
    published = serializers.BooleanField()
    dir = serializers.ChoiceField(["ltr", "rtl"])
    subtitles_uri = serializers.URLField()
    resource_uri = serializers.URLField()


class VideoSchema(serializers.Serializer[Data]):
    """A video."""

    id = serializers.CharField()
    video_type = serializers.CharField(
        help_text="Y YouTube, V Vimeo, H media file, …", allow_blank=True
    )
    primary_audio_language_code = serializers.CharField(allow_null=True)
    original_language = serializers.CharField(
        allow_null=True, help_text="Deprecated copy of the one above."
    )
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    duration = serializers.IntegerField(allow_null=True, help_text="In seconds.")
    thumbnail = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    team = serializers.CharField(allow_null=True)
    project = serializers.CharField(allow_null=True)
    all_urls = serializers.ListField(child=serializers.CharField(), help_text="Primary first.")
    metadata = serializers.DictField(child=serializers.CharField())
    languages = LanguageOfVideoSchema(many=True)
    activity_uri = serializers.URLField()
    urls_uri = serializers.URLField()
    subtitle_languages_uri = serializers.URLField()
    resource_uri = serializers.URLField()


class DurationSchema(serializers.Serializer[Data]):
    duration = serializers.IntegerField(allow_null=True, help_text="In seconds.")


LIST_PARAMETERS = [
    OpenApiParameter("video_url", str, description="Videos with this url, in any of its forms."),
    OpenApiParameter("team", str, description="Slug of a team; `null` for videos without one."),
    OpenApiParameter(
        "project", str, description="Slug of a project of `team`; `null`: the default."
    ),
    OpenApiParameter("primary_audio_language_code", str, description="Language spoken."),
    OpenApiParameter("order_by", str, enum=list(queries.ORDERS)),
    OpenApiParameter(AFTER, str, description="A place in the list, as `next_page` has it."),
]


class VideoViewSet(ResourceViewSet):
    """Videos. Without a filter the list is the newest 20 public ones, ten a page."""

    policies: ClassVar = {
        "list": PUBLIC,
        "create": ACCOUNT,
        "retrieve": PUBLIC,
        "update": account_that(may_edit_video),
        "partial_update": account_that(may_edit_video),
        "destroy": account_that(may_delete_video),
    }
    inputs: ClassVar = {
        "create": VideoCreateInput,
        "update": VideoUpdateInput,
        "partial_update": VideoUpdateInput,
    }
    resources: ClassVar = ("video", "video_language")
    slow: ClassVar = frozenset({"create"})
    # Of the team whose videos are asked for.
    _video_count = 0

    def load(self, *, video_id: str | None = None) -> Video | VideoRow | None:
        if video_id is None:
            return None
        if self.action == "retrieve":
            return find_video_row(self.request, video_id, inside_video)
        return find_video(self.request, video_id)

    @extend_schema(parameters=[*LIST_PARAMETERS, *PAGE_PARAMETERS], responses=page_of(VideoSchema))
    def list(self, request: Request) -> Response:
        """List, search and look up videos."""
        order = _order(request.GET.get("order_by", ""))
        filters = self._filters()
        answer = VideoAnswer(request)
        if filters is None:
            page = Page(request, default_limit=NEWEST_PAGE)
            total, newest = queries.newest(
                order or "-created", page.limit, page.offset, inside_video
            )
            return self._page(page, total, answer.many(newest))
        page = Page(request)
        if filters.get("nothing"):
            return self._page(page, 0, [])
        usual = queries.BY_URL if "url" in filters else "-created"
        listing = queries.Listing(filters, order or usual, more=inside_video)
        last = after.read(place, listing) if (place := request.GET.get(AFTER)) else None
        total, rows = self._read(page, listing, last)
        shown, more = rows[: page.limit], len(rows) > page.limit > 0
        if listing.order == queries.BY_URL:
            return self._page(page, total, answer.many(shown))
        behind = page.after(after.token(listing, shown[-1])) if more else None
        return self._page(page, total, answer.many(shown), behind)

    def _read(
        self, page: Page, listing: Listing, last: After | None
    ) -> tuple[int, Sequence[VideoRow]]:
        """How many there are, and the page's rows, and one more where there is one."""
        if listing.is_short and last is None:
            rows = listing.rows(page.limit + 1, page.offset)
            return page.total(rows, listing.count), rows
        total, listing = listing.counted_in(self._video_count)
        if page.limit == 0:
            return total, []
        if last is not None:
            return total, listing.after(page.limit + 1, last)
        beyond = page.offset >= total
        return total, [] if beyond else listing.rows(page.limit + 1, page.offset)

    def _page(
        self, page: Page, total: int, objects: Sequence[dict[str, Data]], *behind: str | None
    ) -> Response:
        """Without a place ``behind`` the page, as in short lists, its offset leads on."""
        body = page.body(total, [*objects])
        next_page = behind[0] if behind else body["meta"]["next"]
        meta = after.VideoPageAnswer(self.request)(body["meta"], next_page=next_page)
        return Response({**body, "meta": meta})

    def held(self) -> Sequence[Model | None]:
        return rows_of(self.target)

    def _filters(self) -> dict[str, Parameter] | None:
        """The request's filters with names resolved to ids; None when it names none that counts.

        A team or project that is unknown, or hidden from the caller, matches nothing.
        """
        asked, user = self.request.GET, self.request.user
        filters: dict[str, Parameter] = {}
        if slug := asked.get("team"):
            of_team = self._team_filters(slug, asked.get("project"))
            if of_team is None:
                return {"nothing": True}
            filters |= of_team
        if url := asked.get("video_url"):
            # Strangers do not make the server ask others.
            filters["url"] = queries.url_fingerprint(url, follow=user.is_authenticated)
        if code := asked.get("primary_audio_language_code"):
            filters["language"] = languages.normalise(code) or languages.written(code)
        if not filters:
            return None
        if "team" not in filters:
            mine = team_ids_of(user)
            filters |= {"public_or_in": padded(mine)} if mine else {"public": None}
        return filters

    def _team_filters(self, slug: str, project_slug: str | None) -> dict[str, Parameter] | None:
        """None when no team or project of these names can be seen."""
        if slug == "null":
            return {"no_team": None}
        user = self.request.user
        team = find_team(user, slug, project=project_slug or "")
        if team is None:
            return None
        self._video_count = team.video_count
        filters = found_in(user, team)
        if project_slug:
            project = project_in(team, project_slug)
            if project is None:
                return None
            filters["project"] = project
        return filters

    @extend_schema(request=VideoCreateInput, responses={201: VideoSchema})
    def create(self, request: Request) -> Response:
        """Add a video."""
        fields = self.read()
        team, project = destination(request.user, fields)
        url = fields.pop("video_url")
        source, said = team_videos.as_provided(url, team, cast("NewVideoFields", fields))

        def add() -> Response:
            video = team_videos.add_video(
                actor=request.user,
                video_url=url,
                source=source,
                team=team,
                project=project,
                **said,
            )
            return Response(self._printed(video), status=201)

        return self.whole(add)

    @extend_schema(responses=VideoSchema)
    def retrieve(self, request: Request, video_id: str) -> Response:
        """Read a video."""
        return Response(VideoAnswer(request).one(self.target))

    @extend_schema(request=VideoUpdateInput, responses=VideoSchema)
    def update(self, request: Request, video_id: str) -> Response:
        """Change a video; its urls have a resource of their own."""
        fields = self.read()
        moves = "team" in fields
        team, project = destination(request.user, fields)
        if moves:
            fields |= {"team": team, "project": project}
        video = team_videos.update_video(self.target, actor=request.user, **fields)
        return Response(self._printed(video))

    @extend_schema(request=VideoUpdateInput, responses=VideoSchema)
    def partial_update(self, request: Request, video_id: str) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, video_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, video_id: str) -> Response:
        """Delete a video with all its subtitles."""
        team_videos.delete_video(self.target, actor=request.user)
        return Response(status=204)

    def _printed(self, video: Video) -> dict[str, Data]:
        return VideoAnswer(self.request).one(queries.row(video.pk, inside_video))


class DurationViewSet(ResourceViewSet):
    """The duration of a video, settable while nobody knows it."""

    policies: ClassVar = {"retrieve": ACCOUNT, "update": account_that(may_set_duration)}
    inputs: ClassVar = {"update": DurationInput}

    target: Video

    def load(self, *, video_id: str) -> Video:
        return find_video(self.request, video_id)

    def held(self) -> Sequence[Model | None]:
        return rows_of(self.target)

    @extend_schema(responses=DurationSchema)
    def retrieve(self, request: Request, video_id: str) -> Response:
        """Read the duration in seconds, or null."""
        return Response({"duration": self.target.duration})

    @extend_schema(request=DurationInput, responses={200: DurationSchema, 304: None})
    def update(self, request: Request, video_id: str) -> Response:
        """Set the duration; 304 when one is known already."""
        if not isinstance(request.data, dict) or request.data.get("duration") in (None, ""):
            raise InvalidInput("Duration is missing")
        duration = self.read()["duration"]
        if not services.set_duration(self.target, actor=request.user, duration=duration):
            return Response(status=304)
        return Response({"duration": duration})


def _order(text: str) -> str | None:
    """The first known order of a comma list; others are ignored."""
    return next((name for name in text.split(",") if name in queries.ORDERS), None)


def destination(user: User, fields: dict[str, Data]) -> tuple[Team | None, Project | None]:
    """The team and project that the input names, taken out of it, once ``user`` may add there."""
    slug, project_slug = fields.pop("team", None), fields.pop("project", None)
    if slug is None:
        return None, None
    team = find_team(user, slug)
    if team is None:
        raise InvalidInput.field("team", f"Unknown team: {slug}")
    project = _project(team, project_slug)
    if project is None and project_slug:
        raise InvalidInput.general(f"Unknown project: {project_slug}")
    if not (decision := may_add_video_to(user, team)):
        raise NotAllowed(decision.reason)
    return team, project


def _project(team: Team, slug: str | None) -> Project | None:
    return team.projects.filter(slug=slug or DEFAULT_PROJECT).first()

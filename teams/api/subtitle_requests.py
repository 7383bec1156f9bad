"""/api/subtitle-requests/ and /api/teams/SLUG/subtitle-requests/ — who makes which subtitles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import django_filters
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.rest.fields import (
    LanguageCodeField,
    MomentField,
    SlugField,
    TextField,
    TextListField,
)
from amara_api.kernel.rest.filters import LanguageFilter, filtered
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT, ASKED_IN_THE_SERVICE, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import find_team, may_view_target, user_named
from teams.api.answers import RemoteRequestAnswer, SubtitleRequestAnswer
from teams.api.members import PersonField
from teams.api.request_rows import (
    LOCAL,
    OUTGOING,
    TYPES,
    RemoteRow,
    RequestRow,
    request_row,
    requests_of,
    rows_of,
    stored_row,
)
from teams.long_lists import Listed
from teams.models import (
    EVALUATION,
    MAX_EVALUATION_TEAMS,
    Evaluation,
    Project,
    SubtitleRequest,
    Team,
)
from teams.policies import find_team as find_visible
from teams.policies import may_manage, may_view_members, may_view_video, team_ids_of
from teams.policies.requests import involving, seating
from teams.services import requests
from users.api.schemas import UserObjectSchema
from videos.models import Video

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller

Stage = SubtitleRequest.Stage
IN_PROGRESS, COMPLETE = "in-progress", "complete"
WORK = {
    state: Q(stage=stage, **{f"{seat}__isnull": needed})
    for stage, seat in SubtitleRequest.SEATS.items()
    for state, needed in ((f"needs-{seat}", True), (f"being-{stage.label}", False))
} | {COMPLETE: Q(stage__gt=Stage.APPROVE)}
STATES = list(WORK)
_AVAILABLE = Q(*(WORK[state] for state in STATES if "needs" in state), _connector=Q.OR)
WORK_FILTER = WORK | {
    IN_PROGRESS: Q(stage__lte=Stage.APPROVE),
    "available": _AVAILABLE,
    "assigned": Q(stage__lte=Stage.APPROVE) & ~_AVAILABLE,
}
_EVALUATIONS = range(1, MAX_EVALUATION_TEAMS + 1)
STATUS = {
    IN_PROGRESS: Q(stage__lte=Stage.APPROVE),
    **{f"in-evaluation{n}": Q(stage=EVALUATION + n) for n in _EVALUATIONS},
    COMPLETE: Q(stage=Stage.COMPLETE),
}
STATUS_FILTER = STATUS | {"in-evaluation": Q(stage__gt=Stage.APPROVE, stage__lt=Stage.COMPLETE)}
REMOTE = {COMPLETE: Q(stage=Stage.COMPLETE), IN_PROGRESS: Q(stage__lt=Stage.COMPLETE)}
# Ids that are named in a statement.
_FEW = 50
_UP = {"creation": "pk", "due": "due", "completion": "completed"}
ORDERS = {sign + name: (sign + key, f"{sign}pk") for name, key in _UP.items() for sign in ("", "-")}


class RequestInput(InputSerializer):
    """A new request. You are an admin of every team it names."""

    resource = "subtitle_request_input"

    video = TextField(max_length=100)
    language = LanguageCodeField(source="language_code")
    team = SlugField(max_length=50, required=False, help_text="Default: the video's team.")
    evaluation_teams = TextListField(
        child=SlugField(max_length=50),
        max_length=MAX_EVALUATION_TEAMS,
        required=False,
        help_text="At most three.",
    )
    due = MomentField(required=False, allow_null=True)


class RequestUpdateInput(InputSerializer):
    """What may be changed. Null takes somebody's assignment away."""

    resource = "subtitle_request_input"

    subtitler = PersonField(required=False, allow_null=True, max_length=150)
    reviewer = PersonField(required=False, allow_null=True, max_length=150)
    approver = PersonField(required=False, allow_null=True, max_length=150)
    evaluator = PersonField(required=False, allow_null=True, max_length=150)
    team = SlugField(max_length=50, required=False, help_text="Only before work starts.")
    state = serializers.ChoiceField([COMPLETE], required=False)
    work_status = serializers.ChoiceField(
        [COMPLETE], required=False, help_text="Newer name of `state`."
    )
    due = MomentField(required=False, allow_null=True)


def _by(
    choices: dict[str, Q],
) -> Callable[
    [django_filters.FilterSet, QuerySet[SubtitleRequest], str, str], QuerySet[SubtitleRequest]
]:
    """A filter by name; a name that does not exist matches nothing."""

    def keep(
        filters: django_filters.FilterSet, found: QuerySet[SubtitleRequest], name: str, value: str
    ) -> QuerySet[SubtitleRequest]:
        return found.filter(choices[value]) if value in choices else found.none()

    return keep


class RemoteFilters(django_filters.FilterSet):
    state = django_filters.CharFilter(method="by_remote")
    video = django_filters.CharFilter(field_name="video__video_id")
    video_language = LanguageFilter(field_name="video_language")
    language = LanguageFilter(field_name="language_code")
    project = django_filters.CharFilter(method="by_project")

    by_remote = _by(REMOTE)

    def by_project(
        self, found: QuerySet[SubtitleRequest], name: str, slug: str
    ) -> QuerySet[SubtitleRequest]:
        """By their ids, which requests have. Slugs that many teams use are left to the database."""
        named = Project.objects.filter(slug=slug).values_list("pk", flat=True)
        some = list(named[: _FEW + 1])
        return found.filter(video_project__in=named if len(some) > _FEW else some)


class RequestFilters(RemoteFilters):
    state = django_filters.CharFilter(method="by_work")
    work_status = django_filters.CharFilter(method="by_work")
    status = django_filters.CharFilter(method="by_status")
    video_title = django_filters.CharFilter(lookup_expr="icontains")
    assignee = django_filters.CharFilter(method="by_assignee")

    by_work = _by(WORK_FILTER)
    by_status = _by(STATUS_FILTER)

    def by_assignee(
        self, found: QuerySet[SubtitleRequest], name: str, identifier: str
    ) -> QuerySet[SubtitleRequest]:
        """Who sits in any seat. Somebody unknown has none."""
        user = user_named(identifier)
        if user is None:
            return found.none()
        evaluated = Evaluation.objects.filter(evaluator=user).values("request")
        # Few are named, and most people have none: then indexes find the others.
        some = list(evaluated.values_list("request", flat=True)[: _FEW + 1])
        if not some:
            return found.filter(seating(user))
        return found.filter(seating(user) | Q(pk__in=evaluated if len(some) > _FEW else some))


class RemoteRequestSchema(serializers.Serializer[Data]):
    """A request that another team works on."""

    job_id = serializers.CharField()
    team = serializers.CharField(allow_null=True, help_text="Null where the team is hidden.")
    video = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField([IN_PROGRESS, COMPLETE])
    created = serializers.DateTimeField()
    completed = serializers.DateTimeField(allow_null=True)


class RequestSchema(serializers.Serializer[Data]):
    """A subtitle request. Who does it is for members of that team to see."""

    job_id = serializers.CharField()
    team = serializers.CharField(allow_null=True, help_text="Null where the team is hidden.")
    source_team = serializers.CharField(allow_null=True, help_text="The video's.")
    evaluation_teams = serializers.ListField(child=serializers.CharField(allow_null=True))
    video = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    work_status = serializers.ChoiceField(STATES)
    status = serializers.ChoiceField(list(STATUS))
    evaluation_status = serializers.ChoiceField(
        ["upcoming", "available", "assigned", COMPLETE], allow_null=True
    )
    created = serializers.DateTimeField()
    due = serializers.DateTimeField(allow_null=True)
    completed = serializers.DateTimeField(allow_null=True)
    work_completed = serializers.DateTimeField(allow_null=True)
    evaluation_completed = serializers.DateTimeField(allow_null=True)
    subtitler = UserObjectSchema(allow_null=True)
    reviewer = UserObjectSchema(allow_null=True)
    approver = UserObjectSchema(allow_null=True)
    evaluator = UserObjectSchema(allow_null=True)
    video_uri = serializers.URLField()
    subtitler_uri = serializers.URLField(allow_null=True)
    reviewer_uri = serializers.URLField(allow_null=True)
    approver_uri = serializers.URLField(allow_null=True)
    subtitles_uri = serializers.URLField()
    actions_uri = serializers.URLField()
    resource_uri = serializers.URLField()


Printed = RequestRow | None
Target = tuple[Team | None, SubtitleRequest | Printed]


def _may_manage(user: Caller, target: Target) -> Decision:
    return may_manage(user, target[1])


_FILTERS = [
    OpenApiParameter("video", str, description="Video id."),
    OpenApiParameter("video_language", str),
    OpenApiParameter("language", str),
    OpenApiParameter("project", str, description="Slug."),
]


class SubtitleRequestViewSet(ResourceViewSet):
    """Requests of all your teams."""

    policies: ClassVar = {
        "list": ACCOUNT,
        "create": ASKED_IN_THE_SERVICE,
        "retrieve": ACCOUNT,
        "update": ASKED_IN_THE_SERVICE,
        "partial_update": ASKED_IN_THE_SERVICE,
        "destroy": account_that(_may_manage),
    }
    inputs: ClassVar = {
        "create": RequestInput,
        "update": RequestUpdateInput,
        "partial_update": RequestUpdateInput,
    }
    resources: ClassVar = ("subtitle_request",)

    target: Target

    def load(self, *, job_id: str | None = None) -> Target:
        return None, self._find(job_id)

    def held(self) -> list[Model | None]:
        team, request = self.target
        return [request.team if isinstance(request, SubtitleRequest) else team]

    def _find(self, job_id: str | None, team: int | None = None) -> SubtitleRequest | Printed:
        """Of ``team``, or else any of the caller's; as a row where it is only printed."""
        if job_id is None:
            return None
        user = self.request.user
        found: SubtitleRequest | Printed
        if self.action == "retrieve":
            found = request_row(user, job_id, team=team)
        else:
            among = involving(user=user.pk) if team is None else involving(team=team)
            requests = SubtitleRequest.objects.select_related("team", "source_team", "video")
            found = requests.filter(among, job_id=job_id).first()
        if found is None:
            raise NotThere
        return found

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=list(WORK_FILTER)),
            OpenApiParameter("work_status", str, enum=list(WORK_FILTER)),
            OpenApiParameter("status", str, enum=list(STATUS_FILTER)),
            OpenApiParameter("video_title", str, description="Part of it."),
            OpenApiParameter("assignee", str, description="User name, or `id$ID`."),
            OpenApiParameter("type", str, enum=list(TYPES)),
            OpenApiParameter("sort", str, enum=list(ORDERS)),
            *_FILTERS,
            *PAGE_PARAMETERS,
        ],
        responses={
            200: page_of(RequestSchema),
            400: OpenApiResponse(description="A parameter that cannot be read."),
        },
    )
    def list(self, request: Request, slug: str = "") -> Response:
        """List requests, oldest first unless `sort` says otherwise."""
        team, type = self.target[0], request.GET.get("type") or LOCAL
        found = requests_of(team.pk if team else team_ids_of(request.user), type)
        order = ORDERS.get(request.GET.get("sort", ""), ("pk",))
        page, answer = Page(request), SubtitleRequestAnswer(request)
        found = filtered(RequestFilters, request, found)
        listed = Listed(found, order, page.limit, page.offset)
        rows = rows_of(RequestRow, request.user, listed)
        return Response(page.body(listed.total, [answer(row, team=team) for row in rows]))

    @extend_schema(request=RequestInput, responses={201: RequestSchema})
    def create(self, request: Request, slug: str = "") -> Response:
        """Ask for subtitles."""
        fields = self.read()
        name = fields.pop("video")
        video = Video.objects.select_related("team").filter(video_id=name).first()
        if video is None or not may_view_video(request.user, video):
            raise InvalidInput.field("video", f"Unknown video: {name}")
        if slug := fields.pop("team", ""):
            fields["team"] = self._team("team", slug)
        elif self.target[0] is not None:
            fields["team"] = self.target[0]
        fields["evaluation_teams"] = [
            self._team("evaluation_teams", each) for each in fields.pop("evaluation_teams", [])
        ]
        added = requests.add_request(video, actor=request.user, **fields)
        return self._answer(added.job_id, 201)

    @extend_schema(responses=RequestSchema)
    def retrieve(self, request: Request, job_id: str, slug: str = "") -> Response:
        """Read a request."""
        return self._printed(self.target[1])

    @extend_schema(request=RequestUpdateInput, responses=RequestSchema)
    def update(self, request: Request, job_id: str, slug: str = "") -> Response:
        """Give a request to a team or to people, take it yourself, or mark it complete."""
        fields = self.read()
        seats = ("subtitler", "reviewer", "approver", "evaluator")
        people = {seat: fields.pop(seat) for seat in seats if seat in fields}
        said = [fields.pop(name, None) for name in ("state", "work_status")]
        if "team" in fields:
            fields["team"] = self._team("team", fields["team"])
        changed = requests.update_request(
            self.target[1], actor=request.user, people=people, complete=any(said), **fields
        )
        return self._answer(changed.job_id)

    @extend_schema(request=RequestUpdateInput, responses=RequestSchema)
    def partial_update(self, request: Request, job_id: str, slug: str = "") -> Response:
        """The same as PUT."""
        return self.update(request, job_id, slug)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, job_id: str, slug: str = "") -> Response:
        """Take a request back."""
        requests.delete_request(self.target[1], actor=request.user)
        return Response(status=204)

    def _team(self, field: str, slug: str) -> Team:
        team = find_visible(self.request.user, slug)
        if team is None:
            raise InvalidInput.field(field, f"Unknown team: {slug}")
        return team

    def _answer(self, job_id: str, status: int = 200) -> Response:
        """After a change, as it is now."""
        row = stored_row(self.request.user, job_id)
        if row is None:
            # Somebody deleted it right after.
            raise NotThere
        return self._printed(row, status)

    def _printed(self, row: RequestRow, status: int = 200) -> Response:
        printed = SubtitleRequestAnswer(self.request)(row, team=self.target[0])
        return Response(printed, status=status)


class TeamSubtitleRequestViewSet(SubtitleRequestViewSet):
    """Requests that a team works on, asked for, or evaluates."""

    policies: ClassVar = SubtitleRequestViewSet.policies | {
        "list": account_that(may_view_target),
        "retrieve": account_that(may_view_target),
    }

    def load(self, *, slug: str, job_id: str | None = None) -> Target:
        team = find_team(self.request, slug)
        if job_id is not None and not may_view_members(self.request.user, team):
            self.permission_denied(self.request)
        return team, self._find(job_id, team.pk)


class RemoteRequestViewSet(ResourceViewSet):
    """Requests for a team's videos that other teams work on; less is told of them."""

    policies: ClassVar = {"list": account_that(may_view_members)}
    resources: ClassVar = ("remote_request",)

    target: Team

    def load(self, *, slug: str) -> Team:
        return find_team(self.request, slug)

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=list(REMOTE)),
            *_FILTERS,
            *PAGE_PARAMETERS,
        ],
        responses={200: page_of(RemoteRequestSchema)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the requests that other teams work on, oldest first."""
        found = filtered(RemoteFilters, request, requests_of(self.target.pk, OUTGOING))
        page, answer = Page(request), RemoteRequestAnswer(request)
        listed = Listed(found, ("pk",), page.limit, page.offset)
        rows = rows_of(RemoteRow, request.user, listed)
        return Response(page.body(listed.total, [answer(row) for row in rows]))

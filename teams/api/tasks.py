"""/api/teams/SLUG/tasks/ — what is to be done, by whom, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import django_filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.rest.fields import FlagField, LabelField, LanguageCodeField, TextField
from amara_api.kernel.rest.filters import (
    LabelFilter,
    LanguageFilter,
    MomentFilter,
    PresenceFilter,
    WholeNumberFilter,
    filtered,
)
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import below, find_team, looked_up, may_view_target, user_named
from teams.api.answers import TASK_COLUMNS, TaskAnswer, TaskRow
from teams.api.members import PersonField
from teams.long_lists import Listed
from teams.models import Task, Team
from teams.policies import may_assign_tasks, may_delete_tasks, may_view_members
from teams.services import tasks
from users.api.schemas import UserObjectSchema
from videos.models import Video

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller

_UP = {name: (name, "pk") for name in ("created", "modified", "priority", "type")}
ORDERS = _UP | {f"-{name}": (f"-{name}", "-pk") for name in _UP}
_INTEGER = {"required": False, "min_value": -(2**31), "max_value": 2**31 - 1}


class ApprovalField(LabelField):
    """Blank is null, which says nothing: programs send back what they were sent."""

    def to_internal_value(self, data: Data) -> int | str | None:
        blank = isinstance(data, str) and not data.strip()
        return None if blank else super().to_internal_value(data)


class TaskUpdateInput(InputSerializer):
    """What may be changed. ``complete``, ``send_back`` and ``approved`` finish the task."""

    resource = "task_input"

    assignee = PersonField(
        required=False, allow_null=True, max_length=150, help_text="Null: nobody has it any more."
    )
    priority = serializers.IntegerField(**_INTEGER)
    language = LanguageCodeField(required=False, allow_blank=True, source="language_code")
    complete = FlagField(required=False, help_text="Done; of a review or approval: approved.")
    send_back = FlagField(required=False, help_text="Rejected. Wins over all others.")
    approved = ApprovalField(
        Task.Approval,
        required=False,
        allow_null=True,
        help_text="`Approved` is `complete`, `Rejected` is `send_back`.",
    )
    version_number = serializers.IntegerField(
        required=False, min_value=1, help_text="Refused when it is not the newest version's."
    )

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        """Two ways to say the same, of which false and null say nothing."""
        said = attrs.pop("approved", None)
        if said == Task.Approval.REJECTED:
            attrs["send_back"] = True
        elif said == Task.Approval.APPROVED:
            attrs["complete"] = True
        return attrs


class TaskCreateInput(InputSerializer):
    """A new task. ``video_id`` and ``type`` are needed."""

    resource = "task_input"

    video_id = TextField(max_length=100)
    type = LabelField(Task.Type)
    language = LanguageCodeField(required=False, allow_blank=True, source="language_code")
    assignee = PersonField(required=False, max_length=150)
    priority = serializers.IntegerField(**_INTEGER)
    version_number = serializers.IntegerField(
        required=False, min_value=1, help_text="Refused when it is not the newest version's."
    )


class TaskFilters(django_filters.FilterSet):
    assignee = django_filters.CharFilter(method="by_assignee")
    priority = WholeNumberFilter()
    language = LanguageFilter(field_name="language_code")
    type = LabelFilter(Task.Type)
    video_id = django_filters.CharFilter(field_name="video__video_id")
    open = PresenceFilter("open", completed=None)
    completed = PresenceFilter("completed", completed__isnull=False)

    def by_assignee(self, found: QuerySet[Task], name: str, identifier: str) -> QuerySet[Task]:
        """Somebody unknown has no tasks."""
        user = user_named(identifier)
        return found.filter(assignee=user) if user else found.none()


# Names that Python cannot spell.
TaskFilters.base_filters |= {
    "completed-before": MomentFilter(field_name="completed", lookup_expr="lt"),
    "completed-after": MomentFilter(field_name="completed", lookup_expr="gte"),
}


@PlannedQuery
def _rows(*, ids: list[int]) -> QuerySet[Task, tuple[Data, ...]]:
    return Task.objects.filter(pk__in=ids).values_list(*TASK_COLUMNS)


class TaskSchema(serializers.Serializer[Data]):
    """A task."""

    id = serializers.IntegerField()
    video_id = serializers.CharField()
    language = serializers.CharField(allow_blank=True)
    type = serializers.ChoiceField([str(label) for label in Task.Type.labels])
    assignee = UserObjectSchema(allow_null=True)
    priority = serializers.IntegerField()
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField()
    completed = serializers.DateTimeField(allow_null=True)
    approved = serializers.ChoiceField(
        [str(label) for label in Task.Approval.labels], allow_null=True
    )
    version_number = serializers.IntegerField(
        allow_null=True, help_text="What was made, or is to be reviewed or approved."
    )
    resource_uri = serializers.URLField()


Target = tuple[Team, Task | None]


def _may_assign(user: Caller, target: Target) -> Decision:
    return may_assign_tasks(user, target[0])


class TaskViewSet(ResourceViewSet):
    """Tasks of a team, for its members."""

    policies: ClassVar = {
        "list": account_that(may_view_target),
        "create": account_that(_may_assign),
        "retrieve": account_that(may_view_target),
        "update": account_that(_may_assign),
        "partial_update": account_that(_may_assign),
        "destroy": account_that(lambda user, target: may_delete_tasks(user, target[0])),
    }
    inputs: ClassVar = {
        "create": TaskCreateInput,
        "update": TaskUpdateInput,
        "partial_update": TaskUpdateInput,
    }
    resources: ClassVar = ("task",)

    target: Target

    def load(self, *, slug: str, task_id: int | None = None) -> Target:
        team = find_team(self.request, slug)
        if task_id is None:
            return team, None
        if not may_view_members(self.request.user, team):
            self.permission_denied(self.request)
        shown = Task.objects.filter(is_deleted=False)
        shown = shown.select_related("video", "assignee", "version")
        return team, below(team, shown, pk=task_id)

    @extend_schema(
        parameters=[
            OpenApiParameter("assignee", str, description="User name, or `id$ID`."),
            OpenApiParameter("priority", int),
            OpenApiParameter("language", str),
            OpenApiParameter("type", str, enum=[str(label) for label in Task.Type.labels]),
            OpenApiParameter("video_id", str),
            OpenApiParameter("open", str, description="Its mere presence leaves open tasks."),
            OpenApiParameter("completed", str, description="The same for completed ones."),
            OpenApiParameter("completed-before", str, description="Before this moment."),
            OpenApiParameter("completed-after", str, description="At this moment or later."),
            OpenApiParameter("order_by", str, enum=list(ORDERS)),
            *PAGE_PARAMETERS,
        ],
        responses={
            200: page_of(TaskSchema),
            400: OpenApiResponse(description="A number or moment that cannot be read."),
        },
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the tasks, in the order in which they were made unless `order_by` says otherwise."""
        team, page, answer = self.target[0], Page(request), TaskAnswer(request)
        shown = Task.objects.filter(team=team, is_deleted=False)
        found = filtered(TaskFilters, request, shown)
        order = ORDERS.get(request.GET.get("order_by", ""), ("pk",))
        listed = Listed(found, order, page.limit, page.offset)
        rows = looked_up(listed, lambda ids: _rows(ids=ids))
        tasks = [answer(TaskRow._make(row), slug=team.slug) for row in rows]
        return Response(page.body(listed.total, tasks))

    @extend_schema(request=TaskCreateInput, responses={201: TaskSchema})
    def create(self, request: Request, slug: str) -> Response:
        """Make a task."""
        team, fields = self.target[0], self.read()
        name = fields.pop("video_id")
        video = Video.objects.select_related("team", "project").filter(video_id=name).first()
        if video is None or video.team_id != team.pk:
            raise InvalidInput.field("video_id", f"Unknown video: {name}")
        return self._answer(tasks.add_task(team, actor=request.user, video=video, **fields), 201)

    @extend_schema(responses=TaskSchema)
    def retrieve(self, request: Request, slug: str, task_id: int) -> Response:
        """Read a task."""
        return self._answer(self.target[1])

    @extend_schema(request=TaskUpdateInput, responses=TaskSchema)
    def update(self, request: Request, slug: str, task_id: int) -> Response:
        """Give a task to somebody, change it, or finish it."""
        return self._answer(tasks.update_task(self.target[1], actor=request.user, **self.read()))

    @extend_schema(request=TaskUpdateInput, responses=TaskSchema)
    def partial_update(self, request: Request, slug: str, task_id: int) -> Response:
        """The same as PUT."""
        return self.update(request, slug, task_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, task_id: int) -> Response:
        """Delete a task."""
        tasks.delete_task(self.target[1], actor=request.user)
        return Response(status=204)

    def _answer(self, task: Task, status: int = 200) -> Response:
        printed = TaskAnswer(self.request)(TaskRow.of(task), slug=self.target[0].slug)
        return Response(printed, status=status)

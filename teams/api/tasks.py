"""/api/teams/SLUG/tasks/ — what is to be done, by whom, and doing it."""

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.errors import InvalidInput
from amara_api.rest.fields import FlagField, LabelField, LanguageCodeField, TextField
from amara_api.rest.filters import LabelFilter, MomentFilter, filtered
from amara_api.rest.pagination import Page
from amara_api.rest.policies import account_that
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from teams.api.addresses import below, find_team, may_view_target, user_named
from teams.api.answers import TaskAnswer
from teams.api.members import PersonField
from teams.models import Task, Team
from teams.policies import may_assign_tasks, may_delete_tasks, may_view_members
from teams.services import tasks
from users.api.schemas import UserObjectSchema
from videos.models import Video

_UP = {name: (name, "pk") for name in ("created", "modified", "priority", "type")}
ORDERS = _UP | {f"-{name}": (f"-{name}", "-pk") for name in _UP}
_INTEGER = {"required": False, "min_value": -(2**31), "max_value": 2**31 - 1}


class TaskUpdateInput(InputSerializer):
    """What may be changed. ``complete`` and ``send_back`` finish the task."""

    resource = "task_input"

    assignee = PersonField(
        required=False, allow_null=True, max_length=150, help_text="Null: nobody has it any more."
    )
    priority = serializers.IntegerField(**_INTEGER)
    language = LanguageCodeField(required=False, allow_blank=True, source="language_code")
    complete = FlagField(required=False, help_text="Done; of a review or approval: approved.")
    send_back = FlagField(required=False, help_text="Rejected. Wins over `complete`.")
    version_number = serializers.IntegerField(
        required=False, min_value=1, help_text="Refused when it is not the newest version's."
    )


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
    priority = django_filters.NumberFilter()
    language = django_filters.CharFilter(field_name="language_code", lookup_expr="iexact")
    type = LabelFilter(Task.Type)
    video_id = django_filters.CharFilter(field_name="video__video_id")

    def by_assignee(self, found: Any, name: str, identifier: str) -> Any:
        """Somebody unknown has no tasks."""
        user = user_named(identifier)
        return found.filter(assignee=user) if user else found.none()

    def filter_queryset(self, queryset: Any) -> Any:
        """`open` and `completed` count by being there, whatever they say."""
        found = super().filter_queryset(queryset)
        if "open" in self.data:
            found = found.filter(completed=None)
        if "completed" in self.data:
            found = found.exclude(completed=None)
        return found


# Names that Python cannot spell.
TaskFilters.base_filters |= {
    "completed-before": MomentFilter(field_name="completed", lookup_expr="lt"),
    "completed-after": MomentFilter(field_name="completed", lookup_expr="gte"),
}


class TaskSchema(serializers.Serializer[Any]):
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


def _may_assign(user: Any, target: Target) -> Any:
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

    def load(self, **address: Any) -> Target:
        team = find_team(self.request, address["slug"])
        if "task_id" not in address:
            return team, None
        if not may_view_members(self.request.user, team):
            self.permission_denied(self.request)
        shown = Task.objects.filter(is_deleted=False)
        shown = shown.select_related("video", "assignee", "version")
        return team, below(team, shown, pk=address["task_id"])

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
    def list(self, request: Any, slug: str) -> Response:
        """List the tasks, in the order in which they were made unless `order_by` says otherwise."""
        team, answer = self.target[0], TaskAnswer(request)
        found = filtered(TaskFilters, request, Task.objects.filter(team=team, is_deleted=False))
        order = ORDERS.get(request.GET.get("order_by", ""), ("pk",))

        def rows(limit: int, offset: int) -> Any:
            page = found.select_related("video", "assignee", "version").order_by(*order)
            return [answer(task, slug=team.slug) for task in page[offset : offset + limit]]

        return Response(Page(request).of(found.count(), rows))

    @extend_schema(request=TaskCreateInput, responses={201: TaskSchema})
    def create(self, request: Any, slug: str) -> Response:
        """Make a task."""
        team, fields = self.target[0], self.read()
        name = fields.pop("video_id")
        video = Video.objects.select_related("team", "project").filter(video_id=name).first()
        if video is None or video.team_id != team.pk:
            raise InvalidInput.field("video_id", f"Unknown video: {name}")
        return self._answer(tasks.add_task(team, actor=request.user, video=video, **fields), 201)

    @extend_schema(responses=TaskSchema)
    def retrieve(self, request: Any, slug: str, task_id: int) -> Response:
        """Read a task."""
        return self._answer(self.target[1])

    @extend_schema(request=TaskUpdateInput, responses=TaskSchema)
    def update(self, request: Any, slug: str, task_id: int) -> Response:
        """Give a task to somebody, change it, or finish it."""
        return self._answer(tasks.update_task(self.target[1], actor=request.user, **self.read()))

    @extend_schema(request=TaskUpdateInput, responses=TaskSchema)
    def partial_update(self, request: Any, slug: str, task_id: int) -> Response:
        """The same as PUT."""
        return self.update(request, slug, task_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, slug: str, task_id: int) -> Response:
        """Delete a task."""
        tasks.delete_task(self.target[1], actor=request.user)
        return Response(status=204)

    def _answer(self, task: Task, status: int = 200) -> Response:
        return Response(TaskAnswer(self.request)(task, slug=self.target[0].slug), status=status)

"""…/subtitles/actions/ — what can be done with the subtitles, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.rest.fields import TextField
from amara_api.kernel.rest.policies import ACCOUNT, account_that
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from subtitles.api.addresses import language_named
from subtitles.api.subtitles import Address, SubtitlesViewSet, may_edit_target
from subtitles.workflows.submit import perform
from videos.api.addresses import find_video, rows_of

if TYPE_CHECKING:
    from django.db.models import Model
    from rest_framework.request import Request


class ActionInput(InputSerializer):
    action = TextField(help_text="The name of a listed action.")


class ActionSchema(serializers.Serializer[Data]):
    """An action. `complete` is what it makes of the language's completeness; null leaves it."""

    action = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    complete = serializers.BooleanField(allow_null=True)


class ActionViewSet(SubtitlesViewSet):
    """The actions that you can take now. Posting subtitles can take one with it.

    `If-Match` is about the subtitles that the action is taken with, as where they are posted.
    """

    policies: ClassVar = {
        "list": ACCOUNT,
        "create": account_that(may_edit_target),
    }
    inputs: ClassVar = {"create": ActionInput}
    resources: ClassVar[tuple[str, ...]] = ()
    slow: ClassVar = frozenset()
    renderer_classes = ResourceViewSet.renderer_classes
    content_negotiation_class = ResourceViewSet.content_negotiation_class

    target: Address

    def load(self, **address: str) -> Address:
        video = find_video(self.request, address["video_id"])
        code = language_named(self.request, address["video_id"], address["language_code"])
        named = Address(video, code)
        # Before the rules are asked: an action is meant for no later step.
        _ = named.workflow
        return named

    def held(self) -> list[Model | None]:
        return rows_of(self.target.video)

    @extend_schema(responses=ActionSchema(many=True))
    def list(self, request: Request, video_id: str, language_code: str) -> Response:
        """List the actions that you can take: none, if you may not work on the subtitles. This
        list has no pages."""
        may_work = may_edit_target(request.user, self.target)
        actions = self.target.workflow.actions(request.user) if may_work else ()
        return Response(
            [{"action": a.name, "label": a.label, "complete": a.complete} for a in actions]
        )

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "If-Match",
                str,
                OpenApiParameter.HEADER,
                description="The tag of the subtitles, as they were read with these parameters.",
            ),
            OpenApiParameter(
                "version_number", str, description="For `If-Match`: `last`, if that was read."
            ),
            OpenApiParameter("sub_format", str, description="For `If-Match`: what was read."),
        ],
        request=ActionInput,
        responses={200: OpenApiTypes.STR},
    )
    def create(self, request: Request, video_id: str, language_code: str) -> Response:
        """Perform an action on the newest version, as if its button were pressed."""
        if not isinstance(request.data, dict) or not request.data.get("action"):
            raise InvalidInput("no action")
        perform(self.target.workflow, actor=request.user, action=self.read()["action"])
        return Response("")

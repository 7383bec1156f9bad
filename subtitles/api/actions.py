"""…/subtitles/actions/ — what can be done with the subtitles, and doing it."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.errors import InvalidInput
from amara_api.rest.fields import TextField
from amara_api.rest.policies import account_that
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from subtitles.api.addresses import language_named
from subtitles.api.subtitles import Address, may_edit_target
from subtitles.workflows.submit import perform
from teams.workflows import workflow_for
from videos.api.addresses import find_video


class ActionInput(InputSerializer):
    action = TextField(help_text="The name of a listed action.")


class ActionSchema(serializers.Serializer[Any]):
    """An action. `complete` is what it makes of the language's completeness; null leaves it."""

    action = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    complete = serializers.BooleanField(allow_null=True)


class ActionViewSet(ResourceViewSet):
    """The actions that you can take now. Posting subtitles can take one with it."""

    policies: ClassVar = {
        "list": account_that(may_edit_target),
        "create": account_that(may_edit_target),
    }
    inputs: ClassVar = {"create": ActionInput}

    def load(self, **address: Any) -> Address:
        video = find_video(self.request, address["video_id"])
        code = language_named(self.request, address["video_id"], address["language_code"])
        return Address(video, code)

    @extend_schema(responses=ActionSchema(many=True))
    def list(self, request: Any, video_id: str, language_code: str) -> Response:
        """List the actions. This list has no pages."""
        actions = self._workflow.actions(request.user)
        return Response(
            [{"action": a.name, "label": a.label, "complete": a.complete} for a in actions]
        )

    @extend_schema(request=ActionInput, responses={200: OpenApiTypes.STR})
    def create(self, request: Any, video_id: str, language_code: str) -> Response:
        """Perform an action on the newest version, as if its button were pressed."""
        if not isinstance(request.data, dict) or not request.data.get("action"):
            raise InvalidInput("no action")
        perform(self._workflow, actor=request.user, action=self.read()["action"])
        return Response("")

    @property
    def _workflow(self) -> Any:
        return workflow_for(self.target.video, self.target.language_code)

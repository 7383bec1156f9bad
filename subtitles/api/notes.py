"""…/subtitles/notes/ — remarks about the subtitles of a video in one language."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api import languages
from amara_api.errors import NotThere
from amara_api.rest.fields import TextField
from amara_api.rest.pagination import Page
from amara_api.rest.policies import ACCOUNT, account_that
from amara_api.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from subtitles.api.addresses import language_named
from subtitles.api.answers import NoteAnswer
from subtitles.api.subtitles import Address, may_edit_target
from subtitles.models import SubtitleNote
from teams.services import tasks
from users.api.schemas import UserObjectSchema
from videos.api.addresses import find_video


class NoteInput(InputSerializer):
    resource = "note"

    body = TextField(max_length=20_000)


class NoteSchema(serializers.Serializer[Any]):
    """A note."""

    user = UserObjectSchema(allow_null=True)
    created = serializers.DateTimeField()
    datetime = serializers.DateTimeField(help_text="The same as `created`.")
    body = serializers.CharField()


class NoteViewSet(ResourceViewSet):
    """Notes of the people who work on the subtitles. A team's notes stay with the team."""

    policies: ClassVar = {
        "list": ACCOUNT,
        "create": account_that(may_edit_target),
    }
    inputs: ClassVar = {"create": NoteInput}
    resources: ClassVar = ("note",)

    def load(self, **address: Any) -> Address:
        video = find_video(self.request, address["video_id"])
        named = language_named(self.request, address["video_id"], address["language_code"])
        code = languages.normalise(named)
        if code is None:
            raise NotThere
        return Address(video, code)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(NoteSchema))
    def list(self, request: Any, video_id: str, language_code: str) -> Response:
        """List the notes, oldest first."""
        video = self.target.video
        notes = (
            SubtitleNote.objects.filter(
                video=video, language_code=self.target.language_code, team=video.team_id
            )
            .select_related("user")
            .order_by("pk")
        )
        answer = NoteAnswer(request)

        def rows(limit: int, offset: int) -> Sequence[dict[str, Any]]:
            return [answer(note) for note in notes[offset : offset + limit]]

        return Response(Page(request).of(notes.count(), rows))

    @extend_schema(request=NoteInput, responses={201: NoteSchema})
    def create(self, request: Any, video_id: str, language_code: str) -> Response:
        """Write a note."""
        note = tasks.add_note(
            self.target.video,
            actor=request.user,
            language_code=self.target.language_code,
            **self.read(),
        )
        return Response(NoteAnswer(request)(note), status=201)

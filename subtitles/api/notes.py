"""…/subtitles/notes/ — remarks about the subtitles of a video in one language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.fields import TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from subtitles.api.addresses import language_named
from subtitles.api.answers import NoteAnswer
from subtitles.api.subtitles import Address, may_edit_target
from subtitles.queries import notes_of
from teams.policies import may_view_notes
from teams.services import tasks
from users.api.schemas import UserObjectSchema
from videos.api.addresses import find_video, rows_of

if TYPE_CHECKING:
    from django.db.models import Model
    from rest_framework.request import Request

    from subtitles.models import SubtitleNote


MOST_LETTERS = 20_000


class NoteInput(InputSerializer):
    resource = "note"

    body = TextField(max_length=MOST_LETTERS)


class NoteSchema(serializers.Serializer[Data]):
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

    target: Address

    def load(self, **address: str) -> Address:
        video = find_video(self.request, address["video_id"])
        code = language_named(self.request, address["video_id"], address["language_code"])
        if not languages.is_known(code):
            raise NotThere
        return Address(video, code)

    def held(self) -> list[Model | None]:
        return rows_of(self.target.video)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(NoteSchema))
    def list(self, request: Request, video_id: str, language_code: str) -> Response:
        """List the notes that you may read, oldest first."""
        video = self.target.video
        notes = notes_of(video, self.target.language_code).select_related("user").order_by("pk")
        if not may_view_notes(request.user, video):
            notes = notes.filter(user=request.user.pk)
        answer = NoteAnswer(request)

        def printed(page: Sequence[SubtitleNote]) -> Sequence[dict[str, Data]]:
            return [answer(note) for note in page]

        return Response(Page(request).of_query(notes, printed))

    @extend_schema(request=NoteInput, responses={201: NoteSchema})
    def create(self, request: Request, video_id: str, language_code: str) -> Response:
        """Write a note."""
        note = tasks.add_note(
            self.target.video,
            actor=request.user,
            language_code=self.target.language_code,
            **self.read(),
        )
        return Response(NoteAnswer(request)(note), status=201)

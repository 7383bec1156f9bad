"""/api/videos/ID/languages/ — the languages that a video has subtitles in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.fields import FlagField, LanguageCodeField, TextField, WholeNumberField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ASKED_IN_THE_SERVICE, PUBLIC, account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import standing
from subtitles import queries, services
from subtitles.api.addresses import language_named, number_named, settled
from subtitles.api.answers import LanguageAnswer
from subtitles.api.schemas import MadeOfSchema
from subtitles.models import SubtitleLanguage
from subtitles.queries import LanguageRow, ListedLanguage
from subtitles.workflows.submit import start_language
from teams.policies import may_edit_subtitles, may_view_private_versions, readable_versions
from teams.workflows import workflow_for
from users.api.schemas import UserObjectSchema
from videos.api.addresses import find_video, rows_of
from videos.models import Video

if TYPE_CHECKING:
    from django.db.models import Model, Q
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from users.models import User


class LanguageUpdateInput(InputSerializer):
    """What may be changed. Only true says that this is the language spoken."""

    resource = "subtitle_language"

    is_primary_audio_language = FlagField(required=False)
    is_original = FlagField(required=False, help_text="Deprecated name of the one above.")
    subtitles_complete = FlagField(required=False)
    is_complete = FlagField(required=False, help_text="Deprecated name of the one above.")
    soft_limit_lines = WholeNumberField(required=False, allow_null=True)
    soft_limit_min_duration = WholeNumberField(
        required=False, allow_null=True, help_text="In milliseconds."
    )
    soft_limit_max_duration = WholeNumberField(
        required=False, allow_null=True, help_text="In milliseconds."
    )
    soft_limit_cpl = WholeNumberField(
        required=False, allow_null=True, help_text="Characters per line."
    )
    soft_limit_cps = WholeNumberField(
        required=False, allow_null=True, help_text="Characters per second."
    )

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        for name, alias in (
            ("is_primary_audio_language", "is_original"),
            ("subtitles_complete", "is_complete"),
        ):
            if alias in attrs:
                attrs.setdefault(name, attrs.pop(alias))
                attrs.pop(alias, None)
        if "is_primary_audio_language" in attrs:
            attrs["primary"] = attrs.pop("is_primary_audio_language")
        return attrs


class LanguageCreateInput(LanguageUpdateInput):
    """A new language. ``title`` and ``description`` are the first subtitles' unless they say."""

    language_code = LanguageCodeField()
    title = TextField(required=False, allow_blank=True, max_length=2048)
    description = TextField(required=False, allow_blank=True, max_length=100_000)


class VersionSchema(MadeOfSchema):
    """A version inside a language."""

    author = UserObjectSchema(allow_null=True)
    published = serializers.BooleanField()
    version_no = serializers.IntegerField()
    version_number = serializers.IntegerField()
    created = serializers.DateTimeField()


class LanguageSchema(serializers.Serializer[Data]):
    """The subtitles of a video in one language."""

    id = serializers.IntegerField(help_text="Deprecated.")
    created = serializers.DateTimeField()
    language_code = serializers.CharField()
    is_primary_audio_language = serializers.BooleanField()
    is_rtl = serializers.BooleanField()
    is_translation = serializers.BooleanField(help_text="Deprecated.")
    published = serializers.BooleanField()
    original_language_code = serializers.CharField(allow_null=True, help_text="Deprecated.")
    name = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    metadata = serializers.DictField(child=serializers.CharField(allow_blank=True))
    subtitle_count = serializers.IntegerField()
    subtitles_complete = serializers.BooleanField()
    versions = VersionSchema(many=True, help_text="Newest first.")
    subtitles_uri = serializers.URLField()
    resource_uri = serializers.URLField()
    num_versions = serializers.IntegerField(help_text="Deprecated.")
    is_original = serializers.BooleanField(help_text="Deprecated.")
    soft_limit_lines = serializers.IntegerField(allow_null=True)
    soft_limit_min_duration = serializers.IntegerField(allow_null=True)
    soft_limit_max_duration = serializers.IntegerField(allow_null=True)
    soft_limit_cpl = serializers.IntegerField(allow_null=True)
    soft_limit_cps = serializers.IntegerField(allow_null=True)
    reviewer = serializers.CharField(required=False, help_text="A user name, where there is one.")
    approver = serializers.CharField(required=False, help_text="The same.")


def _may_edit(user: User, target: tuple[Video, LanguageRow | None]) -> Decision:
    video, row = target
    return may_edit_subtitles(user, video, row.language_code if row else "")


class LanguageViewSet(ResourceViewSet):
    """The languages of a video. Posting subtitles starts a language too."""

    policies: ClassVar = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": ASKED_IN_THE_SERVICE,
        "update": account_that(_may_edit),
        "partial_update": account_that(_may_edit),
    }
    inputs: ClassVar = {
        "create": LanguageCreateInput,
        "update": LanguageUpdateInput,
        "partial_update": LanguageUpdateInput,
    }
    resources: ClassVar = ("subtitle_language", "subtitle_version")

    def load(self, **address: str) -> tuple[Video, LanguageRow | ListedLanguage | None]:
        video = find_video(self.request, address["video_id"])
        if "language_code" not in address:
            return video, None
        return video, self._find(video, address["video_id"], address["language_code"])

    def _find(self, video: Video, video_id: str, identifier: str) -> LanguageRow | ListedLanguage:
        """With its versions where it is only printed."""
        found: LanguageRow | ListedLanguage | None
        if self.action == "retrieve":
            number = number_named(self.request, identifier)
            named = settled(video_id, identifier) if number is None else number
            found = queries.listed_language(video.pk, named, which=self._readable(video)[1])
        else:
            code = language_named(self.request, video_id, identifier)
            found = queries.language_row(video.pk, code)
        if found is None:
            raise NotThere
        return found

    def held(self) -> list[Model | None]:
        return rows_of(self.target[0])

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(LanguageSchema))
    def list(self, request: Request, video_id: str) -> Response:
        """List the languages of a video."""
        video, total = self.target[0].pk, None
        _, which = self._readable(self.target[0])

        def rows(limit: int, offset: int) -> list[ListedLanguage]:
            nonlocal total
            page, total = queries.page_of_languages(video, limit, offset, which=which)
            return page

        def count() -> int:
            return queries.number_of_languages(video) if total is None else total

        return Response(Page(request).of_rows(rows, count, self._printed))

    @extend_schema(responses=LanguageSchema)
    def retrieve(self, request: Request, video_id: str, language_code: str) -> Response:
        """Read a language."""
        return Response(self._printed([self.target[1]])[0])

    @extend_schema(request=LanguageCreateInput, responses={201: LanguageSchema})
    def create(self, request: Request, video_id: str) -> Response:
        """Start a language."""
        fields = self.read()
        workflow = workflow_for(self.target[0], fields.pop("language_code"))

        def allowed(video: Video) -> None:
            if not may_edit_subtitles(request.user, video, workflow.language_code):
                raise PermissionDenied

        allowed(workflow.video)
        # The language is in the body, so the policy alone does not ask this under the lock.
        with standing(lambda: allowed(self.load(**self.kwargs)[0])):
            language = start_language(workflow, actor=request.user, **fields)
        return Response(self._reprinted(language), status=201)

    @extend_schema(request=LanguageUpdateInput, responses=LanguageSchema)
    def update(self, request: Request, video_id: str, language_code: str) -> Response:
        """Say that the subtitles are complete, which language is spoken, or set soft limits."""
        language = SubtitleLanguage(pk=self.target[1].pk, video=self.target[0])
        language = services.update_language(language, actor=request.user, **self.read())
        return Response(self._reprinted(language))

    @extend_schema(request=LanguageUpdateInput, responses=LanguageSchema)
    def partial_update(self, request: Request, video_id: str, language_code: str) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, video_id, language_code)

    def _reprinted(self, language: SubtitleLanguage) -> dict[str, Data]:
        self.target = language.video, None
        _, which = self._readable(language.video)
        found = queries.listed_language(language.video_id, language.language_code, which=which)
        if found is None:
            # Somebody deleted the video right after the change.
            raise NotThere
        return self._printed([found])[0]

    def _readable(self, video: Video) -> tuple[bool, Q]:
        """Whether the caller sees drafts, and which versions."""
        private = bool(may_view_private_versions(self.request.user, video))
        return private, readable_versions(self.request.user, video, private=private)

    def _printed(self, languages: Sequence[ListedLanguage]) -> Sequence[dict[str, Data]]:
        private, _ = self._readable(self.target[0])
        return LanguageAnswer(self.request).many(self.target[0], languages, private=private)

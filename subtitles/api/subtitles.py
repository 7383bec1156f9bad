"""/api/videos/ID/languages/CODE/subtitles/ — read, post and delete subtitles."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response

from amara_api import languages
from amara_api.errors import InvalidInput, NotThere
from amara_api.outbound import refusal_of
from amara_api.rest.body import BodyTooLarge
from amara_api.rest.fields import FlagField, MetadataField, TextField, WholeNumberField
from amara_api.rest.negotiation import LenientNegotiation
from amara_api.rest.policies import PUBLIC, account_that
from amara_api.rest.renderers import JSONRenderer
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from subtitles import queries, storage
from subtitles.api.addresses import language_named
from subtitles.api.answers import SubtitlesAnswer
from subtitles.api.remote import file_at
from subtitles.api.renderers import SUBTITLE_RENDERERS, SubtitleFileRenderer
from subtitles.formats import FORMATS, FormatError, Track, load
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import NUMBERED, PUBLIC_TIP, TIP, SubtitlesRow
from subtitles.workflows.submit import require, submit
from teams.policies import (
    may_delete_subtitles,
    may_edit_subtitles,
    may_see_hidden,
    may_view_private_versions,
)
from teams.services import tasks
from teams.workflows import workflow_for
from users.api.schemas import UserObjectSchema
from videos.api.addresses import find_video
from videos.models import Video

READABLE = sorted(name for name, format in FORMATS.items() if format.dump)


class CuesField(serializers.Field[Any, Any, Any, Any]):
    """Subtitles as text in the posted format, a list of cues (json), or an uploaded file."""

    default_error_messages = {"invalid": "Invalid subtitle data"}

    def to_internal_value(self, data: Any) -> str | bytes:
        if isinstance(data, UploadedFile):
            data = data.read(settings.AMARA_MAX_SUBTITLE_BYTES + 1)
        elif isinstance(data, list):
            data = orjson.dumps(data).decode()
        if not isinstance(data, str | bytes):
            self.fail("invalid")
        size = len(data if isinstance(data, bytes) else data.encode(errors="replace"))
        if size > settings.AMARA_MAX_SUBTITLE_BYTES:
            raise BodyTooLarge(
                f"The subtitles are larger than {settings.AMARA_MAX_SUBTITLE_BYTES} bytes."
            )
        return data


class CompletenessField(FlagField):
    """true, false, or null: leave it as it is."""

    def to_internal_value(self, data: Any) -> bool | None:
        if isinstance(data, str) and data.strip().lower() in ("", "n", "null", "none"):
            return None
        return super().to_internal_value(data)


class SubtitlesInput(InputSerializer):
    """A new version. It starts the language if need be."""

    resource = "subtitles_input"

    subtitles = CuesField(
        required=False, help_text="In the format that `sub_format` names. Needed without a url."
    )
    subtitles_url = TextField(
        required=False, allow_blank=True, help_text="Of the file, which the server then fetches."
    )
    sub_format = TextField(default="dfxp", allow_blank=True, help_text=", ".join(READABLE))
    title = TextField(required=False, allow_blank=True, max_length=2048)
    description = TextField(required=False, allow_blank=True, max_length=100_000)
    metadata = MetadataField(required=False)
    action = TextField(required=False, allow_blank=True, help_text="See the actions resource.")
    is_complete = CompletenessField(
        required=False, allow_null=True, help_text="Deprecated: use `action`."
    )
    from_editor = FlagField(required=False)
    duration = WholeNumberField(required=False, help_text="Of the video, in seconds.")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # Here, so that what is missing is named together with whatever else is wrong.
        has_url = isinstance(data, Mapping) and bool(data.get("subtitles_url"))
        self.fields["subtitles"].required = not has_url
        return super().to_internal_value(data)

    def validate_subtitles_url(self, value: str) -> str:
        if value and (reason := refusal_of(value)):
            raise ValidationError(reason)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = attrs["sub_format"] = attrs["sub_format"].lower()
        # What can only be read could not be given back.
        if name not in READABLE:
            raise ValidationError({"sub_format": [_unknown_format(name)]})
        if not attrs.get("subtitles_url"):
            attrs |= _cues(attrs.pop("subtitles"), name, field="subtitles")
        elif attrs.pop("subtitles", None):
            raise ValidationError({"subtitles_url": ["Send the subtitles or their URL, not both."]})
        return attrs


def _cues(data: str | bytes, name: str, *, field: str) -> dict[str, Any]:
    """``track``, and for DFXP the ``source`` to keep. ``field`` is where faults are told."""
    try:
        # Players expect cues by time, and so does whoever reads the list.
        track = load(data, name, max_depth=settings.AMARA_MAX_SUBTITLE_DEPTH).in_time_order()
    except FormatError as error:
        raise ValidationError({field: [f"Invalid subtitle data: {error}"]}) from error
    return {"track": track, "source": data if storage.canonical(name) == "dfxp" else None}


class SubtitlesSchema(serializers.Serializer[Any]):
    """One version of the subtitles in one language."""

    class Language(serializers.Serializer[Any]):
        code = serializers.CharField()
        name = serializers.CharField()
        dir = serializers.ChoiceField(["ltr", "rtl"])

        class Meta:
            ref_name = "LanguageOfSubtitles"

    version_number = serializers.IntegerField()
    sub_format = serializers.CharField()
    subtitles = serializers.JSONField(
        help_text="A list of cues for json (times in milliseconds), else the file as text."
    )
    author = UserObjectSchema(allow_null=True)
    language = Language()
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    metadata = serializers.DictField(child=serializers.CharField())
    video_title = serializers.CharField(allow_blank=True)
    video_description = serializers.CharField(allow_blank=True)
    created = serializers.DateTimeField()
    actions_uri = serializers.URLField()
    notes_uri = serializers.URLField()
    resource_uri = serializers.URLField()
    site_uri = serializers.URLField()
    video = serializers.CharField(allow_blank=True, help_text="Deprecated: video_title.")
    version_no = serializers.IntegerField(help_text="Deprecated: version_number.")


@dataclass(frozen=True)
class Address:
    """What a writing request names; the language need not have been started."""

    video: Video
    language_code: str


def _unknown_format(name: str) -> str:
    return f"Unknown format: {name[:50]}. Known are: {', '.join(READABLE)}."


def may_edit_target(user: Any, target: Address) -> Any:
    return may_edit_subtitles(user, target.video, target.language_code)


class SubtitlesViewSet(ResourceViewSet):
    """The subtitles of a video in one language. Without a version number: the newest public one.

    `?format=srt` (dfxp, sbv, ssa, vtt, txt) or the matching `Accept` downloads the file alone.
    """

    policies: ClassVar = {
        "retrieve": PUBLIC,
        "create": account_that(may_edit_target),
        "destroy": account_that(lambda user, target: may_delete_subtitles(user, target.video)),
    }
    inputs: ClassVar = {"create": SubtitlesInput}
    resources: ClassVar = ("subtitles",)
    renderer_classes = [*ResourceViewSet.renderer_classes, *SUBTITLE_RENDERERS]
    content_negotiation_class = LenientNegotiation

    def load(self, **address: Any) -> Address | SubtitlesRow:
        code = language_named(self.request, address["video_id"], address["language_code"])
        if self.action == "retrieve":
            return self._version(address["video_id"], code)
        return Address(find_video(self.request, address["video_id"]), code)

    def _version(self, video_id: str, code: str) -> SubtitlesRow:
        """The version that the parameters name. Hidden, private and unknown are one."""
        asked = self.request.GET.get("version_number") or self.request.GET.get("version")
        if not asked:
            row = queries.version_row(video_id, code, which=PUBLIC_TIP)
        elif asked == "last":
            row = queries.version_row(video_id, code, which=TIP)
            if row is not None and not self._may_read(row):
                row = queries.version_row(video_id, code, which=PUBLIC_TIP)
        else:
            try:
                number = int(asked[:20])
            except ValueError as error:
                # Only whoever may see the video learns that the number is none.
                find_video(self.request, video_id)
                raise InvalidInput(["invalid version number"]) from error
            if not 0 < number < 2**31:
                raise NotThere
            row = queries.version_row(video_id, code, which=NUMBERED, number=number)
        if row is None or not self._may_read(row):
            raise NotThere
        return row

    def _may_read(self, row: SubtitlesRow) -> bool:
        user = self.request.user
        if not (row.video_is_public or row.video_is_unlisted) and not may_see_hidden(
            user, row.video, row.team
        ):
            return False
        if row.is_public:
            return True
        return bool(may_view_private_versions(user, Video(pk=row.video, team_id=row.team)))

    @extend_schema(
        parameters=[
            OpenApiParameter("version_number", str, description="A number, or `last`."),
            OpenApiParameter("version", str, description="Older name.", deprecated=True),
            OpenApiParameter("sub_format", str, enum=READABLE, default="json"),
        ],
        responses={
            (200, "application/json"): SubtitlesSchema,
            **{(200, renderer.media_type): OpenApiTypes.STR for renderer in SUBTITLE_RENDERERS},
            304: OpenApiResponse(description="A download that has not changed."),
            400: OpenApiResponse(description="No such version number or format can be."),
        },
    )
    def retrieve(self, request: Any, video_id: str, language_code: str) -> Any:
        """Read or download subtitles."""
        row: SubtitlesRow = self.target
        if isinstance(request.accepted_renderer, SubtitleFileRenderer):
            return self._download(row, request.accepted_renderer.sub_format)
        name = request.GET.get("sub_format", "json").lower()
        if name not in READABLE:
            raise ValidationError({"sub_format": [_unknown_format(name)]})
        return Response(self._printed(row, name))

    def _download(self, row: SubtitlesRow, name: str) -> Any:
        etag = f'"{row.digest[:32]}-{row.pk}-{name}"'
        created = int(row.created.timestamp())
        unchanged = get_conditional_response(self.request._request, etag, created)
        if unchanged is not None and unchanged.status_code == 304:
            unchanged["ETag"] = etag
            return unchanged
        response = Response(queries.rendition(row.pk, row.digest, storage.canonical(name)))
        file_name = f"{row.video_id}.{row.language_code}.{FORMATS[name].extension.lstrip('.')}"
        response["ETag"] = etag
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
        # An XML upload may hold script; nothing in a download ever runs.
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _printed(self, row: SubtitlesRow, name: str) -> dict[str, Any]:
        rendered = queries.rendition(row.pk, row.digest, storage.canonical(name))
        answer = SubtitlesAnswer(self.request)
        cues: Any
        if name != "json":
            cues = rendered.decode()
        elif isinstance(self.request.accepted_renderer, JSONRenderer) and not answer.is_changed:
            # As they are, without reading and writing them again.
            cues = orjson.Fragment(rendered)
        else:
            cues = orjson.loads(rendered)
        return answer(row, sub_format=name, subtitles=cues)

    @extend_schema(request=SubtitlesInput, responses={201: SubtitlesSchema})
    def create(self, request: Any, video_id: str, language_code: str) -> Response:
        """Post a new version of the subtitles."""
        address: Address = self.target
        code = languages.normalise(address.language_code)
        if code is None:
            message = f"Unknown language code: {address.language_code[:64]}"
            raise InvalidInput.field("language_code", message)
        fields = self.read()
        if url := fields.pop("subtitles_url", None):
            fields |= self._fetched(url, code, fields)
            address = self.target
        name, source = fields.pop("sub_format"), fields.pop("source")
        track: Track = fields.pop("track")
        if fields.pop("from_editor", False):
            fields["origin"] = SubtitleVersion.Origin.EDITOR
        version = submit(
            workflow_for(address.video, code),
            actor=request.user,
            track=replace(track, language=code),
            source_format=name,
            source=storage.dfxp_source(source, code) if source is not None else None,
            **fields,
        )
        row = queries.version_row(
            address.video.video_id, code, which=NUMBERED, number=version.version_number
        )
        if row is None:
            raise NotFound
        return Response(self._printed(row, name), status=201)

    def _fetched(self, url: str, code: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The cues behind ``url``, asked for once nothing else stands in the way of taking them."""
        user = self.request.user
        require(workflow_for(self.target.video, code), actor=user, action=fields.get("action"))
        cues = _cues(file_at(url), fields["sub_format"], field="subtitles_url")
        # Meanwhile the video may have moved, and the caller lost the right.
        self.target = self.load(**self.kwargs)
        if not may_edit_target(user, self.target):
            raise PermissionDenied
        return cues

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, video_id: str, language_code: str) -> Response:
        """Delete every version of the subtitles in this language."""
        address: Address = self.target
        language = SubtitleLanguage.objects.filter(
            video=address.video, language_code=address.language_code
        ).first()
        if language is None:
            raise NotThere
        tasks.delete_subtitles(language, actor=request.user)
        return Response(status=204)

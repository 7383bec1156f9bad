"""/api/videos/ID/languages/CODE/subtitles/ — read, post and delete subtitles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Unpack, cast

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import HttpResponse, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.intake.body import BodyTooLarge, RawText
from amara_api.kernel.outbound import refusal_of
from amara_api.kernel.rest import conditions
from amara_api.kernel.rest.fields import (
    FlagField,
    LanguageCodeField,
    MetadataField,
    TextField,
    WholeNumberField,
)
from amara_api.kernel.rest.negotiation import LenientNegotiation
from amara_api.kernel.rest.parameters import parameter
from amara_api.kernel.rest.policies import PUBLIC, account_that
from amara_api.kernel.rest.renderers import WIRE, JSONRenderer
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire.plain import Unread
from subtitles import queries, storage, uploads
from subtitles.api.addresses import language_named
from subtitles.api.answers import SubtitlesAnswer
from subtitles.api.remote import file_at
from subtitles.api.renderers import SUBTITLE_RENDERERS, SubtitleFileRenderer
from subtitles.api.report_answer import ReportSchema, printed_report
from subtitles.api.schemas import MadeOfSchema
from subtitles.formats import FORMATS, FormatError, TooManyCues, Track
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import NUMBERED, PUBLIC_TIP, TIP, SubtitlesRow
from subtitles.workflows.submit import begin_translation, require, require_beginning, submit
from teams.policies import (
    ask_in_vain,
    may_delete_subtitles,
    may_edit_subtitles,
    may_see_hidden,
    may_view_drafts_of_machines,
    may_view_private_versions,
    readable_versions,
)
from teams.services import tasks
from teams.workflows import workflow_for
from users.api.schemas import UserObjectSchema
from videos.api.addresses import find_video, rows_of
from videos.models import Video

if TYPE_CHECKING:
    from django.db.models import Model
    from rest_framework.negotiation import BaseContentNegotiation
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from subtitles.services import VersionFields
    from subtitles.workflows.base import Workflow
    from users.models import User

READABLE = sorted(name for name, format in FORMATS.items() if format.dump)


class Sent(NamedTuple):
    """Subtitles as they came: a file, text, or a list; and the charset that somebody stated."""

    data: bytes | str | list[object]
    charset: str | None = None


class CuesField(serializers.Field[Sent, Data, Data, Data]):
    """Subtitles as text in the posted format, a list of cues (json), or an uploaded file."""

    default_error_messages = {"invalid": "Invalid subtitle data"}
    # Which charset they are in is for the formats to find out.
    takes_bytes = True

    def to_internal_value(self, data: Data) -> Sent:
        charset: str | None = None
        if isinstance(data, UploadedFile):
            charset = data.charset
            data = data.read(settings.AMARA_MAX_SUBTITLE_BYTES + 1)
        elif isinstance(data, RawText):
            charset = data.charset
        if isinstance(data, list):
            size = len(orjson.dumps(data))
        elif isinstance(data, str | bytes):
            size = len(data if isinstance(data, bytes) else data.encode(errors="replace"))
        else:
            self.fail("invalid")
        if size > settings.AMARA_MAX_SUBTITLE_BYTES:
            raise BodyTooLarge(
                f"The subtitles are larger than {settings.AMARA_MAX_SUBTITLE_BYTES} bytes."
            )
        return Sent(data, charset)


class CompletenessField(FlagField):
    """true, false, or null: leave it as it is."""

    def to_internal_value(self, data: Data) -> bool | None:
        if isinstance(data, str) and data.strip().lower() in ("", "n", "null", "none"):
            return None
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    "language_code": {"type": "string"},
                    "version_number": {"type": "integer"},
                },
                "required": ["language_code", "version_number"],
            },
            {"type": "string"},
        ]
    }
)
class SourceField(serializers.Field[dict[str, Data], Data, Data, Data]):
    """What was translated: `{"language_code": "en", "version_number": 3}`; in a form also en/3."""

    default_error_messages = {
        "invalid": "Send the language_code and the version_number of what was translated."
    }

    def to_internal_value(self, data: Data) -> dict[str, Data]:
        code: Data
        number: Data
        if isinstance(data, str):
            code, _, number = data.partition("/")
        elif isinstance(data, Mapping):
            code, number = data.get("language_code"), data.get("version_number")
        else:
            self.fail("invalid")
        if not isinstance(code, str) or not code:
            self.fail("invalid")
        digits = str(number).strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            self.fail("invalid")
        return {"language_code": code.strip(), "version_number": int(digits)}


# What the server says itself is not for callers to say.
_ORIGINS = [
    str(origin)
    for origin in SubtitleVersion.Origin
    if origin not in (SubtitleVersion.Origin.ROLLBACK, SubtitleVersion.Origin.TRANSFORM)
]
# What says something of a file, or makes more of it than a beginning, or says it otherwise.
_NOT_OF_TIMINGS = frozenset(
    {"subtitles", "subtitles_url", "action", "is_complete", "translated_from"}
)


# May stand in the address too.
_ASKED = ("salvage", "dry_run")


class SubtitlesInput(InputSerializer):
    """A new version. It starts the language if need be."""

    resource = "subtitles_input"

    subtitles = CuesField(
        required=False, help_text="In the format that `sub_format` names. Needed without a url."
    )
    subtitles_url = TextField(
        required=False, allow_blank=True, help_text="Of the file, which the server then fetches."
    )
    from_language = LanguageCodeField(
        required=False,
        allow_blank=True,
        help_text="Begin a translation: the timings of the subtitles in this language, no words.",
    )
    sub_format = TextField(
        default="dfxp",
        allow_blank=True,
        help_text=", ".join(READABLE),
        # What people have most often.
        style={"choices": READABLE, "initial": "srt"},
    )
    title = TextField(required=False, allow_blank=True, max_length=2048)
    description = TextField(required=False, allow_blank=True, max_length=100_000)
    metadata = MetadataField(required=False)
    action = TextField(required=False, allow_blank=True, help_text="See the actions resource.")
    is_complete = CompletenessField(
        required=False, allow_null=True, help_text="Deprecated: use `action`."
    )
    from_editor = FlagField(required=False)
    origin = TextField(
        required=False,
        allow_blank=True,
        help_text=f"How they came about: {', '.join(_ORIGINS)}. `machine` is for speech engines.",
        style={"choices": _ORIGINS},
    )
    translated_from = SourceField(
        required=False, allow_null=True, help_text="The language and version translated from."
    )
    dry_run = FlagField(
        default=False,
        help_text="Store nothing, and say what is wrong. Also as a parameter of the address.",
    )
    duration = WholeNumberField(required=False, help_text="Of the video, in seconds.")
    salvage = FlagField(
        default=False,
        help_text="Take what can be read of a damaged file. Also as a parameter of the address.",
    )

    def to_internal_value(self, data: Data) -> dict[str, Data]:
        # Here, so that what is missing is named together with whatever else is wrong.
        url = data.get("subtitles_url") if isinstance(data, Mapping) else None
        source = data.get("from_language") if isinstance(data, Mapping) else None
        has_other = any(bool(s.strip() if isinstance(s, str) else s) for s in (url, source))
        self.fields["subtitles"].required = not has_other
        request = self.context.get("request")
        if isinstance(data, Mapping) and request is not None:
            asked = {name: request.GET[name] for name in _ASKED if request.GET.get(name)}
            data = {**asked, **{name: data[name] for name in data}}
        return super().to_internal_value(data)

    def validate_origin(self, value: str) -> str:
        if value and value not in _ORIGINS:
            raise ValidationError(f"This is not among: {', '.join(_ORIGINS)}.")
        return value

    def validate_subtitles_url(self, value: str) -> str:
        if value and (reason := refusal_of(value)):
            raise ValidationError(reason)
        return value

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        name = attrs["sub_format"] = attrs["sub_format"].lower()
        # What can only be read could not be given back.
        if name not in READABLE:
            raise ValidationError({"sub_format": [_unknown_format(name)]})
        sent: Sent | None = attrs.get("subtitles")
        if attrs.get("subtitles_url") and sent is not None and sent.data:
            raise ValidationError({"subtitles_url": ["Send the subtitles or their URL, not both."]})
        if attrs.get("from_language"):
            said = {**attrs, "subtitles": sent and sent.data}
            others = sorted(name for name in _NOT_OF_TIMINGS if said.get(name))
            if others:
                message = f"This cannot be sent together with: {', '.join(others)}."
                raise ValidationError({"from_language": [message]})
        return attrs


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "start": {"type": ["integer", "null"]},
                        "end": {"type": ["integer", "null"]},
                        "text": {"type": "string"},
                        "position": {"type": "integer"},
                        "meta": {
                            "type": "object",
                            "properties": {
                                "new_paragraph": {"type": "boolean"},
                                "region": {"type": ["string", "null"]},
                            },
                            "required": ["new_paragraph", "region"],
                        },
                    },
                    "required": ["start", "end", "text", "position", "meta"],
                },
            },
        ]
    }
)
class PrintedCuesField(serializers.JSONField):
    """`formats.json_.CueObject`s, or the file."""


class SubtitlesSchema(MadeOfSchema):
    """One version of the subtitles in one language."""

    class Language(serializers.Serializer[Data]):
        code = serializers.CharField()
        name = serializers.CharField()
        dir = serializers.ChoiceField(["ltr", "rtl"])

        class Meta:
            ref_name = "LanguageOfSubtitles"

    version_number = serializers.IntegerField()
    sub_format = serializers.CharField()
    subtitles = PrintedCuesField(
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


class WarningSchema(serializers.Serializer[Data]):
    """What was mended, guessed, left out or is not kept of an upload."""

    line = serializers.IntegerField(allow_null=True, help_text="Of the file, from 1.")
    cue = serializers.IntegerField(allow_null=True, help_text="The subtitle's `position`.")
    what = serializers.CharField()


class PostedSubtitlesSchema(SubtitlesSchema):
    """The version that was made, and what to know about it."""

    warnings = WarningSchema(many=True)


class JudgedSubtitlesSchema(ReportSchema):
    """What is wrong with what was sent, and what to know about it. Nothing is stored."""

    warnings = WarningSchema(many=True)


@dataclass(frozen=True)
class Address:
    """What a writing request names; the language need not have been started."""

    video: Video
    language_code: str

    @cached_property
    def workflow(self) -> Workflow:
        """It has seen the step that the work is at when the request comes in."""
        workflow = workflow_for(self.video, self.language_code)
        workflow.see()
        return workflow


def _tag_of_file(row: SubtitlesRow, name: str) -> str:
    return f'"{row.digest[:32]}-{row.pk}-{name}"'


def _unknown_format(name: str) -> str:
    return f"Unknown format: {name[:50]}. Known are: {', '.join(READABLE)}."


def read_upload(
    sent: Sent, name: str, *, language_code: str, salvage: bool, field: str
) -> uploads.Upload:
    """A file that somebody sent in a field. Raises `InvalidInput` with the line that is wrong, and
    `BodyTooLarge` for more subtitles than the server takes."""
    try:
        return uploads.read(
            sent.data, name, language_code=language_code, charset=sent.charset, salvage=salvage
        )
    except TooManyCues as error:
        raise BodyTooLarge(f"The file has {error.message}.") from error
    except FormatError as error:
        raise InvalidInput.field(field, f"Invalid subtitle data: {error}") from error


def begin_translation_from(
    source: str, workflow: Workflow, *, actor: User, **fields: Unpack[VersionFields]
) -> SubtitleVersion:
    """A translation from the language with the code ``source``, as far as ``actor`` reads it. See
    `begin_translation`."""

    def readable(video: Video) -> Q:
        return readable_versions(actor, video)

    return begin_translation(workflow, actor=actor, source=source, readable=readable, **fields)


def may_edit_target(user: User, target: Address) -> Decision:
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
    resources: ClassVar[tuple[str, ...]] = ("subtitles",)
    renderer_classes: Sequence[type[BaseRenderer]] = [
        *ResourceViewSet.renderer_classes,
        *SUBTITLE_RENDERERS,
    ]
    content_negotiation_class: type[BaseContentNegotiation] = LenientNegotiation
    slow: ClassVar = frozenset({"create"})
    # Whether the limits of the language are wanted with the version.
    measured = False

    def held(self) -> list[Model | None]:
        return rows_of(self.target.video)

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Only a download can be a file; what is answered to a POST would be an empty one."""
        chosen = super().perform_content_negotiation(request, force)
        if self.action != "retrieve" and isinstance(chosen[0], SubtitleFileRenderer):
            return JSONRenderer(), JSONRenderer.media_type
        return chosen

    def load(self, **address: str) -> Address | SubtitlesRow:
        code = language_named(self.request, address["video_id"], address["language_code"])
        if self.action == "retrieve":
            return self._version(address["video_id"], code)
        named = Address(find_video(self.request, address["video_id"]), code)
        if self.action == "create":
            # Before the rules are asked: an action is meant for no later step.
            _ = named.workflow
        return named

    def _version(self, video_id: str, code: str) -> SubtitlesRow:
        """The version that the parameters name. Hidden, private and unknown are one."""
        asked = parameter(self.request, "version_number") or parameter(self.request, "version")
        return self.version_asked(video_id, code, asked)

    def version_asked(self, video_id: str, code: str, asked: str | None) -> SubtitlesRow:
        """A version by its number or as `last`; without a word the newest public one."""
        find = partial(queries.version_row, video_id, code, measured=self.measured)
        if not asked:
            row = find(which=PUBLIC_TIP)
        elif asked == "last":
            row = find(which=TIP)
            if not self._may_read(row):
                row = find(which=PUBLIC_TIP)
        else:
            try:
                number = int(asked[:20])
            except ValueError as error:
                # Only whoever may see the video learns that the number is none.
                find_video(self.request, video_id)
                raise InvalidInput(["invalid version number"]) from error
            number = number if 0 < number < 2**31 else 0  # none has that
            row = find(which=NUMBERED, number=number)
        if not self._may_read(row) or row is None:
            raise NotThere
        return row

    def readable(self, video: Video) -> Q:
        """The versions of a video that the caller may read."""
        return readable_versions(self.request.user, video)

    def sees_drafts(self, video: Video) -> bool:
        return bool(may_view_private_versions(self.request.user, video))

    def _may_read(self, row: SubtitlesRow | None) -> bool:
        user = self.request.user
        if row is None:
            ask_in_vain(user)
            return False
        if not (row.video_is_public or row.video_is_unlisted) and not may_see_hidden(
            user, row.video, row.team
        ):
            return False
        if row.is_public:
            return True
        video = Video(pk=row.video, team_id=row.team)
        if row.made_of.is_of_machine:
            return bool(may_view_drafts_of_machines(user, video))
        return self.sees_drafts(video)

    @extend_schema(
        parameters=[
            OpenApiParameter("version_number", str, description="A number, or `last`."),
            OpenApiParameter("version", str, description="Older name.", deprecated=True),
            OpenApiParameter("sub_format", str, enum=READABLE, default="json"),
        ],
        responses={
            (200, *(each.media_type for each in WIRE)): SubtitlesSchema,
            **{(200, renderer.media_type): OpenApiTypes.STR for renderer in SUBTITLE_RENDERERS},
            400: OpenApiResponse(description="No such version number or format can be."),
        },
    )
    def retrieve(self, request: Request, video_id: str, language_code: str) -> HttpResponse:
        """Read or download subtitles."""
        row: SubtitlesRow = self.target
        assert request.accepted_renderer is not None
        if isinstance(request.accepted_renderer, SubtitleFileRenderer):
            return self._download(row, request.accepted_renderer.sub_format)
        asked = parameter(request, "sub_format")
        name, told = (asked or "json").lower(), bool(asked)
        if name not in READABLE:
            raise ValidationError({"sub_format": [_unknown_format(name)]})
        output = request.accepted_renderer.format
        if output not in conditions.FORMATS:
            return Response(self._printed(row, name, told=told))
        etag = self._tag(row, name, told=told, output=output)
        if conditions.is_known(request, etag):
            return HttpResponseNotModified(headers={"ETag": etag})
        return Response(self._printed(row, name, told=told), headers={"ETag": etag})

    def validators(self, **address: str) -> set[str]:
        code = language_named(self.request, address["video_id"], address["language_code"])
        try:
            row = self._version(self.target.video.video_id, code)
        except NotThere:
            return set()
        asked = parameter(self.request, "sub_format")
        name = (asked or "json").lower()
        tags = {self._tag(row, name, told=bool(asked), output=each) for each in conditions.FORMATS}
        return tags | {_tag_of_file(row, name) for name in READABLE}

    def _tag(self, row: SubtitlesRow, name: str, *, told: bool, output: str) -> str:
        """All that the answer shows, but for the cues, which the version's digest stands for."""
        shown = SubtitlesAnswer(self.request)(row, sub_format=name, subtitles=[], told=told)
        return conditions.tag([shown, row.digest, row.pk], output)

    def _download(self, row: SubtitlesRow, name: str) -> HttpResponse:
        etag = _tag_of_file(row, name)
        if conditions.is_known(self.request, etag):
            return HttpResponseNotModified(headers={"ETag": etag})
        response = Response(queries.rendition(row.pk, row.digest, storage.canonical(name)))
        file_name = f"{row.video_id}.{row.language_code}.{FORMATS[name].extension.lstrip('.')}"
        response["ETag"] = etag
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
        # An XML upload may hold script; nothing in a download ever runs.
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _printed(
        self,
        row: SubtitlesRow,
        name: str,
        *,
        told: bool = True,
        upload: uploads.Upload | None = None,
    ) -> dict[str, Data]:
        rendered = queries.rendition(row.pk, row.digest, storage.canonical(name), upload=upload)
        answer = SubtitlesAnswer(self.request)
        cues: object
        if name != "json":
            cues = rendered.decode()
        elif answer.is_changed:
            cues = orjson.loads(rendered)
        elif isinstance(self.request.accepted_renderer, JSONRenderer):
            # As they are, without reading and writing them again.
            cues = orjson.Fragment(rendered)
        else:
            cues = Unread(rendered)
        return answer(row, sub_format=name, subtitles=cues, told=told)

    @extend_schema(
        parameters=[
            OpenApiParameter(name, bool, description="As the field of that name.")
            for name in _ASKED
        ],
        request=SubtitlesInput,
        responses={
            200: OpenApiResponse(JudgedSubtitlesSchema, description="With `dry_run`."),
            201: PostedSubtitlesSchema,
        },
    )
    def create(self, request: Request, video_id: str, language_code: str) -> Response:
        """Post a new version of the subtitles."""
        address: Address = self.target
        code = address.language_code
        if not languages.is_known(code):
            refusal = languages.unknown(address.language_code)
            raise InvalidInput.field("language_code", refusal)
        fields = self.read()
        dry = fields.pop("dry_run")
        self._say_origin(fields)
        if source := fields.pop("from_language", ""):
            if dry:
                return self._dry_begin(source)
            return self.whole(lambda: self._begin(source, fields))
        sent: Sent = fields.pop("subtitles", Sent(""))
        name, salvage = fields.pop("sub_format"), fields.pop("salvage")
        field = "subtitles"
        if url := fields.pop("subtitles_url", None):
            field = "subtitles_url"
            sent = self._fetched(url, fields)
        upload = read_upload(sent, name, language_code=code, salvage=salvage, field=field)
        if dry:
            return self._dry(upload, fields)
        return self.whole(lambda: self._add(upload, name, fields))

    def _say_origin(self, fields: dict[str, Data]) -> None:
        """``fields`` as `VersionFields`: how the version came about, and of what."""
        from_editor = fields.pop("from_editor", False)
        if not fields.get("origin"):
            origins = SubtitleVersion.Origin
            fields["origin"] = origins.EDITOR if from_editor else origins.API
        if source := fields.pop("translated_from", None):
            code, number = source["language_code"], source["version_number"]
            code = languages.normalise(code) or code
            row = queries.version_row(
                self.target.video.video_id, code, which=NUMBERED, number=number
            )
            if row is None or not self._may_read(row):
                raise InvalidInput.field("translated_from", "There is no such version.")
            fields["translated_from_code"] = row.language_code
            fields["translated_from_number"] = number

    def _dry(self, upload: uploads.Upload, fields: dict[str, Data]) -> Response:
        """What is wrong with what was sent, once nothing else stands in the way of taking it."""
        require(
            self.target.workflow,
            actor=self.request.user,
            action=fields.get("action"),
            is_complete=fields.get("is_complete"),
            origin=fields["origin"],
            track=upload.track,
        )
        return self._judged(upload.track, [warning._asdict() for warning in upload.warnings])

    def _dry_begin(self, source: str) -> Response:
        workflow: Workflow = self.target.workflow
        track = require_beginning(workflow, source, readable=self.readable)
        return self._judged(track, [])

    def _judged(self, track: Track, warnings: list[dict[str, Data]]) -> Response:
        address: Address = self.target
        code = address.language_code
        limits = queries.limits_of(address.video.pk, code)
        printed = printed_report(track, limits, language_code=code, version_number=None)
        return Response({**printed, "warnings": warnings})

    def _add(self, upload: uploads.Upload, name: str, fields: dict[str, Data]) -> Response:
        address: Address = self.target
        version = submit(
            address.workflow,
            actor=self.request.user,
            track=upload.track,
            source_format=name,
            source=upload.source,
            **fields,
        )
        return self._made(version, name, upload)

    def _begin(self, source: str, fields: dict[str, Data]) -> Response:
        """The address's language, with the timings of another one."""
        address: Address = self.target
        # The rest of the input is about files.
        about = ("title", "description", "metadata", "origin")
        said = cast("VersionFields", {name: fields[name] for name in about if name in fields})
        version = begin_translation_from(source, address.workflow, actor=self.request.user, **said)
        return self._made(version, "json")

    def _made(
        self, version: SubtitleVersion, name: str, upload: uploads.Upload | None = None
    ) -> Response:
        address: Address = self.target
        row = queries.version_row(
            address.video.video_id,
            address.language_code,
            which=NUMBERED,
            number=version.version_number,
        )
        if row is None:
            raise NotFound
        answer = self._printed(row, name, upload=upload)
        warnings = upload.warnings if upload else []
        answer["warnings"] = [warning._asdict() for warning in warnings]
        return Response(answer, status=201)

    def _fetched(self, url: str, fields: dict[str, Data]) -> Sent:
        """The file behind ``url``, asked for once nothing else stands in the way of taking it."""
        user = self.request.user
        workflow: Workflow = self.target.workflow
        require(workflow, actor=user, action=fields.get("action"), origin=fields["origin"])
        sent = file_at(url, account=user.pk)
        # Meanwhile the video may have moved, and the caller lost the right.
        self.target = self.load(**self.kwargs)
        self.target.workflow.see_as(workflow)
        if not may_edit_target(user, self.target):
            raise PermissionDenied
        return Sent(*sent)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, video_id: str, language_code: str) -> Response:
        """Delete every version of the subtitles in this language."""
        address: Address = self.target
        language = SubtitleLanguage.objects.filter(
            video=address.video, language_code=address.language_code
        ).first()
        if language is None:
            raise NotThere
        tasks.delete_subtitles(language, actor=request.user)
        return Response(status=204)

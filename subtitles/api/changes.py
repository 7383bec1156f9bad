"""…/subtitles/diff/, restore/ and transform/ — two versions compared, and new ones of older."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast
from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.rest.fields import (
    FlagField,
    SignedNumberField,
    TextField,
    WholeNumberField,
    unwrapped,
)
from amara_api.kernel.rest.links import Links
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.serializers import Answer, InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from subtitles import queries, transforming
from subtitles.api.addresses import language_named
from subtitles.api.report import AboutVersions, Told
from subtitles.api.subtitles import (
    Address,
    PostedSubtitlesSchema,
    SubtitlesViewSet,
    may_edit_target,
)
from subtitles.comparing import Change, Diff, Kind, Words, diff
from subtitles.formats.json_ import html_text
from subtitles.queries import SubtitlesRow
from subtitles.turns import turn_over
from subtitles.workflows.again import readable_version, restore, transform
from subtitles.workflows.submit import require
from users.api.answers import user_object
from users.api.schemas import UserObjectSchema
from videos.models import Video

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rest_framework.request import Request

    from subtitles.formats import Cue, Track
    from subtitles.transforming import Transformed


# --- what is printed -----------------------------------------------------------------------------


class ComparedCueSchema(serializers.Serializer[Data]):
    """A cue of one side."""

    position = serializers.IntegerField(help_text="From 1, in its own version.")
    start = serializers.IntegerField(allow_null=True, help_text="In milliseconds.")
    end = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(help_text="As in JSON subtitles, with its tags.")


class WordSchema(serializers.Serializer[Data]):
    """A piece of plain text."""

    op = serializers.ChoiceField(["same", "added", "removed"])
    text = serializers.CharField()


class ChangeSchema(serializers.Serializer[Data]):
    """Cues of the one version and the cues of the other that they became."""

    def get_fields(self) -> dict[str, serializers.Field[Data, Data, Data, Data]]:
        # `from` is a word of Python's.
        return {
            "kind": serializers.ChoiceField([each.value for each in Kind]),
            "from": ComparedCueSchema(many=True),
            "to": ComparedCueSchema(many=True),
            "words": WordSchema(many=True),
            "retimed": serializers.BooleanField(
                help_text="Whether both sides have cues, and those begin or end at other times."
            ),
        }


class ComparedVersionSchema(serializers.Serializer[Data]):
    """One side."""

    version_number = serializers.IntegerField()
    published = serializers.BooleanField()
    author = UserObjectSchema(allow_null=True)
    created = serializers.DateTimeField()
    subtitle_count = serializers.IntegerField()


class DiffTotalsSchema(serializers.Serializer[Data]):
    """How many changes of each kind there are."""

    same = serializers.IntegerField()
    changed = serializers.IntegerField()
    retimed = serializers.IntegerField()
    split = serializers.IntegerField()
    merged = serializers.IntegerField()
    moved = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class DiffSchema(serializers.Serializer[Data]):
    """What is different between two versions, in the order of the newer one."""

    def get_fields(self) -> dict[str, serializers.Field[Data, Data, Data, Data]]:
        return {
            "from": ComparedVersionSchema(),
            "to": ComparedVersionSchema(),
            "totals": DiffTotalsSchema(),
            "changes": ChangeSchema(many=True),
            "resource_uri": serializers.URLField(),
        }


class PreviewSchema(serializers.Serializer[Data]):
    """What a transformation would make."""

    note = serializers.CharField(help_text="What is done, in a sentence.")
    subtitle_count = serializers.IntegerField()
    changes = ChangeSchema(many=True)


def printed_changes(found: Diff, *, all_: bool = False) -> list[dict[str, Data]]:
    """The changes of `ChangeSchema`, those that stayed the same only with ``all_``."""
    words = Words()
    changes: Iterable[Change] = found.changes if all_ else found.differences()
    return [
        {
            "kind": change.kind.value,
            "from": _cues(change.old, change.first),
            "to": _cues(change.new, change.place),
            "words": [word._asdict() for word in words.of(change)],
            "retimed": change.is_retimed,
        }
        for change in changes
    ]


def _cues(cues: Sequence[Cue], first: int) -> list[dict[str, Data]]:
    return [
        {
            "position": position,
            "start": cue.start,
            "end": cue.end,
            "text": html_text(cue.content),
        }
        for position, cue in enumerate(cues, first + 1)
    ]


# --- comparing -----------------------------------------------------------------------------------


class TwoVersions(NamedTuple):
    """What a reader compares."""

    old: SubtitlesRow
    new: SubtitlesRow


class ComparedVersionAnswer(Answer):
    """One side."""

    resource = "compared_version"

    def build(self, row: SubtitlesRow, /, *, track: Track) -> dict[str, Data]:
        return {
            "version_number": row.version_number,
            "published": row.is_public,
            "author": user_object(self.links, row.author, row.author_id),
            "created": iso(row.created),
            "subtitle_count": len(track.cues),
        }


class DiffAnswer(Told):
    resource = "subtitle_diff"


class DiffViewSet(AboutVersions):
    """Two versions of the subtitles of a video in one language, compared cue by cue."""

    resources: ClassVar = (DiffAnswer.resource, ComparedVersionAnswer.resource)

    def load(self, **address: str) -> TwoVersions:
        video_id = address["video_id"]
        code = language_named(self.request, video_id, address["language_code"])
        new = self._side(video_id, code, "to") or self.version_asked(video_id, code, "last")
        old = self._side(video_id, code, "from") or self._before(new, code)
        return TwoVersions(old, new)

    def _side(self, video_id: str, code: str, name: str) -> SubtitlesRow | None:
        """What a parameter names, if it is there."""
        if not (asked := self.request.GET.get(name)):
            return None
        try:
            return self.version_asked(video_id, code, asked)
        except InvalidInput as error:
            message = "This is no version number. Send a number, or the word last."
            raise InvalidInput.field(name, message) from error

    def _before(self, row: SubtitlesRow, code: str) -> SubtitlesRow:
        """The version before, of those that the caller may read."""
        number = queries.number_before(
            row, which=self.readable(Video(pk=row.video, team_id=row.team))
        )
        if number is None:
            raise NotThere
        return self.version_asked(row.video_id, code, str(number))

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "from",
                str,
                description="A version number, or `last`; without one the number before the other.",
            ),
            OpenApiParameter("to", str, description="The same; `last` without one."),
            OpenApiParameter("all", bool, description="Also what stayed the same."),
        ],
        responses={
            200: DiffSchema,
            400: OpenApiResponse(description="No such version number can be."),
        },
    )
    def retrieve(self, request: Request, video_id: str, language_code: str) -> Response:
        """Compare two versions."""
        sides = cast("TwoVersions", self.target)
        try:
            flag = FlagField().run_validation(request.GET.get("all") or False)
        except ValidationError as error:
            raise ValidationError({"all": error.detail}) from error
        old, new = queries.tracks_of([row.pk for row in sides])
        with turn_over(old, new):
            found = diff(old, new)
            changes = printed_changes(found, all_=flag)
        links = Links.of(request._request)
        asked = {"from": sides.old.version_number, "to": sides.new.version_number}
        query = urlencode({**asked, **({"all": "true"} if flag else {})})
        path = f"videos/{sides.new.video_id}/languages/{sides.new.language_code}/subtitles/diff/"
        uri = links(path)
        answer, side = DiffAnswer(request), ComparedVersionAnswer(request)
        return Response(
            answer(
                {
                    "from": side(sides.old, track=old),
                    "to": side(sides.new, track=new),
                    "totals": {kind.value: count for kind, count in found.totals.items()},
                    "changes": changes,
                    "resource_uri": f"{uri}{'&' if '?' in uri else '?'}{query}",
                }
            )
        )


# --- new versions of older ones ------------------------------------------------------------------


class _MadeOfOlder(SubtitlesViewSet):
    """Writes that take no subtitles: what they make, they make of a version that is there.

    `If-Match` is about the subtitles themselves.
    """

    policies: ClassVar = {"create": account_that(may_edit_target)}
    resources: ClassVar = ("subtitles",)
    slow: ClassVar = frozenset()
    renderer_classes = ResourceViewSet.renderer_classes
    has_validators = True

    def require_language(self) -> Address:
        address: Address = self.target
        if not languages.is_known(address.language_code):
            raise NotThere
        return address


class RestoreInput(InputSerializer):
    """Which version is to be the newest again."""

    resource = "restore_input"

    version_number = WholeNumberField(min_value=1)
    action = TextField(required=False, allow_blank=True, help_text="See the actions resource.")


class RestoreViewSet(_MadeOfOlder):
    """An older version as the newest."""

    inputs: ClassVar = {"create": RestoreInput}

    @extend_schema(request=RestoreInput, responses={201: PostedSubtitlesSchema})
    def create(self, request: Request, video_id: str, language_code: str) -> Response:
        """Make an older version the newest, as a new one."""
        address = self.require_language()
        version = restore(
            address.workflow, actor=request.user, readable=self.readable, **self.read()
        )
        return self._made(version, "json")


class RateField(TextField):
    """Frames a second, as a number or as text."""

    def to_internal_value(self, data: Data) -> str:
        if isinstance(data, int | float) and not isinstance(data, bool):
            # A long number would take its time to be written down.
            data = str(data) if abs(data) <= transforming.MOST_RATE else "0"
        text = super().to_internal_value(data)
        return text.rstrip("0").rstrip(".") if "." in text else text


class AnchorsField(serializers.ListField):
    """Two pairs of moments in milliseconds. Forms and XML leaves may carry them as JSON text."""

    child = serializers.ListField(child=WholeNumberField(), min_length=2, max_length=2)
    default_error_messages = {
        "pairs": "Not two pairs of whole milliseconds, like [[1000, 1500], [9000, 9800]]."
    }

    def to_internal_value(self, data: Data) -> list[list[int]]:
        data = unwrapped(data, empty=b"[]")
        pairs = isinstance(data, list) and len(data) == 2
        if not pairs or not all(isinstance(each, list) and len(each) == 2 for each in data):
            self.fail("pairs")
        try:
            found: list[list[int]] = super().to_internal_value(data)
        except ValidationError:
            # One sentence of it all: where in which pair would be a nest of lists.
            self.fail("pairs")
        return found


_NEEDED = {
    "shift": {"by"},
    "stretch": {"from_rate", "to_rate"},
    "collapse": set[str](),
    "snap": {"gap"},
}
_TAKEN = {
    "shift": {"by", "from_position"},
    "stretch": {"from_rate", "to_rate", "anchors", "from_position"},
    "collapse": set[str](),
    "snap": {"gap"},
}
_OF_OPERATIONS = frozenset().union(*_TAKEN.values())


class TransformInput(InputSerializer):
    """What is to be done with a whole version."""

    resource = "transform_input"

    operation = serializers.ChoiceField(
        list(_TAKEN),
        error_messages={"invalid_choice": f"Unknown operation. Known are: {', '.join(_TAKEN)}."},
    )
    by = SignedNumberField(required=False, help_text="Milliseconds; negative is earlier.")
    from_position = WholeNumberField(
        required=False, min_value=1, help_text="Of the first cue that is moved; 1 without it."
    )
    from_rate = RateField(required=False, help_text="Frames a second.")
    to_rate = RateField(required=False)
    anchors = AnchorsField(
        required=False, help_text="Two moments and when they are to be, in milliseconds."
    )
    gap = WholeNumberField(
        required=False, min_value=1, max_value=transforming.MOST_GAP, help_text="In milliseconds."
    )
    version_number = WholeNumberField(
        required=False, min_value=1, help_text="The newest that you may read without it."
    )
    action = TextField(required=False, allow_blank=True, help_text="See the actions resource.")
    dry_run = FlagField(default=False, help_text="Answer what would be done, and do nothing.")

    def validate(self, attrs: dict[str, Data]) -> dict[str, Data]:
        operation = attrs["operation"]
        given = attrs.keys() & _OF_OPERATIONS
        wrong = {
            name: [f"This does not go with {operation}."] for name in given - _TAKEN[operation]
        }
        needed = {"anchors"} if "anchors" in given else _NEEDED[operation]
        wrong |= {name: ["This field is required."] for name in needed - given}
        if "anchors" in given and not wrong:
            rates = given & {"from_rate", "to_rate"}
            wrong |= {name: ["Send rates or anchors, not both."] for name in rates}
        if wrong:
            raise ValidationError(wrong)
        return attrs


def _how(fields: dict[str, Data], track: Track) -> Transformed:
    position = fields.get("from_position", 1)
    with turn_over(track):
        match fields["operation"]:
            case "shift":
                return transforming.shift(track, fields["by"], position=position)
            case "stretch" if "anchors" in fields:
                anchors = [(old, new) for old, new in fields["anchors"]]
                return transforming.stretch_anchors(track, anchors, position=position)
            case "stretch":
                rates = fields["from_rate"], fields["to_rate"]
                return transforming.stretch_rates(track, *rates, position=position)
            case "snap":
                return transforming.snap(track, fields["gap"])
            case _:
                return transforming.collapse(track)


class TransformViewSet(_MadeOfOlder):
    """All cues of a version moved, stretched, collapsed or closed up, as a new one."""

    inputs: ClassVar = {"create": TransformInput}

    @extend_schema(
        request=TransformInput,
        responses={200: PreviewSchema, 201: PostedSubtitlesSchema},
    )
    def create(self, request: Request, video_id: str, language_code: str) -> Response:
        """Make a new version of an older one; with `dry_run` only tell what it would be."""
        address = self.require_language()
        fields = self.read()
        number, action = fields.get("version_number"), fields.get("action")
        if fields["dry_run"]:
            return Response(self._preview(address, fields))
        version = transform(
            address.workflow,
            actor=request.user,
            how=lambda track: _how(fields, track),
            readable=self.readable,
            version_number=number,
            action=action,
        )
        return self._made(version, "json")

    def _preview(self, address: Address, fields: dict[str, Data]) -> dict[str, Data]:
        require(address.workflow, actor=self.request.user, action=fields.get("action"))
        version = readable_version(
            address.video,
            address.language_code,
            number=fields.get("version_number"),
            readable=self.readable,
        )
        track = queries.track_of(version.pk)
        made = _how(fields, track)
        action = fields.get("action")
        require(address.workflow, actor=self.request.user, action=action, track=made.track)
        with turn_over(track, track):
            return {
                "note": made.note,
                "subtitle_count": len(made.track.cues),
                "changes": printed_changes(diff(track, made.track)),
            }

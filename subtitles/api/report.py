"""/api/videos/ID/languages/CODE/subtitles/report/ — what is wrong with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.rest.links import Links
from amara_api.kernel.rest.policies import PUBLIC
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from subtitles import queries
from subtitles.api.report_answer import ReportSchema, printed_report
from subtitles.api.subtitles import SubtitlesViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request

    from subtitles.queries import SubtitlesRow


class ReportOfVersionSchema(ReportSchema):
    """What is wrong with a version. Nothing is refused because of it."""

    resource_uri = serializers.URLField()


class Told(Answer):
    """Of what is printed only the addresses are others in older forms."""

    def build(self, printed: dict[str, Data], /) -> dict[str, Data]:
        return printed


class ReportAnswer(Told):
    resource = "subtitle_report"


class AboutVersions(SubtitlesViewSet):
    """What is told of versions that the caller may read: nothing is written, and no file."""

    policies: ClassVar = {"retrieve": PUBLIC}
    inputs: ClassVar = {}
    slow: ClassVar = frozenset()
    renderer_classes = ResourceViewSet.renderer_classes
    content_negotiation_class = ResourceViewSet.content_negotiation_class
    validators = ResourceViewSet.validators


class ReportViewSet(AboutVersions):
    """What is wrong with one version of the subtitles of a video in one language."""

    resources: ClassVar = (ReportAnswer.resource,)
    measured = True

    @extend_schema(
        parameters=[
            OpenApiParameter("version_number", str, description="A number, or `last`."),
            OpenApiParameter("version", str, description="Older name.", deprecated=True),
        ],
        responses={
            200: ReportOfVersionSchema,
            400: OpenApiResponse(description="No such version number can be."),
        },
    )
    def retrieve(self, request: Request, video_id: str, language_code: str) -> Response:
        """Ask what is wrong with subtitles: too fast, too long, overlapping, said twice, broken."""
        row: SubtitlesRow = self.target
        track = queries.track_of(row.pk)
        path = f"videos/{row.video_id}/languages/{row.language_code}/subtitles/report/"
        uri = Links.of(request._request)(path)
        number = f"{'&' if '?' in uri else '?'}version_number={row.version_number}"
        printed = printed_report(
            track, row.limits, language_code=row.language_code, version_number=row.version_number
        )
        return Response(ReportAnswer(request)({**printed, "resource_uri": f"{uri}{number}"}))

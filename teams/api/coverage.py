"""/api/teams/SLUG/coverage/ — which languages of a team's videos have subtitles, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel import languages
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, PageMetaSchema, single
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams.api.addresses import find_team
from teams.coverage import Total, cells, states_of, totals
from teams.models import DEFAULT_PROJECT, CoverageState, Team
from teams.policies import found_in, may_view_drafts_of, project_in
from videos.queries import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

    from teams.policies.roles import Caller
    from videos.queries import Parameter, VideoRow

STATES = {
    CoverageState.DRAFT: "draft",
    CoverageState.IN_REVIEW: "in-review",
    CoverageState.PUBLISHED: "published",
}


class Coverage(NamedTuple):
    """What somebody may know of the coverage of a team. ``private`` says that drafts are shown;
    ``scope`` is what the totals are kept under, "" where no video is to be found."""

    filters: dict[str, Parameter]
    private: bool
    scope: str
    language: str

    @classmethod
    def of(cls, user: Caller, team: Team, project: str, language: str) -> Coverage | None:
        """``project`` is a slug, `null` for the default one, or empty for all; ``language`` a code
        or empty. None for a project that is unknown."""
        filters = found_in(user, team)
        scope = f"team {team.pk}"
        if project:
            found = project_in(team, project)
            if found is None:
                return None
            filters["project"], scope = found, f"project {found}"
        code = (languages.normalise(language) or languages.written(language)) if language else ""
        # Of a team whose videos are not everybody's, others find none.
        hidden = "public" in filters
        return cls(filters, bool(may_view_drafts_of(user, team)), "" if hidden else scope, code)

    @property
    def listing(self) -> Listing:
        return Listing(self.filters, more=cells)

    def totals(self) -> list[Total]:
        found = totals(self.scope) if self.scope else []
        if not self.private:
            found = [Total(each.language_code, 0, 0, each.published) for each in found]
        return [
            each
            for each in found
            if each.begun and (not self.language or each.language_code == self.language)
        ]

    def states(self, rows: Sequence[VideoRow]) -> dict[int, dict[str, CoverageState]]:
        """Of each video of `listing`, by its key: the states of its languages that may be known."""
        return {
            row.pk: {
                code: state
                for code, state in sorted(states_of(row).items())
                if (self.private or state == CoverageState.PUBLISHED)
                and (not self.language or code == self.language)
            }
            for row in rows
        }


class LanguageTotalSchema(serializers.Serializer[Data]):
    language_code = serializers.CharField()
    published = serializers.IntegerField()
    in_review = serializers.IntegerField(allow_null=True)
    draft = serializers.IntegerField(allow_null=True)
    none = serializers.IntegerField()


class LanguageStateSchema(serializers.Serializer[Data]):
    language_code = serializers.CharField()
    state = serializers.ChoiceField(list(STATES.values()))


class CoverageSchema(serializers.Serializer[Data]):
    """A video of the team, with the languages that have subtitles."""

    video = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    project = serializers.CharField(allow_null=True)
    primary_audio_language_code = serializers.CharField(allow_null=True)
    languages = LanguageStateSchema(many=True)
    video_uri = serializers.URLField()


CoveragePageSchema = single(
    type(
        inline_serializer(
            "CoveragePage",
            {
                "meta": PageMetaSchema(),
                "totals": LanguageTotalSchema(many=True),
                "objects": CoverageSchema(many=True),
            },
        )
    )
)


class CoverageAnswer(Answer):
    """A video with the states of its languages."""

    resource = "coverage"

    def build(self, video: VideoRow, /, *, states: dict[str, CoverageState]) -> dict[str, Data]:
        return {
            "video": video.video_id,
            "title": video.title,
            "project": None if video.project == DEFAULT_PROJECT else video.project,
            "primary_audio_language_code": video.primary_audio_language_code or None,
            "languages": [
                {"language_code": code, "state": STATES[state]} for code, state in states.items()
            ],
            "video_uri": self.links(f"videos/{video.video_id}/"),
        }


class TeamCoverageViewSet(ResourceViewSet):
    """Which languages of the team's videos have subtitles, for whoever sees the team. Members see
    what is being made; others what is published of videos that everybody sees."""

    policies: ClassVar = {"list": ACCOUNT}
    resources: ClassVar = ("coverage",)

    target: Team

    def load(self, *, slug: str) -> Team:
        return find_team(self.request, slug, project=self.request.GET.get("project", ""))

    @extend_schema(
        parameters=[
            OpenApiParameter("project", str, description="Slug; `null`: the default one."),
            OpenApiParameter("language", str, description="Code: this language alone."),
            *PAGE_PARAMETERS,
        ],
        responses=CoveragePageSchema,
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the team's videos, newest first, with the states of their languages."""
        asked = request.GET
        found = Coverage.of(
            request.user, self.target, asked.get("project", ""), asked.get("language", "")
        )
        if found is None:
            return Response(_body(Page(request).body(0, []), []))
        total, listing = found.listing.counted_in(self.target.video_count)
        answer = CoverageAnswer(request)

        def rows(limit: int, offset: int) -> Sequence[dict[str, Data]]:
            page = listing.rows(limit, offset)
            states = found.states(page)
            return [answer(row, states=states[row.pk]) for row in page]

        printed = [_total(each, total, private=found.private) for each in found.totals()]
        return Response(_body(Page(request).of(total, rows), printed))


def _body(page: dict[str, Data], totals: Sequence[dict[str, Data]]) -> dict[str, Data]:
    return {"meta": page["meta"], "totals": totals, "objects": page["objects"]}


def _total(total: Total, videos: int, *, private: bool) -> dict[str, Data]:
    return {
        "language_code": total.language_code,
        "published": total.published,
        "in_review": total.in_review if private else None,
        "draft": total.draft if private else None,
        "none": max(videos - total.begun, 0),
    }

"""Which languages of a team's videos have subtitles: a table, and the same as a CSV file."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from amara_api.kernel import languages
from amara_api.kernel.decisions import ALLOWED
from amara_api.kernel.shapes import Data
from teams.api.coverage import Coverage
from teams.home.frame import TeamPart
from teams.home.videos import language_choices, project_choices
from teams.models import DEFAULT_PROJECT, CoverageState, TeamLanguage
from teams.policies import find_team, may_view_members
from teams.services.languages import languages_of
from videos.pages import Searching, asked_for
from videos.queries import After, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amara_api.kernel.decisions import Decision
    from teams.coverage import Total
    from teams.models import Team
    from videos.queries import VideoRow

# Columns of the table; of more languages one is chosen, or the file has them all.
LANGUAGES_SHOWN = 40
# Videos that are read at once for the file.
_AT_ONCE = 500
# What a cell says, with a class of the style sheet.
WORDS = {
    CoverageState.PUBLISHED: ("published", "good"),
    CoverageState.IN_REVIEW: ("in review", "draft"),
    CoverageState.DRAFT: ("draft", ""),
}
# A spreadsheet would take what begins with one of these for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Blanks and what nobody sees: some leave that out before they look.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")


class Column(NamedTuple):
    """A language with how many videos have it in each state. ``none`` is None where the number of
    videos is not known."""

    code: str
    name: str
    published: int
    in_review: int
    draft: int
    none: int


def _columns(found: Coverage, team: Team, *, members: bool, videos: int) -> list[Column]:
    """The preferred languages first, then those with most subtitles."""
    totals: dict[str, Total | None] = {each.language_code: each for each in found.totals()}
    preferred = languages_of(team, TeamLanguage.Kind.PREFERRED) if members else []
    for code in [*preferred, *([found.language] if found.language else [])]:
        if not found.language or code == found.language:
            totals.setdefault(code, None)

    def place(code: str) -> tuple[bool, int, str]:
        total = totals[code]
        return code not in preferred, -(total.begun if total else 0), code

    return [_column(code, totals[code], videos) for code in sorted(totals, key=place)]


def _column(code: str, total: Total | None, videos: int) -> Column:
    name = languages.name(code)
    if total is None:
        return Column(code, name, 0, 0, 0, videos)
    none = max(videos - total.begun, 0)
    return Column(code, name, total.published, total.in_review, total.draft, none)


class CoveragePage(TeamPart, Searching):
    """Videos by languages, with totals. Members see drafts; others what is published."""

    template_name = "teams/home/coverage.html"

    def may_see(self) -> Decision:
        return ALLOWED

    def shown(self) -> dict[str, Data]:
        user, team = self.request.user, self.team
        asked = asked_for(self.request, "project", "language")
        asked.pop("order")
        members = bool(may_view_members(user, team))
        shown: dict[str, Data] = {"asked": asked, "languages": language_choices()}
        if members:
            shown["projects"] = project_choices(team, asked["project"])
        else:
            asked["project"] = ""
        found = Coverage.of(user, team, **asked)
        if found is None:
            return {**shown, "problem": "There is no such project."}
        page = self._page(found.listing, asked)
        rows = [row for row, _ in page.pop("rows")]
        total = int(page["total"] or 0)
        columns = _columns(found, team, members=members, videos=total)
        visible = columns[:LANGUAGES_SHOWN]
        states = found.states(rows)
        return {
            **shown,
            **page,
            "private": found.private,
            "columns": visible,
            "more": len(columns) - len(visible),
            "rows": [(row, _cells(states[row.pk], visible)) for row in rows],
            "file": f"{reverse('team-coverage-file', args=[team.slug])}?{urlencode(asked)}",
        }


def _cells(
    states: dict[str, CoverageState], columns: Sequence[Column]
) -> list[tuple[str, str] | None]:
    found = (states.get(column.code) for column in columns)
    return [None if state is None else WORDS[state] for state in found]


class CoverageFile(View):
    """The whole table as CSV, in UTF-8; a row for each video, totals at the end. It is sent while
    it is read, so that it is never in memory as a whole."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        team = find_team(request.user, slug)
        if team is None:
            raise Http404
        asked = asked_for(request, "project", "language")
        asked.pop("order")
        members = bool(may_view_members(request.user, team))
        if not members:
            asked["project"] = ""
        found = Coverage.of(request.user, team, **asked)
        if found is None:
            raise Http404
        total, listing = found.listing.counted()
        columns = _columns(found, team, members=members, videos=total)
        response = StreamingHttpResponse(
            _lines(found, listing, columns), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{team.slug}-coverage.csv"'
        response["Cache-Control"] = "private, no-store"
        return response


def _lines(found: Coverage, listing: Listing, columns: Sequence[Column]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    codes = [column.code for column in columns]
    head = ("video", "title", "project", "spoken language")
    yield writer.writerow([*head, *codes])
    page = listing.rows(_AT_ONCE, 0)
    while page:
        states = found.states(page)
        for row in page:
            cells = [states[row.pk].get(code) for code in codes]
            words = ["none" if state is None else WORDS[state][0] for state in cells]
            yield writer.writerow(_plain([*_of(row), *words]))
        if len(page) < _AT_ONCE:
            break
        page = listing.after(_AT_ONCE, After.of(page[-1], listing.order))
    names = ("published", "in review", "draft") if found.private else ("published",)
    for name in (*names, "none"):
        field = name.replace(" ", "_")
        counts = [str(getattr(column, field)) for column in columns]
        yield writer.writerow([f"total: {name}", "", "", "", *counts])


def _of(row: VideoRow) -> list[str]:
    project = "" if row.project in (None, DEFAULT_PROJECT) else str(row.project)
    return [row.video_id, row.title, project, row.primary_audio_language_code]


def _plain(cells: Sequence[str]) -> list[str]:
    """What people have written is text to a spreadsheet, and no formula."""
    return [f"'{cell}" if _is_formula(cell) else cell for cell in cells]


def _is_formula(cell: str) -> bool:
    unseen = _UNSEEN.match(cell)
    seen = cell[unseen.end() :] if unseen else cell
    return cell.startswith(_FORMULAS) or seen.startswith(_FORMULAS)


class _Echo:
    """A file that gives back what is written: `csv` then answers with the line."""

    def write(self, line: str) -> str:
        return line

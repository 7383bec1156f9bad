"""The pages of videos: the search, adding one, and each video with its subtitles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View
from rest_framework.exceptions import ValidationError

from amara_api.kernel import languages, site
from amara_api.kernel.compiled import padded
from amara_api.kernel.content_policy import PlayerPolicy
from amara_api.kernel.errors import (
    Busy,
    Conflict,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotThere,
    TooMany,
    sentences,
)
from amara_api.kernel.shapes import Data
from subtitles.models import SubtitleVersion
from subtitles.queries import LanguageRow, languages_of
from teams.policies import (
    find_team,
    find_video,
    found_in,
    judged_now,
    listed_teams,
    may_edit_subtitles,
    may_see_hidden,
    may_view_drafts_of_machines,
    may_view_private_versions,
    may_view_team,
    team_ids_of,
    teams_to_add_to,
)
from teams.queries import work_on
from teams.services import videos as team_videos
from teams.workflows import may_work_on
from users.models import User
from videos import providers, queries
from videos.api import after
from videos.api.videos import VideoCreateInput, destination
from videos.players import CaptionTrack, frame_of, player_of
from videos.queries import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.serializers import Serializer

    from teams.models import Team
    from teams.policies.roles import Caller
    from videos.models import Video
    from videos.queries import Parameter, VideoRow
    from videos.services import NewVideoFields

# The formats worth offering to a person, the usual ones first.
DOWNLOADS = ("srt", "vtt", "dfxp", "ssa", "sbv", "txt")
VIDEOS_A_PAGE = 20
# Teams to choose from; the pages of others lead to their videos.
TEAMS_SHOWN = 200
ORDERS = (
    ("-created", "newest first"),
    ("created", "oldest first"),
    ("title", "by title"),
    ("-title", "by title, backwards"),
)
MAX_TYPED = 2048
WORK_SHOWN = 50


# Of so many languages each has its links; of more one is chosen first, which spares whoever uses
# the keyboard hundreds of steps.
FEW_LANGUAGES = 5


class Asked(NamedTuple):
    """What the form of the search was sent with."""

    q: str
    team: str
    language: str
    order: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        return cls(**asked_for(request, *cls._fields))


def asked_for(request: HttpRequest, *names: str) -> dict[str, str]:
    """What a form of a search was sent with; an unknown order is the usual one."""
    asked = {
        name: request.GET.get(name, "").replace("\0", "").strip()[:MAX_TYPED] for name in names
    }
    if asked.get("order") not in dict(ORDERS):
        asked["order"] = ORDERS[0][0]
    return asked


class Searching(View):
    """A page that looks for videos: by words of the title or by url, in a language, in an order."""

    def searched(
        self, user: Caller, asked: Mapping[str, str], given: dict[str, Parameter]
    ) -> dict[str, Data]:
        """A page of what is found among the videos that the filters ``given`` leave. ``asked`` has
        ``q``, ``language`` and ``order``, and whatever else the page's links go on with."""
        q, filters = asked["q"], dict(given)
        by_url = bool(q) and providers.is_url(q)
        words = queries.words_of(q)
        if q and not by_url and not words:
            return {
                "problem": "Type a word of two letters or more, or the whole address of a video."
            }
        if code := asked["language"]:
            filters["language"] = languages.normalise(code) or languages.written(code)
        if by_url:
            # Strangers do not make the server ask others.
            filters["url"] = queries.url_fingerprint(q, follow=user.is_authenticated)
        elif words:
            filters["words"] = queries.words_filter(words)
        if "team" not in filters:
            mine = team_ids_of(user) if by_url else []
            filters |= {"public_or_in": padded(mine)} if mine else {"public": None}
        listing = Listing(filters, asked["order"])
        return {
            **self._page(listing, asked),
            "of_newest": queries.SEARCHED if words and not queries.searches_all() else 0,
        }

    def _page(self, listing: Listing, asked: Mapping[str, str]) -> dict[str, Data]:
        """A page that begins behind a row costs the same wherever that is; an offset would not."""
        total = None
        if listing.scope is not None:
            total, listing = listing.counted()
        rows = self._rows(listing)
        more, rows = len(rows) > VIDEOS_A_PAGE, rows[:VIDEOS_A_PAGE]
        following = {**asked, "after": after.token(listing, rows[-1])} if more else None
        return {
            "rows": [(row, languages.name(row.primary_audio_language_code)) for row in rows],
            "total": total,
            "next": urlencode(following) if following else "",
            "first": urlencode(asked) if "after" in self.request.GET else "",
        }

    def _rows(self, listing: Listing) -> list[VideoRow]:
        place = self.request.GET.get("after")
        try:
            last = after.read(place, listing) if place else None
        except InvalidInput:
            # Of another search, or no place at all: this one from its beginning.
            last = None
        if last is None:
            return listing.rows(VIDEOS_A_PAGE + 1, 0)
        return listing.after(VIDEOS_A_PAGE + 1, last)


class VideosPage(Searching, TemplateView):
    """The videos that a person may find: all, or by words of the title, url, team and language."""

    template_name = "videos/videos.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user, asked = self.request.user, Asked.of(self.request)
        teams = list(listed_teams(user).order_by("name", "pk")[:TEAMS_SHOWN])
        shown: dict[str, Data] = {"asked": asked, "orders": ORDERS, "teams": teams}
        known = languages.listed()
        shown["languages"] = sorted((name, code) for code, name in known.items())
        team = self._team(user, asked.team, teams) if asked.team else None
        if team is not None and team not in teams:
            teams.append(team)
        shown |= self._found(user, asked, team)
        return super().get_context_data(**shown, **kwargs)

    def _team(self, user: Caller, slug: str, teams: list[Team]) -> Team | None:
        return next((team for team in teams if team.slug == slug), None) or find_team(user, slug)

    def _found(self, user: Caller, asked: Asked, team: Team | None) -> dict[str, Data]:
        if asked.team and team is None:
            return {"problem": "There is no such team, or none that you may see."}
        found = found_in(user, team) if team is not None else {}
        return self.searched(user, asked._asdict(), found)


class AddVideoPage(LoginRequiredMixin, TemplateView):
    """Adding a video, to a team or to none."""

    template_name = "videos/add.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        assert isinstance(user, User)
        known = languages.listed()
        return super().get_context_data(
            teams=list(teams_to_add_to(user).order_by("name", "pk")[:TEAMS_SHOWN]),
            languages=sorted((name, code) for code, name in known.items()),
            **{"typed": self.request.GET, **kwargs},
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            video = self._add(request)
        except DomainError as error:
            # Nothing has been changed: the same page again, with the reason and what was typed.
            context = self.get_context_data(refusal=sentences(error), typed=request.POST)
            return self.render_to_response(context, status=status_of(error))
        return redirect("video-page", video.video_id)

    def _add(self, request: HttpRequest) -> Video:
        user = request.user
        assert isinstance(user, User)
        names = ("video_url", "title", "description", "primary_audio_language_code", "team")
        fields = checked(
            VideoCreateInput(
                data={name: sent for name in names if (sent := request.POST.get(name))}
            ),
            {"video_url": "Address", "primary_audio_language_code": "Spoken language"},
        )
        team, project = destination(user, fields)
        url = fields.pop("video_url")
        source, said = team_videos.as_provided(url, team, cast("NewVideoFields", fields))
        return team_videos.add_video(
            actor=user, video_url=url, source=source, team=team, project=project, **said
        )


class ShownLanguage(NamedTuple):
    """A language of a video, as one reader sees it."""

    code: str
    name: str
    states: list[tuple[str, str]]  # what is said of it, with a class of the style sheet
    cues: int
    page: str  # of the newest public version, "" without one
    draft: str  # of the newest version where that is not public and the reader sees it
    file: str
    edit: str = ""  # of the editor, for whoever may work on it


class VideoPage(PlayerPolicy, TemplateView):
    """A video that plays, with the state of its languages, and the subtitles to download."""

    template_name = "videos/video.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        video = find_visible_video(user, kwargs["video_id"])
        # A video may be public where its team is not.
        seen = video.team is not None and may_view_team(user, video.team)
        shown = with_editor(user, video, shown_languages(user, video))
        urls = list(video.urls.order_by("-primary", "pk"))
        return super().get_context_data(
            video=video,
            team=video.team if seen else None,
            urls=urls,
            player=player_of(video, urls),
            tracks=caption_tracks(video, shown),
            origin=site.address(self.request),
            **(self._embedding(video) if video.is_public or video.is_unlisted else {}),
            spoken=languages.name(video.primary_audio_language_code),
            languages=shown,
            readable=[language for language in shown if language.page or language.draft],
            few=len(shown) <= FEW_LANGUAGES,
            formats=DOWNLOADS,
            may_work=may_work(user, video),
            work=work_on(user, video.pk, limit=WORK_SHOWN) if isinstance(user, User) else [],
            **kwargs,
        )

    def _embedding(self, video: Video) -> dict[str, str]:
        """How other sites show it, and find out how."""
        here = site.address(self.request)
        page = here + reverse("video-page", args=[video.video_id])
        return {
            # Shown as a text: its markup must not become ours.
            "embed": str.__str__(frame_of(self.request, video)),
            "oembed": f"{here}{reverse('oembed')}?{urlencode({'url': page})}",
        }


class OpenPage(View):
    """Where the choice among many languages leads: to a version's page, or to its file."""

    def get(self, request: HttpRequest, video_id: str) -> HttpResponse:
        video = find_visible_video(request.user, video_id)
        code = languages.normalise(request.GET.get("language", ""))
        found = next(
            (each for each in shown_languages(request.user, video) if each.code == code), None
        )
        if found is None or not (found.page or found.draft):
            raise Http404
        format = request.GET.get("as")
        if format == "edit":
            return redirect(edit_page(video, found.code))
        if format not in DOWNLOADS:
            return redirect(found.draft or found.page)
        newest = "version_number=last&" if found.draft else ""
        return redirect(f"{found.file}?{newest}format={format}")


NOT_YOURS = "You may not work on these subtitles."


def may_work(user: Caller, video: Video) -> bool:
    """Whether somebody may work on some language; each of them has its own rule."""
    if not isinstance(user, User):
        return False
    inside = may_see_hidden(user, video.pk, video.team_id)
    return inside or bool(may_edit_subtitles(user, video, ""))


def shown_languages(user: Caller, video: Video) -> list[ShownLanguage]:
    """The languages of a video by name, the spoken one first."""
    private = bool(may_view_private_versions(user, video))
    machines = video.team_id is None and bool(may_view_drafts_of_machines(user, video))
    judged = judged_now(video) if private and video.team_id else set()
    shown = [
        _shown(video, LanguageRow._make(row), private, machines, judged)
        for row in languages_of(video.pk)
    ]
    spoken = video.primary_audio_language_code
    return sorted(shown, key=lambda language: (language.code != spoken, language.name))


def _shown(
    video: Video, row: LanguageRow, private: bool, machines: bool, judged: set[str]
) -> ShownLanguage:
    code = row.language_code
    states = []
    readable = private or (
        machines and row.tip_origin == SubtitleVersion.Origin.MACHINE and not row.tip_is_hidden
    )
    has_draft = readable and row.tip is not None and row.tip != row.public_tip
    if row.public_tip is not None:
        complete = row.is_complete(private=False)
        states += [("published", "good"), *([("complete", "good")] if complete else [])]
    if has_draft:
        states.append(("in review", "draft") if code in judged else ("draft", "draft"))
    return ShownLanguage(
        code,
        languages.name(code) or code,
        states or [("none yet", "")],
        row.subtitle_count(private=private or has_draft),
        _version_page(video, row, row.public_tip),
        _version_page(video, row, row.tip) if has_draft else "",
        subtitles_file(video, code),
    )


def with_editor(user: Caller, video: Video, shown: list[ShownLanguage]) -> list[ShownLanguage]:
    """The same with the editor's address where ``user`` may work. Each language has its own rule,
    so of many it is not asked: their menu leads to the editor, which says it."""
    if not isinstance(user, User) or len(shown) > FEW_LANGUAGES:
        return shown
    return [
        each._replace(edit=edit_page(video, each.code))
        if may_work_on(user, video, each.code)
        else each
        for each in shown
    ]


def edit_page(video: Video, language_code: str) -> str:
    return reverse("edit-page", args=[video.video_id, language_code])


def caption_tracks(video: Video, shown: list[ShownLanguage]) -> list[CaptionTrack]:
    """What a player offers of these languages: a draft as such instead of what is public. The
    spoken language is shown from the start, or else the first."""
    readable = [each for each in shown if each.page or each.draft]
    return [
        CaptionTrack(
            each.code,
            each.name,
            languages.direction(each.code),
            f"{each.file}?format=vtt" + ("&version_number=last" if each.draft else ""),
            is_draft=bool(each.draft),
            is_spoken=each.code == video.primary_audio_language_code,
            is_chosen=place == 0,
        )
        for place, each in enumerate(readable)
    ]


def _version_page(video: Video, row: LanguageRow, version: int | None) -> str:
    if version is None:
        return ""
    return reverse("subtitles-page", args=[video.video_id, row.language_code, row.pk, version])


def checked(given: Serializer[Data], labels: dict[str, str]) -> dict[str, Data]:
    """What the API would take of a form. Raises `InvalidInput` as people read it: each field by the
    name that it has on the page."""
    try:
        given.is_valid(raise_exception=True)
    except ValidationError as error:
        found: dict[str, list[str]] = {}
        detail = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        for name, said in detail.items():
            label = labels.get(name, name.capitalize().replace("_", " "))
            messages = said if isinstance(said, list) else [said]
            prefix = "" if name in ("", "non_field_errors") else f"{label}: "
            found[name] = [f"{prefix}{message}" for message in messages]
        raise InvalidInput(found) from error
    fields: dict[str, Data] = given.validated_data
    return fields


def status_of(error: DomainError) -> int:
    statuses = {NotAllowed: 403, Conflict: 409, NotThere: 409, Busy: 503, TooMany: 429}
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 400)


def subtitles_file(video: Video, language_code: str) -> str:
    """Where the subtitles are downloaded, once ``?format=`` is added."""
    return reverse("api:subtitles", args=[video.video_id, language_code])


def find_visible_video(user: Caller, video_id: str) -> Video:
    video = find_video(user, video_id)
    if video is None:
        raise Http404
    return video

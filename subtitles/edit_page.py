"""The page of the editor, which speaks to the public API alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView

from amara_api.kernel import languages, site
from amara_api.kernel.content_policy import PlayerPolicy
from amara_api.kernel.shapes import Data
from subtitles import queries
from subtitles.models import SubtitleLanguage
from subtitles.report import losses, measures
from teams.policies import may_see_hidden, may_view_version
from teams.workflows import may_work_on
from users.models import User
from videos.pages import (
    DOWNLOADS,
    NOT_YOURS,
    ShownLanguage,
    find_visible_video,
    shown_languages,
    subtitles_file,
)
from videos.players import player_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from videos.models import Video


class EditPage(PlayerPolicy, LoginRequiredMixin, TemplateView):
    """Where the subtitles of one language are written, timed and sent, with the film above.

    ``?from=CODE`` shows another language beside it, ``?back=PATH`` is where the person came from.
    """

    template_name = "subtitles/edit.html"

    def get(self, request: HttpRequest, *args: object, **kwargs: str) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        video = find_visible_video(user, kwargs["video_id"])
        code = languages.normalise(kwargs["language_code"])
        if code is None:
            raise Http404
        shown: dict[str, Data] = {
            "video": video,
            "code": code,
            "name": languages.name(code) or code,
            "direction": languages.direction(code),
            "back": self._back(),
            "video_page": reverse("video-page", args=[video.video_id]),
        }
        if not (decision := may_work_on(user, video, code)):
            # Reasons tell how a team shares its work out, which is for people in it.
            inside = may_see_hidden(user, video.pk, video.team_id)
            shown["not_allowed"] = decision.reason if inside else NOT_YOURS
            return self.render_to_response(self.get_context_data(**shown), status=403)
        shown |= self._of_editor(user, video, code)
        return self.render_to_response(self.get_context_data(**shown))

    def _of_editor(self, user: User, video: Video, code: str) -> dict[str, Data]:
        started = shown_languages(user, video)
        others = [each for each in started if each.code != code and (each.page or each.draft)]
        source = self._source(others)
        here = next((each for each in started if each.code == code), None)
        return {
            "player": player_of(video, video.urls.order_by("-primary", "pk")),
            "origin": site.address(self.request),
            "file": subtitles_file(video, code),
            "actions": reverse("api:subtitle-actions", args=[video.video_id, code]),
            "work_page": f"{reverse('work-page', args=[video.video_id])}?language={code}",
            "others": others,
            "source": source,
            "source_direction": languages.direction(source.code) if source else "",
            "begun": here is not None and bool(here.page or here.draft),
            "lost": _lost(user, video, code),
            "measures": measures(queries.limits_of(video.pk, code)),
            "formats": DOWNLOADS,
        }

    def _source(self, others: list[ShownLanguage]) -> ShownLanguage | None:
        asked = languages.normalise(self.request.GET.get("from", "").replace("\0", ""))
        return next((each for each in others if each.code == asked), None)

    def _back(self) -> str:
        back, host = self.request.GET.get("back", ""), {self.request.get_host()}
        fine = url_has_allowed_host_and_scheme(back, host, require_https=self.request.is_secure())
        return back if fine and back.startswith("/") else ""


# Of the versions that are named.
_BLOBS = ("tip__cues", "tip__source", "public_tip__cues", "public_tip__source")


def _lost(user: User, video: Video, code: str) -> list[str]:
    """What of the newest version that ``user`` reads the editor's JSON cannot carry, in words."""
    found = SubtitleLanguage.objects.filter(video=video, language_code=code)
    language = found.select_related("tip", "public_tip").defer(*_BLOBS).first()
    if language is None:
        return []
    tip = language.tip
    version = tip if tip and may_view_version(user, tip, video) else language.public_tip
    return losses(queries.track_of(version.pk))["json"] if version else []

"""What the demo needs of pages: its film, and the film on the first page."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from amara_api import installation, pages
from amara_api.demo import FILM, NOTE
from amara_api.kernel.content_policy import PlayerPolicy
from amara_api.kernel.shapes import Data
from teams.policies import find_video
from videos.models import Video
from videos.pages import caption_tracks, shown_languages
from videos.players import player_of


@require_safe
def film(request: HttpRequest, name: str) -> HttpResponse:
    """The demo's film, at an address that stays when the file's own tells its content."""
    if name != FILM:
        raise Http404
    return redirect(static(f"amara_api/film/{name}"))


class HomePage(PlayerPolicy, pages.HomePage):
    """What this server is, where to go, and the demo's film where there is one."""

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        shown: dict[str, Data] = {}
        if video := self._video():
            shown = {
                "video": video,
                "player": player_of(video, video.urls.all()),
                "tracks": caption_tracks(video, shown_languages(AnonymousUser(), video)),
            }
        return super().get_context_data(**shown, **kwargs)

    def _video(self) -> Video | None:
        """No note, no question: a server without the demo asks its database nothing here."""
        try:
            video_id = installation.data_file(NOTE).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        return find_video(AnonymousUser(), video_id)

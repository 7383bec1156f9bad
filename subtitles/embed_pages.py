"""A video with its subtitles as other sites show it in a frame, and oEmbed, by which they find it.

Everybody sees the same here: no session is read, so a frame on somebody else's page needs no cookie
and shows no draft, whoever is logged in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.decorators import method_decorator
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from amara_api.kernel import languages, site
from amara_api.kernel.content_policy import allow
from amara_api.kernel.shapes import Data
from subtitles import queries
from subtitles.cue_rows import cue_rows
from subtitles.models import SubtitleLanguage
from teams.policies import find_team, find_video
from videos import queries as video_queries
from videos.models import Video
from videos.pages import caption_tracks, shown_languages
from videos.players import FRAME_WIDTH, CaptionTrack, frame_height, frame_of, player_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRANGER = AnonymousUser()
_MOST_TYPED = 2048
_ON, _OFF = ("1", "true", "on", "yes"), ("0", "false", "off", "no")


def find_public_video(video_id: str) -> Video | None:
    """The video of this id, if everybody may see it who knows that."""
    return None if "\0" in video_id else find_video(_STRANGER, video_id)


def find_by_url(url: str, team_slug: str) -> Video | None:
    """The public video that has this url, one without a team before others; of a team alone where
    that is named, by its slug or `null` for none."""
    fingerprint = video_queries.url_fingerprint(url)
    if not fingerprint:
        return None
    found = Video.objects.filter(urls__fingerprint=fingerprint, is_public=True)
    if team_slug == "null":
        found = found.filter(team=None)
    elif team_slug:
        team = find_team(_STRANGER, team_slug)
        if team is None:
            return None
        found = found.filter(team=team)
    return found.order_by(F("team_id").asc(nulls_first=True), "pk").first()


@method_decorator(xframe_options_exempt, name="dispatch")
class EmbedPage(TemplateView):
    """A player with captions in a choice of languages, and what is said as a text to read.

    Parameters: ``language`` is shown first; ``subtitles`` may be off; ``transcript`` may be on, and
    is open then. Without an id in the address the video is named by ``url`` and perhaps ``team``.
    """

    template_name = "subtitles/embed.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        asked = self._asked()
        video = self._video(kwargs.get("video_id"), asked)
        if video is None:
            return {}
        shown = shown_languages(_STRANGER, video)
        tracks = caption_tracks(video, shown)
        chosen = _chosen(tracks, languages.normalise(asked["language"]))
        is_off = asked["subtitles"].lower() in _OFF
        return {
            "video": video,
            "player": player_of(video, video.urls.all()),
            "tracks": [track.starting(not is_off and track is chosen) for track in tracks],
            "origin": site.address(self.request),
            "chosen": chosen,
            "cues": _cues(video, chosen) if chosen else "",
            "is_open": asked["transcript"].lower() in _ON,
        }

    def _asked(self) -> Mapping[str, str]:
        names = ("language", "subtitles", "transcript", "url", "team", "video_id")
        return {
            name: self.request.GET.get(name, "").replace("\0", "").strip()[:_MOST_TYPED]
            for name in names
        }

    def _video(self, video_id: str | None, asked: Mapping[str, str]) -> Video | None:
        """Without an id in the address; ids that are known here win over urls."""
        if video_id is not None:
            return find_public_video(video_id)
        named = find_public_video(asked["video_id"]) if asked["video_id"] else None
        return named or (find_by_url(asked["url"], asked["team"]) if asked["url"] else None)

    def render_to_response(self, context: dict[str, Data], **options: Data) -> HttpResponse:
        # A page that says there is nothing has to be seen in the frame too.
        status = 200 if "video" in context else 404
        response = super().render_to_response(context, status=status, **options)
        player = context.get("player")
        allow(response, player.needs if player is not None else {})
        allow(response, {"frame-ancestors": settings.AMARA_EMBED_ANCESTORS})
        return response


def _chosen(tracks: list[CaptionTrack], code: str | None) -> CaptionTrack | None:
    return next((track for track in tracks if track.code == code), tracks[0] if tracks else None)


def _cues(video: Video, track: CaptionTrack) -> str:
    language = SubtitleLanguage.objects.filter(video=video, language_code=track.code).first()
    if language is None or language.public_tip_id is None:
        return ""
    return cue_rows(queries.track_of(language.public_tip_id).cues, track.code, {})


# --- oEmbed: https://oembed.com ------------------------------------------------------------------

_MOST = 10_000


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """What a site needs to show the video of ``?url=`` in a frame, as JSON or XML."""
    format = request.GET.get("format", "json").lower()
    if format not in ("json", "xml"):
        return JsonResponse({"detail": "format must be json or xml."}, status=501)
    if not request.GET.get("url"):
        return JsonResponse({"detail": "url is missing: the address of a video here."}, status=400)
    sizes = {}
    for name in ("maxwidth", "maxheight"):
        text = request.GET.get(name) or str(_MOST)
        if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
            detail = f"{name} must be a whole number of pixels."
            return JsonResponse({"detail": detail}, status=400)
        sizes[name] = int(text)
    video, query = _of_address(request, request.GET["url"][:_MOST_TYPED])
    if video is None:
        # What a stranger may not see is not there: 401 would tell that it is.
        return JsonResponse({"detail": "Not found."}, status=404)
    answer = _described(request, video, query, **sizes)
    if format == "json":
        return JsonResponse(answer)
    members = "".join(f"<{name}>{_for_xml(value)}</{name}>" for name, value in answer.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
    return HttpResponse(f"{head}<oembed>{members}</oembed>", content_type="text/xml; charset=utf-8")


def _for_xml(value: object) -> str:
    # XML cannot hold the rest at all.
    kept = (c for c in str(value) if c >= " " or c in "\t\n\r")
    return escape("".join(c for c in kept if c not in "\ufffe\uffff"))


def _of_address(request: HttpRequest, url: str) -> tuple[Video | None, dict[str, str]]:
    """The video whose page this is, and what the frame is to begin with."""
    try:
        parts = urlsplit(url)
        host, path = parts.netloc, unquote(parts.path)
    except ValueError:
        return None, {}
    ours = {request.get_host(), urlsplit(site.address()).netloc}
    if parts.scheme not in ("http", "https") or host.lower() not in ours:
        return None, {}
    try:
        found = resolve(path if path.endswith("/") else f"{path}/")
    except (Resolver404, ValueError):
        return None, {}
    names = ("video-page", "embed-page", "subtitles-page")
    if found.url_name not in names or "video_id" not in found.kwargs:
        return None, {}
    code = found.kwargs.get("language_code")
    return find_public_video(found.kwargs["video_id"]), {"language": code} if code else {}


def _described(
    request: HttpRequest, video: Video, query: dict[str, str], *, maxwidth: int, maxheight: int
) -> dict[str, str | int]:
    width = min(FRAME_WIDTH, maxwidth)
    height = min(frame_height(width), maxheight)
    title = video.title or "Untitled video"
    return {
        "type": "video",
        "version": "1.0",
        "title": title,
        "provider_name": site.name(request),
        "provider_url": f"{site.address(request)}/",
        "width": width,
        "height": height,
        "html": frame_of(request, video, width=width, height=height, query=query),
        **_picture_of(video, maxwidth, maxheight),
    }


# How large YouTube's pictures are, by their names: of others only the address is known.
_SIZES = {
    "default": (120, 90),
    "mqdefault": (320, 180),
    "hqdefault": (480, 360),
    "sddefault": (640, 480),
    "maxresdefault": (1280, 720),
}
_YOUTUBE_PICTURE = re.compile(r"https?://(?:i\d?\.ytimg|img\.youtube)\.com/vi/[\w-]+/(\w+)\.jpg")


def _picture_of(video: Video, maxwidth: int, maxheight: int) -> dict[str, str | int]:
    """The video's thumbnail, if its size is known, which oEmbed asks for, and no larger than what
    was asked for."""
    if not video.thumbnail.startswith(("https://", "http://")):
        return {}
    found = _YOUTUBE_PICTURE.fullmatch(video.thumbnail)
    size = _SIZES.get(found[1]) if found else None
    if size is None or size[0] > maxwidth or size[1] > maxheight:
        return {}
    width, height = size
    return {
        "thumbnail_url": video.thumbnail,
        "thumbnail_width": width,
        "thumbnail_height": height,
    }

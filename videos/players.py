"""How a video is shown on a page: by the browser, in its provider's frame, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils.html import format_html

from amara_api.kernel import site
from videos.providers import is_url

if TYPE_CHECKING:
    from django.http import HttpRequest

    from videos.models import Video, VideoUrl

Kind = Literal["file", "youtube", "vimeo", "none"]

# Files move: archives and stores lead on to another host each time, and what they lead to needs
# leave too. A film runs nothing.
_MEDIA = ("'self'", "http:", "https:")
_FRAMES = {"youtube": "https://www.youtube-nocookie.com", "vimeo": "https://player.vimeo.com"}
# A frame's captions are read by way of a `<track>`, which is media.
_TRACKS = ("'self'",)

_YOUTUBE_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_VIMEO_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_DEMO = re.compile(r"/films/lighthouse\.webm")
_VIMEO_HASH = re.compile(r"/[0-9]+/([0-9a-zA-Z]{4,64})", re.ASCII)

_ELSEWHERE = {
    "K": "Kaltura",
    "D": "Dailymotion",
    "W": "Wistia",
    "C": "Brightcove",
}
_FLASH = "This is a Flash film, which browsers do not play any more."
_NOWHERE = "No address of this film is known."


@dataclass(frozen=True, slots=True)
class PlayerSource:
    """What `videos/player.html` shows. One of ``files`` and ``frame`` is there, or neither."""

    kind: Kind
    title: str
    files: tuple[str, ...] = ()
    """Addresses of media files, the best first."""
    frame: str = ""
    """Address of the provider's player; `&origin=` and our own address still have to be added for
    YouTube."""
    said: str = ""
    """Why nothing can be played, as people read it."""
    elsewhere: str = ""
    """Where it can be watched then."""

    @property
    def needs(self) -> Mapping[str, Sequence[str]]:
        """What the page's content policy has to let in."""
        if self.kind == "file":
            return {"media-src": _MEDIA}
        if self.kind == "none":
            return {}
        return {"frame-src": (_FRAMES[self.kind],), "media-src": _TRACKS}


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """Subtitles that a player offers, as WebVTT at ``src``."""

    code: str
    name: str
    direction: str
    src: str
    is_draft: bool = False
    is_spoken: bool = False
    is_chosen: bool = False
    """Shown from the start."""

    def starting(self, chosen: bool) -> CaptionTrack:
        """The same, shown from the start or not."""
        return replace(self, is_chosen=chosen)

    @property
    def label(self) -> str:
        return f"{self.name} (draft)" if self.is_draft else self.name


def player_of(video: Video, urls: Iterable[VideoUrl]) -> PlayerSource:
    """The player of the first url that can be played, the primary one before others. All media
    files are offered to the browser, which takes the first that it knows."""
    ordered = sorted(urls, key=lambda url: (not url.primary, url.pk))
    title = video.title or "Untitled video"
    for url in ordered:
        if url.type in ("H", "M") and is_url(url.url):
            files = [
                _from_here(each.url)
                for each in ordered
                if each.type in ("H", "M") and is_url(each.url)
            ]
            return PlayerSource("file", title, tuple(files))
        if url.type == "Y" and _YOUTUBE_ID.fullmatch(url.videoid):
            query = urlencode({"enablejsapi": 1, "playsinline": 1, "rel": 0})
            frame = f"{_FRAMES['youtube']}/embed/{url.videoid}?{query}"
            return PlayerSource("youtube", title, frame=frame)
        if url.type == "V" and _VIMEO_ID.fullmatch(url.videoid):
            hidden = _VIMEO_HASH.fullmatch(urlsplit(url.url).path)
            query = urlencode({"dnt": 1, **({"h": hidden[1]} if hidden else {})})
            return PlayerSource(
                "vimeo", title, frame=f"{_FRAMES['vimeo']}/video/{url.videoid}?{query}"
            )
    return PlayerSource("none", title, said=_why(ordered), elsewhere=_web_address(ordered))


# Of a frame on another site, in pixels.
FRAME_WIDTH = 640
# Below the picture: the choice of languages, and the ways to the text and to the page.
_BELOW = 120


def frame_height(width: int) -> int:
    return width * 9 // 16 + _BELOW


def frame_of(
    request: HttpRequest,
    video: Video,
    *,
    width: int = FRAME_WIDTH,
    height: int = 0,
    query: Mapping[str, str] | None = None,
) -> str:
    """The markup that puts the video into a page of another site."""
    src = site.address(request) + reverse("embed-page", args=[video.video_id])
    if query:
        src += f"?{urlencode(query)}"
    return format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" allow="autoplay; fullscreen; '
        'encrypted-media; picture-in-picture" allowfullscreen style="border:0"></iframe>',
        src,
        width,
        height or frame_height(width),
        video.title or "Untitled video",
    )


def _from_here(url: str) -> str:
    """The demo's film by its path alone: it is this server's own, by whatever name and port people
    reach that."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    ours = site.is_loopback(host) or parts.netloc == urlsplit(site.address()).netloc
    return parts.path if ours and _DEMO.fullmatch(parts.path) else url


def _why(urls: Sequence[VideoUrl]) -> str:
    if not urls:
        return _NOWHERE
    url = urls[0]
    if url.type == "L":
        return _FLASH
    if name := _ELSEWHERE.get(url.type):
        return (
            f"This film is on {name}, whose player cannot be shown here together with the "
            "subtitles."
        )
    return "This film has an address that cannot be played here."


def _web_address(urls: Sequence[VideoUrl]) -> str:
    return next((url.url for url in urls if url.type != "L" and is_url(url.url)), "")

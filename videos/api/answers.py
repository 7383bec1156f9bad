"""How videos and their urls are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amara_api.kernel import languages
from amara_api.kernel.rest.fields import ordered
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from subtitles.queries import InVideo
from teams.models import DEFAULT_PROJECT, Visibility
from teams.policies import own_among

if TYPE_CHECKING:
    from rest_framework.request import Request

    from amara_api.kernel.rest.links import Links
    from subtitles.queries import LanguageOfVideo
    from videos.models import VideoUrl
    from videos.queries import VideoRow


class VideoLanguageAnswer(Answer):
    """A language inside a video."""

    resource = "video_language"

    def __init__(self, request: Request, links: Links | None = None) -> None:
        super().__init__(request, links)
        # A list has the same few languages again and again.
        self._told: dict[str, tuple[str, str]] = {}

    def build(self, language: LanguageOfVideo, /, *, video_uri: str) -> dict[str, Data]:
        code = language.language_code
        told = self._told.get(code)
        if told is None:
            told = self._told[code] = languages.name(code), languages.direction(code)
        name, direction = told
        uri, suffix = f"{video_uri}languages/{code}/", self.links.suffix
        return {
            "code": code,
            "name": name,
            "published": language.published,
            "dir": direction,
            "subtitles_uri": f"{uri}subtitles/{suffix}",
            "resource_uri": f"{uri}{suffix}",
        }


class VideoAnswer(Answer):
    """A video. The documentation of 2016, Get info on a specific video."""

    resource = "video"

    def many(self, videos: Sequence[VideoRow]) -> list[dict[str, Data]]:
        """Of rows that were asked for with `inside_video`."""
        self._language = VideoLanguageAnswer(self.request, self.links)
        private = {v.team_key for v in videos if v.team_visibility == Visibility.PRIVATE}
        self._secret = private - own_among(self.request.user, private)
        return [self(video) for video in videos]

    def one(self, video: VideoRow) -> dict[str, Data]:
        return self.many([video])[0]

    def build(self, video: VideoRow, /) -> dict[str, Data]:
        languages, urls = InVideo.of(video)
        types = {type for _, type in urls}
        uri, suffix = f"{self.links.base}videos/{video.video_id}/", self.links.suffix
        language = self._language.each
        # A video may be public where its team is not.
        secret = video.team_key in self._secret
        default = video.project == DEFAULT_PROJECT
        return {
            "id": video.video_id,
            "video_type": types.pop() if len(types) == 1 else "",
            "primary_audio_language_code": video.primary_audio_language_code or None,
            "title": video.title,
            "description": video.description,
            "duration": video.duration,
            "thumbnail": video.thumbnail,
            "created": iso(video.created),
            "team": None if secret else video.team,
            "project": None if secret or default else video.project,
            "all_urls": [url for url, _ in urls],
            "metadata": ordered(video.metadata),
            "languages": [language(item, video_uri=uri) for item in languages],
            "activity_uri": f"{uri}activity/{suffix}",
            "urls_uri": f"{uri}urls/{suffix}",
            "subtitle_languages_uri": f"{uri}languages/{suffix}",
            "resource_uri": f"{uri}{suffix}",
        }

    def past(self, video: VideoRow, /) -> dict[str, Data]:
        return {"site_url": video_page(self.links, video.video_id)}


def video_page(links: Links, video_id: str) -> str:
    """The address of a video's page for people."""
    return f"{links.site}/videos/{video_id}/"


class VideoUrlAnswer(Answer):
    """A url of a video. The documentation of 2016, Video URL Resource."""

    resource = "video_url"

    def build(self, url: VideoUrl, /, *, video_id: str) -> dict[str, Data]:
        return {
            "created": iso(url.created),
            "url": url.url,
            "primary": url.primary,
            "original": url.original,
            "id": url.pk,
            "videoid": url.videoid,
            "type": url.type,
            "video-id": video_id,
            "resource_uri": self.links(f"videos/{video_id}/urls/{url.pk}/"),
        }

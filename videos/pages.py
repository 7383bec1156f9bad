"""The page of a video."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from amara_api import languages
from subtitles.queries import LanguageRow, languages_of
from teams.policies import may_view_video
from videos.models import Video

# The formats worth offering to a person, the usual ones first.
DOWNLOADS = ("srt", "vtt", "dfxp", "ssa", "sbv", "txt")


class VideoPage(TemplateView):
    """A video with its addresses and the subtitles to download."""

    template_name = "videos/video.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        video = find_visible_video(self.request.user, kwargs["video_id"])
        rows = [LanguageRow._make(row) for row in languages_of(video.pk)]
        shown = [
            {
                "row": row,
                "name": languages.name(row.language_code),
                "page": reverse(
                    "subtitles-page",
                    args=[video.video_id, row.language_code, row.pk, row.public_tip],
                ),
                "file": subtitles_file(video, row.language_code),
            }
            for row in rows
            if row.public_tip is not None
        ]
        return super().get_context_data(
            video=video,
            urls=list(video.urls.order_by("-primary", "pk")),
            spoken=languages.name(video.primary_audio_language_code),
            languages=shown,
            formats=DOWNLOADS,
            **kwargs,
        )


def subtitles_file(video: Video, language_code: str) -> str:
    """Where the subtitles are downloaded, once ``?format=`` is added."""
    return reverse("api:subtitles", args=[video.video_id, language_code])


def find_visible_video(user: Any, video_id: str) -> Video:
    found = Video.objects.filter(video_id=video_id).select_related("team")
    video = found.first()
    if video is None or not may_view_video(user, video):
        raise Http404
    return video

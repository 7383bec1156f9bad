"""The page of a video."""

from typing import Any

from django.http import Http404
from django.views.generic import TemplateView

from amara_api import languages
from subtitles.queries import LanguageRow, languages_of
from teams.policies import may_view_video
from videos.models import Video


class VideoPage(TemplateView):
    """A video with its addresses and the subtitles to download."""

    template_name = "videos/video.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        video = find_visible_video(self.request.user, kwargs["video_id"])
        rows = [LanguageRow._make(row) for row in languages_of(video.pk)]
        shown = [
            {"row": row, "name": languages.name(row.language_code)}
            for row in rows
            if row.public_tip is not None
        ]
        urls = video.urls.order_by("-primary", "pk")
        return super().get_context_data(video=video, urls=urls, languages=shown, **kwargs)


def find_visible_video(user: Any, video_id: str) -> Video:
    video = Video.objects.filter(video_id=video_id).first() if "\x00" not in video_id else None
    if video is None or not may_view_video(user, video):
        raise Http404
    return video

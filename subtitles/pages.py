"""The page of one version: its cues as text."""

from typing import Any

from django.http import Http404
from django.views.generic import TemplateView

from amara_api import languages
from subtitles import storage
from subtitles.models import SubtitleVersion
from teams.policies import may_view_private_versions
from videos.pages import find_visible_video


class SubtitlesPage(TemplateView):
    """What ``site_uri`` of the subtitles resource leads to."""

    template_name = "subtitles/version.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        video = find_visible_video(user, kwargs["video_id"])
        version = (
            SubtitleVersion.objects.filter(
                pk=kwargs["version"],
                is_deleted=False,
                language=kwargs["language"],
                language__video=video,
                language__language_code=kwargs["language_code"],
            )
            .select_related("author", "language")
            .first()
        )
        if version is None or not (version.is_public or may_view_private_versions(user, video)):
            raise Http404
        code = version.language.language_code
        return super().get_context_data(
            video=video,
            shown=version,
            name=languages.name(code),
            direction=languages.direction(code),
            cues=storage.unpack(version.cues).cues,
            **kwargs,
        )

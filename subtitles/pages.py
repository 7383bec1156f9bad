"""The page of one version: its cues as text."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.generic import TemplateView

from amara_api import languages
from amara_api.templatetags.shown import clock
from subtitles import storage
from subtitles.formats import Cue
from subtitles.models import SubtitleVersion
from teams.policies import may_view_private_versions
from videos.pages import DOWNLOADS, find_visible_video, subtitles_file


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
            file=subtitles_file(video, code),
            formats=DOWNLOADS,
            cues=cue_rows(storage.unpack(bytes(version.cues)).cues, code),
            **kwargs,
        )


def cue_rows(cues: Iterable[Cue], language_code: str) -> SafeString:
    """A list item for each cue. A template's loop takes ten times as long over 5,000 of them."""
    text = f'<p lang="{escape(language_code)}" dir="{languages.direction(language_code)}"'
    rows = []
    for number, cue in enumerate(cues, 1):
        if cue.start is None or cue.end is None:
            times = "<em>no times</em>"
        else:
            times = f"{clock(cue.start)}<br>{clock(cue.end)}"
        place = ' class="top-of-picture"' if cue.region == "top" else ""
        rows.append(
            f"<li><i>{number}</i><time>{times}</time>{text}{place}>{escape(cue.text)}</p></li>"
        )
    # Every value above is a number or has been escaped.
    return mark_safe("\n".join(rows))  # noqa: S308

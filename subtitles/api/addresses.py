"""Finding out which language an address names."""

from django.db.models import Q
from rest_framework.request import Request

from amara_api.rest.dialects import has_ended
from subtitles.models import SubtitleLanguage


def language_named(request: Request, video_id: str, identifier: str) -> str:
    """The code that stands in an address, or that of the number that does.

    The documentation of 2011, VideoLanguageResource: "the language code or the numeric ID".
    """
    if identifier.isdecimal() and not has_ended("language_number", request):
        videos = Q(video__video_id=video_id) | Q(video__partner_video_id=video_id)
        found = SubtitleLanguage.objects.filter(videos, pk=min(int(identifier[:19]), 2**63 - 1))
        code = found.values_list("language_code", flat=True).first()
        return code or identifier
    return identifier.lower()

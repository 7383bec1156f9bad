"""Finding out which language an address names."""

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from amara_api.kernel import languages
from amara_api.kernel.rest.dialects import has_ended
from subtitles.models import SubtitleLanguage


def language_named(request: Request, video_id: str, identifier: str) -> str:
    """The code that stands in an address in any spelling, or that of the number that does.

    The documentation of 2011, VideoLanguageResource: "the language code or the numeric ID".
    """
    number = number_named(request, identifier)
    if number is None:
        return settled(video_id, identifier)
    found = _languages_of(video_id).filter(pk=number)
    return found.values_list("language_code", flat=True).first() or identifier


def number_named(request: Request, identifier: str) -> int | None:
    """The number that stands in an address instead of a language, where that is understood."""
    if not identifier.isdecimal() or has_ended("language_number", request):
        return None
    return min(int(identifier[:19]), 2**63 - 1)


def settled(video_id: str, typed: str) -> str:
    """The code that is stored for one in an address; what no language is known by stays as it is.

    A video may still have subtitles under a code that is an alias today, beside those under the
    code that it stands for: they stay where they were.
    """
    exact = languages.written(typed)
    code = languages.normalise(typed) or exact
    if code != exact and _languages_of(video_id).filter(language_code=exact).exists():
        return exact
    return code


def _languages_of(video_id: str) -> QuerySet[SubtitleLanguage]:
    videos = Q(video__video_id=video_id) | Q(video__partner_video_id=video_id)
    return SubtitleLanguage.objects.filter(videos)

"""What must be true of stored videos and urls. A sentence for each row that says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from amara_api.kernel import languages
from videos import counts
from videos.models import PUBLIC, PUBLIC_SCOPE, UNLISTED, Video, VideoUrl

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Primaries(TypedDict):
        primaries: int
        all: int

    class Place(TypedDict):
        place: int


def findings() -> Iterator[str]:
    yield from _primary_urls()
    yield from _places_of_urls()
    yield from _shown()
    yield from _projects()
    yield from _languages()
    yield from _counts()


def without_one_primary_url() -> QuerySet[WithAnnotations[Video, Primaries]]:
    return Video.objects.annotate(
        primaries=Count("urls", filter=Q(urls__primary=True)), all=Count("urls")
    ).exclude(primaries=1)


def misplaced_urls() -> QuerySet[WithAnnotations[VideoUrl, Place]]:
    """Kept in another scope than ``place``, which their video is in."""
    urls = VideoUrl.objects.annotate(place=Coalesce("video__team", PUBLIC_SCOPE))
    return urls.exclude(scope__lt=0).exclude(scope=F("place"))


def doubled_urls() -> QuerySet[VideoUrl]:
    """A scope below 0 is of before teams were scopes; ADR 17."""
    return VideoUrl.objects.filter(scope__lt=0)


def _primary_urls() -> Iterator[str]:
    urls = without_one_primary_url()
    for video_id, primaries, all in urls.values_list("video_id", "primaries", "all").iterator():
        mend = "Make one of them primary" if all else "Add one, or delete the video"
        yield f"Video {video_id} has {primaries} primary urls of {all}. {mend}."


def _places_of_urls() -> Iterator[str]:
    rows = misplaced_urls().values_list("pk", "video__video_id", "scope", "place")
    for pk, video_id, scope, place in rows.iterator():
        yield (
            f"Url {pk} of video {video_id} is kept in scope {scope} and the video is in {place}. "
            "Move the video out of its team and back."
        )
    for pk, video_id in doubled_urls().values_list("pk", "video__video_id").iterator():
        yield f"Url {pk} of video {video_id} is in its team twice. Delete one of the two."


def _shown() -> Iterator[str]:
    public = Q(team=None) | Q(team__video_visibility=PUBLIC)
    unlisted = Q(team__isnull=False, team__video_visibility=UNLISTED)
    right = Q(public, is_public=True, is_unlisted=False)
    right |= Q(unlisted, is_public=False, is_unlisted=True)
    right |= ~public & ~unlisted & Q(is_public=False, is_unlisted=False)
    for video_id in Video.objects.exclude(right).values_list("video_id", flat=True).iterator():
        yield (
            f"Video {video_id} is not shown as its team says. Set the team's video visibility to "
            "another and back, or move the video into a team and out."
        )


def _projects() -> Iterator[str]:
    there = Q(project=None) | Q(team__isnull=False, project__team=F("team"))
    rows = Video.objects.exclude(there).values_list("video_id", "project", "team")
    for video_id, project, team in rows.iterator():
        yield (
            f"Video {video_id} of team {team} is in project {project} of another. "
            "Choose a project of its team."
        )


def _counts() -> Iterator[str]:
    """Of lists, which triggers keep."""
    for name in counts.without_triggers():
        yield (
            f"The trigger {name} on videos is missing, so lists are not counted. Run "
            "`manage.py count_videos`."
        )
    for scope, number, said in counts.wrong():
        yield (
            f"The list {scope!r} has {number} videos, or a part of it has, where {said} are "
            "counted. Run `manage.py count_videos`."
        )


def _languages() -> Iterator[str]:
    used = Video.objects.exclude(primary_audio_language_code="")
    for code in unknown(used.values_list("primary_audio_language_code", flat=True).distinct()):
        for video_id in (
            used.filter(primary_audio_language_code=code)
            .values_list("video_id", flat=True)
            .iterator()
        ):
            yield f"Video {video_id} is in {code}, which is no known language. Add the language."


def unknown(codes: Iterable[str]) -> list[str]:
    return sorted(code for code in codes if not languages.is_known(code))

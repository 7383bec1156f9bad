"""Reads of videos. Visibility comes in as an argument: teams are above this app."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Func, IntegerField, Q, QuerySet

from amara_api.compiled import CompiledQuery, padded
from amara_api.errors import NotThere
from videos.models import Video, VideoUrl, fingerprint
from videos.providers import recognise

NEWEST_COUNT = 20
# From this offset on a page's ids are looked up first where an index alone can do that: else every
# row before the page is read whole. Nearer pages are faster without that.
DEEP = 500
_IN_AN_INDEX = {("team",), ("no_team",)}


class VideoRow(NamedTuple):
    """A video as listings need it, without a model instance."""

    pk: int
    video_id: str
    title: str
    description: str
    duration: int | None
    thumbnail: str
    created: datetime
    primary_audio_language_code: str
    metadata: dict[str, str]
    team: str | None
    project: str | None
    team_key: int | None
    team_visibility: int | None


_COLUMNS = (
    "pk",
    "video_id",
    "title",
    "description",
    "duration",
    "thumbnail",
    "created",
    "primary_audio_language_code",
    "metadata",
    "team__slug",
    "project__slug",
    "team_id",
    "team__team_visibility",
)
ORDERS = {
    "created": ("created", "pk"),
    "-created": ("-created", "-pk"),
    "title": ("title", "pk"),
    "-title": ("-title", "-pk"),
}
_COUNT: Any = Func(function="COUNT", template="COUNT(*)", output_field=IntegerField())


@dataclass(frozen=True)
class Listing:
    """What a listing is asked for. ``filters`` maps a name of `_CONDITIONS` to its parameter
    (None where the condition takes none), all already resolved to ids."""

    filters: dict[str, Any]
    order: str = "-created"

    @property
    def shape(self) -> tuple[str, ...]:
        return tuple(sorted(self.filters))

    @property
    def parameters(self) -> dict[str, Any]:
        return {name: value for name, value in self.filters.items() if value is not None}

    def count(self) -> int:
        shape, parameters = self.shape, self.parameters
        if "project" in shape:
            # All of its videos are in its team, and its own index can count them by itself.
            shape = tuple(name for name in shape if name != "team")
            parameters.pop("team", None)
        total: int = _count(shape, **parameters)[0][0]
        return total

    def rows(self, limit: int, offset: int) -> list[VideoRow]:
        deep = offset >= DEEP and self.shape in _IN_AN_INDEX
        rows = _page(self.shape, self.order, deep, limit=limit, offset=offset, **self.parameters)
        return [VideoRow._make(row) for row in rows]


def _condition(name: str, value: Any) -> Q:
    match name:
        case "public":
            return Q(is_public=True)
        case "public_or_in":
            return Q(is_public=True) | Q(team__in=value)
        case "team":
            return Q(team=value)
        case "no_team":
            return Q(team=None)
        case "project":
            return Q(project=value)
        case "url":
            return Q(pk__in=VideoUrl.objects.filter(fingerprint=value).values("video"))
        case "language":
            return Q(primary_audio_language_code=value)
    raise KeyError(name)


def _filtered(shape: tuple[str, ...], parameters: dict[str, Any]) -> QuerySet[Video]:
    videos = Video.objects.order_by()
    for name in shape:
        videos = videos.filter(_condition(name, parameters.get(name)))
    return videos


@CompiledQuery
def _count(shape: tuple[str, ...], **parameters: Any) -> Any:
    return _filtered(shape, parameters).values_list(_COUNT)


@CompiledQuery
def _page(
    shape: tuple[str, ...],
    order: str,
    deep: bool = False,
    *,
    limit: int,
    offset: int,
    **parameters: Any,
) -> Any:
    videos = _filtered(shape, parameters).order_by(*ORDERS[order])
    if deep:
        ids = videos.values("pk")[offset : offset + limit]
        videos = Video.objects.filter(pk__in=ids).order_by(*ORDERS[order])
        return videos.values_list(*_COLUMNS)
    return videos.values_list(*_COLUMNS)[offset : offset + limit]


@CompiledQuery
def _row(*, pk: int) -> Any:
    return Video.objects.filter(pk=pk).values_list(*_COLUMNS)


def row(pk: int) -> VideoRow:
    """Raises `NotThere` for a video that somebody has just deleted."""
    rows = _row(pk=pk)
    if not rows:
        raise NotThere
    return VideoRow._make(rows[0])


@CompiledQuery
def _detail(by: str, *, video_id: str, partner: int) -> Any:
    videos = Video.objects.filter(
        Q(partner=partner, partner_video_id=video_id) if by == "partner" else Q(video_id=video_id)
    )
    return videos.values_list(*_COLUMNS, "is_public", "is_unlisted")


def detail(video_id: str, *, partner: int | None = None) -> tuple[VideoRow, bool] | None:
    """(row, everybody may read it) of the video with this id, or this partner's id."""
    if partner is None:
        found = _detail("id", video_id=video_id, partner=0)
    else:
        found = _detail("partner", video_id=video_id, partner=partner)
    if not found:
        return None
    *row, is_public, is_unlisted = found[0]
    return VideoRow._make(row), is_public or is_unlisted


@CompiledQuery
def _urls(*, videos: list[int]) -> Any:
    urls = VideoUrl.objects.filter(video__in=videos).order_by("-primary", "pk")
    return urls.values_list("video_id", "url", "type")


def urls_of(videos: list[int]) -> dict[int, list[tuple[str, str]]]:
    """(url, type) of each video's urls, the primary one first."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if videos:
        for video, url, type in _urls(videos=padded(videos)):
            found[video].append((url, type))
    return found


def newest(order: str, limit: int, offset: int) -> tuple[int, list[VideoRow]]:
    """The unfiltered listing: a page of the newest public videos, and how many those are.

    The documentation of 2016 caps it; an order sorts the capped set.
    """
    rows = Listing({"public": None}).rows(NEWEST_COUNT, 0)
    if order != "-created":
        key = order.lstrip("-")
        rows.sort(key=lambda video: (getattr(video, key), video.pk), reverse=order.startswith("-"))
    return len(rows), rows[offset : offset + limit]


def url_fingerprint(url: str) -> str:
    """Of a url as somebody typed it; one that no provider takes matches nothing."""
    source = recognise(url)
    return fingerprint(source.key) if source else ""

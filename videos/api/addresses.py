"""Finding the video that an address names, as its caller may see it."""

from functools import partial

from django.db.models import Model
from rest_framework.request import Request

from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.parameters import parameter
from teams.policies import find_video as find_visible
from teams.policies import may_see_hidden
from videos import queries
from videos.models import Video
from videos.queries import More, VideoRow

_NO = {"", "0", "false", "no", "off"}


def _partner(request: Request) -> int | None:
    """With ``usePartnerId`` the address holds the caller's own id of a video.

    The API documentation of 2012, Partner video ids.
    """
    asked = (parameter(request, "usePartnerId") or "").lower() not in _NO
    return request.user.pk if asked and request.user.is_authenticated else None


def rows_of(video: Video) -> list[Model | None]:
    """What is locked where a video must stay as it is: its team first."""
    return [video.team, video]


def find_video_row(request: Request, video_id: str, more: More) -> VideoRow:
    """With ``more`` columns. Raises `NotThere` for what is unknown or hidden from the caller."""
    row = queries.detail(
        video_id,
        may_see_hidden=partial(may_see_hidden, request.user),
        partner=_partner(request),
        more=more,
    )
    if row is None:
        raise NotThere
    return row


def find_video(request: Request, video_id: str) -> Video:
    """The same as a model instance with its team and project."""
    video = find_visible(request.user, video_id, partner=_partner(request))
    if video is None:
        raise NotThere
    return video

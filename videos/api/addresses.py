"""Finding the video that an address names, as its caller may see it."""

from rest_framework.request import Request

from amara_api.errors import NotThere
from teams.policies import may_see_hidden, may_view_video
from videos import queries
from videos.models import Video
from videos.queries import VideoRow

_NO = {"", "0", "false", "no", "off"}


def _partner(request: Request) -> int | None:
    """With ``usePartnerId`` the address holds the caller's own id of a video.

    The API documentation of 2012, Partner video ids.
    """
    asked = request.GET.get("usePartnerId", "").lower() not in _NO
    return request.user.pk if asked and request.user.is_authenticated else None


def find_video_row(request: Request, video_id: str) -> VideoRow:
    """Raises `NotThere` for what is unknown or hidden from the caller."""
    found = queries.detail(video_id, partner=_partner(request))
    if found is None:
        raise NotThere
    row, is_everybodys = found
    if not is_everybodys and not may_see_hidden(request.user, row.pk, row.team_key):
        raise NotThere
    return row


def find_video(request: Request, video_id: str) -> Video:
    """The same as a model instance with its team and project."""
    videos = Video.objects.select_related("team", "project")
    partner = _partner(request)
    if partner is None:
        video = videos.filter(video_id=video_id).first()
    else:
        video = videos.filter(partner=partner, partner_video_id=video_id).first()
    if video is None or not may_view_video(request.user, video):
        raise NotThere
    return video

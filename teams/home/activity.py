"""What happened in a team, newest first, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from activity.api.answers import RECORD_COLUMNS, RecordRow
from activity.models import ActivityRecord
from activity.models.records import NEWEST_FIRST
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.decisions import ALLOWED
from amara_api.kernel.shapes import Data
from teams.home.frame import TeamPart, number_of
from teams.policies import team_ids_of
from teams.policies.activity import records_of_team

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from amara_api.kernel.decisions import Decision

RECORDS_A_PAGE = 50

# What somebody did.
SAID: Mapping[str, str] = {
    ActivityType.VIDEO_ADDED: "added a video",
    ActivityType.COMMENT_ADDED: "wrote a note about subtitles",
    ActivityType.VERSION_ADDED: "saved subtitles",
    ActivityType.VIDEO_URL_ADDED: "added an address to a video",
    ActivityType.VIDEO_URL_EDITED: "changed an address of a video",
    ActivityType.VIDEO_URL_DELETED: "took an address from a video",
    ActivityType.VIDEO_DELETED: "deleted a video",
    ActivityType.VIDEO_TITLE_CHANGED: "changed the title of a video",
    ActivityType.VIDEO_MOVED_TO_TEAM: "moved a video into the team",
    ActivityType.VIDEO_MOVED_FROM_TEAM: "moved a video out of the team",
    ActivityType.MEMBER_JOINED: "became a member",
    ActivityType.MEMBER_LEFT: "is no member any more",
    ActivityType.VERSION_APPROVED: "approved subtitles",
    ActivityType.VERSION_REJECTED: "sent subtitles back in the approval",
    ActivityType.VERSION_ACCEPTED: "accepted subtitles in the review",
    ActivityType.VERSION_DECLINED: "sent subtitles back in the review",
    ActivityType.SUBTITLE_REQUEST_CREATED: "asked for subtitles",
    ActivityType.COLLAB_JOIN: "took a seat in a subtitle request",
    ActivityType.COLLAB_LEAVE: "left a seat in a subtitle request",
    ActivityType.COLLAB_ASSIGN: "gave a seat in a subtitle request to somebody",
    ActivityType.COLLAB_REASSIGN: "gave a seat in a subtitle request to somebody else",
    ActivityType.COLLAB_UNASSIGN: "took a seat in a subtitle request from somebody",
    ActivityType.COLLAB_AUTO_UNASSIGNED: "lost a seat in a subtitle request: the time was over",
    ActivityType.COLLAB_DEADLINE_PASSED: "is late with a subtitle request",
    ActivityType.COLLAB_DELETE: "deleted a subtitle request",
    ActivityType.COLLAB_STATE_CHANGE: "moved a subtitle request on",
    ActivityType.COLLAB_TEAM_CHANGE: "gave a subtitle request to another team",
}


class Happened(NamedTuple):
    """A record as a person reads it. ``video_id`` is "" where the video may not be named."""

    who: str
    said: str
    about: str
    video_id: str
    title: str
    language: str
    created: datetime


class TeamActivityPage(TeamPart):
    """The records that the API's stream of the team prints."""

    template_name = "teams/home/activity.html"

    def may_see(self) -> Decision:
        return ALLOWED

    def shown(self) -> dict[str, Data]:
        user = self.request.user
        found = ActivityRecord.objects.filter(records_of_team(user, self.team))
        after = number_of(self.request.GET.get("after", ""))
        if after:
            found = found.filter(self._behind(after))
        columns = (*RECORD_COLUMNS, "video__title")
        rows = list(found.order_by(*NEWEST_FIRST).values_list(*columns)[: RECORDS_A_PAGE + 1])
        more, rows = len(rows) > RECORDS_A_PAGE, rows[:RECORDS_A_PAGE]
        own = frozenset(team_ids_of(user))
        records = [(RecordRow(*row[:-1]), row[-1] or "") for row in rows]
        return {
            "records": [_said(record, title, own) for record, title in records],
            "after": records[-1][0].pk if more else None,
            "first": bool(after),
        }

    def _behind(self, number: int) -> Q:
        record = ActivityRecord.objects.filter(pk=number, team=self.team).first()
        if record is None:
            return Q()
        older = Q(created__lt=record.created)
        return Q(created__lte=record.created) & (older | Q(pk__lt=number))


def _said(record: RecordRow, title: str, own: frozenset[int]) -> Happened:
    """A video may have moved to where it is hidden: then it is not named."""
    sees = record.video_id is not None and (
        bool(record.video_is_public) or record.video_team in own
    )
    about = ""
    if record.type.startswith("collab-"):
        about = record.assignee or ""
    elif record.type == ActivityType.VIDEO_DELETED:
        about = str(record.data.get("title") or "")
    return Happened(
        record.actor or "Somebody",
        SAID.get(record.type, record.type),
        about,
        record.video_id or "" if sees else "",
        (title or "Untitled video") if sees else "",
        languages.name(record.language_code) if sees and record.language_code else "",
        record.created,
    )

"""Who may read which records: the rules of the streams, as conditions on the record's table.

Three things are kept from outsiders: what happens inside a team, who is in it, and whatever tells
of a hidden video, a hidden team or a draft.
"""

from __future__ import annotations

from enum import Enum

from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from activity.models.records import ORIGINAL, one_of
from activity.types import LEGACY_NUMBERS, MEMBERSHIP, PRINTED, TEAM_PRIVATE
from teams.models import Team, Visibility
from teams.policies.roles import Caller, team_ids_of
from teams.policies.teams import may_view_members
from teams.policies.videos import may_view_private_versions
from users.models import User
from videos.models import Video


def _team_has(column: str) -> Exact[int]:
    """Whether that is public. Few records are asked for their team: one value is looked up for
    each of these, where PostgreSQL reads all teams for a join and for `Exists`."""
    value = Team.objects.filter(pk=OuterRef("team_id")).values(column)
    return Exact(Subquery(value), Visibility.PUBLIC)


_OUTSIDE = Q(draft=False) & ~one_of(TEAM_PRIVATE | MEMBERSHIP)
# What is left of a deleted video is as public as its team's videos are now.
_NO_VIDEO = Q(video=None) & (
    Q(team=None) | Q(_team_has("team_visibility"), _team_has("video_visibility"))
)
_PUBLIC = _OUTSIDE & (Q(video__is_public=True) | _NO_VIDEO)
# People know where they came and went themselves, as long as the team is not hidden from them.
_OWN_MEMBERSHIP = one_of(MEMBERSHIP) & Q(_team_has("team_visibility"), draft=False)
_PRINTED = one_of(PRINTED)
NUMBERED = one_of(LEGACY_NUMBERS)
# Sorted all through: for the same question the same SQL, see `activity.tallies`.


def records_of_video(user: Caller, video: Video) -> Q:
    """Everything about a video that ``user`` may see; drafts for those who see the drafts."""
    found = Q(video=video) & ORIGINAL & one_of(PRINTED - TEAM_PRIVATE)
    public = Q(draft=False)
    if may_view_private_versions(user, video):
        # What is a draft of another team still was deleted there before the video came here.
        public |= Q(team=video.team_id)
    return found & public


class Reads(Enum):
    """How much of a team's stream somebody may read."""

    ALL = "all"
    NO_DRAFTS = "all but drafts"
    PUBLIC = "what is public"
    PUBLIC_AND_LEFT = "what is public, and what is left of deleted videos"


def reading_of_team(user: Caller, team: Team) -> Reads:
    """All of it for members, all but drafts for superusers; for others what is public."""
    if may_view_members(user, team):
        return Reads.ALL
    if user.is_superuser:
        return Reads.NO_DRAFTS
    # `_NO_VIDEO` where the team is known: the database need not look at it.
    shown = team.team_visibility == team.video_visibility == Visibility.PUBLIC
    return Reads.PUBLIC_AND_LEFT if shown else Reads.PUBLIC


def records_in_team(reads: Reads, team: int) -> Q:
    """The records of the team with this key."""
    found = Q(team=team) & _PRINTED
    if reads is Reads.ALL:
        return found
    if reads is Reads.NO_DRAFTS:
        return found & Q(draft=False)
    left = Q(video=None) if reads is Reads.PUBLIC_AND_LEFT else Q(pk=None)
    return found & _OUTSIDE & (Q(video__is_public=True) | left)


def records_of_team(user: Caller, team: Team) -> Q:
    return records_in_team(reading_of_team(user, team), team.pk)


def records_by(user: Caller, person: User) -> Q:
    """What somebody did, as far as it is public or of a team of the reader's."""
    seen = _PUBLIC | _of_teams_of(user)
    if user.pk == person.pk:
        seen |= _OWN_MEMBERSHIP
    return Q(actor=person) & ORIGINAL & _PRINTED & seen


def _of_teams_of(user: Caller) -> Q:
    return Q(team__in=sorted(team_ids_of(user)))


def own_records(user: User) -> Q:
    """The documentation of 2016, Legacy Activity: one's own records and those of one's teams."""
    mine = Q(actor=user) & (_PUBLIC | _OWN_MEMBERSHIP | Q(team=None))
    return ORIGINAL & (mine | _of_teams_of(user))


def readable_records(user: User) -> Q:
    """Every single record that any list of the older resource may show."""
    mine = Q(actor=user) & (_OWN_MEMBERSHIP | Q(team=None))
    return NUMBERED & (_PUBLIC | mine | _of_teams_of(user))

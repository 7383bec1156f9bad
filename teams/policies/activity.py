"""Who may read which records: the rules of the streams, as conditions on the record's table.

Three things are kept from outsiders: what happens inside a team, who is in it, and whatever tells
of a hidden video, a hidden team or a draft.
"""

from __future__ import annotations

from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from activity.models.records import ORIGINAL
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


_OUTSIDE = Q(draft=False) & ~Q(type__in=sorted(TEAM_PRIVATE | MEMBERSHIP))
# What is left of a deleted video is as public as its team's videos are now.
_NO_VIDEO = Q(video=None) & (
    Q(team=None) | Q(_team_has("team_visibility"), _team_has("video_visibility"))
)
_PUBLIC = _OUTSIDE & (Q(video__is_public=True) | _NO_VIDEO)
# People know where they came and went themselves, as long as the team is not hidden from them.
_OWN_MEMBERSHIP = Q(_team_has("team_visibility"), type__in=sorted(MEMBERSHIP), draft=False)
_PRINTED = Q(type__in=sorted(PRINTED))
NUMBERED = Q(type__in=sorted(LEGACY_NUMBERS))
# Sorted all through: for the same question the same SQL, see `activity.tallies`.


def records_of_video(user: Caller, video: Video) -> Q:
    """Everything about a video that ``user`` may see; drafts for those who see the drafts."""
    found = Q(video=video) & ORIGINAL & _PRINTED & ~Q(type__in=sorted(TEAM_PRIVATE))
    public = Q(draft=False)
    if may_view_private_versions(user, video):
        # What is a draft of another team still was deleted there before the video came here.
        public |= Q(team=video.team_id)
    return found & public


def records_of_team(user: Caller, team: Team) -> Q:
    """All of it for members, all but drafts for superusers; for others what is public."""
    found = Q(team=team) & _PRINTED
    if may_view_members(user, team):
        return found
    if user.is_superuser:
        return found & Q(draft=False)
    return found & _OUTSIDE & (Q(video__is_public=True) | _left_of_videos_in(team))


def _left_of_videos_in(team: Team) -> Q:
    """`_NO_VIDEO` where the team is known: the database need not look at it."""
    if team.team_visibility != Visibility.PUBLIC:
        return Q(pk=None)
    return Q(video=None) if team.video_visibility == Visibility.PUBLIC else Q(pk=None)


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

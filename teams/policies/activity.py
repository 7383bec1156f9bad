"""Who may read which records: the rules of the streams, as conditions on the record's table.

Two things are kept from outsiders: what happens inside a team, and whatever tells of a hidden
video, a hidden team or a draft.
"""

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


def _team_has(column: str) -> Exact:
    """Whether that is public. Few records are asked for their team: one value is looked up for
    each of these, where PostgreSQL reads all teams for a join and for `Exists`."""
    value = Team.objects.filter(pk=OuterRef("team_id")).values(column)
    return Exact(Subquery(value), Visibility.PUBLIC)


_OUTSIDE = Q(draft=False) & ~Q(type__in=sorted(TEAM_PRIVATE))
# What is left of a deleted video is as public as its team's videos are now.
_NO_VIDEO = Q(video=None) & (
    Q(team=None)
    | Q(_team_has("team_visibility"), type__in=sorted(MEMBERSHIP))
    | Q(_team_has("team_visibility"), _team_has("video_visibility"))
)
_PUBLIC = _OUTSIDE & (Q(video__is_public=True) | _NO_VIDEO)
_PRINTED = Q(type__in=sorted(PRINTED))
NUMBERED = Q(type__in=sorted(LEGACY_NUMBERS))
# Sorted all through: for the same question the same SQL, see `activity.tallies`.


def records_of_video(user: Caller, video: Video) -> Q:
    """Everything about a video that ``user`` may see; drafts for those who see the drafts."""
    found = Q(video=video) & ORIGINAL & _PRINTED & ~Q(type__in=sorted(TEAM_PRIVATE))
    return found if may_view_private_versions(user, video) else found & Q(draft=False)


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
    left = Q(video=None)
    public = team.video_visibility == Visibility.PUBLIC
    return left if public else left & Q(type__in=sorted(MEMBERSHIP))


def records_by(user: Caller, person: User) -> Q:
    """What somebody did, as far as it is public or of a team of the reader's."""
    return Q(actor=person) & ORIGINAL & _PRINTED & (_PUBLIC | _of_teams_of(user))


def _of_teams_of(user: Caller) -> Q:
    return Q(team__in=sorted(team_ids_of(user)))


def own_records(user: User) -> Q:
    """The documentation of 2016, Legacy Activity: one's own records and those of one's teams."""
    mine = Q(actor=user) & (_PUBLIC | Q(team=None))
    return ORIGINAL & (mine | _of_teams_of(user))


def readable_records(user: User) -> Q:
    """Every single record that any list of the older resource may show."""
    return NUMBERED & (_PUBLIC | Q(actor=user, team=None) | _of_teams_of(user))

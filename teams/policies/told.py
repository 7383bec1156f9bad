"""Who may be told of something in a team: the rules of seeing, for many people in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from teams.models import Evaluation, Role, SubtitleRequest, TeamMember, Visibility

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from teams.models import Team
    from users.models import User
    from videos.models import Video


def may_be_told(
    people: QuerySet[User],
    *,
    team: Team | None = None,
    video: Video | None = None,
    drafts: bool = False,
) -> QuerySet[User]:
    """Those of ``people`` with an open account who may see all that a message names.

    ``team`` is asked as `may_view_team` asks, ``video`` as `may_view_video`; with ``drafts`` also
    as `may_view_private_versions`, for what tells of unpublished subtitles. Where all of that is
    public, nothing is added to the statement.
    """
    people = people.filter(is_active=True)
    if team is not None and team.team_visibility == Visibility.PRIVATE:
        people = people.filter(_belongs_to(team))
    if video is None:
        return people
    hidden = not (video.is_public or video.is_unlisted)
    if hidden or (drafts and video.team_id is not None):
        return people.filter(_member_of(video.team_id) | _works_for(video))
    return people.filter(is_staff=True) if drafts else people


def _member_of(team_id: int | None) -> Q:
    return Q(Exists(TeamMember.objects.filter(user=OuterRef("pk"), team=team_id)))


def _belongs_to(team: Team) -> Q:
    """Its members, and the admins of its partner's other teams."""
    if team.partner_id is None:
        return _member_of(team.pk)
    leading = TeamMember.objects.filter(
        user=OuterRef("pk"), role__gte=Role.ADMIN, team__partner=team.partner_id
    )
    return _member_of(team.pk) | Q(Exists(leading))


def _works_for(video: Video) -> Q:
    """Members of the teams that work on the video for another, as `works_for` asks for one."""
    requests = SubtitleRequest.objects.filter(video=video)
    evaluations = Evaluation.objects.filter(request__video=video)
    working = Q(team__in=requests.values("team")) | Q(team__in=evaluations.values("team"))
    return Q(Exists(TeamMember.objects.filter(working, user=OuterRef("pk"))))

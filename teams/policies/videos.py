"""Who may see, change and delete videos and their subtitles.

These rules know about teams, so they stand above `videos` and `subtitles`, which do not.
Arguments are always the user first, the thing second. Nothing here writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.decisions import ALLOWED, Decision, allowed_if, denied
from subtitles.models import SubtitleVersion
from teams.models import Project, Role, Team, Visibility
from teams.policies.requests import (
    may_edit_unasked,
    may_work_on_request,
    open_request,
    works_for,
)
from teams.policies.roles import Caller, know_role, role_in, their_role
from teams.policies.work import may_work_on
from users.models import User
from videos.models import Video

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet

    from amara_api.kernel.shapes import Data
    from videos.queries import Parameter

_LEAST_ROLE = {
    Team.VideoPolicy.MEMBERS: Role.CONTRIBUTOR,
    Team.VideoPolicy.MANAGERS: Role.MANAGER,
    Team.VideoPolicy.ADMINS: Role.ADMIN,
}


# --- seeing --------------------------------------------------------------------------------------


def may_view_video(user: Caller, video: Video) -> Decision:
    """Public videos are everybody's, unlisted ones theirs who know the id; others are the team's
    members'. Staff get no exception."""
    return allowed_if(
        video.is_public or video.is_unlisted or may_see_hidden(user, video.pk, video.team_id),
        "This video belongs to a hidden team.",
    )


def _columns(model: type[Model], path: str = "") -> list[str]:
    return [f"{path}{field.attname}" for field in model._meta.concrete_fields]


_VIDEO, _TEAM, _PROJECT = _columns(Video), _columns(Team), _columns(Project)


@PlannedQuery
def _video_row(
    by: str, *, video_id: str, partner: int, user: int
) -> QuerySet[Video, tuple[Data, ...]]:
    videos = Video.objects.filter(
        Q(partner=partner, partner_video_id=video_id) if by == "partner" else Q(video_id=video_id)
    )
    columns = (*_VIDEO, *_columns(Team, "team__"), *_columns(Project, "project__"))
    return videos.values_list(*columns, their_role(user, "team"))


def find_video(user: Caller, video_id: str, *, partner: int | None = None) -> Video | None:
    """The video of this id, or of this partner's id, with its team and project, if ``user`` may
    see it.

    Whether it is hidden is known from the bare row: what is hidden is no more work than what is
    unknown, and the time it takes does not tell which it was.
    """
    by = "id" if partner is None else "partner"
    rows = _video_row(by, video_id=video_id, partner=partner or 0, user=user.pk or 0)
    row = rows[0] if rows else None
    columns = dict(zip(_VIDEO, row, strict=False)) if row else _UNKNOWN
    know_role(user, columns["team_id"], row[-1] if row else None)
    if not _is_seen(user, columns) or row is None:
        return None
    ends = len(_VIDEO), len(_VIDEO) + len(_TEAM)
    video = Video.from_db("default", _VIDEO, row[: ends[0]])
    if video.team_id is not None:
        video.team = Team.from_db("default", _TEAM, row[ends[0] : ends[1]])
    if video.project_id is not None:
        video.project = Project.from_db("default", _PROJECT, row[ends[1] : -1])
    return video


# No row has these ids.
_UNKNOWN = {"is_public": False, "is_unlisted": False, "id": 0, "team_id": 0}


def _is_seen(user: Caller, video: Mapping[str, Data]) -> bool:
    """`may_view_video`, of columns."""
    return (
        video["is_public"]
        or video["is_unlisted"]
        or may_see_hidden(user, video["id"], video["team_id"])
    )


def ask_in_vain(user: Caller) -> None:
    """Costs what it costs to be refused a hidden video."""
    _is_seen(user, _UNKNOWN)


def may_see_hidden(user: Caller, video_id: int, team_id: int | None) -> bool:
    """Members of the video's team, and of teams that work on it for that team."""
    return role_in(user, team_id) > 0 or works_for(user, video_id)


def found_in(user: Caller, team: Team) -> dict[str, Parameter]:
    """What lists the videos of a team that ``user`` sees: filters of `videos.queries.Listing`.
    Whoever asks has found the team."""
    filters: dict[str, Parameter] = {"team": team.pk}
    if team.video_visibility != Visibility.PUBLIC and not role_in(user, team.pk):
        filters["public"] = None
    return filters


# --- changing ------------------------------------------------------------------------------------


def may_add_video_to(user: User, team: Team) -> Decision:
    """The documentation of 2016, Policy values: the team's video policy names the least role."""
    least = _LEAST_ROLE[Team.VideoPolicy(team.video_policy)]
    return allowed_if(
        role_in(user, team.pk) >= least,
        f"This team's videos are managed by: {team.get_video_policy_display()}.",
    )


def teams_to_add_to(user: User) -> QuerySet[Team]:
    """The teams that `may_add_video_to` allows, each once."""
    allowed = Q()
    for policy, least in _LEAST_ROLE.items():
        allowed |= Q(video_policy=policy, members__user=user, members__role__gte=least)
    return Team.objects.filter(allowed)


def may_edit_video(user: User, video: Video) -> Decision:
    """Anybody with an account, unless the video belongs to a team; then its video policy."""
    return may_add_video_to(user, video.team) if video.team else ALLOWED


def may_move_video(user: User, video: Video, team: Team | None) -> Decision:
    """Taking a video into ``team``, or out of its own: the right to edit it where it is, and to add
    videos where it goes.

    Whoever takes a video that is nobody's team's decides from then on who sees it and deletes it,
    so that takes the right to delete it now.
    """
    if video.team_id == (team.pk if team else None):
        return may_edit_video(user, video)
    leaving = may_edit_video(user, video) if video.team_id else may_delete_video(user, video)
    if not leaving or team is None:
        return leaving
    return may_add_video_to(user, team)


def may_delete_video(user: User, video: Video) -> Decision:
    """A team's admins and owners; outside teams, who added it, or staff."""
    if video.team_id is not None:
        return allowed_if(
            user.is_superuser or role_in(user, video.team_id) >= Role.ADMIN,
            "Only admins and owners of the team may delete its videos.",
        )
    return allowed_if(
        video.user_id == user.pk or user.is_staff or user.is_superuser,
        "Only who added a video, and staff, may delete it.",
    )


def may_set_duration(user: User, video: Video) -> Decision:
    return may_edit_video(user, video)


# --- subtitles -----------------------------------------------------------------------------------


def may_edit_subtitles(user: User, video: Video, language_code: str) -> Decision:
    """Anybody with an account outside teams; inside, members and staff, or as the team's policies
    and tasks say."""
    if video.team is None:
        return ALLOWED
    if video.team.type == Team.Type.DEFAULT:
        return may_work_on(user, video, language_code)
    if video.team.type == Team.Type.COLLABORATION:
        request = open_request(video, language_code)
        if request is None:
            return may_edit_unasked(user, video.team)
        return may_work_on_request(user, request)
    return allowed_if(
        user.is_staff or role_in(user, video.team_id) > 0,
        "Only members of the team may work on its subtitles.",
    )


def may_view_private_versions(user: Caller, video: Video) -> Decision:
    """Members of the video's team and of those that work on it; outside teams, staff."""
    if not user.is_authenticated:
        return denied("Drafts need a login.")
    allowed = may_see_hidden(user, video.pk, video.team_id) if video.team_id else user.is_staff
    return allowed_if(allowed, "Only members of the team see its drafts.")


def may_view_drafts_of(user: Caller, team: Team) -> Decision:
    """What is being made for a team, as a whole: `may_view_private_versions` of all its videos."""
    return allowed_if(role_in(user, team.pk) > 0, "Only members of the team see its drafts.")


def may_view_notes(user: Caller, video: Video) -> Decision:
    """Outside teams everybody with an account works on the subtitles; a team's notes are about its
    drafts too, and for those who see these. One's own are one's own everywhere."""
    return may_view_private_versions(user, video) if video.team_id else ALLOWED


def may_view_drafts_of_machines(user: Caller, video: Video) -> Decision:
    """Outside teams they wait for anybody with an account who looks at them and publishes them."""
    if video.team_id:
        return may_view_private_versions(user, video)
    return allowed_if(user.is_authenticated, "Drafts need a login.")


def readable_versions(user: Caller, video: Video, *, private: bool | None = None) -> Q:
    """`may_view_version` as a condition on versions of a video that ``user`` sees. ``private`` is
    what `may_view_private_versions` says, where that is known."""
    if private is None:
        private = bool(may_view_private_versions(user, video))
    if private:
        return Q()
    if video.team_id is None and may_view_drafts_of_machines(user, video):
        return Q(is_public=True) | Q(origin=SubtitleVersion.Origin.MACHINE, is_hidden=False)
    return Q(is_public=True)


def may_view_version(user: Caller, version: SubtitleVersion, video: Video) -> Decision:
    """One of the versions of a video that ``user`` sees: all that are public, or drafts too."""
    if version.is_public:
        return ALLOWED
    if version.is_of_machine:
        return may_view_drafts_of_machines(user, video)
    return may_view_private_versions(user, video)


def may_delete_subtitles(user: User, video: Video) -> Decision:
    """Admins and owners of the video's team, and superusers."""
    return allowed_if(
        user.is_superuser or role_in(user, video.team_id) >= Role.ADMIN,
        "Only admins and owners of the video's team may delete subtitles.",
    )

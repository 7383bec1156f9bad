"""Who may see, change and delete videos and their subtitles.

These rules know about teams, so they stand above `videos` and `subtitles`, which do not.
Arguments are always the user first, the thing second. Nothing here writes.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from amara_api.compiled import CompiledQuery
from amara_api.decisions import ALLOWED, Decision, allowed_if, denied
from teams.models import Team, TeamMember
from users.models import User
from videos.models import Video

Caller = User | AnonymousUser
Role = TeamMember.Role
_TEAM_COLUMNS = [field.attname for field in Team._meta.concrete_fields]

_LEAST_ROLE = {
    Team.VideoPolicy.MEMBERS: Role.CONTRIBUTOR,
    Team.VideoPolicy.MANAGERS: Role.MANAGER,
    Team.VideoPolicy.ADMINS: Role.ADMIN,
}


@CompiledQuery
def _role(*, team: int, user: int) -> Any:
    return TeamMember.objects.filter(team=team, user=user).values_list("role")


def role_in(user: Caller, team_id: int | None) -> int:
    """The user's role in a team; 0 for an outsider."""
    if team_id is None or not user.is_authenticated:
        return 0
    rows = _role(team=team_id, user=user.pk)
    return rows[0][0] if rows else 0


@CompiledQuery
def _team_ids(*, user: int) -> Any:
    return TeamMember.objects.filter(user=user).values_list("team_id")


def team_ids_of(user: Caller) -> list[int]:
    """Ids of the teams that ``user`` is a member of; none for anonymous callers."""
    return [team for (team,) in _team_ids(user=user.pk)] if user.is_authenticated else []


# --- seeing --------------------------------------------------------------------------------------


def may_view_team(user: Caller, team: Team) -> Decision:
    return allowed_if(team.is_visible or role_in(user, team.pk) > 0, "This team is hidden.")


def may_view_video(user: Caller, video: Video) -> Decision:
    """Public videos are everybody's; a hidden team's are its members'. Staff get no exception."""
    return allowed_if(
        video.is_public or role_in(user, video.team_id) > 0, "This video belongs to a hidden team."
    )


@CompiledQuery
def _team_row(*, slug: str) -> Any:
    return Team.objects.filter(slug=slug).values_list(*_TEAM_COLUMNS)


def find_team(user: Caller, slug: str) -> Team | None:
    """The team that ``slug`` names if ``user`` may see it."""
    rows = _team_row(slug=slug)
    team = Team.from_db("default", _TEAM_COLUMNS, rows[0]) if rows else None
    return team if team is not None and may_view_team(user, team) else None


# --- changing ------------------------------------------------------------------------------------


def may_add_video_to(user: User, team: Team) -> Decision:
    """The documentation of 2016, Policy values: the team's video policy names the least role."""
    least = _LEAST_ROLE[Team.VideoPolicy(team.video_policy)]
    return allowed_if(
        role_in(user, team.pk) >= least,
        f"This team's videos are managed by: {team.get_video_policy_display()}.",
    )


def may_edit_video(user: User, video: Video) -> Decision:
    """Anybody with an account, unless the video belongs to a team; then its video policy."""
    return may_add_video_to(user, video.team) if video.team else ALLOWED


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


def may_edit_subtitles(user: User, video: Video) -> Decision:
    """Anybody with an account outside teams; members and staff inside."""
    if video.team_id is None:
        return ALLOWED
    return allowed_if(
        user.is_staff or role_in(user, video.team_id) > 0,
        "Only members of the team may work on its subtitles.",
    )


def may_view_private_versions(user: Caller, video: Video) -> Decision:
    """Members of the video's team; outside teams, staff."""
    if not user.is_authenticated:
        return denied("Drafts need a login.")
    allowed = role_in(user, video.team_id) > 0 if video.team_id else user.is_staff
    return allowed_if(allowed, "Only members of the team see its drafts.")


def may_delete_subtitles(user: User, video: Video) -> Decision:
    """Admins and owners of the video's team, and superusers."""
    return allowed_if(
        user.is_superuser or role_in(user, video.team_id) >= Role.ADMIN,
        "Only admins and owners of the video's team may delete subtitles.",
    )

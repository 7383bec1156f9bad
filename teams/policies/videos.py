"""Who may see, change and delete videos and their subtitles.

These rules know about teams, so they stand above `videos` and `subtitles`, which do not.
Arguments are always the user first, the thing second. Nothing here writes.
"""

from amara_api.decisions import ALLOWED, Decision, allowed_if, denied
from teams.models import Role, Team
from teams.policies.requests import (
    may_edit_unasked,
    may_work_on_request,
    open_request,
    works_for,
)
from teams.policies.roles import Caller, role_in
from teams.policies.work import may_work_on
from users.models import User
from videos.models import Video

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


def may_see_hidden(user: Caller, video_id: int, team_id: int | None) -> bool:
    """Members of the video's team, and of teams that work on it for that team."""
    return role_in(user, team_id) > 0 or works_for(user, video_id)


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


def may_delete_subtitles(user: User, video: Video) -> Decision:
    """Admins and owners of the video's team, and superusers."""
    return allowed_if(
        user.is_superuser or role_in(user, video.team_id) >= Role.ADMIN,
        "Only admins and owners of the video's team may delete subtitles.",
    )

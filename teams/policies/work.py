"""Who may make, review and approve subtitles in teams, and hand out the work.

Arguments are always the user first, the thing second. Nothing here writes.
"""

from dataclasses import dataclass

from amara_api.kernel import languages
from amara_api.kernel.decisions import ALLOWED, Decision, allowed_if, denied
from subtitles.models import SubtitleLanguage
from teams.models import (
    OPEN,
    UNFINISHED,
    ApproveLevel,
    ReviewLevel,
    ReviewSettings,
    Role,
    SubtitlePolicy,
    SubtitleRequest,
    Task,
    Team,
    TeamLanguage,
    TeamMember,
)
from teams.policies.roles import Caller, role_in
from videos.models import Video

ASSIGNING: dict[int, int] = {
    Team.TaskAssignPolicy.MEMBERS: Role.CONTRIBUTOR,
    Team.TaskAssignPolicy.MANAGERS: Role.MANAGER,
    Team.TaskAssignPolicy.ADMINS: Role.ADMIN,
}
SUBTITLING: dict[int, int] = {
    SubtitlePolicy.ANYONE: 0,
    SubtitlePolicy.MEMBERS: Role.CONTRIBUTOR,
    SubtitlePolicy.MANAGERS: Role.MANAGER,
    SubtitlePolicy.ADMINS: Role.ADMIN,
}
REVIEWING: dict[int, int] = {
    ReviewLevel.PEERS: Role.CONTRIBUTOR,
    ReviewLevel.MANAGERS: Role.MANAGER,
    ReviewLevel.ADMINS: Role.ADMIN,
}
APPROVING: dict[int, int] = {ApproveLevel.MANAGERS: Role.MANAGER, ApproveLevel.ADMINS: Role.ADMIN}
_NOT_YOURS = "This task is somebody else's."


@dataclass(frozen=True)
class Levels:
    """What review and approval a video's work goes through; ``tasks`` says whether by tasks."""

    tasks: bool = False
    review: int = ReviewLevel.NONE
    approve: int = ApproveLevel.NONE
    autocreate_subtitle: bool = False
    autocreate_translate: bool = False

    @property
    def judged(self) -> bool:
        return bool(self.review or self.approve)


OFF = Levels()


def levels_of(video: Video) -> Levels:
    """The project's settings where it has tasks of its own, else the team's, else none."""
    team = video.team
    if team is None or team.type != Team.Type.DEFAULT:
        return OFF
    project = video.project
    found: ReviewSettings = project if project and project.workflow_enabled else team
    if not found.workflow_enabled:
        return OFF
    return Levels(
        True,
        found.review_allowed,
        found.approve_allowed,
        found.autocreate_subtitle,
        found.autocreate_translate,
    )


# --- handing out ---------------------------------------------------------------------------------


def may_assign_tasks(user: Caller, team: Team) -> Decision:
    """Making, giving and changing tasks. The team's task assign policy names the least role."""
    least = ASSIGNING[Team.TaskAssignPolicy(team.task_assign_policy)]
    return allowed_if(
        role_in(user, team.pk) >= least,
        f"Tasks are handed out by: {team.get_task_assign_policy_display()}.",
    )


def may_delete_tasks(user: Caller, team: Team) -> Decision:
    """As handing out, and never a plain contributor."""
    decision = may_assign_tasks(user, team)
    if not decision:
        return decision
    return allowed_if(
        role_in(user, team.pk) > Role.CONTRIBUTOR, "Contributors may not delete tasks."
    )


# --- doing ---------------------------------------------------------------------------------------


def may_work_in(team_id: int | None, language_code: str) -> Decision:
    """Nothing is done for a team in a language it has blacklisted."""
    if team_id is None:
        return ALLOWED
    blacklisted = TeamLanguage.objects.filter(
        team=team_id, language_code=language_code, kind=TeamLanguage.Kind.BLACKLISTED
    )
    return allowed_if(
        not blacklisted.exists(),
        f"This team does no work in {languages.name(language_code)} ({language_code}).",
    )


def may_make(user: Caller, video: Video, language_code: str) -> Decision:
    """Anybody outside teams; inside, see `may_make_for`."""
    return may_make_for(user, video.team, video, language_code) if video.team else ALLOWED


def may_make_for(user: Caller, team: Team, video: Video, language_code: str) -> Decision:
    """Subtitles in the spoken language by the subtitle policy, others by the translate policy, of
    the team that does the work."""
    spoken = video.primary_audio_language_code
    policy = (
        team.subtitle_policy
        if not language_code or language_code == spoken
        else team.translate_policy
    )
    return allowed_if(
        role_in(user, team.pk) >= SUBTITLING[policy],
        f"This team leaves that to: {SubtitlePolicy(policy).label}.",
    )


def may_review(user: Caller, video: Video, language_code: str, *, own: bool = False) -> Decision:
    """The review level names the least role.

    Nobody reviews their own newest version, unless they own the team or there is no other admin.
    ``own`` allows that too: for those who hold the task already.
    """
    level = levels_of(video).review
    if not level or video.team_id is None:
        return denied("There is no review.")
    role = role_in(user, video.team_id)
    if role < REVIEWING[ReviewLevel(level)]:
        return denied("The team's reviewers do this.")
    if own or role == Role.OWNER or not _is_author(user, video, language_code):
        return ALLOWED
    return may_review_own(user, video.team_id)


def may_review_own(user: Caller, team_id: int) -> Decision:
    """Owners, and who is the only admin there is."""
    return allowed_if(
        role_in(user, team_id) == Role.OWNER or _is_only_admin(user, team_id),
        "Your own work is for others to review.",
    )


def may_approve(user: Caller, video: Video) -> Decision:
    """The approve level names the least role."""
    level = levels_of(video).approve
    if not level:
        return denied("There is no approval.")
    return allowed_if(
        role_in(user, video.team_id) >= APPROVING[ApproveLevel(level)],
        "The team's approvers do this.",
    )


def may_judge(user: Caller, video: Video, language_code: str) -> Decision:
    """Change what is published already: as an approver, else as a reviewer, else as a member."""
    levels = levels_of(video)
    if levels.approve:
        return may_approve(user, video)
    if levels.review:
        return may_review(user, video, language_code, own=True)
    return allowed_if(role_in(user, video.team_id) > 0, "Only members of the team may do this.")


def may_perform(user: Caller, task: Task, *, own: bool = False) -> Decision:
    """Whether somebody can do what a task asks for, whoever has it now. ``own``: `may_review`."""
    if task.type == Task.Type.REVIEW:
        return may_review(user, task.video, task.language_code, own=own)
    if task.type == Task.Type.APPROVE:
        return may_approve(user, task.video)
    return may_make(user, task.video, task.language_code)


def may_take(user: Caller, task: Task, *, own: bool = False) -> Decision:
    """A task of one's own; or one that nobody has, for those who may give it to themselves."""
    if task.assignee_id is not None:
        return allowed_if(task.assignee_id == user.pk, _NOT_YOURS)
    return may_assign_tasks(user, task.team) and may_perform(user, task, own=own)


def may_work_on(user: Caller, video: Video, language_code: str) -> Decision:
    """Edit a team's subtitles. The first that applies decides: an open task, then the language as
    it is, then the policies for one that has not begun."""
    task = open_task(video, language_code)
    if task is not None:
        return may_take(user, task)
    if SubtitleLanguage.objects.filter(
        video=video, language_code=language_code, tip__isnull=False
    ).exists():
        if user.is_staff:
            return ALLOWED
        if levels_of(video).tasks:
            return may_judge(user, video, language_code)
        return may_make(user, video, video.primary_audio_language_code)
    return may_make(user, video, language_code)


def open_task(video: Video, language_code: str) -> Task | None:
    """The open task for a language; one for no language yet stands for every one."""
    tasks = Task.objects.filter(
        OPEN, video=video, language_code__in=(language_code, ""), team=video.team_id
    )
    return tasks.select_related("team").order_by("-language_code", "-type").first()


def judged_now(video: Video) -> set[str]:
    """The codes of the languages whose newest version waits for a review or an approval, or is in
    one. Says something of drafts: for those who see them."""
    tasks = Task.objects.filter(OPEN, video=video, team=video.team_id, type__in=Task.JUDGING)
    requests = SubtitleRequest.objects.filter(UNFINISHED, video=video).exclude(
        stage=SubtitleRequest.Stage.SUBTITLE
    )
    codes = tasks.order_by().values_list("language_code")
    return {code for (code,) in codes.union(requests.order_by().values_list("language_code"))}


def _is_author(user: Caller, video: Video, language_code: str) -> bool:
    return SubtitleLanguage.objects.filter(
        video=video, language_code=language_code, tip__author=user.pk
    ).exists()


def _is_only_admin(user: Caller, team_id: int) -> bool:
    admins = TeamMember.objects.filter(team=team_id, role__gte=Role.ADMIN, user__is_active=True)
    return list(admins.values_list("user_id", flat=True)[:2]) == [user.pk]

"""How teams, their people and their projects are printed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, OuterRef

from amara_api.kernel.ids import USER_ID_PREFIX
from amara_api.kernel.rest.links import segment
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from teams.models import DEFAULT_PROJECT, Project, Role, Task, Team, status_at, work_status_at
from teams.policies import Inside, own_among, viewing_teams
from users.api.answers import user_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from teams.api.request_rows import EvaluationRow, RemoteRow, RequestRow
    from teams.models import Application, Invitation, TeamMember
    from teams.policies import TeamRow


class TeamAnswer(Answer):
    """A team. The documentation of 2016, Teams Resource."""

    resource = "team"

    def build(self, team: Team, /) -> dict[str, Data]:
        uri, suffix = f"{self.links.base}teams/{team.slug}/", self.links.suffix
        by_application = team.membership_policy == Team.MembershipPolicy.APPLICATION
        old_style = team.type == Team.Type.DEFAULT
        # What somebody may not read is not offered to them.
        inside = self._inside.views_members(team)
        decides = by_application and self._inside.decides_applications(team)
        return {
            "name": team.name,
            "slug": team.slug,
            "type": team.type,
            "description": team.description,
            "is_visible": team.is_visible,
            "team_visibility": team.get_team_visibility_display(),
            "video_visibility": team.get_video_visibility_display(),
            "membership_policy": team.get_membership_policy_display(),
            "video_policy": team.get_video_policy_display(),
            "subtitle_policy": team.get_subtitle_policy_display(),
            "translate_policy": team.get_translate_policy_display(),
            "task_assign_policy": team.get_task_assign_policy_display(),
            "workflow_enabled": team.workflow_enabled,
            "review_allowed": team.get_review_allowed_display(),
            "approve_allowed": team.get_approve_allowed_display(),
            "autocreate_subtitle": team.autocreate_subtitle,
            "autocreate_translate": team.autocreate_translate,
            "max_tasks_per_member": team.max_tasks_per_member,
            "task_expiration": team.task_expiration,
            "soft_limit_lines": team.soft_limit_lines,
            "soft_limit_min_duration": team.soft_limit_min_duration,
            "soft_limit_max_duration": team.soft_limit_max_duration,
            "soft_limit_cpl": team.soft_limit_cpl,
            "soft_limit_cps": team.soft_limit_cps,
            "activity_uri": f"{uri}activity/{suffix}",
            "members_uri": f"{uri}members/{suffix}" if inside else None,
            "projects_uri": f"{uri}projects/{suffix}" if inside else None,
            "applications_uri": f"{uri}applications/{suffix}" if decides else None,
            "languages_uri": f"{uri}languages/{suffix}" if old_style else None,
            "tasks_uri": f"{uri}tasks/{suffix}" if team.workflow_enabled and inside else None,
            "resource_uri": f"{uri}{suffix}",
        }

    def page(self, teams: Iterable[Team]) -> list[dict[str, Data]]:
        self._inside = Inside.of(self.request.user)
        return [self(team) for team in teams]

    def asking(self, teams: QuerySet[Team]) -> QuerySet[Team]:
        """``teams`` with what is printed of them beside their own columns."""
        divided = Exists(_divided().filter(team=OuterRef("pk")))
        return teams.annotate(is_divided=divided) if self.tells else teams

    def past(self, team: Team, /) -> dict[str, Data]:
        judged = team.review_allowed or team.approve_allowed
        divided: bool | None = getattr(team, "is_divided", None)
        return {
            "created": iso(team.created),
            "deleted": False,
            "header_html_text": "",
            "is_moderated": bool(team.workflow_enabled and judged),
            "logo": None,
            "projects_enabled": _divided().filter(team=team).exists()
            if divided is None
            else divided,
        }


def _divided() -> QuerySet[Project]:
    """The projects that somebody made: each divides its team."""
    return Project.objects.exclude(slug=DEFAULT_PROJECT)


class MemberAnswer(Answer):
    """A member. The announcement of December 2016, Team Members."""

    resource = "team_member"

    def build(self, member: TeamMember, /, *, slug: str) -> dict[str, Data]:
        user = member.user
        path = f"teams/{slug}/members/{USER_ID_PREFIX}{user.public_id}/"
        return {
            "user": user_object(self.links, user.username, user.public_id),
            "role": member.get_role_display(),
            "resource_uri": self.links(path),
        }


class InvitationAnswer(Answer):
    """An invitation, in the form of a member that is none yet."""

    resource = "team_member"

    def build(self, invitation: Invitation, /, *, slug: str) -> dict[str, Data]:
        user = invitation.user
        path = f"teams/{slug}/safe-members/{USER_ID_PREFIX}{user.public_id}/"
        return {
            "user": user_object(self.links, user.username, user.public_id),
            "role": Role(invitation.role).label,
            "resource_uri": self.links(path),
        }


class ProjectAnswer(Answer):
    """A project. The documentation of 2016, Projects Resource."""

    resource = "project"

    def build(self, project: Project, /, *, slug: str) -> dict[str, Data]:
        return {
            "name": project.name,
            "slug": project.slug,
            "description": project.description,
            "guidelines": project.guidelines,
            "modified": iso(project.modified),
            "created": iso(project.created),
            "workflow_enabled": project.workflow_enabled,
            "review_allowed": project.get_review_allowed_display(),
            "approve_allowed": project.get_approve_allowed_display(),
            "autocreate_subtitle": project.autocreate_subtitle,
            "autocreate_translate": project.autocreate_translate,
            "resource_uri": self.links(f"teams/{slug}/projects/{segment(project.slug)}/"),
        }


class TaskRow(NamedTuple):
    """A task as it is printed, without a model instance."""

    pk: int
    video_id: str
    language_code: str
    type: int
    assignee: str | None
    assignee_id: str | None
    priority: int
    created: datetime
    modified: datetime
    completed: datetime | None
    approved: int | None
    version_number: int | None

    @classmethod
    def of(cls, task: Task) -> TaskRow:
        person, version = task.assignee, task.version
        return cls(
            task.pk,
            task.video.video_id,
            task.language_code,
            task.type,
            person and person.username,
            person and person.public_id,
            task.priority,
            task.created,
            task.modified,
            task.completed,
            task.approved,
            version and version.version_number,
        )


_TYPES = {kind.value: str(kind.label) for kind in Task.Type}
_APPROVALS = {kind.value: str(kind.label) for kind in Task.Approval}

# Columns of `TaskRow`.
TASK_COLUMNS = (
    *("pk", "video__video_id", "language_code", "type"),
    *("assignee__username", "assignee__public_id", "priority"),
    *("created", "modified", "completed", "approved", "version__version_number"),
)


class TaskAnswer(Answer):
    """A task. The documentation of 2016, Tasks Resource."""

    resource = "task"

    def build(self, task: TaskRow, /, *, slug: str) -> dict[str, Data]:
        approved = task.approved
        return {
            "id": task.pk,
            "video_id": task.video_id,
            "language": task.language_code,
            "type": _TYPES[task.type],
            "assignee": user_object(self.links, task.assignee, task.assignee_id),
            "priority": task.priority,
            "created": iso(task.created),
            "modified": iso(task.modified),
            "completed": iso(task.completed),
            "approved": None if approved is None else _APPROVALS[approved],
            "version_number": task.version_number,
            "resource_uri": self.links(f"teams/{slug}/tasks/{task.pk}/"),
        }


class _BetweenTeams(Answer):
    """What one team's people see of another team; asked once, not once a row.

    Who works in a team is for its members to know.
    """

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._views = viewing_teams(request.user)

    def slug_of(self, team: TeamRow) -> str | None:
        return team.slug if self._views(team) else None

    def shows_people_of(self, team_id: int) -> bool:
        return team_id in own_among(self.request.user, [team_id])


class RemoteRequestAnswer(_BetweenTeams):
    """A request that another team works on. The documentation of 2016, Listing Remote Requests."""

    resource = "remote_request"

    def build(self, request: RemoteRow, /) -> dict[str, Data]:
        return {
            "job_id": request.job_id,
            "team": self.slug_of(request.team),
            "video": request.video_id,
            "language": request.language_code,
            "state": "complete" if request.completed else "in-progress",
            "created": iso(request.created),
            "completed": iso(request.completed),
        }


def _told_of(request: RequestRow, team: Team | None) -> EvaluationRow | None:
    """The team's own evaluation; else the present or the next one, else the last."""
    evaluations = request.evaluations
    own = [each for each in evaluations if team and each.team.pk == team.pk]
    ahead = [each for each in evaluations if each.stage >= request.stage]
    return next(iter([*own, *ahead, *evaluations[-1:]]), None)


class SubtitleRequestAnswer(_BetweenTeams):
    """A subtitle request. The documentation of 2016, Subtitle Request Resource.

    ``team`` is the one whose address was asked, or None: then its own evaluation is told of.
    """

    resource = "subtitle_request"

    def build(self, request: RequestRow, /, *, team: Team | None) -> dict[str, Data]:
        evaluation = _told_of(request, team)
        people = self.shows_people_of(request.team.pk)
        printed = {
            seat: user_object(self.links, *person) if people else None
            for seat, person in request.seats.items()
        }
        work = work_status_at(request.stage, is_taken=request.is_taken)
        video = f"videos/{request.video_id}/"
        subtitles = f"{video}languages/{request.language_code}/subtitles/"
        below = f"teams/{team.slug}/" if team else ""
        return {
            "job_id": request.job_id,
            "team": self.slug_of(request.team),
            "source_team": self.slug_of(request.source_team),
            "evaluation_teams": [self.slug_of(each.team) for each in request.evaluations],
            "video": request.video_id,
            "language": request.language_code,
            "state": work,
            "work_status": work,
            "status": status_at(request.stage),
            "evaluation_status": evaluation and evaluation.status_at(request.stage),
            "created": iso(request.created),
            "due": iso(request.due),
            "completed": iso(request.work_completed),
            "work_completed": iso(request.work_completed),
            "evaluation_completed": iso(request.completed) if request.evaluations else None,
            **printed,
            "evaluator": user_object(self.links, *evaluation.evaluator)
            if evaluation and self.shows_people_of(evaluation.team.pk)
            else None,
            "video_uri": self.links(video),
            **{f"{seat}_uri": person and person["uri"] for seat, person in printed.items()},
            "subtitles_uri": self.links(subtitles),
            "actions_uri": self.links(f"{subtitles}actions/"),
            "resource_uri": self.links(f"{below}subtitle-requests/{request.job_id}/"),
        }


class ApplicationAnswer(Answer):
    """An application. The documentation of 2016, Team Applications."""

    resource = "application"

    def build(self, application: Application, /, *, slug: str) -> dict[str, Data]:
        user = application.user
        return {
            "id": application.pk,
            "status": application.get_status_display(),
            "user": user_object(self.links, user.username, user.public_id),
            "note": application.note,
            "created": iso(application.created),
            "modified": iso(application.modified) if application.modified else None,
            "resource_uri": self.links(f"teams/{slug}/applications/{application.pk}/"),
        }

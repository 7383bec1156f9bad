"""Teams, their projects and their people."""

from teams.models.coverage import CoverageCell, CoverageCount, CoverageState
from teams.models.lists import ListNote, LongList
from teams.models.membership import Application, Invitation, Role, TeamMember
from teams.models.projects import DEFAULT_PROJECT, Project
from teams.models.requests import (
    BETWEEN_TEAMS,
    EVALUATION,
    MAX_EVALUATION_TEAMS,
    UNFINISHED,
    Evaluation,
    SubtitleRequest,
    evaluation_status_at,
    status_at,
    work_status_at,
)
from teams.models.team import (
    ApproveLevel,
    ReviewLevel,
    ReviewSettings,
    SubtitlePolicy,
    Team,
    TeamLanguage,
    Visibility,
)
from teams.models.work import OPEN, Task

__all__ = [
    "BETWEEN_TEAMS",
    "DEFAULT_PROJECT",
    "EVALUATION",
    "MAX_EVALUATION_TEAMS",
    "OPEN",
    "UNFINISHED",
    "Application",
    "ApproveLevel",
    "CoverageCell",
    "CoverageCount",
    "CoverageState",
    "Evaluation",
    "Invitation",
    "ListNote",
    "LongList",
    "Project",
    "ReviewLevel",
    "ReviewSettings",
    "Role",
    "SubtitlePolicy",
    "SubtitleRequest",
    "Task",
    "Team",
    "TeamLanguage",
    "TeamMember",
    "Visibility",
    "evaluation_status_at",
    "status_at",
    "work_status_at",
]

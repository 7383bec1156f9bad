"""Teams, their projects and their people."""

from teams.models.membership import Application, Invitation, Role, TeamMember
from teams.models.projects import DEFAULT_PROJECT, Project
from teams.models.team import (
    ApproveLevel,
    ReviewLevel,
    SubtitlePolicy,
    Team,
    TeamLanguage,
    Visibility,
)

__all__ = [
    "DEFAULT_PROJECT",
    "Application",
    "ApproveLevel",
    "Invitation",
    "Project",
    "ReviewLevel",
    "Role",
    "SubtitlePolicy",
    "Team",
    "TeamLanguage",
    "TeamMember",
    "Visibility",
]

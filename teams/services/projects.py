"""The projects of a team."""

from typing import Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import InvalidInput, NotThere
from teams.models import DEFAULT_PROJECT, Project, Team
from teams.policies import may_change_team
from teams.services import videos
from teams.services.locks import lock_team, require
from teams.services.teams import ReviewFields
from users.models import User


class ProjectFields(ReviewFields, total=False):
    """Columns of `Project` that somebody may say."""

    name: str
    slug: str
    description: str
    guidelines: str


@transaction.atomic
def add_project(
    team: Team, *, actor: User, operator: bool = False, **fields: Unpack[ProjectFields]
) -> Project:
    """Raises `InvalidInput` for a name or slug that another project of the team has."""
    team = lock_team(team)
    if not operator:
        require(may_change_team(actor, team))
    project = Project(team=team, **fields)
    _save(project, force_insert=True)
    record(ActivityType.PROJECT_CHANGED, actor=actor, team=team, project=project.slug)
    return project


@transaction.atomic
def update_project(
    project: Project, *, actor: User, operator: bool = False, **fields: Unpack[ProjectFields]
) -> Project:
    """Change what is given."""
    project = _locked(project)
    if not operator:
        require(may_change_team(actor, project.team))
    for name, value in fields.items():
        setattr(project, name, value)
    project.modified = timezone.now()
    _save(project)
    record(ActivityType.PROJECT_CHANGED, actor=actor, team=project.team, project=project.slug)
    return project


@transaction.atomic
def delete_project(project: Project, *, actor: User, operator: bool = False) -> None:
    """Its videos leave the team with it. The default project stays."""
    project = _locked(project)
    if not operator:
        require(may_change_team(actor, project.team))
    if project.slug == DEFAULT_PROJECT:
        raise InvalidInput(["The default project stays."])
    for video in project.videos.order_by("pk").iterator():
        videos.update_video(video, actor=actor, operator=True, team=None, project=None)
    record(ActivityType.PROJECT_CHANGED, actor=actor, team=project.team, project=project.slug)
    project.delete()


def _locked(project: Project) -> Project:
    lock_team(project.team)
    found = Project.objects.select_related("team").filter(pk=project.pk).first()
    if found is None:
        raise NotThere
    return found


def _save(project: Project, *, force_insert: bool = False) -> None:
    others = Project.objects.filter(team=project.team).exclude(pk=project.pk)
    for field in ("slug", "name"):
        if others.filter(**{field: getattr(project, field)}).exists():
            raise InvalidInput.field(field, f"Another project of the team has this {field}.")
    try:
        with transaction.atomic():
            project.save(force_insert=force_insert)
    except IntegrityError as error:
        raise InvalidInput.field("slug", "Another project of the team has this slug.") from error

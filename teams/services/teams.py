"""Making and changing teams."""

from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from activity.log import conceal, record
from activity.types import ActivityType
from amara_api.kernel.errors import InvalidInput
from teams.models import DEFAULT_PROJECT, Project, Role, Team, TeamMember, Visibility
from teams.policies import may_change_team, may_delete_team
from teams.services.locks import lock_team, require
from teams.services.requests import has_unfinished
from users.models import User
from videos.services import show_videos_of


class ReviewFields(TypedDict, total=False):
    """Columns of `ReviewSettings`."""

    workflow_enabled: bool
    review_allowed: int
    approve_allowed: int
    autocreate_subtitle: bool
    autocreate_translate: bool


class TeamFields(ReviewFields, total=False):
    """Columns of `Team` that somebody may say, or ``is_visible``."""

    name: str
    slug: str
    type: str
    description: str
    is_visible: bool
    team_visibility: int
    video_visibility: int
    membership_policy: int
    video_policy: int
    subtitle_policy: int
    translate_policy: int
    refuse_public_urls: bool
    task_assign_policy: int
    max_tasks_per_member: int | None
    task_expiration: int | None
    soft_limit_lines: int | None
    soft_limit_min_duration: int | None
    soft_limit_max_duration: int | None
    soft_limit_cpl: int | None
    soft_limit_cps: int | None
    partner: User | None


@transaction.atomic
def create_team(*, actor: User, **fields: Unpack[TeamFields]) -> Team:
    """A new team with its default project; its maker is its owner.

    A partner's team belongs to the partner. Raises `InvalidInput` for a name or slug that is
    taken.
    """
    if actor.is_partner:
        fields.setdefault("partner", actor)
    team = Team(**fields)
    _save(team, force_insert=True)
    Project.objects.create(team=team, slug=DEFAULT_PROJECT, name=DEFAULT_PROJECT)
    TeamMember.objects.create(team=team, user=actor, role=Role.OWNER)
    record(ActivityType.TEAM_CREATED, actor=actor, team=team)
    return team


@transaction.atomic
def update_team(
    team: Team, *, actor: User, operator: bool = False, **fields: Unpack[TeamFields]
) -> Team:
    """Change what is given. Its videos are shown as the team's new visibility says."""
    team = lock_team(team)
    if not operator:
        require(may_change_team(actor, team))
    if fields.get("type", team.type) != team.type and has_unfinished(team):
        raise InvalidInput.field("type", "There are unfinished subtitle requests.")
    before = team.video_visibility
    for name, value in fields.items():
        setattr(team, name, value)
    _save(team)
    if team.video_visibility != before:
        show_videos_of(team)
    record(ActivityType.TEAM_CHANGED, actor=actor, team=team, fields=sorted(fields))
    return team


@transaction.atomic
def delete_team(team: Team, *, actor: User, operator: bool = False) -> None:
    """Its projects, memberships, requests and callbacks go with it.

    Raises `InvalidInput` while it has videos, since those of a hidden one would be everybody's
    then, and while requests of other teams wait for it.
    """
    team = lock_team(team)
    if not operator:
        require(may_delete_team(actor, team))
    if team.videos.exists():
        raise InvalidInput(["The team still has videos."])
    if has_unfinished(team):
        raise InvalidInput(["There are unfinished subtitle requests."])
    if {team.team_visibility, team.video_visibility} != {Visibility.PUBLIC}:
        conceal(team)
    record(ActivityType.TEAM_DELETED, actor=actor, slug=team.slug)
    team.delete()


def _save(team: Team, *, force_insert: bool = False) -> None:
    for field in ("slug", "name"):
        value = getattr(team, field)
        if Team.objects.filter(**{field: value}).exclude(pk=team.pk).exists():
            raise _taken(field)
    try:
        with transaction.atomic():
            team.save(force_insert=force_insert)
    except IntegrityError as error:
        # Somebody took one of the two between the question and the answer.
        raise _taken("slug" if "slug" in str(error) else "name") from error


def _taken(field: str) -> InvalidInput:
    return InvalidInput.field(field, f"team with this {field} already exists.")

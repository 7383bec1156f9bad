"""Which work somebody may take, asked of many tasks and requests in one statement.

The filters say what `may_take` and `may_seat` with `may_fill` and `may_evaluate` say of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from subtitles.models import SubtitleLanguage
from teams.models import (
    EVALUATION,
    OPEN,
    UNFINISHED,
    Evaluation,
    Role,
    SubtitleRequest,
    Task,
    Team,
    TeamMember,
)
from teams.policies.work import APPROVING, ASSIGNING, REVIEWING, SUBTITLING, levels_of
from users.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

# A QuerySet's type does not tell what it is annotated with.
Requests: TypeAlias = "QuerySet[SubtitleRequest]"
Tasks: TypeAlias = "QuerySet[Task]"
_Type, _Stage = Task.Type, SubtitleRequest.Stage


def takeable_tasks(user: User) -> Tasks:
    """The open tasks that nobody has and that ``user`` may take."""
    free = Task.objects.filter(OPEN, assignee=None, team__members__user=user)
    project, team = "video__project__", "team__"
    found = free.filter(video__team=F("team")).annotate(
        their_role=F("team__members__role"),
        their_review=_level(project, team, "review_allowed"),
        their_approve=_level(project, team, "approve_allowed"),
        they_wrote=Exists(
            SubtitleLanguage.objects.filter(
                video=OuterRef("video"), language_code=OuterRef("language_code"), tip__author=user
            )
        ),
    )
    review = _at_least("their_review", REVIEWING) & (
        Q(they_wrote=False) | Q(their_role=Role.OWNER) | _only_admin(user)
    )
    approve = _at_least("their_approve", APPROVING)
    return found.filter(
        _at_least("team__task_assign_policy", ASSIGNING),
        (Q(type__in=[_Type.SUBTITLE, _Type.TRANSLATE]) & _making())
        | (Q(type=_Type.REVIEW) & review)
        | (Q(type=_Type.APPROVE) & approve),
    )


def takeable_requests(user: User) -> Requests:
    """The unfinished requests whose present seat nobody has and ``user`` may take."""
    assigns = _at_least("team__task_assign_policy", ASSIGNING)
    hands_out = Q(their_role__gte=Role.ADMIN) | assigns
    evaluated = (
        Evaluation.objects.filter(request=OuterRef("pk"), evaluator=None)
        .filter(position=OuterRef("stage") - EVALUATION, team__members__user=user)
        .annotate(their_role=F("team__members__role"))
        .filter(hands_out)
    )
    # Of no team of theirs it may be too: as an evaluation is.
    found = SubtitleRequest.objects.filter(UNFINISHED).annotate(
        theirs=FilteredRelation("team__members", condition=Q(team__members__user=user)),
        their_role=F("theirs__role"),
    )
    own = Q(their_role=Role.OWNER) | _only_admin(user)
    # Without a level a stage is there only for who was in it as the team's settings changed.
    review = Q(their_role__gte=Role.CONTRIBUTOR, team__review_allowed=0)
    approve = Q(their_role__gte=Role.CONTRIBUTOR, team__approve_allowed=0)
    work = (
        Q(stage=_Stage.SUBTITLE, subtitler=None) & _making() & (~_is(user, "reviewer") | own)
        | Q(stage=_Stage.REVIEW, reviewer=None)
        & (review | _at_least("team__review_allowed", REVIEWING))
        & (~_is(user, "subtitler") | own)
        | Q(stage=_Stage.APPROVE, approver=None)
        & (approve | _at_least("team__approve_allowed", APPROVING))
    )
    return found.filter((hands_out & work) | Exists(evaluated))


# --- who may take what waits ---------------------------------------------------------------------


def judges_of(task: Task) -> QuerySet[User]:
    """Who may take a review or an approval that nobody has, the highest roles first. Of the only
    admin, who may look at their own work, this does not tell."""
    levels = levels_of(task.video)
    level, asked = (
        (levels.review, REVIEWING) if task.type == _Type.REVIEW else (levels.approve, APPROVING)
    )
    if level not in asked:
        return User.objects.none()
    least = max(asked[level], ASSIGNING[task.team.task_assign_policy])
    people = _members(task.team, least)
    if task.type == _Type.REVIEW and task.version and task.version.author_id:
        people = people.exclude(Q(their_role__lt=Role.OWNER), pk=task.version.author_id)
    return people


def seats_for(request: SubtitleRequest, team: Team) -> QuerySet[User]:
    """Who may take the seat of the present review, approval or evaluation, which is ``team``'s."""
    asked = {
        _Stage.REVIEW: REVIEWING.get(team.review_allowed, Role.CONTRIBUTOR),
        _Stage.APPROVE: APPROVING.get(team.approve_allowed, Role.CONTRIBUTOR),
    }
    level = asked.get(_Stage(request.stage), Role.CONTRIBUTOR)
    least = max(level, min(Role.ADMIN, ASSIGNING[team.task_assign_policy]))
    people = _members(team, least)
    if request.stage == _Stage.REVIEW and request.subtitler_id is not None:
        people = people.exclude(Q(their_role__lt=Role.OWNER), pk=request.subtitler_id)
    return people


def _members(team: Team, least: int) -> QuerySet[User]:
    role = TeamMember.objects.filter(team=team, user=OuterRef("pk")).values("role")[:1]
    people = User.objects.annotate(their_role=Subquery(role, output_field=IntegerField()))
    inside = people.filter(memberships__team=team, their_role__gte=least, is_active=True)
    return inside.order_by("-their_role", "pk")


# --- the filters ---------------------------------------------------------------------------------


# Somebody's role is joined, and the teams that they alone run are found once: as subqueries of each
# row and rule they cost PostgreSQL nothing to run, and seconds to plan and compile (JIT).


def _is(user: User, seat: str) -> Q:
    """False, and not null, where nobody sits there."""
    return Q(**{f"{seat}__isnull": False, seat: user})


def _at_least(column: str, levels: Mapping[int, int]) -> Q:
    """Of each level the least role that it asks for. A level that is not listed allows nobody."""
    each = (Q(**{column: level, "their_role__gte": role}) for level, role in levels.items())
    return Q(*each, _connector=Q.OR)


def _making() -> Q:
    """As `may_make_for` says."""
    spoken = Q(language_code="") | Q(language_code=F("video__primary_audio_language_code"))
    return (spoken & _at_least("team__subtitle_policy", SUBTITLING)) | (
        ~spoken & _at_least("team__translate_policy", SUBTITLING)
    )


def _level(project: str, team: str, name: str) -> Case:
    """As `levels_of` says."""
    return Case(
        When(~Q(team__type=Team.Type.DEFAULT), then=Value(0)),
        When(**{f"{project}workflow_enabled": True}, then=F(f"{project}{name}")),
        When(**{f"{team}workflow_enabled": True}, then=F(f"{team}{name}")),
        default=Value(0),
        output_field=IntegerField(),
    )


def _only_admin(user: User) -> Q:
    admins = TeamMember.objects.filter(role__gte=Role.ADMIN, user__is_active=True)
    others = admins.filter(team=OuterRef("team")).exclude(user=user)
    alone = admins.filter(~Exists(others), user=user)
    return Q(team__in=alone.values("team"))

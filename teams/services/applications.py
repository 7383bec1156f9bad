"""Asking to come into a team, and the team's answers."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import InvalidInput, NotThere
from teams.models import Application, Role, Team, TeamMember
from teams.policies import may_apply, may_decide_applications
from teams.services.locks import lock_team, require
from teams.services.members import enrol, tell_decision
from users.models import User

Status = Application.Status


@transaction.atomic
def apply(team: Team, *, actor: User, note: str = "") -> Application:
    """Ask to become a member. Raises `NotAllowed` or `InvalidInput`."""
    team = lock_team(team)
    require(may_apply(actor, team))
    if TeamMember.objects.filter(team=team, user=actor).exists():
        raise InvalidInput(["User is already a team member"])
    try:
        with transaction.atomic():
            application = Application.objects.create(team=team, user=actor, note=note)
    except IntegrityError as error:
        raise InvalidInput(["You have already applied to this team."]) from error
    made = ActivityType.APPLICATION_MADE
    record(made, actor=actor, team=team, application=application.pk)
    return application


@transaction.atomic
def withdraw(application: Application, *, actor: User) -> None:
    """Ask no longer. Only the applicant can, and only while nobody has answered."""
    team = lock_team(application.team)
    own = Application.objects.filter(pk=application.pk, user=actor, status=Status.PENDING)
    deleted, _ = own.delete()
    if not deleted:
        raise NotThere
    record(ActivityType.APPLICATION_DELETED, actor=actor, team=team, user=actor.identifier)


@transaction.atomic
def delete_application(application: Application, *, actor: User) -> None:
    """As if nobody had applied; whoever did may do so again."""
    team = lock_team(application.team)
    require(may_decide_applications(actor, team))
    deleted, _ = Application.objects.filter(pk=application.pk).delete()
    if not deleted:
        raise NotThere
    record(
        ActivityType.APPLICATION_DELETED, actor=actor, team=team, user=application.user.identifier
    )


@transaction.atomic
def decide(
    application: Application, *, actor: User, approve: bool, operator: bool = False
) -> Application:
    """Let an applicant in, or not; the answer comes as a message. Once only."""
    team = lock_team(application.team)
    if not operator:
        require(may_decide_applications(actor, team))
    found = Application.objects.select_related("user", "team").filter(pk=application.pk).first()
    if found is None:
        raise NotThere
    if found.status != Status.PENDING:
        raise InvalidInput(["Application not pending"])
    found.status = Status.APPROVED if approve else Status.DENIED
    found.modified = timezone.now()
    found.save(update_fields=["status", "modified"])
    record(
        ActivityType.APPLICATION_DECIDED,
        actor=actor,
        team=team,
        user=found.user.identifier,
        approved=approve,
    )
    member = TeamMember.objects.filter(team=team, user=found.user).exists()
    if approve and not member:
        enrol(team, actor=actor, user=found.user, role=Role.CONTRIBUTOR)
    tell_decision(team, found.user, approved=approve)
    return found

"""Coming into a team, changing in it, and leaving it: one door for API, admin and pages.

An operator, who works in the admin, needs no role in the team. All else holds for operators too,
above all that a team never loses its last owner.
"""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import InvalidInput, NotThere
from teams.models import Application, Role, Team, TeamMember
from teams.policies import may_add_member, may_change_role, may_remove_member
from teams.services.locks import lock_team, require
from teams.services.requests import give_up_seats
from teams.services.tasks import unassign
from teams.services.telling import tell
from users.models import MailKind, User


@transaction.atomic
def add_member(
    team: Team, *, actor: User, user: User, role: int = Role.CONTRIBUTOR, operator: bool = False
) -> TeamMember:
    """Make somebody a member at once, or join an open team oneself.

    Raises `NotAllowed`, and `InvalidInput` for who is one already.
    """
    team = lock_team(team)
    if not operator:
        require(may_add_member(actor, team, user, role))
    waits = team.applications.filter(user=user, status=Application.Status.PENDING).exists()
    member = enrol(team, actor=actor, user=user, role=role)
    if waits and user.pk != actor.pk:
        tell_decision(team, user, approved=True)
    return member


def enrol(team: Team, *, actor: User, user: User, role: int) -> TeamMember:
    """The membership itself, once somebody may have it. The team must be locked."""
    try:
        with transaction.atomic():
            member = TeamMember.objects.create(team=team, user=user, role=role)
    except IntegrityError as error:
        raise InvalidInput(["User is already a team member"]) from error
    team.invitations.filter(user=user).delete()
    team.applications.filter(user=user, status=Application.Status.PENDING).update(
        status=Application.Status.APPROVED, modified=timezone.now()
    )
    record(ActivityType.MEMBER_JOINED, actor=user, team=team, by=actor.identifier, role=role)
    return member


def tell_decision(team: Team, user: User, *, approved: bool) -> None:
    """What became of somebody's application; it comes from the server, not from who decided."""
    answer = "has been approved. Welcome!" if approved else "has been denied."
    tell(
        [user],
        kind=MailKind.APPLICATION,
        actor=None,
        team=team,
        subject=f"Your application to join the {team.name} team",
        lines=[f"Your application to join the team {team.name} {answer}"],
        at=reverse("team-page", args=[team.slug]),
    )


@transaction.atomic
def change_role(
    member: TeamMember, *, actor: User, role: int, operator: bool = False
) -> TeamMember:
    """Raises `NotAllowed`, and `InvalidInput` when the team would have no owner left."""
    member = _locked(member)
    if not operator:
        require(may_change_role(actor, member, role))
    if role != Role.OWNER:
        _keep_an_owner(member, "Can't demote the last team owner")
    if member.role != role:
        record(
            ActivityType.ROLE_CHANGED,
            actor=actor,
            team=member.team,
            user=member.user.identifier,
            old_role=member.role,
            role=role,
        )
        if role < member.role:
            team = member.team
            team.invitations.filter(inviter=member.user, role__gt=role).delete()
        member.role = role
        member.save(update_fields=["role"])
    return member


@transaction.atomic
def remove_member(member: TeamMember, *, actor: User, operator: bool = False) -> None:
    """Take somebody out of a team.

    An owner is demoted first, or leaves by `leave_team`. Raises `NotAllowed` or `InvalidInput`.
    """
    member = _locked(member)
    if not operator:
        require(may_remove_member(actor, member))
    if member.role == Role.OWNER and not operator:
        raise InvalidInput(["Can't remove team owner"])
    _keep_an_owner(member, "Can't remove the last team owner")
    _take_out(member, actor=actor)


@transaction.atomic
def take_out_of_all(user: User, *, actor: User) -> None:
    """An account is about to go. Raises `InvalidInput` for the last owner of a team."""
    teams = user.memberships.select_related("team", "user").order_by("team")
    for member in teams:
        remove_member(member, actor=actor, operator=True)


@transaction.atomic
def leave_team(team: Team, *, actor: User) -> None:
    """Leave a team oneself; the last owner cannot. Raises `NotThere` for who is no member."""
    member = TeamMember.objects.filter(team=team, user=actor).first()
    if member is None:
        raise NotThere
    member = _locked(member)
    _keep_an_owner(member, "The last owner of a team cannot leave it.")
    _take_out(member, actor=actor)


def _locked(member: TeamMember) -> TeamMember:
    lock_team(member.team)
    found = TeamMember.objects.select_related("team", "user").filter(pk=member.pk).first()
    if found is None:
        raise NotThere
    return found


def _keep_an_owner(member: TeamMember, otherwise: str) -> None:
    if member.role == Role.OWNER:
        owners = TeamMember.objects.filter(team=member.team_id, role=Role.OWNER)
        if not owners.exclude(pk=member.pk).exists():
            raise InvalidInput([otherwise])


def _take_out(member: TeamMember, *, actor: User) -> None:
    """All that goes with a membership."""
    team, user = member.team, member.user
    left = user.pk == actor.pk
    status = Application.Status
    team.applications.filter(user=user, status=status.APPROVED).update(
        status=status.MEMBER_LEFT if left else status.MEMBER_REMOVED, modified=timezone.now()
    )
    unassign(team, user)
    give_up_seats(team, user, actor=actor)
    # Nobody comes in on the word of somebody who is gone.
    team.invitations.filter(inviter=user).delete()
    member.delete()
    record(ActivityType.MEMBER_LEFT, actor=user, team=team, by=actor.identifier)

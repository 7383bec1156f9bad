"""Asking people to come into a team, and their answers."""

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.errors import InvalidInput, NotThere
from amara_api.ids import USER_ID_PREFIX
from teams.models import Invitation, Role, Team, TeamMember
from teams.policies import may_change_team, may_invite
from teams.services.locks import lock_team, require
from teams.services.members import enrol
from users.lookups import find_user
from users.messages import send_message
from users.models import MailKind, User
from users.services import create_user


@transaction.atomic
def invite(
    team: Team, *, actor: User, user: User, role: int = Role.CONTRIBUTOR, note: str = ""
) -> Invitation:
    """Ask somebody to become a member: a message in the inbox, and a mail.

    Asked again, the newer role counts. Raises `NotAllowed`, and `InvalidInput` for a member.
    """
    team = lock_team(team)
    require(may_invite(actor, team, role))
    if TeamMember.objects.filter(team=team, user=user).exists():
        raise InvalidInput(["User is already a team member"])
    invitation, _ = Invitation.objects.update_or_create(
        team=team, user=user, defaults={"role": role, "inviter": actor, "note": note}
    )
    record(ActivityType.MEMBER_INVITED, actor=actor, team=team, user=user.identifier, role=role)
    _tell(invitation)
    return invitation


@transaction.atomic
def invite_by_name(
    team: Team,
    *,
    actor: User,
    username: str,
    email: str = "",
    role: int = Role.CONTRIBUTOR,
    note: str = "",
) -> Invitation:
    """Invite the person of that name or `id$ID`; a name nobody has is made an account.

    The documentation of 2016, Safe Members Resource. The address of a name that is taken is not
    looked at: it can neither find nor take over an account.
    """
    team = lock_team(team)
    require(may_invite(actor, team, role))
    try:
        user = find_user(username)
    except NotThere:
        user = _new_account(team, actor, username, email)
    return invite(team, actor=actor, user=user, role=role, note=note)


def _new_account(team: Team, actor: User, username: str, email: str) -> User:
    if username.startswith(USER_ID_PREFIX):
        raise InvalidInput.field("user", "Invalid User")
    # Accounts are not for every member of an open-handed team to make.
    require(may_change_team(actor, team))
    if not email:
        raise InvalidInput.general("Email required to create user")
    user, _ = create_user(actor=actor, username=username, email=email)
    return user


@transaction.atomic
def accept(invitation: Invitation, *, actor: User) -> TeamMember:
    """Become a member with the role that was offered. Only the invited person can."""
    team = lock_team(invitation.team)
    invitation = _own(invitation, actor)
    return enrol(team, actor=invitation.inviter or actor, user=actor, role=invitation.role)


@transaction.atomic
def decline(invitation: Invitation, *, actor: User) -> None:
    invitation = _own(invitation, actor)
    invitation.delete()
    record(ActivityType.INVITATION_DECLINED, actor=actor, team=invitation.team)


def _own(invitation: Invitation, actor: User) -> Invitation:
    found = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related(
        "team", "inviter"
    )
    own = found.filter(pk=invitation.pk, user=actor).first()
    if own is None:
        raise NotThere
    return own


def _tell(invitation: Invitation) -> None:
    team, inviter = invitation.team, invitation.inviter
    name = inviter.username if inviter else "Somebody"
    lines = [f"{name} invites you to the team {team.name} as {invitation.get_role_display()}."]
    if invitation.note:
        lines.append(invitation.note)
    lines.append("You can accept or decline in your inbox.")
    send_message(
        [invitation.user],
        kind=MailKind.INVITATION,
        sender=inviter,
        team=team,
        subject=f"You've been invited to team {team.name} on Amara",
        content="\n\n".join(lines),
    )

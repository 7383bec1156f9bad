"""Asking people to come into a team, and their answers."""

import string
from collections.abc import Sequence
from email.utils import parseaddr
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import site
from amara_api.kernel.errors import DomainError, InvalidInput, NotThere, TooMany, sentences
from amara_api.kernel.ids import USER_ID_PREFIX
from amara_api.kernel.limits import guarded
from amara_api.kernel.standing import another_transaction
from teams.models import Invitation, Role, Team, TeamMember
from teams.policies import may_change_team, may_invite, may_withdraw
from teams.services.locks import lock_team, require
from teams.services.members import enrol
from teams.services.telling import tell
from users.logins import accounts_at
from users.lookups import find_user
from users.models import MailKind, User
from users.services import UNIQUE_BASE_LENGTH, create_user

MOST_LINES = 200
# Of an address, what a user name may be made of.
_NAMED_BY = string.ascii_letters + string.digits + "_-.+"


@transaction.atomic
def invite(
    team: Team, *, actor: User, user: User, role: int = Role.CONTRIBUTOR, note: str = ""
) -> Invitation:
    """Ask somebody to become a member: a message in the inbox, and a mail.

    Asked again, the newer role counts. Raises `NotAllowed`, and `InvalidInput` for a member.
    """
    team = lock_team(team)
    require(may_invite(actor, team, role))
    guarded.count("invitations", actor.pk)
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
    user, _ = create_user(actor=actor, username=username, email=email, invited=True)
    return user


class Invited(NamedTuple):
    """What became of one line of a list of people: whom it invited, or why it did not."""

    line: str
    user: User | None
    said: str


def invite_many(
    team: Team, lines: Sequence[str], *, actor: User, role: int = Role.CONTRIBUTOR, note: str = ""
) -> list[Invited]:
    """Invite everybody of a list, line by line: each is tried, and none undoes another.

    A line is a user name, an e-mail address, or a name and an address; `docs/adr/0035`. Who is
    invited with the same words already hears nothing twice. Raises `NotAllowed` for whoever may
    invite nobody, and `InvalidInput` for a list that is too long.
    """
    require(may_invite(actor, team, role))
    if len(lines) > MOST_LINES:
        raise InvalidInput([f"These are {len(lines)} lines. At most {MOST_LINES} at once."])
    outcomes: list[Invited] = []
    too_many: TooMany | None = None
    for line in lines:
        if too_many is not None:
            outcomes.append(Invited(line, None, f"Not tried. {too_many}"))
            continue
        another_transaction()
        try:
            outcomes.append(_invite_line(team, line, actor=actor, role=role, note=note))
        except TooMany as error:
            too_many = error
            outcomes.append(Invited(line, None, str(error)))
        except DomainError as error:
            outcomes.append(Invited(line, None, " ".join(sentences(error))))
            try:
                # It tells whether there is such an account.
                guarded.count("invitations", actor.pk)
            except TooMany as limit:
                too_many = limit
    return outcomes


@transaction.atomic
def _invite_line(team: Team, line: str, *, actor: User, role: int, note: str) -> Invited:
    team = lock_team(team)
    require(may_invite(actor, team, role))
    name, address = _parts_of(line)
    user = _known(team, name, address)
    if user is not None:
        same = team.invitations.filter(user=user, role=role, note=note)
        if same.exists():
            return Invited(line, user, f"{user.username} is invited already.")
        invitation = invite(team, actor=actor, user=user, role=role, note=note)
        return Invited(line, invitation.user, f"{user.username} is invited.")
    if not address:
        raise InvalidInput(
            ["Nobody has this user name. Write an address too, and an account is made."]
        )
    user = _new_account(team, actor, name, address) if name else _named_after(team, actor, address)
    invite(team, actor=actor, user=user, role=role, note=note)
    return Invited(line, user, f"{user.username} is invited, with a new account.")


def _parts_of(line: str) -> tuple[str, str]:
    """The user name and the address of a line; "" for what is not in it. A name around an address
    in angle brackets, as mail programs write it, is not a user name."""
    if "<" in line or '"' in line:
        words = [parseaddr(line)[1]]
    else:
        words = line.replace(",", " ").replace(";", " ").split()
    addresses = [word for word in words if "@" in word]
    names = [word for word in words if "@" not in word]
    if len(addresses) == 1 and "<" not in line and not names and _has_account(addresses[0]):
        return addresses[0], ""
    if len(addresses) > 1 or len(names) > 1 or not (names or addresses):
        raise InvalidInput(["Write a user name, an address, or both: one person a line."])
    address = addresses[0] if addresses else ""
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise InvalidInput([f"This is no e-mail address: {address}"]) from error
    return (names[0] if names else ""), address


def _has_account(name: str) -> bool:
    """User names may look like addresses."""
    return User.objects.filter(username=name).exists()


def _known(team: Team, name: str, address: str) -> User | None:
    """Whom the line means, if there is an account. Beside a name an address finds nobody."""
    if name:
        try:
            return find_user(name)
        except NotThere:
            return None
    found = list(accounts_at(address)[:2])
    if len(found) > 1:
        raise InvalidInput(["Several accounts have this address. Write the user name."])
    if found:
        return found[0]
    # Invited by this address before, and not come yet: else a second account would be made. Whoever
    # has come may have written any address into their account.
    waiting = team.invitations.filter(user__email__iexact=address, user__last_login=None)
    waiting = waiting.filter(user__is_independent=False).select_related("user").order_by("pk")
    invitation = waiting.first()
    return invitation.user if invitation else None


def _named_after(team: Team, actor: User, address: str) -> User:
    """An account for an address alone, named by what stands before the @."""
    require(may_change_team(actor, team))
    local = "".join(sign for sign in address.partition("@")[0] if sign in _NAMED_BY)
    base = local.strip(".")[:UNIQUE_BASE_LENGTH] or "person"
    user, _ = create_user(actor=actor, username=base, email=address, invited=True, find_unique=True)
    return user


@transaction.atomic
def withdraw(invitation: Invitation, *, actor: User) -> None:
    """Take an invitation back that nobody has answered. Raises `NotAllowed`."""
    team = lock_team(invitation.team)
    found = Invitation.objects.select_related("user", "team").filter(pk=invitation.pk).first()
    if found is None:
        raise NotThere
    require(may_withdraw(actor, found))
    found.delete()
    record(ActivityType.INVITATION_DECLINED, actor=actor, team=team, user=found.user.identifier)


@transaction.atomic
def accept(invitation: Invitation, *, actor: User) -> TeamMember:
    """Become a member with the role that was offered. Only the invited person can.

    Raises `InvalidInput` where whoever offered it could not do so any more.
    """
    team = lock_team(invitation.team)
    invitation = _own(invitation, actor)
    inviter = invitation.inviter
    if inviter is None or not (inviter.is_active and may_invite(inviter, team, invitation.role)):
        raise InvalidInput(["Whoever made this invitation can no longer offer it."])
    return enrol(team, actor=inviter, user=actor, role=invitation.role)


@transaction.atomic
def decline(invitation: Invitation, *, actor: User) -> None:
    """Not become a member. Only the invited person can."""
    # Whoever takes it back, or accepts it, holds the team too: one answer counts.
    team = lock_team(invitation.team)
    _own(invitation, actor).delete()
    record(ActivityType.INVITATION_DECLINED, actor=actor, team=team)


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
    # It is what lets somebody see the team.
    tell(
        [invitation.user],
        kind=MailKind.INVITATION,
        actor=inviter,
        team=team,
        subject=f"You've been invited to team {team.name} on {site.name()}",
        lines=lines,
        names_team=False,
        at=reverse("inbox"),
    )

"""Who may see and run a team: its settings, people, projects and languages.

Arguments are always the user first, the team second. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Value

from amara_api.kernel import reading
from amara_api.kernel.compiled import PlannedQuery
from amara_api.kernel.decisions import ALLOWED, Decision, allowed_if, denied
from amara_api.kernel.shapes import Data
from teams.models import (
    DEFAULT_PROJECT,
    Invitation,
    Project,
    Role,
    Team,
    TeamMember,
    Visibility,
)
from teams.policies.roles import (
    Caller,
    Memberships,
    belongs_to_partner,
    is_partner_admin,
    know_role,
    known_role,
    memberships_of,
    partners_administered_by,
    role_in,
    their_role,
)
from users.models import User

_TEAM_COLUMNS = [field.attname for field in Team._meta.concrete_fields]
Policy = Team.MembershipPolicy

# From which role on the answer to "may I come in?" is somebody's to give.
_DOORKEEPERS = {
    Policy.OPEN: Role.CONTRIBUTOR,
    Policy.INVITATION_BY_ANY: Role.CONTRIBUTOR,
    Policy.INVITATION_BY_MANAGER: Role.MANAGER,
    Policy.INVITATION_BY_ADMIN: Role.ADMIN,
    Policy.APPLICATION: Role.ADMIN,
}
_INVITING = {Policy.INVITATION_BY_ANY, Policy.INVITATION_BY_MANAGER}
_NO_ROW: tuple[Data, ...] = (None, None)
# No row has this id, and none is None: nobody is its member or partner.
_UNKNOWN: dict[str, Data] = {"id": 0, "team_visibility": Visibility.PRIVATE, "partner_id": None}
_ONLY_ADMINS = "Only admins and owners of the team may do this."
_ONLY_MEMBERS = "Only members of the team may see this."


# --- seeing --------------------------------------------------------------------------------------


def may_view_team(user: Caller, team: Team) -> Decision:
    """A private team is its members' secret, and that of admins of its partner's other teams."""
    return allowed_if(
        team.team_visibility != Visibility.PRIVATE or _belongs(user, team), "This team is hidden."
    )


class TeamRow(NamedTuple):
    """A team that others are told of, or not, without a model instance."""

    pk: int
    slug: str
    team_visibility: int
    partner_id: int | None


def viewing_teams(user: Caller) -> Callable[[Team | TeamRow], bool]:
    """`may_view_team` for many teams, asked at once, when the first one comes of which it is not
    known."""
    own = cache(lambda: memberships_of(user))

    def views(team: Team | TeamRow) -> bool:
        if team.team_visibility != Visibility.PRIVATE:
            return True
        role = known_role(user, team.pk)
        belongs = team.pk in own().roles if role is None else role > 0
        return belongs or (team.partner_id is not None and team.partner_id in own().partners)

    return views


def may_list_team(user: Caller, team: Team) -> Decision:
    """An unlisted team is in the lists of those who belong to it."""
    if team.team_visibility == Visibility.UNLISTED:
        return allowed_if(_belongs(user, team), "This team is not listed.")
    return may_view_team(user, team)


def listed_teams(user: Caller) -> QuerySet[Team]:
    """The teams that `may_list_team` allows."""
    own = memberships_of(user)
    return Team.objects.filter(
        Q(team_visibility=Visibility.PUBLIC)
        | Q(pk__in=sorted(own.roles))
        | Q(partner__in=sorted(own.partners))
    )


@PlannedQuery
def _team_row(*, slug: str, user: int, project: str = "") -> QuerySet[Team, tuple[Data, ...]]:
    named = Subquery(_named(OuterRef("pk"), project)) if project else Value(None, IntegerField())
    columns = (*_TEAM_COLUMNS, named, their_role(user, "pk"))
    return Team.objects.filter(slug=slug).values_list(*columns)


def find_team(user: Caller, slug: str, *, project: str = "") -> Team | None:
    """The team that ``slug`` names if ``user`` may see it. ``project`` is what `project_in` will
    be asked.

    What is unknown is asked for as what is hidden, and only what is found becomes a `Team`: the
    time it takes does not tell which it was.
    """
    among = {"project": _stored(project)} if project else {}
    rows = _team_row(slug=slug, user=user.pk or 0, **among)
    *columns, named, role = rows[0] if rows else _NO_ROW
    row: dict[str, Data] = dict(zip(_TEAM_COLUMNS, columns, strict=True)) if rows else _UNKNOWN
    know_role(user, row["id"], role)
    seen = (
        row["team_visibility"] != Visibility.PRIVATE
        or role is not None
        or row["partner_id"] in partners_administered_by(user)
    )
    if not rows or not seen:
        return None
    if project:
        reading.know(("project", row["id"], _stored(project)), named or 0)
    return Team.from_db("default", _TEAM_COLUMNS, columns)


def project_in(team: Team, asked: str) -> int | None:
    """The key of the project with this slug, or of the default one for `null`; None if there is
    none."""
    slug = _stored(asked)

    def ask() -> int:
        return _named(team.pk, slug).first() or 0

    return reading.once(("project", team.pk, slug), ask) or None


def _stored(asked: str) -> str:
    return DEFAULT_PROJECT if asked == "null" else asked


def _named(team: int | OuterRef, slug: str) -> QuerySet[Project, int]:
    return Project.objects.filter(team=team, slug=slug).values_list("pk", flat=True)


def key_of_team(user: Caller, slug: str) -> int | None:
    """That of the team that ``slug`` names if ``user`` may see it. A member's is known from their
    memberships."""
    own = memberships_of(user).teams.get(slug)
    if own is not None:
        return own
    team = find_team(user, slug)
    return team.pk if team else None


def may_view_members(user: Caller, team: Team) -> Decision:
    """Members, projects, languages and tasks are for members, and for a partner's admins."""
    return allowed_if(_belongs(user, team), _ONLY_MEMBERS)


@dataclass(frozen=True)
class Inside:
    """`may_view_members` and `may_decide_applications` for many teams, asked at once."""

    own: Memberships

    @classmethod
    def of(cls, user: Caller) -> Inside:
        return cls(memberships_of(user))

    def views_members(self, team: Team) -> bool:
        return team.pk in self.own.roles or team.partner_id in self.own.partners

    def decides_applications(self, team: Team) -> bool:
        return self.own.roles.get(team.pk, 0) >= _DOORKEEPERS[Policy(team.membership_policy)]


def may_view_notifications(user: Caller, team: Team) -> Decision:
    """Members, and superusers, who see after the callbacks of others."""
    return allowed_if(user.is_superuser or _belongs(user, team), _ONLY_MEMBERS)


def _belongs(user: Caller, team: Team) -> bool:
    return role_in(user, team.pk) > 0 or is_partner_admin(user, team.partner_id)


# --- the team itself -----------------------------------------------------------------------------


def may_create_team(user: User, target: object = None) -> Decision:
    """The documentation of 2012, Teams: whoever was granted it."""
    return allowed_if(
        user.is_partner or user.has_perm("teams.add_team"),
        "Only partners, and those who were granted it, may create teams.",
    )


def may_change_team(user: Caller, team: Team) -> Decision:
    """Settings, projects, languages, and messages to everybody."""
    return allowed_if(role_in(user, team.pk) >= Role.ADMIN, _ONLY_ADMINS)


def may_delete_team(user: Caller, team: Team) -> Decision:
    """The documentation of 2012, Team Resource; its owners alone."""
    return allowed_if(
        role_in(user, team.pk) >= Role.OWNER, "Only owners of the team may delete it."
    )


# --- people --------------------------------------------------------------------------------------


def may_join(user: User, team: Team, role: int = Role.CONTRIBUTOR) -> Decision:
    """Anybody may come into an open team, as a contributor."""
    return allowed_if(
        team.membership_policy == Policy.OPEN and role == Role.CONTRIBUTOR,
        "People come into this team by invitation or application.",
    )


def may_apply(user: User, team: Team) -> Decision:
    return allowed_if(
        team.membership_policy == Policy.APPLICATION, "This team takes no applications."
    )


def may_add_member(user: User, team: Team, other: User, role: int) -> Decision:
    """Yourself by `may_join`; others by admins, owners alone by owners.

    The documentation of 2012, Team Member Resource: admins of any team of a partner move the
    people of that partner's teams among these.
    """
    if other.pk == user.pk and not role_in(user, team.pk):
        return may_join(user, team, role)
    mine = role_in(user, team.pk)
    if role == Role.OWNER:
        return allowed_if(mine == Role.OWNER, "Only owners may make owners.")
    if mine >= Role.ADMIN or (
        is_partner_admin(user, team.partner_id) and belongs_to_partner(other, team.partner_id)
    ):
        return ALLOWED
    return denied(_ONLY_ADMINS)


def may_invite(user: User, team: Team, role: int) -> Decision:
    """Like adding, and where the team invites by more people, those may invite contributors."""
    mine = role_in(user, team.pk)
    if role == Role.OWNER:
        return allowed_if(mine == Role.OWNER, "Only owners may make owners.")
    if mine >= Role.ADMIN:
        return ALLOWED
    return allowed_if(
        role == Role.CONTRIBUTOR
        and team.membership_policy in _INVITING
        and mine >= _DOORKEEPERS[Policy(team.membership_policy)],
        _ONLY_ADMINS,
    )


def may_withdraw(user: User, invitation: Invitation) -> Decision:
    """Take an invitation back: who made it, and whoever may make one like it."""
    if invitation.inviter_id == user.pk:
        return ALLOWED
    return may_invite(user, invitation.team, invitation.role)


def may_change_role(user: Caller, member: TeamMember, role: int) -> Decision:
    """Owners set anybody's role, admins that of managers and contributors; nobody makes owners."""
    mine = role_in(user, member.team_id)
    if role == Role.OWNER:
        return denied("Nobody can be made an owner.")
    if mine == Role.OWNER:
        return ALLOWED
    return allowed_if(
        mine == Role.ADMIN and role < Role.ADMIN and member.role < Role.ADMIN, _ONLY_ADMINS
    )


def may_remove_member(user: Caller, member: TeamMember) -> Decision:
    """Yourself, admins and owners; of a partner's team also the admins of its other teams."""
    if member.user_id == user.pk:
        return ALLOWED
    team = member.team
    return allowed_if(
        role_in(user, team.pk) >= Role.ADMIN or is_partner_admin(user, team.partner_id),
        _ONLY_ADMINS,
    )


def may_decide_applications(user: Caller, team: Team) -> Decision:
    """The membership policy says who lets people in."""
    return allowed_if(
        role_in(user, team.pk) >= _DOORKEEPERS[Policy(team.membership_policy)],
        "The team's membership policy leaves this to others.",
    )


# --- messages ------------------------------------------------------------------------------------


def may_message_team(user: Caller, team: Team) -> Decision:
    return allowed_if(role_in(user, team.pk) >= Role.ADMIN, _ONLY_ADMINS)

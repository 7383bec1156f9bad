"""What a person is in a team, asked with queries that are compiled once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Subquery

from amara_api.kernel import reading
from amara_api.kernel.compiled import PlannedQuery
from teams.models import Role, TeamMember
from users.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

Caller = User | AnonymousUser


class Memberships(NamedTuple):
    """What somebody is in all their teams."""

    roles: dict[int, int]  # by the team's key
    teams: dict[str, int]  # the teams' keys by their slugs
    partners: frozenset[int]  # keys of the partners of whose teams they are an admin or owner


@PlannedQuery
def _role(*, team: int, user: int) -> QuerySet[TeamMember, tuple[int]]:
    return TeamMember.objects.filter(team=team, user=user).values_list("role")


def role_in(user: Caller, team_id: int | None) -> int:
    """The user's role in a team; 0 for an outsider."""
    if team_id is None or not user.is_authenticated:
        return 0
    role = known_role(user, team_id)
    if role is None:
        rows = _role(team=team_id, user=user.pk)
        role = rows[0][0] if rows else 0
        know_role(user, team_id, role)
    return role


def known_role(user: Caller, team_id: int) -> int | None:
    """What `role_in` would say without asking; None where it is not known."""
    everywhere = reading.known(("memberships", user.pk))
    if isinstance(everywhere, Memberships):
        return everywhere.roles.get(team_id, 0)
    return cast("int | None", reading.known(("role", user.pk, team_id)))


def their_role(user: int, team: str) -> Combinable:
    """A column that says what somebody is in the team to which the path ``team`` leads; null for
    an outsider. `know_role` is told what it says."""
    return Subquery(TeamMember.objects.filter(team=OuterRef(team), user=user).values("role"))


def know_role(user: Caller, team_id: int | None, role: int | None) -> None:
    """Nobody needs to ask `role_in` any more: `their_role` has said it."""
    reading.know(("role", user.pk, team_id), role or 0)


@PlannedQuery
def _memberships(*, user: int) -> QuerySet[TeamMember, tuple[int, str, int, int | None]]:
    columns = ("team_id", "team__slug", "role", "team__partner_id")
    return TeamMember.objects.filter(user=user).values_list(*columns)


def memberships_of(user: Caller) -> Memberships:
    """Empty for anonymous callers."""
    if not user.is_authenticated:
        return Memberships({}, {}, frozenset())

    def ask() -> Memberships:
        found = _memberships(user=user.pk)
        leading = (partner for *_, role, partner in found if role >= Role.ADMIN)
        return Memberships(
            {team: role for team, _, role, _ in found},
            {slug: team for team, slug, *_ in found},
            frozenset(partner for partner in leading if partner is not None),
        )

    return reading.once(("memberships", user.pk), ask)


def team_ids_of(user: Caller) -> list[int]:
    """Ids of the teams that ``user`` is a member of; none for anonymous callers."""
    return list(memberships_of(user).roles)


def own_among(user: Caller, teams: Iterable[int | None]) -> frozenset[int]:
    """Those of ``teams`` that ``user`` is a member of. Nothing is asked where that is known."""
    named = {team for team in teams if team is not None}
    known = {team: known_role(user, team) for team in named}
    roles = memberships_of(user).roles if None in known.values() else known
    return frozenset(team for team in named if roles.get(team))


def partners_administered_by(user: Caller) -> frozenset[int]:
    """Ids of the partner accounts of whose teams ``user`` is an admin or owner somewhere."""
    return memberships_of(user).partners


def is_partner_admin(user: Caller, partner_id: int | None) -> bool:
    """The documentation of 2012, Team Member Resource: an admin of any team of a partner."""
    return partner_id is not None and partner_id in partners_administered_by(user)


def belongs_to_partner(user: User, partner_id: int | None) -> bool:
    """Whether somebody is a member of any team of a partner."""
    return (
        partner_id is not None
        and TeamMember.objects.filter(user=user, team__partner=partner_id).exists()
    )

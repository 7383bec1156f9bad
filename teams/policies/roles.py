"""What a person is in a team, asked with queries that are compiled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from amara_api.kernel.compiled import PlannedQuery
from teams.models import Role, TeamMember
from users.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

Caller = User | AnonymousUser


@PlannedQuery
def _role(*, team: int, user: int) -> QuerySet[TeamMember, tuple[int]]:
    return TeamMember.objects.filter(team=team, user=user).values_list("role")


def role_in(user: Caller, team_id: int | None) -> int:
    """The user's role in a team; 0 for an outsider."""
    if team_id is None or not user.is_authenticated:
        return 0
    rows = _role(team=team_id, user=user.pk)
    return rows[0][0] if rows else 0


@PlannedQuery
def _team_ids(*, user: int) -> QuerySet[TeamMember, tuple[int]]:
    return TeamMember.objects.filter(user=user).values_list("team_id")


def team_ids_of(user: Caller) -> list[int]:
    """Ids of the teams that ``user`` is a member of; none for anonymous callers."""
    return [team for (team,) in _team_ids(user=user.pk)] if user.is_authenticated else []


@PlannedQuery
def _partners(*, user: int) -> QuerySet[TeamMember, tuple[int | None]]:
    administered = TeamMember.objects.filter(
        user=user, role__gte=Role.ADMIN, team__partner__isnull=False
    )
    return administered.order_by("team__partner_id").values_list("team__partner_id").distinct()


@PlannedQuery
def _memberships(*, user: int) -> QuerySet[TeamMember, tuple[int, int, int | None]]:
    return TeamMember.objects.filter(user=user).values_list("team_id", "role", "team__partner_id")


def memberships_of(user: Caller) -> list[tuple[int, int, int | None]]:
    """The team, the role there and the team's partner, of each membership; all as keys."""
    return _memberships(user=user.pk) if user.is_authenticated else []


def partners_administered_by(user: Caller) -> list[int]:
    """Ids of the partner accounts of whose teams ``user`` is an admin or owner somewhere."""
    rows = _partners(user=user.pk) if user.is_authenticated else []
    return [partner for (partner,) in rows if partner is not None]


def is_partner_admin(user: Caller, partner_id: int | None) -> bool:
    """The documentation of 2012, Team Member Resource: an admin of any team of a partner."""
    return partner_id is not None and partner_id in partners_administered_by(user)


def belongs_to_partner(user: User, partner_id: int | None) -> bool:
    """Whether somebody is a member of any team of a partner."""
    return (
        partner_id is not None
        and TeamMember.objects.filter(user=user, team__partner=partner_id).exists()
    )

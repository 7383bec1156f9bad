"""Finding what an address below a team names, as its caller may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

from amara_api.kernel.errors import NotThere
from teams.long_lists import Listed
from teams.models import Application, TeamMember
from teams.policies import find_team as find_visible
from teams.policies import may_view_members
from users.lookups import find_user

if TYPE_CHECKING:
    from django.db.models import Manager, QuerySet
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from teams.models import Team
    from teams.policies.roles import Caller
    from users.models import User


# Rows before a page from which its ids are found first.
DEEP = 50

# Something that has a team.
Thing = TypeVar("Thing", bound=Model)
Person = TypeVar("Person", TeamMember, Application)


def find_team(request: Request, slug: str, *, project: str = "") -> Team:
    """Raises `NotThere` for what is unknown or hidden from the caller. ``project`` is what
    `project_in` will be asked."""
    team = find_visible(request.user, slug, project=project)
    if team is None:
        raise NotThere
    return team


def may_view_target(user: Caller, target: tuple[Team, object]) -> Decision:
    """The rule of views whose target is a team and one of its things."""
    return may_view_members(user, target[0])


def user_named(identifier: str) -> User | None:
    """The person whom a filter or a body names; None for nobody."""
    try:
        return find_user(identifier)
    except NotThere:
        return None


def below(team: Team, things: Manager[Thing] | QuerySet[Thing], **lookup: object) -> Thing:
    """One of the team's own things. Raises `NotThere`."""
    found = things.filter(team=team, **lookup).first()
    if found is None:
        raise NotThere
    found.team = team
    return found


def page_of_people(listed: Listed[Person], limit: int, offset: int) -> QuerySet[Person]:
    """A page of memberships or applications, with their people."""
    return paged(listed, limit, offset).select_related("user")


def paged(listed: Listed[Thing], limit: int, offset: int) -> QuerySet[Thing]:
    """A page of a list, to which what is printed with its rows may be joined.

    Its ids come first: joined before they are counted off, all the people and videos of a large
    team would be read for a deep page, and for a near one of few rows those of everybody else.
    They are counted off from a place that is near.
    """
    ids, order = listed.found_late, listed.order
    is_late = offset >= DEEP or listed.begins_late
    if is_late and (near := listed.near(limit, offset)):
        ids, offset = listed.found.filter(near.where), offset - near.skipped
    page = ids.order_by(*order).values("pk")[offset : offset + limit]
    return listed.found.model._default_manager.filter(pk__in=page).order_by(*order)

"""Finding what an address below a team names, as its caller may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from django.db.models import Model

from amara_api.kernel.compiled import padded
from amara_api.kernel.errors import NotThere
from teams.models import Application, TeamMember
from teams.policies import find_team as find_visible
from teams.policies import may_view_members
from users.lookups import find_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Manager, QuerySet
    from rest_framework.request import Request

    from amara_api.kernel.decisions import Decision
    from amara_api.kernel.shapes import Data
    from teams.long_lists import Listed
    from teams.models import Team
    from teams.policies.roles import Caller
    from users.models import User


# Something that has a team.
Thing = TypeVar("Thing", bound=Model)
Person = TypeVar("Person", TeamMember, Application)
Columns: TypeAlias = "tuple[Data, ...]"


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


def people_of(listed: Listed[Person]) -> list[Person]:
    """A page of memberships or applications, with their people."""
    model = listed.found.model
    ids = listed.ids()
    found = model._default_manager.select_related("user").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def looked_up(listed: Listed[Thing], rows: Callable[[list[int]], list[Columns]]) -> list[Columns]:
    """A page of a list in its order. ``rows`` finds its rows by ids, with the id in front."""
    ids = listed.ids()
    found = {row[0]: row for row in rows(padded(ids))} if ids else {}
    return [found[pk] for pk in ids if pk in found]

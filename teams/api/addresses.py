"""Finding what an address below a team names, as its caller may see it."""

from typing import Any

from rest_framework.request import Request

from amara_api.errors import NotThere
from teams.models import Team
from teams.policies import find_team as find_visible
from teams.policies import may_view_members
from users.lookups import find_user
from users.models import User
from videos.queries import DEEP


def find_team(request: Request, slug: str) -> Team:
    """Raises `NotThere` for what is unknown or hidden from the caller."""
    team = find_visible(request.user, slug)
    if team is None:
        raise NotThere
    return team


def may_view_target(user: Any, target: tuple[Team, Any]) -> Any:
    """The rule of views whose target is a team and one of its things."""
    return may_view_members(user, target[0])


def user_named(identifier: str) -> User | None:
    """The person whom a filter or a body names; None for nobody."""
    try:
        return find_user(identifier)
    except NotThere:
        return None


def below(team: Team, things: Any, **lookup: Any) -> Any:
    """One of the team's own things. Raises `NotThere`."""
    found = things.filter(team=team, **lookup).first()
    if found is None:
        raise NotThere
    found.team = team
    return found


def page_of_people(found: Any, limit: int, offset: int) -> Any:
    """A page of memberships or applications, oldest first, with their people.

    The ids of a deep one come first: joined before they are counted off, all the people of a large
    team would be read for it.
    """
    found, end = found.order_by("pk"), offset + limit
    if offset < DEEP:
        return found.select_related("user")[offset:end]
    ids = found.values("pk")[offset:end]
    return found.model.objects.filter(pk__in=ids).select_related("user").order_by("pk")

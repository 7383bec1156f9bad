"""Finding what an address below a team names, as its caller may see it."""

from typing import Any

from rest_framework.request import Request

from amara_api.errors import NotThere
from teams.models import Team
from teams.policies import find_team as find_visible
from users.lookups import find_user
from users.models import User


def find_team(request: Request, slug: str) -> Team:
    """Raises `NotThere` for what is unknown or hidden from the caller."""
    team = find_visible(request.user, slug)
    if team is None:
        raise NotThere
    return team


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

"""Teams are locked first, then videos, then languages, and last what `activity.outbox` counts with.

All are locked with `no_key`: a commit looks whether the rows that it points to are there, and would
otherwise wait for whoever holds them, who may be waiting for the outbox that this commit lets go.
"""

from amara_api.kernel.decisions import Decision
from amara_api.kernel.errors import InvalidInput, NotAllowed, NotThere
from amara_api.kernel.standing import ask_caller
from teams.models import Team
from teams.policies.work import may_work_in


def lock_team(team: Team) -> Team:
    """The team as it is now, held until the transaction ends."""
    try:
        locked = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    except Team.DoesNotExist as error:
        raise NotThere from error
    ask_caller()
    return locked


def lock_teams(*teams: Team | None) -> None:
    """Several at once, always in the same order, so that nobody waits for somebody who waits."""
    keys = sorted({team.pk for team in teams if team is not None})
    locked = Team.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    if len(list(locked)) < len(keys):
        raise NotThere
    ask_caller()


def require(decision: Decision) -> None:
    """A rule asked again under the lock: a role may have changed since the request came in."""
    if not decision:
        raise NotAllowed(decision.reason)


def require_language(team: Team, language_code: str) -> None:
    """Raises `InvalidInput` for a language in which nothing is done for the team."""
    if not (decision := may_work_in(team.pk, language_code)):
        raise InvalidInput.field("language", decision.reason)

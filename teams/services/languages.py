"""The languages that a team prefers, and those in which nothing is done for it."""

from collections.abc import Sequence

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from teams.models import Team, TeamLanguage
from teams.policies import may_change_team
from teams.services.locks import lock_team, require
from users.models import User

Kind = TeamLanguage.Kind


@transaction.atomic
def set_languages(
    team: Team, *, actor: User, kind: int, codes: Sequence[str], operator: bool = False
) -> list[str]:
    """Replace one of the two lists; a code in it is taken out of the other."""
    team = lock_team(team)
    if not operator:
        require(may_change_team(actor, team))
    wanted = sorted(set(codes))
    team.languages.filter(kind=kind).exclude(language_code__in=wanted).delete()
    for code in wanted:
        TeamLanguage.objects.update_or_create(
            team=team, language_code=code, defaults={"kind": kind}
        )
    which = Kind(kind).label
    record(ActivityType.TEAM_CHANGED, actor=actor, team=team, fields=[f"languages {which}"])
    return wanted


def languages_of(team: Team, kind: int) -> list[str]:
    """The codes of one list, sorted."""
    codes = team.languages.filter(kind=kind).order_by("language_code")
    return list(codes.values_list("language_code", flat=True))

"""Messages to a person, and to everybody in a team."""

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.limits import guarded
from teams.models import Team
from teams.policies import may_message_team
from teams.services.locks import lock_team, require
from teams.services.telling import tell
from users.models import MailKind, User


@transaction.atomic
def message_user(user: User, *, actor: User, subject: str, content: str) -> int:
    """A message to one person; one to oneself is silently none."""
    guarded.count("messages", actor.pk)
    kind = MailKind.MESSAGE
    sent = tell([user], kind=kind, actor=actor, team=None, subject=subject, lines=[content])
    record(ActivityType.MESSAGE_SENT, actor=actor, user=user.identifier)
    return sent


@transaction.atomic
def message_team(team: Team, *, actor: User, subject: str, content: str) -> int:
    """One message to each member but the sender; how many that were. Raises `NotAllowed`."""
    team = lock_team(team)
    require(may_message_team(actor, team))
    guarded.count("messages", actor.pk)
    sent = tell(
        User.objects.filter(memberships__team=team).only("pk"),
        kind=MailKind.MESSAGE,
        actor=actor,
        team=team,
        subject=subject,
        lines=[content],
    )
    record(ActivityType.MESSAGE_SENT, actor=actor, team=team)
    return sent

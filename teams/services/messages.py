"""Messages to a person, and to everybody in a team."""

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from teams.models import Team
from teams.policies import may_message_team
from teams.services.locks import require
from users.messages import send_message
from users.models import MailKind, User


@transaction.atomic
def message_user(user: User, *, actor: User, subject: str, content: str) -> int:
    """A message to one person; one to oneself is silently none."""
    kind = MailKind.MESSAGE
    sent = send_message([user], kind=kind, sender=actor, subject=subject, content=content)
    record(ActivityType.MESSAGE_SENT, actor=actor, user=user.identifier)
    return sent


@transaction.atomic
def message_team(team: Team, *, actor: User, subject: str, content: str) -> int:
    """One message to each member but the sender; how many that were."""
    require(may_message_team(actor, team))
    people = User.objects.filter(memberships__team=team, is_active=True).exclude(pk=actor.pk)
    sent = send_message(
        people.order_by("pk"),
        kind=MailKind.MESSAGE,
        sender=actor,
        team=team,
        subject=subject,
        content=content,
    )
    record(ActivityType.MESSAGE_SENT, actor=actor, team=team)
    return sent

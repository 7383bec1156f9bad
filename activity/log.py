"""`record` is the only writer of the record. Services call it inside their transaction."""

from typing import Any

from activity.models import ActivityRecord
from activity.types import ActivityType


def record(
    type: ActivityType,
    *,
    actor: Any,
    video: Any = None,
    team: Any = None,
    language_code: str = "",
    **data: Any,
) -> ActivityRecord:
    """Write down that ``actor`` (a user, or None for the server itself) did something.

    A video's record is its team's too, unless ``team`` names one. ``data`` must hold nothing
    secret: the record is read by people.
    """
    return ActivityRecord.objects.create(
        type=type,
        actor=actor,
        video=video,
        team_id=team.pk if team else video.team_id if video else None,
        language_code=language_code,
        data=data,
    )

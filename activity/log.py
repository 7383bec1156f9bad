"""`record` is the only writer of the record. Services call it inside their transaction."""

from typing import Any

from django.db.models import Q

from activity.models import ActivityRecord
from activity.models.records import ORIGINAL
from activity.outbox import announce
from activity.types import MOVES, TEAM_PRIVATE, ActivityType


def record(
    type: ActivityType,
    *,
    actor: Any,
    video: Any = None,
    team: Any = None,
    language_code: str = "",
    version: Any = None,
    about: Any = None,
    **data: Any,
) -> ActivityRecord:
    """Write down that ``actor`` (a user, or None for the server itself) did something, and tell
    those who asked to be told.

    A video's record is its team's too, unless ``team`` names one. ``about`` is the account that
    changed, where it is one. ``data`` must hold nothing secret: the record is read by people.
    """
    made = ActivityRecord.objects.create(
        type=type,
        actor=actor,
        video=video,
        team_id=team.pk if team else video.team_id if video else None,
        language_code=language_code,
        version_number=version and version.version_number,
        draft=version is not None and not version.is_public,
        data=data,
    )
    announce(made, video=video, about=about)
    return made


def reveal(video: Any, language_code: str | None = None, version_number: int | None = None) -> None:
    """Versions of a video have become public: that they were made is a secret no longer."""
    drafts = ActivityRecord.objects.filter(video=video, draft=True)
    if language_code is not None:
        drafts = drafts.filter(language_code=language_code, version_number=version_number)
    drafts.update(draft=False)


def conceal(team: Any) -> None:
    """A team that kept things to itself goes: what happened in it, to videos that are gone too,
    stays hidden."""
    ActivityRecord.objects.filter(team=team, video=None).update(draft=True)


def hand_over(video: Any, team: Any) -> None:
    """A team that takes a video in sees what happened to it before, each thing once."""
    seen = ActivityRecord.objects.filter(team=team, video=video)
    past = ActivityRecord.objects.filter(ORIGINAL, video=video).exclude(
        Q(type__in=TEAM_PRIVATE | MOVES) | Q(team=team) | Q(pk__in=seen.values("copy_of"))
    )
    copies = list(past.order_by("pk"))
    for each in copies:
        each.copy_of_id, each.pk, each.team = each.pk, None, team
    ActivityRecord.objects.bulk_create(copies, batch_size=500)

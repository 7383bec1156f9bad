"""`record` is the only writer of the record. Services call it inside their transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from activity.models import ActivityRecord
from activity.models.records import ORIGINAL
from activity.outbox import announce
from activity.types import MOVES, TEAM_PRIVATE, ActivityType
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import ask_caller

if TYPE_CHECKING:
    from subtitles.models import SubtitleVersion
    from teams.models import Team
    from users.models import User
    from videos.models import Video


def record(
    type: ActivityType,
    *,
    actor: User | None,
    video: Video | None = None,
    team: Team | None = None,
    language_code: str = "",
    version: SubtitleVersion | None = None,
    about: User | None = None,
    **data: Data,
) -> ActivityRecord:
    """Write down that ``actor`` (a user, or None for the server itself) did something, and tell
    those who asked to be told.

    A video's record is its team's too, unless ``team`` names one. ``about`` is the account that
    changed, where it is one. ``data`` must hold nothing secret: the record is read by people.

    Drafts, and the notes that a team's people write about their work, are for those who see drafts.
    """
    ask_caller()
    of_team = team.pk if team else video.team_id if video else None
    noted = type == ActivityType.COMMENT_ADDED and of_team is not None
    made = ActivityRecord.objects.create(
        type=type,
        actor=actor,
        video=video,
        team_id=of_team,
        language_code=language_code,
        version_number=None if version is None else version.version_number,
        draft=noted or (version is not None and not version.is_public),
        data=data,
    )
    announce(made, video=video, about=about)
    return made


def reveal(video: Video, language_code: str, version_number: int) -> None:
    """A version has become public: that it was made is a secret no longer."""
    ActivityRecord.objects.filter(
        video=video, draft=True, language_code=language_code, version_number=version_number
    ).update(draft=False)


def unreveal(video: Video, language_code: str, version_number: int) -> None:
    """A version is a draft again: what is told of it is for those who see drafts."""
    ActivityRecord.objects.filter(
        video=video, draft=False, language_code=language_code, version_number=version_number
    ).update(draft=True)


def forget_versions(video: Video, language_code: str) -> None:
    """The versions of a language are gone for good, and others may get their numbers: what is on
    record of them names none any more."""
    ActivityRecord.objects.filter(video=video, language_code=language_code).update(
        version_number=None
    )


def move_over(video: Video, into: Video) -> None:
    """What happened to a video happened to the one that it is merged into. `VIDEO_MERGED` has to be
    recorded of that one afterwards: counts of streams are made anew then."""
    ActivityRecord.objects.filter(video=video).update(video=into)


def conceal(team: Team) -> None:
    """A team that kept things to itself goes: what happened in it, to videos that are gone too,
    stays hidden."""
    ActivityRecord.objects.filter(team=team, video=None).update(draft=True)


def hand_over(video: Video, team: Team) -> None:
    """A team that takes a video in sees what happened to it before, each thing once."""
    seen = ActivityRecord.objects.filter(team=team, video=video)
    # Nothing is in a list with a null.
    seen = seen.filter(copy_of__isnull=False)
    # What is a draft still was deleted as one: the team that made it knows, and nobody after it.
    past = ActivityRecord.objects.filter(ORIGINAL, video=video, draft=False).exclude(
        Q(type__in=TEAM_PRIVATE | MOVES) | Q(team=team) | Q(pk__in=seen.values("copy_of"))
    )
    copies = list(past.order_by("pk"))
    for each in copies:
        each.copy_of_id, each.pk, each.team = each.pk, None, team
    ActivityRecord.objects.bulk_create(copies, batch_size=500)

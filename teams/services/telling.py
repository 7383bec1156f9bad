"""Telling people in teams what they must know, each by a message of its kind.

Every message goes through `tell`, and every event for a callback through `may_be_sent`. Both ask
`may_be_told` as it is sent: somebody may have been put out of the team since they had a part in
what it is about, and a video may have gone where the team does not see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from activity.types import Event, OlderEvent
from amara_api.kernel import languages, site
from teams.models import Role, TeamMember
from teams.policies import may_be_told
from users.messages import send_message
from users.models import MailKind, User
from videos.models import Video

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from activity.models import Notification
    from teams.models import Team


# Of those who may take what waits. A team of thousands in which everybody reviews is not written
# to for each of its videos; those who lead it are.
MOST_TOLD = 50


def tell(
    people: Iterable[User | None] | QuerySet[User],
    *,
    kind: MailKind,
    actor: User | None,
    team: Team | None,
    subject: str,
    lines: Iterable[str],
    video: Video | None = None,
    drafts: bool = False,
    names_team: bool = True,
    at: str = "",
) -> int:
    """A message of these paragraphs to each of them once, but not to ``actor``; how many that were.

    ``at`` is the path of the page that the message is about, which ends it as an address.

    Nobody is told twice, nor what they may not see; closed accounts are told nothing. None stands
    for nobody. ``video`` and ``drafts`` say what the paragraphs tell of besides ``team``, and
    ``names_team`` that they name it.
    """
    keys = {person.pk for person in people if person is not None}
    allowed = may_be_told(
        User.objects.filter(pk__in=keys),
        team=team if names_team else None,
        video=video,
        drafts=drafts,
    )
    return send_message(
        allowed.order_by("pk"),
        kind=kind,
        sender=actor,
        team=team,
        subject=subject,
        content="\n\n".join([*lines, *([site.address() + at] if at else [])]),
    )


def may_be_sent(notification: Notification, team: Team) -> bool:
    """Whether a team's address may be told of an event now: if those who run the team may.

    The address is the team's, and not of who entered it. That a video has left is told wherever it
    went. Of a person only what happens while they are a member, and that they are none any more.
    """
    event, data = notification.event, notification.data
    leading = User.objects.filter(memberships__team=team, memberships__role__gte=Role.ADMIN)
    number = data.get("amara_video_id") or data.get("video_id")
    video = None
    if number and event != Event.VIDEO_REMOVED:
        # One that has been deleted since is hidden nowhere.
        video = Video.objects.filter(video_id=number).first()
    if not may_be_told(leading, team=team, video=video, drafts=event in _OF_DRAFTS).exists():
        return False
    if event != Event.MEMBER_PROFILE_CHANGED:
        return True
    return TeamMember.objects.filter(team=team, user__username=data.get("username")).exists()


_OF_DRAFTS = {OlderEvent.SUBS_APPROVED, OlderEvent.SUBS_REJECTED}


def subtitles_of(video: Video, language_code: str) -> str:
    return f"the subtitles of {video} in {languages.name(language_code)} ({language_code})"

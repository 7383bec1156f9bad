"""What callbacks are told of a record, written with the record or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db.models import F

from activity.models import ActivityRecord, Callback, Notification, Outbox
from activity.types import ActivityType as Did
from activity.types import Encoding, Event, OlderEvent
from amara_api.kernel import site
from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from teams.models import Team
    from users.models import User
    from videos.models import Video


# The name of an event, and what it says beside its subject.
Told = tuple[str, dict[str, Data]]
_ACCOUNTS = {Did.USER_CHANGED}


def announce(
    record: ActivityRecord,
    *,
    video: Video | None = None,
    about: User | None = None,
    team: Team | None = None,
) -> None:
    """Write a notification for each address that wants to know of a record.

    ``video`` and ``about`` (an account) are as the record says, before they may be deleted.
    ``team`` is told in place of the record's own.
    """
    callbacks = Callback.objects.filter(is_on=True).select_related("team").order_by("team", "pk")
    told = team.pk if team is not None else record.team_id
    if told is not None:
        callbacks = callbacks.filter(team=told)
    elif record.type in _ACCOUNTS and about is not None:
        callbacks = callbacks.filter(team__members__user=about)
    else:
        return
    for callback in callbacks:
        says = _today if callback.encoding == Encoding.JSON else _older
        for event, extra in says(record, about or record.actor):
            if callback.wants(event):
                write(callback, event, {**_subject(record, callback, video), **extra})


def write(callback: Callback, event: str, data: dict[str, Data]) -> Notification:
    """One notification, with the next number of its team. Must run inside a transaction.

    It is dropped at once if the callback was deleted or switched off since it was looked up: both
    `hold` the outbox, so from the number on it stays as it is.
    """
    outbox = Outbox.objects.filter(team=callback.team)
    if not outbox.update(last_number=F("last_number") + 1):
        Outbox.objects.get_or_create(team=callback.team)
        outbox.update(last_number=F("last_number") + 1)
    number = outbox.values_list("last_number", flat=True).get()
    current = Callback.objects.filter(pk=callback.pk).first()
    return Notification.objects.create(
        team=callback.team,
        callback=current,
        number=number,
        url=callback.url,
        event=event,
        data={"event": event, "number": number, **data},
        **({} if current and current.is_on else Notification.DROPPED),
    )


def hold(*teams: Team | None) -> None:
    """Lock the outboxes of teams (None stands for no team) that one transaction tells in turn: as
    everybody takes them in this order, nobody waits in a circle."""
    keys = [team.pk for team in teams if team is not None]
    list(Outbox.objects.select_for_update(no_key=True).filter(team__in=keys).order_by("team"))


# --- what an event says --------------------------------------------------------------------------


def _subject(record: ActivityRecord, callback: Callback, video: Video | None) -> dict[str, Data]:
    """The members that all events about a video, or about a member, have."""
    team = callback.team.slug
    older = callback.encoding == Encoding.FORM
    if video is None:
        return {"team": team} if older else {"team": team, "primary_team": team}
    project = video.project and video.project.printed_slug
    if older:
        api_url = f"{site.address()}/api/videos/{video.video_id}/"
        return {
            "team": team,
            "project": project,
            "video_id": video.video_id,
            "api_url": api_url,
        }
    youtube = video.urls.filter(type="Y").order_by("-primary", "pk").first()
    return {
        "amara_video_id": video.video_id,
        "youtube_video_id": youtube and youtube.videoid,
        "team": team,
        "project": project,
        "primary_team": team,
    }


def _published(record: ActivityRecord) -> dict[str, Data]:
    return {"language_code": record.language_code, "amara_version": record.version_number}


_TODAY: dict[str, tuple[Event, Callable[[ActivityRecord], dict[str, Data]]]] = {
    Did.VIDEO_ADDED: (Event.VIDEO_ADDED, lambda record: {"old_team": None}),
    Did.VIDEO_MOVED_TO_TEAM: (
        Event.VIDEO_ADDED,
        lambda record: {"old_team": record.data.get("old_team")},
    ),
    Did.VIDEO_MOVED_FROM_TEAM: (
        Event.VIDEO_REMOVED,
        lambda record: {"new_team": record.data.get("new_team")},
    ),
    Did.VIDEO_DELETED: (Event.VIDEO_REMOVED, lambda record: {"new_team": None}),
    Did.VIDEO_URL_EDITED: (
        Event.VIDEO_MADE_PRIMARY,
        lambda record: {"url": record.data["new_url"]},
    ),
    Did.SUBTITLES_PUBLISHED: (Event.SUBTITLES_PUBLISHED, _published),
    Did.SUBTITLES_DELETED: (
        Event.SUBTITLE_UNPUBLISHED,
        lambda record: {"language_code": record.language_code},
    ),
    Did.MEMBER_JOINED: (Event.MEMBER_ADDED, lambda record: {}),
    Did.MEMBER_LEFT: (Event.MEMBER_REMOVED, lambda record: {}),
    Did.USER_CHANGED: (Event.MEMBER_PROFILE_CHANGED, lambda record: {}),
}
_ABOUT_PEOPLE = {Event.MEMBER_ADDED, Event.MEMBER_REMOVED, Event.MEMBER_PROFILE_CHANGED}


def _today(record: ActivityRecord, person: User | None) -> Iterator[Told]:
    if record.type == Did.VIDEO_CHANGED and "old_project" in record.data:
        yield Event.VIDEO_MOVED_PROJECT, {"old_project": record.data["old_project"]}
    if record.type not in _TODAY or _is_nothing(record, "complete"):
        return
    event, extra = _TODAY[record.type]
    named = {}
    if event in _ABOUT_PEOPLE:
        # Somebody joined, left or changed.
        assert person is not None
        named = {"username": person.username}
    yield event, {**named, **extra(record)}  # nosec B610 # a function of ours by that name


_OLDER: dict[str, OlderEvent] = {
    Did.VIDEO_ADDED: OlderEvent.VIDEO_NEW,
    Did.VIDEO_MOVED_TO_TEAM: OlderEvent.VIDEO_NEW,
    Did.VIDEO_CHANGED: OlderEvent.VIDEO_EDITED,
    Did.VIDEO_URL_ADDED: OlderEvent.VIDEO_EDITED,
    Did.VIDEO_URL_EDITED: OlderEvent.VIDEO_EDITED,
    Did.VIDEO_URL_DELETED: OlderEvent.VIDEO_EDITED,
    Did.SUBTITLES_DELETED: OlderEvent.LANGUAGE_DELETED,
    Did.VERSION_ADDED: OlderEvent.SUBS_NEW,
    Did.SUBTITLES_PUBLISHED: OlderEvent.SUBS_NEW,
    Did.VERSION_APPROVED: OlderEvent.SUBS_APPROVED,
    Did.VERSION_REJECTED: OlderEvent.SUBS_REJECTED,
    Did.VERSION_DECLINED: OlderEvent.SUBS_REJECTED,
    Did.APPLICATION_MADE: OlderEvent.APPLICATION_NEW,
}


def _is_nothing(record: ActivityRecord, published: str) -> bool:
    """Whether a record of something that events tell of is of none: drafts come and go unseen.

    ``published`` names what makes subtitles published: that they are ``complete``, since 2016;
    before, that they are ``revealed``.
    """
    if record.type == Did.SUBTITLES_PUBLISHED:
        return not record.data.get(published)
    if record.type == Did.SUBTITLES_DELETED:
        return record.data.get("published") is False
    return record.draft and record.type == Did.VERSION_ADDED


def _older(record: ActivityRecord, person: User | None) -> Iterator[Told]:
    """The older documentation of HTTP callbacks."""
    if _is_nothing(record, "revealed"):
        return
    language = {"language_code": record.language_code} if record.language_code else {}
    if record.type == Did.LANGUAGE_CHANGED:
        new = "fields" not in record.data
        yield (OlderEvent.LANGUAGE_NEW if new else OlderEvent.LANGUAGE_EDIT), language
    if record.type not in _OLDER:
        return
    if record.type == Did.VERSION_ADDED and record.version_number == 1:
        yield OlderEvent.LANGUAGE_NEW, language
    applied = record.data.get("application")
    yield _OLDER[record.type], {**language, **({"application_id": applied} if applied else {})}

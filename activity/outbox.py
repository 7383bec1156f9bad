"""What callbacks are told of a record, written with the record or not at all."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import F

from activity.models import ActivityRecord, Callback, Notification, Outbox
from activity.types import ActivityType as Did
from activity.types import Encoding, Event, OlderEvent

Told = Iterable[tuple[str, dict[str, Any]]]
_ACCOUNTS = {Did.USER_CHANGED}


def announce(record: ActivityRecord, *, video: Any = None, about: Any = None) -> None:
    """Write a notification for each address that wants to know of a record.

    ``video`` and ``about`` (an account) are as the record says, before they may be deleted.
    """
    callbacks = Callback.objects.filter(is_on=True).select_related("team").order_by("team", "pk")
    if record.team_id is not None:
        callbacks = callbacks.filter(team=record.team_id)
    elif record.type in _ACCOUNTS and about is not None:
        callbacks = callbacks.filter(team__members__user=about)
    else:
        return
    for callback in callbacks:
        told = _today if callback.encoding == Encoding.JSON else _older
        for event, extra in told(record, about or record.actor):
            if callback.wants(event):
                write(callback, event, {**_subject(record, callback, video), **extra})


def write(callback: Callback, event: str, data: dict[str, Any]) -> Notification:
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


def hold(*teams: Any) -> None:
    """Lock the outboxes of teams (None stands for no team) that one transaction tells in turn: as
    everybody takes them in this order, nobody waits in a circle."""
    keys = [team.pk for team in teams if team is not None]
    list(Outbox.objects.select_for_update(no_key=True).filter(team__in=keys).order_by("team"))


# --- what an event says --------------------------------------------------------------------------


def _subject(record: ActivityRecord, callback: Callback, video: Any) -> dict[str, Any]:
    """The members that all events about a video, or about a member, have."""
    team = callback.team.slug
    older = callback.encoding == Encoding.FORM
    if video is None:
        return {"team": team} if older else {"team": team, "primary_team": team}
    project = video.project and video.project.printed_slug
    if older:
        api_url = f"{settings.AMARA_BASE_URL}/api/videos/{video.video_id}/"
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


def _published(record: ActivityRecord) -> dict[str, Any]:
    return {"language_code": record.language_code, "amara_version": record.version_number}


_TODAY: dict[str, tuple[Event, Callable[[ActivityRecord], dict[str, Any]]]] = {
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
    Did.VERSION_ADDED: (Event.SUBTITLES_PUBLISHED, _published),
    Did.SUBTITLES_DELETED: (
        Event.SUBTITLE_UNPUBLISHED,
        lambda record: {"language_code": record.language_code},
    ),
    Did.MEMBER_JOINED: (Event.MEMBER_ADDED, lambda record: {}),
    Did.MEMBER_LEFT: (Event.MEMBER_REMOVED, lambda record: {}),
    Did.USER_CHANGED: (Event.MEMBER_PROFILE_CHANGED, lambda record: {}),
}
_ABOUT_PEOPLE = {Event.MEMBER_ADDED, Event.MEMBER_REMOVED, Event.MEMBER_PROFILE_CHANGED}


def _today(record: ActivityRecord, person: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if record.type == Did.VIDEO_CHANGED and "old_project" in record.data:
        yield Event.VIDEO_MOVED_PROJECT, {"old_project": record.data["old_project"]}
    if record.type not in _TODAY or record.draft or record.data.get("published") is False:
        return
    event, extra = _TODAY[record.type]
    named = {"username": person.username} if event in _ABOUT_PEOPLE else {}
    yield event, {**named, **extra(record)}


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


def _older(record: ActivityRecord, person: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The older documentation of HTTP callbacks."""
    if record.draft and record.type == Did.VERSION_ADDED:
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

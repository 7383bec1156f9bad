"""How records, callbacks and notifications are printed."""

from collections.abc import Iterable
from typing import Any

from activity.models import ActivityRecord, Callback, Notification
from activity.types import LEGACY_NUMBERS, ActivityType
from amara_api.ids import USER_ID_PREFIX
from amara_api.rest.serializers import Answer
from amara_api.times import iso
from subtitles.models import SubtitleNote
from teams.policies import team_ids_of
from users.api.answers import user_object
from users.models import User

# What a type adds to its record. The documentation of 2016, Activity Types.
_EXTRAS = {
    ActivityType.VIDEO_URL_ADDED: ("url",),
    ActivityType.VIDEO_URL_EDITED: ("old_url", "new_url"),
    ActivityType.VIDEO_URL_DELETED: ("url",),
    ActivityType.VIDEO_DELETED: ("title",),
    ActivityType.VIDEO_TITLE_CHANGED: ("title",),
}
_COLLABORATION = ("role", "state_change")


class RecordAnswer(Answer):
    """``whole`` says that the caller has shown to see the video that the records are about."""

    def page(self, records: Iterable[ActivityRecord], *, whole: bool = False) -> list[Any]:
        raise NotImplementedError

    def _sees(self, record: ActivityRecord, own: frozenset[int]) -> bool:
        """Whether the record's video may be named: it may have moved to where it is hidden."""
        video = record.video
        return video is not None and (video.is_public or video.team_id in own)

    def _links_of(self, record: ActivityRecord) -> tuple[str | None, str | None, str | None]:
        """The id of the video, its link, and that of the language."""
        if record.video is None:
            return None, None, None
        video = f"videos/{record.video.video_id}/"
        code = record.language_code
        language = self.links(f"{video}languages/{code}/") if code else None
        return record.video.video_id, self.links(video), language


class ActivityAnswer(RecordAnswer):
    """One thing that happened. The documentation of 2016, Activity."""

    resource = "activity"

    def page(self, records: Iterable[ActivityRecord], *, whole: bool = False) -> list[Any]:
        """Printed together, so that whoever was assigned is looked up once."""
        found = list(records)
        own = frozenset() if whole else frozenset(team_ids_of(self.request.user))
        named = {each.data["assignee"] for each in found if each.data.get("assignee")}
        ids = [name.removeprefix(USER_ID_PREFIX) for name in named]
        people = {each.identifier: each for each in User.objects.filter(public_id__in=ids)}
        return [self(each, people=people, sees=whole or self._sees(each, own)) for each in found]

    def build(self, record: ActivityRecord, /, **extra: Any) -> dict[str, Any]:
        actor = record.actor
        sees = extra["sees"]
        video, video_uri, language_uri = self._links_of(record) if sees else (None, None, None)
        body = {
            "type": record.type,
            "date": iso(record.created),
            "user": actor and user_object(self.links, actor.username, actor.public_id),
            "video": video,
            "language": record.language_code or None if video else None,
            "video_uri": video_uri,
            "language_uri": language_uri,
        }
        if record.type.startswith("collab-"):
            person = extra["people"].get(record.data.get("assignee"))
            body |= {name: record.data.get(name) for name in _COLLABORATION}
            body["assignee"] = person and user_object(self.links, person.username, person.public_id)
        elif sees or record.video is None:
            kept = _EXTRAS.get(ActivityType(record.type), ())
            body |= {name: record.data.get(name) for name in kept}
        return body


class LegacyActivityAnswer(RecordAnswer):
    """The same as older programs know it. The documentation of 2016, Legacy Activity."""

    resource = "legacy_activity"

    def page(self, records: Iterable[ActivityRecord], *, whole: bool = False) -> list[Any]:
        """Printed together, so that comments are looked up once."""
        found = list(records)
        own = frozenset(team_ids_of(self.request.user))
        keys = [each.data["note"] for each in found if "note" in each.data]
        notes = {note.pk: note for note in SubtitleNote.objects.filter(pk__in=keys)}
        return [
            self(each, notes=notes, own=own, sees=whole or self._sees(each, own)) for each in found
        ]

    def build(self, record: ActivityRecord, /, **extra: Any) -> dict[str, Any]:
        sees = extra["sees"]
        video, video_uri, language_uri = self._links_of(record) if sees else (None, None, None)
        renamed = sees and record.type == ActivityType.VIDEO_TITLE_CHANGED
        return {
            "id": record.pk,
            "type": LEGACY_NUMBERS[ActivityType(record.type)],
            "type_name": record.type,
            "created": iso(record.created),
            "date": iso(record.created),
            "video": video,
            "video_uri": video_uri,
            "language": record.language_code or None if video else None,
            "language_url": language_uri,
            "user": record.actor and record.actor.username,
            "comment": self._comment(record, extra["notes"], extra["own"]) if sees else None,
            "new_video_title": record.data.get("title") if renamed else None,
            "resource_uri": self.links(f"activity/{record.pk}/"),
        }

    @staticmethod
    def _comment(
        record: ActivityRecord, notes: dict[int, SubtitleNote], own: frozenset[int]
    ) -> str | None:
        """A team's notes stay with the team, also when their video moves on."""
        note = notes.get(record.data.get("note", 0))
        if note is None or record.video is None:
            return None
        stays = note.team_id in own or note.team_id == record.video.team_id
        return note.body if stays else None


class CallbackAnswer(Answer):
    """An address that a team's events are posted to. Ours: nothing documents it."""

    resource = "callback"

    def build(self, callback: Callback, /, **extra: Any) -> dict[str, Any]:
        secret = {"secret": extra["secret"]} if "secret" in extra else {}
        return {
            "id": callback.pk,
            "url": callback.url,
            "encoding": callback.encoding,
            "events": callback.events,
            "headers": dict(sorted(callback.headers.items())),
            "auth_user": callback.auth_user,
            **secret,
            "is_on": callback.is_on,
            "off_because": callback.off_because,
            "created": iso(callback.created),
            "resource_uri": self.links(f"teams/{extra['slug']}/callbacks/{callback.pk}/"),
        }


class NotificationAnswer(Answer):
    """One event for one address. The hosted service's documentation of HTTP callbacks."""

    resource = "notification"

    def build(self, notification: Notification, /, **extra: Any) -> dict[str, Any]:
        data = notification.data
        return {
            "number": notification.number,
            "url": notification.url,
            "data": {name: data[name] for name in sorted(data, key=_event_first)},
            "timestamp": iso(notification.created),
            "in_progress": notification.in_progress,
            "response_status": notification.response_status,
            "error_message": notification.error_message or None,
            "resource_uri": self.links(
                f"teams/{extra['slug']}/notifications/{notification.number}/"
            ),
        }


def _event_first(name: str) -> tuple[bool, str]:
    """PostgreSQL keeps no order of its own."""
    return name != "event", name

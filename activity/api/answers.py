"""How records, callbacks and notifications are printed."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Substr

from activity.models import Callback, Notification
from activity.types import LEGACY_NUMBERS, ActivityType
from amara_api.kernel.ids import USER_ID_PREFIX
from amara_api.kernel.outbound import origin_of
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from subtitles.models import SubtitleNote
from teams.policies import own_among
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


class RecordRow(NamedTuple):
    """A record with all that is printed of it, without model instances."""

    pk: int
    type: str
    language_code: str
    data: dict[str, Data]
    created: datetime
    actor: str | None
    actor_id: str | None
    video_id: str | None
    video_is_public: bool | None
    video_team: int | None
    assignee: str | None  # the name of whom the record's ``data`` calls so
    # The comment that the record tells of and its team, where `WITH_COMMENTS` was asked for.
    comment: str | None = None
    comment_team: int | None = None


def _assignee() -> Combinable:
    public_id = Substr(KeyTextTransform("assignee", OuterRef("data")), len(USER_ID_PREFIX) + 1)
    return Subquery(User.objects.filter(public_id=public_id).values("username"))


Columns = tuple[str | Combinable, ...]
RECORD_COLUMNS: Columns = (
    *("pk", "type", "language_code", "data", "created"),
    *("actor__username", "actor__public_id"),
    *("video__video_id", "video__is_public", "video__team_id"),
    _assignee(),
)


def _of_comment(column: str) -> Combinable:
    note = Cast(KeyTextTransform("note", OuterRef("data")), BigIntegerField())
    return Subquery(SubtitleNote.objects.filter(pk=note, is_hidden=False).values(column))


WITH_COMMENTS = (*RECORD_COLUMNS, _of_comment("body"), _of_comment("team"))


class RecordAnswer(Answer[RecordRow]):
    """``whole`` says that the caller has shown to see the video that the records are about."""

    columns: ClassVar[Columns] = RECORD_COLUMNS

    def page(self, records: Sequence[RecordRow], *, whole: bool = False) -> list[dict[str, Data]]:
        raise NotImplementedError

    def _sees(self, record: RecordRow, own: frozenset[int]) -> bool:
        """Whether the record's video may be named: it may have moved to where it is hidden."""
        return record.video_id is not None and (
            bool(record.video_is_public) or record.video_team in own
        )

    def _own_among(
        self, records: Sequence[RecordRow], more: Sequence[int | None] = ()
    ) -> frozenset[int]:
        """The caller's own of the teams of hidden videos, and of ``more`` teams."""
        hidden = [each.video_team for each in records if not each.video_is_public]
        return own_among(self.request.user, [*hidden, *more])

    def _links_of(self, record: RecordRow) -> tuple[str | None, str | None, str | None]:
        """The id of the video, its link, and that of the language."""
        if record.video_id is None:
            return None, None, None
        video = f"videos/{record.video_id}/"
        code = record.language_code
        language = self.links(f"{video}languages/{code}/") if code else None
        return record.video_id, self.links(video), language


class ActivityAnswer(RecordAnswer):
    """One thing that happened. The documentation of 2016, Activity."""

    resource = "activity"

    def page(self, records: Sequence[RecordRow], *, whole: bool = False) -> list[dict[str, Data]]:
        own = frozenset() if whole else self._own_among(records)
        return [self(each, sees=whole or self._sees(each, own)) for each in records]

    def build(self, record: RecordRow, /, *, sees: bool) -> dict[str, Data]:
        video, video_uri, language_uri = self._links_of(record) if sees else (None, None, None)
        body = {
            "type": record.type,
            "date": iso(record.created),
            "user": user_object(self.links, record.actor, record.actor_id),
            "video": video,
            "language": record.language_code or None if video else None,
            "video_uri": video_uri,
            "language_uri": language_uri,
        }
        if record.type.startswith("collab-"):
            body |= {name: record.data.get(name) for name in _COLLABORATION}
            public_id = str(record.data.get("assignee")).removeprefix(USER_ID_PREFIX)
            body["assignee"] = user_object(self.links, record.assignee, public_id)
        elif sees or record.video_id is None:
            kept = _EXTRAS.get(ActivityType(record.type), ())
            body |= {name: record.data.get(name) for name in kept}
        return body


class LegacyActivityAnswer(RecordAnswer):
    """The same as older programs know it. The documentation of 2016, Legacy Activity."""

    resource = "legacy_activity"
    columns = WITH_COMMENTS

    def page(self, records: Sequence[RecordRow], *, whole: bool = False) -> list[dict[str, Data]]:
        own = self._own_among(records, [each.comment_team for each in records])
        return [self(each, own=own, sees=whole or self._sees(each, own)) for each in records]

    def build(self, record: RecordRow, /, *, own: frozenset[int], sees: bool) -> dict[str, Data]:
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
            "user": record.actor,
            "comment": self._comment(record, own) if sees else None,
            "new_video_title": record.data.get("title") if renamed else None,
            "resource_uri": self.links(f"activity/{record.pk}/"),
        }

    @staticmethod
    def _comment(record: RecordRow, own: frozenset[int]) -> str | None:
        """A team's notes stay with the team, also when their video moves on."""
        stays = record.comment_team in own or record.comment_team == record.video_team
        return record.comment if record.video_id is not None and stays else None


class CallbackAnswer(Answer[Callback]):
    """An address that a team's events are posted to. Ours: nothing documents it."""

    resource = "callback"

    def build(
        self, callback: Callback, /, *, slug: str, secret: str | None = None
    ) -> dict[str, Data]:
        shown = {} if secret is None else {"secret": secret}
        return {
            "id": callback.pk,
            "url": callback.url,
            "encoding": callback.encoding,
            "events": callback.events,
            "headers": dict(sorted(callback.headers.items())),
            "auth_user": callback.auth_user,
            **shown,
            "is_on": callback.is_on,
            "off_because": callback.off_because,
            "created": iso(callback.created),
            "resource_uri": self.links(f"teams/{slug}/callbacks/{callback.pk}/"),
        }


class NotificationAnswer(Answer[Notification]):
    """One event for one address. The hosted service's documentation of HTTP callbacks."""

    resource = "notification"

    def build(
        self, notification: Notification, /, *, slug: str, whole: bool = True
    ) -> dict[str, Data]:
        """Without ``whole`` only the origin of the url: the rest of it may be a secret."""
        data, url = notification.data, notification.url
        return {
            "number": notification.number,
            "url": url if whole else origin_of(url),
            "data": {name: data[name] for name in sorted(data, key=_event_first)},
            "timestamp": iso(notification.created),
            "in_progress": notification.in_progress,
            "response_status": notification.response_status,
            "error_message": notification.error_message or None,
            "resource_uri": self.links(f"teams/{slug}/notifications/{notification.number}/"),
        }


def _event_first(name: str) -> tuple[bool, str]:
    """PostgreSQL keeps no order of its own."""
    return name != "event", name

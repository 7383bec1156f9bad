"""What can happen, by the name that the API prints, with the number that older clients know.

The API documentation of 2012 and 2016, Activity Types.
"""

from django.db import models


class ActivityType(models.TextChoices):
    VIDEO_ADDED = "video-added"
    COMMENT_ADDED = "comment-added"
    VERSION_ADDED = "version-added"
    VIDEO_URL_ADDED = "video-url-added"
    VIDEO_URL_EDITED = "video-url-edited"
    VIDEO_URL_DELETED = "video-url-deleted"
    VIDEO_DELETED = "video-deleted"
    VIDEO_TITLE_CHANGED = "video-title-changed"
    VIDEO_MOVED_TO_TEAM = "video-moved-to-team"
    VIDEO_MOVED_FROM_TEAM = "video-moved-from-team"
    MEMBER_JOINED = "member-joined"
    MEMBER_LEFT = "member-left"
    VERSION_APPROVED = "version-approved"
    VERSION_REJECTED = "version-rejected"
    VERSION_ACCEPTED = "version-accepted"
    VERSION_DECLINED = "version-declined"
    SUBTITLE_REQUEST_CREATED = "subtitle-request-created"
    COLLAB_JOIN = "collab-join"
    COLLAB_LEAVE = "collab-leave"
    COLLAB_ASSIGN = "collab-assign"
    COLLAB_REASSIGN = "collab-reassign"
    COLLAB_UNASSIGN = "collab-unassign"
    COLLAB_AUTO_UNASSIGNED = "collab-auto-unassigned"
    COLLAB_DEADLINE_PASSED = "collab-deadline-passed"
    COLLAB_DELETE = "collab-delete"
    COLLAB_STATE_CHANGE = "collab-state-change"
    COLLAB_TEAM_CHANGE = "collab-team-change"
    # Ours: the record keeps them, the documented streams do not print them.
    VIDEO_CHANGED = "video-changed"
    VIDEO_MERGED = "video-merged"
    LANGUAGE_CHANGED = "language-changed"
    SUBTITLES_DELETED = "subtitles-deleted"
    SUBTITLES_PUBLISHED = "subtitles-published"
    ACTION_PERFORMED = "action-performed"
    USER_CREATED = "user-created"
    USER_CHANGED = "user-changed"
    USER_DELETED = "user-deleted"
    KEY_ISSUED = "key-issued"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    LOGIN_LINK_MADE = "login-link-made"
    TEAM_CREATED = "team-created"
    TEAM_CHANGED = "team-changed"
    TEAM_DELETED = "team-deleted"
    PROJECT_CHANGED = "project-changed"
    ROLE_CHANGED = "role-changed"
    MEMBER_INVITED = "member-invited"
    INVITATION_DECLINED = "invitation-declined"
    APPLICATION_MADE = "application-made"
    APPLICATION_DECIDED = "application-decided"
    APPLICATION_DELETED = "application-deleted"
    MESSAGE_SENT = "message-sent"
    CALLBACK_CHANGED = "callback-changed"


# What the streams print: all that is documented, by the name of the type.
OURS = frozenset(list(ActivityType)[list(ActivityType).index(ActivityType.VIDEO_CHANGED) :])
PRINTED = frozenset(ActivityType) - OURS
# Of a team's inner life: in its own stream, for its members.
MOVES = frozenset({ActivityType.VIDEO_MOVED_TO_TEAM, ActivityType.VIDEO_MOVED_FROM_TEAM})
TEAM_PRIVATE = MOVES | {
    type
    for type in ActivityType
    if type.startswith("collab-") or type == ActivityType.SUBTITLE_REQUEST_CREATED
}
# After these, other people may see more or less of what was before.
UNSETTLING = MOVES | {
    ActivityType.VIDEO_DELETED,
    ActivityType.VIDEO_MERGED,
    ActivityType.SUBTITLES_PUBLISHED,
    ActivityType.TEAM_CHANGED,
    ActivityType.TEAM_DELETED,
}
MEMBERSHIP = frozenset({ActivityType.MEMBER_JOINED, ActivityType.MEMBER_LEFT})


class Event(models.TextChoices):
    """What callbacks tell of. The hosted service's documentation of HTTP callbacks."""

    VIDEO_ADDED = "video-added"
    VIDEO_REMOVED = "video-removed"
    VIDEO_MADE_PRIMARY = "video-made-primary"
    VIDEO_MOVED_PROJECT = "video-moved-project"
    SUBTITLES_PUBLISHED = "subtitles-published"
    SUBTITLE_UNPUBLISHED = "subtitle-unpublished"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    MEMBER_PROFILE_CHANGED = "member-profile-changed"
    TEST = "test"


class OlderEvent(models.TextChoices):
    """What they told of from 2012 to 2014."""

    VIDEO_NEW = "video-new"
    VIDEO_EDITED = "video-edited"
    LANGUAGE_NEW = "language-new"
    LANGUAGE_EDIT = "language-edit"
    LANGUAGE_DELETED = "language-deleted"
    SUBS_NEW = "subs-new"
    SUBS_APPROVED = "subs-approved"
    SUBS_REJECTED = "subs-rejected"
    APPLICATION_NEW = "application-new"
    TEST = "test"


class Encoding(models.TextChoices):
    JSON = "json", "JSON, today's events"
    FORM = "form", "form-encoded, the events of 2012 to 2014"

    @property
    def events(self) -> type[Event] | type[OlderEvent]:
        return Event if self == Encoding.JSON else OlderEvent


LEGACY_NUMBERS = {
    ActivityType.VIDEO_ADDED: 1,
    ActivityType.VIDEO_TITLE_CHANGED: 2,
    ActivityType.COMMENT_ADDED: 3,
    ActivityType.VERSION_ADDED: 4,
    ActivityType.VIDEO_URL_ADDED: 5,
    # 6 add translation and 12 review version are never made any more.
    ActivityType.SUBTITLE_REQUEST_CREATED: 7,
    ActivityType.VERSION_APPROVED: 8,
    ActivityType.MEMBER_JOINED: 9,
    ActivityType.VERSION_REJECTED: 10,
    ActivityType.MEMBER_LEFT: 11,
    ActivityType.VERSION_ACCEPTED: 13,
    ActivityType.VERSION_DECLINED: 14,
    ActivityType.VIDEO_DELETED: 15,
    ActivityType.VIDEO_URL_EDITED: 16,
    ActivityType.VIDEO_URL_DELETED: 17,
    ActivityType.VIDEO_MOVED_TO_TEAM: 18,
    ActivityType.VIDEO_MOVED_FROM_TEAM: 19,
}

"""Writes for videos and their urls."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from activity.log import hand_over, record
from activity.outbox import hold
from activity.types import ActivityType
from amara_api.errors import InvalidInput, NotThere
from videos.models import (
    PRIVATE,
    PUBLIC,
    PUBLIC_SCOPE,
    UNLISTED,
    Video,
    VideoFollower,
    VideoUrl,
    fingerprint,
)
from videos.providers import VideoSource, default_title, recognise


def source_of(url: str, field: str) -> VideoSource:
    """What ``url`` points to. Raises `InvalidInput` for ``field`` when no provider takes it."""
    source = recognise(url)
    if source is None:
        raise InvalidInput.field(field, f"Invalid URL: {url}")
    return source


def is_taken(
    source: VideoSource, team: Any, *, partner: Any = None, partner_video_id: str = ""
) -> bool:
    """Whether a new video of ``team``, or of none, would be refused because another has its url
    or the partner's id, as things are now."""
    if VideoUrl.objects.filter(fingerprint=fingerprint(source.key), scope=scope_of(team)).exists():
        return True
    own = Video.objects.filter(partner=partner, partner_video_id=partner_video_id)
    return bool(partner_video_id) and own.exists()


@transaction.atomic
def add_video(
    *, actor: Any, video_url: str, team: Any = None, project: Any = None, **fields: Any
) -> Video:
    """A new video, whose first url is its primary one. The documentation of 2016, Adding a video.

    ``fields`` are columns of `Video`. A title that is not given is made from the url. Raises
    `InvalidInput` when the url is not recognised or already has a video where ``team`` can see it.
    """
    source = source_of(video_url, "video_url")
    fields["title"] = fields.get("title") or default_title(source.url)
    video = Video(user=actor, **fields)
    _place(video, team, project)
    video.save(force_insert=True)
    _count(video.team_id, 1)
    _insert_url(
        video, source, sent=video_url, field="video_url", primary=True, original=True, actor=actor
    )
    if actor.follows_own_videos:
        VideoFollower.objects.create(video=video, user=actor)
    record(ActivityType.VIDEO_ADDED, actor=actor, video=video)
    return video


@transaction.atomic
def update_video(
    video: Video,
    *,
    actor: Any,
    metadata: dict[str, str] | None = None,
    duration: int | None = None,
    **fields: Any,
) -> Video:
    """Change what is given. Metadata merges key by key; a known duration stays.

    ``team`` and ``project`` among ``fields`` move the video, both together.
    """
    video = lock(video)
    old_title, moved = video.title, {}
    if "team" in fields:
        moved = _move(video, fields.pop("team"), fields.pop("project"), actor=actor)
    for name, value in fields.items():
        setattr(video, name, value)
    if metadata:
        video.metadata = {**video.metadata, **metadata}
    if duration and not video.duration:
        video.duration = duration
    _save(video)
    changed = sorted([*fields, *(["metadata"] if metadata else [])])
    record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=changed, **moved)
    record_title(video, old_title, actor=actor)
    return video


def record_title(video: Video, before: str, *, actor: Any) -> None:
    """That a video is called otherwise now, where it is."""
    if video.title != before:
        record(ActivityType.VIDEO_TITLE_CHANGED, actor=actor, video=video, title=video.title)


@transaction.atomic
def delete_video(video: Video, *, actor: Any) -> None:
    """Remove a video and all its subtitles. The record keeps its title and primary url."""
    video = lock(video)
    primary = video.urls.filter(primary=True).first()
    record(
        ActivityType.VIDEO_DELETED,
        actor=actor,
        video=video,
        title=video.title,
        url=primary.url if primary else "",
        video_id=video.video_id,
    )
    _count(video.team_id, -1)
    video.delete()


@transaction.atomic
def set_duration(video: Video, *, actor: Any, duration: int) -> bool:
    """Set a duration where none is known; whether it was set."""
    video = lock(video)
    if video.duration:
        return False
    video.duration = duration
    video.save(update_fields=["duration"])
    record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=["duration"])
    return True


# --- urls ----------------------------------------------------------------------------------------


@transaction.atomic
def add_url(
    video: Video, *, actor: Any, url: str, primary: bool = False, original: bool = False
) -> VideoUrl:
    """Another address of a video. Raises `InvalidInput` when any video in sight has it."""
    source = source_of(url, "url")
    video = lock(video)
    added = _insert_url(
        video, source, sent=url, field="url", primary=False, original=original, actor=actor
    )
    record(ActivityType.VIDEO_URL_ADDED, actor=actor, video=video, url=added.url)
    if primary or not video.urls.filter(primary=True).exists():
        _make_primary(added, actor=actor)
    return added


@transaction.atomic
def update_url(
    url: VideoUrl, *, actor: Any, primary: bool = False, original: bool | None = None
) -> VideoUrl:
    """Make a url the primary one (there is no way to make it less), or mark it original."""
    video = lock(url.video)
    url = _locked_url(video, url)
    if original is not None and original != url.original:
        url.original = original
        url.save(update_fields=["original"])
        record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=["urls"])
    if primary and not url.primary:
        _make_primary(url, actor=actor)
    return url


@transaction.atomic
def delete_url(url: VideoUrl, *, actor: Any) -> None:
    """Remove a url that is not the primary one, so that a video always has one."""
    video = lock(url.video)
    url = _locked_url(video, url)
    if url.primary:
        raise InvalidInput(["Can't delete the primary URL"])
    url.delete()
    record(ActivityType.VIDEO_URL_DELETED, actor=actor, video=video, url=url.url)


def lock(video: Video) -> Video:
    """The video's row as it is now, held until the transaction ends."""
    try:
        return Video.objects.select_for_update(no_key=True).get(pk=video.pk)
    except Video.DoesNotExist as error:
        raise NotThere from error


def _locked_url(video: Video, url: VideoUrl) -> VideoUrl:
    found = video.urls.filter(pk=url.pk).first()
    if found is None:
        raise NotThere
    return found


def _insert_url(
    video: Video,
    source: VideoSource,
    *,
    sent: str,
    field: str,
    primary: bool,
    original: bool,
    actor: Any,
) -> VideoUrl:
    url = VideoUrl(
        video=video,
        type=source.type,
        url=source.url,
        videoid=source.videoid,
        fingerprint=fingerprint(source.key),
        scope=_scope(video),
        primary=primary,
        original=original,
        added_by=actor,
    )
    try:
        with transaction.atomic():
            url.save(force_insert=True)
    except IntegrityError as error:
        # Clients look for the words "Video already exists" and then look the video up.
        raise InvalidInput.field(field, f"Video already exists for {sent}") from error
    return url


def _make_primary(url: VideoUrl, *, actor: Any) -> None:
    old = VideoUrl.objects.filter(video=url.video_id, primary=True).first()
    if old is not None:
        old.primary = False
        old.save(update_fields=["primary"])
    url.primary = True
    url.save(update_fields=["primary"])
    record(
        ActivityType.VIDEO_URL_EDITED,
        actor=actor,
        video=url.video,
        old_url=old.url if old else "",
        new_url=url.url,
    )


# --- teams, as far as a video's own columns go ---------------------------------------------------


def _scope(video: Video) -> int:
    return PUBLIC_SCOPE if video.is_public else video.team_id or PUBLIC_SCOPE


def shown_as(team: Any) -> tuple[bool, bool]:
    """(is public, is unlisted) of the videos of a team, or of none."""
    return (
        team is None or team.video_visibility == PUBLIC,
        team is not None and team.video_visibility == UNLISTED,
    )


def scope_of(team: Any) -> int:
    """Within which a url of a team's video, or of one outside teams, is the only one."""
    is_public, _ = shown_as(team)
    return PUBLIC_SCOPE if is_public else int(team.pk)


def show_videos_of(team: Any) -> None:
    """Show a team's videos as it now says, urls included. The team must be locked.

    A url that somebody else's public video has already stays in the team's own scope: both
    videos keep it, and a look-up finds two.
    """
    is_public, is_unlisted = shown_as(team)
    team.videos.update(is_public=is_public, is_unlisted=is_unlisted)
    scope = scope_of(team)
    urls = VideoUrl.objects.filter(video__team=team).exclude(scope=scope)
    taken = VideoUrl.objects.filter(scope=scope).values("fingerprint")
    urls.exclude(fingerprint__in=taken).update(scope=scope)


def _count(team_id: int | None, change: int) -> None:
    """A team knows how many videos it has. Who calls has locked it."""
    if team_id is not None:
        teams = Video._meta.get_field("team").related_model._default_manager
        teams.filter(pk=team_id).update(video_count=F("video_count") + change)


def _place(video: Video, team: Any, project: Any) -> None:
    video.team = team
    video.project = project
    video.is_public, video.is_unlisted = shown_as(team)


def _move(video: Video, team: Any, project: Any, *, actor: Any) -> dict[str, Any]:
    """Into, out of or between teams and projects; its urls move to the new scope with it.

    What is left is what the record says of a move between projects.
    """
    before, old_project = video.team, video.project
    if before is not None and (team is None or team.pk != before.pk):
        hold(before, team)
        record(ActivityType.VIDEO_MOVED_FROM_TEAM, actor=actor, video=video, new_team=_told(team))
    _place(video, team, project)
    _save(video)
    if video.team_id == (before and before.pk):
        if old_project == project:
            return {}
        return {"old_project": old_project and old_project.printed_slug}
    _count(before.pk if before else None, -1)
    _count(video.team_id, 1)
    try:
        with transaction.atomic():
            video.urls.update(scope=_scope(video))
    except IntegrityError as error:
        raise InvalidInput.field("team", "Another video there has the same url.") from error
    if team is not None:
        hand_over(video, team)
        record(ActivityType.VIDEO_MOVED_TO_TEAM, actor=actor, video=video, old_team=_told(before))
    return {}


def _told(team: Any) -> str | None:
    """What one team may be told of another: nothing of a hidden one."""
    return team.slug if team is not None and team.team_visibility != PRIVATE else None


def _save(video: Video) -> None:
    try:
        with transaction.atomic():
            video.save()
    except IntegrityError as error:
        message = f"Another of your videos has the id {video.partner_video_id}."
        raise InvalidInput.field("id", message) from error

"""Writes for videos and their urls, and for the languages that operators add."""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from activity.log import hand_over, record
from activity.outbox import hold
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.errors import Conflict, InvalidInput, NotThere
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import ask_again
from videos.links import followed
from videos.models import (
    PRIVATE,
    PUBLIC,
    PUBLIC_SCOPE,
    SPOKEN,
    UNLISTED,
    Language,
    Video,
    VideoFollower,
    VideoUrl,
    fingerprint,
)
from videos.providers import VideoSource, default_title, recognise

if TYPE_CHECKING:
    from teams.models import Project, Team
    from users.models import User


MOVED = "Somebody else moved this video at the same moment. Try again."


class VideoFields(TypedDict, total=False):
    """Columns of `Video` that a person may say, now or later."""

    title: str
    description: str
    thumbnail: str
    primary_audio_language_code: str
    partner: User
    partner_video_id: str


class NewVideoFields(VideoFields, total=False):
    """The same of a new video, which has no duration or metadata to keep."""

    duration: int | None
    metadata: dict[str, str]


class MovedVideoFields(VideoFields, total=False):
    """The same, and where the video goes: both of these, or neither."""

    team: Team | None
    project: Project | None


class UrlFlags(TypedDict, total=False):
    primary: bool
    original: bool


class LanguageFields(TypedDict, total=False):
    """Columns of `Language`. ``direction`` is one of `Language.Direction`."""

    name: str
    listed: bool
    direction: str


class ProjectLeft(TypedDict, total=False):
    """What the record of a change says of a move between projects of one team."""

    old_project: str | None


class Deletion(TypedDict, total=False):
    """What the record of a change says where there is no more."""

    deleted: bool


def source_of(url: str, field: str, *, follow: bool = False) -> VideoSource:
    """What ``url`` points to. Raises `InvalidInput` for ``field`` when no provider takes it.

    To ``follow`` a provider's short link takes time, so no transaction may be open.
    """
    source = followed(url) if follow else recognise(url)
    if source is None:
        raise InvalidInput.field(field, f"Invalid URL: {url}")
    return source


def is_taken(
    source: VideoSource,
    team: Team | None,
    *,
    partner: User | None = None,
    partner_video_id: str = "",
) -> bool:
    """Whether a new video of ``team``, or of none, would be refused because another has its url
    or the partner's id, as things are now."""
    if _taken([fingerprint(source.key)], team).exists():
        return True
    own = Video.objects.filter(partner=partner, partner_video_id=partner_video_id)
    return bool(partner_video_id) and own.exists()


@transaction.atomic
def add_video(
    *,
    actor: User,
    video_url: str,
    source: VideoSource | None = None,
    team: Team | None = None,
    project: Project | None = None,
    **fields: Unpack[NewVideoFields],
) -> Video:
    """A new video, whose first url is its primary one. The documentation of 2016, Adding a video.

    ``source`` is what the url points to, if that is known already. A title that is not given is
    made from the url. Raises `InvalidInput` when the url is not recognised or a video of ``team``,
    or of none, has it.
    """
    source = source or source_of(video_url, "video_url")
    fields["title"] = fields.get("title") or default_title(source.canonical)
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
    actor: User,
    metadata: dict[str, str] | None = None,
    duration: int | None = None,
    **fields: Unpack[MovedVideoFields],
) -> Video:
    """Change what is given. Metadata merges key by key; a known duration stays. What stays as it
    was is not on record as changed."""
    video = lock(video)
    before, place = copy(video), (video.team_id, video.project_id)
    moved = ProjectLeft()
    if "team" in fields:
        moved = _move(video, fields.pop("team"), fields.pop("project"), actor=actor)
    for name, value in fields.items():
        setattr(video, name, value)
    if metadata:
        video.metadata = {**video.metadata, **metadata}
    if duration and not video.duration:
        video.duration = duration
    _save(video)
    told = sorted({*fields, "metadata", "duration"})
    changed = [name for name in told if getattr(video, name) != getattr(before, name)]
    if changed or place != (video.team_id, video.project_id):
        record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=changed, **moved)
    record_title(video, before.title, actor=actor)
    return video


def record_title(video: Video, before: str, *, actor: User) -> None:
    """That a video is called otherwise now, where it is."""
    if video.title != before:
        record(ActivityType.VIDEO_TITLE_CHANGED, actor=actor, video=video, title=video.title)


@transaction.atomic
def delete_video(video: Video, *, actor: User) -> None:
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


class Taken(NamedTuple):
    """What a video gets from one that is merged into it: urls, and columns that it had none of."""

    urls: list[VideoUrl]
    columns: dict[str, Data]


_TAKEN_OVER = ("description", "duration", "thumbnail", SPOKEN)


def taken_from(other: Video, video: Video) -> Taken:
    """What `take_over` gives ``video``. A url that both have (ADR 17) is none of it."""
    own = video.urls.values("fingerprint")
    urls = list(other.urls.exclude(fingerprint__in=own).order_by("pk"))
    columns: dict[str, Data] = {
        name: getattr(other, name)
        for name in _TAKEN_OVER
        if getattr(other, name) and not getattr(video, name)
    }
    said = {**other.metadata, **{name: said for name, said in video.metadata.items() if said}}
    if {name: text for name, text in said.items() if text} != {
        name: text for name, text in video.metadata.items() if text
    }:
        columns["metadata"] = said
    same_partner = video.partner_id in (None, other.partner_id)
    if other.partner_video_id and not video.partner_video_id and same_partner:
        columns |= {"partner": other.partner, "partner_video_id": other.partner_video_id}
    return Taken(urls, columns)


def take_over(video: Video, other: Video, *, actor: User) -> None:
    """The end of merging ``other`` into ``video``: its urls and followers, and what the video says
    nothing of. ``other`` is deleted, and told of as deleted. Both and their team must be locked."""
    taken = taken_from(other, video)
    primary = other.urls.filter(primary=True).first()
    record(
        ActivityType.VIDEO_DELETED,
        actor=actor,
        video=other,
        title=other.title,
        url=primary.url if primary else "",
        video_id=other.video_id,
    )
    keys = [url.pk for url in taken.urls]
    lead = None if video.urls.filter(primary=True).exists() else primary
    VideoUrl.objects.filter(pk__in=keys).update(primary=False)
    VideoUrl.objects.filter(pk__in=keys).update(video=video)
    for url in taken.urls:
        record(ActivityType.VIDEO_URL_ADDED, actor=actor, video=video, url=url.url)
    if lead is not None and lead.pk in keys:
        lead.refresh_from_db()
        _make_primary(lead, actor=actor)
    followers = VideoFollower.objects.filter(video=video).values("user")
    VideoFollower.objects.filter(video=other).exclude(user__in=followers).update(video=video)
    gone, title = other.video_id, other.title
    _count(other.team_id, -1)
    other.delete()
    for name, value in taken.columns.items():
        setattr(video, name, value)
    if taken.columns:
        _save(video)
        fields = sorted(taken.columns)
        record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=fields)
    record(
        ActivityType.VIDEO_MERGED,
        actor=actor,
        video=video,
        video_id=gone,
        title=title,
        partner_video_id=other.partner_video_id,
    )


@transaction.atomic
def set_duration(video: Video, *, actor: User, duration: int) -> bool:
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
    video: Video,
    *,
    actor: User,
    url: str,
    source: VideoSource | None = None,
    primary: bool = False,
    original: bool = False,
) -> VideoUrl:
    """Another address of a video. Raises `InvalidInput` when a video of its team has it."""
    source = source or source_of(url, "url")
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
    url: VideoUrl, *, actor: User, primary: bool = False, original: bool | None = None
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
def delete_url(url: VideoUrl, *, actor: User) -> None:
    """Remove a url that is not the primary one, so that a video always has one."""
    video = lock(url.video)
    url = _locked_url(video, url)
    if url.primary:
        raise InvalidInput(["Can't delete the primary URL"])
    url.delete()
    record(ActivityType.VIDEO_URL_DELETED, actor=actor, video=video, url=url.url)


def lock(video: Video) -> Video:
    """The video's row as it is now, held until the transaction ends.

    Whoever asks has decided by the team that ``video`` was read with: it is in no other, or
    `Conflict`; and what the request was allowed by then, it is asked again.
    """
    try:
        found = Video.objects.select_for_update(no_key=True).get(pk=video.pk)
    except Video.DoesNotExist as error:
        raise NotThere from error
    if found.team_id != video.team_id:
        raise Conflict(MOVED)
    ask_again()
    return found


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
    actor: User,
) -> VideoUrl:
    url = VideoUrl(
        video=video,
        type=source.type,
        url=source.url,
        videoid=source.videoid,
        fingerprint=fingerprint(source.key),
        scope=scope_of(video.team),
        primary=primary,
        original=original,
        added_by=actor,
    )
    if _taken([url.fingerprint], video.team).exists():
        raise _exists(field, sent)
    try:
        with transaction.atomic():
            url.save(force_insert=True)
    except IntegrityError as error:
        # Somebody took it between the question and the answer.
        raise _exists(field, sent) from error
    return url


def _taken(fingerprints: list[str], team: Team | None) -> QuerySet[VideoUrl]:
    """The urls with which one of these is taken for videos of ``team``, or of none.

    Asked by the video's team and not by the scope, which some older urls do not hold. A team may
    be kept from what is public; that needs no constraint, since the same url may become public
    at any later time.
    """
    there = Q(video__team=team)
    if team is not None and team.refuse_public_urls:
        there |= Q(video__team=None)
    return VideoUrl.objects.filter(there, fingerprint__in=fingerprints)


def _exists(field: str, url: str) -> InvalidInput:
    # Clients look for the words "Video already exists" and then look the video up.
    return InvalidInput.field(field, f"Video already exists for {url}")


def _make_primary(url: VideoUrl, *, actor: User) -> None:
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


def shown_as(team: Team | None) -> tuple[bool, bool]:
    """(is public, is unlisted) of the videos of a team, or of none."""
    return (
        team is None or team.video_visibility == PUBLIC,
        team is not None and team.video_visibility == UNLISTED,
    )


def scope_of(team: Team | None) -> int:
    """Within which a url of a team's video, or of one outside teams, is the only one."""
    return PUBLIC_SCOPE if team is None else team.pk


def show_videos_of(team: Team) -> None:
    """Show a team's videos as it now says. The team must be locked."""
    is_public, is_unlisted = shown_as(team)
    team.videos.update(is_public=is_public, is_unlisted=is_unlisted)


def _count(team_id: int | None, change: int) -> None:
    """A team knows how many videos it has. Who calls has locked it."""
    if team_id is not None:
        teams = Video._meta.get_field("team").related_model._default_manager
        teams.filter(pk=team_id).update(video_count=F("video_count") + change)


def _place(video: Video, team: Team | None, project: Project | None) -> None:
    video.team = team
    video.project = project
    video.is_public, video.is_unlisted = shown_as(team)


def _move(video: Video, team: Team | None, project: Project | None, *, actor: User) -> ProjectLeft:
    """Into, out of or between teams and projects; its urls move to the new scope with it.

    What is left is what the record says of a move between projects.
    """
    before, old_project = video.team, video.project
    if video.team_id != (team and team.pk):
        _move_urls(video, team)
    if before is not None and (team is None or team.pk != before.pk):
        hold(before, team)
        record(ActivityType.VIDEO_MOVED_FROM_TEAM, actor=actor, video=video, new_team=_told(team))
    _place(video, team, project)
    _save(video)
    if video.team_id == (before and before.pk):
        if old_project == project:
            return {}
        return {"old_project": old_project.printed_slug if old_project else None}
    _count(before.pk if before else None, -1)
    _count(video.team_id, 1)
    if team is not None:
        hand_over(video, team)
        record(ActivityType.VIDEO_MOVED_TO_TEAM, actor=actor, video=video, old_team=_told(before))
    return {}


def _move_urls(video: Video, team: Team | None) -> None:
    """Raises `InvalidInput` with the url that another video has where this one would go."""
    # Of an older video's equal urls the one that has a scope is the last.
    once = {url.fingerprint: url for url in video.urls.order_by("scope")}
    others = _taken(list(once), team).exclude(video=video)

    def refuse_taken() -> None:
        if found := others.order_by("pk").first():
            raise _exists("team", once[found.fingerprint].url)

    refuse_taken()
    try:
        with transaction.atomic():
            moving = video.urls.filter(pk__in=[url.pk for url in once.values()])
            moving.update(scope=scope_of(team))
    except IntegrityError:
        # Somebody took one between the question and the answer.
        refuse_taken()
        raise


def _told(team: Team | None) -> str | None:
    """What one team may be told of another: nothing of a hidden one."""
    return team.slug if team is not None and team.team_visibility != PRIVATE else None


def _save(video: Video) -> None:
    try:
        with transaction.atomic():
            video.save()
    except IntegrityError as error:
        message = f"Another of your videos has the id {video.partner_video_id}."
        raise InvalidInput.field("id", message) from error


# --- languages -----------------------------------------------------------------------------------

_CODE = re.compile(r"(x(-[a-z0-9]{1,8})+|[a-z]{2,8}(-[a-z0-9]{1,8})*)")


@transaction.atomic
def add_language(*, actor: User, code: str, **fields: Unpack[LanguageFields]) -> Language:
    """A language of the operators, or their name for one that is known anyway.

    Raises `InvalidInput` where ``code`` is none, or only another spelling of a code that is stored.
    """
    code = code.strip().lower().replace("_", "-")
    if not _CODE.fullmatch(code):
        message = "Not a language code: letters, and digits after the first hyphen, as in pt-br."
        raise InvalidInput.field("code", message)
    if other := languages.other_spelling_of(code):
        raise InvalidInput.field("code", f"{code} is another spelling of {other}.")
    if Language.objects.filter(code=code).exists():
        raise InvalidInput.field("code", "Language with this code already exists.")
    language = Language.objects.create(code=code, **fields)
    _tell_of(language, actor, sorted(["code", *fields]))
    return language


@transaction.atomic
def update_language(
    language: Language, *, actor: User, **fields: Unpack[LanguageFields]
) -> Language:
    """Change what is given. A code never changes: things are stored under it."""
    for name, value in fields.items():
        setattr(language, name, value)
    language.save(update_fields=list(fields))
    _tell_of(language, actor, sorted(fields))
    return language


@transaction.atomic
def delete_language(language: Language, *, actor: User) -> None:
    """Remove what operators said of a language. Whether it is used, `teams.services` asks."""
    _tell_of(language, actor, [], deleted=True)
    language.delete()


def _tell_of(language: Language, actor: User, fields: list[str], **data: Unpack[Deletion]) -> None:
    record(
        ActivityType.LANGUAGE_CHANGED,
        actor=actor,
        language_code=language.code,
        name=language.name,
        fields=fields,
        **data,
    )
    transaction.on_commit(languages.reread)

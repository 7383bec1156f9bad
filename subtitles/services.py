"""Writes for subtitle languages, versions and notes. Rights are the caller's affair."""

from typing import Any

from django.db import IntegrityError, transaction

from activity.log import record, reveal
from activity.types import ActivityType
from amara_api import languages
from amara_api.errors import InvalidInput, NotThere
from subtitles import storage
from subtitles.formats import Track
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from videos.models import Video
from videos.services import lock as lock_video
from videos.services import record_title


@transaction.atomic
def add_language(
    video: Video, *, actor: Any, language_code: str, primary: bool | None = None, **fields: Any
) -> SubtitleLanguage:
    """Start a language. ``fields`` are its title, description, completeness and soft limits."""
    video = lock_video(video)
    language = SubtitleLanguage(video=video, language_code=language_code, **fields)
    try:
        with transaction.atomic():
            language.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput.field("language_code", "Language already exists") from error
    if primary:
        _set_primary_audio(language, actor=actor)
    record(ActivityType.LANGUAGE_CHANGED, actor=actor, video=video, language_code=language_code)
    return language


@transaction.atomic
def update_language(
    language: SubtitleLanguage, *, actor: Any, primary: bool | None = None, **fields: Any
) -> SubtitleLanguage:
    """Change what is given. Only a true ``primary`` says anything about the spoken language."""
    language = _lock(language)
    for name, value in fields.items():
        setattr(language, name, value)
    language.save()
    if primary:
        _set_primary_audio(language, actor=actor)
    record(
        ActivityType.LANGUAGE_CHANGED,
        actor=actor,
        video=language.video,
        language_code=language.language_code,
        fields=sorted(fields),
    )
    return language


def claim_language(video: Video, language_code: str) -> SubtitleLanguage:
    """The language, started if need be and locked: writers of one language take turns."""
    if not languages.is_known(language_code):
        raise InvalidInput.field("language_code", f"Unknown language code: {language_code}")
    video = lock_video(video)
    language, _ = SubtitleLanguage.objects.get_or_create(video=video, language_code=language_code)
    return _lock(language)


def claim_tip(video: Video, language_code: str) -> SubtitleVersion | None:
    """The newest version, with its language locked. Without one nothing is started."""
    started = SubtitleLanguage.objects.filter(
        video=video, language_code=language_code, tip__isnull=False
    )
    if not started.exists():
        return None
    language = claim_language(video, language_code)
    if language.tip is not None:
        # One object for one row: callers change both.
        language.tip.language = language
    return language.tip


def sign(version: SubtitleVersion, role: str, person: Any) -> None:
    """A version remembers its ``reviewer`` and its ``approver``."""
    setattr(version, role, person)
    version.save(update_fields=[role])


def add_version(
    language: SubtitleLanguage,
    *,
    author: Any,
    track: Track,
    source_format: str,
    source: str | None = None,
    is_public: bool = True,
    **fields: Any,
) -> SubtitleVersion:
    """The next version of a language that `claim_language` has locked.

    Numbers count from 1, without a gap, and are never used again. ``source`` is the upload as
    sent, where it says more than the track. Must run inside a transaction.
    """
    packed = storage.pack(track)
    if language.tip_id is None:
        # What the language was started with.
        fields = {"title": language.title, "description": language.description, **fields}
    language.last_number += 1
    version = SubtitleVersion.objects.create(
        language=language,
        version_number=language.last_number,
        author=author,
        parent_id=language.tip_id,
        is_public=is_public,
        subtitle_count=len(track.cues),
        fully_synced=track.fully_synced,
        digest=packed.digest,
        cues=packed.cues,
        source_format=source_format,
        source=storage.compressed(source) if source is not None else None,
        **fields,
    )
    language.tip = version
    if is_public:
        language.public_tip = version
    language.save(update_fields=["last_number", "tip", "public_tip"])
    # Who translates from this language no longer sees what they translated.
    language.translations.filter(is_forked=False).update(is_forked=True)
    record(
        ActivityType.VERSION_ADDED,
        actor=author,
        video=language.video,
        language_code=language.language_code,
        version=version,
    )
    return version


def publish(version: SubtitleVersion, *, actor: Any) -> None:
    """`make_public`, and the video is called as it says."""
    make_public(version, actor=actor)
    copy_to_video(version, actor=actor)


def make_public(version: SubtitleVersion, *, actor: Any) -> None:
    """Make a private version readable by everybody. Its language must be locked."""
    language = version.language
    language.public_tip = version
    language.save(update_fields=["public_tip"])
    if not version.is_public:
        version.is_public = True
        version.save(update_fields=["is_public"])
        video, code = language.video, language.language_code
        reveal(video, code, version.version_number)
        published = ActivityType.SUBTITLES_PUBLISHED
        record(published, actor=actor, video=video, language_code=code, version=version)


def publish_all(video: Video) -> None:
    """Make every private version of a video public. The video must be locked."""
    drafts = SubtitleVersion.objects.filter(
        language__video=video, is_public=False, is_deleted=False
    )
    touched = set(drafts.values_list("language_id", flat=True))
    drafts.update(is_public=True)
    for language in SubtitleLanguage.objects.filter(pk__in=touched):
        language.public_tip_id = language.tip_id
        language.save(update_fields=["public_tip"])
    reveal(video)


def copy_to_video(version: SubtitleVersion, *, actor: Any, duration: int | None = None) -> None:
    """A public version in the spoken language says what the video itself is called."""
    language = version.language
    if not version.is_public or not _is_primary_audio(language):
        return
    video = lock_video(language.video)
    old_title = video.title
    video.title = version.title or video.title
    video.description = version.description or video.description
    video.metadata = {**video.metadata, **{k: v for k, v in version.metadata.items() if v}}
    video.duration = video.duration or duration
    video.save(update_fields=["title", "description", "metadata", "duration"])
    record_title(video, old_title, actor=actor)


def set_complete(language: SubtitleLanguage, complete: bool) -> None:
    if language.subtitles_complete != complete:
        language.subtitles_complete = complete
        language.save(update_fields=["subtitles_complete"])


@transaction.atomic
def delete_subtitles(language: SubtitleLanguage, *, actor: Any) -> None:
    """Take all versions of a language away, and of the languages translated from it. The
    language stays, and its next version gets the next number."""
    language = _lock(language)
    followers = [_lock(translation) for translation in language.translations.order_by("pk")]
    for affected in [language, *followers]:
        published = affected.public_tip_id is not None
        affected.versions.update(is_deleted=True)
        affected.tip = affected.public_tip = None
        affected.save(update_fields=["tip", "public_tip"])
        record(
            ActivityType.SUBTITLES_DELETED,
            actor=actor,
            video=affected.video,
            language_code=affected.language_code,
            published=published,
        )
    set_complete(language, False)


@transaction.atomic
def add_note(video: Video, *, actor: Any, language_code: str, body: str) -> SubtitleNote:
    video = lock_video(video)
    note = SubtitleNote.objects.create(
        video=video, language_code=language_code, team=video.team, user=actor, body=body
    )
    said = ActivityType.COMMENT_ADDED
    record(said, actor=actor, video=video, language_code=language_code, note=note.pk)
    return note


def _lock(language: SubtitleLanguage) -> SubtitleLanguage:
    """The language as it is now, held until the transaction ends.

    Its video is locked first, as everywhere: two writers then never wait for each other, and none
    writes to a video that is being deleted.
    """
    lock_video(language.video)
    try:
        return (
            SubtitleLanguage.objects.select_for_update(of=("self",), no_key=True)
            .select_related("video")
            .get(pk=language.pk)
        )
    except SubtitleLanguage.DoesNotExist as error:
        raise NotThere from error


def _is_primary_audio(language: SubtitleLanguage) -> bool:
    return language.video.primary_audio_language_code == language.language_code


def _set_primary_audio(language: SubtitleLanguage, *, actor: Any) -> None:
    if _is_primary_audio(language):
        return
    video = lock_video(language.video)
    video.primary_audio_language_code = language.language_code
    video.save(update_fields=["primary_audio_language_code"])
    language.video = video
    fields = ["primary_audio_language_code"]
    record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=fields)

"""Writes for subtitle languages, versions and notes. Rights are the caller's affair."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from activity.log import forget_versions, move_over, record, reveal, unreveal
from activity.models import ActivityRecord
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.errors import Conflict, InvalidInput, NotThere
from subtitles import queries, storage
from subtitles.formats import Track
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from videos.models import Video
from videos.services import lock as lock_video
from videos.services import record_title

if TYPE_CHECKING:
    from users.models import User


IS_PUBLIC = "It is public already."


class LanguageFields(TypedDict, total=False):
    """What a language may be told of itself. Limits in milliseconds, or characters; None is none.

    ``title`` and ``description`` are for its beginning only.
    """

    title: str
    description: str
    subtitles_complete: bool
    soft_limit_lines: int | None
    soft_limit_min_duration: int | None
    soft_limit_max_duration: int | None
    soft_limit_cpl: int | None
    soft_limit_cps: int | None


class VersionFields(TypedDict, total=False):
    """What a version may say beside its cues."""

    title: str
    description: str
    metadata: dict[str, str]
    origin: str
    translated_from_code: str
    translated_from_number: int | None
    note: str


@transaction.atomic
def add_language(
    video: Video,
    *,
    actor: User,
    language_code: str,
    primary: bool | None = None,
    **fields: Unpack[LanguageFields],
) -> SubtitleLanguage:
    """Start a language."""
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
    language: SubtitleLanguage,
    *,
    actor: User,
    primary: bool | None = None,
    **fields: Unpack[LanguageFields],
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
    if "subtitles_complete" in fields and language.public_tip is not None:
        # Whoever says it of the language says it of what everybody reads.
        language.public_tip.language = language
        tell_published(language.public_tip, actor=actor)
    return language


def claim_language(video: Video, language_code: str) -> SubtitleLanguage:
    """The language, started if need be and locked: writers of one language take turns.

    ``video`` is what `videos.services.lock` gave, and the language's ``video`` from here on.
    """
    if not languages.is_known(language_code):
        raise InvalidInput.field("language_code", languages.unknown(language_code))
    # Nobody else starts one meanwhile: the video is locked.
    return _locked_language(video, language_code) or SubtitleLanguage.objects.create(
        video=video, language_code=language_code
    )


def begin_translation(language: SubtitleLanguage, source: int) -> None:
    """Say that a language is translated from another one of its video, given by its id. Both as
    `claim_language` has locked them. Raises `InvalidInput` where there is something already."""
    if language.tip_id is not None:
        raise has_begun(language.language_code)
    if not SubtitleLanguage.objects.filter(pk=source, video=language.video_id).exists():
        raise NotThere
    language.translated_from_id, language.is_forked = source, False
    language.save(update_fields=["translated_from", "is_forked"])


def has_begun(language_code: str) -> InvalidInput:
    message = f"There are subtitles in {languages.name(language_code)} already."
    return InvalidInput.field("from_language", message)


def claim_tip(video: Video, language_code: str) -> SubtitleVersion | None:
    """The newest version, with its language as `claim_language` gives it. Nothing is started."""
    language = _locked_language(video, language_code)
    if language is None or language.tip is None:
        return None
    # One object for one row: callers change both.
    language.tip.language = language
    return language.tip


def _locked_language(video: Video, language_code: str) -> SubtitleLanguage | None:
    language = (
        SubtitleLanguage.objects.select_for_update(no_key=True)
        .filter(video=video, language_code=language_code)
        .first()
    )
    if language is not None:
        language.video = video
    return language


def sign(version: SubtitleVersion, role: str, person: User) -> None:
    """A version remembers its ``reviewer`` and its ``approver``."""
    setattr(version, role, person)
    version.save(update_fields=[role])


def add_version(
    language: SubtitleLanguage,
    *,
    author: User,
    track: Track,
    source_format: str,
    source: str | None = None,
    is_public: bool = True,
    **fields: Unpack[VersionFields],
) -> SubtitleVersion:
    """The next version of a language that `claim_language` has locked.

    Numbers count from 1, without a gap, and are never used again. ``source`` is the upload as
    sent, where it says more than the track. Must run inside a transaction.
    """
    packed = storage.pack(track, _right_before(language, "cues"))
    kept = None
    if source is not None:
        kept = storage.compressed(source.encode(), _right_before(language, "source"))
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
        cues_depth=packed.depth,
        source_format=source_format,
        source=kept and kept.blob,
        source_depth=kept.depth if kept else 0,
        **fields,
    )
    language.tip = version
    if is_public:
        # That this one is complete too, whoever says so tells.
        language.public_tip, language.complete_number = version, None
    language.save(update_fields=["last_number", "tip", "public_tip", "complete_number"])
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


def _right_before(language: SubtitleLanguage, column: str) -> storage.Plain | None:
    """What the newest version holds, if the next one comes right after it."""
    if language.tip_id is None:
        return None
    return queries.plain(column, language.tip_id, number=language.last_number)


@transaction.atomic
def publish_version(language: SubtitleLanguage, version: int, *, actor: User) -> SubtitleVersion:
    """Make a draft of a language (its key) public, whichever it is. The newest is called complete,
    as by the action Publish, if all of its subtitles have times. One that is older than what
    everybody reads can be read from then on, and changes nothing else.

    Raises `NotThere`, and `InvalidInput` where it is public already.
    """
    language = _lock(language)
    found = language.versions.filter(pk=version, is_deleted=False).defer("cues", "source").first()
    if found is None:
        raise NotThere
    if found.is_public:
        raise InvalidInput([IS_PUBLIC])
    found.language = language
    newest = language.public_tip
    if newest is None or newest.version_number < found.version_number:
        if found.pk == language.tip_id and is_whole(found):
            set_complete(found, True, actor=actor)
        publish(found, actor=actor)
    else:
        found.is_public, found.is_hidden = True, False
        found.save(update_fields=["is_public", "is_hidden"])
        reveal(language.video, language.language_code, found.version_number)
        record(
            ActivityType.SUBTITLES_PUBLISHED,
            actor=actor,
            video=language.video,
            language_code=language.language_code,
            version=found,
            complete=False,
            revealed=True,
        )
    record(
        ActivityType.ACTION_PERFORMED,
        actor=actor,
        video=language.video,
        language_code=language.language_code,
        action="publish",
    )
    return found


def is_whole(version: SubtitleVersion) -> bool:
    """Whether a version can be called complete."""
    return bool(version.subtitle_count and version.fully_synced)


def publish(version: SubtitleVersion, *, actor: User) -> None:
    """`make_public`, and the video is called as it says."""
    make_public(version, actor=actor)
    copy_to_video(version, actor=actor)


def make_public(version: SubtitleVersion, *, actor: User) -> ActivityRecord | None:
    """Make a private version readable by everybody. Its language must be locked.

    What is on record of it, unless nothing has changed.
    """
    language, revealed = version.language, not version.is_public
    language.public_tip = version
    language.save(update_fields=["public_tip"])
    if revealed:
        version.is_public, version.is_hidden = True, False
        version.save(update_fields=["is_public", "is_hidden"])
        reveal(language.video, language.language_code, version.version_number)
    return tell_published(version, actor=actor, revealed=revealed)


def tell_published(
    version: SubtitleVersion, *, actor: User, revealed: bool = False
) -> ActivityRecord | None:
    """The end of each step that may have made ``version`` the public, complete one of its language,
    whatever the step was: on record once, and not at all for a draft.

    ``revealed``: it was a draft until this step, which is on record even if it is not complete.
    """
    language = version.language
    if language.public_tip_id != version.pk:
        return None
    number = version.version_number if language.subtitles_complete else None
    became = number is not None and number != language.complete_number
    if language.complete_number != number:
        language.complete_number = number
        language.save(update_fields=["complete_number"])
    if not (became or revealed):
        return None
    return record(
        ActivityType.SUBTITLES_PUBLISHED,
        actor=actor,
        video=language.video,
        language_code=language.language_code,
        version=version,
        complete=became,
        revealed=revealed,
    )


def publish_all(video: Video, *, actor: User) -> list[ActivityRecord]:
    """Make the private versions of a video public, but for those that staff has hidden: what is on
    record of that, at most one a language. The video must be locked."""
    shown = SubtitleVersion.objects.filter(is_deleted=False, is_hidden=False)
    drafts = shown.filter(language__video=video, is_public=False)
    for code, number in drafts.values_list("language__language_code", "version_number"):
        reveal(video, code, number)
    newer = shown.filter(
        language=OuterRef("language"), version_number__gt=OuterRef("version_number")
    )
    tips = drafts.filter(~Exists(newer)).select_related("language").defer("cues", "source")
    newest = list(tips.order_by("language__language_code"))
    drafts.update(is_public=True)
    made = []
    for version in newest:
        version.is_public, language = True, version.language
        language.video, language.public_tip = video, version
        language.save(update_fields=["public_tip"])
        made.append(tell_published(version, actor=actor, revealed=True))
    return [each for each in made if each is not None]


def copy_to_video(version: SubtitleVersion, *, actor: User, duration: int | None = None) -> None:
    """A public version in the spoken language says what the video itself is called. The version's
    language must be locked."""
    language = version.language
    if not version.is_public or not _is_primary_audio(language):
        return
    video = language.video
    old_title = video.title
    said = {
        "title": version.title or video.title,
        "description": version.description or video.description,
        "metadata": {**video.metadata, **{k: v for k, v in version.metadata.items() if v}},
        "duration": video.duration or duration,
    }
    news = [name for name, value in said.items() if value != getattr(video, name)]
    for name in news:
        setattr(video, name, said[name])
    if news:
        video.save(update_fields=news)
        record_title(video, old_title, actor=actor)


def set_complete(version: SubtitleVersion, complete: bool, *, actor: User) -> None:
    """Say of the newest version that it is all of its language, or is not."""
    language = version.language
    if language.subtitles_complete != complete:
        language.subtitles_complete = complete
        language.save(update_fields=["subtitles_complete"])
    tell_published(version, actor=actor)


@transaction.atomic
def delete_subtitles(language: SubtitleLanguage, *, actor: User) -> list[str]:
    """Take all versions of a language away, and of the languages translated from it. The
    languages stay, and their next versions get the next numbers. The codes of them all."""
    language = _lock(language)
    followers = [_lock(translation) for translation in language.translations.order_by("pk")]
    for affected in [language, *followers]:
        published = affected.public_tip_id is not None
        affected.versions.update(is_deleted=True)
        affected.tip = affected.public_tip = affected.complete_number = None
        if affected is language:
            affected.subtitles_complete = False
        gone = ["tip", "public_tip", "complete_number", "subtitles_complete"]
        affected.save(update_fields=gone)
        record(
            ActivityType.SUBTITLES_DELETED,
            actor=actor,
            video=affected.video,
            language_code=affected.language_code,
            published=published,
        )
    return [affected.language_code for affected in [language, *followers]]


@transaction.atomic
def take_back(
    language: SubtitleLanguage, versions: Iterable[int], *, actor: User, hide: bool = False
) -> list[SubtitleVersion]:
    """Delete these versions (keys) of a language, or with ``hide`` make drafts of them again.

    What is left takes their place at once: the newest is the tip, the newest public one is what
    everybody reads, and the video is called as that says. That the language is complete stays as
    it was said last. What was taken; of those that are gone, or hidden, nothing is said.
    """
    language = _lock(language)
    found = language.versions.filter(pk__in=list(versions), is_deleted=False)
    if hide:
        found = found.filter(is_public=True)
    taken = list(found.defer("cues", "source").order_by("version_number"))
    if not taken:
        return []
    before = language.public_tip_id
    language.versions.filter(pk__in=[each.pk for each in taken]).update(
        **({"is_public": False, "is_hidden": True} if hide else {"is_deleted": True})
    )
    left = language.versions.filter(is_deleted=False).defer("cues", "source")
    left = left.order_by("-version_number")
    language.tip, language.public_tip = left.first(), left.filter(is_public=True).first()
    if language.public_tip_id != before:
        language.complete_number = None
    if language.tip is None:
        language.subtitles_complete = False
    language.save(update_fields=["tip", "public_tip", "complete_number", "subtitles_complete"])
    for version in taken:
        version.language = language
        if hide:
            version.is_public = False
            unreveal(language.video, language.language_code, version.version_number)
        record(
            ActivityType.SUBTITLES_DELETED,
            actor=actor,
            video=language.video,
            language_code=language.language_code,
            version=version,
            published=before == version.pk and language.public_tip is None,
            hidden=hide,
        )
    public = language.public_tip
    if public is not None and public.pk != before:
        public.language = language
        tell_published(public, actor=actor)
        copy_to_video(public, actor=actor)
    return taken


class Moves(NamedTuple):
    """What becomes of the languages of two videos that are merged. ``moving`` come from the one
    that goes; ``gone`` have none but deleted versions, and the other video has the language;
    ``both`` have subtitles in both, so that none can be told to be the newer one."""

    moving: list[SubtitleLanguage]
    gone: list[SubtitleLanguage]
    both: list[str]


def moves_of(other: Video, video: Video) -> Moves:
    """What `take_over` does with the languages of ``other``, and with those of ``video`` that have
    no subtitles. As things are now."""
    own = {each.language_code: each for each in video.subtitle_languages.all()}
    moving, gone, both = [], [], []
    theirs = other.subtitle_languages.select_related("public_tip")
    blobs = ("public_tip__cues", "public_tip__source")
    for language in theirs.defer(*blobs).order_by("language_code"):
        same = own.get(language.language_code)
        if same is None:
            moving.append(language)
        elif language.tip_id is None:
            gone.append(language)
        elif same.tip_id is None:
            moving.append(language)
            gone.append(same)
        else:
            both.append(language.language_code)
    return Moves(moving, gone, both)


def take_over(video: Video, other: Video, *, actor: User) -> None:
    """The languages and notes of ``other`` come to ``video``, with all versions under their numbers
    and what is on record of them. Both videos and all their languages must be locked.

    Raises `InvalidInput` for languages in which both have subtitles.
    """
    moves = moves_of(other, video)
    if moves.both:
        raise InvalidInput([f"Both videos have subtitles in {', '.join(moves.both)}."])
    for language in moves.gone:
        code = language.language_code
        # What was translated from there is not translated from what takes its place.
        SubtitleVersion.objects.filter(
            language__video=language.video_id, translated_from_code=code
        ).update(translated_from_number=None)
        forget_versions(language.video, code)
        language.delete()
    move_over(other, video)
    SubtitleNote.objects.filter(video=other).update(video=video)
    keys = [language.pk for language in moves.moving]
    SubtitleLanguage.objects.filter(pk__in=keys).update(video=video)
    for language in moves.moving:
        if language.public_tip is not None:
            # Of this video they have not been there before.
            record(
                ActivityType.SUBTITLES_PUBLISHED,
                actor=actor,
                video=video,
                language_code=language.language_code,
                version=language.public_tip,
                complete=language.complete_number is not None,
                revealed=True,
            )


@transaction.atomic
def delete_notes(notes: Iterable[int]) -> int:
    """Remove the notes of these keys; how many there were. Records of them tell no text then."""
    return SubtitleNote.objects.filter(pk__in=list(notes)).delete()[0]


def hide_note(note: SubtitleNote, *, hide: bool) -> None:
    """Keep a note from everybody, or no longer. It is as one that is deleted, and is there still.

    Raises `Conflict` where that is so already, or the note is gone.
    """
    notes = SubtitleNote.objects.filter(pk=note.pk, is_hidden=not hide)
    if not notes.update(is_hidden=hide):
        raise Conflict(f"It is {'hidden' if hide else 'shown'} already, or gone.")


@transaction.atomic
def add_note(video: Video, *, actor: User, language_code: str, body: str) -> SubtitleNote:
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
    video = lock_video(language.video)
    try:
        found = SubtitleLanguage.objects.select_for_update(no_key=True).get(pk=language.pk)
    except SubtitleLanguage.DoesNotExist as error:
        raise NotThere from error
    found.video = video
    return found


def _is_primary_audio(language: SubtitleLanguage) -> bool:
    return language.video.primary_audio_language_code == language.language_code


def _set_primary_audio(language: SubtitleLanguage, *, actor: User) -> None:
    """The language's video must be locked."""
    if _is_primary_audio(language):
        return
    video = language.video
    video.primary_audio_language_code = language.language_code
    video.save(update_fields=["primary_audio_language_code"])
    fields = ["primary_audio_language_code"]
    record(ActivityType.VIDEO_CHANGED, actor=actor, video=video, fields=fields)

"""The one way in: subtitles and an action go in, a version comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Unpack

from django.db import transaction
from django.db.models import Q

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.errors import Conflict, InvalidInput
from subtitles import services
from subtitles.formats import Track
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import language_row, track_of
from subtitles.workflows.actions import PUBLISH, Action
from subtitles.workflows.base import Workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtitles.services import LanguageFields, VersionFields
    from users.models import User
    from videos.models import Video


def submit(
    workflow: Workflow,
    *,
    actor: User,
    track: Track,
    source_format: str,
    source: str | None = None,
    action: str | None = None,
    is_complete: bool | None = None,
    duration: int | None = None,
    translates: int | None = None,
    **fields: Unpack[VersionFields],
) -> SubtitleVersion:
    """A new version of the workflow's language, and what ``action`` makes of it.

    All or nothing: an action that cannot be performed leaves no version behind. An action beats
    ``is_complete``, and is meant for the step that the workflow has seen. ``translates`` is the
    language whose timings these are, with which this one begins.
    """
    workflow.see()
    with transaction.atomic():
        workflow.lock()
        _require_language(workflow)
        chosen = workflow.named(action, actor) if action else workflow.implied(is_complete, actor)
        _require_step(workflow, chosen)
        return _add(
            workflow,
            chosen,
            actor=actor,
            track=track,
            source_format=source_format,
            source=source,
            duration=duration,
            translates=translates,
            **fields,
        )


def begin_translation(
    workflow: Workflow,
    *,
    actor: User,
    source: str,
    readable: Callable[[Video], Q],
    **fields: Unpack[VersionFields],
) -> SubtitleVersion:
    """The timings of the language with the code ``source`` without its words, as the first version
    of the workflow's language: of the newest of the versions that are ``readable`` to the actor,
    which is asked under the lock.

    Raises `InvalidInput` where the source has no version that can be read, or the language has one.
    """
    workflow.see()
    with transaction.atomic():
        workflow.lock()
        begun = timings_of(workflow, source, readable=readable)
        fields["translated_from_code"] = source
        fields["translated_from_number"] = begun.version_number
        return submit(
            workflow,
            actor=actor,
            track=begun.track,
            source_format="json",
            is_complete=False,
            translates=begun.language,
            **fields,
        )


class Timings(NamedTuple):
    """What a translation begins with, and the language and version that it is of."""

    language: int
    version_number: int
    track: Track


def timings_of(workflow: Workflow, source: str, *, readable: Callable[[Video], Q]) -> Timings:
    """The timings that `begin_translation` takes. Raises what it does."""
    row = language_row(workflow.video.pk, source)
    if row is None or source == workflow.language_code:
        raise no_source(source)
    versions = SubtitleVersion.objects.filter(
        readable(workflow.video), language=row.pk, is_deleted=False
    )
    newest = versions.order_by("-version_number").values_list("pk", "version_number").first()
    if newest is None:
        raise no_source(source)
    track = replace(track_of(newest[0]).timings(), language=workflow.language_code)
    return Timings(row.pk, newest[1], track)


def require_beginning(workflow: Workflow, source: str, *, readable: Callable[[Video], Q]) -> Track:
    """What `begin_translation` would begin with. Raises what that would, as things are now."""
    begun = timings_of(workflow, source, readable=readable)
    _require_language(workflow)
    row = language_row(workflow.video.pk, workflow.language_code)
    if row is not None and row.tip is not None:
        raise services.has_begun(workflow.language_code)
    return begun.track


def no_source(language_code: str) -> InvalidInput:
    name = languages.name(language_code) or language_code
    reason = f"There are no subtitles in {name} to begin with."
    return InvalidInput.field(
        "from_language", reason if language_code else "Choose a language to begin with."
    )


def _add(
    workflow: Workflow,
    chosen: Action | None,
    *,
    actor: User,
    track: Track,
    source_format: str,
    source: str | None,
    duration: int | None,
    translates: int | None,
    **fields: Unpack[VersionFields],
) -> SubtitleVersion:
    language = services.claim_language(workflow.video, workflow.language_code)
    if translates is None:
        is_public = workflow.is_public_after(chosen, actor)
        if workflow.waits_for_a_person(fields.get("origin", "")):
            _require_no_publishing(chosen)
            is_public = False
    else:
        services.begin_translation(language, translates)
        is_public = workflow.is_public_without_words(chosen, actor)
    version = services.add_version(
        language,
        author=actor,
        track=track,
        source_format=source_format,
        source=source,
        is_public=is_public,
        **fields,
    )
    services.copy_to_video(version, actor=actor, duration=duration)
    workflow.received(version, actor=actor)
    if chosen is not None:
        _perform(workflow, chosen, version, actor=actor)
    else:
        services.tell_published(version, actor=actor)
    return version


def _require_no_publishing(action: Action | None) -> None:
    if action is PUBLISH:
        message = "Subtitles by a machine stay a draft until a person publishes them afterwards."
        raise InvalidInput.field("action", message)


def require(
    workflow: Workflow,
    *,
    actor: User,
    action: str | None = None,
    is_complete: bool | None = None,
    origin: str = "",
    track: Track | None = None,
) -> None:
    """Raises what `submit` would, as things are now; without a track whatever the cues are: before
    they are fetched."""
    _require_language(workflow)
    chosen = workflow.named(action, actor) if action else workflow.implied(is_complete, actor)
    if workflow.waits_for_a_person(origin):
        _require_no_publishing(chosen)
    if track is not None and chosen is not None:
        version = SubtitleVersion(
            subtitle_count=len(track.cues), fully_synced=track.fully_synced, origin=origin
        )
        workflow.settle(chosen, SubtitleLanguage(), version)


@transaction.atomic
def start_language(
    workflow: Workflow,
    *,
    actor: User,
    primary: bool | None = None,
    **fields: Unpack[LanguageFields],
) -> SubtitleLanguage:
    """Start the workflow's language without subtitles yet. See `services.add_language`."""
    workflow.lock()
    _require_language(workflow)
    return services.add_language(
        workflow.video,
        actor=actor,
        language_code=workflow.language_code,
        primary=primary,
        **fields,
    )


def _require_language(workflow: Workflow) -> None:
    if not (decision := workflow.takes_language()):
        raise InvalidInput.field("language_code", decision.reason)


def _require_step(workflow: Workflow, action: Action | None) -> None:
    """Two people press the same button: the second is told, and does not do the next step too."""
    if action is not None and action.steps and workflow.has_stepped:
        raise Conflict("Somebody else has just done this step. Look at the actions again.")


def perform(workflow: Workflow, *, actor: User, action: str) -> None:
    """What pressing a button without changing a cue does.

    Raises `InvalidInput` when there is nothing to act on, or no such action now.
    """
    workflow.see()
    with transaction.atomic():
        workflow.lock()
        version = services.claim_tip(workflow.video, workflow.language_code)
        if version is None:
            raise InvalidInput("No subtitles")
        chosen = workflow.named(action, actor)
        _require_step(workflow, chosen)
        _act(workflow, chosen, version, actor=actor)


def _act(workflow: Workflow, chosen: Action, version: SubtitleVersion, *, actor: User) -> None:
    _perform(workflow, chosen, version, actor=actor)
    services.copy_to_video(version, actor=actor)
    record(
        ActivityType.ACTION_PERFORMED,
        actor=actor,
        video=workflow.video,
        language_code=workflow.language_code,
        action=chosen.name,
    )


def _perform(
    workflow: Workflow,
    action: Action,
    version: SubtitleVersion,
    *,
    actor: User,
) -> None:
    complete = workflow.settle(action, version.language, version)
    if complete is not None:
        services.set_complete(version, complete, actor=actor)
    workflow.perform(action, actor=actor, version=version)

"""The one way in: subtitles and an action go in, a version comes out."""

from typing import Any

from django.db import transaction

from activity.log import record
from activity.types import ActivityType
from amara_api.errors import InvalidInput
from subtitles import services
from subtitles.formats import Track
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.workflows.actions import Action
from subtitles.workflows.base import Workflow


@transaction.atomic
def submit(
    workflow: Workflow,
    *,
    actor: Any,
    track: Track,
    source_format: str,
    source: str | None = None,
    action: str | None = None,
    is_complete: bool | None = None,
    duration: int | None = None,
    **fields: Any,
) -> SubtitleVersion:
    """A new version of the workflow's language, and what ``action`` makes of it.

    All or nothing: an action that cannot be performed leaves no version behind. An action beats
    ``is_complete``. ``fields`` are title, description, metadata and origin of the version.
    """
    workflow.lock()
    _require_language(workflow)
    chosen = workflow.named(action, actor) if action else workflow.implied(is_complete, actor)
    language = services.claim_language(workflow.video, workflow.language_code)
    version = services.add_version(
        language,
        author=actor,
        track=track,
        source_format=source_format,
        source=source,
        is_public=workflow.is_public_after(chosen, actor),
        **fields,
    )
    services.copy_to_video(version, actor=actor, duration=duration)
    workflow.received(version, actor=actor)
    if chosen is not None:
        _perform(workflow, chosen, version, actor=actor)
    return version


def require(workflow: Workflow, *, actor: Any, action: str | None = None) -> None:
    """Raises what `submit` would whatever the cues are, as things are now: before they are
    fetched."""
    _require_language(workflow)
    if action:
        workflow.named(action, actor)


@transaction.atomic
def start_language(workflow: Workflow, *, actor: Any, **fields: Any) -> SubtitleLanguage:
    """Start the workflow's language without subtitles yet. See `services.add_language`."""
    _require_language(workflow)
    return services.add_language(
        workflow.video, actor=actor, language_code=workflow.language_code, **fields
    )


def _require_language(workflow: Workflow) -> None:
    if not (decision := workflow.takes_language()):
        raise InvalidInput.field("language_code", decision.reason)


@transaction.atomic
def perform(workflow: Workflow, *, actor: Any, action: str) -> None:
    """What pressing a button without changing a cue does.

    Raises `InvalidInput` when there is nothing to act on, or no such action now.
    """
    workflow.lock()
    version = services.claim_tip(workflow.video, workflow.language_code)
    if version is None:
        raise InvalidInput("No subtitles")
    chosen = workflow.named(action, actor)
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
    actor: Any,
) -> None:
    complete = workflow.settle(action, version.language, version)
    if complete is not None:
        services.set_complete(version.language, complete)
    workflow.perform(action, actor=actor, version=version)

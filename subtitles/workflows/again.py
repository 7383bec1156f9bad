"""New versions that are made of older ones: restored as they were, or transformed as a whole.

Each goes the way of any other version (`submit`), so that the workflow says what becomes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from amara_api.kernel.errors import NotThere
from subtitles import queries
from subtitles.models import SubtitleVersion
from subtitles.workflows.base import Workflow
from subtitles.workflows.submit import submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtitles.formats import Track
    from subtitles.services import VersionFields
    from subtitles.transforming import Transformed
    from users.models import User
    from videos.models import Video

Origin = SubtitleVersion.Origin


def restore(
    workflow: Workflow,
    *,
    actor: User,
    version_number: int,
    readable: Callable[[Video], Q],
    action: str | None = None,
) -> SubtitleVersion:
    """An older version of the workflow's language as its newest, with the file that it was made of.

    ``readable``, the versions that the actor may read, is asked of the video under the lock. Raises
    `NotThere` for a version that the actor may not read, and what `submit` does.
    """
    workflow.see()
    with transaction.atomic():
        old = _locked(workflow, version_number, readable)
        source = queries.plain("source", old.pk)
        return submit(
            workflow,
            actor=actor,
            track=queries.track_of(old.pk),
            source_format=old.source_format,
            source=source and source.data.decode(),
            action=action,
            **_said_of(old, Origin.ROLLBACK, f"Version {old.version_number} again."),
        )


def transform(
    workflow: Workflow,
    *,
    actor: User,
    how: Callable[[Track], Transformed],
    readable: Callable[[Video], Q],
    version_number: int | None = None,
    action: str | None = None,
) -> SubtitleVersion:
    """A version (None: the newest that the actor may read) as the newest, with other times or
    fewer cues. What it was written down in before says other times, and is not kept.

    Raises what `restore` does, and what ``how`` does.
    """
    workflow.see()
    with transaction.atomic():
        old = _locked(workflow, version_number, readable)
        made = how(queries.track_of(old.pk))
        return submit(
            workflow,
            actor=actor,
            track=made.track,
            source_format="json",
            action=action,
            **_said_of(old, Origin.TRANSFORM, made.note),
        )


def _locked(
    workflow: Workflow, number: int | None, readable: Callable[[Video], Q]
) -> SubtitleVersion:
    """The version, while nothing can be added to its language or taken from it."""
    workflow.lock()
    return readable_version(
        workflow.video, workflow.language_code, number=number, readable=readable
    )


def readable_version(
    video: Video,
    language_code: str,
    *,
    number: int | None,
    readable: Callable[[Video], Q],
) -> SubtitleVersion:
    """The version of this number, or the newest, of those that can be read. Raises `NotThere`."""
    versions = SubtitleVersion.objects.filter(
        readable(video),
        language__video=video,
        language__language_code=language_code,
        is_deleted=False,
    )
    if number is not None:
        versions = versions.filter(version_number=number)
    found = versions.defer("cues", "source").order_by("-version_number").first()
    if found is None:
        raise NotThere
    return found


def _said_of(version: SubtitleVersion, origin: str, note: str) -> VersionFields:
    """What the older version says beside its cues, and how the new one came about. What waits for a
    person still does."""
    waits = version.is_of_machine and not version.is_public
    return {
        "origin": Origin.MACHINE if waits else origin,
        "note": note,
        "title": version.title,
        "description": version.description,
        "metadata": version.metadata,
        "translated_from_code": version.translated_from_code,
        "translated_from_number": version.translated_from_number,
    }

"""Single versions that operators publish or make private, and in words what each changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Q

from amara_api.kernel import languages
from amara_api.kernel.errors import InvalidInput
from subtitles import services as subtitles
from subtitles.models import SubtitleVersion
from teams.models import OPEN, UNFINISHED, SubtitleRequest, Task
from teams.policies.requests import open_request
from teams.policies.work import open_task
from teams.services import requests, tasks

if TYPE_CHECKING:
    from users.models import User

_SHOWN = 120  # letters of a title
_DELETED = "It is deleted."
_PRIVATE = "It is private already."


@transaction.atomic
def publish(version: SubtitleVersion, *, actor: User) -> SubtitleVersion:
    """See `subtitles.services.publish_version`. Raises `InvalidInput` while work on the language is
    open: that publishes it, when whoever has to has looked at it."""
    video, code = version.language.video, version.language.language_code
    requests.claim(video, code)
    work = open_request(video, code) or open_task(video, code)
    if work is not None:
        raise InvalidInput([_in_work(work)])
    return subtitles.publish_version(version.language, version.pk, actor=actor)


def make_private(version: SubtitleVersion, *, actor: User) -> None:
    """See `subtitles.services.take_back`. Raises `InvalidInput` where nobody reads it anyway."""
    if not tasks.take_back(version.language, [version.pk], actor=actor, hide=True):
        raise InvalidInput([_PRIVATE])


class Outlook(NamedTuple):
    """What will happen to a version, or why nothing will."""

    says: str
    refused: bool = False


def publish_outlook(chosen: Sequence[SubtitleVersion]) -> dict[int, Outlook]:
    """What `publish` does to each of these, one after the other in this order: by key. They must
    have their languages, videos and teams."""
    work = _open_work(chosen)

    def says(version: SubtitleVersion, public: set[int]) -> Outlook:
        language, number = version.language, version.version_number
        if version.is_public:
            return Outlook(subtitles.IS_PUBLIC, refused=True)
        open_work = work.get((language.video_id, language.language_code)) or work.get(
            (language.video_id, "")
        )
        if open_work is not None:
            return Outlook(_in_work(open_work), refused=True)
        before = max(public, default=0)
        public.add(number)
        if number < before:
            return Outlook(
                f"It can be read among the older versions. Everybody still reads version {before}."
            )
        instead = f", instead of version {before}" if before else ""
        parts, complete = [f"Everybody reads it then{instead}."], language.subtitles_complete
        if version.pk != language.tip_id:
            parts.append("Newer drafts stay drafts.")
        elif subtitles.is_whole(version):
            parts.append("The language is called complete.")
            complete = True
        elif not complete:
            parts.append("It is not called complete: not all of its subtitles have times.")
        heard = _heard(version, "subtitles-published") if complete else []
        return Outlook(" ".join([*parts, *_called(version), *heard]))

    return _each(chosen, says)


def private_outlook(chosen: Sequence[SubtitleVersion]) -> dict[int, Outlook]:
    """The same of `make_private`."""
    versions = SubtitleVersion.objects.filter(language__in={each.language_id for each in chosen})
    titles = {
        (language, number): title
        for language, number, title in versions.filter(is_deleted=False).values_list(
            "language", "version_number", "title"
        )
    }

    def says(version: SubtitleVersion, public: set[int]) -> Outlook:
        language, number = version.language, version.version_number
        if not version.is_public:
            return Outlook(_PRIVATE, refused=True)
        was_read = number == max(public, default=0)
        public.discard(number)
        left = max(public, default=0)
        if not was_read:
            return Outlook(f"Everybody still reads version {left}.")
        if not left:
            name = languages.name(language.language_code)
            parts = [f"Nobody reads anything in {name} then."]
            return Outlook(" ".join([*parts, *_heard(version, "subtitle-unpublished")]))
        title = titles[language.pk, left]
        called = _called(SubtitleVersion(language=language, title=title))
        heard = _heard(version, "subtitles-published") if language.subtitles_complete else []
        return Outlook(" ".join([f"Everybody reads version {left} again.", *called, *heard]))

    return _each(chosen, says)


def _each(
    chosen: Sequence[SubtitleVersion],
    says: Callable[[SubtitleVersion, set[int]], Outlook],
) -> dict[int, Outlook]:
    """``says`` is told, and changes, the numbers of what is public in the version's language."""
    public: dict[int, set[int]] = defaultdict(set)
    rows = SubtitleVersion.objects.filter(
        language__in={each.language_id for each in chosen}, is_deleted=False, is_public=True
    )
    for language, number in rows.values_list("language", "version_number"):
        public[language].add(number)
    return {
        each.pk: Outlook(_DELETED, refused=True)
        if each.is_deleted
        else says(each, public[each.language_id])
        for each in chosen
    }


def _open_work(chosen: Sequence[SubtitleVersion]) -> dict[tuple[int, str], Task | SubtitleRequest]:
    of = Q(video__in={each.language.video_id for each in chosen})
    found: dict[tuple[int, str], Task | SubtitleRequest] = {}
    for task in Task.objects.filter(OPEN, of).select_related("assignee").order_by("type"):
        found[task.video_id, task.language_code] = task
    for request in SubtitleRequest.objects.filter(UNFINISHED, of):
        found[request.video_id, request.language_code] = request
    return found


def _in_work(work: Task | SubtitleRequest) -> str:
    if isinstance(work, SubtitleRequest):
        return f"The subtitle request {work.job_id} is not finished: that publishes it."
    has = f"{work.assignee.username} has it" if work.assignee else "nobody has it"
    return f"The task “{work.get_type_display()}” is open, {has}: that publishes it."


def _called(version: SubtitleVersion) -> list[str]:
    """Whether the video is called otherwise afterwards."""
    language, title = version.language, version.title
    video = language.video
    spoken = video.primary_audio_language_code == language.language_code
    if not spoken or not title or title == video.title:
        return []
    return [f"The video is called “{' '.join(title.split())[:_SHOWN]}” then."]


def _heard(version: SubtitleVersion, event: str) -> list[str]:
    in_team = version.language.video.team_id is not None
    return [f"Callbacks of the team hear {event}."] if in_team else []

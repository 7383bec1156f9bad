"""Two videos that are one: all that belongs to the one goes over to the other, and it is deleted.

What cannot be kept without a choice that only people can make is refused, with what to do first
(docs/adr/0045-merging-loses-nothing.md). What will happen is said by `plan`, which asks the same
rules as `merge` does under its locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activity.outbox import hold
from amara_api.kernel import languages
from amara_api.kernel.errors import Conflict, InvalidInput
from subtitles import services as subtitles
from subtitles.models import SubtitleLanguage
from teams.models import OPEN, UNFINISHED, Evaluation, SubtitleRequest, Task, Team
from teams.services.locks import lock_teams
from videos import services as videos
from videos.models import Video

if TYPE_CHECKING:
    from subtitles.services import Moves
    from users.models import User

_LISTED = 20
_SHOWN = 120  # letters of a title


class Plan(NamedTuple):
    """What merging does, a sentence each; or why it cannot be."""

    refused: tuple[str, ...]
    told: tuple[str, ...]


def plan(stays: Video, goes: Video) -> Plan:
    """What `merge` does, or why it would not, as things are now."""
    if stays.pk == goes.pk:
        return Plan(("These are one video already.",), ())
    if stays.team_id != goes.team_id:
        message = (
            f"{_of_team(stays)}, and {_of_team(goes, short=True)}. Move one of them first, so that "
            "both are in the same place."
        )
        return Plan((message,), ())
    moves, work = subtitles.moves_of(goes, stays), _work_of(stays, goes)
    return Plan(tuple(_refused(stays, goes, moves, work)), tuple(_told(stays, goes, moves, work)))


@transaction.atomic
def merge(stays: Video, goes: Video, *, actor: User, agreed: Sequence[str] | None = None) -> Video:
    """All of ``goes`` comes to ``stays``, and ``goes`` is deleted.

    ``agreed`` is what whoever decided this was told. Raises `Conflict` where that is no longer what
    would happen, or a video has moved; `NotThere` where one is gone; `InvalidInput` with the
    reasons of `plan`.
    """
    lock_teams(stays.team)
    lock = {video.pk: videos.lock(video) for video in sorted((stays, goes), key=lambda v: v.pk)}
    stays, goes = lock[stays.pk], lock[goes.pk]
    both = SubtitleLanguage.objects.filter(video__in=[stays, goes]).order_by("pk")
    list(both.select_for_update(no_key=True).values_list("pk"))
    found = plan(stays, goes)
    if found.refused:
        raise InvalidInput(found.refused)
    if agreed is not None and tuple(agreed) != found.told:
        raise Conflict("Meanwhile one of the videos has changed. Nothing was done. Look again.")
    hold(stays.team)
    work = _work_of(stays, goes)
    subtitles.take_over(stays, goes, actor=actor)
    now = timezone.now()
    dropped = Task.objects.filter(pk__in=[task.pk for task in work.dropped])
    dropped.update(is_deleted=True, modified=now)
    Task.objects.filter(video=goes).update(video=stays)
    SubtitleRequest.objects.filter(video=goes).update(video=stays)
    videos.take_over(stays, goes, actor=actor)
    return stays


# --- work ----------------------------------------------------------------------------------------


class _Work(NamedTuple):
    """``dropped`` are the open tasks to make what the other video has; of requests ``doubled``
    are the codes in which both videos have one that is not finished."""

    dropped: list[Task]
    doubled: list[str]


def _work_of(stays: Video, goes: Video) -> _Work:
    both = Q(video__in=[stays, goes])
    made = SubtitleLanguage.objects.filter(both, tip__isnull=False)
    has = {each.language_code: each.video_id for each in made.only("language_code", "video_id")}
    tasks = list(Task.objects.filter(OPEN, both).select_related("assignee").order_by("pk"))
    spoken = stays.primary_audio_language_code or goes.primary_audio_language_code
    own = {task.language_code or spoken for task in tasks if task.video_id == stays.pk}

    def is_dropped(task: Task) -> bool:
        other = goes if task.video_id == stays.pk else stays
        code = task.language_code or spoken
        if not task.language_code:
            # It stands for the first language, which the other video has.
            made_there = other.pk in has.values()
        elif code in has:
            made_there = has[code] == other.pk
        else:
            made_there = False
        return made_there or (task.video_id == goes.pk and code in own and code not in has)

    asked = SubtitleRequest.objects.filter(UNFINISHED, both)
    codes = list(asked.order_by("language_code").values_list("language_code", flat=True))
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    return _Work([task for task in tasks if is_dropped(task)], doubled)


# --- in words ------------------------------------------------------------------------------------


def _refused(stays: Video, goes: Video, moves: Moves, work: _Work) -> list[str]:
    refused = [
        f"Both have subtitles in {_name(code)}. Which are better, people must say: look at both, "
        f"delete those of one of the videos, then merge. What you want to keep of them, download "
        f"before and add to the other video as a new version."
        for code in moves.both
    ]
    refused += [
        f"Both have an unfinished subtitle request for {_name(code)}. Take one of them back first."
        for code in work.doubled
    ]
    refused += [
        f"{task.assignee.username} has the task “{task.get_type_display()}” "
        f"({_name(task.language_code)}) of {_video(stays if task.video_id == stays.pk else goes)}, "
        "and the other video has the subtitles or such a task too. Give it back first."
        for task in work.dropped
        if task.assignee is not None
    ]
    return refused


def _told(stays: Video, goes: Video, moves: Moves, work: _Work) -> list[str]:
    taken = videos.taken_from(goes, stays)
    told = [
        f"{_video(stays)} stays, with its title, its id and its primary url.",
        f"{_video(goes)} is deleted. Its addresses, here and in the API, answer as those of a "
        "deleted video." + (" Callbacks are told so." if goes.team_id else ""),
    ]
    told += [f"The url {url.url} moves." for url in taken.urls[:_LISTED]]
    if len(taken.urls) > _LISTED:
        told.append(f"So do {len(taken.urls) - _LISTED} more urls.")
    for language in moves.moving:
        versions = language.versions.filter(is_deleted=False).count()
        told.append(f"{_name(language.language_code)} moves, {_versions(language, versions)}")
    for language in moves.gone:
        count = language.versions.count()
        where = _video(stays if language.video_id == stays.pk else goes)
        what = f" with {_many(count)} that had been deleted" if count else ""
        told.append(f"The empty {_name(language.language_code)} of {where}{what} goes for good.")
    for task in work.dropped:
        where = _video(stays if task.video_id == stays.pk else goes)
        told.append(
            f"The task “{task.get_type_display()}” ({_name(task.language_code)}) of {where} ends."
        )
    mine = [task.pk for task in work.dropped if task.video_id == goes.pk]
    followers = goes.followers.exclude(user__in=stays.followers.values("user"))
    counts = (
        (goes.tasks.filter(is_deleted=False).exclude(pk__in=mine).count(), "tasks"),
        (goes.subtitle_requests.count(), "subtitle requests"),
        (goes.notes.count(), "notes"),
        (followers.count(), "followers"),
    )
    told += [f"Its {what} move: {count}." for count, what in counts if count]
    told += [
        f"The team {team.slug}, which works on a request of one of the two, may see drafts and "
        "notes of both then."
        for team in _newly_working(stays, goes)
    ]
    told.append("What happened to it is listed with what happened to the one that stays.")
    if taken.columns:
        names = ", ".join(sorted(name.replace("_", " ") for name in taken.columns))
        told.append(f"What the one that stays has not yet, it gets: {names}.")
    if goes.partner_video_id and "partner_video_id" not in taken.columns:
        known = " ".join(goes.partner_video_id.split())
        told.append(f"Its partner's id, {known}, is kept in the record only.")
    return told


def _newly_working(stays: Video, goes: Video) -> list[Team]:
    """Teams that have worked for one of the two videos alone."""

    def working(video: Video) -> Q:
        requests = SubtitleRequest.objects.filter(video=video)
        evaluated = Evaluation.objects.filter(request__in=requests)
        return Q(pk__in=requests.values("team")) | Q(pk__in=evaluated.values("team"))

    found = Team.objects.exclude(pk=stays.team_id) if stays.team_id else Team.objects.all()
    one, other = working(stays), working(goes)
    return list(found.filter((one & ~other) | (other & ~one)).order_by("slug"))


def _versions(language: SubtitleLanguage, count: int) -> str:
    if not count:
        return "without subtitles."
    if language.public_tip is None:
        return f"with {_many(count)}, to be read as drafts only."
    number = language.public_tip.version_number
    told = ""
    if language.complete_number is not None:
        told = " It is published there: activity and callbacks say so."
    return f"with {_many(count)}; everybody reads version {number}.{told}"


def _many(count: int) -> str:
    return "1 version" if count == 1 else f"{count} versions"


def _video(video: Video) -> str:
    return f"“{' '.join(video.title.split())[:_SHOWN]}” ({video.video_id})"


def _of_team(video: Video, *, short: bool = False) -> str:
    where = f"in the team {video.team.slug}" if video.team else "in no team"
    return f"the other is {where}" if short else f"{_video(video)} is {where}"


def _name(code: str) -> str:
    return (languages.name(code) or code) if code else "no language yet"

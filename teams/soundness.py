"""What must be true of stored teams and their work. A sentence for each row that says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, F, Q, QuerySet

from teams import coverage, long_lists
from teams.models import DEFAULT_PROJECT, Evaluation, SubtitleRequest, Task, Team, TeamLanguage
from videos.soundness import unknown

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Videos(TypedDict):
        n: int


_DELETE = "Delete it."


def findings() -> Iterator[str]:
    yield from _teams()
    yield from _tasks()
    yield from _requests()
    yield from _languages()
    yield from _coverage()
    yield from _long_lists()


def miscounted() -> QuerySet[WithAnnotations[Team, Videos]]:
    return Team.objects.annotate(n=Count("videos")).exclude(n=F("video_count"))


def _teams() -> Iterator[str]:
    for slug, said, n in miscounted().values_list("slug", "video_count", "n").iterator():
        yield f"Team {slug} has {n} videos and says {said}. Set `video_count`."
    bare = Team.objects.exclude(projects__slug=DEFAULT_PROJECT)
    for slug in bare.values_list("slug", flat=True).iterator():
        yield f"Team {slug} has no default project. Add one with the slug {DEFAULT_PROJECT}."


def _tasks() -> Iterator[str]:
    live = Task.objects.filter(is_deleted=False)
    moved = live.exclude(team=F("video__team"), video__team__isnull=False)
    rows = moved.values_list("pk", "team__slug", "video__video_id", "video__team__slug")
    for pk, team, video_id, now in rows.iterator():
        where = f"in team {now}" if now else "in no team"
        yield f"Task {pk} of team {team} is about video {video_id}, which is {where}. {_DELETE}"
    about = live.filter(version__isnull=False).exclude(version__language__video=F("video"))
    for pk, version in about.values_list("pk", "version").iterator():
        yield f"Task {pk} is about version {version} of another video. Empty `version`."
    lost = live.filter(completed=None, assignee__isnull=False)
    for pk, user in (
        lost.exclude(assignee__memberships__team=F("team"))
        .values_list("pk", "assignee__username")
        .iterator()
    ):
        yield f"Task {pk} is given to {user}, who is not in its team. Give it to nobody."


def _requests() -> Iterator[str]:
    rows = SubtitleRequest.objects.exclude(source_team=F("video__team"), video__team__isnull=False)
    for job, video_id in rows.values_list("job_id", "video__video_id").iterator():
        yield (
            f"Request {job} was made by a team that no longer has the video {video_id}. {_DELETE}"
        )
    complete = Q(stage=SubtitleRequest.Stage.COMPLETE)
    ended = Q(complete, completed__isnull=False) | Q(~complete, completed__isnull=True)
    for job, stage in SubtitleRequest.objects.exclude(ended).values_list("job_id", "stage"):
        yield f"Request {job} is in stage {stage}, and its date of completion says otherwise."
    teams = Evaluation.objects.exclude(team__type=Team.Type.COLLABORATION)
    for pk, slug in teams.values_list("pk", "team__slug").iterator():
        yield f"Evaluation {pk} is by team {slug}, which takes no requests. {_DELETE}"


def _coverage() -> Iterator[str]:
    """Which languages have subtitles, and how many of them, as triggers keep it."""
    mend = "Run `manage.py count_coverage`."
    for name in coverage.without_triggers():
        yield f"The trigger {name} is missing, so the coverage of teams is not kept. {mend}"
    for video, code in coverage.wrong_cells():
        yield f"The coverage of video number {video} in {code} is not as its subtitles are. {mend}"
    for scope, code, number, said in coverage.wrong_counts():
        yield f"The coverage of {scope} in {code} is {number} where {said} are counted. {mend}"


def _long_lists() -> Iterator[str]:
    """What is remembered of how long they are."""
    mend = "Run `manage.py count_coverage`."
    for name in long_lists.without_triggers():
        yield f"The trigger {name} is missing, so changes of long lists are not noted. {mend}"
    for job, what in long_lists.unlike_videos():
        yield f"Request {job} is listed under another {what} than its video's. {mend}"
    for name, number, said in long_lists.wrong():
        yield (
            f"The long list {name} has {number} rows, or a part of it has, where {said} are "
            f"counted. {mend}"
        )


def _languages() -> Iterator[str]:
    codes = TeamLanguage.objects.values_list("language_code", flat=True).distinct()
    for pk, slug, code in (
        TeamLanguage.objects.filter(language_code__in=unknown(codes))
        .values_list("pk", "team__slug", "language_code")
        .iterator()
    ):
        yield f"Row {pk} of team {slug} names {code}, which is no known language. Add the language."
    tasks = Task.objects.filter(is_deleted=False).exclude(language_code="")
    of_tasks = tasks.values_list("language_code", flat=True).distinct()
    for pk, code in (
        tasks.filter(language_code__in=unknown(of_tasks))
        .values_list("pk", "language_code")
        .iterator()
    ):
        yield f"Task {pk} is in {code}, which is no known language. Add the language."
    asked = SubtitleRequest.objects.values_list("language_code", flat=True).distinct()
    for job, code in (
        SubtitleRequest.objects.filter(language_code__in=unknown(asked))
        .values_list("job_id", "language_code")
        .iterator()
    ):
        yield f"Request {job} is for {code}, which is no known language. Add the language."

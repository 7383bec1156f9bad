"""Work as people look for it: their own, what they may take, what they have sent, and a team's.

Every list is one statement for a page's keys and a few for its rows, however many those are.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from django.db.models import CharField, Exists, F, OuterRef, Prefetch, Q, Value
from django.urls import reverse

from amara_api.kernel import languages
from subtitles.models import SubtitleLanguage
from teams.models import (
    BETWEEN_TEAMS,
    EVALUATION,
    OPEN,
    UNFINISHED,
    Evaluation,
    SubtitleRequest,
    Task,
    Team,
    TeamMember,
)
from teams.policies import viewing_teams
from teams.policies.open_work import takeable_requests, takeable_tasks
from teams.policies.requests import worked_on_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from users.models import User

Kind: TypeAlias = Literal["mine", "review", "open", "sent"]
Stage = SubtitleRequest.Stage
_MAKING = (Task.Type.SUBTITLE, Task.Type.TRANSLATE)
# What a step is called where it waits, and where somebody does it.
_STEPS = {
    Stage.SUBTITLE: "subtitling",
    Stage.REVIEW: "review",
    Stage.APPROVE: "approval",
}


class Wanted(NamedTuple):
    """Which work is asked for. ``language`` is a code; empty and None are any."""

    team: int | None = None
    language: str = ""


class WorkRow(NamedTuple):
    """A task or a request as a list shows it to one reader."""

    page: str
    what: str  # "Review", "Subtitle request: review"
    video: str
    language: str  # its name
    team: str
    state: str
    mood: str  # a class of the style sheet for the state
    since: datetime
    until: datetime | None
    may_take: bool
    holder: int | str  # who has it now, as the forms send it; "" for nobody
    stage: int


Key: TypeAlias = tuple[str, int]


# --- one person's work ---------------------------------------------------------------------------


def work_of(user: User, kind: Kind, wanted: Wanted, *, limit: int, offset: int) -> list[WorkRow]:
    """A page of one kind of work, the longest waiting first; of what was sent, the newest."""
    tasks, requests = {"mine": _mine, "review": _review, "open": _open, "sent": _sent}[kind](user)
    found = _keys(
        tasks.filter(_these(wanted, requests=False)),
        requests.filter(_these(wanted, requests=True)),
        newest=kind == "sent",
    )
    return _rows(user, found[offset : offset + limit], sent=kind == "sent")


Both: TypeAlias = "tuple[QuerySet[Task], QuerySet[SubtitleRequest]]"


def _mine(user: User) -> Both:
    tasks = Task.objects.filter(OPEN, assignee=user, team__in=_teams_of(user))
    seats = SubtitleRequest.SEATS.items()
    sits = Q(*(Q(stage=stage, **{seat: user}) for stage, seat in seats), _connector=Q.OR)
    return tasks, SubtitleRequest.objects.filter(
        UNFINISHED, (sits & Q(team__in=_teams_of(user))) | Exists(_evaluating(user))
    )


def _evaluating(user: User) -> QuerySet[Evaluation]:
    theirs = Evaluation.objects.filter(evaluator=user, team__in=_teams_of(user))
    return theirs.filter(request=OuterRef("pk"), position=OuterRef("stage") - EVALUATION)


def _review(user: User) -> Both:
    judging = takeable_tasks(user).filter(type__in=Task.JUDGING)
    return judging, takeable_requests(user).exclude(stage=Stage.SUBTITLE)


def _open(user: User) -> Both:
    making = takeable_tasks(user).filter(type__in=_MAKING)
    return making, takeable_requests(user).filter(stage=Stage.SUBTITLE)


def _sent(user: User) -> Both:
    """Of each language of a video the last time that they sent it."""
    done = Task.objects.filter(
        assignee=user, completed__isnull=False, is_deleted=False, type__in=_MAKING
    )
    later = done.filter(
        video=OuterRef("video"), language_code=OuterRef("language_code"), pk__gt=OuterRef("pk")
    )
    tasks = done.filter(~Exists(later), team__in=_teams_of(user), video__team=F("team"))
    handed_on = SubtitleRequest.objects.filter(subtitler=user, team__in=_teams_of(user))
    return tasks, handed_on.exclude(stage=Stage.SUBTITLE)


# --- a team's, and a video's ---------------------------------------------------------------------


def tasks_of(
    user: User, team: Team, wanted: Wanted, *, state: str, limit: int, offset: int
) -> list[WorkRow]:
    """The tasks of a team, for those who may see them: open ones unless ``state`` is done."""
    found = Task.objects.filter(team=team, is_deleted=False)
    found = found.filter(completed__isnull=state != "done")
    if state in ("free", "taken"):
        found = found.filter(assignee__isnull=state == "free")
    narrowed = found.filter(_these(wanted, requests=False)).order_by(
        "pk" if state != "done" else "-pk"
    )
    keys = [("task", pk) for pk in narrowed.values_list("pk", flat=True)[offset : offset + limit]]
    return _rows(user, keys)


def requests_of(
    user: User, team: Team, wanted: Wanted, *, state: str, limit: int, offset: int
) -> list[WorkRow]:
    """The requests that a team works on or evaluates; unfinished ones unless ``state`` is done."""
    found = SubtitleRequest.objects.filter(worked_on_by([team.pk]))
    found = found.filter(completed__isnull=state != "done")
    if state in ("free", "taken"):
        seats = SubtitleRequest.SEATS.items()
        waits = Q(*(Q(stage=at, **{seat: None}) for at, seat in seats), _connector=Q.OR)
        evaluated = Evaluation.objects.filter(request=OuterRef("pk"), evaluator=None)
        waits |= Q(Exists(evaluated.filter(position=OuterRef("stage") - EVALUATION)))
        found = found.filter(waits if state == "free" else ~waits)
    narrowed = found.filter(_these(wanted, requests=True)).order_by(
        "pk" if state != "done" else "-pk"
    )
    some = narrowed.values_list("pk", flat=True)[offset : offset + limit]
    return _rows(user, [("request", pk) for pk in some], inside=team.pk)


def sent_by(user: User, team: Team, wanted: Wanted, *, limit: int, offset: int) -> list[WorkRow]:
    """The requests for videos of a team that other teams work on, the newest first: only whether
    they are done, as the API tells (`RemoteRequestAnswer`)."""
    found = SubtitleRequest.objects.filter(BETWEEN_TEAMS, source_team=team)
    if wanted.language:
        found = found.filter(language_code=wanted.language)
    some = found.select_related("team", "video").order_by("-pk")[offset : offset + limit]
    views = viewing_teams(user)
    return [
        WorkRow(
            page=reverse("video-page", args=[each.video.video_id]),
            what="Request",
            video=each.video.title or each.video.video_id,
            language=languages.name(each.language_code) or each.language_code,
            team=each.team.name if views(each.team) else "another team",
            state="in progress" if each.is_open else "complete",
            mood="" if each.is_open else "good",
            since=each.created,
            until=each.due if each.is_open else None,
            may_take=False,
            holder="",
            stage=0,
        )
        for each in some
    ]


def work_on(user: User, video: int, *, limit: int) -> list[WorkRow]:
    """The open tasks of a video and its unfinished requests, of the reader's teams."""
    mine = _teams_of(user)
    tasks = Task.objects.filter(OPEN, video=video, team__in=mine, video__team=F("team"))
    evaluated = Evaluation.objects.filter(request=OuterRef("pk"), team__in=mine)
    requests = SubtitleRequest.objects.filter(UNFINISHED, video=video)
    requests = requests.filter(Q(team__in=mine) | Exists(evaluated))
    return _rows(user, _keys(tasks, requests)[:limit])


# --- rows ----------------------------------------------------------------------------------------


def _teams_of(user: User) -> QuerySet[TeamMember, int]:
    return TeamMember.objects.filter(user=user).values_list("team", flat=True)


def _these(wanted: Wanted, *, requests: bool) -> Q:
    here = Q()
    if wanted.team is not None:
        here = Q(team=wanted.team)
        if requests:
            evaluated = Evaluation.objects.filter(request=OuterRef("pk"), team=wanted.team)
            here |= Q(Exists(evaluated))
    if wanted.language:
        here &= Q(language_code=wanted.language)
    return here


def _keys(
    tasks: QuerySet[Task], requests: QuerySet[SubtitleRequest], *, newest: bool = False
) -> QuerySet[Task, Key]:
    """Both kinds in one order."""

    def plain(found: QuerySet, kind: str) -> QuerySet:  # type: ignore[type-arg]
        named = found.order_by().annotate(kind=Value(kind, output_field=CharField()))
        values: QuerySet = named.values_list("kind", "pk", "created")  # type: ignore[type-arg]
        return values

    up = "-" if newest else ""
    both = plain(tasks, "task").union(plain(requests, "request"), all=True)
    return both.order_by(f"{up}created", "kind", f"{up}pk")


def _rows(
    user: User, keys: Iterable[Sequence[object]], *, sent: bool = False, inside: int | None = None
) -> list[WorkRow]:
    """In the order of the keys. ``inside`` is the team on whose page they are shown."""
    asked = [(str(key[0]), int(str(key[1]))) for key in keys]
    numbers = {kind: [pk for name, pk in asked if name == kind] for kind in ("task", "request")}
    found: dict[Key, WorkRow] = {}
    for task_row in _of_tasks(user, numbers["task"], sent=sent):
        found[task_row[0]] = task_row[1]
    for request_row in _of_requests(user, numbers["request"], inside=inside):
        found[request_row[0]] = request_row[1]
    return [found[key] for key in asked if key in found]


def _of_tasks(user: User, numbers: list[int], *, sent: bool) -> list[tuple[Key, WorkRow]]:
    tasks = Task.objects.filter(pk__in=numbers).select_related("team", "video", "assignee")
    takeable = set(takeable_tasks(user).filter(pk__in=numbers).values_list("pk", flat=True))
    states = _after([each for each in tasks if each.completed]) if sent else {}
    rows = []
    for task in tasks:
        state, mood = states.get((task.video_id, task.language_code)) or state_of(task, user)
        row = WorkRow(
            page=reverse("task-page", args=[task.team.slug, task.pk]),
            what=task.get_type_display(),
            video=task.video.title or task.video.video_id,
            language=languages.name(task.language_code) or "no language yet",
            team=task.team.name,
            state=state,
            mood=mood,
            since=task.completed or task.created,
            until=task.expires if task.is_open else None,
            may_take=task.pk in takeable,
            holder=task.assignee_id or "",
            stage=0,
        )
        rows.append((("task", task.pk), row))
    return rows


def state_of(task: Task, user: User) -> tuple[str, str]:
    """A task in words, and their class of the style sheet."""
    if task.completed is not None:
        sent_back = task.approved == Task.Approval.REJECTED
        return ("sent back", "draft") if sent_back else ("done", "good")
    if task.assignee is None:
        return "free", ""
    return ("yours", "good") if task.assignee_id == user.pk else (task.assignee.username, "")


def _after(done: list[Task]) -> dict[tuple[int, str], tuple[str, str]]:
    """What became of finished work: what is done with it now, else whether it is published."""
    videos = {task.video_id for task in done}
    published = SubtitleLanguage.objects.filter(video__in=videos, public_tip__isnull=False)
    states = dict.fromkeys(
        published.values_list("video_id", "language_code"), ("published", "good")
    )
    for task in Task.objects.filter(OPEN, video__in=videos).select_related("assignee"):
        doing = f"with {task.assignee.username}" if task.assignee else "waiting"
        step = {Task.Type.REVIEW: "in review", Task.Type.APPROVE: "in approval"}
        said = step.get(Task.Type(task.type), "sent back")
        states[task.video_id, task.language_code] = (f"{said}, {doing}", "draft")
    return states


def _of_requests(
    user: User, numbers: list[int], *, inside: int | None
) -> list[tuple[Key, WorkRow]]:
    evaluations = Evaluation.objects.select_related("team", "evaluator")
    requests = (
        SubtitleRequest.objects.filter(pk__in=numbers)
        .select_related("team", "video", *SubtitleRequest.SEATS.values())
        .prefetch_related(Prefetch("evaluations", evaluations))
    )
    takeable = set(takeable_requests(user).filter(pk__in=numbers).values_list("pk", flat=True))
    mine = set(_teams_of(user)) if numbers else set()
    rows = []
    for request in requests:
        seat = Seat.of(request)
        # On a page of a team that is the team; elsewhere the one whose people do this step.
        teams = [request.team, *(each.team for each in request.evaluations.all())]
        shown = [team for team in (seat.team, *teams) if team.pk in mine or team.pk == inside]
        team = next((team for team in shown if inside in (None, team.pk)), seat.team)
        state, mood = seat.state(user)
        row = WorkRow(
            page=reverse("request-page", args=[team.slug, request.job_id]),
            what=f"Request: {seat.step}",
            video=request.video.title or request.video.video_id,
            language=languages.name(request.language_code) or request.language_code,
            team=team.name,
            state=state if seat.team.pk in mine or request.completed else seat.step,
            mood=mood,
            since=request.created,
            until=request.expires or request.due,
            may_take=request.pk in takeable,
            holder=seat.holder.pk if seat.holder else "",
            stage=request.stage,
        )
        rows.append((("request", request.pk), row))
    return rows


class Seat(NamedTuple):
    """The present step of a request: whose people it is for, and who does it."""

    step: str
    team: Team
    holder: User | None
    is_over: bool

    @classmethod
    def of(cls, request: SubtitleRequest) -> Seat:
        """``request`` has its seats, and its evaluations with theirs, at hand."""
        seat = request.SEATS.get(Stage(request.stage))
        if seat is not None:
            step = _STEPS[Stage(request.stage)]
            return cls(step, request.team, getattr(request, seat), False)
        here = [each for each in request.evaluations.all() if each.stage == request.stage]
        if here:
            return cls("evaluation", here[0].team, here[0].evaluator, False)
        return cls("complete", request.team, None, True)

    def state(self, user: User) -> tuple[str, str]:
        """In words, and their class of the style sheet."""
        if self.is_over:
            return "published", "good"
        if self.holder is None:
            return "free", ""
        return ("yours", "good") if self.holder.pk == user.pk else (self.holder.username, "")

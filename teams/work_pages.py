"""Pages of work: one's own, a team's tasks and requests, and each of them with what may be done.

What is done goes through the services that the API calls, and asks the same rules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView

from activity.models import ActivityRecord
from activity.types import ActivityType
from amara_api.kernel import languages
from amara_api.kernel.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotThere,
    sentences,
)
from amara_api.kernel.names import person
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import standing
from subtitles.models import SubtitleNote
from subtitles.queries import notes_of
from subtitles.workflows.submit import perform
from teams.home.frame import TeamPart, number_of
from teams.models import (
    ApproveLevel,
    Evaluation,
    Invitation,
    ReviewLevel,
    Role,
    SubtitleRequest,
    Task,
    Team,
)
from teams.policies import (
    find_video,
    may_assign_tasks,
    may_edit_subtitles,
    may_manage,
    may_perform,
    may_view_members,
    may_view_notes,
    may_view_private_versions,
    may_view_video,
    role_in,
)
from teams.policies.open_work import takeable_requests
from teams.policies.requests import worked_on_by
from teams.policies.work import levels_of, open_task
from teams.queries import Seat, Wanted, WorkRow, requests_of, sent_by, state_of, tasks_of, work_of
from teams.services import requests, tasks
from teams.workflows import workflow_for
from users.lookups import find_user
from users.models import User
from videos.pages import DOWNLOADS, TEAMS_SHOWN, shown_languages, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from amara_api.kernel.decisions import Decision
    from subtitles.workflows.base import Workflow
    from teams.queries import Kind
    from videos.models import Video

A_PAGE = 20
OF_A_KIND = 5  # on the page that shows all kinds
MOST_PAGES = 10_000
NOTES_SHOWN = EVENTS_SHOWN = 50
MAX_REASON = 20_000
FREE = ", which nobody has taken yet"
SENT = "sent"
WHO_REVIEWS = {
    ReviewLevel.PEERS: "any other member",
    ReviewLevel.MANAGERS: "managers, admins and owners",
    ReviewLevel.ADMINS: "admins and owners",
}
WHO_APPROVES = {
    ApproveLevel.MANAGERS: "managers, admins and owners",
    ApproveLevel.ADMINS: "admins and owners",
}
_Stage, _Type = SubtitleRequest.Stage, Task.Type


# --- lists ---------------------------------------------------------------------------------------


class Section(NamedTuple):
    """One kind of work on the page of one's own."""

    kind: Kind
    title: str
    empty: str


SECTIONS = (
    Section("mine", "Yours now", "You have nothing to do. Take something of what is below."),
    Section("review", "Waits for your review or approval", "Nothing waits for you to look at it."),
    Section("open", "You may take", "There is nothing that you may take."),
    Section("sent", "Sent by you", "You have sent nothing yet."),
)


class _Listing(TemplateView):
    """A list with filters, of which a page is shown."""

    def language_asked(self) -> str:
        """The code that is asked for; a language that there is none of finds nothing."""
        sent = self.request.GET.get("language", "").replace("\0", "")[:64]
        return languages.normalise(sent) or sent

    def number(self) -> int:
        sent = self.request.GET.get("page", "")
        return min(max(number_of(sent), 1), MOST_PAGES)

    def paged(self, rows: Callable[[int, int], list[WorkRow]], asked: dict[str, str]) -> Data:
        """A page of rows, and the queries of the pages before and behind it."""
        number = self.number()
        found = rows(A_PAGE + 1, (number - 1) * A_PAGE)
        more = len(found) > A_PAGE and number < MOST_PAGES

        def query(page: int) -> str:
            return urlencode({**{k: v for k, v in asked.items() if v}, "page": page})

        return {
            "rows": found[:A_PAGE],
            "number": number,
            "before": query(number - 1) if number > 1 else "",
            "next": query(number + 1) if more else "",
        }

    def all_languages(self) -> list[tuple[str, str]]:
        return sorted((name, code) for code, name in languages.listed().items())


class MyWorkPage(LoginRequiredMixin, _Listing):
    """What a person has to do, may do and has done, in all their teams."""

    template_name = "teams/work/mine.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        assert isinstance(user, User)
        teams = list(Team.objects.filter(members__user=user).order_by("name", "pk")[:TEAMS_SHOWN])
        slug = self.request.GET.get("team", "").replace("\0", "")
        team = next((each for each in teams if each.slug == slug), None)
        # A team that they are not in is none of theirs, whether there is one or not.
        wanted = Wanted(team.pk if team else -1 if slug else None, self.language_asked())
        show = self.request.GET.get("show", "")
        asked = {"team": slug, "language": wanted.language}
        shown: dict[str, Data] = {
            "teams": teams,
            "invited": Invitation.objects.filter(user=user).exists(),
            "languages": self.all_languages(),
            "asked": asked,
            "section": next((each for each in SECTIONS if each.kind == show), None),
        }
        if section := shown["section"]:

            def rows(limit: int, offset: int) -> list[WorkRow]:
                return work_of(user, section.kind, wanted, limit=limit, offset=offset)

            shown |= self.paged(rows, {**asked, "show": show})
            query = urlencode({name: sent for name, sent in asked.items() if sent})
            shown["all"] = f"?{query}" if query else reverse("my-work")
        else:
            shown["sections"] = self._sections(user, wanted, asked)
            shown["nothing"] = not any(rows for _, rows, _ in shown["sections"])
        return super().get_context_data(**shown, **kwargs)

    def _sections(
        self, user: User, wanted: Wanted, asked: dict[str, str]
    ) -> list[tuple[Section, list[WorkRow], str]]:
        """Each kind with the first of it, and where the rest is, if there is more."""
        found = []
        for section in SECTIONS:
            rows = work_of(user, section.kind, wanted, limit=OF_A_KIND + 1, offset=0)
            sent = {"show": section.kind, **{k: v for k, v in asked.items() if v}}
            more = f"?{urlencode(sent)}" if len(rows) > OF_A_KIND else ""
            found.append((section, rows[:OF_A_KIND], more))
        return found


class _OfTeam(TeamPart):
    """A page about the work of a team, for those who see its members."""

    def may_see(self) -> Decision:
        return may_view_members(self.request.user, self.team)


class _TeamList(_OfTeam, _Listing):
    template_name = "teams/work/of_team.html"
    heading: ClassVar[str]
    states: ClassVar[tuple[tuple[str, str], ...]] = (
        ("", "not done"),
        ("free", "free"),
        ("taken", "somebody has it"),
        ("done", "done"),
    )

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        wanted = Wanted(language=self.language_asked())
        state = self.request.GET.get("state", "")
        state = state if state in dict(self.states) else ""
        asked = {"language": wanted.language, "state": state}

        def rows(limit: int, offset: int) -> list[WorkRow]:
            return self.rows(wanted, state, limit, offset)

        return super().get_context_data(
            heading=self.heading,
            asked=asked,
            states=self.states,
            languages=self.all_languages(),
            filtered=any(asked.values()),
            has_requests=self.team.type == Team.Type.COLLABORATION,
            **self.paged(rows, asked),
            **kwargs,
        )

    def rows(self, wanted: Wanted, state: str, limit: int, offset: int) -> list[WorkRow]:
        raise NotImplementedError


class TeamTasksPage(_TeamList):
    """The tasks of a team."""

    heading = "Tasks"

    def rows(self, wanted: Wanted, state: str, limit: int, offset: int) -> list[WorkRow]:
        return tasks_of(self.person, self.team, wanted, state=state, limit=limit, offset=offset)


class TeamRequestsPage(_TeamList):
    """The subtitle requests that a team works on or evaluates, or has sent to others."""

    heading = "Subtitle requests"
    states = (*_TeamList.states, (SENT, "sent to other teams"))

    def rows(self, wanted: Wanted, state: str, limit: int, offset: int) -> list[WorkRow]:
        if state == SENT:
            return sent_by(self.person, self.team, wanted, limit=limit, offset=offset)
        return requests_of(self.person, self.team, wanted, state=state, limit=limit, offset=offset)


# --- one piece of work ---------------------------------------------------------------------------


class Event(NamedTuple):
    when: datetime
    who: str
    what: str


class Step(NamedTuple):
    """Of the way that the work goes."""

    name: str
    who: str
    is_now: bool


class _OneOfTeam(_OfTeam):
    """A task or a request: what it is about, how it stands, and forms for what may be done."""

    template_name = "teams/work/one.html"
    video: Video
    code: str

    # --- what is shown ---------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user, video, code = self.person, self.video, self.code
        shown = shown_languages(user, video)
        spoken = video.primary_audio_language_code
        sources = [each for each in shown if each.code != code and (each.page or each.draft)]
        return super().get_context_data(
            **{
                "video": video,
                "code": code,
                "language": languages.name(code) or code,
                "direction": languages.direction(code) if code else "auto",
                "spoken": languages.name(spoken),
                "source": next((each for each in sources if each.code == spoken), None)
                or next(iter(sources), None),
                "here": next((each for each in shown if each.code == code), None),
                "formats": DOWNLOADS,
                "notes": self._notes(),
                "events": self.events(),
                "max_reason": MAX_REASON,
                "may_edit": self.may_edit(),
                **self.of_work(),
                **kwargs,
            }
        )

    def of_work(self) -> dict[str, Data]:
        raise NotImplementedError

    def events(self) -> list[Event]:
        raise NotImplementedError

    def may_edit(self) -> bool:
        raise NotImplementedError

    def _notes(self) -> list[SubtitleNote]:
        if not (self.code and may_view_notes(self.person, self.video)):
            return []
        notes = notes_of(self.video, self.code)
        newest = notes.select_related("user").order_by("-pk")[:NOTES_SHOWN]
        return list(reversed(newest))

    def recorded(self, types: Iterable[ActivityType], teams: list[int]) -> list[ActivityRecord]:
        if not self.code:
            return []
        found = ActivityRecord.objects.filter(
            video=self.video, language_code=self.code, type__in=list(types), team__in=teams
        )
        return list(found.select_related("actor").order_by("-created", "-pk")[:EVENTS_SHOWN])

    def versions(self) -> list[Event]:
        """Who sent which version, as far as the reader may know."""
        if not may_view_private_versions(self.person, self.video) or not self.video.team_id:
            return []
        types = (ActivityType.VERSION_ADDED, ActivityType.SUBTITLES_PUBLISHED)
        found = self.recorded(types, [self.video.team_id])
        return [
            Event(
                each.created,
                person(each.actor, each.actor_name),
                _sent(each.version_number)
                if each.type == ActivityType.VERSION_ADDED
                else "published the subtitles",
            )
            for each in found
        ]

    # --- what is done ----------------------------------------------------------------------------

    def doing(self) -> dict[str, Callable[[], str]]:
        """What ``do`` may be; each does it, and answers what a person is told of that."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        self.find()
        do = self.doing().get(request.POST.get("do", ""))
        if do is None:
            return problem(request, 400, "Bad request.")
        try:
            said = do()
        except DomainError as error:
            # Nothing has been changed: the page as it is now, the reason, and what was typed.
            status, reasons = status_of(error), sentences(error)
            self.find()
            context = self.get_context_data(refusal=reasons, typed=request.POST)
            return self.render_to_response(context, status=status)
        messages.success(request, said)
        try:
            self.find()
        except Http404:
            # Done, and meanwhile hidden from whoever did it: their own page tells that it is done.
            return redirect("my-work")
        return redirect(request.path)

    def find(self) -> None:
        """Read the thing as it is now. Raises Http404."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: object, **kwargs: Data) -> HttpResponse:
        self.find()
        return super().get(request, *args, **kwargs)

    def ask(self) -> None:
        """Whether the person may work on the subtitles, as things are now."""
        video = find_video(self.person, self.video.video_id)
        if video is None:
            raise NotThere
        if not (decision := may_edit_subtitles(self.person, video, self.code)):
            raise NotAllowed(decision.reason)

    def before(self) -> int | None:
        """Who had it on the page that the person saw."""
        sent = self.request.POST.get("before", "")
        return number_of(sent) or None

    def named(self) -> User:
        name = self.request.POST.get("username", "").replace("\0", "").strip()
        if not name:
            raise InvalidInput.field("username", "Type the user name of a member.")
        try:
            return find_user(name)
        except NotThere as error:
            raise InvalidInput.field("username", f"Unknown member: {name}") from error

    def note(self) -> str:
        body = self.typed("body", "Type the note.")
        self.ask()
        with standing(self.ask):
            tasks.add_note(self.video, actor=self.person, language_code=self.code, body=body)
        return "The note is saved."

    def typed(self, name: str, missing: str) -> str:
        text = self.request.POST.get(name, "").replace("\0", "").strip()
        if not text:
            raise InvalidInput.field(name, missing)
        if len(text) > MAX_REASON:
            raise InvalidInput.field(name, f"At most {MAX_REASON:,} characters are possible here.")
        return text


class TaskPage(_OneOfTeam):
    """One task."""

    task: Task

    def find(self) -> None:
        shown = Task.objects.filter(is_deleted=False, team=self.team, pk=self.kwargs["task_id"])
        related = ("team", "video__team", "video__project", "assignee", "version")
        task = shown.select_related(*related).first()
        if task is None or not may_view_video(self.person, task.video):
            raise Http404
        self.task, self.video = task, task.video
        # A task for no language yet is for the spoken one.
        self.code = task.language_code or task.video.primary_audio_language_code

    def current(self) -> Task | None:
        """The open task of these subtitles that is at hand: of several the last step."""
        return open_task(self.video, self.code)

    def may_edit(self) -> bool:
        current = self.current()
        if not self.task.is_open or current is None or current.pk != self.task.pk:
            return False
        return bool(may_edit_subtitles(self.person, self.video, self.code))

    def of_work(self) -> dict[str, Data]:
        user, task = self.person, self.task
        current = self.current()
        names = set()
        if self.code and self.may_edit():
            there = self.video.subtitle_languages.filter(language_code=self.code)
            if there.filter(tip__isnull=False).exists():
                names = {each.name for each in workflow_for(self.video, self.code).actions(user)}
        assigns = task.is_open and bool(may_assign_tasks(user, self.team))
        state, mood = state_of(task, user)
        return {
            "task": task,
            "what": task.get_type_display(),
            "state": state,
            "mood": mood,
            "holder": task.assignee,
            "before": task.assignee_id or "",
            "until": task.expires if task.is_open else None,
            "created": task.created,
            "may_take": assigns and task.assignee is None and bool(may_perform(user, task)),
            "may_give": assigns,
            "may_give_back": assigns and task.assignee_id == user.pk,
            "may_take_away": assigns and task.assignee_id not in (None, user.pk),
            "actions": names & {"complete", "approve", "send-back"},
            "current": current if current and current.pk != task.pk else None,
            "steps": self._steps(current),
            "list": reverse("tasks-page", args=[self.team.slug]),
        }

    def _steps(self, current: Task | None) -> list[Step]:
        levels = levels_of(self.video)
        now = current.type if current else None
        spoken = self.video.primary_audio_language_code
        make = "Subtitle" if self.code in ("", spoken) else "Translate"
        steps = [Step(make, "", now in (_Type.SUBTITLE, _Type.TRANSLATE))]
        if levels.review:
            who = WHO_REVIEWS[ReviewLevel(levels.review)]
            steps.append(Step("Review", f"by {who}", now == _Type.REVIEW))
        if levels.approve:
            who = WHO_APPROVES[ApproveLevel(levels.approve)]
            steps.append(Step("Approve", f"by {who}", now == _Type.APPROVE))
        return [*steps, Step("Published", "", current is None and not self.task.is_open)]

    def events(self) -> list[Event]:
        done = Task.objects.filter(
            team=self.team,
            video=self.video,
            language_code=self.code,
            completed__isnull=False,
            is_deleted=False,
        )
        newest = done.select_related("assignee").order_by("-completed", "-pk")[:EVENTS_SHOWN]
        steps = [
            Event(
                each.completed or each.created,
                person(each.assignee, None),
                _outcome(each),
            )
            for each in newest
        ]
        # Of the same moment the step is above what was sent with it.
        return sorted([*steps, *self.versions()], key=lambda event: event.when, reverse=True)

    def doing(self) -> dict[str, Callable[[], str]]:
        return {
            "take": self.take,
            "give": self.give,
            "give-back": self.give_back,
            "complete": lambda: self._step("complete"),
            "approve": lambda: self._step("approve"),
            "send-back": self.send_back,
            "note": self.note,
        }

    def take(self) -> str:
        self._hand_over(self.person)
        return "You have this task now."

    def give(self) -> str:
        person = self.named()
        self._hand_over(person)
        return f"{person.username} has this task now."

    def give_back(self) -> str:
        self._hand_over(None)
        return "Nobody has this task now."

    def _hand_over(self, person: User | None) -> None:
        tasks.hand_over(self.task, actor=self.person, person=person, before=self.before())

    def _step(self, action: str) -> str:
        workflow = self._workflow()
        with standing(self.ask):
            perform(workflow, actor=self.person, action=action)
        return self._what_follows()

    def send_back(self) -> str:
        reason = self.typed("reason", "Say what has to be mended.")
        workflow = self._workflow()
        with standing(self.ask):
            tasks.send_back(workflow, actor=self.person, reason=reason)
        return self._what_follows()

    def _workflow(self) -> Workflow:
        """For this task. Raises `Conflict` where it is done already: what was pressed is not meant
        for the next one."""
        if not self.task.is_open:
            who = self.task.assignee.username if self.task.assignee else "Somebody"
            raise Conflict(f"{who} has done this already: {_outcome(self.task)}.")
        self.ask()
        workflow = workflow_for(self.video, self.code)
        workflow.see()
        if workflow.step() != self.task.pk:
            raise Conflict("Another task for these subtitles comes first.")
        return workflow

    def _what_follows(self) -> str:
        following = self.current()
        if following is None:
            return "Done. The subtitles are published."
        has = f", by {following.assignee.username}" if following.assignee else FREE
        return f"Done. Next: {following.get_type_display()}{has}."


def _sent(number: int | None) -> str:
    # A version of a language that went when its video was merged has none any more.
    return f"sent version {number}" if number else "sent a version that is gone"


def _outcome(task: Task) -> str:
    if not task.is_judging:
        return f"completed {task.get_type_display()}"
    if task.approved == Task.Approval.REJECTED:
        return f"sent it back ({task.get_type_display()})"
    return "accepted it (Review)" if task.type == _Type.REVIEW else "approved it"


class RequestPage(_OneOfTeam):
    """One subtitle request, for members of the team that works on it, or evaluates it."""

    job: SubtitleRequest
    _TOLD: ClassVar = {
        ActivityType.SUBTITLE_REQUEST_CREATED: "asked for these subtitles",
        ActivityType.COLLAB_JOIN: "took a seat",
        ActivityType.COLLAB_LEAVE: "gave a seat back",
        ActivityType.COLLAB_ASSIGN: "gave a seat to a member",
        ActivityType.COLLAB_REASSIGN: "gave a seat to another member",
        ActivityType.COLLAB_UNASSIGN: "took a seat from a member",
        ActivityType.COLLAB_AUTO_UNASSIGNED: "freed a seat: its time was over, or its member left",
        ActivityType.COLLAB_DEADLINE_PASSED: "noted that the time is over",
        ActivityType.COLLAB_TEAM_CHANGE: "gave the work to another team",
    }
    _MOVED: ClassVar = {
        "endorse": "endorsed the subtitles",
        "complete": "ended the work",
        "start-over": "began again, as the subtitles were deleted",
    }

    def find(self) -> None:
        evaluations = Evaluation.objects.select_related("team", "evaluator")
        found = SubtitleRequest.objects.filter(
            worked_on_by([self.team.pk]), job_id=self.kwargs["job_id"]
        )
        related = ("team", "source_team", "video__team", "video__project")
        job = (
            found.select_related(*related, *SubtitleRequest.SEATS.values())
            .prefetch_related(Prefetch("evaluations", evaluations))
            .first()
        )
        if job is None or not may_view_video(self.person, job.video):
            raise Http404
        self.job, self.video, self.code = job, job.video, job.language_code

    @cached_property
    def _inside(self) -> bool:
        """Who does the work is for members of that team to see."""
        return role_in(self.person, self.job.team_id) > 0

    def may_edit(self) -> bool:
        if not self.job.is_open:
            return False
        return bool(may_edit_subtitles(self.person, self.video, self.code))

    def of_work(self) -> dict[str, Data]:
        user, job = self.person, self.job
        seat = Seat.of(job)
        names = set()
        if self.may_edit():
            there = self.video.subtitle_languages.filter(language_code=self.code)
            if there.filter(tip__isnull=False).exists():
                names = {each.name for each in workflow_for(self.video, self.code).actions(user)}
        state, mood = seat.state(user)
        role = role_in(user, seat.team.pk)
        leads = job.is_open and bool(may_manage(user, job))
        holds = seat.holder is not None and seat.holder.pk == user.pk
        knows = role > 0 or seat.is_over
        hands_out = job.is_open and role >= Role.ADMIN
        return {
            "job": job,
            "what": f"Request: {seat.step}",
            "state": state if knows else "in work",
            "mood": mood,
            "holder": seat.holder if knows else None,
            "before": seat.holder.pk if seat.holder and knows else "",
            "stage": job.stage,
            "until": (job.expires or job.due) if job.is_open else None,
            "created": job.created,
            "may_take": takeable_requests(user).filter(pk=job.pk).exists(),
            "may_give": hands_out,
            "may_give_back": job.is_open and holds and role > 0,
            "may_take_away": hands_out and seat.holder is not None and not holds,
            "may_finish": leads and job.stage <= _Stage.APPROVE,
            "actions": names & {"endorse"},
            "steps": self._steps(),
            "list": reverse("requests-page", args=[self.team.slug]),
        }

    def _steps(self) -> list[Step]:
        job, steps = self.job, []
        stages = requests.stages_of(job)
        named = {_Stage.SUBTITLE: "Subtitle", _Stage.REVIEW: "Review", _Stage.APPROVE: "Approve"}
        # A stage that the team has given up since is gone through to its end.
        for stage in sorted({*stages, job.stage}):
            if stage == _Stage.COMPLETE:
                steps.append(Step("Published", "", job.stage == stage))
                continue
            seat = SubtitleRequest.SEATS.get(_Stage(stage))
            if seat is None:
                here = next(each for each in job.evaluations.all() if each.stage == stage)
                name = f"Evaluation by {here.team.name}" if here.team_id == self.team.pk else ""
                steps.append(Step(name or "Evaluation", "", job.stage == stage))
                continue
            person = getattr(job, seat) if self._inside else None
            who = f"by {person.username}" if person else ""
            steps.append(Step(named[_Stage(stage)], who, job.stage == stage))
        return steps

    def events(self) -> list[Event]:
        moves = []
        if self._inside:
            types = (*self._TOLD, ActivityType.COLLAB_STATE_CHANGE)
            for each in self.recorded(types, [self.job.team_id]):
                if each.data.get("job_id") not in (None, self.job.job_id):
                    continue
                server = each.type in (
                    ActivityType.COLLAB_AUTO_UNASSIGNED,
                    ActivityType.COLLAB_DEADLINE_PASSED,
                )
                who = "the server" if server else person(each.actor, each.actor_name)
                said = self._TOLD.get(ActivityType(each.type)) or self._MOVED.get(
                    str(each.data.get("state_change")), "changed the step"
                )
                role = each.data.get("role")
                moves.append(Event(each.created, who, f"{said} ({role})" if role else said))
        return sorted([*moves, *self.versions()], key=lambda event: event.when, reverse=True)

    def doing(self) -> dict[str, Callable[[], str]]:
        return {
            "take": self.take,
            "give": self.give,
            "give-back": self.give_back,
            "endorse": self.endorse,
            "finish": self.finish,
            "note": self.note,
        }

    def take(self) -> str:
        self._hand_over(self.person)
        return "This step is yours now."

    def give(self) -> str:
        person = self.named()
        self._hand_over(person)
        return f"{person.username} does this step now."

    def give_back(self) -> str:
        self._hand_over(None)
        return "Nobody does this step now."

    def _hand_over(self, person: User | None) -> None:
        requests.hand_over(
            self.job,
            actor=self.person,
            person=person,
            stage=self._stage_seen(),
            before=self.before(),
        )

    def endorse(self) -> str:
        if self.job.stage != self._stage_seen():
            raise Conflict("Meanwhile this has gone on to another step.")
        self.ask()
        workflow = workflow_for(self.video, self.code)
        workflow.see()
        if workflow.step() != (self.job.pk, self.job.stage):
            raise Conflict("Meanwhile this has gone on to another step.")
        with standing(self.ask):
            perform(workflow, actor=self.person, action="endorse")
        return self._what_follows()

    def finish(self) -> str:
        if self.job.stage != self._stage_seen():
            raise Conflict("Meanwhile this has gone on to another step.")
        requests.update_request(self.job, actor=self.person, complete=True)
        return self._what_follows()

    def _stage_seen(self) -> int:
        sent = self.request.POST.get("stage", "")
        # No stage is 0, which is what anything but a number is.
        return number_of(sent)

    def _what_follows(self) -> str:
        try:
            self.find()
        except Http404:
            # What was done stays done, though it may be hidden by now.
            return "Done."
        seat = Seat.of(self.job)
        if seat.is_over:
            return "Done. The subtitles are published."
        if seat.holder is None:
            return f"Done. Next: {seat.step}{FREE}."
        # Who sits for another team is that team's business.
        mine = role_in(self.person, seat.team.pk) > 0
        return f"Done. Next: {seat.step}{f', by {seat.holder.username}' if mine else ''}."

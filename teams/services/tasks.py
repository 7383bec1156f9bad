"""Tasks: made, given, finished. However a task is finished, it goes through `finish`."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, Literal, TypeAlias, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from subtitles import services as subtitles
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from subtitles.workflows.actions import SEND_BACK
from subtitles.workflows.base import Workflow
from subtitles.workflows.submit import perform
from teams.models import OPEN, Task, Team, TeamLanguage, TeamMember
from teams.policies.open_work import judges_of
from teams.policies.requests import open_request
from teams.policies.work import (
    Levels,
    levels_of,
    may_assign_tasks,
    may_delete_tasks,
    may_perform,
    may_take,
    open_task,
)
from teams.services import requests
from teams.services.locks import lock_team, require, require_language
from teams.services.requests import start_over
from teams.services.telling import MOST_TOLD, subtitles_of, tell
from users.models import MailKind, User
from videos.models import Video
from videos.services import lock as lock_video

Type = Task.Type
Approval = Task.Approval

DONE, APPROVED, REJECTED = "done", "approved", "rejected"
# What follows on a task by what came of it; of several the first that the team's levels ask for.
# None is the end: the version is published. MAKE is a Subtitle or a Translate task.
MAKE: Final = "make"
Step: TypeAlias = Literal["make"] | Type | None
NEXT: dict[tuple[int, str], tuple[Step, ...]] = {
    (Type.SUBTITLE, DONE): (Type.REVIEW, Type.APPROVE, None),
    (Type.TRANSLATE, DONE): (Type.REVIEW, Type.APPROVE, None),
    (Type.REVIEW, APPROVED): (Type.APPROVE, None),
    (Type.REVIEW, REJECTED): (MAKE,),
    (Type.APPROVE, APPROVED): (None,),
    (Type.APPROVE, REJECTED): (Type.REVIEW, MAKE),
}
_SIGNING = {Type.REVIEW: "reviewer", Type.APPROVE: "approver"}
_RECORDED = {
    (Type.REVIEW, REJECTED): ActivityType.VERSION_DECLINED,
    (Type.APPROVE, REJECTED): ActivityType.VERSION_REJECTED,
    (Type.APPROVE, APPROVED): ActivityType.VERSION_APPROVED,
}


class TaskFields(TypedDict, total=False):
    """What may be changed of a task before it is finished."""

    assignee: User | None
    language_code: str
    priority: int


def outcomes(task_type: int) -> tuple[str, ...]:
    """What can come of a task of this type."""
    return tuple(outcome for type, outcome in NEXT if type == task_type)


def following(task_type: int, outcome: str, levels: Levels) -> Step:
    """The type of the next task, MAKE, or None. Raises KeyError for what cannot come of it."""
    asked: dict[Step, int] = {Type.REVIEW: levels.review, Type.APPROVE: levels.approve}
    return next(step for step in NEXT[task_type, outcome] if asked.get(step, True))


# --- making and changing -------------------------------------------------------------------------


@transaction.atomic
def add_task(
    team: Team,
    *,
    actor: User,
    video: Video,
    type: int,
    language_code: str = "",
    assignee: User | None = None,
    priority: int = 0,
    version_number: int | None = None,
    operator: bool = False,
) -> Task:
    """A new task. Raises `NotAllowed`, and `InvalidInput` when there is one like it already."""
    team = lock_team(team)
    if not operator:
        require(may_assign_tasks(actor, team))
    video = lock_video(video)
    if video.team_id != team.pk:
        raise InvalidInput.field("video_id", f"Unknown video: {video.video_id}")
    require_language(team, language_code)
    task = Task(team=team, video=video, type=type, language_code=language_code, priority=priority)
    tip = _tip(video, language_code)
    _require_newest(version_number, tip)
    task.version = tip if task.is_judging else None
    _insert(task)
    if assignee is not None:
        _assign(task, assignee, actor=actor)
    return task


@transaction.atomic
def update_task(
    task: Task,
    *,
    actor: User,
    complete: bool = False,
    send_back: bool = False,
    version_number: int | None = None,
    operator: bool = False,
    **fields: Unpack[TaskFields],
) -> Task:
    """Change what is given; then finish the task where ``complete`` or ``send_back`` says so.

    ``assignee`` may be None: then nobody has the task. Sending back wins over completing.
    """
    task = locked(task)
    if not operator:
        require(may_assign_tasks(actor, task.team))
    if not task.is_open:
        raise InvalidInput.general("This task is completed.")
    if "assignee" in fields:
        _assign(task, fields.pop("assignee"), actor=actor)
    if "language_code" in fields:
        require_language(task.team, fields["language_code"])
    for name, value in fields.items():
        setattr(task, name, value)
    _save(task, *fields)
    _require_newest(version_number, _tip(task.video, task.language_code))
    if send_back or complete:
        outcome = REJECTED if send_back else APPROVED
        if not task.is_judging:
            if send_back:
                raise InvalidInput.general("Only Review and Approve tasks can be sent back.")
            outcome = DONE
        finish(task, actor=actor, outcome=outcome)
    return task


@transaction.atomic
def hand_over(
    task: Task,
    *,
    actor: User,
    person: User | None,
    before: int | None,
    operator: bool = False,
) -> Task:
    """Give a task to ``person``, or to nobody, as somebody who saw that ``before`` had it.

    Raises `Conflict`, which says who has it, where that is no longer so; and what `update_task`
    does.
    """
    found = locked(task)
    if not operator:
        require(may_assign_tasks(actor, found.team))
    if found.is_open and found.assignee_id != before:
        has = found.assignee.username if found.assignee else "Nobody"
        raise Conflict(f"Meanwhile this has changed: {has} has this task now.")
    return update_task(found, actor=actor, operator=operator, assignee=person)


@transaction.atomic
def send_back(workflow: Workflow, *, actor: User, reason: str) -> None:
    """Send work back with a note that says why, which whoever has to mend it is told."""
    workflow.see()
    if not reason.strip():
        raise InvalidInput.field("reason", "Say what has to be mended.")
    workflow.lock()
    code = workflow.language_code
    subtitles.add_note(workflow.video, actor=actor, language_code=code, body=reason.strip())
    perform(workflow, actor=actor, action=SEND_BACK.name)


@transaction.atomic
def delete_task(task: Task, *, actor: User, operator: bool = False) -> None:
    """Take a task out of every list."""
    task = locked(task)
    if not operator:
        require(may_delete_tasks(actor, task.team))
    task.is_deleted = True
    _save(task, "is_deleted")


def locked(task: Task) -> Task:
    """The task as it is now, its team and video locked. Must run inside a transaction."""
    lock_team(task.team)
    found = (
        Task.objects.select_related("team", "video", "video__team", "video__project", "assignee")
        .filter(pk=task.pk, is_deleted=False)
        .first()
    )
    if found is None:
        raise NotThere
    video, found.video = found.video, lock_video(found.video)
    # Read under the team's lock.
    found.video.team = video.team
    return found


def take_on(video: Video, language_code: str, version: SubtitleVersion, *, actor: User) -> None:
    """Somebody has sent subtitles: the open task gets them, and the sender where nobody had it.

    Work that nobody asked for makes a task of its own. Who has enough tasks does not get it.
    The team must be locked. Raises `NotAllowed` for a task that somebody else has by now.
    """
    task = open_task(video, language_code)
    if task is None:
        task = Task(
            team=video.team,
            video=video,
            language_code=language_code,
            type=_making(video, language_code),
        )
        _insert(task)
    else:
        # Who corrects the work of others reviews it; what they have just sent is no work of theirs.
        corrects = version.parent is not None and version.parent.author_id != actor.pk
        require(may_take(actor, task, own=corrects))
    if task.assignee_id is None and not _has_enough(task, actor):
        _give(task, actor)
    if task.is_judging:
        task.approved = Approval.IN_PROGRESS
    else:
        task.language_code = language_code
    task.version = version
    _save(task, "language_code", "assignee", "expires", "approved", "version")


# --- finishing -----------------------------------------------------------------------------------


def finish(task: Task, *, actor: User, outcome: str) -> Task | None:
    """Complete a locked, open task, and make what follows; the next task, or None when published.

    Somebody else's task is refused; one that nobody has becomes the actor's. Raises `NotAllowed`
    and `InvalidInput`.
    """
    if task.assignee_id is None:
        require(may_perform(actor, task))
        task.assignee = actor
    require(may_take(actor, task))
    if outcome not in outcomes(task.type):
        raise InvalidInput(f"No action: {outcome}")
    # A task for no language yet is for the spoken one.
    code = task.language_code or task.video.primary_audio_language_code
    version = subtitles.claim_tip(task.video, code)
    if version is None:
        raise InvalidInput.general("There are no subtitles yet.")
    if outcome != REJECTED and not (version.subtitle_count and version.fully_synced):
        raise InvalidInput("Subtitles not complete")
    task.version = version
    task.language_code = code
    task.completed = timezone.now()
    task.approved = Approval.REJECTED if outcome == REJECTED else Approval.APPROVED
    _save(task, "assignee", "version", "language_code", "completed", "approved")
    if task.is_judging:
        subtitles.sign(version, _SIGNING[Type(task.type)], actor)
    subtitles.set_complete(version, outcome != REJECTED, actor=actor)
    levels = levels_of(task.video)
    step = following(task.type, outcome, levels)
    _record(task, outcome, step, actor=actor, version=version)
    if step is not None:
        return _next(task, step, actor=actor)
    subtitles.publish(version, actor=actor)
    if task.is_judging:
        _tell_published(task, actor=actor)
    if task.language_code == task.video.primary_audio_language_code:
        translate(task.video)
    return None


def _record(task: Task, outcome: str, step: Step, *, actor: User, version: SubtitleVersion) -> None:
    found = _RECORDED.get((Type(task.type), outcome))
    if (task.type, outcome) == (Type.REVIEW, APPROVED):
        found = ActivityType.VERSION_ACCEPTED if step else ActivityType.VERSION_APPROVED
    if found is not None:
        video, code = task.video, task.language_code
        record(found, actor=actor, video=video, language_code=code, version=version)


def _next(task: Task, step: Literal["make"] | Type, *, actor: User) -> Task:
    type = _making(task.video, task.language_code) if step == MAKE else step
    following_task = Task(
        team=task.team,
        video=task.video,
        language_code=task.language_code,
        type=type,
        version=task.version,
        priority=task.priority,
    )
    sent_back = task.approved == Approval.REJECTED
    last = _last_who_did(following_task, own=sent_back)
    if last is not None:
        _give(following_task, last)
    _insert(following_task)
    if sent_back:
        _tell_sent_back(task, following_task, actor=actor)
    elif last is not None:
        _tell_given(following_task, last, actor=actor)
    if last is None and following_task.is_judging:
        _tell_judges(following_task, actor=actor)
    return following_task


def _last_who_did(task: Task, *, own: bool) -> User | None:
    """Who did this kind of work here before gets it again, if they still can.

    ``own``: also to review what they have corrected themselves.
    """
    done = Task.objects.filter(
        video=task.video,
        language_code=task.language_code,
        type=task.type,
        completed__isnull=False,
        assignee__isnull=False,
    )
    before = done.select_related("assignee").order_by("-completed", "-pk").first()
    if before is None or before.assignee is None:
        return None
    person = before.assignee
    member = TeamMember.objects.filter(team=task.team, user=person).exists()
    free = member and not _has_enough(task, person)
    return person if free and may_perform(person, task, own=own) else None


def _tell_judges(task: Task, *, actor: User) -> None:
    """To those who may take it: a review or an approval that nobody has waits."""
    what = "review" if task.type == Type.REVIEW else "approval"
    of = subtitles_of(task.video, task.language_code)
    tell(
        judges_of(task)[:MOST_TOLD],
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=task.team,
        subject=f"Waits for {what} ({task.language_code}): {task.video}",
        lines=[f"The {what} of {of} waits in {task.team.name}. Nobody has it yet."],
        video=task.video,
        drafts=True,
        at=page_of(task),
    )


def _tell_sent_back(task: Task, again: Task, *, actor: User) -> None:
    """To whoever has the work again, else to its author, with what the reviewer wrote about it."""
    of = subtitles_of(task.video, task.language_code)
    lines = [f"{actor.username} has sent back {of}."]
    if again.assignee is not None:
        lines.append(f"You have a task again: {again.get_type_display()}.")
    notes = SubtitleNote.objects.filter(
        video=task.video,
        language_code=task.language_code,
        user=actor,
        created__gte=task.created,
        is_hidden=False,
    )
    lines += notes.order_by("pk").values_list("body", flat=True)
    tell(
        [again.assignee or _author(task)],
        kind=MailKind.SENT_BACK,
        actor=actor,
        team=task.team,
        subject=f"Sent back to you ({task.language_code}): {task.video}",
        lines=lines,
        video=task.video,
        drafts=True,
        at=page_of(again),
    )


def _tell_published(task: Task, *, actor: User) -> None:
    """To the author, and to whoever's work it is that a reviewer has corrected."""
    of = subtitles_of(task.video, task.language_code)
    tell(
        [_author(task), _maker(task)],
        kind=MailKind.APPROVED,
        actor=actor,
        team=task.team,
        subject=f"Published ({task.language_code}): {task.video}",
        lines=[f"{actor.username} has approved {of}. They are published now."],
        video=task.video,
        names_team=False,
        at=reverse("video-page", args=[task.video.video_id]),
    )


def _author(task: Task) -> User | None:
    return task.version.author if task.version else None


def _maker(task: Task) -> User | None:
    """Who did the newest Subtitle or Translate task for these subtitles."""
    done = Task.objects.filter(
        video=task.video,
        language_code=task.language_code,
        type__in=[Type.SUBTITLE, Type.TRANSLATE],
        completed__isnull=False,
        is_deleted=False,
    )
    made = done.select_related("assignee").order_by("-completed", "-pk").first()
    return made.assignee if made else None


# --- tasks that come by themselves ---------------------------------------------------------------


def welcome(video: Video) -> None:
    """What a video that has come into a team calls for. The team must be locked."""
    levels = levels_of(video)
    if not levels.tasks or video.team is None:
        return
    spoken = video.primary_audio_language_code
    done = SubtitleLanguage.objects.filter(
        video=video, subtitles_complete=True, public_tip__isnull=False
    )
    if done.exists():
        translate(video)
    elif levels.autocreate_subtitle and not video.tasks.filter(is_deleted=False).exists():
        _insert(Task(team=video.team, video=video, type=Type.SUBTITLE, language_code=spoken))


def translate(video: Video) -> None:
    """A Translate task for each preferred language that has neither subtitles nor a task."""
    if not levels_of(video).autocreate_translate or video.team is None:
        return
    preferred = TeamLanguage.objects.filter(team=video.team, kind=TeamLanguage.Kind.PREFERRED)
    wanted = set(preferred.values_list("language_code", flat=True))
    wanted -= {video.primary_audio_language_code}
    wanted -= set(
        SubtitleLanguage.objects.filter(video=video, subtitles_complete=True).values_list(
            "language_code", flat=True
        )
    )
    wanted -= set(video.tasks.filter(is_deleted=False).values_list("language_code", flat=True))
    for code in sorted(wanted):
        _insert(Task(team=video.team, video=video, type=Type.TRANSLATE, language_code=code))


@transaction.atomic
def delete_subtitles(language: SubtitleLanguage, *, actor: User) -> None:
    """Take a language's versions and those translated from it away, and the tasks about them.

    Where the video is left without anything to read, its tasks without a version go too.
    """
    video = language.video
    if video.team is not None:
        lock_team(video.team)
    _nothing_left(video, subtitles.delete_subtitles(language, actor=actor), actor=actor)


@transaction.atomic
def take_back(
    language: SubtitleLanguage, versions: Iterable[int], *, actor: User, hide: bool = False
) -> list[SubtitleVersion]:
    """See `subtitles.services.take_back`. Open work on what was taken goes on with the draft that
    is left; where everybody reads something again, or nothing is left, it is over."""
    video = language.video
    if video.team is not None:
        lock_team(video.team)
    taken = subtitles.take_back(language, versions, actor=actor, hide=hide)
    tip = _tip(video, language.language_code)
    if hide or not taken or video.team is None:
        return taken
    if tip is None:
        _nothing_left(video, [language.language_code], actor=actor)
    else:
        work = Task.objects.filter(OPEN, video=video, version__in=taken)
        if tip.is_public:
            _withdraw(work)
        else:
            work.update(version=tip, modified=timezone.now())
    return taken


def _nothing_left(video: Video, codes: list[str], *, actor: User) -> None:
    """The subtitles of these languages are gone: so is the work on them."""
    for code in codes:
        start_over(video, code, actor=actor)
    tasks = video.tasks.filter(is_deleted=False)
    gone = tasks.filter(language_code__in=codes)
    if not video.subtitle_languages.filter(public_tip__isnull=False).exists():
        gone = gone | tasks.filter(version=None)
    _withdraw(gone)


@transaction.atomic
def add_note(video: Video, *, actor: User, language_code: str, body: str) -> SubtitleNote:
    """A note, told to whoever has or had a task for this language, or a seat in its request."""
    note = subtitles.add_note(video, actor=actor, language_code=language_code, body=body)
    people = User.objects.filter(
        tasks__video=video, tasks__language_code=language_code, tasks__is_deleted=False
    )
    request = open_request(video, language_code)
    seated = [getattr(request, seat) for seat in request.SEATS.values()] if request else []
    tell(
        [*people, *seated],
        kind=MailKind.NOTE,
        actor=actor,
        team=video.team,
        subject=f"New note on {video}",
        lines=[f"{actor.username} wrote about the subtitles ({language_code}):", body],
        video=video,
        drafts=video.team_id is not None,
        names_team=False,
        at=_page_of_work(video, language_code),
    )
    return note


def drop_tasks_of(video: Video) -> None:
    """The video leaves its team, and its tasks do not come along."""
    _withdraw(video.tasks.filter(is_deleted=False))


def unassign(team: Team, user: User) -> None:
    """Somebody leaves the team; what they have not done is free again."""
    _release(Task.objects.filter(OPEN, team=team, assignee=user))


@transaction.atomic
def expire_tasks() -> int:
    """Take back every task whose time has run out; how many those were. For a daily command."""
    return _release(Task.objects.filter(OPEN, expires__lt=timezone.now()))


def _release(tasks: QuerySet[Task]) -> int:
    return tasks.update(assignee=None, expires=None, modified=timezone.now())


def _withdraw(tasks: QuerySet[Task]) -> int:
    return tasks.update(is_deleted=True, modified=timezone.now())


# --- the rows ------------------------------------------------------------------------------------


def _assign(task: Task, assignee: User | None, *, actor: User) -> None:
    """Give a task to somebody, who is told, or take it from everybody."""
    if assignee is None:
        task.assignee = task.expires = None
        _save(task, "assignee", "expires")
        return
    if task.assignee_id == assignee.pk:
        return
    team = task.team
    if not TeamMember.objects.filter(team=team, user=assignee).exists():
        raise InvalidInput.field("assignee", f"Unknown member: {assignee.username}")
    if _has_enough(task, assignee):
        raise NotAllowed(f"{assignee.username} has {team.max_tasks_per_member} tasks already.")
    if not (decision := may_perform(assignee, task)):
        raise InvalidInput.field("assignee", decision.reason)
    _give(task, assignee)
    _save(task, "assignee", "expires")
    _tell_given(task, assignee, actor=actor)


def _tell_given(task: Task, assignee: User, *, actor: User) -> None:
    kind = task.get_type_display()
    tell(
        [assignee],
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=task.team,
        subject=f"You have a task in {task.team.name}: {kind}",
        lines=[f"{kind}: {task.video} ({task.language_code or 'no language yet'})."],
        video=task.video,
        at=page_of(task),
    )


def page_of(task: Task) -> str:
    """The path of the page where the task is shown and done."""
    return reverse("task-page", args=[task.team.slug, task.pk])


def _page_of_work(video: Video, language_code: str) -> str:
    """Where the notes about a language can be read: at the work on it, else the video."""
    if task := open_task(video, language_code):
        return page_of(task)
    if request := open_request(video, language_code):
        return requests.page_of(request, request.team)
    return reverse("video-page", args=[video.video_id])


def _give(task: Task, person: User) -> None:
    days = task.team.task_expiration
    task.assignee = person
    task.expires = timezone.now() + timedelta(days=days) if days else None


def _has_enough(task: Task, person: User) -> bool:
    """Whether the team's limit keeps somebody from getting one more task."""
    limit = task.team.max_tasks_per_member
    if limit is None:
        return False
    theirs = Task.objects.filter(OPEN, team=task.team, assignee=person)
    return theirs.exclude(pk=task.pk).count() >= limit


def _insert(task: Task) -> None:
    _write(task, force_insert=True)


def _save(task: Task, *fields: str) -> None:
    task.modified = timezone.now()
    _write(task, update_fields=[*fields, "modified"])


def _write(
    task: Task, *, force_insert: bool = False, update_fields: Sequence[str] | None = None
) -> None:
    try:
        with transaction.atomic():
            task.save(force_insert=force_insert, update_fields=update_fields)
    except IntegrityError as error:
        raise InvalidInput.general("There is an open task like this already.") from error


def _making(video: Video, language_code: str) -> Type:
    spoken = video.primary_audio_language_code
    return Type.SUBTITLE if language_code in ("", spoken) else Type.TRANSLATE


def _require_newest(version_number: int | None, tip: SubtitleVersion | None) -> None:
    """A task is about the newest version; whoever names another has not seen that yet."""
    if version_number is not None and (tip is None or tip.version_number != version_number):
        raise InvalidInput.field("version_number", "This is not the newest version.")


def _tip(video: Video, language_code: str) -> SubtitleVersion | None:
    language = (
        SubtitleLanguage.objects.select_related("tip")
        .filter(video=video, language_code=language_code)
        .first()
    )
    return language.tip if language else None

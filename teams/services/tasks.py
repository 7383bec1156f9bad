"""Tasks: made, given, finished. However a task is finished, it goes through `finish`."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.errors import InvalidInput, NotAllowed, NotThere
from subtitles import services as subtitles
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from teams.models import OPEN, Task, Team, TeamLanguage, TeamMember
from teams.policies.work import (
    Levels,
    levels_of,
    may_assign_tasks,
    may_delete_tasks,
    may_perform,
    may_take,
    open_task,
)
from teams.services.locks import lock_team, require, require_language
from teams.services.requests import start_over
from teams.services.telling import subtitles_of, tell
from users.messages import send_message
from users.models import MailKind, User
from videos.models import Video

Type = Task.Type
Approval = Task.Approval

DONE, APPROVED, REJECTED = "done", "approved", "rejected"
# What follows on a task by what came of it; of several the first that the team's levels ask for.
# None is the end: the version is published. MAKE is a Subtitle or a Translate task.
MAKE = "make"
NEXT: dict[tuple[int, str], tuple[Any, ...]] = {
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


def outcomes(task_type: int) -> tuple[str, ...]:
    """What can come of a task of this type."""
    return tuple(outcome for type, outcome in NEXT if type == task_type)


def following(task_type: int, outcome: str, levels: Levels) -> Any:
    """The type of the next task, MAKE, or None. Raises KeyError for what cannot come of it."""
    asked = {Type.REVIEW: levels.review, Type.APPROVE: levels.approve}
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
    version_number: int | None = None,
    operator: bool = False,
    **fields: Any,
) -> Task:
    """A new task. Raises `NotAllowed`, and `InvalidInput` when there is one like it already."""
    team = lock_team(team)
    if not operator:
        require(may_assign_tasks(actor, team))
    require_language(team, language_code)
    task = Task(team=team, video=video, type=type, language_code=language_code, **fields)
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
    **fields: Any,
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
    task.approved = {APPROVED: Approval.APPROVED, REJECTED: Approval.REJECTED}.get(outcome)
    _save(task, "assignee", "version", "language_code", "completed", "approved")
    if task.is_judging:
        subtitles.sign(version, _SIGNING[Type(task.type)], actor)
    subtitles.set_complete(version.language, outcome != REJECTED)
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


def _record(task: Task, outcome: str, step: Any, *, actor: User, version: SubtitleVersion) -> None:
    found = _RECORDED.get((Type(task.type), outcome))
    if (task.type, outcome) == (Type.REVIEW, APPROVED):
        found = ActivityType.VERSION_ACCEPTED if step else ActivityType.VERSION_APPROVED
    if found is not None:
        video, code = task.video, task.language_code
        record(found, actor=actor, video=video, language_code=code, version=version)


def _next(task: Task, step: Any, *, actor: User) -> Task:
    if step == MAKE:
        step = _making(task.video, task.language_code)
    following_task = Task(
        team=task.team,
        video=task.video,
        language_code=task.language_code,
        type=step,
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


def _tell_sent_back(task: Task, again: Task, *, actor: User) -> None:
    """To whoever has the work again, else to its author, with what the reviewer wrote about it."""
    of = subtitles_of(task.video, task.language_code)
    lines = [f"{actor.username} has sent back {of}."]
    if again.assignee is not None:
        lines.append(f"You have a task again: {again.get_type_display()}.")
    notes = SubtitleNote.objects.filter(
        video=task.video, language_code=task.language_code, user=actor, created__gte=task.created
    )
    lines += notes.order_by("pk").values_list("body", flat=True)
    tell(
        [again.assignee or _author(task)],
        kind=MailKind.SENT_BACK,
        actor=actor,
        team=task.team,
        subject=f"Sent back to you ({task.language_code}): {task.video}",
        lines=lines,
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
    """Take a language's versions away, and the tasks that were about them.

    Where the video is left without anything to read, its tasks without a version go too.
    """
    video = language.video
    if video.team is not None:
        lock_team(video.team)
    subtitles.delete_subtitles(language, actor=actor)
    start_over(video, language.language_code, actor=actor)
    tasks = video.tasks.filter(is_deleted=False)
    gone = tasks.filter(language_code=language.language_code)
    if not video.subtitle_languages.filter(public_tip__isnull=False).exists():
        gone = gone | tasks.filter(version=None)
    _withdraw(gone)


@transaction.atomic
def add_note(video: Video, *, actor: User, language_code: str, body: str) -> Any:
    """A note, told to everybody who has or had a task for this language."""
    note = subtitles.add_note(video, actor=actor, language_code=language_code, body=body)
    people = User.objects.filter(
        tasks__video=video, tasks__language_code=language_code, tasks__is_deleted=False
    )
    send_message(
        people.filter(is_active=True).distinct().order_by("pk"),
        kind=MailKind.NOTE,
        sender=actor,
        team=video.team,
        subject=f"New note on {video}",
        content=f"{actor.username} wrote about the subtitles ({language_code}):\n\n{body}",
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


def _assign(task: Task, assignee: User | None, *, actor: Any) -> None:
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


def _tell_given(task: Task, assignee: User, *, actor: Any) -> None:
    kind = task.get_type_display()
    tell(
        [assignee],
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=task.team,
        subject=f"You have a task in {task.team.name}: {kind}",
        lines=[f"{kind}: {task.video} ({task.language_code or 'no language yet'})."],
    )


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


def _write(task: Task, **options: Any) -> None:
    try:
        with transaction.atomic():
            task.save(**options)
    except IntegrityError as error:
        raise InvalidInput.general("There is an open task like this already.") from error


def _making(video: Video, language_code: str) -> int:
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

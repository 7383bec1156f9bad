"""Subtitle requests: asked for, handed out, handed on. Every change of stage goes through `_move`.

All teams of a request are locked first: the rules ask for roles in them.
"""

from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from activity.log import record
from activity.types import ActivityType
from amara_api.kernel.decisions import Decision
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from subtitles import services as subtitles
from subtitles.models import SubtitleVersion
from teams.models import MAX_EVALUATION_TEAMS, UNFINISHED, Evaluation, SubtitleRequest, Team
from teams.policies.open_work import seats_for
from teams.policies.requests import (
    evaluation_of,
    may_evaluate,
    may_fill,
    may_manage,
    may_request_of,
    may_seat,
    may_work_on_request,
    open_request,
    present_seat,
    seating,
)
from teams.policies.roles import role_in
from teams.services.locks import lock_team, lock_teams, require, require_language
from teams.services.telling import MOST_TOLD, subtitles_of, tell
from users.models import MailKind, User
from videos.models import Video
from videos.services import lock as lock_video

Stage = SubtitleRequest.Stage
SEATS = {seat: stage for stage, seat in SubtitleRequest.SEATS.items()}
_MOVED = "Somebody else changed this request at the same moment. Try again."


class RequestFields(TypedDict, total=False):
    """What may be changed of a request itself."""

    due: datetime | None


class _Told(TypedDict, total=False):
    """What the record of a change says beside which request it was. ``role`` is a seat."""

    old_team: str
    state_change: str
    role: str | None
    assignee: str


def stages_of(request: SubtitleRequest) -> tuple[int, ...]:
    """The stages that a request goes through, as its team is set now."""
    team = request.team
    review = [Stage.REVIEW] if team.review_allowed else []
    approve = [Stage.APPROVE] if team.approve_allowed else []
    evaluations = sorted(each.stage for each in request.evaluations.all())
    return (Stage.SUBTITLE, *review, *approve, *evaluations, Stage.COMPLETE)


def following(request: SubtitleRequest, after: int | None = None) -> int:
    """The stage behind the present one, or behind ``after``."""
    present = request.stage if after is None else after
    return next(stage for stage in stages_of(request) if stage > present)


# --- asking --------------------------------------------------------------------------------------


@transaction.atomic
def add_request(
    video: Video,
    *,
    actor: User,
    language_code: str,
    team: Team | None = None,
    evaluation_teams: list[Team] | None = None,
    due: datetime | None = None,
    operator: bool = False,
) -> SubtitleRequest:
    """Ask ``team``, by default the video's own, for subtitles.

    The documentation of 2016, Creating Requests. Raises `NotAllowed`, and `InvalidInput` when the
    language is not wanted or asked for already.
    """
    source, evaluating = video.team, evaluation_teams or []
    if source is None:
        raise InvalidInput.field("video", "This video belongs to no team.")
    team = team or source
    lock_teams(source, team, *evaluating)
    video = lock_video(video)
    if video.team_id != source.pk:
        raise Conflict(_MOVED)
    for field, each in (
        ("video", source),
        ("team", team),
        *(("evaluation_teams", each) for each in evaluating),
    ):
        if not operator:
            require(may_request_of(actor, each))
        _require_collaboration(field, each)
    if len(evaluating) > MAX_EVALUATION_TEAMS:
        message = f"At most {MAX_EVALUATION_TEAMS} teams can evaluate."
        raise InvalidInput.field("evaluation_teams", message)
    if len({each.pk for each in evaluating}) < len(evaluating):
        raise InvalidInput.field("evaluation_teams", "A team is named twice.")
    for each in {source, team}:
        require_language(each, language_code)
    request = SubtitleRequest(
        source_team=source, team=team, video=video, language_code=language_code, due=due
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        message = "There is an unfinished request for this language already."
        raise InvalidInput.field("language", message) from error
    for position, each in enumerate(evaluating, start=1):
        Evaluation.objects.create(request=request, team=each, position=position)
    _record(ActivityType.SUBTITLE_REQUEST_CREATED, request, actor=actor)
    return request


@transaction.atomic
def delete_request(request: SubtitleRequest, *, actor: User, operator: bool = False) -> None:
    """Take a request back. Subtitles that were sent for it stay as they are."""
    request = locked(request)
    if not operator:
        require(may_manage(actor, request))
    _delete(request, actor=actor)


# --- changing ------------------------------------------------------------------------------------


@transaction.atomic
def update_request(
    request: SubtitleRequest,
    *,
    actor: User,
    team: Team | None = None,
    people: dict[str, User | None] | None = None,
    complete: bool = False,
    operator: bool = False,
    **fields: Unpack[RequestFields],
) -> SubtitleRequest:
    """Move to another team, then hand out, then complete: what is given of these.

    ``people`` are by seat: subtitler, reviewer, approver and evaluator; None takes a seat away.
    Raises `NotAllowed` and `InvalidInput`.
    """
    request = locked(request, team)
    if not request.is_open:
        raise InvalidInput.general("This request is complete.")
    if not operator and (team is not None or complete or fields):
        require(may_manage(actor, request))
    if "due" in fields:
        request.due, request.overdue = fields["due"], False
        request.save(update_fields=["due", "overdue"])
    if team is not None and team.pk != request.team_id:
        _hand_to(request, team, actor=actor, operator=operator)
    for seat, person in (people or {}).items():
        _seat(request, seat, person, actor=actor, operator=operator)
    if complete:
        _complete_work(request, actor=actor)
    return request


@transaction.atomic
def hand_over(
    request: SubtitleRequest,
    *,
    actor: User,
    person: User | None,
    stage: int,
    before: int | None,
    operator: bool = False,
) -> SubtitleRequest:
    """Give the present seat to ``person``, or to nobody, as somebody who saw that ``before`` sat
    there in ``stage``.

    Raises `Conflict`, which says what happened, where that is no longer so; and what
    `update_request` does.
    """
    found = locked(request)
    team, sits = present_seat(found)
    if not operator and not role_in(actor, team.pk):
        raise NotAllowed(f"You are no member of the team {team.slug}.")
    if found.stage != stage:
        raise Conflict("Meanwhile this has gone on to another step.")
    if found.is_open and sits != before:
        holder = User.objects.filter(pk=sits).first() if sits else None
        has = holder.username if holder else "Nobody"
        raise Conflict(f"Meanwhile this has changed: {has} does this step now.")
    return update_request(found, actor=actor, operator=operator, people={_seat_of(found): person})


def _hand_to(request: SubtitleRequest, team: Team, *, actor: User, operator: bool) -> None:
    if not operator:
        require(may_request_of(actor, team))
    if request.stage != Stage.SUBTITLE or request.subtitler_id is not None:
        raise InvalidInput.field("team", "Work has started already.")
    _require_collaboration("team", team)
    require_language(team, request.language_code)
    before = request.team
    request.team = team
    request.reviewer = request.approver = None
    request.save(update_fields=["team", "reviewer", "approver"])
    _record(ActivityType.COLLAB_TEAM_CHANGE, request, actor=actor, old_team=before.slug)


def _seat(
    request: SubtitleRequest, seat: str, person: User | None, *, actor: User, operator: bool
) -> None:
    """Somebody into a seat, or nobody. A seat whose stage is over keeps who sat there."""
    holder: SubtitleRequest | Evaluation = request
    if seat == "evaluator":
        evaluation = evaluation_of(request)
        if evaluation is None:
            raise InvalidInput.field(seat, "Nothing is to be evaluated now.")
        holder, team, stage = evaluation, evaluation.team, request.stage
    else:
        team, stage = request.team, SEATS[seat]
    before, sat = getattr(holder, seat), getattr(holder, f"{seat}_id")
    if not operator:
        now = request.stage == stage
        require(may_seat(actor, team, sits=sat, person=person, now=now))
    if stage < request.stage:
        raise InvalidInput.field(seat, f"It is {Stage(stage).label} already.")
    if sat == (person.pk if person else None):
        return
    if person is not None:
        fits = (
            may_evaluate(person, holder)
            if isinstance(holder, Evaluation)
            else may_fill(person, request, stage)
        )
        _require_fit(fits, seat, oneself=person.pk == actor.pk and not operator)
    setattr(holder, seat, person)
    holder.save(update_fields=[seat])
    if stage == request.stage:
        _start_clock(request)
    # Whose seat it is, or was.
    named = (person or before).identifier
    _record(_seating(actor, sat, person), request, actor=actor, role=seat, assignee=named)
    if person is not None:
        now = stage == request.stage
        _tell_seated(request, seat, person, actor=actor, team=team, now=now)


def _require_fit(fits: Decision, seat: str, *, oneself: bool) -> None:
    if not fits and oneself:
        raise NotAllowed(fits.reason)
    if not fits:
        raise InvalidInput.field(seat, fits.reason)


def _seating(actor: User, sat: int | None, person: User | None) -> ActivityType:
    """What the record calls a change of seat."""
    if person is None:
        left = sat == actor.pk
        return ActivityType.COLLAB_LEAVE if left else ActivityType.COLLAB_UNASSIGN
    if person.pk == actor.pk:
        return ActivityType.COLLAB_JOIN
    return ActivityType.COLLAB_ASSIGN if sat is None else ActivityType.COLLAB_REASSIGN


# --- handing on ----------------------------------------------------------------------------------


def claim(video: Video, language_code: str) -> SubtitleRequest | None:
    """The unfinished request for a language, all its teams locked, and its video's team anyway.

    Must run inside a transaction.
    """
    request = open_request(video, language_code)
    if request is not None:
        return locked(request)
    if video.team is not None:
        lock_team(video.team)
    if open_request(video, language_code) is not None:
        raise Conflict(_MOVED)
    return None


def endorse(request: SubtitleRequest, *, actor: User, version: SubtitleVersion) -> None:
    """Who does the present stage is done with it. The request must be locked, and its language."""
    require(may_work_on_request(actor, request))
    role = _seat_of(request)
    if request.stage in (Stage.REVIEW, Stage.APPROVE):
        subtitles.sign(version, role, actor)
    _move(request, following(request), actor=actor, change="endorse", role=role)
    if not request.is_open:
        subtitles.publish(version, actor=actor)
        _tell_published(request, version, actor=actor)


def _complete_work(request: SubtitleRequest, *, actor: User) -> None:
    """The documentation of 2016, Updating Requests: an admin's word ends the work, whatever there
    is of it. Evaluation still follows."""
    if request.stage > Stage.APPROVE:
        raise InvalidInput.field("state", "The work is complete already.")
    _, sits = present_seat(request)
    role = _seat_of(request) if sits == actor.pk else None
    _move(request, following(request, Stage.APPROVE), actor=actor, change="complete", role=role)
    if request.is_open:
        return
    version = subtitles.claim_tip(request.video, request.language_code)
    if version is not None:
        if version.subtitle_count and version.fully_synced:
            subtitles.set_complete(version, True, actor=actor)
        subtitles.publish(version, actor=actor)
        _tell_published(request, version, actor=actor)


def _move(
    request: SubtitleRequest, stage: int, *, actor: User, change: str, role: str | None = None
) -> None:
    """``change`` says what was done, and ``role`` from which seat, if from one."""
    now = timezone.now()
    request.stage = stage
    if stage > Stage.APPROVE:
        request.work_completed = request.work_completed or now
    if stage == Stage.COMPLETE:
        request.completed = now
    request.save(update_fields=["stage", "work_completed", "completed"])
    _start_clock(request)
    kind = ActivityType.COLLAB_STATE_CHANGE
    _record(kind, request, actor=actor, state_change=change, role=role)
    _tell_turn(request, actor=actor)


def _seat_of(request: SubtitleRequest) -> str:
    """What whoever does the present stage is called."""
    return request.SEATS.get(Stage(request.stage), "evaluator")


def _start_clock(request: SubtitleRequest) -> None:
    """Whoever does the present stage has the days that their team gives, from now on."""
    team, sits = present_seat(request)
    days = team.task_expiration if sits and request.is_open else None
    request.expires = timezone.now() + timedelta(days=days) if days else None
    request.save(update_fields=["expires"])


# --- what happens around it ----------------------------------------------------------------------


def drop_requests_of(video: Video, *, actor: User) -> None:
    """The video leaves its team; what that team asked for is not the next one's."""
    for request in SubtitleRequest.objects.select_related("team", "video").filter(video=video):
        _delete(request, actor=actor)


def start_over(video: Video, language_code: str, *, actor: User) -> None:
    """The subtitles of a language are gone: its unfinished request begins again."""
    request = open_request(video, language_code)
    if request is None or request.stage == Stage.SUBTITLE:
        return
    for seat in SEATS:
        # A stage that was over kept its name, also of who has left since.
        person = getattr(request, seat)
        if person is not None and not role_in(person, request.team_id):
            _free(request, seat, actor=actor, holder=request)
    request.work_completed = None
    _move(request, Stage.SUBTITLE, actor=actor, change="start-over")


def give_up_seats(team: Team, user: User, *, actor: User) -> None:
    """Somebody leaves a team; what they have not done is free again. The team must be locked."""
    requests = SubtitleRequest.objects.select_related("team", "video")
    for request in requests.filter(seating(user), UNFINISHED, team=team):
        for seat, stage in SEATS.items():
            if getattr(request, f"{seat}_id") == user.pk and request.stage <= stage:
                _free(request, seat, actor=actor, holder=request)
    evaluations = Evaluation.objects.select_related("request__team", "request__video")
    for evaluation in evaluations.filter(team=team, evaluator=user, request__completed=None):
        if evaluation.status == "assigned":
            _free(evaluation.request, "evaluator", actor=actor, holder=evaluation)


def _free(
    request: SubtitleRequest,
    seat: str,
    *,
    actor: User | None,
    holder: SubtitleRequest | Evaluation,
) -> None:
    """Take a seat from who sits there, by a rule and not by anybody's wish."""
    person = getattr(holder, seat)
    setattr(holder, seat, None)
    holder.save(update_fields=[seat])
    if SEATS.get(seat, request.stage) == request.stage:
        _start_clock(request)
    kind = ActivityType.COLLAB_AUTO_UNASSIGNED
    _record(kind, request, actor=actor, role=seat, assignee=person.identifier)


def expire_requests() -> int:
    """For a daily command: who has had their time loses their seat; how many those were.

    That the time of a whole request is over is put on record, once.
    """
    now = timezone.now()
    over = Q(expires__lt=now) | Q(due__lt=now, overdue=False)
    requests = SubtitleRequest.objects.filter(UNFINISHED, over).select_related("team")
    return sum(_expire(request, now) for request in list(requests.order_by("pk")))


@transaction.atomic
def _expire(request: SubtitleRequest, now: datetime) -> bool:
    try:
        request = locked(request)
    except (NotThere, Conflict):
        return False
    if not request.is_open:
        return False
    if request.due is not None and request.due < now and not request.overdue:
        request.overdue = True
        request.save(update_fields=["overdue"])
        _record(ActivityType.COLLAB_DEADLINE_PASSED, request, actor=None)
    if request.expires is None or request.expires >= now:
        return False
    _free(request, _seat_of(request), actor=None, holder=evaluation_of(request) or request)
    return True


def has_unfinished(team: Team) -> bool:
    """Whether a team asked for, does or evaluates something that is not finished."""
    mine = Q(team=team) | Q(source_team=team) | Q(evaluations__team=team)
    return SubtitleRequest.objects.filter(mine, UNFINISHED).exists()


# --- telling people ------------------------------------------------------------------------------


def _tell_seated(
    request: SubtitleRequest, seat: str, person: User, *, actor: User, team: Team, now: bool
) -> None:
    tell(
        [person],
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=team,
        subject=f"You have an assignment in {team.name}: {seat}",
        lines=[
            f"You are the {seat} of {_subtitles_of(request)}.",
            "It is your turn now." if now else "You will hear when it is your turn.",
        ],
        video=request.video,
        at=page_of(request, team),
    )


def _tell_turn(request: SubtitleRequest, *, actor: User) -> None:
    """To who was given the seat of the stage that begins."""
    team, sits = present_seat(request)
    if not request.is_open:
        return
    if sits is None:
        _tell_free(request, team, actor=actor)
        return
    seat = _seat_of(request)
    tell(
        User.objects.filter(pk=sits),
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=team,
        subject=f"It is your turn in {team.name}: {seat}",
        lines=[f"You are the {seat} of {_subtitles_of(request)}, and it is your turn now."],
        video=request.video,
        at=page_of(request, team),
    )


_WAITS_FOR = {Stage.REVIEW: "review", Stage.APPROVE: "approval"}


def _tell_free(request: SubtitleRequest, team: Team, *, actor: User) -> None:
    """To those who may take it: the stage that begins is nobody's, and looks at others' work."""
    if request.stage == Stage.SUBTITLE:
        return
    what = _WAITS_FOR.get(Stage(request.stage), "evaluation")
    tell(
        seats_for(request, team)[:MOST_TOLD],
        kind=MailKind.ASSIGNMENT,
        actor=actor,
        team=team,
        subject=f"Waits for {what} ({request.language_code}): {request.video}",
        lines=[f"The {what} of {_subtitles_of(request)} waits in {team.name}. Nobody does it yet."],
        video=request.video,
        drafts=True,
        at=page_of(request, team),
    )


def page_of(request: SubtitleRequest, team: Team) -> str:
    """The path of the page where the request is shown and done, for members of ``team``."""
    return reverse("request-page", args=[team.slug, request.job_id])


def _tell_published(request: SubtitleRequest, version: SubtitleVersion, *, actor: User) -> None:
    """To the author, and to whoever's work it is that others have corrected."""
    tell(
        [version.author, request.subtitler],
        kind=MailKind.APPROVED,
        actor=actor,
        team=request.team,
        subject=f"Published ({request.language_code}): {request.video}",
        lines=[f"{actor.username} has approved {_subtitles_of(request)}. They are published now."],
        video=request.video,
        names_team=False,
        at=reverse("video-page", args=[request.video.video_id]),
    )


def _subtitles_of(request: SubtitleRequest) -> str:
    return subtitles_of(request.video, request.language_code)


# --- the rows ------------------------------------------------------------------------------------


def locked(request: SubtitleRequest, *more: Team | None) -> SubtitleRequest:
    """The request as it is now, its teams and its video locked. Must run inside a transaction."""
    evaluating = [each.team for each in request.evaluations.select_related("team")]
    lock_teams(request.source_team, request.team, *evaluating, *more)
    related = ("team", "source_team", "video", "video__team", "subtitler", "reviewer", "approver")
    found = SubtitleRequest.objects.select_related(*related).filter(pk=request.pk).first()
    if found is None:
        raise NotThere
    if found.team_id != request.team_id:
        raise Conflict(_MOVED)
    video, found.video = found.video, lock_video(found.video)
    # Read under the team's lock.
    found.video.team = video.team
    return found


def _delete(request: SubtitleRequest, *, actor: User) -> None:
    _record(ActivityType.COLLAB_DELETE, request, actor=actor)
    request.delete()


def _record(
    type: ActivityType, request: SubtitleRequest, *, actor: User | None, **data: Unpack[_Told]
) -> None:
    record(
        type,
        actor=actor,
        video=request.video,
        team=request.team,
        language_code=request.language_code,
        job_id=request.job_id,
        **data,
    )


def _require_collaboration(field: str, team: Team) -> None:
    if team.type != Team.Type.COLLABORATION:
        raise InvalidInput.field(field, f"The team {team.slug} takes no subtitle requests.")

"""Who may ask for subtitles, do the steps of a request, and hand them out.

Arguments are always the user first, the thing second. Nothing here writes.
"""

from django.db.models import Exists, OuterRef, Q

from amara_api.kernel.decisions import ALLOWED, Decision, allowed_if, denied
from teams.models import UNFINISHED, Evaluation, Role, SubtitleRequest, Team, TeamMember
from teams.policies.roles import Caller, role_in, team_ids_of
from teams.policies.work import (
    APPROVING,
    REVIEWING,
    may_assign_tasks,
    may_make_for,
    may_review_own,
)
from users.models import User
from videos.models import Video

Stage = SubtitleRequest.Stage
_ADMINS = "Only admins and owners of the team that does the work may do this."


def open_request(video: Video, language_code: str) -> SubtitleRequest | None:
    """The unfinished request for a language, with its teams."""
    found = SubtitleRequest.objects.select_related("team", "source_team", "video")
    return found.filter(UNFINISHED, video=video, language_code=language_code).first()


def evaluation_of(request: SubtitleRequest) -> Evaluation | None:
    """The evaluation that a request is in now."""
    found = request.evaluations.select_related("team", "evaluator")
    return next((each for each in found if each.stage == request.stage), None)


def present_seat(request: SubtitleRequest) -> tuple[Team, int | None]:
    """The team whose people the present stage is for, and the id of who does it."""
    seat = request.SEATS.get(Stage(request.stage))
    if seat is not None:
        return request.team, getattr(request, f"{seat}_id")
    evaluation = evaluation_of(request)
    return (evaluation.team, evaluation.evaluator_id) if evaluation else (request.team, None)


# --- seeing --------------------------------------------------------------------------------------


def evaluated_by(teams: list[int]) -> Q:
    """The requests that any of these teams evaluates."""
    return Q(pk__in=Evaluation.objects.filter(team__in=teams).values("request"))


def worked_on_by(teams: list[int]) -> Q:
    """The requests that any of these teams does or evaluates."""
    return Q(team__in=teams) | evaluated_by(teams)


def involving(*, team: int | None = None, user: int | None = None) -> Q:
    """The requests that ``team``, or any team of ``user``, asked for, does or evaluates. For one
    that has been found: it looks at each."""

    def theirs(path: str) -> Q:
        if user is None:
            return Q((path, team))
        return Q(Exists(TeamMember.objects.filter(team=OuterRef(path), user=user)))

    whose = Q(team=team) if user is None else Q(team__members__user=user)
    evaluated = Evaluation.objects.filter(whose, request=OuterRef("pk"))
    return theirs("source_team") | theirs("team") | Q(Exists(evaluated))


def seating(user: User) -> Q:
    """The requests in which somebody has a seat of the work itself."""
    seats = SubtitleRequest.SEATS.values()
    return Q(*((seat, user) for seat in seats), _connector=Q.OR)


def works_for(user: Caller, video_id: int) -> bool:
    """Whether somebody's team works on this video for another team.

    They see the video and its drafts, wherever it is hidden.
    """
    teams = team_ids_of(user)
    found = SubtitleRequest.objects.filter(worked_on_by(teams), video=video_id)
    return bool(teams) and found.exists()


# --- asking --------------------------------------------------------------------------------------


def may_request_of(user: Caller, team: Team) -> Decision:
    """The documentation of 2016, Creating Requests: every team named is one you are an admin of."""
    return allowed_if(
        role_in(user, team.pk) >= Role.ADMIN, f"You are no admin of the team {team.slug}."
    )


def may_manage(user: Caller, request: SubtitleRequest) -> Decision:
    """Move, complete and delete: admins of the team that does the work."""
    return allowed_if(role_in(user, request.team_id) >= Role.ADMIN, _ADMINS)


# --- doing ---------------------------------------------------------------------------------------


def may_fill(person: User, request: SubtitleRequest, stage: int) -> Decision:
    """Whether somebody can do a stage of the work, whoever does it now."""
    team = request.team
    role = role_in(person, team.pk)
    if not role:
        return denied(f"{person.username} is no member of the team {team.slug}.")
    if stage == Stage.SUBTITLE:
        return may_make_for(person, team, request.video, request.language_code) and _by_two(
            person, request.reviewer_id, team
        )
    levels = REVIEWING if stage == Stage.REVIEW else APPROVING
    level = team.review_allowed if stage == Stage.REVIEW else team.approve_allowed
    if not level and request.stage != stage:
        return denied(f"In this team nothing is {Stage(stage).label}.")
    if role < levels.get(level, Role.CONTRIBUTOR):
        return denied(f"{person.username} may not do this in the team {team.slug}.")
    return _by_two(person, request.subtitler_id, team) if stage == Stage.REVIEW else ALLOWED


def _by_two(person: User, other_id: int | None, team: Team) -> Decision:
    """Who subtitles and who reviews are two, whichever seat is given first."""
    return may_review_own(person, team.pk) if person.pk == other_id else ALLOWED


def may_evaluate(person: User, evaluation: Evaluation) -> Decision:
    return allowed_if(
        role_in(person, evaluation.team_id) > 0,
        f"{person.username} is no member of the team {evaluation.team.slug}.",
    )


def may_seat(
    user: User, team: Team, *, sits: int | None, person: User | None, now: bool
) -> Decision:
    """Give a seat of ``team`` to ``person``, or to nobody.

    Admins do. Others leave their own, and take a free one whose turn is ``now`` where they may
    hand out the team's work.
    """
    if role_in(user, team.pk) >= Role.ADMIN:
        return ALLOWED
    if person is None:
        return allowed_if(sits is None or sits == user.pk, "Somebody else does this.")
    if person.pk != user.pk or sits is not None or not now:
        return denied("Only admins and owners of the team give work to others.")
    return may_assign_tasks(user, team)


def may_work_on_request(user: Caller, request: SubtitleRequest) -> Decision:
    """Only who sits in the present seat, and only as a member: a seat that was given up as done
    keeps its name, and the request may begin again."""
    team, sits = present_seat(request)
    return allowed_if(
        user.is_authenticated and sits == user.pk and role_in(user, team.pk) > 0,
        "You have no assignment here.",
    )


def may_edit_unasked(user: Caller, team: Team) -> Decision:
    """Without a request nothing gets past those who would have to look at it."""
    least = max(
        Role.CONTRIBUTOR,
        REVIEWING.get(team.review_allowed, Role.CONTRIBUTOR),
        APPROVING.get(team.approve_allowed, Role.CONTRIBUTOR),
    )
    return allowed_if(role_in(user, team.pk) >= least, "There is no request for these subtitles.")

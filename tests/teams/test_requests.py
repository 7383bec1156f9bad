"""The workflow of subtitle requests: its table walked, and what happens around it."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from activity.models import ActivityRecord
from teams.models import ApproveLevel, Evaluation, ReviewLevel, SubtitleRequest, TeamLanguage
from teams.services import languages, members, requests
from tests.api.conftest import unchanged, undone
from tests.examples import examples
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
)
from tests.photographs import photographed

pytestmark = pytest.mark.django_db
Stage = SubtitleRequest.Stage
S, R, A, E1, E2, END = (
    Stage.SUBTITLE,
    Stage.REVIEW,
    Stage.APPROVE,
    Stage.EVALUATION_1,
    Stage.EVALUATION_2,
    Stage.COMPLETE,
)
# What the settings are -> the stages that endorsing goes through.
WAYS = {
    (0, 0, 0): (S, END),
    (1, 0, 0): (S, R, END),
    (0, 1, 0): (S, A, END),
    (1, 1, 0): (S, R, A, END),
    (0, 0, 1): (S, E1, END),
    (1, 1, 2): (S, R, A, E1, E2, END),
}
PEOPLE = ("contributor", "manager", "admin", "owner", "stranger", "critic")
PUTS = [
    *({seat: who} for seat, who in product(requests.SEATS, ("contributor", "manager", None))),
    {"evaluator": "critic"},
    {"state": "complete"},
    {"work_status": "complete"},
    {"team": "hush"},
]


@pytest.fixture
def crew(cast, api_for):
    """A collaboration team with all stages, an evaluating team, and a request for its film."""
    return photographed("crew of requests", lambda: _crew(cast, api_for))


def _crew(cast, api_for):
    team = cast.films
    team.type = cast.hush.type = "collaboration"
    team.review_allowed, team.approve_allowed = ReviewLevel.PEERS, ApproveLevel.MANAGERS
    team.save()
    cast.hush.save()
    cast.critics = TeamFactory(slug="critics", type="collaboration")
    cast.people["critic"] = cast.critic = UserFactory(username="critic")
    TeamMemberFactory(team=cast.critics, user=cast.critic)
    TeamMemberFactory(team=cast.critics, user=cast.owner, role_name="admin")
    cast.video = VideoFactory(user=cast.owner, team=team, primary_audio_language_code="en")
    cast.path = f"videos/{cast.video.video_id}/languages/en/subtitles/"
    cast.api = {name: api_for(person) for name, person in cast.people.items()}
    return cast


def ask(crew, evaluation_teams=(), **fields):
    return requests.add_request(
        crew.video,
        actor=crew.owner,
        language_code=fields.pop("language_code", "en"),
        evaluation_teams=list(evaluation_teams),
        **fields,
    )


def put_at(request, stage, sits):
    """As if the request had come to ``stage``, with somebody in that seat or nobody."""
    request.stage = stage
    seat = SubtitleRequest.SEATS.get(stage)
    if seat:
        setattr(request, seat, sits)
    request.save()
    if seat is None and stage != END:
        Evaluation.objects.filter(request=request).update(evaluator=sits)


def address(request, team="films"):
    return f"teams/{team}/subtitle-requests/{request.job_id}/"


@pytest.mark.parametrize(("levels", "way"), WAYS.items())
def test_endorsing_goes_through_the_stages_that_the_team_has(crew, levels, way):
    review, approve, evaluations = levels
    crew.films.review_allowed = ReviewLevel.PEERS if review else 0
    crew.films.approve_allowed = ApproveLevel.MANAGERS if approve else 0
    crew.films.save()
    request = ask(crew, [crew.critics, crew.hush][:evaluations])
    seen = [Stage(request.stage)]
    people = {S: crew.contributor, R: crew.admin, A: crew.manager, E1: crew.owner, E2: crew.owner}
    while request.is_open:
        stage = Stage(request.stage)
        seat = SubtitleRequest.SEATS.get(stage, "evaluator")
        seated = crew.api["owner"].put(address(request), {seat: people[stage].username})
        assert seated.status_code == 200, seated.content
        person = people[stage].username
        if stage == S:
            draft = {"subtitles": SRT, "sub_format": "srt"}
            assert crew.api[person].post(crew.path, draft).status_code == 201
            assert crew.api["stranger"].get(crew.path).status_code == 404
        done = crew.api[person].post(f"{crew.path}actions/", {"action": "endorse"})
        assert done.status_code == 200, done.content
        request.refresh_from_db()
        seen.append(Stage(request.stage))
    assert tuple(seen) == way
    assert crew.api["stranger"].get(crew.path).status_code == 200


@pytest.mark.by_halves
@pytest.mark.parametrize("sits", ["contributor", None])
@pytest.mark.parametrize("stage", [S, R, A, E1, END])
def test_whoever_may_not_changes_nothing(crew, stage, sits):
    """Every state, every person, every change and action: done, or refused without a trace."""
    request = ask(crew, [crew.critics])
    sitting = crew.critic if sits and stage == E1 else crew.people.get(sits or "")
    put_at(request, stage, sitting)
    for who, body in product(PEOPLE, PUTS):
        if who in ("admin", "owner"):
            continue
        before = SubtitleRequest.objects.values().get()
        seat, person = next(iter(body.items()))
        mine = person in (who, None) and seat in (*requests.SEATS, "evaluator")
        if mine:
            continue
        team = "critics" if who == "critic" else "films"
        with unchanged():
            status = crew.api[who].put(address(request, team), body).status_code
        assert status in (400, 403, 404), (who, body)
        assert SubtitleRequest.objects.values().get() == before
    for who in PEOPLE:
        if sitting is not None and who == sitting.username and stage != END:
            continue
        for action in ("endorse", "complete", "approve", "send-back"):
            with unchanged():
                answer = crew.api[who].post(f"{crew.path}actions/", {"action": action})
            assert answer.status_code in (400, 403), (who, action)


def test_nothing_is_asked_of_others_and_nothing_twice(crew):
    body = {"video": crew.video.video_id, "language": "en"}
    post = crew.api["admin"].post
    for more, status in (
        ({"video": "nothing"}, 400),
        ({"video": crew.open_video.video_id}, 400),
        ({"language": "klingon"}, 400),
        ({"team": "nowhere"}, 400),
        ({"team": "critics"}, 403),
        ({"evaluation_teams": ["critics"]}, 403),
        ({"evaluation_teams": ["hush", "hush"]}, 400),
        ({"due": "soon"}, 400),
    ):
        with unchanged():
            assert post("subtitle-requests/", body | more).status_code == status, more
    assert crew.api["manager"].post("subtitle-requests/", body).status_code == 403
    assert post("subtitle-requests/", body).status_code == 201
    again = post("teams/films/subtitle-requests/", body)
    assert again.status_code == 400
    assert "language" in again.json()


def test_evaluation_teams_come_in_every_body_format(crew):
    video, code = crew.video.video_id, "en"
    body = {"video": video, "language": code, "evaluation_teams": ["hush"]}
    bodies = {
        "application/json": json.dumps(body),
        "application/yaml": f"video: {video}\nlanguage: en\nevaluation_teams: [hush]\n",
        "application/xml": f"<root><video>{video}</video><language>{code}</language>"
        "<evaluation_teams><list-item>hush</list-item></evaluation_teams></root>",
        "application/x-www-form-urlencoded": f'video={video}&language=en&evaluation_teams=["hush"]',
    }
    for content_type, body in bodies.items():
        with undone():
            made = crew.api["owner"].post("subtitle-requests/", body, content_type=content_type)
            assert (made.status_code, made.json()["evaluation_teams"]) == (201, ["hush"]), body


def test_a_blacklisted_language_takes_no_requests(crew):
    languages.set_languages(
        crew.films, kind=TeamLanguage.Kind.BLACKLISTED, actor=crew.owner, codes=["fr"]
    )
    body = {"video": crew.video.video_id, "language": "fr"}
    answer = crew.api["owner"].post("subtitle-requests/", body)
    assert (answer.status_code, list(answer.json())) == (400, ["language"])


def test_another_team_before_work_starts(crew):
    request = ask(crew)
    moved = crew.api["owner"].put(address(request), {"team": "hush"})
    assert moved.json()["team"] == "hush"
    remote = crew.api["owner"].get("teams/films/subtitle-requests/remote/").json()["objects"]
    assert [each["state"] for each in remote] == ["in-progress"]
    assert "resource_uri" not in remote[0]
    assert crew.api["owner"].get("teams/films/subtitle-requests/").json()["objects"] == []
    request.refresh_from_db()
    put_at(request, S, crew.contributor)
    with unchanged():
        late = crew.api["owner"].put(address(request, "hush"), {"team": "films"})
    assert late.status_code == 400


def test_who_works_on_a_hidden_video_sees_it_and_its_drafts(crew):
    crew.video = crew.hidden_video
    request = ask(crew, [crew.critics], team=crew.critics)
    path = f"videos/{crew.hidden_video.video_id}/"
    assert crew.api["critic"].get(path).status_code == 200
    assert crew.api["stranger"].get(path).status_code == 404
    answer = crew.api["critic"].get(address(request, "critics")).json()
    assert answer["source_team"] is None
    requests.delete_request(request, actor=crew.owner)
    assert crew.api["critic"].get(path).status_code == 404


def test_leaving_gives_seats_back(crew):
    request = ask(crew)
    put_at(request, S, crew.contributor)
    membership = crew.films.members.get(user=crew.contributor)
    members.remove_member(membership, actor=crew.owner)
    request.refresh_from_db()
    assert request.work_status == "needs-subtitler"
    assert ActivityRecord.objects.filter(type="collab-auto-unassigned").count() == 1


def test_who_has_left_does_nothing_in_a_request_that_begins_again(crew):
    """The seat of a stage that is over keeps its name, which must not let its holder in later."""
    request = ask(crew)
    put_at(request, S, crew.contributor)
    draft = {"subtitles": SRT, "sub_format": "srt"}
    endorsed = crew.api["contributor"].post(crew.path, {**draft, "action": "endorse"})
    assert endorsed.status_code == 201
    membership = crew.films.members.get(user=crew.contributor)
    members.remove_member(membership, actor=crew.owner)
    assert crew.api["admin"].delete(crew.path).status_code == 204
    with unchanged():
        assert crew.api["contributor"].post(crew.path, draft).status_code == 403
    given = crew.api["admin"].put(address(request), {"subtitler": "manager"})
    assert given.status_code == 200


def test_subtitles_that_go_leave_no_seat_to_who_has_left(crew):
    request = ask(crew)
    put_at(request, R, crew.manager)
    SubtitleRequest.objects.update(subtitler=crew.stranger)
    requests.start_over(crew.video, "en", actor=crew.owner)
    request.refresh_from_db()
    assert (request.work_status, request.reviewer) == ("needs-subtitler", crew.manager)


class TestTime:
    """`manage.py expire_tasks`, run daily."""

    @pytest.fixture
    def timed(self, crew):
        for team, days in ((crew.films, 3), (crew.critics, 5)):
            team.task_expiration = days
            team.save()
        return crew

    def records(self, kind):
        found = ActivityRecord.objects.filter(type=f"collab-{kind}").order_by("pk")
        return [(each.actor, each.data.get("role"), each.data.get("assignee")) for each in found]

    @pytest.mark.parametrize(("stage", "days"), [(S, 3), (R, 3), (A, 3), (E1, 5)])
    def test_whoever_does_the_present_stage_has_their_teams_days(self, timed, stage, days):
        request = ask(timed, [timed.critics])
        put_at(request, stage, None)
        seat = SubtitleRequest.SEATS.get(stage, "evaluator")
        person = timed.critic if stage == E1 else timed.manager
        with time_machine.travel("2016-03-05T12:00Z", tick=False):
            requests.update_request(request, actor=timed.owner, people={seat: person})
        later = datetime(2016, 3, 5, 12, tzinfo=UTC) + timedelta(days=days)
        with time_machine.travel(later):
            assert requests.expire_requests() == 0
        with time_machine.travel(later + timedelta(seconds=1)):
            assert (requests.expire_requests(), requests.expire_requests()) == (1, 0)
        request.refresh_from_db()
        assert self.records("auto-unassigned") == [(None, seat, person.identifier)]
        if seat == "evaluator":
            assert Evaluation.objects.get().evaluator is None
        else:
            assert request.work_status == f"needs-{seat}"

    def test_a_later_stage_has_its_time_from_when_it_begins(self, timed):
        request = ask(timed)
        people = {"subtitler": timed.contributor, "reviewer": timed.manager}
        with time_machine.travel("2016-03-05T12:00Z", tick=False):
            requests.update_request(request, actor=timed.owner, people=people)
        draft = {"subtitles": SRT, "sub_format": "srt", "action": "endorse"}
        with time_machine.travel("2016-03-08T11:00Z", tick=False):
            assert timed.api["contributor"].post(timed.path, draft).status_code == 201
        with time_machine.travel("2016-03-11T10:00Z"):
            assert requests.expire_requests() == 0
        with time_machine.travel("2016-03-11T12:00Z"):
            assert requests.expire_requests() == 1
        request.refresh_from_db()
        assert (request.work_status, request.subtitler) == ("needs-reviewer", timed.contributor)

    def test_a_deadline_that_passes_is_recorded_once_and_again_when_it_is_set_anew(self, crew):
        request = ask(crew, due=datetime(2016, 3, 5, tzinfo=UTC))
        with time_machine.travel("2016-03-04T12:00Z"):
            requests.expire_requests()
        assert self.records("deadline-passed") == []
        for _ in range(2):
            requests.expire_requests()
        assert len(self.records("deadline-passed")) == 1
        crew.api["owner"].put(address(request), {"due": "2016-03-06"})
        requests.expire_requests()
        assert len(self.records("deadline-passed")) == 2

    def test_what_is_complete_has_no_time(self, timed):
        request = ask(timed, due=datetime(2016, 3, 5, tzinfo=UTC))
        put_at(request, S, timed.contributor)
        done = timed.api["owner"].put(address(request), {"work_status": "complete"})
        assert done.status_code == 200
        with time_machine.travel("2030-01-01"):
            assert requests.expire_requests() == 0
        assert self.records("deadline-passed") == []


def test_a_video_that_moves_and_subtitles_that_go(crew):
    request = ask(crew)
    put_at(request, S, crew.contributor)
    draft = {"subtitles": SRT, "sub_format": "srt", "action": "endorse"}
    assert crew.api["contributor"].post(crew.path, draft).status_code == 201
    assert crew.api["admin"].delete(crew.path).status_code == 204
    request.refresh_from_db()
    assert request.work_status == "being-subtitled"
    moved = crew.api["owner"].put(f"videos/{crew.video.video_id}/", {"team": "hush"})
    assert moved.status_code == 200
    assert not SubtitleRequest.objects.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("state=needs-subtitler", 1),
        ("state=in-progress", 2),
        ("state=nonsense", 0),
        ("work_status=available", 1),
        ("work_status=assigned", 1),
        ("status=in-progress", 2),
        ("status=in-evaluation", 0),
        ("language=FR", 1),
        ("video_language=en", 2),
        ("video_language=EN", 2),
        ("video_language=fr", 0),
        ("video_language=none-such", 0),
        ("type=outgoing&video_language=en", 0),
        ("video_title=filM", 2),
        ("video_title=other", 0),
        ("assignee=contributor", 1),
        ("assignee=nobody", 0),
        ("project=none", 0),
        ("type=local", 2),
        ("type=incoming", 0),
        ("type=outgoing", 0),
        ("type=evaluations", 0),
        ("sort=-creation", 2),
        ("video=nothing", 0),
    ],
)
def test_every_filter_on_both_addresses(crew, query, found):
    put_at(ask(crew), S, crew.contributor)
    ask(crew, language_code="fr")
    for path in ("teams/films/subtitle-requests/", "subtitle-requests/"):
        answer = crew.api["contributor"].get(f"{path}?{query}").json()
        assert answer["meta"]["total_count"] == len(answer["objects"]) == found, path


# --- a model of the rules ------------------------------------------------------------------------

FILMS = {"contributor": 1, "manager": 2, "admin": 3, "owner": 4}
CRITICS = {"critic": 1, "owner": 3}
ORDER = {"subtitler": S, "reviewer": R, "approver": A, "evaluator": E1}
AFTER = {S: R, R: A, A: E1, E1: END}
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(PEOPLE), st.sampled_from([*ORDER]), st.sampled_from([*PEOPLE, None])
        ),
        st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["endorse", "complete"])),
    ),
    max_size=16,
)


def expected(stage, seats, who, what, person):
    """The stage and the seats after a step; the same where the step is refused."""
    if stage == END:
        return stage, seats
    if what == "endorse":
        holder = next(seats[seat] for seat, of in ORDER.items() if of == stage)
        return (AFTER[stage], seats) if holder == who else (stage, seats)
    if what == "complete":
        return (E1 if FILMS.get(who, 0) >= 3 and stage < E1 else stage), seats
    roles = CRITICS if what == "evaluator" else FILMS
    sits, now = seats[what], stage == ORDER[what]
    if what == "evaluator" and not now:
        return stage, seats
    mine = person is None and sits == who
    taken = person == who and sits is None and now and roles.get(who)
    fits = person is None or (
        roles.get(person, 0) >= (2 if what == "approver" else 1)
        and (
            person == "owner"
            or what not in ("subtitler", "reviewer")
            or person != seats["reviewer" if what == "subtitler" else "subtitler"]
        )
    )
    if (roles.get(who, 0) >= 3 or mine or taken) and fits and stage <= ORDER[what]:
        return stage, {**seats, what: person}
    return stage, seats


@examples(40)
@given(steps=STEPS)
def test_no_sequence_reaches_what_the_rules_do_not_allow(crew, steps):
    with undone():
        request = ask(crew, [crew.critics])
        request.refresh_from_db()
        stage, seats = S, dict.fromkeys(ORDER)
        add = crew.api["owner"].put(address(request), {"subtitler": "owner"})
        assert add.status_code == 200
        draft = {"subtitles": SRT, "sub_format": "srt"}
        assert crew.api["owner"].post(crew.path, draft).status_code == 201
        assert crew.api["owner"].put(address(request), {"subtitler": None}).status_code == 200
        for who, what, *rest in steps:
            person = rest[0] if rest else None
            if what == "endorse":
                answer = crew.api[who].post(f"{crew.path}actions/", {"action": what})
            else:
                body = {"state": what} if what == "complete" else {what: person}
                answer = crew.api[who].put(f"subtitle-requests/{request.job_id}/", body)
            assert answer.status_code in (200, 400, 403, 404), answer.content
            stage, seats = expected(stage, seats, who, what, person)
            found = SubtitleRequest.objects.get(pk=request.pk)
            evaluation = Evaluation.objects.get(request=found)
            now = {seat: getattr(found, seat) for seat in requests.SEATS}
            now["evaluator"] = evaluation.evaluator
            named = {seat: user and user.username for seat, user in now.items()}
            assert (found.stage, named) == (stage, seats), (who, what, person)
            public = crew.api["stranger"].get(crew.path).status_code == 200
            # Without a request left, whoever may edit publishes: their own rule, not this one.
            assert public is (stage == END)
            if stage == END:
                break

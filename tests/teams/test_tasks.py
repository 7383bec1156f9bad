"""The workflow of tasks: its table walked, its stories told over HTTP, its rules under fire."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara_api.kernel.errors import NotAllowed
from subtitles.models import SubtitleVersion
from teams.models import ApproveLevel, ReviewLevel, Task, TeamLanguage, TeamMember
from teams.policies.work import Levels
from teams.services import languages, members, tasks
from tests.api.conftest import unchanged
from tests.examples import examples
from tests.factories import SRT, VideoFactory, add_subtitles
from tests.photographs import photographed
from users.models import Message

pytestmark = pytest.mark.django_db
Type = Task.Type
OUTCOMES = (tasks.DONE, tasks.APPROVED, tasks.REJECTED)
SOON = timedelta(minutes=1)
REVIEWS = [(r, a) for r in (0, ReviewLevel.PEERS) for a in (0, ApproveLevel.MANAGERS)]

# (type, outcome) -> what follows without levels, with review, with approval, with both.
END = None
TABLE = {
    (Type.SUBTITLE, tasks.DONE): (END, Type.APPROVE, Type.REVIEW, Type.REVIEW),
    (Type.TRANSLATE, tasks.DONE): (END, Type.APPROVE, Type.REVIEW, Type.REVIEW),
    (Type.REVIEW, tasks.APPROVED): (END, Type.APPROVE, END, Type.APPROVE),
    (Type.REVIEW, tasks.REJECTED): (tasks.MAKE,) * 4,
    (Type.APPROVE, tasks.APPROVED): (END,) * 4,
    (Type.APPROVE, tasks.REJECTED): (tasks.MAKE, tasks.MAKE, Type.REVIEW, Type.REVIEW),
}


@pytest.mark.parametrize(("task_type", "outcome"), list(product(Type, OUTCOMES)))
def test_every_pair_of_type_and_outcome(task_type, outcome):
    for position, (review, approve) in enumerate(REVIEWS):
        levels = Levels(True, review, approve)
        if (task_type, outcome) in TABLE:
            wanted = TABLE[task_type, outcome][position]
            assert tasks.following(task_type, outcome, levels) == wanted
        else:
            assert outcome not in tasks.outcomes(task_type)


@pytest.fixture
def crew(cast, api_for):
    """A task team with review and approval, its people's requests, and an English film."""
    return photographed("crew of tasks", lambda: _crew(cast, api_for))


def _crew(cast, api_for):
    team = cast.films
    team.workflow_enabled = True
    team.review_allowed = ReviewLevel.PEERS
    team.approve_allowed = ApproveLevel.MANAGERS
    team.subtitle_policy = team.translate_policy = 20
    team.save()
    video = VideoFactory(user=cast.owner, team=team, primary_audio_language_code="en")
    cast.video, cast.path = video, f"videos/{video.video_id}/languages/en/subtitles/"
    cast.api = {name: api_for(person) for name, person in cast.people.items()}
    cast.api["anonymous"] = api_for(None)
    return cast


def post(crew, who, action=None, path=None, **extra):
    body = {"subtitles": SRT, "sub_format": "srt", **extra}
    if action:
        body["action"] = action
    return crew.api[who].post(path or crew.path, body)


def act(crew, who, action, path=None):
    return crew.api[who].post(f"{path or crew.path}actions/", {"action": action})


def actions(crew, who, path=None):
    answer = crew.api[who].get(f"{path or crew.path}actions/")
    return [a["action"] for a in answer.json()] if answer.status_code == 200 else answer.status_code


def open_tasks(crew):
    found = Task.objects.filter(video=crew.video, completed=None, is_deleted=False)
    found = found.select_related("assignee").order_by("pk")
    return [(t.get_type_display(), t.assignee and t.assignee.username) for t in found]


class TestStory:
    def test_a_film_is_subtitled_reviewed_sent_back_corrected_approved_and_published(self, crew):
        made = crew.api["admin"].post(
            "teams/films/tasks/",
            {"video_id": crew.video.video_id, "type": "Subtitle", "assignee": "contributor"},
        )
        assert made.status_code == 201
        assert actions(crew, "contributor") == ["save-draft", "complete"]
        assert actions(crew, "manager") == [], "somebody else has the task"
        assert post(crew, "manager").status_code == 403
        assert post(crew, "contributor", "save-draft").status_code == 201
        assert crew.api["anonymous"].get(crew.path).status_code == 404, "a draft is not public"
        assert act(crew, "contributor", "complete").status_code == 200
        assert open_tasks(crew) == [("Review", None)]
        # Nobody reviews their own work.
        assert actions(crew, "contributor") == []
        assert act(crew, "contributor", "approve").status_code == 403
        assert actions(crew, "manager") == ["save-draft", "send-back", "approve"]
        assert act(crew, "manager", "send-back").status_code == 200
        assert open_tasks(crew) == [("Subtitle", "contributor")]
        assert post(crew, "contributor", "complete").status_code == 201
        assert open_tasks(crew) == [("Review", "manager")], "whoever reviewed it reviews it again"
        assert act(crew, "manager", "approve").status_code == 200
        assert open_tasks(crew) == [("Approve", None)]
        assert crew.api["anonymous"].get(crew.path).status_code == 404
        assert act(crew, "contributor", "approve").status_code == 403
        assert act(crew, "admin", "approve").status_code == 200
        assert open_tasks(crew) == []
        published = crew.api["anonymous"].get(crew.path)
        assert (published.status_code, published.json()["version_number"]) == (200, 2)
        language = crew.api["anonymous"].get(f"videos/{crew.video.video_id}/languages/en/").json()
        assert (language["reviewer"], language["approver"]) == ("manager", "admin")
        assert language["subtitles_complete"] is True
        # What is published is changed by those who may approve, at once.
        assert actions(crew, "admin") == ["publish"]
        assert actions(crew, "contributor") == []
        assert post(crew, "admin", "publish").status_code == 201
        assert crew.api["anonymous"].get(crew.path).json()["version_number"] == 3

    def test_it_is_translated_into_the_preferred_languages(self, crew):
        team = crew.films
        team.autocreate_translate = team.autocreate_subtitle = True
        team.approve_allowed = 0
        team.save()
        languages.set_languages(
            team, actor=crew.owner, kind=TeamLanguage.Kind.PREFERRED, codes=["fr", "de", "es"]
        )
        added = (
            crew.api["owner"]
            .post(
                "videos/",
                {
                    "video_url": "https://media.example.com/new.mp4",
                    "team": "films",
                    "primary_audio_language_code": "en",
                },
            )
            .json()
        )
        listed = crew.api["owner"].get(f"teams/films/tasks/?video_id={added['id']}&open").json()
        assert [(t["type"], t["language"]) for t in listed["objects"]] == [("Subtitle", "en")]
        path = f"videos/{added['id']}/languages/en/subtitles/"
        assert post(crew, "contributor", "complete", path).status_code == 201
        assert act(crew, "manager", "approve", path).status_code == 200
        listed = crew.api["owner"].get(f"teams/films/tasks/?video_id={added['id']}&open").json()
        found = [(t["type"], t["language"], t["assignee"]) for t in listed["objects"]]
        assert found == [("Translate", code, None) for code in ("de", "es", "fr")]
        for code in ("de", "es", "fr"):
            path = f"videos/{added['id']}/languages/{code}/subtitles/"
            assert post(crew, "contributor", "complete", path).status_code == 201
            assert act(crew, "manager", "approve", path).status_code == 200
            assert crew.api["anonymous"].get(path).status_code == 200

    def test_work_that_nobody_asked_for_begins_a_task(self, crew):
        assert actions(crew, "contributor") == ["save-draft", "complete"]
        assert post(crew, "contributor", "publish").status_code == 400, "no way past the review"
        assert post(crew, "contributor").status_code == 201
        assert open_tasks(crew) == [("Subtitle", "contributor")]
        assert crew.api["anonymous"].get(crew.path).status_code == 404
        # Older programs say it with a flag.
        assert post(crew, "contributor", is_complete=True).status_code == 201
        assert open_tasks(crew) == [("Review", None)]

    def test_put_and_actions_are_the_same_door(self, crew):
        post(crew, "contributor", "complete")
        task = Task.objects.get(video=crew.video, type=Type.REVIEW)
        path = f"teams/films/tasks/{task.pk}/"
        body = crew.api["manager"].put(path, {"complete": True}).json()
        assert (body["approved"], body["assignee"]["username"]) == ("Approved", "manager")
        assert open_tasks(crew) == [("Approve", None)]
        again = crew.api["manager"].put(path, {"complete": True})
        assert again.status_code == 400
        assert "completed" in str(again.json())
        task = Task.objects.get(video=crew.video, type=Type.APPROVE)
        path = f"teams/films/tasks/{task.pk}/"
        mine = {"assignee": "manager"}
        assert crew.api["manager"].put(path, mine).status_code == 200
        with unchanged():
            for ask in ("complete", "send_back"):
                assert crew.api["owner"].put(path, {ask: True}).status_code == 403, "not theirs"
        mine = {"assignee": "owner", "complete": True}
        assert crew.api["owner"].put(path, mine).json()["approved"] == "Approved"


class TestRules:
    def test_what_is_not_listed_changes_nothing(self, crew):
        """Every action by everybody in every state of the work."""
        states = [
            lambda: None,
            lambda: post(crew, "contributor", "save-draft"),
            lambda: post(crew, "contributor", "complete"),
            lambda: act(crew, "manager", "approve"),
        ]
        names = (
            "save-draft",
            "publish",
            "complete",
            "approve",
            "send-back",
            "unpublish",
            "endorse",
        )
        people = ("anonymous", "stranger", "contributor", "manager", "admin", "owner", "staff")
        for advance in states:
            advance()
            for who in people:
                listed = actions(crew, who)
                for name in names:
                    if isinstance(listed, list) and name in listed:
                        continue
                    with unchanged():
                        assert act(crew, who, name).status_code in (400, 401, 403), (who, name)
                        answer = post(crew, who, name)
                        assert answer.status_code in (400, 401, 403), (who, name)

    def test_limits_strangers_and_blacklisted_languages(self, crew):
        team = crew.films
        team.max_tasks_per_member, team.task_expiration = 1, 3
        team.save()
        languages.set_languages(
            team, actor=crew.owner, kind=TeamLanguage.Kind.BLACKLISTED, codes=["fr"]
        )
        body = {"video_id": crew.video.video_id, "type": "Subtitle", "assignee": "contributor"}
        api = crew.api["admin"]
        made = api.post("teams/films/tasks/", {**body, "language": "en"})
        assert made.status_code == 201
        assert Task.objects.get(pk=made.json()["id"]).expires is not None
        translate = {**body, "type": "Translate", "language": "de"}
        for wrong, status in (
            ({**body, "language": "en"}, 400),  # there is one
            (translate, 403),  # one too many
            ({**translate, "assignee": "stranger"}, 400),
            ({**translate, "assignee": "nobody"}, 400),
            ({**translate, "language": "fr", "assignee": "owner"}, 400),
            ({**translate, "video_id": crew.hidden_video.video_id}, 400),
            ({**translate, "type": "Watch"}, 400),
        ):
            with unchanged():
                assert api.post("teams/films/tasks/", wrong).status_code == status, wrong
        path = f"teams/films/tasks/{made.json()['id']}/"
        assert api.put(path, {"assignee": None}).json()["assignee"] is None
        assert api.put(path, {"send_back": True}).status_code == 400
        assert api.put(path, {"complete": True}).status_code == 400, "there are no subtitles"
        assert crew.api["contributor"].delete(path).status_code == 403
        assert api.delete(path).status_code == 204
        assert api.get(path).status_code == 404

    def test_tasks_are_free_again_when_people_leave_or_time_runs_out(self, crew):
        task = tasks.add_task(
            crew.films,
            actor=crew.owner,
            video=crew.video,
            type=Type.SUBTITLE,
            assignee=crew.contributor,
        )
        member = TeamMember.objects.get(team=crew.films, user=crew.contributor)
        members.remove_member(member, actor=crew.owner)
        task.refresh_from_db()
        assert task.assignee is None
        Task.objects.filter(pk=task.pk).update(assignee=crew.manager, expires="2000-01-01T00:00Z")
        assert tasks.expire_tasks() == 1
        task.refresh_from_db()
        assert (task.assignee, task.expires) == (None, None)

    def test_tasks_stay_behind_when_a_video_moves_or_loses_its_subtitles(self, crew):
        post(crew, "contributor", "complete")
        assert crew.api["owner"].delete(crew.path).status_code == 204
        assert open_tasks(crew) == []
        post(crew, "contributor")
        assert (
            crew.api["owner"].put(f"videos/{crew.video.video_id}/", {"team": None}).status_code
            == 200
        )
        assert open_tasks(crew) == []
        assert crew.api["anonymous"].get(crew.path).status_code == 200, "drafts became public"

    def test_who_has_enough_does_not_get_the_next_one_either(self, crew):
        crew.films.max_tasks_per_member = 1
        crew.films.save()
        post(crew, "contributor", "complete")
        act(crew, "manager", "send-back")
        other = VideoFactory(user=crew.owner, team=crew.films, primary_audio_language_code="en")
        busy = {"video_id": other.video_id, "type": "Subtitle", "assignee": "manager"}
        assert crew.api["admin"].post("teams/films/tasks/", busy).status_code == 201
        assert post(crew, "contributor", "complete").status_code == 201
        assert open_tasks(crew) == [("Review", None)]

    def test_a_note_is_told_to_who_works_on_it(self, crew):
        post(crew, "contributor", "save-draft")
        notes = crew.path + "notes/"
        assert crew.api["contributor"].post(notes, {"body": "Mine"}).status_code == 201
        assert not crew.contributor.messages.exists(), "not to who wrote it"
        tasks.add_note(crew.video, actor=crew.manager, language_code="en", body="Mind the gap")
        assert "Mind the gap" in crew.contributor.messages.get().content


class TestTakingOn:
    """Whoever sends subtitles takes the work on."""

    def test_a_free_task_is_the_senders_until_the_teams_time_runs_out(self, crew):
        crew.films.task_expiration = 3
        crew.films.save()
        asked = tasks.add_task(
            crew.films, actor=crew.owner, video=crew.video, type=Type.SUBTITLE, language_code="en"
        )
        assert post(crew, "contributor").status_code == 201
        asked.refresh_from_db()
        assert asked.assignee == crew.contributor
        assert asked.expires - asked.modified == pytest.approx(timedelta(days=3), abs=SOON)
        other = f"videos/{crew.video.video_id}/languages/de/subtitles/"
        assert post(crew, "manager", path=other).status_code == 201
        unasked = Task.objects.get(video=crew.video, language_code="de")
        assert unasked.assignee == crew.manager
        assert unasked.expires - unasked.modified == pytest.approx(timedelta(days=3), abs=SOON)

    def test_who_has_enough_may_send_a_draft_and_gets_no_task(self, crew):
        crew.films.max_tasks_per_member = 1
        crew.films.save()
        other = VideoFactory(user=crew.owner, team=crew.films, primary_audio_language_code="en")
        path = f"videos/{other.video_id}/languages/en/subtitles/"
        assert post(crew, "contributor", path=path).status_code == 201
        asked = tasks.add_task(
            crew.films, actor=crew.owner, video=crew.video, type=Type.SUBTITLE, language_code="en"
        )
        assert post(crew, "contributor").status_code == 201
        asked.refresh_from_db()
        assert (asked.assignee, asked.expires) == (None, None)
        assert asked.version.version_number == 1
        # Unasked work makes a task that nobody has, and can still be finished.
        german = f"videos/{crew.video.video_id}/languages/de/subtitles/"
        assert post(crew, "contributor", path=german).status_code == 201
        unasked = Task.objects.get(video=crew.video, language_code="de")
        assert (unasked.assignee, unasked.version.version_number) == (None, 1)
        assert act(crew, "contributor", "complete", german).status_code == 200
        unasked.refresh_from_db()
        assert unasked.assignee == crew.contributor
        # What is theirs already stays theirs.
        assert post(crew, "contributor", path=path).status_code == 201
        assert Task.objects.get(video=other).assignee == crew.contributor

    def test_a_draft_of_a_reviewer_or_approver_is_progress(self, crew):
        post(crew, "contributor", "complete")
        assert post(crew, "manager", "save-draft").status_code == 201
        review = Task.objects.get(video=crew.video, type=Type.REVIEW)
        assert review.get_approved_display() == "In Progress"
        assert (review.assignee, review.version.version_number) == (crew.manager, 2)
        path = f"teams/films/tasks/{review.pk}/"
        assert crew.api["contributor"].get(path).json()["approved"] == "In Progress"
        assert act(crew, "manager", "approve").status_code == 200
        review.refresh_from_db()
        assert review.get_approved_display() == "Approved"
        assert post(crew, "admin", "save-draft").status_code == 201
        approve = Task.objects.get(video=crew.video, type=Type.APPROVE)
        assert (approve.get_approved_display(), approve.assignee) == ("In Progress", crew.admin)

    def test_a_reviewer_may_correct_and_approve_at_once(self, crew):
        """Their own corrections do not make it their own work; that of others was reviewed."""
        post(crew, "contributor", "complete")
        assert post(crew, "manager", "approve").status_code == 201
        assert open_tasks(crew) == [("Approve", None)]
        review = Task.objects.get(video=crew.video, type=Type.REVIEW)
        assert (review.assignee, review.get_approved_display()) == (crew.manager, "Approved")
        # What an approver sends back is the reviewer's again, corrections and all.
        assert act(crew, "admin", "send-back").status_code == 200
        assert open_tasks(crew) == [("Review", "manager")]

    def test_a_draft_to_a_task_that_was_taken_meanwhile_is_refused(self, crew):
        """The request was allowed before the team was locked."""
        tasks.add_task(
            crew.films, actor=crew.owner, video=crew.video, type=Type.SUBTITLE, language_code="en"
        )
        assert post(crew, "contributor").status_code == 201
        with unchanged(), pytest.raises(NotAllowed, match="somebody else's"):
            add_subtitles(crew.video, actor=crew.manager)
        post(crew, "contributor", "complete")
        with unchanged(), pytest.raises(NotAllowed, match="Your own work"):
            add_subtitles(crew.video, actor=crew.contributor)

    def test_a_draft_takes_a_task_on_where_nothing_is_reviewed(self, crew):
        crew.films.review_allowed = crew.films.approve_allowed = 0
        crew.films.save()
        asked = tasks.add_task(
            crew.films, actor=crew.owner, video=crew.video, type=Type.SUBTITLE, language_code="en"
        )
        assert post(crew, "contributor", "save-draft").status_code == 201
        asked.refresh_from_db()
        assert (asked.assignee, asked.version.version_number) == (crew.contributor, 1)


class TestMessages:
    def test_who_made_it_hears_what_came_of_it(self, crew):
        post(crew, "contributor", "complete")
        notes = crew.path + "notes/"
        crew.api["manager"].post(notes, {"body": "Mind the\nsecond cue"})
        # Whoever may review was told that it waits.
        assert crew.manager.messages.get().subject == f"Waits for review (en): {crew.video}"
        Message.objects.all().delete()
        assert act(crew, "manager", "send-back").status_code == 200
        told = crew.contributor.messages.get()
        assert told.subject == f"Sent back to you (en): {crew.video}"
        assert told.content.rpartition("\n\n")[0] == (
            f"manager has sent back the subtitles of {crew.video} in English (en).\n\n"
            "You have a task again: Subtitle.\n\nMind the\nsecond cue"
        )
        assert (told.sender, told.team) == (crew.manager, crew.films)
        assert not crew.manager.messages.exists()
        crew.contributor.messages.all().delete()
        post(crew, "contributor", "complete")
        act(crew, "manager", "approve")
        assert not crew.contributor.messages.exists(), "nothing is published yet"
        act(crew, "admin", "approve")
        told = crew.contributor.messages.get()
        assert told.subject == f"Published (en): {crew.video}"
        assert told.content.rpartition("\n\n")[0] == (
            f"admin has approved the subtitles of {crew.video} in English (en). "
            "They are published now."
        )
        waits = crew.admin.messages.get()
        assert waits.subject == f"Waits for approval (en): {crew.video}"

    def test_who_was_put_out_does_not_hear_of_work_that_nobody_gets_again(self, crew):
        post(crew, "contributor", "complete")
        act(crew, "manager", "approve")
        # That the review waited was told before.
        crew.manager.messages.all().delete()
        act(crew, "admin", "send-back")
        told = crew.manager.messages.get()
        assert told.content.rpartition("\n\n")[0] == (
            f"admin has sent back the subtitles of {crew.video} in English (en).\n\n"
            "You have a task again: Review."
        )
        crew.contributor.messages.all().delete()
        member = TeamMember.objects.get(team=crew.films, user=crew.contributor)
        members.remove_member(member, actor=crew.owner)
        act(crew, "manager", "send-back")
        assert open_tasks(crew) == [("Subtitle", None)]
        assert not crew.contributor.messages.exists()

    def test_nobody_hears_of_what_they_did_themselves(self, crew):
        crew.films.approve_allowed = 0
        crew.films.save()
        post(crew, "owner", "complete")
        assert act(crew, "owner", "send-back").status_code == 200
        assert post(crew, "owner", "complete").status_code == 201
        assert act(crew, "owner", "approve").status_code == 200
        assert not crew.owner.messages.exists()


# --- a model of the rules ------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("stranger", "contributor", "manager", "admin", "owner")),
        st.sampled_from(("save-draft", "complete", "approve", "send-back", "publish")),
    ),
    max_size=12,
)


@examples(25)
@given(steps=STEPS)
def test_no_sequence_gets_past_review_and_approval(crew, steps):
    """Whatever people do, what strangers read was reviewed, then approved, by others."""
    from django.db import transaction

    with transaction.atomic():
        looked_at: dict[int, set[str]] = {}
        for who, action in steps:
            tip = SubtitleVersion.objects.filter(language__video=crew.video).order_by("-pk").first()
            sends = action in ("save-draft", "complete", "publish")
            done = post(crew, who, action) if sends else act(crew, who, action)
            assert done.status_code in (200, 201, 400, 403)
            if done.status_code == 200 and action == "approve" and tip:
                looked_at.setdefault(tip.pk, set()).add(who)
            kinds = [kind for kind, _ in open_tasks(crew)]
            assert len(kinds) <= 1, "one step at a time"
        first = SubtitleVersion.objects.filter(language__video=crew.video, is_public=True)
        first = first.order_by("version_number").first()
        if first is not None:
            assert first.reviewer is not None
            assert first.approver is not None
            assert looked_at[first.pk]
            # The author may be the reviewer, who has corrected it; whoever made it is not.
            made = Task.objects.filter(video=crew.video, type=Type.SUBTITLE).exclude(completed=None)
            if first.reviewer != crew.owner:
                assert first.reviewer != made.latest("pk").assignee
        transaction.set_rollback(True)

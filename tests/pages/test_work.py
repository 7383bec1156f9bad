"""Work on the pages: who finds and may do what, what is refused and kept, who is told, what it
costs; and long stories of volunteers, reviewers and approvers in a real browser."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from amara_api.kernel.errors import (
    Busy,
    Conflict,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotByThisKey,
    NotThere,
    TooMany,
)
from subtitles.models import SubtitleLanguage, SubtitleNote
from teams.models import ApproveLevel, Evaluation, ReviewLevel, SubtitleRequest, Task, Team
from teams.policies.open_work import takeable_requests, takeable_tasks
from teams.policies.requests import may_evaluate, may_fill, may_seat, present_seat
from teams.policies.work import may_take
from teams.queries import Wanted, work_of
from teams.services import requests, tasks
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.pages.html import ALL_HOSTILE, assert_inert, queries, read
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import (
    PHONE,
    assert_no_barrier,
    log_in_by_keyboard,
    tab_to,
    visit,
)
from tests.photographs import photographed
from users.messages import send_message
from users.models import MailKind, Message, User
from videos.pages import status_of

__all__ = ["chromium"]
GERMAN = SRT.replace("Hello", "Hallo").replace("World", "Welt")
_Type, _Stage = Task.Type, SubtitleRequest.Stage
PEOPLE = {"vera": "contributor", "rene": "manager", "alma": "admin", "omar": "owner"}


def _world() -> SimpleNamespace:
    """A team that translates by tasks, one that does so by requests, and the people of both."""
    people = {name: UserFactory(username=name) for name in (*PEOPLE, "otto")}
    for person in people.values():
        person.set_password("open sesame")
        person.save()
    levels = {"review_allowed": ReviewLevel.MANAGERS, "approve_allowed": ApproveLevel.ADMINS}
    port = TeamFactory(slug="port", name="Port", workflow_enabled=True, **levels)
    crew = TeamFactory(slug="crew", name="Crew", type=Team.Type.COLLABORATION, **levels)
    videos = {}
    for team, title in ((port, "The harbour wakes"), (crew, "The crew rests")):
        for name, role in PEOPLE.items():
            TeamMemberFactory(team=team, user=people[name], role_name=role)
        video = VideoFactory(
            user=people["omar"], team=team, title=title, primary_audio_language_code="en"
        )
        language = add_subtitles(video, actor=people["omar"]).language
        _publish(video, language, people)
        videos[team.slug] = video
    task = tasks.add_task(
        port, actor=people["alma"], video=videos["port"], type=_Type.TRANSLATE, language_code="de"
    )
    job = requests.add_request(videos["crew"], actor=people["alma"], language_code="de")
    Message.objects.all().delete()
    return SimpleNamespace(
        **people,
        port=port,
        crew=crew,
        harbour=videos["port"],
        rest=videos["crew"],
        task=task,
        job=job,
    )


def _publish(video: Any, language: SubtitleLanguage, people: dict[str, User]) -> None:
    """Whatever the workflow asks for."""
    Task.objects.filter(video=video).delete()
    version = language.versions.get()
    version.is_public = True
    version.save(update_fields=["is_public"])
    SubtitleLanguage.objects.filter(pk=language.pk).update(
        public_tip=version, tip=version, subtitles_complete=True
    )


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return photographed("work", _world)


def as_(user: Any) -> Client:
    client = Client(headers={"Accept": "text/html"})
    if user is not None:
        client.force_login(user)
    return client


def of(thing: Task | SubtitleRequest) -> str:
    if isinstance(thing, Task):
        return f"/teams/{thing.team.slug}/tasks/{thing.pk}/"
    return f"/teams/{thing.team.slug}/requests/{thing.job_id}/"


def do(user: Any, thing: Any, what: str, **sent: Any) -> Any:
    """What the form on the page sends, as the page shows it now unless ``sent`` says otherwise."""
    page = as_(user).get(of(thing)).content.decode()
    seen = {
        name: found[0]
        for name in ("before", "stage")
        if (found := re.findall(rf'name="{name}" value="(\d*)"', page))
    }
    return as_(user).post(of(thing), {"do": what, **seen, **sent})


def buttons(user: Any, path: str) -> set[str]:
    return set(re.findall(r'name="do" value="([\w-]+)"', as_(user).get(path).content.decode()))


def upload(user: Any, video: Any, text: str = GERMAN, **sent: Any) -> Any:
    form = {"language": "de", "subtitles": text, "do": "upload", **sent}
    return as_(user).post(f"/videos/{video.video_id}/work/", form)


def _without_token(page: Any) -> bytes:
    return re.sub(rb'value="\w{64}"', b"", page.content)


def kinds(user: Any) -> set[str]:
    """The kinds of work in which somebody finds anything."""
    names = ("mine", "review", "open", "sent")
    return {kind for kind in names if work_of(user, kind, Wanted(), limit=5, offset=0)}


def told(user: Any) -> list[str]:
    return list(Message.objects.filter(user=user).order_by("pk").values_list("subject", flat=True))


pytestmark = pytest.mark.django_db


class TestLists:
    def test_each_finds_what_is_for_them(self, world: Any) -> None:
        assert kinds(world.vera) == {"open"}
        assert kinds(world.otto) == set()
        assert "You are in no team yet" in assert_inert(as_(world.otto).get("/work/"))
        assert do(world.vera, world.task, "take").status_code == 302
        assert kinds(world.vera) == {"open", "mine"}
        page = assert_inert(as_(world.vera).get("/work/"))
        assert page.index("Yours now") < page.index("The harbour wakes") < page.index("The crew")
        upload(world.vera, world.harbour, action="complete")
        assert "in review, waiting" in assert_inert(as_(world.vera).get("/work/?show=sent"))
        assert (kinds(world.vera), kinds(world.rene)) == ({"open", "sent"}, {"review", "open"})

    def test_filters_and_says_what_to_do_where_there_is_nothing(self, world: Any) -> None:
        client = as_(world.vera)
        for asked, found in {
            "team=port": {"harbour"},
            "team=crew": {"crew rests"},
            "language=de": {"harbour", "crew rests"},
            "language=fr": set(),
            "team=nothing": set(),
            "team=port&language=%00&show=open": {"harbour"},
            "page=0&show=open": {"harbour", "crew rests"},
            "page=2&show=open": set(),
        }.items():
            text = assert_inert(client.get(f"/work/?{asked}")).split("Show")[-1]
            assert {each for each in ("harbour", "crew rests") if each in text} == found, asked
        assert "There is no work like this" in assert_inert(client.get("/work/?team=nothing"))
        Task.objects.all().delete()
        SubtitleRequest.objects.all().delete()
        assert "nothing to do in your teams" in assert_inert(client.get("/work/"))

    def test_lists_of_a_team_are_for_those_who_see_its_members(self, world: Any) -> None:
        for path in (of(world.task), of(world.job), "/teams/port/tasks/", "/teams/crew/requests/"):
            assert as_(world.vera).get(path).status_code == 200
            assert as_(world.otto).get(path).status_code == 403
            assert as_(None).get(path)["Location"].startswith("/auth/login/")
        Team.objects.update(team_visibility=0)
        for reader in (None, world.otto):
            hidden = as_(reader).get(of(world.task))
            unknown = as_(reader).get(of(world.task).replace("port", "nowhere"))
            assert (hidden.status_code, unknown.status_code) == (404, 404)
            assert _without_token(hidden) == _without_token(unknown)
        assert as_(world.vera).get(f"/teams/crew/tasks/{world.task.pk}/").status_code == 404
        for state, found in {"": True, "free": True, "taken": False, "done": False}.items():
            for path in ("/teams/port/tasks/", "/teams/crew/requests/"):
                links = read(as_(world.vera).get(f"{path}?state={state}&language=de")).links
                assert (of(world.task) in links or of(world.job) in links) is found

    def test_what_a_team_has_sent_to_others(self, world: Any) -> None:
        """Whether it is done, and no more: of a hidden team not even its name."""
        lab = TeamFactory(slug="lab", name="The Lab", type=Team.Type.COLLABORATION)
        job = SubtitleRequest.objects.create(
            source_team=world.port, team=lab, video=world.harbour, language_code="nl"
        )
        path = "/teams/port/requests/"
        assert '<span class="tag">Dutch' not in as_(world.vera).get(path).content.decode()
        shown = as_(world.vera).get(f"{path}?state=sent&language=nl")
        assert {"Dutch", "in progress", "The Lab"} <= set(re.split("[<>]", shown.content.decode()))
        assert f"/videos/{world.harbour.video_id}/" in read(shown).links
        Team.objects.filter(pk=lab.pk).update(team_visibility=0)
        SubtitleRequest.objects.filter(pk=job.pk).update(completed=job.created)
        text = as_(world.vera).get(f"{path}?state=sent").content.decode()
        assert "The Lab" not in text
        assert {"another team", "complete"} <= set(re.split("[<>]", text))
        assert as_(world.otto).get(f"{path}?state=sent").status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            *("/work/", "/work/?show=open", "/teams/port/tasks/", "/teams/crew/requests/"),
            *("/teams/port/requests/?state=sent", "video"),
        ],
    )
    def test_cost_the_same_for_one_row_and_for_fifty(self, world: Any, path: str) -> None:
        client = as_(world.vera)
        if path == "video":
            path = f"/videos/{world.harbour.video_id}/"
        few = 0
        for n in range(50):
            if n == 1:
                client.get(path)
                few = queries(lambda: client.get(path))
            person = UserFactory()
            fields = {"language_code": f"x{n}", "video": world.harbour}
            Task.objects.create(team=world.port, type=_Type.TRANSLATE, assignee=None, **fields)
            done = {"assignee": world.vera, "completed": world.task.created}
            Task.objects.create(team=world.port, type=_Type.TRANSLATE, **fields, **done)
            Task.objects.create(team=world.port, type=_Type.REVIEW, assignee=person, **fields)
            SubtitleRequest.objects.create(
                source_team=world.crew, team=world.crew, video=world.rest, language_code=f"x{n}"
            )
            SubtitleRequest.objects.create(source_team=world.port, team=world.crew, **fields)
        assert queries(lambda: client.get(path)) == few


class TestRules:
    def test_the_filters_say_what_the_rules_say(self, world: Any) -> None:
        """For every role, type, level and policy at hand."""
        people = [getattr(world, name) for name in (*PEOPLE, "otto")]
        other = TeamFactory(slug="judges", type=Team.Type.COLLABORATION)
        TeamMemberFactory(team=other, user=world.otto)
        Task.objects.all().delete()
        author = add_subtitles(world.rest, "fr", actor=world.rene).language
        SubtitleLanguage.objects.filter(pk=author.pk).update(video=world.harbour)
        for n, kind in enumerate(_Type):
            for code in ("en", "fr") if n > 1 else ("en", "it"):
                Task.objects.create(
                    team=world.port, video=world.harbour, type=kind, language_code=code
                )
        seated = {"subtitler": world.rene}
        for n, stage in enumerate((_Stage.SUBTITLE, _Stage.REVIEW, _Stage.APPROVE, 41)):
            job = SubtitleRequest.objects.create(
                source_team=world.crew,
                team=world.crew,
                video=world.rest,
                language_code=f"y{n}",
                stage=stage,
                **(seated if n else {"reviewer": world.rene}),
            )
            Evaluation.objects.create(request=job, team=other, position=1)
        levels = ((0, 0, 10), (10, 10, 20), (20, 20, 30), (30, 0, 40))
        for assign in Team.TaskAssignPolicy:
            for review, approve, policy in levels:
                Team.objects.update(
                    task_assign_policy=assign,
                    review_allowed=review,
                    approve_allowed=approve,
                    subtitle_policy=policy,
                    translate_policy=50 - policy,
                )
                for person in people:
                    self._agree(person)

    def _agree(self, person: Any) -> None:
        related = ("team", "video__team", "video__project")
        open_tasks = Task.objects.filter(completed=None).select_related(*related)
        by_rule = {task.pk for task in open_tasks if may_take(person, task)}
        assert set(takeable_tasks(person).values_list("pk", flat=True)) == by_rule
        by_rule = set()
        for job in SubtitleRequest.objects.select_related("team", "video"):
            team, sits = present_seat(job)
            free = sits is None and may_seat(person, team, sits=None, person=person, now=True)
            evaluation = job.evaluations.select_related("team").filter(position=job.stage - 40)
            fits = (
                may_evaluate(person, evaluation[0])
                if evaluation
                else may_fill(person, job, job.stage)
            )
            if free and fits:
                by_rule.add(job.pk)
        assert set(takeable_requests(person).values_list("pk", flat=True)) == by_rule

    def test_only_what_is_allowed_is_offered(self, world: Any) -> None:
        task, job = of(world.task), of(world.job)
        assert buttons(world.vera, task) == {"take", "note", "give"}
        assert buttons(world.vera, job) == {"take"}
        assert buttons(world.alma, job) == {"take", "give", "finish"}
        Team.objects.update(task_assign_policy=Team.TaskAssignPolicy.ADMINS)
        assert buttons(world.vera, task) == buttons(world.vera, job) == set()
        assert do(world.vera, world.task, "take").status_code == 403
        assert as_(world.vera).post(task, {"do": "sing"}).status_code == 400

    def test_of_two_who_take_the_second_is_told_who_was_first(self, world: Any) -> None:
        for thing in (world.task, world.job):
            stage = {} if thing is world.task else {"stage": "10"}
            assert do(world.vera, thing, "take").status_code == 302
            for late in (world.rene, world.alma):
                page = do(late, thing, "take", before="", **stage)
                assert page.status_code == 409
                assert "vera" in page.content.decode().split("Nothing has been changed")[1]
        world.task.refresh_from_db()
        world.job.refresh_from_db()
        assert (world.task.assignee, world.job.subtitler) == (world.vera, world.vera)

    def test_of_two_who_judge_the_second_is_told(self, world: Any) -> None:
        do(world.vera, world.task, "take")
        upload(world.vera, world.harbour, action="complete")
        review = Task.objects.get(type=_Type.REVIEW)
        assert do(world.rene, review, "approve").status_code == 302
        for what in ("approve", "send-back"):
            page = do(world.alma, review, what, reason="My long reason")
            assert page.status_code == 409
            assert "rene has done this already" in page.content.decode()
        do(world.vera, world.job, "take")
        upload(world.vera, world.rest)
        assert do(world.vera, world.job, "endorse", stage="10").status_code == 302
        assert do(world.vera, world.job, "endorse", stage="10").status_code == 409

    def test_what_was_typed_is_kept(self, world: Any) -> None:
        page = do(world.alma, world.task, "give", username="no & body")
        assert page.status_code == 400
        assert 'value="no &amp; body"' in page.content.decode()
        page = do(world.vera, world.task, "note", body="x" * 20_001)
        assert page.status_code == 400
        assert "x" * 20_001 in page.content.decode()
        do(world.alma, world.task, "give", username="rene")
        assert do(world.alma, world.task, "give-back").status_code == 302
        world.task.refresh_from_db()
        assert world.task.assignee is None
        # A language that there is none of, as of a page that was open for long.
        page = upload(world.vera, world.harbour, language="klingon", text="my text")
        assert page.status_code == 400
        assert "my text" in page.content.decode()

    def test_nothing_that_was_written_runs(self, world: Any) -> None:
        world.harbour.title = ALL_HOSTILE
        world.harbour.save()
        Team.objects.filter(pk=world.port.pk).update(name=ALL_HOSTILE[:90])
        do(world.vera, world.task, "note", body=ALL_HOSTILE)
        paths = ("/work/", of(world.task), "/teams/port/tasks/", "/messages/")
        for path in paths:
            assert_inert(as_(world.vera).get(path))


class TestTelling:
    def test_each_step_tells_whose_turn_it_is_with_a_link(
        self, world: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            do(world.vera, world.task, "take")
            upload(world.vera, world.harbour, action="complete")
        review = Task.objects.get(type=_Type.REVIEW)
        assert told(world.rene) == ["Waits for review (de): The harbour wakes"]
        assert told(world.alma) == told(world.omar) == told(world.rene)
        assert (told(world.vera), told(world.otto)) == ([], [])
        mails = [each for each in mail.outbox if each.to == ["rene@example.com"]]
        assert f"http://127.0.0.1:8000{of(review)}" in mails[0].body
        assert "\n127.0.0.1:8000\n" in mails[0].body
        assert "Amara" not in mails[0].body + mails[0].subject
        inbox = as_(world.rene).get("/messages/")
        link = f'<a href="http://127.0.0.1:8000{of(review)}" rel="nofollow noopener">'
        assert link in inbox.content.decode()
        assert as_(world.rene).get(of(review)).status_code == 200

        do(world.rene, review, "send-back", reason="Line 2 is late.")
        sent = Message.objects.filter(user=world.vera).get()
        again = Task.objects.get(type=_Type.TRANSLATE, completed=None)
        assert "Line 2 is late." in sent.content
        assert sent.content.endswith(of(again))
        upload(world.vera, world.harbour, action="complete")
        # Who has reviewed it has it again.
        assert told(world.rene)[-1].startswith("You have a task in Port: Review")
        do(world.rene, Task.objects.get(type=_Type.REVIEW, completed=None), "approve")
        approval = Task.objects.get(type=_Type.APPROVE)
        assert told(world.alma)[-1] == "Waits for approval (de): The harbour wakes"
        assert "approval" not in told(world.rene)[-1]
        do(world.alma, approval, "approve")
        assert told(world.vera)[-1] == "Published (de): The harbour wakes"

    def test_of_thousands_who_may_review_those_who_lead_are_told(self, world: Any) -> None:
        Team.objects.update(review_allowed=ReviewLevel.PEERS)
        for _ in range(60):
            TeamMemberFactory(team=world.port, user=UserFactory())
        do(world.vera, world.task, "take")
        upload(world.vera, world.harbour, action="complete")
        waits = Message.objects.filter(subject__startswith="Waits for review")
        assert waits.count() == 50
        assert {"rene", "alma", "omar"} <= set(waits.values_list("user__username", flat=True))
        assert not told(world.vera)

    def test_a_request_tells_whose_turn_it_is(self, world: Any) -> None:
        do(world.vera, world.job, "take")
        upload(world.vera, world.rest, action="endorse")
        assert told(world.rene) == ["Waits for review (de): The crew rests"]
        assert Message.objects.filter(user=world.rene).get().content.endswith(of(world.job))
        do(world.rene, world.job, "take")
        do(world.rene, world.job, "note", body="Look at https://example.com/style.")
        assert told(world.vera) == ["New note on The crew rests"]
        page = as_(world.vera).get("/messages/").content.decode()
        assert '<a href="https://example.com/style" rel="nofollow noopener">' in page

    def test_who_wrote_is_never_the_server(self, world: Any) -> None:
        for kind in MailKind:
            send_message(
                [world.vera], kind=kind, sender=None, subject=str(kind), content="javascript:x"
            )
        page = as_(world.vera).get("/messages/")
        text = assert_inert(page)
        assert text.count("From this server") == 2
        assert text.count("From a deleted account") == len(MailKind) - 2


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Busy(), 503),
        (TooMany(3), 429),
        (Conflict(), 409),
        (NotThere(), 409),
        (NotAllowed("no"), 403),
        (NotByThisKey("no"), 403),
        (InvalidInput("no"), 400),
    ],
)
def test_a_refusal_has_the_status_of_the_api(error: DomainError, status: int) -> None:
    assert status_of(error) == status


# --- in a browser --------------------------------------------------------------------------------


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, chromium: Browser, server: Any, name: str, **how: Any) -> None:
        self.context = visit(chromium, server, viewport={"width": 1280, "height": 800}, **how)
        self.page = self.context.new_page()
        self.page.goto("/auth/login/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill("open sesame")
        self.page.get_by_role("button", name="Log in").click()
        # After login one lands on one's work.
        expect(self.page.get_by_role("heading", name="Work", exact=True)).to_be_visible()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def open(self, name: str) -> Page:
        """By the page of one's work."""
        self.page.get_by_role("navigation", name="Site").get_by_role("link", name="Work").click()
        self.page.get_by_role("link", name=name).first.click()
        return self.page

    def upload(self, file: Path, text: str) -> None:
        file.write_text(text)
        self.page.get_by_role("link", name=re.compile("^Upload")).click()
        self.page.get_by_label("File", exact=True).set_input_files(file)
        self.press("Upload")
        expect(self.page.get_by_text("is saved.")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_translation_goes_from_hand_to_hand(
    chromium: Browser, live_server: Any, world: Any, tmp_path: Path
) -> None:
    """A volunteer takes and makes it, a reviewer sends it back, all pass it, the public sees it."""
    vera, rene, alma = (Person(chromium, live_server, name) for name in ("vera", "rene", "alma"))
    assert_no_barrier(vera.page)
    page = vera.open("Translate: The harbour wakes")
    assert_no_barrier(page)
    vera.press("Take")
    expect(page.get_by_text("You have this task now.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download English as SRT").click()
    assert "Hello" in download.value.path().read_text()
    vera.upload(tmp_path / "late.srt", GERMAN.replace("Hallo", "Hallooo"))
    vera.press("Complete")
    expect(page.get_by_text("Next: Review, which nobody has taken yet.")).to_be_visible()
    assert_no_barrier(page)

    rene.page.reload()
    rene.page.get_by_role("link", name="Inbox (1)").click()
    # It leads to where the operator says that the server is, which no test serves.
    expect(rene.page.get_by_role("link", name=re.compile("http.*tasks"))).to_be_visible()
    rene.open("Review: The harbour wakes")
    rene.press("Take")
    expect(rene.page.get_by_role("link", name="Read the draft in German")).to_be_visible()
    assert_no_barrier(rene.page)
    rene.page.get_by_label("What has to be mended").fill("Hallo has one o.")
    rene.press("Send back")
    expect(rene.page.get_by_text("Next: Translate, by vera.")).to_be_visible()

    page = vera.open("Translate: The harbour wakes")
    expect(page.get_by_text("Hallo has one o.")).to_be_visible()
    vera.upload(tmp_path / "mended.srt", GERMAN)
    vera.press("Complete")
    rene.open("Review: The harbour wakes")
    rene.press("Accept")
    expect(rene.page.get_by_text("Next: Approve, which nobody has taken yet.")).to_be_visible()
    alma.open("Approve: The harbour wakes")
    alma.press("Take")
    alma.press("Approve")
    expect(alma.page.get_by_text("The subtitles are published.")).to_be_visible()
    vera.page.goto("/work/?show=sent")
    expect(vera.page.get_by_text("published", exact=True)).to_be_visible()

    public = visit(chromium, live_server)
    reader = public.new_page()
    reader.goto(f"/videos/{world.harbour.video_id}/")
    reader.get_by_role("link", name="German").first.click()
    expect(reader.get_by_text("Hallo", exact=True)).to_be_visible()
    assert SubtitleNote.objects.count() == 1
    for context in (public, *(each.context for each in (vera, rene, alma))):
        context.close()


@pytest.mark.django_db(transaction=True)
def test_what_comes_of_work_has_no_barrier(chromium: Browser, live_server: Any, world: Any) -> None:
    """The draft, the message, the list of what was sent, and a task that is done."""
    do(world.vera, world.task, "take")
    upload(world.vera, world.harbour)
    vera = Person(chromium, live_server, "vera")
    for path in (of(world.task), "/work/?show=sent"):
        vera.page.goto(path)
        assert_no_barrier(vera.page)
        if path == of(world.task):
            do(world.vera, world.task, "complete")
    vera.context.close()
    rene = Person(chromium, live_server, "rene")
    for path in ("/messages/", of(world.task)):
        rene.page.goto(path)
        assert_no_barrier(rene.page)
    rene.context.close()


@pytest.mark.django_db(transaction=True)
def test_a_request_goes_from_hand_to_hand(
    chromium: Browser, live_server: Any, world: Any, tmp_path: Path
) -> None:
    vera, rene, alma = (Person(chromium, live_server, name) for name in ("vera", "rene", "alma"))
    page = vera.open("Request: subtitling: The crew rests")
    assert_no_barrier(page)
    vera.press("Take")
    vera.upload(tmp_path / "first.srt", GERMAN.replace("Hallo", "Hallooo"))
    vera.press("Endorse")
    expect(page.get_by_text("Next: review, which nobody has taken yet.")).to_be_visible()
    assert_no_barrier(page)
    rene.open("Request: review: The crew rests")
    rene.press("Take")
    rene.page.get_by_label("A note for those who work on this").fill("One o, I have mended it.")
    rene.press("Save the note")
    rene.upload(tmp_path / "mended.srt", GERMAN)
    rene.press("Endorse")
    alma.page.goto("/teams/crew/requests/")
    assert_no_barrier(alma.page)
    alma.page.get_by_role("button", name=re.compile("^Take Request: approval")).click()
    expect(alma.page.get_by_text("This step is yours now.")).to_be_visible()
    expect(alma.page.get_by_text("One o, I have mended it.")).to_be_visible()
    assert_no_barrier(alma.page)
    alma.press("Endorse")
    expect(alma.page.get_by_text("The subtitles are published.")).to_be_visible()
    public = SubtitleLanguage.objects.get(video=world.rest, language_code="de").public_tip
    assert public is not None
    for each in (vera, rene, alma):
        each.context.close()


@pytest.mark.django_db(transaction=True)
def test_a_volunteer_works_by_keyboard_and_without_scripts(
    chromium: Browser, live_server: Any, world: Any
) -> None:
    context = visit(
        chromium, live_server, viewport=PHONE, color_scheme="dark", java_script_enabled=False
    )
    page = context.new_page()
    log_in_by_keyboard(page, "vera")
    tab_to(page, "Take Translate, German, The harbour wakes")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have this task now.")).to_be_visible()
    tab_to(page, "Download English as SRT")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "Hello" in download.value.path().read_text()
    tab_to(page, "Upload or translate")
    page.keyboard.press("Enter")
    page.wait_for_url("**language=de**")
    tab_to(page, "Or its text")
    page.keyboard.insert_text(GERMAN)
    tab_to(page, "Upload")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is saved. It is a draft.")).to_be_visible()
    tab_to(page, "Complete")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Next: Review, which nobody has taken yet.")).to_be_visible()
    context.close()

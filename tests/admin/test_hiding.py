"""Notes and messages that are hidden: as if they were deleted, and there again when shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from amara_api.kernel.models import AdministrativeChange
from subtitles import soundness
from subtitles.models import SubtitleNote
from teams.models import Task, Team
from teams.services import tasks
from teams.workflows import workflow_for
from tests.admin.test_asked import Page
from tests.admin.test_callbacks import staff
from tests.admin.test_teams import said
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from users import digest
from users.messages import send_message, unread_count
from users.models import MailKind, Message, User

pytestmark = pytest.mark.django_db
WORDS = "Cheap watches"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class TestNotes:
    @pytest.fixture
    def team(self, ana: User) -> Team:
        team = TeamFactory(slug="films", workflow_enabled=True, review_allowed=10)
        TeamMemberFactory(team=team, user=ana, role_name="owner")
        return team

    @pytest.fixture
    def note(self, ana: User, team: Team) -> SubtitleNote:
        video = VideoFactory(user=ana, team=team)
        add_subtitles(video, "en", action="complete")
        return tasks.add_note(video, actor=ana, language_code="en", body=WORDS)

    @pytest.fixture
    def places(self, note: SubtitleNote) -> list[str]:
        """Everywhere that a note is read: the API, the activity, both kinds of pages."""
        path = f"/api/videos/{note.video.video_id}"
        language = note.video.subtitle_languages.get()
        task = Task.objects.get(video=note.video, completed=None)
        return [
            f"{path}/languages/en/subtitles/notes/",
            f"/api/activity/?video={note.video.video_id}&type=3",
            f"/videos/{note.video.video_id}/en/{language.pk}/{language.tip_id}/",
            f"/teams/films/tasks/{task.pk}/",
        ]

    def read(self, person: User, places: list[str]) -> list[bool]:
        client = signed_in(person)
        found = []
        for place in places:
            page = client.get(place, follow=True)
            assert page.status_code == 200, place
            found.append(WORDS in page.content.decode())
        return found

    def test_one_is_read_by_nobody_until_it_is_shown_again(
        self, browser: Client, ana: User, root: User, note: SubtitleNote, places: list[str]
    ) -> None:
        everywhere, nowhere = [True] * len(places), [False] * len(places)
        assert self.read(ana, places) == everywhere
        page = Page(browser, "hide", note)
        assert "as if they were deleted" in page.text
        assert self.read(ana, places) == everywhere
        assert "hidden." in said(page.press())
        # Not by who wrote it, nor by who may do everything.
        assert self.read(ana, places) == nowhere
        assert self.read(root, places[:1]) == [False]
        assert signed_in(ana).get(places[0]).json()["meta"]["total_count"] == 0
        change = AdministrativeChange.objects.get()
        assert (change.message, change.before, change.after) == (
            "Hidden.",
            {"is_hidden": False},
            {"is_hidden": True},
        )
        # Again there is nothing to do.
        assert "It is hidden already" in said(Page(browser, "hide", note).press())
        assert list(soundness.findings()) == []
        Page(browser, "show_again", note).press()
        assert self.read(ana, places) == everywhere
        assert AdministrativeChange.objects.count() == 2

    def test_what_is_sent_back_quotes_none(self, ana: User, note: SubtitleNote) -> None:
        bo = UserFactory(username="bo")
        TeamMemberFactory(team=note.team, user=bo, role_name="manager")
        hidden = tasks.add_note(note.video, actor=bo, language_code="en", body="Hidden words")
        SubtitleNote.objects.filter(pk=hidden.pk).update(is_hidden=True)
        workflow = workflow_for(note.video, "en")
        tasks.send_back(workflow, actor=bo, reason="Said openly")
        told = Message.objects.filter(kind=MailKind.SENT_BACK).get(user=ana)
        assert "Said openly" in told.content
        assert "Hidden words" not in told.content


class TestMessages:
    @pytest.fixture
    def message(self, ana: User) -> Message:
        User.objects.filter(pk=ana.pk).update(
            email="ana@example.com", email_confirmed=True, wants_mail=True, mails_daily=True
        )
        ana.refresh_from_db()
        say: dict[str, Any] = {"kind": MailKind.MESSAGE, "sender": UserFactory()}
        send_message([ana], subject="Hello", content=WORDS, **say)
        message = Message.objects.get()
        past = timezone.now() - digest.PERIOD - timedelta(seconds=1)
        Message.objects.update(created=past)
        return message

    def test_one_is_in_no_inbox_and_no_mail_until_it_is_shown_again(
        self, browser: Client, ana: User, message: Message
    ) -> None:
        assert "no mail of the day" in Page(browser, "hide", message).text
        Page(browser, "hide", message).press()
        assert unread_count(ana) == 0
        page = signed_in(ana).get("/messages/", follow=True)
        assert page.status_code == 200
        assert WORDS not in page.content.decode()
        assert (digest.send_due(), mail.outbox) == (0, [])
        # One that is not hidden brings a mail that does not tell of it.
        send_message([ana], kind=MailKind.MESSAGE, sender=None, subject="Tide", content="Flood")
        Message.objects.update(created=timezone.now() - 2 * digest.PERIOD)
        assert digest.send_due() == 1
        assert "Hello" not in str(mail.outbox[0].body)
        Page(browser, "show_again", message).press()
        assert digest.send_due() == 1
        assert "Hello" in str(mail.outbox[1].body)
        assert unread_count(ana) == 2
        assert WORDS in signed_in(ana).get("/messages/", follow=True).content.decode()

    def test_it_needs_the_permission_to_delete(self, message: Message) -> None:
        helper = staff("view_message")
        assert "in no inbox" not in Page(helper, "hide", message).text

"""What people made keeps their name when their account goes: on pages and in the admin, where the
author would be; the API tells of no author, as it did."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from subtitles.models import SubtitleNote, SubtitleVersion
from subtitles.services import add_note
from tests.factories import UserFactory, VideoFactory, add_subtitles
from users.messages import send_message
from users.models import MailKind, Message, User
from users.services import delete_user

pytestmark = pytest.mark.django_db


def test_a_deleted_account_is_called_by_its_name(api: Any, ana: User) -> None:
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    gone = UserFactory(username="harper")
    video = VideoFactory(user=ana)
    version = add_subtitles(video, "en", actor=gone)
    add_subtitles(video, "en", actor=ana)
    note = add_note(video, actor=gone, language_code="en", body="Mind the gap")
    send_message([ana], kind=MailKind.MESSAGE, sender=gone, subject="Hello", content="World")
    delete_user(gone, actor=root)
    for row, name in ((version, "author"), (note, "user"), (Message.objects.get(), "sender")):
        row.refresh_from_db()
        assert (getattr(row, name), getattr(row, f"{name}_name")) == (None, "harper")
    # Who is there is named by the account alone.
    assert SubtitleVersion.objects.get(author=ana).author_name is None
    assert ActivityRecord.objects.filter(actor_name="harper").exists()

    said = "harper (account deleted)"
    client = Client()
    client.force_login(root)
    for thing in (version, note, Message.objects.get()):
        name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}"
        assert said in client.get(reverse(f"{name}_changelist")).content.decode()
        assert said in client.get(reverse(f"{name}_change", args=[thing.pk])).content.decode()
    language = version.language
    place = [video.video_id, "en", language.pk, version.pk]
    page = client.get(reverse("subtitles-page", args=place)).content.decode()
    assert page.count("harper") == 3
    client.force_login(ana)
    assert said in client.get("/messages/").content.decode()

    answer = client.get(f"/api/videos/{video.video_id}/languages/en/").json()
    assert [each["author"] and each["author"]["username"] for each in answer["versions"]] == [
        "ana",
        None,
    ]
    assert SubtitleNote.objects.count() == 1

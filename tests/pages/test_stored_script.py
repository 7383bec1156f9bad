"""Whatever somebody stores is text on every page: ours, the browsable API's and the admin's."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from activity.log import record
from activity.types import ActivityType
from subtitles.models import SubtitleVersion
from subtitles.services import add_note
from teams.models import Application, Invitation, Project, Task, TeamLanguage
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.html import ALL_HOSTILE, HOSTILE, assert_inert
from users import keys
from users.mail import unsubscribe_link
from users.models import MailKind, Message, User
from videos.models import VideoUrl

pytestmark = pytest.mark.django_db
MODELS = {
    "users": ("user", "apikey", "logintoken", "message"),
    "videos": ("video", "videofollower"),
    "subtitles": ("subtitlelanguage", "subtitleversion", "subtitlenote"),
    "teams": ("team", "project", "teammember", "invitation", "application", "task"),
    "activity": ("activityrecord",),
}
ADDRESSES = [f"{app}_{model}" for app, models in MODELS.items() for model in models]


@pytest.fixture
def stored() -> Any:
    """Everything that can hold text holds script."""
    user = UserFactory(
        username=HOSTILE[0],
        full_name=ALL_HOSTILE[:63],
        biography=ALL_HOSTILE,
        homepage=HOSTILE[4],
        avatar=HOSTILE[4],
        languages=[ALL_HOSTILE],
    )
    keys.issue_key(user, actor=user)
    keys.issue_login_token(user)
    team = TeamFactory(slug="films", name=ALL_HOSTILE, description=ALL_HOSTILE)
    TeamMemberFactory(team=team, user=user, role_name="owner")
    Project.objects.create(team=team, name=ALL_HOSTILE, slug="p", description=ALL_HOSTILE)
    TeamLanguage.objects.create(team=team, language_code=HOSTILE[4][:16], kind=1)
    Invitation.objects.create(team=team, user=user, inviter=user, note=ALL_HOSTILE)
    Application.objects.create(team=team, user=user, note=ALL_HOSTILE)
    Message.objects.create(
        user=user, sender=user, team=team, subject=ALL_HOSTILE[:100], content=ALL_HOSTILE
    )
    video = VideoFactory(
        user=user,
        team=team,
        title=ALL_HOSTILE,
        description=ALL_HOSTILE,
        thumbnail=HOSTILE[4],
        metadata={"location": ALL_HOSTILE},
    )
    Task.objects.create(team=team, video=video, type=Task.Type.REVIEW, assignee=user)
    VideoUrl.objects.filter(video=video).update(url=HOSTILE[4], videoid=ALL_HOSTILE)
    cues = f"1\n00:00:01,000 --> 00:00:02,000\n{ALL_HOSTILE} <v onclick=x>\n"
    version = add_subtitles(video, "en", cues, title=ALL_HOSTILE, description=ALL_HOSTILE)
    add_note(video, actor=user, language_code="en", body=ALL_HOSTILE)
    record(ActivityType.VIDEO_CHANGED, actor=user, video=video, title=ALL_HOSTILE)
    return version


@pytest.fixture
def browser(stored: SubtitleVersion) -> Client:
    """The person behind the hostile name, made superuser: they see every page."""
    User.objects.update(is_staff=True, is_superuser=True)
    client = Client(headers={"Accept": "text/html"})
    client.force_login(User.objects.get())
    return client


def test_on_the_pages(stored: SubtitleVersion, browser: Client) -> None:
    language, video = stored.language, stored.language.video
    place = [video.video_id, language.language_code, language.pk, stored.pk]
    stop = urlsplit(unsubscribe_link(stored.author_id, MailKind.NOTE)).path
    for address in ("/", "/account/", stop, "/teams/", f"/videos/{video.video_id}/"):
        assert "<script>alert(1)</script>" in assert_inert(browser.get(address)), address
    subtitles = reverse("subtitles-page", args=place)
    for address in (subtitles, "/messages/", "/teams/films/"):
        text = assert_inert(browser.get(address))
        for hostile in HOSTILE:
            assert hostile in text, address


def test_in_what_a_page_gives_back(stored: SubtitleVersion, browser: Client) -> None:
    sent = {"do": "invite", "people": ALL_HOSTILE, "note": ALL_HOSTILE}
    page = browser.post("/teams/films/invitations/", {**sent, "role": HOSTILE[0]})
    assert page.status_code == 400
    page.status_code = 200
    assert assert_inert(page).count(HOSTILE[4]) > 2


@pytest.mark.parametrize(
    "path",
    [
        "",
        "videos/?team=films",
        "videos/{id}/",
        "videos/{id}/urls/",
        "videos/{id}/languages/",
        "videos/{id}/languages/en/",
        "videos/{id}/languages/en/subtitles/",
        "videos/{id}/languages/en/subtitles/notes/",
        "users/me/",
    ],
)
def test_in_the_browsable_api(stored: SubtitleVersion, browser: Client, path: str) -> None:
    address = "/api/" + path.format(id=stored.language.video.video_id)
    page = browser.get(address)
    text = assert_inert(page)
    if path:
        assert "alert(1)" in text


@pytest.mark.parametrize("name", ADDRESSES)
def test_in_the_admin(browser: Client, name: str) -> None:
    assert "alert(1)" in assert_inert(browser.get(reverse(f"admin:{name}_changelist")))
    from django.apps import apps

    model = apps.get_model(*name.split("_"))
    one = model._default_manager.order_by("-pk").first()
    assert "alert(1)" in assert_inert(browser.get(reverse(f"admin:{name}_change", args=[one.pk])))


def test_in_the_admins_questions(stored: SubtitleVersion, browser: Client) -> None:
    user, video = stored.author, stored.language.video
    assert_inert(browser.get(reverse("admin:users_user_key", args=[user.pk])))
    assert_inert(browser.get(reverse("admin:auth_user_password_change", args=[user.pk])))
    assert_inert(browser.get(reverse("admin:videos_video_delete", args=[video.pk])))
    assert_inert(browser.get(reverse("admin:videos_video_history", args=[video.pk])))
    assert_inert(browser.get(reverse("admin:videos_video_changelist"), {"q": ALL_HOSTILE}))

"""Who gets the editor's page, what it says, and which doors lead to it."""

import pytest
from django.test import Client

from teams.models import SubtitlePolicy
from tests.conftest import Api
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from users.keys import issue_key
from users.models import User
from videos.models import Video

pytestmark = pytest.mark.django_db

# What somebody is to a private team's video, and the status of the page for them.
SEEN = {"member": 200, "translator": 403, "stranger": 404}


@pytest.fixture
def private() -> Video:
    """A private team, in which members translate, but only managers write what is spoken."""
    owner = UserFactory(username="owner", is_staff=True)
    team = TeamFactory(slug="port")
    team.subtitle_policy = SubtitlePolicy.MANAGERS
    team.translate_policy = SubtitlePolicy.MEMBERS
    team.is_visible = False
    team.save()
    TeamMemberFactory(team=team, user=owner, role_name="owner")
    TeamMemberFactory(team=team, user=UserFactory(username="member"), role_name="manager")
    TeamMemberFactory(team=team, user=UserFactory(username="translator"))
    UserFactory(username="stranger")
    video = VideoFactory(user=owner, team=team, primary_audio_language_code="en", is_public=False)
    add_subtitles(video, "en", "<b>Kept</b>", source_format="txt")
    return video


def client(name: str) -> Client:
    made = Client()
    made.force_login(User.objects.get(username=name))
    return made


@pytest.mark.parametrize("name", SEEN)
def test_only_who_may_work_on_the_language_gets_it(private: Video, name: str) -> None:
    path = f"/videos/{private.video_id}/en/edit/"
    answer = client(name).get(path)
    assert answer.status_code == SEEN[name]
    assert ("data-editor" in answer.content.decode()) == (SEEN[name] == 200)
    assert Client().get(path)["Location"] == f"/auth/login/?next={path}"
    # The doors show what is open, to nobody else.
    page = client(name).get(f"/videos/{private.video_id}/").content.decode()
    assert (path in page) == (SEEN[name] == 200)


def test_unknown_languages_are_not_found_and_a_way_back_stays_here(private: Video) -> None:
    ana = client("member")
    assert ana.get(f"/videos/{private.video_id}/nonsense/edit/").status_code == 404
    path = f"/videos/{private.video_id}/en/edit/"
    assert 'href="/work/"' in ana.get(f"{path}?back=/work/&from=%00").content.decode()
    assert "evil" not in ana.get(f"{path}?back=https://evil.example/").content.decode()


def test_what_the_editor_cannot_keep_is_said(private: Video) -> None:
    ana, path = client("member"), f"/videos/{private.video_id}/en/edit/"
    assert "cannot keep" not in ana.get(path).content.decode()
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Ana>Hello\n"
    add_subtitles(private, "en", vtt, source_format="vtt")
    assert "cannot keep" in ana.get(path).content.decode()


@pytest.mark.parametrize("name", SEEN)
def test_a_login_link_leads_to_the_editor_if_it_is_open(private: Video, name: str) -> None:
    staff = private.user
    assert staff is not None
    body = {"video_id": private.video_id, "user": name, "language_code": "en"}
    url = Api(issue_key(staff, actor=staff)).post("editor-login", body).json()["url"]
    editor = f"%2Fvideos%2F{private.video_id}%2Fen%2Fedit%2F"
    assert url.endswith(editor if SEEN[name] == 200 else f"%2Fvideos%2F{private.video_id}%2F")

"""What a page with a film shows to whom, and what it may load."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from tests.factories import VideoFactory, add_subtitles
from tests.pages.html import assert_inert, read
from videos.models import VideoUrl
from videos.services import add_url

pytestmark = pytest.mark.django_db
YOUTUBE, VIMEO = "https://www.youtube-nocookie.com", "https://player.vimeo.com"


def page_of(version: Any) -> str:
    language = version.language
    place = [language.video.video_id, language.language_code, language.pk, version.pk]
    return reverse("subtitles-page", args=place)


def policy(response: Any) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize(
    ("url", "kind", "added"),
    [
        ("https://a.example.com/f.mp4", "file", {"media-src": "'self' http: https:"}),
        ("https://a.example.com/f.mp3", "file", {"media-src": "'self' http: https:"}),
        ("https://youtu.be/abcdefghijk", "youtube", {"frame-src": YOUTUBE, "media-src": "'self'"}),
        ("https://vimeo.com/1234", "vimeo", {"frame-src": VIMEO, "media-src": "'self'"}),
        ("https://www.dailymotion.com/video/x7tgad0", "none", {}),
        ("https://a.example.com/f.flv", "none", {}),
    ],
)
def test_a_page_may_load_its_own_film_and_nothing_else(
    client: Client, url: str, kind: str, added: dict[str, str]
) -> None:
    usual = policy(client.get("/videos/"))
    video = VideoFactory(video_url=url)
    for path in (f"/videos/{video.video_id}/", page_of(add_subtitles(video, "en"))):
        page = client.get(path)
        assert_inert(page)
        assert f'data-player="{kind}"' in page.content.decode()
        assert policy(page) == {**usual, **added}


def test_the_first_film_that_can_be_played_is_and_what_only_looks_like_one_is_not(
    client: Client,
) -> None:
    video = VideoFactory(video_url="https://www.dailymotion.com/video/x7tgad0")
    path = f"/videos/{video.video_id}/"
    add_url(video, actor=video.user, url="https://youtu.be/abcdefghijk")
    add_url(video, actor=video.user, url="https://a.example.com/f.mp4")
    assert 'data-player="youtube"' in client.get(path).content.decode()
    # Rows that something else than the services has written.
    VideoUrl.objects.filter(type="Y").update(videoid='"><script>alert(1)</script>')
    assert 'data-player="file"' in client.get(path).content.decode()
    VideoUrl.objects.filter(type="H").update(url="javascript:alert(1)")
    page = client.get(path)
    assert_inert(page)
    assert 'data-player="none"' in page.content.decode()


def test_a_stranger_is_shown_no_draft_and_no_note_of_a_team(client: Client, cast: Any) -> None:
    public = add_subtitles(cast.team_video, "en")
    SubtitleVersion.objects.filter(pk=public.pk).update(is_public=True)
    draft = add_subtitles(cast.team_video, "en", note="A secret draft.")
    SubtitleVersion.objects.filter(pk=draft.pk).update(is_public=False)
    SubtitleLanguage.objects.filter(pk=draft.language_id).update(public_tip=public)
    team = cast.team_video.team
    SubtitleNote.objects.create(
        video=cast.team_video, language_code="en", team=team, body="A secret note."
    )
    for person, sees in ((None, False), (cast.stranger, False), (cast.contributor, True)):
        client.logout()
        if person is not None:
            client.force_login(person)
        page = client.get(page_of(public))
        text = assert_inert(page)
        assert ("A secret draft." in text) is sees
        assert ("A secret note." in text) is sees
        assert ("A newer version exists" in text) is sees
        assert (page_of(draft) in read(page).links) is sees
        film = client.get(f"/videos/{cast.team_video.video_id}/")
        assert any("version_number=last" in link for link in read(film).links) is sees
        # The team takes everybody's work, but nobody's without a name.
        may_edit = f"/videos/{cast.team_video.video_id}/en/edit/" in read(page).links
        assert may_edit is (person is not None)

"""Two versions compared and an older one restored: what the page says to whom, and a story of it
in a real browser on a phone, by keyboard, without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from subtitles.models import SubtitleVersion
from teams.models import SubtitlePolicy, Team
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import PHONE, assert_no_barrier, log_in, visit
from videos.models import Video

__all__ = ["chromium"]
SECOND = SRT.replace("World", "whole <b>world</b> & all").replace("01,000", "01,200")


@pytest.fixture
def film(db: None) -> Video:
    """Versions 1 and 2 are public, 3 is a team's draft."""
    ana = UserFactory(username="ana")
    ana.set_password("open sesame")
    ana.save()
    team = TeamFactory(slug="port", name="Port")
    TeamMemberFactory(team=team, user=ana)
    Team.objects.filter(pk=team.pk).update(
        subtitle_policy=SubtitlePolicy.MEMBERS, translate_policy=SubtitlePolicy.MEMBERS
    )
    video = VideoFactory(user=ana, team=team, title="Harbour", primary_audio_language_code="en")
    add_subtitles(video, "en", action="publish")
    add_subtitles(video, "en", SECOND, action="publish")
    add_subtitles(video, "en", SRT.replace("World", "Secret"))
    SubtitleVersion.objects.filter(version_number=3).update(is_public=False)
    language = video.subtitle_languages.get()
    language.public_tip = language.versions.get(version_number=2)
    language.save()
    return video


def test_what_the_page_says(film: Video, client: Client) -> None:
    path = f"/videos/{film.video_id}/en/compare/"
    page = client.get(path).content.decode()
    # The newest that everybody reads, and the one before.
    assert "From <a" in page
    assert "version 1</a> to <a" in page
    assert "<del>World</del><ins>whole world &amp; all</ins>" in page
    assert "<del>0:00:01.000 – 0:00:02.500</del> <ins>0:00:01.200 – 0:00:02.500</ins>" in page
    assert "<b>other times</b> 1 → 1" in page
    assert "Secret" not in page
    assert "the newest again" not in page
    assert "Nothing is different." in client.get(f"{path}?from=2&to=2").content.decode()
    same = client.get(f"{path}?from=2&to=2&all=true").content.decode()
    assert same.count('<li class="same">') == 2
    for unknown in ("?from=3", "?to=3", "?from=9", "?from=x", "?to=0", "?to=01"):
        assert client.get(f"{path}{unknown}").status_code == 404
    assert client.get(path.replace("/en/", "/de/")).status_code == 404


def test_who_restores_what(film: Video, client: Client) -> None:
    path = f"/videos/{film.video_id}/en/compare/"
    count = SubtitleVersion.objects.count
    assert client.post(path, {"restore": "1"}).headers["Location"].startswith("/auth/login/")
    stranger = UserFactory()
    client.force_login(stranger)
    assert client.post(path, {"restore": "3"}).status_code == 404
    refused = client.post(path, {"restore": "1"})
    assert refused.status_code == 403
    assert "You may not work on these subtitles." in refused.content.decode()
    client.force_login(film.user)
    for wrong in ({"restore": "9"}, {}):
        assert client.post(path, wrong).status_code == 404
    assert count() == 3
    client.post(path, {"restore": "1"})
    assert SubtitleVersion.objects.latest("pk").note == "Version 1 again."
    assert count() == 4


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    # Scripts are for axe alone; the page has none.
    context = visit(chromium, live_server, viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.mark.django_db(transaction=True)
def test_somebody_undoes_what_a_vandal_did(page: Page, film: Video) -> None:
    page.goto("/auth/login/")
    log_in(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"/videos/{film.video_id}/en/compare/")
    expect(page.get_by_role("heading", name="what changed")).to_be_visible()
    expect(page.locator("ins", has_text="Secret")).to_be_visible()
    assert_no_barrier(page)
    page.set_viewport_size(PHONE)
    page.get_by_label("From version").select_option("1")
    page.get_by_label("Show also what is the same").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/?from=1&to=3&all=true")
    expect(page.locator("li.same")).to_have_count(1)
    page.get_by_role("button", name="Make version 1 the newest again").press("Enter")
    expect(page.get_by_text("Version 1 is the newest again, as version 4.")).to_be_visible()
    expect(page.locator(".cues")).to_contain_text("World")
    assert film.subtitle_languages.get().tip.note == "Version 1 again."

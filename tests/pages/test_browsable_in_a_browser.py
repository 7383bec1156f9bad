"""Stories of the browsable API and of the reference in a real browser, and what axe-core says of
them: on a desktop and a phone, in light and dark. The same header is on every page, the admin's
too."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from subtitles.models import SubtitleVersion
from teams.models import Team
from tests.factories import SRT, TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import BROKEN, DESKTOP, assert_no_barrier, log_in, visit
from users.models import User
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium"]


@pytest.fixture
def ana(db: None) -> User:
    person = UserFactory(username="ana")
    person.set_password("open sesame")
    person.save()
    return person


@pytest.fixture(params=[False], ids=["without-scripts"])
def plain(chromium: Browser, live_server: Any, ana: User, request: Any) -> Iterator[BrowserContext]:
    """Logged in as ana, in a browser without scripts."""
    context = visit(chromium, live_server, viewport=DESKTOP, java_script_enabled=request.param)
    page = context.new_page()
    page.goto("/account/")
    log_in(page)
    page.wait_for_url("**/account/")
    page.close()
    yield context
    context.close()


@pytest.fixture
def with_scripts(plain: BrowserContext, chromium: Browser, live_server: Any) -> Iterator[Page]:
    """The same session where axe can run."""
    state: Any = plain.storage_state()
    context = visit(chromium, live_server, viewport=DESKTOP, storage_state=state)
    yield context.new_page()
    context.close()


def test_a_video_and_its_subtitles_by_forms_alone(
    plain: BrowserContext, ana: User, tmp_path: Any
) -> None:
    page = plain.new_page()
    page.goto("/api/")
    page.get_by_role("link", name="/api/videos/").click()

    form = page.get_by_role("region", name="Send")
    form.get_by_label("title").fill("Kept")
    form.get_by_role("button", name="POST", exact=True).click()
    # Nothing was typed in vain.
    expect(page.get_by_text("HTTP 400 Bad Request")).to_be_visible()
    expect(form.get_by_label("title")).to_have_value("Kept")
    expect(form.get_by_label("video_url")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("video_url").fill("https://media.example.com/kept.mp4")
    form.get_by_role("button", name="POST", exact=True).click()
    expect(page.get_by_text("HTTP 201 Created")).to_be_visible()
    video = Video.objects.get(title="Kept")
    assert video.user == ana

    page.goto(f"/api/videos/{video.video_id}/languages/fr/subtitles/")
    expect(page.get_by_text("The form below begins it.")).to_be_visible()
    form.get_by_label("subtitles", exact=True).fill(BROKEN)
    form.get_by_role("button", name="POST", exact=True).click()
    expect(form.get_by_text("Invalid subtitle data")).to_be_visible()
    expect(form.get_by_label("subtitles", exact=True)).to_have_value(BROKEN)
    form.get_by_label("subtitles", exact=True).fill(SRT)
    form.get_by_role("button", name="POST", exact=True).click()
    expect(page.get_by_text("HTTP 201 Created")).to_be_visible()
    chosen = tmp_path / "fr.vtt"
    chosen.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nBonjour\n")
    form.get_by_label("subtitles, as a file").set_input_files(chosen)
    form.get_by_label("sub_format").select_option("vtt")
    form.get_by_role("button", name="POST", exact=True).click()
    expect(page.get_by_text("Bonjour").first).to_be_visible()
    assert SubtitleVersion.objects.filter(language__language_code="fr").count() == 2

    page.goto(f"/api/videos/{video.video_id}/")
    form = page.get_by_role("region", name="Change")
    form.get_by_label("description").fill("Ice")
    form.get_by_role("button", name="PUT", exact=True).click()
    expect(page.get_by_text("It is changed.")).to_be_visible()
    video.refresh_from_db()
    assert (video.title, video.description) == ("Kept", "Ice")
    page.get_by_text("Delete this…").click()
    page.get_by_role("button", name="Yes, DELETE it").click()
    expect(page.get_by_text("It is deleted.")).to_be_visible()
    assert not Video.objects.exists()


def test_no_barrier_in_the_browsable_api(
    plain: BrowserContext, with_scripts: Page, ana: User
) -> None:
    page = with_scripts
    team = TeamFactory(slug="films", name="Films " * 12)
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    VideoFactory(user=ana, title="Long" * 40)
    for address in ("/api/", "/api/videos/?limit=1", "/api/nothing/", "/api/message/"):
        page.goto(address)
        assert_no_barrier(page)
    page.goto("/api/teams/films/callbacks/")
    page.locator("summary").click()
    assert_no_barrier(page)
    page.goto("/api/teams/films/")
    page.get_by_label("slug").fill("no good")
    page.get_by_role("button", name="PUT", exact=True).click()
    expect(page.get_by_label("slug")).to_have_value("no good")
    assert_no_barrier(page)
    assert Team.objects.get().slug == "films"

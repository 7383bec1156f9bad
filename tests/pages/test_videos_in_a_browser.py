"""Long stories of the pages of videos in a real browser: with a mouse, by keyboard alone without
scripts, and what axe-core says of every page and state on the way."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from subtitles.models import SubtitleLanguage, SubtitleVersion
from teams.models import SubtitlePolicy, Task, Team
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.pages.barriers import assert_none_in_both_schemes
from tests.pages.test_browser import PATIENCE, chromium
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium"]
BROKEN = SRT.replace("00:00:03,000", "soon")
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


@pytest.fixture
def harbour(db: None) -> Video:
    """A team's video with English subtitles, and a member of the team called ana."""
    ana = UserFactory(username="ana")
    ana.set_password("open sesame")
    ana.save()
    team = TeamFactory(slug="port", name="Port")
    TeamMemberFactory(team=team, user=ana)
    Team.objects.filter(pk=team.pk).update(
        subtitle_policy=SubtitlePolicy.MEMBERS, translate_policy=SubtitlePolicy.MEMBERS
    )
    for n in range(25):
        VideoFactory(user=ana, title=f"Film {n}")
    video = VideoFactory(
        user=ana, team=team, title="The harbour wakes", primary_audio_language_code="en"
    )
    add_subtitles(video, "en", action="publish")
    return video


def visit(chromium: Browser, server: Any, **options: Any) -> BrowserContext:
    context = chromium.new_context(base_url=server.url, **options)
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    context = visit(chromium, live_server, viewport=DESKTOP)
    yield context.new_page()
    context.close()


def assert_no_barrier(page: Page) -> None:
    """On a desktop and on a phone, in light and in dark; and nothing sticks out of a phone."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert_none_in_both_schemes(page, page.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    page.set_viewport_size(DESKTOP)


def log_in(page: Page) -> None:
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()


def test_a_member_finds_a_video_mends_a_file_and_publishes(
    page: Page, harbour: Video, tmp_path: Path
) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Videos").click()
    expect(page.get_by_role("heading", name="Videos")).to_be_visible()
    assert_no_barrier(page)
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("link", name="First page")).to_be_visible()
    page.get_by_label("Words of the title").fill("no such film")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No videos found.")).to_be_visible()
    assert_no_barrier(page)
    page.get_by_label("Words of the title").fill("harb wak")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="The harbour wakes").click()
    expect(page.get_by_role("heading", name="The harbour wakes")).to_be_visible()
    assert page.get_by_role("link", name="Upload or translate").count() == 0
    assert_no_barrier(page)

    page.get_by_role("link", name="Log in", exact=True).click()
    log_in(page)
    page.goto(f"/videos/{harbour.video_id}/")
    page.get_by_role("link", name="Upload or translate").click()
    assert_no_barrier(page)
    page.get_by_label("Language of the subtitles").select_option("en")
    page.get_by_role("button", name="Go on").click()
    file = tmp_path / "harbour.srt"
    file.write_text(BROKEN)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("Then").select_option("publish")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("line 6: a time that cannot be read")
    expect(page.get_by_label("Or its text")).to_have_value(BROKEN)
    expect(page.get_by_label("Then")).to_have_value("publish")
    assert_no_barrier(page)
    # A point for a comma is mended and told.
    page.get_by_label("Or its text").fill(SRT.replace("00:00:03,000", "00:00:03.000"))
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(
        page.get_by_text("Version 2 in English is saved. Everybody can read it.")
    ).to_be_visible()
    expect(page.get_by_text("Line 6: a time in another form")).to_be_visible()
    expect(page.get_by_text("complete", exact=True)).to_be_visible()
    assert_no_barrier(page)
    assert SubtitleVersion.objects.filter(is_public=True).count() == 2

    page.goto("/videos/add/")
    assert_no_barrier(page)
    page.get_by_label("Address of the video").fill("https://media.example.com/film-0.mp4#t")
    page.get_by_label("Address of the video").fill(harbour.urls.get().url)
    page.get_by_label("Team").select_option("port")
    page.get_by_role("button", name="Add the video").click()
    expect(page.get_by_role("alert")).to_contain_text("Video already exists")
    expect(page.get_by_label("Team")).to_have_value("port")
    assert_no_barrier(page)
    page.get_by_label("Address of the video").fill("https://media.example.com/new.mp4")
    page.get_by_label("Title").fill("A new film")
    page.get_by_role("button", name="Add the video").click()
    expect(page.get_by_role("heading", name="A new film")).to_be_visible()
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    assert_no_barrier(page)


def test_many_languages_in_every_state_have_no_barrier(page: Page, harbour: Video) -> None:
    page.goto("/auth/login/")
    log_in(page)
    page.wait_for_url("**/work/")
    for code in ("ar", "de", "fr", "ja", "sv", "zh-hans"):
        version = add_subtitles(harbour, code)
        if code in ("de", "fr"):
            SubtitleVersion.objects.filter(pk=version.pk).update(is_public=False)
            SubtitleLanguage.objects.filter(pk=version.language_id).update(public_tip=None)
    SubtitleLanguage.objects.create(video=harbour, language_code="es")
    Task.objects.create(team=harbour.team, video=harbour, language_code="de", type=Task.Type.REVIEW)
    page.goto(f"/videos/{harbour.video_id}/")
    for state in ("published", "in review", "draft", "none yet"):
        expect(page.get_by_text(state, exact=True).first).to_be_visible()
    assert_no_barrier(page)
    page.get_by_label("Language").select_option("fr")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("draft, not public")).to_be_visible()
    assert_no_barrier(page)


def tab_to(page: Page, name: str) -> None:
    """With the Tab key alone, at most as often as a person has patience."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (
            focused.evaluate("e => e.getAttribute('aria-label') || e.textContent || ''")
            + focused.evaluate("e => [...(e.labels || [])].map(l => l.textContent).join()")
        ):
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def log_in_by_keyboard(page: Page, username: str) -> None:
    page.goto("/auth/login/")
    page.get_by_label("User name").focus()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type("open sesame")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/")


def test_begins_a_translation_by_keyboard_and_without_scripts(
    chromium: Browser, live_server: Any, harbour: Video, tmp_path: Path
) -> None:
    context = visit(
        chromium, live_server, viewport=PHONE, color_scheme="dark", java_script_enabled=False
    )
    page = context.new_page()
    log_in_by_keyboard(page, "ana")
    tab_to(page, "Videos")
    page.keyboard.press("Enter")
    page.wait_for_url("**/videos/")
    tab_to(page, "Words of the title")
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    page.wait_for_url("**/videos/?q=harbour*")
    tab_to(page, "The harbour wakes")
    page.keyboard.press("Enter")
    tab_to(page, "Upload or translate")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/")
    tab_to(page, "Language of the subtitles")
    page.keyboard.type("German")
    tab_to(page, "Go on")
    page.keyboard.press("Enter")
    page.wait_for_url("**language=de")
    tab_to(page, "Times of")
    tab_to(page, "Start the translation")
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("The German subtitles now have the times of the English ones")
    ).to_be_visible()
    expect(page.get_by_text("draft, not public")).to_be_visible()
    tab_to(page, "Download as SRT")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    template = download.value.path().read_text()
    assert re.findall(r"\d\d:\d\d:\d\d,\d{3}", template) == re.findall(r"\d\d:\d\d:\d\d,\d{3}", SRT)
    assert "Hello" not in template
    context.close()

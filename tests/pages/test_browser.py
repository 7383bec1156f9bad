"""The pages in a real browser: they work, and nothing on them breaks the content policy."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.factories import SRT, UserFactory, VideoFactory, add_subtitles
from tests.pages.html import ALL_HOSTILE
from users import keys
from users.models import User

# The machine may be busy with other tests; a page that never comes still fails.
PATIENCE = 20_000
FLAGS = ["--no-sandbox", "--disable-background-networking"]
expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("These tests need a browser: apt-get install chromium")
    # Playwright runs an event loop in this thread; Django would take it for an async view.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(params=["light"])
def page(chromium: Browser, live_server: Any, request: Any) -> Iterator[Page]:
    """A page that fails the test when anything is logged, refused, missing or asked elsewhere."""
    context = chromium.new_context(base_url=live_server.url, color_scheme=request.param)
    context.set_default_timeout(PATIENCE)
    wrong: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.type}: {message.text}")

    def see(url: str) -> None:
        if not url.startswith((live_server.url, "data:", "blob:")):
            wrong.append(f"asked elsewhere: {url}")

    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: wrong.append(f"script failed: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}") or dialog.dismiss())
    page.on("request", lambda asked: see(asked.url))
    # Violations reach the console too; this says which rule and where.
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e =>"
        " console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`))"
    )
    yield page
    page.wait_for_timeout(100)
    context.close()
    assert wrong == []


@pytest.fixture
def person(db: None) -> Any:
    user = UserFactory(username="ana", is_staff=True, is_superuser=True)
    user.set_password("open sesame")
    user.save()
    return user


def log_in(page: Page, path: str = "/account/") -> None:
    page.goto(path)
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{path}")


def test_logs_in_and_makes_a_key(page: Page, person: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="Log in", exact=True).first.click()
    log_in(page, "/account/keys/")
    expect(page.get_by_role("heading", name="ana")).to_be_visible()
    page.get_by_role("button", name="Generate new key").click()
    key = page.locator("[data-copy='the key']").inner_text()
    assert keys.owner_of(key) == person
    page.get_by_role("button", name="Copy the key").click()
    expect(page.get_by_role("button", name="Copy the key")).to_have_text("Copied")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_login_link_comes_in_by_its_button(
    page: Page, person: Any, live_server: Any, scripts: bool
) -> None:
    """In a browser that was never here, as from a mail; the header must not stop the form."""
    user = UserFactory(username="guest")
    token = keys.issue_login_token(user)
    browser = page.context.browser
    assert browser is not None
    fresh = browser.new_context(base_url=live_server.url, java_script_enabled=scripts)
    visit = fresh.new_page()
    visit.goto(f"/auth/auto-login/{token}/?next=/teams/")
    expect(visit.get_by_role("heading", name="Log in as guest?")).to_be_visible()
    visit.get_by_role("button", name="Log in as guest").click()
    visit.wait_for_url("**/teams/")
    expect(visit.get_by_role("link", name="guest", exact=True)).to_be_visible()
    fresh.close()


def test_a_reload_makes_no_second_key(page: Page, person: Any) -> None:
    log_in(page, "/account/keys/")
    page.get_by_label("Label").fill("Robot")
    page.get_by_label("May", exact=True).select_option("read")
    page.get_by_role("button", name="Generate new key").click()
    expect(page.locator("[data-copy='the key']")).to_be_visible()
    page.reload()
    expect(page.get_by_text("made its key already")).to_be_visible()
    assert person.api_keys.count() == 1
    page.get_by_role("button", name="Revoke key Robot").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    assert person.api_keys.count() == 0


def test_the_whole_login_works_by_keyboard(page: Page, person: Any) -> None:
    page.goto("/auth/login/")
    # The page puts the cursor there itself, a moment after it has loaded.
    expect(page.locator("input[name=username]")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type("open sesame")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_downloads_subtitles_from_the_pages(page: Page, person: Any) -> None:
    video = VideoFactory(user=person, title="Why glaciers sing")
    add_subtitles(video, "ar")
    page.goto(f"/videos/{video.video_id}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Arabic as SRT").click()
    assert download.value.suggested_filename == f"{video.video_id}.ar.srt"
    assert download.value.path().read_text().split() == SRT.split()
    page.get_by_role("link", name="Arabic", exact=True).click()
    text = page.get_by_text("Hello")
    assert text.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_what_is_stored_never_runs(page: Page, person: Any) -> None:
    video = VideoFactory(user=person, title=ALL_HOSTILE, description=ALL_HOSTILE)
    cues = f"1\n00:00:01,000 --> 00:00:02,000\n{ALL_HOSTILE}\n"
    version = add_subtitles(video, "en", cues, title=ALL_HOSTILE)
    log_in(page)
    for path in (
        f"/videos/{video.video_id}/",
        f"/videos/{video.video_id}/en/{version.language_id}/{version.pk}/",
        f"/api/videos/{video.video_id}/",
        f"/api/videos/{video.video_id}/languages/en/subtitles/",
        "/admin/videos/video/",
        f"/admin/videos/video/{video.pk}/change/",
        f"/admin/subtitles/subtitleversion/{version.pk}/change/",
        f"/admin/videos/video/{video.pk}/delete/",
    ):
        page.goto(path)
        page.wait_for_load_state("load")
        expect(page.locator("body")).to_contain_text("alert(1)")


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_the_pages_in_both_colours(page: Page, person: Any) -> None:
    video = VideoFactory(user=person)
    add_subtitles(video, "en")
    for path in ("/", "/auth/login/", f"/videos/{video.video_id}/", "/api/videos/"):
        page.goto(path)
        paper, ink = page.evaluate(
            "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
        )
        assert _contrast(_rgb(paper), _rgb(ink)) > 7, (path, paper, ink)


def test_fits_a_phone(page: Page, person: Any) -> None:
    video = VideoFactory(user=person, title="Long" * 40, description="Long" * 200)
    version = add_subtitles(video, "en")
    log_in(page)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in (
        "/",
        "/account/",
        f"/videos/{video.video_id}/",
        f"/videos/{video.video_id}/en/{version.language_id}/{version.pk}/",
        "/api/",
    ):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, path


def test_the_header_fits_a_phone_with_letters_twice_as_large(page: Page, person: Any) -> None:
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    log_in(page)
    page.set_viewport_size({"width": 390, "height": 640})
    for path in ("/", "/api/", "/api/docs/", "/admin/"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        beyond = page.locator(".top, .top *").evaluate_all(
            """all => all.filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                || each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML)"""
        )
        assert not beyond, path


def test_five_thousand_cues_open_quickly(page: Page, person: Any) -> None:
    cues = "".join(
        f"{n}\n{n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3:02},000 --> "
        f"{n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3 + 2:02},000\nLine {n}\n\n"
        for n in range(5000)
    )
    version = add_subtitles(VideoFactory(user=person), "en", cues)
    video_id = version.language.video.video_id
    page.goto(f"/videos/{video_id}/en/{version.language_id}/{version.pk}/")
    # Not by the clock, which measures this machine: what is out of sight has not been laid out.
    shown = "e => e.checkVisibility({contentVisibilityAuto: true})"
    first = page.locator(".cues p").first
    first.scroll_into_view_if_needed()
    expect(first).to_be_in_viewport()
    assert first.evaluate(shown)
    assert not page.locator(".cues p").last.evaluate(shown)
    last = page.get_by_text("Line 4999", exact=True)
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_the_reference_opens_and_tries_a_request(page: Page, person: Any) -> None:
    log_in(page)
    page.goto("/api/docs/")
    operation = page.locator(".opblock", has_text="/api/languages/").first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("Abkhaz")


def test_the_admin_from_login_to_key(page: Page, person: Any) -> None:
    video = VideoFactory(user=person, title="Why glaciers sing")
    page.goto("/admin/")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    # The page of login has a link to the public videos: not that one.
    content = page.locator("#content-main")
    content.get_by_role("link", name="Videos", exact=True).last.click()
    page.locator("#searchbar").fill("glaciers")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Why glaciers sing").click()
    page.locator(".field-team .select2-selection").click()
    expect(page.get_by_text("No results found")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Title").fill("Why glaciers hum")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    video.refresh_from_db()
    assert video.title == "Why glaciers hum"
    page.goto(f"/admin/users/user/{person.pk}/change/")
    page.get_by_role("link", name="Issue a new API key").click()
    page.get_by_role("button", name="Issue the key").click()
    assert keys.owner_of(page.locator("[data-copy='the key']").inner_text()) == person


def _rgb(css: str) -> tuple[float, ...]:
    return tuple(float(part) for part in css.removeprefix("rgb(").rstrip(")").split(","))


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The ratio that WCAG defines."""

    def luminance(rgb: tuple[float, ...]) -> float:
        parts = [c / 255 for c in rgb]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)

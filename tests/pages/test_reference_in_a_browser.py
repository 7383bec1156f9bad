"""The reference in a real browser: a developer makes a key, enters it once, and tries what
programs send; and what axe-core says of the page, as far as it is ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from subtitles.formats import dump
from subtitles.models import SubtitleVersion
from subtitles.queries import track_of
from tests.factories import SRT, UserFactory, VideoFactory
from tests.pages.test_browser import chromium
from tests.pages.test_team_pages import assert_no_barrier
from tests.pages.test_videos_in_a_browser import log_in, visit
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium"]
SUBTITLES = "/api/videos/{video_id}/languages/{language_code}/subtitles/"


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    context = visit(chromium, live_server, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def operation(page: Page, method: str, path: str) -> Locator:
    """Opened, with its form."""
    found = page.locator(f".opblock-{method}").filter(
        has=page.locator(f'.opblock-summary-path[data-path="{path}"]')
    )
    found.locator(".opblock-summary-control").click()
    found.get_by_role("button", name="Try it out").click()
    return found


def answer(of: Locator, status: int) -> str:
    """What the page shows of it."""
    of.get_by_role("button", name="Execute").click()
    shown = of.locator(".live-responses-table")
    expect(shown.locator("tbody td.response-col_status").first).to_contain_text(str(status))
    return shown.locator("tbody .response-col_description pre").first.inner_text()


def test_a_developer_makes_a_key_and_tries_three_requests(page: Page, tmp_path: Path) -> None:
    ana = UserFactory(username="ana")
    ana.set_password("open sesame")
    ana.save()
    VideoFactory(user=ana, title="Why glaciers sing")
    page.goto("/account/keys/")
    log_in(page)
    page.wait_for_url("**/account/keys/")
    page.get_by_label("Label").fill("Trying")
    page.get_by_role("button", name="Generate new key").click()
    key = page.locator("[data-copy='the key']").inner_text()
    # Whoever asks is known by the key alone, as a program is.
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()

    page.get_by_role("link", name="Reference", exact=True).click()
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.get_by_role("textbox").fill(key)
    dialog.get_by_role("button", name="Apply").click()
    dialog.get_by_role("button", name="Close").last.click()

    listing = operation(page, "get", "/api/videos/")
    [found] = json.loads(answer(listing, 200))["objects"]
    assert found["title"] == "Why glaciers sing"

    adding = operation(page, "post", "/api/videos/")
    wanted = {"video_url": "https://media.example.com/tried.mp4", "title": "Tried here"}
    adding.get_by_label("Request body").fill(json.dumps(wanted))
    added = json.loads(answer(adding, 201))
    video = Video.objects.get(video_id=added["id"])
    assert (video.title, video.user) == ("Tried here", ana)

    sending = operation(page, "post", SUBTITLES)
    sending.get_by_label("video_id", exact=True).fill(video.video_id)
    sending.get_by_label("language_code", exact=True).fill("fr")
    sending.get_by_label("Request content type").select_option("multipart/form-data")
    # Nothing is made up for those who leave a field empty.
    expect(sending.get_by_label("title", exact=True)).to_have_value("")
    sending.get_by_label("sub_format", exact=True).fill("srt")
    file = tmp_path / "tried.srt"
    file.write_text(SRT)
    with page.expect_file_chooser() as chooser:
        sending.locator("input[type=file]").click()
    chooser.value.set_files(file)
    assert json.loads(answer(sending, 201))["version_number"] == 1
    version = SubtitleVersion.objects.get(language__video=video)
    assert (version.author, version.language.language_code) == (ana, "fr")
    assert "Hello" in dump(track_of(version.pk), "srt")


def test_no_barrier_in_the_reference(page: Page) -> None:
    """Closed, opened and answered, and where the key is entered. Of one tag, since the others are
    the same a hundred times, and axe looks at each."""
    page.goto("/api/docs/")
    expect(page.get_by_role("heading", name="Requests", exact=True)).to_be_attached()
    page.get_by_placeholder("Filter by tag").fill("message")
    expect(page.locator(".opblock")).to_have_count(1)
    assert_no_barrier(page)
    sending = operation(page, "post", "/api/message/")
    sending.get_by_label("Request content type").select_option("multipart/form-data")
    expect(sending.get_by_label("subject", exact=True)).to_have_value("")
    for field in ("subject", "content"):
        sending.get_by_label(field, exact=True).fill("Tea?")
    answer(sending, 401)
    assert_no_barrier(page)
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.get_by_role("dialog", name="Available authorizations")).to_be_visible()
    assert_no_barrier(page)

"""The player in a real browser: a film of our own, and frames that speak as the providers' do."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from subtitles.models import SubtitleLanguage, SubtitleVersion
from tests.factories import VideoFactory, add_subtitles
from tests.pages.film import FILM_URL, film, show
from tests.pages.test_browser import PATIENCE, chromium
from tests.pages.test_videos_in_a_browser import assert_no_barrier, harbour, log_in
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium", "film", "harbour"]

SRT = """1
00:00:01,000 --> 00:00:03,000
The <i>harbour</i> wakes

2
00:00:05,000 --> 00:00:08,000
A boat comes in
"""
SHOWN = """() => {
  const media = document.querySelector("video");
  const track = [...media.textTracks].find((each) => each.mode === "showing");
  return [...(track?.activeCues ?? [])].map((cue) => cue.getCueAsHTML().textContent);
}"""


@pytest.fixture
def context(chromium: Browser, live_server: Any) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live_server.url)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def seek(page: Page, seconds: float) -> None:
    page.evaluate("s => { document.querySelector('video').currentTime = s }", seconds)


def wait_for_cue(page: Page, *texts: str) -> None:
    page.wait_for_function(f"want => JSON.stringify(({SHOWN})()) === want", arg=_json(texts))


def _json(texts: tuple[str, ...]) -> str:
    return "[" + ",".join(f'"{text}"' for text in texts) + "]"


def test_a_film_plays_and_its_cue_appears_at_its_time(context: BrowserContext, film: bytes) -> None:
    show(context, film)
    video = VideoFactory(video_url=FILM_URL, primary_audio_language_code="en")
    add_subtitles(video, "en", SRT)
    page = context.new_page()
    page.goto(f"/videos/{video.video_id}/")
    expect(page.locator("[data-tracks]")).to_have_value("en")
    page.evaluate("document.querySelector('video').play()")
    wait_for_cue(page, "The harbour wakes")
    page.evaluate("document.querySelector('video').pause()")
    seek(page, 6)
    wait_for_cue(page, "A boat comes in")


# --- the page of a version ------------------------------------------------------------------------


def page_of(version: Any) -> str:
    language = version.language
    place = [language.video.video_id, language.language_code, language.pk, version.pk]
    return reverse("subtitles-page", args=place)


def test_the_list_follows_the_film_and_leads_it(context: BrowserContext, film: bytes) -> None:
    show(context, film)
    video = VideoFactory(video_url=FILM_URL, primary_audio_language_code="en", duration=20)
    add_subtitles(video, "en", SRT)
    second = add_subtitles(video, "en", SRT.replace("A boat", "The boat").replace("0:05", "0:06"))
    page = context.new_page()
    page.goto(page_of(second))
    rows = page.locator("[data-cues] > li")
    expect(rows.nth(0).locator("i").last).to_have_text("harbour")
    expect(page.get_by_role("img", name="Timeline: 2 subtitles")).to_be_visible()
    # By keyboard: one stop for Tab, then arrows.
    rows.nth(0).locator("time a").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    wait_for_cue(page, "The boat comes in")
    page.evaluate("document.querySelector('video').pause()")
    rows.nth(0).locator("time a").click()
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    expect(rows.nth(1)).not_to_have_attribute("aria-current", "true")
    page.evaluate("document.querySelector('video').pause()")
    strip = page.locator("[data-strip]")
    width = (strip.bounding_box() or {})["width"]
    strip.click(position={"x": width * 7 / 20, "y": 5})
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    wait_for_cue(page, "The boat comes in")


def test_an_old_version_says_so_and_every_version_says_how_it_came_about(
    context: BrowserContext,
) -> None:
    video = VideoFactory(title="The harbour wakes")
    first = add_subtitles(video, "fr", SRT)
    add_subtitles(video, "fr", SRT, origin="web-editor", note="Commas were mended.")
    page = context.new_page()
    page.goto(page_of(first))
    expect(page.get_by_text("A newer version exists: version 2")).to_be_visible()
    newest = page.get_by_role("listitem").filter(has_text="Commas were mended.")
    expect(newest).to_contain_text("Editor")
    page.get_by_role("link", name="version 2", exact=True).click()
    expect(page.get_by_text("A newer version exists")).to_have_count(0)
    expect(page.get_by_label("Compare version")).to_have_value("1")
    expect(page.get_by_label("with version")).to_have_value("2")


def test_a_film_that_is_not_there_is_said_not_to_play(context: BrowserContext) -> None:
    context.route(FILM_URL, lambda route: route.fulfill(status=404))
    video = VideoFactory(video_url=FILM_URL)
    version = add_subtitles(video, "en", SRT)
    for path in (f"/videos/{video.video_id}/", page_of(version)):
        page = context.new_page()
        page.goto(path)
        # Its promise is never kept.
        page.evaluate("void document.querySelector('video').play()")
        expect(page.get_by_role("status")).to_contain_text("The film cannot be played here")


# --- frames: what answers here is a page of ours that speaks as YouTube's and Vimeo's do ----------

YOUTUBE_FRAME = """<!doctype html><title>film</title><script>
let listens = false, at = 0;
const tell = (event, info) => parent.postMessage(JSON.stringify({event, info, id: 1}), "*");
addEventListener("message", ({data}) => {
  const {event, func, args} = JSON.parse(data);
  if (event === "listening" && !listens) {
    listens = true;
    tell("initialDelivery", {duration: 20, currentTime: 0, playerState: 5, playbackRate: 1});
    tell("onReady", null);
  }
  if (func === "seekTo") { at = args[0]; tell("infoDelivery", {currentTime: at}); }
  if (func === "playVideo") { tell("onStateChange", 1); tell("infoDelivery", {currentTime: at}); }
  if (func === "pauseVideo") tell("onStateChange", 2);
});
</script>"""
VIMEO_FRAME = """<!doctype html><title>film</title><script>
let at = 0;
const tell = (said) => parent.postMessage(JSON.stringify(said), "*");
const told = () => tell({event: "timeupdate", data: {seconds: at, duration: 20}});
addEventListener("message", ({data}) => {
  const {method, value} = JSON.parse(data);
  if (method === "ping") tell({method: "ping"});
  if (method === "getDuration") tell({method, value: 20});
  if (method === "setCurrentTime") { at = value; told(); }
  if (method === "play") { tell({event: "play", data: {seconds: at}}); told(); }
});
</script>"""


@pytest.mark.parametrize(
    ("url", "frame_url", "frame"),
    [
        (
            "https://www.youtube.com/watch?v=abcdefghijk",
            "https://www.youtube-nocookie.com/embed/abcdefghijk?*",
            YOUTUBE_FRAME,
        ),
        ("https://vimeo.com/123456/0a1b2c3d4e", "https://player.vimeo.com/**", VIMEO_FRAME),
    ],
)
def test_our_cues_stand_below_a_providers_frame_in_its_time(
    context: BrowserContext, url: str, frame_url: str, frame: str
) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=frame, content_type="text/html")

    context.route(frame_url, answer)
    video = VideoFactory(video_url=url)
    version = add_subtitles(video, "en", SRT)
    page = context.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.resource_type))
    page.goto(page_of(version))
    caption = page.locator("[data-caption]")
    times = page.locator("[data-cues] time a")
    # A click before the frame has answered would lead nowhere.
    page.wait_for_function(
        """async () => {
          const link = document.querySelector("script[src*=follow]").src;
          const own = await import(link.replace(/follow[^/]*$/, "player.js"));
          return own.openPlayer(document.querySelector("[data-player]")).duration === 20000;
        }"""
    )
    times.nth(1).click()
    expect(caption).to_have_text("A boat comes in")
    times.nth(0).click()
    expect(caption).to_have_text("The harbour wakes")
    expect(caption.locator("i")).to_have_text("harbour")
    page.locator("[data-tracks]").select_option("")
    expect(caption).to_have_text("")
    assert len(asked) == 1
    assert ("origin=http" in asked[0]) == ("youtube" in asked[0])
    assert ("h=0a1b2c3d4e" in asked[0]) == ("vimeo" in asked[0])


def test_what_cannot_be_played_is_said_and_its_cues_are_read(context: BrowserContext) -> None:
    video = VideoFactory(video_url="https://www.dailymotion.com/video/x7tgad0")
    page = context.new_page()
    page.goto(page_of(add_subtitles(video, "en", SRT)))
    expect(page.get_by_text("This film is on Dailymotion, whose player cannot")).to_be_visible()
    expect(page.get_by_text("A boat comes in")).to_be_visible()
    expect(page.get_by_label("Follow the film")).to_be_hidden()


def test_without_scripts_the_film_and_its_track_are_there(
    chromium: Browser, live_server: Any, film: bytes
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    show(context, film)
    video = VideoFactory(video_url=FILM_URL)
    page = context.new_page()
    with page.expect_response("**/subtitles/?format=vtt&version_number=1") as track:
        page.goto(page_of(add_subtitles(video, "en", SRT)))
    assert track.value.ok
    expect(page.locator("video")).to_have_attribute("controls", "")
    expect(page.get_by_text("A boat comes in")).to_be_visible()
    expect(page.get_by_label("Follow the film")).to_be_hidden()
    context.close()


# --- long stories ---------------------------------------------------------------------------------


def test_a_member_watches_a_draft_restores_an_older_version_and_sees_that_play(
    context: BrowserContext, film: bytes, harbour: Video
) -> None:
    """On the way: drafts in the menu for those who may, and no barrier on either page."""
    show(context, film, harbour.urls.get().url)
    first = add_subtitles(harbour, "en", SRT, action="publish")
    draft = add_subtitles(harbour, "de", SRT.replace("harbour", "Hafen"))
    SubtitleVersion.objects.filter(pk=draft.pk).update(is_public=False)
    SubtitleLanguage.objects.filter(pk=draft.language_id).update(public_tip=None)
    bad = SRT.replace("A boat", "<font color='#ffff00'>V4ndal</font>")
    second = add_subtitles(harbour, "en", bad, action="publish")
    page = context.new_page()
    page.goto(f"/videos/{harbour.video_id}/")
    expect(page.locator("[data-tracks] option")).to_have_text(["none", "English"])
    page.goto("/auth/login/")
    log_in(page)
    page.wait_for_url("**/work/")
    page.goto(f"/videos/{harbour.video_id}/")
    expect(page.locator("[data-tracks] option")).to_have_text(["none", "English", "German (draft)"])
    assert_no_barrier(page)
    page.locator("[data-tracks]").select_option("de")
    page.evaluate("document.querySelector('video').play()")
    wait_for_cue(page, "The Hafen wakes")
    page.goto(page_of(second))
    expect(page.locator("[data-cues]")).to_contain_text("V4ndal")
    assert_no_barrier(page)
    page.goto(page_of(first))
    number = first.version_number
    expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    page.get_by_role("button", name=f"Restore version {number}", exact=True).click()
    expect(page.get_by_text(f"Version {number} is the newest again")).to_be_visible()
    page.goto(f"/videos/{harbour.video_id}/")
    page.evaluate("document.querySelector('video').play()")
    wait_for_cue(page, "The harbour wakes")
    seek(page, 6)
    wait_for_cue(page, "A boat comes in")


def test_five_thousand_cues_are_followed_to_the_last(context: BrowserContext, film: bytes) -> None:
    show(context, film)
    # Nearly all of them in the first seconds, the last ten a second each.
    starts = [*range(4990), *range(6_000, 16_000, 1_000)]
    text = "\n\n".join(
        f"{n}\n00:00:{start // 1000:02},{start % 1000:03} --> "
        f"00:00:{(start + 1000) // 1000:02},{start % 1000:03}\nLine {n}."
        for n, start in enumerate(starts, 1)
    )
    version = add_subtitles(VideoFactory(video_url=FILM_URL), "en", text)
    page = context.new_page()
    page.goto(page_of(version))
    rows = page.locator("[data-cues] > li")
    rows.nth(0).locator("a").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#c5000")).to_have_attribute("aria-current", "true")
    page.evaluate("document.querySelector('video').pause()")
    page.keyboard.press("Home")
    expect(page.locator("#c1")).to_be_in_viewport()
    seek(page, 7.5)
    expect(page.locator("#c4992")).to_have_attribute("aria-current", "true")
    expect(page.locator("#c4992")).to_be_in_viewport()
    assert page.locator("[data-cues] a[tabindex='0']").count() == 1

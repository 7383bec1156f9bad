"""Stories of the editor in a real browser."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import track_of
from tests.factories import UserFactory, VideoFactory, add_subtitles
from tests.pages.barriers import violations
from tests.pages.film import FILM_URL, film, show
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import assert_no_barrier, visit
from users.models import User
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium", "film"]

SRT = """1
00:00:01,000 --> 00:00:03,000
The <i>harbor</i> wakse

2
00:00:05,000 --> 00:00:08,000
A boat comes in

3
00:00:09,000 --> 00:00:11,000
Nobody sees it
"""


@pytest.fixture
def harbour(db: None) -> Video:
    for name in ("ana", "ben"):
        user = UserFactory(username=name)
        user.set_password("open sesame")
        user.save()
    video = VideoFactory(
        user=User.objects.get(username="ana"),
        video_url=FILM_URL,
        title="The harbour wakes",
        primary_audio_language_code="en",
    )
    add_subtitles(video, "en", SRT)
    return video


@pytest.fixture
def browsers(chromium: Browser, live_server: Any, film: bytes) -> Iterator[Any]:
    """Makes a browser of its own for a person, who has logged in, and gives its page."""
    contexts: list[BrowserContext] = []

    def open_for(name: str) -> Page:
        context = visit(chromium, live_server, viewport={"width": 1280, "height": 900})
        contexts.append(context)
        show(context, film)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        context.on("close", lambda _: wrong and pytest.fail("; ".join(wrong)))
        page.goto("/auth/login/?next=/videos/")
        log_in(page, name)
        page.wait_for_url("**/videos/")
        return page

    yield open_for
    for context in contexts:
        context.close()


def log_in(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()


def edit(page: Page, video: Video, code: str = "en", query: str = "") -> None:
    page.goto(f"/videos/{video.video_id}/{code}/edit/{query}")
    opened(page)


def opened(page: Page) -> None:
    expect(page.locator("[data-editor][data-ready=true]")).to_be_visible()


def text(page: Page, number: int) -> Any:
    return page.get_by_label(f"Text of cue {number}", exact=True)


def saved(page: Page, number: int) -> None:
    expect(page.locator("[data-part=said]")).to_contain_text(f"Version {number} is saved.")


def newest(video: Video, code: str = "en") -> list[tuple[int | None, int | None, str]]:
    language = SubtitleLanguage.objects.get(video=video, language_code=code)
    assert language.tip_id is not None
    return [(cue.start, cue.end, cue.text) for cue in track_of(language.tip_id).cues]


def kept(page: Page, words: str) -> None:
    """Waits until the browser keeps what was typed."""
    page.wait_for_function(
        "words => Object.values(localStorage).some(each => each.includes(words))", arg=words
    )


def drag_the_end(page: Page) -> None:
    """Of the first cue, on the strip. That may be drawn anew between a look and a press, which then
    meets nothing: so it is tried again."""
    end = page.get_by_label("End of cue 1", exact=True)
    was = end.input_value()
    for _ in range(5):
        edge = page.locator("[data-part=timeline] [data-edge=end]").first
        box = edge.evaluate("each => each.getBoundingClientRect().toJSON()")
        page.mouse.move(box["x"] + 2, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + 5, steps=3)
        page.mouse.up()
        with suppress(AssertionError):
            expect(end).not_to_have_value(was, timeout=2_000)
            return


def test_one_typo_is_mended_and_nothing_else_changes(browsers: Any, harbour: Video) -> None:
    """From the video's page in four clicks; then the film, the strip, undo, and barriers."""
    page = browsers("ana")
    page.goto(f"/videos/{harbour.video_id}/")
    clicks = 0
    for thing in (
        page.get_by_role("link", name="Edit English", exact=True),
        text(page, 1),
        page.get_by_role("button", name="Save", exact=True),
    ):
        thing.click()
        clicks += 1
        if clicks == 2:
            text(page, 1).fill("The <i>harbour</i> wakes")
    saved(page, 2)
    assert clicks < 5
    version = SubtitleVersion.objects.get(language__video=harbour, version_number=2)
    assert (version.origin, version.author) == ("web-editor", harbour.user)
    assert newest(harbour)[0] == (1000, 3000, "The harbour wakes")
    assert newest(harbour)[1:] == [(5000, 8000, "A boat comes in"), (9000, 11000, "Nobody sees it")]

    # The film: a start is set at the playhead, the cue is drawn at its time, and all is undone.
    page.evaluate("document.querySelector('video').currentTime = 6")
    text(page, 2).click()
    page.wait_for_function("document.querySelector('video').seeking === false")
    page.keyboard.press("Alt+i")
    expect(page.get_by_label("Start of cue 2", exact=True)).to_have_value("0:06.000")
    page.keyboard.press("Alt+j")
    page.wait_for_function("document.querySelector('video').currentTime === 4")
    drag_the_end(page)
    expect(page.get_by_label("End of cue 1", exact=True)).not_to_have_value("0:03.000")
    for _ in range(2):
        page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_label("End of cue 1", exact=True)).to_have_value("0:03.000")
    expect(page.get_by_label("Start of cue 2", exact=True)).to_have_value("0:05.000")
    expect(page.locator("[data-part=saved]")).to_have_text("Version 2 is saved.")
    assert_no_barrier(page)
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Back two seconds")
    assert violations(page).violations_count == 0


def test_a_translation_by_keyboard_alone(browsers: Any, harbour: Video) -> None:
    page = browsers("ana")
    page.goto(f"/videos/{harbour.video_id}/de/edit/?from=en")
    opened(page)
    begin = page.get_by_role("button", name="Begin with the times of English")
    for _ in range(60):
        if begin.evaluate("each => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(text(page, 1)).to_be_focused()
    expect(page.locator(".rows .source").first).to_have_text("The harbor wakse")
    page.keyboard.type("Der <i>Hafen</i> erwacht")
    page.keyboard.press("Alt+ArrowDown")
    expect(text(page, 2)).to_be_focused()
    page.keyboard.type("Ein Boot & ein Mann")
    # Split before the man, join again, and a cue more.
    for _ in "& ein Mann":
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Alt+Enter")
    expect(text(page, 3)).to_have_value("& ein Mann")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+m")
    expect(text(page, 2)).to_have_value("Ein Boot\n& ein Mann")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(text(page, 3)).to_be_focused()
    page.keyboard.type("Keiner sieht es")
    page.keyboard.press("Control+Enter")
    expect(text(page, 4)).to_be_focused()
    page.keyboard.type("Ende")
    # Its times, typed and then nudged.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("12")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("13,5")
    page.keyboard.press("Control+s")
    saved(page, 2)
    assert newest(harbour, "de") == [
        (1000, 3000, "Der Hafen erwacht"),
        (5000, 8000, "Ein Boot\n& ein Mann"),
        (9000, 11000, "Keiner sieht es"),
        (12100, 13500, "Ende"),
    ]
    assert violations(page).violations_count == 0


def test_two_editors_at_once_lose_no_word(browsers: Any, harbour: Video) -> None:
    ana, ben = browsers("ana"), browsers("ben")
    edit(ana, harbour)
    edit(ben, harbour)
    text(ana, 2).fill("A boat, by ana")
    text(ana, 3).fill("Nobody, by ana")
    text(ben, 1).fill("The harbour, by ben")
    text(ben, 2).fill("A boat, by ben")
    ana.keyboard.press("Control+s")
    saved(ana, 2)
    ben.keyboard.press("Control+s")
    meeting = ben.get_by_role("region", name="Two people changed the same")
    expect(meeting).to_contain_text("A boat, by ana")
    expect(meeting).to_contain_text("A boat, by ben")
    expect(ben.locator(".cue-list[inert]")).to_be_attached()
    assert_no_barrier(ben)
    meeting.get_by_role("button", name="Back, change nothing").click()
    expect(text(ben, 2)).to_have_value("A boat, by ben")
    ben.get_by_role("button", name="Save", exact=True).click()
    meeting.get_by_label("Both").check()
    together = meeting.get_by_role("button", name="Put together")
    together.click()
    expect(meeting).to_be_hidden()
    # Undone, the other's words are gone here; so a save shows them once more.
    ben.get_by_role("button", name="Undo", exact=True).click()
    expect(text(ben, 3)).to_have_value("Nobody sees it")
    ben.get_by_role("button", name="Save", exact=True).click()
    expect(meeting).to_contain_text("In one place you both changed the same.")
    meeting.get_by_label("Both").check()
    together.click()
    ben.get_by_role("button", name="Save", exact=True).click()
    saved(ben, 3)
    assert [words for _, _, words in newest(harbour)] == [
        "The harbour, by ben",
        "A boat, by ben",
        "A boat, by ana",
        "Nobody, by ana",
    ]
    # A button is for the version that is seen: with another one it does nothing but show that.
    ana.reload()
    opened(ana)
    text(ana, 1).fill("The harbour, by both")
    ana.keyboard.press("Control+s")
    saved(ana, 4)
    ben.get_by_role("button", name="Publish", exact=True).click()
    expect(ben.locator("[data-part=said]")).to_contain_text("ana saved version 4, which")
    assert not harbour.activity.filter(type="action-performed").exists()
    expect(text(ben, 1)).to_have_value("The harbour, by both")
    ben.get_by_role("button", name="Publish", exact=True).click()
    expect(ben.locator("[data-part=said]")).to_contain_text("Publish: done.")


def test_work_outlives_the_page_and_the_session(browsers: Any, harbour: Video) -> None:
    page = browsers("ana")
    edit(page, harbour)
    text(page, 2).fill("A boat that was never saved")
    kept(page, "never saved")
    context = page.context
    page.close()

    page = context.new_page()
    edit(page, harbour)
    expect(text(page, 2)).to_have_value("A boat that was never saved")
    expect(page.locator("[data-part=said]")).to_contain_text("is here again")
    # Somebody logs out in another tab: it is said, and saving works after the next login there.
    other = context.new_page()
    other.goto("/videos/")
    other.get_by_role("button", name="Log out", exact=True).click()
    expect(other.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.locator("[data-part=said]")).to_contain_text("no longer logged in")
    for name, said in (("ben", "logged in as ben now"), ("ana", "Version 2 is saved.")):
        other.goto("/auth/login/?next=/videos/")
        log_in(other, name)
        other.wait_for_url("**/videos/")
        save.click()
        expect(page.locator("[data-part=said]")).to_contain_text(said)
        if name == "ben":
            other.get_by_role("button", name="Log out", exact=True).click()
            expect(other.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert newest(harbour)[1][2] == "A boat that was never saved"
    assert page.evaluate("localStorage.length") == 0

    # A newer version while the browser was closed: both are put together.
    text(page, 1).fill("Kept upon version 2")
    kept(page, "Kept upon")
    page.close()
    add_subtitles(harbour, "en", SRT.replace("Nobody", "Everybody"))
    page = context.new_page()
    edit(page, harbour)
    expect(page.locator("[data-part=said]")).to_contain_text("There is a newer version")
    expect(text(page, 1)).to_have_value("Kept upon version 2")
    expect(text(page, 3)).to_have_value("Everybody sees it")


def test_thousands_of_cues_show_what_is_typed(browsers: Any, harbour: Video) -> None:
    cues = [{"start": n * 2700, "end": n * 2700 + 2500, "text": f"cue {n}"} for n in range(4000)]
    add_subtitles(harbour, "en", orjson.dumps(cues).decode(), source_format="json")
    page = browsers("ana")
    edit(page, harbour)
    expect(page.locator(".rows > li").first).to_have_attribute("aria-setsize", "4000")
    assert page.locator(".rows > li").count() < 40
    page.locator(".cue-list").evaluate("each => { each.scrollTop = each.scrollHeight }")
    last = text(page, 4000)
    expect(last).to_have_value("cue 3999")
    last.press("End")
    page.keyboard.type("!")
    expect(last).to_have_value("cue 3999!")
    page.keyboard.press("Control+s")
    saved(page, 3)
    assert newest(harbour)[-1][2] == "cue 3999!"
    assert len(newest(harbour)) == 4000


def test_without_a_player_times_are_typed(browsers: Any, harbour: Video) -> None:
    video = VideoFactory(user=harbour.user, video_url="https://www.dailymotion.com/video/x7tgad0")
    page = browsers("ana")
    edit(page, video)
    expect(page.get_by_role("button", name="Play or pause")).to_be_disabled()
    page.get_by_role("button", name="Write the first cue").click()
    # The report while typing.
    text(page, 1).fill("Thanks for watching!")
    expect(page.get_by_text("1 of 1 cues may need a look.")).to_be_visible()
    text(page, 1).fill("Typed")
    expect(page.get_by_text("may need a look")).to_be_hidden()
    page.get_by_label("End of cue 1", exact=True).fill("1.5")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page, 1)
    assert newest(video) == [(0, 1500, "Typed")]


WRONG = """1
00:00:01,000 --> 00:00:02,000
Far too many words for one second, and a line that does not end

2
00:00:05,000 --> 00:00:08,000
A boat comes in

3
00:00:07,000 --> 00:00:11,000
Nobody sees it
"""
OTHERS = """1
00:00:01,000 --> 00:00:02,000
Zu viel

2
00:00:05,000 --> 00:00:08,000
Ein Boot

3
00:00:08,000 --> 00:00:11,000
Keiner

4
00:00:13,000 --> 00:00:15,000
Das fehlt hier
"""


def test_what_is_wrong_is_seen_at_once_and_what_is_missing_beside(
    browsers: Any, harbour: Video
) -> None:
    add_subtitles(harbour, "en", WRONG)
    add_subtitles(harbour, "de", OTHERS)
    page = browsers("ana")
    # What the server says later is not waited for.
    page.route("**/subtitles/?dry_run=true", lambda route: route.abort())
    edit(page, harbour, query="?from=de")
    boxes = page.locator("[data-part=timeline] .box")
    expect(boxes).to_have_count(3)
    wrong = page.locator("[data-part=timeline] .box.wrong")
    expect(wrong).to_have_count(2)
    expect(wrong.last.locator("title")).to_contain_text("It begins before cue 2 has ended.")
    said = page.locator("[data-part=wrong]")
    expect(said).to_contain_text("Cue 1: Its longest line has 63 characters; 42 are the most.")
    report = page.locator("[data-part=report]")
    expect(report).to_have_text(
        "2 of 3 cues may need a look. 1 cue of the language beside has no cue here yet."
    )
    text(page, 1).fill("Short")
    expect(said).to_be_empty()
    expect(wrong).to_have_count(1)
    page.get_by_label("Start of cue 3", exact=True).fill("8")
    text(page, 3).click()
    expect(wrong).to_have_count(0)
    # What has no cue here: beside, on the strip, and a new cue takes its times.
    expect(page.locator(".rows .source").last).to_have_text(
        "Keiner No cue here yet: Das fehlt hier"
    )
    expect(page.locator("[data-part=timeline] .lone")).to_have_count(1)
    page.get_by_role("button", name="New cue", exact=True).click()
    expect(page.get_by_label("Start of cue 4", exact=True)).to_have_value("0:13.000")
    expect(page.locator("[data-part=timeline] .lone")).to_have_count(0)


@pytest.mark.parametrize(("width", "size"), [(1280, "200%"), (390, "100%"), (390, "200%")])
def test_large_letters_have_room(browsers: Any, harbour: Video, width: int, size: str) -> None:
    """Rows grow with the letters: nothing is cut, and no row lies over another."""
    add_subtitles(harbour, "en", WRONG)
    add_subtitles(harbour, "de", OTHERS)
    page = browsers("ana")
    page.set_viewport_size({"width": width, "height": 900})
    edit(page, harbour, query="?from=de")
    expect(page.locator("[data-part=wrong]")).not_to_be_empty()
    page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
    # The rows have their new places: the second begins where the first ends.
    page.wait_for_function(
        "() => { const [one, two] = [...document.querySelectorAll('.rows > li')]"
        ".map(each => each.getBoundingClientRect());"
        "return one.height > 100 && Math.abs(one.bottom - two.top) < 1 }"
    )
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.rows > li')].flatMap((row) => {
            const { bottom, right } = row.getBoundingClientRect();
            return [...row.querySelectorAll('input, textarea, .counts, .wrong, .source')]
                .filter((each) => {
                    const box = each.getBoundingClientRect();
                    const over = each.matches('.counts') && each.scrollWidth > each.clientWidth + 1;
                    return box.bottom > bottom + 1 || box.right > right + 1 || over;
                }).map((each) => `${each.className || each.tagName} of ${row.dataset.id}`);
        })"""
    )
    assert cut == []
    assert page.evaluate(
        "() => { const each = document.querySelector('[data-part=wrong]');"
        "return each.scrollWidth <= each.clientWidth }"
    )
    wide = page.evaluate(
        "() => [...document.querySelectorAll('main *')].filter("
        "each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML)"
    )
    assert wide == []


def test_without_scripts_there_are_links_that_work(
    browsers: Any, chromium: Browser, live_server: Any, harbour: Video
) -> None:
    cookies = browsers("ana").context.cookies()
    context = visit(chromium, live_server, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"/videos/{harbour.video_id}/en/edit/?from=de")
    main = page.get_by_role("main")
    # Playwright takes what is in there for hidden, by its role.
    inside = page.locator("noscript > div")
    expect(inside.locator("p").first).to_contain_text("The editor needs JavaScript.")
    expect(main.get_by_role("button")).to_have_count(0)
    expect(main.get_by_role("textbox")).to_have_count(0)
    href = inside.locator("[aria-label='Download as SRT']").get_attribute("href")
    assert "<i>harbor</i> wakse" in page.request.get(f"{live_server.url}{href}").text()
    inside.locator("a.button").click()
    page.wait_for_url("**/work/?language=en")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()

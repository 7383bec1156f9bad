"""Videos in frames of other sites: by an iframe, by the markup and scripts of Amara's time, and by
oEmbed; what strangers may not see is not there, whoever looks."""

import json
import re
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode
from xml.dom.minidom import parseString

import pytest
from django.core.signals import request_started
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from amara_api import demo
from subtitles.models import SubtitleLanguage, SubtitleVersion
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.headers import headers_of
from tests.pages.barriers import violations
from tests.pages.film import FILM_URL, film, show
from tests.pages.test_browser import FLAGS, PATIENCE, chromium
from tests.pages.test_player import SRT
from tests.pages.test_videos_in_a_browser import log_in
from videos.models import Video

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chromium", "film"]

SHOWN = """() => {
  const track = [...document.querySelector("video").textTracks].find((t) => t.mode === "showing");
  return [...(track?.activeCues ?? [])].map((cue) => cue.getCueAsHTML().textContent).join();
}"""
FRENCH = SRT.replace("The <i>harbour</i> wakes", "Le port s'éveille").replace("A boat", "Un bateau")
# Each way in which pages put a video into themselves; SERVER is ours, and nothing else was changed.
MARKUP = {
    "iframe": '<iframe src="SERVER/embed/ID/?language=fr&transcript=1" title="Film"></iframe>',
    "embedder-iframe": '<script src="SERVER/embedder-iframe"></script><div class="amara-embed" '
    'data-height="480px" data-width="854px" data-resizable="true" data-initial-language="fr" '
    f'data-show-subtitles-default="true" data-show-transcript-default="true" data-url="{FILM_URL}"'
    ' data-team="null"></div>',
    "embed.js": '<script type="text/javascript" src="SERVER/embed.js">\n({video_url: '
    f"\"{FILM_URL}\", base_state: {{language: 'fr'}}, video_config: {{width: 500}}}})\n</script>",
    "_amara": '<div id="here"></div><script>var _amara = [["embedVideo", {"div": "here", "url": '
    f'"{FILM_URL}", "initial_language": "fr"}}]]</script><script src="SERVER/embedder-iframe/" '
    "async></script>",
    "frame": '<iframe title="Film" src="SERVER/embedder-widget-iframe/?data=%7B%22url%22:%22'
    f'{FILM_URL}%22,%22initialLanguage%22:%22fr%22%7D"></iframe>',
}


@pytest.fixture
def video(db: None) -> Video:
    video = VideoFactory(
        title="Harbour & <sea>", video_url=FILM_URL, primary_audio_language_code="en", duration=20
    )
    add_subtitles(video, "en", SRT)
    add_subtitles(video, "fr", FRENCH)
    return video


@pytest.fixture
def hidden(db: None) -> Video:
    """Of a team that shows nothing."""
    team = TeamFactory(slug="hush", is_visible=False)
    TeamMemberFactory(team=team, user=UserFactory(username="ana"))
    video = VideoFactory(team=team, video_url="https://media.example.com/hidden.webm")
    add_subtitles(video, "en", SRT)
    return video


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture
def blog() -> Iterator[Any]:
    """Another site, on this machine: browsers let no page from elsewhere look into it."""
    html = {"body": ""}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f"<!doctype html><html lang=en><title>blog</title><h1>A blog</h1>{html['body']}"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()

        def write(body: str) -> str:
            html["body"] = body
            return f"http://127.0.0.1:{server.server_port}/"

        yield write
        server.shutdown()
        thread.join()


def reader(chromium: Browser) -> tuple[Page, list[str]]:
    """A browser, and what its console says is wrong."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    context.route("**/favicon.ico", lambda route: route.fulfill(body=""))
    return page, wrong


def test_each_markup_shows_the_film_with_captions(
    chromium: Browser, live_server: Any, film: bytes, video: Video, blog: Any
) -> None:
    for name, markup in MARKUP.items():
        body = markup.replace("SERVER", live_server.url).replace("ID", video.video_id)
        page, wrong = reader(chromium)
        show(page.context, film)
        page.goto(blog(body))
        page.locator("iframe").wait_for()
        frame = page.locator("iframe").element_handle().content_frame()
        assert frame is not None, name
        frame.wait_for_selector("video")
        frame.wait_for_function(
            "() => !document.querySelector('[data-tracks]').closest('[hidden]')"
        )
        frame.evaluate("document.querySelector('video').play()")
        frame.evaluate("document.querySelector('video').currentTime = 6")
        frame.wait_for_function(f"() => ({SHOWN})() === 'Un bateau comes in'")
        assert page.context.cookies() == [], name
        if name == "embedder-iframe":
            # The frame becomes as high as what is in it.
            page.wait_for_function(
                "() => { const f = document.querySelector('iframe');"
                " return f.offsetWidth === 854 && f.offsetHeight > 600; }"
            )
            assert frame.get_attribute("details", "open") is not None
        if name == "iframe":
            a_reader_chooses_a_language(page, frame)
        assert wrong == [], name
        page.context.close()


def a_reader_chooses_a_language(page: Page, frame: Any) -> None:
    rows = frame.locator("[data-cues] > li")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    expect(rows.nth(1)).to_contain_text("Un bateau")
    before = rows.nth(1).locator("time").inner_text().split()
    frame.locator("[data-tracks]").select_option("en")
    expect(rows.nth(1)).to_contain_text("A boat comes in")
    # Written as the server does.
    assert rows.nth(1).locator("time").inner_text().split() == before
    frame.evaluate("document.querySelector('video').pause()")
    # One stop for the Tab key, then arrows.
    assert frame.locator("[data-cues] a[tabindex='0']").count() == 1
    rows.nth(1).locator("a").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    frame.evaluate("document.querySelector('video').pause()")
    frame.wait_for_function(f"() => ({SHOWN})() === 'The harbour wakes'")
    found = violations(page, runOnly=["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    assert found.response["violations"] == []


def test_a_frame_says_that_there_is_nothing_and_plays_without_scripts(
    chromium: Browser, live_server: Any, hidden: Video, video: Video, blog: Any
) -> None:
    body = f'<iframe title="Film" src="{live_server.url}/embed/{hidden.video_id}/"></iframe>'
    page, _ = reader(chromium)
    page.goto(blog(body))
    said = page.frame_locator("iframe").get_by_text("There is no such video here")
    expect(said).to_be_visible()
    page.context.close()
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    context.route(FILM_URL, lambda route: route.fulfill(status=404))
    page.goto(f"/embed/{video.video_id}/?transcript=1")
    # By the keyboard: a mouse must scroll there first, and on a busy machine its click was lost.
    page.get_by_role("link", name="French", exact=True).press("Enter")
    expect(page.get_by_text("Un bateau comes in")).to_be_visible()
    context.close()


def test_on_another_site_a_frame_gets_no_cookie_and_shows_no_draft(
    chromium: Browser, live_server: Any, film: bytes, video: Video, blog: Any
) -> None:
    """Not only of another port: of another domain, in the browser of somebody who has logged in."""
    person = UserFactory(username="ana", is_superuser=True, is_staff=True)
    person.set_password("open sesame")
    person.save()
    SubtitleVersion.objects.filter(language__language_code="fr").update(is_public=False)
    SubtitleLanguage.objects.filter(language_code="fr").update(public_tip=None)
    elsewhere = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[*FLAGS, "--host-resolver-rules=MAP blog.example 127.0.0.1"],
    )
    page, wrong = reader(elsewhere)
    show(page.context, film)
    page.goto(f"{live_server.url}/auth/login/?next=/videos/{video.video_id}/")
    log_in(page)
    page.wait_for_url(f"**/videos/{video.video_id}/")
    expect(page.get_by_role("main")).to_contain_text("French")
    frame_at = f"{live_server.url}/embed/{video.video_id}/?language=fr&transcript=1"
    here = blog(f'<iframe title="Film" src="{frame_at}"></iframe>')
    # As the server gets it: what intercepts requests does not see all headers.
    asked: list[dict[str, Any]] = []

    def note(environ: dict[str, Any], **_: object) -> None:
        if environ["PATH_INFO"].startswith("/embed/"):
            asked.append(environ)

    request_started.connect(note)
    try:
        page.goto(here.replace("127.0.0.1", "blog.example"))
        expect(page.frame_locator("iframe").locator("video")).to_be_visible()
    finally:
        request_started.disconnect(note)
    (sent,) = asked
    assert sent["HTTP_SEC_FETCH_SITE"] == "cross-site"
    assert "HTTP_COOKIE" not in sent
    inside = page.frame_locator("iframe")
    expect(inside.locator("body")).to_contain_text("A boat comes in")
    expect(inside.locator("body")).not_to_contain_text("Un bateau")
    expect(inside.locator("[data-tracks] option")).to_have_text(["none", "English"])
    assert wrong == []
    elsewhere.close()


@pytest.fixture
def newcomer(chromium: Browser, live_server: Any) -> Iterator[Page]:
    context = chromium.new_context(base_url=live_server.url)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_a_newcomer_sees_the_demos_film_play_and_finds_work(
    newcomer: Page, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    """The first page plays, whatever name and port the server has."""
    settings.DATA_DIR = tmp_path
    person = UserFactory(username="ana", is_superuser=True)
    person.set_password("open sesame")
    person.save()
    assert demo.load() > 2
    demo.note_film()
    newcomer.goto("/")
    newcomer.locator("[data-tracks]").select_option("en")
    with newcomer.expect_response(re.compile(r"lighthouse.*\.webm")) as answered:
        newcomer.evaluate("void document.querySelector('video').play()")
    assert answered.value.url.startswith(live_server.url)
    newcomer.wait_for_function(f"() => ({SHOWN})() === 'Nobody lives in this lighthouse any more.'")
    assert newcomer.evaluate("document.querySelector('video').duration") == 44
    newcomer.evaluate("document.querySelector('video').pause()")
    # Published languages alone, not the one that waits for review.
    expect(newcomer.locator("[data-tracks] option")).to_have_text(
        ["none", "Spanish", "Arabic", "English", "Japanese", "Portuguese, Brazilian"]
    )
    newcomer.get_by_role("link", name="Log in", exact=True).click()
    newcomer.wait_for_url("**/auth/login/**")
    log_in(newcomer)
    newcomer.wait_for_url("**/work/")
    for text in ("Translate", "Review", "German", "French"):
        expect(newcomer.get_by_role("main")).to_contain_text(text)


def test_the_film_is_served_in_parts(client: Client) -> None:
    """As players ask for it when somebody seeks."""
    led = client.get("/films/lighthouse.webm")
    assert led.status_code == 302
    answer = client.get(led.headers["Location"], headers={"Range": "bytes=1000-1999"})
    assert answer.status_code == 206
    assert answer.headers["Content-Type"] == "video/webm"
    assert len(b"".join(answer)) == 1000
    assert int(answer.headers["Content-Range"].rpartition("/")[2]) < 1_000_000
    assert client.get("/films/other.webm").status_code == 404


# --- hidden equals unknown ------------------------------------------------------------------------


def test_what_strangers_may_not_see_is_not_there_for_members_either(
    video: Video, hidden: Video, settings: Any
) -> None:
    settings.AMARA_BASE_URL = "http://testserver"
    member = Client()
    member.force_login(hidden.team.members.get().user)
    url = hidden.urls.get().url
    unknown = Client().get("/embed/abcdefghijkl/")
    assert unknown.status_code == 404
    page = f"http://testserver/videos/{hidden.video_id}/"
    nowhere = Client().get("/oembed/", {"url": "http://testserver/videos/abcdefghijkl/"})
    assert nowhere.status_code == 404
    for client in (Client(), member):
        for path in (
            f"/embed/{hidden.video_id}/",
            f"/embed/?video_id={hidden.video_id}",
            "/embed/?" + urlencode({"url": url}),
            "/embed/?" + urlencode({"url": url, "team": "hush"}),
            "/embed/?" + urlencode({"url": FILM_URL, "team": "hush"}),
            "/embed/?url=nonsense",
            "/embed/?url=%00&video_id=%00&team=%00",
            "/embed/",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.content) == (404, unknown.content), path
            assert headers_of(answer) == headers_of(unknown), path
        told = client.get("/oembed/", {"url": page})
        assert (told.status_code, told.content) == (404, nowhere.content)


def test_drafts_are_never_shown_and_no_session_is_read(video: Video) -> None:
    SubtitleVersion.objects.filter(language__language_code="fr").update(is_public=False)
    SubtitleLanguage.objects.filter(language_code="fr").update(public_tip=None)
    owner = Client()
    owner.force_login(UserFactory(is_superuser=True, is_staff=True))
    for client in (Client(), owner):
        answer = client.get(f"/embed/{video.video_id}/?language=fr&transcript=1")
        assert answer.status_code == 200
        assert b"Un bateau" not in answer.content
        assert b"French" not in answer.content
        assert b"A boat comes in" in answer.content
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "X-Frame-Options" not in answer.headers


def test_unlisted_videos_are_shown_by_id_and_not_found_by_url(video: Video) -> None:
    Video.objects.update(is_public=False, is_unlisted=True)
    assert Client().get(f"/embed/{video.video_id}/").status_code == 200
    assert Client().get("/embed/", {"url": FILM_URL}).status_code == 404


def test_a_url_leads_to_the_video_without_a_team_first(video: Video) -> None:
    team = TeamFactory(slug="port")
    theirs = VideoFactory(team=team, video_url=FILM_URL, title="Theirs")
    for asked, found in (({}, video), ({"team": "null"}, video), ({"team": "port"}, theirs)):
        page = Client().get("/embed/", {"url": FILM_URL, **asked})
        assert f"/videos/{found.video_id}/".encode() in page.content


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        (["*"], "frame-ancestors *"),
        (["'self'", "https://a.example"], "frame-ancestors 'self' https://a.example"),
        (["'none'"], "frame-ancestors 'none'"),
    ],
)
def test_who_may_embed_is_a_setting(
    video: Video, settings: Any, allowed: list[str], said: str
) -> None:
    settings.AMARA_EMBED_ANCESTORS = allowed
    for path in (f"/embed/{video.video_id}/", "/embed/abcdefghijkl/"):
        policy = Client().get(path).headers["Content-Security-Policy"]
        assert said in policy.split("; ")
        assert "script-src 'self'" in policy.split("; ")
    page = Client().get(f"/videos/{video.video_id}/")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


# --- oEmbed ---------------------------------------------------------------------------------------


def test_oembed_describes_each_address_of_a_video(video: Video) -> None:
    language = video.subtitle_languages.get(language_code="fr")
    here = f"http://testserver/videos/{video.video_id}/"
    pages = {
        here: "",
        here.rstrip("/"): "",
        f"http://testserver/embed/{video.video_id}/?language=de": "",
        f"{here}fr/{language.pk}/{language.public_tip_id}/": "?language=fr",
    }
    for url, query in pages.items():
        answer = Client(headers={"Origin": "https://blog.example"}).get("/oembed/", {"url": url})
        assert answer.status_code == 200, url
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        told = json.loads(answer.content)
        assert (told["type"], told["version"], told["title"]) == ("video", "1.0", video.title)
        assert (told["width"], told["height"]) == (640, 480)
        assert f'src="http://testserver/embed/{video.video_id}/{query}"' in told["html"]
        assert "<sea>" not in told["html"]
        xml = Client().get("/oembed/", {"url": url, "format": "xml"})
        assert xml.headers["Content-Type"].startswith("text/xml")
        members = parseString(xml.content).documentElement.childNodes
        assert {m.tagName: m.firstChild.data for m in members} == {
            name: str(value) for name, value in told.items()
        }
        small = Client().get("/oembed/", {"url": url, "maxwidth": "320", "maxheight": "200"}).json()
        assert (small["width"], small["height"]) == (320, 200)
    page = Client().get(f"/videos/{video.video_id}/").content.decode()
    assert "&lt;iframe src=" in page
    assert "<iframe" not in page
    for kind in ("application/json", "text/xml"):
        found = re.search(rf'<link rel="alternate" type="{kind}\+oembed" href="([^"]+)"', page)
        assert found is not None
        link = found[1].replace("&amp;", "&")
        assert Client().get(link).headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"url": "PAGE", "format": "yaml"}, 501),
        ({"url": "PAGE", "maxwidth": "wide"}, 400),
        ({"url": "PAGE", "maxheight": "-1"}, 400),
        ({"url": "PAGE", "maxheight": "0"}, 400),
        ({"url": "PAGE", "maxwidth": "٣"}, 400),
        ({"url": "PAGE", "maxwidth": "99999999999"}, 400),
        ({"url": "https://elsewhere.example/videos/ID/"}, 404),
        ({"url": "http://testserver/videos/"}, 404),
        ({"url": "http://testserver/en/videos/%00/"}, 404),
        ({"url": "http://[testserver/videos/ID/"}, 404),
        ({"url": "ftp://testserver/videos/ID/"}, 404),
        ({"url": "nonsense"}, 404),
        ({"url": "\0"}, 404),
    ],
)
def test_oembed_says_what_is_wrong(video: Video, asked: dict[str, str], status: int) -> None:
    page = f"http://testserver/videos/{video.video_id}/"
    sent = {
        name: value.replace("PAGE", page).replace("ID", video.video_id)
        for name, value in asked.items()
    }
    answer = Client().get("/oembed/", sent)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_oembed_shows_the_picture_that_a_video_has(video: Video) -> None:
    page = f"http://testserver/videos/{video.video_id}/"

    def told(**asked: str) -> dict[str, Any]:
        answer = Client().get("/oembed/", {"url": page, **asked}).json()
        return {name: answer[name] for name in answer if name.startswith("thumbnail")}

    assert told() == {}
    Video.objects.update(thumbnail="https://media.example.com/a.png?b=1&c=2")
    # oEmbed: a picture without its size is none.
    assert told() == {}
    youtube = "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg"
    Video.objects.update(thumbnail=youtube)
    sized = {"thumbnail_url": youtube, "thumbnail_width": 480, "thumbnail_height": 360}
    assert told() == told(maxwidth="480") == sized
    xml = Client().get("/oembed/", {"url": page, "format": "xml"}).content.decode()
    assert f"<thumbnail_url>{youtube}</thumbnail_url>" in xml
    # oEmbed: a picture is no larger than what was asked for.
    assert told(maxwidth="479") == told(maxheight="359") == {}
    Video.objects.update(thumbnail="ftp://media.example.com/a.png")
    assert told() == {}


def test_oembed_tells_of_unlisted_videos_to_whoever_has_their_address(
    video: Video, hidden: Video
) -> None:
    """As the frame shows them; what is private is not there."""
    page = f"http://testserver/videos/{video.video_id}/"
    Video.objects.filter(pk=video.pk).update(is_public=False, is_unlisted=True)
    told = Client().get("/oembed/", {"url": page})
    assert told.status_code == 200
    assert f"/embed/{video.video_id}/" in told.json()["html"]
    assert Client().get(f"/embed/{video.video_id}/").status_code == 200
    Video.objects.filter(pk=video.pk).update(is_unlisted=False)
    private = Client().get("/oembed/", {"url": page})
    gone = Client().get("/oembed/", {"url": "http://testserver/videos/abcdefghijkl/"})
    assert (private.status_code, private.content) == (404, gone.content)

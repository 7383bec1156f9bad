"""The pages a person sees: what is on them, who sees them, and what they cost."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord
from subtitles.models import SubtitleVersion
from tests.factories import VideoFactory, add_subtitles
from tests.pages.html import ALL_HOSTILE, assert_inert, queries, read
from users import keys, mail
from users.models import ApiKey, MailKind
from videos.models import VideoUrl
from videos.services import add_url

pytestmark = pytest.mark.django_db
KEY = re.compile(r"\b[0-9a-f]{40}\b")
ARABIC = (
    "1\n00:00:01,000 --> 00:00:02,500\nنعم!\nسطر\n\n2\n99:59:59,999 --> 99:59:59,999\nبلا توقيت\n"
)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"Accept": "text/html"})


@pytest.fixture
def anas_browser(ana: Any, browser: Client) -> Client:
    browser.force_login(ana)
    return browser


def page_of(version: Any) -> str:
    language = version.language
    place = [language.video.video_id, language.language_code, language.pk, version.pk]
    return reverse("subtitles-page", args=place)


def ticked(html: str) -> set[str]:
    """The checkboxes that are on."""
    boxes = re.findall(r'<input type="checkbox"[^>]*>', html)
    return {re.findall(r'name="(\w+)"', box)[0] for box in boxes if " checked" in box}


class TestHome:
    def test_says_where_to_go_and_how_to_try_it(self, browser: Client) -> None:
        page = browser.get("/", headers={"Host": "localhost:8123"})
        links = read(page).links
        assert {"/videos/", "/teams/", "/api/", "/api/docs/", "/account/"} <= set(links)
        assert "/admin/" not in links
        assert "curl http://localhost:8123/api/videos/" in assert_inert(page)

    def test_says_who_is_logged_in(self, anas_browser: Client) -> None:
        text = assert_inert(anas_browser.get("/"))
        assert "logged in as ana" in " ".join(text.split())

    def test_asks_the_database_nothing_for_a_stranger(self, browser: Client) -> None:
        assert queries(lambda: browser.get("/")) == 0


class TestLogin:
    def test_leads_to_the_account(self, ana: Any, browser: Client) -> None:
        ana.set_password("p")
        ana.save()
        done = browser.post("/auth/login/", {"username": "ana", "password": "p"}, follow=True)
        assert done.redirect_chain == [("/work/", 302)]

    def test_names_a_wrong_password_and_keeps_the_name(self, browser: Client) -> None:
        sent = {"username": ALL_HOSTILE[:30], "password": "wrong"}
        page = browser.post("/auth/login/", sent)
        assert "correct username and password" in assert_inert(page)
        assert "wrong" not in page.content.decode().replace("went wrong", "")

    @pytest.mark.parametrize("evil", ["https://evil", "//evil", "/\\evil", "javascript:alert(1)"])
    def test_leads_nowhere_else(self, ana: Any, browser: Client, evil: str) -> None:
        ana.set_password("p")
        ana.save()
        sent = {"username": "ana", "password": "p", "next": evil}
        assert browser.post("/auth/login/", sent).headers["Location"] == "/work/"

    def test_every_field_has_a_label(self, browser: Client) -> None:
        html = browser.get("/auth/login/").content.decode()
        for field in re.findall(r'<input id="(\w+)"', html):
            assert f'<label for="{field}">' in html


class TestAccount:
    def test_needs_a_login(self, browser: Client) -> None:
        assert browser.get("/account/").headers["Location"] == "/auth/login/?next=/account/"

    def test_shows_the_age_of_the_key_and_never_the_key(
        self, ana: Any, anas_browser: Client
    ) -> None:
        key = keys.issue_key(ana, actor=ana)
        page = anas_browser.get("/account/keys/")
        made = ApiKey.objects.get(user=ana)
        assert f"{made.created:%B %Y}" in assert_inert(page)
        html = page.content.decode()
        assert key not in html
        assert made.digest not in html

    def test_makes_a_key_and_shows_it_once(self, ana: Any, anas_browser: Client) -> None:
        old = keys.issue_key(ana, actor=ana)
        page = anas_browser.post("/account/keys/")
        (key,) = set(KEY.findall(assert_inert(page)))
        assert page.headers["Cache-Control"] == "no-store"
        assert "curl -H 'X-api-key: " + key in page.content.decode().replace("&#x27;", "'")
        assert keys.owner_of(key) == ana
        assert keys.owner_of(old) == ana
        assert not KEY.search(anas_browser.get("/account/keys/").content.decode())
        assert key not in str(list(ActivityRecord.objects.values()))

    def test_needs_the_forms_token(self, ana: Any) -> None:
        guarded = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
        guarded.force_login(ana)
        page = guarded.post("/account/keys/")
        assert page.status_code == 403
        assert "too old" in page.content.decode()
        assert not ApiKey.objects.filter(user=ana).exists()

    def test_has_a_switch_for_each_kind_of_mail(self, ana: Any, anas_browser: Client) -> None:
        html = anas_browser.get("/account/mail/").content.decode()
        assert re.search(r"<input[^>]*wants_mail[^>]*>\s+Send me by e-mail", html)
        for kind in MailKind:
            labelled = rf"<label><input[^>]*{kind.switch}[^>]*>\s+{kind.label}</label>"
            assert re.search(labelled, html), kind
        assert ticked(html) == {"wants_mail", *(kind.switch for kind in MailKind)}

    @pytest.mark.parametrize("switch", ["wants_mail", *(kind.switch for kind in MailKind)])
    def test_a_switch_turns_off_and_on_and_leaves_the_others(
        self, ana: Any, anas_browser: Client, switch: str
    ) -> None:
        """The form as a browser sends it: what is ticked, and nothing of what is not."""
        every = ticked(anas_browser.get("/account/mail/").content.decode())
        for wanted in (every - {switch}, every):
            sent = {"do": "mail", **dict.fromkeys(wanted, "on")}
            for _ in range(2):
                done = anas_browser.post("/account/mail/", sent)
                assert (done.status_code, done.headers["Location"]) == (
                    302,
                    "/account/mail/?done=saved",
                )
            ana.refresh_from_db()
            assert {name for name in every if getattr(ana, name)} == wanted
            assert ticked(anas_browser.get("/account/mail/").content.decode()) == wanted
        # Saved twice each time, changed once.
        changed = ActivityRecord.objects.filter(type="user-changed", actor=ana)
        assert [each.data["fields"] for each in changed] == [[switch]] * 2
        assert not ApiKey.objects.filter(user=ana).exists()

    def test_the_mail_form_sets_nothing_else(self, ana: Any, anas_browser: Client) -> None:
        powers = dict.fromkeys(["is_staff", "is_superuser", "is_partner"], "on")
        sent = {"do": "mail", "wants_mail": "on", "email": "x@y.example", **powers}
        anas_browser.post("/account/mail/", sent)
        ana.refresh_from_db()
        assert not any(getattr(ana, power) for power in powers)
        assert ana.email == "ana@example.com"

    def test_logs_out_by_post_alone(self, anas_browser: Client) -> None:
        assert anas_browser.get("/auth/logout/").status_code == 405
        assert anas_browser.get("/account/").status_code == 200
        assert anas_browser.post("/auth/logout/").headers["Location"] == "/"
        assert anas_browser.get("/account/").status_code == 302


def test_a_confirmed_address_is_thanked_for(ana: Any, browser: Client) -> None:
    from django.core import signing

    ana.email_confirmed = False
    ana.save()
    token = signing.dumps([ana.pk, ana.email], salt=mail._SALT)
    path = f"/auth/confirm-email/{token}/"
    assert "Is this your address?" in assert_inert(browser.get(path))
    assert "Choose a password" in assert_inert(browser.post(path, follow=True))
    assert "Thank you" in assert_inert(browser.get(path))
    ana.refresh_from_db()
    assert ana.email_confirmed


class TestVideo:
    def test_shows_what_it_is_and_its_subtitles_in_every_format(
        self, ana: Any, browser: Client
    ) -> None:
        video = VideoFactory(user=ana, title="Why glaciers sing", duration=3723)
        add_subtitles(video, "fr")
        page = browser.get(f"/videos/{video.video_id}/")
        text = assert_inert(page)
        assert "Why glaciers sing" in text
        assert "1:02:03" in text
        downloads = {link for link in read(page).links if "?format=" in link}
        assert len(downloads) == 6
        for link in downloads:
            file = browser.get(link)
            assert file.status_code == 200, link
            assert "attachment" in file.headers["Content-Disposition"]

    def test_links_to_the_newest_public_version(self, ana: Any, browser: Client) -> None:
        video = VideoFactory(user=ana)
        add_subtitles(video, "fr")
        newest = add_subtitles(video, "fr")
        page = browser.get(f"/videos/{video.video_id}/")
        assert page_of(newest) in read(page).links

    def test_links_to_addresses_of_the_web_only(self, ana: Any, browser: Client) -> None:
        video = VideoFactory(user=ana)
        add_url(video, actor=ana, url="https://media.example.com/second.mp4")
        VideoUrl.objects.filter(primary=True).update(url="javascript:alert(1)")
        page = browser.get(f"/videos/{video.video_id}/")
        assert "javascript:alert(1)" in assert_inert(page)
        assert "https://media.example.com/second.mp4" in read(page).links

    def test_costs_the_same_for_many_languages(self, ana: Any, browser: Client) -> None:
        few, many = VideoFactory(user=ana), VideoFactory(user=ana)
        add_subtitles(few, "fr")
        for code in ("ar", "de", "en", "es", "fr", "it", "ja", "zh-hans"):
            add_subtitles(many, code)
        cost = [queries(lambda v=v: browser.get(f"/videos/{v.video_id}/")) for v in (few, many)]
        assert cost[0] == cost[1] <= 3

    def test_is_hidden_like_one_that_does_not_exist(self, cast: Any, browser: Client) -> None:
        hidden = browser.get(f"/videos/{cast.hidden_video.video_id}/")
        unknown = browser.get("/videos/abcdefghijkl/")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.content == unknown.content
        browser.force_login(cast.contributor)
        assert browser.get(f"/videos/{cast.hidden_video.video_id}/").status_code == 200

    @pytest.mark.parametrize("path", ["/videos/a%00b/", "/videos/x/e%00n/1/1/", "/nothing"])
    def test_a_strange_address_is_not_found(self, browser: Client, path: str) -> None:
        assert browser.get(path).status_code == 404

    def test_a_strange_language_of_a_known_video_is_not_found(
        self, ana: Any, browser: Client
    ) -> None:
        video = VideoFactory(user=ana)
        assert browser.get(f"/videos/{video.video_id}/e%00n/1/1/").status_code == 404


class TestSubtitles:
    def test_shows_text_times_and_direction(self, ana: Any, browser: Client) -> None:
        version = add_subtitles(VideoFactory(user=ana), "ar", ARABIC)
        page = browser.get(page_of(version))
        text = assert_inert(page)
        assert "نعم!\nسطر" in text
        assert "0:00:01.000" in text
        assert "0:00:02.500" in text
        assert "no times" in text
        assert "99:59" not in text
        assert page.content.decode().count('<p lang="ar" dir="rtl">') == 2

    def test_shows_markup_as_text(self, ana: Any, browser: Client) -> None:
        cues = f"1\n00:00:01,000 --> 00:00:02,000\n{ALL_HOSTILE} <v onclick=x> &lt;\n"
        version = add_subtitles(VideoFactory(user=ana), "en", cues, title=ALL_HOSTILE)
        text = assert_inert(browser.get(page_of(version)))
        assert text.count("<script>alert(1)</script>") >= 2

    def test_downloads_the_version_that_is_shown(self, ana: Any, browser: Client) -> None:
        video = VideoFactory(user=ana)
        first = add_subtitles(video, "en")
        add_subtitles(video, "en", "1\n00:00:01,000 --> 00:00:02,000\nNew\n")
        page = browser.get(page_of(first))
        link = next(link for link in read(page).links if "format=srt" in link)
        assert b"Hello" in browser.get(link).content

    def test_a_draft_is_hidden_from_strangers(self, cast: Any, browser: Client) -> None:
        version = add_subtitles(cast.team_video, "en")
        SubtitleVersion.objects.filter(pk=version.pk).update(is_public=False)
        assert browser.get(page_of(version)).status_code == 404
        browser.force_login(cast.contributor)
        assert "draft" in assert_inert(browser.get(page_of(version)))

    def test_a_deleted_version_is_gone(self, ana: Any, browser: Client) -> None:
        version = add_subtitles(VideoFactory(user=ana), "en")
        SubtitleVersion.objects.filter(pk=version.pk).update(is_deleted=True)
        assert browser.get(page_of(version)).status_code == 404

    def test_five_thousand_cues_cost_seven_queries(self, ana: Any, browser: Client) -> None:
        cues = "".join(
            f"{n}\n{n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3:02},000 --> "
            f"{n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3 + 2:02},000\nA <b>line</b> & {n}\n\n"
            for n in range(5000)
        )
        version = add_subtitles(VideoFactory(user=ana), "en", cues)
        address = page_of(version)
        page = browser.get(address)
        assert page.content.decode().count('<li id="c') == 5000
        # The version, its rights, its limits, what its cues are kept in; the other versions and
        # languages, and the film's addresses.
        assert queries(lambda: browser.get(address)) <= 7


class TestProblems:
    def test_a_person_gets_a_page_and_a_program_json(self, browser: Client) -> None:
        page = browser.get("/nothing")
        assert page.status_code == 404
        assert "<h1>Not found</h1>" in page.content.decode()
        assert Client().get("/nothing").json() == {"detail": "Not found."}

    def test_a_broken_server_does_not_ask_who_is_there(
        self, anas_browser: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError("secret of the server")

        monkeypatch.setattr("amara_api.pages.HomePage.get_context_data", broken)
        anas_browser.raise_request_exception = False
        page = anas_browser.get("/")
        html = page.content.decode()
        assert page.status_code == 500
        assert "secret" not in html
        assert "ana<" not in html


@pytest.mark.parametrize("path", ["/", "/auth/login/", "/nothing", "/api/", "/admin/login/"])
def test_every_page_carries_the_headers_that_confine_it(browser: Client, path: str) -> None:
    headers = browser.get(path).headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"

"""A form whose token or login has ended gives back what was typed, to our own pages alone."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from subtitles.models import SubtitleNote
from teams.models import Application, Team
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import DESKTOP, assert_no_barrier, log_in, visit
from users.models import User

__all__ = ["chromium"]
OURS = {"Origin": "http://testserver", "Accept": "text/html"}
TEXT = "The <b>mast</b>\nis “cut” & gone."
WORDS = "&lt;b&gt;mast&lt;/b&gt;"


@pytest.fixture
def ana(db: None) -> User:
    user: User = UserFactory(username="ana", is_staff=True, is_superuser=True)
    user.set_password("open sesame")
    user.save()
    TeamMemberFactory(team=TeamFactory(slug="port", name="Port"), user=user, role_name="owner")
    TeamFactory(slug="open", name="Open", membership_policy=1)
    video = VideoFactory(user=user, title="Harbour", primary_audio_language_code="en")
    add_subtitles(video, "en", action="publish")
    return user


def browser_of(user: User) -> Client:
    browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    browser.force_login(user)
    return browser


def token_of(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]


def form_of(page: str) -> dict[str, list[str]]:
    """What the form in the middle of the page sends, and where."""
    form = re.search(r'<form class="form wide-form plain-text".*?</form>', page, re.S)
    assert form
    fields: dict[str, list[str]] = {}
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    areas = re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form[0], re.S)
    for name, value in [*hidden, *areas]:
        fields.setdefault(name, []).append(unescape(value))
    path = re.search(r'action="([^"]*)"', form[0])
    assert path
    return {"": [unescape(path[1])], **fields}


def _note(user: User) -> tuple[str, dict[str, Any], Callable[[], bool]]:
    language = user.videos.get().subtitle_languages.get()
    path = f"/videos/{language.video.video_id}/en/{language.pk}/{language.tip_id}/"
    # Browsers send the ends of lines so.
    told = TEXT.replace("\n", "\r\n")
    return path, {"body": told}, lambda: SubtitleNote.objects.filter(body__contains="mast").exists()


def _settings(user: User) -> tuple[str, dict[str, Any], Callable[[], bool]]:
    fields = {"do": "languages", "preferred": "French\r\nGerman", "blacklisted": ""}
    team = Team.objects.get(slug="port")
    return (
        "/teams/port/settings/",
        fields,
        lambda: team.languages.filter(language_code="fr").exists(),
    )


def _team(user: User) -> tuple[str, dict[str, Any], Callable[[], bool]]:
    fields = {"name": "New people", "slug": "new", "type": "default"}
    return "/teams/add/", fields, lambda: Team.objects.filter(slug="new").exists()


def _admin(user: User) -> tuple[str, dict[str, Any], Callable[[], bool]]:
    fields = {"action": "delete_selected", "_selected_action": ["1", "2"], "note": "Of two"}
    return "/admin/users/message/?q=a b", fields, lambda: True


FORMS = [_note, _settings, _team, _admin]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_from_before_another_login_is_sent_again(ana: User, form: Any) -> None:
    path, fields, is_done = form(ana)
    browser = browser_of(ana)
    stale = token_of(browser.get("/teams/add/").content.decode())
    browser.cookies.clear()
    browser.force_login(ana)
    browser.get("/teams/add/")
    answer = browser.post(path, {"csrfmiddlewaretoken": stale, **fields}, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (403, True)
    assert "You are logged in as ana." in page
    assert "<b>mast" not in page
    (again,), *_ = (kept := form_of(page)).values()
    assert again == path.replace(" ", "%20")
    for name, value in fields.items():
        assert kept[name] == (value if isinstance(value, list) else [value])
    del kept[""]
    token = token_of(page)
    sent = browser.post(again, {**kept, "csrfmiddlewaretoken": token}, headers=OURS)
    assert sent.status_code in (200, 302)
    assert is_done()


def test_a_form_that_was_open_when_the_login_ended_is_kept(ana: User) -> None:
    browser = browser_of(ana)
    token = token_of(browser.get("/teams/add/").content.decode())
    path, fields, is_done = _team(ana)
    del browser.cookies["sessionid"]
    answer = browser.post(path, {"csrfmiddlewaretoken": token, **fields}, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "New people" in page) == (403, True)
    assert "Your login has ended" in page
    assert not is_done()
    # What only presses a button has nothing to keep: a login follows, as ever.
    pressed = {"csrfmiddlewaretoken": token, "do": "save"}
    assert browser.post(path, pressed, headers=OURS).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://testserver.evil.example.com"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
        {"Referer": "http://testserver/teams/"},
    ],
)
def test_another_site_puts_no_words_and_no_form_into_our_frame(ana: User, headers: Any) -> None:
    browser = browser_of(ana)
    browser.get("/teams/add/")
    path, fields, is_done = _team(ana)
    answer = browser.post(path, fields, headers={"Accept": "text/html", **headers})
    page = answer.content.decode()
    assert (answer.status_code, "New people" in page) == (403, False)
    assert f'action="{path}"' not in page
    assert not is_done()


SECRETS = [
    ("/account/password/", {"do": "set", "current": "S3crét one", "password": "S3crét two"}),
    ("/account/password/", {"again": "S3crét 3", "code": "S3crét 4"}),
    ("/auth/login/", {"username": "Ana B", "password": "S3crét five"}),
    ("/admin/activity/callback/add/", {"auth_password": "S3crét 6", "headers": '{"X": "S3crét"}'}),
    ("/admin/activity/callback/add/", {"secret": "S3crét 7", "auth_user": "S3crét 8"}),
    ("/auth/auto-login/x/", {"username": "Ana B", "new_password1": "S3crét 9", "TOKEN": "x"}),
]


@pytest.mark.parametrize(("path", "fields"), SECRETS)
def test_secrets_are_never_given_back(ana: User, path: str, fields: dict[str, str]) -> None:
    browser = browser_of(ana)
    answer = browser.post(path, {**fields, "about": "Some words"}, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "S3cr" in page) == (403, False)
    assert "Some words</textarea>" in page
    # It would be sent without them.
    assert "Send it again" not in page


def test_files_are_chosen_again(ana: User) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    fields = {"title": "Some words", "file": SimpleUploadedFile("a.srt", b"Inside the file")}
    answer = browser_of(ana).post("/teams/add/", fields, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "Some words" in page) == (403, True)
    assert "files are not kept" in page
    assert "Send it again" not in page
    assert "Inside" not in page


def test_the_way_back_leads_nowhere_else(ana: User) -> None:
    for referer, back in {
        "http://testserver/teams/?q=a": "/teams/?q=a",
        "http://testserver//evil.example.com/x": "/evil.example.com/x",
        "https://evil.example.com/": "/teams/add/",
        "http://testserver.evil.example.com/": "/teams/add/",
    }.items():
        headers = {**OURS, "Referer": referer}
        answer = browser_of(ana).post("/teams/add/", {"name": "Some words"}, headers=headers)
        assert f'<a href="{back}">Back to the page</a>' in answer.content.decode()


def test_programs_get_json_and_none_of_it(ana: User) -> None:
    for path, headers in (
        ("/teams/add/", {**OURS, "Accept": "application/json"}),
        ("/api/videos/", OURS),
    ):
        answer = browser_of(ana).post(path, {"name": "Some words"}, headers=headers)
        assert (answer.status_code, b"Some words" in answer.content) == (403, False)


@pytest.mark.django_db(transaction=True)
def test_in_a_browser_with_two_tabs(chromium: Browser, live_server: Any, ana: User) -> None:
    context = visit(chromium, live_server, viewport=DESKTOP)
    page = context.new_page()
    page.goto("/auth/login/")
    log_in(page)
    page.goto("/teams/open/")
    page.goto("/teams/add/")
    page.get_by_label("Name").first.fill("Writers of the sea")
    page.get_by_label("Address").first.fill("sea")
    tab = context.new_page()
    tab.goto("/account/")
    tab.get_by_role("button", name="Log out", exact=True).click()
    tab.goto("/auth/login/")
    log_in(tab)
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Writers of the sea")
    assert_no_barrier(page)
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", name="Writers of the sea")).to_be_visible()
    assert Team.objects.filter(slug="sea").exists()
    assert not Application.objects.exists()
    context.close()

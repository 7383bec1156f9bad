"""What operators do, in a real browser from the first press to the last."""

import json
import os
import re
from typing import Any, Literal

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from activity.models import Callback, Notification
from activity.outbox import write
from amara_api import state
from amara_api.kernel import workers
from subtitles.models import SubtitleLanguage
from teams.models import Team, TeamMember
from teams.services import delivery
from tests.factories import TeamFactory, UserFactory, VideoFactory, add_subtitles
from tests.outbound.fakes import running
from tests.pages.barriers import violations
from tests.pages.test_browser import chromium, page
from tests.server.test_hours import counting, fill
from users.keys import issue_key
from users.models import User

__all__ = ["chromium", "counting", "page"]
pytestmark = pytest.mark.django_db(transaction=True)
SPAM = "1\n00:00:01,000 --> 00:00:02,000\nBuy now\n"


@pytest.fixture
def operator(page: Page, live_server: Any, settings: Any) -> Page:
    """Whose browser it is."""
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    return page


def search(page: Page, place: str, words: str, link: str) -> None:
    page.goto(place)
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=link, exact=True).first.click()


def test_a_team_is_set_up(operator: Page) -> None:
    operator.goto("/admin/users/user/add/")
    operator.get_by_label("Username:").fill("ana")
    operator.get_by_role("button", name="Save", exact=True).click()
    expect(operator.get_by_text("Copy it now")).to_be_visible()
    operator.goto("/admin/teams/team/add/")
    operator.get_by_label("Name:", exact=True).fill("Films")
    operator.get_by_label("Preferred languages:").fill("de fr")
    operator.get_by_role("button", name="Save and continue editing").click()
    # From the team to each of its lists, its page and what the API says.
    operator.get_by_role("link", name="members", exact=True).click()
    expect(operator).to_have_url(re.compile(r"/admin/teams/teammember/\?team="))
    operator.go_back()
    operator.get_by_role("link", name="page", exact=True).click()
    expect(operator.get_by_role("heading", name="Films")).to_be_visible()
    team = Team.objects.get(slug="films")
    assert TeamMember.objects.filter(team=team, user__username="root").exists()


def test_spam_is_found_and_removed(operator: Page) -> None:
    film = VideoFactory(user=UserFactory(), title="Film", primary_audio_language_code="en")
    good = add_subtitles(film, "en", title="Film")
    spammer = UserFactory(username="spammer")
    add_subtitles(film, "en", SPAM, actor=spammer, title="Buy now")
    VideoFactory(user=spammer, title="Spam film")
    search(operator, "/admin/users/user/", "spammer", "spammer")
    operator.get_by_role("link", name="What it made, and moderation").click()
    expect(operator.get_by_role("link", name="Spam film")).to_be_visible()
    for words in ("Close the account", "Take its versions back", "Delete the videos"):
        operator.get_by_label(words).check()
    operator.get_by_role("button", name="Do it").click()
    expect(operator.get_by_text("Nothing of what was chosen is left.")).to_be_visible()
    expect(operator.get_by_text("The account is closed.")).to_be_visible()
    operator.get_by_role("link", name="its history").click()
    expect(operator.get_by_text(f"{film.video_id} en 2")).to_be_visible()
    assert SubtitleLanguage.objects.get(video=film).public_tip == good
    film.refresh_from_db()
    assert film.title == "Film"


def test_a_failing_callback_is_found_mended_and_its_event_sent_again(
    operator: Page, settings: Any
) -> None:
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    team = TeamFactory(slug="films")
    TeamMember.objects.create(team=team, user=UserFactory(username="owner"), role=40)
    with running() as receiver:
        broken = receiver.url("status/500")
        callback = Callback.objects.create(team=team, url=broken)
        write(callback, "test", {"team": "films"})
        delivery.deliver_to(callback.pk)
        Notification.objects.update(due=None)
        operator.goto("/admin/")
        expect(operator.get_by_text("No worker runs")).to_be_visible()
        expect(operator.get_by_text("1 events of the last day never arrived.")).to_be_visible()
        row = operator.locator("#server-state tr", has_text="given up in a day")
        row.get_by_role("link").click()
        expect(operator.get_by_text("It answered 500 Internal Server Error")).to_be_visible()
        # Mended: it leads somewhere else now.
        operator.goto(f"/admin/activity/callback/{callback.pk}/change/")
        operator.get_by_label("Url:").fill(receiver.url("ok"))
        operator.get_by_role("button", name="Save", exact=True).click()
        operator.goto("/admin/activity/notification/?state=given-up")
        operator.get_by_role("checkbox").nth(1).check()
        operator.get_by_label("Action:").select_option(label="Send once more")
        operator.get_by_role("button", name="Go").click()
        expect(operator.get_by_text("is on its way.")).to_be_visible()
        delivery.deliver_to(callback.pk)
        assert json.loads(receiver.asked[-1].body)["event"] == "test"
    operator.goto("/admin/activity/notification/?state=arrived")
    expect(operator.get_by_role("cell", name="arrived", exact=True)).to_be_visible()
    workers.Heart().beat()
    operator.goto("/admin/")
    expect(operator.get_by_text("Nothing needs a look.")).to_be_visible()


def test_a_person_is_locked_out_and_let_in_again(operator: Page, client: Client) -> None:
    person = UserFactory(username="ana")
    key = issue_key(person, actor=person)

    def status() -> int:
        return client.get("/api/users/me/", HTTP_X_API_KEY=key).status_code

    assert status() == 200
    for expected in (401, 200):
        search(operator, "/admin/users/user/", "ana", "ana")
        box = operator.get_by_label("Active")
        box.set_checked(expected == 200)
        operator.get_by_role("button", name="Save", exact=True).click()
        expect(operator.get_by_text("was changed successfully")).to_be_visible()
        assert status() == expected
    assert User.objects.get(username="ana").is_active


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_the_first_page_fits(
    operator: Page, counting: None, width: int, colours: Literal["light", "dark"]
) -> None:
    film = VideoFactory(user=UserFactory(), title="Film")
    for _ in range(3):
        add_subtitles(film, "en")
    fill(48, 2)
    state.forget()
    operator.set_viewport_size({"width": width, "height": 900})
    operator.emulate_media(color_scheme=colours)
    operator.goto("/admin/")
    plot = operator.get_by_role("img", name="3 versions in 30 days, 3 of them today")
    expect(plot).to_be_visible()
    expect(operator.get_by_role("img", name="requests in 48 hours")).to_be_visible()
    expect(operator.get_by_role("img", name="Deliveries that wait")).to_be_visible()
    if folder := os.environ.get("SHOTS"):
        operator.screenshot(path=f"{folder}/first-{width}-{colours}.png", full_page=True)
    for name, number in (("requests", 48), ("deliveries", 48), ("versions", 30)):
        operator.locator(f"#plot-{name} summary").click()
        expect(operator.locator(f"#plot-{name} tbody tr")).to_have_count(number)
    shown = operator.locator("#plot-versions tbody td").all_inner_texts()
    assert shown == ["0"] * 29 + ["3"]
    assert operator.locator("#plot-versions rect").last.get_attribute("height") == "85"
    wide = operator.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    found = violations(operator)
    assert found.violations_count == 0, found.generate_report()

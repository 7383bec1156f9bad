"""What axe-core says of the pages and refusals that no story leads to; and that it looks at all."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, Page, expect

from amara_api.kernel.errors import Busy
from amara_api.kernel.limits.rates import Rate
from amara_api.problems import too_many
from teams.models import Application, Invitation, Project, Role, Team
from tests.factories import SRT, UserFactory, VideoFactory
from tests.pages.looks import EXCEPTIONS, TEST_OF
from tests.pages.test_browser import chromium
from tests.pages.test_team_pages import assert_no_barrier
from tests.pages.test_videos_in_a_browser import DESKTOP, visit
from tests.pages.test_work import of, world
from users import keys
from users.mail import send_confirmation, unsubscribe_link
from users.models import MailKind, Message, User

__all__ = ["chromium", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


def _pages() -> set[str]:
    """Every named route outside the API and the admin, and the pages about the API."""
    found = {"api:index", "api:docs"}
    for each in get_resolver().url_patterns:
        if isinstance(each, URLPattern) and each.name:
            found.add(each.name)
        elif isinstance(each, URLResolver):
            # The API's pages are one template, the admin's are Django's.
            assert each.namespace in (None, "api", "partners", "admin"), each
    return found


def test_every_page_is_looked_at_or_says_why_not() -> None:
    assert not TEST_OF.keys() & EXCEPTIONS.keys()
    assert _pages() == TEST_OF.keys() | EXCEPTIONS.keys()


def test_no_barrier_where_no_story_leads(
    chromium: Browser, live_server: Any, world: Any, settings: Any
) -> None:
    """Both sizes and both colours in two looks, of each page as those see it who meet it."""
    settings.AMARA_BASE_URL = live_server.url
    settings.AMARA_SIGN_UP = True
    _make_things(world)
    context = visit(chromium, live_server, viewport=DESKTOP)
    page = context.new_page()

    def look(path: str, says: str, then: Callable[[Page], None] | None = None) -> None:
        page.goto(path)
        if then is not None:
            then(page)
        expect(page.get_by_role("main")).to_contain_text(says)
        assert_no_barrier(page)

    token = keys.issue_login_token(world.vera)
    stop = unsubscribe_link(world.vera.pk, MailKind.MESSAGE)
    look("/", "subtitles")
    look("/teams/", "Port")
    look(f"/embed/{world.harbour.video_id}/?transcript=1", "Hello")
    look("/nothing/", "There is nothing at this address")
    look(f"/auth/auto-login/{token}/", "Log in as vera?")
    look(stop.removeprefix(live_server.url), "mail")
    User.objects.filter(pk=world.vera.pk).update(email_confirmed=False)
    send_confirmation(world.vera)
    confirm = re.search(r"/auth/confirm-email/\S+", mail.outbox[-1].body)
    assert confirm is not None
    look(confirm[0], "Is this your address?")
    look("/auth/password/never-was/", "link")
    look("/auth/sign-up/never-was/", "link")
    look("/auth/login/", "correct username", _wrong_password)
    _log_in(page, "vera")
    look(of(world.task), "line 2: a time that cannot be read", _wrong_upload)
    look("/teams/port/tasks/", "Translate")
    look("/teams/port/settings/", "Only admins and owners")
    look("/messages/", "Come aboard")
    page.get_by_role("button", name="Log out").click()
    _log_in(page, "omar")
    look("/teams/port/invitations/", "I know ships")
    look("/teams/port/projects/", "Another project of the team", _taken_name)
    look(f"/videos/{world.unplayable.video_id}/", "browsers do not play any more")

    busy = RequestFactory().get("/teams/", headers={"Accept": "text/html"})
    page.route(
        "**/teams/",
        lambda route: route.fulfill(
            status=503, body=too_many(busy, Busy()).content, content_type="text/html"
        ),
    )
    look("/teams/", "Not available")
    page.unroute("**/teams/")
    settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "requests-by-address": Rate(1, 3600)}
    page.goto("/videos/")
    look("/videos/", "Too often")
    context.close()


def _make_things(world: Any) -> None:
    Team.objects.filter(pk=world.port.pk).update(
        membership_policy=Team.MembershipPolicy.APPLICATION
    )
    for n in range(2):
        Application.objects.create(
            team=world.port, user=UserFactory(username=f"sailor{n}"), note="I know ships. " * n
        )
    Project.objects.create(team=world.port, name="Shorts", slug="shorts")
    far = UserFactory(username="far")
    crew = Team.objects.create(slug="far", name="Far away")
    Invitation.objects.create(
        team=crew, user=world.vera, inviter=far, role=Role.MANAGER, note="Come aboard"
    )
    for n in range(2):
        Message.objects.create(
            user=world.vera,
            sender=far,
            team=crew if n else None,
            subject="Tea?",
            content="At four.",
        )
    world.unplayable = VideoFactory(user=world.omar, video_url="https://a.example.com/film.flv")


def _log_in(page: Page, name: str) -> None:
    page.goto("/auth/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/work/")


def _wrong_password(page: Page) -> None:
    page.get_by_label("User name").fill("vera")
    page.get_by_label("Password").fill("open sesam")
    page.get_by_role("button", name="Log in").click()


def _wrong_upload(page: Page) -> None:
    """From the task to the form, and a file with two lines that cannot be read."""
    page.get_by_role("button", name="Take", exact=True).click()
    page.get_by_role("link", name="Upload or translate").click()
    page.wait_for_url("**back=**")
    page.get_by_label("Or its text").fill(
        SRT.replace("00:00:03,000", "soon").replace("02,500", "x")
    )
    page.get_by_role("button", name="Upload", exact=True).click()


def _taken_name(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Shorts")
    page.get_by_label("Short name").fill("shorts")
    page.get_by_role("button", name="Add the project").click()

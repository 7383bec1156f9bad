"""Stories of people who come in, in a real browser: by keyboard or pointer, without scripts, on a
phone, in light and dark, and held against the rules of axe on every page and state."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect

from teams.services.invitations import invite_by_name
from tests import provider
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory
from tests.pages.barriers import assert_none_in_both_schemes
from tests.pages.test_browser import PATIENCE, chromium
from users import keys
from users.models import BrowserSession, User

__all__ = ["chromium"]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password"


class Visitor:
    """A person at a browser. Each page that they look at is looked at in both colours."""

    def __init__(self, chromium: Browser, url: str, **how: Any) -> None:
        self.context = chromium.new_context(base_url=url, **how)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.scripts = how.get("java_script_enabled", True)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.wrong.append(said.text) if "policy" in said.text.lower() else None,
        )

    def look(self, name: str) -> Page:
        """At the page with this heading."""
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        page = self.page if self.scripts else self._with_scripts()
        assert_none_in_both_schemes(page, name)
        if page is not self.page:
            page.context.close()
        width = self.page.evaluate("document.documentElement.scrollWidth")
        seen = self.page.viewport_size
        assert seen is not None
        assert width <= seen["width"], name
        assert self.wrong == []
        return self.page

    def _with_scripts(self) -> Page:
        """The same page as it is, where axe can run."""
        browser, source = self.context.browser, self.page.content()
        assert browser is not None
        page = browser.new_context(viewport=self.page.viewport_size).new_page()
        page.route(
            self.page.url, lambda route: route.fulfill(body=source, content_type="text/html")
        )
        page.goto(self.page.url)
        return page

    def fill(self, **fields: str) -> None:
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def visitor(chromium: Browser, live_server: Any, settings: Any) -> Iterator[Any]:
    settings.AMARA_BASE_URL = live_server.url
    come: list[Visitor] = []

    def make(**how: Any) -> Visitor:
        come.append(Visitor(chromium, live_server.url, **how))
        return come[-1]

    yield make
    for each in come:
        each.context.close()
        assert each.wrong == []


NAME = "User name or e-mail address"


def log_in(visitor: Visitor, name: str, password: str = PASSWORD) -> None:
    visitor.page.goto("/auth/login/")
    visitor.page.get_by_label(NAME).fill(name)
    visitor.fill(Password=password)
    visitor.press("Log in")


def link(kind: str) -> str:
    found = re.search(rf"http\S+/auth/{kind}/\S+", mail.outbox[-1].body)
    assert found is not None, mail.outbox[-1].body
    return found[0]


def person(name: str, **more: Any) -> User:
    user = UserFactory(username=name, **more)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_invited_by_mail_a_password_and_again_the_next_day(visitor: Any) -> None:
    """On a phone without scripts."""
    owner = TeamMemberFactory(
        team=TeamFactory(slug="films"), user=UserFactory(username="boss"), role_name="owner"
    )
    invite_by_name(owner.team, actor=owner.user, username="mia", email="mia@example.com")
    (letter,) = [each for each in mail.outbox if each.to == ["mia@example.com"]]
    assert "Amara" not in letter.subject + letter.body
    mia = visitor(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    mia.page.goto(link("confirm-email"))
    mia.press("It is mine")
    mia.fill(New_password=PASSWORD, The_same_again="another long one")
    mia.press("Set the password")
    expect(mia.page.get_by_text("The two are not the same.")).to_be_visible()
    mia.look("Choose a password")
    mia.fill(New_password=PASSWORD, The_same_again=PASSWORD)
    mia.press("Set the password")
    mia.page.wait_for_url("**/work/")
    expect(mia.page.get_by_text("You are invited to a team.")).to_be_visible()
    # A day later the session is over.
    BrowserSession.objects.all().delete()
    mia.page.goto("/account/")
    mia.look("Log in")
    mia.page.get_by_label(NAME).fill("MIA@example.com")
    mia.fill(Password="wrong")
    mia.press("Log in")
    mia.look("Log in")
    # By keyboard.
    mia.page.get_by_label(NAME).focus()
    mia.page.keyboard.press("Tab")
    mia.page.keyboard.type(PASSWORD)
    mia.page.keyboard.press("Enter")
    mia.page.wait_for_url("**/account/")
    mia.look("mia")


def test_a_forgotten_password(visitor: Any) -> None:
    person("ben", email="ben@example.com")
    ben = visitor()
    ben.page.goto("/auth/login/")
    ben.page.get_by_role("link", name=re.compile("forgotten my password")).click()
    ben.look("A forgotten password")
    ben.page.get_by_label(NAME).fill("ben@example.com")
    ben.press("Send me the link")
    ben.look("A forgotten password")
    ben.page.goto(link("password"))
    ben.look("A new password")
    ben.fill(New_password="another long one", The_same_again="another long one")
    ben.press("Set the password")
    expect(ben.page.get_by_text("Your new password is set.")).to_be_visible()
    ben.look("Log in")
    log_in(ben, "ben", "another long one")
    ben.page.wait_for_url("**/work/")
    ben.look("Work")
    # And changes what is theirs.
    for path, heading in (
        ("/account/", "About you"),
        ("/account/password/", "Another password"),
        ("/account/mail/", "Messages"),
    ):
        ben.page.goto(path)
        ben.look(heading)
    ben.page.goto("/account/sessions/")
    second = visitor()
    log_in(second, "ben", "another long one")
    ben.page.reload()
    ben.look("Where you are logged in")
    ben.press("End all but this")
    expect(ben.page.get_by_role("listitem").filter(has_text="Chrome on")).to_have_count(1)
    second.page.goto("/account/")
    second.look("Log in")


def test_a_second_factor(visitor: Any) -> None:
    person("cleo")
    cleo = visitor()
    log_in(cleo, "cleo")
    cleo.page.goto("/account/second-factor/")
    page = cleo.look("Second factor")
    uri = page.get_by_role("link", name="open it here").get_attribute("href")
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)
    assert page.get_by_alt_text("QR code for your app").evaluate("e => e.naturalWidth") > 100
    cleo.fill(Code="123", Your_password_now=PASSWORD)
    cleo.press("Turn it on")
    cleo.look("Second factor")
    # A code of a step before, so that the next one is good at once.
    cleo.fill(Code=app.at(int(time.time()) - 30), Your_password_now=PASSWORD)
    cleo.press("Turn it on")
    cleo.look("Your recovery codes")
    codes = page.locator(".codes code").all_inner_texts()
    cleo.press("Log out")
    log_in(cleo, "cleo")
    cleo.look("Your code")
    cleo.page.get_by_label("Code", exact=True).fill("000000")
    cleo.press("Go on")
    expect(cleo.page.get_by_text("This code is not right")).to_be_visible()
    cleo.look("Your code")
    cleo.page.get_by_label("Code", exact=True).fill(app.now())
    cleo.page.keyboard.press("Enter")
    cleo.page.wait_for_url("**/work/")
    cleo.press("Log out")
    log_in(cleo, "cleo")
    cleo.page.get_by_label("Code", exact=True).fill(codes[0])
    cleo.press("Go on")
    cleo.page.wait_for_url("**/work/")
    cleo.page.goto("/account/second-factor/")
    expect(cleo.page.get_by_text("9 recovery codes are left")).to_be_visible()
    cleo.page.get_by_label("Code", exact=True).fill(codes[1])
    cleo.press("Turn it off")
    expect(cleo.page.get_by_text("The second factor is off.")).to_be_visible()


def test_by_a_provider(visitor: Any, settings: Any) -> None:
    """There and back again without scripts, by a stranger first and then on an account's page."""
    settings.AMARA_OIDC_SIGN_UP = True
    with provider.running(settings) as films:
        films.person = {"sub": "d-1", "preferred_username": "dora", "email": "d@example.com"}
        dora = visitor(java_script_enabled=False)
        dora.page.goto("/auth/login/?next=/teams/")
        dora.look("Log in")
        dora.press("Log in by Films House")
        dora.page.get_by_role("link", name="I agree").click()
        dora.page.wait_for_url("**/teams/")
        expect(dora.page.get_by_role("link", name="dora", exact=True)).to_be_visible()
        dora.page.goto("/account/password/")
        dora.look("Log in by Films House")
        dora.press(f"Disconnect {films.issuer}")
        expect(dora.page.get_by_text("Set a password first")).to_be_visible()
        dora.look("Log in by Films House")
        films.spoil = lambda claims: films.signed(claims, provider.OTHER_KEY)
        dora.press("Log out")
        dora.page.goto("/auth/login/")
        dora.press("Log in by Films House")
        dora.page.get_by_role("link", name="I agree").click()
        dora.look("Not allowed")
        person("eve")
        films.spoil, films.person = None, {"sub": "e-1"}
        log_in(dora, "eve")
        dora.page.goto("/account/password/")
        dora.press("Connect Films House")
        dora.page.get_by_role("link", name="I agree").click()
        expect(dora.page.get_by_role("button", name=f"Disconnect {films.issuer}")).to_be_visible()


def test_a_developer_signs_up_and_makes_a_key(visitor: Any, settings: Any) -> None:
    settings.AMARA_SIGN_UP = True
    fay = visitor(viewport={"width": 360, "height": 640})
    fay.page.goto("/auth/login/")
    fay.page.get_by_role("link", name="Make an account").click()
    fay.look("Make an account")
    fay.page.get_by_label("Your e-mail address").fill("fay@example.com")
    fay.press("Send me the link")
    fay.look("Make an account")
    fay.page.goto(link("sign-up"))
    fay.look("Make an account")
    fay.fill(User_name="fay", New_password=PASSWORD, The_same_again=PASSWORD)
    fay.press("Make the account")
    fay.page.wait_for_url("**/work/")
    fay.page.goto("/account/keys/")
    fay.look("API keys")
    made = []
    for label in ("Robot", "Player"):
        fay.page.get_by_label("Label").fill(label)
        fay.press("Generate new key")
        made.append(fay.look("Your new API key").locator("[data-copy='the key']").inner_text())
    fay.page.reload()
    expect(fay.page.get_by_text("made its key already")).to_be_visible()
    fay.look("API keys")
    user = User.objects.get(username="fay")
    assert [keys.owner_of(key) for key in made] == [user, user]
    assert user.api_keys.count() == 2

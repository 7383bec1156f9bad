"""The admin in a real browser: what axe-core says of every page, in both colours and both sizes;
that lists of long names fit a screen; and that forms are filled in without scripts."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import CharField, Model, TextField
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from amara_api.kernel import administration
from amara_api.kernel.administration import What
from amara_api.kernel.models import AdministrativeChange
from teams.models import (
    Application,
    Evaluation,
    Project,
    SubtitleRequest,
    Team,
)
from tests.admin.test_lists import SEARCHES, populate
from tests.factories import TeamFactory, UserFactory, VideoFactory
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import DESKTOP, PHONE, visit
from users.models import User
from videos.models import Video, VideoFollower

__all__ = ["chromium"]
pytestmark = pytest.mark.django_db(transaction=True)

# What axe finds in Django's own markup, and why it stays.
DJANGOS_OWN = {
    # rule: (what the markup has, why)
    "aria-input-field-name": ("select2-", "select2 names its box by what is chosen"),
    "label": ("select2-search__field", "the same of several that are chosen"),
    "label-title-only": ('id="searchbar"', "the label of the search is a picture"),
    "aria-prohibited-attr": ("search-label-icon", "the help of the boxes of permissions"),
}
# Names as long as their columns, without a place to break.
LONG = {
    "users.User": ("username", "email", "full_name"),
    "users.ApiKey": ("label",),
    "users.Identity": ("issuer", "subject"),
    "users.Message": ("subject",),
    "videos.Video": ("title",),
    "videos.VideoUrl": ("url",),
    "videos.Language": ("name",),
    "subtitles.SubtitleVersion": ("title",),
    "subtitles.SubtitleNote": ("body",),
    "teams.Team": ("name", "slug"),
    "teams.Project": ("name", "slug"),
    "activity.Callback": ("url", "off_because"),
    "activity.Notification": ("url", "error_message"),
    "activity.Tally": ("question",),
}


@pytest.fixture
def root(db: None) -> User:
    return UserFactory(username="root", is_staff=True, is_superuser=True)


def come_in(chromium: Browser, server: Any, person: User, **how: Any) -> BrowserContext:
    """As they are after the login, which has tests of its own."""
    client = Client()
    client.force_login(person)
    context = visit(chromium, server, **how)
    cookies = [
        {"name": name, "value": cookie.value, "url": server.url}
        for name, cookie in client.cookies.items()
    ]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context


@pytest.fixture
def page(chromium: Browser, live_server: Any, root: User) -> Iterator[Page]:
    context = come_in(chromium, live_server, root, viewport=DESKTOP)
    yield context.new_page()
    context.close()


def lengthen() -> None:
    for label, names in LONG.items():
        model = apps.get_model(label)
        for row in model._default_manager.all():
            if isinstance(row, User) and row.is_superuser:
                continue
            given = {name: _long(model, name, row) for name in names}
            model._default_manager.filter(pk=row.pk).update(**given)


def _long(model: type[Model], name: str, row: Model) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, CharField | TextField)
    start = "https://example.com/" if name in ("url", "issuer") else f"n{row.pk}"
    return start + "w" * (min(field.max_length or 500, 500) - len(start))


@pytest.fixture
def world(root: User) -> None:
    """One of everything, by long names, and what was done to some of it."""
    populate(0, 2)
    Group.objects.create(name="Helpers")
    asked = SubtitleRequest.objects.latest("pk")
    Evaluation.objects.create(request=asked, team=Team.objects.latest("pk"), position=1)
    Application.objects.update(note="Please")
    user = User.objects.get(username="member-0")
    administration.write(
        What.CHANGED,
        actor="root",
        via="admin",
        kind="users.user",
        thing_key=user.pk,
        thing="x" * 200,
        before={"email": "y" * 300},
        after={"email": "z" * 300},
    )
    lengthen()


def address(name: str, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{name.lower().replace('.', '_')}_{page}", args=args)


LISTS = (*SEARCHES, "auth.Group", "kernel.AdministrativeChange")
ACTIONS = (
    ("users.User", "revoke_keys"),
    ("users.ApiKey", "rotate"),
    ("teams.Task", "give_back"),
    ("teams.Task", "reassign"),
    ("teams.SubtitleRequest", "give_back"),
    ("teams.SubtitleRequest", "reassign"),
    ("videos.Video", "delete_selected"),
)


def newest(name: str) -> Model:
    found: Model = apps.get_model(name)._default_manager.order_by("-pk").first()
    return found


def lists() -> Iterator[str]:
    yield from map(address, LISTS)
    yield address("users.User") + "?q=nobody-is-called-this"


def forms() -> Iterator[str]:
    """To change each kind of thing, and to add one."""
    request = Client().get("/").wsgi_request
    request.user = User.objects.get(username="root")
    for name in LISTS:
        yield address(name, "change", newest(name).pk)
        if admin.site._registry[apps.get_model(name)].has_add_permission(request):
            yield address(name, "add")


def others() -> Iterator[str]:
    """Around them: what asks, what tells, and what is of one kind of thing alone."""
    request = Client().get("/").wsgi_request
    request.user = User.objects.get(username="root")
    person = User.objects.exclude(is_superuser=True).latest("pk")
    changed = AdministrativeChange.objects.get().thing_key
    yield reverse("admin:index")
    yield reverse("admin:app_list", args=["teams"])
    yield reverse("admin:password_change")
    yield reverse("admin:auth_user_password_change", args=[person.pk])
    yield address("users.User", "history", changed)
    yield address("videos.Video", "history", newest("videos.Video").pk)
    yield address("users.User", "key", person.pk)
    yield address("users.User", "moderate", person.pk)
    for name in LISTS:
        if admin.site._registry[apps.get_model(name)].has_delete_permission(request):
            one = person if name == "users.User" else newest(name)
            yield address(name, "delete", one.pk)


STILL = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets = [still];
}"""


def barriers(page: Page, size: Any, colours: Any) -> Iterator[str]:
    """What axe finds, but for what is Django's own."""
    page.evaluate(STILL)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=colours)
    page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    for each in found["violations"]:
        fragment, _ = DJANGOS_OWN.get(each["id"], ("never", ""))
        for node in each["nodes"]:
            if fragment not in node["html"]:
                yield f"{page.url} {colours} {size['width']} {each['id']}: {node['html'][:300]}"


EVERY = 1 if os.environ.get("BARRIERS") == "all" else 3
LOOKS = tuple((size, colours) for size in (DESKTOP, PHONE) for colours in ("light", "dark"))


def confirming(page: Page) -> Iterator[None]:
    """The pages that ask before an action of a list."""
    for name, action in ACTIONS:
        page.goto(address(name))
        page.locator("#result_list tbody .action-select").first.check()
        page.locator("select[name=action]").first.select_option(action)
        page.get_by_role("button", name="Go").first.click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("^Select "))
        yield


@pytest.mark.parametrize("kind", [lists, forms, others])
def test_no_page_has_a_barrier_or_sticks_out(page: Page, world: None, kind: Any) -> None:
    """Each page in one of the four looks, in turn: each kind of page is met in all of them. No
    list, and no page, is wider than a screen of 1280 pixels.

    What axe does takes most of the time, and the pages have much in common: it looks at every third
    one, and at all of them with `make barriers`."""

    def open_all() -> Iterator[None]:
        for path in kind():
            page.goto(path)
            yield
        if kind is others:
            yield from confirming(page)

    wrong: list[str] = []
    for number, _ in enumerate(open_all()):
        page.set_viewport_size(DESKTOP)
        width = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{page.url}: {width} pixels"] if width > DESKTOP["width"] else []
        if number % EVERY:
            continue
        size, colours = LOOKS[number % len(LOOKS)]
        wrong += barriers(page, size, colours)
    assert not wrong, "\n".join(wrong)


def save(page: Page, path: str, **typed: str) -> None:
    """A form as it comes, with names typed beside the choices, and its button."""
    page.goto(path)
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Save", exact=True).click()


def test_every_choice_can_be_typed_without_scripts(
    chromium: Browser, live_server: Any, root: User
) -> None:
    team, other = (TeamFactory(slug=slug, type="collaboration") for slug in ("films", "songs"))
    Project.objects.create(team=team, name="Shorts", slug="shorts")
    video = VideoFactory(user=UserFactory(username="member"), title="The harbour wakes")
    context = come_in(chromium, live_server, root, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    saved = page.get_by_text("successfully")

    # A person, in a row of the team; first one who is nobody.
    path = address("teams.Team", "change", team.pk)
    page.goto(path)
    person = page.locator("#id_members-0-user__typed")
    person.fill("nobody")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("There is no user of this name or number: nobody")).to_be_visible()
    expect(person).to_have_value("nobody")
    person.fill("member")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(saved).to_be_visible()
    assert team.members.get().user == video.user

    # A team and its project; the number of a person; a video.
    path = address("videos.Video", "change", video.pk)
    save(page, path, team__typed="films", project__typed="films/shorts")
    expect(saved).to_be_visible()
    video = Video.objects.get()
    assert (video.team, video.project.slug) == (team, "shorts")
    typed = {"user__typed": str(root.pk), "video__typed": video.video_id}
    save(page, address("videos.VideoFollower", "add"), **typed)
    expect(saved).to_be_visible()
    assert VideoFollower.objects.filter(user=root, video=video).exists()

    # Several teams, in the order in which they are typed.
    path = address("teams.SubtitleRequest", "add")
    more = {"video__typed": video.video_id, "language_code": "fr", "team__typed": "films"}
    save(page, path, **more, evaluation_teams__typed="songs, nothing")
    expect(page.get_by_text("There is no team of this name or number: nothing")).to_be_visible()
    save(page, path, **more, evaluation_teams__typed="songs films")
    expect(saved).to_be_visible()
    asked = Evaluation.objects.order_by("position").values_list("team", flat=True)
    assert list(asked) == [other.pk, team.pk]
    context.close()


def test_with_scripts_it_is_looked_up_as_ever(page: Page) -> None:
    team = TeamFactory(slug="films")
    UserFactory(username="member")
    page.goto(address("teams.Team", "change", team.pk))
    expect(page.locator(".typed")).to_have_count(0)
    page.get_by_role("button", name="Add another Member").click()
    page.locator("#members-1 .select2-selection").click()
    page.locator(".select2-search__field").fill("memb")
    page.get_by_role("option", name="member", exact=True).click()
    page.get_by_label("Role, a new member").nth(1).select_option("manager")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("successfully")).to_be_visible()
    assert str(team.members.get().user) == "member"

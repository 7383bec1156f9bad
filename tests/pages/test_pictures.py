"""The pictures of the documentation, made anew from the demo by ``make pictures``; and, in every
run, that each can still be made.

A picture is what a browser shows of a page at a desk, by day. A test does not compare the dots of
one: they differ with the fonts of a machine. It goes where the picture is taken, and finds there
what the picture is to show.
"""

import base64
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from amara_api import demo
from subtitles.formats import dump
from subtitles.queries import track_of
from teams.models import Task, Team
from teams.services import tasks
from teams.services.applications import apply
from teams.services.members import add_member
from tests.docs.pages import README, ROOT
from tests.factories import UserFactory, add_subtitles
from tests.pages.film import show
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import visit
from videos.models import Video

__all__ = ["chromium"]
DOCS = ROOT / "docs"
FILM = ROOT / "amara_api" / "static" / "amara_api" / "film" / demo.FILM
WRITES = os.environ.get("PICTURES") == "write"
MOST_BYTES = 120_000
WIDTH = 1280
MOMENT = 6  # seconds into the film
# The 256 most frequent of 32,768 colours, and which of them each dot is nearest to.
_COLOURS = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const dots = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const keys = new Uint16Array(dots.length / 4);
  const counts = new Map();
  const first = new Map();
  for (let n = 0; n < keys.length; n += 1) {
    const [red, green, blue] = dots.subarray(n * 4);
    keys[n] = (red >> 3 << 10) | (green >> 3 << 5) | (blue >> 3);
    counts.set(keys[n], (counts.get(keys[n]) ?? 0) + 1);
    if (!first.has(keys[n])) first.set(keys[n], [red, green, blue]);
  }
  const kept = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, 256);
  const palette = kept.map((key) => first.get(key));
  const far = (a, b) => a.reduce((sum, each, n) => sum + (each - b[n]) ** 2, 0);
  const nearest = new Map();
  for (const key of counts.keys()) {
    const own = first.get(key);
    let best = 0;
    palette.forEach((each, n) => { if (far(own, each) < far(own, palette[best])) best = n; });
    nearest.set(key, best);
  }
  const indexes = Uint8Array.from(keys, (key) => nearest.get(key));
  const text = (list) => btoa(list.reduce((all, each) => all + String.fromCharCode(each), ""));
  return { width: bitmap.width, palette: text(palette.flat()), dots: text(indexes) };
}"""
_NAMED = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")


@dataclass(frozen=True)
class Picture:
    """``path`` is where; ``shows`` says what must be on it; ``before`` is done there first."""

    name: str
    path: str
    shows: tuple[str, ...]
    height: int = 800
    before: Callable[[Page], None] | None = None


def _film(page: Page) -> None:
    """At a moment where a cue is shown, and no spinner is."""
    page.evaluate("() => document.querySelector('video').play()")
    page.evaluate("() => document.querySelector('video').pause()")
    page.evaluate("s => { document.querySelector('video').currentTime = s }", MOMENT)
    page.wait_for_function(
        "s => { const v = document.querySelector('video');"
        " return v.readyState >= 2 && !v.seeking && v.currentTime === s; }",
        arg=MOMENT,
    )


def _editor(page: Page) -> None:
    expect(page.locator("[data-editor][data-ready=true]")).to_be_visible()
    _film(page)


def _list(page: Page) -> None:
    """Rows are painted when they come into sight."""
    _film(page)
    page.locator("[data-strip]").scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.querySelector('[data-cues] p')"
        ".checkVisibility({ contentVisibilityAuto: true })"
    )


PICTURES = (
    Picture(
        "video.png", "/videos/{video}/", ("El faro sin farero", "English", "SRT"), before=_film
    ),
    Picture("pictures/work.png", "/work/", ("Yours now", "Translate", "Take")),
    Picture("pictures/task.png", "/teams/{team}/tasks/{task}/", ("Translate", "Give back")),
    Picture("pictures/editor.png", "/videos/{video}/en/edit/", ("Start here",), 1100, _editor),
    Picture("pictures/version.png", "{version}", ("Restore",), 900, _list),
    Picture("pictures/review.png", "/teams/{team}/tasks/{review}/", ("Accept", "Send back")),
    Picture("pictures/members.png", "/teams/{team}/members/", ("marta", "Remove")),
    Picture("pictures/invitations.png", "/teams/{team}/invitations/", ("One person a line",)),
    Picture("pictures/coverage.png", "/teams/{team}/coverage/", ("published", "in review")),
)


def test_pictures_are_named_made_and_small() -> None:
    named = {
        (page.parent / each).relative_to(DOCS).as_posix()
        for page in (README, DOCS / "using.md")
        for each in _NAMED.findall(page.read_text(encoding="utf-8"))
    }
    assert named == {each.name for each in PICTURES}
    kept = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.png")}
    assert kept == named
    for name in named:
        data = (DOCS / name).read_bytes()
        assert data.startswith(b"\x89PNG"), name
        assert len(data) <= MOST_BYTES, name
        assert int.from_bytes(data[16:20]) <= WIDTH, name


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    context = visit(
        chromium, live_server, viewport={"width": WIDTH, "height": 800}, color_scheme="light"
    )
    yield context.new_page()
    context.close()


@pytest.mark.django_db(transaction=True)
def test_each_picture_can_be_made(
    page: Page, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    settings.AMARA_BASE_URL = live_server.url
    places = _demo()
    # In parts, as a server sends it and Django's for tests does not: else nobody can seek.
    show(page.context, FILM.read_bytes(), "**/lighthouse*.webm")
    page.goto("/auth/login/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/work/")
    for picture in PICTURES:
        page.set_viewport_size({"width": WIDTH, "height": picture.height})
        page.goto(picture.path.format_map(places))
        for words in picture.shows:
            expect(page.get_by_role("main")).to_contain_text(words)
        if picture.before is not None:
            picture.before(page)
        shot = page.screenshot(scale="css", animations="disabled", caret="hide")
        if WRITES:
            (DOCS / picture.name).parent.mkdir(exist_ok=True)
            (DOCS / picture.name).write_bytes(_smaller(page, shot))


def _smaller(page: Page, picture: bytes) -> bytes:
    """A PNG of 256 colours, which has a third of the bytes."""
    found = page.evaluate(_COLOURS, base64.b64encode(picture).decode())
    width, palette, dots = (
        found["width"],
        *(base64.b64decode(found[n]) for n in ("palette", "dots")),
    )
    rows = [b"\0" + dots[at : at + width] for at in range(0, len(dots), width)]
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    parts = {
        b"IHDR": head,
        b"PLTE": palette,
        b"IDAT": zlib.compress(b"".join(rows), 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    )


def _demo() -> dict[str, object]:
    """The demo as a new server has it, with more people in its team, somebody who asks to join it,
    and a second version; and where things are."""
    admin = UserFactory(username="admin", is_superuser=True, is_staff=True)
    admin.set_password("open sesame")
    admin.save()
    demo.load()
    video = Video.objects.exclude(team=None).get()
    team = video.team
    assert team is not None
    Team.objects.filter(pk=team.pk).update(membership_policy=Team.MembershipPolicy.APPLICATION)
    for name in ("bruno", "chiara"):
        add_member(team, actor=admin, user=UserFactory(username=name))
    note = "I speak Norwegian, and my father kept a lighthouse."
    apply(Team.objects.get(pk=team.pk), actor=UserFactory(username="ingrid"), note=note)
    language = video.subtitle_languages.get(language_code="en")
    mended = dump(track_of(language.tip_id), "srt").replace("any more", "now")
    again = add_subtitles(video, "en", mended, actor=admin, note="One word.")
    review = Task.objects.get(team=team, type=Task.Type.REVIEW, language_code="fr")
    tasks.update_task(review, actor=admin, assignee=admin)
    kind = Task.Type.TRANSLATE
    tasks.add_task(team, actor=admin, video=video, type=kind, language_code="it")
    return {
        "video": video.video_id,
        "team": team.slug,
        "task": Task.objects.get(team=team, language_code="de").pk,
        "review": review.pk,
        "version": reverse("subtitles-page", args=[video.video_id, "en", language.pk, again.pk]),
    }

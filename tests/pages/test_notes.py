"""Notes written on the page of subtitles: who may, what is kept after an error, and a story of it
on a phone without scripts."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from subtitles.models import SubtitleNote
from teams.models import SubtitlePolicy
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.test_browser import chromium
from tests.pages.test_videos_in_a_browser import PHONE, assert_no_barrier, log_in, visit
from users.models import User
from videos.models import Video

__all__ = ["chromium"]
FORM = 'name="body"'


@pytest.fixture
def film(db: None) -> Video:
    """In a team in which managers write what is spoken; version 1 is public."""
    ana = UserFactory(username="ana")
    ana.set_password("open sesame")
    ana.save()
    team = TeamFactory(slug="port", subtitle_policy=SubtitlePolicy.MANAGERS)
    TeamMemberFactory(team=team, user=ana, role_name="manager")
    TeamMemberFactory(team=team, user=UserFactory(username="reader"))
    UserFactory(username="stranger")
    video = VideoFactory(user=ana, team=team, title="Harbour", primary_audio_language_code="en")
    add_subtitles(video, "en", action="publish")
    return video


def page_of(film: Video) -> str:
    language = film.subtitle_languages.get()
    return f"/videos/{film.video_id}/en/{language.pk}/{language.tip_id}/"


@pytest.mark.parametrize("name", ["ana", "reader", "stranger", None])
def test_who_may_write_notes_by_the_api_may_here(film: Video, name: str | None) -> None:
    client, path = Client(), page_of(film)
    if name:
        client.force_login(film.user if name == "ana" else User.objects.get(username=name))
    assert (FORM in client.get(path).content.decode()) == (name == "ana")
    answer = client.post(path, {"body": "The <b>mast</b> is cut."})
    assert answer.status_code == (302 if name == "ana" else 403)
    assert SubtitleNote.objects.count() == (name == "ana")
    if name == "ana":
        note = SubtitleNote.objects.get()
        assert (note.user, note.team, note.language_code) == (film.user, film.team, "en")
        assert answer["Location"] == f"{path}#notes"
        assert "The &lt;b&gt;mast&lt;/b&gt; is cut." in client.get(path).content.decode()
    else:
        # What was typed is there still, with a reason.
        page = answer.content.decode()
        assert "The &lt;b&gt;mast&lt;/b&gt; is cut.</textarea>" in page
        assert ("You may not work on these subtitles." in page) == bool(name)
        assert ("You are not logged in any more." in page) == (not name)


def test_what_the_api_refuses_is_refused_and_kept(film: Video) -> None:
    client, path = Client(), page_of(film)
    client.force_login(film.user)
    for body, reason in (("  ", "may not be blank"), ("x" * 20_001, "no more than 20000")):
        answer = client.post(path, {"body": body})
        assert answer.status_code == 400
        assert reason in answer.content.decode()
        assert f"{body}</textarea>" in answer.content.decode()
    assert client.post(path, {}).status_code == 400
    assert not SubtitleNote.objects.exists()
    # Hidden equals unknown.
    film.team.is_visible = False
    film.team.save()
    Video.objects.update(is_public=False)
    client.force_login(UserFactory())
    assert client.post(path, {"body": "x"}).status_code == 404
    assert client.post(f"/videos/{film.video_id}/en/9/9/", {"body": "x"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_note_is_written_on_a_phone_without_scripts(
    film: Video, chromium: Browser, live_server: Any
) -> None:
    # Scripts are for axe alone.
    context = visit(chromium, live_server, viewport=PHONE)
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"/auth/login/?next={page_of(film)}")
    log_in(page)
    page.wait_for_url(f"**{page_of(film)}")
    note = page.get_by_label("A note for those who work on this")
    note.fill("   ")
    page.get_by_role("button", name="Save the note").press("Enter")
    refused = page.get_by_role("alert")
    expect(refused).to_be_visible()
    expect(note).to_have_value("   ")
    assert_no_barrier(page)
    note.fill("Who speaks at the end?\nThe harbour master?")
    page.get_by_role("button", name="Save the note").press("Enter")
    page.wait_for_url("**#notes")
    expect(page.get_by_text("Your note is saved.")).to_be_visible()
    expect(page.locator(".messages .as-typed")).to_contain_text("The harbour master?")
    expect(note).to_be_empty()
    context.close()

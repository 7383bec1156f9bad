"""Where one is: the link of the frame and the tab of the team that are marked, page by page."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory

from teams.models import SubtitleRequest, Team, Visibility
from teams.work_pages import RequestPage
from tests.factories import VideoFactory
from tests.pages.test_work import as_, of, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
STYLES = Path("amara_api/static/amara_api")
MARKED = re.compile(r'<a href="[^"]*" aria-current="(\w+)">([^<]*)</a>')


def test_links_say_where_one_is(world: Any) -> None:
    """The whole set, so that nothing else is marked; "page" is the page itself."""
    reader = as_(world.alma)
    expected = {
        "/": {},
        "/work/": {"Work": "page"},
        "/messages/": {"Inbox": "page"},
        "/videos/": {"Videos": "page"},
        f"/videos/{world.harbour.video_id}/": {"Videos": "true"},
        "/teams/": {"Teams": "page"},
        "/teams/port/": {"Teams": "true", "Overview": "page"},
        "/teams/port/members/": {"Teams": "true", "Members": "page"},
        "/teams/port/tasks/": {"Teams": "true", "Tasks": "page"},
        of(world.task): {"Teams": "true", "Tasks": "true"},
        "/teams/crew/requests/": {"Teams": "true", "Subtitle requests": "page"},
        of(world.job): {"Teams": "true", "Subtitle requests": "true"},
        "/api/": {"API": "true"},
        "/api/docs/": {"Reference": "page"},
    }
    found = {}
    for path in expected:
        html = reader.get(path).content.decode()
        found[path] = {text: how for how, text in MARKED.findall(html)}
    # The browsable API marks the last step of its own path too.
    found["/api/"] = {text: how for text, how in found["/api/"].items() if text == "API"}
    assert found == expected


def test_the_frame_needs_no_colours_of_other_files() -> None:
    """The reference and the admin load it without pages.css."""
    style = (STYLES / "frame.css").read_text()
    assert set(re.findall(r"var\((--[\w-]+)", style)) <= set(re.findall(r"(--[\w-]+):", style))
    # A name is only known where it is set: within the frame, and on the link above it.
    assert style.count(", .skip {") + style.count("] .skip {") == style.count("--frame-paper:")


def test_a_step_whose_request_is_gone_is_told_as_done(world: Any) -> None:
    """The request went between the step and the sentence about what follows."""
    path = of(world.job)
    request = RequestFactory().post(path, {"do": "finish", "stage": world.job.stage})
    request.user = world.alma
    page = RequestPage()
    page.setup(request, slug="crew", job_id=world.job.job_id)
    page.team = world.crew
    page.find()
    SubtitleRequest.objects.filter(pk=world.job.pk).delete()
    assert page._what_follows() == "Done."


def test_the_coverage_of_nothing_reads_well(world: Any) -> None:
    team = world.port
    Team.objects.filter(pk=team.pk).update(team_visibility=Visibility.PUBLIC)
    video = world.harbour
    video.subtitle_languages.all().delete()
    page = as_(world.alma).get("/teams/port/coverage/").content.decode()
    assert "The only video has no subtitles yet." in page
    VideoFactory(user=world.omar, team=team)
    page = as_(world.alma).get("/teams/port/coverage/").content.decode()
    assert "None of the 2 videos has subtitles yet." in page


def test_pending_invitations_are_read_by_their_index() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "teams_invitation")
    assert found["invitation_team"]["columns"] == ["team_id", "id"]

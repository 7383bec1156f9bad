"""What is told of each step that publishes, unpublishes, moves or removes, by each way it can come
about: the events of callbacks, the activity, and the messages. The table is the test.

A row is a situation, the steps that lead there, the last step, and what must follow of that alone.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from activity.models import ActivityRecord, Callback, Notification
from activity.types import PRINTED
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from teams.models import ReviewLevel, SubtitleRequest, Task, Team
from teams.services.requests import add_request
from tests.admin.soundness import sound
from tests.admin.test_asked import Page
from tests.admin.test_merging import Page as MergePage
from tests.admin.test_writes import post as post_form
from tests.factories import TeamFactory, TeamMemberFactory, VideoFactory
from tests.photographs import photographed
from users.models import Message
from videos.models import Video

pytestmark = pytest.mark.django_db

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
V = "videos/{film}/"
EN, ACTIONS = f"{V}languages/en/subtitles/", f"{V}languages/en/subtitles/actions/"
DE = f"{V}languages/de/subtitles/"
ENGLISH = f"{V}languages/en/"
TASK, REQUEST = "teams/films/tasks/{task}/", "teams/films/subtitle-requests/{request}/"


def sent(**more: Any) -> dict[str, Any]:
    return {"subtitles": SRT, "sub_format": "srt", **more}


def posts(who: str = "contributor", path: str = EN, **more: Any) -> tuple[Any, ...]:
    return (who, "POST", path, sent(**more))


def acts(who: str, action: str) -> tuple[Any, ...]:
    return (who, "POST", ACTIONS, {"action": action})


def puts(who: str, path: str, **body: Any) -> tuple[Any, ...]:
    return (who, "PUT", path, body)


def operates(name: str, of: str = "", **fields: Any) -> tuple[Any, ...]:
    """A form of the admin; ``of`` is what it is about."""
    return ("superuser", "ADMIN", name, {"of": of, **fields})


def chooses(action: str, *of: Any) -> tuple[Any, ...]:
    """An action of the admin that asks first; of versions their numbers are enough."""
    return ("superuser", "CHOOSES", action, of)


def moderates(*choices: str) -> tuple[Any, ...]:
    """What the contributor made, taken away by the admin."""
    return operates("users_user_moderate", "contributor", do=choices)


# --- the table -----------------------------------------------------------------------------------

PUB, SUBS = "subtitles-published", "subs-new"


def published(number: int, code: str = "en", team: str = "films") -> tuple[Any, ...]:
    return (team, PUB, {"language_code": code, "amara_version": number})


def unpublished(code: str) -> tuple[Any, ...]:
    return ("films", "subtitle-unpublished", {"language_code": code})


def removed(new: str | None) -> tuple[Any, ...]:
    return ("films", "video-removed", {"new_team": new})


def added(team: str, old: str | None) -> tuple[Any, ...]:
    return (team, "video-added", {"old_team": old})


@dataclass(frozen=True)
class Row:
    """``team`` is how the team works; ``steps`` are requests, the last is what the row is about."""

    team: str
    steps: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)


NEW = ["language-new", "subs-new"]
PLAIN, PUBLISH, DRAFT = posts(), posts(action="publish"), posts(action="save-draft")
COMPLETE = posts(action="complete")
LEAVES, MOVES = puts("owner", V, team=None), puts("owner", V, team="second")
# In a request: the contributor subtitles, the manager reviews.
SEATED = puts("admin", REQUEST, subtitler="contributor", reviewer="manager")
BEING_REVIEWED = [SEATED, posts(action="endorse")]
# Who is told that a review waits, and an approval or what a manager has done.
JUDGES = [("admin", "assignment"), ("owner", "assignment")]
REVIEWERS = [("admin", "assignment"), ("manager", "assignment"), ("owner", "assignment")]
DONE = "version-approved"

ROWS = {
    # A team without tasks.
    "a draft": Row("plain", [DRAFT], [], NEW, ["version-added"]),
    "sent, and nothing said": Row("plain", [PLAIN], [], NEW, ["version-added"]),
    "published at once": Row("plain", [PUBLISH], [published(1)], NEW, ["version-added"]),
    "said to be complete": Row(
        "plain", [posts(is_complete=True)], [published(1)], NEW, ["version-added"]
    ),
    "said to be incomplete": Row(
        "plain", [PUBLISH, posts(is_complete=False)], [], [SUBS], ["version-added"]
    ),
    "a draft, then published": Row(
        "plain", [DRAFT, acts("contributor", "publish")], [published(1)]
    ),
    "published, and published again": Row("plain", [PUBLISH, acts("contributor", "publish")]),
    "published, and saved as a draft": Row("plain", [PUBLISH, acts("contributor", "save-draft")]),
    "a draft of what is complete": Row("plain", [PUBLISH, DRAFT], [], [SUBS], ["version-added"]),
    "that published": Row("plain", [PUBLISH, DRAFT, acts("manager", "publish")], [published(2)]),
    "what is complete corrected": Row(
        "plain", [PUBLISH, PLAIN], [published(2)], [SUBS], ["version-added"]
    ),
    "published twice": Row("plain", [PUBLISH, PUBLISH], [published(2)], [SUBS], ["version-added"]),
    "refused": Row("plain", [("contributor", "POST", ACTIONS, {"action": "publish"}, 400)]),
    "the language called complete": Row(
        "plain",
        [DRAFT, puts("contributor", ENGLISH, subtitles_complete=True)],
        [published(1)],
        ["language-edit"],
    ),
    "by its older name": Row(
        "plain",
        [DRAFT, puts("contributor", ENGLISH, is_complete=True)],
        [published(1)],
        ["language-edit"],
    ),
    "called complete again": Row(
        "plain",
        [PUBLISH, puts("contributor", ENGLISH, subtitles_complete=True)],
        [],
        ["language-edit"],
    ),
    "called incomplete": Row(
        "plain",
        [PUBLISH, puts("contributor", ENGLISH, subtitles_complete=False)],
        [],
        ["language-edit"],
    ),
    "called incomplete, then published": Row(
        "plain",
        [PUBLISH, puts("contributor", ENGLISH, is_complete=False), acts("manager", "publish")],
        [published(1)],
    ),
    "an empty language called complete": Row(
        "plain",
        [("owner", "POST", f"{V}languages/", {"language_code": "en", "is_complete": True})],
        [],
        ["language-new"],
    ),
    "called complete in the admin": Row(
        "plain",
        [DRAFT, operates("subtitles_subtitlelanguage_change", "en", subtitles_complete="on")],
        [published(1)],
        ["language-edit"],
    ),
    "called complete in the older form": Row(
        "plain",
        [DRAFT, puts("contributor", f"/api2/partners/{ENGLISH}", subtitles_complete=True)],
        [published(1)],
        ["language-edit"],
    ),
    "published in the older form": Row(
        "plain",
        [posts(path=f"/api2/partners/{EN}", is_complete=True)],
        [published(1)],
        NEW,
        ["version-added"],
    ),
    "deleted": Row(
        "plain", [PUBLISH, ("admin", "DELETE", EN, None)], [unpublished("en")], ["language-deleted"]
    ),
    "deleted in the admin": Row(
        "plain",
        [PUBLISH, operates("subtitles_subtitlelanguage_delete", "en", post="yes")],
        [unpublished("en")],
        ["language-deleted"],
    ),
    "deleted with a translation": Row(
        "plain",
        [
            PUBLISH,
            posts(path=DE, action="publish"),
            ("", "TRANSLATES", "de", "en"),
            ("admin", "DELETE", EN, None),
        ],
        [unpublished("en"), unpublished("de")],
        ["language-deleted", "language-deleted"],
    ),
    "published after a deletion": Row(
        "plain",
        [PUBLISH, ("admin", "DELETE", EN, None), PUBLISH],
        [published(2)],
        [SUBS],
        ["version-added"],
    ),
    # A team with tasks and a review.
    "a draft under review": Row("review", [PLAIN], [], [], ["version-added"]),
    "completed": Row("review", [COMPLETE], [], [], ["version-added"], REVIEWERS),
    "said to be complete, under review": Row(
        "review", [posts(is_complete=True)], [], [], ["version-added"], REVIEWERS
    ),
    "approved by an action": Row(
        "review",
        [COMPLETE, acts("manager", "approve")],
        [published(1)],
        ["subs-approved", SUBS],
        [DONE],
        [("contributor", "approved")],
    ),
    "approved by PUT": Row(
        "review",
        [COMPLETE, puts("manager", TASK, complete=True)],
        [published(1)],
        ["subs-approved", SUBS],
        [DONE],
        [("contributor", "approved")],
    ),
    "approved by its stage": Row(
        "review",
        [COMPLETE, puts("manager", TASK, approved="Approved")],
        [published(1)],
        ["subs-approved", SUBS],
        [DONE],
        [("contributor", "approved")],
    ),
    "corrected and approved at once": Row(
        "review",
        [COMPLETE, posts("manager", action="approve")],
        [published(2)],
        ["subs-approved", SUBS],
        [DONE, "version-added"],
        [("contributor", "approved")],
    ),
    "sent back by PUT": Row(
        "review",
        [COMPLETE, puts("manager", TASK, send_back=True)],
        [],
        ["subs-rejected"],
        ["version-declined"],
        [("contributor", "sent_back")],
    ),
    "sent back by its stage": Row(
        "review",
        [COMPLETE, puts("manager", TASK, approved="Rejected", complete=True)],
        [],
        ["subs-rejected"],
        ["version-declined"],
        [("contributor", "sent_back")],
    ),
    "sent back by an action": Row(
        "review",
        [COMPLETE, acts("manager", "send-back")],
        [],
        ["subs-rejected"],
        ["version-declined"],
        [("contributor", "sent_back")],
    ),
    "a task deleted": Row("review", [COMPLETE, ("admin", "DELETE", TASK, None)]),
    "a task deleted in the admin": Row(
        "review", [COMPLETE, operates("teams_task_delete", "task", post="yes")]
    ),
    "a draft completed whose task was deleted": Row(
        "review",
        [COMPLETE, ("admin", "DELETE", TASK, None), acts("manager", "complete")],
        messages=JUDGES,
    ),
    "that approved": Row(
        "review",
        [
            COMPLETE,
            ("admin", "DELETE", TASK, None),
            acts("manager", "complete"),
            puts("admin", TASK, complete=True),
        ],
        [published(1)],
        ["subs-approved", SUBS],
        [DONE],
        [("contributor", "approved"), ("manager", "approved")],
    ),
    "published once there is no review": Row(
        "review",
        [
            COMPLETE,
            ("admin", "DELETE", TASK, None),
            puts("owner", "teams/films/", workflow_enabled=False),
            acts("contributor", "publish"),
        ],
        [published(1)],
        [SUBS],
    ),
    "a draft deleted": Row("review", [COMPLETE, ("admin", "DELETE", EN, None)]),
    "a complete draft leaves the team": Row(
        "review",
        [COMPLETE, LEAVES],
        [published(1), removed(None)],
        [SUBS],
        ["video-moved-from-team"],
    ),
    "a complete draft goes to another": Row(
        "review",
        [COMPLETE, MOVES],
        [
            published(1),
            removed("second"),
            added("second", "films"),
            published(1, team="second"),
        ],
        [SUBS],
        ["video-moved-from-team", "video-moved-to-team"],
    ),
    "a complete draft goes by the admin": Row(
        "review",
        [COMPLETE, operates("videos_video_change", "film", team="second", project="")],
        [
            published(1),
            removed("second"),
            added("second", "films"),
            published(1, team="second"),
        ],
        [SUBS],
        ["video-moved-from-team", "video-moved-to-team"],
    ),
    "its project is deleted": Row(
        "review",
        [
            puts("owner", V, team="films", project="shorts"),
            COMPLETE,
            ("owner", "DELETE", "teams/films/projects/shorts/", None),
        ],
        [published(1), removed(None)],
        [SUBS],
        ["video-moved-from-team"],
    ),
    "an unfinished draft leaves the team": Row(
        "review", [PLAIN, LEAVES], [removed(None)], [SUBS], ["video-moved-from-team"]
    ),
    "a deleted draft leaves nothing": Row(
        "review",
        [COMPLETE, ("admin", "DELETE", EN, None), MOVES],
        [removed("second"), added("second", "films")],
        [],
        ["video-moved-from-team", "video-moved-to-team"],
    ),
    "the published with a newer draft moves": Row(
        "review",
        [
            COMPLETE,
            acts("manager", "approve"),
            (
                "admin",
                "POST",
                "teams/films/tasks/",
                {"video_id": "{film}", "type": "Subtitle", "language": "en"},
            ),
            PLAIN,
            LEAVES,
        ],
        [published(2), removed(None)],
        [SUBS],
        ["video-moved-from-team"],
    ),
    "the video is deleted": Row(
        "review", [COMPLETE, ("owner", "DELETE", V, None)], [removed(None)], [], ["video-deleted"]
    ),
    # With an approval too.
    "accepted": Row(
        "both",
        [COMPLETE, puts("manager", TASK, complete=True)],
        [],
        [],
        ["version-accepted"],
        JUDGES,
    ),
    "accepted and approved": Row(
        "both",
        [COMPLETE, puts("manager", TASK, complete=True), puts("admin", TASK, complete=True)],
        [published(1)],
        ["subs-approved", SUBS],
        [DONE],
        [("contributor", "approved")],
    ),
    "approval refused": Row(
        "both",
        [COMPLETE, puts("manager", TASK, complete=True), puts("admin", TASK, send_back=True)],
        [],
        ["subs-rejected"],
        ["version-rejected"],
        [("manager", "sent_back")],
    ),
    # With tasks alone.
    "a draft in a task": Row("tasks", [PLAIN], [], NEW, ["version-added"]),
    "a task done by a post": Row(
        "tasks",
        [
            (
                "admin",
                "POST",
                "teams/films/tasks/",
                {"video_id": "{film}", "type": "Subtitle", "language": "en"},
            ),
            COMPLETE,
        ],
        [published(1)],
        NEW,
        ["version-added"],
    ),
    # By request.
    "endorsed unasked": Row(
        "requests", [posts("manager", action="endorse")], [published(1)], NEW, ["version-added"]
    ),
    "a draft unasked": Row(
        "requests", [posts("manager", action="save-draft")], [], NEW, ["version-added"]
    ),
    "that endorsed": Row(
        "requests",
        [posts("manager", action="save-draft"), acts("manager", "endorse")],
        [published(1)],
    ),
    "a draft of a request": Row("asked", [SEATED, PLAIN], [], [], ["version-added"]),
    "endorsed by the subtitler": Row(
        "asked",
        [SEATED, posts(action="endorse")],
        [],
        [],
        ["collab-state-change", "version-added"],
        [("manager", "assignment")],
    ),
    "endorsed by the reviewer": Row(
        "asked",
        [*BEING_REVIEWED, acts("manager", "endorse")],
        [published(1)],
        [SUBS],
        ["collab-state-change"],
        [("contributor", "approved")],
    ),
    "corrected and endorsed": Row(
        "asked",
        [*BEING_REVIEWED, posts("manager", action="endorse")],
        [published(2)],
        [SUBS],
        ["collab-state-change", "version-added"],
        [("contributor", "approved")],
    ),
    "completed by an admin": Row(
        "asked",
        [*BEING_REVIEWED, puts("admin", REQUEST, state="complete")],
        [published(1)],
        [SUBS],
        ["collab-state-change"],
        [("contributor", "approved")],
    ),
    "a request deleted": Row(
        "asked", [*BEING_REVIEWED, ("admin", "DELETE", REQUEST, None)], [], [], ["collab-delete"]
    ),
    "endorsed after the request was deleted": Row(
        "asked",
        [*BEING_REVIEWED, ("admin", "DELETE", REQUEST, None), acts("manager", "endorse")],
        [published(1)],
        [SUBS],
    ),
    "a request leaves with its video": Row(
        "asked",
        [*BEING_REVIEWED, LEAVES],
        [published(1), removed(None)],
        [SUBS],
        ["collab-delete", "video-moved-from-team"],
    ),
    "a request begins again": Row(
        "asked",
        [*BEING_REVIEWED, ("admin", "DELETE", EN, None)],
        [],
        [],
        ["collab-state-change"],
        [("contributor", "assignment")],
    ),
    "a seat runs out": Row(
        "asked", [SEATED, ("", "MANAGE", "expire_tasks", None)], [], [], ["collab-auto-unassigned"]
    ),
    "who has a seat leaves": Row(
        "asked",
        [SEATED, ("contributor", "DELETE", "teams/films/members/contributor/", None)],
        [("films", "member-removed", {"username": "contributor"})],
        [],
        ["collab-auto-unassigned", "member-left"],
    ),
}


# What operators do in the admin to single things. The team has a second film, the other one.
AGAIN = (
    "owner",
    "POST",
    "videos/",
    {"video_url": "https://media.example.com/b.mp4", "team": "films"},
)
OTHER = "videos/{other}/languages/en/subtitles/"
NOTED = ("manager", "POST", f"{EN}notes/", {"body": "Well done"})
WRITTEN = ("manager", "POST", "message/", {"user": "contributor", "subject": "Hi", "content": "A"})
SAID = ("contributor", "POST", "message/", {"user": "manager", "subject": "Hi", "content": "B"})
DOWN, UP = chooses("make_private", 1), chooses("publish", 1)
HIDES = chooses("hide", "note"), chooses("hide", "message")
MERGED, TAKEN = chooses("merge", "film", "other"), moderates("versions")
GONE, MOVED = ["language-deleted"], ["video-moved-from-team"]
MERGES = ["video-deleted", "video-url-added"]

ROWS |= {
    # Everybody reads a draft where there is no review: it is only not complete.
    "a draft made private": Row("plain", [DRAFT, DOWN], [unpublished("en")], GONE),
    "what everybody reads, published in the admin": Row("plain", [DRAFT, UP]),
    "made private": Row("plain", [PUBLISH, DOWN], [unpublished("en")], GONE),
    "made private and published again": Row("plain", [PUBLISH, DOWN, UP], [published(1)], [SUBS]),
    "the older one made private": Row("plain", [PUBLISH, PUBLISH, DOWN]),
    "the older one published again": Row("plain", [PUBLISH, PUBLISH, DOWN, UP], [], [SUBS]),
    "the newer one made private": Row(
        "plain", [PUBLISH, PUBLISH, chooses("make_private", 2)], [published(1)]
    ),
    "both made private": Row(
        "plain", [PUBLISH, PUBLISH, chooses("make_private", 1, 2)], [unpublished("en")], GONE
    ),
    "made private, and called complete": Row(
        "plain",
        [PUBLISH, DOWN, puts("contributor", ENGLISH, subtitles_complete=True)],
        [],
        ["language-edit"],
    ),
    "made private, and deleted": Row("plain", [PUBLISH, DOWN, ("admin", "DELETE", EN, None)]),
    "made private, and leaves the team": Row(
        "plain", [PUBLISH, DOWN, LEAVES], [removed(None)], [], MOVED
    ),
    "made private, and goes to another": Row(
        "plain",
        [PUBLISH, DOWN, MOVES],
        [removed("second"), added("second", "films")],
        [],
        ["video-moved-from-team", "video-moved-to-team"],
    ),
    "the newer one made private, and leaves the team": Row(
        "plain",
        [PUBLISH, PUBLISH, chooses("make_private", 2), LEAVES],
        [removed(None)],
        [],
        MOVED,
    ),
    "a draft below what was made private leaves the team": Row(
        "review",
        [
            PLAIN,
            COMPLETE,
            acts("manager", "approve"),
            chooses("make_private", 2),
            LEAVES,
        ],
        [published(1), removed(None)],
        [SUBS],
        MOVED,
    ),
    "a draft above what was made private leaves the team": Row(
        "plain", [PUBLISH, DOWN, PUBLISH, LEAVES], [removed(None)], [], MOVED
    ),
    "published in the admin while it is reviewed": Row("review", [COMPLETE, UP]),
    "published in the admin without a task": Row(
        "review", [COMPLETE, ("admin", "DELETE", TASK, None), UP], [published(1)], [SUBS]
    ),
    "published in the admin, and called so": Row(
        "review",
        [COMPLETE, ("admin", "DELETE", TASK, None), UP, puts("admin", ENGLISH, is_complete=True)],
        [],
        ["language-edit"],
    ),
    "approved, and made private": Row(
        "review", [COMPLETE, acts("manager", "approve"), DOWN], [unpublished("en")], GONE
    ),
    "published in the admin while it is asked for": Row("asked", [*BEING_REVIEWED, UP]),
    "endorsed, and made private": Row(
        "asked", [*BEING_REVIEWED, acts("manager", "endorse"), DOWN], [unpublished("en")], GONE
    ),
    "merged, and nothing to read": Row(
        "plain", [PUBLISH, AGAIN, MERGED], [removed(None)], ["video-edited"], MERGES
    ),
    "merged with what is published": Row(
        "plain",
        [AGAIN, posts("owner", OTHER, action="publish"), MERGED],
        [published(1), removed(None)],
        [SUBS, "video-edited"],
        MERGES,
    ),
    "merged with what is not complete": Row(
        "plain",
        [AGAIN, posts("owner", OTHER, action="save-draft"), MERGED],
        [removed(None)],
        [SUBS, "video-edited"],
        MERGES,
    ),
    "merged with what is reviewed": Row(
        "review",
        [AGAIN, posts(path=OTHER, action="complete"), MERGED],
        [removed(None)],
        ["video-edited"],
        MERGES,
    ),
    "merged with what was made private": Row(
        "plain",
        [
            AGAIN,
            posts("owner", OTHER, action="publish"),
            chooses("make_private", "other version"),
            MERGED,
        ],
        [removed(None)],
        ["video-edited"],
        MERGES,
    ),
    "not merged, for both have subtitles": Row(
        "plain", [PUBLISH, AGAIN, posts("owner", OTHER, action="publish"), MERGED]
    ),
    "a note": Row(
        "review", [COMPLETE, NOTED], [], [], ["comment-added"], [("contributor", "note")]
    ),
    "a note hidden": Row("review", [COMPLETE, NOTED, HIDES[0]]),
    "a note shown again": Row("review", [COMPLETE, NOTED, HIDES[0], chooses("show_again", "note")]),
    "a message": Row("plain", [WRITTEN], messages=[("contributor", "message")]),
    "a message hidden": Row("plain", [WRITTEN, HIDES[1]]),
    "a message shown again": Row("plain", [WRITTEN, HIDES[1], chooses("show_again", "message")]),
    "taken back": Row("plain", [PUBLISH, TAKEN], [unpublished("en")], GONE),
    "a draft taken back": Row("plain", [DRAFT, TAKEN], [unpublished("en")], GONE),
    "what was made private taken back": Row("plain", [PUBLISH, DOWN, TAKEN]),
    "taken back, and something is below it": Row(
        "plain", [posts("manager", action="publish"), PUBLISH, TAKEN], [published(1)]
    ),
    "taken back, and something is above it": Row(
        "plain", [PUBLISH, posts("manager", action="publish"), TAKEN]
    ),
    "taken back while it is reviewed": Row("review", [COMPLETE, TAKEN]),
    "taken back while somebody corrects it": Row("review", [COMPLETE, posts("manager"), TAKEN]),
    "approved, and taken back": Row(
        "review", [COMPLETE, acts("manager", "approve"), TAKEN], [unpublished("en")], GONE
    ),
    "taken back while it is asked for": Row(
        "asked",
        [*BEING_REVIEWED, TAKEN],
        [],
        [],
        ["collab-state-change"],
        [("contributor", "assignment")],
    ),
    "all that somebody made taken away": Row(
        "asked",
        [
            *BEING_REVIEWED,
            SAID,
            moderates("close", "memberships", "messages", "notes", "versions", "videos"),
        ],
        [
            ("films", "member-profile-changed", {"username": "contributor"}),
            ("films", "member-removed", {"username": "contributor"}),
        ],
        [],
        ["collab-auto-unassigned", "collab-state-change", "member-left", "member-left"],
    ),
}


# --- making it so --------------------------------------------------------------------------------

SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tasks": {"workflow_enabled": True},
    "review": {"workflow_enabled": True, "review_allowed": ReviewLevel.MANAGERS},
    "both": {
        "workflow_enabled": True,
        "review_allowed": ReviewLevel.MANAGERS,
        "approve_allowed": 20,
    },
    "requests": {"type": Team.Type.COLLABORATION},
    "asked": {
        "type": Team.Type.COLLABORATION,
        "review_allowed": ReviewLevel.MANAGERS,
        "task_expiration": 3,
    },
}


@pytest.fixture
def world(cast, api_for):
    """A film of *films* and a second team of the owner's; both are told in both forms."""
    return photographed("truth", lambda: _world(cast, api_for))


def _world(cast, api_for):
    second = TeamFactory(slug="second")
    TeamMemberFactory(team=second, user=cast.owner, role_name="owner")
    cast.films.projects.create(slug="shorts", name="Shorts")
    film = VideoFactory(user=cast.owner, team=cast.films, primary_audio_language_code="en")
    for team in (cast.films, second):
        Callback.objects.create(team=team, url=f"https://today.example.com/{team.slug}")
    Callback.objects.create(team=cast.films, url="https://older.example.com/", encoding="form")
    api = {name: api_for(person) for name, person in cast.people.items()}
    return SimpleNamespace(**vars(cast), second=second, film=film, api=api)


def set_up(world: Any, team: str) -> None:
    Team.objects.filter(pk=world.films.pk).update(**SETTINGS[team])
    world.film = Video.objects.select_related("team").get(pk=world.film.pk)
    if team == "asked":
        add_request(world.film, actor=world.admin, language_code="en")


def ids(world: Any) -> dict[str, Any]:
    task = Task.objects.filter(video=world.film, is_deleted=False, completed=None).first()
    request = SubtitleRequest.objects.filter(video=world.film).first()
    other = Video.objects.filter(pk__gt=world.film.pk).first()
    return {
        "film": world.film.video_id,
        "other": other and other.video_id,
        "task": task and task.pk,
        "request": request and request.job_id,
    }


def do(world: Any, step: tuple[Any, ...]) -> None:
    who, method, path, body, *expected = step
    named = ids(world)
    if method == "ADMIN":
        operate(world, path, dict(body), named)
    elif method == "CHOOSES":
        choose(world, path, [thing(world, name) for name in body])
    elif method == "MANAGE":
        with time_machine.travel("2099-01-01", tick=False):
            call_command(path)
    elif method == "TRANSLATES":
        languages = SubtitleLanguage.objects.filter(video=world.film)
        source = languages.get(language_code=body)
        languages.filter(language_code=path).update(translated_from=source)
    else:
        if isinstance(body, dict):
            filled = {"{film}": named["film"]}
            body = {k: filled.get(v, v) if isinstance(v, str) else v for k, v in body.items()}
        answer = world.api[who].request(method, path.format(**named), body)
        assert answer.status_code in (expected or (200, 201, 204)), (step, answer.content)


def thing(world: Any, name: Any) -> Model:
    """What an action of the admin is about."""
    if isinstance(name, int):
        return SubtitleVersion.objects.get(language__video=world.film, version_number=name)
    if name == "other version":
        return SubtitleVersion.objects.get(language__video__pk__gt=world.film.pk)
    if name == "note":
        return SubtitleNote.objects.latest("pk")
    if name == "message":
        return Message.objects.latest("pk")
    return world.film if name == "film" else Video.objects.get(pk__gt=world.film.pk)


def choose(world: Any, action: str, things: list[Model]) -> None:
    browser = Client()
    browser.force_login(world.superuser)
    if action == "merge":
        done = MergePage(browser, *things).press(things[0])
    else:
        done = Page(browser, action, *things).press()
    assert done.status_code in (200, 302), done.content.decode()


def operate(world: Any, name: str, fields: dict[str, Any], named: dict[str, Any]) -> None:
    browser = Client()
    browser.force_login(world.superuser)
    keys = {
        "film": lambda: world.film.pk,
        "task": lambda: named["task"],
        "contributor": lambda: world.contributor.pk,
        "en": lambda: SubtitleLanguage.objects.get(video=world.film, language_code="en").pk,
    }
    key = keys[fields.pop("of")]()
    if fields.get("team") == "second":
        fields |= {"team": world.second.pk}
    if name.endswith("_moderate"):
        done = browser.post(reverse(f"admin:{name}", args=[key]), fields)
        assert done.status_code == 200
        assert done.context["messages"], done.content.decode()
        return
    if name.endswith("_delete"):
        done = browser.post(reverse(f"admin:{name}", args=[key]), fields)
    else:
        done = post_form(browser, name, key, **fields)
    assert done.status_code == 302, done.content.decode()


def told(since: int, encoding: str = "json") -> list[tuple[Any, ...]]:
    """Team, event, and what it says beyond what all events about a video say."""
    usual = {"event", "number", "team", "project", "primary_team", "video_id", "api_url"}
    usual |= {"amara_video_id", "youtube_video_id"}
    made = Notification.objects.filter(pk__gt=since, callback__encoding=encoding)
    return [
        (each.team.slug, each.event, {k: v for k, v in each.data.items() if k not in usual})
        for each in made.select_related("team").order_by("pk")
    ]


def last(model: Any) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@pytest.mark.by_halves
@pytest.mark.parametrize("name", ROWS)
def test_each_step_is_told_of_as_it_was(world, name):
    """And whatever a row expects of its last step: all that is stored agrees."""
    row = ROWS[name]
    set_up(world, row.team)
    for step in row.steps:
        notification, record, message = last(Notification), last(ActivityRecord), last(Message)
        do(world, step)
        publications_are_there(world, notification)
    assert told(notification) == row.events
    assert [event for _, event, _ in told(notification, "form")] == row.older
    originals = ActivityRecord.objects.filter(pk__gt=record, type__in=PRINTED, copy_of=None)
    assert sorted(originals.values_list("type", flat=True)) == sorted(row.records)
    sent = Message.objects.filter(pk__gt=message)
    assert sorted(sent.values_list("user__username", "kind")) == sorted(row.messages)
    assert sound()


def publications_are_there(world: Any, notification: int) -> None:
    """What was told since is public, complete, there to be read by everybody, and told once a
    team."""
    events = Notification.objects.filter(pk__gt=notification, event=PUB, callback__encoding="json")
    once = set()
    for event in events.select_related("team"):
        film, code = event.data["amara_video_id"], event.data["language_code"]
        answer = world.api["stranger"].get(f"videos/{film}/languages/{code}/").json()
        assert answer["subtitles_complete"]
        assert answer["versions"][0]["version_number"] == event.data["amara_version"]
        once.add((event.team.slug, film, code))
    assert len(once) == len(events)


# --- requests: what was done, by whom, whose seat it was -----------------------------------------


def seat_of(record: dict[str, Any]) -> tuple[Any, ...]:
    person = record["assignee"]
    return record["type"], record["role"], record["state_change"], person and person["username"]


def test_a_request_says_what_was_done_by_which_role_and_whose_seat_it_was(world):
    set_up(world, "asked")
    Team.objects.filter(pk=world.films.pk).update(approve_allowed=20)
    for step in [
        puts("contributor", REQUEST, subtitler="contributor"),
        puts("contributor", REQUEST, subtitler=None),
        puts("admin", REQUEST, subtitler="manager"),
        puts("admin", REQUEST, subtitler="contributor"),
        puts("admin", REQUEST, reviewer="manager", approver="admin"),
        puts("admin", REQUEST, approver=None),
        puts("admin", REQUEST, approver="admin"),
        posts(action="endorse"),
        acts("manager", "endorse"),
        ("admin", "DELETE", EN, None),
        posts(action="endorse"),
        acts("manager", "endorse"),
        acts("admin", "endorse"),
    ]:
        do(world, step)
    answer = world.api["owner"].get("teams/films/activity/?limit=100").json()
    found = [seat_of(each) for each in answer["objects"] if each["type"].startswith("collab-")]
    endorsed = [
        ("collab-state-change", role, "endorse", None)
        for role in ("subtitler", "reviewer", "approver")
    ]
    assert found[::-1] == [
        ("collab-join", "subtitler", None, "contributor"),
        ("collab-leave", "subtitler", None, "contributor"),
        ("collab-assign", "subtitler", None, "manager"),
        ("collab-reassign", "subtitler", None, "contributor"),
        ("collab-assign", "reviewer", None, "manager"),
        ("collab-join", "approver", None, "admin"),
        ("collab-leave", "approver", None, "admin"),
        ("collab-join", "approver", None, "admin"),
        *endorsed[:2],
        ("collab-state-change", None, "start-over", None),
        *endorsed,
    ]


@pytest.mark.parametrize(("who", "role"), [("admin", None), ("manager", "reviewer")])
def test_who_completes_a_request_does_it_in_their_seat_if_they_have_it(world, who, role):
    set_up(world, "asked")
    for step in BEING_REVIEWED:
        do(world, step)
    world.films.members.filter(user=world.manager).update(role=30)
    do(world, puts(who, REQUEST, state="complete"))
    newest = world.api["owner"].get("teams/films/activity/?type=collab-state-change").json()
    assert seat_of(newest["objects"][0]) == ("collab-state-change", role, "complete", None)


def test_somebody_is_taken_out_of_a_seat_by_name(world):
    set_up(world, "asked")
    for step in (SEATED, puts("admin", REQUEST, subtitler=None)):
        do(world, step)
    newest = world.api["owner"].get("teams/films/activity/?type=collab-unassign").json()
    assert seat_of(newest["objects"][0]) == ("collab-unassign", "subtitler", None, "contributor")


# --- moves ---------------------------------------------------------------------------------------


def test_what_happened_elsewhere_comes_back_with_the_video_each_thing_once(world):
    """Also where the team has records of its own of the video, and copies, and drafts."""
    second, owner = puts("owner", V, team="second"), world.api["owner"]
    home = puts("owner", V, team="films")
    for step in [
        posts("owner"),
        second,
        posts("owner", DE),
        home,
        posts("owner", f"{V}languages/fr/subtitles/"),
        second,
        home,
    ]:
        do(world, step)
    for team in ("films", "second"):
        answer = owner.get(f"teams/{team}/activity/?limit=100&type=version-added").json()
        assert [each["language"] for each in answer["objects"]] == ["fr", "de", "en"], team
    stream = owner.get(f"videos/{world.film.video_id}/activity/?type=version-added").json()
    assert [each["language"] for each in stream["objects"]] == ["fr", "de", "en"]


def test_a_deleted_draft_stays_the_affair_of_its_team(world):
    """Publishing the others when the video moves tells nobody of it, in no stream."""
    set_up(world, "review")
    TeamMemberFactory(team=world.second, user=world.stranger)
    for step in [COMPLETE, ("admin", "DELETE", EN, None), COMPLETE, MOVES]:
        do(world, step)
    for path in (
        f"videos/{world.film.video_id}/activity/",
        "teams/second/activity/",
        "users/contributor/activity/",
        "activity/?team=second",
        f"activity/?video={world.film.video_id}",
    ):
        found = world.api["stranger"].get(path).json()["objects"]
        made = [each for each in found if each["type"] in ("version-added", 4)]
        assert len(made) == 1, path
    own = world.api["manager"].get("teams/films/activity/?type=version-added").json()["objects"]
    assert len(own) == 2


# --- deletions -----------------------------------------------------------------------------------


def test_deleting_a_source_takes_what_belongs_to_its_translations_too(world):
    """Tasks, open and done, and a request's progress; what is about other languages stays."""
    set_up(world, "review")
    fr = f"{V}languages/fr/subtitles/"
    for step in [COMPLETE, posts(path=DE), posts(path=fr), ("", "TRANSLATES", "de", "en")]:
        do(world, step)
    shown = [
        each["language"] for each in world.api["owner"].get("teams/films/tasks/").json()["objects"]
    ]
    assert sorted(shown) == ["de", "en", "en", "fr"]
    do(world, ("admin", "DELETE", EN, None))
    shown = world.api["owner"].get("teams/films/tasks/").json()["objects"]
    assert [each["language"] for each in shown] == ["fr"]


# --- what is told of drafts ----------------------------------------------------------------------

FORMS = (
    "/api/{}",
    "/api2/partners/{}",
    "/api/{}?api-future=20160801",
    "/api/{}?api-future=20190619",
)
SEEN = (
    *("videos/{film}/", "videos/{film}/languages/", "videos/{film}/languages/en/"),
    *("videos/{film}/activity/", "teams/films/activity/", "users/contributor/activity/"),
    *(
        "users/manager/activity/",
        "videos/",
        "videos/?team=films",
        "videos/{film}/languages/en/subtitles/",
    ),
    "videos/{film}/languages/en/subtitles/?version_number=last",
)
ON_DRAFTS = [
    posts(),
    posts(action="complete"),
    puts("manager", TASK, send_back=True),
    posts(action="complete"),
    puts("manager", TASK, complete=True),
    puts("admin", TASK, send_back=True),
    posts("manager", action="approve"),
    ("admin", "DELETE", TASK, None),
]


def view_of(api: Any, film: str) -> dict[str, Any]:
    """All that somebody is told, in every form of the API."""
    seen = {}
    for form in FORMS:
        for path in SEEN:
            address = form.format(path.format(film=film))
            if path.count("?") and form.count("?"):
                address = address.replace("?api-future", "&api-future")
            answer = api.get(address)
            seen[address] = answer.status_code, answer.content
    return seen


@pytest.mark.parametrize("begun", ["published", "started"])
def test_nothing_that_is_done_to_drafts_changes_what_strangers_are_told(world, anonymous, begun):
    """To the byte: names, counts, dates, completeness and activity follow what they may read."""
    with time_machine.travel("2016-03-05T10:00:00Z", tick=False):
        set_up(world, "both")
        if begun == "published":
            for step in [COMPLETE, *2 * [puts("admin", TASK, assignee="admin", complete=True)]]:
                do(world, step)
        else:
            started = {"language_code": "en", "title": "Hello"}
            do(world, ("owner", "POST", f"{V}languages/", started))
        Task.objects.all().delete()
        do(
            world,
            (
                "admin",
                "POST",
                "teams/films/tasks/",
                {"video_id": "{film}", "type": "Subtitle", "language": "en"},
            ),
        )
        film = world.film.video_id
        readers = {"anonymous": anonymous, "stranger": world.api["stranger"]}
        before = {name: view_of(api, film) for name, api in readers.items()}
        inside = view_of(world.api["owner"], film)
        for step in ON_DRAFTS:
            do(world, step)
            for name, api in readers.items():
                seen = view_of(api, film)
                changed = {path for path, told in seen.items() if told != before[name][path]}
                assert not changed, (name, step)
        assert view_of(world.api["owner"], film) != inside


def test_members_are_told_of_drafts(world):
    """The same resources tell a member all of it."""
    set_up(world, "both")
    for step in [COMPLETE, puts("manager", TASK, complete=True)]:
        do(world, step)
    path = f"videos/{world.film.video_id}/languages/en/"
    seen = {who: world.api[who].get(path).json() for who in ("contributor", "stranger")}
    names = ("subtitle_count", "subtitles_complete", "num_versions", "reviewer", "approver")
    assert [seen["contributor"].get(name) for name in names] == [1, True, 1, "manager", None]
    assert [seen["stranger"].get(name) for name in names] == [0, False, 0, None, None]
    older = {who: world.api[who].get(f"/api2/partners/{path}").json() for who in seen}
    assert [each["completion"] for each in older.values()] == ["100%", "0%"]

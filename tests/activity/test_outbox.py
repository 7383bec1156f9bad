"""What callbacks are told: which event each change is, what it says, and its number."""

import json

import pytest
from django.db import transaction

from activity.models import ActivityRecord, Callback, Notification, Outbox
from activity.outbox import write
from activity.types import Event, OlderEvent
from teams.models import ReviewLevel, Team
from teams.services.applications import apply
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory

pytestmark = pytest.mark.django_db
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
SUBTITLES = {"subtitles": SRT, "sub_format": "srt", "action": "publish"}
DRAFT = {"subtitles": SRT, "sub_format": "srt"}


@pytest.fixture
def films(cast):
    """*films* with two projects, a second team of the owner's, and a film of each kind."""
    films = cast.films
    films.projects.create(slug="shorts", name="Shorts")
    second = TeamFactory(slug="second")
    TeamMemberFactory(team=second, user=cast.owner, role_name="owner")
    return films


@pytest.fixture
def film(cast, films):
    return VideoFactory(user=cast.owner, team=films, video_url=YOUTUBE)


def told(callback, since=0):
    """(event, what it says beyond what all events about a video say)."""
    usual = {"event", "number", "team", "project", "primary_team", "video_id", "api_url"}
    usual |= {"amara_video_id", "youtube_video_id"}
    return [
        (each.event, {k: v for k, v in each.data.items() if k not in usual})
        for each in callback.notifications.filter(number__gt=since).order_by("number")
    ]


V, EN = "videos/{film}/", "videos/{film}/languages/en/subtitles/"
PUBLISHED = {"language_code": "en", "amara_version": 1}
# Requests by somebody, and what today's and the older events say of the last of them.
CHANGES = {
    "a video is added": (
        [
            (
                "owner",
                "POST",
                "videos/",
                {"video_url": "http://x.example.com/a.mp4", "team": "films"},
            )
        ],
        [("video-added", {"old_team": None})],
        [("video-new", {})],
    ),
    "it leaves the team": (
        [("owner", "PUT", V, {"team": None})],
        [("video-removed", {"new_team": None})],
        [],
    ),
    "it goes to another team": (
        [("owner", "PUT", V, {"team": "second"})],
        [("video-removed", {"new_team": "second"})],
        [],
    ),
    "it comes from another team": (
        [
            ("owner", "PUT", V, {"team": "second"}),
            ("owner", "PUT", V, {"team": "films"}),
        ],
        [("video-added", {"old_team": "second"})],
        [("video-new", {}), ("video-edited", {})],
    ),
    "it goes to another project": (
        [("owner", "PUT", V, {"team": "films", "project": "shorts"})],
        [("video-moved-project", {"old_project": None})],
        [("video-edited", {})],
    ),
    "it is deleted": (
        [("owner", "DELETE", V, None)],
        [("video-removed", {"new_team": None})],
        [],
    ),
    "it is described": (
        [("owner", "PUT", V, {"description": "New"})],
        [],
        [("video-edited", {})],
    ),
    "another url is made primary": (
        [
            (
                *("owner", "POST", V + "urls/"),
                {"url": "https://media.example.com/n.mp4", "primary": True},
            )
        ],
        [("video-made-primary", {"url": "https://media.example.com/n.mp4"})],
        [("video-edited", {}), ("video-edited", {})],
    ),
    "subtitles are added": (
        [("contributor", "POST", EN, SUBTITLES)],
        [("subtitles-published", PUBLISHED)],
        [("language-new", {"language_code": "en"}), ("subs-new", {"language_code": "en"})],
    ),
    "subtitles are corrected": (
        [("contributor", "POST", EN, SUBTITLES), ("contributor", "POST", EN, SUBTITLES)],
        [("subtitles-published", {"language_code": "en", "amara_version": 2})],
        [("subs-new", {"language_code": "en"})],
    ),
    "subtitles are deleted": (
        [("contributor", "POST", EN, SUBTITLES), ("owner", "DELETE", EN, None)],
        [("subtitle-unpublished", {"language_code": "en"})],
        [("language-deleted", {"language_code": "en"})],
    ),
    "a language is added": (
        [("owner", "POST", V + "languages/", {"language_code": "fr"})],
        [],
        [("language-new", {"language_code": "fr"})],
    ),
    "a language is changed": (
        [
            ("owner", "POST", V + "languages/", {"language_code": "fr"}),
            ("owner", "PUT", V + "languages/fr/", {"subtitles_complete": True}),
        ],
        [],
        [("language-edit", {"language_code": "fr"})],
    ),
    "somebody joins": (
        [("owner", "POST", "teams/films/members/", {"user": "stranger", "role": "contributor"})],
        [("member-added", {"username": "stranger"})],
        [],
    ),
    "somebody leaves": (
        [("contributor", "DELETE", "teams/films/members/contributor/", None)],
        [("member-removed", {"username": "contributor"})],
        [],
    ),
    "somebody is removed": (
        [("owner", "DELETE", "teams/films/members/contributor/", None)],
        [("member-removed", {"username": "contributor"})],
        [],
    ),
    "a member's profile is changed": (
        [("contributor", "PUT", "users/contributor/", {"biography": "New"})],
        [("member-profile-changed", {"username": "contributor"})],
        [],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_the_documented_event(films, film, api_for, cast, change):
    requests, today, older = CHANGES[change]
    json_ = Callback.objects.create(team=films, url="https://today.example.com/")
    form = Callback.objects.create(team=films, url="https://older.example.com/", encoding="form")
    for who, method, path, body in requests:
        last = Outbox.objects.filter(team=films).values_list("last_number", flat=True).first() or 0
        answer = api_for(cast.people[who]).request(method, path.format(film=film.video_id), body)
        assert answer.status_code < 300, answer.content
    assert (told(json_, last), told(form, last)) == (today, older)


def test_an_event_about_a_video_says_which(films, film, api_for, cast):
    Callback.objects.create(team=films, url="https://today.example.com/")
    Callback.objects.create(team=films, url="https://older.example.com/", encoding="form")
    api_for(cast.contributor).post(EN.format(film=film.video_id), SUBTITLES)
    _, second, third = Notification.objects.order_by("number")
    assert third.data == {
        "event": "subtitles-published",
        "number": 3,
        "amara_video_id": film.video_id,
        "youtube_video_id": "dQw4w9WgXcQ",
        "team": "films",
        "project": None,
        "primary_team": "films",
        "language_code": "en",
        "amara_version": 1,
    }
    assert second.data == {
        "event": "subs-new",
        "number": 2,
        "team": "films",
        "project": None,
        "video_id": film.video_id,
        "api_url": f"http://127.0.0.1:8000/api/videos/{film.video_id}/",
        "language_code": "en",
    }


def test_drafts_are_told_of_when_they_are_published(films, film, api_for, cast):
    Team.objects.filter(pk=films.pk).update(
        workflow_enabled=True, review_allowed=ReviewLevel.MANAGERS
    )
    today = Callback.objects.create(team=films, url="https://today.example.com/")
    older = Callback.objects.create(team=films, url="https://older.example.com/", encoding="form")
    steps = [
        ("contributor", {"complete": True}, []),
        (
            "manager",
            {"assignee": "manager", "complete": True, "approved": "Approved"},
            [("subtitles-published", PUBLISHED)],
        ),
    ]
    api_for(cast.contributor).post(EN.format(film=film.video_id), DRAFT)
    assert told(today) == told(older) == []
    for who, body, expected in steps:
        task = films.tasks.get(completed=None)
        api_for(cast.people[who]).put(f"teams/films/tasks/{task.pk}/", body)
        assert told(today) == expected
    assert [event for event, _ in told(older)] == ["subs-approved", "subs-new"]


def test_a_callback_gets_the_events_it_asked_for(films, film, api_for, cast):
    picky = Callback.objects.create(
        team=films, url="https://today.example.com/", events=["member-added"]
    )
    off = Callback.objects.create(team=films, url="https://off.example.com/", is_on=False)
    owner = api_for(cast.owner)
    owner.put(V.format(film=film.video_id), {"team": None})
    owner.post("teams/films/members/", {"user": "stranger", "role": "contributor"})
    assert told(picky) == [("member-added", {"username": "stranger"})]
    assert told(off) == []


def test_numbers_are_a_teams_own_and_have_no_gap(films, film, api_for, cast):
    second = Team.objects.get(slug="second")
    for team in (films, second):
        for name in ("a", "b"):
            Callback.objects.create(team=team, url=f"https://{name}.example.com/")
    owner = api_for(cast.owner)
    for team in ("second", "films", "second"):
        assert owner.put(V.format(film=film.video_id), {"team": team}).status_code == 200
        # A refused one takes no number.
        assert owner.put(V.format(film=film.video_id), {"team": "no-such"}).status_code == 400
    for team in (films, second):
        numbers = list(team.notifications.order_by("pk").values_list("number", flat=True))
        assert numbers == list(range(1, 7))
        assert team.outbox.last_number == 6
        for each in team.notifications.all():
            assert each.data["number"] == each.number


def test_what_is_taken_back_was_never_told(films, film, cast):
    Callback.objects.create(team=films, url="https://today.example.com/")
    before = ActivityRecord.objects.count()
    with transaction.atomic():
        VideoFactory(user=cast.owner, team=films)
        assert Notification.objects.count() == 1
        transaction.set_rollback(True)
    assert Notification.objects.count() == 0
    assert Outbox.objects.count() == 0
    assert ActivityRecord.objects.count() == before


def test_what_is_written_for_one_that_was_just_taken_away_is_dropped(films):
    callback = Callback.objects.create(team=films, url="https://today.example.com/")
    for change, left in (
        (lambda all_: all_.update(is_on=False), callback),
        (lambda all_: all_.delete(), None),
    ):
        change(Callback.objects.all())
        with transaction.atomic():
            made = write(callback, "video-added", {})
        assert (made.callback, made.due, made.error_message) == (left, None, "Switched off")


def test_a_hidden_team_is_not_named_to_another(films, film, api_for, cast):
    callback = Callback.objects.create(team=films, url="https://today.example.com/")
    owner, address = api_for(cast.owner), V.format(film=film.video_id)
    assert owner.put(address, {"team": "hush"}).status_code == 200
    assert owner.put(address, {"team": "films"}).status_code == 200
    assert told(callback) == [
        ("video-removed", {"new_team": None}),
        ("video-added", {"old_team": None}),
    ]


def test_no_address_key_or_draft_is_in_what_is_told(films, film, api_for, cast):
    Callback.objects.create(team=films, url="https://today.example.com/")
    Callback.objects.create(team=films, url="https://older.example.com/", encoding="form")
    for requests, *_ in CHANGES.values():
        for who, method, path, body in requests:
            api_for(cast.people[who]).request(method, path.format(film=film.video_id), body)
    everything = json.dumps(list(Notification.objects.values_list("data", flat=True)))
    assert Notification.objects.count() > 10
    assert "@example.com" not in everything
    assert "Hello" not in everything


def test_every_event_happens():
    """What no row above shows is shown elsewhere: reviews, applications, tests."""
    rows = [event for _, today, older in CHANGES.values() for event, _ in [*today, *older]]
    elsewhere = {"subs-approved", "subs-rejected", "application-new", "test"}
    assert set(rows) | elsewhere == {*Event.values, *OlderEvent.values}


def test_applications_and_rejections_are_older_events(films, film, api_for, cast):
    Team.objects.filter(pk=films.pk).update(
        workflow_enabled=True,
        review_allowed=ReviewLevel.MANAGERS,
        membership_policy=Team.MembershipPolicy.APPLICATION,
    )
    older = Callback.objects.create(team=films, url="https://older.example.com/", encoding="form")
    api_for(cast.contributor).post(EN.format(film=film.video_id), DRAFT)
    for who, body in (
        ("contributor", {"complete": True}),
        ("manager", {"assignee": "manager", "send_back": True}),
    ):
        task = films.tasks.get(completed=None)
        assert (
            api_for(cast.people[who]).put(f"teams/films/tasks/{task.pk}/", body).status_code == 200
        )
    films.refresh_from_db()
    application = apply(films, actor=UserFactory())
    assert told(older) == [
        ("subs-rejected", {"language_code": "en"}),
        ("application-new", {"application_id": application.pk}),
    ]


def test_what_stays_as_it_was_is_no_event(films, film, api_for, cast):
    """A program that sends back what it has read has changed nothing."""
    callback = Callback.objects.create(team=films, url="https://old.example.com/", encoding="form")
    owner, address = api_for(cast.owner), V.format(film=film.video_id)
    read = owner.get(address).json()
    for body, events in (
        ({}, []),
        ({name: read[name] for name in ("title", "description", "metadata", "team")}, []),
        ({"title": read["title"], "description": "Another"}, ["video-edited"]),
        ({"duration": 7}, ["video-edited"]),
        ({"duration": 8}, []),  # a known duration stays
    ):
        before = callback.notifications.count()
        assert owner.put(address, body).status_code == 200
        assert [event for event, _ in told(callback)[before:]] == events, body

"""A deep page of a list is found by other ways than a near one, and shows the same rows."""

from datetime import UTC, datetime, timedelta

import pytest

from activity import tallies
from activity.api import streams
from activity.models import ActivityRecord, Notification, Outbox
from teams.long_lists import keeping, reading
from teams.models import Application, Role, SubtitleRequest, Task, Team, TeamMember
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory

COUNT = 13
LISTS = (
    *(f"teams/films/{name}/?x" for name in ("members", "applications", "notifications")),
    *("teams/films/tasks/?x", "teams/films/tasks/?language=fr", "teams/films/tasks/?open"),
    *(f"teams/films/tasks/?order_by={name}" for name in ("-priority", "type", "created")),
    *("teams/films/subtitle-requests/?x", "teams/films/subtitle-requests/?language=fr"),
    *(f"subtitle-requests/?sort={name}" for name in ("due", "-due", "completion", "-completion")),
    *("teams/films/activity/?x", "teams/films/activity/?type=video-added", "users/ana/activity/?x"),
    *("teams/films/activity/?video=VIDEO", "videos/VIDEO/activity/?x", "activity/?team=films"),
)


@pytest.fixture
def video(ana):
    """Of a team with a dozen of everything, many of it at one moment and alike."""
    team = TeamFactory(slug="films", membership_policy=Team.MembershipPolicy.APPLICATION)
    TeamMemberFactory(team=team, user=ana, role=Role.OWNER)
    videos = [VideoFactory(team=team, user=ana) for _ in range(COUNT)]
    people = [UserFactory() for _ in range(2 * COUNT)]
    TeamMember.objects.bulk_create(TeamMember(team=team, user=person) for person in people[:COUNT])
    Application.objects.bulk_create(
        Application(team=team, user=person) for person in people[COUNT:]
    )
    Notification.objects.filter(team=team).delete()
    Outbox.objects.update_or_create(team=team, defaults={"last_number": COUNT})
    Notification.objects.bulk_create(
        Notification(team=team, number=n + 1, url="https://a.example.com/", event="test", data={})
        for n in range(COUNT)
    )
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    for n, each in enumerate(videos):
        about = {"team": team, "video": each, "language_code": ("fr", "de")[n % 4 == 0]}
        when = moment + timedelta(days=n // 4)
        done = when if n % 3 else None
        Task.objects.create(**about, type=10 + n % 2 * 10, priority=n % 3, completed=done)
        SubtitleRequest.objects.create(**about, source_team=team, due=when, completed=done)
    ActivityRecord.objects.bulk_create(
        ActivityRecord(
            type="video-added", team=team, video=videos[0], actor=ana, created=moment + step
        )
        for step in (timedelta(days=n // 4) for n in range(COUNT))
    )
    return videos[0]


@pytest.mark.by_halves
@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("path", LISTS)
def test_deep_pages_show_what_is_there(video, api, monkeypatch, path, is_long):
    if is_long:
        monkeypatch.setattr(reading, "LARGE", 2)
        monkeypatch.setattr(keeping, "STEP", 2)
    asked = path.replace("VIDEO", video.video_id)
    whole = api.get(f"{asked}&limit=100").json()
    total = whole["meta"]["total_count"]
    assert total == len(whole["objects"]) > 4
    for module in (streams, reading):
        monkeypatch.setattr(module, "DEEP", 2)
    for limit in (1, 3, 5):
        for offset in range(total + 2):
            page = api.get(f"{asked}&limit={limit}&offset={offset}").json()
            assert page["objects"] == whole["objects"][offset : offset + limit], (limit, offset)
            assert page["meta"]["total_count"] == total


def test_what_is_recorded_meanwhile_moves_no_page_of_the_past(video, monkeypatch):
    """Between the count and the page."""
    monkeypatch.setattr(streams, "DEEP", 2)
    found = ActivityRecord.objects.filter(video=video)
    total = found.count()
    counted = tallies.Count(total)
    before = [each.pk for each in streams.newest(found, 100, 0, counted)]
    ActivityRecord.objects.create(type="video-added", video=video)
    for offset in range(total // 2 + 1, total):
        page = streams.newest(found, 3, offset, counted)
        assert [each.pk for each in page] == before[offset : offset + 3]

"""What each stream shows to whom, and that it stays right when things move, change and go."""

from types import SimpleNamespace

import pytest
import time_machine

from activity.models import ActivityRecord
from activity.types import ActivityType
from subtitles.services import add_note
from teams.models import ReviewLevel, Team
from teams.services.requests import add_request
from teams.services.teams import delete_team
from teams.services.videos import update_video
from tests.api.conftest import undone
from tests.api.permission_matrix import ROLES
from tests.factories import TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles
from tests.photographs import photographed
from users.services import update_user
from videos.models import Video
from videos.services import delete_video

pytestmark = pytest.mark.django_db


def records(api, path):
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()["objects"]


def types(api, path):
    return [record["type"] for record in records(api, path)]


# --- who sees what -------------------------------------------------------------------------------

# Something that is kept from somebody, and for each stream who finds it there, in the order of
# `ROLES`. A stream that is not named shows it to nobody.
INSIDE, INSIDE_OR_SUPER, NOBODY = "--- ++++ ---", "--- ++++ --+", "--- ---- ---"
KNOWN = "-++ ++++ +++"  # everybody with an account
SECRETS = {
    "a hidden video": {
        "videos/{hidden}/activity/": INSIDE,
        "teams/hush/activity/": INSIDE,
        "users/owner/activity/": INSIDE,
        "users/owner/activity/?team=hush": INSIDE,
        "users/owner/activity/?video={hidden}": INSIDE,
        "activity/": INSIDE,
        "activity/?team=hush": INSIDE,
        "activity/?video={hidden}": INSIDE,
        "activity/?type=1": INSIDE,
    },
    "a draft": {
        "videos/{team}/activity/": INSIDE,
        "teams/films/activity/": INSIDE,
        "users/contributor/activity/": INSIDE,
        "users/contributor/activity/?team=films": INSIDE,
        "activity/": INSIDE,
        "activity/?language=de": INSIDE,
        "activity/?team=films": INSIDE,
        "activity/?video={team}": INSIDE,
    },
    "a request": {
        "teams/films/activity/": INSIDE_OR_SUPER,
        "users/admin/activity/": INSIDE,
        "activity/": INSIDE,
        "activity/?team=films": INSIDE_OR_SUPER,
    },
    "what is public": {
        "videos/{team}/activity/": KNOWN,
        "teams/films/activity/": KNOWN,
        "users/owner/activity/": KNOWN,
        "users/owner/activity/?video={team}": KNOWN,
        "activity/": INSIDE,
        "activity/?type=1": INSIDE,
        "activity/?team=films": INSIDE_OR_SUPER,
        "activity/?video={team}": INSIDE_OR_SUPER,
    },
}
STREAMS = sorted(
    {stream for streams in SECRETS.values() for stream in streams}
    | {
        *("videos/{open}/activity/", "teams/films/activity/?video={hidden}"),
        *("users/owner/activity/?video={team}", "users/adder/activity/"),
        *("activity/?team=films&team-activity=1", "activity/?type=1", "activity/?language=de"),
    }
)


@pytest.fixture
def told(cast, api_for):
    """A draft in German, a request for Maltese, and what is plain to see: the film's first url."""
    return photographed("told", lambda: _told(cast, api_for))


def _told(cast, api_for):
    films = cast.films
    films.type = Team.Type.COLLABORATION
    films.save()
    film = Video.objects.select_related("team").get(pk=cast.team_video.pk)
    add_request(film, actor=cast.admin, language_code="mt")
    Team.objects.filter(pk=films.pk).update(
        type=Team.Type.DEFAULT, workflow_enabled=True, review_allowed=ReviewLevel.PEERS
    )
    cast.team_video.refresh_from_db()
    add_subtitles(cast.team_video, "de", actor=cast.contributor)
    api = {role: api_for(cast.people.get(role)) for role in ROLES}
    videos = {"hidden": cast.hidden_video, "team": cast.team_video, "open": cast.open_video}
    return SimpleNamespace(**vars(cast), api=api, ids={k: v.video_id for k, v in videos.items()})


def finds(told, role, stream, secret):
    answer = told.api[role].get(
        f"{stream.format(**told.ids)}{'&' if '?' in stream else '?'}limit=100"
    )
    if answer.status_code != 200:
        assert answer.status_code in (401, 403, 404), answer.content
        return False
    for record in answer.json()["objects"]:
        type_name = record.get("type_name", record["type"])
        found = {
            "a hidden video": record["video"] == told.ids["hidden"],
            "a draft": record["language"] == "de" and type_name == "version-added",
            "a request": record["language"] == "mt",
            "what is public": (record["video"], type_name) == (told.ids["team"], "video-added"),
        }[secret]
        if found:
            return True
    return False


@pytest.mark.by_halves
@pytest.mark.parametrize("secret", SECRETS)
def test_a_stream_shows_only_what_its_reader_may_see(told, secret):
    shown = SECRETS[secret]
    wrong = []
    for stream in STREAMS:
        expected = shown.get(stream, NOBODY)
        for role, letter in zip(ROLES, expected.replace(" ", ""), strict=True):
            with undone():
                found = finds(told, role, stream, secret)
            if found != (letter == "+"):
                wrong.append((stream, role, found))
    assert not wrong


def test_a_hidden_team_and_video_match_no_filter_and_no_more_than_made_up_ones(told):
    wrong = []
    for role in ("stranger", "adder", "partner", "staff", "superuser"):
        for stream in ("users/owner/activity/", "teams/films/activity/", "activity/"):
            for hidden, made_up in (
                (f"video={told.ids['hidden']}", "video=ZZZZZZZZZZZZ"),
                ("team=hush", "team=made"),
            ):
                if stream == "teams/films/activity/" and hidden.startswith("team"):
                    continue  # not a filter there
                first, second = (told.api[role].get(f"{stream}?{q}") for q in (hidden, made_up))
                if (first.status_code, first.content) != (second.status_code, second.content):
                    wrong.append((role, stream, hidden))
    assert not wrong


def test_a_page_counts_what_it_shows(told):
    for role in ROLES[1:]:
        for stream in STREAMS:
            answer = told.api[role].get(f"{stream.format(**told.ids)}")
            if answer.status_code == 200 and answer.json()["meta"]["next"] is None:
                body = answer.json()
                assert body["meta"]["total_count"] == len(body["objects"]), (role, stream)


def test_a_draft_is_told_of_once_it_is_published(told):
    stranger, path = told.api["stranger"], f"videos/{told.ids['team']}/activity/?language=de"
    assert types(stranger, path) == []
    for person, body in (
        ("contributor", {"complete": True}),
        ("manager", {"assignee": "manager", "complete": True, "approved": "Approved"}),
    ):
        task = told.films.tasks.get(completed=None)
        done = told.api[person].put(f"teams/films/tasks/{task.pk}/", body)
        assert done.status_code == 200, done.content
    assert types(stranger, path) == ["version-approved", "version-added"]


# --- things that change --------------------------------------------------------------------------


@pytest.fixture
def film(cast):
    """A video of *films* with something of each kind in its past."""
    video = VideoFactory(user=cast.owner, team=cast.films, title="Film")
    add_subtitles(video, actor=cast.contributor)
    add_note(video, actor=cast.manager, language_code="en", body="Mind the gap")
    return video


# The first is a team's own: nobody outside reads it, nor the next team.
PAST = ["comment-added", "version-added", "video-added"]


def move(video, team, actor):
    video.refresh_from_db()
    project = team and team.projects.get()
    return update_video(video, actor=actor, team=team, project=project)


class TestMoving:
    """A video that goes from one team to another."""

    @pytest.fixture
    def second(self, cast):
        team = TeamFactory(slug="second")
        TeamMemberFactory(team=team, user=cast.owner, role_name="owner")
        TeamMemberFactory(team=team, user=cast.adder)
        return team

    def test_both_teams_keep_its_past_and_each_what_followed(self, cast, api_for, film, second):
        move(film, second, cast.owner)
        film.refresh_from_db()
        add_subtitles(film, "fr", actor=cast.adder)
        owner = api_for(cast.owner)
        old = types(owner, "teams/films/activity/?user=owner&type=video-moved-from-team")
        assert old == ["video-moved-from-team"]
        of_film = [
            record["type"]
            for record in records(owner, "teams/films/activity/")
            if record["video"] == film.video_id
        ]
        assert of_film == ["video-moved-from-team", *PAST]
        assert types(owner, "teams/second/activity/") == [
            *("version-added", "video-moved-to-team"),
            *PAST[1:],
        ]

    def test_its_own_stream_and_those_of_people_show_each_thing_once(
        self, cast, api_for, film, second
    ):
        for team in (second, cast.films, second):
            move(film, team, cast.owner)
        stranger = api_for(cast.stranger)
        assert types(stranger, f"videos/{film.video_id}/activity/") == PAST[1:]
        assert types(stranger, "users/contributor/activity/") == ["version-added"]
        owner = api_for(cast.owner)
        assert types(owner, f"activity/?video={film.video_id}") == [4, 1]

    def test_coming_back_copies_nothing_twice(self, cast, api_for, film, second):
        for team in (second, cast.films, second):
            move(film, team, cast.owner)
        moves = ("video-moved-to-team", "video-moved-from-team")
        for slug in ("films", "second"):
            found = [
                record["type"]
                for record in records(api_for(cast.owner), f"teams/{slug}/activity/?limit=100")
                if record["video"] == film.video_id and record["type"] not in moves
            ]
            assert found == (PAST if slug == "films" else PAST[1:]), slug

    def test_gone_to_a_hidden_team_it_is_named_no_more(self, cast, api_for, film, second):
        TeamMemberFactory(team=second, user=cast.stranger)
        Team.objects.filter(pk=second.pk).update(video_visibility=0, team_visibility=0)
        second.refresh_from_db()
        add_subtitles(film, "fr", actor=cast.owner, title="Secret")
        move(film, second, cast.owner)
        for person in (cast.manager, cast.staff):
            body = api_for(person).get("teams/films/activity/").content.decode()
            assert film.video_id not in body
            assert "second" not in body
        assert (
            film.video_id in api_for(cast.stranger).get("teams/second/activity/").content.decode()
        )

    def test_a_teams_notes_stay_with_the_team(self, cast, api_for, film, second):
        move(film, second, cast.owner)
        owner = api_for(cast.owner)
        (kept,) = records(owner, "activity/?team=films&type=3")
        assert kept["comment"] == "Mind the gap"
        for api in (owner, api_for(cast.adder)):
            assert records(api, "activity/?team=second&type=3") == []
            assert records(api, f"videos/{film.video_id}/activity/?type=comment-added") == []


def test_a_person_who_is_renamed_is_so_everywhere(cast, api_for, film):
    name = "composer"
    update_user(cast.contributor, actor=cast.superuser, username=name)
    (record,) = records(api_for(cast.owner), f"videos/{film.video_id}/activity/?user={name}")
    assert record["user"]["username"] == name
    (legacy,) = records(api_for(cast.owner), f"activity/?video={film.video_id}&type=4")
    assert legacy["user"] == name
    assert api_for(cast.owner).get("users/contributor/activity/").status_code == 404


def test_a_deleted_video_leaves_its_title_and_url(cast, api_for, film):
    url = film.urls.get().url
    delete_video(film, actor=cast.owner)
    first, *rest = records(api_for(cast.manager), "teams/films/activity/?user=owner")
    assert (first["type"], first["title"], first["video"]) == ("video-deleted", "Film", None)
    assert all(record["video_uri"] is None for record in rest if record["type"] != "video-added")
    assert ActivityRecord.objects.get(type=ActivityType.VIDEO_DELETED).data["url"] == url


@pytest.mark.parametrize("slug", ["films", "hush"])
def test_a_deleted_team_leaves_what_was_public(cast, api_for, slug):
    """What a hidden team did with videos that are gone tells nobody of them."""
    team = Team.objects.get(slug=slug)
    for video in team.videos.all():
        delete_video(video, actor=cast.owner)
    delete_team(team, actor=cast.owner)
    stranger = api_for(cast.stranger)
    found = [record for record in records(stranger, "users/owner/activity/") if "title" in record]
    assert [record["title"] for record in found] == (["Of films"] if slug == "films" else [])


def test_a_comment_is_in_the_older_stream_with_its_words(cast, api_for, film):
    answer = api_for(cast.manager).post(
        f"videos/{film.video_id}/languages/en/subtitles/notes/", {"body": "Well\ndone"}
    )
    assert answer.status_code == 201
    (record, _) = records(api_for(cast.owner), f"activity/?video={film.video_id}&type=3")
    assert (record["comment"], record["user"], record["language"]) == (
        "Well\ndone",
        "manager",
        "en",
    )


# --- filters -------------------------------------------------------------------------------------


def test_each_filter_finds_exactly_its_own(cast, api_for):
    with time_machine.travel("2016-03-05T10:00:00Z", tick=False):
        video = VideoFactory(user=cast.owner, team=cast.films, primary_audio_language_code="en")
    with time_machine.travel("2016-03-06T10:00:00Z", tick=False):
        add_subtitles(video, "pt-br", actor=cast.manager)
    api = api_for(cast.owner)
    stream = f"teams/films/activity/?video={video.video_id}"
    both = ["version-added", "video-added"]
    for query, expected in {
        "": both,
        "&type=video-added": both[1:],
        "&type=nothing": [],
        "&language=PT-BR": both[:1],
        "&language=en": [],
        "&video_language=en": both,
        "&video_language=fr": [],
        "&user=manager": both[:1],
        f"&user=id${cast.manager.public_id}": both[:1],
        "&user=nobody": [],
        # Earlier than, and at or later.
        "&before=2016-03-06T10:00:00Z": both[1:],
        "&before=2016-03-06T10:00:01Z": both,
        "&after=2016-03-06T10:00:00Z": both[:1],
        "&after=2016-03-06T12:00:00%2B02:00": both[:1],
        "&after=2016-03-06T10:00:01Z": [],
        "&after=1457258400": both[:1],
        "&before=1457258400": both[1:],
    }.items():
        assert types(api, stream + query) == expected, query
    assert types(api, f"users/manager/activity/?team=films&video={video.video_id}") == both[:1]
    assert types(api, f"activity/?video={video.video_id}&type=4") == [4]
    assert types(api, f"activity/?video={video.video_id}&type=six") == []
    assert api.get(stream + "&before=noon").status_code == 400


def test_every_printed_type_is_made_by_something(cast):
    """The types that nothing makes are those that the documentation says nothing makes."""
    from pathlib import Path

    from activity.types import PRINTED

    code = "".join(
        path.read_text()
        for app in ("users", "videos", "subtitles", "teams")
        for path in Path(app).rglob("*.py")
        if "migrations" not in path.parts
    )
    unused = {type for type in PRINTED if f"ActivityType.{ActivityType(type).name}" not in code}
    assert not unused

"""What docs/versions.md says is otherwise than in the original, where no other test shows it."""

import re

import pytest

from amara_api.kernel.rest.policies import ASKED_IN_THE_SERVICE, always
from amara_api.urls import api as routes
from tests.api.conftest import unchanged
from tests.api.permission_matrix import ROWS, VIDEOS, cells
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.api.team_matrix import TEAMS
from tests.api.test_permissions import address
from tests.api.test_permissions import ask as ask_of_videos
from tests.api.test_team_permissions import ask, teams  # noqa: F401
from tests.factories import SRT, VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
# One that no field of any resource takes, and one that is none.
WRONG = ['{"unknown": ', "[]"]


def policy_of(row):
    """The rule of a row's route and method."""
    for route in routes:
        action = route.callback.actions.get(row.method.lower())
        if route.name == row.route and action:
            return route.callback.cls.policies[action]
    raise AssertionError(row)


def reads_first(row) -> bool:
    """Whether the rights hang on what is sent, so that it has to be read before."""
    return policy_of(row).may in (ASKED_IN_THE_SERVICE.may, always)


def writing(rows):
    return [row for row in rows if row.method in ("POST", "PUT", "PATCH") and not reads_first(row)]


def refused(row, names):
    """(name, role) of everybody who sees the thing and may not."""
    for name, letters in zip(names, row.letters, strict=False):
        yield from ((name, role) for role, status in cells(letters, row.ok) if status == 403)


@pytest.mark.parametrize("row", writing(ROWS), ids=lambda row: f"{row.method} {row.route}")
def test_rights_are_asked_before_input_is_read(world, row):
    with unchanged():
        for name, role in refused(row, VIDEOS):
            path = address(world, name).fill(row.path)
            for body in WRONG:
                answer = world.api[role].request(row.method, path, body)
                assert (answer.status_code, answer.json()) == (403, FORBIDDEN), (name, role)


@pytest.mark.parametrize("row", writing(TEAM_ROWS), ids=lambda row: f"{row.method} {row.route}")
def test_rights_in_teams_are_asked_before_input_is_read(teams, row):  # noqa: F811
    with unchanged():
        for slug, role in refused(row, TEAMS):
            for body in WRONG:
                answer = ask(teams, row._replace(body=body), role, slug)
                assert (answer.status_code, answer.json()) == (403, FORBIDDEN), (slug, role)


def test_enough_is_refused():
    asked = [*writing(ROWS), *writing(TEAM_ROWS)]
    assert len(asked) >= 25
    assert sum(1 for row in asked for _ in refused(row, range(3))) >= 100


@pytest.mark.parametrize("row", TEAM_ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_every_403_of_teams_has_one_text(teams, row):  # noqa: F811
    for slug, role in refused(row, TEAMS):
        assert ask(teams, row, role, slug).json() == FORBIDDEN, (slug, role)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_every_403_has_one_text(world, row):
    for name, role in refused(row, VIDEOS):
        answer = ask_of_videos(world, row, role, address(world, name))
        assert answer.json() == FORBIDDEN, (name, role)


def test_an_avatar_is_what_staff_set_and_else_empty(api, ana):
    assert api.get("users/me/").json()["avatar"] == ""
    assert api.put("users/ana/", {"avatar": "https://example.com/a.jpg"}).json()["avatar"] == ""
    ana.avatar = "https://example.com/a.jpg"
    ana.save()
    assert api.get("users/me/").json()["avatar"] == "https://example.com/a.jpg"


@pytest.mark.parametrize("path", ["teams/films/", "teams/films/projects/shorts/"])
def test_teams_and_projects_say_whether_tasks_make_themselves(teams, path):  # noqa: F811
    owner = teams.api["owner"]
    for name in ("autocreate_subtitle", "autocreate_translate"):
        assert owner.get(path).json()[name] is False
        assert owner.put(path, {name: True}).json()[name] is True
        assert owner.get(path).json()[name] is True


def test_no_time_has_a_fraction_and_every_one_is_utc(api, ana):
    video = VideoFactory(user=ana)
    add_subtitles(video)
    for path in ("", "urls/", "languages/en/", "languages/en/subtitles/", "activity/"):
        text = api.get(f"videos/{video.video_id}/{path}").content.decode()
        times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', text)
        assert times, path
        assert all(re.fullmatch(r"[\d-]{10}T\d\d:\d\d:\d\dZ", each) for each in times)


def test_videos_outside_teams_have_notes_with_both_names_of_their_time(api, ana):
    video = VideoFactory(user=ana)
    add_subtitles(video)
    path = f"videos/{video.video_id}/languages/en/subtitles/notes/"
    made = api.post(path, {"body": "Mind the gap"})
    assert made.status_code == 201
    (note,) = api.get(path).json()["objects"]
    assert note["created"] == note["datetime"]


@pytest.mark.parametrize("date", ["20160801", "20161201", "20190619"])
def test_soft_limits_are_in_every_form(api, ana, date):
    video = VideoFactory(user=ana)
    add_subtitles(video)
    headers = {"X-API-FUTURE": date}
    path = f"videos/{video.video_id}/languages/en/"
    names = ("lines", "min_duration", "max_duration", "cpl", "cps")
    for prefix, sent in (("/api/", headers), ("/api2/partners/", {})):
        for number, name in enumerate(names, start=2):
            member = f"soft_limit_{name}"
            answer = api.put(prefix + path, {member: number}, headers=sent)
            assert answer.json()[member] == number


def test_a_fraction_of_a_millisecond_is_refused(api, ana):
    video = VideoFactory(user=ana)
    path = f"videos/{video.video_id}/languages/en/subtitles/"
    cue = {"start": 0.5, "end": 2000, "text": "Half"}
    answer = api.post(path, {"subtitles": [cue], "sub_format": "json"})
    assert answer.status_code == 400
    assert "subtitles" in answer.json()


@pytest.mark.parametrize("path", ["teams/nothing/", "teams/films/", "teams/hush/members/"])
def test_a_team_answers_401_without_a_key_whether_there_is_one_or_not(cast, anonymous, path):
    assert anonymous.get(path).status_code == 401


def test_below_the_older_prefix_what_was_once_the_teams_dress_is_there_and_empty(api, cast):
    team = api.get("/api2/partners/teams/films/").json()
    assert (team["header_html_text"], team["logo"], team["deleted"]) == ("", None, False)
    subtitles = f"videos/{cast.open_video.video_id}/languages/en/subtitles/"
    add_subtitles(cast.open_video)
    body = api.get(f"/api2/partners/{subtitles}").json()
    assert (body["note"], body["version_no"]) == ("", 1)


@pytest.mark.parametrize(
    "key", ["speaker - name", "Speaker-Name", " SPEAKER -NAME ", "speaker-\tname", "speaker-name"]
)
@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
def test_keys_of_metadata_may_be_spelt_as_people_do(api, ana, key, prefix):
    """On new videos, on changed ones, and on subtitles, whose language shows them."""
    metadata = {key: "Zoë", " Location": "Oslo"}
    told = {"speaker-name": "Zoë", "location": "Oslo"}
    url = "https://media.example.com/talk.mp4"
    made = api.post(f"{prefix}videos/", {"video_url": url, "metadata": metadata}).json()
    assert made["metadata"] == told
    path = f"{prefix}videos/{made['id']}/"
    api.put(path, {"metadata": dict.fromkeys(told, "")})
    assert api.put(path, {"metadata": metadata}).json()["metadata"] == told
    form = {"subtitles": SRT, "sub_format": "srt", "metadata": metadata}
    assert api.post(f"{path}languages/en/subtitles/", form).json()["metadata"] == told
    assert api.get(f"{path}languages/en/").json()["metadata"] == told


def test_of_two_spellings_of_a_key_the_right_one_counts_and_others_are_none(api, ana):
    path = f"videos/{VideoFactory(user=ana).video_id}/"
    for sent in (
        {"speaker-name": "right", "Speaker - Name": "other"},
        {"Speaker - Name": "other", "speaker-name": "right"},
    ):
        assert api.put(path, {"metadata": sent}).json()["metadata"] == {"speaker-name": "right"}
    for unknown in ("speaker name", "speaker_name", "speaker--name", "speakername", "", "-"):
        answer = api.put(path, {"metadata": {unknown: "x"}})
        assert answer.status_code == 400, unknown
        assert answer.json() == {"metadata": [f"Unknown metadata key: {unknown}"]}


@pytest.mark.parametrize("name", ["srt", "vtt", "sbv", "ssa", "txt", "dfxp", "json"])
def test_a_text_file_needs_a_cue(api, ana, name):
    video = VideoFactory(user=ana)
    path = f"videos/{video.video_id}/languages/en/subtitles/"
    empty = {"vtt": "WEBVTT\n", "json": [], "dfxp": EMPTY_DFXP}.get(name, "\n")
    answer = api.post(path, {"subtitles": empty, "sub_format": name})
    assert answer.status_code == (201 if name in ("dfxp", "json") else 400), answer.content


EMPTY_DFXP = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div/></body></tt>'


def test_what_happens_to_urls_and_titles_is_recorded(api, ana):
    video = VideoFactory(user=ana)
    path = f"videos/{video.video_id}/"
    made = api.post(f"{path}urls/", {"url": "https://media.example.com/2.mp4"}).json()
    api.put(f"{path}urls/{made['id']}/", {"primary": True})
    first = next(u for u in api.get(f"{path}urls/").json()["objects"] if not u["primary"])
    api.delete(f"{path}urls/{first['id']}/")
    api.put(path, {"title": "Another"})
    types = [each["type"] for each in api.get(f"{path}activity/").json()["objects"]]
    urls = ("video-url-deleted", "video-url-edited", "video-url-added")
    assert types == ["video-title-changed", *urls, "video-added"]


def test_a_taken_slug_or_name_is_named_at_its_field(teams, cast):  # noqa: F811
    """Also one of a hidden team: a slug has one owner."""
    owner, partner = teams.api["owner"], teams.api["partner"]
    for method, path, api in (("POST", "teams/", partner), ("PUT", "teams/films/", owner)):
        for field, taken in (("slug", "hush"), ("slug", "others"), ("name", "Hush")):
            body = {"name": "New", "slug": "new", field: taken}
            answer = api.request(method, path, body)
            assert (answer.status_code, list(answer.json())) == (400, [field])
    owner.post("teams/films/projects/", {"name": "Long", "slug": "long"})
    for field, taken in (("slug", "shorts"), ("name", "Shorts")):
        for method, path in (("POST", "projects/"), ("PUT", "projects/long/")):
            body = {"name": "New", "slug": "new", field: taken}
            answer = owner.request(method, f"teams/films/{path}", body)
            assert (answer.status_code, list(answer.json())) == (400, [field]), (method, field)


@pytest.mark.parametrize("role", ["contributor", "manager", "admin"])
def test_members_may_remove_themselves(cast, api_for, role):
    api = api_for(cast.people[role])
    assert api.delete(f"teams/films/members/{role}/").status_code == 204
    assert api.get("teams/films/members/").status_code == 403


TIMES = ["2016-03-05", "2016-03-05T07:08:09", "2016-03-05 07:08:09", "2016-03-05T07:08:09Z"]
TIMES += ["2016-03-05T08:08:09%2B01:00", "1457161689"]


def test_times_of_applications_are_read_in_every_form_or_named(teams):  # noqa: F811
    path = "teams/films/applications/"
    for name in ("before", "after"):
        for time in TIMES:
            assert teams.api["owner"].get(f"{path}?{name}={time}").status_code == 200, time
        wrong = teams.api["owner"].get(f"{path}?{name}=noon")
        assert (wrong.status_code, list(wrong.json())) == (400, [name])


def test_times_of_activity_are_read_or_named(cast, api_for):
    owner, video = api_for(cast.owner), cast.team_video.video_id
    for path in (f"videos/{video}/activity/", "teams/films/activity/", "users/owner/activity/"):
        for time in TIMES:
            past, ahead = (owner.get(f"{path}?{n}={time}").json() for n in ("before", "after"))
            # All that happened is after March 2016, whatever zone a time is read in.
            assert past["objects"] == [], (path, time)
            assert ahead["objects"] == owner.get(path).json()["objects"], (path, time)
        wrong = owner.get(f"{path}?after=noon")
        assert (wrong.status_code, list(wrong.json())) == (400, ["after"])
        unknown = owner.get(f"{path}?type=nothing")
        assert (unknown.status_code, unknown.json()["objects"]) == (200, [])


def test_a_closed_account_gets_no_message_to_its_team(cast, api_for):
    cast.contributor.is_active = False
    cast.contributor.save()
    words = {"team": "films", "subject": "Tonight", "content": "At eight"}
    assert api_for(cast.owner).post("message/", words).status_code == 201
    assert not cast.contributor.messages.exists()
    assert cast.manager.messages.count() == 1


def test_the_older_list_says_who_joined_and_left(cast, api_for):
    owner = api_for(cast.owner)
    owner.post("teams/films/members/", {"user": "stranger", "role": "contributor"})
    owner.delete("teams/films/members/stranger/")
    owner.delete(f"videos/{cast.team_video.video_id}/")
    joins = owner.get("activity/?team=films&team-activity").json()["objects"]
    assert [each["type_name"] for each in joins] == ["member-left", "member-joined"]
    others = owner.get("activity/?team=films").json()["objects"]
    assert "video-deleted" in {each["type_name"] for each in others}

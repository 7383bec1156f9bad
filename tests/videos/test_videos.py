"""Rules of videos and their urls: what is kept, merged, refused, and who finds what."""

import re

import pytest
from django.db import connection

from activity.models import ActivityRecord
from teams.models import DEFAULT_PROJECT
from tests.factories import (
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from videos import queries
from videos.models import Video, VideoFollower, VideoUrl

FILM = "https://media.example.com/film.mp4"


def state():
    models = (Video, VideoUrl, VideoFollower, ActivityRecord)
    return [list(model.objects.order_by("pk").values()) for model in models]


def add(api, url=FILM, **fields):
    return api.post("videos", {"video_url": url, **fields})


# --- adding and changing -------------------------------------------------------------------------


def test_a_new_video_has_a_primary_url_a_follower_and_one_record(api, ana):
    answer = add(api)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["title"], body["all_urls"]) == ("media.example.com/.../film.mp4", [FILM])
    url = VideoUrl.objects.get()
    assert (url.primary, url.original, url.added_by) == (True, True, ana)
    assert [record.type for record in ActivityRecord.objects.exclude(type="key-issued")] == [
        "video-added"
    ]
    assert api.get("users/me").json()["num_videos"] == 1
    ana.follows_own_videos = False
    ana.save()
    add(api, "https://media.example.com/second.mp4")
    assert api.get("users/me").json()["num_videos"] == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"video_url": None}, {"video_url": ["This field may not be null."]}),
        ({"video_url": ""}, {"video_url": ["This field is required."]}),
        ({"video_url": "film"}, {"video_url": ["Enter a valid URL."]}),
        ({"video_url": "ftp://x.example.com/f.mp4"}, {"video_url": ["Enter a valid URL."]}),
        (
            {"video_url": "https://example.com/page"},
            {"video_url": ["Invalid URL: https://example.com/page"]},
        ),
        ({"team": "nowhere"}, {"team": ["Unknown team: nowhere"]}),
        ({"project": "x"}, {"general_errors": ["Can't specify project without team"]}),
        ({"metadata": {"size": "1"}}, {"metadata": ["Unknown metadata key: size"]}),
        (
            {"metadata": {"location": 7}},
            {"metadata": ["The value of location must be text."]},
        ),
        ({"primary_audio_language_code": "klingon"}, None),
        ({"duration": -1}, None),
        ({"duration": "long"}, None),
        ({"duration": 2**31}, None),
        ({"thumbnail": "javascript:alert(1)"}, {"thumbnail": ["Enter a valid URL."]}),
        ({"title": "x" * 2049}, None),
    ],
)
def test_a_refused_video_is_named_and_not_begun(api, fields, error):
    before = state()
    answer = api.post("videos", {"video_url": FILM, **fields})
    assert answer.status_code == 400, answer.content
    if error is not None:
        assert answer.json() == error
    else:
        assert list(answer.json()) == list(fields)
    assert state() == before


def test_what_is_left_out_stays_and_metadata_merges_key_by_key(api):
    fields = {
        "title": "Title",
        "description": "Description",
        "thumbnail": "https://example.com/a.png",
        "primary_audio_language_code": "EN",
        "metadata": {"location": "Here"},
        "duration": 60,
    }
    video = add(api, **fields).json()
    assert video["primary_audio_language_code"] == "en"
    path = f"videos/{video['id']}"
    steps = [
        ({}, {}),
        ({"metadata": {}}, {}),
        ({"metadata": {"speaker-name": "Ana"}}, {"speaker-name": "Ana"}),
        ({"metadata": {"location": "There"}}, {"location": "There"}),
    ]
    metadata = {"location": "Here"}
    for sent, changed in steps:
        metadata |= changed
        for method in (api.put, api.patch):
            answer = method(path, sent)
            assert answer.status_code == 200
            assert answer.json() == video | {"metadata": metadata}
    # Neither urls nor ids nor times are changed by a PUT.
    sent = {
        "video_url": "https://media.example.com/other.mp4",
        "id": "x",
        "created": "2001-01-01T00:00:00Z",
        "all_urls": [],
        "languages": [],
        "user": 1,
        "is_public": False,
        "resource_uri": "x",
    }
    assert api.put(path, sent).json() == video | {"metadata": metadata}


def test_a_duration_is_set_once(api):
    video = add(api).json()
    path = f"videos/{video['id']}"
    duration = f"{path}/duration"
    assert api.get(duration).json() == {"duration": None}
    for body in ({}, {"duration": None}, {"duration": ""}, []):
        answer = api.put(duration, body)
        assert (answer.status_code, answer.json()) == (400, "Duration is missing")
    for bad in (0, -1, "x", 1.5, True, 2**31):
        assert list(api.put(duration, {"duration": bad}).json()) == ["duration"]
    # Nothing is known after a nought, so the next one counts.
    assert api.put(path, {"duration": 0}).json()["duration"] in (None, 0)
    answer = api.put(duration, {"duration": "75"})
    assert (answer.status_code, answer.json()) == (200, {"duration": 75})
    records = ActivityRecord.objects.count()
    again = api.put(duration, {"duration": 80})
    assert (again.status_code, again.content) == (304, b"")
    assert ActivityRecord.objects.count() == records
    assert api.put(path, {"duration": 90}).json()["duration"] == 75


# --- urls ----------------------------------------------------------------------------------------


def test_one_video_a_url_in_each_of_its_spellings(api):
    add(api, "https://youtu.be/abcdefghijk")
    first = api.get("videos").json()["objects"][0]
    before = state()
    for spelling in (
        "http://www.youtube.com/watch?v=abcdefghijk",
        "https://m.youtube.com/watch?v=abcdefghijk&t=3",
        "https://www.youtube-nocookie.com/embed/abcdefghijk",
        "https://www.youtube.com/shorts/abcdefghijk",
    ):
        answer = add(api, spelling)
        assert answer.status_code == 400
        assert answer.json() == {"video_url": [f"Video already exists for {spelling}"]}
        other = api.post(f"videos/{first['id']}/urls", {"url": spelling})
        assert other.json() == {"url": [f"Video already exists for {spelling}"]}
        found = api.get(f"videos?video_url={spelling.replace('&', '%26')}").json()
        assert [video["id"] for video in found["objects"]] == [first["id"]]
    assert state() == before


@pytest.mark.parametrize(
    "sent",
    [
        "https://vimeo.com/76979871/0a1b2c3d4e",
        "https://player.vimeo.com/video/76979871?h=0a1b2c3d4e&badge=0",
    ],
)
def test_a_private_link_is_printed_whole_and_is_the_video_of_its_number(api, client, sent):
    whole = "http://vimeo.com/76979871/0a1b2c3d4e"
    video = add(api, sent).json()
    # The hash is no name for the video.
    assert (video["all_urls"], video["title"]) == ([whole], "vimeo.com/.../76979871")
    (url,) = api.get(f"videos/{video['id']}/urls").json()["objects"]
    assert (url["url"], url["videoid"], url["type"]) == (whole, "76979871", "V")
    assert whole in client.get(f"/videos/{video['id']}/").content.decode()
    for other in (
        "https://vimeo.com/76979871",
        "https://vimeo.com/76979871/ffff000011",
        "https://player.vimeo.com/video/76979871?h=ffff000011",
    ):
        assert add(api, other).json() == {"video_url": [f"Video already exists for {other}"]}
        assert found(api, other) == [None]


@pytest.fixture
def urls(api):
    """A video with three urls; the first is primary."""
    video = add(api).json()["id"]
    for n in (2, 3):
        api.post(f"videos/{video}/urls", {"url": f"https://media.example.com/{n}.mp4"})
    return f"videos/{video}/urls"


def listed(api, urls):
    return api.get(urls).json()["objects"]


def types():
    own = ("video-url-added", "video-url-edited", "video-url-deleted")
    return list(ActivityRecord.objects.filter(type__in=own).values_list("type", "data"))


def test_urls_are_listed_primary_first_and_one_is_always_primary(api, urls):
    assert [url["primary"] for url in listed(api, urls)] == [True, False, False]
    added = types()
    assert [kind for kind, _ in added] == ["video-url-added"] * 2
    second = listed(api, urls)[1]
    # false and nothing change nothing; true moves the mark.
    for body in ({}, {"primary": False}, {"primary": None}, {"url": "https://x.example.com/a.mp4"}):
        assert api.put(f"{urls}/{second['id']}", body).json() == second
    assert types() == added
    answer = api.put(f"{urls}/{second['id']}", {"primary": True})
    assert answer.json() == second | {"primary": True}
    assert [url["url"] for url in listed(api, urls)] == [
        "https://media.example.com/2.mp4",
        FILM,
        "https://media.example.com/3.mp4",
    ]
    assert types()[-1] == (
        "video-url-edited",
        {"old_url": FILM, "new_url": "https://media.example.com/2.mp4"},
    )
    # Once more is no change.
    api.put(f"{urls}/{second['id']}", {"primary": True})
    assert len(types()) == 3


def test_the_primary_url_stays_until_another_is_primary(api, urls):
    first, second, third = listed(api, urls)
    before = state()
    answer = api.delete(f"{urls}/{first['id']}")
    assert (answer.status_code, answer.json()) == (400, ["Can't delete the primary URL"])
    assert state() == before
    assert api.delete(f"{urls}/{third['id']}").status_code == 204
    assert types()[-1] == ("video-url-deleted", {"url": third["url"]})
    assert api.delete(f"{urls}/{third['id']}").status_code == 404
    api.put(f"{urls}/{second['id']}", {"primary": True})
    assert api.delete(f"{urls}/{first['id']}").status_code == 204
    (last,) = listed(api, urls)
    assert last["primary"]
    assert api.delete(f"{urls}/{last['id']}").status_code == 400
    # A url that was given up is free again.
    assert add(api, first["url"]).status_code == 201


def test_a_new_url_may_come_in_as_primary_or_original(api, urls):
    made = api.post(
        urls, {"url": "https://media.example.com/4.mp4", "primary": True, "original": "true"}
    ).json()
    assert (made["primary"], made["original"]) == (True, True)
    assert [url["primary"] for url in listed(api, urls)] == [True, False, False, False]
    assert listed(api, urls)[0]["id"] == made["id"]
    changed = api.put(f"{urls}/{made['id']}", {"original": False}).json()
    assert (changed["primary"], changed["original"]) == (True, False)


def test_a_url_is_found_under_its_own_video_only(api, urls):
    other = VideoFactory()
    own = listed(api, urls)[1]["id"]
    for method in (api.get, api.put, api.delete):
        assert method(f"videos/{other.video_id}/urls/{own}").status_code == 404
    assert api.get(f"{urls}/{own}").status_code == 200


# --- scopes: what a team has says nothing to others ----------------------------------------------

PLACES = (None, "films", "hush")


def found(api, url=FILM, more=""):
    return [video["team"] for video in api.get(f"videos?video_url={url}{more}").json()["objects"]]


@pytest.mark.parametrize("first", PLACES)
@pytest.mark.parametrize("second", PLACES)
@pytest.mark.parametrize("date", ["20160801", "20161201", "20190619"])
def test_a_url_is_unique_in_its_team_and_among_videos_without_one(
    cast, api_for, first, second, date
):
    owner = api_for(cast.owner, **{"X-API-FUTURE": date})
    assert add(owner, team=first).status_code == 201
    before = state()
    answer = add(owner, "http://media.example.com:80/film.mp4#t=1", team=second)
    if first != second:
        assert answer.status_code == 201
        return
    sent = "http://media.example.com:80/film.mp4#t=1"
    assert (answer.status_code, answer.json()) == (
        400,
        {"video_url": [f"Video already exists for {sent}"]},
    )
    assert state() == before


@pytest.mark.parametrize("first", PLACES)
@pytest.mark.parametrize("second", PLACES)
def test_an_added_url_follows_the_same_rule(cast, api_for, first, second):
    owner = api_for(cast.owner)
    add(owner, team=first)
    other = add(owner, "https://media.example.com/other.mp4", team=second).json()["id"]
    before = state()
    answer = owner.post(f"videos/{other}/urls", {"url": FILM})
    if first != second:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()) == (
        400,
        {"url": [f"Video already exists for {FILM}"]},
    )
    assert state() == before


@pytest.mark.parametrize("before", PLACES)
@pytest.mark.parametrize("after", PLACES)
@pytest.mark.parametrize("taken", PLACES)
def test_a_video_moves_where_its_urls_are_free_and_nowhere_else(
    cast, api_for, before, after, taken
):
    """The second of its urls is the one that another video has."""
    owner = api_for(cast.owner)
    video = add(owner, "https://media.example.com/own.mp4", team=before).json()["id"]
    owner.post(f"videos/{video}/urls", {"url": FILM})
    if taken != before:
        assert add(owner, team=taken).status_code == 201
    kept = state()
    answer = owner.put(f"videos/{video}", {"team": after, "title": "Moved"})
    if taken == after != before:
        assert (answer.status_code, answer.json()) == (
            400,
            {"team": [f"Video already exists for {FILM}"]},
        )
        assert state() == kept
        return
    assert (answer.status_code, answer.json()["team"]) == (200, after)
    moved = Video.objects.get(video_id=video)
    scope = moved.team_id or 0
    assert set(moved.urls.values_list("scope", flat=True)) == {scope}


def test_a_look_up_tells_the_one_without_a_team_first_and_then_the_oldest(cast, api_for, api):
    owner, partner = api_for(cast.owner), TeamFactory(slug="later")
    TeamMemberFactory(team=partner, user=cast.owner, role_name="owner")
    ids = {}
    for team in ("later", "hush", None, "films"):
        ids[team] = add(owner, team=team, title=f"title {team or 'alone'}").json()["id"]
    assert found(owner) == [None, "later", "hush", "films"]
    assert found(api) == [None, "later", "films"]
    # Times count, not numbers.
    Video.objects.filter(team=cast.films).update(created="2001-01-01T00:00:00Z")
    assert found(owner) == [None, "films", "later", "hush"]
    assert found(owner, more="&limit=1&offset=1") == ["films"]
    assert found(owner, more="&team=hush") == ["hush"]
    assert found(owner, more="&team=null") == [None]
    assert found(owner, more="&order_by=none") == [None, "films", "later", "hush"]
    assert found(owner, more="&order_by=created") == ["films", "later", "hush", None]
    assert found(owner, more="&order_by=-title") == ["later", "hush", "films", None]
    # Without a url the newest come first, as ever.
    assert owner.get("videos?team=null").json()["objects"][0]["id"] == ids[None]


def test_what_a_team_has_is_not_told_to_others(cast, api_for, api):
    """Neither by a refusal, nor by a look-up, nor by a move."""
    owner = api_for(cast.owner)
    hidden = add(owner, team="hush").json()["id"]
    assert found(api) == []
    made = add(api)
    assert made.status_code == 201
    assert found(api) == [None]
    assert api.get(f"videos/{hidden}").status_code == 404
    unknown = add(api, "https://media.example.com/new.mp4", team="nowhere")
    secret = add(api, "https://media.example.com/new.mp4", team="hush")
    assert secret.status_code == unknown.status_code == 400
    assert secret.content.replace(b"hush", b"nowhere") == unknown.content
    # Once the public one is gone, the other may come out.
    assert owner.put(f"videos/{hidden}", {"team": None}).status_code == 400
    api.delete(f"videos/{made.json()['id']}")
    assert owner.put(f"videos/{hidden}", {"team": None}).status_code == 200
    assert api.get(f"videos/{hidden}").status_code == 200


@pytest.mark.parametrize("way", ["add", "add url", "move"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("refuses", [False, True])
def test_a_team_may_be_kept_from_what_is_public_already(cast, api_for, way, place, refuses):
    """An operator may; what other teams have is still nobody's business."""
    cast.films.refuse_public_urls = refuses
    cast.films.save()
    owner, mine = api_for(cast.owner), TeamFactory(slug="mine")
    TeamMemberFactory(team=mine, user=cast.owner, role_name="owner")
    own = "https://media.example.com/own.mp4"
    team = {"add": None, "add url": "films", "move": "mine"}[way]
    video = add(owner, own, team=team).json()["id"]
    if way == "move":
        owner.post(f"videos/{video}/urls", {"url": FILM})
    if place != "films":
        add(owner, team=place)
    before = state()
    answer, field = {
        "add": lambda: (add(owner, team="films"), "video_url"),
        "add url": lambda: (owner.post(f"videos/{video}/urls", {"url": FILM}), "url"),
        "move": lambda: (owner.put(f"videos/{video}", {"team": "films"}), "team"),
    }[way]()
    if refuses and place is None:
        assert (answer.status_code, answer.json()) == (
            400,
            {field: [f"Video already exists for {FILM}"]},
        )
        assert state() == before
    else:
        assert answer.status_code in (200, 201)
    # What comes from outside leaves nothing there.
    free = add(owner, "https://media.example.com/free.mp4").json()["id"]
    assert owner.put(f"videos/{free}", {"team": "films"}).status_code == 200


def test_a_project_is_not_deleted_while_the_url_of_a_video_is_taken_outside(cast, api_for):
    owner = api_for(cast.owner)
    cast.films.projects.create(name="Shorts", slug="shorts")
    for n in range(2):
        url = f"https://media.example.com/short-{n}.mp4"
        assert add(owner, url, team="films", project="shorts").status_code == 201
    outside = add(owner, url).json()["id"]
    before = state()
    answer = owner.delete("teams/films/projects/shorts")
    assert answer.status_code == 400
    assert f"Video already exists for {url}" in str(answer.json())
    assert state() == before
    owner.delete(f"videos/{outside}")
    assert owner.delete("teams/films/projects/shorts").status_code == 204
    assert found(owner, url) == [None]


def test_a_look_up_is_one_indexed_read(cast):
    """Among so many videos that an index is worth it."""
    films = Video.objects.bulk_create(Video(title=str(n)) for n in range(5_000))
    VideoUrl.objects.bulk_create(
        VideoUrl(video=film, type="H", url=film.title, fingerprint=film.title.zfill(64))
        for film in films
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    condition = {"url": cast.team_video.urls.get().fingerprint, "public_or_in": [1, 2]}
    shape = tuple(sorted(condition))
    rows = queries._page.queryset(shape, queries.BY_URL, limit=20, offset=0, **condition)
    for question in (rows, queries._count.queryset(shape, **condition)):
        plan = question.explain()
        # SQLite does not tell constraints by name.
        assert re.search(r"video_url_scope|SEARCH U0 USING INDEX .* \(fingerprint=", plan), plan
        scans = r"Seq Scan on (videos_\w+)|SCAN (videos_\w+|U0)"
        assert not re.search(scans, plan), plan


def test_moving_a_video_moves_its_urls_and_is_recorded(cast, api_for):
    owner = api_for(cast.owner)
    video = add(owner).json()["id"]
    path = f"videos/{video}"

    def place():
        kept = Video.objects.get(video_id=video)
        return (kept.team and kept.team.slug, kept.is_public, kept.urls.get().scope)

    hush = cast.hush.pk
    steps = [
        ({"team": "hush"}, ("hush", False, hush), ["to"]),
        ({"title": "Same place"}, ("hush", False, hush), []),
        ({"team": "hush"}, ("hush", False, hush), []),
        ({"team": "films"}, ("films", True, cast.films.pk), ["from", "to"]),
        ({"team": "null"}, (None, True, 0), ["from"]),
        ({"team": ""}, (None, True, 0), []),
    ]
    for sent, expected, moves in steps:
        seen = ActivityRecord.objects.count()
        assert owner.put(path, sent).status_code == 200, sent
        assert place() == expected, sent
        new = ActivityRecord.objects.order_by("pk").values_list("type", flat=True)[seen:]
        assert [t for t in new if "moved" in t] == [f"video-moved-{m}-team" for m in moves], sent


def test_projects_are_of_the_team_and_the_default_one_is_null(cast, api_for):
    owner = api_for(cast.owner)
    cast.films.projects.create(name="Shorts", slug="shorts")
    made = add(owner, team="films", project="shorts").json()
    assert (made["team"], made["project"]) == ("films", "shorts")
    path = f"videos/{made['id']}"
    assert owner.put(path, {"team": "films"}).json()["project"] is None
    assert Video.objects.get(video_id=made["id"]).project.slug == DEFAULT_PROJECT
    for sent, error in (
        ({"project": "shorts"}, {"general_errors": ["Can't specify project without team"]}),
        (
            {"team": "hush", "project": "shorts"},
            {"general_errors": ["Unknown project: shorts"]},
        ),
    ):
        before = state()
        answer = owner.put(path, sent)
        assert (answer.status_code, answer.json()) == (400, error)
        assert state() == before


# --- partner ids ---------------------------------------------------------------------------------


def test_partners_name_videos_by_ids_of_their_own(cast, api_for):
    partner, stranger = api_for(cast.partner), api_for(cast.stranger)
    other = api_for(UserFactory(is_partner=True))
    video = add(partner).json()["id"]
    assert partner.put(f"videos/{video}", {"id": "12 345", "usePartnerId": True}).status_code == 200
    # The Amara id stays what answers print, and what everybody else uses.
    for path in ("", "/languages", "/urls", "/duration"):
        own = partner.get(f"videos/12%20345{path}?usePartnerId=true")
        assert own.status_code == 200, path
        assert own.json() == partner.get(f"videos/{video}{path}").json()
    assert partner.get("videos/12%20345?usePartnerId=1").json()["id"] == video
    for caller in (partner, stranger, other):
        assert caller.get("videos/12%20345").status_code == 404
    for caller in (stranger, other):
        assert caller.get("videos/12%20345?usePartnerId=true").status_code == 404
    assert partner.get(f"videos/{video}?usePartnerId=true").status_code == 404
    assert partner.get(f"videos/{video}?usePartnerId=false").status_code == 200
    answer = stranger.put(f"videos/{video}", {"id": "x", "usePartnerId": True})
    assert answer.json() == {"usePartnerId": ["Only partners may set ids of their own."]}
    # One video an id for one partner; another partner may use it too.
    second = add(partner, "https://media.example.com/second.mp4").json()["id"]
    before = state()
    taken = partner.put(f"videos/{second}", {"id": "12 345", "usePartnerId": True, "title": "x"})
    assert taken.json() == {"id": ["Another of your videos has the id 12 345."]}
    assert state() == before
    assert other.put(f"videos/{second}", {"id": "12 345", "usePartnerId": True}).status_code == 200
    assert other.get("videos/12%20345?usePartnerId=true").json()["id"] == second
    written = partner.put("videos/12%20345?usePartnerId=true", {"title": "Mine"})
    assert (written.json()["id"], written.json()["title"]) == (video, "Mine")


# --- listing and deleting ------------------------------------------------------------------------


def test_the_unfiltered_list_is_the_newest_twenty_public_videos(api, cast):
    made = [VideoFactory(title=f"{n % 7}").video_id for n in range(25)]
    first = api.get("videos").json()
    assert first["meta"]["total_count"] == 20
    assert first["meta"]["limit"] == 10
    pages = [
        video["id"]
        for offset in (0, 10, 20)
        for video in api.get(f"videos?offset={offset}").json()["objects"]
    ]
    assert pages == made[::-1][:20]
    for order, reverse in (("title", False), ("-title", True)):
        rows = api.get(f"videos?limit=100&order_by={order}").json()["objects"]
        assert {row["id"] for row in rows} == set(pages)
        titles = [row["title"] for row in rows]
        assert titles == sorted(titles, reverse=reverse)
    for ignored in ("password", "user__email", "-id,,"):
        rows = api.get(f"videos?limit=100&order_by={ignored}").json()["objects"]
        assert [row["id"] for row in rows] == pages


def test_filters_find_what_the_caller_may_see(cast, api_for):
    owner, stranger = api_for(cast.owner), api_for(cast.stranger)
    Video.objects.filter(pk=cast.hidden_video.pk).update(primary_audio_language_code="fr")
    Video.objects.filter(pk=cast.open_video.pk).update(primary_audio_language_code="fr")

    def found(caller, query):
        answer = caller.get(f"videos?{query}")
        assert answer.status_code == 200
        return sorted(video["title"] for video in answer.json()["objects"])

    for query, for_owner, for_stranger in (
        ("team=films", ["Of films"], ["Of films"]),
        ("team=hush", ["Of hush"], []),
        ("team=nowhere", [], []),
        ("team=null", ["Open"], ["Open"]),
        ("team=films&project=null", ["Of films"], ["Of films"]),
        ("team=films&project=nothing", [], []),
        ("project=nothing", ["Of films", "Open"], ["Of films", "Open"]),
        ("primary_audio_language_code=FR", ["Of hush", "Open"], ["Open"]),
        ("video_url=nonsense", [], []),
        (f"video_url={cast.hidden_video.urls.get().url}", ["Of hush"], []),
        (f"video_url={cast.hidden_video.urls.get().url}&team=films", [], []),
    ):
        assert found(owner, query) == for_owner, query
        assert found(stranger, query) == for_stranger, query


def test_deleting_a_video_takes_everything_but_the_record(api, ana):
    video = VideoFactory(user=ana, title="Gone")
    add_subtitles(video)
    path = f"videos/{video.video_id}"
    api.post(f"{path}/languages/en/subtitles/notes", {"body": "x"})
    url = video.urls.get().url
    assert api.delete(path).status_code == 204
    assert not Video.objects.exists()
    last = ActivityRecord.objects.latest("pk")
    assert (last.type, last.video, last.actor) == ("video-deleted", None, ana)
    assert last.data == {"title": "Gone", "url": url, "video_id": video.video_id}
    for route in ("", "/urls", "/languages", "/languages/en", "/languages/en/subtitles"):
        assert api.get(path + route).status_code == 404
    assert add(api, url).status_code == 201

"""Rules of videos and their urls: what is kept, merged, refused, and who finds what."""

import pytest

from activity.models import ActivityRecord
from teams.models import DEFAULT_PROJECT
from tests.factories import UserFactory, VideoFactory, add_subtitles
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


# --- scopes: what a hidden team has reveals nothing ----------------------------------------------


def test_a_url_is_unique_among_what_everybody_sees_and_in_each_hidden_team(cast, api_for, api):
    owner = api_for(cast.owner)
    # Outside first: in the hidden team it can still be added, in a visible team it cannot.
    assert add(api).status_code == 201
    assert add(owner, team="hush").status_code == 201
    for fields in ({}, {"team": "films"}):
        answer = add(owner, **fields)
        assert answer.json() == {"video_url": [f"Video already exists for {FILM}"]}
    assert add(owner, team="hush").status_code == 400
    # Only members find the hidden one.
    path = f"videos?video_url={FILM}"
    assert api.get(path).json()["meta"]["total_count"] == 1
    assert owner.get(path).json()["meta"]["total_count"] == 2


def test_a_hidden_url_is_free_outside_and_its_refusal_says_nothing(cast, api_for, api):
    owner = api_for(cast.owner)
    hidden = add(owner, team="hush").json()["id"]
    made = add(api)
    assert made.status_code == 201
    assert api.get(f"videos/{hidden}").status_code == 404
    unknown = add(api, "https://media.example.com/new.mp4", team="nowhere")
    secret = add(api, "https://media.example.com/new.mp4", team="hush")
    assert secret.status_code == unknown.status_code == 400
    assert secret.content.replace(b"hush", b"nowhere") == unknown.content
    # Now it cannot come out of its team, and says why without naming the other.
    before = state()
    answer = owner.put(f"videos/{hidden}", {"team": None})
    assert answer.json() == {"team": ["Another video there has the same url."]}
    assert state() == before
    api.delete(f"videos/{made.json()['id']}")
    assert owner.put(f"videos/{hidden}", {"team": None}).status_code == 200
    assert api.get(f"videos/{hidden}").status_code == 200


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
        ({"team": "films"}, ("films", True, 0), ["from", "to"]),
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

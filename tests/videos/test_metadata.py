"""What providers say about a new video, and what comes of providers that do not behave."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from amara_api.kernel import outbound
from teams.models import Team
from tests.factories import UserFactory
from tests.outbound.fakes import running
from videos import metadata
from videos.models import Video

URLS = {
    "Y": ("https://youtu.be/dQw4w9WgXcQ", "http://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    "V": ("https://player.vimeo.com/video/76979871", "http://vimeo.com/76979871"),
    "D": ("https://dai.ly/x7tgad0", "http://dailymotion.com/video/x7tgad0"),
    "W": (
        "https://home.wistia.com/medias/e4a27b971d",
        "http://fast.wistia.net/embed/iframe/e4a27b971d",
    ),
}
YOUTUBE = URLS["Y"][0]
FIELDS = ("title", "description", "duration", "thumbnail")
SAID = {
    "version": "1.0",
    "type": "video",
    "title": "Big Film",
    "description": "About a film.\nIn two lines.",
    "duration": 61,
    "thumbnail_url": "https://i.example.com/film.jpg",
    "author_name": "Ana",
    "html": "<iframe></iframe>",
}
FOUND = {
    "title": "Big Film",
    "description": "About a film.\nIn two lines.",
    "duration": 61,
    "thumbnail": "https://i.example.com/film.jpg",
}
UNKNOWN = {
    "title": "www.youtube.com/.../watch",
    "description": "",
    "duration": None,
    "thumbnail": "",
}


@pytest.fixture
def provider(settings, monkeypatch):
    """Every provider at once, on this machine. `provider.says(...)` is what it answers next."""
    settings.AMARA_FETCH_METADATA = True
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    with running() as fake:
        for letter in metadata.ENDPOINTS:
            monkeypatch.setitem(metadata.ENDPOINTS, letter, fake.url("oembed"))

        def says(body, status=200, **headers):
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            fake.answers["oembed"] = (status, data, headers)

        fake.says = says
        says(SAID)
        yield fake


def add(api, url=YOUTUBE, **fields):
    answer = api.post("videos", {"video_url": url, **fields})
    assert answer.status_code == 201, answer.content
    return {name: answer.json()[name] for name in FIELDS}


def test_every_provider_that_can_be_asked_has_a_case():
    assert set(URLS) == set(metadata.ENDPOINTS)
    for endpoint in metadata.ENDPOINTS.values():
        assert endpoint.startswith("https://")
        assert outbound.refusal_of(endpoint) is None


@pytest.mark.parametrize("letter", URLS)
def test_a_new_video_is_what_its_provider_says(api, provider, letter):
    sent, canonical = URLS[letter]
    assert add(api, sent) == FOUND
    (asked,) = provider.asked
    query = parse_qs(urlsplit(asked.path).query)
    assert query == {"url": [canonical], "format": ["json"]}
    assert asked.method == "GET"
    assert not {"x-api-key", "cookie", "authorization"} & set(asked.headers)


def test_a_private_video_is_asked_for_with_its_hash(api, provider):
    add(api, "https://player.vimeo.com/video/76979871?h=0a1b2c3d4e")
    (asked,) = provider.asked
    assert parse_qs(urlsplit(asked.path).query)["url"] == ["http://vimeo.com/76979871/0a1b2c3d4e"]


def test_who_adds_it_is_right_about_everything_but_the_duration(api, provider):
    given = {
        "title": "Mine",
        "description": "My words.",
        "thumbnail": "https://example.com/mine.png",
        "duration": 5,
    }
    assert add(api, **given) == given | {"duration": 61}
    for name in ("title", "description", "thumbnail"):
        Video.objects.all().delete()
        assert add(api, **{name: given[name]}) == FOUND | {name: given[name]}
        # What is empty was not given.
        Video.objects.all().delete()
        assert add(api, **{name: ""}) == FOUND
    Video.objects.all().delete()
    provider.says({"title": "Big Film"})
    assert add(api, duration=5) == UNKNOWN | {"title": "Big Film", "duration": 5}


USABLE = [
    ({"title": "  Film \n"}, {"title": "Film"}),
    ({"title": "x" * 3000}, {"title": "x" * 2047 + "…"}),
    ({"title": "<script>alert(1)</script>"}, {"title": "<script>alert(1)</script>"}),
    ({"title": " "}, {}),
    ({"title": ["Film"]}, {}),
    ({"title": None, "description": 7}, {}),
    ({"duration": "61"}, {"duration": 61}),
    ({"duration": 60.6}, {"duration": 61}),
    *(
        ({"duration": wrong}, {})
        for wrong in (0, -1, 0.2, True, "1:01", "", "²", "9" * 30, 2**31, 1e18, None, [61])
    ),
    *(
        ({"thumbnail_url": wrong}, {})
        for wrong in (
            *("javascript:alert(1)", "//i.example.com/x.jpg", "data:image/png;base64,x", 7),
            *("https://me:secret@i.example.com/x", "https://i.example.com/" + "x" * 2048),
        )
    ),
    ({"thumbnail": "https://i.example.com/x.jpg", "author": "x"}, {}),
    ({}, {}),
]


@pytest.mark.parametrize(("said", "found"), USABLE)
def test_only_what_can_be_used_is_used(api, provider, said, found):
    provider.says(said)
    assert add(api) == UNKNOWN | found


MISBEHAVING = {
    "401": (b'{"title": "x"}', 401),
    "404": (b"Not Found", 404),
    "500": (b"", 500),
    "html": (b"<!DOCTYPE html><html><title>x</title></html>", 200),
    "empty": (b"", 200),
    "list": (b'[{"title": "x"}]', 200),
    "string": (b'"title"', 200),
    "half": (b'{"title": "x', 200),
    "no utf-8": (b'{"title": "\xff"}', 200),
    "nul": (b'{"title": "a\\u0000b"}', 200),
    "half a pair": (b'{"title": "\\ud800"}', 200),
    "nan": (b'{"duration": NaN, "title": "x"}', 200),
    "deep": (b'{"title":' + b"[" * 100_000, 200),
    "huge": (b'{"title": "' + b"x" * 300_000 + b'"}', 200),
    "redirect": (b"", 302, {"Location": "http://169.254.169.254/"}),
    "loop": (b"", 302, {"Location": "/oembed"}),
    "file": (b"", 302, {"Location": "file:///etc/passwd"}),
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_provider_that_fails_says_nothing(api, provider, name):
    body, status, *headers = MISBEHAVING[name]
    provider.says(body, status, **(headers[0] if headers else {}))
    assert add(api) == UNKNOWN
    assert provider.asked


@pytest.mark.parametrize("path", ["silence/", "drip_headers/", "drip_body/", "drip_redirects/"])
def test_a_slow_provider_is_not_waited_for(api, provider, monkeypatch, path):
    """It never ends, so that the answer came shows that it did not wait."""
    assert metadata.SECONDS <= 3
    monkeypatch.setattr(metadata, "SECONDS", 0.5)
    monkeypatch.setitem(metadata.ENDPOINTS, "Y", provider.url(path))
    assert add(api) == UNKNOWN
    assert provider.asked


def test_a_provider_that_nobody_can_reach_says_nothing(api, provider, settings):
    settings.AMARA_OUTBOUND_ALLOW = []
    assert add(api) == UNKNOWN
    assert provider.asked == []


def test_the_setting_turns_it_off(api, provider, settings):
    settings.AMARA_FETCH_METADATA = False
    assert add(api) == UNKNOWN
    assert provider.asked == []


def test_a_file_has_no_provider(api, provider):
    found = add(api, "https://media.example.com/film.mp4")
    assert found == UNKNOWN | {"title": "media.example.com/.../film.mp4"}
    assert provider.asked == []


IN_VAIN = [
    {"video_url": "https://youtube.com/nothing"},
    {"video_url": "ftp://example.com/x.mp4"},
    {"team": "nowhere"},
    {"team": "hush"},
    {"team": "films", "project": "none"},
    {"project": "x"},
    {"metadata": {"size": "1"}},
    {"duration": "long"},
    {"primary_audio_language_code": "klingon"},
    {"usePartnerId": True, "id": "mine"},
]


@pytest.mark.parametrize("fields", IN_VAIN)
def test_for_what_is_refused_anyway_nobody_is_asked(cast, api_for, provider, fields):
    answer = api_for(cast.stranger).post("videos", {"video_url": YOUTUBE, **fields})
    assert answer.status_code == 400
    assert provider.asked == []


def test_for_what_is_there_already_nobody_is_asked(cast, api_for, provider):
    stranger, partner = api_for(cast.stranger), api_for(cast.partner)
    owner = api_for(cast.owner)
    own = {"usePartnerId": True, "id": "mine"}
    add(partner, **own)
    asked = len(provider.asked)
    assert stranger.post("videos", {"video_url": URLS["Y"][1]}).status_code == 400
    assert partner.post("videos", {"video_url": URLS["V"][0], **own}).status_code in (400, 409)
    assert len(provider.asked) == asked
    # A hidden team has urls of its own.
    add(owner, team="hush")
    assert len(provider.asked) == asked + 1
    assert owner.post("videos", {"video_url": YOUTUBE, "team": "hush"}).status_code == 400
    assert len(provider.asked) == asked + 1


def test_who_may_not_add_makes_no_request(cast, api_for, provider):
    cast.films.video_policy = Team.VideoPolicy.ADMINS
    cast.films.save()
    for person, team, status in ((None, None, 401), (cast.stranger, "films", 403)):
        body = {"video_url": YOUTUBE, **({"team": team} if team else {})}
        assert api_for(person).post("videos", body).status_code == status
    assert provider.asked == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_a_provider_is_asked(provider, api_for, monkeypatch):
    open_transactions = []

    def watched(*args, **kwargs):
        open_transactions.append(connection.in_atomic_block)
        return outbound.fetch(*args, **kwargs)

    monkeypatch.setattr(metadata, "fetch", watched)
    assert add(api_for(UserFactory())) == FOUND
    assert open_transactions == [False]

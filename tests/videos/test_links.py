"""Short links of providers: where they lead, and what comes of servers that do not behave."""

import socket

import pytest
from django.db import connection

from amara_api.kernel import outbound
from tests.factories import UserFactory
from tests.outbound.fakes import names, running
from videos import links
from videos.models import Video

HOSTS = ("bcove.me", "bcove.video", "wi.st", "yt.be", "www.kaltura.com")
FILM = "https://media.example.com/film.mp4"
YOUTUBE = "http://www.youtube.com/watch?v=pQ9qX8lcaBQ"
BRIGHTCOVE = "http://link.brightcove.com/services/player/bcpid1?bctid=42"
VIMEO = "http://vimeo.com/18622084/0a1b2c3d"

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings, monkeypatch):
    """The servers of all short links at once. `provider.short(host, path)` is a url there."""
    settings.AMARA_FETCH_METADATA = True
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr("videos.metadata.ENDPOINTS", {})
    monkeypatch.setattr(socket, "getaddrinfo", names({host: ["127.0.0.1"] for host in HOSTS}))
    with running() as fake:
        fake.short = lambda path="abc", host="bcove.me": fake.url(path, host)
        fake.leads = lambda name, target, status=302: fake.answers.update(
            {name: (status, b"", {"Location": target})}
        )
        yield fake


def add(api, url, **fields):
    return api.post("videos", {"video_url": url, **fields})


@pytest.mark.by_halves
@pytest.mark.parametrize(
    ("target", "letter", "videoid"),
    [
        (BRIGHTCOVE, "C", "42"),
        (YOUTUBE, "Y", "pQ9qX8lcaBQ"),
        (VIMEO, "V", "18622084"),
        (FILM, "H", ""),
    ],
)
@pytest.mark.parametrize(
    ("host", "path"),
    [(host, "abc") for host in HOSTS[:4]] + [("www.kaltura.com", "tiny/abc")],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_short_link_is_the_video_that_it_leads_to(
    api, provider, host, path, target, letter, videoid, status
):
    provider.leads(path.partition("/")[0], target, status)
    short = provider.short(path, host)
    made = add(api, short)
    assert (made.status_code, made.json()["all_urls"]) == (201, [target])
    assert made.json()["video_type"] == letter
    urls = f"videos/{made.json()['id']}/urls"
    (url,) = api.get(urls).json()["objects"]
    assert (url["type"], url["videoid"]) == (letter, videoid)
    # What was sent is named, and is the same video as where it leads.
    assert add(api, short).json() == {"video_url": [f"Video already exists for {short}"]}
    assert add(api, target).json() == {"video_url": [f"Video already exists for {target}"]}
    assert api.post(urls, {"url": short}).json() == {"url": [f"Video already exists for {short}"]}
    found = api.get(f"videos?video_url={short}").json()["objects"]
    assert [video["id"] for video in found] == [made.json()["id"]]
    # The page at the end is nobody's to ask for.
    assert {asked.headers["host"].partition(":")[0] for asked in provider.asked} == {host}


def test_an_added_url_is_followed_too(api, provider):
    provider.leads("abc", YOUTUBE)
    video = add(api, FILM).json()["id"]
    answer = api.post(f"videos/{video}/urls", {"url": provider.short()})
    assert (answer.status_code, answer.json()["url"]) == (201, YOUTUBE)


def test_links_lead_to_links(api, provider):
    provider.leads("abc", "/next")
    provider.leads("next", provider.short("last", "wi.st"))
    provider.leads("last", YOUTUBE)
    assert add(api, provider.short()).json()["all_urls"] == [YOUTUBE]


FAILING = {
    "nothing": {"abc": (404, b"")},
    "a page": {"abc": (200, b"<html>")},
    "a fault": {"abc": (500, b"")},
    "no place": {"abc": (302, b"")},
    "a loop": {"abc": (302, b"", {"Location": "/abc"})},
    "no video": {"abc": (302, b"", {"Location": "https://www.example.com/page?bctid=42"})},
    "inside": {"abc": (302, b"", {"Location": "http://169.254.169.254/"})},
    "a file": {"abc": (302, b"", {"Location": "file:///etc/film.mp4"})},
    "a secret": {"abc": (302, b"", {"Location": "http://me:pass@example.com/film.mp4"})},
    "broken": {"abc": (302, b"", {"Location": "http://[::1/film.mp4"})},
    "large": {"abc": (200, b"x" * (links.MAX_BYTES + 1))},
}


@pytest.mark.parametrize("name", FAILING)
def test_a_link_that_leads_nowhere_is_kept_or_refused_as_if_not_followed(api, provider, name):
    """Brightcove's are videos by themselves; the others tell nothing."""
    provider.answers |= FAILING[name]
    short = provider.short()
    made = add(api, short)
    assert (made.status_code, made.json()["all_urls"]) == (201, [short])
    assert provider.asked
    assert api.get(f"videos?video_url={short}").json()["meta"]["total_count"] == 1
    assert add(api, short).json() == {"video_url": [f"Video already exists for {short}"]}
    other = provider.short("abc", "wi.st")
    answer = add(api, other)
    assert (answer.status_code, answer.json()) == (400, {"video_url": [f"Invalid URL: {other}"]})
    assert Video.objects.count() == 1


@pytest.mark.parametrize("path", ["silence", "drip_headers", "drip_body", "drip_redirects"])
def test_a_slow_server_is_not_waited_for(api, provider, monkeypatch, path):
    """It never ends, so that the answer came shows that it did not wait."""
    assert links.SECONDS <= 3
    monkeypatch.setattr(links, "SECONDS", 2)
    assert add(api, provider.short(path)).status_code == 201
    assert provider.asked


def test_nobody_is_asked_where_nothing_is_to_be_asked(api, anonymous, provider, settings):
    provider.leads("abc", YOUTUBE)
    short = provider.short()
    # By strangers, for what is refused anyway, and for what tells its video by itself.
    assert anonymous.get(f"videos?video_url={short}").json()["objects"] == []
    assert add(anonymous, short).status_code == 401
    assert add(api, short, team="nowhere").status_code == 400
    assert add(api, provider.short("medias/fzlkqcyf2p", "wi.st")).status_code == 201
    assert add(api, provider.short("film.mp4")).status_code == 201
    settings.AMARA_FETCH_METADATA = False
    assert add(api, short).json()["all_urls"] == [short]
    assert provider.asked == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_a_link_is_followed(provider, api_for, monkeypatch):
    provider.leads("abc", YOUTUBE)
    api, open_transactions = api_for(UserFactory()), []

    def watched(*args, **kwargs):
        open_transactions.append(connection.in_atomic_block)
        return outbound.fetch(*args, **kwargs)

    monkeypatch.setattr(links, "fetch", watched)
    video = add(api, FILM).json()["id"]
    assert api.post(f"videos/{video}/urls", {"url": provider.short()}).status_code == 201
    assert add(api, provider.short()).status_code == 400
    assert open_transactions == [False, False]

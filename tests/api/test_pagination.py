"""Pages: what limit and offset may say, and that following the links shows each row once."""

from itertools import product

import pytest
import time_machine

from amara_api.kernel.languages import listed
from subtitles.services import add_language, add_note
from tests.factories import TeamMemberFactory, VideoFactory
from videos.services import add_url

pytestmark = pytest.mark.django_db
COUNT = 23
# The newest twenty public videos, ten a page.
UNFILTERED = ("videos/", "videos/?order_by=-title")


@pytest.fixture
def full(ana, cast):
    """A video with 23 urls, languages and notes, in a team with 23 videos. They are of one moment
    and one title, so that only the last key of an order tells them apart."""
    TeamMemberFactory(team=cast.films, user=ana)

    codes = list(listed())[:COUNT]
    with time_machine.travel("2020-01-01T00:00:00Z", tick=False):
        video = VideoFactory(user=ana, team=cast.films, title="Same")
        for number in range(COUNT - 1):
            if number:
                VideoFactory(user=ana, team=cast.films, title="Same")
            add_url(video, actor=ana, url=f"https://media.example.com/{number}.mp4")
        for code in codes:
            add_language(video, actor=ana, language_code=code)
            add_note(video, actor=ana, language_code="en", body=f"About {code}")
    return video


def lists(video):
    below = f"videos/{video.video_id}/"
    return {
        "videos/?team=films": COUNT,
        "videos/?team=films&order_by=title": COUNT,
        "videos/?team=films&order_by=-created": COUNT,
        "videos/?team=films&project=null&primary_audio_language_code=": COUNT,
        "videos/": 20,
        "videos/?order_by=-title": 20,
        f"{below}urls/": COUNT,
        f"{below}languages/": COUNT,
        f"{below}languages/en/subtitles/notes/": COUNT,
    }


LIMITS = [
    ("", None),
    ("7", 7),
    ("100", 100),
    ("101", 100),
    ("9" * 30, 100),
    ("0", 0),
    ("00007", 7),
    ("-1", None),
    ("1.5", None),
    ("ten", None),
    ("٣", None),
    ("²", None),
    (" 5", None),
    ("1e3", None),
    ("4&limit=6", 6),
]
OFFSETS = [
    ("", 0),
    ("0", 0),
    ("21", 21),
    ("-5", 0),
    ("x", 0),
    ("1.5", 0),
    ("3&offset=4", 4),
    ("23", 23),
    ("999", 999),
    ("9" * 30, 2**31 - 1),
]


def test_limit(api, full):
    for (sent, meant), (path, total) in product(LIMITS, lists(full).items()):
        body = api.get(f"{path}{'&' if '?' in path else '?'}limit={sent}").json()
        default = 10 if path in UNFILTERED else 20
        limit = default if meant is None else meant
        meta = body["meta"]
        assert list(meta) == ["previous", "next", "offset", "limit", "total_count"]
        assert (meta["limit"], meta["offset"], meta["total_count"]) == (limit, 0, total), (
            path,
            sent,
        )
        assert len(body["objects"]) == min(limit, total), path
        assert meta["previous"] is None
        assert bool(meta["next"]) == (0 < limit < total), path


def test_offset(api, full):
    for (sent, meant), (path, total) in product(OFFSETS, lists(full).items()):
        response = api.get(f"{path}{'&' if '?' in path else '?'}limit=5&offset={sent}")
        body = response.json()
        meta = body["meta"]
        assert (meta["limit"], meta["offset"], meta["total_count"]) == (5, meant, total), (
            path,
            sent,
        )
        assert len(body["objects"]) == max(0, min(5, total - meant)), path
        assert bool(meta["previous"]) == (meant > 0), path
        assert bool(meta["next"]) == (meant + 5 < total), path


@pytest.mark.parametrize("limit", [3, 20])
def test_following_the_links_shows_every_row_once_and_back_again(api, full, limit):
    for path, total in lists(full).items():
        whole = api.get(f"{path}{'&' if '?' in path else '?'}limit=100").json()["objects"]
        address, seen, pages = f"{path}{'&' if '?' in path else '?'}limit={limit}", [], []
        while address:
            pages.append(address)
            body = api.get(address).json()
            seen += body["objects"]
            address = body["meta"]["next"]
        assert seen == whole, path
        assert len(seen) == total
        assert len({str(row) for row in seen}) == total
        back = 0
        address = body["meta"]["previous"]
        while address:
            back += 1
            address = api.get(address).json()["meta"]["previous"]
        assert back == len(pages) - 1, path


def test_links_keep_what_was_asked(api, full):
    asked = "team=films&order_by=title&primary_audio_language_code=&x=a%26b&x=%C3%A9"
    meta = api.get(f"videos/?{asked}&limit=5&offset=7").json()["meta"]
    here = f"http://testserver/api/videos/?{asked}"
    assert meta["next"] == f"{here}&limit=5&offset=12"
    assert meta["previous"] == f"{here}&limit=5&offset=2"
    first = api.get(f"videos/?{asked}&limit=5&offset=3").json()["meta"]["previous"]
    assert first == f"{here}&limit=5"


def test_what_is_no_page(api, full):
    """The index, the languages and the actions come whole."""
    path = f"videos/{full.video_id}/languages/en/subtitles/actions/"
    assert isinstance(api.get(f"{path}?limit=1").json(), list)
    assert len(api.get(f"{path}?limit=1").json()) > 1
    assert "meta" not in api.get("").json()
    assert list(api.get("languages/?limit=1").json()) == ["languages"]

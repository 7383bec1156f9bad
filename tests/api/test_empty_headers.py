"""Headers and parameters that are there and empty: each counts as absent, on every route."""

import pytest

from amara_api.kernel.rest.authentication import KEY_HEADERS
from tests.factories import SRT, VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
HEADERS = [
    *(name.removeprefix("HTTP_").replace("_", "-") for name in KEY_HEADERS),
    *("X-api-username", "X-API-FUTURE", "Accept", "Content-Type", "Content-Encoding"),
    *("If-None-Match", "If-Modified-Since", "Authorization", "Origin", "Cookie"),
]
PARAMETERS = ["format", "api-future", "sub_format", "version_number", "version", "limit", "offset"]
PARAMETERS += ["usePartnerId", "order_by", "salvage"]


@pytest.fixture
def paths(ana):
    video = VideoFactory(user=ana)
    add_subtitles(video)
    base = f"videos/{video.video_id}/"
    below = ("", "urls/", "languages/", "languages/en/", "languages/en/subtitles/")
    return ["", "languages/", "videos/", *(base + each for each in below)]


def told(answer):
    headers = ("Content-Type", "ETag", "X-API-DEPRECATED", "Vary")
    return answer.status_code, answer.content, *(answer.get(name) for name in headers)


@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
@pytest.mark.parametrize("name", HEADERS)
def test_an_empty_header(anonymous, paths, prefix, name):
    for path in paths:
        without = anonymous.get(prefix + path)
        extra = {"content_type": ""} if name == "Content-Type" else {"headers": {name: ""}}
        assert told(anonymous.get(prefix + path, **extra)) == told(without), path
        assert without.status_code == 200


@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_an_empty_parameter(anonymous, paths, prefix, name):
    for path in paths:
        without = anonymous.get(prefix + path)
        # The pages after this one keep what was asked, empty or not.
        same = anonymous.get(f"{prefix}{path}?{name}=")
        assert (same.status_code, same["Content-Type"]) == (200, without["Content-Type"])
        assert same.content.replace(f"{name}=&".encode(), b"") == without.content, path


@pytest.mark.parametrize("name", ["If-None-Match", "Accept", "X-API-FUTURE"])
def test_a_download(anonymous, paths, name):
    path = f"{paths[-1]}?format=srt"
    assert told(anonymous.get(path, headers={name: ""})) == told(anonymous.get(path))


@pytest.mark.parametrize("name", HEADERS)
def test_a_write(api, paths, name):
    extra = {"content_type": ""} if name == "Content-Type" else {"headers": {name: ""}}
    extra |= {"headers": {"X-apikey": api.key, "X-api-key": ""}} if name == "X-API-KEY" else {}
    posted = api.post(paths[-1], {"subtitles": SRT, "sub_format": "srt"}, **extra)
    assert posted.status_code == 201, posted.content


@pytest.mark.parametrize("blanks", [" ", "   ", "null", "undefined", "None"])
@pytest.mark.parametrize("name", ["X-API-KEY", "X-APIKEY"])
def test_blanks_and_words_are_wrong_keys(anonymous, paths, name, blanks):
    for path in paths:
        assert anonymous.get(path, headers={name: blanks}).status_code == 401

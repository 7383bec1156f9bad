"""PyPI's amaraapi 0.0.7, unmodified: it knows no host but https://amara.org.

It creates and finds videos, and reads and posts SRT. What it has no method for is asked as it would
ask, with requests and the same headers at the same host.
"""

import re

import pytest
import requests
from amaraapi import AmaraTools, AmaraVideo

API = "https://amara.org/api"
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello <b>you</b>\r\n\r\n"
DFXP = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="de">
  <body><div><p begin="00:00:01.000" end="00:00:02.500">Grüß dich</p></div></body>
</tt>"""


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """It answers every surprise by waiting, up to 17 minutes; here that fails at once."""

    def sleep(seconds):
        raise AssertionError(f"amaraapi waits {seconds} s before it tries again")

    monkeypatch.setattr("time.sleep", sleep)


@pytest.fixture(params=["key alone", "name and key", "old header"])
def headers(request, running):
    return {
        "key alone": {"X-api-key": running.key},
        "name and key": {"X-api-username": running.username, "X-api-key": running.key},
        "old header": {"X-api-username": running.username, "X-apikey": running.key},
    }[request.param]


@pytest.fixture
def tools(proxy, headers):
    return AmaraTools(headers)


@pytest.fixture
def video(tools, headers, youtube_id):
    amara_id = tools.post_video(f"https://www.youtube.com/watch?v={youtube_id}", "en")
    assert amara_id is not None
    return AmaraVideo(headers, amara_id)


class TestVideos:
    def test_one_made_from_a_youtube_url_is_found_by_its_id(self, tools, youtube_id):
        assert tools.get_amara_id(youtube_id) is None
        amara_id = tools.post_video(f"https://youtu.be/{youtube_id}", "en")
        assert re.fullmatch("[A-Za-z0-9]{12}", amara_id)
        assert tools.get_amara_id(youtube_id) == amara_id
        found = tools.retrieve_or_create_video(youtube_id, "en")
        assert found.get_urls() == [f"http://www.youtube.com/watch?v={youtube_id}"]
        assert found.get_video_info()["primary_audio_language_code"] == "en"
        assert found.get_languages() == []

    def test_one_made_from_a_file_is_found_by_its_url(self, tools, headers, film_url):
        amara_id = tools.get_video_id(film_url, "en")
        assert re.fullmatch("[A-Za-z0-9]{12}", amara_id)
        assert tools.get_video_id(film_url) == amara_id
        assert tools.get_video_id(film_url, "fr") == amara_id
        video = AmaraVideo(headers, amara_id)
        assert video.get_urls() == [film_url]
        host, name = film_url.split("/")[2], film_url.split("/")[3]
        assert video.get_title() == f"{host}/.../{name}"

    def test_a_second_one_at_the_same_url_is_refused_without_an_id(self, tools, proxy, film_url):
        assert tools.post_video(film_url, "en") is not None
        assert tools.post_video(film_url, "en") is None
        assert proxy.exchanges[-1].status == 400

    def test_a_url_that_is_none_is_refused_without_an_id(self, tools, proxy, youtube_id):
        # Its own mistake: to create a video it sends YouTube's bare id as the url.
        assert tools.retrieve_or_create_video(youtube_id, "en") is None
        assert [exchange.status for exchange in proxy.exchanges] == [200, 400]

    def test_an_unknown_one_is_not_there(self, proxy, headers):
        assert AmaraVideo(headers, "nonesuchabcd").get_video_info() is None
        assert proxy.exchanges[-1].status == 404


class TestSubtitles:
    def test_missing_ones_are_not_there(self, video):
        assert video.get_subtitles("en") is None
        assert video.get_best_subtitles() is None

    def test_posted_ones_come_back(self, video, proxy):
        video.post_subtitles("en", SRT)
        assert proxy.exchanges[-1].status == 201
        answer = video.get_subtitles("en")
        assert answer["version_number"] == 1
        assert answer["sub_format"] == "srt"
        assert answer["subtitles"].strip() == SRT.strip()
        assert video.get_best_subtitles() == answer["subtitles"]
        assert [language["code"] for language in video.get_languages()] == ["en"]

    def test_lyrics_without_times_stay_without(self, video, tools, proxy):
        video.post_subtitles("en", tools.convert_to_lyrics("One line\n\nAnother\n"))
        assert proxy.exchanges[-1].status == 201
        text = video.get_subtitles("en")["subtitles"]
        assert text.count("99:59:59,999 --> 99:59:59,999") == 2
        assert re.findall("One line|Another", text) == ["One line", "Another"]

    def test_the_best_ones_are_those_with_the_highest_version(self, video):
        video.post_subtitles("en", SRT)
        video.post_subtitles("fr", SRT.replace("Hello", "Salut"))
        video.post_subtitles("fr", SRT.replace("Hello", "Bonjour"))
        assert "Bonjour" in video.get_best_subtitles()

    def test_actions_are_a_plain_list(self, video):
        video.post_subtitles("en", SRT)
        actions = video.get_actions("en")
        assert [action["action"] for action in actions] == ["save-draft", "publish"]
        assert all(action.keys() == {"action", "label", "complete"} for action in actions)


def test_what_it_has_no_method_for_works_at_its_host_too(video, headers, proxy):
    def ask(method, path, **options):
        answer = requests.request(method, f"{API}{path}", headers=headers, timeout=30, **options)
        assert answer.ok, answer.text
        return answer

    languages = f"/videos/{video.amara_id}/languages/"
    subtitles = f"{languages}de/subtitles/"
    created = ask("POST", languages, data={"language_code": "de"})
    assert created.status_code == 201
    assert created.json()["resource_uri"] == f"{API}{languages}de/"

    posted = ask("POST", subtitles, data={"subtitles": DFXP.encode(), "sub_format": "dfxp"})
    assert posted.status_code == 201
    assert "Grüß dich" in posted.json()["subtitles"]

    as_srt = ask("GET", f"{subtitles}?format=srt")
    assert as_srt.content.decode().strip() == ("1\r\n00:00:01,000 --> 00:00:02,500\r\nGrüß dich")
    as_vtt = ask("GET", f"{subtitles}?format=vtt")
    assert as_vtt.content.decode().startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.500" in as_vtt.text
    (cue,) = ask("GET", f"{subtitles}?sub_format=json").json()["subtitles"]
    assert (cue["start"], cue["end"], cue["text"]) == (1000, 2500, "Grüß dich")

    assert not ask("GET", f"{languages}de/").json()["subtitles_complete"]
    performed = ask("POST", f"{subtitles}actions/", data={"action": "publish"})
    assert performed.status_code == 200
    video.post_subtitles("de", SRT)
    language = ask("GET", f"{languages}de/").json()
    assert language["subtitles_complete"]
    assert [version["version_number"] for version in language["versions"]] == [2, 1]
    assert [item["language_code"] for item in ask("GET", languages).json()["objects"]] == ["de"]
    assert ask("GET", "/languages/").json()["languages"]["de"] == "German"
    assert {exchange.url.partition("?")[0][:22] for exchange in proxy.exchanges} == {f"{API}/"}

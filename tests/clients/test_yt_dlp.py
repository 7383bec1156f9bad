"""yt-dlp, unmodified and as its users run it: a command, without an account."""

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import requests


@pytest.fixture
def yt_dlp(proxy, tmp_path):
    """Runs the command in an empty folder; it fails the test if the command fails."""
    # Its certificates are certifi's unless it is told to look where the rest of the system does.
    options = ["--ignore-config", "--no-cache-dir", "--compat-options", "no-certifi"]

    def run(*arguments):
        command = [sys.executable, "-m", "yt_dlp", *options, *arguments]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        assert "WARNING" not in result.stderr
        return result.stdout

    return run


def page(video_id):
    return f"https://amara.org/en/videos/{video_id}/info/a-film/"


def test_it_lists_published_subtitles(yt_dlp, make_video, film_url):
    listing = yt_dlp("--list-subs", page(make_video(film_url)))
    rows = [line.split() for line in listing.splitlines()]
    assert sorted(row[0] for row in rows if row[1:] == ["vtt,", "srt,", "json"]) == ["ar", "en"]
    assert "fr" not in [row[0] for row in rows if row]


@pytest.mark.parametrize(
    ("extension", "first_line", "timing"),
    [
        ("srt", "1", "00:00:01,000 --> 00:00:02,500"),
        ("vtt", "WEBVTT", "00:00:01.000 --> 00:00:02.500"),
        ("json", "", ""),
    ],
)
def test_it_writes_all_subtitles(
    yt_dlp, make_video, film_url, proxy, tmp_path, extension, first_line, timing
):
    video_id = make_video(film_url)
    writes = ["--skip-download", "--all-subs", "--write-subs", "--sub-format", extension]
    yt_dlp(*writes, page(video_id))
    for code, text in (("en", "Hello"), ("ar", "مرحبا")):
        content = Path(tmp_path, f"A film [{video_id}].{code}.{extension}").read_text("utf-8")
        if extension == "json":
            # ?format=json is the resource, with the cues in it, and not a file of cues.
            (cue,) = json.loads(content)["subtitles"]
            assert (cue["start"], cue["end"], cue["text"]) == (1000, 2500, text)
        else:
            assert content.splitlines()[0] == first_line
            assert timing in content
            assert text in content
    assert len(list(tmp_path.iterdir())) == 2
    assert [exchange.status for exchange in proxy.exchanges] == [200, 200, 200]
    assert all("X-api-key" not in exchange.request_headers for exchange in proxy.exchanges)


def test_it_downloads_film_and_subtitles_together(yt_dlp, make_video, film_url, tmp_path):
    film = requests.get(film_url, timeout=30).content
    video_id = make_video(film_url)
    yt_dlp("--write-subs", "--sub-langs", "en", "--fixup", "never", page(video_id))
    assert Path(tmp_path, f"A film [{video_id}].mp4").read_bytes() == film
    assert "Hello" in Path(tmp_path, f"A film [{video_id}].en.vtt").read_text("utf-8")


def test_it_knows_the_film(yt_dlp, make_video, film_url):
    video_id = make_video(film_url)
    info = json.loads(yt_dlp("--dump-json", page(video_id)))
    assert (info["extractor_key"], info["id"]) == ("Amara", video_id)
    assert (info["title"], info["description"]) == ("A film", "Of a train")
    assert info["url"] == film_url
    assert info["timestamp"] > 1_400_000_000
    assert info["subtitles"].keys() == {"en", "ar"}


# YouTube's part of the work would need YouTube, so this stops where Amara's ends.
HAND_OVER = """
import json, sys, yt_dlp
options = {"compat_opts": {"no-certifi"}, "cachedir": False, "quiet": True}
with yt_dlp.YoutubeDL(options) as downloader:
    info = downloader.extract_info(sys.argv[1], download=False, process=False)
print(json.dumps(downloader.sanitize_info(info)))
"""


@pytest.mark.parametrize(
    ("given_url", "extractor"),
    [("https://youtu.be/{}", "Youtube"), ("https://player.vimeo.com/video/{}", "Vimeo")],
)
def test_it_hands_a_provider_s_video_over(proxy, make_video, youtube_id, given_url, extractor):
    provider_id = youtube_id if extractor == "Youtube" else str(secrets.randbelow(10**12))
    video_id = make_video(given_url.format(provider_id))
    result = subprocess.run(
        [sys.executable, "-c", HAND_OVER, page(video_id)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    info = json.loads(result.stdout)
    assert (info["_type"], info["ie_key"]) == ("url_transparent", extractor)
    assert info["url"].endswith(provider_id)
    assert info["subtitles"].keys() == {"en", "ar"}

"""youtube-dl's last release on PyPI, unmodified and as its users run it, without an account.

Its Amara extractor is what yt-dlp's began as, but its HTTP is the standard library's of the day: it
names other types in Accept, and asks for gzip by itself.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

OPTIONS = ["--ignore-config", "--no-cache-dir"]


@pytest.fixture
def youtube_dl(proxy, tmp_path):
    """Runs the command in an empty folder; it fails the test if the command fails."""

    def run(*arguments):
        command = [sys.executable, "-m", "youtube_dl", *OPTIONS, *arguments]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        assert "WARNING" not in result.stderr
        return result.stdout

    return run


def page(video_id):
    return f"https://amara.org/en/videos/{video_id}/info/a-film/"


def test_it_lists_published_subtitles(youtube_dl, make_video, film_url):
    listing = youtube_dl("--list-subs", page(make_video(film_url)))
    rows = [line.split() for line in listing.splitlines()]
    assert sorted(row[0] for row in rows if row[1:] == ["vtt,", "srt,", "json"]) == ["ar", "en"]
    assert "fr" not in [row[0] for row in rows if row]


@pytest.mark.parametrize(
    ("extension", "timing"),
    [
        ("srt", "00:00:01,000 --> 00:00:02,500"),
        ("vtt", "00:00:01.000 --> 00:00:02.500"),
        ("json", '"start": 1000'),
    ],
)
def test_it_writes_all_subtitles(
    youtube_dl, make_video, film_url, proxy, tmp_path, extension, timing
):
    video_id = make_video(film_url)
    writes = ["--skip-download", "--write-sub", "--all-subs", "--sub-format", extension]
    youtube_dl(*writes, page(video_id))
    for code, text in (("en", "Hello"), ("ar", "مرحبا")):
        content = Path(tmp_path, f"A film-{video_id}.{code}.{extension}").read_text("utf-8")
        if extension == "json":
            content = json.dumps(json.loads(content), ensure_ascii=False)
        assert timing in content
        assert text in content
    assert len(list(tmp_path.iterdir())) == 2
    assert [exchange.status for exchange in proxy.exchanges] == [200, 200, 200]
    assert all("X-api-key" not in exchange.request_headers for exchange in proxy.exchanges)


def test_it_downloads_film_and_subtitles_together(youtube_dl, make_video, film_url, tmp_path):
    film = requests.get(film_url, timeout=30).content
    video_id = make_video(film_url)
    youtube_dl("--write-sub", "--sub-lang", "en", "--fixup", "never", page(video_id))
    assert Path(tmp_path, f"A film-{video_id}.mp4").read_bytes() == film
    assert "Hello" in Path(tmp_path, f"A film-{video_id}.en.vtt").read_text("utf-8")


def test_it_knows_the_film(youtube_dl, make_video, film_url):
    video_id = make_video(film_url)
    info = json.loads(youtube_dl("--dump-json", page(video_id)))
    assert (info["extractor_key"], info["id"]) == ("Amara", video_id)
    assert (info["title"], info["description"]) == ("A film", "Of a train")
    assert info["url"] == film_url
    assert info["timestamp"] > 1_400_000_000
    assert info["subtitles"].keys() == {"en", "ar"}


# YouTube's part of the work would need YouTube, so this stops where Amara's ends.
HAND_OVER = """
import json, sys, youtube_dl
with youtube_dl.YoutubeDL({"cachedir": False, "quiet": True}) as downloader:
    info = downloader.extract_info(sys.argv[1], download=False, process=False)
print(json.dumps(info))
"""


def test_it_hands_a_provider_s_video_over(proxy, make_video, youtube_id):
    video_id = make_video(f"https://youtu.be/{youtube_id}")
    result = subprocess.run(
        [sys.executable, "-c", HAND_OVER, page(video_id)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    info = json.loads(result.stdout)
    assert (info["_type"], info["ie_key"]) == ("url_transparent", "Youtube")
    assert info["url"] == f"http://www.youtube.com/watch?v={youtube_id}"
    assert info["subtitles"].keys() == {"en", "ar"}

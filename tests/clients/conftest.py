import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from .proxy import AmaraProxy

API = "https://amara.org/api"
ENGLISH = "1\n00:00:01,000 --> 00:00:02,500\nHello\n"
ARABIC = "1\n00:00:01,000 --> 00:00:02,500\nمرحبا\n"


@pytest.fixture(scope="session")
def _proxy(running, tmp_path_factory):
    with AmaraProxy(running.url, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@pytest.fixture
def proxy(_proxy, monkeypatch):
    """Our server in the place of amara.org, for this process and those it starts."""
    for name, value in _proxy.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    _proxy.exchanges.clear()
    _proxy.refused.clear()
    yield _proxy
    assert _proxy.refused == [], "the program asked for another host"


@pytest.fixture
def youtube_id():
    """An id of YouTube's shape that no other test has used."""
    return secrets.token_urlsafe(8)


@pytest.fixture
def film_url():
    """A file that really is at its url, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Film)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{secrets.token_hex(8)}.mp4"
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_video(proxy, running):
    """A public video at a url, with subtitles in English and Arabic; answers its id."""

    def post(path, **fields):
        key = {"X-api-key": running.key}
        answer = requests.post(f"{API}{path}", json=fields, headers=key, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def make(url):
        video_id = post("/videos/", video_url=url, title="A film", description="Of a train")["id"]
        for code, text in (("en", ENGLISH), ("ar", ARABIC)):
            path = f"/videos/{video_id}/languages/{code}/subtitles/"
            post(path, subtitles=text, sub_format="srt", action="publish")
        # A language that was only started has nothing to download.
        post(f"/videos/{video_id}/languages/", language_code="fr")
        proxy.exchanges.clear()
        return video_id

    return make


# The head of an MP4 file, which is as much of a film as a downloader looks at.
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"


class _Film(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(FILM)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(FILM)

    do_HEAD = do_GET

    def log_message(self, format, *args):
        pass

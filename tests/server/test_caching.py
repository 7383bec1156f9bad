"""A caching proxy in front of a real server, and requests that come twice at the same moment.

The proxy is nginx, told to keep for an hour whatever it may. It obeys `Cache-Control` and `Vary`.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import time
from itertools import product

import pytest

from tests.conftest import free_port
from tests.server.web import SRT, Web, at_once, select, sorted_statuses

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
# Its workers go on as whoever runs this: the folder is theirs alone.
CONFIG = """{user}
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  proxy_cache_path {folder}/cache keys_zone=kept:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {origin};
      proxy_set_header Host $http_host;
      # Else nginx takes the condition off, and never answers 304 for what it may not keep.
      proxy_set_header If-None-Match $http_if_none_match;
      proxy_cache kept; proxy_cache_valid any 1h; proxy_cache_revalidate on;
      add_header X-Kept $upstream_cache_status always;
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def proxied(running, tmp_path_factory):
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            port=port,
            origin=running.url,
        )
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)])
    proxy = Web(f"http://127.0.0.1:{port}", running.key)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                if proxy("GET", "/healthz", key=None).status == 200:
                    break
            time.sleep(0.05)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=20)


def made_hidden(web):
    """The path of a video that only its private team sees."""
    slug = f"t{secrets.token_hex(4)}"
    web.made("teams/", name=slug, slug=slug, team_visibility="private", video_visibility="private")
    url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
    return f"videos/{web.made('videos/', video_url=url, team=slug)['id']}/"


def test_the_proxy_would_hand_it_to_a_stranger_were_it_not_told(proxied, web):
    """Static files are kept, so what the other tests see is not a proxy that keeps nothing."""
    path = "/static/amara_api/pages.css"
    kept = [proxied("GET", path, key=None).headers["X-Kept"] for _ in range(2)]
    assert kept[1] in ("HIT", "REVALIDATED"), kept


def test_what_a_key_sees_is_never_handed_to_a_stranger(proxied, web):
    path = made_hidden(web)
    below = ("", "urls/", "languages/")
    for part in below:
        for _ in range(2):
            assert proxied("GET", path + part).status == 200
        assert proxied("GET", path + part, key=None).status == 404
        assert proxied("GET", path + part).status == 200
    for _ in range(2):
        assert proxied("GET", "users/me/").status == 200
        assert proxied("GET", "users/me/", key=None).status == 401


def test_formats_and_forms_are_never_mixed_up(proxied, web, film):
    web.made(f"{film}/languages/en/subtitles/", subtitles=SRT, sub_format="srt")
    accepts = ("application/json", "application/xml", "application/yaml", "text/html")
    forms = ("20160801", "20161201")
    for _ in range(2):
        for accept, form in product(accepts, forms):
            path = f"{film}/languages/en/"
            asked = {"Accept": accept, "X_API_FUTURE": form}
            through = proxied("GET", path, key=None, **asked)
            direct = web("GET", path, key=None, **asked, Host=proxied.place.netloc)
            assert through.media_type == direct.media_type == accept
            if accept != "text/html":
                assert through.body == direct.body


def test_a_304_passes_through(proxied, web, film):
    tag = proxied("GET", f"{film}/", key=None).headers["ETag"]
    for key in (None, ""):
        again = proxied("GET", f"{film}/", key=key, If_None_Match=tag)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert web("PUT", f"{film}/", {"title": "Another"}).status == 200
    assert proxied("GET", f"{film}/", key=None, If_None_Match=tag).status == 200


def test_the_same_request_at_the_same_moment_is_done_once(running, web, film):
    path, key = f"{film}/languages/en/subtitles/", secrets.token_hex(8)
    body = {"subtitles": SRT, "sub_format": "srt"}
    answers = at_once(12, lambda n: web("POST", path, body, Idempotency_Key=key))
    assert sorted_statuses(answers) == [201] * 12
    assert len({answer.body for answer in answers}) == 1
    told = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    assert told.count(None) == 1
    assert web("GET", path).json["version_number"] == 1
    rows = select(running.environment, "SELECT count(*) FROM kernel_replay WHERE status = 201")
    assert rows[0][0] >= 1


def test_of_writers_who_read_the_same_one_writes(web, film):
    tag = web("GET", f"{film}/").headers["ETag"]
    answers = at_once(12, lambda n: web("PUT", f"{film}/", {"title": f"T{n}"}, If_Match=tag))
    assert sorted_statuses(answers) == [200] + [412] * 11
    path = f"{film}/languages/en/subtitles/"
    body = {"subtitles": SRT, "sub_format": "srt"}
    answers = at_once(12, lambda n: web("POST", path, body, If_None_Match="*"))
    assert sorted_statuses(answers) == [201] + [412] * 11
    tag = web("GET", path).headers["ETag"]
    answers = at_once(12, lambda n: web("POST", path, body, If_Match=tag))
    assert sorted_statuses(answers) == [201] + [412] * 11

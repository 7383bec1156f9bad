"""Keys, tokens, passwords and the pepper: shown once to their owner, and nowhere else ever."""

import json
import re
import secrets
from pathlib import Path
from urllib.parse import urlencode

from tests.links import press_over_http
from tests.server.web import SRT, Web, dump, select


def used_up(running, web):
    """Everything secret that a busy day brings forth, each used the way people use it."""
    unique = secrets.token_hex(6)
    anonymous = Web(running.url)
    password, new_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    user = web.made(
        "users/",
        username=f"keeper{unique}",
        email=f"keeper{unique}@example.com",
        password=password,
        create_login_token=True,
    )
    used_link = user["auto_login_url"]
    assert press_over_http(anonymous, used_link.removeprefix(running.url)).status == 302
    changed = web(
        "PUT",
        f"users/{user['username']}/",
        {"password": new_password, "create_login_token": True, "email": f"n{unique}@example.com"},
    ).json
    own = user["api_key"]
    url = f"https://media.example.com/{unique}.mp4"
    video = web("POST", "videos/", {"video_url": url}, key=own).json["id"]
    web(
        "POST",
        f"videos/{video}/languages/en/subtitles/",
        {"subtitles": SRT, "sub_format": "srt"},
        key=own,
    )
    # Refused and failing requests carry secrets too.
    for key in (own[:-1] + "0", own.upper()):
        web("GET", "users/me/", key=key)
    web("POST", "users/", {"username": user["username"], "password": password})
    web("POST", "users/", {"username": "a b", "password": password}, key=own)
    web("POST", "videos/", "{" + password, key=own)
    web("GET", f"users/me/?api_key={own}&X-api-key={own}", key=None)
    web("GET", "users/me/", key=None, Authorization=f"Bearer {own}")
    rekeyed = json.loads(running.manage("create_api_user", user["username"], "--json"))
    return {
        "password": password,
        "new password": new_password,
        "first key": own,
        "second key": rekeyed["api_key"],
        "own key": running.key,
        "used link": used_link.rstrip("/").rpartition("/")[2],
        "open link": changed["auto_login_url"].rstrip("/").rpartition("/")[2],
        "pepper": (Path(running.environment["AMARA_DATA_DIR"]) / "secret.key").read_text().strip(),
    }


def test_no_secret_is_kept_in_the_database_or_the_log(running, web):
    known = used_up(running, web)
    assert len(set(known.values())) == len(known)
    assert all(len(secret) >= 16 for secret in known.values())
    rows = dump(running.environment)
    stored = json.dumps(rows, default=repr)
    # The net is sound: it holds what is public.
    assert "users_apikey" in rows
    assert running.username in stored
    folder = Path(running.environment["AMARA_DATA_DIR"])
    log = (folder.parent / "log").read_text()
    for name, secret in known.items():
        assert secret not in stored, name
        assert secret.encode().hex() not in stored, name
        assert secret not in log, name
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "secret.key"]
    assert files
    for path in files:
        content = path.read_bytes()
        for name, secret in known.items():
            assert secret.encode() not in content, (name, path)


API = (
    "",
    "languages/",
    "videos/",
    "VIDEO",
    "VIDEO/urls/",
    "VIDEO/duration/",
    "VIDEO/languages/",
    "VIDEO/languages/en/",
    "VIDEO/languages/en/subtitles/",
    "VIDEO/languages/en/subtitles/actions/",
    "VIDEO/languages/en/subtitles/notes/",
    "users/me/",
    "users/NAME/",
    "users/nobody/",
)
PAGES = (
    "/",
    "/account/",
    "/admin/",
    "/admin/users/user/",
    "/admin/users/user/?q=NAME",
    "/admin/users/user/PK/change/",
    "/admin/users/user/PK/history/",
    "/admin/users/apikey/",
    "/admin/users/apikey/PK/change/",
    "/admin/users/logintoken/",
    "/admin/users/logintoken/PK/change/",
    "/admin/activity/activityrecord/",
    "/admin/videos/video/",
)


def test_no_answer_repeats_a_secret(running, web):
    """Not to its owner, not to a superuser, in no format, and not in the admin."""
    known = used_up(running, web)
    pk, username = newest_keeper(running)
    video = web("GET", "videos/").json["objects"][0]["id"]
    names = {"VIDEO": f"videos/{video}", "NAME": username, "PK": str(pk)}
    answers = {}
    for key in (known["second key"], running.key):
        for path in API:
            for format in ("json", "xml", "yaml", "api"):
                full = f"{fill(path, names)}?format={format}"
                answers[key[:4] + full] = web("GET", full, key=key)
            answers[key[:4] + path] = web("OPTIONS", fill(path, names), key=key)
    browser = log_in(running)
    for path in PAGES:
        answers[path] = browser("GET", fill(path, names))
    statuses = {path: answer.status for path, answer in answers.items()}
    assert all(status in (200, 302, 404, 405) for status in statuses.values()), statuses
    # What is asked for is really shown: the name is all over these pages.
    for path in ("/admin/users/user/?q=NAME", "/admin/users/user/PK/change/"):
        assert names["NAME"].encode() in answers[path].body
    for path, answer in answers.items():
        for name, secret in known.items():
            assert secret.encode() not in answer.body, (name, path)
            assert secret not in str(answer.headers), (name, path)
        assert b"pbkdf2_" not in answer.body, path


def fill(path, names):
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def newest_keeper(running):
    """The account that `used_up` made last."""
    sql = "SELECT id, username FROM users_user WHERE username LIKE 'keeper%' ORDER BY id DESC"
    return select(running.environment, sql)[0]


def log_in(running):
    """The first account's browser."""
    folder = Path(running.environment["AMARA_DATA_DIR"])
    password = (folder / "admin.password").read_text().strip()
    web = Web(running.url)
    page = web("GET", "/auth/login/")
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)[1].decode()
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    done = web(
        "POST",
        "/auth/login/",
        urlencode({"username": "admin", "password": password, "csrfmiddlewaretoken": token}),
        Cookie=cookie,
        Content_Type="application/x-www-form-urlencoded",
    )
    assert done.status == 302, done.body[:500]
    cookies = "; ".join(line.partition(";")[0] for line in done.headers.get_all("Set-Cookie"))
    return lambda method, path, body=None, **headers: web(
        method, path, body, Cookie=cookies, **headers
    )

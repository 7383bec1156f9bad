"""How a server is set up: no setting opens a door in silence, nothing private lies about, and what
operators do is on record.

| what is tried | where it is shown |
|---|---|
| passwords: validators, and one of a megabyte | `tests.users`, and below |
| user names that pass for another's, or for an id | `tests.api` (accounts), `tests.users` |
| mail addresses in what others read | below |
| an account that is deleted | `tests.admin.test_users` |
| file modes | below, and `tests.commands.test_setup_and_serve` |
| Django's own examination of a deployment | `tests.commands.test_setup_and_serve` |
| the admin: long lists, key columns | `tests.admin.test_lists`, `tests.server.test_secrets` |
| administrative changes on record | `tests.admin.test_record` |
| headers of pages | below |
| static files with hashed names | below |
| migrations are complete | `make check` |
| no database at start | below, and `tests.commands.test_setup_and_serve` |
| misspelt variables | below; every kind of value in `tests.test_variables` |
| a clock that jumps back | below |
| languages of callers | below |
| what error texts tell of the inside | below |
| what `/healthz` tells | below |
"""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activity.models import ActivityRecord
from amara_api import checks, installation
from amara_api.kernel.models import AdministrativeChange
from subtitles.models import SubtitleLanguage
from tests import audit
from tests.api.permission_matrix import ROWS
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.conftest import ROOT
from tests.docs.pages import tables
from tests.factories import VideoFactory, add_subtitles
from tests.server.web import select
from users.keys import issue_login_token, redeem_login_token

FALLEN = "Traceback (most recent call last)"
LONG = "a long secret of another installation, 1234567890"


# --- settings ------------------------------------------------------------------------------------

# One value for each setting that no server can work with.
HOPELESS = {
    "HOST": "a b",
    "PORT": "99999",
    "WORKERS": "x",
    "THREADS": "-1",
    "AMARA_DATA_DIR": "/dev/null",
    "DATABASE_URL": "nonsense",
    "SECRET_KEY": b"\xff",
    "AMARA_KEY_PEPPER": b"\xff",
    "ALLOWED_HOSTS": "https://subtitles.example.org/",
    "CSRF_TRUSTED_ORIGINS": "subtitles.example.org",
    "AMARA_HTTPS": "maybe",
    "AMARA_BEHIND_PROXY": "2",
    "AMARA_PROXY_COUNT": "0",
    "AMARA_MAX_BODY_BYTES": "-5",
    "AMARA_MAX_SUBTITLE_BYTES": "2 MiB",
    "AMARA_MAX_SUBTITLE_DEPTH": "1e9",
    "AMARA_DELIVER": "perhaps",
    "AMARA_CALLBACK_SECONDS": "nan",
    "AMARA_CALLBACK_RETRIES": "a,b",
    "AMARA_FETCH_METADATA": "si",
    "EMAIL_URL": "nonsense",
    "DEFAULT_FROM_EMAIL": "nobody",
    "AMARA_OIDC_ISSUER": "login.example.org",
    "AMARA_OIDC_CLIENT_ID": b"\xff",
    "AMARA_OIDC_CLIENT_SECRET": b"\xff",
    "AMARA_OIDC_NAME": b"\xff",
    "AMARA_OIDC_SIGN_UP": "all",
    "AMARA_SIGN_UP": "some",
    "AMARA_PASSWORD_VALIDATORS": "MinimalLengthValidator",
    "AMARA_FAST_PASSWORDS": "very",
    "LOG_LEVEL": "LOUD",
    "AMARA_METRICS_TOKEN": b"\xff",
    "DEBUG": "*",
    "AMARA_DEBUG_FOR_ALL": "*",
    "REDIS_URL": "http://x",
}
# These are read by checks, which say so as well.
CHECKED = {
    "AMARA_API_DATE": "20170101",
    "AMARA_PARTNERS_DATE": "v3",
    "AMARA_BASE_URL": "subtitles.example.org",
    "AMARA_OUTBOUND_ALLOW": "intranet",
}


def test_every_setting_has_a_value_that_is_refused():
    """All at once, in one process: the settings are read by any command in the same way."""
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    limits = {name for name in tables(page)["variable"] if name.startswith("AMARA_LIMIT_")}
    values = {**HOPELESS, **dict.fromkeys(limits, "often")}
    # Those that other modules add are read in the same way; here each has a number of its kind.
    others = set(tables(page)["variable"]) - set(values) - set(CHECKED)
    values |= dict.fromkeys(others, "nonsense")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**_plain_environment(), **values},
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert {line.partition(" ")[0] for line in lines} == set(values), lines
    assert all(line.endswith(".") for line in lines), lines
    assert FALLEN not in done.stderr


def _plain_environment():
    kept = {"PATH", "HOME", "LANG"}
    return {name: value for name, value in os.environ.items() if name in kept}


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        (("serve",), "AMARA_HTTPS"),
        (("setup",), "AMARA_DATA_DIR"),
        (("doctor",), "DATABASE_URL"),
        (("deliver", "--once"), "AMARA_CALLBACK_RETRIES"),
        (("serve",), "AMARA_API_DATE"),
        (("create_api_user", "eve"), "AMARA_OUTBOUND_ALLOW"),
    ],
)
def test_each_start_ends_with_a_sentence(installation, command, setting):
    done = installation.manage(*command, **{setting: {**HOPELESS, **CHECKED}[setting]})
    assert done.code == 1
    assert FALLEN not in done.err
    (line,) = done.err.splitlines()
    assert line.removeprefix("CommandError: ").startswith(f"{setting} ")


@pytest.mark.parametrize("option", [("--port", "99999"), ("--threads", "0"), ("--host", "a b")])
def test_an_option_is_held_to_the_same(installation, option):
    done = installation.manage("serve", *option)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(f"manage.py serve: error: argument {option[0]}: ")


def import_wsgi(installation, **variables):
    environment = {**installation.environment, **variables}
    return subprocess.run(
        [sys.executable, "-c", "import amara_api.wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_another_server_is_told_as_well(installation):
    done = import_wsgi(installation, PORT="99999")
    assert (done.returncode, done.stderr) == (
        3,
        "PORT is '99999', but must be between 1 and 65535.\n",
    )
    done = import_wsgi(installation, AMARA_API_DATE="20170101")
    assert done.returncode == 3
    assert done.stderr.startswith("AMARA_API_DATE is 20170101, which is no dialect of the API.")
    done = import_wsgi(installation, DEBUG="on", SECRET_KEY=LONG)
    assert done.returncode == 0
    debug, secret = done.stderr.splitlines()
    assert debug.startswith("DEBUG is on")
    assert secret.startswith("The API keys in this database are another secret's")
    (installation.folder / "secret.key").unlink()
    done = import_wsgi(installation)
    assert (done.returncode, FALLEN in done.stderr) == (3, False)
    assert "There is no secret" in done.stderr


UNSAFE = {
    "DEBUG": ({"DEBUG": True}, "DEBUG is on"),
    "ALLOWED_HOSTS": ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS has *"),
    "SECRET_KEY": ({"SECRET_KEY": "short"}, "SECRET_KEY can be guessed"),
    "monotonous": ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY can be guessed"),
    "AMARA_KEY_PEPPER": ({"AMARA_KEY_PEPPER": "pepper"}, "AMARA_KEY_PEPPER can be guessed"),
    "AMARA_FAST_PASSWORDS": ({"AMARA_FAST_PASSWORDS": True}, "AMARA_FAST_PASSWORDS is on"),
    "AMARA_HTTPS": (
        {
            "AMARA_HTTPS": True,
            "AMARA_BASE_URL": "https://a.example",
            "ALLOWED_HOSTS": ["a.example"],
        },
        "AMARA_HTTPS is on and AMARA_BEHIND_PROXY is off",
    ),
    "AMARA_OUTBOUND_ALLOW": (
        {"AMARA_OUTBOUND_ALLOW": ["0.0.0.0/0"]},
        "AMARA_OUTBOUND_ALLOW has 0.0.0.0/0, which has 169.254.169.254",
    ),
}


@pytest.fixture
def safe(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.AMARA_FAST_PASSWORDS = settings.DEBUG = False
    settings.SECRET_KEY = settings.AMARA_KEY_PEPPER = LONG
    assert installation.faults() == ([], [])
    return settings


@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_unsafe_is_said(safe, name):
    changes, sentence = UNSAFE[name]
    for setting, value in changes.items():
        setattr(safe, setting, value)
    if "SECRET_KEY" in changes:
        safe.AMARA_KEY_PEPPER = safe.SECRET_KEY
    errors, (said,) = installation.faults()
    assert errors == []
    assert said.startswith(sentence)


@pytest.mark.parametrize(
    "reached",
    [{"HOST": "0.0.0.0"}, {"HOST": "10.1.2.3"}, {"AMARA_BEHIND_PROXY": True}],
    ids=str,
)
def test_debug_pages_for_others_need_a_word_more(safe, reached):
    safe.DEBUG = True
    safe.AMARA_BASE_URL, safe.ALLOWED_HOSTS = "https://a.example", ["a.example"]
    for setting, value in reached.items():
        setattr(safe, setting, value)
    (error,), warnings = installation.faults()
    assert error.startswith("DEBUG is on, and ")
    assert warnings == []
    safe.AMARA_DEBUG_FOR_ALL = True
    errors, (warning,) = installation.faults()
    assert errors == []
    assert warning.startswith("DEBUG is on")


def test_serve_says_what_is_unsafe_and_serves(installation):
    with installation.serving(DEBUG="on", ALLOWED_HOSTS="*", AMARA_DEBG="on") as served:
        log = served.log.read_text()
    assert "DEBUG is on" in log
    assert "ALLOWED_HOSTS has *" in log
    assert "AMARA_DEBG is set, but no such setting exists. Is DEBUG meant?" in log
    done = installation.manage("serve", "--host", "0.0.0.0", DEBUG="on")
    assert done.code == 1
    assert "CommandError: DEBUG is on, and the server listens on 0.0.0.0" in done.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("AMARA_HTPS", "AMARA_HTTPS"), ("AMARA_BASE_URI", "AMARA_BASE_URL"), ("AMARA_X", "")],
)
def test_a_misspelt_name_finds_the_right_one(monkeypatch, typed, meant):
    monkeypatch.setenv(typed, "on")
    (said,) = checks.misspelt(None)
    assert said.msg == f"{typed} is set, but no such setting exists."
    assert (f"Is {meant} meant?" in said.hint) is bool(meant)


@pytest.mark.parametrize("command", [("deliver", "--once"), ("expire_tasks",), ("doctor",)])
def test_no_database_is_one_line(installation, command):
    away = "postgres://nobody:pass-word@127.0.0.1:9/nothing"
    done = installation.manage(*command, DATABASE_URL=away)
    assert done.code == 1
    assert FALLEN not in done.err + done.out
    said = (done.err + done.out).splitlines()
    assert any("The database cannot be reached: " in line for line in said), said
    assert "pass-word" not in done.err + done.out


# --- the secret ----------------------------------------------------------------------------------


def test_a_secret_that_is_lost_or_anothers_is_named(installation):
    path = installation.folder / "secret.key"
    right = path.read_text()
    stored = select(installation.environment, "SELECT value FROM kernel_fact")
    assert len(stored) == 2
    assert right.strip()[:8] not in str(stored)

    path.unlink()
    done = installation.manage("setup")
    assert (done.code, path.exists()) == (1, False)
    assert done.err.startswith("CommandError: There is no secret, but the database has API keys.")
    assert "--new-secret" in done.err
    assert installation.manage("serve").code == 1

    path.write_text(LONG)
    path.chmod(0o600)
    for command in (("setup",), ("serve",), ("deliver", "--once"), ("create_api_user", "eve")):
        done = installation.manage(*command)
        assert done.code == 1, command
        assert "The API keys in this database are another secret's" in done.err, command
        assert "secret.key (or SECRET_KEY, AMARA_KEY_PEPPER)" in done.err, command
    done = installation.manage("doctor")
    assert done.code == 1
    assert "The API keys in this database are another secret's" in done.out

    path.write_text(right)
    assert installation.manage("doctor").out == "Nothing is wrong.\n"


def test_going_on_with_a_new_secret_says_what_is_lost(installation):
    path = installation.folder / "secret.key"
    old = path.read_text()
    path.unlink()
    done = installation.manage("setup", "--new-secret")
    assert (done.code, done.err) == (0, "")
    assert "1 API key works no more" in done.out
    assert "Removed " in done.out
    assert path.read_text() != old
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert installation.manage("setup").out == ""
    assert installation.manage("create_api_user", "admin").code == 0
    assert installation.manage("doctor").out == "Nothing is wrong.\n"
    lines = select(installation.environment, "SELECT via FROM kernel_administrativechange")
    assert ("manage.py setup",) in lines
    assert ("manage.py create_api_user",) in lines


def test_a_new_secret_beside_the_old_pepper_ends_sessions_alone(installation):
    old = (installation.folder / "secret.key").read_text().strip()
    with installation.serving(SECRET_KEY=LONG, AMARA_KEY_PEPPER=old) as served:
        assert served.web("GET", "users/me/", key=installation.key).status == 200
        said = "SECRET_KEY is another than at the last start: people have to log in again"
        assert said in served.log.read_text()
    done = installation.manage("doctor", SECRET_KEY=LONG, AMARA_KEY_PEPPER=old)
    assert done.out == "Nothing is wrong.\n"


# --- what lies about -----------------------------------------------------------------------------


def test_files_static_names_and_headers_of_a_server(installation):
    (installation.folder / "static" / "logo.css").write_text("a{background:url(gone.png)}")
    os.umask(0o022)
    with installation.serving() as served:
        web = served.web
        pages = ("/", "/auth/login/", "/auth/forgotten/", "/api/docs/", "/api/", "/nothing/")
        for page in pages:
            answer = web("GET", page, key=None, Accept="text/html")
            headers = {name.lower(): value for name, value in answer.headers.items()}
            policy = headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["referrer-policy"] in ("same-origin", "no-referrer")
            names = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.body.decode())
            assert names
            for name in names:
                assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
                file = web("GET", name, key=None)
                assert file.status == 200, name
                assert "immutable" in file.headers["Cache-Control"]
        plain = web("GET", "/static/amara_api/pages.css", key=None)
        assert (plain.status, plain.headers["Cache-Control"]) == (200, "max-age=60, public")
        own = web("GET", "/static/logo.css", key=None)
        assert own.status == 200
        for path in ("/static/../secret.key", "/static/%2e%2e/secret.key", "/secret.key"):
            assert web("GET", path, key=None).status == 404
        health = web("GET", "/healthz", key=None)
        assert health.status == 200
        assert not re.search(rb"\d+\.\d+", health.body)
        assert not re.search(r"\d+\.\d+\.\d+", str(health.headers))
        assert web("GET", "/metrics", key=None).status == 404
        open_to_others = [
            path.name
            for path in installation.folder.iterdir()
            if stat.S_IMODE(path.stat().st_mode) & 0o077 and not path.name.startswith("log-")
        ]
        assert open_to_others == []
    # What has changed since has another name, at once.
    before = re.findall(r"/static/\S+?\.css", answer.body.decode())
    (installation.folder / "static" / "amara_api").mkdir()
    (installation.folder / "static" / "amara_api" / "pages.css").write_text("b{}")
    with installation.serving() as served:
        page = served.web("GET", "/", key=None).body.decode()
        (name,) = re.findall(r"/static/amara_api/pages\.\w+\.css", page)
        assert name not in before
        assert served.web("GET", name, key=None).body == b"b{}"


def test_without_collected_files_pages_go_by_plain_names(installation):
    """Nobody can write where they would be collected."""
    folder = installation.folder / "assets"
    if folder.is_dir():
        folder.rename(installation.folder / "elsewhere")
    folder.write_text("a file")
    with installation.serving() as served:
        page = served.web("GET", "/auth/login/", key=None)
        assert page.status == 200
        assert b"/static/amara_api/pages.css" in page.body
        assert served.web("GET", "/static/admin/css/base.css", key=None).status == 200
        assert "AMARA_DATA_DIR" in served.log.read_text()


# --- clocks, languages, errors -------------------------------------------------------------------


@pytest.mark.django_db
def test_numbers_go_on_when_the_clock_jumps_back(ana):
    video = VideoFactory(user=ana)
    first = add_subtitles(video)
    link = issue_login_token(ana)
    newest = ActivityRecord.objects.latest("pk")
    with time_machine.travel(timezone.now() - timedelta(days=400), tick=False):
        second = add_subtitles(video)
        later = issue_login_token(ana)
        assert second.version_number == first.version_number + 1
        assert SubtitleLanguage.objects.get().tip == second
        assert ActivityRecord.objects.latest("pk").pk > newest.pk
        assert redeem_login_token(link) is None
        assert redeem_login_token(later) == ana


@pytest.mark.django_db
def test_a_callers_language_changes_nothing(cast, api_for):
    api = api_for(cast.owner)
    for path in ("teams/films/", "teams/films/members/", "videos/", "nothing/", "videos/?limit=x"):
        answers = {
            api.get(path, HTTP_ACCEPT_LANGUAGE=language).content
            for language in ("en", "de", "zh-Hans", "ar;q=1, *;q=0", "x" * 200)
        }
        assert len(answers) == 1, path


INSIDE = re.compile(
    rb"Traceback|site-packages|defusedxml|Exception|django|File \"|/work|sqlite|psyc"
)
BROKEN = [
    ("application/json", b"{"),
    ("application/json", b"[" * 2000),
    ("application/xml", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
    ("application/xml", b"<a>" * 2000),
    ("application/yaml", b"!!python/object/apply:os.system [id]"),
    ("application/yaml", b"&a [*a]"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("application/x-www-form-urlencoded", b"video_url=%00"),
    ("application/json; charset=klingon", b"{}"),
    ("image/png", b"\x89PNG"),
]


@pytest.mark.parametrize(("content_type", "body"), BROKEN)
@pytest.mark.parametrize("format", ["json", "xml", "yaml"])
def test_errors_tell_nothing_of_the_inside(api, content_type, body, format):
    answer = api.client.generic("POST", f"/api/videos/?format={format}", body, content_type)
    assert 400 <= answer.status_code < 500
    assert not INSIDE.search(answer.content), answer.content
    assert b"passwd" not in answer.content


# A mail address, a hash of a password, a key or its digest, the secret of a callback, SQL.
PRIVATE = re.compile(
    rb"@example\.com|md5\$|argon2|\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b|whsec_|SELECT |/site-packages/"
)


@pytest.mark.django_db
def test_no_answer_to_reading_tells_what_is_private(world, teams, client):
    """On every route, to strangers, to who owns all there is, and to whoever may do everything."""
    video = world.open_video.video_id
    known = {"video": video, "url": world.second["open_video"].pk, "record": 1}
    known["key"] = world.adder.api_keys.order_by("pk").first().pk
    told = []

    def look(role, path, answer):
        found = PRIVATE.search(answer.content)
        if found or answer.status_code >= 500:
            told.append((role, path, answer.status_code, found))

    for row in [*ROWS, *TEAM_ROWS]:
        numbers = teams.numbers["films"] if row in TEAM_ROWS else known
        path = row.path.format(**{"team": "films", **numbers})
        for role in ("stranger", "adder", "owner", "superuser") if row.method == "GET" else ():
            look(role, path, teams.api[role].get(path))
    client.force_login(world.owner)
    for path in ("/", "/teams/", "/teams/films/", f"/videos/{video}/", "/messages/"):
        look("owner", path, client.get(path, headers={"Accept": "text/html"}))
    assert not told


@pytest.mark.django_db
def test_nobody_learns_whose_an_address_is(cast, api_for):
    """By making an account, or giving one's own that address: it is nobody's until confirmed."""
    partner, told = api_for(cast.partner), []
    for name, email in (("first", cast.adder.email), ("second", "free@example.com")):
        made = partner.post("users/", {"username": name, "email": email})
        changed = api_for(cast.stranger).put("users/stranger/", {"email": email})
        told.append((made.status_code, sorted(made.json()), changed.status_code))
    assert told == [told[0]] * 2
    assert told[0][0] == 201


@pytest.mark.django_db
def test_a_password_of_a_megabyte_is_refused_before_it_is_hashed(cast, api_for, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "django.contrib.auth.hashers.make_password", lambda *a, **k: hashed.append(a)
    )
    body = {"username": "eve", "password": "x" * 2**20}
    answer = api_for(cast.partner).post("users/", json.dumps(body))
    assert answer.status_code == 400
    assert hashed == []


def test_the_record_is_only_added_to(db):
    change = AdministrativeChange.objects.create(
        what="done", actor="x", via="admin", before={}, after={}
    )
    with pytest.raises(TypeError):
        change.save()
    with pytest.raises(TypeError):
        change.delete()
    with pytest.raises(TypeError):
        AdministrativeChange.objects.all().delete()
    with pytest.raises(TypeError):
        AdministrativeChange.objects.filter(pk=change.pk).update(actor="y")


def test_a_known_vulnerability_is_told_and_what_was_not_asked_about_counted():
    hole = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
    told = [
        {"name": "a", "version": "1.0", "vulns": [hole]},
        {"name": "b", "version": "1.0", "vulns": []},
        {"name": "c", "skip_reason": "Dependency not found"},
    ]
    found, unchecked, known = audit.judge({"dependencies": told})
    assert found == ["a 1.0 has PYSEC-1, mended in 2.0"]
    assert (unchecked, known) == (1, 3)

"""What every test may use: real keys, real people, and a real server."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent


def pytest_configure() -> None:
    # Before the settings are read: a secret, cheap password hashes, and nothing of this machine's.
    os.environ.setdefault("SECRET_KEY", "tests")
    os.environ.setdefault("AMARA_FAST_PASSWORDS", "on")
    os.environ.setdefault("EMAIL_URL", "memorymail://")
    # No test asks a provider; without workers the settings have been read already.
    os.environ["AMARA_FETCH_METADATA"] = "off"
    django_settings.AMARA_FETCH_METADATA = False
    # The same examples every time, and no clock: these machines are shared. For new examples run
    # with HYPOTHESIS_PROFILE=explore.
    unhurried = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("suite", derandomize=True, database=None, **unhurried)
    settings.register_profile("explore", **unhurried)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


class Api:
    """Requests with a person's real key. Bodies are JSON unless ``content_type`` says otherwise."""

    def __init__(self, key: str | None = None, **headers: str) -> None:
        self.key = key
        self.client = Client(headers={**({"X-api-key": key} if key else {}), **headers})

    def request(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        if not path.startswith(("/", "http")):
            path = f"/api/{path}"
        content_type = extra.pop("content_type", "application/json")
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        return self.client.generic(
            method, path.removeprefix("http://testserver"), body or "", content_type, **extra
        )

    def get(self, path: str, **extra: Any) -> Any:
        return self.request("GET", path, **extra)

    def post(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.request("POST", path, body, **extra)

    def put(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.request("PUT", path, body, **extra)

    def patch(self, path: str, body: Any = None, **extra: Any) -> Any:
        return self.request("PATCH", path, body, **extra)

    def delete(self, path: str, **extra: Any) -> Any:
        return self.request("DELETE", path, **extra)


@pytest.fixture
def api_for() -> Any:
    """`api_for(user)`: requests with a fresh key of that user; `api_for(None)`: without one."""
    from users.keys import issue_key

    def make(user: Any = None, **headers: str) -> Api:
        return Api(issue_key(user, actor=None) if user else None, **headers)

    return make


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()


@pytest.fixture
def ana(db: None) -> Any:
    """An ordinary account."""
    from tests.factories import UserFactory

    return UserFactory(username="ana")


@pytest.fixture
def api(ana: Any, api_for: Any) -> Api:
    """Requests of an ordinary account."""
    return api_for(ana)


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    """Everybody whose rights differ, a visible and a hidden team, and a video each way."""
    from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory

    people = {
        "stranger": UserFactory(username="stranger"),
        "adder": UserFactory(username="adder"),
        "partner": UserFactory(username="partner", is_partner=True),
        "staff": UserFactory(username="staff", is_staff=True),
        "superuser": UserFactory(username="superuser", is_staff=True, is_superuser=True),
    }
    teams = {"films": TeamFactory(slug="films"), "hush": TeamFactory(slug="hush", is_visible=False)}
    for role in ("contributor", "manager", "admin", "owner"):
        person = people[role] = UserFactory(username=role)
        for team in teams.values():
            TeamMemberFactory(team=team, user=person, role_name=role)
    videos = {
        "open_video": VideoFactory(user=people["adder"], title="Open"),
        "team_video": VideoFactory(user=people["owner"], team=teams["films"], title="Of films"),
        "hidden_video": VideoFactory(user=people["owner"], team=teams["hush"], title="Of hush"),
    }
    return SimpleNamespace(**people, **teams, **videos, people=people)


# --- a real server -------------------------------------------------------------------------------


@dataclass
class Running:
    """A server started as an operator starts it, with a database of its own."""

    url: str
    key: str
    username: str
    environment: dict[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)

    def manage(self, *arguments: str) -> str:
        return _manage(self.environment, *arguments)


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def running_database() -> Iterator[str | None]:
    """A database for servers that tests start: None for the data folder's SQLite file."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield None
        return
    import psycopg2

    name = f"amara_running_{secrets.token_hex(6)}"
    admin = psycopg2.connect(url)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield f"{url.rpartition('/')[0]}/{name}"
    with admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.close()


@pytest.fixture(scope="session")
def running(
    running_database: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """`manage.py setup` and `manage.py serve` on a free port; requests to it are real HTTP."""
    folder = tmp_path_factory.mktemp("server")
    environment = {**os.environ, "AMARA_DATA_DIR": str(folder / "data")}
    environment.pop("SECRET_KEY", None)
    environment["EMAIL_URL"] = "dummymail://"
    # Client programs reach it as amara.org, through a proxy that ends TLS.
    environment["ALLOWED_HOSTS"] = "127.0.0.1,localhost,amara.org,www.amara.org"
    environment["AMARA_BEHIND_PROXY"] = "on"
    if running_database:
        environment["DATABASE_URL"] = running_database
    else:
        environment.pop("DATABASE_URL", None)
    _manage(environment, "setup")
    account = json.loads(
        _manage(environment, "create_api_user", "director", "--superuser", "--partner", "--json")
    )
    port = free_port()
    log = (folder / "log").open("wb")
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/healthz", process, folder / "log")
        yield Running(url, account["api_key"], account["username"], environment, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server did not answer:\n{log.read_text()}")

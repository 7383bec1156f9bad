"""What every test may use: real keys, real people, and a real server."""

import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.test import Client, TransactionTestCase
from django.test.client import ClientHandler
from django.utils import timezone
from hypothesis import HealthCheck, settings

from amara_api.kernel import languages
from amara_api.kernel.limits import guarded
from amara_api.kernel.limits.rates import NO_LIMIT
from tests.photographs import photographed
from tests.places import ROOT, free_port
from tests.server.own import Databases, Installation, copied
from tests.server.own_fixtures import _pristine, databases, installation, unmade
from tests.server.web import Web

# Fixtures of the whole suite: in the folders that use them each would set up one of its own.
__all__ = ["ROOT", "_pristine", "databases", "free_port", "installation", "unmade"]


def pytest_configure(config: pytest.Config) -> None:
    # The processes of a run are asked by name, and inherit this.
    whole = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    os.environ.setdefault("MATRICES", "whole" if whole else "halves")
    # Before the settings are read: a secret, cheap password hashes, and nothing of this machine's.
    os.environ.setdefault("SECRET_KEY", "known to everybody, for tests alone")
    os.environ.setdefault("AMARA_FAST_PASSWORDS", "on")
    os.environ.setdefault("EMAIL_URL", "memorymail://")
    # Everybody here comes from one address, and headers are compared; limits have their own tests.
    for limit in ("REQUESTS_BY_ACCOUNT", "REQUESTS_BY_ADDRESS", "WRONG_KEYS"):
        os.environ.setdefault(f"AMARA_LIMIT_{limit}", "off")
    # As if `serve` had been started plainly, whatever it noted on this machine.
    os.environ["SERVED_AT"] = "http://127.0.0.1:8000"
    # No test asks a provider.
    os.environ["AMARA_FETCH_METADATA"] = "off"
    # Nothing is written behind a test's back.
    os.environ["AMARA_FIGURES"] = "off"
    # Without workers the settings have been read already.
    django_settings.SECRET_KEY = os.environ["SECRET_KEY"]
    django_settings.AMARA_KEY_PEPPER = (
        os.environ.get("AMARA_KEY_PEPPER") or os.environ["SECRET_KEY"]
    )
    django_settings.AMARA_FETCH_METADATA = django_settings.AMARA_FIGURES = False
    for limit in ("requests-by-account", "requests-by-address", "wrong-keys"):
        django_settings.AMARA_LIMITS[limit] = NO_LIMIT
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Servers and commands that tests start compile the project once, and not each anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # The same examples every time, and no clock: these machines are shared. `make explore` is for
    # many and new ones.
    unhurried = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile(
        "suite", max_examples=20, derandomize=True, database=None, **unhurried
    )
    settings.register_profile("explore", max_examples=500, **unhurried)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


_empty = TransactionTestCase._fixture_teardown


def _empty_all(self: TransactionTestCase) -> None:
    """Django empties tables in any order, and triggers note what goes in those that are empty."""
    from teams import coverage, long_lists
    from videos.models import VideoCount

    _empty(self)
    for model in (VideoCount, *coverage.MODELS, *long_lists.MODELS):
        model._base_manager.all().delete()


TransactionTestCase._fixture_teardown = _empty_all


# What takes longest, with servers and databases of its own. Begun last, as what needs no database
# here is, each would keep one process busy while the others have nothing left to do. What empties
# the database of the process has to stay behind what reads it, so no page in a browser is here.
LONGEST = (
    "tests/server/test_delivery.py",
    "tests/commands/test_upgrades.py",
    "tests/server/test_faults.py",
    "tests/commands/test_setup_and_serve.py",
    "tests/server/test_concurrency.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first; the order of all else stays what it was made by chance."""
    if os.environ["MATRICES"] != "whole":
        _take_halves(config, items)
    turn = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.nodeid.partition("::")[0], len(LONGEST)))


def _take_halves(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests marked so, SQLite's run takes every second case and PostgreSQL's the others. The
    same goes for what people do in a browser: pages know no database."""
    on_postgresql = Databases().used
    cases = defaultdict(list)
    for item in sorted(items, key=lambda item: item.nodeid):
        file, _, name = item.nodeid.partition("::")
        if item.get_closest_marker("by_halves"):
            cases[file, name.partition("[")[0]].append(item)
        elif "chromium" in getattr(item, "fixturenames", ()):
            cases[file, "in a browser"].append(item)
    left = {item for each in cases.values() for item in each[not on_postgresql :: 2]}
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=list(left))


def pytest_collection_finish() -> None:
    """All that is there by now stays: the modules and many thousand tests.

    To look through that again and again for garbage was a sixth of the work of most tests. What
    stays is not counted any more, so all that came since would be looked through more often still.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)


class Api:
    """Requests with a person's real key. Bodies are JSON unless ``content_type`` says otherwise."""

    def __init__(self, key: str | None = None, **headers: str) -> None:
        self.key = key
        self.headers = headers
        self.client = Client(headers={**({"X-api-key": key} if key else {}), **headers})

    def __reduce__(self) -> Any:
        return _again, (self.key, self.headers)

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


def _again(key: str | None, headers: dict[str, str]) -> Api:
    return Api(key, **headers)


@pytest.fixture(scope="session", autouse=True)
def _languages_of_the_tables_alone() -> None:
    """When the operators' languages are read depends on the clock; queries are counted."""
    languages.watch(None)


@pytest.fixture(autouse=True)
def _no_limit_is_remembered() -> Iterator[None]:
    """Who has met one is known by a number, which somebody else has in the next test."""
    yield
    guarded.forget()


@pytest.fixture(scope="session", autouse=True)
def _one_stack_of_middleware() -> Iterator[None]:
    """Clients share their middleware until a setting changes, as the requests of a server do.

    Building it looks at every static file, which took as long as ten requests, for each client.
    """
    load = ClientHandler.load_middleware
    built: dict[str, Any] = {}

    def load_once(handler: ClientHandler, is_async: bool = False) -> None:
        if not built:
            load(handler, is_async)
            built.update((name, vars(handler)[name]) for name in LOADED)
        vars(handler).update(built)

    def forget(**_: Any) -> None:
        built.clear()

    setting_changed.connect(forget)
    ClientHandler.load_middleware = load_once
    yield
    ClientHandler.load_middleware = load
    setting_changed.disconnect(forget)


@pytest.fixture(scope="session", autouse=True)
def _every_answer_is_described() -> Iterator[None]:
    """Whatever a client is answered below `/api/` in today's form, the OpenAPI description
    allows."""
    request = Client.request

    def described(client: Client, **environ: Any) -> Any:
        response = request(client, **environ)
        hold(response)
        return response

    call = Web.__call__

    def described_too(web: Web, method: str, path: str, *body: Any, **headers: Any) -> Any:
        answer = call(web, method, path, *body, **headers)
        hold_over_http(method, path, headers, answer)
        return answer

    Client.request = described  # type: ignore[method-assign]
    Web.__call__ = described_too  # type: ignore[method-assign, assignment]
    yield
    Client.request = request  # type: ignore[method-assign]
    Web.__call__ = call  # type: ignore[method-assign]


def hold(response: Any) -> None:
    from amara_api.kernel.rest.dialects import DatedVersioning
    from amara_api.kernel.versions import CURRENT
    from tests import described

    asked = response.wsgi_request
    path = asked.META["PATH_INFO"]
    # What is counted is the server's work, not this.
    if not path.startswith(described.PREFIX) or tracemalloc.is_tracing():
        return
    if DatedVersioning().determine_version(asked) != CURRENT:
        return
    described.check(
        described.Answer(
            asked.method, path, response.status_code, response.headers, response.content
        )
    )


def hold_over_http(method: str, path: str, headers: dict[str, Any], answer: Any) -> None:
    from tests import described

    path, _, query = (path if path.startswith("/") else f"/api/{path}").partition("?")
    older = "X_API_FUTURE" in headers or "api-future" in query
    if older or not path.startswith(described.PREFIX):
        return
    # An escaped slash is no slash.
    path = unquote(path.replace("%2F", "%252F").replace("%2f", "%252f"))
    described.check(described.Answer(method, path, answer.status, answer.headers, answer.body))


LOADED = (
    "_view_middleware",
    "_template_response_middleware",
    "_exception_middleware",
    "_middleware_chain",
)


class _AllNoted(dict[int, date]):
    def get(self, key: int, default: date | None = None) -> date:  # type: ignore[override]
        return timezone.now().date()


@pytest.fixture(scope="session", autouse=True)
def _uses_of_keys_are_noted_already() -> None:
    """The first use of a key in a day is a write; statements and rows are counted."""
    from users import keys

    keys._given_up = _AllNoted()


@pytest.fixture
def languages_of_operators(transactional_db: None) -> Iterator[None]:
    """With the operators' languages, read as a server reads them."""
    from videos.queries import languages_of_operators

    languages.watch(languages_of_operators)
    yield
    languages.watch(None)


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
    return photographed("cast", _cast)


def _cast() -> SimpleNamespace:
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


@pytest.fixture(scope="session")
def running(
    _pristine: Installation, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """What `manage.py setup` left and `manage.py serve` on a free port; requests to it are real
    HTTP."""
    folder = tmp_path_factory.mktemp("server")
    database = copied(_pristine, folder / "data", databases).database
    environment = {**os.environ, "AMARA_DATA_DIR": str(folder / "data")}
    environment.pop("SECRET_KEY", None)
    environment["EMAIL_URL"] = "dummymail://"
    environment["AMARA_SIGN_UP"] = "on"
    # Client programs reach it as amara.org, through a proxy that ends TLS.
    environment["ALLOWED_HOSTS"] = "127.0.0.1,localhost,amara.org,www.amara.org"
    environment["AMARA_BEHIND_PROXY"] = "on"
    if database:
        environment["DATABASE_URL"] = database
    else:
        environment.pop("DATABASE_URL", None)
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

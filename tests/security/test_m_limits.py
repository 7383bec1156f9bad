"""Limits: what happens to who asks too much, and that nobody else notices.

Numbers are small here by setting; `docs/limits.md` tells those that hold.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from amara_api import variables
from amara_api.kernel.limits import Rate, guarded, requests
from amara_api.kernel.models import GuardedCount
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory
from tests.server import redis as own_redis
from users.models import Message

WRONG = "0" * 40
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh():
    requests.forget()
    guarded.forget()
    yield
    requests.forget()
    guarded.forget()


@pytest.fixture
def limit(settings):
    def change(**rates: str) -> None:
        named = {name.replace("_", "-"): Rate.of(rate) for name, rate in rates.items()}
        assert named.keys() <= settings.AMARA_LIMITS.keys()
        settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, **named}

    return change


def from_address(address: str) -> dict[str, str]:
    return {"REMOTE_ADDR": address}


# --- rates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/minute", (600, 60)),
        ("30/15m", (30, 900)),
        ("1 per second", (1, 1)),
        ("5/2 hours", (5, 7200)),
        ("100/D", (100, 86_400)),
        (" off ", (0, 0)),
    ],
)
def test_rates_are_read_as_people_write_them(text, rate):
    assert Rate.of(text) == rate
    assert bool(Rate.of(text)) is (rate != (0, 0))


@pytest.mark.parametrize(
    "text", ["maybe", "10", "10/", "0/minute", "-1/minute", "10/0s", "10/40d", "1e9/m", "10/µ"]
)
def test_what_is_no_rate_is_named_with_its_setting(text):
    env = variables.Variables({"AMARA_LIMIT_WRONG_KEYS": text})
    env.parsed("AMARA_LIMIT_WRONG_KEYS", Rate.of("60/minute"), variables.rate)
    with pytest.raises(ImproperlyConfigured, match=r"^AMARA_LIMIT_WRONG_KEYS is .* is no rate"):
        env.done()


# --- ordinary requests ---------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "xml", "yaml"])
def test_an_account_over_its_limit_is_told_when_to_come_back(api, api_for, limit, db, format):
    limit(requests_by_account="3/hour", requests_by_address="off")
    left = []
    for _ in range(3):
        response = api.get(f"languages/?format={format}")
        assert response.status_code == 200
        assert response["RateLimit-Policy"] == '"requests-by-account";q=3;w=3600'
        left.append(response["RateLimit"].partition(";t=")[0])
    assert left == [f'"requests-by-account";r={number}' for number in (2, 1, 0)]
    refused = api.get(f"languages/?format={format}")
    assert refused.status_code == 429
    assert refused["Content-Type"].startswith(f"application/{format}")
    assert b"Too many requests. Try again in" in refused.content
    assert 1 <= int(refused["Retry-After"]) <= 3600
    assert refused["RateLimit"].startswith('"requests-by-account";r=0;t=')
    # Another key, and nobody's, go on.
    assert api_for(UserFactory()).get("languages/").status_code == 200
    assert api_for(None).get("languages/").status_code == 200


def test_a_wrong_key_uses_up_nothing_of_its_owner(ana, api_for, limit):
    limit(requests_by_account="2/hour", wrong_keys="off")
    api = api_for(ana)
    for _ in range(5):
        assert api.get("languages/", HTTP_X_API_USERNAME="somebody").status_code == 401
    assert api.get("languages/").status_code == 200


@pytest.mark.parametrize("path", ["/api/languages/", "/api/nothing-here/", "/", "/auth/login/"])
def test_an_address_over_its_limit_is_refused_and_others_are_not(db, limit, path):
    limit(requests_by_address="4/hour")
    client = Client()
    one, other = from_address("198.51.100.7"), from_address("198.51.100.8")
    codes = [client.get(path, **one).status_code for _ in range(6)]
    assert codes[4:] == [429, 429]
    assert 429 not in codes[:4]
    assert client.get(path, **other).status_code == codes[0]
    assert client.get("/healthz", **one).status_code == 200


@pytest.mark.parametrize(
    ("behind", "forwarded", "counted_together"),
    [
        # Not behind a proxy the header is a caller's word.
        (False, ["1.1.1.1", "2.2.2.2", "3.3.3.3"], True),
        # What the proxy adds comes last; what a caller wrote stands before it.
        (True, ["1.1.1.1, 9.9.9.9", "2.2.2.2, 9.9.9.9", "9.9.9.9"], True),
        (True, ["9.9.9.9, 1.1.1.1", "9.9.9.9, 2.2.2.2", "9.9.9.9, 3.3.3.3"], False),
        # One household of IPv6, however it is spelled.
        (True, ["2001:db8::1", "2001:DB8:0::2", "[2001:db8::3]:443"], True),
        (True, ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"], False),
        (True, ["::ffff:9.9.9.9", "9.9.9.9", "9.9.9.9:1234"], True),
    ],
)
def test_who_is_counted_behind_a_proxy(db, settings, limit, behind, forwarded, counted_together):
    settings.AMARA_BEHIND_PROXY = behind
    limit(requests_by_address="2/hour")
    codes = [
        Client().get("/api/languages/", HTTP_X_FORWARDED_FOR=told).status_code for told in forwarded
    ]
    assert codes == [200, 200, 429 if counted_together else 200]


def test_of_several_proxies_the_outermost_is_believed(db, settings, limit):
    settings.AMARA_BEHIND_PROXY, settings.AMARA_PROXY_COUNT = True, 2
    limit(requests_by_address="1/hour")
    get = Client().get
    assert get("/api/languages/", HTTP_X_FORWARDED_FOR="9.9.9.9, 10.0.0.1").status_code == 200
    told = "6.6.6.6, 9.9.9.9, 10.0.0.2"
    assert get("/api/languages/", HTTP_X_FORWARDED_FOR=told).status_code == 429


def test_an_ordinary_request_writes_nothing(api, limit, django_assert_num_queries):
    limit(requests_by_account="100/hour")
    api.get("languages/")
    with django_assert_num_queries(1):  # the key
        api.get("languages/")
    assert not GuardedCount.objects.exists()


# --- across processes, in Redis ------------------------------------------------------------------


@pytest.fixture
def redis(settings, tmp_path):
    if own_redis.PROGRAM is None:
        pytest.skip(own_redis.MISSING)
    with own_redis.running(tmp_path) as running:
        settings.REDIS_URL = running.url
        yield running.process
    requests._there.clear()


def test_redis_counts_for_all_processes_and_its_loss_harms_nothing(redis, caplog):
    rate = Rate(3, 3600)

    def of_another_process() -> requests.Taken:
        requests.forget()
        requests._there.clear()
        return requests.take("account:1", "requests-by-account", rate)

    assert [of_another_process().remaining for _ in range(4)] == [2, 1, 0, 0]
    assert not of_another_process().allowed
    assert requests.take("account:2", "requests-by-account", rate).allowed
    redis.kill()
    redis.wait()
    for _ in range(3):
        assert requests.take("account:1", "requests-by-account", rate).allowed
    assert not requests.take("account:1", "requests-by-account", rate).allowed
    assert len([line for line in caplog.messages if "Redis does not answer" in line]) == 1


# --- wrong keys ----------------------------------------------------------------------------------


def test_wrong_keys_are_stopped_and_a_right_one_always_works(api, limit, django_assert_num_queries):
    limit(wrong_keys="3/hour")
    bad = {"HTTP_X_API_KEY": WRONG, **from_address("198.51.100.7")}
    client = Client()
    codes = [client.get("/api/languages/", **bad).status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    with django_assert_num_queries(1):  # whether the key is right; nothing is counted any more
        refused = client.get("/api/videos/", **bad)
    assert 1 <= int(refused["Retry-After"]) <= 3600
    # The rightful owner at the same address, and everybody without a key.
    assert api.get("languages/", **from_address("198.51.100.7")).status_code == 200
    assert client.get("/api/languages/", **from_address("198.51.100.7")).status_code == 200
    assert client.get("/api/languages/", **{**bad, **from_address("::1")}).status_code == 401


def test_the_window_ends(db, limit, time_machine):
    limit(wrong_keys="1/minute")
    get = lambda: Client().get("/api/languages/", HTTP_X_API_KEY=WRONG).status_code  # noqa: E731
    time_machine.move_to("2026-11-28T12:00:00Z", tick=False)
    assert [get(), get()] == [401, 429]
    time_machine.shift(61)
    assert [get(), get()] == [401, 429]
    assert GuardedCount.objects.count() == 1


def test_a_burst_over_several_processes_is_counted_to_the_last(installation):
    """Fifty at once, on two processes: just as many get an answer as the limit says."""
    limits = {"AMARA_LIMIT_WRONG_KEYS": "20/hour"}
    with installation.serving("--workers", "2", "--no-deliver", **limits) as served:
        with ThreadPoolExecutor(16) as pool:
            codes = Counter(
                pool.map(
                    lambda _: served.web("GET", "/api/languages/", key=WRONG).status, range(50)
                )
            )
        assert codes == {401: 20, 429: 30}
        assert served.web("GET", "/api/languages/").status == 200


# --- logins --------------------------------------------------------------------------------------


def log_in(client: Client, password: str, address: str = "198.51.100.7", name: str = "ana") -> int:
    page = reverse("login")
    sent = {"username": name, "password": password}
    return client.post(page, sent, **from_address(address)).status_code


@pytest.fixture
def owner(ana):
    ana.set_password(PASSWORD)
    ana.save()
    return ana


def test_guessing_a_password_is_stopped(owner, limit):
    limit(logins_by_account="3/hour")
    owner.is_staff = True
    owner.save()
    codes = [
        Client().post(reverse("login"), {"username": name, "password": "wrong"}).status_code
        for name in ("ana", "ANA", "Ana", "ana", "aNa")
    ]
    assert codes == [200, 200, 200, 429, 429]
    # Not even the right one: it would tell that it is right.
    response = Client().post(reverse("login"), {"username": "ana", "password": PASSWORD})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_the_owner_logs_in_from_elsewhere_and_from_where_they_have_been(owner, limit):
    limit(logins_by_account="2/hour", logins_of_account="4/hour", logins_by_address="100/hour")
    known = Client()
    assert log_in(known, PASSWORD) == 302
    known.post(reverse("logout"))
    for number in range(6):
        log_in(Client(), "wrong")
        log_in(Client(), "wrong", address=f"203.0.113.{number}")
    assert log_in(Client(), PASSWORD) == 429, "where the guessing comes from"
    assert log_in(known, PASSWORD) == 302, "but not in the browser that the owner uses there"
    assert log_in(Client(), PASSWORD, address="192.0.2.1") == 302, "nor anywhere else"


def test_a_name_that_everybody_tries_has_one_try_an_address(owner, limit):
    limit(logins_by_account="5/hour", logins_of_account="3/hour")
    for number in range(3):
        log_in(Client(), "wrong", address=f"203.0.113.{number}")
    assert [log_in(Client(), "wrong", address="192.0.2.1") for _ in range(2)] == [200, 429]
    assert log_in(Client(), PASSWORD, address="192.0.2.2") == 302


def test_logins_that_succeed_use_up_nothing(owner, limit):
    limit(logins_by_account="2/hour", logins_by_address="2/hour")
    assert [log_in(Client(), PASSWORD) for _ in range(5)] == [302] * 5


def test_an_address_that_tries_many_names_is_stopped_before_any_hashing(owner, limit, monkeypatch):
    limit(logins_by_address="3/hour")
    hashed = []
    from django.contrib.auth import hashers

    real = hashers.make_password
    monkeypatch.setattr(
        "django.contrib.auth.base_user.make_password",
        lambda *given, **named: hashed.append(1) or real(*given, **named),
    )
    codes = [log_in(Client(), "wrong", name=f"nobody{number}") for number in range(6)]
    assert codes == [200, 200, 200, 429, 429, 429]
    assert len(hashed) == 3, "an unknown name costs what a known one does, up to the limit"


def test_a_forged_browser_is_not_known(owner, limit):
    limit(logins_by_account="1/hour")
    client = Client()
    client.cookies["known_browser"] = f"{owner.pk}.0123456789abcdef:x:y"
    assert [log_in(client, "wrong"), log_in(client, PASSWORD)] == [200, 429]


# --- what is sent to others ----------------------------------------------------------------------


def test_messages_invitations_accounts_links_and_passwords(ana, api_for, limit):
    """Over a limit: 429, and nothing has been changed."""
    bob = UserFactory(username="bob")
    team = TeamFactory(slug="films")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    ana.is_partner = True
    ana.save()
    api = api_for(ana)
    people = [UserFactory(username=f"guest{number}") for number in range(3)]
    steps = {
        "messages": lambda number: api.post(
            "message/", {"user": "bob", "subject": "Hi", "content": f"{number}"}
        ),
        "invitations": lambda number: api.post(
            "teams/films/safe-members/?api-future=20160801",
            {"user": people[number].username, "role": "contributor"},
        ),
        "accounts": lambda number: api.post("users/", {"username": f"made{number}"}),
        "login-links": lambda number: api.put("users/ana/", {"create_login_token": True}),
        "passwords": lambda number: api.put("users/ana/", {"password": f"pass word {number}"}),
    }
    for name, step in steps.items():
        limit(**{name.replace("-", "_"): "2/hour"})
        answers = [step(number) for number in range(3)]
        assert [answer.status_code < 300 for answer in answers] == [True, True, False], name
        assert answers[2].status_code == 429, name
        assert int(answers[2]["Retry-After"]) > 0
    assert Message.objects.filter(user=bob).count() == 2
    assert not Message.objects.filter(user=people[2]).exists()
    assert api.get("users/made2/").status_code == 404
    ana.refresh_from_db()
    assert ana.check_password("pass word 1")


def test_an_address_is_asked_for_confirmation_only_so_often(
    ana, api_for, limit, mailoutbox, django_capture_on_commit_callbacks
):
    limit(mails_to_address="2/hour")
    api = api_for(ana)
    codes = []
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(4):
            codes.append(api.put("users/ana/", {"email": "stranger@example.com"}).status_code)
            api.put("users/ana/", {"email": f"own{number}@example.com"})
    assert codes == [200, 200, 429, 429]
    to = Counter(mail.to[0] for mail in mailoutbox)
    assert to["stranger@example.com"] == 2


def test_counts_that_have_ended_are_cleared_away(db, limit, time_machine, monkeypatch):
    limit(wrong_keys="5/minute")
    time_machine.move_to("2026-11-28T12:00:00Z", tick=False)
    for number in range(20):
        guarded.count("wrong-keys", number)
    time_machine.shift(120)
    monkeypatch.setattr("random.random", lambda: 0.0)
    guarded.count("wrong-keys", "one more")
    assert GuardedCount.objects.count() == 1

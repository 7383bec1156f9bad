"""Who is calling: every combination of headers and session, and what a refusal gives away."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import unchanged
from tests.factories import UserFactory
from users.keys import add_key, issue_key, revoke_key
from users.models import ApiKey, User

pytestmark = pytest.mark.django_db
REFUSED = (401, {"detail": "Invalid API key"})
NOBODY = (401, {"detail": "Authentication credentials were not provided."})


@pytest.fixture
def people(db):
    """ana and bob with keys, and one whose account was disabled."""
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    gone = UserFactory(username="gone")
    keys = {
        name: issue_key(person, actor=None)
        for name, person in {"ANA": ana, "BOB": bob, "GONE": gone}.items()
    }
    keys["OLD"] = keys["BOB"]
    revoke_key(ApiKey.objects.get(user=bob), actor=bob)
    keys["BOB"] = issue_key(bob, actor=None)
    soon = timezone.now() + timedelta(milliseconds=1)
    keys["EXPIRED"] = add_key(bob, actor=bob, expires=soon)[1]
    gone.is_active = False
    gone.save()
    return keys


def asked(keys, headers, path="/api/users/me/", client=None):
    filled = {name: keys.get(value, value) for name, value in headers.items()}
    return (client or Client()).get(path, headers=filled)


ACCEPTED = [
    {"X-api-key": "ANA"},
    {"X-API-KEY": "ANA", "X-api-username": "ana"},
    {"X-apikey": "ANA"},
    {"X-apikey": "ANA", "X-api-username": "ana"},
    {"X-api-key": "ANA", "X-apikey": "ANA"},
    {"X-api-key": "ANA", "Authorization": "Bearer nonsense"},
    # What is there and empty counts as absent.
    {"X-api-key": "ANA", "X-api-username": ""},
    {"X-api-key": "ANA", "X-apikey": ""},
    {"X-api-key": "", "X-apikey": "ANA", "X-api-username": "ana"},
]
BAD = [
    {"X-api-key": "BOB", "X-api-username": "ana"},
    {"X-api-key": "ANA", "X-apikey": "BOB"},
    {"X-api-key": "BOB", "X-apikey": "ANA"},
    {"X-api-key": "ANA", "X-api-username": "Ana"},
    {"X-api-key": "ANA", "X-api-username": " "},
    {"X-api-key": "ANA", "X-apikey": " "},
    {"X-api-key": "ANA", "X-api-username": "nobody"},
    {"X-api-key": "OLD"},
    {"X-api-key": "EXPIRED"},
    {"X-api-key": "EXPIRED", "X-api-username": "bob"},
    {"X-api-key": "GONE"},
    {"X-api-key": "GONE", "X-api-username": "gone"},
    {"X-api-key": "0" * 40},
    {"X-api-key": "0" * 40, "X-api-username": "nobody"},
    {"X-api-key": "   "},
    {"X-api-key": "\t"},
    {"X-api-key": "", "X-apikey": " "},
    {"X-api-key": "", "X-apikey": "", "X-api-username": "ana"},
    {"X-api-key": "null"},
    {"X-api-key": "undefined"},
    {"X-api-key": "x" * 100_000},
    {"X-api-key": "é" * 40},
    {"X-api-key": "' OR 1=1 --"},
    {"X-api-username": "ana"},
    {"X-api-username": "nobody"},
]


@pytest.mark.parametrize("headers", ACCEPTED, ids=str)
def test_the_key_says_who_it_is(people, headers):
    response = asked(people, headers)
    assert (response.status_code, response.json()["username"]) == (200, "ana")


def test_every_refusal_is_the_same_everywhere(people):
    """Also where no account is needed, and for what does not exist."""
    seen = set()
    for path in ("users/me/", "", "languages/", "videos/", "videos/none/", "no/such/route/"):
        for headers in BAD:
            response = asked(people, headers, f"/api/{path}")
            assert (response.status_code, response.json()) == REFUSED, (path, headers)
            kept = ("Content-Type", "Content-Length", "WWW-Authenticate", "Vary")
            seen.add((response.content, *(response.get(name) for name in kept)))
    assert len(seen) == 1
    assert seen.pop()[3] == "X-api-key"


@pytest.mark.parametrize(
    "headers",
    [
        dict.fromkeys(names, "")
        for names in (
            ("X-api-key",),
            ("X-apikey",),
            ("X-api-username",),
            ("X-api-key", "X-apikey"),
            ("X-api-key", "X-api-username"),
            ("X-api-key", "X-apikey", "X-api-username"),
        )
    ],
    ids=str,
)
def test_what_is_there_and_empty_counts_as_absent(people, headers):
    """Programs send it before their user has entered a key."""
    for path, status in (("languages/", 200), ("videos/", 200), ("users/me/", 401)):
        empty, without = (asked(people, h, f"/api/{path}") for h in (headers, {}))
        assert (empty.status_code, empty.content) == (status, without.content)
    client = Client()
    client.force_login(User.objects.get(username="ana"))
    assert asked(people, headers, client=client).json()["username"] == "ana"


def test_nothing_given_is_asked_for(people):
    for path in ("users/me/", "users/ana/"):
        response = asked(people, {}, f"/api/{path}")
        assert (response.status_code, response.json()) == NOBODY
        assert response["WWW-Authenticate"] == "X-api-key"
    for headers in ({"Authorization": "Bearer ANA"}, {"Authorization": "Basic YW5hOmFuYQ=="}):
        assert asked(people, headers).status_code == 401
    for query in ("api_key", "X-api-key", "apikey", "key"):
        response = Client().get(f"/api/users/me/?{query}={people['ANA']}&username=ana")
        assert response.json() == NOBODY[1]
        form = Client().post("/api/videos/", {query: people["ANA"]})
        assert form.status_code == 401


def test_what_has_not_the_shape_of_a_key_asks_no_database(people):
    for key in ("", "x", "A" * 40, "0" * 39, "0" * 41, "x" * 100_000):
        with CaptureQueriesContext(connection) as queries:
            asked({}, {"X-api-key": key})
        assert len(queries) == 0, key
    with CaptureQueriesContext(connection) as queries:
        asked({}, {"X-api-key": "0" * 40})
    assert len(queries) == 1


def test_a_bad_key_is_refused_beside_a_good_session(people):
    client = Client()
    client.force_login(User.objects.get(username="ana"))
    assert asked(people, {}, client=client).json()["username"] == "ana"
    for headers in BAD:
        response = asked(people, headers, client=client)
        assert (response.status_code, response.json()) == REFUSED, headers
    # And a good key beats the session.
    assert asked(people, {"X-api-key": "BOB"}, client=client).json()["username"] == "bob"


def test_a_session_writes_only_with_its_token_and_a_key_without(people):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="ana"))
    body = '{"video_url": "https://media.example.com/x.mp4"}'
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        with unchanged():
            response = browser.post("/api/videos/", body, content_type=content_type)
        assert response.status_code == 403
        assert "CSRF" in response.json()["detail"]
    browser.get("/account/")
    token = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    response = browser.post("/api/videos/", body, content_type="application/json", headers=token)
    assert response.status_code == 201
    stranger = Client(enforce_csrf_checks=True, headers={"X-api-key": people["ANA"]})
    other = body.replace("x.mp4", "y.mp4")
    assert stranger.post("/api/videos/", other, content_type="application/json").status_code == 201


def test_a_disabled_account_is_out_at_once(people):
    client = Client()
    ana = User.objects.get(username="ana")
    client.force_login(ana)
    ana.is_active = False
    ana.save()
    assert asked(people, {}, client=client).status_code == 401
    assert asked(people, {"X-api-key": "ANA"}).status_code == 401

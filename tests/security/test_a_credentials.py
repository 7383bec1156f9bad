"""Credentials: keys, passwords, and what others hold of an account.

Everything here is asked over HTTP, as whoever attacks would ask it. Shown elsewhere:

| asked | where |
|---|---|
| every pair of headers, wrong, empty and long keys | `tests/users/test_authentication.py` |
| one refusal, byte for byte, on a running server | `tests/server/test_hostile.py` |
| no secret in the database or the log | `tests/server/test_secrets.py` |
| POST /users/ tells key and address, and nothing later | `tests/users/test_accounts.py` |
| who makes login links for whom, and until when | `tests/users/test_editor_login.py` |
| failed keys and logins are counted | `tests/security/test_m_limits.py` |
"""

import asyncio
import base64
import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import ActivityRecord
from amara_api.asgi import LOGINS
from amara_api.kernel.intake import asgi
from amara_api.urls import api as routes
from tests.api.conftest import unchanged
from tests.conftest import Api
from tests.factories import UserFactory, VideoFactory
from tests.headers import headers_of
from tests.links import press
from users import hashers, keys, logins
from users.models import ApiKey, LoginToken, User
from users.services import update_user

pytestmark = pytest.mark.django_db
KEY = re.compile(r"\b[0-9a-f]{40}\b")
REFUSED = {"detail": "Invalid API key"}
READS_ONLY = {"detail": "This key may only read."}


def own_key(user, **fields):
    return keys.add_key(user, actor=user, **fields)[1]


def works(key) -> bool:
    answer = Api(key).get("users/me/")
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def later(**delta):
    return datetime.now(UTC) + timedelta(**delta)


# --- several keys --------------------------------------------------------------------------------


def test_a_new_key_ends_no_other_and_each_is_shown_once(api, ana):
    made = [api.post("users/me/keys/", {"label": f"Robot {n}"}) for n in range(3)]
    assert [answer.status_code for answer in made] == [201] * 3
    secrets = [answer.json()["api_key"] for answer in made]
    assert all(KEY.fullmatch(secret) and works(secret) for secret in secrets)
    assert len(set(secrets)) == 3
    told = [
        api.get(path).content.decode()
        for path in ("users/me/keys/", f"users/{ana.identifier}/keys/", "users/ana/", "activity/")
    ]
    told += [api.get(answer.json()["resource_uri"]).content.decode() for answer in made]
    told.append(json.dumps(list(ActivityRecord.objects.values()), default=str))
    assert not KEY.search("".join(told))
    first = made[0].json()
    assert {**first, "api_key": ""} == {
        "id": ApiKey.objects.get(label="Robot 0").pk,
        "label": "Robot 0",
        "scope": "all",
        "created": first["created"],
        "expires": None,
        "last_used": None,
        "created_by": "ana",
        "resource_uri": f"http://testserver/api/users/{ana.identifier}/keys/{first['id']}/",
        "api_key": "",
    }


def test_a_revoked_key_is_out_at_once_and_the_others_stay(api, ana):
    made = api.post("users/ana/keys/").json()
    assert api.delete(f"users/ana/keys/{made['id']}/").status_code == 204
    assert not works(made["api_key"])
    assert works(api.key)
    assert api.delete(f"users/ana/keys/{made['id']}/").status_code == 404
    record = ActivityRecord.objects.latest("pk")
    assert (record.type, record.actor) == ("key-revoked", ana)
    # It may be the one that asks.
    own = api.get("users/me/keys/").json()["objects"][0]
    assert api.delete(own["resource_uri"]).status_code == 204
    assert not works(api.key)


def test_nobody_chooses_a_key_or_takes_another_account_s(api, ana):
    bob = UserFactory(username="bob")
    theirs = own_key(bob)
    number = ApiKey.objects.get(user=bob).pk
    wish = {"api_key": "f" * 40, "digest": keys.digest("f" * 40), "user": "bob", "origin": "own"}
    answer = api.post("users/me/keys/", {**wish, "last_used": "2016-01-01", "created_by": "bob"})
    assert answer.status_code == 201
    assert answer.json()["api_key"] != "f" * 40
    assert (answer.json()["last_used"], answer.json()["created_by"]) == (None, "ana")
    with unchanged():
        assert not works("f" * 40)
        assert api.post("users/bob/keys/").status_code == 403
        assert api.get("users/bob/keys/").status_code == 403
        for path in ("users/me", "users/ana"):
            assert api.get(f"{path}/keys/{number}/").status_code == 404
            assert api.delete(f"{path}/keys/{number}/").status_code == 404
        assert api.get("users/nobody/keys/").status_code == 404
    assert works(theirs)


def test_there_are_so_many_keys_and_no_more(api, ana, settings):
    settings.AMARA_MAX_KEYS = 3
    assert api.post("users/me/keys/").status_code == 201
    ending = api.post("users/me/keys/", {"expires": later(hours=1).isoformat()}).json()
    with unchanged():
        refused = api.post("users/me/keys/")
    assert refused.status_code == 400
    assert refused.json() == {"general_errors": ["There are 3 keys already. Revoke one first."]}
    # What has expired makes room.
    with time_machine.travel(later(hours=2), tick=False):
        assert api.post("users/me/keys/").status_code == 201
        assert ApiKey.objects.filter(user=ana).count() == 3
    record = ActivityRecord.objects.get(type="key-expired")
    assert (record.actor, record.data["key"]) == (None, ending["id"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"label": "x" * 61}, "label"),
        ({"label": ["a"]}, "label"),
        ({"scope": "admin"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"scope": ["all"]}, "scope"),
        ({"expires": "2016-01-01"}, "expires"),
        ({"expires": "0"}, "expires"),
        ({"expires": "tomorrow"}, "expires"),
        ({"expires": "nan"}, "expires"),
        ({"expires": "1e400"}, "expires"),
        ({"expires": "99999-01-01"}, "expires"),
    ],
)
def test_a_wish_that_cannot_be_is_named(api, sent, field):
    with unchanged():
        answer = api.post("users/me/keys/", sent)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


# --- what a key may ------------------------------------------------------------------------------


def test_a_key_that_reads_writes_on_no_route(api, ana):
    key = Api(own_key(ana, scope="read"))
    video = VideoFactory(user=ana)
    assert key.get(f"videos/{video.video_id}/").status_code == 200
    assert key.get("users/me/keys/").status_code == 200
    assert key.request("OPTIONS", "videos/").status_code == 200
    paths = {re.sub(r"<\w+:\w+>", "1", str(route.pattern)) for route in routes}
    paths |= {f"videos/{video.video_id}/", "users/ana/", "no/such/path/"}
    with unchanged():
        for path in sorted(paths):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = key.request(method, path, {"title": "Taken"})
                assert (answer.status_code, answer.json()) == (403, READS_ONLY), (method, path)
    for format, shape in (("xml", "<detail>"), ("yaml", "detail:")):
        answer = key.post(f"videos/?format={format}", {})
        assert answer.status_code == 403
        assert shape in answer.content.decode()


def test_a_key_cannot_be_made_to_do_more(ana):
    reads = Api(own_key(ana, scope="read"))
    with unchanged():
        for sent in ({}, {"scope": "read"}, {"scope": "all"}):
            assert reads.post("users/me/keys/", sent).status_code == 403
        number = reads.get("users/me/keys/").json()["objects"][0]["id"]
        for method in ("PUT", "PATCH", "DELETE"):
            path = f"users/me/keys/{number}/"
            assert reads.request(method, path, {"scope": "all"}).status_code == 403
        tunnel = {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}
        assert reads.get(f"users/me/keys/{number}/", **tunnel).status_code == 200


def test_a_key_that_ends_makes_nothing_that_lasts_longer(ana):
    ends = later(days=2)
    api = Api(own_key(ana, expires=ends))
    longer = [ends + timedelta(seconds=2), later(days=400)]
    video = VideoFactory(user=ana).video_id
    with unchanged():
        for expires in longer:
            answer = api.post("users/me/keys/", {"expires": expires.isoformat()})
            assert answer.status_code == 403
            assert "lasts longer" in answer.json()["detail"]
        for sent in (
            {"password": "another one"},
            {"email": "elsewhere@example.com"},
            {"create_login_token": True},
        ):
            assert api.put("users/ana/", sent).status_code == 403
        wish = {"video_id": video, "user": "ana"}
        assert api.post("editor-login/", wish).status_code == 403
    # Told nothing, it ends with its maker.
    for expires in (None, later(days=1).isoformat()):
        made = api.post("users/me/keys/", {"expires": expires, "scope": "read"}).json()
        assert datetime.fromisoformat(made["expires"]) <= ends
    # The daily work it may do.
    assert api.put("users/ana/", {"biography": "At work"}).status_code == 200
    assert api.put(f"videos/{video}/", {"title": "Mine"}).status_code == 200


def test_a_key_that_has_ended_is_a_wrong_one(ana):
    key = own_key(ana, expires=later(hours=1))
    assert works(key)
    wrong = Api("0" * 40).get("users/me/")
    with time_machine.travel(later(hours=1, seconds=1), tick=False):
        ended = Api(key).get("users/me/")
    assert (ended.status_code, ended.json()) == (401, REFUSED)
    kept = ("Content-Type", "Content-Length", "WWW-Authenticate", "Vary")
    assert (ended.content, *(ended[name] for name in kept)) == (
        wrong.content,
        *(wrong[name] for name in kept),
    )


def test_a_key_counts_in_its_own_header_alone(ana):
    """Not as a token, as the password of its owner, or under the names that other servers use."""
    key = own_key(ana)
    basic = [base64.b64encode(f"{pair}".encode()).decode() for pair in (f"ana:{key}", f"{key}:")]
    others = [("Authorization", f"{scheme} {key}") for scheme in ("Bearer", "Token", "Key", "")]
    others += [("Authorization", f"Basic {value}") for value in basic]
    others += [(name, key) for name in ("X-Auth-Token", "Api-Key", "X-Amara-Key")]
    with unchanged():
        for name, value in others:
            for path in ("users/me/", "videos/"):
                answer = Client(headers={name: value}).post(f"/api/{path}", {"title": "x"})
                assert answer.status_code in (401, 405), name
            assert Client(headers={name: value}).get("/api/users/me/").status_code == 401, name


def test_a_key_of_an_account_that_is_gone_is_a_wrong_one(ana):
    key = own_key(ana)
    wrong = Api("0" * 40).get("users/me/")
    ana.delete()
    gone = Api(key).get("users/me/")
    assert (gone.status_code, gone.content) == (wrong.status_code, wrong.content)
    assert headers_of(gone) == headers_of(wrong)


def test_the_last_use_is_written_once_a_day(ana, monkeypatch):
    monkeypatch.setattr(keys, "_given_up", {})
    api = Api(own_key(ana))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert api.get("users/me/").status_code == 200
        return [query["sql"] for query in queries if "UPDATE" in query["sql"]]

    start = datetime(2030, 1, 1, 23, 59, tzinfo=UTC)
    days = []
    for hours in (0, 0, 0.1, 1, 23, 24.2):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            days.append(len(cost()))
    assert days == [1, 0, 1, 0, 0, 1]
    assert str(ApiKey.objects.get().last_used) == "2030-01-03"
    assert api.get("users/me/keys/").json()["objects"][0]["last_used"] is not None


def test_a_database_that_takes_no_writes_is_read(ana, monkeypatch):
    monkeypatch.setattr(keys, "_given_up", {})
    tried = []

    def refuse(execute, sql, parameters, many, context):
        if sql.startswith("UPDATE"):
            tried.append(sql)
            raise OperationalError("read-only")
        return execute(sql, parameters, many, context)

    key = own_key(ana)
    with connection.execute_wrapper(refuse):
        assert works(key)
        assert works(key)
    assert len(tried) == 1


def test_a_key_is_looked_up_by_one_query_and_its_index(ana, api):
    api.get("users/me/")
    with CaptureQueriesContext(connection) as queries:
        assert keys.owner_of(api.key) == ana
    (query,) = queries
    assert query["sql"].count("JOIN") == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "SCAN" not in plan


# --- what others hold ----------------------------------------------------------------------------


class Held:
    """All that a creator can lay hands on while the account is theirs to make links for."""

    def __init__(self, creator: Api, video: str) -> None:
        sent = {"username": "mark", "password": "chosen by them", "create_login_token": True}
        made = creator.post("users/", sent).json()
        self.session = Client()
        assert press(self.session, made["auto_login_url"]).status_code == 302
        page = self.session.post("/account/keys/", {"label": "Mine now"})
        (key_of_session,) = set(KEY.findall(page.content.decode()))
        by_key = Api(made["api_key"])
        self.keys = {
            "first": made["api_key"],
            "made by the first": by_key.post("users/me/keys/").json()["api_key"],
            "made in the session": key_of_session,
        }
        self.link = creator.post("editor-login/", {"video_id": video, "user": "mark"}).json()["url"]
        self.mark = User.objects.get(username="mark")

    def open(self) -> set[str]:
        """What still opens the account."""
        found = {name for name, key in self.keys.items() if works(key)}
        if self.session.get("/account/").status_code == 200:
            found.add("session")
        if self.session.get("/api/users/me/").status_code == 200:
            found.add("session")
        if Client().get(self.link).status_code == 200:
            found.add("link")
        form = {"username": "mark", "password": "chosen by them"}
        if Client().post("/auth/login/", form).status_code == 302:
            found.add("password")
        return found


EVERYTHING = {
    *("first", "made by the first", "made in the session", "session", "link", "password"),
}


@pytest.fixture
def held(cast, api_for):
    return Held(api_for(cast.partner), cast.open_video.video_id)


def by_the_service(cast, mark, power):
    update_user(mark, actor=cast.superuser, **{power: True})


def by_the_admin(cast, mark, power):
    browser = Client()
    browser.force_login(cast.superuser)
    path = reverse("admin:users_user_change", args=[mark.pk])
    form = browser.get(path).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value not in (None, False)}
    sent["languages"] = json.dumps(mark.languages)
    answer = browser.post(path, {**sent, power: "on"})
    assert answer.status_code == 302, answer.content


def by_the_command(cast, mark, power):
    call_command("create_api_user", "mark", f"--{power.removeprefix('is_')}")


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("promote", [by_the_service, by_the_admin, by_the_command])
def test_a_promotion_ends_what_others_hold(cast, held, promote, power, capsys):
    assert held.open() == EVERYTHING
    own = own_key(held.mark, label="Made by Mark")
    promote(cast, held.mark, power)
    held.mark.refresh_from_db()
    assert getattr(held.mark, power)
    assert held.open() == set()
    assert held.session.post("/account/keys/").status_code == 302
    assert works(own)
    ended = ActivityRecord.objects.filter(type="key-revoked", data__because="promotion")
    assert ended.count() == 3


def test_a_password_of_somebody_as_powerful_outlives_a_promotion(cast):
    user = UserFactory(username="mark")
    for setter, promoted, stays in (
        (cast.superuser, {"is_staff": True}, True),
        (cast.superuser, {"is_superuser": True}, True),
        (cast.staff, {"is_staff": True}, True),
        (cast.staff, {"is_superuser": True}, False),
        (None, {"is_superuser": True}, True),
        (user, {"is_superuser": True}, True),
    ):
        User.objects.filter(pk=user.pk).update(is_staff=False, is_superuser=False)
        user.refresh_from_db()
        update_user(user, actor=setter, password="a good one")
        update_user(user, actor=None, **promoted)
        assert User.objects.get(pk=user.pk).has_usable_password() is stays, (setter, promoted)


def test_a_new_password_ends_sessions_links_and_keys_of_others(cast, held):
    own = own_key(held.mark)
    browser = Client()
    form = {"username": "mark", "password": "chosen by them"}
    assert browser.post("/auth/login/", form).status_code == 302
    token = re.search(r"csrftoken=\w+", str(browser.get("/account/keys/").cookies))
    assert token
    answer = browser.put("/api/users/mark/", {"password": "my own"}, "application/json")
    assert answer.status_code == 200
    assert held.open() == set()
    assert works(own)


def test_a_new_password_by_staff_ends_them_too(cast, held, api_for):
    own = own_key(held.mark)
    sent = {"password": "another", "create_login_token": True}
    answer = api_for(cast.staff).put("users/mark/", sent)
    assert answer.status_code == 200
    assert held.open() == set()
    assert works(own)
    # What was asked for together with the new password works.
    assert press(Client(), answer.json()["auto_login_url"]).status_code == 302


def test_whoever_sets_the_password_keeps_the_key_they_made(cast, api_for):
    """A program that makes an account and gives it a password goes on with the account's key."""
    made = api_for(cast.partner).post("users/", {"username": "robot"}).json()
    for password in ("first words", "second words"):
        changed = Api(made["api_key"]).put("users/robot/", {"password": password})
        assert changed.status_code in (200, 403)
        assert works(made["api_key"])
    assert (
        Client().post("/auth/login/", {"username": "robot", "password": "first words"}).status_code
        == 302
    )


def test_shutting_out_ends_sessions_for_good_and_keys_for_the_time(cast, held):
    own = own_key(held.mark)
    update_user(held.mark, actor=cast.superuser, is_active=False)
    assert held.open() == set()
    assert not works(own)
    update_user(held.mark, actor=cast.superuser, is_active=True)
    assert held.open() == {*held.keys, "password"}
    assert works(own)


# --- the creator's say ---------------------------------------------------------------------------


def comes_in(mark) -> None:
    """By the link of the mail that asks for confirmation."""
    (asked,) = [each for each in mail.outbox if "confirm" in each.subject]
    path = re.search(r"/auth/confirm-email/\S+", asked.body)[0]
    assert press(Client(), path).status_code == 302


def test_the_whole_takeover_by_whoever_made_the_account(
    cast, api_for, django_capture_on_commit_callbacks
):
    """Years later, with all that was ever handed out, and all that can be made of it."""
    creator = api_for(cast.partner)
    video = cast.open_video.video_id
    with django_capture_on_commit_callbacks(execute=True):
        sent = {"username": "mark", "email": "mark@example.com", "create_login_token": True}
        made = creator.post("users/", sent).json()
    session = Client()
    assert press(session, made["auto_login_url"]).status_code == 302
    first = Api(made["api_key"])
    second = Api(first.post("users/me/keys/").json()["api_key"])
    third = Api(KEY.search(session.post("/account/keys/").content.decode())[0])
    comes_in("mark")
    mark = User.objects.get(username="mark")
    own_key(mark, label="Own")
    number = ApiKey.objects.get(label="Own").pk
    attempts = [
        ("PUT", "users/mark/", {"create_login_token": True}),
        ("PUT", "users/mark/", {"password": "taken"}),
        ("PATCH", "users/mark/", {"email": "thief@example.com"}),
        ("PUT", "users/mark/", {"full_name": "Thief"}),
        ("POST", "editor-login/", {"video_id": video, "user": "mark"}),
        ("POST", "users/mark/keys/", {}),
        ("DELETE", f"users/mark/keys/{number}/", None),
    ]
    with unchanged():
        for api in (creator, first, second, third):
            for method, path, body in attempts:
                assert api.request(method, path, body).status_code == 403, (method, path, body)
        for method, path, body in attempts:
            answer = session.generic(
                method, f"/api/{path}", json.dumps(body) if body else "", "application/json"
            )
            assert answer.status_code == 403, (method, path, body)
        assert session.post("/account/keys/").status_code == 403
        assert session.post("/account/keys/", {"do": "revoke", "key": number}).status_code == 403
        assert session.post("/account/mail/", {"do": "mail"}).status_code == 403
    # Its daily work goes on: programs rely on it.
    body = {"video_url": "https://media.example.com/daily.mp4"}
    assert first.post("videos/", body).status_code == 201


def test_the_whole_takeover_by_whoever_invited(cast, api_for, django_capture_on_commit_callbacks):
    old = {"X-API-FUTURE": "20160801"}
    sent = {"username": "mark", "email": "mark@example.com", "role": "contributor"}
    inviter = api_for(cast.owner)
    with django_capture_on_commit_callbacks(execute=True):
        answer = inviter.post("teams/films/safe-members/", sent, headers=old)
    assert answer.status_code == 202
    assert not KEY.search(answer.content.decode())
    # Not even one that nobody has been shown.
    assert not ApiKey.objects.filter(user__username="mark").exists()
    body = {"video_id": cast.team_video.video_id, "user": "mark"}
    for come in (lambda: None, lambda: comes_in("mark")):
        come()
        with unchanged():
            assert inviter.post("editor-login/", body).status_code == 403
            for sent in ({"create_login_token": True}, {"password": "taken"}, {}):
                assert inviter.put("users/mark/", sent).status_code == 403
            assert inviter.post("users/mark/keys/").status_code == 403
    assert not LoginToken.objects.exists()


def test_a_person_who_confirms_in_a_session_that_was_opened_for_them_is_themselves(
    cast, api_for, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        sent = {
            "username": "mark",
            "email": "mark@example.com",
            "password": "given",
            "create_login_token": True,
        }
        made = api_for(cast.partner).post("users/", sent).json()
    browser = Client()
    press(browser, made["auto_login_url"])
    (asked,) = [each for each in mail.outbox if "confirm" in each.subject]
    press(browser, re.search(r"/auth/confirm-email/\S+", asked.body)[0])
    page = browser.post("/account/keys/")
    assert page.status_code == 200
    assert ApiKey.objects.latest("pk").origin == "own"


# --- the page ------------------------------------------------------------------------------------


def test_a_form_makes_one_key_however_often_it_is_sent(ana):
    browser = Client()
    browser.force_login(ana)
    html = browser.get("/account/keys/").content.decode()
    form = {
        "once": re.search(r'name="once" value="(\w+)"', html)[1],
        "label": '<script>alert("1")</script>',
        "scope": "read",
        "last_day": f"{later(days=3):%Y-%m-%d}",
    }
    page = browser.post("/account/keys/", form)
    (key,) = set(KEY.findall(page.content.decode()))
    assert "<script>alert" not in page.content.decode()
    for _ in range(2):
        again = browser.post("/account/keys/", form)
        assert "made its key already" in again.content.decode()
        assert not KEY.search(again.content.decode())
    made = ApiKey.objects.get()
    assert (made.scope, made.origin, made.maker) == ("read", "own", ana)
    assert made.expires.hour == made.expires.minute == 0
    assert works(key)
    assert browser.get("/account/keys/").content.decode().count("reads only") == 1
    browser.post("/account/keys/", {"do": "revoke", "key": made.pk})
    assert not works(key)


def test_what_the_form_cannot_have_is_said_on_it(ana):
    browser = Client()
    browser.force_login(ana)
    other = UserFactory()
    own_key(other)
    with unchanged():
        for form in (
            {"label": "x" * 61},
            {"scope": "root"},
            {"last_day": "2016-01-01"},
            {"last_day": "soon"},
            {"last_day": "9999-12-31"},
            {"once": "x" * 33},
        ):
            page = browser.post("/account/keys/", form)
            assert page.status_code == 400, form
            assert not KEY.search(page.content.decode())
        for number in (ApiKey.objects.get().pk, "x", "", "9" * 40, "-1", "²"):
            assert (
                browser.post("/account/keys/", {"do": "revoke", "key": number}).status_code == 302
            )


# --- passwords -----------------------------------------------------------------------------------


@pytest.fixture
def real_hashes(settings):
    settings.PASSWORD_HASHERS = ["users.hashers.Argon2", "users.hashers.Older"]


def log_in(password, name="ana", client=None):
    form = {"username": name, "password": password}
    return (client or Client()).post("/auth/login/", form).status_code == 302


def test_passwords_are_hashed_with_argon2_and_older_hashes_renewed(ana, real_hashes):
    older = PBKDF2PasswordHasher().encode("correct horse", "salt" * 6, 1000)
    User.objects.filter(pk=ana.pk).update(password=older)
    browser = Client()
    assert not log_in("wrong horse")
    assert log_in("correct horse", client=browser)
    ana.refresh_from_db()
    assert ana.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    # The renewal has not thrown out whoever logged in.
    assert browser.get("/account/").status_code == 200
    kept = ana.password
    assert log_in("correct horse")
    ana.refresh_from_db()
    assert ana.password == kept


def test_hashing_fits_a_small_machine(settings):
    at_once = settings.AMARA_HASHES_AT_ONCE
    assert at_once * hashers.Argon2.memory_cost * 1024 * hashers.Argon2.parallelism < 100e6
    assert at_once < settings.THREADS or settings.THREADS == 1


def test_when_too_many_log_in_one_thread_is_left(ana, real_hashes, settings):
    api = Api(own_key(ana))
    taken = 0
    try:
        while logins._places.acquire(blocking=False):
            taken += 1
        assert taken == max(1, settings.THREADS - 1)
        with unchanged():
            form = {"username": "ana", "password": "x"}
            answer = Client(headers={"Accept": "text/html"}).post("/auth/login/", form)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert api.get("users/me/").status_code == 200
    finally:
        for _ in range(taken):
            logins._places.release()
    update_user(ana, actor=ana, password="x")
    assert log_in("x")


def test_logins_wait_their_turn_without_a_thread(monkeypatch):
    """A class that logs in at once comes in; whoever does not log in waits for nobody."""
    gate, running, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def below(environ):
        nonlocal running, most
        if environ["REQUEST_METHOD"] == "POST" and asgi.REFUSED not in environ:
            with lock:
                running += 1
                most = max(most, running)
            gate.wait(20)
            with lock:
                running -= 1
        return HttpResponse(status=503 if asgi.REFUSED in environ else 200)

    front = asgi.Front(below, 3, slow=LOGINS)
    monkeypatch.setattr(asgi, "_QUEUE", 20)

    async def ask(method, path):
        sent = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [],
        }
        await front(scope, receive, send)
        return sent[0]["status"]

    async def a_busy_moment():
        logins = [asyncio.ensure_future(ask("POST", LOGINS[n % 2])) for n in range(30)]
        others = await asyncio.gather(*(ask("GET", path) for path in ("/api/", *LOGINS)))
        gate.set()
        return others, sorted(await asyncio.gather(*logins))

    others, found = asyncio.run(a_busy_moment())
    assert others == [200] * 3
    assert most == 2
    # The two, those that queue, and those for whom the queue is too long.
    assert found == [200] * 22 + [503] * 8


def test_the_slow_paths_are_those_that_hash():
    assert {reverse("login"), reverse("account-password")} == set(LOGINS)


def test_hashing_that_finds_no_place_is_told_to_come_again(api, ana, real_hashes, monkeypatch):
    monkeypatch.setattr(hashers._places, "acquire", lambda timeout: False)
    with unchanged():
        answer = api.put("users/ana/", {"password": "another"})
    assert (answer.status_code, list(answer.json())) == (503, ["detail"])
    assert answer["Retry-After"].isdigit()


def test_a_password_without_end_is_refused_unhashed(cast, api_for, real_hashes, monkeypatch):
    endless = "x" * 2**20

    def hashed(*args, **kwargs):
        raise AssertionError("hashed")

    monkeypatch.setattr(hashers.Argon2, "encode", hashed)
    monkeypatch.setattr(hashers.Argon2, "verify", hashed)
    api = api_for(cast.partner)
    browser = Client()
    browser.force_login(cast.superuser)
    ana = cast.stranger
    with unchanged():
        for answer in (
            api.post("users/", {"username": "new", "password": endless}),
            api.put("users/partner/", {"password": endless}),
        ):
            assert (answer.status_code, list(answer.json())) == (400, ["password"])
        # A form of a page with more is refused whole, before anything is read.
        long = "x" * 100_000
        change = reverse("admin:auth_user_password_change", args=[ana.pk])
        page = browser.post(change, {"password1": long, "password2": long})
        assert (page.status_code, "4096 characters" in page.content.decode()) == (200, True)
        add = {"username": "new", "password1": long, "password2": long}
        page = browser.post(reverse("admin:users_user_add"), add)
        assert (page.status_code, "4096 characters" in page.content.decode()) == (200, True)
    assert not log_in(endless, "stranger")


def test_a_password_like_the_name_is_none(cast, api_for, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {
            "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        }
    ]
    api = api_for(cast.partner)
    for extra in ({}, {"find_unique_username": True}):
        with unchanged():
            answer = api.post(
                "users/", {"username": "lamplighter", "password": "lamplighter1", **extra}
            )
        assert answer.status_code == 400
        assert "too similar to the username" in answer.json()["password"][0]
    assert api.post("users/", {"username": "lamplighter", "password": "wick"}).status_code == 201


# --- the admin -----------------------------------------------------------------------------------


def test_staff_end_no_keys_of_staff_in_the_admin(cast):
    from django.contrib.auth.models import Permission

    codes = ["view_apikey", "delete_apikey", "change_user", "view_user"]
    cast.staff.user_permissions.set(Permission.objects.filter(codename__in=codes))
    browser = Client()
    browser.force_login(cast.staff)
    theirs, anas = own_key(cast.superuser), own_key(cast.stranger)
    for user, status, key, stays in (
        (cast.superuser, 403, theirs, True),
        (cast.stranger, 302, anas, False),
    ):
        path = reverse("admin:users_apikey_delete", args=[ApiKey.objects.get(user=user).pk])
        assert browser.post(path, {"post": "yes"}).status_code == status
        assert works(key) is stays
    page = reverse("admin:users_user_key", args=[cast.stranger.pk])
    once = re.search(r'name="once" value="(\w+)"', browser.get(page).content.decode())[1]
    shown = [browser.post(page, {"once": once, "scope": "read"}) for _ in range(2)]
    found = [set(KEY.findall(each.content.decode())) for each in shown]
    assert [len(each) for each in found] == [1, 0]
    made = ApiKey.objects.get(user=cast.stranger)
    assert (made.scope, made.origin, made.maker) == ("read", "other", cast.staff)
    change = browser.get(reverse("admin:users_apikey_change", args=[made.pk]))
    assert made.digest not in change.content.decode()

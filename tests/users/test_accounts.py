"""Accounts, their keys, login links and confirmation mails."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from activity.models import ActivityRecord
from tests.conftest import Api
from tests.factories import UserFactory
from tests.links import press
from users.keys import issue_key, issue_login_token, redeem_login_token
from users.models import ApiKey, LoginToken, User
from users.services import update_user


@pytest.fixture
def partner(api_for, db):
    return api_for(UserFactory(username="partner", is_partner=True))


def state():
    """All that an account consists of. When its key was last used is no change."""
    keys = ApiKey.objects.order_by("pk").values_list("pk", "digest", "label", "scope", "expires")
    models = (User, LoginToken, ActivityRecord)
    return [list(keys), *(list(model.objects.order_by("pk").values()) for model in models)]


# --- creating ------------------------------------------------------------------------------------


def test_a_new_account_is_answered_with_its_key_and_mail_once(partner):
    sent = {
        "username": "new.person+1@x_y-z",
        "email": "new@example.com",
        "password": " any password ",
        "first_name": "Ana",
        "last_name": "Nova",
        "full_name": "Ana Nova",
        "biography": "Long\nstory",
        "homepage": "https://example.com/",
    }
    answer = partner.post("users", sent)
    assert answer.status_code == 201
    body = answer.json()
    assert {name: body[name] for name in sent if name != "password"} == {
        name: value for name, value in sent.items() if name != "password"
    }
    assert re.fullmatch("[0-9a-f]{40}", body["api_key"])
    assert re.fullmatch("[A-Za-z0-9_-]{43}", body["id"])
    assert body["created_by"] == "partner"
    assert "auto_login_url" not in body
    assert "password" not in body
    user = User.objects.get(username=sent["username"])
    assert user.check_password(" any password ")
    own = Api(body["api_key"])
    for path in ("users/me", f"users/{sent['username']}", f"users/id${body['id']}"):
        read = own.get(path).json()
        assert read["id"] == body["id"]
        assert not {"email", "api_key", "password", "auto_login_url"} & set(read)


def test_an_account_may_have_no_password(partner):
    partner.post("users", {"username": "new"})
    user = User.objects.get(username="new")
    assert not user.has_usable_password()
    assert not user.check_password("")


@pytest.mark.parametrize(
    "name",
    [
        *("id$abc", "a$b", "a b", "a/b", "a\n", " a", "a ", "žluť", "a\x00", "аna"),
        *("me", "ME", ".", "..", "a:b", "a%20b", "<b>", "a'b"),
    ],
)
def test_names_that_cannot_be_one(partner, name):
    before = state()
    answer = partner.post("users", {"username": name})
    assert answer.status_code == 400
    if "\x00" not in name:
        printable = name.encode("ascii", "replace").decode()
        assert answer.json() == {"username": [f"Invalid Username: {printable}"]}
    assert state() == before


@pytest.mark.parametrize("name", ["x", "x" * 30, "a@b.c", "-", "_", "+", "..."])
def test_names_that_can(partner, name):
    assert partner.post("users", {"username": name}).json()["username"] == name


def test_a_name_is_taken_in_every_case(partner):
    partner.post("users", {"username": "Alice"})
    before = state()
    for name in ("Alice", "alice", "ALICE"):
        answer = partner.post("users", {"username": name})
        assert (answer.status_code, answer.json()) == (400, [f"Username not unique: {name}"])
    assert state() == before


def test_a_unique_name_is_found_in_the_documented_order(partner):
    def ask(name):
        return partner.post("users", {"username": name, "find_unique_username": True}).json()

    names = [ask("bob")["username"] for _ in range(102)]
    assert names[:101] == ["bob", *(f"bob{n:02}" for n in range(100))]
    assert re.fullmatch("bob[a-z0-9]{6}", names[101])
    assert [ask("bob@x@y.com")["username"] for _ in range(3)] == [
        "bob@x@y.com",
        "bob00@x@y.com",
        "bob01@x@y.com",
    ]
    assert len(ask("x" * 24)["username"]) == 24
    long = "x" * 25
    assert ask(long) == {"general_errors": [f"Username too long: {long}"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "a@b" + "c" * 300 + ".com"),
        ("password", ""),
        ("password", "x" * 4097),
        ("password", "x" * 2**20),
        ("password", 12345678),
        ("first_name", "x" * 31),
        ("full_name", "x" * 64),
        ("biography", "x" * 20_001),
        ("homepage", "javascript:alert(1)"),
        ("homepage", "no url"),
        ("create_login_token", "perhaps"),
    ],
)
@pytest.mark.parametrize("changing", [False, True])
def test_what_is_wrong_is_named_and_nothing_is_changed(partner, field, value, changing):
    before = state()
    if changing:
        answer = partner.put("users/partner", {field: value})
    else:
        answer = partner.post("users", {"username": "new", field: value})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert state() == before


def test_validators_that_the_operator_asks_for_hold_everywhere(partner, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"}
    ]
    before = state()
    expected = {"password": ["This password is entirely numeric."]}
    assert partner.post("users", {"username": "new", "password": "123"}).json() == expected
    assert partner.put("users/partner", {"password": "123"}).json() == expected
    assert state() == before


POWERS = ("is_partner", "is_staff", "is_superuser", "is_active", "email_confirmed")


@pytest.mark.parametrize("creator", ["partner", "staff", "superuser"])
def test_only_partners_make_partners_and_nobody_makes_staff(cast, api_for, creator):
    sent = {"username": "new", "groups": [1], "user_permissions": [1], "id": "x", "created_by": 1}
    sent |= dict.fromkeys(POWERS, True) | {"isStaff": True, "public_id": "x"}
    answer = api_for(cast.people[creator]).post("users", sent)
    assert answer.status_code == 201
    made = User.objects.get(username="new")
    assert [getattr(made, power) for power in POWERS] == [
        creator == "partner",
        False,
        False,
        True,
        False,
    ]
    assert made.created_by == cast.people[creator]
    assert made.public_id != "x"


# --- changing ------------------------------------------------------------------------------------

WHO_MAY = {
    # Who changes whom.
    ("stranger", "stranger"): 200,
    ("stranger", "adder"): 403,
    ("partner", "adder"): 403,
    ("partner", "staff"): 403,
    ("staff", "adder"): 200,
    ("staff", "partner"): 200,
    ("staff", "staff"): 200,
    ("staff", "colleague"): 403,
    ("staff", "superuser"): 403,
    ("superuser", "staff"): 200,
    ("superuser", "adder"): 200,
}


@pytest.mark.parametrize(("who", "whom"), WHO_MAY)
def test_who_may_change_whom(cast, api_for, who, whom):
    cast.people["colleague"] = UserFactory(username="colleague", is_staff=True)
    caller = api_for(cast.people[who])
    before = state()
    answer = caller.put(f"users/{whom}", {"full_name": "Changed", "password": "secret"})
    assert answer.status_code == WHO_MAY[who, whom]
    changed = User.objects.get(username=whom)
    assert (changed.full_name == "Changed") == (answer.status_code == 200)
    assert changed.check_password("secret") == (answer.status_code == 200)
    if answer.status_code == 403:
        assert state() == before


def test_what_is_left_out_or_not_theirs_to_change_stays(api, ana):
    User.objects.filter(pk=ana.pk).update(
        full_name="Ana", biography="Story", homepage="https://a.b/"
    )
    before = User.objects.values().get()
    sent = {"username": "other", "id": "x", "created_by": "x", "languages": ["en"], "num_videos": 9}
    sent |= dict.fromkeys(POWERS, True) | {"api_key": "f" * 40, "is_staff": "true"}
    for method in (api.put, api.patch):
        for body in ({}, sent):
            answer = method("users/ana", body)
            assert answer.status_code == 200
            assert "api_key" not in answer.json()
            assert answer.json()["email"] == "ana@example.com"
            assert User.objects.values().get() == before
    # Blank is a value; the form that a browser would send says the same as JSON.
    form = "application/x-www-form-urlencoded"
    assert api.put("users/ana", "biography=&is_staff=true", content_type=form).status_code == 200
    assert User.objects.values().get() == before | {"biography": ""}


def test_a_change_does_not_undo_what_happens_meanwhile(ana):
    """Whoever is disabled while saving a profile stays disabled."""
    stale = User.objects.get()
    User.objects.update(is_active=False, biography="Theirs", email="new@example.com")
    update_user(stale, actor=stale, full_name="Ana", password="secret")
    changed = User.objects.get()
    assert (changed.is_active, changed.biography, changed.email) == (
        False,
        "Theirs",
        "new@example.com",
    )
    assert (changed.full_name, changed.check_password("secret")) == ("Ana", True)


def test_the_record_names_fields_and_never_values(api, ana):
    api.put("users/ana", {"password": "very secret", "email": "secret@example.com"})
    record = ActivityRecord.objects.latest("pk")
    assert (record.type, record.actor) == ("user-changed", ana)
    assert record.data == {"user": ana.identifier, "fields": ["email", "password"]}


# --- confirmation mail ---------------------------------------------------------------------------


def link_in(message):
    return re.search(r"http://\S+(/auth/confirm-email/\S+)", message.body)[1]


def test_an_address_is_confirmed_by_the_mail_it_gets(
    partner, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        partner.post("users", {"username": "new", "email": "new@example.com"})
    (message,) = mail.outbox
    assert message.to == ["new@example.com"]
    assert not User.objects.get(username="new").email_confirmed
    path = link_in(message)
    assert client.get(path).status_code == 200
    assert not User.objects.get(username="new").email_confirmed
    press(client, path)
    assert User.objects.get(username="new").email_confirmed
    assert client.get(path[:-2] + "x/").status_code == 403


def test_a_new_address_is_unconfirmed_and_kills_the_older_link(
    api, ana, client, django_capture_on_commit_callbacks
):
    def change(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            assert api.put("users/ana", fields).status_code == 200
        ana.refresh_from_db()

    User.objects.filter(pk=ana.pk).update(email_confirmed=True)
    change(email="ana@example.com")
    change(full_name="Ana")
    assert (ana.email_confirmed, mail.outbox) == (True, [])
    change(email="second@example.com")
    change(email="third@example.com")
    assert [message.to for message in mail.outbox] == [
        ["second@example.com"],
        ["third@example.com"],
    ]
    second, third = map(link_in, mail.outbox)
    assert client.get(second).status_code == 403
    ana.refresh_from_db()
    assert not ana.email_confirmed
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert client.get(third).status_code == 403
    assert client.get(third).status_code == 200
    change(email="")
    ana.refresh_from_db()
    assert (ana.email_confirmed, len(mail.outbox)) == (False, 2)


# --- login links ---------------------------------------------------------------------------------


def logged_in(client):
    return "_auth_user_id" in client.session


def test_a_link_logs_in_once_and_says_nothing_on(partner, client):
    answer = partner.post("users", {"username": "guest", "create_login_token": "true"}).json()
    url = answer["auto_login_url"]
    assert re.fullmatch(r"http://testserver/auth/auto-login/[0-9a-f]{40}/", url)
    # Whatever session the visitor brings, another one is logged in.
    client.get("/auth/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = fixed = session.session_key
    opened = press(client, url)
    assert (opened.status_code, opened["Location"]) == (302, "/work/")
    assert client.cookies["sessionid"].value != fixed
    assert client.session["_auth_user_id"] == str(User.objects.get(username="guest").pk)
    again = Client().get(url)
    assert again.status_code == 403
    for page in (opened, again):
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["Cache-Control"] == "no-store"
    assert not LoginToken.objects.exists()


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(hours=1, minutes=59), 302),
        (timedelta(hours=2, seconds=1), 403),
        (timedelta(days=30), 403),
    ],
)
def test_a_link_lives_two_hours(ana, client, age, status):
    token = issue_login_token(ana)
    with time_machine.travel(timezone.now() + age, tick=False):
        assert press(client, f"/auth/auto-login/{token}/").status_code == status
        assert client.post(f"/auth/auto-login/{token}/").status_code == 403
        assert logged_in(client) == (status == 302)
    assert not LoginToken.objects.exists()


def test_a_newer_link_kills_the_older_and_a_wrong_one_kills_none(ana, client):
    older, newer = issue_login_token(ana), issue_login_token(ana)
    for token in (older, "0" * 40, "x", newer[:-1], newer.upper(), "%00"):
        assert press(client, f"/auth/auto-login/{token}/").status_code in (403, 404)
        assert client.post(f"/auth/auto-login/{token}/").status_code in (403, 404)
        assert not logged_in(client)
    assert press(client, f"/auth/auto-login/{newer}/").status_code == 302


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": True}, {"is_superuser": True}]
)
def test_whoever_must_not_log_in_by_link_does_not(ana, client, change):
    token = issue_login_token(ana)
    User.objects.update(**change)
    assert client.get(f"/auth/auto-login/{token}/").status_code == 403
    assert client.post(f"/auth/auto-login/{token}/").status_code == 403
    assert not logged_in(client)
    User.objects.update(is_active=True, is_staff=False, is_superuser=False)
    assert redeem_login_token(token) is None


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/videos/abc/", "/videos/abc/"),
        ("http://testserver/videos/abc/", "http://testserver/videos/abc/"),
        ("videos/", "videos/"),
        # No second header: it stays a path of ours.
        ("/\r\nLocation: //evil.example.com", "/%0D%0ALocation:%20//evil.example.com"),
        *(
            (evil, "/work/")
            for evil in (
                *("https://evil.example.com", "//evil.example.com", "/\\evil.example.com"),
                *("https:///evil.example.com", "http:/\\evil.example.com", "javascript:alert(1)"),
                *("\\\\evil.example.com", "http://testserver@evil.example.com/", "///evil.com"),
                *(
                    "data:text/html,x",
                    " //evil.example.com",
                    "http://evil.example.com\\@testserver",
                ),
                *("\x08//evil.example.com", ""),
            )
        ),
    ],
)
def test_a_link_leads_nowhere_else(ana, client, wanted, given):
    token = issue_login_token(ana)
    answer = press(client, f"/auth/auto-login/{token}/?{urlencode({'next': wanted})}")
    assert (answer.status_code, answer["Location"]) == (302, given)


# --- keys ----------------------------------------------------------------------------------------


def test_a_new_key_leaves_the_old_one_and_the_table_holds_digests(ana, api, settings):
    second = issue_key(ana, actor=None)
    assert api.get("users/me").status_code == 200
    assert Api(second).get("users/me").status_code == 200
    digests = ApiKey.objects.values_list("digest", flat=True)
    assert len(digests) == 2
    for digest in digests:
        assert re.fullmatch("[0-9a-f]{64}", digest)
        assert second not in digest
    # A stolen table is worth nothing under another pepper.
    settings.AMARA_KEY_PEPPER = "another"
    assert Api(second).get("users/me").status_code == 401


def test_the_account_page_makes_a_key_and_shows_it_once(ana, client):
    client.force_login(ana)
    page = client.post("/account/keys/")
    (key,) = set(re.findall(r"\b[0-9a-f]{40}\b", page.content.decode()))
    assert page["Cache-Control"] == "no-store"
    assert Api(key).get("users/me").json()["username"] == "ana"
    assert key not in client.get("/account/keys/").content.decode()
    assert ActivityRecord.objects.latest("pk").actor == ana
    refused = Client(enforce_csrf_checks=True)
    refused.force_login(ana)
    assert refused.post("/account/keys/").status_code == 403
    assert Api(key).get("users/me").status_code == 200


def test_keys_need_no_csrf_token_and_sessions_do(ana, api):
    body = {"video_url": "https://media.example.com/a.mp4"}
    session = Client(enforce_csrf_checks=True)
    session.force_login(ana)
    for content_type, data in (
        ("application/json", body),
        ("text/plain", '{"video_url": "https://media.example.com/a.mp4"}'),
        ("application/x-www-form-urlencoded", "video_url=https://media.example.com/a.mp4"),
    ):
        answer = session.post("/api/videos/", data, content_type)
        assert answer.status_code == 403, content_type
    with_key = Client(enforce_csrf_checks=True, headers={"X-api-key": api.key})
    assert with_key.post("/api/videos/", body, "application/json").status_code == 201
    # A bad key beside a good session is refused, and a good one wins over it.
    assert session.get("/api/users/me/", headers={"X-api-key": "f" * 40}).status_code == 401
    other = issue_key(UserFactory(username="other"), actor=None)
    read = session.get("/api/users/me/", headers={"X-api-key": other})
    assert read.json()["username"] == "other"


def test_disabling_an_account_ends_its_key_and_its_session(ana, api, client):
    client.force_login(ana)
    assert client.get("/api/users/me/").status_code == 200
    User.objects.update(is_active=False)
    assert api.get("users/me").status_code == 401
    assert client.get("/api/users/me/").status_code == 401
    assert client.get("/account/").status_code == 302


def test_a_new_password_ends_sessions_but_not_the_key(ana, api, client):
    client.force_login(ana)
    api.put("users/ana", {"password": "another"})
    assert client.get("/api/users/me/").status_code == 401
    assert api.get("users/me").status_code == 200

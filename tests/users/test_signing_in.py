"""Coming in, and what people change of it: passwords, addresses, codes, sessions, providers."""

import html
import re
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import urlsplit

import pyotp
import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from activity.models import ActivityRecord
from amara_api import checks
from tests import provider
from tests.factories import UserFactory
from tests.links import press
from users import keys, second_factor, services
from users.models import BrowserSession, Identity, SecondFactor, User
from users.services import create_user, update_user

pytestmark = pytest.mark.django_db
PASSWORD = "open sesame"


def browser(**headers: str) -> Client:
    return Client(headers={"Accept": "text/html", **headers})


def who(client: Client) -> str | None:
    answer = client.get("/api/users/me/", headers={"Accept": "application/json"})
    return answer.json()["username"] if answer.status_code == 200 else None


def log_in(client: Client, name: str, password: str = PASSWORD, **more: str):
    return client.post("/auth/login/", {"username": name, "password": password, **more})


def link_in_mail(kind: str) -> str:
    return urlsplit(re.search(rf"http\S+/auth/{kind}/\S+", mail.outbox[-1].body)[0]).path


def text_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def anna():
    user = UserFactory(username="Anna")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def post(django_capture_on_commit_callbacks):
    """Mails go at once, as when a request's changes are committed."""

    def send(client, path, data):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(path, data)

    return send


@pytest.fixture
def films(settings):
    with provider.running(settings) as found:
        yield found


def with_factor(user: User) -> tuple[pyotp.TOTP, list[str]]:
    secret = second_factor.new_secret()
    # A code of a step that is over, so that the codes of now are good.
    with time_machine.travel(timezone.now() - timedelta(minutes=10), tick=False):
        codes = second_factor.turn_on(user, secret, pyotp.TOTP(secret).now(), actor=user)
    return pyotp.TOTP(secret), codes


# --- by name or address --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Anna", "anna", "ANNA", "anna@example.com", "Anna@Example.COM"])
def test_a_name_and_an_address_log_in_in_any_case(anna, name):
    client = browser()
    assert log_in(client, name)["Location"] == "/work/"
    assert who(client) == "Anna"


def test_an_address_stands_for_one_account_that_has_confirmed_it(anna):
    impostor = UserFactory(username="other", email="ANNA@example.com", email_confirmed=False)
    impostor.set_password("another one")
    impostor.save()
    client = browser()
    # Who merely claims the address neither comes in by it nor keeps its owner out.
    assert log_in(client, "anna@example.com", "another one").status_code == 200
    assert log_in(client, "anna@example.com").status_code == 302
    User.objects.filter(pk=impostor.pk).update(email_confirmed=True)
    for password in (PASSWORD, "another one"):
        assert log_in(browser(), "anna@example.com", password).status_code == 200
    assert log_in(browser(), "other", "another one").status_code == 302


def test_a_name_that_looks_like_an_address_is_a_name_first(anna):
    named = UserFactory(username="anna@example.com", email="", email_confirmed=False)
    named.set_password("of the name")
    named.save()
    client = browser()
    assert log_in(client, "anna@example.com").status_code == 200
    assert log_in(client, "anna@example.com", "of the name").status_code == 302


# --- passwords -----------------------------------------------------------------------------------


def test_who_was_invited_sets_a_password_and_comes_in_a_day_later(
    cast, post, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        create_user(actor=cast.owner, username="new", email="new@example.com", invited=True)
    client = browser()
    chosen = press(client, link_in_mail("confirm-email"))["Location"]
    assert chosen == "/account/password/?welcome=1"
    assert "Your address is confirmed" in text_of(client.get(chosen))
    form = {"password": "a long one", "again": "a long one"}
    assert post(client, chosen, form)["Location"] == "/work/"
    assert who(client) == "new"
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        assert who(client) is None
        later = browser()
        assert log_in(later, "new@example.com", "a long one").status_code == 302
    user = User.objects.get(username="new")
    assert (user.is_independent, user.password_by) == (True, None)


def test_a_password_is_changed_by_whoever_knows_it(anna, post):
    client, elsewhere = browser(), browser()
    log_in(client, "Anna")
    log_in(elsewhere, "Anna")
    new = {"password": "a new one", "again": "a new one"}
    wrong = (
        {**new, "current": "guessed"},
        new,
        {**new, "current": PASSWORD, "again": "an old one"},
        {"current": PASSWORD, "password": "short", "again": "short"},
    )
    for form in wrong:
        assert post(client, "/account/password/", form).status_code == 400
        anna.refresh_from_db()
        assert anna.check_password(PASSWORD)
    done = post(client, "/account/password/", {**new, "current": PASSWORD})
    assert done["Location"] == "/account/password/?done=set"
    assert (who(client), who(elsewhere)) == ("Anna", None)
    assert "set another password" in mail.outbox[-1].body
    assert "Amara" not in mail.outbox[-1].body + mail.outbox[-1].subject


def test_a_forgotten_password_is_set_by_mail(anna, post):
    for asked in ("anna@EXAMPLE.com", "anna"):
        post(browser(), "/auth/forgotten/", {"whose": asked})
        assert mail.outbox[-1].to == ["Anna@example.com"]
        assert "account Anna" in mail.outbox[-1].body
    session = browser()
    log_in(session, "Anna")
    post(browser(), "/auth/forgotten/", {"whose": "anna"})
    link, client = link_in_mail("password"), browser()
    page = client.get(link)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert "For the account Anna" in text_of(page)
    form = {"password": "a new one", "again": "a new one"}
    assert post(client, link, form)["Location"] == "/auth/login/?set=1"
    assert who(session) is None
    assert "Your new password is set" in text_of(client.get("/auth/login/?set=1"))
    assert log_in(client, "Anna", "a new one").status_code == 302


# --- an address of one's own ---------------------------------------------------------------------


def test_another_address_counts_once_it_is_confirmed(anna, post):
    client = browser()
    log_in(client, "Anna")
    form = {"do": "address", "email": "new@example.com"}
    assert post(client, "/account/", form).status_code == 400
    done = post(client, "/account/", {**form, "current": PASSWORD})
    assert done["Location"] == "/account/?done=asked"
    to = {message.to[0]: message.body for message in mail.outbox[-2:]}
    assert set(to) == {"Anna@example.com", "new@example.com"}
    assert "changed the e-mail address" in to["Anna@example.com"]
    assert log_in(browser(), "new@example.com").status_code == 200
    link = urlsplit(re.search(r"http\S+/auth/confirm-email/\S+", to["new@example.com"])[0]).path
    assert press(browser(), link).status_code == 302
    assert log_in(browser(), "new@example.com").status_code == 302
    post(client, "/account/", {"do": "profile", "full_name": "Anna N.", "homepage": "a.example"})
    anna.refresh_from_db()
    assert (anna.full_name, anna.homepage, anna.email) == (
        *("Anna N.", "https://a.example"),
        "new@example.com",
    )


# --- signing up ----------------------------------------------------------------------------------


def test_strangers_make_accounts_only_where_the_operator_says_so(settings, post):
    assert browser().get("/auth/sign-up/").status_code == 404
    assert "Make an account" not in text_of(browser().get("/auth/login/"))
    settings.AMARA_SIGN_UP = True
    assert "Make an account" in text_of(browser().get("/auth/login/"))
    client = browser()
    post(client, "/auth/sign-up/", {"email": "new@example.com"})
    link = link_in_mail("sign-up")
    form = {"username": "NewOne", "password": "a long one", "again": "a long one"}
    UserFactory(username="newone")
    assert "not unique" in text_of(post(client, link, form))
    assert post(client, link, {**form, "username": "new one"}).status_code == 400
    assert post(client, link, {**form, "username": "NewTwo"})["Location"] == "/work/"
    user = User.objects.get(username="NewTwo")
    assert (user.email, user.email_confirmed) == ("new@example.com", True)
    assert (user.created_by, user.is_independent, user.is_partner) == (None, True, False)
    assert not user.api_keys.exists()
    assert who(client) == "NewTwo"
    # The link has made its account.
    assert browser().get(link).status_code == 403
    assert post(browser(), link, {**form, "username": "Three"}).status_code == 403


def test_a_link_that_makes_an_account_makes_one(settings, post, monkeypatch):
    """Pressed again while the first password is still hashed, each time with another name."""
    settings.AMARA_SIGN_UP = True
    post(browser(), "/auth/sign-up/", {"email": "new@example.com"})
    link = link_in_mail("sign-up")
    form = {"password": "a long one", "again": "a long one"}
    hashes, answers = services._set_password, []

    def press(name):
        answers.append(post(browser(), link, {**form, "username": name}).status_code)

    def pressed_again(user, *rest):
        hashes(user, *rest)
        if user.username == "One":
            press("Two")

    monkeypatch.setattr(services, "_set_password", pressed_again)
    UserFactory(username="taken")
    press("Taken")
    press("One")
    assert answers == [400, 302, 403]
    assert [user.username for user in User.objects.filter(email="new@example.com")] == ["Two"]


# --- the second factor ---------------------------------------------------------------------------


def test_a_second_factor_from_on_to_off(anna, post):
    client, elsewhere = browser(), browser()
    log_in(client, "Anna")
    log_in(elsewhere, "Anna")
    page = client.get("/account/second-factor/").content.decode()
    secret = html.unescape(re.search(r"otpauth://totp/\S+?secret=(\w+)", page)[1])
    assert secret not in str(list(BrowserSession.objects.values()))
    app = pyotp.TOTP(secret)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        form = {"do": "on", "code": app.now()}
        assert post(client, "/account/second-factor/", form).status_code == 400
        on = post(client, "/account/second-factor/", {**form, "current": PASSWORD})
        codes = re.findall(r"<code>(\d{4}-\d{4}-\d{4})</code>", on.content.decode())
        assert len(set(codes)) == 10
        assert (who(client), who(elsewhere)) == ("Anna", None)
        stored = str(list(SecondFactor.objects.values()))
        assert secret not in stored
        assert codes[0].replace("-", "") not in stored
        assert "second_factor" in str(ActivityRecord.objects.order_by("pk").last().data)
        # Coming in: first the password, then a code that was not used before.
        later = browser()
        assert log_in(later, "Anna", next="/teams/")["Location"] == "/auth/code/"
        assert who(later) is None
        assert post(later, "/auth/code/", {"code": app.now()}).status_code == 400
        clock.shift(30)
        assert post(later, "/auth/code/", {"code": f"{app.now()} "})["Location"] == "/teams/"
        assert who(later) == "Anna"
        # By a recovery code, once.
        for expected in (302, 400):
            lost = browser()
            log_in(lost, "Anna")
            assert post(lost, "/auth/code/", {"code": codes[3]}).status_code == expected
        clock.shift(30)
        assert "9 recovery codes" in text_of(client.get("/account/second-factor/"))
        assert (
            post(client, "/account/second-factor/", {"do": "off", "code": "123"}).status_code == 400
        )
        others = post(client, "/account/second-factor/", {"do": "codes", "code": app.now()})
        assert "10 recovery codes" in text_of(others)
        lost = browser()
        log_in(lost, "Anna")
        assert post(lost, "/auth/code/", {"code": codes[4]}).status_code == 400
        clock.shift(30)
        off = post(client, "/account/second-factor/", {"do": "off", "code": app.now()})
        assert off["Location"] == "/account/second-factor/?done=off"
    assert log_in(browser(), "Anna")["Location"] == "/work/"


def test_an_operator_turns_it_off_for_whoever_lost_everything(anna, cast):
    with_factor(anna)
    root = browser()
    root.force_login(cast.superuser)
    path = f"/admin/users/secondfactor/{anna.pk}/delete/"
    assert root.post(path, {"post": "yes"}).status_code == 302
    assert not second_factor.is_on(anna)
    assert "sealed" not in text_of(root.get("/admin/users/user/"))


# --- sessions ------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended(anna, post):
    phone = browser(**{"User-Agent": "Mozilla/5.0 (Linux; Android 15) Firefox/140.0"})
    desk = browser(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"})
    third, stranger = browser(), browser()
    for client in (phone, desk, third):
        log_in(client, "Anna")
    stranger.force_login(UserFactory())
    page = desk.get("/account/sessions/")
    text = text_of(page)
    assert "Firefox on Android from 127.0.0.1" in text
    assert "Chrome on Linux this browser" in text
    source = page.content.decode()
    for client in (phone, desk, third):
        assert client.cookies["sessionid"].value not in source
    found = re.findall(r'name="session" value="(\w+)">\s*<strong>([^<]+)', source)
    names = {browser: name for name, browser in found}
    of_phone, own = names["Firefox on Android"], names["Chrome on Linux"]
    post(stranger, "/account/sessions/", {"do": "end", "session": of_phone})
    post(desk, "/account/sessions/", {"do": "end", "session": own})
    assert [who(client) for client in (phone, desk)] == ["Anna"] * 2
    post(desk, "/account/sessions/", {"do": "end", "session": of_phone})
    assert [who(client) for client in (phone, desk, third)] == [None, "Anna", "Anna"]
    post(desk, "/account/sessions/", {"do": "others"})
    assert [who(client) for client in (desk, third)] == ["Anna", None]
    assert who(stranger) is not None


def test_sessions_of_the_engine_before_go_on(anna):
    from django.apps import apps
    from django.contrib.sessions.backends.db import SessionStore

    client = browser()
    log_in(client, "Anna")
    row = BrowserSession.objects.get(account=anna.pk)
    old = SessionStore(row.session_key)
    old.update(row.get_decoded())
    old.save(must_create=True)
    row.delete()
    assert who(client) is None
    client.cookies["sessionid"] = old.session_key
    told = SimpleNamespace(connection=connection)
    import_module("users.migrations.0006_signing_in").keep(apps, told)
    assert who(client) == "Anna"
    assert BrowserSession.objects.get().account == anna.pk


# --- by a provider -------------------------------------------------------------------------------


def by_provider(client: Client, films, **form: str):
    """Press the button, agree at the provider, come back."""
    page = client.post("/auth/provider/", form)
    assert page.status_code == 200, page.content
    to = html.unescape(re.search(r'<a class="button" href="([^"]+)"', page.content.decode())[1])
    assert to.startswith(f"{films.issuer}/authorize?")
    back = urlsplit(films.agree(urlsplit(to).query))
    return client.get(f"{back.path}?{back.query}")


def test_the_button_is_there_where_a_provider_is(films, settings):
    assert "Log in by Films House" in text_of(browser().get("/auth/login/"))
    settings.AMARA_OIDC_ISSUER = ""
    assert "Log in by" not in text_of(browser().get("/auth/login/"))
    assert browser().post("/auth/provider/").status_code == 404
    assert browser().get("/auth/provider/back/?code=x&state=y").status_code == 404


@pytest.mark.parametrize("slim", [False, True])
def test_both_sides_have_confirmed_the_address(anna, films, slim):
    films.slim = slim
    films.person = {"sub": "p-9", "email": "anna@example.com", "email_verified": True}
    client = browser()
    assert by_provider(client, films, next="/teams/")["Location"] == "/teams/"
    assert who(client) == "Anna"
    # From now on it is the provider's name for her that counts.
    films.person = {"sub": "p-9", "email": "elsewhere@example.com"}
    again = browser()
    assert by_provider(again, films)["Location"] == "/work/"
    assert who(again) == "Anna"
    assert Identity.objects.get().issuer == films.issuer


def test_a_stranger_to_this_server_gets_an_account_where_the_operator_says_so(films, settings):
    films.person = {
        "sub": "p-2",
        "email": "zoe@example.com",
        "email_verified": True,
        "preferred_username": "zoë l",
        "name": "Zoë L.",
    }
    client = browser()
    answer = by_provider(client, films)
    assert answer.status_code == 403
    assert "No account here belongs to this login" in text_of(answer)
    assert not User.objects.exists()
    settings.AMARA_OIDC_SIGN_UP = True
    assert by_provider(client, films).status_code == 302
    user = User.objects.get()
    assert (user.username, user.full_name, user.email) == ("zol", "Zoë L.", "zoe@example.com")
    assert user.email_confirmed
    assert not user.api_keys.exists()
    assert not user.has_usable_password()
    assert who(client) == "zol"


def test_a_login_is_connected_and_disconnected_on_the_account_page(anna, films, post):
    films.person = {"sub": "p-3", "email": "private@example.org", "email_verified": True}
    client = browser()
    log_in(client, "Anna")
    assert by_provider(client, films, connect="1")["Location"] == "/account/password/"
    other = browser()
    by_provider(other, films)
    assert who(other) == "Anna"
    number = Identity.objects.get().pk
    form = {"do": "disconnect", "identity": number}
    update_user(anna, actor=None, no_password=True)
    bare = browser()
    bare.force_login(anna)
    assert "Set a password first" in text_of(post(bare, "/account/password/", form))
    update_user(anna, actor=anna, password=PASSWORD)
    log_in(bare, "Anna")
    assert post(bare, "/account/password/", form).status_code == 302
    assert not Identity.objects.exists()
    assert by_provider(browser(), films).status_code == 403


def test_a_key_that_the_provider_has_changed_is_fetched_anew(anna, films):
    films.person = {"sub": "p-9", "email": "anna@example.com", "email_verified": True}
    assert by_provider(browser(), films).status_code == 302
    films.kid = "later"
    assert by_provider(browser(), films).status_code == 302


def test_a_login_link_of_the_api_leads_where_it_says(anna):
    link = f"/auth/auto-login/{keys.issue_login_token(anna)}/?next=/teams/"
    assert press(browser(), link)["Location"] == "/teams/"


@pytest.mark.parametrize(
    ("issuer", "client", "said"),
    [
        ("", "", []),
        ("https://login.example.org", "films", []),
        ("https://login.example.org", "", ["amara_api.E006"]),
        ("", "films", ["amara_api.E006"]),
        ("https://10.0.0.1", "films", ["amara_api.W013"]),
        ("http://login.example.org", "films", ["amara_api.W014"]),
    ],
)
def test_a_provider_that_cannot_work_is_named_at_the_start(settings, issuer, client, said):
    settings.AMARA_OIDC_ISSUER, settings.AMARA_OIDC_CLIENT_ID = issuer, client
    assert [message.id for message in checks.provider(None)] == said

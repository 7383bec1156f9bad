"""Coming in by what is not one's own: fixed sessions, old links, guessed codes, a provider's word.

Shown elsewhere:

| asked | where |
|---|---|
| guessed passwords, login links, confirmation links | `tests/security/test_a_credentials.py`, \
`tests/security/test_b_sessions.py` |
| what these pages do when all is well | `tests/users/test_signing_in.py` |
"""

import html
import re
from contextlib import contextmanager
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from amara_api.kernel.limits import guarded
from amara_api.kernel.limits.rates import Rate
from amara_api.kernel.models import GuardedCount
from tests import provider
from tests.api.conftest import unchanged
from tests.factories import UserFactory
from tests.links import press
from tests.users.test_signing_in import (
    PASSWORD,
    anna,
    browser,
    by_provider,
    films,
    log_in,
    post,
    text_of,
    who,
    with_factor,
)
from users import keys, second_factor
from users.mail import reset_token
from users.models import Identity, User
from users.services import update_user

__all__ = ["anna", "films", "post"]
pytestmark = pytest.mark.django_db
NEW = {"password": "a new one", "again": "a new one"}


@pytest.fixture(autouse=True)
def forgotten():
    """What the process remembers of limits, before and after."""
    guarded.forget()
    yield
    guarded.forget()


@contextmanager
def no_more_identities():
    before = Identity.objects.count()
    yield
    assert Identity.objects.count() == before


def reset_path(user: User) -> str:
    user.refresh_from_db()
    return f"/auth/password/{reset_token(user)}/"


# --- fixed sessions ------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [False, True])
def test_a_session_that_somebody_planted_is_not_the_one_that_comes_in(anna, films, factor):
    app = with_factor(anna)[0] if factor else None
    thief, victim = browser(), browser()
    # A session with something in it: one on the way to the provider.
    thief.post("/auth/provider/", {})
    planted = thief.cookies["sessionid"].value
    victim.cookies["sessionid"] = planted
    log_in(victim, "Anna")
    if app is not None:
        assert victim.cookies["sessionid"].value != planted
        assert thief.get("/auth/code/").status_code == 302
        victim.post("/auth/code/", {"code": app.now()})
    assert who(victim) == "Anna"
    assert who(thief) is None


# --- links that set a password -------------------------------------------------------------------


def _used(user):
    assert browser().post(reset_path(user), NEW).status_code == 302


def _moved(user):
    update_user(user, actor=user, email="elsewhere@example.com")


def _moved_back(user):
    _moved(user)
    update_user(user, actor=user, email="anna@example.com")


def _logged_in(user):
    assert log_in(browser(), user.username).status_code == 302


def _shut_out(user):
    update_user(user, actor=None, is_active=False)


def _promoted(user):
    update_user(user, actor=None, is_staff=True)


ENDS = [_used, _moved, _moved_back, _logged_in, _shut_out, _promoted]


@pytest.mark.parametrize("happens", ENDS)
def test_a_reset_link_ends_with_what_it_was_for(anna, happens):
    link = reset_path(anna)
    assert browser().get(link).status_code == 200
    happens(anna)
    with unchanged():
        assert browser().get(link).status_code == 403
        assert browser().post(link, NEW).status_code == 403


def test_a_reset_link_is_good_for_a_day_and_for_one_account(anna):
    link = reset_path(anna)
    other = UserFactory()
    with unchanged():
        assert browser().post(link.replace(f"/{anna.pk}-", f"/{other.pk}-"), NEW).status_code == 403
        for bad in ("x", "-", f"{anna.pk}-", f"{anna.pk}-x-y", "9" * 30 + "-a-b", "٣-a-b"):
            assert browser().post(f"/auth/password/{bad}/", NEW).status_code == 403
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert browser().post(link, NEW).status_code == 403
        # Nor by a form of another site.
        strict = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
        assert strict.post(link, NEW).status_code == 403


def test_a_mailbox_alone_resets_no_password_of_staff(anna, post):
    update_user(anna, actor=None, is_staff=True)
    sent = len(mail.outbox)
    post(browser(), "/auth/forgotten/", {"whose": "anna"})
    assert len(mail.outbox) == sent + 1
    assert "/auth/password/" not in mail.outbox[-1].body
    assert browser().get(reset_path(anna)).status_code == 403
    app, _ = with_factor(anna)
    link = reset_path(anna)
    with unchanged():
        assert browser().post(link, NEW).status_code == 400
        assert browser().post(link, {**NEW, "code": "000000"}).status_code == 400
    assert browser().post(link, {**NEW, "code": app.now()}).status_code == 302


# --- who has an account --------------------------------------------------------------------------


def test_no_page_tells_who_has_an_account(anna, settings):
    """Neither by its answer nor by its limits."""
    settings.AMARA_SIGN_UP = True
    UserFactory(username="unconfirmed", email="un@example.com", email_confirmed=False)
    asked = {
        "/auth/forgotten/": [
            {"whose": whose}
            for whose in ("anna", "anna@example.com", "un@example.com", "nobody", "no@example.com")
        ],
        "/auth/sign-up/": [{"email": email} for email in ("anna@example.com", "no@example.com")],
        "/auth/login/": [
            {"username": name, "password": "wrong"} for name in ("xnna", "Anna", "x@example.com")
        ],
    }
    for path, forms in asked.items():
        GuardedCount.objects.all().delete()
        guarded.forget()
        told = set()
        for form in forms:
            named = form.get("username", "")
            answers = []
            for _ in range(12):
                answer = browser(**{"X-Forwarded-For": "1.2.3.4"}).post(path, form)
                page = re.sub(r'value="\w{64}"', "", answer.content.decode())
                page = page.replace(f'value="{named}"', "")
                answers.append((answer.status_code, page if answer.status_code == 200 else ""))
            told.add(tuple(answers))
            settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "asked-by-address": None}
            settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "logins-by-address": None}
        assert len(told) == 1, path
        assert {status for status, _ in told.pop()} == {200, 429}, path


def test_whoever_asks_for_too_many_mails_waits(settings):
    settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "asked-by-address": Rate.of("3/hour")}
    statuses = [
        browser().post("/auth/forgotten/", {"whose": f"p{n}"}).status_code for n in range(5)
    ]
    assert statuses == [200] * 3 + [429] * 2


# --- the second factor ---------------------------------------------------------------------------


def ways_in(user, films):
    """Every way into a session, each by a browser that has just taken it."""

    def by_password(client):
        return log_in(client, user.username)

    def by_login_link(client):
        return press(client, f"/auth/auto-login/{keys.issue_login_token(user)}/")

    def by_confirmation(client):
        from django.core import signing

        User.objects.filter(pk=user.pk).update(email_confirmed=False)
        token = signing.dumps([user.pk, user.email], salt="users.mail.confirmation")
        return press(client, f"/auth/confirm-email/{token}/")

    def by_the_provider(client):
        films.person = {"sub": "p-1", "email": user.email, "email_verified": True}
        return by_provider(client, films)

    return [by_password, by_login_link, by_confirmation, by_the_provider]


@pytest.mark.parametrize("way", range(4))
def test_no_way_in_goes_around_the_second_factor(anna, films, way):
    app, _ = with_factor(anna)
    take = ways_in(anna, films)[way]
    if take.__name__ == "by_confirmation":
        # It logs in only those who have no password yet.
        update_user(anna, actor=None, no_password=True)
    client = browser()
    assert take(client)["Location"] == "/auth/code/"
    assert who(client) is None
    assert not Identity.objects.exists()
    for path in ("/account/", "/messages/", "/account/second-factor/"):
        assert client.get(path)["Location"].startswith("/auth/login/")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert client.post("/auth/code/", {"code": app.now()})["Location"] == "/auth/login/"
        assert who(client) is None
    assert client.post("/auth/code/", {"code": app.now()}).status_code == 302
    assert who(client) == "Anna"


def test_a_reset_password_asks_for_the_factor_too(anna):
    app, _ = with_factor(anna)
    link = reset_path(anna)
    with unchanged():
        assert browser().post(link, NEW).status_code == 400
    assert browser().post(link, {**NEW, "code": app.now()}).status_code == 302


def test_who_waits_for_a_code_waits_in_vain_once_the_password_is_another(anna):
    app, _ = with_factor(anna)
    client = browser()
    log_in(client, "Anna")
    update_user(anna, actor=anna, password="a new one")
    assert client.post("/auth/code/", {"code": app.now()})["Location"] == "/auth/login/"
    assert who(client) is None


def test_the_admin_asks_for_it_too(cast, settings):
    cast.staff.set_password(PASSWORD)
    cast.staff.save()
    app, _ = with_factor(cast.staff)
    client = browser()
    page = client.post("/admin/login/", {"username": "staff", "password": PASSWORD})
    assert page["Location"].startswith("/auth/login/?next=/admin/")
    log_in(client, "staff", next="/admin/")
    assert client.get("/admin/").status_code == 302
    assert client.post("/auth/code/", {"code": app.now()})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    # Nobody goes round in a circle.
    other = browser()
    other.force_login(cast.stranger)
    assert other.get("/admin/", follow=True).status_code == 403


def test_codes_are_not_guessed(anna):
    """From however many addresses; and whoever has been here before is not locked out by it."""
    known = browser()
    log_in(known, "Anna")
    app, codes = with_factor(anna)
    del known.cookies["sessionid"]
    thieves = [browser() for _ in range(4)]
    statuses = []
    for number, thief in enumerate(thieves):
        there = {"REMOTE_ADDR": f"10.0.0.{number}"}
        log_in(thief, "Anna")
        for guess in range(5):
            form = {"code": f"{guess:06}"}
            statuses.append(thief.post("/auth/code/", form, **there).status_code)
    assert statuses == [400] * 10 + [429] * 10
    for code in (app.now(), codes[0]):
        assert thieves[0].post("/auth/code/", {"code": code}).status_code == 429
    assert browser().post(reset_path(anna), {**NEW, "code": app.now()}).status_code == 429
    log_in(known, "Anna")
    assert known.post("/auth/code/", {"code": app.now()}).status_code == 302
    assert who(known) == "Anna"


def test_a_code_is_taken_once_whoever_sends_it(anna):
    app, _ = with_factor(anna)
    code = app.now()
    assert second_factor.accept(anna, code)
    assert not second_factor.accept(anna, code)
    # Nor the code of before, once a later one has been taken.
    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
        later, now = app.at(timezone.now() + timedelta(seconds=30)), app.now()
        assert second_factor.accept(anna, later)
        assert not second_factor.accept(anna, now)


def test_a_secret_of_another_account_opens_nothing(anna):
    other = UserFactory()
    sealed = second_factor.seal("JBSWY3DPEHPK3PXP", anna)
    assert second_factor.opened(sealed, anna) == "JBSWY3DPEHPK3PXP"
    assert second_factor.opened(sealed, other) is None


def test_whoever_opened_a_session_for_somebody_plants_nothing_in_it(films):
    """What would outlast their say: a factor, a provider's login. Nor do they see sessions."""
    maker = UserFactory(username="maker", is_partner=True)
    made = UserFactory(username="made", created_by=maker)
    client = browser()
    press(client, f"/auth/auto-login/{keys.issue_login_token(made, actor=maker)}/")
    page = html.unescape(client.get("/account/second-factor/").content.decode())
    secret = re.search(r"secret=(\w+)", page)[1]
    import pyotp

    with no_more_identities():
        form = {"do": "on", "code": pyotp.TOTP(secret).now()}
        assert client.post("/account/second-factor/", form).status_code == 403
        assert by_provider(client, films, connect="1").status_code == 403
    update_user(made, actor=made, password=PASSWORD)
    keys.became_independent(made)
    press(client, f"/auth/auto-login/{keys.issue_login_token(made)}/")
    helped = client.session
    helped["_helper"] = maker.pk
    helped.save()
    assert client.get("/account/sessions/").status_code == 403
    assert client.post("/account/sessions/", {"do": "others"}).status_code == 403


# --- a provider's word ---------------------------------------------------------------------------

OTHERS = {
    "the provider has not confirmed it": ({"email_verified": False}, {}),
    "the provider does not say": ({"email_verified": None}, {}),
    "it is written as something else": ({"email_verified": "false"}, {}),
    "this server has not confirmed it": ({}, {"email_confirmed": False}),
    "the account may run the server": ({}, {"is_staff": True}),
    "the account is the superuser's": ({}, {"is_superuser": True}),
    "the account is shut out": ({}, {"is_active": False}),
    "it is another address": ({"email": "anna@example.com.evil.example"}, {}),
    "it is none": ({"email": ""}, {}),
}


@pytest.mark.by_halves
@pytest.mark.parametrize("why", OTHERS)
@pytest.mark.parametrize("sign_up", [False, True])
def test_an_account_is_not_taken_over_by_its_address(anna, films, settings, why, sign_up):
    settings.AMARA_OIDC_SIGN_UP = sign_up
    told, stored = OTHERS[why]
    User.objects.filter(pk=anna.pk).update(**stored)
    films.person = {"sub": "thief", "email": anna.email, "email_verified": True, **told}
    client = browser()
    answer = by_provider(client, films)
    assert answer.status_code == (302 if sign_up else 403)
    assert who(client) != "Anna"
    assert not Identity.objects.filter(user=anna).exists()


def test_an_address_of_two_accounts_says_nothing(anna, films):
    UserFactory(username="second", email="ANNA@example.com")
    films.person = {"sub": "thief", "email": "anna@example.com", "email_verified": True}
    assert by_provider(browser(), films).status_code == 403


def _of_nobody(films, claims):
    return jwt.encode(claims, None, "none")


def _by_the_client_s_secret(films, claims):
    return jwt.encode(claims, provider.SECRET * 3, "HS256", headers={"kid": "now"})


def _by_another_key(films, claims):
    return films.signed(claims, provider.OTHER_KEY)


def _by_an_unknown_key(films, claims):
    return films.signed(claims, kid="unknown")


def _changed(**other):
    def spoil(films, claims):
        kept = {**claims, **other}
        return films.signed({name: value for name, value in kept.items() if value is not None})

    spoil.__name__ = str(other)
    return spoil


BAD_TOKENS = [
    *(_of_nobody, _by_the_client_s_secret, _by_another_key, _by_an_unknown_key),
    *(_changed(aud="another"), _changed(iss="https://evil.example"), _changed(exp=1_000_000)),
    *(_changed(nonce="another"), _changed(nonce=None), _changed(exp=None), _changed(sub=None)),
    *(_changed(azp="another"), _changed(aud=[provider.CLIENT, "b"], azp="b"), _changed(sub="")),
    lambda films, claims: "no token",
    lambda films, claims: "",
]


@pytest.mark.by_halves
@pytest.mark.parametrize("spoil", BAD_TOKENS, ids=lambda each: each.__name__)
def test_a_token_that_is_not_the_provider_s_for_this_login_opens_nothing(anna, films, spoil):
    films.person = {"sub": "p-1", "email": "anna@example.com", "email_verified": True}
    films.spoil = lambda claims: spoil(films, claims)
    client = browser()
    with no_more_identities():
        answer = by_provider(client, films)
    assert answer.status_code == 403
    assert "did not work" in text_of(answer)
    assert who(client) is None
    films.spoil = None
    assert by_provider(client, films).status_code == 302


def test_an_answer_is_good_once_and_in_the_browser_that_asked(anna, films):
    films.person = {"sub": "p-1", "email": "anna@example.com", "email_verified": True}
    client, other = browser(), browser()
    page = client.post("/auth/provider/").content.decode()
    query = html.unescape(re.search(r'href="http[^"?]+/authorize\?([^"]+)"', page)[1])
    back = films.agree(query)
    path = "/auth/provider/back/?" + back.partition("?")[2]
    other.post("/auth/provider/")
    assert other.get(path).status_code == 403
    assert client.get(path.replace("state=", "state=x")).status_code == 403
    # The question is asked anew after every answer, also after a wrong one.
    assert client.get(path).status_code == 403
    for wrong in ("", "?error=access_denied", "?code=x&state="):
        assert browser().get(f"/auth/provider/back/{wrong}").status_code == 403
    assert by_provider(client, films).status_code == 302
    assert who(other) is None


def test_another_provider_s_answer_is_not_taken_for_this_one_s(anna, films):
    client = browser()
    page = client.post("/auth/provider/").content.decode()
    query = html.unescape(re.search(r'href="http[^"?]+/authorize\?([^"]+)"', page)[1])
    back = films.agree(query).partition("?")[2]
    evil = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)
    assert client.get(f"/auth/provider/back/?{evil}").status_code == 403


def test_no_other_site_connects_its_login_with_a_visitor_s_account(anna, films):
    strict = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    strict.force_login(anna)
    assert strict.post("/auth/provider/", {"connect": "1"}).status_code == 403
    assert strict.get("/auth/provider/").status_code == 405
    # Nor does one that is on the way when somebody else has logged in.
    client, second = browser(), UserFactory(username="second")
    client.force_login(anna)
    page = client.post("/auth/provider/", {"connect": "1"}).content.decode()
    query = html.unescape(re.search(r'href="http[^"?]+/authorize\?([^"]+)"', page)[1])
    asked = client.session["_asked_provider"]
    client.force_login(second)
    held = client.session
    held["_asked_provider"] = asked
    held.save()
    back = films.agree(query).partition("?")[2]
    with no_more_identities():
        assert client.get(f"/auth/provider/back/?{back}").status_code == 403


# --- where people are led ------------------------------------------------------------------------

ELSEWHERE = ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]


@pytest.mark.parametrize("evil", ELSEWHERE)
def test_nobody_is_led_elsewhere(anna, films, evil):
    films.person = {"sub": "p-1", "email": "anna@example.com", "email_verified": True}
    assert log_in(browser(), "Anna", next=evil)["Location"] == "/work/"
    assert by_provider(browser(), films, next=evil)["Location"] == "/work/"
    there = browser()
    there.force_login(anna)
    assert there.get("/auth/login/", {"next": evil})["Location"] == "/work/"
    app, _ = with_factor(anna)
    client = browser()
    log_in(client, "Anna", next=evil)
    assert client.post("/auth/code/", {"code": app.now()})["Location"] == "/work/"
    led = browser().get("/admin/login/", {"next": evil})["Location"]
    assert led.startswith("/auth/login/?next=")

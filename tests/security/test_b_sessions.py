"""Login links, sessions, the browsable API and the admin: who is in, how, and for how long.

Shown elsewhere:

| asked | where |
|---|---|
| a link works once, two hours, not for the disabled, the newer kills the older; where it leads; \
another session id | `tests/users/test_accounts.py` |
| a link opened many times at once logs in once | `tests/server/test_concurrency.py` |
| links and keys are kept as digests | `tests/server/test_secrets.py` |
| a key needs no token, a session does; a bad key beside a good session | \
`tests/users/test_authentication.py` |
| the button in a real browser, without scripts | `tests/pages/test_browser.py` |
| stored script on every page | `tests/pages/test_stored_script.py` |
"""

import re

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client

from amara_api.kernel import ids
from amara_api.urls import api as routes
from tests.api.conftest import unchanged
from tests.conftest import Api
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory
from tests.links import press
from users import keys
from users.models import LoginToken, User
from users.services import update_user

pytestmark = pytest.mark.django_db
EVIL = {"Origin": "https://evil.example.com", "Referer": "https://evil.example.com/"}
CHOOSE = "/account/password/?welcome=1"
FORM = "application/x-www-form-urlencoded"


def link_of(user) -> str:
    return f"/auth/auto-login/{keys.issue_login_token(user)}/"


def who(browser) -> str | None:
    # To ask for the session of a browser without one would make it.
    pk = browser.session.get("_auth_user_id") if "sessionid" in browser.cookies else None
    return User.objects.get(pk=pk).username if pk else None


@pytest.fixture
def confirmation(ana, django_capture_on_commit_callbacks):
    """The path in a mail that asks ana, who has no password, for confirmation."""
    with django_capture_on_commit_callbacks(execute=True):
        update_user(ana, actor=ana, email="new@example.com")
    return re.search(r"/auth/confirm-email/\S+", mail.outbox[-1].body)[0]


# --- links ask first -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whoever_only_looks_uses_up_no_link(ana, confirmation, method):
    """Mail scanners, previews of chats, browsers that fetch ahead."""
    login = link_of(ana)
    with unchanged():
        for path in (login, f"{login}?next=/teams/", confirmation):
            for extra in ({}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}):
                scanner = Client(headers=extra)
                assert scanner.generic(method, path).status_code in (200, 405)
                assert who(scanner) is None
    browser = Client()
    assert press(browser, login)["Location"] == "/work/"
    assert who(browser) == "ana"
    assert press(Client(), login).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_presses_it(ana, confirmation, method):
    login = link_of(ana)
    with unchanged():
        for path in (login, confirmation):
            browser = Client()
            assert browser.generic(method, path).status_code == 405
            assert who(browser) is None


def test_the_page_says_as_whom_and_escapes_it(ana, confirmation):
    login = link_of(ana)
    other = Client(headers={"Accept": "text/html"})
    other.force_login(UserFactory(username="other"))
    page = other.get(login).content.decode()
    assert "Log in as ana" in page
    assert "You are logged in as other" in page
    asks = other.get(confirmation).content.decode()
    assert "new@example.com" in asks
    assert "<strong>ana</strong>" in asks
    assert "also logs you in" in asks
    # After the press it is ana's browser, and nothing of the other session is left.
    other.cookies["csrftoken"] = ""
    before = other.cookies["sessionid"].value
    assert press(other, login).status_code == 302
    assert who(other) == "ana"
    assert other.cookies["sessionid"].value != before


@pytest.mark.parametrize("headers", [{}, EVIL, {"Origin": "null"}], ids=str)
def test_no_other_site_presses_the_button(ana, confirmation, headers):
    """Or it could log its visitors in as somebody else, and watch what they do."""
    login = link_of(ana)
    for path in (login, confirmation):
        victim = Client(enforce_csrf_checks=True, headers={"Accept": "text/html", **headers})
        with unchanged():
            for content_type in (FORM, "text/plain", "multipart/form-data; boundary=x"):
                refused = victim.generic("POST", path, "", content_type)
                assert refused.status_code == 403
                assert who(victim) is None
            planted = victim.generic("POST", path, "csrfmiddlewaretoken=" + "a" * 32, FORM)
            assert planted.status_code == 403


def test_a_fresh_browser_comes_in_with_the_token_of_the_page(ana, confirmation):
    for path, lands in ((f"{link_of(ana)}?next=/teams/", "/teams/"), (confirmation, CHOOSE)):
        browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
        page = browser.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
        done = browser.post(path, {"csrfmiddlewaretoken": token})
        assert (done.status_code, done["Location"]) == (302, lands)
        assert who(browser) == "ana"
        # Sent once more it does nothing.
        with unchanged():
            again = browser.post(path, {"csrfmiddlewaretoken": token})
        assert again.status_code == 403


def test_what_a_link_answers_is_kept_by_nobody_and_sent_on_to_nobody(ana, confirmation):
    login = link_of(ana)
    answers = [Client().get(path) for path in (login, confirmation)]
    answers += [Client().head(login), Client().post(login), Client().get(login)]
    answers += [Client().post(confirmation), Client().get(confirmation), Client().post(login)]
    answers.append(Client(enforce_csrf_checks=True).post(confirmation))
    assert {answer.status_code for answer in answers} == {200, 302, 403}
    for answer in answers[:-1]:
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
    page = Client().get(link_of(ana)).content.decode()
    # Nothing on it leads or loads from elsewhere; and the form may say where it comes from.
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
    assert '<meta name="referrer" content="same-origin">' in page


def test_a_confirmation_link_logs_in_once_and_nobody_with_a_password(ana, confirmation):
    first, second = Client(), Client()
    assert press(first, confirmation)["Location"] == CHOOSE
    assert who(first) == "ana"
    assert "Thank you" in first.get(confirmation).content.decode()
    second.post(confirmation)
    assert who(second) is None


def test_a_confirmation_link_makes_nobody_staff(ana, confirmation):
    update_user(ana, actor=None, is_staff=True)
    browser = Client()
    assert "logs you in" not in browser.get(confirmation).content.decode()
    assert browser.post(confirmation).status_code == 302
    assert who(browser) is None


def test_a_link_has_enough_chance_in_it(ana):
    tokens = {keys.issue_login_token(ana) for _ in range(5)}
    assert len(tokens) == 5
    assert all(re.fullmatch("[0-9a-f]{40}", token) for token in tokens)
    assert ids.new_key.__module__ == "amara_api.kernel.ids"
    assert not LoginToken.objects.filter(digest__in=tokens).exists()


# --- sessions ------------------------------------------------------------------------------------


def test_a_session_ends_with_the_password_however_it_was_changed(cast, api_for):
    ana = cast.stranger
    root = Client()
    root.force_login(cast.superuser)

    def by_the_api():
        assert api_for(ana).put("users/stranger/", {"password": "new"}).status_code == 200

    def by_the_admin():
        form = {"password1": "newer", "password2": "newer"}
        path = f"/admin/users/user/{ana.pk}/password/"
        assert root.post(path, form).status_code == 302

    def taken_away():
        path = f"/admin/users/user/{ana.pk}/password/"
        assert (
            root.post(path, {"usable_password": "false", "unset-password": "1"}).status_code == 302
        )

    def behind_the_services():
        ana.refresh_from_db()
        ana.set_password("newest")
        ana.save()

    for change in (by_the_api, by_the_admin, taken_away, behind_the_services):
        ana.refresh_from_db()
        browser = Client()
        browser.force_login(ana)
        assert browser.get("/api/users/me/").status_code == 200
        change()
        assert browser.get("/api/users/me/").status_code == 401, change
        assert browser.get("/account/").status_code == 302


def test_whoever_changes_their_own_password_in_the_admin_stays_in(cast):
    root = Client()
    root.force_login(cast.superuser)
    form = {"password1": "newer", "password2": "newer"}
    assert root.post(f"/admin/users/user/{cast.superuser.pk}/password/", form).status_code == 302
    assert root.get("/admin/").status_code == 200


def test_sessions_from_before_there_were_seals_go_on(ana):
    from django.contrib.auth.base_user import AbstractBaseUser

    assert ana.seal == ""
    assert ana.get_session_auth_hash() == AbstractBaseUser.get_session_auth_hash(ana)


def test_a_rotated_secret_leaves_sessions_while_the_old_one_is_told(ana, settings):
    first, second = Client(), Client()
    first.force_login(ana)
    second.force_login(ana)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert first.get("/account/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert second.get("/account/").status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain", ""])
def test_another_site_writes_nothing_with_a_visitor_s_session(ana, method, content_type):
    video = VideoFactory(user=ana).video_id
    victim = Client(enforce_csrf_checks=True, headers=EVIL)
    victim.force_login(ana)
    body = '{"title": "Taken", "video_url": "https://media.example.com/x.mp4"}'
    paths = [f"/api/videos/{video}/", "/api/videos/", "/api/users/ana/", "/api/users/me/keys/"]
    with unchanged():
        for path in paths:
            for query in ("", "?X-api-key=x", f"?csrfmiddlewaretoken={'a' * 32}"):
                answer = victim.generic(method.upper(), path + query, body, content_type)
                assert answer.status_code in (403, 405), (path, answer.content)
        for path in ("/account/", "/auth/logout/", "/messages/"):
            assert victim.generic(method.upper(), path, "do=mail", FORM).status_code in (403, 405)


def test_pages_elsewhere_never_get_answers_of_a_session(ana):
    browser = Client(headers=EVIL)
    browser.force_login(ana)
    for path in ("/api/users/me/", "/api/users/me/keys/", "/api/videos/", "/api/none/"):
        for method in ("GET", "OPTIONS"):
            asked = {"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
            answer = browser.generic(method, path, headers=asked)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert answer["Access-Control-Allow-Origin"] == "*"
    for path in ("/account/", "/admin/", "/auth/login/"):
        assert "Access-Control-Allow-Origin" not in browser.get(path).headers
    assert django_settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert django_settings.SESSION_COOKIE_HTTPONLY


# --- forms and descriptions ----------------------------------------------------------------------


@pytest.fixture
def tenants(db):
    """Names that nobody outside may come upon."""
    team = TeamFactory(slug="secret-tenant", is_visible=False)
    owner = UserFactory(username="tenant-owner")
    TeamMemberFactory(team=team, user=owner, role_name="owner")
    return VideoFactory(user=owner, team=team, title="Tenant film")


def test_no_form_and_no_description_lists_tenants(ana, tenants):
    browser = Client(headers={"Accept": "text/html"})
    browser.force_login(ana)
    video = VideoFactory(user=ana).video_id
    some = {"slug": "films", "identifier": "ana", "language_code": "en", "video_id": video}
    named = re.compile(r"<\w+:(\w+)>")
    paths = {named.sub(lambda part: some.get(part[1], "1"), str(route.pattern)) for route in routes}
    hidden = ("secret-tenant", "tenant-owner", "Tenant film", tenants.video_id)
    for path in sorted(paths):
        for client, method in ((browser, "GET"), (Client(), "OPTIONS"), (browser, "OPTIONS")):
            told = client.generic(method, f"/api/{path}").content.decode()
            assert not any(name in told for name in hidden), (method, path)


def test_a_key_in_an_address_or_a_form_opens_nothing(ana):
    key = keys.issue_key(ana, actor=ana)
    names = ("api_key", "key", "X-api-key", "X-apikey", "apikey", "token", "HTTP_X_API_KEY")
    for name in names:
        assert Client().get(f"/api/users/me/?{name}={key}").status_code == 401
        assert Client().post("/api/videos/", {name: key}).status_code == 401
        assert Client(headers={"Cookie": f"{name}={key}"}).get("/api/users/me/").status_code == 401
    assert Api(key).get("users/me/").status_code == 200

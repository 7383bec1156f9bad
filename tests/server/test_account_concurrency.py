"""Accounts, invitations and applications: many presses at one moment, against several workers."""

from __future__ import annotations

import re
import secrets
from functools import partial
from typing import TYPE_CHECKING

import pyotp
import requests

from tests.links import press_by_requests
from tests.server.web import Web, at_once, select, sorted_statuses

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Running

# From the settings of the tests' servers.
PASSWORD = "Nobody knows this one"


class Browser(requests.Session):
    """Looks at a page with a form, and posts with the form's token. Follows no redirect."""

    def __init__(self, url: str, path: str = "/auth/login/") -> None:
        super().__init__()
        self.url = url
        self.look(path)

    def look(self, path: str) -> Browser:
        self.get(self.url + path, timeout=60)
        return self

    def send_form(self, path: str, **fields: str) -> requests.Response:
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        return self.post(self.url + path, fields, timeout=60, allow_redirects=False)


def an_account(web: Web, **fields: str) -> tuple[str, str]:
    """Its name and its key."""
    made = web.made("users/", username=f"p{secrets.token_hex(8)}", **fields)
    return made["username"], made["api_key"]


def browser_of(web: Web, name: str) -> Browser:
    browser = Browser(web.url)
    link = web("PUT", f"users/{name}/", {"create_login_token": True}).json["auto_login_url"]
    press_by_requests(browser, link)
    return browser


def told(running: Running, expression: str) -> str:
    """What the server's own code says, run beside it."""
    code = f"from users import mail, second_factor\nfrom users.models import User\n{expression}"
    return running.manage("shell", "--no-imports", "-c", code).split()[-1]


def pressed(number: int, press: Callable[[int], requests.Response]) -> list[int]:
    return [answer.status_code for answer in at_once(number, press)]


def test_a_link_that_makes_an_account_makes_one(running: Running, web: Web) -> None:
    mark = secrets.token_hex(6)
    token = told(
        running,
        "from django.core import signing\n"
        f"print(signing.dumps(['{mark}@example.com', 0], salt='users.mail.sign_up'))",
    )
    path = f"/auth/sign-up/{token}/"
    browsers = [Browser(web.url, path) for _ in range(6)]
    statuses = pressed(
        6,
        lambda n: browsers[n].send_form(
            path, username=f"{mark}{n}", password=PASSWORD, again=PASSWORD
        ),
    )
    assert sorted(statuses) == [302, *[403] * 5]
    name = f"{mark}{statuses.index(302)}"
    rows = f"SELECT username FROM users_user WHERE email = '{mark}@example.com'"
    assert select(running.environment, rows) == [(name,)]


def test_a_link_that_resets_a_password_does_so_once(running: Running, web: Web) -> None:
    name, _ = an_account(web, password=PASSWORD)
    token = told(
        running,
        f"user = User.objects.get(username='{name}')\n"
        "user.email_confirmed = True\nuser.save()\nprint(mail.reset_token(user))",
    )
    path = f"/auth/password/{token}/"
    browsers = [Browser(web.url, path) for _ in range(6)]
    words = [f"{PASSWORD} {n}" for n in range(6)]
    statuses = pressed(6, lambda n: browsers[n].send_form(path, password=words[n], again=words[n]))
    assert sorted(statuses) == [302, *[403] * 5]
    opens = [
        Browser(web.url).send_form("/auth/login/", username=name, password=word).status_code
        for word in [PASSWORD, *words]
    ]
    assert opens == [200, *(302 if status == 302 else 200 for status in statuses)]


def test_a_code_lets_one_in(running: Running, web: Web) -> None:
    """Whoever reads it over a shoulder comes too late, also in the same moment."""
    name, _ = an_account(web, password=PASSWORD)
    secret = told(
        running,
        "import pyotp, time\nsecret = second_factor.new_secret()\n"
        f"user = User.objects.get(username='{name}')\n"
        # Of the step before, so that the code of now is good.
        "code = pyotp.TOTP(secret).at(time.time() - 30)\n"
        "second_factor.turn_on(user, secret, code, actor=user)\nprint(secret)",
    )
    browsers = [Browser(web.url) for _ in range(6)]
    for browser in browsers:
        browser.send_form("/auth/login/", username=name, password=PASSWORD)
    code = pyotp.TOTP(secret).now()
    statuses = pressed(6, lambda n: browsers[n].send_form("/auth/code/", code=code))
    assert sorted(statuses) == [302, *[400] * 5]


def test_an_invitation_is_taken_or_taken_back(running: Running, web: Web) -> None:
    for _ in range(3):
        team = f"team-{secrets.token_hex(6)}"
        web.made("teams/", name=team, slug=team)
        (owner, _), (guest, _) = an_account(web), an_account(web)
        web.made(f"teams/{team}/members/", user=owner, role="owner")
        body = {"user": guest, "role": "contributor"}
        asked = web("POST", f"teams/{team}/safe-members/", body, X_API_FUTURE="20160801")
        assert asked.status == 202, asked.body
        ((number,),) = select(
            running.environment,
            "SELECT i.id FROM teams_invitation i JOIN users_user u ON u.id = i.user_id "
            f"WHERE u.username = '{guest}'",
        )
        owners, *guests = browser_of(web, owner), *(browser_of(web, guest) for _ in range(3))

        buttons = [
            partial(owners.send_form, f"/teams/{team}/invitations/", do="withdraw", number=number),
            *(
                partial(browser.send_form, f"/invitations/{number}/", do=do)
                for browser, do in zip(guests, ("accept", "accept", "decline"), strict=True)
            ),
        ]
        statuses = pressed(4, lambda n, buttons=buttons: buttons[n]())
        assert statuses.count(302) == 1, statuses
        assert set(statuses) <= {302, 400, 404, 409}, statuses
        members = web("GET", f"teams/{team}/members/?limit=10").json["objects"]
        is_in = guest in {member["user"]["username"] for member in members}
        assert is_in == (302 in statuses[1:3]), statuses
        joined = "SELECT count(*) FROM activity_activityrecord a JOIN teams_team t "
        joined += f"ON t.id = a.team_id WHERE t.slug = '{team}' AND a.type = 'member-joined'"
        # And the owner.
        assert select(running.environment, joined) == [(1 + is_in,)]


def test_of_two_who_decide_on_an_application_one_does(running: Running, web: Web) -> None:
    for _ in range(3):
        team = f"team-{secrets.token_hex(6)}"
        web.made("teams/", name=team, slug=team, membership_policy="Application")
        who, _ = an_account(web)
        asks = browser_of(web, who)
        asked = asks.send_form(f"/teams/{team}/", do="apply", note="Let me")
        assert asked.status_code == 302, asked.text
        (application,) = web("GET", f"teams/{team}/applications/").json["objects"]
        path = f"teams/{team}/applications/{application['id']}/"
        answers = at_once(
            4,
            lambda n, path=path: web("PUT", path, {"status": ("Approved", "Denied")[n % 2]}),
        )
        assert sorted_statuses(answers) == [200, *[400] * 3], [a.body for a in answers]
        (said,) = [a.json["status"] for a in answers if a.status == 200]
        assert web("GET", path).json["status"] == said
        names = re.findall(rb'"username":"(\w+)"', web("GET", f"teams/{team}/members/").body)
        assert (who.encode() in names) == (said == "Approved")

"""What a started server tells others about where it is: mails, callbacks and login links."""

import re
import time
from email import message_from_bytes
from urllib.parse import parse_qs

import pytest

from tests.conftest import free_port
from tests.links import press_over_http
from tests.outbound.fakes import running
from tests.server.web import Web


@pytest.fixture
def receiver():
    with running() as server:
        yield server


def links_told(web, receiver, mails):
    """Everything that is told to others: the links of all mails, of a callback, of two logins."""
    team = web.made("teams/", name="Films", slug="films")["slug"]
    web.made(f"teams/{team}/callbacks/", url=receiver.url(), encoding="form")
    # A confirmation, an inbox and a link that stops mails: those go to a confirmed address.
    web.made("users/", username="ana", email="ana@example.org")
    (asked,) = arrived(mails, 1)
    path = re.search(r"/auth/confirm-email/\S+", asked)
    assert path is not None
    assert press_over_http(web, path[0]).status in (200, 302)
    web.made("message/", user="ana", subject="S", content="C")
    made = web.made("users/", username="ben", create_login_token=True)
    film = web.made("videos/", video_url="https://media.example.com/a.mp4", team=team)["id"]
    login = web.made("editor-login/", video_id=film, user="ben")["url"]
    bodies = arrived(mails, 2, also=lambda: receiver.asked)
    told = parse_qs(receiver.asked[0].body.decode())
    links = {
        "confirm": re.findall(r"(\S+)/auth/confirm-email/", "\n".join(bodies)),
        "unsubscribe": re.findall(r"(\S+)/auth/unsubscribe/", "\n".join(bodies)),
        "inbox": re.findall(r"(\S+)/messages/", "\n".join(bodies)),
        "api_url": [url.partition("/api/videos/")[0] for url in told["api_url"]],
    }
    answered = {made["auto_login_url"].partition("/auth/")[0], login.partition("/auth/")[0]}
    assert all(links.values()), (links, bodies)
    return {address for found in links.values() for address in found}, answered


def arrived(mails, number, also=lambda: True):
    """The texts of the mails, when there are so many."""
    for _ in range(100):
        texts = [text for path in sorted(mails.iterdir()) if (text := _text(path))]
        if also() and len(texts) >= number:
            break
        time.sleep(0.1)
    return texts


def _text(path):
    return "\n".join(
        message_from_bytes(part).get_payload(decode=True).decode()
        for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
        if part.strip()
    )


class ByProxy(Web):
    """As through a proxy that speaks HTTPS, without which AMARA_HTTPS refuses all."""

    def __call__(self, *asked, **more):
        return super().__call__(*asked, X_Forwarded_Proto="https", **more)


@pytest.mark.parametrize(
    ("variables", "told", "answered"),
    [
        ({}, "http://127.0.0.1:PORT", "http://127.0.0.1:PORT"),
        ({"HOST": "0.0.0.0"}, "http://localhost:PORT", "http://127.0.0.1:PORT"),
        ({"AMARA_HTTPS": "on"}, "https://127.0.0.1:PORT", "http://127.0.0.1:PORT"),
        (
            {"AMARA_BASE_URL": "https://subtitles.example.org/"},
            "https://subtitles.example.org",
            "https://subtitles.example.org",
        ),
    ],
)
def test_whoever_is_told_finds_the_server(installation, receiver, variables, told, answered):
    mails = installation.folder / "mails"
    mails.mkdir()
    port = str(free_port())
    environment = {
        "AMARA_OUTBOUND_ALLOW": "127.0.0.0/8",
        "EMAIL_URL": f"filemail:///{mails}",
        "PORT": port,
        **variables,
    }
    with installation.serving(**environment):
        web = ByProxy(f"http://127.0.0.1:{port}", installation.key)
        got = links_told(web, receiver, mails)
    assert got == ({told.replace("PORT", port)}, {answered.replace("PORT", port)})


def test_an_option_counts_as_the_variable_does_and_is_noted(installation):
    """A command that is run beside the server, or after it, knows where it is."""
    address = "from amara_api.kernel import site; print(site.address())"
    assert installation.manage("shell", "-c", address, "-v", "0").out == "http://127.0.0.1:8000\n"
    port = str(free_port())
    with installation.serving("--port", port, PORT=port):
        during = installation.manage("shell", "-c", address, "-v", "0", PORT=None).out
        # The operator's word outdoes it.
        said = {"AMARA_BASE_URL": "https://a.example"}
        overruled = installation.manage("shell", "-c", address, "-v", "0", **said).out
    after = installation.manage("shell", "-c", address, "-v", "0").out
    assert during == after == f"http://127.0.0.1:{port}\n"
    assert overruled == "https://a.example\n"


def test_doctor_knows_how_serve_was_started(installation):
    assert installation.manage("doctor").out == "Nothing is wrong.\n"
    port = str(free_port())
    with installation.serving("--host", "0.0.0.0", PORT=port):
        told = installation.manage("doctor")
    assert told.code == 1
    assert told.out.startswith(
        f"AMARA_BASE_URL is not set, so it is http://localhost:{port}, which leads others to "
        "their own machine, but the server listens on 0.0.0.0."
    )
    said = {"AMARA_BASE_URL": "http://subs.intranet:80", "ALLOWED_HOSTS": "subs.intranet"}
    assert installation.manage("doctor", **said).out == "Nothing is wrong.\n"

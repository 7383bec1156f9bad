# ruff: noqa: E501 - tables read better unbroken
"""What the server asks of others: only where strangers may lead it, and nothing of it is told.

`tests/outbound` shows what the one client refuses, cuts and keeps to itself. Here every door through
which an address can be named is tried with the same addresses, so that none goes past that client.
"""

from __future__ import annotations

import json
import socket
from itertools import product

import pytest
import urllib3.util.connection
from django.db import transaction

from activity.models import Callback
from activity.outbox import write
from amara_api.kernel import outbound
from teams.services.delivery import deliver_to
from tests.api.conftest import unchanged, undone
from tests.outbound.fakes import names, running
from tests.outbound.test_outbound import DISGUISED, PRIVATE_HOSTS
from videos import metadata

pytestmark = pytest.mark.django_db
SECRET = "s3cr3t-of-the-intranet"
SUBTITLES = "videos/{own}/languages/en/subtitles/"
# Who, method, path and body: whatever takes an address from a caller.
ASKING = {
    "subtitles": ("adder", "POST", SUBTITLES, {"subtitles_url": "{url}", "sub_format": "srt"}),
    "a new callback": ("owner", "POST", "teams/films/callbacks/", {"url": "{url}"}),
    "another callback": ("owner", "PUT", "teams/films/callbacks/{callback}/", {"url": "{url}"}),
}
KEEPING = {
    "a video": ("adder", "POST", "videos/", {"video_url": "{url}"}),
    "a url": ("adder", "POST", "videos/{own}/urls/", {"url": "{url}"}),
    "a look-up": ("adder", "GET", "videos/?video_url={url}", None),
    "a picture": ("adder", "PUT", "videos/{own}/", {"thumbnail": "{url}"}),
    "a home page": ("adder", "PUT", "users/adder/", {"homepage": "{url}"}),
    "an account's picture": ("adder", "PUT", "users/adder/", {"avatar": "{url}"}),
    "a version": ("adder", "POST", SUBTITLES, {"subtitles": "{url}", "sub_format": "txt"}),
}


@pytest.fixture
def tried(monkeypatch, settings):
    """What was connected to or looked up. Nothing is."""
    settings.AMARA_FETCH_METADATA = True
    found = []

    def refuse(address, *args, **kwargs):
        found.append(address)
        raise OSError("Nothing is connected to here.")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return found


@pytest.fixture
def place(cast, api_for):
    callback = Callback.objects.create(team=cast.films, url="https://hooks.example.com/")
    keys = {name: api_for(person) for name, person in cast.people.items()}
    known = {"own": cast.open_video.video_id, "callback": callback.pk}

    def ask(door, url, **more):
        who, method, path, body = {**ASKING, **KEEPING}[door]
        filled = (
            {name: value.format(url=url) for name, value in body.items()} | more if body else None
        )
        return keys[who].request(method, path.format(url=url, **known), filled)

    return ask


SCHEMES = (
    "file:///etc/passwd",
    "ftp://example.com/a",
    "gopher://example.com/_x",
    "data:text/plain,x",
)
SCHEMES += (
    "javascript:alert(1)",
    "http:///x",
    "https://",
    "dict://example.com/",
    "//example.com/a",
)
PLACES = ("http://me:pw@example.com/a", "http://example.com:22/a", "http://example.com:6379/a")
PLACES += (
    "http://example.com\\@127.0.0.1/",
    "http://a.example\r\nHost: b/",
    "http://[fe80::1%25eth0]/",
)
REFUSED = (*(f"http://{host}/a.mp4" for host in PRIVATE_HOSTS + DISGUISED), *SCHEMES, *PLACES)


@pytest.mark.parametrize("door", ASKING)
def test_no_door_leads_inside(place, tried, door):
    """Refused before anything is looked up, with the name of the member, and nothing is kept."""
    wrong = []
    with unchanged():
        for url in REFUSED:
            answer = place(door, url)
            if answer.status_code != 400 or set(answer.json()) & {"subtitles_url", "url"} == set():
                wrong.append((url, answer.status_code, answer.content))
    assert not wrong
    assert not tried


@pytest.mark.parametrize("door", KEEPING)
def test_what_is_only_kept_is_asked_for_by_nobody(place, tried, door):
    wrong = []
    for url in (*REFUSED[::3], "http://example.com/a.mp4", "https://example.com/a.png"):
        with undone():
            answer = place(door, url.replace("\r\n", "%0d%0a") if door == "a look-up" else url)
        if answer.status_code not in (200, 201, 400):
            wrong.append((url, answer.status_code))
    assert not wrong
    assert not tried


# --- names ---------------------------------------------------------------------------------------


@pytest.fixture
def inside(settings, monkeypatch):
    """A server in here, where names of outside lead. Nobody may ask it."""
    settings.AMARA_FETCH_METADATA = True
    hosts = ("innocent.example", "bcove.me", "wi.st", "www.youtube.com")
    monkeypatch.setattr(socket, "getaddrinfo", names({host: ["127.0.0.1"] for host in hosts}))
    with running() as fake:
        # Its port is not what it is refused for.
        monkeypatch.setattr(outbound, "PORTS", {"http": fake.port, "https": fake.port})
        monkeypatch.setitem(metadata.ENDPOINTS, "Y", fake.url("oembed", "www.youtube.com"))
        fake.answers["oembed"] = (200, json.dumps({"title": SECRET}).encode())
        fake.answers["file"] = (200, b"1\n00:00:01,000 --> 00:00:02,000\n" + SECRET.encode())
        yield fake


def deliver(callback):
    with transaction.atomic():
        write(callback, "test", {"team": "films"})
    deliver_to(callback.pk)


NAMED = {
    "subtitles": ("subtitles", "innocent.example"),
    "a new callback": ("a new callback", "innocent.example"),
    "a short link": ("a video", "bcove.me"),
    "a short link that is added": ("a url", "wi.st"),
    "a short link that is looked up": ("a look-up", "bcove.me"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_leads_inside_is_not_asked(place, inside, name):
    door, host = NAMED[name]
    answer = place(door, inside.url("file", host))
    assert answer.status_code in (200, 201, 400)
    if door == "a new callback":
        deliver(Callback.objects.get(url__contains=host))
    assert inside.asked == []
    assert SECRET not in answer.content.decode()


def test_a_provider_that_leads_inside_is_not_asked(place, inside):
    answer = place("a video", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    assert (answer.status_code, inside.asked) == (201, [])
    assert SECRET not in answer.content.decode()


# --- redirects and what comes back ---------------------------------------------------------------


@pytest.fixture
def outside(settings, monkeypatch):
    """Servers of others, at 127.0.0.1. What is inside is at 127.0.0.2."""
    settings.AMARA_FETCH_METADATA = True
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    hosts = dict.fromkeys(("innocent.example", "bcove.me", "wi.st"), ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names(hosts))
    with running() as fake:
        monkeypatch.setitem(metadata.ENDPOINTS, "Y", fake.url("leads"))
        yield fake


TARGETS = (
    "http://127.0.0.2:{port}/ok",
    "http://169.254.169.254/",
    "http://[::1]:{port}/ok",
    "//10.0.0.1/",
)


@pytest.mark.parametrize("target", TARGETS)
def test_nobody_is_led_inside_by_a_redirect(place, outside, tried_inside, target):
    location = target.format(port=outside.port)
    outside.answers["leads"] = (302, SECRET.encode(), {"Location": location})
    urls = {
        "subtitles": outside.url("leads", "innocent.example"),
        "a video": outside.url("leads", "bcove.me"),
        "a url": outside.url("leads", "wi.st"),
        "a look-up": outside.url("leads", "wi.st"),
        "a new callback": outside.url("leads", "innocent.example"),
    }
    for door, url in urls.items():
        with undone():
            answer = place(door, url)
            assert answer.status_code in (200, 201, 400), door
            if door == "a new callback":
                deliver(Callback.objects.get(url=url))
        assert SECRET not in answer.content.decode()
    with undone():
        assert place("a video", "https://youtu.be/dQw4w9WgXcQ").status_code == 201
    assert len(outside.asked) >= len(urls)
    assert tried_inside == []


@pytest.fixture
def tried_inside(monkeypatch):
    """What is connected to beside 127.0.0.1."""
    found, connect = [], urllib3.util.connection.create_connection

    def watched(address, *args, **kwargs):
        if address[0] != "127.0.0.1":
            found.append(address)
        return connect(address, *args, **kwargs)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", watched)
    return found


FORMATS = ("srt", "vtt", "sbv", "ssa", "dfxp", "json")
BODIES = {
    "json": f'{{"token": "{SECRET}"}}',
    "json list": f'[{{"token": "{SECRET}"}}]',
    "page": f"<html><title>{SECRET}</title></html>",
    "page of xhtml": f'<?xml version="1.0"?><html><p>{SECRET}</p></html>',
    "times": f"1\n00:00:01,000 --> {SECRET}\nx\n",
    "ini": f"[database]\npassword={SECRET}\n",
    "lines": f"root:x:0:0:{SECRET}:/root:/bin/sh\n" * 3,
}


def test_an_answer_that_is_no_subtitles_is_told_of_in_our_words(place, outside):
    """A page of the intranet is not read through an error; nor is a header. The name of a charset
    is told, since it is what has to be mended."""
    url, wrong = outside.url("file", "innocent.example"), []
    headers = {"Content_Type": f"text/{SECRET}", "X_Key": SECRET, "Set_Cookie": SECRET}
    with unchanged():
        for body, sub_format, status in product(BODIES.values(), FORMATS, (200, 403)):
            outside.answers["file"] = (status, body.encode(), headers)
            answer = place("subtitles", url, sub_format=sub_format)
            if answer.status_code != 400 or SECRET in answer.content.decode():
                wrong.append((body, sub_format, status, answer.status_code, answer.content))
    assert not wrong

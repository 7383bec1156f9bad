"""The table of `facts`, row by row, on plain sockets; and what takes more than one request."""

import functools
import json
import re
import secrets
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .facts import DRIVEN, FACTS, RECORDED
from .wire import DETAIL, JSON, LANGUAGES, SRT, create, fill, send

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def names(running):
    """What the rows call by name: a fresh video with two versions of English, and words for it."""
    unique = secrets.token_hex(8)
    youtube = secrets.token_urlsafe(8)
    video = create(running, "/api/videos/", video_url=f"https://youtu.be/{youtube}", title="First")
    path = f"/api/videos/{video['id']}"
    for _ in range(2):
        create(running, f"{path}/languages/en/subtitles/", subtitles=SRT, sub_format="srt")
    second = create(running, f"{path}/urls/", url=f"http://example.com/second-{unique}.mp4")
    return {
        "VIDEO": video["id"],
        "UNIQUE": unique,
        "YOUTUBE": youtube,
        "URL_ID": str(second["id"]),
        "USERNAME": running.username,
        "NUMBER": str(10**9 + secrets.randbelow(10**9)),
        "SECRET": running.key,
        "ORIGIN": running.url,
    }


@pytest.fixture(scope="module")
def team(running):
    """A team of the account's that everybody sees, with one video and a task for it."""
    slug = f"team-{secrets.token_hex(6)}"
    create(running, "/api/teams/", name=slug, slug=slug, type="default", is_visible=True)
    url = f"http://example.com/{slug}.mp4"
    video = create(running, "/api/videos/", video_url=url, team=slug)["id"]
    create(running, f"/api/teams/{slug}/tasks/", video_id=video, type="Subtitle", language="en")
    return {"TEAM": slug, "TEAM_VIDEO": video}


@pytest.fixture(scope="module")
def stranger(running):
    """An account that is nobody's staff, with its key, and the name of another."""
    first, second = (
        create(running, "/api/users/", username=f"person-{secrets.token_hex(6)}") for _ in range(2)
    )
    return {
        "STRANGER_NAME": first["username"],
        "STRANGER_KEY": first["api_key"],
        "OTHER_NAME": second["username"],
    }


@pytest.fixture
def collaboration(running, stranger):
    """A fresh team that works by requests: a film, a request for German, the stranger in it."""
    slug = f"collab-{secrets.token_hex(6)}"
    fields = {"type": "collaboration", "is_visible": True, "review_allowed": "peer"}
    create(running, "/api/teams/", name=slug, slug=slug, **fields)
    members = f"/api/teams/{slug}/members/"
    create(running, members, user=stranger["STRANGER_NAME"], role="contributor")
    url = f"http://example.com/{slug}.mp4"
    film = create(running, "/api/videos/", video_url=url, team=slug)["id"]
    requests = f"/api/teams/{slug}/subtitle-requests/"
    job = create(running, requests, video=film, language="de")["job_id"]
    return {"COLLAB": slug, "FILM": film, "JOB": job}


# Worlds are made for the facts that name something in them.
WORLDS = {
    "team": ("TEAM",),
    "stranger": ("STRANGER_NAME", "STRANGER_KEY", "OTHER_NAME"),
    "collaboration": ("COLLAB", "FILM", "JOB"),
}


@pytest.mark.by_halves
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.who} {fact.what}")
def test_fact(fact, running, names, request):
    for world, words in WORLDS.items():
        if any(word in fact.text for word in words):
            names |= request.getfixturevalue(world)
    if "USER_ID" in fact.target:
        names["USER_ID"] = send(running, "GET", "/api/users/me/").json["id"]
    for method, target, body in fact.before:
        made = send(running, method, fill(target, names), JSON, body=fill(body, names))
        assert made.status < 300, made.body.decode()
    answer = send(
        running,
        fact.method,
        fill(fact.target, names),
        *(fill(header, names) for header in fact.headers),
        body=fill(fact.body, names),
        key=fact.key,
    )
    answer.names = names
    assert answer.status == fact.status, answer.body.decode()
    assert fact.holds(answer), answer.body.decode()


def test_every_program_has_its_facts_or_is_driven():
    owners = {fact.who for fact in FACTS}
    assert [program for program in RECORDED if program not in owners] == []
    told = [(fact.who, fact.what) for fact in FACTS]
    assert sorted(told) == sorted(set(told)), "two facts by one name"
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    packages = {re.match(r"[\w-]+", line)[0] for line in installed}
    assert [program for program in DRIVEN if program not in packages] == []
    for program in DRIVEN:
        module = program.replace("-", "_")
        suite = (Path(__file__).parent / f"test_{module}.py").read_text()
        assert re.search(rf"\b{module}\b", suite)


@functools.cache
def documented():
    """(methods, pattern of the path, statuses) of every section of the API's pages."""
    found_sections = []
    for page in sorted((ROOT / "docs" / "api").glob("*.md")):
        for section in re.split(r"^### ", page.read_text(), flags=re.M)[1:]:
            heading, _, text = section.partition("\n")
            found = re.fullmatch(r"([A-Z, ]+) (/api/\S*)", heading)
            if found:
                path = re.sub(r"\{\w+\}", "[^/]+", found[2].rstrip("/")) + "/?"
                statuses = {int(code) for code in re.findall(r"^\| (\d{3}) \|", text, re.M)}
                # What always succeeds has no table.
                found_sections.append((found[1].split(", "), path, statuses or {200}))
    return found_sections


# What holds for every address is said once, on the first page.
EVERYWHERE = {401}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.who} {fact.what}")
def test_the_documentation_promises_what_the_program_expects(fact):
    path = urlsplit(fact.target.replace("ORIGIN", "http://127.0.0.1")).path
    path = path.replace("/api2/partners/", "/api/")
    sections = [
        statuses
        for methods, pattern, statuses in documented()
        if fact.method in methods and re.fullmatch(pattern, path)
    ]
    assert sections, "no page has this address"
    promised = set.union(EVERYWHERE, *sections)
    assert fact.status in promised, f"the page says {sorted(promised)}"


def test_amaranth_puts_back_every_attribute_it_got(running, names):
    path = fill(DETAIL, names)
    before = send(running, "GET", path).json
    answer = send(running, "PUT", path, JSON, body=json.dumps({**before, "title": "Second"}))
    assert answer.status == 200, answer.body
    assert answer.json == {**before, "title": "Second"}


def test_ka_deutsch_walks_back_to_the_first_page(running, names):
    path = fill(LANGUAGES, names)
    for code in ("de", "fr", "it"):
        create(running, path, language_code=code)
    met = []
    link = f"{running.url}{path}?limit=1&offset=3"
    while link is not None:
        assert link.startswith(f"{running.url}{path}?")
        page = send(running, "GET", link.removeprefix(running.url)).json
        met.append(page["objects"][0]["language_code"])
        link = page["meta"]["previous"]
    assert page["meta"]["offset"] == 0
    assert sorted(met) == ["de", "en", "fr", "it"]
    assert page["meta"]["next"].startswith(f"{running.url}{path}?")


def test_sushi_chef_follows_the_uri_that_it_rewrote(running, names):
    video = send(running, "GET", fill(f"{DETAIL}?format=json", names), key=False).json
    uri = video["languages"][0]["subtitles_uri"].replace("format=json", "format=vtt")
    answer = send(running, "GET", uri.removeprefix(running.url), key=False)
    assert answer.media_type == "text/vtt"
    assert answer.body.startswith(b"WEBVTT")


def test_amara_php_checks_the_shape_of_a_key(running):
    assert re.fullmatch("[0-9a-f]{40}", running.key)

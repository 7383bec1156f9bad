"""Requests that are made up from the OpenAPI description, against a server of our own: nothing is
answered by a 5xx, nor with anything that the description does not say.

    python -m tests.server.generated

starts a server on loopback with the demo, uses SQLite, or the PostgreSQL server that DATABASE_URL
names, in a database of its own. Schemathesis invents requests for every operation: right ones and
wrong ones, with bodies and answers in JSON, YAML and XML, by a stranger, by a member of a team, by
its owner and by nobody. Most of the names in addresses are of things that are there. What it finds
is printed once a kind, and the exit is 1 then. `--seed` makes up other requests, `--examples` more.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode

from tests.server.own import Databases, Installation
from tests.server.web import SRT, Web

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("application/json", "application/yaml", "application/xml")
PEOPLE = ("stranger", "member", "owner")
# What is deleted can no longer be read.
_ORDER = ("get", "post", "put", "patch", "delete")
_LIMITS = ("REQUESTS_BY_ACCOUNT", "REQUESTS_BY_ADDRESS", "WRONG_KEYS", "ACCOUNTS", "PASSWORDS")
_LIMITS += (
    "LOGIN_LINKS",
    "KEYS",
    "MAILS_TO_ADDRESS",
    "MAILS_OF_ACCOUNT",
    "MESSAGES",
    "INVITATIONS",
)
_VARIABLES = {f"AMARA_LIMIT_{name}": "off" for name in _LIMITS} | {
    # Nobody else is asked for anything.
    "AMARA_FETCH_METADATA": "off",
    "AMARA_DELIVER": "off",
    "WORKERS": "1",
    "LOG_LEVEL": "ERROR",
}


class World(NamedTuple):
    """People with their keys, and the names that addresses, parameters and bodies may hold."""

    keys: dict[str, str]
    names: dict[str, list[Any]]


def world_of(web: Web) -> World:
    """New ones, by an account that may do everything."""
    tag = secrets.token_hex(3)
    people = {
        name: web.made("users/", username=f"{name}-{tag}", is_partner=name == "owner")
        for name in PEOPLE
    }
    keys = {name: person["api_key"] for name, person in people.items()}
    owner = Web(web.url, keys["owner"])
    slug, helpers = f"films-{tag}", f"helpers-{tag}"
    settings = {"workflow_enabled": True, "review_allowed": "peer"}
    owner.made("teams/", name=slug, slug=slug, membership_policy="Application", **settings)
    owner.made("teams/", name=helpers, slug=helpers, type="collaboration")
    for team in (slug, helpers):
        owner.made(f"teams/{team}/members/", user=people["member"]["username"], role="admin")
    project = owner.made(f"teams/{slug}/projects/", name="Parts", slug="parts")["slug"]
    videos, urls = [], []
    for team in (None, slug, slug, helpers):
        url = f"https://media.example.com/{secrets.token_hex(6)}.mp4"
        body = {"video_url": url, "title": "Film", "primary_audio_language_code": "en"}
        videos.append(owner.made("videos/", **body, **({"team": team} if team else {}))["id"])
        more = f"https://media.example.com/{secrets.token_hex(6)}.mp4"
        urls.append(owner.made(f"videos/{videos[-1]}/urls/", url=more)["id"])
    for video in (videos[0], videos[3]):
        path = f"videos/{video}/languages/en/subtitles/"
        owner("POST", path, {"subtitles": SRT, "sub_format": "srt", "action": "publish"})
        owner("POST", path, {"subtitles": SRT, "sub_format": "srt"})
    owner.made(f"videos/{videos[1]}/languages/fr/subtitles/notes/", body="Well done.")
    tasks = [
        owner.made(f"teams/{slug}/tasks/", type="Subtitle", video_id=video, language="en")["id"]
        for video in videos[1:3]
    ]
    job = owner.made("subtitle-requests/", video=videos[3], language="fr")["job_id"]
    hook = f"teams/{slug}/callbacks/"
    callbacks = [owner.made(hook, url=f"https://hooks.example.com/{n}")["id"] for n in (1, 2)]
    owner("POST", f"{hook}{callbacks[0]}/test/")
    spare = [Web(web.url, key).made("users/me/keys/")["id"] for key in keys.values()]
    users = ["me", *(person["username"] for person in people.values())]
    users += [f"id${person['id']}" for person in people.values()]
    languages = ["en", "fr", "pt-BR"]
    return World(
        keys,
        {
            "video_id": videos,
            "video": videos,
            "language_code": languages,
            "language": languages,
            "primary_audio_language_code": languages,
            "slug": [slug, helpers],
            "team": [slug, helpers],
            "project": [project],
            "identifier": users,
            "user": users,
            "assignee": users,
            "subtitler": users,
            "reviewer": users,
            "approver": users,
            "url_id": urls,
            "task_id": tasks,
            "job_id": [job],
            "callback_id": callbacks,
            # Of a notification, or of a key that nobody here uses.
            "number": [1, *spare],
            "record_id": [1, 2, 3],
            "version_number": ["1", "last"],
        },
    )


_NEVER_FETCHED = {
    "video_url": ["https://media.example.com/a.mp4", "https://youtu.be/", "no url"],
    "url": ["https://media.example.com/b.mp4", "https://hooks.example.com/c", "no url"],
    "subtitles_url": ["http://127.0.0.1/a.srt", "no url", ""],
}
_CUES = [{"start": 0, "end": 900, "text": "a"}, {"start": None, "end": None, "text": "b"}]


# In addresses, beside names that are known.
_ODD = {
    "string": ["unknown", "Ω ☃", "a%2Fb", "..", "0" * 64, "\x07\U0001f3fb", "remote", "me"],
    "integer": [0, 2**31, 2**63],
}


def described_for(
    document: dict[str, Any], world: World, media_type: str, chance: random.Random
) -> dict[str, Any]:
    """The description of the requests to make: bodies in one format, and names that are known."""
    made: dict[str, Any] = copy.deepcopy(document)
    for item in made["paths"].values():
        for operation in item.values():
            if body := operation.get("requestBody"):
                body["content"] = {media_type: body["content"][media_type]}
            for parameter in operation.get("parameters", []):
                name, schema = parameter["name"], parameter["schema"]
                if parameter["in"] == "path":
                    # Texts that fit the pattern are slow to find, and are all unknown.
                    odd = chance.choice(_ODD[schema["type"]])
                    parameter["schema"] = {"enum": [*world.names.get(name, ()), odd]}
                else:
                    parameter["schema"] = _knowing(name, schema, world)
    for name, schema in made["components"]["schemas"].items():
        if "Input" in name:
            for field, declared in schema.get("properties", {}).items():
                schema["properties"][field] = _knowing(field, declared, world)
    return made


def _knowing(name: str, schema: Any, world: World) -> Any:
    if name in _NEVER_FETCHED:
        return {"type": "string", "enum": _NEVER_FETCHED[name]}
    if name == "subtitles":
        texts = [SRT, "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"]
        return {"anyOf": [{"enum": [*texts, _CUES]}, schema]}
    if name not in world.names or schema.get("type") not in ("string", "integer"):
        return schema
    known = [
        each for each in world.names[name] if isinstance(each, str) == (schema["type"] == "string")
    ]
    return {"anyOf": [{"type": schema["type"], "enum": known}, schema]} if known else schema


class Found:
    """What was found, once a kind."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, ...], str] = {}
        self.answers: Counter[int] = Counter()

    def note(self, kind: tuple[str, ...], text: str) -> None:
        self.kinds.setdefault(kind, text)


def _complaints(case: Any, response: Any) -> Iterator[str]:
    """Ours, and those of Schemathesis."""
    # Django has to be set up before.
    from tests.described import Answer, complaint_of

    sent = response.request
    # An escaped slash is no slash, for the server too.
    path = unquote(urlsplit(str(sent.url)).path.replace("%2F", "%252F"))
    headers = CaseInsensitiveDict({name: ",".join(of) for name, of in response.headers.items()})
    answer = Answer(str(sent.method), path, response.status_code, headers, response.content)
    if response.status_code >= 500:
        yield f"answered {response.status_code}"
    elif complaint := complaint_of(answer):
        yield complaint
    try:
        case.validate_response(response, checks=CHECKS.get_by_names(list(_CHECKS)))
    except FailureGroup as group:
        yield from (f"Schemathesis: {each}" for each in group.exceptions)
    except Failure as failure:
        yield f"Schemathesis: {failure}"


_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


class Asking(NamedTuple):
    """What all requests in one format have in common."""

    web: Web
    world: World
    media_type: str
    options: argparse.Namespace
    found: Found


def ask(asking: Asking, operation: Any, mode: GenerationMode, examples: int) -> None:
    """Some requests to an operation, by one person after another."""
    session = requests.Session()
    people = itertools.cycle([*asking.world.keys.items(), ("nobody", None)])

    @seed(asking.options.seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        name, key = next(people)
        headers = {"Accept": asking.media_type, **({"X-api-key": key} if key else {})}
        response = case.call(base_url=asking.web.url, session=session, headers=headers)
        asking.found.answers[response.status_code] += 1
        for complaint in _complaints(case, response):
            kind = (operation.label, str(response.status_code), complaint[:60])
            asking.found.note(kind, _told(name, response, complaint))

    try:
        send()
    except Unsatisfiable:
        # Nothing wrong can be said to what takes nothing.
        pass
    finally:
        session.close()


def _told(name: str, response: Any, complaint: str) -> str:
    sent = response.request
    body = sent.body if isinstance(sent.body, bytes) else str(sent.body or "").encode()
    types = f"{sent.headers.get('Content-Type')} for {sent.headers.get('Accept')}"
    return (
        f"{sent.method} {sent.url} by {name}, {types}\n  sent: {body[:400]!r}\n"
        f"  {response.status_code}: {response.content[:400]!r}\n  {complaint[:1500]}"
    )


def run(web: Web, options: argparse.Namespace) -> Found:
    from tests.described import description

    load_all_checks()
    found = Found()
    for media_type in options.formats:
        begun = time.monotonic()
        # The connection of an earlier format may have been closed meanwhile.
        web.close()
        asking = Asking(web, world_of(web), media_type, options, found)
        chance = random.Random(options.seed)
        document = described_for(description(), asking.world, media_type, chance)
        schema = schemathesis.openapi.from_dict(document)
        schema.config.generation.update(allow_x00=True)
        operations = [each.ok() for each in schema.get_all_operations()]
        chance.shuffle(operations)
        operations.sort(key=lambda each: _ORDER.index(each.method.lower()))
        for operation in operations:
            ask(asking, operation, GenerationMode.POSITIVE, options.examples)
            ask(asking, operation, GenerationMode.NEGATIVE, options.examples // 2)
        seconds = time.monotonic() - begun
        sys.stdout.write(f"{media_type}: {found.answers.total()} answers, {seconds:.0f} s\n")
        sys.stdout.flush()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20161201)
    parser.add_argument("--examples", type=int, default=4, help="of each operation and format")
    parser.add_argument("--formats", nargs="*", default=FORMATS, choices=FORMATS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")
    os.environ.setdefault("SECRET_KEY", "known to everybody, for tests alone")
    databases = Databases()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder, database = Path(scratch) / "data", databases.make()
            installation = Installation.at(folder, database)
            done = installation.manage("setup", "--demo")
            assert done.code == 0, done.err
            import django

            django.setup()
            with installation.serving(**_VARIABLES) as served:
                found = run(served.web, options)
                log = served.log.read_text()
    finally:
        databases.clear()
    for text in found.kinds.values():
        sys.stdout.write(f"\n{text}\n")
    if found.kinds and "Traceback" in log:
        sys.stdout.write(f"\nThe server's log:\n{log[-6000:]}\n")
    told = dict(sorted(found.answers.items()))
    sys.stdout.write(f"\n{found.answers.total()} answers {told}, {len(found.kinds)} violations\n")
    sys.exit(bool(found.kinds))


if __name__ == "__main__":
    main()

"""A world with something behind every route, and a reader who follows every address it is told.

`offered` finds addresses in answers by their looks alone, so that a new member of an answer is
followed without being named here.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

import yaml
from django.test import Client
from django.urls import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Api

SITE = "http://testserver"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n{text}\n"
FORMATS = ("json", "xml", "yaml")
# A prefix, and the date that is asked for below it; without one there is its default.
DIALECTS = {
    "v2": ("/api2/partners/", {}),
    "20160801": ("/api/", {"X-API-FUTURE": "20160801"}),
    "20161201": ("/api/", {}),
    "20190619": ("/api/", {"X-API-FUTURE": "20190619"}),
}

# What nobody outside the team may come to know, anywhere.
DRAFT = {
    "author": "xavierine",
    "reviewer": "yolandrix",
    "assignee": "wilburga",
    "text": "Zymurgical",
    "title": "Quixotopia",
    "note": "Nacreousness",
}
HIDDEN = {
    "slug": "umbraculum",
    "team": "Umbriferous",
    "owner": "ophiolatra",
    "member": "mumpsimus",
    "applicant": "kakistos",
    "video": "Pogonotrophy",
    "project": "jentacular",
    "text": "Tittynope",
    "note": "Gardyloo",
    "callback": "borborygm",
    "message": "Widdershins",
}


# --- the world -----------------------------------------------------------------------------------


def sent(api: Api, method: str, path: str, body: Any = None) -> Any:
    """What a request is answered that must succeed."""
    answer = api.request(method, path, body)
    assert answer.status_code < 300, (method, path, answer.status_code, answer.content)
    return answer.json() if answer.content else None


def subtitles(text: str, **more: Any) -> dict[str, Any]:
    return {"subtitles": SRT.format(text=text), "sub_format": "srt", **more}


REVIEWED = {
    "workflow_enabled": True,
    "review_allowed": "peer",
    "approve_allowed": "manager",
    "subtitle_policy": "Any team member",
    "translate_policy": "Any team member",
}


def build(api_for: Any) -> SimpleNamespace:
    """People, teams and videos without a secret: see `add_draft` and `add_hidden_team`."""
    from tests.factories import TeamFactory, TeamMemberFactory, UserFactory

    people = {name: UserFactory(username=name) for name in PEOPLE}
    people["partner"] = UserFactory(username="partner", is_partner=True)
    people["staff"] = UserFactory(username="staff", is_staff=True)
    people["superuser"] = UserFactory(username="superuser", is_staff=True, is_superuser=True)
    for name in (*DRAFT_PEOPLE, *HIDDEN_PEOPLE):
        people[name] = UserFactory(username=name, is_partner=name == HIDDEN["owner"])
    api = {name: api_for(person) for name, person in people.items()}
    api["nobody"] = api_for(None)
    world = SimpleNamespace(people=people, api=api)

    for slug, kind in (("films", "default"), ("works", "collaboration"), ("open", "simple")):
        settings = {"review_allowed": "peer"} if kind == "collaboration" else {}
        body = {"name": slug.title(), "slug": slug, "type": kind, **settings}
        sent(api["partner"], "POST", "teams/", {**body, **(REVIEWED if slug == "films" else {})})
        for role in ("contributor", "manager", "admin", "owner"):
            member = {"user": role, "role": role}
            sent(api["partner"], "POST", f"teams/{slug}/members/", member)
    for name in DRAFT_PEOPLE:
        role = "manager" if name == DRAFT["assignee"] else "contributor"
        TeamMemberFactory(team_id=_team("films").pk, user=people[name], role_name=role)
    TeamMemberFactory(team=TeamFactory(slug="elsewhere"), user=people["elsewhere"])
    settings = {"membership_policy": "Application"}
    sent(api["owner"], "PUT", "teams/films/", settings)
    sent(api["owner"], "PUT", "teams/films/languages/preferred/", ["fr"])
    for slug in ("films", "works"):
        body = {"name": "Shorts", "slug": "shorts"}
        sent(api["owner"], "POST", f"teams/{slug}/projects/", body)
        body = {"url": f"https://hooks.example.com/{slug}"}
        number = sent(api["owner"], "POST", f"teams/{slug}/callbacks/", body)["id"]
        sent(api["owner"], "POST", f"teams/{slug}/callbacks/{number}/test/")
    body = {"team": "films", "subject": "Hello", "content": "To all"}
    sent(api["admin"], "POST", "message/", body)
    sent(api["owner"], "POST", "users/me/keys/", {"label": "A program's"})
    _applied(people["stranger"], "films")

    world.video = _video(api["owner"], "films", "films-1", project="shorts")
    world.request_video = _video(api["owner"], "works", "works-1")
    world.alone = _video(api["stranger"], None, "alone")
    at = f"videos/{world.alone}/languages/en/subtitles/"
    sent(api["stranger"], "POST", at, subtitles("Hello"))
    sent(api["stranger"], "POST", f"{at}notes/", {"body": "A plain note"})
    at = f"videos/{world.video}/languages/en/subtitles/"
    sent(api["contributor"], "POST", at, subtitles("Hello", action="complete"))
    for judge in ("manager", "admin"):
        sent(api[judge], "POST", f"{at}actions/", {"action": "approve"})
    body = {"video": world.request_video, "language": "en"}
    world.job = sent(api["owner"], "POST", "subtitle-requests/", body)["job_id"]
    task = {"video_id": world.video, "type": "Translate", "language": "fr"}
    sent(api["manager"], "POST", "teams/films/tasks/", {**task, "assignee": "contributor"})
    # Languages that have begun and have nothing to read yet.
    sent(api["stranger"], "POST", f"videos/{world.alone}/languages/", {"language_code": "de"})
    sent(api["contributor"], "POST", f"videos/{world.video}/languages/", {"language_code": "fr"})
    return world


PEOPLE = ("stranger", "elsewhere", "contributor", "manager", "admin", "owner")
DRAFT_PEOPLE = [DRAFT[each] for each in ("author", "reviewer", "assignee")]
HIDDEN_PEOPLE = [HIDDEN[each] for each in ("owner", "member", "applicant")]
OUTSIDERS = ("nobody", "stranger", "elsewhere")
READERS = (*OUTSIDERS, "contributor", "manager", "admin", "owner", "partner", "staff", "superuser")


def _team(slug: str) -> Any:
    from teams.models import Team

    return Team.objects.get(slug=slug)


def _applied(person: Any, slug: str, note: str = "Please") -> None:
    from teams.services.applications import apply

    apply(_team(slug), actor=person, note=note)


def _video(api: Api, team: str | None, name: str, **more: Any) -> str:
    body = {"video_url": f"https://media.example.com/{name}.mp4", "title": name, **more}
    body["primary_audio_language_code"] = "en"
    return sent(api, "POST", "videos/", {**body, **({"team": team} if team else {})})["id"]


def add_draft(world: SimpleNamespace) -> None:
    """A second version of what is published, with who made, reviewed and has it, and a note."""
    api = world.api
    at = f"videos/{world.video}/languages/en/subtitles/"
    task = {"video_id": world.video, "type": "Subtitle", "language": "en"}
    sent(api["owner"], "POST", "teams/films/tasks/", {**task, "assignee": DRAFT["author"]})
    title = {"title": DRAFT["title"], "description": DRAFT["title"]}
    draft = subtitles(f"{DRAFT['text']}\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo", **title)
    sent(api[DRAFT["author"]], "POST", at, draft)
    sent(api[DRAFT["author"]], "POST", f"{at}actions/", {"action": "complete"})
    _give(api["owner"], "Review", DRAFT["reviewer"])
    sent(api[DRAFT["reviewer"]], "POST", f"{at}notes/", {"body": DRAFT["note"]})
    sent(api[DRAFT["reviewer"]], "POST", f"{at}actions/", {"action": "approve"})
    _give(api["owner"], "Approve", DRAFT["assignee"])
    # The same in a language that has nothing published.
    at = f"videos/{world.video}/languages/fr/subtitles/"
    sent(api["contributor"], "POST", at, subtitles(DRAFT["text"], **title))


def _give(api: Api, kind: str, person: str) -> None:
    (task,) = sent(api, "GET", f"teams/films/tasks/?open&type={kind}")["objects"]
    sent(api, "PUT", f"teams/films/tasks/{task['id']}/", {"assignee": person})


def add_hidden_team(world: SimpleNamespace) -> None:
    """A team that nobody outside may know of, with one of everything that a team can have."""
    api, slug = world.api, HIDDEN["slug"]
    owner = api[HIDDEN["owner"]]
    team = {"name": HIDDEN["team"], "slug": slug, "type": "default", "is_visible": False}
    sent(owner, "POST", "teams/", {**team, **REVIEWED})
    member = {"user": HIDDEN["member"], "role": "manager"}
    sent(owner, "POST", f"teams/{slug}/members/", member)
    project = {"name": HIDDEN["project"], "slug": HIDDEN["project"]}
    sent(owner, "POST", f"teams/{slug}/projects/", project)
    url = f"https://hooks.example.com/{HIDDEN['callback']}"
    sent(owner, "POST", f"teams/{slug}/callbacks/", {"url": url})
    video = _video(owner, slug, HIDDEN["video"], project=HIDDEN["project"])
    at = f"videos/{video}/languages/en/subtitles/"
    sent(owner, "POST", at, subtitles(HIDDEN["text"], action="complete"))
    sent(owner, "POST", f"{at}notes/", {"body": HIDDEN["note"]})
    for judge in (HIDDEN["member"], HIDDEN["owner"]):
        sent(api[judge], "POST", f"{at}actions/", {"action": "approve"})
    task = {"video_id": video, "type": "Translate", "language": "fr"}
    sent(owner, "POST", f"teams/{slug}/tasks/", {**task, "assignee": HIDDEN["member"]})
    sent(owner, "POST", "message/", {"team": slug, "subject": "Hi", "content": HIDDEN["message"]})
    invited = {"username": HIDDEN["applicant"], "role": "contributor"}
    sent(owner, "POST", f"teams/{slug}/safe-members/?api-future=20160801", invited)
    # A film of everybody's goes in and is hidden from then on; another goes the other way.
    shown = _video(owner, slug, f"{HIDDEN['video']}-2")
    sent(owner, "PUT", f"videos/{shown}/", {"title": HIDDEN["video"]})
    sent(owner, "DELETE", f"videos/{shown}/")


# --- finding addresses ---------------------------------------------------------------------------


def offered(content: str, kind: str) -> Iterator[str]:
    """Every text in an answer that is an address of ours, and every link of a page."""
    if kind == "html":
        yield from (html.unescape(each) for each in _LINK.findall(content))
        return
    if kind == "xml":
        texts: Any = (html.unescape(each) for each in re.findall(r">([^<]+)<", content))
    else:
        read = json.loads(content) if kind == "json" else yaml.load(content, _Yaml)
        texts = _texts(read)
    for text in texts:
        if text.startswith(SITE) and " " not in text:
            yield text


_LINK = re.compile(r'(?:href|src)="([^"]+)"')
_Yaml = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


# --- following them ------------------------------------------------------------------------------

# Ends what the reader is, tells of each login, is another program's, or holds no address of ours.
_NOT_FOLLOWED = (
    *("/auth/logout/", "/account/sessions/", "/admin/", "/static/", "/api/schema/", "/api/docs/"),
)
# Another in each form, and the secret of a second factor that each look at its page makes.
_TOKEN = re.compile(
    r'(name="(?:csrfmiddlewaretoken|once)" value="|href="otpauth:|class="qr" src="'
    r"|into the app: <code>)[^\"<]+"
)


@dataclass
class Crawl:
    """What one reader finds who begins at the index and at ``starts``, and goes wherever an answer
    leads. ``wrong`` has a line for each offer that is none."""

    world: SimpleNamespace
    who: str
    dialect: str = "20161201"
    output: str = "json"
    # That succeed, of each route with the same names of parameters; as many again may fail.
    visits: int = 2
    pages: bool = True
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def run(self) -> Crawl:
        self.browser = Client()
        if self.who != "nobody":
            self.browser.force_login(self.world.people[self.who])
        prefix = DIALECTS[self.dialect][0]
        seen: Counter[object] = Counter()
        queue = deque((f"{prefix}{each}", "") for each in ("", *unoffered(self.world)))
        known = {path for path, _ in queue}
        while queue:
            path, source = queue.popleft()
            route = route_of(path)
            if seen[route, "found"] >= self.visits or seen[route, "all"] >= 2 * self.visits:
                continue
            leads = list(self.visit(path, source))
            seen[route, "all"] += 1
            seen[route, "found"] += self.answers[path][0] < 400
            for found in leads:
                if found not in known:
                    known.add(found)
                    queue.append((found, path))
        return self

    def routes(self) -> set[str]:
        """The names of those that were read."""
        return {route_of(path)[0] for path, (status, _) in self.answers.items() if status < 300}

    def visit(self, path: str, source: str) -> Iterator[str]:
        """Ask for it, judge the answer, and say where it leads."""
        answer = self.ask(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        content = _TOKEN.sub(r"\1", body.decode(errors="replace"))
        self.answers[path] = answer.status_code, content
        if not self.is_there(answer, path, source):
            self.wrong.append(f"{source or 'a start'} leads to {path}: {answer.status_code}")
        if answer.status_code >= 400:
            return
        if "Location" in answer:
            yield from self.ours(answer["Location"], path)
        kind = answer.get("Content-Type", "").partition(";")[0]
        for each in (*FORMATS, "html"):
            if kind.endswith(each):
                for address in offered(content, each):
                    yield from self.ours(address, path)

    def ask(self, path: str, who: str = "") -> Any:
        if not path.startswith(("/api/", "/api2/")):
            return self.browser.get(path)
        _, headers = DIALECTS[self.dialect]
        accept = {"Accept": f"application/{self.output}"}
        return self.world.api[who or self.who].get(path, headers={**headers, **accept})

    def ours(self, address: str, base: str) -> Iterator[str]:
        whole = urldefrag(urljoin(f"{SITE}{base}", address)).url
        path = whole.removeprefix(SITE)
        if not whole.startswith(f"{SITE}/") or path.startswith(_NOT_FOLLOWED):
            return
        if self.pages or path.startswith(("/api/", "/api2/")):
            yield path

    def is_there(self, answer: Any, path: str, source: str) -> bool:
        """Whether an address was worth offering."""
        if answer.status_code < 400:
            return True
        if not source:
            # Nobody offered it.
            return answer.status_code < 500
        if answer.status_code == 403 and _MEMBERS_LISTS.fullmatch(path.partition("?")[0]):
            # A program that people use reads both addresses without being a member.
            return True
        if answer.status_code == 405:
            # A place to write to.
            return "POST" in answer["Allow"]
        if answer.status_code == 401 and self.who == "nobody":
            # It asks for a key, and any will do.
            known = self.ask(path, "stranger")
            return "WWW-Authenticate" in answer and self.is_there(known, path, source)
        if answer.status_code == 404 and route_of(path)[0].endswith(":subtitles"):
            # The first subtitles are posted there; until then there is no language, or it says that
            # it has none.
            language = self.world.api[self.who].get(_LANGUAGE.sub(r"/api/\1", path)).json()
            return not language.get("published") and not language.get("versions")
        return False


_MEMBERS_LISTS = re.compile(
    r"/api2?/(?:partners/)?teams/[^/]+/languages/(?:preferred|blacklisted)/"
)
_LANGUAGE = re.compile(r".*?(videos/\w+/languages/[^/]+/).*")


def route_of(path: str) -> tuple[str, ...]:
    parts = urlsplit(path)
    names = sorted(each.partition("=")[0] for each in parts.query.split("&"))
    found = resolve(parts.path)
    return found.view_name or found.route, *names


def unoffered(world: SimpleNamespace) -> list[str]:
    """Where no answer leads, below the prefix; and what only those inside are told of."""
    return [
        *("users/me/", "users/me/keys/", "users/owner/keys/", "activity/", "subtitle-requests/"),
        *(f"teams/{slug}/{each}" for slug in ("films", "works") for each in _OF_TEAMS),
        f"videos/{world.video}/duration/",
        f"videos/{world.video}/languages/en/subtitles/?version_number=last",
        f"videos/{world.video}/languages/en/subtitles/?version_number=2",
        f"videos/{world.video}/languages/en/subtitles/report/",
        f"videos/{world.video}/languages/en/subtitles/diff/?from=1",
        f"videos/{world.video}/languages/en/subtitles/diff/?from=1&to=2",
        f"teams/{HIDDEN['slug']}/",
        f"activity/?video={world.video}",
        f"users/{DRAFT['author']}/activity/",
        f"users/{HIDDEN['owner']}/activity/",
    ]


_OF_TEAMS = ("callbacks/", "notifications/", "subtitle-requests/", "subtitle-requests/remote/")

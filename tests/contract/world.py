"""The world that the rows of the contract are asked in, and the words by which they name it.

`<team>` in a row is the word `team` below. A shared word is made once, when a row first names it,
and nobody changes it; a fresh word is made anew for each row, which may do with it what it likes.
"""

import itertools
import re
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.conftest import Running
from tests.links import press_by_requests

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
DFXP = (
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.000">Hi</p></div></body></tt>'
)
TOMORROW, YESTERDAY = "2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"
LONG_AGO, FAR_AHEAD = "915148800", "32472144000"

Maker = Callable[["Scope"], Any]
SHARED: dict[str, Maker] = {}
FRESH: dict[str, Maker] = {}
_WORD = re.compile(r"<([a-z][a-z0-9_]*)>")


def shared(maker: Maker) -> Maker:
    SHARED[maker.__name__] = maker
    return maker


def fresh(maker: Maker) -> Maker:
    FRESH[maker.__name__] = maker
    return maker


class World:
    """The server, keys by the word for their owner, and what the shared words stand for."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.keys: dict[str, str | None] = {"staff": running.key, "nobody": None}
        self.words: dict[str, Any] = {}
        self.answers: dict[Any, requests.Response] = {}
        self._numbers = itertools.count(1)
        self._session = requests.Session()
        # No proxy of the machine's, no password file.
        self._session.trust_env = False
        born = self.ask(
            "POST",
            "/api/users/",
            who="staff",
            json={
                "username": "acme",
                "email": "acme@example.com",
                "first_name": "Ada",
                "last_name": "Cme",
                "full_name": "Ada Cme",
                "homepage": "https://example.com/",
                "biography": "Asks",
                "is_partner": True,
            },
        ).json()
        self.keys["me"] = born["api_key"]

    def ask(
        self, method: str, path: str, *, who: str = "me", headers: Any = None, **body: Any
    ) -> requests.Response:
        """A request with the key of whom the word `who` names."""
        key = self.keys[who]
        # Nobody stays logged in.
        self._session.cookies.clear()
        return self._session.request(
            method,
            path if path.startswith("http") else f"{self.running.url}{path}",
            headers={**({"X-api-key": key} if key else {}), **(headers or {})},
            timeout=60,
            **body,
        )

    def make(self, method: str, path: str, body: Any = None, who: str = "me") -> Any:
        """A request in today's form that must succeed: its answer."""
        answer = self.ask(method, f"/api{path}", who=who, json=body)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json() if answer.content else None

    def number(self) -> int:
        return next(self._numbers)


class Scope(dict[str, Any]):
    """The words of one row. A word that was not said before is made."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def __missing__(self, word: str) -> Any:
        if word in FRESH:
            self[word] = FRESH[word](self)
            return self[word]
        if word not in self.world.words:
            # What shared words are made of outlives the row.
            self.world.words[word] = SHARED[word](Scope(self.world))
        return self.world.words[word]

    def fill(self, value: Any) -> Any:
        """The value with what its words stand for; a text that is one word becomes just that."""
        if isinstance(value, dict):
            return {self.fill(name): self.fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        if (whole := _WORD.fullmatch(value)) and self._knows(whole[1]):
            return self[whole[1]]
        return _WORD.sub(
            lambda word: str(self[word[1]]) if self._knows(word[1]) else word[0], value
        )

    def _knows(self, word: str) -> bool:
        return word in self or word in FRESH or word in SHARED


def _constant(word: str, value: Any) -> None:
    SHARED[word] = lambda scope: value


for _word, _value in {
    "me": "acme",
    "srt": SRT,
    "dfxp": DFXP,
    "tomorrow": TOMORROW,
    "yesterday": YESTERDAY,
    "long_ago": LONG_AGO,
    "far_ahead": FAR_AHEAD,
}.items():
    _constant(_word, _value)


@shared
def site(scope: Scope) -> str:
    return scope.world.running.url


@shared
def key(scope: Scope) -> str:
    return str(scope.world.keys["me"])


@shared
def my_id(scope: Scope) -> str:
    return f"id${scope.world.make('GET', '/users/me/')['id']}"


# --- teams and people ----------------------------------------------------------------------------


def _team(scope: Scope, slug: str, **settings: Any) -> str:
    body = {"name": f"The {slug}", "slug": slug, "description": f"Of {slug}", "is_visible": True}
    scope.world.make("POST", "/teams/", {**body, **settings})
    return slug


def _person(scope: Scope, name: str) -> str:
    """An account; its key is kept under its name."""
    body = {"username": name, "email": f"{name}@example.com", "first_name": name.title()}
    scope.world.keys[name] = scope.world.make("POST", "/users/", body)["api_key"]
    return name


def _join(scope: Scope, team: str, person: str, role: str = "contributor") -> None:
    scope.world.make("POST", f"/teams/{team}/members/", {"user": person, "role": role})


@fresh
def id_of_a_person(scope: Scope) -> str:
    person = scope.world.make("GET", f"/users/{scope['a_person']}/")
    return f"id${person['id']}"


@shared
def team(scope: Scope) -> str:
    """Whoever is in it works without tasks; `member` is a contributor."""
    slug = _team(scope, "contract-team")
    _join(scope, slug, scope["member"])
    return slug


@shared
def other_team(scope: Scope) -> str:
    return _team(scope, "other-team")


@shared
def member(scope: Scope) -> str:
    return _person(scope, "member")


@shared
def outsider(scope: Scope) -> str:
    return _person(scope, "outsider")


@shared
def project(scope: Scope) -> str:
    body = {"name": "Docs", "slug": "docs", "description": "Films", "guidelines": "Be kind"}
    scope.world.make("POST", f"/teams/{scope['team']}/projects/", body)
    return "docs"


@shared
def gone_team(scope: Scope) -> str:
    """A team that is nobody's: no such slug."""
    return "no-such-team"


@fresh
def a_name(scope: Scope) -> str:
    return f"name-{scope.world.number()}"


@fresh
def a_number(scope: Scope) -> str:
    return str(70_000_000 + scope.world.number())


@fresh
def a_youtube_id(scope: Scope) -> str:
    return f"contract{scope.world.number():03}"


@fresh
def a_team(scope: Scope) -> str:
    return _team(scope, f"team-{scope.world.number()}")


@fresh
def a_guild(scope: Scope) -> str:
    """A team that takes applications."""
    return _team(scope, f"team-{scope.world.number()}", membership_policy="Application")


@fresh
def a_person(scope: Scope) -> str:
    return _person(scope, f"person-{scope.world.number()}")


@fresh
def a_member(scope: Scope) -> str:
    """A contributor of `a_team`."""
    name = _person(scope, f"person-{scope.world.number()}")
    _join(scope, scope["a_team"], name)
    return name


@fresh
def a_project(scope: Scope) -> str:
    slug = f"project-{scope.world.number()}"
    scope.world.make("POST", f"/teams/{scope['a_team']}/projects/", {"name": slug, "slug": slug})
    return slug


def _apply(scope: Scope, team: str, note: str = "Let me in") -> int:
    """Somebody applies on the team's page, which is where people do."""
    name = f"person-{scope.world.number()}"
    born = scope.world.make("POST", "/users/", {"username": name, "create_login_token": True})
    scope.world.keys[name] = born["api_key"]
    browser = requests.Session()
    browser.trust_env = False
    press_by_requests(browser, born["auto_login_url"])
    page = f"{scope.world.running.url}/teams/{team}/"
    browser.get(page, timeout=60)
    form = {"do": "apply", "note": note, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answer = browser.post(page, form, headers={"Referer": page}, timeout=60)
    assert answer.status_code == 200, answer.text
    found = scope.world.make("GET", f"/teams/{team}/applications/?user={name}")["objects"]
    return int(found[0]["id"])


@fresh
def an_application(scope: Scope) -> int:
    """A pending one, in `a_guild`."""
    return _apply(scope, scope["a_guild"])


@shared
def approved(scope: Scope) -> int:
    """An approved application in `guild`."""
    application = _apply(scope, scope["guild"])
    path = f"/teams/{scope['guild']}/applications/{application}/"
    scope.world.make("PUT", path, {"status": "Approved"})
    return application


@shared
def applicant(scope: Scope) -> str:
    path = f"/teams/{scope['guild']}/applications/{scope['approved']}/"
    return str(scope.world.make("GET", path)["user"]["username"])


@shared
def member_who_left(scope: Scope) -> int:
    return _gone(scope, by_themselves=True)


@shared
def member_removed(scope: Scope) -> int:
    return _gone(scope, by_themselves=False)


def _gone(scope: Scope, *, by_themselves: bool) -> int:
    """An application in `guild` of somebody who came and went."""
    application = _apply(scope, scope["guild"])
    path = f"/teams/{scope['guild']}/applications/{application}/"
    name = scope.world.make("PUT", path, {"status": "Approved"})["user"]["username"]
    who = name if by_themselves else "me"
    scope.world.make("DELETE", f"/teams/{scope['guild']}/members/{name}/", who=who)
    return application


@shared
def denied(scope: Scope) -> int:
    application = _apply(scope, scope["guild"])
    path = f"/teams/{scope['guild']}/applications/{application}/"
    scope.world.make("PUT", path, {"status": "Denied"})
    return application


@shared
def pending(scope: Scope) -> int:
    return _apply(scope, scope["guild"])


@shared
def applications(scope: Scope) -> str:
    """The slug of `guild`, with an application of each status."""
    words = ("approved", "denied", "pending", "member_who_left", "member_removed")
    assert all(scope[word] for word in words)
    return str(scope["guild"])


# --- videos --------------------------------------------------------------------------------------


def _next_second() -> None:
    """Times are told in seconds; what follows is later than what was before."""
    time.sleep(1.01 - time.time() % 1)


def _address(scope: Scope) -> str:
    return f"https://media.example.com/film-{scope.world.number()}.mp4"


def _video(scope: Scope, **fields: Any) -> str:
    body = {"video_url": _address(scope), "title": "A film", **fields}
    return str(scope.world.make("POST", "/videos/", body)["id"])


def _subtitle(scope: Scope, video: str, language: str = "en", **fields: Any) -> None:
    path = f"/videos/{video}/languages/{language}/subtitles/"
    scope.world.make("POST", path, {"subtitles": SRT, "sub_format": "srt", **fields})


@fresh
def an_address(scope: Scope) -> str:
    return _address(scope)


@fresh
def another_address(scope: Scope) -> str:
    return _address(scope)


@fresh
def a_video(scope: Scope) -> str:
    return _video(scope)


@fresh
def a_team_video(scope: Scope) -> str:
    """A video of `a_team`."""
    return _video(scope, team=scope["a_team"])


@fresh
def a_subtitled_video(scope: Scope) -> str:
    """It has a version of English, which is spoken in it."""
    video = _video(scope, primary_audio_language_code="en")
    _subtitle(scope, video)
    return video


@fresh
def a_subtitled_team_video(scope: Scope) -> str:
    video = _video(scope, team=scope["a_team"])
    _subtitle(scope, video)
    return video


@fresh
def a_url(scope: Scope) -> int:
    """The second url of `a_video`, which is not primary."""
    path = f"/videos/{scope['a_video']}/urls/"
    return int(scope.world.make("POST", path, {"url": scope["an_address"]})["id"])


@fresh
def the_first_url(scope: Scope) -> int:
    path = f"/videos/{scope['a_video']}/urls/"
    return int(scope.world.make("GET", path)["objects"][0]["id"])


@fresh
def number_of_english(scope: Scope) -> int:
    path = f"/videos/{scope['a_subtitled_video']}/languages/en/"
    return int(scope.world.make("GET", path)["id"])


FILM_URL = "https://media.example.com/contract.mp4"
_constant("film_url", FILM_URL)


@shared
def video(scope: Scope) -> str:
    """A video of `team` in its `project`, with everything that a video can have."""
    _next_second()
    found = _video(
        scope,
        video_url=FILM_URL,
        title="Contract",
        description="A film of clauses",
        duration=62,
        thumbnail="https://media.example.com/contract.jpg",
        primary_audio_language_code="en",
        metadata={"speaker-name": "Ada", "location": "Rome"},
        team=scope["team"],
        project=scope["project"],
    )
    told = {"title": "Contract", "description": "Clauses"}
    told |= {"metadata": {"speaker-name": "Ada", "location": "Rome"}}
    _subtitle(scope, found, **told)
    _subtitle(scope, found, **told, action="publish")
    _subtitle(scope, found, "fr", **told)
    notes = f"/videos/{found}/languages/en/subtitles/notes/"
    scope.world.make("POST", notes, {"body": "Mind the clause"})
    scope.world.make("POST", f"/videos/{found}/urls/", {"url": _address(scope)})
    return found


@shared
def second_video(scope: Scope) -> str:
    """A video of `team` in no project; nothing is known of it."""
    _next_second()
    return _video(scope, team=scope["team"], title="Zebra")


@shared
def videos(scope: Scope) -> str:
    """The slug of `team`, with both its videos there."""
    assert scope["video"]
    assert scope["second_video"]
    return str(scope["team"])


@shared
def url(scope: Scope) -> int:
    path = f"/videos/{scope['video']}/urls/"
    return int(scope.world.make("GET", path)["objects"][0]["id"])


@shared
def language_number(scope: Scope) -> int:
    return int(scope.world.make("GET", f"/videos/{scope['video']}/languages/en/")["id"])


# --- tasks, and all that can happen --------------------------------------------------------------


def _tasks_team(scope: Scope, slug: str) -> str:
    levels = {"workflow_enabled": True, "review_allowed": "peer", "approve_allowed": "manager"}
    return _team(scope, slug, membership_policy="Application", **levels)


@shared
def guild(scope: Scope) -> str:
    """A team with tasks, reviews, approvals and applications."""
    return _tasks_team(scope, "guild")


@fresh
def a_tasks_team(scope: Scope) -> str:
    return _tasks_team(scope, f"team-{scope.world.number()}")


@fresh
def a_tasks_video(scope: Scope) -> str:
    """A video of `a_tasks_team`."""
    return _video(scope, team=scope["a_tasks_team"])


def _task(scope: Scope, team: str, **fields: Any) -> int:
    return int(scope.world.make("POST", f"/teams/{team}/tasks/", fields)["id"])


def _open_task(scope: Scope, team: str, video: str) -> str:
    tasks = f"/teams/{team}/tasks/"
    found = scope.world.make("GET", f"{tasks}?open&video_id={video}")["objects"]
    return f"{tasks}{found[0]['id']}/"


def _step(scope: Scope, team: str, video: str, **done: Any) -> None:
    """Whatever is to be done for a video of a team next is done by me."""
    scope.world.make("PUT", _open_task(scope, team, video), {"assignee": "acme", **done})


@fresh
def a_subtitled_tasks_video(scope: Scope) -> str:
    """A video of `a_tasks_team`; the row itself subtitles it."""
    return _video(scope, team=scope["a_tasks_team"])


@fresh
def a_task(scope: Scope) -> int:
    """To subtitle `a_tasks_video`; nobody has it."""
    return _task(
        scope,
        scope["a_tasks_team"],
        video_id=scope["a_tasks_video"],
        type="Subtitle",
        language="en",
    )


@fresh
def a_begun_task(scope: Scope) -> int:
    """Mine, and there are subtitles."""
    task = scope["a_task"]
    _subtitle(scope, scope["a_tasks_video"])
    return int(task)


@fresh
def a_review(scope: Scope) -> int:
    """The Review task that follows `a_task`."""
    assert scope["a_begun_task"]
    team, video = scope["a_tasks_team"], scope["a_tasks_video"]
    _step(scope, team, video, complete=True)
    return int(_open_task(scope, team, video).rstrip("/").rpartition("/")[2])


@shared
def task_video(scope: Scope) -> str:
    """A video of `guild` to which everything has happened that the tasks know."""
    world, guild = scope.world, scope["guild"]
    told = {"description": "Of clauses", "metadata": {"location": "Rome"}}
    found = _video(scope, team=guild, title="Before", primary_audio_language_code="en", **told)
    world.make("PUT", f"/videos/{found}/", {"title": "Reviewed"})
    _task(scope, guild, video_id=found, type="Subtitle", language="en", priority=3)
    _subtitle(scope, found, title="Reviewed", **told)
    done, back = {"complete": True}, {"send_back": True}
    # Subtitled, declined, subtitled, accepted, rejected, accepted, approved.
    for step in (done, back, done, done, back, done, done):
        _step(scope, guild, found, **step)
    return found


@shared
def task(scope: Scope) -> int:
    """A finished Review task of `guild`."""
    path = f"/teams/{scope['guild']}/tasks/?type=Approve&video_id={scope['task_video']}"
    found = scope.world.make("GET", f"{path}&completed")["objects"]
    return int(found[-1]["id"])


@shared
def open_task(scope: Scope) -> int:
    """A Translate task of `guild` that nobody has begun, of priority 7."""
    assert scope["task"]
    _next_second()
    return _task(
        scope,
        scope["guild"],
        video_id=_video(scope, team=scope["guild"], primary_audio_language_code="en"),
        type="Translate",
        language="fr",
        priority=7,
    )


@shared
def tasks(scope: Scope) -> str:
    """The slug of `guild`, with a finished and an open task."""
    assert scope["open_task"]
    return str(scope["guild"])


@shared
def eventful(scope: Scope) -> str:
    """The slug of `guild`, after all that can happen in a team."""
    world, guild, video = scope.world, scope["guild"], scope["task_video"]
    visitor = _person(scope, "visitor")
    _join(scope, guild, visitor)
    world.make("DELETE", f"/teams/{guild}/members/{visitor}/", who=visitor)
    urls = f"/videos/{video}/urls/"
    first = world.make("GET", urls)["objects"][0]["id"]
    world.make("POST", urls, {"url": _address(scope), "primary": True})
    world.make("DELETE", f"{urls}{first}/")
    notes = f"/videos/{video}/languages/en/subtitles/notes/"
    world.make("POST", notes, {"body": "A comment"})
    world.make("DELETE", f"/videos/{_video(scope, team=guild, title='Deleted')}/")
    assert scope["request"]
    return str(guild)


@shared
def activity(scope: Scope) -> int:
    """The record of a comment on subtitles in `guild`."""
    path = f"/activity/?team={scope['eventful']}&type=3"
    return int(scope.world.make("GET", path)["objects"][0]["id"])


# --- subtitle requests ---------------------------------------------------------------------------


def _crew(scope: Scope, slug: str) -> str:
    levels = {"review_allowed": "peer", "approve_allowed": "manager"}
    crew = _team(scope, slug, type="collaboration", **levels)
    _join(scope, crew, scope["member"], "manager")
    return crew


@shared
def crew(scope: Scope) -> str:
    """A team that works by requests; `member` is a manager."""
    return _crew(scope, "crew")


@shared
def second_crew(scope: Scope) -> str:
    return _crew(scope, "second-crew")


def _request(scope: Scope, crew: str, **fields: Any) -> str:
    film = _video(scope, team=crew, primary_audio_language_code="en")
    body = {"video": film, "language": "fr", **fields}
    return str(scope.world.make("POST", "/subtitle-requests/", body)["job_id"])


@fresh
def a_crew_video(scope: Scope) -> str:
    return _video(scope, team=scope["crew"])


@fresh
def a_request(scope: Scope) -> str:
    """In `crew`; nobody has a seat."""
    return _request(scope, scope["crew"])


@fresh
def a_request_video(scope: Scope) -> str:
    path = f"/subtitle-requests/{scope['a_request']}/"
    return str(scope.world.make("GET", path)["video"])


@shared
def request_video(scope: Scope) -> str:
    film = {"primary_audio_language_code": "en", "team": scope["crew"], "title": "Requested"}
    scope.world.make("POST", f"/teams/{scope['crew']}/projects/", {"name": "P", "slug": "p"})
    return _video(scope, **film, project="p")


@shared
def request(scope: Scope) -> str:
    """In `crew` for `request_video`, completed, with everybody in their seat."""
    body = {"video": scope["request_video"], "language": "fr"}
    job = scope.world.make("POST", "/subtitle-requests/", body)["job_id"]
    path = f"/subtitle-requests/{job}/"
    seats = {"subtitler": "acme", "reviewer": "member", "approver": "acme"}
    scope.world.make("PUT", path, seats)
    _subtitle(scope, scope["request_video"], "fr")
    scope.world.make("PUT", path, {"state": "complete"})
    return str(job)


@shared
def requests_of(scope: Scope) -> str:
    """The slug of `crew`, with a request in each state."""
    assert scope["request"]
    states = [
        {},
        {"subtitler": "acme"},
        {},
        {"reviewer": "member"},
        {"reviewer": "member"},
        {"reviewer": "member", "approver": "acme"},
    ]
    for number, seats in enumerate(states):
        job = _request(scope, scope["crew"])
        if seats:
            scope.world.make("PUT", f"/subtitle-requests/{job}/", seats)
        _endorse(scope, job, min(number // 2, 2))
    return str(scope["crew"])


def _endorse(scope: Scope, job: str, times: int) -> None:
    path = f"/subtitle-requests/{job}/"
    told = scope.world.make("GET", path)
    for turn in range(times):
        if turn == 0:
            scope.world.make("PUT", path, {"subtitler": "acme"})
            _subtitle(scope, told["video"], "fr", action="endorse")
        else:
            actions = f"/videos/{told['video']}/languages/fr/subtitles/actions/"
            scope.world.make("POST", actions, {"action": "endorse"}, who="member")


@shared
def remote(scope: Scope) -> str:
    """For a video of `crew`, worked on by `second_crew`, complete."""
    film = {"primary_audio_language_code": "en", "team": scope["crew"], "title": "Away"}
    assert scope["request_video"]
    film_id = _video(scope, **film, project="p")
    body = {"video": film_id, "language": "de", "team": scope["second_crew"]}
    job = scope.world.make("POST", "/subtitle-requests/", body)["job_id"]
    scope.world.make("PUT", f"/subtitle-requests/{job}/", {"subtitler": "acme"})
    _subtitle(scope, film_id, "de")
    scope.world.make("PUT", f"/subtitle-requests/{job}/", {"state": "complete"})
    return str(job)


@shared
def remote_video(scope: Scope) -> str:
    return str(scope.world.make("GET", f"/subtitle-requests/{scope['remote']}/")["video"])


@shared
def remotes(scope: Scope) -> str:
    """The slug of `crew`, with a complete and an incomplete request elsewhere."""
    assert scope["remote"]
    _request(scope, scope["crew"], team=scope["second_crew"])
    return str(scope["crew"])

"""What `http.py` asks for, of whom, and how far behind whom the server may be."""

import statistics
from dataclasses import dataclass, field, replace
from random import Random
from types import SimpleNamespace
from typing import Any

from benchmarks import load
from benchmarks.load import Measured, Work
from benchmarks.servers import Server

LONG_CODE = "en"  # as in `benchmarks.data`, which needs Django
AGAIN, UNREPEATED, WRITTEN = "again", "unrepeated", "written"
CONNECTIONS = 8
# Pages of a list: nobody measured here skips more than a few hundred rows.
_OFFSETS = range(0, 500, 20)


@dataclass
class Contestant:
    """One server's way to one answer."""

    name: str
    server: Server
    paths: tuple[str, ...]
    key: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    fresh: bool = False
    rounds: list[Measured] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def work(self, connections: int, label: str) -> Work:
        # Links hold the host, so everybody is asked by the same name.
        headers = {"Host": "localhost", "X-api-key": self.key, **self.headers}
        start = sum(done.requests for done in self.rounds) if self.fresh else 0
        fresh = label if self.fresh else ""
        return Work(self.server.port, self.paths, headers, self.body, connections, fresh, start)

    def run(self, connections: int, seconds: float) -> None:
        before = self.server.cpu()
        measured = load.measure(self.work(connections, str(len(self.rounds))), seconds)
        self.rounds.append(measured)
        self.cpu.append((self.server.cpu() - before) / max(measured.requests, 1) * 1000)

    @property
    def rate(self) -> float:
        return statistics.median(round.rate for round in self.rounds)


@dataclass(frozen=True)
class Target:
    """How many times as fast as another the server should be at least, on each database."""

    postgresql: float
    sqlite: float

    def on(self, database: str) -> float:
        return self.sqlite if database == "SQLite" else self.postgresql


LIST, DETAIL, FILE = Target(0.95, 0.80), Target(0.85, 0.75), Target(0.85, 0.80)
UNCHANGED, POST = Target(1.2, 1.2), Target(4, 4)
WORK, ON_DEMAND = Target(0.80, 0.80), Target(0.35, 0.35)
DRF_LIST, DRF_DETAIL = Target(8, 8), Target(5, 5)


@dataclass
class Race:
    """What is asked of all, the server first and then what it is measured against."""

    title: str
    kind: str
    contestants: list[Contestant]
    # By the names of contestants.
    targets: dict[str, Target] = field(default_factory=dict)
    connections: int = CONNECTIONS
    # Whether the answers are compared before anything is measured: "bytes", "cues" or "".
    same: str = "bytes"

    @property
    def name(self) -> str:
        return f"{self.title}, {self.kind}"


def races(data: Any, ours: Server, other: Server) -> list[Race]:
    """Each GET twice: the same request again and again, and requests that nobody has made yet.

    The server tells the first from memory, and has to make the answer to the second.
    """
    made = []
    for rows in (_videos, _subtitles, _team, _posts):
        made += rows(data, ours, other)
    return made


def loaded(found: dict[str, Any]) -> SimpleNamespace:
    """What `benchmarks.data` of any checkout says; rows for what an older one has not got are left
    out."""
    one = {"teams": (found["team"],), "video_ids": (found["video_id"],)}
    return SimpleNamespace(**{"urls": (), "unkept": (), "member_key": "", **one, **found})


class _Rows:
    """Makes races of one pair of servers."""

    def __init__(self, data: Any, ours: Server, other: Server) -> None:
        self.data, self.ours, self.other = data, ours, other

    def pair(
        self,
        title: str,
        paths: list[str],
        *,
        target: Target | None = None,
        drf: Target | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> list[Race]:
        if not paths:
            return []
        key = key or self.data.key
        targets = {"bare": target} if target else {}
        found = []
        for kind in (UNREPEATED, AGAIN):
            asked = tuple(paths if kind == UNREPEATED else paths[:1])
            about: dict[str, Any] = {"headers": headers or {}, "fresh": kind == UNREPEATED}
            ours = Contestant("ours", self.ours, asked, key, **about)
            bare = replace(ours, name="bare", server=self.other, rounds=[], cpu=[])
            race = Race(title, kind, [ours, bare], dict(targets))
            if drf and kind == UNREPEATED:
                there = tuple(path.replace("/api/", "/drf/") for path in asked)
                race.contestants.append(replace(bare, name="DRF", paths=there, rounds=[], cpu=[]))
                race.targets["DRF"] = drf
            found.append(race)
        return found


def _pages(path: str) -> list[str]:
    return [f"{path}&offset={offset}" if offset else path for offset in _OFFSETS]


def _shuffled(paths: list[str]) -> list[str]:
    """But for the first, which is what is asked for again."""
    rest = paths[1:]
    Random(7).shuffle(rest)
    return [*paths[:1], *rest]


def _videos(data: Any, ours: Server, other: Server) -> list[Race]:
    pair = _Rows(data, ours, other).pair
    of_teams = [
        page for slug in data.teams for page in _pages(f"/api/videos/?team={slug}&limit=20")
    ]
    of_teams = _shuffled(of_teams)
    codes = ("fr", "de", "es", "ja", "ar", "he", "ru", "nl", "it")
    by_language = _shuffled(
        [
            page
            for code in codes
            for page in _pages(f"/api/videos/?primary_audio_language_code={code}&limit=20")
        ]
    )
    details = [f"/api/videos/{each}/" for each in data.video_ids]
    searches = [f"/api/videos/?video_url={url}&limit=20" for url in data.urls]
    yaml, xml = ({"Accept": f"application/{name}"} for name in ("yaml", "xml"))
    return [
        *pair("videos/?team=X", of_teams, target=LIST, drf=DRF_LIST),
        *pair("videos/", ["/api/videos/?limit=20"], target=LIST, drf=DRF_LIST),
        *pair("videos/?primary_audio…=X", by_language, target=LIST, drf=DRF_LIST),
        *pair("videos/?team=X as YAML", of_teams, headers=yaml),
        *pair("videos/?team=X as XML", of_teams, headers=xml),
        # At most one video is found: for the framework it is no list of twenty.
        *pair("videos/?video_url=X", searches, drf=DRF_DETAIL),
        *pair("videos/ID/", details, target=DETAIL, drf=DRF_DETAIL),
    ]


def _address(video_id: str) -> str:
    return f"/api/videos/{video_id}/languages/{LONG_CODE}/subtitles/"


def _subtitles(data: Any, ours: Server, other: Server) -> list[Race]:
    """The video's renditions are kept by everybody. Rows without an answer of their own by *bare*
    stand beside the stored one of another row, which is asked once for both."""
    pair, path = _Rows(data, ours, other).pair, _address(data.long_video_id)
    found = pair("subtitles/ json", [path], target=FILE)
    files = pair("subtitles/ srt", [f"{path}?format=srt"], target=FILE)
    rendered = [
        _rendered(data, ours, name, query, kept.contestants[1])
        for name, query, kept in (("json", "", found[0]), ("srt", "?format=srt", files[0]))
        if data.unkept
    ]
    return [*found, *files, *(_unchanged(race, data.etag) for race in files), *rendered]


def _unchanged(race: Race, etag: str) -> Race:
    """A 304 beside the whole body of another row."""
    ours, bare = race.contestants
    asking = replace(ours, headers={"If-None-Match": etag}, rounds=[], cpu=[])
    return Race("subtitles/ srt, 304", race.kind, [asking, bare], {"bare": UNCHANGED}, same="")


def _rendered(data: Any, ours: Server, name: str, query: str, stored: Contestant) -> Race:
    """More renditions than the server keeps, beside one that is stored."""
    paths = tuple(f"{_address(each)}{query}" for each in data.unkept)
    asked = Contestant("ours", ours, paths, data.key, fresh=True)
    targets = {"bare": ON_DEMAND}
    return Race(f"subtitles/ {name}, rendered", UNREPEATED, [asked, stored], targets, same="cues")


def _team(data: Any, ours: Server, other: Server) -> list[Race]:
    def pair(title: str, path: str) -> list[Race]:
        rows, pages = _Rows(data, ours, other), _shuffled(_pages(path))
        return rows.pair(title, pages, target=WORK, drf=DRF_LIST, key=data.member_key)

    if not data.member_key:
        return []
    team = f"/api/teams/{data.team}"
    return [
        *pair("teams/X/tasks/", f"{team}/tasks/?limit=20"),
        *pair("teams/X/activity/", f"{team}/activity/?limit=20"),
    ]


def _posts(data: Any, ours: Server, other: Server) -> list[Race]:
    """One writer a video: at one they would wait for each other."""
    addresses = [_address(video_id) for video_id in data.written_to]
    # Rows leave versions without cues, on which the server would build its next ones.
    here = tuple(addresses[::2])
    there = tuple(path.replace("/api/", "/rows/") for path in addresses[1::2])
    rows = Contestant("rows", other, there, data.key, body=data.post_json)
    found = []
    for name, body in (("json", data.post_json), ("srt", data.post_srt)):
        asked = Contestant("ours", ours, here, data.key, body=body)
        race = Race(f"POST subtitles/ {name}", WRITTEN, [asked, rows], {"rows": POST}, same="")
        race.connections = min(CONNECTIONS, len(here))
        found.append(race)
    return found


def against(found: list[Race], earlier: list[Race]) -> list[Race]:
    """Each row's server beside that of another checkout, whose data have other ids, so that the
    answers cannot be compared by their bytes."""
    before = {race.name: race for race in earlier}
    pairs = []
    for race in found:
        if race.name in before:
            other = replace(before[race.name].contestants[0], name="before")
            connections = min(race.connections, before[race.name].connections)
            two = [race.contestants[0], other]
            limits = {"before": Target(0.95, 0.95)}
            pairs.append(Race(race.title, race.kind, two, limits, connections, same=""))
    return pairs

"""Sites of growing size, everything in them: which lists grow with the number. See README.md here.

Run it as ``python -m benchmarks.growth``.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from benchmarks import pairs, plots

SIZES = (10_000, 100_000, 1_000_000)  # videos
LIMIT = 20
MOST = 1.3  # times as long on the largest site
UNDER = 1.0  # milliseconds that nobody minds
ORDERS = ("created", "-created", "title", "-title")
PAGES = ("first", "middle", "last")
CODES = ("en", "fr", "de", "es", "pt-br", "ja", "ar", "he", "ru", "zh-cn", "nl", "it")
BATCH = 250_000
START = datetime(2010, 1, 1, tzinfo=UTC)
AGE = 420_000_000  # seconds
# Of each video, on average.
LANGUAGES, RECORDS = 3, 4
# Videos for each of these.
A_PERSON, A_TASK, A_REQUEST, A_NOTICE = 100, 10, 20, 20


@dataclass
class Site:
    """One database, with clients that ask, and the ids that addresses need."""

    alias: str
    videos: int
    busy: bool = False
    clients: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


class Work(NamedTuple):
    """What the database did for one answer: pages that it looked at, and milliseconds."""

    pages: int
    ms: float


@dataclass
class Row:
    """One page of one list in one order, on every site."""

    title: str
    path: str
    who: str
    page: str
    times: list[list[float]] = field(default_factory=list)
    # Of each site, of all statements of one answer: pages of the database, and milliseconds.
    work: list[Work] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)

    @property
    def limit(self) -> int:
        """As many rows on every site: a list that is shorter than a page on the smallest one would
        else be written in less time there for that alone."""
        return max(1, min(LIMIT, min(self.totals) // 2))

    def address(self, site: Site, total: int) -> str:
        last = max(total - self.limit, 0)
        offset = {"first": 0, "middle": total // 2, "last": last}[self.page]
        return f"{self.whole(site)}&limit={self.limit}&offset={offset}"

    def whole(self, site: Site) -> str:
        path = self.path.format(**site.names)
        return path if "?" in path else f"{path}?"

    @property
    def best(self) -> list[float]:
        """What else the machine does can only add to a time."""
        return [min(times) * 1000 for times in self.times]

    @property
    def ratios(self) -> list[float]:
        """Of the rounds: both were asked within milliseconds, on as busy a machine."""
        pairs = zip(self.times[0], self.times[-1], strict=True)
        return [large / small for small, large in pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Between these are half of the ratios."""
        if len(self.ratios) < 2:
            return self.ratio, self.ratio
        low, _, high = statistics.quantiles(self.ratios, n=4)
        return low, high

    @property
    def is_slow(self) -> bool:
        return self.ratio > MOST and self.best[-1] > UNDER


def main() -> int:
    arguments = _arguments()
    sizes = sorted(arguments.sizes)
    database = "SQLite" if arguments.sqlite else "PostgreSQL"
    with pairs.databases(sqlite=arguments.sqlite, count=len(sizes)):
        sites = [
            Site(pairs.alias(number), size, arguments.busy) for number, size in enumerate(sizes)
        ]
        for site in sites:
            with pairs.using(site.alias):
                fill(site)
        rows = [row for row in _rows(busy=arguments.busy) if arguments.only in row.title]
        _measure(rows, sites, arguments.rounds)
        if arguments.explain:
            _explain(rows, sites)
    _report(rows, sites, database, arguments.rounds)
    if arguments.json:
        arguments.json.write_text(json.dumps(_data(rows, sites, database), indent=1))
    if arguments.plot:
        _plot(rows, sites, database, arguments.plot)
    return 1 if any(row.is_slow for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure lists on growing sites.")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite; else on PostgreSQL")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=SIZES,
        help="videos of each site; 10000000 takes half an hour to fill and 60 GB",
    )
    parser.add_argument(
        "--busy",
        action="store_true",
        help="one team with as many tasks, requests, members and applications as there are videos, "
        "and its lists alone",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="also what PostgreSQL did for each answer, which a machine in use leaves as it is",
    )
    parser.add_argument("--rounds", type=int, default=40, help="requests for each number (40)")
    parser.add_argument("--only", default="", help="rows with this in their title")
    parser.add_argument("--json", type=Path, help="a file for all numbers")
    parser.add_argument("--plot", type=Path, help="an SVG file: the ratio of each list, at worst")
    return parser.parse_args()


# --- databases -----------------------------------------------------------------------------------


def fill(site: Site) -> None:
    """Of ten videos two are in no team, one is in the big team, half of those in its project
    ``half``, and seven are in teams of a thousand, of which each eleventh is in one that hides its
    videos. Twelve languages are spoken. A video has three languages of one version each, and four
    records. The big team has a hundredth as many members and applications as there are videos, a
    task for each of its videos and a request for half of them."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    began = time.perf_counter()
    call_command("migrate", interactive=False, verbosity=0)
    made = _Made(connection, site.videos, busy=site.busy)
    steps = [made.people, made.teams, made.videos, made.work]
    if not site.busy:
        steps += [made.languages, made.records]
    with connection.constraint_checks_disabled():
        for step in steps:
            _say(site, f"{step.__name__}, {time.perf_counter() - began:.0f} s")
            step()
    _say(site, "counting")
    made.count()
    pairs.vacuum()
    print(
        f"\r{site.videos:,} videos: filled in {time.perf_counter() - began:.0f} s\033[K",
        file=sys.stderr,
    )
    site.clients = {who: Client(headers={"X-api-key": key}) for who, key in made.keys.items()}
    site.names = made.names


def _say(site: Site, what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{site.videos:,} videos: {what}\033[K", end="", file=sys.stderr, flush=True)


class _Made:
    """What is in one site, in the order in which it is made. SQL counts from 1 as ``i``."""

    def __init__(self, connection: Any, videos: int, *, busy: bool = False) -> None:
        self.connection, self.all = connection, videos
        self.persons = videos // (1 if busy else A_PERSON)
        self.tasks = videos // (1 if busy else A_TASK)
        self.requests = videos // (1 if busy else A_REQUEST)
        self.keys: dict[str, str] = {}
        self.users: dict[str, Any] = {}
        self.names: dict[str, str] = {}

    def people(self) -> None:
        """A stranger, a member of the big team, one of the hidden team, somebody busy, a crowd."""
        from users.models import User
        from users.services import create_user

        for name in ("stranger", "member", "insider", "busy"):
            self.users[name], self.keys[name] = create_user(actor=None, username=name)
        self.first_person = 1 + pairs.multiply(
            User(password="!"),
            self.persons,
            username="'person-' || i",
            public_id="'person-' || i",
        )

    def teams(self) -> None:
        from activity.models import Notification, Outbox
        from teams.models import (
            DEFAULT_PROJECT,
            Application,
            Project,
            Role,
            Team,
            TeamMember,
            Visibility,
        )

        big = self.big = Team.objects.create(
            slug="big", name="Big", membership_policy=Team.MembershipPolicy.APPLICATION
        )
        shy = self.shy = Team.objects.create(
            slug="shy", name="Shy", video_visibility=Visibility.PRIVATE
        )
        # In the order of their ids: videos are dealt out to them by number.
        first = pairs.multiply(
            Team(), max(self.all * 7 // 10_000, 1), slug="'team-' || i", name="'Team ' || i"
        )
        self.others = list(Team.objects.filter(pk__gt=first).values_list("pk", flat=True))
        Project.objects.bulk_create(
            Project(team_id=team, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT)
            for team in [big.pk, shy.pk, *self.others]
        )
        self.half = Project.objects.create(team=big, name="Half", slug="half")
        TeamMember.objects.create(team=big, user=self.users["member"], role=Role.OWNER)
        TeamMember.objects.create(team=shy, user=self.users["insider"], role=Role.OWNER)
        person = {"user_id": f"{self.first_person} + i - 1"}
        pairs.multiply(TeamMember(team=big, role=Role.CONTRIBUTOR), self.persons, **person)
        with pairs.bare(Application):
            pairs.multiply(Application(team=big, note="I would like to."), self.persons, **person)
        Outbox.objects.create(team=big, last_number=self.all // A_NOTICE)
        told = {"event": "video-added", "team": "big", "video_id": "abcdefghijkl"}
        row = Notification(
            team=big, url="https://example.com/", event="video-added", data=told, due=None
        )
        pairs.multiply(row, self.all // A_NOTICE, number="i")

    def videos(self) -> None:
        from teams.models import DEFAULT_PROJECT, Team
        from videos.models import Video, VideoUrl

        default = self.big.projects.get(slug=DEFAULT_PROJECT).pk
        team = self._team("i")
        with pairs.bare(Video), pairs.bare(VideoUrl):
            pairs.multiply(
                Video(
                    description="In which the water boils, and what was learnt from that. ",
                    user=self.users["stranger"],
                ),
                self.all,
                video_id="'v' || i",
                title=f"'A film about kettles, part ' || (CAST(i AS bigint) * 7919 % {self.all})",
                duration="60 + i % 5000",
                primary_audio_language_code=self._code("i / 7"),
                team_id=team,
                project_id=f"CASE WHEN i % 20 = 2 THEN {self.half.pk} "
                f"WHEN i % 20 = 12 THEN {default} END",
                is_public=f"({team} IS NULL OR {team} <> {self.shy.pk})",
                created=self._moment("i"),
                batch=BATCH,
            )
            pairs.multiply(
                VideoUrl(video_id=1, type="H", primary=True, original=True),
                self.all,
                video_id="i",
                url="'https://media.example.com/' || i || '.mp4'",
                fingerprint="'f' || i",
                created=self._moment("i"),
                batch=BATCH,
            )
        Team.objects.filter(pk=self.big.pk).update(video_count=self.big.videos.count())
        Team.objects.filter(pk=self.shy.pk).update(video_count=self.shy.videos.count())
        half = START + timedelta(seconds=AGE // 2)
        self.names |= {"video": "v12", "film": "v1", "half": f"{half:%Y-%m-%dT%H:%M:%SZ}"}

    def languages(self) -> None:
        from subtitles import storage
        from subtitles.formats import Cue, Track
        from subtitles.models import SubtitleLanguage, SubtitleVersion

        packed = storage.pack(Track(cues=(Cue(start=0, end=1000),)))
        version = SubtitleVersion(
            language_id=1,
            version_number=1,
            author=self.users["stranger"],
            subtitle_count=1,
            fully_synced=True,
            digest=packed.digest,
            cues=packed.cues,
            source_format="json",
        )
        count = self.all * LANGUAGES
        video, which = f"(i - 1) / {LANGUAGES} + 1", f"(i - 1) % {LANGUAGES}"
        with pairs.bare(SubtitleLanguage), pairs.bare(SubtitleVersion):
            pairs.multiply(
                SubtitleLanguage(video_id=1, last_number=1),
                count,
                video_id=video,
                language_code=self._code(f"(i / {LANGUAGES} + 5 * ({which}))"),
                tip_id="i",
                public_tip_id="CASE WHEN i % 7 = 0 THEN NULL ELSE i END",
                batch=BATCH,
            )
            pairs.multiply(version, count, language_id="i", batch=BATCH)

    def work(self) -> None:
        """Of the videos of the big team, each tenth from the second on, and twice as many of other
        teams. In a busy team each video has ten, in as many languages."""
        from teams.models import SubtitleRequest, Task

        member, its = self.users["member"].pk, self.all // 10
        about = {
            "video_id": f"(i - 1) % {its} * 10 + 2",
            "language_code": self._code(f"((i - 1) / {its} + (i - 1) % {its} + 1)"),
        }
        step = self.all // self.tasks
        done = self._moment(f"i * {step}")
        with pairs.bare(Task), pairs.bare(SubtitleRequest):
            pairs.multiply(
                Task(team=self.big, video_id=1),
                self.tasks,
                **about,
                type="10 + 10 * (i / 13 % 4)",
                assignee_id=f"CASE WHEN i % 50 = 1 THEN {member} END",
                priority="i * 7 % 30",
                created=self._moment(f"i * {step} - {step - 1}"),
                modified=done,
                completed=f"CASE WHEN i % 2 = 0 THEN {done} END",
            )
            for video in ("(i * 10 - 5)", "(i * 10 - 2)"):
                others = {"team_id": self._team(video), "video_id": video}
                code = self._code("i")
                pairs.multiply(
                    Task(team=self.big, video_id=1, type=10),
                    self.all // A_TASK,
                    language_code=code,
                    **others,
                )
                pairs.multiply(
                    SubtitleRequest(team=self.big, source_team=self.big, video_id=1),
                    self.all // A_REQUEST,
                    job_id=f"'{len(video)}{video[-2]}-' || i",
                    source_team_id=others["team_id"],
                    language_code=code,
                    **others,
                )
            step = self.all // self.requests
            done = self._moment(f"i * {step // 2}" if step > 1 else "i")
            pairs.multiply(
                SubtitleRequest(team=self.big, source_team=self.big, video_id=1),
                self.requests,
                job_id="'j' || i",
                **about,
                stage="CASE WHEN i % 2 = 0 THEN 90 ELSE 10 END",
                subtitler_id=f"CASE WHEN i % 50 = 1 THEN {member} END",
                created=self._moment(f"i * {step} - {step - 1}"),
                completed=f"CASE WHEN i % 2 = 0 THEN {done} END",
                due=self._moment(f"i * {step} + 50"),
            )

    def records(self) -> None:
        """One in a hundred is of one video, in no team; three are of one person."""
        from activity.models import ActivityRecord

        video = f"CASE WHEN i % 100 = 7 THEN 1 ELSE (i - 1) / {RECORDS} + 1 END"
        team = self._team(f"((i - 1) / {RECORDS} + 1)")
        person = f"{self.first_person} + i % {self.persons}"
        first = f"i % {RECORDS} = 1"
        with pairs.bare(ActivityRecord):
            pairs.multiply(
                ActivityRecord(type="version-added"),
                self.all * RECORDS,
                type=f"CASE WHEN {first} THEN 'video-added' ELSE 'version-added' END",
                video_id=video,
                team_id=f"CASE WHEN i % 100 <> 7 THEN {team} END",
                actor_id=f"CASE WHEN i % 33 = 0 THEN {self.users['busy'].pk} ELSE {person} END",
                language_code=f"CASE WHEN {first} THEN '' ELSE {self._code('i / 5')} END",
                version_number=f"CASE WHEN {first} THEN NULL ELSE 1 END",
                created=self._moment(f"i / {RECORDS}"),
                batch=BATCH,
            )

    def count(self) -> None:
        from teams import long_lists
        from videos import counts

        while counts.tidy_some() or long_lists.tidy_some():
            pass

    def _team(self, video: str) -> str:
        big, shy, others = self.big.pk, self.shy.pk, self.others
        return (
            f"CASE WHEN {video} % 10 < 2 THEN NULL WHEN {video} % 10 = 2 THEN {big} "
            f"WHEN {video} % 10 = 3 AND {video} / 10 % 11 = 0 THEN {shy} "
            f"ELSE {others[0]} + {video} / 10 % {len(others)} END"
        )

    @staticmethod
    def _code(number: str) -> str:
        codes = " ".join(f"WHEN {n} THEN '{code}'" for n, code in enumerate(CODES))
        return f"CASE {number} % {len(CODES)} {codes} END"

    def _moment(self, share: str) -> str:
        """SQL for a moment between the first video and the last. All sites are as old."""
        seconds = f"({share}) * {AGE // self.all}"
        if self.connection.vendor == "postgresql":
            return f"timestamptz '{START:%Y-%m-%d} 00:00Z' + {seconds} * interval '1 second'"
        return f"datetime('{START:%Y-%m-%d}', '+' || ({seconds}) || ' seconds')"


# --- what is asked -------------------------------------------------------------------------------

_SPOKEN = "primary_audio_language_code=fr"
VIDEOS = {
    _SPOKEN: ("stranger", "member", "insider"),
    "team=null": ("stranger",),
    f"team=null&{_SPOKEN}": ("stranger", "insider"),
    "team=big": ("stranger",),
    f"team=big&{_SPOKEN}": ("stranger",),
    "team=big&project=half": ("stranger",),
    f"team=big&project=half&{_SPOKEN}": ("stranger",),
    "team=shy": ("insider",),
    f"team=shy&{_SPOKEN}": ("insider",),
}
_STREAM = ("", "type=version-added", "language=fr", "after={half}", "before={half}")
_TASK_ORDERS = ("created", "modified", "priority", "type")
_REQUEST_ORDERS = ("creation", "due", "completion")
# Address, who asks, and the filters and orders, each by itself.
LISTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("videos/", "stranger", ("", *(f"order_by={order}" for order in ORDERS))),
    ("videos/", "stranger", ("video_url=https://media.example.com/12.mp4",)),
    ("videos/{video}/languages/", "stranger", ("",)),
    ("videos/{video}/urls/", "stranger", ("",)),
    ("videos/{video}/activity/", "stranger", ("",)),
    ("videos/{film}/activity/", "stranger", (*_STREAM, "user=busy")),
    ("teams/", "stranger", ("",)),
    ("teams/big/members/", "member", ("",)),
    ("teams/big/projects/", "member", ("",)),
    ("teams/big/applications/", "member", ("", "status=Pending", "user=person-7")),
    (
        "teams/big/tasks/",
        "member",
        (
            *("", "open", "completed", "language=fr", "type=Translate", "assignee=member"),
            *("video_id={video}", "priority=7", "completed-after={half}"),
            *("completed-before={half}", "open&assignee=member", "open&language=fr"),
            *(f"order_by={sign}{order}" for order in _TASK_ORDERS for sign in ("", "-")),
        ),
    ),
    (
        "teams/big/subtitle-requests/",
        "member",
        (
            *("", "work_status=complete", "work_status=needs-subtitler", "language=fr"),
            *("work_status=available", "work_status=assigned", "status=in-progress"),
            *("status=in-evaluation", "video_language=fr", "video_title=part%207"),
            *("video={video}", "project=half", "assignee=member"),
            *("assignee=member&work_status=assigned", "assignee=member&language=fr"),
            *("type=incoming", "type=outgoing", "type=evaluations"),
            *(f"sort={sign}{order}" for order in _REQUEST_ORDERS for sign in ("", "-")),
        ),
    ),
    ("subtitle-requests/", "member", ("", "status=complete", "assignee=member")),
    (
        "teams/big/activity/",
        "member",
        (*_STREAM, "user=busy", "video={video}", "video_language=fr"),
    ),
    ("teams/big/activity/", "stranger", (*_STREAM, "user=busy")),
    ("teams/big/notifications/", "member", ("",)),
    (
        "users/busy/activity/",
        "stranger",
        (*_STREAM, "team=big", "video={film}", "video_language=fr"),
    ),
    ("users/busy/activity/", "member", ("team=big",)),
    ("activity/", "busy", ("", "type=4", "language=fr", "before={half}", "video={film}")),
    ("activity/", "member", ("team=big", "team=big&type=4")),
)


# Lists that a busy team has.
BUSY = ("members", "applications", "tasks", "subtitle-requests")


def _rows(*, busy: bool = False) -> list[Row]:
    rows = []
    for query, people in ({} if busy else VIDEOS).items():
        for who in people:
            for order in ORDERS:
                path = f"/api/videos/?{query}&order_by={order}"
                rows += [Row(f"videos/?{query}, {who}, {order}, {p}", path, who, p) for p in PAGES]
    for path, who, queries in LISTS:
        if busy and path.split("/")[-2] not in BUSY:
            continue
        for query in queries:
            address = f"/api/{path}?{query}"
            name = f"{path}{'?' if query else ''}{query}, {who}"
            rows += [Row(f"{name}, {page}", address, who, page) for page in PAGES]
    return rows


def _measure(rows: list[Row], sites: list[Site], rounds: int) -> None:
    """In turn, so that whatever else the machine does falls on all sites alike."""
    totals: dict[tuple[str, str, str], int] = {}
    for row in rows:
        row.times = [[] for _ in sites]
        for site in sites:
            with pairs.using(site.alias):
                client, whose = site.clients[row.who], (row.path, row.who, site.alias)
                if whose not in totals:
                    totals[whose] = pairs.listing(client, row.whole(site))[1]
                row.totals.append(totals[whose])
        for site, total in zip(sites, row.totals, strict=True):
            with pairs.using(site.alias):
                pairs.forget()
                shown, again = pairs.listing(site.clients[row.who], row.address(site, total))
                if (shown, again) != (min(row.limit, total), total):
                    raise SystemExit(f"{row.title}: {shown} rows of {again}, not of {total}")
    for n in range(rounds):
        for number, row in enumerate(rows):
            if sys.stderr.isatty():
                print(
                    f"\r{n + 1}/{rounds}, {number + 1}/{len(rows)} {row.title}\033[K",
                    end="",
                    file=sys.stderr,
                )
            order = list(enumerate(sites))
            for which, site in order if n % 2 else reversed(order):
                with pairs.using(site.alias):
                    client, address = site.clients[row.who], row.address(site, row.totals[which])
                    pairs.forget()
                    before = time.perf_counter()
                    client.get(address)
                    row.times[which].append(time.perf_counter() - before)
    print("\r\033[K", end="", file=sys.stderr)


def _explain(rows: list[Row], sites: list[Site]) -> None:
    for row in rows:
        for site, total in zip(sites, row.totals, strict=True):
            with pairs.using(site.alias):
                row.work.append(min(_work(row, site, total) for _ in range(3)))


def _work(row: Row, site: Site, total: int) -> Work:
    """Each statement of an answer is run once more, to be told what it did."""
    from django.db import connection

    pages, ms = 0, 0.0

    def explained(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        nonlocal pages, ms
        # What is planned once a connection may set before how it is planned.
        setting, _, statement = sql.rpartition("; ")
        if statement.startswith(("SELECT", "EXECUTE")):
            with context["connection"].connection.cursor() as cursor:
                if setting:
                    cursor.execute(setting)
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
                [[[plan]]] = cursor.fetchall()
            pages += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
            ms += plan["Execution Time"]
        return execute(sql, parameters, many, context)

    pairs.forget()
    with connection.execute_wrapper(explained):
        pairs.right(site.clients[row.who].get(row.address(site, total)), 200)
    return Work(pages, ms)


def _data(rows: list[Row], sites: list[Site], database: str) -> dict[str, Any]:
    return {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "database": database,
        "sizes": [site.videos for site in sites],
        "rows": [
            {
                "title": row.title,
                "totals": row.totals,
                "best_ms": [round(best, 3) for best in row.best],
                "ratio": round(row.ratio, 3),
                "half_of_ratios": [round(each, 3) for each in row.spread],
                "database": [work._asdict() for work in row.work],
            }
            for row in rows
        ],
    }


def _plot(rows: list[Row], sites: list[Site], database: str, path: Path) -> None:
    """The worst row of each list and page, whatever its filter and order."""
    worst: dict[str, Row] = {}
    for row in rows:
        name = f"{row.path.removeprefix('/api/').partition('?')[0]}, {row.page}"
        if name not in worst or row.ratio > worst[name].ratio:
            worst[name] = row
    plots.bars(
        [plots.Bar(name, row.ratio, *row.spread) for name, row in worst.items()],
        path,
        f"{sites[-1].videos:,} videos beside {sites[0].videos:,}, {database}: times as long",
    )


def _report(rows: list[Row], sites: list[Site], database: str, rounds: int) -> None:
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {database}, best of {rounds}\n"
    )
    sizes = "".join(f" {site.videos:,}, ms |" for site in sites)
    print(f"| request | rows |{sizes} ratio | half of them | |")
    print(f"|---|---|{'---:|' * len(sites)}---:|---|---|")
    for row in rows:
        times = "".join(f" {best:.2f} |" for best in row.best)
        note = f"more than {MOST}" if row.is_slow else ""
        low, high = row.spread
        print(
            f"| {row.title} | {row.totals[0]:,} / {row.totals[-1]:,} |{times} {row.ratio:.2f} "
            f"| {low:.2f} to {high:.2f} | {note} |"
        )
    slow = sum(row.is_slow for row in rows)
    middle = statistics.median(row.ratio for row in rows)
    if any(row.work for row in rows):
        _report_work(rows, sites)
    print(f"\n{len(rows)} rows: median {middle:.2f}, {slow} of them above {MOST}.")


def _report_work(rows: list[Row], sites: list[Site]) -> None:
    """What the database did, which other programs on the machine hardly change."""
    sizes = "".join(f" {site.videos:,}: pages | ms |" for site in sites)
    print(f"\n| request |{sizes}\n|---|{'---:|---:|' * len(sites)}")
    for row in rows:
        work = "".join(f" {work.pages:,} | {work.ms:.2f} |" for work in row.work)
        print(f"| {row.title} |{work}")


if __name__ == "__main__":
    sys.exit(main())

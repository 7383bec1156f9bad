"""A site of ten million records beside one of ten thousand: what grows. See README.md here.

Run it as ``python -m benchmarks.activity``, on PostgreSQL.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import time
from dataclasses import dataclass
from typing import Any

from benchmarks import pairs
from benchmarks.pairs import Case

SHOWN = 10  # rows on every page that is compared
FEW, MANY = 10_000, 10_000_000  # records
PLAIN = 200  # records of what is as large in both sites: of a video, and of a person
NOTICES = 200  # notifications of a team that is as large in both
# Records for each person, video and team of a site.
A_PERSON, A_VIDEO, A_TEAM = 100, 20, 1_000
LATER = 500  # records that are made after the first page was asked for
START, DAYS = "2021-01-01", 1_800  # both sites are as old
LATE = "2025-06-01T00:00:00Z"  # a tenth is newer
EARLY = "2021-07-01T00:00:00Z"  # a tenth is older


@dataclass(frozen=True)
class Site:
    """One database, the programs that ask, and what they ask for. *Plain* is what has as many
    records in both sites; *big* has its share of all records: the team 5 %, the person 3 %, the
    video 2 %."""

    alias: str
    clients: dict[str, Any]
    videos: dict[str, str]  # ids


def main() -> int:
    arguments = _arguments()
    with pairs.databases():
        sites = []
        for alias, records in ((pairs.OTHER, FEW), ("default", arguments.records)):
            with pairs.using(alias):
                before = time.perf_counter()
                sites.append(fill(alias, records))
                took = time.perf_counter() - before
                print(f"{records:,} records made in {took:.0f} s", file=sys.stderr)
        found = [each for each in cases(sites[0], sites[1]) if arguments.only in each.title]
        for case in found:
            case.check()
        for site in sites:
            _happen(site.alias)
        pairs.measure(found, arguments.rounds)
    pairs.report(found, "PostgreSQL", arguments.rounds, totals=True)
    return 1 if any(case.is_slow for case in found) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a large record beside a small one.")
    parser.add_argument("--rounds", type=int, default=20, help="requests for each number (20)")
    parser.add_argument("--records", type=int, default=MANY, help="of the large site (10000000)")
    parser.add_argument("--only", default="", help="rows with this in their title")
    return parser.parse_args()


# --- databases -----------------------------------------------------------------------------------


def fill(alias: str, records: int) -> Site:
    """A site with so many records, and people, videos, teams and notifications in proportion."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from activity.models import ActivityRecord

    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        # The same site each time.
        cursor.execute("SELECT setseed(0.5)")
        made = _Made(cursor, records)
        made.people_and_teams()
        made.crowd()
        made.notifications()
        with pairs.bare(ActivityRecord):
            made.records()
    pairs.vacuum()
    clients = {name: Client(headers={"X-api-key": key}) for name, key in made.keys.items()}
    return Site(alias, clients, {"plain": made.plain.video_id, "big": made.big.video_id})


# Of twenty records.
_TYPES = [
    *["version-added"] * 8,
    *["video-added", "video-url-added", "video-changed"] * 2,
    *["comment-added", "version-approved", "video-title-changed", "member-joined"],
    *["collab-state-change", "language-changed"],
]
_LANGUAGES = [*["en"] * 8, *["fr", "de", "es", "pt-br"] * 2, *["it", "ja", "ru", "ar"]]
_COPIED = "type, actor_id, video_id, language_code, version_number, draft, data, created"


class _Made:
    """What is in one site, in the order in which it is made."""

    def __init__(self, cursor: Any, records: int) -> None:
        self.cursor = cursor
        self.all = records
        self.keys: dict[str, str] = {}
        self.members: dict[str, Any] = {}
        self.teams: dict[str, Any] = {}

    def people_and_teams(self) -> None:
        """A plain and a busy person, each in their team, somebody outside; and two videos."""
        from teams.models import DEFAULT_PROJECT, Project, Role, Team, TeamMember
        from users.services import create_user
        from videos.models import Video

        for name in ("plain", "busy", "outsider"):
            self.members[name], self.keys[name] = create_user(actor=None, username=name)
        for slug, name in (("plain", "plain"), ("big", "busy")):
            team = Team.objects.create(slug=slug, name=slug)
            Project.objects.create(team=team, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT)
            TeamMember.objects.create(team=team, user=self.members[name], role=Role.ADMIN)
            self.teams[slug] = team
        self.plain = Video.objects.create(title="Plain", team=self.teams["plain"])
        self.big = Video.objects.create(title="Big")

    def crowd(self) -> None:
        """All others. A fifth of the teams is hidden, with its videos; each has a few members."""
        from teams.models import Role, Team, TeamMember
        from users.models import User
        from videos.models import Video

        self.people, self.videos = self.all // A_PERSON, self.all // A_VIDEO
        self.crowds = self.all // A_TEAM
        self.first_person = pairs.multiply(
            User(password="!"),
            self.people,
            username="'person-' || i",
            public_id="'person-' || i",
        )
        self.first_team = pairs.multiply(
            Team(),
            self.crowds,
            slug="'team-' || i",
            name="'Team ' || i",
            video_visibility="CASE WHEN i % 5 = 0 THEN 0 ELSE 2 END",
        )
        # In three teams each, and the busy one in the big team and in thirty others.
        for each in range(3):
            team = f"{self.first_team} + 1 + (i * 7 + {each}) % {self.crowds}"
            pairs.multiply(
                TeamMember(role=Role.CONTRIBUTOR),
                self.people,
                user=f"{self.first_person} + i",
                team=team,
            )
        pairs.multiply(
            TeamMember(role=Role.CONTRIBUTOR, user=self.members["busy"]),
            min(30, self.crowds),
            team=f"{self.first_team} + i",
        )
        team = self._team_of("i")
        self.first_video = pairs.multiply(
            Video(description="In which the water boils. " * 5, duration=600),
            self.videos,
            video_id="'v' || i",
            title="'A film about kettles, part ' || i",
            user=f"{self.first_person} + 1 + i % {self.people}",
            team=team,
            is_public=f"{team} IS NULL OR {team} <= {self.first_team}"
            f" OR ({team} - {self.first_team}) % 5 <> 0",
            primary_audio_language_code="CASE WHEN i % 3 = 0 THEN 'fr' ELSE 'en' END",
        )

    def _team_of(self, video: str) -> str:
        """Of a video by its number: half have none, a twentieth is the big team's."""
        big = self.teams["big"].pk
        return (
            f"(CASE WHEN {video} % 2 = 1 THEN NULL WHEN {video} % 20 = 0 THEN {big}"
            f" ELSE {self.first_team} + 1 + {video} / 2 % {self.crowds} END)"
        )

    def notifications(self) -> None:
        from activity.models import Notification, Outbox

        for slug, count in (("plain", NOTICES), ("big", self.all // 20)):
            team = self.teams[slug]
            Outbox.objects.create(team=team, last_number=count)
            told = {"event": "video-added", "team": slug, "video_id": "abcdefghijkl"}
            row = Notification(
                team=team, url="https://example.com/", event="video-added", data=told, due=None
            )
            pairs.multiply(row, count, number="i", created="now() + i * interval '1 second'")

    def records(self) -> None:
        """In the order of time. Popularity is skewed: a few videos and people have much of it. In a
        hundred, two records are of the big video, three of the busy person, and one is of a deleted
        video. Every `step`-th is the plain video's, the next the plain person's."""
        step = self.all // PLAIN
        plain, busy = self.members["plain"].pk, self.members["busy"].pk
        self.cursor.execute(f"""
            INSERT INTO activity_activityrecord (team_id, {_COPIED})
            SELECT CASE WHEN type = 'member-joined' THEN coalesce(team, {self.first_team} + 1)
                        ELSE team END,
                   CASE WHEN team IS NULL AND type LIKE 'collab%' THEN 'version-added'
                        ELSE type END,
                   CASE WHEN slot = 2 THEN {plain} WHEN lot < 0.03 THEN {busy}
                        ELSE {self.first_person} + 1 + actor END,
                   video,
                   CASE WHEN type LIKE 'version%' OR type LIKE 'co%' THEN language ELSE '' END,
                   CASE WHEN type = 'version-added' THEN 1 END,
                   type = 'version-added' AND team IS NOT NULL AND chance < 0.05,
                   CASE WHEN type LIKE 'video-url%' THEN '{{"url": "https://example.com/a.mp4"}}'
                        WHEN type LIKE 'video-title%' THEN '{{"title": "Kettles"}}'
                        ELSE '{{}}' END::jsonb,
                   timestamptz '{START}' + n * (interval '{DAYS} days' / {self.all})
            FROM (
                SELECT *,
                       CASE WHEN type = 'member-joined' OR fate < 0.01 THEN NULL
                            WHEN slot = 1 THEN {self.plain.pk}
                            WHEN fate < 0.03 THEN {self.big.pk}
                            ELSE {self.first_video} + 1 + film END AS video,
                       CASE WHEN slot = 1 THEN {self.teams["plain"].pk}
                            WHEN fate BETWEEN 0.01 AND 0.03 THEN NULL
                            ELSE {self._team_of("(film + 1)")} END AS team
                FROM (
                    SELECT n, n % {step} AS slot, random() AS lot, random() AS fate,
                           random() AS chance,
                           floor({self.videos} * power(random(), 1.5))::int AS film,
                           floor({self.people} * power(random(), 1.5))::int AS actor,
                           (ARRAY{_TYPES})[1 + floor(random() * 20)::int] AS type,
                           (ARRAY{_LANGUAGES})[1 + floor(random() * 20)::int] AS language
                    FROM generate_series(1, {self.all}) n OFFSET 0
                ) thrown OFFSET 0
            ) given
        """)
        # What was handed over to another team with a video.
        self.cursor.execute(
            f"INSERT INTO activity_activityrecord (team_id, copy_of_id, {_COPIED})"
            f" SELECT {self.first_team} + 1 + id % {self.crowds}, id, {_COPIED}"
            " FROM activity_activityrecord"
            " WHERE id % 100 = 3 AND team_id IS NULL AND video_id IS NOT NULL"
        )


def _happen(alias: str) -> None:
    """What happens on a large site in two hours, after the counts of long streams were kept."""
    from django.db import connection

    with pairs.using(alias), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO activity_activityrecord (team_id, {_COPIED})"
            f" SELECT team_id, {_COPIED.replace('created', 'now()')}"
            f" FROM activity_activityrecord WHERE id <= {LATER}"
        )


# --- what is asked -------------------------------------------------------------------------------

STREAM = ("", "type=version-added", "language=en", f"after={LATE}", f"before={EARLY}")
LEGACY = ("", "type=4", *STREAM[2:])
# Who asks for what. What is as large in both sites comes first.
ASKED = (
    ("plain", "/api/videos/{plain}/activity/", STREAM),
    ("plain", "/api/teams/plain/activity/", STREAM),
    ("outsider", "/api/teams/plain/activity/", STREAM),
    ("outsider", "/api/users/plain/activity/", STREAM),
    ("plain", "/api/activity/", LEGACY),
    ("plain", "/api/activity/?team=plain", LEGACY),
    ("plain", "/api/activity/?video={plain}", LEGACY),
    ("plain", "/api/teams/plain/notifications/", ("",)),
    ("outsider", "/api/videos/{big}/activity/", STREAM),
    ("busy", "/api/teams/big/activity/", STREAM),
    ("outsider", "/api/teams/big/activity/", STREAM),
    ("outsider", "/api/users/busy/activity/", STREAM),
    ("busy", "/api/activity/", LEGACY),
    ("busy", "/api/activity/?team=big", LEGACY),
    ("outsider", "/api/activity/?video={big}", LEGACY),
    ("busy", "/api/teams/big/notifications/", ("",)),
)


def cases(small: Site, large: Site) -> list[Case]:
    return [_case(small, large, *each, query) for *each, queries in ASKED for query in queries]


def _case(small: Site, large: Site, who: str, path: str, query: str) -> Case:
    mark = "&" if "?" in path else "?"
    asked = f"{path}{mark}{query}&limit={SHOWN}" if query else f"{path}{mark}limit={SHOWN}"
    short = path.removeprefix("/api/").format(plain="PLAIN", big="BIG")
    title = f"{short}{mark if query else ''}{query.removesuffix('T00:00:00Z')}, {who}"

    def ask(site: Site) -> pairs.Found:
        return pairs.listing(site.clients[who], asked.format(**site.videos))

    return Case(title, ask, (small, large))


if __name__ == "__main__":
    sys.exit(main())

"""First pages of a large team beside those of a small one. See README.md here.

Run it as ``python -m benchmarks.pages``.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks import pairs, teams

MOST = 1.3  # times as much work as for the small team
NOISE = 1.0  # milliseconds more, of which nobody says anything
# As many as fill every page that is asked for, so that both show the same.
SMALL = teams.Size("small", 60, 60, 10, 60, 60)
LARGE = teams.Size("large", 10_000, 50_000, 10, 5_000, 10_000)
RECORDS = 4  # for each video
PAGES = (
    "/teams/{team}/",
    "/teams/{team}/videos/",
    "/teams/{team}/members/",
    "/teams/{team}/projects/",
    "/teams/{team}/tasks/",
    "/teams/{team}/requests/",
    "/teams/{team}/coverage/",
    "/teams/{team}/activity/",
    "/work/",
    "/videos/",
    "/videos/{video}/",
    "/messages/",
)
OWNERS_ALONE = ("/teams/{team}/invitations/", "/teams/{team}/settings/")


@dataclass(frozen=True)
class Site:
    """A team, a video of it, and who asks."""

    team: str
    video: str
    people: dict[str, Any]


@dataclass
class Cost:
    """Milliseconds of each round: of this process, and in calls of the database."""

    cpu: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def best(self) -> tuple[float, float]:
        """Other work on the machine only ever adds to them."""
        return min(self.cpu), min(self.database)


@dataclass
class Row:
    page: str
    who: str
    small: Cost = field(default_factory=Cost)
    large: Cost = field(default_factory=Cost)

    @property
    def ratio(self) -> float:
        return sum(self.large.best) / sum(self.small.best)

    @property
    def grows(self) -> bool:
        return self.ratio > MOST and sum(self.large.best) - sum(self.small.best) > NOISE


def main() -> int:
    arguments = _arguments()
    with pairs.databases(sqlite=arguments.sqlite, count=1), pairs.using("default"):
        small, large = _fill()
        rows = [Row(page, who) for page in PAGES for who in ("member", "owner")]
        rows += [Row(page, "owner") for page in OWNERS_ALONE]
        rows = [row for row in rows if arguments.only in row.page]
        for n in range(arguments.rounds + 1):
            for row in rows:
                # Side by side, and in turn the other way round; what is asked first only warms up.
                asked = ((small, row.small), (large, row.large))
                for site, cost in asked if n % 2 else asked[::-1]:
                    _ask(site, row, cost if n else Cost())
        _report(rows, "SQLite" if arguments.sqlite else "PostgreSQL", arguments.rounds)
    return 1 if any(row.grows for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure first pages of a large team.")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite; else on PostgreSQL")
    parser.add_argument("--rounds", type=int, default=10, help="requests for each number (10)")
    parser.add_argument("--only", default="", help="pages with this in their address")
    return parser.parse_args()


def _ask(site: Site, row: Row, cost: Cost) -> None:
    from django.db import connection

    spent = 0.0

    def timed(execute: Callable[..., Any], *call: Any) -> Any:
        nonlocal spent
        before, cpu = time.perf_counter(), time.process_time()
        try:
            return execute(*call)
        finally:
            # What this process does in a call is counted once: on SQLite that is all of it.
            inside.append(time.process_time() - cpu)
            spent += time.perf_counter() - before

    inside: list[float] = []
    path = row.page.format(team=site.team, video=site.video)
    pairs.forget()
    before = time.process_time()
    with connection.execute_wrapper(timed):
        pairs.right(site.people[row.who].get(path), 200)
    cost.cpu.append((time.process_time() - before - sum(inside)) * 1000)
    cost.database.append(spent * 1000)


# --- what there is -------------------------------------------------------------------------------


def _fill() -> tuple[Site, Site]:
    from django.core.management import call_command

    from teams import coverage
    from videos import counts

    call_command("migrate", interactive=False, verbosity=0)
    sites = [_fill_team(size) for size in (SMALL, LARGE)]
    for tidy in (coverage.tidy_some, counts.tidy_some):
        while tidy():
            pass
    pairs.vacuum()
    return sites[0], sites[1]


def _fill_team(size: teams.Size) -> Site:
    """Of each video one language, a task that is done or not, a request for every other one, and
    some records."""
    from django.db.models import F
    from django.test import Client

    from activity.models import ActivityRecord
    from subtitles import storage
    from subtitles.formats import Cue, Track
    from subtitles.models import SubtitleLanguage, SubtitleVersion
    from teams.models import ReviewLevel, Role, SubtitleRequest, Task, Team, TeamMember
    from videos.models import Video

    teams._fill_team(size, "default")
    team = Team.objects.get(slug=size.slug)
    Team.objects.filter(pk=team.pk).update(
        workflow_enabled=True, review_allowed=ReviewLevel.MANAGERS
    )
    owner = TeamMember.objects.get(team=team, role=Role.OWNER).user
    member = TeamMember.objects.filter(team=team, role=Role.CONTRIBUTOR).latest("pk").user
    first = Video.objects.filter(team=team).earliest("pk").pk
    video, many = f"{first} + (i - 1) % {size.videos}", size.videos
    code = "CASE i % 4 WHEN 0 THEN 'fr' WHEN 1 THEN 'de' WHEN 2 THEN 'ja' ELSE 'ar' END"
    languages = pairs.multiply(
        SubtitleLanguage(video_id=first, last_number=1), many, video_id=video, language_code=code
    )
    packed = storage.pack(Track(cues=(Cue(start=0, end=1000),)))
    version = SubtitleVersion(
        language_id=1,
        version_number=1,
        author=owner,
        subtitle_count=1,
        fully_synced=True,
        is_public=True,
        digest=packed.digest,
        cues=packed.cues,
        source_format="json",
    )
    versions = pairs.multiply(version, many, language_id=f"{languages} + i")
    SubtitleLanguage.objects.filter(video__team=team).update(
        tip_id=F("pk") + (versions - languages), public_tip_id=F("pk") + (versions - languages)
    )
    # Else what checks each row of the next plans for tables that are as small as they were.
    pairs.vacuum()
    now = datetime.now(UTC)
    pairs.multiply(
        Task(team=team, video_id=first, type=Task.Type.TRANSLATE, created=now),
        many,
        video_id=video,
        language_code=code.replace("'fr'", "'sv'"),
        type="CASE WHEN i % 3 = 0 THEN 30 ELSE 20 END",
        assignee_id=f"CASE WHEN i % 10 = 1 THEN {member.pk} WHEN i % 10 = 2 THEN {owner.pk} END",
        completed="CASE WHEN i % 2 = 0 THEN CURRENT_TIMESTAMP END",
    )
    pairs.multiply(
        SubtitleRequest(team=team, source_team=team, video_id=first, created=now),
        many // 2,
        job_id=f"'{size.slug[0]}' || i",
        video_id=video,
        language_code=code.replace("'fr'", "'it'"),
        stage="CASE WHEN i % 2 = 0 THEN 90 ELSE 10 END",
    )
    pairs.multiply(
        ActivityRecord(type="version-added", team=team, actor=owner, created=now, version_number=1),
        many * RECORDS,
        video_id=video,
        language_code=code,
    )
    people = {"member": Client(), "owner": Client()}
    people["member"].force_login(member)
    people["owner"].force_login(owner)
    # Its list of languages is as long as that of any.
    asked = Video.objects.filter(team=team).order_by("pk")[size.videos // 2]
    return Site(size.slug, asked.video_id, people)


# --- the table -----------------------------------------------------------------------------------


def _report(rows: list[Row], database: str, rounds: int) -> None:
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}, {database}, best of {rounds}, milliseconds\n"
    )
    heads = ("page", "asked by", "small: Python", "database", "large: Python", "database")
    print(f"| {' | '.join(heads)} | large / small | |")
    print("|---|---|---:|---:|---:|---:|---:|---|")
    for row in rows:
        numbers = " | ".join(f"{each:.1f}" for each in (*row.small.best, *row.large.best))
        page = row.page.format(team="T", video="ID")
        note = f"more than {MOST}" if row.grows else ""
        print(f"| {page} | {row.who} | {numbers} | {row.ratio:.2f} | {note} |")


if __name__ == "__main__":
    sys.exit(main())

"""A large team beside a small one: what grows with the team. See README.md here.

Run it as ``python -m benchmarks.teams``.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks import pairs
from benchmarks.pairs import Case

SHOWN = 10  # rows on every page that is compared
FEW, MANY = 10, 1_000  # teams


@dataclass(frozen=True)
class Size:
    """What one team has."""

    slug: str
    members: int
    videos: int
    projects: int
    applications: int
    messages: int  # in its owner's inbox


SMALL = Size("small", 10, 10, 10, 10, 10)
LARGE = Size("large", 10_000, 50_000, 500, 5_000, 10_000)


@dataclass(frozen=True)
class Site:
    """One database with one team to ask about, and the clients that ask."""

    alias: str
    team: str
    program: Any
    browser: Any
    outsider: Any
    member: str
    newcomer: str


def main() -> int:
    arguments = _arguments()
    with pairs.databases(sqlite=arguments.sqlite):
        with pairs.using("default"):
            small, large = _fill([SMALL, LARGE], MANY)
        with pairs.using(pairs.OTHER):
            (few,) = _fill([SMALL], FEW, pairs.OTHER)
        cases = _cases(small, large, few)
        for case in cases:
            case.check()
        cases = [case for case in cases if arguments.only in case.title]
        pairs.measure(cases, arguments.rounds)
    pairs.report(cases, "SQLite" if arguments.sqlite else "PostgreSQL", arguments.rounds)
    return 1 if any(case.is_slow for case in cases) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a large team beside a small one.")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite; else on PostgreSQL")
    parser.add_argument("--rounds", type=int, default=40, help="requests for each number (40)")
    parser.add_argument("--only", default="", help="rows with this in their title")
    return parser.parse_args()


# --- databases -----------------------------------------------------------------------------------


def _fill(sizes: list[Size], teams: int, alias: str = "default") -> list[Site]:
    from django.core.management import call_command
    from django.db import transaction

    from teams.models import DEFAULT_PROJECT, Project, Team

    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        others = Team.objects.bulk_create(
            Team(slug=f"team-{n}", name=f"Team {n}") for n in range(teams - len(sizes))
        )
        Project.objects.bulk_create(
            Project(team=team, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT) for team in others
        )
        sites = [_fill_team(size, alias) for size in sizes]
    pairs.vacuum()
    return sites


def _fill_team(size: Size, alias: str) -> Site:
    from django.test import Client
    from django.utils import timezone

    from teams.models import DEFAULT_PROJECT, Application, Project, Role, Team, TeamMember
    from users.models import Message, User
    from users.services import create_user

    owner, key = create_user(actor=None, username=f"{size.slug}-owner")
    outsider, _ = create_user(actor=None, username=f"{size.slug}-outsider")
    newcomer, _ = create_user(actor=None, username=f"{size.slug}-newcomer")

    def people(kind: str, count: int) -> list[User]:
        return User.objects.bulk_create(
            [
                User(username=f"{size.slug}-{kind}-{n}", password="!", date_joined=timezone.now())
                for n in range(count)
            ],
            batch_size=1_000,
        )

    team = Team.objects.create(
        slug=size.slug,
        name=size.slug,
        membership_policy=Team.MembershipPolicy.APPLICATION,
        description="We watch kettles.",
    )
    others = people("member", size.members - 1)
    TeamMember.objects.bulk_create(
        [
            TeamMember(team=team, user=owner, role=Role.OWNER),
            *(TeamMember(team=team, user=user) for user in others),
        ],
        batch_size=1_000,
    )
    Application.objects.bulk_create(
        [
            Application(team=team, user=user, note="I like kettles.")
            for user in people("applicant", size.applications)
        ],
        batch_size=1_000,
    )
    default = Project.objects.create(team=team, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT)
    projects = Project.objects.bulk_create(
        Project(team=team, name=f"Project {n}", slug=f"project-{n}", description="Steam.")
        for n in range(size.projects)
    )
    _fill_videos(size, owner, team, projects, default)
    Message.objects.bulk_create(
        [
            Message(user=owner, sender=others[0], team=team, subject=f"No. {n}", content="Tea?")
            for n in range(size.messages)
        ],
        batch_size=1_000,
    )
    browser, stranger = Client(), Client()
    browser.force_login(owner)
    stranger.force_login(outsider)
    return Site(
        alias=alias,
        team=size.slug,
        program=Client(headers={"X-api-key": key}),
        browser=browser,
        outsider=stranger,
        member=others[len(others) // 2].username,
        newcomer=newcomer.username,
    )


def _fill_videos(size: Size, owner: Any, team: Any, projects: list[Any], default: Any) -> None:
    """Half of them in the first project, ten in the last one, the rest over all others.

    The ten of a small team are all in the first one, so that as many rows are printed.
    """
    from datetime import timedelta

    from videos.models import Video, VideoUrl, fingerprint

    start = datetime(2020, 1, 1, tzinfo=UTC)
    busy, quiet = projects[0], projects[-1]
    between = [default, *projects[1:-1]]

    def project_of(n: int) -> Any:
        if size.videos <= SHOWN or n % 2 == 0:
            return busy
        return quiet if n < 2 * SHOWN else between[n // 2 % len(between)]

    videos = Video.objects.bulk_create(
        [
            Video(
                title=f"A film about kettles, part {n * 7919 % size.videos}",
                description="In which the water boils, and what was learnt from that. " * 3,
                duration=60 + n % 5000,
                user=owner,
                team=team,
                project=project_of(n),
                created=start + timedelta(minutes=11 * n),
            )
            for n in range(size.videos)
        ],
        batch_size=1_000,
    )
    team.video_count = size.videos
    team.save(update_fields=["video_count"])
    urls = ((video, f"https://media.example.com/{size.slug}/{video.pk}.mp4") for video in videos)
    VideoUrl.objects.bulk_create(
        [
            VideoUrl(
                video=video,
                type="H",
                url=url,
                fingerprint=fingerprint(url),
                scope=team.pk,
                primary=True,
            )
            for video, url in urls
        ],
        batch_size=1_000,
    )


# --- what is asked -------------------------------------------------------------------------------


def _cases(small: Site, large: Site, few: Site) -> list[Case]:
    from teams import pages

    pages.VIDEOS_SHOWN = pages.WAITING_SHOWN = pages.MESSAGES_A_PAGE = SHOWN
    both = (small, large)
    api = "/api/teams/{site.team}/"
    videos = "/api/videos/?team={site.team}"
    cases = [
        *_listing("teams/", "/api/teams/", (few, large), (FEW, MANY)),
        *_listing("members/", f"{api}members/", both, (SMALL.members, LARGE.members)),
        *_listing("projects/", f"{api}projects/", both, (SMALL.projects, LARGE.projects)),
        *_listing(
            "applications/", f"{api}applications/", both, (SMALL.applications, LARGE.applications)
        ),
    ]
    counts = (SMALL.videos, LARGE.videos)
    for query in ("", "&order_by=title", "&order_by=-title"):
        cases += _listing(f"videos/?team=T{query}", f"{videos}{query}", both, counts)
    busy = f"{videos}&project=project-0"
    cases += _listing("videos/?team=T&project=half", busy, both, (10, LARGE.videos // 2))
    title = "videos/?team=T&project=half&order_by=title"
    cases += _listing(title, f"{busy}&order_by=title", both, (10, LARGE.videos // 2))
    ends = {small.team: "project-0", large.team: f"project-{LARGE.projects - 1}"}
    quiet = Case(
        "videos/?team=T&project=ten",
        lambda site: pairs.listing(
            site.program, f"/api/videos/?team={site.team}&project={ends[site.team]}"
        ),
        both,
        (10, 10),
    )

    def browse(path: str, who: str = "browser") -> Callable[[Site], tuple[int, int]]:
        return lambda site: pairs.page(getattr(site, who), path.format(site=site))

    middle = {small.team: 1, large.team: LARGE.messages // SHOWN // 2}
    return [
        *cases,
        quiet,
        Case("members/PERSON/", _member, both),
        Case("members/: POST, DELETE", _join_and_leave, both),
        Case("page /teams/T/, outsider", browse("/teams/{site.team}/", "outsider"), both),
        Case("page /teams/T/, owner", browse("/teams/{site.team}/"), both),
        Case("page /messages/", browse("/messages/"), both),
        Case(
            "page /messages/, middle",
            lambda site: pairs.page(site.browser, f"/messages/?page={middle[site.team]}"),
            both,
            must_hold=False,
        ),
    ]


def _listing(
    title: str, path: str, sites: tuple[Site, Site], counts: tuple[int, int]
) -> list[Case]:
    """The first ten, and five in the middle: more there are not after the middle of ten."""
    mark = "&" if "?" in path else "?"

    def first(site: Site) -> tuple[int, int]:
        return pairs.listing(site.program, f"{path.format(site=site)}{mark}limit={SHOWN}")

    middles = {sites[0]: counts[0] // 2, sites[1]: counts[1] // 2}

    def middle(site: Site) -> tuple[int, int]:
        page = f"limit={SHOWN // 2}&offset={middles[site]}"
        return pairs.listing(site.program, f"{path.format(site=site)}{mark}{page}")

    return [
        Case(title, first, sites, counts),
        Case(f"{title}, middle", middle, sites, counts, must_hold=False),
    ]


def _member(site: Site) -> tuple[int, int]:
    pairs.right(site.program.get(f"/api/teams/{site.team}/members/{site.member}/"), 200)
    return 1, 1


def _join_and_leave(site: Site) -> tuple[int, int]:
    path, person = f"/api/teams/{site.team}/members/", site.newcomer
    body = {"user": person, "role": "contributor"}
    pairs.right(site.program.post(path, body, content_type="application/json"), 201)
    pairs.right(site.program.delete(f"{path}{person}/"), 204)
    return 1, 1


if __name__ == "__main__":
    sys.exit(main())

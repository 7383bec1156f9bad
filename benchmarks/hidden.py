"""What is hidden beside what is unknown: the time of a refusal must not tell which it was.

Run it as ``python -m benchmarks.hidden``. See README.md here.
"""

import sys
from pathlib import Path

if not __package__:
    # Run by its path: this folder must not stand before the standard library, whose names it has.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import gc
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks import pairs

MOST = 1.05
REQUESTS = 600  # of each, one after the other in turn
AGAIN = 3  # so often a pair beyond `MOST` is measured anew: other work on the machine is no proof
UNKNOWN = {"video": "ZZZZZZZZZZZZ", "team": "nothing", "number": "9"}

VIDEO = (
    "videos/{video}/",
    "videos/{video}/?usePartnerId=1",
    "videos/{video}/duration/",
    "videos/{video}/urls/",
    "videos/{video}/urls/{number}/",
    "videos/{video}/languages/",
    "videos/{video}/languages/en/",
    "videos/{video}/languages/en/subtitles/",
    "videos/{video}/languages/en/subtitles/?format=srt",
    "videos/{video}/languages/en/subtitles/?version_number=1",
    "videos/{video}/languages/en/subtitles/?version_number=last",
    "videos/{video}/languages/en/subtitles/actions/",
    "videos/{video}/languages/en/subtitles/notes/",
    "videos/{video}/activity/",
)
TEAM = (
    "teams/{team}/",
    "teams/{team}/members/",
    "teams/{team}/members/member/",
    "teams/{team}/projects/",
    "teams/{team}/tasks/",
    "teams/{team}/languages/",
    "teams/{team}/activity/",
    "teams/{team}/callbacks/",
    "teams/{team}/notifications/",
    "teams/{team}/subtitle-requests/",
)
FILTERS = ("videos/?team={team}", "activity/?team={team}", "activity/?video={video}")
PAGES = (
    "/videos/{video}/",
    "/videos/{video}/en/{number}/{number}/",
    "/videos/{video}/info/",
    "/teams/{team}/",
)


@dataclass
class Pair:
    title: str
    client: Any
    paths: tuple[str, str]  # hidden and unknown
    medians: tuple[float, float] = (0.0, 0.0)  # milliseconds
    tries: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How much longer the longer one takes."""
        return max(self.medians) / min(self.medians)

    def measure(self, requests: int) -> None:
        for path in self.paths * 3:
            self.client.get(path)
        times: tuple[list[float], list[float]] = ([], [])
        gc.collect()
        for n in range(requests):
            for which in (0, 1) if n % 2 else (1, 0):
                before = time.perf_counter()
                self.client.get(self.paths[which])
                times[which].append(time.perf_counter() - before)
        found = statistics.median(times[0]) * 1000, statistics.median(times[1]) * 1000
        self.tries.append(max(found) / min(found))
        if len(self.tries) == 1 or self.tries[-1] < self.ratio:
            self.medians = found


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure hidden beside unknown.")
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"of each ({REQUESTS})")
    parser.add_argument("--only", default="", help="pairs with this in their title")
    arguments = parser.parse_args()
    with pairs.databases(sqlite=arguments.sqlite), pairs.using("default"):
        found = [pair for pair in _pairs() if arguments.only in pair.title]
        for pair in found:
            _check(pair)
            for _ in range(AGAIN):
                pair.measure(arguments.requests)
                if pair.ratio <= MOST:
                    break
            _progress(pair.title)
        _progress("")
    _report(found, "SQLite" if arguments.sqlite else "PostgreSQL", arguments.requests)
    return 1 if any(pair.ratio > MOST for pair in found) else 0


def _progress(title: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{title}\033[K", end="", file=sys.stderr, flush=True)


def _check(pair: Pair) -> None:
    """Both are refused alike, or this would measure something else."""
    answers = [pair.client.get(path) for path in pair.paths]
    statuses = [answer.status_code for answer in answers]
    if statuses[0] != statuses[1] or (
        statuses[0] == 200 and b'"total_count":0' not in answers[0].content
    ):
        raise SystemExit(f"{pair.title}: {statuses}")


def _pairs() -> list[Pair]:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from users.keys import issue_key
    from users.models import User

    call_command("migrate", verbosity=0)
    settings.AMARA_LIMITS = dict.fromkeys(settings.AMARA_LIMITS)
    hidden = _fill()
    stranger = User.objects.create(username="stranger")
    known = Client(headers={"X-api-key": issue_key(stranger, actor=None)})
    browser = Client()
    browser.force_login(stranger)
    asked = [
        *(("/api/", each, known) for each in (*VIDEO, *TEAM, *FILTERS)),
        *(("/api2/partners/", each, known) for each in (*VIDEO, *TEAM[:2])),
        *(("", each, browser) for each in PAGES),
        # The routes that ask for no account.
        *(
            ("/api/", each, Client())
            for each in VIDEO
            if Client().get(f"/api/{each.format(**hidden)}").status_code == 404
        ),
        *(("", each, Client()) for each in PAGES),
    ]
    names = {id(known): "with a key", id(browser): "logged in"}
    return [
        Pair(
            f"{prefix}{path.format(video='ID', team='TEAM', number='N')}, "
            f"{names.get(id(client), 'nobody')}",
            client,
            (f"{prefix}{path.format(**hidden)}", f"{prefix}{path.format(**UNKNOWN)}"),
        )
        for prefix, path, client in asked
    ]


def _fill() -> dict[str, str]:
    """A hidden team with a video that has subtitles; the stranger is in other teams."""
    from subtitles.formats import load
    from subtitles.workflows.submit import submit
    from teams.models import Project, Role, Team, TeamMember, Visibility
    from teams.workflows import workflow_for
    from users.models import User
    from videos.services import add_video

    owner = User.objects.create(username="owner", is_partner=True)
    team = Team.objects.create(
        slug="hushes",
        name="Hushes",
        team_visibility=Visibility.PRIVATE,
        video_visibility=Visibility.PRIVATE,
        workflow_enabled=True,
    )
    project = Project.objects.create(team=team, name="_root", slug="_root")
    TeamMember.objects.create(team=team, user=owner, role=Role.OWNER)
    member = User.objects.create(username="member")
    TeamMember.objects.create(team=team, user=member, role=Role.CONTRIBUTOR)
    video = add_video(
        actor=owner,
        video_url="https://media.example.com/film.mp4",
        title="A film",
        description="About things. " * 40,
        metadata={"speaker-name": "Somebody", "location": "Somewhere"},
        team=team,
        project=project,
    )
    track = load("1\n00:00:01,000 --> 00:00:02,000\nHello\n", "srt")
    version = submit(workflow_for(video, "en"), actor=owner, track=track, source_format="srt")
    url = video.urls.get()
    if {url.pk, version.pk, version.language_id} != {1}:
        raise SystemExit("The database was not empty.")
    return {"video": video.video_id, "team": team.slug, "number": "1"}


def _report(found: list[Pair], database: str, requests: int) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}, {database}, medians of {requests} requests each\n")
    print("| GET | hidden, ms | unknown, ms | longer / shorter | |")
    print("|---|---:|---:|---:|---|")
    for pair in sorted(found, key=lambda each: -each.ratio):
        hidden, unknown = pair.medians
        note = f"more than {MOST}" if pair.ratio > MOST else ""
        print(f"| {pair.title} | {hidden:.2f} | {unknown:.2f} | {pair.ratio:.3f} | {note} |")


if __name__ == "__main__":
    sys.exit(main())

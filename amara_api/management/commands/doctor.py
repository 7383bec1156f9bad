"""`manage.py doctor`: what is wrong with this installation, a sentence each."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from json import dumps

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError
from django.db.models import F, Q

from activity import soundness as activity
from amara_api import installation, state
from amara_api.kernel import replicas
from subtitles import soundness as subtitles
from teams import soundness as teams
from users.keys import owner_of
from users.models import User
from videos import soundness as videos

SECRETLESS = "amara_api.W001"


class Command(BaseCommand):
    help = "Say what is wrong with this installation. Exits with 1 if anything is."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--deep",
            action="store_true",
            help="Also read all that is stored, every cue of it, for what cannot be true.",
        )

        parser.add_argument(
            "--json", action="store_true", help="Print one JSON object: problems, and numbers."
        )
        parser.add_argument(
            "--numbers",
            action="store_true",
            help="Also print the numbers of the admin's first page.",
        )

    def handle(
        self,
        *args: object,
        deep: bool = False,
        json: bool = False,
        numbers: bool = False,
        **options: object,
    ) -> None:
        if json:
            self._print_json(deep=deep)
            return
        if numbers:
            self._print_numbers()
        found = False
        for problem in self._problems(deep=deep):
            found = True
            self.stdout.write(problem)
        if found:
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")

    def _print_numbers(self) -> None:
        # The problems say why there are none.
        with suppress(DatabaseError, InterfaceError, OSError):
            for fact in state.facts(state.now()):
                self.stdout.write(f"{fact.name}: {fact.value}")
            self.stdout.write("")

    def _print_json(self, *, deep: bool) -> None:
        problems = list(self._problems(deep=deep))
        try:
            numbers = state.now().as_json()
        except (DatabaseError, InterfaceError, OSError):
            # The problems say so.
            numbers = None
        self.stdout.write(dumps({"problems": problems, "state": numbers}))
        if problems:
            sys.exit(1)

    def _problems(self, *, deep: bool) -> Iterator[str]:
        yield from _configuration()
        yield from _files()
        database = list(_database())
        yield from database
        if database:
            return
        yield from _replicas()
        yield from _content(deep=deep)
        if settings.DATA_DIR.is_dir():
            yield from state.troubles(state.now())
        if deep:
            for app in (videos, subtitles, teams, activity):
                yield from app.findings()


def _configuration() -> Iterator[str]:
    for message in checks.run_checks():
        if message.id != SECRETLESS:  # the database knows more of that, below
            yield installation.sentence(message)


def _files() -> Iterator[str]:
    folder = settings.DATA_DIR
    if not folder.is_dir():
        yield f"The data folder {folder} does not exist. Run `manage.py setup`."
        return
    if not os.access(folder, os.W_OK):
        yield f"The data folder {folder} cannot be written."
    secret = settings.SECRET_KEY_FILE
    for path in sorted(folder.iterdir()):
        kept = path.name.startswith(
            (secret.name, installation.KEY_FILE, installation.PASSWORD_FILE)
        )
        if (kept or ".sqlite3" in path.name) and path.stat().st_mode & 0o077:
            what = "the secret in " if path == secret else ""
            yield f"Others can read {what}{path}; `chmod 600` it."
    yield from state.low_disk(shutil.disk_usage(folder).free)


def _database() -> Iterator[str]:
    try:
        pending = installation.behind()
    except (DatabaseError, InterfaceError) as error:
        yield installation.unreachable(error)
    else:
        if pending:
            yield f"{pending} migrations have not been applied. Run `manage.py setup`."
    if said := installation.foreign_secret():
        yield said
    elif not installation.has_secret():
        yield installation.SECRETLESS


def _replicas() -> Iterator[str]:
    for number, alias in enumerate(replicas.aliases(), 1):
        url = f"Url {number} of AMARA_DATABASE_REPLICA_URLS"
        try:
            is_replica = replicas.follows(alias)
        except (DatabaseError, InterfaceError) as error:
            yield f"{url} leads nowhere: {' '.join(str(error).split())}"
        else:
            if not is_replica:
                yield f"{url} leads to no replica, so it is never read."


def _content(*, deep: bool) -> Iterator[str]:
    if not User.objects.exists():
        yield "There is no account. Run `manage.py setup` or `manage.py create_api_user NAME`."
    key_file = installation.data_file(installation.KEY_FILE)
    if key_file.is_file() and owner_of(key_file.read_text().strip()) is None:
        yield (
            f"The key in {key_file} opens no account: the secret has changed, or the key was "
            "replaced. `manage.py create_api_user admin` makes a new one."
        )
    if deep:
        # All of what follows is asked more closely.
        return
    for video_id in videos.without_one_primary_url().values_list("video_id", flat=True)[:10]:
        yield f"Video {video_id} has no primary url."
    for slug in teams.miscounted().values_list("slug", flat=True)[:10]:
        yield f"Team {slug} counts its videos wrongly."
    yield from _urls()
    yield from _tips()


def _urls() -> Iterator[str]:
    for video_id in videos.misplaced_urls().values_list("video__video_id", flat=True)[:10]:
        yield f"A url of video {video_id} is kept where the video is not."
    for video_id, url in videos.doubled_urls().values_list("video__video_id", "url")[:10]:
        yield f"Video {video_id} and another of its team have the url {url}. Delete one of the two."


def _tips() -> Iterator[str]:
    languages = subtitles.counted().select_related("video")
    wrong = {
        "counts fewer versions than it has": Q(highest__gt=F("last_number")),
        "has lost a version": Q(count__lt=F("last_number")),
        "does not point at its newest version": subtitles.differs("tip", "newest"),
        "does not point at its newest public version": subtitles.differs(
            "public_tip", "newest_public"
        ),
    }
    for what, condition in wrong.items():
        for language in languages.filter(condition)[:10]:
            yield f"Language {language.language_code} of video {language.video.video_id} {what}."

"""`manage.py doctor`: what is wrong with this installation, a sentence each."""

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, F, Max, Q

from amara_api import installation
from subtitles.models import SubtitleLanguage
from teams.models import Team
from users.keys import owner_of
from users.models import User
from videos.models import Video

ENOUGH_SPACE = 100 * 2**20


class Command(BaseCommand):
    help = "Say what is wrong with this installation. Exits with 1 if anything is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        problems = list(self._problems())
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")

    def _problems(self) -> Iterator[str]:
        yield from _configuration()
        yield from _files()
        database = list(_database())
        yield from database
        if not database:
            yield from _content()


def _configuration() -> Iterator[str]:
    for message in checks.run_checks():
        yield f"{message.msg} {message.hint or ''}".strip()
    if settings.DEBUG:
        yield "DEBUG is on, so errors show the server's inside to everybody."


def _files() -> Iterator[str]:
    folder = settings.DATA_DIR
    if not folder.is_dir():
        yield f"The data folder {folder} does not exist. Run `manage.py setup`."
        return
    if not os.access(folder, os.W_OK):
        yield f"The data folder {folder} cannot be written."
    secret = settings.SECRET_KEY_FILE
    if secret.is_file() and secret.stat().st_mode & 0o077:
        yield f"Others can read the secret in {secret}; `chmod 600` it."
    free = shutil.disk_usage(folder).free
    if free < ENOUGH_SPACE:
        yield f"Only {free // 2**20} MiB are free where {folder} lies."


def _database() -> Iterator[str]:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield installation.unreachable(error)
        return
    if pending:
        yield f"{len(pending)} migrations have not been applied. Run `manage.py setup`."


def _content() -> Iterator[str]:
    if not User.objects.exists():
        yield "There is no account. Run `manage.py setup` or `manage.py create_api_user NAME`."
    key_file = installation.data_file(installation.KEY_FILE)
    if key_file.is_file() and owner_of(key_file.read_text().strip()) is None:
        yield (
            f"The key in {key_file} opens no account: the secret has changed, or the key was "
            "replaced. `manage.py create_api_user admin` makes a new one."
        )
    bare = Video.objects.annotate(n=Count("urls", filter=Q(urls__primary=True))).exclude(n=1)
    for video_id in bare.values_list("video_id", flat=True)[:10]:
        yield f"Video {video_id} has no primary url."
    counted = Team.objects.annotate(n=Count("videos")).exclude(n=F("video_count"))
    for slug in counted.values_list("slug", flat=True)[:10]:
        yield f"Team {slug} counts its videos wrongly."
    yield from _tips()


def _tips() -> Iterator[str]:
    live = Q(versions__is_deleted=False)
    languages = SubtitleLanguage.objects.annotate(
        highest=Max("versions__version_number"),
        count=Count("versions"),
        newest=Max("versions__version_number", filter=live),
        newest_public=Max("versions__version_number", filter=live & Q(versions__is_public=True)),
    ).select_related("video")
    wrong = {
        "counts fewer versions than it has": Q(highest__gt=F("last_number")),
        "has lost a version": Q(count__lt=F("last_number")),
        "does not point at its newest version": _differs("tip", "newest"),
        "does not point at its newest public version": _differs("public_tip", "newest_public"),
    }
    for what, condition in wrong.items():
        for language in languages.filter(condition)[:10]:
            yield f"Language {language.language_code} of video {language.video.video_id} {what}."


def _differs(tip: str, newest: str) -> Q:
    number = f"{tip}__version_number"
    both_missing = Q(**{f"{tip}__isnull": True, f"{newest}__isnull": True})
    return ~Q(**{number: F(newest)}) & ~both_missing

"""`manage.py import_data FILE`: an empty database becomes that of an archive."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from amara_api import archives, installation
from amara_api.commands import Bar
from amara_api.commands import Command as OperatorsCommand
from amara_api.kernel.tables import changed_by_one


class Command(OperatorsCommand):
    help = (
        "Fill an empty database with what `manage.py export_data` wrote, by this version or an "
        "older one. Makes the tables; no `setup` is needed before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def look_at_secret(self) -> None:
        """The archive says which one belongs to it; see below."""

    def handle(self, *args: object, file: Path, **options: object) -> None:
        os.umask(0o077)
        bar = Bar(self.stderr)
        try:
            installation.ensure_data_dir()
        except OSError as error:
            raise CommandError(
                f"AMARA_DATA_DIR is {settings.DATA_DIR}, which cannot be made: {error.strerror}."
            ) from error
        try:
            with changed_by_one(connection):
                manifest = archives.load(file, bar)
        except archives.Refused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        finally:
            bar.end()
        self.stdout.write(
            f"Imported {manifest.rows:,} rows of {len(manifest.tables)} tables, written by version "
            f"{manifest.program} on {manifest.made}."
        )
        if said := installation.foreign(manifest.secrets):
            self.stderr.write(said, self.style.WARNING)

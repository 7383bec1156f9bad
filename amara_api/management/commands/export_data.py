"""`manage.py export_data FILE`: all that the database has, for another one of either kind."""

from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from amara_api import archives
from amara_api.commands import Bar
from amara_api.commands import Command as OperatorsCommand


class Command(OperatorsCommand):
    help = (
        "Write all that the database has to one file, from which `manage.py import_data` fills an "
        "empty database of either kind. The server may serve meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        bar = Bar(self.stderr)
        try:
            manifest = archives.write(file, bar)
        except archives.Refused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            bar.end()
        self.stdout.write(
            f"Wrote {manifest.rows:,} rows of {len(manifest.tables)} tables to {file}.\n"
            "It holds what people wrote, digests of their passwords and keys, and secrets of "
            "callbacks as they are: keep it where nobody else reads it. Keep the secret too "
            "(secret.key, or SECRET_KEY and AMARA_KEY_PEPPER): it is not in the file, and without "
            "it no API key works."
        )

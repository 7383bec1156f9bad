"""`manage.py prune`: for cron, once a day."""

from django.core.management.base import CommandParser

from amara_api import pruning
from amara_api.commands import Command as OperatorsCommand


class Command(OperatorsCommand):
    help = (
        "Drop what has ended and nobody needs: sessions, login links, kept answers, counts, and "
        "notifications older than AMARA_KEEP_NOTIFICATIONS days. The server may serve meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how many there are.")

    def handle(self, *args: object, dry_run: bool = False, **options: object) -> None:
        for found in pruning.stale():
            number = found.rows.count() if dry_run else pruning.drop(found)
            self.stdout.write(f"{number:7,} {found.name}{' would go' if dry_run else ' dropped'}.")

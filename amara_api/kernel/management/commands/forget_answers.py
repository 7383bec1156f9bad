"""`manage.py forget_answers`: drop the answers that were kept for repeated requests."""

from django.core.management.base import BaseCommand

from amara_api.kernel.replays import purge


class Command(BaseCommand):
    help = "Drops answers to requests with an Idempotency-Key that are older than a day."

    def handle(self, *args: object, **options: object) -> None:
        number = purge()
        self.stdout.write(f"Dropped {number} answer{'' if number == 1 else 's'}.")

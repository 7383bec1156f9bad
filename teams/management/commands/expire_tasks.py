"""`manage.py expire_tasks`: for cron, once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from teams.services.tasks import expire_tasks


class Command(BaseCommand):
    help = "Take tasks back from people whose time for them has run out."

    def handle(self, *args: Any, **options: Any) -> None:
        count = expire_tasks()
        self.stdout.write(f"{count} {'task is' if count == 1 else 'tasks are'} free again.")

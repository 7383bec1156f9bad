"""`manage.py expire_tasks`: for cron, once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from teams.services.requests import expire_requests
from teams.services.tasks import expire_tasks


class Command(BaseCommand):
    help = "Take tasks and seats in requests back from people whose time has run out."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, count in (("task", expire_tasks()), ("request", expire_requests())):
            self.stdout.write(f"{count} {kind}{' is' if count == 1 else 's are'} free again.")

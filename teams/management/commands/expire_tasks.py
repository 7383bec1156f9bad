"""`manage.py expire_tasks`: for cron, once a day."""

from amara_api.commands import Command as OperatorsCommand
from amara_api.kernel.administration import What
from teams.services.requests import expire_requests
from teams.services.tasks import expire_tasks


class Command(OperatorsCommand):
    help = "Take tasks and seats in requests back from people whose time has run out."

    def handle(self, *args: object, **options: object) -> None:
        for kind, count in (("task", expire_tasks()), ("request", expire_requests())):
            said = f"{count} {kind}{' is' if count == 1 else 's are'} free again."
            self.stdout.write(said)
            if count:
                self.note(What.DONE, said)

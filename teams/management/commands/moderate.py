"""`manage.py moderate NAME`: what the admin does step by step, until nothing is left."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from amara_api.commands import Command as OperatorsCommand
from amara_api.kernel import administration
from amara_api.kernel.errors import DomainError, sentences
from teams.services import moderation
from teams.services.moderation import Choice
from users.models import User


class Options(TypedDict):
    """What `Command.add_arguments` asks for."""

    name: str
    by: str
    do: list[str] | None


class Command(OperatorsCommand):
    help = (
        "Show what an account made, or take it away: --do says what. Each step does at most "
        f"{moderation.AT_ONCE} things of each kind and is on record; the command may be stopped "
        "between two of them and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name of the account")
        parser.add_argument(
            "--by", required=True, help="user name of the staff in whose name it is done"
        )
        parser.add_argument("--do", action="append", choices=Choice.values, metavar="WHAT")

    def handle(self, *args: object, **options: Unpack[Options]) -> None:
        user, actor = self._account(options["name"]), self._account(options["by"])
        choices = options["do"]
        if not choices:
            for made in moderation.made_by(user):
                more = " or more" if made.is_more else ""
                self.stdout.write(f"{made.kind.value}: {made.number}{more}")
            names = ", ".join(Choice.values)
            self.stdout.write(f"Nothing was done. --do takes one of: {names}.")
            return
        try:
            while not self._step(user, actor, choices):
                pass
        except DomainError as error:
            raise CommandError(" ".join(sentences(error))) from error

    def _step(self, user: User, actor: User, choices: list[str]) -> bool:
        """Whether that was the last; also where nothing but what is refused is left."""
        with transaction.atomic():
            step = moderation.moderate(user, actor=actor, choices=choices)
            if step.did:
                administration.write(
                    administration.What.DONE,
                    actor=actor.username,
                    actor_number=actor.pk,
                    via="manage.py moderate",
                    message=step.told(),
                    kind=administration.kind_of(user),
                    thing_key=user.pk,
                    thing=str(user),
                    after=dict(step.did),
                )
        self.stdout.write(step.told())
        for said in step.refused:
            self.stderr.write(said, self.style.WARNING)
        return step.is_last or not step.did

    @staticmethod
    def _account(name: str) -> User:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name}.")
        return user

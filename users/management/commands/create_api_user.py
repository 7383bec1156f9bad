"""`manage.py create_api_user NAME`: make an account, or give an existing one a new key."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from amara_api.errors import InvalidInput
from users.keys import issue_key
from users.models import User
from users.services import create_user, update_user


class Command(BaseCommand):
    help = (
        "Make an account and print its API key. An account that exists keeps everything but its "
        "key: it gets a new one, and the flags named here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name")
        parser.add_argument("--email")
        parser.add_argument("--partner", action="store_true", help="may create accounts and teams")
        parser.add_argument("--staff", action="store_true", help="may use the admin")
        parser.add_argument("--superuser", action="store_true", help="may do everything")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        flags = {
            "is_partner": options["partner"],
            "is_staff": options["staff"] or options["superuser"],
            "is_superuser": options["superuser"],
        }
        fields: dict[str, Any] = {name: True for name, wanted in flags.items() if wanted}
        if options["email"] is not None:
            try:
                validate_email(options["email"])
            except ValidationError as error:
                raise CommandError(f"{options['email']} is not an e-mail address.") from error
            fields["email"] = options["email"]
        try:
            user, key, created = self._make_or_rekey(options["name"], fields)
        except InvalidInput as error:
            raise CommandError(_sentence(error)) from error
        if options["json"]:
            body = {"username": user.username, "id": user.public_id, "api_key": key}
            self.stdout.write(json.dumps(body | {"created": created}))
            return
        self.stdout.write(f"{'Made' if created else 'Gave a new key to'} {user.username}.")
        self.stdout.write(f"API key (shown only now): {key}")

    @staticmethod
    @transaction.atomic
    def _make_or_rekey(name: str, fields: dict[str, Any]) -> tuple[User, str, bool]:
        user = User.objects.filter(username=name).first()
        if user is None:
            return *create_user(actor=None, username=name, **fields), True
        if fields:
            update_user(user, actor=None, **fields)
        return user, issue_key(user, actor=None), False


def _sentence(error: InvalidInput) -> str:
    body = error.body
    lists = body.values() if isinstance(body, dict) else [body]
    return "; ".join(str(message) for messages in lists for message in messages)

"""`manage.py create_api_user NAME`: make an account, or give an existing one a new key.

The key that the command gave before, under the same label, is replaced; others stay.
"""

from __future__ import annotations

import json
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from amara_api.commands import Command as OperatorsCommand
from amara_api.kernel.administration import What, state_of
from amara_api.kernel.errors import InvalidInput
from users.keys import replace_key
from users.models import LABEL_LENGTH, User
from users.services import UserFields, create_user, update_user


class Options(TypedDict):
    """What `Command.add_arguments` asks for."""

    name: str
    email: str | None
    partner: bool
    staff: bool
    superuser: bool
    label: str
    json: bool


class Command(OperatorsCommand):
    help = (
        "Make an account and print its API key. An account that exists gets the flags named here, "
        "and a new key in place of the one that this command gave it before under the same label. "
        "Keys that it has from elsewhere stay, unless it becomes staff or superuser."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name")
        parser.add_argument("--email")
        parser.add_argument("--partner", action="store_true", help="may create accounts and teams")
        parser.add_argument("--staff", action="store_true", help="may use the admin")
        parser.add_argument("--superuser", action="store_true", help="may do everything")
        parser.add_argument("--label", default="", help="what the key is for")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: object, **options: Unpack[Options]) -> None:
        fields = UserFields()
        if options["partner"]:
            fields["is_partner"] = True
        if options["staff"] or options["superuser"]:
            fields["is_staff"] = True
        if options["superuser"]:
            fields["is_superuser"] = True
        if options["email"] is not None:
            try:
                validate_email(options["email"])
            except ValidationError as error:
                raise CommandError(f"{options['email']} is not an e-mail address.") from error
            fields["email"] = options["email"]
        try:
            user, key, created = self._make_or_rekey(options["name"], options["label"], fields)
        except InvalidInput as error:
            raise CommandError(_sentence(error)) from error
        if options["json"]:
            body = {"username": user.username, "id": user.public_id, "api_key": key}
            self.stdout.write(json.dumps(body | {"created": created}))
            return
        self.stdout.write(f"{'Made' if created else 'Gave a new key to'} {user.username}.")
        self.stdout.write(f"API key (shown only now): {key}")

    @transaction.atomic
    def _make_or_rekey(self, name: str, label: str, fields: UserFields) -> tuple[User, str, bool]:
        if len(label) > LABEL_LENGTH:
            message = f"A label has no more than {LABEL_LENGTH} characters."
            raise InvalidInput.field("label", message)
        user = User.objects.filter(username=name).first()
        if user is None:
            user, key = create_user(actor=None, username=name, key_label=label, **fields)
            self.note(What.ADDED, "Made with an API key.", thing=user)
            return user, key, True
        before = state_of(user)
        if fields:
            update_user(user, actor=None, **fields)
        key = replace_key(user, label=label)
        self.note(What.CHANGED, "Issued a new API key.", thing=user, before=before)
        return user, key, False


def _sentence(error: InvalidInput) -> str:
    body = error.body
    lists = body.values() if isinstance(body, dict) else [body]
    return "; ".join(str(message) for messages in lists for message in messages)

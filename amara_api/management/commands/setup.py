"""`manage.py setup`: everything an installation needs. Run it as often as you like."""

import os
import secrets
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from amara_api import demo, installation
from users.models import User
from users.services import create_user

FIRST_ACCOUNT = "admin"


class Command(BaseCommand):
    help = "Make the data folder, the secret, the tables and the first account, where missing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="also add a few videos with subtitles"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Whatever is made here, SQLite's file too, is its owner's alone.
        os.umask(0o077)
        folder = installation.ensure_data_dir()
        if installation.ensure_secret():
            self.stdout.write(f"Made {installation.shown(folder)}/ with a secret of its own.")
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(installation.unreachable(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        if not User.objects.exists():
            self._make_first_account()
        if options["demo"] and (made := demo.load()):
            self.stdout.write(f"Added {made} demo videos.")

    def _make_first_account(self) -> None:
        password = secrets.token_urlsafe(12)
        _, key = create_user(
            actor=None,
            username=FIRST_ACCOUNT,
            password=password,
            is_staff=True,
            is_superuser=True,
            is_partner=True,
        )
        key_file = installation.write_private(installation.KEY_FILE, key)
        password_file = installation.write_private(installation.PASSWORD_FILE, password)
        self.stdout.write(
            f"Made the account {FIRST_ACCOUNT}, which may do everything.\n"
            f"  password: {password}   (kept in {installation.shown(password_file)})\n"
            f"  API key:  {key}   (kept in {installation.shown(key_file)})\n"
            "  Neither is shown again."
        )

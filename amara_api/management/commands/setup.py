"""`manage.py setup`: everything an installation needs. Run it as often as you like."""

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from amara_api import assets, demo, installation
from amara_api.commands import Command as OperatorsCommand
from amara_api.kernel.administration import What
from amara_api.kernel.shapes import Data
from amara_api.kernel.tables import changed_by_one
from users.models import ApiKey, User
from users.services import create_user

FIRST_ACCOUNT = "admin"


class Command(OperatorsCommand):
    help = "Make the data folder, the secret, the tables and the first account, where missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="also add a few videos with subtitles"
        )

        parser.add_argument(
            "--new-secret",
            action="store_true",
            help="go on with another secret, although the API keys made with the old one are lost",
        )

    def look_at_secret(self) -> None:
        """Nothing is asked before it can be answered; see below."""

    def handle(self, *args: object, **options: Data) -> None:
        # Whatever is made here, SQLite's file too, is its owner's alone.
        os.umask(0o077)
        try:
            folder = installation.ensure_data_dir()
        except OSError as error:
            raise CommandError(
                f"AMARA_DATA_DIR is {settings.DATA_DIR}, which cannot be made: {error.strerror}."
            ) from error
        connection.ensure_connection()
        # Containers of one installation begin at the same time.
        with changed_by_one(connection):
            self._set_up(folder, options)

    def _set_up(self, folder: Path, options: dict[str, Data]) -> None:
        installation.take_secret()
        lost = installation.foreign_secret()
        if lost and not options["new_secret"]:
            raise CommandError(lost)
        if options["new_secret"]:
            lost = self._renew(lost)
        elif not installation.has_secret():
            installation.make_secret()
            self.stdout.write(f"Made {installation.shown(folder)}/ with a secret of its own.")
        call_command("migrate", interactive=False, verbosity=0)
        if lost:
            self._say_what_is_lost()
        elif said := installation.changed_secret():
            self.stdout.write(said)
        if options["new_secret"]:
            self.note(What.DONE, "Went on with a new secret.")
        installation.note_secret()
        # For servers other than `serve`, which does so itself.
        with contextlib.suppress(OSError):
            assets.collect()
        if not User.objects.exists():
            self._make_first_account()
        if options["demo"] and (made := demo.load()):
            self.stdout.write(f"Added {made} demo videos.")
            # Without it the first page shows less.
            with contextlib.suppress(OSError):
                demo.note_film()

    def _renew(self, lost: str) -> str:
        """Another secret than the old one. Returns what ``lost`` is then: empty if no key is."""
        if lost and installation.has_secret():
            return lost  # The one that is there is another.
        if os.environ.get("SECRET_KEY"):
            raise CommandError("SECRET_KEY is set: change it there, and run `manage.py setup`.")
        goes_on = settings.AMARA_KEY_PEPPER != settings.SECRET_KEY
        kept = installation.make_secret()
        path = installation.shown(settings.SECRET_KEY_FILE)
        self.stdout.write(f"Made a new secret in {path}.")
        if kept:
            self.stdout.write(f"The one before is in {installation.shown(kept)}.")
        return lost or ("" if goes_on else "The secret is another.")

    def _say_what_is_lost(self) -> None:
        count = ApiKey.objects.count()
        self.stdout.write(
            f"{count} API key{' works' if count == 1 else 's work'} no more; `manage.py "
            "create_api_user NAME` gives an account a new one, and people make theirs at "
            "/account/. People have to log in again, and links in mails sent before lead nowhere."
        )
        key_file = installation.data_file(installation.KEY_FILE)
        if key_file.exists():
            key_file.unlink()
            self.stdout.write(f"Removed {installation.shown(key_file)}, whose key is one of them.")

    def _make_first_account(self) -> None:
        password = secrets.token_urlsafe(12)
        user, key = create_user(
            actor=None,
            username=FIRST_ACCOUNT,
            password=password,
            is_staff=True,
            is_superuser=True,
            is_partner=True,
        )
        self.note(What.ADDED, "Made with an API key.", thing=user)
        key_file = installation.write_private(installation.KEY_FILE, key)
        password_file = installation.write_private(installation.PASSWORD_FILE, password)
        self.stdout.write(
            f"Made the account {FIRST_ACCOUNT}, which may do everything.\n"
            f"  password: {password}   (kept in {installation.shown(password_file)})\n"
            f"  API key:  {key}   (kept in {installation.shown(key_file)})\n"
            "  Delete these two files once you have noted what is in them."
        )

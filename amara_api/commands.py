"""What every command of the server's own begins with: a look at how it is set up."""

from __future__ import annotations

import argparse
import getpass
import os
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection

from amara_api import installation
from amara_api.kernel import administration
from amara_api.variables import Nonsense, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import OutputWrapper
    from django.db.models import Model

    from amara_api.kernel.administration import State, What


class Command(BaseCommand):
    """Names what is unsafe, and does not begin with what cannot work, a sentence each."""

    requires_system_checks = ()

    def execute(self, *args: object, **options: object) -> str | None:
        # As Django's own checks: not when another command calls this one.
        examined = not options.get("skip_checks")
        if examined:
            self.look_at_settings(options)
        try:
            if examined:
                self.look_at_secret()
            return super().execute(*args, **options)
        except (DatabaseError, InterfaceError) as error:
            raise self._about(error) from error

    def look_at_settings(self, options: dict[str, object]) -> None:
        errors, warnings = installation.faults()
        for sentence in warnings:
            self.stderr.write(sentence, self.style.WARNING)
        if errors:
            raise CommandError("\n".join(errors))

    def look_at_secret(self) -> None:
        """Whatever makes or checks a key or a link would do so with the wrong secret."""
        connection.ensure_connection()
        if said := installation.foreign_secret():
            raise CommandError(said)
        if not installation.has_secret():
            raise CommandError(installation.SECRETLESS)

    def note(
        self,
        what: What,
        message: str = "",
        *,
        thing: Model | None = None,
        before: State | None = None,
    ) -> None:
        """Put what this command has just done on the record of administrative changes."""
        about = (
            {
                "kind": administration.kind_of(thing),
                "thing_key": thing.pk,
                "thing": str(thing),
            }
            if thing
            else {}
        )
        administration.write(
            what,
            actor=_account(),
            via=f"manage.py {type(self).__module__.rpartition('.')[2]}",
            message=message,
            before=before,
            after=administration.state_of(thing) if thing else None,
            **about,
        )

    @staticmethod
    def _about(error: Exception) -> Exception:
        said = installation.trouble(error)
        return CommandError(said) if said else error


def _account() -> str:
    """Of the machine, under which this process runs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in containers
        return f"number {os.getuid()}"


def between(least: int, most: int) -> Callable[[str], int]:
    """The type of an option that is a number."""
    read = whole(least, most)

    def number(text: str) -> int:
        try:
            return read(text)
        except Nonsense as error:
            raise argparse.ArgumentTypeError(f"{text!r}, {error}") from error

    return number


class Bar:
    """How far a long command is: a line that is written over, on a terminal only."""

    _WIDTH = 50

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._drawn = False

    def begin(self, total: int, doing: str) -> None:
        self.end()
        self._total, self._doing, self._done, self._percent = total, doing, 0, -1

    def advance(self, number: int = 1) -> None:
        self._done += number
        percent = min(100, 100 * self._done // max(1, self._total))
        if self._shown and percent != self._percent:
            self._percent, self._drawn = percent, True
            full = self._WIDTH * percent // 100
            bar = f"{'#' * full}{'.' * (self._WIDTH - full)}"
            self._stream.write(f"\r{self._doing} [{bar}] {percent:3} %", ending="")
            self._stream.flush()

    def end(self) -> None:
        if self._drawn:
            self._stream.write("")
            self._drawn = False

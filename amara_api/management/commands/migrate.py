"""Django's command, by one process at a time; a new database gets its tables at once."""

from typing import TYPE_CHECKING

from django.core.management.commands import migrate
from django.db import connections, router

from amara_api.kernel import tables

if TYPE_CHECKING:
    from amara_api.kernel.shapes import Data

# Whoever asks for one of these asks about the steps.
STEPS = ("app_label", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    def handle(self, *args: "Data", **options: "Data") -> None:
        database = connections[options["database"]]
        with tables.changed_by_one(database):
            whole = router.allow_migrate(database.alias, "kernel")
            if whole and not any(options[name] for name in STEPS) and tables.is_new(database):
                tables.make_all(database)
                if options["verbosity"] >= 1:
                    self.stdout.write("Made the tables of a new database.")
            super().handle(*args, **options)

"""`manage.py compact_versions`: versions stored before they shared anything take less room."""

import zstandard
from django.core.management.base import BaseCommand, CommandError

from subtitles import packing


class Command(BaseCommand):
    help = (
        "Packs stored subtitles again, so that versions of one language share what they have in "
        "common. The server may serve meanwhile, and what was interrupted is taken up again."
    )

    def handle(self, *args: object, **options: object) -> None:
        languages = before = after = 0
        damaged = []
        for pk in packing.loose():
            try:
                saved = packing.pack_language(pk)
            except (ValueError, zstandard.ZstdError) as error:
                damaged.append(f"Language {pk} is left as it is: {error}.")
                continue
            languages += 1
            before += saved.before
            after += saved.after
            if self.stdout.isatty():
                self.stdout.write(f"\r{languages} languages", ending="")
        if self.stdout.isatty():
            self.stdout.write("\r", ending="")
        self.stdout.write(
            f"Languages packed: {languages}. Bytes: {before:,} before, {after:,} now."
        )
        if damaged:
            raise CommandError("\n".join([*damaged, "`manage.py doctor --deep` says more."]))
